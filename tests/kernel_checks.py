"""What the kernel says of a life, against what others say of it: the oracle, the path, the life told otherwise.

Every function takes the package ``engine.ledger`` (as it is, or from ``tests.uncompiled``) or what it
made of a life, and raises AssertionError at the first difference.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

import engine.ledger.simulation  # noqa: F401  (so that the package has its modules)
from tests.lives import Life
from tests.oracle import OracleResult

Floats = NDArray[np.float64]
TOTALS = (
    "contributed", "withdrawn", "wanted", "unpaid", "cost_paid", "tax_paid", "dividend_tax_paid",
    "liquidation_value",
)  # fmt: skip
PATH_FIGURES = (
    "final_value",
    "idle_cash_average",
    "twr_index",
    "max_drawdown",
    "return_sum",
    "return_square_sum",
    "return_count",
    "days",
)
TRADED = ("opening", "buy", "sell", "transfer_in", "transfer_out")
STATED = {  # how the oracle calls the kernel's movements
    "tax": "tax", "tax_refund": "tax", "deposit": "deposit", "withdrawal": "withdrawal", "dividend": "dividend",
    "source_tax": "source_tax", "dividend_tax": "dividend_tax", "buy": "buy", "sell": "sell",
    "transfer_out": "transfer_out", "transfer_in": "transfer_in", "interest": "interest", "opening": "opening",
    "interest_tax": "interest_tax",
}  # fmt: skip


def record(kernel: Any, life: Life) -> Any:
    """The life with everything it does written down."""
    return kernel.simulation.simulate_one(market_data_of(kernel, life), life.plan)


def market_data_of(kernel: Any, life: Life) -> Any:
    """A life's sessions, packed."""
    market_data = kernel.inputs.make_market_data(life.panel, life.terms)
    return kernel.inputs.slice_market(market_data, 0, len(life.panel.sessions))


def check_against_oracle(life: Life, expected: OracleResult, ledger: Any, *, opens: bool = False) -> None:
    """Every figure to 1e-9 of the life's size, which is to the yen in yen books; every movement, every year."""
    panel, _, terms = life
    values = np.array([float(value) for value in expected.value])
    size = max(1.0, float(np.abs(values).max()), ledger.stats["contributed"])
    near(ledger.value, values, 1e-9 * size, "value")
    near(ledger.cash, [float(cash) for cash in expected.cash_path], 1e-9 * size, "cash")
    for name in TOTALS:
        near(
            ledger.stats[name], float(getattr(expected, name)), 1e-9 * max(size, float(expected.wanted)), name
        )
    days = panel.sessions.astype("datetime64[D]").astype(np.int64)
    first, dry = begun(life, opens), expected.depleted
    same(ledger.stats["depleted"], math.nan if dry is None else dry, "depleted")
    same(ledger.stats["lasted"], math.nan if dry is None else days[dry] - days[first], "lasted")
    for b, bucket in enumerate(terms.buckets):
        for a, symbol in enumerate(panel.symbols):
            units = float(expected.units.get((bucket, symbol), 0))
            near(ledger.units[-1, b, a], units, 1e-9 * max(1.0, units), f"units of {bucket} {symbol}")
    check_movements(life, expected, ledger, 1e-9 * size)
    check_quota(life, expected, ledger, 1e-6 * max(1.0, size * 1e-3))


def begun(life: Life, opens: bool) -> int:
    """The session with which a life begins: that of its first deposit; the first where it ``opens`` owning."""
    return 0 if opens else int(np.flatnonzero(life.plan.deposit > 0.0)[0])


