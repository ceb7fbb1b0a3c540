"""Studies on a terminal: the few figures that answer the question, how sure they are, where the rest is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.metrics import below_principal
from engine.report.models import Cell, Column, Sentence, SweepStudy, Table, WindowsStudy
from engine.report.study_tables import (
    counted,
    counted_value,
    medians_note,
    more_than_first,
    ran_out_text,
    same_windows_table,
    sweep_ran_out_sentences,
    windows_ran_out,
    windows_ran_out_sentence,
)
from engine.report.summary import flag_texts, metric_column, warning_lines
from engine.report.sweep_page import ranked_by
from engine.report.terminal import Screen, places, section, table_blocks
from engine.report.voice import Voice, clean
from engine.studies.grid.axis_words import axis_label
from engine.studies.grid.shown import windows_findings, windows_model
from engine.studies.missing import quantiles

if TYPE_CHECKING:
    from engine.studies.grid.results import WindowsResult

SHOWN = 10  # rows of a ranking, and of a summary without one
BESIDE = ("xirr", "max_drawdown")  # measures whose median stands beside the objective


def sweep_text(study: SweepStudy, folder: Path, lang: str, screen: Screen) -> str:
    """What ``backtest sweep`` prints."""
    voice = Voice(lang, study.currency)
    title = clean(study.name) + (f": {clean(study.description)}" if study.description else "")
    count = voice("sweep_cells", cells=f"{study.windows.size:,}", windows=f"{int(study.windows.sum()):,}")
    lines = [*warnings(study.manifest, voice), title, *sweep_ran_out_sentences(study, voice), count, ""]
    text = "\n".join(lines) + "\n" + table_blocks(ranking_table(study, voice), voice, screen)
    text += paragraph(voice("findings_title"), [voice.text(item) for item in study.findings], screen)
    text += paragraph(voice("assumptions_title"), _assumed(study, study.statements, voice), screen)
    return text + places(voice("files_title"), [str(folder)], screen)


def warnings(manifest: Mapping[str, Any], voice: Voice) -> list[str]:
    """What every output of a study must carry: a sample, rules that did not exist."""
    return warning_lines(flag_texts([manifest], voice), voice)


def _assumed(study: SweepStudy | WindowsStudy, statements: Iterable[Sentence], voice: Voice) -> list[str]:
    """What the study assumed, said in the language of ``voice`` by itself, then what its runs did."""
    engine = study.manifest.get("assumptions", ())
    return [*map(voice.text, statements), *map(voice.said, engine)]


def paragraph(title: str, lines: Sequence[str], screen: Screen) -> str:
    """A heading and its lines, which wrap inside their margin; nothing where there are none."""
    return section(title, lines, screen) if lines else ""


def ranking_table(study: SweepStudy, voice: Voice) -> Table:
    """The best cells; or, without an objective, the first ones."""
    names = {measure.id: n for n, measure in enumerate(study.measures)}
    aim = study.objective or study.reward
    beside = [name for name in BESIDE if name != aim]
    columns = [Column("rank", voice("rank"), "count")] if study.ranking else []
    columns += [Column(axis.id, axis.label, axis.kind) for axis in study.axes]
    columns += [Column("ran_out", voice("ran_out"))] if study.ran_out.size else []
    first = ranked_by(study) if study.ranking else "median"
    shown = list(dict.fromkeys(s for s in (first, "median", "p5", "worst") if s in study.statistics))
    heads = [voice(s) for s in shown] if first else [study.statistic, *(voice(s) for s in shown)]
    measure = study.measures[names[aim]]
    short = metric_column(aim, voice, short=True).label
    columns += [
        Column(head, f"{short}, {head}" if n == 0 else head, measure.kind) for n, head in enumerate(heads)
    ]
    others = [study.measures[names[name]] for name in beside]
    columns += [
        Column(m.id, f"{metric_column(m.id, voice, short=True).label}, {voice('median')}", m.kind)
        for m in others
    ]
    columns += [
        Column("beat_core", voice("study_beat_core"), "percent"),
        Column("below_principal", voice("study_below_principal"), "percent"),
    ]
    places = [ranked.cell for ranked in study.ranking[:SHOWN]] or list(np.ndindex(study.windows.shape))[
        :SHOWN
    ]
    rows = []
    for number, place in enumerate(places, 1):
        row: list[Any] = [number] if study.ranking else []
        row += [axis.words.get(axis.values[at], axis.values[at]) for axis, at in zip(study.axes, place)]
        row += [ran_out_text(study.ran_out[place], voice)] if study.ran_out.size else []
        row += [] if first else [study.ranking[number - 1].objective]
        figures = [float(study.values[(names[aim], study.statistics.index(s), *place)]) for s in shown]
        row += [counted_value(study, names[aim], place, figures[0], voice), *figures[1:]]
        for m in others:
            middle = float(study.values[(names[m.id], study.statistics.index("median"), *place)])
            row.append(counted_value(study, names[m.id], place, middle, voice))
        row += [float(study.beat_core[place]), float(study.below_principal[place])]
        rows.append(tuple(Cell(value) for value in row))
    return Table(tuple(columns), tuple(rows), study.currency)


def windows_text(result: WindowsResult, lang: str, screen: Screen) -> str:
    """What ``backtest windows`` prints."""
    study = windows_model(result, lang)
    voice = Voice(lang, study.currency)
    title = clean(study.name) + (f": {clean(study.description)}" if study.description else "")
    text = "\n".join([*warnings(study.manifest, voice), title, ""]) + "\n"
    if study.ran_out:
        said = [windows_ran_out_sentence(study, h, voice) for h in range(len(study.horizons))]
        text += paragraph(voice("ran_out_title"), said, screen)
        text += "\n" + table_blocks(windows_ran_out(study, voice), voice, screen) + "\n"
    if study.paired:
        text += f"{voice('same_windows_title')}\n" + table_blocks(
            same_windows_table(study, voice), voice, screen
        )
        text += "\n"
    text += f"{voice('windows_table')}\n" + table_blocks(outcomes_table(study, voice), voice, screen)
    if study.paired:
        text += paragraph("", [medians_note(voice)], screen)
    text += paragraph(voice("findings_title"), windows_findings(result, lang), screen)
    found = windows_findings(result, lang)
    own = [line for line in study.statements if line not in found]
    text += paragraph(voice("assumptions_title"), _assumed(study, own, voice), screen)
    text += paragraph(voice("study_reference"), [voice.text(item) for item in study.references], screen)
    return text + places(voice("files_title"), [str(result.study.folder)], screen)


def outcomes_table(study: WindowsStudy, voice: Voice) -> Table:
    """A row a strategy and horizon: how many windows, and the spread of what they came to.

    The median of the final value never stands without what the same windows say of it.
    """
    measures = {measure.id: n for n, measure in enumerate(study.measures)}
    aim = "xirr" if "xirr" in measures else "value_to_contributed"
    label, kind = metric_column(aim, voice, short=True).label, study.measures[measures[aim]].kind
    final = metric_column("final_value", voice, short=True).label
    first = clean(study.strategies[0])
    columns = (
        Column("strategy", voice("study_strategy_word")),
        Column("horizon", axis_label("horizon", voice), "count"),
        Column("windows", voice("windows_word"), "count"),
        *([Column("ran_out", voice("ran_out"))] if study.ran_out else []),
        Column("final_value", f"{final}, {voice('median')}", "money"),
        *([Column("better", voice("more_than", first=first), "percent")] if study.paired else []),
        Column("median", f"{label}, {voice('median')}", kind),
        Column("p5", voice("p5"), kind),
        Column("worst", voice("worst"), kind),
        Column("below_principal", voice("study_below_principal"), "percent"),
    )
    rows = []
    for h, months in enumerate(study.horizons):
        for s, name in enumerate(study.strategies):
            values = {key: study.outcome[n, s, h] for key, n in measures.items()}
            lived = np.isfinite(values["final_value"])
            low, middle = quantiles(values[aim], (0.05, 0.5))
            row: list[Any] = [name, months // 12, int(lived.sum())]
            row += [ran_out_text(study.ran_out[s][h], voice)] if study.ran_out else []
            row += [float(np.median(values["final_value"][lived]))]
            row += [more_than_first(study, s, h)] if study.paired else []
            known = int(np.isfinite(values[aim]).sum())
            row += [counted(voice.value(middle, kind), known, int(lived.sum()), voice)]
            row += [low, quantiles(values[aim], (0.0,))[0]]
            row += [float(below_principal(values["value_to_contributed"][lived]).mean())]
            rows.append(tuple(Cell(value) for value in row))
    return Table(columns, tuple(rows), study.currency)
