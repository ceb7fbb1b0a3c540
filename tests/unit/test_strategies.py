"""Dates, amounts, weights and signals against values worked out by hand on the New York calendar."""

import warnings
from typing import Any

import numpy as np
import pytest

from engine.config import load_config, parse_config
from engine.errors import ConfigError, DataError
from engine.plan import Plan, Policy, QuotaParts, make_plan
from engine.plan_notes import notes_of, window_notes
from strategies import ALLOCATIONS, CONTRIBUTIONS, REBALANCING, SIGNALS, WITHDRAWALS, contributions, signals
from strategies.dates import due_dates, first_sessions, months_later, sessions_on
from tests.lives import tiny_quota

D = np.datetime64
CORE = """
name: test
strategy:
  allocation: {type: core_satellite, core: A, satellite: B, satellite_weight: 0.1}
"""


@pytest.fixture(scope="module")
def nyse():  # type: ignore[no-untyped-def]
    """The sessions of the New York Stock Exchange, 2000 to 2025."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import exchange_calendars

        calendar = exchange_calendars.get_calendar("XNYS", start="2000-01-01", end="2025-12-31")
        return calendar.sessions.to_numpy().astype("datetime64[D]")


def plan_of(nyse, strategy: str, *, start="2001-01-01", end="2025-12-31", currency="JPY", **more) -> Plan:  # type: ignore[no-untyped-def]
    text = f"""
