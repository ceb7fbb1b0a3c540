"""The exchange rate of a session: the last fixing on or before it."""

from __future__ import annotations

import numpy as np

from engine.errors import DataError
from engine.market.series import Dates, Floats, Mask, Series
from engine.messages import message

MAX_AGE_DAYS = 5


def session_rate(fx: Series, sessions: Dates) -> Floats:
    """(T,) rate of each session: the last fixing on or before it, never one that came later.

    A plan decided in Tokyo asks for the days before its sessions.

    :raises DataError: a session lies before the first fixing, or its last fixing is older than allowed.
    """
    dates, rate, at = _last_fixings(fx, sessions)
    if (early := sessions[at < 0]).size:
        begins = message("begins on {day}", day=dates[0]) if dates.size else message("is empty")
        gap = message("no rate of {day} or earlier", day=early[0])
        raise DataError(
            message("{series} {begins}: {gap}", series=fx.named, begins=begins, gap=gap),
            hint=message("start later, or use currency: USD"),
        )
    age = (sessions - dates[at]).astype(np.int64)
    if (old := np.flatnonzero(age > MAX_AGE_DAYS)).size:
        until, last = sessions[old[0]], dates[at[old[0]]]
        fixing = message("the last fixing up to {day} is of {last}", day=until, last=last)
        limit = message("{age} days old; {allowed} are allowed", age=age[old[0]], allowed=MAX_AGE_DAYS)
        raise DataError(
            message("{series}: {fixing}, {limit}", series=fx.named, fixing=fixing, limit=limit),
            hint=message("end the period earlier, or bring newer rates"),
        )
    return rate[at]


def has_rate(fx: Series, sessions: Dates) -> Mask:
    """(T,) whether ``session_rate`` has a rate for each session: a fixing that is not too old."""
    dates, _, at = _last_fixings(fx, sessions)
    if not dates.size:
        return np.zeros(sessions.size, dtype=bool)
    return (at >= 0) & ((sessions - dates[at]).astype(np.int64) <= MAX_AGE_DAYS)


def _last_fixings(
    fx: Series, sessions: Dates
) -> tuple[Dates, Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Fixings by date, and where the last one on or before each session is; -1 where there is none."""
    known = np.isfinite(fx.close)
    dates = fx.dates[known]
    return dates, fx.close[known], np.searchsorted(dates, sessions, side="right") - 1
