"""Columns of the files of results: their names for programs, their headings for people, and what they mean.

A file for programs (parquet, JSON) has the same names in every language. A CSV is for people: its first line is in
the language of the command that wrote it, and whoever of this program reads it back takes every language's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.locale import Locale, languages
from engine.messages import Message, message
from engine.metrics import METRICS

STATISTICS = ("median", "p5", "p25", "p75", "p95", "worst")  # of a measure over windows: MEASURE_STATISTIC
CORE = "core_"  # before a measure: that of the core alone


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, which its file's headings are texts for, its unit, its meaning and sign."""

    name: Message
    unit: Message
    meaning: Message


DAY = message("date", context="unit")
TEXT = message("text", context="unit")
MONEY = message("base currency", context="unit")
ASSET_MONEY = message("the asset's currency", context="unit")
FUND_MONEY = message("the fund's currency", context="unit")
RATE = message("exchange rate", context="unit")
FRACTION = message("fraction (0.1 is 10 %)", context="unit")
NUMBER = message("number", context="unit")
COUNT = message("whole number", context="unit")
YEARS = message("years", context="unit")
YEAR = message("year", context="unit")
FLAG = message("0 or 1", context="unit")
# The units of metrics, by their kind.
UNITS: Mapping[str, Message] = {
    "money": MONEY, "percent": FRACTION, "number": NUMBER, "times": NUMBER, "years": YEARS, "count": COUNT,
    "days": COUNT, "date": DAY,
}  # fmt: skip

