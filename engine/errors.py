"""Every exception this project raises on purpose.

BacktestError                 one line for a person; ``exit_code`` for the shell
├── ConfigError        (2)    a configuration, or a command line that stands for one
├── DataError          (3)    prices, exchange rates, flows
│   ├── NotFound              the source has no such symbol or file
│   ├── RateLimited           the source asks us to wait
│   ├── Offline               no network, or it was not allowed
│   ├── BadData               what came is wrong: a check that is fatal
│   └── Stale                 what is stored is older than was asked for, or has changed
├── StoreError         (4)    files: reading or writing results
│   └── CannotWrite           the disk or its permissions refuse
├── CheckFailed        (1)    an audit, a claim or a verification did not hold
└── LedgerError        (1)    an invariant of the ledger broke: a bug, never the user's fault
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any, Self

from engine.locale import ENGLISH, Locale
from engine.messages import Message, message
from engine.printable import printable


class BacktestError(Exception):
    """Base of all deliberate errors: one line that a person can act on.

    ``message``  what is wrong; its arguments are the error's fields: ``error.message["place"]``
    ``hint``     what may be done about it

    ``str(error)`` is that line in English, ``error.translate(locale)`` in another language.
    """

    exit_code = 1

    def __init__(self, what: Message, *, hint: Message | None = None) -> None:
        self.message = what
        self.hint = hint
        super().__init__(self.translate(ENGLISH))

    def __reduce__(self) -> tuple[Any, ...]:
        """How it travels between processes: an exception would be made again from its line alone."""
        return _again, (type(self), str(self), vars(self))

    @classmethod
    def at(cls, place: object, what: Message, *, hint: Message | None = None) -> Self:
        """``what`` is wrong at a ``place``: a file, or a file and a line."""
        return cls(message("{place}: {what}", place=str(place), what=what), hint=hint)

    @property
    def line(self) -> Message:
        """What is wrong, and what may be done about it."""
        if self.hint is None:
            return self.message
        return message("{what} ({hint})", what=self.message, hint=self.hint)

    def translate(self, locale: Locale) -> str:
        """The error in a language."""
        return _one_line(self.line.translate(locale))


def _again(kind: type[BacktestError], line: str, fields: dict[str, Any]) -> BacktestError:
    """An error of another process, as it was there."""
    error = kind.__new__(kind, line)
    error.__dict__.update(fields)
    return error


def _one_line(text: str) -> str:
    """``text`` in one line. Control characters, which a file may hold to steer a terminal, are spelt out."""
    return printable(" ".join(text.split()))


class ConfigError(BacktestError):
    """A configuration is wrong: names the file, the line, the key, what came and what is allowed."""

    exit_code = 2


class DataError(BacktestError):
    """Market data cannot be had or cannot be trusted."""

    exit_code = 3


class NotFound(DataError):
    """The source knows no such symbol, file or date."""


class RateLimited(DataError):
    """The source asks for patience; ``retry_after`` seconds where it said so."""

    def __init__(
        self, what: Message, *, hint: Message | None = None, retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(what, hint=hint)


class Offline(DataError):
    """The network cannot be reached, or ``--offline`` forbids it."""


class BadData(DataError):
    """What came breaks a fatal check."""


class Stale(DataError):
    """Stored data is older than allowed, or no longer what was locked."""


class StoreError(BacktestError):
    """A result cannot be read or written."""

    exit_code = 4


class CannotWrite(StoreError):
    """The disk is full, the folder may not be written, or something is in the way; ``__cause__`` says what."""


class CheckFailed(BacktestError):
    """Something that was asked to hold does not."""

    exit_code = 1


class LedgerError(BacktestError):
    """The ledger contradicts itself. This is a defect of the program: nothing is written."""

    exit_code = 1


# --- what the system says --------------------------------------------------------------------------------

_REASONS: Mapping[int, Message] = {
    errno.ENOENT: message("No such file or directory"),
    errno.EACCES: message("Permission denied"),
    errno.EPERM: message("Operation not permitted"),
    errno.ENOSPC: message("No space left on device"),
    errno.EDQUOT: message("Disk quota exceeded"),
    errno.EROFS: message("Read-only file system"),
    errno.EISDIR: message("Is a directory"),
    errno.ENOTDIR: message("Not a directory"),
    errno.ENOTEMPTY: message("Directory not empty"),
    errno.EEXIST: message("File exists"),
    errno.EFBIG: message("File too large"),
    errno.ENAMETOOLONG: message("File name too long"),
    errno.ELOOP: message("Too many levels of symbolic links"),
    errno.EMFILE: message("Too many open files"),
    errno.EBUSY: message("Device or resource busy"),
    errno.EIO: message("Input/output error"),
    errno.ESTALE: message("Stale file handle"),
    errno.ECONNREFUSED: message("Connection refused"),
    errno.ECONNRESET: message("Connection reset by peer"),
    errno.ENETUNREACH: message("Network is unreachable"),
    errno.EHOSTUNREACH: message("No route to host"),
    errno.ETIMEDOUT: message("Connection timed out"),
}


class RefusedFile(OSError):
    """A file that this program does not take, with a ``reason`` of its own beside the number."""

    def __init__(self, number: int, reason: Message, path: object) -> None:
        self.reason = reason
        super().__init__(number, str(reason), str(path))


def reason_of(error: OSError) -> Message:
    """Why the system refused, without the path: the C library's words in English, our own in other languages.

    A rare error is named by its symbol (``EXDEV``), one without a number by its class.
    """
    if isinstance(error, RefusedFile):
        return error.reason
    number = error.errno or 0
    return _REASONS.get(number) or message(
        "the system says {name}", name=errno.errorcode.get(number, type(error).__name__)
    )
