"""``data import`` as a person types it: what is asked, what is refused, and that nothing of theirs is lost."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from engine.market.assets import read_assets
from engine.market.flows import load_flows
from engine.market.providers import csv_folder
from tests.market_helpers import walk
from tests.person import ROOT, RUN, on_a_terminal, type_in

EN, JA = ("--lang", "en"), ("--lang", "ja")
NAV = "基準日,基準価額,分配金\n2024/01/04,10000,0\n2024/01/05,10100,0\n"
YAHOO = "Date,Close,Adj Close\n2024-01-04,400.12,398.119400\n2024-01-05,402.30,402.300000\n"


@pytest.fixture
def bring(capsys, tmp_path):
    """``bring(text, *options)``: import a file with that text into the folder ``prices``."""

    def run(text, *options, name="nav.csv", symbol="SLIM"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        named = ("--as", symbol) if symbol else ()
        return type_in(capsys, "data", "import", path, *named, "--into", tmp_path / "prices", *EN, *options)

    run.folder = tmp_path / "prices"
    return run


def row(folder, symbol="SLIM"):
    return read_assets(folder / "assets.csv")[symbol]


def test_the_same_fund_again_keeps_what_a_person_wrote(bring):
    assert bring(NAV, "--expense", "0.0814").code == 0
    registry = bring.folder / "assets.csv"
    text = (
        registry.read_text()
        .replace("G old_general", "T G old_tsumitate")
        .replace("imported from nav.csv", "my note")
    )
    headings, mine = text.splitlines()
    commas = "," * (headings.count(",") - 2)
    registry.write_text(f"{headings},mine\n{mine}\nOTHER,index,JPY{commas},x\n")
    assert bring(NAV + "2024/01/09,10050,0\n").code == 0
    assert csv_folder.load(bring.folder, "SLIM").close.tolist() == [10000, 10100, 10050]
    assert row(bring.folder).frames == ("T", "G", "old_tsumitate")
    assert row(bring.folder).note == "my note"
    assert row(bring.folder).expense_ratio == pytest.approx(0.000814)
    assert registry.read_text().splitlines()[0].endswith(",mine")
    assert registry.read_text().splitlines()[-1].endswith(",x")
    assert bring(NAV + "2024/01/09,10050,0\n", "--expense", "0.2").code == 0
    assert row(bring.folder).expense_ratio == pytest.approx(0.002), "what is said now"
    assert row(bring.folder).note == "my note"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NAV.replace("2024/01/04,10000,0\n", ""), "1 days lost, 2024-01-04 to 2024-01-04"),
        ("基準日,基準価額,分配金\n2025/01/06,10000,0\n", "2 days lost, 2024-01-04 to 2024-01-05"),
        (NAV.replace("10100", "10101"), "close of 2024-01-05: 10,100 -> 10,101"),
        (NAV.replace("10100,0", "10100,30"), "dividend of 2024-01-05: 0 -> 30"),
    ],
)
def test_a_history_that_shrinks_or_changes_is_refused(bring, text, words):
    assert bring(NAV).code == 0
    before = {path.name: path.read_bytes() for path in bring.folder.iterdir()}
    said = bring(text)
    assert said.code == 3
    assert "nav.csv would change it" in said.line
    assert words in said.line
    assert "--replace" in said.line
    assert {path.name: path.read_bytes() for path in bring.folder.iterdir()} == before
    assert words in bring(text, "--dry-run").out
    assert bring(text, "--replace").code == 0
    assert csv_folder.load(bring.folder, "SLIM").dates.size == text.count("\n") - 1


def test_later_payouts_may_rescale_adjusted_closes(bring):
    """Each payout lowers all earlier adjusted closes by one factor: that changes nothing."""
    said = bring(YAHOO, "--kind", "us_etf", symbol="XYZ")
    assert said.code == 0, said
    later = YAHOO.replace("398.119400", "396.128803").replace("402.300000", "400.288500")
    later += "2024-01-08,401.00,401.000000\n"
    said = bring(later, "--payouts-from-adjusted", symbol="XYZ")
    assert said.code == 0, said
    paid = csv_folder.load(bring.folder, "XYZ").dividend
    assert paid.tolist() == pytest.approx([0, 0.5 * 4.0012, 0.005 * 402.3], abs=2e-4) or paid[2] > 0
    # What is known stays known where a file does not say.
    assert bring(later + "2024-01-09,402.00,402.000000\n", symbol="XYZ").code == 0
    kept = csv_folder.load(bring.folder, "XYZ").dividend
    assert kept[:3].tolist() == paid.tolist()
    assert str(kept[3]) == "nan"
    wrong = later.replace("396.128803", "390.128803")
    assert "adjusted close of 2024-01-0" in bring(wrong + "2024-01-09,402.00,402.000000\n", symbol="XYZ").line


def test_names_that_are_the_folders_own(bring):
    said = bring(NAV, symbol="assets")
    assert (said.code, said.out) == (2, "")
    assert "the folder's own table of assets has that name" in said.line
    assert bring(NAV, symbol="ASSETS").code == 2
    said = bring(NAV, name="assets.csv", symbol=None)
    assert said.code == 2
    assert not bring.folder.exists()
    said = bring(NAV, name="基準価額.csv", symbol=None)
    assert said.code == 3
    assert "--as" in said.line


@pytest.mark.parametrize("fee", ["nan", "inf", "-1", "10", "1e3"])
def test_fees_that_are_none(bring, fee):
    said = bring(NAV, "--expense", fee)
    assert said.code == 2
    assert "--expense" in said.line
    assert not bring.folder.exists()


def test_what_a_file_is_must_be_said_where_nobody_can_be_asked(bring, capsys):
    said = bring(YAHOO, "--yes", symbol="XYZ")
    assert (said.code, said.out) == (2, "")
    assert "what is XYZ?" in said.line
    assert "--kind us_etf, jp_fund, index or jp_etf" in said.line
    assert not bring.folder.exists()
    said = bring(YAHOO, "--kind", "us_etf", symbol="XYZ")
    assert "What it is: US ETF, USD (as said)" in said.out
    assert "Distributions (sum): not known" in said.out
    assert json.loads(bring(YAHOO, "--kind", "us_etf", "--json", symbol="XYZ").out)["paid"] is None
    assert "what is" in bring(YAHOO, symbol="XYZA").line
    said = bring(YAHOO, "--payouts-from-adjusted", "--no-payouts", symbol="XYZ")
    assert said.code == 2
    assert "contradict" in said.line
    assert "allowed WHAT=HEADING" in bring(YAHOO, "--column", "price", symbol="XYZ").line


def test_a_person_at_a_terminal_is_asked(tmp_path):
    path = tmp_path / "XYZ.csv"
    path.write_text(YAHOO)
    said = on_a_terminal("data", "import", path, "--into", tmp_path / "p", *JA, keys="us_etf\ny\ny\n")
    assert said.code == 0, said
    assert "XYZが何か分かりません" in said.out
    assert "そこから分配を計算しますか" in said.out
    assert csv_folder.load(tmp_path / "p", "XYZ").dividend[1] == pytest.approx(2.0, abs=0.01)


def test_six_imports_at_once_lose_nothing(tmp_path):
    begun = []
    for name in "ABCDEF":
        (tmp_path / f"{name}.csv").write_text(NAV, encoding="utf-8")
        command = [sys.executable, "-c", RUN, "data", "import", str(tmp_path / f"{name}.csv"), "--quiet"]
        begun.append(
            subprocess.Popen([*command, "--into", str(tmp_path / "p")], cwd=ROOT, stderr=subprocess.PIPE)
        )
    for process in begun:
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 0
    assert sorted(read_assets(tmp_path / "p" / "assets.csv")) == list("ABCDEF")
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [
        *(f"{n}.csv" for n in "ABCDEF"),
        "assets.csv",
    ]


def test_japanese_errors(bring, capsys, tmp_path):
    bring(NAV)
    (tmp_path / "XYZ.csv").write_text(YAHOO)
    (tmp_path / "SLIM.csv").write_text(NAV.replace("10100", "10101"))
    for name, words in (
        ("XYZ", "XYZが何か分かりません。ドルの価格や調整後終値は円の投資信託のものではなく"),
        ("XYZ", "--kind で指定してください"),
        ("SLIM", "SLIM.csv を取り込むと保存済みの内容が変わります"),
        ("SLIM", "--replace を付けると置き換えます"),
    ):
        said = type_in(capsys, "data", "import", tmp_path / f"{name}.csv", "--into", bring.folder, *JA)
        assert words in said.line


def test_what_the_program_knows_of_an_asset_stays_known(bring):
    """Its fee, stand-ins and frames: a row of the folder wins over the registry's."""
    assert bring(YAHOO, symbol="VOO").code == 0
    mine = row(bring.folder, "VOO")
    assert (mine.expense_ratio, mine.stand_ins, mine.tracks) == (0.0003, ("SPY", "IVV"), "S&P 500")
    assert mine.note == "imported from nav.csv"
    assert bring(YAHOO, symbol="AGG").code == 0
    assert row(bring.folder, "AGG").frames == ("old_general",)


