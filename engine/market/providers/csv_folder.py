"""Prices from a folder of CSV files, one a symbol: ``date,close,adj_close,dividend``.

``date`` is ISO (2024-01-05), in rising order; empty cells mean "the source has none". At least one of
``close`` and ``adj_close`` must be there; other columns are ignored. An exchange rate (``USDJPY.csv``) has
``date,close``. Nothing here judges the numbers: that is the work of ``engine.market.checks``.
"""

from __future__ import annotations

import csv
import io
import math
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from engine.errors import BadData, DataError, NotFound
from engine.market.assets import check_symbol
from engine.market.files import replace_text
from engine.market.series import Dates, Floats, Series

MAX_BYTES = 64 * 2**20
MAX_ROWS = 200_000
_COLUMNS = ("close", "adj_close", "dividend")


def file_of(folder: Path, symbol: str) -> Path:
    """The file of ``symbol`` in ``folder``; ``^SP500TR`` may also be called ``SP500TR.csv``.

    :raises NotFound: names the folder and the nearest symbol it has.
    """
    check_symbol(symbol)
    for name in (f"{symbol}.csv", f"{symbol.lstrip('^')}.csv"):
        if (folder / name).is_file():
            return folder / name
    if not folder.is_dir():
        raise NotFound(f"{folder}: no such folder", hint="csv:DIR needs a folder with one CSV file a symbol")
    have = symbols(folder)
    near = get_close_matches(symbol, have, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(have[:12]) or 'no CSV file'}"
    raise NotFound(f"{folder}: no {symbol}.csv", hint=hint)


def symbols(folder: Path) -> list[str]:
    """The names of the CSV files in ``folder``, sorted."""
    return sorted(path.stem for path in folder.glob("*.csv") if path.stem != "assets")


def load(folder: str | Path, symbol: str, *, currency: str = "USD") -> Series:
    """The history of ``symbol`` from ``folder``. Columns the file lacks are NaN.

    :raises NotFound: there is no such file.
    :raises BadData: ``file:line: column: what came``; a file too large to be a daily history.
    """
    path = file_of(Path(folder), symbol)
    text = _text(path)
    header, names = _header(path, text)
    # A row is split once; only when something is wrong is the file read again, line by line, to say where.
    body = io.StringIO(text[header:])
    try:
        rows = [row for row in csv.reader(body, strict=True) if row]
        dates, columns = _parse(names, rows)
        rising = bool(np.all(dates[1:] > dates[:-1]))
    except (ValueError, csv.Error) as error:
        raise _first_fault(path, text, names) or BadData(f"{path}: {error}") from error
    if not rising:
        raise _first_fault(path, text, names) or BadData(f"{path}: the dates do not rise")
    if dates.size == 0:
        raise BadData(f"{path}: no rows under the header")
    close, adj_close, dividend = columns
    return Series(symbol, currency, dates, close, adj_close, dividend, source=f"csv:{path.name}")


def save(folder: Path, series: Series) -> Path:
    """Write ``series`` so that ``load`` gives it back, value by value. :raises StoreError: it cannot be."""
    path = folder / f"{check_symbol(series.symbol)}.csv"
    columns = [series.close, series.adj_close, series.dividend]
    lines = ["date,close,adj_close,dividend"]
    for day, *values in zip(series.dates, *columns, strict=True):
        cells = ("" if math.isnan(value) else repr(float(value)) for value in values)
        lines.append(",".join([str(day), *cells]))
    replace_text(path, "\n".join([*lines, ""]))
    return path


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    if len(raw) > MAX_BYTES or raw.count(b"\n") > MAX_ROWS:
        limit = f"{MAX_ROWS:,} rows or {MAX_BYTES // 2**20} MB"
        raise BadData(f"{path}: more than {limit}: this is no daily history of one symbol")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "`backtest data import` reads Shift_JIS files"
        raise BadData(f"{path}:{line}: not UTF-8 text", hint=hint) from error


def _header(path: Path, text: str) -> tuple[int, list[str]]:
    """Length of the header line, and its column names in lower case."""
    line, newline, _ = text.partition("\n")
    names = [name.strip().strip('"').lower() for name in line.split(",")]
    if "date" not in names or not {"close", "adj_close"} & set(names):
        came = ",".join(names)[:60] or "nothing"
        raise BadData(f"{path}:1: the header must have date and close or adj_close, came: {came}")
    if len(set(names)) < len(names):
        raise BadData(f"{path}:1: a column name comes twice: {','.join(names)[:60]}")
    return len(line) + len(newline), names


def _parse(names: list[str], rows: list[list[str]]) -> tuple[Dates, list[Floats]]:
    cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    if set(map(len, cells["date"])) - {10}:
        raise ValueError("a date is not like 2024-01-05")
    dates = np.array(cells["date"], dtype="datetime64[D]")
    unknown = np.full(len(rows), np.nan)
    return dates, [_numbers(cells[name]) if name in cells else unknown for name in _COLUMNS]


def _numbers(cells: tuple[str, ...]) -> Floats:
    values = np.array([float(text) if text else math.nan for text in cells], dtype=np.float64)
    # float() also takes nan, inf and 1_000, which no price file means.
    if np.count_nonzero(np.isfinite(values)) != len(cells) - cells.count("") or "_" in "".join(cells):
        raise ValueError("a cell is not a finite number")
    return values


def _first_fault(path: Path, text: str, names: list[str]) -> BadData | None:
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
                dates, _ = _parse(["date", "close"], [[cells["date"], ""]])
            except ValueError:
                return BadData(f"{where}: date: {cells['date'][:40]!r} is not a date like 2024-01-05")
            for name in set(_COLUMNS) & set(names):
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
