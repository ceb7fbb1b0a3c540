"""Futures drawn from history: the stationary block bootstrap, jointly for all assets and the currency.

A future is a row of days of the past in another order, in blocks of random length: every session of the
future takes the price change, the dividend yield and the change of the exchange rate of one past session, of
all assets together, so that what moved together still does. Source: Politis and Romano, "The Stationary
Bootstrap", Journal of the American Statistical Association 89, 1994.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.builtin import months_later
from engine.config.wording import came, refused
from engine.errors import DataError
from engine.ledger.compile.jit import compiled
from engine.ledger.inputs import Flags
from engine.ledger.layout import CALENDAR, EVENT, MARKET, MARKET_COLUMNS
from engine.market.exchanges import LAST, nyse_sessions
from engine.market.panel import Panel
from engine.market.series import CYCLE, ONE_DAY, Dates, Floats, Mask, calendar_year, last_of_each
from engine.messages import message
from engine.metrics import of_exchanges
from engine.studies.bootstrap.blocks import mean_block

Days = NDArray[np.int64]

LAST_YEAR = 2099


@dataclass(frozen=True)
class History:
    """What the past has to offer: H days, A assets. A day is a session and the one before it.

    ``growth``  (H, A) price over the price before, in the asset's currency
    ``payout``  (H, A) dividend over the price before
    ``fx``      (H, A) price of the asset's currency over the one before
    ``price``, ``rate``  (A,) the last price and exchange rate: where the futures begin
    ``first``, ``last``  the dates of the first and the last session
    """

    growth: Floats
    payout: Floats
    fx: Floats
    price: Floats
    rate: Floats
    first: np.datetime64
    last: np.datetime64


def history_of(panel: Panel, start: int, stop: int) -> History:
    """The days of sessions ``start`` .. ``stop`` - 1. Raises DataError where there is less than a year."""
    if stop - start < panel.per_year:
        raise DataError(
            message(
                "futures are drawn from at least {least} sessions; the period has {n}",
                least=panel.per_year,
                n=stop - start,
            )
        )
    price, fx = panel.price[start:stop], panel.fx[start:stop]
    return History(
        growth=price[1:] / price[:-1],
        payout=panel.dividend[start + 1 : stop] / price[:-1],
        fx=fx[1:] / fx[:-1],
        price=price[-1].copy(),
        rate=fx[-1].copy(),
        first=panel.sessions[start],
        last=panel.sessions[stop - 1],
    )


def future_sessions(after: np.datetime64, years: int, per_year: int = 252) -> Dates:
    """Sessions of the ``years`` after a date: those of New York, as far as their closures are known.

    Of weekly (``per_year`` 52) and monthly (12) prices the last of each week and month, of prices for each day of
    the calendar (365) all days, of two exchanges as many a year as both have.

    Later ones are those of 28 years before, moved by 28 years: the same weekdays and, but for Easter and
    single closures, the same holidays, so that a year has the number of sessions that a year has.
    Raises ConfigError beyond 2099.
    """
    (end,) = _anniversaries(after, [years])
    if not years >= 1 or calendar_year(end) > LAST_YEAR:
        allowed = message("{low} to {high}", low=1, high=LAST_YEAR - calendar_year(after))
        raise refused(came(years, allowed), key="years")
    known = nyse_sessions(after + ONE_DAY, min(end, LAST))
    found, begin, moved = [known], LAST + ONE_DAY, CYCLE
    while begin <= end:
        last = min(end, LAST + moved)
        found.append(nyse_sessions(begin - moved, last - moved) + moved)
        begin, moved = last + ONE_DAY, moved + CYCLE
    sessions: Dates = np.concatenate(found)
    if per_year == 365:
        return np.arange(after + ONE_DAY, end + ONE_DAY)
    if per_year == 252:
        return sessions[sessions > after]
    if of_exchanges(per_year):
        return thinned(sessions[sessions > after], per_year / 252)
    span = _spans(np.append(after, sessions), weekly=per_year == 52)
    begun, span = span[0], span[1:]
    ends: Dates = sessions[last_of_each(span) & (span > begun)]
    return ends


def thinned(sessions: Dates, share: float) -> Dates:
    """A share of the sessions, evenly: of two exchanges fewer are in a year, and each holds more of it."""
    counted = np.floor(np.arange(1, len(sessions) + 1) * share)
    found: Dates = sessions[np.diff(counted, prepend=0.0) > 0.0]
    return found


def _spans(days: Dates, *, weekly: bool) -> Days:
    """The numbers of the days' weeks, from Monday on, or of their months."""
    unit = days if weekly else days.astype("datetime64[M]")
    return (unit.astype(np.int64) + 3) // 7 if weekly else unit.astype(np.int64)


def year_ends(after: np.datetime64, sessions: Dates, years: Sequence[int]) -> Days:
    """The last session of each of ``years`` counted from ``after``; of year 0 the first session."""
    ends = np.searchsorted(sessions, _anniversaries(after, years), side="right") - 1
    return np.maximum(ends, 0)


def _anniversaries(day: np.datetime64, years: Sequence[int]) -> Dates:
    found: Dates = months_later(np.array([day]), 12 * np.array(years))[0]
    return found


