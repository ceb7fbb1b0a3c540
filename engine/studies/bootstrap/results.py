"""What drawn futures say: chances, shortfalls, fans and paired differences, each with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine.formats import plain
from engine.locale import OwnText
from engine.market.series import Dates, Floats
from engine.metrics import METRICS, below_principal
from engine.result import ByValue
from engine.studies.against import moves_the_same
from engine.studies.bootstrap.futures import Days
from engine.studies.depletion import RanOut, ran_out
from engine.studies.missing import quantiles
from engine.studies.student import LEVEL

PERCENTILES = (5.0, 25.0, 50.0, 75.0, 95.0)
QUANTILES = np.linspace(0.01, 0.99, 99)
PAIRED = ("final_value", "liquidation_value", "xirr", "max_drawdown")


@dataclass(frozen=True)
class LossProbability:
    """A strategy's chance of ending below the principal, with its standard error, and what is missing then.

    ``shortfall`` is the mean of 1 − (value + withdrawn) / contributed over the futures that end below, the
    expected shortfall given below; NaN where none does. ``expected`` counts all futures, 0 for those that
    do not end below: the price of the risk, so to say.
    """

    strategy: str
    below: float
    below_error: float
    shortfall: float
    expected: float


@dataclass(frozen=True)
class Difference:
    """``second`` − ``first`` (strategies) of a metric on the same futures, in the ``known`` ones that have it.

    ``low`` and ``high`` hold the middle ``level`` of the differences: the percentile interval of what chance
    may bring. ``error`` is the standard error of the ``mean``, sd / √N: only how exactly it was computed,
    smaller with every future drawn, and no statement about how sure the future is. ``share_same`` of the futures
    are the same in both, such as those in which nothing is left of either.
    """

    first: int
    second: int
    metric: str
    level: float
    mean: float
    error: float
    median: float
    low: float
    high: float
    share_second_better: float
    known: int = 0
    share_same: float = 0.0


@dataclass(frozen=True, eq=False)
class Bootstrap(ByValue):
    """The outcomes. S strategies, N futures, F of which are followed year by year at P points in time.

    ``years``        P of them, from 0 to the last; ``points`` (P,) are the sessions that they end with
    ``contributed``  (S, P) money paid in until then
    ``values``       (S, F, P) value at the points
    ``outcomes``     metric -> (S, N); the metrics of ``engine.metrics.streamed``
    ``benchmark``    the core, where the last strategy is the first one's money in the core alone; else ''
    ``takes_out``    whether any strategy takes money out in these years, so that it may run out
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
    benchmark: str = ""
    takes_out: bool = False

    @property
    def paths(self) -> int:
        """How many futures were drawn."""
        return int(self.outcomes["final_value"].shape[1])

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Who is compared: a strategy against its core alone (the last), or everyone against the first."""
        if self.benchmark and len(self.strategies) == 2:
            return [(1, 0)]
        return [(0, second) for second in range(1, len(self.strategies))]

    @cached_property
    def fan(self) -> Floats:
        """(S, PERCENTILES, P) of the value through time; the end is that of all futures, not of the followed."""
        fan: Floats = np.percentile(self.values, PERCENTILES, axis=1).transpose(1, 0, 2)
        fan[:, :, -1] = np.percentile(self.outcomes["final_value"], PERCENTILES, axis=1).T
        return fan

    @cached_property
    def final(self) -> Floats:
        """(S, QUANTILES) of the final value over all futures."""
        return np.quantile(self.outcomes["final_value"], QUANTILES, axis=1).T

    @cached_property
    def loss_probabilities(self) -> tuple[LossProbability, ...]:
        """The chance of every strategy to end below the principal."""
        found = []
        for name, ratio in zip(self.strategies, self.outcomes["value_to_contributed"], strict=True):
            below = below_principal(ratio)
            share, missing = float(below.mean()), 1.0 - ratio[below]
            found.append(
                LossProbability(
                    strategy=name,
                    below=share,
                    below_error=float(np.sqrt(share * (1.0 - share) / self.paths)),
                    shortfall=float(missing.mean()) if len(missing) else float("nan"),
                    expected=float(missing.sum()) / self.paths,
                )
            )
        return tuple(found)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every pair in every metric of ``PAIRED``."""
        return tuple(self.difference(*pair, metric) for pair in self.pairs for metric in PAIRED)

    def difference(self, first: int, second: int, metric: str, level: float = LEVEL) -> Difference:
        """The paired differences of a metric."""
        one, other = self.outcomes[metric][first], self.outcomes[metric][second]
        known = np.isfinite(one) & np.isfinite(other)
        gap = other[known] - one[known]
        if not len(gap):
            nan = float("nan")
            return Difference(first, second, metric, level, nan, nan, nan, nan, nan, nan)
        tail = 50.0 * (1.0 - level)
        low, median, high = np.percentile(gap, [tail, 50.0, 100.0 - tail]).tolist()
        better = gap < 0.0 if METRICS[metric].better == "min" else gap > 0.0
        error = float(gap.std(ddof=1)) / len(gap) ** 0.5 if len(gap) > 1 else float("nan")
        mean, share = float(gap.mean()), float(better.mean())
        same = float((gap == 0.0).mean())
        return Difference(first, second, metric, level, mean, error, median, low, high, share, len(gap), same)

    def is_other_money(self, first: int, second: int) -> bool:
        """Whether two strategies are to take out different amounts in any future: more left is then not better."""
        if not self.takes_out:
            return False
        wanted = self.outcomes["withdrawn"] + self.outcomes["unpaid"]
        return not moves_the_same(wanted[first], wanted[second])

    @cached_property
    def ran_out(self) -> tuple[RanOut, ...]:
        """In how many futures each strategy's money ran out; () where none takes money out."""
        if not self.takes_out:
            return ()
        both = zip(self.outcomes["years_lasted"], self.outcomes["unpaid"])
        return tuple(ran_out(lasted, unpaid, self.paths, self.years[-1]) for lasted, unpaid in both)

    def plain(self) -> dict[str, Any]:
        """For programs: money in the base currency, fractions, None where there is no figure."""
        dry = [{"ran_out": item.plain()} for item in self.ran_out] or [{}] * len(self.strategies)
        strategies = [
            {
                "strategy": chance.strategy,
                **dry[s],
                **asdict(chance),
                "contributed": float(self.contributed[s, -1]),
                "final_value": dict(zip(map(str, PERCENTILES), self.fan[s, :, -1].tolist())),
                "median": {name: quantiles(values[s], (0.5,))[0] for name, values in self.outcomes.items()},
                "known": {name: int(np.isfinite(values[s]).sum()) for name, values in self.outcomes.items()},
            }
            for s, chance in enumerate(self.loss_probabilities)
        ]
        paired = [
            {**asdict(item), **{end: self.strategies[getattr(item, end)] for end in ("first", "second")}}
            for item in self.differences
        ]
        found = {
            "name": self.name,
            "currency": self.currency,
            "paths": self.paths,
            "seed": self.seed,
            "block_length": self.block,
            "sessions": [str(self.sessions[0]), str(self.sessions[-1])],
            "strategies": strategies,
            "paired": paired,
        }
        cleaned: dict[str, Any] = plain(found)
        return cleaned

    def _kept(self) -> dict[str, Any]:
        """What the tables do not say; sessions as days after the first."""
        names = (
            "name",
            "description",
            "strategies",
            "currency",
            "years",
            "block",
            "seed",
            "benchmark",
            "takes_out",
        )
        return {
            **{name: getattr(self, name) for name in names},
            "first": str(self.sessions[0]),
            "days": (self.sessions - self.sessions[0]).astype(np.int64).tolist(),
            "points": self.points.tolist(),
        }

    def named(self) -> tuple[object, ...]:
        """The name, and which futures were drawn."""
        return self.name, self.strategies, self.paths, self.seed

    def ends(self) -> dict[str, Any]:
        """A row a future and strategy, as columns."""
        columns: dict[str, Any] = {
            "future": np.repeat(np.arange(self.paths), len(self.strategies)),
            "strategy": np.tile(np.array(self.strategies), self.paths),
        }
        return columns | {
            name: np.ascontiguousarray(values.T).ravel() for name, values in self.outcomes.items()
        }

    def files(self, pages: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
        """The files of a study: a row a future and strategy, a row a point in time, the figures, the manifest.

        ``pages`` are written with them. The manifest holds the SHA-256 of the others. The same study gives the
        same bytes. ``paths.parquet`` has the futures that are followed, a row each and strategy; ``study.json``
        what the other files do not say of the study.
        """
        from engine.store import to_json, to_parquet, with_manifest

        strategies = np.array(self.strategies)
        points: dict[str, Any] = {
            "strategy": np.repeat(strategies, len(self.points)),
            "date": np.tile(self.sessions[self.points], len(strategies)),
            "contributed": self.contributed.ravel(),
        }
        points |= {f"p{p:g}": self.fan[:, n].ravel() for n, p in enumerate(PERCENTILES)}
        if self.ran_out:
            points["with_money"] = np.concatenate([item.survival for item in self.ran_out])

        followed = self.values.shape[1]
        paths: dict[str, Any] = {
            "future": np.tile(np.arange(followed), len(strategies)),
            "strategy": np.repeat(strategies, followed),
        }
        ways = self.values.reshape(-1, len(self.points))
        paths |= {f"year_{year}": np.ascontiguousarray(ways[:, p]) for p, year in enumerate(self.years)}
        files = {
            "bootstrap.json": to_json(self.plain()),
            "study.json": to_json(self._kept()),
            "fan.parquet": to_parquet(points),
            "futures.parquet": to_parquet(self.ends()),
            "paths.parquet": to_parquet(paths),
            **(pages or {}),
        }
        return with_manifest(files, {"kind": "bootstrap", **self.manifest})
