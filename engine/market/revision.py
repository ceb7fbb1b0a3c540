"""What a source has changed in the past that it once gave us, and what of it cannot be accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine.errors import BadData, Stale
from engine.market.findings import Finding
from engine.market.series import Dates, Floats, Mask, Series
from engine.market.verify_series import verify_series
from engine.messages import Arg, Listed, Message, Number, listed, message

PRICE_TOLERANCE = 1e-6  # relative; sources send single-precision prices
ADJUSTED_TOLERANCE = 1e-5  # relative; adjusted closes are recomputed and differ in their last digits


def renewed(
    old: Series,
    ask: Callable[[np.datetime64 | None], Series],
    provider: str,
    overlap: np.timedelta64,
    refresh: bool,
    locked_since: str | None,
) -> tuple[Series, list[Message]]:
    """``old`` and its new sessions; where its past has changed, what the source gives now, and what has changed.

    ``ask``           the source's history from a day on (None: all of it)
    ``overlap``       how much of the stored past is compared before all of it is asked for
    ``refresh``       all of it is asked for, and taken even if it is shorter or worse
    ``locked_since``  when it was stored, where nothing of it may change; else None

    Errors: BadData (``refuse_less``, ``refuse_worse``), Stale (``refuse_changed``), those of ``ask``.
    """
    since = None if refresh else old.dates[-1] - overlap
    new, told = ask(since), list[Message]()
    if since is not None and new.dates[0] > old.dates[0]:
        told = [*new_events(old, new), *changes(old.between(since, old.dates[-1]), new)]
        if not told:
            series = continued(old, new)
            refuse_worse(old, series, provider)
            return series, []
        new = ask(None)
    if not refresh:
        refuse_less(old, new, provider)
        refuse_worse(old, new, provider)
    found = changes(old, new)
    if locked_since is not None:
        refuse_changed(found, old.symbol, provider, locked_since)
    if not found and new.dates[0] >= old.dates[0]:
        return continued(old, new), []
    told = list(dict.fromkeys([*new_events(old, new), *told, *found]))
    return new, told or [message("history now begins on {day}", day=new.dates[0])]


def changes(old: Series, new: Series) -> list[Message]:
    """How ``new`` differs from ``old`` between the first and the last date of ``old``.

    Later dates of ``new``, and earlier ones, are no changes. NaN equals NaN.
    """
    return list(_changes(old, new.between(old.dates[0], old.dates[-1])))


def _changes(old: Series, new: Series) -> Iterator[Message]:
    n, days = _only(new.dates, old.dates)
    if n:
        yield message("{n} session added: {days}", plural="{n} sessions added: {days}", n=n, days=days)
    n, days = _only(old.dates, new.dates)
    if n:
        yield message("{n} session removed: {days}", plural="{n} sessions removed: {days}", n=n, days=days)
    common, at_old, at_new = np.intersect1d(old.dates, new.dates, return_indices=True)
    for name in ("close", "dividend"):
        was, now = getattr(old, name)[at_old], getattr(new, name)[at_new]
        differs = ~_alike(was, now, PRICE_TOLERANCE)
        if differs.any():
            k = int(np.argmax(np.where(differs, np.nan_to_num(np.abs(now - was), nan=np.inf), -1.0)))
            yield message(
                "close changed on {days}, most on {day}: {old} -> {new}"
                if name == "close"
                else "dividend changed on {days}, most on {day}: {old} -> {new}",
                days=_days(differs),
                day=common[k],
                old=figure(was[k]),
                new=figure(now[k]),
            )
    yield from _adjusted(common, old.adj_close[at_old], new.adj_close[at_new])


def _only(these: Dates, those: Dates) -> tuple[int, Listed]:
    """How many days of ``these`` are not among ``those``, and the first three."""
    days = np.setdiff1d(these, those)
    return days.size, listed([*days[:3].tolist(), *(["…"] if days.size > 3 else [])])


def _adjusted(days: Dates, old: Floats, new: Floats) -> Iterator[Message]:
    if _alike(old, new, ADJUSTED_TOLERANCE).all():
        return
    known = np.isfinite(old) & np.isfinite(new) & (old != 0)
    factor = float(np.median(new[known] / old[known])) if known.any() else 1.0
    differs = ~_alike(old * factor, new, ADJUSTED_TOLERANCE)
    if differs.any():
        on, first = _days(differs), days[differs][0]
        yield message("adjusted close changed on {days}, first on {day}", days=on, day=first)
    else:
        yield _rescaled(factor)


def _rescaled(factor: float) -> Message:
    """No revision: every adjusted close of the past is multiplied by one factor, as each new dividend does."""
    by = Number(factor, 6)
    return message("adjusted close multiplied by {factor}, as a dividend or split does", factor=by)


def _alike(old: Floats, new: Floats, tolerance: float) -> Mask:
    with np.errstate(invalid="ignore"):
        near = np.abs(new - old) <= tolerance * np.maximum(np.abs(old), np.abs(new))
    near &= np.isfinite(old) & np.isfinite(new)  # infinity is within any share of itself
    same: Mask = near | (old == new) | (np.isnan(old) & np.isnan(new))
    return same


def _days(mask: Mask) -> Message:
    return message("{n} day", plural="{n} days", n=int(mask.sum()))


def figure(value: float) -> Arg:
    """A price or a payout that may not be known."""
    return message("none", context="nothing") if np.isnan(value) else Number(float(f"{value:.10g}"))


def new_events(old: Series, new: Series) -> tuple[Message, ...]:
    """What changes the past without showing in it: dividends of ``new`` after the last date of ``old``,
    and splits from the first date of ``new`` on that only one of the two has."""
    paid = np.flatnonzero((new.dates > old.dates[-1]) & (new.dividend > 0))
    known, told = (dict(series.extra.get("splits", ())) for series in (old, new))
    gone = [day for day in known if day not in told and np.datetime64(day, "D") >= new.dates[0]]
    dividends = [(figure(new.dividend[i]), new.dates[i]) for i in paid]
    return (
        *(message("new dividend of {paid} on {day}", paid=amount, day=day) for amount, day in dividends),
        *(
            message("new split {ratio}:1 on {day}", ratio=told[day], day=day)
            for day in told
            if known.get(day) != told[day]
        ),
        *(message("split {ratio}:1 on {day} withdrawn", ratio=known[day], day=day) for day in gone),
    )


def continued(old: Series, new: Series) -> Series:
    """``old`` and the sessions of ``new`` after it."""
    return old.then(new.rows(new.dates > old.dates[-1]))


# --- what is refused -----------------------------------------------------------------------------------------


def check_form(series: Series, symbol: str, provider: str, old: Series | None) -> Series:
    """``series`` if it can be stored at all; whether its prices are right is for the checks.

    Errors: BadData if it is of another symbol, of another currency than ``old``, empty, ragged, or its dates do
    not increase.
    """
    n = len(series.dates)
    columns = (series.close, series.adj_close, series.dividend)
    named = {"symbol": symbol, "source": provider}
    if series.symbol.upper() != symbol:
        raise BadData(message("{symbol}: {source} answers with {other}", **named, other=series.symbol))
    if n == 0:
        raise BadData(message("{symbol}: {source} answers with nothing", **named))
    if any(len(column) != n for column in columns) or np.any(np.diff(series.dates) <= np.timedelta64(0, "D")):
        raise BadData(message("{symbol}: {source} answers with dates that are not in order", **named))
    if old is not None and series.currency != old.currency:
        now = {"now": series.currency, "before": old.currency}
        raise BadData(message("{symbol}: {source} quotes it in {now}, was {before}", **named, **now))
    return series


def refuse_less(old: Series, new: Series, provider: str) -> None:
    """A source that has lost a part of the past is broken, and what is stored is worth more.

    Errors: BadData if ``new`` begins a week later or ends earlier than ``old``, or lacks more than
    1 % (and more than 5) of its sessions.
    """
    gone = len(np.setdiff1d(old.dates, new.dates))
    shorter = new.dates[0] > old.dates[0] + np.timedelta64(7, "D") or new.dates[-1] < old.dates[-1]
    if shorter or gone > max(5, len(old.dates) // 100):
        text = message(
            "{symbol}: {source} now gives {now}; stored are {before}: not taken",
            symbol=new.symbol,
            source=provider,
            now=_span(new),
            before=_span(old),
        )
        raise BadData(text, hint=message("--refresh takes it"))


def _span(series: Series) -> Message:
    days = series.dates
    return message("{n} sessions, {first} to {last}", n=days.size, first=days[0], last=days[-1])


def refuse_worse(old: Series, new: Series, provider: str) -> None:
    """Prices that no run would take must not replace those that it does: a bad tick is gone by tomorrow.

    Errors: BadData if ``new`` has a fatal finding that ``old`` has not.
    """
    had = {(item.rule, day) for item in _fatal(old, provider) for day in item.dates}
    for item in _fatal(new, provider):
        if any((item.rule, day) not in had for day in item.dates):
            text = message(
                "{source} now gives prices that cannot be right: {finding}; what is stored is kept",
                source=provider,
                finding=item.message,
            )
            raise BadData(text, hint=message("--offline uses what is stored, --refresh takes the new prices"))


def _fatal(series: Series, provider: str) -> list[Finding]:
    return [item for item in verify_series(series, provider).findings if item.is_fatal]


def refuse_changed(found: list[Message], symbol: str, provider: str, since: str) -> None:
    """Errors: Stale if anything but the scale of the adjusted close has changed ``since`` it was stored."""
    if real := [change for change in found if change.id != _rescaled(1.0).id]:
        text = message(
            "{symbol}: {source} has changed what was stored on {since}: {what}",
            symbol=symbol,
            source=provider,
            since=since,
            what=listed(real, last=";"),
        )
        raise Stale(text, hint=message("run without --lock to accept it"))
