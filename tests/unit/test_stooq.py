"""Stooq as a source and as a second opinion: a server on loopback plays it, and can misbehave."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from engine.errors import BadData, NotFound, Offline, RateLimited
from engine.market.cache import Cache
from engine.market.check_series import check_second
from engine.market.providers import stooq
from engine.market.series import with_payouts
from engine.market.sources import open_source
from tests.market_helpers import made, walk
from tests.person import type_in

VOO = walk("VOO", start="2020-01-02", end="2023-12-29")
CENTS = np.round(VOO.close, 2)


def table(close, dates=VOO.dates):
    rows = "".join(f"{day},{price},{price},{price},{price:.10g},100\r\n" for day, price in zip(dates, close))
    return f"Date,Open,High,Low,Close,Volume\r\n{rows}".encode()


@pytest.fixture
def server(monkeypatch):
    """``answers``: path -> bytes, a status, or a function of the handler."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            answer = answers.get(self.path, b"No data")
            if callable(answer):
                answer(self)
                return
            status, body = (answer, b"") if isinstance(answer, int) else (200, answer)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    answers, asked = {}, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("BACKTEST_STOOQ_URL", f"http://127.0.0.1:{http.server_port}")
    monkeypatch.delenv("BACKTEST_OFFLINE", raising=False)
    monkeypatch.setattr(stooq, "PAUSE", 0.01)
    yield type("Server", (), {"answers": answers, "asked": asked})
    http.shutdown()
    http.server_close()


ADDRESS = "/q/d/l/?s=voo.us&i=d"


def test_closes_that_are_prices(server):
    server.answers[ADDRESS] = table(CENTS)
    series = stooq.fetch("VOO")
    np.testing.assert_array_equal(series.close, CENTS)
    assert np.isnan(series.adj_close).all()
    assert np.isnan(series.dividend).all(), "unknown is not none"
    assert (series.source, series.currency) == ("stooq", "USD")
    assert server.asked == [ADDRESS]


def test_adjusted_closes_are_no_money(server):
    server.answers[ADDRESS] = table(np.round(VOO.adj_close, 4))
    series = stooq.fetch("voo")
    assert np.isnan(series.close).all()
    np.testing.assert_allclose(series.adj_close, VOO.adj_close, atol=1e-4)
    assert "adjusted for dividends" in str(series.notes[0])


def test_a_class_of_shares_has_a_dash(server):
    server.answers["/q/d/l/?s=brk-b.us&i=d"] = table(CENTS)
    assert stooq.fetch("BRK-B").symbol == "BRK-B"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (b"No data", NotFound, "VOO: Stooq has no prices"),
        (b"Exceeded the daily hits limit", RateLimited, "limit of the day is reached"),
        (b"<html>hello</html>", BadData, "sends no table of prices"),
        (b"", BadData, "sends no table of prices"),
        (b"Date,Open,High,Low,Close,Volume\n2020-01-02,1,1,1,x,1\n", BadData, "line 2 of Stooq's file"),
        (b"Date,Open,High,Low,Close,Volume\n20200102,1\n", BadData, "line 2 of Stooq's file"),
        (b"Date,Open,High,Low,Close,Volume\n", NotFound, "has no prices"),
        (404, NotFound, "HTTP 404"),
        (403, Offline, "refuses us"),
        (429, RateLimited, "asks us to wait"),
        (503, Offline, "out of order"),
        (lambda handler: handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 17_000_000), BadData, "16"),
    ],
)
def test_what_fails_is_said(server, answer, error, words):
    server.answers[ADDRESS] = answer
    with pytest.raises(error, match=words):
        stooq.fetch("VOO")


def test_it_never_takes_longer_than_its_deadline(server):
    server.answers[ADDRESS] = lambda _: time.sleep(20)
    begun = time.monotonic()
    with pytest.raises(Offline):
        stooq.fetch("VOO", deadline=1.0)
    assert time.monotonic() - begun < 8


def test_another_host_is_not_gone_to(server):
    def elsewhere(handler):
        handler.send_response(302)
        handler.send_header("Location", "http://example.invalid/x")
        handler.end_headers()

    server.answers[ADDRESS] = elsewhere
    with pytest.raises(Offline, match="cannot be reached"):
        stooq.fetch("VOO")


@pytest.mark.parametrize("symbol", ["^GSPC", "JPY=X", "1306.T", "US9229083632", "../x"])
def test_only_us_tickers_are_asked_for(symbol):
    with pytest.raises(NotFound, match="not taken from Stooq"):
        stooq.fetch(symbol)


def test_it_is_a_source_through_the_cache(server, tmp_path, monkeypatch):
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    server.answers[ADDRESS] = table(CENTS)
    source = open_source("stooq")
    np.testing.assert_array_equal(source.load("VOO").close, CENTS)
    np.testing.assert_array_equal(open_source("stooq", offline=True).load("VOO").close, CENTS)
    assert len(server.asked) == 1
    assert [(found.provider, found.symbol) for found in Cache().find()] == [("stooq", "VOO")]


def test_a_second_opinion_finds_a_wrong_close():
    wrong = VOO.close.copy()
    wrong[500] *= 1.03
    first = VOO.replace(close=wrong)
    second = made("VOO", VOO.dates, CENTS)
    found = check_second(first, second)
    assert [(item.rule, item.severity) for item in found] == [("second_opinion", "warning")]
    assert found[0].dates == (str(VOO.dates[500]), str(VOO.dates[501]))
    assert check_second(VOO, second) == []
    blank = np.full(VOO.dates.size, np.nan)
    adjusted = made("VOO", VOO.dates, blank, adj_close=with_payouts(VOO.close, VOO.dividend))
    assert check_second(VOO, adjusted) == [], "adjusted closes are set beside adjusted ones"


def test_verify_sets_both_vendors_side_by_side(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    wrong = VOO.close.copy()
    wrong[500] *= 1.03
    adjusted = with_payouts(wrong, VOO.dividend)
    Cache().get("VOO", "yahoo", lambda *_, **__: VOO.replace(close=wrong, adj_close=adjusted, source="yahoo"))
    server.answers[ADDRESS] = table(CENTS)
    assert type_in(capsys, "data", "fetch", "VOO", "--from", "stooq", "--lang", "en").code == 0
    said = type_in(capsys, "data", "verify", "--lang", "en").out
    assert "second_opinion" in said
    assert str(VOO.dates[500]) in said
