"""What closes and adjusted closes say about distributions, and distributions that no fund could make."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.market.series import Dates, Floats
from engine.messages import Message, message

FLOAT32 = 4e-7  # yfinance passes on Yahoo's prices of seven digits
NOISE = 1.5e-5  # of Yahoo's adjusted closes, made from rounded ones; the smallest payout is 15 times that
DECIMALS_SINCE = np.datetime64("2001-04-09")  # before, US prices were in sixteenths and the like
LARGEST_STEP = 0.5  # a price that falls further is that of a split
TOO_OFTEN = 5.0  # median days between distributions; some funds pay each week
MANY = 8
MONTHLY = 45.0
TOO_MUCH = 1.5  # of the year's highest price, paid within a year
YEAR = np.timedelta64(365, "D")
_GRID = {"USD": 0.01, "JPY": 0.1}  # exchanges quote in cents, in tenths of a yen at the finest


def steps(close: Floats, adjusted: Floats, digits: tuple[int, int]) -> Floats:
    """(n,) share of the price of the day before by which adjusting lowered all earlier days; 0 on most days.

    Adjusted ÷ close is constant between distributions and rises with each: by the factor 1 − paid ÷ close of
    the day before, as vendors do it. Days without one of the two are passed over, and so is a day on which one
    of the two is misprinted (the ratio is back the day after). ``digits``: decimals of the two columns in the
    file, below which a difference is rounding. A negative share says that the two contradict each other, or
    that a split stands in one of them only.
    """
    result = np.zeros(close.size)
    known = np.flatnonzero(np.isfinite(close) & np.isfinite(adjusted))
    if known.size < 2:
        return result
    ratio, noise = adjusted[known] / close[known], resolution(close, adjusted, digits)[known]
    ratio = _without_misprints(ratio, noise)
    rises = np.abs(ratio[1:] / ratio[:-1] - 1) > noise[1:]
    starts = np.concatenate([[0], np.flatnonzero(rises) + 1])
    level = np.add.reduceat(ratio, starts) / np.diff(np.append(starts, ratio.size))
    result[known[starts[1:]]] = 1 - level[:-1] / level[1:]
    return result


def resolution(close: Floats, adjusted: Floats, digits: tuple[int, int]) -> Floats:
    """(n,) the share of the price below which a distribution cannot be told from rounding."""
    rounding = 10.0 ** -digits[0] / close + 10.0 ** -digits[1] / adjusted
    return 1.02 * rounding + 2 * NOISE


def _without_misprints(ratio: Floats, noise: Floats) -> Floats:
    """``ratio`` with each day that its two neighbours, which agree, contradict taken from the one before."""
    result = ratio.copy()
    for k in np.flatnonzero(np.abs(ratio[1:-1] / ratio[:-2] - 1) > noise[1:-1]) + 1:
        if abs(ratio[k + 1] / result[k - 1] - 1) <= noise[k]:
            result[k] = result[k - 1]
    return result


def rebuilt(close: Floats, share: Floats, *, by_factor: bool) -> Floats:
    """(n,) distributions behind ``steps``.

    ``by_factor``  as Yahoo adjusts, by 1 - paid / close of the day before; False: as fund companies in Japan
                   reinvest, at the close of the day itself, so that prices grow by (close + paid) / close before
    """
    level = np.append(np.nan, _filled(close)[:-1]) if by_factor else close / (1 - share)
    # Distributions have few digits; what is behind them is rounding of the adjusted closes.
    return np.array([float(f"{value:.5g}") for value in np.where(share > 0, share * level, 0.0)])


def impossible(days: Dates, price: Floats, paid: Floats) -> Message | None:
    """Why no fund can have paid ``paid``; None where one can."""
    at = np.flatnonzero(paid > 0)
    if not at.size:
        return None
    before = np.append(np.nan, _filled(price)[:-1])
    whole = at[paid[at] >= before[at]]
    if whole.size:
        k = int(whole[0])
        return message(
            "{paid} on {day} is more than the price before, {price}",
            paid=paid[k],
            day=days[k],
            price=before[k],
        )
    wait = np.diff(days[at]).astype(np.float64)
    if at.size >= MANY and np.median(wait) < TOO_OFTEN:
        return message("{n} of them, one every {days} days", n=at.size, days=float(np.median(wait)))
    first = np.searchsorted(days, days - YEAR, side="right")
    total = np.append(0.0, np.cumsum(paid))
    for k in map(int, at):
        year = total[k + 1] - total[first[k]]
        highest = np.nanmax(price[first[k] : k + 1], initial=0.0)
        if 0 < TOO_MUCH * highest < year:
            return message(
                "{paid} within a year before {day}, at a price of {price}",
                paid=year,
                day=days[k],
                price=before[k],
            )
    return None


def are_monthly(days: Dates, paid: Floats) -> bool:
    """Whether distributions come every month or more often: NISA's growth frame takes no such fund."""
    wait = np.diff(days[np.nan_to_num(paid) > 0]).astype(np.float64)
    return wait.size >= MANY and bool(np.median(wait) < MONTHLY)


def unadjusted_split(close: Floats, splits: Floats) -> NDArray[np.intp]:
    """Days on which the close falls with the split of that day (``splits``: new shares for one, 0 for none)."""
    before = np.append(np.nan, _filled(close)[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        move, split = np.log(close / before), np.log(splits)
        fell = np.isfinite(split) & (np.abs(split) > 0.02) & (np.abs(move + split) < 0.5 * np.abs(split))
    return np.flatnonzero(fell)


def closes_are(
    days: Dates, close: Floats, paid: Floats, splits: Floats, currency: str
) -> Literal["raw", "adjusted", "unclear"]:
    """Whether closes are prices of an exchange, or adjusted for distributions as yfinance does by default.

    A price is a whole number of cents (since 2001), before splits; an adjusted one is so by chance. Closes
    after the last distribution say nothing, where one is known.
    """
    last = np.append(close.size, np.flatnonzero(paid > 0))[-1]
    later = np.cumprod(np.where(np.nan_to_num(splits) > 0, splits, 1.0)[::-1])[::-1]
    factor = np.append(later[1:], 1.0)  # a split counts from its own day on
    quoted = (close * factor / _GRID.get(currency, 0.01))[:last]
    quoted = quoted[np.isfinite(quoted) & (days[:last] >= DECIMALS_SINCE)]
    if not quoted.size:
        return "unclear"
    off = np.abs(quoted - np.round(quoted))
    share = float(np.mean(off < np.maximum(0.005, FLOAT32 * quoted)))
    return "raw" if share > 0.9 else "adjusted" if share < 0.5 and quoted.size > MANY else "unclear"


def _filled(values: Floats) -> Floats:
    """(n,) each value, or the last known one before."""
    known = np.where(np.isfinite(values), np.arange(values.size), -1)
    at = np.maximum.accumulate(known) if values.size else known
    return np.where(at >= 0, values[np.maximum(at, 0)], np.nan)
