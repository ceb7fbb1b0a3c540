"""What tables and study pages are made from: plain frozen values, filled by whoever has the figures.

Every array is a numpy array; fractions are fractions (0.05 is 5 %), money is in the base currency, NaN is
"does not exist here". ``kind`` says how a number is shown:

``text``, ``date``, ``year``, ``count``, ``days``, ``number`` (two digits), ``times`` (a multiple),
``money``, ``percent`` (fraction -> %), ``weight`` (share).

A sentence (assumption, statement, finding, note, reason) is a text or a mapping of ``en`` and ``ja`` to text.
Statements and findings of sweeps and windows are in the reader's language already and may hold a person's own
words; those of a bootstrap are the engine's, in English. Descriptions and names are taken as they are.

``better`` is ``max``, ``min`` or ``""`` (neither). Drawdowns are at or below zero: more is better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.studies.depletion import RanOut

Floats = NDArray[np.float64]
Sentence = str | Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column of a table: ``id`` for programs, ``label`` for people."""

    id: str
    label: str
    kind: str = "text"
    better: str = ""


@dataclass(frozen=True)
class Cell:
    """A raw value, its difference against the first row (None: there is none), and whether it is the best."""

    value: Any
    difference: float | None = None
    best: bool = False


@dataclass(frozen=True)
class Table:
    """Columns and rows of cells; ``currency`` is that of its money."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    currency: str = "JPY"


@dataclass(frozen=True)
class Measure:
    """A figure of merit: a metric's name, its label, how it is shown and which direction is better."""

    id: str
    label: str
    kind: str = "percent"
    better: str = "max"


@dataclass(frozen=True)
class Axis:
    """One dimension of a sweep: the configuration key and the values it took.

    ``kind`` ``weight`` marks shares of the portfolio; the first such axis carries the page's slider. ``words``
    holds texts for people by value, of those that have one.
    """

    id: str
    label: str
    values: tuple[Any, ...]
    kind: str = "text"
    words: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranked:
    """A place of a sweep's ranking: the cell's coordinates (an index per axis), the objective's value."""

    cell: tuple[int, ...]
    objective: float


@dataclass(frozen=True)
class SweepStudy:
    """A sweep, summarised per cell of its axes. N axes of lengths n1 … nN, M measures, S statistics.

    ``statistics``     S of ``median``, ``p5``, ``p25``, ``p75``, ``p95``, ``worst``; ``median`` must be there
    ``values``         (M, S, n1, …, nN) of each measure over a cell's windows
    ``windows``        (n1, …, nN) windows of the cell; ``independent``: how many do not overlap
    ``beat_core``      (n1, …, nN) share of windows in which the cell ended above the core alone
    ``below_principal``  (n1, …, nN) share of windows that ended below the money paid in
    ``ran_out``        (n1, …, nN) of RanOut; shape (0,) where no plan takes money out
    ``known``          (M, n1, …, nN) windows that have the measure; shape (0,): all of them
    ``risk``, ``reward``  ids of the frontier's two measures
    ``ranking``        best cells first, by ``statistic`` (in words) of ``objective`` (a measure's id)
    ``plateau``        (n1, …, nN) bool: cells that cannot be told from the best; may be empty, shape (0,)
    ``findings``       sentences about how sure the answer is (walk-forward, noise)
    ``statements``     what was assumed: windows, currency, idle yield, start grid
    """

    name: str
    axes: tuple[Axis, ...]
    measures: tuple[Measure, ...]
    statistics: tuple[str, ...]
    values: Floats
    windows: Floats
    independent: Floats
    beat_core: Floats
    below_principal: Floats
    risk: str
    reward: str
    objective: str = ""
    statistic: str = ""
    ranking: tuple[Ranked, ...] = ()
    plateau: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    description: str = ""
    currency: str = "JPY"
    findings: tuple[Sentence, ...] = ()
    statements: tuple[Sentence, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    ran_out: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))
    known: Floats = field(default_factory=lambda: np.empty(0))

    def missing(self, measure: int, cell: tuple[int, ...]) -> tuple[int, int] | None:
        """How many of how many windows of a cell have a measure, None where all have it."""
        if not self.known.size or self.known[(measure, *cell)] == self.windows[cell]:
            return None
        return int(self.known[(measure, *cell)]), int(self.windows[cell])

    @property
    def alike(self) -> NDArray[np.bool_]:
        """(n1, …, nN) the cells on the plateau but the best itself."""
        others = self.plateau.copy()
        if self.ranking and others.size:
            others[self.ranking[0].cell] = False
        return others


