"""Many lives in step: daily statistics across lives in SIMD loops, accounts only where something happens.

The work that cannot be avoided is one division a life and session (the daily return, for the volatility).
Everything else on a plain day is a handful of multiplications on values that are already in registers: the
daily loop takes four sessions at a time, so that a block's state is loaded and stored once in four days.
A block has ``LANES`` lives whatever their number, so that a life alone runs through the very same
instructions as one of a million; only the daily loops leave out the empty ones (``wide`` is where they end).
"""

from __future__ import annotations

import math

from numpy import int64

from engine.ledger.accounts import (
    close_quota_year,
    close_tax_year,
    end_terms,
    liquidation_value,
    pay_dividends,
    write_quota,
)
from engine.ledger.decide import trade, withdraw
from engine.ledger.jit import inlined, inner
from engine.ledger.layout import (
    ARRIVED,
    ASKED,
    BASE,
    BELOW,
    CASH,
    CONTRIBUTED,
    COST,
    D_BASE,
    D_BEFORE,
    D_BELOW,
    D_CASH,
    D_COUNT,
    D_DAYS,
    D_FALL,
    D_FLOW,
    D_INDEX,
    D_PRINCIPAL,
    D_SQUARES,
    D_SUM,
    D_UNITS,
    D_VALUE,
    D_WORST,
    DEPLETED,
    DEPOSIT,
    DIVIDEND_REFUND,
    DIVIDEND_TAX,
    DIVIDEND_TAX_PAID,
    ERROR,
    FINAL,
    FIRST_RETURN,
    FLOW,
    FLOW_DAY,
    FLOW_YEARS,
    IDLE,
    IDLE_YIELD,
    INTEREST,
    INTEREST_PAID,
    KIND,
    LANES,
    MARKET,
    N_ASSETS,
    N_BUCKETS,
    NOWHERE,
    ON_APRIL,
    ON_DIVIDEND,
    ON_FLOW,
    ON_NEW_YEAR,
    ON_REBALANCE,
    ON_YEAR_END,
    P_DEPOSIT,
    P_RELEASE,
    P_SHARE,
    P_TARGET,
    P_WITHDRAWAL,
    PLAIN,
    REFUND,
    RESERVE,
    SHORT_OF,
    TAX,
    TAX_REFUND,
    UNPAID,
    WITHDRAWN,
    X,
)
from engine.ledger.plain import plain_dividends, plain_liquidation
from engine.ledger.rates import block_rates, exact_rate
from engine.ledger.records import note
from engine.ledger.rows import scratch_row, units_row, whole_lines

NOTHING = 1e-300  # beside any value no more than rounding, and an empty life's 0 / 0 becomes 1


@inlined
def step(value, before, fall, worst, total, squares, below, principal):
    """One plain day of one life, both values with NOTHING added: return, fall from the peak, days below."""
    ratio = value / before
    r = ratio - 1.0
    total += r
    squares += r * r
    fall *= ratio
    fall = fall if fall < 1.0 else 1.0
    worst = worst if worst < fall else fall
    below = below + 1.0 if value < principal else below
    return fall, worst, total, squares, below


@inner
def four_days(D, market, t, na, wide):
    """Four plain sessions from ``t`` for the whole block."""
    if na == 2:
        at = BASE * na
        p0, p1, p2, p3 = market[t, at], market[t + 1, at], market[t + 2, at], market[t + 3, at]
        q0, q1, q2, q3 = (
            market[t, at + 1],
            market[t + 1, at + 1],
            market[t + 2, at + 1],
            market[t + 3, at + 1],
        )
        for j in range(wide):
            cash = D[D_CASH * LANES + j] + NOTHING
            u = D[D_UNITS * LANES + j]
            w = D[(D_UNITS + 1) * LANES + j]
            four_steps(
                D,
                j,
                cash + u * p0 + w * q0,
                cash + u * p1 + w * q1,
                cash + u * p2 + w * q2,
                cash + u * p3 + w * q3,
            )
        return
    for j in range(wide):
        cash = D[D_CASH * LANES + j] + NOTHING
        D[D_VALUE * LANES + j] = cash
        D[(D_VALUE + 1) * LANES + j] = cash
        D[(D_VALUE + 2) * LANES + j] = cash
        D[(D_VALUE + 3) * LANES + j] = cash
    for a in range(na):
        at = BASE * na + a
        p0, p1, p2, p3 = market[t, at], market[t + 1, at], market[t + 2, at], market[t + 3, at]
        at = scratch_row(D_UNITS + a)
        for j in range(wide):
            u = D[at + j]
            D[D_VALUE * LANES + j] += u * p0
            D[(D_VALUE + 1) * LANES + j] += u * p1
            D[(D_VALUE + 2) * LANES + j] += u * p2
            D[(D_VALUE + 3) * LANES + j] += u * p3
    for j in range(wide):
        four_steps(
            D,
            j,
            D[D_VALUE * LANES + j],
            D[(D_VALUE + 1) * LANES + j],
            D[(D_VALUE + 2) * LANES + j],
            D[(D_VALUE + 3) * LANES + j],
        )


