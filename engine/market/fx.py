"""The exchange rate of a session: the last fixing on or before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.market.series import Dates, Floats, Series

MAX_AGE_DAYS = 5


def session_rate(fx: Series, sessions: Dates, *, max_age_days: int = MAX_AGE_DAYS) -> Floats:
    """(T,) rate of each session: the last fixing on or before it, never one that came later.

    :raises DataError: a session lies before the first fixing, or its last fixing is older than allowed.
    """
    known = np.isfinite(fx.close)
    dates, rate = fx.dates[known], fx.close[known]
    at = np.searchsorted(dates, sessions, side="right") - 1
    if at.size and (dates.size == 0 or at.min() < 0):
        begins = f"begins on {dates[0]}" if dates.size else "is empty"
        raise DataError(
            f"{fx.symbol} ({fx.source}) {begins}: no rate for the session {sessions[at < 0][0]}",
            hint="start later, or use currency: USD",
        )
    age = (sessions - dates[at]).astype(np.int64)
    if age.size and age.max() > max_age_days:
        worst = int(np.argmax(age > max_age_days))
        raise DataError(
            f"{fx.symbol} ({fx.source}): the last fixing before the session {sessions[worst]} is of "
            f"{dates[at[worst]]}, {age[worst]} days old; {max_age_days} are allowed",
            hint="end the period earlier, or bring newer rates",
        )
    result: Floats = rate[at]
    return result


def has_rate(fx: Series, sessions: Dates, *, max_age_days: int = MAX_AGE_DAYS) -> NDArray[np.bool_]:
    """(T,) whether ``session_rate`` has a rate for each session: a fixing that is not too old."""
    dates = fx.dates[np.isfinite(fx.close)]
    at = np.searchsorted(dates, sessions, side="right") - 1
    if not dates.size:
        return np.zeros(sessions.size, dtype=bool)
    age = (sessions - dates[np.maximum(at, 0)]).astype(np.int64)
    result: NDArray[np.bool_] = (at >= 0) & (age <= max_age_days)
    return result
