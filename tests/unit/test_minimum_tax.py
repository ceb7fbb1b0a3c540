"""The minimum tax on very high incomes, in yen by hand: at the end, and sold in parts over years."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import ledger as kernel
from engine.config import config_hash, override, parse_config
from engine.errors import ConfigError
from engine.rules import tables
from engine.rules.assumptions import high_incomes
from engine.rules.opening import Lot, Opening
from engine.rules.terms import Terms
from tests import kernel_checks, oracle
from tests.lives import CONFIG, Life, tiny_panel, tiny_plan, tiny_terms


def left(day: str, value: float, cost: float, *, years: int = 1, gain: float = 0.0) -> float:
    """What selling a holding leaves in the kernel and in the Decimal ledger, ``gain`` made before in the year."""
    panel = tiny_panel([day], {"A": [value]}, kind="jp_fund")
    terms = spread(tiny_terms(panel, "taxable"), years)
    life = Life(panel, tiny_plan(panel), terms)
    year = int(day[:4])
    names = ("earmark", "bought", "given_back", "dividends", "dividend_tax", "losses")
    empty: dict[str, Any] = {name: {} for name in names}
    withheld = math.floor(gain * 0.15315 + 1e-7) + math.floor(gain * 0.05 + 1e-7)
    opening = Opening(
        year=year, day=None, cash=0.0, reserve=0.0, lots=(Lot(0, 0, 0, 1.0, math.nan, cost),),
        gain={year: gain}, withheld={year: float(withheld)}, **empty,
    )  # fmt: skip
    ledger = kernel.simulation.simulate_one(kernel_checks.market_data_of(kernel, life), life.plan, opening)
    found = float(oracle.live(*life, opening).liquidation_value)
    assert ledger.stats["liquidation_value"] == pytest.approx(found, abs=0.5)
    return found


def spread(terms: Terms, years: int) -> Terms:
    """Terms with everything sold in so many years' parts."""
    rows = [tables.minimum_tax(terms.first_year + y) for y in range(len(terms.exempt) + years)]
    return replace(
        terms,
        liquidation_years=years,
        exempt=kernel.inputs.np.array([row.exempt for row in rows]),
        minimum_rate=kernel.inputs.np.array([row.rate for row in rows]),
        ordinary_rate=kernel.inputs.np.array([row.ordinary for row in rows]),
    )


BILLION = 1e9
OF_BOTH = "¥330,000,000 (22.5%) from 2025 on", "¥165,000,000 (30.0%) from 2027 on"


def test_a_gain_of_two_billion_in_one_year_owes_more_than_20_percent() -> None:
    # 2025: (2,000,000,000 - 330,000,000) x 22.5 % = 375,750,000, less 15 % of 2,000,000,000: 75,750,000.
    regular = 306_300_000 + 100_000_000
    assert left("2025-03-03", 2.5 * BILLION, 0.5 * BILLION) == 2.5 * BILLION - regular - 75_750_000
    # 2024 had no such tax; and up to ¥990,000,000 of gains it is less than the regular one.
    assert left("2024-03-04", 2.5 * BILLION, 0.5 * BILLION) == 2.5 * BILLION - regular
    assert left("2025-03-03", 1.0 * BILLION, 0.01 * BILLION) == BILLION - 151_618_500 - 49_500_000


def test_from_2027_it_begins_at_330_million() -> None:
    # (500,000,000 - 165,000,000) x 30 % = 100,500,000, less 75,000,000.
    assert (
        left("2027-03-01", 0.6 * BILLION, 0.1 * BILLION)
        == 0.6 * BILLION - 76_575_000 - 25_000_000 - 25_500_000
    )
    assert left("2027-03-01", 0.4 * BILLION, 0.07 * BILLION) == 0.4 * BILLION - 50_539_500 - 16_500_000