@inlined
def four_steps(D, j, v0, v1, v2, v3):
    """Four steps of one life, its statistics loaded and stored once; values with NOTHING added."""
    fall, worst = D[D_FALL * LANES + j], D[D_WORST * LANES + j]
    total, squares, below = D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], D[D_BELOW * LANES + j]
    principal, v = D[D_PRINCIPAL * LANES + j], D[D_BEFORE * LANES + j] + NOTHING
    fall, worst, total, squares, below = step(v0, v, fall, worst, total, squares, below, principal)
    fall, worst, total, squares, below = step(v1, v0, fall, worst, total, squares, below, principal)
    fall, worst, total, squares, below = step(v2, v1, fall, worst, total, squares, below, principal)
    fall, worst, total, squares, below = step(v3, v2, fall, worst, total, squares, below, principal)
    D[D_FALL * LANES + j], D[D_WORST * LANES + j] = fall, worst
    D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], D[D_BELOW * LANES + j] = total, squares, below
    D[D_BEFORE * LANES + j] = v3 - NOTHING


@inner
def value_day(D, market, t, na, wide):
    """Value of every life of the block at session ``t``, into row D_VALUE: sums in the order of four_days."""
    for j in range(wide):
        D[D_VALUE * LANES + j] = D[D_CASH * LANES + j]
    for a in range(na):
        p = market[t, BASE * na + a]
        at = scratch_row(D_UNITS + a)
        for j in range(wide):
            D[D_VALUE * LANES + j] += D[at + j] * p


@inner
def one_day(D, market, t, na, wide):
    """One plain session for the whole block."""
    value_day(D, market, t, na, wide)
    for j in range(wide):
        v = D[D_VALUE * LANES + j]
        fall, worst, total, squares, below = step(
            v + NOTHING,
            D[D_BEFORE * LANES + j] + NOTHING,
            D[D_FALL * LANES + j],
            D[D_WORST * LANES + j],
            D[D_SUM * LANES + j],
            D[D_SQUARES * LANES + j],
            D[D_BELOW * LANES + j],
            D[D_PRINCIPAL * LANES + j],
        )
        D[D_FALL * LANES + j], D[D_WORST * LANES + j] = fall, worst
        D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], D[D_BELOW * LANES + j] = total, squares, below
        D[D_BEFORE * LANES + j] = v


@inner
def event_day(D, market, t, na, before_t):
    """A session with something happening: returns without the external flow, the index and its base anew.

    The time-weighted index is ``base × value`` between flows. A deposit whose costs are more than all that was
    there before counts as there before its costs. Money comes and goes in such sessions only (``before_t``
    was the last one), so that those with a return, and their calendar days, are counted here.
    """
    day = MARKET * na + 1
    sessions, days = float(t - before_t), market[t, day] - market[before_t, day]
    value_day(D, market, t, na, LANES)
    for j in range(LANES):
        v = D[D_VALUE * LANES + j]
        before = D[D_BEFORE * LANES + j]
        flow = D[D_FLOW * LANES + j]
        scale = D[D_BASE * LANES + j]
        alive = before > 0.0
        inner = v - flow
        begins = flow > 0.0 and not (alive and inner > 0.0)
        goes_on = alive and not begins
        gross = v / (before + flow) if begins else 1.0  # where the life starts (again) with this flow
        ratio = inner / before if goes_on else gross
        r = ratio - 1.0
        index = before * scale if alive else D[D_INDEX * LANES + j]
        index = inner * scale if goes_on else index * gross
        fall = D[D_FALL * LANES + j] * ratio
        fall = fall if fall < 1.0 else 1.0
        worst = D[D_WORST * LANES + j]
        D[D_FALL * LANES + j] = fall
        D[D_WORST * LANES + j] = worst if worst < fall else fall
        D[D_SUM * LANES + j] += r
        D[D_SQUARES * LANES + j] += r * r
        begins_now = 1.0 if flow > 0.0 else 0.0
        D[D_COUNT * LANES + j] += sessions if alive else begins_now
        D[D_DAYS * LANES + j] += days if alive else 0.0
        principal = D[D_PRINCIPAL * LANES + j]
        D[D_BELOW * LANES + j] += 1.0 if v < principal and (alive or flow > 0.0) else 0.0
        D[D_PRINCIPAL * LANES + j] = principal if v > 0.0 else 0.0  # nothing is not counted as below it
        D[D_BASE * LANES + j] = index / v if v > 0.0 else 0.0
        D[D_INDEX * LANES + j] = index
        D[D_BEFORE * LANES + j] = v


