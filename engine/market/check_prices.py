"""The prices themselves: their form, their jumps, prints taken back, steps out of calm, and standing still."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.market.assets import Asset
from engine.market.check_limits import (
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
from engine.market.findings import Finding, Severity, finding
from engine.market.frequency import DAILY, EVERY_DAY, WEEKLY, Frequency
from engine.market.series import Dates, Floats, Series


def check_form(series: Series) -> list[Finding]:
    """Prices that are zero, negative or infinite, payouts below zero, and amounts beyond all bounds."""
    return _positive(series) or _bounds(series)


def _positive(series: Series) -> list[Finding]:
    found = []
    for name, column in (("close", series.close), ("adjusted close", series.adj_close)):
        wrong = ~np.isnan(column) & ~((column > 0) & np.isfinite(column))
        if wrong.any():
            text = f"{name} is not a positive number"
            found += [finding("positive", series.symbol, "fatal", series.dates[wrong], text, column[wrong])]
    wrong = ~np.isnan(series.dividend) & ~((series.dividend >= 0) & np.isfinite(series.dividend))
    if wrong.any():
        days, values = series.dates[wrong], series.dividend[wrong]
        found += [finding("positive", series.symbol, "fatal", days, "a dividend below 0", values)]
    return found


def _bounds(series: Series) -> list[Finding]:
    found = []
    for name, column in (("close", series.close), ("adjusted close", series.adj_close)):
        wrong = (column < LEAST) | (column > MOST)
        if wrong.any():
            text = f"{name} is not between 0.000001 and 1,000,000,000"
            found += [finding("bounds", series.symbol, "fatal", series.dates[wrong], text, column[wrong])]
    wrong = series.dividend > MOST
    if wrong.any():
        days, values = series.dates[wrong], series.dividend[wrong]
        found += [finding("bounds", series.symbol, "fatal", days, "a dividend above 1,000,000,000", values)]
    return found


def check_prices(
    symbol: str, asset: Asset, dates: Dates, price: Floats, frequency: Frequency
) -> Iterator[Finding]:
    """Findings on positive prices (n,) on rising dates."""
    yield from _jumps(symbol, asset, dates, price, frequency)
    yield from reversals(symbol, dates, price, REVERSAL_NOTE, REVERSAL_FATAL, REVERSAL_SIGMAS)
    yield from _steps(symbol, asset, dates, price)
    yield from _stale(symbol, dates, price)


def _jumps(symbol: str, asset: Asset, dates: Dates, price: Floats, frequency: Frequency) -> Iterator[Finding]:
    ratio = price[1:] / price[:-1]
    times = np.maximum(ratio, 1 / ratio)
    hundred = (times > HUNDREDFOLD[0]) & (times < HUNDREDFOLD[1])
    if hundred.any():
        text = "moves by about 100 times: cents or pence for whole units"
        yield finding("hundredfold", symbol, "fatal", dates[1:][hundred], text, ratio[hundred], " times")
    limit, word = JUMP, "session"
    if frequency not in (DAILY, EVERY_DAY):
        limit, word = (JUMP_WEEKLY, "week") if frequency is WEEKLY else (JUMP_MONTHLY, "month")
    jump = (np.abs(ratio - 1) > limit) & ~hundred
    if not jump.any():
        return
    text = f"moves by over {limit:.0%} in one {word}"
    split = next((s for r in ratio[jump] if (s := _split(float(r)))), "")
    text += f" (like an unadjusted {split} split)" if split else ""
    # A single share may really do that; a fund may not.
    is_fund = asset.is_listed or asset.kind == "jp_fund"
    severity: Severity = "fatal" if is_fund or split else "warning"
    yield finding("jump", symbol, severity, dates[1:][jump], text, 100 * (ratio[jump] - 1), " %")


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
    found = []
    for at in np.flatnonzero((np.abs(move) > STEP_SIZE) & (np.abs(np.expm1(move)) <= JUMP)):
        usual, after = _usual(move, int(at)), move[at + 1 : at + 11]
        like = _split(float(np.exp(move[at])), SMALL_SPLITS, 0.015)
        if after.size < 5 or not np.abs(move[at]) > (LIKE_SIGMAS if like else STEP_SIGMAS) * usual:
            continue
        around = [move[at] + move[at - 1], *np.cumsum(move[at : at + 3])[1:]]  # a print, there or back
        back = np.abs(around).min() < TAKEN_BACK * np.abs(move[at])
        calm = 1.4826 * np.median(np.abs(after)) < STEP_AFTER * usual
        if calm and not back and (like or asset.is_listed or asset.kind == "jp_fund"):
            found.append(at)
    if found:
        text = f"a step of over {LIKE_SIGMAS:.0f} usual moves between calm days, as a split or another unit makes"
        values = 100 * np.expm1(move[found])
        yield finding("step", symbol, "warning", dates[np.array(found) + 1], text, values, " %")


def reversals(
    symbol: str, dates: Dates, price: Floats, note: float, fatal: float, sigmas: float = 0.0
) -> list[Finding]:
    """A large move that one of the next two sessions takes back: a bad print in between."""
    move = np.diff(np.log(price))
    if move.size < 3:
        return []
    size = np.abs(move[:-2])
    left = np.minimum(np.abs(move[:-2] + move[1:-1]), np.abs(move[:-2] + move[1:-1] + move[2:]))
    at = np.flatnonzero((size > note) & (left < TAKEN_BACK * size))
    at = at[[size[k] > sigmas * _usual(move, int(k)) for k in at]] if at.size else at
    # The way back to a right price may look like a reversal too: one finding a print is enough.
    at = at[np.diff(at, prepend=-2) > 1]
    found = []
    groups: tuple[tuple[Severity, NDArray[np.intp]], ...] = (
        ("fatal", at[size[at] > fatal]),
        ("note", at[size[at] <= fatal]),
    )
    for severity, chosen in groups:
        if chosen.size:
            text = "moves and is back at once, as a bad print does"
            values = 100 * np.expm1(move[chosen])
            found.append(finding("reversal", symbol, severity, dates[chosen + 1], text, values, " %"))
    return found


def _usual(move: Floats, at: int, sessions: int = 21) -> float:
    """Robust daily sd before move ``at``: 1.4826 × median of absolute moves; inf where there are too few."""
    return float(1.4826 * np.median(np.abs(move[at - sessions : at]))) if at >= sessions else np.inf


def _stale(symbol: str, dates: Dates, price: Floats) -> Iterator[Finding]:
    """Equal closes in a row; a price whose usual change is tiny, a money fund's, may stand still."""
    if price.size < STALE_NOTE:
        return
    move = np.abs(np.diff(np.log(price)))
    moved = move[move > 0]
    if not moved.size and price.size >= STALE_FATAL:
        text = f"the same close on all of {price.size} sessions, as of a money fund"
        yield finding("never_moves", symbol, "warning", dates[:1], text)
        return
    changed = np.flatnonzero(np.append(True, np.diff(price) != 0))
    length = np.diff(np.append(changed, price.size))
    long = length >= STALE_NOTE
    if not long.any() or (moved.size and np.median(moved) < STILL):
        return
    fatal = length.max() >= STALE_FATAL
    text = f"the same close for {STALE_NOTE} sessions or more, from"
    where = dates[changed[long]]
    yield finding("stale", symbol, "fatal" if fatal else "note", where, text, length[long], " sessions")
