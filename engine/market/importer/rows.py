"""The rows of a table that have a day, as columns of numbers; the others counted and shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.market.dates import EXCEL_COUNTS_FROM, DateReader, folded, is_date, is_instant, same_day
from engine.market.importer.cells import (
    DECIMALS,
    THOUSANDS,
    Commas,
    currency_of,
    decimals,
    is_blank,
    is_number,
    number,
)
from engine.market.importer.headings import Table, shares_in
from engine.market.importer.refusals import Fault
from engine.market.importer.text import refuse_cut_row
from engine.market.series import Dates, Floats
from engine.market.table import of_cell
from engine.messages import Message, Quoted, listed, message

SHOWN_SKIPS = 20
LARGEST = 1e12
_SUM = re.compile("計|平均|total|sum|average", re.IGNORECASE)  # beside a year, in the place of a day
_SEPARATORS = ",;\t，、"
_MONEY = ("nav", "reinvested", "payout", "latest_payout", "gains")  # roles in one currency
VALUES = ("nav", "reinvested", "payout", "gains", "splits")


@dataclass(frozen=True)
class Rows:
    """What the rows say, oldest first.

    ``days``      (n,) rising
    ``values``    each of ``VALUES``: (n,), NaN where a cell is blank or there is no such column
    ``lines``     (n,) where each day stands in the file
    ``digits``    the most decimals of a column
    ``currency``  ``USD`` or ``JPY`` where prices or their heading say so, else ''
    ``skipped``   rows left out by reason; ``examples`` the first of them as (line, reason, text)
    """

    days: Dates
    values: Mapping[str, Floats]
    lines: Sequence[int]
    digits: Mapping[str, int]
    currency: str
    date_format: Message | str
    order: Message
    skipped: tuple[tuple[Message, int], ...]
    examples: tuple[tuple[int, Message, str], ...]


@dataclass
class _Skips:
    counts: Counter[Message] = field(default_factory=Counter)
    examples: list[tuple[int, Message, str]] = field(default_factory=list)

    def add(self, line: int, reason: Message, cells: Sequence[str]) -> None:
        self.counts[reason] += 1
        if len(self.examples) < SHOWN_SKIPS:
            self.examples.append((line, reason, ",".join(cells)[:60]))


@dataclass(frozen=True)
class _Row:
    """``texts``: what stands in the cells of ``VALUES``, '' where there is no such column."""

    line: int
    day: str
    texts: Mapping[str, str]


def read_rows(path: Path, table: Table) -> Rows:
    """The rows below the headings that have a day and a price, or a day and a distribution.

    :raises BadData: more cells than headings, a number or a day that is none or could be two, a price that is
        not positive, a day with two prices. With file and line.
    """
    _refuse_other_shares(table)
    skips, seen = _Skips(), Commas()
    rows = _kept(table, skips, seen)
    if not any(not is_blank(row.texts[_price(table)]) for row in rows):
        counts = (message("{n} {reason}", n=n, reason=reason) for reason, n in skips.counts.items())
        why = listed(counts) if skips.counts else message("none", context="nothing")
        what = message("no row with a date and a price under the headings ({why})", why=why)
        raise Fault(what, table.line)
    commas = comma_meaning(table, seen)
    values = np.array([_numbers(table, row, commas) for row in rows])
    dates = DateReader()
    for row in rows:
        dates.add(row.line, row.day)
    days = dates.resolve(path)
    order = np.argsort(days, kind="stable")
    single = order[_first_of_each_day(days[order], values[order], [rows[k].line for k in order])]
    if single.size < order.size:
        skips.counts[message("repeated")] += int(order.size - single.size)
    return Rows(
        days=days[single],
        values={name: values[single, k] for k, name in enumerate(VALUES)},
        lines=[rows[k].line for k in single],
        digits={name: max(decimals(row.texts[name], commas) for row in rows) for name in VALUES},
        currency=_currency(table, rows),
        date_format=dates.format,
        order=_order(days),
        skipped=tuple(skips.counts.items()),
        examples=tuple(skips.examples),
    )


def _price(table: Table) -> str:
    return "nav" if "nav" in table.place() else "reinvested"


def _kept(table: Table, skips: _Skips, seen: Commas) -> list[_Row]:
    place, price = table.place(), _price(table)
    rows: list[_Row] = []
    before: list[str] = []
    for line, cells in table.records():
        if not any(map(str.strip, cells)):
            continue
        texts = {role: cells[k] if k < len(cells) else "" for role, k in place.items()}
        day = texts["date"]
        if not is_date(day):
            refuse_other_date(line, cells, table, texts[price])
            refuse_other_separator(line, cells, table)
            skips.add(line, message("without a date"), cells)
            continue
        refuse_more_cells(line, cells, table)
        refuse_cut_row(table.lines, line, cells, before)
        before = cells
        if is_instant(day):
            raise Fault(message("{came} is one day in UTC and another in Tokyo", came=Quoted(day[:40])), line)
        for cell in cells:
            seen.see(cell)
        row = _Row(line, day, {name: texts.get(name, "") for name in VALUES} | {"payout": _payout(texts)})
        if is_blank(row.texts[price]) and not any(_is_paid(row.texts[name]) for name in ("payout", "gains")):
            skips.add(line, message("without a price"), cells)
            continue
        rows.append(row)
    return rows


def refuse_other_date(line: int, cells: Sequence[str], table: Table, value: str) -> None:
    """Raise Fault for a row of the table whose day is written in a way that is not known."""
    place = table.place()["date"]
    day = cells[place] if place < len(cells) else ""
    if re.search(r"\d", day) and is_number(value) and not _SUM.search(day):
        told = of_cell(table.columns[place].heading, day, message("is not a date"))
        raise Fault(told, line, hint=_meant(day))


def _meant(day: str) -> Message:
    """How to write a date; what a number may be that Excel shows in place of one."""
    if not re.fullmatch(r"[1-6]\d{4}(\.\d+)?", folded(day)):
        return message("write it like {example}", example="2024-01-05")
    first, second = (since + timedelta(int(float(folded(day)))) for since in EXCEL_COUNTS_FROM)
    return message(
        "in Excel it is {first} or, where days are counted from 1904, {second}: show the column as dates "
        "(yyyy-mm-dd) and save it again",
        first=first,
        second=second,
    )


def refuse_more_cells(line: int, cells: Sequence[str], table: Table) -> None:
    """Raise Fault for a row with more cells than there are headings."""
    if any(cell.strip() for cell in cells[len(table.columns) :]):
        came = table.delimiter.join(cells)[:60]
        n = len(table.columns)
        what = message("{n} cells under {all} headings: {came}", n=len(cells), all=n, came=came)
        hint = message('a number with a thousands comma needs quotes: "9,921"')
        raise Fault(what, line, hint=hint)


def refuse_other_separator(line: int, cells: Sequence[str], table: Table) -> None:
    """Raise Fault for a row whose cells are separated in another way than those of the table."""
    text, day = table.delimiter.join(cells), table.place()["date"]
    for mark in set(_SEPARATORS) - {table.delimiter}:
        parts = text.split(mark)
        if len(parts) > day + 1 and is_date(parts[day]) and any(map(is_number, parts[day + 1 :])):
            told = message("its cells are not separated like those of other rows: {came}", came=text[:60])
            raise Fault(told, line)


def _payout(texts: Mapping[str, str]) -> str:
    """The distribution of a row's own day: the latest one only on its closing date."""
    if "latest_payout" not in texts:
        return texts.get("payout", "")
    mine = same_day(texts.get("latest_date", ""), texts["date"])
    return texts["latest_payout"] if mine else texts.get("payout", "")


