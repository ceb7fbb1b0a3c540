"""Bounded work that can be called off: who may work at a time, how long, and who hears that it is too much."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from engine.studies.executor import cores

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 4  # requests that are worked on at a time
WAITING = 100  # requests that may wait for their turn
PATIENCE = 10.0  # seconds that a request waits for it
LONGEST = 60.0  # seconds that a request is worked on


class Busy(Exception):
    """Too many requests wait, one waited too long, or what it asks takes too long: to be asked again later."""


class CalledOff(Exception):
    """Nobody waits for the answer any more."""


class Ticket:
    """The leave to work on one request, which may end at any moment."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self._is_off = threading.Event()

    def call_off(self) -> None:
        """Nobody waits any more."""
        self._is_off.set()

    def rest(self, seconds: float) -> None:
        """Wait; a call ends it. Raises CalledOff or Busy."""
        self._is_off.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raise CalledOff or Busy where the work is to end; to be asked between its parts."""
        if self._is_off.is_set():
            raise CalledOff
        if time.monotonic() > self.until:
            raise Busy


class Work:
    """The threads of the server: some carry requests, as many as there are processors their simulations."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        patience: float = PATIENCE,
        longest: float = LONGEST,
    ) -> None:
        self.patience, self.longest, self.most = patience, longest, at_once + waiting
        self._carriers = ThreadPoolExecutor(at_once, "request")
        self._simulators = ThreadPoolExecutor(cores(), "simulate")
        self._free = asyncio.Semaphore(at_once)
        self._here = 0
        self._tickets: set[Ticket] = set()

    @asynccontextmanager
    async def ticket(self) -> AsyncIterator[Ticket]:
        """A turn. Raises Busy where there is none in time; what is left of the work at the end is called off."""
        if self._here >= self.most:
            raise Busy
        self._here += 1
        try:
            try:
                await asyncio.wait_for(self._free.acquire(), self.patience)
            except TimeoutError:
                raise Busy from None
            ticket = Ticket(self.longest)
            self._tickets.add(ticket)
            try:
                yield ticket
            finally:
                ticket.call_off()
                self._tickets.discard(ticket)
                self._free.release()
        finally:
            self._here -= 1

    def carry(self, job: Callable[[], R]) -> asyncio.Future[R]:
        """Work on a request in a thread."""
        return asyncio.get_running_loop().run_in_executor(self._carriers, job)

    def map(self, ticket: Ticket, job: Callable[[T], R], parts: Iterable[T]) -> Iterator[R]:
        """``job`` of all parts, in order, on all processors, begun at once.

        Raises CalledOff or Busy between two of them.
        """

        def one(part: T) -> R:
            ticket.check()
            return job(part)

        futures: list[Future[R]] = [self._simulators.submit(one, part) for part in parts]
        return _results(futures)

    def close(self) -> None:
        """Call everything off: the process ends."""
        for ticket in list(self._tickets):
            ticket.call_off()
        for pool in (self._simulators, self._carriers):
            pool.shutdown(wait=False, cancel_futures=True)


def _results(futures: list[Future[R]]) -> Iterator[R]:
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


async def stream(
    work: Work, ticket: Ticket, job: Callable[[Callable[[Any], None]], None]
) -> AsyncIterator[Any]:
    """What a job in a thread tells, as it tells it; then what it raised, if it did."""
    loop, told = asyncio.get_running_loop(), asyncio.Queue[Any]()
    done = object()

    def tell(item: Any) -> None:
        ticket.check()
        loop.call_soon_threadsafe(told.put_nowait, item)

    future = work.carry(lambda: job(tell))
    future.add_done_callback(lambda _: told.put_nowait(done))
    future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # heard, if nobody waits
    try:
        while (item := await told.get()) is not done:
            yield item
        await future
    finally:
        ticket.call_off()
