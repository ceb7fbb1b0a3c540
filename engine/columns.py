"""The tables of a result: what a simulation's ledger says, as named columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.context import RunContext
from engine.ledger.invariants import Ledger
from engine.market.panel import Panel
from engine.market.price_level import PriceLevel
from engine.market.series import Dates, Floats, calendar_years, last_of_each
from engine.metrics import full_years, with_return
from engine.plan import Plan, flow_source
from engine.rules.calendar import settlement_date
from engine.rules.terms import Terms


def exchange_gains(panel: Panel, ledger: Ledger, start: int) -> Floats | None:
    """(T,) what the change of the exchange rates since the session before made of what was held overnight.

    In base currency: units × price × change of the rate, so that a change of both belongs to the rate. None
    where no asset is in a foreign currency.
    """
    if all(currency == panel.currency for currency in panel.asset_currency):
        return None
    here = slice(start, start + len(ledger.value))
    held = np.concatenate([np.zeros((1, len(panel.symbols))), ledger.units.sum(axis=1)[:-1]])
    change = np.diff(panel.fx[here], axis=0, prepend=panel.fx[start : start + 1])
    gains: Floats = (held * panel.price[here] * change).sum(axis=1)
    return gains


def equity_columns(panel: Panel, terms: Terms, ledger: Ledger, start: int, index: Floats) -> dict[str, Any]:
    """A row a session: see Result.equity."""
    sessions = panel.sessions[start : start + len(ledger.value)]
    base = panel.base_price[start : start + len(ledger.value)]
    kind, at = ledger.moves["kind"], ledger.moves["session"]
    columns: dict[str, Any] = {"date": sessions, "value": ledger.value}
    for name, which, sign in (("contributed", "deposit", 1.0), ("withdrawn", "withdrawal", -1.0)):
        moved = np.where(kind == which, sign * ledger.moves["amount"], 0.0)
        columns[name] = np.bincount(at, weights=moved, minlength=len(sessions)).cumsum()
    columns["contributed"] = columns["contributed"] + ledger.opening
    columns |= {"flow": ledger.flow, "cash": ledger.cash, "twr": index}
    columns["usdjpy"] = panel.usdjpy[start : start + len(sessions)]
    worth = ledger.units * base[:, None, :]
    for a, symbol in enumerate(panel.symbols):
        columns[f"asset:{symbol}"] = worth[:, :, a].sum(axis=1)
    for b, bucket in enumerate(terms.buckets):
        columns[f"bucket:{bucket}"] = worth[:, b, :].sum(axis=1)
    for a, symbol in enumerate(panel.symbols):
        columns[f"price:{symbol}"] = base[:, a].copy()
    return columns


def price_columns(level: PriceLevel, plan: Plan, ledger: Ledger, sessions: Dates) -> dict[str, Any]:
    """What of Result.equity readings in today's money need besides: consumer prices, and what was not paid.

    No ``unpaid`` where everything was paid, or where the ledger's sum is not that of the plan's own amounts.
    """
    columns: dict[str, Any] = {"price_level": level.on(sessions)}
    begun = (ledger.value > 0.0).cumsum() + (plan.deposit > 0.0).cumsum() > 0
    paid = np.zeros(len(sessions))
    taken = ledger.moves["kind"] == "withdrawal"
    np.add.at(paid, ledger.moves["session"][taken], -ledger.moves["amount"][taken].astype(np.float64))
    unpaid = np.where(begun, np.maximum(plan.withdrawal - paid, 0.0), 0.0)
    whole = ledger.stats["unpaid"]
    if whole > 0.0 and abs(float(unpaid.sum()) - whole) <= 1e-6 * whole:
        columns["unpaid"] = unpaid
    return columns


def transaction_columns(panel: Panel, terms: Terms, ledger: Ledger, start: int) -> dict[str, Any]:
    """A row a movement: see Result.transactions."""
    moves = ledger.moves
    at = moves["session"] + start
    asset = moves["asset"]
    traded = np.isin(moves["kind"], ("buy", "sell"))
    settlement = panel.sessions[at].copy()
    for a in range(len(panel.symbols)):
        mine = traded & (asset == a)
        settlement[mine] = settlement_date(panel.sessions[at[mine]], panel.kind[a])
    on_asset = asset >= 0
    names = np.array([*panel.symbols, ""])
    buckets = np.array([*terms.buckets, ""])
    return {
        "date": panel.sessions[at],
        "settlement": settlement,
        "account": buckets[moves["bucket"]],
        "asset": names[asset],
        "kind": moves["kind"],
        "units": moves["units"],
        "price": np.where(on_asset, panel.price[at, asset], np.nan),
        "fx": np.where(on_asset, panel.fx[at, asset], np.nan),
        "amount": moves["amount"],
        "cost": moves["cost"],
        "cash_after": moves["cash_after"],
    }


def year_columns(
    equity: Mapping[str, Any], transactions: Mapping[str, Any], edges: tuple[bool, bool] = (False, False)
) -> dict[str, Any]:
    """A row a calendar year: see Result.years. ``edges`` as of ``engine.metrics.full_years``."""
    years = calendar_years(equity["date"])
    moved = calendar_years(transactions["date"])
    last = np.flatnonzero(last_of_each(years))
    names = years[last]
    kind = transactions["kind"]

    def sums(column: str, *kinds: str) -> Floats:
        part = np.where(np.isin(kind, kinds), transactions[column], 0.0) if kinds else transactions[column]
        totals = np.bincount(moved - names[0], weights=part, minlength=len(names)) + 0.0
        return totals.astype(np.float64)

    counted = with_return(equity["value"], equity["flow"])
    first = int(np.argmax(counted))
    _, returns, whole = full_years(equity["date"][first:], equity["twr"][first:], counted[first:], edges)
    before = len(names) - len(returns)
    return {
        "year": names,
        "contributed": sums("amount", "deposit") + np.where(names == names[0], _opened(transactions), 0.0),
        "withdrawn": -sums("amount", "withdrawal") + 0.0,
        "dividends": sums("amount", "dividend"),
        "dividend_tax": -sums("amount", "source_tax", "dividend_tax", "interest_tax") + 0.0,
        "tax": -sums("amount", "tax", "tax_refund") + 0.0,
        "cost": sums("cost"),
        "value": equity["value"][last],
        "twr": np.concatenate([np.full(before, np.nan), returns]),
        "full": np.concatenate([np.zeros(before, np.int64), whole.astype(np.int64)]),
    }


def _opened(transactions: Mapping[str, Any]) -> float:
    """What was owned before the first session, at its close."""
    owned = transactions["kind"] == "opening"
    worth = transactions["units"][owned] * transactions["price"][owned] * transactions["fx"][owned]
    return float(transactions["amount"][owned].sum() + np.nansum(worth))


def quota_columns(terms: Terms, ledger: Ledger) -> dict[str, Any]:
    """A row a year and NISA frame that had room or was used: see Result.quota."""
    quota = ledger.quota
    shown = (quota["limit"] > 0) | (quota["used"] > 0) | (quota["given_back"] > 0)
    names = np.array([bucket.removeprefix("nisa.") for bucket in terms.buckets])
    limit, used, left = (quota[name][shown] for name in ("limit", "used", "lifetime_left"))
    return {
        "year": quota["year"][shown],
        "frame": names[quota["bucket"][shown]],
        "limit": limit,
        "used": used,
        "given_back": quota["given_back"][shown],
        "lifetime_left": np.where(np.isfinite(left), left, np.nan),
        "lapsed": np.maximum(limit - used, 0.0),
    }


def flow_columns(context: RunContext, end: np.datetime64) -> dict[str, Any]:
    """A row a period of the fund flows that a plan watches, up to ``end``: see Result.flows."""
    if context.flows is None or flow_source(context.config) is None:
        return {}
    known = context.flows.dates <= end
    return {"date": context.flows.dates[known], "flow": context.flows.flow[known]}
