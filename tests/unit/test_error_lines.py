"""Error lines in Japanese."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.config import load_config
from engine.errors import BacktestError
from engine.locale import ENGLISH, Locale
from engine.run import run
from tests.person import CONFIGS, ROOT

KANA = re.compile(r"[ぁ-んァ-ヶ]")
SATELLITE = CONFIGS / "satellite10.yaml"


def refused(*overrides: str, path: Path = SATELLITE) -> BacktestError:
    with pytest.raises(BacktestError) as told:
        run(load_config(path, overrides), source="sample")
    return told.value


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("strategy.alocation=1", "この項目はありません。使える項目：allocation、"),
        ("strategy.allocation.satellite_weight=1.5", "1.5 は使えません。0から1までの数を指定してください"),
        ("strategy.allocation.satellite_weight=10%", "10% は 0.1 と書きます"),
        ("strategy.contributions.amount=-5", "0より大きい金額（例 100000）を指定してください"),
        ("period.end=1999-01-01", "開始日 2001-01-01 より後の日付"),
        ("period.start=2001-13-01", "その日はありません"),
        ("period.start=1980-01-01", "期間は1980-01-01から"),
        ("accounts=nisa", "[nisa] と書いてください"),
        ("costs.broker=sbii", "none、sbi、rakuten、またはmonexを指定してください。sbi のことですか？"),
        ("strategy.rebalancing=yearly", "none、no_sell、calendar、または項目と値の組"),
        ("strategy.allocation.core=VOOO", "内蔵サンプルに「VOOO」はありません。VOO のことですか？"),
        ("strategy.allocation.satellite=VOO", "コアとは別の銘柄"),
        ("execution.whole_shares=maybe", "true か false"),
        ("currency=EUR", "JPY、またはUSDを指定してください"),
        ("nonsense", "--set 項目=値 の形で書いてください"),
    ],
)
def test_a_wrong_value_is_told_in_japanese(override, said):
    error = refused(override)
    line = line_of(error)
    assert said in line
    assert not re.search(r"\b(allowed|came|did you|write)\b", line)
    assert error.translate(ENGLISH) == str(error)


def line_of(error):
    return error.translate(Locale("ja"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{type: fixed_mix, weights: {VOO: 0.5, IJR: 0.4}}", "比率の合計が0.9です"),
        ("{type: core_satellite, core: VOO}", "この項目が必要です"),
    ],
)
def test_a_file_is_told_with_its_line(tmp_path, text, said):
    path = tmp_path / "plan.yaml"
    path.write_text(
        f"name: x\nstrategy:\n  allocation: {text}\n  contributions: {{type: monthly, amount: 1}}\n"
    )
    error = refused(path=path)
    line = line_of(error)
    assert said in line
    assert re.search(r"plan\.yaml:3：strategy\.allocation", line)


def told(arguments: list[str], **environ: str) -> str:
    """The error line of a command line, from a process of its own."""
    code = "import sys; from engine.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PATH": "/usr/bin", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environ},
        capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["run", "nope.yaml", "--lang", "ja"], {}),
        (["run", "nope.yaml", "--lang=ja"], {"LANG": "en_US.UTF-8"}),
        (["run", "nope.yaml"], {"LANG": "ja_JP.UTF-8"}),
        (["rnu"], {"LC_ALL": "ja_JP.UTF-8"}),
        (["run", "--foo"], {"LANG": "ja_JP.UTF-8"}),
        (["bootstrap", "x.yaml", "--years", "0", "--lang", "ja"], {}),
    ],
)
def test_the_command_line_speaks_the_language_that_was_asked_for(arguments, environ):
    assert KANA.search(told(arguments, **environ))


def test_the_option_beats_the_locale():
    line = told(["run", "nope.yaml", "--lang", "en"], LANG="ja_JP.UTF-8")
    assert line == "backtest: nope.yaml: no such file\n"
