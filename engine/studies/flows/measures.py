"""What flows say of returns: correlations over leads and lags, returns around the largest flows, and how sure.

Arrays are by month, (M,), NaN where a month is not known. Every interval comes from the same circular block
bootstrap of months: a block keeps what lies within ``block`` months together, so that overlapping returns and
flows that persist count for what they are. Source: Politis and Romano, "A circular block-resampling procedure for
stationary data", in LePage and Billard (eds.), Exploring the Limits of Bootstrap, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.market.series import Floats, Ints, Mask
from engine.studies.flows.months import REACH
from engine.studies.flows.results import FIFTHS, HORIZONS, INFLOW, OUTFLOW, Event, Lag
from engine.studies.student import LEVEL, student

MEMORY, LEAST_MEMORY = 36, 24  # months of flows whose volatility the next one is held against
LONGEST_BLOCK, BLOCKS = 2 * REACH, 5  # months of a block at most; blocks that a history has at least


def of_assets(flow: Floats, assets: Floats) -> Floats:
    """(M,) flow as a fraction of the net assets at the end of the month before; NaN where one is unknown."""
    ratio = np.full(flow.size, np.nan)
    np.divide(flow[1:], assets[:-1], out=ratio[1:], where=assets[:-1] > 0)
    return ratio


def of_volatility(flow: Floats) -> Floats:
    """(M,) flow in standard deviations (n - 1) of the up to 36 months before it; NaN with fewer than 24 known."""
    ratio = np.full(flow.size, np.nan)
    for at in range(flow.size):
        past = flow[max(0, at - MEMORY) : at]
        past = past[np.isfinite(past)]
        if past.size >= LEAST_MEMORY and (spread := past.std(ddof=1)) > 0:
            ratio[at] = flow[at] / spread
    return ratio


def ranks(values: Floats) -> Floats:
    """(n,) ranks from 1; equal values share the mean of theirs. No NaN."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2.0)[place]


def fifths(relative: Floats) -> Ints:
    """(M,) the fifth of each month by its rank, 1 (least) to 5; 0 where it is unknown. Equal flows share one."""
    known = np.isfinite(relative)
    found = np.zeros(relative.size, np.int64)
    order = ranks(relative[known])
    found[known] = np.floor(FIFTHS * (order - 0.5) / max(order.size, 1)).astype(np.int64) + 1
    return found


def window_return(level: Floats, side: str, months: int) -> Floats:
    """(M,) return over the ``months`` before a month or after it, or of itself (``same``); see ``HORIZONS``."""
    change = np.full(level.size, np.nan)
    if side == "after":
        change[:-months] = level[months:] / level[:-months] - 1.0
    elif side == "before":
        change[months + 1 :] = level[months:-1] / level[: -months - 1] - 1.0
    else:
        change[1:] = level[1:] / level[:-1] - 1.0
    return change


