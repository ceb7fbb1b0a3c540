"""Lives by hand for the corners that random ones hardly reach: noise, ties, limits, years of losses.

Each is short, and is compared with the oracle and with its own path like the random lives of tests/lives.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.plan import Policy
from tests.lives import Life, tiny_panel, tiny_plan, tiny_terms

CORNERS: dict[str, Callable[[], Life]] = {}
DAYS = ["2025-02-03", "2025-03-03", "2025-04-01", "2025-05-01"]


def corner(make: Callable[[], Life]) -> Callable[[], Life]:
    CORNERS[make.__name__] = make
    return make


def days_of(years: range, *days: str) -> list[str]:
    return [f"{year}-{day}" for year in years for day in days]


def dollars(prices: dict[str, list[float]], *, terms: dict[str, Any] | None = None, **plan: Any) -> Life:
    """A plain life in dollars on DAYS."""
    panel = tiny_panel(DAYS, prices, currency="USD")
    return Life(
        panel, tiny_plan(panel, **plan), tiny_terms(panel, "plain", whole_shares=False, **(terms or {}))
    )


def waiting(left: float) -> Life:
    """1000 and ``left`` wait in cash; 1000 are taken."""
    money = 1000.0 + left
    return dollars(
        {"A": [10.0, 10.0, 12.0, 12.0]},
        deposit={DAYS[0]: money, DAYS[2]: 500.0},
        release={DAYS[2]: 500.0},
        withdrawal={DAYS[1]: 1000.0},
    )


@corner
def a_withdrawal_takes_the_noise_it_would_leave() -> Life:
    return waiting(1e-7)


@corner
def a_withdrawal_leaves_what_is_more_than_noise() -> Life:
    return waiting(1e-5)


@corner
def in_yen_books_a_withdrawal_leaves_even_noise() -> Life:
    panel = tiny_panel(DAYS, {"A": [100.0] * 4}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 1_000_000.0000004, DAYS[2]: 5000}, release={DAYS[2]: 5000.0},
        withdrawal={DAYS[1]: 1_000_000},
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "taxable"))


def short_by(missing: float) -> Life:
    """1000 in cash and as much in units; ``missing`` more than the cash is wanted."""
    return dollars(
        {"A": [10.0, 10.0, 12.0, 12.0]},
        deposit={DAYS[0]: 2000.0},
        release={DAYS[0]: 1000.0},
        withdrawal={DAYS[1]: 1000.0 + missing},
    )


@corner
def nothing_is_sold_for_noise() -> Life:
    return short_by(5e-7)


@corner
def units_are_sold_for_more_than_noise() -> Life:
    return short_by(5e-6)


@corner
def an_asset_worth_noise_is_not_sold_for_a_withdrawal() -> Life:
    """B is bought for 5e-9 of the whole, and is worth 6e-10 of it when everything is taken."""
    return dollars(
        {"A": [10.0, 10.0, 10.0, 10.0], "B": [0.8, 0.1, 0.1, 0.1]},
        deposit={DAYS[0]: 1e6},
        targets=(1.0 - 5e-9, 5e-9),
        withdrawal_share={DAYS[1]: 1.0},
    )


@corner
def a_budget_of_noise_buys_nothing() -> Life:
    return dollars(
        {"A": [10.0, 10.0, 10.0, 10.0], "B": [0.8, 0.8, 0.8, 0.8]},
        deposit={DAYS[0]: 1e7, DAYS[1]: 1e7},
        targets={DAYS[0]: (1.0 - 5e-10, 5e-10), DAYS[1]: (1.0 - 5e-9, 5e-9)},
    )


@corner
def a_surplus_of_noise_is_not_sold() -> Life:
    return dollars(
        {"A": [10.0, 10.0 + 1e-9, 10.0, 10.0], "B": [0.8, 0.8, 0.8, 0.8 + 8e-9]},
        deposit={DAYS[0]: 1e7},
        targets=(0.5, 0.5),
        policy=Policy.CALENDAR,
        rebalance=DAYS[1:],
    )


@corner
def whole_units_to_the_yen_they_cost() -> Life:
    """Budgets and withdrawals that are whole numbers of units, so that a unit less or more shows."""
    panel = tiny_panel(DAYS, {"A": [10.1, 10.1, 10.1, 10.1]}, fx=100.0)
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 1010 * 37, DAYS[2]: 1010 * 7 - 1}, withdrawal={DAYS[1]: 5050, DAYS[3]: 7070}
    )
    return Life(panel, plan, tiny_terms(panel, "taxable"))


def half_a_yen(*accounts: str, money: float, **limits: Any) -> Life:
    """A unit costs 1000.5 yen, of which 1000 are paid."""
    panel = tiny_panel(DAYS, {"A": [10.005] * 4}, fx=100.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: money, DAYS[2]: 1000.0})
    return Life(panel, plan, tiny_terms(panel, *accounts, **limits))


@corner
def half_a_yen_that_need_not_be_paid() -> Life:
    return half_a_yen("taxable", money=3001.0)


@corner
def half_a_yen_that_takes_no_room() -> Life:
    return half_a_yen("nisa", "taxable", money=9999.0, annual_limits={"T": 3001, "G": 3001})


@corner
def whole_units_of_a_surplus() -> Life:
    panel = tiny_panel(DAYS, {"A": [10.0, 30.0, 30.0, 30.0], "B": [10.0, 10.0, 10.0, 10.0]}, fx=100.0)
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 60_000}, targets=(0.5, 0.5), policy=Policy.CALENDAR, rebalance=DAYS[1:]
    )
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable"))


def commissions(whole: bool, *accounts: str) -> Life:
    """A commission below its minimum, at its rate and at its cap; budgets that it eats."""
    days = [f"2025-03-{3 + n:02d}" for n in range(12)]
    panel = tiny_panel(days, {"A": [10.0 + n / 8 for n in range(12)]}, fx=[100 + n for n in range(12)])
    money = [700, 1500, 100_000, 260_000, 600_000, 500, 90, 200, 2_000_000]
    plan = tiny_plan(
        panel, deposit=dict(zip(days, map(float, money))),
        withdrawal={days[9]: 1_000.0, days[10]: 150_000.0}, withdrawal_share={days[11]: 1.0},
    )  # fmt: skip
    costs = {"commission_rate": 0.004, "commission_min": 5.0, "commission_cap": 9.0, "fx_spread": 0.25}
    return Life(panel, plan, tiny_terms(panel, *accounts, whole_shares=whole, tax_amounts="tts_ttb", **costs))


@corner
def commissions_on_whole_units() -> Life:
    return commissions(True, "taxable")


@corner
def commissions_on_fractions() -> Life:
    return commissions(False, "taxable")


@corner
def commissions_in_nisa() -> Life:
    return commissions(True, "nisa", "taxable")


@corner
def commissions_on_fractions_in_nisa() -> Life:
    return commissions(False, "nisa", "taxable")


@corner
def commissions_without_tax() -> Life:
    return commissions(True, "plain")


@corner
def commissions_on_fractions_without_tax() -> Life:
    return commissions(False, "plain")


def worth_less_than_its_sale(account: str) -> Life:
    """A sale's commission is more than it brings: nothing comes of it, and nothing is paid in."""
    panel = tiny_panel(DAYS, {"A": [10.0, 0.01, 0.01, 0.01]}, fx=100.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: 20_000}, withdrawal={DAYS[1]: 5, DAYS[2]: 10_000})
    return Life(panel, plan, tiny_terms(panel, account, commission_min=5.0))


