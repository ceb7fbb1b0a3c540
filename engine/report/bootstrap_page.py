"""Drawn futures: fans of outcomes, the chances at the end, and how sure a difference is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.report.bootstrap_text import (
    drawn,
    ends_table,
    futures_ran_out_sentence,
    names,
    paired_table,
    paired_words,
    statements,
)
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
from engine.report.models import Column
from engine.report.parts import footer, manifest_banners, series_table
from engine.report.shell import Page, Section, bullets, chart, document, facts, page_voice, table, unbroken
from engine.report.study_tables import ran_out_table
from engine.report.voice import Voice
from engine.studies.bootstrap.results import PERCENTILES, QUANTILES, Bootstrap

MIDDLE = len(PERCENTILES) // 2


def bootstrap_page(found: Bootstrap, lang: str = "en") -> str:
    """A page of one bootstrap study: a fan a strategy on one scale, the ends, the paired differences."""
    voice = page_voice(lang, found.currency)
    unit = unit_of(found, voice)
    figures = [*(fan_figure(found, s, unit, voice) for s in range(len(found.strategies)))]
    fans = [
        chart(figure, name, _fan_words(found, s, voice))
        for s, (figure, name) in enumerate(zip(figures, names(found, voice)))
    ]
    ends = ends_figure(found, unit, voice)
    ends_of = table(ends_table(found, voice), voice, voice("ends_title"))
    figures.append(ends)
    sections = [
        Section("fans", voice("fan_title"), el("div", *fans, class_="pair"), voice("fan_note")),
        Section(
            "ends", voice("ends_title"), [chart(ends, voice("ends_chart"), voice("ends_summary")), ends_of]
        ),
    ]
    if found.ran_out:
        lasts = survival_figure(found, voice)
        figures.append(lasts)
        dry = [_ran_out(found, voice), chart(lasts, voice("survival_chart"), _survival_words(found, voice))]
        sections.insert(0, Section("dry", voice("ran_out_title"), dry, voice("ran_out_note")))
    if found.differences:
        words = dict.fromkeys(paired_words(found, item, voice) for item in found.differences)
        paired = [table(paired_table(found, voice), voice, voice("paired_title")), bullets(words, "plain")]
        sections.append(Section("paired", voice("paired_title"), paired, voice("paired_note")))
    sections.append(Section("grounds", voice("assumptions_title"), _grounds(found, voice)))
    if found.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([found.manifest], voice)))
    description = voice.text(found.description)
    lead = el(
        "div",
        el("h1", found.name),
        el("p", description, class_="about") if description else "",
        el("p", unbroken(_headline(found, voice)), class_="headline"),
        class_="lead",
    )
    page = Page(
        title=found.name,
        kind=voice("bootstrap_kind"),
        lead=lead,
        sections=sections,
        banners=manifest_banners(found.manifest, voice),
        figures=figures,
        columns=bootstrap_columns(found),
        footer=footer(voice),
    )
    return document(page, voice)


def unit_of(found: Bootstrap, voice: Voice) -> Unit:
    """The unit of money that all charts of a study have."""
    return money_unit(float(np.nanmax(found.fan)), voice)


def bootstrap_columns(found: Bootstrap) -> dict[str, NDArray[Any]]:
    """The columns that the charts of a bootstrap refer to."""
    columns: dict[str, NDArray[Any]] = {
        "years": np.array(found.years, np.float64),
        "paid": found.contributed[0],
        "quantile": QUANTILES,
        "year": found.whole_years,
    }
    for s in range(len(found.strategies)):
        columns[f"final{s}"] = found.final[s]
        if found.ran_out:
            columns[f"lasts{s}"] = found.survival[s]
        columns |= {f"fan{s}.{p}": found.fan[s, p] for p in range(len(PERCENTILES))}
    return columns


def fan_figure(found: Bootstrap, s: int, unit: Unit, voice: Voice) -> Figure:
    """Bands between symmetric percentiles, darker inside; the median as a line; what was paid in dotted."""
    color, years = SERIES[s % 6], ref("years")
    traces: list[dict[str, Any]] = []
    keys = [Key(voice("median"), color)]
    for p in range(MIDDLE):
        for q, more in ((-1 - p, {}), (p, {"fill": "tonexty", "fillcolor": f"{color}-fill"})):
            name = voice("percentile", p=f"{PERCENTILES[q]:g}")
            values = ref(f"fan{s}.{q % len(PERCENTILES)}", unit.scale)
            traces.append(line(years, values, name, color, width=0.4, **more))
        band = voice("band", low=f"{PERCENTILES[p]:g}", high=f"{PERCENTILES[-1 - p]:g}")
        keys.append(Key(band, color, "block"))
    traces.append(line(years, ref(f"fan{s}.{MIDDLE}", unit.scale), voice("median"), color, width=2.2))
    traces.append(line(years, ref("paid", unit.scale), voice("paid_in"), "--ink-soft", width=1.4, dash="dot"))
    keys.append(Key(voice("paid_in"), "--ink-soft", "dot"))
    top = float(np.nanmax(found.fan))
    y = money_axis(unit, 0.0, top, range=[0, top * unit.scale * 1.03])
    x = {"showgrid": False, "ticksuffix": voice("years_suffix"), "hoverformat": ".1f"}
    return Figure(f"fan{s}", tuple(traces), layout(xaxis=x, yaxis=y), tuple(keys), 340)


def survival_figure(found: Bootstrap, voice: Voice) -> Figure:
    """The share of futures that still have money after so many years."""
    x = {"showgrid": False, "ticksuffix": voice("years_suffix"), "hoverformat": ".0f"}
    y = percent_axis(range=[0, 1.02], tickformat=".0%", hoverformat=".1%")
    shown = names(found, voice)
    return Figure("lasts", _lines("year", "lasts", shown), layout(xaxis=x, yaxis=y), keys_of(shown), 300)


def ends_figure(found: Bootstrap, unit: Unit, voice: Voice) -> Figure:
    """The end value at each quantile: further up is better, and lines that cross are a trade."""
    shown, paid = names(found, voice), float(found.contributed[0, -1])
    rule = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": paid * unit.scale,
        "y1": paid * unit.scale,
    }
    rule["line"] = {"color": "--ink-soft", "width": 1.4, "dash": "dot"}
    x = {
        "tickformat": ".0%",
        "hoverformat": ".0%",
        "showgrid": False,
        "title": {"text": voice("share_of_paths")},
    }
    known = found.final[found.final > 0]  # what ended with nothing has no place on a logarithmic axis
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 1.0)
    y = money_axis(unit, min(low, paid), high, type="log", rangemode="normal")
    keys = (*keys_of(shown), Key(voice("paid_in"), "--ink-soft", "dot"))
    traces = _lines("quantile", "final", shown, unit.scale)
    return Figure("ends", traces, layout(xaxis=x, yaxis=y, shapes=[rule]), keys, 340)


def _lines(x: str, y: str, shown: tuple[str, ...], scale: float = 1.0) -> tuple[dict[str, Any], ...]:
    """A line a strategy over a common x."""
    return tuple(
        line(ref(x), ref(f"{y}{s}", scale), name, SERIES[s % 6], dash=DASHES[s % 6], width=2)
        for s, name in enumerate(shown)
    )


def _ran_out(found: Bootstrap, voice: Voice) -> Markup:
    """A row a strategy: in how many of the futures its money ran out."""
    rows = [((name,), item) for name, item in zip(names(found, voice), found.ran_out)]
    values = ran_out_table((Column("strategy", voice("strategy")),), rows, found.currency, voice)
    return table(values, voice, voice("ran_out_title"))


def _survival_words(found: Bootstrap, voice: Voice) -> str:
    """How many still have money half way, and at the end."""
    years, texts = found.whole_years, []
    for at in sorted({len(years) // 2, len(years) - 1}):
        shares = [
            voice("name_value", name=name, value=voice.percent(float(own[at])))
            for name, own in zip(names(found, voice), found.survival)
        ]
        texts.append(voice("survival_summary", years=f"{years[at]:g}", shares=voice.listed(shares)))
    return voice.sentences(texts)


def _fan_words(found: Bootstrap, s: int, voice: Voice) -> str:
    ends = found.fan[s, :, -1].tolist()
    return voice(
        "fan_summary",
        median=voice.money(ends[MIDDLE]),
        low=f"{PERCENTILES[0]:g}",
        high=f"{PERCENTILES[-1]:g}",
        bottom=voice.money(ends[0]),
        top=voice.money(ends[-1]),
    )


def _headline(found: Bootstrap, voice: Voice) -> str:
    texts = [futures_ran_out_sentence(found, voice) if found.ran_out else drawn(found, voice)]
    for s, (name, chance) in enumerate(zip(names(found, voice), found.loss_probabilities)):
        median = voice.money(float(found.fan[s, MIDDLE, -1]))
        texts.append(voice("bootstrap_odds", name=name, odds=voice.percent(chance.below), median=median))
    return voice.sentences(texts)


def _grounds(found: Bootstrap, voice: Voice) -> list[Markup]:
    pairs = [
        (voice("paths"), f"{found.paths:,}"),
        (voice("block_length"), voice("span_days", n=f"{found.block:.0f}")),
        (voice("seed"), str(found.seed)),
    ]
    return [facts(pairs), bullets(statements(found, voice), "plain")]
