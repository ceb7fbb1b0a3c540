"""The history of one asset for one period: loaded or modelled, checked, spliced where the period needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import BadData, DataError
from engine.market import jp_fund, splice
from engine.market.assets import Asset
from engine.market.check_series import check_series
from engine.market.coverage import begins_late, covering, ends_early
from engine.market.findings import Finding
from engine.market.frequency import on_sessions
from engine.market.request import Request
from engine.market.series import Provenance, Series
from engine.messages import message


@dataclass(frozen=True)
class History:
    """Prices of one asset for a period, and where they came from: itself first, then what else is inside."""

    asset: Asset
    series: Series
    provenance: tuple[Provenance, ...]


def history(item: Asset, asked: Request, fx: Series | None) -> History:
    """The prices of ``item`` for the period. ``fx``: yen per dollar, for a modelled fund.

    :raises DataError: they do not cover it. :raises BadData: a fatal finding inside it.
    """
    return _modelled(item, asked, fx) if item.underlying else _own(item, asked)


def noted(series: Series, findings: Sequence[Finding], asked: Request) -> Series:
    """``series`` with the findings in its notes, and those that a banner must carry in ``warnings``.

    :raises BadData: a fatal finding inside the period. One before it is only a note: signals alone see it.
    """
    warnings = []
    for item in findings:
        if asked.start is not None and item.dates and np.datetime64(item.dates[-1]) < asked.start:
            continue
        if item.is_fatal:
            hint = message("rule {rule}; take another source, or a period without it", rule=item.rule)
            what = message("{finding} [{source}]", finding=item.message, source=series.source)
            raise BadData(what, hint=hint)
        warnings += [item.message] if item.severity == "warning" else []
    return series.noted(*(item.message for item in findings), warnings=warnings)


def _checked(series: Series, item: Asset, asked: Request) -> Series:
    """``series`` with what the checks found. Simulated prices have nothing to check."""
    if series.is_sample:
        return series
    today = np.datetime64("today", "D")
    return noted(series, check_series(series, item, start=asked.start, today=today), asked)


def _modelled(item: Asset, asked: Request, fx: Series | None) -> History:
    etf = asked.asset(item.underlying)
    whole = asked.load(etf)
    basis = asked.until_end(whole)
    if fx is None or basis.dates.size == 0:
        named = {"fund": item.symbol, "etf": etf.symbol, "end": str(asked.end)}
        raise DataError(message("{fund}: {etf} has no price up to {end}", **named))
    series = jp_fund.model_nav(item, basis, fx, start=asked.start, etf=etf)
    series = covering(item, series, asked, whole.dates[-1])
    return History(item, series, (series.provenance, _checked(basis, etf, asked).provenance))


def _own(item: Asset, asked: Request) -> History:
    series = asked.load(item)
    if not series.is_sample:
        series = on_sessions(series, in_new_york=item.trades_in_new_york)
    series = _usable(series, item)
    if series.dates.size == 0:
        day = str(item.usable_from)
        raise DataError(message("{series} has no price from {day} on", series=series.named, day=day))
    if asked.total_return and series.pays and not np.isfinite(series.adj_close).any():
        what = message("payouts of the file are reinvested at the close of their ex-date")
        series = series.noted(message("{symbol}: no adjusted closes: {what}", symbol=item.symbol, what=what))
    last = series.dates[-1]
    # A period that ends before the first day keeps that day: the level at which a stand-in is matched.
    if asked.end is not None:
        series = series.between(series.dates[0], max(asked.end, series.dates[0]))
    return _spliced(item, _checked(series, item, asked), asked, last)


def _usable(series: Series, item: Asset) -> Series:
    """``series`` from where it follows the index it is held for; a simulated one does from its start."""
    if item.tracks_since is None or series.is_sample:
        return series
    return series.rows(series.dates >= np.datetime64(item.tracks_since))


def _spliced(item: Asset, own: Series, asked: Request, last: np.datetime64) -> History:
    """``own``, whose prices go on to ``last``, with what it lacks of the period.

    The hash is of its own values up to the period's end, before any splice; of an asset that begins after the
    period, of the one day at which its stand-in is matched.
    """
    series, others = own, []
    late, early = begins_late(item, own, asked), ends_early(item, own, asked)
    if late and (other := asked.stand_in(item, item.stand_ins)):
        stand_in = _stand_in(other, asked, own.dates[0])
        end = asked.end if asked.until_end(stand_in).dates.size else None  # None: refused below
        series = splice.before(series, stand_in, item, other, end=end)
        others.append((stand_in if end is None else asked.until_end(stand_in)).provenance)
    if early and item.absorbed_by and (other := asked.stand_in(item, (item.absorbed_by,))):
        # A holder became a holder of the successor, whatever that follows.
        successor = asked.load(other)
        until_end = _checked(asked.until_end(successor), other, asked)
        series, last = splice.after(series, until_end, item, other), successor.dates[-1]
        others.append(until_end.provenance)
    series = covering(item, series, asked, last)
    return History(item, series, (replace(series.provenance, sha256=own.sha256), *others))


def _stand_in(other: Asset, asked: Request, junction: np.datetime64) -> Series:
    """A stand-in up to the end of the period, where its checks end, or to the ``junction`` after it."""
    series = _usable(asked.load(other), other)
    checked = _checked(asked.until_end(series), other, asked)
    if asked.end is None or not series.dates.size:
        return checked
    reach = series.between(series.dates[0], max(asked.end, junction))
    return reach.replace(notes=checked.notes, warnings=checked.warnings)
