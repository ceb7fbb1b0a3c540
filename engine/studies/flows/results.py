"""What flows and returns have to do with each other, fund by fund: values, tables, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats import plain
from engine.locale import ENGLISH, Locale
from engine.market.series import Dates, Floats, Ints, month_end
from engine.result import ByValue

FIFTHS = 5
OUTFLOW, INFLOW = 1, FIFTHS  # the fifths of the largest outflow and of the largest inflow
GROUPS = {INFLOW: "inflow", OUTFLOW: "outflow"}
HORIZONS = (
    *(("before", months) for months in (12, 6, 3, 1)),
    ("same", 1),
    *(("after", months) for months in (1, 3, 6, 12)),
)  # fmt: skip
ASSETS, VOLATILITY = "assets", "volatility"  # what a flow is held against


class Relation(StrEnum):
    """What can be told of flows and returns."""

    NOISE = "noise"
    SAME_MONTH = "same_month"
    FOLLOWS = "follows"
    LEADS = "leads"
    BOTH = "both"


@dataclass(frozen=True)
class Lag:
    """Rank correlation of a month's flow with the return ``months`` later (below 0: earlier), and its interval.

    ``pairs``  how many months have both
    """

    months: int
    correlation: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True)
class Event:
    """Returns around the months of a fifth: ``mean`` and ``median`` of ``n``, against ``all_mean`` of ``all_n``.

    ``group``       ``INFLOW`` or ``OUTFLOW``
    ``side``        ``before``, ``same`` (the month itself) or ``after``, over so many ``months``
    ``difference``  of the means, with its interval
    """

    group: int
    side: str
    months: int
    n: int
    mean: float
    median: float
    all_n: int
    all_mean: float
    difference: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out 0."""
        return not self.low <= 0.0 <= self.high


