"""The embedded sample: simulated daily prices that meet real monthly figures; docs/sample.md says how.

Real: the level at each month's end, each year's high and low with their dates, volatility, dividend yield and
correlations of SPY, IWM and IJR. Simulated: every other day. VOO, IVV, VTWO and SPSM are one of those three,
with its expense ratio exchanged for their own. The packed file holds whole ten-thousandths of a dollar and is
unpacked with integer arithmetic and single IEEE operations only, so that every machine sees the same bytes.
"""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData, NotFound, reason_of
from engine.market.providers import sample_tokyo
from engine.market.series import Dates, Floats, Series
from engine.messages import Number, Quoted, listed, message
from engine.words import nearest

PACKED = Path(__file__).with_name("sample_data") / "sample.npz"
PACKED_SHA256 = "67da7fcb4ff68f9ee1e112b3736ea1b7b1a47c108248f961ac04e932281fda1c"
BASE = ("SPY", "IWM", "IJR")
STANDS_ON = {"VOO": "SPY", "IVV": "SPY", "VTWO": "IWM", "SPSM": "IJR"}
EXPENSE_BP = {"SPY": 9, "IWM": 19, "IJR": 6, "VOO": 3, "IVV": 3, "VTWO": 7, "SPSM": 3}
SYMBOLS: tuple[str, ...] = (*BASE, *STANDS_ON)
COLUMNS = ("days", "close", "dividend")
TICKS = 10_000  # ten-thousandths of a dollar in a dollar

Ticks = NDArray[np.int64]


def load(symbol: str) -> Series:
    """The sample's history of ``symbol``, 2000-12-29 to 2025-12-31, in US dollars.

    ``close`` and ``dividend`` are multiples of 0.0001; ``adj_close`` grows by (close + dividend) / close
    before and ends at the last close. No NaN anywhere. Raises NotFound for a symbol that the sample does not
    have, BadData where the packed file is damaged. ``2558.T`` is in yen: see ``sample_tokyo``.
    """
    if symbol == sample_tokyo.SYMBOL:
        series = sample_tokyo.load(load("SPY"))
        return series.replace(adj_close=adjusted(series.close, series.dividend))
    if symbol not in SYMBOLS:
        known = (*SYMBOLS, sample_tokyo.SYMBOL)
        names, near = listed(known), nearest(symbol, known)
        hint = message("it has {names}", names=names)
        if near is not None:
            hint = message("did you mean {word}? it has {names}", word=near, names=names)
        raise NotFound(message("the embedded sample has no {symbol}", symbol=Quoted(symbol)), hint=hint)
    base = STANDS_ON.get(symbol, symbol)
    dates, closes, dividends = unpack(intact())
    close, dividend = closes[:, BASE.index(base)], dividends[:, BASE.index(base)]
    notes = [message("sample: real at each month's end and each year's high and low, simulated in between")]
    if base != symbol:
        difference = EXPENSE_BP[base] - EXPENSE_BP[symbol]
        close, dividend = _exchange_fee(dates, close, dividend, difference)
        notes.append(
            message(
                "sample: {symbol} is {base} plus {difference} % a year (expense ratios {fee} % and {own_fee} %), "
                "at the price level of {base}, from {day} whenever the fund itself began",
                symbol=symbol,
                base=base,
                difference=Number(difference / 100, 2),
                fee=Number(EXPENSE_BP[base] / 100, 2),
                own_fee=Number(EXPENSE_BP[symbol] / 100, 2),
                day=dates[0],
            )
        )
    prices, payouts = close / TICKS, dividend / TICKS
    return Series(
        symbol=symbol,
        currency="USD",
        dates=dates,
        close=prices,
        adj_close=adjusted(prices, payouts),
        dividend=payouts,
        source="sample",
        is_sample=True,
        notes=tuple(notes),
    )


def adjusted(close: Floats, dividend: Floats) -> Floats:
    """Close with dividends reinvested at the close of their ex-date, (n,); equal to close at the end."""
    growth = np.ones(len(close))
    growth[1:] = (close[1:] + dividend[1:]) / close[:-1]
    index = np.cumprod(growth)
    result: Floats = close[-1] * (index / index[-1])
    return result


def intact() -> bytes:
    """The packed file. Raises BadData if it is missing or any bit of it has changed."""
    try:
        packed = PACKED.read_bytes()
    except OSError as error:
        what = message("the embedded sample cannot be read: {why}", why=reason_of(error))
        raise BadData(what, hint=message("install again")) from None
    if sha256(packed).hexdigest() != PACKED_SHA256:
        what = message("the embedded sample is damaged: {file}", file=PACKED.name)
        raise BadData(what, hint=message("install again"))
    return packed


def unpack(packed: bytes) -> tuple[Dates, Ticks, Ticks]:
    """Dates (n,), closes and dividends (n, 3) in ticks, columns as ``BASE``."""
    with np.load(BytesIO(packed), allow_pickle=False) as columns:
        days, close, dividend = (np.cumsum(columns[name], axis=0, dtype=np.int64) for name in COLUMNS)
    return days.astype("datetime64[D]"), close, dividend


def _exchange_fee(dates: Dates, close: Ticks, dividend: Ticks, difference: int) -> tuple[Ticks, Ticks]:
    """Prices that grow by ``difference`` basis points a year more, accrued by the calendar day over 365."""
    count = dates.astype(np.int64)
    days = np.diff(count, prepend=count[:1])
    growth = np.cumprod(1.0 + difference * days / 3_650_000)
    return np.rint(close * growth).astype(np.int64), np.rint(dividend * growth).astype(np.int64)
