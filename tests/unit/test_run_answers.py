"""The first words of a run and of a comparison: every figure again from the written files, by plain pandas."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t

from engine import store
from engine.config import load_config
from engine.locale import Locale
from engine.report.answer import Answer
from engine.report.compare_answer import compare_answer
from engine.report.compare_page import compare_columns, compare_page
from engine.report.page_locale import PageLocale
from engine.report.plan_words import cost_lines, plan_line
from engine.report.run_answer import run_answer
from engine.report.run_page import run_page
from engine.report.run_text import run_table
from engine.report.summary import metric_rows
from engine.result import Result
from engine.run import run
from engine.studies.differences import yearly_difference
from engine.studies.student import student
from tests.study_helpers import CONFIGS

PERIOD = ("period.start=2004-01-01", "period.end=2020-12-31")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])


@cache
def lived(name: str, *overrides: str, plan: str = "core100") -> Result:
    return run(load_config(CONFIGS / f"{plan}.yaml", (f"name={name}", *PERIOD, *overrides)), source="sample")


def core() -> Result:
    return lived("core")


def tilted() -> Result:
    return lived("tilted", "strategy.allocation.satellite_weight=0.3", plan="satellite10")


def ruined() -> Result:
    taken = "strategy.withdrawals={type: fixed, amount: 150_000, every: monthly}"
    return lived("ruined", taken)


def said(found: Answer, lang: str) -> tuple[str, str]:
    locale = PageLocale(lang, "JPY")
    first, second = (locale.sentences(map(locale.sentence, part)) for part in (found.answer, found.sureness))
    return first, second


def files(result: Result, folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """metrics.json and years.csv of a stored result."""
    place = store.save(result, folder)
    metrics = json.loads((place / "metrics.json").read_text("utf-8"))
    return metrics.get("metrics", metrics), pd.read_csv(place / "years.csv")


def interval(
    one: tuple[dict[str, Any], pd.DataFrame], other: tuple[dict[str, Any], pd.DataFrame], plans: int
) -> tuple[int, float, float, float]:
    """Years, and difference, low and high of the growth of one against the other, in points of the other's."""
    (metrics, years), (alone, alone_years) = one, other
    both = years[years.full == 1].merge(alone_years[alone_years.full == 1], on="year")
    logs = np.log1p(both.twr_x) - np.log1p(both.twr_y)
    half = math.exp(student_t.ppf(1 - 0.025 / plans, len(logs) - 1) * logs.sem())
    mine, base = 1 + metrics["twr_cagr"], 1 + alone["twr_cagr"]
    return len(logs), mine - base, mine / half - base, mine * half - base


def growth_texts(found: tuple[int, float, float, float], locale: Locale) -> list[str]:
    years, *rates = found
    return [*(locale.points(rate, 2) for rate in rates), str(years)]


@LANGUAGES
def test_a_comparison_says_what_its_files_say(tmp_path: Path, lang: str) -> None:
    half = lived("half", "strategy.allocation.satellite_weight=0.5", plan="satellite10")
    results, locale = [core(), tilted(), half], Locale(lang)
    answer, sureness = said(compare_answer(results), lang)
    written = [files(result, tmp_path) for result in results]
    (metrics, _), *others = written
    assert locale.money(metrics["liquidation_value"]) in answer
    for mine, own_years in others:
        gap = mine["liquidation_value"] - metrics["liquidation_value"]
        assert locale.money(abs(gap)) in answer
        assert locale.percent(abs(gap) / metrics["liquidation_value"]) in answer
        for text in growth_texts(interval((mine, own_years), written[0], 2), locale):
            assert text in sureness
    depths = {result.name: found["max_drawdown"] for result, (found, _) in zip(results, written)}
    calmest = max(depths, key=lambda name: depths[name])
    assert calmest in answer
    assert locale.percent(-depths[calmest]) in answer


@LANGUAGES
def test_a_run_says_what_its_files_say(tmp_path: Path, lang: str) -> None:
    result, locale = tilted(), Locale(lang)
    assert result.benchmark is not None
    answer, sureness = said(run_answer(result), lang)
    metrics, years = files(result, tmp_path)
    alone, alone_years = files(replace(result.benchmark, name="alone"), tmp_path)
    for name in ("contributed", "final_value", "liquidation_value"):
        assert locale.money(metrics[name]) in answer
    assert locale.percent(metrics["xirr"]) in answer
    assert locale.money(alone["final_value"]) in answer
    assert locale.money(abs(alone["final_value"] - metrics["final_value"])) in answer
    for text in growth_texts(interval((metrics, years), (alone, alone_years), 1), locale):
        assert text in sureness


