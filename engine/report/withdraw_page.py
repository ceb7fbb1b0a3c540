"""What a plan may pay out, in tables and words, on a page and on a terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.report.answer import answer_text, texts
from engine.report.chart_specs import (
    DASHES,
    SERIES,
    Columns,
    Figure,
    Unit,
    keys_of,
    layout,
    line,
    money_axis,
    money_unit,
    percent_axis,
    ref,
)
from engine.report.components import series_rows
from engine.report.html import page, page_locale
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, clean
from engine.report.summary import flag_texts
from engine.report.terminal import Screen, notices, places, printed, section, table_blocks
from engine.report.withdraw_answer import stops, value_of, withdraw_answer
from engine.studies.withdraw.results import Limit, Payout, Success


def withdraw_page(found: Payout, lang: str = "en") -> str:
    """A page of one study: the answer, the limits, the shares that last."""
    locale = page_locale(lang, found.currency)
    figures = [curve_figure(found, locale)] if found.curve else []
    return page(
        "withdraw.html",
        locale,
        figures=figures,
        columns=curve_columns(found),
        found=found,
        warnings=flag_texts([found.manifest], locale),
        lead=texts(withdraw_answer(found), locale),
        limits=limits_table(found, locale),
        notes={
            name: locale(f"{name}_stop" if stops(found) else name) for name in ("limits_note", "curve_note")
        },
        rates=success_table(found, locale) if found.rates else None,
        curve_words=_curve_words(found, locale) if found.curve else "",
        statements=[locale.sentence(text) for text in found.manifest["assumptions"]],
        series=series_rows([found.manifest], locale),
    )


def withdraw_text(found: Payout, folder: Path, lang: str, screen: Screen) -> str:
    """What ``backtest withdraw`` prints."""
    locale = PageLocale(lang, found.currency)
    title = locale.labelled(clean(found.name), locale.text(found.description))
    text = notices(flag_texts([found.manifest], locale), locale, screen)
    text += printed([title], screen)
    text += answer_text(withdraw_answer(found), locale, screen).lstrip("\n")
    text += "\n" + table_blocks(limits_table(found, locale), locale, screen)
    if found.rates:
        text += f"\n{locale('success_title')}\n" + table_blocks(success_table(found, locale), locale, screen)
    statements = [locale.sentence(item) for item in found.manifest["assumptions"]]
    text += section(locale("assumptions_title"), statements, screen)
    return text + places(locale("files_title"), [str(folder)], screen)


def _sought(found: Payout, locale: PageLocale) -> str:
    """What was looked for, as a heading."""
    return locale(
        f"sought_{found.sought}_{found.every}" if found.sought == "amount" else f"sought_{found.sought}"
    )


def limits_table(found: Payout, locale: PageLocale) -> Table:
    """A row a horizon and allowed share: the last value within it, and what the next step does."""
    columns = (
        Column("years", locale("horizon_years")),
        Column("allowed", locale("allowed_failures")),
        Column("value", _sought(found, locale), "year" if stops(found) else "money"),
        *([Column("rate", locale("rate_of_pot"), "percent")] if found.sought == "amount" else []),
        Column("failed", locale("failed_at_it")),
        Column(
            "beyond",
            locale("a_year_earlier" if stops(found) else "next_step"),
            "year" if stops(found) else "money",
        ),
        Column("failed_beyond", locale("failed_at_next")),
    )
    return Table(
        columns, tuple(_limit_row(found, item, locale) for item in found.limits), found.currency, keys=2
    )


def _limit_row(found: Payout, item: Limit, locale: PageLocale) -> tuple[Cell, ...]:
    allowed = (
        locale("no_start_month", n=f"{item.simulations:,}", k=f"{item.independent:,}")
        if item.world == "history"
        else locale("futures_within", share=locale.percent(item.share, 0))
    )
    rate = (
        []
        if found.sought != "amount"
        else [None if item.value is None else item.value * found.a_year / found.pot]
    )
    failed, beyond = (_of(count, item, locale) for count in (item.failed, item.failed_beyond))
    row = (
        locale("over_years", n=f"{item.years}"),
        allowed,
        item.value,
        *rate,
        failed,
        item.beyond or None,
        beyond,
    )
    return tuple(map(Cell, row))


def _of(count: int, item: Limit, locale: PageLocale) -> str:
    return locale("ran_out_of", count=f"{count:,}", n=f"{item.simulations:,}")


def success_table(found: Payout, locale: PageLocale) -> Table:
    """A row a horizon and world, a column a rate: the share that lasts."""
    rates = sorted({item.rate for item in found.rates})
    columns = (
        Column("years", locale("horizon_years")),
        Column("world", locale("simulations_word")),
        *(Column(f"r{rate:g}", locale.percent(rate, None), "percent") for rate in rates),
    )
    rows = []
    for key in dict.fromkeys((item.years, item.world) for item in found.rates):
        own = {item.rate: item for item in found.rates if (item.years, item.world) == key}
        cells = [own[rate].share for rate in rates]
        rows.append(
            tuple(
                map(
                    Cell,
                    (locale("over_years", n=f"{key[0]}"), _world(next(iter(own.values())), locale), *cells),
                )
            )
        )
    return Table(columns, tuple(rows), found.currency, keys=2)


def _world(item: Success, locale: PageLocale) -> str:
    if item.world == "futures":
        return locale("n_futures", n=f"{item.simulations:,}")
    return locale("n_starts", n=f"{item.simulations:,}", k=f"{item.independent:,}")


def curve_columns(found: Payout) -> Columns:
    """The columns of the chart: values, and for each horizon the shares that last."""
    columns: Columns = {}
    for h, years in enumerate(_spans(found)):
        own = [item for item in found.curve if item.years == years]
        columns["value"] = np.array([item.value for item in own])
        columns[f"lasts{h}"] = np.array([item.share for item in own])
    return columns


def _spans(found: Payout) -> list[int]:
    return sorted({item.years for item in found.curve})


def curve_figure(found: Payout, locale: PageLocale) -> Figure:
    """The share of futures whose money lasts, by the value; a line a horizon."""
    values = [item.value for item in found.curve]
    shown = tuple(locale("over_years", n=f"{years}") for years in _spans(found))
    unit = money_unit(max(values), locale)
    shape = {**money_axis(unit, min(values), max(values)), "rangemode": "normal"}
    if stops(found):
        unit, shape = Unit(1.0, "", "", "d", "d"), {"tickformat": "d"}
    x = {**shape, "showgrid": False, "title": {"text": _sought(found, locale)}}
    traces = tuple(
        line(ref("value", unit.scale), ref(f"lasts{h}"), name, SERIES[h % 6], dash=DASHES[h % 6], width=2)
        for h, name in enumerate(shown)
    )
    low = min(item.share for item in found.curve)
    y = percent_axis(
        range=[max(0.0, low - 0.05), 1.02], tickformat=".0%", title={"text": locale("survival_axis")}
    )
    return Figure("curve", traces, layout(xaxis=x, yaxis=y), keys_of(shown), 320)


def _shown(found: Payout, value: float, locale: PageLocale) -> str:
    """A value by itself: money, or an age or a year in words."""
    return locale.sentence(value_of(found, value)) if stops(found) else locale.money(value)


def _curve_words(found: Payout, locale: PageLocale) -> str:
    """The ends of each horizon's line."""
    said = []
    for years in _spans(found):
        own = [item for item in found.curve if item.years == years]
        low, high = own[0], own[-1]
        said.append(
            locale(
                "curve_summary",
                years=f"{years}",
                low=_shown(found, low.value, locale),
                high=_shown(found, high.value, locale),
                first=locale.percent(low.share, 1),
                last=locale.percent(high.share, 1),
            )
        )
    return locale.sentences(said)
