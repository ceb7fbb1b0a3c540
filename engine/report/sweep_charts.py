"""The charts of a sweep, described once: ``sweep.js`` draws them on a page, :func:`figure_at` in a notebook.

A figure is plain data as in :mod:`engine.report.chart_specs`, with references to what the controls choose:

``{"cube": [m, s], "over": [axis, …], "at": {axis: place}}``  statistic ``s`` of measure ``m`` (None: the chosen),
    at the chosen point, or along axes; ``at`` sets an axis apart from it; ``"text": true``: as people read it
``{"axis": i, "as": …}``  an axis: its values (``x``) or their ``texts``; of the chosen value its place (``here``),
    its ``text``, and its edges (``left``, ``right``)
    or, ``"shade": true``, as a colour, see :func:`shades`
``{"measure": "axis"}``  the chosen measure's axis
``{"years": …}``  ``lasts``: the share that still has money after 0, 1, … years; ``dry``: that ran out in each
    year; at the chosen point, ``at`` setting an axis apart from it

An axis may be ``"rows"``: the one that the heat map has down. ``sweep.js`` and :func:`figure_at` resolve the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.locale import Locale
from engine.market.series import Floats
from engine.messages import Points, quantity
from engine.metrics import METRICS
from engine.report.chart_specs import (
    SERIES,
    Figure,
    Key,
    label,
    layout,
    line,
    measure_axis,
    percent_axis,
    round_amounts,
    yen_tick,
)
from engine.report.models import Measure
from engine.report.page_locale import PageLocale
from engine.report.point_tables import axis_texts
from engine.report.survival import HEIGHT, dry_layout, years_axis
from engine.report.sweep_tables import slider_axis
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import MEASURES, STATISTICS, Place, Summary

RISK, REWARD = "volatility", "xirr"  # of the frontier
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star")


@dataclass(frozen=True)
class Charts:
    """What pages and notebooks draw. ``other`` is the first axis beside the slider's, None where there is none."""

    figures: Mapping[str, Figure]
    measures: tuple[Mapping[str, Any], ...]
    axes: tuple[Mapping[str, Any], ...]
    slider: int
    other: int | None


def sweep_charts(result: SweepResult, locale: PageLocale, reward: str = REWARD) -> Charts:
    """The charts of a sweep: ``fan``, ``frontier`` and, where there is another axis, ``heat``."""
    axes = result.summary.axes
    slider = slider_axis(axes)
    other = next((i for i in range(len(axes)) if i != slider), None)
    texts = [axis_texts(axis, locale) for axis in axes]
    figures = [_fan(result, slider, locale), _frontier(result, slider, other, texts, reward, locale)]
    if other is not None:
        rows = max(len(axis.values) for i, axis in enumerate(axes) if i != slider)
        figures.append(_heat(result, slider, rows, locale))
    if result.summary.ran_out.size:
        figures += [_lasts(result, slider, locale), _dry(result, locale)]
    return Charts(
        {figure.id: figure for figure in figures},
        tuple(_measure(result, m, locale) for m in range(len(MEASURES))),
        tuple(
            {"values": None if axis.kind == "text" else axis.values, "texts": own}
            for axis, own in zip(axes, texts)
        ),
        slider,
        other,
    )


def _measure(result: SweepResult, m: int, locale: PageLocale) -> dict[str, Any]:
    """A measure as charts show it: its axis, the factor from its values to it; what its colours cannot tell."""
    name, metric = MEASURES[m], METRICS[MEASURES[m]]
    axis, scale = measure_axis(Measure(name, locale(name), metric.kind), result.summary.values[m], locale)
    # Marks are those of what is shown.
    axis = {key: value for key, value in axis.items() if key not in ("tickvals", "ticktext")}
    return {
        "label": locale(name),
        "kind": metric.kind,
        "scale": scale,
        "axis": {**axis, "title": {"text": label(locale(name))}},
        "noise": [_noise_text(float(half), metric.kind, locale) for half in result.summary.noise[m]],
    }


def _noise_text(half: float, kind: str, locale: PageLocale) -> str:
    """What the colours of a measure and horizon do not tell apart."""
    if np.isnan(half):
        return locale("heat_noise_unknown")
    width = Points(half, unsigned=True) if kind == "percent" else quantity(half, kind)
    return locale("heat_noise", half=locale.arg(width))


