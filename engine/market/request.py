"""What a panel is asked for, as the value that its steps share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from engine.market.assets import Asset, asset
from engine.market.eligibility import assumed
from engine.market.series import Series
from engine.market.sources import Source

Day = np.datetime64 | date | str
Splices = Mapping[str, str] | Literal["auto", "none"]


@dataclass(frozen=True)
class Request:
    """What a panel is asked for.

    ``start, end``    the period, both included; None = as early, as late as there is anything
    ``total_return``  adjusted closes and no dividends
    ``splices``       as of :func:`engine.market.panel_builder.build_panel`
    ``monthly``       all prices at month ends
    """

    source: Source
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    total_return: bool = False
    splices: Splices = "none"
    monthly: bool = False

    def asset(self, symbol: str) -> Asset:
        """The asset of a symbol, the source's own row first."""
        return asset(symbol, self.source.assets)

    def load(self, item: Asset) -> Series:
        """The whole history of an asset, with a note where the asset itself is assumed."""
        series = self.source.load(item.symbol)
        return series if item.known else series.noted(assumed(item))

    def until_end(self, series: Series) -> Series:
        """``series`` up to the end of the period."""
        if self.end is None or not series.dates.size:
            return series
        return series.between(series.dates[0], self.end)

    def stand_in(self, item: Asset, registered: Sequence[str]) -> Asset | None:
        """The asset that may fill what ``item`` lacks: the one that was asked for, or the registry's first.

        The fund that took another one over continues it, and is no stand-in for its past; others are that only.
        """
        if isinstance(self.splices, str):
            return self.asset(registered[0]) if self.splices == "auto" and registered else None
        name, continues = self.splices.get(item.symbol), registered == (item.absorbed_by,)
        return None if name is None or (name == item.absorbed_by) != continues else self.asset(name)


def as_day(value: Day | None) -> np.datetime64 | None:
    """``value`` as datetime64[D]; None stays None."""
    return None if value is None else np.datetime64(str(value), "D")
