"""The report of one run: a page that says in words, pictures and tables what happened and on what grounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.formats import columns_csv
from engine.locale import NONE
from engine.metrics import METRICS, with_return
from engine.report import charts, digest
from engine.report.flows_chart import flow_columns, flows_figure, flows_section, has_flows
from engine.report.markup import Markup, data_uri, el
from engine.report.models import Cell, Column, Table
from engine.report.parts import MONTH_STEPS, YEAR_STEPS, banners, data_section, footer, heat_cell
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
from engine.report.summary import (
    bucket_name,
    core_of,
    currency_of,
    difference,
    drawdown_dates,
    headline,
    metric,
    metric_column,
    period_sentence,
    quota_table,
    ran_out,
    run_rows,
)
from engine.report.voice import Voice, clean
from engine.result import Result

TILES = ("final_value", "liquidation_value", "xirr", "twr_cagr", "max_drawdown", "days_below_principal")
DRY_TILES = ("depleted_on", "unpaid", "withdrawn", "contributed", "xirr", "max_drawdown")
LARGEST_CSV = 400_000  # characters; a longer file stays beside the page


def run_page(result: Result, lang: str = "en") -> str:
    """The report of one run as one self-contained HTML file.

    It holds the daily series (each once, packed), every assumption and the source and hash of every series,
    and the CSV files as downloads. Nothing in it reaches the network; all text is escaped.
    """
    voice = page_voice(lang, currency_of(result))
    falls = digest.worst_falls(result.dates, result.equity["twr"])
    parts = digest.sources(result)
    figures = [
        charts.value_figure(result, voice),
        charts.growth_figure(result, voice),
        charts.fall_figure(result, falls, voice),
        charts.holdings_figure(result, voice, "asset"),
        charts.holdings_figure(result, voice, "bucket"),
    ]
    by_id = {figure.id: figure for figure in figures}
    sections = [
        Section("value", voice("value_title"), _value(result, by_id, voice)),
        Section("figures", voice("figures_title"), _figures(result, voice)),
        Section("growth", voice("growth_title"), _growth(result, by_id, voice), voice("growth_note")),
        Section("falls", voice("falls_title"), _falls(result, falls, by_id, voice), voice("falls_note")),
        Section("returns", voice("returns_title"), _returns(result, voice), voice("returns_note")),
        Section("sources", voice("sources_title"), _sources(result, parts, voice), voice("sources_note")),
        Section("holdings", voice("holdings_title"), _holdings(result, by_id, voice)),
    ]
    columns = charts.run_columns(result)
    if has_flows(result):
        columns |= flow_columns(result)
        figures.append(flows_figure(result, voice))
        sections.append(flows_section(result, figures[-1], voice))
    if len(result.quota.get("year", ())):
        figures.append(charts.quota_figure(result, voice))
        sections.append(
            Section("quota", voice("quota_title"), _quota(result, figures[-1], voice), voice("quota_note"))
        )
    sections += [
        Section("years", voice("years_title"), _years(result, voice)),
        Section(
            "grounds", voice("assumptions_title"), _assumptions(result, voice), voice("assumptions_note")
        ),
        Section("data", voice("data_title"), data_section([result], voice)),
        Section("files", voice("downloads_title"), _downloads(result, voice)),
    ]
    page = Page(
        title=result.name,
        kind=voice("report_kind"),
        lead=_lead(result, voice),
        sections=sections,
        banners=banners([result], voice),
        figures=figures,
        columns=columns,
        footer=footer(voice),
    )
    return document(page, voice)


def _lead(result: Result, voice: Voice) -> Markup:
    said = headline(result, voice)
    description = voice.text(result.config.get("description", ""))
    then = el("span", unbroken(voice.sentences(said[1:])), class_="then")
    tiles = []
    for name in DRY_TILES if ran_out(result) else TILES:
        column = metric_column(name, voice, manifest=result.manifest)
        content: list[Any] = [el("dd", voice.value(metric(result, name), column.kind), class_="big")]
        if result.benchmark is not None:
            core = voice.value(metric(result.benchmark, name), column.kind)
            content.append(el("dd", voice("tile_core", value=core), class_="small"))
        tiles.append(el("div", el("dt", column.label), *content))
    return el(
        "div",
        el("h1", result.name),
        el("p", description, class_="about") if description else "",
        el("p", period_sentence(result, voice), class_="about"),
        el("p", unbroken(said[0]), voice.gap, then, class_="headline"),
        el("dl", *tiles, class_="tiles"),
        class_="lead",
    )


def _figures(result: Result, voice: Voice) -> list[Markup]:
    """Every metric beside the core's; those outside the short list are folded away."""
    other = result.benchmark
    head = [el("th", el("span", voice("figure_word"), class_="sr"), scope="col")]
    head.append(el("th", result.name, scope="col", class_="num"))
    if other is not None:
        core = voice("core_alone", core=core_of(result) or other.name)
        head += [el("th", text, scope="col", class_="num") for text in (core, voice("difference"))]
    short = run_rows(result)
    rest = [
        name
        for name in METRICS
        if name not in short and name in result.metrics and METRICS[name].kind != "date"
    ]

    def rows(names: Iterable[str]) -> list[Markup]:
        return [row for name in names for row in _metric_rows(result, name, voice)]

    def grid(names: Iterable[str], caption: str) -> Markup:
        return scroller(el("table", el("thead", el("tr", *head)), el("tbody", *rows(names))), caption)

    more = folded(voice("more_figures"), grid(rest, voice("more_figures"))) if rest else Markup("")
    reasons = [f"{voice(n)}: {voice.said(result.reasons[n])}" for n in METRICS if n in result.reasons]
    return [
        grid(short, voice("figures_title")),
        more,
        bullets(reasons, "plain caption") if reasons else Markup(""),
    ]


