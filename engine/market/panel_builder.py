"""From symbols to one aligned panel: load, model, splice, check, align, convert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData, DataError
from engine.market import exchanges, jp_fund, splice
from engine.market.assets import Asset, asset
from engine.market.check_rates import check_fx
from engine.market.check_series import accepted, check_series
from engine.market.eligibility import eligible
from engine.market.findings import Finding
from engine.market.frequency import DAILY, frequency_of, on_sessions
from engine.market.fx import has_rate, session_rate
from engine.market.panel import Panel, Provenance
from engine.market.providers import ecb
from engine.market.series import Dates, Floats, Series, with_payouts
from engine.market.sources import Access, Source, open_source

Day = np.datetime64 | date | str
Splices = Mapping[str, str] | Literal["auto", "none"]
REFERENCE_RATE = "ecb"  # the source that every other exchange rate is compared with


@dataclass(frozen=True)
class _Wanted:
    """What the caller asked for, as values the steps below share."""

    source: Source
    start: np.datetime64 | None
    end: np.datetime64 | None
    total_return: bool
    splices: Splices

    def asset(self, symbol: str) -> Asset:
        return asset(symbol, self.source.assets)


def build_panel(
    symbols: Sequence[str],
    *,
    currency: str = "JPY",
    source: str | Source = "auto",
    start: Day | None = None,
    end: Day | None = None,
    total_return: bool = False,
    splices: Splices = "none",
    **access: Unpack[Access],
) -> Panel:
    """The panel of ``symbols`` up to ``end``, with all common history before ``start`` kept for signals.

    ``source``        ``auto``, ``yahoo``, ``sample``, ``csv:DIR``, or an opened :class:`Source`
    ``start, end``    the life's period, both included; every asset must have prices for all of it
    ``total_return``  adjusted closes and no dividends, instead of closes with dividends
    ``splices``       ``none``, ``auto`` (the registry's first stand-in), or symbol -> the asset that stands
                      in for its missing history (or continues it, for a fund that was absorbed); used only
                      where the period needs it
    ``access``        what the cache may do; see :class:`engine.market.sources.Access`

    :raises DataError: a period without data, a series without what the mode needs, a missing exchange rate.
    :raises BadData: a check that is fatal.
    """
    if not symbols or len(set(symbols)) < len(symbols):
        raise DataError(f"a panel needs symbols, each once; came: {', '.join(symbols) or 'none'}")
    first, last = as_day(start), as_day(end)
    if isinstance(source, str):
        needed = _needed(symbols, splices, first, last) if source in ("auto", "yahoo") else ()
        source = open_source(source, needed, end=last, **access)
    wanted = _Wanted(source, first, last, total_return, splices)
    assets = [wanted.asset(symbol) for symbol in symbols]
    fx, fx_entry = _exchange_rate(assets, currency, wanted)
    loaded = [_history(item, wanted, fx) for item in assets]
    frames = [eligible(item, series) for item, (series, _) in zip(assets, loaded, strict=True)]
    for (_, entries), (_, said) in zip(loaded, frames, strict=True):
        entries[0] = replace(entries[0], warnings=(*entries[0].warnings, *said))
    columns = [_column(series, item, wanted) for (series, _), item in zip(loaded, assets, strict=True)]
    sessions = _common_sessions(columns, fx, wanted)
    usdjpy = session_rate(fx, sessions) if fx else np.full(sessions.size, np.nan)
    return Panel(
        currency=currency,
        sessions=sessions,
        symbols=tuple(symbols),
        price=np.column_stack([item.price_on(sessions) for item in columns]),
        dividend=np.column_stack([item.dividend_on(sessions) for item in columns]),
        fx=np.column_stack([_conversion(item.currency, currency, usdjpy) for item in assets]),
        usdjpy=usdjpy,
        kind=tuple(item.kind for item in assets),
        frames=tuple(own for own, _ in frames),
        asset_currency=tuple(item.currency for item in assets),
        provenance=_unique([entry for _, entries in loaded for entry in entries] + fx_entry, source.reason),
        total_return=total_return,
        source_tax=tuple(item.source_tax for item in assets),
        per_year=frequency_of(sessions).per_year,
    )


def as_day(value: Day | None) -> np.datetime64 | None:
    """``value`` as datetime64[D]; None stays None."""
    return None if value is None else np.datetime64(str(value), "D")


def life_range(panel: Panel, start: Day | None = None, end: Day | None = None) -> tuple[int, int]:
    """``(s, e)`` so that ``sessions[s:e]`` are those from ``start`` to ``end``, both included.

    :raises DataError: there is none.
    """
    first, last = as_day(start), as_day(end)
    s = 0 if first is None else int(np.searchsorted(panel.sessions, first))
    e = panel.sessions.size if last is None else int(np.searchsorted(panel.sessions, last, side="right"))
    if s >= e:
        span = f"{panel.sessions[0]} to {panel.sessions[-1]}"
        raise DataError(f"no session from {start or 'the first'} to {end or 'the last'}: data have {span}")
    return s, e


def _needed(
    symbols: Sequence[str], splices: Splices, start: np.datetime64 | None, end: np.datetime64 | None
) -> list[str]:
    """What a source must have for these symbols, each once; stand-ins as far as the registry can tell."""
    needed = []
    for symbol in symbols:
        item = asset(symbol)
        needed += [item.underlying or symbol]
        if not isinstance(splices, str):
            needed += [splices[symbol]] if symbol in splices else []
        elif splices == "auto":
            first, gone = as_day(item.usable_from), as_day(item.absorbed_on)
            if first is not None and (
                (start is not None and start < first) or (end is not None and end < first)
            ):
                needed += item.stand_ins[:1]
            if gone is not None and (end is None or gone < end):
                needed += [item.absorbed_by]
    return list(dict.fromkeys(needed))


def _exchange_rate(
    assets: Sequence[Asset], currency: str, wanted: _Wanted
) -> tuple[Series | None, list[Provenance]]:
    """USD/JPY and where it came from, if any asset needs it."""
    currencies = {currency, *(item.currency for item in assets)}
    if not currencies <= {"JPY", "USD"}:
        raise DataError(f"currencies are JPY and USD; came: {', '.join(sorted(currencies))}")
    if len(currencies) < 2 and not any(item.underlying for item in assets):
        return None, []
    fx = _until(wanted.source.fx(wanted.end), wanted.end)
    if not np.isfinite(fx.close).any():
        raise DataError(f"{fx.symbol} ({fx.source}) has no rate up to {wanted.end}")
    if not fx.source.startswith(REFERENCE_RATE):
        item = wanted.source.assets.get(fx.symbol)
        found = check_fx(fx, ecb.load(), _today())
        fx = _noted(fx, [accepted(each, item) if item else each for each in found], wanted)
    return fx, [_provenance(fx)]


def _conversion(asset_currency: str, currency: str, usdjpy: Floats) -> Floats:
    if asset_currency == currency:
        return np.ones(usdjpy.size)
    return usdjpy if currency == "JPY" else 1.0 / usdjpy


def _history(item: Asset, wanted: _Wanted, fx: Series | None) -> tuple[Series, list[Provenance]]:
    """The series of one asset up to the end of the period, spliced if asked and needed, and its sources."""
    if item.underlying:
        etf = wanted.asset(item.underlying)
        basis = wanted.source.load(etf.symbol)
        basis_ends = basis.dates[-1:]
        basis = _until(basis, wanted.end)
        if fx is None or basis.dates.size == 0:
            raise DataError(f"{item.symbol}: {etf.symbol} has no price up to {wanted.end}")
        series = jp_fund.model_nav(item, basis, fx, start=wanted.start)
        series = _covering(item, series, wanted, basis_ends[0])
        return series, [_provenance(series, item), _provenance(_checked(basis, etf, wanted), etf)]
    own = wanted.source.load(item.symbol)
    own = own if own.is_sample else on_sessions(own, in_new_york=item.trades_in_new_york)
    own = _told_of_payouts(_usable(own, item), item, wanted)
    if own.dates.size == 0:
        raise DataError(f"{item.symbol} ({own.source}) has no price from {item.usable_from} on")
    # A period that ends before the first day keeps that day: the level at which a stand-in is matched.
    reach = None if wanted.end is None else max(wanted.end, own.dates[0])
    return _spliced(item, _checked(_until(own, reach), item, wanted), wanted, own.dates[-1])


def _told_of_payouts(series: Series, item: Asset, wanted: _Wanted) -> Series:
    """``series``, with a note where ``_column`` will make its adjusted closes."""
    made = wanted.total_return and not np.isfinite(series.adj_close).any()
    if not made or not np.nan_to_num(series.dividend).any():
        return series
    note = (
        f"{item.symbol}: no adjusted closes: payouts of the file are reinvested at the close of their ex-date"
    )
    return series.replace(notes=(*series.notes, note))


def _usable(series: Series, item: Asset) -> Series:
    """``series`` from where it follows the index it is held for; a simulated one does from its start."""
    since = as_day(item.tracks_since)
    if since is None or series.is_sample or not series.dates.size:
        return series
    return series.between(since, max(since, series.dates[-1]))


def _checked(series: Series, item: Asset, wanted: _Wanted) -> Series:
    """``series`` with what the checks note added to its notes. Simulated prices have nothing to check.

    :raises BadData: a fatal finding inside the period. One before it is only a note: signals alone see it.
    """
    if series.is_sample:
        return series
    return _noted(series, check_series(series, item, start=wanted.start, today=_today()), wanted)


def _today() -> np.datetime64:
    return np.datetime64("today", "D")


def _noted(series: Series, findings: Sequence[Finding], wanted: _Wanted) -> Series:
    """``series`` with the findings in its notes, and those that a banner must carry in ``warnings``."""
    warnings = []
    for item in findings:
        before = wanted.start is not None and item.dates and np.datetime64(item.dates[-1]) < wanted.start
        if item.is_fatal and not before:
            hint = f"rule {item.rule}; take another source, or a period without it"
            raise BadData(f"{item.message} [{series.source}]", hint=hint)
        warnings += [item.message] if item.severity == "warning" and not before else []
    notes = (*series.notes, *(item.message for item in findings))
    return series.replace(notes=notes, warnings=(*series.warnings, *warnings))


def _spliced(
    item: Asset, series: Series, wanted: _Wanted, last: np.datetime64
) -> tuple[Series, list[Provenance]]:
    """``series``, whose own prices go on to ``last``, with what it lacks of the period; and its sources."""
    late, early = _begins_late(item, series, wanted), _ends_early(item, series, wanted)
    entries = [_provenance(series, item)]
    own_hash = series.sha256
    if late and (other := _stand_in(item, wanted, item.stand_ins)):
        stand_in = _checked_to(
            series.dates[0], _usable(wanted.source.load(other.symbol), other), other, wanted
        )
        end = wanted.end if _until(stand_in, wanted.end).dates.size else None  # None: refused below
        series = splice.before(series, stand_in, item, other, end=end)
        entries.append(_provenance(_until(stand_in, end), other))
    if early and item.absorbed_by and (other := _stand_in(item, wanted, (item.absorbed_by,))):
        # A holder became a holder of the successor, whatever that follows.
        successor = wanted.source.load(other.symbol)
        stand_in = _checked(_until(successor, wanted.end), other, wanted)
        series, last = splice.after(series, stand_in, item, other), successor.dates[-1]
        entries.append(_provenance(stand_in, other))
    series = _covering(item, series, wanted, last)
    entries[0] = _provenance(series, item, sha256=own_hash)
    return series, entries


def _stand_in(item: Asset, wanted: _Wanted, registered: Sequence[str]) -> Asset | None:
    """The asset that may fill what ``item`` lacks: the one that was asked for, or the registry's first."""
    if isinstance(wanted.splices, str):
        return wanted.asset(registered[0]) if wanted.splices == "auto" and registered else None
    name = wanted.splices.get(item.symbol)
    continues = registered == (item.absorbed_by,)
    # The fund that took another one over continues it, and is no stand-in for its past; others are that only.
    return None if name is None or (name == item.absorbed_by) != continues else wanted.asset(name)


def _checked_to(junction: np.datetime64, series: Series, other: Asset, wanted: _Wanted) -> Series:
    """A stand-in up to the end of the period, where its checks end, or to the ``junction`` after it."""
    if wanted.end is None:
        return _checked(series, other, wanted)
    notes = _checked(_until(series, wanted.end), other, wanted).notes
    return _until(series, max(wanted.end, junction)).replace(notes=notes)


def _begins_late(item: Asset, series: Series, wanted: _Wanted) -> bool:
    if wanted.start is None:
        return wanted.end is not None and bool(series.dates[0] > wanted.end)
    frequency = frequency_of(series.dates)
    if not item.trades_in_new_york or frequency is not DAILY:
        return bool(series.dates[0] > wanted.start + np.timedelta64(frequency.longest, "D"))
    return bool(series.dates[0] > exchanges.first_session(wanted.start))


def _ends_early(item: Asset, series: Series, wanted: _Wanted) -> bool:
    if wanted.end is None:
        absorbed = as_day(item.absorbed_on)
        return absorbed is not None and bool(series.dates[-1] <= absorbed)
    frequency = frequency_of(series.dates)
    if not item.trades_in_new_york or frequency is not DAILY:
        return bool(series.dates[-1] < wanted.end - np.timedelta64(frequency.longest, "D"))
    return bool(series.dates[-1] < exchanges.last_session(wanted.end))


def _covering(item: Asset, series: Series, wanted: _Wanted, known_to: np.datetime64) -> Series:
    """``series``, with what stands in for its missing days, if it covers the period.

    Where only the last sessions of the period have no price but later ones do (``known_to``), the period
    ends before them, and a note says so.

    :raises DataError: it does not cover the period; the hint says what to do.
    """
    if _begins_late(item, series, wanted):
        raise _too_late(item, series, wanted)
    if wanted.end is None or not _ends_early(item, series, wanted):
        return series
    if known_to > wanted.end and series.dates[-1] >= wanted.end - np.timedelta64(DAILY.longest, "D"):
        text = f"{item.symbol}: no price on the last sessions before {wanted.end}: the period ends on"
        return series.replace(notes=(*series.notes, f"{text} {series.dates[-1]}"))
    last = series.dates[-1]
    ways = [f"an end of {last} or earlier"]
    if wanted.start is not None and last <= wanted.start:
        ways = [f"a period up to {last}"]
    why = f"ends on {last}"
    if item.absorbed_by:
        goes_on = _stand_in(item, wanted, (item.absorbed_by,)) is not None
        why += f" even with {item.absorbed_by} after it" if goes_on else f", absorbed by {item.absorbed_by}"
        ways = ways if goes_on else [_splice_key(item, item.absorbed_by), *ways]
    what = f"{item.symbol} ({series.source}) {why}; the period ends on {wanted.end}"
    raise DataError(what, hint=", or ".join(ways))


def _too_late(item: Asset, series: Series, wanted: _Wanted) -> DataError:
    first, other = series.dates[0], _stand_in(item, wanted, item.stand_ins)
    asked, since = wanted.end if wanted.start is None else wanted.start, as_day(item.tracks_since)
    why = f"begins on {first}"
    if other is not None:
        why += f" even with {other.symbol} before it"
    elif since is not None and asked is not None and asked < since:
        why = f"is no {item.tracks} history before {since}, when it followed another index"
    ways = [] if other else [_splice_key(item, name) for name in item.stand_ins]
    is_inside = wanted.end is None or first < wanted.end
    ways += [f"a start of {first} or later" if is_inside else f"a period from {first} on"]
    when = f"ends on {wanted.end}" if wanted.start is None else f"starts on {wanted.start}"
    return DataError(f"{item.symbol} ({series.source}) {why}; the period {when}", hint=", or ".join(ways))


def _splice_key(item: Asset, name: str) -> str:
    return f"`data.splice: {{{item.symbol}: {name}}}`"


@dataclass(frozen=True)
class _Column:
    """One asset's prices and dividends on its own days, cleaned of days without a price."""

    symbol: str
    dates: Dates
    price: Floats
    dividend: Floats

    def price_on(self, sessions: Dates) -> Floats:
        """(T,) price on sessions, all of which are days of this asset."""
        result: Floats = self.price[np.searchsorted(self.dates, sessions)]
        return result

    def dividend_on(self, sessions: Dates) -> Floats:
        """(T,) dividends; one between two sessions belongs to the later, one after the last to none."""
        inside = (self.dates >= sessions[0]) & (self.dates <= sessions[-1])
        result = np.zeros(sessions.size)
        np.add.at(result, np.searchsorted(sessions, self.dates[inside]), self.dividend[inside])
        return result


def _column(series: Series, item: Asset, wanted: _Wanted) -> _Column:
    """Prices by the chosen mode. :raises DataError: the series lacks what it needs in the period."""
    life = series.dates >= (wanted.start if wanted.start is not None else series.dates[0])
    # An index pays nothing beside its level; of everything else an unknown payout is not one of 0.
    paid = np.nan_to_num(series.dividend) if item.kind == "index" else series.dividend
    if wanted.total_return:
        no_adjusted = not np.isfinite(series.adj_close).any()
        price = with_payouts(series.close, paid) if no_adjusted else series.adj_close
        other, way = series.close, "`dividends: cash`"
        unknown = life & np.isfinite(series.close) & np.isnan(paid) & no_adjusted
        dividend = np.zeros(price.size)
    else:
        price, other, way = series.close, series.adj_close, "`dividends: total_return`"
        unknown = life & np.isfinite(price) & np.isnan(paid)
        dividend = np.nan_to_num(paid)
    if unknown.any():
        hint = "fill the `dividend` column (0 where none was paid)"
        hint += "" if wanted.total_return else ", or use `dividends: total_return`, which needs `adj_close`"
        day = series.dates[unknown][0]
        raise DataError(f"{item.symbol} ({series.source}): the dividend of {day} is unknown", hint=hint)
    missing = life & np.isnan(price) & np.isfinite(other)
    if missing.any():
        what = "adjusted" if wanted.total_return else "raw"
        span = f"from {series.dates[missing][0]} to {series.dates[missing][-1]}"
        raise DataError(f"{item.symbol} ({series.source}) has no {what} closes {span}", hint=f"use {way}")
    # A payout on a day without a price is kept: dividend_on moves it to the next session.
    keep = np.isfinite(price) | (dividend > 0)
    return _Column(item.symbol, series.dates[keep], price[keep], dividend[keep])


def _common_sessions(columns: Sequence[_Column], fx: Series | None, wanted: _Wanted) -> Dates:
    priced: list[NDArray[np.datetime64]] = [item.dates[np.isfinite(item.price)] for item in columns]
    common = reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), priced)
    if common.size == 0:
        spans = ", ".join(
            f"{item.symbol} {days[0]} to {days[-1]}" if days.size else f"{item.symbol} none"
            for item, days in zip(columns, priced, strict=True)
        )
        raise DataError(f"no day on which every asset has a price: {spans}")
    if fx is not None:
        first = fx.dates[np.isfinite(fx.close)][0]
        # Signals cannot use days before the first rate; a period that starts there is refused below.
        common = common[common >= (first if wanted.start is None else min(first, wanted.start))]
        if wanted.start is not None:  # nor days on which the last rate was too old; in the period: refused
            common = common[has_rate(fx, common) | (common >= wanted.start)]
    if common.size == 0:
        raise DataError("no day on which every asset has a price and a rate for the yen is known")
    return common


def _until(series: Series, end: np.datetime64 | None) -> Series:
    return series if end is None or not series.dates.size else series.between(series.dates[0], end)


def _provenance(series: Series, item: Asset | None = None, sha256: str | None = None) -> Provenance:
    """Where ``series`` came from; the hash is of its values up to the period's end, before any splice.

    Of an asset that begins after the period it is of the one day at which its stand-in is matched.
    """
    notes = series.notes
    if item is not None and not item.known:
        notes = (*notes, f"{item.symbol}: {item.note}")
    return Provenance(
        symbol=series.symbol,
        source=series.source,
        sha256=sha256 or series.sha256,
        first=str(series.dates[0]),
        last=str(series.dates[-1]),
        is_sample=series.is_sample,
        splices=series.extra.get("splices", ()),
        notes=notes,
        warnings=series.warnings,
    )


def _unique(entries: Sequence[Provenance], reason: str) -> tuple[Provenance, ...]:
    """Each series once (a stand-in may be held itself); the first one's notes say why this source."""
    first, *others = {(item.symbol, item.sha256): item for item in entries}.values()
    if reason:
        first = replace(first, notes=(f"source chosen: {reason}", *first.notes))
    return (first, *others)
