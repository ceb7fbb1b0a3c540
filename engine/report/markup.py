"""HTML that cannot be broken by its content: every text is escaped unless it was made here."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

from engine.report.voice import clean

VOID = {"br", "col", "hr", "img", "input", "link", "meta"}


class Markup(str):
    """A piece of finished HTML."""

    __slots__ = ()


def el(tag: str, *content: Any, **attributes: Any) -> Markup:
    """An element. ``class_`` is ``class``, ``data_x`` is ``data-x``; None and False leave one out."""
    parts = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        parts.append(name if value is True else f'{name}="{html.escape(str(value), quote=True)}"')
    opening = f"<{' '.join(parts)}>"
    return Markup(opening if tag in VOID else f"{opening}{join(content)}</{tag}>")


def join(content: Any) -> Markup:
    """Texts, elements and lists of them, one after the other; texts are cleaned and escaped."""
    if content is None or content is False:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(html.escape(_kept(content), quote=False))
    return Markup("".join(join(item) for item in content))


def script_json(value: Any) -> Markup:
    """JSON for a ``<script>`` element: no character of it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def data_uri(text: str, media_type: str) -> str:
    """A text as an address of its own."""
    return f"data:{media_type};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def _kept(text: str) -> str:
    """Clean text whose outer spaces stay: they separate it from its neighbours."""
    inner = clean(text)
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"
