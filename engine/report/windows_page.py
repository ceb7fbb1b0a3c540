"""Every start month of strategies: what ``templates/windows.html`` shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.metrics import METRICS, below_principal
from engine.report.answer import texts
from engine.report.chart_specs import SERIES
from engine.report.components import series_rows
from engine.report.html import page, page_locale
from engine.report.page_locale import PageLocale, money_of
from engine.report.study_tables import counted, grounds
from engine.report.summary import flag_texts
from engine.report.survival import dry_figure, dry_words, lasts_figure, lasts_words
from engine.report.windows_answer import windows_answer
from engine.report.windows_charts import (
    did_better,
    differences,
    is_other_money,
    paired_figure,
    spread_figure,
    timeline_figure,
    windows_columns,
)
from engine.report.windows_horizon import PRINCIPAL
from engine.report.windows_tables import (
    horizon_text,
    medians_note,
    names,
    outcomes_table,
    ran_out_by_window,
    same_windows_notes,
    same_windows_table,
    value_texts,
)
from engine.studies.depletion import RanOut
from engine.studies.grid.results import WindowsResult

Run = tuple[np.datetime64, np.datetime64, int, float]  # first and last start, how many, the worst multiple


def windows_page(result: WindowsResult, lang: str = "en") -> str:
    """A page of one windows study: pictures for each measure and horizon, chosen by two lists."""
    locale = page_locale(lang, result.plan.base.currency, result.plan.per_year, money_of(result.manifest))
    strategies, horizons, told = range(len(result.names)), range(len(result.horizons)), result.told_horizon
    # The first is what the page shows at first: the horizon that its answer is taken from.
    choices = [(measure, h) for measure in result.measures for h in sorted(horizons, key=lambda h: h != told)]

    def captions(words: Callable[[str, int], str]) -> dict[str, str]:
        return {
            f"measure={result.measures.index(measure)} horizon={h}": words(measure, h)
            for measure, h in choices
        }

    figures = []
    for measure, h in choices:
        figures += [timeline_figure(result, measure, h, locale), spread_figure(result, measure, h, locale)]
        figures += [paired_figure(result, second, measure, h, locale) for second in strategies[1:]]
    answer, dry = windows_answer(result), result.summary.ran_out
    if dry.size:
        shown = names(result, locale)
        figures += [
            make([*dry[:, h]], shown, locale, f".{h}")
            for h in horizons
            for make in (lasts_figure, dry_figure)
        ]
    return page(
        "windows.html",
        locale,
        figures=figures,
        columns=windows_columns(result),
        name=result.plan.name,
        about=locale.about(result.plan.description),
        warnings=flag_texts([result.manifest], locale),
        lead=texts(answer, locale, 1 if dry.size else len(answer.answer)),
        strategies=names(result, locale),
        colors=[SERIES[s % 6] for s in strategies],
        told=told,
        measures=list(map(locale, result.measures)),
        horizons=[horizon_text(result, h, locale) for h in horizons],
        ran_out=ran_out_by_window(result, locale) if result.summary.ran_out.size else None,
        lasts_words=_by_horizon(result, lasts_words, locale),
        dry_words=_by_horizon(result, dry_words, locale),
        same_windows=same_windows_table(result, locale) if result.pairs else None,
        starts_captions=captions(lambda measure, h: _extreme_words(result, measure, h, locale)),
        captions=captions(lambda measure, h: _spread_words(result, measure, h, locale)),
        paired_captions=[
            captions(lambda measure, h, second=second: _pair_words(result, second, measure, h, locale))  # type: ignore[misc]
            for second in strategies[1:]
        ],
        failures=[[failures(result, s, h) for s in strategies] for h in horizons],
        outcomes=[outcomes_table(result, measure, locale) for measure in result.measures],
        same_windows_notes=same_windows_notes(result, locale),
        medians_note=medians_note(locale),
        findings=list(map(locale.sentence, result.findings)),
        grounds=[*grounds(result, locale), *([locale.text(result.reference)] if result.reference else [])],
        series=series_rows([result.manifest], locale),
    )


def _by_horizon(
    result: WindowsResult,
    words: Callable[[Sequence[RanOut], Sequence[str], PageLocale], str],
    locale: PageLocale,
) -> dict[str, str]:
    """The captions of pictures of money that ran out, that of the horizon shown first before the others."""
    dry, told = result.summary.ran_out, result.told_horizon
    each = sorted(range(len(result.horizons)), key=lambda h: h != told) if dry.size else []
    return {f"horizon={h}": words([*dry[:, h]], names(result, locale), locale) for h in each}


def _spread_words(result: WindowsResult, measure: str, h: int, locale: PageLocale) -> str:
    """The caption of a picture: the spread of each strategy."""
    said = [locale("windows_caption", measure=locale(measure), horizon=horizon_text(result, h, locale))]
    for s, name in enumerate(names(result, locale)):
        figures = [result.summary.value(measure, q, (s, h)) for q in ("p5", "median", "p95")]
        low, middle, high = value_texts(figures, measure, locale)
        missing = result.summary.missing(measure, (s, h))
        middle = counted(middle, *missing, locale) if missing else middle
        said.append(locale("spread_caption", name=name, low=low, median=middle, high=high))
    return locale.sentences(said)


def _extreme_words(result: WindowsResult, measure: str, h: int, locale: PageLocale) -> str:
    """The caption of a picture: the worst and the best start of each strategy."""
    said = [locale("windows_caption", measure=locale(measure), horizon=horizon_text(result, h, locale))]
    for values, name in zip(result.outcome[measure][:, h], names(result, locale)):
        if not np.isfinite(values).any():
            continue
        ends = [int(np.nanargmin(values)), int(np.nanargmax(values))]
        worst, best = ends[::-1] if METRICS[measure].better == "min" else ends
        low, high = value_texts([values[worst], values[best]], measure, locale)
        starts = [locale.year_month(result.starts[at]) for at in (worst, best)]
        said.append(
            locale(
                "starts_caption", name=name, worst=low, worst_start=starts[0], best=high, best_start=starts[1]
            )
        )
    return locale.sentences(said)


def _pair_words(result: WindowsResult, second: int, measure: str, h: int, locale: PageLocale) -> str:
    """The caption of a picture: how a strategy did against the first."""
    more, told = differences(result, second, measure, h), names(result, locale)
    known = np.isfinite(more)
    if not known.any():
        return locale("no_windows")
    least, most = int(np.nanargmin(more)), int(np.nanargmax(more))
    figures = [float(np.median(more[known])), float(more[least]), float(more[most])]
    median, low, high = value_texts(figures, measure, locale, sign=True)
    same = float((more[known] == 0.0).mean())
    return locale(
        "pair_caption_amounts" if is_other_money(result, second, measure, h) else "pair_caption",
        second=told[second],
        first=told[0],
        share=locale.percent(float(did_better(result, second, measure, h)[known].mean()), 0),
        same=locale("pair_same", share=locale.percent(same, 0)) if same else "",
        n=f"{int(known.sum()):,}",
        measure=locale(measure),
        median=median,
        low=low,
        low_start=locale.year_month(result.starts[least]),
        high=high,
        high_start=locale.year_month(result.starts[most]),
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
