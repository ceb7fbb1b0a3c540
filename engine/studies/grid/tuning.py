"""What is best, and how sure that is: ranking, confidence set, walk-forward, resamples, and what is only noise.

Everything here works on one matrix: ``x`` (C, n), the objective of C grid points in the n windows of one horizon,
in the order of their starts, larger being better (a measure of which less is better comes negated). Windows
overlap: ``stride`` starts lie from one to the next that does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.studies.grid.statistics import quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.95  # of every interval
RESAMPLES = 200
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


@dataclass(frozen=True)
class PairedDifference:
    """The mean paired difference of two points on the same windows, and half the width of its interval.

    ``half_width`` is inf where fewer than two windows do not overlap: then nothing can be told apart.
    ``largest``  the largest difference, up or down, of any window
    """

    mean: float
    half_width: float
    independent: int
    largest: float = math.inf

    @property
    def is_told(self) -> bool:
        """Whether the interval says anything: it is no wider to each side than any difference there was.

        Never so with fewer than two windows that do not overlap. One that is not told is noise too.
        """
        return math.isfinite(self.half_width) and self.half_width <= self.largest

    @property
    def is_noise(self) -> bool:
        """Whether no difference at all is within the interval."""
        return not abs(self.mean) > self.half_width


UNKNOWN = PairedDifference(math.nan, math.inf, 0)  # of no windows


def paired_differences(x: Floats, best: Floats, stride: int) -> tuple[Floats, Floats, int]:
    """Mean of ``best`` (n,) − each row of ``x``, half widths of their intervals, and independent windows.

    The mean is over all windows. Its standard error is that of windows which do not overlap: for each of the
    ``stride`` ways of choosing them the sample variance over their number, averaged over the ways; Student's
    t has one degree of freedom less than windows that do not overlap. Conservative: what overlapping windows
    add to what one choice of them knows is not counted.
    """
    d = best[None, :] - x
    n = d.shape[1]
    independent = -(-n // stride)
    mean = d.mean(axis=1)
    if independent < 2:
        return mean, np.full(len(d), np.inf), independent
    errors = [
        d[:, way::stride].var(axis=1, ddof=1) / d[:, way::stride].shape[1]
        for way in range(min(stride, n))
        if d[:, way::stride].shape[1] >= 2
    ]
    half_width = student(independent - 1) * np.sqrt(np.mean(errors, axis=0))
    return mean, half_width, independent


def paired_difference(one: Floats, other: Floats, stride: int) -> PairedDifference:
    """``one`` − ``other``, (n,) each."""
    mean, half_width, independent = paired_differences(other[None], one, stride)
    largest = float(np.abs(one - other).max(initial=0.0))
    return PairedDifference(float(mean[0]), float(half_width[0]), independent, largest)


def student(freedom: int, level: float = LEVEL) -> float:
    """Two-sided quantile of Student's t for whole degrees of freedom.

    By halving an interval on the closed form of its distribution: Abramowitz and Stegun, 26.7.3 and 26.7.4.
    """
    low, high = 0.0, 1e3
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _inside(middle, freedom) < level:
            low = middle
        else:
            high = middle
    return high


def _inside(t: float, freedom: int) -> float:
    """P(|T| < t)."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for k in range(odd, freedom - 1, 2):
        total += term
        term *= (k + 1) / (k + 2) * cosine * cosine
    return (angle + sine * total) * 2.0 / math.pi if odd else sine * total


def confidence_set(x: Floats, best: int, stride: int) -> NDArray[np.bool_]:
    """(C,) points that cannot be told from the best one on the same windows."""
    mean, half_width, _ = paired_differences(x, x[best], stride)
    found: NDArray[np.bool_] = ~(mean > half_width)
    found[best] = True
    return found


@dataclass(frozen=True)
class Fold:
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


def resampled_best(x: Floats, statistic: str, stride: int, count: int = RESAMPLES) -> Ints:
    """(count,) the best point in each of ``count`` resamples of the windows.

    The quantiles are those of type 1 (Hyndman and Fan, 1996).
    """
    c, n = x.shape
    usable = ~np.isnan(x).any(axis=1)
    order = np.argsort(x, axis=1, kind="stable")
    best = np.empty(count, np.int64)
    for draw, times in enumerate(_resamples(n, stride, count)):
        if statistic == "mean":
            values = x @ times / n
        else:
            target = max(1, math.ceil(LEVELS[statistic] * n))
            place = (np.cumsum(times[order], axis=1) >= target).argmax(axis=1)
            values = x[np.arange(c), order[np.arange(c), place]]
        best[draw] = int(np.where(usable, values, -np.inf).argmax())
    return best


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
                found.append(Neighbour(axis, point, paired_difference(x[best], x[point], stride)))
    return found


@dataclass(frozen=True)
class Tuning:
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


def tune(
    x: Floats, core: Floats, shape: Sequence[int], *, statistic: str, horizon: int, windows: Ints, stride: int
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
        resampled=resampled_best(x, statistic, stride),
        neighbours=tuple(neighbours(x, best, shape, stride)),
        reality_check_p_value=reality_check_p_value(x, core, stride) if known else math.nan,
        x=x,
        core=core,
    )
