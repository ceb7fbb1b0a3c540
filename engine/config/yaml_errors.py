"""What the YAML parser finds, in our words: its own are of tokens that no person knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.config.wording import refused
from engine.errors import ConfigError
from engine.messages import Message, message

Known = tuple[str, Message, Message | None]  # how the parser's problem begins, what it means, what to do

_UNCLOSED = message("a text in quotes that does not end")
_QUOTES = message("put the text in quotes")

KNOWN: Sequence[Known] = (
    (r"expected <block end>", message("the indentation does not fit the lines above"), None),
    (r"found character '\\t'", message("a tab before a key or a value"),
     message("indent with spaces, not tabs")),
    (r"found character", message("a text that begins with a sign which YAML keeps for itself"), _QUOTES),
    (r"found unexpected ':'|mapping values", message("a colon where no key can be"), _QUOTES),
    (r"sequence entries", message("a - where no list can be"), None),
    (r"could not find expected ':'", message("a key without a colon after it"), None),
    (r"expected ',' or '\]'", message("a list whose bracket is not closed"), None),
    (r"expected ',' or '}'", message("keys whose brace is not closed"), None),
    (r"expected the node content", message("a value is missing"), None),
    (r"found unexpected (end of stream|document sep)", _UNCLOSED, None),
    (r"found unknown escape|expected escape sequence", message("an escape that stands for no character"),
     message("in double quotes write \\\\ for \\")),
)  # fmt: skip


def not_yaml(problem: str, place: str) -> ConfigError:
    """The error of the parser's ``problem``; of a rare one, the place alone."""
    for pattern, why, hint in KNOWN:
        if re.match(pattern, problem):
            return refused(message("not YAML: {why}", why=why), place=place, hint=hint)
    return refused(message("not YAML"), place=place)
