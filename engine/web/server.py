"""The process: a port of this machine, uvicorn on it, an end at once."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from engine.config.wording import refused
from engine.errors import ConfigError, reason_of
from engine.messages import message

if TYPE_CHECKING:
    import uvicorn

    from engine.web.guard import App
    from engine.web.work import Work

LOCAL = ("127.0.0.1", "localhost", "[::1]")
CONNECTIONS = 300  # at a time; who comes then is told to come again
HEADER_BYTES = 16_384
SHARE = 0.0005  # seconds that a thread computes before another may: an answer that is ready leaves at once


def require() -> None:
    """Raise ConfigError where what the page needs is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            message("the page needs {package}, which is not installed", package=missing[0]),
            hint=message("pip install {package}", package="'satellite-backtest[web]'"),
        )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ConfigError where the port is taken, or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host.strip("[]"), port))
        made.listen(256)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            hint = message(
                "another page may be open there; another port: {option}", option=f"--port {port + 1}"
            )
            raise refused(message("the port is in use"), place=f"--port {port}", hint=hint) from None
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise refused(message("this machine has no such address"), place=f"--host {host}") from None
        raise refused(reason_of(error), place=f"--port {port}") from None
    return made


def names(host: str, port: int, allowed: Iterable[str]) -> frozenset[str]:
    """How the server may be called. Raises ConfigError where others reach it and it has no name for them."""
    allowed = tuple(allowed)
    if host not in LOCAL and not allowed:
        told = message(
            "others can reach the page there: say by which name, with {option}", option="--allow-host NAME"
        )
        raise refused(told, place=f"--host {host}")
    called = (*LOCAL, *allowed)
    bare = called if port == 80 else allowed  # a proxy's name has the proxy's port
    return frozenset((*(f"{name}:{port}".lower() for name in called), *(name.lower() for name in bare)))


def configuration(app: App) -> uvicorn.Config:
    """How uvicorn serves the page: no logs, no plug-ins, bounded connections and headers."""
    import uvicorn

    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    logging.getLogger("uvicorn").propagate = False  # what is no HTTP is answered and not told
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        ws="none",
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=30,
    )


def serve(app: App, listening: socket.socket, work: Work, *, on_ready: Callable[[], None]) -> None:
    """Answer until Ctrl-C, which ends at once."""
    import asyncio

    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            super().handle_exit(sig, frame)
            self.force_exit = True  # nobody is waited for
            work.close()

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            on_ready()

    sys.setswitchinterval(SHARE)
    try:
        asyncio.run(Server(configuration(app)).serve(sockets=[listening]))
    finally:
        work.close()
