"""Where a quantity of a bucket, an asset or a purchase year stands in the state ``S``: see layout.py."""

from __future__ import annotations

from engine.ledger.jit import inlined
from engine.ledger.layout import COHORTS, FRAME, HEAD, LANES, LINE

MOST = 0xFFFFFFFFFFFF


@inlined
def frame_row(bucket: int) -> int:
    """First frame row of a bucket."""
    return HEAD + FRAME * bucket


@inlined
def earmark_row(buckets: int, asset: int) -> int:
    """Cash set aside for an asset."""
    return HEAD + FRAME * buckets + asset


@inlined
def units_row(buckets: int, assets: int, bucket: int, asset: int) -> int:
    """Units of an asset in a bucket."""
    return HEAD + FRAME * buckets + assets + bucket * assets + asset


@inlined
def cost_row(buckets: int, assets: int, bucket: int, asset: int) -> int:
    """Acquisition cost (taxable) or book value (NISA) of an asset in a bucket."""
    return HEAD + FRAME * buckets + assets + (buckets + bucket) * assets + asset


@inlined
def cohort_row(buckets: int, assets: int, bucket: int, asset: int, year: int) -> int:
    """Units of an asset bought in a frame with a term, by purchase year."""
    start = HEAD + FRAME * buckets + assets + 2 * buckets * assets
    return start + (bucket * assets + asset) * COHORTS + year % COHORTS


@inlined
def not_negative(index: int) -> int:
    """The index, which is never negative: said so that the compiler knows.

    It would have to look at each index of a loop over lives otherwise, and leave the loop as it is.
    """
    return index & MOST


@inlined
def whole_lines(lanes: int) -> int:
    """As many lives or more, in whole cache lines: a loop over them is SIMD to its end."""
    return -(-lanes // LINE) * LINE


@inlined
def scratch_row(row: int) -> int:
    """Where a row of the flat scratch begins."""
    return not_negative(row * LANES)
