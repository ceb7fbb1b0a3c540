"""The plain allocation equals bt, another backtester, to 1e-9: yearly rebalancing, fractions, no costs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from engine.config import parse_config
from engine.run import run

BASE = """
name: plain
currency: USD
period: {{start: 2005-01-03, end: 2012-12-31}}
strategy:
  allocation: {{type: core_satellite, core: SPY, satellite: IJR, satellite_weight: {weight}}}
  contributions: {{type: lump_sum, amount: 10_000}}
  rebalancing: {{type: calendar, every: {every}}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: total_return
data: {{source: sample}}
"""


@pytest.fixture(scope="module")
def bt() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bt

        return bt


@pytest.mark.parametrize("every", ["monthly", "quarterly", "yearly"])
@pytest.mark.parametrize("weight", [0.0, 0.05, 0.3, 1.0])
def test_equals_bt(bt: Any, weight: float, every: str) -> None:
    import pandas as pd

    ours = run(parse_config(BASE.format(weight=weight, every=every), "x.yaml"))
    prices = pd.DataFrame(
        {symbol: ours.equity[f"price:{symbol}"] for symbol in ours.symbols},
        index=pd.DatetimeIndex(ours.dates),
    )
    algos = bt.algos
    run_on = {"monthly": algos.RunMonthly, "quarterly": algos.RunQuarterly, "yearly": algos.RunYearly}
    weights = {"SPY": 1.0 - weight, "IJR": weight}
    held = {symbol: share for symbol, share in weights.items() if share > 0.0}
    steps = [
        run_on[every](run_on_first_date=True),
        algos.SelectAll(),
        algos.WeighSpecified(**held),
        algos.Rebalance(),
    ]
    test = bt.Backtest(
        bt.Strategy("plain", steps),
        prices,
        initial_capital=10_000.0,
        integer_positions=False,
        commissions=None,
        progress_bar=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = bt.run(test)
    theirs = result.backtests["plain"].strategy.values.to_numpy()[1:]
    np.testing.assert_allclose(ours.equity["value"], theirs, rtol=1e-9)
    drawdown = 1.0 - (theirs / np.maximum.accumulate(np.maximum(theirs, 10_000.0))).min()
    assert ours.metrics["max_drawdown"] == pytest.approx(-drawdown, rel=1e-9)
    r = np.diff(np.concatenate([[10_000.0], theirs])) / np.concatenate([[10_000.0], theirs[:-1]])
    assert ours.metrics["volatility"] == pytest.approx(r.std(ddof=1) * np.sqrt(252), rel=1e-9)


MONTHLY = """
name: plain
currency: USD
period: {{start: 1926-06-30, end: 2018-11-30}}
strategy:
  allocation: {{type: core_satellite, core: US_LARGE, satellite: US_SMALL, satellite_weight: {weight}}}
  contributions: {{type: lump_sum, amount: 10_000}}
  rebalancing: {{type: calendar, every: {every}}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: total_return
data: {{source: century}}
"""


@pytest.mark.parametrize("every", ["monthly", "quarterly", "yearly"])
@pytest.mark.parametrize("weight", [0.05, 0.3])
def test_a_century_of_months_equals_bt(bt: Any, weight: float, every: str) -> None:
    """As above, on 1,110 month ends; volatility is of 1,109 months, annualised by 12."""
    import pandas as pd

    ours = run(parse_config(MONTHLY.format(weight=weight, every=every), "x.yaml"))
    dates = pd.DatetimeIndex(ours.dates)
    prices = pd.DataFrame({symbol: ours.equity[f"price:{symbol}"] for symbol in ours.symbols}, index=dates)
    # The days of bt's own calendar rules are ours: the first month's end of each month, quarter, year.
    algos = bt.algos
    run_on = {"monthly": algos.RunMonthly, "quarterly": algos.RunQuarterly, "yearly": algos.RunYearly}
    steps = [
        run_on[every](run_on_first_date=True),
        algos.SelectAll(),
        algos.WeighSpecified(US_LARGE=1.0 - weight, US_SMALL=weight),
        algos.Rebalance(),
    ]
    test = bt.Backtest(
        bt.Strategy("plain", steps),
        prices,
        initial_capital=10_000.0,
        integer_positions=False,
        commissions=None,
        progress_bar=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = bt.run(test)
    theirs = result.backtests["plain"].strategy.values.to_numpy()[1:]
    np.testing.assert_allclose(ours.equity["value"], theirs, rtol=1e-9)
    drawdown = (theirs / np.maximum.accumulate(theirs)).min() - 1.0
    assert ours.metrics["max_drawdown"] == pytest.approx(drawdown, rel=1e-9)
    r = np.diff(theirs) / theirs[:-1]
    assert ours.metrics["volatility"] == pytest.approx(r.std(ddof=1) * np.sqrt(12), rel=1e-9)
    days = (ours.dates[-1] - ours.dates[0]).astype(int)
    assert ours.metrics["twr_cagr"] == pytest.approx((theirs[-1] / 10_000) ** (365.25 / days) - 1, rel=1e-9)
