"""Mutants of true prices: how many of those that change a ten-year result are refused or said in the banner.

``python -m tests.mutation.data_mutants [COUNT] [SEED]`` needs ``BACKTEST_MARKET_DATA`` and prints a table; its
figures stand in docs/data.md. A mutant is one true series (or the rate of the yen) with one thing wrong. It is
caught if a panel of it, in ``cash`` or ``total_return`` as drawn, is refused or carries a warning that the true
one does not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from engine.errors import BacktestError
from engine.market.panel import Panel
from engine.market.panel_builder import build_panel
from engine.market.providers import csv_folder
from engine.market.series import ONE_MONTH, Series
from engine.market.sources import Source

SYMBOLS = ("SPY", "IWM", "IJR", "IVV", "VOO", "VT", "VTI", "AGG")
START, END = np.datetime64("2015-01-02"), np.datetime64("2024-12-31")
MATTERS = 0.01  # change of the final value of a lump sum, or of monthly purchases, in yen
Rng = np.random.Generator
Mutate = Callable[[Series, Rng], Series]


def kept(series: Series, keep: np.ndarray) -> Series:
    """Some of the rows."""
    names = ("dates", "close", "adj_close", "dividend")
    return series.replace(**{name: getattr(series, name)[keep] for name in names})


def span(series: Series, rng: Rng, least: int, most: int) -> slice:
    """Random neighbouring rows of the ten years."""
    first, last = np.searchsorted(series.dates, [START, END])
    length = int(np.exp(rng.uniform(np.log(least), np.log(most))))
    begin = int(rng.integers(first, max(last - length, first + 1)))
    return slice(begin, min(begin + length, last))


def scaled(series: Series, part: slice, factor: float, columns: tuple[str, ...]) -> Series:
    """Some columns times a factor on some rows."""
    changed = {}
    for name in columns:
        values = getattr(series, name).copy()
        values[part] *= factor
        changed[name] = values
    return series.replace(**changed)


def drop_months(series: Series, rng: Rng) -> Series:
    part = span(series, rng, 21, 750)
    keep = np.ones(series.dates.size, dtype=bool)
    keep[part] = False
    return kept(series, keep)


def double_payouts(series: Series, rng: Rng) -> Series:
    factor = 2.0 if rng.random() < 0.7 else 0.0  # or lost
    return scaled(series, span(series, rng, 250, 2600), factor, ("dividend",))


def payouts_on_adjusted_closes(series: Series, rng: Rng) -> Series:
    return series.replace(close=series.adj_close)


def lose_split(series: Series, rng: Rng) -> Series:
    ratio = float(rng.choice([2, 3, 4, 5, 10, 1.5, 1.25, 1.1, 0.5, 0.1, 1 / 3]))
    before = slice(0, span(series, rng, 1, 2).start)
    columns = [
        ("close",),
        ("close", "dividend"),
        ("dividend",),
        ("adj_close",),
        ("close", "adj_close", "dividend"),
    ]
    return scaled(series, before, ratio, columns[int(rng.integers(len(columns)))])


def shift_days(series: Series, rng: Rng) -> Series:
    days = int(rng.choice([1, 2, 3, 7, 14, 28, 91, 364])) * int(rng.choice([-1, 1]))
    return series.replace(dates=series.dates + np.timedelta64(days, "D"))


def freeze(series: Series, rng: Rng) -> Series:
    part = span(series, rng, 6, 1250)
    columns = [("close", "adj_close"), ("close",), ("adj_close",)][int(rng.integers(3))]
    changed = {}
    for name in columns:
        values = getattr(series, name).copy()
        values[part] = values[part.start]
        changed[name] = values
    return series.replace(**changed)


def scale(series: Series, rng: Rng) -> Series:
    factor = float(rng.choice([1.02, 1.05, 1.1, 1.25, 2.0, 100.0]) ** rng.choice([-1, 1]))
    part = span(series, rng, 10, 1250)
    part = slice(0, part.start) if rng.random() < 0.5 else part
    columns = [("close",), ("adj_close",), ("close", "adj_close")][int(rng.integers(3))]
    return scaled(series, part, factor, columns)


def mix_frequencies(series: Series, rng: Rng) -> Series:
    part = span(series, rng, 60, 1500)
    weeks, months = (series.dates.astype(int) + 3) // 7, series.dates.astype("datetime64[M]").astype(int)
    key = weeks if rng.random() < 0.5 else months
    last = np.append(key[1:] != key[:-1], True)
    keep = np.ones(series.dates.size, dtype=bool)
    keep[part] = last[part]
    return kept(series, keep)


MUTATIONS: tuple[Mutate, ...] = (
    drop_months,
    double_payouts,
    payouts_on_adjusted_closes,
    lose_split,
    shift_days,
    freeze,
    scale,
    mix_frequencies,
)
OF_A_RATE: tuple[Mutate, ...] = (drop_months, shift_days, freeze, scale, mix_frequencies)


@cache
def truth(name: str) -> Series:
    """A true series, or the rate."""
    folder = Path(os.environ["BACKTEST_MARKET_DATA"])
    return csv_folder.load(folder, name, currency="JPY" if name == "USDJPY" else "USD")


def panel_of(symbol: str, series: Series, rate: Series, total_return: bool) -> Panel:
    """The panel that a run of ten years would have. Raises as ``build_panel``."""
    source = Source("csv:mutants", lambda name: series, lambda end: rate)
    return build_panel([symbol], source=source, start=START, end=END, total_return=total_return)


def results(panel: Panel) -> np.ndarray:
    """(2,) final value of a yen at once and of a yen each month, payouts reinvested untaxed."""
    life = (panel.sessions >= START) & (panel.sessions <= END)
    price, paid, fx = panel.price[life, 0], panel.dividend[life, 0], panel.fx[life, 0]
    growth = np.append(1.0, (price[1:] + paid[1:]) / price[:-1])
    level = np.cumprod(growth) * fx
    months = np.arange(START.astype("datetime64[M]"), END.astype("datetime64[M]") + ONE_MONTH)
    due = months.astype("datetime64[D]")
    at = np.searchsorted(panel.sessions[life], due)
    at = at[at < level.size]
    return np.array([level[-1] / level[0], (level[-1] / level[at]).sum()])


@cache
def right(symbol: str, total_return: bool) -> tuple[np.ndarray, frozenset[str]]:
    """The results of the true series, and its warnings."""
    panel = panel_of(symbol, truth(symbol), truth("USDJPY"), total_return)
    return results(panel), frozenset(panel.warnings)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: ``fate`` is refused, banner or silent; ``change`` of the results without checks.

    ``change`` is NaN where a run is impossible with or without checks: a rate that is too old, no common day.
    """

    mutation: str
    symbol: str
    fate: str
    change: float

    @property
    def matters(self) -> bool:
        """Whether it changes a ten-year result by more than 1 %."""
        return self.change > MATTERS


