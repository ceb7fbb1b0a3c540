"""A sweep: one slider over the satellite weight, and everything the weight changes redrawn at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.report.figures import SERIES, Figure, Key, label
from engine.report.markup import Markup, el
from engine.report.models import Axis, Cell, Column, SweepStudy, Table
from engine.report.parts import footer, manifest_banners, series_table
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
from engine.report.study_tables import counted, lasted_text, ran_out_text, sweep_ran_out_sentences
from engine.report.tables import html_rows
from engine.report.voice import Voice, clean

RANKED = 10  # rows of the ranking
SCRIPT_WORDS = (
    "band_middle",
    "band_wide",
    "beat_core",
    "below_principal",
    "figure_word",
    "independent",
    "interval_of",
    "lasted_median",
    "median",
    "of_all",
    "p25",
    "p5",
    "p75",
    "p95",
    "ran_out",
    "span_years",
    "windows_word",
    "worst",
)


def sweep_page(study: SweepStudy, lang: str = "en") -> str:
    """A page of one sweep. The figures are drawn in the browser from the summary of every cell."""
    voice = page_voice(lang, study.currency)
    slider = slider_axis(study)
    first_other = next((i for i in range(len(study.axes)) if i != slider), None)
    figures = [
        Figure(
            "fan", (), {}, (Key(voice("median"), "--s1"), Key(voice("band_middle"), "--s1", "block")), 340
        ),
        Figure("frontier", (), {}, _frontier_keys(study, first_other), 380),
    ]
    start = first_cell(study)
    readout = [
        scroller(
            el("table", Markup(html_rows(_readout(study, start, voice), voice)), id="readout"),
            voice("readout_title"),
        ),
        el("p", _counts(study, start, voice), id="readout-note", class_="caption", aria_live="polite"),
    ]
    by_weight = el("table", Markup(html_rows(_by_weight(study, slider, start, voice), voice)), id="by-weight")
    fan = chart(
        figures[0],
        voice("fan_weight_chart"),
        voice("fan_weight_summary"),
        folded(voice("as_table"), scroller(by_weight, voice("by_weight_title"))),
    )
    sections = [
        Section("weights", voice("by_weight_title"), fan),
        Section("here", voice("readout_title"), readout, voice("readout_note")),
        Section(
            "frontier",
            voice("frontier_title"),
            chart(figures[1], _frontier_name(study, voice), voice("frontier_summary")),
        ),
    ]
    if first_other is not None:
        figures.append(Figure("heat", (), {}, (), 168))
        rows = _list("rows", voice("choose_rows"), _other_axes(study, slider))
        heat = [
            el("div", rows, class_="controls"),
            chart(figures[-1], voice("heat_chart"), voice("heat_summary")),
            el("noscript", _heat_table(study, slider, first_other, voice)),
        ]
        sections.append(Section("heat", voice("heat_title"), heat))
    if study.ranking:
        sections.append(
            Section("ranking", voice("ranking_title"), _ranking(study, voice), voice("ranking_note"))
        )
    if study.findings:
        sections.append(
            Section("findings", voice("findings_title"), bullets(map(voice.text, study.findings), "plain"))
        )
    sections.append(
        Section(
            "grounds",
            voice("assumptions_title"),
            bullets(
                [*map(voice.text, study.statements), *map(voice.said, study.manifest.get("assumptions", ()))],
                "plain",
            ),
        )
    )
    if study.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([study.manifest], voice)))
    page = Page(
        title=study.name,
        kind=voice("sweep_kind"),
        lead=_lead(study, slider, voice),
        sections=sections,
        banners=manifest_banners(study.manifest, voice),
        figures=figures,
        columns={
            "cube": study.values.ravel(),
            "windows": study.windows.ravel().astype(np.int64),
            "independent": study.independent.ravel().astype(np.int64),
            "beat": study.beat_core.ravel(),
            "below": study.below_principal.ravel(),
            **_dry_columns(study),
            **({"known": study.known.ravel().astype(np.int64)} if study.known.size else {}),
        },
        scripts=("sweep.js",),
        data={"study": _payload(study, slider, first_other, voice)},
        footer=footer(voice),
    )
    return document(page, voice)


def _dry_columns(study: SweepStudy) -> dict[str, Any]:
    """How often the money ran out, for the script; nothing where no plan takes any out."""
    if not study.ran_out.size:
        return {}
    names = {"dry": "share", "dry_low": "low", "dry_high": "high", "dry_years": "years"}
    cells = study.ran_out.ravel()
    return {key: np.array([getattr(item, name) for item in cells]) for key, name in names.items()}


def slider_axis(study: SweepStudy) -> int:
    """The axis of the slider: the first of weights, else the first of numbers, else the first."""
    kinds = [axis.kind == "weight" for axis in study.axes]
    numbers = [all(isinstance(value, int | float) for value in axis.values) for axis in study.axes]
    for flags in (kinds, numbers):
        if any(flags):
            return flags.index(True)
    return 0


def axis_text(axis: Axis, value: Any, voice: Voice) -> str:
    """A value of an axis for reading."""
    return axis.words.get(value, clean(value)) if axis.kind == "text" else voice.value(value, axis.kind)


def _payload(study: SweepStudy, slider: int, other: int | None, voice: Voice) -> dict[str, Any]:
    """What ``sweep.js`` needs beside the columns."""
    axes = [
        {
            "label": clean(axis.label),
            "values": [value if isinstance(value, int | float) else None for value in axis.values],
            "texts": [axis_text(axis, value, voice) for value in axis.values],
            "kind": axis.kind,
        }
        for axis in study.axes
    ]
    ids = [measure.id for measure in study.measures]
    measures = [{"label": clean(m.label), "kind": m.kind, "better": m.better} for m in study.measures]
    return {
        "axes": axes,
        "measures": measures,
        "statistics": study.statistics,
        "slider": slider,
        "other": other,
        "risk": ids.index(study.risk),
        "reward": ids.index(study.reward),
        "currency": study.currency,
        "dry": bool(study.ran_out.size),
        "counted": bool(study.known.size),
        "words": {key: voice(key) for key in SCRIPT_WORDS},
    }


def first_cell(study: SweepStudy) -> tuple[int, ...]:
    """The cell shown first: the best; without a ranking the middle of the slider and the first of all else."""
    if study.ranking:
        return study.ranking[0].cell
    slider = slider_axis(study)
    middle = len(study.axes[slider].values) // 2
    return tuple(middle if i == slider else 0 for i in range(len(study.axes)))


def _lead(study: SweepStudy, slider: int, voice: Voice) -> list[Markup]:
    lead = el(
        "div",
        el("h1", study.name),
        el("p", study.description, class_="about") if study.description else "",
        el("p", unbroken(_headline(study, voice)), class_="headline"),
        class_="lead",
    )
    return [lead, _controls(study, slider, voice)]


def _headline(study: SweepStudy, voice: Voice) -> str:
    cells = voice(
        "sweep_cells", cells=f"{study.windows.size:,}", windows=f"{int(np.nansum(study.windows)):,}"
    )
    if not study.ranking:
        return voice.sentences([*sweep_ran_out_sentences(study, voice), cells])
    best = study.ranking[0]
    measure = next(m for m in study.measures if m.id == study.objective)
    where = voice.listed(
        [
            f"{clean(axis.label)} {axis_text(axis, axis.values[i], voice)}"
            for axis, i in zip(study.axes, best.cell)
        ]
    )
    said = [
        *sweep_ran_out_sentences(study, voice),
        cells,
        voice(
            "sweep_best",
            statistic=_objective(study, voice),
            measure=clean(measure.label),
            value=voice.value(best.objective, measure.kind),
            where=where,
        ),
    ]
    if study.alike.any():
        others = int(study.alike.sum())
        said.append(voice("sweep_plateau" if others > 1 else "sweep_plateau_one", n=f"{others:,}"))
    return voice.sentences(said)


def ranked_by(study: SweepStudy) -> str | None:
    """The statistic of a cell's windows that the ranking goes by, None where it is none of those shown."""
    index = [measure.id for measure in study.measures].index(study.objective)
    scores = [ranked.objective for ranked in study.ranking]
    for s, name in enumerate(study.statistics):
        figures = [study.values[(index, s, *ranked.cell)] for ranked in study.ranking]
        if np.allclose(figures, scores, rtol=1e-9, atol=1e-12):
            return name
    return None


