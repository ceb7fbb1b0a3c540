"""What an investor decides, written out as arrays over the sessions of a panel."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.arrivals import arrivals, kept_for_contributions, kept_room, own_arrivals
from engine.builtin import (
    ALLOCATIONS,
    REBALANCING,
    SIGNALS,
    deposits,
    due_dates,
    first_sessions,
    releases,
    rows_of,
    sessions_on,
)
from engine.config import Config
from engine.config.strategy import Allocation, Strategy
from engine.errors import ConfigError, DataError
from engine.market.price_level import PriceLevel
from engine.market.series import ONE_DAY, Dates, Floats, Ints, Mask
from engine.messages import Money, message
from engine.own_code import Past, past_of, signal_of, weights_of
from engine.takings import Dues, Taking, make_takings, plain_withdrawal, withdrawn

FlowSeries = tuple[Dates, Floats]
Watched = Floats | FlowSeries | None
# What fills the NISA limits: calendar years, from that of the first contribution on -> yen in each of them.
QuotaParts = Callable[[Sequence[int]], Sequence[float]]

# How long before the first session of the data a due date may lie and still fall on that session.
REACH = np.timedelta64(10, "D")
BY_SESSION = (
    "deposit", "release", "withdrawal", "withdrawal_share", "target_row", "rebalance", "transfer", "kept_room",
    "resumes",
)  # fmt: skip
MOST = 1e15  # paid in over a life: a double still knows each yen's fraction


class Policy(IntEnum):
    """How weights are kept; see docs/ledger.md, "Decision"."""

    NONE = 0
    NO_SELL = 1
    CALENDAR = 2
    BAND = 3


class TransferOrder(IntEnum):
    """Which units a transfer moves into NISA first: docs/ledger.md, "Transfer into NISA"."""

    LEAST_GAIN_FIRST = 0
    LOSS_FIRST = 1
    PRO_RATA = 2


@dataclass(frozen=True)
class Plan:
    """One life's decisions. T sessions of the panel from the life's first to its last, A assets.

    ``deposit``           (T,) money that arrives, base currency, >= 0
    ``release``           (T,) money released for investing, >= 0; never more in sum than has arrived
    ``withdrawal``        (T,) fixed amounts taken out, >= 0
    ``withdrawal_share``  (T,) shares of the life's value taken out, 0..1
    ``targets``           (R, A) rows of target weights, each adding to 1
    ``target_row``        (T,) int32, which row holds on a session
    ``rebalance``         (T,) bool, sessions of a calendar rebalance, or on which the band is looked at
    ``transfer``          (T,) bool, sessions on which units move from the taxable account into NISA
    ``kept_room``         (T,) yen of NISA room that such a session keeps for the year's contributions
    ``resumes``           (T,) bool, the sessions after those; left out: the first session is none
    ``takings``           withdrawals one after another, where there is more than the one of the two columns above
    """

    deposit: Floats
    release: Floats
    withdrawal: Floats
    withdrawal_share: Floats
    targets: Floats
    target_row: NDArray[np.int32]
    rebalance: Mask
    transfer: Mask
    kept_room: Floats
    policy: Policy = Policy.NONE
    band_width: float = 0.0
    band_relative: bool = False
    new_money_first: bool = False
    reinvest_dividends: bool = True
    recurring: bool = True
    idle_yield: float = 0.0
    transfer_order: TransferOrder = TransferOrder.LEAST_GAIN_FIRST
    transfer_most: float = math.inf
    takings: tuple[Taking, ...] = ()
    resumes: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))

    def __post_init__(self) -> None:
        if not len(self.resumes):
            object.__setattr__(self, "resumes", np.append(False, self.rebalance[:-1]))

    @property
    def taking_count(self) -> int:
        """How many withdrawals there are beside ``withdrawal`` and ``withdrawal_share``."""
        return len(self.takings)

    def cut(self, sessions: slice) -> Plan:
        """The plan on some of its sessions, what is due in them as it was."""
        rows = {name: getattr(self, name)[sessions] for name in BY_SESSION}
        return replace(self, **rows, takings=tuple(item.cut_to(sessions) for item in self.takings))


class Known(NamedTuple):
    """What decisions may look at, of which each sees the part before it; see ``make_plan``."""

    sessions: Dates
    symbols: Sequence[str]
    prices: Floats | None
    flows: FlowSeries | None

    def past(self, group: Any) -> Past:
        """What a function of the user's may be shown."""
        assert self.prices is not None, "a function of the user's needs the prices"
        return past_of(group, self.symbols, self.sessions, self.prices)


