"""The only door to the network: bytes of an address within a deadline, or a typed error.

``BACKTEST_OFFLINE=1`` shuts the door for the whole process. Proxies are taken from the environment
(``HTTPS_PROXY``, ``NO_PROXY``). Only ``http`` and ``https`` are spoken, and a secure address never
continues in the clear.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    ProxyHandler,
    Request,
    build_opener,
    getproxies_environment,
    proxy_bypass,
)

from engine.errors import BadData, DataError, NotFound, Offline, RateLimited, reason_of
from engine.messages import Message, message

AGENT = "satellite-backtest (personal research)"
LIMIT = 64 * 1024 * 1024
WAY_OUT = message("use --data sample or --data csv:DIR, or try again later")

T = TypeVar("T")


def ensure_allowed(what: str) -> None:
    """Raise Offline if ``BACKTEST_OFFLINE`` forbids the network. ``what`` names who asked."""
    if os.environ.get("BACKTEST_OFFLINE", "").strip().lower() not in ("", "0", "false", "no"):
        text = message(
            "{what}: the network is switched off by {variable}", what=what, variable="BACKTEST_OFFLINE"
        )
        raise Offline(text, hint=WAY_OUT)


def download(url: str, *, deadline: float = 30.0, limit: int = LIMIT) -> bytes:
    """The body behind ``url``.

    Shape: bytes, complete (checked against the announced length), at most ``limit``.
    Errors: NotFound (404, 410), RateLimited (429), Offline (no network, no answer within ``deadline``
    seconds, 401, 403, 5xx), BadData (too large, cut short, any other answer).
    """
    host = urlsplit(url).netloc
    ensure_allowed(host)
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadData(message("{url}: only http and https addresses can be fetched", url=url))
    until = time.monotonic() + deadline
    return within(deadline, lambda: _read(url, host, until, limit), host)


def probe(url: str, *, seconds: float = 4.0) -> None:
    """Raise Offline unless the host of ``url`` (or the proxy on the way to it) takes a connection.

    A machine without a network learns so in ``seconds``, name resolution included, where libraries
    may wait for minutes.
    """
    parts = urlsplit(_proxy_for(url) or url)
    host, port = parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    ensure_allowed(host)

    def connect() -> None:
        socket.create_connection((host, port), timeout=seconds).close()

    try:
        within(seconds, connect, host)
    except (OSError, UnicodeError) as error:
        raise unreachable(host, _why(error)) from error


def within(seconds: float, work: Callable[[], T], what: str) -> T:
    """The value of ``work()``, or Offline after ``seconds``.

    A thread is left behind if it hangs (name resolution cannot be interrupted); it is a daemon and
    keeps nothing alive.
    """
    values: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            values.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name=f"net {what}")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not values:
        raise no_answer(what, seconds)
    return values[0]


def retry_after(value: str | None) -> float | None:
    """Seconds asked for by a Retry-After header (a number or an HTTP date), None if there is none."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


class _SecureRedirects(HTTPRedirectHandler):
    """Follows redirects, but never from https to anything else."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        came, goes = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if goes not in ("http", "https") or (came == "https" and goes != "https"):
            host = urlsplit(req.full_url).netloc
            raise BadData(message("{host} sends us on to {url}: refused", host=host, url=newurl))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _read(url: str, host: str, until: float, limit: int) -> bytes:
    opener = build_opener(ProxyHandler(getproxies_environment()), _SecureRedirects())
    request = Request(url, headers={"User-Agent": AGENT, "Accept": "*/*"})
    try:
        with opener.open(request, timeout=max(0.1, until - time.monotonic())) as response:
            announced = response.headers.get("Content-Length")
            body = bytearray()
            while piece := response.read(65536):
                body += piece
                if len(body) > limit:
                    raise BadData(
                        message("{host} sends more than {limit} bytes: refused", host=host, limit=limit)
                    )
                if time.monotonic() > until:
                    raise Offline(message("{host} sends too slowly: given up", host=host), hint=WAY_OUT)
    except HTTPError as error:
        with error:
            wait = error.headers.get("Retry-After")
            raise status_error(host, error.code, wait, urlsplit(url).path) from error
    except HTTPException as error:
        raise BadData(
            message(
                "{host} answers what is not HTTP or is cut short ({name})",
                host=host,
                name=type(error).__name__,
            )
        ) from error
    except OSError as error:
        raise unreachable(host, _why(error)) from error
    if announced is not None and announced.isdigit() and int(announced) != len(body):
        raise BadData(
            message(
                "{host} announced {all} bytes and sent {n}: cut short",
                host=host,
                all=int(announced),
                n=len(body),
            )
        )
    return bytes(body)


def unreachable(host: str, why: Message) -> Offline:
    """No connection."""
    return Offline(message("{host} cannot be reached: {why}", host=host, why=why), hint=WAY_OUT)


def no_answer(host: str, seconds: float) -> Offline:
    """Not a word in ``seconds``."""
    text = message("{host} gave no answer within {seconds} s", host=host, seconds=seconds)
    return Offline(text, hint=WAY_OUT)


def _why(error: object) -> Message:
    """What stands in the way, as far as it is known: else the name of the exception."""
    if isinstance(error, URLError):
        return _why(error.reason)
    if isinstance(error, socket.gaierror | UnicodeError):
        return message("nothing is known by that name")
    if isinstance(error, TimeoutError):
        return message("it does not answer")
    if isinstance(error, ssl.SSLCertVerificationError):
        return message("its certificate cannot be trusted")
    if isinstance(error, OSError):
        return reason_of(error)
    return message("the system says {name}", name=type(error).__name__)


def status_error(host: str, status: int, wait: str | None, path: str = "") -> DataError:
    """What an answer that is none says. ``wait``: its Retry-After header."""
    named = {"host": host, "status": str(status)}
    if status in (404, 410):
        return NotFound(message("{host} has no {path} (HTTP {status})", **named, path=path))
    if status == 429:
        text = message("{host} asks us to wait (HTTP {status})", **named)
        return RateLimited(text, hint=WAY_OUT, retry_after=retry_after(wait))
    if status in (401, 403):
        return Offline(message("{host} refuses us (HTTP {status})", **named), hint=WAY_OUT)
    if status >= 500:
        return Offline(message("{host} is out of order (HTTP {status})", **named), hint=WAY_OUT)
    return BadData(message("{host} answers HTTP {status}", **named))


def _proxy_for(url: str) -> str | None:
    parts = urlsplit(url)
    proxies = getproxies_environment()
    if proxy_bypass(parts.hostname or ""):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
