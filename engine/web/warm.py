"""What a warm process keeps: prices of the plans it was asked for, and the plans that links stand for.

Nothing is fetched for a request: prices come from what is bundled, from the folders that the server was started
with, and from the local cache, as with ``--offline``. They stay as they were when they were first asked for.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from engine.config import Config
from engine.context import flows_of, load_panel
from engine.market.flows import Flows
from engine.market.panel import Panel
from engine.market.sources import Source, read_once
from engine.plan import symbols_of
from engine.result import Result
from engine.run import run_on
from engine.studies.bootstrap.futures import block_length, history_of
from engine.studies.bootstrap.workload import refuse_apart, shared_past
from engine.web.link import config_of
from engine.web.starts import override_weight

MOST_LINKS = 64
MOST_PANELS = 12  # a panel of two assets and 25 years takes a megabyte
MOST_PARTS = 8  # of runs that hold for every weight of their satellite: two a plan
T = TypeVar("T")


class Kept(Generic[T]):
    """The values made last, by key; any thread may ask. Two that ask at once for a new one both make it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> T | None:
        """The value of a key, None if it is not there."""
        with self._lock:
            return self._values.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made if it is not there. What ``make`` raises is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self.most:
                self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class Past:
    """What futures are drawn from: sessions ``start`` .. ``stop`` - 1 of a panel, in blocks of a mean length."""

    panel: Panel
    start: int
    stop: int
    block: float


@dataclass(frozen=True)
class Warm:
    """Prices in memory, by what a configuration needs of them.

    ``source``  where all prices come from (``--data``); None: what each configuration says
    ``own``     sources with a path that the server was started with
    """

    source: str | Source | None = None
    own: tuple[str, ...] = ()
    panels: Kept[Panel] = field(default_factory=lambda: Kept(MOST_PANELS))
    pasts: Kept[Past] = field(default_factory=lambda: Kept(MOST_PANELS))
    links: Kept[Config] = field(default_factory=lambda: Kept(MOST_LINKS))
    parts: Kept[Any] = field(default_factory=lambda: Kept(MOST_PARTS))
    opened: Kept[Source | str] = field(default_factory=lambda: Kept(MOST_PANELS))

    def plan(self, link: str) -> Config:
        """The plan of a link, read once: it comes with every question that a page asks. Raises ConfigError."""
        return self.links.get(link, lambda: config_of(link))

    def run(self, config: Config) -> Result:
        """What ``backtest run --offline`` gives."""
        others = whatever_weight(config)
        return run_on(
            config,
            self.panel(config),
            self.flows(config),
            lambda name, make: self.parts.get((name, others), make),
        )

    def flows(self, config: Config) -> Flows | None:
        """The fund flows that a configuration watches."""
        return flows_of(config, self.source)

    def panel(self, config: Config) -> Panel:
        """The prices of a configuration, as ``load_panel`` gives them."""
        return self.panels.get(
            _prices_of(config), lambda: load_panel(config, source=self.source_of(config), offline=True)
        )

    def past(self, config: Config) -> Past:
        """The prices that a plan's futures are drawn from."""
        refuse_apart([config])

        def made() -> Past:
            panel, start, stop = shared_past([config], self.source_of(config), {"offline": True})
            return Past(panel, start, stop, block_length(history_of(panel, start, stop)))

        return self.pasts.get(_prices_of(config), made)

    def source_of(self, config: Config) -> str | Source | None:
        """The source of a configuration's prices, its files read once where it is bundled or a folder."""
        if isinstance(self.source, Source):
            return self.source
        name = config.data.source if self.source is None else self.source
        return self.opened.get(name, lambda: read_once(name))


def whatever_weight(config: Config) -> str:
    """What plans have in common that differ in the weight of their satellite alone."""
    allocation = config.strategy.allocation
    if allocation.type == "core_satellite":
        config = override_weight(config, 0.0)
    return config.model_dump_json()


def _prices_of(config: Config) -> Hashable:
    """What two configurations must have in common to need the same prices."""
    held = config.holdings
    return (
        symbols_of(config),
        config.currency,
        config.period,
        config.dividends.mode,
        repr(config.data),
        None if held is None else held.since,
    )
