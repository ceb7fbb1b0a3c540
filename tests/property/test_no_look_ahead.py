"""No strategy sees the future: for every shipped configuration, later prices change no earlier record."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import load_config
from engine.context import RunContext, flows_of, load_panel, plan_of, prepare
from engine.market.flows import Flows
from engine.result import Result
from engine.run import simulate_plan
from tests.shipped import CONFIGS, needs
from tests.variations import examples


@cache
def setting_of(path: Path) -> RunContext:
    config = load_config(path, needs(path))
    return prepare(config, load_panel(config, source="sample"), flows_of(config))


@cache
def life_of(path: Path) -> Result:
    return lived(setting_of(path))


def lived(setting: RunContext) -> Result:
    told = prepare(setting.config, setting.panel, setting.flows)
    sessions = len(setting.panel.sessions)
    start = int(np.searchsorted(setting.panel.sessions, np.datetime64("2001-01-01")))
    return simulate_plan(told, plan_of(told, start, sessions), start, sessions)


def after_day(flows: Flows | None, day: np.datetime64) -> Flows | None:
    """Flows that turn around from ``day`` on."""
    if flows is None:
        return None
    return dataclasses.replace(flows, flow=np.where(flows.dates >= day, -3.0 * flows.flow, flows.flow))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
@examples(4)
@given(share=st.floats(0.01, 0.99), seed=st.integers(0, 2**32 - 1))
def test_later_prices_change_no_earlier_record(path: Path, share: float, seed: int) -> None:
    setting = setting_of(path)
    whole = life_of(path)
    after = int(share * len(whole.dates))
    day = whole.dates[after]
    at = int(np.searchsorted(setting.panel.sessions, day))
    noise = np.random.default_rng(seed).uniform(0.5, 2.0, setting.panel.price.shape)
    noise[:at] = 1.0
    rate = noise[:, :1]
    changed = dataclasses.replace(
        setting.panel,
        price=setting.panel.price * noise,
        dividend=setting.panel.dividend * noise,
        fx=np.where(setting.panel.fx == 1.0, 1.0, setting.panel.fx * rate),
        usdjpy=setting.panel.usdjpy * rate[:, 0],
    )
    flows = after_day(setting.flows, day)
    other = lived(dataclasses.replace(setting, panel=changed, flows=flows))
    owned = whole.equity["value"][after - 1] > 0.0  # else the money has run out, and no price matters
    assert np.array_equal(other.equity["value"], whole.equity["value"]) != owned
    nothing = {"unpaid": np.zeros(len(whole.dates))}  # a column only where money was wanting
    for name, column in whole.equity.items():
        found = other.equity.get(name, nothing.get(name))
        np.testing.assert_array_equal(found[:after], column[:after], err_msg=name)
    before, still = whole.transactions["date"] < day, other.transactions["date"] < day
    for name, column in whole.transactions.items():
        np.testing.assert_array_equal(other.transactions[name][still], column[before], err_msg=name)
