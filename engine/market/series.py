"""One price series as a provider hands it over, and its identity."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.messages import Message

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]

# numpy adds no bare number to a date: the unit is always named.
ONE_DAY, ONE_MONTH, ONE_YEAR = (np.timedelta64(1, unit) for unit in ("D", "M", "Y"))


@dataclass(frozen=True)
class Series:
    """Daily history of one symbol, in its own currency.

    ``dates``       datetime64[D], (n,), strictly increasing
    ``close``       (n,) split-adjusted close in ``currency``; NaN where the source has none
    ``adj_close``   (n,) close also adjusted for dividends: ratios only, never money; NaN where none
    ``dividend``    (n,) split-adjusted dividend per unit on its ex-date, 0 on other days; NaN = unknown
    ``source``      where it came from, for people: ``yahoo``, ``csv:IWM.csv``, ``sample``, ``ecb``
    ``is_sample``   True if any part of it is simulated
    ``notes``       what was done to it (splices, corrections, findings that are not fatal)
    ``warnings``    those of the notes that the banner of every output must carry

    A note is a plain text only where an old cache holds it.

    An exchange rate is a Series named like ``USDJPY`` (yen per dollar) with only ``close``.
    """

    symbol: str
    currency: str
    dates: Dates
    close: Floats
    adj_close: Floats
    dividend: Floats
    source: str
    is_sample: bool = False
    notes: tuple[Message | str, ...] = ()
    warnings: tuple[Message | str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the values alone: dates as days since 1970, then the three columns, little-endian."""
        digest = hashlib.sha256(f"{self.symbol}\0{self.currency}\0".encode())
        digest.update(self.dates.astype("datetime64[D]").astype("<i8").tobytes())
        for column in (self.close, self.adj_close, self.dividend):
            digest.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
        return digest.hexdigest()

    def between(self, start: np.datetime64, end: np.datetime64) -> Series:
        """The part from ``start`` to ``end``, both included."""
        keep = (self.dates >= start) & (self.dates <= end)
        return self.replace(
            dates=self.dates[keep],
            close=self.close[keep],
            adj_close=self.adj_close[keep],
            dividend=self.dividend[keep],
        )

    def replace(self, **changes: Any) -> Series:
        """A copy with some fields changed."""
        from dataclasses import replace

        return replace(self, **changes)


def with_payouts(close: Floats, dividend: Floats) -> Floats:
    """(n,) the level of a holding whose payouts buy more at the close of their ex-date; ends at the last close.

    A payout on a day without a close belongs to the next that has one. NaN where ``close`` is; an unknown
    payout (NaN) counts as none: whoever asks has looked.
    """
    known = np.isfinite(close)
    level = np.full(close.size, np.nan)
    if not np.nan_to_num(dividend).any():
        return close
    price = close[known]
    growth = np.append(1.0, (price[1:] + paid_between(dividend, known)) / price[:-1])
    index = np.cumprod(growth)
    level[known] = price[-1] * (index / index[-1])
    return level


def paid_between(dividend: Floats, known: NDArray[np.bool_]) -> Floats:
    """(k - 1,) payouts from each of the k rows that are ``known`` to the next, that row's own included.

    An unknown payout (NaN) counts as none.
    """
    rows = np.flatnonzero(known)
    if rows.size < 2:
        return np.zeros(0)
    paid: Floats = np.add.reduceat(np.nan_to_num(dividend)[: rows[-1] + 1], rows[:-1] + 1)
    return paid
