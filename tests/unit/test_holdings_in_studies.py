"""Holdings in every study: a window and a future are the runs of the same holdings, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.config import dump_yaml, override, parse_config
from engine.config.document import parse_document
from engine.context import benchmark_plan
from engine.errors import ConfigError
from engine.ledger.inputs import make_market_data
from engine.ledger.layout import STATS
from engine.ledger.simulation import simulate_one
from engine.plan_notes import window_notes
from engine.run import run
from engine.state import state_at
from engine.studies.bootstrap.futures import draw
from engine.studies.bootstrap.simulate import simulate_paths
from engine.studies.bootstrap.study import bootstrap
from engine.studies.bootstrap.workload import decide
from engine.studies.compare import compare
from engine.studies.grid.windows import plan_windows
from tests.study_helpers import planned, sampled_differences, written
from tests.unit.test_bootstrap import SATELLITE, TILT, config, futures
from tests.unit.test_futures import future_panel

PLAN = parse_config("""
name: owned
period: {start: 2004-01-01, end: 2012-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}
  contributions: {type: monthly, amount: 100_000}
accounts: [nisa, taxable]
holdings:
  as_of: 2025-06-30
  cash: 700_000
  positions:
    - {asset: VOO, account: taxable, units: 100, cost: 1_200_000}
    - {asset: IJR, account: nisa.G, value: 900_000, cost: 300_000, year: 2025}
    - {asset: VOO, account: nisa.old_general, value: 500_000, cost: 300_000, year: 2022}
  losses: {2023: 400_000}
  year_so_far: {2025: {gain: -50_000}}
""")
TAKES = override(PLAN, {"name": "takes", "strategy.withdrawals": {"type": "percent", "rate": 0.1}})
HOLDINGS = """
cash: 300_000
positions:
  - {{asset: AAA, account: {account}, units: 30.5, cost: 200_000}}
  - {{asset: BBB, account: {account}, value: 400_000, cost: 500_000}}
"""


def test_a_sweeps_windows_begin_with_the_holdings(tmp_path: Path) -> None:
    (tmp_path / "owned.yaml").write_text(dump_yaml(PLAN), encoding="utf-8")
    text = """
name: small
base: owned.yaml
axes:
  strategy.allocation.satellite_weight: [0, 0.1, 0.2]
  holdings.cash: [0, 700_000]
windows: {every: year, horizons: [2, 5]}
"""
    wrong, compared = sampled_differences(planned(written(tmp_path, text)), "sample", 10)
    assert compared == 10
    assert wrong == []


def test_a_study_of_windows_begins_with_the_holdings() -> None:
    plan, _ = plan_windows([PLAN, TAKES], {"source": "sample"}, [2, 3], "year")
    wrong, compared = sampled_differences(plan, "sample", 6)
    assert compared == 6
    assert wrong == []
    assert any("begins with the holdings" in str(note) for note in window_notes([PLAN], [2, 3]))
    assert not window_notes([override(PLAN, {"holdings": None})], [2, 3])


def test_a_window_that_the_holdings_cannot_begin_is_refused_before_the_work() -> None:
    unmoved = override(PLAN, {"holdings.as_of": None})
    with pytest.raises(ConfigError) as caught:
        plan_windows([unmoved], {"source": "sample"}, [2], "year")
    assert str(caught.value).startswith(
        "holdings.positions.1.year: came 2025, allowed a year from 1990 to 200"
    )


def test_plans_with_holdings_are_compared() -> None:
    found = compare([PLAN, TAKES], source="sample", offline=True)
    assert [result.equity["contributed"][0] > 1e6 for result in found.results] == [True, True]
    alone = run(PLAN, source="sample", offline=True)
    assert dict(found.results[0].metrics) == dict(alone.metrics)


@pytest.mark.parametrize("allocation", [SATELLITE, TILT])
@pytest.mark.parametrize(("accounts", "account"), [("plain", "plain"), ("nisa, taxable", "taxable")])
def test_a_future_begins_with_the_holdings(allocation: str, accounts: str, account: str) -> None:
    held = parse_document(HOLDINGS.format(account=account)).plain()
    made = futures(override(config(allocation=allocation, accounts=accounts), {"holdings": held}))
    lived, values = simulate_paths(made, 0, 3, followed=3)
    own, _ = made.strategies
    assert own.opening is not None
    for path in range(3):
        days = draw(made.seed, path, len(made.sessions), made.block, made.days)
        drawn = future_panel(own.context.panel, own.history, days)
        market_data = make_market_data(drawn, own.context.terms)
        plan = decide(own.context, own.past, own.past_price, drawn.base_price, own.opening)
        for s, decided in enumerate((plan, benchmark_plan(plan, drawn, "AAA"))):
            ledger = simulate_one(market_data, decided, own.opening)
            np.testing.assert_array_equal([ledger.stats[name] for name in STATS], lived[path, s])
            assert ledger.value[made.points].tolist() == values[s, path].tolist()
    worth = made.strategies[0].paid_in[0]
    assert lived[:, 0, STATS.index("contributed")] == pytest.approx(made.strategies[0].paid_in[-1], rel=0.1)
    assert worth > 700_000


def test_futures_go_on_from_a_runs_state() -> None:
    """The plan goes on too: a lump sum that was invested long ago does not come again."""
    lump = override(
        PLAN, {"holdings": None, "strategy.contributions": {"type": "lump_sum", "amount": 5_000_000}}
    )
    day = run(lump, source="sample", offline=True).dates[-1].item()
    held = state_at(lump, day, source="sample", offline=True)
    onward = lump.model_copy(update={"holdings": held})
    found = bootstrap([onward], source="sample", offline=True, paths=4, years=2, fan_paths=4)
    anew = bootstrap(
        [override(onward, {"holdings": {"cash": 1}})],
        source="sample",
        offline=True,
        paths=4,
        years=2,
        fan_paths=4,
    )
    assert found.contributed[0, 0] == found.contributed[0, -1]
    assert anew.contributed[0, -1] == 5_000_001
    assert any("Every future begins with the holdings" in str(text) for text in found.manifest["assumptions"])
