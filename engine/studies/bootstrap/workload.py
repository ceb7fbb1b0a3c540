"""What is simulated: strategies under today's law on the sessions to come, and the past they are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from engine.config import Config, called
from engine.config.arguments import refuse_doubles, refuse_unlike, shared_period
from engine.context import RunContext, level_of, parts_that_fill, prepare, taken
from engine.errors import ConfigError
from engine.ledger.inputs import Flags, MarketData
from engine.market.panel import Panel
from engine.market.panel_builder import build_panel, life_range
from engine.market.price_level import PriceLevel
from engine.market.series import ONE_MONTH, Dates, Floats
from engine.market.sources import Access, Source
from engine.messages import Message, Number, listed, message
from engine.own_code import refuse_peeking
from engine.plan import (
    Plan,
    begun,
    core_config,
    core_of,
    flow_source,
    follows_prices,
    make_plan,
    needs_quota,
    repriced,
    symbols_of,
    takes_out_by_prices,
    watches_prices,
    without_code,
)
from engine.real import no_prices
from engine.rules.opening import Opening, make_opening
from engine.studies.bootstrap.futures import (
    Days,
    History,
    block_length,
    choose,
    decide_before,
    empty_future,
    follow,
    future_sessions,
    history_of,
    year_ends,
)

DRAWN = message("momentum and moving_average can")  # signals


@dataclass(frozen=True)
class Strategy:
    """One way to invest, on the sessions to come; its panel's prices are all one until a future is drawn.

    ``plan``       its decisions; where they look at prices (a tilt) they are made anew in each future
    ``past``, ``past_price``  the sessions that a tilt looks back on, and (H, A) prices in base currency
    ``opening``    what is owned before the first session; its units are worth what each future makes of them
    ``benchmark``  the core that takes all the money, where this is the benchmark of a strategy
    ``level``      consumer prices up to the last month of the past, where the configuration has them
    ``price_changes``  (H,) what each past day adds to them, as a factor; None where they are a stated rate
    """

    name: str
    context: RunContext
    history: History
    past: Dates
    past_price: Floats
    plan: Plan
    benchmark: str | None = None
    opening: Opening | None = None
    level: PriceLevel | None = None
    price_changes: Floats | None = None

    @property
    def first(self) -> int:
        """The session with which a future begins: the first where something is owned, else that of a deposit."""
        return 0 if self.opening is not None else int(np.flatnonzero(self.plan.deposit > 0.0)[0])

    @property
    def paid_in(self) -> Floats:
        """(T,) what has been paid in by each session, holdings at the last price of the past."""
        owned = 0.0 if self.opening is None else self.opening.worth(self.past_price[-1])
        return owned + self.plan.deposit.cumsum()

    @property
    def watches(self) -> bool:
        """Whether its decisions look at prices."""
        return watches_prices(self.context.config) and self.benchmark is None

    @cached_property
    def varies(self) -> bool:
        """Whether its decisions are others in each future: they look at prices, of assets or of consumers."""
        drawn = self.price_changes is not None and follows_prices(self.context.config)
        return self.watches or drawn

    @cached_property
    def months_begin(self) -> Days:
        """The first session of each month of which the level has no figure yet."""
        assert self.level is not None, "months are counted from the last one that has a figure"
        month = self.context.panel.sessions.astype("datetime64[M]").astype(np.int64)
        begins = np.diff(month, prepend=self.level.months[-1].astype(np.int64)) > 0
        return np.flatnonzero(begins & (month > self.level.months[-1].astype(np.int64)))

    def level_in(self, days: Days) -> PriceLevel | None:
        """Consumer prices to the end of the future that takes these days of the past."""
        if self.level is None or self.price_changes is None:
            return self.level
        new = self.months_begin
        changes = np.multiply.reduceat(self.price_changes[days], new) if new.size else np.empty(0)
        return self.level.followed_by(changes)

    @cached_property
    def known_sessions(self) -> Dates | None:
        """Those of the past and to come, where a future changes what the plan takes out and nothing else."""
        sessions = np.concatenate([self.past, self.context.panel.sessions])
        config = self.context.config
        alone = takes_out_by_prices(config) and begun(config, sessions, len(self.past)) is None
        return sessions if alone else None

    def worth(self, days: Days) -> Floats:
        """(T,) what an amount of each session of such a future is worth in the last month of the past."""
        level = self.level_in(days)
        assert level is not None
        return level.worth(self.context.panel.sessions, self.past[-1])

    def drawn(self, days: Days, flags: Flags) -> tuple[Floats, Flags]:
        """The market of the future that takes these days of the past, and ``flags`` with its dividends."""
        market, marked = self.context.market_data.market.copy(), flags.copy()
        follow(days, self.history, market, marked)
        if self.context.panel.known is not None:
            decide_before(market, self.history, self.context.terms.turn > 0)
        return market, marked

    def in_future(self, days: Days) -> tuple[MarketData, Plan]:
        """The future that takes these days of the past, and the decisions made in it."""
        empty = self.context.market_data
        market, flags = self.drawn(days, empty.flags)
        market_data = replace(empty, market=market, flags=flags)
        if not self.varies:
            return market_data, self.plan
        level, sessions = self.level_in(days), self.known_sessions
        if sessions is not None and level is not None:
            return market_data, repriced(self.plan, self.context.config, sessions, len(self.past), level)
        prices = market_data.base_price
        return market_data, decide(self.context, self.past, self.past_price, prices, self.opening, level)


@dataclass(frozen=True)
class Workload:
    """Everything that fixes a study's figures: which strategies, on which draws.

    ``years``, ``points``  the years at whose ends values are looked at, and the sessions that they end with
    ``block``, ``seed``    mean block in sessions, and what the draws begin with
    ``money_of``  the month whose money all amounts are in, the last of the past; None: each in that of its day
    """

    strategies: tuple[Strategy, ...]
    sessions: Dates
    years: tuple[int, ...]
    points: Days
    block: float
    seed: int
    money_of: np.datetime64 | None = None

    @property
    def days(self) -> int:
        """How many past days there are to draw from."""
        return len(self.strategies[0].history.growth)


def make_workload(
    configs: Sequence[Config],
    panel: Panel,
    start: int,
    stop: int,
    *,
    years: int,
    seed: int = 1,
    block: float | None = None,
    real: bool = False,
) -> Workload:
    """The sessions to come after ``start`` .. ``stop`` - 1 of a panel, and each strategy's law and plan on them.

    ``panel`` holds the assets of all of ``configs``; one alone comes with its benchmark. ``real``: in the money of
    the last month of the past. Raises ConfigError, DataError.
    """
    sessions = future_sessions(panel.sessions[stop - 1], years, panel.per_year)
    strategies = [_strategy(config, panel, start, stop, sessions, real=real) for config in configs]
    core = core_config(configs[0]) if len(configs) == 1 else None
    if core is not None:
        strategies.append(replace(strategies[0], name=core.name, benchmark=core_of(configs[0])))
    paid = [float(item.paid_in[-1]) for item in strategies]
    if max(paid) - min(paid) > 1e-9 * max(paid):
        each = listed(
            message("{name} {amount}", name=item.name, amount=Number(money, 0))
            for item, money in zip(strategies, paid)
        )
        raise ConfigError(
            message("bootstrap: the money paid in differs ({each})", each=each),
            hint=message("compare the same money"),
        )
    shown = tuple(range(years + 1))
    return Workload(
        strategies=tuple(strategies),
        sessions=sessions,
        years=shown,
        points=year_ends(panel.sessions[stop - 1], sessions, shown),
        block=block_length(history_of(panel, start, stop)) if block is None else float(block),
        seed=seed,
        money_of=panel.sessions[stop - 1].astype("datetime64[M]") if real else None,
    )


def refuse_apart(configs: Sequence[Config], instead: Message = DRAWN) -> None:
    """Raise ConfigError where the strategies cannot share futures, or need a file of the future.

    ``instead``  what a plan that watches fund flows may do
    """
    refuse_doubles("bootstrap", configs)
    for key, values in (
        ("currency", [config.currency for config in configs]),
        ("dividends.mode", [config.dividends.mode for config in configs]),
        ("data.splice", [str(config.data.splice) for config in configs]),
        ("data.frequency", [str(config.data.frequency) for config in configs]),
        ("data.usdjpy", [config.data.usdjpy for config in configs]),
    ):
        refuse_unlike("bootstrap", key, configs, values)
    for config in configs:
        if flow_source(config) is not None:
            raise ConfigError(
                message(
                    "{name}: {key}: fund flows cannot be drawn with the prices",
                    name=config.name,
                    key="strategy.allocation.signal",
                ),
                hint=instead,
            )
        if "contributions" in dict(called(config.strategy)):
            raise ConfigError(
                message(
                    "{name}: {key}: a function would change the money with prices, futures compare the same money",
                    name=config.name,
                    key="strategy.contributions",
                )
            )


def shared_past(
    configs: Sequence[Config], source: str | Source | None, access: Access
) -> tuple[Panel, int, int]:
    """All assets of all configurations on common sessions, and the period that all of them cover."""
    first, period = configs[0], shared_period(configs)
    panel = build_panel(
        list(dict.fromkeys(symbol for config in configs for symbol in symbols_of(config))),
        currency=first.currency,
        source=first.data.source if source is None else source,
        start=period.start,
        end=period.end,
        **taken(first),
        **access,
    )
    return panel, *life_range(panel, period.start, period.end)


def _strategy(
    config: Config, panel: Panel, start: int, stop: int, sessions: Dates, *, real: bool
) -> Strategy:
    own = choose(panel, symbols_of(config))
    context = prepare(config, empty_future(own, sessions))
    past, past_price = panel.sessions[start:stop], own.base_price[start:stop]
    level, price_changes = _prices(config, panel, start, stop, real=real)
    refuse_peeking(config, own.symbols, past, past_price)
    opening = make_opening(
        config,
        own,
        context.terms,
        sessions[0],
        past[-1],
        past_price[-1],
        goes_on=begun(config, np.concatenate([past, sessions]), len(past)) is not None,
    )
    still = standing(level, price_changes, sessions)
    plain = replace(context, config=without_code(config))
    plan = decide(plain, past, past_price, context.panel.base_price, opening, still)
    if opening is None and not (plan.deposit > 0.0).any():
        raise ConfigError(
            message(
                "{name}: {key}: nothing is paid in after {day}",
                name=config.name,
                key="strategy.contributions",
                day=past[-1],
            ),
            hint=message("a schedule of past dates has no future"),
        )
    history = history_of(own, start, stop)
    return Strategy(
        config.name,
        context,
        history,
        past,
        past_price,
        plan,
        opening=opening,
        level=level,
        price_changes=price_changes,
    )


def standing(level: PriceLevel | None, price_changes: Floats | None, sessions: Dates) -> PriceLevel | None:
    """Consumer prices of the sessions to come while no future is drawn: where they are drawn, they stand still."""
    return level if level is None or price_changes is None else level.still(sessions[-1])


def _prices(
    config: Config, panel: Panel, start: int, stop: int, *, real: bool
) -> tuple[PriceLevel | None, Floats | None]:
    """Consumer prices up to the end of the past, and (H,) what each of its days adds, if anything follows them.

    A month's change is shared among its sessions in equal parts, so that a future draws both together. Raises
    DataError where a month of the past has no figure.
    """
    level = level_of(config)
    if real and level is None:
        raise no_prices(config.name)
    if level is None or level.is_rate or not (real or follows_prices(config)):
        return level, None
    months = panel.sessions[start + 1 : stop].astype("datetime64[M]")
    each, of, count = np.unique(months, return_inverse=True, return_counts=True)
    wanted = np.arange(each[0] - ONE_MONTH, each[-1] + ONE_MONTH)
    known = level.on(wanted)
    if np.isnan(known).any():
        raise level.lacks(wanted[np.isnan(known)][0])
    now, before = level.on(each), known[:-1][np.isin(wanted[1:], each)]
    # The first and the last month of the past may be parts of one.
    sessions = np.maximum(count, panel.per_year // 12)
    changes: Floats = np.power(now / before, 1.0 / sessions)[of]
    return level.until(panel.sessions[stop - 1]), changes


def decide(
    context: RunContext,
    past: Dates,
    past_price: Floats,
    price: Floats,
    opening: Opening | None,
    level: PriceLevel | None = None,
) -> Plan:
    """The decisions on the sessions to come, the past before them in sight; prices (., A) in base currency.

    ``opening``: what is owned, which fills its part of the limits unless the plan goes on. ``level``: consumer
    prices, the drawn ones included.
    """
    config, sessions = context.config, np.concatenate([past, context.panel.sessions])
    filled = None if begun(config, sessions, len(past)) is not None else opening
    return make_plan(
        config,
        sessions,
        context.panel.symbols,
        np.concatenate([past_price, price]),
        first=len(past),
        quota=parts_that_fill(context, filled) if needs_quota(config) else None,
        level=level,
    )
