"""The account without tax: one bucket, nothing rounded, and so a whole block of lives is traded in step.

Every function reads and writes rows of the block for lives 0 .. ``lanes`` - 1 at session ``t``; row ORDER of
the scratch ``W`` says what each life wants of asset ``a`` (0 = nothing). Only a life alone writes records.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import DUST, cash_out, commission, gross_for, whole_units
from engine.ledger.jit import inlined, inner
from engine.ledger.layout import (
    ARRIVED,
    BUY,
    CAP,
    CASH,
    COST,
    COUNT,
    DIVIDEND,
    DIVIDEND_PAID,
    DIVIDEND_TAX,
    FEES,
    LANES,
    MID,
    MINIMUM,
    N_ASSETS,
    ORDER,
    PRICE,
    PROCEEDS,
    RATE,
    REINVEST,
    SELL,
    SOURCE_TAX,
    SOURCE_TAX_PAID,
    SPREAD,
    WHOLE,
)
from engine.ledger.records import note
from engine.ledger.rows import units_row


@inner
def sell_plain(S, W, market, law, rule, book, t, a, lanes):
    """Sell the units in row ORDER, as far as they are there."""
    na = int64(rule[N_ASSETS])
    price, mid = market[t, PRICE * na + a], market[t, MID * na + a]
    spread = min(law[a, SPREAD], mid)
    rate, minimum, cap = law[a, RATE], law[a, MINIMUM], law[a, CAP]
    units = units_row(1, na, 0, a)
    for j in range(lanes):
        held = S[units, j]
        n = max(min(W[ORDER * LANES + j], held), 0.0)
        n = held if held - n < DUST * held else n
        gross = price * n
        fee = min(commission(gross, rate, minimum, cap), gross)
        proceeds = (gross - fee) * (mid - spread)
        paid = fee * mid + spread * (gross - fee)
        S[units, j] = held - n
        S[CASH, j] += proceeds
        S[COST, j] += paid
        W[COUNT * LANES + j], W[PROCEEDS * LANES + j], W[FEES * LANES + j] = n, proceeds, paid
    if W[COUNT * LANES] > 0.0:
        note(book, t, SELL, 0, a, -W[COUNT * LANES], W[PROCEEDS * LANES], W[FEES * LANES], S[CASH, 0])


@inner
def buy_plain(S, W, market, law, rule, book, t, a, lanes):
    """Buy for the money in row ORDER, which then says what was spent."""
    na = int64(rule[N_ASSETS])
    price, mid, spread = market[t, PRICE * na + a], market[t, MID * na + a], law[a, SPREAD]
    rate, minimum, cap = law[a, RATE], law[a, MINIMUM], law[a, CAP]
    rate_in = mid + spread
    whole = law[a, WHOLE] > 0.0
    units = units_row(1, na, 0, a)
    if whole:
        for j in range(lanes):
            money = W[ORDER * LANES + j]
            W[COUNT * LANES + j] = whole_units(money, price, rate_in, rate, minimum, cap, False)
    for j in range(lanes):
        money = W[ORDER * LANES + j]
        if whole:
            n = W[COUNT * LANES + j]
            gross = n * price
            spent = min(money, cash_out(gross, rate_in, rate, minimum, cap, False))
        else:
            gross = gross_for(money / rate_in, rate, minimum, cap)
            # Noise over a minimum commission buys nothing.
            n = gross / price if gross * rate_in > DUST * money else 0.0
            spent = money
        gross = gross if n > 0.0 else 0.0
        spent = spent if n > 0.0 else 0.0
        fee = commission(gross, rate, minimum, cap)
        paid = fee * mid + spread * (gross + fee)
        S[units, j] += n
        S[CASH, j] -= spent
        S[COST, j] += paid
        W[COUNT * LANES + j], W[ORDER * LANES + j], W[FEES * LANES + j] = n, spent, paid
    if W[COUNT * LANES] > 0.0:
        note(book, t, BUY, 0, a, W[COUNT * LANES], -W[ORDER * LANES], W[FEES * LANES], S[CASH, 0])


@inner
def plain_dividends(S, market, law, rule, book, t, a, lanes):
    """Pay asset ``a``'s dividend of session ``t``, less what is withheld at source."""
    na = int64(rule[N_ASSETS])
    per_unit = market[t, DIVIDEND * na + a] * market[t, MID * na + a]
    source = law[a, SOURCE_TAX]
    units = units_row(1, na, 0, a)
    for j in range(lanes):
        gross = per_unit * S[units, j]
        withheld = gross * source
        S[CASH, j] += gross
        S[CASH, j] -= withheld
        S[DIVIDEND_TAX, j] += withheld
        S[ARRIVED, j] = 1.0 if rule[REINVEST] != 0.0 and gross > withheld else S[ARRIVED, j]
    gross = per_unit * S[units, 0]
    withheld = gross * source
    if gross > 0.0:
        note(book, t, DIVIDEND_PAID, 0, a, S[units, 0], gross, 0.0, S[CASH, 0] + withheld)
    if withheld > 0.0:
        note(book, t, SOURCE_TAX_PAID, 0, a, 0.0, -withheld, 0.0, S[CASH, 0])


@inlined
def plain_liquidation(S, market, law, rule, t, j):
    """Everything that life ``j`` holds sold at the close of session ``t``."""
    na = int64(rule[N_ASSETS])
    total = S[CASH, j]
    for a in range(na):
        gross = market[t, PRICE * na + a] * S[units_row(1, na, 0, a), j]
        fee = min(commission(gross, law[a, RATE], law[a, MINIMUM], law[a, CAP]), gross)
        mid = market[t, MID * na + a]
        total += (gross - fee) * (mid - min(law[a, SPREAD], mid))
    return total
