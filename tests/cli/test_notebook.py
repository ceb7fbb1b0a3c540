"""The package for a notebook or a script: its names, its views, and the example notebook, executed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest

import engine
from engine import audit, compare, load_config, load_result, run
from engine.errors import ConfigError
from engine.notebook import CHARTS, View
from engine.report.claims_text import GROUPS
from engine.report.page_locale import PageLocale
from tests.fake_studies import noise
from tests.market_helpers import market_folder
from tests.person import CONFIGS, ROOT

SATELLITE = CONFIGS / "satellite10.yaml"
NOTEBOOK = ROOT / "examples" / "satellite.ipynb"


@pytest.fixture(scope="module")
def view() -> View:
    return run(SATELLITE, source="sample")


def test_the_public_names():
    assert engine.__all__ == [
        "Asset",
        "History",
        "audit",
        "bootstrap",
        "check",
        "compare",
        "data_verify",
        "explore",
        "flows",
        "load_config",
        "load_result",
        "load_study",
        "run",
        "sweep",
        "windows",
        "with_weights",
        "withdraw",
    ]
    assert all(callable(getattr(engine, name)) for name in engine.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        engine.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "first", ["import engine.run, engine.audit", "from engine.run import run", "import engine.cli.runs", ""]
)
def test_run_is_the_function_whatever_was_imported_before(first):
    code = f"{first}\nfrom engine import run, audit\nimport engine\nimport engine.run as again\n"
    code += "from engine.run import prepare\n"
    code += "assert run.__module__ == audit.__module__ == engine.run.__module__ == 'engine.notebook', run"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_package_imports_nothing_heavy():
    code = "import sys, engine; bad = {'numpy', 'pandas', 'numba', 'click', 'plotly'} & set(sys.modules); "
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code + "assert not bad, bad"], env=environ, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_a_view_shows_itself(view):
    html = view._repr_html_()
    assert html.count("<tr>") == 3
    assert "built-in sample" in html
    assert "Core alone (VOO)" in repr(view)
    japanese = run(SATELLITE, source="sample", lang="ja")._repr_html_()
    assert "最終評価額" in japanese
    assert "2024年からのNISAを" in japanese


def test_a_name_does_no_harm(tmp_path):
    text = SATELLITE.read_text("utf-8").replace("name: satellite10", 'name: a.b\ndescription: "<script>"', 1)
    path = tmp_path / "x.yaml"
    path.write_text(re.sub(r"\ndescription:\n(  .*\n)+", "\n", text))
    assert "<script>" not in run(path, source="sample")._repr_html_()


def test_frames_are_the_columns(view):
    frames = view.frames
    assert set(frames) == {"equity", "transactions", "years", "quota"}
    equity = frames["equity"]
    assert equity.index.name == "date"
    assert np.array_equal(equity["value"].to_numpy(), view.result.equity["value"])
    assert frames["years"].loc[2008, "twr"] < -0.3
    assert len(frames["transactions"]) == len(view.result.transactions["date"])


@pytest.mark.parametrize("chart", CHARTS)
def test_charts(view, chart):
    figure = view.plot(chart)
    assert len(figure.data) >= 1
    assert all(len(trace.x) == len(trace.y) > 100 for trace in figure.data)


def test_a_chart_that_is_not_there(view):
    with pytest.raises(ValueError, match="allowed: value, growth"):
        view.plot("pie")


def test_it_is_saved_loaded_and_audited(view, tmp_path):
    again = load_result(view.save(tmp_path))
    assert again.metrics == view.metrics
    assert audit(again).holds
    assert audit(view.result).holds


def test_portfolios_of_vectorbt(view):
    """One describes the strategy, its figures are the result's; the other replays every order."""
    portfolio, metrics = view.to_vectorbt(), view.metrics
    assert portfolio.total_return() == pytest.approx(view.result.equity["twr"][-1] - 1.0, rel=1e-12)
    assert portfolio.max_drawdown() == pytest.approx(metrics["max_drawdown"], rel=1e-9)
    assert portfolio.sharpe_ratio() == pytest.approx(metrics["sharpe"], rel=1e-9)
    assert portfolio.annualized_volatility() == pytest.approx(metrics["volatility"], rel=1e-9)
    assert np.allclose(portfolio.returns().to_numpy(), view.returns.to_numpy(), rtol=0, atol=1e-12)
    assert len(portfolio.plot().data) > 3
    replayed = view.audit_portfolio()
    assert float(replayed.value().iloc[-1]) == pytest.approx(metrics["final_value"], rel=1e-9)


