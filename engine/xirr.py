"""The money-weighted return of one path of flows: the XIRR, as the kernel has it (engine/ledger/rates.py)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.market.series import Floats

LEAST_RATE, MOST_RATE = math.log(1e-9), math.log(1e4)  # of log(1 + XIRR)


def money_weighted(flow: Floats, years: Floats, final: float) -> float:
    """The XIRR of external flows (n,), ``years`` (days / 365) before the end, with the value at the end.

    The solution next to 0 on the side of the profit; −1 where nothing came back, NaN where no rate fits or only
    that of a loan: the definition, and its source, are those of engine/ledger/rates.py.
    """
    moved = np.flatnonzero(flow)
    if not moved.size or flow.max() <= 0.0 or final < 0.0:
        return math.nan
    if final <= 0.0 and flow.min() >= 0.0:
        return -1.0
    flow, years = flow[moved], years[moved]
    if final <= 0.0:
        years = years - years[-1]  # what ends with nothing ends with its last flow

    def gap(x: float) -> tuple[float, float]:
        worth = flow * np.exp(x * years)
        return float(worth.sum() - final), float(worth @ years)

    gap_near = gap(0.0)[0]
    near, far = 0.0, 0.1 if gap_near < 0.0 else -0.1
    gap_far = gap(far)[0]
    while gap_near * gap_far > 0.0:
        if not LEAST_RATE < far < MOST_RATE:
            return math.nan
        step = 2.0 * (far - near)
        near, gap_near = far, gap_far
        far = min(max(far + step, LEAST_RATE), MOST_RATE)
        gap_far = gap(far)[0]
    low, high = min(near, far), max(near, far)
    x = _root(gap, low, high, is_low_negative=(gap_near if near < far else gap_far) < 0.0)
    return math.nan if _is_a_loan(flow, years, x) else math.expm1(x)


def _root(
    gap: Callable[[float], tuple[float, float]], low: float, high: float, *, is_low_negative: bool
) -> float:
    """Where ``gap``, which says its slope too, is 0 between ``low`` and ``high``: its signs there differ.

    Newton's method inside a bracket that is halved where Newton leaves it, or is no faster than halving. Source:
    "rtsafe" in Press et al., Numerical Recipes.
    """
    x = 0.5 * (low + high)
    moved = high - low
    for _ in range(200):
        here, slope = gap(x)
        if (here < 0.0) == is_low_negative:
            low = x
        else:
            high = x
        new = x - here / slope if slope else low
        if not low < new < high or abs(new - x) > 0.5 * moved:
            new = 0.5 * (low + high)
        moved, x = abs(new - x), new
        if moved <= 1e-15:
            break
    return x


def _is_a_loan(flow: Floats, years: Floats, x: float) -> bool:
    """Whether an account with these flows at log-rate ``x`` owes more, once, than it had ever held until then."""
    growth = np.exp(x * -np.diff(years, prepend=years[0]))  # since the flow before
    held = most = 0.0
    for amount, grown in zip(flow.tolist(), growth.tolist()):
        held *= grown
        most = held if held > most else most
        held += amount
        if held < -most and held < -most - 1e-9 * max(most, abs(amount)):
            return True
        most = held if held > most else most
    return False