name: test
currency: {currency}
period: {{start: {start}, end: {end}}}
strategy:
  allocation: {{type: core_satellite, core: A, satellite: B, satellite_weight: 0.1}}
{strategy}
"""
    first, stop = np.searchsorted(nyse, [D(start), D(end) + np.timedelta64(1, "D")])
    return make_plan(parse_config(text), nyse, ("A", "B"), first=int(first), stop=int(stop), **more)


def life(nyse, start="2001-01-01", end="2025-12-31"):  # type: ignore[no-untyped-def]
    first, stop = np.searchsorted(nyse, [D(start), D(end) + np.timedelta64(1, "D")])
    return nyse[first:stop]


def dated(sessions, amounts):  # type: ignore[no-untyped-def]
    return {str(day): float(amount) for day, amount in zip(sessions, amounts) if amount}


# ---- days


@pytest.mark.parametrize(
    ("due", "session"),
    [
        ("2001-01-01", "2001-01-02"),  # New Year
        ("2001-09-11", "2001-09-17"),  # four days closed
        ("2004-02-29", "2004-03-01"),  # a leap Sunday
        ("2004-06-11", "2004-06-14"),  # a day of mourning
        ("2007-01-01", "2007-01-03"),  # New Year, then a day of mourning
        ("2012-10-29", "2012-10-31"),  # a hurricane
        ("2018-03-30", "2018-04-02"),  # Good Friday
        ("2020-12-25", "2020-12-28"),  # Christmas on a Friday
        ("2021-12-31", "2021-12-31"),  # a session though New Year is a Saturday
    ],
)
def test_a_holiday_moves_to_the_next_session(nyse, due: str, session: str) -> None:  # type: ignore[no-untyped-def]
    assert nyse[sessions_on(nyse, np.array([D(due)]))] == D(session)
    day, month = int(due[8:]), due[:7]
    plan = plan_of(
        nyse,
        f"  contributions: {{type: monthly, amount: 1, day: {day}}}",
        start=f"{month}-01",
        end=str(D(month) + np.timedelta64(2, "M")) + "-01",
    )
    sessions = life(nyse, f"{month}-01", str(D(month) + np.timedelta64(2, "M")) + "-01")
    assert next(iter(dated(sessions, plan.deposit))) == session


def test_the_last_day_of_short_months() -> None:
    dates = due_dates(D("2003-12-31"), D("2004-05-01"), 31)
    assert dates.tolist() == [
        D(day).item() for day in ("2003-12-31", "2004-01-31", "2004-02-29", "2004-03-31", "2004-04-30")
    ]
    assert months_later(np.array([D("2003-12-31")]), np.array([0, 2, 14])).astype(str).tolist() == [
        ["2003-12-31", "2004-02-29", "2005-02-28"]
    ]


def test_the_first_due_date_is_on_or_after_the_start(nyse) -> None:  # type: ignore[no-untyped-def]
    monthly = "  contributions: {type: monthly, amount: 100, day: 15}"
    for start, first in (
        ("2005-03-15", "2005-03-15"),
        ("2005-03-16", "2005-04-15"),
        ("2005-03-02", "2005-03-15"),
    ):
        plan = plan_of(nyse, monthly, start=start, end="2005-12-31")
        assert next(iter(dated(life(nyse, start, "2005-12-31"), plan.deposit))) == first


@pytest.mark.parametrize(
    ("period_start", "first_session", "paid"),
    [
        ("2005-01-01", "2005-01-03", "2005-01-03"),  # the holiday at the start counts
        ("2001-01-01", "2005-01-03", "2005-01-03"),  # a later window: due since the session before
        ("2005-01-02", "2005-01-03", "2005-02-01"),  # due a day before the period
        ("2005-01-03", "2005-01-03", "2005-02-01"),
    ],
)
def test_what_is_due_on_a_holiday_at_the_start(nyse, period_start, first_session, paid) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(
        f"name: x\nperiod: {{start: {period_start}}}\nstrategy:\n"
        "  allocation: {type: fixed_mix, weights: {A: 1}}\n  contributions: {type: monthly, amount: 1}\n"
    )
    first = int(np.searchsorted(nyse, D(first_session)))
    plan = make_plan(config, nyse, ("A",), first=first)
    assert next(iter(dated(nyse[first:], plan.deposit))) == paid
    # the same where the data begin with the life, as long as the start is near
    alone = make_plan(config, nyse[first:], ("A",))
    near = period_start.startswith("2005")
    assert next(iter(dated(nyse[first:], alone.deposit))) == (paid if near else "2005-02-01")


@pytest.mark.parametrize(("start", "paid"), [("2005-01-08", "2005-01-18"), ("2005-01-07", "2005-02-08")])
def test_a_start_long_before_the_data_is_no_start(nyse, start, paid) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(
        f"name: x\nperiod: {{start: {start}}}\nstrategy:\n"
        "  contributions: {type: monthly, amount: 1, day: 8}\n"
        "  allocation: {type: fixed_mix, weights: {A: 1}}\n"
    )
    data = nyse[np.searchsorted(nyse, D("2005-01-18")) :]  # ten days after the eighth
    assert next(iter(dated(data, make_plan(config, data, ("A",)).deposit))) == paid


def test_what_was_due_on_the_session_before_is_past(nyse) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(
        "name: x\nperiod: {start: 2001-01-01}\nstrategy:\n  allocation: {type: fixed_mix, weights: {A: 1}}\n"
        "  contributions: {type: monthly, amount: 1}\n"
    )
    first = int(np.searchsorted(nyse, D("2005-02-02")))
    assert (
        next(iter(dated(nyse[first:], make_plan(config, nyse, ("A",), first=first).deposit))) == "2005-03-01"
    )


def test_the_first_sessions_of_years(nyse) -> None:  # type: ignore[no-untyped-def]
    sessions = life(nyse, end="2008-12-31")
    assert sessions[first_sessions(sessions, "yearly")].astype(str).tolist() == [
        "2002-01-02", "2003-01-02", "2004-01-02", "2005-01-03", "2006-01-03", "2007-01-03", "2008-01-02",
    ]  # fmt: skip
    quarters = sessions[first_sessions(sessions, "quarterly")].astype(str).tolist()
    assert quarters[:5] == ["2001-04-02", "2001-07-02", "2001-10-01", "2002-01-02", "2002-04-01"]
    months = sessions[first_sessions(sessions, "monthly")]
    assert len(months) == 95
    assert months[:2].astype(str).tolist() == ["2001-02-01", "2001-03-01"]


def test_first_sessions_of_sparse_calendars() -> None:
    sessions = np.array(["2001-01-15", "2001-01-20", "2001-04-03", "2003-02-02"], "datetime64[D]")
    assert first_sessions(sessions, "monthly").tolist() == [2, 3]
    assert first_sessions(sessions, "yearly").tolist() == [3]
    assert first_sessions(sessions[:2], "monthly").tolist() == []


# ---- money


def test_monthly_with_bonus_growth_and_initial(nyse) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(
        nyse,
        "  contributions: {type: monthly, amount: 10_001, day: 25, growth: 0.015, initial: 500,\n"
        "    bonus: {months: [12, 6], amount: 1_000}}",
        start="2001-06-26",
        end="2003-08-31",
    )
    sessions = life(nyse, "2001-06-26", "2003-08-31")
    paid = dated(sessions, plan.deposit)
    assert paid["2001-06-26"] == 500
    assert paid["2001-07-25"] == 10_001
    assert paid["2001-12-26"] == 11_001  # Christmas
    assert paid["2002-06-25"] == 11_001
    assert paid["2002-07-25"] == 10_151  # 10,151.015 floored: twelve months after the first due date
    assert paid["2002-12-26"] == 11_166  # 11,166.015
    assert paid["2003-07-25"] == 10_303  # 10,303.28
    assert plan.deposit.sum() == 500 + 12 * 10_001 + 2 * 1_000 + 12 * 10_151 + 2 * 1_015 + 2 * 10_303
    assert plan.recurring


def test_growth_of_a_whole_amount_is_exact(nyse) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(nyse, "  contributions: {type: annual, amount: 1_000_000, growth: 0.1}", end="2008-06-01")
    assert [int(amount) for amount in plan.deposit[plan.deposit > 0]] == [
        1_000_000, 1_100_000, 1_210_000, 1_331_000, 1_464_100, 1_610_510, 1_771_561, 1_948_717,
    ]  # fmt: skip


def test_annual_on_its_own_day(nyse) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(
        nyse,
        "  contributions: {type: annual, amount: 1_200_000, month: 3, day: 31}",
        start="2001-04-01",
        end="2004-12-31",
    )
    assert dated(life(nyse, "2001-04-01", "2004-12-31"), plan.deposit) == {
        "2002-04-01": 1_200_000, "2003-03-31": 1_200_000, "2004-03-31": 1_200_000,
    }  # fmt: skip


def test_a_lump_sum_at_once_and_spread(nyse) -> None:  # type: ignore[no-untyped-def]
    lump = "  contributions: {type: lump_sum, amount: 1_000_000}"
    sessions = life(nyse, end="2003-12-31")
    at_once = plan_of(nyse, lump, end="2003-12-31")
    assert dated(sessions, at_once.deposit) == dated(sessions, at_once.release) == {"2001-01-02": 1_000_000}
    assert not at_once.recurring
    spread = plan_of(nyse, f"{lump}\n  deploy: {{spread_months: 12}}", end="2003-12-31")
    assert dated(sessions, spread.deposit) == {"2001-01-02": 1_000_000}
    parts = dated(sessions, spread.release)
    assert list(parts) == [
        "2001-01-02", "2001-02-02", "2001-03-02", "2001-04-02", "2001-05-02", "2001-06-04",
        "2001-07-02", "2001-08-02", "2001-09-04", "2001-10-02", "2001-11-02", "2001-12-03",
    ]  # fmt: skip
    assert list(parts.values()) == [83_333] * 11 + [83_337]
    assert spread.recurring


def test_dollars_are_split_without_rounding(nyse) -> None:  # type: ignore[no-untyped-def]
    spread = plan_of(
        nyse,
        "  contributions: {type: lump_sum, amount: 1000}\n  deploy: {spread_months: 3}",
        currency="USD",
        end="2003-12-31",
    )
    assert spread.release[spread.release > 0] == pytest.approx([1000 / 3] * 3, rel=1e-15)


def test_a_spread_that_outlives_the_period_waits(nyse) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(
        nyse,
        "  contributions: {type: lump_sum, amount: 1_200}\n  deploy: {spread_months: 12}",
        end="2001-03-31",
    )
    assert plan.deposit.sum() == 1_200
    assert plan.release.sum() == 300


def nisa(years: int, *frames: str, **options: Any) -> QuotaParts:
    return tiny_quota(years, *(frames or ("T", "G")), **options)


@pytest.mark.parametrize(
    ("parts", "options", "wanted"),
    [
        # ¥18,000,000 in so many equal parts; a year takes at most ¥3,600,000
        (nisa(5), "years: 5", {str(year): 3_600_000 for year in range(2001, 2006)}),
        (nisa(10), "years: 10", {str(year): 1_800_000 for year in range(2001, 2011)}),
        (nisa(20), "years: 20", {str(year): 900_000 for year in range(2001, 2021)}),
        (nisa(3), "years: 3", {str(year): 3_600_000 for year in range(2001, 2006)}),
        # the growth frame alone: ¥12,000,000
        (
            nisa(7, "G"),
            "years: 7",
            {**{str(y): 1_714_286 for y in range(2001, 2007)}, "2007": 1_714_284},
        ),
        (None, "years: 2, amount: 700_000", {"2001": 700_000, "2002": 700_000}),
    ],
)
@pytest.mark.parametrize("every", ["yearly", "monthly"])
def test_fill_quota(nyse, every, parts, options, wanted) -> None:  # type: ignore[no-untyped-def]
    sessions = life(nyse)
    years = sessions.astype("datetime64[Y]").astype(str)
    plan = plan_of(nyse, f"  contributions: {{type: fill_quota, every: {every}, {options}}}", quota=parts)
    sums = {str(year): plan.deposit[years == year].sum() for year in np.unique(years)}
    assert {year: total for year, total in sums.items() if total} == wanted
    times = np.count_nonzero(plan.deposit) / len(wanted)
    assert times == (1 if every == "yearly" else 12)
    assert plan.recurring


def test_fill_quota_under_the_law_of_each_year(nyse) -> None:  # type: ignore[no-untyped-def]
    """The old general frame has no lifetime limit: all of each year's; then ¥18,000,000 in six parts."""
    parts = nisa(6, "T", "G", "old_general", rules="historical_general")
    plan = plan_of(nyse, "  contributions: {type: fill_quota, years: 6}", start="2012-01-01", quota=parts)
    assert list(dated(life(nyse, "2012-01-01"), plan.deposit).values()) == [
        *[1_000_000.0] * 2, *[1_200_000.0] * 8, *[3_000_000.0] * 2,
    ]  # fmt: skip


