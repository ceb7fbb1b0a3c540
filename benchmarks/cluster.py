"""Two worker processes of this machine against one, on one study, and the same bytes. For ``make bench-cluster``.

The study is ``everything.yaml`` with four times as many weights. Each executor simulates it in a process of its
own, in turns; medians. ``simulating`` is the time from the start of the workers to the last part on disk, which is
what workers can share; ``whole`` also has what is done once: Python, prices, the plan of the study, what is best,
the files. The page, which only the command has, is not in it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.document import write_block  # noqa: E402

CHILD = """
import sys, time
from engine.studies.executor import Executor
from engine.studies.grid.sweep import sweep
told = []
if __name__ == "__main__":
    document, out, data, kind, count = sys.argv[1:]
    tell = lambda done, total: told.append((done, total, time.perf_counter()))
    sweep(document, source=data, out=out, executor=Executor(**{kind: int(count)}), progress=tell)
    assert told[0][0] == 0 and told[-1][0] == told[-1][1], "not all of it was simulated here"
    print(told[-1][2] - told[0][2])
"""
GOAL = 0.9
STUDY = ROOT / "configs" / "sweeps" / "everything.yaml"
FINER = {"step: 0.01": "step: 0.0025", "base: ../": f"base: {ROOT / 'configs'}{os.sep}"}


def once(
    script: Path, document: Path, out: Path, data: str, executor: tuple[str, str]
) -> tuple[float, float, str]:
    """Seconds of simulating and of the whole process, and a hash of every file that it wrote."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(script), str(document), str(out), data, *executor],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    whole = time.perf_counter() - begun
    total = hashlib.sha256()
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        total.update(path.relative_to(out).as_posix().encode() + path.read_bytes())
    return float(done.stdout), whole, total.hexdigest()


def measure(data: str, runs: int) -> str:
    """The table."""
    text = STUDY.read_text(encoding="utf-8")
    for old, new in FINER.items():
        if old not in text:
            raise SystemExit(f"{STUDY.name}: has no {old!r} any more")
        text = text.replace(old, new)
    executors = {
        "1 thread, no worker": ("threads", "1"),
        "1 worker": ("workers", "1"),
        "2 workers": ("workers", "2"),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in executors}
    made = set()
    with tempfile.TemporaryDirectory() as folder:
        document, script = Path(folder, "finer.yaml"), Path(folder, "child.py")
        document.write_text(text, encoding="utf-8")
        script.write_text(CHILD, encoding="utf-8")
        for number in range(runs):
            for name, executor in executors.items():
                out = Path(folder, f"{number} {name}")
                simulating, whole, files = once(script, document, out, data, executor)
                taken[name].append((simulating, whole))
                made.add(files)
    middle = {name: [statistics.median(column) for column in zip(*found)] for name, found in taken.items()}
    lines = [f"{'seconds':24} {'simulating':>10} {'whole':>8}  runs"]
    lines += [f"{name:24} {own:10.1f} {whole:8.1f}  {runs}" for name, (own, whole) in middle.items()]
    share, of_all = (one / two / 2 for one, two in zip(middle["1 worker"], middle["2 workers"]))
    lines.append(
        f"share of the ideal speed-up with 2 workers: simulating {share:.2f}, whole {of_all:.2f} (goal >= {GOAL})"
    )
    simulating, whole = middle["1 worker"]
    serial = whole - simulating
    lines.append(
        f"done once, whoever works: {serial:.1f} s; with the rest shared perfectly, whole would be "
        f"{whole / (2 * serial + simulating):.2f}"
    )
    lines.append(f"files: {'the same bytes everywhere' if len(made) == 1 else 'DIFFERENT'}")
    return "\n".join(lines)


if __name__ == "__main__":
    folder = os.environ.get("BACKTEST_MARKET_DATA")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=f"csv:{folder}" if folder else "sample", help="sample or csv:DIR")
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    table = measure(asked.data, asked.runs)
    print(table)
    if asked.docs:
        write_block("make bench-cluster", table)
    sys.exit(0 if "DIFFERENT" not in table else 1)
