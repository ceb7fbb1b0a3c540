"""The ledger's inner functions, one by one, as plain Python: what a whole life hardly shows.

Each test takes the uncompiled ledger and stands alone: tests/mutation/ledger.py runs them as they are.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.errors import ConfigError, LedgerError
from engine.ledger import layout as compiled_layout
from engine.plan import Policy
from tests.corners import CORNERS
from tests.kernel_checks import (
    check_ends,
    check_lanes,
    check_xirr,
    market_data_of,
    other_weights,
    record,
    same,
)
from tests.lives import Life, tiny_panel, tiny_plan, tiny_terms
from tests.uncompiled import LANES, uncompiled

# The compiled kernel divides by zero without a word.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(name="ledger", scope="module")
def uncompiled_ledger() -> Iterator[Any]:
    with uncompiled() as ledger:
        yield ledger


# --- amounts ----------------------------------------------------------------------------------------------


def test_whole_yen_forgive_noise(ledger: Any) -> None:
    floor, ceil = ledger.amounts.floor_yen, ledger.amounts.ceil_yen
    assert floor(362_999.999_999_99) == 363_000
    assert floor(362_999.999_999) == 362_999
    assert floor(-0.5) == -1
    assert ceil(363_000.000_000_01) == 363_000
    assert ceil(363_000.000_001) == 363_001
    assert ceil(-0.5) == 0
    for far in (4e9, 6e10):  # a double's last digits are 5e-7 and 8e-6 yen there
        assert floor(math.nextafter(far, 0.0)) == far
        assert ceil(math.nextafter(far, math.inf)) == far
        assert floor(far * (1.0 - 1e-14)) == far - 1
        assert ceil(far * (1.0 + 1e-14)) == far + 1


def test_a_commission_has_a_floor_and_a_cap(ledger: Any) -> None:
    commission, fee = ledger.amounts.commission, ledger.amounts.Fee(0.01, 5.0, 22.0)
    trades = [
        (0.5, 5.0),
        (500.0, 5.0),
        (1000.0, 10.0),
        (2200.0, 22.0),
        (5000.0, 22.0),
        (0.0, 0.0),
        (-0.5, 0.0),
    ]
    for gross, charged in trades:
        assert commission(gross, fee) == charged


def test_a_trade_and_its_commission_are_the_total(ledger: Any) -> None:
    amounts = ledger.amounts
    fees = [(0.0, 0.0, math.inf), (0.01, 5.0, 22.0), (0.0, 5.0, math.inf), (0.01, 0.0, 22.0)]
    for fee in (amounts.Fee(*each) for each in fees):
        for total in (6.0, 300.0, 505.0, 1010.0, 2222.0, 9000.0):
            gross = amounts.gross_for(total, fee)
            assert gross + amounts.commission(gross, fee) == pytest.approx(total, rel=1e-14)
    assert amounts.gross_for(4.5, amounts.Fee(0.01, 5.0, 22.0)) == 0.0


def test_each_part_of_a_tax_is_rounded_down(ledger: Any) -> None:
    tax_on, rates = ledger.amounts.tax_on, ledger.amounts.TaxRates(0.15315, 0.05)
    assert tax_on(100_000.0, rates) == 15_315 + 5_000
    assert tax_on(19.0, rates) == 2
    assert tax_on(1.0, ledger.amounts.TaxRates(1.0, 0.5)) == 1.0
    assert tax_on(0.0, rates) == 0.0
    assert tax_on(-100_000.0, rates) == 0.0


def test_whole_units_at_the_first_guess(ledger: Any) -> None:
    """The most units that the money pays, found in two or three looks; in none where it is not one."""
    amounts, plain = ledger.amounts, ledger.amounts.cash_out
    looks: list[float] = []

    def counted(*given: Any) -> float:
        looks.append(given[0])
        return float(plain(*given))

    rng = np.random.default_rng(3)
    amounts.cash_out = counted
    try:
        for _ in range(300):
            price, rate_in = float(rng.integers(100, 30_000)) / 100, float(rng.integers(8_000, 16_000)) / 100
            fee = amounts.Fee(float(rng.choice([0.0, 0.004, 0.00495])), float(rng.choice([0.0, 1.5])), 22.0)
            wanted, more = int(rng.integers(0, 60)), float(rng.choice([0.0, 1.0, 0.4 * price * rate_in]))
            for rounded, part in ((True, 1.0), (False, 1.0), (False, 1.0 - 1e-10)):
                cost = plain(price * wanted, rate_in, fee, rounded) if wanted else 0.0
                money = (cost + more) * part
                looks.clear()
                n = amounts.whole_units(money, price, rate_in, fee, rounded)
                found = len(looks)
                room = money * (1.0 + 1e-12)
                assert n == 0 or plain(price * n, rate_in, fee, rounded) <= room
                assert plain(price * (n + 1), rate_in, fee, rounded) > room
                assert found <= 3
                assert found == 0 or money > 0.998 * price * rate_in - 1.0
    finally:
        amounts.cash_out = plain


# --- where things stand -----------------------------------------------------------------------------------


def test_every_row_of_the_state_is_one_quantity(ledger: Any) -> None:
    rows, layout = ledger.lookup, ledger.layout
    for buckets in (1, 2, 4):
        for assets in (1, 2, 3, 5):
            context = layout.Context(*[None] * 3, assets, buckets)
            places = list(range(layout.HEAD))
            pairs = [(b, a) for b in range(buckets) for a in range(assets)]
            places += [rows.frame_row(b) + i for b in range(buckets) for i in range(layout.FRAME_ROWS)]
            places += [rows.earmark_row(context, a) for a in range(assets)]
            places += [rows.units_row(context, b, a) for b, a in pairs]
            places += [rows.cost_row(context, b, a) for b, a in pairs]
            assert places == list(range(layout.state_rows(buckets, assets, False)))
            years = range(2014, 2014 + layout.COHORTS)
            terms = [rows.cohort_row(context, b, a, year) for b, a in pairs for year in years]
            everything = range(layout.state_rows(buckets, assets, True))
            assert sorted(places + terms) == list(everything)


def test_records_count_past_their_room(ledger: Any) -> None:
    journal, sell = np.zeros((3, 8)), ledger.layout.MOVEMENT.SELL
    block = ledger.layout.Block(None, None, None, journal, 1, 0)
    for number in range(1, 5):
        ledger.journal.record(block, number, sell, 1, 2, 3.0, 4.0, 5.0, 6.0)
        assert journal[0, 0] == number
    assert journal[1:].tolist() == [[1, 7, 1, 2, 3, 4, 5, 6], [2, 7, 1, 2, 3, 4, 5, 6]]
    ledger.journal.record(block._replace(journal=journal[:0]), 1, sell, 1, 2, 3.0, 4.0, 5.0, 6.0)
    ledger.journal.record_quota(block._replace(journal=journal[:0]), 2024, 1, 3.0, 4.0, 5.0, 6.0)


def test_a_life_is_counted_and_then_written(ledger: Any) -> None:
    simulate_lanes, rows = ledger.native.simulate_lanes, []

    def watched(*given: Any) -> None:
        simulate_lanes(*given)
        rows.append((len(given[9]), int(given[9][0, 0])))

    ledger.native.simulate_lanes = watched
    try:
        life = record(ledger, CORNERS["small_change"]())
    finally:
        ledger.native.simulate_lanes = simulate_lanes
    count = len(life.moves["kind"]) + len(life.quota["year"])
    assert rows == [(1, count), (count + 1, count)]


def test_what_falls_below_zero_is_an_error(ledger: Any) -> None:
    layout, units_row = ledger.layout, ledger.lookup.units_row
    context = layout.Context(*[None] * 3, 3, 2)
    for amount, error in ((-1e-7, 0.0), (-1e-5, 1.0), (0.5, 0.0)):
        for row in (layout.STATE.CASH, units_row(context, 0, 2), units_row(context, 1, 0)):
            state = np.zeros((layout.state_rows(2, 3, False), LANES))
            block = layout.Block(state, np.zeros((layout.DAILY.UNITS + 3, LANES)), None, None, LANES, 0)
            state[row, 1] = amount
            ledger.daily.take_positions(block, context)
            assert state[layout.STATE.ERROR].tolist() == [0.0, error, 0.0]
            state[row, 1] = 0.0
            ledger.daily.take_positions(block, context)
            assert state[layout.STATE.ERROR].tolist() == [0.0, error, 0.0]  # it stays
    table = np.zeros((3, len(layout.STAT)))
    ledger.simulation.check_statistics(table)
    table[1:, layout.STAT.ERROR] = 1.0
    with pytest.raises(LedgerError, match="in 2 of 3 lives"):
        ledger.simulation.check_statistics(table)


# --- rates ------------------------------------------------------------------------------------------------


def test_the_fast_exponential(ledger: Any) -> None:
    for y in (*np.linspace(-5.0, 5.0, 101).tolist(), 1e-9):
        assert ledger.rates.exponential(y) == pytest.approx(math.exp(y), rel=2.5e-12)


SAVERS = [  # years to the end, what was paid in then, what became of it
    ([1.0], [100.0], 105.0),
    ([30.0, 20.0, 10.0, 0.5], [100.0, 100.0, 250.0, 50.0], 1200.0),
    ([12.0 - n / 12 for n in range(144)], [100.0] * 144, 30_000.0),
    ([12.0 - n / 12 for n in range(144)], [100.0] * 144, 9_000.0),
    ([3.0, 2.0], [0.3, 0.4], 0.8),
    ([3.0, 0.0], [1000.0, 5000.0], 6100.0),
    ([25.0, 24.0, 1.0], [10.0, 1.0, 5000.0], 5600.0),
    ([2.0, 1.0], [1000.0, 1.0], 2600.0),
]


def block_of(
    ledger: Any, chosen: list[tuple[list[float], list[float], float]], before: float = 7.0
) -> tuple[Any, Any]:
    """The flows of a block of lives with the same years, and its rates' scratch."""
    layout = ledger.layout
    flows, scratch = np.zeros((len(chosen[0][0]), layout.FLOW_ROW)), np.zeros((len(layout.RATES), LANES))
    scratch[:] = before  # nothing may depend on what was there
    for j, (years, paid, final) in enumerate(chosen):
        flows[:, j], flows[:, LANES] = paid, years
        scratch[layout.RATES.FINAL, j] = final
    return flows, scratch


