"""Plans that save first and live on it later: dates after the history that futures are drawn from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from engine.config import Config, load_config
from engine.errors import ConfigError
from engine.plan_notes import later_dates
from engine.studies.bootstrap.study import bootstrap, years_to_come

PLAN = """
name: later
period: {start: 2001-01-01, end: 2025-12-31}
strategy:
  allocation: {type: fixed_mix, weights: {VOO: 1.0}}
  contributions: {type: monthly, amount: 100_000, until: 2045-12-31}
  withdrawals: {type: fixed, amount: 10_000, every: monthly, start: 2046-01-01}
accounts: [plain]
"""
LAST = np.datetime64("2025-12-31")


def plan(folder: Path, *changes: tuple[str, str], to_come: bool = True) -> Config:
    text = PLAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "later.yaml"
    path.write_text(text)
    return load_config(path, to_come=to_come)


def test_a_run_refuses_what_futures_take(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="allowed a date up to the period's end, 2025-12-31"):
        plan(tmp_path, to_come=False)
    assert later_dates(plan(tmp_path), date(2025, 12, 31)) == (date(2046, 1, 1), date(2046, 1, 1))


@pytest.mark.parametrize(
    ("changes", "years"),
    [
        ([], 50),  # 30 years of living from 2046 on
        ([("start: 2046-01-01", "from: 2046-06-01")], 51),
        ([(", start: 2046-01-01", "")], 30),  # it pays out at once
        ([(", start: 2046-01-01", ", until: 2060-12-31")], 35),
        ([("start: 2046-01-01", "start: 2070-01-01")], 70),  # the calendar's end
        ([("until: 2045-12-31", "until: 2020-12-31"), ("start: 2046-01-01", "start: 2019-01-01")], 30),
    ],
)
def test_how_far_futures_reach(changes: list[tuple[str, str]], years: int, tmp_path: Path) -> None:
    assert years_to_come([plan(tmp_path, *changes)], LAST) == years


def test_money_comes_until_its_day_and_goes_from_its_own(tmp_path: Path) -> None:
    found = bootstrap([plan(tmp_path)], source="sample", paths=3, offline=True)
    assert found.years[-1] == 50
    assert found.outcomes["contributed"].tolist() == [[240 * 100_000.0] * 3]
    assert found.outcomes["withdrawn"].tolist() == [[360 * 10_000.0] * 3]
    assert found.takes_out


def test_years_before_it_pays_out_are_no_comfort(tmp_path: Path) -> None:
    found = bootstrap([plan(tmp_path)], source="sample", paths=3, years=10, offline=True)
    assert found.ran_out == ()
    notes = [item["english"] for item in found.manifest["assumptions"]]
    assert "'fixed' begins on 2046-01-01, after the last session: nothing of it is in this result." in notes
