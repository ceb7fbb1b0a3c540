"""Units moved from the taxable account into NISA: docs/ledger.md, "Transfer into NISA".

Every function works on lane ``j`` of the block at session ``t``; amounts are exact to the yen.
"""

from __future__ import annotations

import math

import numpy as np
from numpy import int64

from engine.ledger.amounts import ceil_yen, commission, fee_of, floor_yen, tax_on, tax_rates
from engine.ledger.compile.jit import inner
from engine.ledger.layout import ASSET, BUCKET, DUST, MARKET, NEAR_UNITS, PARAMETER, SCRATCH, STATE
from engine.ledger.lookup import (
    NEW_YORK,
    TOKYO,
    bucket_row,
    cost_row,
    in_turn,
    kind_of,
    quote,
    settlement_year,
    units_row,
    year_of,
)
from engine.ledger.purchases import fill, largest_order, order_within
from engine.ledger.quota import annual_limit, remaining_quota
from engine.ledger.sales import sale, sell_from
from engine.ledger.trading import target_row, value_row
from engine.plan import TransferOrder
from engine.rules.terms import BucketKind

A_LOSS = 0.5  # yen: what whole amounts come to by rounding is none
ALIKE = 1.0 + 1e-9  # scores this close are the same
HALVINGS = 100  # of a number of units: far below what a double tells apart
DONE = -1.0  # the score of an asset that has had its turn, or has none
LATER = 0.0  # of one that is moved in proportion


@inner
def transfer(block, context, t, kept, released, turn, j):
    """Sell a turn's units of the taxable account and buy them again in NISA, but for the room of ``kept`` yen.

    Of these ``released`` are released on this session: when New York's turn comes Tokyo has bought with its part.
    """
    scratch = block.scratch
    order = int64(context.parameters[PARAMETER.TRANSFER_ORDER])
    later = turn == NEW_YORK
    most = scratch[SCRATCH.MOVES, j] if later else context.parameters[PARAMETER.TRANSFER_MOST]
    in_recurring, in_frames = room_kept(block, context, t, kept, released if later else 0.0, j)
    for a in range(context.assets):
        trades = in_turn(context, a, turn)
        scratch[value_row(a), j] = score(block.state, context, t, a, j, order) if trades else DONE
    for _ in range(context.assets):
        best = -1
        for a in range(context.assets):
            at = value_row(a)
            if scratch[at, j] > LATER and (best < 0 or scratch[at, j] > scratch[value_row(best), j] * ALIKE):
                best = a
        if best < 0:
            break
        scratch[value_row(best), j] = DONE
        room = min(room_of(block.state, context, t, best, in_recurring, in_frames, j), most)
        most -= move(block, context, t, best, room, j)
    whole = 0.0
    for a in range(context.assets):
        if scratch[value_row(a), j] == LATER:
            whole += worth_of(block.state, context, t, a, j)
    for a in range(context.assets):
        if scratch[value_row(a), j] == LATER:
            room = min(room_of(block.state, context, t, a, in_recurring, in_frames, j), most)
            share = floor_yen(room * worth_of(block.state, context, t, a, j) / whole)
            scratch[value_row(a), j] = max(share, 0.0)
    for a in range(context.assets):
        share = scratch[value_row(a), j]
        if share > 0.0:
            room = min(room_of(block.state, context, t, a, in_recurring, in_frames, j), most)
            most -= move(block, context, t, a, min(room, share), j)
    scratch[SCRATCH.MOVES, j] = most


@inner
def room_kept(block, context, t, kept, spent, j):
    """What of ``kept`` goes through the frames for recurring purchases, and what needs the others' room.

    ``spent``: what of it is spent where it is meant for Tokyo's assets.
    """
    state, year = block.state, year_of(context, t)
    in_recurring, in_frames = 0.0, 0.0
    for a in range(context.assets):
        still = kept - spent if in_turn(context, a, TOKYO) else kept
        part = block.scratch[target_row(context, a), j] * max(still, 0.0)
        quota_year = settlement_year(context, t, a)
        for i in range(context.buckets):
            b = int64(context.terms[a, ASSET.ROUTE + i])
            if b < 0 or kind_of(context, b) != BucketKind.NISA:
                break
            if annual_limit(context, b, quota_year) <= 0.0:
                continue
            if context.terms[bucket_row(context, b), BUCKET.RECURRING_ONLY] == 0.0:
                in_frames += part
                break
            left = max(remaining_quota(state, context, b, quota_year, year, 0.0, j) - in_recurring, 0.0)
            placed = min(part, left)
            in_recurring += placed
            part -= placed
    return in_recurring, in_frames