def check_movements(life: Life, expected: OracleResult, ledger: Any, atol: float) -> None:
    """Each session's movements by kind, account and asset; interest, noted when something happens, in sum."""
    panel, _, terms = life
    ours: dict[tuple[Any, ...], Floats] = defaultdict(lambda: np.zeros(2))
    moves = ledger.moves
    for t, kind, b, a, units, amount in zip(
        *(moves[name] for name in ("session", "kind", "bucket", "asset", "units", "amount"))
    ):
        name = STATED[str(kind)]
        bucket, asset = terms.buckets[b] if b >= 0 else "", panel.symbols[a] if a >= 0 else ""
        if b < 0 and name in ("tax", "dividend_tax"):
            name, bucket = (
                "refund",
                next((one for one, k in zip(terms.buckets, terms.kind) if k == 1), ""),
            )  # of a closed year
        at = -1 if name == "interest" else int(t)
        traded = float(units) if name in TRADED else 0.0
        ours[at, name, bucket, asset] += (float(amount), traded)
    theirs: dict[tuple[Any, ...], Floats] = defaultdict(lambda: np.zeros(2))
    for row in expected.transactions:
        at = -1 if row.kind == "interest" else row.session
        theirs[at, row.kind, row.bucket, row.asset] += (float(row.amount), float(row.units))
    for key in ours.keys() | theirs.keys():
        near(ours[key][0], theirs[key][0], 3.0 * atol, f"amount of {key}")
        near(ours[key][1], theirs[key][1], 3e-9 * max(1.0, abs(theirs[key][1])), f"units of {key}")
    near(moves["cost"].sum(), ledger.stats["cost_paid"], atol, "costs of the movements")
    near(moves["cash_after"], np.cumsum(moves["amount"]), 3.0 * atol, "cash after the movements")
    assert ((moves["amount"] != 0.0) | (moves["units"] != 0.0)).all(), "a movement of nothing"
    traded = np.isin(moves["kind"], TRADED)
    paid = moves["kind"] == "dividend"
    assert (moves["amount"][np.isin(moves["kind"], ("deposit", "tax_refund", "dividend"))] > 0.0).all()
    assert (moves["amount"][np.isin(moves["kind"], ("withdrawal", "tax", "source_tax"))] < 0.0).all()
    assert (moves["units"][~traded & ~paid] == 0.0).all(), "units that do not move"
    assert (moves["cost"][~np.isin(moves["kind"], ("buy", "sell"))] == 0.0).all(), "a cost without a trade"
    paid &= moves["session"] > 0  # on the first session dividends are paid on what was owned before it
    held = ledger.units[moves["session"][paid] - 1, moves["bucket"][paid], moves["asset"][paid]]
    assert (moves["units"][paid] == held).all(), "a dividend on other units"


def check_quota(life: Life, expected: OracleResult, ledger: Any, atol: float) -> None:
    """The NISA frames year by year."""
    ours = [
        (int(year), life.terms.buckets[int(b)].removeprefix("nisa."), *amounts)
        for year, b, *amounts in zip(*ledger.quota.values())
    ]
    assert [row[:2] for row in ours] == [(row.year, row.frame) for row in expected.quota]
    for mine, row in zip(ours, expected.quota):
        theirs = [float(x) for x in (row.limit, row.used, row.given_back, row.lifetime_left)]
        near(mine[2:], theirs, atol, f"quota of {mine[:2]}")


def check_figures(life: Life, ledger: Any, *, opens: bool = False) -> None:
    """The figures that the kernel keeps day by day, from the value, cash and flow it wrote down."""
    plan, days = life.plan, life.panel.sessions.astype("datetime64[D]").astype(np.int64)
    first = begun(life, opens)
    stats, value, flow = ledger.stats, ledger.value, ledger.flow
    paid_out = np.zeros(len(value))
    taken = ledger.moves["kind"] == "withdrawal"
    np.add.at(paid_out, ledger.moves["session"][taken], ledger.moves["amount"][taken])
    owned = np.zeros(len(value))
    owned[0] = ledger.opening
    near(flow, plan.deposit + paid_out + owned, 1e-9 * max(1.0, stats["contributed"]), "flow")
    wanted = path_figures(value[first:], ledger.cash[first:], flow[first:], days[first:])
    for name in PATH_FIGURES:
        near(stats[name], wanted[name], 1e-9 * max(1.0, abs(wanted[name])), name)
    assert stats["error"] == 0.0
    assert (ledger.cash >= 0.0).all()
    principal = np.cumsum(flow)
    money = (np.concatenate([[0.0], value[:-1]]) > 0.0) | (flow > 0.0)
    noise = 1e-13 * stats["contributed"]  # sums of what came and went are as coarse as all that came
    surely = money & (value < principal * (1.0 - 1e-9) - noise) & (principal > noise)
    perhaps = money & (value < principal * (1.0 - 1e-13) + noise) & (principal > -noise)
    assert surely[first:].sum() <= stats["days_below_principal"] <= perhaps[first:].sum(), (
        "days below principal"
    )
    check_xirr(stats["xirr"], flow, (days[-1] - days) / 365.0, float(value[-1]))


