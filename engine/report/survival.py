"""Money that lasts, as charts: who still has some after how many years, and in which year the others ran out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.messages import Number, Value, word
from engine.report.chart_specs import DASHES, SERIES, Figure, keys_of, label, layout, line, percent_axis
from engine.report.page_locale import PageLocale
from engine.report.study_tables import survival_message
from engine.studies.depletion import RanOut

HEIGHT = 280


def lasts_figure(items: Sequence[RanOut], names: Sequence[str], locale: PageLocale, of: str = "") -> Figure:
    """The share that still has money after so many years, a line each; ``of`` ends the figure's name."""
    title = {"text": label(locale("survival_axis"))}
    y = percent_axis(range=[0, 1.02], tickformat=".0%", hoverformat=".1%", title=title)
    traces = [
        line([*range(len(item.survival))], [*item.survival], name, SERIES[s % 6], dash=DASHES[s % 6], width=2)
        for s, (item, name) in enumerate(zip(items, names))
    ]
    shape = layout(xaxis=years_axis(locale, _years(items)), yaxis=y)
    return Figure(f"lasts{of}", tuple(traces), shape, keys_of(names), HEIGHT)


def dry_figure(items: Sequence[RanOut], names: Sequence[str], locale: PageLocale, of: str = "") -> Figure:
    """The share of all whose money ran out in the first, the second, … year."""
    traces = tuple(
        {
            "type": "bar",
            "x": [*range(1, len(item.survival))],
            "y": item.by_year.tolist(),
            "name": label(name),
            "marker": {"color": SERIES[s % 6]},
        }
        for s, (item, name) in enumerate(zip(items, names))
    )
    return Figure(f"dry{of}", traces, dry_layout(locale, _years(items)), keys_of(names), HEIGHT)


def dry_layout(locale: PageLocale, years: int) -> dict[str, Any]:
    """The axes of a chart of when money ran out."""
    title = {"text": label(locale("dry_axis"))}
    y = percent_axis(rangemode="tozero", tickformat=".1~%", hoverformat=".1%", title=title)
    return layout(xaxis=years_axis(locale, years), yaxis=y, barmode="group", bargap=0.15)


def years_axis(locale: PageLocale, years: int) -> dict[str, Any]:
    """An x axis of so many years since the start."""
    style: dict[str, Any] = {"tickformat": ",d", "hoverformat": ",d", "ticksuffix": locale("years_suffix")}
    style |= {"range": [0, years + 0.6]}
    return {"showgrid": False, "title": {"text": label(locale("survival_years"))}, **style}


def _years(items: Sequence[RanOut]) -> int:
    return max(len(item.survival) for item in items) - 1


def lasts_words(items: Sequence[RanOut], names: Sequence[str], locale: PageLocale) -> str:
    """How many still have money after a third, two thirds, and all of the years."""
    told = survival_message(named(items, names))
    return locale.sentence(told) if told else locale("never_dry")


def dry_words(items: Sequence[RanOut], names: Sequence[str], locale: PageLocale) -> str:
    """When it ran out, where it did: the median, and between what eight of ten lie."""
    several = len(items) > 1
    said = [
        locale.sentence(
            word(
                "dry_words_of" if several else "dry_words",
                **({"name": name} if several else {}),
                years=Number(item.years, 1),
                early=Number(item.early, 1),
                late=Number(item.late, 1),
            )
        )
        for item, name in zip(items, names)
        if item.count
    ]
    return locale.sentences(said) if said else locale("never_dry")


def named(items: Sequence[RanOut], names: Sequence[Value]) -> list[tuple[Value, RanOut]]:
    """Each with what is said before its figures: nothing of one alone."""
    return [("" if len(items) == 1 else name, item) for name, item in zip(names, items)]
