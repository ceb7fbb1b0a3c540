"""Writes the weekdays from FIRST to LAST that are no business days in Tokyo, for ``engine.market.exchanges``.

Run ``python -m scripts.make_tokyo_holidays`` after a new ``exchange_calendars`` or a change of law. The
file is what the program reads: the calendar library takes a second to import.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FIRST, LAST = "1997-01-01", "2030-12-31"
# Business days that the calendar library takes for holidays. Banks, and so settlement, worked on both.
OPEN = {
    "1998-05-06": "no holiday: only from 2007 on does one that falls on a Sunday move past other holidays",
    "2020-10-01": "the exchange's systems failed for the whole day; orders of other markets were settled",
}
FILE = Path(__file__).parents[1] / "engine" / "market" / "data" / "tokyo_holidays.csv"


def closures(first: str = FIRST, last: str = LAST) -> NDArray[np.datetime64]:
    """datetime64[D], increasing: weekdays that are no session of XTKS in ``exchange_calendars``, less OPEN."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XTKS", start=first, end=last)
    sessions = np.asarray(calendar.sessions.values, dtype="datetime64[D]")
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    return np.setdiff1d(days[np.is_busday(days)], [*sessions, *map(np.datetime64, OPEN)])


def text(first: str = FIRST, last: str = LAST) -> str:
    """The file's whole content."""
    dates = "\n".join(str(date) for date in closures(first, last))
    return f"date\n{dates}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8", newline="\n")
