"""Yen books of one life: selling, dividends, tax years and quota years (docs/ledger.md).

Every function works on column ``j`` of the block's state ``S`` at session ``t``; amounts are exact to the
yen. Purchases are in purchases.py, the account that knows no tax is in plain.py.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import (
    DUST,
    ceil_yen,
    floor_yen,
    tax_on,
)
from engine.ledger.jit import inner
from engine.ledger.layout import (
    ANNUAL,
    ARRIVED,
    BOUGHT,
    CASH,
    COHORTS,
    COST,
    DIVIDEND,
    DIVIDEND_PAID,
    DIVIDEND_REFUND,
    DIVIDEND_TAX,
    DIVIDEND_TAX_PAID,
    DIVIDENDS,
    DIVIDENDS_TAXED,
    GAIN,
    KIND,
    LIFETIME,
    LOCAL,
    LOSS,
    MARKET,
    MID,
    N_ASSETS,
    N_BUCKETS,
    NATIONAL,
    NISA,
    OFFSET,
    PRICE,
    QUOTA_YEAR,
    REFUND,
    REINVEST,
    RESTORES,
    SELL,
    SELL_ORDER,
    SETTLE,
    SHARED,
    SHARED_LIFETIME,
    SOLD,
    SOURCE_TAX,
    SOURCE_TAX_PAID,
    SPREAD,
    TAX,
    TAX_PAID,
    TAX_REFUND,
    TAX_SPREAD,
    TAXABLE,
    TERM,
    TRANSFER_IN,
    TRANSFER_OUT,
    USED,
    WHOLE,
    WITHHELD,
)
from engine.ledger.purchases import commission_of, year_row
from engine.ledger.records import note
from engine.ledger.rows import cohort_row, cost_row, frame_row, units_row


@inner
def sell(S, market, law, rule, book, t, a, j, units):
    """Sell ``units`` of asset ``a`` from the buckets in sell order; cash and tax move at once."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    rest = units
    for i in range(nb):
        if rest <= DUST * units:
            break
        b = int64(law[na + i, SELL_ORDER])
        held = S[units_row(nb, na, b, a), j]
        n = min(held, rest)
        if n <= 0.0:
            continue
        if held - n < DUST * held:
            n = held
        rest -= n
        sell_from(S, market, law, rule, book, t, a, b, j, n, held)


@inner
def sell_from(S, market, law, rule, book, t, a, b, j, n, held):
    """Sell ``n`` of the ``held`` units of asset ``a`` in bucket ``b``."""
    na = int64(rule[N_ASSETS])
    price, mid = market[t, PRICE * na + a], market[t, MID * na + a]
    spread = min(law[a, SPREAD], mid)
    kind = law[na + b, KIND]
    gross = price * n
    fee = min(commission_of(law, rule, a, b, gross), gross)  # a sale never costs more than it brings
    proceeds = floor_yen((gross - fee) * (mid - spread))
    paid = fee * mid + spread * (gross - fee)
    S[CASH, j] += proceeds
    S[COST, j] += paid
    note(book, t, SELL, b, a, -n, proceeds, paid, S[CASH, j])
    cost = leave(S, law, rule, a, b, j, n, held, int64(market[t, SETTLE * na + a]))
    if kind == TAXABLE:
        received = max(floor_yen((gross - fee) * (mid - law[a, TAX_SPREAD])), 0.0)
        year = int64(market[t, SETTLE * na + a])
        S[GAIN + (year & 1), j] += received - cost
        withhold(S, law, rule, book, t, b, a, j, year)


@inner
def leave(S, law, rule, a, b, j, n, held, quota_year):
    """Take ``n`` of ``held`` units out of bucket ``b``. Returns their acquisition cost or book."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    at, units = cost_row(nb, na, b, a), units_row(nb, na, b, a)
    kind = law[na + b, KIND]
    left = held - n
    if kind == TAXABLE and law[a, WHOLE] > 0.0:
        unit = ceil_yen(S[at, j] / held)
        cost = unit * n
        S[at, j] = unit * left
    elif left <= 0.0:
        cost = S[at, j]
        S[at, j] = 0.0
    else:
        cost = S[at, j] * n / held
        S[at, j] -= cost
    S[units, j] = left
    if law[na + b, RESTORES] != 0.0:
        S[frame_row(b) + SOLD + (quota_year & 1), j] += cost
    if law[na + b, TERM] > 0.0:
        take_oldest(S, nb, na, b, a, j, n, quota_year)
    return cost


@inner
def take_oldest(S, nb, na, b, a, j, n, quota_year):
    """Take ``n`` units from the purchase years of a frame with a term, oldest first."""
    rest = n
    for age in range(COHORTS - 2, -1, -1):
        row = cohort_row(nb, na, b, a, quota_year - age)
        part = min(S[row, j], rest)
        S[row, j] -= part
        rest -= part


@inner
def withhold(S, law, rule, book, t, b, a, j, year):
    """Bring the tax withheld on a year's net gain up to date: docs/ledger.md, "Selling", taxable."""
    slot = year & 1
    rates = year_row(rule, year)
    due = tax_on(S[GAIN + slot, j], law[rates, NATIONAL], law[rates, LOCAL])
    change = due - S[WITHHELD + slot, j]
    if change != 0.0:
        S[WITHHELD + slot, j] = due
        S[CASH, j] -= change
        S[TAX, j] += change
        note(book, t, TAX_PAID if change > 0.0 else TAX_REFUND, b, a, 0.0, -change, 0.0, S[CASH, j])


