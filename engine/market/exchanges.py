"""Sessions of the exchanges of New York and Tokyo, from small tables of closures.

No calendar library is needed at run time: importing one takes longer than a whole run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from engine.market.series import ONE_DAY, ONE_YEAR, Dates

FIRST = np.datetime64("1990-01-01")
LAST = np.datetime64("2030-12-31")
TWO_WEEKS = np.timedelta64(14, "D")


@cache
def _nyse() -> Dates:
    """All sessions from FIRST to LAST."""
    path = Path(__file__).parent / "data" / "nyse_closures.csv"
    lines = path.read_text(encoding="ascii").split()
    closed = np.array([line for line in lines if line[0].isdigit()], dtype="datetime64[D]")
    days = np.arange(FIRST, LAST + ONE_DAY)
    sessions: Dates = days[np.is_busday(days, holidays=closed)]
    sessions.setflags(write=False)
    return sessions


def nyse_sessions(start: np.datetime64, end: np.datetime64) -> Dates:
    """The sessions from ``start`` to ``end``, both included, as far as the table reaches (1990 to 2030)."""
    sessions = _nyse()
    return sessions[np.searchsorted(sessions, start) : np.searchsorted(sessions, end, side="right")]


@cache
def tokyo_holidays() -> Dates:
    """datetime64[D], increasing: weekdays that are no business days in Tokyo, in whole calendar years."""
    path = Path(__file__).parent / "data" / "tokyo_holidays.csv"
    holidays = np.array(path.read_text(encoding="utf-8").split()[1:], dtype="datetime64[D]")
    holidays.setflags(write=False)
    return holidays


def tokyo_sessions(start: np.datetime64, end: np.datetime64) -> Dates:
    """The sessions of Tokyo from ``start`` to ``end``, both included, within the years of the table.

    2020-10-01 is one, though the exchange's systems failed and nothing was traded.
    """
    holidays = tokyo_holidays()
    first, last = (day.astype("datetime64[Y]") for day in (holidays[0], holidays[-1]))
    days = np.arange(
        max(start, first.astype("datetime64[D]")),
        min(end + ONE_DAY, (last + ONE_YEAR).astype("datetime64[D]")),
    )
    return days[np.is_busday(days, holidays=holidays)]


def weekdays(start: np.datetime64, end: np.datetime64) -> Dates:
    """Monday to Friday from ``start`` to ``end``, both included."""
    days = np.arange(start, end + ONE_DAY)
    return days[np.is_busday(days)]


def year_of(year: int, kind: str) -> tuple[np.datetime64, np.datetime64]:
    """First and last session of a calendar year: Tokyo's for what is Japanese, else New York's.

    Outside the tables the first and last weekday.
    """
    begin, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31")
    sessions = tokyo_sessions(begin, end) if kind.startswith("jp_") else nyse_sessions(begin, end)
    found = sessions if len(sessions) else weekdays(begin, end)
    return found[0], found[-1]


def first_session(day: np.datetime64) -> np.datetime64:
    """The first session on or after ``day``; outside the table ``day`` itself."""
    found = nyse_sessions(day, day + TWO_WEEKS)[:1]
    return np.datetime64(found[0]) if found.size and day >= FIRST else day


def last_session(day: np.datetime64) -> np.datetime64:
    """The last session on or before ``day``; outside the table ``day`` itself."""
    found = nyse_sessions(day - TWO_WEEKS, day)[-1:]
    return np.datetime64(found[0]) if found.size and day <= LAST else day
