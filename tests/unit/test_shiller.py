"""Shiller's monthly averages: read from a saved table, said in every output; unknown dividends are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.config import parse_config
from engine.errors import BadData, ConfigError, DataError, NotFound
from engine.market.assets import asset
from engine.market.check_series import check_series
from engine.market.panel_builder import build_panel
from engine.market.providers.shiller import SYMBOL, load, smoothed
from engine.market.sources import open_source
from engine.run import run
from tests.market_helpers import market_folder
from tests.said import texts

ROWS = [(100.0, 6.0), (110.0, 6.0), (99.0, 6.0), (105.0, 0.0), (106.0, 0.0)]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "data.csv"
    lines = [f"19{70 + n // 12}-{n % 12 + 1:02d}-01,{p},{d},1.0" for n, (p, d) in enumerate(ROWS)]
    path.write_text("\n".join(["Date,SP500,Dividend,Earnings", *lines]) + "\n")
    return path


def test_a_twelfth_of_the_rate_is_paid_each_month(table):
    series = load(table, "sp500_shiller")
    assert list(series.dates.astype(str))[:3] == ["1970-01-31", "1970-02-28", "1970-03-31"]
    np.testing.assert_allclose(series.close, [100, 110, 99, 105, 106])
    np.testing.assert_allclose(series.adj_close[:3], [100, 110.5, 110.5 * 99.5 / 110])
    # A dividend of 0 at the end is not known yet: neither is the total return from there on.
    assert np.isnan(series.dividend[3:]).all()
    assert np.isnan(series.adj_close[3:]).all()
    assert series.warnings == (smoothed(),)


def test_a_folder_and_the_other_headings(table, tmp_path):
    text = table.read_text().replace("Date,SP500,Dividend", "date,price_month_average,dividend_annual_rate")
    (tmp_path / "SHILLER_SP500_MONTHLY.csv").write_text(text)
    source = open_source(f"shiller:{tmp_path}")
    np.testing.assert_array_equal(source.load(SYMBOL).close, load(table, SYMBOL).close)


def test_what_it_refuses(table, tmp_path):
    with pytest.raises(NotFound, match="VOO: not in this source"):
        load(table, "VOO")
    with pytest.raises(NotFound, match=r"none\.csv: no such file"):
        load(tmp_path / "none.csv", SYMBOL)
    table.write_text(table.read_text().replace("1970-03-01", "1970-03-15").replace("1970-04-01", "1970-06-01")
                     .replace("1970-05-01", "1970-07-01"))  # fmt: skip
    with pytest.raises(BadData, match="months are missing or come twice before 1970-06"):
        load(table, SYMBOL)
    with pytest.raises(ConfigError, match="shiller:FILE"):
        open_source("shiler:x")


def test_unknown_dividends_are_not_none(table):
    source = open_source(f"shiller:{table}")
    with pytest.raises(DataError, match="the dividend of 1970-04-30 is unknown"):
        build_panel([SYMBOL], source=source, currency="USD")
    with pytest.raises(DataError, match="no adjusted closes from 1970-04-30 to 1970-05-31"):
        build_panel([SYMBOL], source=source, currency="USD", total_return=True)
    panel = build_panel([SYMBOL], source=source, currency="USD", end="1970-03-31")
    np.testing.assert_allclose(panel.dividend[:, 0], [0.5, 0.5, 0.5])


PLAN = """
name: long
currency: USD
period: {start: 1871-01-31, end: 2022-12-31}
strategy:
  allocation: {type: fixed_mix, weights: {SP500_SHILLER: 1}}
  contributions: {type: lump_sum, amount: 1000}
execution: {whole_shares: false}
dividends: total_return
data: {source: "shiller:FILE"}
"""


def real():
    path = market_folder().parent / "history" / "SHILLER_SP500_MONTHLY.csv"
    if not path.is_file():
        pytest.skip("no long histories beside the folder of real prices")
    return path


def test_a_century_and_a_half_says_that_prices_are_averages():
    path = real()
    result = run(parse_config(PLAN.replace("FILE", str(path)), "x.yaml"))
    table = pd.read_csv(path)[:1824]
    price, paid = table["price_month_average"], table["dividend_annual_rate"] / 12
    growth = ((price + paid) / price.shift()).iloc[1:]
    assert result.metrics["final_value"] == pytest.approx(1000 * growth.prod(), rel=1e-9)
    assert result.metrics["volatility"] == pytest.approx((growth - 1).std(ddof=1) * 12**0.5, rel=1e-9)
    for said in (texts(result.manifest["assumptions"]), texts(result.manifest["flags"]["data"])):
        assert any("averages of each month's days" in text for text in said)


def test_true_averages_raise_nothing_and_are_as_smooth_as_said():
    series = load(real(), SYMBOL)
    found = check_series(series, asset(SYMBOL), today=np.datetime64("2024-01-01"))
    assert [(item.rule, item.severity) for item in found if item.severity != "note"] == []
    spy = pd.read_csv(market_folder() / "SPY.csv", parse_dates=["date"]).set_index("date")["close"]
    ends = spy.resample("ME").last().pct_change()
    averages = pd.Series(series.close, pd.DatetimeIndex(series.dates)).pct_change()
    both = pd.concat([averages, ends], axis=1, join="inner").dropna()
    assert both[0].std() / both["close"].std() == pytest.approx(5 / 6, abs=0.02)
