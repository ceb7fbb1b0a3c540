"""Functions and tables of the user's: asked with the past alone, checked, hashed, refused unless allowed."""

from __future__ import annotations

import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import engine
from engine.config import config_hash, load_config, override, parse_config
from engine.errors import ConfigError
from engine.own_code import History
from tests.person import ROOT, type_in

EXAMPLES = ROOT / "examples" / "own_strategies"
ASSETS = ("VOO", "IWM", "IJR", "SPY", "IVV")
PLAN = """
name: own
currency: {currency}
period: {{start: 2010-01-01, end: 2016-12-31}}
strategy:
  allocation: {{type: python, function: "{function}", assets: [{assets}], every: monthly, {more}}}
  contributions: {{type: lump_sum, amount: 1_000_000}}
  rebalancing: {{type: calendar, every: monthly}}
accounts: [{accounts}]
execution: {{whole_shares: false}}
dividends: total_return
data: {{source: sample}}
"""
NUMBER = iter(range(1_000_000))


def plan(function: str, more: str = "warmup: 253, params: {sessions: 252, hold: 2}", **change: str) -> Any:
    words = {"currency": "JPY", "accounts": "plain", "assets": ", ".join(ASSETS), **change}
    return parse_config(PLAN.format(function=function, more=more, **words), allow_python=True)


@pytest.fixture(autouse=True)
def _examples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "") or "").startswith((str(tmp_path), str(EXAMPLES))):
            del sys.modules[name]


