"""What the YAML parser finds, in our words: its own are of tokens that no person knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.config.diagnosis import INDENTATION, NO_COLON, UNCLOSED_QUOTE, diagnosed
from engine.config.wording import refused
from engine.errors import ConfigError
from engine.messages import Message, message

Known = tuple[str, Message, Message | None]  # how the parser's problem begins, what it means, what to do

_QUOTES = message("put the text in quotes")
_SIGN = message("a text that begins with a sign which YAML keeps for itself")

KNOWN: Sequence[Known] = (
    (r"expected <block end>", INDENTATION, None),
    (r"found character '\\t'", message("a tab before a key or a value"),
     message("indent with spaces, not tabs")),
    (r"found character|expected alphabetic or numeric", _SIGN, _QUOTES),
    (r"found unexpected ':'|mapping values", message("a colon where no key can be"), _QUOTES),
    (r"sequence entries", message("a - where no list can be"),
     message("a list begins on the line below, or is written [a, b]")),
    (r"could not find expected ':'", NO_COLON, None),
    (r"expected ',' or '\]'", message("a list whose bracket is not closed"), None),
    (r"expected ',' or '}'", message("keys whose brace is not closed"), None),
    (r"expected the node content", message("a value is missing"), None),
    (r"found unexpected (end of stream|document sep)", UNCLOSED_QUOTE, None),
    (r"found unknown escape|expected escape sequence", message("an escape that stands for no character"),
     message("in double quotes write \\\\ for \\")),
)  # fmt: skip


def not_yaml(problem: str, place: str) -> ConfigError:
    """The error of the parser's ``problem``; of a rare one, the place alone."""
    for pattern, why, hint in KNOWN:
        if re.match(pattern, problem):
            return refused(message("not YAML: {why}", why=why), place=place, hint=hint)
    return refused(message("not YAML"), place=place)


def not_parsed(text: str, error: Any, name: str, origin: str | None) -> ConfigError:
    """The error of what the parser refuses of ``text``: on the line of its cause, where that can be told."""
    slip = diagnosed(text, error.problem or "", error.problem_mark, error.context_mark)
    if slip is not None:
        why = message("not YAML: {why}", why=slip.why)
        return refused(why, place=origin or f"{name}:{slip.line}:{slip.column}", hint=slip.hint)
    mark = error.problem_mark or error.context_mark
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name
    return not_yaml(error.problem or "", origin or place)
