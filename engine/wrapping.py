"""Where lines of text may break: between words, in Japanese between characters by kinsoku, never inside a number.

No line begins with a closing bracket, a full stop, a small kana or a long mark, none ends with an opening bracket,
and a number keeps its sign and its unit: ``2億3,332万円``, ``−5.4 %``, ``277期間``, ``12 years``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

NOT_FIRST = frozenset(
    "、。，．,.）)」』】〕》〉］｝]}！？!?；：;:％%‰°〜～…‥・々ゝゞヽヾーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
NOT_LAST = frozenset("（(「『【〔《〈［｛[{¥$€£")

_UNIT = "[一-龠々〇ァ-ヶー]"
# What a piece must end with for the next character to belong to it: a number before its unit, a unit of up to
# three characters before the fourth, a myriad or a part of a date before the next number.
_BEFORE_UNIT = re.compile(rf"[0-9]{_UNIT}{{0,3}}$")
_BEFORE_NUMBER = re.compile(r"([0-9][兆億万千百年月]|[~～〜±+\-−])$")
_SPACED = re.compile(r"[0-9] $")
_SPACED_UNIT = re.compile(
    r"([%×]|pt\b|points?\b|years?\b|months?\b|days?\b|sessions?\b|windows?\b|futures?\b|yen\b|shares?\b|billion\b)"
)


def width(text: str) -> int:
    """The columns a text takes on a terminal."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(text: str, most: int) -> list[str]:
    """A text in lines of at most ``most`` columns, without the spaces at their ends."""
    cuts = [0, *breaks(text, most), len(text)]
    lines = [text[start:stop].strip(" ") for start, stop in pairwise(cuts)]
    return [line for line in lines if line]


def breaks(text: str, most: int) -> list[int]:
    """The places in ``text`` where a new line begins, so that none has more than ``most`` columns.

    What cannot be kept together within a line is broken anywhere.
    """
    found, at, used = [], 0, 0
    for piece in pieces(text):
        bare, full = width(piece.rstrip(" ")), width(piece)
        if used and used + bare > most:
            found.append(at)
            used = 0
        for offset in _folds(piece, most) if bare > most else ():
            found.append(at + offset)
            bare = full = width(piece[offset:])
        at, used = at + len(piece), used + full
    return found


def longest(text: str) -> int:
    """The columns of the longest piece of a text: no narrower line keeps its pieces whole."""
    return max((width(piece.rstrip(" ")) for piece in pieces(text)), default=0)


def pieces(text: str) -> Iterator[str]:
    """What no line breaks, each with the spaces after it."""
    begin = 0
    for at in range(1, len(text)):
        if _may_break(text, begin, at):
            yield text[begin:at]
            begin = at
    if text:
        yield text[begin:]


def _may_break(text: str, begin: int, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after == " " or after in NOT_FIRST or before in NOT_LAST:
        return False
    if before == " ":
        is_unit = _SPACED.search(text, begin, at) and _SPACED_UNIT.match(text, at)
        return not (is_unit or (text[at - 2 : at] in ("± ", "≈ ") and after.isdigit()))
    if before in "~～〜" and after in "+-−¥$":
        return False
    if _columns(before) < 2 and _columns(after) < 2:
        return False
    if after.isdigit():
        return _BEFORE_NUMBER.search(text, begin, at) is None
    return not (re.match(_UNIT, after) and _BEFORE_UNIT.search(text, begin, at))


def _folds(piece: str, most: int) -> Iterator[int]:
    """Where a piece wider than a line is broken all the same."""
    used = 0
    for offset, char in enumerate(piece):
        if used and used + _columns(char) > max(most, 2) and char != " ":
            yield offset
            used = 0
        used += _columns(char)
