"""Summaries of cells and windows against numpy on the rows themselves, and windows that do not overlap."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.config.models import Period
from engine.messages import from_plain
from engine.studies.grid.documents import Windows
from engine.studies.grid.results import SweepResult, summary_columns
from engine.studies.grid.shares import summarise
from engine.studies.grid.statistics import STATISTICS, statistics
from engine.studies.grid.study import share_maker
from engine.studies.grid.sweep import sweep
from engine.studies.grid.window_grid import Window, make_window_grid, non_overlapping, stride_of
from engine.studies.grid.workload import windows_by_start
from tests.study_helpers import CONFIGS, PART, PARTED, written


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> SweepResult:
    folder = tmp_path_factory.mktemp("summary")
    pages = {"page.html": b"<html>"}
    return sweep(
        written(folder, PARTED), source="sample", out=folder, chunk_size=PART, pages=lambda result: pages
    )


def test_statistics_are_numpys_quantiles() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(7, 41))
    found = dict(zip(STATISTICS, statistics(x, "max")))
    assert np.allclose(found["median"], np.median(x, axis=1), rtol=0, atol=1e-15)
    for name, level in (("p5", 0.05), ("p25", 0.25), ("p75", 0.75), ("p95", 0.95)):
        assert np.allclose(found[name], np.quantile(x, level, axis=1), rtol=0, atol=1e-15)
    assert np.array_equal(found["worst"], x.min(axis=1))
    assert np.array_equal(statistics(x, "min")[-1], x.max(axis=1))


def test_missing_figures_are_left_out() -> None:
    x = np.array([[3.0, np.nan, 1.0, 2.0], [np.nan] * 4])
    found = dict(zip(STATISTICS, statistics(x, "min")))
    assert found["median"][0] == 2.0
    assert found["worst"][0] == 3.0
    assert np.isnan(found["median"][1])
    assert np.isnan(found["worst"][1])


def test_summary_is_that_of_the_rows(result: SweepResult) -> None:
    rows = result.study.table()
    plan, summary = result.plan, result.summary
    assert len(rows["cell"]) == plan.points.count * len(plan.grid.windows) == result.manifest["rows"]
    for point in range(plan.points.count):
        for h, years in enumerate(plan.grid.horizons):
            mine = (rows["cell"] == point) & (rows["horizon"] == years)
            place = (*plan.points.places[point], h)
            assert mine.sum() == summary.windows[place]
            xirr = rows["xirr"][mine]
            fall = rows["max_drawdown"][mine]
            assert summary.value("xirr", "median", place) == pytest.approx(np.median(xirr), abs=1e-15)
            assert summary.value("max_drawdown", "worst", place) == fall.min()
            beat = rows["value_to_contributed"][mine] > rows["core_value_to_contributed"][mine]
            assert summary.columns["beat_core"][place] == beat.mean()
            below = rows["value_to_contributed"][mine] < 1
            assert summary.columns["below_principal"][place] == below.mean()
    weights = rows["satellite_weight"][rows["cell"] == 2]
    assert set(weights.tolist()) == {0.1}
    alone = rows["satellite_weight"] == 0
    assert np.array_equal(rows["xirr"][alone], rows["core_xirr"][alone])


SPENT = f"""
name: spent
base: {CONFIGS}/retirement_withdrawals.yaml
axes:
  strategy.withdrawals.amount: [300_000, 500_000]
  accounts: [[nisa, taxable], [taxable]]
windows: {{every: year, horizons: [5, 10]}}
"""


@pytest.mark.parametrize("text", [PARTED, SPENT])
def test_the_summary_does_not_depend_on_the_parts(tmp_path: Path, text: str) -> None:
    """However many there are, in whatever order their shares are joined; also how long money lasts."""
    study = sweep(written(tmp_path, text), source="sample", chunk_size=PART).study
    maker = share_maker(study.plan)
    shares = study.store.shares(maker)
    assert len(shares) > 3
    summaries = [
        study.summary(),
        summarise(study.plan.points, maker, shares[::-1]),
        sweep(written(tmp_path, text), source="sample").summary,
    ]
    assert summaries[0] == summaries[1] == summaries[2]
    assert bool(summaries[0].ran_out.size) == (text is SPENT)


def test_files_of_a_sweep(result: SweepResult) -> None:
    names = {path.name for path in result.study.folder.iterdir()}
    tables = {"ranking.csv", "summary.csv", "summary.parquet"}
    assert names == {"manifest.json", "parts", "page.html", "study.json", *tables}
    told = json.loads((result.study.folder / "manifest.json").read_text("utf-8"))
    assert set(told["files"]) == names - {"manifest.json", "parts"}
    assert [from_plain(item) for item in told["findings"]] == list(result.findings)
    assert [from_plain(item) for item in told["statements"]] == list(result.statements)
    assert len(result.study.store.names) > 3
    columns = summary_columns(result)
    assert len(columns["xirr_median"]) == result.plan.points.count * 2
    assert list(columns["accounts"][:4]) == ["nisa+taxable", "nisa+taxable", "taxable", "taxable"]


def test_windows_of_a_grid(result: SweepResult) -> None:
    grid = result.plan.grid
    assert (str(grid.windows[0].start), str(grid.windows[0].end)) == ("2001-01-01", "2002-12-31")
    assert str(grid.windows[-1].end) == "2025-12-31"
    assert [grid.independent(h) for h in (0, 1)] == [12, 5]
    assert stride_of([grid.windows[n] for n in grid.of(1)]) == 20
    by_start = windows_by_start(grid.windows)
    assert sum(map(len, by_start)) == len(grid.windows)
    assert all(len({grid.windows[n].start for n in numbers}) == 1 for numbers in by_start)


def window(start: str, end: str) -> Window:
    return Window(np.datetime64(start), np.datetime64(end), 0)


def test_windows_that_share_no_day() -> None:
    spans = [
        window("2001-01-01", "2010-12-31"),
        window("2001-06-01", "2002-05-31"),
        window("2002-06-01", "2003-01-01"),
    ]
    assert non_overlapping(spans) == 2
    assert stride_of(sorted(spans, key=lambda w: w.start)) == 3
    assert stride_of([window("2001-01-01", "2001-12-31"), window("2002-01-01", "2002-12-31")]) == 1


@pytest.mark.parametrize(
    ("period", "every", "first", "last", "count"),
    [
        (("2001-01-01", "2025-12-31"), "year", "2001-01-01", "2025-12-31", 16),
        (("2001-01-02", "2025-12-31"), "year", "2002-01-01", "2025-12-31", 15),
        (("2001-02-15", "2011-12-30"), "quarter", "2001-04-01", "2011-09-30", 3),
        ((None, None), "month", "2001-01-01", "2025-12-31", 181),
    ],
)
def test_starts_fit_into_the_period(
    result: SweepResult, period: tuple[str, str], every: str, first: str, last: str, count: int
) -> None:
    dates = {key: value for key, value in zip(("start", "end"), period) if value}
    wanted = Windows.model_validate({"every": every, "horizons": [10]})
    grid = make_window_grid(wanted, Period.model_validate(dates), result.plan.workload.panels)
    assert len(grid.windows) == count
    assert (str(grid.windows[0].start), str(grid.windows[-1].end)) == (first, last)


def test_a_study_does_not_touch_other_results(tmp_path: Path) -> None:
    from engine.errors import StoreError

    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "manifest.json").write_text('{"name": "small", "files": {}}')
    with pytest.raises(StoreError, match="holds another kind of result"):
        sweep(written(tmp_path, PARTED), source="sample", out=tmp_path)
