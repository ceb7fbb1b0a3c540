"""The dated tables of ``data/*.csv`` as frozen rows. A new law or price list is one new row.

Names come from a configuration, which knows those of the tables; another one is a KeyError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from engine.bundled import table_rows

DATA = Path(__file__).parent / "data"
UNLIMITED = float("inf")


@dataclass(frozen=True)
class FrameRow:
    """One NISA frame in one span of years. Yen; ``to_year`` None = still in force, no limit = inf.

    ``retroactive``  applied to the years before ``from_year`` too (a counterfactual rule set)
    ``term``         tax-free years, the year of purchase counted; 0 = without end
    ``restores``     book value sold comes back to the lifetime limit
    """

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
    ``fx_spread`` is yen per dollar each way. ``tokyo_rate``: a fraction of a trade on Tokyo's exchange; None: in
    steps. ``certainty``: H, M or L, how sure the row is.
    """

    name: str
    valid_from: np.datetime64 | None
    commission_rate: float
    commission_min: float
    commission_cap: float
    cap_currency: str
    fx_spread: float
    nisa_free: bool
    tokyo_rate: float | None
    certainty: str = "H"


@dataclass(frozen=True)
class Settlement:
    """Tokyo business days from the session to the trade date, and from there to settlement."""

    trade_days: int
    settlement_days: int


def _limit(cell: str) -> float:
    return float(cell) if cell else UNLIMITED


@cache
def frames() -> Mapping[str, tuple[FrameRow, ...]]:
    """The rule sets that are in force: name -> rows in filling order of the frames."""
    found: dict[str, tuple[FrameRow, ...]] = {}
    for row in table_rows(DATA / "nisa_frames.csv"):
        if row["enabled"] == "yes":
            made = FrameRow(
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
            )
            found[row["rules"]] = (*found.get(row["rules"], ()), made)
    return found


@cache
def tax_rows() -> tuple[TaxRow, ...]:
    """The tax rates, oldest first."""
    return tuple(
        TaxRow(
            from_year=int(row["from_year"]),
            national=float(row["national"]),
            local=float(row["local"]),
            dividend_offset=row["dividend_offset"] == "yes",
        )
        for row in table_rows(DATA / "tax_rates.csv")
    )


@dataclass(frozen=True)
class MinimumTax:
    """From ``from_year`` on: (income - ``exempt``) x ``rate`` less the regular income tax, ``ordinary`` of it."""

    from_year: int
    exempt: float
    rate: float
    ordinary: float
    status: str


@cache
def minimum_tax_rows() -> tuple[MinimumTax, ...]:
    """The minimum tax on very high incomes, oldest first; before it there is none."""
    return (
        MinimumTax(0, UNLIMITED, 0.0, 0.0, "enacted"),
        *(
            MinimumTax(
                int(row["from_year"]),
                float(row["exempt"]),
                float(row["rate"]),
                float(row["ordinary"]),
                row["status"],
            )
            for row in table_rows(DATA / "minimum_tax.csv")
        ),
    )


def minimum_tax(year: int) -> MinimumTax:
    """The row of ``year``, whatever its status: the outline of a reform is what is known of its years."""
    return next(row for row in reversed(minimum_tax_rows()) if row.from_year <= year)


def tax_row(year: int) -> TaxRow:
    """The row in force in ``year``; before the first row, the first."""
    rows = tax_rows()
    return next((row for row in reversed(rows) if row.from_year <= year), rows[0])


@cache
def _interest_rows() -> tuple[tuple[int, float, float], ...]:
    rows = table_rows(DATA / "interest_tax_rates.csv")
    return tuple((int(row["from_year"]), float(row["national"]), float(row["local"])) for row in rows)


def interest_tax(year: int) -> tuple[float, float]:
    """National and local rate on interest of deposits in ``year``; before the first row, the first."""
    rows = _interest_rows()
    _, national, local = next((row for row in reversed(rows) if row[0] <= year), rows[0])
    return national, local


@cache
def foreign_tax_year() -> int:
    """The first year in which tax that a fund paid abroad is taken off the tax on its distributions."""
    return next(
        int(row["from_year"]) for row in table_rows(DATA / "foreign_tax.csv") if row["lowers_tax"] == "yes"
    )


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
            tokyo_rate=float(row["tokyo_rate"]) if row["tokyo_rate"] else None,
            certainty=row["certainty"],
        )
        for row in table_rows(DATA / "brokers.csv")
    )


def broker(name: str, on: np.datetime64) -> Broker:
    """The profile ``name`` as it was on a date: the newest row not after it, else the oldest row there is."""
    rows = [row for row in _broker_rows() if row.name == name]
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= on]
    return begun[-1] if begun else rows[0]


@cache
def settlements() -> Mapping[str, Settlement]:
    """How an asset kind settles."""
    return {
        row["kind"]: Settlement(int(row["trade_days"]), int(row["settlement_days"]))
        for row in table_rows(DATA / "settlement.csv")
    }