@corner
def a_unit_that_is_worth_less_than_its_sale() -> Life:
    return worth_less_than_its_sale("taxable")


@corner
def a_unit_without_tax_that_is_worth_less_than_its_sale() -> Life:
    return worth_less_than_its_sale("plain")


def over_a_minimum(noise: float) -> Life:
    """Five dollars of commission, and ``noise`` yen more, in a budget of yen."""
    panel = tiny_panel(DAYS, {"A": [10.0, 10.0, 12.0, 12.0]}, fx=150.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: 750.0 + noise, DAYS[2]: 5_000.0})
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False, commission_min=5.0))


@corner
def noise_over_a_minimum_commission() -> Life:
    return over_a_minimum(1e-8)


@corner
def more_than_noise_over_a_minimum_commission() -> Life:
    return over_a_minimum(1.5e-6)


@corner
def what_a_double_leaves_over_a_minimum_commission() -> Life:
    """969 yen are 7.5 dollars at 129.2, and a double's last digit."""
    panel = tiny_panel(DAYS, {"A": [10.0, 10.0, 12.0, 12.0]}, fx=129.2)
    plan = tiny_plan(panel, deposit={DAYS[0]: 969.0, DAYS[2]: 5_000.0})
    return Life(panel, plan, tiny_terms(panel, "taxable", whole_shares=False, commission_min=7.5))


def nearly_all(left: float) -> Life:
    """All of a thousand units is sold but for ``left``."""
    return dollars({"A": [1.0] * 4}, deposit={DAYS[0]: 1000.0}, withdrawal={DAYS[1]: 1000.0 - left})


@corner
def noise_that_a_sale_without_tax_would_leave_goes_with_it() -> Life:
    return nearly_all(5e-8)


@corner
def what_a_sale_without_tax_leaves_stays() -> Life:
    return nearly_all(5e-6)


def years_of_losses(offset: bool, paid: float, first: int = 2024) -> Life:
    """Everything is sold each year: losses of three years, gains that use them oldest first, one that lapses."""
    gains = [-300, -50, -70, 120, -40, 30, -500, 0, 10, 20, 600, 200]
    days, prices, deposit, share, dividends = [], [], {}, {}, []
    for number, gain in enumerate(gains):
        bought, paying, sold, spring = (
            f"{first + number}-{day}" for day in ("02-01", "02-15", "03-01", "04-03")
        )
        days += [bought, paying, sold, spring]
        prices += [1000.0, 1000.0, 1000.0 + gain, 1000.0]
        dividends += [0.0, paid * (1 + number % 3), 0.0, 0.0]
        deposit[bought] = 1_000_000.0
        share[sold] = 1.0
    days = np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")
    names = dict(zip([f"{first + n}-{day}" for n in range(len(gains)) for day in
                      ("02-01", "02-15", "03-01", "04-03")], map(str, days)))  # fmt: skip
    panel = tiny_panel(days, {"A": prices}, dividends={"A": dividends}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit={names[day]: amount for day, amount in deposit.items()},
        withdrawal_share={names[day]: amount for day, amount in share.items()}, reinvest_dividends=False,
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "taxable", offset_dividends=offset))


@corner
def years_of_losses_against_gains() -> Life:
    return years_of_losses(False, 7.0)


@corner
def years_of_losses_against_dividends() -> Life:
    return years_of_losses(True, 25.0)


@corner
def years_of_losses_against_gains_a_year_later() -> Life:
    return years_of_losses(False, 7.0, 2025)


@corner
def years_of_losses_against_dividends_a_year_later() -> Life:
    return years_of_losses(True, 25.0, 2025)


@corner
def a_refund_of_one_yen() -> Life:
    """A dividend of 7 yen is taxed 1 yen, which a loss brings back, and which is then invested with the rest."""
    days = ["2025-02-03", "2025-03-03", "2025-04-01", "2026-01-06", "2026-02-03"]
    panel = tiny_panel(days, {"A": [1000.0, 1000.0, 900.0, 900.0, 900.0]}, dividends={"A": [0, 0.07, 0, 0, 0]},
                       kind="jp_fund")  # fmt: skip
    plan = tiny_plan(panel, deposit={days[0]: 100_000}, withdrawal={days[2]: 5_000}, reinvest_dividends=False)
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def dividends_below_one_are_invested() -> Life:
    panel = tiny_panel(
        DAYS, {"A": [10.0, 10.0, 12.0, 12.0]}, dividends={"A": [0.0, 0.03, 0.0, 0.1]}, currency="USD"
    )
    plan = tiny_plan(panel, deposit={DAYS[0]: 5.0})
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))


