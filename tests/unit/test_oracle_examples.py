"""The worked examples of the rules, each lived by the oracle to the yen."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.plan import Policy
from tests.lives import tiny_panel, tiny_plan, tiny_terms
from tests.oracle import OracleResult, live

FUND = {"kind": "jp_fund"}  # traded by the yen: amounts come out whole
SWITCH = {"policy": Policy.CALENDAR}


def unit_amounts(result: OracleResult, kind: str) -> list[tuple[str, int, int]]:
    return [(row.bucket, int(row.units), int(row.amount)) for row in result.rows(kind)]


def test_1_growth_frame_sold_at_a_profit_gives_its_book_back_next_year():
    panel = tiny_panel(
        ["2024-02-01", "2025-06-02", "2025-07-01", "2026-02-02"],
        {"F": [100, 120, 120, 120]},
        frames={"F": ["G"]},
        **FUND,
    )
    plan = tiny_plan(panel, deposit={"2024-02-01": 2_400_000}, withdrawal={"2025-06-02": 1_440_000})
    result = live(panel, plan, tiny_terms(panel, "nisa"))
    assert result.total("sell") == 1_440_000
    assert not result.rows("tax")
    assert result.withdrawn == 1_440_000
    assert result.quota_of(2025, "T").lifetime_left == 15_600_000
    assert result.quota_of(2026, "T").lifetime_left == 16_800_000
    assert result.quota_of(2026, "G").lifetime_left == 10_800_000
    assert result.room["G"] == 2_400_000


FULL_YEARS = {f"{year}-02-01": 3_600_000.0 for year in range(2024, 2029)}


def full_then(*days: str, **flows: dict[str, float]) -> OracleResult:
    """Both frames full after 2028; then ``days`` more. One asset may use G only, the other T and G."""
    dates = [*FULL_YEARS, *days]
    flat = [100.0] * len(dates)
    panel = tiny_panel(
        dates, {"GROWTH": flat, "BOTH": flat}, frames={"GROWTH": ["G"], "BOTH": ["T", "G"]}, **FUND
    )
    targets = {"2024-02-01": [2 / 3, 1 / 3], "2029-02-01": [0.0, 1.0], "2030-02-01": [2 / 3, 1 / 3]}
    flows["deposit"] = FULL_YEARS | flows.get("deposit", {})
    plan = tiny_plan(panel, targets={day: row for day, row in targets.items() if day in dates}, **flows)
    return live(panel, plan, tiny_terms(panel, "nisa", "taxable"))


def test_2_a_full_lifetime_limit_opens_the_year_after_a_sale():
    full = full_then("2029-02-01")
    assert full.room == {"T": 0, "G": 0}
    # Weight 0 for the growth asset in 2029: what is taken out comes out of the growth frame alone.
    sale = {"2029-06-01": 3_000_000.0}
    sold = full_then("2029-02-01", "2029-06-01", withdrawal=sale)
    assert sold.quota_of(2029, "G").given_back == 3_000_000
    assert sold.room == {"T": 0, "G": 0}
    opened = full_then("2029-02-01", "2029-06-01", "2030-02-01", withdrawal=sale)
    assert opened.room["G"] == 2_400_000
    days = ("2029-02-01", "2029-06-01", "2030-02-01", "2030-03-01")
    filled = full_then(*days, withdrawal=sale, deposit={"2030-02-01": 3_600_000.0})
    assert filled.quota_of(2030, "G").used == 2_400_000
    assert filled.quota_of(2030, "T").used == 600_000
    assert filled.room == {"T": 0, "G": 0}
    assert filled.cost["taxable", "BOTH"] == 600_000


def test_3_the_growth_frame_alone_is_full_after_five_years():
    dates = [*FULL_YEARS, "2029-02-01"]
    panel = tiny_panel(dates, {"F": [100.0] * 6}, frames={"F": ["G"]}, **FUND)
    plan = tiny_plan(panel, deposit=dict.fromkeys(FULL_YEARS, 2_400_000.0))
    result = live(panel, plan, tiny_terms(panel, "nisa"))
    assert result.room == {"T": 1_200_000, "G": 0}


def test_4_an_annual_limit_never_comes_back_within_its_year():
    dates = ["2025-01-15", "2025-06-16", "2025-07-01", "2026-01-15"]
    panel = tiny_panel(dates, {"F": [100.0, 125, 125, 125]}, frames={"F": ["G"]}, **FUND)
    flows = {"deposit": {"2025-01-15": 2_400_000.0}, "withdrawal": {"2025-06-16": 3_000_000.0}}
    result = live(panel, tiny_plan(panel, **flows), tiny_terms(panel, "nisa"))
    assert result.withdrawn == 3_000_000
    assert not result.rows("tax")
    assert result.quota_of(2025, "G").limit - result.quota_of(2025, "G").used == 0
    assert result.quota_of(2026, "T").lifetime_left == 18_000_000
    assert result.room["G"] == 2_400_000
    again = tiny_panel(dates[:3], {"F": [100.0, 125, 125]}, frames={"F": ["G"]}, **FUND)
    within = live(again, tiny_plan(again, **flows), tiny_terms(again, "nisa"))
    assert within.room["G"] == 0


def test_5_the_book_given_back_is_the_average():
    panel = tiny_panel(
        ["2026-02-02", "2027-02-01", "2028-02-01", "2029-02-01"],
        {"ETF": [40.0, 50.0, 50.0, 50.0]},
        fx=[150, 160, 160, 160],
    )
    plan = tiny_plan(
        panel, deposit={"2026-02-02": 6_000, "2027-02-01": 8_000}, withdrawal={"2028-02-01": 8_000}
    )
    result = live(panel, plan, tiny_terms(panel, "nisa"))
    assert unit_amounts(result, "buy") == [("nisa.G", 1, -6_000), ("nisa.G", 1, -8_000)]
    assert unit_amounts(result, "sell") == [("nisa.G", -1, 8_000)]
    assert result.quota_of(2028, "G").given_back == 7_000
    assert result.quota_of(2028, "T").lifetime_left == 18_000_000 - 14_000
    assert result.quota_of(2029, "T").lifetime_left == 18_000_000 - 7_000


@pytest.mark.parametrize(
    ("overflow", "price", "fx", "money", "bought"),
    [
        ("whole_order", 310.0, 1000.0, 310_000, [("taxable", 1, -310_000)]),
        ("split", 400.0, 150.0, 420_000, [("nisa.G", 5, -300_000), ("taxable", 2, -120_000)]),
        ("skip", 400.0, 150.0, 420_000, []),
        ("hold_cash", 400.0, 150.0, 420_000, [("nisa.G", 5, -300_000)]),
    ],
)
def test_6_an_order_over_the_room(overflow, price, fx, money, bought):
    panel = tiny_panel(["2024-02-01"], {"ETF": [price]}, fx=fx)
    plan = tiny_plan(panel, deposit={"2024-02-01": money})
    terms = tiny_terms(panel, "nisa", "taxable", overflow=overflow, annual_limits={"G": 300_000})
    result = live(panel, plan, terms)
    assert unit_amounts(result, "buy") == bought
    assert result.cash == money + sum(amount for *_, amount in bought)


def sixty_of_150(broker: str, tax_amounts: str, deposits: tuple[float, float]) -> OracleResult:
    """100 at $50 (110), 50 at $60 (120); then 40 % of 150 at $80 (150) is moved to another asset: 60 sold."""
    panel = tiny_panel(
        ["2025-02-03", "2025-03-03", "2025-04-01"],
        {"ETF": [50.0, 60.0, 80.0], "OTHER": [1.0, 1.0, 1.0]},
        fx=[110, 120, 150],
        kind={"ETF": "us_etf", "OTHER": "jp_fund"},
    )
    plan = tiny_plan(
        panel,
        deposit={"2025-02-03": deposits[0], "2025-03-03": deposits[1]},
        targets={"2025-02-03": [1.0, 0.0], "2025-04-01": [0.6, 0.4]},
        rebalance=["2025-04-01"],
        **SWITCH,
    )
    return live(panel, plan, tiny_terms(panel, "taxable", broker=broker, tax_amounts=tax_amounts))


def test_7_moving_average_cost_rounds_up_and_each_tax_rounds_down():
    result = sixty_of_150("none", "mid", (550_000, 360_000))
    bought, sold = unit_amounts(result, "buy"), unit_amounts(result, "sell")
    assert bought[:2] == [("taxable", 100, -550_000), ("taxable", 50, -360_000)]
    assert sold == [("taxable", -60, 720_000)]
    assert result.tax_paid == 72_317 == 54_518 + 17_799
    assert result.cost["taxable", "ETF"] == 546_030
    assert 720_000 - 6_067 * 60 == 355_980


def test_8_commissions_and_tts_ttb_belong_to_cost_and_proceeds():
    # Cash moves at mid: (5,000 + 22) × 110 and (3,000 + 14.85) × 120; tax amounts at 111, 121 and 149.
    result = sixty_of_150("sbi", "tts_ttb", (552_420, 361_782))
    assert unit_amounts(result, "buy")[:2] == [("taxable", 100, -552_420), ("taxable", 50, -361_782)]
    assert unit_amounts(result, "sell") == [("taxable", -60, (4_800 - 22) * 150)]
    assert result.cost["taxable", "ETF"] == 6_149 * 90
    assert result.tax_paid == 69_676 == 52_527 + 17_149
    assert result.cost_paid == Decimal("22") * 110 + Decimal("14.85") * 120 + Decimal("22") * 150


@pytest.mark.parametrize(("account", "net"), [("taxable", 10_758), ("nisa", 13_500)])
def test_9_a_dividend_of_100_dollars(account, net):
    panel = tiny_panel(["2025-02-03", "2025-03-03"], {"ETF": [10.0, 10.0]}, dividends={"ETF": [0, 1.0]})
    plan = tiny_plan(panel, deposit={"2025-02-03": 150_000}, reinvest_dividends=False)
    result = live(panel, plan, tiny_terms(panel, account))
    assert result.total("dividend") == 15_000
    assert result.total("source_tax") == -1_500
    assert result.total("dividend_tax") == (-2_742 if account == "taxable" else 0)
    assert result.cash == net
    assert result.dividend_tax_paid == 15_000 - net


def test_10_gains_and_losses_net_within_the_year():
    panel = tiny_panel(
        ["2025-02-03", "2025-03-03", "2025-04-01"],
        {"UP": [100.0, 110, 110], "DOWN": [100.0, 100, 90], "PARK": [1.0, 1, 1]},
        **FUND,
    )
    targets = {
        "2025-02-03": [0.5, 0.5, 0.0],
        "2025-03-03": [0.0, 10 / 21, 11 / 21],
        "2025-04-01": [0.0, 0.0, 1.0],
    }
    plan = tiny_plan(
        panel,
        deposit={"2025-02-03": 200_000},
        targets=targets,
        rebalance=["2025-03-03", "2025-04-01"],
        **SWITCH,
    )
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    assert unit_amounts(result, "sell") == [("taxable", -1000, 110_000), ("taxable", -1000, 90_000)]
    assert [(row.session, row.amount) for row in result.rows("tax")] == [(1, -2_031), (2, 2_031)]
    assert result.tax_paid == 0


def test_10_losses_carry_forward_and_are_refunded_in_april():
    """A loss of 300,000 in 2025, gains of 200,000 in 2026 and of 500,000 in 2027."""
    dates = ["2025-02-03", "2025-03-03", "2026-02-02", "2026-03-02"]
    dates += ["2027-02-01", "2027-03-31", "2027-04-01", "2028-03-31", "2028-04-03"]
    # One unit bought and sold in each year; the money for it arrives with the day.
    panel = tiny_panel(
        dates,
        {"A": [1_000_000.0, 700_000, 500_000, 700_000, 500_000, 1_000_000, 1, 1, 1]},
        **FUND,
    )
    buys = {"2025-02-03": 1_000_000.0, "2026-02-02": 500_000.0, "2027-02-01": 500_000.0}
    everything = {"2025-03-03": 1.0, "2026-03-02": 1.0, "2027-03-31": 1.0}
    plan = tiny_plan(panel, deposit=buys, withdrawal_share=everything)
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    refunds = [(str(panel.sessions[row.session]), row.amount) for row in result.rows("refund")]
    assert [row.amount for row in result.rows("tax")] == [-40_630, -101_575]
    assert refunds == [("2027-04-01", 40_630), ("2028-04-03", 101_575 - 81_260)]
    assert result.tax_paid == 81_260


@pytest.mark.parametrize(("session", "quota_year"), [("2024-12-24", 2024), ("2024-12-26", 2025)])
def test_11_the_quota_year_is_that_of_the_settlement(session, quota_year):
    panel = tiny_panel([session], {"ETF": [100.0]})
    result = live(panel, tiny_plan(panel, deposit={session: 30_000}), tiny_terms(panel, "nisa"))
    assert result.quota_of(quota_year, "G").used == 30_000
    assert {row.year for row in result.quota if row.used} == {quota_year}
    assert result.room["G"] == (2_370_000 if quota_year == 2024 else 2_400_000)


@pytest.mark.parametrize(
    ("first", "second", "bought"),
    [(120_000, 80_000, [30_000, 70_000]), (300_000, 50_000, [0, 100_000])],
)
def test_12_new_money_goes_to_the_shortfall(first, second, bought):
    panel = tiny_panel(["2025-02-03", "2025-03-03"], {"A": [100.0, 100.0], "B": [100.0, 100.0]}, **FUND)
    share = first / (first + second)
    plan = tiny_plan(
        panel,
        deposit={"2025-02-03": first + second, "2025-03-03": 100_000},
        targets={"2025-02-03": [share, 1 - share], "2025-03-03": [0.5, 0.5]},
        policy=Policy.NO_SELL,
    )
    result = live(panel, plan, tiny_terms(panel, "taxable"))
    spent = {row.asset: -row.amount for row in result.rows("buy") if row.session == 1}
    assert [spent.get(name, 0) for name in ("A", "B")] == bought
