"""What drawn futures say: chances, shortfalls, fans and paired differences, each with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.market.series import Floats
from engine.metrics import METRICS, below_principal
from engine.report.models import BootstrapStudy, Measure, PairedEstimate
from engine.report.summary import metric_column
from engine.report.voice import Voice
from engine.studies.bootstrap.simulate import LEVEL, Bootstrap
from engine.studies.depletion import RanOut, ran_out, survival
from engine.studies.missing import quantiles

PERCENTILES = (5.0, 25.0, 50.0, 75.0, 95.0)
QUANTILES = np.linspace(0.01, 0.99, 99)
PAIRED = ("final_value", "liquidation_value", "xirr", "max_drawdown")


@dataclass(frozen=True)
class Odds:
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
    smaller with every future drawn, and no statement about how sure the future is.
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


def odds_of(found: Bootstrap) -> list[Odds]:
    """The odds of every strategy."""
    told = []
    for name, ratio in zip(found.strategies, found.outcomes["value_to_contributed"], strict=True):
        below = below_principal(ratio)
        share = float(below.mean())
        missing = 1.0 - ratio[below]
        told.append(
            Odds(
                strategy=name,
                below=share,
                below_error=float(np.sqrt(share * (1.0 - share) / found.paths)),
                shortfall=float(missing.mean()) if len(missing) else float("nan"),
                expected=float(missing.sum()) / found.paths,
            )
        )
    return told


def pairs_of(found: Bootstrap) -> list[tuple[int, int]]:
    """Who is compared: a strategy against its core alone (the last), or everyone against the first."""
    if len(found.strategies) == 2 and found.with_core:
        return [(1, 0)]
    return [(0, second) for second in range(1, len(found.strategies))]


def difference(found: Bootstrap, first: int, second: int, metric: str, level: float = LEVEL) -> Difference:
    """The paired differences of a metric."""
    one, other = found.outcomes[metric][first], found.outcomes[metric][second]
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
    return Difference(first, second, metric, level, mean, error, median, low, high, share, len(gap))


def differences_of(found: Bootstrap) -> list[Difference]:
    """Every pair in every metric of ``PAIRED``."""
    return [difference(found, *pair, metric) for pair in pairs_of(found) for metric in PAIRED]


def ran_out_of(found: Bootstrap) -> tuple[RanOut, ...]:
    """In how many futures each strategy's money ran out; () where none takes money out."""
    if not found.takes_out:
        return ()
    lasted, unpaid = found.outcomes["years_lasted"], found.outcomes["unpaid"]
    return tuple(ran_out(*pair, found.paths) for pair in zip(lasted, unpaid))


def fan_of(found: Bootstrap) -> Floats:
    """(S, percentiles, P) of the value through time; the end is that of all futures, not of the followed ones."""
    fan: Floats = np.percentile(found.values, PERCENTILES, axis=1).transpose(1, 0, 2)
    fan[:, :, -1] = np.percentile(found.outcomes["final_value"], PERCENTILES, axis=1).T
    return fan


def study_of(found: Bootstrap, lang: str = "en") -> BootstrapStudy:
    """The study as tables and pages take it, its labels in ``lang``."""
    voice = Voice(lang, found.currency)
    odds = odds_of(found)
    return BootstrapStudy(
        name=found.name,
        strategies=_names(found, voice),
        years=np.array(found.years, np.float64),
        contributed=found.contributed[0],
        percentiles=PERCENTILES,
        fan=fan_of(found),
        quantiles=QUANTILES,
        final=np.quantile(found.outcomes["final_value"], QUANTILES, axis=1).T,
        below_principal=np.array([item.below for item in odds]),
        shortfall=np.array([item.shortfall for item in odds]),
        paths=found.paths,
        block_length=found.block,
        seed=found.seed,
        level=LEVEL,
        paired=tuple(_estimate(item, voice) for item in differences_of(found)),
        ran_out=ran_out_of(found),
        survival_years=_each_year(found),
        survival=survival_of(found),
        description=voice.text(found.description),
        currency=found.currency,
        statements=tuple(found.manifest["assumptions"]),
        manifest=found.manifest,
    )