def test_parts_of_years_have_the_exemption_of_each() -> None:
    # A fifth of ¥2,000,000,000 a year: 2025 and 2026 owe nothing on 400,000,000; 2027 to 2029 each
    # (400,000,000 - 165,000,000) x 30 % - 60,000,000 = 10,500,000.
    regular = 306_300_000 + 100_000_000
    value = left("2025-03-03", 2.5 * BILLION, 0.5 * BILLION, years=5)
    assert value == 2.5 * BILLION - regular - 3 * 10_500_000
    assert left("2025-03-03", 2.5 * BILLION, 0.5 * BILLION, years=10) == 2.5 * BILLION - regular


def test_what_the_year_has_brought_before_counts() -> None:
    # ¥600,000,000 before and as much at the end:
    # (1,200,000,000 - 330,000,000) x 22.5 % - 180,000,000 = 15,750,000.
    alone = left("2025-03-03", 0.7 * BILLION, 0.1 * BILLION)
    assert alone == 0.7 * BILLION - 91_890_000 - 30_000_000
    assert left("2025-03-03", 0.7 * BILLION, 0.1 * BILLION, gain=0.6 * BILLION) == alone - 15_750_000


def test_a_sale_at_the_end_of_december_is_income_of_the_next_year() -> None:
    # Settled in January 2025, under the first law; the same in 2026, under that of 2027.
    regular = 306_300_000 + 100_000_000
    assert left("2024-12-30", 2.5 * BILLION, 0.5 * BILLION) == 2.5 * BILLION - regular - 75_750_000
    assert left("2026-12-30", 2.5 * BILLION, 0.5 * BILLION) == 2.5 * BILLION - regular - 250_500_000


@pytest.mark.parametrize(
    ("day", "years", "value", "limits"),
    [
        ("2026-04-30", 1, 200_000_000, []),  # sold and settled in 2026: the law of 2027 is none of it
        ("2026-04-30", 1, 400_000_000, ["¥330,000,000 (22.5%) from 2025 on"]),
        ("2026-12-30", 1, 200_000_000, list(OF_BOTH)),  # settled in January 2027
        ("2026-04-30", 2, 400_000_000, list(OF_BOTH)),
        ("2024-12-20", 1, 400_000_000, []),
        ("2024-12-30", 1, 400_000_000, ["¥330,000,000 (22.5%) from 2025 on"]),
        ("2027-04-30", 1, 200_000_000, [OF_BOTH[1]]),
    ],
)
def test_a_result_names_the_law_of_the_years_it_is_sold_in(
    day: str, years: int, value: float, limits: list[str]
) -> None:
    terms = spread(tiny_terms(tiny_panel([day], {"A": [100.0]}), "taxable"), years)
    told = " ".join(
        str(line) for line in high_incomes(terms, np.datetime64(day), ("us_etf", "jp_fund"), value)
    )
    assert [limit for limit in OF_BOTH if limit in told] == limits
    assert ("outline" in told) == (OF_BOTH[1] in limits)


def test_the_rows_say_what_they_rest_on() -> None:
    none, first, second = tables.minimum_tax_rows()
    assert none.exempt == math.inf
    assert (first.from_year, first.exempt, first.rate, first.status) == (2025, 330_000_000, 0.225, "enacted")
    assert (second.from_year, second.exempt, second.rate, second.status) == (
        2027,
        165_000_000,
        0.3,
        "outline",
    )


def test_a_configuration_that_sells_at_once_is_what_it_was() -> None:
    assert "liquidation" not in CONFIG.resolved()
    five = override(CONFIG, {"liquidation.years": 5})
    assert five.liquidation is not None
    assert five.liquidation.years == 5
    assert config_hash(five) != config_hash(CONFIG)
    with pytest.raises(ConfigError, match=r"liquidation\.years"):
        parse_config(
            "name: x\nliquidation: {years: 0}\nstrategy: {allocation: {type: fixed_mix, weights: {VOO: 1}}, "
            "contributions: {type: lump_sum, amount: 1}}\n"
        )
