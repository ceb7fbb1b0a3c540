"""One configuration from prices to a result: the order of the steps, each a call into its room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

import engine
from engine.config import Config, config_hash
from engine.config.arguments import closed
from engine.errors import NotFound
from engine.ledger.inputs import MarketData, make_market_data, slice_market
from engine.ledger.invariants import Ledger
from engine.ledger.simulation import simulate_one
from engine.market import exchanges
from engine.market.flows import Flows, load_flows
from engine.market.panel import Panel, Provenance
from engine.market.panel_builder import build_panel, life_range
from engine.market.sample_limits import beyond_the_sample
from engine.market.sources import Access, Source
from engine.messages import to_plain
from engine.metrics import (
    SESSIONS_A_YEAR,
    full_years,
    metrics_of,
    volatility_of_months,
    whole_years,
    with_return,
)
from engine.plan import (
    Plan,
    QuotaParts,
    core_config,
    core_of,
    flow_source,
    make_plan,
    needs_quota,
    notes_of,
    symbols_of,
)
from engine.result import Result
from engine.rules.build import make_terms
from engine.rules.calendar import settlement_date
from engine.rules.limits import quota_parts
from engine.rules.sentences import before_its_time
from engine.rules.tables import broker
from engine.rules.terms import Terms

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """A configuration with its prices and its law: everything about a run that is not the investor's plan.

    ``market_data`` holds all sessions of the panel; a life takes a slice of it. ``flows``: of a tilt that
    watches a fund's.
    """

    config: Config
    panel: Panel
    terms: Terms
    market_data: MarketData
    flows: Flows | None = None


@closed(Access)
def run(config: Config, *, source: str | Source | None = None, **access: Unpack[Access]) -> Result:
    """The result of one configuration, with the same money in the core alone beside it where there is one.

    ``source`` replaces the configuration's own; ``access``: what the cache may do. Raises ConfigError,
    DataError; LedgerError is a defect.
    """
    panel = load_panel(config, source=source, **access)
    setting = prepare(config, panel, flows_of(config, source))
    start, stop = life_range(panel, config.period.start, config.period.end)
    plan = plan_of(setting, start, stop)
    result = simulate_plan(setting, plan, start, stop)
    alone = core_config(config)
    if alone is None:
        return result
    beside = replace(setting, config=alone)
    benchmark = simulate_plan(beside, in_core(plan, panel, core_of(config)), start, stop)
    if set(panel.kind) >= {"jp_fund", "us_etf"}:
        result = _of_two_clocks(result, benchmark, core_of(config) or "")
    return replace(result, benchmark=benchmark)


def _of_two_clocks(result: Result, benchmark: Result, core: str) -> Result:
    """``result`` with what its volatility and its core's are from month ends, where daily ones mislead."""
    own, alone = (
        volatility_of_months(each.equity["date"], each.equity["twr"]) for each in (result, benchmark)
    )
    if not np.isfinite(own + alone):
        return result
    told = (
        "A yen fund's price holds the New York session before: beside an ETF's, daily volatility and correlation "
        f"come out too low. From month ends volatility is {own:.2%} a year, {core} alone {alone:.2%}."
    ).replace("%", " %")
    assumptions = [*result.manifest["assumptions"], told]
    return replace(result, manifest={**result.manifest, "assumptions": assumptions})


def load_panel(config: Config, *, source: str | Source | None = None, **access: Unpack[Access]) -> Panel:
    """The prices a configuration needs."""
    return build_panel(
        symbols_of(config),
        currency=config.currency,
        source=config.data.source if source is None else source,
        start=config.period.start,
        end=config.period.end,
        total_return=config.dividends.mode == "total_return",
        splices=config.data.splice,
        **access,
    )