def survival_of(found: Bootstrap) -> Floats:
    """(S, Y) share of futures that still have money after each whole year; (0, 0) where none takes money out."""
    if not found.takes_out:
        return np.empty((0, 0))
    return np.stack([survival(lasted, _each_year(found)) for lasted in found.outcomes["years_lasted"]])


def _each_year(found: Bootstrap) -> Floats:
    """The whole years of a study."""
    return np.arange(found.years[-1] + 1, dtype=np.float64)


def _names(found: Bootstrap, voice: Voice) -> tuple[str, ...]:
    """The strategies for people: the core alone is called so."""
    if not found.with_core:
        return found.strategies
    return (*found.strategies[:-1], voice("core_alone", core=found.core))


def _estimate(item: Difference, voice: Voice) -> PairedEstimate:
    column = metric_column(item.metric, voice)
    measure = Measure(item.metric, column.label, column.kind, column.better)
    return PairedEstimate(
        item.first, item.second, measure, item.mean, item.low, item.high, item.share_second_better, item.known
    )


def told_of(found: Bootstrap) -> dict[str, Any]:
    """The study's figures for programs; money in the base currency, fractions, None where there is no figure."""
    ends = np.percentile(found.outcomes["final_value"], PERCENTILES, axis=1).T
    dry = [{"ran_out": item.plain()} for item in ran_out_of(found)] or [{}] * len(found.strategies)
    strategies = [
        {
            "strategy": odds.strategy,
            **dry[s],
            **asdict(odds),
            "contributed": float(found.contributed[s, -1]),
            "final_value": dict(zip(map(str, PERCENTILES), ends[s].tolist())),
            "median": {name: _middle(values[s]) for name, values in found.outcomes.items()},
            "known": {name: int(np.isfinite(values[s]).sum()) for name, values in found.outcomes.items()},
        }
        for s, odds in enumerate(odds_of(found))
    ]
    told: dict[str, Any] = {
        "name": found.name,
        "currency": found.currency,
        "paths": found.paths,
        "seed": found.seed,
        "block_length": found.block,
        "sessions": [str(found.sessions[0]), str(found.sessions[-1])],
        "strategies": strategies,
        "paired": [
            {**asdict(item), **{end: found.strategies[getattr(item, end)] for end in ("first", "second")}}
            for item in differences_of(found)
        ],
    }
    return {key: _without_nan(value) for key, value in told.items()}


def _middle(values: Floats) -> float:
    return quantiles(values, (0.5,))[0]


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    return [_without_nan(item) for item in value] if isinstance(value, list) else value


def files_of(found: Bootstrap, pages: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The files of a study: a row a future and strategy, a row a point in time, the figures, the manifest.

    ``pages`` are written with them. The manifest holds the SHA-256 of the others. The same study gives the same
    bytes.
    """

    from engine.store import to_json, to_parquet, with_manifest

    paths, strategies = found.paths, np.array(found.strategies)
    ends: dict[str, Any] = {
        "future": np.repeat(np.arange(paths), len(strategies)),
        "strategy": np.tile(strategies, paths),
    }
    ends |= {name: np.ascontiguousarray(values.T).ravel() for name, values in found.outcomes.items()}
    points, fan = len(found.points), fan_of(found)
    ways: dict[str, Any] = {
        "strategy": np.repeat(strategies, points),
        "date": np.tile(found.sessions[found.points], len(strategies)),
        "contributed": found.contributed.ravel(),
    }
    ways |= {f"p{p:g}": fan[:, n].ravel() for n, p in enumerate(PERCENTILES)}
    files = {
        "bootstrap.json": to_json(told_of(found)),
        "fan.parquet": to_parquet(ways),
        "futures.parquet": to_parquet(ends),
        **(pages or {}),
    }
    return with_manifest(files, {"kind": "bootstrap", **found.manifest})
