"""Checks of one series, each a named rule with its evidence. Nothing is repaired here.

A **fatal** finding means that money figures from the series would be wrong: a run refuses it. A **note** is
something a person should know. The limits were set on 14 US series from 1988 to 2026, crises included,
so that true prices raise nothing fatal; docs/data.md lists the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.market import calendar as nyse
from engine.market.assets import Asset
from engine.market.faults import check_known_faults
from engine.market.findings import Finding, Severity, finding
from engine.market.series import Dates, Floats, Series

JUMP = 0.25  # one session's move that no broad fund has made
REVERSAL_NOTE, REVERSAL_FATAL = 0.04, 0.08  # a move taken back at once, REVERSAL_SIGMAS times the usual one
REVERSAL_SIGMAS = 10.0  # (a bond fund really did -6.8 % and back in October 2008: a note)
TAKEN_BACK = 0.25  # share of a reversed move that may remain after two sessions
FX_REVERSAL = 0.05
FX_TOLERANCE = 0.02
ANOTHER_RATE = 0.05  # share of days beyond the tolerance from which on a rate is made up, not misprinted
STALE_NOTE, STALE_FATAL = 5, 10  # equal closes in a row
GAPS_FATAL, GAPS_WINDOW = 5, 60  # more missing sessions than this within so many sessions
ADJUSTED_TOLERANCE = 0.002
LARGE_PAYOUT = 0.15  # of the price, on one day
LEAST, MOST = 1e-6, 1e9  # of a price, a payout or a rate: beyond it amounts are no longer exact to the yen
PEER_DEVIATION = 0.006

Mask = NDArray[np.bool_]


@np.errstate(all="ignore")  # absurd prices overflow: that is for the rules to say
def check_series(series: Series, asset: Asset, *, calendar: Dates | None = None) -> list[Finding]:
    """Every finding on the history of one asset, fatal ones first.

    ``calendar``  the sessions to compare the dates with; None = New York's, for an asset in dollars
    """
    return sorted(_all(series, asset, calendar), key=lambda item: (not item.is_fatal, item.dates[:1]))


@np.errstate(all="ignore")
def check_fx(fx: Series, second: Series | None = None) -> list[Finding]:
    """Findings on an exchange rate, compared with a ``second`` source where there is one.

    A close in New York is later than the ECB's fixing of that day, and some vendors date it a day late:
    a rate is wrong if it lies more than 2 % outside the fixings of the day before, the day and the day after.
    """
    found = [*_order(fx), *(_positive(fx) or _bounds(fx))]
    if found:
        return found
    known = np.isfinite(fx.close)
    dates, close = fx.dates[known], fx.close[known]
    found += _reversals(fx.symbol, dates, close, FX_REVERSAL, FX_REVERSAL)
    late = np.diff(dates).astype(np.int64) > 5
    if late.any():
        text = "more than 5 days without a rate before"
        found += [finding("fx_gap", fx.symbol, "note", dates[1:][late], text)]
    if second is not None:
        found += _second_source(fx, dates, close, second)
    return sorted(found, key=lambda item: (not item.is_fatal, item.dates[:1]))


@np.errstate(all="ignore")
def check_peer(series: Series, peer: Series) -> list[Finding]:
    """Closes that lag those of ``peer``, a fund on the same index: a move missed is made a session later.

    A fund that is hardly traded shows its last trade of the day, which may be hours old.
    """
    dates, ours, theirs = np.intersect1d(series.dates, peer.dates, assume_unique=True, return_indices=True)
    # Total returns: two funds on one index rarely pay on the same day.
    gap = np.diff(np.log(series.adj_close[ours])) - np.diff(np.log(peer.adj_close[theirs]))
    gap = np.nan_to_num(gap)
    back = np.abs(gap[:-1] + gap[1:]) < 0.5 * np.abs(gap[:-1])
    stale = (np.abs(gap[:-1]) > PEER_DEVIATION) & back
    if not stale.any():
        return []
    text = f"stale closes, which {peer.symbol} shows by the move they miss"
    where = dates[1:-1][stale]
    return [finding("stale_against_peer", series.symbol, "note", where, text, 100 * gap[:-1][stale], " %")]


def _all(series: Series, asset: Asset, calendar: Dates | None) -> Iterator[Finding]:
    if series.currency != asset.currency:
        text = f"is in {series.currency}, {asset.currency} was expected"
        yield finding("currency", series.symbol, "fatal", series.dates[:0], text)
    broken = [*_order(series), *(_positive(series) or _bounds(series))]
    yield from broken
    if broken:
        return  # the other rules would report the same fault in other words
    price = _best(series)
    known = np.isfinite(price)
    dates, price = series.dates[known], price[known]
    if calendar is not None or asset.trades_in_new_york:
        yield from _sessions(series.symbol, dates, calendar)
    yield from _jumps(series.symbol, asset, dates, price)
    yield from _reversals(series.symbol, dates, price, REVERSAL_NOTE, REVERSAL_FATAL, REVERSAL_SIGMAS)
    yield from _stale(series.symbol, dates, price)
    yield from _adjusted(series)
    yield from _payouts(series, asset)
    yield from check_known_faults(series)
    yield from _lineage(series, asset)


def _best(series: Series) -> Floats:
    """(n,) closes, or adjusted closes where the series has no close."""
    return np.where(np.isfinite(series.close), series.close, series.adj_close)


def _order(series: Series) -> list[Finding]:
    wrong = np.diff(series.dates).astype(np.int64) <= 0
    if not wrong.any():
        return []
    return [finding("order", series.symbol, "fatal", series.dates[1:][wrong], "dates repeat or fall")]


def _positive(series: Series) -> list[Finding]:
    found = []
    for name, column in (("close", series.close), ("adjusted close", series.adj_close)):
        wrong = ~np.isnan(column) & ~((column > 0) & np.isfinite(column))
        if wrong.any():
            text = f"{name} is not a positive number"
            found += [finding("positive", series.symbol, "fatal", series.dates[wrong], text, column[wrong])]
    wrong = ~np.isnan(series.dividend) & ~((series.dividend >= 0) & np.isfinite(series.dividend))
    if wrong.any():
        days, values = series.dates[wrong], series.dividend[wrong]
        found += [finding("positive", series.symbol, "fatal", days, "a dividend below 0", values)]
    return found


def _bounds(series: Series) -> list[Finding]:
    found = []
    for name, column in (("close", series.close), ("adjusted close", series.adj_close)):
        wrong = (column < LEAST) | (column > MOST)
        if wrong.any():
            text = f"{name} is not between 0.000001 and 1,000,000,000"
            found += [finding("bounds", series.symbol, "fatal", series.dates[wrong], text, column[wrong])]
    wrong = series.dividend > MOST
    if wrong.any():
        days, values = series.dates[wrong], series.dividend[wrong]
        found += [finding("bounds", series.symbol, "fatal", days, "a dividend above 1,000,000,000", values)]
    return found


def _sessions(symbol: str, dates: Dates, calendar: Dates | None) -> Iterator[Finding]:
    """Missing sessions and days that are none, as far as the calendar reaches."""
    if dates.size == 0:
        return
    if calendar is None:
        calendar = nyse.nyse_sessions(dates[0], dates[-1])
        dates = dates[(dates >= nyse.FIRST) & (dates <= nyse.LAST)]
    calendar = calendar[(calendar >= dates[0]) & (calendar <= dates[-1])] if dates.size else calendar[:0]
    missing = ~np.isin(calendar, dates, assume_unique=True)
    if missing.any():
        near = np.convolve(missing, np.ones(GAPS_WINDOW), mode="full")
        worst = int(near.max())
        fatal = worst > GAPS_FATAL
        n = np.count_nonzero(missing)
        text = f"{n} session{'s' if n > 1 else ''} without a price"
        text += f" ({worst} of them within {GAPS_WINDOW} sessions)" if fatal else ""
        yield finding("gap", symbol, "fatal" if fatal else "note", calendar[missing], text)
    extra = ~np.isin(dates, calendar, assume_unique=True)
    if extra.any():
        yield finding("not_a_session", symbol, "note", dates[extra], "prices on days without trading")


def _jumps(symbol: str, asset: Asset, dates: Dates, price: Floats) -> Iterator[Finding]:
    ratio = price[1:] / price[:-1]
    hundred = (np.maximum(ratio, 1 / ratio) > 80) & (np.maximum(ratio, 1 / ratio) < 125)
    if hundred.any():
        text = "moves by about 100 times: cents or pence for whole units"
        yield finding("hundredfold", symbol, "fatal", dates[1:][hundred], text, ratio[hundred], " times")
    jump = (np.maximum(ratio, 1 / ratio) > 1 + JUMP) & ~hundred
    if not jump.any():
        return
    text = f"moves by over {JUMP:.0%} in one session"
    split = next((s for r in ratio[jump] if (s := _split(float(r)))), "")
    text += f" (like an unadjusted {split} split)" if split else ""
    # A single share may really do that; a broad fund, which is what the registry holds, may not.
    severity: Severity = "fatal" if asset.known else "note"
    yield finding("jump", symbol, severity, dates[1:][jump], text, 100 * (ratio[jump] - 1), " %")


def _split(ratio: float) -> str:
    """``2:1`` for a price that falls to about a half, and so on; '' where no usual split is near."""
    for new, old in ((2, 1), (3, 1), (4, 1), (5, 1), (10, 1), (3, 2), (1, 2), (1, 3), (1, 5), (1, 10)):
        if abs(ratio * new / old - 1) < 0.04:
            return f"{new}:{old}"
    return ""


def _reversals(
    symbol: str, dates: Dates, price: Floats, note: float, fatal: float, sigmas: float = 0.0
) -> list[Finding]:
    """A large move that one of the next two sessions takes back: a bad print in between."""
    move = np.diff(np.log(price))
    if move.size < 3:
        return []
    size = np.abs(move[:-2])
    left = np.minimum(np.abs(move[:-2] + move[1:-1]), np.abs(move[:-2] + move[1:-1] + move[2:]))
    at = np.flatnonzero((size > note) & (left < TAKEN_BACK * size))
    at = at[[size[k] > sigmas * _usual(move, int(k)) for k in at]] if at.size else at
    # The way back to a right price may look like a reversal too: one finding a print is enough.
    at = at[np.diff(at, prepend=-2) > 1]
    found = []
    groups: tuple[tuple[Severity, NDArray[np.intp]], ...] = (
        ("fatal", at[size[at] > fatal]),
        ("note", at[size[at] <= fatal]),
    )
    for severity, chosen in groups:
        if chosen.size:
            text = "moves and is back at once, as a bad print does"
            values = 100 * np.expm1(move[chosen])
            found.append(finding("reversal", symbol, severity, dates[chosen + 1], text, values, " %"))
    return found


def _usual(move: Floats, at: int, sessions: int = 21) -> float:
    """Robust daily sd before move ``at``: 1.4826 × median of absolute moves; inf where there are too few."""
    return float(1.4826 * np.median(np.abs(move[at - sessions : at]))) if at >= sessions else np.inf


def _stale(symbol: str, dates: Dates, price: Floats) -> Iterator[Finding]:
    changed = np.flatnonzero(np.append(True, np.diff(price) != 0)) if price.size else np.zeros(0, dtype=int)
    length = np.diff(np.append(changed, price.size))
    long = length >= STALE_NOTE
    if long.any():
        fatal = length.max() >= STALE_FATAL
        text = f"the same close for {STALE_NOTE} sessions or more, from"
        where = dates[changed[long]]
        yield finding("stale", symbol, "fatal" if fatal else "note", where, text, length[long], " sessions")


def _adjusted(series: Series) -> Iterator[Finding]:
    """The adjusted close rebuilt from closes and dividends, both ways vendors do it: the nearer counts."""
    both = np.isfinite(series.close) & np.isfinite(series.adj_close) & np.isfinite(series.dividend)
    days, close, paid = series.dates[both][1:], series.close[both], series.dividend[both][1:]
    if days.size == 0:
        return
    before, after = close[:-1], close[1:]
    came = series.adj_close[both][1:] / series.adj_close[both][:-1]
    by_factor = came - after / np.maximum(before - paid, 1e-9 * before)
    by_return = came - (after + paid) / before
    off = np.where(np.abs(by_factor) < np.abs(by_return), by_factor, by_return)
    wrong = np.abs(off) > ADJUSTED_TOLERANCE
    if not wrong.any():
        return
    # A payout lifts the adjusted return for good; noise in one of the two closes is taken back at once.
    opposite = wrong[1:] & wrong[:-1] & (np.sign(off[1:]) != np.sign(off[:-1]))
    lasting = wrong & ~np.append(opposite, False) & ~np.append(False, opposite)
    missing, phantom = lasting & (off > 0) & (paid == 0), lasting & (off < 0) & (paid > 0)
    for rule, mask, text, values, unit in (
        ("dividend_missing", missing, "adjusted closes know an unlisted payout", before - after / came, ""),
        ("dividend_phantom", phantom, "adjusted closes do not know a listed payout", paid, ""),
        ("adjusted", wrong & ~missing & ~phantom, "close and adjusted close disagree", 100 * off, " %"),
    ):
        if mask.any():
            yield finding(rule, series.symbol, "note", days[mask], text, values[mask], unit)


def _payouts(series: Series, asset: Asset) -> Iterator[Finding]:
    """Payouts against the price, and against their own rhythm: one missing, or too soon after another."""
    paid = np.nan_to_num(series.dividend) > 0
    large = paid & (np.nan_to_num(series.dividend) > LARGE_PAYOUT * _best(series))
    if large.any():
        text = f"a payout of more than {LARGE_PAYOUT:.0%} of the price"
        severity: Severity = "fatal" if asset.known else "note"
        yield finding(
            "payout_large", series.symbol, severity, series.dates[large], text, series.dividend[large]
        )
    dates, size = series.dates[paid], series.dividend[paid]
    if dates.size < 9:
        return
    wait = np.diff(dates).astype(np.float64)
    fours = np.median(np.lib.stride_tricks.sliding_window_view(wait, 4), axis=1)
    k = np.arange(4, wait.size)
    before = fours[k - 4]
    after = np.append(fours, before[-4:])[k + 1]  # at the end, where fewer than four follow: as before
    missing = k[wait[k] > 1.75 * np.maximum(before, after)]
    extra = k[wait[k] < 0.25 * np.minimum(before, after)]
    if missing.size and np.isfinite(series.dividend).all():
        text = "a payout seems to be missing in the days before"
        yield finding(
            "payout_missing", series.symbol, "note", dates[missing + 1], text, wait[missing], " days"
        )
    if extra.size:
        text = "a payout too soon after another"
        yield finding("payout_extra", series.symbol, "note", dates[extra + 1], text, size[extra + 1])


def _second_source(fx: Series, dates: Dates, rate: Floats, second: Series) -> list[Finding]:
    known = np.isfinite(second.close)
    days, other = second.dates[known], second.close[known]
    at = np.searchsorted(days, dates, side="right") - 1
    inside = (at >= 0) & (dates <= days[-1]) if days.size else np.zeros(dates.size, dtype=bool)
    dates, rate, at = dates[inside], rate[inside], at[inside]
    around = np.stack([other[np.clip(at + step, 0, days.size - 1)] for step in (-1, 0, 1)])
    outside = np.maximum(rate / around.max(axis=0) - 1, around.min(axis=0) / rate - 1)
    wrong = outside > FX_TOLERANCE
    if not wrong.any():
        return []
    text = f"more than {FX_TOLERANCE:.0%} away from {second.source}"
    values = 100 * (rate[wrong] / around[1][wrong] - 1)
    if wrong.mean() > ANOTHER_RATE:
        text = f"{text} on {np.count_nonzero(wrong)} of {wrong.size} days: not the market's rate"
        return [finding("another_rate", fx.symbol, "note", dates[wrong], text, values, " %")]
    return [finding("second_source", fx.symbol, "fatal", dates[wrong], text, values, " %")]


def _lineage(series: Series, asset: Asset) -> Iterator[Finding]:
    raw = np.isnan(series.close) & np.isfinite(series.adj_close)
    spans = (
        ("no_raw_close", raw, "only adjusted closes"),
        ("dividend_unknown", np.isfinite(series.close) & np.isnan(series.dividend), "dividends are unknown"),
        ("before_inception", _before(series, asset.first), "prices from before the fund existed"),
        ("other_index", _before(series, asset.tracks_since), f"followed another index than {asset.tracks}"),
        (
            "after_absorption",
            _after(series, asset.absorbed_on),
            f"prices after {asset.absorbed_by} took it over",
        ),
    )
    for rule, mask, text in spans:
        if rule == "dividend_unknown" and asset.kind != "us_etf":
            continue
        if mask.any():
            days = series.dates[mask]
            span = f"{text} from {days[0]} to {days[-1]} ({days.size} days)"
            yield Finding(
                rule, series.symbol, "note", (str(days[0]), str(days[-1])), (), f"{series.symbol}: {span}"
            )


def _before(series: Series, day: object) -> Mask:
    return series.dates < np.datetime64(str(day)) if day else np.zeros(series.dates.size, dtype=bool)


def _after(series: Series, day: object) -> Mask:
    return series.dates > np.datetime64(str(day)) if day else np.zeros(series.dates.size, dtype=bool)
