"""Why a text is no YAML, and on which line: the parser notices late, and names tokens that no person knows.

Its complaint is taken with the lines around it. Signs that look like YAML's own (a full-width colon, a tab, a
missing space) are looked for first: they explain what the parser says of the lines below them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.messages import Message, message

_KEY = r"[A-Za-z_ａ-ｚＡ-Ｚ][\w.-]*"
_LIST = r"(?:- +)?"
_QUOTES = message("put the text in quotes")
_TEXTS = ("description", "name", "title", "text", "note", "label", "en", "ja")  # keys whose value is prose

_HALF = str.maketrans(
    {"｛": "{", "｝": "}", "［": "[", "］": "]", "【": "[", "】": "]", "：": ": ", "，": ", ", "、": ", "}
)

UNCLOSED_QUOTE = message("a text in quotes that does not end")
NO_COLON = message("a key without a colon after it")
NO_SPACE = message("no space after a colon")
INDENTATION = message("the indentation does not fit the lines above")


@dataclass(frozen=True)
class Slip:
    """What is wrong at a ``line`` and ``column``, both from 1; ``hint``: what to do about it."""

    line: int
    column: int
    why: Message
    hint: Message | None = None


def diagnosed(text: str, problem: str, mark: Any, context: Any) -> Slip | None:
    """The slip behind the parser's ``problem``: ``mark`` is where it stopped, ``context`` where that began."""
    lines = text.removeprefix("\ufeff").split("\n")  # a byte order mark is no column of the parser's
    at = mark.line if mark is not None else len(lines) - 1
    began = context.line if context is not None else at
    looked = _Lines(lines, at)
    slip = looked.odd_sign(began)
    if slip is not None:
        return slip
    for pattern, explain in _EXPLAINED:
        if re.match(pattern, problem):
            return explain(looked, problem, at, began, mark, context)
    return None


def _written(text: str) -> Message | None:
    """The suggestion to write ``text``; none for a long one, which is a person's prose."""
    text = " ".join(text.split())
    return message("write {text}", text=text) if len(text) <= 60 and text.count(" ") <= 4 else None


@dataclass(frozen=True)
class _Lines:
    """The lines of a text up to where the parser stopped."""

    all: Sequence[str]
    at: int

    def upto(self, last: int) -> Iterator[int]:
        """The numbers (from 0) of the lines that say something and stand in no block of prose."""
        prose = -1
        for number, line in enumerate(self.all[: last + 1]):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if prose >= 0 and indent(line) > prose:
                continue
            prose = indent(line) if re.search(r":\s+[|>][+-]?\d?\s*(#.*)?$", line) else -1
            yield number

    def before(self, number: int) -> int | None:
        """The line before that says something."""
        return max(self.upto(number - 1), default=None) if number else None

    def odd_sign(self, began: int) -> Slip | None:
        """The first of the lines that the parser has taken together, and of such lines above, with an odd sign."""
        before, found = self.before(self.at), None
        first = min(began, self.at if before is None else before)
        for number in reversed(list(self.upto(self.at))):
            slip = next(filter(None, (look(self.all[number]) for look in _LOOKS)), None)
            if slip is None and number < first:
                break
            found = found if slip is None else replace(slip, line=number + 1)
        return found


def indent(line: str) -> int:
    """The columns of white space that a line begins with."""
    return len(line) - len(line.lstrip())


# --- signs that look like YAML's own ----------------------------------------------------------------------


def _wide_indent(line: str) -> Slip | None:
    found = re.match(r"[ \t]*([\u3000\u00a0])", line)
    why, hint = (
        message("a full-width space before a key or a value"),
        message("indent with spaces of half width"),
    )
    return Slip(0, found.start(1) + 1, why, hint) if found else None


def _wide_colon(line: str) -> Slip | None:
    found = re.match(rf"(\s*{_LIST}(?:[{{｛]\s*)?)({_KEY})(\s*：\s*|:\u3000\s*)(.*)$", line)
    found = found or re.match(rf"(.*[{{,]\s*)({_KEY})(\s*：\s*)(.*)$", line)
    if found is None or re.search(r"[\"']", found[1]):
        return None
    why = message("a full-width colon" if "：" in found[3] else "a full-width space after a colon")
    value = re.split(r"[,}]", found[4])[0] if found[1].rstrip().endswith(("{", ",")) else found[4]
    written = f"{found[2]}: {value}".strip()
    return Slip(0, found.start(3) + 1, why, _written(written))