def prepare(config: Config, panel: Panel, flows: Flows | None = None) -> Setting:
    """The law and the costs of a configuration on the sessions of a panel."""
    rules = config.account_rules
    terms = make_terms(
        sessions=panel.sessions,
        symbols=panel.symbols,
        kind=panel.kind,
        frames=panel.frames,
        asset_currency=panel.asset_currency,
        base_currency=panel.currency,
        accounts=config.accounts,
        rules=rules.rules,
        overflow=rules.overflow,
        sell_from=rules.sell_from,
        tax_amounts=rules.tax_amounts,
        offset_dividends=rules.offset_dividends,
        broker=config.costs.broker,
        commission_rate=config.costs.commission_rate,
        commission_min=config.costs.commission_min,
        commission_cap=config.costs.commission_cap,
        fx_spread=config.costs.fx_spread,
        whole_shares=config.execution.whole_shares,
        source_tax=_source_tax(config, panel),
        annual_limits=_given(rules.annual_limits),
        lifetime_limits=_given(rules.lifetime),
    )
    return Setting(config, panel, terms, make_market_data(panel, terms), flows)


def _source_tax(config: Config, panel: Panel) -> float | Mapping[str, float] | None:
    """The configuration's own rate for every asset, else each asset's, else None: those of the kinds."""
    if config.dividends.source_tax is not None:
        return config.dividends.source_tax
    return dict(zip(panel.symbols, panel.source_tax)) or None


def _given(limits: Any) -> dict[str, float]:
    """The limits that a configuration overrides, in the words of the rules."""
    words = {"total": "shared"}
    return {words.get(name, name): limit for name, limit in limits.model_dump().items() if limit is not None}


def plan_of(setting: Setting, start: int, stop: int) -> Plan:
    """The investor's decisions for a life on sessions ``start`` .. ``stop`` - 1 of the panel."""
    panel, config = setting.panel, setting.config
    return make_plan(
        config,
        panel.sessions,
        panel.symbols,
        panel.base_price,
        first=start,
        stop=stop,
        flows=None if setting.flows is None else (setting.flows.dates, setting.flows.flow),
        quota=quota_of(setting) if needs_quota(config) else None,
    )


def flows_of(config: Config, source: str | Source | None = None) -> Flows | None:
    """The fund flows that a tilt watches, from its file or from the folder the prices come from.

    Raises NotFound where the source of the prices has no flows.
    """
    wanted = flow_source(config)
    if wanted is None:
        return None
    how, name = wanted
    if how == "file":
        return load_flows(Path(name), "flows")
    spec = config.data.source if source is None else source if isinstance(source, str) else source.name
    if not spec.startswith("csv:"):
        raise NotFound(
            f"{config.name}: strategy.allocation.signal: there are no fund flows of {name} in {spec}",
            hint=f"use --data csv:DIR with {name}_FLOWS_MONTHLY.csv in DIR, or signal.file",
        )
    return load_flows(Path(spec.removeprefix("csv:")), name)


def quota_of(setting: Setting) -> QuotaParts:
    """What ``fill_quota`` pays in each calendar year under the configuration's law: see ``quota_parts``."""
    config, panel = setting.config, setting.panel
    contributions, rules = config.strategy.contributions, config.account_rules
    assert contributions.type == "fill_quota"
    return partial(
        quota_parts,
        rules.rules,
        sorted({frame for own in panel.frames for frame in own}),
        contributions.years,
        annual_limits=_given(rules.annual_limits),
        lifetime_limits=_given(rules.lifetime),
    )


def in_core(plan: Plan, panel: Panel, core: str | None) -> Plan:
    """The same plan with all the money in the core."""
    weights = np.array([[1.0 if symbol == core else 0.0 for symbol in panel.symbols]])
    return replace(plan, targets=weights, target_row=np.zeros_like(plan.target_row))


