"""Withdrawals of a block at one close: docs/ledger.md, "Withdrawal" and "Several withdrawals".

What every lane wants is worked out for the block in step, and then sold for and paid. A plan with one plain
withdrawal has it in two columns; every other one has takings, one after another, with rows of their own.
"""

from __future__ import annotations

import numpy as np
from numpy import int64

from engine.ledger.amounts import floor_yen
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record
from engine.ledger.layout import (
    ASSET,
    DUST,
    MEMORY,
    MOVEMENT,
    NEAR_UNITS,
    NOWHERE,
    PARAMETER,
    PLAN,
    RULE,
    SCRATCH,
    STATE,
    TAKING,
)
from engine.ledger.lookup import (
    ALL,
    NEW_YORK,
    TOKYO,
    in_turn,
    known_price,
    memory_row,
    rule,
    taking_column,
)
from engine.ledger.trading import is_plain, sell_orders, target_row, value_assets, value_row
from engine.takings import Memory, SaleOrder

PASSES = 8  # of sales for a withdrawal: tax on the sale itself must be sold for as well
SAME = 1e-9  # of an amount: what is nearer to another than this is neither above nor below it


@inlined
def is_due(plan, t, i):
    """Whether taking ``i`` falls due on session ``t``."""
    return plan[t, taking_column(i, TAKING.AMOUNT)] > 0.0 or plan[t, taking_column(i, TAKING.SHARE)] > 0.0


@inner
def withdraws(context, plan, t):
    """Whether the plan takes money out on session ``t``."""
    due = plan[t, PLAN.WITHDRAWAL] > 0.0 or plan[t, PLAN.WITHDRAWAL_SHARE] > 0.0
    for i in range(context.takings):
        due = due or is_due(plan, t, i)
    return due


@inner
def withdraw_all(block, context, plan, t, turn):
    """Everything that the plan takes out on session ``t``, in its order; of two clocks what a turn pays of it."""
    if plan[t, PLAN.WITHDRAWAL] > 0.0 or plan[t, PLAN.WITHDRAWAL_SHARE] > 0.0:
        withdraw(block, context, t, plan[t, PLAN.WITHDRAWAL], plan[t, PLAN.WITHDRAWAL_SHARE])
    for i in range(context.takings):
        if is_due(plan, t, i):
            take(block, context, plan, t, i, turn)


@inner
def withdraw(block, context, t, fixed, share):
    """Take out ``fixed`` and a ``share`` of the value before the deposit, selling as needed."""
    state, scratch = block.state, block.scratch
    whole_yen = context.parameters[PARAMETER.WHOLE_YEN] != 0.0
    value_assets(block, context, t)
    for j in range(block.lanes):
        part = share * (scratch[SCRATCH.TOTAL, j] + state[STATE.CASH, j] - state[STATE.FLOW, j])
        scratch[SCRATCH.WANTED, j] = fixed + (floor_yen(part) if whole_yen else part)
    pay(block, context, t, SaleOrder.ACCOUNT, False, ALL)


@inner
def take(block, context, plan, t, i, turn):
    """Taking ``i``: what a turn is to pay of it, sold for and paid; what Tokyo's left is New York's."""
    state, scratch = block.state, block.scratch
    rest, taxed = memory_row(state, context, i, MEMORY.REST), memory_row(state, context, i, MEMORY.TAXED)
    value_assets(block, context, t)
    if turn == NEW_YORK:
        for j in range(block.lanes):
            scratch[SCRATCH.WANTED, j] = state[rest, j]
            scratch[SCRATCH.TAXED, j] = state[STATE.TAX, j] - state[taxed, j]
    else:
        want(block, context, plan, t, i)
        for j in range(block.lanes):
            state[rest, j] = scratch[SCRATCH.WANTED, j]
            scratch[SCRATCH.TAXED, j] = state[STATE.TAX, j]
    if turn == TOKYO:
        leave_to_new_york(block, context)
    pay(block, context, t, int64(rule(context, i, RULE.ORDER)), rule(context, i, RULE.GROSS) != 0.0, turn)
    if turn != TOKYO:
        return
    rounded = not is_plain(context)
    for j in range(block.lanes):
        left, there = state[rest, j] - scratch[SCRATCH.NEED, j], scratch[SCRATCH.THERE, j]
        left = left if left >= (1.0 if rounded else DUST * state[rest, j]) else 0.0
        state[rest, j] = left
        state[taxed, j] = state[STATE.TAX, j] - scratch[SCRATCH.TAXED, j]
        scratch[SCRATCH.LEFT, j] *= 1.0 - min(left / there, 1.0) if there > 0.0 else 1.0


