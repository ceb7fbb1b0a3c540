"""The charts of a windows study: outcomes by start month, their spread, and strategies window by window."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.market.series import ONE_MONTH, Dates, Floats, Ints, Mask
from engine.metrics import METRICS, below_principal
from engine.report.chart_data import bin_edges
from engine.report.chart_specs import (
    DASHES,
    SERIES,
    Columns,
    Figure,
    Key,
    date_axis,
    keys_of,
    label,
    layout,
    level,
    line,
    measure_axis,
    ref,
)
from engine.report.models import Measure
from engine.report.page_locale import PageLocale
from engine.report.windows_horizon import PRINCIPAL
from engine.report.windows_tables import names, shown
from engine.studies.against import is_same
from engine.studies.grid.results import Flows, WindowsResult

BINS = 40
Axis = dict[str, Any]


def windows_columns(result: WindowsResult) -> Columns:
    """The columns that the charts refer to."""
    columns: Columns = {"start": result.starts}
    for measure in result.measures:
        values = shown(result, measure)
        for s, h in np.ndindex(values.shape[:2]):
            columns[f"{measure}.{s}.{h}"] = values[s, h]
    return columns


def timeline_figure(result: WindowsResult, measure: str, h: int, locale: PageLocale) -> Figure:
    """The outcome by start month; windows that ended below the money paid in are ringed."""
    values, ended = (shown(result, name)[:, h] for name in (measure, PRINCIPAL))
    axis, scale = _axis(measure, shown(result, measure), locale)
    told = names(result, locale)
    traces, rings = [], []
    for s, name in enumerate(told):
        style = {"dash": DASHES[s % 6], "width": 1.8}
        traces.append(line(ref("start"), ref(f"{measure}.{s}.{h}", scale), name, SERIES[s % 6], **style))
        failed = below_principal(ended[s]) & np.isfinite(values[s])
        if failed.any():
            rings.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": _days(result.starts[failed]),
                    "y": (values[s][failed] * scale).tolist(),
                    "hoverinfo": "skip",
                    "marker": {"size": 6, "color": "--paper", "line": {"color": SERIES[s % 6], "width": 1.5}},
                }
            )
    keys = (*keys_of(told), Key(locale("ended_below"), "--ink-soft", "ring"))
    principal = level(1.0, "--ink-soft", 1.2, dash="dot") | {"layer": "below"}
    shapes = [principal] if measure == PRINCIPAL else []
    shape = layout(xaxis=_starts_axis(result), yaxis=axis, shapes=shapes)
    return Figure(_id("timeline", result, measure, h), (*traces, *rings), shape, keys, 340)


def spread_figure(result: WindowsResult, measure: str, h: int, locale: PageLocale) -> Figure:
    """How many windows ended where, on bins shared by all strategies and horizons, up to the fullest of them."""
    every, told = shown(result, measure), names(result, locale)
    values = every[:, h]
    axis, scale = _axis(measure, every, locale)
    edges = bin_edges(every * scale, BINS)
    x = np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]]).round(6).tolist()
    traces = []
    for s, name in enumerate(told):
        y = [0, *_counts(values[s], scale, edges).tolist(), 0]
        trace = line(x, y, name, SERIES[s % 6], width=1.8, dash=DASHES[s % 6])
        trace["line"]["shape"] = "hvh"
        if len(told) <= 2:  # more areas over each other could not be told apart
            trace |= {"fill": "tozeroy", "fillcolor": f"{SERIES[s % 6]}-fill"}
        traces.append(trace)
    fullest = max(int(_counts(own, scale, edges).max()) for of in every for own in of)
    count = {"range": [0, 1.05 * fullest or 1], "tickformat": ",d", "hoverformat": ",d"}
    y_axis = {"title": {"text": locale("windows_word")}, **count}
    shape = layout(xaxis={**axis, "showgrid": False}, yaxis=y_axis)
    return Figure(_id("spread", result, measure, h), tuple(traces), shape, keys_of(told), 300)


def _counts(values: Floats, scale: float, edges: Floats) -> Ints:
    """How many of the values there are lie between which edges."""
    return np.histogram(values[np.isfinite(values)] * scale, edges)[0]


def paired_figure(result: WindowsResult, second: int, measure: str, h: int, locale: PageLocale) -> Figure:
    """A strategy minus the first, window by window, each bar in the colour of the one that did better.

    Of money in different amounts, of the one that ended with more.
    """
    more, better, told = (
        differences(result, second, measure, h),
        did_better(result, second, measure, h),
        names(result, locale),
    )
    every = shown(result, measure)
    axis, scale = _axis(measure, np.append(every[1:] - every[0], 0.0), locale)  # bars stand on 0
    days = _days(result.starts)
    word = "more_name" if is_other_money(result, second, measure, h) else "better_name"
    keys = (
        Key(locale(word, name=told[second]), SERIES[second % 6], "block"),
        Key(locale(word, name=told[0]), SERIES[0], "block"),
    )
    traces = []
    for won, key in zip((better, ~better), keys):
        keep = np.flatnonzero(won & np.isfinite(more))
        traces.append(
            {
                "type": "bar",
                "x": [days[j] for j in keep],
                "y": (more[keep] * scale).round(8).tolist(),
                "name": label(key.label),
                "marker": {"color": key.color},
            }
        )
    style = {"tickformat": "+,.1%", "hoverformat": "+.2%"} if METRICS[measure].kind == "percent" else {}
    bars = {"bargap": 0.1, "barmode": "relative"}
    shape = layout(xaxis=_starts_axis(result), yaxis={**axis, **style}, **bars)
    return Figure(_id(f"pair{second}", result, measure, h), tuple(traces), shape, keys, 300)


def differences(result: WindowsResult, second: int, measure: str, h: int) -> Floats:
    """(W,) a strategy less the first; of amounts no more than rounding is no difference."""
    values = shown(result, measure)
    found: Floats = values[second, h] - values[0, h]
    if METRICS[measure].kind == "money":
        found[is_same(values[0, h], values[second, h])] = 0.0
    return found


def is_other_money(result: WindowsResult, second: int, measure: str, h: int) -> bool:
    """Whether a measure is what is left of different amounts of money, so that more is not better."""
    (pair,) = (pair for pair in result.pairs if (pair.strategy, pair.horizon) == (second, h))
    return METRICS[measure].kind == "money" and pair.money is Flows.AMOUNTS


def did_better(result: WindowsResult, second: int, measure: str, h: int) -> Mask:
    """(W,) whether a strategy did better than the first, by the measure's own direction."""
    more = differences(result, second, measure, h)
    return more < 0.0 if METRICS[measure].better == "min" else more > 0.0


def _id(kind: str, result: WindowsResult, measure: str, h: int) -> str:
    """The chart's name for a choice of the page's lists."""
    return f"{kind}.{result.measures.index(measure)}.{h}"


def _days(months: Dates) -> list[str]:
    return [str(day) for day in months.astype("datetime64[D]")]


def _axis(measure: str, values: Floats, locale: PageLocale) -> tuple[Axis, float]:
    """The axis for all of these values, the same in every chart that is compared, and the factor to it."""
    axis, scale = measure_axis(Measure(measure, locale(measure), METRICS[measure].kind), values, locale)
    known = values[np.isfinite(values)] * scale
    if not known.size:
        return axis, scale
    low, high = float(known.min()), float(known.max())
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return {**axis, "range": [low - margin, high + margin]}, scale


def _starts_axis(result: WindowsResult) -> Axis:
    """The whole start grid, over each horizon."""
    grid = result.plan.grid
    ends = [result.starts[0] - ONE_MONTH * grid.step, result.starts[-1] + ONE_MONTH * grid.step]
    return date_axis(hoverformat="%Y-%m", range=_days(np.array(ends)))
