"""Figures of tiny lives worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import metrics as m


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_cagr_counts_calendar_days() -> None:
    assert m.cagr(np.array([2.0]), 365.25)[0] == pytest.approx(1.0)
    assert m.cagr(np.array([1.21]), 2 * 365.25)[0] == pytest.approx(0.10)
    assert m.cagr(np.array([0.0]), 730.5)[0] == -1.0
    assert np.isnan(m.cagr(np.array([-0.5]), 730.5)[0])


def test_volatility_is_a_sample_deviation_over_252_sessions() -> None:
    r = np.array([0.01, -0.02, 0.03])
    found = m.volatility(np.array([r.sum()]), np.array([(r * r).sum()]), np.array([3.0]))
    # mean 1/150; deviations 1/300, -8/300, 7/300: sum of squares 114/90000, over 2, times 252
    assert found[0] == pytest.approx(math.sqrt(114 / 90000 / 2 * 252))
    assert m.volatility(np.array([0.3]), np.array([0.03]), np.array([3.0]))[0] == pytest.approx(0.0, abs=1e-7)


def test_daily_rate() -> None:
    assert (1 + m.daily_rate(0.05)) ** 252 == pytest.approx(1.05)
    assert m.daily_rate(0.0) == 0.0


def test_sharpe() -> None:
    found = m.sharpe(np.array([0.02]), np.array([2.0]), np.array([0.25]))
    assert found[0] == pytest.approx(0.01 * 252 / 0.25)
    rate = m.daily_rate(0.02)
    found = m.sharpe(np.array([0.02]), np.array([2.0]), np.array([0.25]), 0.02)
    assert found[0] == pytest.approx((0.01 - rate) * 252 / 0.25)
    assert np.isnan(m.sharpe(np.array([0.02]), np.array([2.0]), np.array([0.0]))[0])


def test_sortino_divides_by_all_observations() -> None:
    r = np.array([0.03, -0.01, 0.02, -0.02])
    downside = math.sqrt((0.0001 + 0.0004) / 4) * math.sqrt(252)
    assert m.sortino(r) == pytest.approx(0.005 * 252 / downside)
    assert math.isnan(m.sortino(np.array([0.01, 0.02])))
    rate = m.daily_rate(0.10)
    over = r - rate
    downside = math.sqrt(sum(min(x, 0.0) ** 2 for x in over) / 4) * math.sqrt(252)
    assert m.sortino(r, 0.10) == pytest.approx(over.mean() * 252 / downside)


def test_drawdown_starts_from_one() -> None:
    index = np.array([0.9, 1.2, 0.6, 1.2, 1.3])
    np.testing.assert_allclose(m.drawdowns(index), [-0.1, 0.0, -0.5, 0.0, 0.0], atol=1e-12)
    assert m.worst_drawdown(index) == (pytest.approx(-0.5), 1, 2, 3)
    assert m.worst_drawdown(np.array([0.9, 0.8, 0.95])) == (pytest.approx(-0.2), -1, 1, -1)
    assert m.worst_drawdown(np.array([0.9, 0.8, 1.0])) == (pytest.approx(-0.2), -1, 1, 2)
    assert m.worst_drawdown(np.array([1.0, 1.1])) == (0.0, 0, 0, 0)
    assert m.worst_drawdown(np.array([2.0, 1.0, 2.0])) == (-0.5, 0, 1, 2)


def test_ulcer_index() -> None:
    assert m.ulcer_index(np.array([1.0, 0.5, 2.0, 1.0])) == pytest.approx(math.sqrt((0.25 + 0.25) / 4))


def test_value_at_risk_interpolates() -> None:
    r = np.arange(-10, 11) / 100  # 21 returns: the 5 % quantile is the second
    assert m.value_at_risk(r) == pytest.approx(-0.09)
    assert m.expected_shortfall(r) == pytest.approx(-0.095)
    assert m.value_at_risk(np.array([-0.04, 0.0]), 0.75) == pytest.approx(-0.03)


def test_time_weighted_returns_leave_flows_out() -> None:
    value = np.array([0.0, 99.0, 210.0, 105.0, 0.0, 0.0, 50.0])
    flow = np.array([0.0, 100.0, 100.0, 0.0, -105.0, 0.0, 40.0])
    expected = [0.0, -0.01, 110 / 99 - 1, -0.5, 0.0, 0.0, 0.25]
    np.testing.assert_allclose(m.time_weighted(value, flow), expected, atol=1e-15)
    # Money has no unit that is too small: half a yen that becomes a yen has doubled.
    np.testing.assert_allclose(m.time_weighted(np.array([1.0]), np.array([0.5])), [1.0])
    # What is owed grows at no rate.
    np.testing.assert_allclose(m.time_weighted(np.array([-1.0, 5.0]), np.array([0.0, 0.0])), [0.0, 0.0])


@pytest.mark.parametrize(
    ("value", "flow", "expected"),
    [
        (
            [100.0, 40.0],
            [100.0, 50.0],
            40 / 150 - 1,
        ),  # costs took more than was held: all that there was counts
        ([100.0, 50.0], [100.0, 50.0], 50 / 150 - 1),
        ([100.0, 0.4], [100.0, 0.5], 0.4 / 100.5 - 1),
        ([100.0, 51.0], [100.0, 50.0], 0.01 - 1),
        ([100.0, 0.0], [100.0, 0.0], -1.0),  # nothing is left, and nothing came
        ([100.0, 0.0], [100.0, -99.0], -0.01),
        ([0.5, 0.25], [0.5, 0.0], -0.5),
    ],
)
def test_a_day_that_costs_more_than_is_held(value: list[float], flow: list[float], expected: float) -> None:
    assert m.time_weighted(np.array(value), np.array(flow))[1] == pytest.approx(expected, abs=1e-15)


def test_a_shortfall_includes_the_quantile_itself() -> None:
    assert m.expected_shortfall(np.arange(21.0)) == 0.5
    assert m.expected_shortfall(np.arange(3.0), 0.5) == 0.5  # a level that a double has exactly


def test_rounding_below_zero_is_no_variance() -> None:
    total, squares, count = (np.array([one]) for one in (0.3, 0.03 - 1e-15, 3.0))
    assert m.volatility(total, squares, count).tolist() == [0.0]


def test_a_deposit_that_costs_more_than_there_was_loses_no_more_than_all() -> None:
    value = np.array([100.0, 0.5, 99.8, 200.0, 0.2, 50.2])
    flow = np.array([100.0, -99.5, 100.0, 100.0, -199.8, 50.0])
    expected = [0.0, 0.0, 99.8 / 100.5 - 1, 100 / 99.8 - 1, 0.0, 0.0]
    np.testing.assert_allclose(m.time_weighted(value, flow), expected, atol=1e-13)


def test_full_years_need_a_whole_calendar_year() -> None:
    dates = days("2000-06-01", "2000-12-29", "2001-12-31", "2002-12-30", "2003-06-30")
    index = np.array([1.0, 1.1, 2.2, 1.1, 5.0])
    years, found, full = m.full_years(dates, index, np.ones(5, bool))
    assert years.tolist() == [2000, 2001, 2002, 2003]
    np.testing.assert_allclose(found, [0.1, 1.0, -0.5, 5.0 / 1.1 - 1.0])
    assert full.tolist() == [False, True, True, False]
    _, _, full = m.full_years(dates, index, np.ones(5, bool), (True, True))
    assert full.all()
    with_money = np.array([True, True, True, False, False])
    _, found, full = m.full_years(dates, index, with_money, (True, True))
    assert np.isnan(found).tolist() == [False, False, True, True]
    assert full.tolist() == [True, True, False, False]
    _, found, full = m.full_years(dates, np.array([1.0, 1.1, 0.0, 0.0, 0.0]), np.ones(5, bool))
    assert found[1] == -1.0
    assert full.tolist() == [False, True, False, False]  # after nothing there is no return


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2023-01-01", "2023-12-31", 1), ("2011-03-01", "2021-02-28", 10), ("2004-03-01", "2008-02-29", 4),
        ("2023-01-02", "2024-01-01", 0), ("2023-01-01", "2023-11-30", 0), ("2023-01-01", "2023-12-30", 0),
        ("2023-01-02", "2023-12-31", 0), ("2023-02-01", "2023-01-31", 0),
    ],
)  # fmt: skip
def test_whole_years_are_named_from_a_first_of_a_month(start: str, end: str, years: int) -> None:
    assert m.whole_years(np.datetime64(start), np.datetime64(end)) == years


def test_a_year_by_its_name_is_a_year() -> None:
    """2 January to 29 December: 361 days between sessions, in a period from 1 January to 31 December."""
    columns = {name: np.array([value]) for name, value in (STATS | {"days": 361.0}).items()}
    found = m.streamed(columns, 361.0, years=1)
    assert found["twr_cagr"][0] == pytest.approx(0.44)
    assert (found["xirr"][0], np.isnan(found["volatility"][0])) == (0.21, False)
    ran_out = m.streamed(columns | {"days": np.array([300.0])}, 361.0, years=1)
    assert np.isnan([ran_out["twr_cagr"][0], ran_out["volatility"][0]]).all()


def test_what_the_rate_did_follows_what_was_held_abroad() -> None:
    """Half in yen: a rate that doubles makes half of the money double; prices that stand still make nothing."""
    value = np.array([100.0, 150.0, 150.0])
    r = m.time_weighted(value, np.array([100.0, 0.0, 0.0]))
    local, fx = m.split_by_currency(r, value, np.array([0.0, 50.0, 0.0]))
    assert (local, fx) == (pytest.approx(0.0), pytest.approx(0.5))
    assert m.split_by_currency(r, value, np.zeros(3)) == (pytest.approx(0.5), pytest.approx(0.0))
    assert np.isnan(m.split_by_currency(r, value, None)).all()


STATS = {
    "final_value": 130.0, "liquidation_value": 120.0, "contributed": 100.0, "withdrawn": 10.0, "cost_paid": 1.0,
    "tax_paid": 2.0, "dividend_tax_paid": 3.0, "idle_cash_average": 4.0, "twr_index": 1.44, "max_drawdown": -0.2,
    "return_sum": 0.5, "return_square_sum": 0.2, "return_count": 500.0, "days_below_principal": 7.0, "xirr": 0.21,
    "days": 730.5, "depleted": math.nan, "lasted": math.nan, "wanted": 10.0, "unpaid": 0.0,
}  # fmt: skip


def streamed(length: float, **changes: float) -> dict[str, float]:
    columns = {name: np.array([value]) for name, value in (STATS | {"days": length} | changes).items()}
    return {name: float(column[0]) for name, column in m.streamed(columns, length).items()}


def test_streamed_figures() -> None:
    found = streamed(730.5)
    assert found["profit"] == 40.0
    assert found["value_to_contributed"] == pytest.approx(1.4)
    assert found["twr_cagr"] == pytest.approx(0.2)
    assert found["xirr"] == 0.21
    sd = math.sqrt((0.2 - 0.25 / 500) / 499 * 252)
    assert found["volatility"] == pytest.approx(sd)
    assert found["sharpe"] == pytest.approx(0.5 / 500 * 252 / sd)
    for name in ("liquidation_value", "cost_paid", "tax_paid", "dividend_tax_paid", "idle_cash_average"):
        assert found[name] == STATS[name]
    assert (found["max_drawdown"], found["days_below_principal"]) == (-0.2, 7.0)


def test_nothing_is_annualised_under_a_year() -> None:
    assert not math.isnan(streamed(365)["xirr"])
    short = streamed(364)
    for name in ("xirr", "twr_cagr", "volatility", "sharpe"):
        assert math.isnan(short[name]), name
    assert short["max_drawdown"] == -0.2


def test_a_life_that_ran_out_is_annualised_over_its_days_with_money() -> None:
    """Its rate is that of the flows of the whole period: no more of them are to come."""
    found = streamed(9131, days=1000.0, lasted=1000.0, unpaid=5.0, final_value=0.0)
    assert found["twr_cagr"] == pytest.approx(1.44 ** (365.25 / 1000) - 1)
    assert (found["xirr"], found["unpaid"]) == (0.21, 5.0)
    assert found["years_lasted"] == pytest.approx(1000 / 365.25)
    found = streamed(9131, days=303.0, lasted=303.0)
    assert [math.isnan(found[name]) for name in ("twr_cagr", "volatility", "sharpe", "xirr")] == [
        True
    ] * 3 + [False]


def test_days_may_differ_from_life_to_life() -> None:
    columns = {name: np.array([value, value]) for name, value in (STATS | {"days": 364.0}).items()}
    columns["days"] = np.array([364.0, 730.5])
    found = m.streamed(columns, np.array([364.0, 730.5]))
    assert np.isnan(found["xirr"]).tolist() == np.isnan(found["volatility"]).tolist() == [True, False]


def life(length: int, growth: float = 1.001) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dates = np.datetime64("2001-01-01") + np.arange(length)
    flow = np.zeros(length)
    flow[0] = 100.0
    return dates, 100.0 * growth ** np.arange(length), flow


def test_all_figures_of_one_life() -> None:
    value = np.array([100.0, 120.0, 90.0, 108.0, 126.0])
    flow = np.array([100.0, 0.0, 0.0, 0.0, 0.0])
    dates = days("2000-12-29", "2001-12-31", "2002-12-31", "2003-12-31", "2004-12-31")
    found, reasons, index = m.metrics_of(
        {**STATS, "days": 1463.0},
        dates,
        value,
        flow,
        sold=54.4,
        exchange=np.array([0.0, 24, 0, 0, 0]),
        edges=(False, True),
    )
    np.testing.assert_allclose(index, value / 100)
    assert found["best_year"] == pytest.approx(0.2)
    assert found["worst_year"] == pytest.approx(-0.25)
    assert found["max_drawdown_peak"] == "2001-12-31"
    assert found["max_drawdown_trough"] == "2002-12-31"
    assert found["max_drawdown_recovery"] == "2004-12-31"
    years = 1463 / 365.25
    assert found["turnover"] == pytest.approx(54.4 / 108.8 / years)
    assert found["calmar"] == pytest.approx((1.44 ** (1 / years) - 1) / 0.2)
    assert found["twr_local"] == pytest.approx(
        0.96 * 1.05 - 1
    )  # the first session's 20 % were 24 points of rate
    assert (1 + found["twr_local"]) * (1 + found["twr_fx"]) == pytest.approx(1.26)
    assert found["days_below_principal"] == 7
    assert (found["var_95"], found["cvar_95"]) == (None, None)
    assert str(reasons["var_95"]) == "fewer than 60 sessions"
    assert found["ulcer_index"] == pytest.approx(math.sqrt((0.25**2 + 0.1**2) / 5))
    assert {name for name, value in found.items() if value is None} == set(reasons)


def test_a_figure_without_meaning_has_a_reason() -> None:
    found, reasons, _ = m.metrics_of({**STATS, "max_drawdown": 0.0, "days": 99.0}, *life(100))
    for name in ("xirr", "twr_cagr", "volatility", "sharpe", "sortino", "calmar", "turnover"):
        assert found[name] is None
        assert reasons[name] == m.TOO_SHORT
    for name in ("max_drawdown_peak", "max_drawdown_trough", "max_drawdown_recovery"):
        assert found[name] is None
        assert reasons[name] == m.NO_DRAWDOWN
    assert reasons["best_year"] == reasons["worst_year"] == m.NO_YEAR
    assert found["var_95"] == pytest.approx(0.001, abs=1e-9)
    assert reasons["twr_local"] == reasons["twr_fx"] == m.NO_CURRENCY
    assert {name for name, value in found.items() if value is None} == set(reasons)


def test_reasons_of_a_long_life() -> None:
    stats = {**STATS, "max_drawdown": 0.0, "return_sum": 0.0, "return_square_sum": 0.0, "xirr": math.nan}
    found, reasons, _ = m.metrics_of(stats, *life(800))
    assert reasons["xirr"] == m.NO_RATE
    assert str(reasons["sharpe"]) == "no volatility"
    assert str(reasons["sortino"]) == "no return below the target"
    assert str(reasons["calmar"]) == "there was no drawdown"
    found, reasons, _ = m.metrics_of({**STATS, "twr_index": -1.0}, *life(800, 0.999))
    assert str(reasons["twr_cagr"]) == "a day's costs were more than all that was held the day before"
    assert found["max_drawdown_peak"] == "2001-01-01"
    assert str(reasons["max_drawdown_recovery"]) == "not recovered by the end"


@pytest.mark.parametrize(("sessions", "known"), [(59, False), (60, True)])
def test_sixty_sessions_make_a_quantile(sessions: int, known: bool) -> None:
    found, _, _ = m.metrics_of(STATS, *life(sessions))
    assert (found["var_95"] is not None) is known


@pytest.mark.parametrize(("sessions", "short"), [(365, True), (366, False)])
def test_a_year_is_365_days(sessions: int, short: bool) -> None:
    stats = {**STATS, "xirr": math.nan, "days": sessions - 1.0}
    found, reasons, _ = m.metrics_of(stats, *life(sessions, 0.999), sold=5.0)
    assert (found["turnover"] is None) is short
    assert (found["sortino"] is None) is short
    assert reasons["xirr"] == (m.TOO_SHORT if short else m.NO_RATE)


def test_a_fall_from_the_first_day_on_has_its_peak_there() -> None:
    """The first day's costs count: the index begins at 1.0, before the first close."""
    dates = days("2001-01-04", "2001-01-05", "2001-01-09")
    value, flow = np.array([99.0, 90.0, 95.0]), np.array([100.0, 0.0, 0.0])
    found, reasons, index = m.metrics_of(STATS, dates, value, flow)
    np.testing.assert_allclose(index, [0.99, 0.9, 0.95])
    assert (found["max_drawdown_peak"], found["max_drawdown_trough"]) == ("2001-01-04", "2001-01-05")
    assert str(reasons["max_drawdown_recovery"]) == "not recovered by the end"


