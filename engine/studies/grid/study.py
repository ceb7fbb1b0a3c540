"""A study from its plan to its folder: what sweeps and windows have in common."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.config import Config
from engine.config.arguments import a_path, checked, one_kind, texts
from engine.config.leaves import whole
from engine.config.models import Period
from engine.context import flows_of, panel_loader
from engine.files import OnWait, lock
from engine.folders import PARTS, real_folder, refuse_foreign_study, renew_folder
from engine.locale import OwnText
from engine.manifest import manifest_of
from engine.market.panel import Panel
from engine.market.sample_limits import beyond_the_sample
from engine.market.sources import Access
from engine.messages import Message, message, to_plain
from engine.metrics import SESSIONS_A_YEAR
from engine.own_code import code_of
from engine.plan_notes import window_notes
from engine.real import real_lines
from engine.result import ByValue
from engine.store import to_json, with_manifest
from engine.studies.depletion import takes_out
from engine.studies.executor import Executor
from engine.studies.grid.chunk import CHUNK_SIZE, Chunk, make_chunks, work_of
from engine.studies.grid.chunk_store import (
    CHUNK,
    ChunkJob,
    ChunkStore,
    KeptJob,
    Made,
    axis_columns,
    chunk_store,
    get_ready,
    study_key,
)
from engine.studies.grid.documents import Windows
from engine.studies.grid.points import GridPoints
from engine.studies.grid.shares import ShareMaker, summarise
from engine.studies.grid.statistics import Summary, cubes
from engine.studies.grid.window_grid import WindowGrid, make_window_grid
from engine.studies.grid.workload import (
    Workload,
    in_real_money,
    make_workload,
    panel_period,
    panels_of,
    refuse_dates_of_their_own,
)
from engine.studies.handshake import program
from engine.studies.pools.pool import Pool
from engine.studies.real import REAL

if TYPE_CHECKING:
    import pandas as pd

    from engine.market.sources import Source

Floats = NDArray[np.float64]
Files = Mapping[str, bytes]  # by name
KEPT = "study.json"
READERS = 2  # threads that read chunks from the disk: more wait for one another
Progress = Callable[[int, int], None]  # simulations that are done, simulations in all


class StudyOptions(Access, total=False):
    """How a study is carried out: the options of every function that simulates one.

    ``source``      where prices come from, None: what each configuration says
    ``overrides``   for the study's file, as ``--set`` takes them
    ``period``      (first day, last day) in place of the configurations' own
    ``allow_python``  files may name functions, which are then asked
    ``out``         the study is written to ``out/<name>/``; None: its rows live as long as the result
    ``executor``    who works: ``Executor(threads=2)``; the files do not depend on it
    ``progress``    is called with how many simulations are done, and how many there are
    ``chunk_size``  how much is done at a time, in sessions of all its simulations
    ``real``        in the money of the last month, which needs consumer prices
    ``on_wait``     hears of another writer of the folder, who is waited for
    """

    source: str | Source | None
    overrides: Sequence[str]
    period: tuple[Any, Any] | None
    allow_python: bool
    out: str | Path | None
    executor: Executor | None
    progress: Progress | None
    chunk_size: int
    real: bool
    on_wait: OnWait | None


def check_options(options: StudyOptions) -> Sequence[str]:
    """The overrides. Raises ConfigError where an option cannot be."""
    one_kind("executor", options.get("executor"), (Executor, type(None)), message("an Executor or None"))
    checked("chunk_size", options.get("chunk_size", CHUNK_SIZE), whole(1, 10**12))
    a_path("out", options.get("out") or "")
    return texts("overrides", options.get("overrides", ()))


def working(options: StudyOptions) -> AbstractContextManager[Pool]:
    """Those who work, from the beginning: processes start, and load the kernel, while the study is planned.

    Raises ConfigError where an option cannot be.
    """
    check_options(options)
    return executor_of(options).pool(get_ready)


def executor_of(options: StudyOptions) -> Executor:
    """Who works."""
    return options.get("executor") or Executor()


def loader(options: StudyOptions) -> Callable[[Config], Panel]:
    """What loads the prices of a configuration, as the options say."""
    access: Any = {name: value for name, value in options.items() if name in Access.__annotations__}
    return panel_loader(options.get("source"), **access)


@dataclass(frozen=True)
class Plan:
    """A study that is ready to be simulated. ``kind`` is ``sweep`` or ``windows``; ``key`` its identity.

    ``workload``  has nothing in it where the study was read from its folder: no more is to be simulated
    ``per_year``  sessions of a year of all its prices; of days where they are not alike
    """

    kind: str
    name: str
    description: OwnText
    base: Config
    points: GridPoints
    grid: WindowGrid
    workload: Workload
    key: str
    per_year: int = SESSIONS_A_YEAR

    def config(self, point: int, window: int) -> Config:
        """The configuration of one simulation, as ``backtest run`` would take it."""
        return self.points.config(point).model_copy(update={"period": self.grid.windows[window].period})


def share_maker(plan: Plan) -> ShareMaker:
    """What makes the shares of a study's summary."""
    return ShareMaker(plan.grid, takes_out(plan.points.outer))


