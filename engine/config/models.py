"""A configuration: every key outside ``strategy``, and what the keys must be to each other.

Money is in the base currency, shares and rates are fractions (0.10 is 10 %), rates are per year.
"""

import datetime as dt
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo, model_validator

from engine.config.base import Model, Words, in_order
from engine.config.holdings import Holdings, problems
from engine.config.leaves import (
    SUM,
    Description,
    Flag,
    Inflation,
    Name,
    PlanDate,
    Problem,
    Rates,
    Source,
    Symbol,
    number,
    whole,
)
from engine.config.own_code import TO_COME
from engine.config.phases import Person, Sparse
from engine.config.strategy import Strategy
from engine.config.wording import show
from engine.messages import Text, message

Limit = Annotated[float, number(0, 1e11, thousands=True, allowed=SUM)]
Account = Literal["plain", "taxable", "nisa"]


class Period(Model):
    """The dates of the run, both included. Without a date: as far as the data of every asset reach."""

    start: PlanDate | None = Field(default=None, description="First day; a contribution due on it counts")
    end: PlanDate | None = Field(default=None, description="Last day")

    _in_order = model_validator(mode="after")(in_order)


# ---- accounts, costs, execution, data


class FrameLimits(Model):
    """Annual limits of the frames of the chosen rules, in yen."""

    T: Limit | None = Field(default=None, description="Tsumitate frame")
    G: Limit | None = Field(default=None, description="Growth frame")


class LifetimeLimits(Model):
    """Lifetime limits at acquisition cost, in yen."""

    total: Limit | None = Field(default=None, description="All frames together")
    G: Limit | None = Field(default=None, description="Growth frame")


class AccountRules(Model):
    """The law the accounts live under, and what the investor's broker does."""

    rules: Literal["nisa_2024", "historical_general", "historical_tsumitate"] = Field(
        default="nisa_2024",
        description="Which NISA; before it existed, its rules are applied to the past all the same",
    )
    overflow: Literal["split", "whole_order", "skip", "hold_cash"] = Field(
        default="split", description="What happens to an order larger than the room left"
    )
    sell_from: Literal["taxable_first", "nisa_first"] = Field(
        default="taxable_first", description="Where a sale begins"
    )
    tax_amounts: Literal["mid", "tts_ttb"] = Field(
        default="mid", description="Exchange rate of taxable amounts"
    )
    offset_dividends: Flag = Field(
        default=True, description="A year's loss is set against its taxed dividends"
    )
    annual_limits: FrameLimits = Field(
        default=FrameLimits(), description="Own annual limits instead of the law's"
    )
    lifetime: LifetimeLimits = Field(
        default=LifetimeLimits(), description="Own lifetime limits instead of the law's"
    )


class Liquidation(Model):
    """How everything is sold at the end, for the value after tax."""

    years: Annotated[int, whole(1, 30)] = Field(
        default=1, description="In equal parts of so many years, each with its own minimum tax"
    )


class Costs(Model):
    """A broker's fees; single numbers replace the broker's."""

    broker: Literal["none", "sbi", "rakuten", "monex"] = Field(default="none", description="Whose fees")
    commission_rate: Annotated[float, number(0, 0.1)] | None = Field(
        default=None, description="Share of the trade"
    )
    commission_min: Annotated[float, number(0, 1e6)] | None = Field(
        default=None, description="At least this much an order, in the asset's currency"
    )
    commission_cap: Annotated[float, number(0, 1e6)] | None = Field(
        default=None, description="At most this much an order, in the asset's currency"
    )
    fx_spread: Annotated[float, number(0, 10)] | None = Field(
        default=None,
        description="Base currency per unit of the asset's currency, each way, such as 0.25 yen a dollar",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low, cap = self.commission_min, self.commission_cap
        if low is not None and cap is not None and cap < low:
            raise Problem(message("at least commission_min, {low}", low=low), at=("commission_cap",))
        return self


class Execution(Model):
    """How orders are filled."""

    whole_shares: Flag = Field(
        default=True, description="US ETFs in whole shares; false: fractional units for every asset"
    )


class Dividends(Model):
    """What happens to dividends."""

    mode: Literal["cash", "total_return"] = Field(
        default="cash",
        description="cash: paid, net of withholding; total_return: adjusted prices, nothing paid",
    )
    reinvest: Literal["at_once", "with_contributions"] = Field(
        default="at_once",
        description="at_once: invested on the day they are paid; with_contributions: with the next money",
    )
    source_tax: Annotated[float, number(0, 0.5)] | None = Field(
        default=None, description="Tax withheld abroad instead of the asset's own, 0.10 = 10 %"
    )

    @model_validator(mode="after")
    def _meaningful(self) -> Self:
        if self.mode == "total_return" and self.source_tax is not None:
            told = message(
                "came {came}, allowed nothing with total_return, which pays no dividends",
                came=show(self.source_tax),
            )
            raise Problem(told, whole=True, at=("source_tax",))
        return self


class RateFrom(Model):
    """What a deposit earns from a day on."""

    from_: PlanDate = Field(alias="from", description="First day of the rate")
    rate: Annotated[float, number(0, 0.5)] = Field(description="Interest a year, 0.002 = 0.2 %")


def _by_day(rows: tuple[RateFrom, ...]) -> tuple[RateFrom, ...]:
    for n, (row, later) in enumerate(pairwise(rows), start=1):
        if later.from_ <= row.from_:
            raise Problem(message("a date after {day}", day=row.from_), at=(n, "from"))
    return rows


DepositRate = Annotated[
    Annotated[float, number(0, 0.5), Tag("number")]
    | Annotated[
        tuple[RateFrom, ...],
        Field(strict=False, min_length=1, max_length=1000),
        AfterValidator(_by_day),
        Tag("rows"),
    ],
    Discriminator(lambda value: "rows" if isinstance(value, list | tuple) else "number"),
]


class IdleCash(Model):
    """What waiting money earns."""

    yield_: Annotated[float, number(-0.1, 0.5)] = Field(
        default=0.0, alias="yield", description="Interest a year on all cash"
    )


StandIns = Annotated[dict[Symbol, Symbol], AfterValidator(lambda splice: dict(sorted(splice.items())))]
Splice = Annotated[
    Annotated[Literal["auto", "none"], Tag("word")] | Annotated[StandIns, Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict) else "word"),
]


