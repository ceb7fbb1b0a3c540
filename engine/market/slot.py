"""One symbol of one provider on disk: a folder that is whole at every moment.

::

    ROOT/yahoo/VOO/pointer             what is current: its first line is the SHA-256 of the rest, JSON
    ROOT/yahoo/VOO/<sha256>.parquet    a history, named by the SHA-256 of the file, never changed
    ROOT/yahoo/VOO/lock                held while the folder is written
    ROOT/quarantine/                   damaged files, kept for whoever wants to look

A writer adds the parquet file first and replaces the pointer after, so a reader, who needs no lock, finds
the old history or the new one. What the pointer does not name is an orphan of a writer that was killed.

The folder may be another's, or handed over: every file of it is read with a bound, every field has a type, and
nothing outside the slot's own folder is read, moved or removed, whatever its files say.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import re
import time
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import ConfigDict, Field, TypeAdapter

from engine.errors import BadData, NotFound, StoreError
from engine.fields import Currency, Day, Moment, Name, Provider, Seconds, Sessions, Sha256, Text, parsed
from engine.files import lock, write_bytes
from engine.market import series_parquet
from engine.market.series import Series
from engine.reading import MB, read_bounded

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])")
_LONGEST = 64
EVENTS = 100  # kept of a history: its first and its latest
POINTER_SIZE, FILE_SIZE = 1 * MB, 40 * MB
# What ``tidy`` may remove: histories, and what a writer that was killed had begun.
_OURS = re.compile(r"[0-9a-f]{64}\.parquet|\.?([0-9a-f]{64}\.parquet|pointer)\.(\d+\.tmp|new-[0-9a-f]{8})")


@dataclass(frozen=True)
class Event:
    """Something that happened to a history: its first fetch, a revision by the source, a damage."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    at: Moment
    what: Text
    rows: Sessions
    last: Day
    sha256: Sha256


@dataclass(frozen=True)
class Pointer:
    """What is current. ``sha256`` is of the values, ``file`` of the parquet file, ``fetched_at`` seconds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    provider: Provider
    symbol: Name
    currency: Currency
    source: Text
    first: Day
    last: Day
    rows: Sessions
    sha256: Sha256
    file: Sha256
    fetched_at: Seconds
    history: Annotated[tuple[Event, ...], Field(max_length=EVENTS)]

    def encode(self) -> bytes:
        """The pointer file."""
        body = json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @staticmethod
    def decode(data: bytes) -> Pointer:
        """The pointer in a file made by ``encode``. Errors: BadData if any bit or field of it is another."""
        seal, _, body = data.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != seal:
            raise BadData("its checksum does not fit")
        try:
            return parsed(_adapter(), body)
        except ValueError as error:
            raise BadData(f"it cannot be read: {error}") from error


@cache
def _adapter() -> TypeAdapter[Pointer]:
    return TypeAdapter(Pointer)


@dataclass(frozen=True)
class Held:
    """A history as it lies on disk, verified."""

    series: Series
    pointer: Pointer


class Damaged(Exception):
    """A file is not what was written. ``pointer`` is what can still be trusted to say what it was."""

    def __init__(self, path: Path, why: str, pointer: Pointer | None) -> None:
        self.path = path
        self.pointer = pointer
        super().__init__(f"the cached file {path.name[:20]} of {path.parent.name} is damaged: {why}")


class Slot:
    """The folder of one symbol of one provider. Nothing is touched until a method is called."""

    def __init__(self, root: Path, provider: str, symbol: str) -> None:
        self.provider = provider
        self.symbol = symbol.upper()
        self.root = root
        self.folder = root / provider / folder_name(self.symbol)
        self.pointer_path = self.folder / "pointer"

    def lock(self, *, seconds: float = 120.0) -> AbstractContextManager[None]:
        """The lock of the writers; makes the folder. Errors: StoreError if it cannot be made, or is held."""
        if self.is_elsewhere():
            raise StoreError(f"{self.folder}: is a link to another folder; nothing is stored there")
        return lock(self.folder, seconds=seconds, at=self.folder / "lock")

    def is_elsewhere(self) -> bool:
        """Whether the folder, or its provider's, is a link to some other place, which is not ours to write."""
        return self.folder.is_symlink() or self.folder.parent.is_symlink()

    def pointer(self) -> Pointer | None:
        """What is current, None if nothing is. Errors: Damaged."""
        try:
            pointer = Pointer.decode(_bytes_of(self.pointer_path, POINTER_SIZE))
        except FileNotFoundError:
            return None
        except BadData as error:
            raise Damaged(self.pointer_path, str(error), None) from error
        if (pointer.provider, pointer.symbol) != (self.provider, self.symbol):
            raise Damaged(self.pointer_path, f"it is of {pointer.provider}:{pointer.symbol}", None)
        return pointer

    def look(self) -> Held | None:
        """The current history, every byte verified; None if there is none. Errors: Damaged."""
        pointer = self.pointer()
        while pointer is not None:
            path = self.folder / f"{pointer.file}.parquet"
            try:
                return Held(_verified(_bytes_of(path, FILE_SIZE), pointer), pointer)
            except FileNotFoundError:
                # A writer may have replaced pointer and file since we read the pointer.
                again = self.pointer()
                if again == pointer:
                    raise Damaged(path, "it is gone", pointer) from None
                pointer = again
            except BadData as error:
                raise Damaged(path, str(error), pointer) from error
        return None

    def store(self, series: Series, *, fetched_at: float, history: tuple[Event, ...]) -> Held:
        """Make ``series`` current. Needs the lock. Errors: StoreError, with the old history intact."""
        data = series_parquet.encode(series, self.provider)
        pointer = Pointer(
            provider=self.provider,
            symbol=self.symbol,
            currency=series.currency,
            source=series.source,
            first=str(series.dates[0]),
            last=str(series.dates[-1]),
            rows=len(series.dates),
            sha256=series.sha256,
            file=hashlib.sha256(data).hexdigest(),
            fetched_at=fetched_at,
            history=history,
        )
        write_bytes(self.folder / f"{pointer.file}.parquet", data)
        write_bytes(self.pointer_path, pointer.encode())
        self.tidy(pointer)
        return Held(series, pointer)

    def touch(self, held: Held, *, fetched_at: float) -> Held:
        """Note that the source was asked and had nothing new. Needs the lock. Errors: StoreError."""
        pointer = replace(held.pointer, fetched_at=fetched_at)
        write_bytes(self.pointer_path, pointer.encode())
        return Held(held.series, pointer)

    def has_orphans(self) -> bool:
        """Whether ``tidy`` might find something, without reading any file."""
        names = {path.name for path in self.folder.iterdir()}
        return sum(map(bool, map(_OURS.fullmatch, names))) > ("pointer" in names)

    def tidy(self, current: Pointer | None = None) -> None:
        """Remove what killed writers left behind. Needs the lock. Errors: Damaged."""
        current = current or self.pointer()
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
            raise StoreError(f"{quarantine}: is a link to another folder; nothing is moved there")
        name = f"{self.provider}-{self.folder.name}-{damaged.path.name[:20]}-{time.time_ns()}"
        with contextlib.suppress(FileNotFoundError):
            damaged.path.replace(quarantine / name)

    def erase(self) -> bool:
        """Forget the history; True if there was one. Needs the lock. Errors: OSError."""
        was = self.pointer_path.exists()
        self.pointer_path.unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if _OURS.fullmatch(path.name):
                path.unlink(missing_ok=True)
        return was


