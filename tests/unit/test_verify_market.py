"""Every check on every real series: what must be found is found, and true prices raise nothing fatal."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import BadData
from engine.market.assets import asset
from engine.market.check_series import check_series
from engine.market.faults import correct
from engine.market.panel_builder import build_panel
from engine.market.providers import csv_folder
from engine.market.verify import verify_folder
from engine.market.verify_series import MONTHLY
from tests.market_helpers import market_folder, source_of

pytestmark = pytest.mark.market


@pytest.fixture(scope="module")
def verified():
    return {item.name: item for item in verify_folder(market_folder())}


def finding(verified, name, rule):
    (found,) = [item for item in verified[name].findings if item.rule == rule]
    return found


def test_the_four_bad_rates_and_no_other(verified):
    found = finding(verified, "USDJPY_YAHOO", "second_source")
    assert found.is_fatal
    assert found.dates == ("2008-04-08", "2008-05-08", "2008-10-08", "2008-12-08")
    assert min(found.values) > 3
    assert verified["USDJPY"].findings == ()
    assert verified["USDJPY_FRED"].findings == ()


def test_sly_is_refused_for_its_bad_print_and_its_gaps(verified):
    print_, gap = finding(verified, "SLY", "jump"), finding(verified, "SLY", "gap")
    assert print_.is_fatal
    assert gap.is_fatal
    assert print_.dates == ("2008-09-18",)
    assert print_.values[0] == pytest.approx(43.1, abs=0.1)
    assert len(gap.dates) == 68
    # Even for someone who declares that it tracked one index all along:
    source = source_of(csv_folder.load(market_folder(), "SLY"), assets={"SLY": _always_the_same()})
    with pytest.raises(BadData, match="SLY"):
        build_panel(["SLY"], source=source, currency="USD", end="2020-06-30")


def _always_the_same():
    return replace(asset("SLY"), tracks_since=None)


def test_the_stale_days_of_vtwo(verified):
    found = finding(verified, "VTWO", "stale_against_peer")
    early = [day for day in found.dates if "2010" <= day[:4] <= "2012"]
    assert "2011-08-24" in early
    assert len(early) > len(found.dates) / 2


def test_true_prices_raise_nothing_fatal(verified):
    fatal = {name for name, item in verified.items() if any(found.is_fatal for found in item.findings)}
    assert fatal == {"SLY", "USDJPY_YAHOO"}
    # QQQ's closes and adjusted closes are 0.9 % apart from 1999 to 2004: one of them is wrong.
    found = [(name, item.rule) for name, each in verified.items() for item in each.findings]
    assert {name for name, rule in found if rule == "contradiction"} == {"QQQ"}


def test_every_series_agrees_with_itself_from_2005_on(verified):
    for name, item in verified.items():
        if item.series is None or item.skipped or name.startswith("USDJPY") or name == "SLY":
            continue
        late = item.series.between(np.datetime64("2005-01-03"), item.series.dates[-1])
        grave = [found for found in check_series(late, asset(name)) if found.severity != "note"]
        assert grave == [], name


@pytest.mark.parametrize("symbol", ["SPY", "IWM", "IJR"])
def test_from_2005_on_the_base_series_have_no_finding_at_all(symbol):
    series = csv_folder.load(market_folder(), symbol)
    assert check_series(series.between(np.datetime64("2005-01-01"), series.dates[-1]), asset(symbol)) == []


@pytest.mark.parametrize(
    ("symbol", "day", "paid"), [("VOO", "2014-12-18", 1.026), ("IVV", "2016-03-23", 1.118)]
)
def test_a_known_dividend_that_is_removed_again_is_found_and_can_be_put_back(symbol, day, paid):
    good = csv_folder.load(market_folder(), symbol)
    at = int(np.searchsorted(good.dates, np.datetime64(day)))
    dividend, adjusted = good.dividend.copy(), good.adj_close.copy()
    dividend[at] = 0.0
    adjusted[:at] /= 1 - good.dividend[at] / good.close[at - 1]
    broken = good.replace(dividend=dividend, adj_close=adjusted)
    found = {item.rule: item for item in check_series(broken, asset(symbol))}
    assert found["known_missing_dividend"].dates == (day,)
    assert found["payout_missing"].dates[0] > day
    repaired = correct(broken)
    assert repaired.dividend[at] == paid
    np.testing.assert_allclose(repaired.adj_close, good.adj_close, rtol=1e-5)


def test_files_without_prices_are_skipped_with_a_reason(verified):
    assert verified["CPI_JP"].skipped
    assert verified["USDJPY_MONTHLY_1971"].skipped == MONTHLY
    assert not verified["SPY"].skipped
