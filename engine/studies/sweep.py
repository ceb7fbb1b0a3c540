"""Every combination of a sweep's axes in every window: from a file to parts on disk, a summary and a ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, load_model
from engine.config.document import Node, read_document
from engine.run import load_panel
from engine.store import locked, to_csv, to_json, to_parquet
from engine.studies import parts as files
from engine.studies.cells import Cells, make_cells
from engine.studies.documents import Objective, Sweep, base_config
from engine.studies.executor import Crew, work
from engine.studies.prepare import Lives, make_lives, panel_period, panels_of, refuse_dates_of_their_own
from engine.studies.spans import Grid, make_grid
from engine.studies.summary import MEASURES, STATISTICS, Summary, cubes, summarise
from engine.studies.unit import make_units

if TYPE_CHECKING:
    from engine.market.sources import Source

Progress = Callable[[int, int], None]  # rows that are done, rows in all
KINDS = ("sweep", "windows")


@dataclass(frozen=True)
class Plan:
    """A sweep that is ready to be lived."""

    document: Sweep
    base: Config
    cells: Cells
    grid: Grid
    lives: Lives
    key: str


@dataclass(frozen=True)
class SweepResult:
    """A sweep that has been lived: its rows are on disk, its summary here.

    ``rows`` reads the long table, ``cube`` one figure of it as (cells, windows).
    """

    plan: Plan
    folder: Path
    parts: files.Parts
    summary: Summary
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The study's name."""
        return self.plan.document.name

    def cube(self, name: str) -> NDArray[np.float64]:
        """(cells, windows) of one figure: a metric of ``engine.metrics.streamed``, or ``core_xirr``."""
        plan = self.plan
        return cubes(
            [name], plan.cells.count, len(plan.grid.windows), len(self.parts.names), self.parts.read
        )[name]

    def rows(self) -> Any:
        """The long table as a pyarrow dataset: a row a cell and window, axes, window and figures as columns."""
        import pyarrow.dataset as ds

        return ds.dataset([str(self.parts.path(n)) for n in range(len(self.parts.names))], format="parquet")

    def config(self, cell: int, window: int) -> Config:
        """The configuration of one row, as ``backtest run`` would take it."""
        config = self.plan.cells.config(cell)
        return config.model_copy(update={"period": self.plan.grid.windows[window].period})


def sweep(
    document: str | Path | Sweep,
    *,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    offline: bool = False,
    refresh: bool = False,
    max_age: float | None = None,
    out: str | Path = "results",
    crew: Crew | None = None,
    objective: Objective | None = None,
    progress: Progress | None = None,
) -> SweepResult:
    """Live every cell of a sweep in every window and write ``out/<name>/``.

    Goes on from the parts of the same study that are there. The files do not depend on who works (``crew``)
    or on how often it was stopped. Raises ConfigError, DataError, StoreError.
    """
    load = partial(load_panel, source=source, offline=offline, refresh=refresh, max_age=max_age)
    plan = plan_sweep(document, load, overrides)
    if objective is not None:
        plan = _with_objective(plan, objective)
    return live_sweep(plan, Path(out), crew, progress)


def plan_sweep(
    document: str | Path | Sweep, load: Callable[[Config], Any], overrides: Sequence[str] = ()
) -> Plan:
    """Everything about a sweep but the living."""
    root: Node | None = None
    folder = Path()
    if not isinstance(document, Sweep):
        folder = Path(document).parent
        root = read_document(document)
        document = load_model(Sweep, document, overrides)
    base = base_config(document, folder, root)
    cells = make_cells(base, document.axes, root)
    panels, panel_of = panels_of(cells, panel_period(base.period, document.windows.periods), load)
    grid = make_grid(document.windows, base.period, panels)
    refuse_dates_of_their_own(cells, grid)
    lives = make_lives(cells, grid, panels, panel_of, load)
    return Plan(document, base, cells, grid, lives, files.study_key(lives, cells))


