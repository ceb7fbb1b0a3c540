"""Drawn futures on a terminal: the odds, the differences on the same futures, and what they rest on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.report.models import BootstrapStudy, Cell, Column, Table
from engine.report.study_tables import (
    counted,
    futures_ran_out_sentence,
    paragraph,
    ran_out_text,
    warnings,
)
from engine.report.terminal import Screen, places, table_blocks
from engine.report.voice import Voice, clean


def bootstrap_text(study: BootstrapStudy, folder: Path, lang: str, screen: Screen) -> str:
    """What ``backtest bootstrap`` prints."""
    voice = Voice(lang, study.currency)
    lines = [*warnings(study.manifest, voice)]
    lines.append(clean(study.name) + (f": {clean(study.description)}" if study.description else ""))
    lines.append(voice("bootstrap_headline", years=f"{study.years[-1]:g}", n=f"{study.paths:,}"))
    text = "\n".join([*lines, ""])
    if study.ran_out:
        text += paragraph(voice("ran_out_title"), [futures_ran_out_sentence(study, voice)], screen)
    text += "\n" + table_blocks(ends_table(study, voice), voice, screen)
    if study.paired:
        text += f"\n{voice('paired_title')}\n" + table_blocks(paired_table(study, voice), voice, screen)
    text += paragraph(voice("assumptions_title"), [voice.said(line) for line in study.statements], screen)
    return text + places(voice("files_title"), [str(folder)], screen)


def ends_table(study: BootstrapStudy, voice: Voice) -> Table:
    """A row a strategy: how often it ran out, the end at each percentile, the chance below the principal."""
    columns = [Column("strategy", voice("strategy"))]
    columns += [Column("ran_out", voice("ran_out"))] if study.ran_out else []
    columns.append(Column("contributed", voice("contributed"), "money"))
    columns += [Column(f"p{p:g}", voice("percentile", p=f"{p:g}"), "money") for p in study.percentiles]
    columns += [
        Column("below", voice("chance_below"), "percent"),
        Column("shortfall", voice("shortfall"), "percent"),
    ]
    rows = [
        (
            Cell(clean(name)),
            *([Cell(ran_out_text(study.ran_out[s], voice))] if study.ran_out else []),
            Cell(float(study.contributed[-1])),
            *(Cell(float(value)) for value in study.fan[s, :, -1]),
            Cell(float(study.below_principal[s])),
            Cell(_or_none(float(study.shortfall[s]))),
        )
        for s, name in enumerate(study.strategies)
    ]
    return Table(tuple(columns), tuple(rows), study.currency)


def paired_table(study: BootstrapStudy, voice: Voice) -> Table:
    """A row a pair and measure: the difference on the same futures, and its interval."""
    level = voice.percent(study.level, 0)
    columns = (
        Column("pair", voice("pair")),
        Column("measure", voice("figure_word")),
        Column("mean", voice("mean_difference")),
        Column("low", voice("interval_low", level=level)),
        Column("high", voice("interval_high", level=level)),
        Column("share", voice("share_second_better"), "percent"),
    )
    rows = []
    for item in study.paired:
        names = {"first": clean(study.strategies[item.first]), "second": clean(study.strategies[item.second])}
        figures = [
            voice.value(_or_none(x), item.measure.kind, sign=True) for x in (item.mean, item.low, item.high)
        ]
        figures[0] = counted(figures[0], item.known or study.paths, study.paths, voice)
        told = (voice("pair_names", **names), clean(item.measure.label), *figures, item.share_second_better)
        rows.append(tuple(Cell(value) for value in told))
    return Table(columns, tuple(rows), study.currency)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