# fmt: off
FILES: Mapping[str, tuple[Column, ...]] = {
    "transactions.csv": (
        Column(message("date", context="transactions.csv"), DAY,
               message("The session of the movement", context="meaning")),
        Column(message("settlement", context="transactions.csv"), DAY,
               message("When it settles: the year of its quota and its tax", context="meaning")),
        Column(message("account", context="transactions.csv"), TEXT,
               message("The account or NISA frame, empty where it is none of them", context="meaning")),
        Column(message("asset", context="transactions.csv"), TEXT,
               message("Symbol of the asset, empty where money alone moves", context="meaning")),
        Column(message("kind", context="transactions.csv"), TEXT,
               message("What happened: deposit, buy, sell, dividend, source_tax, dividend_tax, tax and others",
                       context="meaning")),
        Column(message("units", context="transactions.csv"), NUMBER,
               message("Units bought (above zero) or sold (below zero)", context="meaning")),
        Column(message("price", context="transactions.csv"), ASSET_MONEY,
               message("Price of one unit", context="meaning")),
        Column(message("fx", context="transactions.csv"), RATE,
               message("Base currency for one unit of the asset's currency", context="meaning")),
        Column(message("amount", context="transactions.csv"), MONEY,
               message("Cash that came in (above zero) or went out (below zero), costs included",
                       context="meaning")),
        Column(message("cost", context="transactions.csv"), MONEY,
               message("Commission and currency spread, inside the amount", context="meaning")),
        Column(message("cash_after", context="transactions.csv"), MONEY,
               message("Cash after the movement", context="meaning")),
    ),
    "years.csv": (
        Column(message("year", context="years.csv"), YEAR,
               message("Calendar year", context="meaning")),
        Column(message("contributed", context="years.csv"), MONEY,
               message("Paid in during the year", context="meaning")),
        Column(message("withdrawn", context="years.csv"), MONEY,
               message("Taken out during the year, at or above zero", context="meaning")),
        Column(message("dividends", context="years.csv"), MONEY,
               message("Dividends before any tax", context="meaning")),
        Column(message("dividend_tax", context="years.csv"), MONEY,
               message("Tax on dividends here and abroad, at or above zero", context="meaning")),
        Column(message("tax", context="years.csv"), MONEY,
               message("Tax on gains; below zero where it was given back", context="meaning")),
        Column(message("cost", context="years.csv"), MONEY,
               message("Commissions and currency spreads, at or above zero", context="meaning")),
        Column(message("value", context="years.csv"), MONEY,
               message("Value at the last session of the year", context="meaning")),
        Column(message("twr", context="years.csv"), FRACTION,
               message("Time-weighted return of the year, empty without money", context="meaning")),
        Column(message("full", context="years.csv"), FLAG,
               message("1 where the whole year was simulated with money, else 0", context="meaning")),
    ),
    "quota.csv": (
        Column(message("year", context="quota.csv"), YEAR,
               message("Calendar year", context="meaning")),
        Column(message("frame", context="quota.csv"), TEXT,
               message("NISA frame: T tsumitate, G growth, old_general, old_tsumitate", context="meaning")),
        Column(message("limit", context="quota.csv"), MONEY,
               message("Annual limit", context="meaning")),
        Column(message("used", context="quota.csv"), MONEY,
               message("Acquisition cost that used the frame", context="meaning")),
        Column(message("given_back", context="quota.csv"), MONEY,
               message("Acquisition cost sold, which comes back to the lifetime limit next year",
                       context="meaning")),
        Column(message("lifetime_left", context="quota.csv"), MONEY,
               message("What the lifetime limit leaves, empty where there is none", context="meaning")),
        Column(message("lapsed", context="quota.csv"), MONEY,
               message("Annual limit that was not used", context="meaning")),
    ),
    "equity.parquet": (
        Column(message("date", context="equity.parquet"), DAY,
               message("Session", context="meaning")),
        Column(message("value", context="equity.parquet"), MONEY,
               message("Value at the close, cash included", context="meaning")),
        Column(message("contributed", context="equity.parquet"), MONEY,
               message("Paid in so far", context="meaning")),
        Column(message("withdrawn", context="equity.parquet"), MONEY,
               message("Taken out so far, at or above zero", context="meaning")),
        Column(message("flow", context="equity.parquet"), MONEY,
               message("Paid in (above zero) or taken out (below zero) at this close", context="meaning")),
        Column(message("cash", context="equity.parquet"), MONEY,
               message("Cash, what waits to be invested included", context="meaning")),
        Column(message("twr", context="equity.parquet"), NUMBER,
               message("Time-weighted index, 1 before the first session", context="meaning")),
        Column(message("usdjpy", context="equity.parquet"), RATE,
               message("Yen for one dollar", context="meaning")),
    ),
    "windows.csv": (
        Column(message("window", context="windows.csv"), COUNT,
               message("Number of the window, from 0", context="meaning")),
        Column(message("cell", context="windows.csv"), COUNT,
               message("Number of the setting, from 0", context="meaning")),
        Column(message("strategy", context="windows.csv"), TEXT,
               message("Name of the plan", context="meaning")),
        Column(message("horizon", context="windows.csv"), YEARS,
               message("Length of the window", context="meaning")),
        Column(message("start", context="windows.csv"), DAY,
               message("First day of the window", context="meaning")),
        Column(message("end", context="windows.csv"), DAY,
               message("Last day of the window", context="meaning")),
    ),
    "paired.csv": (
        Column(message("strategy", context="paired.csv"), TEXT,
               message("The plan that is compared", context="meaning")),
        Column(message("against", context="paired.csv"), TEXT,
               message("The plan it is compared with, the first of the study", context="meaning")),
        Column(message("horizon", context="paired.csv"), YEARS,
               message("Length of the windows", context="meaning")),
        Column(message("windows", context="paired.csv"), COUNT,
               message("Windows of that length", context="meaning")),
        Column(message("compared", context="paired.csv"), COUNT,
               message("Windows in which both values exist and can be compared", context="meaning")),
        Column(message("better", context="paired.csv"), FRACTION,
               message("Share of the windows in which more was left", context="meaning")),
        Column(message("same", context="paired.csv"), FRACTION,
               message("Share of the windows in which as much was left", context="meaning")),
        Column(message("ratio", context="paired.csv"), FRACTION,
               message("Median of final value over final value, less 1", context="meaning")),
        Column(message("low", context="paired.csv"), FRACTION,
               message("5 % quantile of it", context="meaning")),
        Column(message("high", context="paired.csv"), FRACTION,
               message("95 % quantile of it", context="meaning")),
        Column(message("mean", context="paired.csv"), FRACTION,
               message("Mean of it", context="meaning")),
        Column(message("half_width", context="paired.csv"), FRACTION,
               message("Half the width of the 95 % interval of the mean, empty where it is unknown",
                       context="meaning")),
        Column(message("independent", context="paired.csv"), COUNT,
               message("Windows that share no day", context="meaning")),
        Column(message("xirr_difference", context="paired.csv"), FRACTION,
               message("Mean difference of the XIRR", context="meaning")),
    ),
    "limits.csv": (
        Column(message("world", context="limits.csv"), TEXT,
               message("history: every start month; futures: drawn ones", context="meaning")),
        Column(message("years", context="limits.csv"), YEARS,
               message("How long the money must last", context="meaning")),
        Column(message("share", context="limits.csv"), FRACTION,
               message("Share of the simulations that may fail", context="meaning")),
        Column(message("simulations", context="limits.csv"), COUNT,
               message("How many there are", context="meaning")),
        Column(message("independent", context="limits.csv"), COUNT,
               message("Of these, how many share no day", context="meaning")),
        Column(message("value", context="limits.csv"), MONEY,
               message("The last value at which no more fail: an amount, a pot, or years", context="meaning")),
        Column(message("failed", context="limits.csv"), COUNT,
               message("How many fail at it", context="meaning")),
        Column(message("beyond", context="limits.csv"), MONEY,
               message("The next value", context="meaning")),
        Column(message("failed_beyond", context="limits.csv"), COUNT,
               message("How many fail there", context="meaning")),
        Column(message("worst", context="limits.csv"), DAY,
               message("First day of a start that fails there, empty in futures", context="meaning")),
    ),
    "summary.csv": (
        Column(message("horizon", context="summary.csv"), YEARS,
               message("Length of the windows", context="meaning")),
        Column(message("windows", context="summary.csv"), COUNT,
               message("Windows of that length", context="meaning")),
        Column(message("independent", context="summary.csv"), COUNT,
               message("Windows that share no day", context="meaning")),
        Column(message("ran_out", context="summary.csv"), FRACTION,
               message("Share of the windows in which the money ran out", context="meaning")),
        Column(message("ran_out_low", context="summary.csv"), FRACTION,
               message("Lower end of its 95 % interval", context="meaning")),
        Column(message("ran_out_high", context="summary.csv"), FRACTION,
               message("Upper end of its 95 % interval", context="meaning")),
        Column(message("years_lasted_median", context="summary.csv"), YEARS,
               message("Median of the years the money lasted, where it ran out", context="meaning")),
        Column(message("years_lasted_shortest", context="summary.csv"), YEARS,
               message("Shortest of them", context="meaning")),
        Column(message("years_lasted_p10", context="summary.csv"), YEARS,
               message("10 % quantile of them", context="meaning")),
        Column(message("years_lasted_p90", context="summary.csv"), YEARS,
               message("90 % quantile of them", context="meaning")),
        Column(message("unpaid_median", context="summary.csv"), MONEY,
               message("Median of what was not paid, where it ran out", context="meaning")),
        Column(message("beat_core", context="summary.csv"), FRACTION,
               message("Share of the windows that ended above the core alone", context="meaning")),
        Column(message("below_principal", context="summary.csv"), FRACTION,
               message("Share of the windows that ended below the money paid in", context="meaning")),
    ),
    "survival.csv": (
        Column(message("strategy", context="survival.csv"), TEXT,
               message("Name of the plan", context="meaning")),
        Column(message("horizon", context="survival.csv"), YEARS,
               message("Length of the windows", context="meaning")),
        Column(message("year", context="survival.csv"), YEARS,
               message("Years since the start of a window", context="meaning")),
        Column(message("with_money", context="survival.csv"), FRACTION,
               message("Share of the windows that still have money then", context="meaning")),
        Column(message("ran_out_in_year", context="survival.csv"), FRACTION,
               message("Share of the windows whose money ran out in the year that ends then", context="meaning")),
    ),
    "ranking.csv": (
        Column(message("place", context="ranking.csv"), COUNT,
               message("Place, 1 is the best", context="meaning")),
        Column(message("plateau", context="ranking.csv"), FLAG,
               message("1 where the setting cannot be told from the best, else 0", context="meaning")),
    ),
    "months.csv": (
        Column(message("symbol", context="months.csv"), TEXT,
               message("Symbol of the fund", context="meaning")),
        Column(message("month", context="months.csv"), DAY,
               message("Last day of the month", context="meaning")),
        Column(message("flow", context="months.csv"), FUND_MONEY,
               message("Net flow of the month: in above zero, out below zero", context="meaning")),
        Column(message("assets", context="months.csv"), FUND_MONEY,
               message("Net assets at the end of the month before", context="meaning")),
        Column(message("flow_to_assets", context="months.csv"), FRACTION,
               message("Net flow over the net assets", context="meaning")),
        Column(message("flow_to_volatility", context="months.csv"), NUMBER,
               message("Net flow over the standard deviation of the flows before it", context="meaning")),
        Column(message("fifth", context="months.csv"), COUNT,
               message("Fifth of the months by flow, 1 the largest outflow, 5 the largest inflow",
                       context="meaning")),
        Column(message("level", context="months.csv"), NUMBER,
               message("Total-return level of the fund at the month's end", context="meaning")),
    ),
    "lags.csv": (
        Column(message("symbol", context="lags.csv"), TEXT,
               message("Symbol of the fund", context="meaning")),
        Column(message("months", context="lags.csv"), COUNT,
               message("Months by which the return follows the flow, below zero: goes before it",
                       context="meaning")),
        Column(message("correlation", context="lags.csv"), NUMBER,
               message("Spearman's rank correlation", context="meaning")),
        Column(message("low", context="lags.csv"), NUMBER,
               message("Lower end of the 95 % interval of the correlation", context="meaning")),
        Column(message("high", context="lags.csv"), NUMBER,
               message("Upper end of the 95 % interval of the correlation", context="meaning")),
        Column(message("pairs", context="lags.csv"), COUNT,
               message("Months that were compared", context="meaning")),
    ),
    "events.csv": (
        Column(message("symbol", context="events.csv"), TEXT,
               message("Symbol of the fund", context="meaning")),
        Column(message("group", context="events.csv"), TEXT,
               message("Months of the largest inflow or outflow", context="meaning")),
        Column(message("side", context="events.csv"), TEXT,
               message("Before, during or after the month", context="meaning")),
        Column(message("months", context="events.csv"), COUNT,
               message("Months over which the return counts", context="meaning")),
        Column(message("n", context="events.csv"), COUNT,
               message("Months of the group", context="meaning")),
        Column(message("mean", context="events.csv"), FRACTION,
               message("Mean return", context="meaning")),
        Column(message("median", context="events.csv"), FRACTION,
               message("Median return", context="meaning")),
        Column(message("all_n", context="events.csv"), COUNT,
               message("All months", context="meaning")),
        Column(message("all_mean", context="events.csv"), FRACTION,
               message("Mean return of all months", context="meaning")),
        Column(message("difference", context="events.csv"), FRACTION,
               message("Mean of the group less that of all months", context="meaning")),
        Column(message("low", context="events.csv"), FRACTION,
               message("Lower end of the 95 % interval of that difference", context="meaning")),
        Column(message("high", context="events.csv"), FRACTION,
               message("Upper end of it", context="meaning")),
    ),
}
# fmt: on
FILES = {**FILES, "ranking.csv": (*FILES["ranking.csv"], *FILES["summary.csv"])}


