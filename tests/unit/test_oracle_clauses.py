"""Sentences of docs/ledger.md that the worked examples do not reach, each with figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.plan import Policy
from tests.lives import tiny_panel, tiny_plan, tiny_terms
from tests.oracle import OracleResult, live

FUND = {"kind": "jp_fund"}


def amounts(result: OracleResult, *kinds: str) -> list[tuple[int, str, int]]:
    """(session, asset, amount) of some kinds of transactions."""
    return [(row.session, row.asset, int(row.amount)) for row in result.rows(*kinds)]


def test_a_tax_free_term_ends_at_market_value():
    panel = tiny_panel(["2014-02-03", "2018-12-28", "2019-02-01"], {"F": [100.0, 150, 160]}, **FUND)
    plan = tiny_plan(panel, deposit={"2014-02-03": 1_000_000}, withdrawal_share={"2019-02-01": 1.0})
    result = live(panel, plan, tiny_terms(panel, "nisa", "taxable", rules="historical_general"))
    moved = [
        (row.session, row.kind, row.bucket, row.units) for row in result.rows("transfer_out", "transfer_in")
    ]
    assert moved == [(1, "transfer_out", "nisa.old_general", -10_000), (1, "transfer_in", "taxable", 10_000)]
    # Only what was gained after the move is taxed: 1,600,000 less 1,500,000.
    assert result.tax_paid == 15_315 + 5_000
    assert result.withdrawn == 1_600_000 - 20_315


def test_at_the_end_of_a_life_nothing_moves():
    panel = tiny_panel(["2014-02-03", "2018-12-28"], {"F": [100.0, 150]}, **FUND)
    plan = tiny_plan(panel, deposit={"2014-02-03": 1_000_000})
    result = live(panel, plan, tiny_terms(panel, "nisa", "taxable", rules="historical_general"))
    assert not result.rows("transfer_out")
    assert result.units["nisa.old_general", "F"] == 10_000


def test_a_loss_is_set_against_dividends_first_and_the_rest_is_carried():
    panel = tiny_panel(
        ["2024-02-01", "2024-03-01", "2024-04-01", "2025-01-06", "2026-03-31", "2026-04-01"],
        {"A": [100.0, 100, 90, 100, 100, 100], "PARK": [90.0, 90, 90, 95, 95, 95]},
        dividends={"A": [0, 6, 0, 0, 0, 0]},
        **FUND,
    )
    plan = tiny_plan(
        panel,
        deposit={"2024-02-01": 100_000},
        withdrawal={"2024-03-01": 4_782},  # the net dividend: 6,000 - 918 - 300
        targets={"2024-02-01": [1.0, 0.0], "2024-04-01": [0.0, 1.0], "2025-01-06": [1.0, 0.0]},
        rebalance=["2024-04-01", "2025-01-06"],
        policy=Policy.CALENDAR,
    )
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    assert amounts(result, "dividend_tax") == [(1, "A", -1_218)]
    # 10,000 lost in 2024: 6,000 against the dividend at once, 4,000 against the 5,000 of 2025 in April 2026.
    assert amounts(result, "refund", "tax") == [(3, "", 1_218), (3, "PARK", -1_015), (5, "", 1_015 - 203)]
    assert result.dividend_tax_paid == 0
    assert result.tax_paid == 153 + 50
    apart = live(panel, plan, tiny_terms(panel, "taxable", offset_dividends=False))
    assert amounts(apart, "refund", "tax") == [(3, "PARK", -1_015), (5, "", 1_015)]
    assert apart.dividend_tax_paid == 1_218


@pytest.mark.parametrize(("sold", "refunds"), [("2023-02-01", [(6, "", 8_126)]), ("2024-02-01", [])])
def test_losses_lapse_after_three_years(sold, refunds):
    """40,000 lost in 2020; bought back in 2021 and sold with 40,000 of gain in 2023 or in 2024."""
    days = ["2020-02-03", "2020-03-02", "2021-02-01", "2022-02-01", "2023-02-01", "2024-02-01", "2025-04-01"]
    prices = [100.0, *(100.0 if day >= sold else 60.0 for day in days[1:])]
    panel = tiny_panel(days, {"A": prices, "PARK": [1.0] * 7}, **FUND)
    plan = tiny_plan(
        panel,
        deposit={days[0]: 100_000},
        targets={days[0]: [1.0, 0.0], days[1]: [0.0, 1.0], days[2]: [1.0, 0.0], sold: [0.0, 1.0]},
        rebalance=[days[1], days[2], sold],
        policy=Policy.CALENDAR,
    )
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    assert [int(row.amount) for row in result.rows("tax")] == [-8_126]
    assert amounts(result, "refund") == refunds


def test_what_is_not_spent_stays_with_its_asset():
    days = [f"2024-0{month}-01" for month in range(2, 6)]
    panel = tiny_panel(days, {"A": [400.0] * 4, "B": [100.0] * 4})  # 60,000 and 15,000 yen a share
    plan = tiny_plan(
        panel,
        deposit={days[0]: 100_000, days[1]: 100_000, days[2]: 5_000, days[3]: 20_000},
        withdrawal={days[2]: 30_000},
        targets=[0.5, 0.5],
    )
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    # Set aside 50,000 + 5,000; then 100,000 and 55,000 to spend; then 40,000 + 10,000 are left, and the
    # withdrawal halves them to 20,000 + 5,000; with 10,000 more each only B can buy.
    assert amounts(result, "buy") == [
        (0, "B", -45_000),
        (1, "A", -60_000),
        (1, "B", -45_000),
        (3, "B", -15_000),
    ]
    assert result.cash == 30_000


def test_a_withdrawal_may_take_what_was_to_be_released():
    panel = tiny_panel(["2024-02-01", "2024-03-01", "2024-04-01"], {"F": [100.0] * 3}, **FUND)
    plan = tiny_plan(
        panel,
        deposit={"2024-02-01": 1_200_000},
        release=dict.fromkeys(["2024-02-01", "2024-03-01", "2024-04-01"], 400_000.0),
        withdrawal={"2024-03-01": 900_000},
        recurring=False,
    )
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    assert amounts(result, "buy", "sell") == [(0, "F", -400_000), (1, "F", 100_000)]
    assert result.withdrawn == 900_000
    assert result.cash == 0


def test_idle_cash_earns_its_yield_by_calendar_days():
    panel = tiny_panel(["2024-03-01", "2024-04-01"], {"F": [100.0] * 2}, **FUND)
    plan = tiny_plan(panel, deposit={"2024-03-01": 1_000_000}, release={}, idle_yield=0.01)
    result = live(panel, plan, tiny_terms(panel, "plain"))
    assert float(result.cash) == pytest.approx(1_000_000 * 1.01 ** (31 / 365), rel=1e-14)
    assert [row.session for row in result.rows("interest")] == [1]


@pytest.mark.parametrize(
    ("budget", "gross"), [(10_000, "9900"), (200_000, "199800.1998001998"), (1_000_000, "999500")]
)
def test_commission_on_an_order_by_amount(budget, gross):
    panel = tiny_panel(["2024-02-01"], {"F": [1.0]}, **FUND)
    costs = {"commission_rate": 0.001, "commission_min": 100, "commission_cap": 500}
    result = live(
        panel, tiny_plan(panel, deposit={"2024-02-01": budget}), tiny_terms(panel, "taxable", **costs)
    )
    assert round(result.units["taxable", "F"], 9) == round(Decimal(gross), 9)
    assert result.cash == 0
    assert round(result.cost_paid, 9) == round(budget - Decimal(gross), 9)
    assert result.cost["taxable", "F"] == budget


def test_a_floored_amount_may_buy_one_unit_more():
    # Three units at 33.5 yen cost 100.5, floored 100: the budget pays them.
    panel = tiny_panel(["2024-02-01"], {"ETF": [0.335]}, fx=100.0)
    result = live(panel, tiny_plan(panel, deposit={"2024-02-01": 100}), tiny_terms(panel, "taxable"))
    assert result.units["taxable", "ETF"] == 3
    assert result.cash == 0


@pytest.mark.parametrize(
    ("width", "relative", "price", "trades"),
    [(0.05, False, 122, False), (0.05, False, 123, True), (0.1, True, 122, False), (0.1, True, 123, True)],
)
def test_a_band_of_5_points_is_left_at_55_percent(width, relative, price, trades):
    panel = tiny_panel(["2024-02-01", "2024-03-01"], {"A": [100.0, price], "B": [100.0, 100.0]}, **FUND)
    plan = tiny_plan(
        panel,
        deposit={"2024-02-01": 200_000},
        targets=[0.5, 0.5],
        rebalance=["2024-03-01"],
        policy=Policy.BAND,
        band_width=width,
        band_relative=relative,
    )
    result = live(panel, plan, tiny_terms(panel, "plain"))
    assert bool(result.rows("sell")) == trades
    if trades:
        assert result.units["plain", "A"] * price == pytest.approx(Decimal(111_500))


@pytest.mark.parametrize("first", [True, False])
def test_a_band_tries_new_money_first_when_asked(first):
    panel = tiny_panel(["2024-02-01", "2024-03-01"], {"A": [100.0, 130.0], "B": [100.0, 100.0]}, **FUND)
    plan = tiny_plan(
        panel,
        deposit={"2024-02-01": 200_000, "2024-03-01": 20_000},
        targets=[0.5, 0.5],
        rebalance=["2024-03-01"],
        policy=Policy.BAND,
        band_width=0.04,
        new_money_first=first,
    )
    result = live(panel, plan, tiny_terms(panel, "plain"))
    # 130,000 of 250,000 is 52 % once the 20,000 are in B: inside the band. Without, 130,000 against 125,000
    # of the same total is looked at before: |130,000 - 125,000| and |100,000 - 125,000| > 10,000: out.
    assert bool(result.rows("sell")) != first


@pytest.mark.parametrize(
    ("account", "after_tax"), [("taxable", 120_000 - 3_063 - 1_000), ("nisa", 120_000), ("plain", 120_000)]
)
def test_liquidation_pays_the_tax_that_a_sale_would(account, after_tax):
    panel = tiny_panel(["2024-02-01", "2025-02-03"], {"F": [100.0, 120.0]}, **FUND)
    result = live(panel, tiny_plan(panel, deposit={"2024-02-01": 100_000}), tiny_terms(panel, account))
    assert result.value[-1] == 120_000
    assert result.liquidation_value == after_tax
    assert result.tax_paid == 0


def test_a_lump_sum_has_no_way_into_the_tsumitate_frame():
    panel = tiny_panel(["2024-02-01"], {"F": [100.0]}, **FUND)
    plan = tiny_plan(panel, deposit={"2024-02-01": 3_000_000}, recurring=False)
    result = live(panel, plan, tiny_terms(panel, "nisa", "taxable"))
    assert result.quota_of(2024, "T").used == 0
    assert result.quota_of(2024, "G").used == 2_400_000
    assert result.cost["taxable", "F"] == 600_000


def test_sales_come_from_the_taxable_account_or_from_nisa():
    panel = tiny_panel(["2024-02-01", "2024-03-01"], {"F": [100.0] * 2}, frames={"F": ["G"]}, **FUND)
    flows = {"deposit": {"2024-02-01": 3_000_000.0}, "withdrawal": {"2024-03-01": 700_000.0}}
    for sell_from, sold in (
        ("taxable_first", [("taxable", 600_000), ("nisa.G", 100_000)]),
        ("nisa_first", [("nisa.G", 700_000)]),
    ):
        terms = tiny_terms(panel, "nisa", "taxable", sell_from=sell_from)
        result = live(panel, tiny_plan(panel, **flows), terms)
        assert [(row.bucket, row.amount) for row in result.rows("sell")] == sold
