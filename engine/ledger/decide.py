"""Withdrawals and trades of a block of lives at one close: docs/ledger.md, "Withdrawal" and "Decision".

What every life wants is worked out for the block in step; where there are yen books, orders are then placed
life by life. ``W`` is scratch, flat rows of LANES as the daily statistics are; its rows from VALUES on hold
every asset's value, and after them every asset's target weight. Counts are whole numbers, because a sum of
floats in their order cannot be made in step.
"""

from __future__ import annotations

import numpy as np
from numpy import int64

from engine.ledger.accounts import sell
from engine.ledger.amounts import DUST, NEAR_UNITS, floor_yen
from engine.ledger.jit import inner
from engine.ledger.layout import (
    ARRIVED,
    ASKED,
    BAND_RELATIVE,
    BAND_WIDTH,
    BASE,
    CASH,
    EXCESS,
    FLOW,
    FREE_CASH,
    KIND,
    LANES,
    MARKED,
    MODE,
    N_ASSETS,
    N_BUCKETS,
    NEED,
    NEW_MONEY_FIRST,
    NOWHERE,
    ORDER,
    PLAIN,
    POLICY,
    RESERVE,
    SHORT,
    SHORT_OF,
    TOTAL,
    UNPAID,
    VALUES,
    WANTED,
    WHOLE,
    WHOLE_YEN,
    WITHDRAWAL,
    WITHDRAWN,
)
from engine.ledger.plain import buy_plain, sell_plain
from engine.ledger.purchases import buy
from engine.ledger.records import note
from engine.ledger.rows import earmark_row, not_negative, scratch_row, units_row

NO_SELL, CALENDAR, BAND = 1.0, 2.0, 3.0  # values of Policy
WAIT, WEIGHTS, SHORTFALL = 0.0, 1.0, 2.0  # values of row MODE
PASSES = 8  # of sales for a withdrawal: tax on the sale itself must be sold for as well
EVERYTHING = 1e300  # more units than anybody has


@inner
def take_weights(W, targets, na, row, lanes, lane0):
    """Target weights (R, A, K) of the block's lives, of the session's row, into the scratch."""
    begin = not_negative(lane0)
    for a in range(na):
        at = scratch_row(VALUES + na + a)
        for j in range(lanes):
            W[at + j] = targets[row, a, begin + j]


@inner
def value_assets(S, W, market, nb, na, t):
    """Each asset's worth at mid into rows VALUES of the scratch, their sum into row TOTAL."""
    for j in range(LANES):
        W[TOTAL * LANES + j] = 0.0
    for a in range(na):
        at = scratch_row(VALUES + a)
        price = market[t, BASE * na + a]
        units = units_row(nb, na, 0, a)
        for j in range(LANES):
            W[at + j] = S[units, j] * price
            W[TOTAL * LANES + j] += W[at + j]
        for b in range(1, nb):
            units = units_row(nb, na, b, a)
            for j in range(LANES):
                value = S[units, j] * price
                W[at + j] += value
                W[TOTAL * LANES + j] += value


@inner
def sell_orders(S, W, market, law, rule, book, t, a, lanes):
    """Sell the units of asset ``a`` that row ORDER says."""
    if law[int64(rule[N_ASSETS]), KIND] == PLAIN:
        sell_plain(S, W, market, law, rule, book, t, a, lanes)
        return
    for j in range(lanes):
        if W[ORDER * LANES + j] > 0.0:
            sell(S, market, law, rule, book, t, a, j, W[ORDER * LANES + j])


@inner
def buy_orders(S, W, market, law, rule, book, t, a, lanes):
    """Buy asset ``a`` for the money in row ORDER, which then says what was spent; row TOTAL is all there is."""
    if law[int64(rule[N_ASSETS]), KIND] == PLAIN:
        buy_plain(S, W, market, law, rule, book, t, a, lanes)
        return
    for j in range(lanes):
        if W[ORDER * LANES + j] > 0.0:
            beside = W[TOTAL * LANES + j] + S[RESERVE, j]
            W[ORDER * LANES + j] = buy(S, market, law, rule, book, t, a, j, W[ORDER * LANES + j], beside)


