"""Many lives in step: daily statistics across lives in SIMD loops, accounts only where something happens.

The work that cannot be avoided is one division a life and session (the daily return, for the volatility).
Everything else on a plain day is a handful of multiplications on values that are already in registers: the
daily loop takes four sessions at a time, so that a block's state is loaded and stored once in four days.
A block has ``LANES`` lives whatever their number, so that a life alone runs through the very same
instructions as one of a million.
"""

from __future__ import annotations

import math

import numpy as np

from engine.ledger.accounts import (
    close_quota_year,
    close_tax_year,
    end_terms,
    liquidation_value,
    note,
    pay_dividends,
    write_quota,
)
from engine.ledger.decide import trade, units_of, withdraw
from engine.ledger.jit import compiled, inlined, inner
from engine.ledger.layout import (
    ARRIVED,
    BASE,
    CASH,
    CONTRIBUTED,
    COST,
    DEPOSIT,
    DIVIDEND,
    DIVIDEND_TAX,
    DIVIDEND_TAX_PAID,
    ERROR,
    FLOW,
    IDLE,
    IDLE_YIELD,
    INTEREST,
    INTEREST_PAID,
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
    REFUND,
    RESERVE,
    TAX,
    TAX_REFUND,
    TERM,
    WITHDRAWN,
    state_rows,
    units_row,
)

# Rows of the daily statistics D, one flat array of rows of LANES: constant distances between the rows let
# the compiler prove that the loops below may be vectorised.
D_CASH, D_BEFORE, D_PEAK, D_WORST, D_WORST_PEAK, D_SUM, D_SQUARES, D_BELOW, D_PRINCIPAL = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
)
D_FLOW, D_BASE, D_INDEX, D_INDEX_PEAK, D_VALUE = 9, 10, 11, 12, 13  # D_VALUE: four rows
D_UNITS = 17
LEAST_RATE, MOST_RATE = math.log(1e-9), math.log(1e4)  # of 1 + XIRR
BELOW = 1.0 - 1e-12  # a value this close to the principal is not below it


@inlined
def step(value, before, peak, worst, worst_peak, total, squares, below, principal):  # type: ignore[no-untyped-def]
    """One plain day of one life: return, drawdown (a fraction kept apart), days below principal."""
    r = value / before - 1.0 if before > 0.0 else 0.0
    total += r
    squares += r * r
    peak = peak if peak > value else value
    deeper = value * worst_peak < worst * peak
    worst = value if deeper else worst
    worst_peak = peak if deeper else worst_peak
    below += 1.0 if value < principal else 0.0
    return peak, worst, worst_peak, total, squares, below


@inner
def four_days(D, market, t, na):  # type: ignore[no-untyped-def]
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
        for j in range(LANES):
            cash = D[D_CASH * LANES + j]
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
    for j in range(LANES):
        cash = D[D_CASH * LANES + j]
        D[D_VALUE * LANES + j] = cash
        D[(D_VALUE + 1) * LANES + j] = cash
        D[(D_VALUE + 2) * LANES + j] = cash
        D[(D_VALUE + 3) * LANES + j] = cash
    for a in range(na):
        at = BASE * na + a
        p0, p1, p2, p3 = market[t, at], market[t + 1, at], market[t + 2, at], market[t + 3, at]
        at = (D_UNITS + a) * LANES
        for j in range(LANES):
            u = D[at + j]
            D[D_VALUE * LANES + j] += u * p0
            D[(D_VALUE + 1) * LANES + j] += u * p1
            D[(D_VALUE + 2) * LANES + j] += u * p2
            D[(D_VALUE + 3) * LANES + j] += u * p3
    for j in range(LANES):
        four_steps(
            D,
            j,
            D[D_VALUE * LANES + j],
            D[(D_VALUE + 1) * LANES + j],
            D[(D_VALUE + 2) * LANES + j],
            D[(D_VALUE + 3) * LANES + j],
        )


