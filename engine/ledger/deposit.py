"""A bank deposit among the assets: what it earns by the day, and what is paid of it twice a year.

Its units are yen, in a bucket of their own; what they earn is kept apart until it is paid, in cash.
"""

from __future__ import annotations

from numpy import int64

from engine.ledger.amounts import TaxRates, floor_yen, tax_on
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record
from engine.ledger.layout import MOVEMENT, PARAMETER, STATE, YEAR
from engine.ledger.lookup import kind_of, units_row, year_of, year_row
from engine.rules.terms import BucketKind

BUCKET_OF_DEPOSIT = 0  # the first one, and the one account without tax


@inlined
def earned_by(context, t):
    """What a yen in the deposit has earned from the first session to session ``t``."""
    return context.market[t, context.market.shape[1] - 2]


@inlined
def pays_on(context, t):
    """Whether there is a deposit whose interest is paid on session ``t``."""
    has_deposit = context.parameters[PARAMETER.DEPOSIT] >= 0.0
    return has_deposit and context.market[t, context.market.shape[1] - 1] != 0.0


@inner
def accrue_deposit(block, context, before, t):
    """Interest of the days from session ``before``, the last on which the deposit changed, to ``t``."""
    a = int64(context.parameters[PARAMETER.DEPOSIT])
    if a < 0 or before == t:
        return
    state = block.state
    earned = earned_by(context, t) - earned_by(context, before)
    units = units_row(context, BUCKET_OF_DEPOSIT, a)
    for j in range(block.lanes):
        state[STATE.ACCRUED, j] += state[units, j] * earned


@inlined
def interest_tax(context, gross, t):
    """What is withheld of interest: the two taxes, each rounded down; no loss is set against it."""
    row = year_row(context, year_of(context, t))
    rates = TaxRates(context.terms[row, YEAR.INTEREST_NATIONAL], context.terms[row, YEAR.INTEREST_LOCAL])
    return tax_on(gross, rates)


@inner
def pay_interest(block, context, t, j):
    """Pay what the deposit of lane ``j`` has earned, in yen books whole yen less tax."""
    state = block.state
    a, b = int64(context.parameters[PARAMETER.DEPOSIT]), BUCKET_OF_DEPOSIT
    plain = kind_of(context, b) == BucketKind.PLAIN
    gross = state[STATE.ACCRUED, j] if plain else floor_yen(state[STATE.ACCRUED, j])
    state[STATE.ACCRUED, j] = 0.0
    if gross <= 0.0:
        return
    tax = 0.0 if plain else interest_tax(context, gross, t)
    state[STATE.CASH, j] += gross
    record(block, t, MOVEMENT.INTEREST, b, a, 0.0, gross, 0.0, state[STATE.CASH, j])
    if tax > 0.0:
        state[STATE.CASH, j] -= tax
        state[STATE.DIVIDEND_TAX, j] += tax
        record(block, t, MOVEMENT.INTEREST_TAX, b, a, 0.0, -tax, 0.0, state[STATE.CASH, j])
    if context.parameters[PARAMETER.REINVEST_DIVIDENDS] != 0.0:
        state[STATE.ARRIVED, j] = 1.0


@inner
def interest_on_closing(block, context, before, t, j):
    """What a bank pays of lane ``j`` where the deposit is closed on session ``t``; ``before`` as above."""
    a, b = int64(context.parameters[PARAMETER.DEPOSIT]), BUCKET_OF_DEPOSIT
    earned = earned_by(context, t) - earned_by(context, before)
    accrued = block.state[STATE.ACCRUED, j] + block.state[units_row(context, b, a), j] * earned
    if kind_of(context, b) == BucketKind.PLAIN:
        return accrued
    gross = floor_yen(accrued)
    return gross - interest_tax(context, gross, t)
