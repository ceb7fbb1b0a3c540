"""A server on loopback that speaks Yahoo's chart format from made-up prices, and can misbehave.

``FakeYahoo()`` is a context manager; ``url`` is what BACKTEST_YAHOO_URL takes. ``behave(symbol, mode)``
sets what a symbol does: ``ok``, ``empty``, ``no_result``, ``404``, ``429``, ``500``, ``503``, ``endless``,
``bomb``, ``truncated``, ``cut`` (the connection breaks inside the body), ``hang``, ``html``. ``fail_first`` limits
the misbehaviour to so many chart requests. ``requests`` lists every path that was asked for.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

CHART = "/v8/finance/chart/"


@dataclass(frozen=True)
class Market:
    """Made-up history: weekdays up to ``last``, a smooth close, dividends and splits by ISO date."""

    last: str
    days: int = 60
    close: float = 100.0
    currency: str = "USD"
    zone: str = "America/New_York"
    granularity: str = "1d"
    named: str | None = None
    dividends: dict[str, float] = field(default_factory=dict)
    gains: dict[str, float] = field(default_factory=dict)
    splits: dict[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ticks: dict[str, float | None] = field(default_factory=dict)
    today: str | None = None  # an unfinished bar with this date is added

    def dates(self) -> list[str]:
        day = np.busday_offset(np.datetime64(self.last, "D"), 0, roll="backward")
        days = [str(np.busday_offset(day, -i)) for i in reversed(range(self.days))]
        days = [d for d in days if d not in self.missing]
        return [*days, self.today] if self.today and self.today not in days else days

    def closes(self) -> list[float | None]:
        """Close by date: a fixed function of the date alone, so that a longer history has the same past."""
        smooth: list[float | None] = []
        for day in self.dates():
            n = np.datetime64(day, "D").astype(int)
            later = np.prod([ratio for d, ratio in self.splits.items() if d > day]) if self.splits else 1.0
            smooth.append(self.ticks.get(day, round(self.close * (1 + 0.1 * np.sin(n / 17)) / later, 4)))
        return smooth

    def adjusted(self) -> list[float | None]:
        """Close × Π(1 − dividend / close before), the field's usual backward adjustment."""
        dates, closes = self.dates(), self.closes()
        factors = [1.0] * len(dates)
        for i in range(len(dates) - 2, -1, -1):
            paid, before = self.dividends.get(dates[i + 1], 0.0), closes[i]
            factors[i] = factors[i + 1] * (1 - paid / before if before else 1.0)
        return [None if c is None else c * f for c, f in zip(closes, factors)]

    def chart(self, symbol: str, first: float, last: float) -> dict[str, Any]:
        zone = ZoneInfo(self.zone)
        rows = []
        for day, close, adjusted in zip(self.dates(), self.closes(), self.adjusted()):
            stamp = int(datetime.fromisoformat(day + "T09:30").replace(tzinfo=zone).timestamp())
            if first - 43200 <= stamp <= last:
                rows.append((day, stamp, close, adjusted))
        stamps = {day: stamp for day, stamp, _, _ in rows}
        closes = [close for _, _, close, _ in rows]
        quote = dict.fromkeys(("open", "high", "low", "close"), closes)

        def paid(amounts: dict[str, float]) -> dict[str, Any]:
            return {
                str(stamps[d]): {"amount": a, "date": stamps[d]} for d, a in amounts.items() if d in stamps
            }

        def split(ratios: dict[str, float]) -> dict[str, Any]:
            return {
                str(stamps[d]): {"date": stamps[d], "numerator": r, "denominator": 1.0}
                for d, r in ratios.items()
                if d in stamps
            }

        events: dict[str, Any] = {
            "dividends": paid(self.dividends),
            "capitalGains": paid(self.gains),
            "splits": split(self.splits),
        }
        return {
            "meta": {
                "currency": self.currency,
                "symbol": self.named or symbol,
                "exchangeName": "PCX",
                "instrumentType": "ETF",
                "exchangeTimezoneName": self.zone,
                "timezone": "EST",
                "gmtoffset": -18000,
                "firstTradeDate": rows[0][1] if rows else None,
                "regularMarketTime": rows[-1][1] if rows else None,
                "priceHint": 2,
                "dataGranularity": self.granularity,
                "range": "",
                "validRanges": ["1d", "5d", "1mo", "1y", "max"],
            },
            "timestamp": [stamp for _, stamp, _, _ in rows],
            "events": {name: found for name, found in events.items() if found},
            "indicators": {
                "quote": [{**quote, "volume": [1000] * len(rows)}],
                "adjclose": [{"adjclose": [adjusted for *_, adjusted in rows]}],
            },
        }


