"""What studies print and show: the right statistic, the paired answer first, counts beside figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.notebook import sweep, windows
from engine.report.page_locale import PageLocale
from engine.report.sweep_page import sweep_page
from engine.report.sweep_tables import alike, ranked_by, ranking_table
from engine.report.windows_page import windows_page
from engine.report.windows_tables import final_values_table
from engine.studies.grid.documents import Objective
from engine.studies.grid.statistics import COLUMNS, MEASURES, STATISTICS, Column
from tests.fake_studies import fake_sweep, fake_windows
from tests.person import CONFIGS


def plan(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_page_says_the_statistic_of_the_objective() -> None:
    page = sweep_page(replace(fake_sweep(), objective=Objective(measure="xirr", statistic="worst")))
    assert "The worst figure of XIRR over" in page
    assert "By the worst figure of Annual return on the money (XIRR)" in page
    assert "Highest" not in page


def test_the_best_itself_is_not_one_that_cannot_be_told_from_it() -> None:
    result = fake_sweep()
    assert result.tuning is not None
    others = int(result.confidence_set.sum()) - 1
    assert int(alike(result).sum()) == others > 0
    assert f"{others} other settings cannot be told from the best" in sweep_page(result)
    alone = np.zeros_like(result.tuning.confidence_set)
    alone[result.tuning.best] = True
    tuning = replace(result.tuning, confidence_set=alone)
    assert "cannot be told from" not in sweep_page(replace(result, tuning=tuning)).split("<script")[0]


def test_a_statistic_that_no_column_has_gets_its_own() -> None:
    result = fake_sweep()
    assert result.tuning is not None
    assert ranked_by(result) == "median"
    tuning = replace(result.tuning, scores=result.tuning.scores + 0.001)
    other = replace(result, tuning=tuning, objective=Objective(measure="xirr", statistic="mean"))
    assert ranked_by(other) is None
    shown = ranking_table(other, PageLocale())
    assert "XIRR, mean" in [column.label for column in shown.columns]
    at = [column.label for column in shown.columns].index("XIRR, mean")
    assert shown.rows[0][at].value == other.ranking[0].objective


def test_a_worst_objective_ranks_by_the_worst(tmp_path: Path) -> None:
    made = plan(
        tmp_path / "worst.yaml",
        f"name: worst\nbase: {CONFIGS / 'satellite10.yaml'}\nwindows: {{every: year, horizons: [5]}}\n"
        "axes: {strategy.allocation.satellite_weight: [0, 0.1, 0.2]}\n"
        "objective: {measure: volatility, statistic: p5}\n",
    )
    found = sweep(made, source="sample", out=tmp_path)
    result = found.result
    values = result.summary.values
    worst = values[MEASURES.index("volatility"), STATISTICS.index("p95"), :, 0]
    assert ranked_by(result) == "p95"
    assert result.ranking[0].objective == pytest.approx(worst.min())
    page = (tmp_path / "worst" / "report.html").read_text("utf-8")
    assert "Highest" not in page
    assert "from the bad side of Annual volatility" in page


def test_no_median_of_final_values_without_the_paired_answer() -> None:
    page = windows_page(fake_windows())
    body = page[page.index("<main") :]
    assert body.index("On the same windows") < body.index("By start month")
    assert "two medians are of different years" in body
    assert "32%" in body[: body.index("By start month")]


def test_the_median_stands_beside_the_paired_share(tmp_path: Path) -> None:
    two = [CONFIGS / "windfall_lump.yaml", CONFIGS / "windfall_spread12.yaml"]
    found = windows(two, horizons=[5], every="year", source="sample", out=tmp_path)
    columns = [column.id for column in final_values_table(found.result, PageLocale()).columns]
    spread = [f"final_value_{name}" for name in ("p25", "median", "p75")]
    at = columns.index(spread[0])
    assert columns[at : at + 4] == [*spread, "better"]
    text = repr(found)
    assert text.index("On the same windows") < text.index("All windows")
    final = found.frame.pivot(index="window", columns="strategy", values="final_value")
    share = float((final["windfall_spread12"] > final["windfall_lump"] * (1 + 1e-6)).mean())
    assert found.result.pairs[0].better == pytest.approx(share)


def test_a_figure_of_a_setting_is_one_row_of_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``COLUMNS`` names is in the files, the ranking, the table along the slider and the page."""
    own = Column("percent", lambda ends: (ends.ratio > 2.0).mean(axis=1), "as_much", "last")
    monkeypatch.setitem(COLUMNS, "doubled", own)  # type: ignore[arg-type]
    made = plan(
        tmp_path / "own.yaml",
        f"name: own\nbase: {CONFIGS / 'satellite10.yaml'}\nwindows: {{every: year, horizons: [5]}}\n"
        "axes: {strategy.allocation.satellite_weight: [0, 0.1]}\nobjective: xirr\n",
    )
    found = sweep(made, source="sample", out=tmp_path)
    assert "doubled" in found.frame
    assert "doubled" in (tmp_path / "own" / "ranking.csv").read_text("utf-8")
    assert "As much" in repr(found)
    page = (tmp_path / "own" / "report.html").read_text("utf-8")
    assert page.count(">As much</th>") == 2  # along the slider and in the ranking
    assert page.count('data-label="As much"') == 4  # of each setting in both, where a phone shows blocks
    assert page.count("As much: ") == page.count('"label":"As much"') == 1  # below a setting, and in the data
