"""Drawn futures: what ``templates/bootstrap.html`` shows, and the charts that a notebook draws too."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.report.answer import texts
from engine.report.bootstrap_answer import MIDDLE, bootstrap_answer
from engine.report.bootstrap_text import (
    drawn,
    ends_table,
    names,
    paired_table,
    paired_words,
    statements,
)
from engine.report.chart_specs import (
    DASHES,
    SERIES,
    Columns,
    Figure,
    Key,
    Unit,
    keys_of,
    layout,
    level,
    line,
    money_axis,
    money_unit,
    ref,
)
from engine.report.components import series_rows
from engine.report.html import page, page_locale
from engine.report.models import Column, Table
from engine.report.page_locale import PageLocale, basis, money_of
from engine.report.study_tables import ran_out_table
from engine.report.summary import flag_texts
from engine.report.survival import dry_figure, dry_words, lasts_figure, lasts_words
from engine.studies.bootstrap.results import PERCENTILES, QUANTILES, Bootstrap


def bootstrap_page(found: Bootstrap, lang: str = "en") -> str:
    """A page of one bootstrap study: a fan a strategy on one scale, the ends, the paired differences."""
    locale = page_locale(lang, found.currency, basis([found.manifest]), money_of(found.manifest))
    unit, strategies = unit_of(found, locale), range(len(found.strategies))
    figures = [*(fan_figure(found, s, unit, locale) for s in strategies), ends_figure(found, unit, locale)]
    shown = names(found, locale)
    if found.ran_out:
        figures += [make(found.ran_out, shown, locale) for make in (lasts_figure, dry_figure)]
    return page(
        "bootstrap.html",
        locale,
        figures=figures,
        columns=bootstrap_columns(found),
        found=found,
        about=locale.about(found.description),
        warnings=flag_texts([found.manifest], locale),
        lead=texts(bootstrap_answer(found), locale),
        drawn=drawn(found, locale),
        ran_out=_ran_out(found, locale) if found.ran_out else None,
        lasts_words=lasts_words(found.ran_out, shown, locale) if found.ran_out else "",
        dry_words=dry_words(found.ran_out, shown, locale) if found.ran_out else "",
        fans=[(name, _fan_words(found, s, locale)) for s, name in enumerate(shown)],
        ends=ends_table(found, locale),
        paired=paired_table(found, locale),
        paired_words=dict.fromkeys(paired_words(found, item, locale) for item in found.differences),
        statements=statements(found, locale),
        series=series_rows([found.manifest], locale),
    )


def unit_of(found: Bootstrap, locale: PageLocale) -> Unit:
    """The unit of money that all charts of a study have."""
    return money_unit(float(np.nanmax(found.fan)), locale)


def bootstrap_columns(found: Bootstrap) -> Columns:
    """The columns that the charts of a bootstrap refer to."""
    columns: Columns = {
        "years": np.array(found.years, np.float64),
        "paid": found.contributed[0],
        "quantile": QUANTILES,
    }
    for s in range(len(found.strategies)):
        columns[f"final{s}"] = found.final[s]
        columns |= {f"fan{s}.{p}": found.fan[s, p] for p in range(len(PERCENTILES))}
    return columns


def fan_figure(found: Bootstrap, s: int, unit: Unit, locale: PageLocale) -> Figure:
    """Bands between symmetric percentiles, darker inside; the median as a line; what was paid in dotted."""
    color, years = SERIES[s % 6], ref("years")
    traces: list[dict[str, Any]] = []
    keys = [
        Key(locale("median"), color),
        Key(locale("band_half"), color, "half"),
        Key(locale("band_nine"), color, "pale"),
    ]
    for p in range(MIDDLE):
        for q, more in ((-1 - p, {}), (p, {"fill": "tonexty", "fillcolor": f"{color}-fill"})):
            name = locale("percentile", p=f"{PERCENTILES[q]:g}")
            values = ref(f"fan{s}.{q % len(PERCENTILES)}", unit.scale)
            traces.append(line(years, values, name, color, width=0.4, **more))
    traces.append(line(years, ref(f"fan{s}.{MIDDLE}", unit.scale), locale("median"), color, width=2.2))
    traces.append(
        line(years, ref("paid", unit.scale), locale("paid_in"), "--ink-soft", width=1.4, dash="dot")
    )
    keys.append(Key(locale("paid_in"), "--ink-soft", "dot"))
    top = float(np.nanmax(found.fan))
    y = money_axis(unit, 0.0, top, range=[0, top * unit.scale * 1.03], title={"text": locale("value")})
    x = {
        "showgrid": False,
        "ticksuffix": locale("years_suffix"),
        "hoverformat": ".1f",
        "title": {"text": locale("years_axis")},
    }
    return Figure(f"fan{s}", tuple(traces), layout(xaxis=x, yaxis=y), tuple(keys), 340)


def ends_figure(found: Bootstrap, unit: Unit, locale: PageLocale) -> Figure:
    """The end value at each quantile: further up is better, and lines that cross are a trade."""
    shown, paid = names(found, locale), float(found.contributed[0, -1])
    rule = level(paid * unit.scale, "--ink-soft", 1.4, dash="dot")
    x = {
        "tickformat": ".0%",
        "hoverformat": ".0%",
        "showgrid": False,
        "title": {"text": locale("share_of_paths")},
    }
    known = found.final[found.final > 0]  # what ended with nothing has no place on a logarithmic axis
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 1.0)
    title = {"text": locale("final_value")}
    y = money_axis(unit, min(low, paid), high, type="log", rangemode="normal", title=title)
    keys = (*keys_of(shown), Key(locale("paid_in"), "--ink-soft", "dot"))
    traces = tuple(
        line(ref("quantile"), ref(f"final{s}", unit.scale), name, SERIES[s % 6], dash=DASHES[s % 6], width=2)
        for s, name in enumerate(shown)
    )
    return Figure("ends", traces, layout(xaxis=x, yaxis=y, shapes=[rule]), keys, 340)


def _ran_out(found: Bootstrap, locale: PageLocale) -> Table:
    """A row a strategy: in how many of the futures its money ran out."""
    rows = [((name,), item) for name, item in zip(names(found, locale), found.ran_out)]
    return ran_out_table((Column("strategy", locale("strategy")),), rows, found.currency, locale)


def _fan_words(found: Bootstrap, s: int, locale: PageLocale) -> str:
    ends = found.fan[s, :, -1].tolist()
    return locale(
        "fan_summary",
        median=locale.money(ends[MIDDLE]),
        low=f"{PERCENTILES[0]:g}",
        high=f"{PERCENTILES[-1]:g}",
        bottom=locale.money(ends[0]),
        top=locale.money(ends[-1]),
    )
