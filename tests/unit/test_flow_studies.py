"""A plan that watches fund flows, in studies: each window is the run of its period."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.config import Config, load_config, override
from engine.errors import ConfigError
from engine.run import run
from engine.studies.grid.documents import Sweep
from engine.studies.grid.sweep import sweep
from engine.studies.grid.windows import windows
from engine.studies.withdraw.study import withdraw

CONFIGS = Path(engine.__file__).parents[1] / "configs"


def watching(folder: Path, turn: float = 1.0) -> Config:
    """The shipped plan with flows of its own, which swing once in three years."""
    months = np.arange("1999-01", "2026-01", dtype="datetime64[M]")
    ends = (months + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    rows = [f"{day},{turn * 1e9 * math.sin(n * math.pi / 18):.0f}" for n, day in enumerate(ends)]
    folder.mkdir(exist_ok=True)
    path = folder / "flows.csv"
    path.write_text("\n".join(["date,flow_usd", *rows, ""]))
    signal = {"type": "flows", "file": str(path), "months": 12, "lag_sessions": 5}
    return override(load_config(CONFIGS / "flow_tilt.yaml"), {"strategy.allocation.signal": signal})


@pytest.mark.parametrize("real", [False, True])
def test_windows_are_the_runs_of_their_periods(tmp_path: Path, real: bool) -> None:
    config = override(watching(tmp_path), {"inflation": "cpi_jp"} if real else {})
    plain = load_config(CONFIGS / "satellite10_iwm.yaml")
    if real:
        plain = override(plain, {"inflation": "cpi_jp"})
    found = windows([plain, config], horizons=(5,), every="year", source="sample", real=real)
    final = found.study.cubes(["final_value"])["final_value"]
    for number, window in list(enumerate(found.plan.grid.windows))[::5]:
        for point in (0, 1):
            alone = run(found.plan.config(point, number), source="sample")
            if not real:
                assert final[point, number] == alone.metrics["final_value"], window
    assert not np.array_equal(final[0], final[1])


def test_other_flows_are_another_study(tmp_path: Path) -> None:
    plans = [watching(tmp_path / name, turn) for name, turn in (("a", 1.0), ("b", -1.0))]
    found = [windows([plan], horizons=(5,), every="year", source="sample") for plan in plans]
    assert found[0].plan.key != found[1].plan.key
    assert found[0] != found[1]


def test_a_sweep_over_a_plan_that_watches_flows(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    watching(tmp_path)
    text = (CONFIGS / "flow_tilt.yaml").read_text("utf-8")
    base.write_text(text.replace("symbol: IWM, months", f"file: {tmp_path / 'flows.csv'}, months"), "utf-8")
    asked = Sweep.model_validate(
        {
            "name": "flows",
            "base": str(base),
            "axes": {"strategy.allocation.max_weight": [0.10, 0.15, 0.30]},
            "windows": {"every": "year", "horizons": [5]},
        }
    )
    found = sweep(asked, source="sample")
    final = found.study.cubes(["final_value"])["final_value"]
    assert len({tuple(row) for row in final.tolist()}) == 3
    assert final[1, 0] == run(found.plan.config(1, 0), source="sample").metrics["final_value"]


def test_what_a_plan_that_watches_flows_may_pay_out_by_history(tmp_path: Path) -> None:
    paying = {
        "strategy.contributions": {"type": "lump_sum", "amount": 10_000_000},
        "strategy.withdrawals": {"type": "fixed", "amount": 50_000, "every": "monthly"},
    }
    config = override(watching(tmp_path), paying)
    with pytest.raises(ConfigError, match=r"fund flows cannot be drawn.*\(history alone can: --futures 0\)"):
        withdraw(config, source="sample", futures=10)
    found = withdraw(config, source="sample", futures=0, years=[10])
    (limit,) = found.limits
    assert "flows flows" in str(found.manifest)
    for amount, failed in ((limit.value, 0), (limit.beyond, limit.failed_beyond)):
        own = override(config, {"strategy.withdrawals.amount": amount})
        lasted = windows([own], horizons=(10,), source="sample").study.cubes(["years_lasted"])["years_lasted"]
        assert (lasted.shape[1], np.isfinite(lasted).sum()) == (limit.simulations, failed)
    assert limit.failed_beyond > 0
