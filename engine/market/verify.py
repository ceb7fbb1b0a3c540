"""Every check on every series of a folder: what ``backtest data verify`` shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import DataError
from engine.market.assets import Asset, asset
from engine.market.check_rates import check_fx
from engine.market.check_series import check_peer, check_second, check_series
from engine.market.findings import Finding
from engine.market.flows import Flows, Frequency, load_flows
from engine.market.frequency import DAILY, EVERY_DAY, frequency_of, on_sessions
from engine.market.providers import csv_folder, ecb
from engine.market.series import Dates, Series
from engine.messages import Message, message

if TYPE_CHECKING:
    from engine.market.cache import Found
    from engine.market.sources import Source

MONTHLY = message("monthly rates")
FLOWS = message("fund flows")
UNKNOWN = message("no asset of this name")
YAHOO_YEN = "JPY=X"  # yen per dollar by Yahoo's name, for comparison: no run takes it
_FLOWS = re.compile(r"(.+)_FLOWS_(MONTHLY|WEEKLY|DAILY)")

_FREQUENCIES: dict[str, Frequency] = {"MONTHLY": "monthly", "WEEKLY": "weekly", "DAILY": "daily"}


@dataclass(frozen=True)
class Verified:
    """One file: its series and findings, or why it was not looked at."""

    name: str
    series: Series | None = None
    findings: tuple[Finding, ...] = ()
    skipped: Message | None = None
    flows: Flows | None = None

    @property
    def dates(self) -> Dates | None:
        """The days that were read, of prices or of flows."""
        read = self.series or self.flows
        return None if read is None else read.dates


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
            result.append(_broken("unreadable", name, error.line))
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
    item = _known(name, own)
    if item is None:
        return Verified(name, skipped=UNKNOWN)
    series = csv_folder.load(folder, name, currency=item.currency).replace(symbol=item.symbol)
    series = on_sessions(series, in_new_york=item.trades_in_new_york)
    found = check_series(series, item, today=today)
    for other in item.stand_ins[:1]:
        if (folder / f"{other}.csv").is_file():
            found += check_peer(series, csv_folder.load(folder, other))
    return Verified(name, series, tuple(found))


def verify_cache() -> list[Verified]:
    """Every stored history: its bytes, then its values; Yahoo's also against Stooq's, where both are stored."""
    from engine.market.cache import Cache

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


def verify_series(series: Series, provider: str, own: Mapping[str, Asset] | None = None) -> Verified:
    """The checks on one series as ``provider`` gave it; a monthly one has none.

    ``own``: rows beside the registry's.
    """
    name = series.symbol
    if name.startswith("USDJPY") or name == YAHOO_YEN:
        second = None if provider == "ecb" else ecb.load()
        return Verified(name, series, tuple(check_fx(series, second)))
    if is_monthly(series):
        return Verified(name, series, skipped=MONTHLY)
    item = _known(name, own)
    if item is None:
        return Verified(name, series, skipped=UNKNOWN)
    return Verified(name, series, tuple(check_series(series, item)))


def _with_second(verified: Verified, second: Series | None) -> Verified:
    """The findings of one vendor's history, and where ``second``, another's of the same fund, contradicts it."""
    if verified.series is None or verified.skipped is not None or second is None:
        return verified
    return replace(verified, findings=(*verified.findings, *check_second(verified.series, second)))


def _known(name: str, own: Mapping[str, Asset] | None = None) -> Asset | None:
    try:
        return asset(name, own)
    except DataError:
        return None


def is_monthly(series: Series) -> bool:
    """True if most of its days are far apart: the daily checks say nothing of it."""
    return frequency_of(series.dates) not in (DAILY, EVERY_DAY)


def damaged(name: str, problem: Message) -> Verified:
    """A file whose bytes are not what they were, as a fatal finding."""
    return _broken("damaged", name, problem)


def _broken(rule: str, name: str, what: Message) -> Verified:
    return Verified(name, findings=(Finding(rule, name, "fatal", what),))