def _wide_sign(line: str) -> Slip | None:
    found = re.match(rf"(\s*{_LIST}(?:{_KEY}:\s+)?)([｛｝［］【])(.*)$", line)
    if found is not None:
        half = (found[2] + found[3]).translate(_HALF).strip()
        why = message("a full-width bracket {sign}", sign=found[2])
        return Slip(0, found.start(2) + 1, why, _written(half))
    found = re.match(r"(\s*)([・•－‐–—−ー]) *(\S.*)$", line)
    if found is not None:
        why = message("a list item that begins with {sign}", sign=found[2])
        return Slip(0, found.start(2) + 1, why, _written(f"- {found[3].strip()}"))
    return None


def _tight_colon(line: str) -> Slip | None:
    found = re.match(rf"\s*{_LIST}({_KEY}):([^\s:/].*)$", line)
    if found is None or ": " in found[2]:
        return None
    written = f"{found[1]}: {found[2].strip()}"
    return Slip(0, found.start(2) + 1, NO_SPACE, _written(written))


def _tight_dash(line: str) -> Slip | None:
    found = re.match(rf"\s*-({_KEY}.*)$", line)
    if found is None:
        return None
    why = message("no space after a -")
    return Slip(0, found.start(1) + 1, why, _written(f"- {found[1].strip()}"))


# --- what the parser says ---------------------------------------------------------------------------------

Explain = Callable[[_Lines, str, int, int, Any, Any], Slip | None]


def _at(mark: Any, why: Message, hint: Message | None = None) -> Slip:
    return Slip(mark.line + 1, mark.column + 1, why, hint)


def _not_closed(lines: _Lines, problem: str, at: int, began: int, mark: Any, context: Any) -> Slip | None:
    """``expected ',' or '}'``: the bracket is open, or a comma is missing inside it."""
    opening = lines.all[began][context.column]
    closing = {"{": "}", "[": "]"}[opening]
    why = message(
        "keys whose brace is not closed" if opening == "{" else "a list whose bracket is not closed"
    )
    got = re.search(r"but got '(.)'", problem)
    if got and got[1] in "]}":
        return _at(mark, why, _written(closing))
    is_over = at > began and indent(lines.all[at]) <= indent(lines.all[began])
    if is_over or "stream end" in problem or "document" in problem:
        end = message("put {sign} at its end", sign=closing)
        return Slip(began + 1, context.column + 1, why, end)
    inside = lines.all[at][context.column if at == began else 0 :]
    wide = re.search("[、，]", inside)
    what = message("no comma between two values")
    hint = message("a comma of half width instead of {sign}", sign=wide[0]) if wide else None
    return Slip(at + 1, mark.column + 1, what, hint)


def _open_quote(lines: _Lines, problem: str, at: int, began: int, mark: Any, context: Any) -> Slip | None:
    return _at(_first_open(lines, context), UNCLOSED_QUOTE, message("close it on its line"))


@dataclass(frozen=True)
class _Mark:
    line: int
    column: int


def _first_open(lines: _Lines, context: Any) -> Any:
    """Where the quote stands that is not closed: the first line with one, else where the parser began one."""
    for number in lines.upto(context.line):
        found = _opened(lines.all[number])
        if found is not None:
            return _Mark(number, found)
    return context


def _opened(line: str) -> int | None:
    """The column of a quote that opens a value on this line and is not closed on it."""
    at, before = 0, ":"
    while at < len(line):
        char = line[at]
        if char == "#" and (at == 0 or line[at - 1].isspace()):
            return None
        if char in "\"'" and before in ":,[{-":
            end = _end_of_quote(line, at)
            if end is None:
                return at
            at, before = end, char
        elif not char.isspace():
            before = char
        at += 1
    return None


def _end_of_quote(line: str, at: int) -> int | None:
    quote, end = line[at], at + 1
    while end < len(line):
        if quote == '"' and line[end] == "\\":
            end += 1
        elif line[end] == quote:
            if quote == '"' or line[end + 1 : end + 2] != "'":
                return end
            end += 1
        end += 1
    return None


