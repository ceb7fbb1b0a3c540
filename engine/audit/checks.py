"""What an audit says: one thing compared, and all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import CheckFailed
from engine.locale import ENGLISH
from engine.messages import Message, message, word

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


@dataclass(frozen=True)
class Audit:
    """What an audit of one result found. ``notes``: what was not compared, or differs on purpose, and why."""

    name: str
    checks: tuple[Check, ...]
    notes: tuple[Message, ...]

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    @property
    def largest(self) -> float:
        """The largest relative difference between the replayed and the recorded life."""
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