def test_a_fund_that_distributes_monthly_gets_no_growth_frame(bring):
    rows = "".join(f"20{20 + k // 12}/{1 + k % 12:02}/20,{10000 - k},30\n" for k in range(24))
    assert bring(f"基準日,基準価額,分配金\n{rows}").code == 0
    assert row(bring.folder).frames == ("old_general",)
    assert row(bring.folder).note == "distributes monthly: not in the growth frame"


def test_prices_that_a_run_would_refuse_are_said(bring):
    said = bring(NAV + "2024/01/09,5050,0\n")
    assert (
        "FATAL: SLIM: moves by over 25% in one session (like an unadjusted 2:1 split): 2024-01-09" in said.out
    )


def test_a_damaged_file_is_replaced_only_when_that_is_said(bring):
    bring(NAV)
    (bring.folder / "SLIM.csv").write_text("date,close\n2024-01-04,x\n")
    said = bring(NAV)
    assert (said.code, "SLIM.csv:2: close: 'x'" in said.line) == (3, True)
    assert bring(NAV, "--replace").code == 0
    assert csv_folder.load(bring.folder, "SLIM").dates.size == 2


PLAN = """name: y
currency: JPY
period: {{start: 2018-01-02, end: 2019-12-31}}
strategy:
  allocation: {{type: fixed_mix, weights: {{VOO: 1}}}}
  contributions: {{type: lump_sum, amount: 10_000_000}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: {dividends}
data: {{splice: none}}
"""


