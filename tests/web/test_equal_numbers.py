"""What the server answers is, bit for bit, what the commands give for that configuration."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from engine.config import Config, config_hash, override, parse_config
from engine.errors import ConfigError, DataError
from engine.formats import plain
from engine.plan import core_of
from engine.report.html import page_locale
from engine.report.run_answer import run_answer
from engine.report.windows_answer import windows_answer
from engine.run import run
from engine.studies.bootstrap.study import bootstrap
from engine.studies.compare import compare
from engine.studies.grid.windows import windows
from engine.web.answers import Answers
from engine.web.plan import PLAN
from engine.web.starts import WEIGHT, begun
from engine.web.warm import Warm
from engine.web.work import Ticket, Work
from tests.web.plans import core_satellite, plans

PLANS = int(os.environ.get("BACKTEST_WEB_PLANS", "15"))
FEW = settings(max_examples=PLANS, deadline=None, suppress_health_check=list(HealthCheck))


def asked(client: httpx.Client, path: str, config: Config, **more) -> dict:
    answer = client.post(f"/api/{path}", json={"config": config.resolved(), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: httpx.Client, path: str, values: dict, why: str = "") -> None:
    answer = client.post(f"/api/{path}", json=values)
    assert answer.status_code == 422
    assert why in ("", answer.json()["error"])


def exact(value) -> str:
    """JSON of plain values: numbers are equal in it only where every bit is."""
    return json.dumps(plain(value), sort_keys=True)


@FEW
@given(config=plans())
def test_a_run(client: httpx.Client, config: Config) -> None:
    try:
        expected = run(config, source="sample")
    except (ConfigError, DataError) as error:
        refused(client, "run", {"config": config.resolved()}, str(error))
        return
    found = asked(client, "run", config, lang="ja")
    assert exact(found["metrics"]) == exact(expected.metrics)
    assert ("core" in found) == (expected.benchmark is not None)
    if expected.benchmark is not None:
        assert exact(found["core"]) == exact(expected.benchmark.metrics)
    for table in ("years", "quota"):
        assert exact(found[table]) == exact({k: v.tolist() for k, v in getattr(expected, table).items()})
    assert found["config_sha256"] == expected.manifest["config_sha256"] == config_hash(config)
    locale = page_locale("ja", config.currency)
    assert found["answer"] == [locale.sentence(text) for text in run_answer(expected).answer]


@settings(FEW, max_examples=max(3, PLANS // 5))
@given(config=plans(core_satellite()))
def test_a_run_at_another_weight(client: httpx.Client, config: Config) -> None:
    """Law and the core alone are kept for a plan's other weights: the numbers are those of a run of its own."""
    for weight in (0.0, 0.07, 0.3, 1.0):
        moved = override(config, {WEIGHT: weight})
        try:
            expected = run(moved, source="sample")
        except (ConfigError, DataError) as error:
            refused(client, "run", {"config": moved.resolved()}, str(error))
            continue
        found = asked(client, "run", moved)
        assert exact(found["metrics"]) == exact(expected.metrics)
        assert exact(found["core"]) == exact(expected.benchmark.metrics)
        assert found["config_sha256"] == config_hash(moved)
        assert exact(found["quota"]) == exact({k: v.tolist() for k, v in expected.quota.items()})
        said = [page_locale("en", moved.currency).sentence(text) for text in expected.manifest["assumptions"]]
        assert found["assumptions"] == said


@FEW
@given(config=plans())
def test_all_start_months(client: httpx.Client, config: Config) -> None:
    """Against ``backtest windows`` of the core alone and the plan."""
    core = core_of(config)
    configs = [config]
    if core is not None:
        pair = {name: getattr(config.strategy.allocation, name) for name in ("core", "satellite")}
        alone = {"type": "core_satellite", **pair, "satellite_weight": 0.0}
        configs = [override(config, {"strategy.allocation": alone, "name": core}), config]
    is_core = len(configs) == 2 and configs[0].strategy == config.strategy
    with TemporaryDirectory() as folder:
        try:
            expected = windows(configs[is_core:], horizons=(2,), source="sample", out=Path(folder))
        except (ConfigError, DataError):
            refused = client.post("/api/starts", json={"config": config.resolved(), "years": 2})
            assert refused.status_code == 422
            return
    found = asked(client, "starts", config, years=2)
    at, curve, row = found["chosen"], found["curve"], len(expected.names) - 1
    assert found["windows"] == expected.summary.windows[row, 0]
    assert found["independent"] == expected.summary.columns["independent"][row, 0]
    for measure, suffix in (("final_value", ""), ("value_to_contributed", "_times")):
        assert curve[f"median{suffix}"][at] == expected.summary.value(measure, "median", (row, 0))
        assert curve[f"worst{suffix}"][at] == expected.summary.value(measure, "worst", (row, 0))
        assert curve[f"best{suffix}"][at] == np.nanmax(expected.outcome[measure][row, 0])
    assert curve["below"][at] == expected.summary.columns["below_principal"][row, 0]
    for pair in expected.pairs:
        numbers = [curve[name][at] for name in ("better", "same", "mean", "half_width")]
        told = [pair.better, pair.same, pair.difference.mean, pair.difference.half_width]
        assert exact(numbers) == exact(told)
        assert bool(curve["is_noise"][at]) == pair.difference.is_noise
        assert bool(curve["is_told"][at]) == pair.difference.is_told
    locale = page_locale("en", config.currency)
    assert found["answer"] == [locale.sentence(text) for text in windows_answer(expected).answer]


