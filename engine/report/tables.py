"""A table of values as text: for a terminal, a spreadsheet, a page or a program."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from typing import Any

from engine.formats import csv_text, plain
from engine.report.html import component
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, clean
from engine.report.terminal import Screen, table_blocks

FORMATS = ("table", "csv", "markdown", "json", "html")
_MARKDOWN = re.compile(r"([\\`*_|~\[\]#])")


def table_text(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    format: str = "table",
    *,
    lang: str = "en",
    currency: str = "JPY",
    width: int = 100,
    color: bool = False,
) -> str:
    """Rows of raw values (or :class:`Cell`) as text; ``format`` is one of ``FORMATS``.

    ``table``, ``markdown`` and ``html`` are for reading: rounded, in ``lang``, differences beside values, the
    best marked. ``csv`` (UTF-8 with BOM, CRLF, labels as headings) and ``json`` (ids as keys) hold
    full precision; a difference is a column of its own. In CSV a text that a spreadsheet could take for a
    formula gets a leading apostrophe; numbers never do.
    """
    table = Table(tuple(columns), tuple(tuple(_cell(item) for item in row) for row in rows), currency)
    locale = PageLocale(lang, currency)
    match format:
        case "table":
            return table_blocks(table, locale, Screen(width, color))
        case "csv":
            return _csv(table, locale)
        case "markdown":
            return _markdown(table, locale)
        case "json":
            return _json(table)
        case "html":
            return component("grid", locale, table)
    raise ValueError(f"format {format!r}; allowed: {', '.join(FORMATS)}")


def _cell(item: Any) -> Cell:
    return item if isinstance(item, Cell) else Cell(item)


def _with_differences(table: Table) -> list[bool]:
    return [any(row[i].difference is not None for row in table.rows) for i in range(len(table.columns))]


def _csv(table: Table, locale: PageLocale) -> str:
    gaps = _with_differences(table)
    heading: list[str] = []
    for column, has_gap in zip(table.columns, gaps):
        heading += (
            [column.label, locale.noted(column.label, locale("difference"))] if has_gap else [column.label]
        )
    rows: list[list[Any]] = []
    for row in table.rows:
        pairs = [[cell.value, cell.difference] if gap else [cell.value] for cell, gap in zip(row, gaps)]
        rows.append([_plain(value) for pair in pairs for value in pair])
    return csv_text(heading, rows)


def _markdown(table: Table, locale: PageLocale) -> str:
    lines = ["| " + " | ".join(_escaped(column.label) for column in table.columns) + " |"]
    lines.append(
        "|" + "|".join(" --- " if column.kind == "text" else " ---: " for column in table.columns) + "|"
    )
    for row in table.rows:
        cells = []
        for cell, column in zip(row, table.columns):
            value, gap = (_escaped(part) for part in locale.cell(cell, column))
            value = f"**{value}**" if cell.best else value
            cells.append(locale.noted(value, gap) if gap else value)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", html.escape(clean(text), quote=False))


def _json(table: Table) -> str:
    rows = []
    for row in table.rows:
        item: dict[str, Any] = {}
        for cell, column in zip(row, table.columns):
            item[column.id] = _plain(cell.value)
            if cell.difference is not None:
                item[f"{column.id}_difference"] = _plain(cell.difference)
        item["best"] = [column.id for cell, column in zip(row, table.columns) if cell.best]
        rows.append(item)
    return json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """A value as JSON has it, text of the user's or a provider's clean."""
    value = plain(value)
    return clean(value) if isinstance(value, str) else value