def module(folder: Path, text: str) -> str:
    """A module of that text, and its name."""
    name = f"own_{next(NUMBER)}"
    (folder / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
    return name


@pytest.fixture(scope="module")
def bt() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bt

        return bt


# --- against another backtester -------------------------------------------------------------------------------


@pytest.mark.parametrize("example", ["rotation", "inverse_volatility", "trend"])
def test_examples_equal_bt(bt: Any, example: str) -> None:
    """The weights computed by pandas alone, simulated by bt: the same value of every session, to 1e-9."""
    sessions = {"rotation": 252, "inverse_volatility": 60, "trend": 200}[example]
    more = f"warmup: 260, params: {{sessions: {sessions}, hold: 2}}"
    ours = engine.run(plan(f"{example}:weights", more)).result
    config = plan(f"{example}:weights", more)
    everything = engine.run(override(config, {"period.start": None})).result
    known = frame_of(everything)
    prices = frame_of(ours)
    months = prices.index.to_period("M")
    days = prices.index[np.append(True, months[1:] != months[:-1])]
    rows = {day: expected(example, known[known.index < day], sessions) for day in days}
    weights = pd.DataFrame(rows).T.reindex(columns=list(ASSETS)).fillna(0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        steps = [bt.algos.RunOnDate(*days), bt.algos.SelectAll(), bt.algos.WeighTarget(weights),
                 bt.algos.Rebalance()]  # fmt: skip
        test = bt.Backtest(bt.Strategy("own", steps), prices, initial_capital=1_000_000.0,
                           integer_positions=False, commissions=None, progress_bar=False)  # fmt: skip
        theirs = bt.run(test).backtests["own"].strategy.values.to_numpy()[1:]
    np.testing.assert_allclose(ours.equity["value"], theirs, rtol=1e-9)
    assert engine.audit(ours).holds


def frame_of(result: Any) -> pd.DataFrame:
    columns = {symbol: result.equity[f"price:{symbol}"] for symbol in ASSETS}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(result.dates))


def expected(example: str, past: pd.DataFrame, sessions: int) -> dict[str, float]:
    """What each example decides, written again in pandas."""
    assert len(past) >= 260
    if example == "rotation":
        best = past.pct_change(sessions).iloc[-1].nlargest(2, keep="last").index
        return dict.fromkeys(best, 0.5)
    if example == "inverse_volatility":
        inverse = 1.0 / past.pct_change().tail(sessions).std()
        return dict(inverse / inverse.sum())
    above = past.iloc[-1] > past.rolling(sessions).mean().iloc[-1]
    found = {symbol: 0.25 * float(above[symbol]) for symbol in ASSETS[:-1]}
    return {**found, ASSETS[-1]: 1.0 - sum(found.values())}


def test_after_nisa_and_tax() -> None:
    """Five assets turned over monthly pay tax that a plain account does not know."""
    plain = engine.run(plan("rotation:weights"))
    taxed = engine.run(plan("rotation:weights", accounts="nisa, taxable"))
    assert taxed.metrics["tax_paid"] > 0.0
    assert taxed.metrics["final_value"] < plain.metrics["final_value"]
    assert engine.audit(taxed).holds
    notes = [str(note) for note in engine.audit(taxed).notes]
    assert "What rotation:weights decided was taken as it is: only its orders were replayed." in notes


# --- in every study -------------------------------------------------------------------------------------------


def test_all_four_studies(tmp_path: Path) -> None:
    config = load_config(EXAMPLES / "rotation.yaml", allow_python=True)
    config = override(config, {"period.start": "2012-01-01", "period.end": "2018-12-31"})
    there = engine.run(config, source="sample")
    windows = engine.windows([config], horizons=[3], every="year", source="sample", threads=1)
    row = windows.frame.iloc[0]
    alone = engine.run(config, source="sample", period=(str(row["start"])[:10], str(row["end"])[:10]))
    assert row["final_value"] == alone.metrics["final_value"]
    sweep = tmp_path / "sweep.yaml"
    base = EXAMPLES / "rotation.yaml"
    sweep.write_text(
        f"name: s\nbase: {base}\naxes: {{strategy.allocation.params.hold: [1, 2]}}\n"
        "set: {period.start: 2012-01-01, period.end: 2018-12-31}\n"
    )
    with pytest.raises(ConfigError, match="is code: a configuration runs none unless you allow it"):
        engine.sweep(sweep, source="sample")
    swept = engine.sweep(sweep, source="sample", allow_python=True, threads=1)
    finals = swept.frames["windows"].set_index("hold")["final_value"]
    assert finals[2.0] == there.metrics["final_value"]
    assert finals[1.0] != finals[2.0]
    drawn = engine.bootstrap(config, source="sample", paths=4, years=1, threads=1)
    again = engine.bootstrap(config, source="sample", paths=4, years=1, workers=2)
    assert drawn.frames["futures"].equals(again.frames["futures"])
    assert drawn.result.manifest["code"] == there.result.manifest["code"]


def test_in_every_future_it_is_asked_anew() -> None:
    """What it is shown in a future is the past, then that future."""
    from engine.context import load_panel, plan_of, prepare
    from engine.studies.bootstrap.futures import draw
    from engine.studies.bootstrap.workload import make_workload

    config = plan("rotation:weights")
    panel = load_panel(config)
    stop = len(panel.sessions)
    workload = make_workload([config], panel, stop - 1500, stop, years=2, seed=3, block=20.0)
    (strategy,) = workload.strategies
    days = [draw(3, path, len(workload.sessions), 20.0, workload.days) for path in (0, 1)]
    targets = [strategy.in_future(each)[1].targets for each in days]
    assert not np.array_equal(*targets)
    assert np.array_equal(targets[0], strategy.in_future(days[0])[1].targets)
    assert plan_of(prepare(config, panel), stop - 300, stop).targets.shape[1] == 5


# --- what must not be ---------------------------------------------------------------------------------------

PEEKS = {
    "remembers what it was shown": (
        """
        SEEN = {}
        def weights(history, params):
            for day, row in zip(history.dates.tolist(), history.values):
                SEEN[day] = row
            last = history.values[-1]
            ahead = [row for day, row in sorted(SEEN.items()) if day > history.dates[-1].item()][:20]
            best = int(((ahead[-1] if ahead else last) / last).argmax())
            return {history.symbols[best]: 1.0}
        """,
        "decides otherwise on .* when it (is asked again|has been shown other prices)",
    ),
    "has prices of its own": (
        """
        import numpy as np
        from engine.market.sources import open_source
        OWN = open_source("sample").load("IWM")
        def weights(history, params):
            at = int(np.searchsorted(OWN.dates, history.dates[-1], side="right"))
            rises = OWN.close[min(at + 20, len(OWN.close) - 1)] > OWN.close[at - 1]
            return {"IWM": 1.0} if rises else {"VOO": 1.0}
        """,
        "when the same prices are dated 28 years later: it looks at the year, or at data of its own",
    ),
    "has prices of its own, and counts": (
        """
        from engine.market.sources import open_source
        OWN = open_source("sample").load("IWM").close
        def weights(history, params):
            n = len(history)
            return {"IWM": 1.0} if OWN[min(n + 20, len(OWN) - 1)] > OWN[n - 1] else {"VOO": 1.0}
        """,
        "decides by the number of sessions alone, .* data of its own, which may hold the future",
    ),
    "looks over the caller's shoulder": (
        """
        import sys
        def weights(history, params):
            frame, n = sys._getframe(), len(history)
            while frame is not None:
                for value in frame.f_locals.values():
                    if type(value).__name__ == "Past":
                        ahead = value.values[min(n + 20, len(value.values) - 1)]
                        return {history.symbols[int((ahead / value.values[n - 1]).argmax())]: 1.0}
                frame = frame.f_back
            return {"VOO": 1.0}
        """,
        "decides otherwise on .* when it has been shown other prices of later days",
    ),
    "throws dice": (
        """
        import random
        def weights(history, params):
            share = random.random()
            return {"VOO": share, "IWM": 1.0 - share}
        """,
        "when it is asked again",
    ),
    "looks behind what it was given": (
        """
        def weights(history, params):
            whole = history.values.base if history.values.base is not None else history.values
            return {history.symbols[int((whole[-1] / history.values[-1]).argmax())]: 1.0}
        """,
        "",
    ),
}


@pytest.mark.parametrize("how", PEEKS)
def test_who_knows_the_future_is_refused(tmp_path: Path, how: str) -> None:
    text, said = PEEKS[how]
    config = plan(f"{module(tmp_path, text)}:weights", "warmup: 30")
    if not said:  # what is behind it is the past as well
        assert engine.run(config).result == engine.run(config).result
        weights = engine.run(config).result
        assert weights.metrics["final_value"] > 0.0
        return
    for call in (
        lambda: engine.run(config),
        lambda: engine.windows([config], horizons=[3], threads=1),
        lambda: engine.bootstrap([config], paths=2, years=1, threads=1),
    ):
        with pytest.raises(ConfigError, match=said) as error:
            call()
        assert "\n" not in str(error.value)


def test_one_that_goes_by_dates_may_and_every_output_says_so(tmp_path: Path) -> None:

    def by(test: str) -> str:
        text = (
            f"def weights(history, params):\n    day = history.dates[-1].item()\n    return {{{test}: 1}}\n"
        )
        return module(tmp_path, text)

    name = by("'VOO' if day.year < 2013 else 'IWM'")
    with pytest.raises(ConfigError, match="by_date: true allows it"):
        engine.run(plan(f"{name}:weights", "warmup: 1"))
    view = engine.run(plan(f"{name}:weights", "warmup: 1, by_date: true"))
    assert "whether it knew the future cannot be checked" in " ".join(repr(view).split())
    for season in ("day.month < 6", "day.month in (1, 4, 7, 10)", "day.month % 2", "day.weekday() < 2"):
        seasonal = by(f"'VOO' if {season} else 'IWM'")
        assert engine.run(plan(f"{seasonal}:weights", "warmup: 1")).metrics["final_value"] > 0


WRONG = {
    "return [1, 0]": "on .* it gave list, allowed a mapping of symbols to weights",
    "return {'VOO': 0.5}": "it gave a sum of 0.5, allowed weights that add up to 1",
    "return {'VOO': 1.5, 'IWM': -0.5}": "it gave VOO: 1.5, allowed 0 to 1",
    "return {'VOO': float('nan'), 'IWM': 1}": "it gave VOO: nan, allowed 0 to 1",
    "return {'TLT': 1}": r"it gave 'TLT', allowed VOO, IWM",
    "return {'VOO': 'x'}": "it gave VOO: str, allowed a number",
    "return {'VOO': '1'}": "it gave VOO: str, allowed a number",
    "return {'VOO': 10**400}": "it gave VOO: inf, allowed 0 to 1",
    "raise SystemExit(3)": r"fails on .*: SystemExit \(own_\d+.py:2\)",
    "return {}['VOO']": r"fails on .*: KeyError \(own_\d+.py:2\)",
}


@pytest.mark.parametrize("body", WRONG)
def test_a_wrong_answer_is_one_line(tmp_path: Path, body: str) -> None:
    name = module(tmp_path, f"def weights(history, params):\n    {body}\n")
    with pytest.raises(ConfigError, match=WRONG[body]) as error:
        engine.run(plan(f"{name}:weights", "warmup: 1"))
    assert str(error.value).startswith(f"{name}:weights: ")


REFUSED = {
    'function: "os.system(1)"': "function: .* allowed module:function, or a name that an installed package has",
    "assets: [VOO, VOO]": "assets: .* allowed each asset once",
    "initial: {VOO: 0.5, TLT: 0.5}": "initial: .* allowed assets of the list, not TLT",
    "params: 3": "params: came 3, allowed keys and values for the function",
    "params: {day: .nan}": "params: .*numbers, texts, true, false, lists and keys; dates in quotes",
    "params: {day: 2010-01-01}": "params: .*numbers, texts, true, false, lists and keys; dates in quotes",
    f"params: {{a: {'x' * 6000},\n b: {'y' * 4000}}}": "params: .*it has 10,0.. characters",
}


@pytest.mark.parametrize("keys", REFUSED, ids=lambda keys: keys[:30])
def test_keys_that_cannot_be_are_one_line(keys: str) -> None:
    given = {"function": '"rotation:weights"', "assets": "[VOO, IWM]"}
    name, _, value = keys.partition(": ")
    written = ", ".join(f"{key}: {text}" for key, text in {**given, name: value}.items())
    text = PLAN.format(function="x:y", more="", currency="JPY", accounts="plain", assets="VOO")
    lines = text.splitlines()
    lines[5] = f"  allocation: {{type: python, {written}}}"
    with pytest.raises(ConfigError, match=REFUSED[keys]) as error:
        parse_config("\n".join(lines), "x.yaml", allow_python=True)
    assert str(error.value).startswith("x.yaml:6: strategy.allocation.")


NOT_THERE = {
    "no_such_module:weights": "there is no module no_such_module",
    "rotation:nothing": "there is no nothing in rotation.py",
    "rotation:annotations": "is no function",
    "unregistered": r"is not registered \(backtest.allocations: none\)",
}


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_function_that_is_not_there(name: str) -> None:
    with pytest.raises(ConfigError, match=NOT_THERE[name]):
        engine.run(plan(name))


def test_a_module_that_needs_another_one(tmp_path: Path) -> None:
    name = module(tmp_path, "import no_such_package\ndef weights(history, params): return {'VOO': 1}\n")
    with pytest.raises(ConfigError, match="its module needs no_such_package"):
        engine.run(plan(f"{name}:weights"))


def test_a_registered_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint, EntryPoints

    point = EntryPoint("rotate", "rotation:weights", "backtest.allocations")
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: EntryPoints([point]).select(group=group)
    )
    assert engine.run(plan("rotate")).metrics == engine.run(plan("rotation:weights")).metrics


