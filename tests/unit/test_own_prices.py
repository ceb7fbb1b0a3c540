"""Prices of a program's own: the same figures as from files, hashed alike, and each wrong table one clear line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import engine
from engine import Asset
from engine.config import load_config
from engine.errors import BadData, ConfigError, DataError, NotFound
from engine.market.own_prices import own_source
from engine.market.sources import open_source
from tests.person import CONFIGS

SATELLITE = CONFIGS / "satellite10.yaml"
SYMBOLS = ("VOO", "IJR")


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Closes and dividends of the sample."""
    series = [open_source("sample").load(symbol) for symbol in SYMBOLS]
    days = pd.DatetimeIndex(series[0].dates)
    closes = {item.symbol: pd.Series(item.close, days) for item in series}
    return pd.DataFrame(closes), pd.DataFrame({s.symbol: pd.Series(s.dividend, days) for s in series})


def test_the_figures_are_those_of_the_same_prices_in_files(tables: Any) -> None:
    prices, dividends = tables
    own = engine.run(SATELLITE, prices=prices, dividends=dividends)
    assert own.metrics == engine.run(SATELLITE, source="sample").metrics
    (voo,) = (item for item in own.result.manifest["data"] if item["symbol"] == "VOO")
    assert voo["source"] == "own prices"
    changed = prices.copy()
    changed.loc["2010-03-01", "VOO"] *= 1.001
    other = engine.run(SATELLITE, prices=changed, dividends=dividends)
    assert {item["sha256"] for item in other.result.manifest["data"]}.isdisjoint({voo["sha256"]})
    assert engine.audit(own).holds


def test_every_study_takes_them(tables: Any) -> None:
    prices, dividends = tables
    own: dict[str, Any] = {"prices": prices, "dividends": dividends}
    core = CONFIGS / "core100.yaml"
    both = engine.compare([core, SATELLITE], **own)
    assert both.frame.equals(engine.compare([core, SATELLITE], source="sample").frame)
    for function, more in (
        (engine.windows, {"horizons": [10], "every": "year"}),
        (engine.bootstrap, {"paths": 8, "years": 2}),
    ):
        mine, theirs = (function([core, SATELLITE], **more, **kind) for kind in (own, {"source": "sample"}))
        assert mine.frame.equals(theirs.frame)
    sweep = CONFIGS / "sweeps" / "allocation.yaml"
    small = {
        "overrides": ["axes={strategy.allocation.satellite_weight: [0, 0.1]}", "base=../satellite10.yaml"]
    }
    assert engine.sweep(sweep, **small, **own).frame.equals(
        engine.sweep(sweep, source="sample", **small).frame
    )
    assert engine.data_verify(**own).holds


def test_assets_say_what_columns_are(tables: Any) -> None:
    prices, dividends = (table.rename(columns={"VOO": "MY_FUND", "IJR": "B"}) for table in tables)
    config = engine.config.override(
        load_config(SATELLITE), {"strategy.allocation.core": "MY_FUND", "strategy.allocation.satellite": "B"}
    )
    fund = Asset("MY_FUND", kind="jp_fund", frames=("T", "G"))
    view = engine.run(config, prices=prices, dividends=dividends, assets=[fund])
    assets = view.result.manifest["assets"]
    assert assets["MY_FUND"] == {"currency": "JPY", "kind": "jp_fund"}
    assert assets["B"] == {"currency": "USD", "kind": "us_etf"}
    assert any("B is not in the registry" in str(text) for text in view.result.manifest["flags"]["data"])
    assert view == engine.run(config, prices=prices, dividends=dividends, assets={"MY_FUND": fund})


THREE_DAYS = pd.DatetimeIndex(["2024-06-03", "2024-06-10", "2024-06-11"])


def lump_sum(amount: int, account: str) -> engine.config.Config:
    """All of it into MINE, over three days."""
    return engine.config.parse_config(
        f"""
name: mine
currency: JPY
period: {{start: 2024-06-03, end: 2024-06-11}}
strategy:
  allocation: {{type: fixed_mix, weights: {{MINE: 1}}}}
  contributions: {{type: lump_sum, amount: {amount}}}
  rebalancing: {{type: none}}
accounts: [{account}]
"""
    )


