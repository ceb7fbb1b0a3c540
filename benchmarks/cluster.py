"""Two workers of a local Dask cluster against one, on one study, and the same bytes. For ``make bench-cluster``.

The study is ``everything.yaml`` with four times as many weights: long enough that what a command does once
(starting Python and the cluster, reading, summing up, the page) does not hide what is measured. Whole
commands in turns; medians.
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

CALL = "from engine.cli import main; main()"
GOAL = 0.8
STUDY = ROOT / "configs" / "sweeps" / "everything.yaml"
FINER = {"step: 0.01": "step: 0.0025", "base: ../": f"base: {ROOT / 'configs'}{os.sep}"}


def once(document: Path, out: Path, data: str, crew: tuple[str, ...]) -> tuple[float, str]:
    """Seconds of the whole command, and a hash of every part that it wrote."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", CALL, "sweep", str(document), "--data", data, "--out", str(out), *crew],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    total = hashlib.sha256()
    parts = sorted(path for path in out.rglob("*.parquet") if "parts" in path.parts)
    if not parts:
        raise SystemExit(f"{out}: no parts were written")
    for path in parts:
        total.update(path.name.encode() + path.read_bytes())
    return seconds, total.hexdigest()


def measure(data: str, runs: int) -> str:
    """The table."""
    text = STUDY.read_text(encoding="utf-8")
    for old, new in FINER.items():
        if old not in text:
            raise SystemExit(f"{STUDY.name}: has no {old!r} any more")
        text = text.replace(old, new)
    crews = {
        "1 thread, no cluster": ("--threads", "1"),
        "1 worker": ("--workers", "1"),
        "2 workers": ("--workers", "2"),
    }
    taken: dict[str, list[float]] = {name: [] for name in crews}
    made = set()
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "finer.yaml")
        document.write_text(text, encoding="utf-8")
        for number in range(runs):
            for name, crew in crews.items():
                seconds, parts = once(document, Path(folder, f"{number} {name}"), data, crew)
                taken[name].append(seconds)
                made.add(parts)
    lines = [f"{'':24} seconds    fastest  runs"]
    for name, seconds in taken.items():
        lines.append(f"{name:24} {statistics.median(seconds):7.1f} {min(seconds):10.1f} {runs:5}")
    share = statistics.median(taken["1 worker"]) / statistics.median(taken["2 workers"]) / 2
    lines.append(f"share of the ideal speed-up with 2 workers: {share:.2f}   goal >= {GOAL}")
    lines.append(f"parts: {'the same bytes everywhere' if len(made) == 1 else 'DIFFERENT'}")
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
