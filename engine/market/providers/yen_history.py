"""Yen per dollar for monthly series since 1949: the peg, monthly averages, the ECB's fixings.

``1949-04-25 to 1970-12``   ¥360, the official parity under Bretton Woods
``1971-01 to 1998-12``      the average of each month (Board of Governors of the Federal Reserve System, H.10/G.5,
                            series EXJPUS), standing at the month's last day: not that day's rate
``since 1999-01-04``        the ECB's fixings, day by day

Before 1949 there was no single rate, and there is none here.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from engine.market.providers import ecb
from engine.market.series import COLUMNS, Dates, Floats, Series, month_end
from engine.messages import message

PEG, PEGGED_SINCE = 360.0, np.datetime64("1949-04-25")
AVERAGES = Path(__file__).parents[1] / "data" / "usdjpy_monthly_1971.csv"


def load() -> Series:
    """Rates at the end of each month to 1998, then each fixing. A note says which was used when."""
    fixings = ecb.load()
    months, averages = _averages()
    before = months < fixings.dates[0].astype("datetime64[M]")
    pegged = np.arange(PEGGED_SINCE.astype("datetime64[M]"), months[0])
    ends = month_end(np.append(pegged, months[before]))
    early = np.append(np.full(pegged.size, PEG), averages[before])
    dates: Dates = np.append(ends, fixings.dates)
    nothing = np.full(dates.size, np.nan)
    note = message(
        "USDJPY: ¥360 from {peg} to 1970, averages of each month from 1971 to 1998 (not the rate of its last "
        "day), the fixings of the ECB from 1999",
        peg=PEGGED_SINCE,
    )
    close = np.append(early, fixings.close)
    return Series("USDJPY", "JPY", dates, close, nothing, nothing.copy(), "ecb+averages", notes=(note,))


def before(fx: Series, first: np.datetime64) -> Series:
    """``fx``, whose first rate is of ``first``, with the rates that are known before it, and a note of both."""
    whole = load()
    earlier = whole.rows(whole.dates < first)
    if not earlier.dates.size:
        return fx
    joined = fx.replace(**{name: getattr(earlier.then(fx), name) for name in COLUMNS})
    notes = (*fx.notes, *whole.notes)
    if not fx.source.startswith("ecb"):
        notes = (*notes, message("USDJPY: the rates of {source} from {day}", source=fx.source, day=first))
    return joined.replace(source=f"{fx.source}+averages", notes=notes)


def _averages() -> tuple[Dates, Floats]:
    """Months (n,) and the average rate of each (n,)."""
    with AVERAGES.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(line for line in file if not line.startswith("#"))]
    months = np.array([row["date"][:7] for row in rows], dtype="datetime64[M]")
    return months, np.array([float(row["close"]) for row in rows])