class Data(Sparse):
    """Where prices come from."""

    LATE: ClassVar[tuple[str, ...]] = ("frequency", "usdjpy")

    source: Source = Field(
        default="auto", description="auto (cache, then Yahoo, then the sample), yahoo, sample or csv:FOLDER"
    )
    splice: Splice = Field(
        default="auto",
        description="History before an asset existed: auto (the registry's stand-in), none, or {VOO: SPY}",
    )
    frequency: Literal["monthly"] | None = Field(
        default=None,
        description="monthly: all prices at each month's end, daily ones too; without it as the prices are",
    )
    usdjpy: Rates = Field(
        default="auto",
        description="Yen per dollar: auto (the source's), ecb, fred (since 1971) or csv:FILE.csv",
    )


class Config(Sparse):
    """One portfolio to backtest."""

    LATE: ClassVar[tuple[str, ...]] = ("deposit_rate", "liquidation", "inflation", "person", "holdings")

    name: Name = Field(description="Name of the run and of its folder under results/")
    description: Description = Field(default="", description="One line for the reader of the report")
    currency: Literal["JPY", "USD"] = Field(
        default="JPY", description="Currency of the contributions and of every figure"
    )
    period: Period = Field(default=Period(), description="First and last day")
    strategy: Strategy = Field(description="What the investor decides")
    accounts: Annotated[tuple[Account, ...], Field(strict=False, min_length=1)] = Field(
        default=("plain",), description="Filled in this order: [nisa, taxable], [nisa], [taxable] or [plain]"
    )
    account_rules: AccountRules = Field(default=AccountRules(), description="Law and broker's behaviour")
    costs: Costs = Field(default=Costs(), description="Commissions and currency spread")
    execution: Execution = Field(default=Execution(), description="How orders are filled")
    dividends: Annotated[Dividends, Words(("cash", "total_return"), key="mode")] = Field(
        default=Dividends(), description="cash, total_return, or {mode: cash, reinvest: with_contributions}"
    )
    idle_cash: IdleCash = Field(default=IdleCash(), description="What waiting money earns")
    deposit_rate: DepositRate | None = Field(
        default=None,
        description="What DEPOSIT earns a year, 0.002 or a list of {from: 2025-03-03, rate: 0.002}; "
        "without it an ordinary deposit of a large bank",
    )
    risk_free: Annotated[float, number(-0.1, 0.5)] = Field(
        default=0.0, description="Rate a year that Sharpe and Sortino subtract"
    )
    data: Data = Field(default=Data(), description="Where prices come from")
    inflation: Inflation | None = Field(
        default=None,
        description="What figures in today's money and amounts that rise with prices follow: cpi_jp, a rate a "
        "year such as 0.02, or csv:FILE with the columns date and index",
    )
    liquidation: Liquidation | None = Field(
        default=None, description="How the value after tax sells everything at the end; without it at once"
    )
    person: Person | None = Field(default=None, description="Whose plan it is: dates may then be ages")
    holdings: Holdings | None = Field(default=None, description="What is owned before the first session")

    @model_validator(mode="after")
    def _hangs_together(self, info: ValidationInfo) -> Self:
        to_come = bool((info.context or {}).get(TO_COME))
        for error in (
            *_accounts(self),
            *_whole_yen(self),
            *_within_period(self, to_come=to_come),
            *_follows_prices(self),
            *problems(self.holdings, self.accounts, is_paid_in=bool(self.strategy.arriving)),
        ):
            raise error
        return self

    @property
    def own_deposit_rates(self) -> float | tuple[tuple[dt.date, float], ...] | None:
        """The rate of its deposits, or the rates by their days; None: those of the table."""
        own = self.deposit_rate
        return tuple((row.from_, row.rate) for row in own) if isinstance(own, tuple) else own

    def resolved(self) -> dict[str, Any]:
        """Every key with its value, defaults written out, as plain JSON values (dates as ISO text)."""
        plain: dict[str, Any] = json.loads(self.model_dump_json(by_alias=True))
        return plain