@corner
def dividends_below_one_yen_are_nothing() -> Life:
    panel = tiny_panel(DAYS, {"A": [10.0, 10.0, 12.0, 12.0]}, dividends={"A": [0.0, 0.001, 0.02, 0.001]})
    plan = tiny_plan(panel, deposit={DAYS[0]: 1_700.0})
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def a_dividend_of_one_yen_is_invested() -> Life:
    panel = tiny_panel(DAYS, {"A": [10.0, 10.0, 12.0, 12.0]}, dividends={"A": [0.0, 0.01, 0.0, 0.01]})
    plan = tiny_plan(panel, deposit={DAYS[0]: 1_600.0})
    return Life(panel, plan, tiny_terms(panel, "taxable", whole_shares=False))


@corner
def a_dividend_of_nothing_in_one_account_and_of_yen_in_the_other() -> Life:
    """Half a yen a unit: one unit in NISA, nine in the taxable account."""
    panel = tiny_panel(DAYS, {"A": [0.1] * 4}, dividends={"A": [0.0, 0.005, 0.0, 0.0]}, fx=100.0)
    terms = tiny_terms(panel, "nisa", "taxable", annual_limits={"G": 10})
    return Life(panel, tiny_plan(panel, deposit={DAYS[0]: 100}), terms)


@corner
def one_yen_withheld_at_the_source() -> Life:
    """A tenth of 14 yen."""
    panel = tiny_panel(DAYS, {"A": [10.0] * 4}, dividends={"A": [0.0, 0.14, 0.0, 0.0]}, fx=100.0)
    return Life(panel, tiny_plan(panel, deposit={DAYS[0]: 1_000}), tiny_terms(panel, "taxable"))


@corner
def small_change() -> Life:
    """Less than one dollar, day after day."""
    days = [f"2025-03-{3 + n:02d}" for n in range(12)]
    panel = tiny_panel(
        days, {"A": [10.0, 11, 9, 8, 12, 10, 10, 11, 12, 13, 12, 11], "B": [5.0] * 12}, currency="USD"
    )
    plan = tiny_plan(
        panel, deposit={days[0]: 0.4, days[7]: 0.3}, withdrawal={days[9]: 0.1}, targets=(0.7, 0.3)
    )
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))


@corner
def small_change_under_commission() -> Life:
    """What a withdrawal left is less than the next purchase costs."""
    days = [f"2025-03-{3 + n:02d}" for n in range(12)]
    panel = tiny_panel(days, {"A": [10.0, 11, 9, 8, 12, 10, 10, 11, 12, 13, 12, 11]}, currency="USD")
    plan = tiny_plan(
        panel, deposit={days[0]: 0.4, days[7]: 0.3, days[9]: 0.2}, withdrawal={days[3]: 0.285, days[8]: 0.25}
    )
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False, commission_min=0.02))


@corner
def plain_days_of_three_assets() -> Life:
    days = [str(day) for day in np.busday_offset("2025-03-03", np.arange(16), roll="forward")]
    walk = [10.0, 11, 9, 8, 12, 10, 10, 11, 12, 13, 12, 11, 7, 8, 9, 10]
    panel = tiny_panel(
        days, {"A": walk, "B": walk[::-1], "C": [5.0 + n / 3 for n in range(16)]}, currency="USD"
    )
    plan = tiny_plan(panel, deposit={days[1]: 4000.0, days[12]: 300.0}, targets=(0.5, 0.3, 0.2))
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))


@corner
def without_tax_in_two_currencies() -> Life:
    """The last of three assets alone in dollars: bought, sold, paid by and valued at its own rate."""
    panel = tiny_panel(
        DAYS,
        {"F": [10.0, 11.0, 9.0, 12.0], "H": [20.0, 18.0, 19.0, 21.0], "E": [5.0, 7.0, 6.0, 8.0]},
        dividends={"E": [0.0, 0.0, 0.5, 0.0]}, fx=[100.0, 110.0, 120.0, 130.0],
        kind={"F": "jp_fund", "H": "jp_fund", "E": "us_etf"},
    )  # fmt: skip
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 100_000.0}, targets=(0.3, 0.3, 0.4), policy=Policy.CALENDAR,
        rebalance=DAYS[1:3],
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False, fx_spread=0.5))


@corner
def quiet_days_of_two_assets_in_yen() -> Life:
    days = [str(day) for day in np.busday_offset("2025-03-03", np.arange(16), roll="forward")]
    walk = [10.0, 11, 9, 8, 12, 10, 10, 11, 12, 13, 12, 11, 7, 8, 9, 10]
    panel = tiny_panel(days, {"A": walk, "B": walk[::-1]}, fx=[140.0 + n for n in range(16)])
    plan = tiny_plan(panel, deposit={days[1]: 400_000.0}, targets=(0.6, 0.4))
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def a_spread_that_is_due_at_the_end() -> Life:
    panel = tiny_panel(DAYS, {"A": [10.0, 10.0, 12.0, 12.0]})
    plan = tiny_plan(panel, deposit={DAYS[0]: 10_000.0})
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False, fx_spread=0.25))


@corner
def whole_units_of_a_float_that_is_not_a_decimal() -> Life:
    """Three times a tenth is a tenth of three."""
    panel = tiny_panel(DAYS, {"A": [0.1, 0.1, 0.7, 0.7]}, currency="USD")
    plan = tiny_plan(panel, deposit={DAYS[0]: 0.3, DAYS[1]: 0.6, DAYS[2]: 2.1})
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=True))


@corner
def a_sale_that_ends_with_a_bucket_but_for_noise() -> Life:
    panel = tiny_panel(DAYS, {"F": [1.0] * 4}, kind="jp_fund")
    plan = tiny_plan(panel, deposit={DAYS[0]: 200_000}, withdrawal={DAYS[1]: 100_000.00005})
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable", annual_limits={"T": 100_000, "G": 0}))


@corner
def a_sale_that_would_leave_noise_in_a_bucket() -> Life:
    panel = tiny_panel(DAYS, {"F": [1.0] * 4}, kind="jp_fund")
    plan = tiny_plan(panel, deposit={DAYS[0]: 200_000}, withdrawal={DAYS[1]: 99_999.99995})
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable", annual_limits={"T": 100_000, "G": 0}))


def to_the_room(overflow: str, money: float) -> Life:
    """Orders of exactly the room, and over it, where the room is exactly thirty units."""
    panel = tiny_panel(DAYS, {"A": [100.0] * 4}, fx=100.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: money, DAYS[2]: 50_000.0})
    return Life(
        panel, plan, tiny_terms(panel, "nisa", "taxable", overflow=overflow, annual_limits={"G": 300_000})
    )