def _no_colon(lines: _Lines, problem: str, at: int, began: int, mark: Any, context: Any) -> Slip | None:
    """``could not find expected ':'``: a line that is neither a key nor a list item."""
    line, before = lines.all[began], lines.before(began)
    if (
        before is not None
        and re.match(r"\s*- ", lines.all[before])
        and indent(line) == indent(lines.all[before])
    ):
        why = message("a list item without its -")
        return _at(context, why, _written(f"- {line.strip()}"))
    return _at(context, NO_COLON, _with_colon(line))


def _with_colon(line: str) -> Message | None:
    """``key value`` or ``key=value`` as it should be written; ``key`` alone."""
    found = re.fullmatch(rf"({_KEY})(?:\s*=\s*|\s+)?(.*)", line.split(" #")[0].strip())
    return _written(f"{found[1]}: {found[2]}") if found else None


def _stray_colon(lines: _Lines, problem: str, at: int, began: int, mark: Any, context: Any) -> Slip | None:
    """``mapping values are not allowed here``: in a value of this line, or because of the line before."""
    line = lines.all[at]
    first = re.match(rf"\s*{_LIST}({_KEY}|\"[^\"]*\"|'[^']*')\s*:\s+(.*)$", line[: mark.column + 1] + " ")
    if first is not None and mark.column > line.index(":"):
        value = line[line.index(":") + 1 :].split(" #")[0].strip()
        opening = {"}": "{", "]": "["}.get(value[-1:])
        if opening and opening not in value:
            why = message("a closing {sign} that nothing opens", sign=value[-1])
            return _at(mark, why, _written(f"{opening}{value}"))
        why = message("a colon inside a value")
        if first[1] in _TEXTS or not re.match(rf"{_KEY}: ", value):
            return _at(mark, why, _written(f'"{value}"') or _QUOTES)
        return _at(mark, why, _written(f"{{{value}}}"))
    before = lines.before(at)
    if before is None:
        return None
    above = lines.all[before]
    if not re.search(r":(\s|$)", above.split(" #")[0]):
        return Slip(before + 1, indent(above) + 1, NO_COLON, _with_colon(above))
    if indent(line) > indent(above):
        return Slip(at + 1, indent(line) + 1, INDENTATION, _spaces(above, before))
    return None


def _no_block_end(lines: _Lines, problem: str, at: int, began: int, mark: Any, context: Any) -> Slip | None:
    """``expected <block end>``: what follows does not belong to the block."""
    line = lines.all[at]
    if re.search("found '[}\\]]'", problem):
        why = message("a closing {sign} that nothing opens", sign=line[mark.column])
        return _at(mark, why, message("take {sign} away", sign=line[mark.column]))
    if "<scalar>" in problem:
        opened = next(((n, c) for n in lines.upto(at) if (c := _opened(lines.all[n])) is not None), None)
        if opened is not None:
            return Slip(opened[0] + 1, opened[1] + 1, UNCLOSED_QUOTE, message("close it on its line"))
        return _at(mark, message("words behind a text in quotes"), message("put the whole text in quotes"))
    if "'-'" in problem:
        return _at(mark, message("a - where no list can be"))
    if "block mapping start" in problem:
        return _at(mark, INDENTATION, _nearest_level(lines, at))
    return None


def _nearest_level(lines: _Lines, at: int) -> Message | None:
    """The indentation that was meant: the nearest one of the blocks that are open, unless two are as near."""
    levels: dict[int, int] = {}
    for number in lines.upto(at - 1):
        own = indent(lines.all[number])
        levels = {level: n for level, n in levels.items() if level < own} | {own: number}
    own = indent(lines.all[at])
    near = sorted(levels, key=lambda level: abs(level - own))
    if len(near) > 1 and abs(near[0] - own) == abs(near[1] - own):
        return None
    return _spaces(lines.all[levels[near[0]]], levels[near[0]]) if near else None


def _spaces(line: str, number: int) -> Message:
    return message("{n} spaces before it, as on line {line}", n=indent(line), line=str(number + 1))


_LOOKS = (_wide_indent, _wide_colon, _wide_sign, _tight_colon, _tight_dash)
_EXPLAINED: Sequence[tuple[str, Explain]] = (
    (r"expected ',' or '[\]}]'", _not_closed),
    (r"found unexpected (end of stream|document sep)", _open_quote),
    (r"could not find expected ':'", _no_colon),
    (r"mapping values|found unexpected ':'", _stray_colon),
    (r"expected <block end>", _no_block_end),
)
