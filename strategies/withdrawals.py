"""What money is taken out.

Each kind returns ``(amount, share)``, ``(T,)`` each: money, and shares of the life's value, per session. The
life's dues begin on ``start`` (datetime64[D]). The first withdrawal is due on ``first``, or one month (year)
after the first session where no date is given; the others follow a month (year) apart on the same day, those
before the life left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.contributions import floored
from strategies.dates import MONTHS, Dates, Floats, Growth, grown, months_later, sessions_on, sums_on

Withdrawn = tuple[Floats, Floats]


def fixed(
    sessions: Dates,
    start: np.datetime64,
    *,
    amount: float,
    every: str = "monthly",
    first: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """``amount`` each time."""
    at, _, _ = _due(sessions, start, first, every)
    return sums_on(len(sessions), at, np.full(len(at), amount)), np.zeros(len(sessions))


def percent(
    sessions: Dates,
    start: np.datetime64,
    *,
    rate: float,
    every: str = "yearly",
    first: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """``rate`` of the value a year; a twelfth of it each month where ``every`` is monthly."""
    at, _, _ = _due(sessions, start, first, every)
    share = sums_on(len(sessions), at, np.full(len(at), rate * MONTHS[every] / 12.0))
    return np.zeros(len(sessions)), np.minimum(share, 1.0)


def inflation_linked(
    sessions: Dates,
    start: np.datetime64,
    *,
    amount: float,
    inflation: Growth,
    every: str = "monthly",
    first: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """``amount`` × (1 + inflation)^(whole years since the first withdrawal); floored where ``whole``.

    Where ``inflation`` is a level of prices, × what it has risen by the last such anniversary.
    """
    at, years, due = _due(sessions, start, first, every)
    amounts: Floats = amount * grown(due, years, inflation)
    return sums_on(len(sessions), at, floored(amounts) if whole else amounts), np.zeros(len(sessions))


def _due(
    sessions: Dates, start: np.datetime64, first: np.datetime64 | None, every: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], np.datetime64]:
    """The sessions of the withdrawals, the whole years from the first due date to each, and that date."""
    step = MONTHS[every]
    begin = np.array([sessions[0] if first is None else first], "datetime64[D]")
    span = int((sessions[-1].astype("datetime64[M]") - begin[0].astype("datetime64[M]")).astype(np.int64))
    months = np.arange(step if first is None else 0, max(span, -1) + 1, step)
    dates = months_later(begin, months)[0]
    years = (months - months[:1]) // 12
    keep = (dates >= start) & (dates <= sessions[-1])
    return sessions_on(sessions, dates[keep]), years[keep], (dates if len(dates) else begin)[0]