def test_fill_quota_from_the_middle_of_a_year(nyse) -> None:  # type: ignore[no-untyped-def]
    yearly = plan_of(nyse, "  contributions: {type: fill_quota, years: 5}", start="2005-07-20", quota=nisa(5))
    sessions = life(nyse, "2005-07-20")
    assert dated(sessions, yearly.deposit) == dict.fromkeys(
        ["2005-08-01", "2006-01-03", "2007-01-03", "2008-01-02", "2009-01-02"], 3_600_000
    )
    monthly = plan_of(
        nyse,
        "  contributions: {type: fill_quota, years: 5, every: monthly, day: 31}",
        start="2005-07-20",
        quota=nisa(5, "T", lifetime={"total": 5000}),
    )
    paid = dated(sessions, monthly.deposit)
    # six due dates are left in 2005: 1000 is 5 × 166 + 170; its last, a Saturday, falls on the next session
    assert list(paid.items())[:7] == [
        ("2005-08-01", 166), ("2005-08-31", 166), ("2005-09-30", 166), ("2005-10-31", 166),
        ("2005-11-30", 166), ("2006-01-03", 170), ("2006-01-31", 83),
    ]  # fmt: skip
    assert sum(paid.values()) == 5000.0


def test_fill_quota_after_a_year_without_a_due_day(nyse) -> None:  # type: ignore[no-untyped-def]
    """The parts begin with the first year in which something falls due, whatever the first session's."""
    options = "  contributions: {type: fill_quota, years: 5, day: 15}"
    plan = plan_of(nyse, options, start="2005-12-20", quota=nisa(5))
    assert plan.deposit.sum() == 18_000_000


