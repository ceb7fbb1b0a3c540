"""Tables of studies that a terminal prints and a page shows alike."""

from __future__ import annotations

import math

from engine.locale import NONE
from engine.report.models import Cell, Column, Table, WindowsStudy
from engine.report.voice import Voice, clean


def same_windows_table(study: WindowsStudy, voice: Voice) -> Table:
    """A row a strategy but the first, and horizon: what it ended with against the first, window by window."""
    first = clean(study.strategies[0])
    columns = (
        Column("strategy", voice("strategy")),
        Column("horizon", voice("choose_horizon")),
        Column("windows", voice("windows_word"), "count"),
        Column("better", voice("more_than", first=first), "percent"),
        Column("same", voice("as_much"), "percent"),
        Column("ratio", voice("median_gap")),
        Column("mean", voice("mean_gap")),
        Column("half", voice("half_gap")),
        Column("independent", voice("independent"), "count"),
    )
    rows = []
    for item in sorted(study.paired, key=lambda item: (item.horizon, item.strategy)):
        ratio, mean = (
            _counted(value, item.compared, item.windows, voice) for value in (item.ratio, item.mean)
        )
        half = voice.percent(item.half, 2) if math.isfinite(item.half) else NONE
        told = (clean(study.strategies[item.strategy]), horizon_words(study.horizons[item.horizon], voice))
        rows.append((*told, item.windows, item.better, item.same, ratio, mean, half, item.independent))
    return Table(columns, tuple(tuple(Cell(value) for value in row) for row in rows), study.currency)


def more_than_first(study: WindowsStudy, strategy: int, horizon: int) -> float | None:
    """The share of windows in which a strategy ended with more than the first one."""
    found = (item for item in study.paired if (item.strategy, item.horizon) == (strategy, horizon))
    return next((item.better for item in found), None)


def paired_words(study: WindowsStudy, horizon: int, voice: Voice) -> str:
    """How often each strategy ended with more than the first one over a horizon, in a sentence."""
    shares = [
        voice("name_value", name=clean(study.strategies[item.strategy]), value=voice.percent(item.better, 0))
        for item in study.paired
        if item.horizon == horizon
    ]
    first, length = clean(study.strategies[0]), horizon_words(study.horizons[horizon], voice)
    return voice("same_windows_headline", first=first, horizon=length, shares=voice.listed(shares))


def medians_note(voice: Voice) -> str:
    """Why two medians of final values do not say which of two strategies left more."""
    return voice("medians_differ", title=voice("same_windows_title"))


def horizon_words(months: int, voice: Voice) -> str:
    """A horizon in years, where it is whole years."""
    return voice("span_months", n=months) if months % 12 else voice("span_years", n=months // 12)


def _counted(value: float, known: int, of: int, voice: Voice) -> str:
    """A difference in percent, and of how many windows it is where it is not of all."""
    text = voice.percent(value, 2, sign=True)
    return text if known == of else f"{text} ({voice('of_all', known=f'{known:,}', of=f'{of:,}')})"
