"""What is real in the embedded sample, and how well prices meet it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.market.providers.sample import BASE, PACKED, adjusted
from engine.market.series import Dates, Floats

TRADING_DAYS = 252
MEASURED = (
    "month",
    "total_return",
    "high",
    "low",
    "volatility",
    "dividend_yield",
    "correlation",
    "start_price",
)


@dataclass(frozen=True)
class YearFacts:
    """One fund's year, fractions not percent; levels are of total return, the previous year-end being 1."""

    total_return: float
    high_date: date
    high: float
    low_date: date
    low: float
    volatility: float
    dividend_yield: float


@dataclass(frozen=True)
class Facts:
    """Everything real in the sample; correlations in the order SPY-IWM, SPY-IJR, IWM-IJR.

    ``months`` are the total returns (12, 3) of a year's months, last session to last session, as ``BASE``.
    """

    months: dict[int, Floats]
    years: dict[tuple[str, int], YearFacts]
    correlations: dict[int, tuple[float, float, float]]
    start_prices: dict[str, float]

    @property
    def calendar_years(self) -> list[int]:
        """The years, in order."""
        return sorted(self.correlations)


def read_facts(folder: Path = PACKED.parent) -> Facts:
    """The four files of facts in ``folder``."""

    def rows(name: str) -> Iterator[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(line for line in lines if not line.startswith("#"))

    months: dict[int, list[list[float]]] = {}
    for row in rows("etf_months.csv"):  # in the order of time
        months.setdefault(int(row["month"][:4]), []).append([float(row[symbol]) for symbol in BASE])
    years = {
        (row["symbol"], int(row["year"])): YearFacts(
            float(row["total_return"]),
            date.fromisoformat(row["high_date"]),
            float(row["high"]),
            date.fromisoformat(row["low_date"]),
            float(row["low"]),
            float(row["volatility"]),
            float(row["dividend_yield"]),
        )
        for row in rows("etf_years.csv")
    }
    correlations = {
        int(row["year"]): (float(row["SPY_IWM"]), float(row["SPY_IJR"]), float(row["IWM_IJR"]))
        for row in rows("etf_correlations.csv")
    }
    return Facts(
        months={year: np.array(returns) for year, returns in months.items()},
        years=years,
        correlations=correlations,
        start_prices={row["symbol"]: float(row["close"]) for row in rows("start_prices.csv")},
    )


def month_ends(dates: Dates) -> NDArray[np.intp]:
    """Positions of the last session of each month in ``dates`` (n,), whose last is one."""
    months = dates.astype("datetime64[M]")
    return np.flatnonzero(np.append(months[1:] != months[:-1], True))


@dataclass(frozen=True)
class Accuracy:
    """Largest differences between a sample and the facts, in the facts' own units (fractions).

    ``month`` is that of a month's total return, ``total_return`` that of a year's. ``dates`` counts highs and
    lows that are not on their session, ``outside`` the sessions that pass them.
    """

    month: float
    total_return: float
    high: float
    low: float
    volatility: float
    dividend_yield: float
    correlation: float
    start_price: float
    dates: int
    outside: int

    @property
    def holds(self) -> bool:
        """Every figure equals its fact as printed: within half a unit of the fact's last digit.

        A month's return, stated to six decimals, is met as closely as whole ticks allow: IJR began at 18
        dollars, of which a tick is 0.0000056.
        """
        levels = (
            self.total_return,
            self.high,
            self.low,
            self.volatility,
            self.dividend_yield,
            self.start_price,
        )
        digits = max(levels) < 0.5e-4 and self.correlation < 0.5e-3 and self.month < 1e-5
        return digits and not self.dates and not self.outside


def measure(facts: Facts, dates: Dates, close: Floats, dividend: Floats) -> Accuracy:
    """How well prices in dollars (n, 3) meet ``facts``.

    Volatility is the sample sd (n - 1) of the year's log total returns x sqrt 252, the yield the sum of
    dividend / close on ex-dates, as in the facts.
    """
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    index = np.column_stack([adjusted(close[:, a], dividend[:, a]) for a in range(len(BASE))])
    gaps: list[list[float]] = []
    months, correlations, misplaced, outside = [0.0], [0.0], 0, 0
    for year in facts.calendar_years:
        now = np.flatnonzero(years == year)
        returns = np.diff(np.log(index[now[0] - 1 : now[-1] + 1]), axis=0)
        ends = index[np.append(now[0] - 1, now[month_ends(dates[now])])]
        months.append(float(np.abs(ends[1:] / ends[:-1] - 1 - facts.months[year]).max()))
        pairs = np.corrcoef(returns.T)[[0, 0, 1], [1, 2, 2]]
        correlations.append(float(np.abs(pairs - facts.correlations[year]).max()))
        for a, symbol in enumerate(BASE):
            fact = facts.years[symbol, year]
            level = index[now, a] / index[now[0] - 1, a]
            top = dates[now] == np.datetime64(fact.high_date)
            bottom = dates[now] == np.datetime64(fact.low_date)
            gaps.append(
                [
                    level[-1] - 1 - fact.total_return,
                    level[top][0] - fact.high,
                    level[bottom][0] - fact.low,
                    returns[:, a].std(ddof=1) * np.sqrt(TRADING_DAYS) - fact.volatility,
                    (dividend[now, a] / close[now, a]).sum() - fact.dividend_yield,
                ]
            )
            misplaced += int(not top[level.argmax()]) + int(not bottom[level.argmin()])
            outside += int(((level >= level[top]) & ~top).sum() + ((level <= level[bottom]) & ~bottom).sum())
    largest = np.abs(gaps).max(axis=0)
    return Accuracy(
        month=max(months),
        total_return=float(largest[0]),
        high=float(largest[1]),
        low=float(largest[2]),
        volatility=float(largest[3]),
        dividend_yield=float(largest[4]),
        correlation=max(correlations),
        start_price=max(abs(float(close[0, a]) - facts.start_prices[s]) for a, s in enumerate(BASE)),
        dates=misplaced,
        outside=outside,
    )