def _metric_rows(result: Result, name: str, voice: Voice) -> list[Markup]:
    both = [item for item in (result, result.benchmark) if item is not None]
    column = metric_column(name, voice, manifest=result.manifest)
    values = [metric(item, name) for item in both]
    cells = [voice.value(value, column.kind) for value in values]
    if len(both) == 2:
        cells.append(voice.value(difference(*values), column.kind, sign=True))
    is_fall = name == "max_drawdown"
    rows = [_row(column.label, cells, "joined" if is_fall else None)]
    if is_fall:
        texts = list(zip(*(drawdown_dates(item, voice) for item in both)))
        for i, label in enumerate(("dd_from", "dd_to", "dd_recovered")):
            row = [*texts[i], *([""] if len(both) == 2 else [])]
            rows.append(_row(voice(label), row, "sub last" if i == 2 else "sub"))
    return rows


def _row(label: str, cells: Iterable[str], class_: str | None = None) -> Markup:
    return el(
        "tr", el("th", label, scope="row"), *(el("td", cell, class_="num") for cell in cells), class_=class_
    )


def _value(result: Result, figures: dict[str, Any], voice: Voice) -> list[Markup]:
    paid, value = (voice.value(result.metrics.get(name), "money") for name in ("contributed", "final_value"))
    said = [voice("value_summary", paid=paid, value=value)]
    if ran_out(result):
        said.insert(
            0, voice("value_dry", date=voice.long_date(np.datetime64(str(result.metrics["depleted_on"]))))
        )
    low = digest.lowest_against_principal(result)
    if low is None:
        said.append(voice("never_below"))
    else:
        said.append(voice("lowest_below", date=voice.long_date(low[0]), share=voice.percent(-low[1])))
    return [chart(figures["value"], voice("value_chart"), voice.sentences(said))]


def _growth(result: Result, figures: dict[str, Any], voice: Voice) -> list[Markup]:
    both = [item for item in (result, result.benchmark) if item is not None]
    ends = [float(item.equity["twr"][-1]) for item in both]
    if len(ends) == 1 or ends[1] <= 0.0 or any(map(ran_out, both)):  # unequal times are not compared
        return [
            chart(
                figures["growth"],
                voice("growth_chart"),
                voice("growth_summary_one", mine=voice.times(ends[0])),
            )
        ]
    summary = voice(
        "growth_summary",
        mine=voice.times(ends[0]),
        core=voice.times(ends[1]),
        ahead=voice.percent(ends[0] / ends[1] - 1, sign=True),
    )
    return [chart(figures["growth"], voice("growth_chart"), summary)]


