"""Yahoo Finance through yfinance: daily closes, dividends and splits of one symbol.

Each attempt runs in a child process (``yahoo_child.py``) with a hard deadline, since yfinance keeps bad
answers in the process and waits longer than it is told to. What comes back is checked here and nothing
is repaired: wrong prices pass on to the checks, which name them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NotRequired

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from engine.errors import BadData, DataError, NotFound, Offline, RateLimited
from engine.fields import SESSIONS, Currency, Day, Name, first_of
from engine.market import net
from engine.market.series import Series

HOST = "https://query2.finance.yahoo.com"
DEADLINE = 45.0  # seconds for all attempts together
LARGEST = 16_000_000  # bytes of a child's answer; fifty years of days are 2 MB
TAIL = 10_000  # bytes at the end of what a child has to say of its failure
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
        raise NotFound(f"{symbol[:40]!r} is not a Yahoo symbol", hint="such as VOO, ^GSPC or JPY=X")
    base_url = base_url or os.environ.get("BACKTEST_YAHOO_URL") or None
    until = time.monotonic() + deadline
    net.probe(base_url or HOST, seconds=min(4.0, deadline))
    for attempt in range(attempts):
        seconds = max(0.5, min(ATTEMPT, until - time.monotonic()))
        reply = _ask({"symbol": symbol, "start": _iso(start), "base_url": base_url}, seconds)
        if reply.get("ok"):
            return to_series(reply, symbol, currency)
        error = _error(symbol, reply)
        wait = PAUSE * 2**attempt
        if isinstance(error, RateLimited) and error.retry_after is not None:
            wait = error.retry_after
        is_last = attempt + 1 == attempts or time.monotonic() + wait + 2.0 > until
        if is_last or isinstance(error, NotFound):
            raise error
        time.sleep(wait)
    raise AssertionError("unreachable: the last attempt returns or raises")


def to_series(reply: dict[str, Any], symbol: str, currency: str | None) -> Series:
    """A Series from the child's answer: exactly what came, less the unfinished bar.

    Errors: BadData if the answer is of another symbol, currency or step, or is not in order;
    NotFound if no finished bar is in it, or none with a price.
    """
    try:
        _reply().validate_python(reply, strict=True)
    except ValidationError as error:
        raise BadData(f"{symbol}: Yahoo's answer cannot be understood: {first_of(error)}") from error
    came = reply.get("currency")
    if reply.get("symbol") not in (None, symbol):
        raise BadData(f"{symbol}: Yahoo answers with {reply['symbol']}", hint="the symbol may have changed")
    if reply.get("granularity") not in (None, "1d"):
        raise BadData(f"{symbol}: Yahoo answers in steps of {reply['granularity']}, asked was 1d")
    if not came or (currency is not None and came != currency):
        raise BadData(f"{symbol}: Yahoo quotes it in {came or 'no currency'}, expected {currency or 'one'}")
    try:
        dates = np.array(reply["dates"], dtype="datetime64[D]")
        columns = [np.array(reply[name], dtype=np.float64) for name in _COLUMNS]
        keep = dates < np.datetime64(reply["today"], "D")
        splits = tuple((str(day), float(ratio)) for day, ratio in reply["splits"] if day < reply["today"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadData(f"{symbol}: Yahoo's answer cannot be understood: {error}") from error
    if any(c.shape != dates.shape for c in columns) or np.any(np.diff(dates) <= np.timedelta64(0, "D")):
        raise BadData(f"{symbol}: Yahoo's answer is not in order of dates")
    if not keep.any():
        raise NotFound(f"{symbol}: Yahoo has no finished day in the range asked for")
    close, adj_close, dividend, gain = (column[keep] for column in columns)
    if not np.isfinite([close, adj_close]).any():
        raise NotFound(f"{symbol}: Yahoo has days without any price", hint="it may be delisted")
    paid, notes = _with_gains(dates[keep], dividend, gain)
    return Series(
        symbol, came, dates[keep], close, adj_close, paid, "yahoo", False, notes, extra={"splits": splits}
    )


class Reply(TypedDict):
    """What a child may say."""

    dates: Annotated[list[Day], Field(max_length=SESSIONS)]
    close: Column
    adj_close: Column
    dividend: Column
    capital_gain: Column
    splits: Annotated[list[Any], Field(max_length=1000)]
    today: Day
    currency: NotRequired[Currency | None]
    symbol: NotRequired[Name | None]
    granularity: NotRequired[Name | None]


@cache
def _reply() -> TypeAdapter[Reply]:
    return TypeAdapter(Reply)


_COLUMNS = ("close", "adj_close", "dividend", "capital_gain")


def _with_gains(dates: Any, dividend: Any, gain: Any) -> tuple[Any, tuple[str, ...]]:
    """Money per unit paid out, and what was decided about capital gains.

    Yahoo lists a capital gains distribution apart and, as a rule, in the dividend as well; only where
    the dividend is smaller than the gain can it not be in there, and is added.
    """
    apart = gain > dividend
    notes = tuple(
        f"capital gain of {gain[i]:g} on {dates[i]} "
        + ("added to the dividend" if apart[i] else "taken as part of the dividend")
        for i in np.flatnonzero(gain > 0)
    )
    return np.where(apart, dividend + gain, dividend), notes


def _ask(request: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One attempt: the child's answer, or one made up here if it hangs or dies."""
    with (
        tempfile.TemporaryDirectory(prefix="backtest-yahoo-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as log,
    ):
        request = {**request, "folder": folder, "seconds": max(1.0, seconds - 3.0)}
        child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=log,
            bufsize=0,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert child.stdin is not None
        try:
            # The pipe stays open while we wait: the child ends when it closes, however we ended.
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(json.dumps(request).encode() + b"\n")
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            message = f"gave no answer within {seconds:.0f} s"
            return {"ok": False, "kind": "offline", "message": message}
        finally:
            _end(child)
        out.seek(0)
        content = out.read(LARGEST + 1)
        if len(content) > LARGEST:
            return {"ok": False, "kind": "bad_data", "message": "sends more than a history may have"}
        try:
            reply = json.loads(content)
        except (ValueError, RecursionError):
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL))
            last = log.read(TAIL).decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
            message = f"could not be asked: yfinance ended with {child.returncode}: {last[0][:400]}"
            return {"ok": False, "kind": "bad_data", "message": message}
    return reply if isinstance(reply, dict) else {"ok": False, "kind": "bad_data", "message": "said nothing"}


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all it started, if it still runs."""
    if child.poll() is None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _error(symbol: str, reply: dict[str, Any]) -> DataError:
    message = f"{symbol}: Yahoo {reply.get('message', 'failed')}"
    kind = reply.get("kind")
    if kind == "not_found":
        return NotFound(message, hint="look the symbol up on finance.yahoo.com")
    if kind == "rate_limited":
        wait = net.retry_after(reply.get("retry_after"))
        return RateLimited(message, hint=net.WAY_OUT, retry_after=wait)
    if kind == "offline":
        return Offline(message, hint=net.WAY_OUT)
    return BadData(message, hint="try again later")


def _iso(day: np.datetime64 | None) -> str | None:
    return None if day is None else str(day.astype("datetime64[D]"))
