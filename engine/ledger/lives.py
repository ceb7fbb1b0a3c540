"""The ledger's front door: pack a panel, terms and plans for the kernel, run lives, read the records."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import LedgerError
from engine.ledger import layout as at
from engine.market.panel import Panel
from engine.plan import Plan, Policy
from engine.rules.terms import BucketKind, Terms

Floats = NDArray[np.float64]
NOTHING = np.empty((0, at.BOOK))


@dataclass(frozen=True)
class Scene:
    """The sessions of a life with its prices and its law, packed for the kernel; shared by all its plans.

    ``market`` (T, 5 A + 2), ``law`` and ``law_once`` (for a plan that is not recurring), ``rule``: see
    engine/ledger/layout.py. ``flags`` (T,) marks dividends and the turns of years.
    """

    market: Floats
    law: Floats
    law_once: Floats
    rule: Floats
    flags: NDArray[np.uint8]
    assets: int
    buckets: int

    @property
    def base_price(self) -> Floats:
        """(T, A) value of one unit in base currency."""
        return self.market[:, at.BASE * self.assets : (at.BASE + 1) * self.assets]


@dataclass(frozen=True)
class Ledger:
    """Everything one life did. T sessions, A assets, B buckets, n moves; amounts in base currency.

    ``moves``  columns of length n: ``session`` (index), ``kind`` (text), ``bucket`` and ``asset`` (index,
    -1 = none), ``units``, ``amount`` (signed cash movement), ``cost`` (part of it), ``cash_after``.
    ``quota``  columns: ``year``, ``bucket``, ``limit``, ``used``, ``given_back``, ``lifetime_left``.
    ``value``, ``cash``, ``flow`` (T,); ``units`` (T, B, A) at the close. ``stats`` by name.
    """

    moves: dict[str, NDArray[Any]]
    quota: dict[str, NDArray[Any]]
    value: Floats
    cash: Floats
    flow: Floats
    units: Floats
    stats: dict[str, float]


def pack_market(panel: Panel, terms: Terms) -> Floats:
    """(T, 5 A + 2): every asset's dividend, price, mid rate, base price, settlement year; year; day."""
    columns = (
        panel.dividend,
        panel.price,
        panel.fx,
        panel.price * panel.fx,
        terms.settle_year,
        terms.year[:, None],
        panel.sessions.astype("datetime64[D]").astype(np.int64)[:, None],
    )
    return np.ascontiguousarray(np.concatenate(columns, axis=1), np.float64)


def pack_law(terms: Terms, route: NDArray[np.int64]) -> Floats:
    """One row an asset, one a bucket, one a year (two more than the table has); see layout.py."""
    assets, buckets = route.shape
    years = terms.annual_limit.shape[1] + 2
    law = np.zeros((assets + buckets + years, at.ROUTE + buckets))
    law[:assets, : at.ROUTE] = np.column_stack(
        [
            terms.commission_rate,
            terms.commission_min,
            terms.commission_cap,
            terms.fx_spread,
            terms.tax_spread,
            terms.whole,
            terms.source_tax,
        ]
    )
    law[:assets, at.ROUTE :] = route
    law[assets : assets + buckets, : at.SELL_ORDER + 1] = np.column_stack(
        [
            terms.kind,
            terms.commission_free,
            terms.shares_lifetime,
            terms.restores,
            terms.term,
            terms.lifetime_limit,
            terms.sell_order,
        ]
    )
    by_year = law[assets + buckets :]
    by_year[:, at.NATIONAL] = np.pad(terms.national, (0, 2), mode="edge")
    by_year[:, at.LOCAL] = np.pad(terms.local, (0, 2), mode="edge")
    by_year[:, at.ANNUAL : at.ANNUAL + buckets] = np.pad(terms.annual_limit, ((0, 0), (0, 2)), mode="edge").T
    return law


def pack_terms(terms: Terms, currency: str) -> Floats:
    """The law's part of ``rule`` for a base ``currency``; the plan's part is still zero."""
    rule = np.zeros(at.RULES)
    rule[at.N_ASSETS], rule[at.N_BUCKETS] = terms.route.shape
    rule[at.FIRST_YEAR] = terms.first_year
    rule[at.SHARED_LIFETIME] = terms.shared_lifetime
    rule[at.OVERFLOW] = terms.overflow
    rule[at.OFFSET] = terms.offset_dividends
    rule[at.WHOLE_YEN] = currency == "JPY"
    return rule


