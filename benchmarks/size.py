"""What an installation takes: the bytes of the program and of its requirements, and the slowest imports.

For ``make sizes``. Sizes are those of the files that each distribution lists; imports are timed by Python itself
in a process of their own, the median of some, and what a package imports in turn is counted with it.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

PROGRAM = "satellite-backtest"
# What a person waits for: the help, a run, and what only some commands load.
IMPORTS = (
    "engine.cli", "engine.run", "engine.notebook", "numpy", "pandas", "pyarrow", "numba", "plotly", "arch",
    "yfinance", "vectorbt",
)  # fmt: skip
MB = 1e6


def needed(name: str, seen: set[str]) -> None:
    """Add a distribution and all that it requires, without extras, to ``seen``."""
    plain = re.sub(r"[-_.]+", "-", name).lower()
    if plain in seen:
        return
    try:
        wanted = requires(plain) or []
    except PackageNotFoundError:  # for another system
        return
    seen.add(plain)
    for line in wanted:
        if "extra ==" not in line:
            needed(re.split(r"[\s;<>=!~\[(]", line, maxsplit=1)[0], seen)


def size_of(name: str) -> int:
    """Bytes of the files of a distribution that are there."""
    paths = (Path(str(path.locate())) for path in distribution(name).files or [])
    return sum(path.stat().st_size for path in paths if path.is_file())


def seconds_of(module: str, runs: int) -> float:
    """The median time of an import in a fresh process, by the interpreter's own clock."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    done = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(runs)
    ]
    return statistics.median(map(float, done))


def main() -> None:
    """Print both lists, the largest first."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts")
    parser.add_argument("--most", type=int, default=12, help="rows of each list")
    asked = parser.parse_args()
    names: set[str] = set()
    needed(PROGRAM, names)
    sizes = sorted(((size_of(name), name) for name in names), reverse=True)
    print(f"{'installed':28} {'MB':>8}")
    for size, name in sizes[: asked.most]:
        print(f"{name:28} {size / MB:8.1f}")
    print(f"{f'all {len(sizes)}':28} {sum(size for size, _ in sizes) / MB:8.1f}\n")
    times = sorted(((seconds_of(name, asked.runs), name) for name in IMPORTS), reverse=True)
    print(f"{'import':28} {'seconds':>8}")
    for seconds, name in times[: asked.most]:
        print(f"{name:28} {seconds:8.2f}")


if __name__ == "__main__":
    main()