class Scratch:
    """A folder that goes with the last value that needs it."""

    def __init__(self) -> None:
        self.path: Path = Path(tempfile.mkdtemp(prefix="backtest-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Study:
    """A study all of whose simulations are done: their rows are on disk.

    ``scratch``  holds the folder where nobody asked for one
    """

    plan: Plan
    folder: Path
    store: ChunkStore
    scratch: Scratch | None = None

    def cubes(self, names: Sequence[str]) -> dict[str, Floats]:
        """(points, windows) of figures: metrics of ``engine.metrics.streamed``, ``core_xirr`` and such."""
        plan, store = self.plan, self.store
        windows, chunks = len(plan.grid.windows), len(store.names)
        return cubes(names, plan.points.count, windows, chunks, store.read, threads=READERS)

    def summary(self) -> Summary:
        """What the windows of each point and horizon came to: the shares of all chunks, joined."""
        maker = share_maker(self.plan)
        return summarise(self.plan.points, maker, self.store.shares(maker))

    def rows(self) -> Any:
        """The long table as a pyarrow dataset: a row a point and window; axes, window, figures as columns."""
        import pyarrow.dataset as ds

        paths = [str(self.store.path(number)) for number in range(len(self.store.names))]
        return ds.dataset(paths, format="parquet")

    def frame(self) -> pd.DataFrame:
        """All rows as a pandas frame."""
        frame: pd.DataFrame = self.rows().to_table().to_pandas()
        return frame

    def table(self) -> dict[str, NDArray[Any]]:
        """All rows as columns, by point, then by window."""
        table = self.rows().to_table().sort_by([("cell", "ascending"), ("window", "ascending")])
        return {name: table.column(name).to_numpy() for name in table.column_names}


@dataclass(frozen=True, eq=False)
class StudyResult(ByValue):
    """A study all of whose simulations are done. Equal ones came to the same, wherever their rows are.

    ``study``       reads its rows
    ``summary``     what the windows of each point and horizon came to
    ``statements``  what was assumed: windows, currency, idle yield
    ``findings``    how sure the answer is
    """

    study: Study = field(compare=False)
    summary: Summary
    manifest: Mapping[str, Any]
    statements: tuple[Message, ...]
    findings: tuple[Message, ...]

    @property
    def plan(self) -> Plan:
        """What was simulated."""
        return self.study.plan

    def named(self) -> tuple[object, ...]:
        """The kind, the name and the identity of what was simulated."""
        return self.plan.kind, self.plan.name, self.plan.key


Result = TypeVar("Result", bound=StudyResult)


def make_plan(
    kind: str,
    name: str,
    description: OwnText,
    base: Config,
    points: GridPoints,
    windows: Windows,
    options: StudyOptions,
) -> Plan:
    """Prices, windows and workload of a study, by its options.

    Raises ConfigError or DataError where it cannot be simulated.
    """
    load, flows = loader(options), partial(flows_of, source=options.get("source"))
    period: Period = panel_period(base.period, windows.periods)
    panels, panel_of = panels_of(points, period, load)
    grid = make_window_grid(windows, base.period, panels)
    refuse_dates_of_their_own(points, grid)
    workload = make_workload(points, grid, panels, panel_of, load, flows)
    if options.get("real", False):
        workload, name = in_real_money(workload), f"{name}{REAL}"
    key = study_key(workload, points)
    return Plan(kind, name, description, base, points, grid, workload, key, sessions_a_year(panels))


def sessions_a_year(panels: Sequence[Panel]) -> int:
    """Of all prices of a study; of days where they are not alike."""
    found = {panel.per_year for panel in panels}
    return found.pop() if len(found) == 1 else SESSIONS_A_YEAR


def simulate_study(
    plan: Plan,
    pool: Pool,
    options: StudyOptions,
    finish: Callable[[Study], Result],
    files: Callable[[Result], Files],
    pages: Callable[[Result], Files] | None = None,
) -> Result:
    """Simulate what is missing of a study, and write the ``files`` of what ``finish`` makes of all of it.

    ``pages`` are files for people that stand beside them; the manifest, which names them all, comes last.

    Without a folder (``out``) only ``finish`` is done. Another process that works on the same folder is waited
    for. Raises StoreError where the folder cannot be written, or holds something that is no such study, before
    anything is simulated.
    """
    out = options.get("out")
    if out is None:
        scratch = Scratch()
        store = chunk_store(scratch.path, plan.key, _chunks(plan, options))
        _simulate(plan, store, pool, options)
        return finish(Study(plan, scratch.path, store, scratch))
    folder = real_folder(Path(out) / plan.name)
    with lock(folder, on_wait=options.get("on_wait")):
        refuse_foreign_study(folder, plan.kind, CHUNK)
        store = chunk_store(folder, plan.key, _chunks(plan, options))
        _simulate(plan, store, pool, options)
        result = finish(Study(plan, folder, store))
        said = {
            name: [to_plain(item) for item in getattr(result, name)] for name in ("statements", "findings")
        }
        written = {KEPT: kept(plan, store), **files(result), **(pages(result) if pages is not None else {})}
        refuse_foreign_study(folder, plan.kind, CHUNK)
        renew_folder(
            folder, with_manifest(written, {**result.manifest, **said}), kept=store.folder, also=(PARTS,)
        )
    return result


def kept(plan: Plan, store: ChunkStore) -> bytes:
    """What the manifest does not say of a study, and who reads its folder must know: ``KEPT``."""
    points, grid = plan.points, plan.grid
    told = {
        "program": program(),
        "per_year": plan.per_year,
        "base": plan.base.resolved(),
        "axes": [
            {"key": axis.key, "values": list(axis.values), "labels": list(axis.labels)}
            for axis in points.axes
        ],
        "strategies": [config.resolved() for config in points.outer] if plan.kind == "windows" else [],
        "windows": [[str(item.start), str(item.end), item.horizon] for item in grid.windows],
        "horizons": list(grid.horizons),
        "step": grid.step,
        "chunks": [list(astuple(chunk)) for chunk in store.chunks],
    }
    return to_json(told)


def _chunks(plan: Plan, options: StudyOptions) -> list[Chunk]:
    return make_chunks(plan.workload, options.get("chunk_size", CHUNK_SIZE))


def _simulate(plan: Plan, store: ChunkStore, pool: Pool, options: StudyOptions) -> None:
    missing = store.missing()
    total = sum(chunk.rows for chunk in store.chunks)
    done = total - sum(store.chunks[number].rows for number in missing)
    tell = options.get("progress") or (lambda _done, _total: None)
    tell(done, total)

    def count(number: int, _made: None = None) -> None:
        nonlocal done
        done += store.chunks[number].rows
        tell(done, total)

    def keep(number: int, made: Made) -> None:
        store.write(number, made)
        count(number)

    threads = executor_of(options).threads_each(len(missing))
    job = ChunkJob(plan.workload, axis_columns(plan.points), share_maker(plan), threads)
    # The longest first: near the end, where a worker waits for the others, chunks are short.
    longest_first = sorted(missing, key=lambda number: -work_of(plan.workload, store.chunks[number]))
    if pool.sees_our_disk:
        pool.map(KeptJob(job, store), [(number, number) for number in longest_first], count)
        store.tidy()  # after a worker that was killed while it wrote
    else:
        pool.map(job, [(number, store.chunks[number]) for number in longest_first], keep)


def manifest(study: Study) -> dict[str, Any]:
    """What a study rests on: configurations, windows, data, versions, flags, assumptions, its chunks."""
    plan = study.plan
    told = [manifest_of(setting, setting.panel.sessions) for setting in plan.workload.settings]
    data = {(item["symbol"], item["sha256"]): item for each in told for item in each["data"]}
    is_sample = any(each["flags"]["sample"] for each in told)
    windows, configs = plan.grid.windows, (*plan.points.outer, *plan.points.inner)
    notes = window_notes(configs, plan.grid.horizons)
    month = plan.workload.money_of
    levels = [setting.level for setting in plan.workload.settings if setting.level is not None and month]
    lines = _each_once(real_lines(level.source, str(month)) for level in levels)
    return {
        **({"real": {**levels[0].plain(), "money_of": str(month)}} if levels else {}),
        "kind": plan.kind,
        "name": plan.name,
        "description": plan.description,
        "study_sha256": plan.key,
        "base": plan.base.resolved(),
        "axes": {axis.key: list(axis.values) for axis in plan.points.axes},
        "windows": {
            "count": len(windows),
            "horizons": list(plan.grid.horizons),
            "step_months": plan.grid.step,
            "first_start": str(min(window.start for window in windows)),
            "last_end": str(max(window.end for window in windows)),
        },
        "rows": sum(chunk.rows for chunk in study.store.chunks),
        "data": list(data.values()),
        "versions": told[0]["versions"],
        **({"code": code} if (code := _each_once(code_of(config) for config in configs)) else {}),
        "flags": {
            "sample": is_sample,
            "sample_limits": [to_plain(text) for text in beyond_the_sample(configs)] if is_sample else [],
            "counterfactual": _each_once(each["flags"]["counterfactual"] for each in told),
            "data": _each_once(each["flags"]["data"] for each in told),
        },
        "assumptions": _each_once([map(to_plain, (*lines, *notes)), *(each["assumptions"] for each in told)]),
        "currency": plan.base.currency,
        "parts": list(study.store.names),
    }


def _each_once(lists: Iterable[Iterable[Any]]) -> list[Any]:
    found: list[Any] = []
    for lines in lists:
        found += [line for line in lines if line not in found]
    return found
