"""How numbers, dates and words are said to a person: one small value per language and currency."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from engine.report.models import Cell, Column
from engine.report.sentences import sentence as translated
from engine.report.words import word
from engine.report.yen import ten_thousands

SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
NONE = "-"

# Control characters and bidirectional overrides: they could move a cursor or reverse a sentence.
_UNSEEN = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), " ")
_UNSEEN |= dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 65279), "")


def clean(text: object) -> str:
    """Text of the user's or a provider's, on one line and without characters that are not seen."""
    return " ".join(str(text).translate(_UNSEEN).split())


@dataclass(frozen=True)
class Voice:
    """One language and one base currency.

    ``lang``      ``en`` or ``ja``
    ``currency``  ISO code of the money that is spoken of
    ``minus``     the sign before a negative number: ``-`` on a terminal, a true minus on a page

    Every method takes None (or NaN) for "has no meaning" and then says ``-``.
    """

    lang: str = "en"
    currency: str = "JPY"
    minus: str = "-"

    def __call__(self, key: str, **values: object) -> str:
        """The word or sentence ``key``, its places filled with ``values``."""
        text = word(key, self.lang)
        return text.format(**values) if values else text

    def money(self, amount: float | None, *, sign: bool = False, exact: bool = False) -> str:
        """An amount in the base currency.

        English writes every digit (``¥12,345,678``). Japanese yen are grouped as people say them:
        ``1,234万円``, ``1億2,345万円``; under a million one decimal (``45.6万円``), below that ``9,876円``;
        with ``exact`` every yen (``12,345,678円``). ``sign`` marks a difference.
        """
        if not _known(amount):
            return NONE
        if self.currency == "JPY":
            whole = round(abs(amount))
            mark = self._mark(amount if whole else 0.0, sign)
            if self.lang != "ja":
                return f"{mark}¥{whole:,}"
            return f"{mark}{whole:,}円" if exact else f"{mark}{ten_thousands(whole)}"
        digits = 2 if exact or abs(amount) < 999.5 else 0
        rounded = round(abs(amount), digits)
        symbol = SYMBOLS.get(self.currency, f"{self.currency} ")
        return f"{self._mark(amount if rounded else 0.0, sign)}{symbol}{rounded:,.{digits}f}"

    def percent(self, fraction: float | None, digits: int = 1, *, sign: bool = False) -> str:
        """A fraction as a percentage: 0.0615 is ``6.2%``; ``sign`` marks a gain or a difference."""
        return self._number(fraction, 100.0, digits, "%", sign)

    def points(self, fraction: float | None, digits: int = 2) -> str:
        """A difference of two percentages, in percentage points: 0.0031 is ``+0.31pt``."""
        return self._number(fraction, 100.0, digits, "pt", True)

    def number(self, value: float | None, digits: int = 2, *, sign: bool = False) -> str:
        """A plain number with thousands marked."""
        return self._number(value, 1.0, digits, "", sign)

    def times(self, value: float | None, digits: int = 2, *, sign: bool = False) -> str:
        """A multiple: ``3.20×`` in English, ``3.20倍`` in Japanese."""
        return self._number(value, 1.0, digits, "倍" if self.lang == "ja" else "×", sign)

    def count(self, value: float | None, *, sign: bool = False) -> str:
        """A whole number."""
        return self._number(value, 1.0, 0, "", sign)

    def days(self, value: float | None, *, sign: bool = False) -> str:
        """A number of days: ``1,293`` in English (the label says what), ``1,293日`` in Japanese."""
        return self._number(value, 1.0, 0, "日" if self.lang == "ja" else "", sign)

    def weight(self, fraction: float) -> str:
        """A share of a portfolio, with as many digits as it needs: ``10%``, ``12.5%``."""
        return f"{round(fraction * 100, 2):g}%"

    def cell(self, cell: Cell, column: Column) -> tuple[str, str]:
        """A table's cell for reading: (the value, its difference); no difference, or none at all, is ''."""
        gap = "" if not cell.difference else self.value(cell.difference, column.kind, sign=True)
        return self.value(cell.value, column.kind), gap

    def date(self, iso: object) -> str:
        """A date in a table: ISO in both languages."""
        return NONE if iso is None else clean(iso)

    def long_date(self, iso: object) -> str:
        """A date in a sentence: ``17 December 2008``, ``2008年12月17日``."""
        if iso is None:
            return NONE
        year, month, day = (int(part) for part in str(iso)[:10].split("-"))
        if self.lang == "ja":
            return f"{year}年{month}月{day}日"
        return f"{day} {MONTHS[month - 1]} {year}"

    def month(self, number: int) -> str:
        """The short name of a month, 1 to 12."""
        return f"{number}月" if self.lang == "ja" else MONTHS[number - 1][:3]

    def year_month(self, iso: object) -> str:
        """A month of a year: ``Dec 2008``, ``2008年12月``."""
        year, month = (int(part) for part in str(iso)[:7].split("-"))
        return f"{year}年{month}月" if self.lang == "ja" else f"{MONTHS[month - 1][:3]} {year}"

    def span(self, days: float | None) -> str:
        """A length of time in the largest sensible unit: ``5.7 years``, ``8 months``, ``12 days``."""
        if not _known(days):
            return NONE
        if days >= 365.25 * 1.5:
            return self("span_years", n=f"{days / 365.25:.1f}")
        if days >= 61:
            return self("span_months", n=round(days / 30.44))
        return self("span_days", n=round(days))

    def listed(self, names: list[str]) -> str:
        """Several names in one sentence."""
        return ("、" if self.lang == "ja" else ", ").join(names)

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.lang == "ja" else " "

    def said(self, sentence: object) -> str:
        """A sentence of the engine's in this language: an English text, or a mapping of languages to texts."""
        if isinstance(sentence, Mapping):
            return clean(sentence.get(self.lang) or sentence.get("en", ""))
        return clean(translated(clean(sentence), self.lang))

    def sentences(self, texts: list[str]) -> str:
        """Several sentences, one after the other."""
        return self.gap.join(texts)

    def value(self, raw: Any, kind: str, *, sign: bool = False) -> str:
        """A value of a table by its kind (see :class:`engine.report.models.Column`)."""
        if raw is None or (isinstance(raw, float) and math.isnan(raw)):
            return NONE
        if isinstance(raw, str):
            return clean(raw)
        match kind:
            case "money":
                return self.money(raw, sign=sign)
            case "percent" | "loss":
                return self.points(raw) if sign else self.percent(raw, 2)
            case "times":
                return self.times(raw, sign=sign)
            case "days":
                return self.days(raw, sign=sign)
            case "count":
                return self.count(raw, sign=sign)
            case "year":
                return str(int(raw))
            case "weight":
                return self.weight(float(raw))
            case "number":
                return self.number(raw, sign=sign)
        return clean(raw)

    def _mark(self, value: float, sign: bool) -> str:
        if value < 0:
            return self.minus
        return "+" if sign and value > 0 else ""

    def _number(self, value: float | None, scale: float, digits: int, unit: str, sign: bool) -> str:
        if not _known(value):
            return NONE
        rounded = round(abs(value) * scale, digits)
        return f"{self._mark(value if rounded else 0.0, sign)}{rounded:,.{digits}f}{unit}"


MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
