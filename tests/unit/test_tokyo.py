"""ETFs listed in Tokyo, cash and deposits: worked figures, clocks, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.config import load_config, parse_config
from engine.context import load_panel, prepare
from engine.errors import ConfigError, DataError
from engine.ledger.inputs import make_market_data
from engine.ledger.simulation import simulate_one
from engine.market import exchanges
from engine.market.assets import asset
from engine.market.providers import ecb, sample
from engine.plan import Policy
from engine.rules.deposits import DepositRates, pays_interest
from engine.run import run
from tests.lives import tiny_panel, tiny_plan, tiny_terms
from tests.study_helpers import CONFIGS


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def plan_text(weights: str, more: str = "") -> str:
    return (
        "name: x\nperiod: {start: 2015-01-01, end: 2018-12-31}\nstrategy:\n"
        f"  allocation: {{type: fixed_mix, weights: {weights}}}\n"
        f"  contributions: {{type: monthly, amount: 100_000}}\n{more}"
    )


def test_a_distribution_of_american_shares_keeps_what_the_law_leaves_of_the_whole():
    """¥9,000 after 10 % abroad: ¥10,000 before it, of which 79.685 % stay."""
    panel = tiny_panel(
        ["2024-06-03", "2024-06-10"], {"A": [1000.0] * 2}, dividends={"A": [0.0, 90.0]}, kind="jp_etf"
    )
    panel = dataclasses.replace(panel, foreign_tax=(0.10,))
    plan = tiny_plan(panel, deposit={"2024-06-03": 100_000.0}, reinvest_dividends=False)
    for accounts, foreign, tax in (
        (("taxable",), 0.10, 1031.0),
        (("taxable",), 0.0, 1828.0),
        (("nisa",), 0.1, 0.0),
    ):
        there = dataclasses.replace(panel, foreign_tax=(foreign,))
        ledger = simulate_one(make_market_data(there, tiny_terms(there, *accounts)), plan)
        # 1,531 - 1,000 + 500; without what is known of the tax abroad 1,378 + 450
        assert ledger.stats["dividend_tax_paid"] == tax
        assert ledger.cash[-1] == 9000.0 - tax


def test_the_adjustment_begins_in_2020():
    panel = tiny_panel(
        ["2019-06-03", "2019-06-10"], {"A": [1000.0] * 2}, dividends={"A": [0, 90.0]}, kind="jp_etf"
    )
    panel = dataclasses.replace(panel, foreign_tax=(0.10,))
    plan = tiny_plan(panel, deposit={"2019-06-03": 100_000.0}, reinvest_dividends=False)
    terms = tiny_terms(panel, "taxable", rules="historical_general")
    assert simulate_one(make_market_data(panel, terms), plan).stats["dividend_tax_paid"] == 1828.0


@pytest.mark.parametrize("account", ["taxable", "nisa", "plain"])
def test_orders_are_whole_trading_units(account):
    panel = tiny_panel(["2024-06-03", "2024-06-04"], {"A": [250.0, 250.0]}, kind="jp_etf")
    panel = dataclasses.replace(panel, trading_unit=(10.0,))
    plan = tiny_plan(panel, deposit={"2024-06-03": 99_999.0}, withdrawal={"2024-06-04": 20_000.0})
    ledger = simulate_one(make_market_data(panel, tiny_terms(panel, account)), plan)
    trades = [(k, u) for k, u in zip(ledger.moves["kind"], ledger.moves["units"]) if k in ("buy", "sell")]
    # 39 lots of ¥2,500; ¥17,501 are wanted of sales, 8 lots
    assert [units for _, units in trades] == [390.0, -80.0]


def test_settlement_is_on_the_second_business_day_of_tokyo():
    found = run(parse_config(plan_text("{2558.T: 1}", "accounts: [taxable]")), source="sample")
    moves = found.transactions
    bought = moves["kind"] == "buy"
    pairs = dict(zip(moves["date"][bought].astype(str), moves["settlement"][bought].astype(str)))
    assert pairs["2018-05-01"] == "2018-05-07"  # 3 and 4 May are holidays


def test_codes_are_understood():
    assert asset("1306").symbol == asset("1306.T").symbol == "1306.T"
    assert (asset("1306").trading_unit, asset("2558").trading_unit) == (10.0, 1.0)
    config = parse_config(plan_text("{1306: 0.5, 2558.T: 0.5}"))
    assert [asset(name).symbol for name in config.strategy.allocation.weights] == ["1306.T", "2558.T"]
    assert (
        parse_config(
            plan_text("{VOO: 1}").replace(
                "fixed_mix, weights: {VOO: 1}",
                "core_satellite, core: 1655, satellite: IJR, satellite_weight: 0.1",
            )
        ).strategy.allocation.core
        == "1655.T"
    )
    unknown = asset("200A")
    assert (unknown.symbol, unknown.kind, unknown.known) == ("200A.T", "jp_etf", False)


# ---- deposits


def test_interest_of_a_deposit_by_the_day():
    """¥1,000,000 from 2024-01-04, 0.2 %, from 2024-02-01 0.4 %: 28 and 14 days to 15 February, 182 on."""
    dates = ["2024-01-04", "2024-02-14", "2024-02-15", "2024-08-14", "2024-08-15", "2024-12-30"]
    panel = tiny_panel(dates, {"DEPOSIT": [1.0] * 6}, kind="deposit")
    terms = dataclasses.replace(
        tiny_terms(panel, "taxable"),
        deposit_rates=DepositRates(tuple(d.item() for d in days("2024-01-01", "2024-02-01")), (0.002, 0.004)),
    )
    plan = tiny_plan(panel, deposit={"2024-01-04": 1_000_000.0}, reinvest_dividends=False)
    ledger = simulate_one(make_market_data(panel, terms), plan)
    moves = ledger.moves
    told = list(zip(moves["session"].tolist(), moves["kind"], moves["amount"].tolist()))
    first = int(1_000_000 * (28 * 0.002 + 14 * 0.004) / 365)
    second = int(1_000_000 * 182 * 0.004 / 365)
    tax = [int(x * 0.15315) + int(x * 0.05) for x in (first, second)]
    assert told[2:] == [
        (2, "interest", first), (2, "interest_tax", -tax[0]),
        (4, "interest", second), (4, "interest_tax", -tax[1]),
    ]  # fmt: skip
    assert ledger.stats["dividend_tax_paid"] == sum(tax)
    rest = int(1_000_000 * 137 * 0.004 / 365)
    left = rest - int(rest * 0.15315) - int(rest * 0.05)
    assert ledger.stats["liquidation_value"] == ledger.value[-1] + left
    assert ledger.stats["tax_paid"] == 0.0


def test_no_loss_is_set_against_interest():
    dates = ["2024-01-04", "2024-02-15", "2024-12-30", "2025-01-06"]
    prices = {"A": [1000.0, 500.0, 500.0, 500.0], "DEPOSIT": [1.0] * 4}
    panel = tiny_panel(dates, prices, kind={"A": "jp_fund", "DEPOSIT": "deposit"})
    plan = tiny_plan(
        panel, deposit={"2024-01-04": 10_000_000.0}, targets={"2024-01-04": (0.5, 0.5), "2024-02-15": (0.0, 1.0)},
        rebalance=["2024-02-15"], policy=Policy.CALENDAR,
    )  # fmt: skip
    ledger = simulate_one(make_market_data(panel, tiny_terms(panel, "taxable")), plan)
    assert "interest_tax" in ledger.moves["kind"]
    assert "dividend_tax" not in ledger.moves["kind"]
    assert "tax_refund" not in ledger.moves["kind"]


def test_paying_days():
    sessions = days("2024-02-14", "2024-02-16", "2024-02-19", "2024-08-15", "2025-01-06", "2025-08-20")
    assert pays_interest(sessions).tolist() == [False, True, False, True, False, True]


def test_money_is_beside_the_accounts_and_free():
    text = plan_text("{JP_SP500: 0.9, DEPOSIT: 0.05, CASH: 0.05}", "accounts: [nisa]\ncosts: {broker: sbi}\n")
    found = run(parse_config(text + "deposit_rate: 0.01\n"), source="sample")
    held = found.equity["bucket:deposit"]
    np.testing.assert_allclose(held, found.equity["asset:DEPOSIT"] + found.equity["asset:CASH"])
    assert (held > 0).all()
    assert found.metrics["cost_paid"] == 0.0
    of_money = np.isin(found.transactions["asset"], ("DEPOSIT", "CASH"))
    assert set(found.transactions["account"][of_money]) == {"deposit"}
    assert not set(found.quota["frame"]) - {"T", "G"}


def test_money_alone_has_the_sessions_of_tokyo():
    found = run(
        parse_config(plan_text("{DEPOSIT: 1}", "deposit_rate: 0.02\naccounts: [taxable]\n")), source="sample"
    )
    assert str(found.dates[0]) == "2015-01-05"
    assert found.metrics["profit"] > 0


def test_money_alone_in_a_weekend_has_no_session():
    text = plan_text("{CASH: 1}", "accounts: [plain]\n")
    with pytest.raises(DataError, match="no session in Tokyo from 2012-01-07 to 2012-01-08"):
        run(parse_config(text, overrides=("period={start: 2012-01-07, end: 2012-01-08}",)), source="sample")


def test_a_deposit_is_in_yen():
    with pytest.raises(ConfigError, match="DEPOSIT is a deposit in yen; the currency is USD"):
        run(parse_config(plan_text("{SPY: 0.5, DEPOSIT: 0.5}", "currency: USD\n")), source="sample")
    found = run(parse_config(plan_text("{SPY: 0.5, CASH: 0.5}", "currency: USD\n")), source="sample")
    assert found.equity["asset:CASH"][-1] > 0


def test_a_broker_whose_fees_in_tokyo_are_not_known_is_refused():
    text = plan_text("{2558.T: 1}", "accounts: [taxable]\ncosts: {broker: monex}\n")
    with pytest.raises(ConfigError, match="monex charges in steps on Tokyo's exchange"):
        run(parse_config(text), source="sample")
    own = run(parse_config(text.replace("monex", "monex, commission_rate: 0.001")), source="sample")
    assert own.metrics["cost_paid"] > 0


# ---- two clocks


def test_a_mixed_panel_knows_new_york_of_the_day_before_and_its_rate():
    panel = load_panel(parse_config(plan_text("{2558.T: 0.5, IJR: 0.5}")), source="sample")
    ijr, fx = sample.load("IJR"), ecb.load()
    column = panel.column("IJR")
    for t in (5, 100, 777):
        day = panel.sessions[t]
        before = np.searchsorted(ijr.dates, day) - 1
        assert panel.known is not None
        assert panel.known[t, column] == ijr.close[before]
        assert panel.price[t, column] == ijr.close[np.searchsorted(ijr.dates, day)]
        assert panel.usdjpy[t] == fx.close[np.searchsorted(fx.dates, day) - 1]
    assert (panel.known[:, panel.column("2558.T")] == panel.price[:, panel.column("2558.T")]).all()


def test_one_clock_is_as_it_was():
    for weights in ("{JP_SP500: 0.9, DEPOSIT: 0.1}", "{2558.T: 0.5, JP_SP500: 0.4, DEPOSIT: 0.1}"):
        assert load_panel(parse_config(plan_text(weights)), source="sample").known is None


@pytest.mark.parametrize("account", ["taxable", "plain"])
def test_what_new_york_brings_is_there_in_tokyo_on_the_next_session(account):
    """New York has doubled the day before; Tokyo's purchase must wait for its sale."""
    dates = ["2024-06-03", "2024-06-04", "2024-06-05", "2024-06-06"]
    panel = tiny_panel(
        dates,
        {"T": [1000.0] * 4, "N": [10.0, 20.0, 20.0, 20.0]},
        kind={"T": "jp_etf", "N": "us_etf"},
        fx=100.0,
    )
    known = panel.price.copy()
    known[1:, 1] = panel.price[:-1, 1]
    panel = dataclasses.replace(panel, known=known)
    plan = tiny_plan(
        panel,
        deposit={dates[0]: 2_000_000.0},
        targets=(0.5, 0.5),
        rebalance=[dates[1], dates[2]],
        policy=Policy.CALENDAR,
    )
    ledger = simulate_one(make_market_data(panel, tiny_terms(panel, account)), plan)
    moves = ledger.moves
    trades = [
        (s, k, panel.symbols[a])
        for s, k, a in zip(moves["session"], moves["kind"], moves["asset"])
        if k in ("buy", "sell")
    ]
    # on the 4th New York is known at 10; on the 5th at 20: it sells that night, Tokyo buys on the 6th
    assert trades == [(0, "buy", "T"), (0, "buy", "N"), (2, "sell", "N"), (3, "buy", "T")]
    assert ledger.moves["units"][-1] == (500.0 if account == "plain" else 449.0)


