"""A sweep's answer: which settings can be told apart, how far the best and the worst are, how sure that is.

Nothing is called best where the windows cannot tell it from the others: its place is luck then.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from engine.locale import ENGLISH
from engine.market.series import Mask
from engine.messages import Arg, Message, Percent, Text, listed, message, quantity, word
from engine.metrics import METRICS
from engine.report.answer import Answer
from engine.report.study_tables import ran_out_message, survival_message
from engine.studies.depletion import RanOut
from engine.studies.grid.axes import Axis, years_said
from engine.studies.grid.documents import Objective
from engine.studies.grid.findings import Scores
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import MEASURES, STATISTICS, Place
from engine.studies.grid.sweep import horizon_of
from engine.studies.grid.tuning import Tuning

NAMED = 2  # axes whose values a sentence names; of more it names the axes
PARTS = 4  # ranges of values that a sentence names at most
FEW = 6  # settings of one axis, each of which is named with its score


def sweep_answer(result: SweepResult) -> Answer:
    """Money that ran out, then what can be told apart, its size, and what that rests on."""
    if result.tuning is None or result.objective is None:
        found, sureness = _untuned(result)
    else:
        found, sureness = _tuned(result, result.tuning, result.objective)
    return Answer((*_ran_out(result), *found), tuple(sureness))


def short_name(measure: str) -> Message:
    """A measure in few letters, where it has such a name."""
    short = f"{measure}_short"
    return word(short if ENGLISH.has(short) else measure)


def is_ordered(result: SweepResult) -> bool:
    """Whether the windows tell any setting from the best one, so that a ranking is more than luck."""
    return result.tuning is not None and not result.tuning.confidence_set.all()


def horizon_shown(result: SweepResult) -> int:
    """The number of the horizon that is spoken of: the objective's, or that which one would have had."""
    if result.tuning is not None:
        return result.tuning.horizon
    return horizon_of(result.plan.grid, Objective(measure="xirr"))


def driest_place(result: SweepResult) -> Place:
    """The point and horizon at which the money ran out most often, on the longest horizon of several."""
    every, horizons = result.summary.ran_out, result.plan.grid.horizons

    def dryness(place: Place) -> tuple[float, int]:
        item: RanOut = every[place]
        return item.share, horizons[place[-1]] if horizons else 0

    return max(np.ndindex(every.shape), key=dryness)


def _ran_out(result: SweepResult) -> list[Message]:
    """How often the money ran out at the best setting, and at those with the fewest and the most such windows.

    On the horizon over which it ran out most often, the longest of several.
    """
    every, horizons = result.summary.ran_out, result.plan.grid.horizons
    if not every.size:
        return []
    h = driest_place(result)[-1]
    dry = every[..., h] if horizons else every
    least, most = (end(dry.flat, key=lambda item: item.share) for end in (min, max))
    shown = {"least_setting": least, "most_setting": most}
    if least.share == most.share:
        shown = {"every_setting": most}
    elif is_ordered(result):
        shown = {"best_setting": dry[result.ranking[0].place[: dry.ndim]], **shown}
    named = [(word(name), item) for name, item in shown.items()]
    lasting = survival_message(named if len(named) > 1 else [("", most)])
    what = (
        message("windows of {years}", years=years_said(horizons[h])) if horizons else word("what_all_windows")
    )
    return [ran_out_message(named, what), *([lasting] if lasting else [])]


# --- with an objective --------------------------------------------------------------------------------------


def _tuned(result: SweepResult, tuning: Tuning, aim: Objective) -> tuple[list[Message], list[Message]]:
    scores, points = Scores(aim, result.plan.base.currency), result.plan.points
    told: dict[str, Any] = {
        "statistic": word(f"study_{aim.statistic}"),
        "measure": short_name(aim.measure),
        "where": _where(result, tuning.horizon),
    }
    best = scores.figure(float(tuning.scores[tuning.best]))
    if points.count == 1:
        return [
            message("There is one setting: {statistic} of {measure}{where} {best}.", best=best, **told)
        ], []
    verdict = _verdict(result, tuning)
    if tuning.is_all_the_same:
        return [verdict], _sureness(tuning)
    return [verdict, _size(tuning, scores, result, told)], _sureness(tuning)


