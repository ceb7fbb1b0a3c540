"""Who does the work of a study: the threads of this process, other processes, or a Dask cluster's workers.

A job turns a chunk of work into bytes, or a few of them; which does not depend on who does it. Nothing here
knows what the chunks are.
"""

from __future__ import annotations

import contextlib
import os
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass

from engine.errors import ConfigError
from engine.messages import Quoted, message
from engine.studies.pools.cluster import cluster
from engine.studies.pools.pool import Chunks, Job, OnDone, Pool, Ready
from engine.studies.pools.processes import processes
from engine.studies.pools.threads import Threads

_ADDRESS = re.compile(r"[a-z]+://[^\s/]\S*|[^\s:/]+:\d+")
SHOWN = 80  # characters of what is none


@dataclass(frozen=True)
class Executor:
    """Who works: ``threads`` here; or ``workers``, processes of this machine; or a Dask ``scheduler``'s."""

    threads: int | None = None
    workers: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.scheduler is not None:
            raise ConfigError(message("--workers and --scheduler: allowed one of the two"))
        if self.scheduler is not None and not _ADDRESS.fullmatch(self.scheduler):
            raise ConfigError(
                message(
                    "--scheduler: came {came}, allowed an address such as {example}",
                    came=Quoted(self.scheduler[:SHOWN]),
                    example="tcp://host:8786",
                )
            )
        for name in ("threads", "workers"):
            count = getattr(self, name)
            if count is not None and not 1 <= count <= 1024:
                raise ConfigError(
                    message("--{option}: came {count}, allowed 1 to 1024", option=name, count=str(count))
                )

    def threads_each(self, count: int) -> int:
        """How many threads may share each of ``count`` chunks: more than one where threads outnumber them."""
        here = 1 if self.workers is not None or self.scheduler is not None else self.threads or cores()
        return max(1, here // max(1, count))

    def pool(self, get_ready: Ready | None = None) -> AbstractContextManager[Pool]:
        """Those who work, for as many jobs as come: processes start once, a cluster is greeted once.

        ``get_ready``  what processes do as soon as they are there; with it they start at once
        """
        if self.scheduler is not None:
            return cluster(self.scheduler)
        if self.workers is not None:
            return processes(self.workers, get_ready)
        return contextlib.nullcontext(Threads(self.threads or cores()))

    def map(self, job: Job, chunks: Chunks, on_done: OnDone) -> None:
        """Do one job alone; see ``Pool``."""
        if chunks:
            with self.pool() as pool:
                pool.map(job, chunks, on_done)


def cores() -> int:
    """Processors that this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
