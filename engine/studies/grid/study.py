"""A study from its plan to its folder: what sweeps and windows have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.config import Config
from engine.config.arguments import checked, one_kind, one_word
from engine.config.leaves import whole
from engine.config.models import Period
from engine.context import load_panel
from engine.files import OnWait, lock
from engine.folders import real_folder, refuse_foreign, renew_folder
from engine.locale import OwnText, languages
from engine.manifest import manifest_of
from engine.market.panel import Panel
from engine.market.sample_limits import beyond_the_sample
from engine.market.sources import Access
from engine.messages import message, to_plain
from engine.plan import window_notes
from engine.studies.executor import Executor
from engine.studies.grid import chunk_store as files
from engine.studies.grid.chunk import WORK, make_units
from engine.studies.grid.documents import Windows
from engine.studies.grid.points import Cells
from engine.studies.grid.statistics import cubes
from engine.studies.grid.window_grid import Grid, make_grid
from engine.studies.grid.workload import (
    Workload,
    make_workload,
    panel_period,
    panels_of,
    refuse_dates_of_their_own,
)

if TYPE_CHECKING:
    import pandas as pd

    from engine.market.sources import Source

Floats = NDArray[np.float64]
Load = Callable[[Config], Panel]
Result = TypeVar("Result")
Progress = Callable[[int, int], None]  # lives that are done, lives in all


@dataclass(frozen=True)
class Market:
    """Where a study's prices come from (None: what each configuration says), and what the cache may do."""

    source: str | Source | None = None
    access: Access = field(default_factory=lambda: Access())

    def load(self, config: Config) -> Panel:
        """The panel of a configuration."""
        return load_panel(config, source=self.source, **self.access)


@dataclass(frozen=True)
class Plan:
    """A study that is ready to be lived. ``kind`` is ``sweep`` or ``windows``; ``key`` its identity."""

    kind: str
    name: str
    description: OwnText
    base: Config
    cells: Cells
    grid: Grid
    workload: Workload
    key: str

    def config(self, cell: int, window: int) -> Config:
        """The configuration of one life, as ``backtest run`` would take it."""
        return self.cells.config(cell).model_copy(update={"period": self.grid.windows[window].period})


@dataclass(frozen=True)
class Study:
    """A study whose lives have all been lived: their rows are on disk."""

    plan: Plan
    folder: Path
    parts: files.Parts

    def cubes(self, names: Sequence[str]) -> dict[str, Floats]:
        """(cells, windows) of figures: metrics of ``engine.metrics.streamed``, ``core_xirr`` and such."""
        plan = self.plan
        return cubes(names, plan.cells.count, len(plan.grid.windows), len(self.parts.names), self.parts.read)

    def cube(self, name: str) -> Floats:
        """(cells, windows) of one figure."""
        return self.cubes([name])[name]

    def rows(self) -> Any:
        """The long table as a pyarrow dataset: a row a cell and window; axes, window, figures as columns."""
        import pyarrow.dataset as ds

        paths = [str(self.parts.path(number)) for number in range(len(self.parts.names))]
        return ds.dataset(paths, format="parquet")

    def frame(self) -> pd.DataFrame:
        """All rows as a pandas frame."""
        return self.rows().to_table().to_pandas()

    def table(self) -> dict[str, NDArray[Any]]:
        """All rows as columns, by cell, then by window."""
        table = self.rows().to_table().sort_by([("cell", "ascending"), ("window", "ascending")])
        return {name: table.column(name).to_numpy() for name in table.column_names}


def make_plan(
    kind: str, name: str, description: OwnText, base: Config, cells: Cells, windows: Windows, market: Market
) -> Plan:
    """Prices, windows and lives of a study. Raises ConfigError or DataError where it cannot be lived."""
    period: Period = panel_period(base.period, windows.periods)
    panels, panel_of = panels_of(cells, period, market.load)
    grid = make_grid(windows, base.period, panels)
    refuse_dates_of_their_own(cells, grid)
    workload = make_workload(cells, grid, panels, panel_of, market.load)
    return Plan(kind, name, description, base, cells, grid, workload, files.study_key(workload, cells))


