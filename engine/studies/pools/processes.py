"""Processes of this machine.

They are asked through pipes, and a job comes to them in a folder that only this user can read: nothing listens on
a port, so that nobody else on the machine can send them work. A worker that is not this very program is refused
(engine.studies.handshake).
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BacktestError
from engine.messages import message
from engine.studies.handshake import identity, refuse_stranger
from engine.studies.pools.pool import AHEAD, Chunks, Job, OnDone, Pool, Ready

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.process import BaseProcess

DEATHS = 3  # of workers, one after the other without a chunk done in between, that end the work


@contextlib.contextmanager
def processes(workers: int, get_ready: Ready | None = None) -> Iterator[Pool]:
    """At most so many processes, which start with the first job and stay for the others.

    Where ``get_ready`` says what each does before, they start at once, while the work is still being prepared.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="backtest-", ignore_cleanup_errors=True) as folder:
        pool = _Processes(workers, Path(folder), get_ready or _nothing)
        try:
            if get_ready is not None:
                pool.start(workers)
            yield pool
        finally:
            pool.end()


class _Processes:
    """One chunk at a time each. When one is killed all are started anew, and go on with what is left."""

    sees_our_disk = True

    def __init__(self, workers: int, folder: Path, get_ready: Ready) -> None:
        self._workers, self._folder, self._get_ready = workers, folder, get_ready
        self._jobs = count()
        self._pool: ProcessPoolExecutor | None = None
        self._size = 0
        self._own: list[BaseProcess] = []

    def map(self, job: Job, chunks: Chunks, on_done: OnDone) -> None:
        """See ``Pool``."""
        from concurrent.futures.process import BrokenProcessPool

        left, deaths = dict(chunks), 0
        path = self._folder / f"{next(self._jobs)}.job"
        path.write_bytes(pickle.dumps(job))
        while left:
            before = len(left)
            try:
                self._work(path, left, on_done)
            except BrokenProcessPool:
                deaths = deaths + 1 if len(left) == before else 1
                if deaths == DEATHS:
                    raise BacktestError(
                        message(
                            "--workers {workers}: a worker was ended {n} times without doing anything",
                            workers=str(self._workers),
                            n=DEATHS,
                        ),
                        hint=message(
                            "is there memory for so many? A script of yours needs: if __name__ == '__main__':"
                        ),
                    ) from None
        with contextlib.suppress(OSError):
            path.unlink()

    def _work(self, job: Path, left: dict[int, Any], on_done: OnDone) -> None:
        """Do what is ``left`` and take it from there. Raises BrokenProcessPool when a worker dies."""
        from concurrent.futures import FIRST_COMPLETED, wait

        pool = self.start(min(self._workers, len(left)))
        numbers: dict[Future[Any], int] = {}
        waiting = iter(list(left.items()))

        def submit(ahead: int) -> None:
            for number, chunk in islice(waiting, ahead):
                numbers[pool.submit(_worked, str(job), chunk)] = number

        try:
            submit(AHEAD * self._size)
            while numbers:
                for future in wait(numbers, return_when=FIRST_COMPLETED).done:
                    number = numbers.pop(future)
                    on_done(number, future.result())
                    del left[number]
                    submit(1)
        except BaseException:
            self.end()
            raise

    def start(self, wanted: int) -> ProcessPoolExecutor:
        """So many processes at least. One that dies of it is missed when it has work to do."""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import active_children, get_context

        if self._pool is None or self._size < wanted:
            self.end()
            others = active_children()
            spawn = get_context("spawn")  # a fork would copy our threads' locks as they happen to be
            self._pool = ProcessPoolExecutor(wanted, spawn, _begin, (dict(identity()),))
            with _deaf_to_interrupts():
                for _ in range(wanted):
                    self._pool.submit(self._get_ready)
            self._own = [process for process in active_children() if process not in others]
            self._size = wanted
        return self._pool

    def end(self) -> None:
        """No more work. They are ended wherever they are, also in their beginning, and nobody waits for that."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in self._own:
                process.terminate()
        self._pool, self._size, self._own = None, 0, []


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that start in the block never hear of Ctrl-C, not even at first. This one does, after it."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover - Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in a worker --------------------------------------------------------------------------------------------


class _Worker:
    """What a worker process holds from its beginning: who asks it."""

    asker: Mapping[str, str]


def _nothing() -> None:
    """Ready without more."""


def _begin(asker: Mapping[str, str]) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks hears of Ctrl-C, and ends us
    _end_with_asker()
    _Worker.asker = asker


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


def _worked(job: str, chunk: Any) -> Any:
    refuse_stranger(identity(), _Worker.asker, message("worker {name}", name=str(os.getpid())))
    return _received(job)(chunk)


@lru_cache(maxsize=1)
def _received(job: str) -> Job:
    found: Job = pickle.loads(Path(job).read_bytes())
    return found
