"""What a manifest or a result says, as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.messages import Message, from_plain


def texts(lines: Iterable[Message | Mapping[str, Any] | str]) -> list[str]:
    """English texts of messages, or of what a manifest keeps of them."""
    return [str(from_plain(line) or line) for line in lines]