def root(years: list[float], paid: list[float], final: float) -> float:
    """The log-rate, by halving."""
    low, high = -20.0, 9.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        worth = sum(f * math.exp(middle * y) for f, y in zip(paid, years)) - final
        low, high = (low, middle) if worth > 0.0 else (middle, high)
    return low


def test_a_block_s_rates_are_good_for_one_last_step(ledger: Any) -> None:
    """For savers all three lives settle within 1e-9, in few rounds, alone or beside lives with other rates."""
    layout, rates, plain = ledger.layout, ledger.rates, ledger.rates.exponential
    calls, rounds = 0, 0.0

    def counted(y: float) -> float:
        nonlocal calls
        calls += 1
        return float(plain(y))

    rates.exponential = counted
    try:
        for years, paid, final in SAVERS:
            alone = None
            for finals in ((final, final, final), (final * 1.1, final, final / 1.2)):
                flows, scratch = block_of(
                    ledger, [(years, paid, worth) for worth in finals], finals[0] - final
                )
                calls = 0
                rates.block_rates(flows, len(years), scratch)
                rounds += calls / len(years) / LANES
                found = scratch[layout.RATES.LOG_RATE]
                for x, worth in zip(found, finals):
                    assert x == pytest.approx(root(years, paid, worth), abs=1e-9)
                alone = found[1] if alone is None else alone
                assert found[1] == alone  # to the last bit, whatever its neighbours do
                for j, worth in enumerate(finals):
                    unneeded(ledger, flows, years, paid, worth, float(found[j]), j)
    finally:
        rates.exponential = plain
    assert rounds <= 61  # over all: it stops when everybody has settled