for _overflow in ("split", "whole_order", "skip", "hold_cash"):
    for _money in (300_000.0, 400_000.0):
        CORNERS[f"to the room, {_overflow}, {_money:.0f}"] = lambda overflow=_overflow, money=_money: (
            to_the_room(overflow, money)
        )


@corner
def the_first_account_is_the_only_one_that_pays_commission() -> Life:
    """What does not pay for a unit and its commission there buys nothing in the other, where it would."""
    panel = tiny_panel(DAYS, {"A": [100.0] * 4}, fx=100.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: 10_020.0, DAYS[1]: 10_040.0, DAYS[2]: 40.0})
    return Life(panel, plan, tiny_terms(panel, "taxable", "nisa", broker="sbi", fx_spread=0.0))


def gains_of(
    gains: list[int],
    paid: list[list[float]],
    offset: bool = True,
    first: int = 2025,
    rules: str = "nisa_2024",
) -> Life:
    """Each year 10,000 are all bought at 1000 and sold for ``gains`` more; ``paid``: dividends of all units."""
    days: list[str] = []
    prices: list[float] = []
    dividends: list[float] = []
    deposit, share = {}, {}
    for number, gain in enumerate(gains):
        spots = ["02-03", "02-10", "02-17", "02-24", "03-10", "04-10"]
        year = [str(np.busday_offset(f"{first + number}-{spot}", 0, roll="forward")) for spot in spots]
        days += year
        prices += [1000.0, 1000.0, 1000.0, 1000.0, 1000.0 + gain / 10, 1000.0]
        dividends += [0.0, *(amount / 10 for amount in paid[number]), 0.0, 0.0]
        deposit[year[0]], share[year[4]] = 10_000.0, 1.0
    panel = tiny_panel(days, {"A": prices}, dividends={"A": dividends}, kind="jp_fund")
    plan = tiny_plan(panel, deposit=deposit, withdrawal_share=share, reinvest_dividends=False)
    return Life(panel, plan, tiny_terms(panel, "taxable", offset_dividends=offset, rules=rules))


NOTHING_PAID = [0.0, 0.0, 0.0]


@corner
def a_loss_of_one_yen() -> Life:
    """Of a gain of 7 yen, taxed 1, a loss of 1 yen gives 1 back; then 8 less 1 are left for a gain of 14."""
    return gains_of([-1, 7, 0, -8, 1, 14, 0, 0], [NOTHING_PAID] * 8)


@corner
def a_loss_of_eight_yen() -> Life:
    return gains_of([0, 0, -8, 14, 0], [NOTHING_PAID] * 5)


@corner
def a_gain_of_one_yen() -> Life:
    return gains_of([0, 0, -8, 1, 14, 0], [NOTHING_PAID] * 6)


@corner
def a_year_is_closed_at_its_own_rate_of_tax() -> Life:
    """Until 2013 half of what is due from 2014 on."""
    paid = [[700.0, 500.0, 300.0]] * 3
    return gains_of([-2000, -400, 900], paid, first=2012, rules="historical_general")


@corner
def a_year_is_closed_at_its_own_rate_of_tax_a_year_later() -> Life:
    paid = [[700.0, 500.0, 300.0]] * 3
    return gains_of([-2000, -400, 900], paid, first=2013, rules="historical_general")


@corner
def a_refund_that_waits_when_life_ends() -> Life:
    return gains_of([-1000, 900], [NOTHING_PAID] * 2)


@corner
def a_loss_of_one_yen_without_offset() -> Life:
    return gains_of([-1, 7, 0, -8, 1, 14, 0, 0], [NOTHING_PAID] * 8, offset=False)


@corner
def the_oldest_loss_is_used_first_and_no_more_of_the_next() -> Life:
    return gains_of([-1000, -500, 600, 800, 0, 0], [NOTHING_PAID] * 6)


@corner
def dividends_of_the_year_before_last_offset_nothing() -> Life:
    """Three dividends of 7 yen are taxed 1 yen each, 21 at once would be taxed 4."""
    sevens = [7.0, 7.0, 7.0]
    return gains_of([0, 0, -500, 1000, 0], [sevens, NOTHING_PAID, sevens, NOTHING_PAID, NOTHING_PAID])


@corner
def dividends_of_the_year_before_last_offset_nothing_in_even_years() -> Life:
    sevens = [7.0, 7.0, 7.0]
    paid = [sevens, NOTHING_PAID, sevens, NOTHING_PAID, NOTHING_PAID]
    return gains_of([0, 0, -500, 1000, 0], paid, first=2024)


def over_new_year(year: int, buys: bool, sells: bool) -> Life:
    """Orders of a life's last days settle in the next year: what the quota of that year shows."""
    days = [f"{year}-03-03", f"{year}-06-03", f"{year}-12-26", f"{year}-12-29", f"{year}-12-30"]
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(days, {"A": [100.0, 110.0, 120.0, 130.0, 140.0]}, fx=100.0)
    plan = tiny_plan(
        panel,
        deposit={days[0]: 2_000_000, **({days[3]: 600_000} if buys else {})},
        withdrawal={days[1]: 300_000, **({days[4]: 100_000} if sells else {})},
    )
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable"))


for _year in (2025, 2026):
    for _buys, _sells in ((True, False), (False, True), (True, True), (False, False)):
        CORNERS[f"over new year {_year}, {_buys}, {_sells}"] = lambda year=_year, buys=_buys, sells=_sells: (
            over_new_year(year, buys, sells)
        )


def sold_at_the_end(price: float, **costs: Any) -> Life:
    """A gain (or a loss) of the year, and units that would be sold on a day that settles in the next."""
    days = ["2025-02-03", "2025-06-03", "2025-12-26", "2025-12-29"]
    panel = tiny_panel(
        days, {"A": [100.0, 80.0, price, price], "F": [100.0, 80.0, 150.0, 150.0]}, fx=100.0,
        kind={"A": "us_etf", "F": "jp_fund"},
    )  # fmt: skip
    plan = tiny_plan(
        panel, deposit={days[0]: 2_000_000}, withdrawal={days[1]: 300_000, days[2]: 1_000}, targets=(0.7, 0.3)
    )
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable", annual_limits={"G": 300_000}, **costs))


