"""What a source has changed in the past that it once gave us, and what of it cannot be accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.errors import BadData, Stale
from engine.market.findings import Finding
from engine.market.series import Dates, Floats, Series

PRICE_TOLERANCE = 1e-6  # relative; sources send single-precision prices
ADJUSTED_TOLERANCE = 1e-5  # relative; adjusted closes are recomputed and differ in their last digits

Kind = Literal["added", "removed", "close", "dividend", "adjusted", "rescaled"]


@dataclass(frozen=True)
class Change:
    """One kind of difference, with its evidence in ``text``.

    ``rescaled`` alone is no revision: every adjusted close of the past is multiplied by one factor, as
    each new dividend does.
    """

    kind: Kind
    text: str


def changes(old: Series, new: Series) -> tuple[Change, ...]:
    """How ``new`` differs from ``old`` between the first and the last date of ``old``.

    Later dates of ``new``, and earlier ones, are no changes. NaN equals NaN.
    """
    new = new.between(old.dates[0], old.dates[-1])
    found = [
        _dates("added", np.setdiff1d(new.dates, old.dates)),
        _dates("removed", np.setdiff1d(old.dates, new.dates)),
    ]
    common, at_old, at_new = np.intersect1d(old.dates, new.dates, return_indices=True)
    if len(common):
        found += [
            _values("close", common, old.close[at_old], new.close[at_new], PRICE_TOLERANCE),
            _values("dividend", common, old.dividend[at_old], new.dividend[at_new], PRICE_TOLERANCE),
            _adjusted(common, old.adj_close[at_old], new.adj_close[at_new]),
        ]
    return tuple(change for change in found if change is not None)


def new_events(old: Series, new: Series) -> tuple[str, ...]:
    """What changes the past without showing in it: dividends of ``new`` after the last date of ``old``,
    and splits from the first date of ``new`` on that only one of the two has."""
    paid = np.flatnonzero((new.dates > old.dates[-1]) & (new.dividend > 0))
    dividends = [f"new dividend of {new.dividend[i]:g} on {new.dates[i]}" for i in paid]
    known, told = (dict(series.extra.get("splits", ())) for series in (old, new))
    splits = [f"new split {told[day]:g}:1 on {day}" for day in told if known.get(day) != told[day]]
    splits += [
        f"split {known[day]:g}:1 on {day} withdrawn"
        for day in known
        if day not in told and np.datetime64(day, "D") >= new.dates[0]
    ]
    return (*dividends, *splits)


def check_form(series: Series, symbol: str, provider: str) -> Series:
    """``series`` if it can be stored at all; whether its prices are right is for the checks.

    Errors: BadData if it is of another symbol, empty, ragged, or its dates do not increase.
    """
    n = len(series.dates)
    columns = (series.close, series.adj_close, series.dividend)
    if series.symbol.upper() != symbol:
        raise BadData(f"{symbol}: {provider} answers with {series.symbol}")
    if n == 0:
        raise BadData(f"{symbol}: {provider} answers with nothing")
    if any(len(column) != n for column in columns) or np.any(np.diff(series.dates) <= np.timedelta64(0, "D")):
        raise BadData(f"{symbol}: {provider} answers with dates that are not in order")
    return series


def refuse_less(old: Series, new: Series, provider: str) -> None:
    """A source that has lost a part of the past is broken, and what is stored is worth more.

    Errors: BadData if ``new`` begins a week later or ends earlier than ``old``, or lacks more than
    1 % (and more than 5) of its sessions.
    """
    gone = len(np.setdiff1d(old.dates, new.dates))
    shorter = new.dates[0] > old.dates[0] + np.timedelta64(7, "D") or new.dates[-1] < old.dates[-1]
    if shorter or gone > max(5, len(old.dates) // 100):
        now, was = (f"{len(s.dates)} sessions, {s.dates[0]} to {s.dates[-1]}" for s in (new, old))
        raise BadData(
            f"{new.symbol}: {provider} now gives {now}; stored are {was}: not taken",
            hint="--refresh takes it",
        )


def refuse_worse(old: Series, new: Series, provider: str) -> None:
    """Prices that no run would take must not replace those that it does: a bad tick is gone by tomorrow.

    Errors: BadData if ``new`` has a fatal finding that ``old`` has not.
    """
    had = {(item.rule, day) for item in _fatal(old, provider) for day in item.dates}
    for item in _fatal(new, provider):
        if any((item.rule, day) not in had for day in item.dates):
            raise BadData(
                f"{provider} now gives prices that cannot be right: {item.message}; what is stored is kept",
                hint="--offline uses what is stored, --refresh takes the new prices",
            )


def _fatal(series: Series, provider: str) -> list[Finding]:
    from engine.market.verify import verify_series

    return [item for item in verify_series(series, provider).findings if item.is_fatal]


def refuse_changed(found: tuple[Change, ...], symbol: str, provider: str, since: str) -> None:
    """Errors: Stale if anything but the scale of the adjusted close has changed ``since`` it was stored."""
    texts = [change.text for change in found if change.kind != "rescaled"]
    if texts:
        told = "; ".join(texts)
        raise Stale(
            f"{symbol}: {provider} has changed what was stored on {since}: {told}",
            hint="run without --lock to accept it",
        )


def _dates(kind: Literal["added", "removed"], days: Dates) -> Change | None:
    if not len(days):
        return None
    named = ", ".join(str(day) for day in days[:3]) + (", …" if len(days) > 3 else "")
    return Change(kind, f"{len(days)} session{'s' if len(days) > 1 else ''} {kind}: {named}")


def _values(
    kind: Literal["close", "dividend"], days: Dates, old: Floats, new: Floats, tolerance: float
) -> Change | None:
    differs = ~_alike(old, new, tolerance)
    if not differs.any():
        return None
    with np.errstate(invalid="ignore"):
        size = np.where(differs, np.nan_to_num(np.abs(new - old), nan=np.inf), -1.0)
    i = int(np.argmax(size))
    return Change(
        kind, f"{kind} changed on {_days(differs)}, most on {days[i]}: {old[i]:.10g} -> {new[i]:.10g}"
    )


def _adjusted(days: Dates, old: Floats, new: Floats) -> Change | None:
    if _alike(old, new, ADJUSTED_TOLERANCE).all():
        return None
    known = np.isfinite(old) & np.isfinite(new) & (old != 0)
    factor = float(np.median(new[known] / old[known])) if known.any() else 1.0
    differs = ~_alike(old * factor, new, ADJUSTED_TOLERANCE)
    if not differs.any():
        return Change("rescaled", f"adjusted close multiplied by {factor:.6f}, as a dividend or split does")
    return Change("adjusted", f"adjusted close changed on {_days(differs)}, first on {days[differs][0]}")


def _alike(old: Floats, new: Floats, tolerance: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    with np.errstate(invalid="ignore"):
        near = np.abs(new - old) <= tolerance * np.maximum(np.abs(old), np.abs(new))
    near &= np.isfinite(old) & np.isfinite(new)  # infinity is within any share of itself
    same: np.ndarray[tuple[int], np.dtype[np.bool_]] = near | (old == new) | (np.isnan(old) & np.isnan(new))
    return same


def _days(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    n = int(mask.sum())
    return f"{n} day{'s' if n > 1 else ''}"
