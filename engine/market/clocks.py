"""What is known when: the sessions of New York and Tokyo in one panel.

On a date D Tokyo closes, and yen funds take their last orders, some hours before the day's exchange rate is fixed
(14:15 in Frankfurt) and before New York opens. Where an asset is traded on Tokyo's exchange, or a yen fund stands
beside New York, a session's orders are decided at Tokyo's close of D: on closes of Tokyo and values of funds up to
D (these hold New York's close before D), on closes of New York before D, at the last rate fixed before D. The
panel's sessions are the dates on which both trade; what New York closed on in between is known all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.market.assets import Asset
from engine.market.frequency import DAILY, frequency_of
from engine.market.series import ONE_DAY, Dates, Floats, Series


@dataclass(frozen=True)
class Clock:
    """Whether a panel's sessions are decided at ``in_tokyo``'s close, and beside New York (``two``)."""

    in_tokyo: bool
    two: bool

    @property
    def lag(self) -> np.timedelta64:
        """How long before a session its exchange rate must be known."""
        return ONE_DAY if self.in_tokyo else 0 * ONE_DAY

    def rate_days(self, sessions: Dates) -> Dates:
        """The last days whose fixing is known when the sessions are decided."""
        return sessions - self.lag

    def decided(self, columns: Sequence[Series], sessions: Dates) -> Dates:
        """The sessions before which every asset of New York had a price, if that is what is decided on."""
        if not self.two:
            return sessions
        first = max(item.priced[0] for item in columns if item.currency == "USD")
        found: Dates = sessions[sessions > first]
        return found

    def per_year(self, columns: Sequence[Series], sessions: Dates) -> int:
        """Sessions of a year: of two exchanges those of New York's year that both have."""
        usual = frequency_of(sessions).per_year
        if not self.two or sessions.size < 2:
            return usual
        first, last = sessions[0], sessions[-1]
        own = [item.priced for item in columns if item.currency == "USD"]
        most = max(int(np.count_nonzero((days >= first) & (days <= last))) for days in own)
        return round(usual * sessions.size / most)

    def known(self, assets: Sequence[Asset], columns: Sequence[Series], sessions: Dates) -> Floats | None:
        """(T, A) the prices on which each session's orders are decided; None where they are the session's own."""
        if not self.two:
            return None
        return np.column_stack([_known(item, column, sessions) for item, column in zip(assets, columns)])


def clock_of(assets: Sequence[Asset], columns: Sequence[Series]) -> Clock:
    """The clock of a panel of these assets, and of prices in ``columns``: by the day alone can there be two."""
    daily = all(frequency_of(column.dates).longest == DAILY.longest for column in columns)
    beside = any(item.trades_in_new_york for item in assets)
    exchange = any(item.kind == "jp_etf" for item in assets)
    in_tokyo = daily and (exchange or (beside and any(item.trades_in_tokyo for item in assets)))
    return Clock(in_tokyo, in_tokyo and beside)


def _known(item: Asset, column: Series, sessions: Dates) -> Floats:
    """(T,) the last close on or before each session; of New York before it."""
    priced = column.rows(np.isfinite(column.close))
    until = sessions - ONE_DAY if item.trades_in_new_york else sessions
    return priced.close[np.searchsorted(priced.dates, until, side="right") - 1]
