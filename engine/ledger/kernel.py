"""Many simulations in step, session by session: events where there are any, statistics on every day.

A block has ``LANES`` lanes whatever their number, so that a simulation alone runs through the very same
instructions as one of a million. Accounts are looked at only where something happens.
"""

from __future__ import annotations

import math

from numpy import int64

from engine.ledger.compile.jit import inner
from engine.ledger.daily import (
    clear,
    enter_opening,
    event_day,
    four_days,
    one_day,
    open_block,
    take_positions,
)
from engine.ledger.deposit import accrue_deposit, interest_on_closing, pay_interest, pays_on
from engine.ledger.journal import record
from engine.ledger.layout import (
    DAILY,
    EVENT,
    FLOW_DAY,
    FLOW_YEARS,
    LANES,
    MARKET_COLUMNS,
    MOVEMENT,
    NOWHERE,
    PARAMETER,
    PLAN,
    RATES,
    SCRATCH,
    STAT,
    STATE,
    Block,
    Context,
)
from engine.ledger.lookup import ALL, NEW_YORK, TOKYO, two_clocks, units_row, whole_lines, year_of
from engine.ledger.plain_account import pay_plain_dividends, plain_liquidation
from engine.ledger.quota import close_quota_year, end_terms, record_quota_year
from engine.ledger.rates import block_rates, exact_rate
from engine.ledger.tax_years import close_tax_year, liquidation_value, pay_dividends
from engine.ledger.trading import is_plain, take_weights, trade
from engine.ledger.transfers import transfer
from engine.ledger.two_clocks import go_on_in_new_york, trade_in_tokyo
from engine.ledger.withdrawals import remember_flow, withdraw_all, withdraws


@inner
def simulate_lanes(
    market, terms, parameters, plan, flags, targets, out, ends, opening, journal, path,
    state, snapshot, stats, scratch, flows, lane_from, lane_to, first,
):  # fmt: skip
    """Simulate lanes ``lane_from`` .. ``lane_to`` - 1 of a plan; write their statistics to ``out`` (E K, STAT).

    ``flags`` (T,) of EVENT. ``first`` is the session of the first deposit; before it nothing is counted. With rows
    in ``journal`` there is one lane, and everything it does is written down: its movements to ``journal``, each
    close to ``path`` (T, 3 + B A): value, cash, flow, units held. ``ends`` (E,) ascending, the last one T:
    statistics as if the simulation ended with session ``end`` - 1, in rows ``e`` K + lane; what comes after does
    not know of it. ``opening`` (rows of ``state``,) is what is there before session ``first``, in every lane;
    empty where nothing is.

    ``state``, ``snapshot``, ``stats``, ``scratch``, ``flows`` are workspace: compiled code that allocates nothing
    compiles faster. ``flows`` without a row: nobody asks for the money-weighted rate, which is NaN.
    """
    assets, buckets = int64(parameters[PARAMETER.ASSETS]), int64(parameters[PARAMETER.BUCKETS])
    takings = int64(parameters[PARAMETER.TAKING_COUNT])
    context = Context(market, terms, parameters, assets, buckets, takings)
    writing = journal.shape[0] > 0
    idle_yield = parameters[PARAMETER.IDLE_YIELD]
    day = MARKET_COLUMNS * assets + 1
    for lane0 in range(lane_from, lane_to, LANES):
        lanes = min(LANES, lane_to - lane0)
        wide = min(LANES, whole_lines(lanes))
        block = Block(state, stats, scratch, journal, lanes, lane0)
        clear(block)
        if opening.shape[0] > 0:
            open_block(block, opening)
        flow_count = int64(0)
        t = first
        event = first  # the last session on which something happened
        held_since = first  # since when cash is what it is
        for e in range(ends.shape[0]):
            sessions = int64(ends[e])
            while t < sessions:
                flag = flags[t]
                quiet = 1
                if idle_yield != 0.0 and t > first:
                    growth = math.pow(1.0 + idle_yield, (market[t, day] - market[t - 1, day]) / 365.0) - 1.0
                    accrue(block, growth)
                    held_since = t
                if flag:
                    hold_cash(state, float(t - held_since))
                    held_since = t
                    accrue_deposit(block, context, event, t)
                    process_events(block, context, plan, targets, flag, t)
                    if t == first and opening.shape[0] > 0:
                        enter_opening(block, opening)
                    if flag & EVENT.FLOW and flows.shape[0] > 0:
                        for j in range(LANES):
                            flows[flow_count, j] = state[STATE.FLOW, j]
                        flows[flow_count, FLOW_DAY] = market[t, day]
                        flow_count += 1
                    event_day(stats, context, t, event)
                    event = t
                    after_close(block, context, plan, t, first)
                elif (
                    writing
                    or idle_yield != 0.0
                    or t + 4 > sessions
                    or flags[t + 1] | flags[t + 2] | flags[t + 3]
                ):
                    one_day(stats, context, t, wide)
                else:
                    four_days(stats, context, t, wide)
                    quiet = 4
                if writing:
                    write_session(block, context, path, t, state[STATE.FLOW, 0] if flag else 0.0)
                t += quiet
            for i in range(flow_count):
                flows[i, FLOW_YEARS] = (market[sessions - 1, day] - flows[i, FLOW_DAY]) / 365.0
            for j in range(LANES):
                scratch[RATES.FINAL, j] = stats[DAILY.BEFORE, j]
            block_rates(flows, flow_count, scratch)
            copy_rows(state, snapshot)
            for j in range(lanes):
                guess, final = scratch[RATES.LOG_RATE, j], scratch[RATES.FINAL, j]
                rate = exact_rate(flows, flow_count, final, guess, j)
                row = out[e * targets.shape[2] + lane0 + j]
                finish(block, context, row, rate, j, sessions, first, event, held_since)
            copy_rows(snapshot, state)


