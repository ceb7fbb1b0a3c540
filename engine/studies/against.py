"""Amounts of one strategy against those of another, place by place: more, less, or the same but for rounding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.market.series import Floats, Mask

SAME = 1e-6  # amounts this close, as a part of the larger, are the same


class Against(NamedTuple):
    """What was left of one against what was left of the first.

    ``ratio``  how much more, as a part of the first; only where it is ``known``: a ratio over nothing is none
    """

    better: Mask
    same: Mask
    known: Mask
    ratio: Floats


def against(first: Floats, other: Floats) -> Against:
    """Compare what was left. Two that ended with nothing are the same."""
    more, same = other - first, is_same(first, other)
    ratio = np.where(same & (first <= 0.0), 0.0, more / np.where(first > 0.0, first, 1.0))
    return Against((more > 0.0) & ~same, same, (first > 0.0) | same, ratio)


def is_same(one: Floats, other: Floats) -> Mask:
    """Whether amounts are the same. NaN is like nothing."""
    found: Mask = np.abs(other - one) <= SAME * np.maximum(np.abs(one), np.abs(other))
    return found


def moves_the_same(one: Floats, other: Floats) -> bool:
    """Whether all amounts paid in, or to be taken out, are the same."""
    return np.allclose(one, other, rtol=SAME, atol=0.0)