def make_scene(panel: Panel, terms: Terms) -> Scene:
    """A panel under its terms, ready to be lived in."""
    yen_books = bool((terms.kind != BucketKind.PLAIN).any())
    flags = (
        calendar_flags(panel.sessions, bool((terms.term > 0).any()))
        if yen_books
        else np.zeros(len(panel.sessions), np.uint8)
    )
    flags |= np.where((panel.dividend > 0.0).any(axis=1), np.uint8(at.ON_DIVIDEND), np.uint8(0))
    return Scene(
        market=pack_market(panel, terms),
        law=pack_law(terms, terms.route),
        law_once=pack_law(terms, terms.route_once),
        rule=pack_terms(terms, panel.currency),
        flags=flags,
        assets=len(panel.symbols),
        buckets=len(terms.buckets),
    )


def window(scene: Scene, start: int, end: int) -> Scene:
    """Sessions ``start`` .. ``end`` - 1 of a scene, as a life of its own; nothing is copied but the flags."""
    flags = scene.flags[start:end].copy()
    flags[:1] &= ~np.uint8(at.ON_NEW_YEAR | at.ON_APRIL)  # nothing to close before a life has begun
    flags[-1:] &= ~np.uint8(at.ON_YEAR_END)  # nothing to move when it is over
    return replace(scene, market=scene.market[start:end], flags=flags)


def calendar_flags(sessions: NDArray[np.datetime64], has_term: bool) -> NDArray[np.uint8]:
    """(T,) flags of first sessions of years, first sessions from 1 April on, and last sessions of years."""
    years = sessions.astype("datetime64[Y]").astype(np.int64)
    months = sessions.astype("datetime64[M]").astype(np.int64) - 12 * years
    turns = years[1:] != years[:-1]
    spring = (months[1:] >= 3) & (turns | (months[:-1] < 3))
    flags = np.zeros(len(sessions), np.uint8)
    flags[1:] |= np.where(turns, at.ON_NEW_YEAR, 0).astype(np.uint8)
    flags[1:] |= np.where(spring, at.ON_APRIL, 0).astype(np.uint8)
    if has_term:
        flags[:-1] |= np.where(turns, at.ON_YEAR_END, 0).astype(np.uint8)
    return flags


def pack_plan(scene: Scene, plan: Plan) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """A plan's arrays (T, PLAN), the full ``rule``, and the flags of its sessions."""
    flows = np.column_stack(
        [plan.deposit, plan.release, plan.withdrawal, plan.withdrawal_share, plan.target_row]
    ).astype(np.float64)
    flags = scene.flags | np.where((flows[:, :4] > 0.0).any(axis=1), np.uint8(at.ON_FLOW), np.uint8(0))
    if plan.policy in (Policy.CALENDAR, Policy.BAND):
        flags |= np.where(plan.rebalance, np.uint8(at.ON_REBALANCE), np.uint8(0))
    rule = scene.rule.copy()
    rule[at.POLICY :] = (
        plan.policy,
        plan.band_width,
        plan.band_relative,
        plan.new_money_first,
        plan.reinvest_dividends,
        plan.idle_yield,
    )
    return flows, rule, flags


def first_deposit(plan: Plan) -> int:
    """Index of the first deposit, from which returns and statistics count."""
    arrived = np.flatnonzero(plan.deposit > 0.0)
    if not len(arrived):
        raise LedgerError("a life without any deposit cannot be run")
    return int(arrived[0])


@dataclass(frozen=True)
class Packed:
    """A plan on its sessions as the kernel takes it, for any number of lives that differ in weights only.

    ``market``, ``law`` and ``rule`` as in Scene, the plan's part of ``rule`` filled in; ``flows`` (T, PLAN),
    ``flags`` (T,), ``arrivals`` the sessions on which money arrives.
    """

    market: Floats
    law: Floats
    rule: Floats
    flows: Floats
    flags: NDArray[np.uint8]
    arrivals: tuple[int, ...]

    @property
    def first(self) -> int:
        """The session of the first deposit, from which returns and statistics count."""
        if not self.arrivals:
            raise LedgerError("a life without any deposit cannot be run")
        return self.arrivals[0]


def pack(scene: Scene, plan: Plan) -> Packed:
    """``plan`` on the sessions of ``scene``."""
    flows, rule, flags = pack_plan(scene, plan)
    law = scene.law if plan.recurring else scene.law_once
    arrivals = tuple(np.flatnonzero(plan.deposit > 0.0).tolist())
    return Packed(scene.market, law, rule, flows, flags, arrivals)


