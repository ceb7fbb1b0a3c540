"""Languages: how numbers, dates and lists are written, and the catalogues of texts.

A language is one catalogue, ``XX.po`` beside this file (gettext's format, edited by hand), read as ``XX.mo``
(``make catalogues``). A text in English is its own id; ``en.po`` holds the texts whose ids are short names:
labels and pages' sentences (context ``word``), the forms of numbers and dates (context ``form``). A text without
a translation is said in English: a defect, which a test finds.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from gettext import NullTranslations

SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
NONE = "-"
MYRIAD = 10_000
NAMED = ("word", "form")  # contexts whose ids are short names: they have an English text too
FOLDER = Path(__file__).parent
OwnText = str | Mapping[str, str]  # a person's own text: the same in every language, or one for each


def languages() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.mo")))


def language_of(environ: Mapping[str, str] | None = None, system: str | None = None) -> str:
    """The language of the person's locale where it has a catalogue, else ``en``.

    LC_ALL, LC_MESSAGES and LANG decide, in this order (POSIX); where none is set, ``system``, or what
    ``locale.getlocale()`` names (``Japanese_Japan`` on Windows).
    """
    environ = os.environ if environ is None else environ
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), system)
    if named is None:
        import locale

        named = locale.getlocale()[0] or ""
    lang = named[:2].lower()
    return lang if lang in languages() else "en"


@cache
def catalogue(lang: str) -> NullTranslations:
    """The texts of a language; English, then the id itself stand in. Raises KeyError without a catalogue."""
    from gettext import GNUTranslations

    path = FOLDER / f"{lang}.mo"
    if not path.is_file():
        raise KeyError(f"language {lang!r}; allowed: {', '.join(languages())}")
    with path.open("rb") as file:
        texts = GNUTranslations(file)
    texts.add_fallback(_last_resort() if lang == "en" else catalogue("en"))
    return texts


def _last_resort() -> NullTranslations:
    """A short name without an English text is a mistake of the program's; any other id is English itself."""
    from gettext import NullTranslations

    class Unknown(NullTranslations):
        def pgettext(self, context: str, message: str) -> str:
            if context in NAMED:
                raise KeyError(f"{context} {message!r} is in no catalogue")
            return message

    return Unknown()


