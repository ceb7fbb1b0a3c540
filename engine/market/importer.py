"""Read a fund's price history as its company publishes it, and say what was understood.

Japanese fund companies and the fund association offer CSV files in Shift_JIS or UTF-8, some with the fund's
name above the headings, with dates as 2024/01/05, 2024年1月5日, 20240105 or 令和6年1月5日, with thousands
separators, newest or oldest first. Nothing is guessed in silence: ``Understanding`` names the meaning of
each column and each row that was left out. The file is read line by line, in bounded memory.
"""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.errors import BadData, DataError
from engine.market.assets import Asset, add_asset, check_symbol
from engine.market.dates import DateReader
from engine.market.providers import csv_folder
from engine.market.series import Dates, Floats, Series

MAX_ROWS = 100_000
MAX_LINE = 64 * 1024
HEADING_LINES = 40
SHOWN_SKIPS = 20

ROLES = {
    "date": "date",
    "nav": "price",
    "reinvested": "price with distributions reinvested",
    "payout": "distribution",
    "latest_payout": "latest distribution (used on its closing date only)",
    "latest_date": "closing date of the latest distribution",
    "assets": "net assets (not used)",
    "": "not used",
}
# The first pattern that fits a heading, in NFKC and without spaces, gives its role.
_HEADINGS = (
    ("date", r"^(基準日|年月日|日付|取引日|date)"),
    ("latest_date", r"直近決算日"),
    ("latest_payout", r"直近分配金"),
    ("", r"前日比|騰落|決算|設定来|累計|ベンチマーク|参考指数|比率|change|volume|benchmark"),
    ("reinvested", r"再投資|分配金込|配当込|adj"),
    ("payout", r"分配金|配当|dividend|distribution"),
    ("assets", r"純資産|netassets|aum|残高"),
    ("nav", r"基準価額|基準価格|終値|^nav|^close|^price"),
)
_MISSING = {"", "-", "--", "―", "‐", "—", "−", "ー", "*", "n/a", "na", "null"}
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+")


@dataclass(frozen=True)
class Column:
    """One column of the file: its heading, and a key of ``ROLES``."""

    heading: str
    role: str


@dataclass(frozen=True)
class Understanding:
    """What was made of a file: for a person to agree with before it is used.

    ``skipped`` counts rows left out by reason; ``examples`` are the first of them as (line, reason, text).
    """

    path: str
    encoding: str
    title: str
    header_line: int
    columns: tuple[Column, ...]
    date_format: str
    order: str
    rows: int
    skipped: tuple[tuple[str, int], ...]
    examples: tuple[tuple[int, str, str], ...]
    first: str
    last: str
    lowest: float
    highest: float
    payouts: int
    paid: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    """``values``: price, price with distributions reinvested, distribution; NaN where there is none."""

    line: int
    values: tuple[float, float, float]


def import_csv(path: Path, symbol: str, *, currency: str = "JPY") -> tuple[Series, Understanding]:
    """The history in ``path`` under the name ``symbol``, oldest first, and what was understood.

    Prices are taken as published (a Japanese fund's: per 10,000 口). Where no column holds prices with
    distributions reinvested, they are made from the distributions.

    :raises BadData: no headings that are understood, two prices for a day, a price that is not positive, a
        date that could be two days, a file that is no text or no price history. With file and line.
    """
    check_symbol(symbol)
    try:
        with path.open("rb") as file:
            encoding = _encoding(path, file)
            return _read(path, symbol, currency, encoding, _lines(path, file, encoding))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


def _read(
    path: Path, symbol: str, currency: str, encoding: str, lines: Iterator[str]
) -> tuple[Series, Understanding]:
    title, header_line, columns, delimiter = _headings(path, lines)
    skips: list[tuple[int, str, str]] = []
    counts: Counter[str] = Counter()
    dates = DateReader()
    raw = _cells(path, lines, delimiter, header_line)
    rows = list(_rows(path, raw, columns, dates, counts, skips))
    if not rows:
        why = ", ".join(f"{number} {reason}" for reason, number in counts.items()) or "none"
        raise BadData(
            f"{path}: no row with a date and a price under the headings of line {header_line} ({why})"
        )
    days = dates.resolve(path)
    order = _order(days)
    days, values = _one_a_day(path, days, rows, counts)
    series, notes = _series(path, symbol, currency, days, values, columns)
    return series, Understanding(
        path=str(path),
        encoding=encoding,
        title=title,
        header_line=header_line,
        columns=columns,
        date_format=dates.format,
        order=order,
        rows=days.size,
        skipped=tuple(counts.items()),
        examples=tuple(skips),
        first=str(series.dates[0]),
        last=str(series.dates[-1]),
        lowest=float(series.close.min()),
        highest=float(series.close.max()),
        payouts=int(np.count_nonzero(series.dividend)),
        paid=float(series.dividend.sum()),
        notes=notes,
    )


