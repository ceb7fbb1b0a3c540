"""What a run is made of: a configuration, its prices, its law; and the plan that is decided on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import numpy as np

from engine.config import Config
from engine.errors import DataError, NotFound, Offline
from engine.ledger.inputs import MarketData, make_market_data
from engine.market.flows import Flows, load_months
from engine.market.panel import Panel
from engine.market.panel_builder import build_panel
from engine.market.price_level import PriceLevel, load_price_level
from engine.market.request import Splices
from engine.market.sources import Access, Source, read_once
from engine.messages import message
from engine.plan import Plan, QuotaParts, allocated, begun, flow_source, make_plan, needs_quota, symbols_of
from engine.rules.build import make_terms
from engine.rules.limits import quota_parts
from engine.rules.opening import Opening, make_opening
from engine.rules.terms import Terms


@dataclass(frozen=True)
class RunContext:
    """A configuration with its prices and its law: everything about a run that is not the investor's plan.

    ``market_data`` holds all sessions of the panel; a simulation takes a slice of it. ``flows``: of a tilt
    that watches a fund's. ``level``: consumer prices, where the configuration has them.
    """

    config: Config
    panel: Panel
    terms: Terms
    market_data: MarketData
    flows: Flows | None = None
    level: PriceLevel | None = None


def load_panel(config: Config, *, source: str | Source | None = None, **access: Unpack[Access]) -> Panel:
    """The prices a configuration needs. A symbol that cannot be had is told with the line where it was written.

    Those of a run that goes on reach back to where its plan began.
    """
    symbols, start, held = symbols_of(config), config.period.start, config.holdings
    if start is not None and held is not None and held.since is not None:
        start = min(start, held.since)
    try:
        return build_panel(
            symbols,
            currency=config.currency,
            source=config.data.source if source is None else source,
            start=start,
            end=config.period.end,
            **taken(config),
            **access,
        )
    except (NotFound, Offline) as error:
        where = place_of(symbols, error)
        raise type(error).at(where, error.message, hint=error.hint) if where else error from None


def panel_loader(source: str | Source | None = None, **access: Unpack[Access]) -> Callable[[Config], Panel]:
    """``load_panel`` for several configurations, with each file of prices read once."""
    opened = cache(read_once)

    def load(config: Config) -> Panel:
        spec = config.data.source if source is None else source
        return load_panel(config, source=opened(spec) if isinstance(spec, str) else spec, **access)

    return load


class Taken(TypedDict):
    """How prices are taken, by the options of ``build_panel``."""

    total_return: bool
    splices: Splices
    frequency: Literal["monthly"] | None
    usdjpy: str


def taken(config: Config) -> Taken:
    """How a configuration takes its prices, whatever they are."""
    data = config.data
    return Taken(
        total_return=config.dividends.mode == "total_return",
        splices=data.splice,
        frequency=data.frequency,
        usdjpy=data.usdjpy,
    )


def place_of(symbols: Sequence[str], error: DataError) -> str:
    """Where the symbol that an error names was written, '' where that is not known."""
    named = {getattr(arg, "text", "").lstrip("^") for _, arg in error.message.args}
    return next((str(getattr(name, "where", "")) for name in symbols if name.lstrip("^") in named), "")


def prepare(config: Config, panel: Panel, flows: Flows | None = None) -> RunContext:
    """The law and the costs of a configuration on the sessions of a panel."""
    terms = make_terms(config, panel)
    return RunContext(config, panel, terms, make_market_data(panel, terms), flows, level_of(config))


def level_of(config: Config) -> PriceLevel | None:
    """Consumer prices as the configuration says; None where it says none. Raises NotFound, BadData."""
    return None if config.inflation is None else load_price_level(config.inflation)


def flows_of(config: Config, source: str | Source | None = None) -> Flows | None:
    """The fund flows that a tilt watches, from its file or from the folder the prices come from.

    Raises NotFound where the source of the prices has no flows.
    """
    wanted = flow_source(config)
    if wanted is None:
        return None
    how, name = wanted
    if how == "file":
        return load_months(Path(name), "flows")
    spec = config.data.source if source is None else source if isinstance(source, str) else source.name
    if not spec.startswith("csv:"):
        raise NotFound(
            message(
                "{name}: strategy.allocation.signal: there are no fund flows of {symbol} in {source}",
                name=config.name,
                symbol=name,
                source=spec,
            ),
            hint=message(
                "use --data csv:DIR with {file} in DIR, or signal.file", file=f"{name}_FLOWS_MONTHLY.csv"
            ),
        )
    return load_months(Path(spec.removeprefix("csv:")), name)


def plan_of(context: RunContext, start: int, stop: int) -> Plan:
    """The investor's decisions for a simulation on sessions ``start`` .. ``stop`` - 1 of the panel."""
    panel, flows = context.panel, context.flows
    return make_plan(
        context.config,
        panel.sessions,
        panel.symbols,
        panel.base_price,
        first=start,
        stop=stop,
        flows=None if flows is None else (flows.dates, flows.flow),
        quota=quota_of(context, start),
        level=context.level,
    )


def opening_of(context: RunContext, start: int) -> Opening | None:
    """What is owned before session ``start`` of the panel; None where nothing is. Raises ConfigError."""
    panel, config = context.panel, context.config
    return make_opening(
        config,
        panel,
        context.terms,
        panel.sessions[start],
        panel.sessions[start - 1] if start > 0 else None,
        panel.base_price[start],
        goes_on=begun(config, panel.sessions, start) is not None,
    )


def quota_of(context: RunContext, start: int) -> QuotaParts | None:
    """What ``fill_quota`` pays in each calendar year from session ``start`` on, where it must be told.

    What is owned before that session fills its part of the limits, whatever day the holdings are of; the parts of
    a plan that goes on from a state are those of the plan as it began.
    """
    config = context.config
    if not needs_quota(config):
        return None
    goes_on = begun(config, context.panel.sessions, start) is not None
    return parts_that_fill(context, None if goes_on else opening_of(context, start))


def parts_that_fill(context: RunContext, opening: Opening | None) -> QuotaParts:
    """What ``fill_quota`` pays in each calendar year under the configuration's law."""
    bought = context.panel.frames[: len(allocated(context.config))]  # what is only owned is not bought
    panel = replace(context.panel, frames=bought)
    return partial(quota_parts, context.config, panel, opening=opening, buckets=context.terms.buckets)


def benchmark_plan(plan: Plan, panel: Panel, core: str | None) -> Plan:
    """The same plan with all the money in the core."""
    weights = np.array([[1.0 if symbol == core else 0.0 for symbol in panel.symbols]])
    return replace(plan, targets=weights, target_row=np.zeros_like(plan.target_row))
