"""Every allocation at once, side by side with vectorbt and bt on the same prices. Printed by ``make bench``.

Each engine runs in a process of its own (benchmarks/engines.py), which says how long the task took and how
far its memory rose; the figures of all of them must agree to 1e-9. In the same run: the divisions that the
task cannot do without, the growth with the number of weights and of sessions, and what full accounts cost.
``--docs`` writes the figures into docs/benchmarks.md and the plot beside it.

The prices are SPY and IJR, 2001-2025, from the folder that BACKTEST_MARKET_DATA names; the built-in sample
where it is not set, and then every line says so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from document import DOCS, write_block
from numpy.typing import NDArray
from plot import Line, chart, page
from scale import LifeCost
from scale import text as scale_text
from start import command, once

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-9
# Whole commands from the prompt back to it: what is timed, its goal, its arguments
COMMANDS = (
    ("sweep everything.yaml", "<= 10 s, <= 1,000 MB", ("sweep", "configs/sweeps/everything.yaml")),
    (
        "bootstrap, 10,000 futures of 30 years, 2 plans each",
        "<= 15 s",
        ("bootstrap", "configs/satellite10.yaml"),
    ),
)
COUNTS = (200, 2_000, 20_000, 200_000, 1_000_000)
RIVAL_COUNTS = (200, 2_000)
FIGURES = ("final value", "maximum drawdown", "volatility")
LABELS = {
    "ours": "backtest",
    "divisions": "divisions alone",
    "vectorbt-numba": "vectorbt (numba)",
    "vectorbt-rust": "vectorbt[rust]",
    "bt": "bt",
}


@dataclass(frozen=True)
class Entry:
    """One engine at one number of weights: median and fastest seconds, memory in MB (10^6 bytes).

    ``rise`` is how far the peak rose above what the process held before the task, imports included.
    """

    engine: str
    count: int
    runs: int
    seconds: float
    fastest: float
    rise: float
    peak: float

    @property
    def rate(self) -> float:
        """Weights a second."""
        return self.count / self.seconds


@dataclass
class Report:
    """Everything that one run of the benchmark found out."""

    data: str
    sessions: int
    threads: int
    entries: list[Entry] = field(default_factory=list)
    days: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    differences: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    commands: list[tuple[str, float, float, str]] = field(default_factory=list)
    life: LifeCost | None = None

    def of(self, engine: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.engine == engine]

    def best_rate(self, *engines: str) -> float:
        return max((entry.rate for name in engines for entry in self.of(name)), default=float("nan"))


class Bench:
    """Starts the processes. ``folder`` holds what passes between them."""

    def __init__(self, folder: Path, data: str, threads: int) -> None:
        self.folder, self.threads = folder, threads
        self.prices = folder / "prices.npz"
        self.child("engines.py", "prices", str(self.prices), "--data", data)

    def child(self, script: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, str(HERE / script), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise RuntimeError(f"{script} {arguments[0]}: {last[0]}")
        return done.stdout

    def run(
        self, engines: str, counts: Sequence[int], runs: int, days: int | None = None
    ) -> Mapping[str, NDArray[Any]]:
        out = self.folder / "out.npz"
        cut = [] if days is None else ["--days", str(days)]
        many = ["--counts", ",".join(map(str, counts)), "--runs", str(runs), "--threads", str(self.threads)]
        self.child("engines.py", engines, str(out), "--prices", str(self.prices), *many, *cut)
        with np.load(out) as found:
            return dict(found)


def entry(found: Mapping[str, NDArray[Any]], engine: str, count: int) -> Entry:
    seconds, memory = found[f"{engine} {count} seconds"], found[f"{engine} {count} memory"]
    rise, peak = (memory / 1e6).tolist()
    middle = statistics.median(seconds.tolist())
    return Entry(engine, count, len(seconds), middle, float(seconds.min()), rise, peak)


def largest_difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The largest relative difference of the figures of the same weights."""
    return float(np.max(np.abs(one - other) / np.maximum(np.abs(one), 1e-300)))


