"""What an audit says: one thing compared, and all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import CheckFailed
from engine.locale import ENGLISH
from engine.messages import Message, message, word

Floats = NDArray[np.float64]
LIMIT = 1e-9  # the largest relative difference that is rounding


@dataclass(frozen=True)
class Check:
    """One thing compared with ``by``: ``difference`` is the largest found, ``where`` the session it was at.

    ``what`` names what was compared (the catalogues' words ``audited_...``), or a metric; ``of`` is the asset or
    account it is about; ``core``: it is about the same money in the core alone.
    """

    what: str
    by: str
    difference: float
    where: str = ""
    of: str = ""
    limit: float = LIMIT
    core: bool = False

    @property
    def label(self) -> Message:
        """What was compared; a metric by its label."""
        key = f"audited_{self.what}"
        what = word(key, of=self.of) if ENGLISH.has(key) else word(self.what)
        return message("core alone: {what}", what=what) if self.core else what

    @property
    def holds(self) -> bool:
        """Whether the difference is within the limit; NaN is not."""
        return self.difference <= self.limit


def worst(
    what: str,
    by: str,
    gap: Sequence[float] | Floats,
    where: Iterable[Any],
    of: str = "",
    limit: float = LIMIT,
) -> Check:
    """The largest of (n,) differences, n > 0, and where it is."""
    n = int(np.argmax(gap))
    return Check(what, by, float(gap[n]), str([*where][n]), of, limit)


def apart(ours: float, theirs: float) -> float:
    """How far two numbers are apart, relative above one; two that do not exist are the same."""
    if math.isnan(ours) or math.isnan(theirs):
        return 0.0 if math.isnan(ours) and math.isnan(theirs) else math.inf
    return abs(ours - theirs) / max(1.0, abs(theirs))


@dataclass(frozen=True, repr=False)
class Audit:
    """What an audit of one result found.

    ``notes``     what was not compared, or differs on purpose, and why
    ``per_year``  sessions of a year, by which figures of risk are annualised
    """

    name: str
    checks: tuple[Check, ...]
    notes: tuple[Message, ...]
    per_year: int

    def __repr__(self) -> str:
        """The verdict: a notebook shows this, and there are a hundred checks."""
        broken = ", ".join(check.what for check in self.checks if not check.holds)
        verdict = f"does not hold: {broken}" if broken else "holds"
        return f"<Audit {self.name}: {verdict}; {len(self.checks)} checks, largest difference {self.largest:.1e}>"

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    @property
    def largest(self) -> float:
        """The largest relative difference between what was replayed and what was recorded."""
        found = [check.difference for check in self.checks if check.limit == LIMIT]
        return max((math.inf if math.isnan(one) else one for one in found), default=math.inf)

    def require(self) -> None:
        """Raise CheckFailed naming the first check that does not hold."""
        broken = next((check for check in self.checks if not check.holds), None)
        if broken is not None:
            raise CheckFailed(
                message(
                    "{name}: {what}: {by} differs by {difference} ({where}), allowed: {limit}"
                    if broken.where
                    else "{name}: {what}: {by} differs by {difference}, allowed: {limit}",
                    name=self.name,
                    what=broken.label,
                    by=broken.by,
                    difference=f"{broken.difference:.3g}",
                    where=broken.where,
                    limit=f"{broken.limit:g}",
                )
            )
