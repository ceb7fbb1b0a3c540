"""``backtest data`` and ``backtest assets`` as a person types them: Yahoo is a server on loopback."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from engine.market.cache import Cache
from engine.market.providers import csv_folder
from tests.fake_yahoo import FakeYahoo, Market, recent
from tests.market_helpers import market_folder, save_csv, walk
from tests.person import on_a_terminal, type_in

EN, JA = ("--lang", "en"), ("--lang", "ja")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of this test's own; no network."""
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BACKTEST_OFFLINE", "1")
    return Cache()


@pytest.fixture
def filled(cache):
    """The cache with a clean history of VOO and one of IJR that has a bad print."""
    good, bad = walk("VOO", seed=3), walk("IJR", seed=4)
    close, adjusted = bad.close.copy(), bad.adj_close.copy()
    close[600] *= 1.4
    adjusted[600] *= 1.4
    for series in (good, bad.replace(close=close, adj_close=adjusted)):
        cache.get(
            series.symbol, "yahoo", lambda symbol, *, start, series=series: series.replace(source="yahoo")
        )
    return cache


def test_an_empty_cache_says_how_to_fill_it(capsys, cache):
    said = type_in(capsys, "data", "list", *EN)
    assert said.code == 0
    assert "backtest data fetch VOO IJR" in said.out
    assert json.loads(type_in(capsys, "data", "list", "--json").out) == []
    assert "保存されていません" in type_in(capsys, "data", "list", *JA).out


def test_the_list_says_what_from_where_how_far_how_old_with_which_findings(capsys, filled):
    lines = type_in(capsys, "data", "list", *EN).out.splitlines()
    (good,) = (line.split() for line in lines if line.startswith("VOO"))
    (bad,) = (line for line in lines if line.startswith("IJR"))
    assert good == ["VOO", "yahoo", "2015-01-02", "2019-12-31", "1,258", "0", "minutes", "ago", "none"]
    assert "fatal: 2" in bad
    assert "致命的 2件" in type_in(capsys, "data", "list", *JA).out
    told = json.loads(type_in(capsys, "data", "list", "--json").out)
    assert [(item["symbol"], item["rows"]) for item in told] == [("IJR", 1258), ("VOO", 1258)]
    assert {found["rule"] for found in told[0]["findings"]} == {"jump", "reversal"}


def test_one_history_is_shown_with_its_events_and_findings(capsys, filled):
    said = type_in(capsys, "data", "show", "ijr", *JA)
    assert said.code == 0
    assert "最初の取得" in said.out
    assert "1日で25%を超える変動：2017-05-22" in said.out
    (told,) = json.loads(type_in(capsys, "data", "show", "VOO", "--json").out)
    assert told["findings"] == []
    assert len(told["history"]) == 1


def test_a_history_that_is_not_there(capsys, filled):
    said = type_in(capsys, "data", "show", "VO0")
    assert said.code == 3
    assert "did you mean VOO?" in said.line


def test_the_cache_is_verified(capsys, filled):
    said = type_in(capsys, "data", "verify", *EN)
    assert said.code == 1
    assert said.line == (
        "fatal findings in 1 of 2: yahoo/IJR (a run refuses them; fetch them again, or a period after the days "
        "named)"
    )
    assert "2 series: 2 fatal findings, 0 warnings, 0 notes." in said.out


def test_a_flipped_bit_is_a_fatal_finding_and_hides_nothing_else(capsys, filled):
    (file,) = (filled.root / "yahoo" / "IJR").glob("*.parquet")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    said = type_in(capsys, "data", "verify", "--json")
    assert said.code == 1
    broken, good = json.loads(said.out)
    assert [found["rule"] for found in broken["findings"]] == ["damaged"]
    assert good["findings"] == []
    said = type_in(capsys, "data", "list", *EN)
    assert said.code == 0
    found = {line.split()[0]: line.split()[-2:] for line in said.out.splitlines()[2:4]}
    assert found == {"IJR": ["fatal:", "1"], "VOO": ["ago", "none"]}
    said = type_in(capsys, "data", "show", "IJR", *EN)
    assert (said.code, said.error.count("\n")) == (3, 1)
    assert "is damaged: its checksum does not fit" in said.error