def measure(bench: Bench, report: Report, runs: int) -> None:
    """Fill ``report``. An engine that is not installed is named and left out."""
    # This engine and the divisions take turns in one process: their ratio does not see what else runs.
    found = bench.run("ours,divisions", COUNTS, runs)
    report.entries += [entry(found, name, count) for name in ("ours", "divisions") for count in COUNTS]
    for name in ("vectorbt-rust", "vectorbt-numba"):
        for count in RIVAL_COUNTS:  # a process each: its memory is that of this number of weights alone
            theirs = attempt(bench, report, name, [count], max(1, runs if count == 200 else runs // 2))
            if theirs is None:
                break
            report.entries.append(entry(theirs, name, count))
            compare(report, name, theirs[f"{name} {count} figures"], found[f"ours {count} figures"])
    few = 5
    theirs = attempt(bench, report, "bt", [few], runs)
    if theirs is not None:
        report.entries.append(entry(theirs, "bt", few))
        compare(report, "bt", theirs[f"bt {few} figures"], bench.run("ours", [few], 1)[f"ours {few} figures"])
    growth(bench, report, runs)


def attempt(
    bench: Bench, report: Report, name: str, counts: Sequence[int], runs: int
) -> Mapping[str, NDArray[Any]] | None:
    try:
        return bench.run(name, counts, runs)
    except RuntimeError as error:
        report.missing.append(f"{LABELS[name]}: {error}")
        return None


def compare(report: Report, name: str, theirs: NDArray[np.float64], mine: NDArray[np.float64]) -> None:
    worst = largest_difference(mine, theirs)
    report.differences[name] = max(worst, report.differences.get(name, 0.0))
    if not worst <= TOLERANCE:
        raise SystemExit(f"{LABELS[name]} differs by {worst:.3g}: not the same task, so no comparison")


def growth(bench: Bench, report: Report, runs: int) -> None:
    """Seconds at a fixed number of weights over an eighth of the sessions up to all of them."""
    lengths = [report.sessions // part for part in (8, 4, 2, 1)]
    for name, count in (("ours", 100_000), ("vectorbt-rust", 200)):
        if not report.of(name):
            continue
        found = [entry(bench.run(name, [count], runs, days), name, count) for days in lengths]
        report.days[name] = [(days, item.seconds / count) for days, item in zip(lengths, found, strict=True)]


def text(report: Report) -> str:
    """The tables, as printed and as written into the documentation."""
    many, rivals = report.of("ours")[-1], ("vectorbt-rust", "vectorbt-numba")
    lines = [
        f"{machine()}; {report.threads} threads; {report.data}; {report.sessions:,} sessions",
        "",
        f"{'':18}{'weights':>10}{'seconds':>10}{'fastest':>10}{'weights/s':>12}{'µs each':>11}{'rise MB':>9}"
        f"{'kB each':>9}{'peak MB':>9}  runs",
    ]
    lines += [row(item) for item in report.entries]
    lines += ["", "Ratios"]
    alone = report.of("divisions")[-1]
    lines.append(
        ratio("time / the divisions alone, 1,000,000 weights", many.seconds / alone.seconds, "<= 1.5")
    )
    rate = many.rate
    if report.best_rate(*rivals) > 0:
        theirs = [item for name in rivals for item in report.of(name)]
        lines.append(
            ratio("rate with 1,000,000 / vectorbt's best", rate / report.best_rate(*rivals), ">= 1,000 (300)")
        )
        same = max(item.rate for item in theirs if item.count == 2_000)
        mine = next(item for item in report.of("ours") if item.count == 2_000)
        lines.append(ratio("rate / vectorbt's best, both with 2,000 weights", mine.rate / same, ""))
        least = min(item.rise / item.count for item in theirs)
        lines.append(
            ratio("memory a weight, vectorbt's least / ours", least * many.count / many.rise, ">= 100")
        )
        smallest = min(item.peak for item in theirs if item.count == 2_000)
        lines.append(ratio("peak of the process, vectorbt 2,000 / ours 1,000,000", smallest / many.peak, ""))
    if report.of("bt"):
        lines.append(ratio("rate with 1,000,000 / bt's (with 5)", rate / report.best_rate("bt"), ">= 20,000"))
    lines += ["", f"Largest relative difference of {', '.join(FIGURES)}"]
    lines += [f"  {LABELS[name]:40}{worst:.1e}" for name, worst in report.differences.items()]
    lines += ["", "Growth with the sessions, µs a weight"]
    for name, points in report.days.items():
        told = "  ".join(f"{days:,}: {1e6 * each:,.2f}" for days, each in points)
        lines.append(f"  {LABELS[name]:20}{told}")
    lines += ["", f"Accounts, 25 years of ¥100,000 a month{'':8}{'µs each':>10}{'× plain':>9}"]
    for cost in report.accounts:
        lines.append(f"  {cost['books']:44}{cost['microseconds']:10.1f}{cost['times_plain']:9.1f}")
    lines += ["", f"Whole commands, files written{'':26}{'seconds':>8}{'MB':>7}"]
    for name, seconds, memory, goal in report.commands:
        lines.append(f"  {name:52}{seconds:9.1f}{memory:7.0f}   goal {goal}")
    lines += [f"left out: {line}" for line in report.missing]
    return "\n".join(lines)


def time_commands(bench: Bench, report: Report, data: str, runs: int) -> None:
    """Whole commands, everything they write included: median seconds and peak memory."""
    for name, goal, arguments in COMMANDS:
        taken = []
        for number in range(runs):
            out = bench.folder / f"{arguments[0]}{number}"
            taken.append(once([*command(), *arguments, "--data", data, "--quiet", "--out", str(out)]))
        seconds, memory = (
            statistics.median(getattr(run, what) for run in taken) for what in ("seconds", "memory")
        )
        report.commands.append((name, seconds, memory, goal))
        if arguments[0] == "sweep":
            report.life = life_cost(bench.folder / "sweep0", seconds)


def life_cost(out: Path, seconds: float) -> LifeCost:
    """What a study has cost, from the rows that it wrote."""
    (study,) = (path for path in out.iterdir() if path.is_dir())
    rows = json.loads((study / "manifest.json").read_text())["rows"]
    size = sum(path.stat().st_size for path in study.glob("parts/**/*.parquet"))
    return LifeCost(rows, seconds, os.cpu_count() or 1, size)


def row(item: Entry) -> str:
    line = (
        f"{LABELS[item.engine]:18}{item.count:10,}{item.seconds:10.4f}{item.fastest:10.4f}{item.rate:12,.0f}"
        f"{1e6 / item.rate:11,.2f}"
    )
    if item.engine == "divisions":  # takes turns with this engine in one process: it has no memory of its own
        return f"{line}{'':27}  {item.runs}"
    return f"{line}{item.rise:9.1f}{1e3 * item.rise / item.count:9.2f}{item.peak:9.0f}  {item.runs}"


def ratio(name: str, value: float, goal: str) -> str:
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
    return f"  {name:54}{shown:>10}{'' if not goal else f'   goal {goal}'}"


def machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in cpu_lines() if "model name" in line), platform.machine()
    )
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def cpu_lines() -> list[str]:
    known = Path("/proc/cpuinfo")
    return known.read_text().splitlines() if known.exists() else []


def plot(report: Report) -> str:
    """Seconds over the number of weights, and over the number of sessions."""
    by_count = [
        Line(
            LABELS[name], [item.count for item in report.of(name)], [item.seconds for item in report.of(name)]
        )
        for name in ("ours", "divisions", "vectorbt-rust", "vectorbt-numba")
        if report.of(name)
    ]
    by_days = [
        Line(LABELS[name], [days for days, _ in points], [1e6 * each for _, each in points])
        for name, points in report.days.items()
    ]
    return page(
        [
            chart("Time by number of weights", "weights", "seconds", by_count),
            chart("Time a weight by number of sessions", "sessions", "microseconds", by_days, left=420),
        ]
    )


def write_docs(report: Report) -> None:
    """The figures into docs/benchmarks.md, and the plot beside it."""
    write_block("make bench", text(report))
    (DOCS / "benchmarks.svg").write_text(plot(report), encoding="utf-8")
    if report.life is not None:
        write_block("make bench", scale_text(report.life), DOCS / "scale.md")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    folder = os.environ.get("BACKTEST_MARKET_DATA")
    parser.add_argument("--data", default=f"csv:{folder}" if folder else "sample", help="sample or csv:DIR")
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md and its plot")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.data, asked.threads)
        with np.load(bench.prices) as given:
            simulated, sessions = bool(given["is_sample"]), len(given["sessions"])
        told = "SAMPLE prices (simulated)" if simulated else "real prices of SPY and IJR, 2001-2025"
        report = Report(told, sessions, asked.threads)
        measure(bench, report, asked.runs)
        threads = ["--threads", str(asked.threads)]
        report.accounts = json.loads(bench.child("nisa_cost.py", "--data", asked.data, "--json", *threads))
        time_commands(bench, report, asked.data, min(asked.runs, 3))
    print(text(report))
    if report.life is not None:
        print(f"\nScale\n{scale_text(report.life)}")
    if asked.docs:
        write_docs(report)


if __name__ == "__main__":
    main()
