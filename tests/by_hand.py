"""What money a configuration brings and takes, day by day in plain Python: shares no code with the program.

Every calendar day is looked at: what is due on it by the words of docs/configuration.md, in exact decimals. The
program's arrays over sessions must say the same.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any


def is_day(day: date, wanted: int) -> bool:
    """Whether a day is the ``wanted`` one of its month, or its last where the month has fewer."""
    return day.day == min(wanted, calendar.monthrange(day.year, day.month)[1])


def due_in(item: Any, day: date) -> bool:
    """Whether a contribution or an income falls due on a day."""
    if not is_day(day, item.day):
        return False
    every = getattr(item, "every", {"monthly": "monthly", "annual": "yearly"}.get(getattr(item, "type", "")))
    if every == "even_months":
        return day.month % 2 == 0
    return every == "monthly" or day.month == item.month


def arrivals(config: Any, first: date, last: date) -> Iterator[tuple[date, Decimal]]:
    """Every amount of the contributions and incomes of a plan whose dues begin on ``first``, and its day."""
    for item in (*config.strategy.arriving, *config.strategy.incomes):
        begin: date | None = None
        day = first
        while day <= last:
            inside = (item.from_ is None or day >= item.from_) and (item.until is None or day <= item.until)
            if inside and due_in(item, day):
                begin = begin or day
                months = (day.year - begin.year) * 12 + day.month - begin.month
                amount = Decimal(repr(item.amount))
                bonus = getattr(item, "bonus", None)
                if bonus is not None and day.month in bonus.months:
                    amount += Decimal(repr(bonus.amount))
                amount *= (1 + Decimal(repr(item.growth))) ** (months // 12)
                yield day, (amount + Decimal("1e-7")).to_integral_value(ROUND_FLOOR)
            day += timedelta(days=1)


def on_sessions(amounts: Iterator[tuple[date, Decimal]], sessions: Sequence[date]) -> list[Decimal]:
    """The sum of the amounts of each session: a day that is none belongs to the next; what is left never comes."""
    found = [Decimal(0)] * len(sessions)
    for day, amount in amounts:
        at = next((t for t, session in enumerate(sessions) if session >= day), None)
        if at is not None:
            found[at] += amount
    return found
