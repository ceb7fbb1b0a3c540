"""What a sweep and a bootstrap say first: every figure again from the files that they write, in both languages."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import t as student

from engine.config import load_config
from engine.locale import Locale
from engine.report.answer import Answer
from engine.report.bootstrap_answer import bootstrap_answer
from engine.report.bootstrap_page import bootstrap_page
from engine.report.page_locale import PageLocale
from engine.report.sweep_answer import is_ordered, said_settings, sweep_answer
from engine.report.sweep_charts import shades
from engine.report.sweep_page import sweep_page
from engine.report.sweep_tables import first_place, ranking_table, sweep_text
from engine.report.terminal import Screen
from engine.studies.bootstrap.study import bootstrap
from engine.studies.grid.axes import Axis
from engine.studies.grid.results import SweepResult
from engine.studies.grid.statistics import MEASURES, STATISTICS
from engine.studies.grid.sweep import sweep
from engine.studies.grid.window_grid import stride_of
from tests.fake_studies import changed, fake_bootstrap, fake_sweep
from tests.study_helpers import CONFIGS, written

BASE = f"name: small\nbase: {CONFIGS}/satellite10.yaml\n"
WEIGHTS = """axes:
  strategy.allocation.satellite_weight: [0, 0.1, 0.2, 0.3]
  strategy.allocation.satellite: [IWM, IJR]
"""
SHIPPED = """axes:
  strategy.allocation.satellite_weight: {from: 0, to: 0.30, step: 0.05}
  strategy.allocation.satellite: [IWM, IJR]
windows: {every: month, horizons: [5, 10]}
objective: {measure: xirr, statistic: median, horizon: 10}
"""
MANY = """axes:
  strategy.allocation.satellite_weight: [0, 0.1]
  strategy.rebalancing: [{type: none}, {type: calendar, every: yearly}]
  accounts: [[nisa, taxable], [taxable]]
