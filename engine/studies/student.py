"""Student's t, of which every interval of a study is a multiple."""

from __future__ import annotations

import math
from functools import cache

LEVEL = 0.95  # of every interval
TINY = 1e-300


def all_at_once(freedom: float, comparisons: int) -> float:
    """The t of intervals of which so many hold together in ``LEVEL`` of cases: Bonferroni."""
    return student(freedom, 1.0 - (1.0 - LEVEL) / max(comparisons, 1))


@cache
def student(freedom: float, level: float = LEVEL) -> float:
    """The t within which Student's t with ``freedom`` degrees (also a fraction of one) lies in ``level`` of cases.

    By halving an interval on P(|T| < t) = 1 − I(ν / (ν + t²); ν/2, 1/2): Abramowitz and Stegun, 26.7.1.
    """
    low, high = 0.0, 1e9
    for _ in range(100):
        middle = 0.5 * (low + high)
        if _outside(middle, freedom) > 1.0 - level:
            low = middle
        else:
            high = middle
    return high


def _outside(t: float, freedom: float) -> float:
    """P(|T| > t)."""
    x = freedom / (freedom + t * t)
    return _beta(x, 0.5 * freedom, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I(x; a, b), by its continued fraction: DLMF 8.17.22."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):  # where the fraction of the other side converges faster
        return 1.0 - _beta(1.0 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    value, up, down = 1.0, 1.0, 0.0  # Lentz's way through a continued fraction
    for n in range(400):
        m = n // 2
        term = 1.0
        if n and n % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        elif n:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        down = 1.0 / (1.0 + term * down or TINY)
        up = 1.0 + term / up or TINY
        value *= up * down
        if n and abs(1.0 - up * down) < 1e-15:
            break
    return front / a * (value - 1.0)
