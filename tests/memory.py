"""How much memory this process has taken: of one test, whatever the tests before it took."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KB = 1024 if sys.platform == "darwin" else 1  # of ru_maxrss, which macOS counts in bytes


def peak() -> int:
    """The most that this process ever had, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KB


def now() -> int:
    """What it has now, in kB; where the system does not tell, the most it ever had."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return peak()
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@contextmanager
def at_most(kilobytes: int) -> Iterator[None]:
    """The block takes no more than so much at any time beside what was there before."""
    before, start = peak(), now()
    yield
    assert peak() <= max(before, start + kilobytes), f"{peak() - start} kB"
