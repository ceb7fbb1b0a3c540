"""From the source's prices to the orders: Tokyo's orders of a day know nothing that New York does that night."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import Config, parse_config
from engine.market.exchanges import tokyo_sessions
from engine.market.series import Series
from engine.market.sources import Source, open_source
from engine.result import Result
from engine.run import run
from tests.market_helpers import made, source_of, walk
from tests.variations import examples

PLAN = """
name: both
period: {start: 2016-01-04, end: 2017-12-29}
strategy:
  allocation: {type: fixed_mix, weights: WEIGHTS}
  contributions: {type: monthly, amount: 100_000}
  withdrawals: {type: percent, rate: 0.3, every: monthly}
  rebalancing: REBALANCING
accounts: [nisa, taxable]
data: {splice: none}
"""
PLANS = {
    "a fund": "{JP_SP500: 0.5, IJR: 0.5}",
    "an ETF": "{2558.T: 0.5, IJR: 0.5}",
    "an index": "{^N225: 0.4, IJR: 0.6}",
    "all": "{JP_SP500: 0.3, 2558.T: 0.2, IJR: 0.4, DEPOSIT: 0.1}",
}
REBALANCING = [
    "{type: calendar, every: monthly}",
    "{type: band, width: 0.01, check: monthly, new_money_first: true}",
]
IN_NEW_YORK = ("IJR",)


def plan(weights: str, rebalancing: str) -> Config:
    return parse_config(PLAN.replace("WEIGHTS", weights).replace("REBALANCING", rebalancing), "x.yaml")


def in_yen(symbol: str, seed: int, level: float) -> Series:
    days = tokyo_sessions(np.datetime64("2015-06-01"), np.datetime64("2017-12-31"))
    steps = np.random.default_rng(seed).normal(0.0003, 0.01, days.size)
    return made(symbol, days, np.round(level * np.exp(np.cumsum(steps))), currency="JPY")


@cache
def histories() -> tuple[tuple[Series, ...], Series]:
    """Prices that the plans need, and the exchange rate."""
    own = (
        walk("SPY", "2015-06-01", seed=1), walk("IJR", "2015-06-01", seed=2),
        in_yen("2558.T", 3, 10_000.0), in_yen("^N225", 4, 20_000.0),
    )  # fmt: skip
    return own, open_source("sample").fx(None)


def since(series: Series, day: np.datetime64, noise: np.ndarray) -> Series:
    """The series with other closes from ``day`` on, and other payouts after it: a day's own is known before."""
    factor = np.where(series.dates >= day, noise[: series.dates.size], 1.0)
    return series.replace(
        close=series.close * factor,
        adj_close=series.adj_close * factor,
        dividend=series.dividend * np.where(series.dates > day, factor, 1.0),
    )


def changed(day: np.datetime64, noise: np.ndarray) -> Source:
    """A source in which New York's close and the rate of ``day`` are others, and all that comes after."""
    own, fx = histories()
    tomorrow = day + np.timedelta64(1, "D")
    series = [since(item, day if item.currency == "USD" else tomorrow, noise) for item in own]
    other = fx.dates >= day
    return source_of(*series, fx=fx.replace(close=fx.close * np.where(other, 1.001, 1.0)))


@cache
def whole(weights: str, rebalancing: str) -> Result:
    own, fx = histories()
    return run(plan(weights, rebalancing), source=source_of(*own, fx=fx))


def known(result: Result, day: np.datetime64) -> list[tuple[object, ...]]:
    """The movements before ``day``, and those of that day with what is Tokyo's."""
    names = ("date", "account", "asset", "kind", "units", "amount")
    rows = zip(*(np.asarray(result.transactions[name]).tolist() for name in names))
    day = day.item()
    return [row for row in rows if row[0] < day or (row[0] == day and row[2] and row[2] not in IN_NEW_YORK)]


@pytest.mark.parametrize("weights", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("rebalancing", REBALANCING, ids=["calendar", "band"])
@examples(4)
@given(at=st.integers(10, 460), seed=st.integers(0, 2**32 - 1))
def test_no_order_of_tokyo_knows_the_night(weights: str, rebalancing: str, at: int, seed: int) -> None:
    before = whole(weights, rebalancing)
    months = before.dates.astype("datetime64[M]")
    first = np.flatnonzero(months[1:] != months[:-1]) + 1  # sessions on which there is something to do
    day = before.dates[min(at, len(before.dates) - 1)] if seed % 3 else before.dates[first[at % len(first)]]
    noise = np.random.default_rng(seed).uniform(0.98, 1.02, 2000)
    after = run(plan(weights, rebalancing), source=changed(day, noise))
    assert known(before, day) == known(after, day)
