"""What studies come to: frozen values, and their columns for files and frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.locale import OwnText
from engine.studies.depletion import RanOut
from engine.studies.grid import chunk_store as files
from engine.studies.grid.documents import Objective
from engine.studies.grid.statistics import MEASURES, STATISTICS, Summary
from engine.studies.grid.study import Plan, Study
from engine.studies.grid.tuning import Gap, Tuning

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
# Of a windows study; those of a sweep are its summary's.
OUTCOMES = ("value_to_contributed", "xirr", "final_value", "liquidation_value", "max_drawdown")
DEPLETION = (
    "years_lasted",
    "unpaid",
)  # read beside them: how long money lasted that ran out, what was not paid

# How often money ran out, in files: what of ``RanOut`` is a column, and its name.
DRY_COLUMNS = {
    "share": "ran_out",
    "low": "ran_out_low",
    "high": "ran_out_high",
    "years": "years_lasted_median",
    "shortest": "years_lasted_shortest",
    "unpaid": "unpaid_median",
}


@dataclass(frozen=True)
class SweepResult:
    """A sweep that has been lived. ``study`` reads its rows; ``tuning`` is there with an objective."""

    study: Study
    summary: Summary
    objective: Objective | None
    tuning: Tuning | None
    manifest: Mapping[str, Any]

    @property
    def plan(self) -> Plan:
        """What was lived."""
        return self.study.plan

    def frame(self) -> pd.DataFrame:
        """The summary as a pandas frame: a row a cell and horizon. ``study.frame()`` has every row."""
        import pandas as pd

        return pd.DataFrame(summary_columns(self))


@dataclass(frozen=True)
class Paired:
    """A strategy against the first one on the same windows of one horizon.

    ``better``  share of windows in which it ended higher, ``same`` as high, to a part in a million
    ``ratio``   median of its final value over the first one's, less 1; ``low`` and ``high`` 5 and 95 %; of the
                ``compared`` windows in which the first one had anything left, or both had nothing (0)
    ``gap``     the mean of that with its interval, see ``engine.studies.grid.tuning.gaps``
    ``rate``    mean difference of XIRR over the windows in which both have one, NaN where none has
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
    gap: Gap
    rate: float


@dataclass(frozen=True)
class WindowsResult:
    """A windows study that has been lived. ``study`` reads its rows; ``reference`` is a known design.

    ``names`` are the strategies in files, ``labels`` what people call them, maybe in several languages.
    """

    study: Study
    names: tuple[str, ...]
    labels: tuple[OwnText, ...]
    reference: OwnText
    outcome: Mapping[str, Floats]  # measure -> (strategies, windows)
    pairs: tuple[Paired, ...]
    manifest: Mapping[str, Any]
    ran_out: tuple[tuple[RanOut, ...], ...] = ()  # by strategy and horizon; () where none takes money out

    @property
    def plan(self) -> Plan:
        """What was lived."""
        return self.study.plan


def ranking_columns(result: SweepResult, tuning: Tuning) -> dict[str, NDArray[Any]]:
    """All cells on the objective's horizon, best first, with their summary; ``plateau`` 1 or 0."""
    columns = summary_columns(result)
    rows = tuning.order * len(result.summary.windows) + tuning.horizon
    ranked = {"place": np.arange(1, len(rows) + 1), "plateau": tuning.plateau[tuning.order].astype(np.int64)}
    return ranked | {name: values[rows] for name, values in columns.items()}


def summary_columns(result: SweepResult) -> dict[str, NDArray[Any]]:
    """A row a cell and horizon: axes, counts, shares, and every statistic of every measure."""
    plan, summary = result.plan, result.summary
    cells, horizons = plan.cells, plan.grid.horizons
    groups = len(summary.windows)
    job = files.sweep_job(plan.workload, cells, plan.grid)
    columns: dict[str, NDArray[Any]] = {}
    for name, values, place in job.axes:
        shown = values[np.repeat(place, groups)]
        columns[name] = shown.astype(str) if values.dtype == object else shown
    if horizons:
        columns["horizon"] = np.tile(np.array(horizons), cells.count)
    columns["windows"] = np.tile(summary.windows, cells.count)
    columns["independent"] = np.tile(summary.independent, cells.count)
    if summary.ran_out.size:
        dry = [plain_of(item) for item in summary.ran_out.flat]
        for key, name in DRY_COLUMNS.items():
            values = [np.nan if item[key] is None else float(item[key]) for item in dry]
            columns[name] = np.array(values, np.float64)
    columns["beat_core"] = summary.beat_core.ravel()
    columns["below_principal"] = summary.below_principal.ravel()
    for m, measure in enumerate(MEASURES):
        for s, statistic in enumerate(STATISTICS):
            columns[f"{measure}_{statistic}"] = summary.values[m, s].ravel()
        if (summary.known[m] < summary.windows).any():
            columns[f"{measure}_known"] = summary.known[m].ravel()
    return columns


def paired_columns(result: WindowsResult) -> dict[str, NDArray[Any]]:
    """A row a strategy but the first, and horizon."""
    pairs, horizons = result.pairs, result.plan.grid.horizons
    columns: dict[str, NDArray[Any]] = {
        "strategy": np.array([result.names[pair.strategy] for pair in pairs], dtype=str),
        "against": np.array([result.names[0]] * len(pairs), dtype=str),
        "horizon": np.array([horizons[pair.horizon] for pair in pairs], np.int64),
    }
    for name in ("windows", "compared"):
        columns[name] = np.array([getattr(pair, name) for pair in pairs], np.int64)
    for name in ("better", "same", "ratio", "low", "high"):
        columns[name] = np.array([getattr(pair, name) for pair in pairs], np.float64)
    columns["mean"] = np.array([pair.gap.mean for pair in pairs], np.float64)
    half = np.array([pair.gap.half for pair in pairs], np.float64)
    columns["half_width"] = np.where(np.isfinite(half), half, np.nan)  # unknown, not unbounded
    columns["independent"] = np.array([pair.gap.independent for pair in pairs], np.int64)
    columns["xirr_difference"] = np.array([pair.rate for pair in pairs], np.float64)
    return columns


def ran_out_rows(result: WindowsResult) -> list[dict[str, Any]]:
    """How often money ran out, a mapping a strategy and horizon; no NaN but None."""
    return [
        {"strategy": name, "horizon": years, **plain_of(item)}
        for name, own in zip(result.names, result.ran_out)
        for years, item in zip(result.plan.grid.horizons, own)
    ]


def plain_of(item: RanOut) -> dict[str, Any]:
    """A ``RanOut`` as plain values for programs."""
    told = {"share": item.share, **asdict(item)}
    return {key: None if value != value else value for key, value in told.items()}
