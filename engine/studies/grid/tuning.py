"""What is best, and how sure that is: ranking, confidence set, walk-forward, resamples, and what is only noise.

Everything here works on one matrix: ``x`` (C, n), the objective of C grid points in the n windows of one horizon,
in the order of their starts, larger being better (a measure of which less is better comes negated). Windows
overlap: ``stride`` starts lie from one to the next that does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.result import ByValue
from engine.studies.grid.paired import (
    ROUNDING,
    PairedDifference,
    is_any_pair_apart,
    paired_difference,
    paired_differences,
)
from engine.studies.grid.statistics import quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESAMPLES, ROWS = 200, 1000
SEED = 20240101
SPLITS = 5  # of the walk-forward, at most
LEVELS = {"median": 0.5, "p5": 0.05, "p25": 0.25, "worst": 0.0}


def score(x: Floats, statistic: str) -> Floats:
    """(C,) the statistic of each point's windows; -inf for a point that lacks a figure in any of them."""
    if statistic == "mean":
        values = x.mean(axis=1)
    else:
        values = quantile(np.sort(x, axis=1), np.full(len(x), x.shape[1]), LEVELS[statistic])
    result: Floats = np.where(np.isnan(x).any(axis=1), -np.inf, values)
    return result


def confidence_set(x: Floats, best: int, stride: int) -> NDArray[np.bool_]:
    """(C,) points that cannot be told from the best one on the same windows, all compared at once."""
    mean, half_width, _ = paired_differences(x, x[best], stride, len(x) - 1)
    found: NDArray[np.bool_] = ~(mean > half_width)
    found[best] = True
    return found


@dataclass(frozen=True, eq=False)
class Fold(ByValue):
    """A choice made at one time from what had happened by then, and what came of it.

    ``split``   the choice knows the windows that ended before window ``split`` began
    ``out_of_sample``  windows that it is judged on: those that began from then on, up to the next choice
    ``chosen``  the point; ``before`` and ``after`` its statistic on both, ``rank`` its place on the latter
    ``ex_post_best``  the statistic afterwards of the point that was best afterwards
    """

    split: int
    out_of_sample: Ints
    chosen: int
    before: float
    after: float
    rank: int
    ex_post_best: float


def walk_forward(x: Floats, statistic: str, stride: int, splits: int = SPLITS) -> list[Fold]:
    """Choices at up to ``splits`` times, each judged on windows that share no day with what it knew.

    A choice at window s knows the windows 0 .. s − stride, which ended before it began. Empty where the
    history is shorter than two windows.
    """
    n = x.shape[1]
    if n <= stride:
        return []
    at = np.unique(np.linspace(stride, n, min(splits, n - stride) + 1).astype(np.int64))
    folds = []
    for split, until in zip(at[:-1].tolist(), at[1:].tolist()):
        known, later = np.arange(split - stride + 1), np.arange(split, until)
        past, future = score(x[:, known], statistic), score(x[:, later], statistic)
        chosen = int(past.argmax())
        rank = 1 + int((future > future[chosen]).sum())
        folds.append(
            Fold(split, later, chosen, float(past[chosen]), float(future[chosen]), rank, float(future.max()))
        )
    return folds


def resampled_best(
    x: Floats, statistic: str, stride: int, count: int = RESAMPLES, *, threads: int = 1
) -> Ints:
    """(count,) the best point in each of ``count`` resamples of the windows, of which ``threads`` do one each.

    The quantiles are those of type 1 (Hyndman and Fan, 1996).
    """
    from concurrent.futures import ThreadPoolExecutor

    c, n = x.shape
    usable = ~np.isnan(x).any(axis=1)
    order = np.argsort(x, axis=1, kind="stable")

    def best(times: Ints) -> int:
        if statistic == "mean":
            values = x @ times / n
        else:
            target = max(1, math.ceil(LEVELS[statistic] * n))
            place = _reached(order, times, target)
            values = x[np.arange(c), order[np.arange(c), place]]
        return int(np.where(usable, values, -np.inf).argmax())

    with ThreadPoolExecutor(threads) as pool:
        return np.array([*pool.map(best, _resamples(n, stride, count))], np.int64)


def _reached(order: Ints, times: Ints, target: int) -> Ints:
    """(C,) the place in each row of ``order`` (C, n) by which ``target`` windows are drawn, each ``times`` (n,).

    Some rows at a time, which stay in a core's cache, and enough that threads seldom wait for one another.
    """
    small = times.astype(np.int32)

    def reached(rows: Ints) -> Ints:
        drawn = small.take(rows, mode="clip")  # other threads run meanwhile, as they do not while small[rows]
        place: Ints = (np.cumsum(drawn, axis=1, out=drawn) >= target).argmax(axis=1)
        return place

    return np.concatenate([reached(order[first : first + ROWS]) for first in range(0, len(order), ROWS)])


