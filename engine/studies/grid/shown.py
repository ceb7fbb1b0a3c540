"""Studies as the values that pages and tables are made from (``engine.report.models``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.market.series import ONE_MONTH
from engine.metrics import METRICS
from engine.report.models import Axis, Measure, Pair, PairedWindows, Ranked, SweepStudy, WindowsStudy
from engine.report.voice import Voice
from engine.studies.grid.axis_words import axis_kind, axis_label, money_words, value_words, withdrawal_words
from engine.studies.grid.documents import text_of
from engine.studies.grid.results import OUTCOMES, Paired, SweepResult, WindowsResult
from engine.studies.grid.statistics import MEASURES, STATISTICS, Floats, Summary
from engine.studies.grid.sureness import findings
from engine.studies.grid.window_grid import Grid

if TYPE_CHECKING:
    from engine.studies.grid.study import Plan

RANKED = 50  # cells of a ranking


def measure_of(name: str, voice: Voice) -> Measure:
    """A metric as a measure of a study."""
    return Measure(name, voice(name), METRICS[name].kind, METRICS[name].better)


def sweep_model(result: SweepResult, lang: str = "en") -> SweepStudy:
    """A sweep for its page and tables: every cell's summary, the ranking, and how sure it is."""
    plan, summary, tuning = result.plan, result.summary, result.tuning
    cells, grid = plan.cells, plan.grid
    voice = Voice(lang, plan.base.currency)
    shape = (*cells.shape, len(grid.horizons)) if grid.horizons else cells.shape
    axes = [
        Axis(
            key,
            axis_label(key, voice),
            _shown(key, values),
            axis_kind(key, values),
            _words(key, values, voice),
        )
        for key, values in cells.axes.items()
    ]
    if grid.horizons:
        axes.append(Axis("horizon", axis_label("horizon", voice), grid.horizons, "count"))
    objective = result.objective
    return SweepStudy(
        name=plan.name,
        description=voice.text(plan.description),
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
        ran_out=summary.ran_out.reshape(shape) if summary.ran_out.size else summary.ran_out,
        known=_known(summary, shape),
        risk="volatility",
        reward="xirr",
        objective=objective.measure if objective is not None else "",
        statistic=voice(f"study_{objective.statistic}") if objective is not None else "",
        ranking=_ranking(result),
        plateau=_plateau(result, shape),
        findings=tuple(findings(tuning, objective, cells, grid, voice)) if tuning and objective else (),
        statements=tuple(statements(grid, plan.base.currency, idle_yields(plan), voice)),
        manifest=result.manifest,
    )


def _known(summary: Summary, shape: Sequence[int]) -> Floats:
    """How many windows have each measure; nothing where all have all of them."""
    if not (summary.known < summary.windows).any():
        return np.empty(0)
    return summary.known.reshape(len(MEASURES), *shape).astype(np.float64)


def _shown(key: str, values: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(text_of(value) for value in values) if axis_kind(key, values) == "text" else values


def _words(key: str, values: tuple[object, ...], voice: Voice) -> dict[object, str]:
    if axis_kind(key, values) != "text":
        return {}
    return {text_of(value): value_words(key, value, voice) for value in values}


def _ranking(result: SweepResult) -> tuple[Ranked, ...]:
    tuning, plan = result.tuning, result.plan
    if tuning is None or result.objective is None:
        return ()
    sign = result.objective.sign
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
            voice(
                "study_stated_windows",
                n=f"{len(grid.windows):,}",
                step=voice(f"study_step_{grid.step}"),
                first=voice.year_month(first),
                horizons=voice.listed([str(years) for years in grid.horizons]),
                last=voice.year_month(last),
            )
        )
        for number, years in enumerate(grid.horizons):
            counts = {"n": len(grid.of(number)), "k": grid.independent(number), "years": years}
            said.append(voice("study_stated_overlap", **counts))
    else:
        dates = {"first": voice.long_date(first), "last": voice.long_date(last)}
        said.append(voice("study_stated_periods", n=len(grid.windows), **dates))
    said.append(voice("study_stated_currency", currency=voice(f"study_money_{currency}")))
    if len(yields) == 1:
        said.append(voice("study_stated_idle", rate=voice.percent(yields[0], 2)))
    else:
        said.append(voice("study_stated_idle_axis"))
    return said


