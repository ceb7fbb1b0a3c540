"""Strategies simulated in drawn futures: session by session by the ledger of every other command.

The figures depend on neither who works nor on what else is drawn: a future is its seed and its number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from engine.context import benchmark_plan
from engine.ledger.inputs import KernelInputs, make_inputs, slice_inputs
from engine.ledger.layout import STATS
from engine.ledger.opening import with_opening
from engine.ledger.simulation import check_statistics, run_kernel
from engine.market.series import Floats
from engine.plan import Plan
from engine.studies.bootstrap.futures import Days, draw
from engine.studies.bootstrap.parts import Parts
from engine.studies.bootstrap.workload import Strategy, Workload
from engine.studies.executor import Executor
from engine.studies.real import in_real, sessions_of

CHUNK = 64  # futures that a thread or a worker takes at a time: a tenth of a second or so
FINAL = STATS.index("final_value")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Chunk:
    """What a worker does at a time: futures ``first`` .. ``last`` - 1, simulated and packed as bytes."""

    workload: Workload
    followed: int

    def __call__(self, span: tuple[int, int]) -> bytes:
        """The statistics, then the values, of ``simulate_paths``."""
        stats, values = simulate_paths(self.workload, *span, followed=self.followed)
        return stats.tobytes() + values.tobytes()


def simulate_all(
    workload: Workload,
    paths: int,
    followed: int,
    executor: Executor,
    progress: Progress | None = None,
    parts: Parts | None = None,
) -> tuple[Floats, Floats]:
    """``simulate_paths`` of futures 0 .. ``paths`` - 1 by an executor; ``parts`` may have some already."""
    readings = 1 if workload.money_of is None else 2
    stats = np.empty((paths, len(workload.strategies), readings * len(STATS)))
    values = np.zeros((len(workload.strategies), followed, readings * len(workload.points)))
    spans = [(first, min(first + CHUNK, paths)) for first in range(0, paths, CHUNK)]
    known = {} if parts is None else parts.read()
    simulated, lock = 0, Lock()

    def take(number: int, content: bytes) -> None:
        nonlocal simulated
        first, last = spans[number]
        numbers = np.frombuffer(content)
        part = stats[first:last]
        part[:] = numbers[: part.size].reshape(part.shape)
        ways = values[:, first : min(last, followed)]
        ways[:] = numbers[part.size :].reshape(ways.shape)
        simulated += last - first
        if progress is not None:
            progress(simulated, paths)

    def done(number: int, content: bytes) -> None:
        with lock:
            take(number, content)
            if parts is not None:
                parts.add(number, content)

    for number, content in known.items():
        take(number, content)
    missing = [(number, span) for number, span in enumerate(spans) if number not in known]
    try:
        executor.map(Chunk(workload, followed), missing, done)
    except BaseException:
        if parts is not None:
            parts.write()
        raise
    return stats, values


def simulate_paths(workload: Workload, first: int, last: int, *, followed: int = 0) -> tuple[Floats, Floats]:
    """Every strategy in futures ``first`` .. ``last`` - 1.

    Returns the statistics (last - first, S, len(STATS)), and the values (S, F, P) at the points of time in
    those of the futures whose number is below ``followed``; 0 before anything is paid in. In today's money the
    statistics of the money of the day come behind the others, what had been paid in behind the values.
    """
    if workload.money_of is not None:
        return _real_paths(workload, first, last, followed)
    ways = max(0, min(followed, last) - first)
    stats = np.empty((last - first, len(workload.strategies), len(STATS)))
    values = np.zeros((len(workload.strategies), ways, len(workload.points)))
    groups = [lane_group(workload.strategies, lanes) for lanes in in_step(workload.strategies)]
    for at in range(last - first):
        days = draw(workload.seed, first + at, len(workload.sessions), workload.block, workload.days)
        for group in groups:
            inputs, weights = group.drawn(days)
            if at >= ways:
                found = np.empty((len(group.lanes), len(STATS)))
                run_kernel(inputs, weights, found)
                stats[at, group.lanes] = found
                continue
            reached = workload.points >= inputs.first
            so_far = _until(inputs, weights, workload.points[reached] + 1, group.has_term)
            stats[at, group.lanes] = so_far[-1]
            for lane, s in enumerate(group.lanes):
                values[s, at, reached] = so_far[:, lane, FINAL]
    check_statistics(stats.reshape(-1, len(STATS)))
    return stats, values


def _real_paths(workload: Workload, first: int, last: int, followed: int) -> tuple[Floats, Floats]:
    """``simulate_paths`` in the money of the last month of the past: prices are drawn with the market's days."""
    ways, points, size = max(0, min(followed, last) - first), workload.points, len(workload.points)
    stats = np.empty((last - first, len(workload.strategies), 2 * len(STATS)))
    values = np.zeros((len(workload.strategies), ways, 2 * size))
    groups = [lane_group(workload.strategies, lanes) for lanes in in_step(workload.strategies)]
    for at in range(last - first):
        days = draw(workload.seed, first + at, len(workload.sessions), workload.block, workload.days)
        for group in groups:
            inputs, weights = group.drawn(days)
            worth = group.strategies[0].worth(days)[inputs.first :]
            reached = points >= inputs.first
            there = points[reached] - inputs.first
            for lane, s in enumerate(group.lanes):
                record, nominal = sessions_of(inputs, weights[:, :, lane : lane + 1])
                stats[at, s] = np.concatenate([in_real(record, worth, nominal), nominal])
                if at < ways:
                    values[s, at, :size][reached] = (record.value * worth)[there]
                    values[s, at, size:][reached] = (record.paid_in * worth).cumsum()[there]
    check_statistics(stats[..., len(STATS) :].reshape(-1, len(STATS)))
    return stats, values


