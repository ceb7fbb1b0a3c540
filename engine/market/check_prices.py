"""The prices themselves: their form, their jumps, prints taken back, steps out of calm, and standing still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.market.assets import Asset
from engine.market.check_limits import (
    DEAREST,
    HUNDREDFOLD,
    JUMP,
    JUMP_MONTHLY,
    JUMP_WEEKLY,
    LEAST,
    LIKE_SIGMAS,
    MOST,
    REVERSAL_FATAL,
    REVERSAL_NOTE,
    REVERSAL_SIGMAS,
    STALE_FATAL,
    STALE_NOTE,
    STEP_AFTER,
    STEP_SIGMAS,
    STEP_SIZE,
    STILL,
    TAKEN_BACK,
)
from engine.market.findings import Finding, Severity, in_sessions, percent, times, where
from engine.market.frequency import DAILY, EVERY_DAY, MONTHLY, WEEKLY, Frequency
from engine.market.series import Dates, Floats, Ints, Mask, Series
from engine.messages import Message, Percent, message


def check_form(series: Series) -> list[Finding]:
    """Prices that are zero, negative or infinite, payouts below zero, and amounts beyond all bounds."""
    prices, paid = (series.close, series.adj_close), series.dividend
    none = [*((price <= 0) | np.isinf(price) for price in prices), (paid < 0) | np.isinf(paid)]
    said = (
        message("close is not a positive number"),
        message("adjusted close is not a positive number"),
        message("a dividend below 0"),
    )
    if found := _of_columns("positive", series, none, said):
        return found
    beyond = [*((price < LEAST) | (price > MOST) for price in prices), paid > MOST]
    said = (
        message("close is not between {low} and {high}", low=LEAST, high=MOST),
        message("adjusted close is not between {low} and {high}", low=LEAST, high=MOST),
        message("a dividend above {high}", high=MOST),
    )
    return _of_columns("bounds", series, beyond, said)


def _of_columns(rule: str, series: Series, wrong: Sequence[Mask], said: Sequence[Message]) -> list[Finding]:
    """A fatal finding for each column that has something ``wrong``."""
    columns = (series.close, series.adj_close, series.dividend)
    return [
        found
        for column, mask, what in zip(columns, wrong, said, strict=True)
        for found in where(rule, series.symbol, "fatal", what, series.dates, mask, column)
    ]


def _level(symbol: str, asset: Asset, price: Floats) -> Iterator[Finding]:
    """Prices of the registry's US ETFs that are no dollars."""
    typical = float(np.nanmedian(price)) if np.isfinite(price).any() else 0.0
    if asset.known and asset.kind == "us_etf" and typical > DEAREST:
        what = message(
            "its price is {price} dollars as a rule, which no US ETF costs: are they yen?",
            price=round(typical),
        )
        yield Finding("level", symbol, "warning", what)


def check_prices(
    symbol: str, asset: Asset, dates: Dates, price: Floats, frequency: Frequency
) -> Iterator[Finding]:
    """Findings on positive prices (n,) on rising dates."""
    yield from _level(symbol, asset, price)
    yield from _jumps(symbol, asset, dates, price, frequency)
    yield from reversals(symbol, dates, price, REVERSAL_NOTE, REVERSAL_FATAL, REVERSAL_SIGMAS)
    if frequency is not MONTHLY:  # a month of a crash may well lie between calm ones
        yield from _steps(symbol, asset, dates, price)
    yield from _stale(symbol, dates, price)


def _jumps(symbol: str, asset: Asset, dates: Dates, price: Floats, frequency: Frequency) -> Iterator[Finding]:
    ratio = price[1:] / price[:-1]
    size = np.maximum(ratio, 1 / ratio)
    hundred = (size > HUNDREDFOLD[0]) & (size < HUNDREDFOLD[1])
    what = message("moves by about 100 times: cents or pence for whole units")
    yield from where("hundredfold", symbol, "fatal", what, dates[1:], hundred, ratio, times)
    if frequency in (DAILY, EVERY_DAY):
        limit, what = JUMP, message("moves by over {limit} in one session", limit=Percent(JUMP))
    elif frequency is WEEKLY:
        limit, what = JUMP_WEEKLY, message("moves by over {limit} in one week", limit=Percent(JUMP_WEEKLY))
    else:
        limit, what = JUMP_MONTHLY, message("moves by over {limit} in one month", limit=Percent(JUMP_MONTHLY))
    jump = (np.abs(ratio - 1) > limit) & ~hundred
    split = next((s for r in ratio[jump] if (s := _split(float(r)))), "")
    if split:
        what = message("{what} (like an unadjusted {split} split)", what=what, split=split)
    # A single share may really do that; a fund may not.
    severity: Severity = "fatal" if asset.is_fund or split else "warning"
    yield from where("jump", symbol, severity, what, dates[1:], jump, 100 * (ratio - 1), percent)