def _falls(result: Result, falls: list[digest.Fall], figures: dict[str, Any], voice: Voice) -> list[Markup]:
    if not falls:
        return [chart(figures["falls"], voice("falls_chart"), voice("falls_none"))]
    worst = falls[0]
    back = (
        voice("falls_back", span=voice.span(worst.days_back))
        if worst.recovery is not None
        else voice("falls_never" if ran_out(result) else "falls_open")
    )
    summary = voice(
        "falls_summary",
        depth=voice.percent(-worst.depth),
        date=voice.long_date(worst.trough),
        span=voice.span(worst.days_down),
        back=back,
    )
    columns = (
        Column("rank", voice("rank"), "count"),
        Column("depth", voice("fall_depth"), "percent"),
        Column("peak", voice("dd_from"), "date"),
        Column("trough", voice("dd_to"), "date"),
        Column("recovery", voice("dd_recovered"), "date"),
        Column("down", voice("fall_down"), "days"),
        Column("back", voice("fall_back"), "days"),
    )
    rows = []
    for i, fall in enumerate(falls, 1):
        peak = voice("from_the_start") if fall.peak is None else str(fall.peak)
        never = voice("dd_never" if ran_out(result) else "dd_not_yet")
        recovery = never if fall.recovery is None else str(fall.recovery)
        spans = (voice.span(fall.days_down), voice.span(fall.days_back))
        values: tuple[Any, ...] = (i, fall.depth, peak, str(fall.trough), recovery, *spans)
        rows.append(tuple(map(Cell, values)))
    worst_five = Table(columns, tuple(rows), voice.currency)
    return [
        chart(figures["falls"], voice("falls_chart"), summary),
        table(worst_five, voice, voice("falls_title")),
    ]


def _returns(result: Result, voice: Voice) -> list[Markup]:
    """Months and years as a table whose cells are coloured: the picture is its own data."""
    years, grid = digest.month_grid(
        result.dates, result.equity["twr"], with_return(result.equity["value"], result.equity["flow"])
    )
    by_year = dict(zip(result.years["year"].tolist(), result.years["twr"].tolist()))
    full = [year for year, whole in zip(by_year, result.years.get("full", ())) if whole]
    head = [el("th", el("span", voice("year"), class_="sr"), scope="col")]
    head += [el("th", voice.month(m), scope="col") for m in range(1, 13)]
    head.append(el("th", voice("year_whole"), scope="col"))
    rows = []
    for year, months in zip(years.tolist(), grid):
        if not np.isfinite(months).any():  # no money in all of it
            continue
        cells = [el("th", str(year), scope="row")]
        cells += [heat_cell(float(value), MONTH_STEPS, voice) for value in months]
        cells.append(heat_cell(by_year.get(year, float("nan")), YEAR_STEPS, voice, "whole"))
        rows.append(el("tr", *cells))
    known = grid[np.isfinite(grid)]
    said = [voice("returns_share", share=voice.percent(float((known > 0).mean()), 0))] if len(known) else []
    if full:
        said.append(_extremes(full, by_year, voice))
    heat = el("table", el("thead", el("tr", *head)), el("tbody", *rows), class_="heat")
    return [scroller(heat, voice("returns_title")), el("p", voice.sentences(said), class_="caption")]


def _extremes(full: list[int], by_year: dict[int, float], voice: Voice) -> str:
    """The best and the worst of the whole calendar years: as ``best_year`` and ``worst_year``."""
    best, worst = max(full, key=lambda y: by_year[y]), min(full, key=lambda y: by_year[y])
    return voice(
        "returns_extremes",
        best=best,
        worst=worst,
        best_return=voice.percent(by_year[best], sign=True),
        worst_return=voice.percent(by_year[worst], sign=True),
    )


def _sources(result: Result, parts: digest.Sources, voice: Voice) -> list[Markup]:
    """The way from nothing to the profit: a table whose bars begin where the one before ended."""
    rows = charts.source_rows(parts, voice)
    largest = max(rows, key=lambda row: abs(row[1]))
    amounts = np.array([amount for _, amount in rows])
    ends = np.concatenate([[0.0], np.cumsum(amounts)])
    low, high = float(ends.min()), float(ends.max())
    width = high - low or 1.0

    def bar(start: float, end: float, class_: str) -> Markup:
        left, long = (min(start, end) - low) / width, abs(end - start) / width
        return el(
            "span", class_=f"step {class_}", style=f"left:{left:.3%};width:{long:.3%}", aria_hidden="true"
        )

    def row(name: str, start: float, end: float, class_: str) -> Markup:
        amount = end - start
        return el(
            "tr",
            el("th", name, scope="row"),
            el("td", voice.money(amount, sign=True), class_="num"),
            el("td", voice.percent(amount / parts.profit, sign=True) if parts.profit else NONE, class_="num"),
            el("td", bar(start, end, class_), class_="steps"),
            class_="total" if class_ == "whole" else None,
        )

    lines = [
        row(name, float(ends[i]), float(ends[i + 1]), "gain" if amount >= 0 else "loss")
        for i, (name, amount) in enumerate(rows)
    ]
    lines.append(row(voice("profit"), 0.0, parts.profit, "whole"))
    head = [el("th", voice("source_word"), scope="col")]
    head += [el("th", voice(key), scope="col", class_="num") for key in ("amount", "source_share")]
    head.append(el("th", el("span", voice("sources_chart"), class_="sr"), scope="col"))
    grid = el("table", el("thead", el("tr", *head)), el("tbody", *lines), class_="waterfall")
    summary = voice(
        "sources_summary",
        profit=voice.money(parts.profit),
        name=largest[0],
        amount=voice.money(largest[1], sign=True),
    )
    out = [scroller(grid, voice("sources_title")), el("p", summary, class_="caption")]
    local, fx = result.metrics.get("twr_local"), result.metrics.get("twr_fx")
    if isinstance(local, float) and isinstance(fx, float) and fx:
        said = voice(
            "twr_split",
            whole=voice.percent((1 + local) * (1 + fx) - 1, sign=True),
            local=voice.percent(local, sign=True),
            fx=voice.percent(fx, sign=True),
            cross=voice.points(local * fx, 1),
        )
        out.append(el("p", said, class_="caption"))
    return out


