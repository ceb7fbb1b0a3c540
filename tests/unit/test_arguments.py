"""Functions of the package refuse what they do not have, and say what they have."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

import engine
from engine.config import load_config, override
from engine.config.arguments import closed
from engine.errors import ConfigError
from engine.market.sources import Access
from engine.notebook import with_weights
from engine.studies.bootstrap.study import bootstrap
from tests.person import CONFIGS

SATELLITE, CORE = CONFIGS / "satellite10.yaml", CONFIGS / "core100.yaml"
SWEEP = CONFIGS / "sweeps" / "allocation.yaml"
FUNCTIONS = (
    "run", "compare", "sweep", "windows", "bootstrap", "flows", "check", "data_verify", "audit", "load_result",
    "withdraw",
)  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_closed(name):
    function = getattr(engine, name)
    with pytest.raises(TypeError, match=rf"{name}\(\) has no argument 'overides'; allowed: "):
        function(SATELLITE, overides=["name=x"])
    parameters = inspect.signature(function).parameters.values()
    assert not [item for item in parameters if item.kind is item.VAR_KEYWORD or item.annotation is item.empty]


def test_the_same_keywords_everywhere():
    from engine.notebook.options import Options, Prices, WorkOptions

    wanted = dict.fromkeys(("run", "compare"), Options) | dict.fromkeys(
        ("flows", "check", "data_verify"), Prices
    )
    wanted |= dict.fromkeys(("sweep", "windows", "bootstrap", "withdraw"), WorkOptions)
    for name, options in wanted.items():
        shown = inspect.signature(getattr(engine, name)).parameters
        assert set(options.__annotations__) <= set(shown), name
        assert shown["out"].default is None
        assert shown["lang"].default == "en"


def test_a_keyword_spelt_otherwise_is_suggested():
    with pytest.raises(TypeError, match=r"no argument 'horizon'; allowed: .*did you mean horizons\?"):
        engine.windows([SATELLITE, CORE], horizon=[3])
    with pytest.raises(TypeError, match=r"no argument 'ofline'; .*did you mean offline\?"):
        engine.run(SATELLITE, ofline=True)


def test_the_keys_of_options_are_allowed():
    @closed(Access)
    def some(one: int = 0, **access: object) -> object:
        return one, access

    assert some(one=2, offline=True) == (2, {"offline": True})
    with pytest.raises(TypeError, match="allowed: one, offline, refresh, max_age, lock"):
        some(other=1)


REFUSED = [
    (lambda: engine.run(5), "configuration: came 5, allowed a Config or a file's path"),
    (lambda: engine.run(SATELLITE, overrides="a=b"), "overrides: came \"a=b\", allowed a list of texts"),
    (lambda: engine.run(SATELLITE, source=5), "source: came 5, allowed auto, yahoo"),
    (lambda: engine.run(SATELLITE, lang="fr"), "lang: came \"fr\", allowed en or ja"),
    (lambda: engine.run(SATELLITE, offline="no"), "offline: came \"no\", allowed True or False"),
    (lambda: engine.run(SATELLITE, max_age=-1), "max_age: came -1, allowed 0 to"),
    (lambda: engine.compare(SATELLITE), "configs: came "),
    (lambda: engine.compare([], source="sample"), "compare: came no configuration"),
    (lambda: engine.compare([CORE, CORE], source="sample"), "two configurations are named 'core100'"),
    (lambda: engine.windows([SATELLITE, SATELLITE]), "two configurations are named 'satellite10'"),
    (lambda: engine.bootstrap([SATELLITE, SATELLITE]), "two configurations are named 'satellite10'"),
    (lambda: engine.windows([SATELLITE], horizons=5), "horizons: came 5, allowed a list of whole years"),
    (lambda: engine.windows([SATELLITE], horizons=[5, 5]), "horizons: came [5, 5], allowed each horizon once"),
    (lambda: engine.windows([SATELLITE], horizons=["5"]), "horizons.0: came \"5\", allowed a whole number"),
    (lambda: engine.windows([CORE], horizons=[5], every="day"), "every: came \"day\", allowed month, quarter"),
    (lambda: engine.windows([SATELLITE], threads="2"), "threads: came \"2\", allowed a whole number"),
    (lambda: engine.windows([SATELLITE], threads=0), "threads: came 0, allowed 1 to 1024"),
    (lambda: engine.windows([SATELLITE], scheduler=1), "scheduler: came 1, allowed an address such as tcp://"),
    (lambda: engine.windows([SATELLITE], progress=1), "progress: came 1, allowed a function"),
    (lambda: engine.run(SATELLITE, period="2001"), "period: came \"2001\", allowed two dates such as"),
    (lambda: engine.run(SATELLITE, period=("2002-01-01", "2001-01-01")), "period.end: came \"2001-01-01\""),
    (lambda: engine.run(SATELLITE, period=("2002-01-01",)), "period: came [\"2002-01-01\"], allowed two dates"),
    (lambda: engine.sweep(SWEEP, objective=5), "objective: came 5, allowed a metric"),
    (lambda: engine.sweep(SWEEP, objective={"measure": "luck"}), "measure: came \"luck\", allowed xirr"),
    (lambda: engine.sweep(SWEEP, out=5), "out: came 5, allowed a folder's path"),
    (lambda: engine.bootstrap(SATELLITE, block=float("nan")), "block: came .nan, allowed 1 to"),
    (lambda: engine.bootstrap(SATELLITE, block=float("inf")), "block: came .inf, allowed 1 to"),
    (lambda: engine.bootstrap(SATELLITE, paths=0), "paths: came 0, allowed a whole number from 1"),
    (lambda: engine.bootstrap(SATELLITE, years=2.5), "years: came 2.5, allowed a whole number from 1 to 70"),
    (lambda: engine.bootstrap(SATELLITE, real="yes"), 'real: came "yes", allowed True or False'),
    (lambda: engine.withdraw(SATELLITE, years=30), "years: came 30, allowed a list of numbers such as [20, 30]"),
    (lambda: engine.withdraw(SATELLITE, years=[]), "years: came [], allowed a list of numbers"),
    (lambda: engine.withdraw(SATELLITE, years="20"), 'years: came "20", allowed a list of numbers'),
    (lambda: engine.withdraw(SATELLITE, years=[2.5]), "years: came 2.5, allowed a whole number from 1 to 70"),
    (lambda: engine.withdraw(SATELLITE, shares=()), "shares: came [], allowed a list of numbers such as [0.05]"),
    (lambda: engine.withdraw(SATELLITE, shares=[5]), "shares: came 5, allowed 0 to 1 (5 % is 0.05)"),
    (lambda: engine.withdraw(SATELLITE, rates=0.04), "rates: came 0.04, allowed a list of numbers"),
    (lambda: engine.withdraw(SATELLITE, rates=[None]), "rates: came nothing, allowed 0 to 1"),
    (lambda: with_weights(load_config(CORE), {"VOO": 1}), "weights: came {VOO: 1}, allowed a pandas DataFrame"),
    (lambda: with_weights(load_config(CORE), pd.DataFrame([[1, 0]], columns=["A", "A"])), "A comes twice"),
    (lambda: engine.windows(5), "documents: came 5, allowed a windows study's file, or a list of config"),
    (lambda: engine.windows([SATELLITE], horizons=np.arange(3)), "allowed a list of whole years such as [5"),
    (lambda: engine.windows([SATELLITE], every=np.arange(3)), "allowed month, quarter or year"),
    (lambda: engine.run(SATELLITE, assets=np.arange(3)), "assets belong to prices: came no prices"),
    (lambda: engine.windows([SATELLITE], real=1), "real: came 1, allowed True or False"),
    (lambda: engine.withdraw(SATELLITE, stop=None), "stop: came nothing, allowed True or False"),
    (lambda: engine.audit(SATELLITE), "result: came "),
]  # fmt: skip


@pytest.mark.parametrize(("call", "said"), REFUSED)
def test_a_value_that_cannot_be_is_refused(call, said):
    with pytest.raises(ConfigError) as error:
        call()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_numbers_of_numpy_are_numbers():
    few = {"source": "sample", "years": np.int64(1), "seed": np.uint8(2), "block": np.float32(20)}
    drawn = engine.bootstrap(CORE, paths=np.int64(4), **few)
    assert drawn == engine.bootstrap(CORE, paths=4, years=1, seed=2, block=20.0, source="sample")
    assert drawn.result.manifest["seed"] == 2
    once = {"source": "sample", "every": "year"}
    assert engine.windows(CORE, horizons=list(np.arange(10, 11)), **once) == engine.windows(
        [CORE], horizons=[10], **once
    )
    amount = {"strategy.contributions.amount": np.int64(50_000)}
    assert override(load_config(CORE), amount).strategy.contributions.amount == 50_000


def test_windows_take_one_plan_as_they_take_several():
    few = {"source": "sample", "every": "year", "horizons": [10]}
    assert engine.windows(SATELLITE, **few) == engine.windows([SATELLITE], **few)
    assert engine.windows(load_config(SATELLITE), **few) == engine.windows([SATELLITE], **few)


def test_a_table_of_weights_is_as_strict_as_a_file():
    days = pd.DatetimeIndex(["2015-01-05"])
    for wrong, came in (("a", '"a"'), (None, None), (True, "true")):
        table = pd.DataFrame({"VOO": pd.Series([wrong], days, dtype=object), "IJR": [1.0]}, index=days)
        if came is None:  # nothing is a share of 0
            assert with_weights(load_config(CORE), table)
            continue
        with pytest.raises(ConfigError, match=rf"weights\.VOO: came {came}, allowed 0 to 1"):
            with_weights(load_config(CORE), table)
    unknown = pd.DataFrame({"VOO": [1.0], "IJR": [pd.NA]}, index=days, dtype="Float64")
    assert with_weights(load_config(CORE), unknown)


def test_an_objective_may_be_a_mapping(tmp_path):
    from engine.studies.grid.sweep import plan_sweep

    asked = {"measure": "volatility", "statistic": "worst", "horizon": 5}
    small = ["axes={strategy.allocation.satellite_weight: [0, 0.1]}", "windows={every: year, horizons: [5]}"]
    _, aim = plan_sweep(SWEEP, {"source": "sample", "overrides": small}, asked)
    assert aim is not None
    assert aim.model_dump() == asked


def test_overrides_reach_a_bootstrap():
    few = {"source": "sample", "paths": 4, "years": 1}
    plain = engine.bootstrap(CORE, **few)
    twice = engine.bootstrap(CORE, overrides=["strategy.contributions.amount=200_000"], **few)
    assert twice.result.contributed[0, -1] == 2 * plain.result.contributed[0, -1]


def test_overrides_belong_to_files(tmp_path):
    from engine.config import load_config

    for call in (
        engine.bootstrap,
        lambda c, **k: engine.windows([c], **k),
        lambda c, **k: engine.compare([c], **k),
    ):
        with pytest.raises(ConfigError, match="overrides belong to a file"):
            call(load_config(CORE), overrides=["risk_free=0.01"], source="sample")


def test_claims_and_the_engines_own_functions_are_closed():
    from engine.run import run
    from engine.studies.bootstrap.study import bootstrap
    from engine.studies.claims.check import check_claims
    from engine.studies.compare import compare
    from engine.studies.grid.sweep import sweep
    from engine.studies.grid.windows import windows

    for function in (run, compare, sweep, windows, bootstrap, check_claims):
        with pytest.raises(TypeError, match=rf"{function.__name__}\(\) has no argument 'ofline'.*offline\?"):
            function(CORE, ofline=True)


def test_studies_in_the_money_of_one_month():
    few = {"source": "sample", "paths": 3, "years": 1, "seed": 5}
    priced = ["inflation=cpi_jp"]
    told = engine.bootstrap(CORE, real=True, overrides=priced, **few)
    assert told.result.name == "core100-real"
    assert told.result == bootstrap([load_config(CORE, priced)], real=True, **few)
    assert told != engine.bootstrap(CORE, overrides=priced, **few)
