"""What a person waits for: whole processes from the shell's prompt back to it. For ``make bench-start``.

Three figures: the help, a warm run of the main configuration, and the first run after an installation, when
the kernel has not been compiled yet. Each is the median of several runs, with the CPU time and the peak memory of
the process, beside the limit that the project holds itself to. Then what the warm run imports and what each
import costs. Only the standard library is imported here, so that this process adds nothing to the figures
(Linux counts a parent's memory at the fork as its child's).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "configs/satellite10.yaml"
# Packages that cost tenths of a second each and that the main job has no use for.
NOT_WANTED = (
    *(
        "pandas",
        "numba",
        "scipy",
        "vectorbt",
        "yfinance",
        "plotly",
        "dask",
        "arch",
        "exchange_calendars",
        "bt",
    ),
)
CALL = "import sys; from engine.cli import main; main()"
MODULES = """
import json, sys
from engine.cli import main
try:
    main(sys.argv[2:])
finally:
    with open(sys.argv[1], "w") as file:
        json.dump(sorted(sys.modules), file)
"""


@dataclass(frozen=True)
class Run:
    """One process: wall clock and CPU seconds, peak resident memory in MB (10^6 bytes)."""

    seconds: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """Medians of several runs and what they may cost; memory without a limit is only shown."""

    name: str
    runs: int
    seconds: float
    cpu: float
    memory: float
    limit_seconds: float
    limit_memory: float | None = None

    @property
    def holds(self) -> bool:
        memory = self.limit_memory is None or self.memory <= self.limit_memory
        return self.seconds <= self.limit_seconds and memory


def command() -> list[str]:
    """The installed console script of this Python, or the same call where nothing is installed."""
    script = Path(sys.executable).with_name("backtest")
    return [str(script)] if script.exists() else [sys.executable, "-c", CALL]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A user's: Python keeps the bytecode of what it has read once, unless told otherwise."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**usual, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(extra or {})}


def once(arguments: Sequence[str], extra: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end. Raises SystemExit with what it printed where it fails."""
    with tempfile.TemporaryFile() as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment(extra), stdout=printed, stderr=printed
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for: do not wait again
        if process.returncode != 0:
            printed.seek(0)
            raise SystemExit(f"{' '.join(arguments)}\n{printed.read().decode(errors='replace')}")
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def median(name: str, runs: Sequence[Run], seconds: float, memory: float | None = None) -> Figure:
    middle = [
        statistics.median(getattr(run, field) for run in runs) for field in ("seconds", "cpu", "memory")
    ]
    return Figure(name, len(runs), *middle, limit_seconds=seconds, limit_memory=memory)


def measure(runs: int, first_runs: int) -> list[Figure]:
    """All figures, in a folder that is gone afterwards."""
    backtest = command()
    with tempfile.TemporaryDirectory() as folder:
        main_job = [*backtest, "run", CONFIG, "--data", "sample", "--out", f"{folder}/results"]
        once([*backtest, "--help"])
        helps = [once([*backtest, "--help"]) for _ in range(2 * runs)]
        once(main_job)
        warm = [once(main_job) for _ in range(runs)]
        first = []
        for number in range(first_runs):
            empty = Path(folder, f"kernel{number}")
            empty.mkdir()
            first.append(once(main_job, {"NUMBA_CACHE_DIR": str(empty)}))
    return [
        median("backtest --help", helps, 0.2),
        median(f"backtest run {CONFIG}, warm", warm, 1.2, 300.0),
        median("the same, first after an installation", first, 15.0),
    ]


def imports(shown: int) -> tuple[list[tuple[float, float, str]], list[str]]:
    """What the warm run imports: the slowest by their own time ((own, with what they import) in ms, name),
    and which of the packages that it should not need it has loaded all the same."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "modules.json")
        job = ["run", CONFIG, "--data", "sample", "--out", f"{folder}/results"]
        asked = [sys.executable, "-X", "importtime", "-c", MODULES, str(listed), *job]
        done = subprocess.run(asked, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
        loaded = set(json.loads(listed.read_text()))
    rows = []
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            rows.append((int(parts[0]) / 1000.0, int(parts[1]) / 1000.0, parts[2].strip()))
    return sorted(rows, reverse=True)[:shown], [name for name in NOT_WANTED if name in loaded]


def table(figures: Sequence[Figure]) -> str:
    lines = [f"{'':42}{'seconds':>9}{'limit':>8}{'CPU s':>8}{'MB':>7}{'limit':>7}  runs"]
    for item in figures:
        most = "" if item.limit_memory is None else f"{item.limit_memory:.0f}"
        lines.append(
            f"{item.name:42}{item.seconds:9.3f}{item.limit_seconds:8.1f}{item.cpu:8.2f}{item.memory:7.0f}{most:>7}"
            f"  {item.runs}{'' if item.holds else '  OVER'}"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="warm runs, of which the median counts")
    parser.add_argument("--first-runs", type=int, default=3, help="runs with an empty compilation cache")
    parser.add_argument("--imports", type=int, default=12, help="how many of the slowest imports are shown")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a limit does not hold")
    asked = parser.parse_args()
    figures = measure(asked.runs, asked.first_runs)
    slowest, unwanted = imports(asked.imports)
    if asked.json:
        print(json.dumps({"figures": [asdict(item) for item in figures], "unwanted": unwanted}, indent=2))
    else:
        print(f"Whole processes, medians, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
        print(table(figures))
        print("\nSlowest imports of the warm run, ms of their own (with what they import), traced:")
        print("\n".join(f"{own:8.1f} {both:8.1f}  {name}" for own, both, name in slowest))
        print(f"\nLoaded although the run should not need it: {', '.join(unwanted) or 'nothing'}")
    if asked.docs:
        from document import write_block

        write_block("make bench-start", table(figures))
    return int(asked.strict and not (all(item.holds for item in figures) and not unwanted))


if __name__ == "__main__":
    sys.exit(main())
