"""What is owned before the first session of a simulation: the keys ``holdings`` as numbers by bucket and asset."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.config.wording import came, refused
from engine.errors import ConfigError
from engine.market.series import Floats, calendar_year
from engine.messages import Arg, Message, Money, listed, message
from engine.rules.frames import frame_rows
from engine.rules.terms import Terms

if TYPE_CHECKING:
    from engine.config import Config
    from engine.config.holdings import Holdings, Position
    from engine.market.panel import Panel

ByYear = Mapping[int, float]
ByFrame = Mapping[tuple[int, int], float]  # by bucket and quota year
CENT = 0.01  # of a yen: limits are not passed by less


class Lot(NamedTuple):
    """Units of one asset in one bucket; ``units`` NaN: as many as ``value`` is worth at the first close.

    ``cost`` is the acquisition cost of all of them, ``year`` that of the purchase in a NISA frame, 0 elsewhere.
    """

    bucket: int
    asset: int
    year: int
    units: float
    value: float
    cost: float


@dataclass(frozen=True)
class Opening:
    """What there is before the first session: docs/ledger.md, "State at a session". Base currency, never negative
    but for gains and earmarks.

    ``year``       the calendar year that is open; the next one may have orders that settle in it
    ``day``        the session after which it was so, and the next of which is the first; None: just before it
    ``cash``, ``reserve``  of which the reserve is not released yet
    ``earmark``    asset -> cash set aside for it
    ``bought``, ``given_back``  (bucket, quota year) -> book value of purchases, and of sales that is not free yet
    ``gain``, ``withheld``, ``dividends``, ``dividend_tax``  tax year -> sums so far
    ``losses``     year -> what is carried of it
    ``refund``, ``dividend_refund``  wait for April
    ``accrued``, ``earned``  interest of the deposit that is not paid yet; what a yen in it earned from ``day`` on
    ``taken``      withdrawal -> the amount of its year, and what all was worth at its last look, flows counted
    """

    year: int
    day: np.datetime64 | None
    cash: float
    reserve: float
    lots: tuple[Lot, ...]
    earmark: Mapping[int, float]
    bought: ByFrame
    given_back: ByFrame
    gain: ByYear
    withheld: ByYear
    dividends: ByYear
    dividend_tax: ByYear
    losses: ByYear
    refund: float = 0.0
    dividend_refund: float = 0.0
    accrued: float = 0.0
    earned: float = 0.0
    taken: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def worth(self, price: Floats) -> float:
        """What all of it is worth in base currency at ``price`` (A,) of a unit each."""
        return self.cash + math.fsum(
            lot.value if math.isnan(lot.units) else lot.units * float(price[lot.asset]) for lot in self.lots
        )


def make_opening(
    config: Config,
    panel: Panel,
    terms: Terms,
    first: np.datetime64,
    before: np.datetime64 | None,
    price: Floats,
    *,
    goes_on: bool = False,
) -> Opening | None:
    """What a configuration owns before session ``first``, the next one after ``before``; None where nothing.

    ``panel`` gives assets and frames, ``price`` (A,) what a unit is worth in base currency at the first close.
    Where the holdings are not those of the close ``before``, everything is taken as held just before the first
    session, and its years are moved by as many as lie between ``as_of`` and it. ``goes_on``: the plan too is that
    of before, so that cash is where it was; otherwise all of it waits to be released. Raises ConfigError.
    """
    if config.holdings is None:
        return None
    return _Maker(config, config.holdings, panel, terms, first, before).opening(price, goes_on)


class _Maker:
    """Checks holdings against the law of their year, and turns names into numbers."""

    def __init__(
        self,
        config: Config,
        held: Holdings,
        panel: Panel,
        terms: Terms,
        first: np.datetime64,
        before: np.datetime64 | None,
    ) -> None:
        self.config, self.held, self.panel, self.terms = config, held, panel, terms
        self.first_year = calendar_year(first)
        day = first.astype(dt.date)
        follows = held.adjoins(None if before is None else before.astype(dt.date), day)
        self.day = np.datetime64(held.as_of, "D") if follows else None
        self.year = held.as_of.year if follows and held.as_of else self.first_year
        self.earned = (
            0.0
            if self.day is None or terms.deposit < 0
            else terms.deposit_rates.earned_between(self.day, first)
        )
        self.shift = 0 if follows or held.as_of is None else self.first_year - held.as_of.year

    def opening(self, price: Floats, goes_on: bool) -> Opening:
        """All of it."""
        held = self.held
        lots = tuple(self.lot(n, item, price) for n, item in enumerate(held.positions))
        open_years = (self.year, self.year + 1)
        given_back = dict(self.by_frame("given_back", open_years))
        bought = {**self.bought(lots, open_years), **dict(self.by_frame("quota_used", open_years))}
        self.check_limits(lots, bought, given_back)
        self.check_refunds()
        so_far = dict(self.by_year("year_so_far", open_years))
        return Opening(
            year=self.year,
            day=self.day,
            cash=held.cash,
            reserve=held.reserve if goes_on else held.cash,
            lots=lots,
            earmark={
                self.panel.column(symbol): cash
                for symbol, cash in held.set_aside.items()
                if goes_on and symbol in self.panel.symbols
            },
            bought=bought,
            given_back=given_back,
            gain={year: item.gain for year, item in so_far.items()},
            withheld={
                year: self.tax(max(item.gain, 0.0), year) if item.withheld is None else item.withheld
                for year, item in so_far.items()
            },
            dividends={year: item.dividends for year, item in so_far.items()},
            dividend_tax={
                year: self.tax(item.dividends, year) if item.dividend_tax is None else item.dividend_tax
                for year, item in so_far.items()
            },
            losses=dict(self.by_year("losses", range(self.year - 3, self.year))),
            refund=held.refunds.gains,
            dividend_refund=held.refunds.dividends,
            accrued=held.accrued_interest,
            earned=self.earned,
            taken={name: (item.amount, item.basis) for name, item in held.taken.items() if goes_on},
        )

    def lot(self, n: int, item: Position, price: Floats) -> Lot:
        """One position, its account and its year checked."""
        key = f"holdings.positions.{n}"
        if item.account not in self.terms.buckets:
            raise _refused(item.account, listed(self.terms.buckets, "or"), f"{key}.account")
        bucket, asset = self.terms.buckets.index(item.account), self.panel.column(item.asset)
        if item.account.startswith("nisa."):
            self.check_frame(key, item, asset)
        worth = float(price[asset]) * max(float(self.terms.lot[asset]), 1.0)
        if item.value is not None and self.terms.lot[asset] > 0.0 and item.value < worth:
            allowed = message(
                "at least one unit of {symbol}, {price}",
                symbol=item.asset,
                price=Money(worth, self.config.currency),
            )
            raise _refused(item.value, allowed, f"{key}.value")
        return Lot(
            bucket,
            asset,
            0 if item.year is None else item.year + self.shift,
            float("nan") if item.units is None else item.units,
            float("nan") if item.value is None else item.value,
            0.0 if item.cost is None else item.cost,
        )

    def check_frame(self, key: str, item: Position, asset: int) -> None:
        """A frame holds what it may hold, bought while it could be, and no longer than its term."""
        if item.frame not in self.panel.frames[asset]:
            own = [f"nisa.{frame}" for frame in self.panel.frames[asset]]
            own.append("taxable")
            allowed = message("{accounts} for {symbol}", accounts=listed(own, "or"), symbol=item.asset)
            raise _refused(item.account, allowed, f"{key}.account")
        if item.year is None:
            return
        rows = [row for row in frame_rows(self.config) if row.frame == item.frame]
        begun, term = 0 if rows[0].retroactive else rows[0].from_year, rows[0].term
        last = min(self.year - self.shift + 1, rows[-1].to_year or self.year - self.shift + 1)
        alive = self.first_year - self.shift - term + 1 if term else begun
        if not begun <= item.year <= last:
            allowed = message("a year from {low} to {high}", low=str(begun or 1990), high=str(last))
            raise _refused(item.year, allowed, f"{key}.year")
        if item.year < alive:
            hint = message(
                "its {term} tax-free years have ended: it is in the taxable account now", term=term
            )
            raise _refused(item.year, message("{year} or later", year=str(alive)), f"{key}.year", hint)

    def bought(self, lots: tuple[Lot, ...], years: tuple[int, int]) -> dict[tuple[int, int], float]:
        """Purchases of the open years in frames that take some, as far as the positions tell."""
        law, found = self.terms, dict[tuple[int, int], float]()
        for lot in lots:
            if lot.year in years and law.annual_limit[lot.bucket, lot.year - law.first_year] > 0.0:
                key = lot.bucket, lot.year
                found[key] = found.get(key, 0.0) + lot.cost
        return found

    def by_year(self, key: str, years: range | tuple[int, ...]) -> Iterator[tuple[int, Any]]:
        """The entries of a key by their years, moved; those outside of ``years`` are refused."""
        for text, value in getattr(self.held, key).items():
            year = int(text) + self.shift
            if year not in years:
                allowed = listed([str(each - self.shift) for each in years], "or")
                raise _refused(int(text), allowed, f"holdings.{key}")
            yield year, value

    def by_frame(self, key: str, years: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], float]]:
        """Book values by bucket and year."""
        frames = [name.removeprefix("nisa.") for name in self.terms.buckets]
        for year, books in self.by_year(key, years):
            for frame, book in books.items():
                if frame not in frames:
                    own = [name for name, bucket in zip(frames, self.terms.buckets) if name != bucket]
                    raise _refused(frame, listed(own, "or"), f"holdings.{key}.{year - self.shift}")
                yield (frames.index(frame), year), book

    def tax(self, amount: float, year: int) -> float:
        """What the law takes of a gain or of dividends, each part rounded down."""
        column = year - self.terms.first_year
        rates = self.terms.national[column], self.terms.local[column]
        return float(sum(np.floor(amount * rate + 1e-7) for rate in rates))

    def check_limits(self, lots: tuple[Lot, ...], bought: ByFrame, given_back: ByFrame) -> None:
        """No frame holds more, or took more this year, than it may."""
        law = self.terms
        for (b, year), book in self.bought(lots, (self.year, self.year + 1)).items():
            # In an old frame a lot's book is its share of all purchases, whatever their year.
            if not law.term[b] and book > bought[b, year] + CENT:
                raise _refused(bought[b, year], self.least(book), f"holdings.quota_used.{year - self.shift}")
        for (b, year), book in bought.items():
            most = float(law.annual_limit[b, year - law.first_year])
            if book > most + CENT and not self.shift:
                raise _over_annual(book, law.buckets[b], year, most)
        self.check_lifetime(lots, bought, given_back)

    def check_lifetime(self, lots: tuple[Lot, ...], bought: ByFrame, given_back: ByFrame) -> None:
        """No frame holds more than it may in either of the open years.

        Of what is held and was sold, this year's room knows no purchase that settles in the next, and the next
        year's has back what was sold in this one.
        """
        law = self.terms
        every = np.zeros(len(law.buckets))
        for lot in lots:
            every[lot.bucket] += lot.cost
        for (b, _), book in given_back.items():
            every[b] += book
        for year, other in ((self.year + 1, bought), (self.year, given_back)):
            used = every - [other.get((b, year), 0.0) for b in range(len(every))]
            for b in np.flatnonzero(np.isfinite(law.lifetime_limit)).tolist():
                if used[b] > law.lifetime_limit[b] + CENT:
                    raise _over_lifetime(float(used[b]), law.buckets[b], float(law.lifetime_limit[b]))
            together = float(used[law.shares_lifetime].sum())
            if together > law.shared_lifetime + CENT:
                raise _over_lifetime(together, "nisa", law.shared_lifetime)

    def check_refunds(self) -> None:
        """What waits for April is paid in April."""
        for key in ("gains", "dividends"):
            amount = getattr(self.held.refunds, key)
            if amount and self.day is not None and self.day >= np.datetime64(f"{self.year}-04-01"):
                allowed = message("nothing after March: it is paid by then")
                raise _refused(amount, allowed, f"holdings.refunds.{key}")

    def least(self, book: float) -> Message:
        """What the purchases of a year cannot be below."""
        return message("at least the positions of that year, {book}", book=Money(book))


def _refused(value: object, allowed: Arg, key: str, hint: Message | None = None) -> ConfigError:
    whole = isinstance(value, float) and value.is_integer()
    return refused(came(int(value) if whole else value, allowed), key=key, hint=hint)  # type: ignore[call-overload]


def _over_annual(book: float, account: str, year: int, limit: float) -> ConfigError:
    told = message(
        "the purchases of {year} in {account} are {book}, over the annual limit of {limit}",
        year=str(year),
        account=account,
        book=Money(book),
        limit=Money(limit),
    )
    return refused(told, key="holdings.quota_used")


def _over_lifetime(book: float, account: str, limit: float) -> ConfigError:
    told = message(
        "the book value in {account} is {book}, over the lifetime limit of {limit}",
        account=account,
        book=Money(book),
        limit=Money(limit),
    )
    return refused(told, key="holdings.positions")
