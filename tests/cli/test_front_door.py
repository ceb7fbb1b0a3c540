"""run, compare, report, check, schema, completion and help, as a person types them."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys

import pytest

import engine.cli
from engine.cli import COMMANDS
from engine.config import json_schema
from tests.person import CONFIGS, ROOT, RUN, on_a_terminal, type_in

SATELLITE = CONFIGS / "satellite10.yaml"
CORE = CONFIGS / "core100.yaml"
CLAIMS = CONFIGS / "claims" / "small_cap_article.yaml"
HERE = [name for name, (module, _) in COMMANDS.items() if importlib.util.find_spec(f"engine.cli.{module}")]


@pytest.fixture
def sample(tmp_path):
    """Options for a run on the sample that leaves nothing behind."""
    return ("--data", "sample", "--out", tmp_path, "--lang", "en")


@pytest.mark.parametrize("name", HERE)
def test_help_of_every_command(capsys, name):
    said = type_in(capsys, name, "--help")
    assert said.code == 0
    assert said.out.startswith("Usage: backtest ")
    assert COMMANDS[name][1].split()[0][:4].lower() in said.out.lower()


def test_help_lists_every_command(capsys):
    for arguments in (("--help",), ("-h",)):
        said = type_in(capsys, *arguments)
        assert said.code == 0
        assert all(f"  {name} " in said.out for name in COMMANDS)


def test_no_command_shows_the_help(capsys):
    said = type_in(capsys)
    assert said.code == 2
    assert "Commands:" in said.error + said.out
    said = type_in(capsys, "data")
    assert said.code == 2
    assert "fetch" in said.error + said.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("rum",), 2, "did you mean run?"),
        (("data", "lst"), 2, "list"),
        (("run",), 2, "CONFIG"),
        (("run", "none.yaml"), 2, "none.yaml: no such file"),
        (("run", SATELLITE, "--set", "strategy.allocation.satellite_weight=1.5"), 2, "0 to 1"),
        (("run", SATELLITE, "--data", "smaple"), 2, "sample"),
        (("run", SATELLITE, "--data", "csv:/no/such/folder"), 3, "no such folder"),
        (("run", SATELLITE, "--lang", "fr"), 2, "'fr'"),
        (("run", SATELLITE, "--max-age", "-1"), 2, "max-age"),
        (("run", SATELLITE, SATELLITE), 2, "two configurations are named"),
        (("compare", CORE, SATELLITE, "--sort", "xir"), 2, "did you mean xirr?"),
        (("report", "results/none"), 4, "none"),
        (("check", "none.yaml"), 2, "none.yaml: no such file"),
        (("run", SATELLITE, "--offline=3"), 2, "--offline takes no value"),
        (("data", "grade", "VOO", "--data"), 2, "--data needs a value"),
        (("data", "grade", "VOO"), 2, "OTHER: missing"),
        (("data", "grade", "VOO", "IJR", "IWM", "QQQ"), 2, "too many words: IWM QQQ"),
        (("bootstrap", CORE, "--seed", "x"), 2, "--seed: came 'x', allowed a whole number from 0 on"),
        (("bootstrap", CORE, "--block", "0.5"), 2, "--block: came '0.5', allowed a number from 1 on"),
        (("bootstrap", CORE, "--paths", "1千"), 2, "from 1 to 10,000,000 (write 1000)"),
        (
            ("bootstrap", CORE, "--years", "100年"),
            2,
            "--years: came '100年', allowed a whole number from 1 to 70",
        ),
    ],
    ids=lambda value: "-".join(map(str, value[:2])).split("/")[-1] if isinstance(value, tuple) else "",
)
def test_an_error_is_one_line_with_its_exit_code(capsys, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    said = type_in(capsys, *arguments, *(("--out", tmp_path) if arguments[0] in ("run", "compare") else ()))
    assert said.code == code
    assert words in said.line
    assert said.out == ""


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (OSError(13, "Permission denied", "prices"), 4, "backtest: prices: Permission denied"),
        (OSError("odd"), 4, "backtest: a file: the system says OSError"),
        (
            ZeroDivisionError("by\nzero"),
            1,
            "backtest: defect in this program: ZeroDivisionError: by zero (run",
        ),
    ],
)
def test_what_nobody_expected_is_one_line_too(capsys, monkeypatch, sample, error, code, line):
    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr("engine.store.save", fail)
    said = type_in(capsys, "run", CORE, *sample)
    assert said.code == code
    assert said.error.startswith(line)
    assert said.error.count("\n") == 1
    with pytest.raises(type(error)):
        type_in(capsys, "run", CORE, *sample, "--debug")


@pytest.mark.parametrize(
    ("stop", "code", "line"),
    [(BrokenPipeError, 0, ""), (KeyboardInterrupt, 130, "backtest: interrupted")],
)
def test_a_person_who_goes_away_is_no_error(capsys, monkeypatch, sample, stop, code, line):
    def fail(*_arguments, **_options):
        raise stop

    monkeypatch.setattr("engine.store.save", fail)
    said = type_in(capsys, "run", CORE, *sample)
    assert (said.code, said.out, said.error.strip()) == (code, "", line)


def test_a_page_is_written_again_and_opened(capsys, monkeypatch, sample, tmp_path):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert type_in(capsys, "run", CORE, *sample, "--quiet").code == 0
    page = tmp_path / "core100" / "report.html"
    english = page.read_text(encoding="utf-8")
    assert type_in(capsys, "report", page.parent, "--open", "--quiet", "--lang", "ja").out == ""
    assert opened == [page.resolve().as_uri()]
    assert page.read_text(encoding="utf-8") != english


def test_a_run_prints_its_table_and_writes_its_files(capsys, sample, tmp_path):
    said = type_in(capsys, "run", SATELLITE, *sample)
    assert (said.code, said.error) == (0, "")
    assert said.out.startswith("SAMPLE ")
    assert "Core alone (VOO)" in said.out
    assert str(tmp_path / "satellite10") in said.out
    assert max(map(len, said.out.splitlines())) <= 100
    assert {"report.html", "manifest.json", "quota.csv"} <= {
        p.name for p in (tmp_path / "satellite10").iterdir()
    }


def test_a_run_in_japanese(capsys, tmp_path):
    said = type_in(capsys, "run", SATELLITE, "--data", "sample", "--out", tmp_path, "--lang", "ja")
    assert said.code == 0
    figures, _, rest = said.out.partition("\n前提\n")
    assert "万円" in figures
    assert "口座はNISA、特定口座の順に使い" in rest
    page = (tmp_path / "satellite10" / "report.html").read_text("utf-8")
    assert '<html lang="ja"' in page
    assert "口座はNISA、特定口座の順に使い" in page
    assert "Accounts are filled" not in said.out + page.partition("<script")[0]


def test_the_language_comes_from_the_locale(capsys, tmp_path, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for locale, word in (("ja_JP.UTF-8", "最終評価額"), ("de_DE.UTF-8", "Final value")):
        monkeypatch.setenv("LANG", locale)
        assert word in type_in(capsys, "run", CORE, "--data", "sample", "--out", tmp_path).out


def test_json_of_one_run_and_of_several(capsys, sample):
    one = json.loads(type_in(capsys, "run", CORE, *sample, "--json").out)
    assert (one["name"], one["manifest"]["flags"]["sample"]) == ("core100", True)
    two = json.loads(type_in(capsys, "run", CORE, SATELLITE, *sample, "--json").out)
    assert [item["name"] for item in two] == ["core100", "satellite10"]
    assert two[0]["metrics"] == one["metrics"]


def test_quiet_prints_nothing(capsys, sample):
    for command in (("run", CORE), ("compare", CORE, SATELLITE), ("check", CLAIMS)):
        said = type_in(capsys, *command, *sample, "--quiet")
        assert (said.code, said.out, said.error) == (0, "", "")


def test_compare_in_every_format(capsys, sample, tmp_path):
    command = ("compare", SATELLITE, CORE, *sample, "--sort", "xirr", "--columns", "xirr,final_value")
    assert "compare.html" in type_in(capsys, *command).out
    (page,) = tmp_path.glob("compare-*/compare.html")
    assert "core100" in page.read_text("utf-8")
    text = type_in(capsys, *command, "--format", "csv").out
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff")
    assert [row[0] for row in rows[1:]] == ["core100", "satellite10"]
    assert len(json.loads(type_in(capsys, *command, "--format", "json").out)) == 2
    assert json.loads(type_in(capsys, *command, "--json").out)[0]["xirr"] > 0
    assert type_in(capsys, *command, "--format", "markdown").out.startswith("| Strategy")
    assert type_in(capsys, *command, "--format", "html").out.startswith("<table")


def test_compare_writes_nothing_by_a_metric_that_is_none(capsys, sample, tmp_path):
    for option in ("--sort", "--columns"):
        said = type_in(capsys, "compare", CORE, SATELLITE, *sample, option, "xir")
        assert (said.code, said.out) == (2, "")
        assert "no metric 'xir' (did you mean xirr?)" in said.error
    assert not list(tmp_path.iterdir())


def test_compare_says_in_japanese_what_shortened_the_period(capsys, tmp_path):
    short = tmp_path / "short.yaml"
    short.write_text(
        CORE.read_text("utf-8").replace("name: core100", "name: short").replace("2001-", "2011-")
    )
    said = type_in(capsys, "compare", CORE, short, "--data", "sample", "--out", tmp_path, "--lang", "ja")
    assert said.code == 0
    assert "共通の期間は2011-01-01からです（short：設定した期間がその日に始まります）。" in said.out


def test_report_again_in_another_language(capsys, sample, tmp_path):
    type_in(capsys, "run", CORE, *sample, "--quiet")
    page = tmp_path / "core100" / "report.html"
    before = page.read_text("utf-8")
    said = type_in(capsys, "report", tmp_path / "core100", "--lang", "ja")
    assert (said.code, said.out.strip()) == (0, str(page))
    assert '<html lang="en"' in before
    assert '<html lang="ja"' in page.read_text("utf-8")


def test_claims_are_checked(capsys, sample, tmp_path):
    said = type_in(capsys, "check", CLAIMS, *sample)
    assert (said.code, said.error) == (0, "")
    assert "Of 20 published statements the data support " in said.out
    assert "SAMPLE" in said.out
    assert (
        said.out.index("Contradicted: 7: ")
        < said.out.index("Supported: 5: ")
        < said.out.index("Cannot be told here: 5: ")
    )
    folder = tmp_path / "small_cap_article"
    names = {"claims.html", "claims.csv", "claims.json", "study.json", "manifest.json"}
    assert {path.name for path in folder.iterdir()} == names
    page = (folder / "claims.html").read_text("utf-8")
    assert "IWM, 5 years" in page
    assert "measured" in page
    for told in ("Returns are in US dollars, with dividends reinvested", "holds within 0.5 points a year"):
        assert told in page
        assert told in " ".join(said.out.split())
    rows = list(csv.reader(io.StringIO((folder / "claims.csv").read_text("utf-8-sig"))))
    assert len(rows) == 21
    assert all(len(row) == 5 for row in rows)


def test_claims_in_japanese(capsys, tmp_path):
    said = type_in(capsys, "check", CLAIMS, "--data", "sample", "--out", tmp_path, "--lang", "ja")
    assert "記事の主張20件のうち" in said.out
    assert "実測は" in said.out
    assert "measured" not in said.out
    page = (tmp_path / "small_cap_article" / "claims.html").read_text("utf-8")
    assert "実測は" in page
    assert "約-20%" in page


def test_strict_claims_fail_with_code_1_after_the_table(capsys, sample):
    said = type_in(capsys, "check", CLAIMS, *sample, "--strict", "--json")
    told = json.loads(said.out)
    assert said.code == 1
    assert f"{told['counts']['does_not_hold']} of 20 claims do not hold" in said.line
    assert sum(told["counts"].values()) == 20
    verdicts = {item["claim"]["text"]: item for item in told["claims"]}
    fund = verdicts["IWM, 10 years: +90 % (6.6 % a year)"]
    assert fund["verdict"] == "close"
    assert fund["figures"]["per_year"] == pytest.approx(0.0713, abs=2e-4)


def test_strict_claims_that_hold_pass(capsys, sample, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: own\nclaims:\n  - {type: return, text: x, symbol: IWM, start: 2019-12-31, end: 2020-12-31, "
        "total: 0.20}\n"
    )
    assert type_in(capsys, "check", own, *sample, "--strict").code == 0


def test_the_schema_is_printed(capsys):
    assert json.loads(type_in(capsys, "schema").out) == json_schema()


def test_the_schema_of_a_sweep_is_printed(capsys):
    said = type_in(capsys, "schema", "--kind", "sweep")
    assert json.loads(said.out)["title"] == "backtest sweep"
    assert type_in(capsys, "schema", "--kind", "swep").code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(capsys, shell):
    said = type_in(capsys, "completion", shell)
    assert said.code == 0
    assert "_BACKTEST_COMPLETE" in said.out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("backtest co", ["plain,compare", "plain,columns", "plain,completion"]),
        ("backtest data v", ["plain,verify"]),
        ("backtest run --off", ["plain,--offline"]),
        ("backtest compare --format mark", ["plain,markdown"]),
    ],
)
def test_completion_offers_what_fits(typed, offered):
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "_BACKTEST_COMPLETE": "bash_complete", **words}
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == offered


def test_completion_of_commands_imports_no_command():
    code = "import sys; from engine.cli import cli; import click; ctx = click.Context(cli); " \
        "print(len(cli.shell_complete(ctx, ''))); " \
        "extra = {m for m in sys.modules if m.startswith('engine.cli.')} - {'engine.cli.declare'}; " \
        "assert not extra, extra"  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= len(COMMANDS)


@pytest.mark.parametrize(
    ("environ", "colored"), [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal_unless_it_is_not_wanted(tmp_path, environ, colored):
    command = ("run", CORE, "--data", "sample", "--out", tmp_path, "--lang", "en")
    said = on_a_terminal(*command, more={"NO_COLOR": "", **environ})
    assert said.code == 0
    assert "Final value" in said.out
    assert ("\x1b[1m" in said.out) is colored


def test_a_pipe_that_closes_early_is_no_error(tmp_path):
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, "schema"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        error = process.stderr.read().decode()
        process.wait(60)
    assert "Traceback" not in error


def test_a_folder_that_cannot_be_written_is_code_4(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    said = type_in(capsys, "run", CORE, "--data", "sample", "--out", tmp_path / "file")
    assert said.code == 4
    assert str(tmp_path / "file") in said.line


def test_days_of_max_age_become_seconds_once():
    from engine.cli.options import Common

    assert Common(max_age=2.0, lock=True).access == {
        "offline": False,
        "refresh": False,
        "max_age": 172800.0,
        "lock": True,
    }
    assert Common().access["max_age"] is None


def test_commands_refuse_options_that_they_would_not_use(capsys, tmp_path):
    for command in ("report", "audit"):
        for option in (("--data", "sample"), ("--set", "a=1"), ("--offline",)):
            told = type_in(capsys, command, tmp_path, *option)
            assert told.code == 2
            assert "there is no option" in told.error
    told = type_in(capsys, "assets", "--data", "yahoo", "--lang", "en")
    assert (told.code, "only csv:DIR" in told.error) == (2, True)


def test_every_option_says_what_it_does():
    import click

    from engine.cli import COMMANDS, cli

    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        below = command.commands.values() if isinstance(command, click.Group) else ()
        for each in (command, *below):
            silent = [p.name for p in each.params if isinstance(p, click.Option) and not p.help]
            assert silent == [], each.name


def test_a_comparison_carries_its_warnings(capsys, sample):
    told = type_in(capsys, "compare", SATELLITE, CORE, *sample)
    assert told.out.startswith("SAMPLE")
    assert "COUNTERFACTUAL" in told.out
    told = type_in(capsys, "compare", SATELLITE, CORE, *sample, "--format", "csv")
    assert "SAMPLE" not in told.out
    assert told.error.startswith("SAMPLE")
    assert "COUNTERFACTUAL" in told.error


def test_an_interrupt_that_a_library_tells_as_its_own_error_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def falls_into_a_library(**_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("Error calling function") from None

    monkeypatch.setattr(engine.cli.cli, "main", falls_into_a_library)
    with pytest.raises(SystemExit, match="130"):
        engine.cli.main(["run", "--lang", "en"])
    assert capsys.readouterr().err == "backtest: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