def check_work(lang: str, executor: Executor | None, part: int) -> None:
    """Raise ConfigError where an argument that all studies have cannot be."""
    one_word("lang", lang, languages())
    one_kind("executor", executor, (Executor, type(None)), message("an Executor or None"))
    checked("part", part, whole(1, 10**12))


def live_study(
    plan: Plan,
    out: Path,
    finish: Callable[[Study], tuple[Result, Mapping[str, bytes]]],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    part: int = WORK,
    on_wait: OnWait | None = None,
) -> Result:
    """Live what is missing of a study, then write the files that ``finish`` makes of all of it.

    Returns the other thing that it makes of it.

    ``part`` is the size of a part in life-sessions. Another process that works on the same folder is waited
    for, and ``on_wait`` hears of it. Raises StoreError where the folder cannot be written, or holds something
    that is no such study, before anything is lived.
    """
    folder = real_folder(out / plan.name)
    with lock(folder, on_wait=on_wait):
        _refuse_foreign(folder, plan.kind)
        stored = files.study_parts(folder, plan.key, make_units(plan.workload, part))
        _live(plan, stored, executor or Executor(), progress)
        result, written = finish(Study(plan, folder, stored))
        _refuse_foreign(folder, plan.kind)
        renew_folder(folder, written, kept=stored.folder)
    return result


def _refuse_foreign(folder: Path, kind: str) -> None:
    """Raise StoreError if the folder holds anything that is no part of such a study."""
    refuse_foreign(folder, kind, also=(files.FOLDER,))
    files.refuse_foreign_parts(folder)


def _live(plan: Plan, stored: files.Parts, executor: Executor, progress: Progress | None) -> None:
    missing = stored.missing()
    total = sum(unit.rows for unit in stored.units)
    done = total - sum(stored.units[number].rows for number in missing)
    tell = progress or (lambda _done, _total: None)
    tell(done, total)

    def keep(number: int, content: bytes) -> None:
        nonlocal done
        stored.write(number, content)
        done += stored.units[number].rows
        tell(done, total)

    job = files.sweep_job(plan.workload, plan.cells, plan.grid)
    executor.map(job, [(number, stored.units[number]) for number in missing], keep)


def manifest(study: Study) -> dict[str, Any]:
    """What a study rests on: configurations, windows, data, versions, flags, assumptions, its parts."""
    plan = study.plan
    told = [manifest_of(setting, setting.panel.sessions) for setting in plan.workload.settings]
    data = {(item["symbol"], item["sha256"]): item for each in told for item in each["data"]}
    is_sample = any(each["flags"]["sample"] for each in told)
    windows = plan.grid.windows
    notes = window_notes((*plan.cells.outer, *plan.cells.inner), plan.grid.horizons)
    return {
        "kind": plan.kind,
        "name": plan.name,
        "description": plan.description,
        "study_sha256": plan.key,
        "base": plan.base.resolved(),
        "axes": {key: list(values) for key, values in plan.cells.axes.items()},
        "windows": {
            "count": len(windows),
            "horizons": list(plan.grid.horizons),
            "step_months": plan.grid.step,
            "first_start": str(min(window.start for window in windows)),
            "last_end": str(max(window.end for window in windows)),
        },
        "rows": sum(unit.rows for unit in study.parts.units),
        "data": list(data.values()),
        "versions": told[0]["versions"],
        "flags": {
            "sample": is_sample,
            "sample_limits": [
                to_plain(text) for text in beyond_the_sample(plan.cells.outer + plan.cells.inner)
            ]
            if is_sample
            else [],
            "counterfactual": _each_once(each["flags"]["counterfactual"] for each in told),
            "data": _each_once(each["flags"]["data"] for each in told),
        },
        "assumptions": _each_once([map(to_plain, notes), *(each["assumptions"] for each in told)]),
        "currency": plan.base.currency,
        "parts": list(study.parts.names),
    }


def _each_once(lists: Iterable[Iterable[Any]]) -> list[Any]:
    found: list[Any] = []
    for lines in lists:
        found += [line for line in lines if line not in found]
    return found