def test_a_function_sees_the_past_alone(tmp_path: Path) -> None:
    seen: list[History] = []
    sys.modules["own_spy"] = type(sys)("own_spy")
    sys.modules["own_spy"].__file__ = __file__

    def weights(history: History, params: Any) -> dict[str, float]:
        seen.append(history)
        params["hold"] = 99  # what it does to them does not last
        return {"VOO": 1.0}

    weights.__module__ = "own_spy"
    sys.modules["own_spy"].weights = weights  # type: ignore[attr-defined]
    view = engine.run(plan("own_spy:weights", "warmup: 1, lag_sessions: 3, params: {hold: 2}"))
    del sys.modules["own_spy"]
    assert view.result.config["strategy"]["allocation"]["params"] == {"hold": 2}
    dates = view.result.dates
    months = dates.astype("datetime64[M]")
    decided = dates[np.append(True, months[1:] != months[:-1])]
    for day, item in zip(decided[1:], seen[1 - len(decided) :], strict=True):
        assert item.dates[-1] == dates[np.searchsorted(dates, day) - 3]
        assert item.values.base is None
        assert item.prices.shape == item.values.shape
        assert list(item.prices.columns) == list(ASSETS)


# --- code runs only where that was said -------------------------------------------------------------------------


def test_a_configuration_alone_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mark = f"open({str(tmp_path / 'ran')!r}, 'w').close()"
    name = module(tmp_path, f"{mark}\ndef weights(h, p): return {{'VOO': 1}}\n")
    path = tmp_path / "plan.yaml"
    words = {"currency": "JPY", "accounts": "plain", "assets": "VOO, IWM"}
    path.write_text(PLAN.format(function=f"{name}:weights", more="", **words))
    for command in ("run", "compare", "windows", "bootstrap"):
        done = type_in(capsys, command, path, "--data", "sample")
        assert done.code == 2
        assert "plan.yaml:6: strategy.allocation.function: came" in done.line
        assert "--allow-python" in done.line
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "results").exists()
    done = type_in(capsys, "run", path, "--data", "sample", "--allow-python")
    assert done.code == 0, done.error
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    again = engine.load_result(tmp_path / "results" / "own")  # is only read
    assert again.result.manifest["code"][0]["function"] == f"{name}:weights"
    assert not (tmp_path / "ran").exists()


