"""How a value, a key and an error look inside a one-line message."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping

from engine.errors import ConfigError
from engine.messages import Arg, Message, message

_BARE = re.compile(r"[^\W\d_][\w .%-]*", re.UNICODE)
_LONGEST = 60


def show(value: object, *, bare: bool = False) -> str:
    """A value as YAML would write it in one line, shortened. ``bare`` leaves out quotes where it can."""
    text = _flow(value, bare)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _flow(value: object, bare: bool) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    if isinstance(value, int | dt.date):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(k, True)}: {_flow(v, True)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item, True) for item in value) + "]"
    text = str(value)
    return text if bare and _BARE.fullmatch(text) and text.isprintable() else quote(text)


def quote(text: str) -> str:
    """A double-quoted YAML scalar that any reader takes back as the same text."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in escaped)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}"


def dotted(key: Iterable[str | int]) -> str:
    """A key as messages and ``--set`` write it: ``strategy.allocation.core``, ``accounts.0``."""
    texts = (str(part) for part in key)
    return ".".join(text if text.isprintable() and len(text) <= _LONGEST else show(text) for text in texts)


def came(value: object, allowed: Arg) -> Message:
    """What came, and what is allowed: a phrase such as ``0 to 1``."""
    return message(
        "came nothing, allowed {allowed}" if value is None else "came {came}, allowed {allowed}",
        came=show(value),
        allowed=allowed,
    )


def refused(told: Arg, *, place: str = "", key: str = "", hint: Message | None = None) -> ConfigError:
    """The error of a ``place`` (``configs/x.yaml:12``) and a ``key``, as far as they are known."""
    line = message(
        ("{place}: {key}: {told}" if key else "{place}: {told}")
        if place
        else ("{key}: {told}" if key else "{told}"),
        place=place,
        key=key,
        told=told,
    )
    return ConfigError(line, hint=hint)
