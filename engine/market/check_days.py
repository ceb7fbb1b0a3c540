"""The days of a series: its order, its frequency, its holes, and days that are no sessions or not yet over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.market import exchanges
from engine.market.check_limits import FEW_ROWS, GAPS_FATAL, GAPS_WINDOW, LONGEST_STEP, MADE_UP, OTHER_DAYS
from engine.market.findings import Finding, Severity, finding
from engine.market.frequency import DAILY, EVERY_DAY, MONTHLY, frequency_of, sessions_near
from engine.market.series import ONE_DAY, Dates, Series


def check_order(series: Series) -> list[Finding]:
    """Dates that repeat or fall."""
    wrong = np.diff(series.dates).astype(np.int64) <= 0
    if not wrong.any():
        return []
    return [finding("order", series.symbol, "fatal", series.dates[1:][wrong], "dates repeat or fall")]


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
    grave: Severity
    if today is not None and (late := dates > today + np.timedelta64(1, "D")).any():
        # A few such rows are misprints; a series that goes on into the future was made up by somebody.
        grave = "fatal" if late.mean() < MADE_UP else "warning"
        yield finding("future", symbol, grave, dates[late], "prices of days that have not been yet")
        dates = dates if late.mean() >= MADE_UP else dates[~late]
    if dates.size < 2:
        return
    frequency = frequency_of(dates)
    grave = "fatal" if in_new_york or dates.size >= FEW_ROWS else "warning"
    if calendar is None and frequency not in (DAILY, EVERY_DAY):
        yield from _holes(symbol, dates, grave, monthly=frequency is MONTHLY)
        return
    if calendar is None and frequency is EVERY_DAY and not in_new_york:
        calendar = np.arange(dates[0], dates[-1] + ONE_DAY)
    if calendar is None:
        calendar = sessions_near(dates, in_new_york=in_new_york)
    if calendar is None:
        yield from _long_steps(symbol, dates, grave)
        return
    yield from _sessions(symbol, dates, calendar, grave)


def _sessions(symbol: str, dates: Dates, calendar: Dates, grave: Severity) -> Iterator[Finding]:
    """Missing sessions and days that are none, as far as the calendar reaches."""
    table = (exchanges.FIRST, exchanges.LAST)
    dates = dates[(dates >= table[0]) & (dates <= table[1])]
    if not dates.size:
        return
    calendar = calendar[(calendar >= dates[0]) & (calendar <= dates[-1])]
    missing = ~np.isin(calendar, dates, assume_unique=True)
    if missing.any():
        worst = int(np.convolve(missing, np.ones(GAPS_WINDOW), mode="full").max())
        fatal = worst > GAPS_FATAL
        n = np.count_nonzero(missing)
        text = f"{n} session{'s' if n > 1 else ''} without a price"
        text += f" ({worst} of them within {GAPS_WINDOW} sessions)" if fatal else ""
        yield finding("gap", symbol, grave if fatal else "note", calendar[missing], text)
    extra = ~np.isin(dates, calendar, assume_unique=True)
    if extra.any():
        often = np.count_nonzero(extra) > max(OTHER_DAYS, OTHER_DAYS * dates.size / 252)
        severity: Severity = "warning" if often else "note"
        yield finding("not_a_session", symbol, severity, dates[extra], "prices on days without trading")


def _long_steps(symbol: str, dates: Dates, grave: Severity) -> Iterator[Finding]:
    """Holes of a daily series whose calendar is its own: longer than any holidays."""
    steps = np.diff(dates).astype(np.int64)
    if (long := steps > LONGEST_STEP).any():
        text = f"no price for more than {LONGEST_STEP} days before"
        yield finding("gap", symbol, grave, dates[1:][long], text, steps[long], " days")


def _holes(symbol: str, dates: Dates, grave: Severity, *, monthly: bool) -> Iterator[Finding]:
    """Weeks or months without a row, and rows that are closer together than the frequency has them."""
    one, many = ("month", "months") if monthly else ("week", "weeks")
    if monthly:
        steps = np.diff(dates.astype("datetime64[M]")).astype(np.int64)
    else:
        steps = np.diff(
            (dates.astype(np.int64) + 3) // 7
        )  # weeks from Monday on: 1 January 1970 was a Thursday
    if (missing := steps > 1).any():
        n = int((steps[missing] - 1).sum())
        fatal = monthly or n > GAPS_FATAL or steps.max() > 2
        text = f"{n} {many if n > 1 else one} without a price, before"
        yield finding("gap", symbol, grave if fatal else "note", dates[1:][missing], text)
    if (close := steps < 1).any():
        text = f"more than one price within a {one}: another frequency among {one}ly prices"
        yield finding("mixed_frequency", symbol, grave, dates[1:][close], text)