def test_the_code_is_part_of_what_a_study_is(tmp_path: Path) -> None:
    from engine.studies.grid.windows import plan_windows

    name = module(tmp_path, "def weights(history, params):\n    return {'VOO': 1.0}\n")
    config = plan(f"{name}:weights", "warmup: 1")
    view = engine.run(config)
    keys = [plan_windows([config], {}, [3])[0].key]
    path = tmp_path / f"{name}.py"
    path.write_text(path.read_text() + "# another\n")
    keys.append(plan_windows([config], {}, [3])[0].key)
    assert keys[0] != keys[1]
    (code,) = view.result.manifest["code"]
    assert code["sha256"] != engine.run(config).result.manifest["code"][0]["sha256"]


# --- tables, signals, contributions ---------------------------------------------------------------------------

TABLE = "date,VOO,IWM\n2010-01-04,0.9,0.1\n2012-06-02,0.5,0.5\n2014-01-01,,1\n"


def test_weights_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "weights.csv").write_text(TABLE)
    text = PLAN.format(function="x:y", more="", currency="JPY", accounts="plain", assets="VOO")
    lines = text.splitlines()
    lines[5] = "  allocation: {type: table, file: weights.csv}"
    (tmp_path / "plan.yaml").write_text("\n".join(lines))
    config = load_config(tmp_path / "plan.yaml")
    result = engine.run(config).result
    shares = {day: share_of(result, "IWM", day) for day in ("2012-05-01", "2012-07-02", "2014-02-03")}
    assert shares["2012-05-01"] == pytest.approx(0.1, abs=1e-3)
    assert shares["2012-07-02"] == pytest.approx(0.5, abs=1e-3)
    assert shares["2014-02-03"] == pytest.approx(1.0)
    assert "whether who made it knew the future cannot be checked" in " ".join(
        repr(engine.run(config)).split()
    )
    frame = pd.read_csv(tmp_path / "weights.csv", index_col="date", parse_dates=True)
    same = engine.run(engine.with_weights(plan("x:y", assets="VOO"), frame)).metrics["final_value"]
    assert same == pytest.approx(result.metrics["final_value"], rel=1e-12)
    (tmp_path / "weights.csv").write_text(TABLE.replace("0.5,0.5", "0.5,0.4"))
    with pytest.raises(ConfigError, match=r"weights.csv:3: .*entries.1.weights: came a sum of 0.9"):
        load_config(tmp_path / "plan.yaml")
    assert config_hash(config) != config_hash(override(config, {"strategy.allocation.entries": [
        {"date": "2010-01-04", "weights": {"VOO": 0.8, "IWM": 0.2}}]}))  # fmt: skip