@inlined
def four_steps(D, j, v0, v1, v2, v3):  # type: ignore[no-untyped-def]
    """Four steps of one life, its statistics loaded and stored once."""
    peak, worst, worst_peak = D[D_PEAK * LANES + j], D[D_WORST * LANES + j], D[D_WORST_PEAK * LANES + j]
    total, squares, below = D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], D[D_BELOW * LANES + j]
    principal, v = D[D_PRINCIPAL * LANES + j], D[D_BEFORE * LANES + j]
    peak, worst, worst_peak, total, squares, below = step(
        v0, v, peak, worst, worst_peak, total, squares, below, principal
    )
    peak, worst, worst_peak, total, squares, below = step(
        v1, v0, peak, worst, worst_peak, total, squares, below, principal
    )
    peak, worst, worst_peak, total, squares, below = step(
        v2, v1, peak, worst, worst_peak, total, squares, below, principal
    )
    peak, worst, worst_peak, total, squares, below = step(
        v3, v2, peak, worst, worst_peak, total, squares, below, principal
    )
    D[D_PEAK * LANES + j], D[D_WORST * LANES + j], D[D_WORST_PEAK * LANES + j] = peak, worst, worst_peak
    D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], D[D_BELOW * LANES + j] = total, squares, below
    D[D_BEFORE * LANES + j] = v3


@inner
def value_day(D, market, t, na):  # type: ignore[no-untyped-def]
    """Value of every life of the block at session ``t``, into row D_VALUE: sums in the order of four_days."""
    for j in range(LANES):
        D[D_VALUE * LANES + j] = D[D_CASH * LANES + j]
    for a in range(na):
        p = market[t, BASE * na + a]
        at = (D_UNITS + a) * LANES
        for j in range(LANES):
            D[D_VALUE * LANES + j] += D[at + j] * p


@inner
def one_day(D, market, t, na):  # type: ignore[no-untyped-def]
    """One plain session for the whole block."""
    value_day(D, market, t, na)
    for j in range(LANES):
        v = D[D_VALUE * LANES + j]
        peak, worst, worst_peak, total, squares, below = step(
            v,
            D[D_BEFORE * LANES + j],
            D[D_PEAK * LANES + j],
            D[D_WORST * LANES + j],
            D[D_WORST_PEAK * LANES + j],
            D[D_SUM * LANES + j],
            D[D_SQUARES * LANES + j],
            D[D_BELOW * LANES + j],
            D[D_PRINCIPAL * LANES + j],
        )
        D[D_PEAK * LANES + j], D[D_WORST * LANES + j], D[D_WORST_PEAK * LANES + j] = peak, worst, worst_peak
        D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], D[D_BELOW * LANES + j] = total, squares, below
        D[D_BEFORE * LANES + j] = v


@inner
def event_day(D, market, t, na):  # type: ignore[no-untyped-def]
    """A session with something happening: returns without the external flow, the index and its base anew.

    The time-weighted index is ``base × value`` between flows; drawdowns are followed in units of value.
    """
    value_day(D, market, t, na)
    for j in range(LANES):
        v = D[D_VALUE * LANES + j]
        before = D[D_BEFORE * LANES + j]
        flow = D[D_FLOW * LANES + j]
        scale = D[D_BASE * LANES + j]
        alive = before > 0.0
        begins = flow > 0.0
        gross = v / flow if begins else 1.0  # where the life starts (again) with this flow
        inner = v - flow
        r = inner / before - 1.0 if alive else gross - 1.0
        index = inner * scale if alive else D[D_INDEX * LANES + j] * gross
        top = D[D_PEAK * LANES + j] * scale if alive else D[D_INDEX_PEAK * LANES + j]
        top = top if top > index else index
        worst, worst_peak = D[D_WORST * LANES + j], D[D_WORST_PEAK * LANES + j]
        deeper = index * worst_peak < worst * top
        D[D_WORST * LANES + j] = index if deeper else worst
        D[D_WORST_PEAK * LANES + j] = top if deeper else worst_peak
        D[D_SUM * LANES + j] += r
        D[D_SQUARES * LANES + j] += r * r
        D[D_BELOW * LANES + j] += 1.0 if v < D[D_PRINCIPAL * LANES + j] else 0.0
        scale = index / v if v > 0.0 else 0.0
        D[D_BASE * LANES + j] = scale
        D[D_INDEX * LANES + j] = index
        D[D_INDEX_PEAK * LANES + j] = top
        D[D_PEAK * LANES + j] = top / scale if scale > 0.0 else 0.0
        D[D_BEFORE * LANES + j] = v


