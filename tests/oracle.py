"""One life in exact decimals: docs/ledger.md, sentence by sentence, in plain Python.

Slow on purpose and independent on purpose: it shares no code with the engine (it only reads the fields of
``Panel``, ``Plan``, ``Terms`` and ``Opening``), keeps every amount as a ``Decimal`` and loops over everything.
Where this file and the kernel disagree, docs/ledger.md decides. Buckets and assets are numbers inside and names
in the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from itertools import takewhile

from engine.market.panel import Panel
from engine.plan import Plan, Policy, TransferOrder
from engine.rules.opening import Opening
from engine.rules.terms import BucketKind, Overflow, Terms
from engine.takings import Memory, Taking

ZERO = Decimal(0)
NOISE = Decimal("1e-7")  # an amount this near to a whole yen is that yen
UNIT_NOISE = Decimal("1e-9")  # units this near to a whole number are that number
DUST = Decimal("1e-9")  # a trade this small beside the whole is rounding noise


@dataclass(frozen=True)
class Row:
    """One movement. ``bucket`` and ``asset`` are '' for the cash account; units and amount are signed."""

    session: int
    kind: str
    bucket: str
    asset: str
    units: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Quota:
    """One NISA frame in one year, yen. ``lifetime_left``: what the lifetime limits still allow at its end."""

    year: int
    frame: str
    limit: Decimal
    used: Decimal
    given_back: Decimal
    lifetime_left: Decimal


@dataclass(frozen=True)
class OracleResult:
    """What one life came to. ``units`` and ``cost`` by (bucket, asset); ``value``, ``cash_path`` by session.

    ``room``  frame -> yen that a purchase for the last session's calendar year may still use
    ``wanted``, ``unpaid``  sums of what withdrawals asked for, and of what they did not pay
    ``depleted``  the session that first closed on nothing after a withdrawal that was not paid in full
    """

    cash: Decimal
    units: dict[tuple[str, str], Decimal]
    cost: dict[tuple[str, str], Decimal]
    transactions: list[Row]
    value: list[Decimal]
    cash_path: list[Decimal]
    contributed: Decimal
    withdrawn: Decimal
    cost_paid: Decimal
    tax_paid: Decimal
    dividend_tax_paid: Decimal
    quota: list[Quota]
    room: dict[str, Decimal]
    liquidation_value: Decimal
    wanted: Decimal
    unpaid: Decimal
    depleted: int | None

    def rows(self, *kinds: str) -> list[Row]:
        """The transactions of some kinds, in order."""
        return [row for row in self.transactions if row.kind in kinds]

    def total(self, *kinds: str) -> Decimal:
        """The signed sum of the amounts of some kinds."""
        return sum((row.amount for row in self.rows(*kinds)), ZERO)

    def quota_of(self, year: int, frame: str) -> Quota:
        """The quota row of a year and frame."""
        return next(row for row in self.quota if (row.year, row.frame) == (year, frame))


@dataclass(frozen=True)
class Order:
    """A purchase that could be made: units, price × units in the asset's currency, the cash it takes."""

    units: Decimal
    gross: Decimal
    cash: Decimal


@dataclass(frozen=True)
class Rest:
    """What New York is to pay of a withdrawal; ``taxed``: what Tokyo's sales for it paid, None where it is net."""

    amount: Decimal
    order: str
    taxed: Decimal | None


def live(panel: Panel, plan: Plan, terms: Terms, opening: Opening | None = None) -> OracleResult:
    """The life of ``plan`` on every session of ``panel`` under ``terms``, from what ``opening`` says is owned."""
    with localcontext() as context:
        context.prec = 50
        life = Life(panel, plan, terms)
        if opening is not None:
            life.open(opening)
        return life.run()


def exact(number: float) -> Decimal:
    """The decimal number that a float is printed as: 0.1 is a tenth."""
    return Decimal(repr(float(number)))


def floor(amount: Decimal) -> Decimal:
    """To the whole yen below, forgiving noise."""
    return (amount + NOISE).to_integral_value(ROUND_FLOOR)


def ceil(amount: Decimal) -> Decimal:
    """To the whole yen above, forgiving noise."""
    return (amount - NOISE).to_integral_value(ROUND_CEILING)


def total(numbers: Iterable[Decimal]) -> Decimal:
    """The sum, a Decimal even of nothing."""
    return sum(numbers, ZERO)