@settings(FEW, max_examples=max(2, PLANS // 7))
@given(config=plans(core_satellite()))
def test_every_weight_is_the_plan_of_that_weight(client: httpx.Client, config: Config) -> None:
    found = asked(client, "starts", config, years=3, every="quarter")
    assert found["weights"][0] == 0.0
    assert len(found["weights"]) in (31, 32)
    for at in (0, 7, 30):
        other = override(config, {WEIGHT: found["weights"][at]})
        own = asked(client, "starts", other, years=3, every="quarter")
        for name, column in found["curve"].items():
            # An interval for all weights at once is as wide as they are many: a plan at 31 % has one more.
            if name != "half_width_together" or len(own["weights"]) == len(found["weights"]):
                assert own["curve"][name][own["chosen"]] == column[at], name


def test_intervals_of_all_weights_hold_together() -> None:
    """As those of ``windows`` where it compares so many plans with the first."""
    from concurrent.futures import ThreadPoolExecutor

    config = parse_config(PLAN)
    weights = (0.05, 0.10, 0.30)
    configs = [override(config, {WEIGHT: w, "name": f"w{n}"}) for n, w in enumerate((0.0, *weights))]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        expected = windows(configs, horizons=(3,), source="sample", out=Path(folder))
        warm = Warm("sample")
        found = begun(config, warm.panel, warm.flows, pool.map, years=3, weights=weights)()
    together = [pair.difference.half_width for pair in expected.pairs]
    assert found.curve["half_width_together"][1:].tolist() == together
    assert (found.curve["half_width"][1:] < together).all()


@settings(FEW, max_examples=max(3, PLANS // 5))
@given(config=plans())
def test_futures(client: httpx.Client, config: Config) -> None:
    try:
        expected = bootstrap([config], source="sample", paths=70, years=4, seed=3)
    except (ConfigError, DataError) as error:
        refused(client, "futures", {"config": config.resolved(), "paths": 70, "years": 4}, str(error))
        return
    found = asked(client, "futures", config, paths=70, years=4, seed=3)
    assert exact(found["figures"]) == exact(expected.plain())
    assert exact(found["fan"]) == exact(expected.fan.tolist())


@settings(FEW, max_examples=max(3, PLANS // 5))
@given(one=plans(), other=plans())
def test_side_by_side(client: httpx.Client, one: Config, other: Config) -> None:
    other = override(other, {"name": "other"})
    both = {"plans": [{"config": item.resolved()} for item in (one, other)]}
    try:
        expected = compare([one, other], source="sample")
    except (ConfigError, DataError) as error:
        refused(client, "compare", both, str(error))
        return
    found = client.post("/api/compare", json=both).json()
    for mine, its in zip(found["plans"], expected.results):
        assert exact(mine["metrics"]) == exact(its.metrics)


@pytest.mark.parametrize("count", [1, 40])
def test_more_futures_go_on_where_fewer_ended(count: int) -> None:
    """The 10,000 that fill in after the first 1,000 are those that would have been drawn at once."""
    config = parse_config(PLAN)
    work, told = Work(), []
    try:
        answers = Answers(Warm("sample"), work)
        answers.futures(config, Ticket(60), years=3, seed=1, counts=[count, 77], tell=told.append)
    finally:
        work.close()
    for found in told:
        expected = bootstrap([config], source="sample", paths=found.paths, years=3, seed=1)
        assert exact(found.plain()) == exact(expected.plain())
        assert exact(found.fan.tolist()) == exact(expected.fan.tolist())
