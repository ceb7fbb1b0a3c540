"""The keys under ``holdings``: what is owned before the first session, and the state of a run that goes on.

Money is in the base currency. Years are calendar years, those of settlement where they are tax or quota years.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from engine.config.base import Model, missing
from engine.config.leaves import (
    SUM,
    Amount,
    FilePath,
    Label,
    Leaf,
    PlanDate,
    Problem,
    Symbol,
    number,
    whole,
)
from engine.config.phases import Sparse
from engine.config.wording import came
from engine.messages import Text, listed, message

MOST = 1e15  # of an amount: a double still knows each yen's fraction
REACH = dt.timedelta(days=10)  # how long before the first session of the data a state may be of
RECENT = dt.timedelta(days=31)  # how long before the first session holdings may be of, with years that stand
OLD = ("nisa.old_general", "nisa.old_tsumitate")
Bucket = Literal["plain", "taxable", "nisa.T", "nisa.G", "nisa.old_general", "nisa.old_tsumitate", "deposit"]
UNTAXED = ("plain", "deposit")  # accounts of which no cost is asked
Frame = Literal["T", "G", "old_general", "old_tsumitate"]
Sum = Annotated[float, number(0, MOST, thousands=True, allowed=SUM)]
Signed = Annotated[float, number(-MOST, MOST, thousands=True)]
Units = Annotated[
    float, number(0, MOST, above=True, allowed=message("a number of units above 0, such as 12"))
]


def _year(value: Any) -> str:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and 1990 <= int(text[:5]) <= 2200):
        raise Problem(came(value, YEAR), whole=True)
    return text


YEAR = message("a year such as 2025")
Year = Annotated[str, Leaf(YEAR, _year, {"type": "string", "pattern": "^(19|20|21)[0-9]{2}$"})]
BookByFrame = dict[Year, dict[Frame, Sum]]


class Position(Model):
    """Units of one asset in one account."""

    asset: Symbol = Field(description="The asset, such as VOO; the strategy need not hold it")
    account: Bucket = Field(
        description="Where it is held; the old frames of NISA with their year of purchase"
    )
    units: Units | None = Field(default=None, description="How many units, taken as they are")
    value: Amount | None = Field(
        default=None, description="Instead of units: what they are worth at the close of the first session"
    )
    cost: Sum | None = Field(
        default=None,
        description="Acquisition cost of all the units, in NISA their book value; plain accounts need none",
    )
    year: Annotated[int, whole(1990, 2200)] | None = Field(
        default=None, description="NISA: the year of the purchase, of which an old frame's term counts"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.units is None) == (self.value is None):
            told = message(
                "came both, allowed either units or value"
                if self.units is not None
                else "came neither, allowed either units or value"
            )
            raise Problem(told, whole=True)
        if self.cost is None and self.account not in UNTAXED:
            hint = message("what was paid for all the units, as the broker's list says")
            raise Problem(missing(message("the acquisition cost")), whole=True, at=("cost",), hint=hint)
        if self.year is None and self.account in OLD:
            hint = message("the term of an old frame counts from it")
            raise Problem(missing(message("the year of purchase")), whole=True, at=("year",), hint=hint)
        return self

    @property
    def frame(self) -> str:
        """The frame of NISA, or the account."""
        return self.account.removeprefix("nisa.")


class YearSoFar(Model):
    """What a tax year has brought so far in the taxable account."""

    gain: Signed = Field(default=0.0, description="Net gain of the year's sales, below 0 a loss")
    withheld: Sum | None = Field(
        default=None, description="Tax withheld on it; without it what the law takes of the gain"
    )
    dividends: Sum = Field(default=0.0, description="Dividends that Japan taxed, after the tax at source")
    dividend_tax: Sum | None = Field(
        default=None, description="Japanese tax on them; without it what the law takes of them"
    )


class Refunds(Model):
    """Refunds for carried losses of the year before that wait for April."""

    gains: Sum = Field(default=0.0, description="Of tax on gains")
    dividends: Sum = Field(default=0.0, description="Of tax on dividends")


class TakenSoFar(Model):
    """Where a withdrawal stands whose amount is decided once a year."""

    amount: Sum = Field(description="The amount of the year of payments that is under way")
    basis: Signed = Field(
        description="What all was worth when it was decided, plus what has come and minus what has gone since"
    )


class Holdings(Sparse):
    """What is owned before the first session. ``backtest run --state-at`` writes it for any day of a run."""

    LATE: ClassVar[tuple[str, ...]] = ("taken",)

    as_of: PlanDate | None = Field(
        default=None, description="The day at whose close it was so; years are counted from it"
    )
    cash: Sum = Field(default=0.0, description="Cash, invested as if it arrived on the first session")
    positions: Annotated[tuple[Position, ...], Field(strict=False, max_length=5000)] = Field(
        default=(), description="A list of {asset: VOO, account: taxable, units: 12, cost: 800_000}"
    )
    losses: dict[Year, Sum] = Field(
        default={}, description="Losses that are carried forward, by the year they were made in"
    )
    quota_used: BookByFrame = Field(
        default={}, description="Purchases in NISA of the year so far, such as {2026: {G: 240_000}}"
    )
    given_back: BookByFrame = Field(
        default={}, description="Book value sold in NISA this year, free for purchases from the next"
    )
    year_so_far: dict[Year, YearSoFar] = Field(
        default={}, description="What the tax year has brought so far, such as {2026: {gain: 100_000}}"
    )
    refunds: Refunds = Field(default=Refunds(), description="Tax refunds that wait for April")
    accrued_interest: Sum = Field(
        default=0.0, description="Interest of the deposit up to as_of that is not paid yet, before tax"
    )
    since: PlanDate | None = Field(
        default=None,
        description="A run's state: the day from which its plan counts; the run goes on the session after as_of",
    )
    reserve: Sum = Field(default=0.0, description="With since: of the cash, what is not yet released")
    set_aside: dict[Symbol, Signed] = Field(
        default={}, description="With since: of the cash, what is set aside for an asset"
    )
    taken: dict[Label, TakenSoFar] = Field(
        default={}, description="With since: where withdrawals stand, by name: {name: {amount: 1, basis: 1}}"
    )
    file: FilePath | None = Field(
        default=None, description="A YAML file beside the configuration, read when it is loaded"
    )

    @model_serializer(mode="wrap")
    def _without_interest_of_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """No interest is no key: holdings without a deposit are what they were before there was one."""
        found: dict[str, Any] = handler(self)
        return {key: value for key, value in found.items() if key != "accrued_interest" or value}

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.file is not None:
            allowed = message("holdings: text cannot name a file, a configuration file can")
            raise Problem(allowed, at=("file",))
        if self.since is None and not self.cash and not self.positions:
            raise Problem(missing(message("cash or positions")), whole=True)
        if self.since is not None and (self.as_of is None or self.as_of < self.since):
            raise Problem(message("a date up to as_of"), at=("since",))
        if self.since is None and (self.reserve or self.set_aside or self.taken):
            at = "reserve" if self.reserve else "set_aside" if self.set_aside else "taken"
            raise Problem(message("nothing without since"), at=(at,))
        if self.reserve > self.cash:
            raise Problem(message("at most the cash, {cash}", cash=self.cash), at=("reserve",))
        return self

    @property
    def assets(self) -> tuple[str, ...]:
        """What is held, each once."""
        return tuple(dict.fromkeys(item.asset for item in self.positions))

    def adjoins(self, before: dt.date | None, first: dt.date) -> bool:
        """Whether holdings of ``as_of`` are those at session ``first``, the next one after session ``before``.

        A run's state goes on on the next session alone. What somebody writes down some days before the plan begins
        is what there is then; were its years moved, purchases of a December would fill the room of January.
        """
        earliest = first - REACH if before is None else before
        if self.since is None:
            earliest = min(earliest, first - RECENT)
        return self.as_of is not None and earliest <= self.as_of < first


def problems(held: Holdings | None, accounts: Sequence[str], *, is_paid_in: bool) -> Iterator[Problem]:
    """What of the holdings does not belong to a plan with these ``accounts``.

    ``is_paid_in``: whether money arrives besides.
    """
    if held is None:
        if not is_paid_in:
            told = message("came none, allowed another type, or holdings to begin with")
            yield Problem(told, whole=True, at=("strategy", "contributions", "type"))
        return
    for n, item in enumerate(held.positions):
        account = item.account.partition(".")[0]
        at = ("holdings", "positions", n, "account")
        if account not in accounts and (account != "deposit" or "plain" in accounts):
            yield Problem(listed(_buckets(accounts), "or"), at=at)
        if item.account in OLD and "taxable" not in accounts:
            hint = message("after the tax-free years of the old NISA the units move there")
            yield Problem(Text("[nisa, taxable]"), at=("accounts",), hint=hint)
    yield from _foreign(accounts, held)


def _buckets(accounts: Sequence[str]) -> list[str]:
    return [f"nisa.{frame}" for frame in ("T", "G")] * ("nisa" in accounts) + [
        name for name in accounts if name != "nisa"
    ]


def _foreign(accounts: Sequence[str], held: Holdings) -> Iterator[Problem]:
    """Keys of an account that the plan does not have."""
    belongs: Mapping[str, tuple[str, ...]] = {
        "taxable": ("losses", "year_so_far"),
        "nisa": ("quota_used", "given_back"),
    }
    for account, keys in belongs.items():
        for key in keys if account not in accounts else ():
            if getattr(held, key):
                yield Problem(
                    message("nothing without the account {account}", account=account), at=("holdings", key)
                )
