"""From grid points and windows to a workload for the kernel: panels, their market data, and groups of lanes.

Simulations that differ in target weights only are lanes of one call of the kernel. A group's plan is packed once
for the whole history and sliced for each window, where that is the same as making it anew (``sliceable``);
elsewhere it is made for each window as ``engine.run`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.builtin import ALLOCATIONS, due_dates
from engine.config import Config, called
from engine.config.models import Period
from engine.config.phases import months_between, moved
from engine.config.strategy import Allocation, Annual, LumpSum, Monthly, Schedule
from engine.context import RunContext, benchmark_plan, flows_of, opening_of, plan_of, prepare
from engine.errors import ConfigError
from engine.ledger.inputs import KernelInputs, make_inputs, slice_inputs, slice_market
from engine.ledger.layout import EVENT
from engine.ledger.opening import with_opening
from engine.market.flows import Flows
from engine.market.panel import Panel
from engine.market.panel_builder import life_range
from engine.market.series import ONE_DAY
from engine.messages import message
from engine.metrics import whole_years
from engine.own_code import refuse_peeking
from engine.plan import core_in, core_of, flow_source, symbols_of, watches_prices
from engine.rules import tables
from engine.studies.grid.points import GridPoints
from engine.studies.grid.window_grid import Window, WindowGrid
from engine.studies.real import level_of_sessions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FIXED = ("core_satellite", "fixed_mix")  # allocations whose weights are the same in every session
LANES = 64  # points of a group: more are no faster, and a group is the least that a worker takes


@dataclass(frozen=True)
class PrecomputedPlan:
    """A plan made for all sessions of its panel, to be sliced; ``bad`` windows must be made anew instead.

    ``shares``  windows that begin together share their sessions: what happens in one does not depend on its end
    """

    inputs: KernelInputs
    restart: bool
    bad: NDArray[np.bool_]
    shares: bool


# What of a configuration decides nothing of ``prepare``; of the strategy only whether it moves into NISA is asked.
OF_NO_LAW = frozenset(("name", "description", "period", "strategy", "risk_free", "data"))


@dataclass(frozen=True)
class LaneGroup:
    """Points whose simulations are lanes of one another, with the same money in the core alone as their benchmark.

    ``points``   (k,) numbers of the grid points, lane by lane
    ``weights``  (1, A, K) of fixed allocations, K = k or k + 1; None where targets move
    ``benchmark``  the lane that is in the core alone, -1 where there is no core
    ``setting``  (W,) number of the setting in ``Workload.settings``, by window
    ``precomputed``  setting -> the plan of all sessions
    ``visible``  (W,) the first session that a signal may look back to
    """

    points: Ints
    config: Config
    weights: Floats | None
    benchmark: int
    panel: int
    setting: Ints
    precomputed: dict[int, PrecomputedPlan]
    visible: Ints

    @property
    def lanes(self) -> int:
        """How many simulations one window of the group has, the core alone included."""
        return self.weights.shape[2] if self.weights is not None else len(self.points) + (self.benchmark >= 0)


@dataclass(frozen=True)
class KernelCall:
    """What one call of the kernel takes: a plan, weights (R, A, K), windows and where each ends, (E,)."""

    inputs: KernelInputs
    weights: Floats
    windows: Sequence[int]
    ends: Ints


@dataclass(frozen=True)
class Workload:
    """Everything a study simulates: plain values that can be sent to another machine.

    ``by_start``  numbers of the windows that begin on the same day, the shortest first
    ``bounds``   (P, W, 2) first and last-plus-one session of each window on each panel
    ``money_of``  the month whose money all amounts are in, None: each in that of its day
    """

    windows: tuple[Window, ...]
    by_start: tuple[tuple[int, ...], ...]
    panels: tuple[Panel, ...]
    settings: tuple[RunContext, ...]
    groups: tuple[LaneGroup, ...]
    bounds: Ints
    money_of: np.datetime64 | None = None

    def worth(self, group: LaneGroup, windows: Sequence[int]) -> Floats:
        """(T,) what an amount of each session of ``windows`` that begin together is worth in ``money_of``."""
        number = windows[-1]
        start, stop = self.bounds[group.panel, number].tolist()
        level = self.settings[int(group.setting[number])].level
        assert level is not None
        assert self.money_of is not None
        return level.worth(self.panels[group.panel].sessions[start:stop], self.money_of)

    def calls(self, group: LaneGroup, windows: Sequence[int]) -> Iterator[KernelCall]:
        """A group's plan on ``windows`` that begin together, for the kernel: in one call where they can be."""
        number = windows[-1]
        whole = group.precomputed.get(int(group.setting[number]))
        if whole is None or group.weights is None or whole.bad[number]:
            yield from (self.made(group, each) for each in windows)
            return
        bounds = self.bounds[group.panel, list(windows)]
        start = int(bounds[0, 0])
        if whole.shares and (group.setting[list(windows)] == group.setting[number]).all():
            inputs = slice_inputs(whole.inputs, start, int(bounds[-1, 1]), restart=whole.restart)
            yield KernelCall(inputs, group.weights, windows, bounds[:, 1] - start)
            return
        for each, (_, stop) in zip(windows, bounds.tolist()):
            whole = group.precomputed[int(group.setting[each])]
            inputs = slice_inputs(whole.inputs, start, stop, restart=whole.restart)
            yield KernelCall(inputs, group.weights, (each,), np.array([stop - start]))

    def days(self, group: LaneGroup, number: int, first: int) -> float:
        """Calendar days from the first deposit of a simulation, on its session ``first``, to its last session."""
        start, stop = self.bounds[group.panel, number].tolist()
        sessions = self.panels[group.panel].sessions
        return float((sessions[stop - 1] - sessions[start + first]).astype(np.int64))

    def years(self, number: int, first: int) -> int:
        """The whole years that a window is by its name where its first deposit comes at once; else 0."""
        window = self.windows[number]
        return whole_years(window.start, window.end) if first == 0 else 0

    def made(self, group: LaneGroup, number: int) -> KernelCall:
        """As ``engine.run`` makes it, for this window alone."""
        start, stop = self.bounds[group.panel, number].tolist()
        ends = np.array([stop - start])
        own = self.settings[int(group.setting[number])]
        period = self.windows[number].period
        visible = int(group.visible[number])
        setting = replace(
            own,
            config=begun_in(group.config, period),
            panel=_sessions(own.panel, visible, None),
        )
        plan = plan_of(setting, start - visible, stop - visible)
        inputs = make_inputs(slice_market(setting.market_data, start, stop), plan)
        inputs = with_opening(inputs, opening_of(setting, start - visible))
        if group.weights is not None:
            return KernelCall(inputs, group.weights, (number,), ends)
        weights = plan.targets[:, :, None]
        if group.benchmark >= 0:
            core = benchmark_plan(plan, own.panel, core_of(group.config)).targets
            weights = np.concatenate([weights, np.broadcast_to(core[:, :, None], weights.shape)], axis=2)
        return KernelCall(inputs, np.ascontiguousarray(weights), (number,), ends)


