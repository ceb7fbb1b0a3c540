"""What an audit says: one thing compared, and all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import CheckFailed

LIMIT = 1e-9  # the largest relative difference that is rounding
WHAT = {
    "orders": "every order is filled as recorded",
    "equity": "equity, session by session",
    "cash": "cash, session by session",
    "asset": "value of {of}, session by session",
    "account": "value in {of}, session by session",
    "index": "time-weighted index, session by session",
    "price": "{of} is traded and valued at one price",
    "cost": "cost of each trade",
    "yen_cost": "cost of each trade, to the yen's rounding",
    "interest": "interest on cash",
    "quota_used": "NISA quota used",
    "quota_given_back": "NISA book given back",
    "quota_rows": "years and frames with a NISA quota",
    "quota_limit": "NISA annual limits",
    "quota_lifetime_left": "what the lifetime limits leave",
    "quota_lapsed": "NISA quota that lapsed",
    "cash_after": "cash after each movement",
    "running": "{of}, session by session",
    "flow": "money that came and went, session by session",
    "settlement": "settlement dates",
    "years": "{of} of each year",
    "annual_limit": "no annual limit exceeded",
    "lifetime_limit": "no lifetime limit exceeded",
}


@dataclass(frozen=True)
class Check:
    """One thing compared with ``by``: ``difference`` is the largest found, ``where`` the session it was at.

    ``what`` is a word of WHAT, or the name of a metric; ``of`` the asset or account it is about; ``core``: it is
    about the same money in the core alone.
    """

    what: str
    by: str
    difference: float
    where: str = ""
    of: str = ""
    limit: float = LIMIT
    core: bool = False

    @property
    def holds(self) -> bool:
        """Whether the difference is within the limit; NaN is not."""
        return self.difference <= self.limit


@dataclass(frozen=True)
class Audit:
    """What an audit of one result found. ``notes``: what was not compared, or differs on purpose, and why."""

    name: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

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
                f"{self.name}: {describe(broken)}: {broken.by} differs by {broken.difference:.3g}"
                + (f" ({broken.where})" if broken.where else "")
                + f", allowed: {broken.limit:g}"
            )


def describe(check: Check) -> str:
    """What a check is about, in words."""
    what = WHAT.get(check.what, check.what).format(of=check.of)
    return f"core alone: {what}" if check.core else what