@inner
def act(S, D, W, market, law, rule, book, targets, plan, flag, t, lanes, lane0):
    """Everything that happens in session ``t``, life by life, in the order of docs/ledger.md."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    row = int64(plan[t, P_TARGET])
    year = int64(market[t, MARKET * na])
    for j in range(LANES):
        S[ARRIVED, j] = 0.0
        S[FLOW, j] = 0.0
        # What cash loses under a negative yield is lost by what waits, not by what is released.
        reserve, cash = S[RESERVE, j], S[CASH, j]
        S[RESERVE, j] = reserve if reserve < cash else cash
    if S[INTEREST, 0] != 0.0:  # noted for a life alone; of no use to a block
        note(book, t, INTEREST_PAID, NOWHERE, NOWHERE, 0.0, S[INTEREST, 0], 0.0, S[CASH, 0])
        S[INTEREST, 0] = 0.0
    if flag & ON_DIVIDEND:
        for a in range(na):
            dividends(S, market, law, rule, book, t, a, lanes)
    if flag & ON_FLOW:
        arrive(S, book, t, plan[t, P_DEPOSIT], plan[t, P_RELEASE], lanes)
        fixed, share = plan[t, P_WITHDRAWAL], plan[t, P_SHARE]
        if fixed > 0.0 or share > 0.0:
            withdraw(S, W, market, law, rule, book, targets, t, lanes, lane0, row, fixed, share)
    new_year, april = flag & ON_NEW_YEAR != 0, flag & ON_APRIL != 0
    if new_year or april:
        for j in range(lanes):
            turn_year(S, law, rule, book, t, year, new_year, april, j)
    trade(S, W, market, law, rule, book, targets, t, lanes, lane0, row, flag & ON_REBALANCE != 0)
    if flag & ON_YEAR_END:
        for j in range(lanes):
            end_terms(S, market, law, rule, book, t, j)
    show(S, D, nb, na)


@inner
def dividends(S, market, law, rule, book, t, a, lanes):
    """Asset ``a``'s dividend of session ``t`` in every life."""
    if law[int64(rule[N_ASSETS]), KIND] == PLAIN:
        plain_dividends(S, market, law, rule, book, t, a, lanes)
        return
    for j in range(lanes):
        pay_dividends(S, market, law, rule, book, t, a, j)


@inner
def show(S, D, nb, na):
    """What the daily statistics need to know of the accounts; nothing may have fallen below zero."""
    for j in range(LANES):
        cash, error = S[CASH, j], S[ERROR, j]
        D[D_CASH * LANES + j] = cash
        D[D_FLOW * LANES + j] = S[FLOW, j]
        D[D_PRINCIPAL * LANES + j] = (S[CONTRIBUTED, j] - S[WITHDRAWN, j]) * BELOW
        S[ERROR, j] = error if cash > -1e-6 else 1.0
    for a in range(na):
        at = scratch_row(D_UNITS + a)
        for j in range(LANES):
            D[at + j] = S[units_row(nb, na, 0, a), j]
        for b in range(1, nb):
            for j in range(LANES):
                D[at + j] += S[units_row(nb, na, b, a), j]
        for j in range(LANES):
            error = S[ERROR, j]
            S[ERROR, j] = error if D[at + j] > -1e-6 else 1.0


@inner
def arrive(S, book, t, deposit, release, lanes):
    """A deposit arrives, and some of what has arrived is released for investing."""
    for j in range(lanes):
        if deposit > 0.0:
            S[CASH, j] += deposit
            S[CONTRIBUTED, j] += deposit
            S[FLOW, j] += deposit
            note(book, t, DEPOSIT, NOWHERE, NOWHERE, 0.0, deposit, 0.0, S[CASH, j])
        S[RESERVE, j] = max(min(S[RESERVE, j] + deposit - release, S[CASH, j]), 0.0)
        if release > 0.0:
            S[ARRIVED, j] = 1.0