def simulate_plan(setting: Setting, plan: Plan, start: int, stop: int) -> Result:
    """Simulate one plan on sessions ``start`` .. ``stop`` - 1 and tell what happened."""
    panel, terms, config = setting.panel, setting.terms, setting.config
    ledger = simulate_one(slice_market(setting.market_data, start, stop), plan)
    first = int(np.flatnonzero(plan.deposit)[0])  # there is one, or nothing would have been simulated
    sessions = panel.sessions[start:stop]
    counts = slice(first, None)
    edges = whole_edges(panel, start + first, stop)
    sold = float(ledger.moves["amount"][ledger.moves["kind"] == "sell"].sum())
    metrics, reasons, index = metrics_of(
        ledger.stats,
        sessions[first:],
        ledger.value[first:],
        ledger.flow[first:],
        sold=sold,
        exchange=None if (gained := exchange_gains(panel, ledger, start)) is None else gained[counts],
        risk_free=config.risk_free,
        years=named_years(config) if first == 0 else 0,
        edges=edges,
        per_year=panel.per_year,
    )
    equity = equity_columns(panel, terms, ledger, start, np.concatenate([np.ones(first), index]))
    transactions = transaction_columns(panel, terms, ledger, start)
    return Result(
        name=config.name,
        config=config.resolved(),
        manifest=manifest_of(setting, sessions, notes_of(config, sessions, plan)),
        metrics=metrics,
        reasons=reasons,
        equity=equity,
        transactions=transactions,
        years=year_columns(equity, transactions, edges),
        quota=quota_columns(terms, ledger),
        flows=flow_columns(setting, sessions[-1]),
    )


def named_years(config: Config) -> int:
    """How many whole years the period is by its name; 0 where it is none, or the data's."""
    start, end = config.period.start, config.period.end
    if start is None or end is None:
        return 0
    return whole_years(np.datetime64(start, "D"), np.datetime64(end, "D"))


def whole_edges(panel: Panel, first: int, stop: int) -> tuple[bool, bool]:
    """Whether session ``first`` is the first one of its year, and session ``stop`` - 1 the last of its own.

    By the panel's sessions around them; where the data begin or end there, by the exchanges' calendars.
    """
    sessions, years = panel.sessions, panel.years
    begin, end = sessions[first], sessions[stop - 1]
    spans = [
        exchanges.year_of(int(day.astype("datetime64[Y]").astype(int)) + 1970, kind)
        for day in (begin, end)
        for kind in dict.fromkeys(panel.kind)
    ]
    half = len(spans) // 2
    begins = begin <= max(span[0] for span in spans[:half])
    ends = end >= min(span[1] for span in spans[half:])
    if first > 0:
        begins = bool(years[first - 1] < years[first])
    if stop < len(sessions):
        ends = bool(years[stop] > years[stop - 1])
    return bool(begins), bool(ends)


def exchange_gains(panel: Panel, ledger: Ledger, start: int) -> Floats | None:
    """(T,) what the change of the exchange rates since the session before made of what was held overnight.

    In base currency: units × price × change of the rate, so that a change of both belongs to the rate. None
    where no asset is in a foreign currency.
    """
    if all(currency == panel.currency for currency in panel.asset_currency):
        return None
    here = slice(start, start + len(ledger.value))
    held = np.concatenate([np.zeros((1, len(panel.symbols))), ledger.units.sum(axis=1)[:-1]])
    change = np.diff(panel.fx[here], axis=0, prepend=panel.fx[start : start + 1])
    gains: Floats = (held * panel.price[here] * change).sum(axis=1)
    return gains


def equity_columns(panel: Panel, terms: Terms, ledger: Ledger, start: int, index: Floats) -> dict[str, Any]:
    """A row a session: see Result.equity."""
    sessions = panel.sessions[start : start + len(ledger.value)]
    base = panel.base_price[start : start + len(ledger.value)]
    kind, at = ledger.moves["kind"], ledger.moves["session"]
    columns: dict[str, Any] = {"date": sessions, "value": ledger.value}
    for name, which, sign in (("contributed", "deposit", 1.0), ("withdrawn", "withdrawal", -1.0)):
        moved = np.where(kind == which, sign * ledger.moves["amount"], 0.0)
        columns[name] = np.bincount(at, weights=moved, minlength=len(sessions)).cumsum()
    columns |= {"flow": ledger.flow, "cash": ledger.cash, "twr": index}
    columns["usdjpy"] = panel.usdjpy[start : start + len(sessions)]
    worth = ledger.units * base[:, None, :]
    for a, symbol in enumerate(panel.symbols):
        columns[f"asset:{symbol}"] = worth[:, :, a].sum(axis=1)
    for b, bucket in enumerate(terms.buckets):
        columns[f"bucket:{bucket}"] = worth[:, b, :].sum(axis=1)
    for a, symbol in enumerate(panel.symbols):
        columns[f"price:{symbol}"] = base[:, a].copy()
    return columns


