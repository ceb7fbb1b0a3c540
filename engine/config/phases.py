"""Phases of a life in a plan: whose it is, from when until when money comes, incomes, and ages in place of dates.

An age (``age 65``, ``65歳``) is the birthday on which the person of the block ``person`` reaches it. It becomes
that date when a configuration is loaded, so that nothing later knows of ages.
"""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from engine.config.base import Model
from engine.config.document import Key, Node
from engine.config.leaves import (
    DATE,
    Amount,
    Date,
    Label,
    Month,
    PlanDate,
    Problem,
    Rise,
    whole,
)
from engine.config.wording import came, dotted, refused
from engine.messages import Quoted, message
from engine.spellings import day_of, half_width

Every = Literal["monthly", "yearly"]
HowOften = Annotated[Every, Field(description="How often")]
DueDay = Annotated[
    int,
    whole(1, 31),
    Field(description="Day of the month; 31 means the last. No session: the next session"),
]
Growth = Annotated[
    Rise,
    Field(
        description="Growth a year, one step each anniversary of the first contribution; prices: as prices rise"
    ),
]
Own = Annotated[
    Label | None, Field(description="What you call it, each name once; without one it is called by its type")
]
From = Annotated[
    PlanDate | None,
    Field(alias="from", description="First day on which it may fall due; with person also an age, age 65"),
]
Until = Annotated[
    PlanDate | None, Field(description="Last day on which it may fall due; with person also an age, age 65")
]
# Keys that hold a date of the plan.
DATES = ("start", "end", "from", "until", "date", "as_of", "since", "preserve_until")
OLDEST = 130
MOST_PHASES = 50  # of a list of contributions, incomes, withdrawals
_AGE = re.compile(r"(?:age|Age|AGE|満)?\s*([0-9]{1,3})\s*(歳|才)?")


class Sparse(Model):
    """A group whose keys in ``LATE`` are left out where they are as by default.

    A configuration that does not use them is written, and hashed, as before there were any.
    """

    LATE: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_what_says_nothing(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = handler(self)
        silent = {
            key
            for name in self.LATE
            if getattr(self, name) == type(self).model_fields[name].default
            for key in (name, type(self).model_fields[name].alias)
        }
        return {key: value for key, value in found.items() if key not in silent}


class Named(Sparse):
    """Money of one kind, which may be one of several and then has a name of its own."""

    LATE: ClassVar[tuple[str, ...]] = ("name",)

    name: Own = None

    @property
    def called(self) -> str:
        """Its name, or its type."""
        return self.name or str(getattr(self, "type", ""))


class Dated(Named):
    """Money that falls due from a day until a day, both included."""

    LATE: ClassVar[tuple[str, ...]] = ("name", "from_", "until")

    from_: From = None
    until: Until = None

    @model_validator(mode="after")
    def _from_until(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            allowed = message("a date from {day} on", day=self.from_)
            raise Problem(allowed, at=("until",))
        return self


class Income(Dated):
    """A salary, a pension: an amount that comes again and again, beside the contributions."""

    name: Label = Field(description="What you call it, each name once")
    amount: Amount = Field(description="Amount each time, in the base currency")
    every: Literal["monthly", "even_months", "yearly"] = Field(
        default="monthly", description="How often; even_months: as the public pension of Japan is paid"
    )
    day: DueDay = 1
    month: Month = Field(default=1, description="yearly: the month of the year")
    growth: Growth = 0.0


class Person(Model):
    """Whose plan it is: dates may then be ages."""

    born: Date = Field(description="Date of birth; age 65 is then the 65th birthday")


def one_or_several(value: Any) -> str:
    """Which of the two ways a group may be written in: alone, or as a list."""
    return "several" if isinstance(value, list | tuple) else "one"


def each_once(items: Sequence[Named], taken: Sequence[str] = ()) -> tuple[int, str] | None:
    """The place and the name of the first of some ``items`` that is called as one before it; None for none."""
    seen = set(taken)
    for n, item in enumerate(items):
        if item.called in seen:
            return n, item.called
        seen.add(item.called)
    return None


def doubled(name: str, at: Key) -> Problem:
    """What is wrong with a name that another has."""
    told = message("{name} is the name of another; each needs its own name", name=Quoted(name))
    return Problem(told, whole=True, at=at)


def months_between(one: dt.date, other: dt.date) -> int:
    """Whole calendar months from the month of one day to that of another."""
    return (other.year - one.year) * 12 + other.month - one.month


def moved(value: Any, months: int) -> Any:
    """A group of keys with every date in it so many months later, on the month's last day where it has fewer."""
    if isinstance(value, Model):
        changed = {name: moved(own, months) for name, own in value if own is not None}
        return value.model_copy(update=changed)
    if isinstance(value, tuple):
        return tuple(moved(item, months) for item in value)
    if not isinstance(value, dt.date):
        return value
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    return dt.date(year, month + 1, min(value.day, monthrange(year, month + 1)[1]))


# --- ages -------------------------------------------------------------------------------------------------


def age_of(value: Any) -> int | None:
    """The age that a text is, None for anything else: ``age 65``, ``65歳``; a number alone is none."""
    text = half_width(value) if isinstance(value, str) else ""
    found = _AGE.fullmatch(text)
    if found is None or text.isdecimal() or int(found[1]) > OLDEST:
        return None
    return int(found[1])


def birthday(born: dt.date, age: int) -> dt.date:
    """The day on which somebody reaches an age; who was born on 29 February on the month's last day."""
    year = born.year + age
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return dt.date(year, 2, 28) if (born.month, born.day) == (2, 29) and not leap else born.replace(year=year)


def with_dates(root: Node) -> Node:
    """A document with the date of each age in its place. Raises ConfigError for an age without a birthday."""
    if next(_ages(root, ()), None) is None:
        return root
    born, key = root.find(("person", "born"))
    if key == ("person", "born"):
        day = day_of(str(born.value))
        if isinstance(day, dt.date):
            return _dated(root, day)
        raise refused(came(born.value, DATE.allowed), place=born.where, key=dotted(key))
    at, node = next(_ages(root, ()))
    hint = message("an age needs the date of birth: {text}", text="person: {born: 1985-04-15}")
    raise refused(came(node.value, DATE.allowed), place=node.where, key=dotted(at), hint=hint)


def _ages(node: Node, at: Key) -> Iterator[tuple[Key, Node]]:
    """Every age under a key of a date."""
    if isinstance(node.value, Mapping):
        for name, below in node.value.items():
            yield from _ages(below, (*at, str(name)))
    elif isinstance(node.value, tuple):
        for n, below in enumerate(node.value):
            yield from _ages(below, (*at, n))
    elif at and at[-1] in DATES and age_of(node.value) is not None:
        yield at, node


def _dated(node: Node, born: dt.date, name: str | int = "") -> Node:
    if isinstance(node.value, Mapping):
        members = {key: _dated(below, born, str(key)) for key, below in node.value.items()}
        return replace(node, value=members)
    if isinstance(node.value, tuple):
        return replace(node, value=tuple(_dated(below, born) for below in node.value))
    age = age_of(node.value) if name in DATES else None
    return node if age is None else replace(node, value=birthday(born, age))
