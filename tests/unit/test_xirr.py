"""The money-weighted return of a path of flows."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from engine.xirr import money_weighted


def test_the_rate_of_a_path_is_the_kernels_definition() -> None:
    """Against pyxirr where flows go one way and the rate is the only one; NaN and −1 where nothing fits."""
    pyxirr = pytest.importorskip("pyxirr")
    rng = np.random.default_rng(7)
    for _ in range(300):
        days = np.sort(rng.choice(20_000, rng.integers(2, 200), replace=False))
        flow = rng.uniform(1.0, 1e6, len(days))
        if rng.random() < 0.5:  # paid in first, taken out later: one change of sign
            flow[len(days) // 2 :] *= -rng.uniform(0.1, 0.9)
        final = float(max(flow.sum(), 1.0) * rng.uniform(0.5, 4.0))
        years = (days[-1] - days) / 365.0
        found = money_weighted(flow, years, final)
        amounts = [*-flow, final]
        when = [date(2000, 1, 1) + timedelta(days=int(day)) for day in [*days, days[-1]]]
        expected = pyxirr.xirr(when, amounts)
        if expected > 1000.0:  # beyond what is looked for
            continue
        assert found == pytest.approx(expected, abs=1e-7)
        worth = flow * (1.0 + found) ** years
        assert worth.sum() == pytest.approx(final, abs=1e-12 * np.abs(worth).sum())
    assert money_weighted(np.array([100.0]), np.array([1.0]), 0.0) == -1.0
    assert math.isnan(money_weighted(np.array([-100.0]), np.array([1.0]), 50.0))
    # Taken out first, paid in later: a loan, which is nobody's return.
    assert math.isnan(money_weighted(np.array([1.0, -100.0, 150.0]), np.array([3.0, 2.0, 0.0]), 1.0))
