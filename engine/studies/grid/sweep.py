"""Every combination of a sweep's axes in every window: chunks on disk, a summary, a ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from engine.config import load_model
from engine.config.arguments import NO_FILE, closed, in_period, made, one_kind
from engine.config.document import Node, read_document
from engine.errors import ConfigError
from engine.formats import Each
from engine.locale import ENGLISH, Locale
from engine.messages import Message, listed, message
from engine.store import csv_files, to_parquet
from engine.studies.executor import cores
from engine.studies.grid.chunk import BENCHMARK
from engine.studies.grid.documents import Objective, Sweep, base_config
from engine.studies.grid.findings import sweep_findings
from engine.studies.grid.points import make_points
from engine.studies.grid.results import SweepResult, ranking_columns, summary_columns, survival_files
from engine.studies.grid.statements import statements
from engine.studies.grid.statistics import groups_of
from engine.studies.grid.study import (
    Files,
    Plan,
    Study,
    StudyOptions,
    check_options,
    make_plan,
    manifest,
    simulate_study,
    working,
)
from engine.studies.grid.tuning import Tuning, tune
from engine.studies.grid.window_grid import WindowGrid, stride_of
from engine.studies.pools.pool import mapped

AnyObjective = str | Mapping[str, Any] | Objective  # a metric, or a mapping as a file has it


@closed(StudyOptions)
def sweep(
    document: str | Path | Sweep,
    *,
    objective: AnyObjective | None = None,
    pages: Callable[[SweepResult], Files] | None = None,
    locale: Locale = ENGLISH,
    **options: Unpack[StudyOptions],
) -> SweepResult:
    """Simulate every point of a sweep in every window and write ``out/<name>/``.

    ``document``   a file or a model, whose ``base`` is then found from the working folder
    ``objective``  a metric, or a mapping as a file has it, in place of the file's
    ``pages``      makes files for people of the result, which stand beside its own
    ``locale``     the language of the first line of CSV files

    Goes on from the chunks of the same study that are there. The files do not depend on who works or on how often
    it was stopped. Raises ConfigError, DataError, StoreError.
    """
    with working(options) as pool:
        plan, aim = plan_sweep(document, options, objective)
        files = partial(result_files, locale=locale, each=partial(mapped, pool))
        return simulate_study(plan, pool, options, partial(summed_up, objective=aim), files, pages)


def plan_sweep(
    document: str | Path | Sweep, options: StudyOptions, objective: AnyObjective | None = None
) -> tuple[Plan, Objective | None]:
    """Everything about a sweep but the simulations, and its objective."""
    overrides = check_options(options)
    root: Node | None = None
    folder = Path()
    one_kind("document", document, (str, Path, Sweep), message("a sweep's file or model"))
    if not isinstance(document, Sweep):
        folder, path = Path(document).parent, document
        root = read_document(path)
        own = (*overrides, f"objective={objective}") if isinstance(objective, str) else overrides
        document = load_model(Sweep, path, own)
    elif overrides:
        raise ConfigError(NO_FILE)
    aim = document.objective if objective is None else _objective(objective)
    allowed = options.get("allow_python", False)
    base = base_config(document, folder, root, allow_python=allowed)
    base = in_period(base, options.get("period"))
    points = make_points(base, document.axes, root, allow_python=allowed)
    about = document.name, document.description
    plan = make_plan("sweep", *about, base, points, document.windows, options)
    if aim is not None:
        horizon_of(plan.grid, aim)  # a wrong one is told before the work, not after it
    return plan, aim


def _objective(asked: AnyObjective) -> Objective:
    """An objective that was asked for. Raises ConfigError."""
    if isinstance(asked, Objective):
        return asked
    one_kind(
        "objective", asked, (str, Mapping), message("a metric, or {'measure': 'xirr', 'statistic': 'median'}")
    )
    return made(Objective, {"measure": asked} if isinstance(asked, str) else asked)


def summed_up(study: Study, objective: Objective | None) -> SweepResult:
    """The summary of all rows, and how sure the choice is where there is an objective."""
    told = manifest(study)
    if objective is not None:
        told["objective"] = objective.model_dump()
    return of_rows(study, objective, told, statements(study.plan))


def of_rows(
    study: Study, objective: Objective | None, told: Mapping[str, Any], said: tuple[Message, ...]
) -> SweepResult:
    """A sweep from its rows, its manifest and its statements."""
    plan = study.plan
    summary = study.summary()
    if objective is None:
        return SweepResult(study, summary, told, said, (), None, None)
    tuning = _tuned(study, objective)
    found = sweep_findings(tuning, objective, plan.points, plan.grid, plan.base.currency)
    return SweepResult(study, summary, told, said, found, objective, tuning)


def _tuned(study: Study, objective: Objective) -> Tuning:
    """Everything about the objective, on its horizon."""
    plan = study.plan
    horizon = horizon_of(plan.grid, objective)
    windows = groups_of(plan.grid)[horizon]
    name = objective.measure
    benchmark = [f"core_{name}"] if name in BENCHMARK else []
    read = {key: cube[:, windows] * objective.sign for key, cube in study.cubes([name, *benchmark]).items()}
    lacking = int(np.isnan(read[name]).any(axis=0).sum())
    if lacking:
        raise ConfigError(
            message(
                "objective: {name} is missing in {n} of {all} windows, allowed one they all have",
                name=name,
                n=lacking,
                all=len(windows),
            ),
            hint=message(
                "value_to_contributed and final_value always exist; a horizon is chosen with objective.horizon"
            ),
        )
    return tune(
        read[name],
        read.get(f"core_{name}", np.full_like(read[name], np.nan)),
        plan.points.shape,
        statistic=objective.statistic,
        horizon=horizon,
        windows=np.array(windows),
        stride=stride_of([plan.grid.windows[number] for number in windows]),
        threads=cores(),
    )


def horizon_of(grid: WindowGrid, objective: Objective) -> int:
    """The number of the objective's horizon: that which was asked for, else the longest that fits twice."""
    horizons = grid.horizons
    if objective.horizon is not None:
        if objective.horizon not in horizons:
            allowed = listed(horizons) if horizons else message("none: the windows are fixed periods")
            raise ConfigError(
                message(
                    "objective.horizon: came {came}, allowed {allowed}",
                    came=objective.horizon,
                    allowed=allowed,
                )
            )
        return horizons.index(objective.horizon)
    if not horizons:
        return 0
    twice = [number for number in range(len(horizons)) if grid.independent(number) >= 2]
    return max(twice or range(len(horizons)), key=lambda number: horizons[number])


def result_files(result: SweepResult, locale: Locale, each: Each = map) -> Files:
    """The small files of a sweep: its summary and its ranking."""
    columns = summary_columns(result)
    tables = {"summary.csv": columns, **survival_files(result)}
    if result.tuning is not None:
        tables["ranking.csv"] = ranking_columns(result, result.tuning)
    return {"summary.parquet": to_parquet(columns), **csv_files(tables, locale, each)}
