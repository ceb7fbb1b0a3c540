"""Payouts: against adjusted closes, against the price, and against their own rhythm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.market.assets import Asset
from engine.market.check_limits import (
    ADJUSTED_NOTE,
    CONTRADICTION_BANNER,
    CONTRADICTION_FATAL,
    LARGE_PAYOUT,
    MANY_PAYOUTS,
)
from engine.market.findings import Finding, Severity, finding
from engine.market.series import Dates, Floats, Series, paid_between

Mask = NDArray[np.bool_]

LASTING = 5  # sessions that a disagreement must last to be one of the levels, not a print


def check_adjusted(series: Series, start: np.datetime64 | None = None) -> Iterator[Finding]:
    """Adjusted closes against closes with their payouts: session by session, and over the period.

    The return of each session is rebuilt both ways in which vendors do it: the nearer counts.

    ``start``  the first day of the period; None = that of the series
    """
    steps = _steps(series)
    if steps is None:
        return
    yield from _one_day(series.symbol, steps)
    inside = steps.days >= (steps.days[0] if start is None else start)
    yield from _contradiction(series.symbol, steps, inside)


@dataclass(frozen=True)
class _Steps:
    """From one session with both closes to the next. (n,) each."""

    days: Dates
    before: Floats
    after: Floats
    paid: Floats
    came: Floats
    off: Floats


def _steps(series: Series) -> _Steps | None:
    """A payout on a row without a price belongs to the next session; None where nothing can be compared."""
    both = np.isfinite(series.close) & np.isfinite(series.adj_close)
    if np.count_nonzero(both) < 2:
        return None
    unknown = np.cumsum(np.isnan(series.dividend) & both)[both]
    close, adjusted = series.close[both], series.adj_close[both]
    paid = paid_between(series.dividend, both)
    came = adjusted[1:] / adjusted[:-1]
    before, after = close[:-1], close[1:]
    by_factor = came - after / np.maximum(before - paid, 1e-9 * before)
    by_return = came - (after + paid) / before
    off = np.where(np.abs(by_factor) < np.abs(by_return), by_factor, by_return)
    known = np.diff(unknown) == 0
    if not known.any():
        return None
    return _Steps(
        series.dates[both][1:][known], before[known], after[known], paid[known], came[known], off[known]
    )


def _one_day(symbol: str, steps: _Steps) -> Iterator[Finding]:
    off, paid = steps.off, steps.paid
    wrong = np.abs(off) > ADJUSTED_NOTE
    if not wrong.any():
        return
    # A payout lifts the adjusted return for good; noise in one of the two closes is taken back at once.
    opposite = wrong[1:] & wrong[:-1] & (np.sign(off[1:]) != np.sign(off[:-1]))
    lasting = wrong & ~np.append(opposite, False) & ~np.append(False, opposite)
    missing, phantom = lasting & (off > 0) & (paid == 0), lasting & (off < 0) & (paid > 0)
    noise = wrong & ~missing & ~phantom
    large: Severity = "warning" if np.abs(off[noise]).max(initial=0.0) > CONTRADICTION_FATAL else "note"
    unlisted = steps.before - steps.after / steps.came
    groups: tuple[tuple[str, Severity, Mask, str, Floats, str], ...] = (
        ("dividend_missing", "note", missing, "adjusted closes know an unlisted payout", unlisted, ""),
        ("dividend_phantom", "note", phantom, "adjusted closes do not know a listed payout", paid, ""),
        ("adjusted", large, noise, "close and adjusted close disagree", 100 * off, " %"),
    )
    for rule, severity, mask, text, values, unit in groups:
        if mask.any():
            yield finding(rule, symbol, severity, steps.days[mask], text, values[mask], unit)


def _contradiction(symbol: str, steps: _Steps, inside: Mask) -> Iterator[Finding]:
    """How far the two total returns of the period drift apart, prints of a few days left out."""
    days, apart = steps.days[inside], -np.log1p(-steps.off[inside] / steps.came[inside])
    if not days.size:
        return
    level = np.append(0.0, np.cumsum(apart))
    window = min(LASTING, level.size)
    level = np.median(np.lib.stride_tricks.sliding_window_view(level, window), axis=1)
    drift = float(np.ptp(level)) if level.size > 1 else abs(float(level[0]))
    if not drift > CONTRADICTION_BANNER:
        return
    severity: Severity = "fatal" if drift > CONTRADICTION_FATAL else "warning"
    worst = np.sort(np.argsort(-np.abs(apart), kind="stable")[:4])
    worst = worst[np.abs(apart[worst]) > 0.02 * drift]
    text = f"closes with payouts and adjusted closes are {100 * np.expm1(drift):.2g} % apart over the period"
    if not worst.size:  # small ones on every day
        worst = np.array([0, days.size - 1])
    yield finding("contradiction", symbol, severity, days[worst], text, 100 * apart[worst], " %")


def check_payouts(series: Series, asset: Asset, price: Floats) -> Iterator[Finding]:
    """Payouts against the price (n,), and against their own rhythm: one missing, or too soon after another."""
    paid = np.nan_to_num(series.dividend) > 0
    large = paid & (np.nan_to_num(series.dividend) > LARGE_PAYOUT * price)
    if large.any():
        text = f"a payout of more than {LARGE_PAYOUT:.0%} of the price"
        severity: Severity = "fatal" if asset.known else "warning"
        yield finding(
            "payout_large", series.symbol, severity, series.dates[large], text, series.dividend[large]
        )
    dates, size = series.dates[paid], series.dividend[paid]
    if (often := _too_often(dates)).any():
        text = f"more than {MANY_PAYOUTS} payouts within a year, as no fund makes them"
        yield finding("payout_often", series.symbol, "fatal", dates[often], text)
        return
    if dates.size < 9:
        return
    wait = np.diff(dates).astype(np.float64)
    fours = np.median(np.lib.stride_tricks.sliding_window_view(wait, 4), axis=1)
    k = np.arange(4, wait.size)
    before = fours[k - 4]
    after = np.append(fours, before[-4:])[k + 1]  # at the end, where fewer than four follow: as before
    missing = k[wait[k] > 1.75 * np.maximum(before, after)]
    extra = k[wait[k] < 0.25 * np.minimum(before, after)]
    if missing.size and np.isfinite(series.dividend).all():
        text = "a payout seems to be missing in the days before"
        yield finding(
            "payout_missing", series.symbol, "note", dates[missing + 1], text, wait[missing], " days"
        )
    if extra.size:
        text = "a payout too soon after another"
        yield finding("payout_extra", series.symbol, "note", dates[extra + 1], text, size[extra + 1])


def _too_often(dates: Dates) -> Mask:
    """(n,) whether so many payouts lie within the year before one."""
    first = np.searchsorted(dates, dates - np.timedelta64(360, "D"), side="right")
    often: Mask = np.arange(dates.size) - first + 1 > MANY_PAYOUTS
    return often
