# ruff: noqa: E501 - the lines of a broker's list are as long as they are
"""Brokers' lists of holdings: headings of the large brokers in made files, what of them is understood, what is left."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from engine.config import parse_config
from engine.errors import BadData
from engine.market.assets import Asset
from engine.market.importer.holdings import Said, Understood, account_of, day_of, understand
from engine.market.importer.holdings_table import read_holdings
from engine.run import run
from tests.person import Said as Heard
from tests.person import type_in

SBI = """保有証券一覧

株式（現物/特定預り）
銘柄コード,銘柄名称,保有株数,売却注文中,取得単価,現在値,取得金額,評価額,評価損益
1306,ＮＥＸＴ　ＦＵＮＤＳ　ＴＯＰＩＸ,100,,"2,500.5","3,000","250,050","300,000","+49,950"
株式（現物/特定預り）合計
評価額,含み損益
"300,000","+49,950"
投資信託（金額/NISA預り（つみたて投資枠））
ファンド名,保有口数,売却注文中,取得単価,基準価額,取得金額,評価額,評価損益,分配金受取方法
ｅＭＡＸＩＳ　Ｓｌｉｍ　米国株式（Ｓ＆Ｐ５００）,"305,179",,"30,474","43,645","930,002","1,331,953","+401,951",再投資
投資信託（金額/旧つみたてNISA預り）
ファンド名,保有口数,売却注文中,取得単価,基準価額,取得金額,評価額,評価損益,分配金受取方法
なぞのファンド,"10,000",,"10,000","11,000","10,000","11,000","+1,000",再投資
"""
SBI_PORTFOLIO = """ポートフォリオ一覧
株式（現物/NISA預り（成長投資枠））
"銘柄（コード）","買付日","数量","取得単価","現在値","前日比","前日比（％）","損益","損益（％）","評価額"
"1655 ｉシェアーズ　Ｓ＆Ｐ５００","----/--/--","200","400","600","+1","+0.1","+40,000","+50","120,000"
投資信託（金額/特定預り）
"ファンド名","買付日","数量","取得単価","現在値","前日比","前日比（％）","損益","損益（％）","評価額"
"わたしのファンド","----/--/--","123,456","12,000","15,000","+1","+0.1","+37,036","+25","185,184"
"""
RAKUTEN = """■資産合計欄
"国内株式","972,828"

■ 保有商品詳細 (すべて)
種別,銘柄コード・ティッカー,銘柄,口座,保有数量,［単位］,平均取得価額,［単位］,現在値,［単位］,現在値(更新日),(参考為替),前日比,［単位］,時価評価額[円],時価評価額[外貨],評価損益[円],評価損益[％]
米国株式,VOO,バンガード・S&P500 ETF,特定,12,株,"410.25",USD,"540.1",USD,,"150.1",,,"972,828","6,481.2","+172,828",21.6
米国株式,IJR,iシェアーズ,NISA成長投資枠,30,株,100,USD,110,USD,,,,,-,"3,300",-,-
投資信託,,eMAXIS Slim 全世界株式(オール・カントリー),NISAつみたて投資枠,"250,000",口,"18,000",円,"25,000",円,,,,,"625,000",-,"+175,000",38.9
外貨預り金,,米ドル,,"1,000",USD,-,,-,,,,,,"150,100",-,-,-

