"""Leads and lags of flows: against plain loops that share no code, and on series whose answer is known."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pandas as pd
import pytest

from engine.errors import ConfigError, DataError, NotFound
from engine.report.flows_text import relation, statements
from engine.studies.flows.measures import Resampling, fifths
from engine.studies.flows.months import REACH, FundMonths
from engine.studies.flows.results import INFLOW, OUTFLOW, Relation
from engine.studies.flows.study import flow_study, study_fund
from engine.studies.student import student
from tests.fake_studies import fund_months_of, noise
from tests.market_helpers import market_folder


def answers(make, seeds, **more) -> list[Relation]:
    return [study_fund("AAA", make(seed), draws=300, **more).relation for seed in seeds]


def following(seed: int, shift: int = 1) -> FundMonths:
    """Flow answers the return of ``shift`` months before (below 0: of months to come), half signal, half noise."""
    returns, flow = noise(seed)
    return fund_months_of(returns, np.roll(returns, shift) * 0.02 / 0.04 + flow)


def test_noise_is_said_to_be_noise() -> None:
    """25 correlations looked at, and in 95 of 100 cases none of them is taken for something."""
    found = answers(lambda seed: fund_months_of(*noise(seed)), range(200))
    assert found.count(Relation.NOISE) >= 180
    fund = study_fund("AAA", fund_months_of(*noise(3)), draws=300)
    assert str(relation(fund)).startswith("AAA: this is noise")


def test_noise_of_flows_that_persist_is_noise_too() -> None:
    def persistent(seed: int) -> FundMonths:
        returns, flow = noise(seed)
        for at in range(1, flow.size):
            flow[at] += 0.7 * flow[at - 1]
        return fund_months_of(returns, flow)

    found = answers(persistent, range(100))
    assert found.count(Relation.NOISE) >= 88


@pytest.mark.parametrize("relative_to", ["assets", "volatility"])
def test_flows_that_follow_are_found(relative_to: str) -> None:
    found = answers(following, range(20), relative_to=relative_to)
    assert found.count(Relation.FOLLOWS) >= 18
    assert Relation.LEADS not in found
    fund = study_fund("AAA", following(1), draws=300)
    assert (fund.strongest(-1).months, fund.relation) == (-1, Relation.FOLLOWS)
    assert str(relation(fund)) == "AAA: flows followed returns; that they lead cannot be told."
    before = fund.event(INFLOW, "before", 1)
    assert before is not None
    assert before.is_told
    assert before.difference > 0.02


def test_flows_that_lead_are_found() -> None:
    found = answers(lambda seed: following(seed, -1), range(20))
    assert found.count(Relation.LEADS) >= 18
    fund = study_fund("AAA", following(1, -1), draws=300)
    assert fund.strongest(1).months == 1
    assert str(relation(fund)) == "AAA: flows led returns; that they follow them cannot be told."


def test_flows_of_the_same_month_neither_lead_nor_follow() -> None:
    fund = study_fund("AAA", following(1, 0), draws=300)
    assert fund.relation is Relation.SAME_MONTH


# --- the same figures by loops ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def holed() -> FundMonths:
    """200 months, three of them unknown, and prices that end five months after the flows."""
    returns, flow = noise(11, 200)
    flow[[30, 31, 90]] = np.nan
    flow[50:60] = 0.0  # equal flows share a rank
    made = fund_months_of(returns, flow)
    level = made.level.copy()
    level[-7:] = np.nan
    return FundMonths(made.month, made.flow, made.assets, level, ())


@pytest.mark.parametrize("relative_to", ["assets", "volatility"])
def test_correlations_and_returns_are_those_of_plain_loops(holed: FundMonths, relative_to: str) -> None:
    fund = study_fund("AAA", holed, relative_to=relative_to, draws=100)
    frame = pd.DataFrame({"flow": holed.flow, "assets": holed.assets, "level": holed.level})
    if relative_to == "assets":
        frame["x"] = frame.flow / frame.assets.shift(1)
    else:
        frame["x"] = [
            frame.flow[at] / statistics.stdev(past)
            if len(past := frame.flow[max(0, at - 36) : at].dropna().tolist()) >= 24
            else math.nan
            for at in range(len(frame))
        ]
    np.testing.assert_allclose(fund.relative, frame.x, rtol=1e-12)
    frame["r"] = frame.level / frame.level.shift(1) - 1
    for item in fund.lags:
        pair = pd.DataFrame({"x": frame.x, "r": frame.r.shift(-item.months)}).dropna()
        assert item.pairs == len(pair)
        expected = pair.x.rank().corr(pair.r.rank())
        assert item.correlation == pytest.approx(expected, abs=1e-12)
        assert item.low < item.correlation < item.high
    known = frame.x.dropna()
    place = (5 * (known.rank() - 0.5) / len(known)).astype(int) + 1
    assert fund.fifth[known.index].tolist() == place.tolist()
    assert fund.n == len(known)
    for item in fund.events:
        own, every = [], []
        for at in known.index:
            first, last = {
                "before": (at - 1 - item.months, at - 1),
                "same": (at - 1, at),
                "after": (at, at + item.months),
            }[item.side]
            if first < 0 or last >= len(frame):
                continue
            value = frame.level[last] / frame.level[first] - 1
            if math.isnan(value):
                continue
            every.append(value)
            if place[at] == item.group:
                own.append(value)
        assert (item.n, item.all_n) == (len(own), len(every))
        got = (item.mean, item.median, item.all_mean, item.difference)
        want = (np.mean(own), np.median(own), np.mean(every), np.mean(own) - np.mean(every))
        assert got == pytest.approx(want, abs=1e-12)
    assert len(fund.events) == 18


def test_intervals_are_those_of_blocks_drawn_by_loops(holed: FundMonths) -> None:
    """The same draws, month by month, give the same standard error."""
    fund = study_fund("AAA", holed, draws=150, seed=4)
    record = range(REACH + 1, holed.month.size - REACH)
    n, block = len(record), 24
    assert fund.block == block
    starts = np.random.default_rng([4, 0]).integers(0, n, (150, math.ceil(n / block)))
    item = next(item for item in fund.events if (item.group, item.side, item.months) == (OUTFLOW, "after", 6))
    level, drawn = holed.level, []
    for row in starts.tolist():
        months = [(start + step) % n for start in row for step in range(block)][:n]
        own, every = [], []
        for month in months:
            at = record[month]
            value = level[at + 6] / level[at] - 1
            if fund.fifth[at] and not math.isnan(value):
                every.append(value)
                if fund.fifth[at] == OUTFLOW:
                    own.append(value)
        drawn.append(statistics.fmean(own) - statistics.fmean(every))
    half = student(n / block - 1) * statistics.stdev(drawn)
    assert (item.low, item.high) == pytest.approx((item.difference - half, item.difference + half), rel=1e-9)


def test_the_quantile_of_students_t() -> None:
    """Published values for 97.5 %."""
    for degrees, value in ((4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)):
        assert student(degrees) == pytest.approx(value, rel=3e-3)


def test_intervals_hold_what_they_say() -> None:
    """In noise an interval of returns over 12 months, which overlap, holds 0 in about 95 of 100 cases."""
    held = []
    for seed in range(120):
        fund = study_fund("AAA", fund_months_of(*noise(seed)), draws=200)
        held += [not item.is_told for item in fund.events if (item.side, item.months) == ("after", 12)]
    assert 0.90 <= np.mean(held) <= 0.99


def test_blocks_are_as_long_as_the_longest_horizon_at_least() -> None:
    assert [Resampling(n, 1, 100).block for n in (60, 100, 120, 300)] == [12, 20, 24, 24]


def test_equal_flows_share_a_fifth() -> None:
    assert fifths(np.array([np.nan, 1.0, 2.0, 2.0, 2.0, 5.0])).tolist() == [0, 1, 3, 3, 3, 5]


def test_the_seed_and_nothing_else_decides(holed: FundMonths) -> None:
    one, same, other = (study_fund("AAA", holed, seed=seed, draws=150) for seed in (1, 1, 2))
    assert (one.lags, one.events, one.band) == (same.lags, same.events, same.band)
    assert one.lags[0].low != other.lags[0].low
    assert [item.correlation for item in one.lags] == [item.correlation for item in other.lags]


# --- what is refused, and what is said -------------------------------------------------------------------------


def test_a_short_history_is_refused_in_one_line() -> None:
    with pytest.raises(DataError, match="AAA: 59 months have a flow and a return; at least 60 are needed"):
        study_fund("AAA", fund_months_of(*noise(1, 60)))
    assert study_fund("AAA", fund_months_of(*noise(1, 61)), draws=100).n == 60


def test_flows_that_cannot_be_ranked_are_refused() -> None:
    returns, flow = noise(1)
    with pytest.raises(DataError, match="AAA: its flows are all the same"):
        study_fund("AAA", fund_months_of(returns, np.full(flow.size, 0.01)))
    flow[::2], flow[1::2] = 0.0, np.abs(flow[1::2])
    with pytest.raises(DataError, match="too many months have the same flow"):
        study_fund("AAA", fund_months_of(returns, flow))
    with pytest.raises(DataError, match="its price does not move"):
        study_fund("AAA", fund_months_of(np.zeros(returns.size), noise(1)[1]))
    unknown = fund_months_of(*noise(1))
    unknown = FundMonths(unknown.month, unknown.flow, np.full(unknown.flow.size, np.nan), unknown.level, ())
    with pytest.raises(DataError, match=r"its net assets are unknown \(--relative-to volatility\)"):
        study_fund("AAA", unknown, relative_to="assets")
    assert study_fund("AAA", unknown, draws=100).measure == "volatility"


def test_inflows_that_lie_together_are_said() -> None:
    returns, flow = noise(2)
    flow[:40] += 0.2
    said = [str(text) for text in statements(study_fund("AAA", fund_months_of(returns, flow), draws=100))]
    assert any("lie in the first half of the record" in text for text in said)
    said = [str(text) for text in statements(study_fund("AAA", fund_months_of(*noise(2)), draws=100))]
    assert not any("half of the record" in text for text in said)


def test_a_fifth_of_outflows_without_outflows_is_said() -> None:
    returns, flow = noise(2)
    said = [str(t) for t in statements(study_fund("AAA", fund_months_of(returns, np.abs(flow)), draws=100))]
    assert "The fifth of the largest outflow holds months without an outflow." in said


def test_arguments_that_cannot_be(tmp_path) -> None:
    for given, words in (
        ({"symbols": []}, "symbols: came none"),
        ({"symbols": ["IWM", "IWM"]}, "each once"),
        ({"symbols": ["IWM"], "base": "EUR"}, "base"),
        ({"symbols": ["IWM"], "relative_to": "size"}, "relative_to"),
        ({"symbols": ["IWM"], "draws": 5}, "draws"),
    ):
        with pytest.raises(ConfigError, match=words):
            flow_study(**given)
    with pytest.raises(NotFound, match=r"no fund flows of IWM in sample \(backtest data import FILE --flows"):
        flow_study(["IWM"], source="sample")
    with pytest.raises(NotFound, match="no fund flows of IJR in"):
        flow_study(["IJR"], source=f"csv:{tmp_path}")


# --- real flows ------------------------------------------------------------------------------------------------


@pytest.mark.market
def test_real_funds() -> None:
    """No fund's flows led its returns as far as can be told; a month that is cut short is left out."""
    found = flow_study(["IWM", "IJR", "IVV"], source=f"csv:{market_folder()}", draws=500)
    assert not any(fund.is_told(1) or fund.is_told(-1) for fund in found.funds)
    assert [fund.n for fund in found.funds] == [301, 224, 262]
    notes = [str(note["english"]) for item in found.manifest["data"] for note in item["notes"]]
    assert sum("is not of the month's end" in note for note in notes) == 3
    frame = pd.read_csv(market_folder() / "IWM_FLOWS_MONTHLY.csv", parse_dates=["date"]).set_index("date")
    prior = (frame.nav * frame.shares_outstanding).shift(1)
    fund = found.funds[0]
    known = np.isfinite(fund.relative)
    np.testing.assert_allclose(fund.relative[known], (frame.flow_usd / prior).iloc[2:-1], rtol=1e-12)
    close = pd.read_csv(market_folder() / "IWM.csv", parse_dates=["date"]).set_index("date").adj_close
    change = close.resample("ME").last().pct_change().loc[frame.index[2] : frame.index[-2]]
    pair = pd.DataFrame({"x": (frame.flow_usd / prior).iloc[2:-1], "r": change})
    same = next(item for item in fund.lags if item.months == 0)
    assert same.correlation == pytest.approx(pair.x.rank().corr(pair.r.rank()), abs=1e-12)


@pytest.mark.market
def test_weeks_say_about_what_months_say(tmp_path) -> None:
    folder = market_folder()
    weekly = tmp_path / "IWM_FLOWS_WEEKLY.csv"
    weekly.write_bytes((folder / weekly.name).read_bytes())
    by_weeks = flow_study(["IWM"], source=f"csv:{folder}", flows=tmp_path, draws=300).funds[0]
    by_months = flow_study(["IWM"], source=f"csv:{folder}", draws=300).funds[0]
    both = np.isfinite(by_weeks.relative) & np.isfinite(by_months.relative)
    assert (
        np.corrcoef(by_weeks.relative[both], by_months.relative[both])[0, 1] > 0.7
    )  # a week counts where it ends
    assert not by_weeks.is_told(1)


@pytest.mark.market
def test_returns_in_yen_are_of_the_same_flows() -> None:
    source = f"csv:{market_folder()}"
    own, yen = (flow_study(["IVV"], source=source, base=base, draws=100).funds[0] for base in (None, "JPY"))
    assert (own.base, yen.base, yen.currency) == ("USD", "JPY", "USD")
    np.testing.assert_array_equal(own.fifth, yen.fifth)
    assert own.lags[12].correlation != yen.lags[12].correlation
