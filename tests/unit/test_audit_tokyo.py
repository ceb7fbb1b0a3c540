"""The audit of ETFs in Tokyo, trading units, taxed distributions and deposits: what is true holds, else not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audit import Audit, audit
from engine.audit.tokyo import accrued
from engine.config import dump_holdings, load_config, parse_config
from engine.context import load_panel
from engine.market.panel import Panel
from engine.result import Result
from engine.run import run
from engine.state import state_at

PLAN = """
name: both
period: {start: 2015-01-01, end: 2022-12-31}
strategy:
  allocation: {type: fixed_mix, weights: {2558.T: 0.4, IJR: 0.2, JP_SP500: 0.2, DEPOSIT: 0.2}}
  contributions: {type: monthly, amount: 1_400_000}
  withdrawals: {type: percent, rate: 0.04, every: monthly}
  rebalancing: {type: calendar, every: yearly}
accounts: ACCOUNTS
costs: {broker: sbi}
deposit_rate: RATE
data: {source: sample}
"""
DATED = "[{from: 2015-01-01, rate: 0.0002}, {from: 2019-06-03, rate: 0.003}]"


@cache
def result_of(accounts: str = "[nisa, taxable]", rate: str = DATED) -> Result:
    return run(parse_config(PLAN.replace("ACCOUNTS", accounts).replace("RATE", rate)), source="sample")


@pytest.mark.parametrize("accounts", ["[nisa, taxable]", "[taxable]", "[plain]"])
@pytest.mark.parametrize("rate", [DATED, "0.001", "null"])
def test_a_plan_of_everything_holds(accounts: str, rate: str) -> None:
    found = audit(result_of(accounts, rate))
    found.require()
    assert {"tokyo_sessions", "trading_units", "deposit_interest"} <= {check.what for check in found.checks}


def test_distributions_in_tokyo_hold_with_and_without_tax_abroad(monkeypatch: pytest.MonkeyPatch) -> None:
    for share in (0.0, 0.1):
        found = audit(paying(share, monkeypatch))
        found.require()
        assert "distribution_tax" in {check.what for check in found.checks}


def test_a_plan_that_goes_on_from_its_state_holds(tmp_path: Path) -> None:
    """Interest that had accrued before, and balances of days between two sessions."""
    config = parse_config(PLAN.replace("ACCOUNTS", "[taxable]").replace("RATE", DATED))
    held = state_at(config, dt.date(2019, 5, 31), source="sample", offline=True)
    path = tmp_path / "rest.yaml"
    path.write_text(
        PLAN.replace("ACCOUNTS", "[taxable]")
        .replace("RATE", DATED)
        .replace("2015-01-01, end", "2019-06-01, end")
        + dump_holdings(held)
    )
    result = run(load_config(path), source="sample", offline=True)
    assert result.config["holdings"]["accrued_interest"] > 0.0
    audit(result).require()


def paying(share: float, monkeypatch: pytest.MonkeyPatch) -> Result:
    """The plan with distributions of 2558.T each June, of whose dividends a share was taxed abroad."""
    config = parse_config(PLAN.replace("ACCOUNTS", "[taxable]").replace("RATE", "0.001"))
    panel = load_panel(config, source="sample")
    own = panel.column("2558.T")
    dividend = panel.dividend.copy()
    months = panel.sessions.astype("datetime64[M]")
    june = np.append(months[1:] != months[:-1], False) & (months.astype(int) % 12 == 5)
    dividend[june, own] = 0.02 * panel.price[june, own]
    abroad = tuple(share if symbol == "2558.T" else 0.0 for symbol in panel.symbols)
    changed: Panel = dataclasses.replace(panel, dividend=dividend, foreign_tax=abroad)
    monkeypatch.setattr(sys.modules["engine.run"], "load_panel", lambda *_, **__: changed)
    return run(config, source="sample")


def broken(result: Result, change: Callable[[dict[str, Any]], None]) -> set[str]:
    """What does not hold once the transactions are changed."""
    moves = {name: column.copy() for name, column in result.transactions.items()}
    change(moves)
    found: Audit = audit(dataclasses.replace(result, transactions=moves))
    return {check.what for check in found.checks if not check.holds}


def rows(moves: dict[str, Any], kind: str, asset: str) -> Any:
    return np.flatnonzero((moves["kind"] == kind) & (moves["asset"] == asset))


def test_a_yen_of_interest_too_much_does_not_hold() -> None:
    def change(moves: dict[str, Any]) -> None:
        moves["amount"][rows(moves, "interest", "DEPOSIT")[3]] += 1.0

    assert "deposit_interest" in broken(result_of(), change)


def test_a_yen_of_tax_on_it_too_little_does_not_hold() -> None:
    def change(moves: dict[str, Any]) -> None:
        moves["amount"][rows(moves, "interest_tax", "DEPOSIT")[-1]] += 1.0

    assert "deposit_interest" in broken(result_of(), change)


def test_half_a_trading_unit_does_not_hold() -> None:
    def change(moves: dict[str, Any]) -> None:
        moves["units"][rows(moves, "buy", "2558.T")[5]] += 0.5

    assert "trading_units" in broken(result_of(), change)


def test_a_yen_of_tax_on_a_distribution_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(moves: dict[str, Any]) -> None:
        moves["amount"][rows(moves, "dividend_tax", "2558.T")[-1]] -= 1.0

    assert "distribution_tax" in broken(paying(0.1, monkeypatch), change)


def test_tax_abroad_that_is_not_what_was_recorded_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    result = paying(0.1, monkeypatch)
    assets = {symbol: dict(asset) for symbol, asset in result.manifest["assets"].items()}
    assets["2558.T"]["foreign_tax"] = 0.0
    found = audit(dataclasses.replace(result, manifest={**result.manifest, "assets": assets}))
    assert "distribution_tax" in {check.what for check in found.checks if not check.holds}


def test_a_day_on_which_tokyo_is_closed_does_not_hold() -> None:
    result = result_of()
    equity = {name: column.copy() for name, column in result.equity.items()}
    at = int(np.flatnonzero(equity["date"] == np.datetime64("2019-05-07"))[0])
    before = dt.date(2019, 5, 6)  # a holiday of Tokyo's, a session of New York's
    equity["date"][at] = np.datetime64(before)
    moves = result.transactions
    dates = np.where(moves["date"] == np.datetime64("2019-05-07"), np.datetime64(before), moves["date"])
    changed = dataclasses.replace(result, equity=equity, transactions={**moves, "date": dates})
    found = audit(changed)
    assert "tokyo_sessions" in {check.what for check in found.checks if not check.holds}


def test_interest_is_counted_by_hand() -> None:
    """A million yen for a year at 0.1 %: 181 days to the payment of 15 August 2016, a day's balance each."""
    plan = PLAN.replace("{2558.T: 0.4, IJR: 0.2, JP_SP500: 0.2, DEPOSIT: 0.2}", "{DEPOSIT: 1}")
    plan = plan.replace("type: monthly, amount: 1_400_000", "type: lump_sum, amount: 1_000_000")
    plan = plan.replace("  withdrawals: {type: percent, rate: 0.04, every: monthly}\n", "")
    plan = plan.replace("{start: 2015-01-01, end: 2022-12-31}", "{start: 2016-02-15, end: 2016-08-31}")
    result = run(
        parse_config(plan.replace("ACCOUNTS", "[taxable]").replace("RATE", "0.001")), source="sample"
    )
    paid, due = accrued(result)
    assert paid == {dt.date(2016, 8, 15): 498.0}  # 1,000,000 x 0.001 x 182 / 365 = 498.63
    assert due == pytest.approx(1_000_422.0 * 0.001 * 16 / 365, rel=1e-3)
    audit(result).require()