■参考為替レート
米ドル,150.10,円/USD
"""


def holdings(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Heard:
    done = type_in(capsys, "holdings", *arguments, "--lang", "en")
    assert done.code == code, done.error
    return done


def put(path: Path, text: str, encoding: str = "cp932", newline: str = "\r\n") -> Path:
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return path


def read(path: Path, **said: Any) -> Understood:
    return understand(read_holdings(path), Said(**said))


def taken(found: Understood) -> list[tuple[str, str, float | None, float | None, float | None]]:
    return [(p.asset, p.account, p.units, p.value, p.cost) for p in (item.position for item in found.taken)]


@pytest.mark.parametrize(
    ("encoding", "newline"), [("cp932", "\r\n"), ("utf-8-sig", "\n"), ("utf-8", "\r"), ("utf-16", "\r\n")]
)
def test_the_list_of_sbi_has_its_accounts_above_its_tables(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    found = read(put(tmp_path / "SaveFile.csv", SBI, encoding, newline))
    assert found.table.broker == "sbi"
    assert taken(found) == [
        ("1306.T", "taxable", 100.0, None, 250_050.0),
        ("JP_SP500", "nisa.T", None, 1_331_953.0, 930_002.0),
    ]
    (left,) = found.left
    assert (left.row.line, str(left.why)) == (14, "no asset of this program")
    assert "--as なぞのファンド=SYMBOL" in str(left.hint)
    assert found.accounts == ["nisa", "taxable"]


def test_a_list_saved_as_unicode_text_is_separated_by_tabs(tmp_path: Path) -> None:
    rows = [[cell.strip() for cell in row] for row in csv.reader(RAKUTEN.splitlines())]
    text = "".join("\t".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n" for row in rows)
    found = read(put(tmp_path / "list.txt", text, "utf-16"))
    assert taken(found) == taken(read(put(tmp_path / "list.csv", RAKUTEN)))
    assert (len(found.taken), found.table.encoding) == (2, "utf-16")


def test_a_fund_counts_10000_of_its_units_as_one_and_its_price_is_of_as_many(tmp_path: Path) -> None:
    mine = Asset("MINE", "jp_fund", "JPY", frames=("T", "G"), name_ja="わたしのファンド")
    found = read(put(tmp_path / "p.csv", SBI_PORTFOLIO), own={"MINE": mine})
    assert taken(found) == [
        ("1655.T", "nisa.G", 200.0, None, 80_000.0),
        ("MINE", "taxable", 12.3456, None, 148_147.0),  # 12.3456 x ¥12,000
    ]
    named = read(tmp_path / "p.csv", symbols={"わたしのファンド": "MINE"}, own={"MINE": mine})
    assert taken(named) == taken(found)


def test_the_list_of_rakuten_has_a_column_of_accounts_and_of_units(tmp_path: Path) -> None:
    path = put(tmp_path / "assetbalance(all)_20250131_101500.csv", RAKUTEN, "utf-8-sig")
    found = read(path)
    assert (found.table.broker, found.day) == ("rakuten", dt.date(2025, 1, 31))
    # Dollars a share are no yen: the cost is the value less the gain; of IJR the list has neither.
    assert taken(found) == [
        ("VOO", "taxable", 12.0, None, 800_000.0),
        ("JP_ACWI", "nisa.T", None, 625_000.0, 450_000.0),
    ]
    assert [(left.row.name, str(left.why)) for left in found.left] == [
        ("iシェアーズ", "the cost in yen is not in the list"),
        ("米ドル", "the account is not known: -"),
    ]
    assert "--cost nisa.G:IJR=YEN" in str(found.left[0].hint)
    told = read(path, costs={"nisa.G:IJR": 450_000.0, "VOO": 700_000.0})
    assert taken(told)[:2] == [
        ("VOO", "taxable", 12.0, None, 700_000.0),
        ("IJR", "nisa.G", 30.0, None, 450_000.0),
    ]


def test_the_old_nisa_needs_the_year_of_purchase(tmp_path: Path) -> None:
    text = SBI.replace("なぞのファンド", "eMAXIS Slim 全世界株式（オール・カントリー）")
    path = put(tmp_path / "a.csv", text)
    assert "year of purchase" in str(read(path).left[0].why)
    position = read(path, old_year=2021).taken[-1].position
    assert (position.account, position.year, position.cost) == ("nisa.old_tsumitate", 2021, 10_000.0)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("株式（現物/特定預り）", "taxable"), ("一般", "taxable"), ("NISA成長投資枠", "nisa.G"),
        ("投資信託（金額/NISA預り（つみたて投資枠））", "nisa.T"), ("つみたてNISA", "nisa.old_tsumitate"),
        ("株式（現物/旧NISA預り）", "nisa.old_general"), ("ＮＩＳＡ", "nisa.old_general"), ("信用", ""),
    ],
)  # fmt: skip
def test_accounts_by_the_brokers_words(text: str, account: str) -> None:
    assert account_of(text) == account


def test_a_day_in_the_name_of_a_file() -> None:
    assert day_of("assetbalance(all)_20250131") == dt.date(2025, 1, 31)
    assert day_of("2025-01-31") == dt.date(2025, 1, 31)
    assert day_of("20259931") is None
    assert day_of("SaveFile") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no list of holdings"),
        ("date,close\n2020-01-06,100\n", "no list of holdings"),
        (SBI.split("\n", 4)[3] + "\n", "no list of holdings"),
        (SBI.replace('"2,500.5"', "たくさん"), ":5: 取得単価: たくさん is no number"),
        (
            '銘柄コード,銘柄名称,保有株数,取得単価\n1306,A,100,2500\n"1655,B,100,400\n1489,C,10,300\n',
            ":3: a cell that does not end: a quotation mark is missing",
        ),
        (
            "銘柄コード,銘柄名称,保有株数,取得単価\n1306,A,100,2500\n1655,B,10",
            ":3: the file ends within this row: '1655,B,10' (get the file again, or take the row out)",
        ),
    ],
)
def test_a_wrong_file_is_one_line_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    path = put(tmp_path / "wrong.csv", text)
    with pytest.raises(BadData) as error:
        read_holdings(path)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    done = holdings(capsys, path, "--out", tmp_path / "holdings.yaml", code=3)
    assert len(done.error.splitlines()) == 1
    assert not (tmp_path / "holdings.yaml").exists()


def test_from_the_list_to_a_run_that_begins_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(
        tmp_path / "assetbalance(all)_20250131.csv",
        RAKUTEN.replace("全世界株式(オール・カントリー)", "米国株式(S&P500)"),
    )
    block = tmp_path / "holdings.yaml"
    done = holdings(capsys, path, "--broker", "rakuten", "--cost", "IJR=450_000", "--out", block)
    assert "! 9: " in done.error
    assert "accounts: [nisa, taxable]" in block.read_text("utf-8")
    assert "left out, line 9: 米ドル" in block.read_text("utf-8")
    again = holdings(capsys, path, "--out", block, code=4)
    assert "is there already" in again.error
    printed = holdings(capsys, path, "--quiet", "--cost", "IJR=450_000").out
    assert printed == block.read_text("utf-8")
    config = parse_config(
        "name: mine\nperiod: {start: 2015-01-01, end: 2015-12-31}\naccounts: [nisa, taxable]\n"
        "strategy: {allocation: {type: fixed_mix, weights: {VOO: 1}}, contributions: none, rebalancing: none}\n"
        + printed
    )
    result = run(config, source="sample", offline=True)
    moves = result.transactions
    opening = [
        (str(account), str(asset), float(units))
        for kind, account, asset, units in zip(*(moves[n] for n in ("kind", "account", "asset", "units")))
        if kind == "opening" and asset
    ]
    assert ("taxable", "VOO", 12.0) in opening
    assert ("nisa.G", "IJR", 30.0) in opening
    modelled = next(units for account, asset, units in opening if asset == "JP_SP500")
    assert modelled * float(result.equity["price:JP_SP500"][0]) == pytest.approx(625_000)


def test_another_brokers_list_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "a.csv", SBI)
    done = holdings(capsys, path, "--broker", "rakuten", code=2)
    assert "the headings are those of" in done.error
    assert holdings(capsys, path, "--cost", "VOO=few", code=2).error.count("\n") == 1
    assert holdings(capsys, path, "--as", "VOO", code=2).error.count("\n") == 1


ODD = """■ 保有商品詳細 (すべて)
種別,銘柄コード・ティッカー,銘柄,口座,保有数量,［単位］,平均取得価額,［単位］,現在値,［単位］,時価評価額[円],評価損益[円]
国内株式,1306,NEXT FUNDS TOPIX,一般,100,株,"2,500",円,"3,000",円,"300,000","+50,000"
国内株式,1321,NEXT FUNDS 日経225,特定,-,株,"20,000",円,"30,000",円,-,-
国内株式,1655,iシェアーズ S&P500,信用,10,株,400,円,600,円,"6,000","+2,000"
投資信託,,eMAXIS Slim 米国株式(S&P500),特定,"10,000",口,"20,000",円,"25,000",円,-,-
"""


def test_rows_that_are_not_understood_are_named_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path / "assetbalance(all)_20250131.csv", ODD, "utf-8-sig")
    found = read(path, own={"OTHER": Asset("OTHER", "jp_fund", "JPY", name_ja="わたしのファンド")})
    assert taken(found) == [("1306.T", "taxable", 100.0, None, 250_000.0)]
    assert "the general account is taken as the taxable one" in " ".join(map(str, found.taken[0].notes))
    assert [(left.row.line, str(left.why)) for left in found.left] == [
        (4, "no number of units"),
        (5, "the account is not known: 信用"),
        (6, "the value in yen is not in the list: the modelled fund has another price"),
    ]
    told = json.loads(holdings(capsys, path, "--json").out)
    assert [item["line"] for item in told["left"]] == [4, 5, 6]
    (mine,) = told["holdings"]["positions"]
    assert (mine["asset"], mine["cost"], [row["line"] for row in told["rows"]]) == ("1306.T", 250_000.0, [3])
    quiet = holdings(capsys, path, "--json", "--out", tmp_path / "block.yaml")
    assert json.loads(quiet.out) == told
    assert "1306.T" in (tmp_path / "block.yaml").read_text("utf-8")


def test_a_list_of_which_nothing_is_understood_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ODD.splitlines(keepends=True)
    path = put(tmp_path / "a.csv", "".join((*lines[:2], *lines[3:])), "utf-8-sig")
    done = holdings(capsys, path, "--out", tmp_path / "block.yaml", code=2)
    assert "a.csv: none of its 3 rows is understood" in done.error
    assert "! 3: 1321 NEXT FUNDS 日経225: left out: no number of units" in done.error
    assert not (tmp_path / "block.yaml").exists()


@pytest.mark.parametrize(
    ("option", "came", "told"),
    [
        ("--cost", "taxable:VOO=1e400", "--cost: came '1e400', allowed an amount of yen"),
        ("--cost", "taxable:VOO=10000000000000000", "allowed an amount of yen"),
        ("--cost", "taxable:VOO=1.5", "--cost: came '1.5', allowed an amount of yen"),
        (
            "--cost",
            "taxable:VOOO=5",
            "--cost: no row of the list is 'taxable:VOOO' (did you mean taxable:VOO?)",
        ),
        ("--cost", "nisa.T:VOO=5", "--cost: no row of the list is 'nisa.T:VOO' (did you mean"),
        ("--as", "eMAXIS Slim=JP_ACWI", "--as: no row of the list is 'eMAXIS Slim'"),
    ],
)
def test_what_is_said_of_no_row_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, came: str, told: str
) -> None:
    path = put(tmp_path / "a.csv", RAKUTEN)
    done = holdings(capsys, path, option, came, "--out", tmp_path / "h.yaml", code=2)
    assert told in done.error
    assert done.error.count("\n") == 1
    assert not (tmp_path / "h.yaml").exists()


def test_one_row_has_one_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "a.csv", RAKUTEN)
    done = holdings(capsys, path, "--cost", "VOO=5", "--cost", "VOO=6", code=2)
    assert done.error == "backtest: --cost: 'VOO' comes twice\n"


def of_rows(tmp_path: Path, heading: str, *rows: str, **said: Any) -> Understood:
    return read(
        put(tmp_path / "list.csv", "\n".join(["口座,ティッカー,銘柄名,保有数量," + heading, *rows, ""])),
        **said,
    )


@pytest.mark.parametrize(
    ("heading", "amounts"),
    [
        (
            "平均取得価額,評価額,評価損益",
            "410.25,6481.2,1558.2",
        ),  # 12 x 410.25 = 6481.2 - 1558.2: of one currency
        ("平均取得価額,評価額,評価損益", "$410.25,$6481.2,$1558.2"),
        ("平均取得価額[USD],評価額,評価損益", "410.25,6481.2,1558.2"),
        ("平均取得価額,取得金額", "410.25,4923"),
        ("評価額,評価損益", "6481.2,1558.2"),
    ],
)
def test_amounts_that_may_be_in_dollars_are_asked_for(tmp_path: Path, heading: str, amounts: str) -> None:
    found = of_rows(tmp_path, heading, f"特定,VOO,Vanguard,12,{amounts}")
    assert [str(left.why) for left in found.left] == ["the cost in yen is not in the list"]
    found = of_rows(tmp_path, heading, f"特定,VOO,Vanguard,12,{amounts}", costs={"VOO": 738_000.0})
    assert taken(found) == [("VOO", "taxable", 12.0, None, 738_000.0)]


@pytest.mark.parametrize(
    ("heading", "amounts"),
    [
        ("平均取得価額,評価額,評価損益", "410.25,972828,234378"),  # 738,450 is 150 times 12 x 410.25
        ("平均取得価額[円],評価額[円],評価損益[円]", "61537.5,972828,234378"),
        ("平均取得価額,評価額,評価損益", "61537.5,972828円,234378"),
    ],
)
def test_amounts_in_yen_of_an_asset_in_dollars(tmp_path: Path, heading: str, amounts: str) -> None:
    found = of_rows(tmp_path, heading, f"特定,VOO,Vanguard,12,{amounts}")
    assert taken(found) == [("VOO", "taxable", 12.0, None, 738_450.0)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("特定,1306,TOPIX,-100,2500,300000,50000", "no number of units"),
        ("特定,1306,TOPIX,100,2500,2500000,0", "its columns say two costs, 250,000 and 2,500,000"),
        ("特定,1306,TOPIX,999999999999999999,2500,,", "its numbers are too large"),
    ],
)
def test_a_row_that_cannot_be_held_is_left_and_told(tmp_path: Path, row: str, why: str) -> None:
    (left,) = of_rows(tmp_path, "平均取得価額,評価額,評価損益", row).left
    assert str(left.why) == why


def test_a_loss_with_a_triangle_is_one(tmp_path: Path) -> None:
    found = of_rows(
        tmp_path, "評価額,評価損益", "特定,1306,TOPIX,100,200000,▲50000", "特定,1321,日経,1,200000,△1"
    )
    assert [position[-1] for position in taken(found)] == [250_000.0, 200_001.0]
