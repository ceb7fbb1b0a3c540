from dataclasses import replace

import numpy as np
import pytest

from engine.errors import BadData, DataError, NotFound
from engine.market.assets import KINDS, all_assets, asset, read_assets, text_row
from engine.market.importer import ImportOptions, import_csv, keep
from engine.market.importer import text as importer_text
from engine.market.panel_builder import build_panel
from engine.market.providers import csv_folder
from tests.market_helpers import days

ASSOCIATION = """年月日,基準価額(円),純資産総額（百万円）,分配金,決算期
2024年01月04日,10000,10,,
2024年01月05日,"10,100",11,,
2024年01月09日,10050,11,50,1
2024年01月10日,10150,12,0.00,
"""
COMPANY = """ｅＭＡＸＩＳ　見本ファンド
基準日,基準価額(円),基準価額（分配金再投資）(円),分配金（税引前）(円),純資産総額（億円）
2024/1/4,10000,10000,,0.01
2024/1/5,10100,10100,,0.01
2024/1/9,10050,10150,50,0.01
2024/1/10,10150,10251,0,0.01
"""
LATEST = """基準日,基準価額（円）,前日比,純資産総額,直近決算日,直近分配金,分配金再投資基準価額
20240110,10150,100,12,20240109,50,10251
20240109,10050,-50,11,20240109,50,10150
20240105,10100,100,11,20231010,30,10100
20240104,10000,0,10,20231010,30,10000
"""
ENGLISH = "Date,Close,Adj Close,Dividends,Volume\n2024-01-04,10000,9950.2,0,5\n2024-01-05,10100,10049.7,0,5\n"
YEN = ImportOptions(kind="jp_fund")
DAYS = days("2024-01-04", "2024-01-05", "2024-01-09", "2024-01-10")


def written(folder, text, encoding="utf-8", name="fund.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("above", "title"),
    [
        ("設定日：2018年7月3日\n見本ファンド\n", "見本ファンド"),
        ("設定日,2018/07/03\n見本ファンド,2024年1月\n", "見本ファンド"),
        ("ファンド名：見本ファンド\n", "見本ファンド"),
        ("ファンド名,見本ファンド\n", "見本ファンド"),
        ('20240110\n"見本ファンド"\n', "見本ファンド"),
        ("令和6年1月10日\n", ""),
        ("", ""),
    ],
)
def test_the_title_is_the_funds_name_and_no_date_beside_it(tmp_path, above, title):
    text = above + COMPANY.split("\n", 1)[1]
    assert import_csv(written(tmp_path, text), "FUND")[1].title == title


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "text", [ASSOCIATION, COMPANY, LATEST], ids=["association", "company", "latest payout"]
)
def test_the_forms_of_fund_companies(tmp_path, text, encoding, newline):
    series, understood = import_csv(written(tmp_path, text.replace("\n", newline), encoding), "FUND")
    assert np.array_equal(series.dates, DAYS)
    np.testing.assert_array_equal(series.close, [10000, 10100, 10050, 10150])
    np.testing.assert_array_equal(series.dividend, [0, 0, 50, 0])
    # 10,150 of the last price, less the growth with the payout reinvested.
    growth = series.adj_close[1:] / series.adj_close[:-1]
    np.testing.assert_allclose(growth, [1.01, 10100 / 10100, 10150 / 10050], atol=0.005)
    assert understood.encoding == encoding
    assert (understood.rows, understood.payouts, understood.paid) == (4, 1, 50)
    assert (understood.first, understood.last) == ("2024-01-04", "2024-01-10")
    assert (understood.lowest, understood.highest) == (10000, 10150)
    assert understood.skipped == ()
    assert series.currency == "JPY"


def test_what_was_understood_is_said(tmp_path):
    _, understood = import_csv(written(tmp_path, COMPANY, "cp932"), "FUND")
    assert understood.title == "ｅＭＡＸＩＳ　見本ファンド"
    assert understood.header_line == 2
    assert [column.role for column in understood.columns] == ["date", "nav", "reinvested", "payout", "assets"]
    assert understood.columns[1].heading == "基準価額(円)"
    assert str(understood.date_format) == "YYYY/MM/DD"
    assert str(understood.order) == "oldest first"
    assert understood.notes == ()
    _, understood = import_csv(written(tmp_path, LATEST), "FUND")
    assert str(understood.order) == "newest first"
    assert str(understood.date_format) == "YYYYMMDD"
    assert [column.role for column in understood.columns][2:6] == [
        "",
        "assets",
        "latest_date",
        "latest_payout",
    ]


