"""Tokyo business days: when an order placed at a session's close is traded and settled."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from engine.market.exchanges import tokyo_holidays
from engine.market.series import Dates, Ints, calendar_years
from engine.rules.tables import settlements

LONGEST = np.timedelta64(21, "D")  # three weeks hold every settlement, the longest holidays included


@cache
def _tokyo() -> np.busdaycalendar:
    return np.busdaycalendar(holidays=tokyo_holidays())


def _later(sessions: ArrayLike, days: int) -> Dates:
    """``days`` Tokyo business days after each session: strictly after it, Tokyo open that day or not.

    0: the session itself, also on a holiday of Tokyo's.
    """
    dates: Dates = np.asarray(sessions, dtype="datetime64[D]")
    if days == 0:
        return dates
    return np.busday_offset(dates, days, roll="backward", busdaycal=_tokyo())


def settlement_date(sessions: ArrayLike, kind: str) -> Dates:
    """(T,) the settlement date of orders placed at each session, for an asset kind.

    Outside the years of the holiday table every weekday counts as a business day (see ``covers``).
    """
    rule = settlements()[kind]
    return _later(sessions, rule.trade_days + rule.settlement_days)


def settlement_years(sessions: Dates, kind: str) -> Ints:
    """(T,) calendar year in which an order of each session settles: the quota year and the tax year."""
    years = calendar_years(sessions)
    late = calendar_years(sessions + LONGEST) > years  # the others' is their own, whatever the holidays
    years[late] = calendar_years(settlement_date(sessions[late], kind))
    return years


def covers(sessions: Dates) -> bool:
    """True if the holiday table spans every session and its settlement."""
    years = tokyo_holidays().astype("datetime64[Y]")
    first, last = sessions[0].astype("datetime64[Y]"), (sessions[-1] + LONGEST).astype("datetime64[Y]")
    return bool(first >= years.min() and last <= years.max())
