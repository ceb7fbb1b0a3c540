"""Faults of vendors that are known as facts (``data/known_faults.csv``): found, and corrected when asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from engine.bundled import table_rows
from engine.market.findings import Finding, figure, where
from engine.market.series import Series
from engine.messages import message

TOLERANCE = 0.05  # share of a dividend within which a vendor's figure counts as the right one
BAD_PRINT = 0.03  # distance from both neighbours
SAID = {
    "missing_dividend": message("known fault, missing dividend (Yahoo lacks this dividend), on"),
    "phantom_dividend": message(
        "known fault, phantom dividend (Yahoo shows a payout that was never made), on"
    ),
    "bad_print": message("known fault, bad print (of Yahoo's JPY=X), on"),
}


@dataclass(frozen=True)
class Fault:
    """``fault``: ``missing_dividend`` (of ``value``), ``phantom_dividend``, or ``bad_print`` of a rate."""

    symbol: str
    date: np.datetime64
    fault: str
    value: float


@cache
def known_faults() -> tuple[Fault, ...]:
    """The table; docs/data.md says of each what is right."""
    return tuple(
        Fault(row["symbol"], np.datetime64(row["date"], "D"), row["fault"], float(row["value"] or "nan"))
        for row in table_rows(Path(__file__).parent / "data" / "known_faults.csv")
    )


def check_known_faults(series: Series) -> Iterator[Finding]:
    """A note for each known fault that ``series`` still has."""
    for fault, at in _present(series):
        vendors = series.close if fault.fault == "bad_print" else series.dividend
        value = fault.value if fault.fault == "missing_dividend" else vendors[at]
        days, said = series.dates[at : at + 1], SAID[fault.fault]
        yield from where(f"known_{fault.fault}", series.symbol, "note", said, days, None, np.array([value]))


def correct(series: Series) -> Series:
    """``series`` without its known faults, each correction named in its notes; itself where it has none.

    A missing dividend is put in and a phantom one taken out, and the adjusted closes before it are scaled by
    1 − dividend ÷ close of the session before, as the vendor does. A bad print becomes NaN.
    """
    for fault, at in list(_present(series)):
        close, adjusted, paid = series.close.copy(), series.adj_close.copy(), series.dividend.copy()
        if fault.fault == "bad_print":
            close[at] = np.nan
            done = message("bad rate left out")
        elif fault.fault == "missing_dividend":
            adjusted[:at] *= 1 - fault.value / close[at - 1]
            paid[at] = fault.value
            done = message("missing dividend {paid} put in", paid=figure(fault.value, 6))
        else:
            adjusted[:at] /= 1 - paid[at] / close[at - 1]
            done = message("phantom dividend {paid} taken out", paid=figure(paid[at], 6))
            paid[at] = 0.0
        said = message(
            "{symbol}: {done} on {day} (known fault)", symbol=series.symbol, done=done, day=fault.date
        )
        series = series.replace(close=close, adj_close=adjusted, dividend=paid).noted(said)
    return series


def _present(series: Series) -> Iterator[tuple[Fault, int]]:
    """The faults that ``series`` has, and the rows they are on."""
    for fault in known_faults():
        at = int(np.searchsorted(series.dates, fault.date))
        if fault.symbol != series.symbol or not 0 < at < series.dates.size or series.dates[at] != fault.date:
            continue
        if fault.fault == "bad_print":
            around = series.close[at - 1 : at + 2]
            is_there = (np.abs(around[1] / around[[0, -1]] - 1) > BAD_PRINT).all()
        elif fault.fault == "phantom_dividend":
            is_there = series.dividend[at] > 0
        else:
            # A NaN says that dividends are unknown, not that there was none.
            is_there = series.dividend[at] < fault.value * (1 - TOLERANCE)
        if is_there:
            yield fault, at
