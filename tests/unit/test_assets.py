from datetime import date

import pytest

from engine.errors import BadData, DataError, NotFound
from engine.market.assets import all_assets, asset, check_symbol, read_assets

HEADER = "symbol,kind,currency,expense_percent,first_date,frames,source_tax_percent,name_en\n"


def test_every_row_is_complete_and_points_to_assets_that_exist():
    symbols = [item.symbol for item in all_assets()]
    assert len(symbols) == len(set(symbols))
    for item in all_assets():
        assert item.name("en")
        assert item.name("ja")
        assert item.tracks or item.kind in ("cash", "deposit")
        for other in (*item.stand_ins, item.absorbed_by, item.underlying):
            assert not other or other in symbols
        assert bool(item.absorbed_by) == bool(item.absorbed_on)


@pytest.mark.parametrize(
    ("symbol", "percent"),
    [
        ("VOO", 0.03),
        ("IVV", 0.03),
        ("SPY", 0.09),
        ("IWM", 0.19),
        ("IJR", 0.06),
        ("VTWO", 0.07),
        ("SPSM", 0.03),
    ],
)
def test_expense_ratios(symbol, percent):
    assert asset(symbol).expense_ratio == pytest.approx(percent / 100, abs=1e-15)


def test_frames_and_tax_at_source_by_kind():
    assert asset("IJR").frames == ("G", "old_general")
    assert asset("JP_SP500").frames == ("T", "G", "old_general", "old_tsumitate")
    assert asset("^GSPC").frames == ()
    assert asset("AGG").frames == ("old_general",), "it distributes monthly"
    assert (asset("IJR").source_tax, asset("JP_SP500").source_tax, asset("^GSPC").source_tax) == (
        0.1,
        0.0,
        0.0,
    )
    assert asset("JP_SP500").expense_ratio == pytest.approx(0.000814)


def test_lineage():
    assert asset("SLY").absorbed_by == "SPSM"
    assert asset("SLY").absorbed_on == date(2023, 6, 9)
    assert asset("SPSM").usable_from == date(2020, 1, 24)
    assert asset("VOO").usable_from == date(2010, 9, 9)
    assert asset("JP_SP500").usable_from is None


def test_an_index_is_found_without_its_caret():
    assert asset("SP500TR").symbol == "^SP500TR"


def test_an_unknown_ticker_is_a_us_etf_and_says_that_this_is_assumed():
    item = asset("AVUV")
    assert (item.kind, item.currency, item.frames, item.known) == (
        "us_etf",
        "USD",
        ("G", "old_general"),
        False,
    )


@pytest.mark.parametrize("symbol", ["1557.TO", "../VOO", "", "VOOOOOO", "voo", "V O"])
def test_what_cannot_be_a_ticker_is_refused(symbol):
    with pytest.raises(NotFound, match="unknown asset"):
        asset(symbol)


def test_a_misspelt_symbol_gets_a_suggestion():
    with pytest.raises(NotFound, match="did you mean JP_SP500"):
        asset("JP_SP50")


@pytest.mark.parametrize("symbol", ["../x", "a/b", "a\0b", "x" * 40, "", ".hidden"])
def test_symbols_that_are_no_file_names(symbol):
    with pytest.raises(DataError, match="not a symbol"):
        check_symbol(symbol)


def test_a_folder_may_declare_its_own_assets(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text(HEADER + "MYFUND,jp_fund,JPY,0.1,2019-04-01,T G,,My fund\n", encoding="utf-8")
    own = read_assets(path)
    item = asset("MYFUND", own)
    assert (item.kind, item.currency, item.frames, item.name("ja")) == (
        "jp_fund",
        "JPY",
        ("T", "G"),
        "My fund",
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("X,stock,USD,0,,G,,X", "kind: 'stock' is not one of us_etf, jp_fund, index"),
        ("X,us_etf,EUR,0,,G,,X", "currency: 'EUR'"),
        ("X,us_etf,USD,abc,,G,,X", "abc"),
        ("X,us_etf,USD,0,2020-13-01,G,,X", "first_date: '2020-13-01' is not a date"),
        ("X,us_etf,USD,0,,G Q,,X", "frames: 'Q'"),
        ("X,us_etf,USD,50,,G,,X", "expense_percent: '50' is not between 0 and 10"),
        ("../X,us_etf,USD,0,,G,,X", "not a symbol"),
    ],
)
def test_a_wrong_row_names_file_and_line(tmp_path, row, words):
    path = tmp_path / "assets.csv"
    path.write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_assets(path)
    assert words in str(caught.value)
    assert f"{path}:2" in str(caught.value) or "not a symbol" in words


