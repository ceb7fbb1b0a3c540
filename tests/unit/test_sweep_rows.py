"""Every row of a sweep equals ``backtest run`` of the same configuration, to the last bit."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.studies.executor import Executor
from engine.studies.grid.chunk import Chunk, make_chunks, simulate_chunk
from engine.studies.grid.chunk_store import ChunkJob, axis_columns
from engine.studies.grid.study import share_maker
from engine.studies.grid.window_grid import WindowGrid
from engine.studies.grid.workload import windows_by_start
from tests.study_helpers import CONFIGS, planned, sampled_differences, written

ODD = """
name: odd
base:
  name: x
  period: {start: 2011-02-11, end: 2024-11-30}
  strategy:
    allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}
    contributions: {type: monthly, amount: 100_000, day: 31}
  accounts: [nisa, taxable]
  costs: {broker: monex}
  data: {splice: auto}
axes:
  strategy.allocation:
    - {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}
    - {type: core_satellite, core: VOO, satellite: IWM, satellite_weight: 0}
    - {type: fixed_mix, weights: {VOO: 0.6, IJR: 0.3, IWM: 0.1}}
    - {type: fixed_mix, weights: {VOO: 0.2, IJR: 0.7, IWM: 0.1}}
    - {type: glide_path, from: {VOO: 1.0}, to: {VOO: 0.5, IJR: 0.5}, step: monthly}
    - type: tilt
      core: VOO
      satellite: IJR
      base_weight: 0.10
      max_weight: 0.20
      signal: {type: momentum, months: 12}
  strategy.contributions:
    - {type: lump_sum, amount: 10_000_000}
    - {type: monthly, amount: 100_000, day: 31}
    - {type: monthly, amount: 50_000, day: 25, growth: 0.03, initial: 100_000}
    - {type: monthly, amount: 50_000, day: 10, bonus: {months: [6, 12], amount: 100_000}}
    - {type: annual, amount: 1_000_000, month: 7, day: 15}
    - {type: fill_quota, years: 5}
  strategy.rebalancing:
    - no_sell
    - {type: calendar, every: quarterly}
    - {type: band, width: 0.02, check: daily, new_money_first: true}
  strategy.deploy: [at_once, {spread_months: 6}]
  idle_cash.yield: [0, 0.01]
windows: {every: month, horizons: [2, 5]}
"""
TILT = f"""
name: tilt
base: {CONFIGS}/tilt_momentum.yaml
axes: {{strategy.allocation.max_weight: [0.15, 0.3]}}
windows: {{every: month, horizons: [2]}}
"""
LAWS = f"""
name: laws
base: {CONFIGS}/orukan_and_deposit.yaml
axes:
  liquidation: [{{years: 1}}, {{years: 10}}]
  deposit_rate: [0.001, 0.02]
  accounts: [[taxable]]
  strategy.contributions: [{{type: lump_sum, amount: 3_000_000_000}}]
  strategy.allocation.weights: [{{JP_SP500: 0.9, DEPOSIT: 0.1}}]
windows: {{every: year, horizons: [5]}}
"""
PERIODS = f"""
name: periods
base: {CONFIGS}/satellite10.yaml
axes: {{strategy.allocation.satellite_weight: [0, 0.15]}}
windows:
  periods: [{{start: 2002-03-05, end: 2004-02-20}}, {{start: 2010-01-01, end: 2019-12-31}}]
"""


def real() -> str:
    folder = os.environ.get("BACKTEST_MARKET_DATA")
    if not folder:
        pytest.skip("BACKTEST_MARKET_DATA is not set: no real prices")
    return f"csv:{folder}"


def test_rows_of_everything() -> None:
    plan = planned(CONFIGS / "sweeps" / "everything.yaml")
    wrong, compared = sampled_differences(plan, "sample", 20)
    assert not wrong
    assert compared == 20


def test_rows_of_odd_configurations(tmp_path: Path) -> None:
    """Every kind of allocation, money that comes in every way, holidays at the start, a broker's fees."""
    wrong, compared = sampled_differences(planned(written(tmp_path, ODD)), "sample", 40)
    assert not wrong
    assert compared == 40


