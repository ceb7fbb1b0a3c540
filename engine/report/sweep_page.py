"""A sweep: one slider over the satellite weight, and everything the weight changes redrawn at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.locale import SYMBOLS
from engine.metrics import METRICS
from engine.report.figures import Figure
from engine.report.markup import Markup, el
from engine.report.models import Table
from engine.report.parts import footer, manifest_banners, series_table
from engine.report.point_tables import shown_columns
from engine.report.shell import (
    Page,
    Section,
    bullets,
    chart,
    document,
    folded,
    page_voice,
    scroller,
    table,
    unbroken,
)
from engine.report.study_tables import grounds
from engine.report.sweep_charts import RISK, Charts, sweep_charts
from engine.report.sweep_tables import (
    alike_sentence,
    along_table,
    first_place,
    headline,
    point_note,
    ranking_table,
    readout_table,
    statistic_word,
)
from engine.report.tables import html_rows
from engine.report.voice import Voice
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import COLUMNS, MEASURES, STATISTICS, Place

SCRIPT_WORDS = ("interval_of", "of_all", "span_years")


def sweep_page(result: SweepResult, lang: str = "en") -> str:
    """A page of one sweep. The figures are drawn in the browser from the summary of every point."""
    voice = page_voice(lang, result.plan.base.currency)
    charts, place = sweep_charts(result, voice), first_place(result)
    figures = charts.figures
    by_weight = scroller(
        _rows(along_table(result, MEASURES[0], charts.slider, place, voice), "by-weight", voice),
        voice("by_weight_title"),
    )
    readout = [
        scroller(
            _rows(readout_table(result, MEASURES, place, voice), "readout", voice), voice("readout_title")
        ),
        el("p", point_note(result, place, voice), id="readout-note", class_="caption", aria_live="polite"),
    ]
    fan = chart(
        figures["fan"],
        voice("fan_weight_chart"),
        voice("fan_weight_summary"),
        folded(voice("as_table"), by_weight),
    )
    frontier = voice("frontier_chart", reward=voice("xirr"), risk=voice(RISK))
    sections = [
        Section("weights", voice("by_weight_title"), fan),
        Section("here", voice("readout_title"), readout, voice("readout_note")),
        Section(
            "frontier",
            voice("frontier_title"),
            chart(figures["frontier"], frontier, voice("frontier_summary")),
        ),
    ]
    if charts.other is not None:
        sections.append(Section("heat", voice("heat_title"), _heat(result, charts, place, voice)))
    if result.ranking:
        sections.append(
            Section("ranking", voice("ranking_title"), _ranking(result, voice), voice("ranking_note"))
        )
    if result.findings:
        found = bullets(map(voice.said, result.findings), "plain")
        sections.append(Section("findings", voice("findings_title"), found))
    sections.append(Section("grounds", voice("assumptions_title"), bullets(grounds(result, voice), "plain")))
    if result.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([result.manifest], voice)))
    page = Page(
        title=result.plan.name,
        kind=voice("sweep_kind"),
        lead=_lead(result, charts, place, voice),
        sections=sections,
        banners=manifest_banners(result.manifest, voice),
        figures=[Figure(figure.id, (), {}, figure.keys, figure.height) for figure in figures.values()],
        columns={
            "cube": result.summary.values.ravel(),
            "known": result.summary.known.ravel(),
            **{name: values.ravel() for name, values in result.summary.columns.items()},
        },
        scripts=("sweep.js",),
        data={"study": _payload(result, charts, voice)},
        footer=footer(voice),
    )
    return document(page, voice)


def _rows(values: Table, id_: str, voice: Voice) -> Markup:
    """A table that ``sweep.js`` writes into."""
    return el("table", Markup(html_rows(values, voice)), id=id_)


def _payload(result: SweepResult, charts: Charts, voice: Voice) -> dict[str, Any]:
    """What ``sweep.js`` needs beside the columns."""
    is_yen = voice.currency == "JPY"
    shown = {name: COLUMNS[name] for name in shown_columns(result.summary, "", "first", "last")}
    return {
        "axes": charts.axes,
        "measures": charts.measures,
        "statistics": len(STATISTICS),
        "slider": charts.slider,
        "other": charts.other,
        "columns": [
            {
                "name": name,
                "label": voice(column.word),
                "kind": column.kind,
                "where": column.where,
                "interval": column.interval,
            }
            for name, column in shown.items()
        ],
        "charts": {
            name: {"data": each.traces, "layout": each.layout} for name, each in charts.figures.items()
        },
        "currency": {
            "myriads": is_yen and bool(voice.form("myriads")),
            "symbol": SYMBOLS.get(voice.currency, f"{voice.currency} "),
            "cents": not is_yen,
        },
        "words": {**{key: voice(key) for key in SCRIPT_WORDS}, "times": voice.form("times")},
    }


def _lead(result: SweepResult, charts: Charts, place: Place, voice: Voice) -> list[Markup]:
    description = voice.text(result.plan.description)
    lead = el(
        "div",
        el("h1", result.plan.name),
        el("p", description, class_="about") if description else "",
        el("p", unbroken(voice.sentences(headline(result, voice))), class_="headline"),
        class_="lead",
    )
    return [lead, _controls(result, charts, place, voice)]


def _controls(result: SweepResult, charts: Charts, place: Place, voice: Voice) -> Markup:
    axes, slider = result.summary.axes, charts.slider
    texts = charts.axes[slider]["texts"]
    bar = el(
        "div",
        el("label", voice.arg(axes[slider].label), for_="slider"),
        el(
            "div",
            el(
                "input",
                type="range",
                id="slider",
                min=0,
                max=len(texts) - 1,
                step=1,
                value=place[slider],
                autocomplete="off",
                aria_valuetext=texts[place[slider]],
            ),
            el("output", texts[place[slider]], for_="slider", id="slider-value"),
            class_="row",
        ),
        class_="slider",
    )
    lists = [_list("measure", voice("choose_measure"), list(map(voice, MEASURES)))]
    for i, axis in enumerate(axes):
        if i != slider:
            lists.append(_list(f"axis{i}", voice.arg(axis.label), charts.axes[i]["texts"], place[i]))
    return el("div", bar, *lists, class_="controls sticky")


def _list(id_: str, text: str, options: list[str] | dict[int, str], chosen: int = -1) -> Markup:
    pairs = options.items() if isinstance(options, dict) else enumerate(options)
    items = [el("option", shown, value=value, selected=value == chosen) for value, shown in pairs]
    return el("label", text, el("br"), el("select", *items, id=id_, autocomplete="off"), class_="control")


def _heat(result: SweepResult, charts: Charts, place: Place, voice: Voice) -> list[Markup]:
    """The heat map and what it has down; its table where no script runs."""
    axes = result.summary.axes
    rows = {i: voice.arg(axis.label) for i, axis in enumerate(axes) if i != charts.slider}
    return [
        el("div", _list("rows", voice("choose_rows"), rows), class_="controls"),
        chart(charts.figures["heat"], voice("heat_chart"), voice("heat_summary")),
        el("noscript", _heat_table(result, charts, place, voice)),
    ]


def _heat_table(result: SweepResult, charts: Charts, place: Place, voice: Voice) -> Markup:
    """The median of the first measure as tinted cells: weights down, the other axis across."""
    axes, slider, other = result.summary.axes, charts.slider, charts.other
    assert other is not None
    name, metric = MEASURES[0], METRICS[MEASURES[0]]
    medians = result.summary.values[0, STATISTICS.index("median")]
    fixed = tuple(slice(None) if i in (slider, other) else at for i, at in enumerate(place))
    grid = medians[fixed] if slider < other else medians[fixed].T
    low, high = float(np.nanmin(grid)), float(np.nanmax(grid))
    rank = (grid - low) / (high - low or 1.0)
    rank = 1 - rank if metric.better == "min" else rank
    head = [el("th", voice.arg(axes[slider].label), scope="col")]
    head += [el("th", text, scope="col", class_="num") for text in charts.axes[other]["texts"]]
    lines = []
    for text, row, shares in zip(charts.axes[slider]["texts"], grid, rank):
        cells = [
            el(
                "td",
                voice.value(float(x), metric.kind),
                class_=f"p{int(share * 4.999)}" if share >= 0.2 else None,
            )
            for x, share in zip(row, shares)
        ]
        lines.append(el("tr", el("th", text, scope="row"), *cells))
    caption = el("caption", voice("median_of", measure=voice(name)))
    return el("table", caption, el("thead", el("tr", *head)), el("tbody", *lines), class_="heat")


def _ranking(result: SweepResult, voice: Voice) -> list[Markup]:
    """The best points, their spread, and how many cannot be told from the best."""
    assert result.objective is not None
    told = ranking_table(result, voice, ("median", "p5", "p95", "worst"), ())
    by = voice("ranking_by", statistic=statistic_word(result, voice), measure=voice(result.objective.measure))
    same = alike_sentence(result, voice)
    out = [el("h3", by), table(told, voice, voice("ranking_title"))]
    return [*out, el("p", same, class_="caption")] if same else out
