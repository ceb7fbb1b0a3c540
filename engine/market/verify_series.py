"""The checks on one series, whoever gave it, and what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.market.assets import Asset, known_asset
from engine.market.check_rates import check_fx
from engine.market.check_series import check_series
from engine.market.findings import Finding
from engine.market.flows import Flows
from engine.market.frequency import DAILY, EVERY_DAY, frequency_of
from engine.market.providers import ecb
from engine.market.series import Dates, Series
from engine.messages import Message, message

MONTHLY = message("monthly rates")
UNKNOWN = message("no asset of this name")
YAHOO_YEN = "JPY=X"  # yen per dollar by Yahoo's name, for comparison: no run takes it


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
    item = known_asset(name, own)
    if item is None:
        return Verified(name, series, skipped=UNKNOWN)
    return Verified(name, series, tuple(check_series(series, item)))


def is_monthly(series: Series) -> bool:
    """True if most of its days are far apart: the daily checks say nothing of it."""
    return frequency_of(series.dates) not in (DAILY, EVERY_DAY)


def damaged(name: str, problem: Message) -> Verified:
    """A file whose bytes are not what they were, as a fatal finding."""
    return broken("damaged", name, problem)


def broken(rule: str, name: str, what: Message) -> Verified:
    """A file of which nothing but a fatal finding can be said."""
    return Verified(name, findings=(Finding(rule, name, "fatal", what),))
