"""The day on which a plan stops paying in and begins to take out, moved by whole years.

It is the first day of its first withdrawal. What the plan begins to take out on that day, and what it pays in
until then (contributions and incomes that end on it, or within the month before), move together; a pension, a goal
or another phase stays where it is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from engine.config import Config
from engine.config.phases import Person, moved
from engine.errors import ConfigError
from engine.messages import message

REACH = dt.timedelta(days=31)


@dataclass(frozen=True)
class Stop:
    """When a plan stops: ``day`` as it is written; ``person`` whose ages are counted, None where years are.

    ``amount``, ``every``  what it takes out from then on
    """

    day: dt.date
    person: Person | None
    amount: float
    every: str

    def first(self, begin: dt.date) -> int:
        """By how many years it moves at least, so that it is not before ``begin``."""
        years = begin.year - self.day.year
        return years if moved(self.day, 12 * years) >= begin else years + 1

    def value(self, years: int) -> float:
        """The age, or the calendar year, of the day moved by so many years."""
        day = moved(self.day, 12 * years)
        if self.person is None:
            return float(day.year)
        born = self.person.born
        return float(day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def stop_of(config: Config) -> Stop:
    """When a plan stops. Raises ConfigError where it has no such day, or takes out no amount from it on."""
    dated: list[Any] = [item for item in config.strategy.taken if item.first is not None]
    begins = min(dated, key=lambda item: item.first, default=None)
    if begins is None or not hasattr(begins, "amount"):
        raise ConfigError(
            message(
                "{name}: {key}: there is no day from which an amount is taken out",
                name=config.name,
                key="strategy.withdrawals",
            ),
            hint=message(
                "--stop moves that day, such as {example}",
                example="{type: fixed, amount: 200_000, from: age 60}",
            ),
        )
    return Stop(begins.first, config.person, float(begins.amount), begins.every)


def stopping(config: Config, stop: Stop, years: int) -> Config:
    """A plan that stops so many years later, or earlier."""
    strategy = config.strategy

    def later(group: Any, keys: tuple[str, ...], first: dt.date) -> Any:
        """A group of keys, or several, with the dates moved that lie on the day, or from ``first`` to it."""
        if isinstance(group, tuple):
            return tuple(later(item, keys, first) for item in group)
        dates = {key: getattr(group, key, None) for key in keys}
        changed = {
            key: moved(day, 12 * years) for key, day in dates.items() if day and first <= day <= stop.day
        }
        return group.model_copy(update=changed) if changed else group

    changes = {
        "withdrawals": later(strategy.withdrawals, ("from_", "start"), stop.day),
        "contributions": later(strategy.contributions, ("until",), stop.day - REACH),
        "incomes": later(strategy.incomes, ("until",), stop.day - REACH),
    }
    return config.model_copy(update={"strategy": strategy.model_copy(update=changes)})
