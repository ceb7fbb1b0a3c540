"""How often a series has a price, found from its dates: what a hole is, and what a year of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import DataError
from engine.market import exchanges
from engine.market.check_limits import ANOTHER_CALENDAR, CALENDAR_DAYS
from engine.market.series import ONE_DAY, Dates, Series, month_end
from engine.messages import listed, message


@dataclass(frozen=True)
class Frequency:
    """``name``, the periods of a year by convention, and the days that two rows may lie apart at most."""

    name: str
    per_year: int
    longest: int


DAILY = Frequency("daily", 252, 7)
EVERY_DAY = Frequency("every day", 365, 7)
WEEKLY = Frequency("weekly", 52, 10)
MONTHLY = Frequency("monthly", 12, 45)
MONTH_END = np.timedelta64(4, "D")  # before a month's end, on which the last row of a monthly series may be


def frequency_of(dates: Dates) -> Frequency:
    """The frequency of rising ``dates`` (n,): that of the middle one of the steps between them.

    Rows further apart than months count as monthly: their holes are for the checks to find. Fewer than two
    dates are daily.
    """
    if dates.size < 2:
        return DAILY
    middle = float(np.median(np.diff(dates).astype(np.int64)))
    if middle <= 4:
        return EVERY_DAY if np.mean(~np.is_busday(dates)) > CALENDAR_DAYS else DAILY
    return WEEKLY if middle <= 10 else MONTHLY


def is_over(day: np.datetime64, frequency: Frequency, *, in_new_york: bool = False) -> bool:
    """Whether no row of the month of ``day`` is due after it. Of days: in New York, or else also in Tokyo."""
    last = month_end(day)
    if frequency is MONTHLY:
        return bool(last - day <= MONTH_END)
    if frequency is WEEKLY:
        return bool(day + np.timedelta64(7, "D") > last)
    if in_new_york:
        return bool(day >= last) or not exchanges.nyse_sessions(day + ONE_DAY, last).size
    return lacks_sessions(day + ONE_DAY, last)


def at_month_ends(series: Series, *, in_new_york: bool) -> Series:
    """The closes of daily or monthly ``series`` at the last day of each month that is over; payouts apart.

    :raises DataError: weekly prices, whose last of a month may be days old by its end.
    """
    known = series.rows(np.isfinite(series.close))
    frequency = frequency_of(known.dates)
    if frequency is WEEKLY:
        what = message("{series} has weekly prices, which have none of a month's end", series=series.named)
        raise DataError(what, hint=message("use daily or monthly prices with `data.frequency: monthly`"))
    months = known.dates.astype("datetime64[M]")
    over = [is_over(day, frequency, in_new_york=in_new_york) for day in known.dates[-1:]]
    last = known.rows(np.append(months[1:] != months[:-1], over).astype(bool))
    return last.replace(dates=month_end(last.dates))


def refuse_mixture(columns: Sequence[Series]) -> None:
    """:raises DataError: monthly prices beside others, which would lose all days but the months' last."""
    found = [(column, frequency_of(column.priced)) for column in columns]
    monthly = [column.symbol for column, frequency in found if frequency is MONTHLY]
    others = [column.symbol for column, frequency in found if frequency is not MONTHLY]
    if monthly and others:
        what = message(
            "{monthly} has monthly prices and {others} has not",
            monthly=listed(monthly),
            others=listed(others),
        )
        hint = message("`data.frequency: monthly` takes all of them at month ends")
        raise DataError(what, hint=hint)


def lacks_sessions(first: np.datetime64, last: np.datetime64) -> bool:
    """Whether New York or Tokyo has no session from ``first`` to ``last``, both included."""
    asks = (exchanges.nyse_sessions, exchanges.tokyo_sessions)
    return bool(first > last) or any(not ask(first, last).size for ask in asks)


def sessions_near(dates: Dates, *, in_new_york: bool) -> Dates | None:
    """The sessions of the calendar that daily ``dates`` follow, between the first and the last of them.

    Of an asset in New York they are New York's; else those of Tokyo, New York or all weekdays, whichever
    ``dates`` miss and exceed least; None where they are of none of these, but of a calendar of their own.
    """
    first, last = dates[0], dates[-1]
    if in_new_york:
        return exchanges.nyse_sessions(first, last)
    found = [
        ask(first, last) for ask in (exchanges.tokyo_sessions, exchanges.nyse_sessions, exchanges.weekdays)
    ]
    reach = [dates[(dates >= days[0]) & (dates <= days[-1])] if days.size else dates[:0] for days in found]
    wrong = [np.setxor1d(days, own).size for days, own in zip(found, reach, strict=True)]
    best = int(np.argmin(wrong))
    extra = np.count_nonzero(~np.isin(reach[best], found[best], assume_unique=True))
    return found[best] if extra <= ANOTHER_CALENDAR * dates.size else None


def on_sessions(series: Series, *, in_new_york: bool) -> Series:
    """``series`` without the rows that only carry a price over days without trading, with a note.

    Such a file has a row for each day of the calendar: those of weekends and holidays repeat the day before
    and would count as sessions on which nothing moved. The calendar is the one with the fewest sessions among
    those outside of which no price moves. A series whose price does move there keeps all its rows.
    """
    if series.dates.size < 2 or frequency_of(series.dates) is not EVERY_DAY:
        return series
    moves = np.append(True, np.zeros(series.dates.size - 1, dtype=bool))
    for column in (series.close, series.adj_close):
        known = np.isfinite(column[1:]) & np.isfinite(column[:-1])
        moves[1:] |= np.where(known, column[1:] != column[:-1], np.isfinite(column[1:]))
    moves |= np.nan_to_num(series.dividend) > 0
    moves[0] = False
    first, last = series.dates[0], series.dates[-1]
    calendars = [exchanges.nyse_sessions, exchanges.tokyo_sessions, exchanges.weekdays]
    inside = [np.isin(series.dates, ask(first, last)) for ask in calendars[: 1 if in_new_york else 3]]
    fitting = [mask for mask in inside if not (moves & ~mask).any() and mask.any()]
    if not fitting:
        return series
    keep = min(fitting, key=lambda mask: int(mask.sum()))
    said = message(
        "{symbol}: {rows} rows of days without trading repeat the day before: left out",
        symbol=series.symbol,
        rows=int((~keep).sum()),
    )
    return series.rows(keep).noted(said)
