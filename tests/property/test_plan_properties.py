"""What holds for every plan: money released has arrived, weights add up, nothing is seen before its time."""

import bisect
import calendar
import datetime as dt
import json
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import Config, parse_config
from engine.plan import Plan, make_plan

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True)
EVERY = st.sampled_from(["monthly", "yearly"])
DAY = st.integers(1, 31)
YEN = st.integers(1, 10**7)


@st.composite
def sessions(draw: Any) -> np.ndarray:
    """A calendar of weekdays with holes, one to six years long."""
    start = np.datetime64("2000-01-01") + draw(st.integers(0, 5000))
    days = start + np.arange(draw(st.integers(370, 2200)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    keep = (days.astype(np.int64) + 3) % 7 < 5
    keep &= rng.random(len(days)) > draw(st.sampled_from([0.0, 0.03, 0.3]))
    return days[keep]


CONTRIBUTIONS = (
    st.fixed_dictionaries({"type": st.just("lump_sum"), "amount": YEN})
    | st.fixed_dictionaries(
        {"type": st.just("monthly"), "amount": YEN, "day": DAY},
        optional={
            "growth": st.floats(-0.2, 0.2),
            "initial": YEN,
            "bonus": st.fixed_dictionaries(
                {"months": st.lists(st.integers(1, 12), min_size=1, unique=True), "amount": YEN}
            ),
        },
    )
    | st.fixed_dictionaries(
        {"type": st.just("annual"), "amount": YEN, "day": DAY, "month": st.integers(1, 12)},
        optional={"growth": st.floats(-0.2, 0.2), "initial": YEN},
    )
    | st.fixed_dictionaries(
        {"type": st.just("fill_quota"), "years": st.integers(1, 20), "every": EVERY, "day": DAY}
    )
)
SIGNAL = (
    st.fixed_dictionaries(
        {"type": st.just("momentum"), "months": st.integers(1, 12), "lag_sessions": st.integers(1, 5)},
        optional={"of": st.sampled_from(["relative", "satellite"])},
    )
    | st.fixed_dictionaries(
        {
            "type": st.just("moving_average"),
            "sessions": st.integers(2, 100),
            "lag_sessions": st.integers(1, 5),
        },
        optional={"of": st.sampled_from(["relative", "satellite"])},
    )
    | st.fixed_dictionaries(
        {"type": st.just("flows"), "symbol": st.just("B"), "months": st.integers(1, 6)},
        optional={"lag_sessions": st.integers(1, 20)},
    )
)
ALLOCATION = (
    st.floats(0, 1).map(
        lambda w: {"type": "core_satellite", "core": "A", "satellite": "B", "satellite_weight": w}
    )
    | st.integers(0, 7).map(lambda n: {"type": "fixed_mix", "weights": {"A": n / 7, "B": (7 - n) / 7}})
    | st.fixed_dictionaries(
        {
            "type": st.just("glide_path"),
            "from": st.integers(0, 9).map(lambda n: {"A": n / 9, "B": (9 - n) / 9}),
            "to": st.just({"B": 1.0}),
            "step": EVERY,
        }
    )
    | st.fixed_dictionaries(
        {
            "type": st.just("tilt"),
            "core": st.just("A"),
            "satellite": st.just("B"),
            "base_weight": st.just(0.1),
            "max_weight": st.floats(0.1, 1),
            "signal": SIGNAL,
            "strength": st.sampled_from(["on_off", "proportional"]),
        }
    )
)
REBALANCING = st.sampled_from(
    ["none", "no_sell", "calendar", {"type": "band", "width": 0.05, "check": "daily"}]
)


def config_of(allocation: Any, contributions: Any, currency: str = "JPY", **strategy: Any) -> Config:
    raw = {"allocation": allocation, "contributions": contributions, **strategy}
    return parse_config(json.dumps({"name": "x", "currency": currency, "strategy": raw}))


def market(seed: int, calendar_: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(rng.normal(0, 0.02, (len(calendar_), 2)), axis=0))
    dates = np.unique(calendar_[0] + rng.integers(0, len(calendar_), 60))
    return prices, (dates, rng.normal(0, 1e6, len(dates)))


def plan_of(config: Config, days: np.ndarray, prices: Any, flows: Any, first: int, stop: int) -> Plan:
    return make_plan(
        config,
        days,
        ("A", "B"),
        prices,
        first=first,
        stop=stop,
        flows=flows,
        quota=lambda years: [3_600_000.0] * min(5, len(years)),
    )


@SETTINGS
@given(sessions(), ALLOCATION, CONTRIBUTIONS, st.integers(1, 24), REBALANCING, st.data())
def test_every_plan(days, allocation, contributions, spread, rebalancing, data) -> None:  # type: ignore[no-untyped-def]
    config = config_of(allocation, contributions, deploy={"spread_months": spread}, rebalancing=rebalancing)
    first = data.draw(st.integers(0, len(days) // 2))
    stop = data.draw(st.integers(first + 1, len(days)))
    prices, flows = market(data.draw(st.integers(0, 1000)), days)
    plan = plan_of(config, days, prices, flows, first, stop)
    length = stop - first
    for name in ("deposit", "release", "withdrawal", "withdrawal_share"):
        values = getattr(plan, name)
        assert values.shape == (length,)
        assert values.dtype == np.float64
        assert (values >= 0).all()
        assert (values == np.floor(values)).all(), "whole yen"
    # released is what has arrived, and all of it once the last part has had its time
    assert (np.cumsum(plan.release) <= np.cumsum(plan.deposit)).all()
    arrived = np.flatnonzero(plan.deposit)
    if len(arrived) and days[first + arrived[-1]] + 31 * spread < days[stop - 1]:
        assert plan.release.sum() == plan.deposit.sum()
    if spread == 1:
        assert (plan.release == plan.deposit).all()
    # weights
    assert plan.targets.shape[1] == 2
    assert np.abs(plan.targets.sum(axis=1) - 1.0).max() < 1e-12
    assert (plan.targets >= 0).all()
    assert plan.target_row.shape == (length,)
    assert plan.target_row.dtype == np.int32
    assert plan.target_row[0] == 0
    assert plan.target_row[-1] == len(plan.targets) - 1
    assert set(np.diff(plan.target_row)) <= {0, 1}
    assert plan.rebalance.shape == (length,)
    assert plan.recurring == (contributions["type"] != "lump_sum" or spread > 1)


@SETTINGS
@given(sessions(), ALLOCATION, CONTRIBUTIONS, st.data())
def test_nothing_is_seen_before_its_time(days, allocation, contributions, data) -> None:  # type: ignore[no-untyped-def]
    """Prices and flows from some session on are replaced: no decision up to that session changes."""
    config = config_of(allocation, contributions)
    first = data.draw(st.integers(0, len(days) - 1))
    changed = data.draw(st.integers(first, len(days) - 1))
    prices, (dates, money) = market(1, days)
    later, (_, other) = market(2, days)
    before = plan_of(config, days, prices, (dates, money), first, len(days))
    mixed = np.where(np.arange(len(days))[:, None] >= changed, later, prices)
    flows = (dates, np.where(dates >= days[changed], other[0] + money * 3, money))
    after = plan_of(config, days, mixed, flows, first, len(days))
    upto = changed - first + 1
    for name in ("deposit", "release", "withdrawal", "withdrawal_share", "rebalance"):
        assert (getattr(before, name) == getattr(after, name)).all()
    old = before.targets[before.target_row][:upto]
    assert (old == after.targets[after.target_row][:upto]).all()
    # nor does it matter whether the later sessions are known at all, except to a path that leads to the end
    if allocation["type"] != "glide_path":
        known = (dates[dates <= days[changed]], money[dates <= days[changed]])
        short = plan_of(config, days[: changed + 1], prices[: changed + 1], known, first, changed + 1)
        assert (old == short.targets[short.target_row]).all()
        assert (before.deposit[:upto] == short.deposit).all()


def due_by_hand(day: dt.date, months: int, wanted: int) -> dt.date:
    month = day.year * 12 + day.month - 1 + months
    last = calendar.monthrange(month // 12, month % 12 + 1)[1]
    return dt.date(month // 12, month % 12 + 1, min(wanted, last))


@SETTINGS
@given(
    sessions(),
    st.integers(1, 31),
    st.integers(1, 10**6),
    st.integers(1, 13),
    st.lists(st.integers(1, 12), min_size=1, unique=True),
    st.sampled_from([0.0, 0.03, -0.1]),
)
def test_monthly_money_as_a_person_would_count_it(days, day, amount, spread, months, growth) -> None:  # type: ignore[no-untyped-def]
    """The same dates and amounts from the standard library alone, one at a time."""
    bonus = {"months": months, "amount": 7_000}
    contributions = {"type": "monthly", "amount": amount, "day": day, "bonus": bonus, "growth": growth}
    allocation = {"type": "fixed_mix", "weights": {"A": 1.0}}
    config = config_of(allocation, contributions, currency="USD", deploy={"spread_months": spread})
    plan = make_plan(config, days, ("A",))
    calendar_ = [day_.item() for day_ in days]
    deposit, release = [0.0] * len(days), [0.0] * len(days)
    first_due = None
    for n in range(200):
        due = due_by_hand(calendar_[0], n, day)
        if due < calendar_[0]:
            continue
        if due > calendar_[-1]:
            break
        first_due = first_due or (due.year * 12 + due.month)
        years = (due.year * 12 + due.month - first_due) // 12
        money = (amount + (7_000 if due.month in months else 0)) * (1 + growth) ** years
        deposit[bisect.bisect_left(calendar_, due)] += money
        for part in range(spread):
            at = bisect.bisect_left(calendar_, due_by_hand(due, part, due.day))
            if at < len(calendar_):
                release[at] += money / spread
    assert np.allclose(plan.deposit, deposit, rtol=1e-12, atol=1e-6)
    assert np.allclose(plan.release, release, rtol=1e-12, atol=1e-6)
