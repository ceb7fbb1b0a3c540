"""Strategies on the same windows: every start month of some horizons, compared pair by pair.

The first strategy is the one that the others are compared with. All of them receive money as their
configurations say; where only ``strategy.deploy`` differs it is the same money, arriving on the same days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, load_model
from engine.config.arguments import (
    NO_FILE,
    closed,
    configuration,
    in_period,
    made,
    one_kind,
    refuse_doubles,
    refuse_unlike,
    shared_period,
)
from engine.config.document import Node, read_document
from engine.config.models import Period
from engine.errors import ConfigError
from engine.locale import ENGLISH, Locale, OwnText
from engine.market.series import ONE_MONTH
from engine.messages import Message, message
from engine.store import csv_files, to_parquet
from engine.studies.against import against, moves_the_same
from engine.studies.grid.axes import Axis
from engine.studies.grid.documents import Windows, WindowsFile, base_config, changed, where_of
from engine.studies.grid.findings import paired_findings
from engine.studies.grid.paired import UNKNOWN, PairedDifference, paired_ratio
from engine.studies.grid.points import GridPoints
from engine.studies.grid.results import (
    OUTCOMES,
    Flows,
    Paired,
    WindowsResult,
    paired_columns,
    ran_out_rows,
    survival_files,
)
from engine.studies.grid.statements import money_of, windows_statements
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
from engine.studies.grid.window_grid import WindowGrid, stride_of
from engine.studies.grid.workload import begun_in
from engine.studies.missing import mean_of, quantiles

Floats = NDArray[np.float64]
Documents = str | Path | Config | WindowsFile | Sequence[str | Path | Config]
COLUMN = "strategy"
MOVED = ("contributed", "withdrawn", "unpaid", "years_lasted")
SAME_RATE = 1e-9  # rates this close: no more than rounding of their search
HORIZONS = (1, 5, 10, 15, 20)  # of configurations without a study's file: those that fit


@closed(StudyOptions)
def windows(
    documents: Documents,
    *,
    horizons: Sequence[int] = (),
    every: str | None = None,
    pages: Callable[[WindowsResult], Files] | None = None,
    locale: Locale = ENGLISH,
    **options: Unpack[StudyOptions],
) -> WindowsResult:
    """Simulate strategies in every window and write ``out/<name>/``.

    ``documents``  a windows study's file, or one or more configurations, the first of which the others are
                   compared with
    ``horizons``, ``every``  years, and ``month``, ``quarter`` or ``year``, in place of the file's
    ``pages``      makes files for people of the result, which stand beside its own
    ``locale``     the language of the first line of CSV files

    Raises ConfigError, DataError, StoreError.
    """
    with working(options) as pool:
        plan, document = plan_windows(documents, options, horizons, every)
        files = partial(result_files, locale=locale)
        return simulate_study(plan, pool, options, partial(windows_result, document=document), files, pages)


def plan_windows(
    documents: Documents, options: StudyOptions, horizons: Sequence[int] = (), every: str | None = None
) -> tuple[Plan, WindowsFile | None]:
    """Everything about a windows study but the simulations, and the file that it comes from."""
    overrides = check_options(options)
    one_kind("horizons", horizons, (list, tuple), message("a list of whole years such as [5, 10]"))
    one_kind("every", every, (str, type(None)), message("month, quarter or year"))
    several = message("a windows study's file, or a list of configurations or files")
    one_kind("documents", documents, (str, Path, Config, WindowsFile, list, tuple), several)
    if isinstance(documents, WindowsFile):
        return _of_file(documents, options, horizons, every)
    if isinstance(documents, str | Path | Config):
        documents = [documents]
    if len(documents) == 1 and isinstance(documents[0], str | Path) and is_study(documents[0]):
        return _of_file(documents[0], options, horizons, every)
    allowed = options.get("allow_python", False)
    configs = [configuration(item, overrides, allow_python=allowed) for item in documents]
    configs = [in_period(config, options.get("period")) for config in configs]
    refuse_doubles("windows", configs)
    refuse_unlike("windows", "currency", configs, [config.currency for config in configs])
    period = shared_period(configs)
    configs = [begun_in(config, period) for config in configs]
    names = [config.name for config in configs]
    name = f"windows-{'-'.join(names)}"[:80].rstrip(".")
    wanted = _wanted(horizons or _that_fit(period), every or "month")
    points = strategy_points(names, configs)
    return make_plan("windows", name, "", configs[0], points, wanted, options), None


def _wanted(horizons: Sequence[int], every: str | None) -> Windows:
    """The windows that were asked for. Raises ConfigError."""
    return made(Windows, {"every": every, "horizons": tuple(horizons)})


def is_study(path: str | Path) -> bool:
    """Whether a file is a windows study and not a configuration."""
    return read_document(path).child("strategies") is not None


def _of_file(
    document: str | Path | WindowsFile, options: StudyOptions, horizons: Sequence[int], every: str | None
) -> tuple[Plan, WindowsFile]:
    overrides = options.get("overrides", ())
    root: Node | None = None
    folder = Path()
    if not isinstance(document, WindowsFile):
        folder, path = Path(document).parent, document
        root = read_document(path)
        document = load_model(WindowsFile, path, overrides)
    elif overrides:
        raise ConfigError(NO_FILE)
    allowed = options.get("allow_python", False)
    base = in_period(base_config(document, folder, root, allow_python=allowed), options.get("period"))
    configs = [
        changed(base, item.set, root, ("strategies", number, "set"), allow_python=allowed)
        for number, item in enumerate(document.strategies)
    ]
    asked = document.windows
    if asked.periods or not (asked.horizons or horizons):
        where = where_of(root, ("windows",))
        raise ConfigError(
            message(
                "{place}: windows: allowed horizons such as [5, 10], for which every start month is simulated",
                place=where,
            )
        )
    wanted = _wanted(horizons or asked.horizons, every or asked.every)
    names = [item.english for item in document.strategies]
    points = strategy_points(names, configs, [item.name for item in document.strategies])
    about = document.name, document.description
    plan = make_plan("windows", *about, base, points, wanted, options)
    return plan, document


def strategy_points(
    names: Sequence[str], configs: Sequence[Config], labels: Sequence[OwnText] = ()
) -> GridPoints:
    """One axis: the strategies."""
    count = len(configs)
    axes = (Axis(COLUMN, tuple(names), labels=tuple(labels)),)
    return GridPoints(axes, tuple(configs), (configs[0],), np.arange(count), np.zeros(count, np.int64))


def _that_fit(period: Period) -> tuple[int, ...]:
    """The usual horizons that fit into a period; all where it is open."""
    if period.start is None or period.end is None:
        return HORIZONS[:3]
    years = (period.end - period.start).days / 365.0
    return tuple(item for item in HORIZONS if item <= years) or HORIZONS[:1]


def windows_result(study: Study, document: WindowsFile | None = None) -> WindowsResult:
    """What the windows of a study came to: its summary, and each strategy against the first."""
    plan = study.plan
    (strategies,) = plan.points.axes
    every = [plan.points.config(n) for n in range(plan.points.count)]
    by = (None if document is None else document.compare) or _compared_by(every)
    configs = {name: config.resolved() for name, config in zip(strategies.values, every)}
    reference = "" if document is None else document.reference
    said = windows_statements(plan, strategies.labels or strategies.values, by)
    result = of_rows(study, by, reference, {**manifest(study), "strategies": configs}, said)
    told = {**result.manifest, "compared_by": by, "ran_out": ran_out_rows(result), "reference": reference}
    return replace(result, manifest=told)


def of_rows(
    study: Study, by: str, reference: OwnText, told: Mapping[str, Any], said: tuple[Message, ...]
) -> WindowsResult:
    """A windows study from its rows, its manifest and its statements; ``by``: what it is compared by."""
    plan = study.plan
    grid, (strategies,) = plan.grid, plan.points.axes
    figures = study.cubes((*OUTCOMES, *MOVED))
    money = [money_of(plan.points.config(n)) for n in range(plan.points.count)]
    pairs = tuple(
        _paired(grid, figures, by, strategy, horizon, is_alike=money[strategy] == money[0])
        for strategy in range(1, plan.points.count)
        for horizon in range(len(grid.horizons))
    )
    starts, by_start = _by_start(grid, figures)
    return WindowsResult(
        study=study,
        summary=study.summary(),
        manifest=told,
        statements=said,
        findings=paired_findings(pairs, strategies.labels or strategies.values, grid.horizons, by),
        reference=reference,
        starts=starts,
        outcome=by_start,
        pairs=pairs,
        by=by,
    )


def _compared_by(configs: Sequence[Config]) -> str:
    """Tax that is paid on the way lowers a final value, and what would have been due at the end as well."""
    moved = any(config.strategy.transfer is not None for config in configs)
    return "liquidation_value" if moved else "final_value"


def _by_start(
    grid: WindowGrid, outcome: Mapping[str, Floats]
) -> tuple[NDArray[np.datetime64], dict[str, Floats]]:
    """(W,) the months of the start grid, and (S, H, W) of each figure (S, windows), NaN where no window fits."""
    begun = np.array([window.start for window in grid.windows], "datetime64[M]")
    starts = np.arange(begun.min(), begun.max() + ONE_MONTH, np.timedelta64(grid.step, "M"))
    horizon = np.array([window.horizon for window in grid.windows])
    found = {}
    for name, values in outcome.items():
        found[name] = np.full((len(values), len(grid.horizons), len(starts)), np.nan)
        found[name][:, horizon, np.searchsorted(starts, begun)] = values
    return starts, found


def _paired(
    grid: WindowGrid, outcome: Mapping[str, Floats], by: str, strategy: int, horizon: int, *, is_alike: bool
) -> Paired:
    """A strategy against the first in all windows of a horizon, ``by`` what was left before or after tax.

    Two that ended with nothing are the same; a ratio over nothing is none, and its windows are counted.
    """
    inside = np.array(grid.of(horizon))
    others = len(outcome[by]) - 1
    first, other = (outcome[by][row, inside] for row in (0, strategy))
    found = against(first, other)
    ratio = found.ratio[found.known]
    low, middle, high = quantiles(ratio, (0.05, 0.5, 0.95))
    rates = (outcome["xirr"][strategy] - outcome["xirr"][0])[inside]
    rated = np.isfinite(rates)
    rates = np.where(np.abs(rates) <= SAME_RATE, 0.0, rates)[rated]
    return Paired(
        strategy=strategy,
        horizon=horizon,
        windows=len(inside),
        better=float(found.better.mean()),
        same=float(found.same.mean()),
        ratio=middle,
        compared=len(ratio),
        low=low,
        high=high,
        difference=_mean(grid, ratio, inside[found.known], others),
        rate=mean_of((outcome["xirr"][strategy] - outcome["xirr"][0])[inside]),
        rate_better=float((rates > 0.0).mean()) if rates.size else math.nan,
        rate_median=quantiles(rates, (0.5,))[0],
        rate_difference=_mean(grid, rates, inside[rated], others),
        rated=len(rates),
        money=_flows(outcome, strategy, inside, is_alike=is_alike),
    )


def _mean(grid: WindowGrid, values: Floats, numbers: NDArray[np.int64], others: int) -> PairedDifference:
    """The mean of differences (n,) in some windows, with its interval, one of as many as there are ``others``."""
    if not len(values):
        return UNKNOWN
    stride = stride_of([grid.windows[number] for number in numbers])
    return paired_ratio(values, stride, others)


def _flows(
    outcome: Mapping[str, Floats], strategy: int, inside: NDArray[np.int64], *, is_alike: bool
) -> Flows:
    """Whether a strategy and the first move the same money; what could not be paid out was to be."""
    paid, taken = outcome["contributed"], outcome["withdrawn"] + outcome["unpaid"]
    for moved in (paid, taken):
        if not moves_the_same(moved[strategy, inside], moved[0, inside]):
            return Flows.AMOUNTS
    return Flows.SAME if is_alike else Flows.TIMES


def result_files(result: WindowsResult, locale: Locale) -> Files:
    """The small files of a windows study: all rows, and the pairs."""
    rows = result.study.table()
    rows = {name: values.astype(str) if values.dtype == object else values for name, values in rows.items()}
    tables = {"windows.csv": rows, "paired.csv": paired_columns(result), **survival_files(result)}
    return {"windows.parquet": to_parquet(rows), **csv_files(tables, locale)}
