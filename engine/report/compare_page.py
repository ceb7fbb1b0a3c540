"""Several runs beside each other: what ``templates/compare.html`` shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from engine.market.series import Floats
from engine.messages import Message
from engine.metrics import METRICS, gained
from engine.real import in_real_money, why_not_real
from engine.report import chart_data
from engine.report.answer import texts
from engine.report.chart_specs import (
    SERIES,
    Columns,
    Figure,
    Key,
    date_axis,
    layout,
    line,
    money_axis,
    money_unit,
    named,
    over_ahead,
    percent_axis,
    ref,
    times_axis,
    whole_units,
)
from engine.report.charts import same_days
from engine.report.compare_answer import compare_answer
from engine.report.components import YEAR_STEPS, repeats, series_rows, tinted
from engine.report.html import page_locale, reading_page
from engine.report.page_locale import PageLocale, basis, clean
from engine.report.plan_words import cost_lines, plan_line
from engine.report.readings import Reading, in_both
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
    period_sentence,
)
from engine.report.tables import table_text
from engine.result import Result

DOWNLOADS = (("compare.csv", "csv", "text/csv"), ("compare.md", "markdown", "text/markdown"))


def compare_page(
    results: Sequence[Result],
    lang: str = "en",
    *,
    notes: Sequence[Message | str] = (),
    real: bool = False,
) -> str:
    """A page that compares runs with the first of them. ``notes``: what shortened the window, say.

    ``real``: today's money is shown first, where all runs can be read in it.
    """
    locale = page_locale(lang, currency_of(results[0]), basis([item.manifest for item in results]))
    can = not any(map(why_not_real, results))
    first, other = in_both(
        partial(_reading, locale=locale, notes=notes),
        results,
        [*map(in_real_money, results)] if can else None,
    )
    return reading_page("compare.html", locale, first, other, real_first=real)


def _reading(results: Sequence[Result], locale: PageLocale, notes: Sequence[Message | str]) -> Reading:
    """A comparison in one money."""
    lang, answer = locale.lang, compare_answer(results)
    rows = [name for name in RUN_ROWS if name != "withdrawn" or any(metric(run, name) for run in results)]
    table = compare_table(results, lang, columns=[*dry_columns(results), *rows])
    figures = [value_figure(results, locale), growth_figure(results, locale)]
    if has_relative := bool(_beside_first(results)):
        figures.append(relative_figure(results, locale))
    shown = dict(
        results=results,
        names=[clean(result.name) for result in results],
        warnings=flag_sentences(results, locale),
        period=period_sentence(results[0], locale),
        notes=[locale.sentence(note) for note in notes],
        said=texts(answer, locale, len(dry_notes(results)) or len(answer.answer)),
        plans=[locale.sentence(plan_line(result)) for result in results],
        costs=[locale.sentence(text) for text in cost_lines(results)],
        relatives=_relatives(results, locale) if has_relative else "",
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
    return Reading(figures, compare_columns(results), shown)


def compare_columns(results: Sequence[Result]) -> Columns:
    """The columns that the charts of a comparison refer to."""
    columns: Columns = {}
    for i, result in enumerate(results):
        columns[f"date{i}"] = result.dates
        columns[f"value{i}"] = whole_units(result.equity["value"])
        columns[f"twr{i}"] = result.equity["twr"]
        if i and same_days(result, results[0]):
            columns[f"ratio{i}"] = _relative(result, results[0], "twr")
            columns[f"relative{i}"] = _relative(result, results[0], "value")
            del columns[f"date{i}"]
    return columns


def _relative(result: Result, first: Result, name: str) -> Floats:
    """(T,) a column of a run against the first's, less 1; NaN where the first has nothing."""
    return gained(result.equity[name], first.equity[name])


def _beside_first(results: Sequence[Result]) -> list[int]:
    """The runs that have the days of the first, so that their columns can be set against its own."""
    return [i for i, result in enumerate(results) if i and same_days(result, results[0])]


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
    shape = layout(xaxis=date_axis(), yaxis=named(money_axis(unit, 0.0, most), locale("axis_value")))
    return Figure("value", traces, shape, keys, 380)


def relative_figure(results: Sequence[Result], locale: PageLocale) -> Figure:
    """How much more or less money there was in each than in the first, day by day."""
    beside = _beside_first(results)
    traces = tuple(
        line(_day(results, i), ref(f"relative{i}"), results[i].name, SERIES[i % 6], width=1.6) for i in beside
    )
    keys = tuple(Key(clean(results[i].name), SERIES[i % 6]) for i in beside)
    axis = percent_axis(tickformat="+.2~%", hoverformat="+.2%", zeroline=True, zerolinecolor="--ink-soft")
    shape = layout(xaxis=date_axis(), yaxis=named(axis, locale("axis_ahead")))
    return Figure("relative", traces, shape, keys, 340)


def growth_figure(results: Sequence[Result], locale: PageLocale) -> Figure:
    """What 1 became in each, and below it how far each is ahead of the first."""
    traces = [
        line(_day(results, i), ref(f"twr{i}"), result.name, SERIES[i % 6], width=1.5)
        for i, result in enumerate(results)
    ]
    ratios = _beside_first(results)
    for i in ratios:
        name = locale("against_first", name=clean(results[i].name), first=clean(results[0].name))
        traces.append(line(_day(results, i), ref(f"ratio{i}"), name, SERIES[i % 6], yaxis="y2", width=1.4))
    index = np.concatenate([result.equity["twr"] for result in results])
    y = named(times_axis(float(index.min()), float(index.max()), locale), locale("axis_growth"))
    keys = _keys(results)
    if not ratios:
        return Figure("growth", tuple(traces), layout(xaxis=date_axis(), yaxis=y), keys, 380)
    return Figure("growth", tuple(traces), over_ahead(y, locale), keys, 480)


def _each(results: Sequence[Result], figure: Callable[[Result, PageLocale], str], locale: PageLocale) -> str:
    """A figure of every run behind its name."""
    return locale.listed(
        [locale("name_value", name=clean(result.name), value=figure(result, locale)) for result in results]
    )


def _relatives(results: Sequence[Result], locale: PageLocale) -> str:
    """How far each of the others ended from the first."""
    first = results[0]
    each = [
        locale("name_value", name=clean(results[i].name), value=locale.percent(gap, sign=True))
        for i in _beside_first(results)
        if np.isfinite(gap := float(_relative(results[i], first, "value")[-1]))
    ]
    return locale("relative_summary", first=clean(first.name), each=locale.listed(each)) if each else ""


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
