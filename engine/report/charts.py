"""The charts of one run."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.market.series import Floats
from engine.metrics import drawdowns, gained, with_return
from engine.report.chart_data import Sources, month_ends, worst_drawdowns
from engine.report.chart_specs import (
    SERIES,
    Columns,
    Figure,
    Key,
    date_axis,
    label,
    layout,
    line,
    money_axis,
    money_unit,
    named,
    over_ahead,
    percent_axis,
    ref,
    times_axis,
    upright,
    whole_units,
)
from engine.report.page_locale import PageLocale, clean
from engine.report.summary import bucket_name, core_name, with_core
from engine.result import Result


def run_columns(result: Result) -> Columns:
    """The columns that the charts of a run refer to: daily lines, and month-end holdings."""
    equity, other = result.equity, result.benchmark
    ends = month_ends(result.dates)
    columns = {
        "date": result.dates,
        "value": whole_units(equity["value"]),
        "paid": whole_units(equity["contributed"] - equity["withdrawn"]),
        "twr": with_money(result, equity["twr"]),
        "fall": with_money(result, drawdowns(equity["twr"])),
        "month": result.dates[ends],
        "cash": whole_units(equity["cash"][ends]),
    }
    if other is not None:
        columns["core_value"] = whole_units(other.equity["value"])
        columns["core_twr"] = with_money(other, other.equity["twr"])
        columns["core_fall"] = with_money(other, drawdowns(other.equity["twr"]))
        if same_days(result, other):
            mine, core = columns["twr"], columns["core_twr"]
            columns["ratio"] = gained(mine, core)
        else:
            columns["core_date"] = other.dates
    for name in equity:
        if name.startswith(("asset:", "bucket:")):
            columns[name] = whole_units(equity[name][ends])
    return columns


def with_money(result: Result, column: Floats) -> Floats:
    """(T,) a column of a chart, NaN from the first deposit on where there was no money."""
    value, flow = result.equity["value"], result.equity["flow"]
    begun = np.cumsum(flow > 0.0) > 0
    return np.where(with_return(value, flow) | ~begun, column, np.nan)


def same_days(one: Result, other: Result) -> bool:
    """Whether two runs have the same sessions, so that their columns can be set against each other."""
    return np.array_equal(one.dates, other.dates)


def _core_line(
    result: Result, column: Any, locale: PageLocale, width: float = 1.4
) -> tuple[list[Any], list[Key]]:
    """The core's line, on its own days, and its place in the legend; neither where there is no core alone."""
    if result.benchmark is None:
        return [], []
    day = ref("date" if same_days(result, result.benchmark) else "core_date")
    name = locale("core_alone", core=core_name(result))
    return [line(day, column, name, "--s2", width=width)], [Key(name, "--s2")]


def _money(result: Result, locale: PageLocale, low: float = 0.0) -> dict[str, Any]:
    """The axis of what there was, with or without the core's, from ``low`` if that is below 0."""
    most = max(float(item.equity["value"].max()) for item in with_core(result))
    return named(money_axis(money_unit(most, locale), min(low, 0.0), most), locale("axis_value"))


def value_figure(result: Result, locale: PageLocale) -> Figure:
    """What there was, against what had been paid in."""
    scale = money_unit(float(result.equity["value"].max()), locale).scale
    day = ref("date")
    net = result.equity["contributed"] - result.equity["withdrawn"]
    word = locale("paid_in_net" if result.equity["withdrawn"].any() else "paid_in")
    paid = line(day, ref("paid", scale), word, "--ink-soft", width=1.4, fill="tozeroy", fillcolor="--fill")
    paid["line"]["shape"] = "hv"
    core, core_key = _core_line(result, ref("core_value", scale), locale)
    mine = line(day, ref("value", scale), result.name, "--s1", width=2)
    keys = (Key(clean(result.name), "--s1"), Key(word, "--ink-soft", "block"), *core_key)
    y = _money(result, locale, float(net.min()))
    shape = layout(xaxis=date_axis(), yaxis=y, **_dry_mark(result, locale))
    return Figure("value", (paid, *core, mine), shape, keys, 380)


def _dry_mark(result: Result, locale: PageLocale) -> dict[str, Any]:
    """A line on the day on which the money ran out."""
    day = result.metrics.get("depleted_on")
    if day is None:
        return {}
    text = {"x": day, "y": 1, "yref": "paper", "text": label(locale("dry_mark")), "xanchor": "left"}
    return {
        "shapes": [upright(day, "--loss", 1.5)],
        "annotations": [text | {"showarrow": False, "font": {"color": "--loss"}}],
    }


def growth_figure(result: Result, locale: PageLocale) -> Figure:
    """What 1 became, and below it how far the strategy is ahead of the core alone."""
    day, other = ref("date"), result.benchmark
    mine, key = line(day, ref("twr"), result.name, "--s1", width=2), Key(clean(result.name), "--s1")
    core, core_key = _core_line(result, ref("core_twr"), locale)
    index = np.concatenate([item.equity["twr"] for item in with_core(result)])
    y = named(times_axis(float(index.min()), float(index.max()), locale), locale("axis_growth"))
    if other is None or not same_days(result, other):
        shape = layout(xaxis=date_axis(), yaxis=y)
        return Figure("growth", (*core, mine), shape, (key, *core_key))
    ahead = line(day, ref("ratio"), locale("ahead_of_core"), "--s3", width=1.4, yaxis="y2", fill="tozeroy")
    ahead["fillcolor"] = "--s3-fill"
    keys = (key, *core_key, Key(locale("ahead_of_core"), "--s3", "block"))
    return Figure("growth", (*core, mine, ahead), over_ahead(y, locale), keys, 460)


