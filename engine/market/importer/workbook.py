"""The sheets of a workbook as rows of texts: ``.xlsx``, and the XML that Excel calls SpreadsheetML (``.xls``).

Fund companies publish their histories so. A workbook is somebody else's archive of XML: nothing in it may name an
entity, unpack to more than ``LARGEST``, or hold more than ``MOST_CELLS``. Files that a company's own program
wrote are not always XML: a bare ``&`` is read as one, and styles, whose tags may not fit, are not looked at.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from xml.parsers import expat
from xml.parsers.expat import XMLParserType

from engine.market.dates import EXCEL_COUNTS_FROM
from engine.market.importer.refusals import Fault
from engine.messages import message

LARGEST = 96_000_000  # bytes of a part, unpacked; twenty years of days and holdings are 10 MB
MOST_CELLS = 3_000_000
LONGEST = 4000  # characters of a cell
WIDEST = 500  # cells of a row
SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"

Attributes = dict[str, str]
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_STYLES = re.compile(rb"<(?:\w+:)?Styles\b.*?</(?:\w+:)?Styles\s*>", re.DOTALL)
_WHERE = re.compile(r"([A-Z]{1,3})[0-9]+")
# Formats of Excel's own that show a day; others are known by the letters of their code.
_DAY_FORMATS = {*range(14, 18), 22, *range(27, 32), *range(50, 59)}


@dataclass
class Sheet:
    """A sheet: its name, and its rows of texts, '' for an empty cell."""

    name: str
    rows: list[list[str]] = field(default_factory=list)


def is_workbook(data: bytes) -> bool:
    """True if ``data`` begins as a workbook does."""
    start = data[:4096]
    return start.startswith(b"PK\x03\x04") or (SPREADSHEET in start and b"<" in start[:8])


def sheets(data: bytes) -> list[Sheet]:
    """All sheets in their order. :raises Fault: no workbook, or none that is read."""
    try:
        return list(_of_archive(data)) if data.startswith(b"PK") else _of_xml(data)
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, EOFError, OSError) as error:
        raise Fault(message("the workbook is damaged ({name})", name=type(error).__name__)) from error
    except expat.ExpatError as error:
        raise Fault(message("the workbook is no XML that can be read"), error.lineno) from error


# --- XML --------------------------------------------------------------------------------------------------------


def _parse(
    data: bytes,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read XML by local names of tags and attributes. :raises Fault: it declares a document type or entities."""
    parser: XMLParserType = expat.ParserCreate()
    parser.buffer_text = True

    def forbid(*_: object) -> Any:
        raise Fault(message("the workbook declares entities: refused"))

    parser.StartDoctypeDeclHandler = forbid
    parser.EntityDeclHandler = forbid
    parser.ExternalEntityRefHandler = forbid
    parser.StartElementHandler = lambda name, attributes: start(
        _local(name), {_local(key): value for key, value in attributes.items()}
    )
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text is not None:
        parser.CharacterDataHandler = text
    parser.Parse(data, True)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


@dataclass
class _Grid:
    """Collects the cells of a sheet in bounds: of all sheets together ``MOST_CELLS``."""

    rows: list[list[str]]
    count: int = 0

    def row(self) -> None:
        """Begin the next row."""
        self._count()
        self.rows.append([])

    def put(self, at: int, text: str) -> None:
        """``text`` as cell ``at`` (from 0) of the last row."""
        self._count()
        if not 0 <= at < WIDEST or not self.rows:
            raise Fault(message("a cell outside the sheet"))
        row = self.rows[-1]
        row.extend([""] * (at + 1 - len(row)))
        row[at] = " ".join(text[:LONGEST].split())

    def _count(self) -> None:
        self.count += 1
        if self.count > MOST_CELLS:
            raise Fault(message("more than {n} cells: no daily history of one fund", n=MOST_CELLS))


def _of_xml(data: bytes) -> list[Sheet]:
    """SpreadsheetML: Workbook / Worksheet / Table / Row / Cell / Data."""
    clean = _BARE.sub(b"&amp;", _STYLES.sub(b"", data.lstrip(b"\xef\xbb\xbf \r\n\t")))
    found: list[Sheet] = []
    grid = _Grid([])
    at, texts, is_data = 0, [""], False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal at, texts, is_data, grid
        if name == "Worksheet":
            found.append(Sheet(attributes.get("Name", "")))
            grid = _Grid(found[-1].rows, grid.count)
        elif name == "Row":
            grid.row()
            at = 0
        elif name == "Cell":
            index = attributes.get("Index", "")
            at, texts = (_number(index) - 1 if index else at), []
        elif name == "Data":
            is_data = True

    def end(name: str) -> None:
        nonlocal at, is_data
        if name == "Data":
            is_data = False
        elif name == "Cell" and grid.rows:
            if text := "".join(texts):
                grid.put(at, text)
            at += 1

    def characters(text: str) -> None:
        if is_data and sum(map(len, texts)) < LONGEST:
            texts.append(text)

    _parse(clean, start, end, characters)
    return found