@pytest.mark.parametrize(
    ("account", "pays", "says"), [("taxable", True, True), ("taxable", False, False), ("nisa", True, False)]
)
def test_a_yen_fund_that_pays_out_is_said_to_be_taxed_in_whole(account: str, pays: bool, says: bool) -> None:
    config = lump_sum(100_000, account)
    mine = Asset("MINE", kind="jp_fund", frames=("G",))
    paid = {"MINE": pd.Series([500.0 if pays else 0.0], THREE_DAYS[1:2])}
    view = engine.run(
        config, prices=on(THREE_DAYS, MINE=[10_000.0, 9_400.0, 9_400.0]), dividends=paid, assets=mine
    )
    told = "every distribution of MINE is taxed as a profit"
    assert any(told in item["english"] for item in view.result.manifest["assumptions"]) is says
    # 10 units paid 500 each, 15.315 % and 5 % of it: all 5,000 are taxed, though 600 of each 10,000 is lost.
    tax = view.frames["transactions"].query("kind == 'dividend_tax'")["amount"].sum()
    assert tax == (-1015.0 if says else 0.0)


def test_an_etf_of_tokyo(tables: Any) -> None:
    """It trades by its unit, and its distributions' foreign tax lowers Japan's."""
    config = lump_sum(109_000, "taxable")
    mine = Asset("MINE", kind="jp_etf", trading_unit=10, foreign_tax=0.1)
    paid = {"MINE": pd.Series([90.0], THREE_DAYS[1:2])}
    view = engine.run(config, prices=on(THREE_DAYS, MINE=[1000.0] * 3), dividends=paid, assets=mine)
    moves = view.frames["transactions"].set_index("kind")["amount"]
    assert view.frames["transactions"]["units"].max() == 100.0  # of the 109 that the money would buy
    assert view.result.manifest["assets"]["MINE"] == {
        "currency": "JPY", "kind": "jp_etf", "trading_unit": 10.0, "foreign_tax": 0.1,
    }  # fmt: skip
    # 9,000 paid, 1,000 withheld before: 15.315 % of 10,000 is 1,531, less 1,000, and 5 % of it 500.
    assert moves["dividend"] == 9000.0
    assert moves["dividend_tax"] == -1031.0


def test_without_dividends_every_output_says_so(tables: Any) -> None:
    view = engine.run(SATELLITE, prices=tables[0])
    assert view.metrics["dividend_tax_paid"] == 0.0
    assert "VOO: no dividends were given: none are counted" in repr(view)


def test_an_exchange_rate_of_ones_own(tables: Any) -> None:
    prices, dividends = tables
    rate = open_source("sample").fx(None)
    fx = pd.Series(rate.close, pd.DatetimeIndex(rate.dates))
    plain = engine.run(SATELLITE, prices=prices, dividends=dividends)
    assert engine.run(SATELLITE, prices=prices, dividends=dividends, fx=fx).metrics == plain.metrics
    off = engine.run(SATELLITE, prices=prices, dividends=dividends, fx=fx * 1.1)  # of what the ECB fixed
    assert any("USDJPY" in text["english"] for text in off.result.manifest["flags"]["data"])
    assert off.metrics["final_value"] != plain.metrics["final_value"]


def on(days: pd.DatetimeIndex, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: np.asarray(values, float) for name, values in columns.items()}, index=days)


DAYS = pd.DatetimeIndex(["2024-01-04", "2024-01-05", "2024-01-08"])
GOOD = on(DAYS, A=[1, 2, 3], B=[1, 2, 3])
SEVERAL = pd.concat({("Close", "A"): GOOD["A"], ("Close", "B"): GOOD["B"]}, axis=1)