def drawdown_figure(result: Result, locale: PageLocale) -> Figure:
    """How far below its highest level the index stood, the worst drawdowns numbered."""
    worst = worst_drawdowns(result.dates, result.equity["twr"])
    mine = line(ref("date"), ref("fall"), result.name, "--s1", width=1.3, fill="tozeroy")
    mine["fillcolor"] = "--s1-fill"
    core, core_key = _core_line(result, ref("core_fall"), locale, width=1)
    mark = {"showarrow": False, "yshift": -11, "font": {"size": 11, "color": "--ink"}}
    marks = [{"x": str(one.trough), "y": one.depth, "text": str(i), **mark} for i, one in enumerate(worst, 1)]
    axis = percent_axis(range=[1.16 * min([one.depth for one in worst], default=-0.01), 0.0])
    axis = named(axis, locale("axis_fall"))
    shape = layout(xaxis=date_axis(), yaxis=axis, annotations=marks)
    return Figure("falls", (*core, mine), shape, (Key(clean(result.name), "--s1", "block"), *core_key), 320)


def source_rows(parts: Sources, locale: PageLocale) -> list[tuple[str, float]]:
    """The parts of the profit with their signs; those that are nothing are left out (prices always stay)."""
    rows = [
        (locale("src_market"), parts.market),
        (locale("src_currency"), parts.currency),
        (locale("src_cross"), parts.cross),
        (locale("src_dividends"), parts.dividends),
        (locale("src_dividend_tax"), -parts.dividend_tax),
        (locale("src_tax"), -parts.tax),
        (locale("src_cost"), -parts.cost),
        (locale("src_prices"), parts.prices),
    ]
    return [(name, amount) for name, amount in rows if abs(amount) >= 0.5 or name == rows[0][0]]


def held_columns(result: Result, by: str, locale: PageLocale) -> list[tuple[str, str]]:
    """What is held by ``asset`` or ``bucket``, cash last: what people call it, and its column of equity."""
    columns = [name for name in result.equity if name.startswith(f"{by}:")]
    bare = [name.removeprefix(f"{by}:") for name in columns]
    names = map(clean, bare) if by == "asset" else (bucket_name(name, locale) for name in bare)
    return [*zip(names, columns), (locale("cash"), "cash")]


def holdings_figure(result: Result, locale: PageLocale, by: str) -> Figure:
    """What was held, month by month, stacked; ``by`` is ``asset`` or ``bucket``."""
    unit = money_unit(float(result.equity["value"].max()), locale)
    traces, keys = [], []
    for i, (name, column) in enumerate(held_columns(result, by, locale)):
        color = "--ink-soft" if column == "cash" else SERIES[i % len(SERIES)]
        style = {"width": 0.5, "color": color}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "stackgroup": "one",
                "x": ref("month"),
                "y": ref(column, unit.scale),
                "name": label(name),
                "line": style,
                "fillcolor": f"{color}-area",
            }
        )
        keys.append(Key(name, color, "block"))
    shape = layout(xaxis=date_axis(hoverformat="%Y-%m"), yaxis=_money(result, locale))
    return Figure(f"by_{by}", tuple(traces), shape, tuple(keys), 280)


def quota_figure(result: Result, locale: PageLocale) -> Figure:
    """NISA by year: room used in each frame, book value given back, what is left of the lifetime limit."""
    quota = result.quota
    room = np.nan_to_num(quota["lifetime_left"])  # NaN: the old NISA had no lifetime limit
    most = float(max(room.max(), quota["limit"].max()))
    unit = money_unit(most, locale)
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for i, frame in enumerate(dict.fromkeys(quota["frame"].tolist())):
        rows = quota["frame"] == frame
        years = [int(year) for year in quota["year"][rows]]
        name, color = bucket_name(str(frame), locale), SERIES[(0, 2, 4, 5)[i % 4]]
        used = (quota["used"][rows] * unit.scale).round(6).tolist()
        back = (-quota["given_back"][rows] * unit.scale).round(6).tolist()
        traces.append({"type": "bar", "x": years, "y": used, "name": label(name), "marker": {"color": color}})
        keys.append(Key(name, color, "block"))
        if any(back):
            said = locale("frame_given_back", frame=name)
            traces.append(
                {"type": "bar", "x": years, "y": back, "name": label(said), "marker": {"color": "--loss"}}
            )
            keys.append(Key(said, "--loss", "block"))
        if room[rows].any():
            said = locale("frame_left", frame=name)
            left = (room[rows] * unit.scale).round(6).tolist()
            traces.append(line(years, left, said, color, dash="dot", width=1.6))
            keys.append(Key(said, color, "dot"))
    shape = layout(
        barmode="relative",
        bargap=0.3,
        xaxis={"showgrid": False, "tickformat": "d", "hoverformat": "d"},
        yaxis=named(money_axis(unit, float(-quota["given_back"].max()), most), locale("axis_quota")),
    )
    return Figure("quota", tuple(traces), shape, tuple(keys), 300)
