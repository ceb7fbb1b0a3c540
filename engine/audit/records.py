"""A result's records against each other: prices, costs, interest, totals and quotas from its transactions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.audit import again, law, taxes
from engine.audit.checks import LIMIT, Check
from engine.audit.replay import TRADES, has_prices, held, interest_of, market_price, prices_of
from engine.result import Result


def check_records(result: Result) -> Iterator[Check]:
    """Everything that the transactions alone can tell."""
    for part in (_prices, _costs, _interest, _running, _settlement, _years, _quota, _limits):
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


def _running(result: Result) -> Iterator[Check]:
    """What is summed from row to row: cash after each movement, and what was paid in and out at each close."""
    moves, equity = result.transactions, result.equity
    scale = max(1.0, float(np.abs(moves["amount"]).sum()))
    cash = np.abs(np.cumsum(moves["amount"]) - moves["cash_after"]) / scale
    if len(cash):
        yield Check("cash_after", "transactions", float(cash.max()), str(moves["date"][int(cash.argmax())]))
    for name, kind, sign in (("contributed", "deposit", 1.0), ("withdrawn", "withdrawal", -1.0)):
        paid = sign * np.cumsum(again.by_session(result, kind))
        gap = np.abs(paid - equity[name]) / scale
        yield Check("running", "transactions", float(gap.max()), str(result.dates[int(gap.argmax())]), name)
    flow = np.abs(again.by_session(result, "deposit", "withdrawal") - equity["flow"]) / scale
    yield Check("flow", "transactions", float(flow.max()), str(result.dates[int(flow.argmax())]))


def _settlement(result: Result) -> Iterator[Check]:
    """The settlement date of every trade, in Tokyo business days of the tables; the session for all else."""
    wrong = [
        str(move.date)
        for move in taxes.moves(result)
        if move.settlement
        != (
            law.settled(law.kind_of(result, move.asset), move.date)
            if move.kind in ("buy", "sell")
            else move.date
        )
    ]
    yield Check("settlement", "transactions", float(len(wrong)), wrong[0] if wrong else "", limit=0.0)


def _apart(ours: float, theirs: float) -> float:
    """How far two numbers are apart; two that do not exist are the same."""
    if math.isnan(ours) or math.isnan(theirs):
        return 0.0 if math.isnan(ours) and math.isnan(theirs) else math.inf
    return abs(ours - theirs) / max(1.0, abs(theirs))


def _years(result: Result) -> Iterator[Check]:
    """years.csv, added up again year by year."""
    found = again.years(result)
    for name, column in result.years.items():
        theirs = [row.get(name, math.nan) for row in found]
        if len(theirs) != len(column):
            yield Check("years", "transactions", math.inf, of=name)
            continue
        gap = [_apart(float(x), y) for x, y in zip(column.tolist(), theirs)]
        worst = max(range(len(gap)), key=gap.__getitem__)
        yield Check("years", "transactions", gap[worst], str(int(found[worst]["year"])), name)


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


def quota_of(result: Result) -> tuple[taxes.Amounts, taxes.Amounts]:
    """Quota used, and book given back, by (settlement year, frame), from the transactions alone."""
    used: taxes.Amounts = {}
    given: taxes.Amounts = {}
    book: dict[tuple[str, str], tuple[float, float]] = {}  # units and their book
    for move in taxes.moves(result):
        if not move.account.startswith("nisa.") or move.kind not in TRADES:
            continue
        frame, year = move.account.removeprefix("nisa."), move.settlement.year
        have, cost = book.get((move.account, move.asset), (0.0, 0.0))
        if move.units > 0:
            amount = math.floor(move.units * move.price * move.fx + taxes.NEAR)
            used[year, frame] = used.get((year, frame), 0.0) + amount
            book[move.account, move.asset] = (have + move.units, cost + amount)
            continue
        left = have + move.units
        out = cost if left <= taxes.DUST * have else cost * -move.units / have
        book[move.account, move.asset] = (max(left, 0.0), cost - out)
        if law.restores(result, frame):
            given[year, frame] = given.get((year, frame), 0.0) + out
    return used, given


def _limits(result: Result) -> Iterator[Check]:
    """Annual limits of the law, what the lifetime limits leave, and what lapsed, in every quota row."""
    rows = result.quota
    if not len(rows.get("year", ())):
        return
    book = taxes.QuotaBook(result, *quota_of(result))
    lawful = book.rows()
    unlike = sorted(set(zip(rows["year"].tolist(), rows["frame"].tolist())) ^ lawful)
    where = "".join(f"{frame} {year}" for year, frame in unlike[:1])
    yield Check("quota_rows", "transactions", float(len(unlike)), where, limit=0.0)
    for name, told_by in (
        ("limit", book.limit),
        ("lifetime_left", book.lifetime_left),
        ("lapsed", book.lapsed),
    ):
        gap, where = 0.0, ""
        for year, frame, told in zip(rows["year"].tolist(), rows["frame"].tolist(), rows[name].tolist()):
            difference = _apart(told, told_by(year, frame)) if (year, frame) in lawful else 0.0
            if difference > gap:
                gap, where = difference, f"{frame} {year}"
        yield Check(f"quota_{name}", "transactions", gap, where)