@inner
def copy_rows(one, other):
    """``one`` into ``other``: what an end uses up is put back for the simulations that go on."""
    for i in range(one.shape[0]):
        for j in range(LANES):
            other[i, j] = one[i, j]


@inner
def hold_cash(state, sessions):
    """Cash that has lain idle for so many sessions joins the average."""
    for j in range(LANES):
        state[STATE.IDLE, j] += state[STATE.CASH, j] * sessions


@inner
def accrue(block, growth):
    """Interest of one session on all cash of the block; cash of the session before joins the average."""
    state = block.state
    for j in range(block.lanes):
        state[STATE.IDLE, j] += state[STATE.CASH, j]
        interest = state[STATE.CASH, j] * growth
        state[STATE.CASH, j] += interest
        state[STATE.INTEREST, j] += interest
        block.stats[DAILY.CASH, j] = state[STATE.CASH, j]


@inner
def process_events(block, context, plan, targets, flag, t):
    """Everything that happens in session ``t``, in the order of docs/ledger.md."""
    state = block.state
    for j in range(LANES):
        state[STATE.ARRIVED, j] = 0.0
        state[STATE.FLOW, j] = 0.0
        # What cash loses under a negative yield is lost by what waits, not by what is released.
        reserve, cash = state[STATE.RESERVE, j], state[STATE.CASH, j]
        state[STATE.RESERVE, j] = reserve if reserve < cash else cash
    record_interest(block, t)
    take_weights(block, context, targets, int64(plan[t, PLAN.TARGET_ROW]))
    if flag & EVENT.DIVIDEND:
        for a in range(context.assets):
            dividends(block, context, t, a)
        if pays_on(context, t):
            for j in range(block.lanes):
                pay_interest(block, context, t, j)
    if flag & EVENT.FLOW:
        deposit(block, context, t, plan[t, PLAN.DEPOSIT], plan[t, PLAN.RELEASE])
    looking = flag & EVENT.REBALANCE != 0
    goes_on = False
    for turn in range(TOKYO, NEW_YORK + 1) if two_clocks(context) else range(ALL, ALL + 1):
        for j in range(LANES):
            block.scratch[SCRATCH.LEFT, j] = 1.0
        if flag & EVENT.FLOW:
            withdraw_all(block, context, plan, t, turn)
        if flag & (EVENT.NEW_YEAR | EVENT.APRIL) and turn != NEW_YORK:
            for j in range(block.lanes):
                close_year(block, context, t, flag, j)
        if flag & EVENT.TRANSFER:
            for j in range(block.lanes):
                transfer(block, context, t, plan[t, PLAN.KEPT_ROOM], plan[t, PLAN.RELEASE], turn, j)
        if turn == ALL:
            trade(block, context, t, looking)
        elif turn == TOKYO:
            goes_on = trade_in_tokyo(block, context, t, looking, flag & EVENT.RESUME != 0)
        elif goes_on:
            go_on_in_new_york(block, context, t)
    if flag & EVENT.YEAR_END:
        for j in range(block.lanes):
            end_terms(block, context, t, j)
    take_positions(block, context)


