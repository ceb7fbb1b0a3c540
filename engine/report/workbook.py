"""A result as a workbook of Excel: its figures as numbers, its tables as sheets, what it rests on in words.

Numbers are those of the files, unrounded; a cell's format only shows fewer digits. Texts are never formulas.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import ConfigError
from engine.headings import COUNT, FLAG, FRACTION, MONEY, UNITS, YEAR, YEARS, files, headings, names_of
from engine.messages import Message, message
from engine.metrics import METRICS
from engine.reading import read_bounded
from engine.report.answer import texts
from engine.report.page_locale import PageLocale, basis, clean
from engine.report.run_answer import run_answer
from engine.report.summary import (
    core_name,
    currency_of,
    data_lines,
    flag_texts,
    metric,
    warning_lines,
    with_core,
)
from engine.result import Result

LARGEST = 200_000_000  # bytes of a table that is read
ROWS = 1_048_575  # of a sheet, below its heading
# Columns of the daily table, which no CSV has: what a reader of numbers wants of them.
DAILY = ("value", "contributed", "withdrawn", "cash")
FORMULAS = {"profit": "={final_value}+{withdrawn}-{contributed}"}  # of metrics that others add up to


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook: the file whose columns it has, and those columns by their names."""

    title: str
    file: str
    columns: Mapping[str, Any]


def run_workbook(result: Result, lang: str) -> bytes:
    """A run: its metrics beside the core alone, its years, days, movements and quota, and its assumptions."""
    locale = PageLocale(lang, currency_of(result), per_year=basis([result.manifest]))
    tables = [*_tables(result, locale)]
    if result.benchmark is not None:
        tables += _tables(result.benchmark, locale, core_name(result))
    said = texts(run_answer(result), locale)
    manifest = [result.manifest]
    lines = [
        said["answer"], said["sureness"], *warning_lines(flag_texts(manifest, locale), locale),
        *map(locale.sentence, result.manifest.get("assumptions", ())), *data_lines([result], locale),
    ]  # fmt: skip
    with _Writer(locale) as book:
        book.metrics(result)
        book.lines(locale("assumptions_title"), lines)
        for sheet in tables:
            book.table(sheet)
    return book.content


def study_workbook(folder: Path, lang: str) -> bytes:
    """A study: every CSV of its folder as a sheet, and what its manifest says it rests on. Raises StoreError."""
    manifest = json.loads(read_bounded(folder / "manifest.json", LARGEST))
    locale = PageLocale(lang, str(manifest.get("config", {}).get("currency", "JPY")))
    with _Writer(locale) as book:
        about = [manifest.get("name", ""), locale.text(manifest.get("description") or "")]
        book.lines(
            locale("assumptions_title"), [*about, *map(locale.sentence, manifest.get("assumptions", ()))]
        )
        for path in sorted(folder.glob("*.csv")):
            book.table(Sheet(path.stem, path.name, _read(path)))
    return book.content


def _tables(result: Result, locale: PageLocale, of: str = "") -> Iterator[Sheet]:
    """The tables of a run; those of the core alone carry its name."""
    daily = {"date": result.equity["date"], **{name: result.equity[name] for name in DAILY}}
    for key, file, columns in (
        ("years", "years.csv", result.years),
        ("daily", "equity.parquet", daily),
        ("movements", "transactions.csv", result.transactions),
        ("quota", "quota.csv", result.quota),
    ):
        if len(next(iter(columns.values()), ())):
            yield Sheet(" ".join(filter(None, (locale(f"sheet_{key}"), of))), file, columns)


def _read(path: Path) -> dict[str, list[Any]]:
    """The columns of a CSV of ours: numbers where a cell is one."""
    lines = [*csv.reader(io.StringIO(read_bounded(path, LARGEST).decode("utf-8-sig")))]
    names = names_of(path.name, lines[0]) if lines else []
    return {name: [_cell(line[at]) for line in lines[1:]] for at, name in enumerate(names)}


def _cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


