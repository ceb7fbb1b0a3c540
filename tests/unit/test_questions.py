"""The questions of the article on small caps: each is one file, asked in both languages, with its command."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from docs.make_docs import ROOT, run_here
from engine.config.document import read_document
from scripts import list_answers
from tests.shipped import QUESTIONS, kind_of

COMMANDS = {"sweep": "sweep", "windows": "windows", "claims": "check"}
KANA = re.compile("[ぁ-ヿ]")


def command_of(path: Path) -> str:
    """The command that the head of a question's file gives."""
    (command,) = re.findall(r"^#   (backtest .*)$", path.read_text("utf-8"), flags=re.MULTILINE)
    return command


def test_the_questions_are_there() -> None:
    assert [path.stem.partition("_")[0] for path in QUESTIONS] == [
        "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q9", "q10",
    ], "the eighth, on flows, is a command without a file"  # fmt: skip


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_each_is_a_question_in_both_languages_with_one_command(path: Path) -> None:
    made = read_document(path).plain()
    asked = made["title" if "claims" in made else "description"]
    assert made["name"] == path.stem
    assert asked["en"].endswith("?")
    assert asked["ja"].endswith("？")
    assert KANA.search(asked["ja"])
    *_, last = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    assert KANA.search(last), "the question in Japanese"
    command = f"backtest {COMMANDS[kind_of(path)]} configs/questions/{path.name}"
    assert command_of(path) in (command, f"{command} --data yahoo")


def test_the_question_that_the_sample_cannot_answer_says_what_is_missing(tmp_path: Path) -> None:
    """Growth shares: one line, its exit code, and nothing written."""
    words = [
        "windows",
        str(ROOT / "configs/questions/q5_growth.yaml"),
        "--data",
        "sample",
        "--out",
        str(tmp_path),
    ]
    code, printed, error = run_here(words, "en")
    assert (code, printed) == (3, "")
    assert error.startswith("backtest: ")
    assert ": the embedded sample has no 'QQQ' (it has SPY, IWM, IJR, VOO, IVV, VTWO, SPSM" in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_answers_has_every_shipped_file_and_knows_its_page() -> None:
    listed = {words[1] for words, *_ in list_answers.asked()}
    assert listed >= {path.relative_to(ROOT).as_posix() for path in (ROOT / "configs").rglob("*.yaml")}
    for page, make, _, _ in list_answers.PAGES.values():
        assert callable(getattr(importlib.import_module(f"engine.report.{page}"), make))


def test_the_list_of_answers_says_them_in_every_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKTEST_MARKET_DATA", raising=False)
    monkeypatch.setattr("sys.argv", ["list_answers", "q2_downturns", "q5_growth"])
    monkeypatch.chdir(ROOT)
    list_answers.main()
    cells = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [(row[0].strip("| `"), row[2]) for row in cells] == [
        (f"{command}.yaml", lang)
        for command in ("check configs/questions/q2_downturns", "windows configs/questions/q5_growth")
        for lang in ("en", "ja")
    ]
    assert cells[0][4].startswith(
        "Small caps fall more than large caps in a downturn (this holds in part): 7 downt"
    )
    assert cells[1][3] == "景気後退などの下落局面で、小型株はどうなった？"
    assert "内蔵サンプルに「QQQ」はありません" in cells[3][4]