def test_a_registry_that_is_no_text(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadData, match=r"assets\.csv"):
        read_assets(path)


def written(folder, text, encoding="utf-8"):
    path = folder / "assets.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_as_spreadsheets_save_it_is_read(tmp_path, encoding, newline):
    headings = "Symbol,KIND, currency ,name_ja,first_date,note,\n"
    text = f'{headings}FUND,jp_fund,JPY,ひふみ投信,2015/1/2,"二行の\nメモ",\n,,,,,,\n'
    item = read_assets(written(tmp_path, text.replace("\n", newline), encoding))["FUND"]
    assert (item.name("ja"), item.first, item.note) == ("ひふみ投信", date(2015, 1, 2), "二行の メモ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('symbol,kind,currency,note\nA,index,USD,"x\nB,index,USD,\n', "the quotes do not fit"),
        ("symbol,kind\nX,index\n", "assets.csv:1: no column currency; the headings are symbol,kind"),
        ("symbol,kind,currency,Symbol\n", "assets.csv:1: the column symbol comes twice"),
        ("symbol,kind,currency,expense_percnt\n", "assets.csv:1: unknown column expense_percnt"),
        ("symbol,kind,currency\nX,index,USD,5\n", "assets.csv:2: 4 cells under 3 headings"),
        ("symbol,kind,currency\nX,index,USD\nX,index,JPY\n", "assets.csv:3: X comes twice"),
        ("symbol,kind,currency\n,index,USD\n", "assets.csv:2: symbol: '' is not a symbol"),
        (
            "symbol,kind,currency,expense_percent\nX,index,USD,nan\n",
            "expense_percent: 'nan' is not between 0 and 10",
        ),
        (
            "symbol,kind,currency,expense_percent\nX,index,USD,-1\n",
            "expense_percent: '-1' is not between 0 and 10",
        ),
        (
            "symbol,kind,currency,source_tax_percent\nX,index,USD,inf\n",
            "source_tax_percent: 'inf' is not",
        ),
        ("symbol,kind,currency,stand_ins\nX,index,USD,../Y\n", "stand_ins: '../Y' is not a symbol"),
        ("symbol,kind,currency,note\nX,index,USD," + "n" * 1001 + "\n", "is longer than 1,000 characters"),
        ("symbol,kind,currency,note\nX,index,USD," + "n" * 1_000_000 + "\n", "is larger than the 1 MB"),
    ],
)
def test_every_column_has_a_type_and_a_bound(tmp_path, text, words):
    with pytest.raises(BadData) as caught:
        read_assets(written(tmp_path, text))
    assert words in str(caught.value)


def test_a_sparse_gigabyte_is_refused_at_once(tmp_path):
    path = written(tmp_path, "symbol,kind,currency\n")
    with path.open("ab") as file:
        file.truncate(2**30)
    with pytest.raises(BadData, match="is larger than the 1 MB it may have"):
        read_assets(path)


def test_a_row_is_written_without_touching_the_others(tmp_path):
    from engine.market.asset_table import read_table

    path = written(tmp_path, "Symbol,kind,currency,mine\nA,index,JPY,日本\n", "cp932")
    table = read_table(path).with_row({"symbol": "B", "kind": "jp_fund", "currency": "JPY", "note": "メモ"})
    assert table.encoded().decode("cp932") == (
        "Symbol,kind,currency,mine,note\nA,index,JPY,日本,\nB,jp_fund,JPY,,メモ\n"
    )
    assert table.row("B") == {"symbol": "B", "kind": "jp_fund", "currency": "JPY", "mine": "", "note": "メモ"}
    again = table.with_row({"symbol": "A", "note": "é"})
    assert again.encoded().decode("utf-8-sig").splitlines()[1] == "A,index,JPY,日本,é", "not in Shift_JIS"
