"""Small panels and plans by hand, and random lives for property tests.

``tiny_panel``, ``tiny_plan`` and ``tiny_terms`` write a life in a few lines; ``lives()`` is a hypothesis
strategy of ``(panel, plan, terms)`` that reaches every policy, account, overflow mode and rounding of
docs/ledger.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.config import Config, parse_config
from engine.market.assets import source_tax_of
from engine.market.panel import Panel
from engine.plan import Plan, Policy, QuotaParts, TransferOrder
from engine.rules.build import make_terms
from engine.rules.limits import quota_parts
from engine.rules.terms import Terms
from engine.takings import Memory, SaleOrder, Taking


class Life(NamedTuple):
    """A life's three inputs; prints as one line, so that a failing example can be read."""

    panel: Panel
    plan: Plan
    terms: Terms

    def __repr__(self) -> str:
        first, last = self.panel.sessions[[0, -1]]
        return (
            f"Life({len(self.panel.sessions)} sessions {first}..{last}, {', '.join(self.panel.symbols)} in "
            f"{self.panel.currency}, {', '.join(self.terms.buckets)}, {self.terms.overflow.name}, "
            f"{self.plan.policy.name})"
        )


CURRENCY = {"us_etf": "USD", "index": "USD", **dict.fromkeys(("jp_fund", "jp_etf", "cash", "deposit"), "JPY")}
FRAMES = {
    "us_etf": ("G", "old_general"),
    "index": ("G", "old_general"),
    "jp_fund": ("T", "G", "old_general", "old_tsumitate"),
    "jp_etf": ("G", "old_general"),
    "cash": (),
    "deposit": (),
}


def tiny_panel(
    dates: Sequence[str] | NDArray[np.datetime64],
    prices: Mapping[str, Sequence[float]],
    *,
    dividends: Mapping[str, Sequence[float]] | None = None,
    fx: float | Sequence[float] = 150.0,
    kind: str | Mapping[str, str] = "us_etf",
    frames: Mapping[str, Sequence[str]] | None = None,
    currency: str = "JPY",
) -> Panel:
    """A panel of a few sessions. ``fx`` is yen per dollar (T,); ``kind`` and ``frames`` by symbol."""
    sessions = np.array(dates, dtype="datetime64[D]")
    symbols = tuple(prices)
    kinds = tuple(kind if isinstance(kind, str) else kind[symbol] for symbol in symbols)
    shape = (len(sessions), len(symbols))
    usdjpy = np.broadcast_to(np.asarray(fx, dtype=np.float64), len(sessions))
    currencies = tuple(CURRENCY[name] for name in kinds)
    one = np.ones(len(sessions))
    rate = {"JPY": {"USD": usdjpy, "JPY": one}, "USD": {"USD": one, "JPY": np.round(1 / usdjpy, 8)}}[currency]
    dividend = np.zeros(shape)
    for symbol, paid in (dividends or {}).items():
        dividend[:, symbols.index(symbol)] = paid
    return Panel(
        currency=currency,
        sessions=sessions,
        symbols=symbols,
        price=np.array([prices[symbol] for symbol in symbols], dtype=np.float64).T.reshape(shape).copy(),
        dividend=dividend,
        fx=np.stack([rate[name] for name in currencies], axis=1),
        usdjpy=usdjpy.copy(),
        kind=kinds,
        frames=tuple(tuple((frames or {}).get(s, FRAMES[k])) for s, k in zip(symbols, kinds, strict=True)),
        asset_currency=currencies,
        source_tax=tuple(source_tax_of(name) for name in kinds),
        provenance=(),
    )


