"""Every documented key of a configuration does something: another value gives another result.

The keys are those of the JSON schema, so that a new key without a line here fails. A key of ``strategy`` is
named with its group's ``type``. What is compared is what a person is told (metrics, movements, flags,
assumptions), not the echo of the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.config import Config, config_hash, override, parse_config
from engine.config import json_schema as config_schema
from engine.run import run
from tests.market_helpers import walk

Changes = dict[str, Any]

PLAN = parse_config("""
name: every_key
period: {start: 2015-01-01, end: 2018-12-31}
strategy:
  allocation: {type: core_satellite, core: JP_SP500, satellite: IJR, satellite_weight: 0.3}
  contributions: {type: monthly, amount: 300_000}
accounts: [nisa, taxable]
""")
TAXED: Changes = {
    "accounts": ["taxable"],
    "strategy.contributions": {"type": "lump_sum", "amount": 5_000_000},
    "strategy.withdrawals": {"type": "fixed", "amount": 60_000},
    "strategy.allocation": {
        "type": "core_satellite",
        "core": "VOO",
        "satellite": "IJR",
        "satellite_weight": 0.3,
    },
}
SPLICED: Changes = {
    "accounts": ["plain"],
    "data.splice": {"NEW": "VOO"},
    "strategy.allocation": {"type": "fixed_mix", "weights": {"NEW": 1.0}},
}
GLIDE = {"type": "glide_path", "from": {"VOO": 1.0}, "to": {"IJR": 1.0}}
TILT = {
    "type": "tilt", "core": "VOO", "satellite": "IJR", "base_weight": 0.2, "max_weight": 0.5, "min_weight": 0.05,
    "signal": {"type": "momentum", "months": 6}, "strength": "proportional",
}  # fmt: skip
AVERAGE = {**TILT, "signal": {"type": "moving_average", "sessions": 100}}
FLOWS = {**TILT, "satellite": "IWM", "signal": {"type": "flows", "symbol": "IWM"}}
FROM_FILE = {**FLOWS, "signal": {"type": "flows", "file": "FOLDER/IWM_FLOWS_MONTHLY.csv"}}
MONTHLY = {"type": "monthly", "amount": 300_000, "growth": 0.01, "initial": 1000}
BONUS = {**MONTHLY, "bonus": {"months": [6], "amount": 100_000}}
ANNUAL = {"type": "annual", "amount": 900_000, "growth": 0.01}
QUOTA = {"type": "fill_quota", "years": 10}
DATES = {"type": "schedule", "entries": [{"date": "2015-03-02", "amount": 500_000}]}
SALARY = [{"name": "salary", "amount": 100_000, "every": "yearly", "month": 3, "growth": 0.01}]
MONTHS = [{**SALARY[0], "every": "monthly"}]
FEES = [{"name": "school fees", "date": "2018-04-02", "amount": 1_000_000}]
OWN = {"type": "python", "function": "tests.own_functions:weights", "assets": ["VOO", "IJR"], "warmup": 3700}
OWN_SIGNAL = {**TILT, "signal": {"type": "python", "function": "tests.own_functions:signal", "warmup": 3700}}
OWN_MONEY = {"type": "python", "function": "tests.own_functions:amount", "amount": 90_000, "warmup": 3700}
ROWS = [{"date": "2015-01-05", "weights": {"VOO": 1.0}}, {"date": "2016-03-01", "weights": {"IJR": 1.0}}]
TABLE = {"type": "table", "entries": ROWS}
BAND = {"type": "band", "width": 0.02}
CALENDAR = {"type": "calendar", "every": "quarterly"}


IN_TAXABLE = {"asset": "VOO", "account": "taxable", "units": 500, "cost": 6_000_000}
SAVED: Changes = {
    "accounts": ["taxable"],
    "strategy.allocation": {"type": "fixed_mix", "weights": {"VOO": 0.5, "DEPOSIT": 0.5}},
    "deposit_rate": [{"from": "2015-01-01", "rate": 0.02}],
}
LATER_RATE: Changes = SAVED | {
    "deposit_rate": [{"from": "2016-01-01", "rate": 0.02}, {"from": "2017-01-01", "rate": 0.01}]
}
OWNED: Changes = {
    "strategy.withdrawals": {"type": "fixed", "amount": 100_000},
    "account_rules.lifetime.total": 4_000_000,
    "holdings": {"cash": 500_000, "positions": [IN_TAXABLE]},
}
IN_GROWTH = {**IN_TAXABLE, "account": "nisa.G", "units": 100, "cost": 1_000_000, "year": 2015}
IN_YEN = {"asset": "VOO", "account": "taxable", "value": 9_000_000, "cost": 6_000_000}
STATE: Changes = {
    "strategy.contributions": {"type": "monthly", "amount": 300_000, "growth": 0.1},
    "strategy.rebalancing": "none",
    "holdings": {
        "as_of": "2014-12-31", "since": "2014-06-02", "cash": 500_000, "reserve": 200_000,
        "set_aside": {"JP_SP500": 100_000},
    },
}  # fmt: skip


MOVED: Changes = {
    "strategy.transfer": {"order": "least_gain_first"},
    "holdings": {"positions": [IN_TAXABLE, {**IN_TAXABLE, "asset": "IJR", "cost": 9_000_000}]},
}


UNDER_WAY: Changes = {
    **STATE,
    "strategy.withdrawals": {"type": "guardrails", "rate": 0.5, "every": "monthly", "from": "2014-06-02"},
    "holdings": {**STATE["holdings"], "taken": {"guardrails": {"amount": 120_000, "basis": 400_000}}},
}


def own(position: Changes) -> Changes:
    return {**OWNED, "holdings": {"cash": 500_000, "positions": [position]}}


def in_(group: str, value: Any, **more: Any) -> Changes:
    return {f"strategy.{group}": value, **more}


# key -> what is set before, and the other value of the key
RISING = {"type": "inflation_linked", "every": "yearly", "amount": 60_000, "inflation": "prices"}
KEYS: Mapping[str, tuple[Changes, Any]] = {
    "account_rules.annual_limits.G": ({}, 100_000),
    "account_rules.annual_limits.T": ({}, 100_000),
    "account_rules.lifetime.G": ({}, 100_000),
    "account_rules.lifetime.total": ({}, 1_000_000),
    "account_rules.offset_dividends": (TAXED, False),
    "account_rules.overflow": ({}, "hold_cash"),
    "account_rules.rules": ({}, "historical_general"),
    "account_rules.sell_from": ({"strategy.withdrawals": TAXED["strategy.withdrawals"]}, "nisa_first"),
    "account_rules.tax_amounts": (TAXED, "tts_ttb"),
    "accounts": ({}, ["plain"]),
    "costs.broker": (TAXED, "sbi"),
    "costs.commission_cap": ({**TAXED, "costs.commission_rate": 0.01}, 1.0),
    "costs.commission_min": (TAXED, 1.0),
    "costs.commission_rate": (TAXED, 0.01),
    "costs.fx_spread": (TAXED, 0.25),
    "holdings.as_of": (OWNED, "2013-12-30"),
    "holdings.cash": (OWNED, 400_000),
    "holdings.given_back": (OWNED, {"2015": {"G": 3_000_000}}),
    "holdings.losses": (OWNED, {"2014": 1_000_000}),
    "holdings.positions.[].account": (own(IN_GROWTH), "taxable"),
    "holdings.positions.[].asset": (OWNED, "IWM"),
    "holdings.positions.[].cost": (OWNED, 5_000_000),
    "holdings.positions.[].units": (OWNED, 400),
    "holdings.positions.[].value": (own(IN_YEN), 8_000_000),
    "holdings.positions.[].year": (own(IN_GROWTH), 2014),
    "holdings.quota_used": (OWNED, {"2015": {"G": 2_000_000}}),
    "holdings.refunds.dividends": (OWNED, 1000),
    "holdings.refunds.gains": (OWNED, 1000),
    "holdings.reserve": (STATE, 100_000),
    "holdings.set_aside": (STATE, {"IJR": 100_000}),
    "holdings.since": (STATE, "2014-03-03"),
    "holdings.accrued_interest": (
        SAVED | {"holdings": {"positions": [{"asset": "DEPOSIT", "account": "deposit", "units": 500_000}]}}, 4000
    ),
    "holdings.taken": (UNDER_WAY, {"guardrails": {"amount": 240_000, "basis": 400_000}}),
    "holdings.year_so_far": (OWNED, {"2015": {"gain": -300_000}}),
    "currency": ({"accounts": ["plain"]}, "USD"),
    "data.frequency": (TAXED, "monthly"),
    "data.usdjpy": (TAXED, "csv:FOLDER/OTHER_RATE.csv"),
    "data.splice": (SPLICED, {"NEW": "IWM"}),
    "deposit_rate.[].from": (LATER_RATE, "2016-06-01"),
    "deposit_rate.[].rate": (SAVED, 0.03),
    "dividends.mode": (TAXED, "total_return"),
    "dividends.reinvest": (TAXED, "with_contributions"),
    "dividends.source_tax": (TAXED, 0.3),
    "execution.whole_shares": ({}, False),
    "idle_cash.yield": ({}, 0.01),
    "period.end": ({}, "2018-06-29"),
    "period.start": ({}, "2015-06-01"),
    "inflation": ({**TAXED, "inflation": 0.01, "strategy.withdrawals": RISING}, 0.08),
    "liquidation.years": (
        {
            "accounts": ["taxable"], "period.end": "2025-12-30",
            "strategy.contributions": {"type": "lump_sum", "amount": 5_000_000_000},
        },
        5,
    ),
    "risk_free": ({}, 0.01),
    "strategy.allocation.core_satellite:core": (TAXED, "IWM"),
    "strategy.allocation.core_satellite:satellite": (TAXED, "IWM"),
    "strategy.allocation.core_satellite:satellite_weight": (TAXED, 0.4),
    "strategy.allocation.fixed_mix:weights": (
        in_("allocation", {"type": "fixed_mix", "weights": {"VOO": 1.0}}), {"VOO": 0.5, "IJR": 0.5},
    ),
    "strategy.allocation.glide_path:end": (in_("allocation", GLIDE), "2016-12-30"),
    "strategy.allocation.glide_path:from": (in_("allocation", GLIDE), {"IWM": 1.0}),
    "strategy.allocation.glide_path:start": (in_("allocation", GLIDE), "2016-01-04"),
    "strategy.allocation.glide_path:step": (in_("allocation", GLIDE), "yearly"),
    "strategy.allocation.glide_path:to": (in_("allocation", GLIDE), {"IWM": 1.0}),
    "strategy.allocation.tilt:base_weight": (in_("allocation", TILT), 0.25),
    "strategy.allocation.tilt:core": (in_("allocation", TILT), "IWM"),
    "strategy.allocation.tilt:direction": (in_("allocation", TILT), "against"),
    "strategy.allocation.tilt:full_at": (in_("allocation", TILT), 0.4),
    "strategy.allocation.tilt:max_weight": (in_("allocation", TILT), 0.6),
    "strategy.allocation.tilt:min_weight": (in_("allocation", TILT), 0.1),
    "strategy.allocation.tilt:satellite": (in_("allocation", TILT), "IWM"),
    "strategy.allocation.tilt:strength": (in_("allocation", TILT), "on_off"),
    "strategy.allocation.tilt:signal.momentum:lag_sessions": (in_("allocation", TILT), 9),
    "strategy.allocation.tilt:signal.momentum:months": (in_("allocation", TILT), 3),
    "strategy.allocation.tilt:signal.momentum:of": (in_("allocation", TILT), "satellite"),
    "strategy.allocation.tilt:signal.moving_average:lag_sessions": (in_("allocation", AVERAGE), 9),
    "strategy.allocation.tilt:signal.moving_average:of": (in_("allocation", AVERAGE), "satellite"),
    "strategy.allocation.tilt:signal.moving_average:sessions": (in_("allocation", AVERAGE), 50),
    "strategy.allocation.tilt:signal.flows:lag_sessions": (in_("allocation", FLOWS), 60),
    "strategy.allocation.tilt:signal.flows:months": (in_("allocation", FLOWS), 3),
    "strategy.allocation.tilt:signal.flows:symbol": (in_("allocation", FLOWS), "VOO"),
    "strategy.allocation.tilt:signal.flows:file": (in_("allocation", FROM_FILE), "FOLDER/VOO_FLOWS_MONTHLY.csv"),
    "strategy.allocation.table:entries.[].date": (in_("allocation", TABLE), "2015-06-01"),
    "strategy.allocation.table:entries.[].weights": (in_("allocation", TABLE), {"VOO": 0.5, "IJR": 0.5}),
    "strategy.allocation.python:assets": (in_("allocation", OWN), ["VOO", "IWM"]),
    "strategy.allocation.python:every": (in_("allocation", OWN), "yearly"),
    "strategy.allocation.python:initial": (in_("allocation", OWN), {"IJR": 1.0}),
    **{
        f"strategy.{group}:{key}": (in_(group.split(".")[0], before), other)
        for group, before, function in (
            ("allocation.python", OWN, "other_weights"),
            ("allocation.tilt:signal.python", OWN_SIGNAL, "other_signal"),
            ("contributions.python", OWN_MONEY, "other_amount"),
        )
        for key, other in (
            ("function", f"tests.own_functions:{function}"),
            ("params", {"share": 0.6, "least": 0.4, "amount": 150_000}),
            ("warmup", 3900),
            ("lag_sessions", 20),
            ("by_date", True),
        )
    },
    "strategy.contributions.python:amount": (in_("contributions", OWN_MONEY), 70_000),
    "strategy.contributions.python:day": (in_("contributions", OWN_MONEY), 20),
    "strategy.contributions.annual:amount": (in_("contributions", ANNUAL), 800_000),
    "strategy.contributions.annual:day": (in_("contributions", ANNUAL), 20),
    "strategy.contributions.annual:from": (in_("contributions", ANNUAL), "2016-06-01"),
    "strategy.contributions.annual:until": (in_("contributions", ANNUAL), "2016-06-01"),
    "strategy.contributions.monthly:from": (in_("contributions", MONTHLY), "2016-06-01"),
    "strategy.contributions.monthly:until": (in_("contributions", MONTHLY), "2016-06-01"),
    "strategy.incomes.[].amount": (in_("incomes", SALARY), 90_000),
    "strategy.incomes.[].day": (in_("incomes", SALARY), 20),
    "strategy.incomes.[].every": (in_("incomes", SALARY), "even_months"),
    "strategy.incomes.[].from": (in_("incomes", SALARY), "2016-06-01"),
    "strategy.incomes.[].growth": (in_("incomes", MONTHS), 0.05),
    "strategy.incomes.[].month": (in_("incomes", SALARY), 7),
    "strategy.incomes.[].until": (in_("incomes", SALARY), "2016-06-01"),
    "strategy.contributions.annual:growth": (in_("contributions", ANNUAL), 0.02),
    "strategy.contributions.annual:initial": (in_("contributions", ANNUAL), 100_000),
    "strategy.contributions.annual:month": (in_("contributions", ANNUAL), 5),
    "strategy.contributions.fill_quota:amount": (in_("contributions", QUOTA), 400_000),
    "strategy.contributions.fill_quota:day": (in_("contributions", QUOTA), 20),
    "strategy.contributions.fill_quota:every": (in_("contributions", QUOTA), "monthly"),
    "strategy.contributions.fill_quota:years": (in_("contributions", QUOTA), 8),
    "strategy.contributions.lump_sum:amount": (TAXED, 4_000_000),
    "strategy.contributions.monthly:amount": (in_("contributions", MONTHLY), 200_000),
    "strategy.contributions.monthly:bonus.amount": (in_("contributions", BONUS), 200_000),
    "strategy.contributions.monthly:bonus.months": (in_("contributions", BONUS), [12]),
    "strategy.contributions.monthly:day": (in_("contributions", MONTHLY), 20),
    "strategy.contributions.monthly:growth": (in_("contributions", MONTHLY), 0.02),
    "strategy.contributions.monthly:initial": (in_("contributions", MONTHLY), 100_000),
    "strategy.contributions.schedule:entries.[].amount": (in_("contributions", DATES), 400_000),
    "strategy.contributions.schedule:entries.[].date": (in_("contributions", DATES), "2015-05-01"),
    "strategy.deploy.spread_months": ({}, 6),
    "strategy.rebalancing.band:check": (in_("rebalancing", BAND), "daily"),
    "strategy.rebalancing.band:new_money_first": (in_("rebalancing", BAND), True),
    "strategy.rebalancing.band:relative": (in_("rebalancing", BAND), True),
    "strategy.rebalancing.band:width": (in_("rebalancing", BAND), 0.04),
    "strategy.rebalancing.calendar:every": (in_("rebalancing", CALENDAR), "yearly"),
    "strategy.rebalancing.calendar:new_money_first": (in_("rebalancing", CALENDAR), True),
    "strategy.transfer.at_most": (MOVED, 600_000),
    "strategy.transfer.before_contributions": (MOVED, True),
    "strategy.transfer.order": (MOVED, "pro_rata"),
    **{
        f"strategy.withdrawals.{kind}:{key}": (
            {**TAXED, "strategy.withdrawals": {"type": kind, "every": "yearly", first: most}}, other,
        )
        for kind, first, most, key, other in (
            ("fixed", "amount", 60_000, "amount", 50_000),
            ("fixed", "amount", 60_000, "every", "monthly"),
            ("fixed", "amount", 60_000, "start", "2016-05-02"),
            ("fixed", "amount", 60_000, "from", "2016-05-02"),
            ("fixed", "amount", 60_000, "until", "2016-05-02"),
            ("fixed", "amount", 60_000, "net", False),
            ("percent", "rate", 0.04, "from", "2016-05-02"),
            ("percent", "rate", 0.04, "until", "2016-05-02"),
            ("percent", "rate", 0.04, "net", False),
            ("inflation_linked", "amount", 60_000, "from", "2016-05-02"),
            ("inflation_linked", "amount", 60_000, "until", "2016-05-02"),
            ("inflation_linked", "amount", 60_000, "net", False),
            ("percent_with_limits", "rate", 0.04, "rate", 0.05),
            ("percent_with_limits", "rate", 0.04, "ceiling", 0.0),
            ("percent_with_limits", "rate", 0.04, "inflation", 0.2),
            ("percent_with_limits", "rate", 0.04, "every", "monthly"),
            ("percent_with_limits", "rate", 0.04, "from", "2016-05-02"),
            ("percent_with_limits", "rate", 0.04, "until", "2016-05-02"),
            ("percent_with_limits", "rate", 0.04, "net", False),
            ("guardrails", "rate", 0.04, "rate", 0.05),
            ("guardrails", "rate", 0.04, "inflation", 0.1),
            ("guardrails", "rate", 0.04, "band", 0.01),
            ("guardrails", "rate", 0.04, "every", "monthly"),
            ("guardrails", "rate", 0.04, "from", "2016-05-02"),
            ("guardrails", "rate", 0.04, "until", "2016-05-02"),
            ("guardrails", "rate", 0.04, "net", False),
            ("percent", "rate", 0.04, "rate", 0.05),
            ("percent", "rate", 0.04, "every", "monthly"),
            ("percent", "rate", 0.04, "start", "2016-05-02"),
            ("inflation_linked", "amount", 60_000, "amount", 50_000),
            ("inflation_linked", "amount", 60_000, "inflation", 0.05),
            ("inflation_linked", "amount", 60_000, "every", "monthly"),
            ("inflation_linked", "amount", 60_000, "start", "2016-05-02"),
        )
    },
    **{
        f"strategy.withdrawals.{kind}:{key}": (
            {**TAXED, "strategy.withdrawals": {"type": kind, "every": "yearly", **more}}, other,
        )
        for kind, more, key, other in (
            ("over_years", {"years": 5}, "years", 6),
            ("over_years", {"years": 5}, "every", "monthly"),
            ("over_years", {"years": 5}, "from", "2016-05-02"),
            ("over_years", {"years": 5}, "net", False),
            ("over_years", {"until": "2020-12-31"}, "until", "2018-05-02"),
            ("annuity", {"rate": 0.02, "years": 5}, "years", 6),
            ("annuity", {"rate": 0.02, "years": 5}, "rate", 0.05),
            ("annuity", {"rate": 0.02, "years": 5}, "every", "monthly"),
            ("annuity", {"rate": 0.02, "years": 5}, "from", "2016-05-02"),
            ("annuity", {"rate": 0.02, "years": 5}, "net", False),
            ("annuity", {"rate": 0.02, "until": "2020-12-31"}, "until", "2018-05-02"),
            ("percent_with_limits", {"rate": 0.04, "inflation": 0.5}, "floor", 0.2),
            ("guardrails", {"rate": 0.04, "band": 0.0, "inflation": 0.5}, "cut", 0.5),
            ("guardrails", {"rate": 0.04, "band": 0.0, "inflation": 0.5}, "preserve_until", "2015-05-02"),
            ("guardrails", {"rate": 0.04, "band": 0.0, "inflation": -0.3}, "rise", 0.5),
        )
    },
    **{
        f"strategy.withdrawals.{kind}:from_account": (
            in_("withdrawals", {"type": kind, "every": "yearly", **more}), "nisa_first",
        )
        for kind, more in (
            ("fixed", {"amount": 900_000}), ("percent", {"rate": 0.1}), ("over_years", {"years": 5}),
            ("inflation_linked", {"amount": 900_000}), ("annuity", {"rate": 0.02, "years": 5}),
            ("percent_with_limits", {"rate": 0.1}), ("guardrails", {"rate": 0.1}),
        )
    },
    "strategy.goals.[].amount": (in_("goals", FEES), 900_000),
    "strategy.goals.[].date": (in_("goals", FEES), "2017-04-03"),
    "strategy.goals.[].in": (in_("goals", [{**FEES[0], "in": "nominal", "inflation": 0.05}]), "real"),
    "strategy.goals.[].inflation": (in_("goals", [{**FEES[0], "in": "real", "inflation": 0.05}]), 0.02),
    "strategy.goals.[].from_account": (in_("goals", FEES), "nisa_first"),
    "strategy.goals.[].net": ({**TAXED, "strategy.goals": FEES}, False),
}  # fmt: skip
# Seen elsewhere: a name is that of the folder, or of money that is one of several, a birthday is in the dates,
# a description a line of the report, a source is printed with every result, the file of a schedule or of a table
# is read into its entries when the configuration is loaded; a transfer goes from the one account to the other
# each January, and nowhere else.
ELSEWHERE = {
    "name", "description", "data.source", "strategy.contributions.schedule:file", "holdings.file",
    "strategy.allocation.table:file", "person.born", "strategy.incomes.[].name", "strategy.goals.[].name",
    "strategy.transfer.from",
    "strategy.transfer.to", "strategy.transfer.every",
}  # fmt: skip
SEVERAL = (
    "strategy.contributions.[].",
    "strategy.withdrawals.[].",
)  # lists of what may stand alone: their keys are those of one


def keys_of(node: Any, defs: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The dotted names of a schema's leaves."""
    if "$ref" in node:
        yield from keys_of(defs[node["$ref"].split("/")[-1]], defs, path)
        return
    for part in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        yield from keys_of(part, defs, path)
    if "items" in node:
        yield from keys_of(node["items"], defs, (*path, "[]"))
    kind = node.get("properties", {}).get("type", {}).get("const")
    for name, value in node.get("properties", {}).items():
        own = (*path, f"{kind}:{name}" if kind else name)
        below = list(keys_of(value, defs, own))
        yield from below or [".".join(own)]


