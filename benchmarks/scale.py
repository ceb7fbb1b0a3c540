"""The arithmetic of docs/scale.md: from the measured cost of a life to many cores and many visitors.

Only the cost of a life and the size of its row are measured (by ``make bench``, which calls this file); the
rest is multiplication, with its assumptions as constants here and as sentences in the document.
"""

from __future__ import annotations

from dataclasses import dataclass

CORES = (2, 10, 100, 1_000)
EFFICIENCY = 0.8  # share of the ideal speed-up that is counted on beyond one machine
STUDY = 100_000_000  # lives of a large study: 1,000 plans, 10,000 futures each, 10 variants
SECONDS_A_DAY = 86_400
VISITORS = 1_000_000  # a day
PEAK = 10  # times the average, in the busiest minute
PAGE_KB, CUBE_KB = 150, 400  # what a visitor fetches, compressed: the page once, one slice of the cube
ASKING, LIVES_ASKED = 0.2, 250  # share of visitors with a plan of their own, and the lives that it takes
KNOWN = 0.5  # share of those plans that someone has asked for since the data changed


@dataclass(frozen=True)
class LifeCost:
    """A study with everything it takes: ``lives`` in ``seconds`` on ``cores``, ``size`` bytes of rows."""

    lives: int
    seconds: float
    cores: int
    size: int

    @property
    def core_seconds(self) -> float:
        """One core's time for one life, reading and writing included."""
        return self.seconds * self.cores / self.lives

    @property
    def row(self) -> float:
        """Bytes of one life on disk."""
        return self.size / self.lives


def text(cost: LifeCost) -> str:
    """The tables of docs/scale.md."""
    each = cost.core_seconds
    lines = [
        f"measured: {cost.lives:,} simulations in {cost.seconds:.1f} s on {cost.cores} cores, "
        f"{cost.size / 1e6:.0f} MB",
        f"a simulation: {cost.seconds:.1f} s x {cost.cores} / {cost.lives:,} = {1e6 * each:.1f} us of a core, "
        f"{cost.row:.0f} bytes",
        "",
        f"{'cores':>6}{'simulations a second':>22}{f'{STUDY:,} simulations':>25}{'rows, MB a second':>20}"
        f"{'GB in all':>12}",
    ]
    for cores in CORES:
        share = 1.0 if cores <= cost.cores else EFFICIENCY
        rate = cores * share / each
        lines.append(
            f"{cores:6,}{rate:22,.0f}{_span(STUDY / rate):>25}{rate * cost.row / 1e6:20,.1f}"
            f"{STUDY * cost.row / 1e9:12.1f}"
        )
    average, fetched = VISITORS / SECONDS_A_DAY, PAGE_KB + CUBE_KB
    asked = VISITORS * ASKING * (1.0 - KNOWN)
    busy = asked * LIVES_ASKED * each
    lines += [
        "",
        f"visitors: {VISITORS:,} / {SECONDS_A_DAY:,} s = {average:.1f} a second, {average * PEAK:.0f} in the peak",
        f"bytes: {VISITORS:,} x ({PAGE_KB} + {CUBE_KB}) kB = {VISITORS * fetched / 1e6:,.0f} GB a day, "
        f"{8 * average * PEAK * fetched / 1e3:,.0f} Mbit/s in the peak",
        f"own plans, not known yet: {VISITORS:,} x {ASKING} x {1 - KNOWN} = {asked:,.0f} a day",
        f"their simulations: {asked:,.0f} x {LIVES_ASKED} x {1e6 * each:.1f} us = {busy:,.0f} core-seconds a day "
        f"= {busy / SECONDS_A_DAY:.2f} cores, {busy * PEAK / SECONDS_A_DAY:.1f} in the peak",
        f"one answer: {LIVES_ASKED} x {1e6 * each:.1f} us = {1e3 * LIVES_ASKED * each:.1f} ms of a core",
    ]
    return "\n".join(lines)


def _span(seconds: float) -> str:
    if seconds < 120.0:
        return f"{seconds:.1f} s"
    return f"{seconds / 60.0:.1f} min" if seconds < 7200.0 else f"{seconds / 3600.0:.1f} h"
