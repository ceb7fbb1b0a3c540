"""What may come: strategies simulated in thousands of futures drawn from history, all in the same ones.

Every future is drawn for all assets and the currency together (``futures.py``) and simulated by the ledger of
every other command, session by session, under today's law on the dates to come. Strategies that share a future can
be compared pair by pair: what chance does to both cancels in their difference.

What the method cannot know: it repeats the returns, the risks and the dependence of the period it draws from.
A future unlike all of that period's parts is in none of its paths.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from engine.config import Config, config_hash, leaves
from engine.config.arguments import checked, closed, one_kind
from engine.files import OnWait, lock
from engine.folders import PARTS, real_folder, refuse_foreign_study, renew_folder
from engine.ledger.layout import STAT, STATS
from engine.manifest import manifest_of
from engine.market.panel import Panel
from engine.market.sample_limits import beyond_the_sample
from engine.market.series import Floats
from engine.market.sources import Access, Source
from engine.messages import Message, Number, message, to_plain
from engine.metrics import DAYS_A_YEAR, SESSIONS_A_YEAR, streamed
from engine.plan_notes import later_dates, notes_of
from engine.real import real_lines
from engine.studies.bootstrap.futures import LAST_YEAR
from engine.studies.bootstrap.parts import PART, Parts
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.bootstrap.simulate import Progress, simulate_all
from engine.studies.bootstrap.workload import Strategy, Workload, make_workload, refuse_apart, shared_past
from engine.studies.depletion import takes_out
from engine.studies.executor import Executor
from engine.studies.identity import identity_of
from engine.studies.real import REAL, in_both

PATHS, YEARS, SEED, FAN_PATHS = 10_000, 30, 1, 2_000
MOST_YEARS, A_WEEK = 70, 7  # days: the first session after the past may be as late
MOST_BLOCK = 1_000_000  # sessions: longer than any history, whose days then come in their own order


class DrawingOptions(Access, total=False):
    """What is drawn: the options of every function that simulates futures.

    ``source``      where prices come from, None: what each configuration says
    ``paths``       how many futures
    ``years``       how long they are; None: as ``years_to_come`` says
    ``seed``        with which the draws begin
    ``block``       mean block length in sessions; None chooses it from the data (``block_length``)
    ``fan_paths``   on how many of the futures the value is followed through time; the end counts on all
    ``real``        in the money of the last month of the past, consumer prices drawn with the market's days
    """

    source: str | Source | None
    paths: int
    years: int | None
    seed: int
    block: float | None
    fan_paths: int
    real: bool


DEFAULTS = {"paths": PATHS, "seed": SEED, "fan_paths": FAN_PATHS, "real": False}


@dataclass(frozen=True)
class Drawing:
    """A bootstrap that is ready to be simulated: ``paths`` futures, ``followed`` of them through time."""

    configs: Sequence[Config]
    panel: Panel
    workload: Workload
    paths: int
    followed: int

    @property
    def folder(self) -> str:
        """The name of its result's folder."""
        real = REAL if self.workload.money_of is not None else ""
        return f"{self.configs[0].name}{real}-bootstrap"

    def key(self) -> str:
        """Its identity."""
        work = self.workload
        told = {
            "past": [str(day) for day in (work.strategies[0].history.first, work.strategies[0].history.last)],
            "years": work.years[-1],
            "block": work.block,
            "seed": work.seed,
            "paths": self.paths,
            "followed": self.followed,
            "money_of": str(work.money_of),
        }
        return identity_of(told, self.configs, (self.panel,), [item.context for item in work.strategies])

    def simulated(
        self, executor: Executor | None, progress: Progress | None = None, parts: Parts | None = None
    ) -> Bootstrap:
        """What its futures come to."""
        one_kind("executor", executor, (Executor, type(None)), message("an Executor or None"))
        workload, followed = self.workload, self.followed
        both = simulate_all(workload, self.paths, followed, executor or Executor(), progress, parts)
        return outcome_of(self.configs, workload, *both, self.panel.per_year)