def tiny_plan(
    panel: Panel,
    *,
    deposit: Mapping[str, float] | None = None,
    release: Mapping[str, float] | None = None,
    withdrawal: Mapping[str, float] | None = None,
    withdrawal_share: Mapping[str, float] | None = None,
    targets: Mapping[str, Sequence[float]] | Sequence[float] = (1.0,),
    rebalance: Sequence[str] = (),
    transfer: Mapping[str, float] | None = None,
    **choices: Any,
) -> Plan:
    """A plan by date: amounts on sessions, ``targets`` one row or rows by the session from which they hold,
    ``transfer`` the room that each of them keeps.

    Money is released as it arrives unless ``release`` says when.
    """

    def on_sessions(amounts: Mapping[str, float] | None) -> NDArray[np.float64]:
        column = np.zeros(len(panel.sessions))
        for day, amount in (amounts or {}).items():
            column[_position(panel, day)] = amount
        return column

    rows = targets if isinstance(targets, Mapping) else {str(panel.sessions[0]): targets}
    row = np.zeros(len(panel.sessions), dtype=np.int32)
    for number, day in enumerate(rows):
        row[_position(panel, day) :] = number
    flags = np.zeros(len(panel.sessions), dtype=np.bool_)
    flags[[_position(panel, day) for day in rebalance]] = True
    moves = np.zeros(len(panel.sessions), dtype=np.bool_)
    moves[[_position(panel, day) for day in transfer or ()]] = True
    return Plan(
        deposit=on_sessions(deposit),
        release=on_sessions(deposit if release is None else release),
        withdrawal=on_sessions(withdrawal),
        withdrawal_share=on_sessions(withdrawal_share),
        targets=np.array(list(rows.values()), dtype=np.float64),
        target_row=row,
        rebalance=flags,
        transfer=moves,
        kept_room=on_sessions(transfer),
        **choices,
    )


CONFIG = parse_config(
    "name: tiny\nstrategy: {allocation: {type: fixed_mix, weights: {A: 1}}, "
    "contributions: {type: fill_quota, years: 5}}"
)


def tiny_config(*accounts: str, **options: Any) -> Config:
    """A configuration with these accounts, the options by the names of its keys (limits: T, G, total).

    Nothing is checked: tests put together what no person can.
    """

    def part(old: Any, **more: Any) -> Any:
        names = set(type(old).model_fields) & set(options)
        return old.model_copy(update={name: options.pop(name) for name in names} | more)

    limits = {
        name: part(getattr(CONFIG.account_rules, name), **dict(options.pop(name, None) or {}))
        for name in ("annual_limits", "lifetime")
    }
    made = CONFIG.model_copy(
        update={
            "accounts": accounts,
            "account_rules": part(CONFIG.account_rules, **limits),
            "costs": part(CONFIG.costs),
            "execution": part(CONFIG.execution),
            "dividends": part(CONFIG.dividends),
        }
    )
    assert not options
    return made


def tiny_terms(panel: Panel, *accounts: str, old_limit: float | None = None, **options: Any) -> Terms:
    """Terms for a panel, the options as of ``tiny_config``; ``old_limit``: yen a year in a frame that is gone."""
    made = make_terms(tiny_config(*accounts, **options), panel)
    if old_limit is None:
        return made
    old = np.array([bucket.startswith("nisa.old") for bucket in made.buckets])[:, None]
    return replace(made, annual_limit=np.where(old & (made.annual_limit > 0), old_limit, made.annual_limit))


def tiny_quota(years: int, *frames: str, **options: Any) -> QuotaParts:
    """What fills these frames in so many years; options as of ``tiny_config``."""
    config, contributions = tiny_config("nisa", **options), CONFIG.strategy.contributions
    filling = contributions.model_copy(update={"years": years})
    strategy = CONFIG.strategy.model_copy(update={"contributions": filling})
    panel = tiny_panel(["2001-01-01"], {"A": [1.0]}, frames={"A": frames})
    return partial(quota_parts, config.model_copy(update={"strategy": strategy}), panel)


def slice_terms(terms: Terms, start: int, stop: int) -> Terms:
    """The terms of the sessions ``start`` .. ``stop`` - 1; year tables still count from the whole's first."""
    return replace(terms, year=terms.year[start:stop], settle_year=terms.settle_year[start:stop])


def _position(panel: Panel, day: str) -> int:
    return panel.sessions.tolist().index(np.datetime64(day, "D").item())


# --- random lives -----------------------------------------------------------------------------------------


@st.composite
def lives(draw: st.DrawFn, *, longest: int = 320, transfers: bool = False) -> Life:
    """Any life: plain or in yen books, of one to three assets, up to ``longest`` sessions, up to 22 years.

    ``transfers``: one with both a taxable account and NISA, and units that move between them.
    """
    account = draw(st.sampled_from(BOTH if transfers else sorted(ACCOUNTS)))
    historical = account == "old nisa"
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)  # walks and amounts; what decides the life's shape is drawn
    sessions = draw(_calendars(longest=longest, historical=historical))
    currency = draw(st.sampled_from(["JPY", "USD"])) if account == "plain" else "JPY"
    panel = draw(_panels(sessions, rng, currency))
    plan = draw(_plans(panel, rng))
    if account in BOTH and (transfers or draw(st.booleans())):
        plan = replace(plan, **draw(_transfers(panel, rng)))
    return Life(panel, plan, draw(_terms(panel, account)))


