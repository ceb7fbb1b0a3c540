"""Payouts: against adjusted closes, against the price, and against their own rhythm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.market.assets import Asset
from engine.market.check_limits import (
    ADJUSTED_NOTE,
    CONTRADICTION_BANNER,
    CONTRADICTION_FATAL,
    LARGE_PAYOUT,
    MANY_PAYOUTS,
)
from engine.market.findings import Finding, Severity, in_days, percent, where
from engine.market.series import Dates, Floats, Mask, Series, paid_between
from engine.messages import Percent, message

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
    days, off, paid = steps.days, steps.off, steps.paid
    wrong = np.abs(off) > ADJUSTED_NOTE
    # A payout lifts the adjusted return for good; noise in one of the two closes is taken back at once.
    opposite = wrong[1:] & wrong[:-1] & (np.sign(off[1:]) != np.sign(off[:-1]))
    lasting = wrong & ~np.append(opposite, False) & ~np.append(False, opposite)
    missing, phantom = lasting & (off > 0) & (paid == 0), lasting & (off < 0) & (paid > 0)
    noise = wrong & ~missing & ~phantom
    unlisted = steps.before - steps.after / steps.came
    what = message("adjusted closes know an unlisted payout")
    yield from where("dividend_missing", symbol, "note", what, days, missing, unlisted)
    what = message("adjusted closes do not know a listed payout")
    yield from where("dividend_phantom", symbol, "note", what, days, phantom, paid)
    large: Severity = "warning" if np.abs(off[noise]).max(initial=0.0) > CONTRADICTION_FATAL else "note"
    what = message("close and adjusted close disagree")
    yield from where("adjusted", symbol, large, what, days, noise, 100 * off, percent)


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
    if not worst.size:  # small ones on every day
        worst = np.array([0, days.size - 1])
    what = message(
        "closes with payouts and adjusted closes are {share} apart over the period",
        share=percent(float(f"{100 * np.expm1(drift):.2g}")),
    )
    yield from where("contradiction", symbol, severity, what, days[worst], None, 100 * apart[worst], percent)


def check_payouts(series: Series, asset: Asset, price: Floats) -> Iterator[Finding]:
    """Payouts against the price (n,), and against their own rhythm: one missing, or too soon after another."""
    symbol, paid = series.symbol, np.nan_to_num(series.dividend) > 0
    large = paid & (np.nan_to_num(series.dividend) > LARGE_PAYOUT * price)
    what = message("a payout of more than {share} of the price", share=Percent(LARGE_PAYOUT))
    severity: Severity = "fatal" if asset.known else "warning"
    yield from where("payout_large", symbol, severity, what, series.dates, large, series.dividend)
    dates, size = series.dates[paid], series.dividend[paid]
    if (often := _too_often(dates)).any():
        what = message("more than {times} payouts within a year, as no fund makes them", times=MANY_PAYOUTS)
        yield from where("payout_often", symbol, "fatal", what, dates, often)
        return
    if dates.size < 9:
        return
    wait = np.diff(dates).astype(np.float64)
    fours = np.median(np.lib.stride_tricks.sliding_window_view(wait, 4), axis=1)
    before = fours[:-1]  # of each wait from the fifth on: the usual one of the four before it
    after = np.append(fours[5:], before[-4:])  # at the end, where fewer than four follow: as before
    dates, wait, size = dates[5:], wait[4:], size[5:]
    if np.isfinite(series.dividend).all():
        what = message("a payout seems to be missing in the days before")
        missing = wait > 1.75 * np.maximum(before, after)
        yield from where("payout_missing", symbol, "note", what, dates, missing, wait, in_days)
    what = message("a payout too soon after another")
    yield from where(
        "payout_extra", symbol, "note", what, dates, wait < 0.25 * np.minimum(before, after), size
    )


def _too_often(dates: Dates) -> Mask:
    """(n,) whether so many payouts lie within the year before one."""
    first = np.searchsorted(dates, dates - np.timedelta64(360, "D"), side="right")
    return np.arange(dates.size) - first + 1 > MANY_PAYOUTS
