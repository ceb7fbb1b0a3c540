"""The same sweep in several engines, each in a process of its own, started by benchmarks/sweep.py.

The task: total-return prices of two assets (T, 2) and K satellite weights come in; a lump sum is invested at
the first close, put back to its weights at the first close of each later year, in fractions and without cost;
the final value, the maximum drawdown and the volatility of each weight go out, (K, 3). Every engine gets the
same arrays and gives back the same arrays, and all that lies between is timed. Importing, reading files and
compiling are not: each engine runs the task on a few weights first.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]
Sweep = Callable[[Dates, Floats, Floats], Floats]

SYMBOLS = ("SPY", "IJR")
FIRST, LAST = "2001-01-01", "2025-12-31"
MONEY = 1_000_000.0
SESSIONS_A_YEAR = 252
PART = 16_384  # weights that a thread takes at a time: their statistics are 2 MB
CONFIG = f"""
name: benchmark
currency: USD
period: {{start: {FIRST}, end: {LAST}}}
strategy:
  allocation: {{type: core_satellite, core: SPY, satellite: IJR, satellite_weight: 0.1}}
  contributions: {{type: lump_sum, amount: {MONEY:.0f}}}
  rebalancing: {{type: calendar, every: yearly}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: total_return
"""


def prices(source: str) -> tuple[Dates, Floats, bool]:
    """Sessions (T,), adjusted closes (T, 2), and whether they are simulated."""
    from engine.config import parse_config
    from engine.context import load_panel
    from engine.market.panel_builder import life_range

    panel = load_panel(parse_config(CONFIG), source=source)
    start, stop = life_range(panel, FIRST, LAST)
    return panel.sessions[start:stop], panel.price[start:stop], panel.is_sample


def year_turns(sessions: Dates) -> NDArray[np.int64]:
    """The first session and the first one of each later year."""
    years = sessions.astype("datetime64[Y]")
    return np.flatnonzero(np.append(True, years[1:] != years[:-1]))


def ours(threads: int) -> Sweep:
    """This engine, through the rooms that every study uses: law, market data and plan, then weights in step.

    As in a study, each thread takes a part of the lives at a time and reduces it to the figures while it is in
    the cache.
    """
    from concurrent.futures import ThreadPoolExecutor

    from engine.config import parse_config
    from engine.context import plan_of, prepare
    from engine.ledger.layout import STATS
    from engine.ledger.simulation import simulate
    from engine.market.panel import Panel
    from engine.metrics import volatility

    config = parse_config(CONFIG)
    columns = {name: number for number, name in enumerate(STATS)}

    def sweep(sessions: Dates, price: Floats, weights: Floats) -> Floats:
        panel = Panel(
            currency="USD",
            sessions=sessions,
            symbols=SYMBOLS,
            price=price,
            dividend=np.zeros_like(price),
            fx=np.ones_like(price),
            usdjpy=np.full(len(price), np.nan),
            kind=("us_etf",) * 2,
            frames=(("G",),) * 2,
            asset_currency=("USD",) * 2,
            source_tax=(0.0,) * 2,
            provenance=(),
            total_return=True,
        )
        setting = prepare(config, panel)
        plan = plan_of(setting, 0, len(sessions))
        figures = np.empty((len(weights), 3))
        size = min(PART, -(-len(weights) // threads))

        def part(begin: int) -> None:
            chosen = weights[begin : begin + size]
            out = simulate(setting.market_data, plan, np.stack([1.0 - chosen, chosen])[None])
            sums = (out[:, columns[f"return_{name}"]] for name in ("sum", "square_sum", "count"))
            final, drawdown = (out[:, columns[name]] for name in ("final_value", "max_drawdown"))
            figures[begin : begin + size] = np.stack([final, -drawdown, volatility(*sums)], axis=1)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, range(0, len(weights), size)))
        return figures

    return sweep


def divisions(threads: int) -> Sweep:
    """One division of doubles for each weight and session and nothing else: no data, no statistics."""
    from concurrent.futures import ThreadPoolExecutor

    import numba

    lanes = 64  # 8 to 16 SIMD vectors: enough in flight to hide the latency, few enough for the L1 cache

    @numba.njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def divide(count: int, sessions: int) -> float:
        x = np.arange(1.0, lanes + 1.0)
        for _ in range(0, count, lanes):
            for _ in range(sessions):
                for j in range(lanes):
                    x[j] = 3.0 / x[j]
        return float(x.sum())

    def sweep(sessions: Dates, price: Floats, weights: Floats) -> Floats:
        share = -(-len(weights) // threads)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: divide(share, len(sessions)), range(threads)))
        return np.empty((0, 3))

    return sweep


def vectorbt(engine: str) -> Sweep:
    """vectorbt's from_orders on target percents, a group of two columns a weight; ``numba`` or ``rust``.

    As fast and small as its documentation allows: orders only where there are some, records no longer than
    needed, returns made once for both of the figures that need them.
    """
    import pandas as pd
    import vectorbt as vbt

    def sweep(sessions: Dates, price: Floats, weights: Floats) -> Floats:
        count, turns = len(weights), year_turns(sessions)
        size = np.full((len(sessions), 2 * count), np.nan)
        size[turns, 0::2], size[turns, 1::2] = 1.0 - weights, weights
        names = pd.MultiIndex.from_product([range(count), SYMBOLS], names=["weight", "asset"])
        close = pd.DataFrame(np.tile(price, (1, count)), index=pd.DatetimeIndex(sessions), columns=names)
        portfolio = vbt.Portfolio.from_orders(
            close,
            size,
            size_type="targetpercent",
            group_by="weight",
            cash_sharing=True,
            call_seq="auto",
            init_cash=MONEY,
            freq="1D",
            max_orders=2 * count * len(turns),
            engine=engine,
        )
        final = portfolio.final_value()
        returns = portfolio.returns().vbt.returns(
            freq="1D", year_freq=f"{SESSIONS_A_YEAR} days", engine=engine
        )
        figures = (final, -returns.max_drawdown(), returns.annualized_volatility())
        return np.stack([column.to_numpy() for column in figures], axis=1)

    return sweep


def bt() -> Sweep:
    """bt: a strategy object and a backtest a weight."""
    import bt as package
    import pandas as pd

    def sweep(sessions: Dates, price: Floats, weights: Floats) -> Floats:
        close = pd.DataFrame(price, index=pd.DatetimeIndex(sessions), columns=list(SYMBOLS))
        turns = close.index[year_turns(sessions)]
        found = []
        for weight in weights.tolist():
            steps = [
                package.algos.RunOnDate(*turns),
                package.algos.WeighSpecified(SPY=1.0 - weight, IJR=weight),
                package.algos.Rebalance(),
            ]
            test = package.Backtest(
                package.Strategy("sweep", steps),
                close,
                initial_capital=MONEY,
                integer_positions=False,
                progress_bar=False,
            )
            test.run()
            value = test.strategy.values.to_numpy()[1:]  # bt puts a day before the first
            returns = np.append(0.0, value[1:] / value[:-1] - 1.0)
            deepest = (1.0 - value / np.maximum.accumulate(value)).max()
            found.append((value[-1], deepest, returns.std(ddof=1) * SESSIONS_A_YEAR**0.5))
        return np.array(found)

    return sweep


def engine(name: str, threads: int) -> Sweep:
    if name in ("ours", "divisions"):
        return {"ours": ours, "divisions": divisions}[name](threads)
    return bt() if name == "bt" else vectorbt(name.removeprefix("vectorbt-"))


def resident() -> tuple[float, float]:
    """Resident memory of this process now and at its peak, bytes; the peak alone where there is no /proc."""
    status = Path("/proc/self/status")
    if not status.exists():
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return float(most), float(most)
    found = dict(re.findall(r"^(VmRSS|VmHWM):\s*(\d+)", status.read_text(), re.MULTILINE))
    return 1024.0 * int(found["VmRSS"]), 1024.0 * int(found["VmHWM"])


def forget_peak() -> None:
    """Let the peak begin anew from what is resident now (Linux)."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def measure(
    names: Sequence[str], sessions: Dates, price: Floats, counts: Sequence[int], runs: int, threads: int
) -> dict[str, Any]:
    """Seconds of ``runs`` runs of each engine and count, the engines in turns, so that what else the machine
    does falls on all of them alike; the figures; and how far the memory rose above what was there before."""
    sweeps = {name: engine(name, threads) for name in names}
    for sweep in sweeps.values():
        sweep(sessions, price, np.linspace(0.0, 1.0, 3))
    found: dict[str, Any] = {}
    for count in counts:
        weights = np.linspace(0.0, 1.0, count)
        forget_peak()
        before = resident()[0]
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(runs):
            for name, sweep in sweeps.items():
                begun = time.perf_counter()
                figures = sweep(sessions, price, weights)
                seconds[name].append(time.perf_counter() - begun)
                if len(figures):
                    found[f"{name} {count} figures"] = figures
        for name in names:
            found[f"{name} {count} seconds"] = np.array(seconds[name])
            found[f"{name} {count} memory"] = np.array([resident()[1] - before, resident()[1]])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("engines", help="prices, or names joined by commas")
    parser.add_argument("out", type=Path)
    parser.add_argument("--prices", type=Path)
    parser.add_argument("--data", default="sample")
    parser.add_argument("--counts", type=lambda text: [int(part) for part in text.split(",")], default=[200])
    parser.add_argument("--days", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    if asked.engines == "prices":
        sessions, price, is_sample = prices(asked.data)
        np.savez(asked.out, sessions=sessions, price=price, is_sample=is_sample)
        return
    given = np.load(asked.prices)
    sessions, price = given["sessions"][: asked.days], np.ascontiguousarray(given["price"][: asked.days])
    found = measure(asked.engines.split(","), sessions, price, asked.counts, asked.runs, asked.threads)
    np.savez(asked.out, **found)


if __name__ == "__main__":
    main()
