"""Exchange rates: in themselves, and against the fixings of the European Central Bank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.market.check_days import check_order
from engine.market.check_limits import FX_FOLLOWS, FX_REVERSAL, FX_TOLERANCE, HUNDREDFOLD, MISPRINTS
from engine.market.check_prices import check_form, reversals
from engine.market.findings import Finding, finding, in_order
from engine.market.series import Dates, Floats, Series


@np.errstate(all="ignore")  # absurd rates overflow: that is for the rules to say
def check_fx(fx: Series, second: Series | None = None, today: np.datetime64 | None = None) -> list[Finding]:
    """Findings on an exchange rate, compared with a ``second`` source where there is one.

    A close in New York is later than the ECB's fixing of that day, and some vendors date it a day late:
    a rate is wrong if it lies more than 2 % outside the fixings of the day before, the day and the day after.
    """
    found = [*check_order(fx), *check_form(fx)]
    if found:
        return found
    known = np.isfinite(fx.close)
    dates, close = fx.dates[known], fx.close[known]
    if today is not None and (late := dates > today + np.timedelta64(1, "D")).any():
        text = "rates of days that have not been yet"
        found += [finding("future", fx.symbol, "warning", dates[late], text)]
    found += reversals(fx.symbol, dates, close, FX_REVERSAL, FX_REVERSAL)
    late_rates = np.diff(dates).astype(np.int64) > 5
    if late_rates.any():
        text = "more than 5 days without a rate before"
        found += [finding("fx_gap", fx.symbol, "note", dates[1:][late_rates], text)]
    if second is not None:
        found += _second_source(fx, dates, close, second)
    return in_order(found)


@dataclass(frozen=True)
class _Compared:
    """Rates beside the fixings around them: ``near`` and ``far`` (n,) shares outside the three fixings."""

    dates: Dates
    rate: Floats
    fixing: Floats
    outside: Floats


def _second_source(fx: Series, dates: Dates, rate: Floats, second: Series) -> list[Finding]:
    """A rate that follows the market's and leaves it is wrong; one that never follows it is someone's own.

    Another unit (a rate per 100 yen) is refused at any length.
    """
    compared = _beside(dates, rate, second)
    wrong = compared.outside > FX_TOLERANCE
    if not wrong.any():
        return []
    text = f"more than {FX_TOLERANCE:.0%} away from {second.source}"
    values = 100 * (compared.rate[wrong] / compared.fixing[wrong] - 1)
    days = compared.dates[wrong]
    if wrong.mean() > MISPRINTS:
        text = f"{text} on {np.count_nonzero(wrong)} of {wrong.size} days"
        times = np.maximum(compared.rate / compared.fixing, compared.fixing / compared.rate)
        unit = (times > HUNDREDFOLD[0]) & (times < HUNDREDFOLD[1])
        if not unit.any() and not _follows(compared):
            text = f"{text}: not the market's rate"
            return [finding("another_rate", fx.symbol, "warning", days, text, values, " %")]
    return [finding("second_source", fx.symbol, "fatal", days, text, values, " %")]


def _beside(dates: Dates, rate: Floats, second: Series) -> _Compared:
    known = np.isfinite(second.close)
    days, other = second.dates[known], second.close[known]
    at = np.searchsorted(days, dates, side="right") - 1
    inside = (at >= 0) & (dates <= days[-1]) if days.size else np.zeros(dates.size, dtype=bool)
    dates, rate, at = dates[inside], rate[inside], at[inside]
    around = np.stack([other[np.clip(at + step, 0, days.size - 1)] for step in (-1, 0, 1)])
    outside = np.maximum(rate / around.max(axis=0) - 1, around.min(axis=0) / rate - 1)
    return _Compared(dates, rate, around[1], outside)


def _follows(compared: _Compared) -> bool:
    """Whether the rate moves with the fixings for a while: near them, and another one nearly every day."""
    near = (compared.outside <= FX_TOLERANCE / 4).astype(np.int64)
    moves: NDArray[np.int64] = np.append(0, np.diff(compared.rate) != 0).astype(np.int64)
    if near.size < FX_FOLLOWS:
        return False
    span = np.ones(FX_FOLLOWS, np.int64)
    together = (np.convolve(near, span, "valid") == FX_FOLLOWS) & (
        np.convolve(moves, span, "valid") > 0.8 * FX_FOLLOWS
    )
    return bool(together.any())
