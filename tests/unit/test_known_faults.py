import numpy as np
import pytest

from engine.market.assets import asset
from engine.market.check_series import check_series
from engine.market.faults import check_known_faults, correct, known_faults
from tests.market_helpers import days, made, walk, yen


def around(symbol, day, paid):
    """Two years of the walk with the fault's day among its sessions, and that day's dividend set."""
    series = walk(symbol, start="2014-01-02", end="2016-12-30")
    dividend = series.dividend.copy()
    dividend[series.dates == np.datetime64(day)] = paid
    return made(symbol, series.dates, series.close, dividend)


def test_the_table_holds_the_known_facts():
    table = {(item.symbol, str(item.date)): item for item in known_faults()}
    assert table["VOO", "2014-12-18"].value == 1.026
    assert table["IVV", "2016-03-23"].value == 1.118
    assert table["IWM", "2003-12-16"].fault == "phantom_dividend"
    assert {day for symbol, day in table if symbol == "USDJPY"} == {
        "2008-04-08",
        "2008-05-08",
        "2008-10-08",
        "2008-12-08",
    }


def test_a_missing_dividend_is_found_and_put_in():
    broken = around("VOO", "2014-12-18", 0.0)
    (found,) = check_known_faults(broken)
    assert (found.rule, found.dates, found.values) == ("known_missing_dividend", ("2014-12-18",), (1.026,))
    repaired = correct(broken)
    assert list(check_known_faults(repaired)) == []
    at = int(np.flatnonzero(repaired.dates == np.datetime64("2014-12-18"))[0])
    assert repaired.dividend[at] == 1.026
    # The adjusted return of the day is the return with the dividend, as vendors adjust.
    came = repaired.adj_close[at] / repaired.adj_close[at - 1]
    assert came == pytest.approx(repaired.close[at] / (repaired.close[at - 1] - 1.026), rel=1e-12)
    np.testing.assert_array_equal(repaired.adj_close[at:], broken.adj_close[at:])
    assert "missing dividend 1.026 put in on 2014-12-18" in str(repaired.notes[0])
    assert not [item for item in check_series(repaired, asset("VOO")) if item.rule.startswith("dividend")]


def test_a_dividend_that_is_there_is_left_alone():
    good = around("VOO", "2014-12-18", 1.03)
    assert correct(good) is good
    unknown = good.replace(dividend=np.full(good.dates.size, np.nan))
    assert correct(unknown) is unknown


def test_a_phantom_dividend_is_found_and_taken_out():
    dates = days("2003-12-12", "2003-12-15", "2003-12-16", "2003-12-17")
    close = np.array([54.48, 54.0, 54.2, 54.9])
    adjusted = np.append(close[:2] * (1 - 0.25 / 54.0), close[2:])
    broken = made("IWM", dates, close, [0.187, 0, 0.25, 0], adjusted)
    assert [item.rule for item in check_known_faults(broken)] == ["known_phantom_dividend"]
    repaired = correct(broken)
    np.testing.assert_allclose(repaired.adj_close, close, rtol=1e-14)
    np.testing.assert_array_equal(repaired.dividend, [0.187, 0, 0, 0])
    assert "phantom dividend 0.25 taken out on 2003-12-16" in str(repaired.notes[0])


def test_bad_prints_of_a_rate_are_left_out():
    dates = days("2008-04-07", "2008-04-08", "2008-04-09", "2008-05-07", "2008-05-08", "2008-05-09")
    broken = yen(dates, [102.0, 108.0, 102.2, 104.0, 103.9, 103.5])
    assert [item.dates for item in check_known_faults(broken)] == [("2008-04-08",)]
    repaired = correct(broken)
    assert np.isnan(repaired.close[1])
    np.testing.assert_array_equal(np.delete(repaired.close, 1), np.delete(broken.close, 1))
    assert "bad rate left out on 2008-04-08" in str(repaired.notes[0])
