"""Every combination of a sweep's axes in every window: parts on disk, a summary, a ranking, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from engine.config import load_model
from engine.config.arguments import NO_FILE, a_path, closed, made, one_kind, texts
from engine.config.document import Node, read_document
from engine.errors import ConfigError
from engine.files import OnWait
from engine.market.sources import Access
from engine.messages import message
from engine.store import to_csv, to_parquet, with_manifest
from engine.studies.executor import Executor
from engine.studies.grid.chunk import BESIDE, WORK
from engine.studies.grid.documents import Objective, Sweep, base_config
from engine.studies.grid.points import make_cells
from engine.studies.grid.results import SweepResult, ranking_columns, summary_columns
from engine.studies.grid.shown import sweep_model
from engine.studies.grid.statistics import groups_of, summarise
from engine.studies.grid.study import (
    Market,
    Plan,
    Progress,
    Study,
    check_work,
    live_study,
    make_plan,
    manifest,
)
from engine.studies.grid.tuning import Tuning, tune
from engine.studies.grid.window_grid import Grid, stride_of

if TYPE_CHECKING:
    from engine.market.sources import Source


@closed(Access)
def sweep(
    document: str | Path | Sweep,
    *,
    overrides: Sequence[str] = (),
    objective: str | Mapping[str, Any] | Objective | None = None,
    source: str | Source | None = None,
    out: str | Path = "results",
    executor: Executor | None = None,
    progress: Progress | None = None,
    lang: str = "en",
    part: int = WORK,
    on_wait: OnWait | None = None,
    **access: Unpack[Access],
) -> SweepResult:
    """Live every cell of a sweep in every window and write ``out/<name>/``.

    ``document``   a file (``overrides`` as ``--set`` takes them) or a model, whose ``base`` is then found from
                   the working folder
    ``objective``  a metric, or a mapping as a file has it, in place of the file's
    ``lang``       the language of its page and sentences
    ``on_wait``    hears of another writer of the folder, who is waited for

    Goes on from the parts of the same study that are there. The files do not depend on who works (``executor``)
    or on how often it was stopped. Raises ConfigError, DataError, StoreError.
    """
    check_work(lang, executor, part)
    market = Market(source, access)
    plan, aim = plan_sweep(document, market, texts("overrides", overrides), objective)

    def finish(study: Study) -> tuple[SweepResult, Mapping[str, bytes]]:
        result = summed_up(study, aim)
        return result, result_files(result, lang)

    return live_study(
        plan, a_path("out", out), finish, executor=executor, progress=progress, part=part, on_wait=on_wait
    )


def plan_sweep(
    document: str | Path | Sweep,
    market: Market,
    overrides: Sequence[str] = (),
    objective: str | Mapping[str, Any] | Objective | None = None,
) -> tuple[Plan, Objective | None]:
    """Everything about a sweep but the living, and its objective."""
    root: Node | None = None
    beside = Path()
    one_kind("document", document, (str, Path, Sweep), message("a sweep's file or model"))
    if not isinstance(document, Sweep):
        beside, path = Path(document).parent, document
        root = read_document(path)
        own = (*overrides, f"objective={objective}") if isinstance(objective, str) else overrides
        document = load_model(Sweep, path, own)
    elif overrides:
        raise ConfigError(NO_FILE)
    aim = document.objective if objective is None else _objective(objective)
    base = base_config(document, beside, root)
    cells = make_cells(base, document.axes, root)
    plan = make_plan("sweep", document.name, document.description, base, cells, document.windows, market)
    if aim is not None:
        horizon_of(plan.grid, aim)  # a wrong one is told before the work, not after it
    return plan, aim


def _objective(asked: str | Mapping[str, Any] | Objective) -> Objective:
    """An objective that was asked for. Raises ConfigError."""
    if isinstance(asked, Objective):
        return asked
    one_kind(
        "objective", asked, (str, Mapping), message("a metric, or {'measure': 'xirr', 'statistic': 'median'}")
    )
    return made(Objective, {"measure": asked} if isinstance(asked, str) else asked)


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
    lacking = int(np.isnan(read[name]).any(axis=0).sum())
    if lacking:
        raise ConfigError(
            f"objective: {name} is missing in {lacking} of {len(windows)} windows, allowed one they all have",
            hint="value_to_contributed and final_value always exist; a horizon is chosen with objective.horizon",
        )
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
    study = sweep_model(result, lang)
    written = {"summary.parquet": to_parquet(columns), "summary.csv": to_csv(columns)}
    if result.tuning is not None:
        written["ranking.csv"] = to_csv(ranking_columns(result, result.tuning))
    written["report.html"] = sweep_page(study, lang).encode()
    told = {**result.manifest, "statements": list(study.statements), "findings": list(study.findings)}
    return with_manifest(written, told)
