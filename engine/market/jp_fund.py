"""A modelled yen fund: what a Japanese index fund's NAV would have been, computed from a US ETF.

The fund's NAV of a day holds the US close of the session before, in yen of that session, with dividends
reinvested after what the US withholds, less the trust fee of each calendar day / 365 (:mod:`engine.market.fees`).
The ETF's own expense ratio stays inside the prices: it stands for what a real fund pays beside its trust fee
(with it the model of an S&P 500 fund stays within a few hundredths of a point a year of the real one; without it,
it runs 0.1 point ahead). Quoted as in Japan: yen per 10,000 口, starting at 10,000; one ledger unit is 10,000 口.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from engine.errors import DataError
from engine.market.assets import Asset, source_tax_of
from engine.market.fees import Rate, accrued, in_words
from engine.market.fx import has_rate, session_rate
from engine.market.series import Series
from engine.messages import Percent, message

START_NAV = 10_000.0


def model_nav(fund: Asset, underlying: Series, fx: Series, *, start: np.datetime64 | None = None) -> Series:
    """NAV of ``fund`` on the underlying's sessions, from the second that has an exchange rate on.

    ``start``  the first day of the period: sessions before it whose rate is too old are left out

    :raises DataError: the underlying has neither closes with dividends nor adjusted closes.
    """
    dates, pair = underlying.dates, {"fund": fund.symbol, "etf": underlying.symbol}
    from_raw = bool(np.all(np.isfinite(underlying.close) & np.isfinite(underlying.dividend)))
    if not from_raw and not np.all(np.isfinite(underlying.adj_close)):
        raise DataError(message("{fund} needs closes and dividends of {etf}, which has gaps", **pair))
    covered = dates >= fx.dates[np.isfinite(fx.close)][0]
    if start is not None:
        covered &= has_rate(fx, dates) | (dates >= start)
    if np.count_nonzero(covered) < 2:
        raise DataError(message("{fund}: {etf} and {rate} have no common history", rate=fx.symbol, **pair))
    withheld = source_tax_of("us_etf")
    if from_raw:
        net = underlying.close + (1.0 - withheld) * underlying.dividend
        growth = np.append(1.0, net[1:] / underlying.close[:-1])
        dividends = message("less {tax} US tax on dividends", tax=Percent(withheld))
    else:  # a source without raw closes shows no dividends to tax
        growth = np.append(1.0, underlying.adj_close[1:] / underlying.adj_close[:-1])
        dividends = message("dividends untaxed (adjusted closes)")
    # The growth of a session that is left out belongs to the next one.
    kept = np.flatnonzero(covered)
    growth, dates = np.multiply.reduceat(growth[: kept[-1] + 1], kept[:-1] + 1), dates[covered]
    rates = fund.fees or (Rate(date.min, fund.expense_ratio),)
    growth = growth * (1.0 - accrued(rates, dates))
    value = np.concatenate([[1.0], np.cumprod(growth)]) * session_rate(fx, dates)
    nav = START_NAV * value[:-1] / value[0]
    note = message(
        "{fund} is modelled: {etf} of the session before in yen, {dividends}; trust fee a year {fees}",
        dividends=dividends,
        fees=in_words(rates, dates[0], dates[-1]),
        **pair,
    )
    return Series(
        symbol=fund.symbol,
        currency=fund.currency,
        dates=dates[1:],
        close=nav,
        adj_close=nav,
        dividend=np.zeros(nav.size),
        source=f"model:{underlying.source}",
        is_sample=underlying.is_sample or fx.is_sample,
        notes=(note,),
    )
