"""Every start month: how outcomes are spread, which starts failed, strategies paired on the same windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.metrics import below_principal
from engine.report.digest import bin_edges
from engine.report.figures import (
    DASHES,
    SERIES,
    Figure,
    Key,
    date_axis,
    keys_of,
    label,
    layout,
    line,
    measure_axis,
    ref,
)
from engine.report.markup import Markup, el
from engine.report.models import Cell, Column, Pair, Table, WindowsStudy
from engine.report.parts import footer, manifest_banners, series_table
from engine.report.shell import (
    Page,
    Section,
    bullets,
    chooser,
    document,
    page_voice,
    table,
    unbroken,
    varied_chart,
    when,
)
from engine.report.study_tables import (
    counted,
    horizon_words,
    medians_note,
    more_than_first,
    paired_words,
    ran_out_text,
    same_windows_table,
    windows_ran_out,
    windows_ran_out_sentence,
)
from engine.report.voice import Voice, clean

PRINCIPAL = "value_to_contributed"
BINS = 28


def windows_page(study: WindowsStudy, lang: str = "en") -> str:
    """A page of one windows study: pictures for each measure and horizon, chosen by two lists."""
    voice = page_voice(lang, study.currency)
    kinds = ("timeline", "spread", *(f"pair{i}" for i in range(len(study.pairs))))
    figures = [
        figure
        for m in range(len(study.measures))
        for h in range(len(study.horizons))
        for figure in _figures(study, m, h, voice)
    ]
    by_id = {figure.id: figure for figure in figures}

    def varied(kind: str, title: str) -> Markup:
        texts = {
            _choice(m, h): _words(study, kind, m, h, voice)
            for m in range(len(study.measures))
            for h in range(len(study.horizons))
        }
        return varied_chart(by_id[f"{kind}.0.0"], f"{kind}.{{measure}}.{{horizon}}", title, texts)

    sections = []
    if study.ran_out:
        dry = table(windows_ran_out(study, voice), voice, voice("ran_out_title"))
        sections.append(Section("dry", voice("ran_out_title"), dry, voice("ran_out_note")))
    if study.paired:
        answer = table(same_windows_table(study, voice), voice, voice("same_windows_title"))
        note = voice("same_windows_note", first=clean(study.strategies[0]))
        sections.append(Section("same", voice("same_windows_title"), answer, note))
    sections += [
        Section(
            "starts", voice("starts_title"), varied(kinds[0], voice("starts_chart")), voice("starts_note")
        ),
        Section(
            "spread", voice("spread_title"), varied(kinds[1], voice("spread_chart")), voice("spread_note")
        ),
    ]
    if study.pairs:
        charts = [varied(f"pair{i}", _pair_name(study, pair, voice)) for i, pair in enumerate(study.pairs)]
        sections.append(Section("paired", voice("paired_title"), charts, voice("paired_windows_note")))
    sections += [
        Section("failures", voice("failures_title"), _failures(study, voice), voice("failures_note")),
        Section(
            "summary",
            voice("windows_table"),
            _summary(study, voice),
            medians_note(voice) if study.paired else "",
        ),
        Section(
            "grounds",
            voice("assumptions_title"),
            bullets(
                [
                    *map(voice.text, (*study.statements, *study.references)),
                    *map(voice.said, study.manifest.get("assumptions", ())),
                ],
                "plain",
            ),
        ),
    ]
    if study.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([study.manifest], voice)))
    page = Page(
        title=study.name,
        kind=voice("windows_kind"),
        lead=_lead(study, voice),
        sections=sections,
        banners=manifest_banners(study.manifest, voice),
        figures=figures,
        columns=windows_columns(study),
        footer=footer(voice),
    )
    return document(page, voice)


def failures(study: WindowsStudy, s: int, h: int) -> list[tuple[np.datetime64, np.datetime64, int, float]]:
    """Runs of start months that ended below the money paid in: (first, last, windows, worst multiple)."""
    ended = study.outcome[_principal(study), s, h]
    below = np.concatenate([[False], below_principal(ended), [False]])
    starts = np.flatnonzero(~below[:-1] & below[1:])
    stops = np.flatnonzero(below[:-1] & ~below[1:])
    return [
        (study.starts[a], study.starts[b - 1], int(b - a), float(ended[a:b].min()))
        for a, b in zip(starts, stops)
    ]


def _principal(study: WindowsStudy) -> int:
    return [measure.id for measure in study.measures].index(PRINCIPAL)


def _choice(m: int, h: int) -> str:
    return f"measure={m} horizon={h}"


def windows_columns(study: WindowsStudy) -> dict[str, NDArray[Any]]:
    """The columns that the charts of a windows study refer to."""
    columns: dict[str, NDArray[Any]] = {"start": study.starts}
    for m in range(len(study.measures)):
        for s in range(len(study.strategies)):
            for h in range(len(study.horizons)):
                columns[f"{m}.{s}.{h}"] = study.outcome[m, s, h]
    return columns


def _figures(study: WindowsStudy, m: int, h: int, voice: Voice) -> list[Figure]:
    figures = [timeline_figure(study, m, h, voice), spread_figure(study, m, h, voice)]
    return [*figures, *(paired_figure(study, i, m, h, voice) for i in range(len(study.pairs)))]


def timeline_figure(study: WindowsStudy, m: int, h: int, voice: Voice) -> Figure:
    """The outcome by start month; windows that ended below the money paid in are ringed."""
    axis, scale = measure_axis(study.measures[m], study.outcome[m, :, h], voice)
    traces, rings = [], []
    for s, name in enumerate(study.strategies):
        style = {"dash": DASHES[s % 6], "width": 1.8}
        traces.append(line(ref("start"), ref(f"{m}.{s}.{h}", scale), name, SERIES[s % 6], **style))
        shown = np.isfinite(study.outcome[m, s, h])
        failed = below_principal(study.outcome[_principal(study), s, h]) & shown
        if failed.any():
            rings.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [str(d) for d in study.starts[failed].astype("datetime64[D]")],
                    "y": (study.outcome[m, s, h][failed] * scale).tolist(),
                    "hoverinfo": "skip",
                    "marker": {"size": 6, "color": "--paper", "line": {"color": SERIES[s % 6], "width": 1.5}},
                }
            )
    shapes = [_rule(1.0)] if study.measures[m].id == PRINCIPAL else []
    keys = (*keys_of(study.strategies), Key(voice("ended_below"), "--ink-soft", "ring"))
    shape = layout(xaxis=date_axis(hoverformat="%Y-%m"), yaxis=axis, shapes=shapes)
    return Figure(f"timeline.{m}.{h}", (*traces, *rings), shape, keys, 340)


def _rule(y: float) -> dict[str, Any]:
    style = {"color": "--ink-soft", "width": 1.2, "dash": "dot"}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "line": style,
        "layer": "below",
    }


def spread_figure(study: WindowsStudy, m: int, h: int, voice: Voice) -> Figure:
    """How many windows ended where, on bins shared by all strategies."""
    axis, scale = measure_axis(study.measures[m], study.outcome[m, :, h], voice)
    values = study.outcome[m, :, h] * scale
    edges = bin_edges(values, BINS)
    traces = []
    for s, name in enumerate(study.strategies):
        mine = values[s][np.isfinite(values[s])]
        counts = np.histogram(mine, edges)[0]
        x = np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]]).round(6).tolist()
        y = [0, *counts.tolist(), 0]
        trace = line(x, y, name, SERIES[s % 6], width=1.8, dash=DASHES[s % 6])
        trace["line"]["shape"] = "hvh"
        if len(study.strategies) <= 2:  # more areas over each other could not be told apart
            trace |= {"fill": "tozeroy", "fillcolor": f"{SERIES[s % 6]}-fill"}
        traces.append(trace)
    y_axis = {
        "title": {"text": voice("windows_word")},
        "rangemode": "tozero",
        "tickformat": ",d",
        "hoverformat": ",d",
    }
    x_axis = {**axis, "showgrid": False}
    keys = keys_of(study.strategies)
    return Figure(f"spread.{m}.{h}", tuple(traces), layout(xaxis=x_axis, yaxis=y_axis), keys, 300)


def paired_figure(study: WindowsStudy, i: int, m: int, h: int, voice: Voice) -> Figure:
    """The second minus the first, window by window."""
    pair, measure = study.pairs[i], study.measures[m]
    gaps = _gaps(study, pair, m, h)
    axis, scale = measure_axis(measure, np.append(gaps, 0.0), voice)  # bars stand on 0
    gaps = gaps * scale
    days = [str(day) for day in study.starts.astype("datetime64[D]")]
    better = _better(study, pair, m, h)
    traces = []
    names = (
        voice("second_better", name=clean(study.strategies[pair.second])),
        voice("first_better", name=clean(study.strategies[pair.first])),
    )
    keys = (Key(names[0], "--gain", "block"), Key(names[1], "--loss", "block"))
    for won, name, color in ((better, names[0], "--gain"), (~better, names[1], "--loss")):
        keep = np.flatnonzero(won & np.isfinite(gaps))
        traces.append(
            {
                "type": "bar",
                "x": [days[j] for j in keep],
                "y": gaps[keep].round(8).tolist(),
                "name": label(name),
                "marker": {"color": color},
            }
        )
    style = {"tickformat": "+,.1%", "hoverformat": "+.2%"} if measure.kind == "percent" else {}
    shape = layout(
        xaxis=date_axis(hoverformat="%Y-%m"), yaxis={**axis, **style}, bargap=0.1, barmode="relative"
    )
    return Figure(f"pair{i}.{m}.{h}", tuple(traces), shape, keys, 300)


def _gaps(study: WindowsStudy, pair: Pair, m: int, h: int) -> NDArray[np.float64]:
    gaps: NDArray[np.float64] = study.outcome[m, pair.second, h] - study.outcome[m, pair.first, h]
    return gaps


def _better(study: WindowsStudy, pair: Pair, m: int, h: int) -> NDArray[np.bool_]:
    """(W,) whether the second did better by the measure's own direction."""
    one, two = study.outcome[m, pair.first, h], study.outcome[m, pair.second, h]
    better: NDArray[np.bool_] = two < one if study.measures[m].better == "min" else two > one
    return better


