"""What is owned before the first session as the kernel's state, and a state read back: docs/ledger.md, "State".

Everything of a simulation that a later session depends on is in the rows of ``state`` that are written here; the
others are its own statistics, and begin with it.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.ledger.inputs import KernelInputs, calendar_flags
from engine.ledger.layout import (
    ASSET,
    BUCKET,
    COHORTS,
    DUST,
    EVENT,
    FRAME,
    JOURNAL,
    MARKET,
    MEMORY,
    MOVEMENT,
    NEAR,
    NEAR_UNITS,
    NOWHERE,
    PARAMETER,
    STATE,
    Parts,
    parts_of,
    state_rows,
)
from engine.market.series import Floats, calendar_year
from engine.rules.deposits import pays_interest
from engine.rules.opening import Lot, Opening
from engine.rules.terms import BucketKind

OF_TAX_YEARS = {"gain": STATE.GAIN, "withheld": STATE.WITHHELD, "dividends": STATE.DIVIDENDS}


def with_opening(inputs: KernelInputs, opening: Opening | None) -> KernelInputs:
    """A simulation that begins with what is owned, at the prices of its first session."""
    if opening is None:
        return inputs
    assets, buckets = (int(inputs.parameters[size]) for size in (PARAMETER.ASSETS, PARAMETER.BUCKETS))
    prices = inputs.market[0, MARKET.BASE_PRICE * assets : (MARKET.BASE_PRICE + 1) * assets]
    of_buckets = inputs.terms[assets : assets + buckets]
    has_term, takings = bool((inputs.tax_free_years > 0.0).any()), len(inputs.takings)
    state = np.zeros(state_rows(buckets, assets, has_term, takings))
    parts = parts_of(state, buckets, assets, takings)
    for i, name in enumerate(inputs.takings):
        parts.memory[i, : MEMORY.REST] = opening.taken.get(name, (0.0, 0.0))
    yen_books = of_buckets[0, BUCKET.KIND] != BucketKind.PLAIN
    rest = sum(
        add_lot(parts, lot, float(prices[lot.asset]), float(inputs.terms[lot.asset, ASSET.LOT]))
        for lot in opening.lots
    )
    # Yen books hold whole yen: the nearest, so that what is paid in is to the yen what was stated.
    cash = opening.cash + (math.floor(rest + 0.5 + NEAR) if yen_books else rest)
    set_frames(parts, opening, of_buckets)
    set_taxes(parts, opening)
    for asset, set_aside in opening.earmark.items():
        parts.earmarks[asset] = set_aside
    worth = cash + float((parts.units.sum(axis=0) * prices).sum())
    interest = cash * growth_since(inputs, opening.day)
    parts.own[STATE.CASH], parts.own[STATE.INTEREST] = cash + interest, interest
    parts.own[STATE.RESERVE] = opening.reserve
    deposit = int(inputs.parameters[PARAMETER.DEPOSIT])
    if deposit >= 0:
        parts.own[STATE.ACCRUED] = opening.accrued + parts.units[:, deposit].sum() * opening.earned
    parts.own[STATE.FLOW] = parts.own[STATE.CONTRIBUTED] = worth
    found = replace(inputs, flags=first_flags(inputs, opening.day), opening=state)
    return found if deposit < 0 else with_interest_due(found, opening.day)


def with_interest_due(inputs: KernelInputs, day: np.datetime64 | None) -> KernelInputs:
    """With the deposit's interest paid on the first session, where a paying day has been since ``day``."""
    if day is None or not pays_interest(np.array([day, inputs.first_day], dtype="datetime64[D]"))[1]:
        return inputs
    market, flags = inputs.market.copy(), inputs.flags.copy()
    market[0, -1] = 1.0
    flags[0] |= np.uint8(EVENT.DIVIDEND)
    return replace(inputs, market=market, flags=flags)


