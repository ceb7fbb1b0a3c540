"""``assets.csv`` as a table of texts: read within bounds, edited without touching what a person wrote.

Excel in Japan saves CSV files in Shift_JIS, spreadsheets add empty rows, and people write headings in capitals:
all of that is read. A file keeps its encoding, its columns and the order of its rows when it is written again.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from engine.errors import BadData, reason_of
from engine.messages import message
from engine.reading import read_bounded

MAX_BYTES = 1_000_000
COLUMNS = (
    *("symbol", "kind", "currency", "expense_percent", "source_tax_percent", "first_date", "tracks"),
    *("tracks_since", "frames", "underlying", "stand_ins", "absorbed_by", "absorbed_on", "yahoo"),
    *("name_en", "name_ja", "note", "note_ja", "accept", "trading_unit", "foreign_tax_percent"),
)
NEEDED = ("symbol", "kind", "currency")


@dataclass(frozen=True)
class AssetTable:
    """``headings`` as written; ``rows`` as (line, cells); ``encoding`` for writing it again."""

    path: Path
    headings: tuple[str, ...] = COLUMNS
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    encoding: str = "utf-8"

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row's line, and its cells by heading in lower case."""
        for line, cells in self.rows:
            yield line, dict(zip(self.names, cells))

    @property
    def names(self) -> tuple[str, ...]:
        """The headings as they are known: lower case, without spaces."""
        return tuple(name.strip().lower() for name in self.headings)

    def row(self, symbol: str) -> dict[str, str] | None:
        """The cells of ``symbol``, None if it has no row."""
        return next((cells for _, cells in self if cells.get("symbol") == symbol), None)

    def with_row(self, values: Mapping[str, str]) -> AssetTable:
        """With ``values`` in the row of their ``symbol``, a new last one if it has none; the rest as it is."""
        names = self.names
        more = tuple(name for name in values if name not in names)
        headings, names = (*self.headings, *more), (*names, *more)
        at = names.index("symbol")
        rows, done = [], False
        for line, cells in self.rows:
            cells += ("",) * (len(names) - len(cells))
            if cells[at] == values["symbol"]:
                cells, done = tuple(values.get(name, cell) for name, cell in zip(names, cells)), True
            rows.append((line, cells))
        if not done:
            rows.append((0, tuple(values.get(name, "") for name in names)))
        return replace(self, headings=headings, rows=tuple(rows))

    def encoded(self) -> bytes:
        """The file's bytes: in its encoding, or in UTF-8 with a mark for Excel where that lacks a character."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.headings)
        writer.writerows(cells for _, cells in self.rows)
        try:
            return text.getvalue().encode(self.encoding)
        except UnicodeEncodeError:
            return text.getvalue().encode("utf-8-sig")


def read_table(path: Path) -> AssetTable:
    """The table in ``path``. :raises BadData: with file and line; larger than 1 MB; no text, no headings."""
    try:
        data = read_bounded(path, MAX_BYTES, follow=True)
    except OSError as error:
        raise BadData.at(path, reason_of(error)) from error
    text, encoding = _decoded(path, data)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)  # else a missing quote swallows rows
    headings: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        for cells in reader:
            tidy = tuple(re.sub(r"[\t\r\n]+", " ", cell).strip() for cell in cells)
            place = f"{path}:{reader.line_num}"
            if not any(tidy):
                continue
            if not headings:
                headings = tidy
                _check_headings(place, headings)
                continue
            if any(tidy[len(headings) :]):
                what = message("{n} cells under {columns} headings", n=len(tidy), columns=len(headings))
                raise BadData.at(place, what)
            rows.append((reader.line_num, tidy[: len(headings)]))
    except csv.Error as error:
        raise BadData.at(f"{path}:{reader.line_num}", message("the quotes do not fit")) from error
    return AssetTable(path, headings or COLUMNS, tuple(rows), encoding)


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", "cp932"):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\0" not in text:
                return text, encoding
    what = message("neither UTF-8 nor Shift_JIS text")
    raise BadData.at(path, what, hint=message("save it as CSV UTF-8"))


def _check_headings(place: str, headings: tuple[str, ...]) -> None:
    names = [name.lower() for name in headings]
    for name in NEEDED:
        if name not in names:
            came = ",".join(headings)[:100]
            what = message("no column {name}; the headings are {came}", name=name, came=came)
            raise BadData.at(place, what)
    for name in filter(None, names):
        if names.count(name) > 1:
            raise BadData.at(place, message("the column {name} comes twice", name=name))
        near = get_close_matches(name, COLUMNS, n=1, cutoff=0.8)
        if name not in COLUMNS and near:
            hint = message("did you mean {word}?", word=near[0])
            raise BadData.at(place, message("unknown column {name}", name=name), hint=hint)
