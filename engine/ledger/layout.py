"""Where the kernel's numbers stand: names for the rows and columns of its arrays.

The kernel simulates a block of ``LANES`` simulations in step: one column each of three arrays of rows,

``state``    STATE, then for B buckets and A assets the rows of FRAME, earmarks, units, acquisition costs,
             (only where a frame has a tax-free term) units by purchase year, and MEMORY of each taking:
             engine/ledger/lookup.py says where
``stats``    DAILY, the statistics of every session; the last row but for DAILY.UNITS is one of A
``scratch``  SCRATCH of a trade, the last rows two of A; RATES of the search for rates of return

What all of them share stands in plain float arrays:

``market``      (T, 5 A + 2): MARKET of every asset, then the year and the day (since 1970); behind them, in a plan
             of two clocks, what a unit of every asset is decided on (A), and where there is a deposit what one
             yen in it has earned since the first session, and 1 where its interest is paid (2)
``terms``       law and costs, one row an asset (ASSET), then one a bucket (BUCKET), then one a year (YEAR)
``parameters``  PARAMETER: single numbers of the law and of the plan; then RULE of each taking
``plan``        (T, PLAN + TAKING of each taking): what the investor does on each session
``targets``     (R, A, K): rows of target weights, a column a simulation

Compiled code takes every one of these names as a number.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

LANES = 64  # a few SIMD vectors wide, small enough that what a day needs of a block stays in L1
LINE = 8  # doubles in a cache line: rows begin on one, because a SIMD load across two of them takes twice as long
NEAR = 1e-7  # yen: 362,999.999 999 99 means 363,000
NEAR_UNITS = 1e-9  # a quotient this close to a whole number of units is that number
DUST = 1e-9  # of a whole: a part below it is rounding noise and makes no trade
BELOW = 1.0 - 1e-12  # a share of the principal this close to one is not below it


class STATE(IntEnum):
    """Rows of ``state``: the simulation's own."""

    CASH = 0
    RESERVE = 1  # of the cash: arrived, and not yet released for investing
    CONTRIBUTED = 2
    WITHDRAWN = 3
    COST = 4  # commissions and currency spreads paid
    TAX = 5  # on gains
    DIVIDEND_TAX = 6  # at source and in Japan
    IDLE = 7  # sum of cash over sessions
    ARRIVED = 8  # 1 where new cash has arrived in this session
    REFUND = 9  # of tax on gains, for carried losses: waits for April
    LOSS = 10  # three rows: losses of the years Y-3, Y-2, Y-1, the oldest first
    GAIN = 13  # two rows by parity of the tax year: net gain so far
    WITHHELD = 15  # two rows: tax withheld on it
    DIVIDENDS = 17  # two rows: dividends that Japan taxed
    DIVIDENDS_TAXED = 19  # two rows: Japanese tax on them
    INTEREST = 21  # not yet in the journal
    FLOW = 22  # external flow of this session
    ERROR = 23  # 1 where an invariant broke
    WANTED = 24  # sum of what withdrawals asked for
    UNPAID = 25  # and of what they did not get
    SHORT_OF = 26  # what this session's withdrawal did not get
    DEPLETED = 27  # 1 + the session on which the money ran out; 0 where it never has
    DIVIDEND_REFUND = 28  # of tax on dividends, for carried losses: waits for April
    FIRST_RETURN = 29  # of the session of the first deposit: its costs alone
    ACCRUED = 30  # interest of the deposit that is not paid yet


HEAD = 31  # rows of STATE


class FRAME(IntEnum):
    """Rows of ``state`` of each bucket that is a NISA frame, in book values (what was paid for the units).

    Two quota years are open at a time, because orders of the last days of a year settle in the next: their
    rows are told apart by parity.
    """

    BOUGHT = 0
    SOLD = 2
    USED = 4  # of the lifetime limit


FRAME_ROWS = 5
COHORTS = 21  # purchase years kept apart in a frame with a term: 20 years and the one that settles next


