"""The money that went into and out of a fund, under the fund's price: what a tilt on flows watched, and when."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.builtin import first_sessions, sessions_on
from engine.market.series import Dates, Floats, Mask
from engine.report.chart_specs import (
    Columns,
    Figure,
    Key,
    Unit,
    date_axis,
    layout,
    line,
    money_axis,
    money_unit,
    ref,
)
from engine.report.page_locale import PageLocale, clean
from engine.result import Result


def has_flows(result: Result) -> bool:
    """Whether the plan of a run watched fund flows, and some of them lie within its period."""
    if not len(result.flows.get("date", ())):
        return False
    held = f"price:{result.config['strategy']['allocation']['satellite']}" in result.equity
    return held and bool(_within(result).any())


def flow_columns(result: Result) -> Columns:
    """The columns that :func:`flows_figure` refers to: the price by session, the flows by period."""
    _, price, _ = _priced(result)
    within = _within(result)
    inward = result.flows["flow"][within]
    return {
        "flow_price": price,
        "flow_date": result.flows["date"][within],
        "flow_in": np.where(inward >= 0, inward, np.nan),
        "flow_out": np.where(inward < 0, inward, np.nan),
    }


def flows_figure(result: Result, locale: PageLocale) -> Figure:
    """The price as a line, and below it a bar a period: up for money that came, down for money that left."""
    symbol, price, currency = _priced(result)
    unit, flow = money_unit(float(np.nanmax(price)), PageLocale(locale.lang, currency)), billions(locale)
    flows = result.flows["flow"][_within(result)]
    price_name = locale("flows_price", symbol=symbol)
    top = line(ref("date"), ref("flow_price", unit.scale), price_name, "--ink-soft", width=1.4)
    bars = flow_bars("flow_date", ("flow_in", "flow_out"), flow.scale, "y2", locale)
    shape = layout(
        hoversubplots="axis",
        barmode="relative",
        bargap=0.15,
        xaxis=date_axis(anchor="y2"),
        yaxis=money_axis(unit, 0.0, float(np.nanmax(price)), domain=[0.44, 1.0]),
        yaxis2=money_axis(
            flow, float(flows.min(initial=0.0)), float(flows.max(initial=0.0)), domain=[0.0, 0.34], nticks=5
        ),
    )
    keys = (Key(price_name, "--ink-soft"), *flow_keys(locale))
    return Figure("flows", (top, *bars), shape, keys, 440)


def flow_bars(
    x: str, columns: tuple[str, str], scale: float, axis: str, locale: PageLocale
) -> list[dict[str, Any]]:
    """Bars up for money that came, down for money that left: two columns, each NaN where the other is."""
    return [
        {
            "type": "bar",
            "x": ref(x),
            "y": ref(column, scale),
            "yaxis": axis,
            "name": locale(word),
            "marker": {"color": color, "line": {"width": 0}},
        }
        for column, word, color in zip(columns, ("flows_in", "flows_out"), ("--gain", "--loss"))
    ]


def flow_keys(locale: PageLocale) -> tuple[Key, Key]:
    """What the legend says of them."""
    return Key(locale("flows_in"), "--gain", "block"), Key(locale("flows_out"), "--loss", "block")


def flows_summary(result: Result, locale: PageLocale) -> dict[str, Any]:
    """What the chart shows in numbers, from when on the plan could know each bar, and how bars become a share.

    ``example``  the largest flow that was read: its date, the amount, the session on which it first was
    """
    within = _within(result)
    dates, flow = result.flows["date"][within], result.flows["flow"][within]
    most, least = int(flow.argmax()), int(flow.argmin())
    tilt = result.config["strategy"]["allocation"]
    lag, low, high = tilt["signal"]["lag_sessions"], tilt["min_weight"], tilt["max_weight"]
    above, below = (high, low) if tilt["direction"] == "follow" else (low, high)
    example = None
    if (read := _first_read(result, int(lag))) is not None:
        row, session = read
        amount = _net(float(result.flows["flow"][row]), locale)
        example = {"date": result.flows["date"][row], "amount": amount, "seen": session}
    return {
        "fund": _fund(result),
        "symbol": _priced(result)[0],
        "is_weekly": _is_weekly(dates),
        "first": dates[0],
        "last": dates[-1],
        "net": _net(float(flow.sum()), locale),
        "most": _net(float(flow[most]), locale),
        "most_at": dates[most],
        "least": _net(float(flow[least]), locale),
        "least_at": dates[least],
        "lag": lag,
        "months": tilt["signal"]["months"],
        "example": example,
        "is_on_off": tilt["strength"] == "on_off",
        "satellite": clean(tilt["satellite"]),
        "above": above,
        "below": below,
        "base": tilt["base_weight"],
    }


def _first_read(result: Result, lag: int) -> tuple[int, np.datetime64] | None:
    """The row of the largest flow that the plan read, and the session on which it first did."""
    known_from = sessions_on(result.dates, result.flows["date"]) + lag
    reads = np.concatenate([[0], first_sessions(result.dates, "monthly")])
    first = np.searchsorted(reads, known_from)
    was_read = _within(result) & (first < len(reads))
    if not was_read.any():
        return None
    row = int(np.where(was_read, np.abs(result.flows["flow"]), -1.0).argmax())
    return row, result.dates[reads[first[row]]]


def _within(result: Result) -> Mask:
    """(n,) whether a row of the flows ends within the run."""
    dates = result.flows["date"]
    within: Mask = (dates >= result.dates[0]) & (dates <= result.dates[-1])
    return within


def _priced(result: Result) -> tuple[str, Floats, str]:
    """The fund whose price is drawn, (T,) its price in its own currency, and that currency.

    The one that is watched, where the run holds it; else the satellite, whose share follows the flows.
    """
    tilt = result.config["strategy"]["allocation"]
    watched = tilt["signal"].get("symbol")
    symbol = watched if f"price:{watched}" in result.equity else tilt["satellite"]
    price = result.equity[f"price:{symbol}"]
    base = str(result.config.get("currency", "JPY"))
    own = str(result.manifest.get("assets", {}).get(symbol, {}).get("currency", base))
    rate = result.equity["usdjpy"]
    if own == base or not np.isfinite(rate).all():
        return clean(symbol), price, base
    return clean(symbol), price / rate if base == "JPY" else price * rate, own


def _fund(result: Result) -> str:
    """What the flows are of: the fund's symbol, or the name of the file they came from."""
    signal = result.config["strategy"]["allocation"]["signal"]
    return clean(signal.get("symbol") or str(signal.get("file")).replace("\\", "/").rsplit("/", 1)[-1])


def _is_weekly(dates: Dates) -> bool:
    return len(dates) > 1 and float(np.median(np.diff(dates).astype(np.int64))) < 15


def billions(locale: PageLocale) -> Unit:
    """The unit of flows in dollars: the axis counts as sentences do.

    d3 writes the dollar sign behind the minus.
    """
    unit = float(locale.form("billion"))
    before, suffix = locale("flows_axis").split("{n}")
    return Unit(1.0 / unit, "", suffix, f"{before},.4~f", f"+{before},.{math.log10(unit) - 7:.0f}f")


def _net(dollars: float, locale: PageLocale) -> str:
    """A net flow in a sentence: ``−$1.25 billion``, ``12.5億ドルの純流出``."""
    word = "flows_net_out" if dollars < 0 else "flows_net_in"
    return locale(word, amount=locale.billions(abs(dollars)))
