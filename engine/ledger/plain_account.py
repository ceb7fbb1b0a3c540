"""The account without tax: one bucket, nothing rounded, and so a whole block is traded in step.

Every function works on all lanes of the block at session ``t``; row ORDER of the scratch says what each wants of
asset ``a`` (0 = nothing). Only a simulation alone has a journal: what is recorded is lane 0.
"""

from __future__ import annotations

from engine.ledger.amounts import cash_out, commission, fee_of, gross_for, whole_units
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record
from engine.ledger.layout import ASSET, DUST, MARKET, MOVEMENT, PARAMETER, SCRATCH, STATE
from engine.ledger.lookup import quote, units_row


@inner
def sell_plain(block, context, t, a):
    """Sell the units in row ORDER, as far as they are there."""
    state, scratch = block.state, block.scratch
    price, mid = quote(context, t, MARKET.PRICE, a), quote(context, t, MARKET.MID, a)
    spread = min(context.terms[a, ASSET.FX_SPREAD], mid)
    fee = fee_of(context, a, 0)
    units = units_row(context, 0, a)
    for j in range(block.lanes):
        held = state[units, j]
        n = max(min(scratch[SCRATCH.ORDER, j], held), 0.0)
        n = held if held - n < DUST * held else n
        gross = price * n
        charged = min(commission(gross, fee), gross)
        proceeds = (gross - charged) * (mid - spread)
        cost = charged * mid + spread * (gross - charged)
        state[units, j] = held - n
        state[STATE.CASH, j] += proceeds
        state[STATE.COST, j] += cost
        scratch[SCRATCH.COUNT, j], scratch[SCRATCH.PROCEEDS, j], scratch[SCRATCH.FEES, j] = n, proceeds, cost
    n, proceeds, cost = scratch[SCRATCH.COUNT, 0], scratch[SCRATCH.PROCEEDS, 0], scratch[SCRATCH.FEES, 0]
    if n > 0.0:
        record(block, t, MOVEMENT.SELL, 0, a, -n, proceeds, cost, state[STATE.CASH, 0])


@inner
def buy_plain(block, context, t, a):
    """Buy for the money in row ORDER, which then says what was spent."""
    state, scratch = block.state, block.scratch
    price, mid = quote(context, t, MARKET.PRICE, a), quote(context, t, MARKET.MID, a)
    spread = context.terms[a, ASSET.FX_SPREAD]
    fee = fee_of(context, a, 0)
    rate_in = mid + spread
    lot = context.terms[a, ASSET.LOT]
    whole = lot > 0.0
    units = units_row(context, 0, a)
    if whole:
        for j in range(block.lanes):
            money = scratch[SCRATCH.ORDER, j]
            scratch[SCRATCH.COUNT, j] = whole_units(money, price * lot, rate_in, fee, False) * lot
    for j in range(block.lanes):
        money = scratch[SCRATCH.ORDER, j]
        if whole:
            n = scratch[SCRATCH.COUNT, j]
            gross = n * price
            spent = min(money, cash_out(gross, rate_in, fee, False))
        else:
            gross = gross_for(money / rate_in, fee)
            # Noise over a minimum commission buys nothing.
            n = gross / price if gross * rate_in > DUST * money else 0.0
            spent = money
        gross = gross if n > 0.0 else 0.0
        spent = spent if n > 0.0 else 0.0
        charged = commission(gross, fee)
        cost = charged * mid + spread * (gross + charged)
        state[units, j] += n
        state[STATE.CASH, j] -= spent
        state[STATE.COST, j] += cost
        scratch[SCRATCH.COUNT, j], scratch[SCRATCH.ORDER, j], scratch[SCRATCH.FEES, j] = n, spent, cost
    n, spent, cost = scratch[SCRATCH.COUNT, 0], scratch[SCRATCH.ORDER, 0], scratch[SCRATCH.FEES, 0]
    if n > 0.0:
        record(block, t, MOVEMENT.BUY, 0, a, n, -spent, cost, state[STATE.CASH, 0])


@inner
def pay_plain_dividends(block, context, t, a):
    """Pay asset ``a``'s dividend of session ``t``, less what is withheld at source."""
    state = block.state
    per_unit = quote(context, t, MARKET.DIVIDEND, a) * quote(context, t, MARKET.MID, a)
    source = context.terms[a, ASSET.SOURCE_TAX]
    reinvests = context.parameters[PARAMETER.REINVEST_DIVIDENDS] != 0.0
    units = units_row(context, 0, a)
    for j in range(block.lanes):
        gross = per_unit * state[units, j]
        withheld = gross * source
        state[STATE.CASH, j] += gross
        state[STATE.CASH, j] -= withheld
        state[STATE.DIVIDEND_TAX, j] += withheld
        state[STATE.ARRIVED, j] = 1.0 if reinvests and gross > withheld else state[STATE.ARRIVED, j]
    held, cash = state[units, 0], state[STATE.CASH, 0]
    gross = per_unit * held
    withheld = gross * source
    if gross > 0.0:
        record(block, t, MOVEMENT.DIVIDEND, 0, a, held, gross, 0.0, cash + withheld)
    if withheld > 0.0:
        record(block, t, MOVEMENT.SOURCE_TAX, 0, a, 0.0, -withheld, 0.0, cash)


@inlined
def plain_liquidation(block, context, t, j):
    """Everything that lane ``j`` holds sold at the close of session ``t``."""
    total = block.state[STATE.CASH, j]
    for a in range(context.assets):
        gross = quote(context, t, MARKET.PRICE, a) * block.state[units_row(context, 0, a), j]
        fee = min(commission(gross, fee_of(context, a, 0)), gross)
        mid = quote(context, t, MARKET.MID, a)
        total += (gross - fee) * (mid - min(context.terms[a, ASSET.FX_SPREAD], mid))
    return total
