"""One price series as a provider hands it over, and its identity."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.messages import Message, message, to_plain

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# numpy adds no bare number to a date: the unit is always named.
COLUMNS = ("dates", "close", "adj_close", "dividend")
ONE_DAY, ONE_MONTH, ONE_YEAR = (np.timedelta64(1, unit) for unit in ("D", "M", "Y"))
CYCLE = np.timedelta64(10_227, "D")  # 28 years, after which weekdays and dates fall together again (to 2099)


@dataclass(frozen=True)
class Provenance:
    """Where one series of a panel came from; goes into the manifest and every report."""

    symbol: str
    source: str
    sha256: str
    first: str
    last: str
    is_sample: bool = False
    splices: tuple[Message | str, ...] = ()
    notes: tuple[Message | str, ...] = ()
    warnings: tuple[Message | str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As a manifest keeps it."""
        names = ("splices", "notes", "warnings")
        return {**vars(self), **{name: [to_plain(text) for text in getattr(self, name)] for name in names}}


@dataclass(frozen=True)
class Series:
    """Daily history of one symbol, in its own currency.

    ``dates``       datetime64[D], (n,), strictly increasing
    ``close``       (n,) split-adjusted close in ``currency``; NaN where the source has none
    ``adj_close``   (n,) close also adjusted for dividends: ratios only, never money; NaN where none
    ``dividend``    (n,) split-adjusted dividend per unit on its ex-date, 0 on other days; NaN = unknown
    ``source``      where it came from, for people: ``yahoo``, ``csv:IWM.csv``, ``sample``, ``ecb``
    ``is_sample``   True if any part of it is simulated
    ``notes``       what was done to it (corrections, findings that are not fatal)
    ``warnings``    those of the notes that the banner of every output must carry
    ``splices``     which parts of it are another asset's

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
    splices: tuple[Message, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def priced(self) -> Dates:
        """The days that have a close."""
        return self.dates[np.isfinite(self.close)]

    @property
    def sha256(self) -> str:
        """SHA-256 of the values alone: symbol and currency, dates as days since 1970, the three columns."""
        columns = (self.close, self.adj_close, self.dividend)
        return sha256_of(f"{self.symbol}\0{self.currency}\0", self.dates, columns)

    @property
    def provenance(self) -> Provenance:
        """For a manifest: where these values came from."""
        ends = str(self.dates[0]), str(self.dates[-1])
        said = self.splices, self.notes, self.warnings
        return Provenance(self.symbol, self.source, self.sha256, *ends, self.is_sample, *said)

    @property
    def pays(self) -> bool:
        """Whether it has a payout that is known."""
        return bool((self.dividend > 0).any())

    @property
    def named(self) -> Message:
        """Symbol and source, for a sentence."""
        return message("{symbol} ({source})", symbol=self.symbol, source=self.source)

    def rows(self, keep: Mask | slice) -> Series:
        """Some of the rows."""
        return self.replace(**{name: getattr(self, name)[keep] for name in COLUMNS})

    def between(self, start: np.datetime64, end: np.datetime64) -> Series:
        """The part from ``start`` to ``end``, both included."""
        return self.rows((self.dates >= start) & (self.dates <= end))

    def then(self, later: Series) -> Series:
        """This series with the rows of another one behind its own."""
        pairs = {name: (getattr(self, name), getattr(later, name)) for name in COLUMNS}
        return self.replace(**{name: np.concatenate(pair) for name, pair in pairs.items()})

    def replace(self, **changes: Any) -> Series:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def noted(self, *notes: Message, warnings: Sequence[Message] = ()) -> Series:
        """A copy with more notes and warnings."""
        return replace(self, notes=(*self.notes, *notes), warnings=(*self.warnings, *warnings))


def sha256_of(name: str, dates: Dates, columns: Sequence[Floats]) -> str:
    """SHA-256 of a name, of dates as days since 1970, and of columns, numbers of eight bytes, little-endian."""
    digest = hashlib.sha256(name.encode())
    digest.update(dates.astype("datetime64[D]").astype("<i8").tobytes())
    for column in columns:
        digest.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
    return digest.hexdigest()


def last_of_each(values: NDArray[Any]) -> Mask:
    """(n,) whether an element is the last of those like it: of sessions' months, whether it ends one."""
    return np.append(values[1:] != values[:-1], True)


def calendar_years(dates: Dates) -> Ints:
    """The calendar year of each date."""
    return dates.astype("datetime64[Y]").astype(np.int64) + 1970


def calendar_year(day: np.datetime64) -> int:
    """The calendar year of one day."""
    return int(day.astype("datetime64[Y]").astype(int)) + 1970


def month_end(days: Any) -> Any:
    """The last day of the month of each of ``days``, which may be months: datetime64[D], of the same shape."""
    # datetime64[M] + 1 month, seen as days, is the first of the next month.
    return (days.astype("datetime64[M]") + ONE_MONTH).astype("datetime64[D]") - ONE_DAY


def of_monthly_returns(symbol: str, months: Dates, returns: Floats, source: str) -> Series:
    """Total returns (n,) of consecutive ``months`` (datetime64[M], (n,)) in dollars, fractions, as a Series.

    ``adj_close`` is 100 × the growth of 1 dollar on the last day of each month; the first date is the end of the
    month before the first return. ``close`` and ``dividend`` are NaN: there are no prices, and dividends are
    inside the returns.
    """
    growth = 100.0 * np.append(1.0, np.cumprod(1.0 + returns))
    nothing = np.full(len(growth), np.nan)
    dates = month_end(np.append(months[0] - ONE_MONTH, months))
    return Series(symbol, "USD", dates, nothing, growth, nothing.copy(), source)


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


def paid_between(dividend: Floats, known: Mask) -> Floats:
    """(k - 1,) payouts from each of the k rows that are ``known`` to the next, that row's own included.

    An unknown payout (NaN) counts as none.
    """
    rows = np.flatnonzero(known)
    if rows.size < 2:
        return np.zeros(0)
    return np.add.reduceat(np.nan_to_num(dividend)[: rows[-1] + 1], rows[:-1] + 1)


def total_close(series: Series) -> Floats:
    """(n,) adjusted closes, made from closes and payouts where there are none."""
    if np.isfinite(series.adj_close).any():
        return series.adj_close
    return with_payouts(series.close, np.nan_to_num(series.dividend))
