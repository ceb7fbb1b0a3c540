"""One life told in two ways has one outcome: the relations that hold whatever the numbers are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.ledger.inputs import make_market_data, slice_market
from engine.ledger.layout import STATS
from engine.ledger.simulation import simulate, simulate_one
from engine.plan import Policy
from tests.lives import Life, lives, tiny_panel, tiny_terms
from tests.variations import changed, examples, lived, part, permuted, plain_lives, scaled, size_of, unrounded

FEW = examples(60)
MONEY = ("final_value", "contributed", "withdrawn", "cost_paid", "dividend_tax_paid", "idle_cash_average")
RATES = ("twr_index", "max_drawdown", "return_sum", "return_square_sum", "days_below_principal")


@FEW
@given(plain_lives(), st.sampled_from([1e-3, 0.37, 2.0, 3.7, 1000.0]))
def test_all_money_times_c_scales_all_results(life: Life, c: float) -> None:
    life = unrounded(life)
    one, other = lived(life), lived(Life(life.panel, scaled(life.plan, c), life.terms))
    atol = 1e-9 * size_of(one)
    np.testing.assert_allclose(other.value / c, one.value, rtol=1e-9, atol=atol)
    np.testing.assert_allclose(other.units[-1] / c, one.units[-1], rtol=1e-9, atol=1e-9 * one.units.max())
    for name in MONEY:
        assert other.stats[name] / c == pytest.approx(one.stats[name], rel=1e-9, abs=atol), name
    for name in RATES[:-1]:
        assert other.stats[name] == pytest.approx(one.stats[name], rel=1e-9, abs=1e-9), name
    assert other.stats["xirr"] == pytest.approx(one.stats["xirr"], rel=1e-6, abs=1e-9, nan_ok=True)


@FEW
@given(plain_lives(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_a_power_of_two_scales_to_the_last_bit(life: Life, c: float) -> None:
    life = unrounded(life)
    one, other = lived(life), lived(Life(life.panel, scaled(life.plan, c), life.terms))
    np.testing.assert_array_equal(other.value, one.value * c)
    np.testing.assert_array_equal(other.moves["amount"], one.moves["amount"] * c)
    for name in RATES:
        assert other.stats[name] == one.stats[name], name


@FEW
@given(plain_lives(), st.randoms(use_true_random=False))
def test_the_order_of_assets_changes_nothing(life: Life, random: object) -> None:
    order = list(range(len(life.panel.symbols)))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = permuted(life, order)
    turned = Life(turned.panel, turned.plan, tiny_terms(turned.panel, "plain", whole_shares=False))
    one, other = lived(life), lived(turned)
    atol = 1e-9 * size_of(one)
    np.testing.assert_allclose(other.value, one.value, rtol=1e-9, atol=atol)
    back = [order.index(a) for a in range(len(order))]
    units = one.units.max(initial=1.0)
    np.testing.assert_allclose(other.units[:, :, back], one.units, rtol=1e-9, atol=1e-8 * units)


@FEW
@given(lives(longest=120), st.sampled_from([0.5, 2.0, 4.0]))
def test_a_split_changes_nothing_where_units_are_fractions(life: Life, ratio: float) -> None:
    """Prices and dividends over ``ratio``: units times ``ratio``, every amount the same to the bit."""
    terms = dataclasses.replace(life.terms, lot=np.zeros_like(life.terms.lot))
    whole = Life(life.panel, life.plan, terms)
    split = changed(whole, panel={"price": life.panel.price / ratio, "dividend": life.panel.dividend / ratio})
    one, other = lived(whole), lived(split)
    np.testing.assert_array_equal(other.units, one.units * ratio)
    np.testing.assert_array_equal(other.moves["amount"], one.moves["amount"])
    np.testing.assert_array_equal(other.value, one.value)
    for name in STATS:
        np.testing.assert_equal(other.stats[name], one.stats[name], name)


@FEW
@given(lives(longest=120))
def test_constant_prices_and_no_costs_return_the_contributions(life: Life) -> None:
    shape = life.panel.price.shape
    flat = tiny_panel(
        life.panel.sessions,
        {symbol: np.full(shape[0], 100.0 + 50.0 * a).tolist() for a, symbol in enumerate(life.panel.symbols)},
        fx=125.0,
        kind=dict(zip(life.panel.symbols, life.panel.kind)),
        frames=dict(zip(life.panel.symbols, life.panel.frames)),
        currency=life.panel.currency,
    )
    zero = np.zeros(shape[1])
    terms = dataclasses.replace(
        life.terms,
        commission_rate=zero, commission_min=zero, commission_cap=zero, fx_spread=zero, tax_spread=zero,
    )  # fmt: skip
    plan = dataclasses.replace(life.plan, idle_yield=0.0)
    ledger = lived(Life(flat, plan, terms))
    # In yen books each sale of a fraction of a share is floored to the yen; nothing else may be lost.
    noise = 1e-9 * size_of(ledger)
    sold = np.bincount(ledger.moves["session"][ledger.moves["kind"] == "sell"], minlength=shape[0]).cumsum()
    floored = sold if "plain" not in terms.buckets else np.zeros(shape[0])
    lost = np.cumsum(ledger.flow) - ledger.value
    assert (lost >= -noise).all()
    assert (lost <= floored + noise).all()
    assert ledger.stats["cost_paid"] == 0.0
    assert ledger.stats["tax_paid"] == 0.0
    left = ledger.units[-1].size + noise
    assert 0.0 <= ledger.stats["final_value"] - ledger.stats["liquidation_value"] + noise <= left + noise
    if not floored.any():
        assert ledger.stats["twr_index"] == pytest.approx(1.0, abs=1e-9)
        assert ledger.stats["max_drawdown"] == pytest.approx(0.0, abs=1e-9)
    if not floored.any() and not ledger.stats["withdrawn"]:
        assert ledger.stats["days_below_principal"] == 0


@FEW
@given(lives(longest=160), st.data())
def test_a_shorter_life_is_the_beginning_of_a_longer_one(life: Life, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(life.panel.sessions)))
    assume((life.plan.deposit[:count] > 0).any())
    whole, begun = lived(life), lived(part(life, 0, count))
    np.testing.assert_array_equal(begun.value[:-1], whole.value[: count - 1])
    np.testing.assert_array_equal(begun.cash, whole.cash[:count])
    kept = whole.moves["session"] < count
    # A life that ends with a calendar year does not yet move what leaves a tax-free term that day, and pays
    # the interest of its last sessions on its last day.
    moved = np.isin(whole.moves["kind"], ("transfer_in", "transfer_out")) & (
        whole.moves["session"] == count - 1
    )
    # The same units then lie in other accounts: their sum may differ in its last bit.
    same = 4e-16 if moved.any() else 0.0
    assert begun.value[-1] == pytest.approx(whole.value[count - 1], rel=same, abs=0.0)
    for name in ("session", "kind", "bucket", "asset", "units", "amount", "cost"):
        expected = whole.moves[name][kept & ~moved & (whole.moves["kind"] != "interest")]
        np.testing.assert_array_equal(begun.moves[name][begun.moves["kind"] != "interest"], expected)


@FEW
@given(lives(longest=160), st.data())
def test_no_later_price_changes_an_earlier_record(life: Life, data: st.DataObject) -> None:
    after = data.draw(st.integers(1, len(life.panel.sessions)))
    assume((life.plan.deposit[:after] > 0).any())
    factor = np.where(np.arange(len(life.panel.sessions)) < after, 1.0, 1.7)[:, None]
    panel = {name: getattr(life.panel, name) * factor for name in ("price", "dividend", "fx")}
    one, other = lived(life), lived(changed(life, panel=panel))
    np.testing.assert_array_equal(other.value[:after], one.value[:after])
    np.testing.assert_array_equal(other.units[:after], one.units[:after])
    kept, same = one.moves["session"] < after, other.moves["session"] < after
    for name in ("kind", "bucket", "asset", "units", "amount", "cost", "cash_after"):
        np.testing.assert_array_equal(other.moves[name][same], one.moves[name][kept])


@FEW
@given(plain_lives(cash_only=True), st.data())
def test_two_periods_joined_are_one(life: Life, data: st.DataObject) -> None:
    """A second life that begins with all of the first's money goes on as the first does after a rebalance."""
    count = len(life.panel.sessions)
    assume(count > 2)
    join = data.draw(st.integers(1, count - 1))
    assume((life.plan.deposit[:join] > 0).any())
    rebalance = life.plan.rebalance.copy()
    rebalance[join] = True
    withdrawal, share = life.plan.withdrawal.copy(), life.plan.withdrawal_share.copy()
    withdrawal[join] = share[join] = 0.0
    plan = {
        "policy": Policy.CALENDAR, "rebalance": rebalance, "withdrawal": withdrawal, "withdrawal_share": share
    }  # fmt: skip
    whole = lived(changed(life, plan=plan))
    assume(whole.value[join] > 1e-3 * size_of(whole))
    second = part(changed(life, plan=plan), join, count)
    deposit = second.plan.deposit.copy()
    deposit[0] = whole.value[join]
    later = lived(changed(second, plan={"deposit": deposit, "release": deposit}))
    np.testing.assert_allclose(later.value, whole.value[join:], rtol=1e-9, atol=1e-9 * size_of(whole))


