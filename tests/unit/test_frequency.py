"""Series of every frequency: found from the dates, annualised by it, their holes refused by one rule for all."""

import html
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import sweep
from engine.audit.figures import check_again
from engine.config import Config
from engine.errors import BadData
from engine.market.assets import asset
from engine.market.check_days import check_days
from engine.market.check_series import check_series
from engine.market.exchanges import nyse_sessions, tokyo_sessions
from engine.market.frequency import DAILY, EVERY_DAY, MONTHLY, WEEKLY, frequency_of, on_sessions
from engine.market.panel_builder import build_panel
from engine.report.run_page import run_page
from engine.report.run_text import run_table
from engine.report.terminal import Screen
from engine.run import run
from engine.studies.bootstrap.futures import future_sessions
from engine.studies.bootstrap.study import bootstrap
from tests.market_helpers import days, made, source_of
from tests.said import texts

CENTURY = Path(__file__).parents[2] / "configs" / "century"
FUND = replace(asset("JP_SP500"), symbol="FUND", underlying="", stand_ins=())
TOKYO = tokyo_sessions(np.datetime64("2015-01-01"), np.datetime64("2024-12-31"))


def last_of(dates, unit):
    key = (dates.astype(int) + 3) // 7 if unit == "W" else dates.astype("datetime64[M]").astype(int)
    return np.append(key[1:] != key[:-1], True)


def fund(dates=TOKYO, seed=4, drift=0.0003, sd=0.01):
    steps = np.random.default_rng(seed).normal(drift, sd, dates.size)
    return made("FUND", dates, 10_000 * np.exp(np.cumsum(steps)), currency="JPY")


def only(series, keep):
    cut = {name: getattr(series, name)[keep] for name in ("dates", "close", "adj_close", "dividend")}
    return series.replace(**cut)


def source(series):
    return source_of(series, assets={"FUND": FUND})


def plan(**more):
    return Config.model_validate(
        {
            "name": "x",
            "strategy": {
                "allocation": {"type": "fixed_mix", "weights": {"FUND": 1}},
                "contributions": {"type": "lump_sum", "amount": 1_000_000},
            },
            "accounts": ["plain"],
            "execution": {"whole_shares": False},
            **more,
        }
    )


def test_the_frequency_is_that_of_the_dates():
    assert frequency_of(TOKYO) is DAILY
    assert frequency_of(TOKYO[last_of(TOKYO, "W")]) is WEEKLY
    assert frequency_of(TOKYO[last_of(TOKYO, "M")]) is MONTHLY
    assert frequency_of(np.arange(TOKYO[0], TOKYO[-1])) is EVERY_DAY
    assert frequency_of(TOKYO[:1]) is DAILY


@pytest.mark.parametrize(("unit", "per_year"), [("W", 52), ("M", 12)])
def test_figures_are_annualised_by_the_frequency(unit, per_year):
    series = only(fund(), last_of(TOKYO, unit))
    result = run(plan(risk_free=0.01), source=source(series))
    r = series.close[1:] / series.close[:-1] - 1
    rate = 1.01 ** (1 / per_year) - 1
    sd = float(np.std(r, ddof=1)) * per_year**0.5
    down = float(np.mean(np.minimum(r - rate, 0) ** 2)) ** 0.5 * per_year**0.5
    assert result.metrics["volatility"] == pytest.approx(sd, rel=1e-9)
    assert result.metrics["sharpe"] == pytest.approx((r.mean() - rate) * per_year / sd, rel=1e-9)
    assert result.metrics["sortino"] == pytest.approx((r.mean() - rate) * per_year / down, rel=1e-9)
    assert result.metrics["var_95"] == pytest.approx(np.quantile(r, 0.05), rel=1e-9)
    assert result.manifest["period"]["per_year"] == per_year
    assert any(f"annualised by {per_year} " in text for text in texts(result.manifest["assumptions"]))


@pytest.mark.parametrize(("unit", "per_year"), [("W", 52), ("M", 12)])
def test_futures_of_sparse_prices_have_as_many_periods_as_years_have(unit, per_year):
    series = only(fund(sd=0.008), last_of(TOKYO, unit))
    drawn = bootstrap([plan()], source=source(series), paths=300, years=10, block=1, fan_paths=1)
    assert drawn.sessions.size == pytest.approx(10 * per_year, abs=4)
    growth = np.log(series.close[-1] / series.close[0]) / (series.dates.size - 1)
    median = np.log(np.median(drawn.outcomes["final_value"]) / 1e6)
    spread = 0.008 * (252 * 10) ** 0.5 / 300**0.5 * 1.25
    assert median == pytest.approx(growth * (drawn.sessions.size - 1), abs=4 * spread)


def test_future_sessions_end_weeks_and_months():
    after = np.datetime64("2024-12-31")
    monthly = future_sessions(after, 2, 12)
    assert (str(monthly[0]), monthly.size) == ("2025-01-31", 24)
    assert str(future_sessions(np.datetime64("2024-12-27"), 1, 12)[0]) == "2025-01-31"
    weekly = future_sessions(after, 1, 52)
    assert [str(day) for day in weekly[:2]] == ["2025-01-10", "2025-01-17"]
    assert future_sessions(after, 1, 365).size == 365


