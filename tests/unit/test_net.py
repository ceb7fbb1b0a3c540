"""The door to the network: every way an address can fail ends in the right error, in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.request import Request

import pytest

from engine.errors import BadData, NotFound, Offline, RateLimited
from engine.market import net


class Handler(BaseHTTPRequestHandler):
    """``/200``, ``/404`` … answer that status; other paths misbehave as they are named."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.strip("/")
        try:
            if name.isdigit():
                self.answer(int(name), b"body")
            elif name == "short":
                self.answer(200, b"half", announce=8)
            elif name == "endless":
                self.answer(200, b"x" * 300_000)
            elif name == "drip":
                self.answer(200, b"", announce=1000)
                for _ in range(200):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            elif name == "hang":
                time.sleep(3)
            elif name == "junk":
                self.wfile.write(b"this is not HTTP\r\n\r\n")
            elif name in ("file", "other"):
                self.send_response(302)
                self.send_header("Location", "file:///etc/hostname" if name == "file" else "/200")
                self.end_headers()
        except OSError:
            pass

    def answer(self, status: int, body: bytes, *, announce: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if announce is None else announce))
        if status == 429:
            self.send_header("Retry-After", "30")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("BACKTEST_OFFLINE", raising=False)


def test_a_good_answer_and_a_redirect_give_the_body(url: str) -> None:
    assert net.download(f"{url}/200") == b"body"
    assert net.download(f"{url}/other") == b"body"
    net.probe(url)


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        ("404", NotFound, "has no /404"),
        ("410", NotFound, "HTTP 410"),
        ("429", RateLimited, "asks us to wait"),
        ("401", Offline, "refuses us"),
        ("403", Offline, "refuses us"),
        ("500", Offline, "out of order"),
        ("503", Offline, "out of order"),
        ("418", BadData, "HTTP 418"),
        ("short", BadData, "announced 8 bytes and sent 4"),
        ("endless", BadData, "more than 100,000 bytes"),
        ("junk", BadData, "not HTTP"),
        ("file", BadData, "HTTP 302"),
    ],
)
def test_each_failure_has_its_error(url: str, path: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        net.download(f"{url}/{path}", deadline=5, limit=100_000)


def test_a_secure_address_does_not_go_on_in_the_clear() -> None:
    request = Request("https://example.invalid/a")
    handler, headers = net._SecureRedirects(), Message()
    for goes in ("http://example.invalid/b", "ftp://example.invalid/b"):
        with pytest.raises(BadData, match="refused"):
            handler.redirect_request(request, BytesIO(), 302, "Found", headers, goes)
    onward = handler.redirect_request(request, BytesIO(), 302, "Found", headers, "https://example.invalid/b")
    assert onward is not None
    assert onward.full_url == "https://example.invalid/b"


def test_retry_after_is_kept(url: str) -> None:
    with pytest.raises(RateLimited) as caught:
        net.download(f"{url}/429")
    assert caught.value.retry_after == 30.0
    assert net.retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert net.retry_after("soon") is None
    assert net.retry_after(None) is None


@pytest.mark.parametrize("path", ["hang", "drip"])
def test_no_answer_is_waited_for_longer_than_the_deadline(url: str, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(Offline):
        net.download(f"{url}/{path}", deadline=0.5)
    assert time.monotonic() - began < 2.9  # the server hangs for 3


def test_a_closed_port_and_an_unknown_host_are_offline() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}/x", "http://no-such-host.invalid/x"):
        with pytest.raises(Offline, match="--data sample"):
            net.download(address, deadline=5)
        with pytest.raises(Offline, match=r"cannot be reached|no answer"):
            net.probe(address)


def test_name_resolution_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(5))
    began = time.monotonic()
    with pytest.raises(Offline, match=r"no answer within 0\.3 s"):
        net.probe("https://example.invalid", seconds=0.3)
    with pytest.raises(Offline, match=r"no answer within 0\.3 s"):
        net.download("https://example.invalid", deadline=0.3)
    assert time.monotonic() - began < 3


def test_other_schemes_are_not_opened() -> None:
    for address in ("file:///etc/hostname", "ftp://example.invalid/x", "x"):
        with pytest.raises(BadData, match="only http"):
            net.download(address)


@pytest.mark.parametrize(("value", "is_shut"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_switch_shuts_the_door(
    url: str, value: str, is_shut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTEST_OFFLINE", value)
    if not is_shut:
        assert net.download(f"{url}/200") == b"body"
        return
    with pytest.raises(Offline, match="BACKTEST_OFFLINE"):
        net.download(f"{url}/200")
    with pytest.raises(Offline, match="BACKTEST_OFFLINE"):
        net.probe(url)


def test_behind_a_proxy_it_is_the_proxy_that_must_answer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", url)
    net.probe("https://no-such-host.invalid")
    monkeypatch.setenv("https_proxy", url.removeprefix("http://"))
    net.probe("https://no-such-host.invalid")
    monkeypatch.setenv("no_proxy", "no-such-host.invalid")
    with pytest.raises(Offline):
        net.probe("https://no-such-host.invalid")