@inner
def act(S, D, market, law, rule, book, targets, plan, flag, t, first, lanes, lane0, value, budget):  # type: ignore[no-untyped-def]
    """Everything that happens in session ``t``, life by life, in the order of docs/ledger.md."""
    nb, na = int(rule[N_BUCKETS]), int(rule[N_ASSETS])
    row = int(plan[t, P_TARGET])
    year = int(market[t, MARKET * na])
    for j in range(lanes):
        S[ARRIVED, j] = 0.0
        S[FLOW, j] = 0.0
        if S[INTEREST, j] != 0.0:
            note(book, t, INTEREST_PAID, NOWHERE, NOWHERE, 0.0, S[INTEREST, j], 0.0, S[CASH, j])
            S[INTEREST, j] = 0.0
    if flag & ON_DIVIDEND and t > first:
        for a in range(na):
            if market[t, DIVIDEND * na + a] > 0.0:
                for j in range(lanes):
                    pay_dividends(S, market, law, rule, book, t, a, j)
    if flag & ON_FLOW:
        arrive(S, book, t, plan[t, P_DEPOSIT], plan[t, P_RELEASE], lanes)
        fixed, share = plan[t, P_WITHDRAWAL], plan[t, P_SHARE]
        if fixed > 0.0 or share > 0.0:
            for j in range(lanes):
                withdraw(S, market, law, rule, book, targets, t, j, lane0 + j, row, fixed, share, value)
    if flag & (ON_NEW_YEAR | ON_APRIL):
        for j in range(lanes):
            turn_year(S, law, rule, book, t, year, flag & ON_NEW_YEAR != 0, flag & ON_APRIL != 0, j)
    for j in range(lanes):
        trade(
            S, market, law, rule, book, targets, t, j, lane0 + j, row, flag & ON_REBALANCE != 0, value, budget
        )
    if flag & ON_YEAR_END:
        for j in range(lanes):
            end_terms(S, market, law, rule, book, t, j)
    for j in range(lanes):
        D[D_CASH * LANES + j] = S[CASH, j]
        D[D_FLOW * LANES + j] = S[FLOW, j]
        D[D_PRINCIPAL * LANES + j] = (S[CONTRIBUTED, j] - S[WITHDRAWN, j]) * BELOW
        least = S[CASH, j]
        for a in range(na):
            units = units_of(S, nb, na, a, j)
            D[(D_UNITS + a) * LANES + j] = units
            least = min(least, units)
        if not least > -1e-6:
            S[ERROR, j] = 1.0


@inner
def arrive(S, book, t, deposit, release, lanes):  # type: ignore[no-untyped-def]
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
def turn_year(S, law, rule, book, t, year, new_year, april, j):  # type: ignore[no-untyped-def]
    """Close the tax and quota year before ``year``, or pay the refund that waited for April."""
    if new_year:
        refund = close_tax_year(S, law, rule, year - 1, j)
        close_quota_year(S, law, rule, book, year - 1, j)
        if refund > 0.0:
            S[DIVIDEND_TAX, j] -= refund
            S[CASH, j] += refund
            S[ARRIVED, j] = 1.0
            note(book, t, DIVIDEND_TAX_PAID, NOWHERE, NOWHERE, 0.0, refund, 0.0, S[CASH, j])
    if april and S[REFUND, j] > 0.0:
        refund = S[REFUND, j]
        S[REFUND, j] = 0.0
        S[TAX, j] -= refund
        S[CASH, j] += refund
        S[ARRIVED, j] = 1.0
        note(book, t, TAX_REFUND, NOWHERE, NOWHERE, 0.0, refund, 0.0, S[CASH, j])


