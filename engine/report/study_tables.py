"""What all studies show: money that ran out, counts beside figures, the frame of a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from engine.config.phases import months_between
from engine.messages import Message, Money, Number, Percent, Value, listed, message, quantity, word
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, clean, money_of
from engine.report.summary import flag_texts
from engine.report.terminal import Screen, notices, paragraph, places, printed
from engine.studies.depletion import RanOut
from engine.studies.grid.axes import years_said
from engine.studies.grid.results import SweepResult, WindowsResult

A_FEW = 10  # simulations that ran out, of which eight of ten say anything


def ran_out_text(item: RanOut, locale: PageLocale) -> str:
    """The share that ran out and its interval, for a cell of a table."""
    return locale.noted(locale.percent(item.share, 1), _interval(item, locale))


def ran_out_message(named: Sequence[tuple[Value, RanOut]], what: Value) -> Message:
    """In which share of simulations money ran out, with its interval, when, and what was not paid."""
    each = []
    for name, item in named:
        interval = word("interval_of", low=Percent(item.low, 1), high=Percent(item.high, 1))
        told: dict[str, Value] = {"name": name, "share": Percent(item.share, 1), "interval": interval}
        if item.count:
            told |= {"years": quantity(item.years, "years"), "unpaid": Money(item.unpaid, "")}
        each.append(word("ran_out_each" if item.count else "ran_out_none", **told))
    first = named[0][1]
    by: Value = ""
    if first.independent < first.simulations:
        by = word("by_independent", k=first.independent)
    return word("ran_out_sentence", n=first.simulations, what=what, by=by, each=listed(each))


def survival_message(named: Sequence[tuple[Value, RanOut]]) -> Message | None:
    """Which share of simulations still had money after a third, two thirds and all of the years, and when.

    ``named``: what is said of a strategy before its figures ('' for one alone). None where no money ever ran out.
    """
    if not any(item.count and item.by_year.size for _, item in named):
        return None
    years = len(named[0][1].survival) - 1
    marks = sorted({max(1, round(years * part / 3)) for part in (1, 2, 3)})
    each = []
    for name, item in named:
        lasting = [
            message("{share} after {years}", share=Percent(item.survival[at], 1), years=years_said(at))
            for at in marks
        ]
        said: Value = listed(lasting)
        each.append(message("{name} {shares}", name=name, shares=said) if name else said)
    told = message("Still with money: {each}.", each=listed(each, last=";"))
    only = named[0][1]
    if len(named) > 1 or only.count < A_FEW:
        return told
    when = message(
        "Where it ran out, that was after {early} to {late} years in eight of ten.",
        early=Number(only.early, 1),
        late=Number(only.late, 1),
    )
    return message("{first} {second}", first=told, second=when)


def ran_out_table(
    heads: Sequence[Column],
    rows: Sequence[tuple[Sequence[object], RanOut]],
    currency: str,
    locale: PageLocale,
) -> Table:
    """How often money ran out: for each row its ``heads``, share, interval, when, and what was not paid."""
    overlap = any(item.independent < item.simulations for _, item in rows)
    columns = (
        *heads,
        Column("ran_out", locale("ran_out")),
        Column("count", locale("windows_word") if len(heads) > 1 else locale("paths")),
        Column("interval", locale("interval95")),
        *([Column("independent", locale("independent"), "count")] if overlap else []),
        Column("years", locale("lasted_median"), "years"),
        Column("shortest", locale("lasted_shortest"), "years"),
        Column("unpaid", locale("unpaid_median"), "money"),
    )
    told = []
    for names, item in rows:
        counts = locale("ran_out_of", count=f"{item.count:,}", n=f"{item.simulations:,}")
        independent = [item.independent] if overlap else []
        lasted = (item.years, item.shortest, item.unpaid)
        row = (*names, locale.percent(item.share, 1), counts, _interval(item, locale), *independent, *lasted)
        told.append(tuple(map(Cell, row)))
    return Table(columns, tuple(told), currency, keys=len(heads))


def _interval(item: RanOut, locale: PageLocale) -> str:
    return locale("interval_of", low=locale.percent(item.low, 1), high=locale.percent(item.high, 1))


def months_drawn_from(manifest: Mapping[str, Any]) -> int:
    """Months of the history that a study's futures are drawn from, the first and the last included."""
    period = manifest["bootstrap"]["drawn_from"]
    first, last = (date.fromisoformat(period[end]) for end in ("start", "end"))
    return months_between(first, last) + 1


def counted(text: str, known: int, of: int, locale: PageLocale) -> str:
    """A figure, and of how many simulations it is where it is not of all."""
    return text if known == of else locale.noted(text, locale("of_all", known=f"{known:,}", of=f"{of:,}"))


# --- the frame of a sweep's and a windows study's text --------------------------------------------------


def study_locale(result: SweepResult | WindowsResult, lang: str) -> PageLocale:
    """The locale of a study's text."""
    plan, month = result.plan, money_of(result.manifest)
    return PageLocale(lang, plan.base.currency, per_year=plan.per_year, money_of=month)


def page_file(page: Callable[[Any, str], str], lang: str) -> Callable[[Any], dict[str, bytes]]:
    """What makes the page of a study in a language, by its file's name."""
    return lambda result: {"report.html": page(result, lang).encode()}


def grounds(result: SweepResult | WindowsResult, locale: PageLocale) -> list[str]:
    """What the study assumed, then what its runs did."""
    return [*map(locale.sentence, (*result.statements, *result.manifest.get("assumptions", ())))]


def study_text(
    result: SweepResult | WindowsResult,
    body: str,
    locale: PageLocale,
    screen: Screen,
    more: str = "",
) -> str:
    """A study for a terminal: warnings, name, ``body``, findings, assumptions, ``more``, files."""
    plan = result.plan
    title = locale.labelled(clean(plan.name), locale.about(plan.description))
    text = notices(flag_texts([result.manifest], locale), locale, screen)
    text += printed([title], screen) + body
    text += paragraph(locale("findings_title"), [*map(locale.sentence, result.findings)], screen)
    text += paragraph(locale("assumptions_title"), grounds(result, locale), screen)
    folders = [str(result.study.folder)] if result.study.scratch is None else []
    return text + more + (places(locale("files_title"), folders, screen) if folders else "")
