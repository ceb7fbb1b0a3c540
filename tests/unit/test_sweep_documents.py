"""Sweep files: what an axis may be, and one line for everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import load_model
from engine.errors import ConfigError
from engine.studies.grid.documents import Sweep, WindowsFile, text_of
from tests.study_helpers import CONFIGS, SMALL, planned, written


def test_a_range_holds_the_numbers_a_person_would_write(tmp_path: Path) -> None:
    text = SMALL.replace("[0, 0.1, 0.2]", "{from: 0, to: 0.30, step: 0.01}")
    values = load_model(Sweep, written(tmp_path, text)).axes["strategy.allocation.satellite_weight"]
    assert values == tuple(float(f"0.{i:02d}") for i in range(31))
    text = SMALL.replace("[0, 0.1, 0.2]", "{from: 1, to: 7, step: 2}")
    assert load_model(Sweep, written(tmp_path, text)).axes["strategy.allocation.satellite_weight"] == (
        1,
        3,
        5,
        7,
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (3.0, "3"),
        (True, "true"),
        (None, "none"),
        (["nisa", "taxable"], "nisa+taxable"),
        ({"type": "no_sell"}, "no_sell"),
        ({"type": "band", "width": 0.03}, "band(width=0.03)"),
        ({"spread_months": 12}, "(spread_months=12)"),
    ],
)
def test_values_as_people_read_them(value: object, text: str) -> None:
    assert text_of(value) == text


WEIGHT = "strategy.allocation.satellite_weight"
MANY = "[" + ",\n   ".join(str(number) for number in range(10_001)) + "]"
WRONG = [
    ("[0, 0.1, 0.2]", "[0, 1.5]", f"5: {WEIGHT}: came 1.5, allowed 0 to 1"),
    ("[0, 0.1, 0.2]", "[0, 0.1, 0.1]", f"5: axes.{WEIGHT}: came 0.1 twice, allowed each value once"),
    ("[0, 0.1, 0.2]", "0.1", f"5: axes.{WEIGHT}: came 0.1, allowed a list of values, or {{from: 0"),
    ("[0, 0.1, 0.2]", "{from: 0, to: 1, step: 0}", "step: came 0, allowed a number above 0"),
    ("[0, 0.1, 0.2]", "{from: 1, to: 0, step: 0.1}", "to: came 0, allowed 1 (from) or more"),
    ("[0, 0.1, 0.2]", "{from: 0, to: 1, step: 0.00001}", "came 100,001 values, allowed up to 10,000 values"),
    (WEIGHT, "strategy.allocation.satelite_weight", "did you mean satellite_weight?"),
    ("accounts:", "period.start:", "came period.start, allowed any key but name, description or period"),
    ("accounts: [[nisa, taxable], [taxable]]", "strategy.allocation: [{type: fixed_mix, weights: {VOO: 1}}]",
     "allowed axes apart from each other; strategy.allocation holds it"),
    ("[[nisa, taxable], [taxable]]", "[[nisa, taxable], [taxible]]", "6: accounts.0: came \"taxible\""),
    ("horizons: [2, 5]", "horizons: []", "at least one horizon, such as [10]"),
    ("horizons: [2, 5]", "horizons: [2, 2]", "each horizon once"),
    ("horizons: [2, 5]", "horizons: [2, 30]", "30 years fit nowhere into 2001-01-01 to 2025-12-31"),
    ("quarter", "quarterly", "did you mean quarter?"),
    ("objective: xirr", "objective: xir", "did you mean xirr?"),
    ("objective: xirr", "objective: {measure: xirr, horizon: 10}", "came 10, allowed 2, 5"),
    ("satellite10.yaml", "satellite10.yml", "no such file (did you mean"),
    ("windows:", "window:", "unknown key, allowed:"),
    ("[0, 0.1, 0.2]", MANY, "came 10,001 values, allowed up to 10,000"),
    ("[0, 0.1, 0.2]", "{from: 0, to: .inf, step: 0.1}", "to: came .inf, allowed a number"),
    ("{every: quarter, horizons: [2, 5]}", "{periods: [{start: 2005-01-01, end: 2001-01-01}]}",
     "end: came 2001-01-01, allowed a date after the start, 2005-01-01"),
    ("horizons: [2, 5]", "horizons: [2], periods: [{start: 2001-01-01, end: 2002-01-01}]",
     "allowed either periods, or every and horizons"),
    ("[0, 0.1, 0.2]", "{from: 0, to: 1, step: 0.0005}\n  strategy.allocation.core: {from: 1, to: 600, step: 1}",
     "came 2,401,200 settings, allowed up to 1,000,000 settings"),
    (f"base: {CONFIGS}/satellite10.yaml", "base: 5", "base: came 5, allowed a file's path, or keys"),
    ("axes:", "set: {name: other}\naxes:", "name: allowed any key but name and description"),
    ("axes:", "set: {strategy.contributions: {type: schedule, entries: [{date: 2001-02-01, amount: 5}]}}\naxes:",
     "strategy.contributions.entries: 2001-02-01 is not in the window 2001-04-01 to"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError) as told:
        planned(written(tmp_path, SMALL.replace(old, new)))
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_a_base_may_be_written_out_and_changed(tmp_path: Path) -> None:
    text = f"""
name: inline
base:
  name: x
  period: {{start: 2010-01-01, end: 2012-12-31}}
  strategy:
    allocation: {{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}}
    contributions: {{type: lump_sum, amount: 1_000_000}}
set: {{strategy.contributions.amount: 2_000_000}}
axes: {{{WEIGHT}: [0.2]}}
"""
    plan = planned(written(tmp_path, text))
    assert plan.base.strategy.contributions.amount == 2_000_000  # type: ignore[union-attr]
    assert [str(window.start) for window in plan.grid.windows] == ["2010-01-01"]
    with pytest.raises(ConfigError, match=r"small\.yaml:9: .*amount: came -1"):
        planned(written(tmp_path, text.replace("2_000_000", "-1")))


def test_strategies_of_a_windows_study_have_names_of_their_own(tmp_path: Path) -> None:
    text = (CONFIGS / "windows" / "windfall.yaml").read_text(encoding="utf-8")
    names = [
        item.english for item in load_model(WindowsFile, CONFIGS / "windows" / "windfall.yaml").strategies
    ]
    path = written(tmp_path, text.replace(f"en: {names[1]}", f"en: {names[0]}"))
    with pytest.raises(ConfigError, match=r"strategies: .*allowed a name of its own for each strategy"):
        load_model(WindowsFile, path)


def test_every_shipped_study_is_a_good_one() -> None:
    sweeps, windows = (
        sorted((CONFIGS / "sweeps").glob("*.yaml")),
        sorted((CONFIGS / "windows").glob("*.yaml")),
    )
    assert [path.stem for path in sweeps] == [load_model(Sweep, path).name for path in sweeps]
    assert [path.stem for path in windows] == [load_model(WindowsFile, path).name for path in windows]
    assert len(sweeps) >= 2
    assert len(windows) >= 9
    for path in (*sweeps, *windows):
        assert any("ぁ" <= char <= "鿿" for char in path.read_text(encoding="utf-8")), f"{path}: no Japanese"


def test_everything_is_about_600_000_simulations() -> None:
    plan = planned(CONFIGS / "sweeps" / "everything.yaml")
    assert plan.points.count * len(plan.grid.windows) == 599_168
    assert len(plan.workload.groups) == 32
    assert [plan.grid.independent(number) for number in range(4)] == [5, 2, 1, 1]
