"""Checks of one series, each a named rule with its evidence. Nothing is repaired here.

A **fatal** finding means that money figures from the series would be wrong: a run refuses it. A **warning** may
well make them wrong: it stands in the banner of every output. A **note** is something a person should know. The
limits are a table (``engine.market.check_limits``); docs/data.md lists the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from engine.market.assets import Asset
from engine.market.check_days import check_days, check_order
from engine.market.check_limits import PEER_DEVIATION, SECOND_OPINION
from engine.market.check_payouts import check_adjusted, check_payouts
from engine.market.check_prices import check_form, check_prices
from engine.market.faults import check_known_faults
from engine.market.findings import Finding, in_order, percent, where
from engine.market.frequency import MONTHLY, frequency_of
from engine.market.series import Dates, Mask, Series, total_close
from engine.messages import Message, message


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
    found = []
    if series.currency != asset.currency:
        what = message("is in {came}, {wanted} was expected", came=series.currency, wanted=asset.currency)
        found.append(Finding("currency", series.symbol, "fatal", what))
    # Where the form is broken the other rules would report the same fault in other words.
    broken = [*check_order(series), *check_form(series)]
    found += broken or _of_values(series, asset, calendar, start, today)
    return in_order(accepted(item, asset) for item in found)


def accepted(found: Finding, asset: Asset) -> Finding:
    """``found`` as a note where the asset's row says that it is true: its rule, or the rule on all its days."""
    days = {f"{found.rule}:{day}" for day in found.dates}
    is_true = found.rule in asset.accept or (days and days <= set(asset.accept))
    if found.severity == "note" or not is_true:
        return found
    return replace(
        found, severity="note", what=message("accepted as true in assets.csv: {what}", what=found.what)
    )


@np.errstate(all="ignore")
def check_peer(series: Series, peer: Series) -> list[Finding]:
    """Closes that lag those of ``peer``, a fund on the same index: a move missed is made a session later.

    A fund that is hardly traded shows its last trade of the day, which may be hours old.
    """
    dates, ours, theirs = np.intersect1d(series.dates, peer.dates, assume_unique=True, return_indices=True)
    # Total returns: two funds on one index rarely pay on the same day.
    gap = np.nan_to_num(np.diff(np.log(series.adj_close[ours])) - np.diff(np.log(peer.adj_close[theirs])))
    back = np.abs(gap[:-1] + gap[1:]) < 0.5 * np.abs(gap[:-1])
    stale = (np.abs(gap[:-1]) > PEER_DEVIATION) & back
    what = message("stale closes, which {peer} shows by the move they miss", peer=peer.symbol)
    days, off = dates[1:-1], 100 * gap[:-1]
    return list(where("stale_against_peer", series.symbol, "note", what, days, stale, off, percent))


@np.errstate(all="ignore")
def check_second(series: Series, second: Series) -> list[Finding]:
    """Days on which another vendor's closes of the same fund move otherwise.

    Closes where both have them; else adjusted closes, or the closes with their payouts reinvested.
    """
    dates, ours, theirs = np.intersect1d(series.dates, second.dates, assume_unique=True, return_indices=True)
    own, other = series.close, second.close
    if not (np.isfinite(own[ours]) & np.isfinite(other[theirs])).any():
        own, other = total_close(series), total_close(second)
    gap = np.diff(np.log(own[ours])) - np.diff(np.log(other[theirs]))
    apart = np.nan_to_num(np.abs(gap)) > SECOND_OPINION
    what = message("closes move otherwise than those of {source}", source=second.source)
    found = where("second_opinion", series.symbol, "warning", what, dates[1:], apart, 100 * gap, percent)
    return list(found)


def _of_values(
    series: Series,
    asset: Asset,
    calendar: Dates | None,
    start: np.datetime64 | None,
    today: np.datetime64 | None,
) -> Iterator[Finding]:
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
    days, priced = series.dates, np.isfinite(series.close)
    unknown = priced & np.isnan(series.dividend) & (asset.kind != "index")
    early = days < np.datetime64(asset.first or date.min)
    other = days < np.datetime64(asset.tracks_since or date.min)
    gone = days > np.datetime64(asset.absorbed_on or date.max)
    what = message("only adjusted closes")
    yield from _span("no_raw_close", series, ~priced & np.isfinite(series.adj_close), what)
    yield from _span("dividend_unknown", series, unknown, message("dividends are unknown"))
    yield from _span("before_inception", series, early, message("prices from before the fund existed"))
    what = message("followed another index than {index}", index=asset.tracks)
    yield from _span("other_index", series, other, what)
    what = message("prices after {other} took it over", other=asset.absorbed_by)
    yield from _span("after_absorption", series, gone, what)


def _span(rule: str, series: Series, mask: Mask, what: Message) -> Iterator[Finding]:
    if mask.any():
        days = series.dates[mask]
        what = message(
            "{what} from {first} to {last} ({days} months)"
            if frequency_of(series.dates) is MONTHLY
            else "{what} from {first} to {last} ({days} days)",
            what=what,
            first=days[0],
            last=days[-1],
            days=days.size,
        )
        yield Finding(rule, series.symbol, "note", what, (str(days[0]), str(days[-1])))
