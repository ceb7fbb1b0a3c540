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
