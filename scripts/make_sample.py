"""Makes the embedded sample from the monthly and yearly facts, and measures how well it meets them.

    python -m scripts.make_sample --check         # the packed sample against the facts
    python -m scripts.make_sample --write FILE    # make it again, and print its SHA-256

Reads ``etf_months.csv``, ``etf_years.csv``, ``etf_correlations.csv`` and ``start_prices.csv`` beside the packed
sample, and knows nothing else of prices. A year is built in five steps, all on log total returns of
SPY, IWM and IJR:

1. *Knots.* The month ends, and the sessions on which any of the three has its high or its low. A level that
   is no fact (IWM on the day of IJR's low) is the most likely one given the others: the energy of a Brownian
   motion with the year's covariance is least, the year's highs and lows being bounds.
2. *Drift.* Straight lines between knots; their sample covariance is taken off the year's covariance.
3. *Noise.* Independent normal draws under a common, slowly moving volatility, larger where SPY falls,
   brought to a zero sum between knots (a Brownian bridge), then to exactly the covariance that is left. As
   every stretch sums to zero, drift and noise are uncorrelated: the year's volatilities and correlations are
   met exactly, not on average.
4. *Bounds.* Swapping two days between the same knots, all three funds together, changes neither knots nor
   covariance. Days are swapped until no session passes the year's high or low.
5. *Prices.* Dividends of a quarter of the year's yield each, on quarterly ex-dates, are taken off; closes and
   dividends are rounded to 0.0001 in such an order that roundings do not add up.

The draws come from Python's Mersenne Twister, which is the same everywhere; logarithms and matrix products
may differ in the last bit between machines, so that a sample made elsewhere may differ by a ten-thousandth of
a dollar here and there. That is why it is shipped, and not made on arrival.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from engine.market.providers.sample import BASE, SYMBOLS, TICKS, Ticks, intact, load, unpack
from engine.market.series import Dates, Floats
from scripts.sample_facts import (
    MEASURED,
    TRADING_DAYS,
    Facts,
    YearFacts,
    measure,
    month_ends,
    read_facts,
)

SEED = "sample-1"
START, END = "2000-12-29", "2025-12-31"
TEN_YEARS = ("2013-12-31", "2023-12-29")
ROUNDING = 0.48e-4  # half a unit of a year's fourth decimal, less what the rounding of prices takes
MARGIN = 1e-4  # how far (in logs) other sessions keep from a year's high and low: many times the rounding
PERSISTENCE, SPREAD = 0.97, 0.35  # of log volatility: daily autocorrelation and stationary sd
FALLING = 1.5  # volatility where SPY falls from knot to knot, against where it rises
MONTHS = (3, 6, 9, 12)


class Unsolved(Exception):
    """This draw cannot be ordered to stay inside the year's bounds: take the next."""


def nyse_sessions() -> Dates:
    """Sessions of the New York Stock Exchange from ``START`` to ``END``."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XNYS", start=START, end=END)
    sessions: Dates = calendar.sessions.values.astype("datetime64[D]")
    return sessions


def ex_dates(symbol: str, sessions: Dates) -> NDArray[np.intp]:
    """Positions of the four ex-dates a year, in order.

    SPY goes ex on the third Friday of a quarter's last month. IWM and IJR follow no such rule; theirs is set
    to the fourth Tuesday. Where that is a holiday, the session before.
    """
    weekday, nth = (4, 3) if symbol == "SPY" else (1, 4)
    first_year, last_year = sessions[1].item().year, sessions[-1].item().year
    days = []
    for year in range(first_year, last_year + 1):
        for month in MONTHS:
            first = date(year, month, 1)
            days.append(first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1)))
    return np.searchsorted(sessions, np.array(days, "datetime64[D]"), side="right") - 1


def covariance(facts: Sequence[YearFacts], correlation: tuple[float, float, float]) -> Floats:
    """Daily covariance (3, 3) of log total returns that a year's volatilities and correlations state."""
    ab, ac, bc = correlation
    daily = np.array([f.volatility for f in facts]) / np.sqrt(TRADING_DAYS)
    result: Floats = np.array([[1, ab, ac], [ab, 1, bc], [ac, bc, 1]]) * np.outer(daily, daily)
    return result


def pins_of(dates: Dates, months: Floats, facts: Sequence[YearFacts]) -> Floats:
    """Known log levels (n, 3) on the year's sessions; NaN where nothing is known. The month ends always are.

    A level at a month's end is the product of the months so far, six decimals each; on a day that is both a
    month's end and the year's high or low it stands instead of those four decimals. At the year's end the
    product is kept within what the year's total return rounds to.
    """
    pins = np.full((len(dates), len(facts)), np.nan)
    for a, fact in enumerate(facts):
        pins[dates == np.datetime64(fact.high_date), a] = np.log(fact.high)
        pins[dates == np.datetime64(fact.low_date), a] = np.log(fact.low)
    pins[month_ends(dates)] = np.cumsum(np.log1p(months), axis=0)
    year = np.array([fact.total_return for fact in facts])
    pins[-1] = np.clip(pins[-1], np.log1p(year - ROUNDING), np.log1p(year + ROUNDING))
    return pins


