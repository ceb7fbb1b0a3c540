"""What may come: strategies lived through thousands of futures drawn from history, all on the same ones.

Every future is drawn for all assets and the currency together (``futures.py``) and lived through by the ledger of
every other command, session by session, under today's law on the dates to come. Strategies that share a future can
be compared pair by pair: what chance does to both cancels in their difference.

What the method cannot know: it repeats the returns, the risks and the dependence of the period it draws from.
A future unlike all of that period's parts is in none of its paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Unpack

import numpy as np

from engine.config import Config, config_hash, leaves
from engine.config.arguments import checked, closed, one_kind, refuse_doubles
from engine.context import RunContext, benchmark_plan, prepare, quota_of
from engine.errors import ConfigError
from engine.ledger.inputs import KernelInputs, MarketData, make_inputs, slice_inputs
from engine.ledger.layout import STATS
from engine.ledger.simulation import check_statistics, run_kernel
from engine.locale import OwnText
from engine.manifest import manifest_of
from engine.market.panel import Panel
from engine.market.panel_builder import build_panel, life_range
from engine.market.sample_limits import beyond_the_sample
from engine.market.series import Dates, Floats
from engine.market.sources import Access, Source
from engine.messages import message, to_plain
from engine.metrics import streamed
from engine.plan import Plan, core_config, core_of, flow_source, make_plan, notes_of, symbols_of
from engine.studies.bootstrap.futures import (
    Days,
    Flags,
    History,
    block_length,
    choose,
    draw,
    empty_future,
    follow,
    future_sessions,
    history_of,
    year_ends,
)
from engine.studies.depletion import takes_out
from engine.studies.executor import Executor

PATHS, YEARS, SEED, FAN_PATHS = 10_000, 30, 1, 2_000
STEPS = 15  # of a fan at most: each costs a life of that length
PART = 64  # futures that a thread or a worker takes at a time: a tenth of a second or so
LEVEL = 0.95
MOST_BLOCK = 1_000_000  # sessions: longer than any history, whose days then come in their own order
FINAL = STATS.index("final_value")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Strategy:
    """One way to invest, on the sessions to come; its panel's prices are all one until a future is drawn.

    ``plan``    its decisions; where they look at prices (a tilt) they are made anew in each future
    ``past``, ``past_price``  the sessions that a tilt looks back on, and (H, A) prices in base currency
    ``alone``   the core that takes all the money, where this is the core alone beside a strategy
    """

    name: str
    setting: RunContext
    history: History
    past: Dates
    past_price: Floats
    plan: Plan
    alone: str | None = None

    @property
    def watches(self) -> bool:
        """Whether its decisions look at prices."""
        return self.setting.config.strategy.allocation.type == "tilt" and self.alone is None


@dataclass(frozen=True)
class Futures:
    """Everything that fixes a study's figures: which strategies, on which draws."""

    strategies: tuple[Strategy, ...]
    sessions: Dates
    years: tuple[int, ...]
    points: Days
    block: float
    seed: int

    @property
    def days(self) -> int:
        """How many past days there are to draw from."""
        return len(self.strategies[0].history.growth)


@dataclass(frozen=True)
class Bootstrap:
    """The outcomes. S strategies, N futures, F of which are followed year by year at P points in time.

    ``years``        P of them, from 0 to the last; ``points`` (P,) are the sessions that they end with
    ``contributed``  (S, P) money paid in until then
    ``values``       (S, F, P) value at the points
    ``outcomes``     metric -> (S, N); the metrics of ``engine.metrics.streamed``
    ``with_core``    whether the last strategy is the first one's core alone, which is ``core``
    ``takes_out``    whether any strategy takes money out, so that it may run out
    """

    name: str
    description: OwnText
    strategies: tuple[str, ...]
    currency: str
    sessions: Dates
    years: tuple[int, ...]
    points: Days
    contributed: Floats
    values: Floats
    outcomes: Mapping[str, Floats]
    block: float
    seed: int
    manifest: Mapping[str, Any]
    with_core: bool = False
    core: str = ""
    takes_out: bool = False

    @property
    def paths(self) -> int:
        """How many futures were drawn."""
        return int(self.outcomes["final_value"].shape[1])


