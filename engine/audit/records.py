"""A result's records against each other: prices, costs, interest, totals and quotas from its transactions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from engine.audit import again, law, owned, taxes
from engine.audit.checks import Check, apart, worst
from engine.audit.movements import DUST, NEAR
from engine.audit.movements import moves as moves_of
from engine.audit.replay import HELD, has_prices, held, interest_of, market_price, prices_of
from engine.result import Result


def check_records(result: Result) -> Iterator[Check]:
    """Everything that the transactions alone can tell."""
    for part in (_prices, _costs, _interest, _running, _settlement, _years, _quota):
        yield from part(result)


def _prices(result: Result) -> Iterator[Check]:
    """The price of every transaction against the price its session is valued at."""
    moves = result.transactions
    for symbol in result.symbols:
        mine = (moves["asset"] == symbol) & np.isin(moves["kind"], HELD)
        at = np.searchsorted(result.dates, moves["date"])
        if not has_prices(result):
            mine &= held(result, symbol)[at] > 1e-6
        if mine.any():
            gap = np.abs(market_price(moves)[mine] / prices_of(result, symbol)[at[mine]] - 1.0)
            yield worst("price", "transactions", gap, moves["date"][mine], symbol)


def _costs(result: Result) -> Iterator[Check]:
    """What a trade took beyond its market value is its recorded cost, to the rounding of a yen."""
    moves = result.transactions
    traded = np.isin(moves["kind"], ("buy", "sell")) & (moves["amount"] != 0.0)
    if not traded.any():
        return
    taken = -(moves["amount"] + moves["units"] * market_price(moves))
    gap, dates = np.abs(taken - moves["cost"])[traded], moves["date"][traded]
    if "plain" in result.config["accounts"]:
        size = np.maximum(np.abs(moves["amount"])[traded], 1.0)
        yield worst("cost", "transactions", gap / size, dates)
    else:
        yield worst("yen_cost", "transactions", gap, dates, limit=1.0 + 1e-6)


def _interest(result: Result) -> Iterator[Check]:
    """Every recorded payment of interest against the days since the one before."""
    moves = result.transactions
    paid = (moves["kind"] == "interest") & (moves["asset"] == "")
    if paid.any():
        earned = np.concatenate([[0.0], np.cumsum(interest_of(result))])
        due = earned[np.searchsorted(result.dates, moves["date"][paid]) + 1]
        gap = np.abs(np.cumsum(moves["amount"][paid]) - due) / np.maximum(np.abs(due), 1.0)
        yield worst("interest", "equity", gap, moves["date"][paid])


def _running(result: Result) -> Iterator[Check]:
    """What is summed from row to row: cash after each movement, and what was paid in and out at each close."""
    moves, equity, dates = result.transactions, result.equity, result.dates
    scale = max(1.0, float(np.abs(moves["amount"]).sum()))
    if len(moves["date"]):
        cash = np.abs(np.cumsum(moves["amount"]) - moves["cash_after"]) / scale
        yield worst("cash_after", "transactions", cash, moves["date"])
    for name, kind, sign in (("contributed", "deposit", 1.0), ("withdrawn", "withdrawal", -1.0)):
        paid = sign * np.cumsum(again.flows(result, kind))
        yield worst("running", "transactions", np.abs(paid - equity[name]) / scale, dates, name)
    flow = np.abs(again.flows(result, "deposit", "withdrawal") - equity["flow"]) / scale
    yield worst("flow", "transactions", flow, dates)


def _settlement(result: Result) -> Iterator[Check]:
    """The settlement date of every trade, in Tokyo business days of the tables; the session for all else."""
    wrong = [
        str(move.date)
        for move in moves_of(result)
        if move.settlement
        != (
            law.settled(law.kind_of(result, move.asset), move.date)
            if move.kind in ("buy", "sell")
            else move.date
        )
    ]
    yield Check("settlement", "transactions", float(len(wrong)), wrong[0] if wrong else "", limit=0.0)


def _years(result: Result) -> Iterator[Check]:
    """years.csv, added up again year by year."""
    found = again.years(result)
    for name, column in result.years.items():
        theirs = [row.get(name, math.nan) for row in found]
        if len(theirs) == len(column):
            gap = [apart(float(x), y) for x, y in zip(column.tolist(), theirs)]
            yield worst("years", "transactions", gap, (int(row["year"]) for row in found), name)
        else:
            yield Check("years", "transactions", math.inf, of=name)


def _lifetime(result: Result, frame: str) -> float:
    """The lifetime limit that binds a frame, 0 where there is none."""
    shared = law.shared_limit(result, frame)
    limit = min(law.lifetime_limit(result, frame), math.inf if shared is None else shared)
    return limit if math.isfinite(limit) else 0.0


def _quota(result: Result) -> Iterator[Check]:
    """Every quota row against the orders and the law, by year and frame; no limit exceeded."""
    rows = result.quota
    if not len(rows.get("year", ())):
        return
    used, given = quota_of(result)
    book = taxes.QuotaBook(result, used, given)
    keys, lawful = list(zip(rows["year"].tolist(), rows["frame"].tolist())), book.rows()
    names = [f"{frame} {year}" for year, frame in keys]
    unlike = [f"{frame} {year}" for year, frame in sorted({*keys} ^ lawful)]
    yield Check("quota_rows", "transactions", float(len(unlike)), "".join(unlike[:1]), limit=0.0)
    for name, theirs in (
        ("used", lambda *key: used.get(key, 0.0)),
        ("given_back", lambda *key: given.get(key, 0.0)),
        ("limit", book.limit),
        ("lifetime_left", book.lifetime_left),
        ("lapsed", book.lapsed),
    ):
        # What is left of a limit is as exact as the limit: nearly nothing is the difference of two large sums.
        of = {key: _lifetime(result, key[1]) if name == "lifetime_left" else 0.0 for key in lawful}
        pairs = zip(keys, rows[name].tolist())
        gap = [apart(of[key] + ours, of[key] + theirs(*key)) if key in of else 0.0 for key, ours in pairs]
        yield worst(f"quota_{name}", "transactions", gap, names)
    over = np.maximum(rows["used"] - rows["limit"], 0.0) / np.maximum(rows["limit"], 1.0)
    yield worst("annual_limit", "transactions", over, names, limit=0.0)
    below = np.maximum(-np.nan_to_num(rows["lifetime_left"]), 0.0)
    yield worst("lifetime_limit", "transactions", below, names, limit=1e-6)


def quota_of(result: Result) -> tuple[taxes.Amounts, taxes.Amounts]:
    """Quota used, and book given back, by (settlement year, frame), from the transactions alone."""
    used: taxes.Amounts = defaultdict(float, owned.bought(result))
    given: taxes.Amounts = defaultdict(float, owned.sold(result))
    book: dict[tuple[str, str], tuple[float, float]] = {}  # units and their book
    for account, asset, _, cost in owned.positions(result):
        book[account, asset] = (0.0, book.get((account, asset), (0.0, 0.0))[1] + cost)
    for move in moves_of(result):
        frame, year = move.account.removeprefix("nisa."), move.settlement.year
        if frame not in law.frames(result) or move.kind not in HELD:
            continue
        have, cost = book.get((move.account, move.asset), (0.0, 0.0))
        if move.kind == "opening":
            book[move.account, move.asset] = (have + move.units, cost)
            continue
        if move.units > 0:
            amount = math.floor(move.units * move.price * move.fx + NEAR)
            used[year, frame] += amount
            book[move.account, move.asset] = (have + move.units, cost + amount)
            continue
        left = have + move.units
        out = cost if left <= DUST * have else cost * -move.units / have
        book[move.account, move.asset] = (max(left, 0.0), cost - out)
        if law.restores(result, frame):
            given[year, frame] += out
    return used, given
