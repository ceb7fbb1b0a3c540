"""A yen fund beside an ETF: the daily figures mislead, so those from month ends stand beside them."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from engine.config import load_config, override
from engine.messages import from_plain
from engine.run import run
from engine.studies.compare import compare
from tests.said import texts

CONFIGS = Path(__file__).parents[2] / "configs"


def test_volatility_from_month_ends_is_said_where_two_clocks_meet():
    result = run(load_config(CONFIGS / "nisa_fund_core_etf_satellite.yaml"), source="sample")
    told = next(filter(None, map(from_plain, result.manifest["assumptions"][::-1])))
    assert "month ends" in str(told)
    said = [told[name].fraction for name in ("own", "alone")]
    for figure, each in zip(said, (result, result.benchmark)):
        ends = {str(day)[:7]: level for day, level in zip(each.equity["date"], each.equity["twr"])}
        levels = list(ends.values())
        r = [after / before - 1 for before, after in pairwise(levels)]
        mean = sum(r) / len(r)
        sd = (sum((x - mean) ** 2 for x in r) / (len(r) - 1)) ** 0.5
        assert figure == pytest.approx(sd * 12**0.5, rel=1e-12)


def test_month_ends_need_no_such_sentence():
    config = override(
        load_config(CONFIGS / "nisa_fund_core_etf_satellite.yaml"), {"data.frequency": "monthly"}
    )
    result = run(config, source="sample")
    assert not any("daily volatility" in text for text in texts(result.manifest["assumptions"]))
    both = compare([config, config.model_copy(update={"name": "other"})], source="sample")
    assert not any("daily volatility" in str(text) for text in both.notes)


def test_one_clock_needs_no_such_sentence():
    result = run(load_config(CONFIGS / "core100.yaml"), source="sample")
    assert not any("month ends" in text for text in texts(result.manifest["assumptions"]))


def test_a_comparison_of_two_clocks_has_the_figures_of_month_ends():
    names = ("nisa_fund_core_etf_satellite", "core100")
    found = compare([load_config(CONFIGS / f"{name}.yaml") for name in names], source="sample")
    told = next(str(text) for text in found.notes if "month ends" in str(text))
    said = {
        name: float(share) / 100 for name, share in re.findall(r"(\w+) ([0-9.]+) %", told.split(": ")[-1])
    }
    for result in found.results:
        levels = list(
            {str(day)[:7]: x for day, x in zip(result.equity["date"], result.equity["twr"])}.values()
        )
        r = [after / before - 1 for before, after in pairwise(levels)]
        mean = sum(r) / len(r)
        sd = (sum((x - mean) ** 2 for x in r) / (len(r) - 1)) ** 0.5
        assert said[result.name] == pytest.approx(sd * 12**0.5, abs=6e-5)
    alone = compare(
        [load_config(CONFIGS / "core100.yaml"), load_config(CONFIGS / "satellite10.yaml")], source="sample"
    )
    assert not any("month ends" in str(text) for text in alone.notes)
