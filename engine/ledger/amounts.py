"""Yen amounts of orders and taxes: docs/ledger.md, "Buying" and "Selling". Scalar and exact to the yen."""

from __future__ import annotations

import math

from engine.ledger.jit import inlined

NEAR = 1e-7  # yen: prices are binary fractions, so 362,999.999 999 99 means 363,000
BITS = 5e-16  # the same for amounts over some hundred million yen, where a double is coarser than NEAR


@inlined
def floor_yen(amount: float) -> float:
    """The whole yen of an amount, rounded down."""
    return math.floor(amount + NEAR + abs(amount) * BITS)


@inlined
def ceil_yen(amount: float) -> float:
    """The whole yen of an amount, rounded up."""
    return math.ceil(amount - NEAR - abs(amount) * BITS)


@inlined
def commission(gross: float, rate: float, minimum: float, cap: float) -> float:
    """Commission on a trade of ``gross``, all in the asset's currency."""
    if gross <= 0.0:
        return 0.0
    return min(max(rate * gross, minimum), cap)


@inlined
def gross_for(total: float, rate: float, minimum: float, cap: float) -> float:
    """The trade whose value and commission add to ``total``."""
    gross = total / (1.0 + rate)
    fee = rate * gross
    if fee < minimum:
        gross = total - minimum
    elif fee > cap:
        gross = total - cap
    return max(gross, 0.0)


@inlined
def tax_on(gain: float, national: float, local: float) -> float:
    """Tax on a year's net gain: each part rounded down; nothing on a loss."""
    if gain <= 0.0:
        return 0.0
    return floor_yen(gain * national) + floor_yen(gain * local)
