"""Several strategies side by side on the period that all of them cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import numpy as np

from engine.config import Config, load_config, override, parse_config
from engine.config.arguments import closed, refuse_doubles
from engine.context import load_panel
from engine.errors import ConfigError, DataError
from engine.market.panel import Panel
from engine.market.sources import Access, Source
from engine.metrics import volatility_of_months
from engine.result import Result
from engine.run import run

HOLIDAYS = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Comparison:
    """Results on one common period, and what shortened it.

    ``notes``  sentences for the reader; empty where every configuration has the period it asked for
    """

    results: tuple[Result, ...]
    start: np.datetime64
    end: np.datetime64
    notes: tuple[str, ...] = ()


@closed(Access)
def compare(
    configs: Sequence[Config], *, source: str | Source | None = None, **access: Unpack[Access]
) -> Comparison:
    """Run every configuration on the common period: the latest start and the earliest end of all.

    A configuration without a date takes what its data have. Raises ConfigError where two share a name or the
    currencies differ (their money cannot be compared), DataError where there is no common period.
    """
    if not configs:
        raise ConfigError("compare: came no configuration, allowed one or more")
    refuse_doubles([config.name for config in configs])
    if len({config.currency for config in configs}) > 1:
        listed = ", ".join(f"{config.name} {config.currency}" for config in configs)
        raise ConfigError(
            f"compare: the currencies differ ({listed})", hint="--set currency=JPY makes them one"
        )
    spans = [_span(config, source, access) for config in configs]
    start, end = max(span.start for span in spans), min(span.end for span in spans)
    if start >= end:
        raise DataError(f"compare: there is no common period: {start} is not before {end}")
    results = []
    for config in configs:
        common = override(config, {"period.start": str(start), "period.end": str(end)})
        results.append(run(common, source=source, **access))
    notes = (*_notes(configs, spans, start, end), *_of_two_clocks(results))
    return Comparison(tuple(results), start, end, notes)


def _of_two_clocks(results: Sequence[Result]) -> tuple[str, ...]:
    """Volatility from month ends where yen funds and US ETFs meet: their daily prices are of different days."""
    kinds = {asset["kind"] for result in results for asset in result.manifest["assets"].values()}
    if not kinds >= {"jp_fund", "us_etf"}:
        return ()
    each = [volatility_of_months(result.equity["date"], result.equity["twr"]) for result in results]
    if not np.isfinite(each).all():
        return ()
    listed = ", ".join(f"{result.name} {own:.2%}" for result, own in zip(results, each)).replace("%", " %")
    told = "A yen fund's price holds the New York session before"
    return (f"{told}: its daily volatility is not that of an ETF's days. From month ends, a year: {listed}.",)


@dataclass(frozen=True)
class _Span:
    """What one configuration covers, and the asset that makes it begin late or end early."""

    start: np.datetime64
    end: np.datetime64
    late: str
    early: str


def _span(config: Config, source: str | Source | None, access: Access) -> _Span:
    """The period that was asked for, with its stand-ins; where the data do not cover it, what they have."""
    try:
        panel = load_panel(config, source=source, **access)
        covered = True
    except DataError:
        everything = override(config, {"period.start": None, "period.end": None})
        panel = load_panel(everything, source=source, **access)
        covered = False
    first, last = panel.sessions[0], panel.sessions[-1]
    wished = [
        None if day is None else np.datetime64(day, "D") for day in (config.period.start, config.period.end)
    ]
    start = first if wished[0] is None else wished[0] if covered else max(first, wished[0])
    end = last if wished[1] is None else wished[1] if covered else min(last, wished[1])
    late = _shortest(panel, "first") if start == first and start != wished[0] else ""
    early = _shortest(panel, "last") if end == last and end != wished[1] else ""
    return _Span(start, end, late, early)


def _shortest(panel: Panel, side: str) -> str:
    """The asset that begins last, or ends first."""
    entries = [item for item in panel.provenance if item.symbol in panel.symbols]
    if not entries:
        return ""
    choose = max if side == "first" else min
    return choose(entries, key=lambda item: str(getattr(item, side))).symbol


def _notes(
    configs: Sequence[Config], spans: Sequence[_Span], start: np.datetime64, end: np.datetime64
) -> tuple[str, ...]:
    notes = []
    if any(span.start != start for span in spans) or _misses(configs, "start", start):
        which = next(n for n, span in enumerate(spans) if span.start == start)
        why = f"{spans[which].late} has no earlier prices" if spans[which].late else "its period begins then"
        notes.append(f"The common period begins on {start}: {configs[which].name}, {why}.")
    if any(span.end != end for span in spans) or _misses(configs, "end", end):
        which = next(n for n, span in enumerate(spans) if span.end == end)
        why = f"{spans[which].early} has no later prices" if spans[which].early else "its period ends then"
        notes.append(f"The common period ends on {end}: {configs[which].name}, {why}.")
    return tuple(notes)


def _misses(configs: Sequence[Config], side: str, common: np.datetime64) -> bool:
    """Whether the common period lacks more of a wished one than the holidays at its edge."""
    wished = [getattr(config.period, side) for config in configs]
    return any(day is not None and abs(np.datetime64(day, "D") - common) > HOLIDAYS for day in wished)


def config_of(path: Path, overrides: Sequence[str] = ()) -> Config:
    """The configuration of a YAML file, or of the result in a folder. Raises ConfigError, StoreError."""
    if path.is_dir():
        from engine import store

        stored = store.load(path)
        text = store.config_yaml(stored.config).decode()
        return parse_config(text, str(path / "config.yaml"), overrides)
    return load_config(path, overrides)
