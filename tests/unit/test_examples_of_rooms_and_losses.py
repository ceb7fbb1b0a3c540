"""Orders over the room and carried losses in yen, worked out by hand from the rules: kernel and oracle."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from engine import ledger as kernel
from engine.plan import Policy
from tests import kernel_checks, oracle
from tests.lives import Life, tiny_panel, tiny_plan, tiny_terms

Amounts = dict[tuple[str, str], float]


def moved(life: Life, *kinds: str) -> list[tuple[str, str, float]]:
    """(date, bucket, amount) of a life's movements of some kinds, once both ledgers agree on it."""
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    moves = ledger.moves
    names = [*life.terms.buckets, ""]
    return [
        (str(life.panel.sessions[t]), names[b], float(amount))
        for t, kind, b, amount in zip(moves["session"], moves["kind"], moves["bucket"], moves["amount"])
        if kind in kinds
    ]


def orders(overflow: str, **rules: Any) -> list[tuple[str, str, float]]:
    """¥3,000,000, ¥1,000,000 and a year later ¥500,000 of a fund that both frames take."""
    days = ["2025-01-10", "2025-03-10", "2026-01-13", "2026-02-10"]
    panel = tiny_panel(days, {"A": [10_000.0] * 4}, kind="jp_fund", frames={"A": ("T", "G")})
    money = {days[0]: 3_000_000, days[1]: 1_000_000, days[2]: 500_000}
    plan = tiny_plan(panel, deposit=money, targets=(1.0,), policy=Policy.NO_SELL)
    return moved(Life(panel, plan, tiny_terms(panel, "nisa", "taxable", overflow=overflow, **rules)), "buy")


FIRST = [("2025-01-10", "nisa.T", -1_200_000), ("2025-01-10", "nisa.G", -1_800_000)]
LAST = [("2026-01-13", "nisa.T", -500_000)]


@pytest.mark.parametrize(
    ("overflow", "bought"),
    [
        # ¥600,000 of room is left for ¥1,000,000
        ("split", [*FIRST, ("2025-03-10", "nisa.G", -600_000), ("2025-03-10", "taxable", -400_000), *LAST]),
        ("whole_order", [*FIRST, ("2025-03-10", "taxable", -1_000_000), *LAST]),
        # what was kept back is part of the next order: ¥400,000 and ¥500,000, ¥1,000,000 and ¥500,000
        ("hold_cash", [*FIRST, ("2025-03-10", "nisa.G", -600_000), ("2026-01-13", "nisa.T", -900_000)]),
        ("skip", [*FIRST, ("2026-01-13", "nisa.T", -1_200_000), ("2026-01-13", "nisa.G", -300_000)]),
    ],
)
def test_an_order_over_the_room_of_all_frames(overflow: str, bought: list[tuple[str, str, float]]) -> None:
    assert orders(overflow) == bought


@pytest.mark.parametrize("overflow", ["split", "whole_order", "skip", "hold_cash"])
def test_a_closed_frame_is_no_frame(overflow: str) -> None:
    """Own limits of 0, the old frame from 2024 on, and the years before any frame."""
    everything = [("2025-01-10", "nisa.G", -2_000_000)]
    days = ["2025-01-10", "2025-03-10"]
    panel = tiny_panel(days, {"A": [10_000.0] * 2}, kind="jp_fund", frames={"A": ("T", "G", "old_general")})
    plan = tiny_plan(panel, deposit={days[0]: 2_000_000}, targets=(1.0,), policy=Policy.NO_SELL)
    own = {"overflow": overflow, "annual_limits": {"T": 0}}
    for rules in ("nisa_2024", "historical_general"):
        terms = tiny_terms(panel, "nisa", "taxable", rules=rules, **own)
        assert moved(Life(panel, plan, terms), "buy") == everything
    days = ["2012-01-10", "2012-03-12"]
    panel = tiny_panel(days, {"A": [10_000.0] * 2}, kind="jp_fund", frames={"A": ("T", "G", "old_general")})
    plan = tiny_plan(panel, deposit={days[0]: 2_000_000}, targets=(1.0,), policy=Policy.NO_SELL)
    terms = tiny_terms(panel, "nisa", "taxable", rules="historical_general", overflow=overflow)
    assert moved(Life(panel, plan, terms), "buy") == [("2012-01-10", "taxable", -2_000_000)]


