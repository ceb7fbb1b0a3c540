"""Every shipped configuration against the exact-decimal ledger: gains tax, quotas and all, to the yen."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import load_config
from engine.context import flows_of, load_panel, opening_of, plan_of, prepare
from engine.market.panel_builder import life_range
from tests.property import test_kernel_oracle, test_states
from tests.shipped import CONFIGS, needs
from tests.variations import on_sessions

SHORT = {"satellite10", "taxable_satellite10", "rebalance_band", "retirement_withdrawals"}


def lived(path: Path, *overrides: str) -> None:
    """The life of a configuration, from what is owned where it says so, is the oracle's."""
    config = load_config(path, (*needs(path), *overrides))
    setting = prepare(config, load_panel(config, source="sample"), flows_of(config))
    start, stop = life_range(setting.panel, config.period.start, config.period.end)
    plan = plan_of(setting, start, stop)
    life, opening = on_sessions(setting.panel, plan, setting.terms, start, stop), opening_of(setting, start)
    if opening is None:
        test_kernel_oracle.compare(life)
    else:
        test_states.compare(life, opening)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path.stem in SHORT else pytest.mark.long) for path in CONFIGS],
    ids=lambda path: path.stem,
)
def test_a_shipped_configuration_is_the_oracle(path: Path) -> None:
    lived(path)


@pytest.mark.parametrize("broker", ["sbi", "rakuten", "monex"])
def test_with_a_brokers_costs_and_large_sums(broker: str) -> None:
    """Quotas that fill, sales every quarter from both accounts, commissions, the banks' rates."""
    path = next(path for path in CONFIGS if path.stem == "satellite10")
    lived(
        path,
        f"costs.broker={broker}",
        "strategy.contributions.amount=700_000",
        "strategy.rebalancing={type: calendar, every: quarterly}",
        "account_rules.tax_amounts=tts_ttb",
        "period.end=2012-12-31",
    )