def path_figures(value: Floats, cash: Floats, flow: Floats, days: Any) -> dict[str, float]:
    """The figures of a path from its first deposit on, session by session: docs/method.md."""
    index, peak, worst, total, squares, before = 1.0, 1.0, 0.0, 0.0, 0.0, 0.0
    count, with_money, last_day, idle = 0, 0, 0, 0.0
    for v, f, day, waiting in zip(value.tolist(), flow.tolist(), days.tolist(), cash.tolist()):
        r = 0.0
        count += 1 if before > 0.0 or f > 0.0 else 0
        idle += waiting if before > 0.0 or f > 0.0 else 0.0
        with_money += day - last_day if before > 0.0 else 0
        last_day = day
        if before > 0.0 and (f <= 0.0 or v - f > 0.0):
            r = (v - f) / before - 1.0
        elif f > 0.0:
            r = v / (before + f) - 1.0
        index *= 1.0 + r
        peak = max(peak, index)
        worst = max(worst, 1.0 - index / peak)
        total += r
        squares += r * r
        before = v
    return {
        "final_value": float(value[-1]), "idle_cash_average": idle / max(count, 1),
        "twr_index": index, "max_drawdown": -worst, "return_sum": total, "return_square_sum": squares,
        "return_count": count, "days": with_money,
    }  # fmt: skip


def check_xirr(rate: float, flow: Floats, years: Floats, final: float, step: float = 1e-10) -> None:
    """The flows grow to the final value at this log-rate, give or take ``step``; NaN only if none fits.

    Or if an account at the rate that fits would have owed more than it had held: ``owes_too_much``. Without
    a final value the life ends with its last flow.
    """
    if final <= 0.0 and (flow < 0.0).any():
        years = years - years[flow != 0.0].min()

    def gap(x: float) -> float:
        back = max(x, 0.0) * float(years[flow != 0.0].max(initial=0.0))
        return float((flow * np.exp(x * years - back)).sum()) - final * math.exp(-back)

    if math.isnan(rate):
        if (flow > 0.0).any():
            fits = roots(gap)
            assert all(owes_too_much(x, flow, years, 1e-13) for x in fits[:1]), f"a rate would fit: {fits}"
        return
    if final <= 0.0 and not (flow < 0.0).any():
        assert rate == -1.0
        return
    x = math.log1p(rate)
    assert not owes_too_much(x, flow, years), "the rate of a loan"
    assert x * -gap(0.0) >= -1e-9 * np.abs(flow).sum(), "a rate against the profit"
    assert math.log(1e-9) < x < math.log(1e4)
    step = step * max(1.0, abs(x)) + 4e-16 / (1.0 + rate)  # near -1 a double of the rate is coarse
    low, high = gap(x - step), gap(x + step)
    noise = 1e-14 * (np.abs(flow).sum() + final) * math.exp(max(0.0, -x) * float(years.max()))
    assert low * high <= 0.0 or min(abs(low), abs(high)) <= noise, f"xirr {rate} does not fit the flows"


def roots(gap: Any) -> list[float]:
    """The log-rates that fit on the profit's side of 0, the nearest first, by a fine grid."""
    far = math.log(1e4) if gap(0.0) < 0.0 else math.log(1e-9)
    grid = np.linspace(0.0, far, 4001)
    gaps = np.array([gap(x) for x in grid.tolist()])
    turns = np.flatnonzero(np.sign(gaps[1:]) != np.sign(gaps[:-1]))
    found = []
    for i in turns.tolist():
        one, other = float(grid[i]), float(grid[i + 1])
        for _ in range(60):
            middle = (one + other) / 2.0
            one, other = (middle, other) if gap(middle) * gap(one) > 0.0 else (one, middle)
        found.append(one)
    return found


