"""All start months of a plan along the weight of its satellite, against the same money in the core alone.

The simulations are those of ``backtest windows`` and ``sweep``, and so are the figures; only that all weights are
lanes of the same calls of the kernel, and that rows stay in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, override
from engine.market.flows import Flows
from engine.market.panel import Panel
from engine.market.series import Floats
from engine.metrics import below_principal
from engine.plan import core_of
from engine.studies.against import against
from engine.studies.grid.axes import Axis
from engine.studies.grid.chunk import Chunk, Columns, chunks_of_starts, joined, simulate_chunk
from engine.studies.grid.documents import Windows
from engine.studies.grid.paired import WHOLE, paired_differences, tells
from engine.studies.grid.points import GridPoints
from engine.studies.grid.results import OUTCOMES, WindowsResult
from engine.studies.grid.shares import Share, ShareMaker
from engine.studies.grid.statistics import STATISTICS, cubes, statistics
from engine.studies.grid.study import Plan, Study, sessions_a_year
from engine.studies.grid.window_grid import WindowGrid, make_window_grid, stride_of
from engine.studies.grid.windows import MOVED, strategy_points, windows_result
from engine.studies.grid.workload import Workload, make_workload, refuse_dates_of_their_own

WEIGHT = "strategy.allocation.satellite_weight"
WEIGHTS = tuple(number / 100 for number in range(31))  # 0 % is the core alone
COARSE = WEIGHTS[::5]
PART = 500_000  # sessions of all simulations that a thread takes at a time: five milliseconds or so
Simulate = Callable[[Callable[[Chunk], Columns], Sequence[Chunk]], Iterator[Columns]]


@dataclass(frozen=True)
class Rows:
    """The rows of a study in memory, where a study of ``backtest`` reads its files: all of them in one part."""

    whole: Columns
    names: ClassVar[tuple[str]] = ("0",)
    chunks: ClassVar[tuple[Chunk, ...]] = ()

    def read(self, number: int, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Some columns of the part."""
        own = {"window": self.whole.window, "cell": self.whole.point}
        return {name: own[name] if name in own else self.whole.figures[name] for name in columns}

    def shares(self, maker: ShareMaker) -> list[Share]:
        """The summary of the part."""
        return [maker.of_rows(self.whole)]


@dataclass(frozen=True)
class Along:
    """Points in all windows of one horizon. The first point is the core alone, where there is a core.

    ``weights``  of the satellite, ascending, of each point; empty where the plan has none at a fixed weight
    ``chosen``   the point that is the plan itself
    ``rows``     of all points
    """

    config: Config
    configs: tuple[Config, ...]
    weights: tuple[float, ...]
    chosen: int
    grid: WindowGrid
    workload: Workload
    rows: Rows

    @cached_property
    def figures(self) -> dict[str, Floats]:
        """(points, W) by name: what ``windows`` looks at."""
        names = (*OUTCOMES, *MOVED)
        return cubes(names, len(self.configs), len(self.grid.windows), 1, self.rows.read)

    @property
    def has_core(self) -> bool:
        """Whether the first point is the core alone and another is the plan."""
        return core_of(self.config) is not None

    @property
    def independent(self) -> int:
        """How many windows do not overlap."""
        return self.grid.independent(0)

    @cached_property
    def curve(self) -> dict[str, Floats]:
        """(points,) each: see ``Curve``'s columns in ``engine.web.told``; against the first point."""
        final, ratio = self.figures["final_value"], self.figures["value_to_contributed"]
        columns = {"below": below_principal(ratio).mean(axis=1)}
        for suffix, values in (("", final), ("_times", ratio)):
            spread = statistics(values, "max")
            columns |= {
                f"median{suffix}": spread[STATISTICS.index("median")],
                f"worst{suffix}": spread[STATISTICS.index("worst")],
                f"best{suffix}": np.nanmax(values, axis=1),
            }
        return columns | self._against_first(final) if self.has_core else columns

    def _against_first(self, final: Floats) -> dict[str, Floats]:
        """How often and by how much each ended above the first, as ``windows`` says of a pair."""
        found = against(final[:1], final)
        mean, half_width, together, largest = np.empty((4, len(final)))
        windows = np.array(self.grid.windows)
        for known in np.unique(found.known, axis=0):  # rows whose windows are the same are compared at once
            mine = np.flatnonzero((found.known == known).all(axis=1))
            # Rows side by side in memory: sums of a row are then made as those of a row alone.
            values = np.ascontiguousarray(found.ratio[mine][:, known])
            if not values.shape[1]:
                mean[mine], half_width[mine], together[mine], largest[mine] = math.nan, *[math.inf] * 3
                continue
            nothing, stride = np.zeros(values.shape[1]), stride_of(list(windows[known]))
            mean[mine], half_width[mine], _ = paired_differences(-values, nothing, stride)
            _, together[mine], _ = paired_differences(-values, nothing, stride, len(final) - 1)
            largest[mine] = np.minimum(np.abs(values).max(axis=1), WHOLE)
        return {
            "better": found.better.mean(axis=1),
            "same": found.same.mean(axis=1),
            "mean": mean,
            "half_width": half_width,
            "half_width_together": together,
            "is_told": np.asarray(tells(half_width, largest), np.float64),
            "is_noise": (~(np.abs(mean) > half_width)).astype(np.float64),
        }

    def chosen_at(self, config: Config) -> Along:
        """The same simulations, looked at from another plan whose weight is among the points."""
        at = self.chosen
        if config.strategy.allocation.type == "core_satellite":
            at = self.weights.index(config.strategy.allocation.satellite_weight)
        found = replace(self, config=config, chosen=at)
        # What does not depend on which point is looked at is not computed again.
        vars(found).update({name: vars(self)[name] for name in ("figures", "curve") if name in vars(self)})
        return found

    def pair(self) -> WindowsResult:
        """The plan against the core alone (or by itself), as ``backtest windows`` has it."""
        points = [0, self.chosen] if self.has_core and self.chosen else [self.chosen]
        configs = [self.configs[point] for point in points]
        core = core_of(self.config)
        names = [*([str(core)] if len(points) == 2 else []), self.config.name]
        if len(set(names)) < len(names):
            names[0] = f"{core}_core"
        grid_points = strategy_points(names, configs)
        plan = Plan(
            "windows", self.config.name, "", configs[0], grid_points, self.grid, self.workload, "",
            sessions_a_year(self.workload.panels),
        )  # fmt: skip
        rows = Rows(_only(self.rows.whole, points))
        return windows_result(Study(plan, Path(), rows))  # type: ignore[arg-type]


