"""A modelled yen fund: what a Japanese index fund's NAV would have been, computed from a US ETF.

The fund's NAV of a day holds the US close of the session before, in yen of that session, with dividends
reinvested after what the US withholds, less the trust fee of each calendar day / 365 (:mod:`engine.market.fees`).
The ETF's own expense ratio stays inside the prices: it stands for what a real fund pays beside its trust fee
(with it the model of an S&P 500 fund stays within a few hundredths of a point a year of the real one; without it,
it runs 0.1 point ahead). What an ETF costs above that of SPY no index fund pays: it is given back, at today's
expense ratio. A hedged fund has the ETF's growth in dollars, less the difference of short rates. A fund of
Japanese shares is computed from an ETF in Tokyo: its NAV holds the close of the day itself, and needs no exchange
rate. Quoted as in Japan: yen per 10,000 口, starting at 10,000; one ledger unit is 10,000 口.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from engine.errors import DataError
from engine.fund_names import importing
from engine.market.assets import Asset
from engine.market.fees import Rate, accrued, hedge_costs, in_words, used
from engine.market.fx import has_rate, session_rate
from engine.market.series import Floats, Series
from engine.messages import Message, Percent, listed, message

START_NAV = 10_000.0
KEPT = 0.0009  # of an ETF's fee a year: SPY's, which stands for a fund's other costs


def model_nav(
    fund: Asset,
    underlying: Series,
    fx: Series,
    *,
    start: np.datetime64 | None = None,
    etf: Asset | None = None,
) -> Series:
    """NAV of ``fund`` on the underlying's sessions, from the second that has an exchange rate on.

    ``start``  the first day of the period: sessions before it whose rate is too old are left out
    ``etf``    what the underlying is: its fee above ``KEPT`` is given back

    :raises DataError: the underlying has neither closes with dividends nor adjusted closes.
    """
    dates, pair = underlying.dates, {"fund": fund.symbol, "etf": underlying.symbol}
    in_yen = underlying.currency == "JPY"
    covered = in_yen | (dates >= fx.priced[0])
    if start is not None and not in_yen:
        covered &= has_rate(fx, dates) | (dates >= start)
    growth, dividends = _growth(fund, underlying)
    if np.count_nonzero(covered) < 2:
        raise DataError(message("{fund}: {etf} and {rate} have no common history", rate=fx.symbol, **pair))
    # The growth of a session that is left out belongs to the next one.
    kept = np.flatnonzero(covered)
    growth, dates = np.multiply.reduceat(growth[: kept[-1] + 1], kept[:-1] + 1), dates[covered]
    rates = fund.fees or (Rate(date.min, fund.expense_ratio),)
    growth = growth * (1.0 - accrued(rates, dates))
    first, last = dates[0], dates[-1]
    fees = in_words(rates, first, last)
    note = message(
        "{fund} is modelled: {etf} of the session before, hedged, {dividends}; trust fee a year {fees}"
        if fund.hedged
        else "{fund} is modelled: {etf} of the session before in yen, {dividends}; trust fee a year {fees}",
        dividends=dividends,
        fees=fees,
        **pair,
    )
    if in_yen:
        note = message(
            "{fund} is modelled: {etf} of the day, {dividends}; trust fee a year {fees}",
            dividends=dividends,
            fees=fees,
            **pair,
        )
    if back := given_back(etf):
        growth = growth * (1.0 + accrued((Rate(date.min, back),), dates))
    value = np.concatenate([[1.0], np.cumprod(growth)])
    if fund.hedged:
        value[1:] *= np.cumprod(1.0 - accrued(hedge_costs(), dates))
    elif not in_yen:
        value = value * session_rate(fx, dates)
    # A fund of foreign shares holds the close of the session before.
    nav, dates = (value, dates) if in_yen else (value[:-1], dates[1:])
    nav = START_NAV * nav / nav[0]
    return Series(
        symbol=fund.symbol,
        currency=fund.currency,
        dates=dates,
        close=nav,
        adj_close=nav,
        dividend=np.zeros(nav.size),
        source=f"model:{underlying.source}",
        is_sample=underlying.is_sample or fx.is_sample,
        notes=(note, *([] if etf is None else limits_of_model(fund, etf, first, last))),
    )


def _growth(fund: Asset, underlying: Series) -> tuple[Floats, Message]:
    """(n,) growth of each session in dollars, dividends reinvested, and what was done about the dividends."""
    close, paid = underlying.close, underlying.dividend
    if np.all(np.isfinite(close) & np.isfinite(paid)):
        net = close + (1.0 - fund.withheld) * paid
        said = message("less {tax} US tax on dividends", tax=Percent(fund.withheld))
        if not fund.withheld:
            said = message("dividends reinvested in full")
        return np.append(1.0, net[1:] / close[:-1]), said
    if not np.all(np.isfinite(underlying.adj_close)):
        pair = {"fund": fund.symbol, "etf": underlying.symbol}
        raise DataError(message("{fund} needs closes and dividends of {etf}, which has gaps", **pair))
    # A source without raw closes shows no dividends to tax.
    growth = underlying.adj_close[1:] / underlying.adj_close[:-1]
    return np.append(1.0, growth), message("dividends untaxed (adjusted closes)")


def given_back(etf: Asset | None) -> float:
    """What of the ETF's fee no index fund pays, a fraction a year."""
    over = 0.0 if etf is None else etf.expense_ratio - KEPT
    return over if over > 1e-9 else 0.0


