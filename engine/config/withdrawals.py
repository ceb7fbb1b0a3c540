"""The keys under ``strategy.withdrawals`` and ``strategy.goals``: what money is taken out, when, from where.

Money is in the base currency, shares and rates are fractions (0.10 is 10 %), rates are per year.
"""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from engine.config.base import Kinds
from engine.config.leaves import (
    PRICES,
    Amount,
    Flag,
    Label,
    PlanDate,
    Problem,
    Rate,
    Rise,
    Share,
    number,
    whole,
)
from engine.config.phases import MOST_PHASES, Dated, HowOften, Named, Until, one_or_several
from engine.messages import message

First = Annotated[
    PlanDate | None,
    Field(description="First withdrawal; without it one month (year) after the first session"),
]
Account = Annotated[
    Literal["taxable_first", "nisa_first", "proportional"] | None,
    Field(description="Which account its sales begin with; without it as account_rules.sell_from says"),
]
Net = Annotated[
    Flag,
    Field(description="true: the tax of its sales comes on top; false: the tax comes out of the amount"),
]
Years = Annotated[int, whole(1, 100)]
Inflation = Annotated[
    Rise,
    Field(description="Inflation a year by which last year's amount grows before it is compared; or prices"),
]


class Taken(Dated):
    """Money that is taken out again and again."""

    LATE: ClassVar[tuple[str, ...]] = ("name", "from_", "until", "from_account", "net")

    from_account: Account = None
    net: Net = True

    @property
    def first(self) -> dt.date | None:
        """The first due date; None: one month (year) after the first session."""
        return self.from_

    @property
    def is_plain(self) -> bool:
        """Whether it is as most are: decided beforehand, net, sold as the account's rules say."""
        return self.from_account is None and self.net


class Started(Taken):
    """Of the kinds that were before ``from`` was: ``start`` is another word for it."""

    start: First = None

    @property
    def first(self) -> dt.date | None:
        """The first due date, by either word."""
        return self.from_ if self.start is None else self.start

    @model_validator(mode="after")
    def _one_word(self) -> Self:
        if self.start is not None and self.from_ is not None:
            raise Problem(message("came both, allowed either from or start"), whole=True)
        if self.start is not None and self.until is not None and self.until < self.start:
            raise Problem(message("a date from {day} on", day=self.start), at=("until",))
        return self


class Fixed(Started):
    """A fixed amount taken out."""

    type: Literal["fixed"]
    amount: Amount = Field(description="Amount each time, in the base currency")
    every: HowOften = "monthly"
    start: First = None


class Percent(Started):
    """A share of the portfolio's value taken out."""

    type: Literal["percent"]
    rate: Share = Field(description="Share of the value a year; a twelfth of it where monthly")
    every: HowOften = "yearly"
    start: First = None


class InflationLinked(Started):
    """An amount that rises with a stated inflation, one step a year."""

    type: Literal["inflation_linked"]
    amount: Amount = Field(description="Amount each time, in the base currency of the first withdrawal")
    inflation: Rise = Field(
        default=0.02,
        description="Inflation a year, one step each anniversary of the first withdrawal; prices: as prices rise",
    )
    every: HowOften = "monthly"
    start: First = None


class Ending(Taken):
    """Money that is used up by some day: over so many years, or until a date."""

    years: Years | None = Field(default=None, description="Years over which everything is taken out")
    until: Until = None

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if (self.years is None) == (self.until is None):
            told = message(
                "came both, allowed either years or until"
                if self.years
                else "came neither, allowed either years or until"
            )
            raise Problem(told, whole=True)
        return self


class OverYears(Ending):
    """The value over the payments that are left, so that all is taken out by the last one."""

    type: Literal["over_years"]
    every: HowOften = "monthly"


class Annuity(Ending):
    """What would be paid evenly to the last payment if the rest earned a stated rate; decided at each payment."""

    type: Literal["annuity"]
    rate: Annotated[float, number(0, 0.2)] = Field(description="Return a year that the rest is taken to earn")
    every: HowOften = "yearly"


class PercentWithLimits(Taken):
    """A share of the value a year that rises and falls from last year's amount by no more than so much."""

    type: Literal["percent_with_limits"]
    rate: Share = Field(description="Share of the value a year, taken once a year")
    ceiling: Rate = Field(
        default=0.05, description="At most this much above last year's amount with inflation"
    )
    floor: Share = Field(
        default=0.025, description="At most this much below last year's amount with inflation"
    )
    inflation: Inflation = 0.02
    every: HowOften = "yearly"


class Guardrails(Taken):
    """An amount that rises with inflation, cut where it takes too much of the value, raised where too little."""

    type: Literal["guardrails"]
    rate: Share = Field(description="Share of the value that the first year's amount is")
    inflation: Inflation = 0.02
    band: Share = Field(
        default=0.2, description="How far the share may be from the first year's, as a part of it"
    )
    cut: Share = Field(default=0.1, description="The amount is cut by this part above the band")
    rise: Share = Field(default=0.1, description="The amount is raised by this part below the band")
    preserve_until: PlanDate | None = Field(
        default=None, description="Last day on which the amount is cut; without it always"
    )
    every: HowOften = "yearly"


Withdrawal = Fixed | Percent | InflationLinked | OverYears | Annuity | PercentWithLimits | Guardrails
OneWithdrawal = Annotated[Withdrawal, Field(discriminator="type"), Kinds()]
Withdrawals = Annotated[
    Annotated[OneWithdrawal, Tag("one")]
    | Annotated[
        tuple[OneWithdrawal, ...], Field(strict=False, min_length=1, max_length=MOST_PHASES), Tag("several")
    ],
    Discriminator(one_or_several),
]


class Goal(Named):
    """One amount taken out on a day."""

    LATE: ClassVar[tuple[str, ...]] = ("from_account", "net")

    name: Label = Field(description="What you call it, each name once")
    date: PlanDate = Field(description="The day; no session: the next session")
    amount: Amount = Field(description="The amount, in the base currency")
    in_: Literal["nominal", "real"] = Field(
        default="nominal",
        alias="in",
        description="real: in prices of the plan's first day, which grow by inflation until the day",
    )
    inflation: Rise = Field(
        default=PRICES, description="real: prices, as the plan's inflation says, or a rate a year"
    )
    from_account: Account = None
    net: Net = True