@inner
def pay_dividends(S, market, law, rule, book, t, a, j):
    """Pay asset ``a``'s dividend of session ``t`` in every bucket that holds it."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    per_unit = market[t, DIVIDEND * na + a] * market[t, MID * na + a]
    source = law[a, SOURCE_TAX]
    year = int64(market[t, MARKET * na])
    for b in range(nb):
        units = S[units_row(nb, na, b, a), j]
        if units <= 0.0:
            continue
        kind = law[na + b, KIND]
        gross = floor_yen(per_unit * units)
        if gross <= 0.0:
            continue
        withheld = floor_yen(gross * source)
        S[CASH, j] += gross
        note(book, t, DIVIDEND_PAID, b, a, units, gross, 0.0, S[CASH, j])
        S[CASH, j] -= withheld
        S[DIVIDEND_TAX, j] += withheld
        if withheld > 0.0:
            note(book, t, SOURCE_TAX_PAID, b, a, 0.0, -withheld, 0.0, S[CASH, j])
        net = gross - withheld
        if kind == TAXABLE:
            rates = year_row(rule, year)
            tax = tax_on(net, law[rates, NATIONAL], law[rates, LOCAL])
            S[DIVIDENDS + (year & 1), j] += net
            S[DIVIDENDS_TAXED + (year & 1), j] += tax
            S[DIVIDEND_TAX, j] += tax
            S[CASH, j] -= tax
            if tax > 0.0:
                note(book, t, DIVIDEND_TAX_PAID, b, a, 0.0, -tax, 0.0, S[CASH, j])
            net -= tax
        if rule[REINVEST] != 0.0 and net > 0.0:
            S[ARRIVED, j] = 1.0


@inner
def close_tax_year(S, law, rule, year, j):
    """Close a tax year: its net loss against its dividends, then carried losses against what is left.

    Returns the refund paid at once. Refunds for carried losses are added to the rows REFUND and
    DIVIDEND_REFUND, and wait for April.
    """
    slot = year & 1
    rates = year_row(rule, year)
    national, local = law[rates, NATIONAL], law[rates, LOCAL]
    gain, loss = max(S[GAIN + slot, j], 0.0), max(-S[GAIN + slot, j], 0.0)
    dividends = S[DIVIDENDS + slot, j] if rule[OFFSET] != 0.0 else 0.0
    own = min(loss, dividends)
    refund = min(tax_on(own, national, local), S[DIVIDENDS_TAXED + slot, j])
    used = use_losses(S, gain, j)
    if used > 0.0:
        S[REFUND, j] += tax_on(gain, national, local) - tax_on(gain - used, national, local)
    used = use_losses(S, dividends - own, j)
    if used > 0.0:
        both = min(tax_on(own + used, national, local), S[DIVIDENDS_TAXED + slot, j])
        S[DIVIDEND_REFUND, j] += both - refund
    S[LOSS, j] = S[LOSS + 1, j]
    S[LOSS + 1, j] = S[LOSS + 2, j]
    S[LOSS + 2, j] = loss - own
    S[GAIN + slot, j] = 0.0
    S[WITHHELD + slot, j] = 0.0
    S[DIVIDENDS + slot, j] = 0.0
    S[DIVIDENDS_TAXED + slot, j] = 0.0
    return refund


@inner
def use_losses(S, income, j):
    """Set carried losses against ``income``, oldest first. Returns what was used."""
    used = 0.0
    for age in range(3):
        part = min(S[LOSS + age, j], income - used)
        S[LOSS + age, j] -= part
        used += part
    return used


@inner
def write_quota(S, law, rule, book, year, now, j):
    """Write down each NISA frame's ``year``, if recording is on.

    ``year`` after ``now``: orders at the end of a life that settle in the next year; written only where
    something was bought or sold for it.
    """
    later = year > now
    if book.shape[0] == 0:
        return
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    shared = rule[SHARED_LIFETIME]
    busy = 0.0
    for b in range(nb):
        if law[na + b, KIND] == NISA:
            busy += S[frame_row(b) + BOUGHT + (year & 1), j] + S[frame_row(b) + SOLD + (year & 1), j]
        if law[na + b, SHARED] != 0.0:
            shared -= used_by(S, frame_row(b), year, later, j)
    if later and busy == 0.0:
        return
    for b in range(nb):
        if law[na + b, KIND] == NISA:
            row = frame_row(b)
            bought, given = S[row + BOUGHT + (year & 1), j], S[row + SOLD + (year & 1), j]
            left = law[na + b, LIFETIME] - used_by(S, row, year, later, j)
            if law[na + b, SHARED] != 0.0:
                left = min(left, shared)
            note(book, year, QUOTA_YEAR, b, law[year_row(rule, year), ANNUAL + b], bought, given, left, 0.0)


@inner
def used_by(S, row, year, later, j):
    """Book that counts against a frame's lifetime limit at the end of ``year``."""
    if later:  # what the year before gave back is free by then
        return S[row + USED, j] - S[row + SOLD + ((year - 1) & 1), j]
    return S[row + USED, j] - S[row + BOUGHT + ((year + 1) & 1), j]


