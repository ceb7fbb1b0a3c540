"""What tables are made from: plain frozen values, filled by whoever has the figures.

Fractions are fractions (0.05 is 5 %), money is in the base currency, NaN is "does not exist here". ``kind`` says
how a number is shown:

``text``, ``date``, ``year``, ``count``, ``days``, ``number`` (two digits), ``times`` (a multiple),
``money``, ``percent`` (fraction -> %), ``weight`` (share).

``better`` is ``max``, ``min`` or ``""`` (neither). Drawdowns are at or below zero: more is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
    """Columns and rows of cells; ``currency`` is that of its money.

    ``keys``: how many of the first columns say what a row is of; a table that is cut repeats them.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    currency: str = "JPY"
    keys: int = 1


@dataclass(frozen=True)
class Measure:
    """A figure of merit: a metric's name, its label, how it is shown and which direction is better."""

    id: str
    label: str
    kind: str = "percent"
    better: str = "max"
