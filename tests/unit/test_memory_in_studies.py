"""Withdrawals that remember, in studies: a window is the run of its period, a future the Decimal ledger's life."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.config import Config, load_config, override
from engine.context import load_panel
from engine.ledger.layout import STATS
from engine.market.panel_builder import life_range
from engine.studies.bootstrap.futures import draw
from engine.studies.bootstrap.simulate import simulate_paths
from engine.studies.bootstrap.workload import make_workload
from engine.studies.grid.windows import plan_windows
from tests import oracle
from tests.study_helpers import sampled_differences

CONFIGS = Path(engine.__file__).parents[1] / "configs"
KINDS: dict[str, dict[str, Any]] = {
    "guardrails": {"type": "guardrails", "rate": 0.07, "inflation": 0.02, "every": "monthly"},
    "limits": {"type": "percent_with_limits", "rate": 0.08, "inflation": 0.02, "every": "monthly"},
    "both": [
        {"type": "guardrails", "name": "a", "rate": 0.05, "inflation": 0.01, "every": "yearly"},
        {"type": "percent_with_limits", "name": "b", "rate": 0.04, "inflation": 0.02, "every": "monthly"},
    ],
}


def plan(kind: str) -> Config:
    changes = {"strategy.withdrawals": KINDS[kind], "accounts": ["nisa", "taxable"]}
    return override(load_config(CONFIGS / "retirement_withdrawals.yaml"), changes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_is_the_run_of_its_period(kind: str) -> None:
    study, _ = plan_windows([plan(kind)], {"source": "sample"}, horizons=[7], every="quarter")
    wrong, compared = sampled_differences(study, "sample", 4)
    assert not wrong
    assert compared == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_future_is_the_decimal_ledgers_life(kind: str) -> None:
    config = plan(kind)
    panel = load_panel(config, source="sample")
    start, stop = life_range(panel, config.period.start, config.period.end)
    workload = make_workload([config], panel, start, stop, years=4)
    strategy, number = workload.strategies[0], 3
    stats, _ = simulate_paths(workload, number, number + 1)
    days = draw(workload.seed, number, len(workload.sessions), workload.block, workload.days)
    growth = strategy.history.growth[days].cumprod(axis=0)
    price = strategy.history.price * growth
    before = np.concatenate([strategy.history.price[None], price[:-1]])
    drawn = replace(
        strategy.context.panel,
        price=price,
        dividend=before * strategy.history.payout[days],
        fx=strategy.history.rate * strategy.history.fx[days].cumprod(axis=0),
    )
    life = oracle.live(drawn, strategy.plan, strategy.context.terms)
    found = dict(zip(STATS, stats[0, 0].tolist(), strict=True))
    assert life.withdrawn > 0
    for name in ("withdrawn", "wanted", "unpaid", "tax_paid", "liquidation_value"):
        assert found[name] == pytest.approx(float(getattr(life, name)), rel=1e-9, abs=1e-6), name
    assert found["final_value"] == pytest.approx(float(life.value[-1]), rel=1e-9)
