"""What closes, adjusted closes and payouts of a file say together; what a file is."""

import numpy as np
import pytest

from engine.errors import BadData, ConfigError
from engine.market.assets import asset
from engine.market.importer import ImportOptions, Unclear, import_csv
from engine.market.importer.payouts import closes_are, rebuilt, steps
from engine.market.providers import csv_folder
from tests.market_helpers import market_folder, walk

YEN, ETF = ImportOptions(kind="jp_fund"), ImportOptions(kind="us_etf")


def table(series, *, dividends=True, splits=False, adjusted=True, digits=6, close=None):
    """A file of ``series``, and its adjusted closes as a vendor makes them: times 1 - paid / close before."""
    close = series.close if close is None else close
    factor = np.append(1 - series.dividend[1:] / series.close[:-1], 1.0)
    adj = series.close * np.cumprod(factor[::-1])[::-1]
    names = [
        "Date",
        "Close",
        *["Adj Close"] * adjusted,
        *["Dividends"] * dividends,
        *["Stock Splits"] * splits,
    ]
    lines = [",".join(names)]
    for day, c, a, d in zip(series.dates, adj if close is None else close, adj, series.dividend):
        row = [str(day), f"{c:.{digits}f}", *[f"{a:.{digits}f}"] * adjusted, *[f"{d:.4f}"] * dividends]
        lines.append(",".join([*row, *["0.0"] * splits]))
    return "\n".join([*lines, ""]), adj


def in_cents(series):
    """``series`` with closes in cents and payouts of four decimals, as an exchange and a fund have them."""
    return series.replace(close=np.round(series.close, 2), dividend=np.round(series.dividend, 4))


def read(folder, text, said=ETF, symbol="FUND"):
    path = folder / "fund.csv"
    path.write_text(text, encoding="utf-8")
    return import_csv(path, symbol, said)


@pytest.mark.parametrize(("digits", "accuracy"), [(6, 1e-4), (2, 0.005)])
def test_payouts_are_rebuilt_from_adjusted_closes_when_a_person_says_so(tmp_path, digits, accuracy):
    truth = in_cents(walk(start="2018-01-01"))
    text, _ = table(truth, dividends=False, digits=digits)
    series, understood = read(tmp_path, text)
    assert np.isnan(series.dividend).all(), "unknown until somebody says so"
    assert understood.unknown == "adjusted"
    assert "total_return only" in str(understood.notes[0])
    series, understood = read(tmp_path, text, ImportOptions(kind="us_etf", payouts="adjusted"))
    np.testing.assert_array_equal(series.dividend > 0, truth.dividend > 0)
    np.testing.assert_allclose(series.dividend, truth.dividend, atol=accuracy)
    assert understood.unknown == ""
    with pytest.raises(BadData, match=r"adjusted closes know 7 distributions, the first on 2018-04-03"):
        read(tmp_path, text, ImportOptions(kind="us_etf", payouts="none"))


def test_payouts_of_a_japanese_reinvested_price_are_rebuilt_as_it_reinvests(tmp_path):
    """(close + paid) / close before, 60 times 50 yen: as a fund company rounds, and to the last yen."""
    dates = np.arange(np.datetime64("2015-01-01"), np.datetime64("2019-12-31"))
    close = np.round(4000 - np.arange(dates.size) + 40 * np.sin(np.arange(dates.size) / 5))
    paid = np.where(np.arange(dates.size) % 30 == 29, 50.0, 0.0)
    reinvested = np.cumprod(np.append(close[0], (close[1:] + paid[1:]) / close[:-1]))
    rows = "".join(f"{day},{c:.0f},{a:.2f}\n" for day, c, a in zip(dates, close, reinvested))
    said = ImportOptions(payouts="adjusted")
    series, _ = read(tmp_path, f"年月日,基準価額（分配金落ち後）,基準価額（分配金再投資）\n{rows}", said)
    np.testing.assert_allclose(series.dividend, paid, atol=0.05)


