"""What a page, a terminal and a notebook show of a sweep: its tables, and the sentences that head them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.metrics import METRICS
from engine.report.models import Cell, Column, Table
from engine.report.point_tables import (
    Part,
    column_value,
    of_axes,
    of_columns,
    of_spread,
    point_table,
    shown_columns,
)
from engine.report.study_tables import counted, ran_out_sentence, study_text
from engine.report.summary import metric_column
from engine.report.terminal import Screen, table_blocks
from engine.report.voice import Voice
from engine.studies.grid.axes import Axis
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import COLUMNS, STATISTICS, Place

RANKED = 10  # rows of a ranking, and of a summary without one
OTHERS = ("xirr", "max_drawdown")  # measures whose median stands beside the objective in a terminal


def slider_axis(axes: Sequence[Axis]) -> int:
    """The axis of the slider: the first of weights, else the first of numbers, else the first."""
    kinds = [axis.kind for axis in axes]
    numbers = [kind != "text" for kind in kinds]
    return kinds.index("weight") if "weight" in kinds else numbers.index(True) if any(numbers) else 0


def first_place(result: SweepResult) -> Place:
    """The point shown first: the best; without a ranking the middle of the slider and the first of all else."""
    if result.ranking:
        return result.ranking[0].place
    axes = result.summary.axes
    slider = slider_axis(axes)
    return tuple(len(axis.values) // 2 if i == slider else 0 for i, axis in enumerate(axes))


def texts_at(result: SweepResult, place: Place, voice: Voice) -> list[str]:
    """The value of each axis at a point."""
    return [voice.arg(axis.said(at)) for axis, at in zip(result.summary.axes, place)]


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


def statistic_word(result: SweepResult, voice: Voice) -> str:
    """The statistic that the ranking goes by, in words."""
    return voice(f"study_{result.objective.statistic}") if result.objective is not None else ""


def ranking_table(
    result: SweepResult,
    voice: Voice,
    statistics: Sequence[str] = ("median", "p5", "worst"),
    others: Sequence[str] = OTHERS,
) -> Table:
    """The best points; or, without an objective, the first ones.

    ``statistics`` of the objective; ``others`` are measures whose median stands after them.
    """
    summary, ranking = result.summary, result.ranking[:RANKED]
    aim = result.objective.measure if result.objective is not None else "xirr"
    by = ranked_by(result) if ranking else "median"
    scores = dict(ranking)
    numbers = {place: number for number, place in enumerate(scores, 1)}
    measure = metric_column(aim, voice, short=True)
    own = Column("objective", f"{measure.label}, {statistic_word(result, voice)}", measure.kind)
    spread = list(dict.fromkeys((*([by] if by else []), *statistics)))
    parts: list[Part] = [
        *([([Column("rank", voice("rank"), "count")], lambda place: [numbers[place]])] if ranking else []),
        of_axes(summary.axes, voice),
        of_columns(summary, shown_columns(summary, "first"), voice),
        *([] if by else [([own], lambda place: [scores[place]])]),
        of_spread(summary, aim, spread, voice, head=bool(by)),
        *(of_spread(summary, name, ("median",), voice) for name in others if name != aim),
        of_columns(summary, shown_columns(summary, "last"), voice),
    ]
    places = scores or list(np.ndindex(summary.windows.shape))[:RANKED]
    return point_table(parts, places, voice.currency)


def readout_table(result: SweepResult, measures: Sequence[str], place: Place, voice: Voice) -> Table:
    """Every measure at one point, its spread beside it."""
    summary, rows = result.summary, []
    for name in measures:
        kind, label, missing = METRICS[name].kind, voice(name), summary.missing(name, place)
        spread = [voice.value(summary.value(name, s, place), kind) for s in STATISTICS]
        rows.append(tuple(map(Cell, (counted(label, *missing, voice) if missing else label, *spread))))
    columns = (Column("figure", voice("figure_word")), *(Column(s, voice(s), "number") for s in STATISTICS))
    return Table(columns, tuple(rows), voice.currency)


def along_table(result: SweepResult, measure: str, slider: int, place: Place, voice: Voice) -> Table:
    """A measure along the slider, all else as at the point."""
    summary = result.summary
    first, last = (of_columns(summary, shown_columns(summary, where), voice) for where in ("first", "last"))
    spread = of_spread(summary, measure, STATISTICS, voice, head=False)
    places = ((*place[:slider], i, *place[slider + 1 :]) for i in range(len(summary.axes[slider].values)))
    return point_table([of_axes(summary.axes, voice, [slider]), first, spread, last], places, voice.currency)


def point_note(result: SweepResult, place: Place, voice: Voice) -> str:
    """The columns of the summary at a point, in a line: how many windows stand behind it, how often they lost."""
    told = []
    for name in shown_columns(result.summary, "", "first", "last"):
        value, column = column_value(result.summary, name, place, voice), COLUMNS[name]
        told.append(f"{voice(column.word)}: {voice.value(value, column.kind)}")
    return " · ".join(told)


# --- sentences ----------------------------------------------------------------------------------------------


def alike(result: SweepResult) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(n1, …, nN) the points that cannot be told from the best, but the best itself."""
    others = result.confidence_set
    if result.ranking:
        others[result.ranking[0].place] = False
    return others


