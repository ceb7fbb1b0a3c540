"""The source's docstrings are written for ``help()``; on the site's API page they are Markdown.

Two things differ. A reference such as ``:class:`View``` is the name alone. And lines that begin with what they
explain are a list::

    ``years``   how long the money must last
    ``amount``  look for the pot that pays it instead
"""

from __future__ import annotations

import re

ROLE = re.compile(r":(?:class|func|mod):(`[^`]+`)")
MEANING = re.compile(r"^((?:``[^`]+``(?: \([^)]*\))?(?:, )?)+) {2,}(?=\S)", re.MULTILINE)
CONTINUED = re.compile(r"\n {2,}(?=\S)")


def as_markdown(text: str) -> str:
    """A docstring as the page has it."""
    return "\n\n".join(_listed(part) for part in ROLE.sub(r"\1", text).split("\n\n"))


def _listed(paragraph: str) -> str:
    """A paragraph of meanings as a list; any other one as it is."""
    if not MEANING.match(paragraph):
        return paragraph
    return MEANING.sub(r"- \1: ", CONTINUED.sub(" ", paragraph))