@pytest.mark.parametrize("every", ["yearly", "monthly"])
def test_fill_quota_does_not_know_where_the_data_end(nyse, every) -> None:  # type: ignore[no-untyped-def]
    options = f"  contributions: {{type: fill_quota, years: 7, every: {every}}}"
    whole = plan_of(nyse, options, quota=nisa(7)).deposit
    for end in ("2001-01-31", "2001-12-31", "2002-03-15", "2006-06-30"):
        short = plan_of(nyse, options, end=end, quota=nisa(7)).deposit
        assert (short == whole[: len(short)]).all()


def test_more_money_than_can_be_counted(nyse) -> None:  # type: ignore[no-untyped-def]
    text = "  contributions: {type: monthly, amount: 1_000_000_000_000, growth: GROWTH}"
    assert plan_of(nyse, text.replace("GROWTH", "0.04")).deposit.sum() < 1e15
    with pytest.raises(
        ConfigError, match=r"contributions: ¥1,180,.* arrive in all; up to ¥1,000,000,000,000,000 can be"
    ):
        plan_of(nyse, text.replace("GROWTH", "0.1"))


def test_a_schedule(nyse) -> None:  # type: ignore[no-untyped-def]
    entries = "[{date: 2004-02-29, amount: 5}, {date: 2001-09-12, amount: 2}, {date: 2001-09-17, amount: 1}]"
    plan = plan_of(nyse, f"  contributions: {{type: schedule, entries: {entries}}}")
    assert dated(life(nyse), plan.deposit) == {"2001-09-17": 3, "2004-03-01": 5}
    config = parse_config(
        f"name: x\nstrategy:\n  allocation: {{type: fixed_mix, weights: {{A: 1}}}}\n"
        f"  contributions: {{type: schedule, entries: {entries}}}\n"
    )
    window = make_plan(config, nyse, ("A",), first=int(np.searchsorted(nyse, D("2002-01-02"))))
    assert window.deposit.sum() == 5


# ---- withdrawals


