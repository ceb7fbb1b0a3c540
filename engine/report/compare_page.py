"""Several runs beside each other: what ``templates/compare.html`` shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.messages import Message
from engine.metrics import METRICS
from engine.report import chart_data
from engine.report.chart_specs import (
    SERIES,
    Figure,
    Key,
    date_axis,
    layout,
    line,
    money_axis,
    money_unit,
    percent_axis,
    ref,
    times_axis,
    whole_units,
)
from engine.report.charts import same_days
from engine.report.components import YEAR_STEPS, repeats, series_rows, tinted
from engine.report.html import page, page_locale
from engine.report.page_locale import PageLocale, clean
from engine.report.summary import (
    RUN_ROWS,
    compare_table,
    currency_of,
    dry_columns,
    dry_notes,
    flag_sentences,
    manifest_entries,
    metric,
    metric_column,
    money_notes,
    period_sentence,
)
from engine.report.tables import table_text
from engine.result import Result

DOWNLOADS = (("compare.csv", "csv", "text/csv"), ("compare.md", "markdown", "text/markdown"))


def compare_page(results: Sequence[Result], lang: str = "en", *, notes: Sequence[Message | str] = ()) -> str:
    """A page that compares runs with the first of them. ``notes``: what shortened the window, say."""
    locale = page_locale(lang, currency_of(results[0]))
    rows = [name for name in RUN_ROWS if name != "withdrawn" or any(metric(run, name) for run in results)]
    table = compare_table(results, lang, columns=[*dry_columns(results), *rows])
    return page(
        "compare.html",
        locale,
        figures=[value_figure(results, locale), growth_figure(results, locale)],
        columns=compare_columns(results),
        results=results,
        names=[clean(result.name) for result in results],
        warnings=flag_sentences(results, locale),
        period=period_sentence(results[0], locale),
        notes=[locale.sentence(note) for note in notes],
        headline=_headline(results, locale),
        table=table,
        labels={
            c.id: metric_column(c.id, locale).label if c.id in METRICS else c.label for c in table.columns
        },
        finals=locale("finals_summary", values=_each(results, _final_value, locale)),
        growths=_each(results, _growth, locale),
        years=_years(results, locale),
        assumptions=[locale.sentence(text) for text in manifest_entries(results, "assumptions")],
        series=series_rows([result.manifest for result in results], locale),
        downloads=[
            (name, media, table_text(table.columns, table.rows, shape, lang=lang, currency=table.currency))
            for name, shape, media in DOWNLOADS
        ],
        **repeats(results),
    )


def _headline(results: Sequence[Result], locale: PageLocale) -> list[str]:
    """Which ended highest, by how much, and which fell least."""
    money = money_notes(results, locale)
    texts = [*dry_notes(results, locale), *money]
    top = _alone_at_the_top(results, "liquidation_value")
    if top is not None and not money:
        amount = locale.money(metric(top, "liquidation_value"))
        texts.append(locale("compare_best", name=clean(top.name), amount=amount))
    calm = _alone_at_the_top(results, "max_drawdown")
    if calm is not None:
        depth = locale.percent(abs(metric(calm, "max_drawdown")))
        texts.append(locale("compare_calmest", name=clean(calm.name), depth=depth))
    return texts


def _alone_at_the_top(results: Sequence[Result], name: str) -> Result | None:
    """The run with the highest figure, unless another has as much."""
    known = [result for result in results if isinstance(metric(result, name), int | float)]
    if not known:
        return None
    top = max(known, key=lambda result: metric(result, name))
    ties = sum(metric(result, name) == metric(top, name) for result in known)
    return top if ties == 1 else None


def compare_columns(results: Sequence[Result]) -> dict[str, NDArray[Any]]:
    """The columns that the charts of a comparison refer to."""
    columns: dict[str, NDArray[Any]] = {}
    for i, result in enumerate(results):
        columns[f"date{i}"] = result.dates
        columns[f"value{i}"] = whole_units(result.equity["value"])
        columns[f"twr{i}"] = result.equity["twr"]
        if i and same_days(result, results[0]):
            columns[f"ratio{i}"] = result.equity["twr"] / results[0].equity["twr"] - 1.0
            del columns[f"date{i}"]
    return columns


def _day(results: Sequence[Result], i: int) -> dict[str, Any]:
    return ref("date0" if same_days(results[i], results[0]) else f"date{i}")


def _keys(results: Sequence[Result]) -> tuple[Key, ...]:
    return tuple(Key(clean(result.name), SERIES[i % 6]) for i, result in enumerate(results))


def value_figure(results: Sequence[Result], locale: PageLocale) -> Figure:
    """What there was in each."""
    most = max(float(result.equity["value"].max()) for result in results)
    unit = money_unit(most, locale)
    traces = tuple(
        line(_day(results, i), ref(f"value{i}", unit.scale), result.name, SERIES[i % 6], width=1.5)
        for i, result in enumerate(results)
    )
    keys = _keys(results)
    shape = layout(xaxis=date_axis(), yaxis=money_axis(unit, 0.0, most))
    return Figure("value", traces, shape, keys, 380)


def growth_figure(results: Sequence[Result], locale: PageLocale) -> Figure:
    """What 1 became in each, and below it how far each is ahead of the first."""
    traces = [
        line(_day(results, i), ref(f"twr{i}"), result.name, SERIES[i % 6], width=1.5)
        for i, result in enumerate(results)
    ]
    ratios = [i for i, result in enumerate(results) if i and same_days(result, results[0])]
    for i in ratios:
        name = locale("against_first", name=clean(results[i].name), first=clean(results[0].name))
        traces.append(line(_day(results, i), ref(f"ratio{i}"), name, SERIES[i % 6], yaxis="y2", width=1.4))
    index = np.concatenate([result.equity["twr"] for result in results])
    y = times_axis(float(index.min()), float(index.max()), locale)
    keys = _keys(results)
    if not ratios:
        return Figure("growth", tuple(traces), layout(xaxis=date_axis(), yaxis=y), keys, 380)
    shape = layout(
        hoversubplots="axis",
        xaxis=date_axis(anchor="y2"),
        yaxis=y | {"domain": [0.36, 1.0]},
        yaxis2=percent_axis(domain=[0.0, 0.26], tickformat=".0%", hoverformat="+.1%", nticks=4),
    )
    return Figure("growth", tuple(traces), shape, keys, 480)


def _each(results: Sequence[Result], figure: Callable[[Result, PageLocale], str], locale: PageLocale) -> str:
    """A figure of every run behind its name."""
    return locale.listed(
        [locale("name_value", name=clean(result.name), value=figure(result, locale)) for result in results]
    )


def _final_value(result: Result, locale: PageLocale) -> str:
    return locale.money(metric(result, "final_value"))


def _growth(result: Result, locale: PageLocale) -> str:
    return locale.times(float(result.equity["twr"][-1]))


def _years(results: Sequence[Result], locale: PageLocale) -> list[tuple[int, list[tuple[str, str]]]]:
    """Calendar years down, runs across, coloured like the months of one run."""
    by_run = []
    for result in results:
        periods, returns = chart_data.period_returns(result.dates, result.equity["twr"], "Y")
        by_run.append(dict(zip((periods.astype(int) + 1970).tolist(), returns.tolist())))
    years = sorted(set().union(*by_run))
    return [(year, [tinted(run.get(year, np.nan), YEAR_STEPS, locale) for run in by_run]) for year in years]
