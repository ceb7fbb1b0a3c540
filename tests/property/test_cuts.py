"""A plan cut out of the whole history is the plan that is made for the window alone, array by array."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import Config, override, parse_config
from engine.config.models import Period
from engine.context import RunContext, load_panel, plan_of, prepare
from engine.ledger.inputs import make_inputs, slice_inputs, slice_market
from engine.market.panel_builder import life_range
from engine.studies.grid.points import make_points
from engine.studies.grid.window_grid import Window, WindowGrid
from engine.studies.grid.workload import make_workload

BASE = """
name: cuts
period: {start: 2003-01-01, end: 2009-12-31}
strategy:
  allocation: {type: core_satellite, core: SPY, satellite: IJR, satellite_weight: 0.1}
  contributions: {type: monthly, amount: 100_000}
accounts: [nisa, taxable]
"""


@cache
def setting() -> RunContext:
    config = parse_config(BASE)
    return prepare(config, load_panel(config, source="sample"))


def contributions() -> st.SearchStrategy[dict[str, Any]]:
    day = st.integers(1, 31)
    monthly = st.fixed_dictionaries({"type": st.just("monthly"), "amount": st.just(100_000), "day": day})
    bonus = st.fixed_dictionaries(
        {
            "months": st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True),
            "amount": st.just(5_000),
        }
    )
    annual = st.fixed_dictionaries(
        {"type": st.just("annual"), "amount": st.just(1_000_000), "month": st.integers(1, 12), "day": day}
    )
    return st.one_of(
        monthly,
        st.builds(lambda plain, more: {**plain, "bonus": more}, monthly, bonus),
        annual,
        st.just({"type": "lump_sum", "amount": 1_000_000}),
    )


REBALANCING = st.sampled_from(
    [
        {"type": "none"},
        {"type": "no_sell"},
        *({"type": "calendar", "every": every} for every in ("monthly", "quarterly", "yearly")),
        *({"type": "band", "width": 0.03, "check": c} for c in ("daily", "monthly", "quarterly")),
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    money=contributions(), rebalancing=REBALANCING, begin=st.integers(0, 1700), length=st.integers(300, 1500)
)
def test_cut_is_made_anew(
    money: dict[str, Any], rebalancing: dict[str, Any], begin: int, length: int
) -> None:
    own = setting()
    config: Config = override(
        own.config, {"strategy.contributions": money, "strategy.rebalancing": rebalancing}
    )
    start = np.datetime64("2003-01-01") + begin
    end = min(start + length, np.datetime64("2009-12-31"))
    span = Window(start, end, 0)
    grid = WindowGrid((span,), (), 0)
    points = make_points(config, {"strategy.allocation.satellite_weight": (0.1,)}, None)
    workload = make_workload(points, grid, [own.panel], np.zeros(1, np.int64), lambda _: own.panel)
    group = workload.groups[0]
    first, stop = life_range(own.panel, start, end)
    alone = replace(own, config=config.model_copy(update={"period": span.period}))
    wanted = make_inputs(slice_market(own.market_data, first, stop), plan_of(alone, first, stop))
    (whole,) = group.precomputed.values()
    if not whole.bad[0]:
        got = slice_inputs(whole.inputs, first, stop, restart=whole.restart)
        for name in ("market", "terms", "parameters", "plan", "flags"):
            assert np.array_equal(getattr(got, name), getattr(wanted, name)), name
        assert got.deposits[:1] == wanted.deposits[:1]
    elif "day" in money and first > 0:  # refused only where a due day may have been lost
        gap = np.arange(own.panel.sessions[first - 1] + 1, start)
        days = gap.astype("datetime64[D]").astype(object)
        assert any(day.day == money["day"] or (day.day < money["day"] and day.day >= 28) for day in days)
    (call,) = workload.calls(group, (0,))
    assert np.array_equal(call.inputs.plan, wanted.plan)
    assert np.array_equal(call.inputs.flags, wanted.flags)
    assert call.ends.tolist() == [stop - first]


def test_a_window_has_its_period() -> None:
    span = Window(np.datetime64("2003-01-01"), np.datetime64("2004-12-31"), 0)
    assert span.period == Period.model_validate({"start": "2003-01-01", "end": "2004-12-31"})