class MEMORY(IntEnum):
    """Rows of ``state`` of each taking: what it must know of itself."""

    AMOUNT = 0  # of this year of payments
    BASIS = 1  # what everything was worth at the last look, with what came and without what went since
    REST = 2  # of two clocks, between the turns of a session: what New York is still to pay
    TAXED = 3  # and the tax that Tokyo's sales for it paid


MEMORY_ROWS = len(MEMORY)


class MARKET(IntEnum):
    """Columns of ``market``, times A, plus the asset; the year and the day follow at 5 A and 5 A + 1."""

    DIVIDEND = 0
    PRICE = 1
    MID = 2  # base units per unit of the asset's currency
    BASE_PRICE = 3  # price times mid
    SETTLEMENT_YEAR = 4  # calendar year in which an order of the session settles


MARKET_COLUMNS = len(MARKET)
CALENDAR = 2  # columns of ``market`` behind those: the year and the day


class ASSET(IntEnum):
    """Columns of an asset's row of ``terms``, fields of Terms; from ROUTE on buckets that may take it, then -1."""

    COMMISSION_RATE = 0
    COMMISSION_MIN = 1
    COMMISSION_CAP = 2
    FX_SPREAD = 3
    TAX_SPREAD = 4
    LOT = 5  # units that are traded together; 0 = by amount
    SOURCE_TAX = 6
    FOREIGN_TAX = 7  # withheld inside the fund, of what it was before: Japan's tax is lowered by it
    TURN = 8  # 0 = traded at Tokyo's close, 1 = after it, in New York
    ROUTE = 9


class BUCKET(IntEnum):
    """Columns of a bucket's row of ``terms``, fields of Terms."""

    KIND = 0  # a BucketKind
    COMMISSION_FREE = 1
    SHARES_LIFETIME = 2
    RESTORES = 3
    TERM = 4
    LIFETIME_LIMIT = 5
    SELL_ORDER = 6  # of row i: the i-th bucket to sell from
    RECURRING_ONLY = 7
    TAXABLE_FIRST = 8  # the order of sales in the two ways that a taking may ask for
    NISA_FIRST = 9


class YEAR(IntEnum):
    """Columns of a year's row of ``terms``; from ANNUAL_LIMIT on one of each bucket."""

    NATIONAL = 0
    LOCAL = 1
    INTEREST_NATIONAL = 2  # on interest of a deposit
    INTEREST_LOCAL = 3
    LOWERS_FOREIGN = 4  # 1 where the tax on a distribution is lowered by FOREIGN_TAX
    EXEMPT = 5  # yen of a year's income on which no minimum tax is due
    MINIMUM_RATE = 6
    ORDINARY_RATE = 7  # of the regular income tax that it is measured against
    ANNUAL_LIMIT = 8


class PARAMETER(IntEnum):
    """Entries of ``parameters``: the law's, then from POLICY on fields of Plan."""

    ASSETS = 0
    BUCKETS = 1
    FIRST_YEAR = 2
    SHARED_LIFETIME = 3
    OVERFLOW = 4  # an Overflow
    OFFSET_DIVIDENDS = 5
    WHOLE_YEN = 6  # 1 where the base currency is yen: what a person receives is whole
    TWO_CLOCKS = 7  # 1 where decisions are made on other prices than those of the session
    DEPOSIT = 8  # the asset that is a bank deposit, -1 = none
    LIQUIDATION_YEARS = 9  # in how many parts everything is sold at the end
    POLICY = 10  # a Policy
    BAND_WIDTH = 11
    BAND_RELATIVE = 12
    NEW_MONEY_FIRST = 13
    REINVEST_DIVIDENDS = 14
    IDLE_YIELD = 15
    TRANSFER_ORDER = 16  # a TransferOrder
    TRANSFER_MOST = 17  # yen that the transfers of a session may buy
    TAKING_COUNT = 18


class RULE(IntEnum):
    """Entries of ``parameters`` of each taking, fields of Taking."""

    MEMORY = 0  # a Memory
    ORDER = 1  # a SaleOrder
    GROSS = 2
    RATE = 3
    FLOOR = 4
    CEILING = 5
    CUT = 6
    RISE = 7