def fill_knots(gaps: NDArray[np.int64], known: Floats, lower: Floats, upper: Floats, cov: Floats) -> Floats:
    """Levels (k, 3) at the knots: the known ones, and between them the least-energy path from 0.

    Minimises the sum over stretches of d' C^-1 d / gap (d = change of level, gap = sessions) inside the
    bounds, by coordinate descent, which finds the one minimum of a convex quadratic in a box.
    """
    precision = np.linalg.inv(cov)
    start = np.where(np.isnan(known), 0.5 * (lower + upper), known)
    level = np.vstack([np.zeros((1, known.shape[1])), start])
    free = np.argwhere(np.isnan(known))
    for _ in range(2000):
        largest = 0.0
        for k, a in free:
            pull = (level[k + 1] - level[k]) / gaps[k] - (level[k + 2] - level[k + 1]) / gaps[k + 1]
            step = float(precision[a] @ pull / (precision[a, a] * (1 / gaps[k] + 1 / gaps[k + 1])))
            moved = min(max(level[k + 1, a] - step, lower[a]), upper[a])
            largest = max(largest, abs(moved - level[k + 1, a]))
            level[k + 1, a] = moved
        if largest < 1e-14:
            break
    return level[1:]


def noise(random: Random, stretch: NDArray[np.int64], falling: NDArray[np.bool_]) -> Floats:
    """White noise (n, 3) with zero sum on every stretch, unit sample variance and no sample correlation.

    ``stretch`` (n,) numbers the stretch of each session; on those that are ``falling`` volatility is higher.
    """
    n = len(stretch)
    normal = NormalDist()

    def draws(count: int) -> Floats:
        return np.array([normal.inv_cdf((random.getrandbits(52) + 0.5) / 2**52) for _ in range(count)])

    log_volatility = SPREAD * draws(n)
    for t in range(1, n):
        log_volatility[t] *= np.sqrt(1 - PERSISTENCE**2)
        log_volatility[t] += PERSISTENCE * log_volatility[t - 1]
    volatility = np.exp(log_volatility) * np.where(falling, FALLING, 1.0)
    z = draws(3 * n).reshape(n, 3) * volatility[:, None]
    for k in range(stretch[-1] + 1):
        z[stretch == k] -= z[stretch == k].mean(axis=0)
    factor = np.linalg.cholesky(z.T @ z / (n - 1))
    white: Floats = np.linalg.solve(factor, z.T).T
    return white


def reorder(
    random: Random, returns: Floats, stretch: NDArray[np.int64], lower: Floats, upper: Floats
) -> Floats:
    """Log levels (n, 3) within ``lower`` and ``upper`` (n, 3), days swapped only inside their stretch.

    A session out of bounds is drawn, and two days around it are swapped if that lessens the excess; the swaps
    reach further as they go on. Raises Unsolved where tens of tries for each pair of days, or 20,000, fail.
    """
    returns = returns.copy()
    level = np.cumsum(returns, axis=0)
    for k in range(stretch[-1] + 1):
        first, last = np.searchsorted(stretch, [k, k + 1])  # level[last - 1] is a knot: no order changes it
        for attempt in range(min(20 * (last - first) ** 2, 20_000)):
            inside = level[first:last]
            excess = np.maximum(inside - upper[first:last], 0) + np.maximum(lower[first:last] - inside, 0)
            out = np.flatnonzero(excess.sum(axis=1))
            if not len(out):
                break
            t = first + int(out[int(random.random() * len(out))])
            reach = 10 + attempt // 20
            i = max(first, t - int(random.random() * reach))
            j = min(last - 1, t + 1 + int(random.random() * reach))
            moved = level[i:j] + (returns[j] - returns[i])
            after = np.maximum(moved - upper[i:j], 0) + np.maximum(lower[i:j] - moved, 0)
            if after.sum() < excess[i - first : j - first].sum() - 1e-9:
                level[i:j] = moved
                returns[[i, j]] = returns[[j, i]]
        else:
            raise Unsolved
    return level


def simulate_year(dates: Dates, months: Floats, facts: Sequence[YearFacts], cov: Floats, seed: str) -> Floats:
    """Log total-return levels (n, 3) against the previous year-end that meet the year's facts."""
    pins = pins_of(dates, months, facts)
    knots = np.flatnonzero(~np.isnan(pins).all(axis=1))
    gaps = np.diff(knots, prepend=-1)
    stretch = np.repeat(np.arange(len(knots)), gaps)
    low, high = np.log([f.low for f in facts]), np.log([f.high for f in facts])
    levels = fill_knots(gaps, pins[knots], low + 2 * MARGIN, high - 2 * MARGIN, cov)
    slopes = np.diff(levels, axis=0, prepend=np.zeros((1, 3))) / gaps[:, None]
    drift = slopes[stretch]
    factor = np.linalg.cholesky(cov - np.cov(drift.T))
    at_knot = np.isin(np.arange(len(dates)), knots)[:, None]
    lower = np.where(at_knot, -np.inf, low + MARGIN)
    upper = np.where(at_knot, np.inf, high - MARGIN)
    for attempt in range(1000):
        random = Random(f"{seed}/{attempt}")
        returns = drift + noise(random, stretch, (slopes[:, 0] < 0)[stretch]) @ factor.T
        try:
            return reorder(random, returns, stretch, lower, upper)
        except Unsolved:
            continue
    raise Unsolved(f"{dates[0]}: no draw stays inside the year's high and low")


