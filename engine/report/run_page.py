"""The report of one run: what ``templates/run.html`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from engine.errors import BacktestError, DataError
from engine.formats import columns_csv
from engine.headings import headings
from engine.metrics import METRICS, with_return
from engine.real import in_real_money, why_not_real
from engine.report import chart_data, charts
from engine.report.answer import texts
from engine.report.components import MONTH_STEPS, YEAR_STEPS, repeats, series_rows, tinted
from engine.report.flows_chart import flow_columns, flows_figure, flows_summary, has_flows
from engine.report.html import page_locale, reading_page
from engine.report.page_locale import PageLocale, basis, clean
from engine.report.readings import Reading, in_both
from engine.report.run_answer import run_answer
from engine.report.summary import (
    DRY_ROWS,
    core_name,
    currency_of,
    flag_sentences,
    metric,
    metric_column,
    metric_rows,
    period_sentence,
    quota_table,
    ran_out,
    reasons_told,
    run_rows,
    with_core,
)
from engine.result import Result

TILES = ("final_value", "liquidation_value", "xirr", "twr_cagr", "max_drawdown", "days_below_principal")
DRY_TILES = ("depleted_on", "unpaid", "withdrawn", "contributed", "xirr", "max_drawdown")
YEAR_COLUMNS = ("contributed", "withdrawn", "dividends", "dividend_tax", "tax", "cost", "value")
LARGEST_CSV = 400_000  # characters; a longer file stays beside the page


def run_page(result: Result, lang: str = "en", *, real: bool = False) -> str:
    """The report of one run as one self-contained HTML file.

    It holds the daily series (each once, packed), every assumption and the source and hash of every series,
    and the CSV files as downloads. Nothing in it reaches the network; all text is escaped. Where consumer prices
    are known it can be read in today's money too; ``real``: that is shown first.
    """
    locale = page_locale(lang, currency_of(result), basis([result.manifest]))
    problem = why_not_real(result)
    first, other = in_both(
        partial(_reading, locale=locale, problem=problem), result, None if problem else in_real_money(result)
    )
    return reading_page("run.html", locale, first, other, real_first=real)


def _reading(result: Result, locale: PageLocale, problem: BacktestError | None) -> Reading:
    """A run in one money; ``problem``: why it has no reading in today's."""
    drawdowns = chart_data.worst_drawdowns(result.dates, result.equity["twr"])
    figures = [
        charts.value_figure(result, locale),
        charts.growth_figure(result, locale),
        charts.drawdown_figure(result, locale),
        charts.holdings_figure(result, locale, "asset"),
        charts.holdings_figure(result, locale, "bucket"),
    ]
    columns = charts.run_columns(result)
    flows = None
    if has_flows(result):
        columns |= flow_columns(result)
        figures.append(flows_figure(result, locale))
        flows = flows_summary(result, locale)
    if has_quota := bool(len(result.quota.get("year", ()))):
        figures.append(charts.quota_figure(result, locale))
    not_real = [locale.sentence(problem.message)] if isinstance(problem, DataError) else []
    shown = dict(
        result=result,
        core_name=core_name(result),
        metrics=result.metrics,
        ran_out=ran_out(result),
        warnings=flag_sentences([result], locale),
        description=locale.text(result.config.get("description", "")),
        period=period_sentence(result, locale),
        said=texts(run_answer(result), locale),
        tiles=tiles(result, locale),
        lowest=chart_data.lowest_against_principal(result),
        drawdowns=drawdowns,
        falls_of_core=_falls_of_core(result, drawdowns),
        by_asset=_held(result, "asset", locale),
        by_bucket=_held(result, "bucket", locale),
        flows=flows,
        quota=_quota(result) if has_quota else None,
        quota_table=quota_table(result, locale) if has_quota else None,
        assumptions=[*not_real, *(locale.sentence(text) for text in result.manifest.get("assumptions", ()))],
        series=series_rows([result.manifest], locale),
        downloads=_downloads(result, locale),
        **_growth(result),
        **_figures(result, locale),
        **_returns(result, locale),
        **_sources(result, locale),
        **_years(result),
        **repeats([result]),
    )
    return Reading(figures, columns, shown)


def tiles(result: Result, locale: PageLocale) -> list[dict[str, str]]:
    """The figures at the top: label and value, and the core's where there is one."""
    found = []
    for name in DRY_TILES if ran_out(result) else TILES:
        column = metric_column(name, locale)
        values = [locale.value(metric(item, name), column.kind) for item in with_core(result)]
        found.append({"label": column.label, "value": values[0], "core": values[-1]})
    return found


def _figures(result: Result, locale: PageLocale) -> dict[str, Any]:
    """Every metric beside the core's; those outside the short list apart; why some have no value."""
    short = run_rows(result)
    takes_out = bool(result.metrics.get("withdrawn") or result.metrics.get("unpaid"))
    known = [name for name in METRICS if takes_out or name not in DRY_ROWS]
    more = [
        name
        for name in known
        if name not in short and name in result.metrics and METRICS[name].kind != "date"
    ]
    reasons = reasons_told(result, [name for name in known if name in result.reasons], locale)
    return {
        "metric_rows": metric_rows(result, short, locale),
        "more_rows": metric_rows(result, more, locale),
        "reasons": reasons,
    }


