"""Runs the kernel: many simulations in step, or one with everything it does written down."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from engine.errors import LedgerError
from engine.ledger.inputs import KernelInputs, MarketData, make_inputs
from engine.ledger.invariants import Ledger, check_invariants, read_journal
from engine.ledger.layout import (
    DAILY,
    EVENT,
    FLOW_ROW,
    JOURNAL,
    LANES,
    LINE,
    MOVEMENT,
    PARAMETER,
    SCRATCH,
    STAT,
    STATE,
    STATS,
    state_rows,
)
from engine.ledger.opening import opening_rows, read_opening, with_opening
from engine.market.series import Floats, Ints, calendar_year
from engine.messages import message
from engine.plan import Plan
from engine.rules.opening import Opening

NOTHING = np.empty((0, len(JOURNAL)))


Workspace = tuple[Floats, Floats, Floats, Floats, Floats]


def workspace(inputs: KernelInputs, *, rates: bool = True) -> Workspace:
    """Room for one block: state, its snapshot, daily statistics, scratch, and the external flows.

    Without ``rates`` no flow is kept: the money-weighted rate, which takes as long as all else, stays NaN.
    """
    assets, buckets = (int(inputs.parameters[size]) for size in (PARAMETER.ASSETS, PARAMETER.BUCKETS))
    has_term = bool((inputs.tax_free_years > 0.0).any())
    flows = int(np.count_nonzero(inputs.flags & EVENT.FLOW)) if rates else 0
    rows = state_rows(buckets, assets, has_term, len(inputs.takings))
    return (
        aligned(rows, LANES),
        aligned(rows, LANES),
        aligned(DAILY.UNITS + assets, LANES),
        aligned(SCRATCH.VALUES + 2 * assets, LANES),
        aligned(flows, FLOW_ROW),
    )


def aligned(*shape: int) -> Floats:
    """An array, its numbers not yet set, that begins on a cache line."""
    count = math.prod(shape)
    found = np.empty(count + LINE)
    begin = -(found.ctypes.data // found.itemsize) % LINE
    return found[begin : begin + count].reshape(shape)


def run_kernel(
    inputs: KernelInputs,
    weights: Floats,
    out: Floats,
    begin: int = 0,
    end: int | None = None,
    *,
    ends: Ints | None = None,
    journal: Floats = NOTHING,
    path: Floats = NOTHING,
    room: Workspace | None = None,
) -> None:
    """Simulate lanes ``begin`` .. ``end`` - 1 of ``weights`` (R, A, K) and fill their rows of ``out`` (K, STATS).

    With ``ends`` (E,), ascending and the last one T, ``out`` is (E K, STATS): the same simulations as if they had
    ended with session ``ends[e]`` - 1. Not for frames with a term, where the end of a year depends on whether the
    simulation goes on. With rows in ``journal`` there is one lane, and what it does is written to ``journal`` and
    ``path``. ``room`` is the workspace, whose state afterwards is that of the last block at its end.

    The work is one division a lane and session. The column ``error`` is the caller's to look at
    (``check_statistics``). Other threads run meanwhile.
    """
    from engine.ledger.compile.native import simulate_lanes

    stop = weights.shape[2] if end is None else end
    ends = np.array([len(inputs.market)]) if ends is None else ends
    simulate_lanes(
        inputs.market, inputs.terms, inputs.parameters, inputs.plan, inputs.flags, weights, out, ends,
        inputs.opening, journal, path, *(room or workspace(inputs)), begin, stop, inputs.first,
    )  # fmt: skip


def load_kernel() -> None:
    """Have the machine code in this process, which is made where there is none yet, before it is needed."""
    from engine.ledger.compile.native import kernel

    kernel()


def check_statistics(out: Floats) -> None:
    """Raise LedgerError if an invariant broke in any of the simulations in ``out`` (K, STATS)."""
    broken = int(np.count_nonzero(out[:, STAT.ERROR]))
    if broken:
        raise LedgerError(
            message(
                "cash or units fell below zero in {broken} of {count} lives", broken=broken, count=len(out)
            )
        )


def simulate(data: MarketData, plan: Plan, targets: Floats | None = None, *, threads: int = 1) -> Floats:
    """Statistics (K, len(STATS)) of K simulations that differ in their target weights (R, A, K) only.

    ``threads`` share them in equal parts; the numbers do not depend on how many there are.
    """
    inputs = make_inputs(data, plan)
    weights = np.ascontiguousarray(plan.targets[:, :, None] if targets is None else targets, np.float64)
    count = weights.shape[2]
    out = np.empty((count, len(STATS)))
    if threads <= 1 or count <= LANES:
        run_kernel(inputs, weights, out)
    else:
        from concurrent.futures import ThreadPoolExecutor

        blocks = -(-count // LANES)
        size = LANES * max(1, -(-blocks // (8 * threads)))
        with ThreadPoolExecutor(threads) as pool:
            jobs = [
                pool.submit(run_kernel, inputs, weights, out, begin, min(begin + size, count))
                for begin in range(0, count, size)
            ]
            for job in jobs:
                job.result()
    check_statistics(out)
    return out


def simulate_one(data: MarketData, plan: Plan, opening: Opening | None = None) -> Ledger:
    """One simulation with everything it does written down and its invariants checked."""
    inputs = one_inputs(data, plan, opening)
    weights = np.ascontiguousarray(plan.targets[:, :, None], np.float64)
    journal, path, out = recorded(inputs, weights)
    rows = np.concatenate([opening_rows(inputs), journal])
    before = (rows[:, JOURNAL.KIND] == MOVEMENT.QUOTA_YEAR) & (
        rows[:, JOURNAL.SESSION] < calendar_year(inputs.first_day)
    )
    rows = rows[~before]  # of the year before, which holdings may close on the first session
    ledger = read_journal(rows, path, dict(zip(STATS, out[0].tolist())), data.buckets, data.assets)
    if opening is not None:
        ledger = replace(ledger, opening=float(inputs.opening[STATE.FLOW]))
    check_invariants(ledger, data.base_price)
    return ledger


def recorded(inputs: KernelInputs, weights: Floats, room: int = 0) -> tuple[Floats, Floats, Floats]:
    """The one simulation of ``weights`` (R, A, 1) with everything it does written down.

    Its movements (n, JOURNAL), its path (T, 3 + buckets · assets) and its statistics (1, STATS). ``room``: for how
    many movements to begin with; with none the first round only counts them.
    """
    assets, buckets = (int(inputs.parameters[size]) for size in (PARAMETER.ASSETS, PARAMETER.BUCKETS))
    path, out = np.zeros((len(inputs.market), 3 + buckets * assets)), np.empty((1, len(STATS)))
    while True:  # the kernel counts on past the journal's end: the second round has room
        journal = np.zeros((room + 1, len(JOURNAL)))
        run_kernel(inputs, weights, out, journal=journal, path=path)
        used = int(journal[0, 0])
        if used <= room:
            return journal[1 : used + 1], path, out
        room = used


def one_inputs(data: MarketData, plan: Plan, opening: Opening | None) -> KernelInputs:
    """What the kernel takes for one simulation; where it begins with a deposit, that day closes no year."""
    inputs = with_opening(make_inputs(data, plan), opening)
    if opening is not None:
        return inputs
    flags = inputs.flags.copy()
    flags[inputs.first] &= ~np.uint8(EVENT.NEW_YEAR | EVENT.APRIL)
    return replace(inputs, flags=flags)


def state_after(
    data: MarketData, plan: Plan, opening: Opening | None, sessions: int, *, ends_year: bool
) -> Opening:
    """What a simulation owns after so many ``sessions``: from it, the rest goes on as if nothing had been cut.

    ``ends_year``: the next session is in another year, so that terms which end with this one do so now.
    """
    inputs = one_inputs(data, plan, opening)
    flags = inputs.flags[:sessions].copy()
    if ends_year and (inputs.tax_free_years > 0.0).any():
        flags[-1] |= EVENT.YEAR_END
    # Nothing is paid that is not there; a deposit's interest is counted to this day.
    flags[-1] |= EVENT.DIVIDEND
    cut = replace(inputs, market=inputs.market[:sessions], plan=inputs.plan[:sessions], flags=flags)
    room = workspace(cut)
    weights = np.ascontiguousarray(plan.targets[:, :, None], np.float64)
    run_kernel(cut, weights, np.empty((1, len(STATS))), room=room)
    return read_opening(room[0][:, 0], cut, cut.last_day)
