"""How numbers, dates and words are said to a person: one small value per language and currency."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.locale import NONE, Locale, OwnText
from engine.messages import Arg, Message, from_plain, quantity
from engine.metrics import SESSIONS_A_YEAR, has_whole_years
from engine.report.models import Cell, Column

# Control characters and bidirectional overrides: they could move a cursor or reverse a sentence.
_UNSEEN = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), " ")
_UNSEEN |= dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 65279), "")


# Figures that are others in today's money.
OF_MONEY = frozenset(
    {
        "contributed", "withdrawn", "unpaid", "final_value", "liquidation_value", "profit", "value_to_contributed",
        "xirr", "twr_cagr", "volatility", "max_drawdown", "days_below_principal", "cost_paid", "tax_paid",
        "dividend_tax_paid", "idle_cash_average", "unpaid_median", "paid_in", "value", "below_principal",
        "chance_below", "shortfall", "median_gap", "mean_gap",
    }
)  # fmt: skip


def money_of(manifest: Mapping[str, Any]) -> str:
    """The month whose money a study's figures are in; '' where that is the money of each day."""
    return str(manifest.get("real", {}).get("money_of", ""))


def basis(manifests: Sequence[Mapping[str, Any]]) -> int:
    """Sessions of a year of all these results; of days where they are not alike."""
    found = {int(manifest.get("period", {}).get("per_year", SESSIONS_A_YEAR)) for manifest in manifests}
    return found.pop() if len(found) == 1 else SESSIONS_A_YEAR


def clean(text: object) -> str:
    """Text of the user's or a provider's, on one line and without characters that are not seen."""
    return " ".join(str(text).translate(_UNSEEN).split())


@dataclass(frozen=True)
class PageLocale(Locale):
    """One language and one base currency: the numbers of :class:`engine.locale.Locale` and the words of pages.

    ``money_of``  the month whose money all figures are in, such as 2025-12; '' is that of each day
    ``per_year``  sessions of a year: of weekly and monthly prices a figure's name says so, and what is counted in
                  sessions is no number of days; of two exchanges the name has their own number
    """

    per_year: int = SESSIONS_A_YEAR
    money_of: str = ""

    def translate(self, id: str, context: str = "", plural: str = "", n: float = 1) -> str:
        """The text of an id, of a figure's name the one by its basis; in today's money it says so."""
        text = self._by_basis(id, context, plural, n)
        if self.money_of and context == "word" and id.removesuffix("_short") in OF_MONEY:
            return self.noted(text, super().translate("in_real", context))
        return text

    def about(self, description: OwnText) -> str:
        """What a study is about, and in which money its figures are where that is not the money of the day."""
        own = self.text(description)
        if not self.money_of:
            return own
        month = self.year_month(np.datetime64(self.money_of))
        return self("about_in_real", about=own, month=month) if own else self("amounts_in_real", month=month)

    def _by_basis(self, id: str, context: str, plural: str, n: float) -> str:
        if context != "word" or self.per_year == SESSIONS_A_YEAR:
            return super().translate(id, context, plural, n)
        basis = "days" if has_whole_years(self.per_year) else self.per_year
        with suppress(KeyError):
            text = super().translate(f"{id}_year_of_{basis}", context, plural, n)
            return text.replace("{days}", f"{self.per_year}")
        return super().translate(id, context, plural, n)

    def cell(self, cell: Cell, column: Column) -> tuple[str, str]:
        """A table's cell for reading: (the value, its difference); no difference, or none at all, is ''."""
        gap = "" if not cell.difference else self.value(cell.difference, column.kind, sign=True)
        return self.value(cell.value, column.kind), gap

    def date(self, iso: object) -> str:
        """A date in a table: ISO in both languages."""
        return NONE if iso is None else clean(iso)

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return self.form("gap")

    def sentence(self, sentence: object) -> str:
        """A message, as a manifest keeps one too; a sentence of an old result as it is, or by language."""
        if isinstance(sentence, Mapping):
            sentence = from_plain(sentence) or sentence
        if isinstance(sentence, Message):
            return clean(sentence.translate(self))
        if isinstance(sentence, Mapping):
            return clean(sentence.get(self.lang) or sentence.get("en", ""))
        return clean(sentence)

    def arg(self, value: Arg) -> str:
        """What fills a place of a message, by itself: an axis' name, its value."""
        return clean(value.translate(self))

    def text(self, text: OwnText) -> str:
        """A person's own words, or a sentence that is in this language already: taken as it is."""
        return clean(self.own(text))

    def value(self, raw: Any, kind: str, *, sign: bool = False) -> str:
        """A value of a table by its kind (see :class:`engine.report.models.Column`)."""
        if raw is None or (isinstance(raw, float) and math.isnan(raw)):
            return NONE
        if isinstance(raw, str):
            return clean(raw)
        match kind:
            case "days" if has_whole_years(self.per_year):
                return self.days(raw, sign=sign)
            case "days":
                return self.number(raw, 0, sign=sign)
            case "year":
                return str(int(raw))
        return clean(quantity(raw, kind, sign=sign).translate(self))
