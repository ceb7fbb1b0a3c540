"""What studies print and show: the right statistic, the paired answer first, counts beside figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.notebook import sweep, windows
from engine.report.models import PairedWindows
from engine.report.sweep_page import ranked_by, sweep_page
from engine.report.voice import Voice
from engine.report.windows_page import windows_page
from engine.studies.grid.printed import outcomes_table, ranking_table
from tests.fake_studies import fake_sweep, fake_windows
from tests.person import CONFIGS

PAIRED = tuple(PairedWindows(1, h, 252, 0.32, 0.0, -0.0381, 252, -0.0083, 0.9368, 2) for h in (0, 1))


def plan(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_page_says_the_statistic_of_the_objective() -> None:
    study = replace(fake_sweep(), statistic="worst figure")
    page = sweep_page(study)
    assert "Best by the worst figure of XIRR" in page
    assert "By the worst figure of XIRR" in page
    assert "Highest" not in page


def test_the_best_itself_is_not_one_that_cannot_be_told_from_it() -> None:
    study = fake_sweep()
    alike = int(study.plateau.sum()) - 1
    assert int(study.alike.sum()) == alike > 0
    assert f"{alike} other settings cannot be told from the best" in sweep_page(study)
    alone = np.zeros_like(study.plateau)
    alone[study.ranking[0].cell] = True
    assert "cannot be told from" not in sweep_page(replace(study, plateau=alone)).split("<script")[0]


def test_a_statistic_that_no_column_has_gets_its_own() -> None:
    study = fake_sweep()
    assert ranked_by(study) == "median"
    mean = tuple(replace(item, objective=item.objective + 0.001) for item in study.ranking)
    other = replace(study, ranking=mean, statistic="mean")
    assert ranked_by(other) is None
    shown = ranking_table(other, Voice())
    assert "XIRR, mean" in [column.label for column in shown.columns]
    at = [column.label for column in shown.columns].index("XIRR, mean")
    assert shown.rows[0][at].value == mean[0].objective


def test_a_worst_objective_ranks_by_the_worst(tmp_path: Path) -> None:
    made = plan(
        tmp_path / "worst.yaml",
        f"name: worst\nbase: {CONFIGS / 'satellite10.yaml'}\nwindows: {{every: year, horizons: [5]}}\n"
        "axes: {strategy.allocation.satellite_weight: [0, 0.1, 0.2]}\n"
        "objective: {measure: volatility, statistic: p5}\n",
    )
    found = sweep(made, source="sample", out=tmp_path)
    study = found.model
    index = [item.id for item in study.measures].index("volatility")
    worst = study.values[index, study.statistics.index("p95"), :, 0]
    assert ranked_by(study) == "p95"
    assert study.ranking[0].objective == pytest.approx(worst.min())
    page = (tmp_path / "worst" / "report.html").read_text("utf-8")
    assert "Highest" not in page
    assert "from the bad side of Annual volatility" in page


def test_no_median_of_final_values_without_the_paired_answer() -> None:
    study = replace(fake_windows(), paired=PAIRED)
    page = windows_page(study)
    body = page[page.index("<main") :]
    assert body.index("On the same windows") < body.index("By start month")
    assert "two medians are of different years" in body
    assert "32%" in body[: body.index("By start month")]


def test_the_median_stands_beside_the_paired_share(tmp_path: Path) -> None:
    two = [CONFIGS / "windfall_lump.yaml", CONFIGS / "windfall_spread12.yaml"]
    found = windows(two, horizons=[5], every="year", source="sample", out=tmp_path)
    columns = [column.id for column in outcomes_table(found.model, Voice()).columns]
    assert columns.index("better") == columns.index("final_value") + 1
    text = repr(found)
    assert text.index("On the same windows") < text.index("All windows")
    final = found.frame.pivot(index="window", columns="strategy", values="final_value")
    share = float((final["windfall_spread12"] > final["windfall_lump"] * (1 + 1e-6)).mean())
    assert found.model.paired[0].better == pytest.approx(share)
