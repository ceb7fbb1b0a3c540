"""Windows studies: strategies on the same windows, their pairs, and known designs against published figures."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from engine.config import load_config, load_model, parse_config
from engine.errors import ConfigError
from engine.locale import Locale
from engine.run import run
from engine.studies.grid.documents import WindowsFile
from engine.studies.grid.windows import plan_windows, windows
from tests.study_helpers import CONFIGS, sampled_differences

PAIR = [CONFIGS / "windfall_lump.yaml", CONFIGS / "windfall_spread12.yaml"]


def real() -> str:
    folder = os.environ.get("BACKTEST_MARKET_DATA")
    if not folder:
        pytest.skip("BACKTEST_MARKET_DATA is not set: no real prices")
    return f"csv:{folder}"


def test_rows_equal_runs() -> None:
    plan, _ = plan_windows(CONFIGS / "windows" / "windfall.yaml", {"source": "sample"})
    wrong, compared = sampled_differences(plan, "sample", 12)
    assert not wrong
    assert compared == 12
    plan, _ = plan_windows(CONFIGS / "windows" / "quota_speed.yaml", {"source": "sample"})
    wrong, compared = sampled_differences(plan, "sample", 6)
    assert not wrong
    assert compared == 6


def test_a_pair_of_configurations(tmp_path: Path) -> None:
    result = windows(PAIR, horizons=(2, 10), every="quarter", source="sample", out=tmp_path)
    assert result.names == ("windfall_lump", "windfall_spread12")
    grid = result.plan.grid
    assert [len(grid.of(h)) for h in (0, 1)] == [93, 61]
    final = result.outcome["final_value"]
    assert final.shape == (2, 2, 93)
    assert np.isnan(final[:, 1, 61:]).all()
    for pair in result.pairs:
        ratio = final[1, pair.horizon] / final[0, pair.horizon] - 1
        ratio = ratio[np.isfinite(ratio)]
        assert pair.windows == len(grid.of(pair.horizon)) == len(ratio)
        assert pair.better == np.mean(ratio > 1e-6)
        assert pair.ratio == pytest.approx(np.median(ratio))
        assert pair.difference.mean == pytest.approx(ratio.mean())
    assert [pair.difference.independent for pair in result.pairs] == [12, 2]
    said = [str(item) for item in result.statements]
    assert said[0].startswith("windfall_lump: ¥12,000,000 in one sum, invested when it arrives")
    assert "12 equal parts a month apart; idle cash earns 0.10% a year" in said[1]
    assert any("starts a quarter apart from Jan 2001" in line for line in said)
    assert any("All money is in JPY" in line for line in said)
    folder = result.study.folder
    assert folder.name == "windows-windfall_lump-windfall_spread12"
    rows = list(csv.DictReader((folder / "windows.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == 2 * (93 + 61)
    assert {row["strategy"] for row in rows} == set(result.names)
    told = json.loads((folder / "manifest.json").read_text())
    assert told["kind"] == "windows"
    assert told["strategies"]["windfall_spread12"]["strategy"]["deploy"] == {"spread_months": 12}


def test_a_person_is_as_old_beside_any_other_plan() -> None:
    """A plan with a birthday has the same windows alone and beside a plan whose period begins later."""
    bridge = load_config(CONFIGS / "retirement_bridge.yaml")
    later = load_config(CONFIGS / "core100.yaml", ("period.start=2008-03-01",))
    alone, both = (
        windows(configs, horizons=(5,), every="year", source="sample")
        for configs in ([bridge], [bridge, later])
    )
    starts = [str(window.period.start) for window in alone.plan.grid.windows]
    shared = [
        starts.index(str(window.period.start))
        for window in both.plan.grid.windows
        if str(window.period.start) in starts
    ]
    assert len(shared) > 10
    for name in ("contributed", "withdrawn", "final_value"):
        assert both.outcome[name][0, 0].tolist() == alone.outcome[name][0, 0][shared].tolist()


def test_other_money_is_said(tmp_path: Path) -> None:
    files = [CONFIGS / "nisa_january.yaml", CONFIGS / "nisa_monthly.yaml"]
    result = windows(files, horizons=(5,), every="year", source="sample", out=tmp_path)
    assert any("receives its money at other times" in str(item) for item in result.statements)
    assert "違います" in " ".join(item.translate(Locale("ja")) for item in result.statements)


def test_every_shipped_study_on_the_sample(tmp_path: Path) -> None:
    for path in sorted((CONFIGS / "windows").glob("*.yaml")):
        result = windows(path, source="sample", out=tmp_path, every="year")
        assert len(result.findings) == (len(result.names) - 1) * len(result.plan.grid.horizons)
        named = path.stem.startswith(("vanguard", "japan"))
        assert bool(result.reference) == named


def test_wrong_windows_are_refused(tmp_path: Path) -> None:
    config = load_config(PAIR[0])
    dollars = parse_config(
        "name: d\ncurrency: USD\nstrategy:\n  allocation: {type: fixed_mix, weights: {SPY: 1}}\n"
        "  contributions: {type: lump_sum, amount: 1}\n"
    )
    with pytest.raises(ConfigError, match="windows: currency differs"):
        windows([config, dollars], source="sample", out=tmp_path)
    with pytest.raises(ConfigError, match="two configurations are named"):
        windows([config, config], source="sample", out=tmp_path)
    with pytest.raises(ConfigError, match="40 years fit nowhere"):
        windows([config], horizons=(40,), source="sample", out=tmp_path)


@pytest.mark.market
def test_vanguards_designs_on_the_sp500(tmp_path: Path) -> None:
    """Finlay and Zorn (2023) found a lump sum ahead of three parts after one year in 61.6 to 73.7 % of windows
    by market; Shtekhman and others (2012) ahead of twelve parts after ten years in about two of three."""
    source = real()
    for currency in ("usd", "jpy"):
        short = windows(CONFIGS / "windows" / f"vanguard_1y_3m_{currency}.yaml", source=source, out=tmp_path)
        assert 0.616 <= 1 - short.pairs[0].better <= 0.737
        long = windows(CONFIGS / "windows" / f"vanguard_10y_12m_{currency}.yaml", source=source, out=tmp_path)
        assert 0.60 <= 1 - long.pairs[0].better <= 0.80


@pytest.mark.market
def test_january_on_the_sp500_in_yen() -> None:
    """Ide (2024): ¥120,000 each January from 2000 to November 2023 became ¥16.03 million before any fee."""
    config = parse_config(
        """
