"""Workbooks of issuers, and the CSV files of Stooq and investing.com: read, or refused in one line."""

import zipfile
from io import BytesIO

import numpy as np
import pytest

from engine.errors import BadData, DataError
from engine.market.exchanges import nyse_sessions
from engine.market.flows import load_flows, load_months
from engine.market.importer import ImportOptions, Unclear, import_csv, workbook
from engine.market.importer.flow_files import import_flows
from engine.market.importer.workbook import sheets
from tests.market_helpers import days
from tests.workbooks import spreadsheet_ml, xlsx

HISTORY = [
    ["As Of", "NAV per Share", "Ex-Dividends", "Shares Outstanding"],
    ["Jan 08, 2024", 98.5, None, 1_100_000],
    ["Jan 05, 2024", 101.0, 0.5, 1_100_000],
    ["Jan 04, 2024", 100.0, "--", 1_000_000],
]
HOLDINGS = [
    ["Fund Holdings as of", "Jan 08, 2024"],
    ["Ticker", "Name", "Weight"],
    ["X", "Barnes & Noble", 1.5],
] + [["Y", f"Company {k}", 0.1] for k in range(20)]
SSGA = [
    ["Fund Name:", "SPDR Portfolio S&P 600 Small Cap ETF"],
    ["Ticker Symbol:", "SPSM"],
    [],
    ["Date", "NAV", "Shares Outstanding", "Total Net Assets"],
    ["08-Jan-2024", 40.5, 1_100_000, 44_550_000.0],
    ["05-Jan-2024", 41.0, 1_000_000, 41_000_000.0],
    ["04-Jan-2024", 40.0, 1_000_000, 40_000_000.0],
]


def saved(folder, data, name="IWM.xls"):
    path = folder / name
    path.write_bytes(data)
    return path


def test_an_ishares_workbook_with_its_faults(tmp_path):
    path = saved(tmp_path, spreadsheet_ml({"Holdings": HOLDINGS, "Historical": HISTORY}))
    series, understood = import_csv(path, "IWM")
    np.testing.assert_array_equal(series.dates, days("2024-01-04", "2024-01-05", "2024-01-08"))
    np.testing.assert_array_equal(series.close, [100.0, 101.0, 98.5])
    np.testing.assert_array_equal(series.dividend, [0.0, 0.5, 0.0])
    assert series.adj_close[1] / series.adj_close[0] == pytest.approx(101.5 / 100)
    assert (understood.encoding, understood.kind, understood.has_flows) == ("xml", "us_etf", True)
    assert any("net asset values, not closes of an exchange" in str(note) for note in understood.notes)


def test_its_flows_follow_from_the_shares(tmp_path):
    path = saved(tmp_path, spreadsheet_ml({"Historical": HISTORY}))
    found = import_flows(path, "IWM", currency="USD")
    assert (found.frequency, found.name) == ("daily", "IWM_FLOWS_DAILY.csv")
    (tmp_path / found.name).write_text(found.text)
    flows = load_flows(tmp_path, "IWM", frequency="daily")
    np.testing.assert_allclose(flows.flow, [100_000 * 101.0, 0.0])


def test_a_split_is_no_flow(tmp_path):
    rows = [
        HISTORY[0],
        ["Jan 09, 2024", 50.5, None, 2_010_000],
        ["Jan 08, 2024", 101.0, None, 1_000_000],
        ["Jan 05, 2024", 100.0, None, 1_000_000],
    ]
    found = import_flows(saved(tmp_path, spreadsheet_ml({"Historical": rows})), "IWM", currency="USD")
    (tmp_path / found.name).write_text(found.text)
    flows = load_flows(tmp_path, "IWM", frequency="daily")
    np.testing.assert_allclose(flows.flow, [0.0, 10_000 * 50.5])


@pytest.mark.parametrize("as_days", [False, True])
def test_an_ssga_workbook(tmp_path, as_days):
    rows, columns = SSGA, ()
    if as_days:  # the same days as Excel's serial numbers
        rows, columns = [*SSGA[:4], *([45299 - k, *row[1:]] for k, row in zip((0, 3, 4), SSGA[4:]))], (0,)
    path = saved(tmp_path, xlsx({"navhist": rows}, day_columns=columns), "navhist-us-en-spsm.xlsx")
    series, understood = import_csv(path, "SPSM")
    np.testing.assert_array_equal(series.dates, days("2024-01-04", "2024-01-05", "2024-01-08"))
    np.testing.assert_array_equal(series.close, [40.0, 41.0, 40.5])
    assert (understood.encoding, understood.unknown, understood.has_flows) == ("xlsx", "unlisted", True)
    assert import_flows(path, "SPSM", currency="USD").values[-1, 2] == 1_100_000


