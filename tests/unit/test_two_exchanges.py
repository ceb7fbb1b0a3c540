"""Tokyo and New York in one plan: sessions are the days that both have, and true data raise no finding."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from engine.config import parse_config
from engine.context import load_panel
from engine.errors import BadData
from engine.market.assets import asset
from engine.market.check_series import check_series
from engine.market.exchanges import nyse_sessions, tokyo_sessions
from engine.market.providers import csv_folder
from engine.market.sources import open_source
from engine.run import run
from engine.studies.bootstrap.futures import future_sessions
from engine.studies.bootstrap.study import bootstrap
from tests.market_helpers import made, market_folder, source_of, walk
from tests.said import texts

PLAN = """
name: both
period: {start: START, end: END}
strategy:
  allocation: {type: fixed_mix, weights: {SPY: 0.5, ^N225: 0.5}}
  contributions: {type: monthly, amount: 100_000}
  rebalancing: {type: calendar, every: yearly}
execution: {whole_shares: false}
data: {source: "SOURCE", splice: none}
"""


def plan(start="2015-01-05", end="2019-12-30", source="auto"):
    return parse_config(PLAN.replace("START", start).replace("END", end).replace("SOURCE", source), "x.yaml")


def made_up():
    days = tokyo_sessions(np.datetime64("2015-01-01"), np.datetime64("2019-12-31"))
    steps = np.random.default_rng(7).normal(0.0003, 0.01, days.size)
    return source_of(
        walk("SPY"), made("^N225", days, 20_000 * np.exp(np.cumsum(steps)), currency="JPY"),
        fx=open_source("sample").fx(None),
    )  # fmt: skip


def test_sessions_are_the_days_that_both_have_and_this_is_said():
    result = run(plan(), source=made_up())
    first, last = np.datetime64("2015-01-05"), np.datetime64("2019-12-30")
    new_york, tokyo = nyse_sessions(first, last), tokyo_sessions(first, last)
    both = np.intersect1d(new_york, tokyo)
    assert np.array_equal(result.dates, both)
    said = [
        text for text in texts(result.manifest["assumptions"]) if text.startswith("Sessions are the days")
    ]
    assert said == [
        "Sessions are the days on which every asset has a price; left out of those of 2015-01-05 to 2019-12-30: "
        f"{new_york.size - both.size} of SPY, {tokyo.size - both.size} of ^N225."
    ]
    assert result.manifest["flags"]["data"] == []
    hours = "^N225 closes in Tokyo hours before New York on the same date"
    decided = "Tokyo and New York in one plan: orders are decided at Tokyo's close"
    for begin in (hours, decided):
        assert any(text.startswith(begin) for text in texts(result.manifest["assumptions"]))


def test_an_index_of_tokyo_is_decided_on_its_own_clock():
    panel = load_panel(plan(), source=made_up())
    spy, n225 = panel.column("SPY"), panel.column("^N225")
    assert panel.known is not None
    assert np.array_equal(panel.known[:, n225], panel.price[:, n225])
    series = walk("SPY")
    before = np.searchsorted(series.dates, panel.sessions) - 1
    assert np.array_equal(panel.known[:, spy], series.close[before])


def test_one_exchange_has_nothing_to_say():
    result = run(parse_config(PLAN.replace(", ^N225: 0.5", "").replace("SPY: 0.5", "SPY: 1").replace(
        "START", "2015-01-05").replace("END", "2019-12-30").replace("SOURCE", "auto"), "x.yaml"),
        source=made_up())  # fmt: skip
    assert not any(text.startswith("Sessions are the days") for text in texts(result.manifest["assumptions"]))


def test_futures_of_both_are_drawn_from_the_common_days():
    drawn = bootstrap([plan()], source=made_up(), paths=20, years=2, fan_paths=1)
    assert not any("left out of those" in text for text in texts(drawn.manifest["assumptions"]))


# ---- forty years of real sessions


@pytest.fixture
def folder(tmp_path):
    history = market_folder().parent / "history"
    if not history.is_dir():
        pytest.skip("no long histories beside the folder of real prices")
    shutil.copy(history / "N225.csv", tmp_path)
    shutil.copy(market_folder() / "SPY.csv", tmp_path)
    return tmp_path


def test_true_sessions_of_tokyo_raise_nothing_but_the_frozen_month(folder):
    series = csv_folder.load(folder, "^N225", currency="JPY")
    found = check_series(series, asset("^N225"), today=np.datetime64("2024-12-31"))
    assert [(item.rule, item.dates) for item in found if item.severity != "note"] == [
        ("stale", ("1972-03-31",))
    ]
    gaps = [item for item in found if item.rule == "gap"]
    assert [len(item.dates) for item in gaps] == [
        4
    ]  # 2020-10-01, the day of the failure, and three of the file


def test_the_russell_in_its_first_autumn_is_true():
    history = market_folder().parent / "history"
    if not history.is_dir():
        pytest.skip("no long histories beside the folder of real prices")
    found = check_series(csv_folder.load(history, "^RUT"), asset("^RUT"), today=np.datetime64("2024-12-31"))
    assert [item for item in found if item.severity != "note"] == []


def test_a_hole_before_the_tables_begin_is_still_found(folder):
    series = csv_folder.load(folder, "^N225", currency="JPY")
    years = series.dates.astype("datetime64[Y]").astype(int) + 1970
    found = check_series(series.rows(years != 1985), asset("^N225"), today=np.datetime64("2024-12-31"))
    assert ("gap", "fatal") in [(item.rule, item.severity) for item in found]


def test_both_together_since_1999(folder):
    result = run(plan("1999-01-05", "2024-08-05", f"csv:{folder}"))
    tables = [
        pd.read_csv(folder / f"{name}.csv", parse_dates=["date"]).set_index("date")["1999-01-05":"2024-08-05"]
        for name in ("SPY", "N225")
    ]
    assert len(result.dates) == len(tables[0].index.intersection(tables[1].index))
    assert result.manifest["flags"]["data"] == []
    with pytest.raises(BadData, match="the same close for 5 sessions or more, from: 1972-03-31"):
        run(parse_config(
            PLAN.replace("{SPY: 0.5, ^N225: 0.5}", "{^N225: 1}").replace("START", "1970-01-05")
            .replace("END", "1980-12-30").replace("SOURCE", f"csv:{folder}"), "x.yaml",
        ))  # fmt: skip


def test_a_year_of_both_exchanges_has_the_days_that_both_trade_on():
    panel = load_panel(plan(), source=made_up())
    years = (panel.sessions[-1] - panel.sessions[0]).astype(int) / 365.25
    assert abs(panel.per_year - len(panel.sessions) / years) < 2.0
    result = run(plan(), source=made_up())
    assert result.manifest["period"]["per_year"] == panel.per_year
    assert any("trade on 23" in text for text in texts(result.manifest["assumptions"]))
    index = result.equity["twr"][result.equity["value"] > 0.0]  # from the first deposit on
    daily = np.append(index[0] - 1.0, index[1:] / index[:-1] - 1.0).std(ddof=1)
    np.testing.assert_allclose(result.metrics["volatility"], daily * panel.per_year**0.5, rtol=1e-12)


def test_a_future_of_both_has_as_many_sessions_a_year():
    drawn = bootstrap([plan()], source=made_up(), paths=20, years=4, fan_paths=1)
    told = texts(drawn.manifest["assumptions"])
    assert any("as many are taken a year as both exchanges have" in text for text in told)
    sessions = future_sessions(np.datetime64("2019-12-30"), 4, 237)
    assert abs(len(sessions) / 4 - 237) < 1.5
    assert set(sessions) <= set(future_sessions(np.datetime64("2019-12-30"), 4))
