"""Withdrawals and trades of one life at one close: docs/ledger.md, "Withdrawal" and "Decision".

``targets`` is (R, A, K): the weights of each life; ``row`` and ``lane`` pick a life's weights of a session.
``value`` and ``budget`` (A,) are scratch.
"""

from __future__ import annotations

import math

from engine.ledger.accounts import DUST, NEAR_UNITS, buy, note, sell
from engine.ledger.amounts import floor_yen
from engine.ledger.jit import inner
from engine.ledger.layout import (
    ARRIVED,
    BAND_RELATIVE,
    BAND_WIDTH,
    BASE,
    CASH,
    FLOW,
    KIND,
    N_ASSETS,
    N_BUCKETS,
    NEW_MONEY_FIRST,
    NOWHERE,
    PLAIN,
    POLICY,
    RESERVE,
    WHOLE,
    WITHDRAWAL,
    WITHDRAWN,
    earmark_row,
    units_row,
)

NO_SELL, CALENDAR, BAND = 1.0, 2.0, 3.0  # values of Policy
PASSES = 8  # of sales for a withdrawal: tax on the sale itself must be sold for as well


@inner
def units_of(S, nb, na, a, j):  # type: ignore[no-untyped-def]
    """Units of an asset in all buckets."""
    units = 0.0
    for b in range(nb):
        units += S[units_row(nb, na, b, a), j]
    return units


@inner
def value_assets(S, market, nb, na, t, j, value):  # type: ignore[no-untyped-def]
    """Fill ``value`` (A,) with each asset's worth at mid; returns their sum."""
    total = 0.0
    for a in range(na):
        value[a] = units_of(S, nb, na, a, j) * market[t, BASE * na + a]
        total += value[a]
    return total


@inner
def withdraw(S, market, law, rule, book, targets, t, j, lane, row, fixed, share, value):  # type: ignore[no-untyped-def]
    """Take out ``fixed`` and a ``share`` of the value before the deposit, selling as needed."""
    nb, na = int(rule[N_BUCKETS]), int(rule[N_ASSETS])
    rounded = law[na, KIND] != PLAIN
    part = share * (value_assets(S, market, nb, na, t, j, value) + S[CASH, j] - S[FLOW, j])
    wanted = fixed + (floor_yen(part) if rounded else part)
    for again in range(PASSES):
        need = wanted - S[CASH, j]
        if need < (1.0 if rounded else 1e-9 * wanted) or need <= 0.0:
            break
        if again > 0:
            need *= 1.3
        total = max(value_assets(S, market, nb, na, t, j, value) - need, 0.0)
        excess = 0.0
        for a in range(na):
            value[a] = max(value[a] - targets[row, a, lane] * total, 0.0)
            excess += value[a]
        if excess <= 0.0:
            break
        for a in range(na):
            if value[a] < DUST * excess:
                continue
            units = need * value[a] / excess / market[t, BASE * na + a]
            if law[a, WHOLE] > 0.0:
                units = math.ceil(units - NEAR_UNITS)
            sell(S, market, law, rule, book, t, a, j, units)
    paid = min(wanted, S[CASH, j])
    S[CASH, j] -= paid
    S[RESERVE, j] = min(S[RESERVE, j], S[CASH, j])
    S[WITHDRAWN, j] += paid
    S[FLOW, j] -= paid
    if paid > 0.0:
        note(book, t, WITHDRAWAL, NOWHERE, NOWHERE, 0.0, -paid, 0.0, S[CASH, j])