def test_who_sells_nothing_turns_nothing_over() -> None:
    found, _, _ = m.metrics_of(STATS, *life(800, 0.999))
    assert found["turnover"] == 0.0


def test_a_life_that_ran_out_is_described_up_to_its_last_session_with_money() -> None:
    """Ninety sessions of a fund, then nothing: the figures are those of the ninety alone."""
    rng = np.random.default_rng(5)
    growth = 1.0 + 0.01 * rng.standard_normal(90)
    growth[0] = 1.0
    value = np.concatenate([100.0 * np.cumprod(growth), np.zeros(400)])
    flow = np.zeros(490)
    flow[0], flow[89] = 100.0, -value[89]
    value[89] = 0.0
    dates = np.datetime64("2001-01-01") + np.arange(490)
    stats = {**STATS, "days": 89.0, "depleted": 89.0, "lasted": 89.0, "unpaid": 3.0}
    found, reasons, index = m.metrics_of(stats, dates, value, flow)
    r = growth - 1.0
    assert found["depleted_on"] == "2001-03-31"
    assert found["years_lasted"] == pytest.approx(89 / 365.25)
    assert found["var_95"] == pytest.approx(m.value_at_risk(r))
    assert found["cvar_95"] == pytest.approx(m.expected_shortfall(r))
    assert found["ulcer_index"] == pytest.approx(m.ulcer_index(np.cumprod(growth)))
    assert index[-1] == pytest.approx(np.prod(growth))
    for name in ("twr_cagr", "volatility", "sharpe", "sortino", "calmar", "turnover"):
        assert reasons[name] == m.MONEY_TOO_SHORT, name
    assert found["xirr"] == STATS["xirr"]  # of the flows of more than a year
    assert (found["best_year"], found["worst_year"]) == (None, None)


