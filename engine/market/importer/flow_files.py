"""A file of fund flows as its maker writes it: flows by day, week or month, or shares outstanding and their value.

Read as price files are (encoding, dates, numbers), and kept as ``SYMBOL_FLOWS_MONTHLY.csv`` (``_WEEKLY``,
``_DAILY``), which :func:`engine.market.flows.load_flows` reads.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import BadData, ConfigError
from engine.files import OnWait
from engine.market.assets import CURRENCIES, Asset, check_symbol, known_asset
from engine.market.dates import DateReader, is_date
from engine.market.flows import COLUMNS, NAMES, Frequency, file_name
from engine.market.frequency import MONTHLY, WEEKLY, frequency_of
from engine.market.importer.cells import Commas, currency_of, is_blank, number
from engine.market.importer.headings import (
    HEADING_LINES,
    MOST_COLUMNS,
    Column,
    Table,
    plain_heading,
    shares_in,
)
from engine.market.importer.keeping import days_lost, values_changed
from engine.market.importer.refusals import Fault, Unclear
from engine.market.importer.rows import (
    LARGEST,
    comma_meaning,
    heading_of,
    refuse_more_cells,
    refuse_other_date,
    refuse_other_separator,
)
from engine.market.importer.text import read_lines, refuse_cut_row
from engine.market.price_folder import finish, lock, replace_all
from engine.market.series import Dates, Floats, month_end
from engine.market.table import of_cell, read_table
from engine.messages import Message, listed, message

ROLES = {
    "date": message("date", context="column"),
    "flow": message("net flow", context="column"),
    "nav": message("net asset value of a share", context="column"),
    "shares": message("shares outstanding", context="column"),
    "": message("not used", context="column"),
}
VALUES = ("flow", "nav", "shares")  # in the order of ``COLUMNS``
# The first pattern that is found in a heading (NFKC, lower case, no spaces) gives its role.
_PATTERNS = (
    ("", r"pct|percent|%|率|累計|累積|cumulative|change|前[日月年]比"),
    ("date", r"^(基準日|年月日|日付|年月|基準年月|date|month|week(ending)?|asof(date)?)(\(.*\))?$"),
    ("flow", r"flow|netcreation|純設定|資金流出入|資金流入|資金フロー|純流入|純流出入"),
    ("shares", r"(shares?|units?)_?(outstanding|inissue)|^shares$|発行済|残存口数|受益権.*口数|総口数"),
    ("nav", r"^nav|netassetvalue|基準価[額格]"),
)  # fmt: skip
_UNITS = (
    (1e9, r"10億|billion|(?<![a-z])bn"),
    (1e8, r"億"),
    (1e6, r"百万|million|(?<![a-z])(mn|mil)(?![a-z])"),
    (1e4, r"万"),
    (1e3, r"千|thousand"),
)
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_SAME = 1e-9


@dataclass(frozen=True)
class FlowFile:
    """What was understood of a file.

    ``values``   (n, 3) flow, value of a share, shares outstanding; NaN where unknown
    ``skipped``  rows left out, by reason
    ``scaled``   heading -> what its numbers were multiplied by
    """

    symbol: str
    path: Path
    currency: str
    encoding: str
    columns: tuple[Column, ...]
    date_format: Message | str
    dates: Dates
    values: Floats
    skipped: tuple[tuple[Message, int], ...]
    scaled: Mapping[str, float]

    @property
    def frequency(self) -> Frequency:
        """By what its rows are apart."""
        found = frequency_of(self.dates)
        return "monthly" if found is MONTHLY else "weekly" if found is WEEKLY else "daily"

    @property
    def name(self) -> str:
        """The file that it is kept as."""
        return file_name(self.symbol, self.frequency)

    @property
    def text(self) -> str:
        """That file: the columns that have values."""
        flow = "flow_usd" if self.currency == "USD" else "flow"
        names = [flow, *COLUMNS[1:]]
        held = [k for k in range(len(VALUES)) if np.isfinite(self.values[:, k]).any()]
        lines = [",".join(["date", *(names[k] for k in held)])]
        for day, row in zip(self.dates, self.values[:, held].tolist()):
            cells = (
                "" if value != value else repr(int(value) if value.is_integer() else value) for value in row
            )
            lines.append(",".join([str(day), *cells]))
        return "\n".join([*lines, ""])


def import_flows(
    path: Path,
    symbol: str,
    *,
    columns: Mapping[str, str] | None = None,
    currency: str | None = None,
    own: Mapping[str, Asset] | None = None,
) -> FlowFile:
    """The flows of ``symbol`` in a file, oldest first.

    ``columns``   role (``date``, ``flow``, ``nav``, ``shares``) -> heading, as a person said
    ``currency``  of the flows; None: what a heading says, else the fund's

    :raises BadData: no headings that fit, a cell that is no number or no date, a day with two values; with file
        and line. :raises Unclear: nothing tells the currency. :raises ConfigError: a column that is none.
    """
    check_symbol(symbol)
    chosen = columns or {}
    if unknown := set(chosen) - (set(ROLES) - {""}):
        names = listed(role for role in ROLES if role)
        raise ConfigError(
            message("--column {name}=…: the columns are {names}", name=min(unknown), names=names)
        )
    try:
        lines, encoding = read_lines(path)
        table = _table(lines, chosen)
        known = known_asset(symbol, own or {})
        money = _currency(symbol, table, currency, known)
        of_yen_fund = money == "JPY" and (known is None or known.kind == "jp_fund")
        units = {column.role: _unit(column, of_yen_fund) for column in table.columns}
        dates, values, form, skipped = _rows(path, table, units)
    except Fault as fault:
        place = f"{path}:{fault.where}" if fault.where else str(path)
        raise BadData(message("{place}: {what}", place=place, what=fault.message), hint=fault.hint) from fault
    if dates.size > 1 and np.median(np.diff(dates).astype(np.int64)) > MONTHLY.longest:
        raise BadData.at(path, message("its rows are further apart than months"))
    scaled = {
        column.heading: units[column.role]
        for column in table.columns
        if column.role and units[column.role] != 1
    }
    return FlowFile(symbol, path, money, encoding, table.columns, form, dates, values, skipped, scaled)


def keep_flows(
    found: FlowFile, folder: Path, *, replace: bool = False, on_wait: OnWait | None = None
) -> None:
    """Keep flows for ``csv:folder``. :raises BadData: what is there would lose days or change.

    ``replace``  takes the file as it is. :raises StoreError: the folder cannot be written.
    """
    with lock(folder, on_wait):
        finish(folder)
        if not replace:
            refuse_change(found, folder)
        replace_all(folder, {found.name: found.text.encode()})


def refuse_change(found: FlowFile, folder: Path) -> None:
    """:raises BadData: what is kept would lose days or change."""
    if lost := would_change(found, folder):
        what = message(
            "{place}: {file} would change it: {what}",
            place=str(folder / found.name),
            file=found.path.name,
            what=listed(lost, last=";"),
        )
        raise BadData(what, hint=message("--replace takes the file as it is"))


def would_change(found: FlowFile, folder: Path) -> list[Message]:
    """What of the flows that are kept the file loses, or has otherwise."""
    place = folder / found.name
    if not place.is_file():
        return []
    dates, held = read_table(place, COLUMNS, one_of=("flow_usd", "shares_outstanding"), names=NAMES)
    old, told = np.column_stack(held), []
    gone = dates[~np.isin(dates, found.dates)]
    if gone.size:
        told.append(days_lost(gone))
    _, a, b = np.intersect1d(dates, found.dates, assume_unique=True, return_indices=True)
    was, now = old[a], found.values[b]
    differs = np.isfinite(was) & ~np.isclose(was, now, rtol=_SAME, atol=0)
    if differs.any():
        row, column = (int(place[0]) for place in np.nonzero(differs))
        values = float(was[row, column]), float(now[row, column])
        told.append(values_changed(ROLES[VALUES[column]], dates[a][row], *values, int(differs.sum())))
    return told


def _table(lines: Sequence[str], chosen: Mapping[str, str]) -> Table:
    """The first line with a date's heading and a flow's, or those of value and shares. Raises Fault."""
    for start in range(min(HEADING_LINES, len(lines))):
        for delimiter in (",", "\t", ";"):
            try:
                cells = next(csv.reader(lines[start:], delimiter=delimiter), [])
            except csv.Error:
                continue
            columns = tuple(
                Column(" ".join(cell.split()), _role(cell, chosen)) for cell in cells[:MOST_COLUMNS]
            )
            roles = [column.role for column in columns]
            if "date" in roles and ("flow" in roles or {"nav", "shares"} <= set(roles)):
                _refuse_two(start + 1, columns)
                return Table("", start + 1, 1, columns, delimiter, lines)
    what = message(
        "no line of headings with date (or 年月日, 基準日) and flow (or 純流入, 資金流出入), or with date, nav "
        "and shares outstanding, in the first {n} lines",
        n=HEADING_LINES,
    )
    raise Fault(what, hint=message('say which: --column "{choice}"', choice="flow=Net Flow"))


def _role(heading: str, chosen: Mapping[str, str]) -> str:
    plain = plain_heading(heading)
    said = {plain_heading(name): role for role, name in chosen.items()}
    if plain in said:
        return said[plain]
    found = next((role for role, pattern in _PATTERNS if re.search(pattern, plain)), "")
    return "" if found in chosen else found


def _refuse_two(line: int, columns: Sequence[Column]) -> None:
    for role in ("date", *VALUES):
        names = [column.heading for column in columns if column.role == role]
        if len(names) > 1:
            both = listed(names, last="and")
            what = message(
                "{n} columns could be the {what}: {names}", n=len(names), what=ROLES[role], names=both
            )
            raise Fault(
                what, line, hint=message('say which: --column "{choice}"', choice=f"{role}={names[0]}")
            )


def _rows(
    path: Path, table: Table, units: Mapping[str, float]
) -> tuple[Dates, Floats, Message | str, tuple[tuple[Message, int], ...]]:
    """(n,) days and (n, 3) ``VALUES``, oldest first; the form of the dates; rows left out by reason."""
    place, skips, seen = table.place(), Counter[Message](), Commas()
    kept: list[tuple[int, str, list[str]]] = []
    before: list[str] = []
    for line, cells in table.records():
        if not any(map(str.strip, cells)):
            continue
        day = _day(cells[place["date"]] if place["date"] < len(cells) else "")
        texts = [
            _signed(cells[place[role]]) if place.get(role, len(cells)) < len(cells) else "" for role in VALUES
        ]
        if not is_date(day):
            for text in texts:
                refuse_other_date(line, cells, table, text)
            refuse_other_separator(line, cells, table)
            skips[message("without a date")] += 1
            continue
        refuse_more_cells(line, cells, table)
        refuse_cut_row(table.lines, line, cells, before)
        before = cells
        if is_blank(texts[0]) and (is_blank(texts[1]) or is_blank(texts[2])):
            skips[message("without a flow")] += 1
            continue
        for text in texts:
            seen.see(text)
        kept.append((line, day, texts))
    if not kept:
        raise Fault(message("no row with a date and a flow under the headings"), table.line)
    dates, commas = DateReader(), comma_meaning(table, seen)
    values = np.array([_numbers(table, line, texts, commas) for line, _, texts in kept]) * [
        units.get(role, 1.0) for role in VALUES
    ]
    for line, day, _ in kept:
        dates.add(line, day)
    days = dates.resolve(path)
    order = np.argsort(days, kind="stable")
    days, values, lines = days[order], values[order], [kept[k][0] for k in order]
    for k in np.flatnonzero(days[1:] == days[:-1]):
        raise Fault(message("{day} comes twice", day=days[k]), lines[k + 1])
    return days, values, dates.format, tuple(skips.items())


def _day(text: str) -> str:
    """A month stands for its last day."""
    found = _MONTH.fullmatch("".join(text.split()))
    if not found or not 1 <= int(found[2]) <= 12:
        return text
    return str(month_end(np.datetime64(f"{found[1]}-{int(found[2]):02}", "M")))


def _signed(text: str) -> str:
    """``(1,234)``, ``△1,234`` and a true minus are below zero."""
    plain = text.strip().replace("−", "-")
    if plain.startswith(("(", "（")) and plain.endswith((")", "）")):
        return f"-{plain[1:-1].strip()}"
    return f"-{plain[1:].strip()}" if plain.startswith(("△", "▲")) else plain


def _numbers(table: Table, line: int, texts: Sequence[str], commas: str) -> list[float]:
    found = []
    for role, text in zip(VALUES, texts):
        value = number(text, commas)
        if value is None or abs(value) >= LARGEST * 1000:
            raise Fault(of_cell(heading_of(table, role), text, message("is not a number")), line)
        if role != "flow" and value < 0:
            raise Fault(of_cell(heading_of(table, role), text, message("is below 0")), line)
        found.append(value)
    return found


def _unit(column: Column, of_yen_fund: bool) -> float:
    """What a heading says its numbers are in: 百万円 is 1,000,000; the value of a yen fund is of 10,000 口."""
    plain = plain_heading(column.heading)
    if column.role == "nav":
        return 1.0 / (shares_in(column.heading) or (1e4 if of_yen_fund else 1.0))
    if column.role not in VALUES:
        return 1.0
    return next((unit for unit, pattern in _UNITS if re.search(pattern, plain)), 1.0)


def _currency(symbol: str, table: Table, given: str | None, item: Asset | None) -> str:
    """Of the flows. Raises Unclear where nothing tells, Fault where the fund is in another."""
    known = item.currency if item else ""
    headings = (column.heading for column in table.columns if column.role in ("flow", "nav"))
    told = next(filter(None, map(_currency_in, headings)), "")
    currency = given or told or known
    if not currency:
        raise Unclear(message("in which currency is {symbol}?", symbol=symbol), "currency", CURRENCIES)
    if known and currency != known:
        raise Fault(
            message(
                "the flows are in {came}, and {symbol} is in {currency}",
                came=currency,
                symbol=symbol,
                currency=known,
            )
        )
    return currency


def _currency_in(heading: str) -> str:
    """What a heading says; a value called 基準価額, as funds in Japan call it, is in yen unless it says more."""
    plain = plain_heading(heading)
    inside = re.search(r"\(([^()]*)\)$", plain)
    told = currency_of(inside[1] if inside else plain.replace("_", " "))
    is_yen = re.search(r"基準価[額格]", plain) and not re.search(r"ドル|ユーロ", plain)
    return told or ("JPY" if is_yen else "")


__all__ = ["ROLES", "FlowFile", "import_flows", "keep_flows", "refuse_change", "would_change"]
