"""Plans side by side: on the days that all of them have, in one currency."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import store
from engine.config import Config, load_config
from engine.errors import ConfigError, DataError
from engine.market.exchanges import nyse_sessions
from engine.run import run
from engine.studies.compare import compare, config_of
from tests.study_helpers import CONFIGS

CORE = CONFIGS / "core100.yaml"
SHORT = ("period.start=2010-01-04", "period.end=2012-12-28")


def plan(name: str, *overrides: str) -> Config:
    return load_config(CORE, (f"name={name}", *overrides))


def test_the_common_period_is_the_latest_start_and_the_earliest_end() -> None:
    found = compare(
        [plan("early", "period.start=2009-06-01", "period.end=2011-06-30"), plan("late", *SHORT)],
        source="sample",
    )
    assert (str(found.start), str(found.end)) == ("2010-01-04", "2011-06-30")
    assert tuple(map(str, found.notes)) == (
        "The common period begins on 2010-01-04: late, its period begins then.",
        "The common period ends on 2011-06-30: early, its period ends then.",
    )
    one, other = found.results
    np.testing.assert_array_equal(one.equity["value"], other.equity["value"])
    alone = run(plan("alone", "period.start=2010-01-04", "period.end=2011-06-30"), source="sample")
    np.testing.assert_array_equal(one.equity["value"], alone.equity["value"])


def test_an_asset_that_is_younger_or_gone_shortens_the_period(tmp_path: Path) -> None:
    for symbol, first, last in (("AAA", "2023-01-01", "2024-12-31"), ("BBB", "2024-03-01", "2024-10-31")):
        days = nyse_sessions(np.datetime64(first), np.datetime64(last))
        rows = "".join(f"{day},{100 + number % 7},0\n" for number, day in enumerate(days))
        (tmp_path / f"{symbol}.csv").write_text("date,close,dividend\n" + rows)
    rates = np.arange(np.datetime64("2023-01-01"), np.datetime64("2025-01-01"))
    (tmp_path / "USDJPY.csv").write_text("date,close\n" + "".join(f"{day},150\n" for day in rates))
    own = ("period={}", "data.splice=none")
    old, young = (
        plan(name, f"strategy.allocation.weights={{{symbol}: 1}}", *own)
        for name, symbol in (("old", "AAA"), ("young", "BBB"))
    )
    found = compare([old, young], source=f"csv:{tmp_path}")
    assert tuple(map(str, found.notes)) == (
        "The common period begins on 2024-03-01: young, BBB has no earlier prices.",
        "The common period ends on 2024-10-31: young, BBB has no later prices.",
    )


def test_the_same_period_needs_no_note() -> None:
    assert compare([plan("one", *SHORT), plan("two", *SHORT)], source="sample").notes == ()


def test_two_currencies_cannot_be_compared() -> None:
    dollars = plan("dollars", "currency=USD", "accounts=[plain]")
    with pytest.raises(
        ConfigError, match=r"compare: currency differs \(yen JPY, dollars USD\).*--set currency="
    ) as told:
        compare([plan("yen"), dollars], source="sample")
    assert told.value.exit_code == 2


def test_periods_apart_have_nothing_in_common() -> None:
    before = plan("before", "period.start=2003-01-06", "period.end=2004-12-30")
    with pytest.raises(DataError, match=r"no common period: 2010-01-04 is not before 2004-12-30"):
        compare([before, plan("after", *SHORT)], source="sample")


def test_a_result_is_its_configuration(tmp_path: Path) -> None:
    result = run(plan("stored", *SHORT), source="sample")
    folder = store.save(result, tmp_path)
    assert config_of(folder).resolved() == dict(result.config)
    changed = config_of(folder, ("strategy.contributions.amount=5",))
    assert changed.strategy.contributions.amount == 5  # type: ignore[union-attr]
    assert config_of(CORE) == load_config(CORE)
    with pytest.raises(ConfigError, match=r"^--set accounts: accounts.0: came \"taxible\""):
        config_of(folder, ("accounts=[taxible]",))


def test_two_plans_with_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two configurations are named 'core100'"):
        compare(
            [plan("core100", *SHORT), plan("core100", "strategy.contributions.amount=1")], source="sample"
        )


def test_nothing_is_best_where_the_money_differs() -> None:
    from engine.report.compare_page import compare_page
    from engine.report.summary import compare_table

    less = plan("less", *SHORT)
    found = compare([less, plan("more", *SHORT, "strategy.contributions.amount=200_000")], source="sample")
    assert not any(cell.best for row in compare_table(found.results).rows for cell in row)
    page = compare_page(found.results)
    assert "They pay in different amounts" in page
    assert "ended highest" not in page
    other = plan("other", *SHORT, "strategy.allocation={type: fixed_mix, weights: {IJR: 1}}")
    same = compare([less, other], source="sample")
    assert any(cell.best for row in compare_table(same.results).rows for cell in row)
    assert "They pay in different amounts" not in compare_page(same.results)


def test_runs_of_other_years_say_so() -> None:
    from engine.report.run_text import run_table

    one = run(plan("one", *SHORT), source="sample")
    other = run(plan("other", "period.start=2010-01-04", "period.end=2011-12-30"), source="sample")
    text = run_table([one, other])
    assert "figures of different years cannot be compared" in text
    assert "2012-12-28" in text
    assert "2011-12-30" in text
    assert "figures of different years" not in run_table([one, one])