def _words(study: WindowsStudy, kind: str, m: int, h: int, voice: Voice) -> str:
    """The caption of a picture for one measure and horizon."""
    measure, horizon = study.measures[m], horizon_words(study.horizons[h], voice)
    if kind.startswith("pair"):
        return _pair_words(study, study.pairs[int(kind[4:])], m, h, voice)
    said = [voice("windows_caption", measure=clean(measure.label), horizon=horizon)]
    for s, name in enumerate(study.strategies):
        values = study.outcome[m, s, h][np.isfinite(study.outcome[m, s, h])]
        if values.size:
            low, middle, high = (
                voice.value(float(q), measure.kind) for q in np.quantile(values, (0.05, 0.5, 0.95))
            )
            lived = int(np.isfinite(study.outcome[_principal(study), s, h]).sum())
            middle = counted(middle, values.size, lived, voice)
            said.append(voice("spread_caption", name=clean(name), low=low, median=middle, high=high))
    return voice.sentences(said)


def _pair_words(study: WindowsStudy, pair: Pair, m: int, h: int, voice: Voice) -> str:
    measure, gaps = study.measures[m], _gaps(study, pair, m, h)
    known = np.isfinite(gaps)
    if not known.any():
        return voice("no_windows")
    share = float(_better(study, pair, m, h)[known].mean())
    low, high = int(np.nanargmin(gaps)), int(np.nanargmax(gaps))
    return voice(
        "pair_caption",
        second=clean(study.strategies[pair.second]),
        first=clean(study.strategies[pair.first]),
        share=voice.percent(share, 0),
        n=f"{int(known.sum()):,}",
        measure=clean(measure.label),
        median=voice.value(float(np.median(gaps[known])), measure.kind, sign=True),
        low=voice.value(float(gaps[low]), measure.kind, sign=True),
        low_start=voice.year_month(study.starts[low]),
        high=voice.value(float(gaps[high]), measure.kind, sign=True),
        high_start=voice.year_month(study.starts[high]),
    )


