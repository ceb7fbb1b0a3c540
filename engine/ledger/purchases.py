"""Purchases in yen books: how much of an order goes into which NISA frame, and what it costs (docs/ledger.md).

Every function works on column ``j`` of the block's state ``S`` at session ``t``, or on numbers alone; amounts
are exact to the yen.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import (
    DUST,
    cash_out,
    commission,
    floor_beside,
    floor_yen,
    gross_for,
    whole_units,
)
from engine.ledger.jit import inlined, inner
from engine.ledger.layout import (
    ANNUAL,
    BOUGHT,
    BUY,
    CAP,
    CASH,
    COST,
    FIRST_YEAR,
    FREE,
    KIND,
    LIFETIME,
    MARKET,
    MID,
    MINIMUM,
    N_ASSETS,
    N_BUCKETS,
    NISA,
    OVERFLOW,
    PRICE,
    RATE,
    ROUTE,
    SETTLE,
    SHARED,
    SHARED_LIFETIME,
    SOLD,
    SPREAD,
    TAX_SPREAD,
    TERM,
    USED,
    WHOLE,
)
from engine.ledger.records import note
from engine.ledger.rows import cohort_row, cost_row, frame_row, units_row

WHOLE_ORDER, SKIP, HOLD_CASH = 1.0, 2.0, 3.0  # values of Overflow; 0 = split


@inlined
def year_row(rule, year):
    """Index of the law's row of a calendar year."""
    return int64(rule[N_ASSETS]) + int64(rule[N_BUCKETS]) + year - int64(rule[FIRST_YEAR])


@inlined
def commission_of(law, rule, a, b, gross):
    """Commission on a trade of ``gross`` in bucket ``b``, in the asset's currency."""
    free = law[int64(rule[N_ASSETS]) + b, FREE] != 0.0
    return commission(gross, 0.0 if free else law[a, RATE], 0.0 if free else law[a, MINIMUM], law[a, CAP])


@inlined
def room(S, law, rule, b, quota_year, year, placed, j):
    """Yen that a NISA frame still takes for ``quota_year``, seen in a session of calendar ``year``.

    ``placed``: what the same order puts into other frames of the shared lifetime limit, not yet booked.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    row = frame_row(b)
    later = quota_year > year  # settles next year: what this year's sales give back is free by then
    given = S[row + SOLD + (year & 1), j] if later else 0.0
    used = S[row + USED, j] - given
    left = min(
        law[year_row(rule, quota_year), ANNUAL + b] - S[row + BOUGHT + (quota_year & 1), j],
        law[na + b, LIFETIME] - used,
    )
    if law[na + b, SHARED] != 0.0:
        shared = rule[SHARED_LIFETIME] - placed
        for other in range(nb):
            if law[na + other, SHARED] != 0.0:
                at = frame_row(other)
                shared -= S[at + USED, j]
                if later:
                    shared += S[at + SOLD + (year & 1), j]
        left = min(left, shared)
    return max(floor_yen(left), 0.0)


@inner
def buy(S, market, law, rule, book, t, a, j, budget, beside):
    """Buy asset ``a`` with up to ``budget``, bucket by bucket along its route. Returns what was spent.

    ``beside``: the size of the sums that the budget was worked out from.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    price, mid = market[t, PRICE * na + a], market[t, MID * na + a]
    quota_year, year = int64(market[t, SETTLE * na + a]), int64(market[t, MARKET * na])
    overflow = rule[OVERFLOW]
    rem = min(floor_beside(budget, beside), floor_yen(S[CASH, j]))
    into_nisa = True
    if overflow in (WHOLE_ORDER, SKIP):
        into_nisa = fits_nisa(S, market, law, rule, t, a, j, rem)
        if overflow == SKIP and not into_nisa:
            return 0.0
    spent = 0.0
    passed = False  # a frame that took what it could
    for i in range(nb):
        b = int64(law[a, ROUTE + i])
        if b < 0:
            break
        nisa = law[na + b, KIND] == NISA
        if nisa and (not into_nisa or law[year_row(rule, quota_year), ANNUAL + b] <= 0.0):
            continue
        if not nisa and passed and overflow == HOLD_CASH:
            break
        n, gross, out = most(law, rule, a, b, price, mid, rem)
        if n <= 0.0:
            break
        last = True
        if nisa:
            passed = True
            left = room(S, law, rule, b, quota_year, year, 0.0, j)
            last = floor_yen(gross * mid) <= left
            if not last:
                n, gross, out = within(law, rule, a, b, price, mid, rem, left)
        if n > 0.0:
            fee = commission_of(law, rule, a, b, gross)
            enter(S, market, law, rule, t, a, b, j, n, gross, fee)
            paid = fee * mid + law[a, SPREAD] * (gross + fee)
            S[CASH, j] -= out
            S[COST, j] += paid
            note(book, t, BUY, b, a, n, -out, paid, S[CASH, j])
            spent += out
            rem -= out
        if last:
            break
    return spent


