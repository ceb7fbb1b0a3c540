"""Standard output and error as they are: closed, or in an encoding that lacks what this program prints.

What an encoding lacks is replaced by what it has: ``−`` becomes ``-``, lines of tables ``-|+``, ``¥`` a
backslash where that is how yen are written (Japanese encodings before Unicode) and ``JPY`` elsewhere; what has
no such neighbour is spelt ``\\u5c0f``. Japanese sentences are not taken apart: where a stream has no Japanese,
they are printed in English, and one line says so.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import TextIO, cast

from engine.locale import Locale

_YEN_IS_BACKSLASH = ("cp932", "ms932", "shift", "sjis", "euc_j", "euc-j", "iso2022_jp", "iso-2022-jp")
# What stands for a character, the first that the encoding has.
_INSTEAD = {
    **dict.fromkeys("−–—‐‑‒―─━", "-"),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╡╞╪", "+"),
    **dict.fromkeys("·•", "-"),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("“”″", '"'),
    **dict.fromkeys("█▇▆▅▄▃▂▁▓▒░", "#"),
    "…": "...",
    "×": "x",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "〜": "～~",
    "～": "〜~",
    "→": "->",
    "←": "<-",
    "↑": "^",
    "↓": "v",
    "✓": "v",
    "✗": "x",
    "★": "*",
    "€": "EUR",
    "£": "GBP",
    "\ufeff": "",
}


def readable(text: str, encoding: str) -> str:
    """``text`` in characters that ``encoding`` has."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_readable(char, encoding) for char in text)
    return text


@functools.cache
def _readable(char: str, encoding: str) -> str:
    if _has(char, encoding):
        return char
    if char == "¥":
        return "\\" if encoding.lower().startswith(_YEN_IS_BACKSLASH) else "JPY"
    if char in _INSTEAD:
        instead = _INSTEAD[char]
        if len(instead) == 2 and not instead.isascii():  # a neighbour in Japanese encodings, else ASCII
            instead = instead[0] if _has(instead[0], encoding) else instead[1]
        return instead
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return plain if plain and _has(plain, encoding) else char.encode("ascii", "backslashreplace").decode()


def _has(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Readable(io.TextIOBase):
    """A text stream that prints everything, whatever its encoding."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of what is written."""
        return self.stream.encoding or "ascii"

    def write(self, text: str) -> int:
        """Write ``text`` in characters that the stream has."""
        if not isinstance(text, str):
            raise TypeError(f"text is written here, not {type(text).__name__}")
        self.stream.write(readable(text, self.encoding))
        return len(text)

    def flush(self) -> None:
        """Hand on what is written."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The stream's number in the system."""
        return self.stream.fileno()

    def writable(self) -> bool:
        """It is."""
        return True

    def __del__(self) -> None:
        """Leave the stream as it is: others write to it, and it may be closed by now."""


def write_bytes(data: bytes) -> None:
    """Write ``data`` to standard output as it is, whatever the encoding of the text around it."""
    stream = sys.stdout.stream if isinstance(sys.stdout, Readable) else sys.stdout
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()


def is_unicode(stream: TextIO) -> bool:
    """Whether a stream has every character."""
    return (stream.encoding or "").lower().replace("-", "").replace("_", "").startswith("utf")


def can_print(lang: str, stream: TextIO) -> bool:
    """Whether a language can be read on a stream."""
    return _has(Locale(lang)("disclaimer"), stream.encoding or "ascii")


@contextlib.contextmanager
def standard_streams() -> Iterator[None]:
    """Standard output and error that can be written to while the block runs.

    A stream that was closed (``>&-``) is open to nothing: its number must not become that of another file,
    which would then get what is printed.
    """
    before = sys.stdout, sys.stderr
    _open_numbers()
    sys.stdout, sys.stderr = (_wrapped(stream) for stream in before)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        sys.stdout, sys.stderr = before


def _open_numbers() -> None:
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number: this one


def _wrapped(stream: TextIO | None) -> TextIO:
    if isinstance(stream, Readable):
        return cast(TextIO, stream)
    return cast(TextIO, Readable(stream or open(os.devnull, "w", encoding="utf-8")))  # noqa: PTH123