def owes_too_much(x: float, flow: Floats, years: Floats, noise: float = 1e-9) -> bool:
    """Whether an account that had earned log-rate ``x`` all along would have owed more than it ever held.

    By more than ``noise`` of what it had held by then, at the same rate.
    """
    held, most, scale, before = 0.0, 0.0, 0.0, None
    for f, y in zip(flow.tolist(), years.tolist()):
        growth = 1.0 if before is None else math.exp(x * (before - y))
        held *= growth
        scale *= growth
        before = y
        most = max(most, held)
        held += f
        if held < -most - noise * scale:
            return True
        most, scale = max(most, held), max(scale, abs(held))
    return False


def other_weights(life: Life, count: int) -> Floats:
    """(R, A, count) weights in steps of 0.05: the life's own in column 1, one asset alone in the outer ones."""
    rows, assets = life.plan.targets.shape
    rng = np.random.default_rng(rows + 10 * assets)
    weights = rng.multinomial(20, np.full(assets, 1.0 / assets), (count, rows)).transpose(1, 2, 0) / 20.0
    weights[:, :, [0, -1]] = np.eye(assets)[0][:, None]  # never out of its band, whatever the next one does
    weights[:, :, 1] = life.plan.targets
    return np.ascontiguousarray(weights)


def check_lanes(kernel: Any, life: Life, ledger: Any, lane: int = 5, count: int = 6) -> None:
    """Lives side by side are lives alone, to the last bit."""
    weights = other_weights(life, count)
    market_data = market_data_of(kernel, life)
    table = kernel.simulation.simulate(market_data, life.plan, weights)
    same(table[1], list(ledger.stats.values()), "life 1")
    plan = dataclasses.replace(life.plan, targets=weights[:, :, lane].copy())
    same(table[lane], list(kernel.simulation.simulate_one(market_data, plan).stats.values()), f"life {lane}")


def check_ends(kernel: Any, life: Life, ledger: Any, count: int = 4) -> None:
    """A life seen before its end is the life that ends there, to the last bit; and its end is not changed."""
    if (life.terms.term > 0).any():
        return
    size = len(life.panel.sessions)
    inputs = kernel.inputs.make_inputs(market_data_of(kernel, life), life.plan)
    first = inputs.first
    if first + 1 >= size:
        return
    weights = other_weights(life, count)
    ends = np.array(sorted({first + 1, (first + 2 + size) // 2, size}))
    stats = len(kernel.layout.STATS)
    table = np.empty((len(ends) * count, stats))
    kernel.simulation.run_kernel(inputs, weights, table, ends=ends)
    table = table.reshape(len(ends), count, stats)
    same(table[-1, 1], list(ledger.stats.values()), "the life at its end")
    rebalance = inputs.flags[0] & kernel.layout.EVENT.REBALANCE
    for e, end in enumerate(ends[:-1]):
        alone = np.empty((count, stats))
        short = kernel.inputs.slice_inputs(inputs, 0, int(end))
        short.flags[0] |= rebalance
        kernel.simulation.run_kernel(short, weights, alone)
        for k in (1, count - 1):
            same(table[e, k], alone[k], f"life {k} ended before session {end}")


def near(one: Any, other: Any, atol: float, what: str) -> None:
    """Equal to ``atol``; infinite where the other is."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    with np.errstate(invalid="ignore"):
        fits = (one == other) | (np.abs(one - other) <= atol)
    assert fits.all(), f"{what}: {one}, expected {other}"


def same(one: Any, other: Any, what: str) -> None:
    """Equal to the last bit; NaN is NaN."""
    one, other = np.asarray(one), np.asarray(other)
    assert ((one == other) | ((one != one) & (other != other))).all(), f"{what}: {one}, expected {other}"
