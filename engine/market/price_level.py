"""How much money buys: a level of consumer prices, month by month, that figures are deflated with.

A month's figure holds on every day of the month: it is that month's average, and nothing is read into the days
between two of them. A month without a figure has none here either. What a plan pays in a month may depend only on
what is known in it: the figure of a month is published in the next one, so ``known`` is that of two months before.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import BadData, DataError, NotFound, reason_of
from engine.market.series import ONE_MONTH, Dates, Floats
from engine.messages import Message, Percent, Text, message
from engine.reading import MB, read_bounded

CPI_JP = Path(__file__).parent / "data" / "cpi_jp.csv"
FIRST, LAST = np.datetime64("1800-01", "M"), np.datetime64("2200-12", "M")  # of a stated rate
LAG = np.timedelta64(2, "M")


@dataclass(frozen=True)
class PriceLevel:
    """Consumer prices of M consecutive months.

    ``name``    what the configuration says: ``cpi_jp``, a rate, ``csv:FILE``
    ``source``  where it comes from, for people
    ``months``  datetime64[M], (M,), without a gap; ``level`` (M,) above 0, of any base
    ``sha256``  of what it was made from
    """

    name: str
    source: Message
    months: Dates
    level: Floats
    sha256: str

    def on(self, days: Dates) -> Floats:
        """(n,) the level of each day's month; NaN where that has no figure."""
        at = (days.astype("datetime64[M]") - self.months[0]).astype(np.int64)
        inside = (at >= 0) & (at < len(self.months))
        return np.where(inside, self.level[np.clip(at, 0, len(self.level) - 1)], np.nan)

    def worth(self, days: Dates, month: np.datetime64) -> Floats:
        """(n,) what an amount of each day is worth in the money of a month; NaN where either has no figure."""
        return self.on(np.array([month])) / self.on(days)

    def known(self, months: Dates) -> Floats:
        """(n,) the last level that is published before each of ``months`` begins.

        Raises DataError naming the month that has no figure.
        """
        wanted: Dates = (months.astype("datetime64[M]") - LAG).astype("datetime64[M]")
        found = self.on(wanted)
        if np.isnan(found).any():
            raise self.lacks(wanted[np.isnan(found)][0])
        return found

    def lacks(self, month: np.datetime64) -> DataError:
        """The error of a month without a figure."""
        return DataError(
            message("inflation: {name} has no figure for {month}", name=self.name, month=str(month)),
            hint=message(
                "its figures are those of {first} to {last}; a newer file: --set inflation=csv:FILE",
                first=str(self.months[0]),
                last=str(self.months[-1]),
            ),
        )

    def until(self, day: np.datetime64) -> PriceLevel:
        """What it is without the months after that of a day."""
        kept = self.months <= day.astype("datetime64[M]")
        return replace(self, months=self.months[kept], level=self.level[kept])

    def followed_by(self, changes: Floats) -> PriceLevel:
        """Going on from its last month with each month's level over the one before, (n,)."""
        months: Dates = self.months[-1] + np.arange(1, len(changes) + 1) * ONE_MONTH
        level = self.level[-1] * np.cumprod(changes)
        return replace(self, months=np.append(self.months, months), level=np.append(self.level, level))

    def still(self, day: np.datetime64) -> PriceLevel:
        """As if its last month's prices held up to a day."""
        months = int((day.astype("datetime64[M]") - self.months[-1]).astype(int))
        return self.followed_by(np.ones(max(months, 0)))

    @property
    def is_rate(self) -> bool:
        """Whether it is a stated rate, that no month ever lacks."""
        return not self.name.startswith("csv:") and self.name != "cpi_jp"

    def plain(self) -> dict[str, Any]:
        """As a manifest keeps it; a rate has no last month."""
        found = {"name": self.name, "source": self.source.plain(), "sha256": self.sha256}
        return found if self.is_rate else {**found, "last": str(self.months[-1])}


def load_price_level(said: str | float) -> PriceLevel:
    """The level that the key ``inflation`` says: ``cpi_jp``, a rate a year, or ``csv:FILE`` with date and index.

    Raises NotFound, BadData (file and line).
    """
    if isinstance(said, str):
        is_ours = said == "cpi_jp"
        path = CPI_JP if is_ours else Path(said.removeprefix("csv:"))
        source = (
            message("consumer prices of Japan, all items (Statistics Bureau of Japan)")
            if is_ours
            else message("the file {file}", file=Text(path.name))
        )
        return _read(said, source, path)
    months: Dates = np.arange(FIRST, LAST + ONE_MONTH)
    level = np.power(1.0 + said, (months - FIRST).astype(np.int64) / 12.0)
    text = f"{said:.12g}"
    source = message("a rate of {rate} a year", rate=Percent(said))
    return PriceLevel(text, source, months, level, hashlib.sha256(text.encode()).hexdigest())


def _read(name: str, source: Message, path: Path) -> PriceLevel:
    try:
        content = read_bounded(path, MB, follow=True)
    except FileNotFoundError:
        raise NotFound.at(path, message("no such file of consumer prices")) from None
    except OSError as error:
        raise BadData.at(path, message("cannot be read: {why}", why=reason_of(error))) from error
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadData.at(path, message("it is no text in UTF-8")) from None
    rows = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not rows or [cell.strip().lower() for cell in rows[0][1].split(",")] != ["date", "index"]:
        n, line = rows[0] if rows else (1, "")
        raise BadData.at(
            f"{path}:{n}", message("came {came}, allowed the columns date,index", came=line[:40])
        )
    found = [_row(f"{path}:{n}", line) for n, line in rows[1:]]
    if not found:
        raise BadData.at(path, message("it has no month"))
    for (n, line), (before, _), (month, _) in zip(rows[2:], found, found[1:]):
        if month != before + ONE_MONTH:
            allowed = message(
                "came {came}, allowed the next month, {month}",
                came=line[:40],
                month=str(before + ONE_MONTH),
            )
            raise BadData.at(f"{path}:{n}", allowed)
    months, level = (np.array(column) for column in zip(*found))
    return PriceLevel(name, source, months, level, hashlib.sha256(content).hexdigest())


def _row(place: str, line: str) -> tuple[np.datetime64, float]:
    """A month and its level."""
    cells = [cell.strip() for cell in next(csv.reader([line]))]
    try:
        day, text = cells
        if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", day):
            raise ValueError
        month, level = np.datetime64(day, "D").astype("datetime64[M]"), float(text)
    except ValueError:
        month, level = FIRST, -1.0
    if not 0.0 < level < 1e12:
        told = message("came {came}, allowed a month such as 2001-01 and a number above 0", came=line[:40])
        raise BadData.at(place, told)
    return month, level