@FEW
@given(plain_lives(cash_only=True))
def test_yen_and_dollars_are_two_views_of_one_life(life: Life) -> None:
    life = unrounded(life)
    fx = life.panel.usdjpy
    in_yen = lived(life)
    dollars = changed(life, panel={"currency": "USD", "fx": np.ones_like(life.panel.fx)})
    in_dollars = lived(Life(dollars.panel, scaled(life.plan, 1.0 / fx), dollars.terms))
    np.testing.assert_allclose(in_dollars.value * fx, in_yen.value, rtol=1e-9, atol=1e-9 * size_of(in_yen))
    np.testing.assert_allclose(
        in_dollars.units, in_yen.units, rtol=1e-9, atol=1e-9 * in_yen.units.max(initial=1.0)
    )


@FEW
@given(lives(longest=120), st.integers(1, 70), st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 5]))
def test_lives_in_a_sweep_are_lives_alone_to_the_last_bit(
    life: Life, count: int, seed: int, threads: int
) -> None:
    rng = np.random.default_rng(seed)
    rows, assets = life.plan.targets.shape
    weights = rng.dirichlet(np.ones(assets), (count, rows)).transpose(1, 2, 0)
    weights[:, :, 0] = life.plan.targets
    market_data = slice_market(make_market_data(life.panel, life.terms), 0, len(life.panel.sessions))
    table = simulate(market_data, life.plan, np.ascontiguousarray(weights), threads=threads)
    for k in sorted({0, count // 2, count - 1}):
        alone = simulate_one(market_data, dataclasses.replace(life.plan, targets=weights[:, :, k].copy()))
        np.testing.assert_array_equal(table[k], [alone.stats[name] for name in STATS], err_msg=f"life {k}")