def shades(summary: Summary, m: int) -> Floats:
    """(n1, …, nN) the colour of a measure's median at each point: 0 the worst of its horizon, 1 the best.

    What lies within the noise of the best is 1 too, and all are where that cannot be said; NaN has none.
    """
    medians = summary.values[m, STATISTICS.index("median")]
    towards = -medians if METRICS[MEASURES[m]].better == "min" else medians
    flat = towards.reshape(-1, summary.noise.shape[1])  # horizons are the last axis
    known = np.isfinite(flat)
    best = np.where(known, flat, -np.inf).max(axis=0)
    worst = np.where(known, flat, np.inf).min(axis=0)
    room = best - summary.noise[m] - worst
    with np.errstate(divide="ignore", invalid="ignore"):
        shade = np.where(room > 0.0, np.minimum((flat - worst) / room, 1.0), 1.0)
    return np.where(known, shade, np.nan).reshape(medians.shape)


def _cube(m: str | None, statistic: str, *over: int | str, **more: Any) -> dict[str, Any]:
    return {
        "cube": [None if m is None else MEASURES.index(m), STATISTICS.index(statistic)],
        "over": list(over),
        **more,
    }


def _slider_layout(result: SweepResult, slider: int, locale: PageLocale) -> dict[str, Any]:
    axis = result.summary.axes[slider]
    style = {"tickformat": ",.3~%", "hoverformat": ",.3~%"} if axis.kind == "weight" else {}
    kind = "category" if axis.kind == "text" else "linear"
    return {"title": {"text": label(locale.arg(axis.label))}, "showgrid": False, "type": kind, **style}


def _fan(result: SweepResult, slider: int, locale: PageLocale) -> Figure:
    """The median of a measure along the weight, in bands that hold half and nine tenths of the windows."""
    x, here = {"axis": slider, "as": "x"}, {"axis": slider, "as": "here"}
    traces = []
    for low, high in (("p5", "p95"), ("p25", "p75")):
        traces.append(line(x, _cube(None, high, slider), locale(high), "--s1", width=0.4))
        band = {"fill": "tonexty", "fillcolor": "--s1-fill"}
        traces.append(line(x, _cube(None, low, slider), locale(low), "--s1", width=0.4, **band))
    traces.append(line(x, _cube(None, "median", slider), locale("median"), "--s1", width=2.2))
    mark = {"size": 11, "color": "--s1", "line": {"color": "--paper", "width": 2}}
    traces.append(_point([here], [_cube(None, "median")], mark))
    rule = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": here, "x1": here}
    rule["line"] = {"color": "--ink-soft", "width": 1.2, "dash": "dot"}
    shape = layout(xaxis=_slider_layout(result, slider, locale), yaxis={"measure": "axis"}, shapes=[rule])
    keys = (
        Key(locale("median"), "--s1"),
        Key(locale("band_half"), "--s1", "half"),
        Key(locale("band_nine"), "--s1", "pale"),
    )
    return Figure("fan", tuple(traces), shape, keys, 340)


def _point(x: Any, y: Any, marker: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The chosen point, which says nothing of itself when it is hovered over."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "marker": marker,
        **more,
    }