# --- the archive ------------------------------------------------------------------------------------------------


def _of_archive(data: bytes) -> Iterator[Sheet]:
    """An ``.xlsx``: its sheets in the workbook's order, texts and days as they are shown."""
    archive = zipfile.ZipFile(BytesIO(data))
    parts = set(archive.namelist())
    if "xl/workbook.xml" not in parts:
        raise Fault(message("an archive without a workbook"))
    shared = _shared_texts(_part(archive, "xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in parts else []
    days = _day_styles(_part(archive, "xl/styles.xml")) if "xl/styles.xml" in parts else set()
    targets = _targets(_part(archive, "xl/_rels/workbook.xml.rels"))
    names, since = _book(_part(archive, "xl/workbook.xml"))
    grid = _Grid([])
    for name, key in names:
        target = targets.get(key, "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path not in parts:
            continue
        grid = _Grid([], grid.count)
        _read_sheet(_part(archive, path), grid, shared, dict.fromkeys(days, since))
        yield Sheet(name, grid.rows)


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Fault(message("the workbook unpacks to more than {n} MB: refused", n=LARGEST // 10**6))
    return data


def _book(data: bytes) -> tuple[list[tuple[str, str]], date]:
    """The sheets, each with its name and key, and the day that the workbook's numbers of days count from."""
    found: list[tuple[str, str]] = []
    since = EXCEL_COUNTS_FROM[0]

    def start(name: str, attributes: Attributes) -> None:
        nonlocal since
        if name == "sheet":
            found.append((attributes.get("name", ""), attributes.get("id", "")))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
            since = EXCEL_COUNTS_FROM[1]

    _parse(data, start)
    return found, since


def _targets(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}

    def start(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            found[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(data, start)
    return found


def _shared_texts(data: bytes) -> list[str]:
    """The texts that cells point to; readings (``rPh``) of Japanese ones are no part of them."""
    found: list[list[str]] = []
    inside = {"t": False, "rPh": False}

    def start(name: str, _: Attributes) -> None:
        if name == "si":
            found.append([])
        if name in inside:
            inside[name] = True

    def end(name: str) -> None:
        if name in inside:
            inside[name] = False

    def characters(text: str) -> None:
        if inside["t"] and not inside["rPh"] and found:
            found[-1].append(text)

    _parse(data, start, end, characters)
    return ["".join(parts) for parts in found]


def _day_styles(data: bytes) -> set[int]:
    """The styles of cells (by number) that show a number as a day."""
    formats: dict[int, str] = {}
    styles: list[int] = []
    is_cells = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_cells
        number = attributes.get("numFmtId", "")
        if name == "numFmt" and number.isdecimal():
            formats[_number(number)] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            is_cells = True
        elif name == "xf" and is_cells:
            styles.append(_number(number))

    def end(name: str) -> None:
        nonlocal is_cells
        is_cells = is_cells and name != "cellXfs"

    _parse(data, start, end)

    def shows_a_day(number: int) -> bool:
        code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", formats.get(number, "")).lower()
        return number in _DAY_FORMATS or ("y" in code and "d" in code)

    return {k for k, number in enumerate(styles) if shows_a_day(number)}


def _read_sheet(data: bytes, grid: _Grid, shared: list[str], days: Mapping[int, date]) -> None:
    """The rows of a sheet into ``grid``; ``days``: styles that show a day -> what its number counts from."""
    kind, style, at, texts, is_value = "", 0, 0, [""], False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal kind, style, at, texts, is_value
        if name == "row":
            grid.row()
            at = 0
        elif name == "c":
            kind, style, texts = attributes.get("t", "n"), _number(attributes.get("s", "")), []
            where = _WHERE.fullmatch(attributes.get("r", ""))
            at = _column(where[1]) if where else at
        elif name in ("v", "t"):
            is_value = True

    def end(name: str) -> None:
        nonlocal at, is_value
        if name in ("v", "t"):
            is_value = False
        elif name == "c":
            if text := _shown("".join(texts), kind, days.get(style), shared):
                grid.put(at, text)
            at += 1

    def characters(text: str) -> None:
        if is_value and sum(map(len, texts)) < LONGEST:
            texts.append(text)

    _parse(data, start, end, characters)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _shown(text: str, kind: str, since: date | None, shared: list[str]) -> str:
    """What a cell says: a shared text, the day that so many days ``since`` are, else what stands in it."""
    if kind == "s":
        return shared[_number(text)] if _number(text) < len(shared) else ""
    if kind == "e":
        return ""
    if kind == "n" and since is not None:
        try:
            return str(since + timedelta(days=int(float(text))))
        except (ValueError, OverflowError):
            return text
    if kind == "n" and re.fullmatch(r"-?[0-9.]+[eE][+-]?[0-9]+", text):
        return (
            f"{float(text):.15g}" if abs(float(text)) < 1e-4 else f"{float(text):f}".rstrip("0").rstrip(".")
        )
    return text
