"""Who may ask: requests of this machine's own pages and scripts, for the names the server has, of bounded size.

A page of another site cannot reach the server: its ``Origin`` is not ours, and a name of its own that it lets
point to this machine (DNS rebinding) is not among our hosts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from engine.messages import Message, message
from engine.web.asked import MOST_BYTES

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SECONDS_FOR_A_BODY = 10.0
SECONDS_TO_SEE_WHY = 1.0  # for the body of a question that is refused whatever is in it
LONGEST_ADDRESS = 2_000  # of a path with its query: a plan stands behind the #, which is not sent
METHODS = ("GET", "HEAD", "POST")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all a form of our own would have no Origin
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


@dataclass(frozen=True)
class Refused:
    """An answer of the guard's own."""

    status: int
    what: Message


@dataclass(frozen=True)
class Guard:
    """Lets through what may be asked. ``hosts``: how the server is called, in small letters."""

    app: App
    hosts: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        found = self.refused(scope, headers)
        if found is not None:  # who still sends would be told that the connection was reset, and not why
            with contextlib.suppress(TimeoutError, EOFError):
                await asyncio.wait_for(_body(receive, MOST_BYTES), SECONDS_TO_SEE_WHY)
        elif scope["method"] == "POST":
            try:
                body = await asyncio.wait_for(_body(receive, MOST_BYTES), SECONDS_FOR_A_BODY)
            except TimeoutError:
                found = Refused(408, message("the request did not come in time"))
            except EOFError:
                return
            else:
                if body is None:
                    found = Refused(413, message("longer than 1 MB, allowed: up to 1 MB"))
                else:
                    receive = _given(body, receive)
        if found is not None:
            await _refuse(send, found)
            return
        await self.app(scope, receive, _with_headers(send))

    def refused(self, scope: Scope, headers: Mapping[str, str]) -> Refused | None:
        """Why a request is not let through; None where it is."""
        host, origin = headers.get("host", "").lower(), headers.get("origin")
        if host not in self.hosts:
            return Refused(403, message("the server is not called so: {host}", host=_shown(host)))
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return Refused(
                403, message("a page of another site may not ask: {origin}", origin=_shown(origin))
            )
        if scope["method"] not in METHODS:
            return Refused(405, message("allowed: {words}", words=" ".join(METHODS)))
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return Refused(414, message("the address is longer than {most} characters", most=LONGEST_ADDRESS))
        if (
            headers.get("content-length", "0").isdecimal()
            and int(headers.get("content-length", "0")) > MOST_BYTES
        ):
            return Refused(413, message("longer than 1 MB, allowed: up to 1 MB"))
        return None


async def _body(receive: Receive, most: int) -> bytes | None:
    """A request's body; None where it is too long. Raises EOFError where the one who asks is gone."""
    parts, size = [], 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise EOFError
        parts.append(event.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not event.get("more_body", False):
            return b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    """``receive`` whose first event is a body that has been read."""
    first: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> MutableMapping[str, Any]:
        return first.pop() if first else await receive()

    return given


def _with_headers(send: Send) -> Send:
    """``send`` with the headers of every answer, where it has none of its own."""

    async def sent(event: MutableMapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            own = {key.lower() for key, _ in event.get("headers", ())}
            common = {"content-security-policy": POLICY, "cache-control": "no-store", **HEADERS}
            added = [(k.encode(), v.encode()) for k, v in common.items() if k.encode() not in own]
            event = {**event, "headers": [*event.get("headers", ()), *added]}
        await send(event)

    return sent


async def _refuse(send: Send, found: Refused) -> None:
    body = json.dumps({"error": str(found.what), "exit_code": 2}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
    await _with_headers(send)(
        {
            "type": "http.response.start",
            "status": found.status,
            "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _shown(text: str) -> str:
    return text[:80] if text.isprintable() else "?"
