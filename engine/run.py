"""One configuration from prices to a result: the order of the steps, each a call into its room."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import numpy as np

from engine.columns import (
    equity_columns,
    exchange_gains,
    flow_columns,
    quota_columns,
    transaction_columns,
    year_columns,
)
from engine.config import Config
from engine.config.arguments import closed
from engine.context import RunContext, benchmark_plan, flows_of, load_panel, plan_of, prepare
from engine.ledger.inputs import slice_market
from engine.ledger.simulation import simulate_one
from engine.manifest import manifest_of, with_two_clocks
from engine.market import exchanges
from engine.market.panel import Panel
from engine.market.panel_builder import life_range
from engine.market.sources import Access, Source
from engine.metrics import metrics_of, whole_years
from engine.plan import Plan, core_config, core_of, notes_of
from engine.result import Result


@closed(Access)
def run(config: Config, *, source: str | Source | None = None, **access: Unpack[Access]) -> Result:
    """The result of one configuration, with the same money in the core alone as benchmark where there is one.

    ``source`` replaces the configuration's own; ``access``: what the cache may do. Raises ConfigError,
    DataError; LedgerError is a defect.
    """
    panel = load_panel(config, source=source, **access)
    context = prepare(config, panel, flows_of(config, source))
    start, stop = life_range(panel, config.period.start, config.period.end)
    plan = plan_of(context, start, stop)
    result = simulate_plan(context, plan, start, stop)
    core, alone = core_of(config), core_config(config)
    if core is None or alone is None:
        return result
    in_core = benchmark_plan(plan, panel, core)
    benchmark = simulate_plan(replace(context, config=alone), in_core, start, stop)
    return with_two_clocks(replace(result, benchmark=benchmark), core)


def simulate_plan(context: RunContext, plan: Plan, start: int, stop: int) -> Result:
    """Simulate one plan on sessions ``start`` .. ``stop`` - 1 and tell what happened."""
    panel, terms, config = context.panel, context.terms, context.config
    ledger = simulate_one(slice_market(context.market_data, start, stop), plan)
    first = int(np.flatnonzero(plan.deposit)[0])  # there is one, or nothing would have been simulated
    sessions, gains = panel.sessions[start:stop], exchange_gains(panel, ledger, start)
    edges = whole_edges(panel, start + first, stop)
    metrics, reasons, index = metrics_of(
        ledger.stats,
        sessions[first:],
        ledger.value[first:],
        ledger.flow[first:],
        sold=float(ledger.moves["amount"][ledger.moves["kind"] == "sell"].sum()),
        exchange=None if gains is None else gains[first:],
        risk_free=config.risk_free,
        years=named_years(config) if first == 0 else 0,
        edges=edges,
        per_year=panel.per_year,
    )
    equity = equity_columns(panel, terms, ledger, start, np.concatenate([np.ones(first), index]))
    transactions = transaction_columns(panel, terms, ledger, start)
    return Result(
        name=config.name,
        config=config.resolved(),
        manifest=manifest_of(context, sessions, notes_of(config, sessions, plan)),
        metrics=metrics,
        reasons=reasons,
        equity=equity,
        transactions=transactions,
        years=year_columns(equity, transactions, edges),
        quota=quota_columns(terms, ledger),
        flows=flow_columns(context, sessions[-1]),
    )


def named_years(config: Config) -> int:
    """How many whole years the period is by its name; 0 where it is none, or the data's."""
    start, end = config.period.start, config.period.end
    if start is None or end is None:
        return 0
    return whole_years(np.datetime64(start, "D"), np.datetime64(end, "D"))


def whole_edges(panel: Panel, first: int, stop: int) -> tuple[bool, bool]:
    """Whether session ``first`` is the first one of its year, and session ``stop`` - 1 the last of its own.

    By the panel's sessions around them; where the data begin or end there, by the exchanges' calendars.
    """
    sessions, years, kinds, last = panel.sessions, panel.years, set(panel.kind), stop - 1
    if first > 0:
        begins = years[first - 1] < years[first]
    else:
        begins = sessions[0] <= max(exchanges.year_of(int(years[0]), kind)[0] for kind in kinds)
    if stop < len(sessions):
        ends = years[stop] > years[last]
    else:
        ends = sessions[last] >= min(exchanges.year_of(int(years[last]), kind)[1] for kind in kinds)
    return bool(begins), bool(ends)
