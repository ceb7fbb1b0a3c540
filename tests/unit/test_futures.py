"""Drawing futures: the days, the sessions to come, and what the drawn prices keep of the past."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import ConfigError, DataError
from engine.ledger.layout import EVENT, MARKET
from engine.market.exchanges import nyse_sessions
from engine.studies.bootstrap.blocks import mean_block
from engine.studies.bootstrap.futures import (
    block_length,
    choose,
    days_of,
    draw,
    empty_future,
    follow,
    future_sessions,
    history_of,
    year_ends,
)
from tests.lives import tiny_panel

DAY = np.timedelta64(1, "D")


def past(sessions: int = 1500, seed: int = 5):
    """Two assets in dollars that move together, and a yen that moves against them; quarterly dividends."""
    dates = nyse_sessions(np.datetime64("2010-01-01"), np.datetime64("2025-12-31"))[-sessions:]
    random = np.random.default_rng(seed)
    common, own, money = random.normal(size=(3, sessions))
    one = 0.0004 + 0.010 * common
    other = 0.0003 + 0.008 * common + 0.006 * own
    rate = 0.0001 - 0.003 * common + 0.004 * money
    prices = {"AAA": 100 * np.exp(one.cumsum()), "BBB": 50 * np.exp(other.cumsum())}
    paid = np.where(np.arange(sessions) % 63 == 62, 0.004, 0.0)
    return tiny_panel(
        dates,
        prices,
        dividends={name: paid * price for name, price in prices.items()},
        fx=120 * np.exp(rate.cumsum()),
    )


def future_panel(panel, history, days):
    """One future as a panel, from an empty one."""
    assets = len(panel.symbols)
    market = np.zeros((len(days), len(MARKET) * assets + 2))
    flags = np.zeros(len(days), np.uint8)
    follow(days, history, market, flags)

    def column(which):
        return np.ascontiguousarray(market[:, which * assets : (which + 1) * assets])

    return replace(panel, price=column(MARKET.PRICE), fx=column(MARKET.MID), dividend=column(MARKET.DIVIDEND))


def test_days_by_hand():
    restart, stay = 0.0, 0.9
    uniforms = np.array([[stay, stay, restart, stay, stay, restart], [0.45, 0.9, 0.95, 0.1, 0.1, 0.0]])
    # day 4 of 10, on to 5, anew at 9, after the last day comes the first, then anew at 0
    assert days_of(uniforms, 5.0, 10).tolist() == [4, 5, 9, 0, 1, 0]


def test_a_block_of_one_session_draws_each_day_on_its_own():
    uniforms = np.random.default_rng(1).random((2, 500))
    assert days_of(uniforms, 1.0, 7).tolist() == np.floor(uniforms[1] * 7).astype(int).tolist()


def test_blocks_have_the_mean_length_and_days_are_equally_likely():
    drawn = np.concatenate([draw(3, path, 5000, 20.0, 50) for path in range(40)])
    going_on = np.mean((drawn[1:] - drawn[:-1]) % 50 == 1)
    expected = 0.95 + 0.05 / 50  # a new block may begin where the old one would have gone on
    assert going_on == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / len(drawn)))
    share = np.bincount(drawn, minlength=50) / len(drawn)
    assert np.abs(share - 0.02).max() < 5 * np.sqrt(
        0.02 * 0.98 / len(drawn) * 2 * 20
    )  # blocks are not independent


def test_a_path_is_its_seed_and_number():
    again = draw(7, 3, 1000, 10.0, 300)
    assert np.array_equal(draw(7, 3, 1000, 10.0, 300), again)
    assert not np.array_equal(draw(7, 4, 1000, 10.0, 300), again)
    assert not np.array_equal(draw(8, 3, 1000, 10.0, 300), again)
    stream = np.random.Generator(np.random.Philox(key=7, counter=[0, 0, 3, 0])).random((2, 1000))
    day, told = 0, []
    for t in range(1000):  # written down once more, in plain words
        fresh = t == 0 or stream[0, t] < 1 / 10.0
        day = int(stream[1, t] * 300) if fresh else (day + 1) % 300
        told.append(day)
    assert again.tolist() == told


def test_a_future_is_made_of_whole_days_of_the_past():
    panel = past()
    history = history_of(panel, 0, len(panel.sessions))
    empty = empty_future(panel, future_sessions(history.last, 3))
    days = draw(1, 0, len(empty.sessions), 12.0, len(history.growth))
    future = future_panel(empty, history, days)
    before = np.vstack([panel.price[-1], future.price[:-1]])
    rate = np.vstack([panel.fx[-1], future.fx[:-1]])
    np.testing.assert_allclose(future.price / before, history.growth[days], rtol=1e-12)
    np.testing.assert_allclose(future.fx / rate, history.fx[days], rtol=1e-12)
    np.testing.assert_allclose(future.dividend / before, history.payout[days], rtol=1e-12)
    assert np.array_equal(future.sessions, empty.sessions)


def test_the_past_in_its_own_order_is_the_past():
    panel = past(400)
    history = history_of(panel, 0, 400)
    at_start = replace(history, price=panel.price[0], rate=panel.fx[0])
    again = future_panel(empty_future(panel, panel.sessions[1:]), at_start, np.arange(399))
    for name in ("price", "fx", "dividend"):
        np.testing.assert_allclose(getattr(again, name), getattr(panel, name)[1:], rtol=1e-12)


def test_means_risks_and_what_moves_together_are_kept():
    panel = past()
    history = history_of(panel, 0, len(panel.sessions))
    all_days = np.log(np.column_stack([history.growth, history.fx[:, :1]]))
    sessions, paths = 1000, 200
    drawn = np.stack([all_days[draw(11, path, sessions, 15.0, len(all_days))] for path in range(paths)])
    path_means = drawn.mean(axis=1)
    error = path_means.std(axis=0, ddof=1) / np.sqrt(paths)
    assert (np.abs(path_means.mean(axis=0) - all_days.mean(axis=0)) < 4 * error).all()
    flat = drawn.reshape(-1, 3)
    assert flat.std(axis=0) == pytest.approx(all_days.std(axis=0), rel=0.02)
    assert np.corrcoef(flat.T) == pytest.approx(np.corrcoef(all_days.T), abs=0.02)


def test_dividends_are_marked_for_the_kernel():
    panel = past(600)
    history = history_of(panel, 0, 600)
    days = draw(2, 0, 300, 30.0, 599)
    market, flags = np.full((300, 12), 7.0), np.full(300, EVENT.NEW_YEAR, np.uint8)
    follow(days, history, market, flags)
    paid = (history.payout[days] > 0).any(axis=1)
    assert paid.any()
    assert np.array_equal(flags, np.where(paid, EVENT.NEW_YEAR | EVENT.DIVIDEND, EVENT.NEW_YEAR))
    base, price, mid = (
        market[:, which * 2 : which * 2 + 2] for which in (MARKET.BASE_PRICE, MARKET.PRICE, MARKET.MID)
    )
    assert np.array_equal(base, price * mid)
    calendar = market[:, MARKET.SETTLEMENT_YEAR * 2 :]
    assert (calendar == 7.0).all()  # its columns are not the drawing's


@pytest.mark.parametrize("after", ["2025-12-31", "2019-02-28", "2030-12-31", "2045-07-01"])
def test_sessions_to_come(after):
    begin = np.datetime64(after)
    sessions = future_sessions(begin, 30)
    assert sessions[0] > begin
    assert sessions[0] - begin <= 5 * DAY
    assert (np.diff(sessions) > 0 * DAY).all()
    assert np.diff(sessions).max() <= 7 * DAY  # 2001-09-11 comes round again
    assert np.is_busday(sessions).all()
    years = sessions.astype("datetime64[Y]").astype(int) + 1970
    count = np.bincount(years - years[0])[1:-1]
    assert count.min() >= 248
    assert count.max() <= 253
    known = sessions[sessions <= np.datetime64("2030-12-31")]
    assert np.array_equal(known, nyse_sessions(begin + np.timedelta64(1, "D"), np.datetime64("2030-12-31")))


def test_sessions_end_on_the_anniversary():
    assert future_sessions(np.datetime64("2024-02-29"), 1)[-1] == np.datetime64("2025-02-28")
    assert future_sessions(np.datetime64("2025-12-31"), 2)[-1] == np.datetime64("2027-12-31")
    with pytest.raises(ConfigError, match="years: came 80, allowed 1 to 74"):
        future_sessions(np.datetime64("2025-12-31"), 80)
    with pytest.raises(ConfigError, match="years: came 0"):
        future_sessions(np.datetime64("2025-12-31"), 0)


def test_year_ends():
    after = np.datetime64("2025-06-30")
    sessions = future_sessions(after, 3)
    ends = sessions[year_ends(after, sessions, range(4))]
    assert [str(day) for day in ends] == ["2025-07-01", "2026-06-30", "2027-06-30", "2028-06-30"]


def test_too_little_history():
    with pytest.raises(DataError, match="at least 252 sessions; the period has 251"):
        history_of(past(400), 100, 351)


def test_block_length_is_long_where_storms_last():
    calm = past(2000)
    short = block_length(history_of(calm, 0, 2000))
    assert 1.0 <= short < 20.0
    random = np.random.default_rng(3)
    storm = np.exp(
        np.repeat(random.normal(0.0, 0.8, 20), 100)
    )  # each hundred days have a volatility of their own
    price = 100 * np.exp((0.01 * storm * random.normal(size=2000)).cumsum())
    stormy = replace(calm, price=np.column_stack([price, price]))
    assert block_length(history_of(stormy, 0, 2000)) > 3 * short


@pytest.mark.parametrize("memory", [-0.9, -0.3, 0.0, 0.2, 0.5, 0.8, 0.95, 0.99])
def test_the_mean_block_is_that_of_arch(memory):
    """Of returns and of their squares, of short and long pasts; bits hang on how numpy sums."""
    from arch.bootstrap import optimal_block_length

    random = np.random.default_rng(11)
    for n in (120, 252, 1_000, 6_300):
        steps = random.normal(0.0, 0.01, n)
        x = np.zeros(n)
        for t in range(1, n):
            x[t] = memory * x[t - 1] + steps[t]
        both = np.column_stack([x, x**2])
        expected = optimal_block_length(both)["stationary"].tolist()
        assert [mean_block(column) for column in both.T] == pytest.approx(expected, rel=1e-12)


def test_the_mean_block_of_days_that_alternate_is_the_papers_sum():
    """No autocorrelation is small, so that m is the largest lag; R(k) is (-1)^k (n - k) / n."""
    n, m = 100, 10 + 5

    def weight(k: int) -> float:
        return min(1.0, 2.0 * (1.0 - abs(k) / m))

    both = range(-m, m + 1)
    covariance = {k: (-1.0) ** k * (n - abs(k)) / n for k in both}
    slope = sum(weight(k) * abs(k) * covariance[k] for k in both)
    spectrum = sum(weight(k) * covariance[k] for k in both)
    expected = (2.0 * slope**2 / (2.0 * spectrum**2)) ** (1 / 3) * n ** (1 / 3)
    assert mean_block(np.resize([1.0, -1.0], n)) == pytest.approx(expected, rel=1e-12)


def test_block_length_of_nothing_that_moves():
    still = past(300)
    flat = replace(still, price=np.ones((300, 2)), dividend=np.zeros((300, 2)), fx=np.ones((300, 2)))
    assert block_length(history_of(flat, 0, 300)) == 1.0


def test_choose_takes_columns_in_order():
    panel = past(300)
    other = choose(panel, ("BBB", "AAA"))
    assert other.symbols == ("BBB", "AAA")
    assert np.array_equal(other.price, panel.price[:, ::-1])
    assert np.array_equal(choose(panel, ("BBB",)).dividend, panel.dividend[:, 1:])
