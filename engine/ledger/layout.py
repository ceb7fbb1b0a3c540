"""Where the numbers of a block of lives stand: names for rows, columns and flags.

A block is ``LANES`` lives in step. Its state is ``S``, (rows, LANES): one row a quantity, one column a life.
The first ``HEAD`` rows are the life's own; then follow, for B buckets and A assets, the frame rows, the
earmarks, units, acquisition costs, and (only where a frame has a tax-free term) units by purchase year.

What the lives share stands in three plain float arrays, because compiled functions take few arrays much
faster (to compile and to call) than many:

``market``  (T, 5 A + 2): DIVIDEND, PRICE, MID, BASE, SETTLE of every asset, then the year and the day
``law``     one row an asset, then one a bucket, then one a year: see the columns below
``rule``    (RULES,): single numbers of the law and of the plan
"""

from __future__ import annotations

LANES = 64  # lives in a block: a few SIMD vectors wide, small enough that what a day needs of it stays in L1
BELOW = 1.0 - 1e-12  # a share of the principal this close to one is not below it
LINE = 8  # doubles in a cache line: rows begin on one, because a SIMD load across two of them takes twice as long

# Rows of S, the life's own
CASH, RESERVE, CONTRIBUTED, WITHDRAWN, COST, TAX, DIVIDEND_TAX = 0, 1, 2, 3, 4, 5, 6
IDLE = 7  # sum of cash over sessions
ARRIVED = 8  # 1 where new cash has arrived in this session
REFUND = 9  # of tax on gains, for carried losses: waits for April
LOSS = 10  # three rows: losses of Y-3, Y-2, Y-1, oldest first
GAIN = 13  # two rows by parity of the tax year: net gain so far
WITHHELD = 15  # two rows: tax withheld on it
DIVIDENDS = 17  # two rows: dividends that Japan taxed
DIVIDENDS_TAXED = 19  # two rows: Japanese tax on them
INTEREST = 21  # interest not yet noted in the records
FLOW = 22  # external flow of this session
ERROR = 23  # 1 where an invariant broke
ASKED, UNPAID = 24, 25  # sums of what withdrawals asked for, and of what they did not pay
SHORT_OF = 26  # what this session's withdrawal did not pay
DEPLETED = 27  # 1 + the session on which the money ran out; 0 where it never has
DIVIDEND_REFUND = 28  # of tax on dividends, for carried losses: waits for April
FIRST_RETURN = 29  # of the session of the first deposit: its costs alone
HEAD = 30

# Rows of a bucket's frame: bought and sold (book) by parity of the quota year, book in use
BOUGHT, SOLD, USED, FRAME = 0, 2, 4, 5

COHORTS = 21  # purchase years kept apart in a frame with a term: 20 years and the one that settles next

# Columns of market, times A, plus the asset; YEAR and DAY follow at 5 A and 5 A + 1
DIVIDEND, PRICE, MID, BASE, SETTLE, MARKET = 0, 1, 2, 3, 4, 5

# Columns of law: an asset's row, then from ROUTE on the buckets it may be bought in (-1 = no more)
RATE, MINIMUM, CAP, SPREAD, TAX_SPREAD, WHOLE, SOURCE_TAX, ROUTE = 0, 1, 2, 3, 4, 5, 6, 7
# a bucket's row; SELL_ORDER of row i is the i-th bucket to sell from
KIND, FREE, SHARED, RESTORES, TERM, LIFETIME, SELL_ORDER = 0, 1, 2, 3, 4, 5, 6
# a year's row, then from ANNUAL on each bucket's annual limit
NATIONAL, LOCAL, ANNUAL = 0, 1, 2
PLAIN, TAXABLE, NISA = 0.0, 1.0, 2.0

# Entries of rule
N_ASSETS, N_BUCKETS, FIRST_YEAR, SHARED_LIFETIME, OVERFLOW, OFFSET = 0, 1, 2, 3, 4, 5
WHOLE_YEN = 6  # 1 where the base currency is yen: what a person receives is whole
POLICY, BAND_WIDTH, BAND_RELATIVE, NEW_MONEY_FIRST, REINVEST, IDLE_YIELD, RULES = 7, 8, 9, 10, 11, 12, 13

