"""The last whole step at which no more than so many simulations fail, with as few of them as will tell.

One simulation that fails at an amount fails at a larger one too, and one that lasts lasts at a smaller one. Whole
shares and taxes by the yen may break that by a hair: a simulation is taken for known only where it failed, or
lasted, at least ``MARGIN`` away, and is otherwise simulated at the very amount that is asked.

The work: the bounds of all simulations are kept, so that N futures are simulated once at an amount above all that
are looked for, and from then on only those whose own limit is near. Each step of the bisection halves them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from engine.market.series import Floats, Ints, Mask

MARGIN = 0.02
FIRST_STEP = 16  # of what a search begins with: a sixteenth


class Cases(Protocol):
    """Simulations of one plan in which one number varies.

    ``count`` N of them, each over ``horizons`` H periods of its own
    """

    @property
    def count(self) -> int:
        """N."""

    @property
    def horizons(self) -> int:
        """H."""

    def failing(self, numbers: Ints, value: float) -> Mask:
        """(n, H) whether money runs out in each of ``numbers`` (n,), within each horizon, at a value."""


@dataclass
class Bounds:
    """What is known of the cases so far.

    ``rising``  more of the value makes more of them fail (an amount); else fewer (a pot, years of saving)
    ``margin``  how far away, as a fraction, an outcome must be to be taken for known
    ``lasted``  (H, N) the hardest value at which a case lasted, ``failed`` the mildest at which it failed, both as
                strains: the value, or 1 over it
    """

    cases: Cases
    rising: bool = True
    margin: float = MARGIN
    lasted: Floats = field(init=False)
    failed: Floats = field(init=False)
    simulated: dict[float, tuple[Mask, Mask]] = field(default_factory=dict)
    work: int = 0

    def __post_init__(self) -> None:
        self.lasted = np.zeros((self.cases.horizons, self.cases.count))
        self.failed = np.full((self.cases.horizons, self.cases.count), np.inf)

    def failing(self, value: float, horizon: int) -> Mask:
        """(N,) which cases fail within a horizon."""
        strain = value if self.rising else 1.0 / value
        fails = self.failed[horizon] <= strain * (1.0 - self.margin)
        near = ~fails & (self.lasted[horizon] < strain * (1.0 + self.margin))
        shape = (self.cases.count, self.cases.horizons)
        is_known, outcome = self.simulated.setdefault(
            value, (np.zeros(shape[0], bool), np.zeros(shape, bool))
        )
        missing = np.flatnonzero(near & ~is_known)
        if missing.size:
            found = self.cases.failing(missing, value)
            self.work += missing.size
            is_known[missing], outcome[missing] = True, found
            for h in range(shape[1]):
                ok, bad = missing[~found[:, h]], missing[found[:, h]]
                self.lasted[h, ok] = np.maximum(self.lasted[h, ok], strain)
                self.failed[h, bad] = np.minimum(self.failed[h, bad], strain)
        return np.where(is_known, outcome[:, horizon], fails)

    def count(self, value: float, horizon: int) -> int:
        """How many fail."""
        return int(self.failing(value, horizon).sum())


def edge(ok: Callable[[int], bool], guess: int, most: int, *, rising: bool = True) -> int | None:
    """The last whole number at which something is well: the largest, or where not ``rising`` the smallest.

    ``ok`` holds on one side of an edge in 1 .. ``most`` and nowhere on the other; 0 is well if ``rising``, else it
    is not. None where no number up to ``most`` is well.
    """
    sign = 1 if rising else -1
    at = min(max(guess, 1), most)
    step = max(1, at // FIRST_STEP)
    good: int | None = 0 if rising else None
    bad: int | None = None if rising else 0
    toward = sign if ok(at) else -sign
    while True:
        if toward == sign:
            good = at
        else:
            bad = at
        at, step = at + toward * step, 2 * step
        if at <= 0:
            break
        if at >= most:
            at = most
        if ok(at) != (toward == sign):
            good, bad = (at, bad) if toward != sign else (good, at)
            break
        if at == most:
            return most if rising else None
    if good is None or bad is None:
        return good
    while abs(bad - good) > 1:
        middle = (good + bad) // 2
        if ok(middle):
            good = middle
        else:
            bad = middle
    return good