@inner
def withdraw(S, W, market, law, rule, book, targets, t, lanes, lane0, row, fixed, share):
    """Take out ``fixed`` and a ``share`` of the value before the deposit, selling as needed."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    rounded, whole_yen = law[na, KIND] != PLAIN, rule[WHOLE_YEN] != 0.0
    take_weights(W, targets, na, row, lanes, lane0)
    value_assets(S, W, market, nb, na, t)
    for j in range(lanes):
        part = share * (W[TOTAL * LANES + j] + S[CASH, j] - S[FLOW, j])
        W[WANTED * LANES + j] = fixed + (floor_yen(part) if whole_yen else part)
    for again in range(PASSES):
        if again > 0:
            value_assets(S, W, market, nb, na, t)
        if not raise_cash(S, W, market, law, rule, book, t, lanes, again > 0):
            break
    for j in range(lanes):
        wanted, cash = W[WANTED * LANES + j], S[CASH, j]
        # What the sales above took for enough is paid in full, and in whole yen; noise that is left would be
        # the base of a return.
        enough = wanted - cash < (1.0 if rounded else DUST * wanted)
        full = min(wanted, floor_yen(cash)) if rounded else wanted
        paid = full if enough else cash
        left = 0.0 if not rounded and cash - paid < DUST * paid else max(cash - paid, 0.0)
        S[CASH, j] = left
        S[RESERVE, j] = min(S[RESERVE, j], left)
        S[WITHDRAWN, j] += paid
        S[FLOW, j] -= paid
        short = wanted - paid
        short = short if short >= (1.0 if rounded else 1e-9 * wanted) and short > 0.0 else 0.0
        S[ASKED, j] += wanted
        S[UNPAID, j] += short
        S[SHORT_OF, j] = short
        W[NEED * LANES + j] = paid
    if W[NEED * LANES] > 0.0:
        note(book, t, WITHDRAWAL, NOWHERE, NOWHERE, 0.0, -W[NEED * LANES], 0.0, S[CASH, 0])


@inner
def raise_cash(S, W, market, law, rule, book, t, lanes, again):
    """Sell for what the amounts in row WANTED still need of cash, of what is over its target most.

    Whether any life still needed some. ``again``: a pass after the first, which must sell for tax as well.
    """
    na = int64(rule[N_ASSETS])
    rounded = law[na, KIND] != PLAIN
    going = 0
    for j in range(lanes):
        wanted = W[WANTED * LANES + j]
        need = wanted - S[CASH, j]
        enough = need < (1.0 if rounded else 1e-9 * wanted)
        going += 0 if enough else 1
        need *= 1.3 if again else 1.0
        W[NEED * LANES + j] = 0.0 if enough else need
        W[TOTAL * LANES + j] = max(W[TOTAL * LANES + j] - need, 0.0)
        W[EXCESS * LANES + j] = 0.0
    if going == 0:
        return False
    for a in range(na):
        at, goal = scratch_row(VALUES + a), scratch_row(VALUES + na + a)
        for j in range(lanes):
            W[at + j] = max(W[at + j] - W[goal + j] * W[TOTAL * LANES + j], 0.0)
            W[EXCESS * LANES + j] += W[at + j]
    for a in range(na):
        at = scratch_row(VALUES + a)
        price = market[t, BASE * na + a]
        whole = law[a, WHOLE] > 0.0
        for j in range(lanes):
            over, excess = W[at + j], W[EXCESS * LANES + j]
            sells = over > 0.0 and over >= DUST * excess
            units = W[NEED * LANES + j] * over / excess / price if sells else 0.0
            W[ORDER * LANES + j] = np.ceil(units - NEAR_UNITS) if whole else units
        sell_orders(S, W, market, law, rule, book, t, a, lanes)
    return True


@inner
def trade(S, W, market, law, rule, book, targets, t, lanes, lane0, row, looking):
    """The policy's table of docs/ledger.md for a block: what is bought and sold at this close.

    ``looking``: a session on which the policy rebalances or looks at its band. Row MODE of the scratch says
    for each life whether it invests, and how.
    """
    policy = rule[POLICY]
    money_first = rule[NEW_MONEY_FIRST] != 0.0
    usual = SHORTFALL if policy == NO_SELL or (policy >= CALENDAR and money_first) else WEIGHTS
    busy = 0
    for j in range(LANES):
        W[MODE * LANES + j] = usual if S[ARRIVED, j] > 0.0 else WAIT
        busy += 1 if S[ARRIVED, j] > 0.0 else 0
    if busy == 0 and not looking:
        return
    take_weights(W, targets, int64(rule[N_ASSETS]), row, lanes, lane0)
    if looking and (policy == CALENDAR or not money_first):
        busy += sell_excess(S, W, market, law, rule, book, t, lanes)
    if busy > 0:
        invest(S, W, market, law, rule, book, t, lanes)
    if looking and policy == BAND and money_first:
        for j in range(LANES):
            W[MODE * LANES + j] = WAIT
        if sell_excess(S, W, market, law, rule, book, t, lanes) > 0:
            invest(S, W, market, law, rule, book, t, lanes)


@inner
def sell_excess(S, W, market, law, rule, book, t, lanes):
    """Sell what is over its target in every life that is rebalanced, and have it invest. Returns their number.

    Under a band these are the lives with some weight outside of it.
    """
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    value_assets(S, W, market, nb, na, t)
    for j in range(lanes):
        W[TOTAL * LANES + j] = W[TOTAL * LANES + j] + S[CASH, j] - S[RESERVE, j]
        W[MARKED * LANES + j] = 0.0 if rule[POLICY] == BAND else 1.0
    if rule[POLICY] == BAND:
        for a in range(na):
            at, goal = scratch_row(VALUES + a), scratch_row(VALUES + na + a)
            for j in range(lanes):
                weight, total = W[goal + j], W[TOTAL * LANES + j]
                width = rule[BAND_WIDTH] * (weight if rule[BAND_RELATIVE] != 0.0 else 1.0)
                outside = abs(W[at + j] - weight * total) > width * total + 1e-12 * total
                W[MARKED * LANES + j] = 1.0 if outside else W[MARKED * LANES + j]
    count = 0
    for j in range(lanes):
        sells = W[MARKED * LANES + j] > 0.0
        count += 1 if sells else 0
        W[MODE * LANES + j] = SHORTFALL if sells else W[MODE * LANES + j]
    if count == 0:
        return count
    rounded = law[na, KIND] != PLAIN
    for a in range(na):
        at, goal = scratch_row(VALUES + a), scratch_row(VALUES + na + a)
        price = market[t, BASE * na + a]
        whole = law[a, WHOLE] > 0.0
        for j in range(lanes):
            weight, total = W[goal + j], W[TOTAL * LANES + j]
            over = W[at + j] - weight * total
            sells = W[MARKED * LANES + j] > 0.0 and over > 0.0
            worth_it = over >= (1.0 if rounded else DUST * total)
            units = np.floor(over / price + NEAR_UNITS) if whole else over / price
            order = units if worth_it else 0.0
            order = order if weight > 0.0 else EVERYTHING
            W[ORDER * LANES + j] = order if sells else 0.0
        sell_orders(S, W, market, law, rule, book, t, a, lanes)
    return count


@inner
def invest(S, W, market, law, rule, book, t, lanes):
    """Spend what is available in every life that invests: by shortfall, or by weights through the earmarks."""
    nb, na = int64(rule[N_BUCKETS]), int64(rule[N_ASSETS])
    value_assets(S, W, market, nb, na, t)
    for j in range(LANES):
        W[FREE_CASH * LANES + j] = S[CASH, j] - S[RESERVE, j]
        W[TOTAL * LANES + j] += W[FREE_CASH * LANES + j]
        W[SHORT * LANES + j] = 0.0
        W[MARKED * LANES + j] = 0.0
    for a in range(na):
        at, goal = scratch_row(VALUES + a), scratch_row(VALUES + na + a)
        for j in range(lanes):
            W[at + j] = max(W[goal + j] * W[TOTAL * LANES + j] - W[at + j], 0.0)
            W[SHORT * LANES + j] += W[at + j]
            W[MARKED * LANES + j] += S[earmark_row(nb, a), j]
    for j in range(lanes):
        free, short, marked = W[FREE_CASH * LANES + j], W[SHORT * LANES + j], W[MARKED * LANES + j]
        by_weights = W[MODE * LANES + j] == WEIGHTS
        W[SHORT * LANES + j] = free / short if short > 0.0 and free > 0.0 and not by_weights else 0.0
        keep = max(free, 0.0) / marked if marked > free else 1.0
        W[MARKED * LANES + j] = keep if by_weights else 0.0
        W[FREE_CASH * LANES + j] = max(free - marked, 0.0) if by_weights else 0.0
    dust = 0.0 if law[na, KIND] != PLAIN else DUST
    for a in range(na):
        at, goal = scratch_row(VALUES + a), scratch_row(VALUES + na + a)
        earmark = earmark_row(nb, a)
        for j in range(lanes):
            fresh = W[goal + j] * W[FREE_CASH * LANES + j]
            set_aside = S[earmark, j] * W[MARKED * LANES + j]
            W[at + j] = W[at + j] * W[SHORT * LANES + j] + (set_aside + fresh)
            money = min(W[at + j], S[CASH, j] - S[RESERVE, j])
            places = W[MODE * LANES + j] != WAIT and money > dust * W[TOTAL * LANES + j]
            W[ORDER * LANES + j] = money if places else 0.0
        buy_orders(S, W, market, law, rule, book, t, a, lanes)
        for j in range(lanes):
            waits = W[MODE * LANES + j] == WAIT
            S[earmark, j] = S[earmark, j] if waits else W[at + j] - W[ORDER * LANES + j]
