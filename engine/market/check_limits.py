"""Every limit of the checks, in one table; docs/data.md explains each where its rule stands.

They were set on 14 US series from 1988 to 2026, so that true prices, crises included, raise nothing that stops
a run or stands in its banner; the mutants of tests/mutation/data_mutants.py count what they let through.
"""

from __future__ import annotations

# Prices
LEAST, MOST = 1e-6, 1e9  # of a price, a payout or a rate: beyond it amounts are no longer exact to the yen
DEAREST = 5_000.0  # dollars for a US ETF of the registry: the dearest costs some 700, over 50,000 yen
JUMP = 0.25  # change of one session that no broad fund has made (19 October 1987 was -20.5 %)
JUMP_WEEKLY, JUMP_MONTHLY = 0.35, 0.45  # of one week, one month
REVERSAL_NOTE, REVERSAL_FATAL = 0.04, 0.08  # a move taken back at once, REVERSAL_SIGMAS times the usual one
REVERSAL_SIGMAS = 10.0  # (a bond fund really did -6.8 % and back in October 2008: a note)
TAKEN_BACK = 0.25  # share of a reversed move that may remain after two sessions
STEP_SIGMAS, STEP_SIZE, STEP_AFTER = 12.0, 0.03, 2.0  # a step out of calm: calm again within 10 sessions
LIKE_SIGMAS = 6.0  # of a step that is within 1.5 % of a small split
STALE_NOTE, STALE_FATAL = 5, 10  # equal closes in a row
STILL = 0.0005  # usual change of a price that may stand still: a money or short-bond fund, of a yen in 10,000
PEER_DEVIATION = 0.006
SECOND_OPINION = 0.004  # of one session's move, by which two vendors of one fund's closes may differ

# Days
GAPS_FATAL, GAPS_WINDOW = 5, 60  # more missing sessions than this within so many sessions
FEW_ROWS = (
    60  # a series outside New York shorter than this has no rhythm to break: its holes stand in the banner
)
MADE_UP = 0.1  # share of rows after today from which on they are no misprints, but somebody's own
LONGEST_STEP = 14  # days between two rows of a daily series whose calendar is its own
OTHER_DAYS = 3.0  # rows a year on days without trading, from which on the days are another calendar's
ANOTHER_CALENDAR = 0.05  # share of rows that are no session of a calendar, which is then not the series' own
CALENDAR_DAYS = 0.05  # share of rows on weekends from which on a series has a row for every day

# Payouts and adjusted closes
ADJUSTED_NOTE = 0.002  # disagreement of one session
CONTRADICTION_BANNER, CONTRADICTION_FATAL = 0.002, 0.01  # total return over the period, closes and payouts
#                                                           against adjusted closes, at their furthest apart
LARGE_PAYOUT = 0.15  # of the price, on one day
MANY_PAYOUTS = 14  # a year; a fund pays twelve times at most, and one more at the year's end

# Exchange rates, against the ECB's fixings
FX_REVERSAL = 0.05
FX_TOLERANCE = 0.02
INVERSE = (0.5, 2.0)  # a rate times the true one: it is the other way round
HUNDREDFOLD = (80.0, 125.0)  # cents or pence for whole units, of a price or a rate
MISPRINTS = 0.05  # share of days beyond the tolerance from which on it is no misprint
FX_FOLLOWS = 20  # sessions in a row that a rate follows the fixings: it is the market's, and wrong elsewhere

# Moves of one series that are those of another of its market a session apart. Of every two of 13 ETFs of New York
# that correlation was at most 0.33 in any 250 sessions; with one of two stock funds dated a session off, over 0.5.
SHIFT_WINDOW = 250  # sessions
SHIFT_LEAST, SHIFT_MORE = 0.5, 0.3  # correlation a session apart, and how far above that of the same session
