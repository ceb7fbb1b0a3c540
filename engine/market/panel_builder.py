"""From symbols to one aligned panel: load, model, splice, check, align, convert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Literal, Unpack

import numpy as np

from engine.errors import DataError
from engine.market.asset_history import history
from engine.market.assets import Asset, asset
from engine.market.check_rates import check_fx
from engine.market.check_series import accepted
from engine.market.checked import History, beside_each_other, noted
from engine.market.clocks import Clock, clock_of
from engine.market.eligibility import assumed, eligible
from engine.market.frequency import MONTHLY, at_month_ends, frequency_of, refuse_mixture
from engine.market.fx import has_rate, session_rate
from engine.market.money import days_of_money, in_currency, with_money
from engine.market.panel import Panel
from engine.market.providers import ecb, yen_history
from engine.market.request import Day, Request, Splices, as_day
from engine.market.series import Dates, Floats, Provenance, Series, with_payouts
from engine.market.sources import Access, Source, open_rates, open_source
from engine.messages import Arg, Message, Value, listed, message

REFERENCE_RATE = "ecb"  # the source that every other exchange rate is compared with


def build_panel(
    symbols: Sequence[str],
    *,
    currency: str = "JPY",
    source: str | Source = "auto",
    start: Day | None = None,
    end: Day | None = None,
    total_return: bool = False,
    splices: Splices = "none",
    frequency: Literal["monthly"] | None = None,
    usdjpy: str = "auto",
    **access: Unpack[Access],
) -> Panel:
    """The panel of ``symbols`` up to ``end``, with all common history before ``start`` kept for signals.

    ``source``        ``auto``, ``yahoo``, ``sample``, ``csv:DIR``, or an opened :class:`Source`
    ``start, end``    the life's period, both included; every asset must have prices for all of it
    ``total_return``  adjusted closes and no dividends, instead of closes with dividends
    ``splices``       ``none``, ``auto`` (the registry's first stand-in), or symbol -> the asset that stands
                      in for its missing history (or continues it, for a fund that was absorbed); used only
                      where the period needs it
    ``frequency``     ``monthly``: prices at each month's end, the month's payouts with it; None: as they are
    ``usdjpy``        where the exchange rate comes from: ``auto`` (the source), or as of ``open_rates``
    ``access``        what the cache may do; see :class:`engine.market.sources.Access`

    :raises DataError: a period without data, a series without what the mode needs, a missing exchange rate.
    :raises BadData: a check that is fatal.
    """
    if not symbols or len(set(symbols)) < len(symbols):
        came: Arg = listed(symbols) if symbols else message("none", context="symbols")
        raise DataError(message("a panel needs symbols, each once; came: {came}", came=came))
    first, last = as_day(start), as_day(end)
    if isinstance(source, str):
        needed = needed_symbols(symbols, splices, first, last) if source in ("auto", "yahoo") else ()
        source = open_source(source, needed, end=last, **access)
    if usdjpy != "auto":
        source = replace(source, fx=open_rates(usdjpy, **access))
    asked = Request(source, first, last, total_return, splices, frequency == "monthly")
    assets = [in_currency(asked.asset(symbol), currency) for symbol in symbols]
    fx = _exchange_rate(assets, currency, asked)
    histories = [history(item, asked, fx) for item in assets if not item.is_money]
    histories = beside_each_other(histories, asked)
    allowed = [eligible(item.asset, item.series) for item in histories]
    frames = dict(zip((item.asset.symbol for item in histories), (own for own, _ in allowed), strict=True))
    paid = [_chosen(item, asked) for item in histories]
    columns = paid
    if asked.monthly:
        columns = [
            at_month_ends(column, in_new_york=item.asset.trades_in_new_york)
            for item, column in zip(histories, paid, strict=True)
        ]
    refuse_mixture(columns)
    if fx is not None and all(frequency_of(column.dates) is MONTHLY for column in columns):
        fx = _with_averages(fx, asked)
    clock = clock_of(assets, columns)
    sessions = _common_sessions(columns, fx, asked, clock) if columns else days_of_money(asked)
    columns, paid = (with_money(assets, own, sessions) for own in (columns, paid))
    rates = session_rate(fx, clock.rate_days(sessions)) if fx else np.full(sessions.size, np.nan)
    return Panel(
        currency=currency,
        sessions=sessions,
        symbols=tuple(symbols),
        price=np.column_stack([item.close[np.searchsorted(item.dates, sessions)] for item in columns]),
        dividend=np.column_stack([_dividends(item, sessions) for item in paid]),
        fx=np.column_stack([_conversion(item.currency, currency, rates) for item in assets]),
        usdjpy=rates,
        kind=tuple(item.kind for item in assets),
        frames=tuple(frames.get(item.symbol, ()) for item in assets),
        asset_currency=tuple(item.currency for item in assets),
        provenance=_provenance(
            histories,
            [said for _, said in allowed],
            fx,
            source.reason,
            [column.provenance for item, column in zip(assets, columns, strict=True) if item.is_money],
        ),
        total_return=total_return,
        source_tax=tuple(item.source_tax for item in assets),
        per_year=clock.per_year(columns, sessions),
        known=clock.known(assets, columns, sessions),
        trading_unit=tuple(item.trading_unit for item in assets),
        foreign_tax=tuple(item.foreign_tax for item in assets),
        left_out=tuple(np.setdiff1d(item.priced, sessions) for item in columns),
    )


def modelled(item: Asset, source: str, **access: Unpack[Access]) -> Series:
    """The whole history of a modelled fund, from the prices of its ETF in ``source``.

    :raises DataError: they, or an exchange rate, cannot be had.
    """
    asked = Request(open_source(source, [item.underlying], **access))
    return history(item, asked, _exchange_rate([item], "JPY", asked)).series


def life_range(panel: Panel, start: Day | None = None, end: Day | None = None) -> tuple[int, int]:
    """``(s, e)`` so that ``sessions[s:e]`` are those from ``start`` to ``end``, both included.

    :raises DataError: there is none.
    """
    first, last = as_day(start), as_day(end)
    s = 0 if first is None else int(np.searchsorted(panel.sessions, first))
    e = panel.sessions.size if last is None else int(np.searchsorted(panel.sessions, last, side="right"))
    if s >= e:
        begin: Value = message("the first") if first is None else first
        until: Value = message("the last") if last is None else last
        asked = message("no session from {start} to {end}", start=begin, end=until)
        raise DataError(message("{asked}: data have {span}", asked=asked, span=_span(panel.sessions)))
    return s, e


def needed_symbols(
    symbols: Sequence[str], splices: Splices, start: np.datetime64 | None, end: np.datetime64 | None
) -> list[str]:
    """What a source must have for these symbols, each once; stand-ins as far as the registry can tell."""
    needed = []
    for symbol in symbols:
        item = asset(symbol)
        if item.is_money:
            continue
        needed += [item.underlying or symbol]
        if not isinstance(splices, str):
            needed += [splices[symbol]] if symbol in splices else []
        elif splices == "auto":
            first, gone = as_day(item.usable_from), as_day(item.absorbed_on)
            if first is not None and any(day is not None and day < first for day in (start, end)):
                needed += item.stand_ins[:1]
            if gone is not None and (end is None or gone < end):
                needed += [item.absorbed_by]
    return list(dict.fromkeys(needed))


def _exchange_rate(assets: Sequence[Asset], currency: str, asked: Request) -> Series | None:
    """USD/JPY, if any asset needs it."""
    currencies = {currency, *(item.currency for item in assets)}
    if not currencies <= {"JPY", "USD"}:
        raise DataError(message("currencies are JPY and USD; came: {came}", came=listed(sorted(currencies))))
    if len(currencies) < 2 and not any(item.is_modelled for item in assets):
        return None
    fx = asked.until_end(asked.source.fx(asked.end))
    if not np.isfinite(fx.close).any():
        raise DataError(message("{series} has no rate up to {end}", series=fx.named, end=str(asked.end)))
    if not fx.source.startswith(REFERENCE_RATE):
        item = asked.source.assets.get(fx.symbol)
        found = check_fx(fx, ecb.load(), np.datetime64("today", "D"))
        fx = noted(fx, [accepted(each, item) if item else each for each in found], asked)
    return fx


def _with_averages(fx: Series, asked: Request) -> Series:
    """``fx`` with the rates of months before its own first, where the period of monthly prices needs them."""
    first = fx.priced[0]
    return fx if asked.start is not None and asked.start >= first else yen_history.before(fx, first)


def _conversion(asset_currency: str, currency: str, usdjpy: Floats) -> Floats:
    if asset_currency == currency:
        return np.ones(usdjpy.size)
    return usdjpy if currency == "JPY" else 1.0 / usdjpy


def _chosen(own: History, asked: Request) -> Series:
    """Prices by the chosen mode as closes, with payouts known, on days that have the one or the other.

    :raises DataError: the series lacks what it needs in the period.
    """
    series, dates = own.series, own.series.dates
    life = dates >= (dates[0] if asked.start is None else asked.start)
    # An index as a rule pays nothing beside its level; of everything else an unknown payout is not one of 0.
    silent = own.asset.kind == "index" and not series.pays
    paid = np.nan_to_num(series.dividend) if silent else series.dividend
    unknown = life & np.isfinite(series.close) & np.isnan(paid)
    if not asked.total_return:
        price, other, dividend = series.close, series.adj_close, np.nan_to_num(paid)
    elif np.isfinite(series.adj_close).any():
        price, other, dividend = series.adj_close, series.close, np.zeros(dates.size)
        unknown[:] = False
    else:
        price, other, dividend = with_payouts(series.close, paid), series.close, np.zeros(dates.size)
    _refuse_gaps(series, asked, dates[unknown], dates[life & np.isnan(price) & np.isfinite(other)])
    return series.replace(close=price, dividend=dividend).rows(np.isfinite(price) | (dividend > 0))


def _dividends(column: Series, sessions: Dates) -> Floats:
    """(T,) dividends; one between two sessions belongs to the later, one after the last to none."""
    inside = (column.dates >= sessions[0]) & (column.dates <= sessions[-1])
    result = np.zeros(sessions.size)
    np.add.at(result, np.searchsorted(sessions, column.dates[inside]), column.dividend[inside])
    return result


def _refuse_gaps(series: Series, asked: Request, unknown: Dates, missing: Dates) -> None:
    """:raises DataError: days of ``unknown`` payouts, or of ``missing`` closes of the chosen kind."""
    if unknown.size:
        hint = message("fill the `dividend` column (0 where none was paid)")
        if not asked.total_return:
            hint = message("{fill}, or use `dividends: total_return`, which needs `adj_close`", fill=hint)
        what = message("{series}: the dividend of {day} is unknown", series=series.named, day=unknown[0])
        raise DataError(what, hint=hint)
    if missing.size:
        kind, way = message("raw closes"), "`dividends: total_return`"
        if asked.total_return:
            kind, way = message("adjusted closes"), "`dividends: cash`"
        span = {"series": series.named, "kind": kind, "first": missing[0], "last": missing[-1]}
        what = message("{series} has no {kind} from {first} to {last}", **span)
        raise DataError(what, hint=message("use {way}", way=way))


def _common_sessions(columns: Sequence[Series], fx: Series | None, asked: Request, clock: Clock) -> Dates:
    """Days on which every asset has a price, and the yen a rate as far as the panel is not asked for more."""
    priced = [item.priced for item in columns]
    common = reduce(partial(np.intersect1d, assume_unique=True), priced)
    if common.size == 0:
        pairs = zip(columns, priced, strict=True)
        spans = [message("{symbol} {span}", symbol=item.symbol, span=_span(days)) for item, days in pairs]
        raise DataError(message("no day on which every asset has a price: {spans}", spans=listed(spans)))
    common = clock.decided(columns, common)
    if fx is not None:
        first = fx.priced[0] + clock.lag
        # Signals cannot use days before the first rate; a period that starts there is refused below.
        common = common[common >= (first if asked.start is None else min(first, asked.start))]
        if asked.start is not None:  # nor days on which the last rate was too old; in the period: refused
            common = common[has_rate(fx, clock.rate_days(common)) | (common >= asked.start)]
    if common.size == 0:
        raise DataError(message("no day on which every asset has a price and a rate for the yen is known"))
    return common


def _span(days: Dates) -> Message:
    if not days.size:
        return message("none", context="days")
    return message("{first} to {last}", first=days[0], last=days[-1])


def _provenance(
    histories: Sequence[History],
    warnings: Sequence[tuple[Message, ...]],
    fx: Series | None,
    reason: Message | None,
    of_money: Sequence[Provenance],
) -> tuple[Provenance, ...]:
    """Each series once (a stand-in may be held itself); the first one's notes say why this source.

    ``warnings``  of each history, what the banner must say of the asset's frames
    """
    entries = []
    for own, said in zip(histories, warnings, strict=True):
        first, *others = own.provenance
        # What is assumed stands in the banner alone.
        notes = tuple(note for note in first.notes if own.asset.known or note != assumed(own.asset))
        entries += [replace(first, notes=notes, warnings=(*first.warnings, *said)), *others]
    entries += of_money
    entries += [fx.provenance] if fx else []
    first, *others = {(item.symbol, item.sha256): item for item in entries}.values()
    if reason is not None:
        first = replace(first, notes=(message("source chosen: {reason}", reason=reason), *first.notes))
    return (first, *others)