class _Writer:
    """Sheets of one workbook; ``content`` is the file once the block ends."""

    def __init__(self, locale: PageLocale) -> None:
        try:
            import xlsxwriter
        except ImportError:
            raise ConfigError(
                message("a workbook needs XlsxWriter, which is not installed"),
                hint=message("pip install 'satellite-backtest[excel]'"),
            ) from None
        self.locale, self._file, self.content = locale, io.BytesIO(), b""
        self._book = xlsxwriter.Workbook(self._file, {"in_memory": True, "nan_inf_to_errors": False})
        money = {"JPY": '"¥"#,##0', "USD": '"$"#,##0.00'}[locale.currency]
        formats = {
            MONEY: money, FRACTION: "0.00%", COUNT: "#,##0", YEARS: "0.0", YEAR: "0", FLAG: "0",
            "number": "General", "date": locale("sheet_date_format"),
        }  # fmt: skip
        self._formats = {key: self._book.add_format({"num_format": text}) for key, text in formats.items()}
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._prose = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._titles: set[str] = set()

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self._book.close()
            self.content = self._file.getvalue()

    def metrics(self, result: Result) -> None:
        """A row a metric: its label, its value, and that of the core alone."""
        sheet, both = self._sheet(self.locale("sheet_metrics")), with_core(result)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(both), 20)
        names = [result.name, *([core_name(result)] if len(both) == 2 else [])]
        sheet.write_row(0, 1, [*map(clean, names)], self._head)
        known = [name for name in METRICS if any(metric(item, name) is not None for item in both)]
        for row, name in enumerate(known, 1):
            sheet.write_string(row, 0, self.locale(name))
            for column, item in enumerate(both, 1):
                unit = UNITS[METRICS[name].kind]
                self._write(sheet, row, column, metric(item, name), unit, self._formula(name, known, column))

    def lines(self, title: str, lines: Sequence[str]) -> None:
        """A text a row."""
        sheet = self._sheet(title)
        sheet.set_column(0, 0, 110)
        for row, text in enumerate(filter(None, lines)):
            sheet.write_string(row, 0, clean(text), self._prose)

    def table(self, table: Sheet) -> None:
        """A column a name, headed as in the file of that language."""
        sheet = self._sheet(table.title)
        units = {column.name.id: column.unit for column in files().get(table.file, ())}
        sheet.set_column(0, len(table.columns), 16)
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, headings(table.file, [*table.columns], self.locale), self._head)
        for at, (name, values) in enumerate(table.columns.items()):
            unit = units.get(name) or _unit(name)
            for row, value in enumerate([*values][:ROWS], 1):
                self._write(sheet, row, at, value, unit)

    def _sheet(self, title: str) -> Any:
        """A new sheet, its title as Excel allows: 31 characters, none of []:*?/\\, none twice."""
        short = "".join(char for char in clean(title) if char not in "[]:*?/\\")[:28] or "sheet"
        number = next(n for n in range(1, 1000) if (short if n == 1 else f"{short} {n}") not in self._titles)
        self._titles.add(name := short if number == 1 else f"{short} {number}")
        return self._book.add_worksheet(name)

    def _write(
        self, sheet: Any, row: int, column: int, value: Any, unit: Message | None, formula: str = ""
    ) -> None:
        value = value.item() if isinstance(value, np.generic) else value
        if value is None or value == "" or value != value:
            return
        if hasattr(value, "isoformat") or (isinstance(value, str) and unit is UNITS["date"]):
            day = np.datetime64(str(value), "D").item()
            sheet.write_datetime(row, column, day, self._formats["date"])
        elif isinstance(value, str):
            sheet.write_string(row, column, clean(value))
        elif formula:
            sheet.write_formula(row, column, formula, self._formats.get(unit), value)
        else:
            sheet.write_number(row, column, value, self._formats.get(unit, self._formats["number"]))

    def _formula(self, name: str, known: Sequence[str], column: int) -> str:
        """A metric as Excel adds it up from the rows above; '' for one that it cannot."""
        cells = {each: f"{'ABC'[column]}{row}" for row, each in enumerate(known, 2)}
        formula = FORMULAS.get(name, "")
        return formula.format(**cells) if {"final_value", "withdrawn", "contributed"} <= {*cells} else ""


def _unit(name: str) -> Message | None:
    """The unit of a column that no file of runs has: a measure, one of its statistics, or money of a day."""
    if name in DAILY:
        return MONEY
    measure = name if name in METRICS else name.rpartition("_")[0]
    return UNITS[METRICS[measure].kind] if measure in METRICS else None