def _frontier(
    result: SweepResult,
    slider: int,
    other: int | None,
    texts: list[list[str]],
    reward: str,
    locale: PageLocale,
) -> Figure:
    """The median of the reward against that of the risk: a point a weight, a line a value of the other axis."""
    names = [""] if other is None else texts[other]
    along = {"axis": slider, "as": "texts"}
    traces = []
    for i, name in enumerate(names):
        at = {} if other is None else {"at": {str(other): i}}
        color, symbol = SERIES[i % 6], SYMBOLS[i % 6]
        x, y = (_cube(measure, "median", slider, **at) for measure in (RISK, reward))
        trace = line(x, y, name, color, width=0.6, mode="lines+markers", text=along)
        hover = "%{text}<br>%{x}<br>%{y}<extra>%{fullData.name}</extra>"
        traces.append(
            trace | {"hovertemplate": hover, "marker": {"size": 6, "color": color, "symbol": symbol}}
        )
        marker = {"size": 9, "color": color, "symbol": symbol, "line": {"color": "--paper", "width": 2}}
        here = _point(*_medians(reward, **at), marker, text=[{"axis": slider, "as": "text"}])
        text = {"mode": "markers+text", "textposition": "top center", "textfont": {"color": "--ink"}}
        traces.append(here | text)
    ring = {"size": 15, "color": "rgba(0,0,0,0)", "line": {"color": "--ink", "width": 1.5}}
    traces.append(_point(*_medians(reward), ring))
    axes = {
        key: {
            **_measure(result, MEASURES.index(name), locale)["axis"],
            "title": {"text": label(locale(name))},
        }
        for key, name in (("xaxis", RISK), ("yaxis", reward))
    }
    keys = () if other is None else tuple(Key(name, SERIES[i % 6], "block") for i, name in enumerate(names))
    return Figure("frontier", tuple(traces), layout(hovermode="closest", **axes), keys, 380)


def _medians(reward: str, **at: Any) -> tuple[list[Any], list[Any]]:
    """Risk and reward at the chosen point."""
    return [_cube(RISK, "median", **at)], [_cube(reward, "median", **at)]


def _heat(result: SweepResult, slider: int, rows: int, locale: PageLocale) -> Figure:
    """The median of a measure, weights across, another axis down; the darkest is the best, within noise."""
    medians = _cube(None, "median", "rows", slider)
    trace = {
        "type": "heatmap",
        "x": {"axis": slider, "as": "x"},
        "y": {"axis": "rows", "as": "texts"},
        "z": {**medians, "shade": True},
        "text": {**medians, "text": True},
        "hovertemplate": "%{x}, %{y}: %{text}<extra></extra>",
        "xgap": 1,
        "ygap": 2,
        "colorscale": [[i / 4, f"--h{i}"] for i in range(5)],
        "zmin": 0,
        "zmax": 1,
        "showscale": False,
    }
    edges = {"x0": {"axis": slider, "as": "left"}, "x1": {"axis": slider, "as": "right"}}
    frame = {
        "type": "rect",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        **edges,
        "line": {"color": "--ink", "width": 2},
    }
    keys = (
        Key(locale("within_noise"), "--h4", "block"),
        Key(locale("worst_colour"), "--h0", "block"),
    )
    shape = layout(
        hovermode="closest",
        xaxis=_slider_layout(result, slider, locale),
        yaxis={"type": "category", "showgrid": False, "autorange": "reversed"},
        shapes=[frame],
    )
    return Figure("heat", (trace,), shape, keys, 100 + 34 * max(2, rows))


def _lasts(result: SweepResult, slider: int, locale: PageLocale) -> Figure:
    """The share that still has money after so many years: the chosen setting, the slider's other values pale."""
    years = [*range(result.summary.survival.shape[-1])]
    traces = [
        line(
            years, {"years": "lasts", "at": {str(slider): i}}, text, "--ink-soft", width=0.7, hoverinfo="skip"
        )
        for i, text in enumerate(axis_texts(result.summary.axes[slider], locale))
    ]
    traces.append(line(years, {"years": "lasts"}, locale("survival_here"), "--s1", width=2.4))
    title = {"text": label(locale("survival_axis"))}
    y = percent_axis(range=[0, 1.02], tickformat=".0%", hoverformat=".1%", title=title)
    keys = (Key(locale("survival_here"), "--s1"), Key(locale("survival_others"), "--ink-soft"))
    return Figure("lasts", tuple(traces), layout(xaxis=years_axis(locale, years[-1]), yaxis=y), keys, HEIGHT)


def _dry(result: SweepResult, locale: PageLocale) -> Figure:
    """The share of all windows whose money ran out in the first, the second, … year, at the chosen setting."""
    years = result.summary.survival.shape[-1] - 1
    trace = {
        "type": "bar",
        "x": [*range(1, years + 1)],
        "y": {"years": "dry"},
        "name": label(locale("survival_here")),
        "marker": {"color": "--s1"},
    }
    return Figure("dry", (trace,), dry_layout(locale, years), (), HEIGHT)


# --- in a notebook ------------------------------------------------------------------------------------------