def _with_objective(plan: Plan, objective: Objective) -> Plan:
    from dataclasses import replace

    return replace(plan, document=plan.document.model_copy(update={"objective": objective}))


def live_sweep(
    plan: Plan, out: Path, crew: Crew | None = None, progress: Progress | None = None
) -> SweepResult:
    """Live what is missing of a sweep, then summarise all of it."""
    folder = out / plan.document.name
    files.own_folder(folder, KINDS)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        stored = files.study_parts(folder, plan.key, make_units(plan.lives))
        _live(plan, stored, crew, progress)
        summary = summarise(plan.cells, plan.grid, len(stored.names), stored.read)
        manifest = manifest_of(plan, stored)
        files.write_files(folder, {**summary_files(plan, summary), "manifest.json": to_json(manifest)})
        files.remove_others(stored)
    return SweepResult(plan, folder, stored, summary, manifest)


def _live(plan: Plan, stored: files.Parts, crew: Crew | None, progress: Progress | None) -> None:
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

    job = files.sweep_job(plan.lives, plan.cells, plan.grid)
    work(job, [(number, stored.units[number]) for number in missing], keep, crew)


def manifest_of(plan: Plan, stored: files.Parts) -> dict[str, Any]:
    """What a study rests on: configurations, windows, data, versions, flags, assumptions, its parts."""
    from engine.run import manifest_of as of_run

    first = plan.lives.groups[0]
    told = [of_run(setting, setting.panel.sessions) for setting in plan.lives.settings]
    data = {(item["symbol"], item["sha256"]): item for manifest in told for item in manifest["data"]}
    windows = plan.grid.windows
    return {
        "kind": "sweep",
        "name": plan.document.name,
        "description": plan.document.description,
        "study_sha256": plan.key,
        "base": plan.base.resolved(),
        "axes": {key: list(values) for key, values in plan.cells.axes.items()},
        "windows": {
            "count": len(windows),
            "horizons": list(plan.grid.horizons),
            "step_months": plan.grid.step,
            "first_start": str(windows[0].start),
            "last_end": str(max(window.end for window in windows)),
        },
        "rows": sum(unit.rows for unit in stored.units),
        "data": list(data.values()),
        "versions": told[0]["versions"],
        "flags": {
            "sample": any(manifest["flags"]["sample"] for manifest in told),
            "counterfactual": _each_once(m["flags"]["counterfactual"] for m in told),
        },
        "assumptions": _each_once(manifest["assumptions"] for manifest in told),
        "currency": first.config.currency,
        "parts": list(stored.names),
    }


def _each_once(lists: Any) -> list[str]:
    return list(dict.fromkeys(line for lines in lists for line in lines))


def summary_files(plan: Plan, summary: Summary) -> dict[str, bytes]:
    """The summary as a long table: a row a cell and horizon."""
    columns = summary_columns(plan, summary)
    return {"summary.parquet": to_parquet(columns), "summary.csv": to_csv(columns)}


def summary_columns(plan: Plan, summary: Summary) -> dict[str, NDArray[Any]]:
    """Axes, counts, shares, and every statistic of every measure, as columns."""
    cells, horizons = plan.cells, plan.grid.horizons
    groups = len(summary.windows)
    job = files.sweep_job(plan.lives, cells, plan.grid)
    columns: dict[str, NDArray[Any]] = {}
    for name, values, place in job.axes:
        shown = values[np.repeat(place, groups)]
        columns[name] = shown.astype(str) if values.dtype == object else shown
    if horizons:
        columns["horizon"] = np.tile(np.array(horizons), cells.count)
    columns["windows"] = np.tile(summary.windows, cells.count)
    columns["independent"] = np.tile(summary.independent, cells.count)
    columns["beat_core"] = summary.beat_core.ravel()
    columns["below_principal"] = summary.below_principal.ravel()
    for m, measure in enumerate(MEASURES):
        for s, statistic in enumerate(STATISTICS):
            columns[f"{measure}_{statistic}"] = summary.values[m, s].ravel()
    return columns
