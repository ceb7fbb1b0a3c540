"""Every combination of a sweep's axes in every window: parts on disk, a summary, a ranking, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from engine.config import load_model
from engine.config.document import Node, read_document
from engine.errors import ConfigError
from engine.store import to_csv, to_json, to_parquet
from engine.studies import parts as files
from engine.studies.cells import make_cells
from engine.studies.documents import Objective, Sweep, base_config
from engine.studies.executor import Crew
from engine.studies.spans import Grid, stride_of
from engine.studies.study import Market, Plan, Progress, Study, live_study, make_plan, manifest
from engine.studies.summary import MEASURES, STATISTICS, Summary, groups_of, summarise
from engine.studies.tuning import Tuning, tune
from engine.studies.unit import BESIDE, WORK

if TYPE_CHECKING:
    from engine.market.sources import Access, Source
    from engine.report.models import SweepStudy


@dataclass(frozen=True)
class SweepResult:
    """A sweep that has been lived. ``study`` reads its rows; ``tuning`` is there with an objective."""

    study: Study
    summary: Summary
    objective: Objective | None
    tuning: Tuning | None
    manifest: Mapping[str, Any]

    @property
    def plan(self) -> Plan:
        """What was lived."""
        return self.study.plan

    def to_model(self, lang: str = "en") -> SweepStudy:
        """The values that its page and tables are made from."""
        from engine.studies.shown import sweep_model

        return sweep_model(self, lang)


def sweep(
    document: str | Path | Sweep,
    *,
    overrides: Sequence[str] = (),
    objective: str | Objective | None = None,
    source: str | Source | None = None,
    out: str | Path = "results",
    crew: Crew | None = None,
    progress: Progress | None = None,
    lang: str = "en",
    part: int = WORK,
    **access: Unpack[Access],
) -> SweepResult:
    """Live every cell of a sweep in every window and write ``out/<name>/``.

    ``document`` is a file (``overrides`` as ``--set`` takes them) or a model, whose ``base`` is then found
    from the working folder. Goes on from the parts of the same study that are there. The files do not depend
    on who works (``crew``) or on how often it was stopped; ``lang`` is the language of its page and
    sentences. Raises ConfigError, DataError, StoreError.
    """
    market = Market(source, access)
    plan, aim = plan_sweep(document, market, overrides, objective)
    found: list[SweepResult] = []

    def finish(study: Study) -> Mapping[str, bytes]:
        found.append(summed_up(study, aim))
        return result_files(found[0], lang)

    live_study(plan, Path(out), finish, crew=crew, progress=progress, part=part)
    return found[0]


def plan_sweep(
    document: str | Path | Sweep,
    market: Market,
    overrides: Sequence[str] = (),
    objective: str | Objective | None = None,
) -> tuple[Plan, Objective | None]:
    """Everything about a sweep but the living, and its objective."""
    root: Node | None = None
    folder = Path()
    if not isinstance(document, Sweep):
        folder, path = Path(document).parent, document
        root = read_document(path)
        own = (*overrides, f"objective={objective}") if isinstance(objective, str) else overrides
        document = load_model(Sweep, path, own)
    elif isinstance(objective, str):
        objective = Objective.model_validate({"measure": objective})
    aim = objective if isinstance(objective, Objective) else document.objective
    base = base_config(document, folder, root)
    cells = make_cells(base, document.axes, root)
    plan = make_plan("sweep", document.name, document.description, base, cells, document.windows, market)
    if aim is not None:
        horizon_of(plan.grid, aim)  # a wrong one is told before the work, not after it
    return plan, aim


def summed_up(study: Study, objective: Objective | None) -> SweepResult:
    """The summary of all rows, and how sure the choice is where there is an objective."""
    plan = study.plan
    summary = summarise(plan.cells, plan.grid, len(study.parts.names), study.parts.read)
    tuning = _tuned(study, objective) if objective is not None else None
    told = manifest(study)
    if objective is not None:
        told["objective"] = objective.model_dump()
    return SweepResult(study, summary, objective, tuning, told)


def _tuned(study: Study, objective: Objective) -> Tuning:
    """Everything about the objective, on its horizon."""
    plan = study.plan
    horizon = horizon_of(plan.grid, objective)
    windows = groups_of(plan.grid)[horizon]
    name = objective.measure
    beside = [f"core_{name}"] if name in BESIDE else []
    read = {key: cube[:, windows] * objective.sign for key, cube in study.cubes([name, *beside]).items()}
    return tune(
        read[name],
        read.get(f"core_{name}", np.full_like(read[name], np.nan)),
        plan.cells.shape,
        statistic=objective.statistic,
        horizon=horizon,
        windows=np.array(windows),
        stride=stride_of([plan.grid.windows[number] for number in windows]),
    )


def horizon_of(grid: Grid, objective: Objective) -> int:
    """The number of the objective's horizon: that which was asked for, else the longest that fits twice."""
    horizons = grid.horizons
    if objective.horizon is not None:
        if objective.horizon not in horizons:
            allowed = ", ".join(str(years) for years in horizons) or "none: the windows are fixed periods"
            raise ConfigError(f"objective.horizon: came {objective.horizon}, allowed {allowed}")
        return horizons.index(objective.horizon)
    if not horizons:
        return 0
    twice = [number for number in range(len(horizons)) if grid.independent(number) >= 2]
    return max(twice or range(len(horizons)), key=lambda number: horizons[number])


def result_files(result: SweepResult, lang: str) -> dict[str, bytes]:
    """The small files of a sweep: summary, ranking, page; the manifest comes last."""
    from engine.report.sweep_page import sweep_page

    columns = summary_columns(result)
    study = result.to_model(lang)
    written = {"summary.parquet": to_parquet(columns), "summary.csv": to_csv(columns)}
    if result.tuning is not None:
        written["ranking.csv"] = to_csv(ranking_columns(result, result.tuning))
    written["report.html"] = sweep_page(study, lang).encode()
    told = {**result.manifest, "statements": list(study.statements), "findings": list(study.findings)}
    return {**written, "manifest.json": to_json(told)}


def ranking_columns(result: SweepResult, tuning: Tuning) -> dict[str, NDArray[Any]]:
    """All cells on the objective's horizon, best first, with their summary; ``plateau`` 1 or 0."""
    columns = summary_columns(result)
    rows = tuning.order * len(result.summary.windows) + tuning.horizon
    ranked = {"place": np.arange(1, len(rows) + 1), "plateau": tuning.plateau[tuning.order].astype(np.int64)}
    return ranked | {name: values[rows] for name, values in columns.items()}


def summary_columns(result: SweepResult) -> dict[str, NDArray[Any]]:
    """A row a cell and horizon: axes, counts, shares, and every statistic of every measure."""
    plan, summary = result.plan, result.summary
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
