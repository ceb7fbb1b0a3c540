"""The statistics of every session: value, return, fall from the peak, for a block in step.

The work that cannot be avoided is one division a lane and session (the daily return, for the volatility).
Everything else on a plain day is a handful of multiplications on values that are already in registers: plain days
are taken four at a time, so that a block's statistics are loaded and stored once in four of them. ``wide`` is
where the lanes in use end, in whole cache lines.
"""

from __future__ import annotations

from engine.ledger.compile.jit import inlined, inner
from engine.ledger.layout import BELOW, DAILY, LANES, MARKET, MARKET_COLUMNS, STATE
from engine.ledger.lookup import not_negative, quote, units_row

NOTHING = 1e-300  # beside any value no more than rounding, and an empty lane's 0 / 0 becomes 1


@inlined
def step(value, before, fallen, deepest, total, squares, below, principal):
    """One plain day of one lane, both values with NOTHING added: return, fall from the peak, days below."""
    ratio = value / before
    r = ratio - 1.0
    total += r
    squares += r * r
    fallen *= ratio
    fallen = fallen if fallen < 1.0 else 1.0
    deepest = deepest if deepest < fallen else fallen
    below = below + 1.0 if value < principal else below
    return fallen, deepest, total, squares, below


@inlined
def four_steps(stats, j, v0, v1, v2, v3):
    """Four steps of one lane, its statistics loaded and stored once; values with NOTHING added."""
    fallen, deepest, below = stats[DAILY.FALLEN, j], stats[DAILY.DEEPEST, j], stats[DAILY.BELOW, j]
    total, squares = stats[DAILY.SUM, j], stats[DAILY.SQUARES, j]
    principal, v = stats[DAILY.PRINCIPAL, j], stats[DAILY.BEFORE, j] + NOTHING
    fallen, deepest, total, squares, below = step(v0, v, fallen, deepest, total, squares, below, principal)
    fallen, deepest, total, squares, below = step(v1, v0, fallen, deepest, total, squares, below, principal)
    fallen, deepest, total, squares, below = step(v2, v1, fallen, deepest, total, squares, below, principal)
    fallen, deepest, total, squares, below = step(v3, v2, fallen, deepest, total, squares, below, principal)
    stats[DAILY.FALLEN, j], stats[DAILY.DEEPEST, j], stats[DAILY.BELOW, j] = fallen, deepest, below
    stats[DAILY.SUM, j], stats[DAILY.SQUARES, j] = total, squares
    stats[DAILY.BEFORE, j] = v3 - NOTHING


@inlined
def four_prices(context, t, a):
    """An asset's price in base currency on four sessions."""
    price = MARKET.BASE_PRICE
    return (
        quote(context, t, price, a),
        quote(context, t + 1, price, a),
        quote(context, t + 2, price, a),
        quote(context, t + 3, price, a),
    )


@inner
def four_days(stats, context, t, wide):
    """Four plain sessions from ``t`` for the whole block; two assets, the usual case, stay in registers."""
    if context.assets == 2:
        p0, p1, p2, p3 = four_prices(context, t, 0)
        q0, q1, q2, q3 = four_prices(context, t, 1)
        for j in range(wide):
            cash = stats[DAILY.CASH, j] + NOTHING
            u, w = stats[DAILY.UNITS, j], stats[DAILY.UNITS + 1, j]
            v0, v1 = cash + u * p0 + w * q0, cash + u * p1 + w * q1
            v2, v3 = cash + u * p2 + w * q2, cash + u * p3 + w * q3
            four_steps(stats, j, v0, v1, v2, v3)
        return
    for j in range(wide):
        cash = stats[DAILY.CASH, j] + NOTHING
        stats[DAILY.VALUE, j] = cash
        stats[DAILY.VALUE + 1, j] = cash
        stats[DAILY.VALUE + 2, j] = cash
        stats[DAILY.VALUE + 3, j] = cash
    for a in range(context.assets):
        p0, p1, p2, p3 = four_prices(context, t, a)
        units = not_negative(DAILY.UNITS + a)
        for j in range(wide):
            u = stats[units, j]
            stats[DAILY.VALUE, j] += u * p0
            stats[DAILY.VALUE + 1, j] += u * p1
            stats[DAILY.VALUE + 2, j] += u * p2
            stats[DAILY.VALUE + 3, j] += u * p3
    for j in range(wide):
        v0, v1 = stats[DAILY.VALUE, j], stats[DAILY.VALUE + 1, j]
        v2, v3 = stats[DAILY.VALUE + 2, j], stats[DAILY.VALUE + 3, j]
        four_steps(stats, j, v0, v1, v2, v3)


@inner
def value_day(stats, context, t, wide):
    """Value of every lane at session ``t``, into row VALUE: sums in the order of four_days."""
    for j in range(wide):
        stats[DAILY.VALUE, j] = stats[DAILY.CASH, j]
    for a in range(context.assets):
        price = quote(context, t, MARKET.BASE_PRICE, a)
        units = not_negative(DAILY.UNITS + a)
        for j in range(wide):
            stats[DAILY.VALUE, j] += stats[units, j] * price