def begun(
    config: Config,
    load: Callable[[Config], Panel],
    flows: Callable[[Config], Flows | None],
    simulate: Simulate,
    *,
    years: int,
    every: str = "month",
    weights: Sequence[float] = WEIGHTS,
) -> Callable[[], Along]:
    """Begin to simulate a plan at every weight, and the core alone, from every start month; to be waited for.

    Raises ConfigError where no window fits, or the plan cannot be simulated in one; DataError.
    """
    panel = load(config)
    grid = make_window_grid(Windows(every=every, horizons=(years,)), config.period, [panel])  # type: ignore[arg-type]
    configs, at, chosen = points_of(config, weights)
    count = len(configs)
    numbers = np.zeros(count, np.int64)
    axis = Axis(WEIGHT, at) if at else Axis("strategy", tuple(str(n) for n in range(count)))
    points = GridPoints((axis,), configs[:1], configs, numbers, np.arange(count))
    if not at:
        points = strategy_points([str(n) for n in range(count)], configs)
    refuse_dates_of_their_own(points, grid)
    workload = make_workload(points, grid, [panel], numbers, load, flows)
    chunks = chunks_of_starts(workload, PART)
    parts = simulate(lambda chunk: simulate_chunk(workload, chunk), chunks)
    return lambda: Along(config, configs, at, chosen, grid, workload, Rows(joined(list(parts))))


def points_of(config: Config, weights: Sequence[float]) -> tuple[tuple[Config, ...], tuple[float, ...], int]:
    """The configurations to simulate, their weights of the satellite, and which of them is the plan itself."""
    allocation = config.strategy.allocation
    if allocation.type == "core_satellite":
        at = tuple(sorted({0.0, *weights, allocation.satellite_weight}))
        configs = tuple(override_weight(config, weight) for weight in at)
        return configs, at, at.index(allocation.satellite_weight)
    if allocation.type != "tilt":
        return (config,), (), 0
    pair = {"core": allocation.core, "satellite": allocation.satellite}
    alone = {"type": "core_satellite", **pair, "satellite_weight": 0.0}
    return (override(config, {"strategy.allocation": alone}), config), (), 1


def override_weight(config: Config, weight: float) -> Config:
    """A core and its satellite at another weight, which was checked."""
    allocation = config.strategy.allocation.model_copy(update={"satellite_weight": weight})
    return config.model_copy(
        update={"strategy": config.strategy.model_copy(update={"allocation": allocation})}
    )


def _only(whole: Columns, points: Sequence[int]) -> Columns:
    """The rows of some points, numbered anew."""
    number = np.full(int(whole.point.max()) + 1, -1)
    number[list(points)] = np.arange(len(points))
    mine = number[whole.point] >= 0
    return Columns(
        whole.window[mine],
        number[whole.point[mine]],
        {name: values[mine] for name, values in whole.figures.items()},
    )
