"""What Tokyo's exchange and a bank add: sessions and trading units, taxed distributions, a deposit's interest.

Written from docs/ledger.md and the tables of the law alone, as everything here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from engine.audit import law, owned
from engine.audit.checks import Check, apart
from engine.audit.movements import down, moves
from engine.audit.replay import held
from engine.result import Result

PAYING = ((2, 15), (8, 15))  # month and day on which, or after which, a deposit's interest is paid


def check_tokyo(result: Result) -> Iterator[Check]:
    """Nothing for a result without anything of Tokyo's exchange or a bank's."""
    listed = [symbol for symbol in result.symbols if law.kind_of(result, symbol) == "jp_etf"]
    if listed:
        yield from _trades(result, listed)
    if listed and "taxable" in result.config["accounts"]:
        yield from _distributions(result, listed)
    if deposit_of(result) is not None:
        yield from _interest(result)


def _trades(result: Result, listed: list[str]) -> Iterator[Check]:
    """Trades in Tokyo are on its sessions, and of whole trading units where units are whole."""
    traded = [move for move in moves(result) if move.asset in listed and move.kind in ("buy", "sell")]
    closed = [str(day) for day in result.dates.tolist() if not law.is_open_in_tokyo(day)]
    yield Check("tokyo_sessions", "transactions", float(len(closed)), "".join(closed[:1]), limit=0.0)
    odd = []
    for move in traded:
        unit = law.trading_unit(result, move.asset)
        if law.whole_units(result, move.asset) and abs(math.remainder(move.units, unit)) > 1e-9 * unit:
            odd.append(str(move.date))
    yield Check("trading_units", "transactions", float(len(odd)), "".join(odd[:1]), limit=0.0)


def _distributions(result: Result, listed: list[str]) -> Iterator[Check]:
    """Japan's tax on what ETFs in Tokyo pay, less the tax that was paid abroad inside them."""
    paid: dict[tuple[date, str], float] = {}
    taken: dict[tuple[date, str], float] = {}
    for move in moves(result):
        if move.account != "taxable" or move.asset not in listed:
            continue
        if move.kind == "dividend":
            paid[move.date, move.asset] = move.amount
        elif move.kind == "dividend_tax":
            taken[move.date, move.asset] = -move.amount
    worst, where = 0.0, ""
    for (day, symbol), gross in paid.items():
        gap = abs(distribution_tax(result, symbol, gross, day.year) - taken.get((day, symbol), 0.0))
        worst, where = max((worst, where), (gap, str(day)))
    yield Check("distribution_tax", "transactions", worst, where if worst else "", limit=0.0)


def tax_abroad(result: Result, symbol: str, net: float, year: int) -> float:
    """What was withheld abroad of a distribution before the fund paid ``net`` on, where it counts in Japan."""
    share = law.foreign_tax(result, symbol)
    return down(net * share / (1.0 - share)) if share and law.lowers_foreign(result, year) else 0.0


def distribution_tax(result: Result, symbol: str, net: float, year: int) -> float:
    """Both of Japan's parts, the national one less what was paid abroad."""
    national, local = law.tax_rates(result, year)
    abroad = tax_abroad(result, symbol, net, year)
    income = net + abroad
    return max(0.0, down(income * national) - abroad) + down(income * local)


# --- the deposit --------------------------------------------------------------------------------------------


def deposit_of(result: Result) -> str | None:
    """The asset that is a bank deposit."""
    return next((symbol for symbol in result.symbols if law.kind_of(result, symbol) == "deposit"), None)


def accrued(result: Result) -> tuple[dict[date, float], float]:
    """A deposit's interest by the sessions on which it is paid, before tax, and what is not paid at the end."""
    symbol = deposit_of(result)
    if symbol is None:
        return {}, 0.0
    yen = "plain" not in result.config["accounts"]
    days, balance = result.dates.tolist(), [float(units) for units in held(result, symbol)]
    before, there = owned.as_of(result), 0.0
    if before is not None:
        there = sum(move.units for move in moves(result) if move.kind == "opening" and move.asset == symbol)
    due, paid = float(owned.holdings(result).get("accrued_interest") or 0.0), {}
    for day, after in zip(days, balance, strict=True):
        if before is not None:
            for number in range((day - before).days):
                due += there * law.deposit_rate(result, before + timedelta(days=number)) / 365.0
            if _is_paid(before, day):
                paid[day] = down(due) if yen else due
                due = 0.0
        before, there = day, after
    return paid, due


def _is_paid(before: date, day: date) -> bool:
    """Whether a paying day lies after ``before`` and not after ``day``."""
    return any(
        before < date(year, *of_year) <= day
        for year in range(before.year, day.year + 1)
        for of_year in PAYING
    )


def interest_tax(result: Result, gross: float, year: int) -> float:
    """The tax on a deposit's interest: for good, and none in the plain account."""
    if "plain" in result.config["accounts"]:
        return 0.0
    national, local = law.interest_tax_rates(result, year)
    return down(gross * national) + down(gross * local)


def interest_left(result: Result) -> float:
    """What has accrued and is not paid, after tax."""
    _, due = accrued(result)
    if "plain" in result.config["accounts"]:
        return due
    due = down(due)
    return due - interest_tax(result, due, result.dates[-1].item().year)


def _interest(result: Result) -> Iterator[Check]:
    """Every payment of a deposit's interest, and the tax on it, against balances and rates day by day."""
    expected, _ = accrued(result)
    found: dict[tuple[str, date], float] = {}
    for move in moves(result):
        if move.asset and move.kind in ("interest", "interest_tax"):
            found[move.kind, move.date] = found.get((move.kind, move.date), 0.0) + move.amount
    wanted = {("interest", day): gross for day, gross in expected.items()}
    wanted |= {
        ("interest_tax", day): -interest_tax(result, gross, day.year) for day, gross in expected.items()
    }
    worst, where = 0.0, ""
    for kind, day in sorted({*found, *wanted}):
        gap = apart(found.get((kind, day), 0.0), wanted.get((kind, day), 0.0))
        worst, where = max((worst, where), (gap, str(day)))
    yield Check("deposit_interest", "transactions", worst, where if worst else "")