@LANGUAGES
@pytest.mark.parametrize("change", ["accounts=[nisa]", "account_rules.overflow=skip"])
def test_money_that_found_no_room_is_said(lang: str, change: str) -> None:
    """¥400,000 a month: NISA alone is full, and no later order of all that waits fits into a year's room."""
    locale = Locale(lang)
    paid = "strategy.contributions={type: monthly, amount: 400_000}"
    there = lived("there", paid, "accounts=[nisa, taxable]")
    full = lived("full", paid, "accounts=[nisa, taxable]", change)
    cash, value = (float(full.equity[name][-1]) for name in ("cash", "value"))
    assert cash > 0.2 * value
    answer, _ = said(run_answer(full), lang)
    assert locale.money(cash) in answer
    assert locale.percent(cash / value) in answer
    waits = {"en": "waits as cash", "ja": "現金で残っています"}[lang]
    assert waits in answer
    assert waits not in said(run_answer(there), lang)[0]


@LANGUAGES
@pytest.mark.parametrize("start", ["2004-01-01", "2004-03-09"])
def test_the_difference_of_growth_is_that_of_the_table(lang: str, start: str) -> None:
    """The first sentences and the table say one number, in whole calendar years and in others."""
    result = lived(
        "apart", f"period.start={start}", "strategy.allocation.satellite_weight=0.3", plan="satellite10"
    )
    (row,) = metric_rows(result, ["twr_cagr"], PageLocale(lang, "JPY"))
    assert result.name + {"en": " ", "ja": "」は"}[lang] + row.cells[-1] in said(run_answer(result), lang)[1]


@LANGUAGES
def test_growth_of_other_days_is_compared_over_the_years_in_common(lang: str) -> None:
    """A plan whose money ran out has a growth of its own days, which the other's is not held against."""
    plan = ("strategy.contributions={type: lump_sum, amount: 20_000_000}",)
    dry = lived("dry", *plan, "strategy.withdrawals={type: fixed, amount: 160_000, every: monthly}")
    found = yearly_difference(dry, core())
    shared = dry.years["full"].astype(bool)
    mine, its = (np.log1p(run.years["twr"][shared]).mean() for run in (dry, core()))
    assert not found.is_whole
    assert found.gap == pytest.approx(math.exp(mine) - math.exp(its))
    text = said(compare_answer([core(), dry]), lang)[1]
    assert {"en": "over the years in common", "ja": "共通の暦年では"}[lang] in text


@LANGUAGES
def test_what_was_not_there_did_not_fall_least(lang: str) -> None:
    """A plan that begins after a crash is not called the calmest."""
    least = {"en": "fell least", "ja": "最も小さ"}[lang]
    late = lived("late", "strategy.contributions.from=2010-01-01")
    assert least in said(compare_answer([core(), tilted()]), lang)[0]
    assert least not in said(compare_answer([core(), late]), lang)[0]


@LANGUAGES
def test_where_nothing_fell_nothing_is_yet_to_recover(lang: str) -> None:
    dates = dict.fromkeys(("max_drawdown_peak", "max_drawdown_trough", "max_drawdown_recovery"))
    flat = replace(core(), metrics={**core().metrics, "max_drawdown": 0.0, **dates}, benchmark=None)
    locale = PageLocale(lang, "JPY")
    rows = metric_rows(flat, ["max_drawdown"], locale)
    assert [row.cells[0] for row in rows[1:]] == [locale.date(None)] * 3
    open_still = replace(flat, metrics={**core().metrics, "max_drawdown_recovery": None})
    assert metric_rows(open_still, ["max_drawdown"], locale)[-1].cells[0] == locale("dd_not_yet")