def cut(packed: Packed, start: int, end: int, *, anew: bool = False) -> Packed:
    """Sessions ``start`` .. ``end`` - 1 of a packed life, as a life of its own; nothing is copied but flags.

    For plans whose flows do not depend on when the life began: at each session the same as in the whole, or
    with ``anew`` the same from each life's first session on (a lump sum; the whole has it on session 0).
    The first session of a life is never one of rebalancing, and closes no year.
    """
    flags = packed.flags[start:end].copy()
    flags[:1] &= ~np.uint8(at.ON_NEW_YEAR | at.ON_APRIL | at.ON_REBALANCE)
    flags[-1:] &= ~np.uint8(at.ON_YEAR_END)
    if anew:
        flags[:1] |= np.uint8(at.ON_FLOW)
        return Packed(
            packed.market[start:end], packed.law, packed.rule, packed.flows[: end - start], flags, (0,)
        )
    low, high = bisect_left(packed.arrivals, start), bisect_left(packed.arrivals, end)
    arrivals = tuple(session - start for session in packed.arrivals[low : min(low + 1, high)])
    return Packed(packed.market[start:end], packed.law, packed.rule, packed.flows[start:end], flags, arrivals)


def workspace(packed: Packed) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Room for one block of lives: state, a copy of it, daily statistics, scratch, and the external flows."""
    assets, buckets = int(packed.rule[at.N_ASSETS]), int(packed.rule[at.N_BUCKETS])
    has_term = bool((packed.law[assets : assets + buckets, at.TERM] > 0.0).any())
    flows = int(np.count_nonzero(packed.flags & at.ON_FLOW))
    rows = at.state_rows(buckets, assets, has_term)
    return (
        aligned(rows, at.LANES),
        aligned(rows, at.LANES),
        aligned((at.D_UNITS + assets) * at.LANES),
        aligned(max(at.VALUES + 2 * assets, at.RATE_ROWS) * at.LANES),
        aligned(flows, at.FLOW_ROW),
    )


def aligned(*shape: int) -> Floats:
    """An array, its numbers not yet set, that begins on a cache line."""
    count = math.prod(shape)
    found = np.empty(count + at.LINE)
    begin = -(found.ctypes.data // found.itemsize) % at.LINE
    return found[begin : begin + count].reshape(shape)


def run_packed(
    packed: Packed,
    weights: Floats,
    out: Floats,
    begin: int = 0,
    end: int | None = None,
    ends: NDArray[np.int64] | None = None,
) -> None:
    """Live lives ``begin`` .. ``end`` - 1 of ``weights`` (R, A, K) and fill their rows of ``out`` (K, STATS).

    With ``ends`` (E,), ascending and the last one T, ``out`` is (E K, STATS): the same lives as if they had
    ended with session ``ends[e]`` - 1. Not for frames with a term, where the end of a year depends on
    whether the life goes on.

    One life's work is one division a session; no path is stored. The column ``error`` is the caller's to
    look at (``check_lives``). Other threads run while it works.
    """
    from engine.ledger.native import live

    stop = weights.shape[2] if end is None else end
    over = np.array([len(packed.market)]) if ends is None else ends
    live(
        packed.market, packed.law, packed.rule, packed.flows, packed.flags, weights, out, over, NOTHING, NOTHING,
        *workspace(packed), begin, stop, packed.first,
    )  # fmt: skip


def check_lives(out: Floats) -> None:
    """Raise LedgerError if an invariant broke in any of the lives in ``out`` (K, STATS)."""
    broken = np.count_nonzero(out[:, at.STATS.index("error")])
    if broken:
        raise LedgerError(f"cash or units fell below zero in {broken} of {len(out)} lives")


def run_lives(scene: Scene, plan: Plan, targets: Floats | None = None, *, threads: int = 1) -> Floats:
    """Statistics (K, len(STATS)) of K lives that differ in their target weights (R, A, K) only.

    ``threads`` share the lives in equal parts; the numbers do not depend on how many there are.
    """
    packed = pack(scene, plan)
    weights = np.ascontiguousarray(plan.targets[:, :, None] if targets is None else targets, np.float64)
    count = weights.shape[2]
    out = np.empty((count, len(at.STATS)))
    if threads <= 1 or count <= at.LANES:
        run_packed(packed, weights, out)
    else:
        from concurrent.futures import ThreadPoolExecutor

        blocks = -(-count // at.LANES)
        size = at.LANES * max(1, -(-blocks // (8 * threads)))
        with ThreadPoolExecutor(threads) as pool:
            jobs = [
                pool.submit(run_packed, packed, weights, out, begin, min(begin + size, count))
                for begin in range(0, count, size)
            ]
            for job in jobs:
                job.result()
    check_lives(out)
    return out


def record_life(scene: Scene, plan: Plan) -> Ledger:
    """One life with everything it does written down and its invariants checked."""
    from engine.ledger.native import live

    packed = pack(scene, plan)
    sessions, assets, buckets = len(scene.market), scene.assets, scene.buckets
    weights = np.ascontiguousarray(plan.targets[:, :, None], np.float64)
    flags = packed.flags.copy()
    flags[packed.first] &= ~np.uint8(at.ON_NEW_YEAR | at.ON_APRIL)  # no year to close, none to write down
    path = np.zeros((sessions, 3 + buckets * assets))
    out = np.empty((1, len(at.STATS)))
    used = 1  # a book of one row only counts: the first round says how many are needed
    for _ in range(2):
        book = np.zeros((used, at.BOOK))
        live(
            packed.market, packed.law, packed.rule, packed.flows, flags, weights, out, np.array([sessions]), book,
            path, *workspace(packed), 0, 1, packed.first,
        )  # fmt: skip
        used = int(book[0, 0]) + 1
    ledger = read_book(book[1:], path, dict(zip(at.STATS, out[0].tolist())), buckets, assets)
    check_invariants(ledger, scene.base_price)
    return ledger


def read_book(book: Floats, path: Floats, stats: dict[str, float], buckets: int, assets: int) -> Ledger:
    """The kernel's records as named columns."""
    of_quota = book[:, at.WHAT] == at.QUOTA_YEAR
    moves, quota = book[~of_quota], book[of_quota]
    return Ledger(
        moves={
            "session": moves[:, at.AT].astype(np.int64),
            "kind": np.array(at.KINDS)[moves[:, at.WHAT].astype(np.int64)],
            "bucket": moves[:, at.BUCKET].astype(np.int64),
            "asset": moves[:, at.ASSET].astype(np.int64),
            "units": moves[:, at.UNITS].copy(),
            "amount": moves[:, at.AMOUNT].copy(),
            "cost": moves[:, at.PAID].copy(),
            "cash_after": moves[:, at.CASH_AFTER].copy(),
        },
        quota={
            "year": quota[:, at.AT].astype(np.int64),
            "bucket": quota[:, at.BUCKET].astype(np.int64),
            "limit": quota[:, at.Q_LIMIT].copy(),
            "used": quota[:, at.Q_USED].copy(),
            "given_back": quota[:, at.Q_GIVEN].copy(),
            "lifetime_left": quota[:, at.Q_LEFT].copy(),
        },
        value=path[:, 0].copy(),
        cash=path[:, 1].copy(),
        flow=path[:, 2].copy(),
        units=path[:, 3:].reshape(len(path), buckets, assets).copy(),
        stats=stats,
    )


