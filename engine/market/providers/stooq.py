"""Stooq: daily closes of a US-listed fund by one address, as a second opinion on Yahoo's.

Its file has ``Date,Open,High,Low,Close,Volume`` and no dividends. Closes are adjusted for splits and, unless asked
otherwise, for dividends: whole cents tell prices of an exchange, everything else is kept as adjusted closes, which
serve ``dividends: total_return`` alone. The whole history is asked for each time, since an adjusted one moves as a
whole with each payout. Each attempt runs in a child process (``stooq_child.py``) with a deadline and limits.
"""

from __future__ import annotations

import csv
import os
import re
import time
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from engine.errors import BadData, NotFound, Offline, RateLimited
from engine.fields import SESSIONS
from engine.market import net
from engine.market.importer.payouts import closes_are
from engine.market.providers.child import ask, error_of
from engine.market.series import Series
from engine.messages import Quoted, message

HOST = "https://stooq.com"
DEADLINE = 45.0  # seconds for all attempts together
ATTEMPT = 20.0  # seconds for one attempt
PAUSE = 1.0  # seconds before the second attempt; doubled each time
ATTEMPTS = 3

_CHILD = Path(__file__).with_name("stooq_child.py")
_SYMBOL = re.compile(r"[A-Z]{1,5}([.-][A-Z])?")
_HEADING = ["Date", "Open", "High", "Low", "Close", "Volume"]


def fetch(
    symbol: str,
    *,
    start: np.datetime64 | None = None,
    deadline: float = DEADLINE,
    base_url: str | None = None,
) -> Series:
    """The daily history of a US ticker, all of it whatever ``start``. Payouts are NaN: Stooq knows none.

    ``base_url``  where to ask instead of Stooq (default: ``BACKTEST_STOOQ_URL`` if set)

    Errors: NotFound, RateLimited, Offline, BadData, all within ``deadline`` seconds. Offline and BadData are tried
    again, three times in all.
    """
    symbol = symbol.upper()
    if not _SYMBOL.fullmatch(symbol):
        what = message("{symbol}: not taken from Stooq", symbol=Quoted(symbol[:40]))
        raise NotFound(what, hint=message("US tickers such as {example}", example="VOO"))
    base_url = base_url or os.environ.get("BACKTEST_STOOQ_URL") or HOST
    until = time.monotonic() + deadline
    net.probe(base_url, seconds=min(4.0, deadline))
    url = f"{base_url}/q/d/l/?s={symbol.replace('.', '-').lower()}.us&i=d"
    for attempt in range(ATTEMPTS):
        seconds = max(0.5, min(ATTEMPT, until - time.monotonic()))
        reply = ask(_CHILD, {"url": url}, seconds)
        try:
            if not reply.get("ok"):
                raise error_of(f"{symbol}: Stooq", reply, seconds, program="urllib", look_up="stooq.com")
            return parse(str(reply.get("text")), symbol)
        except (Offline, BadData):
            if attempt + 1 == ATTEMPTS or time.monotonic() + PAUSE * 2**attempt + 2.0 > until:
                raise
        time.sleep(PAUSE * 2**attempt)
    raise AssertionError("unreachable: the last attempt returns or raises")


def parse(text: str, symbol: str) -> Series:
    """Stooq's file, less a bar of today, as closes or as adjusted closes.

    Errors: NotFound where it has no data; RateLimited where it says that a day's limit is reached; BadData naming
    the line that is no date and price, or what came instead of a table.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    first = lines[0].strip() if lines else ""
    if re.match(r"no data|brak danych", first, re.IGNORECASE):
        hint = message("look the symbol up on {site}", site="stooq.com")
        raise NotFound(message("{host} has no prices", host=f"{symbol}: Stooq"), hint=hint)
    if "limit" in first.lower() and len(lines) < 3:
        raise RateLimited(
            message("{symbol}: Stooq's limit of the day is reached", symbol=symbol), hint=net.WAY_OUT
        )
    if [cell.strip() for cell in first.split(",")][:5] != _HEADING[:5]:
        what = message(
            "{symbol}: Stooq sends no table of prices: {came}", symbol=symbol, came=Quoted(first[:40])
        )
        raise BadData(what)
    days, closes = [], []
    for number, row in enumerate(islice(csv.reader(lines[1:]), SESSIONS + 1), start=2):
        if not row:
            continue
        try:
            days.append(np.datetime64(row[0], "D"))
            closes.append(float(row[4]))
        except (ValueError, IndexError) as error:
            what = message(
                "{symbol}: line {line} of Stooq's file is no day and price", symbol=symbol, line=str(number)
            )
            raise BadData(what) from error
    dates, close = np.array(days, "datetime64[D]"), np.array(closes)
    keep = dates < np.datetime64("today", "D")
    dates, close = dates[keep], close[keep]
    if not dates.size:
        raise NotFound(message("{host} has no prices", host=f"{symbol}: Stooq"))
    nothing = partial(np.full, close.size, np.nan)
    are = closes_are(dates, close, nothing(), np.zeros(close.size), "USD")
    raw, adjusted = (close, nothing()) if are == "raw" else (nothing(), close)
    note = message(
        "{symbol}: Stooq's closes are prices; it knows no dividends"
        if are == "raw"
        else "{symbol}: Stooq's closes are adjusted for dividends: for dividends: total_return only",
        symbol=symbol,
    )
    return Series(symbol, "USD", dates, raw, adjusted, nothing(), "stooq", notes=(note,))
