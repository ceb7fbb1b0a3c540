"""From what was asked to what is told, on a warm process: the steps of every answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from engine.config import Config
from engine.ledger.layout import STATS
from engine.result import Result
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.bootstrap.simulate import simulate_paths
from engine.studies.bootstrap.study import FAN_PATHS, outcome_of
from engine.studies.bootstrap.workload import make_workload
from engine.studies.compare import Comparison, compare
from engine.web.starts import WEIGHTS, Along, begun
from engine.web.warm import Kept, Warm, whatever_weight
from engine.web.work import Ticket, Work

MOST_CURVES = 8  # of plans that are kept: some megabytes each
AT_A_TIME = 32  # futures that a thread simulates before it looks whether anybody waits


@dataclass(frozen=True)
class Answers:
    """The studies of the page and the API: what is warm, and who works."""

    warm: Warm
    work: Work
    curves: Kept[Along] = field(default_factory=lambda: Kept(MOST_CURVES))

    def run(self, config: Config, ticket: Ticket) -> Result:
        """What ``backtest run`` gives."""
        ticket.check()
        return self.warm.run(config)

    def starts(
        self, config: Config, ticket: Ticket, *, years: int, every: str, weights: Sequence[float] = WEIGHTS
    ) -> Along:
        """What ``backtest windows`` gives, along the satellite's weight."""
        return self.begin_starts(config, ticket, years=years, every=every, weights=weights)()

    def begin_starts(
        self, config: Config, ticket: Ticket, *, years: int, every: str, weights: Sequence[float] = WEIGHTS
    ) -> Callable[[], Along]:
        """The same, begun: other work may be done until it is waited for."""
        ticket.check()
        simulate = partial(self.work.map, ticket)
        return begun(
            config, self.warm.panel, self.warm.flows, simulate, years=years, every=every, weights=weights
        )

    def known(self, config: Config, *, years: int) -> Along | None:
        """All start months of a plan where they were computed for another weight of its satellite."""
        found = self.curves.find(_along_of(config, years))
        if found is None or (found.weights and _weight(config) not in found.weights):
            return None
        return found.chosen_at(config)

    def all_starts(self, config: Config, ticket: Ticket, *, years: int) -> Along:
        """Every month and weight, kept for the next question about the same plan."""

        def made() -> Along:
            found = self.starts(config, ticket, years=years, every="month")
            _ = found.curve  # kept with it: the same for every point of it
            return found

        return self.curves.get(_along_of(config, years), made).chosen_at(config)

    def futures(
        self,
        config: Config,
        ticket: Ticket,
        *,
        years: int,
        seed: int,
        counts: Sequence[int],
        tell: Callable[[Bootstrap], None],
    ) -> None:
        """What ``backtest bootstrap`` gives with so many futures, for each of ``counts``, ascending.

        A future is its seed and its number: more of them go on where the fewer ended.
        """
        ticket.check()
        past = self.warm.past(config)
        panel = past.panel
        workload = make_workload(
            [config], panel, past.start, past.stop, years=years, seed=seed, block=past.block
        )
        followed = min(FAN_PATHS, counts[-1])
        strategies, points = len(workload.strategies), len(workload.points)
        stats = np.empty((counts[-1], strategies, len(STATS)))
        values = np.zeros((strategies, followed, points))
        done = 0

        def one(first: int, until: int) -> None:
            last = min(first + AT_A_TIME, until)
            found, ways = simulate_paths(workload, first, last, followed=followed)
            stats[first:last] = found
            values[:, first : min(last, followed)] = ways

        for count in counts:
            for _ in self.work.map(ticket, partial(one, until=count), range(done, count, AT_A_TIME)):
                pass
            done = count
            tell(outcome_of([config], workload, stats[:count], values[:, :count], panel.per_year))

    def compared(self, configs: Sequence[Config], ticket: Ticket) -> Comparison:
        """What ``backtest compare`` gives."""
        ticket.check()
        is_one = len({config.data.source for config in configs}) == 1
        source = self.warm.source_of(configs[0]) if is_one else self.warm.source
        return compare(configs, source=source, offline=True)


def _along_of(config: Config, years: int) -> Hashable:
    """What two plans have in common whose start months are points of the same curve."""
    return whatever_weight(config.model_copy(update={"name": "", "description": ""})), years


def _weight(config: Config) -> float | None:
    allocation = config.strategy.allocation
    return allocation.satellite_weight if allocation.type == "core_satellite" else None
