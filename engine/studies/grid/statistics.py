"""A sweep's rows summarised per cell: what its windows came to, and how many there really are.

For each cell (a configuration) and horizon the distribution over the start months is described by order
statistics. Start months overlap: 241 windows of five years in 25 years of data are five independent ones,
which stands beside every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.metrics import METRICS, below_principal
from engine.studies.depletion import ran_out, takes_out
from engine.studies.grid.points import Cells
from engine.studies.grid.window_grid import Grid, apart

Floats = NDArray[np.float64]

MEASURES = (
    "xirr", "twr_cagr", "value_to_contributed", "final_value", "liquidation_value", "max_drawdown", "volatility",
    "sharpe", "tax_paid",
)  # fmt: skip
STATISTICS = ("median", "p5", "p25", "p75", "p95", "worst")
LEVELS = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
AT_ONCE = 25_000_000  # figures held while rows are read: 200 MB
Reader = Callable[[int, Sequence[str]], Mapping[str, NDArray[Any]]]


@dataclass(frozen=True)
class Summary:
    """C cells of a sweep in H groups of windows: horizons, or one for all where there are none.

    ``values``        (measures, statistics, C, H), NaN where a figure exists in no window
    ``windows``       (H,) windows of a cell, ``independent`` (H,) of them that do not overlap
    ``beat_core``     (C, H) share of windows that ended above the core alone, NaN where there is no core
    ``below_principal``  (C, H) share of windows that ended below the money paid in
    ``known``         (measures, C, H) windows that have the figure
    ``ran_out``       (C, H) of RanOut, shape (0,) where no cell takes money out
    """

    values: Floats
    windows: NDArray[np.int64]
    independent: NDArray[np.int64]
    beat_core: Floats
    below_principal: Floats
    known: NDArray[np.int64]
    ran_out: NDArray[Any]


def groups_of(grid: Grid) -> list[list[int]]:
    """Windows that are summarised together: those of a horizon; or all, where they are fixed periods."""
    if not grid.horizons:
        return [sorted(range(len(grid.windows)), key=lambda number: grid.windows[number].start)]
    return [grid.of(number) for number in range(len(grid.horizons))]


def cubes(names: Sequence[str], cells: int, windows: int, parts: int, read: Reader) -> dict[str, Floats]:
    """(cells, windows) of each of ``names``, put together from a study's parts."""
    found = {name: np.full((cells, windows), np.nan) for name in names}
    for number in range(parts):
        columns = read(number, ["cell", "window", *names])
        at = columns["cell"], columns["window"]
        for name in names:
            found[name][at] = columns[name]
    return found


def summarise(cells: Cells, grid: Grid, parts: int, read: Reader) -> Summary:
    """The summary of all parts; a few measures at a time, so that memory stays bounded."""
    groups = groups_of(grid)
    count, windows = cells.count, len(grid.windows)
    values = np.full((len(MEASURES), len(STATISTICS), count, len(groups)), np.nan)
    known = np.zeros((len(MEASURES), count, len(groups)), np.int64)
    names = list(MEASURES)
    step = max(1, AT_ONCE // max(1, count * windows))
    for first in range(0, len(names), step):
        some = names[first : first + step]
        for name, cube in cubes(some, count, windows, parts, read).items():
            for h, inside in enumerate(groups):
                values[names.index(name), :, :, h] = statistics(cube[:, inside], METRICS[name].better)
                known[names.index(name), :, h] = np.isfinite(cube[:, inside]).sum(axis=1)
    ends = cubes(["value_to_contributed", "core_value_to_contributed"], count, windows, parts, read)
    own, core = ends["value_to_contributed"], ends["core_value_to_contributed"]
    beat = np.where(np.isnan(core), np.nan, own > core)
    independent = [apart([grid.windows[number] for number in inside]) for inside in groups]
    return Summary(
        values=values,
        windows=np.array([len(inside) for inside in groups]),
        independent=np.array(independent),
        beat_core=np.stack([beat[:, inside].mean(axis=1) for inside in groups], axis=1),
        below_principal=np.stack([below_principal(own[:, inside]).mean(axis=1) for inside in groups], axis=1),
        known=known,
        ran_out=_ran_out(cells, groups, independent, windows, parts, read),
    )


def _ran_out(
    cells: Cells,
    groups: Sequence[Sequence[int]],
    independent: Sequence[int],
    windows: int,
    parts: int,
    read: Reader,
) -> NDArray[Any]:
    """(C, H) how often the money of each cell ran out."""
    if not takes_out(cells.outer):
        return np.empty(0, dtype=object)
    found = cubes(["years_lasted", "unpaid"], cells.count, windows, parts, read)
    dry = np.empty((cells.count, len(groups)), dtype=object)
    for h, inside in enumerate(groups):
        for c in range(cells.count):
            lasted, unpaid = (found[name][c, inside] for name in ("years_lasted", "unpaid"))
            dry[c, h] = ran_out(lasted, unpaid, independent[h])
    return dry


def statistics(values: Floats, better: str) -> Floats:
    """(S, C) of (C, n): quantiles with linear interpolation (type 7 of Hyndman and Fan, 1996), and the worst.

    NaN are left out; a row without any figure is NaN.
    """
    ordered = np.sort(values, axis=1)  # NaN last
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    rows = [quantile(ordered, known, LEVELS[name]) for name in STATISTICS if name in LEVELS]
    last = np.maximum(known - 1, 0)
    worst = ordered[:, 0] if better == "max" else ordered[np.arange(len(ordered)), last]
    return np.stack([*rows, worst])


def quantile(ordered: Floats, known: NDArray[np.int64], level: float) -> Floats:
    """(C,) a quantile of the first ``known`` (C,) values of each ascending row of (C, n)."""
    place = level * np.maximum(known - 1, 0)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    row = np.arange(len(ordered))
    below, above = ordered[row, low], ordered[row, high]
    result: Floats = below + (place - low) * (above - below)
    return result