@inner
def accrue(S, D, growth, sessions, lanes):  # type: ignore[no-untyped-def]
    """Interest of one session on all cash of the block; cash of the sessions before it joins the average."""
    for j in range(lanes):
        S[IDLE, j] += S[CASH, j] * sessions
        interest = S[CASH, j] * growth
        S[CASH, j] += interest
        S[INTEREST, j] += interest
        D[D_CASH * LANES + j] = S[CASH, j]


@inner
def write_session(S, D, nb, na, path, t, flow):  # type: ignore[no-untyped-def]
    """Write the close of session ``t`` of the first life down."""
    path[t, 0] = D[D_VALUE * LANES]
    path[t, 1] = S[CASH, 0]
    path[t, 2] = flow
    for b in range(nb):
        for a in range(na):
            path[t, 3 + b * na + a] = S[units_row(nb, na, b, a), 0]


@inner
def internal_rate(flows, years, count, final, j):  # type: ignore[no-untyped-def]
    """XIRR: the yearly rate at which ``count`` flows, ``years`` before the end, grow to the final value.

    NaN where there is none. Newton's method on x = log(1 + rate), kept inside a bracket that is halved
    where Newton leaves it.
    """
    paid = 0.0
    weighted = 0.0
    for i in range(count):
        paid += flows[i, j]
        weighted += flows[i, j] * years[i]
    low, high = LEAST_RATE, MOST_RATE
    x = 0.0
    if final > 0.0 and paid > 0.0 and weighted > 0.0:
        x = min(max(math.log(final / paid) * paid / weighted, low), high)
    gap_low = future(flows, years, count, low, final, j)[0]
    gap_high = future(flows, years, count, high, final, j)[0]
    if not gap_low * gap_high < 0.0:
        return math.nan
    for _ in range(100):
        gap, slope = future(flows, years, count, x, final, j)
        if abs(gap) <= 1e-14 * slope:  # the step is below what a double of the rate can show
            return math.expm1(x - gap / slope)
        if (gap < 0.0) == (gap_low < 0.0):
            low = x
        else:
            high = x
        new = x - gap / slope
        if not low < new < high:
            new = 0.5 * (low + high)
        moved = abs(new - x)
        x = new
        if moved <= 1e-13:
            break
    return math.expm1(x)


@inner
def future(flows, years, count, x, final, j):  # type: ignore[no-untyped-def]
    """Worth of all flows at the end at log-rate ``x``, less the final value; and its slope.

    Where the rate is above zero, everything is discounted to the first flow, so that nothing overflows.
    """
    back = x * years[0] if x > 0.0 else 0.0
    gap = -final * math.exp(-back)
    slope = 0.0
    for i in range(count):
        worth = flows[i, j] * math.exp(x * years[i] - back)
        gap += worth
        slope += worth * years[i]
    return gap, slope


