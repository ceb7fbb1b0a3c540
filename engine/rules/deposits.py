"""What a bank deposit earns: dated rates by the calendar day, paid twice a year.

Interest of a day is the balance at its end × the rate of the day / 365 (ordinary deposits of Japan's banks),
simple until it is paid. It is paid in February and in August, on the first session on or after the 15th.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from engine.bundled import table_rows
from engine.market.series import Dates, Floats, Mask
from engine.rules.tables import DATA

DAYS_A_YEAR = 365.0
PAYING_MONTHS = (2, 8)
PAYING_DAY = 15


@dataclass(frozen=True)
class DepositRates:
    """Rates a year as fractions, each from its day on; before the first day the first one holds."""

    days: tuple[date, ...]
    rates: tuple[float, ...]

    def earned(self, days: Dates) -> Floats:
        """(T,) what one yen, there since the first of ``days`` (T,), has earned by the beginning of each."""
        begins = np.array(self.days[1:], dtype="datetime64[D]").astype(np.int64)
        numbers = days.astype("datetime64[D]").astype(np.int64)
        found = np.zeros(len(numbers))
        edges = [np.int64(np.iinfo(np.int64).min // 2), *begins, np.int64(np.iinfo(np.int64).max // 2)]
        for n, rate in enumerate(self.rates):
            low, high = max(edges[n], numbers[0]), edges[n + 1]
            found += rate * np.maximum(np.minimum(numbers, high) - low, 0) / DAYS_A_YEAR
        return found

    def earned_between(self, day: np.datetime64, later: np.datetime64) -> float:
        """What one yen earns from the close of ``day`` to ``later``."""
        return float(self.earned(np.array([day, later], dtype="datetime64[D]"))[1])


@cache
def usual_rates() -> DepositRates:
    """Those of a large bank's ordinary deposit, from the table."""
    rows = table_rows(DATA / "deposit_rates.csv")
    return DepositRates(
        tuple(date.fromisoformat(row["from"]) for row in rows), tuple(float(row["rate"]) for row in rows)
    )


def deposit_rates(own: float | Sequence[tuple[date, float]] | None) -> DepositRates:
    """The rates of a configuration: its one rate, its dated rows, or the table's."""
    if own is None:
        return usual_rates()
    if isinstance(own, float):
        return DepositRates((date(1900, 1, 1),), (own,))
    return DepositRates(tuple(day for day, _ in own), tuple(rate for _, rate in own))


def pays_interest(sessions: Dates) -> Mask:
    """(T,) the first sessions on or after the paying days; never the first session of all."""
    months = sessions.astype("datetime64[M]")
    number = months.astype(np.int64) % 12 + 1
    due = (sessions - months.astype("datetime64[D]")).astype(np.int64) + 1 >= PAYING_DAY
    # How many paying days have been by each session: two a year.
    first, second = PAYING_MONTHS
    passed = 2 * sessions.astype("datetime64[Y]").astype(np.int64)
    passed += ((number > first) | ((number == first) & due)).astype(np.int64)
    passed += ((number > second) | ((number == second) & due)).astype(np.int64)
    return np.append(False, passed[1:] != passed[:-1])
