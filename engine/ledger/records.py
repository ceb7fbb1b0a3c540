"""What a life alone writes down: one row a movement, in the order in which they happen."""

from __future__ import annotations

from numpy import int64

from engine.ledger.jit import inlined, inner
from engine.ledger.layout import AMOUNT, ASSET, AT, BUCKET, CASH_AFTER, PAID, UNITS, WHAT


@inlined
def note(book, t, what, bucket, asset, units, amount, paid, cash):
    """Write one movement down, if recording is on."""
    if book.shape[0] > 0:
        write(book, float(t), what, float(bucket), float(asset), units, amount, paid, cash)


@inner
def write(book, t, what, bucket, asset, units, amount, paid, cash):
    """A row of the records. The count goes on past the capacity: the caller looks."""
    n = int64(book[0, 0]) + 1
    book[0, 0] = n
    if n < book.shape[0]:
        book[n, AT], book[n, WHAT], book[n, BUCKET], book[n, ASSET] = t, what, bucket, asset
        book[n, UNITS], book[n, AMOUNT], book[n, PAID], book[n, CASH_AFTER] = units, amount, paid, cash
