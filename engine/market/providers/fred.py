"""FRED of the St. Louis Fed: yen per dollar at noon in New York (DEXJPUS), a second source for USDJPY."""

from __future__ import annotations

import csv
import io
import math

import numpy as np

from engine.errors import BadData, NotFound
from engine.market import net
from engine.market.series import Series

URL = "https://fred.stlouisfed.org/graph/fredgraph.csv?id={id}"
SERIES = {"USDJPY": "DEXJPUS"}


def fetch(
    symbol: str = "USDJPY", *, start: np.datetime64 | None = None, deadline: float = 30.0, url: str = URL
) -> Series:
    """The exchange rate from ``start`` (default: 1971). Errors: those of ``net.download`` and ``parse``."""
    code = SERIES.get(symbol.upper())
    if code is None:
        raise NotFound(f"{symbol}: not taken from FRED", hint=f"it has {', '.join(SERIES)}")
    address = url.format(id=code)
    if start is not None:
        address += f"&cosd={start.astype('datetime64[D]')}"
    return parse(net.download(address, deadline=deadline).decode("utf-8", "replace"), symbol.upper())


def parse(text: str, symbol: str = "USDJPY") -> Series:
    """A Series from FRED's CSV: two columns, date and value; an empty value or ``.`` is a holiday.

    Errors: BadData naming the line that is no date and number, or the heading that is not DEXJPUS.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    heading = next(rows, [])
    if len(heading) != 2 or heading[1] != SERIES[symbol]:
        raise BadData(f"FRED answers with the heading {','.join(heading)[:60]!r}, not with {SERIES[symbol]}")
    dates: list[np.datetime64] = []
    values: list[float] = []
    for row in rows:
        if len(row) == 2 and row[1].strip() in ("", "."):
            continue
        try:
            day, value = row
            dates.append(np.datetime64(day, "D"))
            values.append(float(value))
        except ValueError as error:
            raise BadData(
                f"FRED line {rows.line_num} is no date and number: {','.join(row)[:60]!r}"
            ) from error
        if not math.isfinite(values[-1]) or values[-1] <= 0:
            raise BadData(f"FRED line {rows.line_num}: a rate of {values[-1]:g}")
    return exchange_rate(symbol, dates, values, "fred:DEXJPUS")


def exchange_rate(symbol: str, dates: list[np.datetime64], values: list[float], source: str) -> Series:
    """A Series with only a close (base units of the second currency per unit of the first), in order.

    Errors: NotFound if there are no values, BadData if a date comes twice.
    """
    if not values:
        raise NotFound(f"{symbol}: {source} has no values in the range asked for")
    days = np.array(dates, dtype="datetime64[D]")
    order = np.argsort(days, kind="stable")
    days, close = days[order], np.array(values)[order]
    twice = np.flatnonzero(np.diff(days) == np.timedelta64(0, "D"))
    if len(twice):
        raise BadData(f"{symbol}: {source} has {days[twice[0]]} twice")
    return Series(symbol, symbol[3:], days, close, np.full(len(close), np.nan), np.zeros(len(close)), source)
