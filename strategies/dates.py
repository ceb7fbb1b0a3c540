"""Due dates and the sessions they fall on.

Dates are ``datetime64[D]``, sessions strictly increasing. A date that is no session belongs to the next one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
# A rate a year, or (n,) months -> the level of prices that is known in each.
Growth = float | Callable[[Dates], Floats]

MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
ONE_DAY, ONE_MONTH = np.timedelta64(1, "D"), np.timedelta64(1, "M")


def day_of_months(months: Dates, day: int | NDArray[np.int64]) -> Dates:
    """The ``day`` of each of ``months`` (datetime64[M]), or its last day where it has fewer days."""
    first = months.astype("datetime64[D]")
    length = ((months + ONE_MONTH).astype("datetime64[D]") - first).astype(np.int64)
    dates: Dates = first + (np.minimum(day, length) - 1).astype("timedelta64[D]")
    return dates


def due_dates(start: np.datetime64, end: np.datetime64, day: int, *, every: int = 1, month: int = 0) -> Dates:
    """The ``day`` of every ``every``-th month, from ``start`` to ``end``, both included.

    Counted from the month of ``start``, or from the calendar month ``month`` (1 to 12) where one is given.
    """
    first = start.astype("datetime64[M]").astype(np.int64)
    if month:
        first = first - first % 12 + month - 1
    last = end.astype("datetime64[M]").astype(np.int64)
    dates = day_of_months(np.arange(first, last + 1, every).astype("datetime64[M]"), day)
    return dates[(dates >= start) & (dates <= end)]


def months_later(dates: Dates, months: Indices) -> Dates:
    """(n, k) each of n ``dates`` moved by each of k ``months``; without such a day the month's last."""
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64) + 1
    later: Dates = month[:, None] + months[None, :].astype("timedelta64[M]")
    return day_of_months(later, day[:, None])


def sessions_on(sessions: Dates, dates: Dates) -> Indices:
    """The session of each date: itself or the next one; ``len(sessions)`` where the calendar ends before."""
    return np.searchsorted(sessions, dates, side="left")


def first_sessions(sessions: Dates, every: str) -> Indices:
    """The first session of each month, quarter or year after the one of the first session."""
    step = MONTHS[every]
    first = sessions[0].astype("datetime64[M]").astype(np.int64)
    last = sessions[-1].astype("datetime64[M]").astype(np.int64)
    begins = np.arange(first - first % step + step, last + 1, step).astype("datetime64[M]")
    found = sessions_on(sessions, begins.astype("datetime64[D]"))
    once: Indices = found[np.diff(found, append=-1) != 0]  # a period without sessions shares the next one's
    return once


def sums_on(length: int, at: Indices, amounts: Floats) -> Floats:
    """(length,) the sum of the ``amounts`` that fall ``at`` each place."""
    return np.bincount(at, weights=amounts, minlength=length).astype(np.float64, copy=False)


def grown(first: np.datetime64, years: Indices, growth: Growth) -> Floats:
    """(n,) what an amount is multiplied with after whole ``years`` (n,) from the month of ``first`` on.

    Of no years nothing is asked: ``first`` may lie where prices are not known yet.
    """
    if not callable(growth):
        return np.power(1.0 + growth, years)
    if not len(years):
        return np.ones(0)
    months = first.astype("datetime64[M]") + 12 * np.append(0, years)
    level = growth(months)
    risen: Floats = level[1:] / level[0]
    return risen