def test_a_workbook_whose_days_count_from_1904(tmp_path):
    """Excel's of a Mac: 43834 is 2024-01-05, where Windows' 43834 is 2020-01-04."""
    rows = [["Date", "NAV"], [43834, 41.0], [43837, 40.5]]
    path = saved(tmp_path, xlsx({"navhist": rows}, day_columns=(0,), since_1904=True), "SPSM.xlsx")
    series, _ = import_csv(path, "SPSM")
    np.testing.assert_array_equal(series.dates, days("2024-01-05", "2024-01-08"))


def bomb():
    """A small archive that unpacks to 200 MB."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            archive.writestr(name, "<x>" + " " * 100_000_000 + "</x>")
    return file.getvalue()


def empty_zip():
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
    return file.getvalue()


LAUGHS = '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bomb(), "unpacks to more than 96 MB: refused"),
        (empty_zip(), "an archive without a workbook"),
        (b"PK\x03\x04" + b"\0" * 50, "the workbook is damaged"),
        (xlsx({"a": SSGA})[:-40], "the workbook is damaged"),
        (xlsx({"a": SSGA}, prolog=LAUGHS), "declares entities: refused"),
        (
            spreadsheet_ml({"Historical": HISTORY}).replace(b'<?xml version="1.0"?>', LAUGHS.encode()),
            "declares entities: refused",
        ),
        (spreadsheet_ml({"Historical": HISTORY}).replace(b"</ss:Row>", b"", 1), "no XML that can be read"),
        (spreadsheet_ml({"Historical": []}), "a workbook without rows"),
        (spreadsheet_ml({"Historical": HOLDINGS}), "no line of headings"),
        (
            spreadsheet_ml({"Historical": HISTORY}).replace(b'ss:Index="4"', b'ss:Index="99999999"'),
            "a cell outside the sheet",
        ),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "an old binary workbook (.xls); save it as .xlsx or CSV"),
        (b"<!DOCTYPE html><html><body>Access denied</body></html>", "a web page, no file of prices"),
    ],
)
def test_a_wrong_one_is_refused_in_one_line(tmp_path, data, words):
    path = saved(tmp_path, data)
    with pytest.raises(DataError) as caught:
        import_csv(path, "IWM")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_cells_are_bounded(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_CELLS", 10)
    with pytest.raises(BadData, match="more than 10 cells"):
        sheets(spreadsheet_ml({"Historical": HISTORY}))
    long = spreadsheet_ml({"a": [["x" * 10_000, "y"]]})
    assert [len(cell) for cell in sheets(long)[0].rows[0]] == [workbook.LONGEST, 1]


def rezipped(data, changes):
    """An archive with other parts; None takes one away."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            if changes.get(name, "") is not None:
                new.writestr(name, changes.get(name) or old.read(name))
    return file.getvalue()


def test_cells_of_every_kind_are_what_they_show():
    """Readings of kanji, errors, texts that are not there, exponents, days that are none, no place."""
    data = xlsx({"A": [["NAV"]], "B": [["gone"]]})
    cells = (
        '<c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><t>here</t></is></c><c t="e"><v>#N/A</v></c><c/>'
        '<c><v>1.5E3</v></c><c><v>2.5E-7</v></c><c s="1"><v>45299</v></c><c s="1"><v>1e99</v></c>'
        '<c t="s"><v>7</v></c><c><v>3</v><f>A1*3</f></c>'
    )
    text = "<sst><si><r><t>基準</t></r><r><t>価額</t></r><rPh><t>キジュン</t></rPh></si></sst>"
    sheet = f"<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>"
    changes = {
        "xl/sharedStrings.xml": text,
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/sheet2.xml": None,
    }
    (found,) = sheets(rezipped(data, changes))  # a sheet that is named and not there is passed over
    row = ["基準価額", "here", "", "", "1500", "2.5e-07", "2024-01-08", "1e99", "", "3"]
    assert (found.name, found.rows) == ("A", [row])


def test_empty_cells_of_xml_hold_their_place():
    data = spreadsheet_ml({"A": [["a", "", "b"]]})
    assert sheets(data)[0].rows == [["a", "", "b"]]
    bare = data.replace(b' ss:Index="3"', b"").replace(b' ss:Index="2"', b"")
    assert sheets(bare)[0].rows == [["a", "", "b"]]


