"""Every check on every series of a folder: what ``backtest data verify`` shows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.errors import DataError
from engine.market.assets import Asset, known_asset
from engine.market.cache import Cache, Found
from engine.market.check_rates import check_fx
from engine.market.check_series import check_peer, check_second, check_series
from engine.market.check_shift import check_shift
from engine.market.flows import Frequency, load_flows
from engine.market.frequency import on_sessions
from engine.market.providers import csv_folder, ecb
from engine.market.series import Series
from engine.market.sources import Source
from engine.market.verify_series import (
    MONTHLY,
    UNKNOWN,
    Verified,
    broken,
    damaged,
    is_monthly,
    verify_series,
)
from engine.messages import Message, message

FLOWS = message("fund flows")
_FLOWS = re.compile(r"(.+)_FLOWS_(MONTHLY|WEEKLY|DAILY)")

_FREQUENCIES: dict[str, Frequency] = {"MONTHLY": "monthly", "WEEKLY": "weekly", "DAILY": "daily"}


def verify_folder(folder: Path) -> list[Verified]:
    """Check each CSV file of ``folder``, by name. Files that hold no prices are listed as skipped.

    A file called ``USDJPY…`` is an exchange rate and is compared with the ECB's fixings; a fund with a
    stand-in on the same index is compared with it; ``SYMBOL_FLOWS_MONTHLY`` (``_WEEKLY``, ``_DAILY``) holds
    fund flows and is only read. A file that cannot be read is a fatal finding.
    """
    own, today = csv_folder.own_assets(folder), np.datetime64("today", "D")
    result = []
    for name in csv_folder.symbols(folder):
        try:
            result.append(_verified(folder, name, own, today))
        except DataError as error:
            result.append(broken("unreadable", name, error.line))
    return result


def _verified(folder: Path, name: str, own: dict[str, Asset], today: np.datetime64) -> Verified:
    """One file. :raises DataError: it cannot be read."""
    if name.startswith("USDJPY"):
        series = csv_folder.load(folder, name, currency="JPY")
        if is_monthly(series):
            return Verified(name, series, skipped=MONTHLY)
        # Known faults are listed under the plain name of the rate, whatever the file is called.
        found = check_fx(series, ecb.load(), today)
        return Verified(name, series, tuple(replace(item, symbol=name) for item in found))
    if (named := _FLOWS.fullmatch(name)) is not None:
        flows = load_flows(folder, named[1], frequency=_FREQUENCIES[named[2]])
        return Verified(name, skipped=FLOWS, flows=flows)
    item = known_asset(name, own)
    if item is None:
        return Verified(name, skipped=UNKNOWN)
    series = csv_folder.load(folder, name, currency=item.currency).replace(symbol=item.symbol)
    series = on_sessions(series, in_new_york=item.trades_in_new_york)
    found = check_series(series, item, today=today)
    for other in item.stand_ins[:1]:
        if (folder / f"{other}.csv").is_file():
            peer = csv_folder.load(folder, other)
            found += [*check_shift(series, peer), *check_peer(series, peer)]
    return Verified(name, series, tuple(found))


def verify_cache() -> list[Verified]:
    """Every stored history: its bytes, then its values; Yahoo's also against Stooq's, where both are stored."""
    stored = [(item, verify_stored(item)) for item in Cache().find()]
    second = {item.symbol: verified.series for item, verified in stored if item.provider == "stooq"}
    return [
        replace(
            _with_second(verified, second.get(item.symbol) if item.provider == "yahoo" else None),
            name=f"{item.provider}/{item.symbol}",
        )
        for item, verified in stored
    ]


def verify_stored(found: Found) -> Verified:
    """A stored history and what the checks find in it; damage is a finding too."""
    if isinstance(found.content, Message):
        return damaged(found.symbol, found.content)
    return verify_series(found.content.series, found.provider)


def verify_source(source: Source) -> list[Verified]:
    """Every history of a source of one's own prices (:mod:`engine.market.own_prices`)."""
    return [verify_series(source.load(symbol), source.name, source.assets) for symbol in source.symbols]


def _with_second(verified: Verified, second: Series | None) -> Verified:
    """The findings of one vendor's history, and where ``second``, another's of the same fund, contradicts it."""
    if verified.series is None or verified.skipped is not None or second is None:
        return verified
    return replace(verified, findings=(*verified.findings, *check_second(verified.series, second)))