def test_an_english_file(tmp_path):
    series, understood = import_csv(written(tmp_path, ENGLISH), "ETF", ImportOptions(kind="us_etf"))
    np.testing.assert_array_equal(series.adj_close, [9950.2, 10049.7])
    assert series.currency == "USD"
    assert understood.columns[-1].role == ""


@pytest.mark.parametrize(
    ("text", "format_", "day"),
    [
        ("2024/01/05", "YYYY/MM/DD", "2024-01-05"),
        ("2024-1-5", "YYYY-MM-DD", "2024-01-05"),
        ("2024.01.05", "YYYY.MM.DD", "2024-01-05"),
        ("20240105", "YYYYMMDD", "2024-01-05"),
        ("2024年1月5日", "YYYY年M月D日", "2024-01-05"),
        ("２０２４年１月５日", "YYYY年M月D日", "2024-01-05"),
        ("2024年01月05日(金)", "YYYY年M月D日", "2024-01-05"),
        ("2024/01/05（金）", "YYYY/MM/DD", "2024-01-05"),
        ("2024/1/5 0:00", "YYYY/MM/DD", "2024-01-05"),
        ("2024-01-05T00:00:00", "YYYY-MM-DD", "2024-01-05"),
        ("令和6年1月5日", "Japanese era", "2024-01-05"),
        ("令和元年5月7日", "Japanese era", "2019-05-07"),
        ("平成31年4月26日", "Japanese era", "2019-04-26"),
        ("H31.4.26", "Japanese era", "2019-04-26"),
        ("R6/1/5", "Japanese era", "2024-01-05"),
        ("昭和64年1月6日", "Japanese era", "1989-01-06"),
        ("25/12/2023", "DD/MM/YYYY", "2023-12-25"),
        ("12/25/2023", "MM/DD/YYYY", "2023-12-25"),
    ],
)
def test_dates_as_people_write_them(tmp_path, text, format_, day):
    series, understood = import_csv(written(tmp_path, f"日付,基準価額\n{text},100\n"), "FUND")
    assert str(series.dates[0]) == day
    assert str(understood.date_format) == format_


def test_one_date_settles_the_others(tmp_path):
    series, _ = import_csv(written(tmp_path, "date,nav\n05/01/2024,100\n15/01/2024,101\n"), "FUND", YEN)
    assert series.dates.astype(str).tolist() == ["2024-01-05", "2024-01-15"]
    with pytest.raises(BadData, match=r"fund.csv:2: 05/01/2024 could be two days"):
        import_csv(written(tmp_path, "date,nav\n05/01/2024,100\n06/01/2024,101\n"), "FUND")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("10,038", 10038),
        ("１０，０３８", 10038),
        ("¥10,038", 10038),
        ("10038円", 10038),
        (" 10038.5 ", 10038.5),
    ],
)
def test_numbers_as_people_write_them(tmp_path, cell, value):
    series, _ = import_csv(written(tmp_path, f'基準日,基準価額\n2024/1/5,"{cell}"\n'), "FUND")
    assert series.close[0] == value


def test_rows_left_out_are_counted_and_shown(tmp_path):
    text = ASSOCIATION + "\n2024年01月11日,-,12,,\n※ 過去の実績です,,,,\n2024年01月10日,10150,12,0.00,\n"
    series, understood = import_csv(written(tmp_path, text), "FUND")
    assert series.dates.size == 4
    assert {str(reason): n for reason, n in understood.skipped} == {
        "without a price": 1,
        "without a date": 1,
        "repeated": 1,
    }
    assert [(line, str(reason)) for line, reason, _ in understood.examples] == [
        (7, "without a price"),
        (8, "without a date"),
    ]
    assert understood.examples[1][2] == "※ 過去の実績です,,,,"


def test_what_the_file_does_not_say_stays_unknown(tmp_path):
    series, understood = import_csv(written(tmp_path, "基準日,基準価額\n2024/1/5,100\n"), "FUND")
    assert np.isnan(series.dividend[0])
    assert understood.unknown == "unlisted"
    assert str(understood.notes[0]).startswith("no column of distributions: they are unknown")
    series, understood = import_csv(
        written(tmp_path, "基準日,基準価額\n2024/1/5,100\n"), "FUND", ImportOptions(payouts="none")
    )
    assert series.dividend[0] == 0
    assert understood.unknown == ""
    series, understood = import_csv(written(tmp_path, "基準日,分配金再投資基準価額\n2024/1/5,100\n"), "FUND")
    assert np.isnan(series.close[0])
    assert series.adj_close[0] == 100
    assert "total_return only" in str(understood.notes[0])