def test_series_are_of_dates_and_named(view):
    for series in (view.returns, view.value, view.drawdown):
        assert str(series.index.dtype) == "datetime64[ns]"
        assert (series.index.name, series.name) == ("date", "satellite10")
        assert len(series) == len(view.result.dates)
    assert np.prod(1.0 + view.returns.to_numpy()) == pytest.approx(view.result.equity["twr"][-1], rel=1e-12)
    assert view.drawdown.min() == pytest.approx(view.metrics["max_drawdown"], rel=1e-12)
    assert view.drawdown.max() <= 0.0
    assert view.value.iloc[-1] == view.metrics["final_value"]
    assert dict(view.stats()) == view.metrics
    assert view.benchmark is not None
    assert view.benchmark.returns.name == "satellite10_core"


def test_equal_runs_are_equal_and_hash_alike(view):
    again = run(SATELLITE, source="sample")
    assert (again == view, hash(again) == hash(view), len({again, view})) == (True, True, 1)
    other = run(SATELLITE, source="sample", period=("2002-01-01", None))
    assert other != view
    assert str(other.result.dates[0]) == "2002-01-02"


def test_metrics_are_typed_by_the_table():
    from engine.metrics import METRICS, Metrics

    assert list(Metrics.__annotations__) == list(METRICS)


@pytest.mark.parametrize("library", ["empyrical", "quantstats"])
def test_other_libraries_find_the_same_figures(view, library):
    stats = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "quantstats":
        returns = view.to_quantstats()
        assert stats.stats.max_drawdown(returns) == pytest.approx(view.metrics["max_drawdown"], rel=1e-9)
        sharpe, volatility = stats.stats.sharpe(returns), stats.stats.volatility(returns)
    else:
        returns = view.to_empyrical()
        assert stats.max_drawdown(returns) == pytest.approx(view.metrics["max_drawdown"], rel=1e-9)
        sharpe, volatility = stats.sharpe_ratio(returns), stats.annual_volatility(returns)
    assert sharpe == pytest.approx(view.metrics["sharpe"], rel=1e-9)
    assert volatility == pytest.approx(view.metrics["volatility"], rel=1e-9)


def test_a_terminal_shows_text_and_no_chart(view, monkeypatch):
    shown: list[object] = []
    terminal = type("TerminalInteractiveShell", (), {})()
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: terminal)
    monkeypatch.setattr("IPython.display.display", lambda item, **_: shown.append(item))
    view._ipython_display_()
    (bundle,) = shown
    assert "Core alone (VOO)" in bundle["text/plain"]
    assert "<table" in bundle["text/html"]


def test_files_are_written_where_out_says_and_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = {"source": "sample", "threads": 1}
    core = CONFIGS / "core100.yaml"
    for out in (None, tmp_path / "out"):
        run(core, source="sample", out=out)
        compare([core, SATELLITE], source="sample", out=out)
        engine.windows([core, SATELLITE], horizons=[10], every="year", out=out, **few)
        engine.bootstrap(core, paths=4, years=1, out=out, **few)
        if out is None:
            assert not list(tmp_path.iterdir())
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == [
        "compare-core100+satellite10", "core100", "core100-bootstrap", "windows-core100-satellite10",
    ]  # fmt: skip


def test_claims_are_shown_by_verdict_the_wrong_ones_first():
    checked = engine.check(CONFIGS / "claims" / "small_cap_article.yaml", source="sample")
    assert not checked.holds
    assert len(checked.frame) == len(checked.result.verdicts)
    shown = unescape(checked._repr_html_())
    locale = PageLocale("en", "USD")
    order = [judgement for judgement in GROUPS if checked.result.counts[judgement]]
    headings = [locale(f"claims_title_{judgement}") for judgement in order]
    tables = shown.split("<table")[1:]
    assert len(tables) == len(order) > 2
    for table, judgement, before in zip(tables, order, shown.split("<table")):
        alike = [item for item in checked.result.verdicts if item.judgement is judgement]
        assert all(locale.text(item.claim.text) in table for item in alike)
        assert headings[order.index(judgement)] in before
    assert all(locale.sentence(rule) in shown for rule in checked.result.rules)


