"""What a check found: a named rule, how much it matters, and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from engine.market.series import Dates, Floats, Mask
from engine.messages import Arg, Message, Number, Percent, Text, listed, message

Severity = Literal["fatal", "warning", "note"]  # refused; in the banner; in the notes

SEVERITIES: tuple[Severity, ...] = ("fatal", "warning", "note")
SHOWN = 4  # days of the evidence that are said


@dataclass(frozen=True)
class Finding:
    """``dates`` (ISO) and ``values`` are the evidence, in pairs where both are there; ``what`` says both."""

    rule: str
    symbol: str
    severity: Severity
    what: Message
    dates: tuple[str, ...] = ()
    values: tuple[float, ...] = ()

    @property
    def message(self) -> Message:
        """What was found, behind the symbol: for who sees the finding alone."""
        return message("{symbol}: {what}", symbol=self.symbol, what=self.what)

    @property
    def is_fatal(self) -> bool:
        """True if no run may use the series as it is."""
        return self.severity == "fatal"

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        fields = {name: value for name, value in vars(self).items() if name != "what"}
        return {**fields, "message": self.message.plain()}


def where(
    rule: str,
    symbol: str,
    severity: Severity,
    what: Message,
    dates: Dates,
    mask: Mask | None = None,
    values: Floats | None = None,
    unit: Callable[[float], Arg] | None = None,
) -> Iterator[Finding]:
    """What a rule finds on the ``dates`` (n,) that ``mask`` (n,) marks (None: all), if it marks any.

    ``what`` is said with the first few of them and their ``values`` (n,), each by its ``unit``.
    """
    mask = np.ones(dates.size, dtype=bool) if mask is None else mask
    if not mask.any():
        return
    days = dates[mask]
    numbers = () if values is None else tuple(map(float, values[mask]))
    pairs = zip(days[:SHOWN], map(unit or figure, numbers))
    shown = [message("{day} ({value})", day=day, value=value) for day, value in pairs]
    evidence: Arg = listed(shown or days[:SHOWN])
    if days.size > SHOWN:
        evidence = message("{shown} and {n} more", shown=evidence, n=days.size - SHOWN)
    what = message("{what}: {evidence}", what=what, evidence=evidence)
    yield Finding(rule, symbol, severity, what, tuple(map(str, days)), numbers)


def figure(value: float, digits: int = 4) -> Number | Text:
    """A value with so many digits in all; ``inf``, ``nan`` and what a plain number would not show as they are."""
    text = f"{value:.{digits}g}"
    return Number(float(text)) if value == 0 or 1e-9 < abs(value) < 1e15 else Text(text)


def percent(value: float) -> Percent | Text:
    """A value that is in percent already."""
    text = f"{value:.4g}"
    return Percent(float(text) / 100) if abs(value) < 1e15 else Text(f"{text}%")


def times(value: float) -> Message:
    """A ratio."""
    return message("{ratio} times", ratio=figure(value))


def in_days(value: float) -> Message:
    """A number of days."""
    return message("{n} day", plural="{n} days", n=value)


def in_sessions(value: float) -> Message:
    """A number of sessions."""
    return message("{n} session", plural="{n} sessions", n=value)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by their first day."""
    return sorted(findings, key=lambda item: (SEVERITIES.index(item.severity), item.dates[:1]))
