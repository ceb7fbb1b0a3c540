"""What a check found: a named rule, how much it matters, and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.market.series import Dates, Floats
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


def finding(
    rule: str,
    symbol: str,
    severity: Severity,
    what: Message,
    dates: Dates,
    values: Iterable[float] = (),
    unit: Callable[[float], Arg] | None = None,
) -> Finding:
    """A finding that says ``what`` and the first few dates with their values, each said by its ``unit``."""
    numbers = tuple(float(value) for value in values)
    said = list(dates[:SHOWN])
    pairs = zip(said, map(unit or figure, numbers))
    shown = [message("{day} ({value})", day=day, value=value) for day, value in pairs] or said
    if shown:
        evidence: Arg = listed(shown)
        if len(dates) > SHOWN:
            evidence = message("{shown} and {n} more", shown=evidence, n=len(dates) - SHOWN)
        what = message("{what}: {evidence}", what=what, evidence=evidence)
    return Finding(rule, symbol, severity, what, tuple(map(str, dates)), numbers)


def where(
    rule: str,
    symbol: str,
    severity: Severity,
    what: Message,
    dates: Dates,
    mask: NDArray[np.bool_],
    values: Floats | None = None,
    unit: Callable[[float], Arg] | None = None,
) -> Iterator[Finding]:
    """The finding of the ``dates`` (n,) that ``mask`` (n,) marks, with their ``values`` (n,); none without any."""
    if mask.any():
        yield finding(rule, symbol, severity, what, dates[mask], () if values is None else values[mask], unit)


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