def _is_paid(text: str) -> bool:
    return not is_blank(text) and re.search(r"[1-9１-９]", text) is not None


def comma_meaning(table: Table, seen: Commas) -> str:
    """What the commas of this file mark. :raises BadData: they could mark either."""
    if table.is_japanese or (seen.thousands and not seen.decimals):
        return THOUSANDS
    if seen.decimals and not seen.thousands:
        return DECIMALS
    # Who separates by semicolons often writes decimal commas, and then 376.610 with a point for thousands.
    pointed = seen.pointed if table.delimiter == ";" else ""
    if one := seen.decimals or seen.either or pointed:
        what = message(
            "the comma in {came} may mark thousands or decimals"
            if "," in one
            else "the point in {came} may mark thousands or decimals",
            came=Quoted(one),
        )
        if seen.decimals:
            what = message("{what}, and {other} stands beside it", what=what, other=Quoted(seen.thousands))
        raise Fault(what, hint=message("write the numbers with a decimal point and without thousands"))
    return THOUSANDS


def _numbers(table: Table, row: _Row, commas: str) -> list[float]:
    found = []
    for name in VALUES:
        value = number(row.texts[name], commas)
        if value is None:
            why = message("is not a number")
        elif name in ("nav", "reinvested") and not (np.isnan(value) or 0 < value < LARGEST):
            why = message("is not a positive price")
        elif not (np.isnan(value) or 0 <= value < LARGEST):
            why = message("is below 0, or too large for money")
        else:
            found.append(value)
            continue
        raise Fault(of_cell(heading_of(table, name), row.texts[name], why), row.line)
    return found


