"""The terms of a simulation: buckets, limits, tax, costs, settlement, all as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from engine.market.series import Floats, Ints, Mask
from engine.messages import Message
from engine.rules.deposits import DepositRates, usual_rates


class BucketKind(IntEnum):
    """What kind of book a bucket keeps."""

    PLAIN = 0
    TAXABLE = 1
    NISA = 2
    DEPOSIT = 3  # cash and deposits beside the accounts of yen books; always the first bucket


class Overflow(IntEnum):
    """What happens to an order that exceeds a NISA frame's room."""

    SPLIT = 0
    WHOLE_ORDER = 1
    SKIP = 2
    HOLD_CASH = 3


class Counterfactual(NamedTuple):
    """A rule that a run uses before it existed; ``since``: the first calendar year in which it did."""

    since: int
    message: Message


@dataclass(frozen=True)
class Terms:
    """Everything of law and broker that the ledger needs. B buckets, A assets, T sessions, Y years.

    Columns of year tables count from ``first_year``. "No limit" is ``inf``.

    ``buckets``          B names: ``plain``, ``taxable``, ``nisa.T``, ``nisa.G``, ``nisa.old_general``, ...
    ``kind``             (B,) BucketKind
    ``route``            (A, B) int64, bucket numbers in filling order, then -1
    ``route_once``       (A, B) the same for a plan that is not recurring (no tsumitate frames)
    ``sell_order``       (B,) bucket numbers
    ``annual_limit``     (B, Y) yen
    ``lifetime_limit``   (B,) yen
    ``shares_lifetime``  (B,) bool: counts towards ``shared_lifetime``
    ``shared_lifetime``  yen
    ``restores``         (B,) bool: book value sold comes back to the lifetime limit
    ``term``             (B,) tax-free years, 0 = without end
    ``commission_free``  (B,) bool
    ``recurring_only``   (B,) bool: a frame that takes no single purchase
    ``national``, ``local``  (Y,) tax rates by tax year
    ``interest_national``, ``interest_local``  (Y,) the same on interest of deposits
    ``lowers_foreign``   (Y,) bool: Japan's tax on a dividend is lowered by ``foreign_tax``
    ``exempt``, ``minimum_rate``, ``ordinary_rate``  (Y + 2 + ``liquidation_years``,) the minimum tax on very high
                         incomes by calendar year; no exemption, inf, where there is none
    ``liquidation_years``  in how many years' equal parts everything is sold at the end
    ``source_tax``       (A,) dividend tax at source
    ``foreign_tax``      (A,) share of a fund's dividends that was withheld abroad before it paid them on
    ``commission_rate``, ``commission_min``, ``commission_cap``  (A,) fraction, and money in asset currency
    ``fx_spread``        (A,) base units per unit of currency, each way
    ``tax_spread``       (A,) the same for tax amounts (1 under tts_ttb), else 0
    ``lot``              (A,) units that are traded together; 0 = by amount
    ``turn``             (A,) 0 = traded at Tokyo's close, 1 = after it, in New York
    ``deposit``          the asset that is a bank deposit, -1 = none; ``deposit_rates`` what it earns
    ``settle_year``      (T, A) calendar year in which an order of the session settles
    ``year``             (T,) calendar year of the session
    ``offset_dividends`` a year's net loss is first set against its taxed dividends
    ``counterfactual``   each rule that did not exist at some time of the run
    ``assumptions``      for the report: rule set, broker profile with date, options
    """

    buckets: tuple[str, ...]
    kind: Ints
    route: Ints
    route_once: Ints
    sell_order: Ints
    annual_limit: Floats
    lifetime_limit: Floats
    shares_lifetime: Mask
    shared_lifetime: float
    restores: Mask
    term: Ints
    commission_free: Mask
    recurring_only: Mask
    national: Floats
    local: Floats
    exempt: Floats
    minimum_rate: Floats
    ordinary_rate: Floats
    liquidation_years: int
    source_tax: Floats
    commission_rate: Floats
    commission_min: Floats
    commission_cap: Floats
    fx_spread: Floats
    tax_spread: Floats
    lot: Floats
    settle_year: Ints
    year: Ints
    first_year: int
    overflow: Overflow
    offset_dividends: bool
    interest_national: Floats
    interest_local: Floats
    lowers_foreign: Mask
    foreign_tax: Floats
    turn: Ints
    deposit: int = -1
    deposit_rates: DepositRates = field(default_factory=usual_rates)
    counterfactual: tuple[Counterfactual, ...] = ()
    assumptions: tuple[Message, ...] = ()

    @property
    def taxable_first(self) -> Ints:
        """(B,) bucket numbers in the order in which sales that spare NISA go."""
        return sale_order(self.kind, nisa_first=False)

    @property
    def nisa_first(self) -> Ints:
        """(B,) bucket numbers in the order in which sales that spare the other account go."""
        return sale_order(self.kind, nisa_first=True)


def sale_order(kind: Ints, *, nisa_first: bool) -> Ints:
    """Taxable before or after the frames; the frames backwards, so that the oldest scheme is sold last."""
    outside, inside = np.flatnonzero(kind != BucketKind.NISA), np.flatnonzero(kind == BucketKind.NISA)[::-1]
    return np.concatenate([inside, outside] if nisa_first else [outside, inside])
