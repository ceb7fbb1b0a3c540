"""The kernel's way in: pointers and shapes, so that it can be called where no compiler is loaded."""

from __future__ import annotations

from numba import carray, types

from engine.ledger.jit import outer
from engine.ledger.kernel import live
from engine.ledger.layout import BOOK, FLOW_ROW, LANES, PLAN, RULES, STATS

NUMBERS, BYTES, INTEGERS = (types.CPointer(kind) for kind in (types.float64, types.uint8, types.int64))
ARGUMENTS = (
    *(NUMBERS, NUMBERS, NUMBERS, NUMBERS, BYTES, NUMBERS, NUMBERS, INTEGERS),
    *(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, INTEGERS),
)
FIGURES = len(STATS)


@outer
def enter(market, law, rule, plan, flags, targets, out, ends, book, path, S, kept, D, W, flows, n):
    """Call ``live`` with its arrays; ``n`` holds their shapes, one after another, and then its numbers.

    Shapes that never change are written here: constant distances make for better code.
    """
    live(
        carray(market, (n[0], n[1])),
        carray(law, (n[2], n[3])),
        carray(rule, (RULES,)),
        carray(plan, (n[5], PLAN)),
        carray(flags, (n[7],)),
        carray(targets, (n[8], n[9], n[10])),
        carray(out, (n[11], FIGURES)),
        carray(ends, (n[13],)),
        carray(book, (n[14], BOOK)),
        carray(path, (n[16], n[17])),
        carray(S, (n[18], LANES)),
        carray(kept, (n[20], LANES)),
        carray(D, (n[22],)),
        carray(W, (n[23],)),
        carray(flows, (n[24], FLOW_ROW)),
        n[26],
        n[27],
        n[28],
    )
