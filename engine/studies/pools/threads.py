"""Threads of this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.studies.pools.pool import Chunks, Job, OnDone


@dataclass(frozen=True)
class Threads:
    """So many threads, which begin and end with each job."""

    count: int
    sees_our_disk = True

    def map(self, job: Job, chunks: Chunks, on_done: OnDone) -> None:
        """See ``Pool``."""
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        def one(number: int, chunk: Any) -> None:
            on_done(number, job(chunk))

        with ThreadPoolExecutor(self.count) as pool:
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