INVESTING = (
    '"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"01/16/2024","1,472.05","1,460.00","1,480.00","1,450.10","73.42M","-0.37%"\n'
    '"01/12/2024","1,477.52","1,470.00","1,480.00","1,450.10","57.95M","0.07%"\n'
)
JAPANESE_INVESTING = (
    '"日付け","終値","始値","高値","安値","出来高","変化率 %"\n'
    '"2024年01月16日","1,472.05","1,460.00","1,480.00","1,450.10","73.42M","-0.37%"\n'
    '"2024年01月12日","1,477.52","1,470.00","1,480.00","1,450.10","57.95M","0.07%"\n'
)


@pytest.mark.parametrize("text", [INVESTING, JAPANESE_INVESTING])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_investing_com_writes(tmp_path, text, encoding, newline):
    path = saved(tmp_path, text.replace("\n", newline).encode(encoding), "x.csv")
    series, understood = import_csv(path, "MYETF", ImportOptions(kind="us_etf", closes="raw"))
    np.testing.assert_array_equal(series.dates, days("2024-01-12", "2024-01-16"))
    np.testing.assert_array_equal(series.close, [1477.52, 1472.05])
    assert np.isnan(series.dividend).all()
    assert understood.unknown == "unlisted"


def test_a_day_that_could_be_two_is_refused(tmp_path):
    text = INVESTING.replace("01/16/2024", "01/11/2024").replace("01/12/2024", "01/10/2024")
    path = saved(tmp_path, text.encode(), "x.csv")
    with pytest.raises(BadData, match="could be two days"):
        import_csv(path, "MYETF", ImportOptions(kind="us_etf", closes="raw"))


def stooq(adjusted):
    dates = nyse_sessions(np.datetime64("2022-01-03"), np.datetime64("2023-12-29"))
    close = np.round(100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.01, dates.size))), 2)
    if adjusted:
        close = np.round(close * np.linspace(0.97, 1.0, dates.size), 4)
    bars = [f"{day},{price},{price},{price},{price},1000" for day, price in zip(dates, close)]
    return "\n".join(["Date,Open,High,Low,Close,Volume", *bars, ""]).encode(), close


def test_stooqs_closes_are_prices_or_adjusted_as_they_show(tmp_path):
    data, close = stooq(adjusted=False)
    series, understood = import_csv(saved(tmp_path, data, "voo_us_d.csv"), "VOO")
    np.testing.assert_array_equal(series.close, close)
    assert understood.unknown == "unlisted"
    data, close = stooq(adjusted=True)
    series, understood = import_csv(saved(tmp_path, data, "voo_us_d.csv"), "VOO")
    assert np.isnan(series.close).all(), "adjusted closes are no money"
    np.testing.assert_array_equal(series.adj_close, close)
    assert any("as those of yfinance and Stooq are" in str(note) for note in understood.notes)


def test_a_few_bars_do_not_tell_and_are_asked_about(tmp_path):
    text = "Date,Open,High,Low,Close,Volume\n2000-01-03,100,101,99,100.123,5\n2000-01-04,100,101,99,100.5,5\n"
    with pytest.raises(Unclear, match="are its closes prices, or adjusted"):
        import_csv(saved(tmp_path, text.encode(), "x.csv"), "VOO")


def test_daily_flows_become_whole_months(tmp_path):
    dates = nyse_sessions(np.datetime64("2024-01-10"), np.datetime64("2024-04-10"))
    rows = "\n".join(f"{day},1" for day in dates)
    (tmp_path / "IWM_FLOWS_DAILY.csv").write_text(f"date,flow_usd\n{rows}\n")
    flows = load_months(tmp_path, "IWM")
    np.testing.assert_array_equal(flows.dates, days("2024-02-29", "2024-03-28"))
    np.testing.assert_array_equal(flows.flow, [20.0, 20.0])
    assert "the first and an unfinished last one left out" in str(flows.notes[-1])
    (tmp_path / "IWM_FLOWS_MONTHLY.csv").write_text("date,flow_usd\n2024-01-31,7\n2024-02-29,8\n")
    np.testing.assert_array_equal(load_months(tmp_path, "IWM").flow, [7.0, 8.0])
    (tmp_path / "IJR_FLOWS_DAILY.csv").write_text("date,flow_usd\n2024-01-30,7\n2024-01-31,8\n")
    with pytest.raises(BadData, match="no whole month"):
        load_months(tmp_path, "IJR")
