"""The audit: every shipped configuration holds, and a record that was tampered with does not."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import store
from engine.audit import Audit, audit, engines, figures, to_vectorbt
from engine.config import load_config
from engine.errors import CheckFailed
from engine.result import Result
from engine.run import run
from tests.shipped import CONFIGS, needs


@cache
def result_of(path: Path, *overrides: str) -> Result:
    return run(load_config(path, [*needs(path), *overrides]), source="sample")


@cache
def taxable() -> Result:
    """A life with quotas that fill, sales from both accounts, taxes and refunds; without the core beside it."""
    whole = result_of(
        next(path for path in CONFIGS if path.stem == "rebalance_band"),
        "strategy.contributions.amount=400_000",
        "strategy.rebalancing={type: calendar, every: quarterly}",
        "costs.broker=sbi",
    )
    return dataclasses.replace(whole, benchmark=None)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_holds(path: Path) -> None:
    result = result_of(path)
    found = audit(result)
    found.require()
    assert found.holds
    assert found.largest < 1e-9
    assert repr(found).startswith(
        f"<Audit {result.name}: holds; {len(found.checks)} checks, largest difference "
    )
    by = {check.by.split(" ")[0] for check in found.checks}
    assert by - {"equity"} == {"vectorbt", "transactions", "empyrical", "pyxirr"}
    lived = {check.by for check in found.checks if check.what == "equity"}
    assert len(lived) == len(engines())
    assert any(check.core for check in found.checks) == (result.benchmark is not None)


def test_what_much_idle_cash_loses_is_compared_in_proportion() -> None:
    """Rounding of a large negative interest is rounding."""
    idle = result_of(
        next(path for path in CONFIGS if path.stem == "nisa_monthly"),
        "strategy.contributions.amount=90_000_000",
        "accounts=[nisa]",
        "idle_cash.yield=-0.049527107980966045",
    )
    assert idle.transactions["amount"][idle.transactions["kind"] == "interest"].sum() < -1e8
    audit(idle).require()


def test_a_deposit_that_costs_more_than_was_held_is_replayed() -> None:
    """A first deposit of ¥30,000 and then thousands of times as much, at 8 % of cost."""
    path = next(path for path in CONFIGS if path.stem == "nisa_monthly")
    result = result_of(
        path,
        "period={start: 2007-05-07, end: 2007-08-06}",
        "strategy.contributions={type: monthly, amount: 160_000_000, initial: 30_000, day: 19}",
        "costs.fx_spread=9.2",
        "execution.whole_shares=false",
        "accounts=[taxable]",
    )
    day = int(np.flatnonzero(result.equity["flow"] > 1e8)[0])
    assert result.equity["value"][day] < result.equity["flow"][day]
    audit(result).require()


@pytest.mark.parametrize("name", ["volatility", "max_drawdown", "liquidation_value"])
def test_a_figure_that_is_missing_is_a_difference(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only_records(monkeypatch)
    metrics = {key: value for key, value in short().metrics.items() if key != name}
    found = audit(dataclasses.replace(short(), metrics=metrics))
    assert {check.what for check in found.checks if not check.holds} == {name}
    assert repr(found).startswith(f"<Audit {found.name}: does not hold: {name}; {len(found.checks)} checks, ")


def test_a_result_into_which_nothing_was_paid_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    only_records(monkeypatch)
    moves = short().transactions
    paid = moves["kind"] != "deposit"
    found = audit(
        dataclasses.replace(short(), transactions={name: column[paid] for name, column in moves.items()})
    )
    assert {"contributed", "cash_after"} <= {check.what for check in found.checks if not check.holds}


def test_both_engines_of_vectorbt_are_there() -> None:
    assert engines() == ("numba", "rust")


@pytest.mark.parametrize("name", ["windfall_spread12", "satellite10", "retirement_withdrawals"])
def test_a_stored_result_holds(name: str, tmp_path: Path) -> None:
    result = result_of(next(path for path in CONFIGS if path.stem == name))
    stored = store.load(store.save(result, tmp_path))
    audit(stored).require()
    without = {name: column for name, column in stored.equity.items() if not name.startswith("price:")}
    derived = audit(dataclasses.replace(stored, equity=without))
    derived.require()
    assert any("holds no prices" in str(note) for note in derived.notes)


def test_without_the_extras_it_says_what_was_not_recomputed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    found = audit(taxable())
    assert found.holds
    assert sum("not installed" in str(note) for note in found.notes) == 2


def test_a_portfolio_for_a_notebook() -> None:
    result = taxable()
    for engine in engines():
        portfolio = to_vectorbt(result, engine)
        value = portfolio.value().groupby(portfolio.wrapper.index.normalize()).last()
        np.testing.assert_allclose(value.to_numpy(), result.equity["value"], rtol=1e-12, atol=1e-6)
        orders = portfolio.orders.records_readable
        traded = np.isin(result.transactions["kind"], ("buy", "sell"))
        assert int((orders["Column"] != "outside").sum()) == int(traded.sum())
        fees = orders["Fees"][orders["Column"] != "outside"].sum()
        assert fees == pytest.approx(result.metrics["cost_paid"], abs=float(traded.sum()))


# --- tampered records ---------------------------------------------------------------------------------------

Change = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], None]


def first(moves: dict[str, Any], kind: str) -> int:
    return int(np.flatnonzero(moves["kind"] == kind)[3])


def more_units(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    moves["units"][first(moves, "buy")] *= 1.0 + 1e-6


def cheaper(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    moves["amount"][first(moves, "buy")] += 100.0


def lost_tax(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    moves["amount"][first(moves, "tax")] = 0.0


def other_price(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    moves["price"][first(moves, "sell")] *= 1.001


def other_day(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    moves["date"][first(moves, "dividend")] += np.timedelta64(1, "D")


def other_value(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    equity["value"][1000] *= 1.0 + 2e-9


def other_index(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    equity["twr"][-1] *= 1.0 + 2e-9


def other_asset(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    equity["asset:VOO"][500:] += 1.0
    equity["asset:IJR"][500:] -= 1.0


def other_account(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    equity["bucket:taxable"][5000:] += 1.0


def other_cost(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    moves["cost"][first(moves, "buy")] += 2.0


def used_more(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    quota["used"][0] -= 1.0


def gave_back_more(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    quota["given_back"][-1] += 1.0


def another_frame(moves: dict[str, Any], equity: dict[str, Any], quota: dict[str, Any]) -> None:
    quota["frame"] = np.array(["H", *quota["frame"][1:]])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (more_units, "equity"),
        (cheaper, "cash"),
        (lost_tax, "tax_paid"),
        (other_price, "price"),
        (other_day, "cash"),
        (other_value, "equity"),
        (other_index, "index"),
        (other_asset, "asset"),
        (other_account, "account"),
        (other_cost, "yen_cost"),
        (used_more, "quota_used"),
        (gave_back_more, "quota_given_back"),
        (another_frame, "quota_rows"),
    ],
)
def test_a_tampered_record_is_found(change: Change, what: str) -> None:
    whole = taxable()
    moves, equity, quota = (
        {name: column.copy() for name, column in part.items()}
        for part in (whole.transactions, whole.equity, whole.quota)
    )
    change(moves, equity, quota)
    found = audit(dataclasses.replace(whole, transactions=moves, equity=equity, quota=quota))
    assert what in {check.what for check in found.checks if not check.holds}
    with pytest.raises(CheckFailed, match=r"^rebalance_band: .* differs by .*, allowed: "):
        found.require()


def test_an_order_without_the_money_is_not_filled() -> None:
    whole = taxable()
    moves = {name: column.copy() for name, column in whole.transactions.items()}
    moves["amount"][0] = 1.0
    found: Audit = audit(dataclasses.replace(whole, transactions=moves))
    assert [check.what for check in found.checks if check.difference == np.inf][:2] == ["orders", "orders"]
    assert found.largest == np.inf


@pytest.mark.parametrize("metric", ["volatility", "sharpe", "sortino", "max_drawdown", "cvar_95", "xirr"])
def test_a_wrong_metric_is_found(metric: str) -> None:
    whole = taxable()
    figure = whole.metrics[metric]
    assert isinstance(figure, float)
    found = audit(dataclasses.replace(whole, metrics={**whole.metrics, metric: figure + 2e-9}))
    assert metric in {check.what for check in found.checks if not check.holds}


# --- figures that were tampered with ------------------------------------------------------------------------

NOT_IN_THE_RECORDS = {"unpaid"}  # what a withdrawal asked for; the audit's notes say so


@cache
def withdrawing() -> Result:
    """A life whose money runs out, in both accounts."""
    path = next(path for path in CONFIGS if path.stem == "retirement_withdrawals")
    return result_of(
        path, "strategy.withdrawals.amount=400_000", "accounts=[nisa, taxable]", "costs.broker=sbi"
    )


def changed(value: Any) -> Any:
    """Another figure, a tenth off; another date."""
    if isinstance(value, str):
        return str(np.datetime64(value) + 30)
    return value + 1 if isinstance(value, int) else value * 1.1 if value else 1_000.0


def only_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave other engines out: they take a second and are not what is looked at."""
    monkeypatch.setattr(sys.modules["engine.audit"], "engines", lambda: ())
    monkeypatch.setattr(sys.modules["engine.audit"], "check_figures", lambda result: ([], []))


