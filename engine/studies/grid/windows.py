"""Strategies on the same windows: every start month of some horizons, compared pair by pair.

The first strategy is the one that the others are compared with. All of them receive money as their
configurations say; where only ``strategy.deploy`` differs it is the same money, arriving on the same days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, load_model
from engine.config.arguments import (
    NO_FILE,
    a_path,
    closed,
    configuration,
    made,
    one_kind,
    refuse_doubles,
    texts,
)
from engine.config.document import Node, read_document
from engine.config.models import Period
from engine.errors import ConfigError
from engine.files import OnWait
from engine.market.sources import Access
from engine.messages import message
from engine.store import to_csv, to_parquet, with_manifest
from engine.studies.depletion import RanOut, ran_out, takes_out
from engine.studies.executor import Executor
from engine.studies.grid.chunk import WORK
from engine.studies.grid.documents import Windows, WindowsFile, base_config, changed, where_of
from engine.studies.grid.points import Cells
from engine.studies.grid.results import (
    DEPLETION,
    OUTCOMES,
    Paired,
    WindowsResult,
    paired_columns,
    ran_out_rows,
)
from engine.studies.grid.shown import windows_findings, windows_model
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
from engine.studies.grid.tuning import Gap, gap
from engine.studies.grid.window_grid import stride_of
from engine.studies.missing import mean_of, quantiles

if TYPE_CHECKING:
    from engine.market.sources import Source

Floats = NDArray[np.float64]
COLUMN = "strategy"
SAME = 1e-6  # values this close, as a part of the larger, are the same
HORIZONS = (1, 5, 10, 15, 20)  # of configurations without a study's file: those that fit


@closed(Access)
def windows(
    documents: str | Path | WindowsFile | Sequence[str | Path | Config],
    *,
    horizons: Sequence[int] = (),
    every: str | None = None,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    out: str | Path = "results",
    executor: Executor | None = None,
    progress: Progress | None = None,
    lang: str = "en",
    part: int = WORK,
    on_wait: OnWait | None = None,
    **access: Unpack[Access],
) -> WindowsResult:
    """Live strategies in every window and write ``out/<name>/``.

    ``documents``  a windows study's file, or configurations, the first of which the others are compared with
    ``horizons``, ``every``  years, and ``month``, ``quarter`` or ``year``, in place of the file's
    ``on_wait``  hears of another writer of the folder, who is waited for

    Raises ConfigError, DataError, StoreError.
    """
    check_work(lang, executor, part)
    market = Market(source, access)
    plan, document = plan_windows(documents, market, texts("overrides", overrides), horizons, every)

    def finish(study: Study) -> tuple[WindowsResult, Mapping[str, bytes]]:
        result = _result(study, document)
        return result, result_files(result, lang)

    return live_study(
        plan, a_path("out", out), finish, executor=executor, progress=progress, part=part, on_wait=on_wait
    )


def plan_windows(
    documents: str | Path | WindowsFile | Sequence[str | Path | Config],
    market: Market,
    overrides: Sequence[str] = (),
    horizons: Sequence[int] = (),
    every: str | None = None,
) -> tuple[Plan, WindowsFile | None]:
    """Everything about a windows study but the living, and the file that it comes from."""
    if isinstance(documents, str | Path | WindowsFile):
        return _of_file(documents, market, overrides, horizons, every)
    if len(documents) == 1 and isinstance(documents[0], str | Path) and is_study(documents[0]):
        return _of_file(documents[0], market, overrides, horizons, every)
    configs = [configuration(item, overrides) for item in documents]
    if not configs:
        raise ConfigError("windows: came no configuration, allowed one or more")
    names = [config.name for config in configs]
    refuse_doubles(names)
    currencies = {config.currency for config in configs}
    if len(currencies) > 1:
        raise ConfigError(f"configurations in {' and '.join(sorted(currencies))}: allowed one currency")
    period = _shared([config.period for config in configs])
    configs = [config.model_copy(update={"period": period}) for config in configs]
    name = f"windows-{'-'.join(names)}"[:80].rstrip(".")
    wanted = _wanted(horizons or _that_fit(period), every or "month")
    plan = make_plan("windows", name, "", configs[0], _cells(names, configs), wanted, market)
    return plan, None


def _wanted(horizons: Sequence[int], every: str | None) -> Windows:
    """The windows that were asked for. Raises ConfigError."""
    one_kind("horizons", horizons, (list, tuple), message("a list of whole years such as [5, 10]"))
    return made(Windows, {"every": every, "horizons": tuple(horizons)})


def is_study(path: str | Path) -> bool:
    """Whether a file is a windows study and not a configuration."""
    return read_document(path).child("strategies") is not None


def _of_file(
    document: str | Path | WindowsFile,
    market: Market,
    overrides: Sequence[str],
    horizons: Sequence[int],
    every: str | None,
) -> tuple[Plan, WindowsFile]:
    root: Node | None = None
    folder = Path()
    if not isinstance(document, WindowsFile):
        folder, path = Path(document).parent, document
        root = read_document(path)
        document = load_model(WindowsFile, path, overrides)
    elif overrides:
        raise ConfigError(NO_FILE)
    base = base_config(document, folder, root)
    configs = [
        changed(base, item.set, root, ("strategies", number, "set"))
        for number, item in enumerate(document.strategies)
    ]
    asked = document.windows
    if asked.periods or not (asked.horizons or horizons):
        where = where_of(root, ("windows",))
        raise ConfigError(
            f"{where}: windows: allowed horizons such as [5, 10], which start months can be lived for"
        )
    wanted = _wanted(horizons or asked.horizons, every or asked.every)
    cells = _cells([item.english for item in document.strategies], configs)
    plan = make_plan("windows", document.name, document.description, base, cells, wanted, market)
    return plan, document


def _cells(names: Sequence[str], configs: Sequence[Config]) -> Cells:
    """One axis: the strategies."""
    count = len(configs)
    return Cells(
        {COLUMN: tuple(names)}, tuple(configs), (configs[0],), np.arange(count), np.zeros(count, np.int64)
    )


def _shared(periods: Sequence[Period]) -> Period:
    """The days that all periods have."""
    starts = [period.start for period in periods if period.start is not None]
    ends = [period.end for period in periods if period.end is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    if start is not None and end is not None and start >= end:
        raise ConfigError(f"the configurations' periods have no day in common: {start} is after {end}")
    return Period(start=start, end=end)


def _that_fit(period: Period) -> tuple[int, ...]:
    """The usual horizons that fit into a period; all where it is open."""
    if period.start is None or period.end is None:
        return HORIZONS[:3]
    years = (period.end - period.start).days / 365.0
    return tuple(item for item in HORIZONS if item <= years) or HORIZONS[:1]


def _result(study: Study, document: WindowsFile | None) -> WindowsResult:
    plan = study.plan
    outcome = study.cubes((*OUTCOMES, *DEPLETION))
    names = tuple(plan.cells.axes[COLUMN])
    pairs = [
        _paired(plan, outcome, strategy, horizon)
        for strategy in range(1, len(names))
        for horizon in range(len(plan.grid.horizons))
    ]
    told = manifest(study)
    told["strategies"] = {name: plan.cells.config(cell).resolved() for cell, name in enumerate(names)}
    labels = names if document is None else tuple(item.name for item in document.strategies)
    reference = "" if document is None else document.reference
    dry = _ran_out(plan, outcome)
    result = WindowsResult(study, names, labels, reference, outcome, tuple(pairs), told, dry)
    return replace(result, manifest={**told, "ran_out": ran_out_rows(result)})


def _ran_out(plan: Plan, outcome: Mapping[str, Floats]) -> tuple[tuple[RanOut, ...], ...]:
    """How often the money of each strategy ran out in the windows of each horizon."""
    configs = [plan.cells.config(cell) for cell in range(plan.cells.count)]
    if not takes_out(configs):
        return ()
    inside = [plan.grid.of(horizon) for horizon in range(len(plan.grid.horizons))]
    return tuple(
        tuple(
            ran_out(lasted[some], unpaid[some], plan.grid.independent(horizon))
            for horizon, some in enumerate(inside)
        )
        for lasted, unpaid in zip(outcome["years_lasted"], outcome["unpaid"])
    )


def _paired(plan: Plan, outcome: Mapping[str, Floats], strategy: int, horizon: int) -> Paired:
    """A strategy against the first, in all windows of a horizon.

    Two that ended with nothing are the same; a ratio over nothing is none, and its windows are counted.
    """
    inside = np.array(plan.grid.of(horizon))
    first, other = (outcome["final_value"][row, inside] for row in (0, strategy))
    apart = other - first
    same = np.abs(apart) <= SAME * np.maximum(np.abs(first), np.abs(other))
    has = (first > 0.0) | same
    ratio = np.where(same & (first <= 0.0), 0.0, apart / np.where(first > 0.0, first, 1.0))[has]
    low, middle, high = quantiles(ratio, (0.05, 0.5, 0.95))
    rates = (outcome["xirr"][strategy] - outcome["xirr"][0])[inside]
    windows = [plan.grid.windows[number] for number in inside[has]]
    return Paired(
        strategy=strategy,
        horizon=horizon,
        windows=len(inside),
        better=float(((apart > 0.0) & ~same).mean()),
        same=float(same.mean()),
        ratio=middle,
        compared=len(ratio),
        low=low,
        high=high,
        gap=gap(ratio, np.zeros_like(ratio), stride_of(windows)) if windows else Gap(math.nan, math.inf, 0),
        rate=mean_of(rates),
    )


def result_files(result: WindowsResult, lang: str) -> dict[str, bytes]:
    """The small files of a windows study: all rows, the pairs, the page; the manifest comes last."""
    from engine.report.windows_page import windows_page

    model = windows_model(result, lang)
    rows = result.study.table()
    rows = {name: values.astype(str) if values.dtype == object else values for name, values in rows.items()}
    told = {
        **result.manifest,
        "reference": result.reference,
        "statements": list(model.statements),
        "findings": windows_findings(result, lang),
    }
    written = {
        "windows.parquet": to_parquet(rows),
        "windows.csv": to_csv(rows),
        "paired.csv": to_csv(paired_columns(result)),
        "report.html": windows_page(model, lang).encode(),
    }
    return with_manifest(written, told)
