"""Where prices come from: one value that loads any symbol and the exchange rate, and says its name.

Sources are never mixed within a run: ``auto`` chooses one for all symbols, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np

from engine.errors import BacktestError, ConfigError, DataError, NotFound, Offline, RateLimited, Stale
from engine.files import find
from engine.market.assets import Asset, asset
from engine.market.faults import correct
from engine.market.series import Series

if TYPE_CHECKING:
    from engine.market.cache import Policy

PROBE_SECONDS = 1.0
STORED_NOTES = "stored_notes"  # key of Series.extra: what the cache said about the series


class Access(TypedDict, total=False):
    """How stored prices may be used and renewed: the options of every function that loads prices by name.

    ``max_age`` in seconds; each is explained at :class:`engine.market.cache.Policy`.
    """

    offline: bool
    refresh: bool
    max_age: float | None
    lock: bool


@dataclass(frozen=True)
class Source:
    """``load(symbol)`` gives its history; ``fx(end)`` yen per dollar, needed up to ``end`` (None = today).

    ``assets`` adds rows to the registry; ``reason`` says, where the source was chosen and not asked for, why
    it was this one.
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
    end: np.datetime64 | None = None,
    **access: Unpack[Access],
) -> Source:
    """The source of ``auto``, ``yahoo``, ``sample`` or ``csv:DIR``.

    ``symbols``  what will be loaded: ``auto`` needs it to choose one source for all, ``yahoo`` has it at once
    ``end``      the last day that is needed; None = the latest there is
    ``access``   what the cache may do; see :class:`Access`

    :raises ConfigError: an unknown name. Other errors come from ``load`` and ``fx``.
    """
    if spec.startswith("csv:") and spec != "csv:":
        folder = spec.removeprefix("csv:")
        return _csv(find(Path(folder).expanduser() if folder.startswith("~/") else Path(folder)))
    if spec == "sample":
        return _sample()
    if spec not in ("yahoo", "auto"):
        raise ConfigError(f"data source {spec!r} is not one of auto, yahoo, sample, csv:DIR")
    from engine.market.cache import Policy

    policy = Policy(**access)
    return _yahoo(symbols, policy, end) if spec == "yahoo" else _auto(symbols, policy, end)


def _csv(folder: Path) -> Source:
    from engine.market.providers import csv_folder, ecb

    assets = csv_folder.own_assets(folder)

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


def _yahoo(symbols: Sequence[str], policy: Policy, end: np.datetime64 | None, reason: str = "") -> Source:
    """Yahoo through the cache; ``symbols`` are had at once, so that a failure shows now."""
    from engine.market.cache import Cache, Want
    from engine.market.providers import ecb, ecb_online, yahoo

    cache = Cache()

    def had(names: Sequence[str]) -> dict[str, Series]:
        assets = [asset(name) for name in names]
        fetches = [partial(yahoo.fetch, currency=item.currency) for item in assets]
        pairs = zip(assets, fetches, strict=True)
        wants = [Want(item.yahoo, "yahoo", fetch, until=end) for item, fetch in pairs]
        answers = cache.get_many(wants, policy)
        result = {}
        for name, item, want in zip(names, assets, wants, strict=True):
            answer = answers[want]
            if isinstance(answer, BacktestError):
                raise answer
            series = answer.series
            extra = {**series.extra, STORED_NOTES: answer.notes}
            notes = (*series.notes, *answer.notes)
            result[name] = correct(series.replace(symbol=item.symbol, notes=notes, extra=extra))
        return result

    def fx(end: np.datetime64 | None) -> Series:
        bundled = ecb.load()
        if end is not None and end <= bundled.dates[-1]:
            return bundled
        try:
            return cache.get("USDJPY", "ecb", ecb_online.fetch, policy, until=end).series
        except DataError as error:
            # Whether the bundled fixings reach far enough is judged session by session.
            note = f"USDJPY: the bundled fixings are used, newer ones cannot be had: {error.message}"
            return bundled.replace(notes=(note,))

    ready = had(symbols)

    def load(symbol: str) -> Series:
        return ready[symbol] if symbol in ready else had([symbol])[symbol]

    return Source("yahoo", load, fx, reason=reason)


def _auto(symbols: Sequence[str], policy: Policy, end: np.datetime64 | None) -> Source:
    """The cache if it holds every symbol and is recent; else Yahoo, if it can be reached; else the sample."""
    stored, missing = None, "the local cache was not asked"
    if not policy.refresh:
        reason = "every symbol is in the local cache"
        try:
            stored = _yahoo(symbols, replace(policy, offline=True), end, reason)
        except (NotFound, Offline):
            missing = "the local cache does not hold every symbol"
        except Stale as error:
            missing = str(error.message)
        if stored is not None and (policy.offline or _is_recent(stored, symbols)):
            return stored
    if policy.offline:
        return _sample_instead(symbols, f"the network is not allowed, and {missing}")
    if not _reachable():
        return stored or _sample_instead(symbols, f"Yahoo cannot be reached, and {missing}")
    try:
        return _yahoo(symbols, replace(policy, allow_stale=True), end)
    except (Offline, RateLimited) as error:
        return stored or _sample_instead(symbols, f"Yahoo gives no prices now ({error.message})")


def _sample_instead(symbols: Sequence[str], reason: str) -> Source:
    """The sample, if it has what is needed. :raises Offline: if not, with the reason for asking it."""
    source = _sample(reason)
    for symbol in symbols:
        try:
            source.load(symbol)
        except NotFound as error:
            what = f"{symbol}: {reason}; the sample has no {symbol} either"
            raise Offline(what, hint=error.message) from error
    return source


def _is_recent(stored: Source, symbols: Sequence[str]) -> bool:
    """True unless the cache had something to say of a symbol: offline, that is its age."""
    return not any(stored.load(symbol).extra[STORED_NOTES] for symbol in symbols)


def _reachable() -> bool:
    """True if Yahoo, or the proxy on the way to it, takes a connection within a second."""
    import os

    from engine.market.net import probe
    from engine.market.providers.yahoo import HOST

    try:
        probe(os.environ.get("BACKTEST_YAHOO_URL") or HOST, seconds=PROBE_SECONDS)
    except Offline:
        return False
    return True
