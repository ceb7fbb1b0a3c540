"""Several runs beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.messages import Message
from engine.metrics import METRICS
from engine.report import digest
from engine.report.charts import same_days
from engine.report.figures import (
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
from engine.report.markup import Markup, data_uri, el
from engine.report.models import Table
from engine.report.parts import YEAR_STEPS, banners, data_section, footer, heat_cell
from engine.report.shell import Page, Section, bullets, chart, document, page_voice, scroller, unbroken
from engine.report.summary import (
    RUN_ROWS,
    compare_table,
    currency_of,
    dry_columns,
    dry_notes,
    manifest_entries,
    metric,
    metric_column,
    money_notes,
    period_sentence,
)
from engine.report.tables import table_text
from engine.report.voice import Voice, clean
from engine.result import Result


def compare_page(results: Sequence[Result], lang: str = "en", *, notes: Sequence[Message | str] = ()) -> str:
    """A page that compares runs with the first of them. ``notes``: what shortened the window, say."""
    voice = page_voice(lang, currency_of(results[0]))
    names = [
        name for name in RUN_ROWS if name != "withdrawn" or any(metric(result, name) for result in results)
    ]
    values = compare_table(results, lang, columns=[*dry_columns(results), *names])
    figures = [value_figure(results, voice), growth_figure(results, voice)]
    growth = voice("compare_growth_summary", first=clean(results[0].name), rest=_ends(results, voice))
    sections = [
        Section("figures", voice("figures_title"), _grid(values, voice), voice("compare_note")),
        Section(
            "value", voice("value_title"), chart(figures[0], voice("value_title"), _finals(results, voice))
        ),
        Section(
            "growth",
            voice("growth_title"),
            chart(figures[1], voice("growth_chart"), growth),
            voice("growth_note"),
        ),
        Section("years", voice("returns_by_year"), _years(results, voice)),
        Section(
            "grounds",
            voice("assumptions_title"),
            bullets(map(voice.said, manifest_entries(results, "assumptions")), "plain"),
        ),
        Section("data", voice("data_title"), data_section(list(results), voice)),
        Section("files", voice("downloads_title"), _downloads(values, lang)),
    ]
    lead = el(
        "div",
        el("h1", voice("compare_title", names=voice.listed([clean(result.name) for result in results]))),
        el("p", period_sentence(results[0], voice), class_="about"),
        *(el("p", voice.said(note), class_="about") for note in notes),
        el("p", unbroken(_headline(results, voice)), class_="headline"),
        class_="lead",
    )
    page = Page(
        title=voice("compare_kind"),
        kind=voice("compare_kind"),
        lead=lead,
        sections=sections,
        banners=banners(list(results), voice),
        figures=figures,
        columns=compare_columns(results),
        footer=footer(voice),
    )
    return document(page, voice)


def _headline(results: Sequence[Result], voice: Voice) -> str:
    """Which ended highest, by how much, and which fell least."""
    money = money_notes(results, voice)
    said = [*dry_notes(results, voice), *money]
    top = _alone_at_the_top(results, "liquidation_value")
    if top is not None and not money:
        amount = voice.money(metric(top, "liquidation_value"))
        said.append(voice("compare_best", name=clean(top.name), amount=amount))
    calm = _alone_at_the_top(results, "max_drawdown")
    if calm is not None:
        depth = voice.percent(abs(metric(calm, "max_drawdown")))
        said.append(voice("compare_calmest", name=clean(calm.name), depth=depth))
    return voice.sentences(said)


def _alone_at_the_top(results: Sequence[Result], name: str) -> Result | None:
    """The run with the highest figure, unless another has as much."""
    known = [result for result in results if isinstance(metric(result, name), int | float)]
    if not known:
        return None
    top = max(known, key=lambda result: metric(result, name))
    ties = sum(metric(result, name) == metric(top, name) for result in known)
    return top if ties == 1 else None


def _grid(values: Table, voice: Voice) -> Markup:
    """The comparison with a row a figure and a column a run, as people read it."""
    head = [el("th", el("span", voice("figure_word"), class_="sr"), scope="col")]
    head += [el("th", str(row[0].value), scope="col", class_="num") for row in values.rows]
    lines = []
    for i, column in enumerate(values.columns[1:], 1):
        cells = []
        for row in values.rows:
            value, gap = voice.cell(row[i], column)
            best = el("span", f" ({voice('best')})", class_="sr")
            shown = el("strong", value, best, class_="best") if row[i].best else value
            cells.append(el("td", shown, el("span", gap, class_="gap") if gap else "", class_="num"))
        label = metric_column(column.id, voice).label if column.id in METRICS else column.label
        lines.append(el("tr", el("th", label, scope="row"), *cells))
    grid = el("table", el("thead", el("tr", *head)), el("tbody", *lines))
    return scroller(grid, voice("figures_title"))


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


def value_figure(results: Sequence[Result], voice: Voice) -> Figure:
    """What there was in each."""
    most = max(float(result.equity["value"].max()) for result in results)
    unit = money_unit(most, voice)
    traces = tuple(
        line(_day(results, i), ref(f"value{i}", unit.scale), result.name, SERIES[i % 6], width=1.5)
        for i, result in enumerate(results)
    )
    keys = _keys(results)
    shape = layout(xaxis=date_axis(), yaxis=money_axis(unit, 0.0, most))
    return Figure("value", traces, shape, keys, 380)


def growth_figure(results: Sequence[Result], voice: Voice) -> Figure:
    """What 1 became in each, and below it how far each is ahead of the first."""
    traces = [
        line(_day(results, i), ref(f"twr{i}"), result.name, SERIES[i % 6], width=1.5)
        for i, result in enumerate(results)
    ]
    ratios = [i for i, result in enumerate(results) if i and same_days(result, results[0])]
    for i in ratios:
        name = voice("against_first", name=clean(results[i].name), first=clean(results[0].name))
        traces.append(line(_day(results, i), ref(f"ratio{i}"), name, SERIES[i % 6], yaxis="y2", width=1.4))
    index = np.concatenate([result.equity["twr"] for result in results])
    y = times_axis(float(index.min()), float(index.max()), voice)
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


def _finals(results: Sequence[Result], voice: Voice) -> str:
    ends = [
        voice("name_value", name=clean(r.name), value=voice.money(metric(r, "final_value"))) for r in results
    ]
    return voice("finals_summary", values=voice.listed(ends))


def _ends(results: Sequence[Result], voice: Voice) -> str:
    ends = [
        voice("name_value", name=clean(r.name), value=voice.times(float(r.equity["twr"][-1])))
        for r in results
    ]
    return voice.listed(ends)


def _years(results: Sequence[Result], voice: Voice) -> Markup:
    """Calendar years down, runs across, coloured like the months of one run."""
    by_run = []
    for result in results:
        periods, returns = digest.period_returns(result.dates, result.equity["twr"], "Y")
        by_run.append(dict(zip((periods.astype(int) + 1970).tolist(), returns.tolist())))
    head = [el("th", el("span", voice("year"), class_="sr"), scope="col")]
    head += [el("th", result.name, scope="col") for result in results]
    rows = []
    for year in sorted(set().union(*by_run)):
        cells = [heat_cell(run.get(year, float("nan")), YEAR_STEPS, voice) for run in by_run]
        rows.append(el("tr", el("th", str(year), scope="row"), *cells))
    heat = el("table", el("thead", el("tr", *head)), el("tbody", *rows), class_="heat")
    return scroller(heat, voice("returns_by_year"))


def _downloads(values: Table, lang: str) -> Markup:
    """The comparison as CSV and as Markdown."""
    links = []
    for name, format, media in (
        ("compare.csv", "csv", "text/csv"),
        ("compare.md", "markdown", "text/markdown"),
    ):
        text = table_text(values.columns, values.rows, format, lang=lang, currency=values.currency)
        links.append(el("a", name, href=data_uri(text, media), download=name))
    return bullets(links, "files")
