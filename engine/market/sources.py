"""Where prices come from: one value that loads any symbol and the exchange rate, and says its name.

Sources are never mixed within a run: ``auto`` chooses one for all symbols, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np

from engine.errors import (
    BacktestError,
    ConfigError,
    DataError,
    NotFound,
    Offline,
    RateLimited,
    Stale,
    reason_of,
)
from engine.files import find
from engine.market.assets import Asset, all_assets, asset, yahoo_symbol
from engine.market.faults import correct
from engine.market.series import Series
from engine.messages import Message, Quoted, message

if TYPE_CHECKING:
    from engine.market.cache import Cache, Policy, Request

PROBE_SECONDS = 1.0


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

    ``assets``     adds rows to the registry
    ``reason``     where the source was chosen and not asked for: why it was this one
    ``symbols``    all that it has, where it is known: prices of one's own
    ``holds``      symbols of indices made of several histories that it has as its own
    ``is_recent``  False where the cache has something to say of what it gave: offline, that is its age
    """

    name: str
    load: Callable[[str], Series]
    fx: Callable[[np.datetime64 | None], Series]
    assets: Mapping[str, Asset] = field(default_factory=dict)
    reason: Message | None = None
    is_recent: bool = True
    symbols: tuple[str, ...] = ()
    holds: frozenset[str] = frozenset()


def open_source(
    spec: str,
    symbols: Sequence[str] = (),
    *,
    end: np.datetime64 | None = None,
    **access: Unpack[Access],
) -> Source:
    """The source of ``auto``, ``yahoo``, ``stooq``, ``sample``, ``century``, ``french``, or ``csv:`` and others.

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
    if spec == "century":
        return _century()
    if spec.startswith("french:") and spec != "french:":
        return _french_file(Path(spec.removeprefix("french:")))
    if spec.startswith("shiller:") and spec != "shiller:":
        return _shiller(Path(spec.removeprefix("shiller:")).expanduser())
    if spec not in ("yahoo", "auto", "french", "stooq"):
        what = message(
            "data source {name} is not one of auto, yahoo, stooq, sample, century, french, french:ZIP, "
            "shiller:FILE, csv:DIR",
            name=Quoted(spec),
        )
        from engine.config.leaves import source_hint

        raise ConfigError(what, hint=source_hint(spec))
    from engine.market.cache import Policy

    policy = Policy(**access)
    if spec == "french":
        return _french(policy)
    if spec == "stooq":
        return _stooq(policy, end)
    return _yahoo(symbols, policy, end) if spec == "yahoo" else _auto(symbols, policy, end)


def read_once(spec: str) -> Source | str:
    """A source of files that reads each of them once: what several panels show of it is of one state.

    A source behind the cache, which keeps its own, stays a name: what it is opened for decides.
    """
    if spec in ("auto", "yahoo", "stooq", "french"):
        return spec
    source = open_source(spec)
    rates = cache(source.fx)
    has_rates = "USDJPY" in source.holds  # in a file, whatever day they are needed up to
    return replace(source, load=cache(source.load), fx=(lambda _end: rates(None)) if has_rates else rates)


def open_rates(spec: str, **access: Unpack[Access]) -> Callable[[np.datetime64 | None], Series]:
    """Yen per dollar of ``ecb``, ``fred`` (daily since 1971, through the cache) or ``csv:FILE``, as ``Source.fx``.

    :raises ConfigError: an unknown name. Other errors come when it is called.
    """
    from engine.market.cache import Cache, Policy

    policy = Policy(**access)
    if spec == "ecb":
        return lambda end: _newest_fixings(Cache(), policy, end)
    if spec == "fred":
        from engine.market.providers import fred

        return lambda end: Cache().get("USDJPY", "fred", fred.fetch, policy, until=end).series
    if spec.startswith("csv:") and spec != "csv:":
        from engine.market.providers import csv_folder

        path = find(Path(spec.removeprefix("csv:")).expanduser())
        return lambda end: csv_folder.rates(path)
    raise ConfigError(message("exchange rates {name} are not one of ecb, fred, csv:FILE", name=Quoted(spec)))


def _csv(folder: Path) -> Source:
    from engine.market.providers import csv_folder

    # Published prices of a fund go before its model.
    published = {
        item.symbol: replace(item, underlying="", fees=())
        for item in all_assets()
        if item.underlying and (folder / f"{item.symbol}.csv").is_file()
    }
    assets = published | csv_folder.own_assets(folder)

    def load(symbol: str) -> Series:
        return csv_folder.load(folder, symbol, currency=asset(symbol, assets).currency)

    def fx(end: np.datetime64 | None) -> Series:
        is_there = (folder / "USDJPY.csv").is_file()
        return csv_folder.load(folder, "USDJPY", currency="JPY") if is_there else _fixings(end)

    return Source(f"csv:{folder}", load, fx, assets, holds=frozenset(csv_folder.symbols(folder)))


def _sample(reason: Message | None = None) -> Source:
    from engine.market.providers import sample

    return Source("sample", sample.load, _fixings, reason=reason)


def _century() -> Source:
    from engine.market.providers import century

    return Source("century", century.load, _yen_history, holds=frozenset(century.OF_SIZE))


def _french(policy: Policy) -> Source:
    """The French library through the cache."""
    from engine.market.cache import Cache, Request
    from engine.market.providers import french

    def load(symbol: str) -> Series:
        return _had(Cache(), Request(symbol.upper(), "french", french.fetch), policy)

    return Source("french", load, _yen_history)


def _had(cache: Cache, request: Request, policy: Policy) -> Series:
    """One history through the cache, with what is to be known of it."""
    response = cache.get_many([request], policy)[request]
    if isinstance(response, BacktestError):
        raise response
    return response.series.noted(*response.notes)


def _french_file(path: Path) -> Source:
    """The French library from a zip that somebody saved."""
    from engine.market.providers import french
    from engine.reading import read_bounded

    try:
        archive = read_bounded(path.expanduser(), french.LARGEST, follow=True)
    except OSError as error:
        raise NotFound(message("{place}: {why}", place=path, why=reason_of(error))) from error
    return Source(f"french:{path.name}", lambda symbol: french.parse(archive, symbol), _yen_history)


def _shiller(path: Path) -> Source:
    """Shiller's table from a file, or from a folder that holds it."""
    from engine.market.providers import shiller

    return Source(f"shiller:{path.name}", partial(shiller.load, path), _yen_history)


