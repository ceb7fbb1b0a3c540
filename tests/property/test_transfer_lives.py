"""Transfers into NISA: the kernel against the plain Decimal ledger, states that are cut, and what must hold."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import ledger as kernel
from tests import kernel_checks, lives, oracle
from tests.property import test_states
from tests.variations import examples


def compare(life: lives.Life) -> None:
    """Every movement and every figure of the kernel is the oracle's, to the yen."""
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    kernel_checks.check_figures(life, ledger)


@examples(60)
@given(lives.lives(transfers=True))
def test_lives_with_transfers_are_the_oracle(life: lives.Life) -> None:
    compare(life)


@pytest.mark.long
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives.lives(transfers=True))
def test_two_thousand_lives_with_transfers_are_the_oracle(life: lives.Life) -> None:
    compare(life)


@examples(20)
@given(lives.lives(transfers=True, longest=120), st.data())
def test_a_life_with_transfers_goes_on_from_its_state(life: lives.Life, data: st.DataObject) -> None:
    begun = int(life.plan.deposit.nonzero()[0][0])
    if begun + 1 < len(life.panel.sessions):
        cut = data.draw(st.integers(begun + 1, len(life.panel.sessions) - 1))
        test_states.check(life, cut, test_states.config_of(life))


@examples(15)
@given(lives.lives(transfers=True, longest=120))
def test_lives_with_transfers_side_by_side(life: lives.Life) -> None:
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_lanes(kernel, life, ledger, lane=36, count=40)
    kernel_checks.check_ends(kernel, life, ledger)
