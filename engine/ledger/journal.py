"""What a simulation alone writes down: one row a movement, in the order in which they happen."""

from __future__ import annotations

from numpy import int64

from engine.ledger.compile.jit import inlined, inner
from engine.ledger.layout import JOURNAL, MOVEMENT


@inlined
def record(block, t, kind, bucket, asset, units, amount, cost, cash):
    """Write a movement of ``amount``, of which ``cost``, down, if there is a journal."""
    if block.journal.shape[0] > 0:
        write(
            block.journal, float(t), float(kind + 0), float(bucket), float(asset), units, amount, cost, cash
        )


@inlined
def record_quota(block, year, bucket, limit, used, given_back, lifetime_left):
    """Write a NISA frame's year down, if there is a journal."""
    if block.journal.shape[0] > 0:
        kind = float(MOVEMENT.QUOTA_YEAR + 0)
        write(block.journal, float(year), kind, float(bucket), limit, used, given_back, lifetime_left, 0.0)


@inner
def write(journal, session, kind, bucket, asset, units, amount, cost, cash):
    """A row of the journal. The count goes on past its end: the caller looks."""
    n = int64(journal[0, 0]) + 1
    journal[0, 0] = n
    if n < journal.shape[0]:
        journal[n, JOURNAL.SESSION], journal[n, JOURNAL.KIND] = session, kind
        journal[n, JOURNAL.BUCKET], journal[n, JOURNAL.ASSET] = bucket, asset
        journal[n, JOURNAL.UNITS], journal[n, JOURNAL.AMOUNT] = units, amount
        journal[n, JOURNAL.COST], journal[n, JOURNAL.CASH_AFTER] = cost, cash