def check_invariants(ledger: Ledger, base_price: Floats) -> None:
    """Raise LedgerError unless the records explain the life: used in every run, not only in tests.

    Cash is the sum of its movements; units are the sum of trades; neither is negative; positions and cash
    are the value; what came in and what was earned is what is there.
    """
    scale = max(1.0, float(np.abs(ledger.value).max()), ledger.stats["contributed"])
    amount = ledger.moves["amount"].astype(np.float64)
    session = ledger.moves["session"].astype(np.int64)
    kind = ledger.moves["kind"]
    moved = np.bincount(session, weights=amount, minlength=len(ledger.value)).cumsum()
    last_row = np.searchsorted(session, np.arange(len(ledger.value)), side="right") - 1
    known = np.where(last_row >= 0, ledger.moves["cash_after"].astype(np.float64)[last_row], 0.0)
    _hold(np.abs(moved - known).max() <= 1e-9 * scale, "movements do not add up to cash")
    _hold(abs(float(moved[-1]) - float(ledger.cash[-1])) <= 1e-9 * scale, "cash at the end is not explained")
    _hold(float(ledger.cash.min()) >= -1e-6, "cash fell below zero")
    _hold(float(ledger.units.min(initial=0.0)) >= -1e-9, "units fell below zero")
    worth = (ledger.units.sum(axis=1) * base_price).sum(axis=1) + ledger.cash
    _hold(np.abs(worth - ledger.value).max() <= 1e-9 * scale, "positions and cash are not the value")
    traded = np.isin(kind, ("buy", "sell", "transfer_in", "transfer_out"))
    held = np.zeros(ledger.units.shape[1:])
    np.add.at(
        held,
        (ledger.moves["bucket"][traded].astype(int), ledger.moves["asset"][traded].astype(int)),
        ledger.moves["units"][traded].astype(np.float64),
    )
    most = max(1.0, float(ledger.units.max(initial=0.0)))
    _hold(np.abs(held - ledger.units[-1]).max(initial=0.0) <= 1e-9 * most, "trades do not add up to units")
    flows = amount[np.isin(kind, ("deposit", "withdrawal"))].sum()
    paid_in = ledger.stats["contributed"] - ledger.stats["withdrawn"]
    _hold(abs(flows - paid_in) <= 1e-9 * scale, "flows do not add up to what was paid in")


def _hold(holds: bool | np.bool_, otherwise: str) -> None:
    if not holds:
        raise LedgerError(f"the ledger contradicts itself: {otherwise}")