@dataclass(frozen=True, eq=False)
class FundFlows(ByValue):
    """One fund. M months: those of its flows, and 13 before and 12 after.

    ``currency``  of flow and assets; ``base`` of the price and its returns
    ``measure``   ``ASSETS`` or ``VOLATILITY``: what ``relative`` (M,) is a multiple of
    ``month``     datetime64[M]; ``flow``, ``assets``, ``level`` (M,), NaN where unknown
    ``fifth``     (M,) 1 to 5 by ``relative``, 0 where that is unknown
    ``limits``    least and largest ``relative`` of each fifth that has months, (up to 5, 2)
    ``block``     months of a block of the bootstrap
    ``one_band``, ``band``  what chance alone reaches at one lag, and at the largest of all, in 95 of 100 cases
    """

    symbol: str
    currency: str
    base: str
    measure: str
    month: Dates
    flow: Floats
    assets: Floats
    level: Floats
    relative: Floats
    fifth: Ints
    limits: Floats
    block: int
    lags: tuple[Lag, ...]
    one_band: float
    band: float
    events: tuple[Event, ...]

    @property
    def n(self) -> int:
        """Months that have a place in a fifth."""
        return int((self.fifth > 0).sum())

    @property
    def first(self) -> date:
        """The first of these months, by its first day."""
        return self._ranked[0]

    @property
    def last(self) -> date:
        """The last of them."""
        return self._ranked[-1]

    @property
    def _ranked(self) -> list[date]:
        found: list[date] = self.month[self.fifth > 0].tolist()
        return found

    @property
    def years(self) -> int:
        """Independent periods of 12 months in them: those that share no day."""
        return self.n // 12

    def strongest(self, sign: int) -> Lag:
        """The largest correlation in size: of leads (1), of lags (-1), of the month itself (0)."""
        return max(
            (item for item in self.lags if np.sign(item.months) == sign),
            key=lambda item: abs(item.correlation),
        )

    def is_told(self, sign: int) -> bool:
        """Whether a lead, a lag or the same month can be told from chance, all 25 looked at together."""
        return abs(self.strongest(sign).correlation) > self.band

    @property
    def relation(self) -> Relation:
        """What can be told."""
        match self.is_told(1), self.is_told(-1):
            case True, True:
                return Relation.BOTH
            case True, False:
                return Relation.LEADS
            case False, True:
                return Relation.FOLLOWS
        return Relation.SAME_MONTH if self.is_told(0) else Relation.NOISE

    @property
    def outside(self) -> int:
        """How many of the 25 intervals leave out 0, where one or two do by chance."""
        return sum(not item.low <= 0.0 <= item.high for item in self.lags)

    @property
    def events_outside(self) -> int:
        """How many differences of returns around the largest flows leave out 0: about one in twenty by chance."""
        return sum(item.is_told for item in self.events)

    @property
    def early(self) -> float:
        """Share of the months of the largest inflow that lie in the first half of the record."""
        top = self.fifth[self.fifth > 0] == INFLOW
        return float(top[: top.size // 2].sum() / top.sum())

    def event(self, group: int, side: str, months: int) -> Event | None:
        """Returns around a fifth's months; None where no price reaches so far."""
        wanted = (group, side, months)
        return next((item for item in self.events if (item.group, item.side, item.months) == wanted), None)

    def plain(self) -> dict[str, Any]:
        """For programs: fractions, money in its currency, None where there is no figure."""
        names = (
            "symbol",
            "currency",
            "base",
            "measure",
            "block",
            "one_band",
            "band",
            "n",
            "years",
            "outside",
        )
        return {
            **{name: getattr(self, name) for name in names},
            "first_month": f"{self.first:%Y-%m}",
            "last_month": f"{self.last:%Y-%m}",
            "relation": self.relation.value,
            "early_share_of_inflows": self.early,
            "limits": self.limits.tolist(),
            "lags": [asdict(item) for item in self.lags],
            "events": [{**asdict(item), "group": GROUPS[item.group]} for item in self.events],
        }


@dataclass(frozen=True, eq=False)
class FlowStudy(ByValue):
    """Several funds, each for itself, and what the figures rest on."""

    name: str
    funds: tuple[FundFlows, ...]
    seed: int
    draws: int
    manifest: Mapping[str, Any]

    def named(self) -> tuple[object, ...]:
        """The name, the funds, and which draws."""
        return self.name, tuple(fund.symbol for fund in self.funds), self.seed, self.draws

    def plain(self) -> dict[str, Any]:
        """Everything for programs."""
        cleaned: dict[str, Any] = plain(
            {
                "name": self.name,
                "seed": self.seed,
                "draws": self.draws,
                "funds": [item.plain() for item in self.funds],
            }
        )
        return cleaned

    @cached_property
    def tables(self) -> dict[str, dict[str, NDArray[Any]]]:
        """``months`` (each by its last day), ``lags`` and ``events`` as columns, a row each and fund."""
        months: list[dict[str, Any]] = [
            {
                "symbol": np.full(fund.month.size, fund.symbol),
                "month": month_end(fund.month),
                "flow": fund.flow,
                "assets": fund.assets,
                f"flow_to_{fund.measure}": fund.relative,
                "fifth": fund.fifth,
                "level": fund.level,
            }
            for fund in self.funds
        ]
        lags = [{"symbol": fund.symbol, **asdict(item)} for fund in self.funds for item in fund.lags]
        events = [
            {"symbol": fund.symbol, **asdict(item), "group": GROUPS[item.group]}
            for fund in self.funds
            for item in fund.events
        ]
        return {"months": _stacked(months), "lags": _columns(lags), "events": _columns(events)}

    def files(self, pages: Mapping[str, bytes] | None = None, locale: Locale = ENGLISH) -> dict[str, bytes]:
        """The files of the study, ``pages`` with them, and last the manifest, which holds their SHA-256.

        ``locale`` is the language of the first line of CSV files.
        """
        from engine.store import csv_files, to_json, to_parquet, with_manifest

        files = csv_files({f"{name}.csv": columns for name, columns in self.tables.items()}, locale)
        months = to_parquet(self.tables["months"])
        files |= {"flows.json": to_json(self.plain()), "months.parquet": months, **(pages or {})}
        return with_manifest(files, {"kind": "flows", **self.manifest})


def _columns(rows: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}


def _stacked(parts: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Columns below each other; what one lacks is unknown there."""
    names = dict.fromkeys(name for part in parts for name in part)
    size = [part["month"].size for part in parts]
    return {
        name: np.concatenate([part.get(name, np.full(n, np.nan)) for part, n in zip(parts, size)])
        for name in names
    }
