"""The common period of a comparison: what was asked for where the data, stand-ins included, have it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.config import Config, parse_config
from engine.errors import DataError
from engine.studies.compare import compare
from tests.market_helpers import source_of, walk, yen

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
