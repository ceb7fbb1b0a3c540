"""What a tilt watches. A signal read at session t sees only what was known before t.

Each signal returns ``(n,)`` values for the n sessions ``at`` (indices into ``calendar``, all sessions there
are), NaN where the past is too short. Positive values speak for the satellite.
"""

from __future__ import annotations

import numpy as np

from .dates import Dates, Floats, Indices, months_later, sessions_on

# A quarter's record, published late, is still news; an older one is not.
FLOWS_LAST = np.timedelta64(150, "D")


def momentum(calendar: Dates, price: Floats, at: Indices, *, months: int, lag_sessions: int = 1) -> Floats:
    """Change of ``price`` (T,) over ``months``, up to the close ``lag_sessions`` before.

    The older price is the last one on or before the same day so many months earlier.
    """
    seen = at - lag_sessions
    known = np.maximum(seen, 0)
    back = months_later(calendar[known], np.array([-months]))[:, 0]
    then = np.searchsorted(calendar, back, side="right") - 1
    value: Floats = price[known] / price[np.maximum(then, 0)] - 1.0
    return np.where((seen >= 0) & (then >= 0), value, np.nan)


def moving_average(
    calendar: Dates, price: Floats, at: Indices, *, sessions: int, lag_sessions: int = 1
) -> Floats:
    """Distance of ``price`` (T,) from its mean over the last ``sessions`` closes, itself included."""
    seen = at - lag_sessions
    known = np.maximum(seen, 0)
    # Sums from the beginning up to the session: later prices cannot reach into them.
    total = np.concatenate([[0.0], np.cumsum(price)])
    mean = (total[known + 1] - total[np.maximum(known + 1 - sessions, 0)]) / sessions
    value: Floats = price[known] / mean - 1.0
    return np.where(seen >= sessions - 1, value, np.nan)


def flows(
    calendar: Dates, flow: tuple[Dates, Floats], at: Indices, *, months: int, lag_sessions: int = 5
) -> Floats:
    """Net flow of the last ``months`` as a share of all flow in them, -1 (only out) to 1 (only in).

    ``flow`` holds dates (strictly increasing, the last day of what a row covers) and money. A row is known
    ``lag_sessions`` sessions after its date; the months count back from the newest row that is known. If that
    row is more than ``FLOWS_LAST`` old, or there is none, the record has ended and there is no signal.
    """
    dates, money = flow
    if len(dates) == 0:
        return np.full(len(at), np.nan)
    known_from = sessions_on(calendar, dates) + lag_sessions
    newest = np.searchsorted(known_from, at, side="right") - 1
    last = np.maximum(newest, 0)
    since = months_later(dates[last], np.array([-months]))[:, 0]
    oldest = np.searchsorted(dates, since, side="right")
    net = np.concatenate([[0.0], np.cumsum(money)])
    gross = np.concatenate([[0.0], np.cumsum(np.abs(money))])
    size = gross[last + 1] - gross[oldest]
    fresh = calendar[at] - dates[last] <= FLOWS_LAST
    enough = (newest >= 0) & (since >= dates[0]) & (size > 0.0) & fresh
    return np.where(enough, (net[last + 1] - net[oldest]) / np.where(enough, size, 1.0), np.nan)
