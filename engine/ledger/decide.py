"""Withdrawals and trades of one life at one close: docs/ledger.md, "Withdrawal" and "Decision".

``targets`` is (R, A, K): the weights of each life; ``row`` and ``lane`` pick a life's weights of a session.
``W`` is scratch, flat rows of LANES as the daily statistics are.
"""

from __future__ import annotations

import math

from numpy import int64

from engine.ledger.accounts import DUST, NEAR_UNITS, buy, note, sell
from engine.ledger.amounts import floor_yen
from engine.ledger.jit import inlined, inner
from engine.ledger.layout import (
    ARRIVED,
    BAND_RELATIVE,
    BAND_WIDTH,
    BASE,
    CASH,
    FLOW,
    FREE_CASH,
    KIND,
    LANES,
    MARKED,
    MODE,
    N_ASSETS,
    N_BUCKETS,
    NEW_MONEY_FIRST,
    NOWHERE,
    PLAIN,
    POLICY,
    RESERVE,
    SHORT,
    TOTAL,
    VALUES,
    WHOLE,
    WITHDRAWAL,
    WITHDRAWN,
)
from engine.ledger.rows import earmark_row, units_row

NO_SELL, CALENDAR, BAND = 1.0, 2.0, 3.0  # values of Policy
WAIT, WEIGHTS, SHORTFALL = 0.0, 1.0, 2.0  # values of row MODE
PASSES = 8  # of sales for a withdrawal: tax on the sale itself must be sold for as well


@inlined
def units_of(S, nb, na, a, j):
    """Units of an asset in all buckets."""
    units = 0.0
    for b in range(nb):
        units += S[units_row(nb, na, b, a), j]
    return units


@inlined
def value_assets(S, W, market, nb, na, t, j):
    """Each asset's worth at mid, into rows VALUES of the scratch; returns their sum."""
    total = 0.0
    for a in range(na):
        W[(VALUES + a) * LANES + j] = units_of(S, nb, na, a, j) * market[t, BASE * na + a]
        total += W[(VALUES + a) * LANES + j]
    return total


@inner
def withdraw(S, W, market, law, rule, book, targets, t, j, lane, row, fixed, share):
    """Take out ``fixed`` and a ``share`` of the value before the deposit, selling as needed."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    rounded = law[na, KIND] != PLAIN
    part = share * (value_assets(S, W, market, nb, na, t, j) + S[CASH, j] - S[FLOW, j])
    wanted = fixed + (floor_yen(part) if rounded else part)
    for again in range(PASSES):
        need = wanted - S[CASH, j]
        if need < (1.0 if rounded else 1e-9 * wanted):
            break
        if again > 0:
            need *= 1.3
        total = max(value_assets(S, W, market, nb, na, t, j) - need, 0.0)
        excess = 0.0
        for a in range(na):
            W[(VALUES + a) * LANES + j] = max(
                W[(VALUES + a) * LANES + j] - targets[row, a, lane] * total, 0.0
            )
            excess += W[(VALUES + a) * LANES + j]
        if excess <= 0.0:
            break
        for a in range(na):
            if W[(VALUES + a) * LANES + j] < DUST * excess:
                continue
            units = need * W[(VALUES + a) * LANES + j] / excess / market[t, BASE * na + a]
            if law[a, WHOLE] > 0.0:
                units = math.ceil(units - NEAR_UNITS)
            sell(S, market, law, rule, book, t, a, j, units)
    paid = min(wanted, S[CASH, j])
    if not rounded and S[CASH, j] - paid < DUST * paid:  # noise that is left would be the base of a return
        paid = S[CASH, j]
    S[CASH, j] -= paid
    S[RESERVE, j] = min(S[RESERVE, j], S[CASH, j])
    S[WITHDRAWN, j] += paid
    S[FLOW, j] -= paid
    if paid > 0.0:
        note(book, t, WITHDRAWAL, NOWHERE, NOWHERE, 0.0, -paid, 0.0, S[CASH, j])


@inner
def trade(S, W, market, law, rule, book, targets, t, lanes, lane0, row, looking):
    """The policy's table of docs/ledger.md for a block: what is bought and sold at this close.

    ``looking``: a session on which the policy rebalances or looks at its band. Row MODE of the scratch says
    for each life whether it invests, and how.
    """
    policy = rule[POLICY]
    money_first = rule[NEW_MONEY_FIRST] != 0.0
    usual = SHORTFALL if policy == NO_SELL or (policy >= CALENDAR and money_first) else WEIGHTS
    busy = 0.0
    for j in range(LANES):
        W[MODE * LANES + j] = usual if S[ARRIVED, j] > 0.0 else WAIT
        busy += S[ARRIVED, j]
    if looking and (policy == CALENDAR or not money_first):
        for j in range(lanes):
            lane = lane0 + j
            if policy == CALENDAR or out_of_band(S, W, market, rule, targets, t, j, lane, row):
                sell_excess(S, W, market, law, rule, book, targets, t, j, lane, row)
                W[MODE * LANES + j] = SHORTFALL
                busy += 1.0
    if busy > 0.0:
        invest(S, W, market, law, rule, book, targets, t, lanes, lane0, row)
    if looking and policy == BAND and money_first:
        busy = 0.0
        for j in range(lanes):
            lane = lane0 + j
            W[MODE * LANES + j] = WAIT
            if out_of_band(S, W, market, rule, targets, t, j, lane, row):
                sell_excess(S, W, market, law, rule, book, targets, t, j, lane, row)
                W[MODE * LANES + j] = SHORTFALL
                busy += 1.0
        if busy > 0.0:
            invest(S, W, market, law, rule, book, targets, t, lanes, lane0, row)


@inlined
def out_of_band(S, W, market, rule, targets, t, j, lane, row):
    """Whether some weight is outside its band."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    total = value_assets(S, W, market, nb, na, t, j) + S[CASH, j] - S[RESERVE, j]
    for a in range(na):
        weight = targets[row, a, lane]
        width = rule[BAND_WIDTH] * (weight if rule[BAND_RELATIVE] != 0.0 else 1.0)
        if abs(W[(VALUES + a) * LANES + j] - weight * total) > width * total + 1e-12 * total:
            return True
    return False


