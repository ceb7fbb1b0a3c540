"""Yahoo Finance through yfinance: daily closes, dividends and splits of one symbol.

Each attempt runs in a child process (``yahoo_child.py``) with a hard deadline, since yfinance keeps bad
answers in the process and waits longer than it is told to. What comes back is checked here and nothing
is repaired: wrong prices pass on to the checks, which name them.
"""

from __future__ import annotations

import os
import re
import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NotRequired

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from engine.errors import BadData, DataError, NotFound, RateLimited
from engine.fields import SESSIONS, Currency, Day, Name, first_of
from engine.market import net
from engine.market.providers.child import ask, error_of
from engine.market.series import Dates, Floats, Series
from engine.messages import Message, Quoted, listed, message

HOST = "https://query2.finance.yahoo.com"
DEADLINE = 45.0  # seconds for all attempts together
ATTEMPT = 20.0  # seconds for one attempt, import of yfinance included
PAUSE = 1.0  # seconds before the second attempt; doubled each time

Column = Annotated[list[float | None], Field(max_length=SESSIONS)]
_CHILD = Path(__file__).with_name("yahoo_child.py")
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=\-]{0,23}")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


def fetch(
    symbol: str,
    *,
    start: np.datetime64 | None = None,
    currency: str | None = None,
    deadline: float = DEADLINE,
    attempts: int = 3,
    base_url: str | None = None,
) -> Series:
    """The daily history of ``symbol`` from ``start`` (default: all of it) to yesterday's close.

    Dates are the exchange's own; a bar dated today there is unfinished and dropped. Close and dividend
    are split-adjusted; ``extra["splits"]`` holds (ISO date, ratio) pairs. NaN where Yahoo has a bar
    without that price. A dividend contains the fund's capital gains distribution of that day.

    ``currency``  what it must be quoted in, if known; anything else is BadData
    ``base_url``  where to ask instead of Yahoo (default: ``BACKTEST_YAHOO_URL`` if set)

    Errors: NotFound, RateLimited, Offline, BadData, all within ``deadline`` seconds. After RateLimited,
    Offline and BadData a fresh process tries again, ``attempts`` times in all.
    """
    symbol = symbol.upper()
    if not _SYMBOL.fullmatch(symbol) or _ISIN.fullmatch(symbol):
        what = message("{symbol} is not a Yahoo symbol", symbol=Quoted(symbol[:40]))
        raise NotFound(what, hint=message("such as {examples}", examples=listed(["VOO", "^GSPC", "JPY=X"])))
    base_url = base_url or os.environ.get("BACKTEST_YAHOO_URL") or None
    since = None if start is None else str(start.astype("datetime64[D]"))
    until = time.monotonic() + deadline
    net.probe(base_url or HOST, seconds=min(4.0, deadline))
    for attempt in range(attempts):
        seconds = max(0.5, min(ATTEMPT, until - time.monotonic()))
        reply = _ask({"symbol": symbol, "start": since, "base_url": base_url}, seconds)
        if reply.get("ok"):
            return to_series(reply, symbol, currency)
        error = _error(f"{symbol}: Yahoo", reply, seconds)
        wait = PAUSE * 2**attempt
        if isinstance(error, RateLimited) and error.retry_after is not None:
            wait = error.retry_after
        is_last = attempt + 1 == attempts or time.monotonic() + wait + 2.0 > until
        if is_last or isinstance(error, NotFound):
            raise error
        time.sleep(wait)
    raise AssertionError("unreachable: the last attempt returns or raises")


class Reply(TypedDict):
    """What a child may say."""

    dates: Annotated[list[Day], Field(max_length=SESSIONS)]
    close: Column
    adj_close: Column
    dividend: Column
    capital_gain: Column
    splits: Annotated[list[Any], Field(max_length=1000)]
    today: Day
    currency: Currency
    symbol: NotRequired[Name | None]
    granularity: NotRequired[Name | None]


@cache
def _reply() -> TypeAdapter[Reply]:
    return TypeAdapter(Reply)


_COLUMNS = ("close", "adj_close", "dividend", "capital_gain")


def to_series(reply: dict[str, Any], symbol: str, currency: str | None) -> Series:
    """A Series from the child's answer: exactly what came, less the unfinished bar.

    Errors: BadData if the answer is of another form, symbol, currency or step; NotFound if no finished bar is in
    it, or none with a price. Whether its days are in order is for the cache to see.
    """
    try:
        _reply().validate_python(reply, strict=True)
        dates, today = np.array(reply["dates"], dtype="datetime64[D]"), reply["today"]
        keep = dates < np.datetime64(today, "D")
        values = np.array([reply[name] for name in _COLUMNS], dtype=np.float64)[:, keep]
        splits = tuple((str(day), float(ratio)) for day, ratio in reply["splits"] if day < today)
    except (TypeError, ValueError, IndexError) as error:
        why = first_of(error) if isinstance(error, ValidationError) else type(error).__name__
        what = message("{symbol}: Yahoo's answer cannot be understood: {why}", symbol=symbol, why=why)
        raise BadData(what) from error
    for key, asked in (("symbol", symbol), ("granularity", "1d"), ("currency", currency)):
        named = {"symbol": symbol, "came": str(reply.get(key)), "asked": str(asked)}
        if None not in (asked, reply.get(key)) and named["came"] != asked:
            raise BadData(message("{symbol}: Yahoo answers with {came}, asked was {asked}", **named))
    if not keep.any():
        raise NotFound(message("{symbol}: Yahoo has no finished day in the range asked for", symbol=symbol))
    close, adj_close, dividend, gain = values
    if not np.isfinite(values[:2]).any():
        what = message("{symbol}: Yahoo has days without any price", symbol=symbol)
        raise NotFound(what, hint=message("it may be delisted"))
    paid, notes = _with_gains(dates[keep], dividend, gain)
    columns = (dates[keep], close, adj_close, paid)
    return Series(symbol, reply["currency"], *columns, "yahoo", notes=notes, extra={"splits": splits})


def _with_gains(dates: Dates, dividend: Floats, gain: Floats) -> tuple[Floats, tuple[Message, ...]]:
    """Money per unit paid out, and what was decided about capital gains.

    Yahoo lists a capital gains distribution apart and, as a rule, in the dividend as well; only where
    the dividend is smaller than the gain can it not be in there, and is added.
    """
    apart = gain > dividend
    notes = tuple(
        message(
            "capital gain of {paid} on {day} added to the dividend"
            if apart[i]
            else "capital gain of {paid} on {day} taken as part of the dividend",
            paid=float(f"{gain[i]:g}"),
            day=dates[i],
        )
        for i in np.flatnonzero(gain > 0)
    )
    return np.where(apart, dividend + gain, dividend), notes


# --- the child ----------------------------------------------------------------------------------------------


def _ask(request: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One attempt: the child's answer, or one made up here if it hangs or dies."""
    return ask(_CHILD, request, seconds)


def _error(host: str, reply: dict[str, Any], seconds: float) -> DataError:
    """What a failed attempt is, as the child has classed it."""
    return error_of(host, reply, seconds, program="yfinance", look_up="finance.yahoo.com")
