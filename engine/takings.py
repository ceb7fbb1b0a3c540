"""Withdrawals that are more than a fixed amount or a share of the value: several, goals, kinds that remember.

docs/ledger.md, "Several withdrawals", says what each does. A plan whose one withdrawal is plain has none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from engine.builtin import WITHDRAWALS, floored, sessions_on, sums_on
from engine.config.leaves import PRICES
from engine.config.own_code import PythonContributions
from engine.config.strategy import Strategy
from engine.config.withdrawals import Goal, Withdrawal
from engine.market.price_level import PriceLevel
from engine.market.series import Dates, Floats


class Memory(IntEnum):
    """What a year's amount is decided by; NONE: there is none."""

    NONE = 0
    LIMITS = 1
    GUARDRAILS = 2


class SaleOrder(IntEnum):
    """From which account a taking's sales go; ACCOUNT: as all others, by the account's rules."""

    ACCOUNT = 0
    TAXABLE_FIRST = 1
    NISA_FIRST = 2
    PROPORTIONAL = 3


@dataclass(frozen=True)
class Taking:
    """One withdrawal over the T sessions of a plan.

    ``amount``  (T,) money, base currency, >= 0
    ``share``   (T,) shares of the value, 0..1; with a memory parts of the year's amount
    ``growth``  (T,) what last year's amount grows by where this year's is decided, 0 elsewhere
    ``spared``  (T,) 1 where guardrails cut no more
    ``gross``   the tax of its sales comes out of the amount
    ``rate`` .. ``rise``  of the kinds with a memory
    """

    name: str
    amount: Floats
    share: Floats
    growth: Floats
    spared: Floats
    memory: Memory = Memory.NONE
    order: SaleOrder = SaleOrder.ACCOUNT
    gross: bool = False
    rate: float = 0.0
    floor: float = 0.0
    ceiling: float = 0.0
    cut: float = 0.0
    rise: float = 0.0

    def cut_to(self, sessions: slice) -> Taking:
        """The taking on some of its sessions, what is due in them as it was."""
        by_session = ("amount", "share", "growth", "spared")
        return replace(self, **{name: getattr(self, name)[sessions] for name in by_session})


def plain_withdrawal(strategy: Strategy) -> Withdrawal | None:
    """The one withdrawal of a plan that has one alone, decided beforehand, net, and sold as all is."""
    if len(strategy.taken) != 1 or strategy.goals:
        return None
    only = strategy.taken[0]
    return only if only.is_plain and only.type not in MEMORIES else None


MEMORIES = {"percent_with_limits": Memory.LIMITS, "guardrails": Memory.GUARDRAILS}


class Dues(NamedTuple):
    """What amounts fall due by: the life's sessions (T,), the first day that counts, what rules and prices say.

    ``own``: what a function of the user's pays in; None where it cannot be asked yet.
    """

    life: Dates
    start: np.datetime64
    whole: bool
    quota: Callable[[Sequence[int]], Sequence[float]] | None
    level: PriceLevel | None
    own: Callable[[PythonContributions], tuple[Dates, Floats]] | None = None

    def rising(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options of a kind, what rises with prices by the level that is known."""
        level = self.level
        assert level is not None or PRICES not in options.values(), "what rises with prices needs them"
        return {key: level.known if level and value == PRICES else value for key, value in options.items()}


def withdrawn(item: Withdrawal, dues: Dues) -> tuple[Floats, Floats]:
    """Amounts and shares (T,) of one withdrawal."""
    options = dues.rising(item.model_dump(include={"amount", "rate", "inflation", "years", "every"}))
    options |= {"first": _day(item.first), "until": _day(item.until), "whole": dues.whole}
    return WITHDRAWALS[item.type](dues.life, dues.start, **options)


def make_takings(strategy: Strategy, dues: Dues) -> tuple[Taking, ...]:
    """All withdrawals and goals of a plan that has more than a plain one, in the order of the file."""
    if not strategy.takes_out or plain_withdrawal(strategy) is not None:
        return ()
    return (
        *(_taking(item, dues) for item in strategy.taken),
        *(_goal(item, dues) for item in strategy.goals),
    )


def _taking(item: Any, dues: Dues) -> Taking:
    nothing = np.zeros(len(dues.life))
    if item.type not in MEMORIES:
        return Taking(item.called, *withdrawn(item, dues), nothing, nothing, **_ways(item))
    options = dues.rising(item.model_dump(include={"inflation", "every"}))
    days = {"first": _day(item.first), "until": _day(item.until)}
    part, growth = WITHDRAWALS[item.type](dues.life, dues.start, **options, **days)
    spared, rules = nothing, item.model_dump(include={"rate", "floor", "ceiling", "cut", "rise"})
    if item.type == "guardrails":
        rules |= {"floor": item.band, "ceiling": item.band}
        if item.preserve_until is not None:
            spared = (dues.life > np.datetime64(item.preserve_until, "D")).astype(np.float64)
    ways = {**_ways(item), "memory": MEMORIES[item.type]}
    return Taking(item.called, nothing, part, growth, spared, **ways, **rules)


def _goal(item: Goal, dues: Dues) -> Taking:
    """A goal: in prices of the plan's first day it grows, by the month, until its own."""
    life, start, nothing = dues.life, dues.start, np.zeros(len(dues.life))
    date, amount = np.datetime64(item.date, "D"), np.array([item.amount])
    due = np.array([date])[[bool(start <= date <= life[-1])]]
    if item.in_ == "real" and len(due):
        months = np.array([start, date]).astype("datetime64[M]")
        if item.inflation == PRICES:
            assert dues.level is not None, "what rises with prices needs them"
            level = dues.level.known(months)
            amount = amount * (level[1] / level[0])
        else:
            amount = amount * (1.0 + float(item.inflation)) ** ((months[1] - months[0]).astype(int) / 12.0)
        amount = floored(amount) if dues.whole else amount
    on = sums_on(len(life), sessions_on(life, due), amount[: len(due)])
    return Taking(item.called, on, nothing, nothing, nothing, **_ways(item))


def _ways(item: Any) -> dict[str, Any]:
    order = SaleOrder.ACCOUNT if item.from_account is None else SaleOrder[item.from_account.upper()]
    return {"order": order, "gross": not item.net}


def _day(day: Any) -> np.datetime64 | None:
    return None if day is None else np.datetime64(day, "D")
