"""Where prices come from: one value that loads any symbol and the exchange rate, and says its name.

Sources are never mixed within a run: ``auto`` chooses one for all symbols, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.errors import ConfigError, NotFound, Offline, RateLimited, Stale
from engine.market.assets import Asset, asset, read_assets
from engine.market.faults import correct
from engine.market.series import Series

PROBE_SECONDS = 1.0


@dataclass(frozen=True)
class Source:
    """``load(symbol)`` gives its history; ``fx(end)`` yen per dollar, needed up to ``end`` (None = today).

    ``assets`` adds rows to the registry.

    ``reason`` says, where the source was chosen and not asked for, why it was this one.
    """

    name: str
    load: Callable[[str], Series]
    fx: Callable[[np.datetime64 | None], Series]
    assets: Mapping[str, Asset] = field(default_factory=dict)
    reason: str = ""


def open_source(
    spec: str,
    symbols: Sequence[str] = (),
    *,
    offline: bool = False,
    refresh: bool = False,
    max_age: float | None = None,
) -> Source:
    """The source of ``auto``, ``yahoo``, ``sample`` or ``csv:DIR``.

    ``symbols``  what will be loaded (stand-ins included): ``auto`` needs it to choose one source for all
    ``max_age``  days after which stored Yahoo data are fetched again; None = the cache's own rule

    :raises ConfigError: an unknown name. Other errors come from ``load`` and ``fx``.
    """
    if spec.startswith("csv:") and spec != "csv:":
        return _csv(Path(spec.removeprefix("csv:")))
    if spec == "sample":
        return _sample()
    if spec == "yahoo":
        return _yahoo(offline=offline, refresh=refresh, max_age=max_age)
    if spec == "auto":
        return _auto(symbols, offline=offline, refresh=refresh, max_age=max_age)
    raise ConfigError(f"data source {spec!r} is not one of auto, yahoo, sample, csv:DIR")


def _csv(folder: Path) -> Source:
    from engine.market.providers import csv_folder, ecb

    own = folder / "assets.csv"
    assets = read_assets(own) if own.is_file() else {}

    def load(symbol: str) -> Series:
        return csv_folder.load(folder, symbol, currency=asset(symbol, assets).currency)

    def fx(end: np.datetime64 | None) -> Series:
        if (folder / "USDJPY.csv").is_file():
            return csv_folder.load(folder, "USDJPY", currency="JPY")
        return ecb.load()

    return Source(f"csv:{folder}", load, fx, assets)


def _sample(reason: str = "") -> Source:
    from engine.market.providers import ecb, sample

    def fx(end: np.datetime64 | None) -> Series:
        return ecb.load()

    return Source("sample", sample.load, fx, reason=reason)


def _yahoo(*, offline: bool, refresh: bool, max_age: float | None, reason: str = "") -> Source:
    from engine.market import cache
    from engine.market.providers import ecb

    def load(symbol: str) -> Series:
        item = asset(symbol)
        series = cache.get(item.yahoo, offline=offline, refresh=refresh, max_age=max_age)
        return correct(series.replace(symbol=item.symbol))

    def fx(end: np.datetime64 | None) -> Series:
        return ecb.load()

    return Source("yahoo", load, fx, reason=reason)


def _auto(symbols: Sequence[str], *, offline: bool, refresh: bool, max_age: float | None) -> Source:
    """The cache if it holds every symbol; else Yahoo, if it can be reached; else the sample."""
    why = ""
    stored = _yahoo(offline=True, refresh=False, max_age=max_age, reason="every symbol is in the local cache")
    if not refresh:
        try:
            return _loaded(stored, symbols)
        except (NotFound, Offline, Stale) as error:
            why = str(error)
    if offline:
        return _sample(f"offline, and the local cache does not hold every symbol: {why}")
    if not online():
        return _sample("Yahoo cannot be reached, and the local cache does not hold every symbol")
    try:
        return _loaded(_yahoo(offline=False, refresh=refresh, max_age=max_age), symbols)
    except (Offline, RateLimited) as error:
        return _sample(f"Yahoo did not answer: {error}")


def _loaded(source: Source, symbols: Sequence[str]) -> Source:
    """The same source with ``symbols`` loaded once, so that a failure shows now and not in the middle."""
    ready = {symbol: source.load(symbol) for symbol in symbols}

    def load(symbol: str) -> Series:
        return ready[symbol] if symbol in ready else source.load(symbol)

    return Source(source.name, load, source.fx, source.assets, source.reason)


def online(host: str = "query2.finance.yahoo.com", port: int = 443, seconds: float = PROBE_SECONDS) -> bool:
    """True if ``host`` takes a connection within ``seconds``, name look-up included."""
    import socket
    from threading import Thread

    answered: list[bool] = []

    def knock() -> None:
        try:
            socket.create_connection((host, port), timeout=seconds).close()
            answered.append(True)
        except OSError:
            pass

    # The look-up of a name knows no timeout: a thread that is not waited for bounds it.
    thread = Thread(target=knock, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answered)