def make_drawing(configs: Sequence[Config], options: DrawingOptions) -> Drawing:
    """Everything about a bootstrap but its simulations; the errors are those of ``bootstrap``."""
    asked: dict[str, Any] = {**DEFAULTS, "source": None, "years": None, "block": None, **options}
    paths, years, seed, block = (asked[name] for name in ("paths", "years", "seed", "block"))
    fan_paths, real, source = (asked[name] for name in ("fan_paths", "real", "source"))
    access: Any = {name: value for name, value in options.items() if name in Access.__annotations__}
    for name, count, least, most in (
        ("paths", paths, 1, 10_000_000),
        ("years", YEARS if years is None else years, 1, MOST_YEARS),
        ("seed", seed, 0, 2**63 - 1),
        ("fan_paths", fan_paths, 1, 10_000_000),
    ):
        checked(name, count, leaves.whole(least, most))
    if block is not None:
        checked("block", block, leaves.number(1, MOST_BLOCK))
    refuse_apart(configs)
    panel, start, stop = shared_past(configs, source, access)
    if years is None:
        years = years_to_come(configs, panel.sessions[stop - 1])
    workload = make_workload(configs, panel, start, stop, years=years, seed=seed, block=block, real=real)
    return Drawing(configs, panel, workload, paths, min(fan_paths, paths))


@closed(DrawingOptions, DEFAULTS)
def bootstrap(
    configs: Sequence[Config],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **options: Unpack[DrawingOptions],
) -> Bootstrap:
    """Simulate configurations in ``paths`` futures of ``years`` years; one beside its benchmark, the core alone.

    ``executor``   who does the work; None: all processors
    ``options``    what is drawn; see ``DrawingOptions``

    The figures depend on neither the ``executor`` nor on what else is drawn: a future is its seed and its number.
    Raises ConfigError where an argument cannot be, the strategies cannot be compared or cannot go on in the
    future; DataError.
    """
    return make_drawing(configs, options).simulated(executor, progress)


@closed(DrawingOptions, DEFAULTS)
def bootstrap_in(
    out: Path,
    configs: Sequence[Config],
    files: Callable[[Bootstrap], Mapping[str, bytes]],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_wait: OnWait | None = None,
    **options: Unpack[DrawingOptions],
) -> tuple[Bootstrap, Path]:
    """``bootstrap``, and its folder in ``out``, which then has the ``files`` of the result.

    What a long one has simulated is put aside there, and one that was stopped goes on from it. Another process
    that works on the folder is waited for. Raises StoreError besides, before anything is simulated where the
    folder is another's.
    """
    drawing = make_drawing(configs, options)
    target = out / drawing.folder
    folder = real_folder(target)
    with lock(folder, on_wait=on_wait):
        refuse_foreign_study(folder, "bootstrap", PART)
        found = drawing.simulated(executor, progress, Parts(folder, drawing.key))
        refuse_foreign_study(folder, "bootstrap", PART)
        renew_folder(folder, files(found), also=(PARTS,))
    return found, target


def years_to_come(configs: Sequence[Config], after: np.datetime64) -> int:
    """How long futures are where nobody says: 30 years, from the last day on which a plan begins to pay out.

    Where that is no later than ``after``, the last day of the past, from there; and to the last date of all.
    """
    last = date.fromisoformat(str(after))

    def years(day: date | None) -> int:
        return 0 if day is None else math.ceil(((day - last).days - A_WEEK) / DAYS_A_YEAR)

    both = [later_dates(config, last) for config in configs]
    wanted = max(max(YEARS + years(taken), years(other)) for taken, other in both)
    return min(wanted, MOST_YEARS, LAST_YEAR - last.year)


def outcome_of(
    configs: Sequence[Config], workload: Workload, stats: Floats, values: Floats, per_year: int
) -> Bootstrap:
    """What the simulated futures say: ``stats`` (N, S, STATS) and ``values`` (S, F, P) of ``simulate_all``.

    In today's money what is paid in differs from future to future: the middle one stands for all.
    """
    points = len(workload.points)
    columns = [
        _metrics(stats[:, s], item, workload, configs[0].risk_free, per_year)
        for s, item in enumerate(workload.strategies)
    ]
    name = configs[0].name
    paid_in = np.stack([item.paid_in[workload.points] for item in workload.strategies])
    if workload.money_of is not None:
        name, paid_in = f"{name}{REAL}", np.median(values[..., points:], axis=1)
        paid_in[:, -1] = [float(np.median(each["contributed"])) for each in columns]
    return Bootstrap(
        name=name,
        description=configs[0].description,
        strategies=tuple(item.name for item in workload.strategies),
        currency=configs[0].currency,
        sessions=workload.sessions,
        years=workload.years,
        points=workload.points,
        contributed=paid_in,
        values=np.ascontiguousarray(values[..., :points]),
        outcomes={name: np.stack([each[name] for each in columns]) for name in columns[0]},
        block=workload.block,
        seed=workload.seed,
        manifest=manifest(configs, workload, len(stats), values.shape[1]),
        benchmark=workload.strategies[-1].benchmark or "",
        takes_out=takes_out(configs) and bool((stats[..., STAT.WANTED] > 0.0).any()),
    )


