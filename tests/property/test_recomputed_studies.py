"""The tables of studies, computed again: rows from the transactions of their own runs, statistics from the rows.

Random plans of the whole grammar, and one whose money runs out. The figures of a row come from
``engine.audit.again``, which shares no code with the program; the statistics are plain loops here.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import os
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import Phase, event, given
from hypothesis import strategies as st

from engine.audit import again
from engine.audit.taxes import TaxBook
from engine.config import Config, parse_config
from engine.errors import ConfigError, DataError
from engine.run import run
from engine.studies.bootstrap.study import bootstrap
from engine.studies.grid.study import Study
from engine.studies.grid.sweep import sweep
from engine.studies.grid.windows import windows
from tests.fuzz.test_any_configuration import on_the_sample
from tests.property.test_config_roundtrip import CONFIG, as_yaml
from tests.variations import examples

TABLES = int(os.environ.get("BACKTEST_TABLES", "4"))
HORIZONS = (1, 3)
DRY = """
name: dry
period: {start: 2003-01-01, end: 2010-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}
  contributions: {type: lump_sum, amount: 5_000_000}
  withdrawals: {type: fixed, amount: 200_000}
  rebalancing: {type: calendar, every: yearly}
accounts: [nisa, taxable]
costs: {broker: sbi}
data: {source: sample}
"""


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def near(shown: str | float, known: float | None, limit: float = 1e-9) -> bool:
    """Whether a figure of a table is what was computed; an empty cell is a figure that does not exist."""
    value = math.nan if shown == "" else float(shown)
    if known is None or math.isnan(known):
        return math.isnan(value)
    return abs(value - known) <= limit * max(1.0, abs(known))


def recomputed(config: Config) -> dict[str, Any]:
    """Every figure of the run of one row, from its records."""
    result = run(config)
    figures = again.figures(result)
    whole_yen = "plain" not in result.config["accounts"]
    by_law = TaxBook(result).liquidation_value()
    ours = float(result.metrics["liquidation_value"] or 0.0)
    assert abs(ours - by_law) <= (1.0 if whole_yen else 0.0) + 1e-9 * max(1.0, abs(by_law))
    figures["liquidation_value"] = ours  # to the bit, so that statistics of it can be compared
    return figures


def check_rows(study: Study, rows: list[dict[str, str]]) -> dict[tuple[int, int], dict[str, Any]]:
    """Every figure of every row; what was computed, by (cell, window)."""
    known: dict[tuple[int, int], dict[str, Any]] = {}
    for row in rows:
        cell, window = int(row["cell"]), int(row["window"])
        figures = known[cell, window] = recomputed(study.plan.config(cell, window))
        for name in set(row) & set(figures):
            value = figures[name]
            assert isinstance(value, str) or near(row[name], value), (name, cell, window, row[name], value)
    return known


def statistic(values: list[float], name: str, *, least: bool) -> float | None:
    if not values:
        return None
    levels = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
    if name == "worst":
        return min(values) if least else max(values)
    return again.quantile(values, levels[name])


def wilson(share: float, n: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def check_pairs(
    study: Study, known: dict[tuple[int, int], dict[str, Any]], pairs: list[dict[str, str]]
) -> None:
    """paired.csv: each strategy against the first on the same windows."""
    names = list(study.plan.points.axes[0].values)
    for pair in pairs:
        inside = study.plan.grid.of(study.plan.grid.horizons.index(int(pair["horizon"])))
        first = [known[0, w]["final_value"] for w in inside]
        other = [known[names.index(pair["strategy"]), w]["final_value"] for w in inside]
        both = list(zip(first, other, strict=True))
        same = [abs(b - a) <= 1e-6 * max(abs(a), abs(b)) for a, b in both]
        ratios = [0.0 if a <= 0.0 else b / a - 1.0 for (a, b), equal in zip(both, same) if a > 0.0 or equal]
        rates = [
            known[names.index(pair["strategy"]), w]["xirr"] - known[0, w]["xirr"]
            for w in inside
            if known[0, w]["xirr"] is not None and known[names.index(pair["strategy"]), w]["xirr"] is not None
        ]
        assert (int(pair["windows"]), int(pair["compared"])) == (len(inside), len(ratios))
        better = sum(b > a and not equal for (a, b), equal in zip(both, same))
        assert near(pair["better"], better / len(inside))
        assert near(pair["same"], sum(same) / len(inside))
        for name, share in (("low", 0.05), ("ratio", 0.5), ("high", 0.95)):
            assert near(pair[name], again.quantile(ratios, share) if ratios else None), name
        assert near(pair["mean"], math.fsum(ratios) / len(ratios) if ratios else None)
        assert near(pair["xirr_difference"], math.fsum(rates) / len(rates) if rates else None)


def drawn(raw: dict[str, Any], days: int) -> Config:
    return parse_config(as_yaml(on_the_sample(raw, dt.date(2006, 1, 1), days)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@examples(TABLES, phases=(Phase.explicit, Phase.generate))
@given(raw=st.lists(CONFIG, min_size=2, max_size=2), number=st.integers(0, 10**9))
def test_a_windows_study_of_any_two_plans(folder: Path, raw: list[dict[str, Any]], number: int) -> None:
    out = folder / f"windows-{number}"
    try:
        configs = [
            drawn(one, 4 * 365).model_copy(
                update={"name": f"p{n}", "currency": raw[0].get("currency", "JPY")}
            )
            for n, one in enumerate(raw)
        ]
        found = windows(configs, horizons=[*HORIZONS], every="year", source="sample", out=out)
    except (ConfigError, DataError) as error:
        event(f"refused: {str(error)[:60]}")
        return
    event("lived")
    place = next(out.iterdir())
    known = check_rows(found.study, table(place / "windows.csv"))
    check_pairs(found.study, known, table(place / "paired.csv"))


def test_a_windows_study_of_a_plan_that_runs_dry(tmp_path: Path) -> None:
    dry = parse_config(DRY)
    core = parse_config(DRY.replace("name: dry", "name: core").replace("0.1}", "0.0}"))
    found = windows([core, dry], horizons=[2, 4], every="year", source="sample", out=tmp_path)
    place = next(tmp_path.iterdir())
    known = check_rows(found.study, table(place / "windows.csv"))
    check_pairs(found.study, known, table(place / "paired.csv"))
    lasted = [figures["years_lasted"] for figures in known.values()]
    assert any(years is not None for years in lasted)
    for strategy, own in enumerate(found.summary.ran_out):
        for horizon, told in enumerate(own):
            inside = found.plan.grid.of(horizon)
            dry_ones = [y for w in inside if (y := known[strategy, w]["years_lasted"]) is not None]
            assert (told.count, told.simulations) == (len(dry_ones), len(inside))
            assert (told.low, told.high) == pytest.approx(
                wilson(len(dry_ones) / len(inside), told.independent)
            )
            if dry_ones:
                assert told.years == pytest.approx(again.quantile(dry_ones, 0.5))
                assert told.shortest == pytest.approx(min(dry_ones))


def test_the_summary_of_a_sweep_that_runs_dry(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(DRY, encoding="utf-8")
    (tmp_path / "sweep.yaml").write_text(
        "name: s\nbase: base.yaml\naxes: {strategy.allocation.satellite_weight: [0, 0.2],"
        " strategy.withdrawals.amount: [50_000, 200_000]}\nwindows: {every: year, horizons: [1, 4]}\n",
        encoding="utf-8",
    )
    found = sweep(tmp_path / "sweep.yaml", source="sample", out=tmp_path / "out")
    rows = found.study.table()
    shown = [
        {
            name: repr(column[n].item()) if column.dtype.kind == "f" else str(column[n])
            for name, column in rows.items()
        }
        for n in range(len(rows["cell"]))
    ]
    known = check_rows(found.study, [{k: "" if v == "nan" else v for k, v in row.items()} for row in shown])
    summary = table(tmp_path / "out" / "s" / "summary.csv")
    plan = found.plan
    for number, row in enumerate(summary):
        cell, horizon = divmod(number, len(plan.grid.horizons))
        inside = plan.grid.of(horizon)
        figures = [known[cell, w] for w in inside]
        assert int(row["windows"]) == len(inside)
        ends = [f["value_to_contributed"] for f in figures]
        assert near(row["below_principal"], sum(x < 1.0 - 1e-12 for x in ends) / len(ends))
        for column in row:
            measure, _, name = column.rpartition("_")
            if measure in figures[0] and name in ("p5", "p25", "median", "p75", "p95", "worst"):
                values = [f[measure] for f in figures if f[measure] is not None]
                least = measure not in ("volatility", "tax_paid")
                assert near(row[column], statistic(values, name, least=least)), (column, cell, horizon)


def test_the_figures_of_drawn_futures() -> None:
    """bootstrap.json from the futures' own outcomes, which tests of the ledger compare with the exact one."""
    found = bootstrap([parse_config(DRY)], source="sample", paths=150, years=6)
    told = found.plain()
    futures = {name: values.tolist() for name, values in found.outcomes.items()}
    for s, own in enumerate(told["strategies"]):
        ends = futures["value_to_contributed"][s]
        below = [1.0 - x for x in ends if x < 1.0 - 1e-12]
        share = len(below) / len(ends)
        assert near(own["below"], share)
        assert near(own["below_error"], math.sqrt(share * (1.0 - share) / len(ends)))
        assert near(own["expected"], math.fsum(below) / len(ends))
        assert near(own["shortfall"] or "", math.fsum(below) / len(below) if below else None)
        for level, value in own["final_value"].items():
            assert near(value, again.quantile(futures["final_value"][s], float(level) / 100.0))
        for name, value in own["median"].items():
            values = [x for x in futures[name][s] if math.isfinite(x)]
            assert own["known"][name] == len(values)
            assert near("" if value is None else value, again.quantile(values, 0.5) if values else None), name
        dry = [x for x in futures["years_lasted"][s] if math.isfinite(x)]
        assert own["ran_out"]["count"] == len(dry)
        assert (own["ran_out"]["low"], own["ran_out"]["high"]) == pytest.approx(wilson(len(dry) / 150, 150))
    assert any(own["ran_out"]["count"] for own in told["strategies"])
    for pair in told["paired"]:
        names = [found.strategies.index(pair[end]) for end in ("first", "second")]
        one, other = (futures[pair["metric"]][n] for n in names)
        gaps = [b - a for a, b in zip(one, other) if math.isfinite(a) and math.isfinite(b)]
        assert pair["known"] == len(gaps)
        assert near(pair["mean"], math.fsum(gaps) / len(gaps))
        assert near(pair["error"], again.deviation(gaps) / math.sqrt(len(gaps)))
        assert near(pair["share_second_better"], sum(gap > 0.0 for gap in gaps) / len(gaps))
        for name, level in (("low", 0.025), ("median", 0.5), ("high", 0.975)):
            assert near(pair[name], again.quantile(gaps, level)), name
