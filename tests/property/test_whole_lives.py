"""Whole lives: holdings, several withdrawals of every kind with what they remember, transfers, and ruin.

All at once: each is cut at any session and goes on from its state, through the file it is written to, as if
nothing had been cut; and from holdings it does what the Decimal ledger does, to the yen. Contributions and incomes
are the same to the ledger: money that arrives.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from engine.rules.opening import Opening
from engine.takings import Memory
from tests.lives import Life, whole_lives
from tests.property.test_states import check, compare, config_of, cuts, openings

FEW = int(os.environ.get("BACKTEST_WHOLE", "30"))
OPTIONS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def note(life: Life) -> None:
    """What of it there is, for ``--hypothesis-show-statistics``."""
    for taking in life.plan.takings:
        event(f"{Memory(taking.memory).name.lower()}, {taking.order.name.lower()}, gross {taking.gross}")
    event(f"transfers {bool(life.plan.transfer.any())}")


def goes_on(life: Life, cut: int) -> None:
    note(life)
    if cut:
        check(life, cut, config_of(life))


def is_the_oracle(drawn: tuple[Life, Opening] | None) -> None:
    if drawn is not None:
        note(drawn[0])
        compare(*drawn)


@settings(max_examples=FEW, **OPTIONS)
@given(cuts(whole_lives(longest=160)))
def test_a_whole_life_goes_on_from_its_state(drawn: tuple[Life, int]) -> None:
    goes_on(*drawn)


@pytest.mark.long
@settings(max_examples=500, **OPTIONS)
@given(cuts(whole_lives()))
def test_five_hundred_whole_lives_go_on_from_their_states(drawn: tuple[Life, int]) -> None:
    goes_on(*drawn)


@settings(max_examples=FEW, **OPTIONS)
@given(openings(whole_lives(longest=160)))
def test_a_whole_life_from_holdings_is_the_oracle(drawn: tuple[Life, Opening] | None) -> None:
    is_the_oracle(drawn)


@pytest.mark.long
@settings(max_examples=2000, **OPTIONS)
@given(openings(whole_lives()))
def test_two_thousand_whole_lives_from_holdings_are_the_oracle(drawn: tuple[Life, Opening] | None) -> None:
    is_the_oracle(drawn)
