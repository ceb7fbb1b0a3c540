"""Checks of one series, each a named rule with its evidence. Nothing is repaired here.

A **fatal** finding means that money figures from the series would be wrong: a run refuses it. A **warning** may
well make them wrong: it stands in the banner of every output. A **note** is something a person should know. The
limits are a table (``engine.market.check_limits``); docs/data.md lists the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.market.assets import Asset
from engine.market.check_days import check_days, check_order
from engine.market.check_limits import PEER_DEVIATION
from engine.market.check_payouts import check_adjusted, check_payouts
from engine.market.check_prices import check_form, check_prices
from engine.market.faults import check_known_faults
from engine.market.findings import Finding, finding, in_order
from engine.market.frequency import frequency_of
from engine.market.series import Dates, Series
from engine.messages import untranslated

Mask = NDArray[np.bool_]


@np.errstate(all="ignore")  # absurd prices overflow: that is for the rules to say
def check_series(
    series: Series,
    asset: Asset,
    *,
    calendar: Dates | None = None,
    start: np.datetime64 | None = None,
    today: np.datetime64 | None = None,
) -> list[Finding]:
    """Every finding on the history of one asset, the gravest first.

    ``calendar``  the sessions to compare the dates with; None = those that the dates follow
    ``start``     the first day of the period over which two columns are compared; None = that of the series
    ``today``     prices of later days are refused; None = any day may have one
    """
    found = _all(series, asset, calendar, start, today)
    return in_order(accepted(item, asset) for item in found)


def accepted(found: Finding, asset: Asset) -> Finding:
    """``found`` as a note where the asset's row says that it is true: its rule, or the rule on all its days."""
    days = [f"{found.rule}:{day}" for day in found.dates]
    if found.severity == "note" or not (
        found.rule in asset.accept or (days and set(days) <= set(asset.accept))
    ):
        return found
    symbol, _, said = str(found.message).partition(": ")
    text = f"{symbol}: accepted as true in assets.csv: {said}"
    return replace(found, severity="note", message=untranslated(text))


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


def _all(
    series: Series,
    asset: Asset,
    calendar: Dates | None,
    start: np.datetime64 | None,
    today: np.datetime64 | None,
) -> Iterator[Finding]:
    if series.currency != asset.currency:
        text = f"is in {series.currency}, {asset.currency} was expected"
        yield finding("currency", series.symbol, "fatal", series.dates[:0], text)
    broken = [*check_order(series), *check_form(series)]
    yield from broken
    if broken:
        return  # the other rules would report the same fault in other words
    best = np.where(np.isfinite(series.close), series.close, series.adj_close)
    known = np.isfinite(best)
    dates, price = series.dates[known], best[known]
    in_new_york = asset.trades_in_new_york
    yield from check_days(series.symbol, dates, in_new_york=in_new_york, calendar=calendar, today=today)
    yield from check_prices(series.symbol, asset, dates, price, frequency_of(dates))
    yield from check_adjusted(series, start)
    yield from check_payouts(series, asset, best)
    yield from check_known_faults(series)
    yield from _lineage(series, asset)


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
        if rule == "dividend_unknown" and asset.kind == "index":
            continue
        if mask.any():
            days = series.dates[mask]
            span = f"{text} from {days[0]} to {days[-1]} ({days.size} days)"
            yield Finding(
                rule,
                series.symbol,
                "note",
                (str(days[0]), str(days[-1])),
                (),
                untranslated(f"{series.symbol}: {span}"),
            )


def _before(series: Series, day: object) -> Mask:
    return series.dates < np.datetime64(str(day)) if day else np.zeros(series.dates.size, dtype=bool)


def _after(series: Series, day: object) -> Mask:
    return series.dates > np.datetime64(str(day)) if day else np.zeros(series.dates.size, dtype=bool)
