"""What a reader of a result must know of a plan that its period, or a study's windows, cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import cast

from engine.config import Config
from engine.config.own_code import called
from engine.config.phases import Dated
from engine.market.series import Dates
from engine.messages import Message, Percent, Quoted, listed, message
from engine.own_code import by_date
from engine.plan import Plan


def notes_of(config: Config, life: Dates, plan: Plan) -> list[Message]:
    """What a reader of the result must know of a ``plan`` that the period of ``life`` (T,) cuts."""
    notes = []
    held = config.holdings
    there = 0.0 if held is None else held.cash if held.since is None else held.reserve
    waits = 1.0 - float(plan.release.sum()) / max(float(plan.deposit.sum()) + there, 1.0)
    if waits > 1e-9:
        notes.append(
            message(
                "{share} of the money paid in still waits at the end: its monthly parts reach past the period.",
                share=Percent(waits, 1),
            )
        )
    allocation = config.strategy.allocation
    first, last = life[0].item(), life[-1].item()
    notes += [_outside(item, first, last) for item in _phases(config) if _is_outside(item, first, last)]
    notes += [
        message(
            "{name} is due on {day}, outside of the sessions: it is not in this result.",
            name=Quoted(goal.called),
            day=goal.date,
        )
        for goal in config.strategy.goals
        if not first <= goal.date <= last
    ]
    notes += _of_own(config)
    if allocation.type == "table" and allocation.entries[0].date > first:
        notes.append(
            message(
                "The table of weights begins on {day}: its first row holds before.",
                day=allocation.entries[0].date,
            )
        )
    if allocation.type == "glide_path":
        start, end = allocation.start, allocation.end
        if end is not None and end < first:
            notes.append(
                message(
                    "The glide path ended on {end}, before the first session: its last weights hold throughout.",
                    end=end,
                )
            )
        elif start is not None and start > last:
            notes.append(
                message(
                    "The glide path begins on {start}, after the last session: its first weights hold throughout.",
                    start=start,
                )
            )
        elif end is not None and end > last:
            notes.append(
                message(
                    "The glide path ends on {end}, after the last session: its last weights are not reached.",
                    end=end,
                )
            )
    return notes


def _of_own(config: Config) -> list[Message]:
    """What a reader must know of what the user's own code, or table, decides."""
    notes = [
        message(
            "{function}, a function of your own, decides; it is shown prices up to {n} session before.",
            plural="{function}, a function of your own, decides; it is shown prices up to {n} sessions before.",
            function=group.function,
            n=group.lag_sessions,
        )
        for _, group in called(config.strategy)
    ]
    if config.strategy.allocation.type == "table":
        notes.append(
            message("The weights come from a table: whether who made it knew the future cannot be checked.")
        )
    return [*notes, *by_date(config)]


def _phases(config: Config) -> list[Dated]:
    """All money that comes or goes from a day or until one."""
    strategy = config.strategy
    contributions = [item for item in strategy.arriving if item.type in ("monthly", "annual")]
    return [*cast("list[Dated]", contributions), *strategy.incomes, *strategy.taken]


def later_dates(config: Config, after: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The last day after ``after`` on which money begins to be taken out, and the last of all dates of money."""
    phases, strategy = _phases(config), config.strategy
    entries = [entry.date for item in strategy.arriving for entry in getattr(item, "entries", ())]
    every = [*map(begins_on, phases), *(item.until for item in phases), *entries]
    every += [goal.date for goal in strategy.goals]
    begun = [begins_on(item) for item in strategy.taken]
    taken, last = (max((day for day in days if day and day > after), default=None) for days in (begun, every))
    return taken, last


def has_dates(config: Config) -> bool:
    """Whether money comes or goes from a day or until one."""
    return bool(config.strategy.goals) or any(item.from_ or item.until for item in _phases(config))


def begins_on(item: Dated) -> dt.date | None:
    """The first day on which money may fall due, by either word (``from``, ``start``)."""
    return getattr(item, "first", item.from_)


def _is_outside(item: Dated, first: dt.date, last: dt.date) -> bool:
    begins = begins_on(item)
    return bool((begins and begins > last) or (item.until and item.until < first))


def _outside(item: Dated, first: dt.date, last: dt.date) -> Message:
    """Money that the sessions from ``first`` to ``last`` never see."""
    begins = begins_on(item)
    if begins and begins > last:
        return message(
            "{name} begins on {day}, after the last session: nothing of it is in this result.",
            name=Quoted(item.called),
            day=begins,
        )
    return message(
        "{name} ended on {day}, before the first session: nothing of it is in this result.",
        name=Quoted(item.called),
        day=item.until or first,
    )


def window_notes(configs: Iterable[Config], years: Sequence[float]) -> list[Message]:
    """What a reader of a study must know of plans that its windows of so many ``years`` cut."""
    configs = list(configs)
    strategies = [config.strategy for config in configs]
    notes = []
    for months in sorted({strategy.deploy.spread_months for strategy in strategies}):
        short = [span for span in years if 12 * span < months]
        if short:
            notes.append(
                message(
                    "Monthly parts over {months} months reach past windows of {years} years: what is not "
                    "invested by then waits as cash.",
                    months=months,
                    years=listed(short, "or"),
                )
            )
    if any(config.holdings is not None for config in configs):
        notes.append(
            message(
                "Every window begins with the holdings: units as they are, values at the prices of its first "
                "close, their years moved with it."
            )
        )
    aged = [config.person is not None and config.period.start is not None for config in configs]
    if any(aged):
        notes.append(
            message(
                "Every window finds the person as old as the first day of the period does: all dates of the plan "
                "move with it."
            )
        )
    if any(has_dates(config) and not moves for config, moves in zip(configs, aged)):
        notes.append(
            message(
                "Dates from and until which money comes or goes are the same in every window; with person and "
                "period.start they move with it."
            )
        )
    strategies = [strategy for strategy, moves in zip(strategies, aged) if not moves]
    notes += list(dict.fromkeys(note for config in configs for note in _of_own(config)))
    if any(strategy.allocation.type == "table" for strategy in strategies):
        notes.append(
            message("A table of weights keeps its dates in every window: before them its first row holds.")
        )
    paths = [strategy.allocation for strategy in strategies if strategy.allocation.type == "glide_path"]
    if any(path.start is not None or path.end is not None for path in paths):
        notes.append(
            message(
                "A glide path keeps its dates in every window: before them its first weights hold, after them "
                "its last."
            )
        )
    return notes
