"""Tables of a study's summary, a row a grid point and horizon, put together from parts.

A part is some columns and what stands in them at a point. Which figures a point has besides its measures is
said in ``COLUMNS`` of :mod:`engine.studies.grid.statistics`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from engine.metrics import METRICS
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale
from engine.report.study_tables import counted
from engine.report.summary import metric_column
from engine.studies.grid.axes import Axis
from engine.studies.grid.statistics import COLUMNS, Place, Summary

Part = tuple[list[Column], Callable[[Place], list[Any]]]


def point_table(parts: Sequence[Part], places: Iterable[Place], currency: str, keys: int = 0) -> Table:
    """A row a place; which, say the columns of the first part, or the first ``keys`` columns."""
    rows = [tuple(Cell(value) for _, of in parts for value in of(place)) for place in places]
    columns = tuple(column for columns, _ in parts for column in columns)
    return Table(columns, tuple(rows), currency, keys=keys or len(parts[0][0]))


def axis_texts(axis: Axis, locale: PageLocale) -> list[str]:
    """The values of an axis for reading."""
    return [locale.arg(axis.text(place)) for place in range(len(axis.values))]


def of_axes(axes: Sequence[Axis], locale: PageLocale, only: Sequence[int] | None = None) -> Part:
    """Where a point stands on each axis, or on ``only`` some."""
    kept = [(number, axes[number]) for number in (range(len(axes)) if only is None else only)]
    heads = [Column(axis.key, locale.arg(axis.label), axis.kind) for _, axis in kept]
    return heads, lambda place: [locale.arg(axis.text(place[number])) for number, axis in kept]


def of_columns(summary: Summary, names: Iterable[str], locale: PageLocale) -> Part:
    """Some of ``COLUMNS``, those that this summary has."""
    kept = [name for name in names if name in summary.columns]
    heads = []
    for name in kept:
        word, column = COLUMNS[name].word, COLUMNS[name]
        short = f"{word}_short"
        label = locale(short if locale.has(short) else word)
        heads.append(Column(name, label, "text" if column.interval else column.kind))
    return heads, lambda place: [column_value(summary, name, place, locale) for name in kept]


def shown_columns(summary: Summary, *where: str) -> list[str]:
    """The columns that have such a place, and exist."""
    return [
        name
        for name, column in COLUMNS.items()
        if column.word and column.where in where and name in summary.columns
    ]


def column_value(summary: Summary, name: str, place: Place, locale: PageLocale) -> str | float:
    """A figure of a point: a number for its column, a text where its interval belongs to it."""
    value = float(summary.columns[name][place])
    if not COLUMNS[name].interval:
        return value
    low, high = (locale.percent(float(summary.columns[f"{name}_{end}"][place]), 1) for end in ("low", "high"))
    return locale.noted(locale.percent(value, 1), locale("interval_of", low=low, high=high))


def of_spread(
    summary: Summary, measure: str, statistics: Sequence[str], locale: PageLocale, head: bool = True
) -> Part:
    """Statistics of a measure, the first with the count where windows lack it; ``head``: it names the measure."""
    column = metric_column(measure, locale, short=True)
    labels = list(map(locale, statistics))
    labels[0] = locale.listed([column.label, labels[0]]) if head else labels[0]

    def values(place: Place) -> list[Any]:
        first, *rest = (summary.value(measure, name, place) for name in statistics)
        missing = summary.missing(measure, place)
        if missing is None:
            return [first, *rest]
        return [counted(locale.value(first, METRICS[measure].kind), *missing, locale), *rest]

    heads = [Column(f"{measure}_{name}", label, column.kind) for name, label in zip(statistics, labels)]
    return heads, values