def test_whole_shares_over_two_frames() -> None:
    """Seven shares of ¥60,000: three into ¥200,000 of T, four into G; an eighth and ninth do not fit ¥60,000."""
    days = ["2025-01-10", "2025-03-10"]
    panel = tiny_panel(days, {"A": [400.0] * 2}, frames={"A": ("T", "G")})
    plan = tiny_plan(
        panel, deposit=dict(zip(days, (420_000, 120_000))), targets=(1.0,), policy=Policy.NO_SELL
    )
    for overflow, second in {
        "skip": [], "hold_cash": [("2025-03-10", "nisa.G", -60_000)],
        "whole_order": [("2025-03-10", "taxable", -120_000)],
        "split": [("2025-03-10", "nisa.G", -60_000), ("2025-03-10", "taxable", -60_000)],
    }.items():  # fmt: skip
        terms = tiny_terms(
            panel, "nisa", "taxable", overflow=overflow, annual_limits={"T": 200_000, "G": 300_000}
        )
        first = [("2025-01-10", "nisa.T", -180_000), ("2025-01-10", "nisa.G", -240_000)]
        assert moved(Life(panel, plan, terms), "buy") == [*first, *second]


@pytest.mark.parametrize(
    ("offset", "refunds"),
    [
        # ¥1,000,000 of loss less ¥400,000 of dividends the same year: ¥600,000 are carried. The next year's gain
        # uses ¥100,000, its dividends ¥150,000, and the last ¥350,000 meet the larger dividends of 2024.
        (
            True,
            [
                ("2023-01-10", 61_260 + 20_000),
                ("2024-04-10", 15_315 + 5_000),
                ("2024-04-10", 22_972 + 7_500),
                ("2025-04-10", 53_602 + 17_500),
            ],
        ),
        # Nothing is set against dividends: all of it is carried, and only the gain uses some.
        (False, [("2024-04-10", 15_315 + 5_000)]),
    ],
)
def test_carried_losses_meet_gains_and_then_dividends(offset: bool, refunds: list[tuple[str, float]]) -> None:
    days = [f"{year}-{day}" for year in range(2022, 2026) for day in ("01-10", "04-10", "09-12")]
    nothing = [0.0] * 12
    panel = tiny_panel(
        days,
        {"A": [10_000.0] * 2 + [5_000.0] * 10, "B": [1_000.0] * 5 + [1_100.0] * 7, "C": [1.0] * 12},
        dividends={
            "A": [0.0, 2_000.0, *nothing[2:]],
            "B": [*nothing[:4], 150.0, *nothing[5:]],
            "C": [*nothing[:7], 0.5, *nothing[8:]],
        },
        kind="jp_fund",
    )
    # 200 units of A, sold at half their cost in 2022 for 1,000 of B, those sold at 1,100 in 2023 for C
    plan = tiny_plan(
        panel,
        deposit={days[0]: 2_000_000.0},
        withdrawal={days[2]: 400_000.0 - 61_260 - 20_000},
        targets={days[0]: (1.0, 0.0, 0.0), days[2]: (0.0, 1.0, 0.0), days[3]: (0.0, 0.0, 1.0)},
        rebalance=[days[2], days[5]],
        policy=Policy.CALENDAR,
        reinvest_dividends=False,
    )
    life = Life(panel, plan, tiny_terms(panel, "taxable", offset_dividends=offset))
    found = moved(life, "dividend_tax", "tax_refund")
    assert [(day, amount) for day, bucket, amount in found if not bucket] == refunds


@pytest.mark.parametrize("policy", [Policy.NONE, Policy.NO_SELL])
def test_a_budget_beside_a_fortune(policy: Policy) -> None:
    """Seven tenths of ¥100,000 are ¥70,000, whatever waits for a share that nobody can pay."""
    days = [f"2025-{month:02d}-03" for month in (2, 3, 4, 6, 7, 9, 10, 11)]
    prices = {"A": [9e12] * 8, "B": [10_000.0] * 8}
    panel = tiny_panel(days, prices, kind={"A": "us_etf", "B": "jp_fund"})
    money = {days[0]: 3e12} | dict.fromkeys(days[1:], 100_000.0)
    plan = tiny_plan(panel, deposit=money, targets=(0.3, 0.7), policy=policy)
    found = moved(Life(panel, plan, tiny_terms(panel, "taxable")), "buy")
    assert [amount for _, _, amount in found] == [-2.1e12] + [-70_000.0] * 7


@pytest.mark.parametrize("account", ["plain", "taxable", "nisa"])
def test_a_sale_never_costs_more_than_it_brings(account: str) -> None:
    """Six dollars under a minimum of eight: ¥900 are gone, and no more."""
    days = ["2025-01-10", "2025-03-10"]
    panel = tiny_panel(days, {"A": [500.0, 6.0]})
    plan = tiny_plan(panel, deposit={days[0]: 76_500}, withdrawal={days[1]: 80_000}, targets=(1.0,))
    terms = tiny_terms(panel, account, commission_min=8.0)
    terms = dataclasses.replace(terms, commission_free=np.zeros_like(terms.commission_free))
    life = Life(panel, plan, terms)
    assert [amount for _, _, amount in moved(life, "sell")] == [0.0]
    ledger = kernel_checks.record(kernel, life)
    assert ledger.moves["cost"][ledger.moves["kind"] == "sell"].tolist() == [900.0]
