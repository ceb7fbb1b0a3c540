"""The embedded sample: exact at the monthly and yearly facts, the same everywhere, derived funds by fee alone.

The facts are read, and every figure is computed, here once more and apart from the generator's own measure.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadData, NotFound
from engine.market.providers import sample
from engine.market.series import Series
from scripts import make_sample, sample_facts

ROOT = Path(__file__).parents[2]
DATA = ROOT / "engine/market/providers/sample_data"
YEARS = range(2001, 2026)

# SHA-256 of the decoded values (Series.sha256): the same on every machine and with every version of numpy.
SHA256 = {
    "SPY": "3aa5c697cae099968f92b531f96351ab865db986a675c212c77c592008193eed",
    "IWM": "60a0bba86ffe2d69dc51599f27f26bc5e5662cfccce9499d62e2477732d5a9ea",
    "IJR": "4707788a89992f0ed8da118fb194685efae440e3e8a64cfe91567cb0466b1c5a",
    "VOO": "5e701c4dbc2cc90382a7b2db295bec1f81e7181d4019b987273817e9994f7805",
    "IVV": "7a319b4aa999d001aa5024274cf86a58487a41684c67814afde82d84cb9b213e",
    "VTWO": "14bda64dcef13ea4634d91f2082fd2ddd2cc446aaffcee38eaf665e546871bdd",
    "SPSM": "a8858b8fe2a79caa1fc06eeb2765591f78a2fee2b629c8ce124fb534bb9dc4f8",
}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


FACTS = {(row["symbol"], int(row["year"])): row for row in rows("etf_years.csv")}


@pytest.fixture(scope="module")
def series() -> dict[str, Series]:
    return {symbol: sample.load(symbol) for symbol in sample.SYMBOLS}


def year_slice(s: Series, year: int) -> slice:
    first, last = np.searchsorted(s.dates, np.array([f"{year}-01-01", f"{year + 1}-01-01"], "datetime64[D]"))
    return slice(int(first), int(last))


def growth(s: Series) -> np.ndarray:
    """Daily total-return ratios from close and dividend alone; the first session has none."""
    return np.concatenate([[np.nan], (s.close[1:] + s.dividend[1:]) / s.close[:-1]])


def test_facts_cover_every_fund_and_year() -> None:
    assert set(FACTS) == {(symbol, year) for symbol in sample.BASE for year in YEARS}


@pytest.mark.parametrize("symbol", sample.BASE)
@pytest.mark.parametrize("year", YEARS)
def test_year_meets_its_facts_as_printed(series: dict[str, Series], symbol: str, year: int) -> None:
    s, fact = series[symbol], FACTS[symbol, year]
    now = year_slice(s, year)
    dates, ratios = s.dates[now], growth(s)[now]
    level = np.cumprod(ratios)

    assert f"{level[-1] - 1:.4f}" == f"{float(fact['total_return']):.4f}"
    assert f"{level.max():.4f}" == f"{float(fact['high']):.4f}"
    assert f"{level.min():.4f}" == f"{float(fact['low']):.4f}"
    assert str(dates[level.argmax()]) == fact["high_date"]
    assert str(dates[level.argmin()]) == fact["low_date"]
    assert (level == level.max()).sum() == (level == level.min()).sum() == 1
    volatility = np.log(ratios).std(ddof=1) * np.sqrt(252)
    assert f"{volatility:.4f}" == f"{float(fact['volatility']):.4f}"
    paid = (s.dividend[now] / s.close[now]).sum()
    assert f"{paid:.4f}" == f"{float(fact['dividend_yield']):.4f}"


@pytest.mark.parametrize("symbol", sample.BASE)
def test_every_month_ends_where_the_fund_did(series: dict[str, Series], symbol: str) -> None:
    s, facts = series[symbol], rows("etf_months.csv")
    month = s.dates.astype("datetime64[M]")
    for row in facts:
        now = month == np.datetime64(row["month"])
        # Two prices of IJR at 18 dollars, each rounded to a ten-thousandth, are 0.0000056 of it.
        assert np.prod(growth(s)[now]) - 1 == pytest.approx(float(row[symbol]), abs=6e-6)
    assert [row["month"] for row in facts] == [str(m) for m in np.unique(month)[1:]]


def test_months_and_years_are_the_same_facts() -> None:
    """Twelve months of six decimals make the year's four, but for IJR in 2008, on the edge of a rounding."""
    months = {row["month"]: row for row in rows("etf_months.csv")}
    for (symbol, year), fact in FACTS.items():
        product = np.prod([1 + float(months[f"{year}-{m:02}"][symbol]) for m in range(1, 13)])
        assert product - 1 == pytest.approx(float(fact["total_return"]), abs=0.5e-4 + 2e-7)


