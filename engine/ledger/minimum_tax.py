"""The minimum tax on a very high income of one year: docs/ledger.md, "Liquidation value".

Who sells everything at the end has all its gains in one year, or in several if they are sold in parts.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import floor_yen
from engine.ledger.compile.jit import inner
from engine.ledger.layout import PARAMETER, STATE, YEAR
from engine.ledger.lookup import year_row


@inner
def minimum_tax(state, context, year, first, second, j):
    """What is due besides on the incomes of ``year`` and the years after it.

    ``first`` and ``second`` are the gains of what is sold at the end and settles in ``year`` and in the next one,
    each in equal parts of as many years as the liquidation takes. The income of the two open years has what they
    brought before.
    """
    parts = int64(context.parameters[PARAMETER.LIQUIDATION_YEARS])
    due = 0.0
    for k in range(parts + 1):
        income = 0.0
        if k < 2:
            slot = (year + k) & 1
            income = state[STATE.GAIN + slot, j] + state[STATE.DIVIDENDS + slot, j]
        if k < parts:
            income += first / parts
        if k > 0:
            income += second / parts
        row = year_row(context, year + k)
        exempt = context.terms[row, YEAR.EXEMPT]
        if income > exempt:
            least = floor_yen((income - exempt) * context.terms[row, YEAR.MINIMUM_RATE])
            due += max(least - floor_yen(income * context.terms[row, YEAR.ORDINARY_RATE]), 0.0)
    return due
