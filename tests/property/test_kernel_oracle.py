"""The kernel against the plain Decimal ledger: two implementations of docs/ledger.md that share no code."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from engine.ledger.lives import make_scene, record_life, window
from tests import lives, oracle

EXAMPLES = int(os.environ.get("BACKTEST_LIVES", "300"))
SAME = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def compare(life: lives.Life) -> None:
    """Every figure of the kernel against the oracle's: to 1e-9 of the life's size, and to the yen in yen books."""
    panel, plan, terms = life
    expected = oracle.live(panel, plan, terms)
    ledger = record_life(window(make_scene(panel, terms), 0, len(panel.sessions)), plan)
    values = np.array([float(value) for value in expected.value])
    size = max(1.0, float(np.abs(values).max()), ledger.stats["contributed"])
    np.testing.assert_allclose(ledger.value, values, rtol=0, atol=1e-9 * size)
    for name in ("contributed", "withdrawn", "cost_paid", "tax_paid", "dividend_tax_paid"):
        assert ledger.stats[name] == pytest.approx(float(getattr(expected, name)), abs=1e-9 * size), name
    assert ledger.stats["liquidation_value"] == pytest.approx(
        float(expected.liquidation_value), abs=1e-9 * size
    )
    assert float(ledger.cash[-1]) == pytest.approx(float(expected.cash), abs=1e-9 * size)
    for b, bucket in enumerate(terms.buckets):
        for a, symbol in enumerate(panel.symbols):
            units = float(expected.units.get((bucket, symbol), 0))
            assert float(ledger.units[-1, b, a]) == pytest.approx(units, rel=1e-9, abs=1e-9), (bucket, symbol)
    quota = [
        (int(y), terms.buckets[int(b)].removeprefix("nisa."), limit, used, given, left)
        for y, b, limit, used, given, left in zip(*ledger.quota.values())
    ]
    wanted = [
        (
            row.year,
            row.frame,
            float(row.limit),
            float(row.used),
            float(row.given_back),
            float(row.lifetime_left),
        )
        for row in expected.quota
    ]
    assert len(quota) == len(wanted)
    for ours, theirs in zip(quota, wanted):
        assert ours[:2] == theirs[:2]
        assert ours[2:] == pytest.approx(theirs[2:], abs=1e-6 * max(1.0, size * 1e-3))


@SAME
@given(lives.lives())
def test_the_kernel_is_the_oracle(life: lives.Life) -> None:
    compare(life)