class Life:
    """The state of one life and the steps of a session."""

    def __init__(self, panel: Panel, plan: Plan, terms: Terms) -> None:
        self.panel, self.plan, self.terms = panel, plan, terms
        self.sessions: list[date] = [day.item() for day in panel.sessions]
        self.assets = range(len(panel.symbols))
        self.buckets = range(len(terms.buckets))
        self.yen = not any(kind == BucketKind.PLAIN for kind in terms.kind)
        self.t = 0
        self.cash = ZERO
        self.accrued = ZERO
        self.reserve = ZERO
        self.earmark = [ZERO for _ in self.assets]
        self.units = {(b, a): ZERO for b in self.buckets for a in self.assets}
        self.cost = {(b, a): ZERO for b in self.buckets for a in self.assets}
        self.lots: dict[tuple[int, int], dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        # by (bucket, quota year)
        self.bought: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        self.given_back: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        # by tax year
        self.net_gain: dict[int, Decimal] = defaultdict(Decimal)
        self.withheld: dict[int, Decimal] = defaultdict(Decimal)
        self.taxed_dividends: dict[int, Decimal] = defaultdict(Decimal)
        self.dividend_tax: dict[int, Decimal] = defaultdict(Decimal)
        self.losses: dict[int, Decimal] = defaultdict(Decimal)
        # refunds of tax on gains and on dividends, by the day on which they are due
        self.waiting: dict[date, tuple[Decimal, Decimal]] = {}
        self.contributed = self.withdrawn = ZERO
        self.cost_paid = self.tax_paid = self.dividend_tax_paid = ZERO
        self.wanted = self.unpaid = self.short = ZERO
        self.year_amount = [ZERO for _ in plan.takings]  # of each taking with a memory
        self.basis = [ZERO for _ in plan.takings]
        self.depleted: int | None = None
        self.transactions: list[Row] = []
        self.opening: Opening | None = None
        # of two clocks, between the turns of a session: what New York is still to pay, and what of it is left then
        self.rests: list[Rest] = []
        self.left = Decimal(1)
        self.begun = next((t for t in range(len(self.sessions)) if plan.deposit[t] > 0), 0)

    def open(self, opening: Opening) -> None:
        """What is owned before the first session, which is worth what it is at that session's close."""
        self.opening, self.begun = opening, 0
        for n, item in enumerate(self.plan.takings):
            self.year_amount[n], self.basis[n] = map(exact, opening.taken.get(item.name, (0.0, 0.0)))
        self.cash, self.reserve = exact(opening.cash), exact(opening.reserve)
        self.accrued, rest = exact(opening.accrued), ZERO
        for lot in opening.lots:
            b, a, price = lot.bucket, lot.asset, self.price(lot.asset) * self.mid(lot.asset)
            if lot.units == lot.units:
                units = exact(lot.units)
            else:
                units = exact(lot.value) / price
                if self.whole(a):
                    units = self.lots_below(a, units)
                    rest += max(ZERO, exact(lot.value) - units * price)
            if not units:
                continue
            self.units[b, a] += units
            self.cost[b, a] += exact(lot.cost)
            if self.terms.term[b]:
                self.lots[b, a][lot.year] += units
        self.cash += floor(rest + Decimal("0.5")) if self.yen else rest
        for a, cash in opening.earmark.items():
            self.earmark[a] = exact(cash)
        for (b, year), book in opening.given_back.items():
            self.given_back[b, year] = exact(book)
        for b in self.frames():  # what is held was bought at some time, as was what has been sold this year
            held = total(self.cost[b, a] for a in self.assets)
            sold = total(book for (frame, _), book in self.given_back.items() if frame == b)
            known = {year: exact(book) for (frame, year), book in opening.bought.items() if frame == b}
            for year, book in known.items():
                self.bought[b, year] = book
            self.bought[b, opening.year - 1] = held + sold - total(known.values())
        for year in (opening.year, opening.year + 1):
            self.net_gain[year] = exact(opening.gain.get(year, 0.0))
            self.withheld[year] = exact(opening.withheld.get(year, 0.0))
            self.taxed_dividends[year] = exact(opening.dividends.get(year, 0.0))
            self.dividend_tax[year] = exact(opening.dividend_tax.get(year, 0.0))
        for year, loss in opening.losses.items():
            self.losses[year] = exact(loss)
        refunds = exact(opening.refund), exact(opening.dividend_refund)
        if any(refunds):
            known = self.sessions[0] if opening.day is None else opening.day.item()
            april = date(known.year, 4, 1)
            self.waiting[april if known < april else date(known.year + 1, 4, 1)] = refunds
        worth = self.value()
        self.contributed = worth
        self.record("opening", self.cash)
        for (b, a), units in self.units.items():
            self.record("opening", ZERO, b, a, units)

    def before(self) -> date | None:
        """The session before this one, as far as it belongs to the life or to what it began with."""
        if self.t > 0:
            return self.sessions[self.t - 1]
        day = None if self.opening is None else self.opening.day
        return None if day is None else day.item()

    def run(self) -> OracleResult:
        """All sessions, then the liquidation."""
        value, cash_path = [], []
        for t in range(len(self.sessions)):
            self.t = t
            self.live_session()
            value.append(self.value())
            if self.short and not value[-1] and self.depleted is None:
                self.depleted = t
            cash_path.append(self.cash)
        names = {(b, a): (self.terms.buckets[b], self.panel.symbols[a]) for b, a in self.units}
        year = self.sessions[-1].year
        return OracleResult(
            cash=self.cash,
            units={names[key]: units for key, units in self.units.items()},
            cost={names[key]: cost for key, cost in self.cost.items()},
            transactions=list(self.transactions),
            value=value,
            cash_path=cash_path,
            contributed=self.contributed,
            withdrawn=self.withdrawn,
            cost_paid=self.cost_paid,
            tax_paid=self.tax_paid,
            dividend_tax_paid=self.dividend_tax_paid,
            quota=self.quota_rows(),
            room={self.frame(b): self.room(b, year) for b in self.frames()},
            liquidation_value=self.liquidate(),  # last: it ends the life
            wanted=self.wanted,
            unpaid=self.unpaid,
            depleted=self.depleted,
        )

    def live_session(self) -> None:
        """The eight steps of docs/ledger.md, "The order of a session"."""
        self.earn_interest()
        self.earn_on_deposit()
        net_dividends = self.receive_dividends()
        self.move_money()
        refunds = self.receive_refunds()
        transfer = Transfer(self) if self.plan.transfer[self.t] else None
        if transfer is not None:
            transfer.make(self.in_tokyo() if self.two_clocks else list(self.assets))
        arrived = self.released() > 0 or refunds > 0
        arrived = arrived or (self.plan.reinvest_dividends and net_dividends > 0)
        if self.two_clocks:
            rebalances, goes_on = self.decide_in_tokyo(arrived)
            self.pay_rests()
            if transfer is not None:
                transfer.go_on_in_new_york()
            if goes_on:
                self.trade_in_new_york(rebalances)
        else:
            self.decide(arrived)
        self.end_terms()

    # --- what a session shows ---------------------------------------------------------------------------

    def price(self, a: int) -> Decimal:
        return exact(self.panel.price[self.t, a])

    def mid(self, a: int) -> Decimal:
        return exact(self.panel.fx[self.t, a])

    def spread(self, a: int) -> Decimal:
        return exact(self.terms.fx_spread[a])

    def tax_spread(self, a: int) -> Decimal:
        return exact(self.terms.tax_spread[a])

    def weight(self, a: int) -> Decimal:
        return exact(self.plan.targets[self.plan.target_row[self.t], a])

    def released(self) -> Decimal:
        return exact(self.plan.release[self.t])

    def settle_year(self, a: int) -> int:
        return int(self.terms.settle_year[self.t, a])

    def whole(self, a: int) -> bool:
        return bool(self.terms.lot[a])

    def lots_below(self, a: int, units: Decimal) -> Decimal:
        """The whole lots in some units."""
        lot = exact(self.terms.lot[a])
        return (units / lot + UNIT_NOISE).to_integral_value(ROUND_FLOOR) * lot

    def lots_above(self, a: int, units: Decimal) -> Decimal:
        """The fewest whole lots that are as many units."""
        lot = exact(self.terms.lot[a])
        return (units / lot - UNIT_NOISE).to_integral_value(ROUND_CEILING) * lot

    @property
    def two_clocks(self) -> bool:
        return self.panel.known is not None

    def in_new_york(self, a: int) -> bool:
        return self.panel.asset_currency[a] == "USD" and self.panel.kind[a] != "cash"

    def in_tokyo(self) -> list[int]:
        return [a for a in self.assets if not self.in_new_york(a)]

    def abroad(self) -> list[int]:
        return [a for a in self.assets if self.in_new_york(a)]

    def known(self, a: int) -> Decimal:
        """What a unit is known to be worth where the session's orders are decided."""
        price = self.price(a) if self.panel.known is None else exact(self.panel.known[self.t, a])
        return price * self.mid(a)

    def held(self, a: int) -> Decimal:
        return total(self.units[b, a] for b in self.buckets)

    def values(self) -> list[Decimal]:
        values = [self.held(a) * self.known(a) for a in self.assets]
        return [value * (self.left if self.in_new_york(a) else 1) for a, value in enumerate(values)]

    def worth(self) -> Decimal:
        """Everything as it is known."""
        return self.cash + total(self.values())

    def value(self) -> Decimal:
        return self.cash + total(self.held(a) * self.price(a) * self.mid(a) for a in self.assets)

    def available(self) -> Decimal:
        return self.cash - self.reserve

    def record(
        self, kind: str, amount: Decimal, b: int | None = None, a: int | None = None, units: Decimal = ZERO
    ) -> None:
        if amount or units:
            bucket = "" if b is None else self.terms.buckets[b]
            asset = "" if a is None else self.panel.symbols[a]
            self.transactions.append(Row(self.t, kind, bucket, asset, units, amount))

    # --- steps 1 to 4: money that comes and goes --------------------------------------------------------

    def earn_interest(self) -> None:
        before = self.before()
        if before is None:
            return
        days = (self.sessions[self.t] - before).days
        interest = self.cash * ((1 + exact(self.plan.idle_yield)) ** (Decimal(days) / 365) - 1)
        self.cash += interest
        self.reserve = min(self.reserve, self.cash)
        self.record("interest", interest)

    def receive_dividends(self) -> Decimal:
        """The net dividends of the session."""
        net = ZERO
        year = self.sessions[self.t].year
        for a in self.assets:
            per_unit = exact(self.panel.dividend[self.t, a]) * self.mid(a)
            for b in self.buckets:
                gross = per_unit * self.units[b, a]
                source = gross * exact(self.terms.source_tax[a])
                japan = ZERO
                if self.yen:
                    gross = floor(gross)
                    source = floor(gross * exact(self.terms.source_tax[a]))
                if self.terms.kind[b] == BucketKind.TAXABLE:
                    income, japan = self.dividend_tax_of(a, gross - source, year)
                    self.taxed_dividends[year] += income
                    self.dividend_tax[year] += japan
                self.dividend_tax_paid += source + japan
                self.cash += gross - source - japan
                net += gross - source - japan
                self.record("dividend", gross, b, a)
                self.record("source_tax", -source, b, a)
                self.record("dividend_tax", -japan, b, a)
        return net + self.receive_interest()

    def dividend_tax_of(self, a: int, net: Decimal, year: int) -> tuple[Decimal, Decimal]:
        """What of a dividend is income in Japan, and the tax on it."""
        share, column = exact(self.terms.foreign_tax[a]), year - self.terms.first_year
        if not share or not self.terms.lowers_foreign[column]:
            return net, self.tax_on(net, year)
        abroad = floor(net * share / (1 - share))
        national = floor((net + abroad) * exact(self.terms.national[column])) - abroad
        return net + abroad, max(ZERO, national) + floor((net + abroad) * exact(self.terms.local[column]))

    def deposited(self) -> Decimal:
        """Yen in the deposit."""
        return total(self.held(a) for a in self.assets if self.panel.kind[a] == "deposit")

    def earn_on_deposit(self) -> None:
        """Interest of each day since the session before."""
        before, held = self.before(), self.deposited()
        if before is None or not held:
            return
        rates = self.terms.deposit_rates
        for number in range((self.sessions[self.t] - before).days):
            day = before + timedelta(days=number)
            begun = [rate for since, rate in zip(rates.days, rates.rates) if since <= day]
            self.accrued += held * exact(begun[-1] if begun else rates.rates[0]) / 365

    def receive_interest(self) -> Decimal:
        """The interest of a deposit that is paid on this session, after tax."""
        before, today = self.before(), self.sessions[self.t]
        if before is None or "deposit" not in self.panel.kind:
            return ZERO
        paying = [date(year, month, 15) for year in range(before.year, today.year + 1) for month in (2, 8)]
        if not any(before < day <= today for day in paying):
            return ZERO
        a, gross, self.accrued = self.panel.kind.index("deposit"), self.accrued, ZERO
        tax = ZERO
        if self.yen:
            gross = floor(gross)
            tax = self.interest_tax(gross)
        self.cash += gross - tax
        self.dividend_tax_paid += tax
        self.record("interest", gross, 0, a)
        self.record("interest_tax", -tax, 0, a)
        return gross - tax

    def interest_tax(self, gross: Decimal) -> Decimal:
        column = self.sessions[self.t].year - self.terms.first_year
        rates = self.terms.interest_national[column], self.terms.interest_local[column]
        return total(floor(gross * exact(rate)) for rate in rates)

    def move_money(self) -> None:
        """The deposit, then the withdrawals, one after another."""
        deposit = exact(self.plan.deposit[self.t])
        self.cash += deposit
        self.contributed += deposit
        self.reserve = max(ZERO, self.reserve + deposit - self.released())
        self.record("deposit", deposit)
        self.basis = [basis + deposit for basis in self.basis]
        self.short = ZERO
        self.rests, self.left = [], Decimal(1)
        if not self.contributed and self.opening is None:  # a life begins with its first deposit, or holdings
            return
        share = exact(self.plan.withdrawal_share[self.t]) * (self.worth() - deposit)
        self.withdraw(exact(self.plan.withdrawal[self.t]) + self.whole_yen(share))
        for n, item in enumerate(self.plan.takings):
            if item.amount[self.t] or item.share[self.t]:
                wanted = self.wanted_by(n, item, deposit)
                self.withdraw(wanted, item.order.name.lower(), gross=bool(item.gross))

    def whole_yen(self, amount: Decimal) -> Decimal:
        """What a person receives is whole where the base currency is yen."""
        return floor(amount) if self.panel.currency == "JPY" else amount

    def wanted_by(self, n: int, item: Taking, deposit: Decimal) -> Decimal:
        """What a taking asks for: docs/ledger.md, "Several withdrawals"."""
        worth, part = self.worth(), exact(item.share[self.t])
        value = max(ZERO, worth - deposit)
        if item.memory == Memory.NONE:
            return exact(item.amount[self.t]) + self.whole_yen(part * value)
        growth = exact(item.growth[self.t])
        if growth or not self.year_amount[n]:
            self.year_amount[n] = self.whole_yen(self.decided(n, item, growth, value, worth))
            self.basis[n] = worth
        return self.whole_yen(part * self.year_amount[n])

    def decided(self, n: int, item: Taking, growth: Decimal, value: Decimal, worth: Decimal) -> Decimal:
        """The amount of the year of payments that begins."""
        before, first = self.year_amount[n], exact(item.rate) * value
        if not before:
            return first
        low, high, grown = exact(item.floor), exact(item.ceiling), before * growth
        if item.memory == Memory.LIMITS:
            return min(max(first, grown * (1 - low)), grown * (1 + high))
        surely = 1 - Decimal("1e-9")
        lost = self.basis[n] - worth > (1 - surely) * (self.basis[n] + before)
        frozen = lost and grown * surely > first
        amount = before if frozen else grown
        if amount * surely > first * (1 + high):
            return amount if item.spared[self.t] else amount * (1 - exact(item.cut))
        if amount < first * (1 - low) * surely:
            return amount * (1 + exact(item.rise))
        return amount

    def withdraw(self, wanted: Decimal, order: str = "account", *, gross: bool = False) -> None:
        """One withdrawal: sales for what cash does not cover, and the payment. On two clocks Tokyo's part."""
        taxed = self.tax_paid if gross else None
        if not self.two_clocks:
            self.pay(wanted, order, taxed, list(self.assets))
            return
        there = total(value for a, value in enumerate(self.values()) if self.in_new_york(a))
        here = self.part_of_tokyo(wanted)
        self.sell_for(here, order, taxed, self.in_tokyo())
        if taxed is not None:
            here -= max(ZERO, self.tax_paid - taxed)
        paid = self.pay(min(here, floor(self.cash) if self.yen else self.cash), order, None, [])
        rest = wanted - paid
        if rest < 1 if self.yen else rest < DUST * wanted:
            rest = ZERO
        if there:
            self.left *= 1 - min(Decimal(1), rest / there)
        self.rests.append(Rest(rest, order, None if taxed is None else self.tax_paid - taxed))

    def part_of_tokyo(self, wanted: Decimal) -> Decimal:
        """What is not left for New York to bring."""
        need = max(ZERO, wanted - self.cash)
        values = self.values()
        after = max(ZERO, total(values) - need)
        excess = [max(ZERO, values[a] - self.weight(a) * after) for a in self.assets]
        there = self.abroad()
        if not need or not total(excess[a] for a in there):
            return wanted
        part = need * total(excess[a] for a in there) / total(excess)
        return self.whole_yen(wanted - min(part, total(values[a] for a in there) / 2))

    def pay_rests(self) -> None:
        """New York's part of the withdrawals of a session, when it has closed."""
        self.left = Decimal(1)
        for rest in self.rests:
            taxed = None if rest.taxed is None else self.tax_paid - rest.taxed
            self.pay(rest.amount, rest.order, taxed, self.abroad())

    def pay(self, wanted: Decimal, order: str, taxed: Decimal | None, assets: list[int]) -> Decimal:
        """Sells some assets until cash covers an amount, less the tax paid since it was ``taxed``, and pays it."""
        self.sell_for(wanted, order, taxed, assets)
        if taxed is not None:
            wanted = max(ZERO, wanted - max(ZERO, self.tax_paid - taxed))
        paid = self.cash
        if wanted - self.cash < (1 if self.yen else DUST * wanted):  # what sell_for took for enough
            paid = min(wanted, floor(self.cash)) if self.yen else wanted
        self.cash = max(ZERO, self.cash - paid)
        if not self.yen and self.cash < DUST * paid:
            self.cash = ZERO
        self.withdrawn += paid
        self.wanted += wanted
        short = wanted - paid
        if short < (1 if self.yen else Decimal("1e-9") * wanted):  # what the sales take for enough
            short = ZERO
        self.short += short
        self.unpaid += short
        self.reserve = min(self.reserve, self.cash)
        self.basis = [basis - paid for basis in self.basis]
        self.record("withdrawal", -paid)
        return paid

    def sell_for(self, asked: Decimal, order: str, taxed: Decimal | None, assets: list[int]) -> None:
        """Sells some assets, as of a plan of these alone, until the cash covers what is asked for: eight passes.

        ``taxed``: the tax paid before, where that of these sales comes out of it.
        """
        weights = total(self.weight(a) for a in assets)
        for turn in range(8):
            wanted = asked if taxed is None else asked - max(ZERO, self.tax_paid - taxed)
            need = wanted - self.cash
            if need < 1 if self.yen else need <= Decimal("1e-9") * wanted:
                return
            if turn > 0:
                need *= Decimal("1.3")
            values = self.values()
            after = max(ZERO, total(values[a] for a in assets) - need)
            part = {a: self.weight(a) / weights if weights else ZERO for a in assets}
            excess = {a: max(ZERO, values[a] - part[a] * after) for a in assets}
            if not total(excess.values()):
                return
            amounts = {a: need * over / total(excess.values()) for a, over in excess.items()}
            for a in assets:
                if amounts[a] >= DUST * need:
                    units = amounts[a] / self.known(a)
                    if self.whole(a):
                        units = self.lots_above(a, units)
                    self.sell(a, min(units, self.held(a)), order)

    def receive_refunds(self) -> Decimal:
        """The refunds paid on this session: the year before is closed on the first session of a year."""
        today = self.sessions[self.t]
        paid = ZERO
        before = self.before()
        if before is not None and today.year > before.year:
            paid += self.close_year(before.year)
        for due in [day for day in self.waiting if day <= today]:
            of_gains, of_dividends = self.waiting.pop(due)
            self.tax_paid -= of_gains
            self.dividend_tax_paid -= of_dividends
            for refund in (of_gains, of_dividends):
                self.cash += refund
                self.record("refund", refund, self.taxable())
                paid += refund
        return paid

    # --- step 6: decision -------------------------------------------------------------------------------

    def decide(self, arrived: bool) -> None:
        plan = self.plan
        look = bool(plan.rebalance[self.t])
        if plan.policy == Policy.BAND and look:
            if plan.new_money_first and arrived:
                self.invest_by_shortfall()
            if self.out_of_band():
                self.rebalance()
            elif arrived and not plan.new_money_first:
                self.invest_by_weights()
        elif plan.policy == Policy.CALENDAR and look:
            self.rebalance()
        elif arrived:
            if plan.policy == Policy.NO_SELL or (plan.policy != Policy.NONE and plan.new_money_first):
                self.invest_by_shortfall()
            else:
                self.invest_by_weights()

    def decide_in_tokyo(self, arrived: bool) -> tuple[bool, bool]:
        """Two clocks: all is decided, and Tokyo's assets are traded; whether it rebalances, and goes on at all."""
        plan, t = self.plan, self.t
        kept = plan.policy in (Policy.CALENDAR, Policy.BAND)
        look = kept and bool(plan.rebalance[t])
        arrived = arrived or (kept and bool(plan.resumes[t]))
        tokyo = self.in_tokyo()
        at_once = plan.policy == Policy.CALENDAR or not plan.new_money_first
        rebalances = look and at_once and (plan.policy == Policy.CALENDAR or self.out_of_band())
        if rebalances:
            self.sell_surplus(tokyo)
            self.invest_by_shortfall(tokyo)
        elif arrived and (plan.policy == Policy.NO_SELL or (kept and plan.new_money_first)):
            self.invest_by_shortfall(tokyo)
        elif arrived:
            self.invest_by_weights(tokyo)
        if look and not at_once and self.out_of_band(ordered=True):
            rebalances = True
            self.sell_surplus(tokyo)
            self.invest_by_shortfall(tokyo)
        return rebalances, rebalances or arrived

    def trade_in_new_york(self, rebalances: bool) -> None:
        """The second turn."""
        if rebalances:
            self.sell_surplus(self.abroad())
        values = self.values()
        whole = total(values) + self.available()
        budgets = list(self.earmark)
        fresh = self.available() - total(budgets)
        missing = [max(ZERO, self.weight(a) * whole - values[a] - budgets[a]) for a in self.assets]
        if rebalances and fresh > 0 and total(missing):
            budgets = [budgets[a] + missing[a] * fresh / total(missing) for a in self.assets]
        self.invest(budgets, whole, self.abroad())

    def out_of_band(self, *, ordered: bool = False) -> bool:
        values = self.values()
        whole = total(values) + self.available()
        for a in self.assets:
            width = exact(self.plan.band_width) * whole
            if self.plan.band_relative:
                width *= self.weight(a)
            counted = values[a] + (self.earmark[a] if ordered and self.in_new_york(a) else ZERO)
            if abs(counted - self.weight(a) * whole) > width + Decimal("1e-12") * whole:
                return True
        return False

    def rebalance(self) -> None:
        self.sell_surplus(list(self.assets))
        self.invest_by_shortfall()

    def sell_surplus(self, assets: list[int]) -> None:
        values = self.values()
        whole = total(values) + self.available()
        smallest = 1 - NOISE if self.yen else DUST * whole
        for a in assets:
            surplus = values[a] - self.weight(a) * whole
            if self.weight(a) == 0:
                self.sell(a, self.held(a))
            elif surplus >= smallest:
                units = surplus / self.known(a)
                self.sell(a, self.lots_below(a, units) if self.whole(a) else units)

    def invest_by_shortfall(self, assets: list[int] | None = None) -> None:
        values, available = self.values(), self.available()
        whole = total(values) + available
        shortfall = [max(ZERO, self.weight(a) * whole - values[a]) for a in self.assets]
        if available <= 0 or not total(shortfall):
            self.invest([ZERO for _ in self.assets], whole, assets)
        else:
            self.invest([part * available / total(shortfall) for part in shortfall], whole, assets)

    def invest_by_weights(self, assets: list[int] | None = None) -> None:
        available, set_aside = self.available(), total(self.earmark)
        fresh = available - set_aside
        if fresh >= 0:
            budgets = [self.earmark[a] + self.weight(a) * fresh for a in self.assets]
        else:
            budgets = [self.earmark[a] * available / set_aside for a in self.assets]
        self.invest(budgets, total(self.values()) + available, assets)

    def invest(self, budgets: list[Decimal], whole: Decimal, assets: list[int] | None = None) -> None:
        """Buys with the budgets; those of other than ``assets`` are set aside."""
        for a in self.assets:
            spent, money = ZERO, budgets[a]
            if assets is not None:  # by New York's turn a withdrawal may have taken what was set aside
                money = min(money, max(ZERO, self.available())) if a in assets else ZERO
            if money > 0 and (self.yen or money >= DUST * whole):
                spent = self.buy(a, floor(money) if self.yen else money)
            self.earmark[a] = budgets[a] - spent

    # --- buying -----------------------------------------------------------------------------------------

    def buy(self, a: int, budget: Decimal) -> Decimal:
        """Spends up to ``budget`` on an asset along its route; what was spent."""
        table = self.terms.route if self.plan.recurring else self.terms.route_once
        route = [int(number) for number in table[a] if number >= 0]
        first = list(takewhile(self.is_nisa, route))
        frames = [b for b in first if self.annual_limit(b, self.settle_year(a)) > 0]
        orders, fits = self.in_frames(a, frames, budget)
        after = route[len(first) :]
        if frames and not fits:
            overflow = self.terms.overflow
            if overflow in (Overflow.SKIP, Overflow.WHOLE_ORDER):
                orders = []
            if overflow in (Overflow.SKIP, Overflow.HOLD_CASH):
                after = []
        spent = ZERO
        for b, order in orders:
            self.fill(a, b, order)
            spent += order.cash
        if after and not fits:
            order = self.most(a, after[0], budget - spent)
            if order.units:
                self.fill(a, after[0], order)
                spent += order.cash
        return spent

    def in_frames(self, a: int, frames: list[int], budget: Decimal) -> tuple[list[tuple[int, Order]], bool]:
        """What of an order goes into which of these frames, one after another, and whether it all does."""
        orders: list[tuple[int, Order]] = []
        year, rest = self.settle_year(a), budget
        for b in frames:
            order = self.most(a, b, rest)
            if not order.units:
                return orders, True
            shares = [frame for frame, _ in orders if self.terms.shares_lifetime[frame]]
            placed = total(self.quota_amount(a, one) for frame, one in orders if frame in shares)
            room = self.room(b, year, placed)
            part = order if self.quota_amount(a, order) <= room else self.within(a, b, order, room)
            if part.units:
                orders.append((b, part))
                rest -= part.cash
            if part is order:
                return orders, True
        return orders, False

    def most(self, a: int, b: int, budget: Decimal) -> Order:
        """The most units that a budget pays in a bucket."""
        nothing = Order(ZERO, ZERO, ZERO)
        if budget <= 0:
            return nothing
        if self.whole(a):
            limit = budget if self.yen else budget * (1 + Decimal("1e-12"))
            # Floored cash is below the budget plus one; commissions only lower the number.
            high = (budget + 1) / (self.price(a) * (self.mid(a) + self.spread(a))) + 1
            return self.whole_order(a, b, high, lambda order: order.cash <= limit)
        total_in_currency = budget / (self.mid(a) + self.spread(a))
        rate, minimum, cap = self.commission_terms(a, b)
        gross = total_in_currency / (1 + rate)
        if rate * gross < minimum:
            gross = total_in_currency - minimum
        elif rate * gross > cap:
            gross = total_in_currency - cap
        if gross * (self.mid(a) + self.spread(a)) <= DUST * budget:
            return nothing
        return Order(gross / self.price(a), gross, budget)

    def within(self, a: int, b: int, order: Order, room: Decimal) -> Order:
        """The most of an order whose quota amount fits the room of a frame."""
        if self.whole(a):
            return self.whole_order(a, b, order.units, lambda some: self.quota_amount(a, some) <= room)
        gross = room / self.mid(a)
        if not gross:
            return Order(ZERO, ZERO, ZERO)
        cash = floor((gross + self.commission(a, b, gross)) * (self.mid(a) + self.spread(a)))
        return Order(gross / self.price(a), gross, min(order.cash, cash))

    def whole_order(self, a: int, b: int, high: Decimal, fits: Callable[[Order], bool]) -> Order:
        """The largest order of at most ``high`` whole units that fits, by halving."""
        lot = exact(self.terms.lot[a])
        low, high = 0, int(high / lot)
        while low < high:
            middle = (low + high + 1) // 2
            if fits(self.order(a, b, middle * lot)):
                low = middle
            else:
                high = middle - 1
        return self.order(a, b, low * lot)

    def order(self, a: int, b: int, units: Decimal) -> Order:
        gross = self.price(a) * units
        if not units:
            return Order(ZERO, ZERO, ZERO)
        cash = (gross + self.commission(a, b, gross)) * (self.mid(a) + self.spread(a))
        return Order(units, gross, floor(cash) if self.yen else cash)

    def fill(self, a: int, b: int, order: Order) -> None:
        """Books a purchase."""
        gross, mid = order.gross, self.mid(a)
        commission = self.commission(a, b, gross)
        self.cash -= order.cash
        if not self.yen:
            self.cash = max(ZERO, self.cash)
        self.units[b, a] += order.units
        kind, year = self.terms.kind[b], self.settle_year(a)
        if kind == BucketKind.PLAIN:
            self.cost[b, a] += (gross + commission) * (mid + self.spread(a))
        elif kind == BucketKind.TAXABLE:
            self.cost[b, a] += floor((gross + commission) * (mid + self.tax_spread(a)))
        else:
            self.cost[b, a] += self.quota_amount(a, order)
            self.bought[b, year] += self.quota_amount(a, order)
            if self.terms.term[b]:
                self.lots[b, a][year] += order.units
        self.cost_paid += commission * mid + self.spread(a) * (gross + commission)
        self.record("buy", -order.cash, b, a, order.units)

    def commission_terms(self, a: int, b: int) -> tuple[Decimal, Decimal, Decimal]:
        if self.terms.commission_free[b]:
            return ZERO, ZERO, ZERO
        terms = self.terms
        return exact(terms.commission_rate[a]), exact(terms.commission_min[a]), exact(terms.commission_cap[a])

    def commission(self, a: int, b: int, gross: Decimal) -> Decimal:
        rate, minimum, cap = self.commission_terms(a, b)
        return min(max(rate * gross, minimum), cap)

    def quota_amount(self, a: int, order: Order) -> Decimal:
        return floor(order.gross * self.mid(a))

    # --- selling ----------------------------------------------------------------------------------------

    def sell(self, a: int, units: Decimal, order: str = "account") -> None:
        """Sells units of an asset from the buckets in an order."""
        rest, left = units, self.held(a)
        for b in self.sale_order(order):
            there = self.units[b, a]
            part = min(there, rest)
            if order == "proportional" and there < left:
                share = rest * there / left
                part = min(part, self.lots_below(a, share) if self.whole(a) else share)
            left -= there
            if not part or rest <= DUST * units:
                continue
            part = self.with_dust(b, a, part)
            rest -= part
            self.sell_from(b, a, part)

    def sale_order(self, order: str) -> list[int]:
        """The buckets from which a sale goes, one after another."""
        if order in ("account", "proportional"):
            return [int(number) for number in self.terms.sell_order]
        frames = ["nisa.G", "nisa.T", "nisa.old_tsumitate", "nisa.old_general"]
        names = [name for name in frames if name in self.terms.buckets]
        others = [name for name in self.terms.buckets if name not in frames]
        names = [*others, *names] if order == "taxable_first" else [*names, *others]
        return [self.terms.buckets.index(name) for name in names]

    def with_dust(self, b: int, a: int, units: Decimal) -> Decimal:
        """All units of a bucket where next to nothing would be left."""
        there = self.units[b, a]
        return there if there - units < DUST * there else units

    def share_of_cost(self, b: int, a: int, units: Decimal) -> Decimal:
        """The average cost of some units; of all units all of it."""
        there, cost = self.units[b, a], self.cost[b, a]
        return cost if units == there else cost * units / there

    def sell_from(self, b: int, a: int, units: Decimal) -> None:
        """One order: units of an asset out of one bucket."""
        gross, mid = self.price(a) * units, self.mid(a)
        commission = min(self.commission(a, b, gross), gross)
        spread = min(self.spread(a), mid)
        proceeds = (gross - commission) * (mid - spread)
        if self.yen:
            proceeds = floor(proceeds)
        self.cash += proceeds
        self.cost_paid += commission * mid + spread * (gross - commission)
        self.record("sell", proceeds, b, a, -units)

        there, cost = self.units[b, a], self.cost[b, a]
        sold = self.share_of_cost(b, a, units)
        left = cost - sold
        if self.terms.kind[b] == BucketKind.TAXABLE:
            if self.whole(a):
                unit_cost = ceil(cost / there)
                sold, left = unit_cost * units, unit_cost * (there - units)
            tax_proceeds = max(ZERO, floor((gross - commission) * (mid - self.tax_spread(a))))
            self.withhold(b, a, tax_proceeds - sold)
        elif self.is_nisa(b):
            if self.terms.restores[b]:
                self.given_back[b, self.settle_year(a)] += sold
            if self.terms.term[b]:
                self.take_lots(b, a, units)
        self.units[b, a], self.cost[b, a] = there - units, left

    def take_lots(self, b: int, a: int, units: Decimal) -> None:
        """Takes units out of the oldest purchase years."""
        lots = self.lots[b, a]
        if units == self.units[b, a]:
            lots.clear()
        for year in sorted(lots):
            part = min(lots[year], units)
            lots[year] -= part
            units -= part

    def withhold(self, b: int, a: int, gain: Decimal) -> None:
        """Brings the withheld tax of the sale's tax year up to its net gain so far."""
        year = self.settle_year(a)
        self.net_gain[year] += gain
        due = self.tax_on(max(ZERO, self.net_gain[year]), year)
        tax = due - self.withheld[year]
        self.withheld[year] = due
        self.cash -= tax
        self.tax_paid += tax
        self.record("tax", -tax, b, a)

    # --- step 7 and the years ---------------------------------------------------------------------------

    def end_terms(self) -> None:
        """On a year's last session: units whose tax-free years are over move out of NISA at market value."""
        if self.t + 1 == len(self.sessions):
            return
        year = self.sessions[self.t].year
        if self.sessions[self.t + 1].year == year:
            return
        for b in self.buckets:
            term = int(self.terms.term[b])
            if not term:
                continue
            for a in self.assets:
                over = [bought for bought in self.lots[b, a] if bought <= year - term + 1]
                units = total(self.lots[b, a].pop(bought) for bought in over)
                if units > DUST * self.units[b, a]:
                    self.transfer(b, self.taxable(), a, units)

    def transfer(self, b: int, to: int, a: int, units: Decimal) -> None:
        units = self.with_dust(b, a, units)
        if units == self.units[b, a]:
            self.lots[b, a].clear()
        self.cost[b, a] -= self.share_of_cost(b, a, units)
        self.units[b, a] -= units
        self.units[to, a] += units
        self.cost[to, a] += floor(self.price(a) * units * self.mid(a))
        self.record("transfer_out", ZERO, b, a, -units)
        self.record("transfer_in", ZERO, to, a, units)

    def close_year(self, year: int) -> Decimal:
        """Closes a tax year: the refund paid at once; carried losses that are used wait for April."""
        gain, loss = max(ZERO, self.net_gain[year]), max(ZERO, -self.net_gain[year])
        dividends = self.taxed_dividends[year] if self.terms.offset_dividends else ZERO
        own = min(loss, dividends)
        at_once = min(self.tax_on(own, year), self.dividend_tax[year])
        self.losses[year] = loss - own
        gain_left, dividends_left = gain, dividends - own
        for before in (year - 3, year - 2, year - 1):  # against all gains, and only then against dividends
            used = min(gain_left, self.losses[before])
            self.losses[before] -= used
            gain_left -= used
        for before in (year - 3, year - 2, year - 1):
            used = min(dividends_left, self.losses[before])
            self.losses[before] -= used
            dividends_left -= used
        of_gains = self.tax_on(gain, year) - self.tax_on(gain_left, year)
        set_off = self.tax_on(dividends - dividends_left, year)
        of_dividends = min(set_off, self.dividend_tax[year]) - at_once
        if of_gains or of_dividends:
            self.waiting[date(year + 1, 4, 1)] = (of_gains, of_dividends)
        self.cash += at_once
        self.dividend_tax_paid -= at_once
        if at_once:
            self.record("refund", at_once, self.taxable())
        return at_once

    def tax_on(self, amount: Decimal, year: int) -> Decimal:
        """National and local tax, each floored."""
        column = year - self.terms.first_year
        national, local = self.terms.national[column], self.terms.local[column]
        return floor(amount * exact(national)) + floor(amount * exact(local))

    def liquidate(self) -> Decimal:
        """Sells everything at the last close, closes both open years, counts every refund."""
        before = dict(self.net_gain)
        for b, a in self.units:
            if self.units[b, a]:
                self.sell_from(b, a, self.units[b, a])
        gains = {year: gain - before.get(year, ZERO) for year, gain in self.net_gain.items()}
        self.cash -= self.minimum_tax(before, gains)
        for year in (self.sessions[-1].year, self.sessions[-1].year + 1):
            self.close_year(year)
        interest = floor(self.accrued) - self.interest_tax(floor(self.accrued)) if self.yen else self.accrued
        return self.cash + total(total(both) for both in self.waiting.values()) + interest

    def minimum_tax(self, before: dict[int, Decimal], gains: dict[int, Decimal]) -> Decimal:
        """What very high incomes owe besides, the last sales spread over the years of the liquidation."""
        parts, due = self.terms.liquidation_years, ZERO
        this = self.sessions[-1].year
        for year in range(this, this + parts + 1):
            income = before.get(year, ZERO) + self.taxed_dividends[year]
            income += total(
                gains.get(sold, ZERO) / parts for sold in (this, this + 1) if 0 <= year - sold < parts
            )
            column = year - self.terms.first_year
            if income > Decimal(self.terms.exempt[column]):
                least = (income - exact(self.terms.exempt[column])) * exact(self.terms.minimum_rate[column])
                due += max(ZERO, floor(least) - floor(income * exact(self.terms.ordinary_rate[column])))
        return due

    # --- NISA -------------------------------------------------------------------------------------------

    def is_nisa(self, b: int) -> bool:
        return bool(self.terms.kind[b] == BucketKind.NISA)

    def frames(self) -> list[int]:
        return [b for b in self.buckets if self.is_nisa(b)]

    def frame(self, b: int) -> str:
        return self.terms.buckets[b].removeprefix("nisa.")

    def taxable(self) -> int:
        return next(b for b in self.buckets if self.terms.kind[b] == BucketKind.TAXABLE)

    def annual_limit(self, b: int, year: int) -> Decimal:
        return exact(self.terms.annual_limit[b, year - self.terms.first_year])

    def lifetime_left(self, b: int, year: int, last: int, placed: Decimal = ZERO) -> Decimal:
        """What the lifetime limits leave in ``year``, counting the purchases of years up to ``last``."""

        def used(frame: int) -> Decimal:
            bought = total(
                self.bought[key] for key in list(self.bought) if key[0] == frame and key[1] <= last
            )
            back = total(x for (f, y), x in self.given_back.items() if f == frame and y < year)
            return bought - back

        left = exact(self.terms.lifetime_limit[b]) - used(b)
        if self.terms.shares_lifetime[b]:
            together = total(used(other) for other in self.frames() if self.terms.shares_lifetime[other])
            left = min(left, exact(self.terms.shared_lifetime) - together - placed)
        return left

    def room(self, b: int, year: int, placed: Decimal = ZERO) -> Decimal:
        """Yen that purchases of a quota year may still use in a frame; every purchase ever made counts.

        ``placed``: what the same order has put into other frames of the shared limit.
        """
        annual = self.annual_limit(b, year) - self.bought[b, year]
        return floor(max(ZERO, min(annual, self.lifetime_left(b, year, last=year + 1, placed=placed))))

    def quota_rows(self) -> list[Quota]:
        last = self.sessions[-1].year
        touched = [year for (_, year), amount in (self.bought | self.given_back).items() if amount]
        years = range(self.sessions[self.begun].year, max([last, *touched]) + 1)
        return [
            Quota(
                year=year,
                frame=self.frame(b),
                limit=self.annual_limit(b, year),
                used=self.bought[b, year],
                given_back=self.given_back[b, year],
                lifetime_left=self.lifetime_left(b, year, last=year),
            )
            for year in years
            for b in self.frames()
        ]


class Transfer:
    """The units that move from the taxable account into NISA in one session: "Transfer into NISA"."""

    def __init__(self, life: Life) -> None:
        self.life, self.bought = life, ZERO
        table = life.terms.route if life.plan.recurring else life.terms.route_once
        self.frames = {
            a: [
                int(b)
                for b in table[a]
                if b >= 0 and life.is_nisa(int(b)) and life.annual_limit(int(b), life.settle_year(a)) > 0
            ]
            for a in life.assets
        }
        self.placed, self.kept = self.keep(dict.fromkeys(life.assets, exact(life.plan.kept_room[life.t])))

    def recurring(self, b: int) -> bool:
        return bool(self.life.terms.recurring_only[b])

    def keep(self, money: dict[int, Decimal]) -> tuple[Decimal, Decimal]:
        """What the year's contributions need of the frames for recurring purchases, and of the others."""
        placed = kept = ZERO
        for a, frames in self.frames.items():
            part = self.life.weight(a) * money[a]
            for b in frames:
                if not self.recurring(b):
                    kept += part
                    part = ZERO
                    break
                fits = min(part, max(ZERO, self.life.room(b, self.life.settle_year(a)) - placed))
                placed, part = placed + fits, part - fits
        return placed, kept

    def frame(self, a: int) -> int | None:
        return next((b for b in self.frames[a] if not self.recurring(b)), None)

    def held(self, a: int) -> Decimal:
        return self.life.units[self.life.taxable(), a]

    def worth(self, a: int) -> Decimal:
        return self.held(a) * self.life.price(a) * self.life.mid(a)

    def cost(self, a: int) -> Decimal:
        return self.life.cost[self.life.taxable(), a]

    def room(self, a: int) -> Decimal:
        life, b = self.life, self.frame(a)
        assert b is not None
        room = life.room(b, life.settle_year(a), self.placed) - self.kept
        room = max(ZERO, floor(room))
        most = life.plan.transfer_most
        return room if most == float("inf") else min(room, exact(most) - self.bought)

    def go_on_in_new_york(self) -> None:
        """The second turn: Tokyo has spent what this session released for it."""
        life = self.life
        kept = exact(life.plan.kept_room[life.t])
        less = max(ZERO, kept - life.released())
        self.placed, self.kept = self.keep({a: kept if life.in_new_york(a) else less for a in life.assets})
        self.make(life.abroad())

    def make(self, assets: list[int]) -> None:
        """Those of some assets, in their order."""
        can = [a for a in assets if self.held(a) > 0 and self.frame(a) is not None]
        order = self.life.plan.transfer_order
        first: list[int] = []
        if order == TransferOrder.LEAST_GAIN_FIRST:
            first = ranked({a: 1 + self.cost(a) / self.worth(a) for a in can})
        elif order == TransferOrder.LOSS_FIRST:
            losses = {a: self.cost(a) - self.worth(a) for a in can}
            first = ranked({a: loss for a, loss in losses.items() if loss >= Decimal("0.5")})
        for a in first:
            self.move(a, self.room(a))
        rest = [a for a in can if a not in first]
        together = total(self.worth(a) for a in rest)
        shares = {a: floor(self.room(a) * self.worth(a) / together) for a in rest}
        for a, share in shares.items():
            self.move(a, min(share, self.room(a)))

    def net(self, a: int, units: Decimal, *, rounded: bool) -> Decimal:
        """What a sale leaves after the change of the tax withheld for its year."""
        life, b = self.life, self.life.taxable()
        year, mid = life.settle_year(a), life.mid(a)
        keep = floor if rounded else lambda amount: amount
        gross = life.price(a) * units
        gross -= min(life.commission(a, b, gross), gross)
        proceeds = keep(gross * (mid - min(life.spread(a), mid)))
        taxed = max(ZERO, keep(gross * (mid - life.tax_spread(a))))
        cost = self.cost(a) * units / self.held(a)
        if rounded and life.whole(a):
            cost = ceil(self.cost(a) / self.held(a)) * units
        gain = max(ZERO, life.net_gain[year] + taxed - cost)
        column = year - life.terms.first_year
        rates = (exact(rate[column]) for rate in (life.terms.national, life.terms.local))
        due = total(keep(gain * rate) for rate in rates)
        return proceeds - (due - life.withheld[year])

    def move(self, a: int, room: Decimal) -> None:
        """Sells as much of an asset as pays for what fits its frame, and buys it there."""
        life, b, held = self.life, self.frame(a), self.held(a)
        if b is None or room <= 0:
            return
        everything = life.most(a, b, Decimal(10) ** 15)
        order = life.within(a, b, everything, room)
        every_yen = self.net(a, held, rounded=True)
        if every_yen < order.cash:
            order = life.most(a, b, every_yen)
        if not order.units:
            return
        before = life.cash
        life.sell_from(life.taxable(), a, life.with_dust(life.taxable(), a, self.units_for(a, order.cash)))
        brought = floor(life.cash - before)
        if brought < order.cash:
            order = life.most(a, b, brought)
        if order.units:
            self.bought += life.quota_amount(a, order)
            life.fill(a, b, order)

    def units_for(self, a: int, cash: Decimal) -> Decimal:
        """The fewest units whose sale leaves so much."""
        held = self.held(a)
        if self.life.whole(a):
            lot = exact(self.life.terms.lot[a])
            few, many = 0, int(self.life.lots_above(a, held) / lot)
            while few + 1 < many:
                some = (few + many) // 2
                if self.net(a, min(held, some * lot), rounded=True) >= cash:
                    many = some
                else:
                    few = some
            return min(held, many * lot)
        if self.net(a, held, rounded=True) <= cash:
            return held
        low, high = ZERO, held
        for _ in range(130):
            middle = (low + high) / 2
            if self.net(a, middle, rounded=False) >= cash:
                high = middle
            else:
                low = middle
        return high


def ranked(scores: dict[int, Decimal]) -> list[int]:
    """The highest score first; of those within 1e-9 of each other the first."""
    left, found = dict(scores), []
    while left:
        best = None
        for a, value in left.items():
            if best is None or value > left[best] * (1 + Decimal("1e-9")):
                best = a
        found.append(best)
        left.pop(best)
    return found
