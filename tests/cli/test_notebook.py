"""The package for a notebook or a script: its names, its views, and the example notebook, executed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engine
from engine import audit, compare, load_config, load_result, run
from engine.errors import ConfigError
from engine.notebook import CHARTS, View
from tests.person import CONFIGS, ROOT

SATELLITE = CONFIGS / "satellite10.yaml"
NOTEBOOK = ROOT / "examples" / "satellite.ipynb"


@pytest.fixture(scope="module")
def view() -> View:
    return run(SATELLITE, source="sample")


def test_the_public_names():
    assert engine.__all__ == [
        "audit",
        "bootstrap",
        "compare",
        "load_config",
        "load_result",
        "run",
        "sweep",
        "windows",
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
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("description: 90")))
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


def test_a_vectorbt_portfolio(view):
    portfolio = view.to_vectorbt()
    assert float(portfolio.value().iloc[-1]) == pytest.approx(view.metrics["final_value"], rel=1e-9)


def test_a_comparison_shows_itself():
    both = compare([CONFIGS / "core100.yaml", load_config(SATELLITE)], source="sample", lang="ja")
    assert [item.name for item in both.views] == ["core100", "satellite10"]
    assert "戦略" in both._repr_html_()
    assert "satellite10" in repr(both)
    assert both.frame.loc["core100", "xirr"] == both.views[0].metrics["xirr"]
    assert len(both.plot().data) == 2


def test_studies_show_themselves(tmp_path):
    drawn = engine.bootstrap([SATELLITE], source="sample", paths=200, years=2, fan_paths=50)
    assert "<pre>" in drawn._repr_html_()
    assert drawn.result.paths == 200
    lived = engine.windows(
        [SATELLITE, CONFIGS / "core100.yaml"], horizons=[20], source="sample", out=tmp_path
    )
    assert "satellite10" in lived.text


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


def test_the_notebook_is_kept_without_outputs():
    import json

    cells = json.loads(Path(NOTEBOOK).read_text("utf-8"))["cells"]
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
