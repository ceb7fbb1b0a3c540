"""``backtest new`` as a person types it, on a terminal and without one."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from engine.cli.new import ACCOUNTS, EVERY, REBALANCING, new
from engine.config import load_config
from engine.locale import Locale
from tests.person import CONFIGS, INTERRUPT, on_a_terminal, type_in


def test_without_a_terminal_it_takes_the_defaults(capsys, tmp_path):
    path = tmp_path / "mine.yaml"
    said = type_in(capsys, "new", "mine", "--to", path, "--lang", "en")
    assert (said.code, said.error) == (0, "")
    assert said.out.strip() == f"{path} is written. Run it with: backtest run {path}"
    mine, shipped = load_config(path), load_config(CONFIGS / "satellite10.yaml")
    assert mine.strategy == shipped.strategy
    assert (mine.accounts, mine.name) == (shipped.accounts, "mine")
    assert path.read_text("utf-8").count("#") > 7


def test_it_goes_to_the_folder_of_configurations(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert type_in(capsys, "new", "mine", "--yes").code == 0
    assert load_config(tmp_path / "configs" / "mine.yaml").name == "mine"


@pytest.mark.parametrize(
    ("every", "account", "rebalancing"), [*itertools.product(EVERY, ACCOUNTS, REBALANCING)]
)
def test_every_combination_of_answers_is_a_configuration(capsys, tmp_path, every, account, rebalancing):
    path = tmp_path / "x.yaml"
    flags = (
        "--every",
        every,
        "--account",
        account,
        "--rebalancing",
        rebalancing,
        "--to",
        path,
        "--lang",
        "ja",
    )
    said = type_in(capsys, "new", "x", *flags)
    if (said.code, every) == (2, "quota"):
        assert "nisa" in said.line.lower()  # a quota needs the account that has one
        assert not path.exists()
        return
    assert said.code == 0
    assert load_config(path).strategy.allocation.type == "core_satellite"


def test_a_new_configuration_runs(capsys, tmp_path):
    path = tmp_path / "x.yaml"
    flags = ("--satellite", "none", "--every", "january", "--amount", "1,200,000", "--start", "2010-01-01")
    assert type_in(capsys, "new", "x", *flags, "--to", path).code == 0
    said = type_in(capsys, "run", path, "--data", "sample", "--out", tmp_path, "--json")
    assert json.loads(said.out)["metrics"]["contributed"] == 16 * 1_200_000


def test_nothing_is_overwritten_unless_it_is_asked_for(capsys, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("precious")
    said = type_in(capsys, "new", "mine", "--to", path)
    assert said.code == 4
    assert "is there already (--force replaces it)" in said.line
    assert path.read_text() == "precious"
    assert type_in(capsys, "new", "mine", "--to", path, "--force", "--quiet").out == ""
    assert load_config(path).name == "mine"


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (("--amount", "1.000"), 2, "(write 1 or 1000: the point may mark thousands)"),
        (("--amount", "¥120.500"), 2, "(write 120.5 or 120500: the point may mark thousands)"),
        (("--weight", "1.5"), 2, "--weight: came '1.5', allowed 0 to 1"),
        (("--weight", "0.1}, name: {"), 2, "--weight"),
        (("--start", "2001-13-01"), 2, "--start: came '2001-13-01', allowed a date"),
        (("--amount", "-5"), 2, "--amount: came '-5', allowed an amount in yen"),
        (("--core", "V/O"), 3, "unknown asset 'V/O'"),
        (("--account", "bank"), 2, "'bank'"),
    ],
)
def test_a_wrong_answer_writes_nothing(capsys, tmp_path, flags, code, words):
    said = type_in(capsys, "new", "x", *flags, "--to", tmp_path / "x.yaml")
    assert said.code == code
    assert words in said.line
    assert not (tmp_path / "x.yaml").exists()


@pytest.mark.parametrize("name", ["../x", "CON", "a/b", "", "x" * 300])
def test_a_name_that_is_no_file_name(capsys, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    said = type_in(capsys, "new", name)
    assert said.code == 2
    assert "not a safe file name" in said.line
    assert list(tmp_path.iterdir()) == []


def test_json(capsys, tmp_path):
    told = json.loads(type_in(capsys, "new", "x", "--to", tmp_path / "x.yaml", "--json").out)
    assert told["file"] == str(tmp_path / "x.yaml")
    assert told["config"]["name"] == "x"


def test_on_a_terminal_it_asks_and_asks_again(tmp_path):
    path = tmp_path / "x.yaml"
    keys = "V/O\nVOO\n\n0.15\nyearly\njanuary\n\n\nband\n\n\n"
    said = on_a_terminal("new", "x", "--to", path, "--lang", "en", keys=keys)
    assert said.code == 0, said.out
    assert "unknown asset 'V/O'" in said.out
    assert "came 'yearly', allowed monthly, january, lump or quota" in said.out
    config = load_config(path)
    assert config.strategy.allocation.satellite_weight == 0.15
    assert (config.strategy.contributions.type, config.strategy.contributions.amount) == ("annual", 1_200_000)
    assert config.strategy.rebalancing.type == "band"


def test_the_questions_in_japanese_and_an_end_to_them(tmp_path):
    said = on_a_terminal("new", "x", "--to", tmp_path / "x.yaml", "--lang", "ja", keys=INTERRUPT)
    assert said.code == 130
    assert "コア（資金の大半を入れる銘柄" in said.out
    assert not (tmp_path / "x.yaml").exists()


def test_answers_as_people_give_them(tmp_path):
    path = tmp_path / "x.yaml"
    keys = "VOO\nVOO\nIJR\n15\n15％\n月\nmonthly\n十万ドル\n10万円\n\n\n\n2010-13-01\n2010/4/1\n"
    said = on_a_terminal("new", "x", "--to", path, "--lang", "ja", keys=keys)
    assert said.code == 0, said.out
    for told in (
        "コアとは別の銘柄",
        "15 は 0.15 と書きます",
        "使えません。monthly、",
        "2001-01-31 のような日付を指定してください",
    ):
        assert told in said.out
    assert "Error" not in said.out
    config = load_config(path)
    assert config.strategy.allocation.satellite_weight == 0.15
    assert config.strategy.contributions.amount == 100_000
    assert str(config.period.start) == "2010-04-01"


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("option", ["every", "account", "rebalancing", "broker"])
def test_what_a_question_shows_is_an_answer(capsys, tmp_path, lang, option):
    """Each word, each label beside it, and both as they stand in the question."""
    (param,) = (param for param in new.params if param.name == option)
    locale = Locale(lang)
    for key in param.type.choices:
        label = param.type.label(key, locale)
        assert f"{key} {label}" in param.type.shown(locale)
        for typed in (key, label, f"{key} {label}"):
            path = tmp_path / "x.yaml"
            said = type_in(capsys, "new", "x", f"--{option}", typed, "--to", path, "--force", "--quiet")
            assert (said.code, said.error) == (0, ""), typed
            expected = path.read_bytes()
            type_in(capsys, "new", "x", f"--{option}", key, "--to", path, "--force", "--quiet")
            assert path.read_bytes() == expected


def test_the_broker_is_written(capsys, tmp_path):
    path = tmp_path / "x.yaml"
    assert type_in(capsys, "new", "x", "--broker", "楽天証券", "--to", path).code == 0
    assert load_config(path).costs.broker == "rakuten"


def test_the_modelled_yen_funds_are_offered_and_taken(capsys, tmp_path):
    path = tmp_path / "x.yaml"
    for symbol in ("JP_SP500", "JP_ACWI"):
        assert symbol in Locale("ja")("question_core")
        assert type_in(capsys, "new", "x", "--core", symbol, "--to", path, "--force").code == 0
        assert load_config(path).strategy.allocation.core == symbol


KINDS = {
    "config": ("run", "mine.yaml"),
    "sweep": ("sweep", "sweeps/mine.yaml"),
    "windows": ("windows", "windows/mine.yaml"),
    "claims": ("check", "claims/mine.yaml"),
    "withdraw": ("withdraw", "mine.yaml"),
}
QUICK = {
    "sweep": ("--set", "windows={every: year, horizons: [10]}"),
    "windows": ("--horizons", "10", "--every", "year"),
    "withdraw": ("--futures", "2", "--years", "2", "--set", "period={start: 2015-01-01, end: 2018-12-31}"),
}


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file_is_taken_by_its_command(capsys, tmp_path, monkeypatch, kind, lang):
    monkeypatch.chdir(tmp_path)
    command, path = KINDS[kind]
    said = type_in(capsys, "new", "mine", "--kind", kind, "--yes", "--lang", lang)
    assert (said.code, said.error) == (0, "")
    assert said.out.rstrip().endswith(f"backtest {command} configs/{path}")
    text = (tmp_path / "configs" / path).read_text("utf-8")
    assert text.count("#") >= 2
    if lang == "ja" or kind == "config":
        done = type_in(
            capsys, command, f"configs/{path}", "--data", "sample", "--lang", lang, *QUICK.get(kind, ())
        )
        assert done.code == 0, done.error


@pytest.mark.parametrize("satellite", ["IJR", "none"])
@pytest.mark.parametrize("kind", ["sweep", "windows", "withdraw"])
def test_a_kind_without_a_satellite_is_still_whole(capsys, tmp_path, kind, satellite):
    path = tmp_path / "x.yaml"
    flags = (
        ("--satellite", satellite, "--every", "lump") if kind != "withdraw" else ("--satellite", satellite)
    )
    assert type_in(capsys, "new", "x", "--kind", kind, *flags, "--to", path).code == 0
    words = {"sweep": "deploy", "windows": "deploy", "withdraw": "withdrawals"}
    assert ("satellite_weight" in path.read_text("utf-8")) == (satellite == "IJR")
    assert satellite == "IJR" or words[kind] in path.read_text("utf-8")


def test_a_study_of_a_plan_that_is_there(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    type_in(capsys, "examples", "satellite10")
    for kind in ("sweep", "windows"):
        said = type_in(capsys, "new", "share", "--kind", kind, "--from", "configs/satellite10.yaml")
        assert said.code == 0, said.error
        folder = {"sweep": "sweeps", "windows": "windows"}[kind]
        assert 'base: "../satellite10.yaml"' in (tmp_path / "configs" / folder / "share.yaml").read_text(
            "utf-8"
        )
    from engine.studies.grid.sweep import plan_sweep

    plan, _ = plan_sweep(tmp_path / "configs" / "sweeps" / "share.yaml", {"source": "sample"})
    assert plan.points.count == 7


def test_a_copy_of_a_plan_keeps_its_comments_and_takes_the_name(capsys, tmp_path):
    path, source = tmp_path / "mine.yaml", CONFIGS / "satellite10.yaml"
    assert type_in(capsys, "new", "mine", "--from", source, "--to", path).code == 0
    mine, shipped = load_config(path), load_config(source)
    assert mine == shipped.model_copy(update={"name": "mine"})
    assert "S&P500のコアに米国小型株" in path.read_text("utf-8")
    rows = CONFIGS / "schedule_own_dates.yaml"  # a plan that may name a file beside it
    assert type_in(capsys, "new", "mine", "--from", rows, "--to", path, "--force").code == 0
    assert load_config(path).strategy == load_config(rows).strategy


def test_a_plan_that_names_a_file_is_copied_with_what_is_in_it(capsys, tmp_path):
    (tmp_path / "rows.csv").write_text("date,amount\n2020-01-06,100000\n2021-01-05,200000\n")
    text = (CONFIGS / "core100.yaml").read_text("utf-8").splitlines()
    other = [
        "  contributions: {type: schedule, file: rows.csv}" if "contributions" in line else line
        for line in text
    ]
    (tmp_path / "plan.yaml").write_text("\n".join(other))
    path = tmp_path / "elsewhere" / "mine.yaml"
    assert type_in(capsys, "new", "mine", "--from", tmp_path / "plan.yaml", "--to", path).code == 0
    assert load_config(path).strategy == load_config(tmp_path / "plan.yaml").strategy


def test_a_plan_that_pays_out_is_made_of_one_that_does_not(capsys, tmp_path):
    path = tmp_path / "mine.yaml"
    flags = ("--kind", "withdraw", "--withdrawal", "15万円", "--from", CONFIGS / "windfall_lump.yaml")
    assert type_in(capsys, "new", "mine", *flags, "--to", path).code == 0
    made = load_config(path).strategy
    assert made.takes_out
    assert made.allocation == load_config(CONFIGS / "windfall_lump.yaml").strategy.allocation
    assert "150000" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--from", "x.yaml", "--core", "VOO"), "--from and --core: allowed one of the two"),
        (("--from", "x.yaml", "--kind", "claims"), "--from: allowed with another kind than claims"),
        (("--withdrawal", "5"), "--withdrawal: allowed with --kind withdraw"),
        (
            ("--from", CONFIGS / "core100.yaml", "--withdrawal", "5"),
            "--withdrawal: allowed with --kind withdraw",
        ),
        (("--kind", "swep"), "--kind: came 'swep', allowed config, sweep, windows, claims or withdraw"),
    ],
)
def test_what_does_not_go_together_is_said(capsys, tmp_path, monkeypatch, flags, told):
    monkeypatch.chdir(tmp_path)
    said = type_in(capsys, "new", "mine", *flags)
    assert said.code == 2
    assert said.line.startswith(told)
    assert not list(tmp_path.iterdir())


def test_a_file_that_comes_with_the_program_is_not_there_yet(capsys, tmp_path, monkeypatch):
    """Outside a checkout, what the help and the documents name is one command away."""
    monkeypatch.chdir(tmp_path)
    for typed, name in (
        ("configs/satellite10.yaml", "satellite10"),
        ("core100.yaml", "core100"),
        ("configs/century/allocation.yaml", "century/allocation"),
    ):
        said = type_in(capsys, "run", typed, "--lang", "en")
        assert said.code == 2
        assert said.line.endswith(f"(it comes with the program: backtest examples {name})")
        assert type_in(capsys, "examples", name).code == 0
    assert (tmp_path / "configs" / "century" / "allocation.yaml").is_file()
    said = type_in(capsys, "run", "configs/satelite10.yaml", "--lang", "en")
    assert said.line.endswith("(did you mean configs/satellite10.yaml?)")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_a_help_names_is_there_or_the_help_says_how_to_get_it(capsys, tmp_path, monkeypatch, lang):
    from engine.cli import COMMANDS

    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        shown = type_in(capsys, command, "--help", "--lang", lang).out.splitlines()
        lines = [line.strip() for line in shown if line.startswith("  backtest ")]
        had = {line.split()[-1] for line in lines if line.startswith("backtest examples ")}
        wanted = {word for line in lines for word in line.split() if word.startswith("configs/")}
        assert {f"configs/{name}.yaml" for name in had} >= wanted, command
    type_in(capsys, "examples", "all")
    assert "backtest examples" not in type_in(capsys, "run", "--help").out


def test_a_file_that_was_copied_is_found_where_it_went(capsys, tmp_path, monkeypatch):
    """`examples` and `new` write into configs/; who leaves that out is told, and of a plan's own folder too."""
    monkeypatch.chdir(tmp_path)
    for name in ("core100", "sweeps/allocation"):
        assert type_in(capsys, "examples", name).code == 0
    assert type_in(capsys, "new", "mine", "--yes").code == 0
    for typed, meant in (
        ("core100.yaml", "core100.yaml"),
        ("mine.yaml", "mine.yaml"),
        ("allocation.yaml", "sweeps/allocation.yaml"),
    ):
        said = type_in(capsys, "run", typed, "--lang", "en")
        assert said.code == 2
        assert said.line.endswith(f"{typed}: no such file (did you mean {Path('configs', meant)}?)")