def test_prepare_makes_no_second_clock_for_one_exchange():
    config = parse_config(plan_text("{2558.T: 1}"))
    context = prepare(config, load_panel(config, source="sample"))
    assert context.terms.turn.tolist() == [0]


def two_clocks(new_york, known, withdrawal, account, **choices):
    """A plan of 1,000 yen a unit in Tokyo and some dollars (at 100) in New York, 2,000,000 yen in halves."""
    dates = ["2024-06-03", "2024-06-04", "2024-06-05"]
    panel = tiny_panel(
        dates, {"T": [1000.0] * 3, "N": new_york}, kind={"T": "jp_etf", "N": "us_etf"}, fx=100.0
    )
    panel = dataclasses.replace(panel, known=np.stack([panel.price[:, 0], known], axis=1))
    plan = tiny_plan(
        panel,
        deposit={dates[0]: 2_000_000.0},
        targets=(0.5, 0.5),
        withdrawal={dates[1]: withdrawal},
        **choices,
    )
    moves = simulate_one(make_market_data(panel, tiny_terms(panel, account)), plan).moves
    return [
        (kind, panel.symbols[a] if a >= 0 else "", units, amount)
        for s, kind, a, units, amount in zip(
            *(moves[n] for n in ("session", "kind", "asset", "units", "amount"))
        )
        if s == 1
    ]


