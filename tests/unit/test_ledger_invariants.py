"""The ledger checks its own books after every life: each thing that could be wrong with them is noticed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import ConfigError, LedgerError
from engine.ledger.inputs import make_inputs, make_market_data, slice_market
from engine.ledger.invariants import Ledger, check_invariants
from engine.ledger.layout import STATS
from engine.ledger.simulation import check_statistics, simulate_one
from tests.lives import tiny_panel, tiny_plan, tiny_terms

DAYS = ["2024-01-04", "2024-01-05", "2024-01-09"]
PANEL = tiny_panel(DAYS, {"F": [100.0, 150.0, 160.0]}, kind="jp_fund")
TERMS = tiny_terms(PANEL, "taxable")
PLAN = tiny_plan(
    PANEL, deposit={DAYS[0]: 1_000_000, DAYS[1]: 500_000}, withdrawal={DAYS[2]: 100_000}, targets=(1.0,)
)


def lived() -> tuple[Ledger, np.ndarray]:
    market_data = slice_market(make_market_data(PANEL, TERMS), 0, len(DAYS))
    return simulate_one(market_data, PLAN), market_data.base_price


def moved(ledger: Ledger, column: str, kind: str, by: float, *also: str) -> Ledger:
    """The ledger with the first movement of a kind changed."""
    moves = {name: values.copy() for name, values in ledger.moves.items()}
    row = int(np.flatnonzero(moves["kind"] == kind)[0])
    for name in (column, *also):
        moves[name][row:] += np.where(np.arange(len(moves[name]) - row) == 0, by, by if name in also else 0.0)
    return dataclasses.replace(ledger, moves=moves)


def path(ledger: Ledger, name: str, session: int, by: float) -> Ledger:
    values = getattr(ledger, name).copy()
    values[session] += by
    return dataclasses.replace(ledger, **{name: values})


WRONG: list[tuple[Callable[[Ledger], Ledger], str]] = [
    (lambda x: moved(x, "amount", "buy", 1.0), "movements do not add up to cash"),
    (lambda x: path(x, "cash", -1, 1.0), "cash at the end is not explained"),
    (lambda x: path(x, "cash", 0, -1e9), "cash fell below zero"),
    (lambda x: path(x, "units", 0, -1e9), "units fell below zero"),
    (lambda x: path(x, "value", 1, 1.0), "positions and cash are not the value"),
    (lambda x: moved(x, "units", "buy", 1.0), "trades do not add up to units"),
    (
        lambda x: dataclasses.replace(x, stats={**x.stats, "contributed": 1_500_001.0}),
        "flows do not add up to what was paid in",
    ),
]


def test_a_life_that_was_lived_holds() -> None:
    ledger, price = lived()
    assert set(ledger.moves["kind"].tolist()) >= {"deposit", "buy", "sell", "withdrawal"}
    check_invariants(ledger, price)


@pytest.mark.parametrize(("change", "told"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_is_noticed(change: Callable[[Ledger], Ledger], told: str) -> None:
    ledger, price = lived()
    with pytest.raises(LedgerError, match=f"^the ledger contradicts itself: {told}$"):
        check_invariants(change(ledger), price)


def test_a_broken_life_of_many_is_noticed() -> None:
    table = np.zeros((4, len(STATS)))
    check_statistics(table)
    table[2, STATS.index("error")] = 1.0
    with pytest.raises(LedgerError, match="in 1 of 4 lives"):
        check_statistics(table)


def test_a_life_needs_a_deposit() -> None:
    assert make_inputs(make_market_data(PANEL, TERMS), PLAN).first == 0
    nothing = tiny_plan(PANEL)
    with pytest.raises(ConfigError, match="no money arrives from"):
        simulate_one(slice_market(make_market_data(PANEL, TERMS), 0, len(DAYS)), nothing)