@pytest.mark.parametrize(
    ("options", "paid"),
    [
        ("type: fixed, amount: 100, start: 2001-12-31",
         {"2001-12-31": 100, "2002-01-31": 100, "2002-02-28": 100, "2002-04-01": 100, "2002-04-30": 100}),
        ("type: fixed, amount: 100, every: yearly", {"2002-01-02": 100}),
        ("type: fixed, amount: 100, every: yearly, start: 2001-05-15",
         {"2001-05-15": 100, "2002-05-15": 100}),
        ("type: fixed, amount: 100, every: yearly, start: 1999-03-04",
         {"2001-03-05": 100, "2002-03-04": 100}),
        ("type: inflation_linked, amount: 1000, inflation: 0.1, every: yearly, start: 2000-02-01",
         {"2001-02-01": 1100, "2002-02-01": 1210}),
    ],
)  # fmt: skip
def test_withdrawals(nyse, options, paid) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(
        nyse,
        f"  contributions: {{type: lump_sum, amount: 1_000}}\n  withdrawals: {{{options}}}",
        end="2002-05-15",
    )
    assert dated(life(nyse, end="2002-05-15"), plan.withdrawal) == paid
    assert not plan.withdrawal_share.any()


def test_withdrawals_that_begin_after_a_window(nyse) -> None:  # type: ignore[no-untyped-def]
    amounts, shares = WITHDRAWALS["fixed"](nyse, nyse[0], amount=5.0, every="monthly", first=D("2030-01-01"))
    assert not amounts.any()
    assert not shares.any()


def test_withdrawals_begin_a_month_after_the_first_session(nyse) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(
        nyse,
        "  contributions: {type: lump_sum, amount: 1_000}\n"
        "  withdrawals: {type: inflation_linked, amount: 1000, inflation: 0.05}",
        end="2003-05-15",
    )
    paid = dated(life(nyse, end="2003-05-15"), plan.withdrawal)
    assert list(paid)[:3] == ["2001-02-02", "2001-03-02", "2001-04-02"]
    assert list(paid.values()) == [1000] * 12 + [1050] * 12 + [1102] * 4  # 1,102.5 floored


@pytest.mark.parametrize(("every", "share", "count"), [("monthly", 0.04 / 12, 16), ("yearly", 0.04, 1)])
def test_a_share_of_the_value(nyse, every, share, count) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(
        nyse,
        "  contributions: {type: lump_sum, amount: 1_000}\n"
        f"  withdrawals: {{type: percent, rate: 0.04, every: {every}}}",
        end="2002-05-15",
    )
    assert plan.withdrawal_share[plan.withdrawal_share > 0] == pytest.approx([share] * count)
    assert not plan.withdrawal.any()


# ---- rebalancing and the rest of a plan

MONTHLY = "  contributions: {type: monthly, amount: 100}\n"


@pytest.mark.parametrize(
    ("mode", "policy", "sessions", "options"),
    [
        ("none", Policy.NONE, 0, (0.0, False, False)),
        ("no_sell", Policy.NO_SELL, 0, (0.0, False, False)),
        ("calendar", Policy.CALENDAR, 24, (0.0, False, False)),
        ("{type: calendar, every: monthly, new_money_first: true}", Policy.CALENDAR, 299, (0.0, False, True)),
        ("{type: calendar, every: quarterly}", Policy.CALENDAR, 99, (0.0, False, False)),
        ("{type: band, width: 0.03}", Policy.BAND, 299, (0.03, False, False)),
        ("{type: band, width: 0.2, relative: true, check: quarterly, new_money_first: true}",
         Policy.BAND, 99, (0.2, True, True)),
        ("{type: band, width: 0.03, check: daily}", Policy.BAND, 6286, (0.03, False, False)),
    ],
)  # fmt: skip
def test_rebalancing(nyse, mode, policy, sessions, options) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(nyse, f"{MONTHLY}  rebalancing: {mode}")
    assert plan.policy is policy
    assert plan.rebalance.dtype == np.bool_
    assert plan.rebalance.sum() == sessions
    assert not plan.rebalance[0]
    assert (plan.band_width, plan.band_relative, plan.new_money_first) == options


