"""The workers of a Dask cluster. One that is not this very program is refused (engine.studies.handshake)."""

from __future__ import annotations

import contextlib
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from engine.errors import BacktestError, ConfigError
from engine.messages import Message, message
from engine.studies.handshake import SAME_VERSIONS, identity, refuse_stranger
from engine.studies.pools.pool import AHEAD, Chunks, Job, OnDone, Pool

PATIENCE = 10.0  # seconds without any worker, after which nobody is expected to come


@contextlib.contextmanager
def cluster(scheduler: str) -> Iterator[Pool]:
    """The workers of a scheduler, each asked who it is. For tls:// Dask's own settings name the certificates.

    Raises ConfigError where there is no Dask, no such scheduler, no worker, or a stranger.
    """
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
        _greet(client, scheduler)
        yield _Cluster(client, scheduler)


@dataclass(frozen=True)
class _Cluster:
    """A connection to the scheduler at an address."""

    client: Any
    scheduler: str
    sees_our_disk = False

    def map(self, job: Job, chunks: Chunks, on_done: OnDone) -> None:
        """See ``Pool``."""
        from warnings import catch_warnings, simplefilter

        from distributed import wait

        client = self.client
        asker = dict(identity())
        numbers: dict[Any, int] = {}
        waiting = iter(chunks)
        with catch_warnings():
            simplefilter("ignore", UserWarning)  # about the size of the job, which is sent once
            # As a task and not as scattered data: a cluster that loses it makes it again.
            sent = client.submit(bytes, pickle.dumps(job), pure=False)

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
                            message("--scheduler {url}: no worker is left", url=self.scheduler)
                        ) from None
                    continue
                for future in finished:
                    number = numbers.pop(future)
                    on_done(number, self._result(future))
                    submit(1)

    def _result(self, future: Any) -> Any:
        """What a worker made. What it raised on purpose is raised; else the cluster cannot do it."""
        try:
            return future.result()
        except BacktestError:
            raise
        except Exception as error:
            raise _cannot(self.scheduler, message("a part of the work could not be done"), error) from error


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


def _cannot(scheduler: str, what: Message, error: Exception) -> ConfigError:
    """The class of what went wrong; where Dask hides it in a text, the class that this names."""
    named = re.search(r"\w+(?:Error|Exception)\b", str(error))
    name = named.group() if type(error) is Exception and named else type(error).__name__
    return ConfigError(
        message("--scheduler {url}: {what}: {error}", url=scheduler, what=what, error=name),
        hint=SAME_VERSIONS,
    )


# --- in a worker --------------------------------------------------------------------------------------------


def _remote(sent: bytes, asker: Mapping[str, str], chunk: Any) -> Any:
    refuse_stranger(identity(), asker, message("a worker of the cluster"))  # one that came later, say
    return _received(sent)(chunk)


@lru_cache(maxsize=1)
def _received(sent: bytes) -> Job:
    """The job of a worker, unpacked once; its arrays are its own and may be written to."""
    job: Job = pickle.loads(sent)
    return job
