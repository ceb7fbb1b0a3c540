"""The kernel's way in: pointers and shapes, so that it can be called where no compiler is loaded."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core.cgutils import unpack_tuple
from numba.core.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from engine.ledger.compile.jit import inner
from engine.ledger.kernel import simulate_lanes
from engine.ledger.layout import FLOW_ROW, JOURNAL, LANES, STAT

NUMBERS, BYTES, INTEGERS = (types.CPointer(kind) for kind in (types.float64, types.uint8, types.int64))
ARGUMENTS = (
    *(NUMBERS, NUMBERS, NUMBERS, NUMBERS, BYTES, NUMBERS, NUMBERS, INTEGERS),
    *(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, INTEGERS),
)
FIGURES, COLUMNS = len(STAT), len(JOURNAL)


@intrinsic
def array(_: Any, pointer: Any, shape: Any) -> Any:
    """The array of a shape that begins at a pointer. It owns nothing."""
    made = types.Array(pointer.dtype, len(shape), "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        begin, lengths = arguments[0], unpack_tuple(builder, arguments[1], len(shape))
        size = context.get_constant(types.intp, made.dtype.bitwidth // 8)
        strides = [size]
        for length in reversed(lengths[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        found = make_array(made)(context, builder)
        populate_array(found, data=begin, shape=lengths, strides=strides, itemsize=size, meminfo=None)
        return found._getvalue()

    return made(pointer, shape), generate


@inner
def enter(
    market, terms, parameters, plan, flags, targets, out, ends, opening, journal, path,
    state, snapshot, stats, scratch, flows, n,
):  # fmt: skip
    """Call the kernel with its arrays; ``n`` holds their shapes, one after another, and then its numbers.

    Shapes that never change are written here: LLVM then knows how far the rows of an array are apart, and that a
    loop may write to one while it reads another.
    """
    simulate_lanes(
        array(market, (n[0], n[1])),
        array(terms, (n[2], n[3])),
        array(parameters, (n[4],)),
        array(plan, (n[5], n[6])),
        array(flags, (n[7],)),
        array(targets, (n[8], n[9], n[10])),
        array(out, (n[11], FIGURES)),
        array(ends, (n[13],)),
        array(opening, (n[14],)),
        array(journal, (n[15], COLUMNS)),
        array(path, (n[17], n[18])),
        array(state, (n[19], LANES)),
        array(snapshot, (n[21], LANES)),
        array(stats, (n[23], LANES)),
        array(scratch, (n[25], LANES)),
        array(flows, (n[27], FLOW_ROW)),
        n[29],
        n[30],
        n[31],
    )
