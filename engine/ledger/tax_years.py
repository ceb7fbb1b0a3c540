"""Tax years in yen books of one simulation: dividends, the close of a year, and what an end would leave.

Every function works on lane ``j`` of the block; amounts are exact to the yen.
"""

from __future__ import annotations

from engine.ledger.amounts import ceil_yen, floor_yen, tax_on, tax_rates
from engine.ledger.compile.jit import inlined, inner
from engine.ledger.journal import record
from engine.ledger.layout import ASSET, MARKET, MOVEMENT, PARAMETER, STATE, YEAR
from engine.ledger.lookup import cost_row, kind_of, quote, settlement_year, units_row, year_of, year_row
from engine.ledger.minimum_tax import minimum_tax
from engine.ledger.sales import sale
from engine.rules.terms import BucketKind


@inner
def pay_dividends(block, context, t, a, j):
    """Pay asset ``a``'s dividend of session ``t`` in every bucket that holds it.

    The country of the fund withholds first, from NISA as from any account; Japan taxes what is left, outside of
    NISA. (The foreign tax credit is for who files a return: it is none of the account's.)
    """
    state = block.state
    per_unit = quote(context, t, MARKET.DIVIDEND, a) * quote(context, t, MARKET.MID, a)
    year = year_of(context, t)
    for b in range(context.buckets):
        units = state[units_row(context, b, a), j]
        if units <= 0.0:
            continue
        gross = floor_yen(per_unit * units)
        if gross <= 0.0:
            continue
        withheld = floor_yen(gross * context.terms[a, ASSET.SOURCE_TAX])
        state[STATE.CASH, j] += gross
        record(block, t, MOVEMENT.DIVIDEND, b, a, units, gross, 0.0, state[STATE.CASH, j])
        state[STATE.CASH, j] -= withheld
        state[STATE.DIVIDEND_TAX, j] += withheld
        if withheld > 0.0:
            record(block, t, MOVEMENT.SOURCE_TAX, b, a, 0.0, -withheld, 0.0, state[STATE.CASH, j])
        net = gross - withheld
        if kind_of(context, b) == BucketKind.TAXABLE:
            income, tax = dividend_tax(context, a, net, year)
            state[STATE.DIVIDENDS + (year & 1), j] += income
            state[STATE.DIVIDENDS_TAXED + (year & 1), j] += tax
            state[STATE.DIVIDEND_TAX, j] += tax
            state[STATE.CASH, j] -= tax
            if tax > 0.0:
                record(block, t, MOVEMENT.DIVIDEND_TAX, b, a, 0.0, -tax, 0.0, state[STATE.CASH, j])
            net -= tax
        if context.parameters[PARAMETER.REINVEST_DIVIDENDS] != 0.0 and net > 0.0:
            state[STATE.ARRIVED, j] = 1.0


@inlined
def dividend_tax(context, a, net, year):
    """A dividend's taxable income, and Japan's tax on it.

    What was withheld abroad inside a fund is added to the income; the income tax is lowered by it, the residents'
    tax is not (二重課税調整, 租税特別措置法 9条の3の2, since 2020).
    """
    rates = tax_rates(context, year)
    share = context.terms[a, ASSET.FOREIGN_TAX]
    if share == 0.0 or context.terms[year_row(context, year), YEAR.LOWERS_FOREIGN] == 0.0:
        return net, tax_on(net, rates)
    abroad = floor_yen(net * share / (1.0 - share))
    income = net + abroad
    return income, max(floor_yen(income * rates.national) - abroad, 0.0) + floor_yen(income * rates.local)


@inner
def close_tax_year(state, context, year, j):
    """Close a tax year: its net loss against its dividends, then carried losses against what is left.

    Returns the refund that the broker pays at once. Refunds for carried losses need a tax return, which is due by
    15 March: they are added to the rows REFUND and DIVIDEND_REFUND, and wait for April. A loss can be carried for
    three years (租税特別措置法 37条の12の2).
    """
    slot = year & 1
    rates = tax_rates(context, year)
    gain, loss = max(state[STATE.GAIN + slot, j], 0.0), max(-state[STATE.GAIN + slot, j], 0.0)
    offsets = context.parameters[PARAMETER.OFFSET_DIVIDENDS] != 0.0
    dividends = state[STATE.DIVIDENDS + slot, j] if offsets else 0.0
    own = min(loss, dividends)
    refund = min(tax_on(own, rates), state[STATE.DIVIDENDS_TAXED + slot, j])
    used = use_losses(state, gain, j)
    if used > 0.0:
        state[STATE.REFUND, j] += tax_on(gain, rates) - tax_on(gain - used, rates)
    used = use_losses(state, dividends - own, j)
    if used > 0.0:
        both = min(tax_on(own + used, rates), state[STATE.DIVIDENDS_TAXED + slot, j])
        state[STATE.DIVIDEND_REFUND, j] += both - refund
    state[STATE.LOSS, j] = state[STATE.LOSS + 1, j]  # what is left of the oldest lapses
    state[STATE.LOSS + 1, j] = state[STATE.LOSS + 2, j]
    state[STATE.LOSS + 2, j] = loss - own
    state[STATE.GAIN + slot, j] = 0.0
    state[STATE.WITHHELD + slot, j] = 0.0
    state[STATE.DIVIDENDS + slot, j] = 0.0
    state[STATE.DIVIDENDS_TAXED + slot, j] = 0.0
    return refund


@inner
def use_losses(state, income, j):
    """Set carried losses against ``income``, oldest first. Returns what was used."""
    used = 0.0
    for age in range(3):
        part = min(state[STATE.LOSS + age, j], income - used)
        state[STATE.LOSS + age, j] -= part
        used += part
    return used


@inner
def liquidation_value(block, context, t, j):
    """Everything sold at the last close, both open tax years closed: docs/ledger.md, "Liquidation value".

    Uses up the tax rows of the state: it is the last thing that happens in a simulation.
    """
    state, year = block.state, year_of(context, t)
    total = state[STATE.CASH, j]
    first, second = 0.0, 0.0  # gains that settle this year, and next
    for b in range(context.buckets):
        kind = kind_of(context, b)
        for a in range(context.assets):
            n = state[units_row(context, b, a), j]
            if n <= 0.0:
                continue
            proceeds, _, taxed = sale(context, t, a, b, n)
            total += proceeds
            if kind == BucketKind.TAXABLE:
                cost = state[cost_row(context, b, a), j]
                if context.terms[a, ASSET.LOT] > 0.0:
                    cost = ceil_yen(cost / n) * n
                if settlement_year(context, t, a) == year:
                    first += taxed - cost
                else:
                    second += taxed - cost
    total -= minimum_tax(state, context, year, first, second, j)
    state[STATE.GAIN + (year & 1), j] += first
    state[STATE.GAIN + ((year + 1) & 1), j] += second
    for y in range(year, year + 2):
        due = tax_on(state[STATE.GAIN + (y & 1), j], tax_rates(context, y))
        total -= due - state[STATE.WITHHELD + (y & 1), j]
        total += close_tax_year(state, context, y, j)
    return total + state[STATE.REFUND, j] + state[STATE.DIVIDEND_REFUND, j]
