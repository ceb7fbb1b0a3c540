"""A sweep's rows summarised at each grid point: what its windows came to, and how many there really are.

For each point (a configuration) and horizon the distribution over the start months is described by order
statistics. Start months overlap: 241 windows of five years in 25 years of data are five independent ones,
which stands beside every figure.

A figure of the summary stands in one of two tables: ``MEASURES`` (metrics, each with all ``STATISTICS``) or
``COLUMNS`` (one figure a point). The files, the page, the terminal and the notebook show what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.headings import STATISTICS as STATISTICS  # names of columns are made of them
from engine.metrics import below_principal
from engine.result import ByValue
from engine.studies.depletion import DRY_COLUMNS, RanOut
from engine.studies.grid.axes import Axis
from engine.studies.grid.window_grid import WindowGrid

Floats = NDArray[np.float64]
Place = tuple[int, ...]  # a grid point and horizon: an index for each axis of the summary

MEASURES = (
    "xirr", "twr_cagr", "value_to_contributed", "final_value", "liquidation_value", "max_drawdown", "volatility",
    "sharpe", "tax_paid",
)  # fmt: skip
LEVELS = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
Reader = Callable[[int, Sequence[str]], Mapping[str, NDArray[Any]]]


@dataclass(frozen=True)
class Ends:
    """What the n windows of a horizon ended with at each of C points.

    ``ratio``      (C, n) final value over the money paid in, ``benchmark`` that of the core alone or NaN
    ``ran_out``    C, or none where no plan takes money out
    """

    ratio: Floats
    benchmark: Floats
    independent: int
    ran_out: Sequence[RanOut]

    def dry(self, column: str) -> Floats | None:
        """(C,) one of ``DRY_COLUMNS``."""
        field = DRY_COLUMNS[column]
        return np.array([getattr(item, field) for item in self.ran_out], np.float64) if self.ran_out else None

    def each(self, count: int) -> NDArray[np.int64]:
        """(C,) the same count."""
        return np.full(len(self.ratio), count)


@dataclass(frozen=True)
class Column:
    """A figure of a point: how it is shown, what it is (C,), None where it does not exist.

    ``word``      its label; a column without one is in files only
    ``where``     in tables it stands ``first``, before the statistics, or ``last``, after them; else it is in the
                  line below the figures of one point alone
    ``interval``  its 95 % interval is in the columns ``…_low`` and ``…_high``, and shown with it
    """

    kind: str
    of: Callable[[Ends], NDArray[Any] | None]
    word: str = ""
    where: str = ""
    interval: bool = False


def _beaten(ends: Ends) -> Floats:
    """The share of windows that ended above the core alone, NaN where there is no core."""
    beat = np.where(np.isnan(ends.benchmark), np.nan, ends.ratio > ends.benchmark)
    share: Floats = beat.mean(axis=1)
    return share


COLUMNS: Mapping[str, Column] = {
    "windows": Column("count", lambda ends: ends.each(ends.ratio.shape[1]), "windows_word"),
    "independent": Column("count", lambda ends: ends.each(ends.independent), "independent"),
    "ran_out": Column("percent", lambda ends: ends.dry("ran_out"), "ran_out", "first", interval=True),
    "ran_out_low": Column("percent", lambda ends: ends.dry("ran_out_low")),
    "ran_out_high": Column("percent", lambda ends: ends.dry("ran_out_high")),
    "years_lasted_median": Column("years", lambda ends: ends.dry("years_lasted_median"), "lasted_median"),
    "years_lasted_shortest": Column("years", lambda ends: ends.dry("years_lasted_shortest")),
    "years_lasted_p10": Column("years", lambda ends: ends.dry("years_lasted_p10")),
    "years_lasted_p90": Column("years", lambda ends: ends.dry("years_lasted_p90")),
    "unpaid_median": Column("money", lambda ends: ends.dry("unpaid_median")),
    "beat_core": Column("percent", _beaten, "beat_core", "last"),
    "below_principal": Column(
        "percent", lambda ends: below_principal(ends.ratio).mean(axis=1), "below_principal", "last"
    ),
}


@dataclass(frozen=True, eq=False)
class Summary(ByValue):
    """The points of a sweep along its axes, the horizon the last of them where there are horizons: n1 … nN.

    ``values``   (measures, statistics, n1, …, nN), NaN where a figure exists in no window
    ``known``    (measures, n1, …, nN) windows that have the figure
    ``columns``  (n1, …, nN) each, those of ``COLUMNS`` that exist
    ``ran_out``  (n1, …, nN) of RanOut, shape (0,) where no plan takes money out
    ``noise``    (measures, horizons) half the width of the 95 % interval of the mean difference, on the same
                 windows, of the points with the best and the worst median; NaN where it cannot be said
    """

    axes: tuple[Axis, ...]
    values: Floats
    noise: Floats
    known: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    ran_out: NDArray[Any]

    @property
    def windows(self) -> NDArray[np.int64]:
        """(n1, …, nN) windows of each point."""
        return self.columns["windows"]

    def value(self, measure: str, statistic: str, place: Place) -> float:
        """One figure."""
        return float(self.values[(MEASURES.index(measure), STATISTICS.index(statistic), *place)])

    @cached_property
    def survival(self) -> Floats:
        """(n1, …, nN, Y + 1) share that still has money after 0 to Y years, NaN beyond a horizon."""
        every = [item.survival for item in self.ran_out.flat]
        found = np.full((len(every), max(map(len, every), default=0)), np.nan)
        for row, own in zip(found, every):
            row[: len(own)] = own
        return found.reshape((*self.ran_out.shape, -1))

    def missing(self, measure: str, place: Place) -> tuple[int, int] | None:
        """How many of how many windows have a measure, None where all have it."""
        known, windows = self.known[(MEASURES.index(measure), *place)], self.windows[place]
        return None if known == windows else (int(known), int(windows))


def groups_of(grid: WindowGrid) -> list[list[int]]:
    """Windows that are summarised together: those of a horizon; or all, where they are fixed periods."""
    if not grid.horizons:
        return [sorted(range(len(grid.windows)), key=lambda number: grid.windows[number].start)]
    return [grid.of(number) for number in range(len(grid.horizons))]


def cubes(
    names: Sequence[str], points: int, windows: int, chunks: int, read: Reader, *, threads: int = 1
) -> dict[str, Floats]:
    """(points, windows) of each of ``names``, put together from a study's chunks; ``threads`` read them."""
    found = {name: np.full((points, windows), np.nan) for name in names}

    def put(number: int) -> None:
        columns = read(number, ["cell", "window", *names])
        at = columns["cell"].astype(np.int64) * windows + columns["window"]
        for name in names:
            found[name].reshape(-1)[at] = columns[name]

    if threads == 1:
        for number in range(chunks):
            put(number)
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(put, range(chunks)))  # the list hears of errors
    return found


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