def _size(tuning: Tuning, scores: Scores, result: SweepResult, told: dict[str, Any]) -> Message:
    """The score of each of few settings, else of the best and the worst, and how far those two are apart."""
    points = result.plan.points
    figures = [scores.figure(float(score)) for score in tuning.scores]
    if points.count <= FEW and sum(length > 1 for length in points.shape) == 1:
        each = [
            message("{figure} at {setting}", setting=points.values(point), figure=figure)
            for point, figure in enumerate(figures)
        ]
        ends = message("The {statistic} of {measure}{where}: {each}", each=listed(each), **told)
    else:
        ends = message(
            "The {statistic} of {measure}{where} is {best} at the best setting and {worst} at the worst",
            best=figures[tuning.best],
            worst=figures[int(tuning.order[-1])],
            **told,
        )
    if tuning.independent < 2:
        return message("{ends}.", ends=ends)
    mean = scores.difference(tuning.extremes.mean)
    if not tuning.extremes.is_told:
        return message(
            "{ends}; on the same windows the best and the worst differ by {mean} on average.",
            ends=ends,
            mean=mean,
        )
    return message(
        "{ends}; on the same windows the best and the worst differ by {mean} ± {half} on average.",
        ends=ends,
        mean=mean,
        half=scores.half_width(tuning.extremes.half_width),
    )


def _verdict(result: SweepResult, tuning: Tuning) -> Message:
    """Which settings can be the best, and which cannot."""
    points = result.plan.points
    inside = tuning.confidence_set
    every = _all_settings(points.axes)
    if tuning.is_all_the_same:
        return message("{settings}: all came to the same in every window.", settings=every)
    if tuning.independent < 2:
        return message("{settings}: one window cannot tell them apart.", settings=every)
    if tuning.is_none_apart:
        return message("{settings}: none can be told from another.", settings=every)
    if inside.all():
        return message("{settings}: which of them is best cannot be told.", settings=every)
    n, m = len(inside), int(inside.sum())
    if m == 1:
        return message(
            "{setting} is better than the other setting by more than noise."
            if n == 2
            else "{setting} is better than each of the other {n} settings by more than noise.",
            setting=points.text(tuning.best),
            n=n - 1,
        )
    shape = inside.reshape(points.shape)
    can, cannot = said_settings(points.axes, shape), said_settings(points.axes, ~shape)
    told: dict[str, Any] = {"m": m, "all": n, "rest": n - m}
    if can is None and cannot is not None:
        return message(
            "{m} of {all} settings may be the best. Worse by more than noise: {cannot}.",
            cannot=cannot,
            **told,
        )
    if can is None:
        return message(
            "{m} of {all} settings may be the best; the other {rest} are worse by more than noise.", **told
        )
    if cannot is None:
        return message(
            "{m} of {all} settings may be the best: {can}. The other {rest} are worse by more than noise.",
            can=can,
            **told,
        )
    return message(
        "{m} of {all} settings may be the best: {can}. Worse by more than noise: {cannot}.",
        can=can,
        cannot=cannot,
        **told,
    )


def _sureness(tuning: Tuning) -> list[Message]:
    """What tells them apart: windows that share no day, and resamples of them."""
    n, k = len(tuning.windows), tuning.independent
    if k < 2:
        return [message("There is one window that overlaps no other: nothing here can be told from chance.")]
    if tuning.is_all_the_same:
        return [message("By {n} windows, of which {k} share no day.", n=n, k=k)]
    same = float((tuning.resampled == tuning.best).mean())
    if not tuning.extremes.is_told:
        return [
            message(
                "By {n} windows, of which only {k} share no day: too few to tell more; in {draws} resamples of "
                "them the same setting is best in {same}.",
                n=n,
                k=k,
                draws=len(tuning.resampled),
                same=Percent(same, 0),
            )
        ]
    return [
        message(
            "By {n} windows, of which {k} share no day (95% for all comparisons with the best together); in "
            "{draws} resamples of them the same setting is best in {same}.",
            n=n,
            k=k,
            draws=len(tuning.resampled),
            same=Percent(same, 0),
        )
    ]


# --- without one --------------------------------------------------------------------------------------------