def block_length(history: History) -> float:
    """Mean block length in sessions, at least 1: the longest that the automatic choice finds for any series.

    The series are each asset's daily return in the base currency, dividends included, and its square: the
    squares have the longer memory (quiet and stormy times), and blocks must be long enough to keep it.
    See ``mean_block``.
    """
    returns = (history.growth + history.payout) * history.fx - 1.0
    moving = returns[:, returns.std(axis=0) > 0.0]
    return max((1.0, *(mean_block(x) for x in np.concatenate([moving, moving**2], axis=1).T)))


def draw(seed: int, path: int, sessions: int, block: float, days: int) -> Days:
    """(sessions,) which of ``days`` past days each session of one future takes.

    Counter-based random numbers: the stream of a path depends on the seed and the path's number alone, so
    that any part of a study can be drawn anywhere, in any order. Source: Salmon et al., "Parallel random
    numbers: as easy as 1, 2, 3", SC 2011.
    """
    stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, path, 0]))
    return days_of(stream.random((2, sessions)), block, days)


@compiled
def days_of(uniforms: Floats, block: float, days: int) -> Days:
    """(T,) days from (2, T) uniform numbers: each session goes on with the day after its neighbour's, or, with
    probability 1 / ``block``, begins a new block anywhere. After the last day comes the first."""
    chosen = np.empty(uniforms.shape[1], np.int64)
    day = 0
    for t in range(uniforms.shape[1]):
        if t == 0 or uniforms[0, t] * block < 1.0:
            day = min(int(uniforms[1, t] * days), days - 1)
        else:
            day = day + 1 if day + 1 < days else 0
        chosen[t] = day
    return chosen


def follow(days: Days, history: History, market: Floats, flags: Flags) -> None:
    """Write one future into a ``market`` array (see engine/ledger/layout.py), and its dividends to ``flags``.

    Prices and rates go on from today's; the calendar's columns are left as they are.
    """
    places = np.array([MARKET.DIVIDEND, MARKET.PRICE, MARKET.MID, MARKET.BASE_PRICE])
    follow_days(
        days, history.growth, history.payout, history.fx, history.price, history.rate, market, flags, places,
        np.uint8(EVENT.DIVIDEND),
    )  # fmt: skip


def decide_before(market: Floats, history: History, later: Mask) -> None:
    """Write what each session is decided on, on two clocks: of ``later`` assets (A,) the close before it.

    At the session's own rate, which is known by then.
    """
    assets = len(later)
    price, mid, base = (
        market[:, at * assets : (at + 1) * assets] for at in (MARKET.PRICE, MARKET.MID, MARKET.BASE_PRICE)
    )
    before = np.concatenate([history.price[None], price[:-1]]) * mid
    begin = MARKET_COLUMNS * assets + CALENDAR
    market[:, begin : begin + assets] = np.where(later, before, base)


@compiled
def follow_days(
    days: Days,
    growth: Floats,
    payout: Floats,
    fx: Floats,
    price: Floats,
    rate: Floats,
    market: Floats,
    flags: Flags,
    places: Days,
    mark: np.uint8,
) -> None:
    """``follow``'s loops. The layout comes as arguments: compiled code is kept while this file is as it is."""
    assets = price.shape[0]
    dividend, close_at, mid_at, base = places[0], places[1], places[2], places[3]
    for a in range(assets):
        close, mid = price[a], rate[a]
        for t in range(days.shape[0]):
            day = days[t]
            paid = close * payout[day, a]
            close *= growth[day, a]
            mid *= fx[day, a]
            market[t, close_at * assets + a] = close
            market[t, mid_at * assets + a] = mid
            market[t, base * assets + a] = close * mid
            market[t, dividend * assets + a] = paid
            if paid > 0.0:
                flags[t] |= mark


def empty_future(panel: Panel, sessions: Dates) -> Panel:
    """A panel of the same assets on future sessions, its prices still all one: what law and plans need."""
    shape = (len(sessions), len(panel.symbols))
    return replace(
        panel,
        sessions=sessions,
        price=np.ones(shape),
        dividend=np.zeros(shape),
        fx=np.ones(shape),
        usdjpy=np.full(len(sessions), np.nan),
        known=None if panel.known is None else np.ones(shape),
        left_out=(),
    )


def choose(panel: Panel, symbols: tuple[str, ...]) -> Panel:
    """The panel of some of its assets, in that order."""
    columns = [panel.column(symbol) for symbol in symbols]
    return replace(
        panel,
        symbols=symbols,
        price=np.ascontiguousarray(panel.price[:, columns]),
        dividend=np.ascontiguousarray(panel.dividend[:, columns]),
        fx=np.ascontiguousarray(panel.fx[:, columns]),
        kind=tuple(panel.kind[c] for c in columns),
        frames=tuple(panel.frames[c] for c in columns),
        asset_currency=tuple(panel.asset_currency[c] for c in columns),
        source_tax=tuple(panel.source_tax[c] for c in columns),
        trading_unit=tuple(panel.trading_unit[c] for c in columns),
        foreign_tax=tuple(panel.foreign_tax[c] for c in columns),
        known=None if panel.known is None else np.ascontiguousarray(panel.known[:, columns]),
        left_out=tuple(panel.left_out[c] for c in columns if panel.left_out),
    )
