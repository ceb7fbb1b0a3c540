"""Trust fees by dated rows: each day is charged the rate of its own row."""

from datetime import date

import numpy as np
import pytest

from engine.market.assets import all_assets, asset
from engine.market.fees import Rate, accrued, fund_fees, in_words
from engine.market.jp_fund import model_nav
from tests.market_helpers import days, made, yen

TWO = (Rate(date(2024, 1, 1), 0.00365), Rate(date(2024, 1, 6), 0.0073))


def test_each_calendar_day_is_charged_at_its_own_rate():
    steps = accrued(TWO, days("2023-12-31", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"))
    # 1 to 4 January at 0.001 % a day, 5 as well, 6 to 8 at 0.002 %.
    np.testing.assert_allclose(steps, [4e-5, 1e-5, 6e-5, 2e-5], rtol=1e-12)


def test_a_step_over_several_rows_and_before_the_first():
    rows = (*TWO, Rate(date(2024, 1, 8), 0.0))
    np.testing.assert_allclose(accrued(rows, days("2023-12-29", "2024-01-31")), [7e-5 + 4e-5], rtol=1e-12)


def test_one_row_is_a_flat_fee():
    dates = days("2020-02-28", "2020-03-02", "2021-03-02")
    np.testing.assert_allclose(accrued(TWO[:1], dates), [0.00365 * 3 / 365, 0.00365], rtol=1e-14)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2023-01-01", "2024-02-01", "0.73% from 2024-01-06, 0.365% before"),
        ("2024-01-06", "2024-02-01", "0.73% from 2024-01-06"),
        ("2023-01-01", "2024-01-05", "0.365% before"),
        ("2020-01-01", "2020-12-31", "0.365% before"),
    ],
)
def test_the_rows_that_count_are_named_the_newest_first(first, last, words):
    assert str(message_of(TWO, first, last)) == words


def message_of(rows, first, last):
    from engine.messages import message

    return message("{fees}", fees=in_words(rows, np.datetime64(first), np.datetime64(last)))


def test_a_single_rate_is_said_alone():
    assert str(message_of(TWO[:1], "2020-01-01", "2024-12-31")) == "0.365%"


def test_the_dated_fees_of_the_modelled_sp500_fund():
    rows = {str(rate.since): rate.share for rate in asset("JP_SP500").fees}
    assert rows["2018-07-03"] == pytest.approx(0.001728)
    assert rows["2019-11-12"] == pytest.approx(0.000968)
    assert rows["2023-04-25"] == pytest.approx(0.0009372)
    assert rows["2025-01-25"] == pytest.approx(0.000814)
    assert asset("JP_SP500").expense_ratio == pytest.approx(0.000814), "what holds now"


def test_every_row_of_the_table_is_sound():
    funds = {item.symbol: item for item in all_assets() if item.fees}
    assert set(funds) == set(fund_fees())
    for rates in fund_fees().values():
        since = [rate.since for rate in rates]
        assert since == sorted(set(since))
        assert all(0 < rate.share < 0.03 and rate.certainty in "HML" for rate in rates)


def test_the_model_charges_the_fee_of_each_day():
    week = ["2025-01-22", "2025-01-23", "2025-01-24", "2025-01-27", "2025-01-28"]
    spy = made("SPY", week, [100, 100, 100, 100, 100], [0, 0, 0, 0, 0])
    nav = model_nav(asset("JP_SP500"), spy, yen(week, [150] * 5)).close
    old, new = 0.0009372 / 365, 0.000814 / 365
    np.testing.assert_allclose(nav[1:] / nav[:-1], [1 - old, 1 - old, 1 - 3 * new], rtol=1e-13)
