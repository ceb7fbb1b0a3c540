"""Who does the work of a study: the threads of this process, other processes, or a Dask cluster's workers.

A job turns a unit of work into bytes; which bytes does not depend on who does it. Nothing here knows what
the units are. Processes of this machine are asked through pipes: nothing listens on a port, so nobody else on
the machine can send them work. A worker that is not this very program is refused (engine.studies.handshake).
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from engine.errors import BacktestError, ConfigError
from engine.studies.handshake import identity, refuse_stranger

Job = Callable[[Any], bytes]
Done = Callable[[int, bytes], None]
AHEAD = 4  # units that wait at each worker, so that none is ever idle
DEATHS = 3  # of workers, one after the other without a unit done in between, that end the work
PATIENCE = 10.0  # seconds without any worker, after which nobody is expected to come


@dataclass(frozen=True)
class Crew:
    """Who works: ``threads`` here; or ``workers``, processes of this machine; or a Dask ``scheduler``'s."""

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
    if crew.scheduler is not None:
        _on_cluster(job, units, done, crew.scheduler)
    elif crew.workers is not None:
        _in_processes(job, units, done, crew.workers)
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


# --- processes of this machine ------------------------------------------------------------------------------


def _in_processes(job: Job, units: Sequence[tuple[int, Any]], done: Done, workers: int) -> None:
    """One unit at a time each. When a worker is killed all are started anew, and go on with what is left."""
    from concurrent.futures.process import BrokenProcessPool

    left, deaths = dict(units), 0
    sent = pickle.dumps(job)
    while left:
        before = len(left)
        try:
            _in_pool(sent, left, done, workers)
        except BrokenProcessPool:
            deaths = deaths + 1 if len(left) == before else 1
            if deaths == DEATHS:
                raise BacktestError(
                    f"--workers {workers}: a worker was ended {DEATHS} times without doing anything",
                    hint="is there memory for so many? A script of yours needs: if __name__ == '__main__':",
                ) from None


def _in_pool(sent: bytes, left: dict[int, Any], done: Done, workers: int) -> None:
    """Do what is ``left`` and take it from there. Raises BrokenProcessPool when a worker dies."""
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from multiprocessing import get_context

    count = min(workers, len(left))
    spawn = get_context("spawn")  # a fork would copy our threads' locks as they happen to be
    with ProcessPoolExecutor(count, spawn, _begin, (sent, dict(identity()))) as pool:
        numbers: dict[Future[bytes], int] = {}
        waiting = iter(list(left.items()))

        def submit(ahead: int) -> None:
            for number, unit in islice(waiting, ahead):
                numbers[pool.submit(_worked, unit)] = number

        submit(AHEAD * count)
        try:
            while numbers:
                for future in wait(numbers, return_when=FIRST_COMPLETED).done:
                    number = numbers.pop(future)
                    done(number, future.result())
                    del left[number]
                    submit(1)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Worker:
    """What a worker process holds from its beginning: who asks it, and the job."""

    asker: Mapping[str, str]
    job: Job


def _begin(sent: bytes, asker: Mapping[str, str]) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks hears of Ctrl-C, and ends us
    _end_with_asker()
    _Worker.asker, _Worker.job = asker, pickle.loads(sent)


def _end_with_asker() -> None:
    """Let this process end when the one that started it does, however that ends."""
    from multiprocessing import parent_process
    from threading import Thread

    parent = parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        Thread(target=watch, daemon=True).start()


def _worked(unit: Any) -> bytes:
    refuse_stranger(identity(), _Worker.asker, f"worker {os.getpid()}")
    return _Worker.job(unit)


# --- a Dask cluster -----------------------------------------------------------------------------------------


def _on_cluster(job: Job, units: Sequence[tuple[int, Any]], done: Done, scheduler: str) -> None:
    from warnings import catch_warnings, simplefilter

    with _client(scheduler) as client, catch_warnings():
        from distributed import wait

        simplefilter("ignore", UserWarning)  # about the size of the job, which is sent once
        _greet(client, scheduler)
        # As a task and not as scattered data: a cluster that loses it makes it again.
        sent = client.submit(bytes, pickle.dumps(job), pure=False)
        asker = dict(identity())
        numbers: dict[Any, int] = {}
        waiting = iter(units)

        def submit(ahead: int) -> None:
            for number, unit in islice(waiting, ahead):
                numbers[client.submit(_remote, sent, asker, unit, pure=False, retries=3)] = number

        submit(AHEAD * max(1, sum(client.nthreads().values())))
        while numbers:
            try:
                finished = wait(list(numbers), timeout=PATIENCE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                if not client.nthreads():
                    raise ConfigError(f"--scheduler {scheduler}: no worker is left") from None
                continue
            for future in finished:
                number = numbers.pop(future)
                done(number, _result(future, scheduler))
                submit(1)


def _greet(client: Any, scheduler: str) -> None:
    """Ask every worker who it is. Raises ConfigError where there is none, or a stranger."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise ConfigError(
            f"--scheduler {scheduler}: has no workers", hint="start one: dask worker URL"
        ) from None
    mine = identity()
    for address, theirs in client.run(identity, on_error="return").items():
        if isinstance(theirs, Exception):
            raise _cannot(scheduler, f"worker {address} cannot say who it is", theirs)
        refuse_stranger(theirs, mine, f"--scheduler {scheduler}: worker {address}")


def _result(future: Any, scheduler: str) -> bytes:
    """What a worker made. What it raised on purpose is raised; anything else is a cluster that cannot do it."""
    try:
        made: bytes = future.result()
    except BacktestError:
        raise
    except Exception as error:
        raise _cannot(scheduler, "a unit could not be done", error) from error
    return made


def _cannot(scheduler: str, what: str, error: Exception) -> ConfigError:
    reason = " ".join(str(error).split())[:300]
    return ConfigError(
        f"--scheduler {scheduler}: {what}: {type(error).__name__}: {reason}",
        hint="install the same versions on every worker",
    )


def _remote(sent: bytes, asker: Mapping[str, str], unit: Any) -> bytes:
    refuse_stranger(identity(), asker, "a worker of the cluster")  # one that came later, say
    return _received(sent)(unit)


@lru_cache(maxsize=1)
def _received(sent: bytes) -> Job:
    """The job of a worker, unpacked once; its arrays are its own and may be written to."""
    job: Job = pickle.loads(sent)
    return job


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    """A connection to the cluster. For tls:// Dask's own settings name the certificates."""
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "--scheduler needs Dask, which is not installed", hint="pip install 'satellite-backtest[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"--scheduler {scheduler}: cannot be reached: {reason}") from None
    with client:
        yield client
