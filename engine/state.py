"""The state of a run after any session, as a configuration's ``holdings``: a run can go on from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from engine.config import Config
from engine.config.arguments import closed
from engine.config.holdings import Holdings, Position, Refunds, TakenSoFar, YearSoFar
from engine.config.wording import came, refused
from engine.context import RunContext, flows_of, load_panel, opening_of, plan_of, prepare
from engine.ledger.inputs import slice_market
from engine.ledger.simulation import state_after
from engine.market.panel_builder import life_range
from engine.market.sources import Access, Source
from engine.messages import message
from engine.plan import begins, needs_quota
from engine.rules.opening import ByFrame, Opening
from engine.run import refuse_a_gap, whole_edges


@closed(Access)
def state_at(
    config: Config, day: dt.date, *, source: str | Source | None = None, **access: Unpack[Access]
) -> Holdings:
    """What a configuration owns after the last session up to ``day``.

    A run of the same configuration with it as ``holdings``, whose period begins on the next session, does what the
    whole run does from there on, to the yen. Raises ConfigError where ``day`` is not in the run, DataError.
    """
    panel = load_panel(config, source=source, **access)
    context = prepare(config, panel, flows_of(config, source))
    start, stop = life_range(panel, config.period.start, config.period.end)
    refuse_a_gap(config, panel, start)
    return _state(context, start, stop, day)


def _state(context: RunContext, start: int, stop: int, day: dt.date) -> Holdings:
    panel, config = context.panel, context.config
    if needs_quota(config) and config.holdings is not None:
        hint = message("strategy.contributions.amount: what is paid in a year")
        told = message("what fills the limits left by holdings is not known from a later state")
        raise refused(told, key="strategy.contributions", hint=hint)
    plan, opening = plan_of(context, start, stop), opening_of(context, start)
    begun = start if opening is not None else start + int(np.flatnonzero(plan.deposit)[0])
    last = int(np.searchsorted(panel.sessions[:stop], np.datetime64(day, "D"), side="right")) - 1
    if last < begun or day > panel.sessions[stop - 1].item():
        first, end = panel.sessions[begun].item(), panel.sessions[stop - 1].item()
        allowed = message("a day of the run, {first} to {last}", first=first, last=end)
        raise refused(came(day, allowed), key="--state-at")
    state = state_after(
        slice_market(context.market_data, start, stop),
        plan,
        opening,
        last + 1 - start,
        ends_year=whole_edges(panel, start, last + 1)[1],
    )
    since = begins(config, panel.sessions, start)
    return holdings_of(state, panel.symbols, context.terms.buckets, since=since)


def holdings_of(
    opening: Opening, symbols: Sequence[str], buckets: Sequence[str], *, since: dt.date
) -> Holdings:
    """A state by name; ``since``: the day from which its plan counts."""

    def by_frame(books: ByFrame) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for (bucket, year), book in books.items():
            found.setdefault(str(year), {})[buckets[bucket].removeprefix("nisa.")] = book
        return found

    sums: Mapping[str, Mapping[int, float]] = {
        name: getattr(opening, name) for name in ("gain", "withheld", "dividends", "dividend_tax")
    }
    years = sorted({year for column in sums.values() for year in column})
    so_far = {
        str(year): YearSoFar(**{name: column.get(year, 0.0) for name, column in sums.items()})
        for year in years
    }
    positions = tuple(
        Position(
            asset=symbols[lot.asset],
            account=_account(buckets[lot.bucket]),
            units=lot.units,
            cost=lot.cost,
            year=lot.year or None,
        )
        for lot in opening.lots
    )
    assert opening.day is not None, "a state is that of a day"
    return Holdings(
        as_of=opening.day.astype(dt.date),
        cash=max(opening.cash, 0.0),
        positions=positions,
        losses={str(year): loss for year, loss in opening.losses.items()},
        quota_used=by_frame(opening.bought),
        given_back=by_frame(opening.given_back),
        year_so_far=so_far,
        refunds=Refunds(gains=opening.refund, dividends=opening.dividend_refund),
        accrued_interest=opening.accrued,
        since=since,
        reserve=min(opening.reserve, max(opening.cash, 0.0)),
        set_aside={symbols[asset]: cash for asset, cash in opening.earmark.items()},
        taken={
            name: TakenSoFar(amount=amount, basis=basis) for name, (amount, basis) in opening.taken.items()
        },
    )


def _account(bucket: str) -> Any:
    """A bucket's name, which is one of the words of ``Position.account``."""
    return bucket
