"""Histories made of several: each return is that of its source, each stand-in is graded in every output."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.config import parse_config
from engine.errors import DataError
from engine.market.asset_history import grades
from engine.market.assets import asset
from engine.market.grade import grade
from engine.market.own_prices import own_source
from engine.market.panel_builder import build_panel
from engine.market.providers import century, csv_folder
from engine.market.request import Request
from engine.market.series import of_monthly_returns
from engine.market.sources import open_source
from engine.run import run
from tests.market_helpers import made, market_folder, save_csv, source_of, walk
from tests.person import type_in
from tests.said import texts

MONTHLY = {"currency": "USD", "total_return": True, "frequency": "monthly"}


def small(first="2010-01", months=132, seed=5):
    returns = np.random.default_rng(seed).normal(0.008, 0.05, months)
    return of_monthly_returns("FF_DEC5", np.datetime64(first, "M") + np.arange(months), returns, "made")


def monthly_returns(panel, column=0):
    return panel.price[1:, column] / panel.price[:-1, column] - 1


def test_every_month_is_that_of_its_source():
    """IJR from 2018, before it the portfolio; the level is matched at the end of January 2018."""
    ijr, older = walk("IJR", start="2018-01-02", end="2020-12-31"), small()
    panel = build_panel(["US_SMALL"], source=source_of(ijr, older), start="2009-12-31", **MONTHLY)
    ends = pd.Series(ijr.adj_close, pd.DatetimeIndex(ijr.dates)).resample("ME").last()
    expected = np.append((older.adj_close[1:] / older.adj_close[:-1] - 1)[:97], ends.pct_change().dropna())
    assert (str(panel.sessions[0]), str(panel.sessions[-1])) == ("2009-12-31", "2020-12-31")
    np.testing.assert_allclose(monthly_returns(panel), expected, atol=1e-12)
    own, *others = panel.provenance
    assert (own.symbol, own.source) == ("US_SMALL", "IJR ← FF_DEC5")
    assert [item.symbol for item in others] == ["IJR", "FF_DEC5"]
    near = grade(older, ijr)
    assert list(map(str, own.splices)) == [
        "US_SMALL joins total returns, no fee added or taken: IJR from 2018-01-31; FF_DEC5 before 2018-01-31 "
        f"(over {near.months} months that both have, correlation {near.correlation:.3f}, "
        f"{near.difference * 100:+.2f}pt a year, volatility × {near.volatility:.2f})"
    ]
    assert panel.warnings == own.splices


def test_a_period_takes_what_it_needs_at_the_same_returns():
    ijr, older = walk("IJR", start="2018-01-02", end="2020-12-31"), small()
    source = source_of(ijr, older)
    late = build_panel(["US_SMALL"], source=source, start="2018-03-01", **MONTHLY)
    assert (late.provenance[0].source, late.warnings) == ("IJR", ())
    early = build_panel(["US_SMALL"], source=source, start="2011-01-01", end="2016-12-31", **MONTHLY)
    assert [item.symbol for item in early.provenance] == ["US_SMALL", "FF_DEC5"]
    assert early.provenance[0].source == "FF_DEC5"
    assert "IJR from" not in str(early.warnings[0])
    np.testing.assert_allclose(
        monthly_returns(early), older.adj_close[1:85] / older.adj_close[:84] - 1, atol=1e-12
    )


def test_daily_prices_do_not_go_on_as_monthly_ones():
    source = source_of(walk("IJR", start="2018-01-02", end="2020-12-31"), small())
    with pytest.raises(
        DataError, match="daily prices from 2018-01-02 on; the period starts on 2015"
    ) as caught:
        build_panel(["US_SMALL"], source=source, currency="USD", total_return=True, start="2015-01-01")
    assert "`data.frequency: monthly` goes back to 19" in str(caught.value.hint)
    panel = build_panel(["US_SMALL"], source=source, currency="USD", total_return=True)
    assert (str(panel.sessions[0]), panel.per_year) == ("2018-01-02", 252)


def test_without_portfolios_the_reconstruction_serves_and_shows_its_grade():
    panel = build_panel(["US_SMALL"], source=source_of(walk("IJR", end="2020-12-31")), **MONTHLY)
    assert str(panel.sessions[0]) == "1926-06-30"
    assert panel.provenance[0].source == "IJR ← US_SMALL"
    assert "its reconstruction before 2015-01-31 (over 46 months" in str(panel.warnings[0])
    assert panel.warnings[1] == century.grade_of("US_SMALL")
    rebuilt = century.load("US_SMALL").adj_close
    np.testing.assert_allclose(monthly_returns(panel)[:900], rebuilt[1:901] / rebuilt[:900] - 1, atol=1e-12)


def test_a_folders_own_series_is_no_chain(tmp_path):
    save_csv(tmp_path, walk("IJR"))
    save_csv(tmp_path, walk("US_SMALL", seed=8))
    panel = build_panel(["US_SMALL"], source=f"csv:{tmp_path}", currency="USD", total_return=True)
    assert panel.provenance[0].source == "csv:US_SMALL.csv"


def test_prices_at_hand_are_no_chain():
    series = walk("US_SMALL", seed=8)
    prices = pd.DataFrame({"US_SMALL": series.adj_close}, pd.DatetimeIndex(series.dates))
    panel = build_panel(["US_SMALL"], source=own_source(prices), currency="USD", total_return=True)
    np.testing.assert_array_equal(panel.price[:, 0], series.adj_close)
    assert [item.symbol for item in panel.provenance] == ["US_SMALL"]


def test_unknown_payouts_are_no_total_return():
    ijr = walk("IJR")
    holes = ijr.dividend.copy()
    holes[40] = np.nan
    blank = np.full(holes.size, np.nan)
    series = ijr.replace(dividend=holes, adj_close=blank)
    with pytest.raises(DataError, match=r"IJR \(made\): the dividend of 2015-03-03 is unknown"):
        build_panel(["US_SMALL"], source=source_of(series), start="2016-01-01", **MONTHLY)


def test_a_history_without_adjusted_closes_reinvests_its_payouts():
    ijr = walk("IJR")
    plain = ijr.replace(adj_close=np.full(ijr.dates.size, np.nan))
    one, other = (
        build_panel(["US_SMALL"], source=source_of(item), start="2016-01-01", **MONTHLY)
        for item in (ijr, plain)
    )
    np.testing.assert_allclose(monthly_returns(one)[-40:], monthly_returns(other)[-40:], atol=1e-12)


def test_cash_dividends_are_refused():
    with pytest.raises(DataError, match=r"US_SMALL \(IJR\) has no raw closes"):
        build_panel(["US_SMALL"], source=source_of(walk("IJR")), currency="USD", start="2016-01-01")


# ---- real prices


def by_month(folder, symbol, column="adj_close"):
    file = pd.read_csv(folder / f"{symbol}.csv", parse_dates=["date"]).set_index("date")[column]
    return file[:"2023-01-31"].resample("ME").last().pct_change().dropna()


def test_real_small_and_large_companies_since_1926():
    """Monthly total returns are those of the files: by pandas alone."""
    folder = market_folder()
    panel = build_panel(["US_SMALL", "US_LARGE"], source=f"csv:{folder}", end="2023-01-31", **MONTHLY)
    table = pd.read_csv(folder / csv_folder.SIZE_PORTFOLIOS, parse_dates=["date"]).set_index("date") / 100
    ijr, voo, spy = (by_month(folder, symbol) for symbol in ("IJR", "VOO", "SPY"))
    index = by_month(folder, "SP500TR", "close")
    expected = [
        pd.concat([table["Dec5"][:"2000-05-31"], ijr["2000-06":]]),
        pd.concat(
            [
                table["Hi30"][:"1988-01-31"],
                index["1988-02":"1993-01"],
                spy["1993-02":"2010-09"],
                voo["2010-10":],
            ]
        ),
    ]
    assert (str(panel.sessions[0]), panel.sessions.size) == ("1926-06-30", 1160)
    for column, returns in enumerate(expected):
        np.testing.assert_allclose(monthly_returns(panel, column), returns, atol=1e-9)


def test_stand_ins_track_as_published():
    """SPY costs 0.06 % a year more than VOO; what is spliced from it is VOO; US_SMALL is the issuer's own IJR."""
    folder = market_folder()
    source = open_source(f"csv:{folder}")
    voo, spy = source.load("VOO"), source.load("SPY")
    near = grade(spy, voo)
    assert near.correlation > 0.999
    assert near.difference == pytest.approx(-0.0006, abs=2e-4)
    assert near.volatility == pytest.approx(1.0, abs=0.01)
    cut = build_panel(
        ["VOO"], source=source_of(voo.rows(voo.dates >= np.datetime64("2020-01-02")), spy), currency="USD",
        start="2010-10-01", end="2019-12-31", total_return=True, splices="auto",
    )  # fmt: skip
    spliced = made("VOO", cut.sessions, cut.price[:, 0])
    assert abs(grade(spliced, voo).difference) < 0.0005
    said = [str(text) for text in cut.provenance[0].splices]
    assert said[0].startswith("VOO before 2020-01-02 from SPY, fee difference +0.06% a year")
    assert said[1].startswith("SPY beside VOO: over 75 months that both have, correlation 1.000, -0.0")
    panel = build_panel(["US_SMALL"], source=source, **MONTHLY)
    issuer = pd.read_csv(folder / "IJR_ISSUER_MONTHLY_NAV_RETURN.csv")
    months = pd.PeriodIndex(issuer[issuer.columns[0]].astype(str).str[:7], freq="M")
    theirs = pd.Series(issuer[issuer.columns[1]].to_numpy() / 100, months).dropna()
    ours = pd.Series(
        monthly_returns(panel),
        pd.PeriodIndex(panel.sessions[1:].astype("datetime64[M]").astype(str), freq="M"),
    )
    both = pd.concat([ours, theirs], axis=1, join="inner").dropna()["2000-07":]
    assert len(both) > 200
    assert both.corr().iloc[0, 1] > 0.998
    assert abs((both[0] - both[1]).mean() * 12) < 0.001


