"""A line that says what is going on, for anything that takes more than a second."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

from engine.printable import printable


class Progress:
    """Shows ``text`` on standard error while the block runs longer than a second, then wipes it.

    Shows nothing where standard error is no terminal, or under ``quiet``.
    """

    def __init__(self, text: str, *, quiet: bool = False) -> None:
        self.text = text
        self._done = threading.Event()
        shown = not quiet and sys.stderr.isatty()
        self._thread = threading.Thread(target=self._show, daemon=True) if shown else None

    def __enter__(self) -> Progress:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self) -> None:
        seconds = 0
        while not self._done.wait(1.0):
            seconds += 1
            sys.stderr.write(f"\r\x1b[2K{printable(self.text)} … {seconds} s")
            sys.stderr.flush()
        if seconds:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


class Bar:
    """A bar with rate and time left on standard error, for work that is counted: ``bar(done, total)``.

    May be called from any thread. Shows nothing in the first second, nothing where standard error is no
    terminal or under ``quiet``; what was done before it began does not count for the rate.
    """

    def __init__(self, text: str, unit: str, *, quiet: bool = False) -> None:
        self.text, self.unit = text, unit
        self._shown = not quiet and sys.stderr.isatty()
        self._lock = threading.Lock()
        self._begun: tuple[float, int] | None = None
        self._last = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._last:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if not self._shown:
            return
        now = time.monotonic()
        with self._lock:
            if self._begun is None:
                self._begun = (now, done)
            begun, before = self._begun
            if now - begun < 1.0 or now - self._last < 0.1:
                return
            self._last = now
            sys.stderr.write(f"\r\x1b[2K{bar_line(self.text, self.unit, done, total, now - begun, before)}")
            sys.stderr.flush()


def bar_line(text: str, unit: str, done: int, total: int, seconds: float, before: int = 0) -> str:
    """One state of a bar: ``everything ████······ 41 %  245,000 of 599,168 lives · 52,000/s · 7 s left``."""
    width = 24
    full = width * done // total if total else width
    rate = (done - before) / seconds if seconds > 0.0 else 0.0
    left = f" · {(total - done) / rate:,.0f} s left" if rate > 0.0 else ""
    share = 100 * done // total if total else 100
    bar = "█" * full + "·" * (width - full)
    return f"{printable(text)} {bar} {share} %  {done:,} of {total:,} {unit} · {rate:,.0f}/s{left}"
