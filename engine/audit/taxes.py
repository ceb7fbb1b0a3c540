"""The accounts followed through the transactions: quotas, tax years, and what selling everything would leave.

Written from docs/ledger.md and the tables of the law alone, on Python's own numbers. Whole yen in the taxable
account and in NISA; the plain account rounds nothing and pays no Japanese tax.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

from engine.audit import law, owned, tokyo
from engine.audit.movements import DUST, Move, down, moves, up
from engine.audit.replay import prices_of
from engine.result import Result

Amounts = dict[tuple[int, str], float]  # yen by year and frame


class TaxBook:
    """Units by account and asset, cost of the taxable account; gains, taxes, dividends and losses by tax year."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.units: dict[tuple[str, str], float] = defaultdict(float)
        self.cost: dict[str, float] = defaultdict(float)
        self.gain: dict[int, float] = defaultdict(float)
        self.withheld: dict[int, float] = defaultdict(float)
        self.taxed_dividends: dict[int, float] = defaultdict(float)
        self.dividend_tax: dict[int, float] = defaultdict(float)
        self.losses: dict[int, float] = defaultdict(float)
        self.waiting: dict[date, float] = {}  # refunds of filings by the day on which they are due
        self.year = owned.open_year(result)
        self.begin()
        sold_in = self.year
        for move in moves(result):
            self.turn_to(move.date.year)
            sold_in = move.settlement.year if move.kind == "sell" else sold_in
            self.book(move, sold_in)
        self.turn_to(result.dates[-1].item().year)

    def begin(self) -> None:
        """What was there before the first session; its units have rows."""
        for account, asset, _, cost in owned.positions(self.result):
            self.cost[asset] += cost if account == "taxable" else 0.0
        for year, so_far in owned.by_year(self.result, "year_so_far").items():
            gain, dividends = float(so_far.get("gain") or 0.0), float(so_far.get("dividends") or 0.0)
            withheld, taxed = so_far.get("withheld"), so_far.get("dividend_tax")
            self.gain[year], self.taxed_dividends[year] = gain, dividends
            self.withheld[year] = self.tax(gain, year) if withheld is None else float(withheld)
            self.dividend_tax[year] = self.tax(dividends, year) if taxed is None else float(taxed)
        for year, loss in owned.by_year(self.result, "losses").items():
            self.losses[year] = float(loss)
        due, refund = owned.refunds(self.result)
        self.waiting[due] = refund

    def turn_to(self, year: int) -> None:
        """Close the years before ``year``."""
        while self.year < year:
            self.close(self.year)
            self.year += 1

    def book(self, move: Move, sold_in: int) -> None:
        """One movement; ``sold_in``: the tax year of the newest sale, whose tax a ``tax`` row is."""
        taxable = move.account == "taxable"
        if move.kind in ("buy", "transfer_in", "opening"):
            self.units[move.account, move.asset] += move.units
            self.cost[move.asset] += self.acquired(move) if taxable and move.kind != "opening" else 0.0
        elif move.kind in ("sell", "transfer_out"):
            if taxable:
                fee = self.fee(move, sign=-1.0)
                self.realise(move.asset, -move.units, move.price, move.fx, fee, sold_in)
            self.leave(move)
        elif move.kind in ("tax", "tax_refund") and taxable:
            self.withheld[sold_in] -= move.amount
        elif move.kind in ("dividend", "source_tax") and taxable:
            self.taxed_dividends[move.date.year] += move.amount
            if move.kind == "dividend":  # with what was withheld abroad inside the fund, where that counts
                self.taxed_dividends[move.date.year] += tokyo.tax_abroad(
                    self.result, move.asset, move.amount, move.date.year
                )
        elif move.kind == "dividend_tax" and taxable:
            self.dividend_tax[move.date.year] -= move.amount

    def fee(self, move: Move, *, sign: float = 1.0) -> float:
        """Commission in the asset's currency, from the recorded cost: fee × fx + spread × (worth ± fee)."""
        spread = law.spread(self.result, move.asset)
        worth = move.price * abs(move.units)
        return (move.cost - spread * worth) / (move.fx + sign * spread)

    def acquired(self, move: Move) -> float:
        """Acquisition cost in yen, commission included, at the bank's selling rate where that is the rule."""
        if move.kind == "transfer_in":
            return down(move.price * move.units * move.fx)
        rate = move.fx + law.tax_spread(self.result, move.asset)
        return down((move.price * move.units + self.fee(move)) * rate)

    def realise(self, asset: str, units: float, price: float, fx: float, fee: float, year: int) -> None:
        """The gain of a sale, moving average cost; the unit cost of whole shares is rounded up."""
        held, cost = self.units["taxable", asset], self.cost[asset]
        left = held - units if held - units >= DUST * held else 0.0
        if law.whole_units(self.result, asset):
            each = up(cost / held)
            sold, self.cost[asset] = each * units, each * left
        else:
            sold = cost * units / held if left else cost
            self.cost[asset] = cost - sold
        proceeds = (price * units - fee) * (fx - law.tax_spread(self.result, asset))
        self.gain[year] += max(0.0, down(proceeds)) - sold

    def leave(self, move: Move) -> None:
        """Units that go; what is left below rounding noise goes with them."""
        held = self.units[move.account, move.asset]
        left = held + move.units
        self.units[move.account, move.asset] = left if left >= DUST * held else 0.0

    def tax(self, amount: float, year: int) -> float:
        """National and local tax, each rounded down."""
        national, local = law.tax_rates(self.result, year)
        return down(max(amount, 0.0) * national) + down(max(amount, 0.0) * local)

    def close(self, year: int) -> float:
        """Close a tax year: the refund paid at once; that of a filing waits for April of the next year."""
        net = self.gain[year]
        offset = self.result.config["account_rules"]["offset_dividends"]
        dividends = self.taxed_dividends[year] if offset else 0.0
        own = min(max(-net, 0.0), dividends)
        refund = min(self.tax(own, year), self.dividend_tax[year])
        against_gains = self.use_losses(year, max(net, 0.0))
        against_dividends = self.use_losses(year, dividends - own)
        self.losses[year] = max(-net, 0.0) - own
        filed = self.tax(net, year) - self.tax(net - against_gains, year)
        filed += min(self.tax(own + against_dividends, year), self.dividend_tax[year]) - refund
        self.waiting[date(year + 1, 4, 1)] = filed
        return refund

    def use_losses(self, year: int, amount: float) -> float:
        """Take carried losses, oldest first, against an amount; how much of it they cover."""
        rest = amount
        for before in (year - 3, year - 2, year - 1):
            used = min(rest, self.losses[before])
            self.losses[before] -= used
            rest -= used
        return amount - rest

    def liquidation_value(self) -> float:
        """Cash after everything is sold at the last close and both open years are closed. Ends the book."""
        result = self.result
        total = float(result.equity["cash"][-1])
        plain = "plain" in result.config["accounts"]
        before = dict(self.gain)
        for (account, asset), units in list(self.units.items()):
            if units <= 0.0:
                continue
            fx = float(result.equity["usdjpy"][-1]) if law.foreign(result, asset) else 1.0
            price = float(prices_of(result, asset)[-1]) / fx
            kind = law.kind_of(result, asset)
            rate, least, cap = law.commission(result, kind, in_nisa=account.startswith("nisa."))
            fee = min(max(rate * price * units, least), cap)
            proceeds = (price * units - fee) * (fx - law.spread(result, asset))
            total += max(0.0, proceeds if plain else down(proceeds))
            if account == "taxable":
                self.realise(asset, units, price, fx, fee, law.settled(kind, result.dates[-1].item()).year)
        total -= self.minimum_tax(before)
        for year in (self.year, self.year + 1):
            total -= self.tax(self.gain[year], year) - self.withheld[year]
            total += self.close(year)
        last = result.dates[-1].item()
        total += tokyo.interest_left(result)
        return total + sum(refund for due, refund in self.waiting.items() if due > last)

    def minimum_tax(self, before: dict[int, float]) -> float:
        """Due besides on the very high incomes of the years in which everything is sold, in equal parts."""
        parts = int((self.result.config.get("liquidation") or {}).get("years") or 1)
        sold = {year: gain - before.get(year, 0.0) for year, gain in self.gain.items()}
        due = 0.0
        for year in range(self.year, self.year + parts + 1):
            shares = [
                sold.get(since, 0.0) / parts
                for since in (self.year, self.year + 1)
                if 0 <= year - since < parts
            ]
            income = before.get(year, 0.0) + self.taxed_dividends[year] + sum(shares)
            row = law.minimum_tax(year)
            if row is not None and income > float(row["exempt"]):
                least = down((income - float(row["exempt"])) * float(row["rate"]))
                due += max(0.0, least - down(income * float(row["ordinary"])))
        return due