def test_cash_and_dividends(nyse) -> None:  # type: ignore[no-untyped-def]
    plain = plan_of(nyse, MONTHLY)
    assert (plain.idle_yield, plain.reinvest_dividends, plain.policy) == (0.0, True, Policy.NO_SELL)
    other = plan_of(nyse, MONTHLY + "idle_cash: {yield: 0.01}\ndividends: {reinvest: with_contributions}\n")
    assert (other.idle_yield, other.reinvest_dividends) == (0.01, False)


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        # two of three months' parts come; one of twelve
        (
            "  contributions: {type: lump_sum, amount: 900}\n  deploy: {spread_months: 3}\n",
            "33.3% of the money",
        ),
        ("  contributions: {type: lump_sum, amount: 900}\n  deploy: {spread_months: 2}\n", None),
        ("  contributions: {type: lump_sum, amount: 900}\n", None),
    ],
)
def test_money_that_never_leaves_the_spread_is_said(nyse, strategy, said) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(nyse, strategy, end="2001-02-28")
    config = parse_config(CORE + strategy)
    notes = notes_of(config, life(nyse, end="2001-02-28"), plan)
    assert [str(note)[:18] for note in notes] == ([] if said is None else [said])


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("start: 1995-01-02, end: 2000-12-29", "ended on 2000-12-29, before the first session"),
        ("start: 2003-01-01, end: 2009-12-31", "begins on 2003-01-01, after the last session"),
        ("start: 2001-02-01, end: 2009-12-31", "ends on 2009-12-31, after the last session"),
        ("start: 2000-01-03, end: 2002-05-31", None),
        ("step: yearly", None),
    ],
)
def test_a_glide_path_beside_the_period_is_said(nyse, dates, said) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(
        "name: x\nstrategy:\n  allocation: "
        f"{{type: glide_path, from: {{A: 1}}, to: {{B: 1}}, {dates}}}\n"
        "  contributions: {type: monthly, amount: 1}\n"
    )
    days = life(nyse, end="2002-06-28")
    notes = notes_of(config, days, make_plan(config, days, ("A", "B")))
    assert len(notes) == (said is not None)
    assert all(said in str(note) for note in notes)


def test_windows_that_cut_a_plan_are_said() -> None:
    dated = parse_config(
        CORE.replace(
            "core_satellite, core: A, satellite: B, satellite_weight: 0.1",
            "glide_path, from: {A: 1}, to: {B: 1}, end: 2009-12-31",
        )
        + "  contributions: {type: lump_sum, amount: 9}\n  deploy: {spread_months: 30}\n"
    )
    notes = window_notes([dated, dated], [1, 2, 2.5, 10])
    assert [str(note)[:60] for note in notes] == [
        "Monthly parts over 30 months reach past windows of 1 or 2 ye",
        "A glide path keeps its dates in every window: before them it",
    ]
    assert (
        window_notes(
            [
                dated.model_copy(
                    update={
                        "strategy": parse_config(
                            CORE + "  contributions: {type: lump_sum, amount: 9}\n"
                        ).strategy
                    }
                )
            ],
            [1],
        )
        == []
    )


def test_no_session_is_said(nyse) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(
        "name: x\nstrategy:\n  allocation: {type: fixed_mix, weights: {A: 1}}\n"
        "  contributions: {type: monthly, amount: 1}\n"
    )
    with pytest.raises(DataError, match=r"^x: there is no session in the period$"):
        make_plan(config, nyse, ("A",), first=5, stop=5)


# ---- weights


def test_fixed_weights_in_the_order_of_the_symbols(nyse) -> None:  # type: ignore[no-untyped-def]
    targets, rows = ALLOCATIONS["fixed_mix"](("C", "A", "B"), nyse, weights={"A": 0.25, "B": 0.75})
    assert targets.tolist() == [[0.0, 0.25, 0.75]]
    assert rows.dtype == np.int32
    assert not rows.any()
    targets, _ = ALLOCATIONS["core_satellite"](
        ("S", "C"), nyse, core="C", satellite="S", satellite_weight=0.1
    )
    assert targets.tolist() == [[0.1, 0.9]]


def test_a_glide_path(nyse) -> None:  # type: ignore[no-untyped-def]
    sessions = life(nyse, "2001-01-01", "2005-12-31")
    targets, rows = ALLOCATIONS["glide_path"](
        ("A", "B"),
        sessions,
        from_={"A": 0.8, "B": 0.2},
        to={"A": 1.0},
        start=D("2002-01-02"),
        end=D("2004-01-02"),
        step="yearly",
    )
    # 2002-01-02 to 2003-01-02 are 365 of the 730 days
    assert targets[:, 1] == pytest.approx([0.2, 0.2, 0.1, 0.0, 0.0])
    changes = sessions[1:][np.diff(rows) > 0].astype(str).tolist()
    assert changes == ["2002-01-02", "2003-01-02", "2004-01-02", "2005-01-03"]
    whole, _ = ALLOCATIONS["glide_path"](
        ("A", "B"), sessions, from_={"A": 1.0}, to={"B": 1.0}, step="monthly"
    )
    assert len(whole) == 60
    assert whole[0].tolist() == [1.0, 0.0]
    days = (D("2005-12-01") - D("2001-01-02")) / (D("2005-12-30") - D("2001-01-02"))
    assert whole[-1, 1] == pytest.approx(days)