def test_a_folder_is_verified(capsys, tmp_path):
    save_csv(tmp_path, walk("SPY"))
    for name in (tmp_path, f"csv:{tmp_path}"):
        said = type_in(capsys, "data", "verify", name, *EN)
        assert (said.code, said.error) == (0, "")
        assert "1 series: 0 fatal findings, 0 warnings, 0 notes." in said.out
    bad = walk("IWM").replace(close=-walk("IWM").close)
    save_csv(tmp_path, bad)
    said = type_in(capsys, "data", "verify", tmp_path, *JA)
    assert said.code == 1
    assert said.line.startswith("2系列のうち1系列に致命的な問題があります：IWM。")
    assert "致命的" in said.out


def test_a_folder_that_is_not_there(capsys):
    said = type_in(capsys, "data", "verify", "/no/such/folder")
    assert said.code == 3
    assert "/no/such/folder: no such folder" in said.line


@pytest.mark.market
def test_real_prices_are_verified(capsys):
    said = type_in(capsys, "data", "verify", market_folder(), *EN)
    assert said.code == 1
    # Factors, prices of consumers and the like are listed and not counted; flows are read.
    assert said.line.startswith("fatal findings in 2 of ")
    assert "SLY, USDJPY_YAHOO (" in said.line
    text = " ".join(said.out.split())
    assert "2008-04-08 (5.603%), 2008-10-08 (8.506%), 2008-12-08 (17.69%)" in text
    assert "IWM_FLOWS_MONTHLY 2000-05-31 2025-08-31 304 fund flows" in text


def test_fetching_through_yfinance(capsys, cache, monkeypatch):
    monkeypatch.delenv("BACKTEST_OFFLINE")
    with FakeYahoo() as server:
        server.list("VOO", Market(recent(), days=300))
        monkeypatch.setenv("BACKTEST_YAHOO_URL", server.url)
        said = type_in(capsys, "data", "fetch", "voo", "NOPE", *EN)
    assert said.code == 3
    assert "NOPE" in said.line, said
    assert said.out.splitlines()[2].split()[:2] == ["VOO", "yahoo"]
    assert [entry.symbol for entry in cache.find()] == ["VOO"]
    # What is stored and recent needs no network any more.
    monkeypatch.setenv("BACKTEST_OFFLINE", "1")
    assert type_in(capsys, "data", "fetch", "VOO", "--offline", *JA).code == 0


def test_yahoos_yen_is_held_against_the_ecbs(capsys, cache, monkeypatch):
    monkeypatch.delenv("BACKTEST_OFFLINE")
    with FakeYahoo() as server:
        # A hundred yen around a smooth curve is no rate that a market has made in 2008.
        server.list(
            "JPY=X", Market("2008-12-31", days=200, close=100.0, currency="JPY", zone="Europe/London")
        )
        monkeypatch.setenv("BACKTEST_YAHOO_URL", server.url)
        said = type_in(capsys, "data", "fetch", "jpy=x", *EN)
    assert said.code == 0, said
    said = type_in(capsys, "data", "show", "JPY=X", *EN)
    assert "another_rate" in said.out
    assert "away from ecb" in " ".join(said.out.split())


def test_fetching_without_a_network_is_one_line(capsys, cache):
    for more in ((), ("--offline",), ("--from", "fred")):
        said = type_in(capsys, "data", "fetch", "USDJPY", *more)
        assert said.code == 3
        assert said.out == ""
        assert said.line
    said = type_in(capsys, "data", "fetch", "VOO", "IJR", "--offline")
    assert "2 of 2 histories could not be fetched" in said.line


def test_an_unknown_source_of_fetches(capsys, cache):
    said = type_in(capsys, "data", "fetch", "VOO", "--from", "bloomberg")
    assert said.code == 2
    assert "one of yahoo, ecb, fred, french" in said.line


