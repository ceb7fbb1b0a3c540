"""What a windows study says first: how often a strategy left more than the first, by how much, and how sure."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.messages import Arg, Message, Money, Month, Number, Times, listed, message, word
from engine.report.answer import Answer
from engine.report.study_tables import survival_message
from engine.report.survival import named
from engine.report.windows_compared import Compared
from engine.report.windows_horizon import NOTHING, PRINCIPAL, HorizonTold, percent_of
from engine.studies.depletion import RanOut, wilson
from engine.studies.grid.results import WindowsResult


def windows_answer(result: WindowsResult) -> Answer:
    """The answer on ``result.told_horizon``; money that ran out before everything.

    Where the strategies move different amounts of money it compares rates and not final values.
    """
    takes_out = bool(result.summary.ran_out.size)
    first = Dry(result).answer() if takes_out else Answer(())
    if takes_out and all(item.share == 1.0 for item in result.summary.ran_out[:, result.told_horizon]):
        return first
    rest = Compared(result).answer() if result.pairs else Alone(result).answer()
    sureness = dict.fromkeys((*first.sureness, *rest.sureness))  # that windows are too few is said once
    return Answer((*first.answer, *rest.answer), tuple(sureness))


class Dry(HorizonTold):
    """Money that ran out."""

    def answer(self) -> Answer:
        """In which share of windows, when, and what share may be expected; nothing of that where none is due."""
        if not self.ran_out:
            return Answer(
                (
                    message(
                        "No withdrawal is due within {horizon} of any start, so that these windows do not say how "
                        "long the money lasts.",
                        horizon=self.horizon,
                    ),
                )
            )
        return Answer((self._said(), *self._lasting()), (self._sureness(),))

    def _lasting(self) -> list[Message]:
        """Which share of the windows still had money after how many years."""
        told = survival_message(named(self.ran_out, [self.name(s) for s in range(len(self.ran_out))]))
        return [told] if told else []

    def _said(self) -> Message:
        told: dict[str, Any] = {"n": self.windows, "horizon": self.horizon}
        if len(self.ran_out) == 1:
            (item,) = self.ran_out
            return message(
                "The money ran out in {share} of {n} window of {horizon}{when}.",
                plural="The money ran out in {share} of {n} windows of {horizon}{when}.",
                share=percent_of(item.share),
                when=_when(item),
                **told,
            )
        each = [
            message("{name} {share}{when}", name=self.name(s), share=percent_of(item.share), when=_when(item))
            for s, item in enumerate(self.ran_out)
        ]
        return message(
            "The money ran out in this share of {n} window of {horizon}: {each}.",
            plural="The money ran out in this share of {n} windows of {horizon}: {each}.",
            each=listed(each, last=";"),
            **told,
        )

    def _sureness(self) -> Message:
        if self.independent < 2:
            return self.too_few()
        each = [self._between(s, item.low, item.high) for s, item in enumerate(self.ran_out)]
        return message(
            "Going by the {k} of these windows that do not overlap, the share that runs out may be anything "
            "from {each} (95%).",
            k=self.independent,
            each=listed(each),
        )

    def _between(self, strategy: int, low: float, high: float) -> Message:
        if len(self.result.names) == 1:
            return message("{low} to {high}", context="interval", low=percent_of(low), high=percent_of(high))
        return message(
            "{low} to {high} with {name}",
            low=percent_of(low),
            high=percent_of(high),
            name=self.name(strategy),
        )


class Alone(HorizonTold):
    """One strategy alone."""

    def answer(self) -> Answer:
        """How often it ended below the money paid in, the median and the worst; what was left, of withdrawals."""
        if self.ran_out:
            return Answer((self._left(),))
        return Answer((self._ended(),), (self._sureness(),))

    def _ended(self) -> Message:
        told: dict[str, Any] = {"name": self.name(0), "start": self._worst_start(PRINCIPAL)}
        worst = Times(self.result.summary.value(PRINCIPAL, "worst", (0, self.h)))
        if self.windows == 1:
            return message(
                "In the only window of {horizon}, from {start}, {name} ended with {worst} of the money paid in.",
                horizon=self.horizon,
                worst=worst,
                **told,
            )
        return message(
            "In {share} of {n} windows of {horizon} {name} ended below the money paid in; in the median it ended "
            "with {median} of it, in the worst, from {start}, with {worst}.",
            horizon=self.horizon,
            share=percent_of(self._share),
            n=self.windows,
            median=Times(self.result.summary.value(PRINCIPAL, "median", (0, self.h))),
            worst=worst,
            **told,
        )

    def _sureness(self) -> Message:
        if self.independent < 2:
            return self.too_few()
        low, high = (float(end) for end in wilson(self._share, self.independent))
        return message(
            "Going by the {k} of these windows that do not overlap, the share that ends below it may be anything "
            "from {low} to {high} (95%).",
            k=self.independent,
            low=percent_of(low),
            high=percent_of(high),
        )

    @property
    def _share(self) -> float:
        return float(self.result.summary.columns["below_principal"][0, self.h])

    def _left(self) -> Message:
        value = self.result.summary.value
        return message(
            "After {horizon} {median} was left in the median of {n} windows, {worst} in the worst, from {start}.",
            horizon=self.horizon,
            median=Money(value("final_value", "median", (0, self.h)), ""),
            n=self.windows,
            worst=Money(value("final_value", "worst", (0, self.h)), ""),
            start=self._worst_start("final_value"),
        )

    def _worst_start(self, measure: str) -> Month:
        return self.month(int(np.nanargmin(self.result.outcome[measure][0, self.h])))


def _when(item: RanOut) -> Arg:
    """After how long, and what was not paid, in the median."""
    if not item.count:
        return NOTHING
    years, unpaid = word("span_years", n=Number(item.years, 1)), Money(item.unpaid, "")
    return message(" (in the median after {years}, {unpaid} unpaid)", years=years, unpaid=unpaid)
