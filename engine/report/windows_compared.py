"""Strategies of a windows study against the first on the same windows, and how sure that is, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from engine.messages import Arg, Message, Money, Points, listed, message
from engine.report.answer import Answer
from engine.report.windows_horizon import NOTHING, PRINCIPAL, HorizonTold, gap, percent_of
from engine.studies.grid.axes import years_said
from engine.studies.grid.paired import PairedDifference
from engine.studies.grid.results import Flows, Paired, WindowsResult

NAMED = 6  # strategies besides the first that a sentence names each


class Compared(HorizonTold):
    """The pairs of that horizon."""

    def __init__(self, result: WindowsResult) -> None:
        super().__init__(result)
        self.pairs: list[Paired] = [pair for pair in result.pairs if pair.horizon == self.h]
        self.after_tax = result.after_tax
        self.by_rate: bool = any(pair.money is Flows.AMOUNTS for pair in self.pairs)

    def answer(self) -> Answer:
        """Each strategy against the first on the same windows; how often any ended below the money paid in."""
        below = () if self.ran_out else self._below()
        if self.by_rate:
            return Answer((self._other_amounts(), *self._rates(), *below), self._sureness())
        late = [self.name(pair.strategy) for pair in self.pairs if pair.money is Flows.TIMES]
        timed = self._other_times(late) if late else ()
        return Answer((self._more(), *timed, *below, *self._turned()), self._sureness())

    def _more(self) -> Message:
        """How often each left more than the first, and by how much."""
        told: dict[str, Any] = {"first": self.name(0), "n": self.windows, "horizon": self.horizon}
        if len(self.pairs) > NAMED:
            low, high = (pick(self.pairs, key=lambda pair: pair.better) for pick in (min, max))
            return message(
                "From the same start months, the {m} others ended with more after tax than {first} in {low} "
                "({lowest}) to {high} ({highest}) of {n} windows of {horizon}."
                if self.after_tax
                else "From the same start months, the {m} others ended with more than {first} in {low} "
                "({lowest}) to {high} ({highest}) of {n} windows of {horizon}.",
                m=len(self.pairs),
                low=percent_of(low.better),
                lowest=self.name(low.strategy),
                high=percent_of(high.better),
                highest=self.name(high.strategy),
                **told,
            )
        if len(self.pairs) > 1:
            return message(
                "From the same start months, more was left after tax than with {first} in this share of {n} "
                "windows of {horizon}: {each}."
                if self.after_tax
                else "From the same start months, more was left than with {first} in this share of {n} windows of "
                "{horizon}: {each}.",
                each=listed(map(self._each_more, self.pairs), last=";"),
                **told,
            )
        (pair,) = self.pairs
        told["other"] = self.name(pair.strategy)
        if pair.same == 1.0:
            return message(
                "From the same start months, {other} ended with the same after tax as {first} in all {n} windows "
                "of {horizon}."
                if self.after_tax
                else "From the same start months, {other} ended with the same as {first} in all {n} windows of "
                "{horizon}.",
                **told,
            )
        if pair.windows == 1 and pair.compared:
            return message(
                "In the only window of {horizon}, from {start}, the value after tax of {other} differed from that "
                "of {first} by {ratio}."
                if self.after_tax
                else "In the only window of {horizon}, from {start}, the final value of {other} differed from "
                "that of {first} by {ratio}.",
                ratio=gap(pair.ratio),
                start=self.month(int(np.isfinite(self.result.outcome[PRINCIPAL][0, self.h]).argmax())),
                **told,
            )
        return message(
            "From the same start months, {other} ended with more after tax than {first} in {share} of {n} windows "
            "of {horizon}{same}{median}."
            if self.after_tax
            else "From the same start months, {other} ended with more than {first} in {share} of {n} windows of "
            "{horizon}{same}{median}.",
            share=percent_of(pair.better),
            same=_same(pair),
            median=message("; the median difference was {ratio}{of}", ratio=gap(pair.ratio), of=_known(pair))
            if _has_ratio(pair)
            else NOTHING,
            **told,
        )

    def _each_more(self, pair: Paired) -> Message:
        if not _has_ratio(pair):
            return message("{name} {share}", name=self.name(pair.strategy), share=percent_of(pair.better))
        return message(
            "{name} {share}{same} (median difference {ratio}{of})",
            name=self.name(pair.strategy),
            share=percent_of(pair.better),
            same=_same(pair),
            ratio=gap(pair.ratio),
            of=_known(pair),
        )

    def _turned(self) -> tuple[Message, ...]:
        """The horizons over which it was the other way round, so that nobody takes one for all."""
        side = {pair.strategy: _side(pair) for pair in self.pairs}
        said = []
        for h, years in enumerate(self.result.horizons):
            turned = [p for p in self.result.pairs if p.horizon == h and _side(p) * side[p.strategy] < 0]
            if turned and len(self.pairs) <= NAMED:
                each = [
                    message(
                        "{name} {share}{same}",
                        name=self.name(p.strategy),
                        share=percent_of(p.better),
                        same=_same(p),
                    )
                    for p in turned
                ]
                said.append(
                    message(
                        "Over {horizon} it was the other way round: {each} of {n} windows.",
                        horizon=years_said(years),
                        each=listed(each),
                        n=int(self.result.summary.windows[0, h]),
                    )
                )
        return tuple(said)

    def _other_times(self, late: Sequence[Arg]) -> tuple[Message, ...]:
        said = message(
            "The money of {names} comes at other times than that of {first}, which by itself changes what is "
            "left.",
            names=listed(late, last="and"),
            first=self.name(0),
        )
        return (said, *self._rates())

    def _other_amounts(self) -> Message:
        """That the strategies are given or take out different amounts: more left is then not better."""
        paid, taken = (
            np.nanmedian(self.result.outcome[name][:, self.h], axis=1)
            for name in ("contributed", "withdrawn")
        )
        each = [
            message(
                "{name} {paid} paid in, {taken} taken out" if taken.any() else "{name} {paid} paid in",
                name=self.name(s),
                paid=Money(float(paid[s]), ""),
                taken=Money(float(taken[s]), ""),
            )
            for s in range(min(len(paid), NAMED + 1))
        ]
        return message(
            "The strategies move different amounts of money, in the median of {n} windows of {horizon}: {each}; "
            "what is left does not say which did better.",
            n=self.windows,
            horizon=self.horizon,
            each=listed(each, last=";"),
        )

    def _rates(self) -> tuple[Message, ...]:
        """How often the rate of return of each was higher than the first's."""
        rated = [pair for pair in self.pairs if pair.rated]
        if not rated or len(rated) > NAMED:
            return ()
        each = [
            message(
                "{name} {share} (median difference {gap}{of})",
                name=self.name(pair.strategy),
                share=percent_of(pair.rate_better),
                gap=Points(pair.rate_median),
                of=NOTHING
                if pair.rated == pair.windows
                else message(", {known} windows have one", known=pair.rated),
            )
            for pair in rated
        ]
        return (
            message(
                "The rate of return by the times of the money (XIRR) was higher than that of {first} in this "
                "share of the {n} windows: {each}.",
                first=self.name(0),
                n=self.windows,
                each=listed(each, last=";"),
            ),
        )

    def _below(self) -> tuple[Message, ...]:
        """How often each ended below the money paid in."""
        shares = self.result.summary.columns["below_principal"][:, self.h]
        if len(shares) > NAMED + 1:
            low, high = float(shares.min()), float(shares.max())
            return (
                message(
                    "Of these windows {low} to {high} ended below the money paid in, by strategy.",
                    low=percent_of(low),
                    high=percent_of(high),
                ),
            )
        if self.windows == 1:
            lost = [self.name(s) for s in np.flatnonzero(shares).tolist()]
            return (
                (message("Below the money paid in ended {names}.", names=listed(lost, last="and")),)
                if lost
                else ()
            )
        each = [
            message("{name} {share}", name=self.name(s), share=percent_of(float(share)))
            for s, share in enumerate(shares)
        ]
        return (message("This share of them ended below the money paid in: {each}.", each=listed(each)),)

    def _sureness(self) -> tuple[Message, ...]:
        """Whether the mean differences can be told from chance."""
        if not any(self._found(pair).is_told for pair in self.pairs):
            return (self.too_few(),)
        if not self.by_rate and all(pair.same == 1.0 for pair in self.pairs):
            return (message("It was so in every window, {k} of which do not overlap.", k=self.independent),)
        noise = [pair for pair in self.pairs if self._found(pair).is_noise]
        real = [pair for pair in self.pairs if pair not in noise]
        if not real:
            return (
                message(
                    "The difference cannot be told from chance: on average {each} (95%, by {k} windows that do "
                    "not overlap)."
                    if len(self.pairs) == 1
                    else "None of the differences can be told from chance: on average {each} (95% for all of them "
                    "together, by {k} windows that do not overlap).",
                    each=self._means(noise),
                    k=self.independent,
                ),
            )
        said = message(
            "More than chance, by {k} windows that do not overlap (95%): on average {each}."
            if len(self.pairs) == 1
            else "More than chance, by {k} windows that do not overlap (95% for all comparisons together): on "
            "average {each}.",
            each=self._means(real),
            k=self.independent,
        )
        rest = (message("Not to be told from chance: {each}.", each=self._means(noise)),) if noise else ()
        return (said, *rest)

    def _found(self, pair: Paired) -> PairedDifference:
        return pair.rate_difference if self.by_rate else pair.difference

    def _means(self, pairs: Iterable[Paired]) -> Arg:
        return listed(map(self._mean, pairs), last=";")

    def _mean(self, pair: Paired) -> Message:
        """A mean difference with half the width of its interval, where that says something."""
        found = self._found(pair)
        mean: Arg = Points(found.mean) if self.by_rate else gap(found.mean)
        half: Arg = (
            Points(found.half_width, unsigned=True) if self.by_rate else gap(found.half_width, sign=False)
        )
        name = NOTHING if len(self.pairs) == 1 else message("{name} ", name=self.name(pair.strategy))
        if not found.is_told:
            return message("{name}{mean}", name=name, mean=mean)
        return message("{name}{mean} ± {half}", name=name, mean=mean, half=half)


def _same(pair: Paired) -> Arg:
    return message(", as high in {share}", share=percent_of(pair.same)) if pair.same else NOTHING


def _has_ratio(pair: Paired) -> bool:
    """Whether most windows have a ratio to the first: a median of fewer hides the rest."""
    return 2 * pair.compared > pair.windows


def _known(pair: Paired) -> Arg:
    """How many windows a ratio is of, where the first had nothing left in some."""
    return NOTHING if pair.compared == pair.windows else message(", of {known} windows", known=pair.compared)


def _side(pair: Paired) -> float:
    """Above 0 where a strategy left more than the first in more windows than it left less."""
    return 2.0 * pair.better + pair.same - 1.0