def _pair_name(study: WindowsStudy, pair: Pair, voice: Voice) -> str:
    return voice(
        "pair_names", first=clean(study.strategies[pair.first]), second=clean(study.strategies[pair.second])
    )


def _lead(study: WindowsStudy, voice: Voice) -> list[Markup]:
    ends = sorted({0, len(study.horizons) - 1})
    said = [windows_ran_out_sentence(study, len(study.horizons) - 1, voice)] if study.ran_out else []
    said += [paired_words(study, len(study.horizons) - 1, voice)] if study.paired else []
    said += [_share_words(study, h, voice) for h in ends]
    measures = {str(m): clean(measure.label) for m, measure in enumerate(study.measures)}
    horizons = {str(h): horizon_words(months, voice) for h, months in enumerate(study.horizons)}
    lead = el(
        "div",
        el("h1", study.name),
        el("p", study.description, class_="about") if study.description else "",
        el("p", unbroken(voice.sentences(said)), class_="headline"),
        class_="lead",
    )
    lists = (
        chooser("measure", voice("choose_measure"), measures),
        chooser("horizon", voice("choose_horizon"), horizons),
    )
    return [lead, el("div", *lists, class_="controls sticky")]


def _share_words(study: WindowsStudy, h: int, voice: Voice) -> str:
    """How often each strategy ended below the money paid in over one horizon."""
    ended = study.outcome[_principal(study), :, h]
    known = np.isfinite(ended).all(axis=0)
    if not known.any():
        return voice("no_windows")
    shares = [
        voice(
            "name_value",
            name=clean(name),
            value=voice.percent(float(below_principal(ended[s, known]).mean()), 0),
        )
        for s, name in enumerate(study.strategies)
    ]
    horizon = horizon_words(study.horizons[h], voice)
    return voice("windows_headline", horizon=horizon, n=f"{known.sum():,}", shares=voice.listed(shares))