@pytest.fixture
def downloaded(capsys, tmp_path):
    """A US ETF as Yahoo's download has it, a yen of 140, and the truth behind it.

    ``run(dividends, *options)`` imports it with the options and runs a plan on it.
    """
    truth = walk(start="2018-01-01", seed=5)
    truth = truth.replace(close=np.round(truth.close, 2), dividend=np.round(truth.dividend, 4))
    factor = np.append(1 - truth.dividend[1:] / truth.close[:-1], 1.0)
    adjusted = truth.close * np.cumprod(factor[::-1])[::-1]
    rows = [f"{day},{c:.6f},{a:.6f},1000" for day, c, a in zip(truth.dates, truth.close, adjusted)]
    (tmp_path / "VOO.csv").write_text("\n".join(["Date,Close,Adj Close,Volume", *rows, ""]))

    def run(dividends, *options):
        into = tmp_path / "prices"
        said = type_in(capsys, "data", "import", tmp_path / "VOO.csv", "--into", into, *EN, *options)
        assert said.code == 0, said
        (into / "USDJPY.csv").write_text("date,close\n" + "".join(f"{day},140\n" for day in truth.dates))
        (tmp_path / "y.yaml").write_text(PLAN.format(dividends=dividends))
        return type_in(
            capsys, "run", tmp_path / "y.yaml", "--data", f"csv:{into}", "--out", tmp_path, "--json", *EN
        )

    run.truth, run.adjusted = truth, adjusted
    return run