name: january
period: {start: 2000-01-01, end: 2023-11-30}
strategy:
  allocation: {type: fixed_mix, weights: {SPY: 1.0}}
  contributions: {type: annual, amount: 120_000}
accounts: [plain]
execution: {whole_shares: false}
dividends: total_return
"""
    )
    final = run(config, source=real()).metrics["final_value"]
    assert isinstance(final, float)
    assert 0.97 < final / 16.03e6 < 1.0


def with_period(number: int, start: str, end: str) -> object:
    period = f"period={{start: {start}, end: {end}}}"
    return load_config(PAIR[number], (period,))


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2001-01-01", "2025-12-31", (1, 5, 10, 15, 20)),
        ("2001-01-01", "2005-06-30", (1,)),
        ("null", "null", (1, 5, 10)),
    ],
)
def test_the_usual_horizons_that_fit_are_lived(start: str, end: str, years: tuple[int, ...]) -> None:
    configs = [with_period(0, start, end), with_period(1, start, end)]
    plan, _ = plan_windows(configs, {"source": "sample"}, every="year")  # type: ignore[arg-type]
    assert plan.grid.horizons == years


def test_configurations_that_share_no_day() -> None:
    configs = [with_period(0, "2001-01-01", "2005-12-31"), with_period(1, "2010-01-01", "2015-12-31")]
    with pytest.raises(ConfigError, match="no day in common: 2010-01-01 is after 2005-12-31"):
        plan_windows(configs, {"source": "sample"})  # type: ignore[arg-type]


def test_a_study_as_a_model_is_the_study_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    path = CONFIGS / "windows" / "windfall.yaml"
    monkeypatch.chdir(path.parent)
    model, document = plan_windows(load_model(WindowsFile, path), {"source": "sample"})
    file, read = plan_windows(path, {"source": "sample"})
    assert (model.points.axes, model.grid, document) == (file.points.axes, file.grid, read)
