"""What a result began with, from its configuration and its opening rows, on Python's own numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.audit import law
from engine.result import Result


def holdings(result: Result) -> Mapping[str, Any]:
    """The configured holdings; empty where the result began with nothing."""
    return result.config.get("holdings") or {}


def opening_value(result: Result) -> float:
    """What the opening rows are worth at the first close."""
    moves = result.transactions
    rows = zip(*(moves[name].tolist() for name in ("kind", "amount", "units", "price", "fx")))
    return math.fsum(
        amount + (units * price * fx if units else 0.0)
        for kind, amount, units, price, fx in rows
        if kind == "opening"
    )


def as_of(result: Result) -> date | None:
    """The day of the holdings, where the result goes on from it on the next session; None elsewhere."""
    text = (result.manifest.get("holdings") or {}).get("goes_on_from")
    return date.fromisoformat(str(text)) if text else None


def open_year(result: Result) -> int:
    """The calendar year that is open when the result begins."""
    day = as_of(result)
    return int((day or result.dates[0].item()).year)


def moved(result: Result) -> int:
    """By how many years the years of the holdings are moved: none where they are of the session before."""
    text = holdings(result).get("as_of")
    if not text or as_of(result) is not None:
        return 0
    return int(result.dates[0].item().year - date.fromisoformat(str(text)).year)


def interest(result: Result) -> float:
    """Interest of the first session, on the cash since the day of the holdings."""
    day = as_of(result)
    if day is None:
        return 0.0
    moves = result.transactions
    rows = zip(moves["kind"].tolist(), moves["amount"].tolist())
    cash = math.fsum(amount for kind, amount in rows if kind == "opening")
    growth = 1.0 + float((result.config.get("idle_cash") or {}).get("yield") or 0.0)
    return float(cash * (growth ** ((result.dates[0].item() - day).days / 365.0) - 1.0))


def refunds(result: Result) -> tuple[date, float]:
    """What waits for April at the start, and when that is."""
    waits = holdings(result).get("refunds") or {}
    known = as_of(result) or result.dates[0].item()
    april = date(known.year, 4, 1)
    due = april if known < april else date(known.year + 1, 4, 1)
    return due, math.fsum(float(amount) for amount in waits.values())


def by_year(result: Result, key: str) -> dict[int, Any]:
    """A key of the holdings whose keys are years, moved."""
    return {int(year) + moved(result): value for year, value in (holdings(result).get(key) or {}).items()}


def positions(result: Result) -> Iterator[tuple[str, str, int, float]]:
    """Account, asset, year of purchase (0: unknown) and cost of what was owned and has an opening row."""
    moves = result.transactions
    rows = zip(moves["kind"].tolist(), moves["account"].tolist(), moves["asset"].tolist())
    held = {(account, asset) for kind, account, asset in rows if kind == "opening" and asset}
    for item in holdings(result).get("positions") or ():
        if (item["account"], item["asset"]) in held:
            year = item.get("year")
            cost = float(item.get("cost") or 0.0)
            yield item["account"], item["asset"], int(year) + moved(result) if year else 0, cost


def bought(result: Result) -> dict[tuple[int, str], float]:
    """Quota used in the open years by year and frame: as stated, else by the positions of those years."""
    found: dict[tuple[int, str], float] = {}
    for account, _, year, cost in positions(result):
        key = year, account.removeprefix("nisa.")
        is_open = key[1] != account and year in (open_year(result), open_year(result) + 1)
        if is_open and law.annual_limit(result, key[1], year) > 0.0:
            found[key] = found.get(key, 0.0) + cost
    for year, books in by_year(result, "quota_used").items():
        found |= {(year, frame): float(book) for frame, book in books.items()}
    return found


def sold(result: Result) -> dict[tuple[int, str], float]:
    """Book value given back in the open years, by year and frame."""
    return {
        (year, frame): float(book)
        for year, books in by_year(result, "given_back").items()
        for frame, book in books.items()
    }


def book(result: Result, frame: str) -> float:
    """Book value held in a frame at the start."""
    return math.fsum(cost for account, _, _, cost in positions(result) if account == f"nisa.{frame}")