@inner
def want(block, context, plan, t, i):
    """What taking ``i`` asks of each lane, by what that lane has and remembers, into row WANTED."""
    state, scratch = block.state, block.scratch
    whole_yen = context.parameters[PARAMETER.WHOLE_YEN] != 0.0
    remembers = int64(rule(context, i, RULE.MEMORY)) != Memory.NONE
    amount, basis = memory_row(state, context, i, MEMORY.AMOUNT), memory_row(state, context, i, MEMORY.BASIS)
    fixed = plan[t, taking_column(i, TAKING.AMOUNT)]
    share = plan[t, taking_column(i, TAKING.SHARE)]
    growth = plan[t, taking_column(i, TAKING.GROWTH)]
    spared = plan[t, taking_column(i, TAKING.SPARED)] != 0.0
    for j in range(block.lanes):
        there = scratch[SCRATCH.TOTAL, j] + state[STATE.CASH, j]
        value = max(there - plan[t, PLAN.DEPOSIT], 0.0)
        of = value
        if remembers:
            if growth > 0.0 or state[amount, j] <= 0.0:
                # By more than rounding, also where all that there was has been paid out.
                lost = state[basis, j] - there > SAME * (state[basis, j] + state[amount, j])
                decided = decide(context, i, state[amount, j], growth, value, lost, spared)
                state[amount, j] = floor_yen(decided) if whole_yen else decided
                state[basis, j] = there
            of = state[amount, j]
        part = share * of
        scratch[SCRATCH.WANTED, j] = fixed + (floor_yen(part) if whole_yen else part)


@inlined
def below(amount):
    """What is surely below an amount, and no rounding of it."""
    return amount * (1.0 - SAME)


@inner
def decide(context, i, before, growth, value, lost, spared):
    """The amount of a year of payments, from that of the year ``before`` and what there is.

    ``lost``: the value is below what it was a year ago, with what came and without what went. Limits are those of
    Vanguard's dynamic spending (Jaconetti, Kinniry, DiJoseph, 2013), guardrails those of Guyton and Klinger,
    "Decision Rules and Maximum Initial Withdrawal Rates", Journal of Financial Planning, 2006.
    """
    rate = rule(context, i, RULE.RATE)
    first = rate * value
    if before <= 0.0:
        return first
    grown = before * growth
    low, high = rule(context, i, RULE.FLOOR), rule(context, i, RULE.CEILING)
    if int64(rule(context, i, RULE.MEMORY)) == Memory.LIMITS:
        return min(max(first, grown * (1.0 - low)), grown * (1.0 + high))
    amount = before if lost and below(grown) > first else grown
    if below(amount) > first * (1.0 + high):
        return amount if spared else amount * (1.0 - rule(context, i, RULE.CUT))
    if amount < below(first * (1.0 - low)):
        return amount * (1.0 + rule(context, i, RULE.RISE))
    return amount


@inner
def leave_to_new_york(block, context):
    """What of row WANTED New York is to bring leaves it; what is held there, as it is known, into row THERE.

    That is its part of what is over the targets, and never more than half of what it holds: it may fall by night.
    """
    state, scratch = block.state, block.scratch
    whole_yen = context.parameters[PARAMETER.WHOLE_YEN] != 0.0
    for j in range(block.lanes):
        wanted = scratch[SCRATCH.WANTED, j]
        need = max(wanted - state[STATE.CASH, j], 0.0)
        total = max(scratch[SCRATCH.TOTAL, j] - need, 0.0)
        over, over_there, there = 0.0, 0.0, 0.0
        for a in range(context.assets):
            value = scratch[value_row(a), j]
            excess = max(value - scratch[target_row(context, a), j] * total, 0.0)
            abroad = 1.0 if in_turn(context, a, NEW_YORK) else 0.0
            over += excess
            over_there += abroad * excess
            there += abroad * value
        part = min(need * over_there / over, there / 2.0) if over_there > 0.0 else 0.0
        here = wanted - part
        scratch[SCRATCH.WANTED, j] = floor_yen(here) if whole_yen and part > 0.0 else here
        scratch[SCRATCH.THERE, j] = there


