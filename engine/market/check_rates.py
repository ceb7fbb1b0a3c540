"""Exchange rates: in themselves, and against the fixings of the European Central Bank."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.market.check_days import check_order
from engine.market.check_limits import (
    FX_FOLLOWS,
    FX_REVERSAL,
    FX_TOLERANCE,
    HUNDREDFOLD,
    INVERSE,
    MISPRINTS,
)
from engine.market.check_prices import check_form, reversals
from engine.market.findings import Finding, in_order, percent, where
from engine.market.series import ONE_DAY, Dates, Floats, Series
from engine.messages import Percent, message

MOST_DAYS = 5  # between two rates


@np.errstate(all="ignore")  # absurd rates overflow: that is for the rules to say
def check_fx(fx: Series, second: Series | None = None, today: np.datetime64 | None = None) -> list[Finding]:
    """Findings on an exchange rate, compared with a ``second`` source where there is one.

    A close in New York is later than the ECB's fixing of that day, and some vendors date it a day late:
    a rate is wrong if it lies more than 2 % outside the fixings of the day before, the day and the day after.
    """
    if found := [*check_order(fx), *check_form(fx)]:
        return found
    return in_order(_of_rates(fx, second, today))


def _of_rates(fx: Series, second: Series | None, today: np.datetime64 | None) -> Iterator[Finding]:
    symbol, known = fx.symbol, np.isfinite(fx.close)
    dates, close = fx.dates[known], fx.close[known]
    if today is not None:
        what = message("rates of days that have not been yet")
        yield from where("future", symbol, "warning", what, dates, dates > today + ONE_DAY)
    yield from reversals(symbol, dates, close, FX_REVERSAL, FX_REVERSAL)
    what = message("more than {days} days without a rate before", days=MOST_DAYS)
    yield from where("fx_gap", symbol, "note", what, dates[1:], np.diff(dates).astype(np.int64) > MOST_DAYS)
    if second is not None:
        yield from _second_source(symbol, *_beside(dates, close, second), second.source)


def _second_source(
    symbol: str, dates: Dates, rate: Floats, fixing: Floats, outside: Floats, source: str
) -> Iterator[Finding]:
    """A rate that follows the market's and leaves it is wrong; one that never follows it is someone's own.

    Another unit (a rate per 100 yen, dollars for a yen) is refused at any length. Arrays (n,): ``outside`` is the
    share by which a rate lies outside the three fixings around it.
    """
    wrong, tolerance = outside > FX_TOLERANCE, Percent(FX_TOLERANCE)
    off = 100 * (rate / fixing - 1)
    what = message("more than {share} away from {source}", share=tolerance, source=source)
    if wrong.any() and wrong.mean() > MISPRINTS:
        what = message("{what} on {n} of {all} days", what=what, n=int(wrong.sum()), all=wrong.size)
        size = np.maximum(rate / fixing, fixing / rate)
        other_unit = (size > HUNDREDFOLD[0]) & (size < HUNDREDFOLD[1])
        inverse = (rate * fixing > INVERSE[0]) & (rate * fixing < INVERSE[1])
        if inverse.any():
            what = message("{what}: dollars for a yen, not yen for a dollar", what=what)
        elif not other_unit.any() and not _follows(rate, outside):
            what = message("{what}: not the market's rate", what=what)
            yield from where("another_rate", symbol, "warning", what, dates, wrong, off, percent)
            return
    yield from where("second_source", symbol, "fatal", what, dates, wrong, off, percent)


def _beside(dates: Dates, rate: Floats, second: Series) -> tuple[Dates, Floats, Floats, Floats]:
    """Of the days that ``second`` reaches: dates, rates, its last fixings, shares outside the three around."""
    known = np.isfinite(second.close)
    days, other = second.dates[known], second.close[known]
    at = np.searchsorted(days, dates, side="right") - 1
    inside = (at >= 0) & (dates <= days[-1]) if days.size else np.zeros(dates.size, dtype=bool)
    dates, rate, at = dates[inside], rate[inside], at[inside]
    around = np.stack([other[np.clip(at + step, 0, days.size - 1)] for step in (-1, 0, 1)])
    outside = np.maximum(rate / around.max(axis=0) - 1, around.min(axis=0) / rate - 1)
    return dates, rate, around[1], outside


def _follows(rate: Floats, outside: Floats) -> bool:
    """Whether the rate moves with the fixings for a while: near them, and another one nearly every day."""
    if rate.size < FX_FOLLOWS:
        return False
    near = outside <= FX_TOLERANCE / 4
    moves = np.append(False, np.diff(rate) != 0)
    span = np.ones(FX_FOLLOWS, np.int64)
    together = (np.convolve(near, span, "valid") == FX_FOLLOWS) & (
        np.convolve(moves, span, "valid") > 0.8 * FX_FOLLOWS
    )
    return bool(together.any())
