"""What published statements are held against: pure measures of (T,) total-return levels on sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.market.series import ONE_MONTH, Dates, Floats, last_of_each


@dataclass(frozen=True)
class Drawdown:
    """A drawdown of the core from its peak to its lowest close before the next peak; returns as fractions."""

    peak: np.datetime64
    trough: np.datetime64
    core: float
    other: float


def total_return(level: Floats, s: int, e: int) -> float:
    """Return from session ``s`` to session ``e``."""
    return float(level[e] / level[s] - 1.0)


def per_year(total: float, dates: Dates, s: int, e: int) -> float:
    """``total`` as a yearly rate: over twelfths of a year between month ends, else calendar days / 365.25."""
    return float((1.0 + total) ** (1.0 / years_between(dates[s], dates[e])) - 1.0)


def years_between(first: np.datetime64, last: np.datetime64) -> float:
    """Years from one day to another: from one year's last session to the tenth after it are ten."""
    if _ends_a_month(first) and _ends_a_month(last):
        months = last.astype("datetime64[M]") - first.astype("datetime64[M]")
        return float(months.astype(np.int64)) / 12.0
    return float((last - first).astype(np.int64)) / 365.25


def _ends_a_month(day: np.datetime64) -> bool:
    """Whether ``day``, a session, can be its month's last: it is one of the month's last four days."""
    after: np.datetime64 = (day.astype("datetime64[M]") + ONE_MONTH).astype("datetime64[D]")
    return bool(after - day <= np.timedelta64(4, "D"))


def drawdowns(dates: Dates, core: Floats, other: Floats, depth: float) -> list[Drawdown]:
    """Every drawdown of ``core`` by at least ``depth``, and what ``other`` did from that peak to that trough."""
    peak = np.maximum.accumulate(core)
    starts = np.flatnonzero(core == peak)
    found = []
    for start, stop in zip(starts, np.append(starts[1:], core.size), strict=True):
        if stop - start < 2:
            continue
        trough = int(start + np.argmin(core[start:stop]))
        fall = total_return(core, int(start), trough)
        if fall <= -depth:
            found.append(Drawdown(dates[start], dates[trough], fall, total_return(other, int(start), trough)))
    return found


def month_ends(dates: Dates) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Numbers of the last session of each month that is over (the last one: a session in its last 4 days)."""
    month = dates.astype("datetime64[M]")
    last = np.flatnonzero(last_of_each(month))
    return last if _ends_a_month(dates[-1]) else last[:-1]


def mix_volatility(core: Floats, other: Floats, weight: float) -> tuple[float, float, float]:
    """Yearly volatility of the core and of the core with ``weight`` of the other, and their correlation.

    From simple returns between month ends (the levels given); the mix is rebalanced each time.
    """
    a, b = core[1:] / core[:-1] - 1.0, other[1:] / other[:-1] - 1.0
    mixed = (1.0 - weight) * a + weight * b
    year = np.sqrt(12.0)
    return (
        float(a.std(ddof=1) * year),
        float(mixed.std(ddof=1) * year),
        float(np.corrcoef(a, b)[0, 1]),
    )


def yearly_changes(level: Floats, years: int) -> Floats:
    """(n,) change a year of ``level``, at month ends, over ``years`` from each that has them."""
    months = 12 * years
    return (level[months:] / level[:-months]) ** (1.0 / years) - 1.0


def instalments_against_lump(level: Floats, months: int) -> Floats:
    """(n,) end value of equal monthly instalments ÷ that of the lump sum, by start; cash earns nothing.

    ``level`` at month ends. The lump sum is invested at the start, the instalments then and at each of the
    next ``months`` − 1 month ends; both are compared ``months`` later, and keep their ratio from there on.
    """
    starts = np.arange(level.size - months)
    bought = np.stack([1.0 / level[starts + k] for k in range(months)])
    result: Floats = bought.mean(axis=0) * level[starts]
    return result


def flow_by_year(dates: Dates, flow: Floats, start: np.datetime64, end: np.datetime64) -> dict[int, float]:
    """Net flow of each calendar year that lies in the period as a whole; none where that is one year or less.

    ``dates, flow`` (n,): a row counts for the year of its date, the last day of what it covers.
    """
    end = min(end, dates[-1])
    first_year, last_year = (int(str(day)[:4]) for day in (start, end))
    years = range(first_year, last_year + 1)
    spans = {year: (np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31")) for year in years}
    found = {
        year: float(flow[(dates >= first) & (dates <= last)].sum())
        for year, (first, last) in spans.items()
        if start <= first and last <= end
    }
    return found if len(found) > 1 else {}