@corner
def sold_at_the_end_with_a_gain() -> Life:
    return sold_at_the_end(140.0, fx_spread=0.5, tax_amounts="tts_ttb", commission_rate=0.004)


@corner
def sold_at_the_end_under_commission() -> Life:
    return sold_at_the_end(0.001, commission_min=7.0)


@corner
def a_loss_of_all_at_the_end() -> Life:
    """What is worth nothing any more is a loss of all it cost, not of one yen less: 6 yen are left, untaxed."""
    panel = tiny_panel(DAYS, {"A": [3.0, 3.0, 3.0, 0.001], "B": [3.0, 3.0, 3.0, 12.0]}, kind="jp_fund")
    plan = tiny_plan(panel, deposit={DAYS[0]: 6}, targets=(0.5, 0.5))
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def sold_at_the_end_for_nothing() -> Life:
    panel = tiny_panel(DAYS, {"A": [10.0, 0.01, 0.01, 0.01]}, fx=100.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: 20_000})
    return Life(panel, plan, tiny_terms(panel, "taxable", commission_min=5.0))


@corner
def sums_where_a_double_is_coarse() -> Life:
    """15,045.03 yen a unit: a hundred thousand units are whole yen, and a double is off by more than NEAR."""
    price, rate = 100.1, 150.3
    panel = tiny_panel(DAYS, {"A": [price, price, price * 2, price]}, fx=rate)
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 15_045_030_000.0, DAYS[1]: 15_045_030.0},
        withdrawal={DAYS[2]: 3_009_006_000.0, DAYS[3]: 1_504_503_000.0},
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def six_yen_of_billions_are_spent_in_yen_books() -> Life:
    panel = tiny_panel(DAYS, {"A": [100.0] * 4, "B": [0.5] * 4}, kind="jp_fund")
    plan = tiny_plan(panel, deposit={DAYS[0]: 15e9}, targets=(1.0 - 4e-10, 4e-10))
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def prices_that_stand_still() -> Life:
    """Fractions that come back to what was paid but for a double's last digit: never below it."""
    days = [str(day) for day in np.busday_offset("2025-03-03", np.arange(24), roll="forward")]
    panel = tiny_panel(days, {"A": [0.3] * 24, "B": [0.7] * 24, "C": [1.1] * 24}, currency="USD")
    paid = {day: 77.7 + 3.1 * n for n, day in enumerate(days) if n % 3 != 1}
    plan = tiny_plan(panel, deposit=paid, targets=(0.35, 0.4, 0.25))
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))


def a_yield_on_what_waits(yearly: float) -> Life:
    days = [f"{year}-{month:02d}-03" for year in (2025, 2026) for month in range(1, 13)]
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(days, {"A": [100.0 + n % 5 for n in range(24)]}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit={days[1]: 240_000}, release=dict.fromkeys(days[1:13], 20000),
        withdrawal={days[7]: 70_000, days[9]: 500}, idle_yield=yearly,
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable"))


@corner
def a_negative_yield_on_what_waits() -> Life:
    return a_yield_on_what_waits(-0.02)


@corner
def a_yield_on_what_is_not_yet_invested() -> Life:
    return a_yield_on_what_waits(0.03)


def over_two_frames(overflow: str, whole: bool, route: tuple[str, ...]) -> Life:
    """Orders that fit, need both frames, or fit neither; the shared limit ends before the annual ones."""
    days = days_of(range(2024, 2027), "01-10", "03-11", "05-13", "08-12")
    panel = tiny_panel(days, {"A": [70.0, 71, 69, 73] * 3}, frames={"A": route})
    plan = tiny_plan(
        panel,
        deposit=dict(zip(days, [150_000, 350_000, 90_000, 900_000, 400_000, 20_000, 60_000, 10_000] * 2)),
        targets=(1.0,),
        policy=Policy.NO_SELL,
    )
    return Life(
        panel, plan, tiny_terms(
            panel, "nisa", "taxable", overflow=overflow, whole_shares=whole, commission_rate=0.001,
            annual_limits={"T": 200_000, "G": 300_000}, lifetime={"G": 450_000, "total": 900_000},
        ),
    )  # fmt: skip


for _overflow in ("split", "whole_order", "skip", "hold_cash"):
    for _whole in (True, False):
        for _route in (("T", "G"), ("G",)):
            CORNERS[f"over frames {_route}, {_overflow}, {'whole' if _whole else 'fractions'}"] = (
                lambda overflow=_overflow, whole=_whole, route=_route: over_two_frames(overflow, whole, route)
            )


def closed_frames(overflow: str) -> Life:
    """Before 2014 no frame is open, from 2024 on the old one is closed: closed frames are no frames."""
    days = days_of(range(2012, 2027), "02-10", "07-11")
    panel = tiny_panel(
        days, {"A": [100.0, 101.0] * 15}, kind="jp_fund", frames={"A": ("T", "G", "old_general")}
    )
    plan = tiny_plan(panel, deposit=dict.fromkeys(days, 700_000.0), targets=(1.0,), policy=Policy.NO_SELL)
    return Life(
        panel, plan, tiny_terms(panel, "nisa", "taxable", rules="historical_general", overflow=overflow)
    )


for _overflow in ("split", "whole_order", "skip", "hold_cash"):
    CORNERS[f"closed frames, {_overflow}"] = lambda overflow=_overflow: closed_frames(overflow)


def losses_of_years(gain_after: float, paid: float, offset: bool, whole: bool) -> Life:
    """A loss of 2020, more than that year's dividends; later years with gains, dividends, both or neither."""
    days = days_of(range(2020, 2026), "01-10", "04-10", "09-10")
    price = [100.0, 100, 50, *[50.0, 50, 50 + gain_after] * 5]
    dividends = {"A": [0.0, 0.4 * paid, 0.0] + [0.0, paid, 0.0] * 5}
    panel = tiny_panel(days, {"A": price}, dividends=dividends)
    plan = tiny_plan(
        panel,
        deposit={days[0]: 3_000_000.0} | {days[n]: 200_000.0 for n in (4, 7, 10)},
        withdrawal={days[n]: 400_000.0 for n in (2, 5, 8, 11, 14)},
        targets=(1.0,),
    )
    return Life(panel, plan, tiny_terms(panel, "taxable", offset_dividends=offset, whole_shares=whole))


for _gain in (-5.0, 0.0, 1.0, 40.0):
    for _paid in (0.0, 0.31, 7.0):
        for _offset in (True, False):
            CORNERS[f"losses, gain {_gain:.0f}, dividends {_paid}, {'' if _offset else 'not '}set off"] = (
                lambda gain=_gain, paid=_paid, offset=_offset: losses_of_years(
                    gain, paid, offset, paid != 7.0
                )
            )


def costs_over_proceeds(*accounts: str, spread: float) -> Life:
    """Sales of a few cents under a commission of dollars, and a currency spread that may exceed the rate."""
    panel = tiny_panel(DAYS, {"A": [50.0, 0.02, 0.02, 0.02]}, fx=150.0)
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 100_000.0}, withdrawal={DAYS[1]: 30.0, DAYS[2]: 20.0, DAYS[3]: 50_000.0},
        targets=(1.0,),
    )  # fmt: skip
    return Life(
        panel, plan, tiny_terms(panel, *accounts, commission_min=4.5, fx_spread=spread, whole_shares=False)
    )


