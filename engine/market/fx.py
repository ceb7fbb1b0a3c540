"""The exchange rate of a session: the last fixing on or before it."""

from __future__ import annotations

import numpy as np

from engine.errors import DataError
from engine.market.series import Dates, Floats, Mask, Series, day_of
from engine.messages import message

MAX_AGE_DAYS = 5


def session_rate(fx: Series, sessions: Dates, *, max_age_days: int = MAX_AGE_DAYS) -> Floats:
    """(T,) rate of each session: the last fixing on or before it, never one that came later.

    :raises DataError: a session lies before the first fixing, or its last fixing is older than allowed.
    """
    dates, rate, at = _last_fixings(fx, sessions)
    if (early := sessions[at < 0]).size:
        begins = message("begins on {day}", day=day_of(dates[0])) if dates.size else message("is empty")
        raise DataError(
            message(
                "{series} {begins}: no rate for the session {session}",
                series=fx.named,
                begins=begins,
                session=day_of(early[0]),
            ),
            hint=message("start later, or use currency: USD"),
        )
    age = (sessions - dates[at]).astype(np.int64)
    if (old := np.flatnonzero(age > max_age_days)).size:
        worst = old[0]
        raise DataError(
            message(
                "{series}: the last fixing before the session {session} is of {fixing}, {age} days old; "
                "{allowed} are allowed",
                series=fx.named,
                session=day_of(sessions[worst]),
                fixing=day_of(dates[at[worst]]),
                age=int(age[worst]),
                allowed=max_age_days,
            ),
            hint=message("end the period earlier, or bring newer rates"),
        )
    result: Floats = rate[at]
    return result


def has_rate(fx: Series, sessions: Dates, *, max_age_days: int = MAX_AGE_DAYS) -> Mask:
    """(T,) whether ``session_rate`` has a rate for each session: a fixing that is not too old."""
    dates, _, at = _last_fixings(fx, sessions)
    if not dates.size:
        return np.zeros(sessions.size, dtype=bool)
    result: Mask = (at >= 0) & ((sessions - dates[at]).astype(np.int64) <= max_age_days)
    return result


def _last_fixings(
    fx: Series, sessions: Dates
) -> tuple[Dates, Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Fixings by date, and where the last one on or before each session is; -1 where there is none."""
    known = np.isfinite(fx.close)
    dates = fx.dates[known]
    return dates, fx.close[known], np.searchsorted(dates, sessions, side="right") - 1
