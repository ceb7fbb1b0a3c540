"""Trades of a block at one close: docs/ledger.md, "Decision".

What every lane wants is worked out for the block in step; where there are yen books, orders are then placed lane
by lane. Counts are whole numbers, because a sum of floats in their order cannot be made in step. What a loop
chooses from is loaded before it chooses, or the compiler leaves it as it is.
"""

from __future__ import annotations

import numpy as np
from numpy import int64

from engine.ledger.compile.jit import inlined, inner
from engine.ledger.layout import (
    ASSET,
    DUST,
    LANES,
    NEAR,
    NEAR_UNITS,
    PARAMETER,
    SCRATCH,
    STATE,
)
from engine.ledger.lookup import (
    ALL,
    NEW_YORK,
    earmark_row,
    in_turn,
    kind_of,
    known_price,
    not_negative,
    two_clocks,
    units_row,
)
from engine.ledger.plain_account import buy_plain, sell_plain
from engine.ledger.purchases import buy
from engine.ledger.sales import sell
from engine.plan import Policy
from engine.rules.terms import BucketKind
from engine.takings import SaleOrder

WAIT, WEIGHTS, SHORTFALL = 0.0, 1.0, 2.0  # values of row MODE
EVERYTHING = 1e300  # more units than anybody has


@inlined
def is_plain(context):
    """Whether the account is the one without tax: its one bucket stands alone."""
    return kind_of(context, 0) == BucketKind.PLAIN


@inlined
def value_row(a):
    """Row of the scratch of an asset's value."""
    return not_negative(SCRATCH.VALUES + a)


@inlined
def target_row(context, a):
    """Row of the scratch of an asset's target weight."""
    return not_negative(SCRATCH.VALUES + context.assets + a)


@inner
def take_weights(block, context, targets, row):
    """The block's target weights of a row of ``targets`` into the scratch."""
    begin = not_negative(block.lane0)
    for a in range(context.assets):
        at = target_row(context, a)
        for j in range(block.lanes):
            block.scratch[at, j] = targets[row, a, begin + j]


@inner
def value_assets(block, context, t):
    """Each asset's worth at mid, as it is known, into rows VALUES of the scratch, their sum into row TOTAL.

    What New York is still to pay of withdrawals is no longer worth anything.
    """
    state, scratch = block.state, block.scratch
    for j in range(LANES):
        scratch[SCRATCH.TOTAL, j] = 0.0
    for a in range(context.assets):
        at = value_row(a)
        price = known_price(context, t, a)
        units = units_row(context, 0, a)
        for j in range(LANES):
            scratch[at, j] = state[units, j] * price
            scratch[SCRATCH.TOTAL, j] += scratch[at, j]
        for b in range(1, context.buckets):
            units = units_row(context, b, a)
            for j in range(LANES):
                value = state[units, j] * price
                scratch[at, j] += value
                scratch[SCRATCH.TOTAL, j] += value
        if two_clocks(context) and in_turn(context, a, NEW_YORK):
            for j in range(LANES):
                gone = scratch[at, j] * (1.0 - scratch[SCRATCH.LEFT, j])
                scratch[at, j] -= gone
                scratch[SCRATCH.TOTAL, j] -= gone


@inner
def sell_orders(block, context, t, a, order):
    """Sell the units of asset ``a`` that row ORDER says, from the accounts in a SaleOrder."""
    if is_plain(context):
        sell_plain(block, context, t, a)
        return
    for j in range(block.lanes):
        if block.scratch[SCRATCH.ORDER, j] > 0.0:
            sell(block, context, t, a, j, block.scratch[SCRATCH.ORDER, j], order)


@inner
def buy_orders(block, context, t, a):
    """Buy asset ``a`` for the money in row ORDER, which then says what was spent; row TOTAL is all there is."""
    if is_plain(context):
        buy_plain(block, context, t, a)
        return
    scratch = block.scratch
    for j in range(block.lanes):
        if scratch[SCRATCH.ORDER, j] > 0.0:
            size = scratch[SCRATCH.TOTAL, j] + block.state[STATE.RESERVE, j]
            scratch[SCRATCH.ORDER, j] = buy(block, context, t, a, j, scratch[SCRATCH.ORDER, j], size)


