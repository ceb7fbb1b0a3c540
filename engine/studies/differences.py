"""How far the returns of two plans lie apart a year, and whether that can be told from chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.result import Result
from engine.studies.student import all_at_once

ENOUGH = 8  # calendar years under which no interval is given


@dataclass(frozen=True)
class YearlyDifference:
    """The mean yearly growth of one plan relative to another, over the full calendar years of both.

    ``years``      how many those are
    ``mean``       a fraction a year: exp of the mean of ln((1 + r) / (1 + r of the other)), less 1;
                   NaN without a year
    ``low, high``  its interval of 95 %; NaN under ``ENOUGH`` years
    """

    years: int
    mean: float
    low: float = math.nan
    high: float = math.nan

    @property
    def is_judged(self) -> bool:
        """Whether there are years enough for an interval."""
        return not math.isnan(self.low)

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval leaves no difference out."""
        return self.low > 0.0 or self.high < 0.0


def yearly_difference(result: Result, first: Result, plans: int = 1) -> YearlyDifference:
    """The difference of ``result`` to ``first`` from their time-weighted returns in calendar years.

    Years are separate blocks of twelve months, so nothing is counted twice; only years that both lived whole,
    with money, count. The interval is mean ± t · s / √n of the logarithms, with n − 1 degrees of freedom; with
    ``plans`` compared at once it is that of Bonferroni, so that all of them hold together in 95 of 100 cases.
    """
    logs = _logs(result, first)
    n = len(logs)
    mean = float(logs.mean()) if n else math.nan
    if n < ENOUGH:
        return YearlyDifference(n, math.expm1(mean))
    half = all_at_once(n - 1, plans) * float(logs.std(ddof=1)) / math.sqrt(n)
    return YearlyDifference(n, math.expm1(mean), math.expm1(mean - half), math.expm1(mean + half))


def _logs(result: Result, first: Result) -> NDArray[np.float64]:
    mine, other = _full_years(result), _full_years(first)
    shared = [(mine[year], other[year]) for year in mine if year in other]
    return np.array([math.log1p(one) - math.log1p(two) for one, two in shared])


def _full_years(result: Result) -> dict[int, float]:
    """Calendar year -> return of the years that were lived whole; a total loss has no logarithm."""
    years = result.years
    full = years.get("full", np.zeros(len(years["year"])))
    rows = zip(years["year"].tolist(), years["twr"].tolist(), full.tolist())
    return {int(year): twr for year, twr, whole in rows if whole and twr > -1.0}