windows: {every: quarter, horizons: [5, 10]}
objective: {measure: xirr, statistic: median, horizon: 10}
"""
RETIRED = f"""name: small
base: {CONFIGS}/retirement_withdrawals.yaml
axes: {{strategy.allocation.satellite_weight: [0, 0.2]}}
windows: {{every: quarter, horizons: [10]}}
objective: value_to_contributed
"""
NUMBER = r"\d[\d,]*\.?\d*"


def swept(tmp_path: Path, text: str, source: str = "sample") -> SweepResult:
    return sweep(written(tmp_path, text), source=source, out=tmp_path)


def told(found: Answer, lang: str = "en") -> str:
    locale = Locale(lang)
    return " ".join(item.translate(locale) for item in (*found.answer, *found.sureness))


def numbers(text: str) -> list[float]:
    return [float(item.replace(",", "")) for item in re.findall(NUMBER, text)]


def holds(text: str, value: float, digits: int = 2) -> None:
    """Whether a figure stands in a text as it is rounded."""
    shown = f"{abs(value):,.{digits}f}"
    assert shown in text, (shown, text)


def matrix(result: SweepResult, tmp_path: Path) -> tuple[np.ndarray, list[str], list[int]]:
    """(C, n) of the objective by the rows of every simulation, its points, and how windows lie on each other."""
    assert result.tuning is not None
    assert result.objective is not None
    rows = pd.concat(map(pd.read_parquet, sorted((tmp_path / "small" / "parts").rglob("*.parquet"))))
    grid = result.plan.grid
    wanted = [n for n in range(len(grid.windows)) if not grid.horizons or n in grid.of(result.tuning.horizon)]
    wide = rows.pivot(index="cell", columns="window", values=result.objective.measure)[wanted]
    return wide.to_numpy(), list(wide.index), wanted


def interval(one: np.ndarray, other: np.ndarray, stride: int, others: int) -> tuple[float, float]:
    """Mean and half width, for all ``others`` together, by plain loops over windows that share no day."""
    d = one - other
    k = math.ceil(len(d) / stride)
    errors = [
        np.var(d[w::stride], ddof=1) / len(d[w::stride]) for w in range(stride) if len(d[w::stride]) > 1
    ]
    return float(d.mean()), float(student.ppf(1.0 - 0.025 / others, k - 1) * np.sqrt(np.mean(errors)))


def check(result: SweepResult, tmp_path: Path) -> None:
    """Every figure of the answer, from the files."""
    x, _, windows = matrix(result, tmp_path)
    assert result.objective is not None
    ranking = pd.read_csv(tmp_path / "small" / "ranking.csv")
    column = f"{result.objective.measure}_median"
    medians = np.median(x, axis=1)
    smaller = result.objective.sign < 0
    best, worst = (medians.argmin(), medians.argmax()) if smaller else (medians.argmax(), medians.argmin())
    assert ranking[column].iloc[[0, -1]].tolist() == pytest.approx([medians[best], medians[worst]])
    stride = stride_of([result.plan.grid.windows[n] for n in windows])
    mean, half = interval(x[best], x[worst], stride, len(x) - 1)
    told_apart = half <= np.abs(x[best] - x[worst]).max()
    scale = 100.0 if result.objective.measure in ("xirr", "max_drawdown", "volatility") else 1.0
    for lang in ("en", "ja"):
        text = told(sweep_answer(result), lang)
        named = (
            medians if len(x) <= 6 and len(result.plan.points.axes) == 1 else (medians[best], medians[worst])
        )
        for value in (*named, mean, *([half] if told_apart else [])):
            holds(text, value * scale)
        assert ("±" in text) == told_apart
        assert {float(len(windows)), float(ranking["independent"].iloc[0])} <= set(numbers(text))


@pytest.mark.parametrize("text", [SHIPPED, MANY], ids=["allocation", "everything"])
def test_every_figure_is_that_of_the_files(tmp_path: Path, text: str) -> None:
    check(swept(tmp_path, BASE + text), tmp_path)


@pytest.mark.parametrize("name", ["q1_risk", "q9_share"])
def test_every_figure_of_a_questions_answer(tmp_path: Path, name: str) -> None:
    """The files that ask how risky small caps are, and which share of them is the best."""
    made = yaml.safe_load((CONFIGS / "questions" / f"{name}.yaml").read_text("utf-8")) | {"name": "small"}
    if isinstance(made["base"], str):
        made["base"] = str(CONFIGS / "questions" / made["base"])
    check(swept(tmp_path, yaml.safe_dump(made)), tmp_path)


@pytest.mark.skipif("BACKTEST_MARKET_DATA" not in os.environ, reason="needs BACKTEST_MARKET_DATA")
def test_every_figure_on_real_prices(tmp_path: Path) -> None:
    check(swept(tmp_path, BASE + SHIPPED, f"csv:{os.environ['BACKTEST_MARKET_DATA']}"), tmp_path)


def test_a_fall_is_a_loss_and_less_of_it_is_better(tmp_path: Path) -> None:
    result = swept(
        tmp_path, BASE + WEIGHTS + "windows: {every: quarter, horizons: [5]}\nobjective: max_drawdown\n"
    )
    check(result, tmp_path)
    assert re.search(
        r"is -\d+\.\d+% at the best setting and -\d+\.\d+% at the worst", told(sweep_answer(result))
    )


def test_where_nothing_is_apart_nothing_is_first(tmp_path: Path) -> None:
    result = swept(tmp_path, BASE + SHIPPED)
    assert not is_ordered(result)
    said = told(sweep_answer(result))
    assert said.startswith("Satellite weight 0% to 30%, Satellite IWM or IJR: none can be told from another.")
    table = ranking_table(result, PageLocale())
    assert [column.id for column in table.columns][:1] == ["strategy.allocation.satellite_weight"]
    assert [row[0].value for row in table.rows][::2] == [f"{n}%" for n in range(0, 31, 5)]
    assert first_place(result) == (3, 0, 1)
    page, text = sweep_page(result), sweep_text(result, "en", Screen())
    assert "none can be told from another" in page[: page.index("<section")]
    assert text.index("none can be told") < text.index("Max drawdown")
    assert 'id="ranking"' not in page


def test_what_can_be_told_apart_is_named(tmp_path: Path) -> None:
    text = (
        "axes: {costs.commission_rate: [0, 0.02, 0.04]}\nset: {accounts: [taxable]}\n"
        "windows: {every: year, horizons: [2]}\nobjective: value_to_contributed\n"
    )
    result = swept(tmp_path, BASE + text)
    check(result, tmp_path)
    assert "is better than each of the other 2 settings by more than noise" in told(sweep_answer(result))
    assert is_ordered(result)
    assert first_place(result) == result.ranking[0].place


def test_two_settings_one_window_and_the_same(tmp_path: Path) -> None:
    two = "axes: {strategy.allocation.satellite_weight: [0, 0.1]}\n"
    one = swept(
        tmp_path, BASE + two + "windows: {periods: [{start: 2003-01-01, end: 2005-12-31}]}\nobjective: xirr\n"
    )
    said = told(sweep_answer(one))
    assert "Satellite weight 0% or 10%: one window cannot tell them apart." in said
    assert "±" not in said
    assert "nothing here can be told from chance" in said
    same = "axes: {strategy.rebalancing: [none, {type: calendar, every: yearly}]}\n"
    same += "set: {strategy.allocation.satellite_weight: 0}\n"
    same += "windows: {every: year, horizons: [3]}\nobjective: xirr\n"
    (tmp_path / "same").mkdir()
    said = told(sweep_answer(swept(tmp_path / "same", BASE + same)))
    assert "all came to the same in every window" in said
    assert "best" not in said


def test_one_setting_is_called_one(tmp_path: Path) -> None:
    one = "axes: {strategy.allocation.satellite_weight: [0.1]}\nwindows: {every: year, horizons: [5]}\n"
    result = swept(tmp_path, BASE + one)
    median = pd.read_csv(tmp_path / "small" / "summary.csv")["xirr_median"].iloc[0]
    said = told(sweep_answer(result))
    assert f"There is one setting: median of XIRR over 5 years {100 * median:.2f}%." in said
    (tmp_path / "aimed").mkdir()
    aimed = told(sweep_answer(swept(tmp_path / "aimed", BASE + one + "objective: xirr\n")))
    assert f"There is one setting: median of XIRR over 5 years {100 * median:.2f}%." in aimed
    assert "best" not in aimed


def test_settings_that_may_be_best_are_named_where_few_words_do() -> None:
    """Weights 0 % to 30 % of two satellites: first those that may be, then all others, both, or neither."""
    few, half = np.zeros((2, 31, 2), np.bool_)
    few[[1, 9, 17, 25], 1] = True
    half[::2, 1] = True
    row = np.zeros((31, 2), np.bool_)
    row[10:15, 1] = True
    named = "Satellite weight 1%, 9%, 17% or 25%, Satellite IJR."
    for said, inside in {
        f"4 of 62 settings may be the best: {named} The other 58 are worse by more than noise.": few,
        f"58 of 62 settings may be the best. Worse by more than noise: {named}": ~few,
        "16 of 62 settings may be the best; the other 46 are worse by more than noise.": half,
        "5 of 62 settings may be the best: Satellite weight 10% to 14%, Satellite IJR. Worse by more than noise: "
        "Satellite weight 0% to 30%, Satellite IWM; Satellite weight 0% to 9% or 15% to 30%, Satellite IJR.": row,
    }.items():
        result = fake_sweep(2)
        assert result.tuning is not None
        tuning = replace(result.tuning, confidence_set=inside.ravel())
        first, *_ = sweep_answer(changed(result, tuning=tuning)).answer
        assert first.translate(Locale()) == said


def test_without_an_objective_the_grid_speaks(tmp_path: Path) -> None:
    result = swept(tmp_path, BASE + WEIGHTS + "windows: {every: quarter, horizons: [5]}\n")
    frame = pd.read_csv(tmp_path / "small" / "summary.csv")
    for lang in ("en", "ja"):
        text = told(sweep_answer(result), lang)
        for value in (frame["xirr_median"].min(), frame["xirr_median"].max()):
            holds(text, 100 * value)
        assert str(frame["windows"].iloc[0]) in text
    assert "one history" in told(sweep_answer(result))
    assert 'id="ranking"' not in sweep_page(result)


def test_money_that_ran_out_comes_first(tmp_path: Path) -> None:
    gone = "set: {strategy.withdrawals.amount: 2_000_000}\n"
    result = swept(tmp_path, RETIRED + gone)
    frame = pd.read_csv(tmp_path / "small" / "summary.csv")
    assert (frame["ran_out"] == 1.0).all()
    for lang, begin in (("en", "The money ran out"), ("ja", "")):
        first = sweep_answer(result).answer[0].translate(Locale(lang))
        assert first.startswith(begin)
        for name in ("ran_out", "ran_out_low", "ran_out_high"):
            holds(first, 100 * frame[name].iloc[0], 1)
        holds(first, frame["years_lasted_median"].iloc[0], 1)


def test_settings_are_said_exactly() -> None:
    axes = (Axis("a.satellite_weight", tuple(n / 100 for n in range(6))), Axis("a.satellite", ("IWM", "IJR")))
    held = np.zeros((6, 2), np.bool_)
    held[1:5, 1] = True
    said = said_settings(axes, held)
    assert said is not None
    assert said.translate(Locale()) == "Satellite weight 1% to 4%, Satellite IJR"
    held[3, 0] = True
    said = said_settings(axes, held)
    assert said is not None
    assert said.translate(Locale()) == (
        "Satellite weight 3%, Satellite IWM; Satellite weight 1% to 4%, Satellite IJR"
    )
    assert said_settings((Axis("a.satellite_weight", tuple(range(11))),), np.arange(11) % 2 == 0) is None


def test_a_colour_tells_no_more_than_the_interval(tmp_path: Path) -> None:
    result = swept(
        tmp_path, BASE + WEIGHTS + "windows: {every: quarter, horizons: [2, 5]}\nobjective: xirr\n"
    )
    summary = result.summary
    for m, name in enumerate(MEASURES):
        median = summary.values[m, STATISTICS.index("median")]
        shade = shades(summary, m)
        for h in range(2):
            own = median[..., h] if name not in ("volatility", "tax_paid") else -median[..., h]
            unsaid = np.isnan(summary.noise[m, h])
            near = unsaid | (own >= own.max() - summary.noise[m, h])
            assert (shade[..., h][near] == 1.0).all()
            assert ((shade[..., h] >= 0.0) & (shade[..., h] <= 1.0)).all()
            assert (shade[..., h][~near] < 1.0).all()


@pytest.mark.parametrize("name", ["satellite10", "core100", "retirement_withdrawals"])
def test_chances_are_those_of_the_files(tmp_path: Path, name: str) -> None:
    found = bootstrap([load_config(CONFIGS / f"{name}.yaml")], source="sample", paths=150, years=25, block=60)
    for file, content in found.files().items():
        (tmp_path / file).write_bytes(content)
    frame = pd.read_parquet(tmp_path / "futures.parquet")
    fan = pd.read_parquet(tmp_path / "fan.parquet")
    own = {key: group.set_index("future") for key, group in frame.groupby("strategy")}
    first, *rest = found.strategies
    below = (own[first]["value_to_contributed"] < 1 - 1e-9).mean()
    ends = [np.percentile(own[first]["final_value"], q) for q in (5, 50, 95)]
    sessions = len(found.sessions) / (12 * 25)
    share = own[first]["years_lasted"].notna().mean() if found.ran_out else below
    z = 1.959963984540054
    middle, width = (
        (share + z * z / 300) / (1 + z * z / 150),
        z / (1 + z * z / 150) * math.sqrt(share * (1 - share) / 150 + z * z / 90000),
    )
    for lang in ("en", "ja"):
        text = told(bootstrap_answer(found), lang)
        for value in (100 * below, 100 * max(0.0, middle - width), 100 * (middle + width), 60 / sessions):
            holds(text, value, 1)
        assert "300" in text  # months of the sample
        money = Locale(lang)
        for value in (*ends, fan[fan["strategy"] == first]["contributed"].iloc[-1]):
            assert money.money(float(value), "JPY") in text
        for other in rest:
            better = (own[first]["final_value"] > own[other]["final_value"]).mean()
            holds(text, 100 * better, 1)
            holds(text, 100 * (own[other]["value_to_contributed"] < 1 - 1e-9).mean(), 1)
        if found.ran_out:
            said = bootstrap_answer(found).answer[0].translate(money)
            holds(said, 100 * share, 1)
            dry = own[first]["years_lasted"].dropna()
            if len(dry):
                holds(said, dry.median(), 1)
    page = bootstrap_page(found)
    assert page.index('class="sureness"') < page.index("<section")


def test_futures_that_all_end_with_nothing_have_no_spread() -> None:
    found = fake_bootstrap()
    nothing = replace(
        found,
        values=np.zeros_like(found.values),
        outcomes={**found.outcomes, "final_value": np.zeros_like(found.outcomes["final_value"])},
    )
    text = " ".join(str(part) for part in bootstrap_answer(nothing).answer)
    assert "Nothing is left in any of them." in text
    assert "twentieth" not in text
    assert "ends with more" not in text
    assert "twentieth" in " ".join(str(part) for part in bootstrap_answer(found).answer)


def test_few_windows_are_told_in_whole_sentences(tmp_path: Path) -> None:
    """One later window, one best value in every resample, and two settings that never differed."""
    (tmp_path / "few.yaml").write_text(
        f"""
name: few
base: {CONFIGS / "satellite10.yaml"}
axes:
  strategy.allocation.satellite_weight: [0, 0.1, 0.2, 0.5, 1.0]
  strategy.rebalancing: [none, {{type: band, width: 0.99}}]
windows: {{periods: [{{start: 2001-01-01, end: 2010-12-31}}, {{start: 2011-01-01, end: 2020-12-31}}]}}
objective: {{measure: max_drawdown, statistic: worst}}
"""
    )
    found = sweep(tmp_path / "few.yaml", source="sample", out=None)
    said = [item.translate(Locale("en")) for item in found.findings]
    assert found.tuning is not None
    (fold,) = found.tuning.folds
    assert len(fold.out_of_sample) == 1
    (forward,) = [text for text in said if text.startswith("Walk-forward")]
    assert forward.startswith("Walk-forward, 1 choice judged on later windows (1): the choice ")
    assert "Satellite weight of the best there: 0% in nine of ten." in said
    one = [text for text in said if text.startswith("Rebalancing none and")]
    assert one
    assert one[0].endswith("came to the same in every window.")