def test_a_glide_path_with_dates_of_its_own(nyse) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(
        "name: x\nstrategy:\n  contributions: {type: monthly, amount: 1}\n  allocation:\n"
        "    {type: glide_path, from: {A: 1}, to: {B: 1}, start: 2002-01-02, end: 2003-01-02, step: yearly}\n"
    )
    plan = make_plan(config, nyse, ("A", "B"))
    assert plan.targets[:4].tolist() == [[1, 0], [1, 0], [1, 0], [0, 1]]
    before, after = np.searchsorted(nyse, [D("2002-12-31"), D("2003-01-02")])
    assert (plan.target_row[before], plan.target_row[after]) == (2, 3)


@pytest.mark.parametrize(
    ("options", "weights"),
    [
        ({}, [0.1, 0.15, 0.05, 0.1, 0.15]),
        ({"direction": "against"}, [0.1, 0.05, 0.15, 0.1, 0.05]),
        ({"strength": "proportional", "full_at": 0.2}, [0.1, 0.125, 0.075, 0.1, 0.15]),
        (
            {"strength": "proportional", "full_at": 0.2, "direction": "against"},
            [0.1, 0.075, 0.125, 0.1, 0.05],
        ),
    ],
)
def test_a_tilt(options, weights) -> None:  # type: ignore[no-untyped-def]
    sessions = np.arange("2001-01-01", "2001-01-11", dtype="datetime64[D]")
    targets, rows = ALLOCATIONS["tilt"](
        ("A", "B"), sessions, core="A", satellite="B", base_weight=0.1, min_weight=0.05, max_weight=0.15,
        steps=np.array([0, 2, 4, 6, 8]), signal=np.array([np.nan, 0.1, -0.1, 0.0, 0.5]), **options,
    )  # fmt: skip
    assert targets[:, 1] == pytest.approx(weights)
    assert targets.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-15)
    assert rows.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


# ---- signals


def test_momentum_by_hand(nyse) -> None:  # type: ignore[no-untyped-def]
    price = np.arange(1.0, len(nyse) + 1.0)
    at = np.searchsorted(nyse, np.array(["2000-06-01", "2001-03-01", "2001-03-02"], "datetime64[D]"))
    value = signals.momentum(nyse, price, at, months=12, lag_sessions=1)
    assert np.isnan(value[0])
    # seen from 2001-03-01: the close of 2001-02-28 against that of 2000-02-28
    seen, then = np.searchsorted(nyse, np.array(["2001-02-28", "2000-02-28"], "datetime64[D]"))
    assert value[1] == price[seen] / price[then] - 1.0
    # 2000-03-01 is a session
    seen, then = np.searchsorted(nyse, np.array(["2001-03-01", "2000-03-01"], "datetime64[D]"))
    assert value[2] == price[seen] / price[then] - 1.0
    lagged = signals.momentum(nyse, price, at + 2, months=12, lag_sessions=3)
    assert lagged[1:].tolist() == value[1:].tolist()
    # the oldest price there is will do
    assert signals.momentum(nyse, price, np.searchsorted(nyse, [D("2000-02-04")]), months=1)[0] == 22.0
    assert np.isnan(signals.momentum(nyse, price, np.searchsorted(nyse, [D("2000-02-03")]), months=1)[0])
    # an older price on a holiday is the one before it: 2001-01-16 less 6 months is a Sunday
    seen, then = np.searchsorted(nyse, np.array(["2001-01-16", "2000-07-14"], "datetime64[D]"))
    assert signals.momentum(nyse, price, np.array([seen + 1]), months=6)[0] == price[seen] / price[then] - 1.0


def test_moving_average_by_hand() -> None:
    sessions = np.arange("2001-01-01", "2001-01-11", dtype="datetime64[D]")
    price = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0])
    value = signals.moving_average(sessions, price, np.array([0, 2, 3, 9]), sessions=3, lag_sessions=1)
    assert np.isnan(value[:2]).all()
    assert value[2:] == pytest.approx([4 / (7 / 3) - 1, 256 / (448 / 3) - 1])
    assert signals.moving_average(
        sessions, price, np.array([9]), sessions=2, lag_sessions=4
    ) == pytest.approx([32 / 24 - 1])


