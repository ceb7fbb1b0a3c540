import re
import time

import numpy as np
import pytest

from engine.errors import BadData, NotFound
from engine.market import table
from engine.market.providers import csv_folder
from tests.market_helpers import days

GOOD = "date,close,adj_close,dividend\n2024-01-04,10,9.5,0\n2024-01-05,10.5,10.25,0.25\n2024-01-08,,10.5,\n"


def written(folder, text, name="AAA.csv"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_good_file(tmp_path):
    written(tmp_path, GOOD)
    series = csv_folder.load(tmp_path, "AAA")
    assert np.array_equal(series.dates, days("2024-01-04", "2024-01-05", "2024-01-08"))
    np.testing.assert_array_equal(series.close, [10, 10.5, np.nan])
    np.testing.assert_array_equal(series.adj_close, [9.5, 10.25, 10.5])
    np.testing.assert_array_equal(series.dividend, [0, 0.25, np.nan])
    assert (series.symbol, series.currency, series.source) == ("AAA", "USD", "csv:AAA.csv")


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.rstrip("\n"),
        GOOD + "\n\n",
        GOOD.replace("date", '"Date"').replace("close", "CLOSE", 1),
        "date,volume,close,adj_close,dividend\n2024-01-04,1,10,9.5,0\n2024-01-05,2,10.5,10.25,0.25\n"
        "2024-01-08,x,,10.5,\n",
    ],
    ids=["crlf", "bom", "no last newline", "blank lines", "quotes and capitals", "another column"],
)
def test_the_same_values_in_other_clothes(tmp_path, text):
    written(tmp_path, GOOD, "BBB.csv")
    written(tmp_path, text)
    plain, other = csv_folder.load(tmp_path, "BBB"), csv_folder.load(tmp_path, "AAA")
    assert other.replace(symbol="BBB").sha256 == plain.sha256


def test_missing_columns_are_nan_and_a_rate_has_only_closes(tmp_path):
    written(tmp_path, "date,close\n2024-01-04,144.5\n", "USDJPY.csv")
    series = csv_folder.load(tmp_path, "USDJPY", currency="JPY")
    assert series.close[0] == 144.5
    assert np.isnan(series.adj_close[0])
    assert np.isnan(series.dividend[0])


def test_an_index_may_leave_its_caret_out_of_the_file_name(tmp_path):
    written(tmp_path, GOOD, "SP500TR.csv")
    assert csv_folder.load(tmp_path, "^SP500TR").symbol == "^SP500TR"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "AAA.csv:1: the header must have date and close or adj_close, came: nothing"),
        ("close,adj_close\n1,1\n", "AAA.csv:1: the header must have date"),
        ("date,price\n2024-01-04,1\n", "AAA.csv:1: the header must have date and close"),
        ("date,close,close\n", "AAA.csv:1: a column name comes twice"),
        ("date,close\n", "AAA.csv: no rows under the header"),
        ("date,close\n2024-01-04,1\n2024-01-05,abc\n", "AAA.csv:3: close: 'abc' is not a finite number"),
        ("date,close\n2024-01-04,inf\n", "AAA.csv:2: close: 'inf' is not a finite number"),
        ("date,close\n2024-01-04,nan\n", "AAA.csv:2: close: 'nan' is not a finite number"),
        ("date,close\n2024-01-04,1e999\n", "AAA.csv:2: close: '1e999' is not a finite number"),
        ("date,close\n2024-01-04,1_000\n", "AAA.csv:2: close: '1_000' is not a finite number"),
        ('date,close\n2024-01-04,"1,000"\n', "AAA.csv:2: close: '1,000' is not a finite number"),
        ("date,close\n2024-1-04,1\n", "AAA.csv:2: date: '2024-1-04' is not a date like 2024-01-05"),
        ("date,close\n20240104,1\n", "AAA.csv:2: date: '20240104' is not a date"),
        ("date,close\n2024-02-30,1\n", "AAA.csv:2: date: '2024-02-30' is not a date"),
        ("date,close\n2024-W01-1,1\n", "AAA.csv:2: date: '2024-W01-1' is not a date"),
        ("date,close\nNaT,1\n", "AAA.csv:2: date: 'NaT' is not a date"),
        ("date,close\n,1\n", "AAA.csv:2: date: '' is not a date"),
        ("date,close\n2024-01-04\n", "AAA.csv:2: 1 cells, the header has 2"),
        ("date,close\n2024-01-04,1,2\n", "AAA.csv:2: 3 cells, the header has 2"),
        ("date,close\n2024-01-04,1\n2024-01-04,1\n", "AAA.csv:3: 2024-01-04 comes twice"),
        ("date,close\n2024-01-05,1\n2024-01-04,1\n", "AAA.csv:3: 2024-01-04 follows 2024-01-05: the dates"),
        ('date,close\n2024-01-04,"1\n', "AAA.csv:"),
        ("date,close\n2024-01-04,1\n2024-01-05,1\0\n", "AAA.csv:3: close: "),
        (b"date,close\n2024-01-04,1\n2024-01-05,\x8a\xee\n", "AAA.csv:3: not UTF-8 text"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, message):
    written(tmp_path, text)
    with pytest.raises(BadData, match=re.escape(message)) as caught:
        csv_folder.load(tmp_path, "AAA")
    assert "\n" not in str(caught.value)


def test_a_missing_file_suggests_the_nearest(tmp_path):
    written(tmp_path, GOOD, "IWM.csv")
    with pytest.raises(NotFound, match="did you mean IWM"):
        csv_folder.load(tmp_path, "IWN")
    with pytest.raises(NotFound, match="it has IWM"):
        csv_folder.load(tmp_path, "QQQ")
    with pytest.raises(NotFound, match="no such folder"):
        csv_folder.load(tmp_path / "none", "IWM")


def test_a_file_too_large_is_refused_without_reading_it_all(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MAX_BYTES", 100)
    written(tmp_path, GOOD * 10)
    with pytest.raises(BadData, match="no table of one symbol"):
        csv_folder.load(tmp_path, "AAA")
    monkeypatch.setattr(table, "MAX_BYTES", 10_000)
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    written(tmp_path, GOOD)
    with pytest.raises(BadData, match="more than 2 rows"):
        csv_folder.load(tmp_path, "AAA")


def test_eight_thousand_rows_are_read_quickly(tmp_path):
    dates = np.datetime64("1990-01-01") + np.arange(8000).astype("timedelta64[D]")
    written(
        tmp_path,
        "date,close,adj_close,dividend\n" + "".join(f"{day},123.456789,98.7654321,0\n" for day in dates),
    )
    csv_folder.load(tmp_path, "AAA")
    took = []
    for _ in range(5):
        start = time.perf_counter()
        csv_folder.load(tmp_path, "AAA")
        took.append(time.perf_counter() - start)
    assert min(took) < 0.5, "a generous bound: 12 ms on an idle machine"


@pytest.mark.parametrize("name", ["Adj Close", "ADJ CLOSE", "調整後終値", '"Adj Close"'])
def test_other_names_of_adjusted_closes(tmp_path, name):
    written(tmp_path, f"Date,Close,{name},Volume\n2024-01-04,10,9.5,1\n")
    assert csv_folder.load(tmp_path, "AAA").adj_close.tolist() == [9.5]
    written(tmp_path, f"date,adj_close,{name}\n2024-01-04,10,9.5\n")
    with pytest.raises(BadData, match="a column name comes twice"):
        csv_folder.load(tmp_path, "AAA")
