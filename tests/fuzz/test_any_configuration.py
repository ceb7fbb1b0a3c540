"""Any configuration that is accepted can be run, agrees with the exact ledger, and passes the audit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from hypothesis import Phase, event, given
from hypothesis import strategies as st

from engine.audit import audit
from engine.config import Config, parse_config
from engine.context import load_panel, plan_of, prepare
from engine.errors import ConfigError, DataError
from engine.market.panel_builder import life_range
from engine.run import simulate_plan
from tests.property.test_config_roundtrip import CONFIG, as_yaml
from tests.property.test_kernel_oracle import compare
from tests.variations import examples, on_sessions

SYMBOLS = ("VOO", "IJR", "IWM", "SPSM", "JP_SP500", "SPY")
FEW_YEARS = st.tuples(st.dates(dt.date(2001, 1, 1), dt.date(2023, 12, 1)), st.integers(20, 900))


def on_the_sample(raw: dict[str, Any], start: dt.date, days: int) -> dict[str, Any]:
    """A drawn configuration with symbols, source and period that the sample can serve."""
    allocation = dict(raw["strategy"]["allocation"])
    for number, key in enumerate(("core", "satellite")):
        if key in allocation:
            allocation[key] = SYMBOLS[number + 4 * (days % 2)] if number == 0 else SYMBOLS[1 + days % 3]
    for key in ("weights", "from", "to"):
        if key in allocation:
            shares = list(allocation[key].values())
            allocation[key] = dict(zip(SYMBOLS, shares))
    if allocation.get("signal", {}).get("type") == "flows":
        allocation["signal"] = {"type": "momentum", "months": 1 + days % 12}
    period = {"start": start, "end": start + dt.timedelta(days=days)}
    data = {"source": "sample"}
    return {**raw, "strategy": {**raw["strategy"], "allocation": allocation}, "period": period, "data": data}


def lived(config: Config) -> None:
    """Run it, against the oracle and against vectorbt."""
    panel = load_panel(config)
    setting = prepare(config, panel)
    start, stop = life_range(panel, config.period.start, config.period.end)
    plan = plan_of(setting, start, stop)
    if not (plan.deposit > 0).any():
        event("nothing is ever paid in")
        return
    compare(on_sessions(panel, plan, setting.terms, start, stop))
    result = simulate_plan(setting, plan, start, stop)
    if float(np.max(result.equity["value"])) < 1e12:  # beyond that a double no longer knows the yen
        audit(result).require()
    event(f"{config.strategy.allocation.type}, {', '.join(config.accounts)}")


def one_line(error: Exception) -> None:
    if "\n" in str(error):
        raise AssertionError(f"not one line: {error}")


@examples(12, phases=(Phase.explicit, Phase.generate))
@given(CONFIG, FEW_YEARS)
def test_any_configuration_that_is_accepted_runs(raw: dict[str, Any], period: tuple[dt.date, int]) -> None:
    try:
        lived(parse_config(as_yaml(on_the_sample(raw, *period))))
    except (ConfigError, DataError) as error:
        event(f"refused: {str(error)[:60]}")
        one_line(error)