for _accounts in (("plain",), ("taxable",), ("nisa",)):
    for _spread in (0.0, 0.5, 160.0):
        CORNERS[f"costs over proceeds, {_accounts[0]}, spread {_spread:.0f}"] = (
            lambda accounts=_accounts, spread=_spread: costs_over_proceeds(*accounts, spread=spread)
        )


@corner
def a_share_of_yen_in_a_plain_account() -> Life:
    panel = tiny_panel(DAYS, {"A": [33.33, 31.7, 35.1, 36.9]})
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 100_000.0}, withdrawal_share={DAYS[1]: 0.0333, DAYS[3]: 0.5},
        withdrawal={DAYS[2]: 11_000.0},
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "plain", whole_shares=False))


def a_full_frame(overflow: str, whole: bool, **limits: Any) -> Life:
    """Orders over the room of each frame, sales that open it a year later, orders that settle next year."""
    days = days_of(range(2024, 2029), "01-15", "03-15", "06-14", "12-25", "12-26", "12-27")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(
        days,
        {"A": [90.0 + 3 * (n % 7) for n in range(30)], "F": [101.0 + 2 * (n % 4) for n in range(30)]},
        kind={"A": "us_etf", "F": "jp_fund"},
        fx=[100.0 + n for n in range(30)],
    )
    deposit = {day: 130_000.0 + 20_000 * (n % 4) for n, day in enumerate(days) if n % 6 != 2}
    plan = tiny_plan(
        panel, deposit=deposit, withdrawal={days[n]: 240_000.0 for n in (8, 15, 22, 27)}, targets=(0.6, 0.4)
    )
    terms = tiny_terms(
        panel, "nisa", "taxable", overflow=overflow, whole_shares=whole, sell_from="nisa_first",
        annual_limits={"T": 200_000, "G": 300_000},
        lifetime={"G": 500_000, "total": 900_000}, broker="sbi" if whole else "none", **limits,
    )  # fmt: skip
    return Life(panel, plan, terms)


for _overflow in ("split", "whole_order", "skip", "hold_cash"):
    for _whole in (True, False):
        CORNERS[f"full frames, {_overflow}, {'whole' if _whole else 'fractions'}"] = (
            lambda overflow=_overflow, whole=_whole: a_full_frame(overflow, whole)
        )


@corner
def noise_that_is_left_of_a_year_does_not_move() -> Life:
    days = days_of(range(2014, 2021), "02-03", "07-01", "12-28")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(days, {"F": [1.0] * len(days)}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit=dict.fromkeys((days[0], days[3]), 100_000.0), withdrawal={days[4]: 99_999.99995}
    )
    terms = tiny_terms(panel, "nisa", "taxable", rules="historical_general", sell_from="nisa_first")
    return Life(panel, plan, terms)


def old_terms(rules: str, first: int, years: int, *accounts: str, **limits: Any) -> Life:
    """Purchases of each year in a frame with a term, sales out of the oldest, terms that end."""
    days = days_of(range(first, first + years), "02-03", "07-01", "12-30")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    size = len(days)
    panel = tiny_panel(
        days,
        {"F": [100.0 + 7 * (n % 9) for n in range(size)], "H": [50.0 + n for n in range(size)]},
        kind="jp_fund",
    )
    plan = tiny_plan(
        panel, deposit={day: 200_000.0 + 10_000 * (n % 5) for n, day in enumerate(days) if n % 3 == 0},
        withdrawal={day: 90_000.0 for n, day in enumerate(days) if n % 6 == 4}, targets=(0.7, 0.3),
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, *accounts, rules=rules, sell_from="nisa_first", **limits))


@corner
def old_general_terms() -> Life:
    return old_terms("historical_general", 2014, 14, "nisa", "taxable")


@corner
def old_tsumitate_terms() -> Life:
    return old_terms("historical_tsumitate", 2018, 24, "nisa", "taxable")


@corner
def units_of_the_last_year_of_a_term_are_sold_first() -> Life:
    """Bought in 2018 to 2023; sold in 2037, when the first of twenty years is the last of its term."""
    days = days_of(range(2018, 2040), "02-03", "07-01", "12-28")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(days, {"F": [100.0] * len(days)}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit=dict.fromkeys(days[:18:3], 100_000.0), withdrawal={days[3 * 19 + 1]: 40_000.0}
    )
    terms = tiny_terms(panel, "nisa", "taxable", rules="historical_tsumitate", sell_from="nisa_first")
    return Life(panel, plan, terms)


@corner
def units_of_the_year_itself_are_sold_from_a_term() -> Life:
    days = days_of(range(2014, 2021), "02-03", "07-01", "12-28")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(days, {"F": [100.0] * len(days)}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit=dict.fromkeys((days[0], days[3], days[9]), 100_000.0),
        withdrawal={days[1]: 100_000.0, days[4]: 40_000.0},
    )  # fmt: skip
    terms = tiny_terms(panel, "nisa", "taxable", rules="historical_general", sell_from="nisa_first")
    return Life(panel, plan, terms)


