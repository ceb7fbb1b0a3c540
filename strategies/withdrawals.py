"""What money is taken out.

Each kind returns ``(amount, share)``, ``(T,)`` each: money, and shares of the life's value, per session; the kinds
with a year's amount that is decided on the way return ``(part, growth)`` instead, parts of that amount and what
last year's grows by where it is decided. The life's dues begin on ``start`` (datetime64[D]). The first withdrawal
is due on ``first``, or one month (year) after the first session where no date is given; the others follow a month
(year) apart on the same day, none after ``until``, those before the life left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .contributions import floored
from .dates import MONTHS, Dates, Floats, Growth, grown, months_later, sessions_on, sums_on

Withdrawn = tuple[Floats, Floats]


def fixed(
    sessions: Dates,
    start: np.datetime64,
    *,
    amount: float,
    every: str = "monthly",
    first: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """``amount`` each time."""
    at, _ = _due(sessions, start, first, every, until)
    return sums_on(len(sessions), at, np.full(len(at), amount)), np.zeros(len(sessions))


def percent(
    sessions: Dates,
    start: np.datetime64,
    *,
    rate: float,
    every: str = "yearly",
    first: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """``rate`` of the value a year; a twelfth of it each month where ``every`` is monthly."""
    at, _ = _due(sessions, start, first, every, until)
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
    until: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """``amount`` × (1 + inflation)^(whole years since the first withdrawal); floored where ``whole``.

    Where ``inflation`` is a level of prices, × what it has risen by the last such anniversary.
    """
    at, number = _due(sessions, start, first, every, until)
    years = number * MONTHS[every] // 12
    amounts: Floats = amount * grown(_first_due(sessions, first, every), years, inflation)
    return sums_on(len(sessions), at, floored(amounts) if whole else amounts), np.zeros(len(sessions))


def over_years(
    sessions: Dates,
    start: np.datetime64,
    *,
    years: int | None = None,
    every: str = "monthly",
    first: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """The value over the payments that are left, the last of them all of it."""
    return annuity(sessions, start, rate=0.0, years=years, every=every, first=first, until=until)


def annuity(
    sessions: Dates,
    start: np.datetime64,
    *,
    rate: float,
    years: int | None = None,
    every: str = "monthly",
    first: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
    whole: bool = False,
) -> Withdrawn:
    """What would be paid evenly from now on, to the last payment, if the value earned ``rate`` a year.

    The payment of an annuity due, r / ((1 + r) - (1 + r)^(1 - m)) of the value with m payments left: each is paid
    at the beginning of its period, and the last one takes everything.
    """
    at, number = _due(sessions, start, first, every, until)
    left = _payments(sessions, first, every, years, until) - number
    at, left = at[left > 0], left[left > 0].astype(np.float64)
    r = (1.0 + rate) ** (MONTHS[every] / 12.0) - 1.0
    share = 1.0 / left if r == 0.0 else r / ((1.0 + r) - np.power(1.0 + r, 1.0 - left))
    remains = np.ones(len(sessions))
    np.multiply.at(remains, at, 1.0 - np.minimum(share, 1.0))
    return np.zeros(len(sessions)), 1.0 - remains


def by_the_year(
    sessions: Dates,
    start: np.datetime64,
    *,
    inflation: Growth,
    every: str = "monthly",
    first: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
) -> Withdrawn:
    """Parts of a year's amount, and what last year's grows by where a year of payments begins: 0 elsewhere."""
    at, number = _due(sessions, start, first, every, until)
    step = MONTHS[every]
    part = sums_on(len(sessions), at, np.full(len(at), step / 12.0))
    begins = number * step % 12 == 0
    years = number[begins] * step // 12
    due = _first_due(sessions, first, every)
    before = np.maximum(years - 1, 0)
    factor = np.zeros(len(sessions))
    factor[at[begins]] = 1.0
    np.multiply.at(factor, at[begins], grown(due, years, inflation) / grown(due, before, inflation))
    return part, factor


def _due(
    sessions: Dates,
    start: np.datetime64,
    first: np.datetime64 | None,
    every: str,
    until: np.datetime64 | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sessions of the withdrawals, and how many fell due before each."""
    last = sessions[-1] if until is None else min(sessions[-1], until)
    dates, number = _dates(sessions, first, every, last)
    keep = dates >= start
    return sessions_on(sessions, dates[keep]), number[keep]


def _payments(
    sessions: Dates, first: np.datetime64 | None, every: str, years: int | None, until: np.datetime64 | None
) -> int:
    """How many payments there are in all: those of so many years, or up to a day."""
    if years is not None:
        return years * 12 // MONTHS[every]
    assert until is not None, "payments end some day"
    return len(_dates(sessions, first, every, until)[0])


def _first_due(sessions: Dates, first: np.datetime64 | None, every: str) -> np.datetime64:
    """The first due date, whether or not the life has begun by then."""
    if first is not None:
        return first
    due: np.datetime64 = months_later(sessions[:1], np.array([MONTHS[every]]))[0, 0]
    return due


def _dates(
    sessions: Dates, first: np.datetime64 | None, every: str, last: np.datetime64
) -> tuple[Dates, NDArray[np.int64]]:
    """The due dates up to ``last``, before the life's first session too, and how many were before each."""
    step = MONTHS[every]
    begin = np.array([sessions[0] if first is None else first], "datetime64[D]")
    span = int((last.astype("datetime64[M]") - begin[0].astype("datetime64[M]")).astype(np.int64))
    months = np.arange(step if first is None else 0, max(span, -1) + 1, step)
    dates = months_later(begin, months)[0]
    keep = dates <= last
    return dates[keep], np.arange(len(months))[keep]