@LANGUAGES
def test_a_share_of_the_value_is_another_amount_in_the_core(lang: str) -> None:
    """What the core would have paid out is said; that later years count more does not explain the money then."""
    share = lived(
        "share", "strategy.withdrawals={type: percent, rate: 0.04, every: yearly}", plan="satellite10"
    )
    assert share.benchmark is not None
    taken = Locale(lang).money(float(share.benchmark.metrics["withdrawn"]))  # type: ignore[arg-type]
    answer, sureness = said(run_answer(share), lang)
    assert {"en": f"{taken} would have been taken out", "ja": f"取り崩しは合計{taken}"}[lang] in answer
    assert {"en": "opposite directions", "ja": "向きが逆"}[lang] not in sureness


@pytest.mark.parametrize("plans", [1, 2, 5])
@pytest.mark.parametrize("df", [7, 11, 24, 60])
def test_student_is_that_of_the_tables(df: int, plans: int) -> None:
    assert student(df, 1 - 0.05 / plans) == pytest.approx(student_t.ppf(1 - 0.025 / plans, df), rel=2e-4)


@pytest.mark.parametrize("level", [0.0, 0.02, 0.5, 0.95, 0.9999])
@pytest.mark.parametrize("df", [0.7, 1, 3.5, 300, 1e6])
def test_student_is_that_of_the_tables_at_every_level(df: float, level: float) -> None:
    assert student(df, level) == pytest.approx(student_t.ppf(0.5 + level / 2, df), rel=1e-6, abs=1e-9)


def made(name: str, rates: Sequence[float], first: int = 2001) -> Result:
    """A result with these returns in full calendar years."""
    years = {
        "year": np.arange(first, first + len(rates)),
        "twr": np.array(rates),
        "full": np.ones(len(rates)),
    }
    growth = float(np.exp(np.log1p(np.maximum(rates, -0.999)).mean()) - 1)
    return replace(core(), name=name, years=years, metrics={**core().metrics, "twr_cagr": growth})


def test_chance_is_told_from_a_steady_lead() -> None:
    rng = np.random.default_rng(7)
    base = rng.normal(0.07, 0.15, 25)
    steady = yearly_difference(made("a", (1 + base) * 1.002 - 1), made("b", base))
    assert steady.gap == pytest.approx(0.002 * np.exp(np.log1p(base).mean()))
    assert steady.is_beyond_chance
    luck = yearly_difference(made("a", base + rng.normal(0.002, 0.05, 25)), made("b", base))
    assert not luck.is_beyond_chance
    assert luck.low < 0.0 < luck.high
    wider = yearly_difference(made("a", base + 0.05), made("b", base), plans=10)
    assert wider.high - wider.low > 0.0
    few = yearly_difference(made("a", base[:7]), made("b", base[:7]))
    assert not few.is_judged
    assert few.years == 7
    lost = yearly_difference(made("a", [*base[:9], -1.0]), made("b", base[:10]))
    assert lost.years == 9  # a total loss has no logarithm


@LANGUAGES
def test_the_same_plan_twice(lang: str) -> None:
    answer, sureness = said(compare_answer([core(), replace(core(), name="again")]), lang)
    assert {"en": "again ended with exactly as much", "ja": "「again」は同額で"}[lang] in answer
    assert {"en": "the same in each of 17 full calendar years", "ja": "17暦年のどの年も同じ"}[
        lang
    ] in sureness
    assert "fell least" not in answer


@LANGUAGES
def test_one_plan_alone_is_compared_with_nothing(lang: str) -> None:
    answer, sureness = said(compare_answer([core()]), lang)
    assert Locale(lang).money(float(core().metrics["final_value"])) in answer  # type: ignore[arg-type]
    assert sureness == ""
    assert "<html" in compare_page([core()], lang)


@LANGUAGES
def test_other_years_and_other_amounts_are_not_ranked(lang: str) -> None:
    short = run(
        load_config(CONFIGS / "core100.yaml", ("name=short", PERIOD[0], "period.end=2012-12-28")),
        source="sample",
    )
    more = lived("more", "strategy.contributions.amount=200_000")
    locale = Locale(lang)
    for other, words in (
        (short, {"en": "figures of different years", "ja": "期間"}),
        (more, {"en": "different amounts", "ja": "入金"}),
    ):
        answer, _ = said(compare_answer([core(), other]), lang)
        assert words[lang] in answer
        assert {"en": "compared with it", "ja": "これと比べて"}[lang] not in answer
        for result in (core(), other):
            assert locale.money(float(result.metrics["final_value"])) in answer  # type: ignore[arg-type]


