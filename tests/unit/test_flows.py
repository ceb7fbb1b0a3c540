import numpy as np
import pytest

from engine.errors import BadData, DataError, NotFound
from engine.market.flows import from_shares, load_flows, split_ratios
from engine.market.table import read_table
from tests.market_helpers import days, market_folder

BOTH = """date,nav,shares_outstanding,flow_usd
2024-01-31,10,100,200
2024-02-29,11,120,220
2024-03-31,12,110,-120
"""


def written(folder, text, name="AAA_FLOWS_MONTHLY.csv"):
    (folder / name).write_text(text)
    return folder


def test_flows_of_a_file(tmp_path):
    flows = load_flows(written(tmp_path, BOTH), "AAA")
    assert np.array_equal(flows.dates, days("2024-01-31", "2024-02-29", "2024-03-31"))
    np.testing.assert_array_equal(flows.flow, [200, 220, -120])
    np.testing.assert_array_equal(flows.aum, [1000, 1320, 1320])
    assert flows.source == "csv:AAA_FLOWS_MONTHLY.csv"
    assert flows.between(np.datetime64("2024-02-01"), np.datetime64("2024-03-31")) == 100
    assert flows.provenance.symbol == "AAA flows"
    assert (flows.provenance.first, flows.provenance.last) == ("2024-01-31", "2024-03-31")


def test_flows_from_shares_outstanding(tmp_path):
    text = "".join(line.rsplit(",", 1)[0] + "\n" for line in BOTH.splitlines())
    flows = load_flows(written(tmp_path, text, "own.csv") / "own.csv", "AAA")
    # The first row has no row before it to change from.
    assert np.array_equal(flows.dates, days("2024-02-29", "2024-03-31"))
    np.testing.assert_array_equal(flows.flow, [220, -120])


def test_the_definition():
    shares, nav = np.array([100.0, 120.0, np.nan, 130.0]), np.array([10.0, 11.0, 12.0, 13.0])
    np.testing.assert_array_equal(from_shares(shares, nav), [np.nan, 220, np.nan, np.nan])


@pytest.mark.parametrize(
    ("ratio", "move", "paid", "seen"),
    [
        (2.0, 0.0, 0, 2.0),  # nobody paid anything in
        (2.0, 0.05, 120_000, 2.0),
        (1.5, -0.04, -70_000, 1.5),
        (10.0, 0.08, 50_000, 10.0),
        (1 / 10, 0.0, 0, 0.1),  # ten shares become one
        (1.0, -0.22, 500_000, 1.0),  # a crash into which half as many shares again are bought
        (1.0, 0.0, 1_000_000, 1.0),  # money that doubles the fund
    ],
)
def test_a_split_is_no_flow(tmp_path, ratio, move, paid, seen):
    """A million shares at 100 dollars; ``paid`` new shares of the new kind, valued at the end."""
    nav = 100.0 * (1 + move) / ratio
    shares = 1_000_000 * ratio + paid
    text = f"date,nav,shares_outstanding\n2005-05-31,100,1000000\n2005-06-30,{nav!r},{shares!r}\n"
    flows = load_flows(written(tmp_path, text), "AAA")
    np.testing.assert_allclose(flows.flow, [paid * nav], atol=1e-4)
    said = f"AAA flows: one share became {seen:.4g} up to 2005-06-30: a split is no flow"
    assert [str(note) for note in flows.provenance.notes] == ([said] if seen != 1.0 else [])


def test_only_flows(tmp_path):
    flows = load_flows(written(tmp_path, "date,flow_usd\n2024-01-31,5\n2024-02-29,\n"), "AAA")
    np.testing.assert_array_equal(flows.flow, [5])
    assert np.isnan(flows.aum).all()


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (
            "date,nav\n2024-01-31,5\n",
            BadData,
            "AAA_FLOWS_MONTHLY.csv:1: the header must have date and flow_usd or",
        ),
        (
            "date,flow_usd\n2024-01-31,x\n",
            BadData,
            "AAA_FLOWS_MONTHLY.csv:2: flow_usd: 'x' is not a finite number",
        ),
        ("date,flow_usd\n2024-01-31,\n", BadData, "neither flow_usd nor nav"),
        (
            "date,nav,shares_outstanding\n2024-01-31,-1,5\n2024-02-29,1,5\n",
            BadData,
            "2024-01-31: nav must be above 0",
        ),
    ],
)
def test_what_is_wrong(tmp_path, text, kind, words):
    with pytest.raises(kind) as caught:
        load_flows(written(tmp_path, text), "AAA")
    assert words in str(caught.value)


def test_missing(tmp_path):
    with pytest.raises(NotFound, match=r"BBB_FLOWS_WEEKLY.csv: no such file of flows"):
        load_flows(tmp_path, "BBB", frequency="weekly")
    with pytest.raises(DataError, match="not a symbol"):
        load_flows(tmp_path, "../BBB")


@pytest.mark.market
@pytest.mark.parametrize(("symbol", "frequency"), [("IWM", "monthly"), ("IWM", "weekly"), ("IJR", "monthly")])
def test_real_flows_are_the_change_of_shares_times_nav(symbol, frequency):
    from engine.market.table import read_table

    folder = market_folder()
    flows = load_flows(folder, symbol, frequency=frequency)
    path = folder / f"{symbol}_FLOWS_{frequency.upper()}.csv"
    _, (nav, shares) = read_table(path, ("nav", "shares_outstanding"), one_of=("nav",))
    made = from_shares(shares, nav)
    # The file sums days, each at its own net asset value: near, not equal.
    assert np.median(np.abs(made[1:] - flows.flow[1:]) / flows.aum[1:]) < 0.002
    assert np.corrcoef(made[1:], flows.flow[1:])[0, 1] > 0.99
    assert flows.dates.size == nav.size


@pytest.mark.market
@pytest.mark.parametrize("symbol", ["IWM", "IJR", "IVV"])
def test_no_true_month_is_taken_for_a_split(symbol):
    dates, (nav, shares) = read_table(
        market_folder() / f"{symbol}_FLOWS_MONTHLY.csv", ("nav", "shares_outstanding"), one_of=("nav",)
    )
    assert len(dates) > 200
    assert (split_ratios(shares, nav) == 1.0).all()