def test_a_withdrawal_is_paid_by_tokyo_first_and_by_new_york_at_night():
    """300,000 of two halves that are worth 1,000,000 as known: 150,000 each, whatever New York does by night."""
    rows = two_clocks([10.0, 8.0, 8.0], [10.0, 10.0, 8.0], 300_000.0, "plain")
    assert rows[:2] == [("sell", "T", -150.0, 150_000.0), ("withdrawal", "", 0.0, -150_000.0)]
    # 150 shares were known to bring the rest; at 8 they bring 120,000, and a pass goes for 1.3 times the missing
    assert rows[2:] == [
        ("sell", "N", -150.0, 120_000.0),
        ("sell", "N", -39.0, 31_200.0),
        ("withdrawal", "", 0.0, -150_000.0),
    ]


def test_what_new_york_falls_by_night_is_no_debt_of_tokyo():
    """New York has half of what was known: it pays from all that it holds, and the rest is unpaid."""
    rows = two_clocks([10.0, 1.0, 1.0], [10.0, 10.0, 1.0], 1_900_000.0, "plain")
    paid = [amount for kind, _, _, amount in rows if kind == "withdrawal"]
    assert paid == [-1_000_000.0, -100_000.0]  # all of Tokyo, as New York is asked for half of it at most
    assert sum(units for kind, symbol, units, _ in rows if symbol == "N") == -1000.0


