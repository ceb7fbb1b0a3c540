"""Transfers into NISA: examples by hand, in the kernel and in the Decimal ledger, and what a plan decides."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from engine import ledger as kernel
from engine.config import config_hash, override, parse_config
from engine.errors import ConfigError
from engine.market.price_level import PriceLevel
from engine.messages import message
from engine.plan import TransferOrder, make_plan
from engine.rules.build import make_terms
from engine.rules.opening import Lot, Opening
from tests import kernel_checks, oracle
from tests.lives import Life, tiny_panel, tiny_plan, tiny_terms

DAYS = ["2025-01-06", "2025-01-07", "2026-01-05", "2026-04-01"]


def owning(*lots: tuple[str, int, float, float], terms: Any) -> Opening:
    """Lots of (account, asset, units, cost)."""
    return Opening(
        year=2025, day=None, cash=0.0, reserve=0.0,
        lots=tuple(Lot(terms.buckets.index(b), a, 0, units, math.nan, cost) for b, a, units, cost in lots),
        earmark={}, bought={}, given_back={}, gain={}, withheld={}, dividends={}, dividend_tax={}, losses={},
    )  # fmt: skip


def moved(
    lots: list[tuple[str, int, float, float]],
    prices: dict[str, list[float]],
    *,
    terms: dict[str, Any] | None = None,
    panel: dict[str, Any] | None = None,
    **plan: Any,
) -> oracle.OracleResult:
    """A life that begins with ``lots`` in the kernel and in the Decimal ledger, which do the same."""
    made = tiny_panel(DAYS, prices, **(panel or {}))
    law = tiny_terms(made, "nisa", "taxable", **(terms or {}))
    weights = [1.0] + [0.0] * (len(prices) - 1)
    life = Life(made, tiny_plan(made, targets=plan.pop("targets", weights), **plan), law)
    opening = owning(*lots, terms=law)
    data = kernel_checks.market_data_of(kernel, life)
    ledger = kernel.simulation.simulate_one(data, life.plan, opening)
    result = oracle.live(*life, opening)
    kernel_checks.check_against_oracle(life, result, ledger, opens=True)
    return result


def rows(result: oracle.OracleResult, session: int = 0) -> list[tuple[str, str, str, float, float]]:
    kinds = ("sell", "tax", "buy")
    return [
        (row.kind, row.bucket, row.asset, float(row.units), float(row.amount))
        for row in result.rows(*kinds)
        if row.session == session
    ]


def test_all_is_sold_where_the_room_is_larger_and_the_tax_is_paid_from_it() -> None:
    # 100 shares of $100 at 150 that cost ¥750,000: gain ¥750,000, tax 114,862 + 37,500; ¥1,347,638 buy 89 shares.
    result = moved([("taxable", 0, 100, 750_000)], {"A": [100.0] * 4}, transfer={DAYS[0]: 0})
    assert rows(result) == [
        ("sell", "taxable", "A", -100, 1_500_000),
        ("tax", "taxable", "A", 0, -152_362),
        ("buy", "nisa.G", "A", 89, -1_335_000),
    ]
    assert result.cash == 12_638
    assert result.quota_of(2025, "G").used == 1_335_000


def test_no_more_is_sold_than_fills_the_amount_after_tax() -> None:
    # 20 shares take ¥300,000; 22 sold leave ¥296,480 after tax, 23 leave ¥345,000 - 26,418 - 8,625 = ¥309,957.
    result = moved(
        [("taxable", 0, 100, 750_000)], {"A": [100.0] * 4}, transfer={DAYS[0]: 0}, transfer_most=300_000.0
    )
    assert rows(result) == [
        ("sell", "taxable", "A", -23, 345_000),
        ("tax", "taxable", "A", 0, -35_043),
        ("buy", "nisa.G", "A", 20, -300_000),
    ]
    assert result.cash == 9957


def test_a_fund_fills_the_room_to_the_yen() -> None:
    # By amount: x of the ¥5,000,000 leave 1,200,000 after tax on half of it: x (1 - 0.203150 / 2) = 1,200,000.
    result = moved(
        [("taxable", 0, 500.0, 2_500_000)],
        {"A": [10_000.0] * 4},
        panel={"kind": "jp_fund"},
        transfer={DAYS[0]: 0},
        terms={"annual_limits": {"G": 1_200_000}},
    )
    sold, tax, bought = (row[4] for row in rows(result))
    assert bought == -1_200_000
    assert sold == math.floor(1_200_000 / (1 - 0.20315 / 2))
    assert 0 <= sold + tax + bought <= 2
    assert result.quota_of(2025, "T").used == 0  # a transfer is no recurring purchase


def test_losses_go_first_and_are_losses_of_the_year() -> None:
    lots = [("taxable", 0, 100, 1_200_000), ("taxable", 1, 100, 1_900_000), ("taxable", 2, 100, 900_000)]
    prices = {"A": [100.0] * 4, "B": [100.0] * 4, "C": [100.0] * 4}
    result = moved(lots, prices, transfer={DAYS[0]: 0}, transfer_order=TransferOrder.LEAST_GAIN_FIRST)
    # B stands at a loss of ¥400,000, of all 100; then A, which has gained least: 900,000 of room are 60 shares.
    assert rows(result) == [
        ("sell", "taxable", "B", -100, 1_500_000),
        ("buy", "nisa.G", "B", 100, -1_500_000),
        ("sell", "taxable", "A", -60, 900_000),
        ("buy", "nisa.G", "A", 60, -900_000),
    ]
    # Of C and A nothing is left for the year; the loss of ¥400,000 less the gain of ¥180,000 is carried.
    other = moved(lots, prices, transfer={DAYS[0]: 0}, transfer_order=TransferOrder.LOSS_FIRST)
    assert [row[:3] for row in rows(other) if row[0] == "buy"] == [
        ("buy", "nisa.G", "B"), ("buy", "nisa.G", "A"), ("buy", "nisa.G", "C"),
    ]  # fmt: skip
    assert [-row[4] for row in rows(other) if row[0] == "buy"] == [1_500_000, 450_000, 450_000]


def test_in_proportion_each_has_its_share_of_the_room() -> None:
    lots = [("taxable", 0, 300, 4_500_000), ("taxable", 1, 100, 1_500_000)]
    prices = {"A": [100.0] * 4, "B": [100.0] * 4}
    result = moved(lots, prices, transfer={DAYS[0]: 0}, transfer_order=TransferOrder.PRO_RATA)
    assert [-row[4] for row in rows(result) if row[0] == "buy"] == [1_800_000, 600_000]


def test_the_years_contributions_keep_their_room() -> None:
    # Of ¥1,500,000 to come the tsumitate frame takes ¥1,200,000; the growth frame keeps ¥300,000 of its 2,400,000.
    result = moved(
        [("taxable", 0, 1000.0, 10_000_000)],
        {"A": [10_000.0] * 4},
        panel={"kind": "jp_fund"},
        transfer={DAYS[0]: 1_500_000},
    )
    assert -rows(result)[-1][4] == 2_100_000
    # An ETF has the growth frame alone.
    etf = moved([("taxable", 0, 1000, 15_000_000)], {"A": [100.0] * 4}, transfer={DAYS[0]: 1_500_000})
    assert -rows(etf)[-1][4] == 900_000


def test_room_comes_again_each_year_and_the_lifetime_limit_ends_it() -> None:
    result = moved(
        [("taxable", 0, 1000, 15_000_000)],
        {"A": [100.0] * 4},
        transfer={DAYS[0]: 0, DAYS[2]: 0},
        terms={"lifetime": {"G": 3_000_000}},
    )
    assert [-rows(result, t)[-1][4] for t in (0, 2)] == [2_400_000, 600_000]


def test_nothing_is_sold_where_nothing_could_be_bought() -> None:
    # One share with a gain pays for none; an asset without a frame stays.
    assert rows(moved([("taxable", 0, 1, 1000)], {"A": [100.0] * 4}, transfer={DAYS[0]: 0})) == []
    outside = {"kind": "index", "frames": {"A": ()}}
    assert (
        rows(moved([("taxable", 0, 50, 1000)], {"A": [100.0] * 4}, panel=outside, transfer={DAYS[0]: 0}))
        == []
    )


def test_both_orders_have_their_costs() -> None:
    # Sold with 0.495 % of $2,250 = $11.1375: 15 shares bring ¥335,829; in NISA the purchase is free.
    result = moved(
        [("taxable", 0, 100, 1_500_000)],
        {"A": [100.0] * 4},
        transfer={DAYS[0]: 0},
        transfer_most=300_000.0,
        terms={"broker": "sbi"},
    )
    sale, purchase = rows(result)
    assert purchase == ("buy", "nisa.G", "A", 20, -300_000)
    assert sale == ("sell", "taxable", "A", -21, 313_440)  # 21 x $100 less $10.395, at 150: floor(313,440.75)


PLAN = """
name: moved
period: {start: 2010-01-01}
strategy:
  allocation: {type: fixed_mix, weights: {A: 1}}
  contributions: {type: monthly, amount: 100_000, day: 15}
  transfer: {from: taxable, to: nisa, every: january}
