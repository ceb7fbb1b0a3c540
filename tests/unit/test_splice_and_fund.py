from dataclasses import replace

import numpy as np
import pytest

from engine.errors import DataError
from engine.market import splice
from engine.market.assets import asset
from engine.market.jp_fund import model_nav
from engine.market.panel_builder import build_panel
from tests.market_helpers import days, made, source_of, walk, yen

VOO, SPY = asset("VOO"), asset("SPY")


def late(series, first):
    return series.between(np.datetime64(first), series.dates[-1])


def test_by_hand():
    spy = made("SPY", ["2020-01-02", "2020-01-03", "2020-01-06"], [100, 110, 121], [0, 0, 1.1])
    voo = made("VOO", ["2020-01-06", "2020-01-07"], [242, 240])
    out = splice.before(voo, spy, VOO, SPY)
    # 0.06 % a year better: one day from the 2nd to the 3rd, three to the 6th.
    factor_3 = 1 + 0.0006 * 3 / 365
    factor_2 = factor_3 * (1 + 0.0006 / 365)
    np.testing.assert_allclose(out.close, [200 / factor_2, 220 / factor_3, 242, 240], rtol=1e-14)
    np.testing.assert_array_equal(out.dividend, [0, 0, 0, 0])
    assert [str(note) for note in out.splices] == [
        "VOO before 2020-01-06 from SPY, fee difference +0.06% a year"
    ]


def test_every_daily_total_return_is_the_stand_ins_plus_the_fee():
    spy, voo = walk("SPY"), late(walk("VOO", seed=9, level=250), "2018-01-02")
    out = splice.before(voo, spy, VOO, SPY)
    k = int(np.searchsorted(out.dates, np.datetime64("2018-01-02")))
    fee = 1 + 0.0006 * np.diff(out.dates[: k + 1]).astype(float) / 365

    def total(series, n):
        return (series.close[1 : n + 1] + series.dividend[1 : n + 1]) / series.close[:n]

    # The junction's own dividend is the target's: compare the days before it.
    np.testing.assert_allclose(total(out, k - 1), (total(spy, k) * fee)[: k - 1], rtol=1e-12)
    np.testing.assert_allclose(
        out.adj_close[1 : k + 1] / out.adj_close[:k],
        spy.adj_close[1 : k + 1] / spy.adj_close[:k] * fee,
        rtol=1e-12,
    )
    np.testing.assert_array_equal(out.close[k:], voo.close)
    np.testing.assert_array_equal(out.dividend[k:], voo.dividend)


def test_equal_fees_change_nothing_but_the_level():
    spy = walk("SPY")
    out = splice.before(late(spy, "2018-01-02"), spy, replace(VOO, expense_ratio=SPY.expense_ratio), SPY)
    np.testing.assert_allclose(out.close, spy.close, rtol=1e-14)
    np.testing.assert_allclose(out.adj_close, spy.adj_close, rtol=1e-14)


def test_a_simulated_stand_in_makes_a_simulated_series():
    out = splice.before(late(walk("VOO"), "2018-01-02"), walk("SPY", is_sample=True), VOO, SPY)
    assert out.is_sample


def test_refusals():
    voo = late(walk("VOO"), "2018-01-02")
    with pytest.raises(DataError, match="no price on 2018-01-02"):
        splice.before(voo, walk("SPY", end="2017-12-29"), VOO, SPY)
    with pytest.raises(DataError, match="same currency: JP_SP500"):
        splice.before(voo, walk("JP_SP500", currency="JPY"), VOO, asset("JP_SP500"))
    with pytest.raises(DataError, match="no price on 2019-12-31"):
        splice.after(voo, walk("SPSM", end="2017-12-29"), asset("SLY"), asset("SPSM"))


FUND = asset("JP_SP500")
WEEK = ["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"]


def test_nav_by_hand():
    spy = made("SPY", WEEK, [100, 110, 110, 120], [0, 1, 0, 5])
    nav = model_nav(FUND, spy, yen(WEEK, [140, 150, 145, 145]))
    fee = 0.0009372 / 365  # of January 2024
    first = 10_000 * (110.9 / 100) * (1 - fee) * 150 / 140
    second = first * (1 - 3 * fee) * 145 / 150
    # A NAV holds the close and the rate of the session before; the first one starts at 10,000.
    np.testing.assert_allclose(nav.close, [10_000, first, second], rtol=1e-14)
    assert np.array_equal(nav.dates, days(*WEEK[1:]))
    np.testing.assert_array_equal(nav.adj_close, nav.close)
    assert nav.dividend.sum() == 0
    assert (nav.currency, nav.symbol) == ("JPY", "JP_SP500")
    assert "SPY of the session before in yen, less 10% US tax" in str(nav.notes[0])


def test_the_last_close_is_not_yet_in_the_nav():
    spy = walk("SPY")
    fx = yen(spy.dates)
    other = spy.replace(close=np.append(spy.close[:-1], spy.close[-1] * 2))
    np.testing.assert_array_equal(model_nav(FUND, spy, fx).close, model_nav(FUND, other, fx).close)


def test_the_fund_begins_where_the_rate_begins():
    spy = walk("SPY")
    nav = model_nav(FUND, spy, yen(spy.dates[100:]))
    assert nav.dates[0] == spy.dates[101]
    assert nav.close[0] == 10_000


def test_without_raw_closes_the_adjusted_ones_serve_and_it_says_so():
    spy = walk("SPY")
    blank = np.full(spy.dates.size, np.nan)
    flat = replace(FUND, fees=())
    nav = model_nav(flat, spy.replace(close=blank, dividend=blank), yen(spy.dates))
    growth = spy.adj_close[-2] / spy.adj_close[0]
    days_held = float((spy.dates[-2] - spy.dates[0]).astype(int))
    assert nav.close[-1] / 10_000 == pytest.approx(growth * (1 - 0.000814 * days_held / 365), rel=1e-5)
    assert "untaxed" in str(nav.notes[0])


def test_no_basis():
    spy = walk("SPY")
    blank = np.full(spy.dates.size, np.nan)
    with pytest.raises(DataError, match="has gaps"):
        model_nav(FUND, spy.replace(close=blank, adj_close=blank), yen(spy.dates))
    with pytest.raises(DataError, match="no common history"):
        model_nav(FUND, spy, yen(days("2030-01-01")))


def test_a_panel_of_a_fund_beside_an_etf():
    spy = walk("SPY")
    fx = yen(spy.dates, np.linspace(100, 150, spy.dates.size))
    panel = build_panel(["JP_SP500", "SPY"], source=source_of(spy, fx=fx))
    assert panel.kind == ("jp_fund", "us_etf")
    assert panel.frames[0] == ("T", "G", "old_general", "old_tsumitate")
    np.testing.assert_array_equal(panel.fx[:, 0], 1.0)
    np.testing.assert_array_equal(panel.fx[:, 1], panel.usdjpy)
    assert panel.price[0, 0] == 10_000
    assert [entry.symbol for entry in panel.provenance] == ["JP_SP500", "SPY", "USDJPY"]
