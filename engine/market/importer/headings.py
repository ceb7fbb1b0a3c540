"""Which lines of a file are the headings, and what each column means.

The headings are the lines whose columns fit the rows below them: days in the one, prices in the other. A line
such as ``基準日,2019/12/30,基準価額,2270円`` above a table has the same words and is none. Headings may take up
to three lines (units below the names; what ``yfinance.download`` writes) or break inside quotes, as Excel does.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from engine.market.dates import is_date
from engine.market.importer.cells import is_blank, is_number
from engine.market.importer.refusals import Fault
from engine.market.importer.text import split_rows
from engine.messages import listed, message

HEADING_LINES = 40  # how far down the headings may stand
DEEPEST = 3  # lines that headings may take
SAMPLE = 10  # rows below that are looked at
MOST_COLUMNS = 200

ROLES = {
    "date": message("date", context="column"),
    "nav": message("price", context="column"),
    "reinvested": message("price with distributions reinvested", context="column"),
    "payout": message("distribution", context="column"),
    "latest_payout": message("latest distribution (used on its closing date only)", context="column"),
    "latest_date": message("closing date of the latest distribution", context="column"),
    "gains": message("capital gains distribution", context="column"),
    "splits": message("share splits", context="column"),
    "shares": message("shares outstanding (kept as fund flows)", context="column"),
    "assets": message("net assets (not used)", context="column"),
    "": message("not used", context="column"),
}
CHOOSABLE = {"date": "date", "price": "nav", "adjusted": "reinvested", "payout": "payout"}  # by a person
# The first pattern that is found in a heading (NFKC, lower case, no spaces) gives its role.
_PATTERNS = (
    # Yields and changes are named after what they are a share of.
    ("", r"利回り|利率|yield|%\)?$|騰落|前(営業)?日|前[期月年]比|増減|change|ベンチマーク|benchmark|参考指数"),
    ("latest_date", r"(直近|前回)の?(決算|分配)日"),
    ("latest_payout", r"(直近|前回)の?分配金"),
    ("date", r"^((基準|年月|取引|約定)日|日付け?|(nav|price|trade)?date(time)?|timestamp|asof(date)?)(\(.*\))?$"),
    ("", r"決算|設定来|累計|合計|回数|頻度|frequency|(支払|権利).*日|date"),
    ("reinvested", r"再投資|累積?投資|累投|分配金?込|配当込|調整[後済]|^adj"),
    ("splits", r"^(stock)?splits?|株式分割"),
    ("gains", r"capitalgain"),
    ("shares", r"^(shares?|units?)(outstanding|inissue)"),
    ("nav", r"基準価[額格]|終値|取引値|現在値|株価|(分配金?|配当)落ち?後"),
    ("nav", r"^(nav|clos|price|netassetvalue|last(price)?$)"),
    ("payout", r"分配金|分配額|配当|dividend|distribution"),
    ("assets", r"純資産|netassets|aum|残高|時価総額|marketcap"),
)  # fmt: skip
_ONE_OF_EACH = ("date", "nav", "reinvested", "payout", "latest_payout", "latest_date", "gains", "splits")
_OF_SHARES = re.compile(r"(\d[\d,]*)(万?)口")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True)
class Column:
    """One column of the file: its heading, and a key of ``ROLES``."""

    heading: str
    role: str


@dataclass(frozen=True)
class Table:
    """The headings of a file and the lines below them.

    ``title``   what the lines above call the fund, or ''
    ``line``    the first line of the headings, from 1
    ``depth``   how many records the headings take
    """

    title: str
    line: int
    depth: int
    columns: tuple[Column, ...]
    delimiter: str
    lines: Sequence[str]

    @property
    def is_japanese(self) -> bool:
        """Whether a column that counts has a Japanese heading: no decimal commas, no dollars unless said."""
        return any(_JAPANESE.search(column.heading) for column in self.columns if column.role)

    @property
    def may_be_adjusted(self) -> bool:
        """Whether it is a table of daily bars without adjusted closes: yfinance's and Stooq's may be adjusted."""
        place, headings = self.place(), {plain_heading(column.heading) for column in self.columns}
        is_export = "splits" in place or "Ticker" in self.columns[place["date"]].heading
        return (is_export or {"open", "high", "low", "close"} <= headings) and "reinvested" not in place

    def place(self) -> dict[str, int]:
        """Role -> number of its column."""
        return {column.role: k for k, column in enumerate(self.columns) if column.role}

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the headings, each with its line. :raises Fault: a quotation mark is missing."""
        above = self.line - 1
        rows = split_rows(self.lines[above:], self.delimiter, len(self.columns))
        try:
            for line, row in islice(rows, self.depth, None):
                yield above + line, row
        except Fault as fault:
            raise Fault(fault.message, above + int(fault.where)) from None


def find_table(lines: Sequence[str], chosen: Mapping[str, str]) -> Table:
    """The headings of a file. ``chosen``: role -> heading, as a person said, before any pattern.

    :raises Fault: there are none, or two columns that could be one role.
    """
    found = [
        (gap, depth, start, delimiter, columns)
        for start in range(min(HEADING_LINES, len(lines)))
        for delimiter in (",", "\t", ";")
        for depth, gap, columns in _candidates(lines[start:], delimiter, chosen)
    ]
    if not found:
        what = message(
            "no line of headings with 基準日 (or 年月日, 日付, Date) and 基準価額 (or NAV, Close) in the "
            "first {n} lines",
            n=HEADING_LINES,
        )
        raise Fault(what)
    _, depth, start, delimiter, columns = min(found, key=lambda item: item[:3])
    _refuse_unknown(start + 1, columns, chosen)
    _refuse_two_of_one(start + 1, columns)
    title = next(filter(None, map(_title, lines[:start])), "")
    return Table(title, start + 1, depth, columns, delimiter, lines)


