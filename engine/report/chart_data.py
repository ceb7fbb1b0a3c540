"""Figures of a result that only its pictures need: drawdowns, monthly returns, where the money came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.market.series import Dates, Floats, Ints, Mask, last_of_each
from engine.metrics import drawdowns, gained
from engine.result import Result


@dataclass(frozen=True)
class Drawdown:
    """A drawdown of the time-weighted index from a peak to its trough, and the way back.

    ``depth`` is a fraction below zero. ``peak`` is None where the index fell from its start of 1.0;
    ``recovery`` is None where the peak was not reached again. Days are calendar days.
    """

    peak: np.datetime64 | None
    trough: np.datetime64
    recovery: np.datetime64 | None
    depth: float
    days_down: int
    days_back: int | None


@dataclass(frozen=True)
class Sources:
    """Where the profit came from, in base currency; the parts add up to ``profit`` exactly.

    ``market``     price changes in the assets' own currency, at the exchange rate of the day before
    ``currency``   changes of the exchange rate on what was held the day before
    ``cross``      both at once: the day's local profit × the day's change of the rate
    ``dividends``  gross; ``dividend_tax``, ``tax`` and ``cost`` are what they took (>= 0)
    ``prices``     of a reading in today's money: what was held, times what it lost in purchasing power; else 0
    """

    market: float
    currency: float
    cross: float
    dividends: float
    dividend_tax: float
    tax: float
    cost: float
    profit: float
    prices: float = 0.0


def worst_drawdowns(dates: Dates, twr: Floats, count: int = 5, deep: float = 0.20) -> list[Drawdown]:
    """The ``count`` deepest drawdowns and all others deeper than ``deep``, deepest first.

    Each lasts from a peak until the peak is reached again.
    """
    path = drawdowns(twr)
    under = np.concatenate([[False], path < 0, [False]])
    starts = np.flatnonzero(~under[:-1] & under[1:])
    ends = np.flatnonzero(under[:-1] & ~under[1:])
    # Between the end of one and the start of the next the path is 0.
    depth = np.fmin.reduceat(path, starts) if starts.size else path[:0]
    deepest = np.argsort(depth, kind="stable")
    found: list[Drawdown] = []
    for start, end in zip(starts[deepest], ends[deepest]):
        trough = start + int(path[start:end].argmin())
        if len(found) >= count and path[trough] >= -deep:
            break
        peak = dates[start - 1] if start else None
        recovery = dates[end] if end < len(dates) else None
        first = peak if peak is not None else dates[0]
        found.append(
            Drawdown(
                peak, dates[trough], recovery, float(path[trough]), _days(first, dates[trough]),
                None if recovery is None else _days(dates[trough], recovery),
            )
        )  # fmt: skip
    return found


def drawdown_within(
    dates: Dates, twr: Floats, peak: np.datetime64 | None, trough: np.datetime64
) -> float | None:
    """The worst drawdown from the close of ``peak`` (None: the start of 1.0) to ``trough``; at or below zero.

    None where there is no session in that span.
    """
    inside = (dates <= trough) if peak is None else (dates >= peak) & (dates <= trough)
    levels = twr[inside]
    if not levels.size:
        return None
    top = np.maximum.accumulate(np.concatenate([[1.0 if peak is None else levels[0]], levels]))[1:]
    return float((levels / top - 1.0).min())


def period_returns(dates: Dates, twr: Floats, unit: str) -> tuple[Dates, Floats]:
    """Time-weighted returns by calendar month (``unit`` ``M``) or year (``Y``): (periods, returns).

    The first and last periods may be parts of one. Chained, the returns give the whole index. NaN after
    an index of 0.
    """
    period = dates.astype(f"datetime64[{unit}]")
    last = np.flatnonzero(last_of_each(period))
    levels = twr[last]
    before = np.concatenate([[1.0], levels[:-1]])
    returns = gained(levels, before)
    return period[last], returns


def month_grid(dates: Dates, twr: Floats, counted: Mask | None = None) -> tuple[Ints, Floats]:
    """(years, (Y, 12) monthly returns), NaN where the life has no session that is ``counted`` in the month."""
    months, returns = period_returns(dates, twr, "M")
    number = months.astype(np.int64)
    if counted is not None:
        known = np.unique(dates[counted].astype("datetime64[M]"))
        returns[~np.isin(months, known)] = np.nan
    years = np.arange(number[0] // 12, number[-1] // 12 + 1) + 1970
    grid = np.full((len(years), 12), np.nan)
    grid[number // 12 + 1970 - years[0], number % 12] = returns
    return years, grid


def sources(result: Result) -> Sources:
    """Where the profit came from, day by day from the recorded columns.

    The currency's part uses the value held overnight in foreign assets: those whose ``currency`` in
    ``manifest["assets"]`` is not the base currency, or all where that is not stated and a rate is recorded.
    """
    equity, years = result.equity, result.years
    value = equity["value"]
    kept = _purchasing_power(result)
    before = np.concatenate([[0.0], value[:-1]]) * kept
    gain = value - before - equity["flow"]
    change, held, cross = _rate_change(result), np.zeros(len(value)), np.zeros(len(value))
    for symbol in result.symbols:
        if _is_foreign(result, symbol):
            overnight = np.concatenate([[0.0], equity[f"asset:{symbol}"][:-1]]) * kept
            held += overnight
            if f"price:{symbol}" in equity:  # a unit's price in the base currency moves with both
                price = equity[f"price:{symbol}"]
                moved = np.concatenate([[1.0], price[1:] / price[:-1]])
                cross += overnight * (moved / (1.0 + change) - 1.0) * change
    currency = held * change
    dividends, dividend_tax, tax, cost = (
        float(years[name].sum()) for name in ("dividends", "dividend_tax", "tax", "cost")
    )
    nominal = float(gain.sum())
    fx, both = float(currency.sum()), float(cross.sum())
    market = nominal - fx - both - dividends + dividend_tax + tax + cost
    prices = float((before - before / kept).sum())
    return Sources(market, fx, both, dividends, dividend_tax, tax, cost, nominal + prices, prices)


def _purchasing_power(result: Result) -> Floats:
    """(T,) what of a session's money the next one can still buy; 1 in the money of the day."""
    kept = np.ones(len(result.dates))
    if "real" in result.manifest:
        level = result.equity["price_level"]
        kept[1:] = level[:-1] / level[1:]
    return kept


