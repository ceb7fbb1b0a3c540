"""Text as a terminal may have it: what a file says is shown, and steers nothing.

Prices, notes, names and results come from files of others. Each place that writes for people (errors, the
terminal) passes its text through here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_KEPT = frozenset("\n\t\u200c\u200d")  # line breaks; the joiners of Persian words and of emoji


def printable(text: str) -> str:
    r"""``text`` with what is no visible character spelt out: ``\x1b`` for escape, ``\u202e`` for an override.

    Line breaks, tabs and every kind of space stay.
    """
    return _spelt(text, lambda char: ascii(char)[1:-1])


def printable_json(text: str) -> str:
    """JSON ``text`` with the same characters as JSON's own escapes: it means what it meant."""
    import json

    return _spelt(text, lambda char: json.dumps(char)[1:-1])


def _spelt(text: str, spell: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(char if is_visible(char) or char in _KEPT else spell(char) for char in text)


def is_visible(char: str) -> bool:
    """Whether a character is a letter, a mark, a sign or a space: no control, format or unassigned one."""
    return char.isprintable() or unicodedata.category(char) == "Zs"