@inner
def fits_nisa(S, market, law, rule, t, a, j, budget):
    """Whether an order goes whole into the open frames of its route, filled one after another.

    An order whose route has no open frame before another account fits: there is nothing to be over.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    price, mid = market[t, PRICE * na + a], market[t, MID * na + a]
    quota_year, year = int64(market[t, SETTLE * na + a]), int64(market[t, MARKET * na])
    rem, placed = budget, 0.0
    passed = False
    for i in range(nb):
        b = int64(law[a, ROUTE + i])
        if b < 0 or law[na + b, KIND] != NISA:
            break
        if law[year_row(rule, quota_year), ANNUAL + b] <= 0.0:
            continue
        passed = True
        n, gross, out = most(law, rule, a, b, price, mid, rem)
        left = room(S, law, rule, b, quota_year, year, placed, j)
        if n <= 0.0 or floor_yen(gross * mid) <= left:
            return True
        n, gross, out = within(law, rule, a, b, price, mid, rem, left)
        if n > 0.0:
            rem -= out
            placed += floor_yen(gross * mid) if law[na + b, SHARED] != 0.0 else 0.0
    return not passed


@inlined
def most(law, rule, a, b, price, mid, money):
    """The largest order of asset ``a`` in bucket ``b`` for ``money``: units, their price, the cash it takes."""
    free = law[int64(rule[N_ASSETS]) + b, FREE] != 0.0
    rate, least, cap = 0.0 if free else law[a, RATE], 0.0 if free else law[a, MINIMUM], law[a, CAP]
    rate_in = mid + law[a, SPREAD]
    if money <= 0.0:
        return 0.0, 0.0, 0.0
    if law[a, WHOLE] > 0.0:
        n = whole_units(money, price, rate_in, rate, least, cap, True)
        gross = n * price
        return n, gross, min(money, cash_out(gross, rate_in, rate, least, cap, True))
    gross = gross_for(money / rate_in, rate, least, cap)
    # Noise over a minimum commission buys nothing.
    n = gross / price if gross * rate_in > DUST * money else 0.0
    return n, gross, money


@inlined
def within(law, rule, a, b, price, mid, money, left):
    """The largest order of ``most`` whose quota amount is within the ``left`` room of a frame."""
    free = law[int64(rule[N_ASSETS]) + b, FREE] != 0.0
    rate, least, cap = 0.0 if free else law[a, RATE], 0.0 if free else law[a, MINIMUM], law[a, CAP]
    if law[a, WHOLE] > 0.0:
        n = whole_units(left, price, mid, 0.0, 0.0, cap, True)
        gross = n * price
    else:
        gross = left / mid
        n = gross / price
    return n, gross, min(money, cash_out(gross, mid + law[a, SPREAD], rate, least, cap, True))


@inlined
def enter(S, market, law, rule, t, a, b, j, n, gross, fee):
    """Put ``n`` bought units into bucket ``b``: units, acquisition cost or book, quota."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    mid = market[t, MID * na + a]
    kind = law[na + b, KIND]
    if kind == NISA:
        cost = floor_yen(gross * mid)
        quota_year = int64(market[t, SETTLE * na + a])
        row = frame_row(b)
        S[row + BOUGHT + (quota_year & 1), j] += cost
        S[row + USED, j] += cost
        if law[na + b, TERM] > 0.0:
            S[cohort_row(nb, na, b, a, quota_year), j] += n
    else:
        cost = floor_yen((gross + fee) * (mid + law[a, TAX_SPREAD]))
    S[units_row(nb, na, b, a), j] += n
    S[cost_row(nb, na, b, a), j] += cost
