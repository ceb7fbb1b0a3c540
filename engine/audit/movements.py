"""The transactions one by one, on Python's own numbers, and how an amount is rounded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.result import Result

NEAR = 1e-7  # yen: an amount this close to a whole yen is that yen
DUST = 1e-9  # units this small beside those held are rounding noise


class Move(NamedTuple):
    """One row of the transactions; ``price`` in the asset's currency, ``amount`` and ``cost`` in the base's."""

    date: Any
    settlement: Any
    account: str
    asset: str
    kind: str
    units: float
    price: float
    fx: float
    amount: float
    cost: float


def moves(result: Result) -> Iterator[Move]:
    """The transactions in their order."""
    for row in zip(*(result.transactions[name].tolist() for name in Move._fields)):
        yield Move(*row)


def down(amount: float) -> float:
    """To the whole yen below."""
    return float(math.floor(amount + NEAR))


def up(amount: float) -> float:
    """To the whole yen above."""
    return float(math.ceil(amount - NEAR))
