"""The mean difference of two points on the same windows, and how sure it is where windows overlap.

``stride`` starts lie from one window to the next that does not overlap it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.studies.student import all_at_once

Floats = NDArray[np.float64]

AT_ONCE = 1_000  # points compared with all at a time
ROUNDING = 1e-12  # what is less is no difference
WHOLE = 1.0  # nobody ends with less than nothing: "11 % more, give or take 174 %" is no answer


@dataclass(frozen=True)
class PairedDifference:
    """The mean paired difference of two points on the same windows, and half the width of its interval.

    ``half_width`` is inf where fewer than two windows do not overlap: then nothing can be told apart.
    ``largest``  the largest difference, up or down, of any window; of ratios no more than ``WHOLE``
    """

    mean: float
    half_width: float
    independent: int
    largest: float = math.inf

    @property
    def is_told(self) -> bool:
        """Whether the interval says anything (``tells``). One that is not told is noise too."""
        return bool(tells(self.half_width, self.largest))

    @property
    def is_noise(self) -> bool:
        """Whether no difference at all is within the interval."""
        return not abs(self.mean) > self.half_width


def tells(half_width: float | Floats, largest: float | Floats) -> np.bool_ | NDArray[np.bool_]:
    """Whether intervals of so wide a half say anything: no wider to each side than any difference there was.

    Never so with fewer than two windows that do not overlap, whose half width is inf.
    """
    return np.asarray(np.isfinite(half_width) & (half_width <= np.asarray(largest)))


UNKNOWN = PairedDifference(math.nan, math.inf, 0)  # of no windows


def paired_differences(
    x: Floats, best: Floats, stride: int, comparisons: int = 1
) -> tuple[Floats, Floats, int]:
    """Mean of ``best`` (n,) − each row of ``x``, half widths of their intervals, and independent windows.

    The mean is over all windows. Its standard error is that of windows which do not overlap: for each of the
    ``stride`` ways of choosing them the sample variance over their number, averaged over the ways; Student's
    t has one degree of freedom less than windows that do not overlap. Conservative: what overlapping windows
    add to what one choice of them knows is not counted. Of so many ``comparisons`` all hold together.
    """
    d = best[None, :] - x
    n = d.shape[1]
    independent = -(-n // stride)
    mean = d.mean(axis=1)
    if independent < 2:
        return mean, np.full(len(d), np.inf), independent
    errors = [_errors(d[first : first + AT_ONCE], stride) for first in range(0, len(d), AT_ONCE)]
    by_row = np.concatenate(errors)
    half_width = all_at_once(independent - 1, comparisons) * np.sqrt(by_row.mean(axis=1))
    return mean, half_width, independent


def _errors(d: Floats, stride: int) -> Floats:
    """(C, ways) the sample variance over the number of windows, of each way of choosing some that do not overlap.

    The first ways may have one window more than the others; those of one window alone are left out. The windows of
    a way are side by side in memory: its sums are then made as if it stood alone.
    """
    full, longer = divmod(d.shape[1], stride)
    padded = np.zeros((len(d), (full + 1) * stride))
    padded[:, : d.shape[1]] = d
    by_way = np.ascontiguousarray(padded.reshape(len(d), full + 1, stride).transpose(0, 2, 1))
    both = (by_way[:, :longer], np.ascontiguousarray(by_way[:, longer:, :full]))
    return np.concatenate(
        [ways.var(axis=2, ddof=1) / ways.shape[2] for ways in both if ways.shape[1] and ways.shape[2] >= 2],
        axis=1,
    )


def paired_difference(one: Floats, other: Floats, stride: int, comparisons: int = 1) -> PairedDifference:
    """``one`` − ``other``, (n,) each."""
    mean, half_width, independent = paired_differences(other[None], one, stride, comparisons)
    largest = float(np.abs(one - other).max(initial=0.0))
    return PairedDifference(float(mean[0]), float(half_width[0]), independent, largest)


def paired_ratio(ratios: Floats, stride: int, comparisons: int) -> PairedDifference:
    """Of the ratios (n,) of one to another, less 1."""
    found = paired_difference(ratios, np.zeros_like(ratios), stride, comparisons)
    return replace(found, largest=min(found.largest, WHOLE))


def is_any_pair_apart(x: Floats, stride: int) -> bool:
    """Whether any two of the points ``x`` (C, n) can be told apart: ``paired_differences`` of all pairs.

    The variance of a difference is that of both less twice what they share, so that one product of the windows
    with themselves holds the errors of all pairs, whose intervals hold together. Differences below the rounding
    of that product are none.
    """
    n = x.shape[1]
    independent = -(-n // stride)
    if independent < 2:
        return False
    ways = [x[:, way::stride] for way in range(min(stride, n)) if x[:, way::stride].shape[1] >= 2]
    weighed = np.concatenate(
        [(way - way.mean(axis=1, keepdims=True)) / math.sqrt((k := way.shape[1]) * (k - 1)) for way in ways],
        axis=1,
    ) / math.sqrt(len(ways))  # fmt: skip
    mean, own = x.mean(axis=1), (weighed**2).sum(axis=1)
    t = all_at_once(independent - 1, len(x) * (len(x) - 1) // 2)
    for first in range(0, len(x), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        both = own[some, None] + own[None]
        error = np.maximum(both - 2.0 * weighed[some] @ weighed.T, 1e-13 * both)
        if (np.abs(mean[some, None] - mean[None]) > t * np.sqrt(error) + ROUNDING).any():
            return True
    return False
