"""The keys under ``strategy``: what the investor decides. Descriptions are what an editor shows.

Money is in the base currency, shares and rates are fractions (0.10 is 10 %), rates are per year.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from engine.config.base import Kinds, Model, Words, in_order
from engine.config.leaves import (
    PRICES,
    SUM,
    Amount,
    FilePath,
    Flag,
    Leaf,
    Month,
    PlanDate,
    Problem,
    Share,
    Symbol,
    number,
    whole,
)
from engine.config.own_code import (
    PythonAllocation,
    PythonContributions,
    PythonSignal,
    Table,
    Weights,
    with_entries,
)
from engine.config.phases import (
    MOST_PHASES,
    Dated,
    DueDay,
    Every,
    Growth,
    Income,
    Named,
    Sparse,
    doubled,
    each_once,
    one_or_several,
)
from engine.config.withdrawals import Goal, Withdrawal, Withdrawals
from engine.messages import message

# What several kinds of decisions have in common.
Core = Annotated[Symbol, Field(description="The asset that holds most of the money, such as VOO")]
PriceLag = Annotated[int, whole(1, 260), Field(description="The newest price seen is this many sessions old")]
Of = Annotated[
    Literal["relative", "satellite"],
    Field(description="relative: satellite against core; satellite: its own price"),
]
LookBack = Annotated[int, whole(1, 120), Field(description="Length of the look back")]
Initial = Annotated[
    float,
    number(0, 1e12, thousands=True, allowed=SUM),
    Field(description="One further amount on the first session"),
]


class CoreSatellite(Model):
    """A core, and a satellite at a fixed share of the whole."""

    type: Literal["core_satellite"]
    core: Core
    satellite: Symbol = Field(description="The asset beside it, such as IJR")
    satellite_weight: Share = Field(description="Share of the satellite in the whole, 0.10 = 10 %")

    @model_validator(mode="after")
    def _two_assets(self) -> Self:
        if self.core == self.satellite:
            raise Problem(message("another asset than the core"), at=("satellite",))
        return self


class FixedMix(Model):
    """Any number of assets at fixed weights."""

    type: Literal["fixed_mix"]
    weights: Weights = Field(description="Symbol: weight, adding up to 1")


class GlidePath(Model):
    """Weights that move in a straight line from one mix to another, in steps, then stay."""

    type: Literal["glide_path"]
    from_: Weights = Field(alias="from", description="Weights until the start of the path, adding up to 1")
    to: Weights = Field(description="Weights from the end of the path on, adding up to 1")
    start: PlanDate | None = Field(
        default=None, description="Start of the path; without it the first session"
    )
    end: PlanDate | None = Field(default=None, description="End of the path; without it the last session")
    step: Every = Field(default="monthly", description="How often the weights take a step")

    _in_order = model_validator(mode="after")(in_order)


class Momentum(Model):
    """The price's change over some months: the satellite's, or that of the satellite against the core."""

    type: Literal["momentum"]
    months: LookBack = 12
    lag_sessions: PriceLag = 1
    of: Of = "relative"


class MovingAverage(Model):
    """The distance of the price from its own moving average."""

    type: Literal["moving_average"]
    sessions: Annotated[int, whole(2, 2000)] = Field(default=200, description="Length of the average")
    lag_sessions: PriceLag = 1
    of: Of = "relative"


class Flows(Model):
    """Money that went into a fund: the net flow as a share of all flows, in and out, of the same months."""

    type: Literal["flows"]
    symbol: Symbol | None = Field(default=None, description="The fund whose stored flows are read")
    file: FilePath | None = Field(
        default=None,
        description="A CSV beside the configuration, with the columns date and flow_usd, instead",
    )
    months: LookBack = 12
    lag_sessions: Annotated[int, whole(1, 260)] = Field(
        default=5, description="A flow is known this many sessions after its date"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.symbol is None) == (self.file is None):
            told = message(
                "came both, allowed either symbol or file"
                if self.symbol
                else "came neither, allowed either symbol or file"
            )
            raise Problem(told, whole=True)
        return self


Signal = Annotated[Momentum | MovingAverage | Flows | PythonSignal, Field(discriminator="type"), Kinds()]


class Tilt(Model):
    """A core and a satellite whose weight follows a signal, read on the first session of each month."""

    type: Literal["tilt"]
    core: Core
    satellite: Symbol = Field(description="The asset whose weight is tilted, such as IWM")
    base_weight: Share = Field(description="The satellite's weight while there is no signal")
    min_weight: Share = Field(default=0.0, description="Its lowest weight")
    max_weight: Share = Field(description="Its highest weight")
    signal: Signal = Field(description="What is watched; only earlier sessions are seen")
    direction: Literal["follow", "against"] = Field(
        default="follow", description="against: more after a fall"
    )
    strength: Literal["on_off", "proportional"] = Field(
        default="on_off",
        description="on_off: max_weight or min_weight; proportional: between, as strong as the signal",
    )
    full_at: Annotated[float, number(0, 10, above=True)] = Field(
        default=0.2,
        description="proportional: the size of the signal at which max_weight or min_weight is reached",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.core == self.satellite:
            raise Problem(message("another asset than the core"), at=("satellite",))
        if self.max_weight < self.min_weight:
            allowed = message("{low} (min_weight) to 1", low=self.min_weight)
            raise Problem(allowed, at=("max_weight",))
        if not self.min_weight <= self.base_weight <= self.max_weight:
            low, high = self.min_weight, self.max_weight
            allowed = message("{low} (min_weight) to {high} (max_weight)", low=low, high=high)
            raise Problem(allowed, at=("base_weight",))
        return self


Allocation = Annotated[
    CoreSatellite | FixedMix | GlidePath | Tilt | Table | PythonAllocation,
    Field(discriminator="type"),
    Kinds(),
]


def _each_once(months: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(months)) < len(months):
        raise Problem(message("each month once"))
    return tuple(sorted(months))


class Bonus(Model):
    """A further amount on the contribution day of some months."""

    months: Annotated[
        tuple[Month, ...], Field(strict=False, min_length=1, max_length=12), AfterValidator(_each_once)
    ] = Field(description="Months of the year, such as [6, 12]")
    amount: Amount = Field(description="Amount in each of them; grows as the contributions do")


class LumpSum(Named):
    """One amount on the first session."""

    type: Literal["lump_sum"]
    amount: Amount = Field(description="The amount, in the base currency")


class Monthly(Dated):
    """The same amount every month, from the first due day of the period on."""

    type: Literal["monthly"]
    amount: Amount = Field(description="Amount a month, in the base currency")
    day: DueDay = 1
    growth: Growth = 0.0
    bonus: Bonus | None = Field(default=None, description="A further amount in some months")
    initial: Initial = 0.0


class Annual(Dated):
    """The same amount every year."""

    type: Literal["annual"]
    amount: Amount = Field(description="Amount a year, in the base currency")
    month: Month = Field(default=1, description="Month of the year")
    day: DueDay = 1
    growth: Growth = 0.0
    initial: Initial = 0.0


class FillQuota(Named):
    """What fills the NISA limits, in so many years or as fast as the annual limits allow."""

    type: Literal["fill_quota"]
    years: Annotated[int, whole(1, 50)] = Field(
        default=5, description="Years in which the lifetime limit is filled"
    )
    amount: Amount | None = Field(
        default=None,
        description="Amount a year; without it the lifetime limit over the years, within the annual limit",
    )
    every: Every = Field(
        default="yearly", description="yearly: all of it each January; monthly: in twelve parts"
    )
    day: DueDay = 1


class Entry(Model):
    """One contribution of a schedule."""

    date: PlanDate = Field(description="Due date; no session: the next session")
    amount: Amount = Field(description="Amount, in the base currency")


class Schedule(Named):
    """Contributions on given dates, listed here or in a CSV file with the columns date and amount."""

    type: Literal["schedule"]
    entries: Annotated[tuple[Entry, ...], Field(strict=False)] = Field(
        default=(), description="A list of {date: 2001-01-04, amount: 100_000}"
    )
    file: FilePath | None = Field(
        default=None, description="A CSV file beside the configuration, read into entries when it is loaded"
    )

    _some = model_validator(mode="after")(with_entries)


class NoContributions(Model):
    """No money arrives: what is owned already (``holdings``) is all there is."""

    type: Literal["none"]


Contribution = Annotated[
    LumpSum | Monthly | Annual | FillQuota | Schedule | PythonContributions | NoContributions,
    Field(discriminator="type"),
    Kinds(),
]
Contributions = Annotated[
    Annotated[Contribution, Tag("one")]
    | Annotated[
        tuple[Contribution, ...], Field(strict=False, min_length=1, max_length=MOST_PHASES), Tag("several")
    ],
    Discriminator(one_or_several),
    Words(("none",), key="type"),
]


class Deploy(Model):
    """How soon money that has arrived is invested: at once, or in equal parts over some months."""

    spread_months: Annotated[int, whole(1, 120)] = Field(
        default=1,
        description="Equal monthly parts of every amount that arrives, the first at once; 1 = at once",
    )


class NoRebalancing(Model):
    """Every contribution by the target weights; what is held is left alone."""

    type: Literal["none"]


class NoSell(Model):
    """New money goes where it is missing; nothing is sold."""

    type: Literal["no_sell"]


class Calendar(Model):
    """Back to the target weights on the first session of each month, quarter or year."""

    type: Literal["calendar"]
    every: Literal["monthly", "quarterly", "yearly"] = Field(default="yearly", description="How often")
    new_money_first: Flag = Field(
        default=False, description="Between the dates, new money goes where it is missing"
    )


class Band(Model):
    """Back to the target weights when an asset has left its band."""

    type: Literal["band"]
    width: Annotated[float, number(0, 1, above=True)] = Field(
        description="Allowed distance from the weight, 0.05 = 5 points (relative: 5 % of it)"
    )
    relative: Flag = Field(default=False, description="The width is a share of the target weight itself")
    check: Literal["daily", "monthly", "quarterly"] = Field(
        default="monthly", description="How often the band is looked at"
    )
    new_money_first: Flag = Field(
        default=False, description="New money goes where it is missing before the band is looked at"
    )


Rebalancing = Annotated[
    Annotated[NoRebalancing | NoSell | Calendar | Band, Field(discriminator="type"), Kinds()],
    Words(("none", "no_sell", "calendar"), key="type"),
]


_YEN = number(0, 1e12, above=True, thousands=True)
AtMost = Annotated[
    float | Literal["room"],
    Leaf(
        message("room, or an amount such as 1200000"),
        lambda value: value if value == "room" else _YEN.check(value),
        {"anyOf": [{"const": "room"}, _YEN.schema]},
    ),
]


class Transfer(Model):
    """Units of the taxable account sold and bought again in NISA each January."""

    from_: Literal["taxable"] = Field(alias="from", default="taxable", description="Where units are sold")
    to: Literal["nisa"] = Field(
        default="nisa", description="Where they are bought again: frames that take single purchases"
    )
    every: Literal["january"] = Field(
        default="january", description="The first session of each year, after the tax refunds"
    )
    order: Literal["least_gain_first", "loss_first", "pro_rata"] = Field(
        default="least_gain_first", description="Which units go first; losses are losses of the year"
    )
    at_most: AtMost = Field(default="room", description="room, or at most so many yen a year")
    before_contributions: Flag = Field(
        default=False, description="true: transfers use the room first; false: the year's contributions do"
    )


class Strategy(Sparse):
    """What the investor decides."""

    LATE: ClassVar[tuple[str, ...]] = ("incomes", "goals", "transfer")

    allocation: Allocation = Field(description="Which assets, at which weights")
    contributions: Contributions = Field(
        description="What money arrives, and when; one, or a list of several"
    )
    incomes: Annotated[tuple[Income, ...], Field(strict=False, max_length=MOST_PHASES)] = Field(
        default=(), description="Salaries and pensions that arrive beside the contributions, a list"
    )
    deploy: Annotated[Deploy, Words(("at_once",))] = Field(
        default=Deploy(), description="at_once, or {spread_months: 12}"
    )
    withdrawals: Withdrawals | None = Field(
        default=None, description="What money is taken out; one, or a list of several"
    )
    goals: Annotated[tuple[Goal, ...], Field(strict=False, max_length=MOST_PHASES)] = Field(
        default=(), description="Single amounts taken out on a day, such as school fees, a list"
    )
    rebalancing: Rebalancing = Field(default=NoSell(type="no_sell"), description="How the weights are kept")
    transfer: Transfer | None = Field(
        default=None, description="What moves from the taxable account into NISA each January"
    )

    @model_validator(mode="after")
    def _names(self) -> Self:
        several = self.contributions if isinstance(self.contributions, tuple) else ()
        kinds = [item.type for item in several]
        if "none" in kinds and len(kinds) > 1:
            told = message("came none among others, allowed none alone")
            raise Problem(told, whole=True, at=("contributions", kinds.index("none"), "type"))
        if kinds.count("fill_quota") > 1:
            at = len(kinds) - 1 - kinds[::-1].index("fill_quota")
            told = message("came fill_quota twice, allowed once")
            raise Problem(told, whole=True, at=("contributions", at, "type"))
        double = each_once(self.arriving)
        if double is not None:
            raise doubled(double[1], ("contributions", double[0], "name"))
        double = each_once(self.incomes, [item.called for item in self.arriving])
        if double is not None:
            raise doubled(double[1], ("incomes", double[0], "name"))
        double = each_once(self.taken)
        if double is not None:
            raise doubled(double[1], ("withdrawals", double[0], "name"))
        double = each_once(self.goals, [item.called for item in self.taken])
        if double is not None:
            raise doubled(double[1], ("goals", double[0], "name"))
        return self

    @property
    def arriving(self) -> tuple[LumpSum | Monthly | Annual | FillQuota | Schedule | PythonContributions, ...]:
        """The contributions, () where there are none."""
        several = self.contributions if isinstance(self.contributions, tuple) else (self.contributions,)
        return tuple(item for item in several if not isinstance(item, NoContributions))

    @property
    def taken(self) -> tuple[Withdrawal, ...]:
        """The withdrawals, () where there are none."""
        if self.withdrawals is None:
            return ()
        return self.withdrawals if isinstance(self.withdrawals, tuple) else (self.withdrawals,)

    @property
    def takes_out(self) -> bool:
        """Whether money is taken out, so that it may run out."""
        return self.withdrawals is not None or bool(self.goals)

    @property
    def filling(self) -> FillQuota | None:
        """The contribution that fills the NISA limits, where there is one."""
        return next((item for item in self.arriving if isinstance(item, FillQuota)), None)

    @property
    def moves_with_its_dates(self) -> bool:
        """Whether what falls due hangs on dates of its own, or on more than one contribution."""
        dated = any(isinstance(item, Dated) and (item.from_ or item.until) for item in self.arriving)
        return dated or isinstance(self.contributions, tuple) or bool(self.incomes) or self.takes_out

    def money(self) -> Iterator[tuple[tuple[str | int, ...], Model]]:
        """All that brings or takes money, with its key below ``strategy``."""
        for key in ("contributions", "incomes", "withdrawals", "goals", "transfer"):
            group = getattr(self, key)
            if isinstance(group, tuple):
                yield from (((key, n), item) for n, item in enumerate(group))
            elif group is not None:
                yield (key,), group

    @property
    def with_prices(self) -> list[tuple[str | int, ...]]:
        """The keys below ``strategy`` that say that an amount rises with consumer prices."""
        return [
            (*key, name)
            for key, group in self.money()
            for name in ("growth", "inflation")
            if getattr(group, name, None) == PRICES and getattr(group, "in_", "real") == "real"
        ]
