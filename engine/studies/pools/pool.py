"""What every pool of workers can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Job = Callable[[Any], Any]
Chunks = Sequence[tuple[int, Any]]
OnDone = Callable[[int, Any], None]
Ready = Callable[[], object]  # what a worker does before there is work for it
AHEAD = 4  # chunks that wait at each worker, so that none is ever idle


class Pool(Protocol):
    """Workers that are there, whoever they are."""

    def map(self, job: Job, chunks: Chunks, on_done: OnDone) -> None:
        """Do all numbered ``chunks`` in any order; ``on_done(number, made)`` hears of each, from any thread.

        Memory holds a few chunks at a time. An error, or an interrupt, ends the work; what is done stays done.
        """
