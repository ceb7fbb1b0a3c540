"""Drawn futures in tables and sentences, for pages and terminals."""

from __future__ import annotations

from pathlib import Path

from engine.report.answer import answer_text
from engine.report.bootstrap_answer import bootstrap_answer, strategy_names
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, basis, clean, money_of
from engine.report.study_tables import counted, ran_out_text
from engine.report.summary import flag_texts, metric_column
from engine.report.terminal import Screen, notices, places, printed, section, table_blocks
from engine.studies.bootstrap.results import PERCENTILES, Bootstrap, Difference
from engine.studies.student import LEVEL


def bootstrap_text(found: Bootstrap, folder: Path | None, lang: str, screen: Screen) -> str:
    """What ``backtest bootstrap`` prints."""
    month = money_of(found.manifest)
    locale = PageLocale(lang, found.currency, per_year=basis([found.manifest]), money_of=month)
    title = locale.labelled(clean(found.name), locale.about(found.description))
    text = notices(flag_texts([found.manifest], locale), locale, screen)
    text += printed([title, drawn(found, locale)], screen)
    text += answer_text(bootstrap_answer(found), locale, screen).lstrip("\n")
    text += "\n" + table_blocks(ends_table(found, locale), locale, screen)
    text += printed([locale("percentile_meaning")], screen)
    if found.differences:
        text += f"\n{locale('paired_title')}\n" + table_blocks(paired_table(found, locale), locale, screen)
    text += section(locale("assumptions_title"), statements(found, locale), screen)
    return text + (places(locale("files_title"), [str(folder)], screen) if folder else "")


def names(found: Bootstrap, locale: PageLocale) -> tuple[str, ...]:
    """The strategies for people."""
    return tuple(map(locale.arg, strategy_names(found)))


def drawn(found: Bootstrap, locale: PageLocale) -> str:
    """How many futures of which length."""
    return locale("bootstrap_headline", years=str(found.years[-1]), n=f"{found.paths:,}")


def statements(found: Bootstrap, locale: PageLocale) -> list[str]:
    """What the study assumes, a sentence each."""
    return [locale.sentence(text) for text in found.manifest["assumptions"]]


def ends_table(found: Bootstrap, locale: PageLocale) -> Table:
    """A row a strategy: how often it ran out, the end at each percentile, the chance below the principal."""
    columns = (
        Column("strategy", locale("strategy")),
        *([Column("ran_out", locale("ran_out"))] if found.ran_out else []),
        Column("contributed", locale("contributed"), "money"),
        *(Column(f"p{p:g}", locale("percentile", p=f"{p:g}"), "money") for p in PERCENTILES),
        Column("below", locale("chance_below"), "percent"),
        Column("shortfall", locale("shortfall"), "percent"),
    )
    rows = []
    for s, (name, chance) in enumerate(zip(names(found, locale), found.loss_probabilities)):
        dry = [ran_out_text(found.ran_out[s], locale)] if found.ran_out else []
        money = (float(found.contributed[s, -1]), *found.fan[s, :, -1].tolist())
        rows.append(tuple(map(Cell, (name, *dry, *money, chance.below, chance.shortfall))))
    return Table(columns, tuple(rows), found.currency)


def paired_table(found: Bootstrap, locale: PageLocale) -> Table:
    """A row a pair and metric: the difference on the same futures, and its interval."""
    level, shown = locale.percent(LEVEL, 0), names(found, locale)
    ties = any(item.share_same for item in found.differences if item.metric == "final_value")
    columns = (
        Column("pair", locale("pair")),
        Column("measure", locale("figure_word")),
        Column("mean", locale("mean_difference"), "money"),
        Column("low", locale("interval_low", level=level), "money"),
        Column("high", locale("interval_high", level=level), "money"),
        Column("share", locale("share_second_better"), "percent"),
        *([Column("same", locale("as_much"), "percent")] if ties else []),
    )
    rows = []
    for item in found.differences:
        column = metric_column(item.metric, locale)
        mean, low, high = (
            locale.value(value, column.kind, sign=True) for value in (item.mean, item.low, item.high)
        )
        mean = counted(mean, item.known or found.paths, found.paths, locale)
        pair = locale("pair_names", first=shown[item.first], second=shown[item.second])
        shares = (item.share_second_better, *([item.share_same] if ties else []))
        rows.append(tuple(map(Cell, (pair, column.label, mean, low, high, *shares))))
    return Table(columns, tuple(rows), found.currency, keys=2)


def paired_words(found: Bootstrap, item: Difference, locale: PageLocale) -> str:
    """What the interval says, in words: noise, or a difference."""
    shown = names(found, locale)
    return locale(
        "paired_noise" if item.low <= 0 <= item.high else "paired_real",
        level=locale.percent(item.level, 0),
        measure=metric_column(item.metric, locale).label,
        first=shown[item.first],
        second=shown[item.second],
    )