@inlined
def usual_mode(policy, money_first):
    """How new money is invested between the dates of a policy."""
    return SHORTFALL if policy == Policy.NO_SELL or (policy >= Policy.CALENDAR and money_first) else WEIGHTS


@inner
def trade(block, context, t, looking):
    """The policy's table of docs/ledger.md for a block: what is bought and sold at this close.

    ``looking``: a session on which the policy rebalances or looks at its band. Row MODE of the scratch says of
    each lane whether it invests, and how.
    """
    state, scratch = block.state, block.scratch
    policy = int64(context.parameters[PARAMETER.POLICY])
    money_first = context.parameters[PARAMETER.NEW_MONEY_FIRST] != 0.0
    usual = usual_mode(policy, money_first)
    busy = 0
    for j in range(LANES):
        scratch[SCRATCH.MODE, j] = usual if state[STATE.ARRIVED, j] > 0.0 else WAIT
        busy += 1 if state[STATE.ARRIVED, j] > 0.0 else 0
    if busy == 0 and not looking:
        return
    if looking and (policy == Policy.CALENDAR or not money_first):
        busy += sell_excess(block, context, t)
    if busy > 0:
        invest(block, context, t, ALL)
    if looking and policy == Policy.BAND and money_first:
        for j in range(LANES):
            scratch[SCRATCH.MODE, j] = WAIT
        if sell_excess(block, context, t) > 0:
            invest(block, context, t, ALL)


@inner
def sell_excess(block, context, t):
    """Sell what is over its target in every lane that is rebalanced, and have it invest. Returns their number."""
    count = mark_excess(block, context, t, False)
    if count > 0:
        sell_marked(block, context, t, ALL)
    return count


@inner
def mark_excess(block, context, t, ordered):
    """A 1 in row MARKED, and SHORTFALL in row MODE, of every lane that is rebalanced. Returns their number.

    Under a band these are the lanes with some weight outside of it. ``ordered``: what is set aside for assets of
    New York counts as bought.
    """
    state, scratch = block.state, block.scratch
    banded = int64(context.parameters[PARAMETER.POLICY]) == Policy.BAND
    value_assets(block, context, t)
    for j in range(block.lanes):
        value = scratch[SCRATCH.TOTAL, j] + state[STATE.CASH, j]
        scratch[SCRATCH.TOTAL, j] = value - state[STATE.RESERVE, j]
        scratch[SCRATCH.MARKED, j] = 0.0 if banded else 1.0
    if banded:
        band = context.parameters[PARAMETER.BAND_WIDTH]
        relative = context.parameters[PARAMETER.BAND_RELATIVE] != 0.0
        for a in range(context.assets):
            at, goal, earmark = value_row(a), target_row(context, a), earmark_row(context, a)
            share = 1.0 if ordered and in_turn(context, a, NEW_YORK) else 0.0
            for j in range(block.lanes):
                weight, total = scratch[goal, j], scratch[SCRATCH.TOTAL, j]
                width = band * (weight if relative else 1.0)
                value = scratch[at, j] + share * state[earmark, j]
                outside = abs(value - weight * total) > width * total + 1e-12 * total
                scratch[SCRATCH.MARKED, j] = 1.0 if outside else scratch[SCRATCH.MARKED, j]
    count = 0
    for j in range(block.lanes):
        sells = scratch[SCRATCH.MARKED, j] > 0.0
        count += 1 if sells else 0
        scratch[SCRATCH.MODE, j] = SHORTFALL if sells else scratch[SCRATCH.MODE, j]
    return count


