"""Drawn futures in tables and sentences, for pages and terminals."""

from __future__ import annotations

from pathlib import Path

from engine.report.models import Cell, Column, Table
from engine.report.study_tables import counted, ran_out_sentence, ran_out_text
from engine.report.summary import flag_texts, metric_column, warning_lines
from engine.report.terminal import Screen, places, section, table_blocks
from engine.report.voice import Voice, clean
from engine.studies.bootstrap.results import LEVEL, PERCENTILES, Bootstrap, Difference


def bootstrap_text(found: Bootstrap, folder: Path, lang: str, screen: Screen) -> str:
    """What ``backtest bootstrap`` prints."""
    voice = Voice(lang, found.currency)
    title = ": ".join(filter(None, (clean(found.name), voice.text(found.description))))
    text = "\n".join(
        [*warning_lines(flag_texts([found.manifest], voice), voice), title, drawn(found, voice), ""]
    )
    if found.ran_out:
        text += section(voice("ran_out_title"), [futures_ran_out_sentence(found, voice)], screen)
    text += "\n" + table_blocks(ends_table(found, voice), voice, screen)
    if found.differences:
        text += f"\n{voice('paired_title')}\n" + table_blocks(paired_table(found, voice), voice, screen)
    text += section(voice("assumptions_title"), statements(found, voice), screen)
    return text + places(voice("files_title"), [str(folder)], screen)


def names(found: Bootstrap, voice: Voice) -> tuple[str, ...]:
    """The strategies for people: the benchmark is called the core alone."""
    own = tuple(map(clean, found.strategies))
    return (*own[:-1], voice("core_alone", core=clean(found.benchmark))) if found.benchmark else own


def drawn(found: Bootstrap, voice: Voice) -> str:
    """How many futures of which length."""
    return voice("bootstrap_headline", years=str(found.years[-1]), n=f"{found.paths:,}")


def statements(found: Bootstrap, voice: Voice) -> list[str]:
    """What the study assumes, a sentence each."""
    return [voice.said(text) for text in found.manifest["assumptions"]]


def futures_ran_out_sentence(found: Bootstrap, voice: Voice) -> str:
    """In how many of the futures each strategy's money ran out."""
    what = voice("what_futures", years=str(found.years[-1]))
    return ran_out_sentence(list(zip(names(found, voice), found.ran_out)), what, voice)


def ends_table(found: Bootstrap, voice: Voice) -> Table:
    """A row a strategy: how often it ran out, the end at each percentile, the chance below the principal."""
    columns = (
        Column("strategy", voice("strategy")),
        *([Column("ran_out", voice("ran_out"))] if found.ran_out else []),
        Column("contributed", voice("contributed"), "money"),
        *(Column(f"p{p:g}", voice("percentile", p=f"{p:g}"), "money") for p in PERCENTILES),
        Column("below", voice("chance_below"), "percent"),
        Column("shortfall", voice("shortfall"), "percent"),
    )
    rows = []
    for s, (name, chance) in enumerate(zip(names(found, voice), found.loss_probabilities)):
        dry = [ran_out_text(found.ran_out[s], voice)] if found.ran_out else []
        money = (float(found.contributed[s, -1]), *found.fan[s, :, -1].tolist())
        rows.append(tuple(map(Cell, (name, *dry, *money, chance.below, chance.shortfall))))
    return Table(columns, tuple(rows), found.currency)


def paired_table(found: Bootstrap, voice: Voice) -> Table:
    """A row a pair and metric: the difference on the same futures, and its interval."""
    level, shown = voice.percent(LEVEL, 0), names(found, voice)
    columns = (
        Column("pair", voice("pair")),
        Column("measure", voice("figure_word")),
        Column("mean", voice("mean_difference"), "money"),
        Column("low", voice("interval_low", level=level), "money"),
        Column("high", voice("interval_high", level=level), "money"),
        Column("share", voice("share_second_better"), "percent"),
    )
    rows = []
    for item in found.differences:
        column = metric_column(item.metric, voice)
        mean, low, high = (
            voice.value(value, column.kind, sign=True) for value in (item.mean, item.low, item.high)
        )
        mean = counted(mean, item.known or found.paths, found.paths, voice)
        pair = voice("pair_names", first=shown[item.first], second=shown[item.second])
        rows.append(tuple(map(Cell, (pair, column.label, mean, low, high, item.share_second_better))))
    return Table(columns, tuple(rows), found.currency)


def paired_words(found: Bootstrap, item: Difference, voice: Voice) -> str:
    """What the interval says, in words: noise, or a difference."""
    shown = names(found, voice)
    return voice(
        "paired_noise" if item.low <= 0 <= item.high else "paired_real",
        level=voice.percent(item.level, 0),
        measure=metric_column(item.metric, voice).label,
        first=shown[item.first],
        second=shown[item.second],
    )
