"""Money that runs out, and years, through the whole program: the sample, metrics, tables and the page."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from engine.config import load_config, parse_config
from engine.report.page_locale import PageLocale
from engine.report.run_answer import run_answer
from engine.report.run_page import run_page
from engine.report.summary import run_rows
from engine.result import Result
from engine.run import run
from tests.study_helpers import CONFIGS

PLAN = """
name: ruin
period: {start: 2006-01-01, end: 2025-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.2}
  contributions: {type: lump_sum, amount: 10_000_000}
  withdrawals: {type: fixed, amount: 120_000, every: monthly}
accounts: [plain]
execution: {whole_shares: false}
"""


@cache
def ruin() -> Result:
    return run(parse_config(PLAN), source="sample")


def lived(**changes: str) -> Result:
    text = PLAN
    for old, new in changes.values():  # type: ignore[misc]
        assert old in text
        text = text.replace(old, new)
    return run(parse_config(text), source="sample")


def test_the_metrics_are_those_of_its_flows() -> None:
    """XIRR by bisection over the transactions; unpaid is what was asked for less what was paid."""
    result = ruin()
    moves = result.transactions
    flows = np.isin(moves["kind"], ("deposit", "withdrawal"))
    dates, amounts = moves["date"][flows], moves["amount"][flows]
    years = (dates[-1] - dates).astype(float) / 365.0
    low, high = -0.9, 0.5
    for _ in range(200):
        middle = (low + high) / 2
        below = float((amounts * (1.0 + middle) ** years).sum()) < 0.0
        low, high = (middle, high) if below else (low, middle)
    metrics: Any = result.metrics
    assert metrics["xirr"] == pytest.approx(low, abs=1e-10)
    assert metrics["depleted_on"] == str(dates[-1])
    assert metrics["unpaid"] == pytest.approx(239 * 120_000 - metrics["withdrawn"])
    assert metrics["years_lasted"] == pytest.approx((dates[-1] - dates[0]).astype(int) / 365.25)
    value = result.equity["value"]
    alive = int(np.flatnonzero(value > 0.0)[-1]) + 1  # the session on which it ended
    assert result.dates[alive] == dates[-1]
    r = np.diff(np.concatenate([[1.0], result.equity["twr"][: alive + 1]]))
    r /= np.concatenate([[1.0], result.equity["twr"][:alive]])
    assert metrics["volatility"] == pytest.approx(r.std(ddof=1) * np.sqrt(252))
    assert metrics["var_95"] == pytest.approx(np.quantile(r, 0.05))
    years_csv = dict(zip(result.years["year"].tolist(), result.years["twr"].tolist()))
    dry = int(str(dates[-1])[:4])
    assert not np.isnan(years_csv[dry])
    assert np.isnan([years_csv[year] for year in range(dry + 1, 2026)]).all()
    assert result.years["full"].tolist() == [int(year < dry) for year in years_csv]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_ruin_is_said_first(lang: str) -> None:
    result = ruin()
    locale = PageLocale(lang, "JPY")
    first, *_, last = map(locale.sentence, run_answer(result).answer)
    day = np.datetime64(str(result.metrics["depleted_on"]))
    assert locale.long_date(day) in first
    assert result.benchmark is not None
    alone = np.datetime64(str(result.benchmark.metrics["depleted_on"]))
    assert locale.long_date(alone) in last
    assert run_rows(result)[:3] == ("depleted_on", "years_lasted", "unpaid")
    page = run_page(result, lang)
    assert page.index(str(result.metrics["depleted_on"])) < page.index(locale("final_value"))


def test_a_page_of_nothing_left_names_no_largest_holding() -> None:
    page = run_page(ruin(), "en")
    assert "At the end nothing is left." in page
    assert "At the end, the largest" not in page


def test_a_plan_that_takes_nothing_out_is_not_told_that_it_lasted() -> None:
    """Nor is one full year both the best and the worst, nor a loss a profit."""
    short = run(
        load_config(CONFIGS / "satellite10.yaml", ("period.start=2007-07-01", "period.end=2009-03-31")),
        source="sample",
    )
    page = run_page(short, "en")
    assert "the money did not run out" not in page
    assert "Best full year" not in page
    assert "The loss of ¥" in page
    assert "The profit of" not in page


def test_money_that_lasts_is_told_as_ever() -> None:
    result = lived(less=("amount: 120_000", "amount: 10_000"))
    assert "the money did not run out" in run_page(result, "en")
    assert "depleted_on" not in run_rows(result)
    assert str(run_answer(result).answer[0]).startswith("¥10,000,000 paid in became")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_total_loss_has_a_report(lang: str) -> None:
    """A minimum fee of more than the plan has: everything is lost within weeks."""
    result = lived(
        little=("amount: 10_000_000", "amount: 1_000"), often=("amount: 120_000", "amount: 1_000"),
        fee=("accounts: [plain]", "accounts: [plain]\ncosts: {commission_min: 4.5}"),
    )  # fmt: skip
    assert result.metrics["final_value"] == 0.0
    assert result.metrics["depleted_on"] is not None
    assert "<html" in run_page(result, lang)


def test_a_calendar_year_is_a_year() -> None:
    """1 January to 31 December: growth is yearly growth, and the year is full."""
    one = {"period": ("start: 2006-01-01, end: 2025-12-31", "start: 2023-01-01, end: 2023-12-31")}
    none = ("  withdrawals: {type: fixed, amount: 120_000, every: monthly}\n", "")
    result = lived(**one, none=none)
    metrics: Any = result.metrics
    assert metrics["twr_cagr"] == pytest.approx(result.equity["twr"][-1] - 1.0)
    assert metrics["best_year"] == metrics["worst_year"] == pytest.approx(metrics["twr_cagr"])
    assert metrics["volatility"] > 0.0
    assert metrics["xirr"] > metrics["twr_cagr"] > 0.0  # over 360 days
    short = lived(period=(one["period"][0], "start: 2023-01-01, end: 2023-12-28"), none=none)
    assert (short.metrics["twr_cagr"], short.metrics["best_year"]) == (None, None)
    late = lived(period=(one["period"][0], "start: 2022-01-05, end: 2023-12-31"), none=none)
    assert late.years["full"].tolist() == [0, 1]  # 3 and 4 January were sessions


def test_a_yen_fund_has_no_currency_return() -> None:
    """And beside a dollar ETF both parts give the whole."""
    fund = lived(
        fund=("{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.2}",
              "{type: fixed_mix, weights: {JP_SP500: 1.0}}"),
        none=("  withdrawals: {type: fixed, amount: 120_000, every: monthly}\n", ""),
    )  # fmt: skip
    assert (fund.metrics["twr_local"], fund.metrics["twr_fx"]) == (None, None)
    assert str(fund.reasons["twr_fx"]) == "no asset is in a foreign currency"
    metrics: Any = ruin().metrics
    index = float(ruin().equity["twr"][-1])
    assert (1 + metrics["twr_local"]) * (1 + metrics["twr_fx"]) == pytest.approx(index)