@pytest.mark.parametrize("row", rows("etf_correlations.csv"), ids=lambda row: row["year"])
def test_correlations_are_met_as_printed(series: dict[str, Series], row: dict[str, str]) -> None:
    for pair in ("SPY_IWM", "SPY_IJR", "IWM_IJR"):
        a, b = (series[symbol] for symbol in pair.split("_"))
        now = year_slice(a, int(row["year"]))
        found = np.corrcoef(np.log(growth(a)[now]), np.log(growth(b)[now]))[0, 1]
        assert f"{found:.3f}" == f"{float(row[pair]):.3f}"


def test_paths_start_from_the_real_closes(series: dict[str, Series]) -> None:
    # Closing prices of 2000-12-29, split-adjusted.
    assert {s: series[s].close[0] for s in sample.BASE} == {"SPY": 131.1875, "IWM": 47.875, "IJR": 18.0156}


def test_ten_years_agree_with_the_published_returns(series: dict[str, Series]) -> None:
    """2013-12-31 to 2023-12-29, dividends reinvested: IWM +98.95 %, IJR +128.54 %, VOO +210.58 %."""

    def percent(symbol: str) -> float:
        s = series[symbol]
        a, b = np.searchsorted(s.dates, np.array(["2013-12-31", "2023-12-29"], "datetime64[D]"))
        return float(100 * (np.prod(growth(s)[a + 1 : b + 1]) - 1))

    assert percent("IWM") == pytest.approx(98.95, abs=0.01)
    assert percent("IJR") == pytest.approx(128.54, abs=0.01)
    assert percent("VOO") == pytest.approx(210.58, abs=0.5)  # SPY with a fee is not quite VOO


@pytest.mark.parametrize("symbol", sample.SYMBOLS)
def test_values_are_the_same_bytes_everywhere(series: dict[str, Series], symbol: str) -> None:
    assert series[symbol].sha256 == SHA256[symbol]


@pytest.mark.parametrize("symbol", sample.SYMBOLS)
def test_series_is_well_formed_and_called_a_sample(series: dict[str, Series], symbol: str) -> None:
    s = series[symbol]
    assert (s.symbol, s.currency, s.source, s.is_sample) == (symbol, "USD", "sample", True)
    assert all("sample" in str(note) for note in s.notes)
    assert (str(s.dates[0]), str(s.dates[-1]), len(s.dates)) == ("2000-12-29", "2025-12-31", 6288)
    assert s.dates.dtype == np.dtype("datetime64[D]")
    assert (np.diff(s.dates) > np.timedelta64(0, "D")).all()
    for column in (s.close, s.adj_close, s.dividend):
        assert column.dtype == np.float64
        assert column.shape == s.dates.shape
        assert np.isfinite(column).all()
    assert (s.close > 0).all()
    assert (s.dividend >= 0).all()
    for money in (s.close, s.dividend):
        np.testing.assert_array_equal(money, np.rint(money * 10_000) / 10_000)


@pytest.mark.parametrize("symbol", sample.SYMBOLS)
def test_adjusted_close_follows_close_and_dividend(series: dict[str, Series], symbol: str) -> None:
    s = series[symbol]
    assert s.adj_close[-1] == s.close[-1]
    np.testing.assert_allclose(s.adj_close[1:] / s.adj_close[:-1], growth(s)[1:], rtol=1e-13)


@pytest.mark.parametrize("symbol", sample.SYMBOLS)
def test_four_dividends_a_year_on_quarterly_ex_dates(series: dict[str, Series], symbol: str) -> None:
    s = series[symbol]
    days: list[dt.date] = s.dates[s.dividend > 0].tolist()
    assert [(day.year, day.month) for day in days] == [(y, m) for y in YEARS for m in (3, 6, 9, 12)]
    weekday, earliest = (4, 15) if symbol in ("SPY", "VOO", "IVV") else (1, 22)
    usual = [day for day in days if day.weekday() == weekday]
    assert all(earliest <= day.day <= earliest + 6 for day in usual)
    moved = [str(day) for day in days if day.weekday() != weekday]
    # Good Friday 2008, and Christmas on a Tuesday: the session before.
    expected = ["2008-03-20"] if weekday == 4 else ["2001-12-24", "2007-12-24", "2012-12-24", "2018-12-24"]
    assert moved == expected