def symbols_of(config: Config) -> tuple[str, ...]:
    """The assets a configuration holds: those of its allocation, then what else is owned at the start."""
    owned = () if config.holdings is None else config.holdings.assets
    return tuple(dict.fromkeys((*allocated(config), *owned)))


def allocated(config: Config) -> tuple[str, ...]:
    """The assets of an allocation: the core first, or by weight, the largest first."""
    allocation = config.strategy.allocation
    if allocation.type == "fixed_mix":
        return tuple(allocation.weights)
    if allocation.type == "glide_path":
        return tuple(dict.fromkeys([*allocation.from_, *allocation.to]))
    if allocation.type == "table":
        return tuple(dict.fromkeys(symbol for entry in allocation.entries for symbol in entry.weights))
    if allocation.type == "python":
        return tuple(allocation.assets)
    return (allocation.core, allocation.satellite)


def core_of(config: Config) -> str | None:
    """The core, where there is a core and a satellite."""
    return core_in(config.strategy.allocation)


def core_in(allocation: Allocation) -> str | None:
    """The core of an allocation that has one."""
    return allocation.core if allocation.type in ("core_satellite", "tilt") else None


def core_config(config: Config) -> Config | None:
    """The same money in the core alone, under the name ``<name>_core``; None where there is no core."""
    core = core_of(config)
    return None if core is None else in_core_alone(config, core)


def in_core_alone(config: Config, core: str) -> Config:
    """The same money in a core alone, under the name ``<name>_core``."""
    from engine.config import override

    alone = {"type": "fixed_mix", "weights": {core: 1.0}}
    return override(config, {"name": f"{config.name[:55]}_core", "strategy.allocation": alone})


def watches_prices(config: Config) -> bool:
    """Whether a plan's weights depend on prices: they are decided anew in every future."""
    return config.strategy.allocation.type in ("tilt", "python")


def without_code(config: Config) -> Config:
    """The plan before any function of the user's is asked: with the weights that hold until then."""
    from engine.config import called, override

    allocation: Any = config.strategy.allocation
    asked = dict(called(config.strategy))
    if "allocations" in asked:
        weights = allocation.initial or dict.fromkeys(allocation.assets, 1.0 / len(allocation.assets))
        return override(config, {"strategy.allocation": {"type": "fixed_mix", "weights": weights}})
    if "signals" in asked:
        core, satellite = allocation.core, allocation.satellite
        plain = {"type": "core_satellite", "core": core, "satellite": satellite}
        return override(
            config, {"strategy.allocation": {**plain, "satellite_weight": allocation.base_weight}}
        )
    return config


def flow_source(config: Config) -> tuple[str, str] | None:
    """Which fund flows a tilt watches: ``("symbol", "IWM")``, ``("file", path)``, or None."""
    allocation = config.strategy.allocation
    if allocation.type != "tilt" or allocation.signal.type != "flows":
        return None
    signal = allocation.signal
    return ("symbol", signal.symbol) if signal.symbol is not None else ("file", str(signal.file))


def needs_quota(config: Config) -> bool:
    """Whether ``make_plan`` has to be told what fills the NISA limits (``quota``)."""
    filling = config.strategy.filling
    return filling is not None and filling.amount is None


def make_plan(
    config: Config,
    sessions: Dates,
    symbols: Sequence[str],
    prices: Floats | None = None,
    *,
    first: int = 0,
    stop: int | None = None,
    flows: FlowSeries | None = None,
    quota: QuotaParts | None = None,
    level: PriceLevel | None = None,
) -> Plan:
    """The decisions of a life on ``sessions[first:stop]``.

    ``sessions``        (H,) datetime64[D], all that are known, those before the life included: signals look
                        back into them
    ``symbols``         the A assets, in the order of the plan's columns
    ``prices``          (H, A) in the base currency; needed by a tilt on prices only
    ``flows``           dates and money, for a tilt on fund flows (see ``flow_source``)
    ``quota``           what fills the NISA limits; for ``fill_quota`` (see ``needs_quota``)
    ``level``           consumer prices; for amounts that rise with them

    Contributions may fall due from ``period.start`` on, where that lies after the session before the life
    (up to ten days before the first session, where the data begin with it); else from the day after that
    session: what is due on a holiday at the start is not lost, and what was due before is not made up for.
    A run that goes on from a state (``holdings.since``) has the decisions of the plan as it began, from its first
    session on. Nothing at a session depends on a price, or a flow, of that session or a later one. Raises
    DataError without a session, ConfigError for more money than can be counted.
    """
    if len(sessions[first:stop]) == 0:
        raise DataError(message("{plan}: there is no session in the period", plan=config.name))
    known = Known(sessions, symbols, prices, flows)
    begin = begun(config, sessions, first)
    if begin is None:
        return _with_cash(_plan_from(config, known, quota, level, first, stop), config, sessions[first:stop])
    return _plan_from(config, known, quota, level, begin, stop).cut(slice(first - begin, None))


