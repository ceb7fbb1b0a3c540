"""How near one history comes to another: of a stand-in, a model, a reconstruction, over the months both have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import DataError
from engine.market.frequency import frequency_of, is_over
from engine.market.series import Dates, Floats, Series, last_of_each, with_payouts
from engine.messages import Message, Number, Points, message

FEWEST = 24  # months
FEWEST_OF_NAV = 12
WEEK = np.timedelta64(7, "D")
# The largest drift a year and the least correlation of a model that is near its fund, or roughly so.
NEAR, ROUGHLY = (0.001, 0.98), (0.003, 0.95)


@dataclass(frozen=True)
class Grade:
    """Monthly total returns of one series against those of another.

    ``first, last``      the months compared (datetime64[M]), ``months`` of them
    ``correlation``      of the two; NaN where one of them does not move. ``r_squared`` is its square
    ``difference``       mean of the differences × 12, a fraction a year: above 0 where the series did better
    ``tracking_error``   standard deviation of the differences × √12 (ddof 1)
    ``volatility``       of the series, as a multiple of the other's
    """

    first: np.datetime64
    last: np.datetime64
    months: int
    correlation: float
    r_squared: float
    difference: float
    tracking_error: float
    volatility: float


def grade(series: Series, other: Series) -> Grade:
    """``series`` graded against ``other``; each in its own currency.

    :raises DataError: fewer than 24 months that both have.
    """
    (months, own), (theirs, known) = _monthly(series), _monthly(other)
    common, at, there = np.intersect1d(months, theirs, assume_unique=True, return_indices=True)
    if common.size < FEWEST:
        what = message(
            "{symbol} and {other} share {n} months; {least} are needed",
            symbol=series.symbol,
            other=other.symbol,
            n=int(common.size),
            least=FEWEST,
        )
        raise DataError(what)
    x, y = own[at], known[there]
    gap, spread = x - y, np.std(y, ddof=1)
    moves = np.std(x) > 0 and np.std(y) > 0
    correlation = float(np.corrcoef(x, y)[0, 1]) if moves else np.nan
    return Grade(
        common[0],
        common[-1],
        int(common.size),
        correlation,
        correlation**2,
        float(gap.mean() * 12),
        float(np.std(gap, ddof=1) * np.sqrt(12)),
        float(np.std(x, ddof=1) / spread) if spread > 0 else np.nan,
    )


def overlap(series: Series, other: Series) -> Message:
    """How near ``series``, which stands in for ``other``, comes to it over the months that both have."""
    try:
        found = grade(series, other)
    except DataError:
        return message("fewer than {least} months in common: not graded", least=FEWEST)
    return message(
        "over {months} months that both have, correlation {correlation}, {points} a year, volatility × "
        "{volatility}",
        months=found.months,
        correlation=Number(found.correlation, 3),
        points=Points(found.difference),
        volatility=Number(found.volatility, 2),
    )


def _monthly(series: Series) -> tuple[Dates, Floats]:
    """Months (datetime64[M], (n,)) and total returns (n,) from the last value of one month to that of the next."""
    level = series.adj_close
    if not np.isfinite(level).any():
        level = with_payouts(series.close, series.dividend)
    known = np.isfinite(level)
    days, level = series.dates[known], level[known]
    months = days.astype("datetime64[M]")
    # A month that still goes on has no return.
    whole = [is_over(day, frequency_of(days)) for day in days[-1:]]
    last = np.append(months[1:] != months[:-1], whole)
    months, level = months[last], level[last]
    steps = np.diff(months).astype(int) == 1  # a month without a value has no return, nor has the next
    return months[1:][steps], (level[1:] / level[:-1] - 1.0)[steps]


@dataclass(frozen=True)
class NavGrade:
    """A model's months against the published ones of its fund, at the days of the publication.

    ``first, last``   the first and the last day compared (datetime64[D]), ``months`` steps between them
    ``correlation``   of the monthly returns; NaN where one of them does not move
    ``drift``         by how much the model grew faster a year, a fraction: below 0 where it fell behind
    ``volatility``    of the model, as a multiple of the fund's
    ``furthest``      the largest difference of a month's returns, model less fund, in the month ``at``
    """

    first: np.datetime64
    last: np.datetime64
    months: int
    correlation: float
    drift: float
    volatility: float
    furthest: float
    at: np.datetime64

    @property
    def verdict(self) -> str:
        """``near``, ``roughly`` or ``apart``, by ``NEAR`` and ``ROUGHLY``: drift at most, correlation at least."""
        for name, (drift, correlation) in (("near", NEAR), ("roughly", ROUGHLY)):
            if abs(self.drift) <= drift and self.correlation >= correlation:
                return name
        return "apart"


def grade_nav(model: Series, nav: Series) -> NavGrade:
    """A modelled fund against published values, month by month: each month's last published day.

    The model's value of a day is its last one on or before that day. A fund's distributions are in
    ``adj_close`` where the file has it; else its closes count as they are.

    :raises DataError: fewer than 12 months in common.
    """
    level = nav.adj_close if np.isfinite(nav.adj_close).any() else nav.close
    known = np.isfinite(level) & (nav.dates >= model.dates[0]) & (nav.dates <= model.dates[-1] + WEEK)
    days, level = nav.dates[known], level[known]
    months = days.astype("datetime64[M]")
    ends = last_of_each(months)[: days.size]
    days, level = days[ends], level[ends]
    if days.size <= FEWEST_OF_NAV:
        what = message(
            "{symbol} and {other} share {n} months; {least} are needed",
            symbol=model.symbol,
            other=nav.source.removeprefix("csv:"),
            n=max(int(days.size) - 1, 0),
            least=FEWEST_OF_NAV,
        )
        raise DataError(what)
    made = model.close[np.searchsorted(model.dates, days, side="right") - 1]
    ours, theirs = np.diff(made) / made[:-1], np.diff(level) / level[:-1]
    years = float((days[-1] - days[0]).astype(np.int64)) / 365.25
    apart = ours - theirs
    k = int(np.argmax(np.abs(apart)))
    moves = np.std(ours) > 0 and np.std(theirs) > 0
    return NavGrade(
        days[0],
        days[-1],
        int(days.size) - 1,
        float(np.corrcoef(ours, theirs)[0, 1]) if moves else np.nan,
        float((made[-1] / made[0] * level[0] / level[-1]) ** (1.0 / years) - 1.0),
        float(np.std(ours, ddof=1) / np.std(theirs, ddof=1)) if moves else np.nan,
        float(apart[k]),
        days[k + 1].astype("datetime64[M]"),
    )
