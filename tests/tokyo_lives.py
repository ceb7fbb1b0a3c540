"""Random lives with ETFs of Tokyo, a deposit and cash beside funds and New York: on one clock and on two."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.rules.deposits import DepositRates
from tests.lives import (
    ACCOUNTS,
    BOTH,
    Life,
    _calendars,
    _panels,
    _plans,
    _takings,
    _terms,
    _transfers,
)

KINDS = [
    ["jp_etf", "us_etf", "jp_fund", "deposit"],
    ["us_etf", "jp_etf"],
    ["jp_fund", "us_etf"],
    ["us_etf", "jp_etf", "index", "cash"],
    ["deposit", "jp_etf", "us_etf", "us_etf"],
    ["jp_etf", "jp_etf", "deposit"],
    ["jp_fund", "deposit"],
    ["deposit", "us_etf", "cash"],
]


def with_clocks(panel, rng: np.random.Generator):  # type: ignore[no-untyped-def]
    """A panel with money at 1 and, where it has two clocks, what New York was known at before each session.

    That is its close before, or where Tokyo was closed in between a later one.
    """
    money = np.isin(panel.kind, ("cash", "deposit"))
    price = np.where(money, 1.0, panel.price)
    panel = dataclasses.replace(panel, price=price, dividend=np.where(money, 0.0, panel.dividend))
    new_york = np.isin(panel.kind, ("us_etf", "index"))
    if {"jp_etf", "jp_fund"}.isdisjoint(panel.kind) or not new_york.any():
        return panel
    before = np.concatenate([price[:1], price[:-1]])
    later = np.round(before * np.exp(rng.normal(0.0, 0.02, price.shape)), 2) + 0.01
    holiday = rng.random(len(price)) < 0.2
    known = np.where(holiday[:, None], later, before)
    return dataclasses.replace(panel, known=np.where(new_york, known, price))


@st.composite
def tokyo_lives(draw: st.DrawFn, *, longest: int = 320) -> Life:
    """Any life of these."""
    account = draw(st.sampled_from(sorted(ACCOUNTS)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sessions = draw(_calendars(longest=longest, historical=account == "old nisa"))
    kinds = draw(st.sampled_from(KINDS))
    panel = with_clocks(draw(_panels(sessions, rng, "JPY", kinds)), rng)
    units = tuple(float(draw(st.sampled_from([1, 10]))) if kind == "jp_etf" else 1.0 for kind in kinds)
    abroad = tuple(draw(st.sampled_from([0.0, 0.1])) if kind == "jp_etf" else 0.0 for kind in kinds)
    panel = dataclasses.replace(panel, trading_unit=units, foreign_tax=abroad)
    plan = draw(_plans(panel, rng))
    if draw(st.booleans()):
        quiet = np.zeros(len(sessions))
        takings = tuple(
            draw(_takings(len(sessions), f"w{n}", 1, rng)) for n in range(draw(st.integers(1, 3)))
        )
        plan = dataclasses.replace(plan, withdrawal=quiet, withdrawal_share=quiet, takings=takings)
    if account in BOTH and draw(st.booleans()):
        plan = dataclasses.replace(plan, **draw(_transfers(panel, rng)))
    terms = dataclasses.replace(draw(_terms(panel, account)), deposit_rates=_rates(draw, sessions))
    return Life(panel, plan, terms)


def _rates(draw: st.DrawFn, sessions: NDArray[np.datetime64]) -> DepositRates:
    """Some rates of a deposit, from before the life on."""
    first, last = sessions[0].item().toordinal(), sessions[-1].item().toordinal()
    days = draw(st.lists(st.integers(first - 400, last), min_size=1, max_size=4, unique=True))
    rates = draw(
        st.lists(st.sampled_from([0.0, 0.00001, 0.002, 0.05]), min_size=len(days), max_size=len(days))
    )
    begin = type(sessions[0].item()).fromordinal
    return DepositRates(tuple(begin(day) for day in sorted(days)), tuple(rates))
