"""The engine's own sentences in Japanese: a table of English patterns and what they become.

The engine speaks English, in assumptions, flags, notes, findings and reasons, and a manifest keeps what it
said. For a Japanese reader a sentence is matched against the patterns of :mod:`engine.report.japanese`, in their
order. A place in a pattern says what may stand in it:

``{x}``        any text, taken over as it is       ``{x:w}``      one word, such as a symbol or a file
``{x:n}``      a number                            ``{x:d}``      a date
``{x:yen}``    an amount of yen, said as 万円       ``{x:share}``  a fraction, said in percent
``{x:days}``   evidence: dates with values
``{x:words}``  words, ``a, b or c``
``{x:say}``    a phrase that has a pattern itself  ``{x:list}``, ``{x:parts}``  such phrases between ``,`` or ``;``

A sentence without a pattern stays English; the tests fail for one that a shipped configuration brings up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache

from engine.errors import BacktestError
from engine.locale import Locale
from engine.report.yen import ten_thousands

_PLACE = re.compile(r"{(\w+)(?::(\w+))?}")
_SHAPES = {
    "": r".+?",
    "w": r"[^\s,;:()]+",
    "n": r"[-+]?(?:[\d,.]*\d(?:e[-+]?\d+)?|inf|nan)",
    "d": r"\d{4}-\d\d-\d\d",
    "days": r"\d{4}-\d\d-\d\d.*",
    "words": r"[^\s,]+(?:, [^\s,]+)*(?: or [^\s,]+)?",
}
_SHAPES |= dict.fromkeys(("yen", "share"), _SHAPES["n"])
_SHAPES |= dict.fromkeys(("say", "list", "parts"), _SHAPES[""])


def sentence(text: str, lang: str) -> str:
    """What the engine said, in ``lang``; English where the table has no Japanese for it."""
    return text if lang != "ja" else japanese(text) or text


def japanese(text: str) -> str | None:
    """A sentence of the engine's in Japanese, None where no pattern fits."""
    return _matched(text, _rules())


def error_line(message: str, hint: str | None, lang: str) -> str:
    """An error and its suggestion as one line in ``lang``: wholly Japanese, or wholly English."""
    if lang == "ja":
        said = _matched(message, _error_rules())
        told = None if hint is None else _matched(hint, _error_rules())
        if said is not None and (hint is None or told is not None):
            return said if told is None else f"{said}。{told}"
    return message if hint is None else f"{message} ({hint})"


def error_text(error: BacktestError, lang: str) -> str:
    """An error in ``lang``: its messages said, or what the patterns make of those that are plain English yet."""
    locale = Locale(lang)
    parts = [error.message, *([error.hint] if error.hint is not None else [])]
    if lang == "en" or all(part.translate(locale) != str(part) for part in parts):
        return error.translate(locale)
    told = [said if (said := part.translate(locale)) != str(part) else None for part in parts]
    told = [said or _matched(str(part), _error_rules()) for said, part in zip(told, parts)]
    return str(error) if None in told else "。".join(text for text in told if text)


DEEPEST = 8  # phrases inside phrases: what is foreign in a sentence may look like any number of them
Rules = list[tuple[re.Pattern[str], str, dict[str, str]]]


def _matched(text: str, rules: Rules, depth: int = 0) -> str | None:
    """What the first pattern that fits, in all of its places, makes of a text."""
    if depth > DEEPEST:
        return None
    for pattern, template, kinds in rules:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        said = {name: _said(kinds[name], came, rules, depth) for name, came in match.groupdict().items()}
        if None not in said.values():
            return template.format(**said)
    return None


@cache
def _rules() -> Rules:
    from engine.report.japanese import JAPANESE

    return _compiled_all(JAPANESE)


@cache
def _error_rules() -> Rules:
    from engine.report.errors_japanese import ERRORS

    return _compiled_all(ERRORS)


def _compiled_all(table: Mapping[str, str]) -> Rules:
    rules = []
    for english, template in table.items():
        pattern, kinds = _compiled(english)
        rules.append((pattern, template, kinds))
    return rules


def _compiled(english: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """The pattern of an English template, and the kind of each of its places."""
    kinds: dict[str, str] = {}
    parts, end = [], 0
    for place in _PLACE.finditer(english):
        name, kind = place.group(1), place.group(2) or ""
        kinds[name] = kind
        parts += [re.escape(english[end : place.start()]), f"(?P<{name}>{_SHAPES[kind]})"]
        end = place.end()
    return re.compile("".join([*parts, re.escape(english[end:])])), kinds


def _said(kind: str, came: str, rules: Rules, depth: int) -> str | None:
    """What stands in a place, None where it is not of the place's kind."""
    says: dict[str, Callable[[str], str | None]] = {
        "say": lambda text: _matched(text, rules, depth + 1),
        "list": lambda text: _each(text, ", ", rules, depth),
        "parts": lambda text: _each(text, "; ", rules, depth),
        "words": lambda text: re.sub(", | or ", "、", text),
        "yen": lambda text: _number(text, _yen),
        "share": lambda text: _number(text, lambda share: f"{share * 100:.6g}%"),
        "days": _days,
    }
    return says[kind](came) if kind in says else came


def _each(text: str, between: str, rules: Rules, depth: int) -> str | None:
    phrases = [_matched(phrase, rules, depth + 1) for phrase in text.split(between)]
    return None if None in phrases else "、".join(filter(None, phrases))


def _number(text: str, said: Callable[[float], str]) -> str | None:
    """A number's words, None where the text only looks like one (``1.2.3``, ``inf``)."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return said(value) if math.isfinite(value) else None


def _yen(amount: float) -> str:
    whole = round(abs(amount))
    return ("-" if amount < 0 and whole else "") + ten_thousands(whole)


def _days(text: str) -> str:
    """The evidence of a finding: its units, and how many more there are."""
    text = re.sub(r" and (\d+) more$", r" ほか\1件", text)
    for english, told in ((" %)", "%)"), (" days)", "日)"), (" times)", "倍)"), (" sessions)", "営業日)")):
        text = text.replace(english, told)
    return text.replace(", ", "、")
