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


def months_on(day: date, months: int) -> date:
    """The same day so many months later, or the month's last where it has fewer."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def payments(item: Any, first_session: date, start: date, last: date) -> Iterator[tuple[date, int]]:
    """The due dates of a withdrawal that the plan sees, and how many were before each."""
    step = 1 if item.every == "monthly" else 12
    begin = item.first or months_on(first_session, step)
    number = 0
    while (day := months_on(begin, step * number)) <= (min(last, item.until) if item.until else last):
        if day >= start:
            yield day, number
        number += 1


def how_many(item: Any, first_session: date) -> int:
    """All payments of a withdrawal that ends, whether or not the plan sees them."""
    step = 1 if item.every == "monthly" else 12
    if item.years is not None:
        return int(item.years) * 12 // step
    return sum(1 for _ in payments(item, first_session, date(1, 1, 1), item.until))


def withdrawal(item: Any, sessions: Sequence[date], start: date) -> dict[str, list[Decimal]]:
    """The columns of a taking by docs/ledger.md: amounts, shares (or parts of a year's amount), growth."""
    found = {name: [Decimal(0)] * len(sessions) for name in ("amount", "share", "growth")}
    months = 1 if item.every == "monthly" else 12
    for day, number in payments(item, sessions[0], start, sessions[-1]):
        at = next(t for t, session in enumerate(sessions) if session >= day)
        years = number * months // 12
        if item.type == "fixed":
            found["amount"][at] += Decimal(repr(item.amount))
        elif item.type == "inflation_linked":
            amount = Decimal(repr(item.amount)) * (1 + Decimal(repr(item.inflation))) ** years
            found["amount"][at] += (amount + Decimal("1e-7")).to_integral_value(ROUND_FLOOR)
        elif item.type == "percent":
            found["share"][at] = min(Decimal(1), found["share"][at] + Decimal(repr(item.rate)) * months / 12)
        elif item.type in ("over_years", "annuity"):
            left = how_many(item, sessions[0]) - number
            if left > 0:
                share = even_payment(Decimal(repr(getattr(item, "rate", 0.0))), months, left)
                found["share"][at] = 1 - (1 - found["share"][at]) * (1 - share)
        else:
            found["share"][at] += Decimal(months) / 12
            if number * months % 12 == 0:
                grown = 1 + Decimal(repr(item.inflation)) if number else Decimal(1)
                found["growth"][at] = (found["growth"][at] or 1) * grown
    return found


def even_payment(rate: Decimal, months: int, left: int) -> Decimal:
    """The part of 1 that is paid now where ``left`` equal payments, this one included, use it up: by trial."""
    period = (1 + rate) ** (Decimal(months) / 12)
    low, high = Decimal(0), Decimal(1)
    for _ in range(80):
        middle = (low + high) / 2
        rest = Decimal(1)
        for _ in range(left - 1):
            rest = (rest - middle) * period
        low, high = (middle, high) if rest > middle else (low, middle)
    return high
