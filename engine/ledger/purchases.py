"""Purchases in yen books of one simulation: docs/ledger.md, "Buying asset a with a budget".

Every function works on lane ``j`` of the block at session ``t``; amounts are exact to the yen.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import (
    Fee,
    cash_out,
    commission,
    fee_of,
    floor_difference,
    floor_yen,
    gross_for,
    whole_units,
)
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record
from engine.ledger.layout import ASSET, BUCKET, DUST, FRAME, MARKET, MOVEMENT, PARAMETER, STATE
from engine.ledger.lookup import (
    bucket_row,
    cohort_row,
    cost_row,
    frame_row,
    kind_of,
    quote,
    settlement_year,
    units_row,
    year_of,
)
from engine.ledger.quota import annual_limit, remaining_quota
from engine.rules.terms import BucketKind, Overflow


@inner
def buy(block, context, t, a, j, budget, size):
    """Buy asset ``a`` with up to ``budget``, bucket by bucket along its route. Returns what was spent.

    ``size``: of the sums that the budget was worked out from.
    """
    state, terms = block.state, context.terms
    mid = quote(context, t, MARKET.MID, a)
    quota_year, year = settlement_year(context, t, a), year_of(context, t)
    overflow = int64(context.parameters[PARAMETER.OVERFLOW])
    rest = min(floor_difference(budget, size), floor_yen(state[STATE.CASH, j]))
    into_nisa = True
    if overflow == Overflow.WHOLE_ORDER or overflow == Overflow.SKIP:
        into_nisa = fits_nisa(state, context, t, a, j, rest)
        if overflow == Overflow.SKIP and not into_nisa:
            return 0.0
    spent = 0.0
    passed = False  # a frame that took what it could
    for i in range(context.buckets):
        b = int64(terms[a, ASSET.ROUTE + i])
        if b < 0:
            break
        nisa = kind_of(context, b) == BucketKind.NISA
        if nisa and (not into_nisa or annual_limit(context, b, quota_year) <= 0.0):
            continue
        if not nisa and passed and overflow == Overflow.HOLD_CASH:
            break
        n, gross, out = largest_order(context, t, a, b, rest)
        if n <= 0.0:
            break
        last = True
        if nisa:
            passed = True
            left = remaining_quota(state, context, b, quota_year, year, 0.0, j)
            last = floor_yen(gross * mid) <= left
            if not last:
                n, gross, out = order_within(context, t, a, b, rest, left)
        if n > 0.0:
            fill(block, context, t, a, b, j, n, gross, out)
            spent += out
            rest -= out
        if last:
            break
    return spent


@inner
def fill(block, context, t, a, b, j, n, gross, out):
    """Book a purchase of ``n`` units in bucket ``b``, which takes ``out`` of the cash."""
    state = block.state
    fee = commission(gross, fee_of(context, a, b))
    add_lot(state, context, t, a, b, j, n, gross, fee)
    cost = fee * quote(context, t, MARKET.MID, a) + context.terms[a, ASSET.FX_SPREAD] * (gross + fee)
    state[STATE.CASH, j] -= out
    state[STATE.COST, j] += cost
    record(block, t, MOVEMENT.BUY, b, a, n, -out, cost, state[STATE.CASH, j])


@inner
def fits_nisa(state, context, t, a, j, budget):
    """Whether an order goes whole into the open frames of its route, filled one after another.

    An order whose route has no open frame before another account fits: there is nothing to be over.
    """
    mid = quote(context, t, MARKET.MID, a)
    quota_year, year = settlement_year(context, t, a), year_of(context, t)
    rest, placed = budget, 0.0
    passed = False
    for i in range(context.buckets):
        b = int64(context.terms[a, ASSET.ROUTE + i])
        if b < 0 or kind_of(context, b) != BucketKind.NISA:
            break
        if annual_limit(context, b, quota_year) <= 0.0:
            continue
        passed = True
        n, gross, out = largest_order(context, t, a, b, rest)
        left = remaining_quota(state, context, b, quota_year, year, placed, j)
        if n <= 0.0 or floor_yen(gross * mid) <= left:
            return True
        n, gross, out = order_within(context, t, a, b, rest, left)
        if n > 0.0:
            rest -= out
            shares = context.terms[bucket_row(context, b), BUCKET.SHARES_LIFETIME] != 0.0
            placed += floor_yen(gross * mid) if shares else 0.0
    return not passed


@inlined
def largest_order(context, t, a, b, money):
    """The largest order of asset ``a`` in bucket ``b`` for ``money``: units, their price, the cash it takes."""
    price, rate_in = quote(context, t, MARKET.PRICE, a), rate_paid(context, t, a)
    fee = fee_of(context, a, b)
    if money <= 0.0:
        return 0.0, 0.0, 0.0
    lot = context.terms[a, ASSET.LOT]
    if lot > 0.0:
        n = whole_units(money, price * lot, rate_in, fee, True) * lot
        gross = n * price
        return n, gross, min(money, cash_out(gross, rate_in, fee, True))
    gross = gross_for(money / rate_in, fee)
    # Noise over a minimum commission buys nothing.
    n = gross / price if gross * rate_in > DUST * money else 0.0
    return n, gross, money


@inlined
def order_within(context, t, a, b, money, left):
    """The largest order of ``largest_order`` that uses up no more than ``left`` of a frame's quota.

    The quota counts what the units cost at the middle rate, without commission and spread.
    """
    price, mid = quote(context, t, MARKET.PRICE, a), quote(context, t, MARKET.MID, a)
    lot = context.terms[a, ASSET.LOT]
    if lot > 0.0:
        n = whole_units(left, price * lot, mid, Fee(0.0, 0.0, 0.0), True) * lot
        gross = n * price
    else:
        gross = left / mid
        n = gross / price
    return n, gross, min(money, cash_out(gross, rate_paid(context, t, a), fee_of(context, a, b), True))


@inlined
def rate_paid(context, t, a):
    """Base units that a buyer pays for a unit of the asset's currency."""
    return quote(context, t, MARKET.MID, a) + context.terms[a, ASSET.FX_SPREAD]


@inlined
def add_lot(state, context, t, a, b, j, n, gross, fee):
    """Put ``n`` bought units into bucket ``b``: units, acquisition cost (in NISA book value and quota).

    The commission belongs to the acquisition cost, and so lowers a later gain; of a quota it takes nothing.
    """
    mid = quote(context, t, MARKET.MID, a)
    bucket = bucket_row(context, b)
    if kind_of(context, b) == BucketKind.NISA:
        cost = floor_yen(gross * mid)
        quota_year = settlement_year(context, t, a)
        state[frame_row(b) + FRAME.BOUGHT + (quota_year & 1), j] += cost
        state[frame_row(b) + FRAME.USED, j] += cost
        if context.terms[bucket, BUCKET.TERM] > 0.0:
            state[cohort_row(context, b, a, quota_year), j] += n
    else:
        cost = floor_yen((gross + fee) * (mid + context.terms[a, ASSET.TAX_SPREAD]))
    state[units_row(context, b, a), j] += n
    state[cost_row(context, b, a), j] += cost
