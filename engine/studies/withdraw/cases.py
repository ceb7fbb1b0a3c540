"""The simulations whose failures are counted: every start month of history, and drawn futures.

A case fails within a horizon if its money runs out in it: on some session a withdrawal was not paid in full, and
nothing was left (``depleted`` of docs/ledger.md, as in every other study).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from engine.config import Config
from engine.ledger.inputs import KernelInputs
from engine.ledger.layout import PARAMETER, STAT, STATS
from engine.ledger.simulation import check_statistics, run_kernel, workspace
from engine.market.series import Floats, Ints, Mask
from engine.plan import Plan
from engine.studies.bootstrap.futures import draw
from engine.studies.bootstrap.simulate import LaneGroup, lane_group
from engine.studies.bootstrap.workload import Strategy, decide, standing
from engine.studies.bootstrap.workload import Workload as Futures
from engine.studies.grid.window_grid import WindowGrid
from engine.studies.grid.workload import Workload as Windows
from engine.studies.pools.pool import Pool

CHUNK = 64  # simulations that a thread or a worker takes at a time
Change = Callable[[Config, float], Config]  # a plan with another value of what is looked for


@dataclass(frozen=True)
class History:
    """A plan begun in every start month from which ``years`` fit into the history: W windows, one horizon."""

    grid: WindowGrid
    windows: Windows
    change: Change
    pool: Pool

    @property
    def count(self) -> int:
        """W."""
        return len(self.grid.windows)

    @property
    def horizons(self) -> int:
        """One."""
        return 1

    @property
    def starts(self) -> list[str]:
        """The first days."""
        return [str(window.start) for window in self.grid.windows]

    def failing(self, numbers: Ints, value: float) -> Mask:
        """See ``engine.studies.withdraw.search.Cases``."""
        group = self.windows.groups[0]
        weights = None if group.weights is None else np.ascontiguousarray(group.weights[:, :, :1])
        config = self.change(group.config, value)
        alone = replace(group, config=config, weights=weights, benchmark=-1)
        return _share_out(_Windows(replace(self.windows, groups=(alone,))), numbers, 1, self.pool)


@dataclass(frozen=True)
class Drawn:
    """A plan in N drawn futures, simulated to the longest horizon: ``ends`` (H,) the last session of each."""

    futures: Futures
    paths: int
    ends: tuple[int, ...]
    change: Change
    pool: Pool

    @property
    def count(self) -> int:
        """N."""
        return self.paths

    @property
    def horizons(self) -> int:
        """H."""
        return len(self.ends)

    def failing(self, numbers: Ints, value: float) -> Mask:
        """See ``engine.studies.withdraw.search.Cases``."""
        return _share_out(
            _Futures(self.futures, self.strategy(value), self.ends), numbers, self.horizons, self.pool
        )

    def strategy(self, value: float) -> Strategy:
        """The plan with a value, on the sessions to come."""
        strategy = self.futures.strategies[0]
        return with_config(strategy, self.change(strategy.context.config, value))


def with_config(strategy: Strategy, config: Config) -> Strategy:
    """A strategy whose amounts are those of another configuration: the same law, another plan."""
    context = replace(strategy.context, config=config)
    level = standing(strategy.level, strategy.price_changes, context.panel.sessions)
    prices = context.panel.base_price
    plan = decide(context, strategy.past, strategy.past_price, prices, strategy.opening, level)
    return replace(strategy, context=context, plan=plan)


def cut_short(strategy: Strategy, sessions: int) -> Plan:
    """The plan of a strategy if the future had only so many sessions."""
    context = strategy.context
    panel = replace(
        context.panel,
        **{name: getattr(context.panel, name)[:sessions] for name in ("sessions", "price", "fx", "dividend")},
    )
    level = standing(strategy.level, strategy.price_changes, context.panel.sessions)
    short = replace(context, panel=panel)
    return decide(short, strategy.past, strategy.past_price, panel.base_price, strategy.opening, level)


def same_so_far(long: Plan, short: Plan) -> bool:
    """Whether a plan on more sessions decides the same as one on fewer, as far as that goes."""
    names = ("deposit", "release", "withdrawal", "withdrawal_share", "rebalance")
    length = len(short.deposit)
    alike = all(np.array_equal(getattr(long, name)[:length], getattr(short, name)) for name in names)
    rows = long.targets[long.target_row[:length]], short.targets[short.target_row]
    return alike and bool(np.array_equal(*rows))


@dataclass(frozen=True)
class _Windows:
    """What a worker does: windows of a plan, a byte each."""

    windows: Windows

    def __call__(self, numbers: Ints) -> bytes:
        calls = (self.windows.made(self.windows.groups[0], number) for number in numbers.tolist())
        ran_out = depleted((call.inputs, call.weights) for call in calls)
        return np.isfinite(ran_out).tobytes()


@dataclass(frozen=True)
class _Futures:
    """What a worker does: futures of a plan, a byte a horizon."""

    futures: Futures
    strategy: Strategy
    ends: tuple[int, ...]

    def __call__(self, numbers: Ints) -> bytes:
        group: LaneGroup = lane_group((self.strategy,), [0])
        drawn = self.futures
        days = (draw(drawn.seed, n, len(drawn.sessions), drawn.block, drawn.days) for n in numbers.tolist())
        ran_out = depleted(group.drawn(each) for each in days)
        with np.errstate(invalid="ignore"):
            return (ran_out[:, None] <= np.array(self.ends)[None, :]).tobytes()


def depleted(calls: Iterable[tuple[KernelInputs, Floats]]) -> Floats:
    """(n,) the session on which the money of each simulation ran out; NaN where it did not.

    Of a simulation nothing else is asked, so that two thirds of the kernel's time are spared: sessions on which
    nothing happens change no account, and the money-weighted rate is not looked for.
    """
    found, room = [], None
    for inputs, weights in calls:
        kept = eventful(inputs)
        only = at_sessions(inputs, kept)
        room = room or workspace(only, rates=False)
        out = np.empty((1, len(STATS)))
        run_kernel(only, weights, out, room=room)
        check_statistics(out)
        dry = out[0, STAT.DEPLETED]
        found.append(dry if np.isnan(dry) else float(kept[int(dry)]))
    return np.array(found)


def eventful(inputs: KernelInputs) -> Ints:
    """The sessions on which accounts change: those with an event; all of them where idle cash earns by the day."""
    if inputs.parameters[PARAMETER.IDLE_YIELD] != 0.0:
        return np.arange(len(inputs.market))
    return np.flatnonzero(np.append(inputs.flags[:-1], np.uint8(1)))


def at_sessions(inputs: KernelInputs, kept: Ints) -> KernelInputs:
    """A simulation that knows of some of its sessions only, those with its deposits among them."""
    deposits = tuple(np.searchsorted(kept, inputs.deposits[:1]).tolist())
    rows = {name: getattr(inputs, name)[kept] for name in ("market", "plan", "flags")}
    return replace(inputs, deposits=deposits, **rows)


def _share_out(job: Callable[[Ints], bytes], numbers: Ints, horizons: int, pool: Pool) -> Mask:
    """The (n, H) flags of a job on some numbers, in parts."""
    found = np.empty((len(numbers), horizons), bool)
    spans = [(n, numbers[begin : begin + CHUNK]) for n, begin in enumerate(range(0, len(numbers), CHUNK))]

    def keep(number: int, content: bytes) -> None:
        part = np.frombuffer(content, bool).reshape(-1, horizons)
        found[CHUNK * number : CHUNK * number + len(part)] = part

    pool.map(job, spans, keep)
    return found