def lowest_against_principal(result: Result) -> tuple[np.datetime64, float] | None:
    """The worst (date, fraction) of the value against the money paid in; None if it was never below."""
    paid = result.equity["contributed"] - result.equity["withdrawn"]
    ratio = np.divide(result.equity["value"], paid, out=np.ones(len(paid)), where=paid > 0) - 1.0
    worst = int(ratio.argmin())
    return None if ratio[worst] >= 0 else (result.dates[worst], float(ratio[worst]))


def month_ends(dates: Dates) -> Ints:
    """The positions of the last session of each calendar month."""
    month = dates.astype("datetime64[M]")
    return np.flatnonzero(last_of_each(month))


def _days(first: np.datetime64, last: np.datetime64) -> int:
    return int((last - first).astype("timedelta64[D]").astype(int))


def _rate_change(result: Result) -> Floats:
    """(T,) change of the yen per dollar since the session before; 0 where no rate is recorded."""
    rate = result.equity.get("usdjpy")
    change = np.zeros(len(result.dates))
    if rate is not None:
        change[1:] = rate[1:] / rate[:-1] - 1.0
    return np.nan_to_num(change, nan=0.0)


def _is_foreign(result: Result, symbol: str) -> bool:
    base = result.config.get("currency", "JPY")
    if base != "JPY":
        return False
    asset = result.manifest.get("assets", {}).get(symbol, {})
    return bool(asset.get("currency", "USD") != base)


def bin_edges(values: Floats, bins: int) -> Floats:
    """Ascending edges of equal bins over all finite ``values`` of any shape.

    Values that are equal, or would be but for their last bits, share one bin around them: no finer bins can be
    told apart. Without a finite value: one bin from 0 to 1.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return np.array([0.0, 1.0])
    low, high = float(known.min()), float(known.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        half = 0.01 * abs(low) or 0.5
        return np.array([low - half, high + half])
    return np.linspace(low, high, bins + 1)