def begun_in(config: Config, period: Period) -> Config:
    """A configuration in the period of a window, whose first day finds its person as old as the file's own does.

    Without a person dates are dates, and stay what they are.
    """
    strategy, start = config.strategy, config.period.start
    if config.person is not None and start is not None and period.start is not None:
        strategy = moved(strategy, months_between(start, period.start))
    return config.model_copy(update={"period": period, "strategy": strategy})


def panel_period(base: Period, periods: Sequence[Any]) -> Period:
    """The period whose prices a study needs: the base's, or that of all fixed periods."""
    if not periods:
        return base
    return Period(start=min(span.start for span in periods), end=max(span.end for span in periods))


def panels_of(
    points: GridPoints, period: Period, load: Callable[[Config], Panel]
) -> tuple[list[Panel], Ints]:
    """The panels of all points, each loaded once, and (points,) which one a point needs."""
    panels: dict[Any, int] = {}
    loaded: list[Panel] = []
    number = np.empty(points.count, np.int64)
    known: dict[tuple[int, int], int] = {}
    outside = [_outside_the_allocation(config) for config in points.outer]
    for point in range(points.count):
        pair = int(points.outer_of[point]), int(points.inner_of[point])
        if pair not in known:
            config = points.config(point)
            key = symbols_of(config), outside[pair[0]]
            if key not in panels:
                panels[key] = len(loaded)
                loaded.append(load(config.model_copy(update={"period": period})))
            known[pair] = panels[key]
        number[point] = known[pair]
    return loaded, number