FUND = (
    "ファンド: テスト\n基準日,基準価額(円),純資産総額,分配金\n"
    '2024年1月5日,"10,100",5,\n2024年1月4日,"10,000",5,\n合計,,,\n'
)


@pytest.fixture
def fund(tmp_path):
    path = tmp_path / "fund.csv"
    path.write_bytes(FUND.encode("cp932"))
    return path


def test_a_fund_is_imported_and_can_be_used(capsys, fund, tmp_path):
    into = tmp_path / "prices"
    said = type_in(
        capsys, "data", "import", fund, "--as", "TEST_FUND", "--into", into, "--expense", "0.1", *EN
    )
    assert (said.code, said.error) == (0, "")
    assert "基準価額(円) = price" in said.out
    assert "newest first" in said.out
    assert "Left out: 1 (without a date)" in said.out
    assert csv_folder.load(into, "TEST_FUND").close.tolist() == [10_000.0, 10_100.0]
    listed = type_in(capsys, "assets", "TEST_FUND", "--data", f"csv:{into}", *EN)
    assert "0.1%" in listed.out
    assert "imported from fund.csv" in listed.out


def test_an_import_can_be_looked_at_first(capsys, fund, tmp_path):
    said = type_in(capsys, "data", "import", fund, "--into", tmp_path / "prices", "--dry-run", *JA)
    assert said.code == 0
    assert "基準価額(円) = 価格" in said.out
    assert "新しい順" in said.out
    assert not (tmp_path / "prices").exists()
    told = json.loads(type_in(capsys, "data", "import", fund, "--dry-run", "--json").out)
    assert (told["rows"], told["encoding"], told["stored_in"]) == (2, "cp932", None)


@pytest.mark.parametrize(("key", "code"), [("y\n", 0), ("n\n", 130)])
def test_an_import_asks_on_a_terminal(fund, tmp_path, key, code):
    said = on_a_terminal("data", "import", fund, "--into", tmp_path / "prices", *EN, keys=key)
    assert said.code == code
    assert "Store it like this?" in said.out
    assert (tmp_path / "prices" / "fund.csv").exists() is (code == 0)


