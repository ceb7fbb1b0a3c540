"""Every shipped configuration against the exact-decimal ledger: gains tax, quotas and all, to the yen."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import load_config
from engine.context import flows_of, load_panel, plan_of, prepare
from engine.market.panel_builder import life_range
from tests.lives import Life
from tests.property.test_kernel_oracle import compare
from tests.shipped import CONFIGS, needs
from tests.variations import part, whole_plan

SHORT = {"satellite10", "taxable_satellite10", "rebalance_band", "retirement_withdrawals"}


def life_of(path: Path, *overrides: str) -> Life:
    config = load_config(path, (*needs(path), *overrides))
    setting = prepare(config, load_panel(config, source="sample"), flows_of(config))
    start, stop = life_range(setting.panel, config.period.start, config.period.end)
    plan = plan_of(setting, start, stop)
    whole = Life(setting.panel, whole_plan(plan, start, len(setting.panel.sessions)), setting.terms)
    return part(whole, start, stop)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path.stem in SHORT else pytest.mark.long) for path in CONFIGS],
    ids=lambda path: path.stem,
)
def test_a_shipped_configuration_is_the_oracle(path: Path) -> None:
    compare(life_of(path))


@pytest.mark.parametrize("broker", ["sbi", "rakuten", "monex"])
def test_with_a_brokers_costs_and_large_sums(broker: str) -> None:
    """Quotas that fill, sales every quarter from both accounts, commissions, the banks' rates."""
    path = next(path for path in CONFIGS if path.stem == "satellite10")
    compare(
        life_of(
            path,
            f"costs.broker={broker}",
            "strategy.contributions.amount=700_000",
            "strategy.rebalancing={type: calendar, every: quarterly}",
            "account_rules.tax_amounts=tts_ttb",
            "period.end=2012-12-31",
        )
    )