def windows_model(result: WindowsResult, lang: str = "en") -> WindowsStudy:
    """A windows study for its page: outcomes on one grid of starts."""
    plan = result.plan
    grid = plan.grid
    groups = [grid.of(h) for h in range(len(grid.horizons))]
    # What no window has is not shown; what some lack stands beside how many have it.
    figures = [name for name in OUTCOMES if np.isfinite(result.outcome[name]).any()]
    voice = Voice(lang, plan.base.currency)
    starts = np.unique(np.array([window.start for window in grid.windows], "datetime64[M]"))
    months = np.arange(starts[0], starts[-1] + ONE_MONTH, np.timedelta64(grid.step, "M"))
    outcome = np.full((len(figures), len(result.names), len(grid.horizons), len(months)), np.nan)
    for h, inside in enumerate(groups):
        begun = np.array([grid.windows[number].start for number in inside], "datetime64[M]")
        at = np.searchsorted(months, begun)
        for m, name in enumerate(figures):
            # Falls that many windows share differ in their last bits only: shown as the same.
            outcome[m, :, h, at] = np.round(result.outcome[name][:, inside].T, 12)
    return WindowsStudy(
        name=plan.name,
        description=voice.text(plan.description),
        currency=plan.base.currency,
        strategies=_names(result, voice),
        starts=months,
        horizons=tuple(12 * years for years in grid.horizons),
        measures=tuple(measure_of(name, voice) for name in figures),
        outcome=outcome,
        independent=np.array([grid.independent(h) for h in range(len(grid.horizons))]),
        pairs=tuple(Pair(0, second) for second in range(1, len(result.names))),
        ran_out=result.ran_out,
        paired=tuple(
            PairedWindows(
                strategy=pair.strategy,
                horizon=pair.horizon,
                windows=pair.windows,
                better=pair.better,
                same=pair.same,
                ratio=pair.ratio,
                compared=pair.compared,
                mean=pair.gap.mean,
                half=pair.gap.half,
                independent=pair.gap.independent,
            )
            for pair in result.pairs
        ),
        statements=(
            *(strategy_statement(result, number, voice) for number in range(len(result.names))),
            *_other_money(result, voice),
            *statements(grid, plan.base.currency, idle_yields(plan), voice),
            *windows_findings(result, lang),
        ),
        references=(voice.text(result.reference),) if result.reference else (),
        manifest=result.manifest,
    )


def _names(result: WindowsResult, voice: Voice) -> tuple[str, ...]:
    """The strategies for people."""
    return tuple(map(voice.text, result.labels))


def strategy_statement(result: WindowsResult, number: int, voice: Voice) -> str:
    """How one strategy's money arrives, over how many months it is invested, and what waits earns."""
    config = result.plan.cells.config(number)
    months, taken = config.strategy.deploy.spread_months, config.strategy.withdrawals
    split = voice("study_split_none") if months == 1 else voice("study_split", months=months)
    return voice(
        "study_strategy",
        name=_names(result, voice)[number],
        money=money_words(
            config.strategy.contributions.model_dump(exclude_defaults=True, by_alias=True), voice
        ),
        split=split,
        taken=withdrawal_words(
            None if taken is None else taken.model_dump(exclude_defaults=True, by_alias=True), voice
        ),
        rate=voice.percent(config.idle_cash.yield_, 2),
        accounts=voice.listed([voice.said(name) for name in config.accounts]),
    )


def _other_money(result: WindowsResult, voice: Voice) -> list[str]:
    """A warning for each strategy whose money arrives otherwise than the first one's."""
    cells, names = result.plan.cells, _names(result, voice)
    first = cells.config(0).strategy
    return [
        voice("study_other_money", one=names[number], other=names[0])
        for number in range(len(names))
        if (cells.config(number).strategy.contributions, cells.config(number).strategy.withdrawals)
        != (first.contributions, first.withdrawals)
    ]


def windows_findings(result: WindowsResult, lang: str = "en") -> list[str]:
    """Each strategy against the first on the same windows, a sentence a horizon."""
    voice = Voice(lang, result.plan.base.currency)
    return [_paired_sentence(result, pair, voice) for pair in result.pairs]


def _paired_sentence(result: WindowsResult, pair: Paired, voice: Voice) -> str:
    gap, names = pair.gap, _names(result, voice)
    if gap.independent < 2:
        verdict = voice("study_pair_one")
    else:
        key = "pair_noise" if gap.is_noise else "pair_differs"
        half = voice.percent(gap.half, 2)
        verdict = voice(f"study_{key}", half=half, k=gap.independent)
    return voice(
        "study_pair",
        one=names[pair.strategy],
        other=names[0],
        years=result.plan.grid.horizons[pair.horizon],
        share=voice.percent(pair.better, 1),
        same=voice("study_pair_same", share=voice.percent(pair.same, 1)) if pair.same else "",
        n=pair.windows,
        ratio=voice.percent(pair.ratio, 2, sign=True),
        low=voice.percent(pair.low, 1, sign=True),
        high=voice.percent(pair.high, 1, sign=True),
        mean=voice.percent(gap.mean, 2, sign=True),
        verdict=verdict,
    )