def test_rows_of_days_without_trading_are_left_out():
    series = fund()
    every = np.arange(series.dates[0], series.dates[-1] + 1)
    carried = only(series, np.searchsorted(series.dates, every, side="right") - 1).replace(dates=every)
    assert np.array_equal(on_sessions(carried, in_new_york=False).dates, series.dates)
    result, right = (run(plan(), source=source(item)) for item in (carried, series))
    assert result.metrics == right.metrics
    assert "repeat the day before: left out" in result.manifest["data"][0]["notes"][0]["english"]
    # Prices that do move on weekends are kept, and annualised by the calendar.
    moving = fund(every)
    assert on_sessions(moving, in_new_york=False) is moving
    assert run(plan(), source=source(moving)).manifest["period"]["per_year"] == 365


def grave(series, **more):
    return [
        (item.rule, item.severity) for item in check_series(series, FUND, **more) if item.severity != "note"
    ]


def test_true_days_of_every_calendar_raise_nothing():
    new_york = nyse_sessions(TOKYO[0], TOKYO[-1])
    for dates in (TOKYO, new_york, TOKYO[last_of(TOKYO, "W")], TOKYO[last_of(TOKYO, "M")]):
        assert grave(fund(dates)) == []


@pytest.mark.parametrize("unit", ["D", "W", "M"])
def test_a_hole_in_a_yen_fund_is_refused(unit):
    dates = TOKYO if unit == "D" else TOKYO[last_of(TOKYO, unit)]
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    series = fund(dates[(years < 2018) | (years > 2020)])
    assert ("gap", "fatal") in grave(series)
    with pytest.raises(BadData, match="without a price"):
        build_panel(["FUND"], source=source(series))
    # In a series of a few made-up rows it stands in the banner.
    few = only(series, slice(-20, None))
    assert ("gap", "fatal") not in grave(few)


def test_another_frequency_within_a_series_is_refused():
    monthly = last_of(TOKYO, "M")
    mixed = fund()
    assert ("gap", "fatal") in grave(only(mixed, monthly | (np.arange(TOKYO.size) > 1500)))
    assert ("mixed_frequency", "fatal") in grave(only(mixed, monthly | (np.arange(TOKYO.size) < 60)))


def test_days_that_have_not_been_are_refused():
    today = np.datetime64("2022-01-04")
    typo = days("2021-12-29", "2021-12-30", *[str(day) for day in TOKYO[:40]], "2042-01-05")
    found = list(check_days("FUND", np.sort(typo), in_new_york=False, today=today))
    assert (found[0].rule, found[0].severity, found[0].dates) == ("future", "fatal", ("2042-01-05",))
    assert list(check_days("FUND", TOKYO[today + 1 >= TOKYO], in_new_york=False, today=today)) == []


def test_a_money_fund_may_stand_still_and_a_share_fund_may_not():
    close = 10_000.0 + np.arange(TOKYO.size) // 12
    assert grave(made("FUND", TOKYO, close, currency="JPY")) == []
    series = fund()
    close = series.close.copy()
    close[100:112] = close[100]
    assert grave(made("FUND", TOKYO, close, currency="JPY")) == [("stale", "fatal")]
    assert grave(made("FUND", TOKYO, np.full(TOKYO.size, 1e4), currency="JPY")) == [
        ("never_moves", "warning")
    ]


@pytest.mark.parametrize("unit", ["W", "M"])
def test_what_the_first_purchase_costs_is_no_week_or_month(unit):
    """A cost of 2 % on the first session is in the return, but is no observation of a period's."""
    series = fund()
    series = only(series, last_of(series.dates, unit))
    result = run(plan(costs={"commission_rate": 0.02}), source=source(series))
    returns = np.diff(series.close) / series.close[:-1]
    per_year = {"W": 52, "M": 12}[unit]
    assert result.metrics["volatility"] == pytest.approx(returns.std(ddof=1) * per_year**0.5, rel=1e-9)
    assert result.metrics["sharpe"] == pytest.approx(
        returns.mean() / returns.std(ddof=1) * per_year**0.5, rel=1e-9
    )
    assert result.equity["twr"][0] == pytest.approx(1 / 1.02, rel=1e-6)
    assert all(check.holds for check in check_again(result))


@pytest.mark.parametrize(
    ("unit", "lang", "names"),
    [
        ("M", "en", ("Annual volatility (12 months)", "Months below the money paid in", "month ends")),
        ("M", "ja", ("ボラティリティ（年率・12か月）", "元本割れの月数", "月末120回")),
        ("W", "en", ("Annual volatility (52 weeks)", "Weeks below the money paid in")),
        ("W", "ja", ("ボラティリティ（年率・52週）", "元本割れの週数")),
    ],
)
def test_a_figure_of_sparse_prices_is_named_by_its_basis(unit, lang, names):
    result = run(plan(), source=source(only(fund(), last_of(TOKYO, unit))))
    said = run_table([result], lang, screen=Screen(100))
    assert all(name in said for name in names)
    assert "252" not in said
    page = html.unescape(run_page(result, lang))
    spans = {"en": ("a week (95%)", "a month (95%)"), "ja": ("1週・95%", "1か月・95%")}[lang]
    assert spans[unit == "M"] in page
    assert "(252 days)" not in page
    assert "252日" not in page


def test_a_study_of_months_is_named_by_its_basis(tmp_path):
    shown = sweep(CENTURY / "allocation.yaml", out=tmp_path, lang="en")
    page = (tmp_path / "century_allocation" / "report.html").read_text(encoding="utf-8")
    assert "Annual volatility (12 months)" in page
    assert "(252 days)" not in page
    assert "(252 days)" not in str(shown)
