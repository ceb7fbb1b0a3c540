"""Numbers and days as people write them: what an error suggests, and what a question accepts.

A file is never read as anything but what it says: ``10万円`` in it is refused, with ``100000`` as what to write.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from engine.messages import Message, message

_QUOTES = "\"'`“”„‘’「」『』"
_BARE = re.compile(r"[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}( [0-9]{3})+|[0-9]+(_[0-9]+)*)?(\.[0-9]*)?")
_EXPONENT = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]{1,3}")
_DECIMAL_COMMA = re.compile(r"[+-]?0,[0-9]+")
_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_PART = re.compile(r"([0-9.]*)([十百千万億兆]?)")
_DAY = re.compile(r"(?P<year>[0-9]{4})([-/.]|年)(?P<month>[0-9]{1,2})(?:\2|月)(?P<day>[0-9]{1,2})日?")
_COMPACT_DAY = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_ERA = re.compile("(昭和|平成|令和|[SHR])(元|[0-9]{1,2})(?=[-/.年])")
# Name of an era -> the year before its first.
_ERAS = {"昭和": 1925, "平成": 1988, "令和": 2018, "S": 1925, "H": 1988, "R": 2018}
# A thousand, or one with three decimals? Programs that write a number end it in no 0 behind a point.
_POINTED = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})*\.[0-9]{2}0")
_SPAN = re.compile(r"([0-9]{4})年?(?:[-/.]?([0-9]{1,2})月?)?")
_MARKS = {"¥": "JPY", "円": "JPY", "$": "USD", "ドル": "USD"}


class Pointed(float):
    """A number that may be a thousand times as much: 1.000, as much of Europe writes a thousand.

    A share, a rate or a price may be so written; an amount is refused (``leaves.number``).
    """


def one_or_a_thousand(number: float) -> Message:
    """What to write for a pointed number: 1 or 1000."""
    one, other = f"{number:.12g}", f"{number * 1000:.0f}"
    return message("write {one} or {other}: the point may mark thousands", one=one, other=other)


def is_pointed(text: str) -> bool:
    """Whether an amount may be a thousand times what it says: ``1.000``, ``-120.500``, ``1.000.000``."""
    return _POINTED.fullmatch(text) is not None


def half_width(text: str) -> str:
    """Half-width characters, without the spaces and quotes around: ``“１０万円”`` is ``10万円``."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip().strip(_QUOTES).strip()


def number_of(text: str) -> Decimal | None:
    """The one number that ``text`` can mean, None where it is none or could be two.

    ``100,000``, ``100 000``, ``100_000``, ``1億2,000万``, ``十万``; ``0,1`` is 0.1, while ``1,5`` could be two.
    """
    text = half_width(text)
    if _EXPONENT.fullmatch(text):
        return Decimal(text)
    if _DECIMAL_COMMA.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if any(char.isdigit() for char in text) and _BARE.fullmatch(text):
        return Decimal(re.sub("[, _]", "", text))
    return _japanese(re.sub("(?<=[0-9])[, ](?=[0-9]{3}(?![0-9]))", "", text))


def amount_of(text: str) -> tuple[Decimal | None, str]:
    """The amount that ``text`` can mean (see ``number_of``) and the currency it names, '' for none.

    None for ``1.000``, which is a thousand in much of Europe.
    """
    text, currencies = half_width(text), set()
    for mark, currency in _MARKS.items():
        bare = text.removeprefix(mark).removesuffix(mark).strip()
        if bare != text:
            currencies.add(currency)
        text = bare
    is_one = len(currencies) < 2 and not is_pointed(text)
    return number_of(text) if is_one else None, "".join(currencies)


def share_of(text: str) -> Decimal | None:
    """The fraction that a percentage means: ``10 %``, ``１０％``, ``10パーセント``, ``1割``; None for others."""
    text = half_width(text)
    for unit, parts in (("%", 100), ("パーセント", 100), ("割", 10)):
        if text.endswith(unit):
            number = number_of(text.removesuffix(unit))
            return None if number is None else number / parts
    return None


def day_of(text: str) -> dt.date | str | None:
    """A day written year, month, day in any usual way; as ISO text where there is none such; None for others.

    Years of a Japanese era are those of the calendar: ``平成13年1月4日``, ``H13.1.4``.
    """
    found = _DAY.fullmatch(_of_calendar(text)) or _COMPACT_DAY.fullmatch(text)
    if found is None:
        return None
    iso = "{year}-{month:0>2}-{day:0>2}".format(**found.groupdict())
    try:
        return dt.date.fromisoformat(iso)
    except ValueError:
        return iso


def _of_calendar(text: str) -> str:
    """A date without spaces, its year that of the calendar where it was one of an era."""
    return _ERA.sub(
        lambda found: str(_ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))),
        half_width(text).replace(" ", ""),
    )


def span_of(text: str) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of a year or of a month of a year."""
    found = _SPAN.fullmatch(_of_calendar(text))
    year, month = (int(part or 0) for part in found.groups()) if found else (0, 0)
    if found is None or not 1900 <= year <= 2200 or month > 12 or (found[2] and not month):
        return None
    last = dt.date(year, 12, 31) if month in (0, 12) else dt.date(year, month + 1, 1) - dt.timedelta(1)
    return dt.date(year, month or 1, 1), last


def decimal_text(number: Decimal) -> str:
    """A number as a file has it: no exponent, no zeros behind."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _japanese(text: str) -> Decimal | None:
    """A number with the names of ten, a hundred, ten thousand, …, each smaller than the one before."""
    text = "".join(str(_DIGITS.get(char, char)) for char in text)
    if not re.search("[十百千万億兆]", text) or "".join(map("".join, _PART.findall(text))) != text:
        return None
    total = section = Decimal(0)
    large: int | None = None
    small = 10**4
    for digits, unit in _PART.findall(text):
        if not digits and not unit:
            continue
        if digits.count(".") > 1 or digits == ".":
            return None
        value = Decimal(digits or (1 if unit in _SMALL else 0))
        if unit in _SMALL:
            if _SMALL[unit] >= small:
                return None
            section, small = section + value * _SMALL[unit], _SMALL[unit]
            continue
        section += value
        if unit:
            if (large is not None and _LARGE[unit] >= large) or section == 0:
                return None
            total, section, large, small = total + section * _LARGE[unit], Decimal(0), _LARGE[unit], 10**4
    return total + section
