"""Simulations of a study in the money of one month, each from the kernel's record of its sessions.

The statistics of a simulation do not hold its path, so that each is simulated once more with everything it does
written down, and read as ``engine.real`` reads a run. Only studies that are asked for it take that time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.ledger.inputs import KernelInputs
from engine.ledger.layout import JOURNAL, MARKET_COLUMNS, MOVEMENT, PARAMETER, PLAN, STAT, STATE, STATS
from engine.ledger.simulation import recorded
from engine.market.price_level import PriceLevel
from engine.market.series import Dates, Floats, Ints
from engine.real import AS_THEY_ARE, no_prices, real_stats

ROWS = 4096  # of a journal, to begin with: most simulations have fewer movements
REAL = "-real"  # ends the name of a study in today's money


@dataclass(frozen=True)
class Sessions:
    """What one simulation did, from its first deposit on: T sessions, amounts in the money of each day.

    ``day``  days since 1970; ``value``, ``cash``, ``flow`` at the close; ``paid_in`` (holdings at the start too)
    and ``taken_out``, >= 0; ``cost``, ``tax`` and ``dividend_tax`` paid; ``unpaid``: what fixed amounts lacked
    """

    day: Ints
    value: Floats
    cash: Floats
    flow: Floats
    paid_in: Floats
    taken_out: Floats
    cost: Floats
    tax: Floats
    dividend_tax: Floats
    unpaid: Floats


def level_of_sessions(level: PriceLevel | None, name: str, sessions: Dates) -> Floats:
    """(T,) consumer prices of each session.

    Raises ConfigError where a plan has none, DataError where a month has no figure.
    """
    if level is None:
        raise no_prices(name)
    found = level.on(sessions)
    if np.isnan(found).any():
        raise level.lacks(sessions[np.isnan(found)][0].astype("datetime64[M]"))
    return found


def real_statistics(
    inputs: KernelInputs, weights: Floats, ends: Ints, stats: Floats, worth: Floats
) -> Floats:
    """``stats`` (E K, STATS) of simulations in today's money.

    ``weights`` (R, A, K) and ``ends`` (E,) are those of ``run_kernel``; ``worth`` (T,): what an amount of each
    session is worth today. What is no amount, such as how long the money lasted, stays.
    """
    found, lanes = stats.copy(), weights.shape[2]
    for lane in range(lanes):
        record, _ = sessions_of(inputs, weights[:, :, lane : lane + 1])
        for e, end in enumerate(ends.tolist()):
            row = e * lanes + lane
            found[row] = in_real(record, worth[inputs.first : end], stats[row])
    return found


def in_real(record: Sessions, worth: Floats, nominal: Floats) -> Floats:
    """The statistics (STATS,) of a simulation that ends where ``worth`` (T,) does, from its ``nominal`` ones."""
    t = slice(0, len(worth))
    moved = (record.value, record.paid_in, record.taken_out, record.flow, record.cash)
    figures = real_stats(record.day[t], *(column[t] * worth for column in moved))
    whole, unpaid = nominal[STAT.UNPAID], record.unpaid[t]
    is_known = abs(float(unpaid.sum()) - whole) <= 1e-6 * whole
    figures |= {
        "liquidation_value": float(nominal[STAT.LIQUIDATION_VALUE] * worth[-1]),
        "cost_paid": float((record.cost[t] * worth).sum()),
        "tax_paid": float((record.tax[t] * worth).sum()),
        "dividend_tax_paid": float((record.dividend_tax[t] * worth).sum()),
        "unpaid": float((unpaid * worth).sum()) if is_known else float("nan"),
    }
    found = nominal.copy()
    found[[STATS.index(name) for name in figures]] = [*figures.values()]
    return found


def in_both(real: Mapping[str, Floats], of_the_day: Mapping[str, Floats]) -> dict[str, Floats]:
    """Figures in today's money, but for those that stay as they are in the money of the day."""
    return {**real, **{name: of_the_day[name] for name in AS_THEY_ARE if name in of_the_day}}


def sessions_of(inputs: KernelInputs, weights: Floats) -> tuple[Sessions, Floats]:
    """What the one simulation of ``weights`` (R, A, 1) did, and its statistics (STATS,)."""
    assets, length = int(inputs.parameters[PARAMETER.ASSETS]), len(inputs.market)
    moves, path, stats = recorded(inputs, np.ascontiguousarray(weights), ROWS)
    moves = moves[moves[:, JOURNAL.KIND] != MOVEMENT.QUOTA_YEAR]
    kind, at = moves[:, JOURNAL.KIND].astype(np.int64), moves[:, JOURNAL.SESSION].astype(np.int64)

    def of(column: int, *kinds: int) -> Floats:
        amounts = moves[:, column]
        if kinds:
            amounts = np.where(np.logical_or.reduce([kind == each for each in kinds]), amounts, 0.0)
        return np.bincount(at, weights=amounts, minlength=length).astype(np.float64)

    first = inputs.first
    taken_out, paid_in = -of(JOURNAL.AMOUNT, MOVEMENT.WITHDRAWAL), of(JOURNAL.AMOUNT, MOVEMENT.DEPOSIT)
    asked = np.where(np.arange(length) >= first, inputs.plan[:, PLAN.WITHDRAWAL], 0.0)
    unpaid = np.maximum(asked - taken_out, 0.0)
    if len(inputs.opening):
        paid_in[first] += inputs.opening[STATE.FLOW]
    taxes = MOVEMENT.SOURCE_TAX, MOVEMENT.DIVIDEND_TAX, MOVEMENT.INTEREST_TAX
    did = Sessions(
        day=inputs.market[first:, MARKET_COLUMNS * assets + 1].astype(np.int64),
        value=path[first:, 0],
        cash=path[first:, 1],
        flow=path[first:, 2],
        paid_in=paid_in[first:],
        taken_out=taken_out[first:],
        cost=of(JOURNAL.COST)[first:],
        tax=-of(JOURNAL.AMOUNT, MOVEMENT.TAX, MOVEMENT.TAX_REFUND)[first:],
        dividend_tax=-of(JOURNAL.AMOUNT, *taxes)[first:],
        unpaid=unpaid[first:],
    )
    return did, stats[0]
