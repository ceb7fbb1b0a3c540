"""Studies on a terminal: the few figures that answer the question, how sure they are, where the rest is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.report.models import Cell, Column, Sentence, SweepStudy, Table, WindowsStudy
from engine.report.summary import flag_texts, metric_column, warning_lines
from engine.report.terminal import Screen, places, section, table_blocks
from engine.report.voice import Voice, clean
from engine.studies.shown import windows_findings, windows_model
from engine.studies.wording import axis_label, say

if TYPE_CHECKING:
    from engine.studies.results import WindowsResult

SHOWN = 10  # rows of a ranking, and of a summary without one
BESIDE = ("xirr", "max_drawdown")  # measures whose median stands beside the objective


def sweep_text(study: SweepStudy, folder: Path, lang: str, screen: Screen) -> str:
    """What ``backtest sweep`` prints."""
    voice = Voice(lang, study.currency)
    title = clean(study.name) + (f": {clean(study.description)}" if study.description else "")
    count = voice("sweep_cells", cells=f"{study.windows.size:,}", windows=f"{int(study.windows.sum()):,}")
    lines = [*warnings(study.manifest, voice), title, count, ""]
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
    shown = [s for s in ("median", "p5", "worst") if s in study.statistics]
    measure = study.measures[names[aim]]
    short = metric_column(aim, voice, short=True).label
    columns += [
        Column(s, f"{short}, {voice(s)}" if n == 0 else voice(s), measure.kind) for n, s in enumerate(shown)
    ]
    others = [study.measures[names[name]] for name in beside]
    columns += [
        Column(m.id, f"{metric_column(m.id, voice, short=True).label}, {voice('median')}", m.kind)
        for m in others
    ]
    columns += [
        Column("beat_core", say(voice, "beat_core"), "percent"),
        Column("below_principal", say(voice, "below_principal"), "percent"),
    ]
    places = [ranked.cell for ranked in study.ranking[:SHOWN]] or list(np.ndindex(study.windows.shape))[
        :SHOWN
    ]
    rows = []
    for number, place in enumerate(places, 1):
        row: list[Any] = [number] if study.ranking else []
        row += [axis.words.get(axis.values[at], axis.values[at]) for axis, at in zip(study.axes, place)]
        row += [float(study.values[(names[aim], study.statistics.index(s), *place)]) for s in shown]
        row += [float(study.values[(names[m.id], study.statistics.index("median"), *place)]) for m in others]
        row += [float(study.beat_core[place]), float(study.below_principal[place])]
        rows.append(tuple(Cell(value) for value in row))
    return Table(tuple(columns), tuple(rows), study.currency)


def windows_text(result: WindowsResult, lang: str, screen: Screen) -> str:
    """What ``backtest windows`` prints."""
    study = windows_model(result, lang)
    voice = Voice(lang, study.currency)
    title = clean(study.name) + (f": {clean(study.description)}" if study.description else "")
    text = "\n".join([*warnings(study.manifest, voice), title, ""]) + "\n"
    text += table_blocks(outcomes_table(study, voice), voice, screen)
    text += paragraph(voice("findings_title"), windows_findings(result, lang), screen)
    found = windows_findings(result, lang)
    own = [line for line in study.statements if line not in found]
    text += paragraph(voice("assumptions_title"), _assumed(study, own, voice), screen)
    text += paragraph(say(voice, "reference"), [voice.text(item) for item in study.references], screen)
    return text + places(voice("files_title"), [str(result.study.folder)], screen)


def outcomes_table(study: WindowsStudy, voice: Voice) -> Table:
    """A row a strategy and horizon: how many windows, and the spread of what they came to."""
    measures = {measure.id: n for n, measure in enumerate(study.measures)}
    aim = "xirr" if "xirr" in measures else "value_to_contributed"
    label, kind = metric_column(aim, voice, short=True).label, study.measures[measures[aim]].kind
    columns = (
        Column("strategy", say(voice, "strategy_word")),
        Column("horizon", axis_label("horizon", voice), "count"),
        Column("windows", voice("windows_word"), "count"),
        Column("median", f"{label}, {voice('median')}", kind),
        Column("p5", voice("p5"), kind),
        Column("worst", voice("worst"), kind),
        Column(
            "final_value",
            f"{metric_column('final_value', voice, short=True).label}, {voice('median')}",
            "money",
        ),
        Column("below_principal", say(voice, "below_principal"), "percent"),
    )
    rows = []
    for h, months in enumerate(study.horizons):
        for s, name in enumerate(study.strategies):
            values = {key: study.outcome[n, s, h] for key, n in measures.items()}
            known = np.isfinite(values["final_value"])
            low, middle = np.quantile(values[aim][known], (0.05, 0.5))
            row = [name, months // 12, int(known.sum()), float(middle), float(low)]
            row += [float(values[aim][known].min()), float(np.median(values["final_value"][known]))]
            row += [float((values["value_to_contributed"][known] < 1.0).mean())]
            rows.append(tuple(Cell(value) for value in row))
    return Table(columns, tuple(rows), study.currency)
