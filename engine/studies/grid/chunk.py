"""What a worker does at a time: a block of windows and groups, simulated and turned into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.ledger.layout import STATS
from engine.ledger.simulation import check_statistics, run_kernel
from engine.metrics import streamed
from engine.studies.grid.workload import Workload
from engine.studies.real import in_both, real_statistics

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Sessions of all simulations of a chunk: a quarter of a second or so of work, so that bars move and workers share
# evenly. A call of the kernel takes as long as ``CALL`` sessions more.
CHUNK_SIZE, CALL = 60_000_000, 90_000
AHEAD = 4  # parts of a chunk for each thread that shares it, so that none is idle for long
Kind = tuple[float, float, int, int]  # days, risk-free rate, whole years, sessions a year: see ``streamed``
# Figures of the core alone that stand in every row, as ``core_`` and their name.
BENCHMARK = ("value_to_contributed", "xirr")


@dataclass(frozen=True)
class Chunk:
    """Starts ``first`` .. ``last`` - 1 of groups ``low`` .. ``high`` - 1, and how many rows that is."""

    first: int
    last: int
    low: int
    high: int
    rows: int


def make_chunks(workload: Workload, size: int = CHUNK_SIZE) -> list[Chunk]:
    """All of a study's work, cut along groups: a chunk has every window of its points, and so their summary.

    A group at least, however small ``size`` is. The cut depends on the study alone, not on who works.
    """
    starts, windows = len(workload.by_start), len(workload.windows)
    lengths = _lengths(workload)
    sizes = [
        group.lanes * int(lengths[group.panel].sum()) + CALL * (starts if group.precomputed else windows)
        for group in workload.groups
    ]
    kept = np.array([len(group.points) for group in workload.groups])
    return [
        Chunk(0, starts, low, high, int(kept[low:high].sum()) * windows)
        for low, high in _ranges(np.array(sizes), size)
    ]


def chunks_of_starts(workload: Workload, size: int) -> list[Chunk]:
    """As ``make_chunks``, cut along starts: of few points that are waited for."""
    lanes = sum(group.lanes for group in workload.groups)
    windows = np.array([len(numbers) for numbers in workload.by_start])
    kept, groups = sum(len(group.points) for group in workload.groups), len(workload.groups)
    return [
        Chunk(first, last, 0, groups, kept * int(windows[first:last].sum()))
        for first, last in _ranges(_lengths(workload).max(axis=0) * lanes, size)
    ]


def work_of(workload: Workload, chunk: Chunk) -> int:
    """How much a chunk of all starts is beside others, roughly: each account of a simulation takes its time."""
    groups = workload.groups[chunk.low : chunk.high]
    return sum(group.lanes * len(group.config.accounts) for group in groups)


def _lengths(workload: Workload) -> Ints:
    """(P, starts) sessions that windows with one start share on each panel: those of the longest."""
    longest = [numbers[-1] for numbers in workload.by_start]
    lengths: Ints = (workload.bounds[:, :, 1] - workload.bounds[:, :, 0])[:, longest]
    return lengths


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
    """What a chunk's simulations came to, a row a grid point and window: their numbers, and figures by name."""

    window: Ints
    point: Ints
    figures: dict[str, Floats]


def simulate_in_threads(workload: Workload, chunk: Chunk, threads: int) -> Columns:
    """``simulate_chunk`` by several threads, some of the starts at a time each: the same rows, in order."""
    from concurrent.futures import ThreadPoolExecutor

    if threads == 1:
        return simulate_chunk(workload, chunk)
    lengths = _lengths(workload).max(axis=0)[chunk.first : chunk.last]
    parts = [
        replace(chunk, first=chunk.first + first, last=chunk.first + last)
        for first, last in _ranges(lengths, int(lengths.sum()) // (AHEAD * threads))
    ]
    with ThreadPoolExecutor(threads) as pool:
        return joined(list(pool.map(partial(simulate_chunk, workload), parts)))


def joined(parts: Sequence[Columns]) -> Columns:
    """The rows of several, one after the other."""
    return Columns(
        np.concatenate([part.window for part in parts]),
        np.concatenate([part.point for part in parts]),
        {name: np.concatenate([part.figures[name] for part in parts]) for name in parts[0].figures},
    )


def simulate_chunk(workload: Workload, chunk: Chunk) -> Columns:
    """Simulate all of a chunk. Other threads run while the kernel works."""
    groups = workload.groups[chunk.low : chunk.high]
    by_start = workload.by_start[chunk.first : chunk.last]
    windows = sum(map(len, by_start))
    stats = np.empty((sum(group.lanes for group in groups) * windows, len(STATS)))
    nominal = np.empty_like(stats) if workload.money_of is not None else stats
    kind = np.empty(len(stats), np.int64)
    kinds: dict[Kind, int] = {}
    window, point, lane, benchmark = np.empty(
        (4, sum(len(group.points) for group in groups) * windows), np.int64
    )
    begin = row = 0
    for numbers in by_start:
        for group in groups:
            lanes, points = group.lanes, len(group.points)
            for call in workload.calls(group, numbers):
                count = lanes * len(call.windows)
                own = slice(begin, begin + count)
                run_kernel(call.inputs, call.weights, nominal[own], ends=call.ends)
                if workload.money_of is not None:
                    worth = workload.worth(group, call.windows)
                    stats[own] = real_statistics(call.inputs, call.weights, call.ends, nominal[own], worth)
                for number in call.windows:
                    first = call.inputs.first
                    of = (
                        workload.days(group, number, first),
                        group.config.risk_free,
                        workload.years(number, first),
                        workload.panels[group.panel].per_year,
                    )
                    kind[begin : begin + lanes] = kinds.setdefault(of, len(kinds))
                    here = slice(row, row + points)
                    window[here], point[here] = number, group.points
                    lane[here] = np.arange(begin, begin + points)
                    benchmark[here] = begin + group.benchmark if group.benchmark >= 0 else -1
                    begin, row = begin + lanes, row + points
    check_statistics(nominal)
    figures = _figures(stats, kind, list(kinds))
    if workload.money_of is not None:
        figures = in_both(figures, _figures(nominal, kind, list(kinds)))
    columns = {name: values[lane] for name, values in figures.items()}
    for name in BENCHMARK:
        columns[f"core_{name}"] = np.where(benchmark >= 0, figures[name][benchmark], np.nan)
    return Columns(window, point, columns)


def _figures(stats: Floats, kind: Ints, kinds: Sequence[Kind]) -> dict[str, Floats]:
    """Metrics of (n, STATS) simulations, those of one kind together: as a run computes them."""
    found: dict[str, Floats] = {}
    for number, of in enumerate(kinds):
        mine = np.flatnonzero(kind == number)
        named = {name: np.ascontiguousarray(stats[mine, i]) for i, name in enumerate(STATS)}
        for name, values in streamed(named, *of).items():
            found.setdefault(name, np.empty(len(stats)))[mine] = values
    return found
