"""For the site (mkdocs.yml): links of a document that lead out of docs/ are names there, not links to nowhere."""

from __future__ import annotations

import re
from typing import Any

OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A page's text as the site has it."""
    return OUTSIDE.sub(r"\1", markdown)
