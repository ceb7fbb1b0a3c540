"""A server of our own on a free port of this machine, on the embedded sample."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine.web import server
from engine.web.answers import Answers
from engine.web.app import make_app
from engine.web.site import Site
from engine.web.warm import Warm
from engine.web.work import Work

TOKEN = "a-token-of-the-tests"


@contextlib.contextmanager
def serving(out: Path, *, work: Work | None = None, own: tuple[str, ...] = ()) -> Iterator[str]:
    """The address of a server in a thread, which ends with the block."""
    import asyncio

    import uvicorn

    work = work or Work()
    listening = server.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    site = Site(Answers(Warm("sample", own), work), out=out, token=TOKEN)
    app = make_app(site, server.names("127.0.0.1", port, ()))
    running = uvicorn.Server(server.configuration(app))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listening])), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = running.force_exit = True
        thread.join(20)
        work.close()
        listening.close()


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def address(out: Path) -> Iterator[str]:
    with serving(out) as found:
        yield found


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=400, trust_env=False) as found:
        yield found
