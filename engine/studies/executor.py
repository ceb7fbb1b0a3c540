"""Who does the work of a study: the threads of this process, other processes, or a Dask cluster's workers.

A job turns a chunk of work into bytes, or a few of them; which does not depend on who does it. Nothing here
knows what the chunks are. Processes of this machine are asked through pipes: nothing listens on a port, so that
nobody else on the machine can send them work. A worker that is not this very program is refused
(engine.studies.handshake).
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from engine.errors import BacktestError, ConfigError
from engine.messages import Message, message
from engine.studies.handshake import SAME_VERSIONS, identity, refuse_stranger

Job = Callable[[Any], Any]
OnDone = Callable[[int, Any], None]
AHEAD = 4  # chunks that wait at each worker, so that none is ever idle
DEATHS = 3  # of workers, one after the other without a chunk done in between, that end the work
PATIENCE = 10.0  # seconds without any worker, after which nobody is expected to come


@dataclass(frozen=True)
class Executor:
    """Who works: ``threads`` here; or ``workers``, processes of this machine; or a Dask ``scheduler``'s."""

    threads: int | None = None
    workers: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.scheduler is not None:
            raise ConfigError(message("--workers and --scheduler: allowed one of the two"))
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

    def map(self, job: Job, chunks: Sequence[tuple[int, Any]], on_done: OnDone) -> None:
        """Do all numbered ``chunks`` in any order; ``on_done(number, made)`` hears of each, from any thread.

        Memory holds a few chunks at a time. An error, or an interrupt, ends the work; what is done stays done.
        """
        if not chunks:
            return
        if self.scheduler is not None:
            _on_cluster(job, chunks, on_done, self.scheduler)
        elif self.workers is not None:
            _in_processes(job, chunks, on_done, self.workers)
        else:
            _in_threads(job, chunks, on_done, self.threads or cores())


def cores() -> int:
    """Processors that this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_threads(job: Job, chunks: Sequence[tuple[int, Any]], on_done: OnDone, threads: int) -> None:
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    def one(number: int, chunk: Any) -> None:
        on_done(number, job(chunk))

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(one, number, chunk) for number, chunk in chunks]
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


def _in_processes(job: Job, chunks: Sequence[tuple[int, Any]], on_done: OnDone, workers: int) -> None:
    """One chunk at a time each. When a worker is killed all are started anew, and go on with what is left."""
    from concurrent.futures.process import BrokenProcessPool

    left, deaths = dict(chunks), 0
    sent = pickle.dumps(job)
    while left:
        before = len(left)
        try:
            _in_pool(sent, left, on_done, workers)
        except BrokenProcessPool:
            deaths = deaths + 1 if len(left) == before else 1
            if deaths == DEATHS:
                raise BacktestError(
                    message(
                        "--workers {workers}: a worker was ended {n} times without doing anything",
                        workers=str(workers),
                        n=DEATHS,
                    ),
                    hint=message(
                        "is there memory for so many? A script of yours needs: if __name__ == '__main__':"
                    ),
                ) from None


def _in_pool(sent: bytes, left: dict[int, Any], on_done: OnDone, workers: int) -> None:
    """Do what is ``left`` and take it from there. Raises BrokenProcessPool when a worker dies."""
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from multiprocessing import get_context

    count = min(workers, len(left))
    spawn = get_context("spawn")  # a fork would copy our threads' locks as they happen to be
    pool = ProcessPoolExecutor(count, spawn, _begin, (sent, dict(identity())))
    numbers: dict[Future[Any], int] = {}
    waiting = iter(list(left.items()))

    def submit(ahead: int) -> None:
        for number, chunk in islice(waiting, ahead):
            numbers[pool.submit(_worked, chunk)] = number

    try:
        submit(AHEAD * count)
        while numbers:
            for future in wait(numbers, return_when=FIRST_COMPLETED).done:
                number = numbers.pop(future)
                on_done(number, future.result())
                del left[number]
                submit(1)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # nobody waits until they are gone


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


def _worked(chunk: Any) -> Any:
    refuse_stranger(identity(), _Worker.asker, message("worker {name}", name=str(os.getpid())))
    return _Worker.job(chunk)


# --- a Dask cluster -----------------------------------------------------------------------------------------


def _on_cluster(job: Job, chunks: Sequence[tuple[int, Any]], on_done: OnDone, scheduler: str) -> None:
    from warnings import catch_warnings, simplefilter

    with _client(scheduler) as client, catch_warnings():
        from distributed import wait

        simplefilter("ignore", UserWarning)  # about the size of the job, which is sent once
        _greet(client, scheduler)
        # As a task and not as scattered data: a cluster that loses it makes it again.
        sent = client.submit(bytes, pickle.dumps(job), pure=False)
        asker = dict(identity())
        numbers: dict[Any, int] = {}
        waiting = iter(chunks)

        def submit(ahead: int) -> None:
            for number, chunk in islice(waiting, ahead):
                numbers[client.submit(_remote, sent, asker, chunk, pure=False, retries=3)] = number

        submit(AHEAD * max(1, sum(client.nthreads().values())))
        while numbers:
            try:
                finished = wait(list(numbers), timeout=PATIENCE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                if not client.nthreads():
                    raise ConfigError(
                        message("--scheduler {url}: no worker is left", url=scheduler)
                    ) from None
                continue
            for future in finished:
                number = numbers.pop(future)
                on_done(number, _result(future, scheduler))
                submit(1)


def _greet(client: Any, scheduler: str) -> None:
    """Ask every worker who it is. Raises ConfigError where there is none, or a stranger."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise ConfigError(
            message("--scheduler {url}: has no workers", url=scheduler),
            hint=message("start one: dask worker URL"),
        ) from None
    mine = identity()
    for address, theirs in client.run(identity, on_error="return").items():
        if isinstance(theirs, Exception):
            what = message("worker {name} cannot say who it is", name=address)
            raise _cannot(scheduler, what, theirs)
        who = message("--scheduler {url}: worker {name}", url=scheduler, name=address)
        refuse_stranger(theirs, mine, who)


def _result(future: Any, scheduler: str) -> Any:
    """What a worker made. What it raised on purpose is raised; anything else is a cluster that cannot do it."""
    try:
        return future.result()
    except BacktestError:
        raise
    except Exception as error:
        raise _cannot(scheduler, message("a part of the work could not be done"), error) from error


def _cannot(scheduler: str, what: Message, error: Exception) -> ConfigError:
    """The class of what went wrong; where Dask hides it in a text, the class that this names."""
    named = re.search(r"\w+(?:Error|Exception)\b", str(error))
    name = named.group() if type(error) is Exception and named else type(error).__name__
    return ConfigError(
        message("--scheduler {url}: {what}: {error}", url=scheduler, what=what, error=name),
        hint=SAME_VERSIONS,
    )


def _remote(sent: bytes, asker: Mapping[str, str], chunk: Any) -> Any:
    refuse_stranger(identity(), asker, message("a worker of the cluster"))  # one that came later, say
    return _received(sent)(chunk)


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
            message("--scheduler needs Dask, which is not installed"),
            hint=message("pip install 'satellite-backtest[cluster]'"),
        ) from None
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        name = type(error).__name__
        raise ConfigError(
            message("--scheduler {url}: cannot be reached: {error}", url=scheduler, error=name)
        ) from error
    with client:
        yield client
