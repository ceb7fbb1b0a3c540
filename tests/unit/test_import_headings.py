"""Headings, numbers and days of price files in their true forms: read as they are meant, or refused by name."""

import numpy as np
import pytest

from engine.errors import BadData
from engine.market.importer import ImportOptions, import_csv

YEN, ETF = ImportOptions(kind="jp_fund"), ImportOptions(kind="us_etf")


def read(folder, text, said=YEN, encoding="utf-8"):
    path = folder / "fund.csv"
    path.write_bytes(text.encode(encoding))
    return import_csv(path, "FUND", said)


@pytest.mark.parametrize(
    "above",
    [
        "基準日,2019/12/30,基準価額,2270円\n\n",
        "ファンド名,テスト\n基準日,2019/12/30,基準価額,2270円\n",
        '"見出しの""ある行\n',
    ],
)
def test_the_headings_are_the_line_that_fits_the_rows(tmp_path, above):
    headings = "年月日,基準価額（円）,純資産総額（百万円）,分配金（円）\n"
    series, understood = read(tmp_path, f"{above}{headings}2015/01/02,4092,5000,0\n2015/01/05,4000,5004,30\n")
    assert series.close.tolist() == [4092, 4000]
    assert series.dividend.tolist() == [0, 30]
    assert understood.columns[0].heading == "年月日"


def test_headings_may_break_inside_quotes(tmp_path):
    headings = '年月日,"基準価額\n(円)","分配金\n(円)","純資産総額\n(百万円)"\n'
    rows = "2015/01/02,4092,0,1234\n2015/01/05,4000,50,1235\n"
    series, understood = read(tmp_path, headings + rows, encoding="cp932")
    assert series.dividend.tolist() == [0, 50]
    assert [column.heading for column in understood.columns][1:3] == ["基準価額 (円)", "分配金 (円)"]


def test_units_may_stand_below_the_headings(tmp_path):
    text = "年月日,基準価額,分配金\n,(円),(円)\n2015/01/02,4092,0\n2015/01/05,4000,50\n"
    series, understood = read(tmp_path, text)
    assert series.dividend.tolist() == [0, 50]
    assert understood.columns[1].heading == "基準価額 (円)"


def test_a_first_row_without_a_price_is_no_heading(tmp_path):
    series, understood = read(tmp_path, "年月日,基準価額,分配金\n2015/01/02,-,20\n2015/01/05,4000,50\n")
    assert series.dividend.tolist() == [20, 50]
    assert understood.rows == 1


@pytest.mark.parametrize(
    ("headings", "roles"),
    [
        ("年月日,基準価額(円),分配金利回り(%),分配金(円)", ["date", "nav", "", "payout"]),
        ("Date,Close,Dividend Yield,Dividends", ["date", "nav", "", "payout"]),
        ("直近決算日,基準日,基準価額,直近分配金", ["latest_date", "date", "nav", "latest_payout"]),
        (
            "基準日,基準価額（分配金落ち後）,基準価額（分配金再投資）,純資産総額",
            ["date", "nav", "reinvested", "assets"],
        ),
        ("日付,始値,高値,安値,終値,出来高,調整後終値", ["date", "", "", "", "nav", "", "reinvested"]),
        ("基準日,基準価額,設定来分配金累計,分配金", ["date", "nav", "", "payout"]),
        ("As Of,NAV per Share,Ex-Dividends,Shares Outstanding", ["date", "nav", "payout", "shares"]),
        ("Date,Close/Last,Volume,Open,High,Low", ["date", "nav", "", "", "", ""]),
        (
            "Date,Close price adjusted for splits.,Adj Close Adjusted for splits",
            ["date", "nav", "reinvested"],
        ),
        ("基準日,基準価額(円),前日比(円),前日比(％),純資産総額(億円)", ["date", "nav", "", "", "assets"]),
        ("Date,Price,Open,High,Low,Vol.,Change %", ["date", "nav", "", "", "", "", ""]),
        ("Date,Close,Dividends,Ex-Dividend Date,Pay Date", ["date", "nav", "payout", "", ""]),
    ],
)
def test_what_a_heading_means(tmp_path, headings, roles):
    cells = {"latest_date": "2014/12/20", "date": "2015/01/05", "nav": "100", "reinvested": "100"}
    row = ",".join(cells.get(role, "0") for role in roles)
    _, understood = read(tmp_path, f"{headings}\n{row}\n")
    assert [column.role for column in understood.columns] == roles


@pytest.mark.parametrize(
    ("headings", "both"),
    [
        (
            "年月日,基準価額,分配金（税引後）,分配金（税引前）",
            "the distribution: 分配金（税引後） and 分配金（税引前）",
        ),
        ("年月日,基準日,基準価額", "the date: 年月日 and 基準日"),
        ("Date,Close,NAV", "the price: Close and NAV"),
        ("Date,Close,Adj Close,Adjusted Close", "the price with distributions reinvested: Adj Close and"),
    ],
)
def test_two_columns_for_one_thing_are_refused_with_both_names(tmp_path, headings, both):
    row = ",".join(
        "2015/01/05" if name in ("年月日", "基準日", "Date") else "100" for name in headings.split(",")
    )
    with pytest.raises(BadData) as caught:
        read(tmp_path, f"{headings}\n{row}\n")
    assert both in str(caught.value)


