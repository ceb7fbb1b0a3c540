"""Ctrl-C, wherever it falls: an interrupt that the code it fell into swallows is sent once more."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

SOON = 0.02  # seconds after which a swallowed interrupt comes again: it must not fall into the same code


@contextlib.contextmanager
def interrupts() -> Iterator[list[int]]:
    """The interrupts that came, which end the block as KeyboardInterrupt, in the main thread.

    Two kinds of code keep them to themselves. What no caller waits for (it runs when an object goes: imports have
    such) prints a traceback and goes on; here that is told nowhere, and the interrupt comes again. And pydantic's
    serializer raises an error of its own in its place, so that who sees one looks here.

    Where another handler is set, or elsewhere than in the main thread, nothing is changed.
    """
    heard: list[int] = []
    main = threading.main_thread()
    if threading.current_thread() is not main or not _is_pythons_own():
        yield heard
        return
    told = sys.unraisablehook

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        signal.default_int_handler(number, frame)

    def again(lost: Any) -> None:
        if heard and issubclass(lost.exc_type, KeyboardInterrupt):
            later = threading.Timer(SOON, _interrupt, [main])
            later.daemon = True
            later.start()
        else:
            told(lost)

    signal.signal(signal.SIGINT, hear)
    sys.unraisablehook = again
    try:
        yield heard
    finally:
        if signal.getsignal(signal.SIGINT) is hear:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if sys.unraisablehook is again:
            sys.unraisablehook = told


def _is_pythons_own() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _interrupt(thread: threading.Thread) -> None:
    """Also one that waits in a call of the system, where the system can do that."""
    if hasattr(signal, "pthread_kill") and thread.ident is not None:
        signal.pthread_kill(thread.ident, signal.SIGINT)
    else:  # pragma: no cover - Windows
        signal.raise_signal(signal.SIGINT)
