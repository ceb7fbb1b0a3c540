"""The common ground of all charts: columns packed for a page, colours by name, axes that speak a language.

A figure is plain data in plotly's own format, with two additions that ``page.js`` (or :func:`as_plotly`)
resolves:

- ``{"$": name, "k": scale}`` stands for the column ``name`` times ``scale``: each column is sent once;
- a string that begins with ``--`` is a colour of ``style.css``, so that one figure serves light and dark;
- an axis with ``"words": "ja"`` is one of yen in that language: what hovers over its lines reads 1億2,345万円,
  which no number format of plotly's can write.
"""

from __future__ import annotations

import base64
import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.locale import SYMBOLS, Locale
from engine.market.series import Floats, Ints
from engine.report.models import Measure
from engine.report.page_locale import PageLocale, clean

Columns = dict[str, NDArray[Any]]  # by the names that a figure refers to
SERIES = ("--s1", "--s2", "--s3", "--s4", "--s5", "--s6")
ENOUGH_MARKS = 3  # 1, 2 and 5 on a logarithmic axis; fewer leave it bare
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


@dataclass(frozen=True)
class Key:
    """A line of a legend: what is drawn how. ``shape`` is ``line``, ``dash``, ``dot`` or ``block``."""

    label: str
    color: str
    shape: str = "line"


@dataclass(frozen=True)
class Figure:
    """One chart: plotly traces and layout (see the module), its legend, and its height in pixels."""

    id: str
    traces: tuple[dict[str, Any], ...]
    layout: dict[str, Any]
    keys: tuple[Key, ...] = ()
    height: int = 340


@dataclass(frozen=True)
class Unit:
    """How a chart writes an amount: amount × ``scale``, a prefix, a suffix, d3 number formats.

    ``lang``: in words of that language instead; the amounts then stay whole.
    """

    scale: float
    prefix: str
    suffix: str
    ticks: str
    hover: str
    lang: str = ""


def money_unit(largest: float, locale: PageLocale) -> Unit:
    """The unit of a money axis by its largest amount: millions or single units; yen by ten thousands are said."""
    if locale.currency == "JPY" and locale.myriads:
        return Unit(1.0, "", locale.form("yen").format(n=""), ",.0f", ",.0f", locale.lang)
    symbol = SYMBOLS.get(locale.currency, f"{locale.currency} ")
    if largest >= 2e6:
        return Unit(1e-6, symbol, "M", ",.4~f", ",.3f")
    return Unit(1.0, symbol, "", ",.0f", ",.0f" if largest >= 1000 else ",.2f")


def ref(name: str, scale: float = 1.0) -> dict[str, Any]:
    """A column of the page's data, by name."""
    return {"$": name} if scale == 1.0 else {"$": name, "k": scale}


def label(text: object) -> str:
    """A text for plotly, which reads a little HTML: names are never markup."""
    return html.escape(clean(text), quote=False)


def money_axis(unit: Unit, low: float, high: float, **more: Any) -> dict[str, Any]:
    """An axis of money on which amounts from ``low`` to ``high`` lie, before they are scaled."""
    style: dict[str, Any] = {"tickformat": unit.ticks, "hoverformat": unit.hover, "rangemode": "tozero"}
    style |= {"tickprefix": unit.prefix, "ticksuffix": unit.suffix}
    if unit.lang:
        spots = round_amounts(low, high, log=more.get("type") == "log")
        texts = [yen_tick(spot, Locale(unit.lang)) for spot in spots]
        style |= {"words": unit.lang, "tickvals": spots, "ticktext": texts}
    elif more.get("type") == "log":
        style["dtick"] = "D2"
    return style | more


def round_amounts(low: float, high: float, *, log: bool = False) -> list[float]:
    """Places for the marks of an axis: up to eight in even steps; on a log 1, 2 and 5 of each power, if three.

    ``page.js`` holds the same rule for figures that are made in the browser.
    """
    if log:
        low = max(low, 1e-9)
        powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
        spots = [spot for power in powers for m in (1, 2, 5) if low <= (spot := m * 10.0**power) <= high]
        if len(spots) >= ENOUGH_MARKS:
            return spots
    rough = (high - low) / 6 or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def yen_tick(amount: float, locale: Locale) -> str:
    """An amount beside an axis, short: ``5,000万円``, ``1.5億円``; of a language that says yen so."""
    sizes = [(1e4 ** (n + 1), word) for n, word in enumerate(locale.myriads)]
    size, word = next(((size, word) for size, word in reversed(sizes) if abs(amount) >= size), (1.0, ""))
    return locale.form("yen").format(n=f"{amount / size:,.6g}{word}").replace("-", "−")


def named(axis: dict[str, Any], name: str) -> dict[str, Any]:
    """The axis with its figure's name beside it; its unit stands at its marks."""
    return axis | {"title": {"text": label(name)}}


def measure_axis(measure: Measure, values: Floats, locale: PageLocale) -> tuple[dict[str, Any], float]:
    """The axis of a study's measure for these values of it, and the factor from them to what the axis shows."""
    if measure.kind == "money":
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        unit = money_unit(max(abs(low), abs(high)), locale)
        return money_axis(unit, low, high, rangemode="normal"), unit.scale
    if measure.kind in ("percent", "weight"):
        return {"tickformat": ",.3~%", "hoverformat": ".2%"}, 1.0
    if measure.kind == "times":
        sign = locale.form("times").format(n="")
        return {"ticksuffix": sign, "tickformat": ",.3~f", "hoverformat": ".2f"}, 1.0
    return {"tickformat": ",.4~f", "hoverformat": ",.2f"}, 1.0


