"""Texts of a terminal whose lines break as :mod:`engine.wrapping` says, not only at spaces."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from engine.wrapping import breaks, longest

if TYPE_CHECKING:
    from rich.text import Text


def prose(text: str = "", style: str = "") -> Text:
    """A text in a style; more may be appended to it."""
    made: Text = _kind()(text, style)
    return made


@cache
def _kind() -> type[Any]:
    from rich.containers import Lines
    from rich.measure import Measurement
    from rich.text import Text

    class Prose(Text):
        def wrap(self, console: Any, width: int, **how: Any) -> Lines:
            """The lines of at most ``width`` columns."""
            lines = Lines()
            for line in self.split(allow_blank=True):
                lines.extend([line] if how.get("no_wrap") else line.divide(breaks(line.plain, width)))
            for line in lines:
                line.rstrip()
            if justify := how.get("justify"):
                lines.justify(console, width, justify=justify, overflow=how.get("overflow") or "fold")
            return lines

        def __rich_measure__(self, console: Any, options: Any) -> Measurement:
            lines = self.plain.splitlines() or [""]
            whole = max(line.cell_len for line in self.split(allow_blank=True)) if self.plain else 0
            return Measurement(max(map(longest, lines)), whole)

    return Prose