def test_small_monthly_payouts_are_seen_in_adjusted_closes_of_two_digits():
    close = np.round(100 + np.sin(np.arange(250) / 9), 2)
    paid = np.where(np.arange(250) % 21 == 20, 0.2, 0.0)
    factor = np.append(1 - paid[1:] / close[:-1], 1.0)
    adjusted = np.round(close * np.cumprod(factor[::-1])[::-1], 2)
    share = steps(close, adjusted, (2, 2))
    np.testing.assert_array_equal(share > 0, paid > 0)
    np.testing.assert_allclose(rebuilt(close, share, by_factor=True), paid, atol=0.006)


def test_adjusted_closes_without_a_step_say_that_nothing_was_paid(tmp_path):
    text, _ = table(in_cents(walk(start="2019-01-01")).replace(dividend=np.zeros(252)), dividends=False)
    series, understood = read(tmp_path, text)
    assert not series.dividend.any()
    assert understood.unknown == ""
    # 調整後終値 may know splits only.
    series, understood = read(tmp_path, text.replace("Adj Close", "調整後終値"), YEN)
    assert np.isnan(series.dividend).all()
    assert np.isnan(series.adj_close).all()
    assert understood.unknown == "unlisted"


def test_a_split_in_one_of_the_two_is_no_payout(tmp_path):
    truth = in_cents(walk(start="2019-01-01")).replace(dividend=np.zeros(252))
    text, _ = table(truth, dividends=False, close=np.where(np.arange(252) < 100, 4.0, 1.0) * truth.close)
    with pytest.raises(BadData, match=r"contradict each other on 2019-05-28 \(a split in one of them\?\)"):
        read(tmp_path, text, ImportOptions(kind="us_etf", payouts="adjusted"))


def test_closes_of_yfinance_are_adjusted_unless_they_are_whole_cents(tmp_path):
    truth = in_cents(walk(start="2018-01-01"))
    raw, adj = table(truth, adjusted=False, splits=True)
    series, _ = read(tmp_path, raw)
    np.testing.assert_allclose(series.close, truth.close)
    default, _ = table(truth, adjusted=False, splits=True, close=adj)
    series, understood = read(tmp_path, default)
    assert np.isnan(series.close).all(), "closes with dividends beside them would count these twice"
    np.testing.assert_allclose(series.adj_close, adj, rtol=1e-6)
    assert "total_return only" in str(understood.notes[0])
    few = "\n".join(default.splitlines()[:70])
    series, _ = read(tmp_path, few)
    assert np.isnan(series.close).all()


def test_closes_that_tell_nothing_are_asked_about(tmp_path):
    text = "Date,Close,Dividends,Stock Splits\n2024-01-04,100.123,0,0\n2024-01-05,99.5,0.5,0\n2024-01-08,99,0,0\n"
    with pytest.raises(Unclear, match=r"--closes raw or adjusted") as caught:
        read(tmp_path, text)
    assert caught.value.exit_code == 2
    assert read(tmp_path, text, ImportOptions(kind="us_etf", closes="raw"))[0].close[0] == 100.123
    assert np.isnan(read(tmp_path, text, ImportOptions(kind="us_etf", closes="adjusted"))[0].close[0])


def test_closes_before_a_split_are_cents_times_the_split():
    before, after = np.array([10.01, 10.05, 10.13, 9.99, 10.07, 10.03, 10.09, 10.11, 10.21]), np.full(3, 3.40)
    close = np.append(before / 3, after)
    splits = np.where(np.arange(12) == 9, 3.0, 0.0)
    paid = np.where(np.arange(12) == 11, 0.02, 0.0)
    days = np.arange(np.datetime64("2024-01-04"), np.datetime64("2024-01-16"))
    assert closes_are(days, close, paid, splits, "USD") == "raw"
    assert closes_are(days, close * 0.987, paid, splits, "USD") == "adjusted"
    assert closes_are(days - np.timedelta64(9000, "D"), close, paid, splits, "USD") == "unclear", (
        "in sixteenths"
    )


def test_closes_that_fall_with_a_split_are_refused(tmp_path):
    text = "Date,Close,Dividends,Stock Splits\n2024-01-04,100,0,0\n2024-01-05,50.5,0,2\n"
    with pytest.raises(BadData, match=r"fund.csv:3: the closes are not adjusted for the split of 2024-01-05"):
        read(tmp_path, text)
    assert read(tmp_path, text.replace("50.5", "101"))[0].close[1] == 101


