"""The rows of a broker's list of holdings, found by its headings: SBI's, Rakuten's, and others of the same words.

Such a file has several tables, each under a line that names its account (SBI), or one table with a column of
accounts (Rakuten), with sums before, between and after them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import BadData
from engine.market.importer.cells import THOUSANDS, currency_of, number
from engine.market.importer.refusals import Fault
from engine.market.importer.text import read_lines, refuse_cut_row, split_rows
from engine.messages import Message, message

# Headings without spaces, in half width, without their unit in brackets.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "kind": ("種別", "商品区分", "商品"),
    "code": (
        "銘柄コード・ティッカー",
        "銘柄コード",
        "ティッカー",
        "証券コード",
        "コード",
        "銘柄コード/ティッカー",
    ),
    "name": ("銘柄", "銘柄名", "銘柄名称", "ファンド名", "銘柄・ファンド名"),
    "code_name": ("銘柄(コード)", "銘柄コード・名称"),
    "account": ("口座", "口座区分", "口座種別", "預り区分", "預り"),
    "units": ("保有数量", "保有株数", "保有口数", "保有数", "数量", "口数", "株数", "残高数量"),
    "price": ("平均取得価額", "取得単価", "平均取得単価", "平均取得価格", "取得価額", "個別元本"),
    "amount": ("取得金額", "取得総額", "買付金額"),
    "value": ("時価評価額", "評価額", "円換算評価額", "評価金額"),
    "gain": ("評価損益", "損益", "円換算評価損益"),
}
FEWEST = 4  # cells of a row
UNIT = "単位"  # of the column before it
_UNITS = re.compile(
    r"\((円|株|口|株/口|%|USD|ドル|米ドル|外貨|JPY)\)$|\[(円|株|口|株/口|%|USD|ドル|米ドル|外貨|JPY)\]$"
)
_FOREIGN = re.compile(r"[(\[](USD|ドル|米ドル|外貨)[)\]]$")
_YEN = re.compile(r"円[)\]]?$|^円換算")
_LOSS = re.compile("^[△▲−]")
_AMOUNTS = ("amount", "value", "gain")
_ACCOUNT = re.compile("預り|口座|NISA|特定|一般")
_SUM = re.compile("合計|総計|小計")
_IN_BRACKETS = re.compile(r"\(.*\)$")


@dataclass(frozen=True)
class HeldRow:
    """A row of the list. Numbers are None where the file has none.

    ``units``    as the broker counts: shares, or 口 of a fund (``is_fund``)
    ``price``    what a unit cost on average, of a fund 10,000 of them; ``amount`` what all cost; both in yen
    ``value``, ``gain``  what they are worth, and that less what they cost, in yen
    ``foreign``  the price is in another currency than yen
    ``in_yen``   a heading or a sign says that its amounts are in yen
    """

    line: int
    code: str
    name: str
    account: str
    is_fund: bool
    units: float | None
    price: float | None
    amount: float | None
    value: float | None
    gain: float | None
    foreign: bool
    in_yen: bool = False


@dataclass(frozen=True)
class HoldingsTable:
    """A broker's list: ``broker`` by its headings, '' where they are nobody's in particular."""

    path: Path
    encoding: str
    broker: str
    rows: tuple[HeldRow, ...]


def read_holdings(path: Path) -> HoldingsTable:
    """The rows of the list in ``path``.

    :raises BadData: no text, no table of holdings, a cell that is no number. With file and line.
    """
    try:
        lines, encoding = read_lines(path)
        rows, broker = _rows(lines)
        if not rows:
            raise Fault(NO_TABLE)
    except Fault as fault:
        place = f"{path}:{fault.where}" if fault.where else str(path)
        raise BadData(message("{place}: {what}", place=place, what=fault.message), hint=fault.hint) from fault
    return HoldingsTable(path, encoding, broker, tuple(rows))


NO_TABLE: Message = message(
    "no list of holdings: no headings such as {headings} with rows below",
    headings="銘柄コード, 保有数量, 取得単価",
)


def folded(text: str) -> str:
    """A heading or a name in half width, without spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _rows(lines: Sequence[str]) -> tuple[list[HeldRow], str]:
    found: list[HeldRow] = []
    section, broker = "", ""
    before: list[str] = []
    header: _Header | None = None
    for line, cells in _cells(lines):
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if (new := _header(cells)) is not None:
            header, broker = new, broker or new.broker
        elif _SUM.search(folded(filled[0])):
            header = None  # the sums of a table, and what stands below them
        elif len(filled) == 1:
            header, text = None, folded(filled[0])
            section = text if _ACCOUNT.search(text) else ""
        elif header is not None:
            refuse_cut_row(lines, line, cells, before)
            found.append(header.row(line, cells, section))
            before = cells
    return found, broker


