"""Files of fund flows as others write them: what is read, what is refused, what is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.errors import BadData, ConfigError
from engine.market.flows import load_flows
from engine.market.importer import Unclear
from engine.market.importer.flow_files import import_flows
from tests.person import type_in

PLAIN = "date,flow_usd\n2024-01-31,1500000\n2024-02-29,-250000\n2024-03-31,0\n"


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "flows.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_plain_file(written) -> None:
    found = import_flows(written(PLAIN), "IWM")
    assert (found.currency, found.frequency, found.name) == ("USD", "monthly", "IWM_FLOWS_MONTHLY.csv")
    assert found.values[:, 0].tolist() == [1_500_000, -250_000, 0]
    assert found.text == PLAIN


def test_a_japanese_file(written) -> None:
    """Shift_JIS, months without a day, 百万円, △ below zero, newest first, a total at the end."""
    rows = '2024年3月,△1,x\n2024年2月,"1,234.5",x\n2024年1月,２,x\n合計,1235,\n'
    text = f"資金流出入\n年月,純流入額（百万円）,前月比\n{rows}"
    found = import_flows(written(text, "cp932"), "MY_FUND", currency="JPY")
    assert found.dates.astype(str).tolist() == ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert found.values[:, 0].tolist() == [2e6, 1234.5e6, -1e6]
    assert found.text.splitlines()[0] == "date,flow"
    assert [(str(reason), n) for reason, n in found.skipped] == [("without a date", 1)]
    assert found.scaled == {"純流入額（百万円）": 1e6}


def test_shares_and_their_value(written, tmp_path) -> None:
    """A day a row, as an issuer lists them; a weekday without a value is left out."""
    text = (
        "As Of,NAV per Share,Ex-Dividends,Shares Outstanding\n"
        '"Jan 05, 2024",$100.50,--,"1,000,000.00"\n"Jan 04, 2024",$100.00,--,"900,000.00"\n'
        '"Jan 03, 2024",--,--,--\n'
    )
    found = import_flows(written(text), "IWM")
    assert found.name == "IWM_FLOWS_DAILY.csv"
    assert [(str(reason), n) for reason, n in found.skipped] == [("without a flow", 1)]
    (tmp_path / found.name).write_text(found.text)
    flows = load_flows(tmp_path, "IWM", frequency="daily")
    assert flows.flow.tolist() == [100_000 * 100.5]
    assert flows.aum.tolist() == [100_500_000]


def test_the_value_of_a_yen_fund_is_of_ten_thousand_shares(written) -> None:
    text = "基準日,基準価額,残存口数\n2024/01/31,20000,10000000\n2024/02/29,21000,11000000\n"
    found = import_flows(written(text), "EMAXIS_SP500")
    assert found.currency == "JPY"
    np.testing.assert_allclose(found.values[:, 1], [2.0, 2.1])
    assert found.scaled == {"基準価額": 1e-4}
    listed = import_flows(written(text.replace("基準価額", "基準価額（100口当たり）")), "EMAXIS_SP500")
    np.testing.assert_allclose(listed.values[:, 1], [200, 210])


def test_weeks_are_kept_as_weeks(written) -> None:
    text = "date,flow\n2024-01-05,(5)\n2024-01-12,6\n2024-01-19,−7\n"
    found = import_flows(written(text), "IWM")
    assert (found.name, found.values[:, 0].tolist()) == ("IWM_FLOWS_WEEKLY.csv", [-5, 6, -7])


def test_a_column_can_be_said(written) -> None:
    text = "date,Net In,flow\n2024-01-31,1,9\n2024-02-29,2,9\n"
    found = import_flows(written(text), "IWM", columns={"flow": "Net In"})
    assert found.values[:, 0].tolist() == [1, 2]
    with pytest.raises(ConfigError, match="the columns are date, flow, nav, shares"):
        import_flows(written(text), "IWM", columns={"price": "x"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,close\n2024-01-31,5\n", "no line of headings with date"),
        ("date,flow\n2024-01-31,1\n2024-02-3l,2\n", r"flows.csv:3: date: '2024-02-3l' is not a date"),
        ("date,flow\n2024-01-31,x\n", r"flows.csv:2: flow: 'x' is not a number"),
        ("date,flow\n2024-01-31,1\n2024-01-31,2\n", r"flows.csv:3: 2024-01-31 comes twice"),
        ("date,flow,net flow\n2024-01-31,1,2\n", "2 columns could be the net flow: flow and net flow"),
        ("date,nav,shares outstanding\n2024-01-31,-1,2\n", "'-1' is below 0"),
        ("date,flow\n2024-01-31,1,234\n", "3 cells under 2 headings"),
        (
            "date,flow,x\n2024-01-31,1,1\n2024-02-29,25",
            "flows.csv:3: the file ends within this row: '2024-02-29,25'",
        ),
        ('date,flow\n2024-01-31,1\n"2024-02-29,2\n2024-03-31,2\n', "flows.csv:3: a cell that does not end"),
        ("date,flow\n2024-01-31,1\n2024-02-29\t2\n", "flows.csv:3: its cells are not separated like"),
        ("date,flow\n2024-01-31,\n", "no row with a date and a flow"),
        ("date,flow\n2024-03-31,1\n2024-06-30,1\n2024-09-30,2\n", "rows are further apart than months"),
        ("date,flow (JPY)\n2024-01-31,1\n", "the flows are in JPY, and IWM is in USD"),
        ('date,flow\n2024-01-31,"1,234"\n', "may mark thousands or decimals"),
    ],
)
def test_what_is_refused(written, text, words) -> None:
    with pytest.raises(BadData, match=words):
        import_flows(written(text), "IWM")


def test_a_fund_that_nobody_knows_has_no_currency(written) -> None:
    with pytest.raises(Unclear, match="in which currency is MY_FUND"):
        import_flows(written(PLAIN.replace("flow_usd", "flow")), "MY_FUND")
    assert import_flows(written(PLAIN), "MY_FUND").currency == "USD"


def test_the_command_keeps_them_and_loses_nothing(capsys, written, tmp_path) -> None:
    def bring(text, *more):
        into = ("--as", "IWM", "--into", tmp_path / "prices", "--lang", "en")
        return type_in(capsys, "data", "import", written(text), "--flows", *into, *more)

    kept = tmp_path / "prices" / "IWM_FLOWS_MONTHLY.csv"
    said = bring(PLAIN, "--dry-run")
    assert said.code == 0
    assert not kept.exists()
    assert bring(PLAIN).code == 0
    assert kept.read_text() == PLAIN
    longer = PLAIN + "2024-04-30,7\n"
    assert bring(longer).code == 0
    assert kept.read_text() == longer
    for text, words in (
        (PLAIN, "1 days lost, 2024-04-30 to 2024-04-30"),
        (longer.replace("-250000", "-5"), "net flow of 2024-02-29: -250,000 -> -5"),
    ):
        refused = bring(text)
        assert refused.code == 3
        assert words in refused.line
        assert kept.read_text() == longer
    assert bring(PLAIN, "--replace").code == 0
    assert kept.read_text() == PLAIN
    assert bring(PLAIN, "--kind", "us_etf").line.endswith("--kind does not go with --flows")
    told = json.loads(bring(PLAIN, "--json").out)
    assert (told["frequency"], told["rows"], told["currency"]) == ("monthly", 3, "USD")


def test_what_is_kept_is_what_the_study_reads(capsys, written, tmp_path) -> None:
    from tests.fake_studies import noise

    month = np.datetime64("2002-01", "M") + np.arange(120)
    rows = [f"{day},{amount:.0f}" for day, amount in zip(month, noise(1, 120)[1] * 1e9)]
    path = written("\n".join(["年月,純流入", *rows, ""]))
    into = ("--as", "IWM", "--into", tmp_path / "prices", "--lang", "en")
    assert type_in(capsys, "data", "import", path, "--flows", *into).code == 0
    asked = ("--data", "sample", "--flows", tmp_path / "prices", "--out", tmp_path / "out", "--lang", "en")
    done = type_in(capsys, "flows", "IWM", *asked)
    assert done.code == 0
    assert "96 months hold 8 independent periods of 12" in " ".join(done.out.split())
