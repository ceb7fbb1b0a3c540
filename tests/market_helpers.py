"""What the market tests share: small made-up series, a source of them, and the way to the real prices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engine.errors import NotFound
from engine.market.exchanges import nyse_sessions
from engine.market.providers.csv_folder import text_of
from engine.market.series import Series
from engine.market.sources import Source
from engine.messages import Message


def save_csv(folder: Path, series: Series) -> None:
    """A file of a folder of prices, from which ``csv_folder.load`` gives the series back."""
    (folder / f"{series.symbol}.csv").write_text(text_of(series))


def market_folder() -> Path:
    """The folder of real prices; skips the test, saying so, where there is none."""
    folder = os.environ.get("BACKTEST_MARKET_DATA", "")
    if not folder:
        pytest.skip("BACKTEST_MARKET_DATA is not set: real prices are not here")
    return Path(folder)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def made(symbol="AAA", dates=(), close=(), dividend=None, adj_close=None, currency="USD", **more) -> Series:
    """A series from plain lists; the adjusted close follows from closes and dividends where not given."""
    dates = np.array(dates, dtype="datetime64[D]")
    close = np.array(close, dtype=float)
    dividend = np.zeros(close.size) if dividend is None else np.array(dividend, dtype=float)
    if adj_close is None:
        growth = np.append(1.0, (close[1:] + dividend[1:]) / close[:-1])
        adj_close = np.cumprod(growth)
        adj_close = adj_close * close[-1] / adj_close[-1]
    return Series(symbol, currency, dates, close, np.array(adj_close, float), dividend, "made", **more)


def walk(symbol="AAA", start="2015-01-01", end="2019-12-31", seed=1, level=100.0, **more) -> Series:
    """A random walk on the New York sessions with a dividend of 0.5 % each quarter."""
    dates = nyse_sessions(np.datetime64(start), np.datetime64(end))
    steps = np.random.default_rng(seed).normal(0.0003, 0.01, dates.size)
    close = level * np.exp(np.cumsum(steps))
    dividend = np.where(np.arange(dates.size) % 63 == 62, 0.005 * close, 0.0)
    return made(symbol, dates, close, dividend, **more)


def yen(dates, rate=110.0) -> Series:
    dates = np.array(dates, dtype="datetime64[D]")
    none = np.full(dates.size, np.nan)
    return Series(
        "USDJPY", "JPY", dates, np.broadcast_to(np.asarray(rate, float), dates.shape), none, none, "made"
    )


def source_of(*series: Series, fx: Series | None = None, assets: Mapping = {}) -> Source:
    """A source that holds exactly these series."""
    held = {item.symbol: item for item in series}

    def load(symbol: str) -> Series:
        if symbol not in held:
            raise NotFound(Message(f"no {symbol}"))
        return held[symbol]

    def rate(end) -> Series:
        if fx is None:
            raise NotFound(Message("no exchange rate"))
        return fx

    return Source("made", load, rate, assets)