def _outside_the_allocation(config: Config) -> tuple[Any, ...]:
    """What a panel depends on besides the symbols."""
    since = None if config.holdings is None else config.holdings.since
    return config.currency, config.dividends.mode, repr(config.data), since


def make_workload(
    points: GridPoints,
    grid: WindowGrid,
    panels: Sequence[Panel],
    panel_of: Ints,
    load: Callable[[Config], Panel],
    flows: Callable[[Config], Flows | None] = flows_of,
) -> Workload:
    """All groups of a study; ``load`` and ``flows`` give what a configuration watches.

    Raises ConfigError or DataError where a point cannot be simulated.
    """
    bounds = np.array(
        [[life_range(panel, w.start, w.end) for w in grid.windows] for panel in panels], np.int64
    ).reshape(len(panels), len(grid.windows), 2)
    maker = _Maker(grid.windows, tuple(panels), bounds, load, flows)
    groups = [
        group
        for members in _alike(points, panel_of)
        for group in maker.groups(points, members, int(panel_of[members[0]]))
    ]
    for group in groups:
        maker.check_holdings(group)
    by_start = windows_by_start(grid.windows)
    return Workload(grid.windows, by_start, tuple(panels), tuple(maker.settings), tuple(groups), bounds)


def in_real_money(workload: Workload) -> Workload:
    """The same in the money of the last month of its windows.

    Raises ConfigError where a point has no consumer prices, DataError where a month has no figure.
    """
    both = [*zip(workload.panels, workload.bounds)]
    last = max(panel.sessions[bounds[:, 1].max() - 1] for panel, bounds in both)
    for group in workload.groups:
        panel, bounds = both[group.panel]
        seen = np.append(panel.sessions[bounds[:, 0].min() : bounds[:, 1].max()], last)
        for number in np.unique(group.setting).tolist():
            level_of_sessions(workload.settings[number].level, group.config.name, seen)
    return replace(workload, money_of=last.astype("datetime64[M]"))


def windows_by_start(windows: Sequence[Window]) -> tuple[tuple[int, ...], ...]:
    """Numbers of the windows that begin on the same day, the shortest first; in the order of their starts."""
    found: dict[np.datetime64, list[int]] = {}
    for number in sorted(range(len(windows)), key=lambda each: (windows[each].start, windows[each].end)):
        found.setdefault(windows[number].start, []).append(number)
    return tuple(tuple(numbers) for numbers in found.values())


def _alike(points: GridPoints, panel_of: Ints) -> list[list[int]]:
    """Points by what their simulations share, in order of the first of each."""
    found: dict[Any, list[int]] = {}
    for point in range(points.count):
        allocation = points.allocation(point)
        core, fixed = core_in(allocation), allocation.type in FIXED
        key = (int(points.outer_of[point]), int(panel_of[point]), core, None if fixed else point)
        found.setdefault(key, []).append(point)
    return list(found.values())