@corner
def old_frames_do_not_count_against_the_new_limits() -> Life:
    limits = {"G": 150_000, "total": 250_000}
    return old_terms("historical_general", 2021, 6, "nisa", "taxable", lifetime=limits)


@corner
def new_limits_do_not_count_for_the_old_frames() -> Life:
    """More is bought in the old frame in one year than the new ones will ever take."""
    limits = {"G": 60_000, "total": 100_000}
    return old_terms("historical_general", 2021, 6, "nisa", "taxable", lifetime=limits)


@corner
def old_and_new_frames_of_three_assets() -> Life:
    """An old frame that fills and ends after two new ones, limits that bind, the last asset alone in dollars."""
    days = days_of(range(2020, 2032), "02-03", "07-01", "12-30")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    size = len(days)
    panel = tiny_panel(
        days,
        {
            "F": [100.0 + 7 * (n % 9) for n in range(size)],
            "H": [50.0 + n for n in range(size)],
            "E": [20.0 + 3 * (n % 4) for n in range(size)],
        },
        dividends={"E": [0.5 * (n % 2) for n in range(size)]},
        fx=[100.0 + n for n in range(size)],
        kind={"F": "jp_fund", "H": "jp_fund", "E": "us_etf"},
    )
    plan = tiny_plan(
        panel, deposit={day: 300_000.0 for n, day in enumerate(days) if n % 3 == 0},
        withdrawal={day: 120_000.0 for n, day in enumerate(days) if n % 6 == 4}, targets=(0.3, 0.3, 0.4),
    )  # fmt: skip
    terms = tiny_terms(
        panel, "nisa", "taxable", rules="historical_general", sell_from="nisa_first",
        lifetime={"G": 150_000, "total": 620_000},
    )  # fmt: skip
    return Life(panel, plan, terms)


@corner
def the_last_unit_of_a_term() -> Life:
    """One share, bought in 2020: its five years end with 2024."""
    days = days_of(range(2020, 2027), "02-03", "12-23")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    panel = tiny_panel(days, {"E": [100.0 + n for n in range(len(days))]}, fx=100.0)
    terms = tiny_terms(panel, "nisa", "taxable", rules="historical_general")
    return Life(panel, tiny_plan(panel, deposit={days[0]: 15_000.0}), terms)


def a_policy(policy: Policy, money_first: bool, relative: bool, yen: bool) -> Life:
    """Money, dividends and looks at the weights on the same sessions and on others; weights that change."""
    days = [str(day) for day in np.busday_offset("2025-03-03", np.arange(18) * 3, roll="forward")]
    steps = np.arange(18)
    panel = tiny_panel(
        days,
        {"A": 20.0 + 5 * np.sin(steps), "B": 30.0 - steps / 2, "C": 7.0 + (steps % 4)},
        dividends={"B": np.where(steps % 5 == 3, 0.2, 0.0)},
        fx=150.0,
        currency="JPY" if yen else "USD",
    )
    unit = 100.0 if yen else 1.0
    plan = tiny_plan(
        panel,
        deposit={day: unit * (5_000.0 + 2_000 * n) for n, day in enumerate(days) if n % 3 == 0},
        release={day: unit * (2_000.0 + 900 * n) for n, day in enumerate(days) if n % 3 != 2},
        withdrawal={days[7]: 3_000.0 * unit},
        withdrawal_share={days[12]: 0.2},
        targets={days[0]: (0.5, 0.3, 0.2), days[10]: (0.35, 0.65, 0.0)},
        rebalance=[day for n, day in enumerate(days) if n % 4 in (0, 1)],
        policy=policy,
        band_width=0.1 if relative else 0.03,
        band_relative=relative,
        new_money_first=money_first,
        reinvest_dividends=money_first,
    )
    return Life(
        panel, plan, tiny_terms(panel, *(("nisa", "taxable") if yen else ("plain",)), whole_shares=yen)
    )


for _policy in Policy:
    for _first in (False, True):
        for _relative in (False, True) if _policy == Policy.BAND else (False,):
            for _yen in (False, True):
                CORNERS[f"{_policy.name}, {_first}, {_relative}, {'yen' if _yen else 'dollars'}"] = (
                    lambda policy=_policy, first=_first, relative=_relative, yen=_yen: a_policy(
                        policy, first, relative, yen
                    )
                )


def five_assets(policy: Policy, *accounts: str, whole: bool = True) -> Life:
    """Bought, paid by, sold for withdrawals and rebalanced, in two currencies, over the turn of two years."""
    days = days_of(range(2023, 2026), "02-03", "04-03", "07-03", "12-26")
    days = list(map(str, np.busday_offset(np.array(days, "datetime64[D]"), 0, roll="forward")))
    size = len(days)
    walks = {
        "F": [100.0 + 7 * (n % 5) for n in range(size)],
        "H": [50.0 + n for n in range(size)],
        "I": [80.0 - 2 * n for n in range(size)],
        "D": [20.0 + 3 * (n % 4) for n in range(size)],
        "E": [30.0 + 11 * (n % 3) for n in range(size)],
    }
    panel = tiny_panel(
        days, walks, dividends={"E": [0.6 * (n % 2) for n in range(size)], "I": [n % 3 / 2 for n in range(size)]},
        fx=[100.0 + n for n in range(size)],
        kind={"F": "jp_fund", "H": "us_etf", "I": "jp_fund", "D": "us_etf", "E": "us_etf"},
    )  # fmt: skip
    plan = tiny_plan(
        panel, deposit=dict.fromkeys(days[::2], 900_000.0), withdrawal=dict.fromkeys(days[3::4], 500_000.0),
        targets={days[0]: (0.3, 0.1, 0.2, 0.1, 0.3), days[6]: (0.1, 0.2, 0.2, 0.4, 0.1)},
        policy=policy, rebalance=days[3::3], **({"band_width": 0.05} if policy == Policy.BAND else {}),
    )  # fmt: skip
    terms = tiny_terms(
        panel, *accounts, whole_shares=whole, fx_spread=0.5, commission_rate=0.004, commission_min=1.0
    )
    return Life(panel, plan, terms)