@pytest.mark.parametrize(
    ("symbol", "base", "percent"),
    [("VOO", "SPY", 0.06), ("IVV", "SPY", 0.06), ("VTWO", "IWM", 0.12), ("SPSM", "IJR", 0.03)],
)
def test_derived_fund_differs_by_its_fee_alone(
    series: dict[str, Series], symbol: str, base: str, percent: float
) -> None:
    s, b = series[symbol], series[base]
    np.testing.assert_array_equal(s.dates, b.dates)
    assert s.close[0] == b.close[0]
    days = np.diff(s.dates).astype(np.int64)
    extra = np.cumprod(1 + percent / 100 * days / 365)
    total = np.cumprod(growth(s)[1:]) / np.cumprod(growth(b)[1:])
    np.testing.assert_allclose(total, extra, rtol=5e-5)
    for year in YEARS:  # a year's own difference
        now = year_slice(s, year)
        ratio = np.prod(growth(s)[now]) / np.prod(growth(b)[now])
        assert ratio - 1 == pytest.approx(percent / 100, abs=2e-5)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(s.dividend / s.close, b.dividend / b.close, rtol=0, atol=1e-5)
    assert f"{base} plus {percent:.2f} % a year" in str(s.notes[-1])
    assert "2000-12-29" in str(s.notes[-1])


def test_sessions_are_the_exchange_calendar() -> None:
    np.testing.assert_array_equal(make_sample.nyse_sessions(), sample.load("SPY").dates)


@pytest.mark.market
@pytest.mark.skipif("BACKTEST_MARKET_DATA" not in os.environ, reason="BACKTEST_MARKET_DATA is not set")
@pytest.mark.parametrize("symbol", sample.BASE)
def test_days_are_the_real_sessions_but_simulated(series: dict[str, Series], symbol: str) -> None:
    s = series[symbol]
    with (Path(os.environ["BACKTEST_MARKET_DATA"]) / f"{symbol}.csv").open(encoding="utf-8") as lines:
        real = {row["date"]: float(row["adj_close"]) for row in csv.DictReader(lines)}
    inside = [day for day in real if "2000-12-29" <= day <= "2025-12-31"]
    assert inside == [str(day) for day in s.dates]
    returns = np.diff(np.log([real[day] for day in inside]))
    assert abs(np.corrcoef(returns, np.diff(np.log(s.adj_close)))[0, 1]) < 0.2
    assert np.prod(growth(s)[1:]) == pytest.approx(real[inside[-1]] / real[inside[0]], rel=1e-3)


