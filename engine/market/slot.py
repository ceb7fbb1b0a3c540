"""One symbol of one provider on disk: a folder that is whole at every moment.

::

    ROOT/yahoo/VOO/pointer             what is current: its first line is the SHA-256 of the rest, JSON
    ROOT/yahoo/VOO/<sha256>.parquet    a history, named by the SHA-256 of the file, never changed
    ROOT/yahoo/VOO/lock                held while the folder is written
    ROOT/quarantine/                   damaged files, kept for whoever wants to look

A writer adds the parquet file first and replaces the pointer after, so a reader, who needs no lock, finds
the old history or the new one. What the pointer does not name is an orphan of a writer that was killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote

from engine.errors import BadData, NotFound, StoreError
from engine.files import lock, write_bytes
from engine.market import parquet
from engine.market.series import Series

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])")
_LONGEST = 64
_LOCKS = ("lock", "lock-soft")  # the second one where the file system has no locks


@dataclass(frozen=True)
class Event:
    """Something that happened to a history: its first fetch, a revision by the source, a damage."""

    at: str
    what: str
    rows: int
    last: str
    sha256: str


@dataclass(frozen=True)
class Pointer:
    """What is current. ``sha256`` is of the values, ``file`` of the parquet file, ``fetched_at`` seconds."""

    provider: str
    symbol: str
    currency: str
    source: str
    first: str
    last: str
    rows: int
    sha256: str
    file: str
    fetched_at: float
    history: tuple[Event, ...]

    def encode(self) -> bytes:
        """The pointer file."""
        body = json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @staticmethod
    def decode(data: bytes) -> Pointer:
        """The pointer in a file made by ``encode``. Errors: BadData if any bit of it is another."""
        seal, _, body = data.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != seal:
            raise BadData("its checksum does not fit")
        try:
            fields = json.loads(body)
            history = tuple(Event(**event) for event in fields.pop("history"))
            return Pointer(history=history, **fields)
        except (ValueError, TypeError, KeyError) as error:
            raise BadData(f"it cannot be read: {error}") from error


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
        return lock(self.folder, seconds=seconds, at=self.folder / "lock")

    def pointer(self) -> Pointer | None:
        """What is current, None if nothing is. Errors: Damaged."""
        try:
            pointer = Pointer.decode(_bytes_of(self.pointer_path))
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
                return Held(_verified(_bytes_of(path), pointer), pointer)
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
        data = parquet.encode(series, self.provider)
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
        return len(names - {"pointer", *_LOCKS}) > ("pointer" in names)

    def tidy(self, current: Pointer | None = None) -> None:
        """Remove what killed writers left behind. Needs the lock. Errors: Damaged."""
        current = current or self.pointer()
        keep = {"pointer", *_LOCKS, f"{current.file}.parquet" if current else ""}
        for path in self.folder.iterdir():
            if path.name not in keep:
                with contextlib.suppress(OSError):
                    path.unlink()

    def set_aside(self, damaged: Damaged) -> None:
        """Move a damaged file to the quarantine. Needs the lock."""
        quarantine = self.root / "quarantine"
        quarantine.mkdir(exist_ok=True)
        name = f"{self.provider}-{self.folder.name}-{damaged.path.name[:20]}-{time.time_ns()}"
        with contextlib.suppress(FileNotFoundError):
            damaged.path.replace(quarantine / name)

    def erase(self) -> bool:
        """Forget the history; True if there was one. Needs the lock. Errors: OSError."""
        was = self.pointer_path.exists()
        self.pointer_path.unlink(missing_ok=True)
        for path in self.folder.glob("*.parquet"):
            path.unlink(missing_ok=True)
        return was


def folder_name(symbol: str) -> str:
    """``symbol`` as a folder name on every system: ``^GSPC`` is ``%5EGSPC``. Errors: NotFound if too long."""
    name = quote(symbol, safe="").replace(".", "%2E").replace("~", "%7E")
    if not 0 < len(name) <= _LONGEST:
        raise NotFound(f"{symbol[:40]!r} is no symbol: it must have 1 to {_LONGEST} characters")
    return f"%{ord(name[0]):02X}{name[1:]}" if _RESERVED.fullmatch(name) else name


def slots(root: Path) -> list[Slot]:
    """Every slot in the cache folder ``root``, by provider and symbol."""
    folders = sorted(path.parent for path in root.glob("*/*/lock"))
    return [Slot(root, folder.parent.name, unquote(folder.name)) for folder in folders]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(str(path)) from error
    except OSError as error:
        raise StoreError(f"the cache cannot be read: {error}") from error


def _verified(data: bytes, pointer: Pointer) -> Series:
    if hashlib.sha256(data).hexdigest() != pointer.file:
        raise BadData("its checksum does not fit")
    series = parquet.decode(data)
    if series.sha256 != pointer.sha256:
        raise BadData("its values are not those that were stored")
    return series
