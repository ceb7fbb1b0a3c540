"""What the kernel is given: prices, terms and a plan as plain arrays, and slices of them without a copy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ConfigError
from engine.ledger.layout import (
    ASSET,
    BUCKET,
    EVENT,
    MARKET,
    MARKET_COLUMNS,
    PARAMETER,
    PLAN,
    RULE,
    TAKING,
    YEAR,
)
from engine.market.panel import Panel
from engine.market.series import Dates, Floats, Ints, Mask
from engine.messages import message
from engine.plan import Plan, Policy
from engine.rules.deposits import pays_interest
from engine.rules.terms import BucketKind, Terms
from engine.takings import Taking

Flags = NDArray[np.uint8]


@dataclass(frozen=True)
class MarketData:
    """Prices, law and costs of some sessions, packed for the kernel; shared by all plans on them.

    ``market`` (T, 5 A + 2 or more), ``terms`` and ``terms_once`` (for a plan that is not recurring),
    ``parameters``: see engine/ledger/layout.py. ``flags`` (T,) marks dividends and the turns of years.
    """

    market: Floats
    terms: Floats
    terms_once: Floats
    parameters: Floats
    flags: Flags
    assets: int
    buckets: int

    @property
    def base_price(self) -> Floats:
        """(T, A) value of one unit in base currency."""
        return self.market[:, MARKET.BASE_PRICE * self.assets : (MARKET.BASE_PRICE + 1) * self.assets]


def make_market_data(panel: Panel, terms: Terms) -> MarketData:
    """A panel under its terms."""
    yen_books = bool((terms.kind != BucketKind.PLAIN).any())
    flags = (
        calendar_flags(panel.sessions, bool((terms.term > 0).any()))
        if yen_books
        else np.zeros(len(panel.sessions), np.uint8)
    )
    flags |= np.where((panel.dividend > 0.0).any(axis=1), np.uint8(EVENT.DIVIDEND), np.uint8(0))
    if terms.deposit >= 0:
        flags |= np.where(pays_interest(panel.sessions), np.uint8(EVENT.DIVIDEND), np.uint8(0))
    return MarketData(
        market=_market(panel, terms),
        terms=_terms(terms, terms.route),
        terms_once=_terms(terms, terms.route_once),
        parameters=_parameters(terms, panel),
        flags=flags,
        assets=len(panel.symbols),
        buckets=len(terms.buckets),
    )


def slice_market(data: MarketData, start: int, end: int) -> MarketData:
    """Sessions ``start`` .. ``end`` - 1 as a simulation of their own; nothing is copied but the flags."""
    flags = data.flags[start:end].copy()
    flags[:1] &= ~np.uint8(EVENT.NEW_YEAR | EVENT.APRIL)  # nothing to close before a simulation has begun
    flags[-1:] &= ~np.uint8(EVENT.YEAR_END)  # nothing to move when it is over
    return replace(data, market=data.market[start:end], flags=flags)


def _market(panel: Panel, terms: Terms) -> Floats:
    """(T, 5 A + 2): every asset's dividend, price, mid rate, base price, settlement year; year; day.

    Behind them what decisions are made on, where that is not the base price, and a deposit's interest.
    """
    columns: list[NDArray[Any]] = [
        panel.dividend,
        panel.price,
        panel.fx,
        panel.price * panel.fx,
        terms.settle_year,
        terms.year[:, None],
        panel.sessions.astype("datetime64[D]").astype(np.int64)[:, None],
    ]
    if panel.known is not None:
        columns.append(panel.known * panel.fx)
    if terms.deposit >= 0:
        columns.append(terms.deposit_rates.earned(panel.sessions)[:, None])
        columns.append(pays_interest(panel.sessions)[:, None])
    return np.ascontiguousarray(np.concatenate(columns, axis=1), np.float64)


def _terms(terms: Terms, route: Ints) -> Floats:
    """One row an asset, one a bucket, one a year, those included in which orders settle and parts are sold."""
    assets, buckets = route.shape
    years = len(terms.exempt)
    more = (0, years - terms.annual_limit.shape[1])
    table = np.zeros((assets + buckets + years, max(ASSET.ROUTE, YEAR.ANNUAL_LIMIT, len(BUCKET)) + buckets))
    of_assets, of_buckets, of_years = np.split(table, [assets, assets + buckets])
    of_assets[:, : ASSET.ROUTE] = _fields(terms, list(ASSET)[: ASSET.ROUTE])
    of_assets[:, ASSET.ROUTE : ASSET.ROUTE + buckets] = route
    of_buckets[:, : len(BUCKET)] = _fields(terms, BUCKET)
    of_years[:, YEAR.NATIONAL] = np.pad(terms.national, more, mode="edge")
    of_years[:, YEAR.LOCAL] = np.pad(terms.local, more, mode="edge")
    of_years[:, YEAR.INTEREST_NATIONAL] = np.pad(terms.interest_national, more, mode="edge")
    of_years[:, YEAR.INTEREST_LOCAL] = np.pad(terms.interest_local, more, mode="edge")
    of_years[:, YEAR.LOWERS_FOREIGN] = np.pad(terms.lowers_foreign, more, mode="edge")
    of_years[:, YEAR.EXEMPT] = terms.exempt
    of_years[:, YEAR.MINIMUM_RATE] = terms.minimum_rate
    of_years[:, YEAR.ORDINARY_RATE] = terms.ordinary_rate
    limits = np.pad(terms.annual_limit, ((0, 0), more), mode="edge")
    of_years[:, YEAR.ANNUAL_LIMIT : YEAR.ANNUAL_LIMIT + buckets] = limits.T
    return table


def _parameters(terms: Terms, panel: Panel) -> Floats:
    """The law's part of ``parameters``; the plan's part is still zero."""
    found = np.zeros(len(PARAMETER))
    found[PARAMETER.ASSETS], found[PARAMETER.BUCKETS] = terms.route.shape
    own = slice(PARAMETER.FIRST_YEAR, PARAMETER.WHOLE_YEN)
    found[own] = _fields(terms, list(PARAMETER)[own])
    found[PARAMETER.WHOLE_YEN] = panel.currency == "JPY"
    found[PARAMETER.TWO_CLOCKS] = panel.known is not None
    found[PARAMETER.DEPOSIT] = terms.deposit
    found[PARAMETER.LIQUIDATION_YEARS] = terms.liquidation_years
    return found


def _fields(of: Terms | Plan | Taking, names: Iterable[IntEnum]) -> Floats:
    """The fields of these names, side by side."""
    return _side_by_side(_columns(of, names))


def _columns(of: Terms | Plan | Taking, names: Iterable[IntEnum]) -> list[NDArray[Any]]:
    return [np.atleast_1d(getattr(of, name.name.lower())) for name in names]


def _side_by_side(columns: Sequence[NDArray[Any]]) -> Floats:
    found = np.empty((len(columns[0]), len(columns)))
    for number, column in enumerate(columns):
        found[:, number] = column
    return found


def marked(sessions: Mask, event: EVENT) -> Flags:
    """(T,) flags that say so of some sessions."""
    return sessions.astype(np.uint8) * np.uint8(event)


def calendar_flags(sessions: Dates, has_term: bool) -> Flags:
    """(T,) flags of first sessions of years, first sessions from 1 April on, and last sessions of years."""
    years = sessions.astype("datetime64[Y]").astype(np.int64)
    months = sessions.astype("datetime64[M]").astype(np.int64) - 12 * years
    turns = years[1:] != years[:-1]
    spring = (months[1:] >= 3) & (turns | (months[:-1] < 3))
    flags = np.zeros(len(sessions), np.uint8)
    flags[1:] |= np.where(turns, EVENT.NEW_YEAR, 0).astype(np.uint8)
    flags[1:] |= np.where(spring, EVENT.APRIL, 0).astype(np.uint8)
    if has_term:
        flags[:-1] |= np.where(turns, EVENT.YEAR_END, 0).astype(np.uint8)
    return flags


def nothing_owned() -> Floats:
    """The opening of a simulation that begins with its first deposit."""
    return np.empty(0)


@dataclass(frozen=True)
class KernelInputs:
    """A plan on its sessions as the kernel takes it, for any number of simulations that differ in weights only.

    ``market``, ``terms`` and ``parameters`` as in MarketData, the plan's part of ``parameters`` filled in;
    ``plan`` (T, PLAN), ``flags`` (T,), ``deposits`` the sessions on which money arrives. ``opening`` (rows of
    ``state``,): what is there before the first session, see engine/ledger/opening.py; empty where nothing is.
    ``takings``: what the takings are called.
    """

    market: Floats
    terms: Floats
    parameters: Floats
    plan: Floats
    flags: Flags
    deposits: tuple[int, ...]
    opening: Floats = field(default_factory=nothing_owned)
    takings: tuple[str, ...] = ()

    @property
    def tax_free_years(self) -> Floats:
        """(B,) of every bucket, 0 = without end."""
        assets, buckets = (int(self.parameters[size]) for size in (PARAMETER.ASSETS, PARAMETER.BUCKETS))
        return self.terms[assets : assets + buckets, BUCKET.TERM]

    @property
    def first_day(self) -> np.datetime64:
        """The date of the first session."""
        assets = int(self.parameters[PARAMETER.ASSETS])
        return np.datetime64(int(self.market[0, MARKET_COLUMNS * assets + 1]), "D")

    @property
    def last_day(self) -> np.datetime64:
        """The date of the last session."""
        assets = int(self.parameters[PARAMETER.ASSETS])
        return np.datetime64(int(self.market[-1, MARKET_COLUMNS * assets + 1]), "D")

    @property
    def first(self) -> int:
        """The session from which returns and statistics count: that of the first deposit, or the first."""
        if len(self.opening):
            return 0
        if not self.deposits:
            told = message(
                "no money arrives from {first} to {last}: there is nothing to simulate",
                first=str(self.first_day),
                last=str(self.last_day),
            )
            raise ConfigError(
                told, hint=message("contributions that fall due in every window, or holdings to begin with")
            )
        return self.deposits[0]


def in_takings(plan: Plan) -> Plan:
    """``plan`` with its one plain withdrawal as a taking: of two clocks these alone are paid in two turns."""
    nothing = np.zeros(len(plan.withdrawal))
    if not (plan.withdrawal.any() or plan.withdrawal_share.any()):
        return plan
    only = Taking("", plan.withdrawal, plan.withdrawal_share, nothing, nothing)
    return replace(plan, withdrawal=nothing, withdrawal_share=nothing, takings=(only, *plan.takings))


def make_inputs(data: MarketData, plan: Plan) -> KernelInputs:
    """``plan`` on the sessions of ``data``."""
    plan = in_takings(plan) if data.parameters[PARAMETER.TWO_CLOCKS] else plan
    columns = [*_columns(plan, PLAN), *(each for item in plan.takings for each in _columns(item, TAKING))]
    moves = np.zeros(len(data.flags), np.bool_)
    for number, column in enumerate(columns):
        if number != PLAN.TARGET_ROW:
            moves |= column > 0.0
    flags = data.flags | marked(moves, EVENT.FLOW)
    if plan.policy in (Policy.CALENDAR, Policy.BAND):
        flags |= marked(plan.rebalance, EVENT.REBALANCE)
        if data.parameters[PARAMETER.TWO_CLOCKS]:
            flags |= marked(plan.resumes, EVENT.RESUME)
    flags |= marked(plan.transfer, EVENT.TRANSFER)
    own = _fields(plan, list(PARAMETER)[PARAMETER.POLICY :])
    rules = [_fields(item, RULE).ravel() for item in plan.takings]
    parameters = np.concatenate([data.parameters[: PARAMETER.POLICY], own.ravel(), *rules])
    terms = data.terms if plan.recurring else data.terms_once
    deposits = tuple(np.flatnonzero(plan.deposit > 0.0).tolist())
    names = tuple(item.name for item in plan.takings)
    return KernelInputs(
        data.market, terms, parameters, _side_by_side(columns), flags, deposits, takings=names
    )


def slice_inputs(inputs: KernelInputs, start: int, end: int, *, restart: bool = False) -> KernelInputs:
    """Sessions ``start`` .. ``end`` - 1 as a simulation of their own; nothing is copied but flags.

    For plans whose flows do not depend on when the simulation began: at each session the same as in the whole,
    or with ``restart`` the same from each simulation's first session on (a lump sum; the whole has it on session
    0). The first session of a simulation is never one of rebalancing, and closes no year, unless something is
    owned before it: the part then begins where the whole does.
    """
    flags = inputs.flags[start:end].copy()
    if not len(inputs.opening):
        flags[:1] &= ~np.uint8(EVENT.NEW_YEAR | EVENT.APRIL | EVENT.REBALANCE | EVENT.RESUME)
    flags[-1:] &= ~np.uint8(EVENT.YEAR_END)
    plan = inputs.plan[: end - start] if restart else inputs.plan[start:end]
    if restart:
        flags[:1] |= np.uint8(EVENT.FLOW)
        deposits: tuple[int, ...] = (0,)
    else:
        low, high = bisect_left(inputs.deposits, start), bisect_left(inputs.deposits, end)
        deposits = tuple(session - start for session in inputs.deposits[low : min(low + 1, high)])
    return replace(inputs, market=inputs.market[start:end], plan=plan, flags=flags, deposits=deposits)
