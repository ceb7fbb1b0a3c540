"""Whether the returns of plans can be told from chance, in a sentence: see ``engine.studies.differences``."""

from __future__ import annotations

from collections.abc import Sequence

from engine.messages import Message, Points, Quoted, listed, message
from engine.result import Result
from engine.studies.differences import ENOUGH, YearlyDifference, yearly_difference


def chance(named: Sequence[tuple[str, Result]]) -> tuple[Message, ...]:
    """How far the yearly returns of all after the first lie from the first's, and which of it may be chance."""
    (first, reference), *others = named
    gaps = [yearly_difference(result, reference, len(others)) for _, result in others]
    if min(gap.years for gap in gaps) < ENOUGH:
        return (
            message(
                "Fewer than {enough} full calendar years in common: too few to tell a difference from chance.",
                enough=ENOUGH,
            ),
        )
    each = listed([_difference(name, gap) for (name, _), gap in zip(others, gaps)], last=";")
    said = message(
        "Without the effect of deposits, growth a year against {first}: {each}.", first=first, each=each
    )
    if len(others) == 1:
        return (said,)
    return said, message("The intervals hold for all {n} comparisons together.", n=len(others))


def _difference(name: str, gap: YearlyDifference) -> Message:
    if gap.low == gap.high == 0.0:
        return message("{name} the same in each of {years} full calendar years", name=name, years=gap.years)
    points = Points(gap.gap)
    return message(
        "{name} {gap}, more than chance explains (95% interval {low} to {high}, {years} full calendar years)"
        if gap.is_beyond_chance
        else "{name} {gap}, no more than chance explains (95% interval {low} to {high}, {years} full calendar "
        "years)",
        name=name,
        gap=points if gap.is_whole else message("{gap} over the years in common", gap=points),
        years=gap.years,
        low=Points(gap.low),
        high=Points(gap.high),
    )


def opposite(first: Result, others: Sequence[Result]) -> list[Message]:
    """That money and yearly growth point in different ways, where they do: later years had more money in them."""
    its = float(first.metrics.get("final_value") or 0.0)
    against = [
        other.name
        for other in others
        if (gap := yearly_difference(other, first)).is_judged
        and gap.gap * (float(other.metrics.get("final_value") or 0.0) - its) < 0.0
    ]
    if not against:
        return []
    return [
        message(
            "For {names}, money and growth point in opposite directions: in money the later years, with more in "
            "them, count more.",
            names=listed(map(Quoted, against), last="and"),
        )
    ]