@inner
def record_interest(block, t):
    """Write down what interest has come to since it was last written down: a row a day would bury the others."""
    interest = block.state[STATE.INTEREST, 0]
    if interest != 0.0:
        cash = block.state[STATE.CASH, 0]
        record(block, t, MOVEMENT.INTEREST, NOWHERE, NOWHERE, 0.0, interest, 0.0, cash)
        block.state[STATE.INTEREST, 0] = 0.0


@inner
def dividends(block, context, t, a):
    """Asset ``a``'s dividend of session ``t`` in every lane."""
    if is_plain(context):
        pay_plain_dividends(block, context, t, a)
        return
    for j in range(block.lanes):
        pay_dividends(block, context, t, a, j)


@inner
def deposit(block, context, t, amount, release):
    """Money arrives, and some of what has arrived is released for investing."""
    state = block.state
    if context.takings > 0:
        for j in range(block.lanes):
            block.scratch[SCRATCH.NEED, j] = amount
        remember_flow(block, context, SCRATCH.NEED, 1.0)
    for j in range(block.lanes):
        if amount > 0.0:
            state[STATE.CASH, j] += amount
            state[STATE.CONTRIBUTED, j] += amount
            state[STATE.FLOW, j] += amount
            record(block, t, MOVEMENT.DEPOSIT, NOWHERE, NOWHERE, 0.0, amount, 0.0, state[STATE.CASH, j])
        waiting = state[STATE.RESERVE, j] + amount - release
        state[STATE.RESERVE, j] = max(min(waiting, state[STATE.CASH, j]), 0.0)
        if release > 0.0:
            state[STATE.ARRIVED, j] = 1.0


@inner
def close_year(block, context, t, flag, j):
    """Close the tax and quota year before this one, or pay the refunds that waited for April.

    What the broker gives back comes with the turn of the year; what needs a tax return comes after its day.
    """
    state = block.state
    if flag & EVENT.NEW_YEAR:
        year = year_of(context, t) - 1
        refund = close_tax_year(state, context, year, j)
        close_quota_year(block, context, year, j)
        pay_refund(block, t, MOVEMENT.DIVIDEND_TAX, STATE.DIVIDEND_TAX, refund, j)
    if flag & EVENT.APRIL:
        pay_refund(block, t, MOVEMENT.TAX_REFUND, STATE.TAX, state[STATE.REFUND, j], j)
        state[STATE.REFUND, j] = 0.0
        pay_refund(block, t, MOVEMENT.DIVIDEND_TAX, STATE.DIVIDEND_TAX, state[STATE.DIVIDEND_REFUND, j], j)
        state[STATE.DIVIDEND_REFUND, j] = 0.0


@inner
def pay_refund(block, t, kind, tax, refund, j):
    """A refund of a closed year arrives, if there is one; ``tax`` is the row of the sum that it lowers."""
    if refund > 0.0:
        state = block.state
        state[tax, j] -= refund
        state[STATE.CASH, j] += refund
        state[STATE.ARRIVED, j] = 1.0
        record(block, t, kind, NOWHERE, NOWHERE, 0.0, refund, 0.0, state[STATE.CASH, j])


