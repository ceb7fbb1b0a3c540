"""The kernel against the plain Decimal ledger: two implementations of docs/ledger.md that share no code.

And against itself told otherwise: the daily figures against the path it wrote down, a life beside others and
a life seen before its end against the life alone.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from engine import ledger as kernel
from tests import kernel_checks, lives, oracle
from tests.corners import CORNERS
from tests.variations import examples

EXAMPLES = int(os.environ.get("BACKTEST_LIVES", "300"))
SAME = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def compare(life: lives.Life) -> None:
    """Every figure of the kernel against the oracle's, to the yen in yen books, and against its own path."""
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    kernel_checks.check_figures(life, ledger)


@SAME
@given(lives.lives())
def test_the_kernel_is_the_oracle(life: lives.Life) -> None:
    compare(life)


@pytest.mark.parametrize("corner", CORNERS)
def test_the_corners_are_the_oracle(corner: str) -> None:
    compare(CORNERS[corner]())


@examples(30)
@given(lives.lives(longest=160))
def test_lives_side_by_side_and_seen_before_their_end(life: lives.Life) -> None:
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_lanes(kernel, life, ledger)
    kernel_checks.check_lanes(kernel, life, ledger, lane=36, count=40)
    kernel_checks.check_ends(kernel, life, ledger)
    kernel_checks.check_ends(kernel, life, ledger, count=40)