def _falls_of_core(result: Result, drawdowns: Sequence[chart_data.Drawdown]) -> list[float | None]:
    """The core's own worst drawdown from the peak to the trough of each of these."""
    core = result.benchmark
    if core is None:
        return []
    return [
        chart_data.drawdown_within(core.dates, core.equity["twr"], one.peak, one.trough) for one in drawdowns
    ]


def _growth(result: Result) -> dict[str, Any]:
    """What 1 became, and what it became in the core where the two can be compared."""
    ends = [float(item.equity["twr"][-1]) for item in with_core(result)]
    comparable = len(ends) == 2 and ends[1] > 0.0 and not any(map(ran_out, with_core(result)))
    return {"growth": ends[0], "growth_of_core": ends[1] if comparable else None}


def _returns(result: Result, locale: PageLocale) -> dict[str, Any]:
    """Months and years with their colours, the share of months that gained, the best and worst whole years."""
    had_money = with_return(result.equity["value"], result.equity["flow"])
    years, grid = chart_data.month_grid(result.dates, result.equity["twr"], had_money)
    by_year = dict(zip(result.years["year"].tolist(), result.years["twr"].tolist()))
    full = [year for year, whole in zip(by_year, result.years.get("full", ())) if whole]
    known = grid[np.isfinite(grid)]
    return {
        "returns": [
            (
                year,
                [tinted(value, MONTH_STEPS, locale) for value in months],
                tinted(by_year.get(year, np.nan), YEAR_STEPS, locale),
            )
            for year, months in zip(years.tolist(), grid.tolist())
            if np.isfinite(months).any()  # else there was no money in all of it
        ],
        "positive_months": float((known > 0).mean()) if known.size else None,
        "best_year": max(full, key=lambda year: by_year[year], default=None),
        "worst_year": min(full, key=lambda year: by_year[year], default=None),
        "by_year": by_year,
    }


def _sources(result: Result, locale: PageLocale) -> dict[str, Any]:
    """The way from nothing to the profit: steps whose bars begin where the one before ended."""
    parts = chart_data.sources(result)
    rows = charts.source_rows(parts, locale)
    ends = np.concatenate([[0.0], np.cumsum([amount for _, amount in rows])]).tolist()
    low = min(ends)
    width = max(ends) - low or 1.0

    def step(name: str, start: float, end: float, kind: str) -> dict[str, Any]:
        left, long = (min(start, end) - low) / width, abs(end - start) / width
        return {
            "name": name,
            "amount": end - start,
            "kind": kind,
            "left": f"{left:.3%}",
            "width": f"{long:.3%}",
        }

    steps = [
        step(name, ends[i], ends[i + 1], "gain" if amount >= 0 else "loss")
        for i, (name, amount) in enumerate(rows)
    ]
    local, fx = result.metrics.get("twr_local"), result.metrics.get("twr_fx")
    return {
        "sources": [*steps, step(locale("profit"), 0.0, parts.profit, "whole")],
        "profit": parts.profit,
        "largest": max(rows, key=lambda row: abs(row[1])),
        "twr_split": (local, fx) if isinstance(local, float) and isinstance(fx, float) and fx else None,
    }


def _held(result: Result, by: str, locale: PageLocale) -> list[dict[str, Any]]:
    """What was held at the end, by ``asset`` or ``bucket``, cash last: name, value, share of the whole."""
    end = float(result.equity["value"][-1])
    held = charts.held_columns(result, by, locale)
    values = [(name, float(result.equity[column][-1])) for name, column in held]
    return [{"name": name, "value": value, "share": value / end if end else None} for name, value in values]


def _quota(result: Result) -> dict[str, Any]:
    quota = result.quota
    last = quota["year"] == quota["year"][-1]
    return {
        "used": float(quota["used"].sum()),
        "given_back": float(quota["given_back"].sum()),
        "year": int(quota["year"][-1]),
        "left": float(np.nan_to_num(quota["lifetime_left"][last]).max()),
    }


def _years(result: Result) -> dict[str, Any]:
    """What came in, what was there and the return by calendar year; the rest where there was any of it."""
    always = ("year", "contributed", "value", "twr")
    shown = {
        name: column.tolist()
        for name, column in result.years.items()
        if name in always or (name in YEAR_COLUMNS and column.any())
    }
    return {"year_columns": [*shown], "year_rows": [*zip(*shown.values())]}


def _downloads(result: Result, locale: PageLocale) -> list[dict[str, Any]]:
    """The tables of the run as CSV; no text where it is too large for a page."""
    files = []
    for name in ("years", "quota", "transactions"):
        columns = getattr(result, name)
        rows = len(next(iter(columns.values()), ()))
        if rows:
            text = columns_csv(columns, headings(f"{name}.csv", [*columns], locale))
            files.append(
                {
                    "label": f"{name}.csv",
                    "name": f"{_file_name(result.name)}-{name}.csv",
                    "rows": f"{rows:,}",
                    "text": text if len(text) <= LARGEST_CSV else "",
                }
            )
    return files


def _file_name(name: str) -> str:
    kept = "".join(char if char.isalnum() or char in "-_" else "-" for char in clean(name))
    return kept[:60].strip("-") or "result"