def test_a_capital_gain_beside_a_smaller_dividend_is_added(tmp_path):
    rows = "2024-01-04,100,0,0,0\n2024-01-05,98,0.5,0,1.5\n2024-01-08,98,2,0,1.5\n"
    series, _ = read(tmp_path, f"Date,Close,Dividends,Stock Splits,Capital Gains\n{rows}")
    assert series.dividend.tolist() == [0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("paid", "words"),
    [
        (["1.5"] * 12, "12 of them, one every 1 days"),
        (["0"] * 5 + ["101"] + ["0"] * 6, "101 on 2024-01-09 is more than the price before, 100"),
        (["0", "80", "0", "0", "0", "0", "90"] + ["0"] * 5, "170 within a year before 2024-01-10"),
    ],
)
def test_payouts_that_no_fund_could_make_are_refused(tmp_path, paid, words):
    days = np.arange(np.datetime64("2024-01-04"), np.datetime64("2024-01-16"))
    rows = "".join(f"{day},100,{value}\n" for day, value in zip(days, paid))
    with pytest.raises(BadData) as caught:
        read(tmp_path, f"基準日,基準価額,分配金\n{rows}", ImportOptions())
    assert f"no fund can have paid what 分配金 says: {words}" in str(caught.value)


def test_weekly_and_monthly_payers_are_funds(tmp_path):
    days = np.arange(np.datetime64("2023-01-05"), np.datetime64("2024-01-05"), np.timedelta64(7, "D"))
    rows = "".join(f"{day},{20 - 0.1 * k:.2f},0.4\n" for k, day in enumerate(days))
    assert read(tmp_path, f"Date,Close,Distribution\n{rows}")[0].dividend.sum() == pytest.approx(0.4 * 53)


@pytest.mark.parametrize(
    ("text", "symbol", "kind", "why"),
    [
        ("Date,Close,Adj Close\n2024-01-05,400.12,399.1\n", "VOO", "us_etf", "by the registry"),
        ("基準日,基準価額\n2024-01-05,10000\n", "FUND", "jp_fund", "by its headings"),
        ("Date,Close\n2024-01-05,4700\n", "SP500TR", "index", "by the registry"),
    ],
)
def test_what_a_file_is_is_known_from_the_registry_or_its_headings(tmp_path, text, symbol, kind, why):
    _, understood = read(tmp_path, text, ImportOptions(), symbol)
    assert (understood.kind, str(understood.why)) == (kind, why)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Date,Close,Adj Close\n2024-01-05,400.12,399.1\n", "XYZ"),
        ("Date,Close\n2024-01-05,400.12\n", "XYZ"),
        ("日付,終値,調整後終値\n2024-01-05,400,400\n", "X1557"),
        ("基準日,基準価額(米ドル)\n2024-01-05,10.12\n", "XYZ"),
        ("基準日,基準価額\n2024-01-05,$10.12\n", "XYZ"),
        ("基準日,基準価額\n2024-01-05,10000\n", "VOO"),
    ],
)
def test_what_nothing_says_is_asked(tmp_path, text, symbol):
    with pytest.raises(Unclear, match=rf"what is {symbol}\?.*--kind us_etf, jp_fund, index or jp_etf"):
        read(tmp_path, text, ImportOptions(), symbol)