@closed(Access)
def bootstrap(
    configs: Sequence[Config],
    *,
    source: str | Source | None = None,
    paths: int = PATHS,
    years: int = YEARS,
    seed: int = SEED,
    block: float | None = None,
    fan_paths: int = FAN_PATHS,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **access: Unpack[Access],
) -> Bootstrap:
    """Live configurations through ``paths`` futures of ``years`` years; one alone beside its core alone.

    ``block``      mean block length in sessions; None chooses it from the data (``block_length``)
    ``fan_paths``  on how many of the futures the value is followed through time; the end counts on all
    ``executor``   who does the work; None: all processors
    ``access``     what the cache may do; see ``engine.market.sources.Access``

    The figures depend on neither the ``executor`` nor on what else is drawn: a future is its seed and its number.
    Raises ConfigError where an argument cannot be, the strategies cannot be compared or cannot go on in the
    future; DataError.
    """
    for name, count, least, most in (
        ("paths", paths, 1, 10_000_000),
        ("years", years, 1, 70),
        ("seed", seed, 0, 2**63 - 1),
        ("fan_paths", fan_paths, 1, 10_000_000),
    ):
        checked(name, count, leaves.whole(least, most))
    if block is not None:
        checked("block", block, leaves.number(1, MOST_BLOCK))
    one_kind("executor", executor, (Executor, type(None)), message("an Executor or None"))
    _refuse(configs)
    panel, start, stop = _past(configs, source, access)
    futures = prepare_futures(configs, panel, start, stop, years=years, seed=seed, block=block)
    followed = min(fan_paths, paths)
    stats, values = live_all(futures, paths, followed, executor or Executor(), progress)
    columns = [
        _figures(stats[:, s], item, futures, configs[0].risk_free, panel.per_year)
        for s, item in enumerate(futures.strategies)
    ]
    return Bootstrap(
        name=configs[0].name,
        description=configs[0].description,
        strategies=tuple(item.name for item in futures.strategies),
        currency=configs[0].currency,
        sessions=futures.sessions,
        years=futures.years,
        points=futures.points,
        contributed=np.stack([item.plan.deposit.cumsum()[futures.points] for item in futures.strategies]),
        values=values,
        outcomes={name: np.stack([each[name] for each in columns]) for name in columns[0]},
        block=futures.block,
        seed=seed,
        manifest=_manifest(configs, futures, paths, followed),
        with_core=futures.strategies[-1].alone is not None,
        core=futures.strategies[-1].alone or "",
        takes_out=takes_out(configs),
    )


def _figures(
    stats: Floats, strategy: Strategy, futures: Futures, risk_free: float, per_year: int
) -> Mapping[str, Floats]:
    """The metrics of a strategy's futures (N, STATS), which last as many whole years as were asked for."""
    first = int(np.flatnonzero(strategy.plan.deposit > 0.0)[0])
    days = float((futures.sessions[-1] - futures.sessions[first]).astype(int))
    named = {name: np.ascontiguousarray(stats[:, i]) for i, name in enumerate(STATS)}
    years = futures.years[-1] if first == 0 else 0
    return streamed(named, days, risk_free, years, per_year=per_year)


def prepare_futures(
    configs: Sequence[Config],
    panel: Panel,
    start: int,
    stop: int,
    *,
    years: int = YEARS,
    seed: int = SEED,
    block: float | None = None,
) -> Futures:
    """The sessions to come after ``start`` .. ``stop`` - 1 of a panel, and each strategy's law and plan on them.

    ``panel`` holds the assets of all of ``configs``. Raises ConfigError, DataError.
    """
    sessions = future_sessions(panel.sessions[stop - 1], years, panel.per_year)
    strategies = [_strategy(config, panel, start, stop, sessions) for config in configs]
    beside = core_config(configs[0]) if len(configs) == 1 else None
    if beside is not None:
        strategies.append(replace(strategies[0], name=beside.name, alone=core_of(configs[0])))
    paid = [float(item.plan.deposit.sum()) for item in strategies]
    if max(paid) - min(paid) > 1e-9 * max(paid):
        listed = ", ".join(f"{item.name} {money:,.0f}" for item, money in zip(strategies, paid))
        raise ConfigError(f"bootstrap: the money paid in differs ({listed})", hint="compare the same money")
    shown = tuple(np.unique(np.linspace(0, years, min(years, STEPS) + 1).round().astype(int)).tolist())
    return Futures(
        strategies=tuple(strategies),
        sessions=sessions,
        years=shown,
        points=year_ends(panel.sessions[stop - 1], sessions, shown),
        block=block_length(history_of(panel, start, stop)) if block is None else float(block),
        seed=seed,
    )


