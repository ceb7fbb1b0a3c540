"""The controls of the page: what every button and every list sets is a plan again, and it has controls too."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from engine.config import Config, override, parse_config
from engine.errors import ConfigError
from engine.locale import languages
from engine.report.html import page_locale
from engine.web.amounts import Amounts
from engine.web.controls import Maker
from engine.web.fields import Button, Control
from engine.web.plan import PLAN
from tests.web.plans import plans

CONFIG = parse_config(PLAN)
JA = page_locale("ja", "JPY")
ADDS = (
    "add-strategy-contributions", "add-holdings-positions", "add-holdings-positions", "add-strategy-goals",
    "add-strategy-contributions", "add-strategy-goals",
)  # fmt: skip


def buttons(config: Config, locale=JA) -> list[Button]:
    groups = Amounts(config, locale).groups()
    return [*(add for g in groups for add in g.adds), *(i.remove for g in groups for i in g.items)]


def controls(config: Config) -> list[Control]:
    groups = Maker(config, JA).groups()
    return [c for g in groups for c in (*g.controls, *(own for item in g.items for own in item.controls))]


def full(locale) -> Config:
    """Several of everything."""
    config = override(CONFIG, {"strategy.withdrawals": {"type": "fixed", "amount": 1_000}})
    for add in (*ADDS, "add-strategy-withdrawals"):
        config = Amounts(config, locale).pressed(add)
    return config


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(config=plans())
def test_every_button_and_choice_gives_a_plan(config: Config) -> None:
    for button in buttons(config):
        Maker(Amounts(config, JA).pressed(button.id), JA).groups()
    for control in controls(config):
        for choice in control.choices:
            try:
                changed = override(config, json.loads(choice.sets))
            except ConfigError:
                assert not choice.chosen  # what is chosen already is never refused
                continue
            assert choice.label
            assert len({each.id for each in controls(changed)}) == len(controls(changed))


@pytest.mark.parametrize("lang", languages())
def test_several_of_everything_come_and_go(lang) -> None:
    locale = page_locale(lang, "JPY")
    config = full(locale)
    strategy = config.strategy
    assert [len(each) for each in (strategy.contributions, strategy.withdrawals, strategy.goals)] == [3, 2, 2]
    assert len(config.holdings.positions) == 2
    names = [button.id for button in buttons(config, locale)]
    assert len(set(names)) == len(names)
    while left := [button for button in buttons(config, locale) if button.id.startswith("remove")]:
        config = Amounts(config, locale).pressed(left[-1].id)
    assert config.strategy.goals == ()
    assert config.holdings is None
    assert config.strategy.contributions.amount == CONFIG.strategy.contributions.amount


def test_what_is_taken_away_is_the_one_that_was_pressed() -> None:
    config = full(JA)
    after = Amounts(config, JA).pressed("remove-strategy-contributions-1")
    before = [item.called for item in config.strategy.contributions]
    assert [item.called for item in after.strategy.contributions] == [before[0], before[2]]
    with pytest.raises(ConfigError, match="no such button"):
        Amounts(config, JA).pressed("remove-strategy-contributions-7")


def test_every_control_of_several_is_read(client) -> None:
    """Each has a value in the plan, and setting what it shows changes nothing."""
    config = full(JA)
    shown = {c.key: c for c in controls(config) if c.kind in ("amount", "whole", "name", "symbol")}
    assert {
        "strategy.contributions.1.amount",
        "strategy.goals.1.amount",
        "holdings.positions.1.asset",
    } <= set(shown)
    for key, control in shown.items():
        if control.value:
            value = float(control.value) if control.kind == "amount" else control.value
            value = int(value) if control.kind == "whole" else value
            assert override(config, {key: value}) == config, key


def test_a_press_comes_after_what_was_typed(client) -> None:
    asked = {
        "config": CONFIG.resolved(),
        "set": {"strategy.contributions.amount": 70_000},
        "press": "add-strategy-contributions",
        "futures": False,
        "form": True,
        "lang": "ja",
    }
    with client.stream("POST", "/live", json=asked) as answer:
        text = "".join(answer.iter_text())
    kinds = [part.split("\n")[0].removeprefix("event: ") for part in text.split("\n\n")[:-1]]
    assert kinds[0] == "plan"
    assert kinds[-1] == "done"
    plan = json.loads(text.split("\n\n")[0].split("\n")[1].removeprefix("data: "))
    amounts = [item["amount"] for item in parse_config(plan["yaml"]).resolved()["strategy"]["contributions"]]
    assert amounts == [70_000, 50_000]
    for one, other in pairwise(("入金1", "入金2")):
        assert plan["html"]["controls"].index(one) < plan["html"]["controls"].index(other)
    refused = client.post("/live", json={**asked, "press": "x", "lang": "ja"})
    assert refused.status_code == 422
    assert "ボタン" in refused.json()["error"]


def test_growth_with_prices_is_shown_as_the_word(client) -> None:
    config = override(CONFIG, {"inflation": 0.02, "strategy.contributions.growth": "prices"})
    (growth,) = [c for c in controls(config) if c.key == "strategy.contributions.growth"]
    assert growth.value == "prices"