def unneeded(ledger: Any, flows: Any, years: Any, paid: Any, final: float, guess: float, j: int) -> None:
    """From a good guess one step gives the rate; no bracket is searched."""
    rates, searched = ledger.rates, ledger.rates.bracketed_rate

    def search(*_: Any) -> float:
        raise AssertionError("the guess was good enough")

    rates.bracketed_rate = search
    try:
        rate = rates.exact_rate(flows, len(years), final, guess, j)
    finally:
        rates.bracketed_rate = searched
    assert rate == pytest.approx(math.expm1(root(years, paid, final)), rel=1e-12, abs=1e-15)


def test_a_guess_that_is_not_good_enough_is_not_believed(ledger: Any) -> None:
    for years, paid, final in SAVERS:
        flows, _ = block_of(ledger, [(years, paid, final)] * LANES)
        x = root(years, paid, final)
        for wrong in (5e-9, 1e-4, -1e-4, 0.3, -2.0, math.nan, 50.0, -50.0):
            rate = ledger.rates.exact_rate(flows, len(years), final, x + wrong, 1)
            assert rate == pytest.approx(math.expm1(x), rel=1e-11, abs=1e-14)


def test_a_block_guesses_nothing_where_nothing_is_known(ledger: Any) -> None:
    """Nothing paid in, nothing left, all at the end: whatever comes out is a number or not believed."""
    layout = ledger.layout
    flows, scratch = block_of(ledger, [([0.0], [0.0], 0.0), ([0.0], [5.0], 5.0), ([0.0], [5.0], 0.0)])
    with np.errstate(all="ignore"):
        ledger.rates.block_rates(flows, 1, scratch)
    assert (np.abs(scratch[layout.RATES.LOG_RATE]) <= 0.5).all()


def test_no_rate_where_none_fits(ledger: Any) -> None:
    one = np.array([[1.0] * LANES + [1.0, 0.0]])
    exact = ledger.rates.exact_rate
    assert exact(one, 1, 0.0, 0.0, 0) == -1.0
    assert math.isnan(exact(one, 1, -1.0, 0.0, 0))
    assert math.isnan(exact(np.zeros((0, ledger.layout.FLOW_ROW)), 0, 5.0, 0.0, 0))
    assert exact(one, 1, 9999.5, 0.0, 0) == pytest.approx(9998.5)
    assert math.isnan(exact(one, 1, 10_000.5, 0.0, 0))
    assert exact(one, 1, 2e-9, 0.0, 0) == pytest.approx(2e-9 - 1.0, rel=1e-15)
    assert math.isnan(exact(one, 1, 0.5e-9, 0.0, 0))
    taken = np.array([[100.0] * LANES + [3.0, 0.0], [-500.0] * LANES + [0.0, 0.0]])
    assert exact(taken, 2, 0.5, 0.0, 0) == pytest.approx(5.005 ** (1 / 3) - 1.0, rel=1e-12)


