"""How much a plan may pay out: the highest amount that no start month of history, and few futures, fail at.

The same question the other way round: the pot that an amount needs. Every simulation is that of ``backtest run``
with another value in its configuration, so that any account, tax and kind of withdrawal counts as it does there.
In an account without tax and costs, whose weights are kept, twice the pot pays twice the amount and one simulation
would do; tax, whole shares, limits and costs do not scale, so that every value is simulated: ``search.py`` says
how few that takes.

*Limits:* an answer is that of the history and the futures it was looked for in. Windows of history overlap: that
none of 700 starts fails is what three independent lives of thirty years know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Unpack

import numpy as np

from engine.config import Config, leaves, override
from engine.config.arguments import checked, closed, made, numbers, one_kind
from engine.config.withdrawals import Fixed, InflationLinked
from engine.context import RunContext, flows_of, opening_of, panel_loader, plan_of, prepare
from engine.errors import ConfigError
from engine.manifest import manifest_of
from engine.market.flows import Flows
from engine.market.panel import Panel
from engine.market.panel_builder import life_range
from engine.market.series import ONE_DAY
from engine.market.sources import Access, Source
from engine.messages import Message, Number, listed, message, to_plain
from engine.metrics import DAYS_A_YEAR
from engine.studies.bootstrap.futures import year_ends
from engine.studies.bootstrap.study import MOST_BLOCK, manifest
from engine.studies.bootstrap.workload import make_workload, refuse_apart
from engine.studies.executor import Executor
from engine.studies.grid.axes import Axis
from engine.studies.grid.documents import Windows
from engine.studies.grid.points import GridPoints
from engine.studies.grid.window_grid import make_window_grid
from engine.studies.grid.workload import make_workload as windows_of
from engine.studies.pools.pool import Pool
from engine.studies.withdraw.cases import Change, Drawn, History, cut_short, same_so_far
from engine.studies.withdraw.results import Limit, Payout, Sought, Success, World
from engine.studies.withdraw.search import MARGIN, Bounds, Cases, edge
from engine.studies.withdraw.stopping import Stop, stop_of, stopping

YEARS, FUTURES, SHARES = (20, 30, 40), 10_000, (0.01, 0.05, 0.10)
STEPS = {"JPY": 1_000.0, "USD": 10.0}  # of an amount; a pot is looked for in tens of them
MOST = 10_000_000  # steps that a value may have
MOST_YEARS = 70
SAMPLE = 400  # futures that say where to begin
BEYOND = 1.1  # times the hardest value that those find: where all futures are simulated first
MARGIN_OF_YEARS = 0.25  # of the years until a plan stops: the years next to one are simulated themselves
POINTS = 15  # of the curve of the share that lasts
KEY = "strategy.withdrawals"


@closed(Access)
def withdraw(
    config: Config,
    *,
    source: str | Source | None = None,
    years: Sequence[int] = YEARS,
    futures: int = FUTURES,
    shares: Sequence[float] = SHARES,
    amount: float | None = None,
    stop: bool = False,
    rates: Sequence[float] = (),
    seed: int = 1,
    block: float | None = None,
    executor: Executor | None = None,
    **access: Unpack[Access],
) -> Payout:
    """The highest amount of a plan's withdrawals at which no start month fails, and at most ``shares`` of futures.

    ``years``    how long the money must last
    ``futures``  how many are drawn, 0: history alone; ``seed``, ``block`` as of ``bootstrap``
    ``amount``   look for the smallest first amount paid in at which this is paid (a lump sum)
    ``stop``     look for the earliest age, or year, from which the plan's own amount can be taken out
    ``rates``    also say which share lasts at withdrawals of so much of the pot a year, 0.04 = 4 %

    Raises ConfigError where an argument cannot be or the plan has no amount to look for; DataError.
    """
    for name, count, least, most in (("futures", futures, 0, 10_000_000), ("seed", seed, 0, 2**63 - 1)):
        checked(name, count, leaves.whole(least, most))
    years = numbers("years", years, leaves.whole(1, MOST_YEARS), "[20, 30]", least=1)
    shares = numbers("shares", shares, leaves.number(0, 1), "[0.05]", least=1)
    rates = numbers("rates", rates, leaves.number(0, 1), "[0.04]")
    if amount is not None:
        checked("amount", amount, leaves.number(0, 1e12, above=True))
    if block is not None:
        checked("block", block, leaves.number(1, MOST_BLOCK))
    one_kind("executor", executor, (Executor, type(None)), message("an Executor or None"))
    if stop and (amount is not None or rates):
        raise ConfigError(message("stop: not with amount or rates"))
    if futures:
        refuse_apart([config], message("history alone can: --futures 0"))
    question = _stop_question(config) if stop else _question(config, amount)
    load, flows = panel_loader(source, **access), partial(flows_of, source=source)
    panel = load(question.config)
    with (executor or Executor()).pool() as pool:
        search = _Search(question, panel, tuple(sorted(set(years))), futures, seed, block, pool, load, flows)
        return search.payout(tuple(sorted(set(shares))), tuple(rates))


@dataclass(frozen=True)
class _Question:
    """What is looked for in a plan: ``change`` puts a value of it in, in steps of ``step``.

    ``paid``  the amount of the plan's withdrawals, taken out ``every`` month or year
    ``stop``  when the plan stops, where its year is looked for: the values are then 1, 2, …, the first age or
    year that is not before a simulation begins, the next, …
    """

    config: Config
    sought: Sought
    step: float
    change: Change
    guess: float
    paid: float
    every: str
    stop: Stop | None = None

    @property
    def rising(self) -> bool:
        """Whether more of it is harder to pay."""
        return self.sought == "amount"

    def bounds(self, cases: Cases) -> Bounds:
        """Nothing known of some cases yet."""
        return Bounds(cases, self.rising, MARGIN if self.stop is None else MARGIN_OF_YEARS)

    def beginning(self, day: np.datetime64) -> _Question:
        """The question of simulations that begin on a day."""
        if self.stop is None:
            return self
        before = self.stop.first(day.astype("datetime64[D]").astype(object)) - 1
        return replace(self, change=partial(_stopped, self.stop, before), guess=max(1.0, float(-before)))

    def shown(self, value: float, day: np.datetime64) -> float:
        """A value for people, of simulations that begin on a day; 0 where there is none."""
        if self.stop is None or value < 1.0:
            return value
        return self.stop.value(self.stop.first(day.astype("datetime64[D]").astype(object)) - 1 + round(value))


def _stopped(stop: Stop, before: int, config: Config, value: float) -> Config:
    """A plan that stops in the so-manieth year."""
    return stopping(config, stop, before + round(value))


def _stop_question(config: Config) -> _Question:
    """The question when a plan may stop. Raises ConfigError where it has no such day."""
    stop = stop_of(config)
    sought: Sought = "year" if stop.person is None else "age"
    return _Question(config, sought, 1.0, partial(_stopped, stop, 0), 1.0, stop.amount, stop.every, stop)


def _question(config: Config, amount: float | None) -> _Question:
    """What is asked of a plan. Raises ConfigError where the plan cannot be asked that."""
    key, own = _amount_of(config)
    contributions: Any = config.strategy.contributions
    step = STEPS[config.currency]
    if amount is None:
        change = partial(_changed, f"{key}.amount")
        return _Question(config, "amount", step, change, own.amount, own.amount, own.every)
    if getattr(contributions, "type", "") != "lump_sum":
        raise ConfigError(
            message("{name}: --amount needs contributions of type lump_sum, the pot", name=config.name),
            hint=message("or ask for the amount, without --amount"),
        )
    pot = "strategy.contributions.amount"
    config, guess = override(config, {f"{key}.amount": amount}), float(contributions.amount)
    return _Question(config, "pot", 10 * step, partial(_changed, pot), guess, float(amount), own.every)


def _amount_of(config: Config) -> tuple[str, Fixed | InflationLinked]:
    """The one withdrawal that has an amount, and its key. Raises ConfigError where there is none, or more."""
    taken = config.strategy.taken
    keys = (
        [f"{KEY}.{n}" for n in range(len(taken))] if isinstance(config.strategy.withdrawals, tuple) else [KEY]
    )
    found = [(key, item) for key, item in zip(keys, taken) if isinstance(item, Fixed | InflationLinked)]
    if not found:
        raise ConfigError(
            message("{name}: {key}.amount: there is no amount to look for", name=config.name, key=KEY),
            hint=message("withdraw needs withdrawals of type fixed or inflation_linked"),
        )
    if len(found) > 1:
        names = listed(item.name or key for key, item in found)
        raise ConfigError(
            message(
                "{name}: {key}: {names} have an amount, allowed one", name=config.name, key=KEY, names=names
            ),
            hint=message("write the others as goals, or with another type"),
        )
    return found[0]


def _changed(key: str, config: Config, value: float) -> Config:
    """A plan with another amount."""
    return override(config, {key: value})


@dataclass(frozen=True)
class _Search:
    """A question, and what it is put to: the start months of a panel, and futures drawn from it."""

    question: _Question
    panel: Panel
    years: tuple[int, ...]
    futures: int
    seed: int
    block: float | None
    pool: Pool
    load: Callable[[Config], Panel]
    flows: Callable[[Config], Flows | None]

    def payout(self, shares: tuple[float, ...], rates: tuple[float, ...]) -> Payout:
        """The whole study."""
        config, question = self.question.config, self.question
        drawn, told = self._drawn()
        pot = self._pot(drawn)
        # Without a person dates are of the calendar: a window of the past is not before one of the future.
        spans = () if question.sought == "year" else self.years
        past = [(span, self._history(span)) for span in spans]
        limits: list[Limit] = []
        success: list[Success] = []
        curve: list[Success] = []
        own: dict[str, Any] | None = None
        work = 0
        guess = question.beginning(self._begin("history")).guess
        for span, history in past:
            if history is None:
                continue
            bounds = question.bounds(history)
            limit = self._limit(bounds, "history", span, 0, 0.0, guess)
            limits.append(limit)
            guess = (limit.value or guess) if question.stop is None else guess
            success += [self._rated(bounds, "history", span, 0, rate, pot) for rate in rates]
            work += bounds.work
        if drawn is not None:
            bounds, guesses = self._prepared(drawn, shares, guess)
            found = [
                self._limit(bounds, "futures", span, h, share, guesses[share, h])
                for share in reversed(shares)
                for h, span in enumerate(self.years)
            ]
            limits += sorted(found, key=lambda item: (item.years, item.share))
            success += [
                self._rated(bounds, "futures", span, h, rate, pot)
                for h, span in enumerate(self.years)
                for rate in rates
            ]
            curve = self._curve(bounds)
            own = self._own(bounds)
            work += bounds.work
        months = self._months()
        if not limits and question.sought == "year":
            raise ConfigError(
                message("{name}: history knows no year to stop in, only ages", name=config.name),
                hint=message("write person: {born: 1985-04-15} and age 60, or ask futures: --futures 10000"),
            )
        if not limits:
            raise ConfigError(
                message(
                    "{name}: history holds {n} months and no futures are drawn: allowed fewer years or --futures",
                    name=config.name,
                    n=months,
                )
            )
        return Payout(
            name=config.name,
            description=config.description,
            currency=config.currency,
            sought=question.sought,
            every=question.every,
            step=question.step,
            pot=pot,
            amount=None if question.sought == "amount" else question.paid,
            limits=tuple(limits),
            curve=tuple(curve),
            rates=tuple(success),
            without=tuple((span, months) for span, history in past if history is None),
            work=work,
            manifest={**told, "waits": [*map(to_plain, self._waits())], "own": own},
        )

    def _waits(self) -> Iterator[Message]:
        """When money is first taken out, where that is a year or more after a simulation begins."""
        first = None if self.question.stop is not None else _amount_of(self.question.config)[1].first
        if first is None:
            return
        worlds: tuple[World, ...] = ("history", "futures") if self.futures else ("history",)
        for world in worlds:
            begin = self._begin(world).astype("datetime64[D]").astype(object)
            years = (first - begin).days / DAYS_A_YEAR
            if years < 1.0:
                continue
            if world == "futures":
                yield message(
                    "Futures: money is first taken out on {day}; the years count from today, {years} before that.",
                    day=first,
                    years=Number(years, 1),
                )
            elif self.question.config.person is None:
                yield message(
                    "History: money is first taken out on {day}, whenever a window begins.", day=first
                )
            else:
                yield message(
                    "History: the years count from a window's first day; money is first taken out {years} years "
                    "later.",
                    years=Number(years, 1),
                )

    def _history(self, span: int) -> History | None:
        """Every start month from which so many years fit; None where none does."""
        config = self.question.config
        wanted = made(Windows, {"every": "month", "horizons": (span,)})
        try:
            grid = make_window_grid(wanted, config.period, [self.panel])
        except ConfigError:
            return None
        zero = np.zeros(1, np.int64)
        points = GridPoints((Axis("strategy", (config.name,)),), (config,), (config,), zero, zero)
        windows = windows_of(points, grid, [self.panel], zero, self.load, self.flows)
        change = self.question.beginning(self._begin("history")).change
        return History(grid, windows, change, self.pool)

    def _begin(self, world: World) -> np.datetime64:
        """The day that a simulation begins on at the earliest: of the plan's period, of the future."""
        period = self.question.config.period
        start, stop = life_range(self.panel, period.start, period.end)
        if world == "futures":
            day: np.datetime64 = self.panel.sessions[stop - 1] + ONE_DAY
            return day
        return self.panel.sessions[start] if period.start is None else np.datetime64(period.start, "D")

    def _months(self) -> int:
        """How many months the history has."""
        start, stop = life_range(
            self.panel, self.question.config.period.start, self.question.config.period.end
        )
        first, last = self.panel.sessions[[start, stop - 1]].astype("datetime64[M]").astype(int).tolist()
        return int(last - first + 1)

    def _drawn(self) -> tuple[Drawn | None, Mapping[str, Any]]:
        """The futures of the longest horizon, None where none are drawn, and what the study rests on."""
        config = self.question.config
        start, stop = life_range(self.panel, config.period.start, config.period.end)
        if not self.futures:
            return None, manifest_of(self._past, self.panel.sessions[start:stop])
        futures = make_workload(
            [config], self.panel, start, stop, years=self.years[-1], seed=self.seed, block=self.block
        )
        futures = replace(futures, strategies=futures.strategies[:1])
        ends = tuple(year_ends(self.panel.sessions[stop - 1], futures.sessions, self.years).tolist())
        whole = futures.strategies[0].plan
        for end in ends[:-1]:
            if not same_so_far(whole, cut_short(futures.strategies[0], end + 1)):
                raise ConfigError(
                    message("{name}: what the plan does hangs on how long it goes on", name=config.name),
                    hint=message("ask for one horizon at a time, such as --years 30"),
                )
        change = self.question.beginning(self._begin("futures")).change
        drawn = Drawn(futures, self.futures, ends, change, self.pool)
        return drawn, manifest([config], futures, self.futures, self.futures)

    @cached_property
    def _past(self) -> RunContext:
        """The plan on the history, where no futures are drawn."""
        config = self.question.config
        return prepare(config, self.panel, self.flows(config))

    def _pot(self, drawn: Drawn | None) -> float:
        """What is there on the first session: what arrives on it, and what is owned."""
        if drawn is not None:
            strategy = drawn.futures.strategies[0]
            return float(strategy.paid_in[strategy.first])
        config = self.question.config
        start, stop = life_range(self.panel, config.period.start, config.period.end)
        opening, deposit = opening_of(self._past, start), plan_of(self._past, start, stop).deposit
        if opening is not None:
            return opening.worth(self.panel.base_price[start]) + float(deposit[0])
        return float(deposit[deposit > 0.0][0])

    def _prepared(
        self, drawn: Drawn, shares: tuple[float, ...], guess: float
    ) -> tuple[Bounds, dict[tuple[float, int], float]]:
        """The bounds of all futures, once all of them are simulated beyond the hardest value that is looked for.

        A few of the futures say where that is, and near which value each limit will be.
        """
        few = self.question.bounds(replace(drawn, paths=min(SAMPLE, drawn.paths)))
        found = {}
        for share in reversed(shares):
            for h, span in enumerate(self.years):
                found[share, h] = self._edge(few, span, h, share, guess) or guess
        bounds = self.question.bounds(drawn)
        hardest = max(found.values()) * BEYOND if self.question.rising else min(found.values()) / BEYOND
        bounds.count(max(1, round(hardest / self.question.step)) * self.question.step, 0)
        bounds.work += few.work
        return bounds, found

    def _limit(
        self, bounds: Bounds, world: World, span: int, horizon: int, share: float, guess: float
    ) -> Limit:
        """The last value at which no more than a share fails, and what the next one does."""
        step, cases, begin = self.question.step, bounds.cases, self._begin(world)
        edge_at = self._edge(bounds, span, horizon, share, guess)
        at = 0.0 if edge_at is None else edge_at
        beyond = at + step if self.question.rising else max(at - step, 0.0)
        failing = bounds.failing(beyond, horizon) if beyond > 0.0 else np.ones(cases.count, bool)
        if self.question.stop is not None and beyond == 0.0:
            failing = np.zeros(cases.count, bool)  # there is nothing earlier
        past = cases if isinstance(cases, History) else None
        return Limit(
            world=world,
            years=span,
            share=share,
            simulations=cases.count,
            independent=cases.count if past is None else past.grid.independent(0),
            value=None if edge_at is None else self.question.shown(at, begin),
            failed=bounds.count(at, horizon) if at > 0.0 else 0,
            beyond=self.question.shown(beyond, begin),
            failed_beyond=int(failing.sum()),
            worst="" if past is None or not failing.any() else past.starts[int(np.argmax(failing))],
        )

    def _edge(self, bounds: Bounds, span: int, horizon: int, share: float, guess: float) -> float | None:
        """The last value at which no more than a share fails; None where there is none, or no end of them."""
        step, most_failing = self.question.step, math.floor(share * bounds.cases.count + 1e-9)
        last = MOST if self.question.stop is None else span

        def ok(steps: int) -> bool:
            return bounds.count(steps * step, horizon) <= most_failing

        found = edge(ok, round(guess / step), last, rising=self.question.rising)
        return None if found is None or found == MOST else found * step

    def _rated(
        self, bounds: Bounds, world: World, span: int, horizon: int, rate: float, pot: float
    ) -> Success:
        """The share that lasts at so much of the pot a year."""
        value = rate * pot / (12.0 if self.question.every == "monthly" else 1.0)
        value = math.floor(value + 1e-7) if self.question.config.currency == "JPY" else value
        return self._success(bounds, world, span, horizon, value, rate)

    def _success(
        self, bounds: Bounds, world: World, span: int, horizon: int, value: float, rate: float = math.nan
    ) -> Success:
        cases = bounds.cases
        return Success(
            world=world,
            years=span,
            value=self.question.shown(float(value), self._begin(world)),
            simulations=cases.count,
            independent=cases.grid.independent(0) if isinstance(cases, History) else cases.count,
            lasted=cases.count - bounds.count(value, horizon),
            rate=rate,
        )

    def _own(self, bounds: Bounds) -> dict[str, Any] | None:
        """The plan's own amount and how many futures of each horizon fail at it, where an amount is sought."""
        if self.question.sought != "amount":
            return None
        amount = self.question.paid
        failed = {str(span): bounds.count(amount, h) for h, span in enumerate(self.years)}
        return {"amount": amount, "failed": failed}

    def _curve(self, bounds: Bounds) -> list[Success]:
        """The shares that last at values between those that were looked at: the bounds know most of them."""
        step, seen = self.question.step, sorted(bounds.simulated)
        values = {max(1, round(value / step)) * step for value in np.linspace(seen[0], seen[-1], POINTS)}
        found = [
            self._success(bounds, "futures", span, h, value)
            for value in sorted(values, reverse=self.question.rising)
            for h, span in enumerate(self.years)
        ]
        return sorted(found, key=lambda item: (item.years, item.value))
