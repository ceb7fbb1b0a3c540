"""Yen books of one life: buying, selling, dividends, tax years and quota years (docs/ledger.md).

Every function works on column ``j`` of the block's state ``S`` at session ``t``; amounts are exact to the
yen. The account that knows no tax is in plain.py.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import (
    DUST,
    cash_out,
    ceil_yen,
    commission,
    floor_yen,
    gross_for,
    tax_on,
    whole_units,
)
from engine.ledger.jit import inlined, inner
from engine.ledger.layout import (
    ANNUAL,
    ARRIVED,
    BOUGHT,
    BUY,
    CAP,
    CASH,
    COHORTS,
    COST,
    DIVIDEND,
    DIVIDEND_PAID,
    DIVIDEND_TAX,
    DIVIDEND_TAX_PAID,
    DIVIDENDS,
    DIVIDENDS_TAXED,
    FIRST_YEAR,
    FREE,
    GAIN,
    KIND,
    LIFETIME,
    LOCAL,
    LOSS,
    MARKET,
    MID,
    MINIMUM,
    N_ASSETS,
    N_BUCKETS,
    NATIONAL,
    NISA,
    OFFSET,
    OVERFLOW,
    PRICE,
    QUOTA_YEAR,
    RATE,
    REFUND,
    REINVEST,
    RESTORES,
    ROUTE,
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
from engine.ledger.records import note
from engine.ledger.rows import cohort_row, cost_row, frame_row, units_row


@inlined
def year_row(rule, year):
    """Index of the law's row of a calendar year."""
    return int64(rule[N_ASSETS]) + int64(rule[N_BUCKETS]) + year - int64(rule[FIRST_YEAR])


@inlined
def room(S, law, rule, b, quota_year, year, j):
    """Yen that a NISA frame still takes for ``quota_year``, seen in a session of calendar ``year``."""
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
        shared = rule[SHARED_LIFETIME]
        for other in range(nb):
            if law[na + other, SHARED] != 0.0:
                at = frame_row(other)
                shared -= S[at + USED, j]
                if later:
                    shared += S[at + SOLD + (year & 1), j]
        left = min(left, shared)
    return max(floor_yen(left), 0.0)


@inner
def buy(S, market, law, rule, book, t, a, j, budget):
    """Buy asset ``a`` with up to ``budget``, bucket by bucket along its route. Returns what was spent."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    price, mid = market[t, PRICE * na + a], market[t, MID * na + a]
    minimum, cap = law[a, MINIMUM], law[a, CAP]
    rate_in = mid + law[a, SPREAD]
    whole = law[a, WHOLE] > 0.0
    spent = 0.0
    rem = floor_yen(budget)
    for i in range(nb):
        b = int64(law[a, ROUTE + i])
        if b < 0:
            break
        kind = law[na + b, KIND]
        free = law[na + b, FREE] != 0.0
        rate = 0.0 if free else law[a, RATE]
        least = 0.0 if free else minimum
        if whole:
            n = whole_units(rem, price, rate_in, rate, least, cap, True)
            gross = n * price
        else:
            gross = gross_for(rem / rate_in, rate, least, cap)
            n = (
                gross / price if gross * rate_in > DUST * rem else 0.0
            )  # noise over a minimum commission buys nothing
        if rem <= 0.0 or n <= 0.0:
            break
        last = True
        out = rem
        if kind == NISA:
            left = room(S, law, rule, b, int64(market[t, SETTLE * na + a]), int64(market[t, MARKET * na]), j)
            if floor_yen(gross * mid) > left:
                if rule[OVERFLOW] == 2.0:  # skip
                    break
                if rule[OVERFLOW] == 1.0:  # whole order to the next bucket
                    continue
                last = rule[OVERFLOW] == 3.0  # hold cash: what fits, and stop
                if whole:
                    n = whole_units(left, price, mid, 0.0, 0.0, cap, True)
                    gross = n * price
                else:
                    gross = left / mid
                    out = min(rem, cash_out(gross, rate_in, rate, least, cap, True))
                    n = gross / price
                if n <= 0.0:
                    if last:
                        break
                    continue
        fee = commission(gross, rate, least, cap)
        if whole:
            out = min(rem, cash_out(gross, rate_in, rate, least, cap, True))
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
    spread = law[a, SPREAD]
    kind = law[na + b, KIND]
    free = law[na + b, FREE] != 0.0
    gross = price * n
    rate = 0.0 if free else law[a, RATE]
    fee = commission(gross, rate, 0.0 if free else law[a, MINIMUM], law[a, CAP])
    proceeds = max(floor_yen((gross - fee) * (mid - spread)), 0.0)
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
    """Close a tax year: net losses against dividends, use or carry losses. Returns the refund paid at once.

    The refund for used carried losses is added to the row REFUND and waits for April.
    """
    slot = year & 1
    rates = year_row(rule, year)
    net = S[GAIN + slot, j]
    refund = 0.0
    carried = 0.0
    if net < 0.0:
        offset = min(-net, S[DIVIDENDS + slot, j]) if rule[OFFSET] != 0.0 else 0.0
        refund = min(tax_on(offset, law[rates, NATIONAL], law[rates, LOCAL]), S[DIVIDENDS_TAXED + slot, j])
        carried = -net - offset
    elif net > 0.0:
        used = 0.0
        for age in range(3):
            part = min(S[LOSS + age, j], net - used)
            S[LOSS + age, j] -= part
            used += part
        if used > 0.0:
            S[REFUND, j] += tax_on(net, law[rates, NATIONAL], law[rates, LOCAL]) - tax_on(
                net - used, law[rates, NATIONAL], law[rates, LOCAL]
            )
    S[LOSS, j] = S[LOSS + 1, j]
    S[LOSS + 1, j] = S[LOSS + 2, j]
    S[LOSS + 2, j] = carried
    S[GAIN + slot, j] = 0.0
    S[WITHHELD + slot, j] = 0.0
    S[DIVIDENDS + slot, j] = 0.0
    S[DIVIDENDS_TAXED + slot, j] = 0.0
    return refund


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
            free = law[na + b, FREE] != 0.0
            mid = market[t, MID * na + a]
            gross = market[t, PRICE * na + a] * n
            fee = commission(
                gross, 0.0 if free else law[a, RATE], 0.0 if free else law[a, MINIMUM], law[a, CAP]
            )
            proceeds = (gross - fee) * (mid - law[a, SPREAD])
            total += max(floor_yen(proceeds), 0.0)
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
    return total + S[REFUND, j]