@inner
def sell_marked(block, context, t, turn):
    """Sell what is over its target, of a turn's assets, in every lane with a 1 in row MARKED.

    Rows VALUES and TOTAL say what each asset, and all with the cash that is free, is worth.
    """
    scratch = block.scratch
    rounded = not is_plain(context)
    for a in range(context.assets):
        if not in_turn(context, a, turn):
            continue
        at, goal = value_row(a), target_row(context, a)
        price = known_price(context, t, a)
        lot = context.terms[a, ASSET.LOT]
        for j in range(block.lanes):
            weight, total = scratch[goal, j], scratch[SCRATCH.TOTAL, j]
            over = scratch[at, j] - weight * total
            sells = scratch[SCRATCH.MARKED, j] > 0.0 and over > 0.0
            worth_it = over >= (1.0 - NEAR if rounded else DUST * total)
            units = np.floor(over / price / lot + NEAR_UNITS) * lot if lot > 0.0 else over / price
            order = units if worth_it else 0.0
            order = order if weight > 0.0 else EVERYTHING
            scratch[SCRATCH.ORDER, j] = order if sells else 0.0
        sell_orders(block, context, t, a, SaleOrder.ACCOUNT)


@inner
def invest(block, context, t, turn):
    """Spend what is available in every lane that invests: by shortfall, or by weights through the earmarks.
    What is meant for an asset of another turn is set aside for it.

    By shortfall new money goes where the weights are below their targets, in proportion. By weights each asset has
    cash of its own, the earmark: what did not buy a whole share is there for the same asset the next time.
    """
    state, scratch = block.state, block.scratch
    value_assets(block, context, t)
    for j in range(LANES):
        scratch[SCRATCH.FREE_CASH, j] = state[STATE.CASH, j] - state[STATE.RESERVE, j]
        scratch[SCRATCH.TOTAL, j] += scratch[SCRATCH.FREE_CASH, j]
        scratch[SCRATCH.SHORT, j] = 0.0
        scratch[SCRATCH.MARKED, j] = 0.0
    for a in range(context.assets):
        at, goal, earmark = value_row(a), target_row(context, a), earmark_row(context, a)
        for j in range(block.lanes):
            scratch[at, j] = max(scratch[goal, j] * scratch[SCRATCH.TOTAL, j] - scratch[at, j], 0.0)
            scratch[SCRATCH.SHORT, j] += scratch[at, j]
            scratch[SCRATCH.MARKED, j] += state[earmark, j]
    for j in range(block.lanes):
        free, short = scratch[SCRATCH.FREE_CASH, j], scratch[SCRATCH.SHORT, j]
        marked = scratch[SCRATCH.MARKED, j]
        by_weights = scratch[SCRATCH.MODE, j] == WEIGHTS
        scratch[SCRATCH.SHORT, j] = free / short if short > 0.0 and free > 0.0 and not by_weights else 0.0
        keep = max(free, 0.0) / marked if marked > free else 1.0
        scratch[SCRATCH.MARKED, j] = keep if by_weights else 0.0
        scratch[SCRATCH.FREE_CASH, j] = max(free - marked, 0.0) if by_weights else 0.0
    dust = DUST if is_plain(context) else 0.0
    for a in range(context.assets):
        at, goal, earmark = value_row(a), target_row(context, a), earmark_row(context, a)
        trades = in_turn(context, a, turn)
        for j in range(block.lanes):
            fresh = scratch[goal, j] * scratch[SCRATCH.FREE_CASH, j]
            set_aside = state[earmark, j] * scratch[SCRATCH.MARKED, j]
            scratch[at, j] = scratch[at, j] * scratch[SCRATCH.SHORT, j] + (set_aside + fresh)
            money = min(scratch[at, j], state[STATE.CASH, j] - state[STATE.RESERVE, j])
            places = scratch[SCRATCH.MODE, j] != WAIT and money > dust * scratch[SCRATCH.TOTAL, j]
            scratch[SCRATCH.ORDER, j] = money if places and trades else 0.0
        buy_orders(block, context, t, a)
        for j in range(block.lanes):
            waits = scratch[SCRATCH.MODE, j] == WAIT
            state[earmark, j] = state[earmark, j] if waits else scratch[at, j] - scratch[SCRATCH.ORDER, j]
