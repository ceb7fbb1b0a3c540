"""Trades of a block at one close where New York and Tokyo stand in one plan: docs/ledger.md, "Two clocks".

Everything is decided at Tokyo's close, on prices that are known then. Tokyo's orders are filled at that close; New
York's hours later, at prices that no order of Tokyo's may depend on. What New York's sales bring is there in
Tokyo on the next session.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.compile.jit import inner
from engine.ledger.layout import DUST, LANES, PARAMETER, SCRATCH, STATE
from engine.ledger.lookup import NEW_YORK, TOKYO, earmark_row, in_turn
from engine.ledger.trading import (
    WAIT,
    buy_orders,
    invest,
    is_plain,
    mark_excess,
    sell_marked,
    target_row,
    usual_mode,
    value_assets,
    value_row,
)
from engine.plan import Policy


@inner
def trade_in_tokyo(block, context, t, looking, resumes):
    """The policy's table of docs/ledger.md for a block in the first turn of a session. Whether there is a second.

    ``resumes``: the session after one of rebalancing, on which what New York brought is invested in Tokyo.
    """
    state, scratch = block.state, block.scratch
    policy = int64(context.parameters[PARAMETER.POLICY])
    money_first = context.parameters[PARAMETER.NEW_MONEY_FIRST] != 0.0
    usual = usual_mode(policy, money_first)
    busy = 0
    for j in range(LANES):
        goes = state[STATE.ARRIVED, j] > 0.0 or resumes
        scratch[SCRATCH.MODE, j] = usual if goes else WAIT
        scratch[SCRATCH.INVESTS, j] = 1.0 if goes else 0.0
        scratch[SCRATCH.CHOSEN, j] = 0.0
        busy += 1 if goes else 0
    if busy == 0 and not looking:
        return False
    first = policy == Policy.CALENDAR or not money_first
    if looking and first:
        busy += sell_chosen(block, context, t, False)
    if busy > 0:
        invest(block, context, t, TOKYO)
    if looking and not first:
        for j in range(LANES):
            scratch[SCRATCH.MODE, j] = WAIT
        again = sell_chosen(block, context, t, True)
        if again > 0:
            invest(block, context, t, TOKYO)
        busy += again
    return busy > 0


@inner
def sell_chosen(block, context, t, ordered):
    """Choose the lanes that are rebalanced; they sell what is over its target in Tokyo. Returns their number."""
    scratch = block.scratch
    count = mark_excess(block, context, t, ordered)
    for j in range(block.lanes):
        scratch[SCRATCH.CHOSEN, j] = scratch[SCRATCH.MARKED, j]
    if count > 0:
        sell_marked(block, context, t, TOKYO)
    return count


@inner
def go_on_in_new_york(block, context, t):
    """The second turn: the chosen lanes sell, what that brings is shared by shortfall, and New York's assets buy.

    What was meant for them in Tokyo's turn is their earmark; what is now meant for Tokyo's waits in theirs.
    """
    state, scratch = block.state, block.scratch
    value_assets(block, context, t)
    for j in range(block.lanes):
        free = state[STATE.CASH, j] - state[STATE.RESERVE, j]
        scratch[SCRATCH.TOTAL, j] += free
        scratch[SCRATCH.MARKED, j] = scratch[SCRATCH.CHOSEN, j]
    sell_marked(block, context, t, NEW_YORK)
    value_assets(block, context, t)
    for j in range(block.lanes):
        free = state[STATE.CASH, j] - state[STATE.RESERVE, j]
        scratch[SCRATCH.TOTAL, j] += free
        scratch[SCRATCH.FREE_CASH, j] = free
        scratch[SCRATCH.SHORT, j] = 0.0
    for a in range(context.assets):
        at, goal, earmark = value_row(a), target_row(context, a), earmark_row(context, a)
        for j in range(block.lanes):
            aside = state[earmark, j]
            missing = scratch[goal, j] * scratch[SCRATCH.TOTAL, j] - scratch[at, j] - aside
            scratch[at, j] = max(missing, 0.0)
            scratch[SCRATCH.SHORT, j] += scratch[at, j]
            scratch[SCRATCH.FREE_CASH, j] -= aside
    for j in range(block.lanes):
        fresh, short = scratch[SCRATCH.FREE_CASH, j], scratch[SCRATCH.SHORT, j]
        shares = scratch[SCRATCH.CHOSEN, j] > 0.0 and fresh > 0.0 and short > 0.0
        scratch[SCRATCH.SHORT, j] = fresh / short if shares else 0.0
    dust = DUST if is_plain(context) else 0.0
    for a in range(context.assets):
        at, earmark = value_row(a), earmark_row(context, a)
        trades = in_turn(context, a, NEW_YORK)
        for j in range(block.lanes):
            goes = scratch[SCRATCH.INVESTS, j] + scratch[SCRATCH.CHOSEN, j] > 0.0
            scratch[at, j] = state[earmark, j] + scratch[at, j] * scratch[SCRATCH.SHORT, j]
            money = min(scratch[at, j], state[STATE.CASH, j] - state[STATE.RESERVE, j])
            places = goes and money > dust * scratch[SCRATCH.TOTAL, j]
            scratch[SCRATCH.ORDER, j] = money if places and trades else 0.0
        buy_orders(block, context, t, a)
        for j in range(block.lanes):
            waits = scratch[SCRATCH.INVESTS, j] + scratch[SCRATCH.CHOSEN, j] <= 0.0
            state[earmark, j] = state[earmark, j] if waits else scratch[at, j] - scratch[SCRATCH.ORDER, j]
