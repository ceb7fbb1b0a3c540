"""What a study assumes, in messages: windows and their overlap, currency, idle cash, each strategy's money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from engine.config import Config
from engine.config.strategy import NoContributions
from engine.locale import OwnText
from engine.messages import Arg, Day, Message, Month, Percent, Text, listed, message, word
from engine.studies.grid.axes import years_said
from engine.studies.grid.money import contributions_said, incomes_said, withdrawals_said
from engine.studies.grid.study import Plan
from engine.studies.grid.window_grid import from_month_ends

NOTHING = Text("")


def statements(plan: Plan) -> tuple[Message, ...]:
    """Start grid, horizons, overlap, currency; what idle cash earns only where it is an axis, else runs say it."""
    yields = sorted({config.idle_cash.yield_ for config in plan.points.outer})
    return (
        *_of_windows(plan),
        message("All money is in {currency}.", currency=word(f"study_money_{plan.base.currency}")),
        *([message("What idle cash earns is one of the axes.")] if len(yields) > 1 else []),
    )


def _of_windows(plan: Plan) -> list[Message]:
    grid = plan.grid
    first, last = (
        date.fromisoformat(str(day)) for day in (grid.windows[0].start, max(w.end for w in grid.windows))
    )
    if not grid.horizons:
        return [
            message(
                "Fixed periods: {n}, from {first} to {last}.",
                n=len(grid.windows),
                first=Day(first, long=True),
                last=Day(last, long=True),
            )
        ]
    grids = message(
        "{n} windows: starts a {step} apart from {first}, held for {horizons}, the last to {last}.",
        n=len(grid.windows),
        step=word(f"study_step_{grid.step}"),
        first=Month(first),
        horizons=listed(map(years_said, grid.horizons)),
        last=Month(last),
    )
    overlap = [
        message(
            "Windows overlap: of the {n} of {span}, no more than {k} can be picked that share no day.",
            n=len(grid.of(number)),
            k=grid.independent(number),
            span=years_said(years),
        )
        for number, years in enumerate(grid.horizons)
    ]
    if not from_month_ends([setting.panel for setting in plan.workload.settings]):
        return [grids, *overlap]
    monthly = message(
        "Prices are monthly: a window of {span} goes from the end of a month to that of the same month {span} "
        "later, {months} monthly returns.",
        span=years_said(grid.horizons[0]),
        months=12 * grid.horizons[0],
    )
    return [grids, monthly, *overlap]


def windows_statements(plan: Plan, names: Sequence[OwnText], by: str) -> tuple[Message, ...]:
    """How each strategy's money arrives and waits, a warning where that differs, and what all studies state.

    ``by``: the measure that the strategies are compared by.
    """
    configs = [plan.points.config(number) for number in range(len(names))]
    first = money_of(configs[0])
    others = [name for name, config in zip(names, configs) if money_of(config) != first]
    return (
        *(_strategy(name, config) for name, config in zip(names, configs)),
        *(
            message(
                "{one} receives its money at other times than {other}: a higher final value may be more money, "
                "or money that was there longer.",
                one=name,
                other=names[0],
            )
            for name in others
        ),
        *([AFTER_TAX] if by == "liquidation_value" else []),
        *statements(plan),
    )


AFTER_TAX = message(
    "Compared is the value after tax: what is left where everything is sold at the end and the tax on it is paid."
)
MOVED = message(", units of the taxable account moved into NISA each January")


def money_of(config: Config) -> tuple[object, object]:
    """How money comes and goes, to be compared."""
    strategy = config.strategy
    return (strategy.contributions, strategy.incomes), (strategy.withdrawals, strategy.goals)


def _strategy(name: OwnText, config: Config) -> Message:
    """How one strategy's money arrives, over how many months it is invested, and what waits earns."""
    contributions, taken = config.strategy.contributions, config.strategy.withdrawals
    months, currency = config.strategy.deploy.spread_months, config.currency
    split: Arg = message("invested when it arrives")
    if months > 1:
        split = message("invested in {n} equal parts a month apart", n=months)
    plain = _plain(contributions)
    arrives: Arg = message("{money}, {split}", money=contributions_said(plain, currency), split=split)
    if isinstance(contributions, NoContributions):
        arrives = message("nothing is paid in")
    withdrawn = None if taken is None else _plain(taken)
    return message(
        "{name}: {arrives}{incomes}{taken}{moved}; idle cash earns {rate} a year; accounts: {accounts}.",
        name=name,
        arrives=arrives,
        incomes=incomes_said(_plain(config.strategy.incomes), currency),
        taken=withdrawals_said(withdrawn, currency, _plain(config.strategy.goals)),
        moved=NOTHING if config.strategy.transfer is None else MOVED,
        rate=Percent(config.idle_cash.yield_, 2),
        accounts=listed(word(f"study_account_{account}") for account in config.accounts),
    )


def _plain(group: Any) -> Any:
    """The keys of a group, or of each of several, that say anything."""
    if isinstance(group, tuple):
        return [_plain(item) for item in group]
    return group.model_dump(exclude_defaults=True, by_alias=True)
