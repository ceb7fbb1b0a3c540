"""Yen amounts of orders and taxes: docs/ledger.md, "Buying" and "Selling". Scalar and exact to the yen.

Floors are numpy's, which stay doubles: those of ``math`` are integers of 64 bits, which end, and are slower.
"""

from __future__ import annotations

import numpy as np

from engine.ledger.jit import inlined, inner

NEAR = 1e-7  # yen: prices are binary fractions, so 362,999.999 999 99 means 363,000
BITS = 5e-16  # the same for amounts over some hundred million yen, where a double is coarser than NEAR
NEAR_UNITS = 1e-9  # a quotient this close to a whole number of units is that number
DUST = 1e-9  # of a whole: a part below it is rounding noise and makes no trade
STEPS = 8  # units that an estimate of an order may be off by


@inlined
def floor_yen(amount: float) -> float:
    """The whole yen of an amount, rounded down."""
    return float(np.floor(amount + NEAR + abs(amount) * BITS))


@inlined
def floor_beside(amount: float, whole: float) -> float:
    """``floor_yen`` of an amount that is a difference of sums as large as ``whole``, and as coarse."""
    return float(np.floor(amount + NEAR + (abs(amount) + whole) * BITS))


@inlined
def ceil_yen(amount: float) -> float:
    """The whole yen of an amount, rounded up."""
    return float(np.ceil(amount - NEAR - abs(amount) * BITS))


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


@inner
def whole_units(
    money: float, price: float, rate_in: float, rate: float, minimum: float, cap: float, rounded: bool
) -> float:
    """The most whole units whose cash out is within ``money``; ``rate_in``: base units paid per unit."""
    if money < 0.999 * price * rate_in - 1.0:  # not one unit: the usual case of a small satellite
        return 0.0
    total = (money + 1.0 if rounded else money) / rate_in  # what is floored may be a yen more
    n = max(float(np.floor(gross_for(total, rate, minimum, cap) / price + NEAR_UNITS)), 0.0)
    limit = money if rounded else money * (1.0 + 1e-12)
    for _ in range(STEPS):
        if n <= 0.0 or cash_out(price * n, rate_in, rate, minimum, cap, rounded) <= limit:
            break
        n -= 1.0
    for _ in range(STEPS):
        if cash_out(price * (n + 1.0), rate_in, rate, minimum, cap, rounded) > limit:
            break
        n += 1.0
    return n


@inlined
def cash_out(gross: float, rate_in: float, rate: float, minimum: float, cap: float, rounded: bool) -> float:
    """What a purchase of ``gross`` takes from cash."""
    amount = (gross + commission(gross, rate, minimum, cap)) * rate_in
    return floor_yen(amount) if rounded else amount