def test_every_documented_key_has_a_line_here() -> None:
    schema = config_schema()
    found = {key for key in keys_of(schema, schema["$defs"]) if not key.endswith((":type", ":name"))}
    found = {key for key in found if not key.startswith(SEVERAL)}
    assert found == KEYS.keys() | ELSEWHERE


FOLDER = {"VOO": "2014-01-02", "IWM": "2014-01-02", "NEW": "2016-03-01"}  # symbols and their first days


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up prices, a rate, and the flows of two funds."""
    path = tmp_path_factory.mktemp("prices")
    for seed, (symbol, first) in enumerate(FOLDER.items()):
        series = walk(symbol, first, "2018-12-31", seed)
        rows = zip(series.dates, series.close, series.adj_close, series.dividend)
        lines = [",".join(map(str, row)) for row in rows]
        (path / f"{symbol}.csv").write_text("\n".join(["date,close,adj_close,dividend", *lines]) + "\n")
        ends = np.arange("2014-01", "2018-12", dtype="datetime64[M]").astype("datetime64[D]") + 27
        money = np.random.default_rng(seed).normal(0.0, 1e6, len(ends)).round()
        lines = [f"{day},{flow}" for day, flow in zip(ends, money)]
        (path / f"{symbol}_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", *lines]) + "\n")
    days = np.arange("2013-12-20", "2019-01-01", dtype="datetime64[D]")
    (path / "OTHER_RATE.csv").write_text("date,close\n" + "".join(f"{day},111\n" for day in days))
    (path / "USDJPY.csv").write_text("date,close\n" + "".join(f"{day},110\n" for day in days))
    return path


TOLD: dict[tuple[str, str], str] = {}


def told(config: Config, source: str) -> str:
    """What a run says, as text."""
    key = config_hash(config), source
    if key not in TOLD:
        TOLD[key] = _told(config, source)
    return TOLD[key]


def _told(config: Config, source: str) -> str:
    result = run(config, source=source, offline=True)
    moves = [column.astype(str).tolist() for column in result.transactions.values()]
    flags, assumptions = result.manifest["flags"], result.manifest["assumptions"]
    return json.dumps([dict(result.metrics), moves, flags, assumptions], default=str)


def there(text: Any, folder: Path) -> Any:
    """A value with the folder's path in its place."""
    return json.loads(json.dumps(text).replace("FOLDER", str(folder)))


@pytest.mark.parametrize("key", KEYS)
def test_another_value_gives_another_result(key: str, folder: Path) -> None:
    before, other = (there(part, folder) for part in KEYS[key])
    dotted = ".".join(part.split(":")[-1] for part in key.split(".")).replace(
        "[]", "1" if "deposit_rate.[].from" in key else "0"
    )
    source = f"csv:{folder}" if "signal.flows" in key or "splice" in key else "sample"
    config = override(PLAN, before, allow_python=True)
    assert told(config, source) != told(override(config, {dotted: other}), source)
