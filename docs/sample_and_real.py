"""What the embedded sample answers beside what real prices answer: the tables of docs/sample.md and sample.ja.md.

    BACKTEST_MARKET_DATA=FOLDER python -m docs.sample_and_real

Simulates the shipped studies on both and prints the same figures of each, as Markdown. ``test_sample_and_real.py``
holds the answers of the first table together, and reads the tables in the documents.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.config import load_config
from engine.locale import Locale
from engine.run import run
from engine.studies.grid.sweep import sweep
from engine.studies.grid.windows import windows

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
JAPANESE = Locale("ja")


class Question(NamedTuple):
    """What is asked of both sources, in the languages of the documents."""

    en: str
    ja: str


ANSWERS = Question("what the month ends tell", "月末で決まるもの")
DAYS = Question("what hangs on single days", "特定の日で決まるもの")
SOURCES = Question("sample | real prices", "サンプル | 実際の価格")

Answers = dict[Question, float | str]
Told = Mapping[Question, tuple[float | str, float | str]]


def paired(study: str, other: int, source: str) -> Answers:
    """How often the plan number ``other`` of a windows study ends above the first, and by how much."""
    with tempfile.TemporaryDirectory() as out:
        result = windows(CONFIGS / "windows" / study, source=source, out=out, offline=True)
        years, found = result.plan.grid.horizons, Answers()
        for pair in result.pairs:
            if pair.strategy == other:
                named, first = (result.plan.points.axes[0].text(place) for place in (other, 0))
                en = f"{result.names[other]} against {result.names[0]}, {years[pair.horizon]} years"
                mine, other_one = (f"「{name.translate(JAPANESE)}」" for name in (named, first))
                span = f"{years[pair.horizon]}年"
                more, gap = (
                    f"{mine}が{other_one}より多く残った割合、{span}",
                    f"{mine}と{other_one}の差の中央値、{span}",
                )
                found[Question(f"{en}: ends higher in", more)] = pair.better
                found[Question(f"{en}: median difference", gap)] = pair.ratio
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
            en = f"{weight:.0%} {satellite}, 10 years: median XIRR"
            ja = f"{satellite} {weight:.0%}、10年：XIRRの中央値"
            found[Question(en, ja)] = float(ten[satellite, weight])
    best = Question("Best satellite, 10 years", "最良のサテライト、10年")
    return found | {best: str(ten.idxmax()[0])}


def plan(name: str, metrics: tuple[str, ...], source: str) -> Answers:
    """Figures of one shipped plan."""
    result = run(load_config(CONFIGS / f"{name}.yaml"), source=source, offline=True)
    asked = {metric: Question(f"{name}: {metric}", f"{name}：{JAPANESE(metric)}") for metric in metrics}
    return {question: _plain(result.metrics[metric]) for metric, question in asked.items()}


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


def table(title: Question, told: Told, lang: str = "en") -> str:
    """Markdown: a row a question."""
    rows = [f"| {getattr(question, lang)} | {shown(s)} | {shown(r)} |" for question, (s, r) in told.items()]
    head = f"| {getattr(title, lang)} | {getattr(SOURCES, lang)} |"
    return "\n".join([head, "|---|--:|--:|", *rows]) + "\n"


if __name__ == "__main__":
    where = os.environ["BACKTEST_MARKET_DATA"]
    both_tables = [(ANSWERS, both(answers, where)), (DAYS, both(days, where))]
    print(
        "\n".join(table(title, told, lang) for lang in Question._fields for title, told in both_tables),
        end="",
    )