def share_of(result: Any, symbol: str, day: str) -> float:
    at = int(np.searchsorted(result.dates, np.datetime64(day)))
    return float(result.equity[f"asset:{symbol}"][at] / result.equity["value"][at])


TABLES = {
    "{type: table}": "entries: came {type: table}, allowed at least one entry, or a file",
    "{type: table, file: weights.csv}": "file: .* text cannot name a file, a configuration file can",
    "{type: table, entries: [{date: 2010-01-04, weights: {VOO: 1}}, {date: 2010-01-04, weights: {IWM: 1}}]}":
    "entries.1.date: came 2010-01-04, allowed a date after 2010-01-04",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_cannot_be_is_one_line(table: str) -> None:
    lines = PLAN.format(function="x:y", more="", currency="JPY", accounts="plain", assets="VOO").splitlines()
    lines[5] = f"  allocation: {table}"
    with pytest.raises(ConfigError, match=f"^x.yaml:6: strategy.allocation.{TABLES[table]}"):
        parse_config("\n".join(lines), "x.yaml")


def test_a_table_in_studies(tmp_path: Path) -> None:
    days = pd.DatetimeIndex(["2012-01-04", "2013-01-04"])
    frame = pd.DataFrame({"VOO": [1.0, 0.0], "IWM": [0.0, 1.0]}, index=days)
    config = engine.with_weights(plan("x:y"), frame)
    windows = engine.windows([config], horizons=[2], every="year", threads=1)
    row = windows.frame.iloc[-1]
    alone = engine.run(config, period=(str(row["start"])[:10], str(row["end"])[:10]))
    assert row["final_value"] == alone.metrics["final_value"]
    assert engine.bootstrap([config], paths=2, years=1, threads=1).frame.shape[0] == 1


def test_a_signal_of_ones_own() -> None:
    tilt = {
        "type": "tilt", "core": "VOO", "satellite": "IWM", "base_weight": 0.2, "max_weight": 0.6,
        "signal": {"type": "python", "function": "trend:signal", "params": {"sessions": 120}},
    }  # fmt: skip
    config = override(plan("x:y", assets="VOO"), {"strategy.allocation": tilt})
    result = engine.run(config).result
    assert {round(share_of(result, "IWM", day), 1) for day in months(result)} == {0.0, 0.6}
    assert engine.bootstrap([config], paths=2, years=1, threads=1).frame.shape[0] == 2  # and the core alone


def test_a_signal_that_does_not_know_yet_leaves_the_base(tmp_path: Path) -> None:
    body = "def signal(history, params):\n    return {}\n"
    base = {"type": "tilt", "core": "VOO", "satellite": "IWM", "base_weight": 0.2, "max_weight": 0.6}
    for answer in ("None", "float('nan')"):
        signal = {"type": "python", "function": f"{module(tmp_path, body.format(answer))}:signal"}
        config = override(plan("x:y", assets="VOO"), {"strategy.allocation": {**base, "signal": signal}})
        result = engine.run(config).result
        assert {round(share_of(result, "IWM", day), 2) for day in months(result)} == {0.2}


def months(result: Any) -> list[str]:
    found = result.dates[np.append(True, np.diff(result.dates.astype("datetime64[M]")).astype(int) > 0)]
    return [str(day) for day in found[2:]]


def test_contributions_of_ones_own() -> None:
    money = {
        "type": "python", "function": "trend:amount", "amount": 50_000, "warmup": 2,
        "params": {"base": 50_000, "more": 100_000.7},
    }  # fmt: skip
    mix = {"type": "fixed_mix", "weights": {"VOO": 1.0}}
    config = override(
        plan("x:y", assets="VOO"), {"strategy.contributions": money, "strategy.allocation": mix}
    )
    result = engine.run(config).result
    paid = result.equity["flow"][result.equity["flow"] > 0.0]
    assert set(paid) == {50_000.0, 150_000.0}
    assert len(paid) == 84
    row = engine.windows([config], horizons=[2], every="year", threads=1).frame.iloc[1]
    alone = engine.run(config, period=(str(row["start"])[:10], str(row["end"])[:10]))
    assert row["final_value"] == alone.metrics["final_value"]
    with pytest.raises(ConfigError, match="a function would change the money"):
        engine.bootstrap([config], paths=2, years=1)


@pytest.mark.parametrize("example", ["rotation", "inverse_volatility", "trend"])
def test_the_examples_run_as_their_first_line_says(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = EXAMPLES / f"{example}.yaml"
    command = path.read_text("utf-8").splitlines()[0].removeprefix("# backtest ").split()
    assert command == ["run", f"examples/own_strategies/{example}.yaml", "--allow-python"]
    done = type_in(capsys, "run", path, "--allow-python", "--data", "sample", "--out", tmp_path, "--audit")
    assert done.code == 0, done.error
    assert f"{example}:" in done.out
