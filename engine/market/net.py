"""The only door to the network: bytes of an address within a deadline, or a typed error.

``BACKTEST_OFFLINE=1`` shuts the door for the whole process. Proxies are taken from the environment
(``HTTPS_PROXY``, ``NO_PROXY``). Only ``http`` and ``https`` are spoken, and a secure address never
continues in the clear.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from email.message import Message
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

from engine.errors import BadData, DataError, NotFound, Offline, RateLimited

AGENT = "satellite-backtest (personal research)"
LIMIT = 64 * 1024 * 1024
WAY_OUT = "use --data sample or --data csv:DIR, or try again later"

T = TypeVar("T")


def ensure_allowed(what: str) -> None:
    """Raise Offline if ``BACKTEST_OFFLINE`` forbids the network. ``what`` names who asked."""
    if os.environ.get("BACKTEST_OFFLINE", "").strip().lower() not in ("", "0", "false", "no"):
        raise Offline(f"{what}: the network is switched off by BACKTEST_OFFLINE", hint=WAY_OUT)


def download(url: str, *, deadline: float = 30.0, limit: int = LIMIT) -> bytes:
    """The body behind ``url``.

    Shape: bytes, complete (checked against the announced length), at most ``limit``.
    Errors: NotFound (404, 410), RateLimited (429), Offline (no network, no answer within ``deadline``
    seconds, 401, 403, 5xx), BadData (too large, cut short, any other answer).
    """
    host = urlsplit(url).netloc
    ensure_allowed(host)
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadData(f"{url}: only http and https addresses can be fetched")
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
        raise Offline(f"{host} cannot be reached: {_why(error)}", hint=WAY_OUT) from error


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
        raise Offline(f"{what} gave no answer within {seconds:g} s", hint=WAY_OUT)
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
            raise BadData(f"{urlsplit(req.full_url).netloc} sends us on to {newurl}: refused")
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
                    raise BadData(f"{host} sends more than {limit:,} bytes: refused")
                if time.monotonic() > until:
                    raise Offline(f"{host} sends too slowly: given up", hint=WAY_OUT)
    except HTTPError as error:
        with error:
            raise _from_status(error.code, host, url, error.headers) from error
    except HTTPException as error:
        raise BadData(f"{host} answers what is not HTTP or is cut short: {error!r}") from error
    except URLError as error:
        raise Offline(f"{host} cannot be reached: {_why(error.reason)}", hint=WAY_OUT) from error
    except OSError as error:
        raise Offline(f"{host} cannot be reached: {_why(error)}", hint=WAY_OUT) from error
    if announced is not None and announced.isdigit() and int(announced) != len(body):
        raise BadData(f"{host} announced {int(announced):,} bytes and sent {len(body):,}: cut short")
    return bytes(body)


def _why(error: object) -> str:
    """What the system says, without its number."""
    return str(getattr(error, "strerror", None) or error)


def _from_status(status: int, host: str, url: str, headers: Message[str, str]) -> DataError:
    if status in (404, 410):
        return NotFound(f"{host} has no {urlsplit(url).path} (HTTP {status})")
    if status == 429:
        wait = retry_after(headers.get("Retry-After"))
        return RateLimited(f"{host} asks us to wait (HTTP 429)", hint=WAY_OUT, retry_after=wait)
    if status in (401, 403):
        return Offline(f"{host} refuses us (HTTP {status})", hint=WAY_OUT)
    if status >= 500:
        return Offline(f"{host} is out of order (HTTP {status})", hint=WAY_OUT)
    return BadData(f"{host} answers HTTP {status}")


def _proxy_for(url: str) -> str | None:
    parts = urlsplit(url)
    proxies = getproxies_environment()
    if proxy_bypass(parts.hostname or ""):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