@LANGUAGES
def test_money_that_came_on_other_days_is_named(lang: str) -> None:
    late = lived("late", "strategy.contributions.day=20")
    _, sureness = said(compare_answer([core(), late]), lang)
    assert "backtest windows" in sureness
    assert "backtest windows" not in said(compare_answer([core(), tilted()]), lang)[1]


@LANGUAGES
@pytest.mark.parametrize(
    ("accounts", "english", "japanese"),
    [
        (
            "plain",
            ", in a plain account, in which no tax is counted.",
            "（税のない口座のため、税引前の金額です）。",
        ),
        ("nisa, taxable", "; selling it all would cost no tax.", "（すべて売却しても税金はかかりません）。"),
        ("taxable", "after tax.", "（売却・税引後は"),
    ],
)
def test_what_tax_would_take_is_said_where_there_is_any(
    lang: str, accounts: str, english: str, japanese: str
) -> None:
    few = "strategy.contributions={type: monthly, amount: 10_000}"
    text, _ = said(run_answer(lived("taxed", few, f"accounts=[{accounts}]")), lang)
    assert (english if lang == "en" else japanese) in text


def falling(name: str = "falling", **metrics: float) -> Result:
    return replace(core(), name=name, metrics={**core().metrics, **metrics})


@LANGUAGES
def test_a_loss_is_said_with_what_was_taken_out(lang: str) -> None:
    """¥10,000,000 paid in, 3 million left, 5 million taken out: no other sentence says what that comes to."""
    result = falling(
        contributed=1e7, final_value=3e6, liquidation_value=3e6, withdrawn=5e6, profit=-2e6, xirr=-0.04
    )
    loss = {
        "en": "¥2,000,000 was lost, 20.0% of the money paid in.",
        "ja": "差し引き200万円の損失です（入金額の20.0%）。",
    }[lang]
    text, _ = said(run_answer(result), lang)
    assert loss in text
    assert loss not in said(run_answer(core()), lang)[0]
    both, _ = said(compare_answer([core(), result]), lang)
    assert {
        "en": "Ended with a loss: falling ¥2,000,000 (20.0% of the money paid in).",
        "ja": "損失で終わったプラン：「falling」200万円（入金額の20.0%）。",
    }[lang] in both
    assert (
        "core"
        not in both.split({"en": "a loss", "ja": "損失"}[lang])[1].split({"en": ".", "ja": "。"}[lang])[0]
    )


@LANGUAGES
@pytest.mark.parametrize(
    ("after_tax", "english", "japanese"),
    [
        (766_692.0, "; selling it all would cost no tax.", "すべて売却しても税金はかかりません"),
        (766_700.0, "; selling it all would cost no tax.", "すべて売却しても税金はかかりません"),
        (780_000.0, "the loss brings tax on dividends back.", "配当の税が戻るため、売却・税引後は78万円"),
    ],
)
def test_a_yen_of_rounding_is_no_tax_and_a_refund_is_named(
    lang: str, after_tax: float, english: str, japanese: str
) -> None:
    result = falling(contributed=1e6, final_value=766_693.0, liquidation_value=after_tax, profit=-233_307.0)
    assert (english if lang == "en" else japanese) in said(run_answer(result), lang)[0]


def test_a_reason_is_given_once_for_all_figures_that_have_it() -> None:
    short = run(
        load_config(CONFIGS / "core100.yaml", ("period.start=2020-01-01", "period.end=2020-02-28")),
        source="sample",
    )
    told = run_table([short]).count("nothing is annualised")
    assert told == 1
    assert run_page(short).count("nothing is annualised") == 1


@LANGUAGES
def test_ruin_and_total_loss_come_first(lang: str) -> None:
    taking = lived("taking", "strategy.withdrawals={type: fixed, amount: 1_000, every: monthly}")
    day = Locale(lang).long_date(ruined().metrics["depleted_on"])
    for results in ([ruined(), taking], [taking, ruined()], [ruined(), replace(ruined(), name="twice")]):
        answer, _ = said(compare_answer(results), lang)
        assert day in answer[:60]
        assert "<html" in compare_page(results, lang)
    path = compare_columns([ruined(), replace(ruined(), name="twice")])["relative1"]
    dry = ruined().equity["value"] <= 0.0
    assert np.isnan(path[dry]).all()
    assert not path[~dry].any()


