"""What a plan may pay out: limits against every simulation made by the other studies, one by one."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import engine
from engine.config import Config, load_config, override
from engine.context import load_panel
from engine.errors import ConfigError
from engine.ledger.inputs import make_inputs, make_market_data, slice_market
from engine.ledger.layout import STAT, STATS
from engine.ledger.simulation import run_kernel
from engine.market.panel_builder import life_range
from engine.market.series import Ints, Mask
from engine.studies.bootstrap.futures import draw
from engine.studies.bootstrap.study import bootstrap
from engine.studies.bootstrap.workload import decide, make_workload
from engine.studies.executor import Executor
from engine.studies.grid.windows import windows
from engine.studies.withdraw.cases import depleted
from engine.studies.withdraw.results import Payout
from engine.studies.withdraw.search import Bounds, edge
from engine.studies.withdraw.study import withdraw
from tests import lives
from tests.variations import examples

CONFIGS = Path(engine.__file__).parents[1] / "configs"
FEW = 40


def plan(**changes: Any) -> Config:
    return override(load_config(CONFIGS / "retirement_withdrawals.yaml"), changes)


@pytest.mark.parametrize("rising", [True, False])
def test_the_edge_is_found_from_any_guess(rising: bool) -> None:
    rng = random.Random(7)
    for _ in range(2000):
        most = rng.randint(1, 300)
        at, asked = rng.randint(0, most + 1), []

        def ok(n: int, at: int = at, most: int = most, asked: list[int] = asked) -> bool:
            assert 1 <= n <= most
            asked.append(n)
            return n <= at if rising else n >= at

        found = edge(ok, rng.randint(-3, most + 5), most, rising=rising)
        expected = min(at, most) if rising else None if at > most else max(at, 1)
        assert found == expected
        assert len(asked) < 40


class Known:
    """Cases whose limits are known, with a hair of noise; counts how often each is simulated."""

    horizons = 1

    def __init__(self, limits: Any, noise: float = 0.0) -> None:
        self.limits, self.noise, self.asked = np.asarray(limits), noise, 0

    @property
    def count(self) -> int:
        return len(self.limits)

    def failing(self, numbers: Ints, value: float) -> Mask:
        self.asked += len(numbers)
        wobble = self.noise * np.sin(value + numbers)
        failing: Mask = (self.limits[numbers] * (1.0 + wobble) < value)[:, None]
        return failing


def test_counts_are_exact_though_failures_are_not_quite_in_order() -> None:
    cases = Known(np.random.default_rng(1).lognormal(11, 0.4, 3000), noise=0.005)
    bounds = Bounds(cases)
    for value in (90_000.0, 60_000.0, 40_000.0, 61_000.0, 59_000.0, 60_000.0):
        everyone = cases.limits * (1.0 + cases.noise * np.sin(value + np.arange(3000))) < value
        assert bounds.count(value, 0) == everyone.sum()
    assert cases.asked < 4.5 * 3000


@pytest.fixture(scope="module")
def found() -> Payout:
    return withdraw(
        plan(), source="sample", years=(10, 15), futures=FEW, shares=(0.05, 0.2), rates=(0.04, 0.08)
    )


def failures(amount: float, years: int) -> int:
    """Futures that run out within so many years, of the bootstrap of the same plan over fifteen."""
    own = plan(**{"strategy.withdrawals.amount": amount})
    drawn = bootstrap([own], source="sample", paths=FEW, years=15, seed=1)
    lasted = drawn.outcomes["years_lasted"][0]
    days = np.rint(lasted[np.isfinite(lasted)] * 365.25).astype(np.int64)
    last = drawn.sessions[drawn.points[years]]
    return int((drawn.sessions[0] + days <= last).sum())


def test_limits_of_futures_are_those_of_the_bootstrap(found: Payout) -> None:
    limits = [item for item in found.limits if item.world == "futures"]
    assert [(item.years, item.share) for item in limits] == [(10, 0.05), (10, 0.2), (15, 0.05), (15, 0.2)]
    for item in limits:
        assert item.value is not None
        assert item.beyond == item.value + 1000
        assert item.failed <= item.share * FEW < item.failed_beyond
        assert failures(item.value, item.years) == item.failed
        assert failures(item.beyond, item.years) == item.failed_beyond


def test_limits_of_history_are_those_of_every_start_month(found: Payout, tmp_path: Path) -> None:
    for item in (each for each in found.limits if each.world == "history"):
        assert item.value is not None
        for amount, failed in ((item.value, 0), (item.beyond, item.failed_beyond)):
            own = plan(**{"strategy.withdrawals.amount": amount, "name": f"a{amount:.0f}"})
            study = windows([own], horizons=[item.years], source="sample", out=tmp_path)
            lasted = study.study.cubes(("years_lasted",))["years_lasted"][0]
            assert len(lasted) == item.simulations
            assert np.isfinite(lasted).sum() == failed
            if failed:
                first = study.plan.grid.windows[int(np.flatnonzero(np.isfinite(lasted))[0])].start
                assert str(first) == item.worst
        assert item.failed_beyond > 0


def test_rates_are_of_the_pot(found: Payout) -> None:
    for item in found.rates:
        assert item.value == item.rate * 30_000_000 / 12
        if item.world == "futures":
            assert item.simulations - item.lasted == failures(item.value, item.years)


def test_the_curve_falls_and_holds_the_limits(found: Payout) -> None:
    for years in (10, 15):
        shares = [item.share for item in found.curve if item.years == years]
        assert shares == sorted(shares, reverse=True)


def test_the_work_is_a_few_times_the_futures() -> None:
    few = withdraw(plan(), source="sample", years=(10,), futures=600)
    # Three limits by halving alone: ten rounds of 600 futures each, and of 181 start months.
    assert few.work < 0.25 * (3 * 10 * 600 + 10 * 181)


@pytest.mark.parametrize("executor", [Executor(threads=1), Executor(workers=2)])
def test_who_works_changes_nothing(found: Payout, executor: Executor) -> None:
    again = withdraw(
        plan(),
        source="sample",
        years=(15, 10),
        futures=FEW,
        shares=(0.2, 0.05),
        rates=(0.04, 0.08),
        executor=executor,
    )
    assert again.plain() == found.plain()


def test_the_pot_of_an_amount() -> None:
    """The same limit from the other side: ten thousand yen less fail."""
    needed = withdraw(plan(), source="sample", years=(10,), futures=FEW, shares=(0.1,), amount=150_000)
    (history, futures) = needed.limits
    assert needed.amount == 150_000
    for item, most in ((history, 0), (futures, 4)):
        assert item.value is not None
        assert item.failed <= most < item.failed_beyond
        assert item.beyond == item.value - 10_000
    own = {"strategy.withdrawals.amount": 150_000, "strategy.contributions.amount": futures.value}
    drawn = bootstrap([plan(**own)], source="sample", paths=FEW, years=10, seed=1)
    assert drawn.ran_out[0].count == futures.failed


def test_withdrawals_that_rise_with_drawn_prices_fail_as_in_the_bootstrap() -> None:
    linked = {
        "inflation": "cpi_jp",
        "strategy.withdrawals": {"type": "inflation_linked", "amount": 100_000, "inflation": "prices"},
    }
    item = withdraw(plan(**linked), source="sample", years=(10,), futures=FEW, shares=(0.1,)).limits[-1]
    own = plan(**{**linked, "strategy.withdrawals.amount": item.value})
    assert bootstrap([own], source="sample", paths=FEW, years=10, seed=1).ran_out[0].count == item.failed


@given(lives.lives_with_takings(longest=120))
@examples(60)
def test_the_day_it_ran_out_is_that_of_the_whole_simulation(life: lives.Life) -> None:
    """Sessions without an event and money-weighted rates are left out of a search: its answer is the same bits."""
    panel, given_plan, terms = life
    data = slice_market(make_market_data(panel, terms), 0, len(panel.sessions))
    inputs = make_inputs(data, given_plan)
    weights = np.ascontiguousarray(given_plan.targets[:, :, None])
    whole = np.empty((1, len(STATS)))
    run_kernel(inputs, weights, whole)
    assert np.array_equal(depleted([(inputs, weights)]), whole[:, STAT.DEPLETED], equal_nan=True)


BY_PRICES = {
    "inflation_linked": {"type": "inflation_linked", "amount": 100_000, "inflation": "prices"},
    "guardrails": {"type": "guardrails", "rate": 0.05, "inflation": "prices", "every": "monthly"},
}


@pytest.mark.parametrize("kind", BY_PRICES)
@pytest.mark.parametrize("owned", [False, True])
def test_a_plan_at_other_prices_is_the_one_made_anew(kind: str, owned: bool) -> None:
    goal = [{"name": "roof", "date": "2031-04-01", "amount": 3_000_000, "in": "real"}]
    changes = {"inflation": "cpi_jp", "strategy.withdrawals": BY_PRICES[kind], "strategy.goals": goal}
    config = plan(**changes)
    if owned:
        held = {
            "cash": 1_000_000,
            "positions": [{"asset": "VOO", "account": "taxable", "value": 2e7, "cost": 9e6}],
        }
        config = override(config, {"strategy.contributions": "none", "holdings": held})
    panel = load_panel(config, source="sample")
    start, stop = life_range(panel, config.period.start, config.period.end)
    drawn = make_workload([config], panel, start, stop, years=12)
    strategy = drawn.strategies[0]
    for number in range(3):
        days = draw(1, number, len(drawn.sessions), drawn.block, drawn.days)
        data, found = strategy.in_future(days)
        level = strategy.level_in(days)
        anew = decide(
            strategy.context, strategy.past, strategy.past_price, data.base_price, strategy.opening, level
        )
        assert strategy.known_sessions is not None
        for name in ("deposit", "release", "withdrawal", "withdrawal_share", "rebalance", "kept_room"):
            assert np.array_equal(getattr(found, name), getattr(anew, name)), name
        for one, other in zip(found.takings, anew.takings, strict=True):
            for name in ("amount", "share", "growth", "spared"):
                assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert found.takings


def test_a_history_too_short_leaves_futures_only() -> None:
    payout = withdraw(plan(), source="sample", years=(26,), futures=20, shares=(0.1,))
    assert payout.without == ((26, 300),)
    assert [item.world for item in payout.limits] == ["futures"]


def test_history_alone() -> None:
    payout = withdraw(plan(), source="sample", years=(20,), futures=0)
    assert [item.world for item in payout.limits] == ["history"]
    assert payout.curve == ()


def owned() -> Config:
    return load_config(CONFIGS / "retirement_real_30_years.yaml")


def test_the_pot_of_history_is_what_is_owned_and_what_arrives() -> None:
    held = withdraw(owned(), source="sample", years=(10,), futures=0)
    assert held.pot == 30_000_000
    beginning = {"type": "monthly", "amount": 100_000, "initial": 5_000_000}
    saved = override(plan(), {"strategy.contributions": beginning})
    both = [withdraw(saved, source="sample", years=(10,), futures=n, shares=(0.1,)).pot for n in (0, 10)]
    assert both == [5_100_000, 5_100_000]


def test_the_one_amount_among_several_withdrawals() -> None:
    """As if it stood alone; what the others take out stays as it is."""
    own = {"type": "inflation_linked", "amount": 100_000, "inflation": 0.02}
    alone = withdraw(plan(), source="sample", years=(10,), futures=0)
    listed = withdraw(plan(**{"strategy.withdrawals": [own]}), source="sample", years=(10,), futures=0)
    assert listed.limits == alone.limits
    beside = [{**own, "name": "living"}, {"type": "percent", "rate": 0.04, "name": "rest"}]
    less = withdraw(plan(**{"strategy.withdrawals": beside}), source="sample", years=(10,), futures=0)
    assert less.limits[0].value < alone.limits[0].value
    two = plan(**{"strategy.withdrawals": [{**own, "name": "a"}, {**own, "name": "b"}]})
    with pytest.raises(ConfigError, match="a, b have an amount, allowed one"):
        withdraw(two, source="sample", futures=0)


def test_a_plan_that_takes_out_late_says_so_in_its_answer() -> None:
    from engine.report.withdraw_answer import withdraw_answer

    bridge = load_config(CONFIGS / "retirement_bridge.yaml")
    found = withdraw(bridge, source="sample", years=(20,), futures=10, shares=(0.1,))
    (late,) = found.waits  # its futures have begun by then
    assert late.id.startswith("History: the years count from a window's first day")
    assert late in withdraw_answer(found).sureness
    dated = plan(**{"strategy.withdrawals.from": "2030-01-01", "strategy.withdrawals.start": None})
    both = withdraw(dated, source="sample", years=(20,), futures=10, shares=(0.1,)).waits
    assert [item.id.partition(":")[0] for item in both] == ["History", "Futures"]
    assert withdraw(plan(), source="sample", years=(20,), futures=0).waits == ()


@pytest.mark.parametrize(
    ("changes", "options", "what"),
    [
        ({"strategy.withdrawals": None}, {}, "no amount to look for"),
        ({"strategy.withdrawals": {"type": "percent", "rate": 0.04}}, {}, "no amount to look for"),
        ({"strategy.contributions": {"type": "monthly", "amount": 1000}}, {"amount": 5.0}, "lump_sum"),
        ({}, {"years": (0,)}, "years"),
        ({}, {"futures": -1}, "futures"),
        ({}, {"shares": (1.5,)}, "shares"),
        ({}, {"amount": 0}, "amount"),
        ({}, {"block": 0.5}, "block"),
        ({}, {"futures": 0, "years": (30,)}, "history holds 300 months"),
    ],
)
def test_what_cannot_be_asked(changes: dict[str, Any], options: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        withdraw(plan(**changes), source="sample", **{"futures": 10, **options})


def test_files_and_manifest(found: Payout) -> None:
    from engine.locale import Locale

    files = found.files(Locale("en"))
    assert set(files) == {"withdraw.json", "limits.csv", "manifest.json"}
    assert json.loads(files["withdraw.json"]) == found.plain()
    assert json.loads(files["manifest.json"])["kind"] == "withdraw"
    assert files["limits.csv"].decode("utf-8-sig").count("\r\n") == 1 + len(found.limits)


def test_in_a_notebook() -> None:
    from engine import withdraw as in_notebook

    view = in_notebook(
        CONFIGS / "retirement_withdrawals.yaml", source="sample", years=(10,), futures=20, lang="ja"
    )
    assert list(view.frame["years"]) == [10, 10, 10, 10]
    assert len(view.frames["curve"]) == len(view.result.curve)
    assert "すべて失敗なし" in view._repr_html_()
    assert "いくら" not in repr(view)
    assert len(view.plot().data) == 1


def test_the_plan_s_own_amount_is_held_against_the_limit(found: Payout) -> None:
    """As many futures fail at it as of a bootstrap of the plan as it is."""
    from engine.report.withdraw_answer import withdraw_answer

    assert found.own(15) == (100_000.0, failures(100_000, 15))
    assert found.own(10) == (100_000.0, failures(100_000, 10))
    assert found.own(20) is None

    def said(**told: Any) -> str:
        return " ".join(map(str, withdraw_answer(replace(found, manifest={**found.manifest, **told})).answer))

    share = f"{100 * failures(100_000, 15) / FEW:.2f}%"
    assert f"With the plan's own ¥100,000 a month it runs out in {share}." in said()
    for unknown in (
        None,
        1,
        {"amount": 1.0},
        {"amount": "1", "failed": {"15": 1}},
        {"amount": 1.0, "failed": {}},
    ):
        assert "plan's own" not in said(own=unknown)
