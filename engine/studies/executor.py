"""Who does the work of a study: the threads of this process, or the workers of a Dask cluster.

A job turns a unit of work into bytes; which bytes does not depend on who does it. Nothing here knows what
the units are.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.errors import ConfigError

Job = Callable[[Any], bytes]
Done = Callable[[int, bytes], None]
AHEAD = 4  # units that wait at each thread of a cluster, so that none is ever idle


@dataclass(frozen=True)
class Crew:
    """Who works: ``threads`` here; or ``workers`` processes of a local cluster; or a ``scheduler``'s."""

    threads: int | None = None
    workers: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.scheduler is not None:
            raise ConfigError("--workers and --scheduler: allowed one of the two")
        for name in ("threads", "workers"):
            count = getattr(self, name)
            if count is not None and not 1 <= count <= 1024:
                raise ConfigError(f"--{name}: came {count}, allowed 1 to 1024")

    @property
    def is_cluster(self) -> bool:
        """True where processes outside this one work."""
        return self.workers is not None or self.scheduler is not None


def cores() -> int:
    """Processors that this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def work(job: Job, units: Sequence[tuple[int, Any]], done: Done, crew: Crew | None = None) -> None:
    """Do all numbered ``units`` in any order; ``done(number, bytes)`` is called for each, from any thread.

    Memory holds a few units at a time. An error, or an interrupt, ends the work; what is done stays done.
    """
    crew = crew or Crew()
    if not units:
        return
    if crew.is_cluster:
        _on_cluster(job, units, done, crew)
    else:
        _in_threads(job, units, done, crew.threads or cores())


def _in_threads(job: Job, units: Sequence[tuple[int, Any]], done: Done, threads: int) -> None:
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    def one(number: int, unit: Any) -> None:
        done(number, job(unit))

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(one, number, unit) for number, unit in units]
        try:
            finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        for future in finished:
            error = future.exception()
            if error is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                raise error


def _on_cluster(job: Job, units: Sequence[tuple[int, Any]], done: Done, crew: Crew) -> None:
    from itertools import islice
    from warnings import catch_warnings, simplefilter

    with _client(crew) as client, catch_warnings():
        from distributed import as_completed

        simplefilter("ignore", UserWarning)  # about the size of the job, which is sent once
        # As a task and not as scattered data: a cluster that loses it makes it again.
        sent = client.submit(bytes, pickle.dumps(job), pure=False)
        numbers: dict[Any, int] = {}

        def submit(number: int, unit: Any) -> Any:
            future = client.submit(_remote, sent, unit, pure=False, retries=3)
            numbers[future] = number
            return future

        waiting = iter(units)
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        running = as_completed([submit(*item) for item in islice(waiting, ahead)])
        for future in running:
            done(numbers.pop(future), future.result())
            following = next(waiting, None)
            if following is not None:
                running.add(submit(*following))


def _remote(sent: bytes, unit: Any) -> bytes:
    return _received(sent)(unit)


@lru_cache(maxsize=1)
def _received(sent: bytes) -> Job:
    """The job of a worker, unpacked once; its arrays are its own and may be written to."""
    job: Job = pickle.loads(sent)
    return job


@contextlib.contextmanager
def _client(crew: Crew) -> Iterator[Any]:
    """A connection to the cluster; a local one ends with it."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        asked = "--workers" if crew.scheduler is None else "--scheduler"
        raise ConfigError(
            f"{asked} needs Dask, which is not installed", hint="pip install 'satellite-backtest[cluster]'"
        ) from None
    if crew.scheduler is None:
        options = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": logging.ERROR}
        with LocalCluster(n_workers=crew.workers, **options) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(crew.scheduler, timeout=10)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"--scheduler {crew.scheduler}: cannot be reached: {reason}") from None
    with client:
        yield client