def test_a_file_that_is_no_price_table(capsys, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    said = type_in(capsys, "data", "import", path)
    assert said.code == 3
    assert "no line of headings" in said.line


def test_assets_are_listed(capsys):
    said = type_in(capsys, "assets", *EN)
    assert said.code == 0
    assert "iShares Core S&P Small-Cap ETF" in said.out
    assert "JP_SP500" in said.out
    fund = type_in(capsys, "assets", "JP_SP500", *EN).out
    for words in ("association code 03311187", "0.1728% before", "modelled from SPY (S&P 500)"):
        assert words in fund
    japanese = type_in(capsys, "assets", "小型株", *JA).out
    assert "iシェアーズ・コア S&P小型株 ETF" in japanese
    assert "2023-06-09にSPSMへ吸収合併" in japanese
    assert "VOO" not in japanese
    told = json.loads(type_in(capsys, "assets", "SP500TR", "--json").out)
    assert [item["symbol"] for item in told] == ["^SP500TR"]


@pytest.mark.parametrize(
    ("words", "symbols"),
    [
        (("オルカン",), ["JP_ACWI"]),
        (("ｵﾙｶﾝ",), ["JP_ACWI"]),
        (("0331418A",), ["JP_ACWI"]),
        (("０３３１１１８７",), ["JP_SP500"]),
        (("スリム米国",), ["JP_SP500"]),
        (("VTI", "楽天"), ["JP_RAKUTEN_VTI"]),
        (("楽天VTI",), ["JP_RAKUTEN_VTI"]),
        (("rakuten vti",), ["JP_RAKUTEN_VTI"]),
        (("SBI・V・S&P500",), ["JP_SBIV_SP500"]),
        (("雪だるま",), ["JP_SBI_WORLD"]),
        (("IJR", "SPSM"), ["IJR", "SPSM"]),
    ],
)
def test_a_fund_is_found_by_what_people_call_it(capsys, words, symbols):
    told = json.loads(type_in(capsys, "assets", *words, "--json").out)
    assert [item["symbol"] for item in told] == symbols


def test_a_word_for_many_finds_all_of_them(capsys):
    told = json.loads(type_in(capsys, "assets", "小型株", "--json").out)
    assert {"IJR", "VIOO", "JP_SBIV_US_SMALL"} <= {item["symbol"] for item in told}
    told = json.loads(type_in(capsys, "assets", "NASDAQ100", "--json").out)
    assert {item["symbol"] for item in told} >= {"JP_NISSAY_NASDAQ100", "JP_RAKUTEN_PLUS_NASDAQ100"}


@pytest.mark.market
def test_a_model_is_graded_against_published_prices(capsys):
    folder = market_folder()
    nav = folder / "EMAXIS_SLIM_SP500_NAV_MONTHEND.csv"
    data = ("--data", f"csv:{folder}", "--json")
    told = json.loads(type_in(capsys, "assets", "--grade", nav, "JP_SP500", *data).out)
    assert (told["verdict"], told["months"]) == ("near", 81)
    assert abs(told["drift"]) < 0.0005
    assert told["correlation"] > 0.99
    assert told["volatility"] == pytest.approx(1.0, abs=0.02)
    other = json.loads(type_in(capsys, "assets", "--grade", nav, "JP_ACWI", *data).out)
    assert other["verdict"] == "apart", "another index is not called near"
    said = type_in(capsys, "assets", "--grade", nav, "JP_SP500", *data[:2], *JA)
    assert "近い：モデルは投信の代わりに使えます" in said.out


def test_what_is_no_model_is_not_graded(capsys, tmp_path):
    path = tmp_path / "nav.csv"
    path.write_text("基準日,基準価額\n2024/01/04,10000\n2024/01/05,10100\n", encoding="utf-8")
    said = type_in(capsys, "assets", "--grade", path, "VOO", "--data", "sample", *EN)
    assert (said.code, "VOO is not modelled: there is nothing to grade" in said.line) == (2, True)
    said = type_in(capsys, "assets", "--grade", path, "JP_SP500", "--data", "sample", *EN)
    assert "share 0 months; 12 are needed" in said.line


def test_two_histories_are_graded_month_by_month(capsys, tmp_path):
    """One with 0.1 points more in each month, and 1.5 times as far from its mean."""
    other = walk("IJR", seed=4)
    level = pd.Series(other.adj_close, other.dates).resample("ME").last()
    returns = level.pct_change().dropna()
    more = 1.5 * (returns - returns.mean()) + returns.mean() + 0.001
    days = [str(max(other.dates[other.dates <= np.datetime64(month, "D")])) for month in level.index]
    closes = [100.0, *(100.0 * (1 + more).cumprod())]
    for name, rows in (("NEW", zip(days, closes)), ("OLD", zip(days, level))):
        text = "".join(f"{day},{value!r},{value!r}\n" for day, value in rows)
        (tmp_path / f"{name}.csv").write_text(f"date,close,adj_close\n{text}")
    data = ("--data", f"csv:{tmp_path}")
    told = json.loads(type_in(capsys, "data", "grade", "NEW", "OLD", *data, "--json").out)
    assert (told["symbol"], told["other"], told["months"]) == ("NEW", "OLD", len(returns))
    assert told["difference"] == pytest.approx(0.012)
    assert (told["r_squared"], told["volatility"]) == (pytest.approx(1.0), pytest.approx(1.5))
    assert told["tracking_error"] == pytest.approx(0.5 * returns.std() * 12**0.5)
    for lang, words in ((EN, ("R²  ", "1.50×", "+1.20pt")), (JA, ("決定係数", "1.50倍", "+1.20pt"))):
        said = type_in(capsys, "data", "grade", "NEW", "OLD", *data, *lang).out
        assert all(word in said for word in words), said


def test_an_asset_that_is_not_known(capsys):
    said = type_in(capsys, "assets", "jp_sp50")
    assert said.code == 3
    assert "did you mean JP_SP500?" in said.line
