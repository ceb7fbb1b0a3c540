"""Several strategies side by side on the period that all of them cover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Unpack

import numpy as np

from engine.config import Config, load_config, override, parse_config
from engine.config.arguments import closed, refuse_doubles, refuse_unlike
from engine.context import flows_of, panel_loader
from engine.errors import DataError
from engine.manifest import is_daily, meets_another_clock
from engine.market.panel import Panel
from engine.market.sources import Access, Source
from engine.messages import Message, Number, listed, message
from engine.metrics import volatility_of_months
from engine.result import Result
from engine.run import run_on

HOLIDAYS = np.timedelta64(7, "D")
Side = Literal["start", "end"]


@dataclass(frozen=True)
class Comparison:
    """Results on one common period, and what shortened it.

    ``notes``  what the reader must know; empty where every configuration has the period it asked for
    """

    results: tuple[Result, ...]
    start: np.datetime64
    end: np.datetime64
    notes: tuple[Message, ...] = ()


@closed(Access)
def compare(
    configs: Sequence[Config], *, source: str | Source | None = None, **access: Unpack[Access]
) -> Comparison:
    """Run every configuration on the common period: the latest start and the earliest end of all.

    A configuration without a date takes what its data have. Raises ConfigError where two share a name or the
    currencies differ (their money cannot be compared), DataError where there is no common period.
    """
    refuse_doubles("compare", configs)
    refuse_unlike("compare", "currency", configs, [config.currency for config in configs])
    load = panel_loader(source, **access)
    edges = [_edges(config, load) for config in configs]
    firsts, lasts = [each.first for each in edges], [each.last for each in edges]
    start, end = max(edge.day for edge in firsts), min(edge.day for edge in lasts)
    if start >= end:
        raise DataError(
            message("compare: there is no common period: {start} is not before {end}", start=start, end=end)
        )
    period = {"period.start": str(start), "period.end": str(end)}
    results = []
    for config, each in zip(configs, edges):
        shared = override(config, period)
        panel = each.panel if each.panel is not None and shared.period == config.period else load(shared)
        results.append(run_on(shared, panel, flows_of(shared, source)))
    notes = (*_note(configs, firsts, "start", start), *_note(configs, lasts, "end", end))
    return Comparison(tuple(results), start, end, (*notes, *_of_two_clocks(results)))


def _of_two_clocks(results: Sequence[Result]) -> list[Message]:
    """Volatility from month ends where yen funds and US ETFs meet: their daily prices are of different days."""
    kinds = {asset["kind"] for result in results for asset in result.manifest["assets"].values()}
    each = [volatility_of_months(result.equity["date"], result.equity["twr"]) for result in results]
    by_day = all(is_daily(result) for result in results)
    if not by_day or not meets_another_clock(kinds) or not np.isfinite(each).all():
        return []
    volatilities = listed(
        message("{name} {volatility} %", name=result.name, volatility=Number(100.0 * own, 2))
        for result, own in zip(results, each)
    )
    return [
        message(
            "A price in Tokyo holds the New York session before: daily volatility is not that of New York's "
            "days. From month ends, a year: {each}."
            if "jp_etf" in kinds
            else "A yen fund's price holds the New York session before: its daily volatility is not that of an "
            "ETF's days. From month ends, a year: {each}.",
            each=volatilities,
        )
    ]


@dataclass(frozen=True)
class _Edge:
    """Where the period of one configuration begins or ends; ``symbol``, the asset without prices beyond, or ''."""

    day: np.datetime64
    symbol: str


@dataclass(frozen=True)
class _Edges:
    """The period of one configuration; ``panel``, its prices where they cover what was asked for."""

    first: _Edge
    last: _Edge
    panel: Panel | None


def _edges(config: Config, load: Callable[[Config], Panel]) -> _Edges:
    """The period that was asked for, with its stand-ins; where the data do not cover it, what they have."""
    try:
        panel = load(config)
        covered = True
    except DataError:
        panel = load(override(config, {"period.start": None, "period.end": None}))
        covered = False
    first, last = _edge(panel, config, "start", covered), _edge(panel, config, "end", covered)
    return _Edges(first, last, panel if covered else None)


def _edge(panel: Panel, config: Config, side: Side, covered: bool) -> _Edge:
    limit, has = (max, panel.sessions[0]) if side == "start" else (min, panel.sessions[-1])
    wished = _wished(config, side)
    day = has if wished is None else wished if covered else limit(has, wished)
    # The asset that begins last, or ends first.
    entries = [item for item in panel.provenance if item.symbol in panel.symbols and day == has != wished]
    far = limit(entries, key=lambda item: item.first if side == "start" else item.last, default=None)
    return _Edge(day, far.symbol if far else "")


def _wished(config: Config, side: Side) -> np.datetime64 | None:
    day = getattr(config.period, side)
    return None if day is None else np.datetime64(day, "D")


def _note(
    configs: Sequence[Config], edges: Sequence[_Edge], side: Side, common: np.datetime64
) -> list[Message]:
    """What made the common period begin or end where it does.

    Nothing where all configurations have that day, and none lacks more than the holidays at the edge.
    """
    begins = side == "start"
    wished = [day for config in configs if (day := _wished(config, side)) is not None]
    if all(edge.day == common for edge in edges) and all(abs(day - common) <= HOLIDAYS for day in wished):
        return []
    name, symbol = next((c.name, edge.symbol) for c, edge in zip(configs, edges) if edge.day == common)
    why = message("its period begins then" if begins else "its period ends then")
    if symbol:
        why = message(
            "{symbol} has no earlier prices" if begins else "{symbol} has no later prices", symbol=symbol
        )
    return [
        message(
            "The common period begins on {day}: {name}, {why}."
            if begins
            else "The common period ends on {day}: {name}, {why}.",
            day=common,
            name=name,
            why=why,
        )
    ]


def config_of(path: Path, overrides: Sequence[str] = (), *, allow_python: bool = False) -> Config:
    """The configuration of a YAML file, or of the result in a folder. Raises ConfigError, StoreError."""
    if path.is_dir():
        from engine import store

        stored = store.load(path)
        text = store.config_yaml(stored.config).decode()
        return parse_config(text, str(path / "config.yaml"), overrides, allow_python=allow_python)
    return load_config(path, overrides, allow_python=allow_python)