@pytest.mark.market
def test_series_are_checked():
    market = market_folder()
    verified = engine.data_verify(market)
    assert set(verified.frame["series"]) <= {path.stem for path in market.iterdir()}
    assert "rule" in repr(verified)


def test_a_comparison_shows_itself():
    both = compare([CONFIGS / "core100.yaml", load_config(SATELLITE)], source="sample", lang="ja")
    assert [item.name for item in both.views] == ["core100", "satellite10"]
    assert "プラン" in both._repr_html_()
    assert "satellite10" in repr(both)
    assert both.frame.loc["core100", "xirr"] == both.views[0].metrics["xirr"]
    assert len(both.plot().data) == 3  # both, and the lead of the second
    assert len(both.plot("value").data) == 2
    assert list(both.frames["twr"]) == ["core100", "satellite10"]
    assert both.frames["value"]["core100"].iloc[-1] == both.views[0].metrics["final_value"]


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory):
    """A sweep, windows and a bootstrap of the sample, small."""
    out = tmp_path_factory.mktemp("studies")
    made = yaml(CONFIGS / "sweeps" / "allocation.yaml")
    made["base"] = str(CONFIGS / "satellite10.yaml")
    made["axes"]["strategy.allocation.satellite_weight"] = [0.0, 0.1, 0.2]
    made["windows"] = {"every": "year", "horizons": [5, 10]}
    path = out / "small.yaml"
    path.write_text(json.dumps(made), "utf-8")
    return (
        engine.sweep(path, source="sample", out=out, lang="ja"),
        engine.windows([SATELLITE, CONFIGS / "core100.yaml"], horizons=[5, 20], source="sample", out=out),
        engine.bootstrap(SATELLITE, source="sample", paths=200, years=2, fan_paths=50, lang="ja"),
    )


def yaml(path: Path):
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(path.read_text("utf-8"))


def test_studies_show_themselves_as_tables(studies):
    swept, lived, drawn = studies
    for study, word in ((swept, "サテライト比率"), (lived, "satellite10"), (drawn, "コアのみ（VOO）")):
        html = study._repr_html_()
        assert "<table" in html
        assert word in html
        assert word in repr(study)
        assert "サンプル" in html or "SAMPLE" in html
    assert "内蔵サンプル" in drawn._repr_html_()


def test_studies_show_a_table_and_a_chart_where_ipython_displays_them(studies, monkeypatch):
    shown: list[object] = []
    monkeypatch.setattr("IPython.display.display", lambda item, **_: shown.append(item))
    for study in studies:
        study._ipython_display_()
    assert [type(item).__name__ for item in shown] == ["dict", "Figure"] * 3
    assert all(set(item) == {"text/plain", "text/html"} for item in shown[::2])


def test_frames_of_studies(studies):
    swept, lived, drawn = studies
    assert len(swept.frame) == 3 * 2 * 2
    assert len(swept.frames["windows"]) == swept.frame["windows"].sum()
    assert set(lived.frames) == {"windows", "pairs"}
    assert set(lived.frame["strategy"]) == {"satellite10", "core100"}
    assert drawn.frame.loc["satellite10", "below"] == drawn.result.loss_probabilities[0].below
    fan = drawn.frames["fan"].loc[("satellite10", 2)]
    assert fan["p5"] < fan["p50"] < fan["p95"]
    futures = drawn.frames["futures"].query("strategy == 'satellite10'")
    assert np.array_equal(futures["final_value"], drawn.result.outcomes["final_value"][0])


def test_charts_of_studies(studies):
    swept, lived, drawn = studies
    heat = swept.plot("heat", measure="final_value", horizon=5).data[0]
    summary = swept.frame.query("horizon == 5 and satellite == 'IJR'")
    row = list(heat.y).index("IJR")
    texts = [PageLocale("ja", "JPY").value(value, "money") for value in summary["final_value_median"]]
    assert list(heat.text[row]) == texts
    assert (
        (np.asarray(heat.z[row]) >= 0) & (np.asarray(heat.z[row]) <= 1)
    ).all()  # shades, within noise alike
    # Two bands, the median and where it stands; a line and a point an index, and the ring at the chosen one.
    assert [len(swept.plot(name).data) for name in ("weights", "frontier")] == [6, 5]
    assert len(swept.plot("weights", measure="final_value").data[-2].customdata) == 3
    assert len(lived.plot("spread", horizon=5).data) == 2
    assert lived.plot("paired").data
    assert len(drawn.plot("ends").data) == 2
    assert drawn.plot(strategy=1).data