def test_two_columns_of_a_kind_are_an_error_that_names_both(tmp_path):
    path = written(tmp_path, "日付,基準価額,基準価額(参考)\n2024/1/5,100,7\n")
    with pytest.raises(
        BadData, match=r"fund.csv:1: 2 columns could be the price: 基準価額 and 基準価額\(参考\)"
    ):
        import_csv(path, "FUND")
    series, _ = import_csv(path, "FUND", ImportOptions(columns={"price": "基準価額"}))
    assert series.close[0] == 100


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters(tmp_path, delimiter):
    series, _ = import_csv(
        written(tmp_path, "基準日,基準価額\n2024/1/5,100\n".replace(",", delimiter)), "FUND"
    )
    assert series.close[0] == 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no line of headings"),
        ("2024/1/5,100\n", "no line of headings"),
        ("基準日,純資産総額\n2024/1/5,100\n", "no line of headings"),
        ("基準日,基準価額\n", "no row with a date and a price under the headings (none)"),
        ("基準日,基準価額\n合計,100\n", "(1 without a date)"),
        ("基準日,基準価額\n2024/1/5,abc\n", "fund.csv:2: 基準価額: 'abc' is not a number"),
        ("基準日,基準価額\n2024/1/5,1\n2024/1/6,inf\n", "fund.csv:3: 基準価額: 'inf'"),
        ("基準日,基準価額\n2024/1/5,1_000\n", "fund.csv:2: 基準価額: '1_000'"),
        ("基準日,基準価額\n2024/1/5,0\n", "fund.csv:2: 基準価額: '0' is not a positive price"),
        ("基準日,基準価額\n2024/1/5,-5\n", "fund.csv:2: 基準価額: '-5' is not a positive price"),
        ("基準日,基準価額\n2024/2/30,100\n", "fund.csv:2: there is no day 2024-2-30"),
        ("基準日,基準価額\n0000/2/3,100\n", "fund.csv:2: there is no day 0-2-3"),
        ("基準日,基準価額,分配金\n2024/1/5,100,-1\n", "fund.csv:2: 分配金: '-1' is below 0"),
        (
            "基準日,基準価額\n2024/1/5,100\n2024/1/5,101\n",
            "2024-01-05 comes twice with different values: 100 (line 2)",
        ),
        ('基準日,基準価額\n2024/1/5,"100\n2024/1/6,101\n', "fund.csv:2: a cell that does not end"),
        (
            '基準日,基準価額\n2024/1/5,100\n"2024/1/6,101\n2024/1/9,102\n',
            "fund.csv:3: a cell that does not end",
        ),
        (
            '基準日,基準価額,備考\n2024/1/5,100,"あ\n2024/1/6,101,い\n2024/1/9,102,う"\n2024/1/10,103,え\n',
            "fund.csv:2: a cell that does not end: a quotation mark is missing",
        ),
        ('基準日,基準価額\n2024/1/5,100\n2024/1/6,"10', "fund.csv:3: a cell that does not end"),
        (
            "基準日,基準価額,分配金\n2024/1/5,100,0\n2024/1/6,10",
            "fund.csv:3: the file ends within this row: '2024/1/6,10' (get the file again, or take the row out)",
        ),
        (
            "基準日,基準価額\n2024/1/5,100\n2024/1/6;101\n2024/1/9,102\n",
            "fund.csv:3: its cells are not separated like those of other rows: 2024/1/6;101",
        ),
        (
            "Date,Close\n45296,100\n45299,101\n",
            "fund.csv:2: Date: '45296' is not a date (in Excel it is 2024-01-05 or, "
            "where days are counted from 1904, 2028-01-06: show the column as dates (yyyy-mm-dd) and save it",
        ),
        (
            "基準日,基準価額(円),分配金(ドル)\n2024/1/4,10100,0\n",
            "fund.csv:1: 基準価額(円) is in JPY, 分配金(ドル) in USD",
        ),
        (
            "Date,NAV,Dividends\n2024-01-04,$40.1,0\n2024-01-05,$40.2,¥15\n",
            "fund.csv:3: NAV is in USD, Dividends in JPY",
        ),
        (
            "基準日,基準価額（100口当たり）,分配金（1口当たり）\n2024/1/4,10100,0\n",
            "are of different numbers of 口",
        ),
        ("Date\tClose\n2024-01-05\t1\n".encode("utf-16-be"), "not a text file"),  # without its mark
        (
            "Date,Close\n2024-01-05,1\n".encode("utf-16") + b"\n",
            "fund.csv:3: not UTF-16 text like the lines before",
        ),
        (b"PK\x03\x04\x00\x00", "the workbook is damaged"),
        (b"\x00\x01a,b", "not a text file"),
        (b"\x80\x81\xfd\xfe\xff", "neither UTF-8 nor Shift_JIS"),
        (
            "基準日,基準価額\n".encode() + b"2024/1/5,100\n" * 9000 + b"\x82\xa0\n",
            "not utf-8 text like the lines before",
        ),
        (b"a" * 70_000, "a line of more than 64 KB"),
    ],
)
def test_what_cannot_be_imported(tmp_path, text, words):
    with pytest.raises(BadData) as caught:
        import_csv(written(tmp_path, text), "FUND")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_cells_and_rows_that_look_cut_and_are_not(tmp_path):
    text = (
        '基準日,基準価額,備考\n2024/1/5,100,"あ\nい,う"\n2024/1/6,101\n2024/1/9,102\n\n※2024/1/9現在; 100口'
    )
    series, understood = import_csv(written(tmp_path, text), "FUND")
    assert series.close.tolist() == [100, 101, 102]
    assert [(str(reason), n) for reason, n in understood.skipped] == [("without a date", 1)]