def _metrics(
    stats: Floats, strategy: Strategy, workload: Workload, risk_free: float, per_year: int
) -> Mapping[str, Floats]:
    """The metrics of a strategy's futures (N, STATS), which last as many whole years as were asked for."""
    first = strategy.first
    days = float((workload.sessions[-1] - workload.sessions[first]).astype(int))
    years = workload.years[-1] if first == 0 else 0

    def figures(begin: int) -> dict[str, Floats]:
        named = {name: np.ascontiguousarray(stats[:, begin + i]) for i, name in enumerate(STATS)}
        return streamed(named, days, risk_free, years, per_year=per_year)

    if workload.money_of is None:
        return figures(0)
    return in_both(figures(0), figures(len(STATS)))


def manifest(configs: Sequence[Config], workload: Workload, paths: int, followed: int) -> dict[str, Any]:
    """What the study rests on: the manifest of a run on the sessions to come, and the drawing."""
    leader = workload.strategies[0]
    own = manifest_of(leader.context, workload.sessions)
    limits = beyond_the_sample(configs) if own["flags"]["sample"] else ()
    unlawful = dict.fromkeys(
        rule.message for item in workload.strategies for rule in item.context.terms.counterfactual
    )
    stated = (*_notes(workload), *statements(workload, paths, followed))
    month, level = workload.money_of, leader.level
    real = {} if month is None or level is None else {"real": {**level.plain(), "money_of": str(month)}}
    return {
        **own,
        **real,
        "seed": workload.seed,
        "configs": {config.name: config_hash(config) for config in configs},
        "flags": {
            **own["flags"],
            "sample_limits": [to_plain(text) for text in limits],
            "counterfactual": [to_plain(text) for text in unlawful],
        },
        "assumptions": [*(to_plain(text) for text in stated), *own["assumptions"]],
        "bootstrap": {
            "paths": paths,
            "followed": followed,
            "block_length": workload.block,
            "drawn_from": {"start": str(leader.history.first), "end": str(leader.history.last)},
        },
    }


def _notes(workload: Workload) -> list[Message]:
    """What does not meet between each plan and the years to come; with its name where there are several."""
    several = len(workload.strategies) > 1
    return [
        message("Plan {name}: {note}", name=item.name, note=note) if several else note
        for item in workload.strategies
        if item.benchmark is None
        for note in notes_of(item.context.config, workload.sessions, item.plan)
    ]


def statements(workload: Workload, paths: int, followed: int) -> list[Message]:
    """How the futures were made and what that leaves out."""
    history, panel = workload.strategies[0].history, workload.strategies[0].context.panel
    found = [
        message(
            "{paths} futures, drawn from the sessions of {first} to {last} by the stationary block bootstrap "
            "(mean block {block} sessions, seed {seed}), jointly for all assets and the currency.",
            paths=paths,
            first=history.first,
            last=history.last,
            block=Number(workload.block, 0),
            seed=str(workload.seed),
        ),
        message(
            "They repeat the returns, risks and dependence of that period; a future unlike it is not among them."
        ),
        message(
            "Prices and the exchange rate go on from {day}; of New York's sessions as many are taken a year as "
            "both exchanges have."
            if panel.known is not None and panel.per_year < SESSIONS_A_YEAR
            else "Prices and the exchange rate go on from {day}; sessions are New York's.",
            day=history.last,
        ),
        message("Law, tax and costs are those of today, in every year to come."),
    ]
    if any(item.opening is not None for item in workload.strategies):
        found.append(
            message(
                "Every future begins with the holdings: units as they are, values at the prices of its first "
                "close, their years moved to it."
            )
        )
    level = workload.strategies[0].level
    if workload.money_of is not None and level is not None:
        found += real_lines(level.source, str(workload.money_of))
        found.append(
            message("Consumer prices rise by the stated rate.")
            if level.is_rate
            else message("Consumer prices are drawn with the days, each with its part of its month's change.")
        )
        found.append(message("What is paid in is worth another sum in each future: shown is the middle one."))
    if followed < paths:
        found.append(
            message(
                "The way through time is that of the first {n} futures; the end is that of all.", n=followed
            )
        )
    if any(bool((item.context.terms.lot > 0.0).any()) for item in workload.strategies):
        found.append(
            message("Shares are never split, so that whole shares become dear and more cash waits for them.")
        )
    return found
