"""What money arrives, and when it is released for investing.

Each kind of contribution is a function of the life's ``sessions`` (T,) and of ``start`` (datetime64[D]), from
which on something may fall due: the first session, or a holiday just before it. It returns due dates and
amounts, ``(n,)`` each; ``deposits`` and ``releases`` turn those into arrays over the sessions. With ``whole``
amounts are floored to whole units of the currency (yen).

Growth is one step each anniversary of the first due date: the k-th twelve months bring (1 + growth)^k times
the first amount, or as many times as much as the prices have risen that are known on those days. Paired lives
that begin in different months thus bring the same money in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .dates import (
    ONE_DAY,
    Dates,
    Floats,
    Growth,
    due_dates,
    grown,
    months_later,
    sessions_on,
    sums_on,
)

Arrivals = tuple[Dates, Floats]


def lump_sum(sessions: Dates, start: np.datetime64, *, amount: float, whole: bool = False) -> Arrivals:
    """One amount on the first session."""
    return sessions[:1], floored(np.array([amount])) if whole else np.array([amount])


def monthly(
    sessions: Dates,
    start: np.datetime64,
    *,
    amount: float,
    day: int = 1,
    growth: Growth = 0.0,
    bonus: Mapping[str, Any] | None = None,
    initial: float = 0.0,
    whole: bool = False,
) -> Arrivals:
    """``amount`` on the ``day`` of every month, ``bonus["amount"]`` more in ``bonus["months"]`` (1 to 12)."""
    dates = due_dates(start, sessions[-1], day)
    amounts = np.full(len(dates), amount, np.float64)
    if bonus is not None:
        month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
        amounts[np.isin(month, np.asarray(bonus["months"]))] += bonus["amount"]
    return _with_initial(sessions, initial, dates, _grown(dates, amounts, growth, whole))


def annual(
    sessions: Dates,
    start: np.datetime64,
    *,
    amount: float,
    month: int = 1,
    day: int = 1,
    growth: Growth = 0.0,
    initial: float = 0.0,
    whole: bool = False,
) -> Arrivals:
    """``amount`` on one day of every year."""
    dates = due_dates(start, sessions[-1], day, every=12, month=month)
    amounts = np.full(len(dates), amount, np.float64)
    return _with_initial(sessions, initial, dates, _grown(dates, amounts, growth, whole))


def fill_quota(
    sessions: Dates,
    start: np.datetime64,
    *,
    parts: Callable[[Sequence[int]], Sequence[float]],
    every: str = "yearly",
    day: int = 1,
    whole: bool = True,
) -> Arrivals:
    """What fills a lifetime limit over the years.

    ``parts`` says what comes in each of some calendar years, the first of which is that of the first due date;
    nothing comes after the years it knows. A year's part comes on the first due date in it, or where
    ``every`` is monthly in equal parts on all of them (the last with the remainder). A ``day`` late in
    December settles next year: purchases of that day use next year's limit.
    """
    # To the end of the last calendar year, so that a year's parts do not depend on where the data end.
    year_end = sessions[-1].astype("datetime64[Y]") + np.timedelta64(1, "Y")
    dates = due_dates(start, year_end.astype("datetime64[D]") - ONE_DAY, day)
    calendar = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    years, first, year, count = np.unique(
        calendar, return_index=True, return_inverse=True, return_counts=True
    )
    yearly = np.zeros(len(years))
    known = parts(years.tolist()) if len(years) else []
    yearly[: len(known)] = known
    if every == "yearly":
        dates, amounts = dates[first], yearly
    else:
        each = np.floor(yearly / count) if whole else yearly / count
        amounts = each[year]
        amounts[first + count - 1] = yearly - each * (count - 1)
    due = (amounts > 0.0) & (dates <= sessions[-1])
    return dates[due], amounts[due]


def schedule(
    sessions: Dates,
    start: np.datetime64,
    *,
    entries: Sequence[Mapping[str, Any]],
    whole: bool = False,
) -> Arrivals:
    """Amounts on dates of their own; those outside the life stay away."""
    dates = np.array([entry["date"] for entry in entries], "datetime64[D]")
    amounts = np.array([entry["amount"] for entry in entries], np.float64)
    keep = (dates >= start) & (dates <= sessions[-1])
    return dates[keep], floored(amounts[keep]) if whole else amounts[keep]


def income(
    sessions: Dates,
    start: np.datetime64,
    *,
    amount: float,
    every: str = "monthly",
    day: int = 1,
    month: int = 1,
    growth: Growth = 0.0,
    whole: bool = False,
) -> Arrivals:
    """``amount`` each month, each even month, or each year in ``month``."""
    months, begins = {"monthly": (1, 0), "even_months": (2, 2), "yearly": (12, month)}[every]
    dates = due_dates(start, sessions[-1], day, every=months, month=begins)
    return dates, _grown(dates, np.full(len(dates), amount, np.float64), growth, whole)


def none(sessions: Dates, start: np.datetime64, *, whole: bool = False) -> Arrivals:
    """Nothing: what is owned already is all there is."""
    return sessions[:0], np.zeros(0)


def deposits(sessions: Dates, arrivals: Arrivals) -> Floats:
    """(T,) money that arrives on each session; what is due after the last session never arrives."""
    dates, amounts = arrivals
    return _on_sessions(sessions, dates, amounts)


def releases(sessions: Dates, arrivals: Arrivals, spread_months: int, whole: bool) -> Floats:
    """(T,) money released for investing: each arrival in equal parts, a month apart, the first at once.

    Whole parts are floored, the last part brings the remainder. A part due after the last session stays
    uninvested.
    """
    dates, amounts = arrivals
    if spread_months == 1:
        return _on_sessions(sessions, dates, amounts)
    arrived = sessions_on(sessions, dates) < len(sessions)
    return _on_sessions(sessions, *parts_due(dates[arrived], amounts[arrived], spread_months, whole))


def parts_due(dates: Dates, amounts: Floats, spread_months: int, whole: bool) -> Arrivals:
    """When each equal monthly part of (n,) arrivals is due for investing, and the parts; (n parts,) each."""
    due = months_later(dates, np.arange(spread_months))
    return due.ravel(), split(amounts, spread_months, whole).ravel()


def split(amounts: Floats, parts: int, whole: bool) -> Floats:
    """(n, parts) of (n,) amounts: equal parts, floored where ``whole``, the last one with the remainder."""
    each = np.floor(amounts / parts) if whole else amounts / parts
    table = np.repeat(each[:, None], parts, axis=1)
    table[:, -1] = amounts - each * (parts - 1)
    return table


def _on_sessions(sessions: Dates, dates: Dates, amounts: Floats) -> Floats:
    return sums_on(len(sessions) + 1, sessions_on(sessions, dates), amounts)[:-1]


def _grown(dates: Dates, amounts: Floats, growth: Growth, whole: bool) -> Floats:
    if growth != 0.0 and len(dates):
        month = dates.astype("datetime64[M]").astype(np.int64)
        amounts = amounts * grown(dates[0], (month - month[0]) // 12, growth)
    return floored(amounts) if whole else amounts


def floored(amounts: Floats) -> Floats:
    """Whole units; a power that ends a hair below a whole unit is that unit."""
    return np.floor(amounts + 1e-7)


def _with_initial(sessions: Dates, initial: float, dates: Dates, amounts: Floats) -> Arrivals:
    if initial > 0.0:
        return np.concatenate([sessions[:1], dates]), np.concatenate([[initial], amounts])
    return dates, amounts
