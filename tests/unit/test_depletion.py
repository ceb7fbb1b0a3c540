"""Money that runs out: known values of accounts that a person can work out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine import ledger as kernel
from engine.metrics import metrics_of
from engine.real import real_stats
from tests import kernel_checks, lives, oracle

MONTHS = [f"2001-{month:02d}-01" for month in range(1, 13)]


def lived(
    dates: Any, price: Any, accounts: tuple[str, ...] = ("plain",), kind: str = "jp_fund", **plan: Any
) -> Any:
    """The kernel's record of one fund in yen, checked against the Decimal oracle."""
    panel = lives.tiny_panel(dates, {"F": list(price)}, kind=kind)
    life = lives.Life(panel, lives.tiny_plan(panel, **plan), lives.tiny_terms(panel, *accounts))
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    kernel_checks.check_figures(life, ledger)
    return ledger


def test_it_pays_what_there_is_and_never_makes_up_for_the_rest() -> None:
    """1,000 and 300 a month at a price that stands still: 300, 300, 300, 100, and 200 + 7 × 300 unpaid."""
    asked = dict.fromkeys(MONTHS[1:], 300.0)
    ledger = lived(MONTHS, [10.0] * 12, deposit={MONTHS[0]: 1000.0}, withdrawal=asked)
    stats = ledger.stats
    assert (stats["withdrawn"], stats["wanted"], stats["unpaid"]) == (1000.0, 3300.0, 2300.0)
    assert (stats["depleted"], stats["lasted"], stats["days"]) == (4.0, 120.0, 120.0)  # 1 May
    assert stats["return_count"] == 5.0
    assert stats["xirr"] == 0.0
    assert stats["days_below_principal"] == 0.0


@pytest.mark.parametrize("rate", [0.25, 0.01, -0.4])
def test_an_account_that_grows_at_one_rate_has_that_xirr_though_it_ran_out(rate: float) -> None:
    """Whatever is taken out of it and when: 43 years, the last 40 of them empty."""
    days = np.arange("2001-01-01", "2044-01-01", 30, dtype="datetime64[D]")
    years = (days - days[0]).astype(float) / 365.0
    asked = {str(day): 100.0 for day in days[6::6]}
    ledger = lived(days, 100.0 * (1.0 + rate) ** years, deposit={str(days[0]): 500.0}, withdrawal=asked)
    assert ledger.stats["depleted"] < 100
    assert ledger.stats["final_value"] == 0.0
    assert ledger.stats["xirr"] == pytest.approx(rate, abs=1e-12)
    assert ledger.stats["twr_index"] == pytest.approx((1.0 + rate) ** (ledger.stats["days"] / 365.0))


def test_what_is_there_when_it_ends_is_no_depletion() -> None:
    """The last withdrawal takes all that there is, in full; and one of a share is never short."""
    paid = lived(
        MONTHS, [10.0] * 12, deposit={MONTHS[0]: 600.0}, withdrawal=dict.fromkeys(MONTHS[1:3], 300.0)
    )
    assert math.isnan(paid.stats["depleted"])
    assert (paid.stats["unpaid"], paid.stats["return_count"]) == (0.0, 3.0)
    share = lived(
        MONTHS, [10.0] * 12, deposit={MONTHS[0]: 600.0}, withdrawal_share={MONTHS[2]: 1.0, MONTHS[5]: 1.0}
    )
    assert math.isnan(share.stats["depleted"])
    assert (share.stats["wanted"], share.stats["unpaid"], share.stats["final_value"]) == (600.0, 0.0, 0.0)


def test_money_that_comes_again_counts_again() -> None:
    """The day of depletion stays the first; months without money are in no figure."""
    ledger = lived(
        MONTHS, [10.0, 10, 5, 5, 5, 5, 5, 10, 10, 10, 10, 10],
        deposit={MONTHS[0]: 100.0, MONTHS[6]: 100.0}, withdrawal={MONTHS[2]: 80.0, MONTHS[8]: 250.0},
    )  # fmt: skip
    stats = ledger.stats
    assert stats["depleted"] == 2.0
    assert (stats["unpaid"], stats["withdrawn"]) == (30.0 + 50.0, 250.0)
    assert stats["return_count"] == 3 + 3
    assert stats["days"] == 59 + 62  # 1 January to 1 March, 1 July to 1 September
    assert stats["twr_index"] == pytest.approx(1.0)
    assert stats["idle_cash_average"] == 0.0


