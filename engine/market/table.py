"""A CSV table of dated numbers: ``date`` first among equals, ISO, rising; empty cells are NaN."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.errors import BadData, DataError
from engine.market.series import Dates, Floats

MAX_BYTES = 64 * 2**20
MAX_ROWS = 200_000


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
        rising = bool(np.all(dates[1:] > dates[:-1]))
    except (ValueError, csv.Error) as error:
        raise _first_fault(path, text, headings, columns) or BadData(f"{path}: {error}") from error
    if not rising:
        raise _first_fault(path, text, headings, columns) or BadData(f"{path}: the dates do not rise")
    if dates.size == 0:
        raise BadData(f"{path}: no rows under the header")
    return dates, values


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    if len(raw) > MAX_BYTES or raw.count(b"\n") > MAX_ROWS:
        limit = f"{MAX_ROWS:,} rows or {MAX_BYTES // 2**20} MB"
        raise BadData(f"{path}: more than {limit}: this is no table of one symbol")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "`backtest data import` reads Shift_JIS files"
        raise BadData(f"{path}:{line}: not UTF-8 text", hint=hint) from error


def _header(path: Path, text: str, one_of: Sequence[str], known: Mapping[str, str]) -> tuple[int, list[str]]:
    """Length of the header line, and its column names in lower case, those in ``known`` by their usual name."""
    line, newline, _ = text.partition("\n")
    names = [name.strip().strip('"').lower() for name in line.split(",")]
    names = [known.get(name, name) for name in names]
    if "date" not in names or not set(one_of) & set(names):
        came = ",".join(names)[:60] or "nothing"
        raise BadData(f"{path}:1: the header must have date and {' or '.join(one_of)}, came: {came}")
    if len(set(names)) < len(names):
        raise BadData(f"{path}:1: a column name comes twice: {','.join(names)[:60]}")
    return len(line) + len(newline), names


def _parse(names: list[str], rows: list[list[str]], columns: Sequence[str]) -> tuple[Dates, list[Floats]]:
    cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    if set(map(len, cells["date"])) - {10}:
        raise ValueError("a date is not like 2024-01-05")
    dates = np.array(cells["date"], dtype="datetime64[D]")
    unknown = np.full(len(rows), np.nan)
    return dates, [_numbers(cells[name]) if name in cells else unknown for name in columns]


def _numbers(cells: tuple[str, ...]) -> Floats:
    values = np.array([float(text) if text else math.nan for text in cells], dtype=np.float64)
    # float() also takes nan, inf and 1_000, which no price file means.
    if np.count_nonzero(np.isfinite(values)) != len(cells) - cells.count("") or "_" in "".join(cells):
        raise ValueError("a cell is not a finite number")
    return values


def _first_fault(path: Path, text: str, names: list[str], columns: Sequence[str]) -> BadData | None:
    """The first thing wrong in the file, with its line; None if each row by itself is fine."""
    reader = csv.reader(io.StringIO(text), strict=True)
    before = None
    try:
        next(reader)
        for row in reader:
            if not row:
                continue
            where = f"{path}:{reader.line_num}"
            if len(row) != len(names):
                return BadData(f"{where}: {len(row)} cells, the header has {len(names)}")
            cells = dict(zip(names, row, strict=True))
            try:
                dates, _ = _parse(["date"], [[cells["date"]]], ())
            except ValueError:
                return BadData(f"{where}: date: {cells['date'][:40]!r} is not a date like 2024-01-05")
            for name in [name for name in columns if name in cells]:
                try:
                    _numbers((cells[name],))
                except ValueError:
                    return BadData(f"{where}: {name}: {cells[name][:40]!r} is not a finite number")
            if before is not None and dates[0] == before:
                return BadData(f"{where}: {before} comes twice")
            if before is not None and dates[0] < before:
                return BadData(f"{where}: {dates[0]} follows {before}: the dates must rise")
            before = dates[0]
    except csv.Error as error:
        return BadData(f"{path}:{reader.line_num}: {error}")
    return None
