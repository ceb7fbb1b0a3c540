"""Columns of the files of results: their names for programs, their headings for people, and what they mean.

A file for programs (parquet, JSON) has the same names in every language. A CSV is for people: its first line is in
the language of the command that wrote it, and whoever of this program reads it back takes every language's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.bundled import table_rows
from engine.locale import Locale, languages
from engine.messages import Message, message
from engine.metrics import METRICS

STATISTICS = ("median", "p5", "p25", "p75", "p95", "worst")  # of a measure over windows: MEASURE_STATISTIC
CORE = "core_"  # before a measure: that of the core alone


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, which its file's headings are texts for, its unit, its meaning and sign."""

    name: Message
    unit: Message
    meaning: Message


DAY = message("date", context="unit")
TEXT = message("text", context="unit")
MONEY = message("base currency", context="unit")
ASSET_MONEY = message("the asset's currency", context="unit")
FUND_MONEY = message("the fund's currency", context="unit")
RATE = message("exchange rate", context="unit")
FRACTION = message("fraction (0.1 is 10 %)", context="unit")
NUMBER = message("number", context="unit")
COUNT = message("whole number", context="unit")
YEARS = message("years", context="unit")
YEAR = message("year", context="unit")
FLAG = message("0 or 1", context="unit")
UNIT_NAMES: Mapping[str, Message] = {
    "day": DAY, "text": TEXT, "money": MONEY, "asset_money": ASSET_MONEY, "fund_money": FUND_MONEY, "rate": RATE,
    "fraction": FRACTION, "number": NUMBER, "count": COUNT, "years": YEARS, "year": YEAR, "flag": FLAG,
}  # of columns.csv  # fmt: skip
# The units of metrics, by their kind.
UNITS: Mapping[str, Message] = {
    "money": MONEY, "percent": FRACTION, "number": NUMBER, "times": NUMBER, "years": YEARS, "count": COUNT,
    "days": COUNT, "date": DAY,
}  # fmt: skip


@cache
def files() -> Mapping[str, tuple[Column, ...]]:
    """The columns of each file, as ``columns.csv`` lists them; a ranking has those of a summary besides."""
    found: dict[str, tuple[Column, ...]] = {}
    for row in table_rows(Path(__file__).with_name("columns.csv")):
        name, meaning = message(row["name"], context=row["file"]), message(row["meaning"], context="meaning")
        found[row["file"]] = (*found.get(row["file"], ()), Column(name, UNIT_NAMES[row["unit"]], meaning))
    return {**found, "ranking.csv": (*found["ranking.csv"], *found["summary.csv"])}


def headings(file: str, names: Sequence[str], locale: Locale) -> list[str]:
    """The first line of a CSV ``file`` whose columns are ``names``, in a language.

    Two that would read alike keep their names: no column is ever lost.
    """
    told = [heading(file, name, locale) for name in names]
    return [text if told.count(text) == 1 else name for text, name in zip(told, names)]


def heading(file: str, name: str, locale: Locale) -> str:
    """A column's heading; its name where the language has none for it, or writes names (English)."""
    joint = locale.heading_joint
    measure, _, statistic = name.rpartition("_")
    if not joint:
        return name
    for column in files().get(file, ()):
        if column.name.id == name:
            return column.name.translate(locale)
    if name in METRICS:
        return locale(name)
    if name.startswith(CORE):
        return locale("audit_core") + joint + heading(file, name.removeprefix(CORE), locale)
    if measure in METRICS and statistic in (*STATISTICS, "known"):
        return locale(measure) + joint + locale(statistic)
    return locale(f"axis_{name}") if locale.has(f"axis_{name}") else name


def names_of(file: str, first_line: Sequence[str]) -> list[str]:
    """The names of the columns whose headings are given, in whatever language; an unknown one is its own name."""
    if {column.name.id for column in files().get(file, ())}.issuperset(first_line):
        return [*first_line]  # names already: no catalogue need be read
    known = {
        heading(file, name, Locale(lang)): name for lang in languages() for name in reversed([*_names(file)])
    }
    return [known.get(text, text) for text in first_line]


def _names(file: str) -> Iterator[str]:
    """Every name that a column of a file may have, but those of a person's own axes."""
    yield from (column.name.id for column in files().get(file, ()))
    for measure in METRICS:
        yield from (measure, f"{CORE}{measure}", *(f"{measure}_{each}" for each in (*STATISTICS, "known")))