def _until(inputs: KernelInputs, weights: Floats, ends: Days, has_term: bool) -> Floats:
    """Statistics (E, K, len(STATS)) of the simulations as if they had ended after each of so many sessions.

    The kernel keeps no path: the value on a day is the final value of the simulation that ends there. Where a
    tax-free term ends with a year, that depends on whether it goes on, and each is simulated on its own.
    """
    out = np.empty((len(ends), weights.shape[2], len(STATS)))
    if not has_term:
        run_kernel(inputs, weights, out.reshape(-1, len(STATS)), ends=ends)
        return out
    for number, end in enumerate(ends.tolist()):
        run_kernel(slice_inputs(inputs, 0, end), weights, out[number])
    return out


@dataclass(frozen=True)
class LaneGroup:
    """Strategies that the kernel runs in step: ``inputs`` without prices yet, ``weights`` (R, A, K)."""

    lanes: list[int]
    strategies: tuple[Strategy, ...]
    inputs: KernelInputs
    weights: Floats

    @property
    def has_term(self) -> bool:
        """Whether a frame's tax-free years end."""
        return bool((self.strategies[0].context.terms.term > 0).any())

    def drawn(self, days: Days) -> tuple[KernelInputs, Floats]:
        """The group in the future that takes these days of the past."""
        leader = self.strategies[0]
        if leader.varies:
            market_data, plan = leader.in_future(days)
            inputs = with_opening(make_inputs(market_data, plan), leader.opening)
            return inputs, _weights(self.strategies, plan)
        market, flags = leader.drawn(days, self.inputs.flags)
        inputs = replace(self.inputs, market=market, flags=flags)
        return with_opening(inputs, leader.opening), self.weights


def lane_group(strategies: Sequence[Strategy], lanes: list[int]) -> LaneGroup:
    """Some of the strategies, ready to be run in step."""
    group = tuple(strategies[s] for s in lanes)
    leader = group[0]
    inputs = make_inputs(leader.context.market_data, leader.plan)
    return LaneGroup(lanes, group, inputs, _weights(group, leader.plan))


def _weights(lanes: Sequence[Strategy], plan: Plan) -> Floats:
    """(R, A, K) weights of the strategies under the plan of the first."""
    return np.ascontiguousarray(np.stack([_targets(lane, plan) for lane in lanes], axis=2))


def _targets(strategy: Strategy, plan: Plan) -> Floats:
    """(R, A) weights of a strategy under a plan that it shares with others."""
    if strategy.benchmark is not None:
        core = benchmark_plan(plan, strategy.context.panel, strategy.benchmark).targets
        return np.broadcast_to(core, plan.targets.shape)
    return plan.targets if strategy.watches else strategy.plan.targets


def in_step(strategies: Sequence[Strategy]) -> list[list[int]]:
    """The strategies in groups that differ in nothing but weights: the kernel simulates a group at once."""
    groups: list[list[int]] = []
    for number, item in enumerate(strategies):
        same = (group for group in groups if _differ_in_weights(strategies[group[0]], item))
        found = next(same, None)
        if found is None:
            groups.append([number])
        else:
            found.append(number)
    return groups


def _differ_in_weights(one: Strategy, other: Strategy) -> bool:
    if other.benchmark is not None:
        return one.plan is other.plan
    if one.watches or other.watches or one.context.panel.symbols != other.context.panel.symbols:
        return False
    left, right = ({**item.context.config.resolved(), "name": "", "description": ""} for item in (one, other))
    for resolved in (left, right):
        resolved["strategy"] = {**resolved["strategy"], "allocation": None}
    shaped = one.plan.targets.shape == other.plan.targets.shape
    return left == right and shaped and np.array_equal(one.plan.target_row, other.plan.target_row)
