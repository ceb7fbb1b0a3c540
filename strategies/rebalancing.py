"""On which sessions the weights are put right, or looked at.

Each mode returns ``(T,)`` bool for the sessions of a life. The first session is never one of them: there is
nothing to put right yet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .dates import Dates, first_sessions

Flags = NDArray[np.bool_]


def never(sessions: Dates) -> Flags:
    """No session: new money only (``none``, ``no_sell``)."""
    return np.zeros(len(sessions), np.bool_)


def calendar(sessions: Dates, *, every: str = "yearly") -> Flags:
    """The first session of each month, quarter or year."""
    flags = never(sessions)
    flags[first_sessions(sessions, every)] = True
    return flags


def band(sessions: Dates, *, check: str = "monthly") -> Flags:
    """The sessions on which the band is looked at: every one, or as ``calendar``."""
    if check != "daily":
        return calendar(sessions, every=check)
    flags = np.ones(len(sessions), np.bool_)
    flags[0] = False
    return flags