@dataclass(frozen=True)
class Locale:
    """One language, and the currency of amounts that name none.

    ``lang``      the name of its catalogue
    ``currency``  ISO code
    ``minus``     the sign before a negative number: ``-`` on a terminal, a true minus on a page

    Every method takes None (or NaN) for "has no meaning" and then says ``-``.
    """

    lang: str = "en"
    currency: str = "JPY"
    minus: str = "-"

    def translate(self, id: str, context: str = "", plural: str = "", n: float = 1) -> str:
        """The text of an id; ``plural`` is its English for an ``n`` other than one."""
        texts = catalogue(self.lang)
        whole = int(n) if n == 1 else 2
        if context:
            found = texts.npgettext(context, id, plural, whole) if plural else texts.pgettext(context, id)
        else:
            found = texts.ngettext(id, plural, whole) if plural else texts.gettext(id)
        return found

    def __call__(self, key: str, **values: object) -> str:
        """The word or sentence of a page ``key``, its places filled with ``values``. Raises KeyError."""
        text = self.translate(key, "word")
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is a word ``key``."""
        try:
            self.translate(key, "word")
        except KeyError:
            return False
        return True

    def form(self, name: str) -> str:
        """A form of numbers, dates or lists; ``none`` in a catalogue is an empty one."""
        text = self.translate(name, "form")
        return "" if text == "none" else text

    # --- numbers --------------------------------------------------------------------------------------

    def money(
        self, amount: float | None, currency: str = "", *, sign: bool = False, exact: bool = False
    ) -> str:
        """An amount of a currency, the locale's own where none is named.

        Yen are whole: ``¥12,345,678``; where the language counts by ten thousands, as people say them
        (``1,234万円``, ``1億2,345万円``, under a million one decimal: ``45.6万円``), with ``exact`` every yen
        (``12,345,678円``). Other money has cents below a thousand. ``sign`` marks a difference.
        """
        if not _known(amount):
            return NONE
        currency = currency or self.currency
        if currency == "JPY":
            whole = round(abs(amount))
            mark = self._mark(amount if whole else 0.0, sign)
            return mark + (self.form("yen").format(n=f"{whole:,}") if exact else self._yen(whole))
        digits = 2 if exact or abs(amount) < 999.5 else 0
        rounded = round(abs(amount), digits)
        symbol = SYMBOLS.get(currency, f"{currency} ")
        return f"{self._mark(amount if rounded else 0.0, sign)}{symbol}{rounded:,.{digits}f}"

    def _yen(self, yen: int) -> str:
        """Whole yen from 0 up, by ten thousands where the language has names for them."""
        one, myriads = self.form("yen"), self.myriads
        if not myriads or yen < MYRIAD:
            return one.format(n=f"{yen:,}")
        if yen < 100 * MYRIAD and round(yen / MYRIAD, 1) < 100:
            return one.format(n=f"{round(yen / MYRIAD, 1):g}{myriads[0]}")
        rest, parts = round(yen / MYRIAD), []
        for name in myriads[:-1]:
            rest, part = divmod(rest, MYRIAD)
            parts.append((part, name))
        parts.append((rest, myriads[-1]))
        return one.format(n="".join(f"{part:,}{name}" for part, name in reversed(parts) if part))

    def billions(self, dollars: float, digits: int | None = 2) -> str:
        """Dollars by the thousand million, or as the language counts: ``$1.25 billion``, ``12.5億ドル``.

        ``digits`` of a billion, None: as many as there are.
        """
        unit = float(self.form("billion"))
        if digits is not None:
            digits -= round(math.log10(1e9 / unit))
        return self._number(dollars, 1.0 / unit, digits, self.form("billions"), False)

    def percent(self, fraction: float | None, digits: int | None = 1, *, sign: bool = False) -> str:
        """A fraction as a percentage: 0.0615 is ``6.2%``; ``sign`` marks a gain or a difference."""
        return self._number(fraction, 100.0, digits, "{n}%", sign)

    def points(self, fraction: float | None, digits: int = 2, *, sign: bool = True) -> str:
        """A difference of two percentages, in percentage points: 0.0031 is ``+0.31pt``."""
        return self._number(fraction, 100.0, digits, "{n}pt", sign)

    def number(self, value: float | None, digits: int | None = 2, *, sign: bool = False) -> str:
        """A plain number with thousands marked."""
        return self._number(value, 1.0, digits, "{n}", sign)

    def times(self, value: float | None, digits: int = 2, *, sign: bool = False) -> str:
        """A multiple: ``3.20×`` in English, ``3.20倍`` in Japanese."""
        return self._number(value, 1.0, digits, self.form("times"), sign)

    def count(self, value: float | None, *, sign: bool = False) -> str:
        """A whole number."""
        return self._number(value, 1.0, 0, "{n}", sign)

    def days(self, value: float | None, *, sign: bool = False) -> str:
        """A number of days in a table: ``1,293`` in English (the label says what), ``1,293日`` in Japanese."""
        return self._number(value, 1.0, 0, self.form("days"), sign)

    def weight(self, fraction: float) -> str:
        """A share of a portfolio, with as many digits as it needs: ``10%``, ``12.5%``."""
        return f"{round(fraction * 100, 2):g}%"

    # --- dates and lists ------------------------------------------------------------------------------

    def long_date(self, iso: object) -> str:
        """A date (or its ISO text) in a sentence: ``17 December 2008``, ``2008年12月17日``."""
        if iso is None:
            return NONE
        day = date.fromisoformat(str(iso)[:10])
        return self.form("long_date").format(
            year=day.year, month=self._month(day, 0), m=day.month, day=day.day
        )

    def year_month(self, iso: object) -> str:
        """A month of a year: ``Dec 2008``, ``2008年12月``."""
        day = date.fromisoformat(f"{str(iso)[:7]}-01")
        return self.form("year_month").format(year=day.year, month=self._month(day, 3), m=day.month)

    def month(self, number: int) -> str:
        """The short name of a month, 1 to 12."""
        return self.form("months").split()[number - 1][:3]

    def _month(self, day: date, letters: int) -> str:
        name = self.form("months").split()[day.month - 1]
        return name[:letters] if letters else name

    def span(self, days: float | None) -> str:
        """A length of time in the largest sensible unit: ``5.7 years``, ``8 months``, ``12 days``."""
        if not _known(days):
            return NONE
        if days >= 365.25 * 1.5:
            return self.form("span_years").format(n=f"{days / 365.25:.1f}")
        if days >= 61:
            return self.form("span_months").format(n=round(days / 30.44))
        return self.form("span_days").format(n=round(days))

    def listed(self, names: Sequence[str], last: str = ",") -> str:
        """Several names in one sentence; ``last`` is what stands before the last: ``,``, ``and`` or ``or``.

        ``;`` stands between phrases that have commas of their own.
        """
        if last == ";":
            return self.form("semicolon").join(names)
        if len(names) < 2 or last == ",":
            return self.form("comma").join(names)
        return self.form("comma").join(names[:-1]) + self.form(last) + names[-1]

    def labelled(self, *parts: str) -> str:
        """A name and what belongs to it, empty parts left out: ``XIRR: 6.1%``, ``年率：6.1%``."""
        return self.form("colon").join(filter(None, parts))

    def noted(self, text: str, note: str) -> str:
        """A text with a note behind it: ``6.1% (of 35)``, ``6.1%（35のうち）``."""
        return self.form("noted").format(text=text, note=note)

    def own(self, text: OwnText) -> str:
        """A person's own text: as it is, or in this language, else in English, else in the first given."""
        if isinstance(text, str):
            return text
        return text.get(self.lang) or text.get("en") or next(iter(text.values()), "")

    def quoted(self, text: str) -> str:
        """A text of the user's inside a sentence."""
        return self.form("quoted").format(text=text)

    @property
    def myriads(self) -> tuple[str, ...]:
        """The names of ten thousand, its square, …; none where yen are not said so."""
        return tuple(self.form("myriads").split())

    @property
    def heading_joint(self) -> str:
        """What joins the parts of a column's heading; empty where columns are headed by their names."""
        return self.form("headings")

    def sentences(self, texts: Iterable[str]) -> str:
        """Several sentences, one after the other; empty ones are left out."""
        return self.form("gap").join(text for text in texts if text)

    def _mark(self, value: float, sign: bool) -> str:
        if value < 0:
            return self.minus
        return "+" if sign and value > 0 else ""

    def _number(self, value: float | None, scale: float, digits: int | None, form: str, sign: bool) -> str:
        if not _known(value):
            return NONE
        if digits is None:
            rounded = float(f"{abs(value) * scale:.12g}")
            text = f"{rounded:,.12f}".rstrip("0").rstrip(".") if rounded < 1e15 else f"{rounded:.12g}"
        else:
            rounded = round(abs(value) * scale, digits)
            text = f"{rounded:,.{digits}f}"
        return self._mark(value if rounded else 0.0, sign) + form.format(n=text)


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


ENGLISH = Locale("en")