def headings(file: str, names: Sequence[str], locale: Locale) -> list[str]:
    """The first line of a CSV ``file`` whose columns are ``names``, in a language.

    Two that would read alike keep their names: no column is ever lost.
    """
    told = [heading(file, name, locale) for name in names]
    return [text if told.count(text) == 1 else name for text, name in zip(told, names)]


def heading(file: str, name: str, locale: Locale) -> str:
    """A column's heading; its name where the language has none for it, or writes names (English)."""
    joint = locale.heading_joint
    measure, _, statistic = name.rpartition("_")
    if not joint:
        return name
    for column in FILES.get(file, ()):
        if column.name.id == name:
            return column.name.translate(locale)
    if name in METRICS:
        return locale(name)
    if name.startswith(CORE):
        return locale("audit_core") + joint + heading(file, name.removeprefix(CORE), locale)
    if measure in METRICS and statistic in (*STATISTICS, "known"):
        return locale(measure) + joint + locale(statistic)
    return locale(f"axis_{name}") if locale.has(f"axis_{name}") else name


def names_of(file: str, first_line: Sequence[str]) -> list[str]:
    """The names of the columns whose headings are given, in whatever language; an unknown one is its own name."""
    if {column.name.id for column in FILES.get(file, ())}.issuperset(first_line):
        return [*first_line]  # names already: no catalogue need be read
    known = {
        heading(file, name, Locale(lang)): name for lang in languages() for name in reversed([*_names(file)])
    }
    return [known.get(text, text) for text in first_line]


def _names(file: str) -> Iterator[str]:
    """Every name that a column of a file may have, but those of a person's own axes."""
    yield from (column.name.id for column in FILES.get(file, ()))
    for measure in METRICS:
        yield from (measure, f"{CORE}{measure}", *(f"{measure}_{each}" for each in (*STATISTICS, "known")))