# A table of another library, whose class has the name of pandas's.
ELSEWHERE: Any = type(
    "DataFrame", (), {"__module__": "polars.dataframe.frame", "to_pandas": lambda self: GOOD}
)()
WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: own_source(5), ConfigError, "prices: came int, allowed a pandas DataFrame"),  # type: ignore[arg-type]
    (lambda: own_source({"A": [1.0]}), ConfigError, "prices: A: came list, allowed a pandas Series"),  # type: ignore[dict-item]
    (lambda: own_source(GOOD[::-1]), BadData, "prices: A: its dates are not in order: 2024-01-05 comes after"),
    (lambda: own_source(GOOD.tz_localize("Asia/Tokyo")), BadData, "time zone Asia/Tokyo, allowed none"),
    (lambda: own_source(on(DAYS[[0, 1, 1]], A=[1, 2, 3])), BadData, "prices: A: 2024-01-05 comes twice"),
    (lambda: own_source(on(DAYS, A=[1, np.nan, 3])), BadData, "A: 2024-01-05: has no number inside"),
    (lambda: own_source(on(DAYS, A=[np.nan] * 3)), BadData, "prices: A: has no number"),
    (lambda: own_source(on(DAYS, A=[1, np.inf, 3])), BadData, "prices: A: 2024-01-05: is not finite"),
    (lambda: own_source(on(DAYS, A=[1, 0, 3])), BadData, "prices: A: 2024-01-05: is not above zero"),
    (lambda: own_source(GOOD, on(DAYS, A=[0, -1, 0])), BadData, "dividends: A: 2024-01-05: is below zero"),
    (lambda: own_source(GOOD.astype(str)), BadData, "prices: A: holds str, allowed numbers"),
    (lambda: own_source(GOOD.reset_index(drop=True)), BadData, "its index is RangeIndex, allowed dates"),
    (lambda: own_source(GOOD.set_index(DAYS + pd.Timedelta(hours=9))), BadData, "has a time of day"),
    (lambda: own_source(GOOD.rename(columns={"B": "A"})), BadData, "prices: the column A comes twice"),
    (lambda: own_source(GOOD.rename(columns={"B": 7})), BadData, "prices: column 7: no symbol"),
    (lambda: own_source(SEVERAL), BadData, "prices: column ('Close', 'A'): no symbol (prices['Close'] takes one"),
    (lambda: own_source(GOOD["A"].rename(None)), BadData, "prices: came a Series without a name"),
    (lambda: own_source(ELSEWHERE), ConfigError, "prices: came polars.DataFrame, allowed a pandas DataFrame"),
    (lambda: own_source(GOOD.to_period("D")), BadData, "(index.to_timestamp(how='end').normalize() makes dates)"),
    (lambda: own_source(GOOD.rename(columns={"B": "x/y"})), DataError, "'x/y' is not a symbol"),
    (lambda: own_source(pd.DataFrame()), BadData, "prices: no column"),
    (lambda: own_source(GOOD, on(DAYS, C=[0, 1, 0])), BadData, "dividends: no prices of C"),
    (lambda: own_source(GOOD, assets=[Asset("C")]), BadData, "assets: no prices of C"),
    (lambda: own_source(GOOD, assets={"B": Asset("A")}), ConfigError, "assets: B describes A"),
    (lambda: own_source(GOOD, assets=["A"]), ConfigError, "assets: came str, allowed values of engine.Asset"),  # type: ignore[list-item]
    (lambda: own_source(GOOD, assets=[None]), ConfigError, "assets: came NoneType, allowed values of"),  # type: ignore[list-item]
    (lambda: own_source(GOOD, assets=[Asset("A"), Asset("A", "index")]), ConfigError, "assets: A comes twice"),
    (lambda: own_source(GOOD.astype(complex)), BadData, "prices: A: holds complex128, allowed numbers"),
    (lambda: Asset(None), ConfigError, "asset: came nothing, allowed a symbol such as VOO"),  # type: ignore[arg-type]
    (lambda: Asset("A", name=5), ConfigError, "asset A: name: came 5, allowed a text"),  # type: ignore[arg-type]
    (lambda: Asset("A", frames="G"), ConfigError, "asset A: frames: came \"G\", allowed a list of texts"),
    (lambda: Asset("A", accept="jump"), ConfigError, "asset A: accept: came \"jump\", allowed a list of texts"),
    (lambda: Asset("A", source_tax=10), ConfigError, "asset A: source_tax: came 10, allowed 0 to 1 (10 % is 0.1"),
    (lambda: Asset("A", source_tax=float("nan")), ConfigError, "asset A: source_tax: came .nan, allowed 0 to 1"),
    (lambda: Asset("A", foreign_tax=10), ConfigError, "asset A: foreign_tax: came 10, allowed 0 to 0.5 (10"),
    (lambda: Asset("A", trading_unit=0), ConfigError, "asset A: trading_unit: came 0, allowed a whole"),
    (lambda: Asset("A", source_tax=True), ConfigError, "asset A: source_tax: came true, allowed 0 to 1"),
    (lambda: own_source(GOOD).load("C"), NotFound, "prices: no column C (it has A, B)"),
    (lambda: Asset("A", kind="stock"), ConfigError, "asset A: kind: came stock, allowed us_etf"),  # type: ignore[arg-type]
    (lambda: engine.run(SATELLITE, prices=GOOD), NotFound, "prices: no column VOO"),
    (lambda: engine.run(SATELLITE, prices=GOOD, source="sample"), ConfigError, "source and prices: allowed one"),
    (lambda: engine.run(SATELLITE, fx=GOOD["A"]), ConfigError, "fx belong to prices: came no prices"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "said"), WRONG, ids=[said for _, _, said in WRONG])
def test_a_wrong_table_is_one_line(call: Callable[[], Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as error:
        call()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_days_before_the_first_price_are_not_missing() -> None:
    series = own_source(on(DAYS, A=[np.nan, 2, 3])).load("A")
    assert (str(series.dates[0]), series.close.tolist()) == ("2024-01-05", [2.0, 3.0])


def test_a_payout_between_sessions_is_kept() -> None:
    paid = on(pd.DatetimeIndex(["2024-01-06"]), A=[0.5])
    series = own_source(GOOD[["A"]], paid).load("A")
    assert np.isnan(series.close[2])
    assert series.dividend.tolist() == [0.0, 0.0, 0.5, 0.0]
