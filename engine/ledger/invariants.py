"""What one simulation did, read from the kernel's journal, and what must hold of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import LedgerError
from engine.ledger.layout import JOURNAL, KINDS, MOVEMENT
from engine.market.series import Floats
from engine.messages import Message, message


@dataclass(frozen=True)
class Ledger:
    """Everything one simulation did. T sessions, A assets, B buckets, n moves; amounts in base currency.

    ``moves``  columns of length n: ``session`` (index), ``kind`` (text), ``bucket`` and ``asset`` (index,
    -1 = none), ``units``, ``amount`` (signed cash movement), ``cost`` (part of it), ``cash_after``.
    ``quota``  columns: ``year``, ``bucket``, ``limit``, ``used``, ``given_back``, ``lifetime_left``.
    ``value``, ``cash``, ``flow`` (T,); ``units`` (T, B, A) at the close. ``stats`` by name.
    ``opening`` what was owned before the first session, at its close.
    """

    moves: dict[str, NDArray[Any]]
    quota: dict[str, NDArray[Any]]
    value: Floats
    cash: Floats
    flow: Floats
    units: Floats
    stats: dict[str, float]
    opening: float = 0.0


def read_journal(journal: Floats, path: Floats, stats: dict[str, float], buckets: int, assets: int) -> Ledger:
    """The kernel's journal as named columns."""
    of_quota = journal[:, JOURNAL.KIND] == MOVEMENT.QUOTA_YEAR
    moves, quota = journal[~of_quota], journal[of_quota]
    return Ledger(
        moves={
            "session": moves[:, JOURNAL.SESSION].astype(np.int64),
            "kind": np.array(KINDS)[moves[:, JOURNAL.KIND].astype(np.int64)],
            "bucket": moves[:, JOURNAL.BUCKET].astype(np.int64),
            "asset": moves[:, JOURNAL.ASSET].astype(np.int64),
            "units": moves[:, JOURNAL.UNITS].copy(),
            "amount": moves[:, JOURNAL.AMOUNT].copy(),
            "cost": moves[:, JOURNAL.COST].copy(),
            "cash_after": moves[:, JOURNAL.CASH_AFTER].copy(),
        },
        quota={
            "year": quota[:, JOURNAL.SESSION].astype(np.int64),
            "bucket": quota[:, JOURNAL.BUCKET].astype(np.int64),
            "limit": quota[:, JOURNAL.LIMIT].copy(),
            "used": quota[:, JOURNAL.USED].copy(),
            "given_back": quota[:, JOURNAL.GIVEN_BACK].copy(),
            "lifetime_left": quota[:, JOURNAL.LIFETIME_LEFT].copy(),
        },
        value=path[:, 0].copy(),
        cash=path[:, 1].copy(),
        flow=path[:, 2].copy(),
        units=path[:, 3:].reshape(len(path), buckets, assets).copy(),
        stats=stats,
    )


def check_invariants(ledger: Ledger, base_price: Floats) -> None:
    """Raise LedgerError unless the journal explains what happened: used in every run, not only in tests.

    Cash is the sum of its movements; units are the sum of trades; neither is negative; positions and cash
    are the value; what came in and what was earned is what is there.
    """
    scale = max(1.0, float(np.abs(ledger.value).max()), ledger.stats["contributed"])
    amount = ledger.moves["amount"].astype(np.float64)
    session = ledger.moves["session"].astype(np.int64)
    kind = ledger.moves["kind"]
    moved = np.bincount(session, weights=amount, minlength=len(ledger.value)).cumsum()
    last_row = np.searchsorted(session, np.arange(len(ledger.value)), side="right") - 1
    known = np.concatenate([[0.0], ledger.moves["cash_after"].astype(np.float64)])[last_row + 1]
    _hold(np.abs(moved - known).max() <= 1e-9 * scale, message("movements do not add up to cash"))
    _hold(
        abs(float(moved[-1]) - float(ledger.cash[-1])) <= 1e-9 * scale,
        message("cash at the end is not explained"),
    )
    _hold(float(ledger.cash.min()) >= -1e-6, message("cash fell below zero"))
    _hold(float(ledger.units.min(initial=0.0)) >= -1e-9, message("units fell below zero"))
    worth = np.einsum("tba,ta->t", ledger.units, base_price) + ledger.cash
    _hold(np.abs(worth - ledger.value).max() <= 1e-9 * scale, message("positions and cash are not the value"))
    traded = np.isin(kind, ("opening", "buy", "sell", "transfer_in", "transfer_out"))
    held = np.zeros(ledger.units.shape[1:])
    np.add.at(
        held,
        (ledger.moves["bucket"][traded].astype(int), ledger.moves["asset"][traded].astype(int)),
        ledger.moves["units"][traded].astype(np.float64),
    )
    most = max(1.0, float(ledger.units.max(initial=0.0)))
    _hold(
        np.abs(held - ledger.units[-1]).max(initial=0.0) <= 1e-9 * most,
        message("trades do not add up to units"),
    )
    owned = kind == "opening"
    first_price = base_price[0, ledger.moves["asset"][owned]]
    worth = amount[owned].sum() + (ledger.moves["units"][owned].astype(np.float64) * first_price).sum()
    _hold(abs(worth - ledger.opening) <= 1e-9 * scale, message("holdings at the start are not their value"))
    flows = amount[np.isin(kind, ("deposit", "withdrawal"))].sum() + ledger.opening
    paid_in = ledger.stats["contributed"] - ledger.stats["withdrawn"]
    _hold(abs(flows - paid_in) <= 1e-9 * scale, message("flows do not add up to what was paid in"))


def _hold(holds: bool | np.bool_, otherwise: Message) -> None:
    if not holds:
        raise LedgerError(message("the ledger contradicts itself: {what}", what=otherwise))
