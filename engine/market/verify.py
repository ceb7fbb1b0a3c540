"""Every check on every series of a folder: what ``backtest data verify`` shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.errors import DataError
from engine.market.assets import asset
from engine.market.check_rates import check_fx
from engine.market.check_series import check_peer, check_series
from engine.market.findings import Finding, finding
from engine.market.flows import Flows, load_flows
from engine.market.frequency import on_sessions
from engine.market.providers import csv_folder, ecb
from engine.market.series import Dates, Series

MONTHLY = "monthly rates"
FLOWS = "fund flows"
UNKNOWN = "no asset of this name"
YAHOO_YEN = "JPY=X"  # yen per dollar by Yahoo's name, for comparison: no run takes it
_FLOWS = re.compile(r"(.+)_FLOWS_(MONTHLY|WEEKLY)")


@dataclass(frozen=True)
class Verified:
    """One file: its series and findings, or why it was not looked at."""

    name: str
    series: Series | None
    findings: tuple[Finding, ...]
    skipped: str = ""
    flows: Flows | None = None

    @property
    def dates(self) -> Dates | None:
        """The days that were read, of prices or of flows."""
        read = self.series or self.flows
        return None if read is None else read.dates


def verify_folder(folder: Path) -> list[Verified]:
    """Check each CSV file of ``folder``, by name. Files that hold no prices are listed as skipped.

    A file called ``USDJPY…`` is an exchange rate and is compared with the ECB's fixings; a fund with a
    stand-in on the same index is compared with it; ``SYMBOL_FLOWS_MONTHLY`` (``_WEEKLY``) holds fund flows and
    is only read. A file that cannot be read is a fatal finding.
    """
    today = np.datetime64("today", "D")
    own = csv_folder.own_assets(folder)
    second = ecb.load()
    result = []
    for name in csv_folder.symbols(folder):
        if name.startswith("USDJPY"):
            result.append(_rate(folder, name, second, today))
            continue
        if (flows := _FLOWS.fullmatch(name)) is not None:
            result.append(_flows(folder, name, *flows.groups()))
            continue
        try:
            item = asset(name, own)
        except DataError:
            result.append(Verified(name, None, (), UNKNOWN))
            continue
        try:
            series = csv_folder.load(folder, name, currency=item.currency).replace(symbol=item.symbol)
        except DataError as error:
            result.append(_unreadable(name, error))
            continue
        series = on_sessions(series, in_new_york=item.trades_in_new_york)
        found = check_series(series, item, today=today)
        for other in item.stand_ins[:1]:
            if (folder / f"{other}.csv").is_file():
                found += check_peer(series, csv_folder.load(folder, other))
        result.append(Verified(name, series, tuple(found)))
    return result


def verify_series(series: Series, provider: str) -> Verified:
    """The checks on one series as ``provider`` gave it; a monthly one has none."""
    name = series.symbol
    if name.startswith("USDJPY") or name == YAHOO_YEN:
        second = None if provider == "ecb" else ecb.load()
        return Verified(name, series, tuple(check_fx(series, second)))
    if is_monthly(series):
        return Verified(name, series, (), MONTHLY)
    try:
        item = asset(name)
    except DataError:
        return Verified(name, series, (), UNKNOWN)
    return Verified(name, series, tuple(check_series(series, item)))


def is_monthly(series: Series) -> bool:
    """True if most of its days are far apart: the daily checks say nothing of it."""
    days = (series.dates[1:] - series.dates[:-1]).astype(int)
    return bool(days.size and sorted(days)[days.size // 2] > 5)


def damaged(name: str, problem: str) -> Verified:
    """A file whose bytes are not what they were, as a fatal finding."""
    return Verified(name, None, (finding("damaged", name, "fatal", ecb.load().dates[:0], problem),))


def _rate(folder: Path, name: str, second: Series, today: np.datetime64) -> Verified:
    try:
        series = csv_folder.load(folder, name, currency="JPY")
    except DataError as error:
        return _unreadable(name, error)
    if is_monthly(series):
        return Verified(name, series, (), MONTHLY)
    # Known faults are listed under the plain name of the rate, whatever the file is called.
    found = check_fx(series, second, today)
    return Verified(name, series, tuple(replace(item, symbol=name) for item in found))


def _flows(folder: Path, name: str, symbol: str, frequency: str) -> Verified:
    try:
        flows = load_flows(folder, symbol, frequency="weekly" if frequency == "WEEKLY" else "monthly")
    except DataError as error:
        return _unreadable(name, error)
    return Verified(name, None, (), FLOWS, flows)


def _unreadable(name: str, error: DataError) -> Verified:
    empty = finding("unreadable", name, "fatal", ecb.load().dates[:0], str(error))
    return Verified(name, None, (empty,))
