from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.market import splice
from engine.market.assets import asset
from engine.market.check_rates import check_fx
from engine.market.check_series import check_peer, check_series
from engine.market.fx import session_rate
from engine.market.panel_builder import build_panel
from tests.market_helpers import made, source_of, yen

SETTINGS = settings(max_examples=60, deadline=None)
FIRST = np.datetime64("2015-01-02")


@st.composite
def histories(draw, symbol, currency="USD"):
    """A short history with missing days, blank closes and dividends, simulated so that no check stops it."""
    count = draw(st.integers(8, 40))
    steps = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
    dates = FIRST + np.cumsum(steps)
    moves = draw(st.lists(st.floats(-0.1, 0.1), min_size=count, max_size=count))
    close = 100 * np.exp(np.cumsum(moves))
    blank = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count))) & (
        np.arange(count) % 5 == 3
    )
    paid = draw(st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.5]), min_size=count, max_size=count))
    series = made(symbol, dates, close, paid, currency=currency, is_sample=True)
    gone = np.where(blank, np.nan, close)
    return series.replace(close=gone, adj_close=np.where(blank, np.nan, series.adj_close))


DAILY = yen(np.arange(FIRST - 10, FIRST + 200), np.linspace(100, 150, 210))
DAILY = DAILY.replace(source="ecb")


@SETTINGS
@given(histories("AAA"), histories("BBB"))
def test_sessions_prices_and_dividends_by_brute_force(a, b):
    priced = [dict(zip(x.dates.astype(str), x.close, strict=True)) for x in (a, b)]
    common = sorted(
        day
        for day in priced[0]
        if day in priced[1] and np.isfinite(priced[0][day]) and np.isfinite(priced[1][day])
    )
    try:
        panel = build_panel(["AAA", "BBB"], source=source_of(a, b, fx=DAILY))
    except DataError:
        assert not common
        return
    assert panel.sessions.astype(str).tolist() == common
    for column, series in enumerate((a, b)):
        expected = dict.fromkeys(common, 0.0)
        for day, paid in zip(series.dates.astype(str), series.dividend, strict=True):
            later = [session for session in common if session >= day]
            if paid and day >= common[0] and later:
                expected[later[0]] += paid
        np.testing.assert_allclose(panel.dividend[:, column], list(expected.values()))
        np.testing.assert_array_equal(panel.price[:, column], [priced[column][day] for day in common])
    assert np.isfinite(panel.price).all()
    assert np.isfinite(panel.usdjpy).all()


@SETTINGS
@given(histories("SPY"), st.integers(3, 30), st.floats(0.5, 2.0), st.booleans())
def test_nothing_before_a_session_depends_on_a_price_after_it(series, after, factor, total_return):
    series = series.replace(close=np.nan_to_num(series.close, nan=100.0))
    growth = np.append(1.0, (series.close[1:] + series.dividend[1:]) / series.close[:-1])
    series = series.replace(adj_close=np.cumprod(growth))
    later = np.arange(series.dates.size) >= after
    changed = series.replace(
        close=np.where(later, series.close * factor, series.close),
        adj_close=np.where(later, series.adj_close * factor, series.adj_close),
    )
    panels = [
        build_panel(["SPY", "JP_SP500"], source=source_of(item, fx=DAILY), total_return=total_return)
        for item in (series, changed)
    ]
    if after >= series.dates.size:
        return
    before = panels[0].sessions < series.dates[after]
    for name in ("price", "dividend", "fx"):
        np.testing.assert_array_equal(getattr(panels[0], name)[before], getattr(panels[1], name)[before])


@SETTINGS
@given(histories("SPY"), st.integers(1, 30), st.floats(0, 0.02), st.floats(0, 0.02), st.floats(10, 1000))
def test_a_spliced_day_returns_what_the_stand_in_does_plus_the_fee(stand_in, at, own_fee, other_fee, level):
    stand_in = stand_in.replace(close=np.nan_to_num(stand_in.close, nan=100.0))
    at = min(at, stand_in.dates.size - 2)
    target = made("VOO", stand_in.dates[at:], np.full(stand_in.dates.size - at, level))
    voo, spy = replace(asset("VOO"), expense_ratio=own_fee), replace(asset("SPY"), expense_ratio=other_fee)
    out = splice.before(target, stand_in, voo, spy)
    assert out.dates.tolist() == stand_in.dates.tolist()
    k = np.arange(1, at)
    ours = (out.close[k] + out.dividend[k]) / out.close[k - 1]
    theirs = (stand_in.close[k] + stand_in.dividend[k]) / stand_in.close[k - 1]
    days = (stand_in.dates[k] - stand_in.dates[k - 1]).astype(float)
    np.testing.assert_allclose(ours, theirs * (1 + (other_fee - own_fee) * days / 365), rtol=1e-10)


@SETTINGS
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=30),
    st.lists(st.integers(0, 120), min_size=1, max_size=30, unique=True),
)
def test_the_rate_of_a_session_by_brute_force(steps, offsets):
    dates = FIRST + np.cumsum(steps)
    fx = yen(dates, np.arange(1.0, dates.size + 1))
    sessions = np.sort(FIRST + np.array(offsets))
    expected = []
    for session in sessions:
        known = dates[dates <= session]
        fresh = known.size and (session - known[-1]).astype(int) <= 5
        expected.append(float(known.size) if fresh else None)
    try:
        rate = session_rate(fx, sessions)
    except DataError:
        assert None in expected
        return
    assert rate.tolist() == expected


NUMBERS = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(1, 200), st.just(100.0))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(0, 30), st.sampled_from(["VOO", "SPSM", "NVDA", "^GSPC", "JP_SP500"]))
def test_checks_bear_anything_and_give_evidence(data, count, symbol):
    columns = [
        np.array(data.draw(st.lists(NUMBERS, min_size=count, max_size=count)), float) for _ in range(3)
    ]
    days = data.draw(st.lists(st.integers(-3000, 9000), min_size=count, max_size=count))
    dates = np.datetime64("2015-01-01") + np.array(days, dtype=int)
    if data.draw(st.booleans()):
        dates = np.sort(dates)
    series = made(symbol, dates, columns[0], columns[1], columns[2])
    found = [*check_series(series, asset(symbol)), *check_fx(series), *check_fx(series, DAILY)]
    if np.all(np.diff(dates.astype(int)) > 0) and all((column > 0).all() for column in columns):
        found += check_peer(series, series)
    for item in found:
        assert item.symbol in (symbol, "USDJPY")
        assert len(str(item.message).splitlines()) == 1
        assert not item.values or len(item.values) == len(item.dates)