def test_rates_with_withdrawals_fit_their_flows(ledger: Any) -> None:
    """Random flows, some of them out: the rate is one at which they grow to the final value, to 1e-13."""
    rng = np.random.default_rng(5)
    rates, plain = ledger.rates, ledger.rates.future
    calls, most = 0, []

    def counted(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        return plain(*given)

    rates.future = counted
    try:
        for _ in range(150):
            count = int(rng.integers(1, 7))
            years = np.sort(rng.random(count) * rng.choice([0.2, 2.0, 40.0]))[::-1]
            amounts = rng.normal(20.0, 100.0, count).round(2)
            amounts[0] = abs(amounts[0]) + 1.0
            final = float(rng.choice([1e-3, 1.0, 100.0, 1e5]) * rng.random() + 1e-9)
            flows = np.column_stack([np.zeros(count), amounts, np.zeros(count), years, years])
            calls = 0
            rate = rates.exact_rate(flows, count, final, 0.0, 1)
            most.append(calls)
            check_xirr(rate, amounts, years, final, step=1e-12)
            flows[:, 1] *= 1e-3  # thousandths of money: nothing depends on what it is counted in
            small = rates.exact_rate(flows, count, final * 1e-3, 0.0, 1)
            check_xirr(small, amounts * 1e-3, years, final * 1e-3, step=1e-12)
    finally:
        rates.future = plain
    assert max(most) <= 66
    assert sum(most) <= 1850, sum(most)


def test_a_rate_far_from_newton_s_first_step(ledger: Any) -> None:
    """From a rate of zero the first step goes to 800,000 %; back from there each would be a fortieth."""
    flows = np.array([[0.0, 1.0, 0.0, 40.0, 0.0], [0.0, -0.001, 0.0, 39.0, 0.0]])
    rate = ledger.rates.exact_rate(flows, 2, 360.0, 0.0, 1)
    assert (1.0 + rate) ** 40 - 0.001 * (1.0 + rate) ** 39 == pytest.approx(360.0)


def test_the_slope_of_the_flows_worth(ledger: Any) -> None:
    """Per unit of x, all in money of the first flow where x is above zero."""
    flows = np.array([[0.0, 100.0, 0.0, 5.0, 0.0], [0.0, -30.0, 0.0, 2.0, 0.0], [0.0, 50.0, 0.0, 0.0, 0.0]])
    for x in (-0.7, -0.01, 0.0, 0.02, 1.5, 200.0):
        scale = math.exp(-max(x, 0.0) * 5.0)
        terms = [(100.0, 5.0), (-30.0, 2.0), (50.0, 0.0)]
        worth = [f * math.exp(x * y - max(x, 0.0) * 5.0) for f, y in terms]
        gap, slope = ledger.rates.future(flows, 3, x, 80.0, 0.0, 1)
        assert gap == pytest.approx(sum(worth) - 80.0 * scale, rel=1e-13)
        assert slope == pytest.approx(sum(w * y for w, (_, y) in zip(worth, terms)), rel=1e-13)


def test_a_life_that_is_empty_ends_with_its_last_flow(ledger: Any) -> None:
    """100 in, 60 out after a year and 55 a year later, then 60 empty years: 9.4 %, by the quadratic formula."""
    flows = np.array([[100.0, 62.0], [-60.0, 61.0], [-55.0, 60.0], [0.0, 30.0], [0.0, 0.0]])
    padded = np.column_stack([np.zeros(5), flows[:, 0], np.zeros(5), flows[:, 1], flows[:, 1]])
    root = (60.0 + math.sqrt(60.0**2 + 4 * 100.0 * 55.0)) / 200.0
    assert ledger.rates.exact_rate(padded, 5, 0.0, 0.0, 1) == pytest.approx(root - 1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("flows", "final", "rate"),
    [
        ((100.0, -150.0, 60.0), 12.0, (15.0 + math.sqrt(33.0)) / 20.0 - 1.0),  # 2 gained: 4 % or −54 % fit
        ((100.0, -150.0, 60.0), 10.0, 0.0),  # nothing gained: 0 % or −50 %
        ((100.0, -150.0, 60.0), 8.0, (15.0 + math.sqrt(17.0)) / 20.0 - 1.0),  # 2 lost: −4 % or −46 %
        ((100.0, -230.0, 132.0), 3.0, 0.3302775637731995),  # 1 gained: 33 % or −3 %
        ((100.0, -230.0, 132.0), 2.0, math.nan),  # 0 %, at which 130 would be owed that were never there
        ((100.0, -230.0, 132.0), 1.0, math.nan),  # 1 lost: 4 % and 26 % fit
    ],
)
def test_a_rate_has_the_sign_of_the_profit(
    ledger: Any, flows: tuple[float, ...], final: float, rate: float
) -> None:
    """Flows a year apart: the roots of a y² + b y + c = the final value."""
    columns = [np.zeros(3), np.array(flows), np.zeros(3), *[np.array([2.0, 1.0, 0.0])] * 2]
    found = ledger.rates.exact_rate(np.column_stack(columns), 3, final, 0.0, 1)
    assert found == pytest.approx(rate, abs=1e-12, nan_ok=True)


# --- a withdrawal -----------------------------------------------------------------------------------------


def test_noise_that_a_withdrawal_would_leave(ledger: Any) -> None:
    """In plain what is below 1e-9 of it goes with it, to the last bit; in yen books nothing does."""
    left = {
        name: float(record(ledger, CORNERS[name]()).cash[1])
        for name in (
            "a_withdrawal_takes_the_noise_it_would_leave",
            "a_withdrawal_leaves_what_is_more_than_noise",
            "in_yen_books_a_withdrawal_leaves_even_noise",
        )
    }
    assert list(left.values()) == [0.0, pytest.approx(1e-5, rel=1e-6), pytest.approx(4e-7, rel=1e-3)]


# --- the front door ---------------------------------------------------------------------------------------


def test_records_that_contradict_each_other_are_refused(ledger: Any) -> None:
    """Each number of a sound life, moved a little beyond the tolerance, is seen; moved within it, it is not."""
    life = CORNERS["full frames, split, fractions"]()
    market_data = market_data_of(ledger, life)
    sound = ledger.simulation.simulate_one(market_data, life.plan)
    size = max(float(sound.value.max()), sound.stats["contributed"])
    last, first = len(sound.value) - 1, 0

    def broken(name: str, at: Any, by: float) -> Any:
        if name in ("amount", "cash_after", "units_moved"):
            column = name.removesuffix("_moved")
            values = sound.moves[column].copy()
            values[at] += by
            return dataclasses.replace(sound, moves={**sound.moves, column: values})
        if name in ("contributed", "withdrawn"):
            return dataclasses.replace(sound, stats={**sound.stats, name: sound.stats[name] + by})
        values = getattr(sound, name).copy()
        values[at] += by
        return dataclasses.replace(sound, **{name: values})

    traded = int(np.flatnonzero(sound.moves["kind"] == "buy")[0])
    sold = int(np.flatnonzero(sound.moves["kind"] == "sell")[0])
    most = max(1.0, float(sound.units.max()))
    places = [
        ("amount", 0, size), ("amount", traded, size), ("cash_after", -1, size), ("value", first, size),
        ("value", last, size), ("cash", last, size), ("cash", first, size), ("contributed", None, size),
        ("withdrawn", None, size), ("units_moved", traded, most), ("units_moved", sold, most),
    ]  # fmt: skip
    for name, at, scale in places:
        for sign in (-1.0, 1.0) if name != "cash" else (1.0,):
            ledger.invariants.check_invariants(broken(name, at, sign * 1e-10 * scale), market_data.base_price)
            with pytest.raises(LedgerError, match="contradicts itself"):
                ledger.invariants.check_invariants(
                    broken(name, at, sign * 3e-9 * scale), market_data.base_price
                )
    for by in (-3e-9 * size, 3e-9 * size, 1.0):  # value and positions agree with cash that came from nowhere
        more = dataclasses.replace(broken("cash", last, by), value=broken("value", last, by).value)
        with pytest.raises(LedgerError, match="cash at the end is not explained"):
            ledger.invariants.check_invariants(more, market_data.base_price)
    empty = int(np.flatnonzero(sound.units[5].ravel() == 0.0)[0])
    at = (5, *np.unravel_index(empty, sound.units[5].shape))
    with pytest.raises(LedgerError, match="units fell below zero"):
        ledger.invariants.check_invariants(broken("units", at, -1e-8), market_data.base_price)
    with pytest.raises(LedgerError, match="cash fell below zero"):
        ledger.invariants.check_invariants(
            broken("cash", 3, -float(sound.cash[3]) - 1e-5), market_data.base_price
        )


def test_a_life_without_a_deposit_is_refused(ledger: Any) -> None:
    life = CORNERS["small_change"]()
    nothing = np.zeros(len(life.panel.sessions))
    plan = dataclasses.replace(life.plan, deposit=nothing, release=nothing)
    market_data = ledger.inputs.make_market_data(life.panel, life.terms)
    with pytest.raises(ConfigError, match="no money arrives from"):
        ledger.simulation.simulate(market_data, plan)
    later = CORNERS["plain_days_of_three_assets"]()
    assert ledger.inputs.make_inputs(market_data_of(ledger, later), later.plan).first == 1
    assert ledger.inputs.make_inputs(market_data, life.plan).first == 0  # 40 cents


def test_the_turns_of_years(ledger: Any) -> None:
    at = ledger.layout
    days = [
        "2024-12-30",
        "2025-01-06",
        "2025-03-31",
        "2025-04-03",
        "2025-04-04",
        "2026-05-01",
        "2027-02-01",
        "2027-04-01",
        "2028-02-01",
        "2029-05-01",
    ]
    flags = ledger.inputs.calendar_flags(np.array(days, "datetime64[D]"), True)
    new, april, end = at.EVENT.NEW_YEAR, at.EVENT.APRIL, at.EVENT.YEAR_END
    assert flags.tolist() == [
        end,
        new,
        0,
        april,
        end,
        new | april | end,
        new,
        april | end,
        new | end,
        new | april,
    ]
    assert not ledger.inputs.calendar_flags(np.array(days[:4], "datetime64[D]"), False)[0]
    assert ledger.inputs.calendar_flags(np.array(["2025-04-01"], "datetime64[D]"), True).tolist() == [0]


FLAGGED = (
    "old_general_terms", "full frames, skip, whole", "BAND, True, True, dollars", "CALENDAR, False, False, yen",
    "NO_SELL, True, False, dollars", "years_of_losses_against_gains",
)  # fmt: skip


def flags_of(at: Any, life: Life, start: int, end: int) -> list[int]:
    """Day by day, what happens in sessions ``start`` .. ``end`` - 1 as a life of their own."""
    panel, plan, terms = life
    days = [day.item() for day in panel.sessions[start:end]]
    found = []
    for t, day in enumerate(days):
        flag = at.EVENT.DIVIDEND if (panel.dividend[start + t] > 0).any() else 0
        columns = (plan.deposit, plan.release, plan.withdrawal, plan.withdrawal_share)
        if any(column[start + t] > 0 for column in columns):
            flag += at.EVENT.FLOW
        if plan.policy in (Policy.CALENDAR, Policy.BAND) and plan.rebalance[start + t]:
            flag += at.EVENT.REBALANCE
        if terms.buckets != ("plain",) and t > 0:
            flag += at.EVENT.NEW_YEAR if day.year > days[t - 1].year else 0
            april = dt.date(day.year, 4, 1)
            flag += at.EVENT.APRIL if days[t - 1] < april <= day else 0
        if (terms.term > 0).any() and t + 1 < len(days) and days[t + 1].year > day.year:
            flag += at.EVENT.YEAR_END
        found.append(flag)
    return found


def test_what_happens_when_in_a_part_of_a_life(ledger: Any) -> None:
    """A part packed alone, and the same part cut out of the packed whole."""
    at, inputs_of = ledger.layout, ledger.inputs
    for name in FLAGGED:
        life = CORNERS[name]()
        size = len(life.panel.sessions)
        market_data = inputs_of.make_market_data(life.panel, life.terms)
        inputs = inputs_of.make_inputs(market_data, life.plan)
        rng = np.random.default_rng(size)
        cuts = [(0, size), (1, size), (0, size - 1), (3, 4)]
        cuts += [sorted(rng.choice(size + 1, 2, replace=False).tolist()) for _ in range(12)]
        for start, end in cuts:
            flags = flags_of(at, life, start, end)
            alone = inputs_of.make_inputs(
                inputs_of.slice_market(market_data, start, end), life.plan.cut(slice(start, end))
            )
            assert alone.flags.tolist() == flags
            flags[0] &= ~at.EVENT.REBALANCE
            part = inputs_of.slice_inputs(inputs, start, end)
            assert part.flags.tolist() == flags
            for one in ("market", "terms", "parameters", "plan"):
                np.testing.assert_array_equal(getattr(part, one), getattr(alone, one))
            paid = np.flatnonzero(life.plan.deposit[start:end] > 0).tolist()
            assert alone.deposits == tuple(paid)
            assert part.deposits == tuple(paid[:1])
            if paid:
                assert part.first == alone.first == paid[0]
            anew = inputs_of.slice_inputs(inputs, start, end, restart=True)
            flags[0] |= at.EVENT.FLOW
            assert anew.flags.tolist() == flags
            assert anew.deposits == (0,)
            np.testing.assert_array_equal(anew.plan, inputs.plan[: end - start])
            np.testing.assert_array_equal(anew.market, part.market)
        assert (
            market_data.flags.tolist() == inputs_of.make_market_data(life.panel, life.terms).flags.tolist()
        )  # none is changed


def test_threads_share_the_lives(ledger: Any) -> None:
    life = CORNERS["small_change"]()
    market_data = market_data_of(ledger, life)
    for count in (3, 4, 7, 50):
        weights = other_weights(life, count)
        alone = ledger.simulation.simulate(market_data, life.plan, weights)
        for threads in (2, 3):
            shared = ledger.simulation.simulate(market_data, life.plan, weights, threads=threads)
            np.testing.assert_array_equal(shared, alone)
    assert len(ledger.simulation.simulate(market_data, life.plan)) == 1


def test_each_life_of_a_block_is_a_life_alone(ledger: Any) -> None:
    """Under a band some lives of a block sell, others only invest what came, others wait."""
    rng = np.random.default_rng(1)
    days = [f"20{20 + n // 48}-{n // 4 % 12 + 1:02d}-{n % 4 * 7 + 1:02d}" for n in range(100)]
    steps = np.exp(rng.normal(0.0, 0.06, (len(days), 3)).cumsum(axis=0)) * (3000.0, 7000.0, 1000.0)
    panel = tiny_panel(days, dict(zip(("ONE", "TWO", "THREE"), steps.T.round())), fx=1.0)
    weights = np.array([[4, 4, 2], [18, 1, 1], [4, 14, 2], [2, 2, 16], [12, 4, 4], [7, 7, 6]]).T / (
        10.0,
        *[20.0] * 5,
    )
    for accounts, money_first in ((("taxable",), True), (("plain",), True), (("taxable",), False)):
        whole = np.array([True, True, True])
        terms = dataclasses.replace(tiny_terms(panel, *accounts, fx_spread=0.0), lot=whole)
        plan = tiny_plan(
            panel, deposit=dict.fromkeys(days[::2], 25_000.0), withdrawal=dict.fromkeys(days[50::9], 40_000.0),
            targets=(0.4, 0.4, 0.2), rebalance=days[1::3] + days[2::6], policy=Policy.BAND, band_width=0.05,
            new_money_first=money_first,
        )  # fmt: skip
        market_data = ledger.inputs.make_market_data(panel, terms)
        table = ledger.simulation.simulate(market_data, plan, np.ascontiguousarray(weights[None]))
        for lane, own in enumerate(weights.T):
            alone = dataclasses.replace(plan, targets=own[None].copy())
            same(
                table[lane],
                list(ledger.simulation.simulate_one(market_data, alone).stats.values()),
                f"life {lane}",
            )


def test_four_days_at_a_time_are_days_one_by_one(ledger: Any) -> None:
    for name in ("quiet_days_of_two_assets_in_yen", "plain_days_of_three_assets"):
        life = CORNERS[name]()
        check_lanes(ledger, life, record(ledger, life))


def test_nothing_is_passed_over_by_four_days_at_a_time(ledger: Any) -> None:
    """Dividends, or money, on every two of four days among quiet ones; of two assets and of three."""
    days = [str(day) for day in np.busday_offset("2025-03-03", np.arange(18), roll="forward")]
    walk = [10.0, 11, 9, 8, 12, 10, 10, 11, 12, 13, 12, 11, 7, 8, 9, 10, 12, 11]
    prices = {"A": walk, "B": walk[::-1], "C": walk[6:] + walk[:6]}
    pairs = [(one, other) for one in range(10, 14) for other in range(one, 14)]
    for one, other in pairs:
        paid = [0.25 * (n in (one, other)) for n in range(len(days))]
        added = {days[0]: 4000.0, days[one]: 100.0, days[other]: 50.0}
        for dividends, deposit in (({"B": paid}, {days[0]: 4000.0}), ({}, added)):
            for targets in ((0.8, 0.2), (0.5, 0.3, 0.2)):
                held = dict(list(prices.items())[: len(targets)])
                panel = tiny_panel(days, held, dividends=dividends, currency="USD")
                plan = tiny_plan(panel, deposit=deposit, targets=targets)
                life = Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))
                check_lanes(ledger, life, record(ledger, life))