@inner
def one_day(stats, context, t, wide):
    """One plain session for the whole block."""
    value_day(stats, context, t, wide)
    for j in range(wide):
        v = stats[DAILY.VALUE, j]
        fallen, deepest, total, squares, below = step(
            v + NOTHING,
            stats[DAILY.BEFORE, j] + NOTHING,
            stats[DAILY.FALLEN, j],
            stats[DAILY.DEEPEST, j],
            stats[DAILY.SUM, j],
            stats[DAILY.SQUARES, j],
            stats[DAILY.BELOW, j],
            stats[DAILY.PRINCIPAL, j],
        )
        stats[DAILY.FALLEN, j], stats[DAILY.DEEPEST, j], stats[DAILY.BELOW, j] = fallen, deepest, below
        stats[DAILY.SUM, j], stats[DAILY.SQUARES, j] = total, squares
        stats[DAILY.BEFORE, j] = v


@inner
def event_day(stats, context, t, before_t):
    """A session with something happening: its return without the external flow, the index and its base anew.

    The time-weighted index is ``base × value`` between flows. A deposit whose costs are more than all that was
    there before counts as there before its costs: a return is never below -1. Money comes and goes in such
    sessions only (``before_t`` was the last one), so that those with a return, and their calendar days, are
    counted here. What a refund leaves where there was nothing has no return: its cash is in no average.
    """
    day = MARKET_COLUMNS * context.assets + 1
    sessions, days = float(t - before_t), context.market[t, day] - context.market[before_t, day]
    value_day(stats, context, t, LANES)
    for j in range(LANES):
        v = stats[DAILY.VALUE, j]
        before = stats[DAILY.BEFORE, j]
        flow = stats[DAILY.FLOW, j]
        scale = stats[DAILY.BASE, j]
        alive = before > 0.0
        inner = v - flow
        begins = flow > 0.0 and not (alive and inner > 0.0)
        goes_on = alive and not begins
        gross = v / (before + flow) if begins else 1.0  # where the money begins (again) with this flow
        ratio = inner / before if goes_on else gross
        r = ratio - 1.0
        index = before * scale if alive else stats[DAILY.INDEX, j]
        index = inner * scale if goes_on else index * gross
        fallen = stats[DAILY.FALLEN, j] * ratio
        fallen = fallen if fallen < 1.0 else 1.0
        deepest = stats[DAILY.DEEPEST, j]
        stats[DAILY.FALLEN, j] = fallen
        stats[DAILY.DEEPEST, j] = deepest if deepest < fallen else fallen
        stats[DAILY.SUM, j] += r
        stats[DAILY.SQUARES, j] += r * r
        begins_now = 1.0 if flow > 0.0 else 0.0
        stats[DAILY.COUNT, j] += sessions if alive else begins_now
        stats[DAILY.UNCOUNTED, j] += 0.0 if alive or flow > 0.0 else stats[DAILY.CASH, j]
        stats[DAILY.DAYS, j] += days if alive else 0.0
        principal = stats[DAILY.PRINCIPAL, j]
        stats[DAILY.BELOW, j] += 1.0 if v < principal and (alive or flow > 0.0) else 0.0
        stats[DAILY.PRINCIPAL, j] = principal if v > 0.0 else 0.0  # nothing is not counted as below it
        stats[DAILY.BASE, j] = index / v if v > 0.0 else 0.0
        stats[DAILY.INDEX, j] = index
        stats[DAILY.BEFORE, j] = v


@inner
def clear(block):
    """A block in which nothing has happened yet."""
    for i in range(block.state.shape[0]):
        for j in range(LANES):
            block.state[i, j] = 0.0
    for i in range(block.stats.shape[0]):
        for j in range(LANES):
            block.stats[i, j] = 0.0
    for j in range(LANES):
        block.stats[DAILY.INDEX, j] = 1.0
        block.stats[DAILY.FALLEN, j] = 1.0
        block.stats[DAILY.DEEPEST, j] = 1.0


@inner
def open_block(block, opening):
    """Every lane owns what ``opening`` says before its first session."""
    for i in range(block.state.shape[0]):
        for j in range(block.lanes):
            block.state[i, j] = opening[i]


@inner
def enter_opening(block, opening):
    """What is owned before the first session is its first external flow, at what it is worth at that close.

    It joins the flow when the session's deposits and withdrawals are done: they do not count it as a deposit.
    """
    for j in range(block.lanes):
        block.state[STATE.FLOW, j] += opening[STATE.FLOW]
        block.stats[DAILY.FLOW, j] += opening[STATE.FLOW]


@inner
def take_positions(block, context):
    """What the daily statistics need to know of the accounts; nothing may have fallen below zero."""
    state, stats = block.state, block.stats
    for j in range(LANES):
        cash, error = state[STATE.CASH, j], state[STATE.ERROR, j]
        stats[DAILY.CASH, j] = cash
        stats[DAILY.FLOW, j] = state[STATE.FLOW, j]
        stats[DAILY.PRINCIPAL, j] = (state[STATE.CONTRIBUTED, j] - state[STATE.WITHDRAWN, j]) * BELOW
        state[STATE.ERROR, j] = error if cash > -1e-6 else 1.0
    for a in range(context.assets):
        at = not_negative(DAILY.UNITS + a)
        units = units_row(context, 0, a)
        for j in range(LANES):
            stats[at, j] = state[units, j]
        for b in range(1, context.buckets):
            units = units_row(context, b, a)
            for j in range(LANES):
                stats[at, j] += state[units, j]
        for j in range(LANES):
            error = state[STATE.ERROR, j]
            state[STATE.ERROR, j] = error if stats[at, j] > -1e-6 else 1.0
