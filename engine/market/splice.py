"""Splices: one asset stands in for the missing history of another, adjusted by the difference in fees.

Before the junction the result follows the stand-in's daily returns plus the difference of the expense ratios
(stand-in's less target's) × calendar days / 365; after it, where a fund was absorbed, the successor's. The
level is matched at the junction, and dividends are scaled with the level, so that every daily total return
is the stand-in's own, plus the fee.
"""

from __future__ import annotations

import numpy as np

from engine.errors import DataError
from engine.market.assets import Asset
from engine.market.series import COLUMNS, Dates, Floats, Series
from engine.messages import Message, Percent, message


def before(
    target: Series, stand_in: Series, asset: Asset, other: Asset, *, end: np.datetime64 | None = None
) -> Series:
    """``target`` with ``stand_in``'s days put before its own first day, up to ``end``.

    With an ``end`` before that day only the stand-in is left, at the very level it has in a longer period.

    :raises DataError: the currencies differ, or the stand-in has no price on the junction.
    """
    junction = target.dates[0]
    part = stand_in.between(min(junction, *stand_in.dates[:1]), junction)
    _check(asset, other, part.dates.size > 0 and part.dates[-1] == junction, junction)
    fee, pair = other.expense_ratio - asset.expense_ratio, _pair(asset, other)
    level = _levels(target, 0, part, -1) * _fee(part.dates, fee)
    what = message("fee difference {fee} a year", fee=Percent(fee, sign=True))
    note = message("{symbol} before {day} from {other}, {what}", day=junction, what=what, **pair)
    if end is not None and end < junction:
        note = message("{splice}: all of this period, which ends on {end}", splice=note, end=end)
    joined = _joined(_scaled(part, level, slice(0, -1)), target, target, note)
    return joined if end is None else joined.between(joined.dates[0], end)


def after(target: Series, successor: Series, asset: Asset, other: Asset) -> Series:
    """``target`` with ``successor``'s days put after its own last day (a fund that was absorbed).

    No fee is adjusted: the holder did become a holder of the successor.

    :raises DataError: the currencies differ, or the successor has no price on the junction.
    """
    junction = target.dates[-1]
    part = successor.between(junction, max(junction, *successor.dates[-1:]))
    _check(asset, other, part.dates.size > 0 and part.dates[0] == junction, junction)
    level = _levels(target, -1, part, 0) * np.ones((part.dates.size, 1))
    note = message("{symbol} after {day} as {other}, which absorbed it", day=junction, **_pair(asset, other))
    return _joined(target, _scaled(part, level, slice(1, None)), target, note)


def _check(asset: Asset, other: Asset, priced: bool, junction: np.datetime64) -> None:
    pair = _pair(asset, other)
    if asset.currency != other.currency:
        what = message(
            "{other} ({theirs}) for {symbol} ({ours})", theirs=other.currency, ours=asset.currency, **pair
        )
        raise DataError(message("a stand-in must have the same currency: {what}", what=what))
    if not priced:
        raise DataError(
            message("{other} has no price on {day}, the junction with {symbol}", day=junction, **pair)
        )


def _pair(asset: Asset, other: Asset) -> dict[str, str]:
    """The places of both in a message."""
    return {"symbol": asset.symbol, "other": other.symbol}


def _levels(target: Series, at: int, part: Series, part_at: int) -> Floats:
    """(2,) ratio of target to stand-in at the junction, of close and adjusted close; NaN where none."""
    close = target.close[at] / part.close[part_at]
    return np.array([close, target.adj_close[at] / part.adj_close[part_at]], dtype=np.float64)


def _fee(dates: Dates, difference: float) -> Floats:
    """(n, 1) what the level before each date must be multiplied by, 1 on the last."""
    days = np.diff(dates).astype(np.float64)
    growth = np.cumprod((1.0 + difference * days / 365.0)[::-1])[::-1]
    return np.append(1.0 / growth, 1.0)[:, None]


def _scaled(part: Series, level: Floats, keep: slice) -> Series:
    close, adjusted = level.T
    values = {
        "close": part.close * close,
        "adj_close": part.adj_close * adjusted,
        "dividend": part.dividend * close,
    }
    return part.replace(**values).rows(keep)


def _joined(first: Series, second: Series, identity: Series, note: Message) -> Series:
    """The rows of both under one identity, with the ``note`` among its splices."""
    joined = first.then(second)
    return identity.replace(
        **{name: getattr(joined, name) for name in COLUMNS},
        is_sample=first.is_sample or second.is_sample,
        splices=(*identity.splices, note),
    )