@corner
def five_assets_by_weights() -> Life:
    return five_assets(Policy.NONE, "nisa", "taxable")


@corner
def five_assets_rebalanced() -> Life:
    return five_assets(Policy.CALENDAR, "nisa", "taxable")


@corner
def five_assets_in_a_band() -> Life:
    return five_assets(Policy.BAND, "taxable", whole=False)


@corner
def five_assets_without_tax() -> Life:
    return five_assets(Policy.CALENDAR, "plain", whole=False)


def dividend_of_the_other(account: str, *targets: float) -> Life:
    """A is too dear for what was paid in until B pays a dividend: who has A alone waits all the same."""
    panel = tiny_panel(
        DAYS, {"A": [300.0, 100.0, 100.0, 100.0], "B": [10.0] * 4}, dividends={"B": [0.0, 1.0, 0.0, 0.0]}
    )
    plan = tiny_plan(panel, deposit={DAYS[0]: 20_000.0, DAYS[3]: 20_000.0}, targets=targets)
    return Life(panel, plan, tiny_terms(panel, account))


@corner
def the_dividend_of_one_is_not_the_other_s() -> Life:
    return dividend_of_the_other("taxable", 0.2, 0.8)


@corner
def the_dividend_of_what_is_not_held_is_nothing() -> Life:
    return dividend_of_the_other("plain", 1.0, 0.0)


@corner
def everything_is_taken_from_what_is_not_as_planned() -> Life:
    """Half a dollar, nearly all in what has weight 0 by now."""
    return dollars(
        {"A": [10.0, 10.0, 12.0, 12.0], "B": [10.0, 10.0, 10.0, 10.0]},
        deposit={DAYS[0]: 0.5},
        targets={DAYS[0]: (0.8, 0.2), DAYS[1]: (0.0, 1.0)},
        withdrawal={DAYS[1]: 0.6},
    )


@corner
def what_waits_is_not_in_the_band() -> Life:
    """Two in a hundred off, with nine times as much waiting: inside a band of 0.03."""
    return dollars(
        {"A": [10.0, 10.8, 10.8, 12.0], "B": [10.0, 10.0, 10.0, 10.0]},
        deposit={DAYS[0]: 1000.0},
        release={DAYS[0]: 100.0},
        targets=(0.5, 0.5),
        policy=Policy.BAND,
        band_width=0.03,
        rebalance=DAYS[1:],
    )


@corner
def money_that_comes_on_a_day_inside_the_band() -> Life:
    return dollars(
        {"A": [10.0, 10.5, 10.8, 12.0], "B": [10.0, 10.0, 10.0, 10.0]},
        deposit=dict.fromkeys(DAYS, 10.0) | {DAYS[0]: 1000.0},
        targets=(0.5, 0.5),
        policy=Policy.BAND,
        band_width=0.05,
        new_money_first=False,
        rebalance=DAYS[1:],
    )


@corner
def a_life_that_begins_with_a_year() -> Life:
    """Nothing is closed before the first deposit: no quota row of the year before."""
    panel = tiny_panel(["2024-12-30", "2025-01-06", "2025-04-01", "2025-05-01"], {"A": [10.0] * 4})
    plan = tiny_plan(panel, deposit={"2025-01-06": 10_000.0})
    return Life(panel, plan, tiny_terms(panel, "nisa", "taxable"))


def surplus_of(yen: float, weight: float = 0.5) -> Life:
    """Two funds at one yen a unit, one of which is worth so many yen too much."""
    panel = tiny_panel(DAYS, {"A": [1.0, 1.0 + yen / 25_000, 1.0, 1.0], "B": [1.0] * 4}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 100_000}, targets=(0.5, 0.5), policy=Policy.CALENDAR, rebalance=[DAYS[1]]
    )
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def a_surplus_of_half_a_yen_is_not_sold() -> Life:
    return surplus_of(0.5)


@corner
def a_surplus_of_one_yen_is_sold() -> Life:
    """65,537 yen to 65,535: a yen over half, to the last binary digit."""
    panel = tiny_panel(
        DAYS, {"A": [1.0, 1.0 + 2.0**-15, 1.0, 1.0], "B": [1.0, 1.0 - 2.0**-15, 1.0, 1.0]}, kind="jp_fund"
    )
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 2.0**16}, targets=(0.5, 0.5), policy=Policy.CALENDAR, rebalance=[DAYS[1]]
    )
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def a_surplus_of_a_yen_and_a_half_is_sold() -> Life:
    return surplus_of(1.5)


@corner
def half_a_yen_of_what_has_no_weight_any_more_is_sold() -> Life:
    panel = tiny_panel(DAYS, {"A": [1.0] * 4, "B": [1.0, 0.5, 0.5, 0.5]}, kind="jp_fund")
    plan = tiny_plan(
        panel, deposit={DAYS[0]: 100_000}, targets={DAYS[0]: (0.99999, 0.00001), DAYS[1]: (1.0, 0.0)},
        policy=Policy.CALENDAR, rebalance=[DAYS[1]],
    )  # fmt: skip
    return Life(panel, plan, tiny_terms(panel, "taxable"))


@corner
def a_band_whose_edge_is_met() -> Life:
    """60 to 40 is as far from half as a band of 0.1 allows; a little more is not."""
    return dollars(
        {"A": [10.0, 15.0, 15.0 + 1e-6, 10.0], "B": [10.0, 10.0, 10.0, 10.0]},
        deposit={DAYS[0]: 1000.0},
        targets=(0.5, 0.5),
        policy=Policy.BAND,
        band_width=0.1,
        rebalance=DAYS[1:],
    )


@corner
def a_deposit_that_costs_more_than_there_was() -> Life:
    """One yen is left and earns; then a purchase costs more than it."""
    panel = tiny_panel(DAYS, {"A": [10.0, 11.0, 12.0, 13.0]}, fx=100.0)
    plan = tiny_plan(panel, deposit={DAYS[0]: 100_000, DAYS[2]: 50_000}, withdrawal={DAYS[1]: 109_000})
    return Life(panel, plan, tiny_terms(panel, "taxable", commission_min=10.0))