class FakeYahoo:
    """The server; one thread per request, so that a hanging one blocks nothing."""

    def __init__(self) -> None:
        self.markets: dict[str, Market] = {}
        self.modes: dict[str, str] = {}
        self.left: dict[str, int] = {}
        self.requests: list[str] = []
        self.retry_after: str | None = None
        self.clock_ahead = 0.0  # seconds by which the Date header differs from the clock here
        self.release = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def list(self, symbol: str, market: Market) -> None:
        self.markets[symbol] = market

    def change(self, symbol: str, **changes: Any) -> None:
        self.markets[symbol] = replace(self.markets[symbol], **changes)

    def behave(self, symbol: str, mode: str, *, fail_first: int | None = None) -> None:
        self.modes[symbol] = mode
        if fail_first is None:
            self.left.pop(symbol, None)
        else:
            self.left[symbol] = fail_first

    def charts(self, symbol: str) -> int:
        """How often the chart of a symbol was asked for."""
        return sum(unquote(urlsplit(path).path) == CHART + symbol for path in self.requests)

    def __enter__(self) -> FakeYahoo:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _mode(self, symbol: str) -> str:
        with self._lock:
            mode = self.modes.get(symbol, "ok")
            if mode != "ok" and symbol in self.left:
                self.left[symbol] -= 1
                if self.left[symbol] < 0:
                    return "ok"
            return mode

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(int(time.time() + fake.clock_ahead))

            def do_GET(self) -> None:
                with fake._lock:
                    fake.requests.append(self.path)
                path = unquote(urlsplit(self.path).path)
                try:
                    if path.startswith(CHART):
                        self.chart(path.removeprefix(CHART))
                    elif path == "/v1/test/getcrumb":
                        self.send(200, b"made-up-crumb", "text/plain")
                    else:
                        self.send(404, b"{}", "application/json")
                except (BrokenPipeError, ConnectionResetError):
                    pass

            do_POST = do_GET

            def chart(self, symbol: str) -> None:
                mode = fake._mode(symbol)
                if mode in ("endless", "bomb"):
                    self.too_much(mode)
                    return
                if mode == "hang":
                    fake.release.wait(60)
                    return
                if symbol not in fake.markets or mode == "404":
                    error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
                    self.send_json(404, {"chart": {"result": None, "error": error}})
                elif mode == "429":
                    self.send(429, b"Too Many Requests\r\n", "text/html", retry=fake.retry_after)
                elif mode in ("500", "503"):
                    self.send(int(mode), b"<html>our engineers are looking at it</html>", "text/html")
                elif mode == "html":
                    self.send(200, b"<html>please log in to this airport</html>", "text/html")
                elif mode == "no_result":
                    self.send_json(200, {"chart": {"result": None, "error": None}})
                else:
                    self.history(symbol, mode)

            def too_much(self, mode: str) -> None:
                """An answer without an end, or 4 GB of spaces packed into a few megabytes."""
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                if mode == "bomb":
                    self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                packer = zlib.compressobj(9, zlib.DEFLATED, 31)
                for _ in range(400):
                    part = b" " * 10_000_000
                    self.wfile.write(packer.compress(part) if mode == "bomb" else part)

            def history(self, symbol: str, mode: str) -> None:
                query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                last = float(query.get("period2", time.time() + 86400))
                first = float(query.get("period1", last - 5 * 86400))
                result = fake.markets[symbol].chart(symbol, first, last)
                if mode == "empty":
                    result["timestamp"] = []
                    result["indicators"] = {"quote": [{}], "adjclose": [{}]}
                body = json.dumps({"chart": {"result": [result], "error": None}}).encode()
                if mode == "truncated":
                    self.send(200, body[: len(body) // 2], "application/json")
                elif mode == "cut":
                    self.send(200, body[: len(body) // 2], "application/json", announce=len(body))
                else:
                    self.send(200, body, "application/json")

            def send_json(self, status: int, document: Any) -> None:
                self.send(status, json.dumps(document).encode(), "application/json")

            def send(
                self,
                status: int,
                body: bytes,
                kind: str,
                *,
                announce: int | None = None,
                retry: str | None = None,
            ) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body) if announce is None else announce))
                self.send_header("Connection", "close")
                if retry is not None:
                    self.send_header("Retry-After", retry)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

        return Handler


def recent(days: int = 3) -> str:
    """An ISO date some days ago in New York: a session that is surely over."""
    return (
        datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date() - timedelta(days=days)
    ).isoformat()
