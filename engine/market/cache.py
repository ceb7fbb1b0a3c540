"""The local cache: cache first, then only what is new, and never a good history lost.

``Cache().get("VOO", "yahoo", yahoo.fetch)`` gives the stored history if it is recent; else it asks for
the last 400 days before its end and what followed. If those days are as stored, the new sessions are
added. If they are not, or a dividend or split has come (which changes the adjusted past), everything is
fetched again, and what changed is told in ``Response.notes`` and kept in the manifest's ``history``.

A failed fetch changes nothing on disk. One process at a time works on a symbol; the others wait and take
its result. Every read verifies checksums; a damaged file is moved to ``quarantine`` and fetched again.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.errors import BacktestError, CannotWrite, DataError, Offline, Stale, StoreError, reason_of
from engine.market import revision
from engine.market.cache_entry import CacheEntry, Damaged, EntryManifest, StoredSeries, entries, moment
from engine.market.series import Series
from engine.messages import Message, listed, message
from engine.places import user_folder

MAX_AGE = 12 * 3600.0  # seconds after which the source is asked for news
# A vendor puts a missing payout in weeks later; asking for them takes no more requests.
OVERLAP = np.timedelta64(400, "D")
WORKERS = 8
MOST_CHANGES = 8  # that are told of one revision


class Fetch(Protocol):
    """A provider: the history from ``start`` (None: all of it), or all of it whatever ``start`` is."""

    def __call__(self, symbol: str, *, start: np.datetime64 | None) -> Series:
        """Errors: a DataError; anything else is a defect of the provider."""


@dataclass(frozen=True)
class Policy:
    """What the user allows.

    ``offline``      no network: the stored history as it is, or Offline
    ``refresh``      fetch everything again, and accept a history that has become shorter or worse
    ``max_age``      seconds; older than this is not used, even if the source fails. None: the source is
                     asked after 12 hours, and ``offline`` accepts any age
    ``lock``         Stale instead of accepting values that the source has changed; new sessions are taken
    ``allow_stale``  when the source fails, the stored history with a note instead of the error
    """

    offline: bool = False
    refresh: bool = False
    max_age: float | None = None
    lock: bool = False
    allow_stale: bool = False


@dataclass(frozen=True)
class Request:
    """One symbol for ``get_many``. ``until``: no need to ask the source if the history reaches this."""

    symbol: str
    provider: str
    fetch: Fetch
    until: np.datetime64 | None = None


@dataclass(frozen=True)
class Response:
    """A history and how it was had. ``age`` in seconds; ``notes`` tell of revisions, damages, age."""

    series: Series
    manifest: EntryManifest
    age: float
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Found:
    """A stored history, every byte read: itself, or what is wrong with it."""

    provider: str
    symbol: str
    content: Response | Message


class Cache:
    """The cache in a folder (default: ``default_root()``). Makes nothing until something is stored."""

    def __init__(
        self,
        root: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        overlap: np.timedelta64 = OVERLAP,
    ) -> None:
        self.root: Path = root or default_root()
        self.overlap: np.timedelta64 = overlap
        self._clock = clock

    def get(
        self,
        symbol: str,
        provider: str,
        fetch: Fetch,
        policy: Policy = Policy(),
        *,
        until: np.datetime64 | None = None,
    ) -> Response:
        """The history of ``symbol`` from ``provider``, out of the cache or through ``fetch``.

        Errors: what ``fetch`` raises; Offline and Stale by ``policy``; BadData if the source now gives
        less than is stored, or prices that a check refuses; StoreError if the folder cannot be written
        or its lock is not given back.
        """
        entry = CacheEntry(self.root, provider, symbol)
        stored, damage = None, None
        try:
            stored = entry.look()
        except Damaged as error:
            damage = error
        if stored is not None and not policy.refresh and self._is_recent(stored.manifest, policy, until):
            return self._response(stored)
        if policy.offline and damage is None:
            return self._offline(entry, stored, policy)
        with self._writing(entry):
            return self._locked_get(entry, fetch, policy, stored)

    def get_many(
        self,
        requests: Sequence[Request],
        policy: Policy = Policy(),
        *,
        report: Callable[[Request, Response | BacktestError], None] | None = None,
    ) -> dict[Request, Response | BacktestError]:
        """Several histories at once; errors are values. ``report`` hears of each as it is done.

        When one symbol finds a provider out of reach, those not yet begun do not wait for it as well.
        """
        todo: queue.SimpleQueue[Request] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[Request, Response | BaseException]] = queue.SimpleQueue()
        down: dict[str, Offline] = {}
        for request in requests:
            todo.put(request)

        def work() -> None:
            with contextlib.suppress(queue.Empty):
                while True:
                    request = todo.get_nowait()
                    name, provider, fetch = request.symbol, request.provider, request.fetch
                    fetch = _unreachable(down[provider]) if provider in down else fetch
                    try:
                        done.put((request, self.get(name, provider, fetch, policy, until=request.until)))
                    except BaseException as error:
                        if isinstance(error, Offline) and not policy.offline:
                            down.setdefault(provider, error)
                        done.put((request, error))

        # Daemons: an interrupted command does not wait for them, and the cache bears their sudden end.
        for _ in range(min(WORKERS, len(requests))):
            threading.Thread(target=work, daemon=True).start()
        responses: dict[Request, Response | BacktestError] = {}
        while len(responses) < len(set(requests)):
            with contextlib.suppress(queue.Empty):
                request, response = done.get(timeout=0.2)
                if isinstance(response, BaseException) and not isinstance(response, BacktestError):
                    raise response
                responses[request] = response
                if report is not None:
                    report(request, response)
        return responses

    def read(self, symbol: str, provider: str) -> Response | None:
        """What is stored, without any network; None if nothing is. Errors: Damaged."""
        stored = CacheEntry(self.root, provider, symbol).look()
        return None if stored is None else self._response(stored)

    def find(self, symbol: str | None = None) -> list[Found]:
        """What is stored (of ``symbol``, or all) by provider and symbol. The next ``get`` sets damage right."""
        found = []
        for entry in entries(self.root):
            if symbol not in (None, entry.symbol):
                continue
            try:
                stored = entry.look()
            except (Damaged, StoreError) as error:
                found.append(Found(entry.provider, entry.symbol, error.message))
            else:
                if stored is not None:
                    found.append(Found(entry.provider, entry.symbol, self._response(stored)))
        return found

    def _locked_get(
        self, entry: CacheEntry, fetch: Fetch, policy: Policy, before: StoredSeries | None
    ) -> Response:
        stored, damage = None, None
        try:
            stored = entry.look()
            entry.tidy(stored.manifest if stored else None)
        except Damaged as error:
            entry.set_aside(error)
            damage = error
        if policy.offline:
            return self._offline(entry, stored, policy, damage)
        had = None if before is None else before.manifest.fetched_at
        if stored is not None and stored.manifest.fetched_at != had:
            return self._response(stored)  # another process has asked the source while we waited
        try:
            response = self._renewed(entry, stored, damage, fetch, policy)
        except DataError as error:
            may_be_old = policy.allow_stale and policy.max_age is None and not isinstance(error, Stale)
            if stored is None or not may_be_old:
                raise
            why, age = error.message, duration(self._age(stored.manifest))
            instead = message("{why}; used instead: the copy of {age} ago", why=why, age=age)
            return self._response(stored, instead)
        self._tidy_others(entry)
        return response

    def _renewed(
        self,
        entry: CacheEntry,
        stored: StoredSeries | None,
        damage: Damaged | None,
        fetch: Fetch,
        policy: Policy,
    ) -> Response:
        """The history with what the source has now, stored. Errors: as ``get``; nothing stored then."""
        symbol, provider = entry.symbol, entry.provider
        old = None if stored is None else stored.series

        def ask(start: np.datetime64 | None) -> Series:
            return revision.check_form(fetch(symbol, start=start), symbol, provider, old)

        if stored is None or old is None:
            return self._first(entry, ask(None), damage, policy)
        before = stored.manifest
        since = moment(before.fetched_at) if policy.lock else None
        series, told = revision.renewed(old, ask, provider, self.overlap, policy.refresh, since)
        if not told and len(series.dates) == len(old.dates):
            return self._response(entry.touch(stored, fetched_at=self._clock()))
        happened, notes = None, []
        if told:
            more = len(told) - MOST_CHANGES
            rest = [message("{n} more change", plural="{n} more changes", n=more)] if more > 0 else []
            what = listed([*told[:MOST_CHANGES], *rest], last=";")
            happened, named = (
                message("fetched again: {what}", what=what),
                {"symbol": symbol, "source": provider},
            )
            notes = [message("{symbol}: fetched again from {source}: {what}", **named, what=what)]
        stored = entry.store(series, fetched_at=self._clock(), before=before, what=happened)
        return self._response(stored, *notes)

    def _first(self, entry: CacheEntry, whole: Series, damage: Damaged | None, policy: Policy) -> Response:
        """Store what was not there, or was damaged; under ``lock`` it must have the values it had."""
        lost = None if damage is None else damage.manifest
        if lost is not None and policy.lock:
            again = whole.between(np.datetime64(lost.first), np.datetime64(lost.last))
            if again.sha256 != lost.sha256:
                what = message(
                    "{symbol}: the stored file was damaged and {source} gives other values now",
                    symbol=entry.symbol,
                    source=entry.provider,
                )
                raise Stale(what, hint=message("run without --lock to accept them"))
        what = message("fetched again after damage") if lost else message("first fetch")
        stored = entry.store(whole, fetched_at=self._clock(), before=lost, what=what)
        return self._response(stored, *([damage.message] if damage else []))

    @contextlib.contextmanager
    def _writing(self, entry: CacheEntry) -> Iterator[None]:
        """The lock of ``entry``; trouble with the folder becomes a StoreError."""
        try:
            with entry.lock():
                yield
        except (OSError, CannotWrite) as error:
            why = error.message if isinstance(error, CannotWrite) else reason_of(error)
            raise StoreError(
                message("the cache {folder} cannot be written: {why}", folder=self.root, why=why),
                hint=message("BACKTEST_CACHE names another folder for prices"),
            ) from error

    def _tidy_others(self, own: CacheEntry) -> None:
        """Remove what killed processes left in folders that nobody works in."""
        for entry in entries(self.root):
            with contextlib.suppress(OSError, Damaged, StoreError):
                if entry.folder != own.folder and entry.has_orphans():
                    with entry.lock(seconds=0.0):
                        entry.tidy()

    def _is_recent(self, manifest: EntryManifest, policy: Policy, until: np.datetime64 | None) -> bool:
        if policy.max_age is None and until is not None:
            # Fetched after the wanted end was over: the source has nothing to add to it.
            asked = np.datetime64(int(manifest.fetched_at), "s")
            if np.datetime64(manifest.last) >= until or asked >= until + np.timedelta64(3, "D"):
                return True
        return 0 <= self._age(manifest) <= (MAX_AGE if policy.max_age is None else policy.max_age)

    def _offline(
        self, entry: CacheEntry, stored: StoredSeries | None, policy: Policy, damage: Damaged | None = None
    ) -> Response:
        """What is stored, as it is. Errors: Offline if nothing is, Stale if it is older than allowed."""
        named = {"symbol": entry.symbol, "source": entry.provider}
        if stored is None:
            what = message(
                "{symbol} from {source} is not in the cache and the network is not allowed", **named
            )
            if damage is not None:
                what = message(
                    "{what}; it was set aside, and the network is not allowed", what=damage.message
                )
            # `data fetch` takes the rate from the ECB unless it is told another source.
            other = f" --from {entry.provider}" if entry.provider == "fred" else ""
            command = f"backtest data fetch {entry.symbol}{other}"
            raise Offline(what, hint=message("fetch it once: {command}", command=command))
        age = self._age(stored.manifest)
        note = message("{symbol} from {source} was fetched {age} ago", **named, age=duration(age))
        if policy.max_age is not None and age > policy.max_age:
            allowed = duration(policy.max_age)
            raise Stale(
                message("{what}, older than the {allowed} allowed, and offline", what=note, allowed=allowed)
            )
        return self._response(stored, *([note] if age > MAX_AGE else []))

    def _age(self, manifest: EntryManifest) -> float:
        return self._clock() - manifest.fetched_at

    def _response(self, stored: StoredSeries, *notes: Message) -> Response:
        return Response(stored.series, stored.manifest, self._age(stored.manifest), notes)


def default_root() -> Path:
    """``BACKTEST_CACHE`` if set, else the platform's cache folder for this program; in it ``market``.

    Errors: StoreError if the machine has no home folder and the variable is not set.
    """
    named = os.environ.get("BACKTEST_CACHE")
    root = Path(named).expanduser() if named else user_folder("BACKTEST_CACHE")
    return root / "market"


def duration(seconds: float) -> Message:
    """A length of time in one unit, rounded: ``2 minutes``."""
    if seconds >= 86400:
        return message("{n} day", plural="{n} days", n=round(seconds / 86400))
    if seconds >= 3600:
        return message("{n} hour", plural="{n} hours", n=round(seconds / 3600))
    return message("{n} minute", plural="{n} minutes", n=max(0, round(seconds / 60)))


def _unreachable(error: Offline) -> Fetch:
    def fetch(symbol: str, *, start: np.datetime64 | None) -> Series:
        raise Offline(error.message, hint=error.hint)

    return fetch
