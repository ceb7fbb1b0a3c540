"""Rows of flows added up by calendar month; what is no whole month is left out and named."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadData, DataError
from engine.market.exchanges import nyse_sessions
from engine.market.flows import Flows, load_flows
from engine.studies.flows.months import FundMonths, fund_months, is_over

sessions = nyse_sessions(np.datetime64("2019-06-03"), np.datetime64("2021-03-31"))
level = np.linspace(100.0, 200.0, sessions.size)
NOTHING = (np.empty(0, "datetime64[D]"), np.empty(0))


def flows_of(dates, flow, *, aum=None, nav=None, is_from_shares=False) -> Flows:
    dates = np.array(dates, "datetime64[D]")
    unknown = np.full(dates.size, np.nan)
    return Flows(
        "AAA", dates, np.array(flow, float), unknown if aum is None else np.array(aum, float), "csv:x.csv",
        nav=unknown if nav is None else np.array(nav, float), is_from_shares=is_from_shares,
    )  # fmt: skip


def known(months: FundMonths) -> dict[str, float]:
    return {str(m): float(f) for m, f in zip(months.month, months.flow) if np.isfinite(f)}


def notes(months: FundMonths) -> list[str]:
    return [str(note) for note in months.notes]


def month_ends(first: str, n: int) -> np.ndarray:
    month = np.datetime64(first, "M") + np.arange(n)
    return (month + 1).astype("datetime64[D]") - 1


def test_months_stand_beside_the_price_at_their_ends() -> None:
    made = fund_months(
        flows_of(month_ends("2020-01", 4), [1, 2, 3, 4], aum=[10, 20, 30, 40]), sessions, level, NOTHING
    )
    assert known(made) == {"2020-01": 1, "2020-02": 2, "2020-03": 3, "2020-04": 4}
    assert (str(made.month[0]), str(made.month[-1])) == ("2018-12", "2021-04")
    at = {str(month): k for k, month in enumerate(made.month)}
    for month, day in (("2019-12", "2019-12-31"), ("2020-02", "2020-02-28"), ("2021-03", "2021-03-31")):
        assert made.level[at[month]] == level[sessions == np.datetime64(day)][0]
    assert np.isnan(made.level[[at["2019-05"], at["2021-04"]]]).all()
    change = (
        level[sessions == np.datetime64("2020-02-28")] / level[sessions == np.datetime64("2020-01-31")] - 1
    )
    assert made.returns[at["2020-02"]] == change[0]
    assert made.assets[at["2020-03"]] == 30
    assert made.notes == ()


def test_a_price_that_ends_inside_a_month_has_no_end_of_it() -> None:
    keep = sessions <= np.datetime64("2020-05-20")
    made = fund_months(flows_of(month_ends("2020-01", 4), [1, 2, 3, 4]), sessions[keep], level[keep], NOTHING)
    at = {str(month): k for k, month in enumerate(made.month)}
    assert np.isfinite(made.level[at["2020-04"]])
    assert np.isnan(made.level[at["2020-05"]])


def test_weeks_count_where_they_end_and_split_months_are_dropped() -> None:
    fridays = np.datetime64("2020-01-10") + 7 * np.arange(14)  # to 10 April
    made = fund_months(flows_of(fridays, np.arange(1, 15)), sessions, level, NOTHING)
    # January begins inside of it; February has 7, 14, 21, 28; March 6 to 27; April ends inside of it.
    assert known(made) == {"2020-02": 5 + 6 + 7 + 8, "2020-03": 9 + 10 + 11 + 12}
    assert notes(made) == [
        "AAA flows: rows are added up by the month of their date",
        "AAA flows: Jan 2020 is left out: its rows begin on 2020-01-10",
        "AAA flows: Apr 2020 is left out: its rows end on 2020-04-10",
    ]


def test_a_missing_week_spoils_its_month() -> None:
    fridays = np.datetime64("2020-01-03") + 7 * np.arange(22)
    keep = fridays != np.datetime64("2020-03-13")
    made = fund_months(flows_of(fridays[keep], np.ones(21)), sessions, level, NOTHING)
    assert sorted(known(made)) == ["2020-01", "2020-02", "2020-04", "2020-05"]
    assert "AAA flows: months without a whole record: Mar 2020" in notes(made)


def test_days_are_added_up() -> None:
    inside = sessions[(sessions >= np.datetime64("2020-02-03")) & (sessions <= np.datetime64("2020-04-15"))]
    made = fund_months(flows_of(inside, np.ones(inside.size)), sessions, level, NOTHING)
    months = inside.astype("datetime64[M]")
    assert known(made) == {m: float((months == np.datetime64(m)).sum()) for m in ("2020-02", "2020-03")}


@pytest.mark.parametrize(
    ("is_from_shares", "missing"), [(False, {"2020-04"}), (True, {"2020-04", "2020-05"})]
)
def test_a_missing_month_is_unknown(is_from_shares: bool, missing: set[str]) -> None:
    """What changed since March is no flow of May alone; a flow that is given is."""
    ends = month_ends("2020-01", 8)
    keep = np.arange(8) != 3
    made = fund_months(
        flows_of(ends[keep], np.ones(7), is_from_shares=is_from_shares), sessions, level, NOTHING
    )
    assert (
        set(known(made)) == {str(m) for m in np.arange("2020-01", "2020-09", dtype="datetime64[M]")} - missing
    )
    assert any("months without a whole record: Apr 2020" in note for note in notes(made))


def test_a_last_row_that_is_not_of_the_months_end() -> None:
    ends = month_ends("2020-01", 4)
    close = sessions, level
    at = np.searchsorted(sessions, ends, side="right") - 1
    true = fund_months(flows_of(ends, [1, 2, 3, 4], nav=level[at] / 3), sessions, level, close)
    assert sorted(known(true)) == ["2020-01", "2020-02", "2020-03", "2020-04"]
    nav = level[at] * [1, 1, 1, 1.05]
    early = fund_months(flows_of(ends, [1, 2, 3, 4], nav=nav), sessions, level, close)
    assert sorted(known(early)) == ["2020-01", "2020-02", "2020-03"]
    assert "AAA flows: Apr 2020 is left out: its net asset value moved by" in notes(early)[0]
    inside = ends.copy()
    inside[-1] = np.datetime64("2020-04-17")
    cut = fund_months(flows_of(inside, [1, 2, 3, 4], nav=nav), sessions, level, close)
    assert notes(cut) == ["AAA flows: Apr 2020 is left out: its rows end on 2020-04-17"]


def test_the_first_month_of_a_fund_is_left_out() -> None:
    made = fund_months(flows_of(month_ends("2019-06", 4), [1, 2, 3, 4]), sessions, level, NOTHING)
    assert sorted(known(made)) == ["2019-07", "2019-08", "2019-09"]
    assert notes(made) == ["AAA flows: Jun 2019 is left out: the price begins on 2019-06-03"]


def test_rows_that_are_no_months_are_refused() -> None:
    with pytest.raises(BadData, match=r"csv:x.csv: 2020-01-15 is not the end of a month \(a row a month"):
        fund_months(flows_of(["2020-01-15", "2020-02-15", "2020-03-15"], [1, 2, 3]), sessions, level, NOTHING)
    with pytest.raises(BadData, match="rows are further apart than months"):
        fund_months(flows_of(["2020-03-31", "2020-06-30", "2020-09-30"], [1, 2, 3]), sessions, level, NOTHING)
    with pytest.raises(DataError, match="hold no whole month"):
        fund_months(flows_of(["2020-03-11"], [1]), sessions, level, NOTHING)


def test_when_a_month_is_over() -> None:
    from engine.market.frequency import DAILY, MONTHLY, WEEKLY

    def over(day: str, frequency) -> bool:
        return is_over(np.datetime64(day), frequency)

    assert over("2024-03-28", DAILY)  # Good Friday and a weekend follow
    assert over("2024-12-30", DAILY)  # the last session of Tokyo's year
    assert not over("2024-05-30", DAILY)
    assert over("2024-03-28", MONTHLY)
    assert not over("2024-03-25", MONTHLY)
    assert over("2024-05-31", WEEKLY)
    assert not over("2024-05-24", WEEKLY)


def test_flows_in_another_currency_have_a_column_of_their_own(tmp_path) -> None:
    (tmp_path / "F_FLOWS_MONTHLY.csv").write_text("date,flow\n2024-01-31,5\n2024-02-29,-2\n")
    assert load_flows(tmp_path, "F").flow.tolist() == [5, -2]