@st.composite
def _calendars(draw: st.DrawFn, *, longest: int, historical: bool) -> NDArray[np.datetime64]:
    """Consecutive weekdays around a year's end, or one weekday in every few over years."""
    if historical:  # long enough for tax-free terms of 5 and of 20 years to end
        year = draw(st.integers(2013, 2018))
        step, most = draw(st.sampled_from([(5, 320), (21, 110), (21, 280)]))
    else:
        year = draw(st.integers(2019, 2026))
        step, most = draw(st.sampled_from([(1, 40), (3, 320), (5, 320), (11, 320), (21, 120)]))
    count = most - draw(st.integers(0, most - 2)) if draw(st.booleans()) else most
    count = min(count, longest)
    month = draw(st.sampled_from([1, 3, 12]))
    first = np.busday_offset(f"{year}-{month:02d}-{draw(st.integers(1, 28)):02d}", 0, roll="forward")
    return np.busday_offset(first, np.arange(count) * step)


@st.composite
def _panels(
    draw: st.DrawFn,
    sessions: NDArray[np.datetime64],
    rng: np.random.Generator,
    currency: str,
    kinds: Sequence[str] = (),
) -> Panel:
    usual = st.lists(st.sampled_from(["us_etf", "us_etf", "jp_fund", "index"]), min_size=1, max_size=3)
    kinds = kinds or draw(usual)
    volatility = draw(st.sampled_from([0.01, 0.0, 0.05, 0.15]))
    size = len(sessions)

    def walk(start: float, sd: float) -> NDArray[np.float64]:
        steps = rng.normal(0.0, sd, size)
        return np.round(np.clip(start * np.exp(np.cumsum(steps) - steps[0]), start / 8, start * 8), 2)

    symbols = [f"{name.upper()}{number}" for number, name in enumerate(kinds)]
    prices, dividends = {}, {}
    for symbol, name in zip(symbols, kinds, strict=True):
        start = rng.integers(1000, 60000) / 100 * (100 if name in ("jp_fund", "jp_etf") else 1)
        prices[symbol] = walk(start, volatility)
        pays = rng.random(size) < {"us_etf": 0.2, "jp_etf": 0.2, "jp_fund": 0.05}.get(name, 0.0)
        dividends[symbol] = np.where(pays, np.round(prices[symbol] * rng.random(size) * 0.02, 3), 0.0)
    return tiny_panel(
        sessions,
        prices,
        dividends=dividends,
        fx=np.clip(walk(rng.integers(8000, 16000) / 100, volatility / 3), 60, 300).tolist(),
        kind=dict(zip(symbols, kinds, strict=True)),
        frames={s: draw(st.sampled_from(_FRAME_CHOICES[k])) for s, k in zip(symbols, kinds, strict=True)},
        currency=currency,
    )


_FRAME_CHOICES = {
    "jp_etf": [("G", "old_general"), FRAMES["jp_fund"]],
    "cash": [()],
    "deposit": [()],
    "us_etf": [("G", "old_general")],
    "index": [("G", "old_general"), ()],
    "jp_fund": [FRAMES["jp_fund"], ("T", "old_tsumitate")],
}