def begun(config: Config, sessions: Dates, first: int) -> int | None:
    """The session on which the plan of a run that goes on from a state began; None where it begins on ``first``.

    The holdings are then those of the session before ``first``, and the sessions reach back to the plan's first.
    """
    held = config.holdings
    if held is None or held.since is None or first == 0:
        return None
    since = np.datetime64(held.since, "D")
    before, day = (sessions[t].astype("datetime64[D]").item() for t in (first - 1, first))
    if not held.adjoins(before, day) or since < sessions[0] - REACH:
        return None
    return int(np.searchsorted(sessions, since))


def begins(config: Config, sessions: Dates, first: int) -> dt.date:
    """The day from which the plan of a run counts that begins on session ``first``, or goes on there."""
    begin = begun(config, sessions, first)
    day: dt.date = _start(config, sessions, first if begin is None else begin).astype(dt.date)
    return day


def _with_cash(plan: Plan, config: Config, life: Dates) -> Plan:
    """A plan with the cash that is owned at the start released as if it arrived on the first session."""
    if config.holdings is None or config.holdings.cash == 0.0:
        return plan
    arriving = life[:1], np.array([config.holdings.cash])
    whole = config.currency == "JPY"
    months = config.strategy.deploy.spread_months
    more = releases(life, arriving, months, whole)
    kept = kept_room(config, life, arriving, plan.transfer, life[0])
    return replace(plan, release=plan.release + more, kept_room=plan.kept_room + kept)


def _plan_from(
    config: Config,
    known: Known,
    quota: QuotaParts | None,
    level: PriceLevel | None,
    first: int,
    stop: int | None,
) -> Plan:
    """The decisions of a plan that begins on session ``first``."""
    life = known.sessions[first:stop]
    strategy, whole = config.strategy, config.currency == "JPY"
    start = _start(config, known.sessions, first)
    dues = Dues(life, start, whole, quota, level)
    arriving = arrivals(
        strategy,
        dues._replace(own=lambda group: own_arrivals(group, dues, known.past(group), first)),
    )
    deposit = deposits(life, arriving)
    if deposit.sum() > MOST:
        raise ConfigError(
            message(
                "strategy.contributions: {sum} arrive in all; up to {most} can be kept exact",
                sum=Money(float(deposit.sum()), config.currency),
                most=Money(MOST, config.currency),
            )
        )
    targets, target_row = _targets(strategy.allocation, known, first, life)
    mode, months, moved = strategy.rebalancing, strategy.deploy.spread_months, strategy.transfer
    has_income = bool(strategy.incomes)
    transfer = _transfers(config, life, start)
    kept = kept_for_contributions(config, dues, transfer)
    return Plan(
        deposit=deposit,
        release=releases(life, arriving, months, whole),
        targets=targets,
        target_row=target_row,
        rebalance=REBALANCING[mode.type](life, **mode.model_dump(include={"every", "check"})),
        transfer=transfer,
        kept_room=kept,
        policy=Policy[mode.type.upper()],
        band_width=getattr(mode, "width", 0.0),
        band_relative=getattr(mode, "relative", False),
        new_money_first=getattr(mode, "new_money_first", False),
        reinvest_dividends=config.dividends.reinvest == "at_once",
        recurring=any(item.type != "lump_sum" for item in strategy.arriving) or months > 1 or has_income,
        idle_yield=config.idle_cash.yield_,
        transfer_order=TransferOrder[moved.order.upper()] if moved else TransferOrder.LEAST_GAIN_FIRST,
        transfer_most=math.inf if moved is None or moved.at_most == "room" else float(moved.at_most),
        **_taken_out(strategy, dues),
    )