def test_what_assets_says_of_stand_ins(capsys):
    folder = market_folder()
    said = [str(text) for text in grades(asset("US_SMALL"), Request(open_source(f"csv:{folder}")))]
    assert "FF_DEC5 before 2000-05-31 (over 273 months that both have, correlation 0.978" in said[0]
    assert said[1].startswith(
        "IWM is not used: it begins no earlier (over 311 months that both have, correlation 0.983"
    )
    found = type_in(capsys, "assets", "US_SMALL", "--data", f"csv:{folder}", "--lang", "en").out
    assert "IJR ← IWM ← FF_DEC5 ← US_SMALL" in found
    assert "correlation 0.978, -0.41pt a year, volatility × 1.06" in " ".join(found.split())


def test_a_run_says_its_stand_ins_in_assumptions_and_banner():
    folder = market_folder()
    plan = f"""
name: whole
currency: USD
period: {{start: 1990-01-31, end: 2020-12-31}}
strategy:
  allocation: {{type: fixed_mix, weights: {{US_SMALL: 1}}}}
  contributions: {{type: lump_sum, amount: 1000}}
execution: {{whole_shares: false}}
dividends: total_return
data: {{source: "csv:{folder}", frequency: monthly}}
"""
    manifest = run(parse_config(plan, "x.yaml")).manifest
    assumed, flagged = texts(manifest["assumptions"]), texts(manifest["flags"]["data"])
    assert any("IJR from 2000-05-31; FF_DEC5 before 2000-05-31 (over 273 months" in text for text in assumed)
    assert any("correlation 0.978" in text for text in flagged)
