"""The NISA frames of a configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.rules import tables
from engine.rules.tables import FrameRow

if TYPE_CHECKING:
    from engine.config import Config


def frame_rows(config: Config) -> tuple[FrameRow, ...]:
    """The frames of a configuration in filling order: those of its rules, before them old ones that are held.

    An old frame that the rules do not have is closed: nothing is bought in it any more, its terms go on.
    """
    rows = tables.frames()[config.account_rules.rules]
    held = set() if config.holdings is None else {item.frame for item in config.holdings.positions}
    old = held - {row.frame for row in rows}
    closed = [
        replace(row, annual_limit=0.0)
        for others in tables.frames().values()
        for row in others
        if row.frame in old
    ]
    return (*closed, *rows)
