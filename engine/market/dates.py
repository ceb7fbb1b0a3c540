"""Dates as people write them in Japan and elsewhere."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

import numpy as np

from engine.errors import BadData
from engine.market.series import Dates
from engine.messages import Message, message

# First year of an era, less one: 令和1年 is 2019.
_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# jan, january, sept -> 1, 1, 9
_MONTHS = {text: n for n, name in enumerate(_NAMES, start=1) for text in (name, name[:3])} | {"sept": 9}
_YEAR_FIRST = re.compile(r"(\d{4})([./-]|年)(\d{1,2})(?:\2|月)(\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ERA = re.compile(r"(令和|平成|昭和|[rhs])\.?(\d{1,2}|元)(?:[./-]|年)(\d{1,2})(?:[./-]|月)(\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[ .-]*([a-z]+)[ .,-]*(\d{4})")
_MONTH_DAY_YEAR = re.compile(r"([a-z]+)[ .-]*(\d{1,2}),?[ .-]*(\d{4})")
_YEAR_MONTH_DAY = re.compile(r"(\d{4})[ .-]*([a-z]+)[ .-]*(\d{1,2})")
# The day is the one that is written: a time of day and a zone behind it (Python's, pandas', JavaScript's) say
# when the day was, not that it was another one.
_TIME = re.compile(r"[ t](\d{1,2}):\d{2}(:\d{2}(\.\d+)?)? ?(z|utc|[+-]\d{2}:?\d{2})?$|\([月火水木金土日]\)$")
# Day 0 of a workbook, whose numbers are days after it: by Windows, and by Macs until 2011. Excel's 1900 is a leap
# year, so its count begins a day early.
EXCEL_COUNTS_FROM = date(1899, 12, 30), date(1904, 1, 1)
_AFTERNOON = 15  # an instant in UTC from then on is the next day in Tokyo


BY_NAME, ERA, UNSETTLED = message("month by name"), message("Japanese era"), message("day, month, year")


class DateReader:
    """Reads one column of dates. 05/01/2024 is settled by the other rows (13/01/2024), or refused.

    ``format`` names what was found: the form itself, or a message.
    """

    def __init__(self) -> None:
        self.format: Message | str = ""
        self._found: list[tuple[int, tuple[int, int, int], bool]] = []

    def add(self, line: int, text: str) -> None:
        """Keep the date of ``line``; ``text`` must be one."""
        split = _split(text)
        assert split is not None
        numbers, is_year_last, name = split
        self._found.append((line, numbers, is_year_last))
        self.format = self.format or name

    def resolve(self, path: Path) -> Dates:
        """The days of all lines added. :raises BadData: a day that is none, or that could be two."""
        late = [(line, numbers) for line, numbers, is_year_last in self._found if is_year_last]
        month_first = any(second > 12 for _, (_, _, second) in late)
        day_first = any(first > 12 for _, (_, first, _) in late)
        if late and month_first == day_first:
            line, (year, first, second) = late[0]
            what = message("{date} could be two days", date=f"{first:02}/{second:02}/{year}")
            raise BadData.at(f"{path}:{line}", what, hint=message("write it as {form}", form=f"{year}-..-.."))
        days = []
        for line, (year, month, day), is_year_last in self._found:
            if is_year_last and day_first:
                month, day = day, month
            try:
                days.append(np.datetime64(date(year, month, day), "D"))
            except ValueError as error:
                what = message("there is no day {date}", date=f"{year}-{month}-{day}")
                raise BadData.at(f"{path}:{line}", what) from error
        if late:
            self.format = "DD/MM/YYYY" if day_first else "MM/DD/YYYY"
        return np.array(days, dtype="datetime64[D]")


def is_date(text: str) -> bool:
    """True if ``text`` has the form of a date."""
    return _split(text) is not None


def is_instant(text: str) -> bool:
    """True for a time in UTC whose day is another one in Tokyo, such as 2024-01-04T15:00:00Z."""
    found = _TIME.search(folded(text))
    if found is None or found.group(1) is None:
        return False
    zone = found.group(4) or ""
    return zone.strip("+-0:") in ("z", "utc", "") and zone != "" and int(found.group(1)) >= _AFTERNOON


def same_day(one: str, other: str) -> bool:
    """True if both texts are the same date."""
    first = _split(one)
    return first is not None and first == _split(other)


def folded(text: str) -> str:
    """A cell as it is compared: half width, lower case, no spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def _split(text: str) -> tuple[tuple[int, int, int], bool, Message | str] | None:
    """Year, month, day (or year, first, second number), whether the year is last, the format's name."""
    plain = _TIME.sub("", folded(text))
    if found := _in_words(plain):
        return found, False, BY_NAME
    plain = re.sub(r"\s", "", plain)
    if match := _YEAR_FIRST.fullmatch(plain):
        year, mark, month, day = match.groups()
        name = "YYYY年M月D日" if mark == "年" else f"YYYY{mark}MM{mark}DD"
        return (int(year), int(month), int(day)), False, name
    if match := _COMPACT.fullmatch(plain):
        year, month, day = match.groups()
        return (int(year), int(month), int(day)), False, "YYYYMMDD"
    if match := _ERA.fullmatch(plain):
        era, count, month, day = match.groups()
        year_number = _ERAS[era] + (1 if count == "元" else int(count))
        return (year_number, int(month), int(day)), False, ERA
    if match := _YEAR_LAST.fullmatch(plain):
        first, second, year = match.groups()
        return (int(year), int(first), int(second)), True, UNSETTLED
    return None


def _in_words(plain: str) -> tuple[int, int, int] | None:
    """Year, month and day of ``Jan 5, 2024``, ``5 January 2024``, ``05-Jan-2024``, ``2024-Jan-05``."""
    if match := _MONTH_DAY_YEAR.fullmatch(plain):
        month, day, year = match.groups()
    elif match := _DAY_MONTH_YEAR.fullmatch(plain):
        day, month, year = match.groups()
    elif match := _YEAR_MONTH_DAY.fullmatch(plain):
        year, month, day = match.groups()
    else:
        return None
    number = _MONTHS.get(month)
    return None if number is None else (int(year), number, int(day))
