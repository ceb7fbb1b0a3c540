"""Robert Shiller's S&P Composite since 1871, from a saved CSV: monthly **averages** of closes, with dividends.

A row a month: ``date``, the month's average price, and the dividend at an annual rate. Headings are those of the
public table (``Date,SP500,Dividend,…``) or ``date,price_month_average,dividend_annual_rate``. An average stands at
its month's last day, which is not that day's price: changes between averages are smoothed: volatility comes
out at about five sixths of that between month ends, and drawdowns too small. Every output that uses it says so.

A twelfth of the annual rate is paid each month. A dividend of 0 after the last known one is unknown, not none.
Source: R. Shiller, Irrational Exuberance, and his Online Data; collected under the Public Domain Dedication.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.errors import BadData, NotFound
from engine.market.series import ONE_MONTH, Floats, Series, month_end
from engine.market.table import read_table
from engine.messages import Message, Percent, message

SYMBOL = "SP500_SHILLER"
NAME = "SHILLER_SP500_MONTHLY.csv"  # in a folder
COLUMNS = ("price_month_average", "dividend_annual_rate")
NAMES = {"sp500": COLUMNS[0], "price": COLUMNS[0], "dividend": COLUMNS[1]}
# Of the volatility between month ends: √(2/3) of a random walk's, 0.83 against SPY since 1993.
SMOOTHED = 5 / 6


def load(path: Path, symbol: str) -> Series:
    """The series from a file, or from the file of that name in a folder; see the module.

    ``close`` is the month's average, ``dividend`` a twelfth of the annual rate, ``adj_close`` both together.

    :raises NotFound: another symbol, no file. :raises BadData: with file and line; a month that is missing.
    """
    if symbol.upper() != SYMBOL:
        what = message("{symbol}: not in this source", symbol=symbol)
        raise NotFound(what, hint=message("it has {names}", names=SYMBOL))
    path = path / NAME if path.is_dir() else path
    if not path.is_file():
        raise NotFound(message("{place}: no such file", place=path))
    dates, (average, rate) = read_table(path, COLUMNS, one_of=COLUMNS[:1], names=NAMES)
    months = dates.astype("datetime64[M]")
    if (np.diff(months) != ONE_MONTH).any():
        later = months[1:][np.diff(months) != ONE_MONTH][0]
        raise BadData.at(path, message("months are missing or come twice before {month}", month=str(later)))
    paid = np.where(np.arange(rate.size) > np.flatnonzero(rate > 0).max(initial=-1), np.nan, rate / 12)
    series = Series(
        SYMBOL, "USD", month_end(months), average, _grown(average, paid), paid, f"shiller:{path.name}"
    )
    return series.replace(notes=(smoothed(),), warnings=(smoothed(),))


def smoothed() -> Message:
    """What averages do to figures."""
    return message(
        "{symbol}: prices are averages of each month's days, not prices at which one could trade: volatility "
        "comes out at about {share} of that between month ends, drawdowns too small",
        symbol=SYMBOL,
        share=Percent(SMOOTHED, 0),
    )


def _grown(average: Floats, paid: Floats) -> Floats:
    """(n,) 100 × the growth of 1 dollar with its dividends; NaN from the first unknown one on."""
    growth = np.append(1.0, (average[1:] + paid[1:]) / average[:-1])
    return 100.0 * np.cumprod(growth)