def _objective(study: SweepStudy, voice: Voice) -> str:
    """The statistic that the ranking goes by, in words."""
    return study.statistic or voice("median_word")


def _controls(study: SweepStudy, slider: int, voice: Voice) -> Markup:
    axis, start = study.axes[slider], first_cell(study)
    first = axis_text(axis, axis.values[start[slider]], voice)
    bar = el(
        "div",
        el("label", clean(axis.label), for_="slider"),
        el(
            "div",
            el(
                "input",
                type="range",
                id="slider",
                min=0,
                max=len(axis.values) - 1,
                step=1,
                value=start[slider],
                autocomplete="off",
                aria_valuetext=first,
            ),
            el("output", first, for_="slider", id="slider-value"),
            class_="row",
        ),
        class_="slider",
    )
    lists = [
        _list(
            "measure", voice("choose_measure"), {str(i): clean(m.label) for i, m in enumerate(study.measures)}
        )
    ]
    for i, other in enumerate(study.axes):
        if i != slider:
            texts = {str(j): axis_text(other, value, voice) for j, value in enumerate(other.values)}
            lists.append(_list(f"axis{i}", clean(other.label), texts, str(start[i])))
    return el("div", bar, *lists, class_="controls sticky")


def _list(id_: str, text: str, options: dict[str, str], chosen: str = "") -> Markup:
    items = [el("option", shown, value=value, selected=value == chosen) for value, shown in options.items()]
    return el("label", text, el("br"), el("select", *items, id=id_, autocomplete="off"), class_="control")