@st.composite
def _plans(draw: st.DrawFn, panel: Panel, rng: np.random.Generator) -> Plan:
    size, assets = panel.price.shape
    unit = 1 if panel.currency == "JPY" else 100
    often = draw(st.sampled_from([1, 2, 6, 20, 1000]))
    deposit = np.zeros(size)
    times = len(deposit[::often])
    most = min(
        400, max(2, 4000 // times)
    )  # tens of millions of yen in all: floats still know each yen's fraction
    deposit[::often] = rng.integers(1, most, times) * 10_000 / unit
    release = deposit.copy()
    if draw(st.booleans()):
        release = _spread(deposit, draw(st.integers(2, 12)))
    withdrawal, share = np.zeros(size), np.zeros(size)
    taking = draw(st.sampled_from(["nothing", "amounts", "shares", "everything"]))
    some = rng.random(size) < draw(st.sampled_from([0.03, 0.1, 0.5]))
    if taking == "amounts":
        withdrawal[some] = rng.integers(1, 300, int(some.sum())) * 1000 / unit
    elif taking != "nothing":
        share[some] = 1.0 if taking == "everything" else rng.integers(1, 60, int(some.sum())) / 100
    rows = draw(st.integers(1, 3))
    policy = draw(st.sampled_from([*Policy, Policy.CALENDAR, Policy.BAND]))
    look = np.zeros(size, dtype=np.bool_)
    if policy in (Policy.CALENDAR, Policy.BAND):
        look[draw(st.integers(0, 3)) :: draw(st.sampled_from([1, 5, 13]))] = True
    return Plan(
        deposit=deposit,
        release=release,
        withdrawal=withdrawal,
        withdrawal_share=share,
        targets=np.array([_weights(rng, assets) for _ in range(rows)]),
        target_row=np.sort(rng.integers(0, rows, size)).astype(np.int32),
        rebalance=look,
        transfer=np.zeros(size, dtype=np.bool_),
        kept_room=np.zeros(size),
        policy=policy,
        band_width=draw(st.sampled_from([0.0, 0.02, 0.1])),
        band_relative=draw(st.booleans()),
        new_money_first=draw(st.booleans()),
        reinvest_dividends=draw(st.booleans()),
        recurring=draw(st.sampled_from([True, True, False])),
        idle_yield=draw(st.sampled_from([0.0, 0.0, 0.004])),
    )


@st.composite
def lives_with_takings(draw: st.DrawFn, *, longest: int = 320, transfers: bool = False) -> Life:
    """A life with several withdrawals: of every kind, with and without memory, gross and net, from any account."""
    life = draw(lives(longest=longest, transfers=transfers))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    unit = 1 if life.panel.currency == "JPY" else 100
    count = draw(st.integers(1, 4))
    takings = tuple(draw(_takings(len(life.panel.sessions), f"w{n}", unit, rng)) for n in range(count))
    quiet = np.zeros(len(life.panel.sessions))
    plan = replace(life.plan, withdrawal=quiet, withdrawal_share=quiet, takings=takings)
    return life._replace(plan=plan)


def whole_lives(*, longest: int = 320) -> st.SearchStrategy[Life]:
    """Any life of several withdrawals; half of them have units that move into NISA as well."""
    either = (lives_with_takings(longest=longest, transfers=transfers) for transfers in (False, True))
    return st.one_of(*either)


@st.composite
def _takings(draw: st.DrawFn, size: int, name: str, unit: int, rng: np.random.Generator) -> Taking:
    nothing = np.zeros(size)
    begin, step = draw(st.integers(0, size - 1)), draw(st.sampled_from([1, 3, 13, 40]))
    due = np.zeros(size, np.bool_)
    due[begin::step] = True
    kind = draw(st.sampled_from(["amounts", "shares", "to the end", "goal", *Memory, *Memory]))
    ways: dict[str, Any] = {"order": draw(st.sampled_from([*SaleOrder])), "gross": draw(st.booleans())}
    if kind == "goal":
        return Taking(name, np.where(np.arange(size) == begin, 1e6 * draw(st.integers(1, 9)) / unit, 0.0),
                      nothing, nothing, nothing, **ways)  # fmt: skip
    if kind == "shares":
        return Taking(
            name, nothing, np.where(due, rng.integers(1, 40, size) / 100, 0.0), nothing, nothing, **ways
        )
    if kind == "to the end":
        left = np.maximum(due.sum() - np.cumsum(due) + 1, 1)
        return Taking(name, nothing, np.where(due, 1.0 / left, 0.0), nothing, nothing, **ways)
    if kind in ("amounts", Memory.NONE):
        amounts = rng.integers(1, 300, size) * 1000 / unit
        return Taking(name, np.where(due, amounts, 0.0), nothing, nothing, nothing, **ways)
    part = draw(st.sampled_from([1.0, 1.0 / 12.0, 0.25]))
    every = max(1, round(1.0 / part))
    look = due & ((np.cumsum(due) - 1) % every == 0)
    growth = draw(st.sampled_from([1.0, 1.02, 0.98, 1.3]))
    return Taking(
        name, nothing, np.where(due, part, 0.0), np.where(look, growth, 0.0),
        (np.arange(size) > draw(st.integers(0, 2 * size))).astype(np.float64), Memory(kind),
        rate=draw(st.sampled_from([0.04, 0.15, 0.5, 1.0])),
        floor=draw(st.sampled_from([0.0, 0.025, 0.2, 1.0])), ceiling=draw(st.sampled_from([0.0, 0.05, 0.2])),
        cut=draw(st.sampled_from([0.1, 0.5])), rise=draw(st.sampled_from([0.1, 1.0])), **ways,
    )  # fmt: skip


@st.composite
def _transfers(draw: st.DrawFn, panel: Panel, rng: np.random.Generator) -> dict[str, Any]:
    """Units that move into NISA on the first sessions of years, or at any time."""
    size = len(panel.sessions)
    years = np.concatenate([[True], panel.years[1:] > panel.years[:-1]])
    moves = years | (rng.random(size) < draw(st.sampled_from([0.0, 0.05, 0.5])))
    kept = np.where(moves & (rng.random(size) < 0.5), rng.integers(0, 60, size) * 10_000.0, 0.0)
    return {
        "transfer": moves,
        "kept_room": kept * draw(st.sampled_from([0.0, 0.1, 1.0])),
        "transfer_order": draw(st.sampled_from([*TransferOrder])),
        "transfer_most": draw(st.sampled_from([math.inf, math.inf, 200_000.0, 1_234_567.0])),
    }


def _spread(deposit: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """Each deposit released in equal parts on so many sessions, its own first; not past the life's end."""
    release = np.zeros_like(deposit)
    for part in range(min(parts, len(deposit))):
        release[part:] += np.round(deposit[: len(deposit) - part] / parts - 0.005, 2)
    return np.maximum(release, 0.0)


def _weights(rng: np.random.Generator, assets: int) -> NDArray[np.float64]:
    """Weights in steps of 0.05 that add to 1; zeros are common."""
    cuts = np.sort(rng.integers(0, 21, assets - 1))
    return np.round(np.diff(np.concatenate([[0], cuts, [20]])) / 20, 2)


ACCOUNTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # name -> the accounts, the rule sets
    "plain": (("plain",), ("nisa_2024",)),
    "taxable": (("taxable",), ("nisa_2024", "historical_general")),
    "nisa": (("nisa",), ("nisa_2024",)),
    "nisa, taxable": (("nisa", "taxable"), ("nisa_2024",)),
    "old nisa": (("nisa", "taxable"), ("historical_general", "historical_tsumitate")),
}


BOTH = ["nisa, taxable", "old nisa"]


@st.composite
def _terms(draw: st.DrawFn, panel: Panel, account: str) -> Terms:
    accounts, rule_sets = ACCOUNTS[account]
    rules = draw(st.sampled_from(rule_sets))
    securities = [own for own, kind in zip(panel.frames, panel.kind) if kind not in ("cash", "deposit")]
    if "nisa" in accounts and "taxable" not in accounts and not all(securities):
        accounts = ("nisa", "taxable")  # an asset without a frame needs the other account
    tight = draw(st.booleans())  # limits that bind within a short life
    made = tiny_terms(
        panel,
        *accounts,
        rules=rules,
        overflow=draw(st.sampled_from(["split", "whole_order", "skip", "hold_cash"])),
        sell_from=draw(st.sampled_from(["taxable_first", "nisa_first"])),
        tax_amounts=draw(st.sampled_from(["mid", "tts_ttb"])),
        offset_dividends=draw(st.booleans()),
        whole_shares=draw(st.booleans()),
        old_limit=300_000 if tight else None,
        annual_limits=dict.fromkeys(("T", "G"), 300_000) if tight else None,
        lifetime={"G": 700_000, "total": 1_000_000} if tight and draw(st.booleans()) else None,
        **draw(st.sampled_from(_OWN if "jp_etf" in panel.kind else _COSTS[panel.currency])),
    )
    return made if draw(st.booleans()) else _of_high_incomes(made, draw(st.sampled_from([1, 1, 3])))


def _of_high_incomes(terms: Terms, years: int) -> Terms:
    """Terms under which small incomes owe the minimum tax too, in the years in which everything is sold."""
    size = terms.annual_limit.shape[1] + 2 + years
    return replace(
        terms,
        liquidation_years=years,
        exempt=np.where(np.arange(size) % 3 == 0, math.inf, 400_000.0),
        minimum_rate=np.where(np.arange(size) % 2 == 0, 0.225, 0.3),
        ordinary_rate=np.full(size, 0.15),
    )


_OWN: list[dict[str, Any]] = [
    {},
    {"commission_rate": 0.001, "commission_min": 1.5, "commission_cap": 9.0},
    {"commission_min": 5.0},
]
_COSTS: dict[str, list[dict[str, Any]]] = {
    "USD": _OWN,
    "JPY": [*_OWN, {"broker": "sbi"}, {"broker": "monex"}, {"broker": "sbi", "fx_spread": 0.25}],
}
