"""What the accounts cost the kernel: full accounts against ``plain``, time a life. Part of ``make bench``.

One configuration (satellite10: ¥100,000 a month for 25 years) with thousands of satellite weights, under
books of rising detail. The lives are the same length and get the same money; what differs is the accounts.
Runs in turns, so that what else the machine does falls on all of them alike; medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CONFIG = ROOT / "configs" / "satellite10.yaml"
PLAIN = ("accounts=[plain]", "execution.whole_shares=false")
SELLING = "strategy.rebalancing={type: calendar, every: yearly}"
BOOKS = {
    "plain, fractions": PLAIN,
    "plain, whole shares": PLAIN[:1],
    "taxable, whole shares": ("accounts=[taxable]",),
    "NISA and taxable, whole shares": (),
    "plain, fractions, sells each January": (*PLAIN, SELLING),
    "NISA and taxable, whole, sells each January": (SELLING,),
}


@dataclass(frozen=True)
class Cost:
    """Microseconds of wall clock a life, and how many times the life in ``plain`` under the same policy."""

    books: str
    microseconds: float
    times_plain: float


def measure(source: str, lives: int, runs: int, threads: int) -> list[Cost]:
    """The cost of a life under each of ``BOOKS``."""
    from engine.config import load_config
    from engine.context import load_panel, plan_of, prepare
    from engine.ledger.inputs import slice_market
    from engine.ledger.simulation import simulate
    from engine.market.panel_builder import life_range

    weights = np.linspace(0.0, 0.3, lives)
    targets = np.stack([1.0 - weights, weights])[None]
    config = load_config(CONFIG)
    panel = load_panel(config, source=source)
    start, stop = life_range(panel, config.period.start, config.period.end)
    jobs = {}
    for name, overrides in BOOKS.items():
        setting = prepare(load_config(CONFIG, overrides), panel)
        jobs[name] = (slice_market(setting.market_data, start, stop), plan_of(setting, start, stop))
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for run in range(runs + 1):
        for name, (market_data, plan) in jobs.items():
            begun = time.perf_counter()
            simulate(market_data, plan, targets, threads=threads)
            if run:  # the first one compiles
                seconds[name].append(time.perf_counter() - begun)
    each = {name: 1e6 * statistics.median(taken) / lives for name, taken in seconds.items()}
    plain = list(each)
    return [Cost(name, each[name], each[name] / each[plain[4 * (n > 3)]]) for n, name in enumerate(each)]


def table(costs: Sequence[Cost]) -> str:
    lines = [f"{'':46}{'µs each':>10}{'× plain':>9}"]
    lines += [f"{item.books:46}{item.microseconds:10.1f}{item.times_plain:9.1f}" for item in costs]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="sample")
    parser.add_argument("--lives", type=int, default=3200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    costs = measure(asked.data, asked.lives, asked.runs, asked.threads)
    if asked.json:
        print(json.dumps([asdict(item) for item in costs]))
    else:
        print(f"25 years a simulation, {asked.lives} in step, {asked.threads} threads, {asked.data}\n")
        print(table(costs))


if __name__ == "__main__":
    main()