def repriced(plan: Plan, config: Config, sessions: Dates, first: int, level: PriceLevel) -> Plan:
    """A plan that begins on session ``first`` of ``sessions``, at other consumer prices.

    As ``make_plan`` makes it, where nothing but what it takes out rises with prices (``takes_out_by_prices``).
    """
    start = _start(config, sessions, first)
    dues = Dues(sessions[first:], start, config.currency == "JPY", None, level)
    return replace(plan, **_taken_out(config.strategy, dues))


def takes_out_by_prices(config: Config) -> bool:
    """Whether of all that a plan decides only what it takes out hangs on prices, of consumers or of assets."""
    keys = {key[0] for key in config.strategy.with_prices}
    return bool(keys) and keys <= {"withdrawals", "goals"} and not watches_prices(config)


def _taken_out(strategy: Strategy, dues: Dues) -> dict[str, Any]:
    """The fields of a plan that say what is taken out."""
    plain, nothing = plain_withdrawal(strategy), np.zeros(len(dues.life))
    amount, share = (nothing, nothing) if plain is None else withdrawn(plain, dues)
    return {"withdrawal": amount, "withdrawal_share": share, "takings": make_takings(strategy, dues)}


def _transfers(config: Config, life: Dates, start: np.datetime64) -> Mask:
    """(T,) sessions on which units move into NISA: those on which a 1 January falls due."""
    found = np.zeros(len(life), np.bool_)
    if config.strategy.transfer is not None:
        due = due_dates(start, life[-1], 1, every=12, month=1)
        found[sessions_on(life, due)] = True
    return found


def _start(config: Config, sessions: Dates, first: int) -> np.datetime64:
    """The first day on which something may fall due."""
    begin: np.datetime64 = sessions[first]
    if config.holdings is not None and config.holdings.since is not None:
        since = np.datetime64(config.holdings.since, "D")
        if first == np.searchsorted(sessions, since):
            return since
    earliest: np.datetime64 = sessions[first - 1] + ONE_DAY if first > 0 else begin - REACH
    if config.period.start is None or np.datetime64(config.period.start, "D") < earliest:
        return earliest if first > 0 else begin
    return min(np.datetime64(config.period.start, "D"), begin)


def follows_prices(config: Config) -> bool:
    """Whether an amount of a plan rises with consumer prices."""
    return bool(config.strategy.with_prices)


def _targets(allocation: Any, known: Known, first: int, life: Dates) -> tuple[Floats, NDArray[np.int32]]:
    if allocation.type == "python":
        daily = allocation.every == "daily"
        steps = np.arange(len(life)) if daily else np.append(0, first_sessions(life, allocation.every))
        weights = weights_of(allocation, known.symbols, known.past(allocation), first + steps)
        return weights, rows_of(len(life), steps)
    options = allocation.model_dump(exclude={"type", "signal", "file"})
    for key in ("start", "end"):
        if options.get(key) is not None:
            options[key] = np.datetime64(options[key], "D")
    if allocation.type == "tilt":
        steps = np.concatenate([[0], first_sessions(life, "monthly")])
        options |= {"steps": steps, "signal": _signal(allocation, known, first + steps)}
    return ALLOCATIONS[allocation.type](known.symbols, life, **options)


def _signal(allocation: Any, known: Known, at: Ints) -> Floats:
    """(n,) what a tilt watches, read at the sessions ``at``."""
    signal = allocation.signal
    if signal.type == "python":
        return signal_of(signal, known.past(signal), at)
    rules = signal.model_dump(include={"months", "sessions", "lag_sessions"})
    return SIGNALS[signal.type](known.sessions, _watched(allocation, known), at, **rules)


def _watched(allocation: Any, known: Known) -> Watched:
    """What a tilt's signal looks at: flows, the satellite's price, or that price in units of the core."""
    if allocation.signal.type == "flows":
        assert known.flows is not None, "a signal of flows needs the flows"
        return known.flows
    assert known.prices is not None, "a signal of prices needs the prices"
    satellite, core = (
        known.prices[:, known.symbols.index(name)] for name in (allocation.satellite, allocation.core)
    )
    return satellite if allocation.signal.of == "satellite" else satellite / core
