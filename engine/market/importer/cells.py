"""Numbers as people write them: ``12,345``, ``１２３``, ``¥5``, ``$376.61``, ``376,61``, a dash for none.

A comma marks thousands or decimals, and ``376,610`` may be either: the whole file settles it, or it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.market.dates import folded

_MISSING = {"", "-", "--", "―", "‐", "—", "−", "ー", "*", "n/a", "na", "nan", "null", "none", "#n/a"}
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DECIMALS = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+")
_POINTED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")  # thousands, where the comma marks decimals
# What only one of the two can be; 376,610 is neither.
_ONLY_THOUSANDS = re.compile(
    r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d*)?|[+-]?\d{1,3}(,\d{3})+\.\d*|[+-]?\d+\.(\d\d?|\d{4,})"
)
_ONLY_DECIMALS = re.compile(r"[+-]?(0+,\d+|\d{4,},\d+|\d+,(\d\d?|\d{4,})|\d{1,3}(\.\d{3})+,\d+)")
_BEFORE = re.compile(r"^(us\$|\$|usd|¥|\\|jpy)\s*")
_AFTER = re.compile(r"\s*(円|ドル|usd|jpy)$")
_DOLLARS = re.compile(r"^(us\$|\$|usd)|(ドル|usd)$")
_YEN = re.compile(r"^(¥|\\|jpy)|(円|jpy)$")

THOUSANDS, DECIMALS = "thousands", "decimals"


def is_blank(text: str) -> bool:
    """True for an empty cell, a dash, ``n/a`` or ``NaN``: no value."""
    return folded(text) in _MISSING


def is_number(text: str) -> bool:
    """True for what is a number by some meaning of its commas."""
    bare = _bare(text)
    return any(form.fullmatch(bare) for form in (_PLAIN, _THOUSANDS, _DECIMALS))


def number(text: str, commas: str) -> float | None:
    """The number in a cell, NaN where it is blank, None where it is no number.

    ``commas``  what they mark: ``THOUSANDS`` or ``DECIMALS``
    """
    if is_blank(text):
        return float("nan")
    bare = _bare(text)
    if commas == DECIMALS:
        fits = _DECIMALS.fullmatch(bare) or _POINTED.fullmatch(bare) or bare.isdecimal()
        return float(bare.replace(".", "").replace(",", ".")) if fits else None
    if _PLAIN.fullmatch(bare) or _THOUSANDS.fullmatch(bare):
        return float(bare.replace(",", ""))
    return None


def decimals(text: str, commas: str) -> int:
    """How many digits stand behind the decimal mark of a number."""
    _, mark, after = _bare(text).rpartition("," if commas == DECIMALS else ".")
    return len(after) if mark else 0


def currency_of(text: str) -> str:
    """``USD`` or ``JPY`` if a cell or a heading says so, else ''."""
    plain = folded(text)
    return "USD" if _DOLLARS.search(plain) else "JPY" if _YEN.search(plain) else ""


@dataclass
class Commas:
    """Collects what the cells of a file say about its commas: the first cell of each kind.

    ``thousands``, ``decimals``  a cell in which they can mark nothing else
    ``either, pointed``          ``376,610`` and ``376.610``
    """

    thousands: str = ""
    decimals: str = ""
    either: str = ""
    pointed: str = ""

    def see(self, text: str) -> None:
        """Look at one cell."""
        bare = _bare(text) if "," in text or "." in text or "，" in text or "．" in text else ""
        if not bare:
            return
        if not self.thousands and _ONLY_THOUSANDS.fullmatch(bare):
            self.thousands = text
        elif not self.decimals and _ONLY_DECIMALS.fullmatch(bare):
            self.decimals = text
        elif not self.either and "," in bare and _THOUSANDS.fullmatch(bare):
            self.either = text
        elif not self.pointed and _POINTED.fullmatch(bare):
            self.pointed = text


def _bare(text: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", folded(text)))