def test_other_refusals(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        import_csv(tmp_path / "none.csv", "FUND")
    with pytest.raises(DataError, match="not a symbol"):
        import_csv(written(tmp_path, ENGLISH), "../FUND")


def test_a_file_of_gigabytes_is_refused_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(importer_text, "MAX_LINES", 50)
    path = written(tmp_path, "基準日,基準価額\n" + "2024/1/5,100\n" * 9000)
    with pytest.raises(BadData, match="more than 50 lines"):
        import_csv(path, "FUND")
    with path.open("ab") as file:
        file.truncate(2 * 2**30)  # a hole: the size of a large file, none of its disk
    with pytest.raises(BadData, match=r"is larger than the 16 MB it may have"):
        import_csv(path, "FUND")


def test_an_imported_fund_can_be_run(tmp_path):
    series, understood = import_csv(written(tmp_path, COMPANY, "cp932"), "MYFUND")
    folder = tmp_path / "prices"
    keep(series, folder, kind="jp_fund", title=understood.title, expense_ratio=0.0009372)
    assert (
        csv_folder.load(folder, "MYFUND", currency="JPY").replace(source=series.source).sha256
        == series.sha256
    )
    panel = build_panel(["MYFUND"], source=f"csv:{folder}")
    assert panel.kind == ("jp_fund",)
    assert panel.frames == (("G", "old_general"),)
    np.testing.assert_array_equal(panel.dividend[:, 0], [0, 0, 50, 0])
    item = asset("MYFUND", read_assets(folder / "assets.csv"))
    assert item.name("ja") == "ｅＭＡＸＩＳ　見本ファンド"
    assert item.expense_ratio == pytest.approx(0.0009372, abs=1e-15)
    keep(series, folder, kind="jp_fund", title="another name")
    assert [row.name_en for row in read_assets(folder / "assets.csv").values()] == [
        "ｅＭＡＸＩＳ　見本ファンド"
    ]
    with pytest.raises(NotFound):
        asset("MYFUND")


def test_a_registry_row_survives_being_written(tmp_path):
    from engine.market.asset_table import AssetTable

    table = AssetTable(tmp_path / "assets.csv")
    rows = [item for item in all_assets() if item.kind in KINDS]  # cash and deposits are no rows of one's own
    for item in rows:
        table = table.with_row(text_row(item))
    table.path.write_bytes(table.encoded())
    assert list(read_assets(table.path).values()) == list(map(_as_a_row, rows))


def _as_a_row(item):
    """What of an asset a row of one's own table has: the registry's dated fees, codes and hedges it has not."""
    own = {"fees": (), "code": "", "launched": None, "hedged": False, "withheld": 0.1}
    return replace(item, **own)