class TAKING(IntEnum):
    """Columns of ``plan`` of each taking, fields of Taking."""

    AMOUNT = 0
    SHARE = 1
    GROWTH = 2
    SPARED = 3


class PLAN(IntEnum):
    """Columns of ``plan``, fields of Plan."""

    DEPOSIT = 0
    RELEASE = 1
    WITHDRAWAL = 2
    WITHDRAWAL_SHARE = 3
    TARGET_ROW = 4
    KEPT_ROOM = 5


# Where the rules and columns of the takings begin, and how many each has
RULES_AT, RULES, TAKINGS_AT, TAKING_COLUMNS = len(PARAMETER), len(RULE), len(PLAN), len(TAKING)


class EVENT(IntEnum):
    """What a session's flag is made of."""

    DIVIDEND = 1
    FLOW = 2
    REBALANCE = 4
    NEW_YEAR = 8
    APRIL = 16
    YEAR_END = 32
    TRANSFER = 64
    RESUME = 128  # of two clocks: the session after one of rebalancing


class MOVEMENT(IntEnum):
    """Kinds of rows of the journal."""

    DEPOSIT = 0
    WITHDRAWAL = 1
    INTEREST = 2
    DIVIDEND = 3
    SOURCE_TAX = 4
    DIVIDEND_TAX = 5
    BUY = 6
    SELL = 7
    TAX = 8
    TAX_REFUND = 9
    TRANSFER_OUT = 10
    TRANSFER_IN = 11
    QUOTA_YEAR = 12
    OPENING = 13  # what was there before the first session: cash, and units of each bucket and asset
    INTEREST_TAX = 14


class JOURNAL(IntEnum):
    """Columns of the journal; its first row only counts the others.

    A row of kind QUOTA_YEAR holds a NISA frame's year: from LIMIT on what may, was and may yet be bought.
    """

    SESSION = 0  # of a QUOTA_YEAR the year
    KIND = 1
    BUCKET = 2
    ASSET = 3
    UNITS = 4
    AMOUNT = 5
    COST = 6
    CASH_AFTER = 7
    LIMIT = 3
    USED = 4
    GIVEN_BACK = 5
    LIFETIME_LEFT = 6


NOWHERE = -1  # no bucket, no asset


class DAILY(IntEnum):
    """Rows of ``stats``."""

    FLOW = 0
    CASH = 1
    BEFORE = 2  # value at the close of the session before
    FALLEN = 3  # index over its peak so far: 1 at a peak
    DEEPEST = 4  # the least of it
    SUM = 5  # of daily returns
    SQUARES = 6  # of them
    BELOW = 7  # sessions below the principal
    PRINCIPAL = 8
    BASE = 9  # the time-weighted index is this times the value, between flows
    INDEX = 10
    COUNT = 11  # sessions with a return
    DAYS = 12  # calendar days with money
    UNCOUNTED = 13  # cash at the close of sessions without a return
    VALUE = 14  # four rows: of four sessions
    UNITS = 18  # of each asset


class SCRATCH(IntEnum):
    """Rows of ``scratch`` of a trade; from VALUES on every asset's value, then every asset's target weight."""

    PROCEEDS = 0
    FREE_CASH = 1
    TOTAL = 2
    SHORT = 3
    MARKED = 4
    NEED = 5
    ORDER = 6  # of one asset: what is sold (units) or spent (money)
    COUNT = 7
    FEES = 8
    MODE = 9
    WANTED = 10
    EXCESS = 11
    CHOSEN = 12  # of two clocks: 1 where a lane is rebalanced
    INVESTS = 13  # and 1 where its new cash is invested
    GROSS = 14  # what a taking asks for, whose sales' tax comes out of it
    TAXED = 15  # the tax paid before its sales
    THERE = 16  # of two clocks: what is held in New York
    LEFT = 17  # and the share of it that is left after what it is still to pay
    MOVES = 18  # yen that the transfers of a session may still buy
    VALUES = 19


class RATES(IntEnum):
    """Rows of ``scratch`` of the search for rates of return."""

    FINAL = 0
    MOVED = 1
    GAP = 2
    SLOPE = 3
    LOG_RATE = 4  # log(1 + rate)


