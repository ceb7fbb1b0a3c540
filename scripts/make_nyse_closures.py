"""Write engine/market/data/nyse_closures.csv: weekdays without a session in New York.

Run by hand after an update of exchange_calendars:  python scripts/make_nyse_closures.py
A test compares the committed file with what this script would write.
"""

from __future__ import annotations

from pathlib import Path

FIRST, LAST = "1990-01-01", "2030-12-31"
TARGET = Path(__file__).parent.parent / "engine" / "market" / "data" / "nyse_closures.csv"


def closures() -> list[str]:
    """ISO dates of the weekdays from FIRST to LAST that are no sessions."""
    import pandas as pd
    from exchange_calendars.exchange_calendar_xnys import XNYSExchangeCalendar

    sessions = XNYSExchangeCalendar(start=FIRST, end=LAST).sessions
    weekdays = pd.bdate_range(FIRST, LAST)
    return [day.date().isoformat() for day in weekdays.difference(sessions)]


def text() -> str:
    """The file's content."""
    return "\n".join([f"# first={FIRST} last={LAST}", *closures(), ""])


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="ascii", newline="\n")
    print(f"wrote {TARGET}")
