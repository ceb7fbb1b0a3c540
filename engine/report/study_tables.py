"""Tables of studies that a terminal prints and a page shows alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.locale import NONE
from engine.report.models import BootstrapStudy, Cell, Column, SweepStudy, Table, WindowsStudy
from engine.report.voice import Voice, clean
from engine.studies.depletion import RanOut


def ran_out_text(item: RanOut, voice: Voice) -> str:
    """The share that ran out and its interval, for a cell of a table."""
    return f"{voice.percent(item.share, 1)} ({_interval(item, voice)})"


def ran_out_sentence(named: Sequence[tuple[str, RanOut]], what: str, voice: Voice) -> str:
    """In which share of simulations money ran out, with its interval, when, and what was not paid."""
    each = []
    for name, item in named:
        told = {
            "name": clean(name),
            "share": voice.percent(item.share, 1),
            "interval": _interval(item, voice),
        }
        if item.count:
            told |= {"years": lasted_text(item, voice), "unpaid": voice.money(item.unpaid)}
        each.append(voice("ran_out_each" if item.count else "ran_out_none", **told))
    first = named[0][1]
    by = voice("by_independent", k=first.independent) if first.independent < first.simulations else ""
    return voice("ran_out_sentence", n=f"{first.simulations:,}", what=what, by=by, each=voice.listed(each))


def ran_out_table(
    heads: Sequence[Column], rows: Sequence[tuple[Sequence[object], RanOut]], currency: str, voice: Voice
) -> Table:
    """How often money ran out: for each row its ``heads``, share, interval, when, and what was not paid."""
    overlap = any(item.independent < item.simulations for _, item in rows)
    columns = (
        *heads,
        Column("ran_out", voice("ran_out")),
        Column("count", voice("windows_word") if len(heads) > 1 else voice("paths")),
        Column("interval", voice("interval95")),
        *([Column("independent", voice("independent"), "count")] if overlap else []),
        Column("years", voice("lasted_median")),
        Column("shortest", voice("lasted_shortest")),
        Column("unpaid", voice("unpaid_median"), "money"),
    )
    told = []
    for names, item in rows:
        lengths = [lasted_text(item, voice), _years(item.shortest, voice)]
        counts = voice("ran_out_of", count=f"{item.count:,}", n=f"{item.simulations:,}")
        share = (voice.percent(item.share, 1), counts, _interval(item, voice))
        apart = [item.independent] if overlap else []
        told.append(tuple(Cell(value) for value in (*names, *share, *apart, *lengths, _or_none(item.unpaid))))
    return Table(columns, tuple(told), currency)


def windows_ran_out(study: WindowsStudy, voice: Voice) -> Table:
    """A row a horizon and strategy: how often its money ran out."""
    heads = (Column("strategy", voice("strategy")), Column("horizon", voice("choose_horizon")))
    rows = [
        ((clean(name), horizon_words(months, voice)), study.ran_out[s][h])
        for h, months in enumerate(study.horizons)
        for s, name in enumerate(study.strategies)
    ]
    return ran_out_table(heads, rows, study.currency, voice)


def windows_ran_out_sentence(study: WindowsStudy, horizon: int, voice: Voice) -> str:
    """How often each strategy's money ran out over a horizon."""
    what = voice("what_windows", horizon=horizon_words(study.horizons[horizon], voice))
    named = [(name, own[horizon]) for name, own in zip(study.strategies, study.ran_out)]
    return ran_out_sentence(named, what, voice)


def futures_ran_out(study: BootstrapStudy, voice: Voice) -> Table:
    """A row a strategy: in how many of the futures its money ran out."""
    rows = [((clean(name),), item) for name, item in zip(study.strategies, study.ran_out)]
    return ran_out_table((Column("strategy", voice("strategy")),), rows, study.currency, voice)


def futures_ran_out_sentence(study: BootstrapStudy, voice: Voice) -> str:
    """The same in a sentence."""
    what = voice("what_futures", years=f"{float(study.years[-1]):g}")
    return ran_out_sentence(list(zip(study.strategies, study.ran_out)), what, voice)


def sweep_ran_out_sentences(study: SweepStudy, voice: Voice) -> list[str]:
    """How often the money ran out at the best setting, and at those with the fewest and the most such windows."""
    if not study.ran_out.size:
        return []
    items = list(study.ran_out.flat)
    least, most = (end(items, key=lambda item: item.share) for end in (min, max))
    shown = {"least_setting": least, "most_setting": most}
    if least.share == most.share:
        shown = {"every_setting": most}
    elif study.ranking:
        shown = {"best_setting": study.ran_out[study.ranking[0].cell], **shown}
    named = [(voice(name), item) for name, item in shown.items()]
    return [ran_out_sentence(named, voice("what_all_windows"), voice)]


def counted(text: str, known: int, of: int, voice: Voice) -> str:
    """A figure, and of how many simulations it is where it is not of all."""
    return text if known == of else f"{text} ({voice('of_all', known=f'{known:,}', of=f'{of:,}')})"


def counted_value(
    study: SweepStudy, measure: int, cell: tuple[int, ...], value: float, voice: Voice
) -> float | str:
    """A figure of a cell; where some of its windows have none, as a text with the count."""
    missing = study.missing(measure, cell)
    if missing is None:
        return value
    return counted(voice.value(value, study.measures[measure].kind), *missing, voice)


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
            counted(voice.percent(value, 2, sign=True), item.compared, item.windows, voice)
            for value in (item.ratio, item.mean)
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


def lasted_text(item: RanOut, voice: Voice) -> str:
    """How long the money lasted where it ran out, the median."""
    return _years(item.years, voice)


def _interval(item: RanOut, voice: Voice) -> str:
    return voice("interval_of", low=voice.percent(item.low, 1), high=voice.percent(item.high, 1))


def _years(years: float, voice: Voice) -> str:
    return voice("span_years", n=f"{years:.1f}") if math.isfinite(years) else NONE


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
