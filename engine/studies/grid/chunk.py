"""The unit of work of a study: a block of windows and groups, lived and turned into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.ledger.layout import STATS
from engine.ledger.simulation import check_statistics, run_kernel
from engine.metrics import streamed
from engine.studies.grid.workload import Workload

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# life-sessions of a unit: a tenth of a second or so of work, so that bars move and workers share evenly
WORK = 20_000_000
Kind = tuple[float, float, int, int]  # days, risk-free rate, whole years, sessions a year: see ``streamed``
# Figures of the core alone that stand beside every row.
BESIDE = ("value_to_contributed", "xirr")


@dataclass(frozen=True)
class Unit:
    """Bunches ``first`` .. ``last`` - 1 of groups ``low`` .. ``high`` - 1, and how many rows that is."""

    first: int
    last: int
    low: int
    high: int
    rows: int


def make_units(workload: Workload, work: int = WORK) -> list[Unit]:
    """All of a study's work, cut along starts, and along groups where one start is too much.

    The cut depends on the study alone, not on who works.
    """
    lanes = np.array([group.lanes for group in workload.groups])
    kept = np.array([len(group.cells) for group in workload.groups])
    each = (workload.bounds[:, :, 1] - workload.bounds[:, :, 0]).max(axis=0)
    length = np.array([each[bunch[-1]] for bunch in workload.bunches])  # of the sessions that a bunch shares
    windows = np.array([len(bunch) for bunch in workload.bunches])
    units = []
    for low, high in _ranges(lanes * int(length.max(initial=0)), work):
        inside = slice(low, high)
        for first, last in _ranges(length * int(lanes[inside].sum()), work):
            rows = int(kept[inside].sum()) * int(windows[first:last].sum())
            units.append(Unit(first, last, low, high, rows))
    return units


def _ranges(sizes: Ints, most: int) -> list[tuple[int, int]]:
    """Neighbours taken together until they reach ``most``."""
    ranges, begin, total = [], 0, 0
    for number, size in enumerate(sizes.tolist()):
        if number > begin and total + size > most:
            ranges.append((begin, number))
            begin, total = number, 0
        total += size
    return [*ranges, (begin, len(sizes))]


@dataclass(frozen=True)
class Columns:
    """What a unit's lives came to, a row a cell and window: ``window``, ``cell``, and figures by name."""

    window: Ints
    cell: Ints
    figures: dict[str, Floats]


def simulate_unit(workload: Workload, unit: Unit) -> Columns:
    """Live every life of a unit. Other threads run while the kernel works."""
    groups = workload.groups[unit.low : unit.high]
    bunches = workload.bunches[unit.first : unit.last]
    windows = sum(len(bunch) for bunch in bunches)
    stats = np.empty((sum(group.lanes for group in groups) * windows, len(STATS)))
    kind = np.empty(len(stats), np.int64)
    kinds: dict[Kind, int] = {}
    window, cell, life, core = np.empty((4, sum(len(group.cells) for group in groups) * windows), np.int64)
    begin = row = 0
    for bunch in bunches:
        for group in groups:
            lanes, cells = group.lanes, len(group.cells)
            for call in workload.calls(group, bunch):
                count = lanes * len(call.windows)
                run_kernel(call.inputs, call.weights, stats[begin : begin + count], ends=call.ends)
                for number in call.windows:
                    first = call.inputs.first
                    of = (
                        workload.days(group, number, first),
                        group.config.risk_free,
                        workload.years(number, first),
                        workload.panels[group.panel].per_year,
                    )
                    kind[begin : begin + lanes] = kinds.setdefault(of, len(kinds))
                    here = slice(row, row + cells)
                    window[here], cell[here] = number, group.cells
                    life[here] = np.arange(begin, begin + cells)
                    core[here] = begin + group.core if group.core >= 0 else -1
                    begin, row = begin + lanes, row + cells
    check_statistics(stats)
    figures = _figures(stats, kind, list(kinds))
    columns = {name: values[life] for name, values in figures.items()}
    for name in BESIDE:
        columns[f"core_{name}"] = np.where(core >= 0, figures[name][core], np.nan)
    return Columns(window, cell, columns)


def _figures(stats: Floats, kind: Ints, kinds: Sequence[Kind]) -> dict[str, Floats]:
    """Metrics of (n, STATS) simulations, those of one kind together: as a run computes them."""
    found: dict[str, Floats] = {}
    for number, of in enumerate(kinds):
        mine = np.flatnonzero(kind == number)
        named = {name: np.ascontiguousarray(stats[mine, i]) for i, name in enumerate(STATS)}
        for name, values in streamed(named, *of).items():
            found.setdefault(name, np.empty(len(stats)))[mine] = values
    return found


def rows_of(units: Sequence[Unit]) -> int:
    """Rows of several units."""
    return sum(unit.rows for unit in units)
