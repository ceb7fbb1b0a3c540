"""What stands in a file of prices is used as it stands: payouts, source tax, missing days at a period's end."""

from dataclasses import replace

import numpy as np
import pytest

from engine.config import Config
from engine.errors import DataError
from engine.market.assets import asset
from engine.market.panel_builder import build_panel
from engine.market.series import with_payouts
from engine.run import run
from tests.market_helpers import days, made, source_of, walk, yen

FUND = {"FUND": replace(asset("JP_SP500"), symbol="FUND", underlying="", stand_ins=())}


def fund(dividend, adj_close=np.nan):
    dates = walk(end="2015-12-31").dates
    close = np.full(dates.size, 10_000.0) + np.arange(dates.size) % 7
    given = np.full(dates.size, adj_close)
    return made("FUND", dates, close, dividend(dates.size), given, currency="JPY")


def unknown(n):
    return np.full(n, np.nan)


def monthly(n):
    return np.where(np.arange(n) % 21 == 20, 50.0, 0.0)


@pytest.mark.parametrize("total_return", [False, True])
def test_unknown_payouts_of_a_yen_fund_are_refused(total_return):
    source = source_of(fund(unknown), assets=FUND)
    with pytest.raises(DataError, match=r"FUND .*: the dividend of 2015-01-02 is unknown"):
        build_panel(["FUND"], source=source, total_return=total_return)


def test_total_return_without_adjusted_closes_is_made_of_closes_and_payouts():
    series = fund(monthly)
    panel = build_panel(["FUND"], source=source_of(series, assets=FUND), total_return=True)
    growth = 1.0
    for before, close, paid in zip(series.close, series.close[1:], series.dividend[1:]):
        growth *= (close + paid) / before
    assert panel.price[-1, 0] / panel.price[0, 0] == pytest.approx(growth, rel=1e-12)
    assert growth > 1.05
    assert "payouts of the file are reinvested" in str(panel.provenance[0].notes[0])


def test_a_payout_on_a_day_without_a_close_belongs_to_the_next():
    level = with_payouts(np.array([100.0, np.nan, 100.0]), np.array([0.0, 10.0, 0.0]))
    np.testing.assert_allclose(level, [100 / 1.1, np.nan, 100.0])
    close = np.array([100.0, 101.0])
    assert with_payouts(close, np.zeros(2)) is close


def plan(**more):
    return Config.model_validate(
        {
            "name": "x",
            "strategy": {
                "allocation": {"type": "fixed_mix", "weights": {"ADR": 1}},
                "contributions": {"type": "lump_sum", "amount": 1_000_000},
            },
            "accounts": ["taxable"],
            **more,
        }
    )


@pytest.mark.parametrize(("own", "tax"), [(0.0, 0), (0.15, 1485), (0.1, 990)])
def test_the_source_tax_of_an_asset_is_read(own, tax):
    dates = walk(end="2015-06-30").dates
    dividend = np.where(dates == np.datetime64("2015-03-16"), 1.0, 0.0)
    series = made("ADR", dates, np.full(dates.size, 100.0) + np.arange(dates.size) % 2, dividend)
    item = {"ADR": replace(asset("VOO"), symbol="ADR", source_tax=own, first=None)}
    result = run(plan(), source=source_of(series, fx=yen(dates, 150.0), assets=item))
    kinds, amounts = result.transactions["kind"], result.transactions["amount"]
    assert -amounts[kinds == "source_tax"].sum() == tax
    # The configuration's own rate goes before that of the asset.
    result = run(
        plan(dividends={"source_tax": 0.2}), source=source_of(series, fx=yen(dates, 150.0), assets=item)
    )
    assert -result.transactions["amount"][result.transactions["kind"] == "source_tax"].sum() == 1980


def without(series, *gone):
    keep = ~np.isin(series.dates, days(*gone))
    cut = {name: getattr(series, name)[keep] for name in ("dates", "close", "adj_close", "dividend")}
    return series.replace(**cut)


def test_a_period_that_ends_on_a_missing_session_ends_on_the_one_before():
    series = without(walk(), "2018-06-29")
    source = source_of(series, walk("BBB", seed=2))
    panel = build_panel(["AAA", "BBB"], source=source, currency="USD", start="2016-01-04", end="2018-06-30")
    assert str(panel.sessions[-1]) == "2018-06-28"
    assert "AAA: no price on the last sessions before 2018-06-30: the period ends on 2018-06-28" in map(
        str, panel.provenance[0].notes
    )
    with pytest.raises(DataError, match=r"AAA .* ends on 2019-12-31; the period ends on 2020-06-30"):
        build_panel(["AAA"], source=source, currency="USD", end="2020-06-30")


def test_a_hole_in_a_rate_before_the_period_stops_nothing():
    series = walk()
    rates = without(
        yen(series.dates), *(str(day) for day in np.arange("2016-05-02", "2016-05-20", dtype="M8[D]"))
    )
    source = source_of(series, walk("SPY", seed=2), fx=rates)
    with pytest.raises(DataError, match="days old; 5 are allowed"):
        build_panel(["AAA"], source=source)
    panel = build_panel(["AAA"], source=source, start="2017-01-03")
    hole = (panel.sessions > np.datetime64("2016-05-06")) & (panel.sessions < np.datetime64("2016-05-20"))
    assert not hole.any()
    assert panel.sessions[0] == series.dates[0]
    modelled = build_panel(["JP_SP500"], source=source, start="2017-01-03")
    whole = build_panel(
        ["JP_SP500"], source=source_of(walk("SPY", seed=2), fx=yen(series.dates)), start="2017-01-03"
    )
    life = modelled.sessions >= np.datetime64("2017-01-03")
    again = np.isin(whole.sessions, modelled.sessions[life])
    ours, theirs = modelled.price[life, 0], whole.price[again, 0]
    np.testing.assert_allclose(ours / ours[0], theirs / theirs[0], rtol=1e-12)
    with pytest.raises(DataError, match="days old; 5 are allowed"):
        build_panel(["JP_SP500"], source=source, start="2016-01-04")