SPLITS = ((2, 1), (3, 1), (4, 1), (5, 1), (10, 1), (3, 2), (1, 2), (1, 3), (1, 5), (1, 10))
SMALL_SPLITS = ((3, 2), (4, 3), (5, 4), (6, 5), (11, 10), (2, 3), (3, 4), (4, 5))


def _split(ratio: float, splits: tuple[tuple[int, int], ...] = SPLITS, within: float = 0.04) -> str:
    """``2:1`` for a price that falls to about a half, and so on; '' where no usual split is near."""
    for new, old in splits:
        if abs(ratio * new / old - 1) < within:
            return f"{new}:{old}"
    return ""


def _steps(symbol: str, asset: Asset, dates: Dates, price: Floats) -> Iterator[Finding]:
    """A step out of calm that is followed by calm: a crash shakes the days after it, an error does not.

    Of a single share, which may have such a day, only one that looks like a split.
    """
    move = np.diff(np.log(price))
    found = np.zeros(move.size, dtype=bool)
    large = np.flatnonzero((np.abs(move) > STEP_SIZE) & (np.abs(np.expm1(move)) <= JUMP))
    for at, usual in zip(large, _usual(move, large)):
        after = move[at + 1 : at + 11]
        like = _split(float(np.exp(move[at])), SMALL_SPLITS, 0.015)
        if after.size < 5 or not np.abs(move[at]) > (LIKE_SIGMAS if like else STEP_SIGMAS) * usual:
            continue
        around = [move[at] + move[at - 1], *np.cumsum(move[at : at + 3])[1:]]  # a print, there or back
        back = np.abs(around).min() < TAKEN_BACK * np.abs(move[at])
        calm = 1.4826 * np.median(np.abs(after)) < STEP_AFTER * usual
        found[at] = calm and not back and (like or asset.is_fund)
    what = message(
        "a step of over {sigmas} usual moves between calm days, as a split or another unit makes",
        sigmas=LIKE_SIGMAS,
    )
    yield from where("step", symbol, "warning", what, dates[1:], found, 100 * np.expm1(move), percent)


def reversals(
    symbol: str, dates: Dates, price: Floats, note: float, fatal: float, sigmas: float = 0.0
) -> Iterator[Finding]:
    """A large move that one of the next two sessions takes back: a bad print in between."""
    move = np.diff(np.log(price))
    if move.size < 3:
        return
    size = np.abs(move[:-2])
    left = np.minimum(np.abs(move[:-2] + move[1:-1]), np.abs(move[:-2] + move[1:-1] + move[2:]))
    at = np.flatnonzero((size > note) & (left < TAKEN_BACK * size))
    if sigmas:
        at = at[size[at] > sigmas * _usual(move, at)]
    # The way back to a right price may look like a reversal too: one finding a print is enough.
    at = at[np.diff(at, prepend=-2) > 1]
    days, values, is_fatal = dates[at + 1], 100 * np.expm1(move[at]), size[at] > fatal
    what = message("moves and is back at once, as a bad print does")
    yield from where("reversal", symbol, "fatal", what, days, is_fatal, values, percent)
    yield from where("reversal", symbol, "note", what, days, ~is_fatal, values, percent)


def _usual(move: Floats, at: Ints, sessions: int = 21) -> Floats:
    """(k,) robust daily sd before each move ``at`` (k,): 1.4826 × median of the absolute moves; inf of too few."""
    known = at >= sessions
    before = np.abs(move[at[known][:, None] + np.arange(-sessions, 0)])
    usual = np.full(at.size, np.inf)
    usual[known] = 1.4826 * np.median(before, axis=1)
    return usual


def _stale(symbol: str, dates: Dates, price: Floats) -> Iterator[Finding]:
    """Equal closes in a row; a price whose usual change is tiny, a money fund's, may stand still."""
    if price.size < STALE_NOTE:
        return
    move = np.abs(np.diff(np.log(price)))
    moved = move[move > 0]
    if not moved.size and price.size >= STALE_FATAL:
        what = message(
            "the same close on all of {sessions} sessions, as of a money fund", sessions=price.size
        )
        yield from where("never_moves", symbol, "warning", what, dates[:1])
        return
    if moved.size and np.median(moved) < STILL:
        return
    changed = np.flatnonzero(np.append(True, np.diff(price) != 0))
    length = np.diff(np.append(changed, price.size)).astype(np.float64)
    severity: Severity = "fatal" if length.max() >= STALE_FATAL else "note"
    what = message("the same close for {sessions} sessions or more, from", sessions=STALE_NOTE)
    yield from where(
        "stale", symbol, severity, what, dates[changed], length >= STALE_NOTE, length, in_sessions
    )