def test_a_cell_of_a_sweep_is_a_life(studies):
    swept, lived, _ = studies
    there = run(SATELLITE, source="sample", overrides=["strategy.allocation.satellite_weight=0.2"])
    assert swept.life(satellite_weight=0.2, satellite="IJR").metrics == there.metrics
    assert lived.life("core100").name == "core100"


@pytest.mark.parametrize(
    ("ask", "allowed"),
    [
        (lambda s: s[0].plot("pie"), "allowed: weights, heat, frontier"),
        (lambda s: s[0].plot(measure="luck"), "allowed: xirr"),
        (lambda s: s[0].life(color=1), "allowed: satellite_weight, satellite, horizon"),
        (lambda s: s[0].life(satellite="VOO"), "allowed: IWM, IJR"),
        (lambda s: s[1].plot(horizon=3), "allowed: 5, 20"),
        (lambda s: s[1].plot(measure="luck"), "allowed: "),
        (lambda s: s[1].life("x"), "allowed: satellite10, core100"),
        (lambda s: s[2].plot("pie"), "allowed: fan, ends"),
    ],
)
def test_what_a_study_does_not_have(studies, ask, allowed):
    with pytest.raises(ValueError, match=allowed):
        ask(studies)


def test_overrides_belong_to_a_file(view):
    with pytest.raises(ConfigError, match="overrides belong to a file"):
        run(load_config(SATELLITE), overrides=["risk_free=0.01"], source="sample")


def test_the_example_notebook_runs(tmp_path, monkeypatch):
    pytest.importorskip("nbclient", reason="nbclient is not installed (extra test)")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra test)")
    code = (
        "import sys, nbformat\nfrom nbclient import NotebookClient\n"
        "book = nbformat.read(sys.argv[1], as_version=4)\n"
        "NotebookClient(book, timeout=120, kernel_name='python3').execute()\n"
        "nbformat.write(book, sys.argv[2])\n"
    )
    # In a process of its own: the kernel's sockets outlive their test otherwise.
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_PLATFORM_DIRS": "1", "BACKTEST_OFFLINE": "1"}
    environ["IPYTHONDIR"] = environ["JUPYTER_RUNTIME_DIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(NOTEBOOK), str(tmp_path / "done.ipynb")],
        env=environ, cwd=ROOT, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lived = (tmp_path / "done.ipynb").read_text("utf-8")
    assert "built-in sample" in lived
    assert "application/vnd.plotly" in lived
    assert "最終評価額" in lived
    assert "サテライト比率" in lived


def test_the_notebook_is_kept_without_outputs():
    cells = json.loads(Path(NOTEBOOK).read_text("utf-8"))["cells"]
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)


def test_flows_show_themselves(tmp_path):
    month = np.datetime64("2005-01", "M") + np.arange(120)
    rows = [
        f"{day},{amount:.0f}" for day, amount in zip((month + 1).astype("M8[D]") - 1, noise(2, 120)[1] * 1e9)
    ]
    (tmp_path / "IWM_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", *rows, ""]))
    view = engine.flows("IWM", source="sample", flows=tmp_path, lang="ja")
    html = view._repr_html_()
    assert html.index("誤差の範囲です") < html.index("<table")
    assert "サンプル" in html
    assert repr(view).count("IWM：誤差の範囲です") == 1
    assert len(view.frame) == 18
    assert set(view.frames) == {"months", "lags", "events"}
    assert len(view.plot().data) == 5
    assert len(view.plot("lags", symbol="IWM").data) == 1
    with pytest.raises(ValueError, match="chart 'x'; allowed: price, lags"):
        view.plot("x")
    with pytest.raises(ValueError, match="symbol 'IJR'; allowed: IWM"):
        view.plot(symbol="IJR")
    with pytest.raises(ConfigError, match="symbols"):
        engine.flows([], source="sample")