@inner
def after_close(block, context, plan, t, first):
    """What is known of an event's session when its statistics are: the first return, and whose money ran out.

    It has run out where a withdrawal was not paid in full and the session closes on nothing. Sales leave no dust,
    so that nothing is exactly 0; a share or a yen that is left is money.
    """
    state, stats = block.state, block.stats
    if t == first:
        for j in range(LANES):
            state[STATE.FIRST_RETURN, j] = stats[DAILY.SUM, j]
    if withdraws(context, plan, t):
        for j in range(LANES):
            short, depleted = state[STATE.SHORT_OF, j], state[STATE.DEPLETED, j]
            dry = short > 0.0 and stats[DAILY.BEFORE, j] <= 0.0 and depleted == 0.0
            state[STATE.DEPLETED, j] = t + 1.0 if dry else depleted
            state[STATE.SHORT_OF, j] = 0.0


@inner
def write_session(block, context, path, t, flow):
    """Write the close of session ``t`` of lane 0 down."""
    path[t, 0] = block.stats[DAILY.VALUE, 0]
    path[t, 1] = block.state[STATE.CASH, 0]
    path[t, 2] = flow
    for b in range(context.buckets):
        for a in range(context.assets):
            path[t, 3 + b * context.assets + a] = block.state[units_row(context, b, a), 0]


@inner
def finish(block, context, out, rate, j, sessions, first, event, held_since):
    """The statistics ``out`` (STAT,) of a lane that ends with session ``sessions`` - 1."""
    state, stats, market = block.state, block.stats, context.market
    day = MARKET_COLUMNS * context.assets + 1
    t = sessions - 1
    if j == 0:
        record_interest(block, t)
    year = year_of(context, t)
    record_quota_year(block, context, year, year, j)
    record_quota_year(block, context, year + 1, year, j)
    final = stats[DAILY.BEFORE, j]
    goes_on = 1.0 if final > 0.0 else 0.0
    count = stats[DAILY.COUNT, j] + goes_on * (t - event)
    dry = int64(state[STATE.DEPLETED, j]) - 1
    out[STAT.FINAL_VALUE] = final
    out[STAT.CONTRIBUTED] = state[STATE.CONTRIBUTED, j]
    out[STAT.WITHDRAWN] = state[STATE.WITHDRAWN, j]
    out[STAT.COST_PAID] = state[STATE.COST, j]
    out[STAT.TAX_PAID] = state[STATE.TAX, j]
    out[STAT.DIVIDEND_TAX_PAID] = state[STATE.DIVIDEND_TAX, j]
    idle = state[STATE.IDLE, j] + state[STATE.CASH, j] * (sessions - held_since) - stats[DAILY.UNCOUNTED, j]
    out[STAT.IDLE_CASH_AVERAGE] = idle / max(count, 1.0)
    out[STAT.TWR_INDEX] = final * stats[DAILY.BASE, j] if final > 0.0 else stats[DAILY.INDEX, j]
    out[STAT.MAX_DRAWDOWN] = stats[DAILY.DEEPEST, j] - 1.0
    out[STAT.RETURN_SUM] = stats[DAILY.SUM, j]
    out[STAT.RETURN_SQUARE_SUM] = stats[DAILY.SQUARES, j]
    out[STAT.RETURN_COUNT] = count
    out[STAT.DAYS_BELOW_PRINCIPAL] = stats[DAILY.BELOW, j]
    out[STAT.XIRR] = rate
    out[STAT.ERROR] = state[STATE.ERROR, j]
    out[STAT.DAYS] = stats[DAILY.DAYS, j] + goes_on * (market[t, day] - market[event, day])
    out[STAT.DEPLETED] = float(dry) if dry >= 0 else math.nan
    out[STAT.LASTED] = market[dry, day] - market[first, day] if dry >= 0 else math.nan
    out[STAT.WANTED] = state[STATE.WANTED, j]
    out[STAT.UNPAID] = state[STATE.UNPAID, j]
    out[STAT.FIRST_RETURN] = state[STATE.FIRST_RETURN, j]
    if is_plain(context):
        out[STAT.LIQUIDATION_VALUE] = plain_liquidation(block, context, t, j)
    else:
        out[STAT.LIQUIDATION_VALUE] = liquidation_value(block, context, t, j)
    if context.parameters[PARAMETER.DEPOSIT] >= 0.0:
        out[STAT.LIQUIDATION_VALUE] += interest_on_closing(block, context, event, t, j)