@inner
def pay(block, context, t, order, gross, turn):
    """Sell a turn's assets for the amounts in row WANTED as far as cash does not cover them, and pay them.

    ``gross``: the tax of these sales, beyond that in row TAXED, comes out of the amounts. In Tokyo's turn what
    cash does not cover is not wanted.
    """
    state, scratch = block.state, block.scratch
    rounded = not is_plain(context)
    if gross:
        for j in range(block.lanes):
            scratch[SCRATCH.GROSS, j] = scratch[SCRATCH.WANTED, j]
        lower_by_tax(block)
    for again in range(PASSES):
        if again > 0:
            value_assets(block, context, t)
        if not raise_cash(block, context, t, again > 0, order, turn):
            break
        if gross:
            lower_by_tax(block)
    for j in range(block.lanes):
        wanted, cash = scratch[SCRATCH.WANTED, j], state[STATE.CASH, j]
        covered = floor_yen(cash) if rounded else cash
        wanted = min(wanted, covered) if turn == TOKYO else wanted
        # What the sales above took for enough is paid in full, and in whole yen; noise that is left would be
        # the base of a return.
        enough = wanted - cash < (1.0 if rounded else DUST * wanted)
        full = min(wanted, covered) if rounded else wanted
        paid = full if enough else cash
        left = 0.0 if not rounded and cash - paid < DUST * paid else max(cash - paid, 0.0)
        state[STATE.CASH, j] = left
        state[STATE.RESERVE, j] = min(state[STATE.RESERVE, j], left)
        state[STATE.WITHDRAWN, j] += paid
        state[STATE.FLOW, j] -= paid
        short = wanted - paid
        short = short if short >= (1.0 if rounded else 1e-9 * wanted) and short > 0.0 else 0.0
        state[STATE.WANTED, j] += wanted
        state[STATE.UNPAID, j] += short
        state[STATE.SHORT_OF, j] += short
        scratch[SCRATCH.NEED, j] = paid
    remember_flow(block, context, SCRATCH.NEED, -1.0)
    paid = scratch[SCRATCH.NEED, 0]
    if paid > 0.0:
        record(block, t, MOVEMENT.WITHDRAWAL, NOWHERE, NOWHERE, 0.0, -paid, 0.0, state[STATE.CASH, 0])


@inner
def lower_by_tax(block):
    """The tax of the sales so far comes out of the amounts in row WANTED."""
    state, scratch = block.state, block.scratch
    for j in range(block.lanes):
        tax = max(state[STATE.TAX, j] - scratch[SCRATCH.TAXED, j], 0.0)
        wanted = max(scratch[SCRATCH.GROSS, j] - tax, 0.0)
        scratch[SCRATCH.WANTED, j] = wanted


@inner
def remember_flow(block, context, row, sign):
    """Money in a row of the scratch that has come (``sign`` 1) or gone (-1) is no result of the year."""
    for i in range(context.takings):
        basis = memory_row(block.state, context, i, MEMORY.BASIS)
        for j in range(block.lanes):
            block.state[basis, j] += sign * block.scratch[row, j]


@inner
def raise_cash(block, context, t, again, order, turn):
    """Sell for what the amounts in row WANTED still need of cash, of what is over its target most in a turn.

    Whether any lane still needed some. ``again``: a pass after the first, which must sell for the tax on the sales
    before it as well, and so asks for a third more.
    """
    state, scratch = block.state, block.scratch
    rounded = not is_plain(context)
    going = 0
    for j in range(block.lanes):
        wanted = scratch[SCRATCH.WANTED, j]
        need = wanted - state[STATE.CASH, j]
        enough = need < (1.0 if rounded else 1e-9 * wanted)
        going += 0 if enough else 1
        need *= 1.3 if again else 1.0
        scratch[SCRATCH.NEED, j] = 0.0 if enough else need
        scratch[SCRATCH.TOTAL, j] = max(scratch[SCRATCH.TOTAL, j] - need, 0.0)
        scratch[SCRATCH.EXCESS, j] = 0.0
    if going == 0:
        return False
    if turn != ALL:
        leave_others_out(block, context, turn)
    for a in range(context.assets):
        at, goal = value_row(a), target_row(context, a)
        for j in range(block.lanes):
            scratch[at, j] = max(scratch[at, j] - scratch[goal, j] * scratch[SCRATCH.TOTAL, j], 0.0)
            scratch[SCRATCH.EXCESS, j] += scratch[at, j]
    for a in range(context.assets):
        at = value_row(a)
        price = known_price(context, t, a)
        lot = context.terms[a, ASSET.LOT]
        for j in range(block.lanes):
            over, excess = scratch[at, j], scratch[SCRATCH.EXCESS, j]
            sells = over > 0.0 and over >= DUST * excess
            units = scratch[SCRATCH.NEED, j] * over / excess / price if sells else 0.0
            scratch[SCRATCH.ORDER, j] = np.ceil(units / lot - NEAR_UNITS) * lot if lot > 0.0 else units
        sell_orders(block, context, t, a, order)
    return True


@inner
def leave_others_out(block, context, turn):
    """Rows VALUES and TOTAL as of a plan of a turn's assets alone, whose weights add to one."""
    scratch = block.scratch
    for j in range(block.lanes):
        total, weights = 0.0, 0.0
        for a in range(context.assets):
            here = 1.0 if in_turn(context, a, turn) else 0.0
            scratch[value_row(a), j] *= here
            total += scratch[value_row(a), j]
            weights += here * scratch[target_row(context, a), j]
        after = max(total - scratch[SCRATCH.NEED, j], 0.0)
        scratch[SCRATCH.TOTAL, j] = after / weights if weights > 0.0 else 0.0
