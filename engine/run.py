"""One configuration from prices to a result: the order of the steps, each a call into its room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar, Unpack

import numpy as np

from engine.columns import (
    equity_columns,
    exchange_gains,
    flow_columns,
    price_columns,
    quota_columns,
    transaction_columns,
    year_columns,
)
from engine.config import Config
from engine.config.arguments import closed
from engine.config.wording import refused
from engine.context import RunContext, benchmark_plan, flows_of, load_panel, opening_of, plan_of, prepare
from engine.ledger.inputs import slice_market
from engine.ledger.invariants import Ledger
from engine.ledger.simulation import simulate_one
from engine.manifest import manifest_of, with_two_clocks
from engine.market import exchanges
from engine.market.flows import Flows
from engine.market.panel import Panel
from engine.market.panel_builder import life_range
from engine.market.sources import Access, Source
from engine.messages import Message, Money, message
from engine.metrics import has_whole_years, metrics_of, named_years
from engine.own_code import refuse_peeking
from engine.plan import Plan, begun, core_of, in_core_alone
from engine.plan_notes import notes_of
from engine.result import Result
from engine.rules.assumptions import high_incomes
from engine.rules.opening import Opening

T = TypeVar("T")


@closed(Access)
def run(config: Config, *, source: str | Source | None = None, **access: Unpack[Access]) -> Result:
    """The result of one configuration, with the same money in the core alone as benchmark where there is one.

    ``source`` replaces the configuration's own; ``access``: what the cache may do. Raises ConfigError,
    DataError; LedgerError is a defect.
    """
    return run_on(config, load_panel(config, source=source, **access), flows_of(config, source))


class Keep(Protocol):
    """Gives what ``make`` makes, or made for a configuration that differs in its satellite's weight alone."""

    def __call__(self, name: str, make: Callable[[], T]) -> T:
        """``name`` says which of the parts of a run it is."""


def _made_anew(name: str, make: Callable[[], T]) -> T:
    return make()


def run_on(config: Config, panel: Panel, flows: Flows | None = None, keep: Keep = _made_anew) -> Result:
    """The same on prices that are at hand already, such as in a process that answers again and again.

    Law and the same money in the core alone do not hang on the satellite's weight: ``keep`` may have them.
    """
    context = replace(keep("context", lambda: prepare(config, panel, flows)), config=config)
    start, stop = life_range(panel, config.period.start, config.period.end)
    refuse_a_gap(config, panel, start)
    refuse_peeking(config, panel.symbols, panel.sessions[:stop], panel.base_price[:stop])
    plan = plan_of(context, start, stop)
    result = simulate_plan(context, plan, start, stop)
    core = core_of(config)
    if core is None:
        return result

    def alone() -> Result:
        in_core = replace(context, config=in_core_alone(config, core))
        return simulate_plan(in_core, benchmark_plan(plan, panel, core), start, stop)

    return with_two_clocks(replace(result, benchmark=keep("benchmark", alone)), core)


def simulate_plan(context: RunContext, plan: Plan, start: int, stop: int) -> Result:
    """Simulate one plan on sessions ``start`` .. ``stop`` - 1 and tell what happened."""
    panel, terms, config = context.panel, context.terms, context.config
    opening = opening_of(context, start)
    ledger = simulate_one(slice_market(context.market_data, start, stop), plan, opening)
    # There is a deposit, or holdings, or nothing would have been simulated.
    first = int(np.flatnonzero(plan.deposit)[0]) if opening is None else 0
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
        years=named_years(config.period.start, config.period.end) if first == 0 else 0,
        edges=edges,
        per_year=panel.per_year,
    )
    twr = np.concatenate([np.ones(first), index])
    equity = equity_columns(panel, terms, ledger, start, twr)
    if context.level is not None:
        equity |= price_columns(context.level, plan, ledger, sessions)
    transactions = transaction_columns(panel, terms, ledger, start)
    return Result(
        name=config.name,
        config=config.resolved(),
        manifest={
            **manifest_of(
                context,
                sessions,
                [
                    *_of_holdings(config, opening, ledger),
                    *high_incomes(terms, sessions[-1], panel.kind, float(ledger.value[-1])),
                    *notes_of(config, sessions, plan),
                ],
            ),
            **_start_of(opening),
        },
        metrics=metrics,
        reasons=reasons,
        equity=equity,
        transactions=transactions,
        years=year_columns(equity, transactions, edges),
        quota=quota_columns(terms, ledger),
        flows=flow_columns(context, sessions[-1]),
    )


def refuse_a_gap(config: Config, panel: Panel, start: int) -> None:
    """Raise ConfigError where holdings are the state of a run, which does not go on on the session after it."""
    held = config.holdings
    if held is None or held.since is None or begun(config, panel.sessions, start) is not None:
        return
    day = panel.sessions[start].item()
    next_day = held.as_of + dt.timedelta(days=1) if held.as_of else day
    raise refused(
        message(
            "a run's state of {as_of} goes on on the session after it; the period begins on {day}",
            as_of=held.as_of or day,
            day=day,
        ),
        key="holdings.as_of",
        hint=message("period.start: {day}", day=next_day),
    )


def _start_of(opening: Opening | None) -> dict[str, Any]:
    """Whether a run goes on from the day of its holdings: no record of it says which session was before."""
    if opening is None:
        return {}
    return {"holdings": {"goes_on_from": None if opening.day is None else str(opening.day)}}


def _of_holdings(config: Config, opening: Opening | None, ledger: Ledger) -> list[Message]:
    """How what was owned at the start counts."""
    if opening is None:
        return []
    said = [
        message(
            "Begins with holdings worth {value} at the first close: that is the first payment in; gains, returns "
            "and the principal are measured from it, tax on gains from what the units had cost.",
            value=Money(ledger.opening, config.currency),
        )
    ]
    as_of = None if config.holdings is None else config.holdings.as_of
    if as_of is not None and opening.day is None:
        said.append(
            message(
                "The holdings are those of {as_of}: they are taken as held just before the first session, their "
                "years counted from there.",
                as_of=as_of,
            )
        )
    return said


def whole_edges(panel: Panel, first: int, stop: int) -> tuple[bool, bool]:
    """Whether session ``first`` is the first one of its year, and session ``stop`` - 1 the last of its own.

    By the panel's sessions around them; where the data begin or end there, by the exchanges' calendars. Of
    weekly and monthly prices the first session of a year ends its first week or month: what came before it is
    not in the simulation, whose first year is no whole one.
    """
    sessions, years, kinds, last = panel.sessions, panel.years, set(panel.kind), stop - 1
    if not has_whole_years(panel.per_year):
        begins = False
    elif first > 0:
        begins = years[first - 1] < years[first]
    else:
        begins = sessions[0] <= max(exchanges.year_of(int(years[0]), kind)[0] for kind in kinds)
    if stop < len(sessions):
        ends = years[stop] > years[last]
    else:
        ends = sessions[last] >= min(exchanges.year_of(int(years[last]), kind)[1] for kind in kinds)
    return bool(begins), bool(ends)
