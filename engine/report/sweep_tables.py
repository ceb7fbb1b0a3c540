"""What a page, a terminal and a notebook show of a sweep: its tables, and the sentences that head them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from engine.metrics import METRICS
from engine.report.answer import answer_text
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale
from engine.report.point_tables import (
    Part,
    column_value,
    of_axes,
    of_columns,
    of_spread,
    point_table,
    shown_columns,
)
from engine.report.study_tables import counted, study_locale, study_text
from engine.report.summary import metric_column
from engine.report.sweep_answer import driest_place, horizon_shown, is_ordered, sweep_answer
from engine.report.terminal import Screen, paragraph, table_blocks
from engine.studies.grid.axes import Axis
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import COLUMNS, STATISTICS, Place

RANKED = 10  # rows of a ranking
SPREAD, MOST_ROWS = 7, 14  # without one: values of the slider, and rows
OTHERS = ("xirr", "max_drawdown")  # measures whose median stands beside the objective in a terminal


def slider_axis(axes: Sequence[Axis]) -> int:
    """The axis of the slider: the first of weights, else the first of numbers, else the first."""
    kinds = [axis.kind for axis in axes]
    numbers = [kind != "text" for kind in kinds]
    return kinds.index("weight") if "weight" in kinds else numbers.index(True) if any(numbers) else 0


def first_place(result: SweepResult) -> Place:
    """The point shown first: the best; where none can be told from the others the middle of the slider, the first
    of all else. Where money ran out, the point at which it did most often."""
    if is_ordered(result):
        return result.ranking[0].place
    if result.summary.ran_out.size:
        return driest_place(result)
    axes = result.summary.axes
    place = [0] * len(axes)
    if result.plan.grid.horizons:
        place[-1] = horizon_shown(result)
    slider = slider_axis(axes)
    place[slider] = len(axes[slider].values) // 2
    return tuple(place)


def spread_places(result: SweepResult) -> list[Place]:
    """Points in the order of the axes: values of the slider evenly apart, of other axes while rows are few."""
    summary, first = result.summary, first_place(result)
    slider, count = slider_axis(summary.axes), len(summary.axes) - bool(result.plan.grid.horizons)
    length = len(summary.axes[slider].values)
    along = np.unique(np.linspace(0, length - 1, min(length, SPREAD)).round().astype(int)).tolist()
    shown, rows = [[place] for place in first], len(along)
    shown[slider] = along
    for i, axis in enumerate(summary.axes[:count]):
        if i != slider and rows * len(axis.values) <= MOST_ROWS:
            shown[i], rows = list(range(len(axis.values))), rows * len(axis.values)
    return list(product(*shown))


# --- tables -------------------------------------------------------------------------------------------------


def ranked_by(result: SweepResult) -> str | None:
    """The statistic of a point's windows that the ranking goes by, None where it is none of those shown."""
    assert result.objective is not None
    scores = [ranked.objective for ranked in result.ranking]
    for name in STATISTICS:
        figures = [result.summary.value(result.objective.measure, name, place) for place, _ in result.ranking]
        if np.allclose(figures, scores, rtol=1e-9, atol=1e-12):
            return name
    return None


def statistic_word(result: SweepResult, locale: PageLocale) -> str:
    """The statistic that the ranking goes by, in words."""
    return locale(f"study_{result.objective.statistic}") if result.objective is not None else ""


def ranking_table(
    result: SweepResult,
    locale: PageLocale,
    statistics: Sequence[str] = ("median", "p5", "worst"),
    others: Sequence[str] = OTHERS,
) -> Table:
    """The best points; or, where nothing can be told from the best, some in the order of the axes.

    ``statistics`` of the objective; ``others`` are measures whose median stands after them.
    """
    summary, ranking = result.summary, result.ranking[:RANKED] if is_ordered(result) else ()
    aim = result.objective.measure if result.objective is not None else "xirr"
    by = ranked_by(result) if result.ranking else "median"
    numbers = {place: number for number, (place, _) in enumerate(ranking, 1)}
    scores, alike = dict(result.ranking), result.confidence_set
    measure = metric_column(aim, locale, short=True)

    def may_be_best(place: Place) -> list[str]:
        return [locale("yes" if alike[place] else "no")]

    own = Column("objective", locale.listed([measure.label, statistic_word(result, locale)]), measure.kind)
    spread = list(dict.fromkeys((*([by] if by else []), *statistics)))
    parts: list[Part] = [
        *([([Column("rank", locale("rank"), "count")], lambda place: [numbers[place]])] if ranking else []),
        of_axes(summary.axes, locale),
        of_columns(summary, shown_columns(summary, "first"), locale),
        *([] if by else [([own], lambda place: [scores[place]])]),
        of_spread(summary, aim, spread, locale, head=bool(by)),
        *(of_spread(summary, name, ("median",), locale) for name in others if name != aim),
        of_columns(summary, shown_columns(summary, "last"), locale),
        *([([Column("plateau", locale("may_be_best"))], may_be_best)] if ranking else []),
    ]
    places = list(numbers) or spread_places(result)
    return point_table(parts, places, locale.currency, keys=len(summary.axes) + bool(ranking))


