"""A user's script that uses every public name, for type checkers and to be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import engine
from engine import (
    Asset,
    History,
    audit,
    bootstrap,
    check,
    compare,
    data_verify,
    explore,
    flows,
    load_config,
    load_result,
    load_study,
    run,
    sweep,
    windows,
    with_weights,
    withdraw,
)
from engine.errors import BacktestError, ConfigError


def weights(history: History, params: Mapping[str, Any]) -> dict[str, float]:
    best: str = str(history.prices.iloc[-1].idxmax())
    return {best: 1.0, history.symbols[0]: 0.0} if len(history) > int(params["least"]) else {best: 1.0}


def main(configs: Path, out: Path) -> list[float]:
    config = load_config(configs / "satellite10.yaml")
    view = run(config, source="sample", period=("2015-01-01", "2018-12-31"), out=out)
    found: list[float] = [view.metrics["final_value"], float(view.returns.sum()), float(view.drawdown.min())]
    xirr: float | None = view.metrics["xirr"]
    if xirr is not None:
        found.append(xirr)
    equity: pd.DataFrame = view.frames["equity"]
    found.append(float(equity["value"].iloc[-1]))
    closes = pd.DataFrame({"MY_FUND": equity["price:VOO"]})
    mine = load_config(
        configs / "core100.yaml", overrides=["strategy.allocation.weights={MY_FUND: 1}"], allow_python=False
    )
    fund = Asset("MY_FUND", kind="jp_fund", currency="JPY")
    own = run(mine, prices=closes, assets=[fund], period=("2015-02-01", "2018-11-30"), lang="ja")
    found.append(float(own.value.iloc[-1]))
    assert data_verify(prices=closes, assets={"MY_FUND": fund}).holds
    both = compare([config, configs / "core100.yaml"], source="sample")
    found.append(float(both.views[0].stats()["final_value"]))
    grid = windows([config], horizons=[5], every="year", source="sample", threads=1, out=None, real=False)
    swept = sweep(
        configs / "sweeps" / "allocation.yaml",
        objective="xirr",
        source="sample",
        overrides=[
            "axes={strategy.allocation.satellite_weight: [0, 0.1]}",
            "windows={every: year, horizons: [10]}",
        ],
    )
    drawn = bootstrap(
        config, paths=8, years=1, seed=3, source="sample", out=out, progress=lambda done, of: None
    )
    assert load_study(out / "satellite10-bootstrap") == drawn
    for study in (grid, swept, drawn):
        frame: pd.DataFrame = study.frame
        found.append(float(len(frame)))
    first = config.strategy
    assert first is not None
    table = pd.DataFrame({"VOO": [0.9], "IJR": [0.1]}, index=pd.DatetimeIndex(["2015-01-05"]))
    found.append(run(with_weights(config, table), source="sample").metrics["max_drawdown"])
    assert audit(load_result(out / "satellite10")).holds
    assert not check(configs / "claims" / "small_cap_article.yaml", source="sample").frame.empty
    lasting = load_config(configs / "retirement_withdrawals.yaml")
    short = ("2015-01-01", "2018-12-31")
    told = withdraw(lasting, years=[2], futures=4, source="sample", threads=1, period=short)
    found.append(float(len(told.frame)))
    hint = ""
    try:
        flows("IWM", source="sample")
    except ConfigError:
        raise
    except BacktestError as error:
        hint = str(error.hint)
    assert "data import" in hint
    assert hash(view) == hash(view)
    panel: Callable[..., Any] = explore  # shown in a notebook alone
    assert callable(panel)
    assert engine.__version__
    return found
