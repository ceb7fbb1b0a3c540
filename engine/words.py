"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from engine.messages import Message, message

LONGEST = 100  # characters of a word; comparing takes their square


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of ``words`` that is spelt most alike, whatever its case; None where none is so alike (0 to 1)."""
    import difflib

    by_lower = {item.lower(): item for item in words}
    found = difflib.get_close_matches(word[:LONGEST].lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def did_you_mean(word: object, words: Iterable[str]) -> Message | None:
    """The suggestion of the nearest of ``words``; None where none is near, or ``word`` is no text."""
    near = nearest(word, words) if isinstance(word, str) else None
    return None if near is None else message("did you mean {word}?", word=near)