def _holdings(result: Result, figures: dict[str, Any], voice: Voice) -> list[Markup]:
    end = float(result.equity["value"][-1])

    def rows(by: str) -> list[tuple[Cell, ...]]:
        out = []
        for name in result.equity:
            if name.startswith(f"{by}:"):
                bare = name.split(":", 1)[1]
                value = float(result.equity[name][-1])
                shown = clean(bare) if by == "asset" else bucket_name(bare, voice)
                out.append((Cell(shown), Cell(value), Cell(value / end if end else None)))
        cash = float(result.equity["cash"][-1])
        return [*out, (Cell(voice("cash")), Cell(cash), Cell(cash / end if end else None))]

    def grid(by: str, first: str) -> Table:
        columns = (
            Column(by, first),
            Column("value", voice("value"), "money"),
            Column("share", voice("share"), "percent"),
        )
        return Table(columns, tuple(rows(by)), voice.currency)

    out = []
    for by, title in (("asset", voice("by_asset")), ("bucket", voice("by_account"))):
        values = grid(by, title)
        largest = max(values.rows, key=lambda row: row[1].value)
        summary = voice(
            "holdings_summary", name=largest[0].value, share=voice.value(largest[2].value, "percent")
        )
        below = table(values, voice, title)
        out.append(el("div", chart(figures[f"by_{by}"], title, summary), below))
    return [el("div", *out, class_="pair")]


def _quota(result: Result, figure: Any, voice: Voice) -> list[Markup]:
    quota = result.quota
    last = quota["year"] == quota["year"][-1]
    summary = voice(
        "quota_summary",
        used=voice.money(float(quota["used"].sum())),
        back=voice.money(float(quota["given_back"].sum())),
        year=int(quota["year"][-1]),
        left=voice.money(float(np.nan_to_num(quota["lifetime_left"][last]).max())),
    )
    values = quota_table(result, voice)
    return [chart(figure, voice("quota_chart"), summary), table(values, voice, voice("quota_title"))]


def _years(result: Result, voice: Voice) -> list[Markup]:
    years = result.years
    kinds = {"year": "year", "twr": "percent"}
    labels = {"year": "year", "twr": "year_return"}
    shown = [
        name
        for name in years
        if name in ("year", "contributed", "value", "twr") or (name in YEAR_COLUMNS and years[name].any())
    ]
    columns = tuple(Column(n, voice(labels.get(n, f"years_{n}")), kinds.get(n, "money")) for n in shown)
    rows = tuple(tuple(Cell(years[name][i].item()) for name in shown) for i in range(len(years["year"])))
    return [table(Table(columns, rows, voice.currency), voice, voice("years_title"))]


YEAR_COLUMNS = ("contributed", "withdrawn", "dividends", "dividend_tax", "tax", "cost", "value")


def _assumptions(result: Result, voice: Voice) -> Markup:
    return bullets(map(voice.said, result.manifest.get("assumptions", ())), "plain")


def _downloads(result: Result, voice: Voice) -> list[Markup]:
    links, missing = [], []
    for name in ("years", "quota", "transactions"):
        columns = getattr(result, name)
        rows = len(next(iter(columns.values()), ()))
        if not rows:
            continue
        text = columns_csv(columns)
        if len(text) > LARGEST_CSV:
            missing.append(
                el("p", voice("csv_too_large", file=f"{name}.csv", n=f"{rows:,}"), class_="caption")
            )
            continue
        label = voice("csv_link", file=f"{name}.csv", n=f"{rows:,}")
        file = f"{_file_name(result.name)}-{name}.csv"
        links.append(el("a", label, href=data_uri(text, "text/csv"), download=file))
    return [bullets(links, "files"), *missing]


def _file_name(name: str) -> str:
    kept = "".join(char if char.isalnum() or char in "-_" else "-" for char in clean(name))
    return kept[:60].strip("-") or "result"
