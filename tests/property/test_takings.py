"""Several withdrawals, goals, kinds that remember: the kernel against the Decimal ledger, and cut anywhere."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import ledger as kernel
from tests import kernel_checks, lives, oracle
from tests.lives import Life
from tests.property.test_states import check as check_cut
from tests.property.test_states import config_of

FEW, MANY = int(os.environ.get("BACKTEST_TAKINGS", "60")), int(os.environ.get("BACKTEST_TAKINGS", "2000"))
OPTIONS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


# Two thirds of the few are short: the oracle takes a long life as many times as long as it has sessions.
MOSTLY_SHORT = st.one_of(
    lives.lives_with_takings(longest=90), lives.lives_with_takings(longest=90), lives.lives_with_takings()
)


def compare(life: Life) -> None:
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    kernel_checks.check_figures(life, ledger)


@settings(max_examples=FEW, **OPTIONS)
@given(MOSTLY_SHORT)
def test_takings_are_the_oracle(life: Life) -> None:
    compare(life)


@pytest.mark.long
@settings(max_examples=MANY, **OPTIONS)
@given(lives.lives_with_takings())
def test_two_thousand_lives_with_takings_are_the_oracle(life: Life) -> None:
    compare(life)


@settings(max_examples=max(1, FEW // 3), **OPTIONS)
@given(lives.lives_with_takings(longest=100))
def test_takings_side_by_side_and_seen_before_their_end(life: Life) -> None:
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_lanes(kernel, life, ledger)
    kernel_checks.check_ends(kernel, life, ledger)


@settings(max_examples=FEW, **OPTIONS)
@given(MOSTLY_SHORT, st.data())
def test_takings_go_on_from_their_state(life: Life, data: st.DataObject) -> None:
    size = len(life.panel.sessions)
    first = next(t for t, money in enumerate(life.plan.deposit) if money > 0.0)
    if first + 1 < size:
        check_cut(life, data.draw(st.integers(first + 1, size - 1)), config_of(life))
