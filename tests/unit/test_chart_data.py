"""Falls, monthly returns and the sources of the profit, against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.report import chart_data
from engine.result import Result
from tests.fake_result import fake_result


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_drawdowns_from_a_peak_and_back():
    dates = np.arange("2024-01-01", "2024-01-08", dtype="datetime64[D]")
    twr = np.array([1.1, 0.99, 1.21, 0.605, 0.9, 1.21, 1.2])
    drawdowns = chart_data.worst_drawdowns(dates, twr)
    assert [round(drawdown.depth, 12) for drawdown in drawdowns] == [-0.5, -0.1, round(1.2 / 1.21 - 1, 12)]
    worst = drawdowns[0]
    assert (str(worst.peak), str(worst.trough), str(worst.recovery)) == (
        "2024-01-03",
        "2024-01-04",
        "2024-01-06",
    )
    assert (worst.days_down, worst.days_back) == (1, 2)
    assert drawdowns[2].recovery is None
    assert drawdowns[2].days_back is None


def test_a_drawdown_from_the_start_has_no_peak():
    drawdowns = chart_data.worst_drawdowns(
        days("2024-01-01", "2024-01-02", "2024-01-05"), np.array([0.95, 0.9, 1.0])
    )
    assert drawdowns[0].peak is None
    assert drawdowns[0].days_down == 1
    assert drawdowns[0].depth == pytest.approx(-0.1)
    assert str(drawdowns[0].recovery) == "2024-01-05"


def test_no_drawdown():
    assert chart_data.worst_drawdowns(days("2024-01-01", "2024-01-02"), np.array([1.0, 1.1])) == []


def test_months_and_years():
    dates = days("2023-11-30", "2023-12-29", "2024-01-31", "2024-03-29")
    twr = np.array([1.1, 1.21, 1.21, 0.968])
    years, grid = chart_data.month_grid(dates, twr)
    assert years.tolist() == [2023, 2024]
    assert grid[0, 10:].tolist() == pytest.approx([0.1, 0.1])
    assert grid[1, :3].tolist() == pytest.approx([0.0, np.nan, -0.2], nan_ok=True)
    assert np.isnan(grid).sum() == 24 - 4
    periods, returns = chart_data.period_returns(dates, twr, "Y")
    assert [str(period) for period in periods] == ["2023", "2024"]
    assert returns.tolist() == pytest.approx([0.21, -0.2])


def one_unit(currency: str = "JPY", assets: dict[str, dict[str, str]] | None = None) -> Result:
    """One dollar unit over one night: price 100 to 110, rate 100 to 120, dividend 5, cost 7, tax 3."""
    dividend, tax, cost = 5.0, 3.0, 7.0
    value = np.array([10_000.0, 110 * 120 + dividend - tax - cost])
    base = fake_result(years=(2001, 2001), benchmark=False)
    equity = {
        "date": days("2024-01-04", "2024-01-05"),
        "value": value,
        "contributed": np.full(2, 10_000.0),
        "withdrawn": np.zeros(2),
        "flow": np.array([10_000.0, 0.0]),
        "cash": np.array([0.0, -5.0]),
        "twr": value / 10_000.0,
        "usdjpy": np.array([100.0, 120.0]),
        "asset:X": np.array([10_000.0, 13_200.0]),
        "price:X": np.array([10_000.0, 13_200.0]),
    }
    years = {name: np.array([0.0]) for name in base.years} | {
        "year": np.array([2024]),
        "dividends": np.array([dividend]),
        "dividend_tax": np.array([tax]),
        "cost": np.array([cost]),
    }
    manifest = {**base.manifest, "assets": assets} if assets else base.manifest
    return replace(
        base, equity=equity, years=years, manifest=manifest, config={**base.config, "currency": currency}
    )


def test_sources_of_one_night():
    parts = chart_data.sources(one_unit())
    gain = 3_200 + 5 - 3 - 7
    assert parts.profit == pytest.approx(gain)
    assert parts.currency == pytest.approx(100 * 20)
    assert parts.cross == pytest.approx(1_000 * 0.2)  # what the price gained, by what the rate gained
    assert (parts.dividends, parts.dividend_tax, parts.tax, parts.cost) == (5.0, 3.0, 0.0, 7.0)
    assert parts.market == pytest.approx(1_000)


def test_a_yen_asset_has_no_currency_part():
    parts = chart_data.sources(one_unit(assets={"X": {"currency": "JPY"}}))
    assert (parts.currency, parts.cross) == (0.0, 0.0)
    assert parts.market == pytest.approx(3_200)
    parts = chart_data.sources(one_unit(currency="USD"))
    assert parts.currency == 0.0


def test_sources_add_up_over_a_life():
    result = fake_result()
    parts = chart_data.sources(result)
    whole = parts.market + parts.currency + parts.cross + parts.dividends
    whole -= parts.dividend_tax + parts.tax + parts.cost
    assert whole == pytest.approx(parts.profit, rel=1e-12)
    assert parts.profit == pytest.approx(result.metrics["profit"], rel=1e-9)


def test_lowest_against_the_money_paid_in():
    result = one_unit()
    assert chart_data.lowest_against_principal(result) is None
    equity = {**result.equity, "value": np.array([9_000.0, 13_000.0])}
    date, share = chart_data.lowest_against_principal(replace(result, equity=equity))
    assert str(date) == "2024-01-04"
    assert share == pytest.approx(-0.1)


def test_month_ends():
    dates = days("2024-01-30", "2024-01-31", "2024-02-01", "2024-04-01", "2024-04-02")
    assert chart_data.month_ends(dates).tolist() == [1, 2, 4]


def test_a_month_without_money_has_no_return():
    dates = days("2024-01-31", "2024-02-29", "2024-03-29")
    counted = np.array([True, True, False])
    _, grid = chart_data.month_grid(dates, np.array([1.1, 0.0, 0.0]), counted)
    np.testing.assert_allclose(grid[0, :3], [0.1, -1.0, np.nan])


def test_every_deep_drawdown_is_listed_and_the_five_deepest():
    falls = [0.9, 0.95, 0.7, 0.5, 0.78, 0.79, 0.97, 0.75]
    twr = np.array([level for low in falls for level in (1.0, low)] + [1.0])
    dates = np.datetime64("2020-01-01") + np.arange(len(twr))
    depths = [round(one.depth, 12) for one in chart_data.worst_drawdowns(dates, twr)]
    assert depths == [-0.5, -0.3, -0.25, -0.22, -0.21]
    shallow = chart_data.worst_drawdowns(dates, twr, count=2)
    assert [round(one.depth, 12) for one in shallow] == depths  # all are deeper than 20 %
    assert len(chart_data.worst_drawdowns(dates, twr, count=7)) == 7
    # The sixth would be 10 %: no downturn.
    assert len(chart_data.worst_drawdowns(dates, twr, deep=0.04)) == 7


def test_a_drawdown_within_a_span_begins_at_its_peak():
    dates = np.datetime64("2020-01-01") + np.arange(6)
    twr = np.array([2.0, 1.0, 1.5, 1.2, 0.6, 3.0])
    assert chart_data.drawdown_within(dates, twr, dates[1], dates[4]) == pytest.approx(0.6 / 1.5 - 1)
    assert chart_data.drawdown_within(dates, twr, None, dates[4]) == pytest.approx(0.6 / 2.0 - 1)
    assert chart_data.drawdown_within(dates, twr, dates[4], dates[5]) == 0.0
    late = np.datetime64("2021-01-01")
    assert chart_data.drawdown_within(dates, twr, late, late) is None