@inner
def frame_of(context, t, a):
    """The frame that takes asset ``a`` in a single purchase; -1 where none is open."""
    quota_year = settlement_year(context, t, a)
    for i in range(context.buckets):
        b = int64(context.terms[a, ASSET.ROUTE + i])
        if b < 0 or kind_of(context, b) != BucketKind.NISA:
            break
        single = context.terms[bucket_row(context, b), BUCKET.RECURRING_ONLY] == 0.0
        if single and annual_limit(context, b, quota_year) > 0.0:
            return b
    return int64(-1)


@inner
def worth_of(state, context, t, a, j):
    """What the taxable account holds of asset ``a``, at mid."""
    return state[units_row(context, context.buckets - 1, a), j] * quote(context, t, MARKET.BASE_PRICE, a)


@inner
def score(state, context, t, a, j, order):
    """Above LATER: the highest is moved first; LATER: in proportion; DONE: not at all."""
    worth = worth_of(state, context, t, a, j)
    if worth <= 0.0 or frame_of(context, t, a) < 0:
        return DONE
    cost = state[cost_row(context, context.buckets - 1, a), j]
    if order == TransferOrder.LEAST_GAIN_FIRST:
        return 1.0 + cost / worth
    if order == TransferOrder.LOSS_FIRST and cost - worth >= A_LOSS:
        return cost - worth
    return LATER


@inner
def room_of(state, context, t, a, in_recurring, in_frames, j):
    """Yen that a transfer may buy of asset ``a``; what is kept for contributions is not free."""
    b = frame_of(context, t, a)
    quota_year, year = settlement_year(context, t, a), year_of(context, t)
    left = remaining_quota(state, context, b, quota_year, year, in_recurring, j)
    return max(floor_yen(left - in_frames), 0.0)


@inner
def move(block, context, t, a, room, j):
    """Sell as many units as pay for a purchase of up to ``room``, and buy. Returns the quota that it took."""
    state, mid = block.state, quote(context, t, MARKET.MID, a)
    taxable, b = context.buckets - 1, frame_of(context, t, a)
    held = state[units_row(context, taxable, a), j]
    n, gross, out = order_within(context, t, a, b, math.inf, room)
    whole = net_of(state, context, t, a, j, held, held, True)
    if whole < out:
        n, gross, out = largest_order(context, t, a, b, whole)
    if n <= 0.0:
        return 0.0
    units = units_for(state, context, t, a, j, held, out)
    cash = state[STATE.CASH, j]
    sell_from(block, context, t, a, taxable, j, units, held)
    brought = floor_yen(state[STATE.CASH, j] - cash)
    if brought < out:
        n, gross, out = largest_order(context, t, a, b, brought)
    if n <= 0.0:
        return 0.0
    fill(block, context, t, a, b, j, n, gross, out)
    return floor_yen(gross * mid)


@inner
def units_for(state, context, t, a, j, held, out):
    """The fewest of ``held`` units whose sale leaves ``out`` after tax."""
    lot = context.terms[a, ASSET.LOT]
    if lot > 0.0:
        low, high = 0.0, float(np.ceil(held / lot - NEAR_UNITS))
        while high - low > 1.0:
            middle = float(np.floor((low + high) / 2.0))
            if net_of(state, context, t, a, j, min(middle * lot, held), held, True) >= out:
                high = middle
            else:
                low = middle
        return min(high * lot, held)
    low, high = 0.0, held
    if net_of(state, context, t, a, j, held, held, True) > out:
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            if net_of(state, context, t, a, j, middle, held, False) >= out:
                high = middle
            else:
                low = middle
    return held if held - high < DUST * held else high


@inner
def net_of(state, context, t, a, j, n, held, rounded):
    """What selling ``n`` of ``held`` units leaves after the change of the year's tax on gains."""
    taxable = context.buckets - 1
    year = settlement_year(context, t, a)
    rates, slot = tax_rates(context, year), year & 1
    cost = state[cost_row(context, taxable, a), j]
    before, withheld = state[STATE.GAIN + slot, j], state[STATE.WITHHELD + slot, j]
    if rounded:
        proceeds, _, taxed = sale(context, t, a, taxable, n)
        if context.terms[a, ASSET.LOT] > 0.0:
            cost = ceil_yen(cost / held) * n
        elif n < held:
            cost = cost * n / held
        return proceeds - (tax_on(before + taxed - cost, rates) - withheld)
    mid = quote(context, t, MARKET.MID, a)
    gross = quote(context, t, MARKET.PRICE, a) * n
    left = gross - min(commission(gross, fee_of(context, a, taxable)), gross)
    taxed = max(left * (mid - context.terms[a, ASSET.TAX_SPREAD]), 0.0)
    gain = before + taxed - cost * n / held
    due = max(gain, 0.0) * (rates.national + rates.local)
    return left * (mid - min(context.terms[a, ASSET.FX_SPREAD], mid)) - (due - withheld)
