"""What a page, a terminal and a notebook show of strategies on the same windows: tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.market.series import Floats
from engine.metrics import METRICS
from engine.report.answer import answer_text
from engine.report.models import Column, Table
from engine.report.page_locale import PageLocale
from engine.report.point_tables import Part, axis_texts, of_axes, of_columns, of_spread, point_table
from engine.report.study_tables import counted, ran_out_table, study_locale, study_text
from engine.report.terminal import Screen, paragraph, table_blocks
from engine.report.windows_answer import windows_answer
from engine.report.windows_horizon import PRINCIPAL
from engine.studies.grid.axes import years_said
from engine.studies.grid.results import Flows, WindowsResult
from engine.studies.grid.statistics import Place


def names(result: WindowsResult, locale: PageLocale) -> list[str]:
    """The strategies for people."""
    return axis_texts(result.plan.points.axes[0], locale)


def horizon_text(result: WindowsResult, h: int, locale: PageLocale) -> str:
    """A horizon for people."""
    return locale.arg(years_said(result.horizons[h]))


def shown(result: WindowsResult, measure: str) -> Floats:
    """(S, H, W) of a measure; what differs in its last bits only is shown as the same."""
    return np.round(result.outcome[measure], 12)


def value_texts(
    values: Sequence[float], measure: str, locale: PageLocale, *, sign: bool = False
) -> list[str]:
    """Values of a measure for reading."""
    return [locale.value(float(value), METRICS[measure].kind, sign=sign) for value in values]


# --- tables -------------------------------------------------------------------------------------------------


def ran_out_by_window(result: WindowsResult, locale: PageLocale) -> Table:
    """A row a horizon and strategy: how often its money ran out."""
    heads = (Column("strategy", locale("strategy")), Column("horizon", locale("choose_horizon")))
    rows = [
        ((name, horizon_text(result, h, locale)), own[h])
        for h in range(len(result.horizons))
        for name, own in zip(names(result, locale), result.summary.ran_out)
    ]
    return ran_out_table(heads, rows, locale.currency, locale)


def same_windows_table(result: WindowsResult, locale: PageLocale) -> Table:
    """A row a strategy but the first, and horizon: what it ended with against the first, window by window."""
    columns = [
        Column("windows", locale("windows_word"), "count"),
        Column("better", locale("more_than", first=names(result, locale)[0]), "percent"),
        Column("same", locale("as_much"), "percent"),
        Column("ratio", locale("median_gap")),
        Column("mean", locale("mean_gap")),
        Column("half_width", locale("half_gap")),
        Column("independent", locale("independent"), "count"),
    ]
    pairs = {(item.strategy, item.horizon): item for item in result.pairs}

    def values(place: Place) -> list[Any]:
        item = pairs[place[0], place[1]]
        found = item.difference
        ratio, mean = (
            counted(locale.percent(value, 2, sign=True), item.compared, item.windows, locale)
            for value in (item.ratio, found.mean)
        )
        half_width = locale.percent(found.half_width, 2) if found.is_told else locale("untold")
        return [item.windows, item.better, item.same, ratio, mean, half_width, found.independent]

    places = [place for place in _by_horizon(result) if place in pairs]
    return point_table([of_axes(result.summary.axes, locale), (columns, values)], places, locale.currency)


def outcomes_table(result: WindowsResult, measure: str, locale: PageLocale) -> Table:
    """A row a horizon and strategy: how many windows, and the spread of a measure over them, for a page."""
    summary, better = result.summary, METRICS[measure].better

    def worst_start(place: Place) -> list[str | None]:
        values = result.outcome[measure][place]
        if not np.isfinite(values).any():
            return [None]
        worst = np.nanargmax(values) if better == "min" else np.nanargmin(values)
        return [locale.year_month(result.starts[worst])]

    parts: list[Part] = [
        of_axes(summary.axes, locale),
        of_columns(summary, ("windows", "independent", "ran_out"), locale),
        of_spread(summary, measure, ("median", "p5", "p95", "worst"), locale),
        ([Column("start", locale("worst_start"))], worst_start),
        of_columns(summary, ("below_principal",), locale),
        *_against_first(result, locale),
    ]
    return point_table(parts, _by_horizon(result), locale.currency)


def final_values_table(result: WindowsResult, locale: PageLocale) -> Table:
    """The same for a terminal: what is compared, and rates.

    The median of the final value never stands without its quartiles, which show whether the windows fall into two
    groups, and without what the same windows say of it.
    """
    summary = result.summary
    rate = "xirr" if "xirr" in result.measures else PRINCIPAL
    parts: list[Part] = [
        of_axes(summary.axes, locale),
        of_columns(summary, ("windows", "ran_out"), locale),
        of_spread(summary, result.by, ("p25", "median", "p75"), locale),
        *_against_first(result, locale),
        # The rate is that of the final value: what is compared after tax it does not tell.
        *([] if result.after_tax else [of_spread(summary, rate, ("median", "p5", "worst"), locale)]),
        of_columns(summary, ("below_principal",), locale),
    ]
    return point_table(parts, _by_horizon(result), locale.currency)


def _by_horizon(result: WindowsResult) -> list[Place]:
    return [(s, h) for h in range(len(result.horizons)) for s in range(len(result.names))]


def _against_first(result: WindowsResult, locale: PageLocale) -> list[Part]:
    """The share of windows in which a strategy ended with more than the first one; nothing for one strategy."""
    shares: dict[Place, float] = {(item.strategy, item.horizon): item.better for item in result.pairs}
    head = Column("better", locale("more_than", first=names(result, locale)[0]), "percent")
    return [([head], lambda place: [shares.get(place)])] if result.pairs else []


# --- sentences ----------------------------------------------------------------------------------------------


def same_windows_notes(result: WindowsResult, locale: PageLocale) -> list[str]:
    """What the table of the same windows does not say: of different amounts, and when a difference is not told."""
    noted = {
        "amounts_note": any(pair.money is Flows.AMOUNTS for pair in result.pairs),
        "untold_note": any(not pair.difference.is_told for pair in result.pairs),
    }
    return [locale(note) for note, holds in noted.items() if holds]


def medians_note(locale: PageLocale) -> str:
    """Why two medians of final values do not say which of two strategies left more."""
    return locale("medians_differ", title=locale("same_windows_title"))


def windows_text(result: WindowsResult, lang: str, screen: Screen) -> str:
    """What ``backtest windows`` prints: the paired answer first, then all windows, and what was assumed."""
    locale = study_locale(result, lang)
    body = ""
    if result.summary.ran_out.size:
        table = table_blocks(ran_out_by_window(result, locale), locale, screen)
        body += f"{locale('ran_out_title')}\n{table}\n"
    if result.pairs:
        table = table_blocks(same_windows_table(result, locale), locale, screen)
        body += f"{locale('same_windows_title')}\n{table}"
        body += paragraph("", same_windows_notes(result, locale), screen) + "\n"
    table = table_blocks(final_values_table(result, locale), locale, screen)
    body += f"{locale('windows_table')}\n{table}"
    if result.pairs:
        body += paragraph("", [medians_note(locale)], screen)
    reference = [locale.text(result.reference)] if result.reference else []
    more = paragraph(locale("study_reference"), reference, screen)
    answer = answer_text(windows_answer(result), locale, screen).lstrip("\n")
    return study_text(result, answer + "\n" + body, locale, screen, more)
