"""The shipped configurations, each runnable on the sample: the one that watches fund flows gets made-up ones."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from engine.config.document import read_document

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(ROOT.glob("configs/*.yaml"))

QUESTIONS = sorted(ROOT.glob("configs/questions/*.yaml"), key=lambda path: int(path.stem[1:].split("_")[0]))
# What only a file of its kind has -> the kind, as ``backtest schema`` calls it.
KINDS = {"axes": "sweep", "strategies": "windows", "claims": "claims"}


def kind_of(path: Path) -> str:
    """What kind of file a shipped one is."""
    return next((kind for key, kind in KINDS.items() if read_document(path).child(key) is not None), "config")


@cache
def made_up_flows() -> Path:
    """Monthly flows of no fund at all, 2000 to 2025: a slow wave of money in and out."""
    months = np.arange("2000-01", "2026-01", dtype="datetime64[M]")
    days = (months + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    money = np.round(1e9 * np.sin(np.arange(len(days)) / 9.0)).astype(int)
    path = Path(tempfile.mkdtemp()) / "flows.csv"
    path.write_text("date,flow_usd\n" + "".join(f"{day},{flow}\n" for day, flow in zip(days, money)))
    return path


def needs(path: Path) -> tuple[str, ...]:
    """Overrides with which a configuration runs on the sample."""
    if path.stem == "orukan_and_deposit":  # the sample has no VT
        return ("strategy.allocation.weights={JP_SP500: 0.9, DEPOSIT: 0.1}",)
    if path.stem != "flow_tilt":
        return ()
    return (f"strategy.allocation.signal={{type: flows, file: '{made_up_flows()}', months: 12}}",)
