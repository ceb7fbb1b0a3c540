"""Small sweeps on the sample, and how their rows are compared with runs of the same configurations."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import DataError
from engine.locale import ENGLISH
from engine.run import run
from engine.studies.grid.chunk import Chunk, simulate_chunk
from engine.studies.grid.study import Plan
from engine.studies.grid.sweep import plan_sweep

CONFIGS = Path(__file__).parent.parent / "configs"

SMALL = f"""
name: small
base: {CONFIGS}/satellite10.yaml
axes:
  strategy.allocation.satellite_weight: [0, 0.1, 0.2]
  accounts: [[nisa, taxable], [taxable]]
windows: {{every: quarter, horizons: [2, 5]}}
objective: xirr
"""
PARTED = SMALL.replace(
    "axes:", "axes:\n  strategy.contributions.amount: [100_000, 30_000, 500_000]"
)  # in six parts
PART = 150_000  # sessions: the smallest chunks, so that a study can be stopped between them


def written(folder: Path, text: str = SMALL, name: str = "small.yaml") -> Path:
    """A sweep's file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def planned(path: Path, source: str = "sample") -> Plan:
    """A sweep that is ready to be lived."""
    return plan_sweep(path, {"source": source})[0]


def sampled_differences(plan: Plan, source: str, count: int, *, seed: int = 7) -> tuple[list[str], int]:
    """Figures of ``count`` random rows that differ from ``engine.run``'s in any bit, and rows compared.

    A window that ends before an asset existed cannot be run alone, and is not compared.
    """
    rng = random.Random(seed)
    wrong: list[str] = []
    compared = 0
    while count > 0:
        count -= 1
        group, start = rng.randrange(len(plan.workload.groups)), rng.randrange(len(plan.workload.by_start))
        columns = simulate_chunk(plan.workload, Chunk(start, start + 1, group, group + 1, 0))
        row = rng.randrange(len(columns.point))
        point, window = int(columns.point[row]), int(columns.window[row])
        try:
            result = run(plan.config(point, window), source=source)
        except DataError as error:
            if "has no price" not in str(error):
                raise
            continue
        compared += 1
        beside = result.benchmark.metrics if result.benchmark is not None else {}
        for name, values in columns.figures.items():
            alone = name.startswith("core_")
            wanted: Any = beside.get(name.removeprefix("core_")) if alone else result.metrics[name]
            got = float(values[row])
            if not (got == wanted or (wanted is None and np.isnan(got))):
                place = f"{plan.points.text(point).translate(ENGLISH)}, {plan.grid.windows[window]}"
                wrong.append(f"{place}: {name} {got!r}, a run has {wanted!r}")
    return wrong, compared


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder, by its path inside."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
