"""A run that is cut and goes on from ``holdings.yaml`` does what the whole run does: every shipped plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from engine.config import Config, dump_holdings, load_config, override
from engine.result import Result
from engine.run import run
from engine.state import state_at
from tests.shipped import CONFIGS, needs

CUTS = ("2008-12-31", "2016-03-31")


def goes_on(config: Config, day: str, folder: Path, source: str) -> Result:
    """The run from a day's state on, its holdings read from a file as a person would have it."""
    held = state_at(config, dt.date.fromisoformat(day), source=source, offline=True)
    (folder / "holdings.yaml").write_text(dump_holdings(held, "a day's state"), encoding="utf-8")
    (folder / "plan.yaml").write_text(
        "name: cut\nholdings: {file: holdings.yaml}\nstrategy:\n"
        "  allocation: {type: fixed_mix, weights: {VOO: 1}}\n  contributions: none\n"
        f"accounts: [{', '.join(config.accounts)}]\n",
        encoding="utf-8",
    )
    read = load_config(folder / "plan.yaml").holdings
    assert read == held
    later = config.model_copy(update={"holdings": read})
    next_day = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return run(override(later, {"period.start": str(next_day)}), source=source, offline=True)


def same_from(whole: Result, rest: Result, day: str) -> None:
    """Every movement after a day is the same, but that interest since the last movement is split there."""
    kinds = ("opening", "interest")
    mine, theirs = (
        {
            name: column[(moves["date"] > np.datetime64(day)) & ~np.isin(moves["kind"], kinds)]
            for name, column in moves.items()
        }
        for moves in (rest.transactions, whole.transactions)
    )
    for name, column in mine.items():
        if column.dtype.kind == "f":
            np.testing.assert_allclose(column, theirs[name], rtol=1e-9, atol=1e-6, err_msg=name)
        else:
            assert column.tolist() == theirs[name].tolist(), name
    later = whole.dates > np.datetime64(day)
    for name in ("value", "cash", *(name for name in rest.equity if ":" in name)):
        np.testing.assert_allclose(rest.equity[name], whole.equity[name][later], rtol=1e-9, atol=1e-6)
    for name in ("final_value", "liquidation_value"):
        assert rest.metrics[name] == pytest.approx(whole.metrics[name], rel=1e-9)
    years = whole.quota["year"] >= rest.dates[0].item().year
    for name, column in rest.quota.items():
        assert column.tolist() == pytest.approx(whole.quota[name][years].tolist(), nan_ok=True)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_plan_goes_on_from_its_state(path: Path, tmp_path: Path) -> None:
    config = load_config(path, needs(path))
    whole = run(config, source="sample", offline=True)
    for day in CUTS:
        if whole.dates[0] < np.datetime64(day) < whole.dates[-1]:
            same_from(whole, goes_on(config, day, tmp_path, "sample"), day)