def transaction_columns(panel: Panel, terms: Terms, ledger: Ledger, start: int) -> dict[str, Any]:
    """A row a movement: see Result.transactions."""
    moves = ledger.moves
    at = moves["session"] + start
    asset = moves["asset"]
    traded = np.isin(moves["kind"], ("buy", "sell"))
    settlement = panel.sessions[at].copy()
    for a in range(len(panel.symbols)):
        mine = traded & (asset == a)
        settlement[mine] = settlement_date(panel.sessions[at[mine]], panel.kind[a])
    on_asset = asset >= 0
    names = np.array([*panel.symbols, ""])
    buckets = np.array([*terms.buckets, ""])
    return {
        "date": panel.sessions[at],
        "settlement": settlement,
        "account": buckets[moves["bucket"]],
        "asset": names[asset],
        "kind": moves["kind"],
        "units": moves["units"],
        "price": np.where(on_asset, panel.price[at, asset], np.nan),
        "fx": np.where(on_asset, panel.fx[at, asset], np.nan),
        "amount": moves["amount"],
        "cost": moves["cost"],
        "cash_after": moves["cash_after"],
    }


def year_columns(
    equity: Mapping[str, Any], transactions: Mapping[str, Any], edges: tuple[bool, bool] = (False, False)
) -> dict[str, Any]:
    """A row a calendar year: see Result.years. ``edges`` as of ``engine.metrics.full_years``."""
    years = equity["date"].astype("datetime64[Y]").astype(np.int64) + 1970
    moved = transactions["date"].astype("datetime64[Y]").astype(np.int64) + 1970
    last = np.flatnonzero(np.append(years[1:] != years[:-1], True))
    names = years[last]
    kind = transactions["kind"]

    def sums(column: str, *kinds: str) -> Floats:
        part = np.where(np.isin(kind, kinds), transactions[column], 0.0) if kinds else transactions[column]
        totals = np.bincount(moved - names[0], weights=part, minlength=len(names)) + 0.0
        return totals.astype(np.float64)

    counted = with_return(equity["value"], equity["flow"])
    first = int(np.argmax(counted))
    _, returns, whole = full_years(equity["date"][first:], equity["twr"][first:], counted[first:], edges)
    before = len(names) - len(returns)
    return {
        "year": names,
        "contributed": sums("amount", "deposit"),
        "withdrawn": -sums("amount", "withdrawal") + 0.0,
        "dividends": sums("amount", "dividend"),
        "dividend_tax": -sums("amount", "source_tax", "dividend_tax") + 0.0,
        "tax": -sums("amount", "tax", "tax_refund") + 0.0,
        "cost": sums("cost"),
        "value": equity["value"][last],
        "twr": np.concatenate([np.full(before, np.nan), returns]),
        "full": np.concatenate([np.zeros(before, np.int64), whole.astype(np.int64)]),
    }


def quota_columns(terms: Terms, ledger: Ledger) -> dict[str, Any]:
    """A row a year and NISA frame that had room or was used: see Result.quota."""
    quota = ledger.quota
    shown = (quota["limit"] > 0) | (quota["used"] > 0) | (quota["given_back"] > 0)
    names = np.array([bucket.removeprefix("nisa.") for bucket in terms.buckets])
    limit, used, left = (quota[name][shown] for name in ("limit", "used", "lifetime_left"))
    return {
        "year": quota["year"][shown],
        "frame": names[quota["bucket"][shown]],
        "limit": limit,
        "used": used,
        "given_back": quota["given_back"][shown],
        "lifetime_left": np.where(np.isfinite(left), left, np.nan),
        "lapsed": np.maximum(limit - used, 0.0),
    }


