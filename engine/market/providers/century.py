"""US large and small companies since July 1926, month by month: a reconstruction that is real and works offline.

Made from the Fama-French factors that the installed package ``arch`` brings (July 1926 to November 2018, percent
a month, in dollars). The size factor is the return of small companies less that of large ones (Fama and French,
Common risk factors in the returns on stocks and bonds, Journal of Financial Economics 33, 1993). With ``m`` the
market's total return and ``w`` the weight of small companies in it,

    large = m − w · SMB        small = m + (1 − w) · SMB        w = 0.10

so that large · (1 − w) + small · w is the market. Companies of middle size are in neither factor portfolio alone:
what the two series miss against portfolios formed by size is said by :mod:`engine.market.grade`, and in
:data:`GRADES`, which every output that uses them shows.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.bundled import file_of_package
from engine.errors import BadData, NotFound, reason_of
from engine.market.series import ONE_MONTH, Dates, Floats, Series, of_monthly_returns
from engine.messages import Message, Number, Points, Text, listed, message

SMALL = 0.10  # the weight of small companies in the market
OF_SIZE = {"US_LARGE": -SMALL, "US_SMALL": 1.0 - SMALL}  # how much of the size factor is in each series
SOURCE = "century"
FILE = message("the bundled factors")

# (portfolio of the French library, R² of monthly returns, points a year) from July 1926 to November 2018, as
# ``backtest data grade`` prints them: see docs/data.md. A test computes them again from the library's file.
GRADES: Mapping[str, tuple[tuple[str, float, float], ...]] = {
    "US_LARGE": (("FF_HI30", 0.998, -0.0003),),
    "US_SMALL": (("FF_DEC4", 0.953, -0.0113), ("FF_DEC5", 0.963, -0.0043), ("FF_LO30", 0.941, -0.0164)),
}


def load(symbol: str) -> Series:
    """``US_LARGE`` or ``US_SMALL`` as :func:`engine.market.series.of_monthly_returns` gives it.

    Errors: NotFound for another symbol, BadData for a broken file.
    """
    name = symbol.upper()
    if name not in OF_SIZE:
        hint = message("it has {names}", names=listed(OF_SIZE))
        raise NotFound(message("{symbol}: not in the long history", symbol=symbol), hint=hint)
    months, market, size = factors()
    series = of_monthly_returns(name, months, market + OF_SIZE[name] * size, SOURCE)
    said = (grade_of(name),)
    return series.replace(notes=said, warnings=said)


def grade_of(symbol: str) -> Message:
    """What the reconstruction is, and how near it comes to portfolios formed by size."""
    against = [
        message(
            "{portfolio} R² {share}, {points} a year",
            portfolio=Text(portfolio),
            share=Number(share, 3),
            points=Points(points),
        )
        for portfolio, share, points in GRADES[symbol]
    ]
    return message(
        "{symbol} is reconstructed ({grades}; against portfolios formed by size, 1926 to 2018): from the "
        "Fama-French factors, weight of small companies in the market {w}; not a fund that could be bought, no "
        "fee, no tax inside",
        symbol=symbol,
        w=Number(SMALL, 2),
        grades=listed(against, last=";"),
    )


def factors() -> tuple[Dates, Floats, Floats]:
    """Months (n,), the market's total return and the size factor (n,), as fractions a month.

    Errors: NotFound where the package is not there, BadData for a file that is not as expected.
    """
    path = _file()
    try:
        rows = [*csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode("ascii")))]
        days = [f"{row['Date'][:4]}-{row['Date'][4:6]}" for row in rows]
        months: Dates = np.array(days, dtype="datetime64[M]")
        market = np.array([float(row["Mkt-RF"]) + float(row["RF"]) for row in rows]) / 100.0
        size = np.array([float(row["SMB"]) for row in rows]) / 100.0
    except OSError as error:
        raise BadData(message("{file} cannot be read: {why}", file=FILE, why=reason_of(error))) from error
    except (KeyError, ValueError, EOFError) as error:
        raise BadData(message("{file} are not as expected", file=FILE)) from error
    if not rows or np.any(np.diff(months) != ONE_MONTH) or not np.isfinite(market + size).all():
        raise BadData(message("{file} are not as expected", file=FILE))
    return months, market, size


def _file() -> Path:
    """The factors inside the installed package."""
    if path := file_of_package("arch", "data/frenchdata/frenchdata.csv.gz"):
        return path
    hint = message("install the package {name}", name="arch")
    raise NotFound(message("{file} are missing", file=FILE), hint=hint)