def _untuned(result: SweepResult) -> tuple[list[Message], list[Message]]:
    """What the grid shows on the horizon that an objective would have had."""
    grid, summary, points = result.plan.grid, result.summary, result.plan.points
    horizon = horizon_shown(result)
    at = (..., horizon) if grid.horizons else (...,)
    medians = summary.values[:, STATISTICS.index("median")][(slice(None), *at)].reshape(len(MEASURES), -1)
    name = "xirr" if np.isfinite(medians[MEASURES.index("xirr")]).all() else "value_to_contributed"
    own, kind = medians[MEASURES.index(name)], METRICS[name].kind
    low, high = int(own.argmin()), int(own.argmax())
    told: dict[str, Any] = {"measure": short_name(name), "where": _where(result, horizon)}
    ends: dict[str, Any] = {
        key: quantity(float(own[point]), kind, result.plan.base.currency)
        for key, point in (("low", low), ("high", high))
    }
    if points.count == 1:
        found = message("There is one setting: median of {measure}{where} {high}.", high=ends["high"], **told)
    else:
        found = message(
            "The median of {measure}{where} goes from {low} ({bottom}) to {high} ({top}).",
            bottom=points.text(low),
            top=points.text(high),
            **ends,
            **told,
        )
    n, k = (int(summary.columns[key][at].flat[0]) for key in ("windows", "independent"))
    return [found], [
        message(
            "No objective is set, so that no difference was tested: {n} windows of one history, of which {k} "
            "share no day, cannot tell it from chance.",
            n=n,
            k=k,
        )
    ]


# --- settings in words --------------------------------------------------------------------------------------


def _where(result: SweepResult, horizon: int) -> Arg:
    horizons = result.plan.grid.horizons
    return message(" over {span}", span=years_said(horizons[horizon])) if horizons else Text("")


def _all_settings(axes: Sequence[Axis]) -> Arg:
    """Everything that was tried: the values of few axes, the names of many."""
    several = [axis for axis in axes if len(axis.values) > 1]
    if len(several) > NAMED:
        n = int(np.prod([len(axis.values) for axis in several]))
        return message("{n} settings ({axes})", n=n, axes=listed(axis.label for axis in several))
    return said_settings(axes, np.ones([len(axis.values) for axis in axes], np.bool_)) or Text("")


def said_settings(axes: Sequence[Axis], held: Mask) -> Arg | None:
    """Some points ``held`` (n1, …, nk) as ranges of the axes, exactly; None where that takes too many words."""
    parts = _ranges(axes, held)
    return listed(parts, ";") if parts is not None and len(parts) <= PARTS else None


def _ranges(axes: Sequence[Axis], held: Mask) -> list[Arg] | None:
    """The same as phrases, one for each block of ranges that holds nothing else."""
    sides = [
        np.array(held.any(axis=tuple(j for j in range(held.ndim) if j != i)), np.bool_)
        for i in range(held.ndim)
    ]
    if np.array_equal(held, reduce(np.multiply.outer, sides)):
        values = [_values(axis, side) for axis, side in zip(axes, sides)]
        if None in values:
            return None
        pairs = [
            (axis, value) for axis, value in zip(axes, values) if len(axis.values) > 1 and value is not None
        ]
        return [listed(message("{label} {value}", label=axis.label, value=value) for axis, value in pairs)]
    split = min((i for i in range(held.ndim) if sides[i].sum() > 1), key=lambda i: int(sides[i].sum()))
    parts: list[Arg] = []
    for place in np.flatnonzero(sides[split]):
        here = np.arange(held.shape[split]) == place
        more = _ranges(axes, held & here.reshape([-1 if i == split else 1 for i in range(held.ndim)]))
        if more is None:
            return None
        parts += more
    return parts


def _values(axis: Axis, held: Mask) -> Arg | None:
    """Values of an axis: numbers in a row as a range."""
    places = np.flatnonzero(held)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    if axis.kind == "text":
        runs = [np.array([place]) for place in places]
    said: list[Arg] = []
    for run in (own.tolist() for own in runs):
        if len(run) > 2:
            said.append(word("from_to", first=axis.text(run[0]), last=axis.text(run[-1])))
        else:
            said += map(axis.text, run)
    return listed(said, "or") if len(said) <= PARTS else None
