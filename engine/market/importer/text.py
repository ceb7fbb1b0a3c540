"""The lines of a file that someone else wrote: bounded, in UTF-8 or in what Windows in Japan writes."""

from __future__ import annotations

import codecs
import errno
from pathlib import Path

from engine.errors import BadData, DataError, reason_of
from engine.market.importer.refusals import Fault
from engine.messages import message
from engine.reading import read_bounded

MAX_BYTES = 16_000_000
MAX_LINES = 100_000
MAX_LINE = 64 * 1024


def read_lines(path: Path) -> tuple[list[str], str]:
    """The lines of ``path``, each ending in one newline, and their encoding.

    :raises DataError: the file cannot be read.
    :raises BadData: no text, or too long for the history of one fund; with the line where there is one.
    """
    try:
        data = read_bounded(path, MAX_BYTES, follow=True)
    except OSError as error:
        kind = BadData if error.errno in (errno.EINVAL, errno.EFBIG) else DataError
        raise kind(message("{place}: {why}", place=path, why=reason_of(error))) from error
    encoding = _encoding(data)
    # Some files end their lines with CR alone.
    rows = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for number, row in enumerate(rows[: MAX_LINES + 1], start=1):
        if len(row) > MAX_LINE:
            raise Fault(message("a line of more than {n} KB: no price table", n=MAX_LINE // 1024), number)
    if len(rows) > MAX_LINES + 1:
        raise Fault(message("more than {n} lines: no daily history of one fund", n=MAX_LINES))
    return [f"{line}\n" for line in _decoded(data, encoding).removesuffix("\n").split("\n")], encoding


def _encoding(data: bytes) -> str:
    """A byte order mark, else UTF-8 if the start is that, else Shift_JIS (Windows')."""
    start = data[:MAX_LINE]
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Fault(message("UTF-16 text; save it as UTF-8 or Shift_JIS CSV"))
    if b"\0" in start:
        raise Fault(message("not a text file"))
    for name in ("utf-8", "cp932"):
        try:
            # The last bytes may be half a character.
            codecs.getincrementaldecoder(name)().decode(start, final=False)
            return name
        except UnicodeDecodeError:
            continue
    raise Fault(message("neither UTF-8 nor Shift_JIS text"))


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        what = message("not {encoding} text like the lines before", encoding=encoding)
        raise Fault(what, before.count(b"\n") + 1) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
