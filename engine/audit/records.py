"""A result's records against each other: prices, costs, interest, totals and quotas from its transactions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.audit.checks import LIMIT, Check
from engine.audit.replay import TRADES, has_prices, held, interest_of, market_price, prices_of
from engine.result import Result

NEAR = 1e-7  # yen: an amount this close to a whole yen is that yen


def check_records(result: Result) -> Iterator[Check]:
    """Everything that the transactions alone can tell."""
    for part in (_prices, _costs, _interest, _sums, _quota):
        yield from part(result)


def _prices(result: Result) -> Iterator[Check]:
    """The price of every transaction against the price its session is valued at."""
    moves = result.transactions
    for symbol in result.symbols:
        mine = (moves["asset"] == symbol) & np.isin(moves["kind"], TRADES)
        if not mine.any():
            continue
        at = np.searchsorted(result.dates, moves["date"][mine])
        valued = prices_of(result, symbol)[at]
        known = np.ones(len(at), np.bool_) if has_prices(result) else held(result, symbol)[at] > 1e-6
        gap = np.abs(market_price(moves)[mine] / valued - 1.0)[known]
        if len(gap):
            where = str(moves["date"][mine][known][int(gap.argmax())])
            yield Check("price", "transactions", float(gap.max()), where, symbol)


def _costs(result: Result) -> Iterator[Check]:
    """What a trade took beyond its market value is its recorded cost, to the rounding of a yen."""
    moves = result.transactions
    traded = np.isin(moves["kind"], ("buy", "sell")) & (moves["amount"] != 0.0)
    taken = -(moves["amount"] + moves["units"] * market_price(moves))
    gap = np.abs(taken - moves["cost"])[traded]
    rounded = (moves["account"] != "plain")[traded]
    size = np.abs(moves["amount"])[traded]
    for what, part, allowed in (
        ("yen_cost", rounded, 1.0 + 1e-6),
        ("cost", ~rounded, LIMIT),
    ):
        if part.any():
            found = gap[part] if allowed > LIMIT else gap[part] / np.maximum(size[part], 1.0)
            yield Check(what, "transactions", float(found.max()), limit=allowed)


def _interest(result: Result) -> Iterator[Check]:
    """Every recorded payment of interest against the days since the one before."""
    moves = result.transactions
    paid = moves["kind"] == "interest"
    if not paid.any():
        return
    earned = np.concatenate([[0.0], np.cumsum(interest_of(result))])
    at = np.searchsorted(result.dates, moves["date"][paid]) + 1
    gap = np.abs(np.cumsum(moves["amount"][paid]) - earned[at]) / np.maximum(np.abs(earned[at]), 1.0)
    yield Check("interest", "equity", float(gap.max()), str(moves["date"][paid][int(gap.argmax())]))


def _sums(result: Result) -> Iterator[Check]:
    """Totals of the metrics against the sums of the transactions."""
    moves, metrics = result.transactions, result.metrics
    kinds = {
        "contributed": (1.0, ("deposit",)),
        "withdrawn": (-1.0, ("withdrawal",)),
        "tax_paid": (-1.0, ("tax", "tax_refund")),
        "dividend_tax_paid": (-1.0, ("source_tax", "dividend_tax")),
    }
    for name, (sign, wanted) in kinds.items():
        total = sign * float(moves["amount"][np.isin(moves["kind"], wanted)].sum())
        yield figure(name, "transactions", metrics[name], total)
    yield figure("cost_paid", "transactions", metrics["cost_paid"], float(moves["cost"].sum()))
    yield figure("final_value", "equity", metrics["final_value"], float(result.equity["value"][-1]))


def figure(name: str, by: str, ours: Any, theirs: float, limit: float = LIMIT) -> Check:
    """One figure: relative for money, absolute for what is below one."""
    return Check(name, by, abs(float(ours) - theirs) / max(1.0, abs(theirs)), limit=limit)


def _quota(result: Result) -> Iterator[Check]:
    """NISA quota used and given back by year and frame, added up again from the orders; no limit exceeded."""
    if not len(result.quota.get("year", ())):
        return
    used, given = quota_of(result)
    rows = result.quota
    for name, found in (("used", used), ("given_back", given)):
        gap, where = 0.0, ""
        for year, frame, told in zip(rows["year"], rows["frame"], rows[name]):
            difference = abs(float(told) - found.pop((int(year), str(frame)), 0.0)) / max(1.0, float(told))
            if difference > gap:
                gap, where = difference, f"{frame} {int(year)}"
        missing = [f"{frame} {year}" for (year, frame), amount in found.items() if amount > 1e-6]
        yield Check(f"quota_{name}", "transactions", math.inf if missing else gap, (missing or [where])[0])
    over = np.maximum(rows["used"] - rows["limit"], 0.0) / np.maximum(rows["limit"], 1.0)
    yield Check("annual_limit", "transactions", float(over.max()), limit=0.0)
    below = float(np.maximum(-np.nan_to_num(rows["lifetime_left"]), 0.0).max())
    yield Check("lifetime_limit", "transactions", below, limit=1e-6)


def quota_of(result: Result) -> tuple[dict[tuple[int, str], float], dict[tuple[int, str], float]]:
    """Quota used, and book given back, by (settlement year, frame), from the transactions alone."""
    moves = result.transactions
    used: dict[tuple[int, str], float] = {}
    given: dict[tuple[int, str], float] = {}
    book: dict[tuple[str, str], tuple[float, float]] = {}  # units and their book
    worth = market_price(moves)
    rows = zip(moves["kind"], moves["account"], moves["asset"], moves["units"], worth, moves["settlement"])
    for kind, account, asset, units, price, settled in rows:
        if not account.startswith("nisa.") or kind not in TRADES:
            continue
        frame, year = account.removeprefix("nisa."), int(str(settled)[:4])
        have, cost = book.get((account, asset), (0.0, 0.0))
        if units > 0:
            amount = math.floor(float(units) * float(price) + NEAR)
            used[year, frame] = used.get((year, frame), 0.0) + amount
            book[account, asset] = (have + units, cost + amount)
            continue
        left = have + units
        out = cost if left <= 1e-9 * have else cost * -units / have
        book[account, asset] = (max(left, 0.0), cost - out)
        if not frame.startswith("old_"):
            given[year, frame] = given.get((year, frame), 0.0) + out
    return used, given