def test_a_yen_that_is_left_is_money() -> None:
    """In yen books: a withdrawal short of a refund that the next session brings is another matter."""
    dates = ["2024-01-04", "2024-02-01", "2024-03-01"]
    ledger = lived(
        dates, [10000.0] * 3, accounts=("taxable",),
        deposit={dates[0]: 100_000.0, dates[1]: 1.0}, withdrawal={dates[1]: 100_000.0, dates[2]: 1.0},
    )  # fmt: skip
    assert math.isnan(ledger.stats["depleted"])
    assert ledger.stats["unpaid"] == 0.0


def test_the_only_rate_that_fits_may_be_that_of_a_loan() -> None:
    """1,000,000 grew to 2,300,000, taken out; 1,400,000 then fell to 160: no rate is a return of this."""
    dates = ["2015-01-02", "2016-01-04", "2016-07-01", "2016-12-30"]
    ledger = lived(
        dates, [1.0, 2.3, 1.0, 160 / 1_400_000],
        deposit={dates[0]: 1e6, dates[2]: 1.4e6}, withdrawal={dates[1]: 2.3e6},
    )  # fmt: skip
    assert ledger.stats["final_value"] == pytest.approx(160.0)
    assert math.isnan(ledger.stats["xirr"])


def test_nothing_came_back() -> None:
    """A withdrawal that a fee eats whole: the money lost is minus one hundred percent a year."""
    dates = ["2001-01-01", "2002-01-01", "2003-01-01"]
    panel = lives.tiny_panel(dates, {"F": [10.0, 1.0, 1.0]}, currency="USD")
    plan = lives.tiny_plan(panel, deposit={dates[0]: 100.0}, withdrawal={dates[1]: 50.0})
    terms = lives.tiny_terms(panel, "plain", commission_min=20.0, whole_shares=False)
    ledger = kernel_checks.record(kernel, lives.Life(panel, plan, terms))
    assert (ledger.stats["withdrawn"], ledger.stats["final_value"]) == (0.0, 0.0)
    assert (ledger.stats["depleted"], ledger.stats["unpaid"]) == (1.0, 50.0)
    assert ledger.stats["xirr"] == -1.0


def test_a_refund_after_the_end_is_idle_from_the_session_after_it() -> None:
    """100 units at ¥10,000 pay ¥1,000 each and are sold at ¥5,000: ¥20,315 of tax come back in January.

    A session has a return, and counts, where there was money before it: that of the refund has none. Cash at the
    closes of the five that count: 0, 79,685, 0, and 10,315 twice.
    """
    dates = ["2023-01-04", "2024-06-03", "2024-07-01", "2025-01-06", "2025-02-03", "2025-03-03"]
    panel = lives.tiny_panel(
        dates, {"F": [10_000.0, 10_000.0, 5_000.0, 30_000.0, 30_000.0, 30_000.0]}, kind="jp_etf",
        dividends={"F": [0.0, 1_000.0, 0.0, 0.0, 0.0, 0.0]},
    )  # fmt: skip
    plan = lives.tiny_plan(
        panel, deposit={dates[0]: 1_000_000.0}, withdrawal={dates[2]: 1_000_000.0, dates[4]: 10_000.0},
        reinvest_dividends=False,
    )  # fmt: skip
    life = lives.Life(panel, plan, lives.tiny_terms(panel, "taxable"))
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    assert ledger.cash.tolist() == [0.0, 79_685.0, 0.0, 20_315.0, 10_315.0, 10_315.0]
    assert (ledger.stats["depleted"], ledger.stats["return_count"]) == (2.0, 5.0)
    assert ledger.stats["idle_cash_average"] == (79_685 + 10_315 + 10_315) / 5
    figures, _, _ = metrics_of(ledger.stats, panel.sessions, ledger.value, ledger.flow, sold=500_000.0)
    mean = (1_000_000 + 1_079_685 + 10_315 + 10_315) / 5
    assert figures["turnover"] == pytest.approx(500_000 / mean / ((544 + 56) / 365.25))
    real = real_stats(
        panel.sessions.astype("datetime64[D]").astype(np.int64), ledger.value, plan.deposit,
        np.where(ledger.flow < 0.0, -ledger.flow, 0.0), ledger.flow, ledger.cash,
    )  # fmt: skip
    assert real["idle_cash_average"] == ledger.stats["idle_cash_average"]
