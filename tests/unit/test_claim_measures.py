import numpy as np
import pytest

from engine.market.exchanges import nyse_sessions
from engine.studies.claims import claim_measures as measure
from tests.market_helpers import days, walk


def test_returns():
    dates = days("2013-12-31", "2018-12-31", "2023-12-31")
    level = np.array([100.0, 150.0, 200.0])
    assert measure.total_return(level, 0, 2) == 1.0
    # From one year's end to the tenth after it are ten years, whatever their days.
    assert measure.per_year(1.0, dates, 0, 2) == pytest.approx(2 ** (1 / 10) - 1, rel=1e-12)


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2013-12-31", "2023-12-29", 10.0),
        ("2018-12-31", "2023-12-29", 5.0),
        ("2020-12-31", "2021-06-30", 0.5),
        ("2019-12-31", "2021-03-15", 440 / 365.25),
        ("2020-02-14", "2021-02-14", 366 / 365.25),
    ],
)
def test_years_between(first, last, years):
    assert measure.years_between(np.datetime64(first), np.datetime64(last)) == pytest.approx(years, rel=1e-12)


def test_falls_from_peak_to_trough():
    dates = nyse_sessions(np.datetime64("2024-01-02"), np.datetime64("2024-02-01"))[:10]
    core = np.array([100.0, 110, 90, 80, 100, 111, 105, 120, 96, 97])
    other = np.array([10.0, 20, 15, 12, 30, 40, 10, 50, 45, 1])
    found = measure.drawdowns(dates, core, other, 0.15)
    assert [(item.peak, item.trough) for item in found] == [(dates[1], dates[3]), (dates[7], dates[8])]
    assert [item.core for item in found] == pytest.approx([80 / 110 - 1, 96 / 120 - 1])
    assert [item.other for item in found] == pytest.approx([12 / 20 - 1, 45 / 50 - 1])
    assert measure.drawdowns(dates, core, other, 0.5) == []
    assert measure.drawdowns(dates, np.arange(1.0, 11.0), other, 0.01) == []


def test_month_ends_leave_out_a_month_that_is_not_over():
    dates = nyse_sessions(np.datetime64("2024-01-02"), np.datetime64("2024-03-15"))
    assert dates[measure.month_ends(dates)].astype(str).tolist() == ["2024-01-31", "2024-02-29"]
    dates = nyse_sessions(np.datetime64("2024-01-02"), np.datetime64("2024-03-28"))
    assert dates[measure.month_ends(dates)].astype(str).tolist() == ["2024-01-31", "2024-02-29", "2024-03-28"]


def test_a_mix_of_two_that_move_alike_is_as_volatile_and_of_opposites_less():
    level = np.exp(np.random.default_rng(1).normal(0, 0.04, 60).cumsum())
    core, mixed, correlation = measure.mix_volatility(level, level, 0.1)
    assert mixed == pytest.approx(core)
    assert correlation == pytest.approx(1)
    monthly = level[1:] / level[:-1] - 1
    assert core == pytest.approx(np.std(monthly, ddof=1) * 12**0.5)
    opposite = np.append(1.0, np.cumprod(1 - monthly))
    core, mixed, correlation = measure.mix_volatility(level, opposite, 0.5)
    assert mixed == pytest.approx(0, abs=1e-12)
    assert correlation == pytest.approx(-1)


def test_instalments_by_hand_and_by_brute_force():
    np.testing.assert_allclose(
        measure.instalments_against_lump(np.array([1.0, 2.0, 4.0]), 2), [(1 + 1 / 2) / 2]
    )
    level = walk().close[::21]
    months = 12
    expected = []
    for start in range(level.size - months):
        end = level[start + months]
        lump = 1200 / level[start] * end
        parts = sum(100 / level[start + k] * end for k in range(months))
        expected.append(parts / lump)
    np.testing.assert_allclose(measure.instalments_against_lump(level, months), expected, rtol=1e-12)
    assert measure.instalments_against_lump(level[:5], 12).size == 0


def test_rising_prices_favour_the_lump_sum_and_falling_ones_instalments():
    rising = np.linspace(100, 200, 40)
    assert (measure.instalments_against_lump(rising, 12) < 1).all()
    assert (measure.instalments_against_lump(rising[::-1], 12) > 1).all()