def test_what_whole_units_leave_of_each_life_s_money(ledger: Any) -> None:
    """Each asset's rest is kept for it, in every life of a block."""
    days = [f"2025-{month:02d}-03" for month in range(1, 13)]
    prices = {"A": [300.0, 310, 290, 320, 330, 340] * 2, "B": [70.0, 75, 65, 60, 85, 95] * 2}
    panel = tiny_panel(days, prices, currency="USD")
    plan = tiny_plan(panel, deposit=dict.fromkeys(days, 437.0), targets=(0.5, 0.5), policy=Policy.NONE)
    life = Life(panel, plan, tiny_terms(panel, "plain"))
    for lane in range(6):
        check_lanes(ledger, life, record(ledger, life), lane)


def test_interest_on_quiet_days_of_a_block(ledger: Any) -> None:
    days = [str(day) for day in np.busday_offset("2025-03-03", np.arange(12), roll="forward")]
    panel = tiny_panel(days, {"A": [10.0 + n % 3 for n in range(12)]}, currency="USD")
    for yearly in (0.05, -0.05):
        plan = tiny_plan(panel, deposit={days[0]: 4000.0}, release={days[0]: 1000.0}, idle_yield=yearly)
        life = Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))
        check_lanes(ledger, life, record(ledger, life))


