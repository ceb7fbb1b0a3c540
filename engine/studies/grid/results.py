"""What studies come to: frozen values, and their columns for files and frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.locale import OwnText
from engine.studies.grid.chunk_store import axis_columns
from engine.studies.grid.documents import Objective
from engine.studies.grid.paired import UNKNOWN, PairedDifference
from engine.studies.grid.statistics import MEASURES, STATISTICS, Place
from engine.studies.grid.study import Plan, StudyResult
from engine.studies.grid.tuning import Tuning

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
RANKED = 50  # points of a ranking, outside ranking.csv
# Of a windows study; those of a sweep are its summary's.
OUTCOMES = ("value_to_contributed", "xirr", "final_value", "liquidation_value", "max_drawdown")


class Ranked(NamedTuple):
    """A place of a ranking: the point and horizon, and the objective there."""

    place: Place
    objective: float


@dataclass(frozen=True, eq=False)
class SweepResult(StudyResult):
    """A sweep. ``objective`` and ``tuning`` are there together, or neither is."""

    objective: Objective | None
    tuning: Tuning | None

    @property
    def ranking(self) -> tuple[Ranked, ...]:
        """The best points first, on the objective's horizon; () without an objective."""
        tuning, plan = self.tuning, self.plan
        if tuning is None or self.objective is None:
            return ()
        horizon = (tuning.horizon,) if plan.grid.horizons else ()
        return tuple(
            Ranked((*plan.points.places[point].tolist(), *horizon), score)
            for point in tuning.order[:RANKED].tolist()
            if np.isfinite(score := float(tuning.scores[point]) * self.objective.sign)
        )

    @property
    def confidence_set(self) -> NDArray[np.bool_]:
        """(n1, …, nN) the points that cannot be told from the best; none on horizons but the objective's."""
        shape = self.summary.windows.shape
        found = np.zeros((self.plan.points.count, max(1, len(self.plan.grid.horizons))), np.bool_)
        if self.tuning is not None:
            found[:, self.tuning.horizon] = self.tuning.confidence_set
        return found.reshape(shape)

    def frame(self) -> pd.DataFrame:
        """The summary as a pandas frame: a row a point and horizon. ``study.frame()`` has every row."""
        import pandas as pd

        return pd.DataFrame(summary_columns(self))


class Flows(Enum):
    """What two strategies are paid in, and are to take out, in the windows of a horizon.

    ``SAME`` money on the same days, ``TIMES`` the same amounts on other days, ``AMOUNTS`` other amounts in any
    window: final values then do not say which of the two did better.
    """

    SAME = "same"
    TIMES = "times"
    AMOUNTS = "amounts"


@dataclass(frozen=True)
class Paired:
    """A strategy against the first one on the same windows of one horizon.

    ``better``  share of windows in which it ended higher, ``same`` as high, to a part in a million
    ``ratio``   median of its final value (or that after tax) over the first one's, less 1; ``low`` and ``high``
                5 and 95 %; of the ``compared`` windows in which the first one had anything left, or both had
                nothing (0)
    ``difference``  the mean of that with its interval, see ``engine.studies.grid.tuning.paired_differences``
    ``rate``    mean difference of XIRR over the windows in which both have one, NaN where none has
    ``rate_better``, ``rate_median``  share of these in which it was higher, and the median difference
    ``rate_difference``  the mean with its interval; ``rated`` how many these are
    ``money``   whether both are paid in and take out the same, see :class:`Flows`
    """

    strategy: int
    horizon: int
    windows: int
    better: float
    same: float
    ratio: float
    compared: int
    low: float
    high: float
    difference: PairedDifference
    rate: float
    rate_better: float = math.nan
    rate_median: float = math.nan
    rate_difference: PairedDifference = UNKNOWN
    rated: int = 0
    money: Flows = Flows.SAME

    @property
    def told(self) -> PairedDifference:
        """What the two are compared by: final values, or the rates where the amounts differ."""
        return self.rate_difference if self.money is Flows.AMOUNTS else self.difference