def add_lot(parts: Parts, lot: Lot, price: float, together: float) -> float:
    """Put a lot where it is held. Returns what of its value buys no units that trade ``together``: it is cash."""
    units, rest = lot.units, 0.0
    if math.isnan(units):
        units = lot.value / price
        if together > 0.0:
            units = math.floor(units / together + NEAR_UNITS) * together
            rest = max(lot.value - units * price, 0.0)
    if units > 0.0:
        parts.units[lot.bucket, lot.asset] += units
        parts.costs[lot.bucket, lot.asset] += lot.cost
        if lot.year and parts.cohorts.size:
            parts.cohorts[lot.bucket, lot.asset, lot.year % COHORTS] += units
    return rest


def set_frames(parts: Parts, opening: Opening, of_buckets: Floats) -> None:
    """What is bought and given back in the open years, and what counts against the lifetime limits."""
    for (bucket, year), book in opening.bought.items():
        parts.frames[bucket, FRAME.BOUGHT + (year & 1)] = book
    for (bucket, year), book in opening.given_back.items():
        parts.frames[bucket, FRAME.SOLD + (year & 1)] = book
    in_nisa = of_buckets[:, BUCKET.KIND] == BucketKind.NISA
    sold = parts.frames[:, FRAME.SOLD : FRAME.SOLD + 2].sum(axis=1)
    parts.frames[:, FRAME.USED] = np.where(in_nisa, parts.costs.sum(axis=1) + sold, 0.0)
    parts.cohorts[of_buckets[:, BUCKET.TERM] == 0.0] = 0.0


def set_taxes(parts: Parts, opening: Opening) -> None:
    """The tax years so far, carried losses, and refunds that wait."""
    for name, row in OF_TAX_YEARS.items():
        for year, amount in getattr(opening, name).items():
            parts.own[row + (year & 1)] = amount
    for year, amount in opening.dividend_tax.items():
        parts.own[STATE.DIVIDENDS_TAXED + (year & 1)] = amount
    for year, amount in opening.losses.items():
        parts.own[STATE.LOSS + 3 + year - opening.year] = amount
    parts.own[STATE.REFUND] = opening.refund
    parts.own[STATE.DIVIDEND_REFUND] = opening.dividend_refund


def growth_since(inputs: KernelInputs, day: np.datetime64 | None) -> float:
    """What idle cash earns from the session before to the first one, as a fraction."""
    idle_yield = float(inputs.parameters[PARAMETER.IDLE_YIELD])
    if day is None or idle_yield == 0.0:
        return 0.0
    days = float((inputs.first_day - day.astype("datetime64[D]")).astype(np.int64))
    return math.pow(1.0 + idle_yield, days / 365.0) - 1.0


def first_flags(inputs: KernelInputs, day: np.datetime64 | None) -> NDArray[np.uint8]:
    """The flags (T,): what is owned is the first session's flow; a year that ended after ``day`` is closed."""
    flags = inputs.flags.copy()
    flags[0] = (flags[0] | EVENT.FLOW) & ~np.uint8(EVENT.NEW_YEAR | EVENT.APRIL)
    assets = int(inputs.parameters[PARAMETER.ASSETS])
    if day is not None and inputs.terms[assets, BUCKET.KIND] != BucketKind.PLAIN:
        both = np.array([day, inputs.first_day], dtype="datetime64[D]")
        flags[0] |= calendar_flags(both, has_term=False)[1]
    return flags


def opening_rows(inputs: KernelInputs) -> Floats:
    """(n, JOURNAL) what was there before the first session, as rows of the journal: cash, then every holding."""
    if not len(inputs.opening):
        return np.empty((0, len(JOURNAL)))
    assets, buckets = (int(inputs.parameters[size]) for size in (PARAMETER.ASSETS, PARAMETER.BUCKETS))
    parts = parts_of(inputs.opening, buckets, assets, len(inputs.takings))
    cash = parts.own[STATE.CASH] - parts.own[STATE.INTEREST]
    held = np.argwhere(parts.units > 0.0)
    rows = np.zeros((1 + len(held), len(JOURNAL)))
    rows[:, JOURNAL.KIND], rows[:, JOURNAL.CASH_AFTER] = MOVEMENT.OPENING, cash
    rows[0, [JOURNAL.BUCKET, JOURNAL.ASSET]], rows[0, JOURNAL.AMOUNT] = NOWHERE, cash
    rows[1:, [JOURNAL.BUCKET, JOURNAL.ASSET]] = held
    rows[1:, JOURNAL.UNITS] = parts.units[parts.units > 0.0]
    return rows if cash != 0.0 else rows[1:]


