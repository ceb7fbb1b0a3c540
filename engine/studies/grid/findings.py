"""How sure a sweep's answer is, and how strategies did on the same windows, in messages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from engine.locale import OwnText
from engine.messages import Arg, Message, Month, Percent, Points, Text, listed, message, quantity, word
from engine.metrics import METRICS
from engine.studies.grid.axes import Axis, years_said
from engine.studies.grid.documents import Objective
from engine.studies.grid.paired import PairedDifference
from engine.studies.grid.points import GridPoints
from engine.studies.grid.results import Flows, Paired
from engine.studies.grid.tuning import Fold, Neighbour, Tuning
from engine.studies.grid.window_grid import WindowGrid

NO_DIFFERENCE = 1e-12
NOTHING = Text("")


def sweep_findings(
    tuning: Tuning, objective: Objective, points: GridPoints, grid: WindowGrid, currency: str
) -> tuple[Message, ...]:
    """What best means, the confidence set, resamples, reality check, neighbours, walk-forward: a sentence each."""
    told = _Told(objective, currency, tuning, points, grid)
    found = [told.objective(), told.confidence_set()]
    if tuning.independent > 1:
        found += [told.stable(), *told.stable_axes(), *told.reality_check()]
    return (*found, *map(told.neighbour, tuning.neighbours), *told.forward())


@dataclass(frozen=True)
class Scores:
    """Scores of a tuning, in which larger is better, as their measure is shown."""

    aim: Objective
    currency: str

    def figure(self, value: float) -> Arg:
        """One score."""
        natural = value * self.aim.sign if math.isfinite(value) else math.nan
        return quantity(natural, METRICS[self.aim.measure].kind, self.currency)

    def difference(self, value: float) -> Arg:
        """One score less another."""
        return quantity(value * self.aim.sign, METRICS[self.aim.measure].kind, self.currency, sign=True)

    def half_width(self, value: float) -> Arg:
        """Of the interval of a difference."""
        kind = METRICS[self.aim.measure].kind
        return Points(value, unsigned=True) if kind == "percent" else quantity(value, kind, self.currency)


@dataclass(frozen=True)
class _Told(Scores):
    """The figures of one tuning as what is said of them."""

    tuning: Tuning
    points: GridPoints
    grid: WindowGrid

    def objective(self) -> Message:
        where: Arg = NOTHING
        if self.grid.horizons:
            where = message(" over {span}", span=years_said(self.grid.horizons[self.tuning.horizon]))
        told: dict[str, Any] = {
            "statistic": word(f"study_{self.aim.statistic}"),
            "measure": word(self.aim.measure),
            "where": where,
        }
        if METRICS[self.aim.measure].negative:
            return message("Best is the smallest {statistic} of {measure}{where}.", **told)
        if self.aim.sign < 0:
            return message("Best is the lowest {statistic} of {measure}{where}.", **told)
        return message("Best is the highest {statistic} of {measure}{where}.", **told)

    def confidence_set(self) -> Message:
        n, m = len(self.tuning.scores) - 1, int(self.tuning.confidence_set.sum()) - 1  # but the best itself
        k = self.tuning.independent
        if k < 2:
            return message(
                "There is one window that overlaps no other: nothing here can be told from chance."
            )
        if m == n == 1:
            return message(
                "The other setting cannot be told from the best one: it lies within the noise of {k} windows "
                "that do not overlap.",
                k=k,
            )
        if m == n:
            return message(
                "No setting can be told from the best one: all {n} others lie within the noise of {k} windows "
                "that do not overlap.",
                n=n,
                k=k,
            )
        if m == 0:
            return message(
                "The best setting can be told from each of the other {n}, going by {k} windows that do not "
                "overlap.",
                n=n,
                k=k,
            )
        return message(
            "{m} of the {n} other settings cannot be told from the best one, going by {k} windows that do "
            "not overlap.",
            m=m,
            n=n,
            k=k,
        )

    def neighbour(self, item: Neighbour) -> Message:
        one = self.points.text(self.tuning.best, (item.axis,))
        other = self.points.text(item.point, (item.axis,))
        found = item.difference
        if found.largest < NO_DIFFERENCE:
            return message("{one} and {other} came to the same in every window.", one=one, other=other)
        mean = self.difference(found.mean)
        if not math.isfinite(found.half_width):
            return message(
                "{one} against {other}: {mean}; one window that overlaps no other cannot say whether this is "
                "noise.",
                one=one,
                other=other,
                mean=mean,
            )
        if not found.is_told:
            return message(
                "{one} against {other}: {mean}; {k} windows that do not overlap cannot say whether this is noise.",
                one=one,
                other=other,
                mean=mean,
                k=found.independent,
            )
        return message(
            "{one} against {other}: {mean} ± {half}; this is noise."
            if found.is_noise
            else "{one} against {other}: {mean} ± {half}; more than noise on these windows.",
            one=one,
            other=other,
            mean=mean,
            half=self.half_width(found.half_width),
        )

    def stable(self) -> Message:
        drawn = self.tuning.resampled
        return message(
            "In {draws} resamples of the windows in blocks the same setting is best in {same}, one that "
            "cannot be told from it in {near}.",
            draws=len(drawn),
            same=_share(float((drawn == self.tuning.best).mean())),
            near=_share(float(self.tuning.confidence_set[drawn].mean())),
        )

    def stable_axes(self) -> list[Message]:
        """Which values of each axis the best points of the resamples have."""
        return [
            message(
                "{label} of the best there: {values}.",
                label=axis.label,
                values=_spread(axis, self.points.places[self.tuning.resampled, number]),
            )
            for number, axis in enumerate(self.points.axes)
            if len(axis.values) > 1
        ]

    def reality_check(self) -> list[Message]:
        if math.isnan(self.tuning.reality_check_p_value):
            return []
        return [
            message(
                "If no setting were any better than the core, the best of these {n} would beat it by as much in "
                "{share} of resamples (reality check).",
                n=len(self.tuning.scores),
                share=_share(self.tuning.reality_check_p_value),
            )
        ]

    def start(self, window: int) -> Month:
        number = int(self.tuning.windows[window])
        return Month(date.fromisoformat(str(self.grid.windows[number].start)))

    def forward(self) -> list[Message]:
        folds, x, core = self.tuning.folds, self.tuning.x, self.tuning.core
        if not folds:
            return [
                message(
                    "There is no walk-forward: the history does not hold two windows one after the other."
                )
            ]
        later = [(fold.chosen, fold.out_of_sample) for fold in folds]
        own = np.concatenate([x[point, windows] for point, windows in later])
        benchmark = np.concatenate([core[point, windows] for point, windows in later])
        best = np.concatenate([x[int(x[:, windows].mean(axis=1).argmax()), windows] for _, windows in later])
        told: dict[str, Any] = {
            "n": len(folds),
            "windows": len(own),
            "own": self.figure(float(own.mean())),
            "best": self.figure(float(best.mean())),
            "measure": word(self.aim.measure),
        }
        said = [self.fold(fold, last=fold is folds[-1]) for fold in folds]
        if np.isnan(benchmark).any():
            return [
                *said,
                message(
                    "Walk-forward, {n} choice judged on later windows ({windows}): the choice {own}, the best in "
                    "hindsight {best} (means of {measure}).",
                    plural="Walk-forward, {n} choices judged on {windows} later windows: the choices {own}, the "
                    "best in hindsight {best} (means of {measure}).",
                    **told,
                ),
            ]
        return [
            *said,
            message(
                "Walk-forward, {n} choice judged on later windows ({windows}): the choice {own}, the core alone "
                "{core}, the best in hindsight {best} (means of {measure}).",
                plural="Walk-forward, {n} choices judged on {windows} later windows: the choices {own}, the core "
                "alone {core}, the best in hindsight {best} (means of {measure}).",
                core=self.figure(float(benchmark.mean())),
                **told,
            ),
            message(
                "The choices beat the core alone in {share} of those windows.",
                share=_share(float((own > benchmark).mean())),
            ),
        ]

    def fold(self, fold: Fold, *, last: bool) -> Message:
        return message(
            "Chosen on the windows that ended by {known}: {setting} ({before}). On those that began {since}: "
            "{after}, place {rank} of {n}.",
            known=Month(self.start(fold.split).day - timedelta(1)),
            since=self.since(fold, last=last),
            setting=self.points.text(fold.chosen),
            before=self.figure(fold.before),
            after=self.figure(fold.after),
            rank=fold.rank,
            n=len(self.tuning.scores),
        )

    def since(self, fold: Fold, *, last: bool) -> Message:
        """The months in which the windows began that a choice is judged on."""
        first, final = self.start(fold.split), self.start(int(fold.out_of_sample[-1]))
        if last:
            return message("from {first} on", context="starts", first=first)
        if first == final:
            return message("in {first}", context="starts", first=first)
        return message("from {first} to {last}", context="starts", first=first, last=final)


def _share(value: float) -> Percent:
    return Percent(value, 0)


def _spread(axis: Axis, places: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Arg:
    """Which values of an axis some points have: the middle nine tenths of many numbers, else the most frequent."""
    if axis.kind != "text" and len(axis.values) > 4:
        low, high = (int(np.quantile(places, q, method="nearest")) for q in (0.05, 0.95))
        if low == high:
            return message("{value} in nine of ten", value=axis.text(low))
        return message("{low} to {high} in nine of ten", low=axis.text(low), high=axis.text(high))
    counts = np.bincount(places, minlength=len(axis.values)) / len(places)
    most = [place for place in np.argsort(-counts, kind="stable").tolist() if counts[place] > 0][:4]
    return listed(
        message("{value} in {share}", value=axis.text(place), share=_share(float(counts[place])))
        for place in most
    )


def paired_findings(
    pairs: Sequence[Paired], names: Sequence[OwnText], horizons: Sequence[int], by: str
) -> tuple[Message, ...]:
    """Each strategy against the first on the same windows, a sentence a horizon."""
    return tuple(_paired_finding(pair, names, horizons, by) for pair in pairs)


def _paired_finding(pair: Paired, names: Sequence[OwnText], horizons: Sequence[int], by: str) -> Message:
    told: dict[str, Any] = {
        "one": names[pair.strategy],
        "other": names[0],
        "horizon": years_said(horizons[pair.horizon]),
        "share": Percent(pair.better, 1),
        "same": message(", as high in {share}", share=Percent(pair.same, 1)) if pair.same else NOTHING,
        "n": pair.windows,
    }
    if pair.money is Flows.AMOUNTS:
        return _rate_finding(pair, told)
    if pair.compared < pair.windows:
        return message(
            "{one} against {other}, {horizon}: higher in {share} of {n} windows{same}. In {gone} of them {other} "
            "had nothing left, so that no percentage says how much more.",
            gone=pair.windows - pair.compared,
            **told,
        )
    return message(
        "{one} against {other}, {horizon}: higher in {share} of {n} windows{same}. The value after tax "
        "differs by {ratio} in the median, {low} to {high} in nine of ten, {mean} on average {verdict}"
        if by == "liquidation_value"
        else "{one} against {other}, {horizon}: higher in {share} of {n} windows{same}. The final value "
        "differs by {ratio} in the median, {low} to {high} in nine of ten, {mean} on average {verdict}",
        ratio=Percent(pair.ratio, 2, sign=True),
        low=Percent(pair.low, 1, sign=True),
        high=Percent(pair.high, 1, sign=True),
        mean=Percent(pair.difference.mean, 2, sign=True),
        verdict=_verdict(pair.difference, Percent(pair.difference.half_width, 2)),
        **told,
    )


def _rate_finding(pair: Paired, told: Mapping[str, Any]) -> Message:
    """Of two that are paid in or take out different amounts: what is left does not say which did better."""
    named = {key: told[key] for key in ("one", "other", "horizon")}
    if not pair.rated:
        return message(
            "{one} against {other}, {horizon}: the amounts paid in or taken out differ, so that what is left is "
            "not compared.",
            **named,
        )
    found = pair.rate_difference
    return message(
        "{one} against {other}, {horizon}: the amounts paid in or taken out differ, so that what is left is not "
        "compared. The rate of return by the times of the money (XIRR) was higher in {share} of {n} windows; it "
        "differs by {gap} in the median, {mean} on average {verdict}",
        share=Percent(pair.rate_better, 1),
        n=pair.rated,
        gap=Points(pair.rate_median),
        mean=Points(found.mean),
        verdict=_verdict(found, Points(found.half_width, unsigned=True)),
        **named,
    )


def _verdict(found: PairedDifference, half: Arg) -> Message:
    if found.independent < 2:
        return message("(one window that overlaps no other: whether this is noise cannot be said).")
    if not found.is_told:
        return message(
            "(by {k} windows that do not overlap: whether this is noise cannot be said).", k=found.independent
        )
    return message(
        "± {half} by {k} windows that do not overlap: noise."
        if found.is_noise
        else "± {half} by {k} windows that do not overlap: more than noise.",
        half=half,
        k=found.independent,
    )
