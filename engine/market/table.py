"""A CSV table of dated numbers: ``date`` first among equals, ISO, rising; empty cells are NaN."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.errors import BadData, DataError, reason_of
from engine.market.series import Dates, Floats
from engine.messages import Message, Quoted, listed, message

MAX_BYTES = 64 * 2**20
MAX_ROWS = 200_000
SHOWN = 40  # characters of a wrong cell


def read_table(
    path: Path, columns: Sequence[str], *, one_of: Sequence[str], names: Mapping[str, str] | None = None
) -> tuple[Dates, list[Floats]]:
    """(n,) dates and each of ``columns`` (n,), all NaN where the file lacks it; other columns are ignored.

    ``one_of``  columns of which the header must have at least one
    ``names``   other headings of a column -> its name

    :raises DataError: the file cannot be read.
    :raises BadData: ``file:line: column: what came``; no rows; a file too large for such a table.
    """
    text = _text(path)
    header, headings = _header(path, text, one_of, names or {})
    # A row is split once; only when something is wrong is the file read again, line by line, to say where.
    try:
        rows = [row for row in csv.reader(io.StringIO(text[header:]), strict=True) if row]
        dates, values = _parse(headings, rows, columns)
        if not np.all(dates[1:] > dates[:-1]):
            raise ValueError
    except (ValueError, csv.Error) as error:
        _find_fault(path, text, headings, columns)
        raise BadData.at(path, message("its rows are no CSV")) from error
    if dates.size == 0:
        raise BadData.at(path, message("no rows under the header"))
    return dates, values


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError.at(path, reason_of(error)) from error
    if len(raw) > MAX_BYTES or raw.count(b"\n") > MAX_ROWS:
        size = message("more than {rows} rows or {mb} MB", rows=MAX_ROWS, mb=MAX_BYTES // 2**20)
        raise BadData.at(path, message("{size}: this is no table of one symbol", size=size))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = message("`backtest data import` reads Shift_JIS and UTF-16 files")
        raise BadData.at(f"{path}:{line}", message("not UTF-8 text"), hint=hint) from error


def _header(path: Path, text: str, one_of: Sequence[str], known: Mapping[str, str]) -> tuple[int, list[str]]:
    """Length of the header line, and its column names in lower case, those in ``known`` by their usual name."""
    line, newline, _ = text.partition("\n")
    names = [name.strip().strip('"').lower() for name in line.split(",")]
    names = [known.get(name, name) for name in names]
    came = ",".join(names)[:60]
    if "date" not in names or not set(one_of) & set(names):
        what = message(
            "the header must have date and {columns}, came: {came}",
            columns=listed(one_of, "or"),
            came=came or message("nothing", context="heading"),
        )
        raise BadData.at(f"{path}:1", what)
    if len(set(names)) < len(names):
        raise BadData.at(f"{path}:1", message("a column name comes twice: {names}", names=came))
    return len(line) + len(newline), names


def _parse(names: list[str], rows: list[list[str]], columns: Sequence[str]) -> tuple[Dates, list[Floats]]:
    cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    if set(map(len, cells["date"])) - {10}:
        raise ValueError
    dates = np.array(cells["date"], dtype="datetime64[D]")
    unknown = np.full(len(rows), np.nan)
    return dates, [_numbers(cells[name]) if name in cells else unknown for name in columns]


def _numbers(cells: tuple[str, ...]) -> Floats:
    values = np.array([float(text) if text else math.nan for text in cells], dtype=np.float64)
    # float() also takes nan, inf and 1_000, which no price file means.
    if np.count_nonzero(np.isfinite(values)) != len(cells) - cells.count("") or "_" in "".join(cells):
        raise ValueError
    return values


def _find_fault(path: Path, text: str, names: list[str], columns: Sequence[str]) -> None:
    """Raise BadData for the first thing wrong in the file, with its line; nothing if each row is fine."""
    reader = csv.reader(io.StringIO(text), strict=True)
    before = ""
    try:
        next(reader)
        for row in filter(None, reader):
            if what := _fault(row, names, columns, before):
                raise BadData.at(f"{path}:{reader.line_num}", what)
            before = row[names.index("date")]
    except csv.Error as error:
        raise BadData.at(f"{path}:{reader.line_num}", message("the quotes do not fit")) from error


def _fault(row: list[str], names: list[str], columns: Sequence[str], before: str) -> Message | None:
    """What is wrong with a row, or with its date after that ``before``; None if nothing is."""
    if len(row) != len(names):
        return message("{n} cells, the header has {columns}", n=len(row), columns=len(names))
    cells = dict(zip(names, row, strict=True))
    day = cells["date"]
    try:
        _parse(["date"], [[day]], ())
    except ValueError:
        return of_cell("date", day, message("is not a date like {example}", example="2024-01-05"))
    for name in columns:
        try:
            _numbers((cells.get(name, ""),))
        except ValueError:
            return of_cell(name, cells[name], message("is not a finite number"))
    if day == before:
        return message("{day} comes twice", day=day)
    if day < before:
        return message("{day} follows {before}: the dates must rise", day=day, before=before)
    return None


def of_cell(key: str, came: str, what: Message) -> Message:
    """What is wrong with a cell: its column, and the beginning of what stands there."""
    return message("{key}: {came} {what}", key=key, came=Quoted(came[:SHOWN]), what=what)
