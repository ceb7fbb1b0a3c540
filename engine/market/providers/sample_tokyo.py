"""The sample's ETF in Tokyo: what a Tokyo-listed fund of the S&P 500 would have been, made of the sample's SPY.

A unit is a part of one share of SPY at the close of the New York session before, in yen of the last rate fixed
before the day; dividends, less what the US withholds, wait in yen and are paid on in June and December. SPY's
expense ratio stays inside. No fund's own history: the fund itself began in 2020.
"""

from __future__ import annotations

import numpy as np

from engine.market.assets import source_tax_of
from engine.market.exchanges import tokyo_sessions
from engine.market.fx import has_rate, session_rate
from engine.market.providers import ecb
from engine.market.series import ONE_DAY, Series
from engine.messages import message

SYMBOL = "2558.T"
PART = 1.0 / 3.5  # of a share of SPY: a price near that of the fund
PAYING_MONTHS = (6, 12)
PAYING_DAY = 9


def load(spy: Series) -> Series:
    """The history of SYMBOL from the sample's ``spy``: closes in whole yen, payouts in tenths of a yen."""
    fx = ecb.load()
    dates = tokyo_sessions(spy.dates[0] + ONE_DAY, spy.dates[-1])
    dates = dates[has_rate(fx, dates - ONE_DAY)]
    before = np.searchsorted(spy.dates, dates - ONE_DAY, side="right") - 1
    dates, before = dates[before >= 0], before[before >= 0]
    rate = session_rate(fx, dates - ONE_DAY)
    received = PART * (1.0 - source_tax_of("us_etf")) * np.cumsum(spy.dividend)[before]
    received = np.diff(received, prepend=received[0]) * rate
    cash, paid = np.zeros(dates.size), np.zeros(dates.size)
    waits = 0.0
    for t, due in enumerate(_pays(dates)):
        waits += received[t]
        if due:
            paid[t] = np.floor(waits * 10.0) / 10.0
            waits -= paid[t]
        cash[t] = waits
    close = np.round(PART * spy.close[before] * rate + cash)
    note = message(
        "sample: {symbol} is {base} of the New York session before in yen, its dividends less US tax paid on in "
        "June and December: no fund's own history",
        symbol=SYMBOL,
        base=spy.symbol,
    )
    return Series(
        symbol=SYMBOL,
        currency="JPY",
        dates=dates,
        close=close,
        adj_close=close,
        dividend=paid,
        source="sample",
        is_sample=True,
        notes=(*spy.notes, note),
    )


def _pays(
    dates: np.ndarray[tuple[int], np.dtype[np.datetime64]],
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(T,) the first sessions on or after the paying day of the paying months."""
    months = dates.astype("datetime64[M]")
    due = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1 >= PAYING_DAY
    due &= np.isin(months.astype(np.int64) % 12 + 1, PAYING_MONTHS)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = due & ~np.append(False, due[:-1])
    return found
