"""How far the returns of two plans lie apart a year, and whether that can be told from chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.market.series import Floats
from engine.metrics import with_return
from engine.result import Result
from engine.studies.student import all_at_once

ENOUGH = 8  # calendar years under which no interval is given


@dataclass(frozen=True)
class YearlyDifference:
    """How much more or less one plan grew a year than another, without the effect of deposits.

    ``years``      how many full calendar years both have
    ``gap``        the difference of their time-weighted returns a year, a fraction: that of ``twr_cagr`` in
                   tables, or of the years alone where not ``is_whole``; NaN without a year
    ``low, high``  its interval of 95 %; NaN under ``ENOUGH`` years
    ``is_whole``   whether both had money on the same days, so that their ``twr_cagr`` can be compared
    """

    years: int
    gap: float
    low: float = math.nan
    high: float = math.nan
    is_whole: bool = True

    @property
    def is_judged(self) -> bool:
        """Whether there are years enough for an interval."""
        return not math.isnan(self.low)

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval leaves no difference out."""
        return self.low > 0.0 or self.high < 0.0


def yearly_difference(result: Result, first: Result, plans: int = 1) -> YearlyDifference:
    """The difference of ``result`` to ``first`` in time-weighted growth a year, and how sure that is.

    The years are separate blocks of twelve months, so nothing is counted twice; only years that both lived
    whole, with money, count. The interval is mean ± t · s / √n of the logarithms, with n − 1 degrees of freedom;
    with ``plans`` compared at once it is that of Bonferroni, so that all of them hold together in 95 of 100
    cases. The mean is that of the whole period where both had money on the same days (in whole calendar years
    the two are one number); s is that of the years. All three are told in points of the first's growth.
    """
    mine, its = _logs(result, first)
    n, whole = len(mine), with_money(result) == with_money(first)
    growth = [result.metrics.get("twr_cagr"), first.metrics.get("twr_cagr")]
    whole = whole and all(isinstance(rate, float) and rate > -1.0 for rate in growth)
    one, base = [math.log1p(float(rate or 0.0)) for rate in growth] if whole else _means(mine, its)

    def points(log: float) -> float:
        return math.exp(base) * math.expm1(log)

    if n < ENOUGH:
        return YearlyDifference(n, points(one - base), is_whole=whole)
    half = all_at_once(n - 1, plans) * float((mine - its).std(ddof=1)) / math.sqrt(n)
    return YearlyDifference(
        n, points(one - base), points(one - base - half), points(one - base + half), is_whole=whole
    )


def _means(mine: Floats, its: Floats) -> tuple[float, float]:
    return (float(mine.mean()), float(its.mean())) if len(mine) else (math.nan, math.nan)


def with_money(result: Result) -> tuple[int, str, str]:
    """How many sessions have a return, and the first and the last of them."""
    counted = result.dates[with_return(result.equity["value"], result.equity["flow"])]
    return (len(counted), str(counted[0]), str(counted[-1])) if len(counted) else (0, "", "")


def _logs(result: Result, first: Result) -> tuple[Floats, Floats]:
    """The logarithms of growth in the years of both."""
    mine, other = _full_years(result), _full_years(first)
    shared = [year for year in mine if year in other]
    return tuple(np.log1p([years[year] for year in shared]) for years in (mine, other))  # type: ignore[return-value]


def _full_years(result: Result) -> dict[int, float]:
    """Calendar year -> return of the years that were lived whole; a total loss has no logarithm."""
    years = result.years
    full = years.get("full", np.zeros(len(years["year"])))
    rows = zip(years["year"].tolist(), years["twr"].tolist(), full.tolist())
    return {int(year): twr for year, twr, whole in rows if whole and twr > -1.0}
