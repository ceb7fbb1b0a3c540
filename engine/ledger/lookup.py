"""Where a quantity of a bucket, an asset or a year stands in the kernel's arrays: see layout.py."""

from __future__ import annotations

from numpy import int64

from engine.ledger.compile.jit import inlined
from engine.ledger.layout import (
    ASSET,
    BUCKET,
    CALENDAR,
    COHORTS,
    FRAME_ROWS,
    HEAD,
    LINE,
    MARKET,
    MARKET_COLUMNS,
    MEMORY_ROWS,
    PARAMETER,
    RULES,
    RULES_AT,
    TAKING_COLUMNS,
    TAKINGS_AT,
)

MOST = 0xFFFFFFFFFFFF
TOKYO, NEW_YORK, ALL = 0, 1, 2  # turns of a session


@inlined
def frame_row(bucket):
    """First FRAME row of a bucket."""
    return HEAD + FRAME_ROWS * bucket


@inlined
def earmark_row(context, asset):
    """Cash set aside for an asset."""
    return HEAD + FRAME_ROWS * context.buckets + asset


@inlined
def units_row(context, bucket, asset):
    """Units of an asset in a bucket."""
    return HEAD + FRAME_ROWS * context.buckets + context.assets * (1 + bucket) + asset


@inlined
def cost_row(context, bucket, asset):
    """Acquisition cost (taxable) or book value (NISA) of an asset in a bucket."""
    return units_row(context, context.buckets + bucket, asset)


@inlined
def cohort_row(context, bucket, asset, year):
    """Units of an asset bought in a frame with a term, by purchase year."""
    begin = units_row(context, 2 * context.buckets, 0)
    return begin + (bucket * context.assets + asset) * COHORTS + year % COHORTS


@inlined
def memory_row(state, context, taking, what):
    """A MEMORY of a taking: the last rows there are."""
    return state.shape[0] - MEMORY_ROWS * (context.takings - taking) + what


@inlined
def rule(context, taking, what):
    """A RULE of a taking."""
    return context.parameters[RULES_AT + RULES * taking + what]


@inlined
def taking_column(taking, what):
    """The column of the plan of a TAKING."""
    return TAKINGS_AT + TAKING_COLUMNS * taking + what


@inlined
def bucket_row(context, bucket):
    """A bucket's row of ``terms``."""
    return context.assets + bucket


@inlined
def kind_of(context, bucket):
    """The BucketKind of a bucket."""
    return int64(context.terms[bucket_row(context, bucket), BUCKET.KIND])


@inlined
def year_row(context, year):
    """A calendar year's row of ``terms``."""
    return context.assets + context.buckets + year - int64(context.parameters[PARAMETER.FIRST_YEAR])


@inlined
def quote(context, t, column, asset):
    """A column of MARKET of an asset on session ``t``."""
    return context.market[t, column * context.assets + asset]


@inlined
def two_clocks(context):
    """Whether Tokyo's orders of a session are made before New York's prices of it are known."""
    return context.parameters[PARAMETER.TWO_CLOCKS] != 0.0


@inlined
def known_price(context, t, asset):
    """What a unit of an asset is known to be worth when the orders of session ``t`` are decided."""
    if two_clocks(context):
        return context.market[t, MARKET_COLUMNS * context.assets + CALENDAR + asset]
    return quote(context, t, MARKET.BASE_PRICE, asset)


@inlined
def in_turn(context, asset, turn):
    """Whether an asset is traded in a turn of the session: ALL of them, Tokyo's, New York's."""
    return turn == ALL or int64(context.terms[asset, ASSET.TURN]) == turn


@inlined
def year_of(context, t):
    """The calendar year of session ``t``."""
    return int64(context.market[t, MARKET_COLUMNS * context.assets])


@inlined
def settlement_year(context, t, asset):
    """The calendar year in which an order of session ``t`` settles: its tax year and quota year."""
    return int64(quote(context, t, MARKET.SETTLEMENT_YEAR, asset))


@inlined
def not_negative(index):
    """The index, which is never negative: said so that the compiler knows.

    It would have to look at each index of a loop over lanes otherwise, and leave the loop as it is.
    """
    return index & MOST


@inlined
def whole_lines(lanes):
    """As many lanes or more, in whole cache lines: a loop over them is SIMD to its end."""
    return -(-lanes // LINE) * LINE