def test_contradictions_about_what_it_is(tmp_path):
    dollars, yen = "Date,Close\n2024-01-05,$400.12\n", "Date,Close(円)\n2024-01-05,4000\n"
    with pytest.raises(ConfigError, match="VOO is a US ETF in dollars in the registry, not a yen fund"):
        read(tmp_path, dollars, YEN, "VOO")
    with pytest.raises(BadData, match="the prices are in USD, and XYZ is a yen fund in JPY"):
        read(tmp_path, dollars, YEN, "XYZ")
    with pytest.raises(BadData, match="the prices are in JPY, and XYZ is a US ETF in dollars in USD"):
        read(tmp_path, yen, ETF, "XYZ")
    with pytest.raises(Unclear, match=r"in which currency is NIFTY\?.*--currency USD or JPY"):
        read(tmp_path, "Date,Close\n2024-01-05,33377.42\n", ImportOptions(kind="index"), "NIFTY")
    with pytest.raises(ConfigError, match="the file lists its distributions"):
        read(tmp_path, "基準日,基準価額,分配金\n2024-01-05,10000,0\n", ImportOptions(payouts="none"))
    with pytest.raises(ConfigError, match=r"--column nav=…: the columns are date, price, adjusted, payout"):
        read(tmp_path, dollars, ImportOptions(kind="us_etf", columns={"nav": "Close"}))


def test_the_folders_own_row_tells_too(tmp_path):
    from engine.market.assets import read_assets

    (tmp_path / "assets.csv").write_text("symbol,kind,currency\nX1557,index,JPY\n")
    path = tmp_path / "x.csv"
    path.write_text("Date,Close\n2024-01-05,400\n")
    series, understood = import_csv(path, "X1557", own=read_assets(tmp_path / "assets.csv"))
    assert (understood.kind, series.currency, series.dividend[0]) == ("index", "JPY", 0)
    assert not asset("X", {}).known


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("0", "", "0.5"), [0, np.nan, 0.5]),
        (("", "", "0.5"), [0, 0, 0.5]),
        (("--", "--", "0.5"), [0, 0, 0.5]),
        (("", "", ""), [np.nan] * 3),
    ],
)
def test_an_empty_payout_is_none_or_unknown_by_its_column(tmp_path, cells, expected):
    rows = "".join(f"2024-01-0{k},100,{cell}\n" for k, cell in enumerate(cells, start=3))
    series, understood = read(tmp_path, f"date,close,dividend\n{rows}")
    np.testing.assert_array_equal(series.dividend, expected)
    assert np.isfinite(series.adj_close).all() == np.isfinite(expected).all()
    assert (understood.unknown == "unlisted") == np.isnan(expected).all()
    series, _ = read(tmp_path, f"基準日,基準価額,分配金\n{rows}", ImportOptions())
    np.testing.assert_array_equal(series.dividend, np.nan_to_num(expected))


def test_the_programs_own_files_come_back_as_they_are(tmp_path):
    truth = in_cents(walk(start="2019-01-01")).replace(symbol="FUND")
    truth = truth.replace(dividend=np.where(np.arange(252) < 20, np.nan, truth.dividend))
    series, _ = read(tmp_path, csv_folder.text_of(truth))
    assert series.sha256 == truth.sha256


REAL = ("AGG", "IWM", "SPY", "VOO", "VT")


@pytest.mark.market
@pytest.mark.parametrize("symbol", REAL)
@pytest.mark.parametrize("digits", [6, 4, 2])
def test_real_payouts_are_rebuilt(symbol, digits):
    """Against the payouts that are listed: none missing (but for the smallest in two digits), none made up."""
    series = csv_folder.load(market_folder(), symbol)
    known = np.isfinite(series.close) & np.isfinite(series.adj_close)
    close, adjusted = np.round(series.close[known], 4), np.round(series.adj_close[known], digits)
    paid = np.nan_to_num(series.dividend[known])
    share = steps(close, adjusted, (4, digits))
    assert (share >= 0).all()
    found = rebuilt(close, share, by_factor=True)
    missed = (paid > 0) != (found > 0)
    assert np.count_nonzero(missed) <= (digits == 2)
    assert found.sum() == pytest.approx(paid.sum(), rel=2e-4)


@pytest.mark.market
@pytest.mark.parametrize("symbol", REAL)
def test_real_closes_and_adjusted_closes_are_told_apart(symbol):
    series = csv_folder.load(market_folder(), symbol)
    paid = np.nan_to_num(series.dividend)
    none = np.zeros(paid.size)
    assert closes_are(series.dates, series.close, paid, none, "USD") == "raw"
    assert closes_are(series.dates, series.adj_close, paid, none, "USD") == "adjusted"
