"""What the page shows of an answer: HTML of its templates, charts in the report's specs, columns drawn thin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, config_hash, dump_yaml
from engine.market.assets import all_assets
from engine.market.series import Floats, Ints
from engine.plan import core_of
from engine.report import charts
from engine.report.answer import Answer, texts
from engine.report.bootstrap_answer import bootstrap_answer
from engine.report.bootstrap_page import bootstrap_columns, fan_figure, unit_of
from engine.report.chart_specs import (
    Figure,
    Key,
    layout,
    level,
    line,
    named,
    packed,
    percent_axis,
    upright,
)
from engine.report.compare_answer import compare_answer
from engine.report.html import macro
from engine.report.page_locale import PageLocale
from engine.report.run_answer import run_answer
from engine.report.run_page import tiles
from engine.report.summary import RUN_ROWS, compare_table, core_name, dry_columns, flag_sentences, quota_table
from engine.report.windows_answer import windows_answer
from engine.result import Result
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.compare import Comparison
from engine.studies.grid.axes import years_said
from engine.web.controls import Maker
from engine.web.link import link_of
from engine.web.starts import Along

TEMPLATES = Path(__file__).with_name("templates")
BUCKETS = 200  # of a daily line: in each the last session and the deepest falls are drawn
Part = dict[str, Any]


def plan_part(config: Config, locale: PageLocale, own: Iterable[str], *, form: bool) -> Part:
    """That a plan is understood: its link, its YAML, its controls where they are to be drawn anew."""
    maker = Maker(config, locale, own)
    part: Part = {
        "link": link_of(config),
        "name": config.name,
        "sha256": config_hash(config),
        "yaml": dump_yaml(config),
        "slider": "" if (slider := maker.slider()) is None else slider.words,
    }
    if form:
        assets = [(item.symbol, item.name(locale.lang)) for item in all_assets()]
        part["html"] = {
            "controls": _html("controls", locale, maker.groups(), assets),
            "main-control": _html("main_control", locale, slider),
        }
    return part


def run_part(result: Result, locale: PageLocale) -> Part:
    """One run: its answer, its value and its drawdowns."""
    said = texts(run_answer(result), locale)
    warnings = flag_sentences([result], locale)
    figures = [charts.value_figure(result, locale), charts.drawdown_figure(result, locale)]
    return {
        "html": {"answer": _html("answer", locale, said, tiles(result, locale), core_name(result), warnings)},
        "figures": shown(figures, locale),
        "columns": packed(thinned(charts.run_columns(result))),
    }


def law_part(result: Result, locale: PageLocale) -> Part:
    """Of one run what is looked at after its answer: quota, tax and costs, what it rests on."""
    has_quota = bool(len(result.quota.get("year", ())))
    quota = quota_table(result, locale) if has_quota else None
    grounds = [locale.sentence(text) for text in result.manifest.get("assumptions", ())]
    return {
        "html": {
            "law": _html("law", locale, quota, _taxes(result, locale)),
            "grounds": _html("grounds", locale, grounds),
        },
        "figures": shown([charts.quota_figure(result, locale)] if has_quota else [], locale),
        "hidden": {"quota": not has_quota},
    }


def _taxes(result: Result, locale: PageLocale) -> list[tuple[str, str]]:
    """What tax and costs took."""
    names = ("tax_paid", "dividend_tax_paid", "cost_paid")
    return [(locale(name), locale.value(result.metrics.get(name), "money")) for name in names]


def starts_part(found: Along, locale: PageLocale, note: str) -> Part:
    """All start months: the answer, the curve along the weight, the spread."""
    pair = found.pair()
    answer = windows_answer(pair)
    names = (
        [found.config.name]
        if not found.has_core or not found.chosen
        else [str(core_of(found.config)), found.config.name]
    )
    rows = [0, found.chosen] if len(names) == 2 else [found.chosen]
    figures = [*curve_figures(found, locale)] if len(found.weights) > 1 else []
    return {
        "html": {
            "starts-answer": _html(
                "starts",
                locale,
                texts(answer, locale),
                _verdict(found, locale),
                _spread(found, names, rows, locale),
                note,
            )
        },
        "figures": shown(figures, locale),
        "hidden": {"curve": not figures, "chances": not figures},
    }


def starts_note(found: Along, locale: PageLocale) -> str:
    """That every start month and weight is in the figures, and how many months are independent."""
    return locale(
        "live_all",
        n=len(found.grid.windows),
        horizon=locale.sentence(years_said(found.grid.horizons[0])),
        first=locale.year_month(found.grid.windows[0].start),
        last=locale.year_month(found.grid.windows[-1].start),
        k=found.independent,
    )


def no_starts_part(why: str, locale: PageLocale) -> Part:
    """That there are no start months, and why."""
    return {
        "html": {"starts-answer": _html("nothing", locale, why)},
        "hidden": {"curve": True, "chances": True},
    }


def no_futures_part(why: str, locale: PageLocale) -> Part:
    """That there are no futures, and why."""
    return {"html": {"futures-answer": _html("nothing", locale, why)}, "hidden": {"fan": True}}


def _verdict(found: Along, locale: PageLocale) -> tuple[str, str]:
    """The class and the words of whether the difference from the core is noise; two empty texts without a core."""
    if not found.has_core or not found.chosen:
        return "", ""
    at, curve = found.chosen, found.curve
    if not curve["is_told"][at]:
        return "close", locale("live_too_few", k=found.independent)
    mean, half = (float(curve[name][at]) for name in ("mean", "half_width"))
    interval = locale(
        "interval_of", low=locale.percent(mean - half, sign=True), high=locale.percent(mean + half, sign=True)
    )
    if curve["is_noise"][at]:
        return "close", locale("live_noise", interval=interval)
    if not abs(mean) > curve["half_width_together"][at]:
        return "close", locale("live_one_of_many", interval=interval, n=len(found.weights) - 1)
    return "holds", locale("live_no_noise", interval=interval)


def _spread(found: Along, names: list[str], rows: list[int], locale: PageLocale) -> dict[str, Any]:
    """Best, median and worst start months: what was left, and how many times the money paid in."""
    final, ratio, curve = found.figures["final_value"], found.figures["value_to_contributed"], found.curve
    months = [window.start for window in found.grid.windows]

    def cell(name: str, row: int) -> tuple[str, str, str]:
        left = locale.money(float(curve[name][row]))
        if name == "median":
            return left, locale.times(float(curve["median_times"][row])), ""
        at = extreme(final[row], ratio[row], best=name == "best")
        return left, locale.times(float(ratio[row, at])), locale.year_month(months[at])

    return {
        "names": names,
        "rows": [
            (locale(f"live_{name}"), [cell(name, row) for row in rows])
            for name in ("best", "median", "worst")
        ],
        "below": [locale.percent(float(curve["below"][row]), 0) for row in rows],
        "better": [locale.percent(float(curve["better"][row]), 0) if row else "" for row in rows]
        if "better" in curve and len(rows) == 2
        else None,
    }


def extreme(final: Floats, ratio: Floats, *, best: bool) -> int:
    """The window (W,) that left the most, or the least; of several, by what was taken out as well."""
    known = np.flatnonzero(np.isfinite(final))
    ranked = known[np.lexsort((ratio[known], final[known]))]
    return int(ranked[-1 if best else 0])


def curve_figures(found: Along, locale: PageLocale) -> tuple[Figure, Figure]:
    """The mean difference from the core by weight, with its interval; how often it was better, or a loss."""
    x = [weight * 100 for weight in found.weights]
    here = x[found.chosen]
    curve = found.curve
    mean, half = curve["mean"], curve["half_width_together"]
    told = curve["is_told"] > 0.0
    is_noise = ~(np.abs(mean) > half) | ~told
    low, high = (np.where(told, mean + sign * half, np.nan) for sign in (-1.0, 1.0))
    difference, noise, band = (locale(f"live_{name}") for name in ("difference", "is_noise", "interval"))
    traces = [
        line(x, _list(low), band, "--s1", width=0, hoverinfo="skip", showlegend=False),
        line(x, _list(high), band, "--s1", width=0, fill="tonexty", fillcolor="--s1-fill", hoverinfo="skip"),
        line(x, _list(mean), difference, "--s1", width=2),
        _marks(x, np.where(is_noise, mean, np.nan), noise, "--ink-soft", "circle-open"),
        _marks(x, np.where(is_noise, np.nan, mean), difference, "--s1", "circle"),
    ]
    axis = {
        "showgrid": False,
        "ticksuffix": "%",
        "hoverformat": ".3~f",
        "title": {"text": locale("live_weight_axis")},
    }
    mark, zero = upright(here, "--ink", 1), level(0, "--ink-soft", 1)
    keys = (Key(difference, "--s1"), Key(noise, "--ink-soft", "ring"), Key(band, "--s1", "half"))
    y = named(percent_axis(2, tickformat="+,.2~%", hoverformat="+.2%"), locale("live_difference_axis"))
    first = Figure("curve", tuple(traces), layout(xaxis=axis, yaxis=y, shapes=[mark, zero]), keys, 300)
    better, below = (locale(f"live_{name}") for name in ("better", "below"))
    # At 0 % the plan is the core: it is neither better nor worse.
    more = np.where(np.array(x) > 0.0, curve["better"], np.nan)
    lines = (
        line(x, _list(more), better, "--s1", width=2),
        line(x, _list(curve["below"]), below, "--s2", width=2, dash="dash"),
    )
    y = named(percent_axis(0, range=[0, 1], tickformat=".0%"), locale("live_share_axis"))
    both = (Key(better, "--s1"), Key(below, "--s2", "dash"))
    return first, Figure("chances", lines, layout(xaxis=axis, yaxis=y, shapes=[mark]), both, 240)


def _marks(x: list[float], y: Floats, name: str, color: str, symbol: str) -> dict[str, Any]:
    style = {"color": color, "size": 6, "symbol": symbol}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": _list(y),
        "name": name,
        "marker": style,
        "hoverinfo": "skip",
    }


def _list(values: Floats) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


def futures_part(found: Bootstrap, locale: PageLocale, note: str) -> Part:
    """What the futures say, and the fan of the plan itself."""
    columns = {f"futures.{name}": values for name, values in bootstrap_columns(found).items()}
    figure = fan_figure(found, 0, unit_of(found, locale), locale)
    figure = Figure("fan", tuple(renamed(figure.traces)), figure.layout, figure.keys, figure.height)
    return {
        "html": {"futures-answer": _html("futures", locale, texts(bootstrap_answer(found), locale), note)},
        "figures": shown([figure], locale),
        "columns": packed(columns),
    }


def renamed(item: Any) -> Any:
    """A figure whose columns are those of the futures."""
    if isinstance(item, list | tuple):
        return [renamed(each) for each in item]
    if not isinstance(item, Mapping):
        return item
    return {key: f"futures.{value}" if key == "$" else renamed(value) for key, value in item.items()}


def compare_part(found: Comparison, locale: PageLocale) -> Part:
    """Plans side by side: what the command compare says and shows."""
    results = found.results
    rows = [name for name in RUN_ROWS if name != "withdrawn" or any(run.metrics.get(name) for run in results)]
    table = compare_table(results, locale.lang, columns=[*dry_columns(results), *rows])
    said = compare_answer(results) if len(results) > 1 else Answer(())
    notes = [locale.sentence(note) for note in found.notes]
    return {"html": {"compared": _html("compared", locale, texts(said, locale), notes, table)}}


def shown(figures: Iterable[Figure], locale: PageLocale) -> dict[str, Any]:
    """Figures by their place in the page, each with its legend."""
    return {
        figure.id: {
            "data": list(figure.traces),
            "layout": figure.layout,
            "height": figure.height,
            "legend": macro("components.html", "legend", locale, None, figure.keys),
        }
        for figure in figures
    }


def thinned(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Daily columns at the sessions that a screen can show: the last of each bucket, and the deepest falls in it.

    Every worst drawdown is drawn to its bottom; the figures beside the charts are those of all days.
    """
    found = dict(columns)
    for day, falls in (("date", ("fall", "core_fall")), ("core_date", ("core_fall",))):
        if day not in columns:
            continue
        count = len(columns[day])
        own = [
            name for name, column in columns.items() if len(column) == count and name not in ("month", "cash")
        ]
        own = [name for name in own if ":" not in name]
        kept = _drawn([columns[name] for name in falls if name in own], count)
        found |= {name: columns[name][kept] for name in own}
    return found


def _drawn(falls: list[Floats], count: int) -> Ints:
    """Which of ``count`` sessions are drawn."""
    edges = np.unique(np.linspace(0, count, BUCKETS + 1).astype(np.int64))
    kept = {0, *(edges[1:] - 1).tolist()}
    for fall in falls:
        deep = np.nan_to_num(fall, nan=0.0)
        kept |= {int(first + deep[first:last].argmin()) for first, last in pairwise(edges.tolist())}
    return np.array(sorted(kept))


def _html(name: str, locale: PageLocale, *args: Any) -> str:
    return macro("parts.html", name, locale, TEMPLATES, *args)
