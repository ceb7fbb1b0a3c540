"""The charts of a sweep as plain figures, for a notebook; on its page ``sweep.js`` draws them from every cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.report.figures import DASHES, SERIES, Figure, keys_of, label, layout, line, measure_axis
from engine.report.models import SweepStudy
from engine.report.sweep_page import axis_text, slider_axis
from engine.report.voice import Voice, clean

Place = tuple[int, ...]


def weights_figure(study: SweepStudy, measure: int, cell: Place, voice: Voice) -> Figure:
    """The median of a measure along the weight, in bands that hold half and nine tenths of the windows."""
    slider = slider_axis(study)
    curves = {name: _along(study, measure, name, cell, slider) for name in study.statistics}
    axis, scale = measure_axis(study.measures[measure], np.array(list(curves.values())), voice)
    x = _places(study, slider)
    traces: list[dict[str, Any]] = []
    for low, high in (("p5", "p95"), ("p25", "p75")):
        if low in curves and high in curves:
            traces.append(line(x, curves[high] * scale, voice(high), "--s1", width=0.4))
            band = {"fill": "tonexty", "fillcolor": "--s1-fill"}
            traces.append(line(x, curves[low] * scale, voice(low), "--s1", width=0.4, **band))
    traces.append(line(x, curves["median"] * scale, voice("median"), "--s1", width=2.2))
    axis["title"] = {"text": label(study.measures[measure].label)}
    shape = layout(xaxis=_weights_axis(study, slider), yaxis=axis)
    return Figure("weights", tuple(traces), shape, (), 340)


def heat_figure(study: SweepStudy, measure: int, cell: Place, voice: Voice) -> Figure:
    """The median of a measure, weights across, the first other axis down; the darkest is the best."""
    slider = slider_axis(study)
    rows = next((i for i in range(len(study.axes)) if i != slider), slider)
    places = range(len(study.axes[rows].values)) if rows != slider else (cell[rows],)
    medians = np.array([_along(study, measure, "median", _moved(cell, rows, i), slider) for i in places])
    kind, better = study.measures[measure].kind, study.measures[measure].better
    axis, scale = measure_axis(study.measures[measure], medians, voice)
    colors = [[i / 4, f"--h{i}"] for i in range(5)]
    bar = {
        key: axis[key]
        for key in ("tickformat", "tickprefix", "ticksuffix", "tickvals", "ticktext")
        if key in axis
    }
    trace = {
        "type": "heatmap",
        "x": _places(study, slider),
        "y": [label(axis_text(study.axes[rows], study.axes[rows].values[i], voice)) for i in places],
        "z": medians * scale,
        "text": [[voice.value(float(x), kind) for x in row] for row in medians],
        "hovertemplate": "%{x}, %{y}: %{text}<extra></extra>",
        "colorscale": colors,
        "reversescale": better == "min",
        "colorbar": bar,
    }
    shape = layout(
        hovermode="closest",
        xaxis=_weights_axis(study, slider),
        yaxis={"type": "category", "autorange": "reversed"},
        title={"text": label(study.measures[measure].label)},
    )
    return Figure("heat", (trace,), shape, (), 140 + 36 * len(places))


def frontier_figure(study: SweepStudy, measure: int, cell: Place, voice: Voice) -> Figure:
    """The median of a measure against that of the risk: a point a weight, a line a value of the other axis."""
    slider = slider_axis(study)
    other = next((i for i in range(len(study.axes)) if i != slider), None)
    risk = [item.id for item in study.measures].index(study.risk)
    texts = [axis_text(study.axes[slider], value, voice) for value in study.axes[slider].values]
    names = [study.name] if other is None else [clean(value) for value in study.axes[other].values]
    places = [cell if other is None else _moved(cell, other, i) for i in range(len(names))]
    across = np.array([_along(study, risk, "median", place, slider) for place in places])
    up = np.array([_along(study, measure, "median", place, slider) for place in places])
    x_axis, x_scale = measure_axis(study.measures[risk], across, voice)
    y_axis, y_scale = measure_axis(study.measures[measure], up, voice)
    traces = []
    for i, name in enumerate(names):
        style = {"dash": DASHES[i % 6], "width": 1.6, "text": texts, "mode": "lines+markers"}
        hover = {"hovertemplate": "%{text}<br>%{x}<br>%{y}<extra>%{fullData.name}</extra>"}
        traces.append(line(across[i] * x_scale, up[i] * y_scale, name, SERIES[i % 6], **style, **hover))
    x_axis["title"] = {"text": label(study.measures[risk].label)}
    y_axis["title"] = {"text": label(study.measures[measure].label)}
    y_axis.pop("said", None)  # a point says its place itself
    return Figure(
        "frontier",
        tuple(traces),
        layout(hovermode="closest", xaxis=x_axis, yaxis=y_axis),
        keys_of(names),
        380,
    )


def _moved(cell: Place, axis: int, to: int) -> Place:
    return (*cell[:axis], to, *cell[axis + 1 :])


def _along(study: SweepStudy, measure: int, statistic: str, cell: Place, axis: int) -> NDArray[np.float64]:
    """One statistic of one measure at every value of an axis, all else as in the cell."""
    where = tuple(slice(None) if i == axis else at for i, at in enumerate(cell))
    found: NDArray[np.float64] = study.values[(measure, study.statistics.index(statistic), *where)]
    return found


def _places(study: SweepStudy, slider: int) -> list[Any]:
    return [value if isinstance(value, int | float) else label(value) for value in study.axes[slider].values]


def _weights_axis(study: SweepStudy, slider: int) -> dict[str, Any]:
    axis = study.axes[slider]
    style = {"tickformat": ",.3~%", "hoverformat": ",.3~%"} if axis.kind in ("weight", "percent") else {}
    return {"title": {"text": label(axis.label)}, "showgrid": False, **style}