def flow_columns(setting: Setting, end: np.datetime64) -> dict[str, Any]:
    """A row a period of the fund flows that a plan watches, up to ``end``: see Result.flows."""
    if setting.flows is None or flow_source(setting.config) is None:
        return {}
    known = setting.flows.dates <= end
    return {"date": setting.flows.dates[known], "flow": setting.flows.flow[known]}


def manifest_of(
    setting: Setting, sessions: NDArray[np.datetime64], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """What a result rests on: configuration, data, versions, flags, assumptions, ``notes`` on the plan first."""
    panel, terms, config = setting.panel, setting.terms, setting.config
    profile = broker(config.costs.broker, panel.sessions[-1])
    first_year = int(str(sessions[0])[:4])
    unlawful = [text for text, since in zip(terms.counterfactual, terms.lawful_from) if since > first_year]
    return {
        "name": config.name,
        "config_sha256": config_hash(config),
        "assets": {
            symbol: {"currency": currency, "kind": kind}
            for symbol, currency, kind in zip(panel.symbols, panel.asset_currency, panel.kind)
        },
        "data": [item.plain() for item in _provenance(setting)],
        "versions": {"backtest": engine.__version__, **_versions()},
        "seed": None,
        "flags": {
            "sample": panel.is_sample,
            "sample_limits": list(beyond_the_sample([config])) if panel.is_sample else [],
            "counterfactual": unlawful,
            "data": [to_plain(text) for text in panel.warnings],
        },
        "assumptions": [
            *notes,
            *terms.assumptions,
            *before_its_time(profile, sessions[0]),
            *_conventions(setting),
        ],
        "period": {"start": str(sessions[0]), "end": str(sessions[-1]), "sessions": len(sessions)}
        | ({} if panel.per_year == SESSIONS_A_YEAR else {"per_year": panel.per_year}),
    }


def _provenance(setting: Setting) -> tuple[Provenance, ...]:
    extra = () if setting.flows is None else (setting.flows.provenance,)
    return (*setting.panel.provenance, *extra)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("numpy", "numba", "pyarrow")}


_FREQUENCIES = {
    12: (
        "Prices are monthly: money that arrives inside a month is invested at that month's price, volatility, "
        "Sharpe and Sortino are annualised by 12 months, VaR and CVaR are of one month."
    ),
    52: (
        "Prices are weekly: money that arrives inside a week is invested at that week's price, volatility, "
        "Sharpe and Sortino are annualised by 52 weeks, VaR and CVaR are of one week."
    ),
    365: "Prices are of every day of the calendar: volatility, Sharpe and Sortino are annualised by 365 days.",
}


def _conventions(setting: Setting) -> list[str]:
    """The choices of this program that the figures rest on, one sentence each."""
    config, panel = setting.config, setting.panel
    told = []
    if panel.total_return:
        told.append("Prices are adjusted closes: dividends are reinvested before any tax, in fractions.")
    else:
        when = "on their ex-date" if config.dividends.reinvest == "at_once" else "with the next contribution"
        told.append(f"Dividends are paid in cash on the ex-date, net of tax, and reinvested {when}.")
    told.append("Orders fill at the close of their session.")
    if panel.per_year != SESSIONS_A_YEAR:
        told.append(_FREQUENCIES[panel.per_year])
    if config.idle_cash.yield_ != 0.0:
        told.append(f"Idle cash earns {config.idle_cash.yield_:.2%} a year.".replace("%", " %"))
    else:
        told.append("Idle cash earns nothing.")
    allocation = config.strategy.allocation
    if allocation.type == "tilt" and allocation.signal.type == "flows":
        signal = allocation.signal
        told.append(
            f"A fund flow is known {signal.lag_sessions} sessions after its date; the newest {signal.months} "
            "months known count, read on the first session of each month."
        )
    if any(currency != panel.currency for currency in panel.asset_currency):
        told.append("Money is exchanged at the last ECB fixing on or before the session.")
    told.append(f"Sharpe and Sortino over a rate of {config.risk_free:.2%} a year.".replace("%", " %"))
    return told
