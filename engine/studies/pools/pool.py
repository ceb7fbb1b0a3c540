"""What every pool of workers can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

Job = Callable[[Any], Any]
Chunks = Sequence[tuple[int, Any]]
OnDone = Callable[[int, Any], None]
Ready = Callable[[], object]  # what a worker does before there is work for it
Item = TypeVar("Item")
Made = TypeVar("Made")
AHEAD = 4  # chunks that wait at each worker, so that none is ever idle


class Pool(Protocol):
    """Workers that are there, whoever they are."""

    @property
    def sees_our_disk(self) -> bool:
        """Whether a path here is the same file there."""

    def map(self, job: Job, chunks: Chunks, on_done: OnDone) -> None:
        """Do all numbered ``chunks`` in any order; ``on_done(number, made)`` hears of each, from any thread.

        Memory holds a few chunks at a time. An error, or an interrupt, ends the work; what is done stays done.
        """


def mapped(pool: Pool, job: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """What a job makes of each item, in their order: ``map``, by all who work."""
    found: dict[int, Made] = {}
    pool.map(job, [*enumerate(items)], found.__setitem__)
    return [found[number] for number in sorted(found)]