def test_five_assets_beside_others(ledger: Any) -> None:
    for name in ("five_assets_rebalanced", "five_assets_in_a_band", "five_assets_without_tax"):
        life = CORNERS[name]()
        check_lanes(ledger, life, record(ledger, life))


def test_lives_of_several_blocks_end_at_several_sessions(ledger: Any) -> None:
    life = CORNERS["plain_days_of_three_assets"]()
    for count in (5, 7):
        check_ends(ledger, life, record(ledger, life), count)


def test_what_goes_wrong_in_a_thread_is_raised(ledger: Any) -> None:
    native, life = ledger.native, CORNERS["plain_days_of_three_assets"]()
    market_data = ledger.inputs.make_market_data(life.panel, life.terms)
    simulate_lanes = native.simulate_lanes

    def fails(*given: Any) -> None:
        raise ZeroDivisionError

    native.simulate_lanes = fails
    try:
        with pytest.raises(ZeroDivisionError):
            ledger.simulation.simulate(market_data, life.plan, other_weights(life, 9), threads=2)
    finally:
        native.simulate_lanes = simulate_lanes


def test_each_thread_gets_whole_blocks(ledger: Any) -> None:
    life = CORNERS["small_change"]()
    market_data = ledger.inputs.make_market_data(life.panel, life.terms)
    given: list[tuple[int, int]] = []

    def noted(_: Any, weights: Any, out: Any, begin: int = 0, end: int | None = None) -> None:
        end = weights.shape[2] if end is None else end
        given.append((begin, end))
        out[begin:end] = 0.0

    run_kernel, ledger.simulation.run_kernel = ledger.simulation.run_kernel, noted
    try:
        for count, threads, size in ((3, 4, 3), (50, 1, 50), (4, 2, 3), (50, 2, 6), (48, 2, 3), (50, 3, 3)):
            given.clear()
            ledger.simulation.simulate(market_data, life.plan, other_weights(life, count), threads=threads)
            assert sorted(given) == [(b, min(b + size, count)) for b in range(0, count, size)]
    finally:
        ledger.simulation.run_kernel = run_kernel


