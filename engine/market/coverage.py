"""Whether a history covers a period, and what may be done where it does not."""

from __future__ import annotations

from functools import reduce

import numpy as np

from engine.errors import DataError
from engine.market import exchanges
from engine.market.assets import Asset
from engine.market.frequency import DAILY, frequency_of
from engine.market.request import Request, as_day
from engine.market.series import Series
from engine.messages import Message, message


def begins_late(item: Asset, series: Series, asked: Request) -> bool:
    """Whether the period begins before ``series`` does; days without trading are no hole."""
    first = series.dates[0]
    if asked.start is None:
        return asked.end is not None and bool(first > asked.end)
    if slack := _slack(item, series):
        return bool(first > asked.start + slack)
    return bool(first > exchanges.first_session(asked.start))


def ends_early(item: Asset, series: Series, asked: Request) -> bool:
    """Whether the period ends after ``series`` does."""
    last = series.dates[-1]
    if asked.end is None:
        return bool(item.absorbed_on and last <= np.datetime64(item.absorbed_on))
    if slack := _slack(item, series):
        return bool(last < asked.end - slack)
    return bool(last < exchanges.last_session(asked.end))


def _slack(item: Asset, series: Series) -> np.timedelta64 | None:
    """Days that may pass without a price; None where the exchange's own table says it."""
    frequency = frequency_of(series.dates)
    exact = item.trades_in_new_york and frequency is DAILY
    return None if exact else np.timedelta64(frequency.longest, "D")


def covering(item: Asset, series: Series, asked: Request, known_to: np.datetime64) -> Series:
    """``series``, with what stands in for its missing days, if it covers the period.

    Where only the last sessions of the period have no price but later ones do (``known_to``), the period
    ends before them, and a note says so.

    :raises DataError: it does not cover the period; the hint says what to do.
    """
    if begins_late(item, series, asked):
        raise _too_late(item, series, asked)
    if asked.end is None or not ends_early(item, series, asked):
        return series
    last = series.dates[-1]
    if known_to > asked.end and last >= asked.end - np.timedelta64(DAILY.longest, "D"):
        what = message(
            "no price on the last sessions before {end}: the period ends on {last}", end=asked.end, last=last
        )
        return series.noted(message("{symbol}: {what}", symbol=item.symbol, what=what))
    raise _too_early(item, series, asked, asked.end)


def _too_early(item: Asset, series: Series, asked: Request, end: np.datetime64) -> DataError:
    last, other = series.dates[-1], item.absorbed_by
    ways = [message("an end of {day} or earlier", day=last)]
    if asked.start is not None and series.dates[-1] <= asked.start:
        ways = [message("a period up to {day}", day=last)]
    why = message("ends on {day}", day=last)
    if other and asked.stand_in(item, (other,)):
        why = message("ends on {day} even with {other} after it", day=last, other=other)
    elif other:
        why = message("ends on {day}, absorbed by {other}", day=last, other=other)
        ways = [_splice_key(item, other), *ways]
    return _refused(series, why, _ending(end), ways)


def _too_late(item: Asset, series: Series, asked: Request) -> DataError:
    first, other = series.dates[0], asked.stand_in(item, item.stand_ins)
    needed, since = asked.end if asked.start is None else asked.start, as_day(item.tracks_since)
    assert needed is not None
    why = message("begins on {day}", day=first)
    if other is not None:
        why = message("begins on {day} even with {other} before it", day=first, other=other.symbol)
    elif since is not None and needed < since:
        why = message(
            "is no {index} history before {day}, when it followed another index", index=item.tracks, day=since
        )
    ways = [] if other else [_splice_key(item, name) for name in item.stand_ins]
    if asked.end is None or series.dates[0] < asked.end:
        ways += [message("a start of {day} or later", day=first)]
    else:
        ways += [message("a period from {day} on", day=first)]
    when = _ending(needed) if asked.start is None else message("starts on {day}", day=needed)
    return _refused(series, why, when, ways)


def _ending(end: np.datetime64) -> Message:
    return message("ends on {day}", day=end, context="period")


def _splice_key(item: Asset, name: str) -> Message:
    return message("`data.splice: {pair}`", pair=f"{{{item.symbol}: {name}}}")


def _refused(series: Series, why: Message, when: Message, ways: list[Message]) -> DataError:
    hint = reduce(lambda one, other: message("{one}, or {other}", one=one, other=other), ways)
    what = message("{series} {why}; the period {when}", series=series.named, why=why, when=when)
    return DataError(what, hint=hint)
