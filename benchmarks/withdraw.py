"""What a plan may pay out: seconds of ``engine.withdraw``, its bisections included. For docs/benchmarks.md.

Each task runs in a process of its own that has looked for the answer once before (reading files, compiling); the
best of some runs counts, in wall clock and in seconds of all processors, which others on it lengthen less.
A simulation-day is one session of one simulation: what would be done if every session were looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from document import write_block

ROOT = Path(__file__).resolve().parent.parent
CHILD = """
import json, multiprocessing, os, sys, time
from engine.config import load_config
from engine.studies.executor import Executor
from engine.studies.withdraw.study import withdraw

def seconds():
    spent = os.times()  # those of processes that have ended too
    return spent.user + spent.system + spent.children_user + spent.children_system

if __name__ == "__main__":
    config, options, runs, who, count, data = sys.argv[1:]
    config, options = load_config(config), json.loads(options)
    for run in range(int(runs) + 1):
        wall, cpu = time.perf_counter(), seconds()
        found = withdraw(config, source=data, executor=Executor(**{who: int(count)}), **options)
        wall = time.perf_counter() - wall
        for child in multiprocessing.active_children():
            child.join()
        if run:
            print(json.dumps([wall, seconds() - cpu, found.work]), flush=True)
"""


@dataclass(frozen=True, eq=False)
class Task:
    """A question: its plan, arguments of ``withdraw``, sessions of a simulation, seconds that it may take.

    ``who``  works: ``threads`` or ``workers``
    """

    name: str
    plan: str
    options: dict[str, object]
    sessions: int
    goal: float
    who: str = "threads"


FUTURES = {"futures": 10_000, "years": [30]}
HISTORY = {"futures": 0, "years": [10]}
TASKS = (
    Task("10,000 futures of 30 years, taxed", "retirement_withdrawals", FUTURES, 7_544, 15.0),
    Task("the same, NISA and taxed, drawn prices", "retirement_real_30_years", FUTURES, 7_544, 15.0),
    Task("the same by as many processes", "retirement_real_30_years", FUTURES, 7_544, 15.0, "workers"),
    Task("181 start months of 25 years, 10 each", "retirement_withdrawals", HISTORY, 2_515, 2.0),
)


@dataclass(frozen=True)
class Spent:
    """The best of some runs: seconds of wall clock and of all processors; simulations that were needed."""

    wall: float
    processor: float
    simulations: int


def spent(task: Task, data: str, runs: int, threads: int, script: Path) -> Spent:
    """What a task takes; processes import the ``script`` again."""
    arguments = [
        str(ROOT / "configs" / f"{task.plan}.yaml"),
        json.dumps(task.options),
        str(runs),
        task.who,
        str(threads),
    ]
    done = subprocess.run(
        [sys.executable, str(script), *arguments, data],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    wall, processor, simulations = zip(*(json.loads(line) for line in done.stdout.splitlines()))
    return Spent(min(wall), min(processor), int(simulations[0]))


def text(found: dict[Task, Spent], threads: int, load: float) -> str:
    """The table."""
    lines = [f"{threads} threads; load of the machine by others and us {load:.1f}", ""]
    lines.append(f"{'':40}{'simulations':>12}{'million days':>14}{'CPU s':>8}{'wall s':>8}{'goal':>6}")
    for task, item in found.items():
        days = item.simulations * task.sessions / 1e6
        lines.append(
            f"{task.name:40}{item.simulations:12,}{days:14.1f}{item.processor:8.1f}{item.wall:8.1f}{task.goal:6.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="sample")
    parser.add_argument("--runs", type=int, default=3, help="of which the best counts")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "child.py")
        script.write_text(CHILD, encoding="utf-8")
        found = {task: spent(task, asked.data, asked.runs, asked.threads, script) for task in TASKS}
    table = text(found, asked.threads, os.getloadavg()[0])
    print(table)
    if asked.docs:
        write_block("withdraw", table)


if __name__ == "__main__":
    main()