@inner
def close_quota_year(S, law, rule, book, year, j):
    """Close a quota year: what its sales give back becomes room, its unused annual room lapses."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    write_quota(S, law, rule, book, year, year, j)
    for b in range(nb):
        if law[na + b, KIND] == NISA:
            row = frame_row(b)
            S[row + USED, j] -= S[row + SOLD + (year & 1), j]
            S[row + SOLD + (year & 1), j] = 0.0
            S[row + BOUGHT + (year & 1), j] = 0.0


@inner
def end_terms(S, market, law, rule, book, t, j):
    """Move units whose tax-free term ends with this year to the account that takes them, at market value.

    Their book stays: what leaves a frame with a term is never given back.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    year = int64(market[t, MARKET * na])
    target = nb - 1  # who fills the other account first has nothing in NISA
    for b in range(nb):
        term = int64(law[na + b, TERM])
        if term == 0:
            continue
        for a in range(na):
            held = S[units_row(nb, na, b, a), j]
            n = 0.0
            for age in range(term - 1, COHORTS - 1):
                cohort = cohort_row(nb, na, b, a, year - age)
                n += S[cohort, j]
                S[cohort, j] = 0.0
            if held <= 0.0 or n <= DUST * held:  # what rounding left of years whose units are sold is none
                continue
            if held - n < DUST * held:
                n = held
            S[units_row(nb, na, b, a), j] = held - n
            S[units_row(nb, na, target, a), j] += n
            S[cost_row(nb, na, target, a), j] += floor_yen(
                market[t, PRICE * na + a] * n * market[t, MID * na + a]
            )
            note(book, t, TRANSFER_OUT, b, a, -n, 0.0, 0.0, S[CASH, j])
            note(book, t, TRANSFER_IN, target, a, n, 0.0, 0.0, S[CASH, j])


@inner
def liquidation_value(S, market, law, rule, t, j):
    """Everything sold at the last close, both open tax years closed: docs/ledger.md, "Liquidation value".

    Uses up the tax rows of ``S``: it is the last thing that happens to a life.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    year = int64(market[t, MARKET * na])
    total = S[CASH, j]
    for b in range(nb):
        kind = law[na + b, KIND]
        for a in range(na):
            n = S[units_row(nb, na, b, a), j]
            if n <= 0.0:
                continue
            mid = market[t, MID * na + a]
            gross = market[t, PRICE * na + a] * n
            fee = min(commission_of(law, rule, a, b, gross), gross)
            total += floor_yen((gross - fee) * (mid - min(law[a, SPREAD], mid)))
            if kind == TAXABLE:
                cost = S[cost_row(nb, na, b, a), j]
                if law[a, WHOLE] > 0.0:
                    cost = ceil_yen(cost / n) * n
                received = max(floor_yen((gross - fee) * (mid - law[a, TAX_SPREAD])), 0.0)
                S[GAIN + (int64(market[t, SETTLE * na + a]) & 1), j] += received - cost
    for y in range(year, year + 2):
        rates = year_row(rule, y)
        total -= (
            tax_on(S[GAIN + (y & 1), j], law[rates, NATIONAL], law[rates, LOCAL]) - S[WITHHELD + (y & 1), j]
        )
        total += close_tax_year(S, law, rule, y, j)
    return total + S[REFUND, j] + S[DIVIDEND_REFUND, j]