def _candidates(
    lines: Sequence[str], delimiter: str, chosen: Mapping[str, str]
) -> Iterator[tuple[int, int, tuple[Column, ...]]]:
    """For headings that begin with the first line: how many records they take, and how far below rows fit."""
    try:
        records = list(islice(csv.reader(lines, delimiter=delimiter), DEEPEST + SAMPLE))
    except csv.Error:
        return
    if max(map(len, records[:DEEPEST]), default=0) > MOST_COLUMNS:
        return
    for depth in range(1, min(DEEPEST, len(records)) + 1):
        columns = _chosen(_columns(records[:depth]), chosen)
        place = {column.role: k for k, column in reversed(list(enumerate(columns)))}
        price = place.get("nav", place.get("reinvested"))
        if "date" not in place or price is None:
            continue
        day = place["date"]
        if any(is_date(_cell(level, day)) for level in records[:depth]):
            return  # a row of the table, or what stands above it
        rows = [row for row in records[depth : depth + SAMPLE] if any(map(str.strip, row))]
        fits = (k for k, row in enumerate(rows) if _fits(row, day, price))
        yield depth, next(fits, SAMPLE), columns


def _fits(row: Sequence[str], day: int, price: int) -> bool:
    cell = _cell(row, price)
    return is_date(_cell(row, day)) and (is_blank(cell) or is_number(cell))


def _cell(row: Sequence[str], k: int) -> str:
    return row[k] if k < len(row) else ""


def _columns(levels: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Headings of several lines: the lowest line with a meaning gives a column's role, unless one denies it."""
    result = []
    for k in range(max(map(len, levels))):
        cells = [" ".join(_cell(level, k).split()) for level in levels]
        roles = [role for role in map(_role, cells) if role is not None]
        role = "" if not roles or "" in roles else roles[-1]
        result.append(Column(" ".join(filter(None, cells)), role))
    return tuple(result)


def _role(heading: str) -> str | None:
    plain = plain_heading(heading)
    return next((role for role, pattern in _PATTERNS if re.search(pattern, plain)), None)


def plain_heading(heading: str) -> str:
    """A heading as patterns look at it: NFKC, lower case, no spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", heading)).lower()


def shares_in(heading: str) -> float:
    """Of how many 口 a heading says that its numbers are, 0 where it does not: 10,000 of 1万口当たり."""
    found = _OF_SHARES.search(plain_heading(heading))
    return float(found[1].replace(",", "")) * (1e4 if found[2] else 1.0) if found else 0.0


def _chosen(columns: tuple[Column, ...], chosen: Mapping[str, str]) -> tuple[Column, ...]:
    """What a person said wins over what the headings seem to say."""
    for role, heading in chosen.items():
        if not any(plain_heading(column.heading) == plain_heading(heading) for column in columns):
            continue
        columns = tuple(
            replace(column, role=role)
            if plain_heading(column.heading) == plain_heading(heading)
            else replace(column, role="" if column.role == role else column.role)
            for column in columns
        )
    return columns


def _refuse_unknown(line: int, columns: tuple[Column, ...], chosen: Mapping[str, str]) -> None:
    for heading in chosen.values():
        if plain_heading(heading) not in {plain_heading(column.heading) for column in columns}:
            known = listed(column.heading[:40] for column in columns[:12])
            what = message("no column {name}; the headings are {names}", name=heading, names=known)
            raise Fault(what, line)


def _refuse_two_of_one(line: int, columns: tuple[Column, ...]) -> None:
    for role in _ONE_OF_EACH:
        names = [column.heading for column in columns if column.role == role]
        if len(names) > 1:
            option = next((name for name, item in CHOOSABLE.items() if item == role), None)
            likely = min(names, key=lambda name: "税引後" in name)
            both = listed(names, last="and")
            what = message(
                "{n} columns could be the {what}: {names}", n=len(names), what=ROLES[role], names=both
            )
            way = message('say which: --column "{choice}"', choice=f"{option}={likely}")
            raise Fault(what, line, hint=way if option else None)


_NO_NAME = re.compile(
    r"(設定日|基準日|作成日|期間|単位|基準価[額格]|ファンド(名称?|コード)?|商品名|銘柄名?"
    r"|fund name|ticker( symbol)?)?[:：]?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(ファンド(名称?)?|商品名|銘柄名?)[:：]\s*")
_A_DATE = re.compile(r"\d{4}[年/.-]\d{1,2}|\d{8}|(令和|平成)")


def _title(line: str) -> str:
    """What a line above the headings calls the fund: its first cell that is no label and no date, or ''."""
    for cell in line.strip().strip('"').split(","):
        text = _LABEL.sub("", unicodedata.normalize("NFC", cell).strip().strip('"'))
        if not _NO_NAME.fullmatch(text) and not _A_DATE.search(text):
            return text
    return ""