def _resamples(n: int, stride: int, count: int) -> Iterator[Ints]:
    """How often each of ``n`` windows is drawn, (n,), in each of ``count`` resamples. Seeded.

    Circular block bootstrap (Politis and Romano, 1992): blocks of ``stride`` windows in a row, the end joined
    to the beginning, so that windows which share days stay together.
    """
    rng = np.random.default_rng(SEED)
    block = min(stride, n)
    for _ in range(count):
        begins = rng.integers(0, n, -(-n // block))
        taken = ((begins[:, None] + np.arange(block)) % n).ravel()[:n]
        yield np.bincount(taken, minlength=n)


def reality_check_p_value(x: Floats, core: Floats, stride: int, count: int = RESAMPLES) -> float:
    """How often the best of all points would beat the core by as much if none of them were any better.

    White's reality check (Econometrica, 2000): the largest mean difference against ``core`` (C, n), against
    its distribution in circular block resamples of the differences less their means.
    """
    d = x - core
    d = d[~np.isnan(d).any(axis=1)]
    n = d.shape[1]
    mean = d.mean(axis=1)
    times = np.stack([*_resamples(n, stride, count)], axis=1)
    drawn = (d @ times / n - mean[:, None]).max(axis=0)
    return float((drawn >= mean.max()).mean())


@dataclass(frozen=True)
class Neighbour:
    """The best point against the next value of one axis, all else the same."""

    axis: int
    point: int
    difference: PairedDifference


def neighbours(x: Floats, best: int, shape: Sequence[int], stride: int) -> list[Neighbour]:
    """The best point against the points one step up and down each axis, in the order of the axes."""
    place = np.array(np.unravel_index(best, shape))
    found = []
    for axis, length in enumerate(shape):
        for step in (-1, 1):
            other = place.copy()
            other[axis] += step
            if 0 <= other[axis] < length:
                point = int(np.ravel_multi_index(other.tolist(), shape))
                gap = paired_difference(x[best], x[point], stride, len(x) - 1)
                found.append(Neighbour(axis, point, gap))
    return found


@dataclass(frozen=True, eq=False)
class Tuning(ByValue):
    """Everything about one objective. ``horizon`` numbers it, ``core`` (n,) is the core alone or NaN.

    ``order``       (C,) points, best first; ``scores`` (C,) their statistics, larger being better
    ``confidence_set``  (C,) points that cannot be told from the best
    ``resampled``   (draws,) the best point of each resample
    ``reality_check_p_value``  see the function; NaN where there is no core
    ``x``           the matrix itself
    """

    horizon: int
    windows: Ints
    stride: int
    independent: int
    order: Ints
    scores: Floats
    confidence_set: NDArray[np.bool_]
    folds: tuple[Fold, ...]
    resampled: Ints
    neighbours: tuple[Neighbour, ...]
    reality_check_p_value: float
    x: Floats
    core: Floats

    @property
    def best(self) -> int:
        """The best point."""
        return int(self.order[0])

    @property
    def extremes(self) -> PairedDifference:
        """The best point − the worst one, one of all comparisons with the best."""
        worst = self.x[int(self.order[-1])]
        return paired_difference(self.x[self.best], worst, self.stride, len(self.x) - 1)

    @property
    def is_all_the_same(self) -> bool:
        """Whether every point came to the same in every window."""
        return bool(np.allclose(self.x, self.x[self.best], rtol=0.0, atol=ROUNDING))

    @cached_property
    def is_none_apart(self) -> bool:
        """Whether no point can be told from the best one, nor any from any other."""
        return bool(self.confidence_set.all()) and not is_any_pair_apart(self.x, self.stride)


def tune(
    x: Floats,
    core: Floats,
    shape: Sequence[int],
    *,
    statistic: str,
    horizon: int,
    windows: Ints,
    stride: int,
    threads: int = 1,
) -> Tuning:
    """All of it, for (C, n) ``x`` and the core alone beside each row, (C, n) or NaN."""
    scores = score(x, statistic)
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    known = not np.isnan(core).any()
    return Tuning(
        horizon=horizon,
        windows=windows,
        stride=stride,
        independent=-(-x.shape[1] // stride),
        order=order,
        scores=scores,
        confidence_set=confidence_set(x, best, stride),
        folds=tuple(walk_forward(x, statistic, stride)),
        resampled=resampled_best(x, statistic, stride, threads=threads),
        neighbours=tuple(neighbours(x, best, shape, stride)),
        reality_check_p_value=reality_check_p_value(x, core, stride) if known else math.nan,
        x=x,
        core=core,
    )