# Columns of flows (T, 5) of a plan
P_DEPOSIT, P_RELEASE, P_WITHDRAWAL, P_SHARE, P_TARGET, PLAN = 0, 1, 2, 3, 4, 5

# Flags of a session
ON_DIVIDEND, ON_FLOW, ON_REBALANCE, ON_NEW_YEAR, ON_APRIL, ON_YEAR_END = 1, 2, 4, 8, 16, 32

# Kinds of records (floats, so that the compiler makes one function of all of them)
DEPOSIT, WITHDRAWAL, INTEREST_PAID, DIVIDEND_PAID, SOURCE_TAX_PAID, DIVIDEND_TAX_PAID = (
    0.0,
    1.0,
    2.0,
    3.0,
    4.0,
    5.0,
)
BUY, SELL, TAX_PAID, TAX_REFUND, TRANSFER_OUT, TRANSFER_IN, QUOTA_YEAR = 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0
KINDS = (
    "deposit",
    "withdrawal",
    "interest",
    "dividend",
    "source_tax",
    "dividend_tax",
    "buy",
    "sell",
    "tax",
    "tax_refund",
    "transfer_out",
    "transfer_in",
    "quota_year",
)
NOWHERE = -1.0  # no bucket, no asset

# Columns of book, the records; its first row only counts the others. A QUOTA_YEAR row holds the year,
# the kind, the bucket, then limit, used, given back and lifetime room left.
AT, WHAT, BUCKET, ASSET, UNITS, AMOUNT, PAID, CASH_AFTER, BOOK = 0, 1, 2, 3, 4, 5, 6, 7, 8
Q_LIMIT, Q_USED, Q_GIVEN, Q_LEFT = 3, 4, 5, 6

# Scratch of a block, flat rows of LANES: constant distances between rows let the compiler prove that loops over
# lives may be vectorised (what a loop chooses from must be loaded before it chooses, or it stays as it is).
# D, the daily statistics; D_VALUE has four rows, D_UNITS one an asset.
D_FLOW, D_CASH, D_BEFORE, D_FALL, D_WORST, D_SUM, D_SQUARES, D_BELOW = 0, 1, 2, 3, 4, 5, 6, 7
D_PRINCIPAL, D_BASE, D_INDEX, D_COUNT, D_DAYS, D_VALUE, D_UNITS = 8, 9, 10, 11, 12, 13, 17
# W of a trade: ORDER is what is sold (units) or spent (money) of one asset; VALUES has two rows an asset
PROCEEDS, FREE_CASH, TOTAL, SHORT, MARKED, NEED, ORDER, COUNT, FEES, MODE = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
WANTED, EXCESS, VALUES = 10, 11, 12
# W of the search for rates
FINAL, MOVED, GAP, SLOPE, X, RATE_ROWS = 0, 1, 2, 3, 4, 5

# A row of flows: the block's, then the years from that day to the end, and the day; it ends with a cache line
FLOW_YEARS, FLOW_DAY, FLOW_ROW = LANES, LANES + 1, LANES + LINE

# The statistics of a life, in the order of the columns of ``out``. Sessions without money are in none of them:
# ``return_count`` counts sessions with a return, ``days`` the calendar days over which there was money.
# ``depleted`` is the session (index) on which the money ran out, ``lasted`` the calendar days from the first
# deposit to it (NaN: it never did); ``wanted`` and ``unpaid`` are sums over all withdrawals. ``first_return`` is
# that of the session of the first deposit.
STATS = (
    "final_value",
    "liquidation_value",
    "contributed",
    "withdrawn",
    "cost_paid",
    "tax_paid",
    "dividend_tax_paid",
    "idle_cash_average",
    "twr_index",
    "max_drawdown",
    "return_sum",
    "return_square_sum",
    "return_count",
    "days_below_principal",
    "xirr",
    "error",
    "days",
    "depleted",
    "lasted",
    "wanted",
    "unpaid",
    "first_return",
)


def state_rows(buckets: int, assets: int, has_term: bool) -> int:
    """How many rows S has."""
    rows = HEAD + FRAME * buckets + assets + 2 * buckets * assets
    return rows + buckets * assets * COHORTS if has_term else rows
