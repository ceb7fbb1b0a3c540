"""Flows beside returns: what ``templates/flows.html`` shows, and the charts that a notebook draws too."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.market.series import ONE_DAY, ONE_MONTH
from engine.report.answer import texts
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
    percent_axis,
    ref,
    times_axis,
)
from engine.report.components import series_rows
from engine.report.flows_chart import billions, flow_bars, flow_keys
from engine.report.flows_text import events_table, flow_answer, group_title, lags_table, statements
from engine.report.html import page, page_locale
from engine.report.page_locale import PageLocale, clean
from engine.report.summary import flag_texts
from engine.studies.flows.results import ASSETS, INFLOW, OUTFLOW, FlowStudy, FundFlows
from engine.studies.student import LEVEL


def flows_page(found: FlowStudy, lang: str = "en") -> str:
    """A page of one study: a section a fund, the answers of all first."""
    locale = page_locale(lang, "")
    figures = [
        figure(fund, number, locale)
        for number, fund in enumerate(found.funds)
        for figure in (price_figure, lags_figure)
    ]
    columns: Columns = {}
    for number, fund in enumerate(found.funds):
        columns |= flow_columns(fund, number)
    return page(
        "flows.html",
        locale,
        figures=figures,
        columns=columns,
        name=found.name,
        warnings=flag_texts([found.manifest], locale),
        lead=texts(flow_answer(found), locale),
        funds=[_fund(fund, locale) for fund in found.funds],
        assumptions=[locale.sentence(text) for text in found.manifest["assumptions"]],
        seed=found.seed,
        series=series_rows([found.manifest], locale),
    )


def _fund(fund: FundFlows, locale: PageLocale) -> dict[str, Any]:
    own = PageLocale(locale.lang, fund.currency, locale.minus)
    return {
        "symbol": clean(fund.symbol),
        "statements": [locale.sentence(item) for item in statements(fund)],
        "price_words": _price_words(fund, own),
        "groups": [
            (locale.sentence(group_title(fund, group)), events_table(fund, group, locale))
            for group in (INFLOW, OUTFLOW)
        ],
        "lags": lags_table(fund, locale),
        "lags_words": locale(
            "flow_lags_summary",
            one=locale.number(fund.one_band),
            all=locale.number(fund.band),
            level=locale.percent(LEVEL, 0),
        ),
    }


def _price_words(fund: FundFlows, locale: PageLocale) -> str:
    """All that flowed, and the months of the most and of the least."""
    known = np.isfinite(fund.flow)
    flow, month = fund.flow[known], fund.month[known]
    most, least = int(flow.argmax()), int(flow.argmin())

    def amount(value: float) -> str:
        word = "flows_net_out" if value < 0 else "flows_net_in"
        size = abs(value)
        return locale(word, amount=locale.billions(size) if fund.currency == "USD" else locale.money(size))

    return locale(
        "flow_price_summary",
        symbol=clean(fund.symbol),
        first=locale.year_month(month[0]),
        last=locale.year_month(month[-1]),
        net=amount(float(flow.sum())),
        most=amount(float(flow[most])),
        most_at=locale.year_month(month[most]),
        least=amount(float(flow[least])),
        least_at=locale.year_month(month[least]),
    )


def flow_columns(fund: FundFlows, number: int = 0) -> Columns:
    """The columns that the charts of a fund refer to: by month from its first flow to its last, and by lag."""
    shown = _shown(fund)
    level, flow, relative = fund.level[shown], fund.flow[shown], fund.relative[shown]
    first = level[np.isfinite(level)][0]
    days = (fund.month[shown] + ONE_MONTH).astype("datetime64[D]") - ONE_DAY
    lags = {
        name: np.array([getattr(item, name) for item in fund.lags]) for name in ("correlation", "low", "high")
    }
    columns = {
        "month": days,
        "level": level / first,
        "in": np.where(flow >= 0, flow, np.nan),
        "out": np.where(flow < 0, flow, np.nan),
        "relative_in": np.where(relative >= 0, relative, np.nan),
        "relative_out": np.where(relative < 0, relative, np.nan),
        "lag": np.array([item.months for item in fund.lags]),
        "correlation": lags["correlation"],
        "above": lags["high"] - lags["correlation"],
        "below": lags["correlation"] - lags["low"],
    }
    return {f"{name}{number}": column for name, column in columns.items()}


def _shown(fund: FundFlows) -> slice:
    at = np.flatnonzero(np.isfinite(fund.flow))
    return slice(int(at[0]), int(at[-1]) + 1)


def price_figure(fund: FundFlows, number: int, locale: PageLocale) -> Figure:
    """What 1 became, below it the flow of each month in money, below that as it is ranked."""
    shown = _shown(fund)
    level, flow = fund.level[shown], fund.flow[shown]
    first = level[np.isfinite(level)][0]
    unit = _unit(fund, locale)
    name = locale("flow_price", symbol=clean(fund.symbol))
    top = line(ref(f"month{number}"), ref(f"level{number}"), name, "--ink-soft", width=1.6)
    month = f"month{number}"
    bars = flow_bars(month, (f"in{number}", f"out{number}"), unit.scale, "y2", locale)
    below = flow_bars(month, (f"relative_in{number}", f"relative_out{number}"), 1.0, "y3", locale)
    held = fund.measure == ASSETS
    third = percent_axis(tickformat=",.3~%") if held else {"tickformat": ",.3~f", "hoverformat": ".2f"}
    low, high = float(np.nanmin(flow)), float(np.nanmax(flow))
    shape = layout(
        hoversubplots="axis",
        barmode="relative",
        bargap=0.15,
        xaxis=date_axis(anchor="y3", hoverformat="%Y-%m"),
        yaxis=times_axis(float(np.nanmin(level) / first), float(np.nanmax(level) / first), locale)
        | {"domain": [0.58, 1.0]},
        yaxis2=money_axis(unit, min(low, 0.0), max(high, 0.0), domain=[0.29, 0.52], nticks=5),
        yaxis3=third | {"domain": [0.0, 0.23], "nticks": 5},
    )
    return Figure(
        f"price{number}", (top, *bars, *below), shape, (Key(name, "--ink-soft"), *flow_keys(locale)), 520
    )


def _unit(fund: FundFlows, locale: PageLocale) -> Unit:
    if fund.currency == "USD":
        return billions(locale)
    return money_unit(
        float(np.nanmax(np.abs(fund.flow))), PageLocale(locale.lang, fund.currency, locale.minus)
    )


def lags_figure(fund: FundFlows, number: int, locale: PageLocale) -> Figure:
    """The correlation at each lead and lag with its interval; the band is what chance reaches among all."""
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": ref(f"lag{number}"),
        "y": ref(f"correlation{number}"),
        "name": locale("flow_correlation"),
        "marker": {"color": "--s1", "size": 7},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": ref(f"above{number}"),
            "arrayminus": ref(f"below{number}"),
            "color": "--s1",
            "thickness": 1.2,
            "width": 3,
        },
    }
    across = {"xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    shapes = [
        {"type": "rect", "y0": -fund.band, "y1": fund.band, "fillcolor": "--fill", "line": {"width": 0}, **across},
        {"type": "line", "y0": 0, "y1": 0, "line": {"color": "--ink-soft", "width": 1}, **across},
        {"type": "line", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "layer": "below",
         "line": {"color": "--ink-soft", "width": 1, "dash": "dot"}},
    ]  # fmt: skip
    x = {"title": {"text": locale("flow_lag_axis")}, "showgrid": False, "dtick": 3, "hoverformat": "d"}
    y = {"tickformat": "+.1f", "hoverformat": "+.2f", "rangemode": "normal"}
    level = locale.percent(LEVEL, 0)
    keys = (
        Key(locale("flow_correlation_interval", level=level), "--s1"),
        Key(locale("flow_band"), "--ink-soft", "block"),
    )
    return Figure(f"lags{number}", (marks,), layout(xaxis=x, yaxis=y, shapes=shapes), keys, 340)