@inner
def turn_year(S, law, rule, book, t, year, new_year, april, j):
    """Close the tax and quota year before ``year``, or pay the refunds that waited for April."""
    if new_year:
        refund = close_tax_year(S, law, rule, year - 1, j)
        close_quota_year(S, law, rule, book, year - 1, j)
        if refund > 0.0:
            pay_refund(S, book, t, DIVIDEND_TAX_PAID, DIVIDEND_TAX, refund, j)
    if april and S[REFUND, j] > 0.0:
        pay_refund(S, book, t, TAX_REFUND, TAX, S[REFUND, j], j)
        S[REFUND, j] = 0.0
    if april and S[DIVIDEND_REFUND, j] > 0.0:
        pay_refund(S, book, t, DIVIDEND_TAX_PAID, DIVIDEND_TAX, S[DIVIDEND_REFUND, j], j)
        S[DIVIDEND_REFUND, j] = 0.0


@inner
def pay_refund(S, book, t, kind, tax, refund, j):
    """A refund of a closed year arrives; ``tax`` is the row of the sum that it lowers."""
    S[tax, j] -= refund
    S[CASH, j] += refund
    S[ARRIVED, j] = 1.0
    note(book, t, kind, NOWHERE, NOWHERE, 0.0, refund, 0.0, S[CASH, j])


@inner
def accrue(S, D, growth, lanes):
    """Interest of one session on all cash of the block; cash of the session before joins the average."""
    for j in range(lanes):
        S[IDLE, j] += S[CASH, j]
        interest = S[CASH, j] * growth
        S[CASH, j] += interest
        S[INTEREST, j] += interest
        D[D_CASH * LANES + j] = S[CASH, j]


@inner
def run_dry(S, D, t):
    """Note in which lives the money ran out: a withdrawal was not paid in full, and the session closes on nothing.

    Sales leave no dust, so that nothing is exactly 0; a share or a yen that is left is money.
    """
    for j in range(LANES):
        dry = S[SHORT_OF, j] > 0.0 and D[D_BEFORE * LANES + j] <= 0.0 and S[DEPLETED, j] == 0.0
        S[DEPLETED, j] = t + 1.0 if dry else S[DEPLETED, j]
        S[SHORT_OF, j] = 0.0


@inner
def write_session(S, D, nb, na, path, t, flow):
    """Write the close of session ``t`` of the first life down."""
    path[t, 0] = D[D_VALUE * LANES]
    path[t, 1] = S[CASH, 0]
    path[t, 2] = flow
    for b in range(nb):
        for a in range(na):
            path[t, 3 + b * na + a] = S[units_row(nb, na, b, a), 0]