@dataclass(frozen=True)
class Resampling:
    """``draws`` rearrangements of ``n`` months in blocks of ``block``; after the last month comes the first."""

    n: int
    seed: int
    draws: int

    @property
    def block(self) -> int:
        """Months of a block: twice the longest horizon, a fifth of the history where that is shorter."""
        return min(LONGEST_BLOCK, self.n // BLOCKS)

    def order(self, stream: np.random.Generator, length: int) -> Ints:
        """(draws, length) months, block after block."""
        starts = stream.integers(0, self.n, (self.draws, -(-length // self.block)))
        found: Ints = (starts[:, :, None] + np.arange(self.block)) % self.n
        return found.reshape(self.draws, -1)[:, :length]

    def counts(self) -> Floats:
        """(draws, n) how often each rearrangement holds each month."""
        order = self.order(np.random.default_rng([self.seed, 0]), self.n)
        flat = (order + np.arange(self.draws)[:, None] * self.n).ravel()
        return np.bincount(flat, minlength=self.draws * self.n).reshape(self.draws, self.n).astype(np.float64)

    def interval(self, estimate: float, drawn: Floats) -> tuple[float, float]:
        """``estimate`` ± t · standard error over the draws, with as many degrees as blocks less one.

        Percentiles of so few blocks are too narrow: in noise 92 % of them hold what 95 % should.
        """
        half = student(self.n / self.block - 1.0) * float(np.nanstd(drawn, ddof=1))
        return estimate - half, estimate + half


def lags(relative: Floats, returns: Floats, record: slice, resampling: Resampling) -> tuple[Lag, ...]:
    """Spearman's rank correlation of each month's flow with the return ``k`` months later, k = -12 .. 12.

    ``record``  the months of the axis that the flows cover: these are resampled, each with its returns around
    """
    counts, found = resampling.counts(), []
    at = np.arange(record.start, record.stop)
    for k in range(-REACH, REACH + 1):
        flow, change = relative[at], returns[at + k]
        pairs = np.isfinite(flow) & np.isfinite(change)
        x, y = (_ranked(each, pairs) for each in (flow, change))
        sums = np.stack([pairs, x, y, x * x, y * y, x * y], axis=1)
        estimate = float(_correlation(sums.sum(axis=0)))
        low, high = resampling.interval(estimate, _correlation((counts @ sums).T))
        found.append(Lag(k, estimate, max(low, -1.0), min(high, 1.0), int(pairs.sum())))
    return tuple(found)


def _ranked(values: Floats, pairs: Mask) -> Floats:
    """Ranks of the pairs, centred; 0 elsewhere."""
    found = np.zeros(values.size)
    order = ranks(values[pairs])
    found[pairs] = order - order.mean()
    return found


def _correlation(sums: Floats) -> Floats:
    """From the sums of 1, x, y, x², y² and xy, each (…,)."""
    n, x, y, xx, yy, xy = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Floats = (xy - x * y / n) / np.sqrt((xx - x * x / n) * (yy - y * y / n))
    return value


def chance_band(
    relative: Floats, returns: Floats, record: slice, pairs: Ints, resampling: Resampling
) -> tuple[float, float]:
    """What correlations reach where flows and returns have nothing to do with each other.

    Returns (of one lag, of the largest of all 25): the size that 95 % stay below. Flows and returns are
    rearranged apart from each other, in blocks, so that each keeps its own dependence. ``pairs`` of each lag.
    """
    flow, change = relative[record], returns[record]
    flow, change = ranks(flow[np.isfinite(flow)]), ranks(change[np.isfinite(change)])
    stream = np.random.default_rng([resampling.seed, 1])
    x = flow[Resampling(flow.size, 0, resampling.draws).order(stream, flow.size)]
    y = change[Resampling(change.size, 0, resampling.draws).order(stream, flow.size + 2 * REACH)]
    drawn = np.empty((pairs.size, resampling.draws))
    for k, n in enumerate(np.minimum(pairs, flow.size)):
        one, other = x[:, :n], y[:, k : k + n]
        one, other = (part - part.mean(axis=1, keepdims=True) for part in (one, other))
        spread = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1))
        drawn[k] = np.abs((one * other).sum(axis=1)) / np.where(spread > 0, spread, 1.0)
    return float(np.quantile(drawn, LEVEL)), float(np.quantile(drawn.max(axis=0), LEVEL))


def events(fifth: Ints, level: Floats, record: slice, resampling: Resampling) -> tuple[Event, ...]:
    """Returns around the months of the largest inflow and of the largest outflow, against all months.

    A difference is the mean over the months of a fifth less that over all months whose flow and return are
    known; in each rearrangement a month keeps its fifth. A window without any such month is left out.
    """
    counts, found = resampling.counts(), []
    for group in (INFLOW, OUTFLOW):
        for side, months in HORIZONS:
            change = window_return(level, side, months)[record]
            known = np.isfinite(change) & (fifth[record] > 0)
            chosen = known & (fifth[record] == group)
            if not chosen.any():
                continue
            value = np.where(known, change, 0.0)
            sums = np.stack([chosen, chosen * value, known, value], axis=1)
            low, high = resampling.interval(
                difference := float(_difference(sums.sum(axis=0))), _difference((counts @ sums).T)
            )
            own, every = change[chosen], change[known]
            found.append(
                Event(
                    group, side, months, own.size, float(own.mean()), float(np.median(own)), every.size,
                    float(every.mean()), difference, low, high,
                )
            )  # fmt: skip
    return tuple(found)


def _difference(sums: Floats) -> Floats:
    """Mean over some months less that over all, from the sums (count, total, count, total), each (…,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap: Floats = sums[1] / sums[0] - sums[3] / sums[2]
    return gap
