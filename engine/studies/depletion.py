"""Money that runs out in a study: how often, when, and what was then not paid.

Every simulation counts, whether or not its money lasted. Where the windows of history overlap, the interval is
that of as many windows as share no day: the others repeat what these know.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.config import Config
from engine.market.series import Floats
from engine.metrics import DAYS_A_YEAR

WEEK = 7 / DAYS_A_YEAR  # of a year, that windows of monthly prices may be longer than their years
Z = 1.959963984540054  # two-sided 95 % of the normal distribution

# What of ``RanOut`` is a column of files and frames: the column, and the field.
DRY_COLUMNS = {
    "ran_out": "share",
    "ran_out_low": "low",
    "ran_out_high": "high",
    "years_lasted_median": "years",
    "years_lasted_shortest": "shortest",
    "years_lasted_p10": "early",
    "years_lasted_p90": "late",
    "unpaid_median": "unpaid",
}


@dataclass(frozen=True)
class RanOut:
    """How often the money of a plan ran out, in how many ``simulations``, and the ``count`` of those.

    ``low``, ``high``  the 95 % interval of the share (Wilson), by the ``independent`` simulations
    ``years``, ``shortest``  how long it lasted where it ran out: the median and the least, NaN where it never did
    ``unpaid``         what was to be taken out and was not paid, the median of those
    ``early``, ``late``  how long it lasted where it ran out: eight of ten lie between
    ``survival``       the share of all whose money had not run out after 0, 1, 2, … years
    """

    simulations: int
    count: int
    independent: int
    low: float
    high: float
    years: float
    shortest: float
    unpaid: float
    early: float = math.nan
    late: float = math.nan
    survival: tuple[float, ...] = ()

    @property
    def by_year(self) -> Floats:
        """(Y,) the share of all simulations whose money ran out in the first, the second, … year."""
        return -np.diff(np.array(self.survival))

    @property
    def share(self) -> float:
        """Of all simulations."""
        return self.count / self.simulations

    def plain(self) -> dict[str, Any]:
        """Everything by name for programs; what does not exist is None."""
        told = {"share": self.share, **asdict(self)}
        return {key: None if value != value else value for key, value in told.items()}


def takes_out(configs: Iterable[Config]) -> bool:
    """Whether any of some plans takes money out, so that it may run out."""
    return any(config.strategy.takes_out for config in configs)


def wilson(share: Floats | float, count: Floats | float) -> tuple[Floats, Floats]:
    """The 95 % interval of a share of ``count`` independent simulations.

    Score interval of Wilson, "Probable inference, the law of succession, and statistical inference", JASA, 1927:
    it stays within 0 and 1, and has a width where the share is 0.
    """
    p, n = np.asarray(share, np.float64), np.asarray(count, np.float64)
    middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n)
    half = Z / (1.0 + Z * Z / n) * np.sqrt(p * (1.0 - p) / n + Z * Z / (4.0 * n * n))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def ran_out(lasted: Floats, unpaid: Floats, independent: int, years: int = 0) -> RanOut:
    """Of n simulations ``lasted`` (n,) years, NaN where the money never ran out, and what was ``unpaid`` (n,).

    ``years``: how many whole years each of them is long.
    """
    dry, ends = np.isfinite(lasted), np.arange(years + 1.0)
    ends[-1] += WEEK if years else 0.0
    early, late = np.quantile(lasted[dry], [0.1, 0.9]).tolist() if dry.any() else (math.nan, math.nan)
    low, high = wilson(float(dry.mean()), independent)
    return RanOut(
        simulations=len(lasted),
        count=int(dry.sum()),
        independent=independent,
        low=float(low),
        high=float(high),
        years=float(np.median(lasted[dry])) if dry.any() else math.nan,
        shortest=float(lasted[dry].min()) if dry.any() else math.nan,
        unpaid=float(np.median(unpaid[dry])) if dry.any() else math.nan,
        early=early,
        late=late,
        survival=tuple(survival(lasted, ends).tolist()),
    )


def survival(lasted: Floats, years: Floats) -> Floats:
    """(Y,) share of simulations whose money had not run out after so many ``years`` (Y,)."""
    dry = np.sort(lasted[np.isfinite(lasted)])
    return 1.0 - np.searchsorted(dry, years, side="right") / len(lasted)