def test_a_person_may_say_which_column(tmp_path):
    text = "年月日,基準価額,分配金（税引後）,分配金（税引前）\n2015/01/05,1000,8,10\n2015/01/06,990,0,0\n"
    series, _ = read(tmp_path, text, ImportOptions(columns={"payout": "分配金（税引前）"}))
    assert series.dividend.tolist() == [10, 0]
    with pytest.raises(BadData, match="分配金（税引後） is after tax"):
        read(tmp_path, text, ImportOptions(columns={"payout": "分配金（税引後）"}))
    with pytest.raises(BadData, match="no column 分配; the headings are 年月日, 基準価額, 分配金"):
        read(tmp_path, text, ImportOptions(columns={"payout": "分配"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("年月日,基準価額,純資産総額\n2023/01/04,9,921,29763\n", "fund.csv:2: 4 cells under 3 headings"),
        ("年月日,基準価額\n2023/01/04,9,921\n", "fund.csv:2: 3 cells under 2 headings"),
        (
            "年月日,基準価額\n2023/01/04,9921\n24-Jan-05,9950\n",
            "fund.csv:3: 年月日: '24-Jan-05' is not a date",
        ),
        (
            "Date;Close\n2023-01-03;376,610\n2023-01-04;373,340\n",
            "the comma in '376,610' may mark thousands or dec",
        ),
        ('Date,Close\n2023-01-03,"376,610"\n', "may mark thousands or decimals"),
        (
            "Date;Close\n2023-01-03;376,61\n2023-01-04;1,234.5\n",
            "may mark thousands or decimals, and '1,234.5'",
        ),
        ("Date;Close\n2023-01-03;376.610\n", "the point in '376.610' may mark thousands or decimals"),
        ("Date;Close\n2023-01-03;376,61\n2023-01-04;376.61\n", "the comma in '376,61' may mark thousands"),
        ("Date,Close\n2024-01-04T15:00:00Z,100\n", "is one day in UTC and another in Tokyo"),
        ("Date,Close\n2024-02-30,100\n", "there is no day 2024-2-30"),
        ("Date,Close\nFoo 5 2024,100\n", "'Foo 5 2024' is not a date"),
    ],
)
def test_what_could_be_read_wrongly_is_refused(tmp_path, text, words):
    with pytest.raises(BadData) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "prices"),
    [
        (("376,61", "373,3"), [376.61, 373.3]),
        (("376,6100", "373,340"), [376.61, 373.34]),
        (("1.376,61", "1.373,340"), [1376.61, 1373.34]),
        (("1.376,61", "1.373"), [1376.61, 1373]),
        (("0,376", "0,373"), [0.376, 0.373]),
        (("1,376,610", "373,340"), [1376610, 373340]),
        (("1,376.61", "373,340"), [1376.61, 373340]),
        (("376.61", "$373.34"), [376.61, 373.34]),
        (("US$ 376.61", "NaN"), [376.61]),
    ],
)
def test_commas_and_points_by_what_the_whole_file_says(tmp_path, cells, prices):
    text = "".join(f"2023-01-0{k};{cell}\n" for k, cell in enumerate(cells, start=3))
    series, _ = read(tmp_path, f"Date;Close\n{text}", ETF)
    assert series.close.tolist() == prices


@pytest.mark.parametrize(
    "day",
    [
        "Jan 5, 2024",
        "January 5, 2024",
        "5 Jan 2024",
        "05-Jan-2024",
        "2024-Jan-05",
        "2024-01-05 00:00:00-05:00",
        "2024-01-05T00:00:00+09:00",
        "2024-01-05T00:00:00.000Z",
        "2024-01-05 09:30:00 UTC",
    ],
)
def test_days_with_names_of_months_times_and_zones(tmp_path, day):
    series, _ = read(tmp_path, f'Date,Close\n"{day}",100\n', ETF)
    assert series.dates.astype(str).tolist() == ["2024-01-05"]


def test_a_payout_on_a_row_without_a_price_is_kept(tmp_path):
    text = "Date,Close,Dividends\n2023-05-31,100,0\n2023-06-01,,2\n2023-06-02,99,0\n2023-06-05,,0\n"
    series, understood = read(tmp_path, text, ETF)
    assert series.dates.astype(str).tolist() == ["2023-05-31", "2023-06-01", "2023-06-02"]
    np.testing.assert_array_equal(series.close, [100, np.nan, 99])
    assert series.dividend.tolist() == [0, 2, 0]
    # 1 % down with 2 % paid on the next session: growth 101/100.
    np.testing.assert_allclose(series.adj_close[2] / series.adj_close[0], 1.01, rtol=1e-12)
    assert [(str(reason), n) for reason, n in understood.skipped] == [("without a price", 1)]


def test_a_line_of_very_many_cells_is_no_line_of_headings(tmp_path):
    with pytest.raises(BadData, match="no line of headings"):
        read(tmp_path, ("基準日,基準価額" + "," * 60_000 + "\n") * 60)
