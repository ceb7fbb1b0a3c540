"""NISA frames of one simulation: what may still be bought in them, and what a year's end does to them.

Every function works on lane ``j`` of the block; amounts are book values (what the units cost), to the yen.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import floor_yen
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record, record_quota
from engine.ledger.layout import BUCKET, COHORTS, DUST, FRAME, MARKET, MOVEMENT, PARAMETER, STATE, YEAR
from engine.ledger.lookup import (
    bucket_row,
    cohort_row,
    cost_row,
    frame_row,
    kind_of,
    quote,
    units_row,
    year_of,
    year_row,
)
from engine.rules.terms import BucketKind


@inlined
def annual_limit(context, b, year):
    """Yen that a frame takes in a calendar year; 0 where it is closed."""
    return context.terms[year_row(context, year), YEAR.ANNUAL_LIMIT + b]


@inlined
def remaining_quota(state, context, b, quota_year, year, placed, j):
    """Yen that a NISA frame still takes for ``quota_year``, seen in a session of calendar ``year``.

    The least of three: what is left of the year's limit, which nothing brings back; of the frame's lifetime limit;
    and of the one that the frames share. What is sold gives its book value back to the lifetime limits in the year
    after, not in the same one. ``placed``: what the same order puts into other frames of the shared limit, not yet
    booked.
    """
    bucket, row = bucket_row(context, b), frame_row(b)
    later = quota_year > year  # settles next year: what this year's sales give back is free by then
    given_back = state[row + FRAME.SOLD + (year & 1), j] if later else 0.0
    used = state[row + FRAME.USED, j] - given_back
    left = min(
        annual_limit(context, b, quota_year) - state[row + FRAME.BOUGHT + (quota_year & 1), j],
        context.terms[bucket, BUCKET.LIFETIME_LIMIT] - used,
    )
    if context.terms[bucket, BUCKET.SHARES_LIFETIME] != 0.0:
        shared = context.parameters[PARAMETER.SHARED_LIFETIME] - placed
        for other in range(context.buckets):
            if context.terms[bucket_row(context, other), BUCKET.SHARES_LIFETIME] != 0.0:
                at = frame_row(other)
                shared -= state[at + FRAME.USED, j]
                if later:
                    shared += state[at + FRAME.SOLD + (year & 1), j]
        left = min(left, shared)
    return max(floor_yen(left), 0.0)


@inner
def record_quota_year(block, context, year, now, j):
    """Write each NISA frame's ``year`` down, if there is a journal.

    ``year`` after ``now``: orders at the end of a simulation that settle in the next year; written only where
    something was bought or sold for it.
    """
    if block.journal.shape[0] == 0:
        return
    state, terms = block.state, context.terms
    later = year > now
    shared = context.parameters[PARAMETER.SHARED_LIFETIME]
    busy = 0.0
    for b in range(context.buckets):
        row, bucket = frame_row(b), bucket_row(context, b)
        if kind_of(context, b) == BucketKind.NISA:
            busy += state[row + FRAME.BOUGHT + (year & 1), j] + state[row + FRAME.SOLD + (year & 1), j]
        if terms[bucket, BUCKET.SHARES_LIFETIME] != 0.0:
            shared -= used_by(state, row, year, later, j)
    if later and busy == 0.0:
        return
    for b in range(context.buckets):
        row, bucket = frame_row(b), bucket_row(context, b)
        if kind_of(context, b) == BucketKind.NISA:
            bought = state[row + FRAME.BOUGHT + (year & 1), j]
            given_back = state[row + FRAME.SOLD + (year & 1), j]
            left = terms[bucket, BUCKET.LIFETIME_LIMIT] - used_by(state, row, year, later, j)
            if terms[bucket, BUCKET.SHARES_LIFETIME] != 0.0:
                left = min(left, shared)
            record_quota(block, year, b, annual_limit(context, b, year), bought, given_back, left)


@inner
def used_by(state, row, year, later, j):
    """Book value that counts against a frame's lifetime limit at the end of ``year``."""
    if later:  # what the year before gave back is free by then
        return state[row + FRAME.USED, j] - state[row + FRAME.SOLD + ((year - 1) & 1), j]
    return state[row + FRAME.USED, j] - state[row + FRAME.BOUGHT + ((year + 1) & 1), j]


@inner
def close_quota_year(block, context, year, j):
    """Close a quota year: what its sales give back may be bought again, what its limit left over lapses."""
    state = block.state
    record_quota_year(block, context, year, year, j)
    for b in range(context.buckets):
        if kind_of(context, b) == BucketKind.NISA:
            row = frame_row(b)
            state[row + FRAME.USED, j] -= state[row + FRAME.SOLD + (year & 1), j]
            state[row + FRAME.SOLD + (year & 1), j] = 0.0
            state[row + FRAME.BOUGHT + (year & 1), j] = 0.0


@inner
def end_terms(block, context, t, j):
    """Move units whose tax-free term ends with this year to the account that takes them, at market value.

    What they gained in the frame is never taxed: their acquisition cost is what they are worth on that day. Their
    book value stays behind: what leaves a frame with a term is never given back.
    """
    state, year = block.state, year_of(context, t)
    target = context.buckets - 1  # who fills the other account first has nothing in NISA
    for b in range(context.buckets):
        term = int64(context.terms[bucket_row(context, b), BUCKET.TERM])
        if term == 0:
            continue
        for a in range(context.assets):
            held = state[units_row(context, b, a), j]
            n = 0.0
            for age in range(term - 1, COHORTS - 1):
                cohort = cohort_row(context, b, a, year - age)
                n += state[cohort, j]
                state[cohort, j] = 0.0
            if held <= 0.0 or n <= DUST * held:  # what rounding left of years whose units are sold is none
                continue
            if held - n < DUST * held:
                n = held
            worth = quote(context, t, MARKET.PRICE, a) * n * quote(context, t, MARKET.MID, a)
            state[units_row(context, b, a), j] = held - n
            state[units_row(context, target, a), j] += n
            state[cost_row(context, target, a), j] += floor_yen(worth)
            record(block, t, MOVEMENT.TRANSFER_OUT, b, a, -n, 0.0, 0.0, state[STATE.CASH, j])
            record(block, t, MOVEMENT.TRANSFER_IN, target, a, n, 0.0, 0.0, state[STATE.CASH, j])
