"""The unit of work of a study: a block of windows and groups, lived and turned into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.ledger.layout import STATS
from engine.ledger.lives import check_lives, run_packed
from engine.metrics import streamed
from engine.studies.grid.workload import Lives

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


def make_units(lives: Lives, work: int = WORK) -> list[Unit]:
    """All of a study's work, cut along starts, and along groups where one start is too much.

    The cut depends on the study alone, not on who works.
    """
    lanes = np.array([group.lanes for group in lives.groups])
    kept = np.array([len(group.cells) for group in lives.groups])
    each = (lives.bounds[:, :, 1] - lives.bounds[:, :, 0]).max(axis=0)
    length = np.array([each[bunch[-1]] for bunch in lives.bunches])  # of the sessions that a bunch shares
    windows = np.array([len(bunch) for bunch in lives.bunches])
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


def live_unit(lives: Lives, unit: Unit) -> Columns:
    """Live every life of a unit. Other threads run while the kernel works."""
    groups = lives.groups[unit.low : unit.high]
    bunches = lives.bunches[unit.first : unit.last]
    windows = sum(len(bunch) for bunch in bunches)
    stats = np.empty((sum(group.lanes for group in groups) * windows, len(STATS)))
    kind = np.empty(len(stats), np.int64)
    kinds: dict[Kind, int] = {}
    window, cell, life, core = np.empty((4, sum(len(group.cells) for group in groups) * windows), np.int64)
    begin = row = 0
    for bunch in bunches:
        for group in groups:
            lanes, cells = group.lanes, len(group.cells)
            for living in lives.lives(group, bunch):
                count = lanes * len(living.windows)
                run_packed(living.packed, living.weights, stats[begin : begin + count], ends=living.ends)
                for number in living.windows:
                    first = living.packed.first
                    of = (
                        lives.days(group, number, first),
                        group.config.risk_free,
                        lives.years(number, first),
                        lives.panels[group.panel].per_year,
                    )
                    kind[begin : begin + lanes] = kinds.setdefault(of, len(kinds))
                    here = slice(row, row + cells)
                    window[here], cell[here] = number, group.cells
                    life[here] = np.arange(begin, begin + cells)
                    core[here] = begin + group.core if group.core >= 0 else -1
                    begin, row = begin + lanes, row + cells
    check_lives(stats)
    figures = _figures(stats, kind, list(kinds))
    columns = {name: values[life] for name, values in figures.items()}
    for name in BESIDE:
        columns[f"core_{name}"] = np.where(core >= 0, figures[name][core], np.nan)
    return Columns(window, cell, columns)


def _figures(stats: Floats, kind: Ints, kinds: Sequence[Kind]) -> dict[str, Floats]:
    """Metrics of (n, STATS) lives, those of one kind together: as a run computes them."""
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
