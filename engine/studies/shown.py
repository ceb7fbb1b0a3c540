"""Studies as the values that pages and tables are made from (``engine.report.models``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.report.models import Axis, Measure, Ranked, SweepStudy
from engine.report.summary import METRICS
from engine.report.voice import Voice
from engine.studies.documents import text_of
from engine.studies.findings import findings
from engine.studies.spans import Grid
from engine.studies.summary import MEASURES, STATISTICS
from engine.studies.wording import axis_kind, axis_label, say

if TYPE_CHECKING:
    from engine.studies.study import Plan
    from engine.studies.sweep import SweepResult

RANKED = 50  # cells of a ranking


def measure_of(name: str, voice: Voice) -> Measure:
    """A metric as a measure of a study."""
    kind, better = METRICS[name]
    return Measure(name, voice(name), kind, better)


def sweep_model(result: SweepResult, lang: str = "en") -> SweepStudy:
    """A sweep for its page and tables: every cell's summary, the ranking, and how sure it is."""
    plan, summary, tuning = result.plan, result.summary, result.tuning
    cells, grid = plan.cells, plan.grid
    voice = Voice(lang, plan.base.currency)
    shape = (*cells.shape, len(grid.horizons)) if grid.horizons else cells.shape
    axes = [
        Axis(key, axis_label(key, voice), _shown(key, values), axis_kind(key, values))
        for key, values in cells.axes.items()
    ]
    if grid.horizons:
        axes.append(Axis("horizon", axis_label("horizon", voice), grid.horizons, "count"))
    objective = result.objective
    return SweepStudy(
        name=plan.name,
        description=plan.description,
        currency=plan.base.currency,
        axes=tuple(axes),
        measures=tuple(measure_of(name, voice) for name in MEASURES),
        statistics=STATISTICS,
        values=summary.values.reshape(len(MEASURES), len(STATISTICS), *shape),
        windows=np.broadcast_to(summary.windows.astype(np.float64), summary.beat_core.shape).reshape(shape),
        independent=np.broadcast_to(summary.independent.astype(np.float64), summary.beat_core.shape).reshape(
            shape
        ),
        beat_core=summary.beat_core.reshape(shape),
        below_principal=summary.below_principal.reshape(shape),
        risk="max_drawdown",
        reward="xirr",
        objective=objective.measure if objective is not None else "",
        ranking=_ranking(result),
        plateau=_plateau(result, shape),
        findings=tuple(findings(tuning, objective, cells, grid, voice)) if tuning and objective else (),
        statements=tuple(statements(grid, plan.base.currency, idle_yields(plan), voice)),
        manifest=result.manifest,
    )


def _shown(key: str, values: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(text_of(value) for value in values) if axis_kind(key, values) == "text" else values


def _ranking(result: SweepResult) -> tuple[Ranked, ...]:
    tuning, plan = result.tuning, result.plan
    if tuning is None or result.objective is None:
        return ()
    sign = 1 if METRICS[result.objective.measure][0] == "loss" else result.objective.sign
    last = (tuning.horizon,) if plan.grid.horizons else ()
    return tuple(
        Ranked((*plan.cells.places[cell].tolist(), *last), float(tuning.scores[cell]) * sign)
        for cell in tuning.order[:RANKED].tolist()
        if np.isfinite(tuning.scores[cell])
    )


def _plateau(result: SweepResult, shape: Sequence[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Over all cells of the study; only those of the objective's horizon can be on it."""
    tuning = result.tuning
    if tuning is None:
        return np.zeros(0, np.bool_)
    found = np.zeros((result.plan.cells.count, len(result.summary.windows)), np.bool_)
    found[:, tuning.horizon] = tuning.plateau
    return found.reshape(shape)


def idle_yields(plan: Plan) -> list[float]:
    """What idle cash earns in the cells of a study."""
    return sorted({config.idle_cash.yield_ for config in plan.cells.outer})


def statements(grid: Grid, currency: str, yields: Sequence[float], voice: Voice) -> list[str]:
    """Start grid, horizons, overlap, currency and idle cash, a sentence each."""
    first, last = grid.windows[0].start, max(window.end for window in grid.windows)
    said = []
    if grid.horizons:
        said.append(
            say(
                voice,
                "stated_windows",
                n=f"{len(grid.windows):,}",
                step=say(voice, f"step_{grid.step}"),
                first=voice.year_month(first),
                horizons=voice.listed([str(years) for years in grid.horizons]),
                last=voice.year_month(last),
            )
        )
        for number, years in enumerate(grid.horizons):
            counts = {"n": len(grid.of(number)), "k": grid.independent(number), "years": years}
            said.append(say(voice, "stated_overlap", **counts))
    else:
        dates = {"first": voice.long_date(first), "last": voice.long_date(last)}
        said.append(say(voice, "stated_periods", n=len(grid.windows), **dates))
    said.append(say(voice, "stated_currency", currency=currency))
    if len(yields) == 1:
        said.append(say(voice, "stated_idle", rate=voice.percent(yields[0], 2)))
    else:
        said.append(say(voice, "stated_idle_axis"))
    return said
