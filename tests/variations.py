"""Plain lives for metamorphic tests, and the same life told in another way."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.ledger.inputs import make_market_data, slice_market
from engine.ledger.invariants import Ledger
from engine.ledger.simulation import simulate_one
from engine.market.panel import Panel
from engine.plan import Plan
from engine.rules.terms import Terms
from tests.lives import Life, lives, slice_terms, tiny_terms

TIMES = int(os.environ.get("BACKTEST_TIMES", "1"))  # how many times the usual number of random examples


def examples(count: int, **options: Any) -> settings:
    """Hypothesis settings for ``count`` examples, ``BACKTEST_TIMES`` as many on a long run."""
    return settings(
        max_examples=count * TIMES, deadline=None, suppress_health_check=list(HealthCheck), **options
    )


@st.composite
def plain_lives(draw: st.DrawFn, *, longest: int = 120, cash_only: bool = False) -> Life:
    """A life in the plain account with fractional units and no costs, in yen or dollars.

    ``cash_only``: no dividends and no idle yield, money invested as it arrives, all assets in dollars.
    """
    life = draw(lives(longest=longest))
    panel, plan = life.panel, life.plan
    if cash_only:
        panel = dataclasses.replace(
            panel,
            dividend=np.zeros_like(panel.dividend),
            kind=("us_etf",) * len(panel.symbols),
            asset_currency=("USD",) * len(panel.symbols),
            fx=np.repeat(panel.usdjpy[:, None], len(panel.symbols), axis=1),
            currency="JPY",
        )
        plan = dataclasses.replace(plan, release=plan.deposit, idle_yield=0.0)
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))


def lived(life: Life) -> Ledger:
    """What the kernel makes of a life."""
    return simulate_one(
        slice_market(make_market_data(life.panel, life.terms), 0, len(life.panel.sessions)), life.plan
    )


def changed(life: Life, panel: dict[str, Any] | None = None, plan: dict[str, Any] | None = None) -> Life:
    """The life with some fields of its panel and plan replaced."""
    return Life(
        dataclasses.replace(life.panel, **(panel or {})),
        dataclasses.replace(life.plan, **(plan or {})),
        life.terms,
    )


def unrounded(life: Life) -> Life:
    """A plain life without shares of its value taken out, which are floored to the yen."""
    if life.panel.currency != "JPY":
        return life
    return changed(life, plan={"withdrawal_share": np.zeros_like(life.plan.withdrawal_share)})


def scaled(plan: Plan, factor: float | NDArray[np.float64]) -> Plan:
    """All money of a plan times ``factor`` (a number, or one a session)."""
    money = ("deposit", "release", "withdrawal")
    return dataclasses.replace(plan, **{name: getattr(plan, name) * factor for name in money})


def permuted(life: Life, order: Sequence[int]) -> Life:
    """The same assets in another order."""
    panel, plan = life.panel, life.plan
    columns = list(order)

    def pick(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[a] for a in columns)

    panel = dataclasses.replace(
        panel,
        symbols=pick(panel.symbols),
        price=panel.price[:, columns],
        dividend=panel.dividend[:, columns],
        fx=panel.fx[:, columns],
        kind=pick(panel.kind),
        frames=pick(panel.frames),
        asset_currency=pick(panel.asset_currency),
        source_tax=pick(panel.source_tax),
    )
    return Life(panel, dataclasses.replace(plan, targets=plan.targets[:, columns]), life.terms)


def part(life: Life, first: int, stop: int) -> Life:
    """Sessions ``first`` .. ``stop`` - 1 of a life as a life of their own."""
    return on_sessions(life.panel, life.plan.cut(slice(first, stop)), life.terms, first, stop)


def on_sessions(panel: Panel, plan: Plan, terms: Terms, first: int, stop: int) -> Life:
    """The life of a ``plan`` that was made for sessions ``first`` .. ``stop`` - 1 of a panel."""
    cut = slice(first, stop)
    panel = dataclasses.replace(
        panel,
        sessions=panel.sessions[cut],
        price=panel.price[cut],
        dividend=panel.dividend[cut],
        fx=panel.fx[cut],
        usdjpy=panel.usdjpy[cut],
        known=None if panel.known is None else panel.known[cut],
    )
    return Life(panel, plan, slice_terms(terms, first, stop))


def size_of(ledger: Ledger) -> float:
    """The scale of a life's money, for tolerances."""
    return max(1.0, float(ledger.value.max(initial=0.0)), ledger.stats["contributed"])