def outcome(number: int, seed: int) -> Outcome:
    """One mutant: everything is drawn from its number and the seed."""
    rng = np.random.default_rng([seed, number])
    symbol, total_return = SYMBOLS[int(rng.integers(len(SYMBOLS)))], bool(rng.random() < 0.5)
    series, rate = truth(symbol), truth("USDJPY")
    of_rate = rng.random() < 0.15
    mutations = OF_A_RATE if of_rate else MUTATIONS
    mutate = mutations[int(rng.integers(len(mutations)))]
    if of_rate:
        rate = mutate(rate, rng)
    else:
        series = mutate(series, rng)
    name = f"{mutate.__name__}{' of the rate' if of_rate else ''}"
    true, warned = right(symbol, total_return)
    fate, change = "refused", float("nan")
    try:  # simulated prices and the ECB's own rates are not checked
        free = panel_of(symbol, series.replace(is_sample=True), rate.replace(source="ecb"), total_return)
        change = float(np.abs(results(free) / true - 1.0).max())
        panel = panel_of(symbol, series, rate, total_return)
        fate = "banner" if set(panel.warnings) - warned else "silent"
    except BacktestError:
        pass
    return Outcome(name, symbol, fate, change)


def main(count: int = 2000, seed: int = 1) -> None:
    """Print a row a mutation, and the share caught."""
    found = [outcome(number, seed) for number in range(count)]
    print(f"{'mutation':34} {'mutants':>8} {'refused':>8} {'banner':>8} {'silent < 1 %':>13} {'silent':>8}")
    for name in sorted({item.mutation for item in found}):
        mine = [item for item in found if item.mutation == name]
        fates = [item.fate for item in mine]
        small = sum(item.fate == "silent" and not item.matters for item in mine)
        large = sum(item.fate == "silent" and item.matters for item in mine)
        row = (len(mine), fates.count("refused"), fates.count("banner"), small, large)
        print(f"{name:34} {row[0]:8} {row[1]:8} {row[2]:8} {row[3]:13} {row[4]:8}")
    grave = [item for item in found if item.matters]
    caught = sum(item.fate != "silent" for item in grave)
    print(
        f"true series with a warning: {sum(bool(right(s, mode)[1]) for s in SYMBOLS for mode in (True, False))}"
    )
    print(f"{caught} of {len(grave)} that matter are refused or in the banner: {caught / len(grave):.1%}")
    worst = sorted((item for item in grave if item.fate == "silent"), key=lambda item: -item.change)[:12]
    for item in worst:
        print(f"  silent: {item.symbol} {item.mutation}, {item.change:.1%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
