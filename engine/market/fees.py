"""What a fund charges, by dated rows: ``data/fund_fees.csv`` and the like.

A fee is an annual fraction and accrues by the calendar day / 365, each day at the rate of its own row. Before the
first row the first one counts: what a fund of today would have charged then nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np

from engine.bundled import table_rows
from engine.market.series import Dates, Floats
from engine.messages import Listed, Percent, listed, message

DAYS = 365.0
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Rate:
    """``share`` a year from the day ``since`` on, until the next row's; ``certainty`` is H, M or L."""

    since: date
    share: float
    certainty: str = "H"


def accrued(rates: Sequence[Rate], dates: Dates) -> Floats:
    """(n - 1,) what each step from one of ``dates`` (n,) to the next costs, as a fraction.

    The day of the earlier date belongs to the step before, that of the later one to this step.
    """
    days = dates.astype("datetime64[D]").astype(np.int64)
    total = rates[0].share * np.diff(days).astype(np.float64)
    for before, rate in pairwise(rates):
        since = int(np.datetime64(rate.since, "D").astype(np.int64))
        total += (rate.share - before.share) * np.diff(np.maximum(0, days - since + 1))
    return total / DAYS


def used(rates: Sequence[Rate], first: np.datetime64, last: np.datetime64) -> Sequence[Rate]:
    """The rows that count from ``first`` to ``last``."""
    since = np.array([rate.since for rate in rates], "datetime64[D]")
    newest = max(int(np.searchsorted(since, last, side="right")), 1)
    oldest = max(int(np.searchsorted(since, first, side="right")) - 1, 0)
    return rates[oldest:newest]


def in_words(rates: Sequence[Rate], first: np.datetime64, last: np.datetime64) -> Listed:
    """The rows that count from ``first`` to ``last``, each with the day from which on it does."""
    return listed(
        message("{fee} before", fee=Percent(rate.share))
        if rate is rates[0] and len(rates) > 1
        else message("{fee} from {day}", fee=Percent(rate.share), day=rate.since)
        if len(rates) > 1
        else Percent(rate.share)
        for rate in reversed(used(rates, first, last))
    )


@cache
def fund_fees() -> Mapping[str, tuple[Rate, ...]]:
    """The trust fees of the registry's funds, by symbol, the oldest row first."""
    rows = sorted(table_rows(DATA / "fund_fees.csv"), key=itemgetter("symbol", "valid_from"))
    return {symbol: tuple(map(_rate, own)) for symbol, own in groupby(rows, key=itemgetter("symbol"))}


def _rate(row: Mapping[str, str]) -> Rate:
    return Rate(date.fromisoformat(row["valid_from"]), float(row["percent"]) / 100.0, row["certainty"])


@cache
def hedge_costs() -> tuple[Rate, ...]:
    """What hedging dollars into yen costs a year: the difference of short rates, without the currency basis."""
    return tuple(map(_rate, table_rows(DATA / "hedge_costs.csv")))
