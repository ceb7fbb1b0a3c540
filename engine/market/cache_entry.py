"""One symbol of one provider on disk: a folder that is whole at every moment.

::

    ROOT/yahoo/VOO/pointer             the manifest: its first line is the SHA-256 of the rest, JSON
    ROOT/yahoo/VOO/<sha256>.parquet    a history, named by the SHA-256 of the file, never changed
    ROOT/yahoo/VOO/lock                held while the folder is written
    ROOT/quarantine/                   damaged files, kept for whoever wants to look

A writer adds the parquet file first and replaces the manifest after, so a reader, who needs no lock, finds
the old history or the new one. What the manifest does not name is an orphan of a writer that was killed.

The folder may be another's, or handed over: every file of it is read with a bound, every field has a type, and
nothing outside the entry's own folder is read, moved or removed, whatever its files say.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import re
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, unquote

from pydantic import ConfigDict, Field, TypeAdapter

from engine import fields
from engine.errors import BadData, NotFound, StoreError, reason_of
from engine.files import lock, write_bytes
from engine.market import series_parquet
from engine.market.series import Series
from engine.messages import Message, Quoted, message, to_plain
from engine.reading import MB, read_bounded

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])")
_LONGEST = 64
EVENTS = 100  # kept of a history: its first and its latest
MANIFEST_SIZE, FILE_SIZE = 1 * MB, 40 * MB
# What ``tidy`` may remove: histories, and what a writer that was killed had begun.
_OURS = re.compile(r"[0-9a-f]{64}\.parquet|\.?([0-9a-f]{64}\.parquet|pointer)\.(\d+\.tmp|new-[0-9a-f]{8})")
_NOT_INTACT = message("its checksum does not fit")


@dataclass(frozen=True)
class Event:
    """Something that happened to a history: its first fetch, a revision by the source, a damage."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    at: fields.Moment
    what: fields.VisibleNote
    rows: fields.Sessions
    last: fields.Day
    sha256: fields.Sha256


@dataclass(frozen=True)
class EntryManifest:
    """What is current. ``sha256`` is of the values, ``file`` of the parquet file, ``fetched_at`` seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    provider: fields.Provider
    symbol: fields.Name
    currency: fields.Currency
    source: fields.Text
    first: fields.Day
    last: fields.Day
    rows: fields.Sessions
    sha256: fields.Sha256
    file: fields.Sha256
    fetched_at: fields.Seconds
    history: Annotated[tuple[Event, ...], Field(max_length=EVENTS)]

    def plain(self) -> dict[str, object]:
        """As JSON."""
        history = [{**vars(event), "what": to_plain(event.what)} for event in self.history]
        return {**vars(self), "history": history}

    def encode(self) -> bytes:
        """The manifest's file."""
        body = json.dumps(self.plain(), indent=1, sort_keys=True).encode() + b"\n"
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @staticmethod
    def decode(data: bytes) -> EntryManifest:
        """The manifest in a file made by ``encode``. Errors: BadData if any bit or field of it is another."""
        seal, _, body = data.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != seal:
            raise BadData(_NOT_INTACT)
        try:
            return fields.parsed(_adapter(), body)
        except BadData as error:
            raise BadData(message("it cannot be read: {what}", what=error.message)) from error


@cache
def _adapter() -> TypeAdapter[EntryManifest]:
    return TypeAdapter(EntryManifest)


@dataclass(frozen=True)
class StoredSeries:
    """A history as it lies on disk, verified."""

    series: Series
    manifest: EntryManifest


class Damaged(BadData):
    """A file is not what was written. ``manifest`` is what can still be trusted to say what it was."""

    def __init__(self, path: Path, why: Message, manifest: EntryManifest | None = None) -> None:
        self.path = path
        self.manifest = manifest
        file, symbol = f"{path.parent.name}/{path.name[:20]}", unquote(path.parent.name)
        hint = message("fetch it again: {command}", command=f"backtest data fetch {symbol}")
        super().__init__(message("the cached file {file} is damaged: {why}", file=file, why=why), hint=hint)


