"""What a terminal shows while it waits, and that nothing else ever sees it."""

from __future__ import annotations

import io
import re
import sys
import time

import pytest

from engine.cli import progress
from engine.cli.progress import Progress, state_of
from engine.locale import ENGLISH, Locale


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "QUICK", 0.01)
    return screen


def shown(line: Progress) -> None:
    """Wait until it shows, as a person would."""
    deadline = time.monotonic() + 30.0
    while line._live is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert line._live is not None
    line._live.refresh()


def test_what_goes_on_is_shown_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with Progress("fetching [VOO]\x1b[2J", ENGLISH) as line:
        shown(line)
        line.say("fetching IJR")
        line._live.refresh()
    text = screen.getvalue()
    assert "fetching [VOO]\\x1b[2J" in text
    assert "fetching IJR" in text
    assert text.rstrip().endswith("\x1b[2K")  # the last thing written wipes its line


def test_what_is_counted_has_a_bar_and_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with Progress("sweep", ENGLISH) as line:
        line(10, 50)
        shown(line)
        line(30, 50)
        line._live.refresh()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "60%: 30 of 50 simulations" in plain
    assert "a second" in plain


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setattr(progress, "QUICK", 60.0)
    with Progress("fetching", ENGLISH) as line:
        line(1, 2)
    assert screen.getvalue() == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_what_is_no_terminal_or_quiet_sees_nothing(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch) if quiet else io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "QUICK", 0.0)
    with Progress("fetching", ENGLISH, quiet=quiet) as line:
        line(1, 2)
        time.sleep(0.05)
    assert screen.getvalue() == ""


def test_the_state_says_how_far_how_fast_and_how_long() -> None:
    told = state_of(245_000, 599_168, 52_000, 1.0, ENGLISH)
    assert told == "40%: 245,000 of 599,168 simulations, 52,000 a second, 7 s left"
    assert state_of(1, 2, 0, 1.0, ENGLISH) == "50%: 1 of 2 simulations"
    assert state_of(1, 2, 1, 1.0, Locale("ja")) == "50%：2件のうち1件、毎秒1件、残り1秒"