def _cells(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    for line, cells in split_rows(lines, _delimiter(lines), FEWEST):
        yield line, [cell.strip() for cell in cells]


def _delimiter(lines: Sequence[str]) -> str:
    """What separates the cells of the headings: a comma, or a tab in what Excel calls Unicode text."""
    tabs = (line.rstrip("\n").split("\t") for line in lines if "\t" in line)
    return "\t" if any(_header([cell.strip('"') for cell in cells]) for cells in tabs) else ","


def _header(cells: Sequence[str]) -> _Header | None:
    """The columns by role, where a line has headings of a list of holdings."""
    at: dict[str, int] = {}
    plain = [_UNITS.sub("", folded(cell).strip("【】")) for cell in cells]
    for role, names in HEADINGS.items():
        places = [n for n, name in enumerate(plain) if name in names]
        yen = [n for n in places if not _FOREIGN.search(folded(cells[n]))]
        if yen or (places and role == "price"):
            at[role] = (yen or places)[0]
    if "units" not in at or not {"code", "name", "code_name"} & at.keys():
        return None
    return _Header(at, tuple(plain), tuple(map(folded, cells)))


@dataclass(frozen=True)
class _Header:
    """Where each role's column stands, the headings without units, and as they are."""

    at: Mapping[str, int]
    plain: tuple[str, ...]
    full: tuple[str, ...]

    @property
    def broker(self) -> str:
        """Whose list has these headings."""
        if "種別" in self.plain and "銘柄コード・ティッカー" in self.plain:
            return "rakuten"
        return "sbi" if {"銘柄(コード)", "売却注文中", "分配金受取方法"} & {*self.plain} else ""

    def text(self, cells: Sequence[str], role: str) -> str:
        """The cell of a role, '' where there is none."""
        n = self.at.get(role, len(cells))
        return cells[n] if n < len(cells) else ""

    def unit(self, cells: Sequence[str], role: str) -> str:
        """What the column behind a role's says its unit is."""
        n = self.at.get(role, len(cells)) + 1
        says = n < min(len(cells), len(self.plain)) and self.plain[n].strip("[]()") == UNIT
        return folded(cells[n]) if says else ""

    def _currency(self, cells: Sequence[str], role: str) -> str:
        """What the cell of a role says, else its heading; '' where neither does."""
        heading = self.full[self.at[role]] if role in self.at else ""
        return currency_of(self.text(cells, role)) or ("JPY" if _YEN.search(heading) else "")

    def number(self, line: int, cells: Sequence[str], role: str) -> float | None:
        """The number of a role. Raises Fault for a cell that is none."""
        text = re.sub("(株|口)$", "", _IN_BRACKETS.sub("", folded(self.text(cells, role))))
        value = number(_LOSS.sub("-", text), THOUSANDS)
        if value is None:
            raise Fault(
                message("{heading}: {text} is no number", heading=self.full[self.at[role]], text=text), line
            )
        return None if value != value else value

    def row(self, line: int, cells: Sequence[str], section: str) -> HeldRow:
        """A row of the table."""
        code, name = (unicodedata.normalize("NFKC", self.text(cells, role)) for role in ("code", "name"))
        if both := unicodedata.normalize("NFKC", self.text(cells, "code_name")).strip():
            code, _, name = both.partition(" ")
        fund_heading = self.plain[self.at["name"]] == "ファンド名" if "name" in self.at else False
        says = folded(self.text(cells, "kind")) + section
        numbers = {
            role: self.number(line, cells, role) for role in ("units", "price", "amount", "value", "gain")
        }
        numbers |= dict.fromkeys((role for role in _AMOUNTS if self._currency(cells, role) == "USD"), None)
        of_price = self.unit(cells, "price") or (self.full[self.at["price"]] if "price" in self.at else "")
        return HeldRow(
            line=line,
            code=code.strip().upper(),
            name=name.strip(),
            account=folded(self.text(cells, "account")) or section,
            is_fund=fund_heading or "投資信託" in says or "投信" in says or self.unit(cells, "units") == "口",
            foreign="USD" in (currency_of(of_price), self._currency(cells, "price"))
            or bool(_FOREIGN.search(of_price)),
            in_yen=bool(_YEN.search(of_price))
            or any(self._currency(cells, role) == "JPY" for role in ("price", *_AMOUNTS)),
            **numbers,
        )
