"""The history of one asset for one period: loaded or modelled, checked, spliced where the period needs it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np

from engine.errors import DataError
from engine.market import jp_fund, splice
from engine.market.assets import Asset
from engine.market.chain import ABSENT, chained
from engine.market.checked import History, checked, usable
from engine.market.coverage import begins_late, covering, ends_early
from engine.market.frequency import on_sessions
from engine.market.grade import overlap
from engine.market.request import Request
from engine.market.series import Series
from engine.messages import Message, message


def history(item: Asset, asked: Request, fx: Series | None) -> History:
    """The prices of ``item`` for the period. ``fx``: yen per dollar, for a modelled fund.

    :raises DataError: they do not cover it. :raises BadData: a fatal finding inside it.
    """
    if item.is_chain and item.symbol not in {*asked.source.holds, *asked.source.symbols}:
        return chained(item, asked)
    return _modelled(item, asked, fx) if item.is_modelled else _own(item, asked)


def grades(item: Asset, asked: Request) -> tuple[Message | str, ...]:
    """How near each stand-in of ``item`` comes to it, over all months of the source; of what it has."""
    if item.is_chain:
        series = chained(item, replace(asked, monthly=True)).series
        return (*series.splices, *series.notes)
    found = []
    for name in item.stand_ins:
        with contextlib.suppress(*ABSENT):
            found.append(_graded(item, usable(asked.load(item), item), asked.asset(name), asked))
    return tuple(found)


def _modelled(item: Asset, asked: Request, fx: Series | None) -> History:
    etf = asked.asset(item.underlying)
    whole = asked.load(etf)
    basis = asked.until_end(whole)
    if fx is None or basis.dates.size == 0:
        named = {"fund": item.symbol, "etf": etf.symbol, "end": str(asked.end)}
        raise DataError(message("{fund}: {etf} has no price up to {end}", **named))
    series = jp_fund.model_nav(item, basis, fx, start=asked.start, etf=etf)
    series = covering(item, series, asked, whole.dates[-1])
    return History(item, series, (series.provenance, checked(basis, etf, asked).provenance))


def _own(item: Asset, asked: Request) -> History:
    series = asked.load(item)
    if not series.is_sample:
        series = on_sessions(series, in_new_york=item.trades_in_new_york)
    series = usable(series, item)
    if series.dates.size == 0:
        day = str(item.usable_from)
        raise DataError(message("{series} has no price from {day} on", series=series.named, day=day))
    if asked.total_return and series.pays and not np.isfinite(series.adj_close).any():
        what = message("payouts of the file are reinvested at the close of their ex-date")
        series = series.noted(message("{symbol}: no adjusted closes: {what}", symbol=item.symbol, what=what))
    whole = series
    # A period that ends before the first day keeps that day: the level at which a stand-in is matched.
    if asked.end is not None:
        series = series.between(series.dates[0], max(asked.end, series.dates[0]))
    return _spliced(item, checked(series, item, asked), asked, whole)


def _spliced(item: Asset, own: Series, asked: Request, whole: Series) -> History:
    """``own``, the part of ``whole`` up to the period's end, with what it lacks of the period.

    The hash is of its own values up to the period's end, before any splice; of an asset that begins after the
    period, of the one day at which its stand-in is matched.
    """
    series, others, last = own, [], whole.dates[-1]
    late, early = begins_late(item, own, asked), ends_early(item, own, asked)
    if late and (other := asked.stand_in(item, item.stand_ins)):
        stand_in = _stand_in(other, asked, own.dates[0])
        end = asked.end if asked.until_end(stand_in).dates.size else None  # None: refused below
        series = splice.before(series, stand_in, item, other, end=end)
        if not series.is_sample:
            series = series.replace(splices=(*series.splices, _graded(item, whole, other, asked)))
        others.append((stand_in if end is None else asked.until_end(stand_in)).provenance)
    if early and item.absorbed_by and (other := asked.stand_in(item, (item.absorbed_by,))):
        # A holder became a holder of the successor, whatever that follows.
        successor = asked.load(other)
        until_end = checked(asked.until_end(successor), other, asked)
        series, last = splice.after(series, until_end, item, other), successor.dates[-1]
        others.append(until_end.provenance)
    series = covering(item, series, asked, last)
    return History(item, series, (replace(series.provenance, sha256=own.sha256), *others))


def _graded(item: Asset, whole: Series, other: Asset, asked: Request) -> Message:
    """How near the stand-in comes to the fund where both are known, whatever the period."""
    near = overlap(usable(asked.load(other), other), whole)
    return message("{other} beside {symbol}: {grade}", other=other.symbol, symbol=item.symbol, grade=near)


def _stand_in(other: Asset, asked: Request, junction: np.datetime64) -> Series:
    """A stand-in up to the end of the period, where its checks end, or to the ``junction`` after it."""
    series = usable(asked.load(other), other)
    found = checked(asked.until_end(series), other, asked)
    if asked.end is None or not series.dates.size:
        return found
    reach = series.between(series.dates[0], max(asked.end, junction))
    return reach.replace(notes=found.notes, warnings=found.warnings)
