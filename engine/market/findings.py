"""What a check found: a named rule, how much it matters, and its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.market.series import Dates
from engine.messages import Message, untranslated

Severity = Literal["fatal", "warning", "note"]  # refused; in the banner; in the notes

SEVERITIES: tuple[Severity, ...] = ("fatal", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """``dates`` (ISO) and ``values`` are the evidence, in pairs where both are there."""

    rule: str
    symbol: str
    severity: Severity
    dates: tuple[str, ...]
    values: tuple[float, ...]
    message: Message

    @property
    def is_fatal(self) -> bool:
        """True if no run may use the series as it is."""
        return self.severity == "fatal"

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "message": self.message.plain()}


def finding(
    rule: str,
    symbol: str,
    severity: Severity,
    dates: Dates,
    text: str,
    values: Iterable[float] | NDArray[np.float64] = (),
    unit: str = "",
) -> Finding:
    """A finding whose message is ``symbol: text:`` and the first few dates with their values."""
    days = tuple(str(day) for day in dates)
    numbers = tuple(float(value) for value in values)
    shown = [f"{day} ({value:.4g}{unit})" for day, value in zip(days, numbers)] or list(days)
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    listed = f": {', '.join(shown[:4])}{more}" if shown else ""
    return Finding(rule, symbol, severity, days, numbers, untranslated(f"{symbol}: {text}{listed}"))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by their first day."""
    return sorted(findings, key=lambda item: (SEVERITIES.index(item.severity), item.dates[:1]))