def _failures(study: WindowsStudy, voice: Voice) -> list[Markup]:
    """By horizon and strategy, the starts that failed, by name."""
    out = []
    for h, months in enumerate(study.horizons):
        lines = []
        for s, name in enumerate(study.strategies):
            runs = failures(study, s, h)
            texts = [
                voice(
                    "failure_run" if n > 1 else "failure_one",
                    first=voice.year_month(first),
                    last=voice.year_month(last),
                    n=n,
                    worst=voice.times(worst),
                )
                for first, last, n, worst in runs
            ]
            said = bullets(texts, "plain") if texts else el("p", voice("failures_none"), class_="caption")
            lines.append(el("div", el("h3", clean(name)), said))
        title = voice("failures_of", horizon=horizon_words(months, voice))
        out.append(
            el(
                "div",
                el("p", title, class_="caption"),
                el("div", *lines, class_="pair"),
                **when(f"horizon={h}", h == 0),
            )
        )
    return out


def _summary(study: WindowsStudy, voice: Voice) -> Markup:
    """Every strategy and horizon by the chosen measure."""
    tables, paired, first = [], bool(study.paired), clean(study.strategies[0])
    for m, measure in enumerate(study.measures):
        kind = measure.kind
        columns = (
            Column("horizon", voice("choose_horizon")),
            Column("strategy", voice("strategy")),
            Column("windows", voice("windows_word"), "count"),
            Column("independent", voice("independent"), "count"),
            *([Column("ran_out", voice("ran_out"))] if study.ran_out else []),
            Column("p5", voice("percentile", p="5"), kind),
            Column("median", voice("median"), kind),
            Column("p95", voice("percentile", p="95"), kind),
            Column("worst", voice("worst"), kind),
            Column("start", voice("worst_start"), "date"),
            Column("below", voice("share_below"), "percent"),
            *([Column("better", voice("more_than", first=first), "percent")] if paired else []),
        )
        rows = []
        for h, months in enumerate(study.horizons):
            for s, name in enumerate(study.strategies):
                cells = _summary_cells(study, m, s, h, voice)
                better = [Cell(more_than_first(study, s, h))] if paired else []
                dry = [Cell(ran_out_text(study.ran_out[s][h], voice))] if study.ran_out else []
                names = (Cell(horizon_words(months, voice)), Cell(clean(name)))
                rows.append((*names, *cells[:2], *dry, *cells[2:], *better))
        values = Table(columns, tuple(rows), study.currency)
        tables.append(
            el(
                "div",
                table(values, voice, f"{voice('windows_table')}: {clean(measure.label)}"),
                **when(f"measure={m}", m == 0),
            )
        )
    return el("div", *tables)


def _summary_cells(study: WindowsStudy, m: int, s: int, h: int, voice: Voice) -> list[Cell]:
    values, ended = study.outcome[m, s, h], study.outcome[_principal(study), s, h]
    known = np.isfinite(values)
    if not known.any():
        return [Cell(0), Cell(0), *[Cell(None)] * 6]
    measure = study.measures[m]
    worst = int(np.nanargmax(values) if measure.better == "min" else np.nanargmin(values))
    low, middle, high = np.quantile(values[known], (0.05, 0.5, 0.95)).tolist()
    below = float(below_principal(ended[np.isfinite(ended)]).mean())
    lived = np.isfinite(ended)
    counts = [Cell(int(lived.sum())), Cell(int(study.independent[h]))]
    shown = counted(voice.value(middle, measure.kind), int(known.sum()), int(lived.sum()), voice)
    figures = [Cell(low), Cell(shown), Cell(high), Cell(float(values[worst]))]
    return [*counts, *figures, Cell(voice.year_month(study.starts[worst])), Cell(below)]