def test_threads_that_share_a_chunk_give_its_rows(tmp_path: Path) -> None:
    """The same bytes in the same order, of every kind of allocation, however many share it."""
    few = ODD.replace("{every: month, horizons: [2, 5]}", "{every: year, horizons: [2]}")
    few = few.replace("  strategy.deploy: [at_once, {spread_months: 6}]\n  idle_cash.yield: [0, 0.01]\n", "")
    plan = planned(written(tmp_path, few))
    (chunk,) = make_chunks(plan.workload, 10**12)
    job = ChunkJob(plan.workload, axis_columns(plan.points), share_maker(plan))
    alone = job(chunk)
    assert all(replace(job, threads=threads)(chunk) == alone for threads in (2, 5))


def test_threads_share_chunks_where_there_are_fewer_of_them() -> None:
    assert [Executor(threads=8).threads_each(count) for count in (0, 1, 3, 8, 20)] == [8, 8, 2, 1, 1]
    assert Executor(workers=8).threads_each(1) == Executor(scheduler="tcp://localhost:1").threads_each(1) == 1


def test_rows_of_points_under_laws_of_their_own(tmp_path: Path) -> None:
    """Over how many years all is sold, and what a deposit pays, are law and costs as accounts and brokers are."""
    plan = planned(written(tmp_path, LAWS))
    wrong, compared = sampled_differences(plan, "sample", 12)
    assert (wrong, compared) == ([], 12)
    last = len(plan.workload.by_start) - 1  # ends in 2025, the first year of the minimum tax
    rows = [simulate_chunk(plan.workload, Chunk(last, last + 1, group, group + 1, 0)) for group in range(4)]
    assert len({columns.figures["liquidation_value"][0] for columns in rows}) == 4


def test_rows_of_fixed_periods(tmp_path: Path) -> None:
    plan = planned(written(tmp_path, PERIODS))
    assert [str(window.end) for window in plan.grid.windows] == ["2004-02-20", "2019-12-31"]
    wrong, compared = sampled_differences(plan, "sample", 6)
    assert not wrong
    assert compared == 6


@pytest.mark.market
def test_rows_of_everything_on_real_prices() -> None:
    source = real()
    plan = planned(CONFIGS / "sweeps" / "everything.yaml", source)
    wrong, compared = sampled_differences(plan, source, 20, seed=11)
    assert not wrong
    assert compared > 12


@pytest.mark.market
def test_a_signal_sees_the_past_that_its_run_would_see(tmp_path: Path) -> None:
    """VOO began in September 2010: a run from October 2010 has no stand-in's history to look back to."""
    source = real()
    plan = planned(written(tmp_path, TILT), source)
    group = plan.workload.groups[0]
    seen = {str(w.start): int(s) for w, s in zip(plan.grid.windows, group.visible)}
    sessions = plan.workload.panels[0].sessions
    assert seen["2010-09-01"] == 0
    assert str(sessions[seen["2010-10-01"]]) == "2010-09-09"
    inside = [n for n, w in enumerate(plan.grid.windows) if "2010-06" <= str(w.start)[:7] <= "2011-11"]
    grid = WindowGrid(tuple(plan.grid.windows[n] for n in inside), plan.grid.horizons, 1)
    lives = replace(
        plan.workload,
        windows=grid.windows,
        by_start=windows_by_start(grid.windows),
        bounds=plan.workload.bounds[:, inside],
        groups=tuple(
            replace(g, setting=g.setting[inside], visible=g.visible[inside]) for g in plan.workload.groups
        ),
    )
    wrong, compared = sampled_differences(replace(plan, grid=grid, workload=lives), source, 15)
    assert not wrong
    assert compared == 15