def counts(result: SweepResult, voice: Voice) -> list[str]:
    """How often money ran out, and what there is."""
    windows = result.summary.windows
    count = voice("sweep_cells", cells=f"{windows.size:,}", windows=f"{int(windows.sum()):,}")
    return [*_ran_out(result, voice), count]


def headline(result: SweepResult, voice: Voice) -> list[str]:
    """What there is, and what is best."""
    said = counts(result, voice)
    if not result.ranking or result.objective is None:
        return said
    place, score = result.ranking[0]
    labels = [voice.arg(axis.label) for axis in result.summary.axes]
    pairs = zip(labels, texts_at(result, place, voice))
    measure = result.objective.measure
    best = voice(
        "sweep_best",
        statistic=statistic_word(result, voice),
        measure=voice(measure),
        value=voice.value(score, METRICS[measure].kind),
        where=voice.listed([f"{label} {text}" for label, text in pairs]),
    )
    others = int(alike(result).sum())
    same = [voice("sweep_plateau" if others > 1 else "sweep_plateau_one", n=f"{others:,}")] if others else []
    return [*said, best, *same]


def _ran_out(result: SweepResult, voice: Voice) -> list[str]:
    """How often the money ran out at the best setting, and at those with the fewest and the most such windows."""
    dry = result.summary.ran_out
    if not dry.size:
        return []
    least, most = (end(dry.flat, key=lambda item: item.share) for end in (min, max))
    shown = {"least_setting": least, "most_setting": most}
    if least.share == most.share:
        shown = {"every_setting": most}
    elif result.ranking:
        shown = {"best_setting": dry[result.ranking[0].place], **shown}
    named = [(voice(name), item) for name, item in shown.items()]
    return [ran_out_sentence(named, voice("what_all_windows"), voice)]


def alike_sentence(result: SweepResult, voice: Voice) -> str:
    """The values of each axis that occur among the points that cannot be told from the best; or nothing."""
    found = alike(result)
    if not found.any():
        return ""
    spans = []
    for i, axis in enumerate(result.summary.axes):
        others = tuple(j for j in range(found.ndim) if j != i)
        texts = [voice.arg(axis.said(j)) for j in np.flatnonzero(found.any(axis=others)).tolist()]
        is_range = axis.kind != "text" and len(texts) > 2
        span = voice("from_to", first=texts[0], last=texts[-1]) if is_range else voice.listed(texts)
        spans.append(f"{voice.arg(axis.label)}: {span}")
    return voice("plateau_summary", n=f"{int(found.sum()):,}", where="; ".join(spans))


def sweep_text(result: SweepResult, lang: str, screen: Screen) -> str:
    """What ``backtest sweep`` prints: the best settings, how sure that is, what was assumed."""
    voice = Voice(lang, result.plan.base.currency)
    lines = [*counts(result, voice), ""]
    return study_text(result, lines, table_blocks(ranking_table(result, voice), voice, screen), voice, screen)
