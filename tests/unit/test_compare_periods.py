"""The common period of a comparison: what was asked for where the data, stand-ins included, have it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from engine.config import Config, override, parse_config
from engine.errors import DataError
from engine.market.providers import csv_folder
from engine.market.series import Series
from engine.run import run
from engine.studies.compare import compare
from engine.studies.grid.windows import windows
from tests.market_helpers import save_csv, source_of, walk, yen

SPY = walk("SPY", seed=2)
SOURCE = source_of(walk("VOO", start="2018-01-02"), SPY, walk("IJR", seed=3), fx=yen(SPY.dates))
WHOLE = "start: 2015-01-05, end: 2019-06-28"


def plan(name: str, core: str = "VOO", period: str = WHOLE, splice: str = "none") -> Config:
    return parse_config(
        f"""
name: {name}
currency: JPY
period: {{{period}}}
strategy:
  allocation: {{type: core_satellite, core: {core}, satellite: IJR, satellite_weight: 0.10}}
  contributions: {{type: monthly, amount: 100_000, day: 1}}
  rebalancing: {{type: none}}
accounts: [plain]
data: {{source: sample, splice: {splice}}}
"""
    )


def test_stand_ins_give_every_plan_the_period_it_asks_for() -> None:
    both = compare([plan("a", splice="auto"), plan("b", "SPY")], source=SOURCE)
    assert (str(both.start), str(both.end)) == ("2015-01-05", "2019-06-28")
    assert both.notes == ()
    assert [str(item.dates[0]) for item in both.results] == ["2015-01-05"] * 2


def test_a_period_before_the_fund_began_is_compared_on_its_stand_in() -> None:
    early = "start: 2015-01-05, end: 2017-06-30"
    both = compare([plan("a", period=early, splice="auto"), plan("b", "SPY", early)], source=SOURCE)
    assert (str(both.start), str(both.end)) == ("2015-01-05", "2017-06-30")
    assert "all of this period" in both.results[0].manifest["data"][0]["splices"][0]["english"]


def test_without_a_stand_in_the_shorter_history_decides_and_says_so() -> None:
    both = compare([plan("a"), plan("b", "SPY")], source=SOURCE)
    assert str(both.start) == "2018-01-02"
    assert tuple(map(str, both.notes)) == (
        "The common period begins on 2018-01-02: a, VOO has no earlier prices.",
    )
    assert both.results[1].dates[0] == np.datetime64("2018-01-02")


def test_a_plan_without_dates_takes_what_its_data_have() -> None:
    both = compare([plan("a", "SPY", ""), plan("b", "SPY", "start: 2016-01-04")], source=SOURCE)
    assert (str(both.start), str(both.end)) == ("2016-01-04", "2019-12-31")
    assert tuple(map(str, both.notes)) == (
        "The common period begins on 2016-01-04: b, its period begins then.",
    )


def test_periods_that_do_not_meet() -> None:
    with pytest.raises(DataError, match="no common period: 2018-01-02 is not before 2017-06-30"):
        compare([plan("a"), plan("b", "SPY", "start: 2015-01-05, end: 2017-06-30")], source=SOURCE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Counter[str]]:
    """A folder of prices, and how often each file was read."""
    read: Counter[str] = Counter()
    load = csv_folder.load

    def counted(place: Path, symbol: str, *, currency: str) -> Series:
        read[symbol] += 1
        return load(place, symbol, currency=currency)

    monkeypatch.setattr(csv_folder, "load", counted)
    for series in (walk("VOO"), SPY, walk("IJR", seed=3), yen(SPY.dates)):
        save_csv(tmp_path, series)
    return tmp_path, read


def test_plans_side_by_side_see_one_state_of_each_file(folder: tuple[Path, Counter[str]]) -> None:
    """Also those whose own period is another one; and each is what a run of the common period is."""
    place, read = folder
    plans = [plan("a"), plan("b", "SPY"), plan("c", period="start: 2016-03-01, end: 2018-12-28")]
    both = compare(plans, source=f"csv:{place}")
    assert read == {"VOO": 1, "SPY": 1, "IJR": 1, "USDJPY": 1}
    for config, result in zip(plans, both.results):
        shared = override(config, {"period.start": "2016-03-01", "period.end": "2018-12-28"})
        assert result == run(shared, source=f"csv:{place}")


def test_the_plans_of_a_study_see_one_state_of_each_file(folder: tuple[Path, Counter[str]]) -> None:
    place, read = folder
    windows([plan("a"), plan("b", "SPY")], horizons=[2], source=f"csv:{place}")
    assert read == {"VOO": 1, "SPY": 1, "IJR": 1, "USDJPY": 1}
