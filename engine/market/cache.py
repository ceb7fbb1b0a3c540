"""The local cache: cache first, then only what is new, and never a good history lost.

``Cache().get("VOO", "yahoo", yahoo.fetch)`` gives the stored history if it is recent; else it asks for
the last 400 days before its end and what followed. If those days are as stored, the new sessions are
added. If they are not, or a dividend or split has come (which changes the adjusted past), everything is
fetched again, and what changed is told in ``Answer.notes`` and kept in the entry's ``history``.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.errors import BacktestError, BadData, CannotWrite, DataError, Offline, Stale, StoreError
from engine.market.revision import (
    changes,
    check_form,
    new_events,
    refuse_changed,
    refuse_less,
    refuse_worse,
)
from engine.market.series import Series
from engine.market.slot import EVENTS, Damaged, Event, Held, Pointer, Slot, slots
from engine.places import user_folder

MAX_AGE = 12 * 3600.0  # seconds after which the source is asked for news
OVERLAP = np.timedelta64(
    400, "D"
)  # a vendor puts a missing payout in weeks later; it asks for no more requests
WORKERS = 8
LONGEST_EVENT = 500


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


EVERYDAY = Policy()


@dataclass(frozen=True)
class CacheEntry:
    """What a person wants to know of a stored history. ``age`` in seconds, dates and times ISO (UTC)."""

    provider: str
    symbol: str
    currency: str
    source: str
    first: str
    last: str
    rows: int
    fetched_at: str
    age: float
    sha256: str
    file_sha256: str
    history: tuple[Event, ...]


@dataclass(frozen=True)
class Answer:
    """A history and how it was had. ``notes`` are sentences for a person: revisions, damages, age."""

    series: Series
    entry: CacheEntry
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Want:
    """One symbol for ``get_many``. ``until``: no need to ask the source if the history reaches this."""

    symbol: str
    provider: str
    fetch: Fetch
    until: np.datetime64 | None = None


@dataclass(frozen=True)
class Verdict:
    """What ``verify_all`` found: ``problem`` is None if every byte is as it was written."""

    provider: str
    symbol: str
    problem: str | None


class Cache:
    """The cache in a folder (default: ``default_root()``). Makes nothing until something is stored."""

    def __init__(
        self,
        root: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        overlap: np.timedelta64 = OVERLAP,
    ) -> None:
        self.root = root or default_root()
        self.overlap = overlap
        self._clock = clock

    def get(
        self,
        symbol: str,
        provider: str,
        fetch: Fetch,
        policy: Policy = Policy(),
        *,
        until: np.datetime64 | None = None,
    ) -> Answer:
        """The history of ``symbol`` from ``provider``, out of the cache or through ``fetch``.

        Errors: what ``fetch`` raises; Offline and Stale by ``policy``; BadData if the source now gives
        less than is stored, or prices that a check refuses; StoreError if the folder cannot be written
        or its lock is not given back.
        """
        slot = Slot(self.root, provider, symbol)
        damaged = False
        try:
            held = slot.look()
        except Damaged:
            held, damaged = None, True
        if held is not None and not policy.refresh and self._is_recent(held.pointer, policy, until):
            return self._answer(held)
        if policy.offline and held is not None:
            return self._offline(held, policy)
        if policy.offline and not damaged:
            raise Offline(
                f"{symbol} from {provider} is not in the cache and the network is not allowed",
                hint=f"fetch it once: backtest data fetch {symbol}",
            )
        with self._writing(slot):
            return self._locked_get(slot, fetch, policy, held)

    def get_many(
        self,
        wants: Sequence[Want],
        policy: Policy = Policy(),
        *,
        report: Callable[[Want, Answer | BacktestError], None] | None = None,
    ) -> dict[Want, Answer | BacktestError]:
        """Several histories at once; errors are values. ``report`` hears of each as it is done.

        When one symbol finds a provider out of reach, those not yet begun do not wait for it as well.
        """
        todo: queue.SimpleQueue[Want] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[Want, Answer | BaseException]] = queue.SimpleQueue()
        down: dict[str, Offline] = {}
        for want in wants:
            todo.put(want)

        def work() -> None:
            with contextlib.suppress(queue.Empty):
                while True:
                    want = todo.get_nowait()
                    fetch = _unreachable(down[want.provider]) if want.provider in down else want.fetch
                    try:
                        answer = self.get(want.symbol, want.provider, fetch, policy, until=want.until)
                        done.put((want, answer))
                    except BaseException as error:
                        if isinstance(error, Offline) and not policy.offline:
                            down.setdefault(want.provider, error)
                        done.put((want, error))

        # Daemons: an interrupted command does not wait for them, and the cache bears their sudden end.
        for _ in range(min(WORKERS, len(wants))):
            threading.Thread(target=work, daemon=True).start()
        answers: dict[Want, Answer | BacktestError] = {}
        while len(answers) < len(set(wants)):
            with contextlib.suppress(queue.Empty):
                want, answer = done.get(timeout=0.2)
                if isinstance(answer, BaseException) and not isinstance(answer, BacktestError):
                    raise answer
                answers[want] = answer
                if report is not None:
                    report(want, answer)
        return answers

    def read(self, symbol: str, provider: str) -> Answer | None:
        """What is stored, without any network; None if nothing is. Errors: BadData if it is damaged."""
        try:
            held = Slot(self.root, provider, symbol).look()
        except Damaged as error:
            raise BadData(str(error), hint=f"backtest data fetch {symbol}") from error
        return None if held is None else self._answer(held)

    def find(self, symbol: str | None = None) -> list[tuple[Verdict, Answer | None]]:
        """What is stored (of ``symbol``, or all), every byte verified: the history, or why it is damaged."""
        found = []
        for slot in slots(self.root):
            if symbol in (None, slot.symbol):
                held, problem = None, None
                try:
                    held = slot.look()
                except (Damaged, StoreError) as error:
                    problem = str(error)
                if held is not None or problem is not None:
                    answer = None if held is None else self._answer(held)
                    found.append((Verdict(slot.provider, slot.symbol, problem), answer))
        return found

    def entries(self) -> list[CacheEntry]:
        """All that is stored, by provider and symbol. Damaged pointers are left to ``verify_all``."""
        found = []
        for slot in slots(self.root):
            with contextlib.suppress(Damaged, StoreError):
                pointer = slot.pointer()
                if pointer is not None:
                    found.append(self._entry(pointer))
        return found

    def verify_all(self) -> list[Verdict]:
        """Read every byte of every stored history. Changes nothing: the next ``get`` sets damage right."""
        return [verdict for verdict, _ in self.find()]

    def remove(self, symbol: str, provider: str | None = None) -> int:
        """Forget ``symbol`` (of one provider, or of all); how many histories that were."""
        gone = 0
        for slot in slots(self.root):
            if slot.symbol == symbol.upper() and provider in (None, slot.provider):
                with self._writing(slot):
                    gone += slot.erase()
        return gone

    def _locked_get(self, slot: Slot, fetch: Fetch, policy: Policy, before: Held | None) -> Answer:
        held, lost, note = self._mended(slot)
        if policy.offline:
            if held is None:
                raise Offline(
                    f"{note}; it was set aside, and the network is not allowed",
                    hint=f"fetch it once: backtest data fetch {slot.symbol}",
                )
            return self._offline(held, policy)
        if held is not None and (before is None or held.pointer.fetched_at != before.pointer.fetched_at):
            return self._answer(held)  # another process has asked the source while we waited
        try:
            held, notes = self._renewed(slot, held, lost, fetch, policy)
        except DataError as error:
            if held is None or not policy.allow_stale or policy.max_age is not None:
                raise
            if isinstance(error, Stale):
                raise
            age = _duration(self._age(held.pointer))
            return self._answer(held, f"{error.message}; used instead: the copy of {age} ago")
        self._tidy_others(slot)
        return self._answer(held, *([note] if note else []), *notes)

    def _renewed(
        self, slot: Slot, held: Held | None, lost: Pointer | None, fetch: Fetch, policy: Policy
    ) -> tuple[Held, tuple[str, ...]]:
        """The history with what the source has now, stored. Errors: as ``get``; nothing stored then."""
        symbol, provider = slot.symbol, slot.provider

        def ask(start: np.datetime64 | None) -> Series:
            series = check_form(fetch(symbol, start=start), symbol, provider)
            if held is not None and series.currency != held.series.currency:
                raise BadData(
                    f"{symbol}: {provider} quotes it in {series.currency}, was {held.series.currency}"
                )
            return series

        if held is None:
            return self._first(slot, ask(None), lost, policy), ()
        old = held.series
        why: tuple[str, ...] = ()
        new = ask(None if policy.refresh else old.dates[-1] - self.overlap)
        if not policy.refresh and new.dates[0] > old.dates[0]:
            recent = old.between(old.dates[-1] - self.overlap, old.dates[-1])
            why = (*new_events(old, new), *(change.text for change in changes(recent, new)))
            if not why:
                refuse_worse(old, _continued(old, new), provider)
                return self._appended(slot, held, new), ()
            new = ask(None)
        if not policy.refresh:
            refuse_less(old, new, provider)
            refuse_worse(old, new, provider)
        found = changes(old, new)
        if policy.lock:
            refuse_changed(found, symbol, provider, _iso(held.pointer.fetched_at))
        if not found and new.dates[0] >= old.dates[0]:
            return self._appended(slot, held, new), ()
        told = (*new_events(old, new), *why, *(change.text for change in found))
        what = "; ".join(dict.fromkeys(told)) or f"history now begins on {new.dates[0]}"
        stored = self._stored(slot, new, what, held.pointer)
        return stored, (f"{symbol}: fetched again from {provider}: {what}",)

    def _first(self, slot: Slot, whole: Series, lost: Pointer | None, policy: Policy) -> Held:
        """Store what was not there, or was damaged; under ``lock`` it must have the values it had."""
        if lost is not None and policy.lock:
            again = whole.between(np.datetime64(lost.first), np.datetime64(lost.last))
            if again.sha256 != lost.sha256:
                raise Stale(
                    f"{slot.symbol}: the stored file was damaged and {slot.provider} gives other values now",
                    hint="run without --lock to accept them",
                )
        return self._stored(slot, whole, "fetched again after damage" if lost else "first fetch", lost)

    def _appended(self, slot: Slot, held: Held, new: Series) -> Held:
        """``held`` and the sessions of ``new`` after it; its own values stay to the last bit."""
        now = self._clock()
        if new.dates[-1] <= held.series.dates[-1]:
            return slot.touch(held, fetched_at=now)
        return slot.store(_continued(held.series, new), fetched_at=now, history=held.pointer.history)

    def _stored(self, slot: Slot, series: Series, what: str, before: Pointer | None) -> Held:
        now = self._clock()
        event = Event(
            _iso(now), what[:LONGEST_EVENT], len(series.dates), str(series.dates[-1]), series.sha256
        )
        events = (*(before.history if before else ()), event)
        if len(events) > EVENTS:
            events = (events[0], *events[-EVENTS + 1 :])
        return slot.store(series, fetched_at=now, history=events)

    def _mended(self, slot: Slot) -> tuple[Held | None, Pointer | None, str | None]:
        """What is stored; if it is damaged it is set aside: then None, what it was, and what to say."""
        try:
            slot.tidy()
            return slot.look(), None, None
        except Damaged as damaged:
            slot.set_aside(damaged)
            return None, damaged.pointer, str(damaged)

    @contextlib.contextmanager
    def _writing(self, slot: Slot) -> Iterator[None]:
        """The lock of ``slot``; trouble with the folder becomes a StoreError."""
        try:
            with slot.lock():
                yield
        except (OSError, CannotWrite) as error:
            raise StoreError(
                f"the cache {self.root} cannot be written: {error}",
                hint="BACKTEST_CACHE names another folder for prices",
            ) from error

    def _tidy_others(self, own: Slot) -> None:
        """Remove what killed processes left in folders that nobody works in."""
        for slot in slots(self.root):
            with contextlib.suppress(OSError, Damaged, StoreError):
                if slot.folder != own.folder and slot.has_orphans():
                    with slot.lock(seconds=0.0):
                        slot.tidy()

    def _is_recent(self, pointer: Pointer, policy: Policy, until: np.datetime64 | None) -> bool:
        age = self._age(pointer)
        if policy.max_age is None and until is not None:
            # Fetched after the wanted end was over: the source has nothing to add to it.
            asked = np.datetime64(int(pointer.fetched_at), "s")
            if np.datetime64(pointer.last) >= until or asked >= until + np.timedelta64(3, "D"):
                return True
        return 0 <= age <= (MAX_AGE if policy.max_age is None else policy.max_age)

    def _offline(self, held: Held, policy: Policy) -> Answer:
        age = self._age(held.pointer)
        text = f"{held.pointer.symbol} from {held.pointer.provider} was fetched {_duration(age)} ago"
        if policy.max_age is not None and age > policy.max_age:
            raise Stale(f"{text}, older than the {_duration(policy.max_age)} allowed, and offline")
        return self._answer(held, *([text] if age > MAX_AGE else []))

    def _age(self, pointer: Pointer) -> float:
        return self._clock() - pointer.fetched_at

    def _answer(self, held: Held, *notes: str) -> Answer:
        return Answer(held.series, self._entry(held.pointer), notes)

    def _entry(self, pointer: Pointer) -> CacheEntry:
        return CacheEntry(
            provider=pointer.provider,
            symbol=pointer.symbol,
            currency=pointer.currency,
            source=pointer.source,
            first=pointer.first,
            last=pointer.last,
            rows=pointer.rows,
            fetched_at=_iso(pointer.fetched_at),
            age=self._age(pointer),
            sha256=pointer.sha256,
            file_sha256=pointer.file,
            history=pointer.history,
        )


def default_root() -> Path:
    """``BACKTEST_CACHE`` if set, else the platform's cache folder for this program; in it ``market``.

    Errors: StoreError if the machine has no home folder and the variable is not set.
    """
    named = os.environ.get("BACKTEST_CACHE")
    root = Path(named).expanduser() if named else user_folder("BACKTEST_CACHE")
    return root / "market"


def _continued(old: Series, new: Series) -> Series:
    """``old`` and the sessions of ``new`` after it."""
    later = new.dates > old.dates[-1]
    return old.replace(
        dates=np.concatenate([old.dates, new.dates[later]]),
        close=np.concatenate([old.close, new.close[later]]),
        adj_close=np.concatenate([old.adj_close, new.adj_close[later]]),
        dividend=np.concatenate([old.dividend, new.dividend[later]]),
    )


def _unreachable(error: Offline) -> Fetch:
    def fetch(symbol: str, *, start: np.datetime64 | None) -> Series:
        raise Offline(error.message, hint=error.hint)

    return fetch


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _duration(seconds: float) -> str:
    """``90 s`` as ``2 minutes``: one unit, rounded."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            n = round(seconds / size)
            return f"{n} {name}{'s' if n > 1 else ''}"
    return f"{max(0, round(seconds))} seconds"
