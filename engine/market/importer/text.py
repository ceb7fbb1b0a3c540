"""The lines of a foreign file: bounded, in UTF-8, UTF-16 or what Windows in Japan writes, or a workbook."""

from __future__ import annotations

import codecs
import csv
import errno
import io
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from engine.errors import BadData, DataError, reason_of
from engine.market.importer.refusals import Fault
from engine.market.importer.workbook import Sheet, is_workbook, sheets
from engine.messages import Quoted, message
from engine.reading import read_bounded

MAX_BYTES = 16_000_000
MAX_LINES = 100_000
MAX_LINE = 64 * 1024
NEWLINE = "\n"
_END = "\x1e"  # a line of its own behind the last one: in a cell it says that the cell never ended


def read_lines(path: Path) -> tuple[list[str], str]:
    """The lines of ``path``, each ending in one newline, and their encoding; of a workbook ``xlsx`` or ``xml``.

    The last line of a text has no newline where the file has none at its end.

    A workbook's lines are the rows of one sheet as CSV: of ``Historical``, as iShares calls its prices, else of
    the sheet with the most rows.

    :raises DataError: the file cannot be read.
    :raises BadData: no text, or too long for the history of one fund; with the line where there is one.
    """
    try:
        data = read_bounded(path, MAX_BYTES, follow=True)
    except OSError as error:
        kind = BadData if error.errno in (errno.EINVAL, errno.EFBIG) else DataError
        raise kind(message("{place}: {why}", place=path, why=reason_of(error))) from error
    if is_workbook(data):
        return _lines_of(sheets(data)), "xlsx" if data.startswith(b"PK") else "xml"
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    data = _of_utf16(data) if wide else data
    encoding = _encoding(data)
    # Some files end their lines with CR alone.
    rows = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for number, row in enumerate(rows[: MAX_LINES + 1], start=1):
        if len(row) > MAX_LINE:
            raise Fault(message("a line of more than {n} KB: no price table", n=MAX_LINE // 1024), number)
    if len(rows) > MAX_LINES + 1:
        raise Fault(message("more than {n} lines: no daily history of one fund", n=MAX_LINES))
    return list(io.StringIO(_decoded(data, encoding), newline="\n")), "utf-16" if wide else encoding


def split_rows(lines: Sequence[str], delimiter: str, least: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of some lines, each with the number of its last line, from 1.

    A cell in quotes may hold line breaks, but no rows of its own: lines of ``least`` cells.

    :raises Fault: a quotation mark is missing, so that rows would vanish in a cell; with the line of the row.
    """
    last = [f"{line.removesuffix(NEWLINE)}\n" for line in lines[-1:]]
    reader = csv.reader(chain(lines[:-1], last, [_END]), delimiter=delimiter)
    before = 0
    try:
        for row in reader:
            if row == [_END]:
                return
            inside = lines[before + 1 : reader.line_num]
            if (row and row[-1].endswith(_END)) or any(map(partial(_is_row, delimiter, least), inside)):
                break
            yield reader.line_num, row
            before = reader.line_num
    except csv.Error:
        pass
    raise Fault(message("a cell that does not end: a quotation mark is missing"), before + 1)


def _is_row(delimiter: str, least: int, line: str) -> bool:
    return '"' not in line and line.count(delimiter) + 1 >= least


def refuse_cut_row(lines: Sequence[str], line: int, cells: Sequence[str], before: Sequence[str]) -> None:
    """Raise Fault where the text ends within a row: on a line without end, with fewer cells than the row before.

    Its last cell may be half a number.
    """
    if line == len(lines) and not lines[-1].endswith(NEWLINE) and len(cells) < len(before):
        what = message("the file ends within this row: {came}", came=Quoted(",".join(cells)[:60]))
        raise Fault(what, line, hint=message("get the file again, or take the row out"))


def _encoding(data: bytes) -> str:
    """A byte order mark, else UTF-8 if the start is that, else Shift_JIS (Windows')."""
    start = data[:MAX_LINE]
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Fault(message("an old binary workbook (.xls); save it as .xlsx or CSV"))
    if start.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise Fault(message("a web page, no file of prices"))
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


def _of_utf16(data: bytes) -> bytes:
    """What Excel calls Unicode text, in UTF-8."""
    try:
        return data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        line = data[: error.start].decode("utf-16", "ignore").count("\n") + 1
        raise Fault(message("not {encoding} text like the lines before", encoding="UTF-16"), line) from error


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        what = message("not {encoding} text like the lines before", encoding=encoding)
        raise Fault(what, before.count(b"\n") + 1) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines_of(found: list[Sheet]) -> list[str]:
    """The rows of the sheet with the prices, each as a line of CSV."""
    if not any(sheet.rows for sheet in found):
        raise Fault(message("a workbook without rows"))
    named = (sheet for sheet in found if sheet.name.strip().lower() == "historical")
    chosen = next(named, None) or max(found, key=lambda sheet: sum(len(row) > 1 for row in sheet.rows))
    if len(chosen.rows) > MAX_LINES:
        raise Fault(message("more than {n} lines: no daily history of one fund", n=MAX_LINES))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in chosen.rows:
        writer.writerow(row)
    return text.getvalue().splitlines(keepends=True)