def heading_of(table: Table, role: str) -> str:
    """The heading of a role's column."""
    place = table.place()
    k = place.get(role, place.get("latest_payout", 0) if role == "payout" else 0)
    return table.columns[k].heading


def _first_of_each_day(days: Dates, values: Floats, lines: Sequence[int]) -> NDArray[np.intp]:
    """Of rising days the first of each. :raises BadData: a day comes twice with different values."""
    again = np.append(False, days[1:] == days[:-1])
    same = np.append(True, np.all(np.isclose(values[1:], values[:-1], 0, 0, equal_nan=True), axis=1))
    if (again & ~same).any():
        k = int(np.argmax(again & ~same))
        price = np.where(np.isnan(values[:, 0]), values[:, 1], values[:, 0])
        what = message(
            "{day} comes twice with different values: {first} (line {line}) and {second}",
            day=days[k],
            first=price[k - 1],
            line=str(lines[k - 1]),
            second=price[k],
        )
        raise Fault(what, lines[k])
    return np.flatnonzero(~again)


def _currency(table: Table, rows: Sequence[_Row]) -> str:
    """What headings and cells of prices and distributions say. Raises Fault where they say two currencies."""
    found: dict[str, tuple[int, str]] = {}
    for role in filter(table.place().__contains__, _MONEY):
        heading = table.columns[table.place()[role]].heading
        if said := re.search(r"\(([^()]*)\)\s*$", heading.replace("（", "(").replace("）", ")")):
            found.setdefault(currency_of(said.group(1)), (table.line, heading))
    for row in rows:
        for role in filter(row.texts.__contains__, _MONEY):
            found.setdefault(currency_of(row.texts[role]), (row.line, heading_of(table, role)))
    found.pop("", None)
    if len(found) > 1:
        (one, (_, first)), (other, (line, second)) = sorted(found.items(), key=lambda item: item[1][0])
        told = message(
            "{first} is in {one}, {second} in {other}", first=first, one=one, second=second, other=other
        )
        raise Fault(told, line, hint=message("prices and distributions are read in one currency"))
    return next(iter(found), "")


def _refuse_other_shares(table: Table) -> None:
    """Raise Fault where prices are of so many 口 and distributions of another number of them."""
    place = table.place()
    counts = {
        heading: shares
        for heading in (table.columns[place[role]].heading for role in filter(place.__contains__, _MONEY))
        if (shares := shares_in(heading))
    }
    if len(set(counts.values())) > 1:
        told = message("{names} are of different numbers of 口", names=listed(sorted(counts), last="and"))
        raise Fault(told, table.line, hint=message("write them of as many as the price is of"))


def _order(days: Dates) -> Message:
    if np.all(days[1:] >= days[:-1]):
        return message("oldest first")
    return message("newest first" if np.all(days[1:] <= days[:-1]) else "in no order (sorted)")