def folder_name(symbol: str) -> str:
    """``symbol`` as a folder name on every system: ``^GSPC`` is ``%5EGSPC``. Errors: NotFound if too long."""
    name = quote(symbol, safe="").replace(".", "%2E").replace("~", "%7E")
    if not 0 < len(name) <= _LONGEST:
        raise NotFound(f"{symbol[:40]!r} is no symbol: it must have 1 to {_LONGEST} characters")
    return f"%{ord(name[0]):02X}{name[1:]}" if _RESERVED.fullmatch(name) else name


def slots(root: Path) -> list[Slot]:
    """Every slot in the cache folder ``root``, by provider and symbol. Folders of other names are none."""
    found = []
    for folder in sorted(path.parent for path in root.glob("*/*/lock")):
        with contextlib.suppress(NotFound):
            slot = Slot(root, folder.parent.name, unquote(folder.name))
            if slot.folder == folder and not slot.is_elsewhere():
                found.append(slot)
    return found


def _bytes_of(path: Path, limit: int) -> bytes:
    try:
        return read_bounded(path, limit)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(str(path)) from error
    except PermissionError as error:
        raise StoreError(f"the cache cannot be read: {error}") from error
    except OSError as error:  # a pipe, a link, a file of gigabytes
        raise BadData(f"it {error.strerror}" if error.errno != errno.ELOOP else "it is a link") from error


def _verified(data: bytes, pointer: Pointer) -> Series:
    if hashlib.sha256(data).hexdigest() != pointer.file:
        raise BadData("its checksum does not fit")
    series = series_parquet.decode(data)
    if series.sha256 != pointer.sha256:
        raise BadData("its values are not those that were stored")
    told = (pointer.symbol, pointer.currency, pointer.source, pointer.first, pointer.last, pointer.rows)
    days = (str(series.dates[0]), str(series.dates[-1]), len(series.dates))
    if told != (series.symbol.upper(), series.currency, series.source, *days):
        raise BadData("its pointer tells of another history")
    return series
