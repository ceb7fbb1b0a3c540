"""The way in: Ctrl-C at any moment is one line and exit code 130, and a job in the background stays deaf to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

import engine.cli
from engine import __main__ as way_in


class Ended(Exception):
    """In place of the end of the process."""


def end(code: int) -> None:
    raise Ended(code)


@pytest.fixture(autouse=True)
def same_signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(os, "_exit", end)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("deaf", [False, True])
def test_a_command_that_ends(deaf: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN if deaf else signal.default_int_handler)
    seen: list[object] = []
    monkeypatch.setattr(engine.cli, "main", lambda: seen.append(signal.getsignal(signal.SIGINT)))
    way_in.main()
    assert seen == [signal.SIG_IGN if deaf else signal.default_int_handler]


def test_an_interrupted_command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(engine.cli, "main", interrupt)
    with pytest.raises(Ended) as ended:
        way_in.main()
    assert ended.value.args == (130,)
    assert capfd.readouterr().err == "backtest: interrupted\n"


def test_a_closed_stream_does_not_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(handle: int, text: bytes) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "write", closed)
    with pytest.raises(Ended):
        way_in._end()
