"""The days of a series: its order, its frequency, its holes, and days that are no sessions or not yet over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.market import exchanges
from engine.market.check_limits import FEW_ROWS, GAPS_FATAL, GAPS_WINDOW, LONGEST_STEP, MADE_UP, OTHER_DAYS
from engine.market.findings import Finding, Severity, in_days, where
from engine.market.frequency import DAILY, EVERY_DAY, MONTHLY, frequency_of, sessions_near
from engine.market.series import ONE_DAY, Dates, Series
from engine.messages import message


def check_order(series: Series) -> Iterator[Finding]:
    """Dates that repeat or fall."""
    wrong = np.diff(series.dates).astype(np.int64) <= 0
    what = message("dates repeat or fall")
    yield from where("order", series.symbol, "fatal", what, series.dates[1:], wrong)


def check_days(
    symbol: str,
    dates: Dates,
    *,
    in_new_york: bool,
    calendar: Dates | None = None,
    today: np.datetime64 | None = None,
) -> Iterator[Finding]:
    """Findings on the dates with a price, the same for every asset.

    ``calendar``  the sessions to compare with; None = those that the dates themselves follow
    ``today``     the last day that can have a price somewhere is the one after it; None = any day can
    """
    if today is not None and (late := dates > today + ONE_DAY).any():
        # A few such rows are misprints; a series that goes on into the future was made up by somebody.
        misprints = late.mean() < MADE_UP
        what = message("prices of days that have not been yet")
        yield from where("future", symbol, "fatal" if misprints else "warning", what, dates, late)
        dates = dates[~late] if misprints else dates
    if dates.size < 2:
        return
    grave: Severity = "fatal" if in_new_york or dates.size >= FEW_ROWS else "warning"
    frequency = frequency_of(dates)
    if calendar is None:
        if frequency not in (DAILY, EVERY_DAY):
            yield from _holes(symbol, dates, grave, monthly=frequency is MONTHLY)
            return
        if frequency is EVERY_DAY and not in_new_york:
            calendar = np.arange(dates[0], dates[-1] + ONE_DAY)
        else:
            calendar = sessions_near(dates, in_new_york=in_new_york)
    if calendar is None:
        yield from _long_steps(symbol, dates, grave)
    else:
        yield from _sessions(symbol, dates, calendar, grave)


def _sessions(symbol: str, dates: Dates, calendar: Dates, grave: Severity) -> Iterator[Finding]:
    """Missing sessions and days that are none, as far as the calendar reaches; before it, holes alone."""
    first = exchanges.FIRST
    if calendar.size and (calendar[0] - max(first, dates[0])).astype(int) > LONGEST_STEP:
        first = calendar[0]  # Tokyo's table begins later than New York's
    # With the first date of the calendar: years may lie before it.
    yield from _long_steps(symbol, dates[: np.searchsorted(dates, first, "right") + 1], grave)
    dates = dates[(dates >= first) & (dates <= exchanges.LAST)]
    if not dates.size:
        return
    calendar = calendar[(calendar >= dates[0]) & (calendar <= dates[-1])]
    missing = ~np.isin(calendar, dates, assume_unique=True)
    if missing.any():
        n, worst = int(missing.sum()), int(np.convolve(missing, np.ones(GAPS_WINDOW), mode="full").max())
        what = message("{n} session without a price", plural="{n} sessions without a price", n=n)
        if worst > GAPS_FATAL:
            most = message("{worst} of them within {window} sessions", worst=worst, window=GAPS_WINDOW)
            what = message("{sessions} ({where})", sessions=what, where=most)
        yield from where("gap", symbol, grave if worst > GAPS_FATAL else "note", what, calendar, missing)
    extra = ~np.isin(dates, calendar, assume_unique=True)
    often = np.count_nonzero(extra) > max(OTHER_DAYS, OTHER_DAYS * dates.size / 252)
    what = message("prices on days without trading")
    yield from where("not_a_session", symbol, "warning" if often else "note", what, dates, extra)


def _long_steps(symbol: str, dates: Dates, grave: Severity) -> Iterator[Finding]:
    """Holes of a daily series whose calendar is its own: longer than any holidays."""
    steps = np.diff(dates).astype(np.float64)
    what = message("no price for more than {days} days before", days=LONGEST_STEP)
    yield from where("gap", symbol, grave, what, dates[1:], steps > LONGEST_STEP, steps, in_days)


def _holes(symbol: str, dates: Dates, grave: Severity, *, monthly: bool) -> Iterator[Finding]:
    """Weeks or months without a row, and rows that are closer together than the frequency has them."""
    # Weeks from Monday on: 1 January 1970 was a Thursday.
    period = dates.astype("datetime64[M]").astype(np.int64) if monthly else (dates.astype(np.int64) + 3) // 7
    steps = np.diff(period)
    missing = steps > 1
    n = int((steps[missing] - 1).sum())
    fatal = monthly or n > GAPS_FATAL or steps.max() > 2
    what = message(
        "{n} month without a price, before" if monthly else "{n} week without a price, before",
        plural="{n} months without a price, before" if monthly else "{n} weeks without a price, before",
        n=n,
    )
    yield from where("gap", symbol, grave if fatal else "note", what, dates[1:], missing)
    what = message(
        "more than one price within a month: another frequency among monthly prices"
        if monthly
        else "more than one price within a week: another frequency among weekly prices"
    )
    yield from where("mixed_frequency", symbol, grave, what, dates[1:], steps < 1)