def test_money_that_lasts_says_so() -> None:
    found, reasons, _ = m.metrics_of(STATS, *life(800))
    assert (found["depleted_on"], found["years_lasted"], found["unpaid"]) == (None, None, 0.0)
    assert reasons["depleted_on"] == reasons["years_lasted"] == m.NOT_DRY


def test_the_table_of_metrics_has_every_figure_and_no_other() -> None:
    found, _, _ = m.metrics_of(STATS, *life(800))
    assert set(found) == set(m.METRICS)
    assert {known.better for known in m.METRICS.values()} == {"", "max", "min"}


def test_losses_are_at_or_below_zero_and_what_is_annualised_needs_a_year() -> None:
    """By the table's own words, for a life that fell and for one that was too short."""
    fell, _, _ = m.metrics_of(STATS, *life(800, 0.999))
    short, reasons, _ = m.metrics_of({**STATS, "days": 99.0, "max_drawdown": -0.1}, *life(100, 0.999))
    for name, known in m.METRICS.items():
        if known.negative:
            assert fell[name] < 0.0, name
        if known.annualised:
            assert (short[name], reasons[name]) == (None, m.TOO_SHORT), name


def test_below_principal_leaves_rounding_out() -> None:
    found = m.below_principal(np.array([1.0, 1.0 - 1e-16, 1.0 - 1e-9, 0.5, np.nan]))
    assert found.tolist() == [False, False, True, True, False]