def _encoding(path: Path, file: BinaryIO) -> str:
    """From the start of the file: a byte order mark, else UTF-8 if it is that, else Shift_JIS (Windows')."""
    start = file.read(MAX_LINE)
    file.seek(0)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadData(f"{path}: UTF-16 text; save it as UTF-8 or Shift_JIS CSV")
    if b"\0" in start:
        raise BadData(f"{path}: not a text file")
    for name in ("utf-8", "cp932"):
        try:
            # The last bytes may be half a character.
            codecs.getincrementaldecoder(name)().decode(start, final=False)
            return name
        except UnicodeDecodeError:
            continue
    raise BadData(f"{path}: neither UTF-8 nor Shift_JIS text")


def _lines(path: Path, file: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines, decoded one by one, each at most MAX_LINE bytes, at most MAX_ROWS of them."""
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            raise BadData(f"{path}:{number}: a line of more than {MAX_LINE // 1024} KB: no price table")
        if number > MAX_ROWS:
            raise BadData(f"{path}: more than {MAX_ROWS:,} lines: no daily history of one fund")
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise BadData(f"{path}:{number}: not {encoding} text like the lines before") from error
        for piece in text.rstrip("\r\n").split("\r"):  # some files end their lines with CR alone
            yield f"{piece}\n"


def _headings(path: Path, lines: Iterator[str]) -> tuple[str, int, tuple[Column, ...], str]:
    """Title above the headings, line of the headings, columns, delimiter."""
    title = ""
    for number, line in enumerate(lines, start=1):
        for delimiter in (",", "\t", ";"):
            cells = _split_line(line, delimiter)
            columns = tuple(Column(cell.strip(), _role(cell)) for cell in cells)
            roles = [column.role for column in columns]
            if "date" in roles and ("nav" in roles or "reinvested" in roles):
                return title, number, _first_of_each(columns), delimiter
        title = title or _title(line)
        if number >= HEADING_LINES:
            break
    known = "基準日 (or 年月日, 日付, Date) and 基準価額 (or NAV, Close)"
    raise BadData(f"{path}: no line of headings with {known} in the first {HEADING_LINES} lines")


_NO_NAME = re.compile(r"(設定日|基準日|作成日|期間|単位|ファンド(名称?|コード)?|商品名|銘柄名?)?[:：]?")
_LABEL = re.compile(r"(ファンド(名称?)?|商品名|銘柄名?)[:：]\s*")
_A_DATE = re.compile(r"\d{4}[年/.-]\d{1,2}|\d{8}|(令和|平成)")


def _title(line: str) -> str:
    """What a line above the headings calls the fund: its first cell that is no label and no date, or ''."""
    for cell in line.strip().strip('"').split(","):
        text = _LABEL.sub("", unicodedata.normalize("NFC", cell).strip().strip('"'))
        if not _NO_NAME.fullmatch(text) and not _A_DATE.search(text):
            return text
    return ""


def _split_line(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _role(heading: str) -> str:
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", heading)).lower()
    return next((role for role, pattern in _HEADINGS if re.search(pattern, plain)), "")


def _first_of_each(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Only the first column of a role counts."""
    seen: set[str] = set()
    result = []
    for column in columns:
        result.append(Column(column.heading, "" if column.role in seen else column.role))
        seen.add(column.role)
    return tuple(result)


def _cells(
    path: Path, lines: Iterator[str], delimiter: str, header_line: int
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadData(f"{path}:{header_line + reader.line_num}: {error}") from error
        yield header_line + reader.line_num, row


def _rows(
    path: Path,
    raw: Iterator[tuple[int, list[str]]],
    columns: tuple[Column, ...],
    dates: DateReader,
    counts: Counter[str],
    skips: list[tuple[int, str, str]],
) -> Iterator[_Row]:
    """The rows with a date and a price; their days go to ``dates``: one may settle the others."""
    place = {column.role: k for k, column in enumerate(columns) if column.role}
    price = place.get("nav", place.get("reinvested", 0))
    for line, cells in raw:

        def text(role: str, cells: list[str] = cells) -> str:
            k = place.get(role, -1)
            return cells[k] if 0 <= k < len(cells) else ""

        def skip(reason: str, line: int = line, cells: list[str] = cells) -> None:
            counts[reason] += 1
            if len(skips) < SHOWN_SKIPS:
                skips.append((line, reason, ",".join(cells)[:60]))

        if not any(cell.strip() for cell in cells):
            continue
        came = cells[price] if price < len(cells) else ""
        if not dates.is_date(text("date")):
            skip("without a date")
            continue
        nav = _number(path, line, columns[price].heading, came)
        if np.isnan(nav):
            skip("without a price")
            continue
        if not 0 < nav < 1e12:
            raise BadData(f"{path}:{line}: {columns[price].heading}: {came[:40]!r} is not a positive price")
        reinvested = _number(path, line, "reinvested", text("reinvested")) if "nav" in place else nav
        payout = _number(path, line, "distribution", text("payout"))
        if "latest_payout" in place and dates.same_day(text("latest_date"), text("date")):
            payout = _number(path, line, "latest distribution", text("latest_payout"))
        if payout < 0 or reinvested <= 0:
            raise BadData(
                f"{path}:{line}: a distribution below 0, or a reinvested price that is not positive"
            )
        dates.add(line, text("date"))
        yield _Row(line, (nav, reinvested, payout))


def _number(path: Path, line: int, heading: str, text: str) -> float:
    """The number in a cell, NaN where it is blank or a dash; full-width digits, ``¥12,345円`` are numbers."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in _MISSING:
        return float("nan")
    bare = plain.removeprefix("¥").removeprefix("\\").removesuffix("円").strip()
    if not _NUMBER.fullmatch(bare):
        raise BadData(f"{path}:{line}: {heading}: {text[:40]!r} is not a number")
    return float(bare.replace(",", ""))


def _order(days: Dates) -> str:
    if np.all(days[1:] >= days[:-1]):
        return "oldest first"
    return "newest first" if np.all(days[1:] <= days[:-1]) else "in no order (sorted)"


def _one_a_day(path: Path, days: Dates, rows: list[_Row], counts: Counter[str]) -> tuple[Dates, Floats]:
    """(n,) rising days and (n, 3) values. :raises BadData: a day comes twice with different values."""
    order = np.argsort(days, kind="stable")
    days, values = days[order], np.array([row.values for row in rows])[order]
    again = np.append(False, days[1:] == days[:-1])
    differs = again & ~np.append(
        True, np.all(np.isclose(values[1:], values[:-1], 0, 0, equal_nan=True), axis=1)
    )
    if differs.any():
        k = int(np.argmax(differs))
        lines, prices = [rows[order[k - 1]].line, rows[order[k]].line], values[[k - 1, k], 0]
        both = f"{prices[0]:g} (line {lines[0]}) and {prices[1]:g} (line {lines[1]})"
        raise BadData(f"{path}:{lines[1]}: {days[k]} comes twice with different values: {both}")
    if again.any():
        counts["repeated"] += int(np.count_nonzero(again))
    return days[~again], values[~again]


def _series(
    path: Path, symbol: str, currency: str, days: Dates, values: Floats, columns: tuple[Column, ...]
) -> tuple[Series, tuple[str, ...]]:
    roles = {column.role for column in columns}
    notes = []
    close, reinvested, payout = values[:, 0], values[:, 1], np.nan_to_num(values[:, 2])
    if not roles & {"payout", "latest_payout"}:
        notes.append("no column of distributions: taken as none")
    if "nav" not in roles:
        notes.append("only prices with distributions reinvested: they stand for the price")
    if np.isnan(reinvested).any():
        reinvested = _reinvest(close, payout)
        notes.append("prices with distributions reinvested are made from the distributions")
    source = f"csv:{path.name}"
    return Series(symbol, currency, days, close, reinvested, payout, source), tuple(notes)


def _reinvest(close: Floats, payout: Floats) -> Floats:
    """(n,) prices with payouts reinvested on the day, ending at the last close."""
    growth = np.append(1.0, (close[1:] + payout[1:]) / close[:-1])
    level = np.cumprod(growth)
    result: Floats = level * (close[-1] / level[-1])
    return result


def store(
    series: Series, folder: Path, *, title: str = "", expense_ratio: float = 0.0, kind: str = "jp_fund"
) -> Asset:
    """Keep an imported history for ``csv:folder``: its prices, and its row in the folder's ``assets.csv``.

    A Japanese fund gets the growth frame only: whether it is on the regulator's list for the tsumitate frame
    is for a person to say, in the column ``frames``.
    """
    name = title or series.symbol
    item = Asset(
        symbol=series.symbol,
        kind=kind,
        currency=series.currency,
        expense_ratio=expense_ratio,
        first=series.dates[0].item(),
        tracks="",
        tracks_since=None,
        frames=() if kind == "index" else ("G", "old_general"),
        source_tax=0.10 if kind == "us_etf" else 0.0,
        underlying="",
        stand_ins=(),
        absorbed_by="",
        absorbed_on=None,
        yahoo=series.symbol,
        name_en=name,
        name_ja=name,
        note=f"imported from {series.source.removeprefix('csv:')}",
    )
    add_asset(folder / "assets.csv", item)
    csv_folder.save(folder, series)
    return item
