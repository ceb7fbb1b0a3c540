"""Sales in yen books of one simulation: docs/ledger.md, "Selling", and what tax they bring.

Every function works on lane ``j`` of the block at session ``t``; amounts are exact to the yen.
"""

from __future__ import annotations

import numpy as np
from numpy import int64

from engine.ledger.amounts import ceil_yen, commission, fee_of, floor_yen, tax_on, tax_rates
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record
from engine.ledger.layout import ASSET, BUCKET, COHORTS, DUST, FRAME, MARKET, MOVEMENT, NEAR_UNITS, STATE
from engine.ledger.lookup import (
    bucket_row,
    cohort_row,
    cost_row,
    frame_row,
    kind_of,
    quote,
    settlement_year,
    units_row,
)
from engine.rules.terms import BucketKind
from engine.takings import SaleOrder


@inner
def sell(block, context, t, a, j, units, order):
    """Sell ``units`` of asset ``a`` from the buckets in a SaleOrder; cash and tax move at once."""
    rest, left = units, 0.0
    column = BUCKET.SELL_ORDER
    if order == SaleOrder.TAXABLE_FIRST:
        column = BUCKET.TAXABLE_FIRST
    elif order == SaleOrder.NISA_FIRST:
        column = BUCKET.NISA_FIRST
    elif order == SaleOrder.PROPORTIONAL:
        for b in range(context.buckets):
            left += block.state[units_row(context, b, a), j]
    for i in range(context.buckets):
        if rest <= DUST * units:
            break
        b = int64(context.terms[bucket_row(context, i), column])
        held = block.state[units_row(context, b, a), j]
        n = min(held, rest)
        if order == SaleOrder.PROPORTIONAL:
            if held < left:
                n = min(n, part_of(context, a, rest * held / left))
            left -= held
        if n <= 0.0:
            continue
        if held - n < DUST * held:
            n = held
        rest -= n
        sell_from(block, context, t, a, b, j, n, held)


@inlined
def part_of(context, a, units):
    """Units of a sale from several buckets that come from one of them: of a whole asset whole lots."""
    lot = context.terms[a, ASSET.LOT]
    return np.floor(units / lot + NEAR_UNITS) * lot if lot > 0.0 else units


@inlined
def sale(context, t, a, b, n):
    """What selling ``n`` units brings in cash, what of their worth it costs, and the proceeds that are taxed.

    A sale never costs more than it brings. The cash is what the broker's own rate gives; tax goes by the middle
    rate (TTM), or by the bank's buying rate (TTB) where the configuration says so.
    """
    price, mid = quote(context, t, MARKET.PRICE, a), quote(context, t, MARKET.MID, a)
    spread = min(context.terms[a, ASSET.FX_SPREAD], mid)
    gross = price * n
    fee = min(commission(gross, fee_of(context, a, b)), gross)
    proceeds = floor_yen((gross - fee) * (mid - spread))
    cost = fee * mid + spread * (gross - fee)
    taxed = max(floor_yen((gross - fee) * (mid - context.terms[a, ASSET.TAX_SPREAD])), 0.0)
    return proceeds, cost, taxed


@inner
def sell_from(block, context, t, a, b, j, n, held):
    """Sell ``n`` of the ``held`` units of asset ``a`` in bucket ``b``."""
    state = block.state
    proceeds, cost, taxed = sale(context, t, a, b, n)
    state[STATE.CASH, j] += proceeds
    state[STATE.COST, j] += cost
    record(block, t, MOVEMENT.SELL, b, a, -n, proceeds, cost, state[STATE.CASH, j])
    year = settlement_year(context, t, a)  # the law counts by settlement, not by the day of the trade
    acquisition_cost = remove_lot(block, context, a, b, j, n, held, year)
    if kind_of(context, b) == BucketKind.TAXABLE:
        state[STATE.GAIN + (year & 1), j] += taxed - acquisition_cost
        withhold(block, context, t, b, a, j, year)


@inner
def remove_lot(block, context, a, b, j, n, held, quota_year):
    """Take ``n`` of ``held`` units out of bucket ``b``. Returns their acquisition cost (in NISA their book value).

    Units have no purchase of their own: all carry the moving average of what was paid (総平均法に準ずる方法,
    所得税法施行令 118条). Of whole shares the average is a whole yen, rounded up, as brokers' reports have it.
    """
    state = block.state
    bucket = bucket_row(context, b)
    at = cost_row(context, b, a)
    left = held - n
    if kind_of(context, b) == BucketKind.TAXABLE and context.terms[a, ASSET.LOT] > 0.0:
        average = ceil_yen(state[at, j] / held)
        cost = average * n
        state[at, j] = average * left
    elif left <= 0.0:
        cost = state[at, j]
        state[at, j] = 0.0
    else:
        cost = state[at, j] * n / held
        state[at, j] -= cost
    state[units_row(context, b, a), j] = left
    if context.terms[bucket, BUCKET.RESTORES] != 0.0:  # free for purchases again in the year after this one
        state[frame_row(b) + FRAME.SOLD + (quota_year & 1), j] += cost
    if context.terms[bucket, BUCKET.TERM] > 0.0:
        take_oldest(state, context, b, a, j, n, quota_year)
    return cost


@inner
def take_oldest(state, context, b, a, j, n, quota_year):
    """Take ``n`` units from the purchase years of a frame with a term, oldest first."""
    rest = n
    for age in range(COHORTS - 2, -1, -1):
        row = cohort_row(context, b, a, quota_year - age)
        part = min(state[row, j], rest)
        state[row, j] -= part
        rest -= part


@inner
def withhold(block, context, t, b, a, j, year):
    """Bring the tax withheld on a year's net gain up to date: docs/ledger.md, "Selling", taxable.

    In a specified account with withholding (特定口座・源泉徴収あり) the broker taxes each sale on the year's net
    gain so far, and gives back at once what a later loss of the same year makes too much.
    """
    state, slot = block.state, year & 1
    due = tax_on(state[STATE.GAIN + slot, j], tax_rates(context, year))
    change = due - state[STATE.WITHHELD + slot, j]
    if change != 0.0:
        state[STATE.WITHHELD + slot, j] = due
        state[STATE.CASH, j] -= change
        state[STATE.TAX, j] += change
        kind = MOVEMENT.TAX if change > 0.0 else MOVEMENT.TAX_REFUND
        record(block, t, kind, b, a, 0.0, -change, 0.0, state[STATE.CASH, j])