def test_as_much_room_as_a_block_needs(ledger: Any) -> None:
    at = ledger.layout
    for name, term in (
        ("old_general_terms", True),
        ("full frames, skip, whole", False),
        ("small_change", False),
    ):
        life = CORNERS[name]()
        inputs = ledger.inputs.make_inputs(ledger.inputs.make_market_data(life.panel, life.terms), life.plan)
        assets, buckets = len(life.panel.symbols), len(life.terms.buckets)
        rows = at.state_rows(buckets, assets, term)
        flows = sum(flag & at.EVENT.FLOW != 0 for flag in inputs.flags.tolist())
        shapes = [array.shape for array in ledger.simulation.workspace(inputs)]
        rows_of_each = [rows, rows, at.DAILY.UNITS + assets, at.SCRATCH.VALUES + 2 * assets]
        assert shapes == [*((count, LANES) for count in rows_of_each), (flows, at.FLOW_ROW)]
        assert len(at.RATES) <= at.SCRATCH.VALUES


def test_every_row_begins_on_a_cache_line(ledger: Any) -> None:
    life = CORNERS["old_general_terms"]()
    inputs = ledger.inputs.make_inputs(ledger.inputs.make_market_data(life.panel, life.terms), life.plan)
    for _ in range(8):  # wherever the allocator happens to put them
        assert all(array.ctypes.data % 64 == 0 for array in ledger.simulation.workspace(inputs))
    assert compiled_layout.LANES * 8 % 64 == 0
    assert compiled_layout.FLOW_ROW * 8 % 64 == 0
    assert compiled_layout.FLOW_ROW > compiled_layout.FLOW_DAY