def figure_at(
    result: SweepResult, charts: Charts, name: str, measure: str, place: Place, locale: PageLocale
) -> Figure:
    """One of the charts at a point, for a notebook. The heat map has the first other axis down."""
    figure, filled = charts.figures[name], _Filled(result, charts, MEASURES.index(measure), place, locale)
    traces = tuple(map(filled, figure.traces))  # first: the axes are those of what they show
    return Figure(figure.id, traces, filled(figure.layout), figure.keys, figure.height)


class _Filled:
    """A template with what stands at its references, as ``sweep.js`` does it for a page."""

    def __init__(
        self, result: SweepResult, charts: Charts, measure: int, place: Place, locale: PageLocale
    ) -> None:
        self.result, self.charts, self.measure, self.place, self.locale = (
            result,
            charts,
            measure,
            place,
            locale,
        )
        self.shown: list[float] = []  # of the chosen measure

    def __call__(self, item: Any) -> Any:
        if isinstance(item, list | tuple):
            return [self(each) for each in item]
        if not isinstance(item, Mapping):
            return item
        if "cube" in item:
            return self._cube(**item)
        if "axis" in item:
            return self._axis(self._number(item["axis"]), item["as"])
        if "measure" in item:
            return self._measure(item["measure"])
        if "years" in item:
            return self._years(**item)
        return {key: self(value) for key, value in item.items()}

    def _number(self, axis: int | str) -> int:
        """An axis; the one that the heat map has down is the first beside the slider's."""
        return int(self.charts.other or 0) if axis == "rows" else int(axis)

    def _cube(
        self,
        cube: Sequence[Any],
        over: Sequence[Any],
        at: Mapping[str, int] | None = None,
        text: bool = False,
        shade: bool = False,
    ) -> Any:
        m = self.measure if cube[0] is None else cube[0]
        where: list[Any] = [(at or {}).get(str(axis), here) for axis, here in enumerate(self.place)]
        axes = [self._number(axis) for axis in over]
        for axis in axes:
            where[axis] = slice(None)
        summary = self.result.summary
        values = shades(summary, m)[tuple(where)] if shade else summary.values[(m, cube[1], *where)]
        values = values.T if axes != sorted(axes) else values
        if text:
            say = np.vectorize(
                lambda x: self.locale.value(float(x), METRICS[MEASURES[m]].kind), otypes=[object]
            )
            return say(values)
        if shade:
            return values
        scaled = values * self.charts.measures[m]["scale"]
        if cube[0] is None:
            self.shown += np.ravel(scaled).tolist()
        return scaled if axes else float(scaled)

    def _years(self, years: str, at: Mapping[str, int] | None = None) -> list[float]:
        where = tuple((at or {}).get(str(axis), here) for axis, here in enumerate(self.place))
        lasts: Floats = self.result.summary.survival[where]
        return [*(lasts if years == "lasts" else -np.diff(lasts))]

    def _axis(self, number: int, what: str) -> Any:
        axis, here = self.charts.axes[number], self.place[number]
        values, texts = axis["values"], list(map(label, axis["texts"]))
        x: list[Any] = texts if values is None else list(values)
        left, right = _edges(range(len(x)) if values is None else values, here)
        told: dict[str, Any] = {"x": x, "texts": texts, "here": x[here], "text": texts[here]}
        return {**told, "left": left, "right": right}[what]

    def _measure(self, what: str) -> Any:
        told = self.charts.measures[self.measure][what]
        if not told.get("words"):
            return told
        known = [x for x in self.shown if np.isfinite(x)] or [0.0]
        spots = round_amounts(min(known), max(known))
        texts = [yen_tick(spot, Locale(told["words"])) for spot in spots]
        return {**told, "tickvals": spots, "ticktext": texts}


def _edges(x: Sequence[float], i: int) -> tuple[float, float]:
    """Of a cell: half way to its neighbours, the outermost as wide to both sides, as plotly draws them."""
    lower = (x[i] - x[i - 1]) / 2 if i else (x[1] - x[0]) / 2 if len(x) > 1 else 0.5
    upper = (x[i + 1] - x[i]) / 2 if i + 1 < len(x) else lower
    return x[i] - lower, x[i] + upper