def _other_axes(study: SweepStudy, slider: int) -> dict[str, str]:
    return {str(i): clean(axis.label) for i, axis in enumerate(study.axes) if i != slider}


# The tables below are what the page shows first, and all it shows where no script runs; sweep.js makes the same
# ones for every other setting.


def _readout(study: SweepStudy, cell: tuple[int, ...], voice: Voice) -> Table:
    """Every measure at one cell, its spread beside it."""
    columns = [Column("figure", voice("figure_word"))]
    columns += [Column(s, _statistic(s, voice), "number") for s in study.statistics]
    rows = []
    for m, measure in enumerate(study.measures):
        spread = [float(study.values[(m, s, *cell)]) for s in range(len(study.statistics))]
        known = study.missing(m, cell)
        label = counted(clean(measure.label), *known, voice) if known else clean(measure.label)
        rows.append((Cell(label), *(Cell(voice.value(x, measure.kind)) for x in spread)))
    return Table(tuple(columns), tuple(rows), study.currency)


def _counts(study: SweepStudy, cell: tuple[int, ...], voice: Voice) -> str:
    """How many windows stand behind a cell, and how often they beat the core or lost money."""
    count = voice.count(float(study.windows[cell]))
    alone = f"{voice('independent')}: {voice.count(float(study.independent[cell]))}"
    dry = []
    if study.ran_out.size:
        item = study.ran_out[cell]
        dry = [f"{voice('ran_out')}: {ran_out_text(item, voice)}"]
        dry += [f"{voice('lasted_median')}: {lasted_text(item, voice)}"] if item.count else []
    return ("、" if voice.lang == "ja" else "; ").join(
        (
            *dry,
            f"{voice('windows_word')}: {count} ({alone})",
            f"{voice('beat_core')}: {voice.percent(float(study.beat_core[cell]), 2)}",
            f"{voice('below_principal')}: {voice.percent(float(study.below_principal[cell]), 2)}",
        )
    )


def _by_weight(study: SweepStudy, slider: int, cell: tuple[int, ...], voice: Voice) -> Table:
    """The first measure along the slider, all else as in the cell."""
    axis, kind = study.axes[slider], study.measures[0].kind
    columns = [Column("weight", clean(axis.label))]
    columns += [Column("ran_out", voice("ran_out"))] if study.ran_out.size else []
    columns += [Column(s, _statistic(s, voice), kind) for s in study.statistics]
    columns.append(Column("beat", voice("beat_core"), "percent"))
    rows = []
    for i, value in enumerate(axis.values):
        there = (*cell[:slider], i, *cell[slider + 1 :])
        dry = [Cell(ran_out_text(study.ran_out[there], voice))] if study.ran_out.size else []
        spread = [Cell(float(study.values[(0, s, *there)])) for s in range(len(study.statistics))]
        rows.append((Cell(axis_text(axis, value, voice)), *dry, *spread, Cell(float(study.beat_core[there]))))
    return Table(tuple(columns), tuple(rows), study.currency)