@inner
def trade(S, market, law, rule, book, targets, t, j, lane, row, looking, value, budget):  # type: ignore[no-untyped-def]
    """The policy's table of docs/ledger.md: what is bought and sold at this close.

    ``looking``: a session on which the policy rebalances or looks at its band.
    """
    policy = rule[POLICY]
    money_first = rule[NEW_MONEY_FIRST] != 0.0
    if S[ARRIVED, j] == 0.0 and not looking:
        return
    selling = looking and policy == CALENDAR
    if looking and policy == BAND and not money_first:
        selling = out_of_band(S, market, rule, targets, t, j, lane, row, value)
    if S[ARRIVED, j] > 0.0 or selling:
        by_shortfall = selling or policy == NO_SELL or (policy >= CALENDAR and money_first)
        if selling:
            sell_excess(S, market, law, rule, book, targets, t, j, lane, row, value)
        invest(S, market, law, rule, book, targets, t, j, lane, row, by_shortfall, value, budget)
    look_last = looking and policy == BAND and money_first
    if look_last and out_of_band(S, market, rule, targets, t, j, lane, row, value):
        sell_excess(S, market, law, rule, book, targets, t, j, lane, row, value)
        invest(S, market, law, rule, book, targets, t, j, lane, row, look_last, value, budget)


@inner
def out_of_band(S, market, rule, targets, t, j, lane, row, value):  # type: ignore[no-untyped-def]
    """Whether some weight is outside its band."""
    nb, na = int(rule[N_BUCKETS]), int(rule[N_ASSETS])
    total = value_assets(S, market, nb, na, t, j, value) + S[CASH, j] - S[RESERVE, j]
    for a in range(na):
        weight = targets[row, a, lane]
        width = rule[BAND_WIDTH] * (weight if rule[BAND_RELATIVE] != 0.0 else 1.0)
        if abs(value[a] - weight * total) > width * total + 1e-12 * total:
            return True
    return False


@inner
def sell_excess(S, market, law, rule, book, targets, t, j, lane, row, value):  # type: ignore[no-untyped-def]
    """Sell what is over its target."""
    nb, na = int(rule[N_BUCKETS]), int(rule[N_ASSETS])
    total = value_assets(S, market, nb, na, t, j, value) + S[CASH, j] - S[RESERVE, j]
    least = 1.0 if law[na, KIND] != PLAIN else DUST * total
    for a in range(na):
        weight = targets[row, a, lane]
        over = value[a] - weight * total
        if over <= 0.0 or (over < least and weight > 0.0):
            continue
        units = over / market[t, BASE * na + a]
        if weight <= 0.0:
            units = units_of(S, nb, na, a, j)
        elif law[a, WHOLE] > 0.0:
            units = math.floor(units + NEAR_UNITS)
        sell(S, market, law, rule, book, t, a, j, units)


@inner
def invest(S, market, law, rule, book, targets, t, j, lane, row, by_shortfall, value, budget):  # type: ignore[no-untyped-def]
    """Spend what is available: by shortfall against the targets, or by weights through the earmarks."""
    nb, na = int(rule[N_BUCKETS]), int(rule[N_ASSETS])
    available = S[CASH, j] - S[RESERVE, j]
    total = value_assets(S, market, nb, na, t, j, value) + available
    if by_shortfall:
        short = 0.0
        for a in range(na):
            budget[a] = max(targets[row, a, lane] * total - value[a], 0.0)
            short += budget[a]
        scale = available / short if short > 0.0 and available > 0.0 else 0.0
        for a in range(na):
            budget[a] *= scale
    else:
        marked = 0.0
        for a in range(na):
            marked += S[earmark_row(nb, a), j]
        fresh = max(available - marked, 0.0)
        scale = max(available, 0.0) / marked if marked > available else 1.0
        for a in range(na):
            budget[a] = S[earmark_row(nb, a), j] * scale + targets[row, a, lane] * fresh
    dust = 0.0 if law[na, KIND] != PLAIN else DUST * total
    for a in range(na):
        spent = 0.0
        money = min(budget[a], S[CASH, j] - S[RESERVE, j])
        if money > dust:
            spent = buy(S, market, law, rule, book, t, a, j, money)
        S[earmark_row(nb, a), j] = budget[a] - spent
