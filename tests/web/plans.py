"""Random plans that can be run on the sample: every kind of decision, accounts, costs, currencies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from engine.config import Config
from engine.config.document import to_node
from engine.config.explain import build

SYMBOLS = ("VOO", "SPY", "IJR", "IWM", "IVV")
DAY = st.integers(1, 31)
YEN = st.integers(10, 3_000).map(lambda n: n * 1_000)


def kind(name: str, **required: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(name), **required})


@st.composite
def core_satellite(draw: st.DrawFn) -> dict[str, Any]:
    core, satellite = draw(st.permutations(SYMBOLS))[:2]
    weight = draw(st.integers(0, 40) | st.integers(0, 1000).map(lambda n: n / 10)) / 100
    return {"type": "core_satellite", "core": core, "satellite": satellite, "satellite_weight": weight}


@st.composite
def weights(draw: st.DrawFn) -> dict[str, float]:
    names = draw(st.permutations(SYMBOLS))[: draw(st.integers(1, 3))]
    parts = [draw(st.integers(1, 9)) for _ in names]
    return {name: part / sum(parts) for name, part in zip(names, parts)}


@st.composite
def tilt(draw: st.DrawFn) -> dict[str, Any]:
    signal = draw(
        kind("momentum", months=st.integers(1, 12)) | kind("moving_average", sessions=st.integers(20, 200))
    )
    core, satellite = draw(st.permutations(SYMBOLS))[:2]
    return {
        "type": "tilt",
        "core": core,
        "satellite": satellite,
        "base_weight": 0.1,
        "max_weight": 0.3,
        "signal": signal,
    }


ALLOCATIONS = core_satellite() | kind("fixed_mix", weights=weights()) | tilt()
BONUS = st.none() | st.fixed_dictionaries({"months": st.just([6, 12]), "amount": YEN})
CONTRIBUTIONS = (
    kind("lump_sum", amount=YEN)
    | kind("monthly", amount=YEN, day=DAY, bonus=BONUS, growth=st.sampled_from([0.0, 0.0, 0.02]))
    | kind("annual", amount=YEN, day=DAY, month=st.integers(1, 12))
    | kind("fill_quota", years=st.integers(5, 20))
)
REBALANCING = (
    st.sampled_from([{"type": "none"}, {"type": "no_sell"}])
    | kind("calendar", every=st.sampled_from(["monthly", "yearly"]), new_money_first=st.booleans())
    | kind("band", width=st.sampled_from([0.02, 0.05]))
)
WITHDRAWALS = (
    st.none()
    | kind("fixed", amount=YEN, every=st.sampled_from(["monthly", "yearly"]))
    | kind("percent", rate=st.sampled_from([0.03, 0.05]))
)
ACCOUNTS = st.sampled_from([["plain"], ["taxable"], ["nisa"], ["nisa", "taxable"]])
BROKERS = st.sampled_from(["none", "sbi", "rakuten", "monex"])


@st.composite
def plans(draw: st.DrawFn, allocation: st.SearchStrategy[dict[str, Any]] = ALLOCATIONS) -> Config:
    """A configuration whose period holds windows of two years at least."""
    first = draw(st.dates(dt.date(2001, 1, 1), dt.date(2018, 1, 1)))
    years = draw(st.integers(4, 7))
    contributions = draw(CONTRIBUTIONS)
    values = {
        "name": "random",
        "period": {"start": str(first), "end": str(first + dt.timedelta(days=366 * years))},
        "strategy": {
            "allocation": draw(allocation),
            "contributions": contributions,
            "rebalancing": draw(REBALANCING),
            "deploy": {"spread_months": draw(st.sampled_from([1, 1, 6]))},
            "withdrawals": draw(WITHDRAWALS),
        },
        "accounts": draw(ACCOUNTS),
        "costs": {"broker": draw(BROKERS)},
        "execution": {"whole_shares": draw(st.booleans())},
        "dividends": draw(st.sampled_from(["cash", "total_return"])),
        "idle_cash": {"yield": draw(st.sampled_from([0.0, 0.001]))},
        "data": {"source": "sample"},
    }
    return build(Config, to_node(values, "test"))
