"""Studies of plans that run dry: every simulation counts, and how often, when and what was unpaid comes first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.config import Config, override, parse_config
from engine.errors import ConfigError
from engine.notebook import bootstrap, sweep, windows
from engine.report.bootstrap_page import bootstrap_page
from engine.report.compare_page import compare_page
from engine.report.page_locale import PageLocale
from engine.report.study_tables import survival_message
from engine.report.summary import compare_table, money_notes
from engine.report.survival import lasts_figure
from engine.report.sweep_charts import figure_at, sweep_charts
from engine.report.sweep_page import sweep_page
from engine.report.sweep_tables import ranking_table
from engine.report.windows_page import windows_page
from engine.result import Result
from engine.run import run
from engine.studies.compare import compare
from engine.studies.depletion import DRY_COLUMNS, RanOut, ran_out, survival, wilson
from tests.fake_studies import changed, fake_bootstrap, fake_sweep, fake_windows

PLAN = """
name: dry
period: {start: 2001-01-02, end: 2025-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0}
  contributions: {type: lump_sum, amount: 10_000_000}
  withdrawals: {type: fixed, amount: 120_000, every: monthly}
accounts: [plain]
"""
RICH = {"strategy__contributions__amount": 1_000_000_000}
ITEM = RanOut(13, 7, 2, 0.108, 0.918, 6.5, 4.6, 7_916_046.0, 5.0, 8.0, (1.0, 0.9, 6 / 13))


def plan(**changes: object) -> Config:
    return override(parse_config(PLAN), {key.replace("__", "."): value for key, value in changes.items()})


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine, 1998, table I.
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert [round(float(end), 4) for end in wilson(count / of, of)] == [low, high]


def test_how_often_when_and_what_was_unpaid() -> None:
    lasted = np.array([np.nan, 3.0, np.nan, 9.0, 5.0])
    found = ran_out(lasted, np.array([0.0, 30.0, 0.0, 10.0, 20.0]), 5)
    assert (found.count, found.share, found.years, found.shortest, found.unpaid) == (3, 0.6, 5.0, 3.0, 20.0)
    assert survival(lasted, np.array([0.0, 3.0, 4.0, 9.0, 30.0])).tolist() == [1.0, 0.8, 0.8, 0.4, 0.4]
    told = ran_out(lasted, np.zeros(5), 5, 9)
    assert told.survival == (1.0, 1.0, 1.0, 0.8, 0.8, 0.6, 0.6, 0.6, 0.6, 0.4)
    assert told.by_year.sum() == pytest.approx(told.share)
    assert (told.early, told.late) == pytest.approx((3.4, 8.2))
    never = ran_out(np.full(4, np.nan), np.zeros(4), 4)
    assert (never.count, never.low) == (0, 0.0)
    assert np.isnan(never.years)


def rate_of(result: Result) -> float:
    """The XIRR by halving an interval, from the transactions alone."""
    moves = result.transactions
    outside = np.isin(moves["kind"], ("deposit", "withdrawal"))
    years = (moves["date"][outside] - moves["date"][outside][0]).astype(int) / 365.0
    amount = moves["amount"][outside]
    end = float((result.dates[-1] - moves["date"][outside][0]).astype(int)) / 365.0
    low, high = -0.99, 1.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        worth = (amount * (1 + middle) ** -years).sum() - result.equity["value"][-1] * (1 + middle) ** -end
        low, high = (middle, high) if worth < 0 else (low, middle)
    return middle


def headline_of(page: str) -> str:
    """The first sentences of a page, as text."""
    found = re.search(r'<p class="headline">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]*>", "", found.group(1))


def written(folder: Path, varied: str) -> Path:
    """A sweep of the plan."""
    path = folder / "dry.yaml"
    base = "".join(f"  {line}\n" for line in PLAN.strip().splitlines())
    path.write_text(f"name: drysweep\nbase:\n{base}{varied}")
    return path


def test_every_window_counts_with_the_rate_of_its_own_flows(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "axes: {strategy.allocation.satellite_weight: [0, 0.3]}\nwindows: {every: year, horizons: [12]}\n",
    )
    found = sweep(path, source="sample", out=tmp_path)
    first, *_ = found.frame.to_dict("records")
    spans = [(f"{year}-01-01", f"{year + 11}-12-31") for year in range(2002, 2015)]
    lived = [run(plan(period__start=start, period__end=end), source="sample") for start, end in spans]
    rates = [rate_of(result) for result in lived]
    empty = [result.equity["value"][-1] <= 0.0 for result in lived]
    assert first["windows"] == len(lived) == 13
    assert first["xirr_median"] == pytest.approx(np.median(rates), abs=1e-9)
    assert first["xirr_worst"] == pytest.approx(min(rates), abs=1e-9)
    assert first["ran_out"] == pytest.approx(np.mean(empty))
    assert 0 < np.mean(empty) < 1
    rich = run(plan(period__start=spans[0][0], period__end=spans[0][1], **RICH), source="sample")
    asked = float(rich.metrics["withdrawn"])  # type: ignore[arg-type]
    assert asked == 143 * 120_000  # the first a month after the money arrived
    short = [asked - float(result.metrics["withdrawn"]) for result, dry in zip(lived, empty) if dry]  # type: ignore[arg-type]
    assert first["unpaid_median"] == pytest.approx(np.median(short))
    text = repr(found)
    assert text.index("The money ran out in") < text.index("2 settings")
    assert [column.id for column in ranking_table(found.result, PageLocale()).columns][2] == "ran_out"


def test_two_that_end_with_nothing_are_the_same(tmp_path: Path) -> None:
    mix = plan(name="mix", strategy__allocation__satellite_weight=0.3)
    found = windows([plan(), mix], horizons=[12], every="year", source="sample", out=tmp_path)
    (pair,) = found.result.pairs
    final = found.frame.pivot(index="window", columns="strategy", values="final_value")
    both = int(((final["dry"] <= 0) & (final["mix"] <= 0)).sum())
    assert both > 0
    assert pair.same == pytest.approx(both / pair.windows)
    assert pair.compared == pair.windows - int(((final["dry"] <= 0) & (final["mix"] > 0)).sum())
    assert np.isfinite([pair.ratio, pair.difference.mean]).all()
    item = found.result.summary.ran_out[0, 0]
    assert item.count == int((final["dry"] <= 0).sum())
    assert item.independent == 2
    text = repr(found)
    assert text.index("Money that ran out") < text.index("On the same windows")
    assert "Going by the 2 of these windows that do not overlap" in " ".join(text.split())
    assert found.result.manifest["ran_out"][0]["share"] == pytest.approx(item.share)


def test_a_bootstrap_says_first_how_often_the_money_ran_out() -> None:
    found = bootstrap(plan(), source="sample", paths=60, years=12)
    final = found.result.outcomes["final_value"][0]
    item = found.result.ran_out[0]
    assert item.count == int((final <= 0).sum()) > 0
    assert item.survival[-1] == pytest.approx(1.0 - item.share)
    assert (item.by_year >= 0).all()
    text = repr(found)
    assert text.index("the money runs out in") < text.index("Chance below")
    assert np.isfinite(found.result.outcomes["xirr"]).all()


def test_an_objective_that_windows_lack_is_refused(tmp_path: Path) -> None:
    fast = "\n".join(f"  {line}" for line in PLAN.strip().splitlines()).replace("120_000", "1_200_000")
    path = tmp_path / "fast.yaml"
    path.write_text(
        f"name: fast\nbase:\n{fast}\naxes: {{strategy.allocation.satellite_weight: [0, 0.3]}}\n"
        "windows: {every: year, horizons: [5]}\nobjective: volatility\n"
    )
    with pytest.raises(ConfigError, match=r"objective: volatility is missing in \d+ of \d+ windows, allowed"):
        sweep(path, source="sample", out=tmp_path)


def test_a_plan_without_withdrawals_has_no_column(tmp_path: Path) -> None:
    saver = plan(strategy__withdrawals=None)
    found = windows([saver], horizons=[5], every="year", source="sample", out=tmp_path)
    assert found.result.summary.ran_out.size == 0
    assert "ran out" not in repr(found)


def test_counts_stand_beside_figures_that_not_all_windows_have() -> None:
    result = fake_sweep()
    known = result.summary.known.copy()
    known[0] -= 5
    some = changed(result, summary={"known": known})
    place = result.ranking[0].place
    said = f"{int(known[0][place])} of {int(result.summary.windows[place])}"
    assert said in sweep_page(some)
    assert any(said in str(value.value) for value in ranking_table(some, PageLocale()).rows[0])
    lived = fake_windows()
    known = lived.summary.known.copy()
    known[0] -= 1
    assert "(251 of 252)" in windows_page(changed(lived, summary={"known": known}))


def dry(result: Any) -> Any:
    """A result in which money ran out everywhere alike."""
    summary = result.summary
    items = np.empty(summary.windows.shape, dtype=object)
    items[...] = ITEM
    figures = {name: np.full(items.shape, getattr(ITEM, field)) for name, field in DRY_COLUMNS.items()}
    return changed(result, summary={"ran_out": items, "columns": {**summary.columns, **figures}})


def survived(lasted: pd.Series, years: int) -> list[float]:
    """The share still with money after 0 to ``years`` years, counted one by one."""
    never = lasted.isna()
    ran = [sum(1 for each in lasted[~never] if each <= year) for year in range(years)]
    return [1.0 - count / len(lasted) for count in ran] + [never.mean()]


def test_the_survival_of_files_pages_and_sentences_is_that_of_the_rows(tmp_path: Path) -> None:
    """Counted again from the row of each window, for every horizon and plan; the last year is all that ran out."""
    half = plan(name="half", strategy__withdrawals__amount=60_000)
    found = windows([plan(), half], horizons=[8, 12], every="year", source="sample", out=tmp_path)
    (folder,) = tmp_path.iterdir()
    told, rows = pd.read_csv(folder / "survival.csv"), found.frame
    for (name, years), own in told.groupby(["strategy", "horizon"]):
        lasted = rows[(rows["strategy"] == name) & (rows["horizon"] == years)]["years_lasted"]
        assert own["with_money"].tolist() == pytest.approx(survived(lasted, years))
        assert own["ran_out_in_year"].sum() == pytest.approx(lasted.notna().mean())
    stated = json.loads((folder / "manifest.json").read_text())["ran_out"]
    dry = rows[(rows["strategy"] == "dry") & (rows["horizon"] == 12)]["years_lasted"]
    (item,) = (each for each in stated if each["strategy"] == "dry" and each["horizon"] == 12)
    assert item["survival"] == pytest.approx(survived(dry, 12))
    assert [item["early"], item["late"]] == pytest.approx(dry.dropna().quantile([0.1, 0.9]).tolist())
    shares = [f"{100 * survived(dry, 12)[year]:.1f}% after {year} years" for year in (4, 8, 12)]
    page = windows_page(found.result)
    said = re.sub(r"<[^>]*>", "", page)
    assert all(share in said for share in shares)
    assert "Still with money" not in headline_of(page)  # which is one sentence
    figures = {
        each.id: each
        for each in (lasts_figure(found.result.summary.ran_out[:, 1], ["a", "b"], PageLocale()),)
    }
    assert figures["lasts"].traces[0]["y"] == pytest.approx(survived(dry, 12))
    assert '"dry.1"' in page


def test_a_sweep_draws_how_long_the_money_lasts(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "axes: {strategy.withdrawals.amount: [60_000, 120_000]}\nwindows: {every: year, horizons: [8, 12]}\n",
    )
    found = sweep(path, source="sample", out=tmp_path)
    told, rows = pd.read_csv(tmp_path / "drysweep" / "survival.csv"), found.frames["windows"]
    charts = sweep_charts(found.result, PageLocale())
    for (amount, years), own in told.groupby(["amount", "horizon"]):
        lasted = rows[(rows["amount"] == amount) & (rows["horizon"] == years)]["years_lasted"]
        assert own["with_money"].tolist() == pytest.approx(survived(lasted, years))
        place = ([60_000.0, 120_000.0].index(amount), [8, 12].index(years))
        lasts, dry = (
            figure_at(found.result, charts, name, "xirr", place, PageLocale()) for name in ("lasts", "dry")
        )
        assert lasts.traces[-1]["y"][: years + 1] == pytest.approx(survived(lasted, years))
        assert np.nansum(dry.traces[0]["y"]) == pytest.approx(lasted.notna().mean())
    page = sweep_page(found.result)
    assert "windows of 12 years" in headline_of(page)
    assert "Still with money: setting with the fewest" in re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize(("lang", "said"), [("en", "he money r[au]ns? out in"), ("ja", "資金が尽き")])
def test_pages_begin_with_it(lang: str, said: str) -> None:
    pages = (
        windows_page(dry(fake_windows()), lang),
        sweep_page(dry(fake_sweep()), lang),
        bootstrap_page(replace(fake_bootstrap(), takes_out=True), lang),
    )
    for page in pages:
        assert re.search(said, headline_of(page))


def test_how_many_still_have_money_after_so_many_years() -> None:
    def item(lasted: list[float], years: int = 30) -> RanOut:
        return ran_out(np.array(lasted), np.zeros(len(lasted)), 1, years)

    told = survival_message([("", item([3.0, 12.0, 15.5, *[np.nan] * 7]))])
    assert str(told) == "Still with money: 90.0% after 10 years, 70.0% after 20 years, 70.0% after 30 years."
    both = survival_message([("a", item([3.0, *[np.nan] * 9], 3)), ("b", item([np.nan] * 10, 3))])
    assert str(both) == (
        "Still with money: a 100.0% after 1 year, 100.0% after 2 years, 90.0% after 3 years; b 100.0% after "
        "1 year, 100.0% after 2 years, 100.0% after 3 years."
    )
    assert survival_message([("", item([np.nan] * 7))]) is None
    many = survival_message([("", item([*np.arange(1.0, 12.0)], 12))])
    assert str(many).endswith("Where it ran out, that was after 2.0 to 10.0 years in eight of ten.")


def test_a_comparison_names_who_ran_out_first() -> None:
    period = {"period__start": "2006-01-04", "period__end": "2025-12-31"}
    found = compare(
        [plan(**period), plan(name="half", strategy__withdrawals__amount=60_000, **period)], source="sample"
    )
    table = compare_table(found.results)
    assert [column.id for column in table.columns[:3]] == ["name", "depleted_on", "unpaid"]
    assert "dry ran out of money on" in headline_of(compare_page(found.results))


def test_a_bootstrap_of_one_year_has_yearly_figures() -> None:
    found = bootstrap(plan(strategy__withdrawals=None), source="sample", paths=20, years=1)
    for name in ("xirr", "twr_cagr", "volatility", "sharpe"):
        assert np.isfinite(found.result.outcomes[name]).all(), name
    # A lump sum over one year by its name: its rate and its growth are the same year's.
    growth = found.result.outcomes["final_value"][0] / 10_000_000 - 1.0
    assert found.result.outcomes["twr_cagr"][0] == pytest.approx(growth, abs=1e-9)


def test_nobody_ended_highest_where_two_ended_alike() -> None:
    period = {"period__start": "2006-01-04", "period__end": "2025-12-31"}
    found = compare([plan(**period), plan(name="twin", **period)], source="sample")
    said = headline_of(compare_page(found.results))
    assert "ended highest" not in said
    assert "fell least" not in said


def test_amounts_that_read_alike_are_the_same_money() -> None:
    """Whole yen of a holding's units make a payment of 30,000,000 one of 30,000,001."""
    period = {"period__start": "2006-01-04", "period__end": "2025-12-31"}
    one = run(plan(**period), source="sample")
    other = replace(
        one, name="other", metrics={**one.metrics, "contributed": one.metrics["contributed"] + 1.0}
    )
    assert not money_notes([one, other])
    assert money_notes([one, replace(one, metrics={**one.metrics, "contributed": 10_000_002.0})])
