"""What sentences on a windows study share: names and counts of its horizon, and how figures are said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from engine.messages import Arg, Message, Month, Percent, Text, message
from engine.studies.depletion import RanOut
from engine.studies.grid.axes import years_said
from engine.studies.grid.results import WindowsResult

PRINCIPAL = "value_to_contributed"  # decides whether a window ended below the money paid in
NOTHING = Text("")


class HorizonTold:
    """The figures of the horizon that a study's answer is taken from, as what is said of them."""

    def __init__(self, result: WindowsResult) -> None:
        self.result: WindowsResult = result
        self.h: int = result.told_horizon
        self.horizon: Message = years_said(result.horizons[self.h])
        self.windows: int = int(result.summary.windows[0, self.h])
        self.independent: int = int(result.summary.columns["independent"][0, self.h])
        dry = result.summary.ran_out
        self.ran_out: Sequence[RanOut] = [*dry[:, self.h]] if dry.size and self._is_any_due() else []

    def _is_any_due(self) -> bool:
        """Whether any window takes money out: a plan's withdrawals may begin after its end."""
        due = [self.result.outcome[name][:, self.h] for name in ("withdrawn", "unpaid")]
        return bool(np.nansum(due) > 0.0)

    def name(self, strategy: int) -> Arg:
        """A strategy inside a sentence."""
        return message("'{name}'", name=self.result.plan.points.axes[0].text(strategy))

    def month(self, at: int) -> Month:
        """A start of the grid."""
        return Month(date.fromisoformat(f"{self.result.starts[at]}-01"))

    def too_few(self) -> Message:
        """That windows which do not overlap are too few to tell anything."""
        if self.windows == 1:
            return message(
                "This is a single window of {horizon}: too few to tell more.", horizon=self.horizon
            )
        if self.independent < 2:
            return message(
                "All {n} windows of {horizon} overlap, so that they are as good as one: too few to tell more.",
                n=self.windows,
                horizon=self.horizon,
            )
        return message(
            "Only {k} windows of {horizon} do not overlap: too few to tell more.",
            k=self.independent,
            horizon=self.horizon,
        )


def percent_of(share: float) -> Percent:
    """In whole percent; with a digit where that would say none or all of what is neither."""
    return Percent(share, 1 if 0.0 < share < 0.005 or 0.995 <= share < 1.0 else 0)


def gap(value: float, *, sign: bool = True) -> Percent:
    """A difference of final values, of small ones two digits."""
    return Percent(value, 1 if abs(value) >= 0.01 else 2, sign=sign)