@cache
def short() -> Result:
    """As taxable, the last nine years alone."""
    return result_of(
        next(path for path in CONFIGS if path.stem == "rebalance_band"),
        "strategy.contributions.amount=400_000",
        "strategy.rebalancing={type: calendar, every: quarterly}",
        "costs.broker=sbi",
        "period.start=2017-01-01",
    )


@pytest.mark.parametrize("life", [short, withdrawing])
def test_every_figure_of_the_metrics_is_recomputed(
    life: Callable[[], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    only_records(monkeypatch)
    whole = life()
    audit(whole).require()
    for name, value in whole.metrics.items():
        other = {**whole.metrics, name: 0.5 if value is None else changed(value)}
        held = audit(dataclasses.replace(whole, metrics=other, benchmark=None)).holds
        assert held == (name in NOT_IN_THE_RECORDS), name
        gone = {**whole.metrics, name: None}
        if value is not None and name not in NOT_IN_THE_RECORDS:
            assert not audit(dataclasses.replace(whole, metrics=gone, benchmark=None)).holds, name


@pytest.mark.parametrize("table", ["years", "quota"])
def test_every_column_of_years_and_quotas_is_recomputed(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only_records(monkeypatch)
    whole = short()
    columns = getattr(whole, table)
    for name in columns:
        if columns[name].dtype.kind not in "fiu":
            continue
        other = {key: column.copy() for key, column in columns.items()}
        row = int(np.flatnonzero(other[name])[-1]) if other[name].any() else 0
        other[name][row] = other[name][row] * 1.1 + 1
        held = audit(dataclasses.replace(whole, **{table: other}, benchmark=None)).holds
        assert not held, name


def test_every_figure_of_the_core_alone_is_recomputed(monkeypatch: pytest.MonkeyPatch) -> None:
    only_records(monkeypatch)
    whole = short()
    core = whole.benchmark
    assert core is not None
    for name, value in core.metrics.items():
        if name in NOT_IN_THE_RECORDS:
            continue
        other = {**core.metrics, name: 0.5 if value is None else changed(value)}
        found = audit(dataclasses.replace(whole, benchmark=dataclasses.replace(core, metrics=other)))
        broken = {check.what for check in found.checks if not check.holds}
        assert name in broken, name
        assert all(check.core for check in found.checks if not check.holds)


def test_a_core_without_transactions_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    only_records(monkeypatch)
    whole = short()
    assert whole.benchmark is not None
    bare = dataclasses.replace(whole, benchmark=dataclasses.replace(whole.benchmark, transactions={}))
    assert any("core alone" in str(note) for note in audit(bare).notes)


def test_a_ratio_over_next_to_nothing_is_compared_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cash that loses a billionth a year: the drawdown is rounding, and so is what is divided by it."""
    only_records(monkeypatch)
    path = next(path for path in CONFIGS if path.stem == "windfall_lump")
    idle = result_of(
        path, "period={start: 2013-01-05, end: 2014-03-31}", "strategy.contributions.amount=949",
        "idle_cash.yield=-0.000000001", "accounts=[plain]", "costs.broker=none",
    )  # fmt: skip
    assert -1e-8 < idle.metrics["max_drawdown"] < 0.0
    audit(idle).require()


def test_interest_of_next_to_nothing_is_replayed() -> None:
    """315 yen at a trillionth a year: what vectorbt would take for nothing."""
    path = next(path for path in CONFIGS if path.stem == "windfall_lump")
    period = "period={start: 2015-12-04, end: 2016-08-20}"
    poor = result_of(
        path, period, "strategy.contributions.amount=315", "idle_cash.yield=1e-12", "accounts=[plain]"
    )
    audit(poor).require()


def test_interest_of_very_much_cash_is_paid_to_the_last() -> None:
    """38 % a year on hundreds of millions: sums in another order differ in their last digits."""
    path = next(path for path in CONFIGS if path.stem == "glide_path")
    rich = result_of(
        path,
        "period={start: 2019-08-05, end: 2021-06-24}",
        "strategy.contributions={type: monthly, amount: 946_713_585, initial: 748_791_714, growth: -0.238}",
        "strategy.allocation={type: fixed_mix, weights: {VOO: 0.44, IJR: 0.55, IWM: 0.01}}",
        "idle_cash.yield=0.38003948341863303",
        "dividends=total_return",
        "accounts=[taxable]",
    )
    audit(rich).require()


def test_a_life_that_is_emptied_as_it_begins() -> None:
    """All that is paid in is taken out in the same session: no session has a return."""
    path = next(path for path in CONFIGS if path.stem == "windfall_lump")
    gone = result_of(
        path,
        "period={start: 2009-11-15, end: 2009-12-05}",
        "strategy.withdrawals={type: fixed, amount: 99_000_000, start: 2009-11-15, every: monthly}",
        "accounts=[plain]",
    )
    assert gone.metrics["depleted_on"] == "2009-11-16"
    audit(gone).require()
