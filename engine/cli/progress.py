"""A line that says what is going on, for anything that takes more than a second."""

from __future__ import annotations

import sys
import threading
from types import TracebackType


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
            sys.stderr.write(f"\r\x1b[2K{self.text} … {seconds} s")
            sys.stderr.flush()
        if seconds:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
