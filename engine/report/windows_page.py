"""Every start month: how outcomes are spread, which starts failed, strategies paired on the same windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine.metrics import below_principal
from engine.report.figures import Figure
from engine.report.markup import Markup, el
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
from engine.report.study_tables import counted, grounds
from engine.report.voice import Voice
from engine.report.windows_charts import (
    did_better,
    differences,
    paired_figure,
    spread_figure,
    timeline_figure,
    windows_columns,
)
from engine.report.windows_tables import (
    PRINCIPAL,
    horizon_text,
    medians_note,
    names,
    outcomes_table,
    paired_words,
    ran_out_by_window,
    ran_out_over,
    same_windows_table,
    shown,
    value_texts,
)
from engine.studies.grid.results import WindowsResult
from engine.studies.missing import known_of

Make = Callable[[str, int], Figure]  # of a measure and a horizon
Words = Callable[[str, int], str]


def windows_page(result: WindowsResult, lang: str = "en") -> str:
    """A page of one windows study: pictures for each measure and horizon, chosen by two lists."""
    voice = page_voice(lang, result.plan.base.currency)
    others = range(1, len(result.names))
    figures: list[Figure] = []

    def varied(make: Make, title: str, words: Words) -> Markup:
        """One chart with a picture for each measure and horizon."""
        made = [make(measure, h) for measure, h in _choices(result)]
        figures.extend(made)
        kind = made[0].id.split(".")[0]
        texts = {f"measure={measure} horizon={h}": words(measure, h) for measure, h in _choices(result)}
        return varied_chart(made[0], f"{kind}.{{measure}}.{{horizon}}", title, texts)

    def spread(measure: str, h: int) -> str:
        return _spread_words(result, measure, h, voice)

    def pair(second: int) -> Markup:
        told = names(result, voice)
        return varied(
            lambda measure, h: paired_figure(result, second, measure, h, voice),
            voice("pair_names", first=told[0], second=told[second]),
            lambda measure, h: _pair_words(result, second, measure, h, voice),
        )

    sections = []
    if result.summary.ran_out.size:
        dry = table(ran_out_by_window(result, voice), voice, voice("ran_out_title"))
        sections.append(Section("dry", voice("ran_out_title"), dry, voice("ran_out_note")))
    if result.pairs:
        answer = table(same_windows_table(result, voice), voice, voice("same_windows_title"))
        note = voice("same_windows_note", first=names(result, voice)[0])
        sections.append(Section("same", voice("same_windows_title"), answer, note))
    by_start = varied(
        lambda measure, h: timeline_figure(result, measure, h, voice), voice("starts_chart"), spread
    )
    ends = varied(lambda measure, h: spread_figure(result, measure, h, voice), voice("spread_chart"), spread)
    sections += [
        Section("starts", voice("starts_title"), by_start, voice("starts_note")),
        Section("spread", voice("spread_title"), ends, voice("spread_note")),
    ]
    if result.pairs:
        charts = [pair(second) for second in others]
        sections.append(Section("paired", voice("paired_title"), charts, voice("paired_windows_note")))
    failed = Section("failures", voice("failures_title"), _failures(result, voice), voice("failures_note"))
    note = medians_note(voice) if result.pairs else ""
    sections += [failed, Section("summary", voice("windows_table"), _summary(result, voice), note)]
    if result.findings:
        found = bullets(map(voice.said, result.findings), "plain")
        sections.append(Section("findings", voice("findings_title"), found))
    reference = [voice.text(result.reference)] if result.reference else []
    assumed = bullets([*grounds(result, voice), *reference], "plain")
    sections.append(Section("grounds", voice("assumptions_title"), assumed))
    if result.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([result.manifest], voice)))
    page = Page(
        title=result.plan.name,
        kind=voice("windows_kind"),
        lead=_lead(result, voice),
        sections=sections,
        banners=manifest_banners(result.manifest, voice),
        figures=figures,
        columns=windows_columns(result),
        footer=footer(voice),
    )
    return document(page, voice)


def _choices(result: WindowsResult) -> Iterator[tuple[str, int]]:
    """Every measure and horizon."""
    return ((measure, h) for measure in result.measures for h in range(len(result.horizons)))


def _lead(result: WindowsResult, voice: Voice) -> list[Markup]:
    last = len(result.horizons) - 1
    said = [ran_out_over(result, last, voice)] if result.summary.ran_out.size else []
    said += [paired_words(result, last, voice)] if result.pairs else []
    said += [_share_words(result, h, voice) for h in sorted({0, last})]
    description = voice.text(result.plan.description)
    lead = el(
        "div",
        el("h1", result.plan.name),
        el("p", description, class_="about") if description else "",
        el("p", unbroken(voice.sentences(said)), class_="headline"),
        class_="lead",
    )
    lists = (
        chooser("measure", voice("choose_measure"), {measure: voice(measure) for measure in result.measures}),
        chooser(
            "horizon",
            voice("choose_horizon"),
            {str(h): horizon_text(result, h, voice) for h in range(len(result.horizons))},
        ),
    )
    return [lead, el("div", *lists, class_="controls sticky")]


def _share_words(result: WindowsResult, h: int, voice: Voice) -> str:
    """How often each strategy ended below the money paid in over one horizon."""
    ended = shown(result, PRINCIPAL)[:, h]
    known = np.isfinite(ended).all(axis=0)
    if not known.any():
        return voice("no_windows")
    shares = [
        voice("name_value", name=name, value=voice.percent(float(below_principal(own[known]).mean()), 0))
        for name, own in zip(names(result, voice), ended)
    ]
    count, horizon = f"{known.sum():,}", horizon_text(result, h, voice)
    return voice("windows_headline", horizon=horizon, n=count, shares=voice.listed(shares))


def _spread_words(result: WindowsResult, measure: str, h: int, voice: Voice) -> str:
    """The caption of a picture: the spread of each strategy."""
    said = [voice("windows_caption", measure=voice(measure), horizon=horizon_text(result, h, voice))]
    lived = np.isfinite(result.outcome[PRINCIPAL][:, h]).sum(axis=1)
    for s, name in enumerate(names(result, voice)):
        values = known_of(shown(result, measure)[s, h])
        if values.size:
            low, middle, high = value_texts(np.quantile(values, (0.05, 0.5, 0.95)).tolist(), measure, voice)
            middle = counted(middle, values.size, int(lived[s]), voice)
            said.append(voice("spread_caption", name=name, low=low, median=middle, high=high))
    return voice.sentences(said)


def _pair_words(result: WindowsResult, second: int, measure: str, h: int, voice: Voice) -> str:
    """The caption of a picture: how a strategy did against the first."""
    more, told = differences(result, second, measure, h), names(result, voice)
    known = np.isfinite(more)
    if not known.any():
        return voice("no_windows")
    least, most = int(np.nanargmin(more)), int(np.nanargmax(more))
    figures = [float(np.median(more[known])), float(more[least]), float(more[most])]
    median, low, high = value_texts(figures, measure, voice, sign=True)
    return voice(
        "pair_caption",
        second=told[second],
        first=told[0],
        share=voice.percent(float(did_better(result, second, measure, h)[known].mean()), 0),
        n=f"{int(known.sum()):,}",
        measure=voice(measure),
        median=median,
        low=low,
        low_start=voice.year_month(result.starts[least]),
        high=high,
        high_start=voice.year_month(result.starts[most]),
    )


def failures(result: WindowsResult, s: int, h: int) -> list[tuple[np.datetime64, np.datetime64, int, float]]:
    """Runs of start months that ended below the money paid in: (first, last, windows, worst multiple)."""
    ended = result.outcome[PRINCIPAL][s, h]
    below = np.concatenate([[False], below_principal(ended), [False]])
    starts = np.flatnonzero(~below[:-1] & below[1:])
    stops = np.flatnonzero(below[:-1] & ~below[1:])
    return [
        (result.starts[a], result.starts[b - 1], int(b - a), float(ended[a:b].min()))
        for a, b in zip(starts, stops)
    ]


def _failures(result: WindowsResult, voice: Voice) -> list[Markup]:
    """By horizon and strategy, the starts that failed, by name."""
    out = []
    for h in range(len(result.horizons)):
        lines = []
        for s, name in enumerate(names(result, voice)):
            texts = [
                voice(
                    "failure_run" if n > 1 else "failure_one",
                    first=voice.year_month(first),
                    last=voice.year_month(last),
                    n=n,
                    worst=voice.times(worst),
                )
                for first, last, n, worst in failures(result, s, h)
            ]
            said = bullets(texts, "plain") if texts else el("p", voice("failures_none"), class_="caption")
            lines.append(el("div", el("h3", name), said))
        title = el("p", voice("failures_of", horizon=horizon_text(result, h, voice)), class_="caption")
        out.append(el("div", title, el("div", *lines, class_="pair"), **when(f"horizon={h}", h == 0)))
    return out


def _summary(result: WindowsResult, voice: Voice) -> Markup:
    """Every strategy and horizon by the chosen measure."""
    tables = []
    for m, measure in enumerate(result.measures):
        values = outcomes_table(result, measure, voice)
        shown_table = table(values, voice, f"{voice('windows_table')}: {voice(measure)}")
        tables.append(el("div", shown_table, **when(f"measure={measure}", m == 0)))
    return el("div", *tables)