def final_value(said):
    assert said.code == 0, said
    return json.loads(said.out)["metrics"]["final_value"]


def test_a_us_etf_is_no_yen_fund_and_keeps_its_payouts(downloaded):
    """Against the closed form: each payout buys more at the close of its day; the rate does not move."""
    truth, cash = downloaded.truth, "{mode: cash, source_tax: 0}"
    said = downloaded(cash)
    assert said.code == 3
    assert "the dividend of 2018-01-02 is unknown" in said.line
    growth = truth.close[-1] / truth.close[0] * np.prod(1 + truth.dividend / truth.close)
    lost = truth.close[-1] / truth.close[0]
    assert growth > 1.03 * lost, "seven payouts of half a percent"
    found = final_value(downloaded(cash, "--payouts-from-adjusted"))
    assert found == pytest.approx(10_000_000 * growth, rel=2e-6)


def test_total_return_needs_no_payouts(downloaded):
    found = final_value(downloaded("{mode: total_return}"))
    assert found == pytest.approx(10_000_000 * downloaded.adjusted[-1] / downloaded.adjusted[0], rel=2e-8)


def workbook(tmp_path, last="Jan 08, 2024", shares=1_100_000):
    from tests.workbooks import spreadsheet_ml

    rows = [
        ["As Of", "NAV per Share", "Ex-Dividends", "Shares Outstanding"],
        [last, 98.5, None, shares],
        ["Jan 05, 2024", 101.0, 0.5, 1_100_000],
        ["Jan 04, 2024", 100.0, None, 1_000_000],
    ]
    path = tmp_path / "iShares-IWM_fund.xls"
    path.write_bytes(spreadsheet_ml({"Historical": rows}))
    return path


def test_an_issuers_workbook_gives_prices_payouts_and_flows(tmp_path, capsys):
    into = tmp_path / "prices"
    words = ("data", "import", workbook(tmp_path), "--as", "IWM", "--into", into)
    told = json.loads(type_in(capsys, *words, "--dry-run", "--json").out)
    assert (told["encoding"], told["payouts"], told["first"], told["last"]) == (
        "xml",
        1,
        "2024-01-04",
        "2024-01-08",
    )
    assert not into.exists()
    said = type_in(capsys, *words, "--lang", "ja")
    assert said.code == 0
    assert "価格は運用会社の基準価額（NAV）で、取引所の終値ではありません" in said.out
    assert "IWM_FLOWS_DAILY.csv" in said.out
    assert sorted(path.name for path in into.glob("*.csv")) == [
        "IWM.csv",
        "IWM_FLOWS_DAILY.csv",
        "assets.csv",
    ]
    assert load_flows(into, "IWM", frequency="daily").flow.tolist() == [100_000 * 101.0, 0.0]


def test_flows_that_would_change_keep_the_prices_too(tmp_path, capsys):
    into = tmp_path / "prices"
    words = ("data", "import", workbook(tmp_path), "--as", "IWM", "--into", into, *EN)
    assert type_in(capsys, *words).code == 0
    before = {path.name: path.read_bytes() for path in into.glob("*.csv")}
    workbook(tmp_path, shares=1_200_000)
    said = type_in(capsys, *words)
    assert (said.code, "IWM_FLOWS_DAILY.csv" in said.line, "would change it" in said.line) == (3, True, True)
    assert {path.name: path.read_bytes() for path in into.glob("*.csv")} == before
    assert type_in(capsys, *words, "--replace").code == 0
    assert load_flows(into, "IWM", frequency="daily").flow[-1] == 100_000 * 98.5


def test_a_wrong_workbook_keeps_nothing(tmp_path, capsys):
    path = workbook(tmp_path)
    path.write_bytes(path.read_bytes()[:-60])
    said = type_in(capsys, "data", "import", path, "--as", "IWM", "--into", tmp_path / "prices", *EN)
    assert said.code == 3
    assert "the workbook is no XML that can be read" in said.line
    assert not (tmp_path / "prices").exists()