@inner
def sell_excess(S, W, market, law, rule, book, targets, t, j, lane, row):
    """Sell what is over its target."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    total = value_assets(S, W, market, nb, na, t, j) + S[CASH, j] - S[RESERVE, j]
    least = 1.0 if law[na, KIND] != PLAIN else DUST * total
    for a in range(na):
        weight = targets[row, a, lane]
        over = W[(VALUES + a) * LANES + j] - weight * total
        if over <= 0.0 or (over < least and weight > 0.0):
            continue
        units = over / market[t, BASE * na + a]
        if weight <= 0.0:
            units = units_of(S, nb, na, a, j)
        elif law[a, WHOLE] > 0.0:
            units = math.floor(units + NEAR_UNITS)
        sell(S, market, law, rule, book, t, a, j, units)


@inner
def invest(S, W, market, law, rule, book, targets, t, lanes, lane0, row):
    """Spend what is available in every life that invests: by shortfall, or by weights through the earmarks.

    The budgets of the whole block are worked out in step; only orders are placed life by life.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    for j in range(LANES):
        W[FREE_CASH * LANES + j] = S[CASH, j] - S[RESERVE, j]
        W[TOTAL * LANES + j] = 0.0
        W[SHORT * LANES + j] = 0.0
        W[MARKED * LANES + j] = 0.0
    for a in range(na):
        at = (VALUES + a) * LANES
        price = market[t, BASE * na + a]
        for j in range(LANES):
            W[at + j] = S[units_row(nb, na, 0, a), j]
        for b in range(1, nb):
            for j in range(LANES):
                W[at + j] += S[units_row(nb, na, b, a), j]
        for j in range(LANES):
            W[at + j] *= price
            W[TOTAL * LANES + j] += W[at + j]
            W[MARKED * LANES + j] += S[earmark_row(nb, a), j]
    for j in range(LANES):
        W[TOTAL * LANES + j] += W[FREE_CASH * LANES + j]
    for a in range(na):
        at = (VALUES + a) * LANES
        for j in range(lanes):
            W[at + j] = max(targets[row, a, lane0 + j] * W[TOTAL * LANES + j] - W[at + j], 0.0)
            W[SHORT * LANES + j] += W[at + j]
    for j in range(LANES):
        free, short, marked = W[FREE_CASH * LANES + j], W[SHORT * LANES + j], W[MARKED * LANES + j]
        by_weights = W[MODE * LANES + j] == WEIGHTS
        W[SHORT * LANES + j] = free / short if short > 0.0 and free > 0.0 and not by_weights else 0.0
        keep = max(free, 0.0) / marked if marked > free else 1.0
        W[MARKED * LANES + j] = keep if by_weights else 0.0
        W[FREE_CASH * LANES + j] = max(free - marked, 0.0) if by_weights else 0.0
    dust = 0.0 if law[na, KIND] != PLAIN else DUST
    for a in range(na):
        at = (VALUES + a) * LANES
        earmark = earmark_row(nb, a)
        for j in range(lanes):
            fresh = targets[row, a, lane0 + j] * W[FREE_CASH * LANES + j]
            set_aside = S[earmark, j] * W[MARKED * LANES + j]
            W[at + j] = W[at + j] * W[SHORT * LANES + j] + (set_aside + fresh)
        for j in range(lanes):
            if W[MODE * LANES + j] == WAIT:
                continue
            budget = W[at + j]
            spent = 0.0
            money = min(budget, S[CASH, j] - S[RESERVE, j])
            if money > dust * W[TOTAL * LANES + j]:
                spent = buy(S, market, law, rule, book, t, a, j, money)
            S[earmark, j] = budget - spent
