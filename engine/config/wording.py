"""How a value, a key and a suggestion look inside a one-line message."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterable, Mapping

_BARE = re.compile(r"[^\W\d_][\w .%-]*", re.UNICODE)
_LONGEST = 60


def show(value: object, *, bare: bool = False) -> str:
    """A value as YAML would write it in one line, shortened. ``bare`` leaves out quotes where it can."""
    text = _flow(value, bare)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _flow(value: object, bare: bool) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    if isinstance(value, int | dt.date):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(k, True)}: {_flow(v, True)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item, True) for item in value) + "]"
    text = str(value)
    if bare and _BARE.fullmatch(text) and text.isprintable():
        return text
    return quote(text)


def quote(text: str) -> str:
    """A double-quoted YAML scalar that any reader takes back as the same text."""
    escaped = json.dumps(text, ensure_ascii=False)
    if escaped.isprintable():
        return escaped
    return "".join(char if char.isprintable() else _escape(char) for char in escaped)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}"


def dotted(key: Iterable[str | int]) -> str:
    """A key as messages and ``--set`` write it: ``strategy.allocation.core``, ``accounts.0``."""
    return ".".join(str(part) if isinstance(part, int) else _flow_key(part) for part in key)


def _flow_key(part: str) -> str:
    return part if part.isprintable() and len(part) <= _LONGEST else show(part)


def closest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that was probably meant, None where nothing is near."""
    by_lower = {item.lower(): item for item in words}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def one_of(words: Iterable[str]) -> str:
    """``a, b or c``."""
    *first, last = list(words)
    return f"{', '.join(first)} or {last}" if first else last