def _refuse(configs: Sequence[Config]) -> None:
    """Raise ConfigError where the strategies cannot share futures, or need a file of the future."""
    if not configs:
        raise ConfigError("bootstrap: came no configuration, allowed one or more")
    refuse_doubles([config.name for config in configs])
    for key, said in (
        ("currency", [config.currency for config in configs]),
        ("dividends.mode", [config.dividends.mode for config in configs]),
        ("data.splice", [str(config.data.splice) for config in configs]),
    ):
        if len(set(said)) > 1:
            listed = ", ".join(f"{config.name} {word}" for config, word in zip(configs, said))
            raise ConfigError(f"bootstrap: {key} differs ({listed})", hint=f"--set {key}=... makes them one")
    for config in configs:
        if flow_source(config) is not None:
            raise ConfigError(
                f"{config.name}: strategy.allocation.signal: fund flows cannot be drawn with the prices",
                hint="momentum and moving_average can",
            )


def _past(configs: Sequence[Config], source: str | Source | None, access: Access) -> tuple[Panel, int, int]:
    """All assets of all configurations on common sessions, and the period that all of them cover."""
    starts = [config.period.start for config in configs if config.period.start is not None]
    ends = [config.period.end for config in configs if config.period.end is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    first = configs[0]
    panel = build_panel(
        list(dict.fromkeys(symbol for config in configs for symbol in symbols_of(config))),
        currency=first.currency,
        source=first.data.source if source is None else source,
        start=start,
        end=end,
        total_return=first.dividends.mode == "total_return",
        splices=first.data.splice,
        **access,
    )
    return panel, *life_range(panel, start, end)


def _strategy(config: Config, panel: Panel, start: int, stop: int, sessions: Dates) -> Strategy:
    own = choose(panel, symbols_of(config))
    setting = prepare(config, empty_future(own, sessions))
    past, past_price = panel.sessions[start:stop], own.base_price[start:stop]
    plan = _decide(setting, past, past_price, setting.panel.base_price)
    if not (plan.deposit > 0.0).any():
        raise ConfigError(
            f"{config.name}: strategy.contributions: nothing is paid in after {past[-1]}",
            hint="a schedule of past dates has no future",
        )
    return Strategy(config.name, setting, history_of(own, start, stop), past, past_price, plan)


def _decide(setting: RunContext, past: Dates, past_price: Floats, price: Floats) -> Plan:
    """The decisions on the sessions to come, the past before them in sight; prices (., A) in base currency."""
    config, sessions = setting.config, setting.panel.sessions
    return make_plan(
        config,
        np.concatenate([past, sessions]),
        setting.panel.symbols,
        np.concatenate([past_price, price]),
        first=len(past),
        quota=quota_of(setting),
    )


@dataclass(frozen=True)
class Part:
    """What a worker does at a time: futures ``first`` .. ``last`` - 1, simulated and packed as bytes."""

    futures: Futures
    followed: int

    def __call__(self, span: tuple[int, int]) -> bytes:
        """The statistics, then the values: ``live_paths`` of the part."""
        stats, values = live_paths(self.futures, *span, followed=self.followed)
        return stats.tobytes() + values.tobytes()


def live_all(
    futures: Futures, paths: int, followed: int, executor: Executor, progress: Progress | None = None
) -> tuple[Floats, Floats]:
    """``live_paths`` of futures 0 .. ``paths`` - 1 by an executor: the same numbers whoever does it."""
    stats = np.empty((paths, len(futures.strategies), len(STATS)))
    values = np.zeros((len(futures.strategies), followed, len(futures.points)))
    spans = [(first, min(first + PART, paths)) for first in range(0, paths, PART)]
    lived, lock = 0, Lock()

    def done(number: int, found: bytes) -> None:
        nonlocal lived
        first, last = spans[number]
        numbers = np.frombuffer(found)
        part = stats[first:last]
        part[:] = numbers[: part.size].reshape(part.shape)
        seen = values[:, first : min(last, followed)]
        seen[:] = numbers[part.size :].reshape(seen.shape)
        with lock:
            lived += last - first
            if progress is not None:
                progress(lived, paths)

    executor.map(Part(futures, followed), list(enumerate(spans)), done)
    return stats, values


def live_paths(futures: Futures, first: int, last: int, *, followed: int = 0) -> tuple[Floats, Floats]:
    """Every strategy in futures ``first`` .. ``last`` - 1.

    Returns the statistics (last - first, S, len(STATS)), and the values (S, F, P) at the points of time in
    those of the futures whose number is below ``followed``; 0 before anything is paid in.
    """
    ways = max(0, min(followed, last) - first)
    stats = np.empty((last - first, len(futures.strategies), len(STATS)))
    values = np.zeros((len(futures.strategies), ways, len(futures.points)))
    groups = [_group(futures.strategies, lanes) for lanes in in_step(futures.strategies)]
    for at in range(last - first):
        days = draw(futures.seed, first + at, len(futures.sessions), futures.block, futures.days)
        for group in groups:
            inputs, weights = group.drawn(days)
            if at >= ways:
                found = np.empty((len(group.lanes), len(STATS)))
                run_kernel(inputs, weights, found)
                stats[at, group.lanes] = found
                continue
            reached = futures.points >= inputs.first
            lives = _cut_short(inputs, weights, futures.points[reached] + 1, group.has_term)
            stats[at, group.lanes] = lives[-1]
            for lane, s in enumerate(group.lanes):
                values[s, at, reached] = lives[:, lane, FINAL]
    check_statistics(stats.reshape(-1, len(STATS)))
    return stats, values


def _cut_short(inputs: KernelInputs, weights: Floats, ends: Days, has_term: bool) -> Floats:
    """Statistics (E, K, len(STATS)) of the lives as if they had ended after each of so many sessions.

    The kernel keeps no path: the value on a day is the final value of the life that ends there. Where a
    tax-free term ends with a year, that depends on whether the life goes on, and each is lived on its own.
    """
    out = np.empty((len(ends), weights.shape[2], len(STATS)))
    if not has_term:
        run_kernel(inputs, weights, out.reshape(-1, len(STATS)), ends=ends)
        return out
    for number, end in enumerate(ends.tolist()):
        run_kernel(slice_inputs(inputs, 0, end), weights, out[number])
    return out


@dataclass(frozen=True)
class _Group:
    """Strategies that the kernel runs in step: ``inputs`` without prices yet, ``weights`` (R, A, K)."""

    lanes: list[int]
    leader: Strategy
    others: tuple[Strategy, ...]
    inputs: KernelInputs
    weights: Floats

    @property
    def has_term(self) -> bool:
        """Whether a frame's tax-free years end."""
        return bool((self.leader.setting.terms.term > 0).any())

    def drawn(self, days: Days) -> tuple[KernelInputs, Floats]:
        """The group in the future that takes these days of the past."""
        if self.leader.watches:
            market_data, plan = market_data_of(self.leader, days)
            return make_inputs(market_data, plan), _weights((self.leader, *self.others), plan)
        market, flags = _market_of(self.leader, days, self.inputs.flags)
        return replace(self.inputs, market=market, flags=flags), self.weights


def _group(strategies: Sequence[Strategy], lanes: list[int]) -> _Group:
    leader, *others = (strategies[s] for s in lanes)
    weights = _weights((leader, *others), leader.plan)
    return _Group(lanes, leader, tuple(others), make_inputs(leader.setting.market_data, leader.plan), weights)


def market_data_of(strategy: Strategy, days: Days) -> tuple[MarketData, Plan]:
    """The future that takes these days of the past, and the decisions made in it."""
    empty = strategy.setting.market_data
    market, flags = _market_of(strategy, days, empty.flags)
    market_data = replace(empty, market=market, flags=flags)
    if not strategy.watches:
        return market_data, strategy.plan
    return market_data, _decide(strategy.setting, strategy.past, strategy.past_price, market_data.base_price)


def _market_of(strategy: Strategy, days: Days, flags: Flags) -> tuple[Floats, Flags]:
    market, marked = strategy.setting.market_data.market.copy(), flags.copy()
    follow(days, strategy.history, market, marked)
    return market, marked


def _weights(lanes: Sequence[Strategy], plan: Plan) -> Floats:
    """(R, A, K) weights of the strategies under the plan of the first."""
    return np.ascontiguousarray(np.stack([_targets(lane, plan) for lane in lanes], axis=2))


def _targets(strategy: Strategy, plan: Plan) -> Floats:
    """(R, A) weights of a strategy under a plan that it shares with others."""
    if strategy.alone is not None:
        alone = benchmark_plan(plan, strategy.setting.panel, strategy.alone).targets
        return np.broadcast_to(alone, plan.targets.shape)
    return plan.targets if strategy.watches else strategy.plan.targets


def in_step(strategies: Sequence[Strategy]) -> list[list[int]]:
    """The strategies in groups that differ in nothing but weights: the kernel lives a group at once."""
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
    if other.alone is not None:
        return one.plan is other.plan
    if one.watches or other.watches or one.setting.panel.symbols != other.setting.panel.symbols:
        return False
    left, right = ({**item.setting.config.resolved(), "name": "", "description": ""} for item in (one, other))
    for resolved in (left, right):
        resolved["strategy"] = {**resolved["strategy"], "allocation": None}
    shaped = one.plan.targets.shape == other.plan.targets.shape
    return left == right and shaped and np.array_equal(one.plan.target_row, other.plan.target_row)


def _manifest(configs: Sequence[Config], futures: Futures, paths: int, followed: int) -> dict[str, Any]:
    """What the study rests on: the manifest of a run on the sessions to come, and the drawing."""
    leader = futures.strategies[0]
    told = manifest_of(leader.setting, futures.sessions)
    unlawful = dict.fromkeys(
        rule.message for item in futures.strategies for rule in item.setting.terms.counterfactual
    )
    limits = beyond_the_sample(configs) if told["flags"]["sample"] else ()
    own = [*_notes(futures), *statements(futures, paths, followed)]
    return {
        **told,
        "seed": futures.seed,
        "configs": {config.name: config_hash(config) for config in configs},
        "flags": {
            **told["flags"],
            "sample_limits": [to_plain(text) for text in limits],
            "counterfactual": [to_plain(text) for text in unlawful],
        },
        "assumptions": [*[to_plain(text) for text in own], *told["assumptions"]],
        "bootstrap": {
            "paths": paths,
            "followed": followed,
            "block_length": futures.block,
            "drawn_from": {"start": str(leader.history.first), "end": str(leader.history.last)},
        },
    }


def _notes(futures: Futures) -> list[str]:
    """What does not meet between each plan and the years to come; with its name where there are several."""
    several = len(futures.strategies) > 1
    return [
        f"Plan {item.name}: {note}" if several else note
        for item in futures.strategies
        if item.alone is None
        for note in notes_of(item.setting.config, futures.sessions, item.plan)
    ]


def statements(futures: Futures, paths: int, followed: int) -> list[str]:
    """How the futures were made and what that leaves out, a sentence each."""
    history = futures.strategies[0].history
    said = [
        f"{paths:,} futures, drawn from the sessions of {history.first} to {history.last} by the stationary "
        f"block bootstrap (mean block {futures.block:.0f} sessions, seed {futures.seed}), jointly for all "
        "assets and the currency.",
        "They repeat the returns, risks and dependence of that period; a future unlike it is not among them.",
        f"Prices and the exchange rate go on from {history.last}; sessions are New York's.",
        "Law, tax and costs are those of today, in every year to come.",
    ]
    if followed < paths:
        said.append(
            f"The way through time is that of the first {followed:,} futures; the end is that of all."
        )
    if any(bool(item.setting.terms.whole.any()) for item in futures.strategies):
        said.append("Shares are never split, so that whole shares become dear and more cash waits for them.")
    return said
