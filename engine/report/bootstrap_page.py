"""Drawn futures: fans of outcomes, the odds at the end, and how sure a difference is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.report.figures import (
    DASHES,
    SERIES,
    Figure,
    Key,
    Unit,
    keys_of,
    layout,
    line,
    money_axis,
    money_unit,
    percent_axis,
    ref,
)
from engine.report.markup import Markup, el
from engine.report.models import BootstrapStudy, Cell, Column, PairedEstimate, Table
from engine.report.parts import footer, manifest_banners, series_table
from engine.report.shell import Page, Section, bullets, chart, document, facts, page_voice, table, unbroken
from engine.report.study_tables import counted, futures_ran_out, futures_ran_out_sentence, ran_out_text
from engine.report.voice import Voice, clean


def bootstrap_page(study: BootstrapStudy, lang: str = "en") -> str:
    """A page of one bootstrap study: a fan a strategy on one scale, the ends, the paired differences."""
    voice = page_voice(lang, study.currency)
    unit = money_unit(float(np.nanmax(study.fan)), voice)
    fans = [fan_figure(study, i, unit, voice) for i in range(len(study.strategies))]
    ends = ends_figure(study, unit, voice)
    charts = [
        chart(fan, clean(name), _fan_words(study, i, voice))
        for i, (fan, name) in enumerate(zip(fans, study.strategies))
    ]
    sections = []
    figures = [*fans, ends]
    if study.ran_out:
        lasts = survival_figure(study, voice)
        figures.append(lasts)
        dry = [
            table(futures_ran_out(study, voice), voice, voice("ran_out_title")),
            chart(lasts, voice("survival_chart"), _survival_words(study, voice)),
        ]
        sections.append(Section("dry", voice("ran_out_title"), dry, voice("ran_out_note")))
    sections += [
        Section("fans", voice("fan_title"), el("div", *charts, class_="pair"), voice("fan_note")),
        Section(
            "ends",
            voice("ends_title"),
            [chart(ends, voice("ends_chart"), voice("ends_summary")), _odds(study, voice)],
        ),
    ]
    if study.paired:
        sections.append(Section("paired", voice("paired_title"), _paired(study, voice), voice("paired_note")))
    sections.append(Section("grounds", voice("assumptions_title"), _grounds(study, voice)))
    if study.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([study.manifest], voice)))
    lead = el(
        "div",
        el("h1", study.name),
        el("p", study.description, class_="about") if study.description else "",
        el("p", unbroken(_headline(study, voice)), class_="headline"),
        class_="lead",
    )
    page = Page(
        title=study.name,
        kind=voice("bootstrap_kind"),
        lead=lead,
        sections=sections,
        banners=manifest_banners(study.manifest, voice),
        figures=figures,
        columns=bootstrap_columns(study),
        footer=footer(voice),
    )
    return document(page, voice)


def bootstrap_columns(study: BootstrapStudy) -> dict[str, NDArray[Any]]:
    """The columns that the charts of a bootstrap refer to."""
    columns: dict[str, NDArray[Any]] = {
        "years": study.years,
        "paid": study.contributed,
        "quantile": study.quantiles,
    }
    columns["year"] = study.survival_years
    for s in range(len(study.strategies)):
        columns[f"final{s}"] = study.final[s]
        if study.ran_out:
            columns[f"lasts{s}"] = study.survival[s]
        for p in range(len(study.percentiles)):
            columns[f"fan{s}.{p}"] = study.fan[s, p]
    return columns


def fan_figure(study: BootstrapStudy, s: int, unit: Unit, voice: Voice) -> Figure:
    """Bands between symmetric percentiles, darker inside; the median as a line; what was paid in dotted."""
    color, years, count = SERIES[s % 6], ref("years"), len(study.percentiles)
    traces: list[dict[str, Any]] = []
    keys = [Key(voice("median"), color)]
    for p in range(count // 2):
        upper, lower = f"fan{s}.{count - 1 - p}", f"fan{s}.{p}"
        names = [voice("percentile", p=f"{study.percentiles[q]:g}") for q in (count - 1 - p, p)]
        traces.append(line(years, ref(upper, unit.scale), names[0], color, width=0.4))
        traces.append(
            line(
                years,
                ref(lower, unit.scale),
                names[1],
                color,
                width=0.4,
                fill="tonexty",
                fillcolor=f"{color}-fill",
            )
        )
        band = voice("band", low=f"{study.percentiles[p]:g}", high=f"{study.percentiles[count - 1 - p]:g}")
        keys.append(Key(band, color, "block"))
    traces.append(line(years, ref(f"fan{s}.{count // 2}", unit.scale), voice("median"), color, width=2.2))
    traces.append(line(years, ref("paid", unit.scale), voice("paid_in"), "--ink-soft", width=1.4, dash="dot"))
    keys.append(Key(voice("paid_in"), "--ink-soft", "dot"))
    top = float(np.nanmax(study.fan))
    y = money_axis(unit, 0.0, top, range=[0, top * unit.scale * 1.03])
    x = {"showgrid": False, "ticksuffix": voice("years_suffix"), "hoverformat": ".1f"}
    return Figure(f"fan{s}", tuple(traces), layout(xaxis=x, yaxis=y), tuple(keys), 340)


def survival_figure(study: BootstrapStudy, voice: Voice) -> Figure:
    """The share of futures that still have money after so many years."""
    traces = [
        line(ref("year"), ref(f"lasts{s}"), name, SERIES[s % 6], dash=DASHES[s % 6], width=2)
        for s, name in enumerate(study.strategies)
    ]
    x = {"showgrid": False, "ticksuffix": voice("years_suffix"), "hoverformat": ".0f"}
    y = percent_axis(range=[0, 1.02], tickformat=".0%", hoverformat=".1%")
    return Figure("lasts", tuple(traces), layout(xaxis=x, yaxis=y), keys_of(study.strategies), 300)


def _survival_words(study: BootstrapStudy, voice: Voice) -> str:
    """How many still have money half way, and at the end."""
    years, said = study.survival_years, []
    for at in sorted({len(years) // 2, len(years) - 1}):
        shares = [
            voice("name_value", name=clean(name), value=voice.percent(float(own[at])))
            for name, own in zip(study.strategies, study.survival)
        ]
        said.append(voice("survival_summary", years=f"{years[at]:g}", shares=voice.listed(shares)))
    return voice.sentences(said)


def _fan_words(study: BootstrapStudy, s: int, voice: Voice) -> str:
    low, high = study.percentiles[0], study.percentiles[-1]
    ends = study.fan[s, :, -1]
    return voice(
        "fan_summary",
        median=voice.money(float(ends[len(ends) // 2])),
        low=f"{low:g}",
        high=f"{high:g}",
        bottom=voice.money(float(ends[0])),
        top=voice.money(float(ends[-1])),
    )


def ends_figure(study: BootstrapStudy, unit: Unit, voice: Voice) -> Figure:
    """The end value at each quantile: further up is better, and lines that cross are a trade."""
    traces = [
        line(ref("quantile"), ref(f"final{s}", unit.scale), name, SERIES[s % 6], dash=DASHES[s % 6], width=2)
        for s, name in enumerate(study.strategies)
    ]
    paid = float(study.contributed[-1]) * unit.scale
    rule = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": paid, "y1": paid}
    rule["line"] = {"color": "--ink-soft", "width": 1.4, "dash": "dot"}
    x = {
        "tickformat": ".0%",
        "hoverformat": ".0%",
        "showgrid": False,
        "title": {"text": voice("share_of_paths")},
    }
    known = study.final[study.final > 0]  # a life that ended with nothing has no place on a logarithmic axis
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 1.0)
    y = money_axis(unit, min(low, paid / unit.scale), high, type="log", rangemode="normal")
    shape = layout(xaxis=x, yaxis=y, shapes=[rule])
    keys = (*keys_of(study.strategies), Key(voice("paid_in"), "--ink-soft", "dot"))
    return Figure("ends", tuple(traces), shape, keys, 340)


def _odds(study: BootstrapStudy, voice: Voice) -> Markup:
    columns = [Column("strategy", voice("strategy"))]
    columns += [Column("ran_out", voice("ran_out"))] if study.ran_out else []
    columns += [Column(f"p{p:g}", voice("percentile", p=f"{p:g}"), "money") for p in study.percentiles]
    columns += [
        Column("below", voice("chance_below"), "percent"),
        Column("shortfall", voice("shortfall"), "percent"),
    ]
    rows = []
    for s, name in enumerate(study.strategies):
        ends = [Cell(float(value)) for value in study.fan[s, :, -1]]
        odds = (Cell(float(study.below_principal[s])), Cell(float(study.shortfall[s])))
        dry = [Cell(ran_out_text(study.ran_out[s], voice))] if study.ran_out else []
        rows.append((Cell(clean(name)), *dry, *ends, *odds))
    return table(Table(tuple(columns), tuple(rows), study.currency), voice, voice("ends_title"))


def _paired(study: BootstrapStudy, voice: Voice) -> list[Markup]:
    level = voice.percent(study.level, 0)
    columns = (
        Column("pair", voice("pair")),
        Column("measure", voice("figure_word")),
        Column("mean", voice("mean_difference"), "money"),
        Column("low", voice("interval_low", level=level), "money"),
        Column("high", voice("interval_high", level=level), "money"),
        Column("share", voice("share_second_better"), "percent"),
    )
    rows, said = [], []
    for item in study.paired:
        figures = [
            Cell(voice.value(value, item.measure.kind, sign=True))
            for value in (item.mean, item.low, item.high)
        ]
        mean = counted(str(figures[0].value), item.known or study.paths, study.paths, voice)
        figures[0] = Cell(mean)
        pair = voice(
            "pair_names",
            first=clean(study.strategies[item.first]),
            second=clean(study.strategies[item.second]),
        )
        rows.append((Cell(pair), Cell(clean(item.measure.label)), *figures, Cell(item.share_second_better)))
        said.append(_paired_words(study, item, voice))
    return [
        table(Table(columns, tuple(rows), study.currency), voice, voice("paired_title")),
        bullets(dict.fromkeys(said), "plain"),
    ]


def _paired_words(study: BootstrapStudy, item: PairedEstimate, voice: Voice) -> str:
    """What the interval says, in words: noise, or a difference."""
    names = {"first": clean(study.strategies[item.first]), "second": clean(study.strategies[item.second])}
    key = "paired_noise" if item.low <= 0 <= item.high else "paired_real"
    return voice(key, level=voice.percent(study.level, 0), measure=clean(item.measure.label), **names)


def _headline(study: BootstrapStudy, voice: Voice) -> str:
    years = f"{float(study.years[-1]):g}"
    said = [voice("bootstrap_headline", years=years, n=f"{study.paths:,}")]
    if study.ran_out:
        said = [futures_ran_out_sentence(study, voice)]
    for s, name in enumerate(study.strategies):
        odds = voice.percent(float(study.below_principal[s]))
        median = voice.money(float(study.fan[s, len(study.percentiles) // 2, -1]))
        said.append(voice("bootstrap_odds", name=clean(name), odds=odds, median=median))
    return voice.sentences(said)


def _grounds(study: BootstrapStudy, voice: Voice) -> list[Markup]:
    pairs = [
        (voice("paths"), f"{study.paths:,}"),
        (voice("block_length"), voice("span_days", n=f"{study.block_length:.0f}")),
        (voice("seed"), str(study.seed)),
    ]
    return [facts(pairs), bullets(map(voice.said, study.statements), "plain")]