def _yen_history(end: np.datetime64 | None) -> Series:
    """Rates for monthly series, since 1949."""
    from engine.market.providers import yen_history

    return yen_history.load()


def _fixings(end: np.datetime64 | None) -> Series:
    """The bundled exchange rates, however far they reach."""
    from engine.market.providers import ecb

    return ecb.load()


def _newest_fixings(cache: Cache, policy: Policy, end: np.datetime64 | None) -> Series:
    """The fixings up to ``end``: the bundled ones where they reach so far, else those of the cache."""
    from engine.market.providers import ecb

    bundled = _fixings(end)
    if end is not None and end <= bundled.dates[-1]:
        return bundled
    try:
        return cache.get("USDJPY", "ecb", ecb.fetch, policy, until=end).series
    except DataError as error:
        # Whether the bundled fixings reach far enough is judged session by session.
        note = message(
            "USDJPY: the bundled fixings are used, newer ones cannot be had: {why}", why=error.message
        )
        return bundled.noted(note)


def _yahoo(
    symbols: Sequence[str], policy: Policy, end: np.datetime64 | None, reason: Message | None = None
) -> Source:
    """Yahoo, for ``FF_…`` the French library, through the cache; ``symbols`` are had at once, so failures show."""
    from engine.market.cache import Cache, Request, Response
    from engine.market.providers import french, yahoo

    cache = Cache()

    def had(names: Sequence[str]) -> dict[str, Response]:
        assets = {name: asset(name) for name in names}
        requests = {
            name: Request(name.upper(), "french", french.fetch)
            if name.upper().startswith("FF_")
            else Request(yahoo_symbol(item), "yahoo", partial(yahoo.fetch, currency=item.currency), until=end)
            for name, item in assets.items()
        }
        responses = cache.get_many(list(requests.values()), policy)
        result = {}
        for name, request in requests.items():
            response = responses[request]
            if isinstance(response, BacktestError):
                raise response
            series = response.series.replace(symbol=assets[name].symbol).noted(*response.notes)
            result[name] = replace(response, series=correct(series))
        return result

    ready = had(symbols)

    def load(symbol: str) -> Series:
        return (ready[symbol] if symbol in ready else had([symbol])[symbol]).series

    is_recent = not any(response.notes for response in ready.values())
    fx = partial(_newest_fixings, cache, policy)
    return Source("yahoo", load, fx, reason=reason, is_recent=is_recent)


def _stooq(policy: Policy, until: np.datetime64 | None) -> Source:
    """Stooq through the cache."""
    from engine.market.cache import Cache, Request
    from engine.market.providers import stooq

    cache = Cache()

    def load(symbol: str) -> Series:
        item = asset(symbol)
        request = Request(yahoo_symbol(item), "stooq", stooq.fetch, until=until)
        return _had(cache, request, policy).replace(symbol=item.symbol)

    return Source("stooq", load, partial(_newest_fixings, cache, policy))


def _auto(symbols: Sequence[str], policy: Policy, end: np.datetime64 | None) -> Source:
    """The cache if it holds every symbol and is recent; else Yahoo, if it can be reached; else the sample."""
    stored, missing = None, message("the local cache was not asked")
    if not policy.refresh:
        reason = message("every symbol is in the local cache")
        try:
            stored = _yahoo(symbols, replace(policy, offline=True), end, reason)
        except (NotFound, Offline):
            missing = message("the local cache does not hold every symbol")
        except Stale as error:
            missing = error.message
        if stored is not None and (policy.offline or stored.is_recent):
            return stored
    if policy.offline:
        return _sample_instead(symbols, message("the network is not allowed, and {what}", what=missing))
    if not _reachable():
        return stored or _sample_instead(
            symbols, message("Yahoo cannot be reached, and {what}", what=missing)
        )
    try:
        return _yahoo(symbols, replace(policy, allow_stale=True), end)
    except (Offline, RateLimited) as error:
        why = message("Yahoo gives no prices now ({why})", why=error.message)
        return stored or _sample_instead(symbols, why)


def _sample_instead(symbols: Sequence[str], reason: Message) -> Source:
    """The sample, if it has what is needed. :raises Offline: if not, with the reason for asking it."""
    source = _sample(reason)
    for symbol in symbols:
        try:
            source.load(symbol)
        except NotFound as error:
            what = message(
                "{symbol}: {reason}; the sample has no {symbol} either", symbol=symbol, reason=reason
            )
            raise Offline(what, hint=error.message) from error
    return source


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
