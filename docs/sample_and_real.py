"""What the embedded sample answers beside what real prices answer: the tables of docs/sample.md.

    BACKTEST_MARKET_DATA=FOLDER python -m docs.sample_and_real

Lives the shipped studies on both and prints the same figures of each, as Markdown. ``test_sample_and_real.py``
holds the answers of the first table together, and reads the tables in the document.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.config import load_config
from engine.run import run
from engine.studies.grid.sweep import sweep
from engine.studies.grid.windows import windows

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
ANSWERS = "what the month ends tell"
DAYS = "what hangs on single days"

Answers = dict[str, float | str]
Told = Mapping[str, tuple[float | str, float | str]]


def paired(study: str, other: int, source: str) -> Answers:
    """How often the plan number ``other`` of a windows study ends above the first, and by how much."""
    with tempfile.TemporaryDirectory() as out:
        result = windows(CONFIGS / "windows" / study, source=source, out=out, offline=True)
        years, found = result.plan.grid.horizons, Answers()
        for pair in result.pairs:
            if pair.strategy == other:
                which = f"{result.names[other]} against {result.names[0]}, {years[pair.horizon]} years"
                found[f"{which}: ends higher in"] = pair.better
                found[f"{which}: median difference"] = pair.ratio
        return found


def allocation(source: str) -> Answers:
    """The allocation sweep over ten years: medians of the XIRR, the best weight, IJR against IWM."""
    with tempfile.TemporaryDirectory() as out:
        frame = sweep(CONFIGS / "sweeps/allocation.yaml", source=source, out=out, offline=True).frame()
        frame.columns = [name.removeprefix("strategy.allocation.") for name in frame.columns]
        ten = frame[frame["horizon"] == 10].set_index(["satellite", "satellite_weight"])["xirr_median"]
    found: Answers = {}
    for satellite in ("IJR", "IWM"):
        for weight in (0.0, 0.1, 0.3):
            found[f"{weight:.0%} {satellite}, 10 years: median XIRR"] = float(ten[satellite, weight])
    return found | {"Best satellite, 10 years": str(ten.idxmax()[0])}


def plan(name: str, metrics: tuple[str, ...], source: str) -> Answers:
    """Figures of one shipped plan."""
    result = run(load_config(CONFIGS / f"{name}.yaml"), source=source, offline=True)
    told = {metric: result.metrics[metric] for metric in metrics}
    return {f"{name}: {metric}": _plain(value) for metric, value in told.items()}


def _plain(value: object) -> float | str:
    return value if isinstance(value, float | int) else str(value)


def answers(source: str) -> Answers:
    """What the month ends tell: these must agree."""
    return {
        **paired("january_or_monthly.yaml", 1, source),
        **paired("windfall.yaml", 2, source),
        **allocation(source),
        **plan("satellite10", ("xirr", "volatility", "max_drawdown"), source),
        **plan("nisa_monthly", ("xirr",), source),
    }


def days(source: str) -> Answers:
    """What hangs on single days: the sample says so, and these need not agree."""
    watched = ("var_95", "cvar_95", "max_drawdown_trough", "max_drawdown_recovery", "days_below_principal")
    return {
        **plan("satellite10", watched, source),
        **plan("tilt_momentum", ("xirr",), source),
        **plan("tilt_moving_average", ("xirr",), source),
        **plan("rebalance_band", ("xirr",), source),
    }


def both(of: Callable[[str], Answers], folder: str) -> Told:
    """The same questions on the sample and on the prices in ``folder``."""
    sample, real = of("sample"), of(f"csv:{folder}")
    return {question: (sample[question], real[question]) for question in sample}


def shown(value: float | str) -> str:
    """A fraction in percent; dates, names and counts as they are."""
    return f"{value:.2%}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value


def table(title: str, told: Told) -> str:
    """Markdown: a row a question."""
    rows = [f"| {question} | {shown(s)} | {shown(r)} |" for question, (s, r) in told.items()]
    return "\n".join([f"| {title} | sample | real prices |", "|---|--:|--:|", *rows]) + "\n"


if __name__ == "__main__":
    where = os.environ["BACKTEST_MARKET_DATA"]
    print(table(ANSWERS, both(answers, where)))
    print(table(DAYS, both(days, where)), end="")
