"""A history made of several: an index whose row names the newest of them and, behind it, what stands in for it.

    US_SMALL    IJR ← IWM ← FF_DEC5 ← its own reconstruction
    US_LARGE    VOO ← SPY ← SP500TR ← FF_HI30 ← its own reconstruction

Each is used only for the time before those ahead of it begin, and only as far as the period needs it. What is
joined are total returns, with the level of the older one matched on the first day that both have; no fee is added
or taken, so that every return is that of its source. How near a stand-in comes to what it stands in for is graded
over the months that both have (:mod:`engine.market.grade`), and every output says it.

A chain of daily prices ends where only monthly ones go on: ``data.frequency: monthly`` reaches further back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.errors import DataError, NotFound, Offline, RateLimited, Stale
from engine.market.assets import Asset
from engine.market.checked import History, checked, usable
from engine.market.coverage import begins_late, covering
from engine.market.frequency import MONTHLY, at_month_ends, frequency_of, on_sessions
from engine.market.grade import overlap
from engine.market.providers import century
from engine.market.request import Request
from engine.market.series import Provenance, Series, with_payouts
from engine.messages import Arg, Message, Text, listed, message

ABSENT = (NotFound, Offline, RateLimited, Stale)  # a history that cannot be had: the next one serves


@dataclass(frozen=True)
class _Piece:
    """One history in a chain: what is said of it, its own values, and the first day from which it is not used."""

    symbol: str
    said: Message
    provenance: Provenance | None
    until: np.datetime64 | None = None


def chained(item: Asset, asked: Request) -> History:
    """The total returns of ``item`` for the period, as ``adj_close``; ``close`` and ``dividend`` are NaN.

    :raises DataError: none of its histories can be had, or they do not cover the period.
    :raises BadData: a fatal finding inside it.
    """
    series: Series | None = None
    pieces: list[_Piece] = []
    further: np.datetime64 | None = None  # how far monthly prices go that daily ones cannot be joined to
    for name in (item.underlying, *item.stand_ins):
        if series is not None and asked.start is not None and not begins_late(item, series, asked):
            break
        found = _link(name, item, asked)
        if isinstance(found, Message):
            series = series and series.noted(found)
            continue
        link, provenance = found
        if series is None:
            said = message("{other} from {day}", other=_named(link, item), day=link.dates[0])
            series, pieces = _renamed(link, item), [_Piece(link.symbol, said, provenance)]
        elif link.dates[0] >= series.dates[0]:
            what = message("{other} is not used: it begins no earlier", other=link.symbol)
            series = series.noted(message("{what} ({grade})", what=what, grade=overlap(link, series)))
        elif frequency_of(link.dates) is MONTHLY is not frequency_of(series.dates):
            further = link.dates[0] if further is None else min(further, link.dates[0])
        elif not np.isin(link.dates, series.dates).any():
            what = message("{other} is not used: it has no day in common", other=link.symbol)
            series = series.noted(what)
        else:
            series, junction, said = _before(series, link, item)
            pieces.append(_Piece(link.symbol, said, provenance, junction))
    if series is None:
        raise NotFound(message("{symbol}: none of its histories can be had", symbol=item.symbol))
    known_to, series = series.dates[-1], asked.until_end(series)
    if not series.dates.size:
        raise DataError(message("{symbol} has no price up to {end}", symbol=item.symbol, end=str(asked.end)))
    if further is not None and begins_late(item, series, asked):
        raise _daily_only(item, series, asked, further)
    series = covering(replace(item, stand_ins=()), series, asked, known_to)
    return _told(item, series, pieces)


def _told(item: Asset, series: Series, pieces: list[_Piece]) -> History:
    """``series`` with what is said of the pieces that reach into it."""
    last = series.dates[-1]
    inside = [
        piece
        for piece, begin in zip(pieces, _first_days(pieces), strict=True)
        if begin is None or begin <= last
    ]
    said = message(
        "{symbol} joins total returns, no fee added or taken: {pieces}",
        symbol=item.symbol,
        pieces=listed([piece.said for piece in inside], last=";"),
    )
    series = series.replace(
        source=" ← ".join(piece.symbol for piece in inside),
        splices=(said,),
        warnings=(said,) if len(pieces) > 1 else (),
    )
    return History(item, series, (series.provenance, *(p.provenance for p in inside if p.provenance)))


def _first_days(pieces: list[_Piece]) -> list[np.datetime64 | None]:
    """Where each piece begins: where the next older one ends; None of the oldest."""
    return [*(piece.until for piece in pieces[1:]), None]


def _daily_only(item: Asset, series: Series, asked: Request, further: np.datetime64) -> DataError:
    what = message(
        "{symbol} has daily prices from {first} on; the period starts on {start}",
        symbol=item.symbol,
        first=series.dates[0],
        start=str(asked.start),
    )
    return DataError(what, hint=message("`data.frequency: monthly` goes back to {day}", day=further))


def _link(name: str, item: Asset, asked: Request) -> tuple[Series, Provenance | None] | Message:
    """One history as total returns in ``adj_close``, checked as far as the period goes; or why it is not there."""
    try:
        other = replace(item, underlying="", stand_ins=()) if name == item.symbol else asked.asset(name)
        whole = century.load(name) if name == item.symbol else asked.load(other)
    except ABSENT as error:
        return message("{other} is not used: {why}", other=name, why=error.message)
    if not whole.is_sample:
        whole = on_sessions(whole, in_new_york=other.trades_in_new_york)
    whole = usable(whole, other)
    part = asked.until_end(whole)
    provenance = checked(part, other, asked).provenance if part.dates.size else None
    level = whole.adj_close
    if not np.isfinite(level).any():
        _refuse_unknown(whole, other)
        level = with_payouts(whole.close, whole.dividend)
    series = whole.replace(close=level, adj_close=level).rows(np.isfinite(level))
    if asked.monthly:
        series = at_month_ends(series, in_new_york=other.trades_in_new_york)
    return series, provenance


def _refuse_unknown(series: Series, item: Asset) -> None:
    """:raises DataError: payouts of a fund without adjusted closes are unknown: its total return is too."""
    unknown = series.dates[np.isfinite(series.close) & np.isnan(series.dividend)]
    if unknown.size and item.kind != "index":
        raise DataError(
            message("{series}: the dividend of {day} is unknown", series=series.named, day=unknown[0])
        )


def _named(link: Series, item: Asset) -> Arg:
    return message("its reconstruction") if link.symbol == item.symbol else Text(link.symbol)


def _renamed(link: Series, item: Asset) -> Series:
    """A history of total returns under the name of ``item``."""
    nothing = np.full(link.dates.size, np.nan)
    return link.replace(
        symbol=item.symbol, close=nothing, dividend=nothing.copy(), notes=(), warnings=(), splices=()
    )


def _before(series: Series, link: Series, item: Asset) -> tuple[Series, np.datetime64, Message]:
    """``series`` with the days of ``link`` before the first one that both have, which comes with what is said."""
    common = np.intersect1d(series.dates, link.dates, assume_unique=True)
    newer = series.rows(series.dates >= common[0])
    older = _renamed(link.between(link.dates[0], common[0]), item)
    level = older.adj_close * (newer.adj_close[0] / older.adj_close[-1])
    older = older.replace(adj_close=level).rows(slice(0, -1))
    said = message(
        "{other} before {day} ({grade})",
        other=_named(link, item),
        day=common[0],
        grade=overlap(link, series),
    )
    is_sample = series.is_sample or link.is_sample
    return older.then(newer).replace(is_sample=is_sample, notes=series.notes), common[0], said
