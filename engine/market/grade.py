"""How near one history comes to another: of a stand-in, a model, a reconstruction, over the months both have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import DataError
from engine.market.frequency import frequency_of, is_over
from engine.market.series import Dates, Floats, Series, with_payouts
from engine.messages import message

FEWEST = 24  # months


@dataclass(frozen=True)
class Grade:
    """Monthly total returns of one series against those of another.

    ``first, last``      the months compared (datetime64[M]), ``months`` of them
    ``r_squared``        the square of the correlation; NaN where one of them does not move
    ``difference``       mean of the differences × 12, a fraction a year: above 0 where the series did better
    ``tracking_error``   standard deviation of the differences × √12 (ddof 1)
    ``volatility``       of the series, as a multiple of the other's
    """

    first: np.datetime64
    last: np.datetime64
    months: int
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
    return Grade(
        common[0],
        common[-1],
        int(common.size),
        float(np.corrcoef(x, y)[0, 1] ** 2) if moves else np.nan,
        float(gap.mean() * 12),
        float(np.std(gap, ddof=1) * np.sqrt(12)),
        float(np.std(x, ddof=1) / spread) if spread > 0 else np.nan,
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
