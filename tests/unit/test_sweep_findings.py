"""What a sweep says when it can say little: one window, fixed periods, no objective, axes that change nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.config import load_model
from engine.locale import Locale
from engine.report.study_tables import study_locale
from engine.report.sweep_charts import figure_at, sweep_charts
from engine.report.sweep_page import sweep_page
from engine.report.sweep_tables import counts_text
from engine.studies.grid.documents import Objective, Sweep
from engine.studies.grid.results import SweepResult
from engine.studies.grid.sweep import sweep
from tests.study_helpers import CONFIGS, written

BEGINNING = f"""
name: small
base: {CONFIGS}/satellite10.yaml
"""
FIXED = """
axes:
  strategy.allocation.satellite_weight: [0, 0.1]
  idle_cash.yield: [0, 0.01]
windows:
  periods: [{start: 2003-01-01, end: 2005-12-31}, {start: 2004-01-01, end: 2006-12-31}]
"""
ONE = """
axes:
  strategy.allocation.satellite_weight: [0, 0.1]
  accounts: [[nisa, taxable]]
windows: {periods: [{start: 2003-01-01, end: 2005-12-31}]}
objective: value_to_contributed
"""
COSTLY = """
axes: {costs.commission_rate: [0, 0.02]}
set: {accounts: [taxable]}
windows: {every: year, horizons: [2]}
objective: value_to_contributed
"""
NOTHING = """
axes: {strategy.rebalancing: [none, {type: calendar, every: yearly}]}
set: {strategy.allocation.satellite_weight: 0}
windows: {every: year, horizons: [3]}
objective: {measure: volatility, statistic: worst}
"""
YEARLY = """
axes: {strategy.allocation.satellite_weight: [0, 0.05, 0.1, 0.3]}
windows: {every: year, horizons: [5, 10]}
objective: {measure: xirr, horizon: 10}
"""


def lived(tmp_path: Path, text: str) -> SweepResult:
    return sweep(written(tmp_path, BEGINNING + text), source="sample", out=tmp_path)


def test_without_an_objective_nothing_is_best(tmp_path: Path) -> None:
    result = lived(tmp_path, FIXED)
    summary = result.summary
    assert (result.tuning, result.ranking, result.findings, result.objective) == (None, (), (), None)
    assert not result.confidence_set.any()
    assert [axis.key for axis in summary.axes] == ["strategy.allocation.satellite_weight", "idle_cash.yield"]
    assert summary.windows.shape == (2, 2)
    assert str(result.statements[0]) == "Fixed periods: 2, from 1 January 2003 to 31 December 2006."
    assert str(result.statements[-1]) == "What idle cash earns is one of the axes."
    assert not (tmp_path / "small" / "ranking.csv").exists()
    header = (tmp_path / "small" / "summary.csv").read_text(encoding="utf-8").split("\n")[0]
    assert "horizon" not in header
    page = sweep_page(result)
    assert 'id="ranking"' not in page
    assert 'id="findings"' not in page


def test_a_model_is_swept_as_its_file_is(tmp_path: Path) -> None:
    path = written(tmp_path, BEGINNING + FIXED)
    model = load_model(Sweep, path)
    one = sweep(path, source="sample", out=tmp_path / "file", objective="xirr")
    other = sweep(model, source="sample", out=tmp_path / "model", objective="xirr")
    assert one.objective == other.objective == Objective(measure="xirr")
    assert one.ranking == other.ranking
    names = ("summary.csv", "ranking.csv")
    for name in names:
        assert (tmp_path / "file/small" / name).read_bytes() == (tmp_path / "model/small" / name).read_bytes()


def test_one_window_proves_nothing(tmp_path: Path) -> None:
    result = lived(tmp_path, ONE)
    assert result.tuning is not None
    assert result.tuning.independent == 1
    said = " ".join(map(str, result.findings))
    assert said.startswith("Best is the highest median of Value / paid in.")
    assert "There is one window that overlaps no other: nothing here can be told from chance." in said
    assert "one window that overlaps no other cannot say whether this is noise" in said
    assert "There is no walk-forward" in said
    assert "resamples" not in said


def test_what_costs_money_is_worse_than_what_does_not(tmp_path: Path) -> None:
    result = lived(tmp_path, COSTLY)
    assert result.tuning is not None
    assert result.tuning.confidence_set.tolist() == [True, False]
    said = " ".join(map(str, result.findings))
    assert "The best setting can be told from each of the other 1" in said
    assert "more than noise on these windows" in said


def test_an_axis_that_changes_nothing_says_so(tmp_path: Path) -> None:
    result = lived(tmp_path, NOTHING)
    assert result.tuning is not None
    assert result.tuning.confidence_set.all()
    (one, other) = result.tuning.scores.tolist()
    assert one == other
    said = " ".join(map(str, result.findings))
    assert "none and Rebalancing each year came to the same in every window." in said


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_page_has_the_words_for_it(lang: str, tmp_path: Path) -> None:
    path = written(tmp_path, BEGINNING + ONE)
    result = sweep(path, source="sample", out=tmp_path)
    for item in (*result.findings, *result.statements):
        said = item.translate(Locale(lang))
        assert said
        assert "{" not in said
        assert lang == "en" or said != str(item)


@pytest.fixture(scope="module")
def yearly(tmp_path_factory: pytest.TempPathFactory) -> SweepResult:
    return lived(tmp_path_factory.mktemp("yearly"), YEARLY)


def test_a_setting_is_one_over_every_horizon(yearly: SweepResult) -> None:
    """Windows: 21 of five years and 16 of ten, 2001 to 2025, at each of four weights."""
    assert counts_text(yearly, study_locale(yearly, "en")) == "4 settings, 148 simulations."


def test_one_month_of_starts_is_no_span(yearly: SweepResult) -> None:
    said = [item.translate(Locale("en")) for item in yearly.findings]
    assert any("On those that began in Jan 2011: " in sentence for sentence in said)
    assert not any("from Jan 2011 to Jan 2011" in sentence for sentence in said)


def test_colours_do_not_name_an_interval_that_says_nothing(yearly: SweepResult) -> None:
    """Two windows of ten years: half an interval of 12.7 standard errors is wider than all there was."""
    charts = sweep_charts(yearly, study_locale(yearly, "en"))
    assert charts.measures[0]["noise"][1].startswith("Too few windows share no day")


def test_the_frame_of_the_heat_map_is_as_wide_as_its_cell(yearly: SweepResult) -> None:
    """0, 5, 10 and 30 %: cells end half way to their neighbours."""
    locale = study_locale(yearly, "en")
    charts = sweep_charts(yearly, locale)
    frames = [
        figure_at(yearly, charts, "heat", "xirr", (place, 0), locale).layout["shapes"][0]
        for place in range(4)
    ]
    edges = [(frame["x0"], frame["x1"]) for frame in frames]
    assert np.allclose(edges, [(-0.025, 0.025), (0.025, 0.075), (0.075, 0.2), (0.2, 0.4)])
