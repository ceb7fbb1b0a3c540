"""Amounts of orders and taxes: docs/ledger.md, "Buying" and "Selling". Scalar, and exact to the yen.

Brokers and the tax office keep whole yen: each amount that is paid or charged is rounded on its own, and sums are
of rounded amounts. Prices are binary fractions, so that a whole amount may come a little short of itself: what is
nearly whole is whole.

Floors are numpy's, which stay doubles: those of ``math`` are integers of 64 bits, which end, and are slower.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.ledger.compile.jit import inlined, inner
from engine.ledger.layout import ASSET, BUCKET, NEAR, NEAR_UNITS, YEAR
from engine.ledger.lookup import bucket_row, year_row

BITS = 5e-16  # the same for amounts over some hundred million yen, where a double is coarser than NEAR
STEPS = 8  # units that an estimate of an order may be off by


class Fee(NamedTuple):
    """A broker's commission: ``rate`` of the trade, at least ``minimum``, at most ``cap``, in its currency."""

    rate: float
    minimum: float
    cap: float


class TaxRates(NamedTuple):
    """The two taxes on gains and dividends of a year: income tax with its surtax, and the residents' tax."""

    national: float
    local: float


@inlined
def fee_of(context, a, b):
    """What a trade of asset ``a`` costs in bucket ``b``: brokers charge nothing in NISA frames, say."""
    free = context.terms[bucket_row(context, b), BUCKET.COMMISSION_FREE] != 0.0
    rate, minimum = context.terms[a, ASSET.COMMISSION_RATE], context.terms[a, ASSET.COMMISSION_MIN]
    return Fee(0.0 if free else rate, 0.0 if free else minimum, context.terms[a, ASSET.COMMISSION_CAP])


@inlined
def tax_rates(context, year):
    """The rates of a calendar year."""
    row = year_row(context, year)
    return TaxRates(context.terms[row, YEAR.NATIONAL], context.terms[row, YEAR.LOCAL])


@inlined
def floor_yen(amount):
    """The whole yen of an amount, rounded down."""
    return float(np.floor(amount + NEAR + abs(amount) * BITS))


@inlined
def floor_difference(amount, size):
    """``floor_yen`` of an amount that is a difference of sums as large as ``size``, and as coarse."""
    return float(np.floor(amount + NEAR + (abs(amount) + size) * BITS))


@inlined
def ceil_yen(amount):
    """The whole yen of an amount, rounded up."""
    return float(np.ceil(amount - NEAR - abs(amount) * BITS))


@inlined
def commission(gross, fee):
    """Commission on a trade of ``gross``, all in the asset's currency."""
    if gross <= 0.0:
        return 0.0
    return min(max(fee.rate * gross, fee.minimum), fee.cap)


@inlined
def gross_for(total, fee):
    """The trade whose value and commission add to ``total``."""
    gross = total / (1.0 + fee.rate)
    paid = fee.rate * gross
    if paid < fee.minimum:
        gross = total - fee.minimum
    elif paid > fee.cap:
        gross = total - fee.cap
    return max(gross, 0.0)


@inlined
def tax_on(income, rates):
    """Tax on a year's net gain or dividends: each of the two is rounded down; nothing on a loss."""
    if income <= 0.0:
        return 0.0
    return floor_yen(income * rates.national) + floor_yen(income * rates.local)


@inner
def whole_units(money, price, rate_in, fee, rounded):
    """The most whole units whose cash out is within ``money``; ``rate_in``: base units paid per unit.

    An estimate that ignores roundings, corrected a unit at a time: the commission and the floor make the cash out
    a step function, which has no inverse to write down.
    """
    if money < 0.999 * price * rate_in - 1.0:  # not one unit: the usual case of a small satellite
        return 0.0
    total = (money + 1.0 if rounded else money) / rate_in  # what is floored may be a yen more
    n = max(float(np.floor(gross_for(total, fee) / price + NEAR_UNITS)), 0.0)
    limit = money if rounded else money * (1.0 + 1e-12)
    for _ in range(STEPS):
        if n <= 0.0 or cash_out(price * n, rate_in, fee, rounded) <= limit:
            break
        n -= 1.0
    for _ in range(STEPS):
        if cash_out(price * (n + 1.0), rate_in, fee, rounded) > limit:
            break
        n += 1.0
    return n


@inlined
def cash_out(gross, rate_in, fee, rounded):
    """What a purchase of ``gross`` takes from cash."""
    amount = (gross + commission(gross, fee)) * rate_in
    return floor_yen(amount) if rounded else amount