def readout_table(result: SweepResult, measures: Sequence[str], place: Place, locale: PageLocale) -> Table:
    """Every measure at one point, its spread beside it."""
    summary, rows = result.summary, []
    for name in measures:
        kind, label, missing = METRICS[name].kind, locale(name), summary.missing(name, place)
        spread = [locale.value(summary.value(name, s, place), kind) for s in STATISTICS]
        rows.append(tuple(map(Cell, (counted(label, *missing, locale) if missing else label, *spread))))
    columns = (Column("figure", locale("figure_word")), *(Column(s, locale(s), "number") for s in STATISTICS))
    return Table(columns, tuple(rows), locale.currency)


def along_table(result: SweepResult, measure: str, slider: int, place: Place, locale: PageLocale) -> Table:
    """A measure along the slider, all else as at the point."""
    summary = result.summary
    first, last = (of_columns(summary, shown_columns(summary, where), locale) for where in ("first", "last"))
    spread = of_spread(summary, measure, STATISTICS, locale, head=False)
    places = ((*place[:slider], i, *place[slider + 1 :]) for i in range(len(summary.axes[slider].values)))
    return point_table(
        [of_axes(summary.axes, locale, [slider]), first, spread, last], places, locale.currency
    )


def point_note(result: SweepResult, place: Place, locale: PageLocale) -> str:
    """The columns of the summary at a point, in a line: how many windows stand behind it, how often they lost."""
    told = []
    for name in shown_columns(result.summary, "", "first", "last"):
        value, column = column_value(result.summary, name, place, locale), COLUMNS[name]
        told.append(locale.labelled(locale(column.word), locale.value(value, column.kind)))
    return " · ".join(told)


# --- sentences ----------------------------------------------------------------------------------------------


def alike(result: SweepResult) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(n1, …, nN) the points that cannot be told from the best, but the best itself."""
    others = result.confidence_set
    if result.ranking:
        others[result.ranking[0].place] = False
    return others


def alike_sentence(result: SweepResult, locale: PageLocale) -> str:
    """The values of each axis that occur among the points that cannot be told from the best; or nothing."""
    found = alike(result)
    if not found.any():
        return ""
    spans = []
    for i, axis in enumerate(result.summary.axes):
        others = tuple(j for j in range(found.ndim) if j != i)
        texts = [locale.arg(axis.text(j)) for j in np.flatnonzero(found.any(axis=others)).tolist()]
        is_range = axis.kind != "text" and len(texts) > 2
        span = locale("from_to", first=texts[0], last=texts[-1]) if is_range else locale.listed(texts)
        spans.append(locale.labelled(locale.arg(axis.label), span))
    return locale("plateau_summary", n=f"{int(found.sum()):,}", where=locale.listed(spans, ";"))


def counts_text(result: SweepResult, locale: PageLocale) -> str:
    """How many settings and simulations there are: a setting is one, whatever horizons it is looked at over."""
    simulations = int(result.summary.windows.sum())
    return locale(
        "sweep_cells", cells=locale.count(result.plan.points.count), windows=locale.count(simulations)
    )


def sweep_text(result: SweepResult, lang: str, screen: Screen) -> str:
    """What ``backtest sweep`` prints: the answer, some settings, how sure that is, what was assumed."""
    locale = study_locale(result, lang)
    answer = answer_text(sweep_answer(result), locale, screen).lstrip("\n")
    table = table_blocks(ranking_table(result, locale), locale, screen)
    counts = paragraph("", [counts_text(result, locale)], screen).lstrip("\n")
    return study_text(result, f"{answer}{counts}\n{table}", locale, screen)