accounts: [nisa, taxable]
"""


def test_a_transfer_is_due_each_january_and_keeps_what_the_year_still_brings() -> None:
    config = parse_config(PLAN)
    sessions = np.busday_offset("2010-01-04", np.arange(560))
    plan = make_plan(config, sessions, ["A"])
    assert [str(day) for day in sessions[plan.transfer]] == ["2010-01-04", "2011-01-03", "2012-01-02"]
    # The data end in February 2012; the year's twelve contributions are known all the same.
    assert plan.kept_room[plan.transfer].tolist() == [1_200_000] * 3
    assert plan.kept_room[~plan.transfer].sum() == 0
    first = override(config, {"strategy.transfer.before_contributions": True})
    assert not make_plan(first, sessions, ["A"]).kept_room.any()
    later = override(config, {"period.start": "2010-01-05"})
    begun = make_plan(later, sessions, ["A"], first=1)
    assert str(sessions[1:][begun.transfer][0]) == "2011-01-03"
    spread = override(config, {"strategy.deploy.spread_months": 12})
    # The first amount comes in twelve parts of the year, the last of 8,337; the next in eleven, and so on.
    assert make_plan(spread, sessions, ["A"]).kept_room[0] == sum(8_333 * n for n in range(1, 13)) + 4


def test_a_plan_without_transfers_is_what_it_was() -> None:
    config = override(parse_config(PLAN), {"strategy.transfer": None})
    assert "transfer" not in config.resolved()["strategy"]
    assert config_hash(config) == config_hash(parse_config(PLAN.replace(PLAN.splitlines()[6] + "\n", "")))
    assert config_hash(config) != config_hash(parse_config(PLAN))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"accounts": ["taxable"]}, "[nisa, taxable] with strategy.transfer"),
        ({"account_rules.rules": "historical_tsumitate"}, "historical_general"),
        ({"strategy.transfer": {"at_most": 0}}, "room, or an amount such as 1200000"),
        ({"strategy.transfer": {"at_most": 100_000.5}}, "whole yen"),
        ({"strategy.transfer": {"order": "biggest"}}, "least_gain_first"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as error:
        override(parse_config(PLAN), changes)
    assert told in str(error.value)


def test_assets_that_nisa_takes_by_recurring_purchases_alone_cannot_move() -> None:
    panel = tiny_panel(DAYS, {"A": [1.0] * 4}, kind="jp_fund", frames={"A": ("T",)})
    with pytest.raises(ConfigError, match="NISA takes none of A in a single purchase"):
        make_terms(parse_config(PLAN), panel)


def test_contributions_that_rise_with_prices_keep_room_by_the_prices_that_are_known() -> None:
    config = override(parse_config(PLAN), {"strategy.contributions.growth": "prices", "inflation": "cpi_jp"})
    sessions = np.busday_offset("2010-01-04", np.arange(560))
    months = np.arange("2009-01", "2012-12", dtype="datetime64[M]")
    level = PriceLevel("made", message("made up"), months, 1.01 ** np.arange(len(months)), "")
    plan = make_plan(config, sessions, ["A"], level=level)
    changed = level.level.copy()
    changed[months >= np.datetime64("2010-12")] *= 2.0  # published in January 2011 and later
    other = make_plan(config, sessions, ["A"], level=dataclasses.replace(level, level=changed))
    at = np.flatnonzero(plan.transfer)
    assert plan.kept_room[at[1]] == other.kept_room[at[1]] > plan.kept_room[at[0]] == 1_200_000
    assert other.kept_room[at[2]] > 1.9 * plan.kept_room[at[2]]