def test_the_relative_path_is_the_quotient_of_the_values(tmp_path: Path) -> None:
    results = [core(), tilted()]
    frames = [pd.read_parquet(store.save(result, tmp_path) / "equity.parquet") for result in results]
    expected = frames[1]["value"].to_numpy() / frames[0]["value"].to_numpy() - 1.0
    np.testing.assert_allclose(compare_columns(results)["relative1"], expected, rtol=1e-9)


def test_costs_that_differ_are_named() -> None:
    same = [str(line) for line in cost_lines([core(), replace(core(), name="again")])]
    assert len(same) == 1
    assert same[0].startswith("The costs are the same for all: broker's fees,")
    feed = lived("feed", "costs.broker=sbi", "accounts=[taxable]")
    differ = [str(line) for line in cost_lines([core(), feed])]
    assert differ[0] == "Not the same: broker's fees (core none; feed sbi)."
    assert differ[1] == "Not the same: accounts and their tax (core NISA, taxable; feed taxable)."
    assert differ[2].startswith("The same for all: rules of the accounts, fund fees")
    small = [str(line) for line in cost_lines([core(), tilted()])]
    assert "fund fees a year, inside the prices (core VOO 0.03%; tilted IJR 0.06%, VOO 0.03%)" in small[0]
    turned = replace(tilted(), name="turned", equity=dict([*tilted().equity.items()][::-1]))
    assert "fund fees" in str(cost_lines([tilted(), turned])[0])
    assert len(cost_lines([tilted(), turned])) == 1  # the order of weights is no difference in fees


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_line_says_what_a_plan_is(path: Path) -> None:
    config = load_config(path)
    result = replace(core(), config=config.resolved())
    line = str(plan_line(result))
    assert "accounts: " in line
    assert "type" not in line.split("; ")[0]
    assert config.strategy.allocation.type not in line


@LANGUAGES
def test_what_ran_dry_is_not_praised_nor_taxed(lang: str) -> None:
    """Of two plans with nothing left neither "fell least", and that selling nothing costs no tax is no news."""
    text, _ = said(
        compare_answer([ruined(), lived("twin", "strategy.withdrawals={type: fixed, amount: 180_000}")]), lang
    )
    assert {"en": "fell least", "ja": "下落が最も小さかった"}[lang] not in text
    assert {"en": "cost no tax", "ja": "税金はかかりません"}[lang] not in text


def test_a_rate_is_not_given_for_money_that_lasted_less_than_a_year() -> None:
    taken = "strategy.withdrawals={type: fixed, amount: 2_000_000}"
    once = lived("once", taken, "strategy.contributions={type: lump_sum, amount: 1_000_000}")
    assert isinstance(once.metrics["xirr"], float)
    assert "a year on the money" not in said(run_answer(once), "en")[0]
    monthly = lived("monthly", taken)  # goes on being paid in, and taken out
    assert "a year on the money" in said(run_answer(monthly), "en")[0]


@LANGUAGES
def test_a_line_says_whose_weights_they_are(lang: str) -> None:
    """Those of a table, of a function of the user's, of a signal."""
    table = {"type": "table", "entries": [{"weights": {"VOO": 1.0}}, {"weights": {"IWM": 0.5, "VOO": 0.5}}]}
    own = {"type": "python", "function": "trend:weights", "assets": ["VOO", "TLT"]}
    tilt = {"type": "tilt", "core": "VOO", "satellite": "IJR", "min_weight": 0.05, "max_weight": 0.2}
    said = {
        "en": (
            "VOO, IWM by a table of weights",
            "VOO, TLT as trend:weights decides",
            "VOO with IJR at 5% to 20%",
        ),
        "ja": ("VOO、IWM", "trend:weights", "5%～20%"),
    }
    for allocation, words in zip((table, own, tilt), said[lang]):
        config = {**core().config, "strategy": {**core().config["strategy"], "allocation": allocation}}
        line = plan_line(replace(core(), config=config)).translate(Locale(lang))
        assert words in line
        assert "type" not in line
