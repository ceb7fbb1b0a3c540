"""A process that uses the cache: ``python cache_worker.py churn|get ROOT [LOG]``. Tests start and kill it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from engine import files
from engine.market import series_parquet
from engine.market.cache import Cache, Policy
from engine.market.series import Series
from tests.made_up_source import history, reprice

VERSIONS = tuple(reprice(history(days=900), "2030-01-15", 100.0 + i) for i in range(7))


def churn(root: Path) -> None:
    """Fetch and store one version after another, for ever."""
    cache = Cache(root)
    turn = 0

    def fetch(symbol: str, *, start: np.datetime64 | None) -> Series:
        time.sleep(0.0005)
        return VERSIONS[turn % len(VERSIONS)]

    series_parquet.decode(
        series_parquet.encode(VERSIONS[0], "yahoo")
    )  # imports, which take longer than the work
    with files.lock(root):
        pass
    print("ready", flush=True)
    while True:
        cache.get("VOO", "yahoo", fetch, Policy(refresh=True))
        turn += 1


def get_once(root: Path, log: Path) -> None:
    """Get one symbol when a file ``go`` appears; every real fetch adds a line to ``log``."""

    def fetch(symbol: str, *, start: np.datetime64 | None) -> Series:
        with log.open("a") as file:
            file.write("fetched\n")
        time.sleep(0.3)
        return VERSIONS[0]

    print("ready", flush=True)
    while not log.with_name("go").exists():
        time.sleep(0.005)
    print(Cache(root).get("VOO", "yahoo", fetch).series.sha256, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "churn":
        churn(Path(sys.argv[2]))
    else:
        get_once(Path(sys.argv[2]), Path(sys.argv[3]))
