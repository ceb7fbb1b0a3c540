"""Trade and settlement dates in Tokyo against dates worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rules.calendar import covers, settlement_date, settlement_years


@pytest.mark.parametrize(
    ("session", "settled"),
    [
        ("2024-12-24", "2024-12-27"),  # worked example 11
        ("2024-12-25", "2024-12-30"),
        ("2024-12-26", "2025-01-06"),  # worked example 11
        ("2024-12-31", "2025-01-08"),
        ("2024-07-03", "2024-07-08"),
        ("2024-07-05", "2024-07-10"),  # a Friday
        ("2019-04-26", "2019-05-09"),  # Tokyo closed for ten days
        ("2019-05-01", "2019-05-09"),  # a US session inside them
        ("2023-11-02", "2023-11-08"),  # Culture Day
        ("1998-05-01", "1998-05-08"),  # a Wednesday after three holidays, and no holiday
        ("2020-09-30", "2020-10-05"),  # the exchange failed that day, settlement did not
    ],
)
def test_a_us_etf(session, settled):
    assert settlement_date([session], "us_etf").astype(str).tolist() == [settled]
    assert settlement_date([session], "index").astype(str).tolist() == [settled]


@pytest.mark.parametrize(
    ("session", "settled"),
    [
        ("2024-06-03", "2024-06-11"),
        ("2024-12-19", "2024-12-27"),
        ("2024-12-20", "2024-12-30"),
        ("2024-12-23", "2025-01-06"),
        ("2024-12-30", "2025-01-14"),  # Coming of Age Day on the 13th
    ],
)
def test_a_fund_settles_six_business_days_after_the_session(session, settled):
    assert settlement_date([session], "jp_fund").astype(str).tolist() == [settled]


def test_settlement_years_agree_with_settlement_dates_on_every_day():
    sessions = np.arange("1995-01-01", "2033-01-01", dtype="datetime64[D]")
    sessions = sessions[np.is_busday(sessions)]
    for kind in ("us_etf", "jp_fund", "index"):
        dates = settlement_date(sessions, kind)
        assert (np.diff(dates.astype(int)) >= 0).all()
        years = dates.astype("datetime64[Y]").astype(int) + 1970
        assert (settlement_years(sessions, kind) == years).all()


def test_years_outside_the_table_use_weekdays_and_say_so():
    # 1 January 2036 is a Tuesday; no holiday is known there.
    assert settlement_date(["2035-12-27"], "us_etf").astype(str).tolist() == ["2036-01-01"]
    for first, last, inside in (
        ("1997-01-01", "2030-12-10", True),
        ("1996-12-31", "2030-12-10", False),
        ("1997-01-01", "2030-12-11", False),
    ):
        sessions = np.array([first, "2024-01-04", last], dtype="datetime64[D]")
        assert covers(sessions) == inside


def test_money_settles_on_its_session_also_on_a_holiday_of_tokyo() -> None:
    sessions = np.array(["2009-01-02", "2009-01-05"], dtype="datetime64[D]")
    for kind in ("cash", "deposit"):
        assert settlement_date(sessions, kind).tolist() == sessions.tolist()
