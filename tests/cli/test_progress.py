"""What a terminal shows while it waits, and that nothing else ever sees it."""

from __future__ import annotations

import io
import itertools
import sys
from types import SimpleNamespace

import pytest

from engine.cli import progress
from engine.cli.progress import Bar, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Waits:
    """An event that comes after so many seconds, without anybody waiting."""

    def __init__(self, seconds: int) -> None:
        self.left = seconds

    def wait(self, _seconds: float) -> bool:
        self.left -= 1
        return self.left < 0

    def set(self) -> None:
        pass


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def clock(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    times = itertools.chain(seconds)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(times)))


def test_seconds_are_counted_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    line = Progress("fetching")
    line._done = Waits(2)  # type: ignore[assignment]
    with line:
        pass
    assert screen.getvalue() == "\r\x1b[2Kfetching … 1 s\r\x1b[2Kfetching … 2 s\r\x1b[2K"


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with Progress("fetching"):
        pass
    assert screen.getvalue() == ""


def test_a_bar_begins_after_a_second_and_moves_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    clock(monkeypatch, 100.0, 100.5, 102.0, 102.05, 104.0)
    with Bar("sweep", "lives") as bar:
        for done in (10, 20, 30, 40, 50):
            bar(done, 50)
    shown = [line for line in screen.getvalue().split("\r\x1b[2K") if line]
    assert [line.split(" %")[1] for line in shown] == [
        "  30 of 50 lives · 10/s · 2 s left",
        "  50 of 50 lives · 10/s · 0 s left",
    ]
    assert screen.getvalue().endswith("\r\x1b[2K")


@pytest.mark.parametrize("quiet", [True, False])
def test_what_is_no_terminal_or_quiet_sees_nothing(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch) if quiet else io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    line = Progress("fetching", quiet=quiet)
    line._done = Waits(3)  # type: ignore[assignment]
    with line, Bar("sweep", "lives", quiet=quiet) as bar:
        bar(1, 2)
    assert screen.getvalue() == ""
