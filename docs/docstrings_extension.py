"""Hands every docstring to the site as Markdown: griffe, which reads them, calls it for each (mkdocs.yml)."""

from __future__ import annotations

from typing import Any

from griffe import Extension

from docs.docstrings import as_markdown


class Docstrings(Extension):
    """Docstrings as Markdown."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        """A module, class, function or value that was read."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