def read_opening(state: Floats, inputs: KernelInputs, day: np.datetime64) -> Opening:
    """The opening of a simulation that goes on from a ``state`` (rows,) after the close of ``day``."""
    assets, buckets = (int(inputs.parameters[size]) for size in (PARAMETER.ASSETS, PARAMETER.BUCKETS))
    parts = parts_of(state, buckets, assets, len(inputs.takings))
    of_buckets = inputs.terms[assets : assets + buckets]
    year = calendar_year(day)
    both = (year, year + 1)
    nisa = np.flatnonzero(of_buckets[:, BUCKET.KIND] == BucketKind.NISA).tolist()

    def by_year(row: int) -> dict[int, float]:
        return {y: float(parts.own[row + (y & 1)]) for y in both if parts.own[row + (y & 1)] != 0.0}

    def by_frame(row: int) -> dict[tuple[int, int], float]:
        rows = {(b, y): float(parts.frames[b, row + (y & 1)]) for b in nisa for y in both}
        return {key: book for key, book in rows.items() if book != 0.0}

    losses = {year - 3 + age: float(parts.own[STATE.LOSS + age]) for age in range(3)}
    return Opening(
        year=year,
        day=day,
        cash=float(parts.own[STATE.CASH]),
        reserve=float(parts.own[STATE.RESERVE]),
        lots=tuple(
            lot
            for b in range(buckets)
            for a in range(assets)
            if parts.units[b, a] > 0.0
            for lot in lots_of(parts, b, a, year if of_buckets[b, BUCKET.TERM] > 0.0 else 0)
        ),
        earmark={a: float(cash) for a, cash in enumerate(parts.earmarks) if cash != 0.0},
        bought=by_frame(FRAME.BOUGHT),
        given_back=by_frame(FRAME.SOLD),
        gain=by_year(STATE.GAIN),
        withheld=by_year(STATE.WITHHELD),
        dividends=by_year(STATE.DIVIDENDS),
        dividend_tax=by_year(STATE.DIVIDENDS_TAXED),
        losses={y: loss for y, loss in losses.items() if loss != 0.0},
        refund=float(parts.own[STATE.REFUND]),
        dividend_refund=float(parts.own[STATE.DIVIDEND_REFUND]),
        accrued=float(parts.own[STATE.ACCRUED]),
        taken={
            name: (float(amount), float(basis))
            for name, (amount, basis) in zip(inputs.takings, parts.memory[:, : MEMORY.REST])
            if amount > 0.0
        },
    )


def lots_of(parts: Parts, b: int, a: int, year: int) -> list[Lot]:
    """What a bucket holds of an asset, in one lot; where its terms count (``year``, else 0) one a purchase year.

    Units and costs of the lots add up to the bucket's own exactly: the last one has what the others leave.
    """
    units, cost = float(parts.units[b, a]), float(parts.costs[b, a])
    if not year:
        return [Lot(b, a, 0, units, math.nan, cost)]
    bought = {y: float(parts.cohorts[b, a, y % COHORTS]) for y in range(year + 2 - COHORTS, year + 2)}
    bought = {y: n for y, n in bought.items() if n > DUST * units} or {year: units}
    found: list[Lot] = []
    for y, n in bought.items():
        rest = (units - sum(lot.units for lot in found), cost - sum(lot.cost for lot in found))
        last = y == max(bought)
        found.append(
            Lot(b, a, y, rest[0] if last else n, math.nan, rest[1] if last else math.floor(cost * n / units))
        )
    return found
