"""An interrupt that the code it fell into keeps to itself comes again, and is told nowhere else."""

from __future__ import annotations

import signal
import sys
import threading
import time
import weakref

import pytest

from engine.cli.interrupts import interrupts


class Thing:
    """What goes."""


def interrupt(_gone: object = None) -> None:
    signal.raise_signal(signal.SIGINT)


def fail(_gone: object = None) -> None:
    raise ValueError("of its own")


def lose(what: object) -> None:
    """Let a thing go whose end runs ``what``: Python tells what that raises, and goes on."""
    thing = Thing()
    keeper = weakref.ref(thing, what)  # type: ignore[call-overload]
    del thing
    assert keeper() is None


def test_an_interrupt_that_is_swallowed_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[int] = []

    def run() -> None:
        with interrupts() as came:
            try:
                lose(interrupt)
                time.sleep(30)
            finally:
                heard.extend(came)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(heard) == 2
    assert capsys.readouterr() == ("", "")


def test_other_errors_that_nobody_waits_for_are_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))
    with interrupts() as heard:
        lose(fail)
    assert (told, heard) == ([ValueError], [])


def test_all_is_as_before_after_the_block() -> None:
    before = signal.getsignal(signal.SIGINT), sys.unraisablehook
    with interrupts():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), sys.unraisablehook) == before


def test_another_handler_and_another_thread_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look() -> None:
        with interrupts() as heard:
            seen.append((signal.getsignal(signal.SIGINT), heard))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    mine = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        look()
    finally:
        signal.signal(signal.SIGINT, mine)
    assert seen == [(signal.default_int_handler, []), (signal.SIG_IGN, [])]