def test_what_tokyo_trades_does_not_count_what_new_york_is_to_pay():
    """Rebalancing on the day of a withdrawal: New York counts for what is left of it, so nothing moves twice."""
    rows = two_clocks(
        [10.0, 10.0, 10.0],
        [10.0, 10.0, 10.0],
        300_000.0,
        "plain",
        rebalance=["2024-06-04"],
        policy=Policy.CALENDAR,
    )
    assert [(kind, symbol) for kind, symbol, _, _ in rows] == [
        ("sell", "T"),
        ("withdrawal", ""),
        ("sell", "N"),
        ("withdrawal", ""),
    ]


def test_a_plan_of_both_exchanges_pays_goals_and_moves_units():
    text = plan_text("{2558.T: 0.5, IJR: 0.5}", more="accounts: [nisa, taxable]\n").replace(
        "strategy:\n",
        "strategy:\n  transfer: {at_most: room}\n  withdrawals: {type: percent, rate: 0.04, every: monthly}\n"
        "  goals: [{name: car, date: 2016-06-16, amount: 1_000_000}]\n",
    )
    result = run(parse_config(text), source="sample")
    rows = result.transactions
    out = np.asarray(rows["kind"]) == "withdrawal"
    of_car = -np.asarray(rows["amount"])[
        out & (np.asarray(rows["date"]).astype("M8[D]") == days("2016-06-16")[0])
    ]
    assert of_car.sum() == 1_000_000
    assert len(of_car) == 2  # one part from each exchange
    assert result.metrics["withdrawn"] > 1_200_000
    assert result.metrics["unpaid"] == 0.0


def test_a_year_of_tokyo_ends_with_its_own_last_session():
    """The exchange opened 2025 on 6 January and closed it on 30 December; New York traded on the 31st too."""
    first, last = exchanges.year_of(2025, "jp_etf")
    assert (str(first), str(last)) == ("2025-01-06", "2025-12-30")
    result = run(load_config(CONFIGS / "tokyo_etf.yaml"), source="sample")
    assert str(result.dates[-1]) == "2025-12-30"
    assert result.years["full"].tolist() == [0, *[1] * 24]  # it begins in February 2001