def _heat_table(study: SweepStudy, slider: int, other: int, voice: Voice) -> Markup:
    """The median of the first measure as tinted cells: weights down, the other axis across."""
    measure, start = study.measures[0], first_cell(study)
    medians = study.values[0, study.statistics.index("median")]
    fixed = tuple(slice(None) if i in (slider, other) else start[i] for i in range(len(study.axes)))
    grid = medians[fixed] if slider < other else medians[fixed].T
    low, high = float(np.nanmin(grid)), float(np.nanmax(grid))
    rank = (grid - low) / (high - low or 1.0)
    if measure.better == "min":
        rank = 1 - rank
    across = study.axes[other]
    head = [el("th", clean(study.axes[slider].label), scope="col")]
    head += [el("th", axis_text(across, value, voice), scope="col", class_="num") for value in across.values]
    lines = []
    for value, row, shares in zip(study.axes[slider].values, grid, rank):
        cells = [
            el(
                "td",
                voice.value(float(x), measure.kind),
                class_=f"p{int(share * 4.999)}" if share >= 0.2 else None,
            )
            for x, share in zip(row, shares)
        ]
        lines.append(el("tr", el("th", axis_text(study.axes[slider], value, voice), scope="row"), *cells))
    caption = el("caption", voice("median_of", measure=clean(measure.label)))
    return el("table", caption, el("thead", el("tr", *head)), el("tbody", *lines), class_="heat")


def _frontier_keys(study: SweepStudy, other: int | None) -> tuple[Key, ...]:
    if other is None:
        return ()
    axis = study.axes[other]
    texts = [axis.words.get(value, clean(value)) for value in axis.values]
    return tuple(Key(text, SERIES[i % 6], "block") for i, text in enumerate(texts))


def _frontier_name(study: SweepStudy, voice: Voice) -> str:
    names = {measure.id: clean(measure.label) for measure in study.measures}
    return voice("frontier_chart", reward=names[study.reward], risk=names[study.risk])


def _ranking(study: SweepStudy, voice: Voice) -> list[Markup]:
    """The best cells, their spread, and how many cannot be told from the best."""
    index = [measure.id for measure in study.measures].index(study.objective)
    measure = study.measures[index]
    columns = [
        Column("rank", voice("rank"), "count"),
        *(Column(axis.id, clean(axis.label)) for axis in study.axes),
    ]
    shown = [i for i, name in enumerate(study.statistics) if name not in ("p25", "p75")]  # to fit a page
    columns += [Column("ran_out", voice("ran_out"))] if study.ran_out.size else []
    own = [] if ranked_by(study) else [Column("objective", _objective(study, voice), measure.kind)]
    columns += own
    columns += [
        Column(study.statistics[i], _statistic(study.statistics[i], voice), measure.kind) for i in shown
    ]
    columns += [
        Column("beat", voice("beat_core"), "percent"),
        Column("below", voice("below_principal"), "percent"),
    ]
    rows = []
    for place, ranked in enumerate(study.ranking[:RANKED], 1):
        where = [Cell(axis_text(axis, axis.values[i], voice)) for axis, i in zip(study.axes, ranked.cell)]
        spread = [Cell(ran_out_text(study.ran_out[ranked.cell], voice))] if study.ran_out.size else []
        spread += [Cell(ranked.objective) for _ in own]
        spread += [Cell(float(study.values[(index, i, *ranked.cell)])) for i in shown]
        shares = [Cell(float(share[ranked.cell])) for share in (study.beat_core, study.below_principal)]
        rows.append((Cell(place), *where, *spread, *shares))
    ranked_table = Table(tuple(columns), tuple(rows), study.currency)
    out = [
        el("h3", voice("ranking_by", statistic=_objective(study, voice), measure=clean(measure.label))),
        table(ranked_table, voice, voice("ranking_title")),
    ]
    if study.alike.any():
        out.append(el("p", _plateau(study, voice), class_="caption"))
    return out


def _plateau(study: SweepStudy, voice: Voice) -> str:
    """The values of each axis that occur among the cells that cannot be told from the best."""
    spans = []
    for i, axis in enumerate(study.axes):
        others = tuple(j for j in range(len(study.axes)) if j != i)
        there = np.flatnonzero(study.alike.any(axis=others))
        texts = [axis_text(axis, axis.values[j], voice) for j in there]
        spans.append(f"{clean(axis.label)}: {_span(axis, texts, voice)}")
    return voice("plateau_summary", n=f"{int(study.alike.sum()):,}", where="; ".join(spans))


def _span(axis: Axis, texts: Sequence[str], voice: Voice) -> str:
    if axis.kind != "text" and len(texts) > 2:
        return voice("from_to", first=texts[0], last=texts[-1])
    return voice.listed(list(texts))


def _statistic(name: str, voice: Voice) -> str:
    known = ("median", "p5", "p25", "p75", "p95", "worst")
    return voice(name) if name in known else label(name)