def test_loops_end_with_a_cache_line(ledger: Any) -> None:
    whole_lines = ledger.lookup.whole_lines
    assert [whole_lines(lanes) for lanes in (0, 1, 7, 8, 9, 16, 63, 64)] == [0, 8, 8, 8, 16, 16, 64, 64]


def test_what_a_unit_is_worth(ledger: Any) -> None:
    life = CORNERS["years_of_losses_against_gains"]()
    market_data = ledger.inputs.make_market_data(life.panel, life.terms)
    np.testing.assert_array_equal(market_data.base_price, life.panel.price * life.panel.fx)


def test_noise_over_a_minimum_commission_buys_nothing(ledger: Any) -> None:
    """Five dollars and a rounding error do not pay five dollars of commission for a share of nothing."""
    days = ["2024-01-04", "2024-01-05"]
    panel = tiny_panel(days, {"SPY": [100.0, 100.0], "IJR": [50.0, 50.0]}, currency="USD")
    terms = dataclasses.replace(
        tiny_terms(panel, "plain"), commission_min=np.array([5.0, 5.0]), lot=np.array([0.0, 0.0])
    )
    plan = tiny_plan(panel, deposit={days[0]: 100.0 + 1e-12}, targets=(0.95, 0.05))
    life = ledger.simulation.simulate_one(ledger.inputs.make_market_data(panel, terms), plan)
    assert life.units[-1, 0].tolist() == pytest.approx([0.9, 0.0])
    assert life.stats["cost_paid"] == 5.0
