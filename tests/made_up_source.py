"""A source with made-up histories that can be changed, for the tests of the cache. No network, no clock."""

from __future__ import annotations

import numpy as np

from engine.errors import BacktestError
from engine.market.series import Series

DAY = 86400.0


def history(last: str = "2030-06-28", days: int = 80, *, symbol: str = "VOO", seed: int = 1) -> Series:
    """Weekdays up to ``last``; prices depend on the date alone, so a longer one has the same past."""
    end = np.busday_offset(np.datetime64(last, "D"), 0, roll="backward")
    dates = np.busday_offset(end, np.arange(-days + 1, 1)).astype("datetime64[D]")
    close = np.round(100 + 20 * np.sin(dates.astype(int) / 9.0 + seed), 4)
    return Series(symbol, "USD", dates, close, close.copy(), np.zeros(days), "made-up", extra={"splits": ()})


def pay(series: Series, day: str, amount: float) -> Series:
    """``series`` with a dividend: the adjusted closes before it are multiplied by 1 − amount / close."""
    i = int(np.flatnonzero(series.dates == np.datetime64(day))[0])
    dividend, adjusted = series.dividend.copy(), series.adj_close.copy()
    dividend[i] += amount
    adjusted[:i] *= 1 - amount / series.close[i - 1]
    return series.replace(dividend=dividend, adj_close=adjusted)


def split(series: Series, day: str, ratio: float) -> Series:
    """``series`` with a split on ``day``: closes are quoted in new shares, before it and after."""
    factor = 1 / ratio
    return series.replace(
        close=series.close * factor,
        adj_close=series.adj_close * factor,
        dividend=series.dividend * factor,
        extra={"splits": (*series.extra["splits"], (day, ratio))},
    )


def without(series: Series, *days: str) -> Series:
    """``series`` less some sessions."""
    keep = ~np.isin(series.dates, np.array(days, dtype="datetime64[D]"))
    return series.replace(
        dates=series.dates[keep],
        close=series.close[keep],
        adj_close=series.adj_close[keep],
        dividend=series.dividend[keep],
        extra=dict(series.extra),
    )


def reprice(series: Series, day: str, close: float) -> Series:
    """``series`` with another close on ``day``."""
    changed = series.close.copy()
    changed[series.dates == np.datetime64(day)] = close
    return series.replace(close=changed)


class Source:
    """``fetch`` gives ``truth`` from ``start`` on and notes each call; with ``error`` set it fails."""

    def __init__(self, truth: Series, *, whole_file: bool = False) -> None:
        self.truth = truth
        self.whole_file = whole_file
        self.error: BacktestError | None = None
        self.starts: list[str | None] = []

    def fetch(self, symbol: str, *, start: np.datetime64 | None) -> Series:
        self.starts.append(None if start is None else str(start))
        if self.error is not None:
            raise self.error
        if start is None or self.whole_file:
            return self.truth
        part = self.truth.between(start, self.truth.dates[-1])
        recent = tuple((day, r) for day, r in self.truth.extra["splits"] if np.datetime64(day) >= start)
        return part.replace(extra={"splits": recent})


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self, day: str = "2030-07-01") -> None:
        self.now = float(np.datetime64(day, "s").astype(int))

    def __call__(self) -> float:
        return self.now
