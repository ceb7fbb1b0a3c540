"""The registry of Japanese funds, and what is modelled of them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from engine.errors import NotFound
from engine.fund_names import fund_for, known_funds, what_serves
from engine.market.assets import all_assets, asset, yahoo_symbol
from engine.market.fees import hedge_costs
from engine.market.grade import grade_nav
from engine.market.jp_fund import KEPT, about, limits_of_model, model_nav
from engine.market.sources import open_source
from tests.market_helpers import days, made, market_folder, save_csv, walk, yen

FUNDS = [item for item in all_assets() if item.launched]
WEEK = ["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"]


def test_they_are_forty_and_every_kind_is_among_them():
    assert len(FUNDS) >= 40
    indices = {item.tracks for item in FUNDS}
    for index in (
        "S&P 500",
        "MSCI ACWI",
        "MSCI Kokusai",
        "MSCI Emerging Markets",
        "TOPIX",
        "Nikkei 225",
        "gold",
    ):
        assert index in indices
    for index in ("CRSP US Total Market", "CRSP US Small Cap", "Nasdaq-100", "NOMURA-BPI", "TSE REIT"):
        assert index in indices
    assert sum(item.hedged for item in FUNDS) >= 3


def test_a_code_holds_the_year_and_the_month_of_the_start():
    """The association's codes end in the year and the month (A to C from October on) of a fund's first day."""
    coded = [item for item in FUNDS if item.code]
    assert len({item.code for item in coded}) == len(coded) >= 40
    for item in coded:
        month = "123456789ABC"[item.launched.month - 1]
        assert item.code[5:] == f"{item.launched:%y}{month}", item.symbol


def test_a_fund_has_its_fees_and_frames():
    for item in FUNDS:
        assert item.fees, item.symbol
        assert "G" in item.frames
        assert ("old_tsumitate" in item.frames) <= ("T" in item.frames)
        assert all("old" not in frame for frame in item.frames) or item.launched < date(2024, 1, 1)
        assert item.fees[0].since >= item.launched, item.symbol


def test_no_name_means_two_funds():
    own = [name for fund in known_funds() for name in fund.own]
    plain = [name for fund in known_funds() for name in fund.plain]
    assert len(own) == len(set(own))
    assert len(plain) == len(set(plain))


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("オルカン", "JP_ACWI"),
        ("おるかん", "JP_ACWI"),
        ("全世界株式", "JP_ACWI"),
        ("三菱ＵＦＪ　全世界株式（オール・カントリー）", "JP_ACWI"),
        ("eMAXIS Slim 米国株式(S&P500)", "JP_SP500"),
        ("米国株式のS&P500", "JP_SP500"),
        ("3311187", "JP_SP500"),
        ("eMAXIS Slim 全世界株式（除く日本）", "JP_SLIM_ACWI_EX_JAPAN"),
        ("ニッセイ外国株式インデックスファンド", "JP_NISSAY_DEVELOPED"),
        ("楽天・全世界株式インデックス・ファンド", "JP_RAKUTEN_VT"),
    ],
)
def test_the_fund_that_a_name_means(text, symbol):
    assert fund_for(text).symbol == symbol


@pytest.mark.parametrize(
    "text", ["S&P500 均等ウェイト", "レバレッジNASDAQ100", "S&P500 為替ヘッジあり", "ひふみ投信", "IJR", ""]
)
def test_another_fund_is_not_taken_for_one_of_these(text):
    assert fund_for(text) is None


def test_what_nothing_models_is_imported():
    said = str(what_serves("eMAXIS Slim 国内債券インデックス"))
    assert said == "import its prices: backtest data import FILE.csv --as JP_SLIM_JAPAN_BOND"
    with pytest.raises(NotFound, match="no source has prices of JP_SLIM_JAPAN_BOND"):
        yahoo_symbol(asset("JP_SLIM_JAPAN_BOND"))
    assert asset("JP_SLIM_JAPAN_BOND").name("en") == "eMAXIS Slim Japan Bond Index"
    assert asset("JP_ACWI").name("ja") == "eMAXIS Slim 全世界株式（オール・カントリー）（モデル）"


def test_a_dear_etf_gives_back_what_no_fund_pays():
    prices = made("GLD", WEEK, [100] * 4, [0] * 4)
    fund, etf = replace(asset("JP_SBI_GOLD"), fees=(), expense_ratio=0.0), asset("GLD")
    nav = model_nav(fund, prices, yen(WEEK, [150] * 4), etf=etf).close
    np.testing.assert_allclose(nav[1:] / nav[:-1], 1 + (0.004 - KEPT) * np.array([1, 3]) / 365, rtol=1e-13)
    same = model_nav(asset("JP_SP500"), prices, yen(WEEK, [150] * 4), etf=asset("SPY"))
    np.testing.assert_array_equal(
        same.close, model_nav(asset("JP_SP500"), prices, yen(WEEK, [150] * 4)).close
    )


def test_a_hedged_fund_has_no_yen_in_it_and_pays_the_difference_of_rates():
    prices = made("TOK", WEEK, [100, 110, 110, 121], [0, 0, 1, 0])
    fund = replace(asset("JP_TAWARA_DEVELOPED_HEDGED"), fees=(), expense_ratio=0.0)
    nav = model_nav(fund, prices, yen(WEEK, [140, 150, 160, 100])).close
    cost = 0.05 / 365  # of 2024
    np.testing.assert_allclose(
        nav[1:] / nav[:-1], [1.1 * (1 - cost), (110.9 / 110) * (1 - 3 * cost)], rtol=1e-13
    )


def test_dividends_that_nobody_withholds():
    prices = made("GLD", WEEK, [100, 100, 100, 100], [0, 1, 0, 0])
    fund = replace(asset("JP_SBI_GOLD"), fees=(), expense_ratio=0.0)
    nav = model_nav(fund, prices, yen(WEEK, [150] * 4)).close
    np.testing.assert_allclose(nav[1] / nav[0], 1.01, rtol=1e-13)


def test_a_fund_of_japanese_shares_holds_the_close_of_the_day_itself():
    prices = made("1306.T", WEEK, [100, 110, 110, 121], [0, 0, 1, 0], currency="JPY")
    fund = replace(asset("JP_SLIM_TOPIX"), fees=(), expense_ratio=0.0)
    nav = model_nav(fund, prices, yen(["2030-01-04"]), etf=asset("1306.T"))
    np.testing.assert_array_equal(nav.dates, prices.dates)
    np.testing.assert_allclose(nav.close, [10_000, 11_000, 11_100, 11_100 * 1.1], rtol=1e-13)
    assert "1306.T of the day, dividends reinvested in full" in str(nav.notes[0])


def test_what_a_model_cannot_know_is_said():
    fund, etf = asset("JP_SLIM_EMERGING"), asset("VWO")
    said = " | ".join(map(str, limits_of_model(fund, etf, *days("2020-01-01", "2024-12-31"))))
    assert "follows MSCI Emerging Markets, VWO follows FTSE Emerging Markets" in said
    dear = limits_of_model(asset("JP_SLIM_DEVELOPED"), asset("TOK"), *days("2020-01-01", "2024-12-31"))
    assert "of what TOK costs a year, 0.25%, the part above 0.09% is given back" in str(dear[0])
    hedged = limits_of_model(asset("JP_SBI_GOLD_HEDGED"), asset("GLD"), *days("2023-06-08", "2024-12-31"))
    assert any("without the currency basis" in str(text) for text in hedged)
    assert not any("follows gold" in str(text) for text in hedged), "hedged gold is gold"
    assert limits_of_model(asset("JP_SP500"), asset("SPY"), *days("2020-01-01", "2024-12-31")) == ()
    assert "association code not known here" in str(about(asset("JP_NISSAY_TOPIX"), etf)[0])


@pytest.mark.market
def test_hedge_costs_are_near_the_months_short_rate_of_the_french_library():
    import csv

    with (market_folder() / "FF3_FACTORS_MONTHLY.csv").open() as file:
        rows = [(row["date"][:4], float(row["RF"])) for row in csv.DictReader(file)]
    for rate in hedge_costs():
        bills = [value for year, value in rows if year == str(rate.since.year)]
        if len(bills) == 12 and rate.since.year < 2025:
            assert 100 * rate.share == pytest.approx(sum(bills), abs=0.6), rate.since.year


def test_published_prices_go_before_the_model(tmp_path):
    save_csv(tmp_path, walk("JP_SP500", currency="JPY"))
    source = open_source(f"csv:{tmp_path}")
    assert source.assets["JP_SP500"].underlying == ""
    assert source.load("JP_SP500").close[0] == walk("JP_SP500").close[0]


def test_a_grade_of_two_by_hand():
    months = [f"2022-{m:02}-28" for m in range(1, 13)] + ["2023-01-27", "2023-01-30"]
    level = 100 * 1.01 ** np.arange(14)
    nav = made("NAV", months, level, currency="JPY")
    model = made("JP_SP500", months, level * 1.001 ** (np.arange(14) / 12), currency="JPY")
    found = grade_nav(model, nav)
    assert (found.months, str(found.first), str(found.last)) == (12, "2022-01-28", "2023-01-30")
    years = 367 / 365.25
    assert found.drift == pytest.approx((1.001 ** (13 / 12)) ** (1 / years) - 1, rel=1e-9)
    assert np.isnan(found.correlation) or found.correlation <= 1