class QuotaBook:
    """What each quota row of a result should say, from the orders in NISA and the limits of the law."""

    def __init__(self, result: Result, used: Amounts, given: Amounts) -> None:
        self.result: Result = result
        self.used: Amounts = used
        self.given: Amounts = given

    def rows(self) -> set[tuple[int, str]]:
        """The years and frames that have a row: from the first deposit on, where there was a limit or an order."""
        first, last = (self.result.dates[t].item().year for t in (0, -1))
        begun = next((move.date.year for move in moves(self.result) if move.kind == "deposit"), first)
        begun = first if owned.holdings(self.result) else begun
        span = range(begun, last + 1)
        begun_in = {
            (year, frame)
            for year in span
            for frame in law.frames(self.result)
            if self.limit(year, frame) > 0.0
        }
        ordered = {
            key
            for book in (self.used, self.given)
            for key, amount in book.items()
            if amount > 0.0 and key[0] >= first
        }
        later = {(year, frame) for year, _ in ordered if year > span[-1] for frame in law.frames(self.result)}
        return begun_in | ordered | {key for key in later if self.limit(*key) > 0.0}

    def limit(self, year: int, frame: str) -> float:
        """The annual limit."""
        return law.annual_limit(self.result, frame, year)

    def lapsed(self, year: int, frame: str) -> float:
        """The part of it that was not used."""
        return max(0.0, self.limit(year, frame) - self.used.get((year, frame), 0.0))

    def lifetime_left(self, year: int, frame: str) -> float:
        """What the lifetime limits leave after the year's purchases; NaN where there is no such limit."""
        left = law.lifetime_limit(self.result, frame) - self.in_use(year, frame)
        shared = law.shared_limit(self.result, frame)
        if shared is not None:
            together = [
                name for name in law.frames(self.result) if law.shared_limit(self.result, name) is not None
            ]
            left = min(left, shared - sum(self.in_use(year, name) for name in together))
        return left if math.isfinite(left) else math.nan

    def in_use(self, year: int, frame: str) -> float:
        """Book of the purchases up to a year, less what sales of the years before gave back."""
        bought = sum(amount for (y, name), amount in self.used.items() if name == frame and y <= year)
        back = sum(amount for (y, name), amount in self.given.items() if name == frame and y < year)
        # What was owned at the start was bought in some year before, but for what is known of that year.
        known = sum(amount for (_, name), amount in owned.bought(self.result).items() if name == frame)
        sold = sum(amount for (_, name), amount in owned.sold(self.result).items() if name == frame)
        return bought - back + owned.book(self.result, frame) + sold - known