@dataclass(frozen=True)
class Pair:
    """Two strategies that are compared window by window: ``second`` minus ``first`` (indices)."""

    first: int
    second: int


@dataclass(frozen=True)
class PairedWindows:
    """A strategy against the first one on the same windows of a horizon (indices): what each ended with.

    ``better``, ``same``  share of windows in which it ended with more, and with as much
    ``ratio``   median of its final value over the first one's, less 1; of ``compared`` windows, those in which
                the first one had anything left
    ``mean``, ``half``  the mean of that and half its interval by ``independent`` windows (inf: unknown)
    """

    strategy: int
    horizon: int
    windows: int
    better: float
    same: float
    ratio: float
    compared: int
    mean: float
    half: float
    independent: int


@dataclass(frozen=True)
class WindowsStudy:
    """Strategies lived through every start month of several horizons. S strategies, H horizons, W starts.

    ``starts``       (W,) datetime64[M], the start grid
    ``horizons``     H lengths in months
    ``measures``     M measures; ``value_to_contributed`` must be among them: it decides a failure (below 1)
    ``outcome``      (M, S, H, W), NaN where the window does not fit into the data
    ``independent``  (H,) windows that do not overlap
    ``ran_out``      S rows of H; empty where no strategy takes money out
    ``pairs``        which strategies are compared on the same windows, ``paired`` what that says of the money
    ``statements``   split length, horizon, idle-cash yield, currency, start grid: each as a sentence
    ``references``   known designs this one reproduces, as sentences with their source
    """

    name: str
    strategies: tuple[str, ...]
    starts: NDArray[np.datetime64]
    horizons: tuple[int, ...]
    measures: tuple[Measure, ...]
    outcome: Floats
    independent: NDArray[np.int64]
    pairs: tuple[Pair, ...] = ()
    paired: tuple[PairedWindows, ...] = ()
    ran_out: tuple[tuple[RanOut, ...], ...] = ()
    description: str = ""
    currency: str = "JPY"
    statements: tuple[Sentence, ...] = ()
    references: tuple[Sentence, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PairedEstimate:
    """The mean paired difference ``second`` − ``first`` (strategy indices) of a measure and its interval.

    ``known`` of the paths have the measure in both strategies; 0: all of them.
    """

    first: int
    second: int
    measure: Measure
    mean: float
    low: float
    high: float
    share_second_better: float
    known: int = 0


@dataclass(frozen=True)
class BootstrapStudy:
    """Drawn futures. S strategies, P percentiles, T points in time, Q quantiles of the end.

    ``years``            (T,) years from today
    ``contributed``      (T,) money paid in until then
    ``percentiles``      P, in percent, ascending, symmetric around 50: e.g. (5, 25, 50, 75, 95)
    ``fan``              (S, P, T) value
    ``quantiles``        (Q,) 0..1 ascending, and ``final`` (S, Q) the end value at each of them
    ``below_principal``  (S,) share of paths that end below the money paid in
    ``shortfall``        (S,) mean of what is missing on those paths, as a fraction of the money paid in
    ``ran_out``          S, and ``survival`` (S, Y) the share of paths that still had money after each of
                         ``survival_years`` (Y,); empty where no strategy takes money out
    ``paired``           differences on the same paths, with the confidence ``level``
    ``paths``, ``block_length`` (sessions, mean of the stationary bootstrap), ``seed``
    """

    name: str
    strategies: tuple[str, ...]
    years: Floats
    contributed: Floats
    percentiles: tuple[float, ...]
    fan: Floats
    quantiles: Floats
    final: Floats
    below_principal: Floats
    shortfall: Floats
    paths: int
    block_length: float
    seed: int
    level: float = 0.95
    paired: tuple[PairedEstimate, ...] = ()
    ran_out: tuple[RanOut, ...] = ()
    survival_years: Floats = field(default_factory=lambda: np.empty(0))
    survival: Floats = field(default_factory=lambda: np.empty((0, 0)))
    description: str = ""
    currency: str = "JPY"
    statements: tuple[Sentence, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
