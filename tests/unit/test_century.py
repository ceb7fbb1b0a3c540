"""The long history: what it is made of, how near it comes to real portfolios, and lives on monthly prices."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import engine
from engine.audit.figures import check_again, check_figures
from engine.errors import BadData, ConfigError, DataError, NotFound, Offline
from engine.market.grade import grade
from engine.market.providers import century, csv_folder, yen_history
from engine.market.sources import open_source
from tests.market_helpers import made, market_folder

ROOT = Path(__file__).parents[2]
CENTURY = ROOT / "configs" / "century"
PLAN = """
name: plain
currency: {currency}
period: {{start: {start}, end: 2018-11-30}}
strategy:
  allocation: {{type: core_satellite, core: US_LARGE, satellite: US_SMALL, satellite_weight: 0.10}}
  contributions: {{type: monthly, amount: 1000, day: 31}}
  rebalancing: {{type: calendar, every: yearly}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: total_return
data: {{source: century}}
"""


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    """Large and small by the formula, from the package's own reader."""
    from arch.data import frenchdata

    table = frenchdata.load() / 100
    market = table["Mkt-RF"] + table["RF"]
    months = pd.period_range("1926-07", periods=len(table), freq="M")
    both = {"US_LARGE": market - 0.1 * table["SMB"], "US_SMALL": market + 0.9 * table["SMB"]}
    return pd.DataFrame(both).set_axis(months)


@pytest.mark.parametrize("symbol", ["US_LARGE", "US_SMALL"])
def test_the_long_history_is_the_factors(symbol, returns):
    series = century.load(symbol)
    assert (str(series.dates[0]), str(series.dates[-1])) == ("1926-06-30", "2018-11-30")
    np.testing.assert_allclose(np.diff(np.log(series.adj_close)), np.log1p(returns[symbol]), atol=1e-9)
    assert series.warnings == (century.grade_of(symbol),)
    assert not series.is_sample


@pytest.mark.parametrize("symbol", century.GRADES)
def test_the_grades_that_every_output_shows_are_those_of_the_real_portfolios(symbol):
    folder = market_folder()
    for portfolio, r_squared, difference in century.GRADES[symbol]:
        found = grade(century.load(symbol), csv_folder.load(folder, portfolio))
        assert (str(found.first), str(found.last), found.months) == ("1926-07", "2018-11", 1109)
        assert found.r_squared == pytest.approx(r_squared, abs=5e-4)
        assert found.difference == pytest.approx(difference, abs=5e-5)


def test_the_size_portfolios_of_a_folder_are_their_table(tmp_path):
    folder = market_folder()
    table = pd.read_csv(folder / csv_folder.SIZE_PORTFOLIOS)
    series = csv_folder.load(folder, "FF_LO30")
    np.testing.assert_allclose(
        series.adj_close[1:] / series.adj_close[:-1] - 1, table["Lo30"] / 100, atol=1e-12
    )
    assert list(series.dates[1:].astype(str)) == list(table["date"])
    with pytest.raises(NotFound, match="FF_DEC99"):
        open_source(f"csv:{folder}").load("FF_DEC99")


def test_a_grade_by_hand():
    months = pd.period_range("2000-01", periods=30, freq="M")
    rng = np.random.default_rng(1)
    x, gap = rng.normal(0.01, 0.04, 29), rng.normal(0.001, 0.01, 29)
    dates = [str(month.end_time.date()) for month in months]
    ones = made("ONE", dates, 100 * np.cumprod(np.append(1, 1 + x)))
    other = made("TWO", dates, 100 * np.cumprod(np.append(1, 1 + x - gap)))
    found = grade(ones, other)
    assert found.months == 29
    assert found.difference == pytest.approx(12 * gap.mean())
    assert found.tracking_error == pytest.approx(np.sqrt(12) * gap.std(ddof=1))
    assert found.r_squared == pytest.approx(pd.Series(x).corr(pd.Series(x - gap)) ** 2)
    assert found.volatility == pytest.approx(x.std(ddof=1) / (x - gap).std(ddof=1))


def test_a_month_that_goes_on_and_one_without_a_price_have_no_return():
    days = pd.date_range("2000-01-01", "2003-06-10", freq="D")
    days = days[(days.year != 2001) | (days.month != 5)]
    one = made("ONE", [str(day.date()) for day in days], np.linspace(100, 200, len(days)))
    found = grade(one, one)
    assert (str(found.first), str(found.last)) == ("2000-02", "2003-05")
    assert found.months == 40 - 2  # neither May 2001 nor June 2001


def test_too_few_months_are_no_grade():
    one = made("ONE", ["2000-01-31", "2000-02-29", "2000-03-31"], [1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="ONE and ONE share 2 months; 24 are needed"):
        grade(one, one)


def test_the_yen_since_1949():
    rates = yen_history.load()
    by_day = pd.Series(rates.close, pd.DatetimeIndex(rates.dates))
    assert by_day["1949-04-30"] == by_day["1970-12-31"] == 360
    assert by_day["1971-01-31"] == 358.02
    assert by_day.index[by_day.index < "1999"].is_month_end.all()
    assert str(by_day.index[by_day.index >= "1999"][0].date()) == "1999-01-04"


def test_a_life_of_monthly_prices_is_a_plain_loop(tmp_path, returns):
    """Fixed mix, money at each month's end, put back to the weights once a year: by a loop over months."""
    path = tmp_path / "plain.yaml"
    path.write_text(PLAN.format(currency="USD", start="1926-06-30"))
    result = engine.run(path).result
    held, value = np.zeros(2), []
    for month, growth in zip(
        [returns.index[0] - 1, *returns.index], [(0.0, 0.0), *returns.itertuples(index=False)], strict=True
    ):
        held = held * (1 + np.array(growth))
        if month.month == 1 and month.year > 1926:
            total = held.sum() + 1000
            held = total * np.array([0.9, 0.1])
        else:
            held = held + 1000 * np.array([0.9, 0.1])
        value.append(held.sum())
    np.testing.assert_allclose(result.equity["value"], value, rtol=1e-9)
    assumptions = " ".join(str(item["english"]) for item in result.manifest["assumptions"])
    assert "Prices are monthly" in assumptions
    assert [str(item["english"]) for item in result.manifest["flags"]["data"]] == [
        str(century.grade_of(symbol)) for symbol in ("US_LARGE", "US_SMALL")
    ]


def test_an_audit_of_months_holds_in_every_figure(tmp_path):
    """Turnover, ulcer index and the rest of a plan that sells each year, by the records and by vectorbt."""
    path = tmp_path / "plain.yaml"
    path.write_text(PLAN.format(currency="USD", start="1990-01-31"))
    result = engine.run(path).result
    assert result.metrics["turnover"] > 0.001
    checks = [*check_again(result), *check_figures(result)[0]]
    assert {check.what for check in checks} >= {"turnover", "ulcer_index", "volatility"}
    assert [check for check in checks if not check.holds] == []


def test_the_yen_of_a_long_life_is_said(tmp_path):
    path = tmp_path / "plain.yaml"
    path.write_text(PLAN.format(currency="JPY", start="1949-04-30"))
    result = engine.run(path).result
    assumptions = " ".join(str(item["english"]) for item in result.manifest["assumptions"])
    assert "¥360 to 1970, from 1971 to 1998 the month's average, which is not the rate of" in assumptions
    for start, said in (
        (
            "1981-01-31",
            "to 1998 the month's average, which is not the rate of its last day, then the last ECB",
        ),
        ("2001-01-31", "at the last ECB fixing on or before the session"),
    ):
        path.write_text(PLAN.format(currency="JPY", start=start))
        manifest = engine.run(path).result.manifest
        assumptions = " ".join(str(item["english"]) for item in manifest["assumptions"])
        assert said in assumptions
        assert "¥360" not in assumptions
    path.write_text(PLAN.format(currency="JPY", start="1926-06-30"))
    with pytest.raises(DataError, match="begins on 1949-04-30: no rate of 1926-06-30 or earlier"):
        engine.run(path)


def test_a_century_of_weights_says_how_few_windows_do_not_overlap(tmp_path):
    result = engine.sweep(CENTURY / "allocation.yaml", out=tmp_path).result
    said = " ".join(map(str, result.findings))
    assert "all 5 others lie within the noise of 9 windows that do not overlap" in said
    assert result.tuning.independent == 9


@pytest.mark.parametrize(
    ("lang", "answer"),
    [
        (
            "en",
            ["none can be told from another", "11.10% at 5%, 11.28% at 10%, 11.54% at 15%", "9 share no day"],
        ),
        ("ja", ["誤差を超える差はありません", "5%で11.10%、10%で11.28%、15%で11.54%", "重ならないのは9期間"]),
    ],
)
def test_the_page_says_what_a_century_says_of_5_10_and_15_percent(lang, answer, tmp_path):
    engine.sweep(CENTURY / "allocation.yaml", out=tmp_path, lang=lang)
    page = html.unescape((tmp_path / "century_allocation" / "report.html").read_text(encoding="utf-8"))
    text = re.sub(r"<script.*?</script>|<[^>]+>", "", page, flags=re.DOTALL)
    for words in (*answer, "FF_DEC5", "0.963", "FF_HI30", "0.998"):
        assert words.replace(" ", "") in re.sub(r"\s", "", text), words


def test_ten_years_of_months_are_120_returns(tmp_path, returns):
    """A sum at once, from each month's end: what it came to, and its rate a year, by plain products."""
    result = engine.windows(CENTURY / "lump_or_monthly.yaml", out=tmp_path).result
    growth = (1 + returns["US_LARGE"]).to_numpy()
    expected = [100_000 * growth[t : t + 120].prod() for t in range(len(growth) - 119)]
    rows = result.study.table()
    mine = rows["cell"] == 0
    np.testing.assert_allclose(rows["final_value"][mine], expected, rtol=1e-9)
    days = np.diff(np.array([f"{1926 + t}-06-30" for t in (0, 10)], "datetime64[D]")).astype(int)[0]
    rate = (expected[0] / 100_000) ** (365.25 / days) - 1
    assert rows["twr_cagr"][mine][0] == pytest.approx(rate, rel=1e-9)
    said = " ".join(map(str, result.statements))
    assert (
        "a window of 10 years goes from the end of a month to that of the same month 10 years later" in said
    )


def test_a_year_that_begins_after_its_first_month_is_no_full_one(tmp_path, returns):
    """Money of 1 January is invested at the end of January: ten years by their name are 119 months."""
    path = tmp_path / "plain.yaml"
    text = PLAN.format(currency="USD", start="2001-01-01").replace("2018-11-30", "2010-12-31")
    plan = text.replace("{type: monthly, amount: 1000, day: 31}", "{type: lump_sum, amount: 1000}")
    path.write_text(plan.replace("satellite_weight: 0.10", "satellite_weight: 0"))
    result = engine.run(path).result
    months = returns["US_LARGE"]["2001-02":"2010-12"]
    growth = float((1 + months).prod())
    days = (np.datetime64("2010-12-31") - np.datetime64("2001-01-31")).astype(int)
    assert result.metrics["twr_cagr"] == pytest.approx(growth ** (365.25 / days) - 1, rel=1e-9)
    years = (1 + months["2002":]).groupby(lambda month: month.year).prod() - 1
    assert result.metrics["best_year"] == pytest.approx(years.max(), rel=1e-9)
    assert list(result.years["full"]) == [0] + [1] * 9
    assert all(check.holds for check in check_again(result))


@pytest.mark.parametrize("name", sorted(path.name for path in CENTURY.glob("*.yaml")))
def test_every_plan_of_the_century_has_a_study(name, tmp_path):
    study = engine.sweep if name.startswith("allocation") else engine.windows
    result = study(CENTURY / name, out=tmp_path).result
    assert result.summary.windows.min() > 400


def test_the_library_from_a_saved_zip(tmp_path):
    lines = ["  Value Weighted Returns -- Monthly", ",Lo 30,Hi 30", "192607,1.0,2.0", "192608,3.0,-1.0", ""]
    path = tmp_path / "saved.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Portfolios_Formed_on_ME.csv", "\r\n".join(lines))
    series = open_source(f"french:{path}").load("FF_HI30")
    np.testing.assert_allclose(series.adj_close, [100, 102, 100.98])
    with pytest.raises(NotFound, match=r"none\.zip"):
        open_source(f"french:{tmp_path / 'none.zip'}")
    path.write_bytes(b"no zip")
    with pytest.raises(BadData, match="no readable zip"):
        open_source(f"french:{path}").load("FF_HI30")


def test_the_library_is_cached_and_refused_offline_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    with pytest.raises(
        Offline, match="FF_HI30 from french is not in the cache and the network is not allowed"
    ):
        open_source("french", offline=True).load("FF_HI30")
    asked = []

    def fetch(symbol, **more):
        asked.append(symbol)
        return csv_folder.load(market_folder(), symbol)

    monkeypatch.setattr("engine.market.providers.french.fetch", fetch)
    series = open_source("french").load("FF_HI30")
    np.testing.assert_array_equal(
        open_source("french", offline=True).load("FF_HI30").adj_close, series.adj_close
    )
    assert asked == ["FF_HI30"]


def test_what_the_long_history_has_not():
    with pytest.raises(NotFound, match="VOO: not in the long history"):
        open_source("century").load("VOO")
    with pytest.raises(ConfigError, match="centuries"):
        open_source("centuries")


def test_the_package_is_read_and_not_imported():
    code = (
        "import sys; from engine.market.providers import century; century.load('US_SMALL'); "
        "sys.exit('arch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