@dataclass(frozen=True, eq=False)
class WindowsResult(StudyResult):
    """Strategies on the same windows: S strategies, H horizons, W starts. The axes of its summary are (S, H).

    ``reference``  a known design that this one follows
    ``starts``     (W,) months, the start grid; ``outcome`` measure -> (S, H, W), NaN where no window fits;
                   also what was ``contributed``, ``withdrawn`` and ``unpaid``, and ``years_lasted``
    ``pairs``      each strategy against the first; ``findings`` say the same in words
    ``by``         the measure that they are compared by
    """

    reference: OwnText
    starts: NDArray[np.datetime64]
    outcome: Mapping[str, Floats]
    pairs: tuple[Paired, ...]
    by: str = "final_value"

    @property
    def names(self) -> tuple[str, ...]:
        """S names of the strategies, as files have them."""
        return self.plan.points.axes[0].values

    @property
    def horizons(self) -> tuple[int, ...]:
        """H lengths in years."""
        return self.plan.grid.horizons

    @property
    def measures(self) -> tuple[str, ...]:
        """What at least one window has; what is compared after tax is looked at first."""
        known = [name for name in OUTCOMES if np.isfinite(self.outcome[name]).any()]
        return tuple(sorted(known, key=lambda name: name != self.by)) if self.after_tax else tuple(known)

    @property
    def after_tax(self) -> bool:
        """Whether strategies are compared by what is left after everything is sold and taxed."""
        return self.by == "liquidation_value"

    @property
    def told_horizon(self) -> int:
        """The number of the horizon that the study's answer is taken from.

        The longest of which every pair's interval says something (``PairedDifference.is_told``; of a strategy
        alone: of which two windows do not overlap); where none does, that with most windows which do not
        overlap, of these the longest. Only horizons in which every strategy has time to invest all its money,
        if there are such. Where money is taken out, that over which some strategy's ran out most often.
        """
        if self.summary.ran_out.size:
            shares = [max(item.share for item in own) for own in self.summary.ran_out.T]
            return max(range(len(shares)), key=lambda h: (shares[h], self.horizons[h]))
        longest = max(
            self.plan.points.config(n).strategy.deploy.spread_months for n in range(len(self.names))
        )
        every = range(len(self.horizons))
        held = [h for h in every if 12 * self.horizons[h] >= longest] or [*every]
        independent = self.summary.columns["independent"][0]
        told = {h: all(p.told.is_told for p in self.pairs if p.horizon == h) for h in held}
        good = [h for h in held if told[h] and independent[h] > 1]
        if good:
            return max(good, key=lambda h: self.horizons[h])
        return max(held, key=lambda h: (independent[h], self.horizons[h]))


def ranking_columns(result: SweepResult, tuning: Tuning) -> Columns:
    """All points on the objective's horizon, best first, with their summary; ``plateau`` 1 or 0."""
    columns = summary_columns(result)
    rows = tuning.order * max(1, len(result.plan.grid.horizons)) + tuning.horizon
    ranked: Columns = {
        "place": np.arange(1, len(rows) + 1),
        "plateau": tuning.confidence_set[tuning.order].astype(np.int64),
    }
    return ranked | {name: values[rows] for name, values in columns.items()}


def summary_columns(result: SweepResult) -> Columns:
    """A row a point and horizon: axes, the summary's columns, and every statistic of every measure."""
    plan, summary = result.plan, result.summary
    columns = _where(plan)
    columns |= {name: values.ravel() for name, values in summary.columns.items()}
    for m, measure in enumerate(MEASURES):
        for s, statistic in enumerate(STATISTICS):
            columns[f"{measure}_{statistic}"] = summary.values[m, s].ravel()
        if (summary.known[m] < summary.windows).any():
            columns[f"{measure}_known"] = summary.known[m].ravel()
    return columns


def paired_columns(result: WindowsResult) -> Columns:
    """A row a strategy but the first, and horizon."""
    pairs = result.pairs
    columns: Columns = {
        "strategy": np.array([result.names[pair.strategy] for pair in pairs], dtype=str),
        "against": np.array([result.names[0]] * len(pairs), dtype=str),
        "horizon": np.array([result.horizons[pair.horizon] for pair in pairs], np.int64),
    }
    for name in ("windows", "compared"):
        columns[name] = np.array([getattr(pair, name) for pair in pairs], np.int64)
    for name in ("better", "same", "ratio", "low", "high"):
        columns[name] = np.array([getattr(pair, name) for pair in pairs], np.float64)
    columns["mean"] = np.array([pair.difference.mean for pair in pairs], np.float64)
    half_width = np.array([pair.difference.half_width for pair in pairs], np.float64)
    columns["half_width"] = np.where(np.isfinite(half_width), half_width, np.nan)  # unknown, not unbounded
    columns["independent"] = np.array([pair.difference.independent for pair in pairs], np.int64)
    columns["xirr_difference"] = np.array([pair.rate for pair in pairs], np.float64)
    return columns


def survival_columns(result: StudyResult) -> Columns:
    """A row a point, horizon and year: axes, ``year``, which share still has money then, and ran out in it."""
    every = [*result.summary.ran_out.flat]
    length = np.array([len(item.survival) for item in every], np.int64)
    own = {name: np.repeat(values, length) for name, values in _where(result.plan).items()}
    return own | {
        "year": np.concatenate([np.arange(count) for count in length]),
        "with_money": np.concatenate([item.survival for item in every]),
        "ran_out_in_year": np.concatenate([np.append(0.0, item.by_year) for item in every]),
    }


def survival_files(result: StudyResult) -> dict[str, Columns]:
    """``survival_columns`` by the name of its file; nothing where no plan takes money out."""
    return {"survival.csv": survival_columns(result)} if result.summary.ran_out.size else {}


def _where(plan: Plan) -> Columns:
    """(points · horizons,) where on its axes a row of the summary is."""
    columns, horizons = {}, plan.grid.horizons
    for axis in axis_columns(plan.points):
        shown = axis.values[np.repeat(axis.place, max(1, len(horizons)))]
        columns[axis.name] = shown.astype(str) if axis.values.dtype == object else shown
    return columns | ({"horizon": np.tile(np.array(horizons), plan.points.count)} if horizons else {})


def ran_out_rows(result: WindowsResult) -> list[dict[str, Any]]:
    """How often money ran out, a mapping a strategy and horizon; no NaN but None."""
    return [
        {"strategy": name, "horizon": years, **item.plain()}
        for name, own in zip(result.names, result.summary.ran_out)
        for years, item in zip(result.horizons, own)
    ]
