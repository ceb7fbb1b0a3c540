"""A sweep: what ``templates/sweep.html`` shows, and what ``sweep.js`` draws again at another weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.locale import SYMBOLS
from engine.metrics import METRICS
from engine.report.answer import texts
from engine.report.chart_specs import Figure
from engine.report.components import series_rows
from engine.report.html import page, page_locale
from engine.report.page_locale import PageLocale, money_of
from engine.report.point_tables import shown_columns
from engine.report.study_tables import grounds
from engine.report.summary import flag_texts
from engine.report.sweep_answer import horizon_shown, is_ordered, sweep_answer
from engine.report.sweep_charts import Charts, shades, sweep_charts
from engine.report.sweep_tables import (
    alike_sentence,
    along_table,
    counts_text,
    first_place,
    point_note,
    ranking_table,
    readout_table,
    statistic_word,
)
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import COLUMNS, MEASURES, STATISTICS, Place

SCRIPT_WORDS, SCRIPT_FORMS = ("interval_of", "of_all", "span_years"), ("times", "colon", "noted")


def sweep_page(result: SweepResult, lang: str = "en") -> str:
    """A page of one sweep. The figures are drawn in the browser from the summary of every point."""
    locale = page_locale(lang, result.plan.base.currency, result.plan.per_year, money_of(result.manifest))
    charts, place, summary = sweep_charts(result, locale), first_place(result), result.summary
    labels = [locale.arg(axis.label) for axis in summary.axes]
    return page(
        "sweep.html",
        locale,
        # Placeholders: the script fills them.
        figures=[Figure(figure.id, (), {}, figure.keys, figure.height) for figure in charts.figures.values()],
        columns={
            "cube": summary.values.ravel(),
            "shade": np.stack([shades(summary, m) for m in range(len(MEASURES))]).ravel(),
            "known": summary.known.ravel(),
            **{name: values.ravel() for name, values in summary.columns.items()},
            **({"survival": summary.survival.ravel()} if summary.ran_out.size else {}),
        },
        scripts=("sweep.js",),
        data={"study": _payload(result, charts, locale)},
        name=result.plan.name,
        about=locale.about(result.plan.description),
        warnings=flag_texts([result.manifest], locale),
        lead=texts(sweep_answer(result), locale),
        axes=[
            {"number": number, "label": label, "texts": axis["texts"]}
            for number, (label, axis) in enumerate(zip(labels, charts.axes))
        ],
        slider=charts.slider,
        other=charts.other,
        place=place,
        measures=list(map(locale, MEASURES)),
        along=along_table(result, MEASURES[0], charts.slider, place, locale),
        readout=readout_table(result, MEASURES, place, locale),
        note=point_note(result, place, locale),
        heat=_heat(result, charts, place, locale),
        noise=charts.measures[0]["noise"][horizon_shown(result)],
        ranking=ranking_table(result, locale, ("median", "p5", "p95", "worst"), ()),
        is_ordered=is_ordered(result),
        statistic=statistic_word(result, locale),
        objective=locale(result.objective.measure) if result.objective is not None else "",
        alike=alike_sentence(result, locale),
        findings=list(map(locale.sentence, result.findings)),
        grounds=[counts_text(result, locale), *grounds(result, locale)],
        series=series_rows([result.manifest], locale),
    )


def _payload(result: SweepResult, charts: Charts, locale: PageLocale) -> dict[str, Any]:
    """What ``sweep.js`` needs beside the columns."""
    is_yen = locale.currency == "JPY"
    columns = []
    for name in shown_columns(result.summary, "", "first", "last"):
        column = COLUMNS[name]
        told = {"kind": column.kind, "where": column.where, "interval": column.interval}
        columns.append({"id": name, "label": locale(column.word), **told})
    return {
        "axes": charts.axes,
        "measures": charts.measures,
        "statistics": len(STATISTICS),
        "slider": charts.slider,
        "other": charts.other,
        "columns": columns,
        "charts": {
            name: {"data": each.traces, "layout": each.layout} for name, each in charts.figures.items()
        },
        "currency": {
            "myriads": is_yen and bool(locale.form("myriads")),
            "symbol": SYMBOLS.get(locale.currency, f"{locale.currency} "),
            "cents": not is_yen,
        },
        "words": {key: locale(key) for key in SCRIPT_WORDS} | {key: locale.form(key) for key in SCRIPT_FORMS},
    }


def _heat(
    result: SweepResult, charts: Charts, place: Place, locale: PageLocale
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The median of the first measure as texts with their tints, a row a weight, the other axis across."""
    slider, other = charts.slider, charts.other
    if other is None:
        return []
    metric = METRICS[MEASURES[0]]
    medians = result.summary.values[0, STATISTICS.index("median")]
    fixed = tuple(slice(None) if i in (slider, other) else at for i, at in enumerate(place))
    grid = medians[fixed] if slider < other else medians[fixed].T
    own = shades(result.summary, 0)[fixed]
    tints = own if slider < other else own.T
    return [
        (
            text,
            [
                (locale.value(float(x), metric.kind), f"p{int(share * 4.999)}" if share >= 0.2 else "")
                for x, share in zip(row, shares)
            ],
        )
        for text, row, shares in zip(charts.axes[slider]["texts"], grid, tints)
    ]