class _Maker:
    """Makes groups; keeps what they share (settings, flows) once."""

    def __init__(
        self,
        windows: Sequence[Window],
        panels: Sequence[Panel],
        bounds: Ints,
        load: Callable[[Config], Panel],
        flows: Callable[[Config], Flows | None],
    ) -> None:
        self.windows, self.panels, self.bounds, self.load, self.flows = windows, panels, bounds, load, flows
        self.settings: list[RunContext] = []
        self._numbers: dict[Any, int] = {}
        self._plans: dict[Any, Floats] = {}
        self._bad: dict[Any, NDArray[np.bool_]] = {}
        self._checked: set[Any] = set()

    def groups(self, points: GridPoints, members: Sequence[int], panel: int) -> Iterator[LaneGroup]:
        """Points that are alike, in groups of at most ``LANES``."""
        config = points.config(members[0])
        whole = self.panels[panel]
        symbols, core = whole.symbols, core_of(config)
        refuse_peeking(config, symbols, whole.sessions, whole.base_price)
        setting, visible = self._settings_by_window(config, panel), self._visible(config, panel)
        if config.strategy.allocation.type not in FIXED:
            benchmark = -1 if core is None else len(members)
            yield LaneGroup(np.array(members), config, None, benchmark, panel, setting, {}, visible)
            return
        numbers = sorted(set(setting.tolist())) if sliceable(config) else []
        precomputed = {number: self._whole(config, number, panel) for number in numbers}
        rows = np.array([_fixed(points.allocation(point), symbols) for point in members])
        for some in np.array_split(np.arange(len(members)), -(-len(members) // LANES)):
            weights, benchmark = _with_benchmark(rows[some], core, symbols)
            own = np.array(members)[some]
            yield LaneGroup(own, config, weights, benchmark, panel, setting, precomputed, visible)

    def check_holdings(self, group: LaneGroup) -> None:
        """Raise ConfigError for a window that the group's holdings cannot begin, before any is simulated."""
        starts, key = self.bounds[group.panel, :, 0].tolist(), (group.panel, repr(group.config.holdings))
        if group.config.holdings is None or key in self._checked:
            return
        self._checked.add(key)
        for number, start in zip(group.setting.tolist(), starts):
            opening_of(replace(self.settings[number], config=group.config), start)

    def _visible(self, config: Config, panel: int) -> Ints:
        """(W,) the first session that a signal may look back to.

        A stand-in's history is spliced on only where the period needs it, so that a run which begins after
        its assets did sees less of the past than one panel for all windows has.
        """
        visible = np.zeros(len(self.windows), np.int64)
        whole = self.panels[panel]
        looks_back = watches_prices(config) or called(config.strategy)
        if not looks_back or not any(item.splices for item in whole.provenance):
            return visible
        order = sorted(range(len(self.windows)), key=lambda number: self.windows[number].start)
        end = max(window.end for window in self.windows)

        def first(place: int) -> int:
            window = replace(self.windows[order[place]], end=end)
            own = self.load(config.model_copy(update={"period": window.period}))
            return int(np.searchsorted(whole.sessions, own.sessions[0]))

        def fill(low: int, high: int, at_low: int, at_high: int) -> None:
            """Between two windows that see equally far all do: later ones never see more."""
            if at_low == at_high or high - low < 2:
                visible[order[low:high]] = at_low
                return
            middle = (low + high) // 2
            at_middle = first(middle)
            fill(low, middle, at_low, at_middle)
            fill(middle, high, at_middle, at_high)

        last = len(order) - 1
        at_last = first(last)
        fill(0, last, first(0), at_last)
        visible[order[last]] = at_last
        return visible

    def _settings_by_window(self, config: Config, panel: int) -> Ints:
        """(W,) the setting of each window: a broker's profile is that of the window's last session."""
        stops = self.bounds[panel, :, 1]
        sessions = self.panels[panel].sessions
        profiles = [tables.broker(config.costs.broker, day) for day in sessions[stops - 1]]
        numbers = np.empty(len(stops), np.int64)
        for profile in dict.fromkeys(profiles):
            mine = np.array([item == profile for item in profiles])
            numbers[mine] = self._setting(config, panel, int(stops[mine].max()), profile)
        return numbers

    def _setting(self, config: Config, panel: int, stop: int, profile: tables.Broker) -> int:
        whole = self.panels[panel]
        if tables.broker(config.costs.broker, whole.sessions[-1]) == profile:
            stop = len(whole.sessions)
        laws = {name: value for name, value in config if name not in OF_NO_LAW}
        watched = flow_source(config) and (flow_source(config), repr(config.data))
        key = (panel, stop, repr(laws), repr(config.strategy.transfer), watched)
        if key not in self._numbers:
            self._numbers[key] = len(self.settings)
            self.settings.append(prepare(config, _sessions(whole, 0, stop), self.flows(config)))
        return self._numbers[key]

    def _whole(self, config: Config, number: int, panel: int) -> PrecomputedPlan:
        setting = replace(self.settings[number], config=config.model_copy(update={"period": Period()}))
        inputs = make_inputs(setting.market_data, plan_of(setting, 0, len(setting.panel.sessions)))
        contributions = config.strategy.contributions
        key = (number, repr(contributions))
        flows = self._plans.setdefault(key, inputs.plan)
        bad = np.zeros(len(self.windows), np.bool_)
        day = getattr(contributions, "day", None)
        if day is not None:
            if (number, day) not in self._bad:
                pairs = zip(self.windows, self.bounds[panel, :, 0].tolist())
                lost = [_lost(setting.panel, window.start, start, day) for window, start in pairs]
                self._bad[number, day] = np.array(lost)
            bad = self._bad[number, day]
        shares = not (inputs.flags & EVENT.YEAR_END).any()
        return PrecomputedPlan(
            replace(inputs, plan=flows), isinstance(contributions, LumpSum), bad, bool(shares)
        )


def sliceable(config: Config) -> bool:
    """Whether a plan on a window is a slice of the plan on all sessions.

    Monthly and yearly amounts fall due on the same dates whenever a simulation begins, unless they grow from its
    beginning or bring something more on its first session; a lump sum comes on the first session and nowhere
    else. Calendar and band rebalancing come on the first session of a month, quarter or year, which is the
    same in every simulation that has begun before it; ``slice_inputs`` takes care of the first session.
    """
    strategy = config.strategy
    contributions = strategy.contributions
    if config.holdings is not None or strategy.moves_with_its_dates:
        return False  # every window begins with them, or has what of its dates lies in it
    if strategy.deploy.spread_months > 1:
        return False
    if isinstance(contributions, LumpSum):
        return True
    return (
        isinstance(contributions, Monthly | Annual)
        and contributions.growth == 0.0
        and contributions.initial == 0.0
    )


def _lost(panel: Panel, start: np.datetime64, first: int, day: int) -> bool:
    """Whether a due day may lie between the session before a window and its start: a slice would have it."""
    if first == 0:
        return True
    since = panel.sessions[first - 1] + ONE_DAY
    return bool(since < start and len(due_dates(since, start - ONE_DAY, day)))


def _fixed(allocation: Allocation, symbols: Sequence[str]) -> Floats:
    """(A,) the weights of a fixed allocation."""
    nowhere = np.array(["1970-01-01"], "datetime64[D]")
    row: Floats = ALLOCATIONS[allocation.type](symbols, nowhere, **allocation.model_dump(exclude={"type"}))[
        0
    ][0]
    return row


def _with_benchmark(rows: Floats, core: str | None, symbols: Sequence[str]) -> tuple[Floats, int]:
    """(1, A, K) of (k, A) weights, with a lane for the core alone unless there is one, and its number."""
    lane = -1
    if core is not None:
        alone = np.array([1.0 if symbol == core else 0.0 for symbol in symbols])
        same = np.flatnonzero((rows == alone).all(axis=1))
        lane = int(same[0]) if len(same) else len(rows)
        if not len(same):
            rows = np.concatenate([rows, alone[None]])
    return np.ascontiguousarray(rows.T[None]), lane


def _sessions(panel: Panel, first: int, stop: int | None) -> Panel:
    """Sessions ``first`` .. ``stop`` - 1 of a panel."""
    if first == 0 and stop in (None, len(panel.sessions)):
        return panel
    arrays = (
        "sessions",
        "price",
        "dividend",
        "fx",
        "usdjpy",
        *(["known"] if panel.known is not None else []),
    )
    return replace(panel, **{name: getattr(panel, name)[first:stop] for name in arrays})


def refuse_dates_of_their_own(points: GridPoints, grid: WindowGrid) -> None:
    """Raise ConfigError where a point has contributions on dates that a window does not hold."""
    for config in (each for each in points.outer if each.person is None):
        entries = [e for item in config.strategy.arriving if isinstance(item, Schedule) for e in item.entries]
        for w in grid.windows if entries else ():
            outside = [e.date for e in entries if not w.period.start <= e.date <= w.period.end]  # type: ignore[operator]
            if outside:
                raise ConfigError(
                    message(
                        "strategy.contributions.entries: {day} is not in the window {first} to {last}",
                        day=outside[0],
                        first=str(w.start),
                        last=str(w.end),
                    ),
                    hint=message("a schedule has its own dates: give windows that hold them all, or none"),
                )