def times_axis(low: float, high: float, locale: PageLocale) -> dict[str, Any]:
    """A logarithmic axis of what 1 became, marked within ``low`` and ``high``: see ``round_amounts``."""
    sign = locale.form("times").format(n="")
    spots = round_amounts(low, high, log=True)
    marks = {"tickvals": spots, "ticktext": [f"{spot:,g}{sign}" for spot in spots]}
    return {"type": "log", "ticksuffix": sign, "hoverformat": ".2f", **marks}


def percent_axis(digits: int = 1, **more: Any) -> dict[str, Any]:
    """A y axis of fractions, shown as percentages."""
    return {"tickformat": ",.0%", "hoverformat": f".{digits}%"} | more


def date_axis(**more: Any) -> dict[str, Any]:
    """An x axis of dates that reads the same in every language."""
    stops = [
        {"dtickrange": [None, "M1"], "value": "%m-%d\n%Y"},
        {"dtickrange": ["M1", "M12"], "value": "%Y-%m"},
        {"dtickrange": ["M12", None], "value": "%Y"},
    ]
    return {"type": "date", "tickformatstops": stops, "hoverformat": "%Y-%m-%d", "showgrid": False} | more


def line(x: Any, y: Any, name: str, color: str, **more: Any) -> dict[str, Any]:
    """A line; ``width`` and ``dash`` style it."""
    style = {"color": color, "width": more.pop("width", 1.8), "dash": more.pop("dash", "solid")}
    trace = {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": label(name), "line": style}
    return trace | more


def upright(x: Any, color: str, width: float) -> dict[str, Any]:
    """A dotted rule from the bottom of a chart to its top, at ``x``."""
    style = {"color": color, "width": width, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": style}


def level(y: float, color: str, width: float, **style: Any) -> dict[str, Any]:
    """A rule over the whole width of a chart, at ``y``."""
    style = {"color": color, "width": width, **style}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": style}


def over_ahead(above: dict[str, Any], locale: PageLocale) -> dict[str, Any]:
    """A layout of two panels: the axis ``above`` of what grew, and below it how far it is ahead."""
    below = percent_axis(domain=[0.0, 0.26], tickformat=".0%", hoverformat="+.1%", nticks=4)
    return layout(
        hoversubplots="axis",
        xaxis=date_axis(anchor="y2"),
        yaxis=above | {"domain": [0.36, 1.0]},
        yaxis2=named(below, locale("axis_ahead")),
    )


def layout(**more: Any) -> dict[str, Any]:
    """A layout: the axes given, one hover box for all lines."""
    return {"hovermode": "x unified"} | more


def packed(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Columns for the page: base64 of little-endian numbers with their type.

    Dates become days since 1970 (``"date"``: true). Whole numbers below 2**31 take a 4-byte integer, all else
    a 4-byte float: 7 digits, more than a screen shows. NaN stays NaN.
    """
    out: dict[str, Any] = {}
    for name, column in columns.items():
        entry: dict[str, Any] = {}
        if np.issubdtype(column.dtype, np.datetime64):
            column = column.astype("datetime64[D]").astype(np.int64)
            entry["date"] = True
        whole = np.issubdtype(column.dtype, np.integer)
        small = whole and (not column.size or np.abs(column).max() < 2**31)
        entry["type"] = "i4" if small else "f4"
        entry["data"] = base64.b64encode(column.astype(f"<{entry['type']}").tobytes()).decode()
        out[name] = entry
    return out


def whole_units(amounts: NDArray[Any]) -> NDArray[Any]:
    """Money rounded to whole units, exact in 4 bytes; larger amounts stay as they are."""
    if amounts.size and np.isfinite(amounts).all() and np.abs(amounts).max() < 2**31:
        rounded: Ints = np.rint(amounts).astype(np.int64)
        return rounded
    return amounts


@cache
def palette(theme: str = "light") -> Mapping[str, str]:
    """The colours of a stylesheet by name; ``theme`` is ``light`` or ``dark``."""
    text = asset("style.css" if theme == "light" else "dark.css")
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{3,8})\s*;", text))


@cache
def asset(name: str) -> str:
    """A text file of this package."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def as_plotly(figure: Figure, columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """The figure as plotly takes it (``plotly.graph_objects.Figure(as_plotly(...))``), for a notebook."""
    colors = palette()

    def resolved(item: Any) -> Any:
        if isinstance(item, dict):
            if "$" in item:
                column = columns[item["$"]]
                return column if np.issubdtype(column.dtype, np.datetime64) else column * item.get("k", 1.0)
            return {key: resolved(value) for key, value in item.items()}
        if isinstance(item, list | tuple):
            return [resolved(value) for value in item]
        return colors.get(item, item) if isinstance(item, str) else item

    shape = resolved(figure.layout) | {
        "height": figure.height,
        "template": "plotly_white",
        "showlegend": True,
    }
    traces = resolved(list(figure.traces))
    axes = {name: axis for name, axis in shape.items() if isinstance(axis, dict)}
    spoken = {name: lang for name, axis in axes.items() if (lang := axis.pop("words", ""))}
    for trace in traces:
        lang = spoken.get(f"yaxis{trace.get('yaxis', 'y')[1:]}")
        if lang:
            texts = [Locale(lang, "JPY", "−").money(float(amount)) for amount in trace["y"]]
            trace |= {"customdata": texts, "hovertemplate": "%{customdata}"}
    return {"data": traces, "layout": shape}


def keys_of(names: Sequence[str]) -> tuple[Key, ...]:
    """The legend of several lines in the order of :data:`SERIES`."""
    shapes = ("line", "dash", "dot", "dash", "dash", "dash")
    return tuple(Key(clean(name), SERIES[i % 6], shapes[i % 6]) for i, name in enumerate(names))
