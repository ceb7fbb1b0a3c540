"""The configurations that come with the project, and the schema by which editors complete them."""

import json
import pickle
from pathlib import Path

import pytest

from engine.config import config_hash, dump_yaml, json_schema, load_config, parse_config
from engine.config.document import read_document
from engine.plan import core_config, core_of, flow_source, needs_quota, symbols_of
from tests.shipped import needs

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = sorted(CONFIGS.glob("*.yaml"))
PROMISED = {
    "core100", "satellite05", "satellite10", "satellite15", "satellite10_iwm", "windfall_lump",
    "windfall_spread12", "nisa_january", "nisa_monthly", "taxable_satellite10", "flow_tilt",
    "nisa_fund_core_etf_satellite",
}  # fmt: skip
GROUPS = ("allocation", "contributions", "rebalancing", "withdrawals")
# What the embedded sample holds: every shipped configuration runs on it, on any machine.
SAMPLE = {"SPY", "IWM", "IJR", "VOO", "IVV", "VTWO", "SPSM", "JP_SP500", "2558.T", "DEPOSIT"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_loads_and_says_what_it_answers(path: Path) -> None:
    config = load_config(path)
    assert config.name == path.stem
    assert config.description
    assert config.currency == "JPY"
    assert config.resolved()["period"]["end"] == "2025-12-31"
    assert set(symbols_of(load_config(path, needs(path)))) <= SAMPLE
    first, *comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    assert first == "# yaml-language-server: $schema=schema.json"
    assert any("?" in line for line in comments), "the question in English"
    assert any("ぁ" <= char <= "ヿ" for char in comments[-1]), "the question in Japanese"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_the_same_when_written_out(path: Path) -> None:
    config = load_config(path)
    again = parse_config(dump_yaml(config))
    assert again == config
    assert config_hash(again) == config_hash(config)
    assert json.loads(json.dumps(config.resolved())) == config.resolved()


def test_there_is_one_of_every_kind() -> None:
    configs = {path.stem: load_config(path) for path in FILES}
    assert configs.keys() >= PROMISED
    strategies = [config.resolved()["strategy"] for config in configs.values()]
    kinds = {
        key: [s[key] if isinstance(s[key], list) else [s[key] or {}] for s in strategies] for key in GROUPS
    }
    seen = {key: {item.get("type") for items in each for item in items} for key, each in kinds.items()}
    assert seen["allocation"] == {"core_satellite", "fixed_mix", "glide_path", "tilt"}
    assert seen["contributions"] == {"lump_sum", "monthly", "annual", "fill_quota", "schedule", "none"}
    assert seen["rebalancing"] == {"none", "no_sell", "calendar", "band"}
    assert seen["withdrawals"] >= {None, "inflation_linked"}
    assert {s["deploy"]["spread_months"] for s in strategies} == {1, 12}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_editor_accepts_each(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    values = json.loads(json.dumps(read_document(path).plain(), default=str))
    jsonschema.Draft202012Validator(json_schema()).validate(values)
    jsonschema.Draft202012Validator(json_schema()).validate(load_config(path).resolved())


def test_an_editor_refuses_what_we_refuse() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    good = load_config(CONFIGS / "satellite10.yaml").resolved()
    allocation = good["strategy"]["allocation"]
    for wrong in (
        good | {"nmae": "x"},
        good | {"name": "../x"},
        good | {"currency": "EUR"},
        good | {"strategy": good["strategy"] | {"allocation": allocation | {"satellite_weight": 1.5}}},
        good | {"strategy": good["strategy"] | {"allocation": allocation | {"type": "mix"}}},
        good | {"strategy": good["strategy"] | {"rebalancing": "nosell"}},
        {key: value for key, value in good.items() if key != "strategy"},
    ):
        assert not validator.is_valid(wrong)
    shorthand = {"rebalancing": "no_sell", "deploy": "at_once"}
    assert validator.is_valid(good | {"strategy": good["strategy"] | shorthand, "dividends": "cash"})


def test_the_hash_is_the_identity() -> None:
    config = load_config(CONFIGS / "satellite10.yaml")
    same = load_config(CONFIGS / "satellite10.yaml", ["accounts=[nisa, taxable]", "risk_free=0"])
    other = load_config(CONFIGS / "satellite10.yaml", ["risk_free=0.001"])
    assert config_hash(config) == config_hash(same) != config_hash(other)
    assert len(config_hash(config)) == 64


def test_a_configuration_is_frozen() -> None:
    config = load_config(CONFIGS / "satellite10.yaml")
    with pytest.raises(ValueError, match="frozen"):
        config.name = "x"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(config)) == config, "it travels to workers"


def test_the_same_money_in_the_core_alone() -> None:
    config = load_config(CONFIGS / "satellite10.yaml")
    assert symbols_of(config) == ("VOO", "IJR")
    assert core_of(config) == "VOO"
    alone = core_config(config)
    assert alone is not None
    assert symbols_of(alone) == ("VOO",)
    assert alone.name == "satellite10_core"
    before, after = config.resolved(), alone.resolved()
    assert after["strategy"].pop("allocation") == {"type": "fixed_mix", "weights": {"VOO": 1.0}}
    before["strategy"].pop("allocation")
    assert before | {"name": ""} == after | {"name": ""}
    assert core_config(load_config(CONFIGS / "fixed_mix.yaml")) is None
    assert symbols_of(load_config(CONFIGS / "glide_path.yaml")) == ("VOO", "IJR")
    assert core_of(load_config(CONFIGS / "tilt_momentum.yaml")) == "VOO"


def test_what_else_a_plan_needs_is_told(tmp_path: Path) -> None:
    assert flow_source(load_config(CONFIGS / "flow_tilt.yaml")) == ("symbol", "IWM")
    assert flow_source(load_config(CONFIGS / "tilt_momentum.yaml")) is None
    (file := tmp_path / "flows.csv").touch()
    by_file = f"strategy.allocation.signal={{type: flows, file: {file}}}"
    assert flow_source(load_config(CONFIGS / "flow_tilt.yaml", [by_file])) == ("file", str(file))
    assert needs_quota(load_config(CONFIGS / "quota_fast.yaml"))
    own = ["strategy.contributions.amount=1_200_000"]
    assert not needs_quota(load_config(CONFIGS / "quota_fast.yaml", own))
    assert not needs_quota(load_config(CONFIGS / "satellite10.yaml"))


def test_the_page_about_configurations_shows_one_that_works() -> None:
    page = (CONFIGS.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
    example, phases, taken, holdings, transfer = page.split("```yaml\n")[1:]
    takes = taken.split("strategy:\n")[1].split("```")[0]
    assert len(parse_config(f"{example.split('```')[0]}{takes}").strategy.taken) == 2
    moves = transfer.split("strategy:\n")[1].split("```")[0]
    moved = parse_config(f"{example.split('```')[0]}{moves}accounts: [nisa, taxable]\n")
    assert moved.strategy.transfer is not None
    lived = example.split("```")[0].replace("  contributions: {type: monthly, amount: 100_000}\n", "")
    head, rest = phases.split("```")[0].split("strategy:\n")
    assert len(parse_config(f"{head}{lived}{rest}").strategy.arriving) == 2
    owned = parse_config(f"{example.split('```')[0]}accounts: [nisa, taxable]\n{holdings.split('```')[0]}")
    assert owned.holdings is not None
    assert [item.account for item in owned.holdings.positions] == ["taxable", "nisa.G", "nisa.old_general"]
    resolved = parse_config(example.split("```")[0], "docs/configuration.md").resolved()
    assert resolved["currency"] == "JPY"
    assert resolved["strategy"]["deploy"] == {"spread_months": 1}
    assert resolved["strategy"]["rebalancing"] == {"type": "no_sell"}
    assert resolved["accounts"] == ["plain"]
    assert resolved["costs"]["broker"] == "none"
    assert resolved["execution"] == {"whole_shares": True}
    assert resolved["dividends"] == {"mode": "cash", "reinvest": "at_once", "source_tax": None}
    assert resolved["data"] == {"source": "auto", "splice": "auto"}