def to_ticks(level: Floats, start: float, yields: Floats) -> tuple[Ticks, Ticks]:
    """Closes and dividends (n,) in ticks whose total-return index is ``level`` (n,), from ``start`` dollars.

    ``yields`` (n,) is dividend over close on ex-dates, 0 elsewhere. ``units`` is what one share has grown to
    by reinvesting the rounded dividends, so that every close is within half a tick of its true value.
    """
    close, dividend = np.zeros(len(level), np.int64), np.zeros(len(level), np.int64)
    units = 1.0
    for t, worth in enumerate(start * TICKS * level):
        share = worth / units  # close + dividend
        if yields[t]:
            dividend[t] = round(share * yields[t] / (1 + yields[t]))
        close[t] = round(share - dividend[t])
        units *= 1 + dividend[t] / close[t]
    return close, dividend


def make(facts: Facts, sessions: Dates) -> tuple[Ticks, Ticks]:
    """Closes and dividends (n, 3) in ticks on ``sessions``, the first of which is the close to start from."""
    years = sessions.astype("datetime64[Y]").astype(np.int64) + 1970
    level = np.ones((len(sessions), len(BASE)))
    yields = np.zeros_like(level)
    for year in facts.calendar_years:
        now = np.flatnonzero(years == year)
        funds = [facts.years[symbol, year] for symbol in BASE]
        cov = covariance(funds, facts.correlations[year])
        path = simulate_year(sessions[now], facts.months[year], funds, cov, f"{SEED}/{year}")
        level[now] = level[now[0] - 1] * np.exp(path)
    for a, symbol in enumerate(BASE):
        for t in ex_dates(symbol, sessions):
            yields[t, a] = facts.years[symbol, int(years[t])].dividend_yield / len(MONTHS)
    columns = [to_ticks(level[:, a], facts.start_prices[s], yields[:, a]) for a, s in enumerate(BASE)]
    return np.column_stack([c for c, _ in columns]), np.column_stack([d for _, d in columns])


def pack(dates: Dates, close: Ticks, dividend: Ticks) -> bytes:
    """What ``unpack`` reads: an npz of first differences, which deflate to a third."""
    columns = (dates.astype(np.int64), close, dividend)
    small = [np.diff(column, axis=0, prepend=np.zeros_like(column[:1])).astype("<i4") for column in columns]
    packed = BytesIO()
    days, closes, dividends = small
    np.savez_compressed(packed, days=days, close=closes, dividend=dividends)
    return packed.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the packed sample (exit code 1 where it does not hold), or write one."""
    parser = argparse.ArgumentParser(prog="python -m scripts.make_sample")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="measure the packed sample against the facts")
    what.add_argument(
        "--write", type=Path, metavar="FILE", help="make the sample and write it to FILE (.npz)"
    )
    chosen = parser.parse_args(arguments)
    facts = read_facts()
    if chosen.write is None:
        _print_ten_years()
        return _print_accuracy(facts, intact())
    sessions = nyse_sessions()
    packed = pack(sessions, *make(facts, sessions))
    chosen.write.write_bytes(packed)
    print(f'PACKED_SHA256 = "{sha256(packed).hexdigest()}"')
    return _print_accuracy(facts, packed)


def _print_ten_years() -> None:
    returns = []
    for symbol in SYMBOLS:
        s = load(symbol)
        first, last = np.searchsorted(s.dates, np.array(TEN_YEARS, "datetime64[D]"))
        returns.append(f"{symbol} {s.adj_close[last] / s.adj_close[first] - 1:+.2%}")
    print(f"total return {TEN_YEARS[0]} to {TEN_YEARS[1]}:\n  {', '.join(returns)}")


def _print_accuracy(facts: Facts, packed: bytes) -> int:
    dates, close, dividend = unpack(packed)
    found = measure(facts, dates, close / TICKS, dividend / TICKS)
    print(f"{len(dates)} sessions {dates[0]} to {dates[-1]}, {len(packed):,} bytes")
    print("largest difference from the facts, of 75 fund-years and 900 fund-months:")
    for name in MEASURED:
        print(f"  {name:<16}{getattr(found, name):.7f}")
    print(f"  highs and lows not on their date: {found.dates}; sessions beyond them: {found.outside}")
    print("all facts are met as printed" if found.holds else "NOT all facts are met as printed")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
