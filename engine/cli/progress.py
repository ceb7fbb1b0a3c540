"""What a terminal shows of work that takes more than a second; gone when it is done."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from engine.locale import Locale
from engine.messages import Number, message
from engine.printable import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Live

QUICK = 1.0  # seconds in which nothing is shown


class Progress:
    """A line on standard error while the block runs: ``text`` and seconds, or a bar for work that is counted.

    ``progress(done, total)`` counts, from any thread; what was done before the first call does not count for the
    rate. Shows nothing in the first second, where standard error is no terminal, or under ``quiet``.
    """

    def __init__(self, text: str, locale: Locale, *, quiet: bool = False) -> None:
        self.locale = locale
        self._text = text
        self._begun = time.monotonic()
        self._counted: tuple[int, int, int, float] | None = None  # done, total, done before, since when
        self._live: Live | None = None
        shown = not quiet and sys.stderr.isatty()
        self._timer = threading.Timer(QUICK, self._show) if shown else None
        if self._timer is not None:
            self._timer.daemon = True

    def __enter__(self) -> Progress:
        if self._timer is not None:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if self._live is not None:
            self._live.stop()

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        _, _, before, since = self._counted or (0, 0, done, time.monotonic())
        self._counted = (done, total, before, since)
        self._update()

    def say(self, text: str) -> None:
        """What is going on now."""
        self._text = text
        self._update()

    def _show(self) -> None:
        """Begin to show, a second after the work began."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Live

        columns = (
            TextColumn("{task.fields[text]}", markup=False),
            BarColumn(24),
            TextColumn("{task.fields[state]}"),
        )
        live = Live(*columns, TimeElapsedColumn(), console=Console(file=sys.stderr), transient=True)
        live.add_task("", total=None, text=printable(self._text), state="")
        live.start()
        self._live = live
        self._update()

    def _update(self) -> None:
        live = self._live
        if live is None:
            return
        done, total, before, since = self._counted or (0, 0, 0, 0.0)
        state = state_of(done, total, done - before, time.monotonic() - since, self.locale) if total else ""
        task = live.task_ids[0]
        live.update(task, total=total or None, completed=done, text=printable(self._text), state=state)


def state_of(done: int, total: int, lately: int, seconds: float, locale: Locale) -> str:
    """How far counted work is: ``41%: 245,000 of 599,168 simulations, 52,000 a second, 7 s left``."""
    rate = lately / seconds if seconds > 0.0 else 0.0
    text = message(
        "{share}%: {done} of {total} simulations", share=100 * done // total, done=done, total=total
    )
    if rate <= 0.0:
        return text.translate(locale)
    left = Number((total - done) / rate, 0)
    more = message("{text}, {rate} a second, {left} s left", text=text, rate=Number(rate, 0), left=left)
    return more.translate(locale)