# A row of external flows: the block's, then the years from that day to the end, and the day; a cache line ends it
FLOW_YEARS, FLOW_DAY, FLOW_ROW = LANES, LANES + 1, LANES + LINE


class STAT(IntEnum):
    """Columns of the statistics of a simulation.

    Sessions without money are in none of them: RETURN_COUNT counts sessions with a return, DAYS the calendar days
    over which there was money. DEPLETED is the session (index) on which the money ran out, LASTED the calendar
    days from the first deposit to it (NaN: it never did); WANTED and UNPAID are sums over all withdrawals.
    FIRST_RETURN is that of the session of the first deposit.
    """

    FINAL_VALUE = 0
    LIQUIDATION_VALUE = 1
    CONTRIBUTED = 2
    WITHDRAWN = 3
    COST_PAID = 4
    TAX_PAID = 5
    DIVIDEND_TAX_PAID = 6
    IDLE_CASH_AVERAGE = 7
    TWR_INDEX = 8
    MAX_DRAWDOWN = 9
    RETURN_SUM = 10
    RETURN_SQUARE_SUM = 11
    RETURN_COUNT = 12
    DAYS_BELOW_PRINCIPAL = 13
    XIRR = 14
    ERROR = 15
    DAYS = 16
    DEPLETED = 17
    LASTED = 18
    WANTED = 19
    UNPAID = 20
    FIRST_RETURN = 21


STATS = tuple(stat.name.lower() for stat in STAT)
KINDS = tuple(kind.name.lower() for kind in MOVEMENT)


class Context(NamedTuple):
    """What all simulations of a call share: prices, law, and how many assets, buckets and takings there are."""

    market: Any
    terms: Any
    parameters: Any
    assets: int
    buckets: int
    takings: int = 0


class Block(NamedTuple):
    """Simulations ``lane0`` .. ``lane0`` + ``lanes`` - 1 in step.

    ``journal`` has rows where a simulation alone writes down what it does, and none else.
    """

    state: Any
    stats: Any
    scratch: Any
    journal: Any
    lanes: int
    lane0: int


class Parts(NamedTuple):
    """``state`` of one simulation, (rows,), by what it holds: views that can be written to.

    ``own`` (HEAD,), ``frames`` (B, FRAME_ROWS), ``earmarks`` (A,), ``units`` and ``costs`` (B, A), ``cohorts``
    (B, A, COHORTS), or (B, A, 0) where no frame has a term, ``memory`` (takings, MEMORY).
    """

    own: Any
    frames: Any
    earmarks: Any
    units: Any
    costs: Any
    cohorts: Any
    memory: Any


def state_sizes(buckets: int, assets: int, has_term: bool, takings: int = 0) -> tuple[int, ...]:
    """How many rows of ``state`` each of its parts has: engine/ledger/lookup.py counts by the same."""
    pairs = buckets * assets
    cohorts = pairs * COHORTS if has_term else 0
    return HEAD, FRAME_ROWS * buckets, assets, pairs, pairs, cohorts, MEMORY_ROWS * takings


def state_rows(buckets: int, assets: int, has_term: bool, takings: int = 0) -> int:
    """How many rows ``state`` has."""
    return sum(state_sizes(buckets, assets, has_term, takings))


def parts_of(state: Any, buckets: int, assets: int, takings: int = 0) -> Parts:
    """The parts of one simulation's ``state`` (rows,)."""
    begin = 0
    found = []
    has_term = len(state) > state_rows(buckets, assets, False, takings)
    for size in state_sizes(buckets, assets, has_term, takings):
        found.append(state[begin : begin + size])
        begin += size
    own, frames, earmarks, units, costs, cohorts, memory = found
    return Parts(
        own,
        frames.reshape(buckets, FRAME_ROWS),
        earmarks,
        units.reshape(buckets, assets),
        costs.reshape(buckets, assets),
        cohorts.reshape(buckets, assets, COHORTS if len(cohorts) else 0),
        memory.reshape(takings, MEMORY_ROWS),
    )
