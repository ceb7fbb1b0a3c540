"""Kenneth French's data library: US stocks by size since July 1926, monthly total returns.

Value-weighted portfolios formed on market equity, dividends included, in dollars. A symbol is ``FF_`` and
the column without blanks: ``FF_LO30`` (the smallest 30 %), ``FF_MED40``, ``FF_HI30``, ``FF_LO20``,
``FF_QNT2`` … ``FF_HI20``, ``FF_LO10``, ``FF_DEC2`` … ``FF_HI10``.
"""

from __future__ import annotations

import re

import numpy as np

from engine.errors import BadData, NotFound
from engine.market import net
from engine.market.providers.ecb import unreadable, unzip
from engine.market.series import ONE_MONTH, Dates, Floats, Series, of_monthly_returns
from engine.messages import listed, message

URL = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/Portfolios_Formed_on_ME_CSV.zip"
FILE = message("the French library's file")
LARGEST = 8 * 1024 * 1024  # bytes of a saved zip
MISSING = -99.0  # the library writes -99.99 or -999 where it has no return


def fetch(
    symbol: str, *, start: np.datetime64 | None = None, deadline: float = 60.0, url: str = URL
) -> Series:
    """One portfolio since 1926. ``start`` is ignored: the file is always the whole history.

    Errors: those of ``net.download`` and ``parse``; NotFound if the file has no such portfolio.
    """
    if not re.fullmatch(r"FF_[A-Z0-9]+", symbol.upper()):
        hint = message("such as {examples}", examples=listed(["FF_LO30", "FF_HI30", "FF_DEC10"]))
        raise NotFound(message("{symbol}: not in the French library", symbol=symbol), hint=hint)
    return parse(net.download(url, deadline=deadline), symbol)


def parse(archive: bytes, symbol: str) -> Series:
    """A Series from the zip: ``adj_close`` is 100 × the growth of 1 dollar, on the last day of each month.

    The first date is the end of the month before the first return. ``close`` is NaN, since there are
    no prices, and ``dividend`` is NaN, since it is inside the returns and not told apart.
    Errors: BadData if the table is not found or has a gap, NotFound if it has no such column.
    """
    names, months, returns = _table(unzip(archive, FILE).splitlines())
    wanted = symbol.upper().removeprefix("FF_")
    if wanted not in names:
        hint = message("FF_ and one of {names}", names=listed(names))
        raise NotFound(message("{symbol}: not in the French library", symbol=symbol), hint=hint)
    return series_of(symbol, months, returns[:, names.index(wanted)], "french:Portfolios_Formed_on_ME")


def series_of(symbol: str, months: Dates, column: Floats, source: str) -> Series:
    """A Series as :func:`parse` gives it, from months (n,) and returns in percent (n,). Errors: BadData."""
    known = np.flatnonzero(column > MISSING)
    first, last = (known[0], known[-1] + 1) if known.size else (0, 0)
    months, column = months[first:last], column[first:last]
    if not known.size or np.any(column <= MISSING) or np.any(np.diff(months) != ONE_MONTH):
        what = message("{symbol}: the French library has months missing or out of order", symbol=symbol)
        raise BadData(what)
    return of_monthly_returns(symbol.upper(), months, column / 100.0, source)


def _table(lines: list[str]) -> tuple[list[str], Dates, Floats]:
    """Column names, months (datetime64[M], (n,)) and returns in percent (n, columns) of the monthly
    value-weighted section. A section is a title, a line of column names, and rows of YYYYMM and numbers."""
    title = re.compile(r"val\w*[ -]weight\w* returns -- monthly", re.IGNORECASE)
    at = next((i for i, line in enumerate(lines[:-1]) if title.search(line)), len(lines) - 2)
    names = ["".join(name.split()).upper() for name in lines[at + 1].split(",")[1:]] if lines else []
    months: list[str] = []
    rows: list[list[float]] = []
    for number, line in enumerate(lines[at + 2 :], start=at + 3):
        month, *cells = (cell.strip() for cell in line.split(","))
        if not re.fullmatch(r"\d{6}", month):
            break
        try:
            rows.append([float(cell) for cell in cells])
            months.append(str(np.datetime64(f"{month[:4]}-{month[4:]}", "M")))
        except ValueError as error:
            raise unreadable(FILE, number, [month, *cells]) from error
        if len(cells) != len(names):
            raise unreadable(FILE, number, [month, *cells])
    if not rows:
        raise BadData(message("{file} has no table of monthly value-weighted returns", file=FILE))
    return names, np.array(months, dtype="datetime64[M]"), np.array(rows)
