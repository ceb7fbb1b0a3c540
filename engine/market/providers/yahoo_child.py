"""Runs yfinance for one symbol in a process of its own. Not imported by anything: run as a file.

yfinance keeps bad answers for the life of a process, waits far beyond its time limits and reports some
failures as an empty frame. So each attempt gets a fresh process that can be killed, and the HTTP
statuses are read where they arrive: in the session that yfinance is given.

In:  one line of JSON on stdin: symbol, start (ISO date or null), base_url (or null), folder (for
     yfinance's own cache), seconds. The pipe stays open; when it closes, the asker is gone and so is this.
Out: one JSON document on stdout: ``{"ok": true, dates, close, adj_close, dividend, capital_gain, splits,
     today, currency, symbol, granularity}`` or ``{failure, status, name, retry_after}``: a word for what failed,
     the HTTP status, the name of the exception.

It imports nothing of this project, so that it runs whatever the import path is. A server that sends without end,
or a little that unpacks to much, meets this process's own limits of memory and of written bytes, and no other's.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

CHART = "/v8/finance/chart/"
SIDE_SECONDS = 3.0  # for cookies and crumbs, which the chart does not need
MB = 1_000_000
LARGEST = 16 * MB  # of an answer, from the server and from here; fifty years of days are 2 MB
MEMORY = 1500 * MB  # of this process, pandas and yfinance included


def main() -> None:
    """Answer the one request."""
    _limit()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is not the answer
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_asker, args=(request["folder"],), daemon=True).start()
    json.dump(answer(request), out)
    out.close()
    os._exit(0)  # nothing to wait for: connections and databases of yfinance are dropped with us


def _limit() -> None:
    """Bound what this process may take, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_FSIZE, 2 * LARGEST)):
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (most, hard))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request, failures included."""
    import yfinance as yf

    yf.set_tz_cache_location(request["folder"])
    yf.config.debug.hide_exceptions = False
    session = _session(request["base_url"], request["seconds"])
    try:
        return _history(yf.Ticker(request["symbol"], session=session), session, request["start"])
    except Exception as error:
        return _failure(error, session)


def _history(ticker: Any, session: Any, start: str | None) -> dict[str, Any]:
    """Daily bars and events as yfinance parses them: unadjusted for dividends, nothing repaired."""
    import pandas as pd

    span = {"start": start} if start else {"period": "max"}
    frame = ticker.history(
        interval="1d",
        auto_adjust=False,
        actions=True,
        repair=False,
        keepna=False,
        timeout=session.seconds,
        **span,
    )
    meta = ticker.get_history_metadata()
    zone = meta["exchangeTimezoneName"]
    now = pd.Timestamp(session.server_time or time.time(), unit="s", tz="UTC")
    split = frame["Stock Splits"]
    gains = frame["Capital Gains"] if "Capital Gains" in frame else 0.0 * frame["Dividends"]
    return {
        "ok": True,
        "dates": [day.isoformat() for day in frame.index.date],
        "close": frame["Close"].tolist(),
        "adj_close": frame["Adj Close"].tolist(),
        "dividend": frame["Dividends"].tolist(),
        "capital_gain": gains.tolist(),
        "splits": [[day.date().isoformat(), float(ratio)] for day, ratio in split[split != 0].items()],
        "today": now.tz_convert(zone).date().isoformat(),
        "currency": meta.get("currency"),
        "symbol": meta.get("symbol"),
        "granularity": meta.get("dataGranularity"),
    }


def _failure(error: Exception, session: Any) -> dict[str, Any]:
    """Which of our kinds of failure this is: by what the server said, then by the exception."""
    names = {kind.__name__ for kind in type(error).__mro__}
    status = session.status
    if "YFRateLimitError" in names or "Too Many Requests" in session.text[:200]:
        status = 429
    if status is not None and (status in (401, 403, 429) or status >= 500):
        failure = "status"
    elif status == 404 or _is_empty(session.text) or {"YFPricesMissingError", "YFTzMissingError"} & names:
        failure = "no_prices"
    elif {"JSONDecodeError", "IncompleteRead", "ChunkedEncodingError", "ContentDecodingError"} & names:
        failure = "strange"
    elif "MemoryError" in names or "Maximum file size exceeded" in str(error):
        failure = "too_much"
    elif {"Timeout", "TimeoutError"} & names:
        failure = "no_answer"
    elif {"RequestException", "OSError", "YFDataException"} & names:
        failure = "unreachable"
    else:
        failure = "strange"
    about = {"status": status, "name": type(error).__name__, "retry_after": session.retry_after}
    return {"failure": failure, **about}


def _is_empty(text: str) -> bool:
    """Whether a readable chart answer has no result in it."""
    try:
        return not json.loads(text)["chart"].get("result")
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _session(base_url: str | None, seconds: float) -> Any:
    """The HTTP session that yfinance uses: it notes what the chart address answers.

    With ``base_url`` every Yahoo address leads there instead, and nothing else is spoken to.
    """
    from curl_cffi import requests

    class Session(requests.Session):  # type: ignore[type-arg]
        status: int | None = None
        text = ""
        retry_after: str | None = None
        server_time: float | None = None

        def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
            is_chart = CHART in url
            kwargs["timeout"] = self.seconds if is_chart else min(SIDE_SECONDS, self.seconds)
            if is_chart:
                self.status, self.text, self.retry_after = None, "", None
            response = super().request(method, self.lead(url), *args, **kwargs)
            if is_chart:
                self.status = response.status_code
                self.text = response.text
                self.retry_after = response.headers.get("Retry-After")
                self.server_time = _server_time(response.headers.get("Date"))
            return response

        seconds: float
        lead: Callable[[str], str]

    from curl_cffi import CurlOpt

    limits = {CurlOpt.MAXFILESIZE_LARGE: LARGEST}
    session = Session(impersonate="chrome", trust_env=base_url is None, curl_options=limits)
    session.seconds = seconds
    session.lead = lambda url: url if base_url is None else _elsewhere(url, base_url)
    return session


def _elsewhere(url: str, base_url: str) -> str:
    parts, base = urlsplit(url), urlsplit(base_url)
    if not (parts.hostname or "").endswith("yahoo.com"):
        raise PermissionError(f"{parts.hostname} is not Yahoo: not asked")
    return urlunsplit((base.scheme, base.netloc, parts.path or "/", parts.query, ""))


def _server_time(date: str | None) -> float | None:
    """Seconds since 1970 by the server's own clock: today's bar must not hang on a wrong clock here."""
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (TypeError, ValueError):
        return None


def _end_with_asker(folder: str) -> None:
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    main()