def test_generator_makes_the_shipped_sample_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To one ten-thousandth of a dollar: logarithms may differ in the last bit between machines."""
    made = tmp_path / "sample.npz"
    assert make_sample.main(["--write", str(made)]) == 0
    assert sha256(made.read_bytes()).hexdigest() in capsys.readouterr().out
    shipped = sample.unpack(sample.intact())
    for again, before in zip(sample.unpack(made.read_bytes()), shipped, strict=True):
        assert np.abs(again.astype(np.int64) - before.astype(np.int64)).max() <= 1


def test_check_prints_what_the_docs_print(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_sample.main(["--check"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("all facts are met as printed\n")
    assert f"```\n{printed}```\n" in (ROOT / "docs/sample.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", ["a", "b"])
@pytest.mark.parametrize("year", YEARS)
def test_any_seed_meets_the_facts_with_other_days(year: int, seed: str) -> None:
    facts = sample_facts.read_facts()
    funds = [facts.years[symbol, year] for symbol in sample.BASE]
    spy = sample.load("SPY")
    now = year_slice(spy, year)
    dates = spy.dates[now]
    cov = make_sample.covariance(funds, facts.correlations[year])
    level = make_sample.simulate_year(dates, facts.months[year], funds, cov, seed)
    returns = np.diff(level, axis=0, prepend=np.zeros((1, 3)))
    np.testing.assert_allclose(np.cov(returns.T), cov, rtol=1e-9)
    for a, fund in enumerate(funds):
        assert np.exp(level[-1, a]) == pytest.approx(1 + fund.total_return, abs=0.5e-4)
        assert np.exp(level[:, a].max()) == pytest.approx(fund.high, abs=0.5e-4)  # a month's end is exacter
        assert np.exp(level[:, a].min()) == pytest.approx(fund.low, abs=0.5e-4)
    ends = sample_facts.month_ends(dates)[:-1]
    np.testing.assert_allclose(
        np.exp(level[ends]), np.cumprod(1 + facts.months[year], axis=0)[:-1], rtol=1e-12
    )
    shipped = np.diff(np.log(spy.adj_close))[now.start - 1 : now.stop - 1]
    assert abs(np.corrcoef(returns[:, 0], shipped)[0, 1]) < 0.9


def test_rounding_never_adds_up() -> None:
    """The index rebuilt from rounded closes and dividends stays within half a tick of the level asked for."""
    level = np.exp(np.cumsum(np.sin(np.arange(4000)) * 0.01))
    yields = np.where(np.arange(4000) % 63 == 62, 0.004, 0.0)
    close, dividend = make_sample.to_ticks(level, 18.0156, yields)
    rebuilt = np.cumprod(np.concatenate([[1.0], (close[1:] + dividend[1:]) / close[:-1]]))
    np.testing.assert_allclose(rebuilt, level / level[0], rtol=1.1 / close.min())
    np.testing.assert_allclose(dividend / close, yields, atol=1 / close.min())


@pytest.mark.parametrize(
    ("figure", "spoil"),
    [
        ("month", lambda c, d, t: c.__setitem__((t["month"], 0), c[t["month"], 0] * 1.0001)),
        ("total_return", lambda c, d, t: c.__setitem__((t["end"], 0), c[t["end"], 0] * 1.001)),
        ("high", lambda c, d, t: c.__setitem__((t["high"], 0), c[t["high"], 0] * 1.001)),
        ("low", lambda c, d, t: c.__setitem__((t["low"], 0), c[t["low"], 0] * 0.999)),
        ("outside", lambda c, d, t: c.__setitem__((t["high"] + 1, 0), c[t["high"], 0] * 1.02)),
        ("dates", lambda c, d, t: c.__setitem__((t["low"] + 1, 0), c[t["low"], 0] * 0.98)),
        ("dividend_yield", lambda c, d, t: d.__setitem__((t["low"], 0), 0.1)),
        ("start_price", lambda c, d, t: c.__setitem__((0, 0), 131.1876)),
        ("volatility", lambda c, d, t: c.__setitem__((t["low"] + 5, 0), c[t["low"] + 5, 0] * 1.03)),
        ("correlation", lambda c, d, t: c.__setitem__((t["low"] + 5, 0), c[t["low"] + 5, 0] * 1.03)),
    ],
)
def test_measure_sees_each_kind_of_fault(figure: str, spoil: object) -> None:
    dates, close_ticks, dividend_ticks = sample.unpack(sample.intact())
    close, dividend = close_ticks / 10_000, dividend_ticks / 10_000
    days = {
        "high": "2007-10-09",
        "low": "2007-03-05",
        "end": "2007-12-31",
        "month": "2007-05-31",
    }  # SPY's in 2007
    where = {name: int(np.searchsorted(dates, np.datetime64(day))) for name, day in days.items()}
    facts = sample_facts.read_facts()
    sound = sample_facts.measure(facts, dates, close, dividend)
    assert sound.holds
    spoil(close, dividend, where)  # type: ignore[operator]
    found = sample_facts.measure(facts, dates, close, dividend)
    assert not found.holds
    assert not replace(sound, **{figure: getattr(found, figure)}).holds


def test_unknown_symbol_names_the_known_and_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        sample.load("VO0")
    assert "'VO0'" in str(caught.value)
    assert "did you mean VOO?" in str(caught.value)
    assert "SPY, IWM, IJR, VOO, IVV, VTWO, SPSM" in str(caught.value)
    with pytest.raises(NotFound) as caught:
        sample.load("^GSPC")
    assert "did you mean" not in str(caught.value)
    with pytest.raises(NotFound, match="did you mean SPY"):
        sample.load("spy")


@pytest.mark.parametrize("position", [0, 100, 27_000, -1])
def test_one_flipped_bit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, position: int) -> None:
    damaged = bytearray(sample.PACKED.read_bytes())
    damaged[position] ^= 1
    (tmp_path / "sample.npz").write_bytes(damaged)
    monkeypatch.setattr(sample, "PACKED", tmp_path / "sample.npz")
    with pytest.raises(BadData, match="damaged"):
        sample.load("SPY")
    monkeypatch.setattr(sample, "PACKED", tmp_path / "nothing.npz")
    with pytest.raises(BadData, match="cannot be read"):
        sample.load("SPY")


def test_loading_is_small_and_needs_no_pandas() -> None:
    assert sample.PACKED.stat().st_size < 200_000
    code = (
        "import sys; from engine.market.providers.sample import load; load('VOO'); "
        "print([m for m in ('pandas', 'exchange_calendars', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_series_are_fresh_arrays() -> None:
    """Changing one loaded series leaves the next one alone."""
    sample.load("SPY").close[:] = 0
    assert sample.load("SPY").close[0] == 131.1875