@compiled
def live(market, law, rule, plan, flags, targets, out, lane_from, lane_to, first, book, path):  # type: ignore[no-untyped-def]
    """Run lives ``lane_from`` .. ``lane_to`` - 1 of a plan and write their statistics to ``out`` (K, STATS).

    ``plan`` (T, PLAN), ``flags`` (T,), ``targets`` (R, A, K). ``first`` is the session of the first deposit;
    before it nothing is counted. With rows in ``book`` there is one life, and everything it does is written
    down: its movements to ``book``, each close to ``path`` (T, 3 + B A): value, cash, flow, units held.
    """
    sessions = market.shape[0]
    nb, na = int(rule[N_BUCKETS]), int(rule[N_ASSETS])
    writing = book.shape[0] > 0
    idle_yield = rule[IDLE_YIELD]
    has_term = False
    for b in range(nb):
        has_term = has_term or law[na + b, TERM] > 0.0
    S = np.empty((state_rows(nb, na, has_term), LANES))
    D = np.empty((D_UNITS + na) * LANES)
    value, budget = np.empty(na), np.empty(na)
    day = market[:, MARKET * na + 1]
    flows = np.empty((sessions, LANES))  # external flows of the block, only sessions that have one
    flow_years = np.empty(sessions)
    for lane0 in range(lane_from, lane_to, LANES):
        lanes = min(LANES, lane_to - lane0)
        begin(S, D)
        flow_count = 0
        t = first
        held_since = first
        while t < sessions:
            if idle_yield != 0.0 and t > first:
                growth = math.pow(1.0 + idle_yield, (day[t] - day[t - 1]) / 365.0) - 1.0
                accrue(S, D, growth, t - held_since, lanes)
                held_since = t
            if flags[t]:
                for j in range(lanes):
                    S[IDLE, j] += S[CASH, j] * (t - held_since)
                held_since = t
                act(
                    S,
                    D,
                    market,
                    law,
                    rule,
                    book,
                    targets,
                    plan,
                    flags[t],
                    t,
                    first,
                    lanes,
                    lane0,
                    value,
                    budget,
                )
                if flags[t] & ON_FLOW:
                    flows[flow_count] = S[FLOW]
                    flow_years[flow_count] = (day[sessions - 1] - day[t]) / 365.0
                    flow_count += 1
                event_day(D, market, t, na)
                if writing:
                    write_session(S, D, nb, na, path, t, S[FLOW, 0])
                t += 1
                continue
            if writing or idle_yield != 0.0:
                one_day(D, market, t, na)
                if writing:
                    write_session(S, D, nb, na, path, t, 0.0)
                t += 1
                continue
            end = t + 1
            while end < sessions and flags[end] == 0:
                end += 1
            while t + 4 <= end:
                four_days(D, market, t, na)
                t += 4
            while t < end:
                one_day(D, market, t, na)
                t += 1
        for j in range(lanes):
            rate = internal_rate(flows, flow_years, flow_count, D[D_BEFORE * LANES + j], j)
            finish(S, D, market, law, rule, book, rate, out[lane0 + j], j, first, held_since)


@inner
def begin(S, D):  # type: ignore[no-untyped-def]
    """A block of lives before anything has happened."""
    S[:] = 0.0
    D[:] = 0.0
    for j in range(LANES):
        D[D_INDEX * LANES + j] = 1.0
        D[D_INDEX_PEAK * LANES + j] = 1.0
        D[D_WORST * LANES + j] = 1.0
        D[D_WORST_PEAK * LANES + j] = 1.0


@inner
def finish(S, D, market, law, rule, book, rate, row, j, first, held_since):  # type: ignore[no-untyped-def]
    """The statistics of one life, in the order of STATS."""
    na = int(rule[N_ASSETS])
    sessions = market.shape[0]
    t = sessions - 1
    if S[INTEREST, j] != 0.0:
        note(book, t, INTEREST_PAID, NOWHERE, NOWHERE, 0.0, S[INTEREST, j], 0.0, S[CASH, j])
    write_quota(S, law, rule, book, int(market[t, MARKET * na]), False, j)
    write_quota(S, law, rule, book, int(market[t, MARKET * na]) + 1, True, j)
    final = D[D_BEFORE * LANES + j]
    row[0] = final
    row[2], row[3] = S[CONTRIBUTED, j], S[WITHDRAWN, j]
    row[4], row[5], row[6] = S[COST, j], S[TAX, j], S[DIVIDEND_TAX, j]
    row[7] = (S[IDLE, j] + S[CASH, j] * (sessions - held_since)) / (sessions - first)
    row[8] = final * D[D_BASE * LANES + j] if final > 0.0 else D[D_INDEX * LANES + j]
    row[9] = 1.0 - D[D_WORST * LANES + j] / D[D_WORST_PEAK * LANES + j]
    row[10], row[11], row[12] = D[D_SUM * LANES + j], D[D_SQUARES * LANES + j], sessions - first
    row[13] = D[D_BELOW * LANES + j]
    row[14] = rate
    row[15] = S[ERROR, j]
    row[1] = liquidation_value(S, market, law, rule, t, j)