class CacheEntry:
    """The folder of one symbol of one provider. Nothing is touched until a method is called."""

    def __init__(self, root: Path, provider: str, symbol: str) -> None:
        self.provider: str = provider
        self.symbol: str = symbol.upper()
        self.root: Path = root
        self.folder: Path = root / provider / folder_name(self.symbol)
        self.manifest_path: Path = self.folder / "pointer"

    def lock(self, *, seconds: float = 120.0) -> AbstractContextManager[None]:
        """The lock of the writers; makes the folder. Errors: StoreError if it cannot be made, or is held."""
        if self.is_elsewhere():
            raise _led_away(self.folder)
        return lock(self.folder, seconds=seconds, at=self.folder / "lock")

    def is_elsewhere(self) -> bool:
        """Whether the folder, or its provider's, is a link to some other place, which is not ours to write."""
        return self.folder.is_symlink() or self.folder.parent.is_symlink()

    def manifest(self) -> EntryManifest | None:
        """What is current, None if nothing is. Errors: Damaged."""
        try:
            manifest = EntryManifest.decode(_bytes_of(self.manifest_path, MANIFEST_SIZE))
        except FileNotFoundError:
            return None
        except BadData as error:
            raise Damaged(self.manifest_path, error.message) from error
        if (manifest.provider, manifest.symbol) != (self.provider, self.symbol):
            other = message("it is of {entry}", entry=f"{manifest.provider}:{manifest.symbol}")
            raise Damaged(self.manifest_path, other)
        return manifest

    def look(self) -> StoredSeries | None:
        """The current history, every byte verified; None if there is none. Errors: Damaged."""
        manifest = self.manifest()
        while manifest is not None:
            path = self.folder / f"{manifest.file}.parquet"
            try:
                return StoredSeries(_verified(_bytes_of(path, FILE_SIZE), manifest), manifest)
            except FileNotFoundError:
                # A writer may have replaced manifest and file since we read the manifest.
                again = self.manifest()
                if again == manifest:
                    raise Damaged(path, message("it is gone"), manifest) from None
                manifest = again
            except BadData as error:
                raise Damaged(path, error.message, manifest) from error
        return None

    def store(
        self, series: Series, *, fetched_at: float, before: EntryManifest | None, what: Message | None
    ) -> StoredSeries:
        """Make ``series`` current. Needs the lock. Errors: StoreError, with the old one intact.

        ``before``  whose events are kept, the first and the latest
        ``what``    has happened to it, None if it only goes on
        """
        events = () if before is None else before.history
        if what is not None:
            event = Event(moment(fetched_at), what, len(series.dates), str(series.dates[-1]), series.sha256)
            events = (*events[:1], *events[1:][2 - EVENTS :], event)
        data = series_parquet.encode(series, self.provider)
        manifest = EntryManifest(
            provider=self.provider,
            **_identity(series),
            sha256=series.sha256,
            file=hashlib.sha256(data).hexdigest(),
            fetched_at=fetched_at,
            history=events,
        )
        write_bytes(self.folder / f"{manifest.file}.parquet", data)
        write_bytes(self.manifest_path, manifest.encode())
        self.tidy(manifest)
        return StoredSeries(series, manifest)

    def touch(self, stored: StoredSeries, *, fetched_at: float) -> StoredSeries:
        """Note that the source was asked and had nothing new. Needs the lock. Errors: StoreError."""
        manifest = replace(stored.manifest, fetched_at=fetched_at)
        write_bytes(self.manifest_path, manifest.encode())
        return StoredSeries(stored.series, manifest)

    def has_orphans(self) -> bool:
        """Whether ``tidy`` might find something, without reading any file."""
        names = {path.name for path in self.folder.iterdir()}
        return sum(map(bool, map(_OURS.fullmatch, names))) > ("pointer" in names)

    def tidy(self, current: EntryManifest | None = None) -> None:
        """Remove what killed writers left behind. Needs the lock. Errors: Damaged."""
        current = current or self.manifest()
        keep = f"{current.file}.parquet" if current else ""
        for path in self.folder.iterdir():
            if path.name != keep and _OURS.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()

    def set_aside(self, damaged: Damaged) -> None:
        """Move a damaged file to the quarantine. Needs the lock."""
        quarantine = self.root / "quarantine"
        quarantine.mkdir(exist_ok=True)
        if quarantine.is_symlink():
            raise _led_away(quarantine)
        name = f"{self.provider}-{self.folder.name}-{damaged.path.name[:20]}-{time.time_ns()}"
        with contextlib.suppress(FileNotFoundError):
            damaged.path.replace(quarantine / name)


def folder_name(symbol: str) -> str:
    """``symbol`` as a folder name on every system: ``^GSPC`` is ``%5EGSPC``. Errors: NotFound if too long."""
    name = quote(symbol, safe="").replace(".", "%2E").replace("~", "%7E")
    if not 0 < len(name) <= _LONGEST:
        text = message("{symbol} is no symbol of 1 to {n} characters", symbol=Quoted(symbol[:40]), n=_LONGEST)
        raise NotFound(text)
    return f"%{ord(name[0]):02X}{name[1:]}" if _RESERVED.fullmatch(name) else name


def entries(root: Path) -> list[CacheEntry]:
    """Every entry in the cache folder ``root``, by provider and symbol. Folders of other names are none."""
    found = []
    for folder in sorted(path.parent for path in root.glob("*/*/lock")):
        with contextlib.suppress(NotFound):
            entry = CacheEntry(root, folder.parent.name, unquote(folder.name))
            if entry.folder == folder and not entry.is_elsewhere():
                found.append(entry)
    return found


def moment(seconds: float) -> str:
    """Seconds since 1970 as ISO text (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _led_away(place: Path) -> StoreError:
    return StoreError(message("{place}: is a link to another folder; nothing is stored there", place=place))


def _bytes_of(path: Path, limit: int) -> bytes:
    try:
        return read_bounded(path, limit)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(str(path)) from error
    except PermissionError as error:
        raise StoreError(
            message("{place}: cannot be read: {why}", place=path, why=reason_of(error))
        ) from error
    except OSError as error:  # a pipe, a link, a file of gigabytes
        raise BadData(message("it is a link") if error.errno == errno.ELOOP else reason_of(error)) from error


def _verified(data: bytes, manifest: EntryManifest) -> Series:
    if hashlib.sha256(data).hexdigest() != manifest.file:
        raise BadData(_NOT_INTACT)
    series = series_parquet.decode(data)
    if series.sha256 != manifest.sha256:
        raise BadData(message("its values are not those that were stored"))
    if any(vars(manifest)[name] != value for name, value in _identity(series).items()):
        raise BadData(message("its pointer tells of another history"))
    return series


def _identity(series: Series) -> dict[str, Any]:
    """What manifest and file both say."""
    return {
        "symbol": series.symbol.upper(),
        "currency": series.currency,
        "source": series.source,
        "first": str(series.dates[0]),
        "last": str(series.dates[-1]),
        "rows": len(series.dates),
    }
