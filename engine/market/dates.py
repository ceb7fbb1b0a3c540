"""Dates as people write them in Japan and elsewhere."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData

# First year of an era, less one: 令和1年 is 2019.
_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_YEAR_FIRST = re.compile(r"(\d{4})([./-]|年)(\d{1,2})(?:\2|月)(\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ERA = re.compile(r"(令和|平成|昭和|[rhs])\.?(\d{1,2}|元)(?:[./-]|年)(\d{1,2})(?:[./-]|月)(\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_TIME = re.compile(r"[ t](\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)$|\([月火水木金土日]\)$")


class DateReader:
    """Reads one column of dates. 05/01/2024 is settled by the other rows (13/01/2024), or refused.

    ``format`` names what was found, for people.
    """

    def __init__(self) -> None:
        self.format = ""
        self._found: list[tuple[int, tuple[int, int, int], bool]] = []

    def is_date(self, text: str) -> bool:
        """True if ``text`` has the form of a date."""
        return _split(text) is not None

    def same_day(self, one: str, other: str) -> bool:
        """True if both texts are the same date."""
        first = _split(one)
        return first is not None and first == _split(other)

    def add(self, line: int, text: str) -> None:
        """Keep the date of ``line``; ``text`` must be one."""
        split = _split(text)
        assert split is not None
        numbers, is_year_last, name = split
        self._found.append((line, numbers, is_year_last))
        self.format = self.format or name

    def resolve(self, path: Path) -> NDArray[np.datetime64]:
        """The days of all lines added. :raises BadData: a day that is none, or that could be two."""
        late = [(line, numbers) for line, numbers, is_year_last in self._found if is_year_last]
        month_first = any(second > 12 for _, (_, _, second) in late)
        day_first = any(first > 12 for _, (_, first, _) in late)
        if late and month_first == day_first:
            line, (year, first, second) = late[0]
            what = f"{first:02}/{second:02}/{year}"
            raise BadData(f"{path}:{line}: {what} could be two days", hint=f"write it as {year}-..-..")
        days = []
        for line, (year, month, day), is_year_last in self._found:
            if is_year_last and day_first:
                month, day = day, month
            try:
                days.append(np.datetime64(date(year, month, day), "D"))
            except ValueError as error:
                raise BadData(f"{path}:{line}: there is no day {year}-{month}-{day}") from error
        if late:
            self.format = "DD/MM/YYYY" if day_first else "MM/DD/YYYY"
        return np.array(days, dtype="datetime64[D]")


def _split(text: str) -> tuple[tuple[int, int, int], bool, str] | None:
    """Year, month, day (or year, first, second number), whether the year is last, the format's name."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain = re.sub(r"\s", "", _TIME.sub("", plain))
    if found := _YEAR_FIRST.fullmatch(plain):
        year, mark, month, day = found.groups()
        name = "YYYY年M月D日" if mark == "年" else f"YYYY{mark}MM{mark}DD"
        return (int(year), int(month), int(day)), False, name
    if found := _COMPACT.fullmatch(plain):
        year, month, day = found.groups()
        return (int(year), int(month), int(day)), False, "YYYYMMDD"
    if found := _ERA.fullmatch(plain):
        era, count, month, day = found.groups()
        year_number = _ERAS[era] + (1 if count == "元" else int(count))
        return (year_number, int(month), int(day)), False, "Japanese era"
    if found := _YEAR_LAST.fullmatch(plain):
        first, second, year = found.groups()
        return (int(year), int(first), int(second)), True, "day, month, year"
    return None
