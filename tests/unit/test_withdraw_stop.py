"""The year a plan may stop: it fails as the plan with that age written in it, and more so a year earlier."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.config import Config, load_config, override, parse_config
from engine.errors import ConfigError
from engine.locale import Locale
from engine.report.withdraw_answer import withdraw_answer
from engine.report.withdraw_page import withdraw_page
from engine.studies.bootstrap.study import bootstrap
from engine.studies.grid.windows import windows
from engine.studies.withdraw.results import Payout
from engine.studies.withdraw.stopping import stop_of, stopping
from engine.studies.withdraw.study import withdraw

CONFIGS = Path(engine.__file__).parents[1] / "configs"
FUTURES = 60
SAVER = """
name: saver
person: {born: 1976-04-02}
period: {start: 2001-01-01, end: 2025-12-31}
strategy:
  allocation: {type: fixed_mix, weights: {VOO: 1.0}}
  contributions:
    - {type: lump_sum, name: savings, amount: 20_000_000}
    - {type: monthly, name: saving, amount: 100_000, until: STOP}
  incomes:
    - {name: salary, amount: 50_000, until: STOP}
    - {name: pension, amount: 120_000, from: age 65}
  withdrawals:
    - {type: inflation_linked, name: living, amount: 250_000, inflation: 0.01, from: STOP}
  rebalancing: none
accounts: [nisa, taxable]
"""


def saver(age: float = 55) -> Config:
    return parse_config(SAVER.replace("STOP", f"age {age:.0f}"))


@pytest.fixture(scope="module")
def found() -> Payout:
    return withdraw(saver(), source="sample", years=(15, 25), futures=FUTURES, shares=(0.1, 0.3), stop=True)


def failures(age: float, years: int) -> int:
    """Futures that run out within so many years, of the bootstrap of the plan with this age in it."""
    drawn = bootstrap([saver(age)], source="sample", paths=FUTURES, years=25, seed=1)
    dry = drawn.outcomes["years_lasted"][0]
    days = np.rint(dry[np.isfinite(dry)] * 365.25).astype(np.int64)
    return int((drawn.sessions[0] + days <= drawn.sessions[drawn.points[years]]).sum())


def test_the_age_and_the_year_before_fail_as_in_the_bootstrap(found: Payout) -> None:
    limits = [item for item in found.limits if item.world == "futures"]
    assert [(item.years, item.share) for item in limits] == [(15, 0.1), (15, 0.3), (25, 0.1), (25, 0.3)]
    assert found.sought == "age"
    assert found.amount == 250_000
    solved = 0
    for item in limits:
        assert item.value is not None
        assert failures(item.value, item.years) == item.failed <= item.share * FUTURES
        if item.beyond:
            solved += 1
            assert item.beyond == item.value - 1
            assert failures(item.beyond, item.years) == item.failed_beyond > item.share * FUTURES
    assert solved >= 2


def test_the_curve_is_of_ages_and_holds_the_limits(found: Payout) -> None:
    for years in (15, 25):
        own = {item.value: item.simulations - item.lasted for item in found.curve if item.years == years}
        limits = [item for item in found.limits if (item.world, item.years) == ("futures", years)]
        assert min(own) >= 50.0
        assert list(own.values()) == sorted(own.values(), reverse=True)
        assert [own[item.value] for item in limits if item.value in own] == [
            item.failed for item in limits if item.value in own
        ]
        assert any(item.value in own for item in limits)


def test_in_history_it_is_the_age_at_the_beginning_of_every_window(found: Payout, tmp_path: Path) -> None:
    (item,) = (each for each in found.limits if (each.world, each.years) == ("history", 15))
    assert item.value is not None
    assert item.beyond == item.value - 1
    for age, failed in ((item.value, 0), (item.beyond, item.failed_beyond)):
        study = windows([saver(age)], horizons=[15], source="sample", out=tmp_path / f"{age:.0f}")
        lasted = study.study.cubes(("years_lasted",))["years_lasted"][0]
        assert len(lasted) == item.simulations
        assert np.isfinite(lasted).sum() == failed
    assert item.failed_beyond > 0


def test_what_moves_with_the_day() -> None:
    config = override(load_config(CONFIGS / "retirement_bridge.yaml"), {})
    stop = stop_of(config)
    assert (stop.day, stop.value(0), stop.value(3)) == (dt.date(2010, 4, 2), 55.0, 58.0)
    later = stopping(config, stop, 3).strategy
    contributions: Any = later.contributions
    assert contributions[1].until == dt.date(2013, 4, 2)
    assert later.taken[0].first == dt.date(2013, 4, 2)
    assert later.incomes == config.strategy.incomes
    assert later.goals == config.strategy.goals
    assert stop.first(dt.date(2010, 4, 2)) == 0
    assert stop.first(dt.date(2010, 4, 3)) == 1
    assert stop.first(dt.date(2001, 1, 1)) == -9


def test_without_a_person_years_are_counted_and_history_is_left_out() -> None:
    text = SAVER.replace("STOP", "2031-04-02").replace("person: {born: 1976-04-02}\n", "")
    config = parse_config(text.replace("age 65", "2041-04-02"))
    payout = withdraw(config, source="sample", years=(25,), futures=FUTURES, shares=(0.3,), stop=True)
    (item,) = payout.limits
    (aged,) = (
        each
        for each in withdraw(
            saver(), source="sample", years=(25,), futures=FUTURES, shares=(0.3,), stop=True
        ).limits
        if each.world == "futures"
    )
    assert payout.sought == "year"
    assert item.value == (aged.value or 0) + 1976
    assert (item.failed, item.failed_beyond) == (aged.failed, aged.failed_beyond)
    assert "there are futures only, no history" in withdraw_page(payout)
    with pytest.raises(ConfigError, match=r"history knows no year to stop in.*person: \{born: 1985-04-15\}"):
        withdraw(config, source="sample", years=(5,), futures=0, stop=True)


def test_at_once_and_never() -> None:
    rich = override(saver(), {"strategy.contributions.0.amount": 900_000_000})
    payout = withdraw(rich, source="sample", years=(10,), futures=20, shares=(0.1,), stop=True)
    history, futures = payout.limits
    assert (history.value, history.beyond, history.failed_beyond) == (25.0, 0.0, 0)
    assert (futures.value, futures.beyond) == (50.0, 0.0)
    assert "which is at once" in withdraw_page(payout)
    assert "つまりすぐに" in withdraw_page(payout, "ja")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_it_is_said(found: Payout, lang: str) -> None:
    said = " ".join(text.translate(Locale(lang)) for text in withdraw_answer(found).answer)
    item = next(each for each in found.limits if (each.world, each.years, each.share) == ("futures", 25, 0.1))
    assert (f"from age {item.value:.0f} on" if lang == "en" else f"{item.value:.0f}歳から") in said
    assert ("A year earlier" if lang == "en" else "1年早い場合") in withdraw_page(found, lang)


@pytest.mark.parametrize(
    ("changes", "options", "what"),
    [
        ({"strategy.withdrawals": {"type": "fixed", "amount": 1000}}, {}, "no day from which"),
        (
            {"strategy.withdrawals": {"type": "percent", "rate": 0.04, "from": "2020-01-01"}},
            {},
            "no day from which",
        ),
        ({}, {"amount": 5.0}, "not with amount or rates"),
        ({}, {"rates": (0.04,)}, "not with amount or rates"),
    ],
)
def test_what_cannot_be_asked(changes: dict[str, Any], options: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        withdraw(override(saver(), changes), source="sample", futures=10, stop=True, **options)