def limits_of_model(
    fund: Asset, etf: Asset, first: np.datetime64, last: np.datetime64
) -> tuple[Message, ...]:
    """What the model of a fund cannot know, or takes for granted, from ``first`` to ``last``."""
    pair, said = {"fund": fund.symbol, "etf": etf.symbol}, []
    if fund.tracks.removesuffix(" (hedged)") != etf.tracks:
        said.append(
            message(
                "{fund} follows {index}, {etf} follows {other}: where they differ the model follows {etf}",
                index=fund.tracks,
                other=etf.tracks,
                **pair,
            )
        )
    if back := given_back(etf):
        said.append(
            message(
                "{fund}: of what {etf} costs a year, {fee}, the part above {kept} is given back",
                fee=Percent(back + KEPT),
                kept=Percent(KEPT),
                **pair,
            )
        )
    if fund.hedged:
        said.append(
            message(
                "{fund}: the hedge costs a year {costs}: the difference of short rates, without the currency "
                "basis, which made it dearer in most years",
                fund=fund.symbol,
                costs=in_words(hedge_costs(), first, last),
            )
        )
    if any(rate.certainty == "L" for rate in fund.fees):
        said.append(message("{fund}: some days on which its fee changed are not known", fund=fund.symbol))
    counted = used(fund.fees, first, last) if fund.fees else ()
    if doubted := [str(rate.since) for rate in counted if rate.certainty != "H"]:
        said.append(
            message(
                "{fund}: fees of certainty below H (from memory, not checked against its documents): those since "
                "{days}",
                fund=fund.symbol,
                days=listed(doubted),
            )
        )
    return tuple(said)


def about(fund: Asset, etf: Asset | None) -> tuple[Message, ...]:
    """What is known of a fund of the registry: its code, its fees by date, what it is modelled from."""
    if fund.launched is None or not fund.fees:
        return ()
    said = [
        message("association code {code}, since {day}", code=fund.code, day=fund.launched)
        if fund.code
        else message("association code not known here, since {day}", day=fund.launched)
    ]
    first, last = np.datetime64(fund.fees[0].since), np.datetime64(fund.fees[-1].since)
    said.append(message("trust fee a year {fees}", fees=in_words(fund.fees, first, last)))
    if etf is None:
        said.append(message("no ETF of its index is known here: {way}", way=importing(fund.symbol)))
        return tuple(said)
    said.append(message("modelled from {etf} ({index})", etf=etf.symbol, index=etf.tracks))
    return (*said, *limits_of_model(fund, etf, first, last))
