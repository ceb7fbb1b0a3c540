"""The dated tables of ``data/*.csv`` as frozen rows. A new law or price list is one new row."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import numpy as np

from engine.errors import ConfigError

DATA = Path(__file__).parent / "data"
UNLIMITED = float("inf")


@dataclass(frozen=True)
class FrameRow:
    """One NISA frame in one span of years. Yen; ``to_year`` None = still in force, no limit = inf.

    ``retroactive``  applied to the years before ``from_year`` too (a counterfactual rule set)
    ``term``         tax-free years, the year of purchase counted; 0 = without end
    ``restores``     book value sold comes back to the lifetime limit
    """

    rules: str
    frame: str
    from_year: int
    to_year: int | None
    retroactive: bool
    annual_limit: float
    lifetime_limit: float
    shared_lifetime: float
    term: int
    restores: bool
    recurring_only: bool
    enabled: bool

    def holds_in(self, year: int) -> bool:
        """True if this row gives the limit of ``year``."""
        begun = self.retroactive or self.from_year <= year
        return begun and (self.to_year is None or year <= self.to_year)


@dataclass(frozen=True)
class TaxRow:
    """Rates on gains and dividends from ``from_year`` on; could losses be set against dividends?"""

    from_year: int
    national: float
    local: float
    dividend_offset: bool


@dataclass(frozen=True)
class Broker:
    """What a broker charged from ``valid_from`` on (None = no date): commission of a US ETF, currency spread.

    ``commission_rate`` is a fraction of the trade, minimum and cap are money in ``cap_currency``,
    ``fx_spread`` is yen per dollar each way.
    """

    name: str
    valid_from: np.datetime64 | None
    commission_rate: float
    commission_min: float
    commission_cap: float
    cap_currency: str
    fx_spread: float
    nisa_free: bool


@dataclass(frozen=True)
class Settlement:
    """Tokyo business days from the session to the trade date, and from there to settlement."""

    kind: str
    trade_days: int
    settlement_days: int


def unknown(key: str, value: object, allowed: tuple[str, ...]) -> ConfigError:
    """The error for a name that is not in a table, with the nearest name that is."""
    near = get_close_matches(str(value), allowed, n=1)
    return ConfigError(
        f"{key}: {value!r} is not known; allowed: {', '.join(allowed)}",
        hint=f"did you mean {near[0]!r}?" if near else None,
    )


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _limit(cell: str) -> float:
    return float(cell) if cell else UNLIMITED


@cache
def _frame_rows() -> tuple[FrameRow, ...]:
    return tuple(
        FrameRow(
            rules=row["rules"],
            frame=row["frame"],
            from_year=int(row["from_year"]),
            to_year=int(row["to_year"]) if row["to_year"] else None,
            retroactive=row["retroactive"] == "yes",
            annual_limit=float(row["annual_limit"]),
            lifetime_limit=_limit(row["lifetime_limit"]),
            shared_lifetime=_limit(row["shared_lifetime"]),
            term=int(row["term"]),
            restores=row["restores"] == "yes",
            recurring_only=row["recurring_only"] == "yes",
            enabled=row["enabled"] == "yes",
        )
        for row in _read("nisa_frames.csv")
    )


@cache
def rule_sets() -> tuple[str, ...]:
    """The names of the rule sets that can be asked for."""
    return tuple(dict.fromkeys(row.rules for row in _frame_rows() if row.enabled))


@cache
def frame_rows(rules: str) -> tuple[FrameRow, ...]:
    """The rows of a rule set in filling order of the frames. ConfigError: unknown, or not yet enacted."""
    found = tuple(row for row in _frame_rows() if row.rules == rules)
    if not found:
        raise unknown("rules", rules, rule_sets())
    if not all(row.enabled for row in found):
        raise ConfigError(f"rules: {rules!r} is not in force yet; allowed: {', '.join(rule_sets())}")
    return found


@cache
def tax_rows() -> tuple[TaxRow, ...]:
    """The tax rates, oldest first."""
    return tuple(
        TaxRow(
            int(row["from_year"]),
            float(row["national"]),
            float(row["local"]),
            row["dividend_offset"] == "yes",
        )
        for row in _read("tax_rates.csv")
    )


def tax_row(year: int) -> TaxRow:
    """The row in force in ``year``; before the first row, the first."""
    rows = tax_rows()
    return next((row for row in reversed(rows) if row.from_year <= year), rows[0])


@cache
def _broker_rows() -> tuple[Broker, ...]:
    return tuple(
        Broker(
            name=row["broker"],
            valid_from=np.datetime64(row["valid_from"], "D") if row["valid_from"] else None,
            commission_rate=float(row["commission_rate"]),
            commission_min=float(row["commission_min"]),
            commission_cap=_limit(row["commission_cap"]),
            cap_currency=row["cap_currency"],
            fx_spread=float(row["fx_spread"]),
            nisa_free=row["nisa_free"] == "yes",
        )
        for row in _read("brokers.csv")
    )


def broker(name: str, on: np.datetime64) -> Broker:
    """The profile ``name`` as it was on a date: the newest row not after it, else the oldest row there is."""
    rows = [row for row in _broker_rows() if row.name == name]
    if not rows:
        raise unknown("broker", name, tuple(dict.fromkeys(row.name for row in _broker_rows())))
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= on]
    return begun[-1] if begun else rows[0]


@cache
def _settlements() -> dict[str, Settlement]:
    rows = _read("settlement.csv")
    return {r["kind"]: Settlement(r["kind"], int(r["trade_days"]), int(r["settlement_days"])) for r in rows}


def settlement(kind: str) -> Settlement:
    """How an asset kind settles. ConfigError on an unknown kind."""
    rows = _settlements()
    if kind not in rows:
        raise unknown("kind", kind, tuple(rows))
    return rows[kind]


@cache
def _source_taxes() -> dict[str, float]:
    return {row["kind"]: float(row["rate"]) for row in _read("source_tax.csv")}


def source_tax(kind: str) -> float:
    """The share of a dividend that is withheld where it is paid. ConfigError on an unknown kind."""
    rates = _source_taxes()
    if kind not in rates:
        raise unknown("kind", kind, tuple(rates))
    return rates[kind]