@inner
def live(
    market, law, rule, plan, flags, targets, out, ends, book, path, S, kept, D, W, flows, lane_from, lane_to, first
):  # fmt: skip
    """Run lives ``lane_from`` .. ``lane_to`` - 1 of a plan and write their statistics to ``out`` (E K, STATS).

    ``plan`` (T, PLAN), ``flags`` (T,), ``targets`` (R, A, K). ``first`` is the session of the first deposit;
    before it nothing is counted. With rows in ``book`` there is one life, and everything it does is written
    down: its movements to ``book``, each close to ``path`` (T, 3 + B A): value, cash, flow, units held.
    ``ends`` (E,) ascending, the last one T: statistics of each life as if it ended with session ``end`` - 1,
    in rows ``e`` K + lane; what comes after does not know of it.

    ``S``, ``kept``, ``D``, ``W``, ``flows`` are workspace (see ``workspace``): compiled code that allocates
    nothing compiles faster.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    writing = book.shape[0] > 0
    idle_yield = rule[IDLE_YIELD]
    day = MARKET * na + 1
    for lane0 in range(lane_from, lane_to, LANES):
        lanes = min(LANES, lane_to - lane0)
        wide = min(LANES, whole_lines(lanes))
        begin(S, D)
        flow_count = int64(0)
        t = first
        event = first  # the last session on which something happened
        held_since = first
        for e in range(ends.shape[0]):
            sessions = int64(ends[e])
            while t < sessions:
                if idle_yield != 0.0 and t > first:
                    growth = math.pow(1.0 + idle_yield, (market[t, day] - market[t - 1, day]) / 365.0) - 1.0
                    accrue(S, D, growth, lanes)
                    held_since = t
                if flags[t]:
                    wait = float(t - held_since)
                    for j in range(LANES):
                        S[IDLE, j] += S[CASH, j] * wait
                    held_since = t
                    act(S, D, W, market, law, rule, book, targets, plan, flags[t], t, lanes, lane0)
                    if flags[t] & ON_FLOW:
                        for j in range(LANES):
                            flows[flow_count, j] = S[FLOW, j]
                        flows[flow_count, FLOW_DAY] = market[t, day]
                        flow_count += 1
                    event_day(D, market, t, na, event)
                    if t == first:
                        for j in range(LANES):
                            S[FIRST_RETURN, j] = D[D_SUM * LANES + j]
                    event = t
                    if plan[t, P_WITHDRAWAL] > 0.0 or plan[t, P_SHARE] > 0.0:
                        run_dry(S, D, t)
                    if writing:
                        write_session(S, D, nb, na, path, t, S[FLOW, 0])
                    t += 1
                    continue
                if writing or idle_yield != 0.0:
                    one_day(D, market, t, na, wide)
                    if writing:
                        write_session(S, D, nb, na, path, t, 0.0)
                    t += 1
                    continue
                if t + 4 <= sessions and flags[t + 1] | flags[t + 2] | flags[t + 3] == 0:
                    four_days(D, market, t, na, wide)
                    t += 4
                else:
                    one_day(D, market, t, na, wide)
                    t += 1
            for i in range(flow_count):
                flows[i, FLOW_YEARS] = (market[sessions - 1, day] - flows[i, FLOW_DAY]) / 365.0
            for j in range(LANES):
                W[FINAL * LANES + j] = D[D_BEFORE * LANES + j]
            block_rates(flows, flow_count, W)
            copy_block(S, kept)
            for j in range(lanes):
                guess, final = W[X * LANES + j], W[FINAL * LANES + j]
                rate = exact_rate(flows, flow_count, final, guess, j)
                k = e * targets.shape[2] + lane0 + j
                finish(S, D, market, law, rule, book, rate, out, k, j, first, held_since, event, sessions)
            copy_block(kept, S)


@inner
def copy_block(one, other):
    """``one``'s rows into ``other``: what a life's end uses up is put back for those that go on."""
    for i in range(one.shape[0]):
        for j in range(LANES):
            other[i, j] = one[i, j]


@inner
def begin(S, D):
    """A block of lives before anything has happened."""
    for i in range(S.shape[0]):
        for j in range(LANES):
            S[i, j] = 0.0
    for i in range(D.shape[0]):
        D[i] = 0.0
    for j in range(LANES):
        D[D_INDEX * LANES + j] = 1.0
        D[D_FALL * LANES + j] = 1.0
        D[D_WORST * LANES + j] = 1.0


@inner
def finish(S, D, market, law, rule, book, rate, out, k, j, first, held_since, event, sessions):
    """The statistics of one life that ends with session ``sessions`` - 1, in the order of STATS."""
    na = int64(rule[N_ASSETS])
    day = MARKET * na + 1
    t = sessions - 1
    if S[INTEREST, j] != 0.0 and j == 0:
        note(book, t, INTEREST_PAID, NOWHERE, NOWHERE, 0.0, S[INTEREST, j], 0.0, S[CASH, j])
    year = int64(market[t, MARKET * na])
    write_quota(S, law, rule, book, year, year, j)
    write_quota(S, law, rule, book, year + 1, year, j)
    final = D[D_BEFORE * LANES + j]
    out[k, 0] = final
    out[k, 2], out[k, 3] = S[CONTRIBUTED, j], S[WITHDRAWN, j]
    out[k, 4], out[k, 5], out[k, 6] = S[COST, j], S[TAX, j], S[DIVIDEND_TAX, j]
    goes_on = 1.0 if final > 0.0 else 0.0
    count = D[D_COUNT * LANES + j] + goes_on * (t - event)
    out[k, 7] = (S[IDLE, j] + S[CASH, j] * (sessions - held_since)) / max(count, 1.0)
    out[k, 8] = final * D[D_BASE * LANES + j] if final > 0.0 else D[D_INDEX * LANES + j]
    out[k, 9] = D[D_WORST * LANES + j] - 1.0
    out[k, 10], out[k, 11], out[k, 12] = D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], count
    out[k, 13] = D[D_BELOW * LANES + j]
    out[k, 14] = rate
    out[k, 15] = S[ERROR, j]
    out[k, 16] = D[D_DAYS * LANES + j] + goes_on * (market[t, day] - market[event, day])
    dry = int64(S[DEPLETED, j]) - 1
    out[k, 17] = float(dry) if dry >= 0 else math.nan
    out[k, 18] = market[dry, day] - market[first, day] if dry >= 0 else math.nan
    out[k, 19], out[k, 20] = S[ASKED, j], S[UNPAID, j]
    out[k, 21] = S[FIRST_RETURN, j]
    if law[na, KIND] == PLAIN:
        out[k, 1] = plain_liquidation(S, market, law, rule, t, j)
    else:
        out[k, 1] = liquidation_value(S, market, law, rule, t, j)
