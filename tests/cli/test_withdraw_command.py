"""``backtest withdraw`` as a person types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.person import CONFIGS, type_in

PLAN = CONFIGS / "retirement_withdrawals.yaml"
FEW = ("--data", "sample", "--futures", "30")


def test_it_answers_first_and_writes_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (*FEW, "--years", "10,20", "--rates", "3,4", "--out", tmp_path, "--lang", "en")
    said = type_in(capsys, "withdraw", PLAN, *words)
    assert said.code == 0
    answer, tables = said.out.index("a month in the first year"), said.out.index("Allowed to fail")
    assert answer < tables < said.out.index("Share that lasts") < said.out.index("Assumptions")
    folder = tmp_path / "retirement_withdrawals-withdraw"
    assert str(folder) in said.out
    assert (folder / "withdraw.html").read_text("utf-8").count('data-figure="curve"') == 1
    with (folder / "limits.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    told = json.loads((folder / "withdraw.json").read_text())
    assert len(rows) == len(told["limits"]) == 8
    assert {item["rate"] for item in told["rates"]} == {0.03, 0.04}


def test_json_and_japanese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*FEW, "--years", "10", "--out", tmp_path)
    told = json.loads(type_in(capsys, "withdraw", PLAN, *words, "--json").out)
    assert told["sought"] == "amount"
    assert told["manifest"]["flags"]["sample"] is True
    said = type_in(capsys, "withdraw", PLAN, *words, "--amount", "150000", "--lang", "ja")
    assert "最初に" in said.out
    assert "のうち" in said.out


@pytest.mark.parametrize(
    ("option", "came", "what"),
    [
        ("--years", "0", "allowed whole years from 1 to 70"),
        ("--years", "2.5", "allowed whole years from 1 to 70"),
        ("--years", "ten", "allowed whole years from 1 to 70"),
        ("--rates", "4%", "allowed percents of the pot a year"),
        ("--amount", "0", "amount"),
    ],
)
def test_one_line_for_what_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, came: str, what: str
) -> None:
    said = type_in(capsys, "withdraw", PLAN, *FEW, option, came, "--out", tmp_path, "--lang", "en")
    assert said.code == 2
    assert what in said.line
    assert not list(tmp_path.iterdir())