def test_flows_by_hand(nyse) -> None:  # type: ignore[no-untyped-def]
    dates = np.array(["2001-01-31", "2001-02-28", "2001-03-31", "2001-04-30"], "datetime64[D]")
    money = np.array([50.0, 10.0, -30.0, 20.0])
    days = ["2001-02-01", "2001-04-06", "2001-04-09", "2001-05-04", "2001-05-07", "2001-09-27", "2001-09-28"]
    at = np.searchsorted(nyse, np.array(days, "datetime64[D]"))
    value = signals.flows(nyse, (dates, money), at, months=2, lag_sessions=5)
    # March's flow (2001-03-31, a Saturday: the session of 04-02) is known on 04-09, April's on 05-07
    assert np.isnan(value[:2]).all()
    assert value[2:4].tolist() == [-20 / 40] * 2
    assert value[4] == value[5] == -10 / 50
    assert np.isnan(value[6]), "150 days after its end a record says nothing any more"


def test_a_plan_with_a_signal(nyse) -> None:  # type: ignore[no-untyped-def]
    sessions = life(nyse, "2001-01-01", "2003-12-31")
    first = int(np.searchsorted(nyse, sessions[0]))
    grows = np.cumprod(np.full((len(nyse), 2), 1.0001), axis=0)
    grows[:, 1] *= np.where(nyse < D("2002-01-01"), 1.0, 2.0)  # the satellite doubles on 2002-01-02
    config = load_config_text("{type: momentum, months: 3}")
    plan = make_plan(config, nyse, ("A", "B"), grows, first=first, stop=first + len(sessions))
    weight = plan.targets[plan.target_row, 1]
    days = {str(day): value for day, value in zip(sessions, weight)}
    assert days["2001-12-31"] == days["2002-01-02"] == 0.1  # not seen yet; nothing moved before
    assert days["2002-02-01"] == days["2002-04-01"] == 0.15
    assert days["2002-05-01"] == 0.1
    own = load_config_text("{type: momentum, months: 3, of: satellite}")
    assert make_plan(own, nyse, ("A", "B"), grows, first=first).targets[:, 1].tolist() == [0.15] * 300
    # the columns may come in another order
    swapped = make_plan(config, nyse, ("B", "A"), grows[:, ::-1], first=first, stop=first + len(sessions))
    assert swapped.targets[:, ::-1].tolist() == plan.targets.tolist()
    flows = load_config_text("{type: flows, symbol: B}")
    dates = nyse[20::21]
    into = make_plan(flows, nyse, ("A", "B"), first=first, flows=(dates, np.ones(len(dates))))
    assert into.targets[20, 1] == 0.15


def load_config_text(signal: str):  # type: ignore[no-untyped-def]
    return parse_config(
        "name: x\nstrategy:\n  contributions: {type: monthly, amount: 1}\n  allocation:\n    type: tilt\n"
        "    core: A\n    satellite: B\n    base_weight: 0.1\n    min_weight: 0.05\n    max_weight: 0.15\n"
        f"    signal: {signal}\n"
    )


def test_the_registries_name_what_a_configuration_may_name() -> None:
    from typing import get_args

    from engine.config.base import types_of
    from engine.config.strategy import Signal, Strategy

    def words(annotation) -> set[str]:  # type: ignore[no-untyped-def]
        return set(types_of(annotation)).union(*(words(part) for part in get_args(annotation)))

    fields, own = Strategy.model_fields, {"python"}  # a function of the user's: engine.own_code
    assert words(fields["allocation"].annotation) == set(ALLOCATIONS) | own
    assert words(fields["contributions"].annotation) == set(CONTRIBUTIONS) | own
    assert words(fields["withdrawals"].annotation) == set(WITHDRAWALS)
    assert words(fields["rebalancing"].annotation) == set(REBALANCING)
    assert words(Signal) == set(SIGNALS) | own


def test_split_gives_the_remainder_to_the_last() -> None:
    assert contributions.split(np.array([10.0, 3.0]), 3, True).tolist() == [[3, 3, 4], [1, 1, 1]]


def test_a_shipped_plan(nyse) -> None:  # type: ignore[no-untyped-def]
    from pathlib import Path

    config = load_config(Path(__file__).parents[2] / "configs" / "satellite10.yaml")
    first = int(np.searchsorted(nyse, D("2001-01-01")))
    plan = make_plan(config, nyse, ("VOO", "IJR"), first=first)
    assert len(plan.deposit) == 6287
    assert np.count_nonzero(plan.deposit) == 300
    assert plan.deposit.sum() == plan.release.sum() == 30_000_000
    assert plan.targets.tolist() == [[0.9, 0.1]]


def test_a_fund_without_any_flow_gives_no_signal() -> None:
    calendar = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    none = (np.array([], "datetime64[D]"), np.array([]))
    assert np.isnan(signals.flows(calendar, none, np.array([0, 30]), months=3)).all()