def _accounts(config: Config) -> Iterator[Problem]:
    accounts, rules, at = config.accounts, config.account_rules.rules, ("accounts",)
    if len(set(accounts)) < len(accounts):
        yield Problem(message("each account once"), at=at)
    if "plain" in accounts and len(accounts) > 1:
        yield Problem(message("[plain] alone, or taxable and nisa"), at=at)
    if config.currency != "JPY" and accounts != ("plain",):
        hint = message("NISA and Japan's taxes are in yen")
        yield Problem(message("[plain] with currency {currency}", currency=config.currency), at=at, hint=hint)
    if accounts == ("taxable", "nisa"):
        hint = message("with [taxable, nisa] nothing would ever reach nisa")
        yield Problem(Text("[nisa, taxable]"), at=at, hint=hint)
    if rules != "nisa_2024" and "nisa" in accounts and "taxable" not in accounts:
        hint = message("after the tax-free years of the old NISA the units move there")
        allowed = message("[nisa, taxable] with account_rules.rules {rules}", rules=rules)
        yield Problem(allowed, at=at, hint=hint)
    if config.strategy.transfer is not None:
        if set(accounts) != {"nisa", "taxable"}:
            hint = message("a transfer goes from the one to the other")
            yield Problem(message("[nisa, taxable] with strategy.transfer"), at=at, hint=hint)
        if rules == "historical_tsumitate":
            hint = message("the tsumitate frame takes recurring purchases only")
            yield Problem(
                message("nisa_2024 or historical_general with strategy.transfer"),
                at=("account_rules", "rules"),
                hint=hint,
            )
    for key, group in config.strategy.money():
        if getattr(group, "from_account", None) is not None and set(accounts) != {"nisa", "taxable"}:
            told = message("with accounts [nisa, taxable] only: there is one account to sell from")
            yield Problem(told, whole=True, at=("strategy", *key, "from_account"))
    filling = config.strategy.filling
    if filling is not None and filling.amount is None and config.currency != "JPY":
        hint = message("or give an amount a year")
        yield Problem(message("JPY with type: fill_quota"), at=("currency",), hint=hint)


def _whole_yen(config: Config) -> Iterator[Problem]:
    """Amounts of yen have no fraction."""
    for key, group in config.strategy.money() if config.currency == "JPY" else ():
        for own, amount in _amounts(group):
            if not amount.is_integer():
                yield Problem(message("whole yen"), at=("strategy", *key, *own))


def _amounts(values: Any) -> Iterator[tuple[tuple[str | int, ...], float]]:
    """Every amount of money in a group of keys, with its key."""
    for name, value in values:
        if name in ("amount", "initial", "at_most") and value not in (None, "room"):
            yield (name,), value
        elif name == "bonus" and value is not None:
            yield (name, "amount"), value.amount
        elif name == "entries":
            yield from (((name, n, "amount"), entry.amount) for n, entry in enumerate(value))


def _within_period(config: Config, *, to_come: bool) -> Iterator[Problem]:
    """Dates that a run could never reach are mistakes; futures go on after the period's end."""
    start, end = config.period.start, None if to_come else config.period.end
    if start is not None and config.holdings is not None and config.holdings.since is not None:
        start = min(start, config.holdings.since)  # the plan of a run that goes on began then
    for key, group in config.strategy.money():
        for n, entry in enumerate(getattr(group, "entries", ())):
            if (start and entry.date < start) or (end and entry.date > end):
                first, last = start or message("any"), end or message("any")
                allowed = message("a date in the period, {first} to {last}", first=first, last=last)
                yield Problem(allowed, at=("strategy", *key, "entries", n, "date"))
        begins = getattr(group, "start", None)
        if begins is not None and end is not None and begins > end:
            allowed = message("a date up to the period's end, {end}", end=end)
            yield Problem(allowed, at=("strategy", *key, "start"))


def _follows_prices(config: Config) -> Iterator[Problem]:
    """What rises with prices needs to know them."""
    for key in config.strategy.with_prices if config.inflation is None else ():
        hint = message("inflation: {name} at the top of the configuration", name="cpi_jp")
        allowed = message("a rate a year, or prices with inflation")
        if key[0] == "goals":
            key, allowed = (*key[:-1], "in"), message("nominal, or real with inflation")
        yield Problem(allowed, at=("strategy", *key), hint=hint)
