"""What must hold in every life, whatever its strategy, account and prices: the oracle's own checks."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from decimal import Decimal

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.plan import Policy
from engine.rules.terms import BucketKind
from tests.lives import Life, lives, slice_terms, tiny_panel, tiny_plan, tiny_terms
from tests.oracle import OracleResult, live

FEW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
NEAR = Decimal("1e-12")  # the oracle keeps 50 digits, sums in a test 28


def near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= NEAR * (1 + abs(other))


def first_sessions(life: Life, count: int) -> Life:
    """The same life, ended after ``count`` sessions."""
    panel, plan, terms = life
    panel = dataclasses.replace(
        panel,
        sessions=panel.sessions[:count],
        price=panel.price[:count],
        dividend=panel.dividend[:count],
        fx=panel.fx[:count],
        usdjpy=panel.usdjpy[:count],
    )
    plan = plan.cut(slice(count))
    return Life(panel, plan, slice_terms(terms, 0, count))


def check_books(life: Life, result: OracleResult) -> None:
    """Money and units are where the transactions put them, and none is negative."""
    assert near(sum((row.amount for row in result.transactions), Decimal(0)), result.cash)
    units: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in result.transactions:
        if row.units:
            units[row.bucket, row.asset] += row.units
    for key, held in result.units.items():
        assert near(units[key], held)
        assert held >= 0
        assert result.cost[key] >= 0
    assert min(result.cash_path) >= 0
    assert near(result.contributed, result.total("deposit"))
    assert near(result.withdrawn, -result.total("withdrawal"))
    last = sum(
        held * Decimal(repr(float(life.panel.price[-1, a]))) * Decimal(repr(float(life.panel.fx[-1, a])))
        for (_, symbol), held in result.units.items()
        for a in [life.panel.column(symbol)]
    )
    assert near(result.value[-1], result.cash + last)


def check_limits(life: Life, result: OracleResult) -> None:
    """No annual or lifetime limit is exceeded; a frame's book is what was bought less what was given back."""
    for row in result.quota:
        assert 0 <= row.used <= row.limit
        assert row.lifetime_left >= 0
        assert row.given_back >= 0
    for b, bucket in enumerate(life.terms.buckets):
        if life.terms.restores[b]:
            frame = bucket.removeprefix("nisa.")
            book = sum(row.used - row.given_back for row in result.quota if row.frame == frame)
            held = sum(cost for (name, _), cost in result.cost.items() if name == bucket)
            assert near(book, held)


def check_tax(life: Life, result: OracleResult) -> None:
    """Tax is never negative in sum, NISA and plain pay none to Japan, and yen books hold whole yen."""
    assert result.tax_paid >= 0
    assert result.dividend_tax_paid >= 0
    assert {row.bucket for row in result.rows("tax", "dividend_tax", "refund")} <= {"taxable"}
    by_year: dict[int, Decimal] = defaultdict(Decimal)
    for row in result.rows("tax"):
        year = life.terms.settle_year[row.session, life.panel.column(row.asset)]
        by_year[int(year)] -= row.amount
    assert all(tax >= 0 for tax in by_year.values())
    if "plain" not in life.terms.buckets and not life.plan.idle_yield:
        whole = [row.amount for row in result.rows("buy", "sell", "tax", "dividend", "source_tax", "refund")]
        assert all(amount == amount.to_integral_value() for amount in whole)


@FEW
@given(lives())
def test_every_life_keeps_its_books(life):
    result = live(*life)
    check_books(life, result)
    check_limits(life, result)
    check_tax(life, result)


@FEW
@given(lives(longest=60), st.data())
def test_a_life_that_ends_earlier_is_the_start_of_the_longer_one(life, data):
    count = data.draw(st.integers(1, len(life.panel.sessions)))
    whole, part = live(*life), live(*first_sessions(life, count))
    # On its last session the shorter life does not know that a year ends: nothing moves out of NISA there.
    expected = [
        row
        for row in whole.transactions
        if row.session < count and not (row.session == count - 1 and row.kind.startswith("transfer"))
    ]
    assert part.transactions == expected
    assert part.value == whole.value[:count]


@FEW
@given(lives(longest=60), st.data())
def test_no_later_price_changes_an_earlier_record(life, data):
    after = data.draw(st.integers(1, len(life.panel.sessions)))
    scale = np.where(np.arange(len(life.panel.sessions)) < after, 1.0, 1.5)[:, None]
    changed = dataclasses.replace(
        life.panel,
        price=life.panel.price * scale,
        dividend=life.panel.dividend * scale,
        fx=life.panel.fx * scale,
    )
    one, other = live(*life), live(changed, life.plan, life.terms)
    assert [row for row in one.transactions if row.session < after] == [
        row for row in other.transactions if row.session < after
    ]
    assert one.value[:after] == other.value[:after]


@FEW
@given(
    st.lists(st.tuples(st.integers(100, 90_000), st.integers(1, 3_000_000)), min_size=1, max_size=6),
    st.sampled_from(["us_etf", "jp_fund"]),
    st.sampled_from(["taxable", "nisa"]),
    st.booleans(),
)
def test_a_full_sale_gives_back_exactly_what_was_bought(purchases, kind, account, whole):
    dates = np.busday_offset("2024-02-01", np.arange(len(purchases) + 1) * 30, roll="forward")
    cents = [price for price, _ in purchases]
    panel = tiny_panel(
        dates,
        {"A": [price / 100 for price in [*cents, cents[-1]]], "PARK": [1.0] * len(dates)},
        kind={"A": kind, "PARK": "jp_fund"},
    )
    days = [str(day) for day in dates]
    plan = tiny_plan(
        panel,
        deposit={day: float(amount) for day, (_, amount) in zip(days, purchases)},
        targets={days[0]: [1.0, 0.0], days[-1]: [0.0, 1.0]},
        rebalance=[days[-1]],
        policy=Policy.CALENDAR,
    )
    accounts = (account, "taxable") if account == "nisa" else (account,)
    result = live(panel, plan, tiny_terms(panel, *accounts, whole_shares=whole))
    assert all(held == 0 for (_, asset), held in result.units.items() if asset == "A")
    assert all(cost == 0 for (_, asset), cost in result.cost.items() if asset == "A")
    bought_a = {
        row.frame: sum(
            -x.amount for x in result.rows("buy") if (x.asset, x.bucket) == ("A", f"nisa.{row.frame}")
        )
        for row in result.quota
    }
    for frame, bought in bought_a.items():
        assert sum(row.given_back for row in result.quota if row.frame == frame) == bought


@FEW
@given(lives(longest=120))
def test_liquidation_is_the_value_less_costs_and_tax(life):
    result = live(*life)
    assert result.liquidation_value >= 0
    if "plain" in life.terms.buckets:
        free = not life.terms.commission_rate.any() and not life.terms.commission_min.any()
        if free and not life.terms.fx_spread.any():
            assert near(result.liquidation_value, result.value[-1])
    if BucketKind.TAXABLE not in life.terms.kind:
        assert result.liquidation_value <= result.value[-1] * (1 + NEAR)
