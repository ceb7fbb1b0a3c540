"""Files of a user's called like our packages: ours are found all the same, or what hides them is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.person import CONFIGS, ROOT

RUN = f"""
from engine import run
view = run({str(CONFIGS / "tilt_momentum.yaml")!r}, source="sample", period=("2015-01-01", "2017-12-31"))
print(view.metrics["final_value"])
"""


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("theirs", ["strategies/__init__.py", "strategies.py", "strategies/notes.txt"])
def test_strategies_beside_a_script(tmp_path: Path, theirs: str) -> None:
    path = tmp_path / theirs
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise SystemExit('their code was run')\n")
    (tmp_path / "script.py").write_text(RUN)
    plain = python(ROOT, "-c", RUN)
    beside = python(tmp_path, "script.py")
    assert beside.returncode == 0, beside.stderr
    assert beside.stdout == plain.stdout != ""


def test_theirs_can_be_used_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "__init__.py").write_text("MINE = 7\n")
    (tmp_path / "script.py").write_text(f"import strategies\n{RUN}\nassert strategies.MINE == 7\n")
    done = python(tmp_path, "script.py")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("theirs", ["engine.py", "engine/__init__.py"])
def test_an_engine_of_theirs_is_named_in_one_line(tmp_path: Path, theirs: str) -> None:
    path = tmp_path / theirs
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    (tmp_path / "script.py").write_text("import satellite_backtest\n")
    done = python(tmp_path, "script.py")
    assert done.returncode == 1
    said = f"ImportError: {path} hides the package engine of this program: rename it, or start from another folder"
    assert done.stderr.splitlines()[-1] == said
    done = python(tmp_path, "-m", "satellite_backtest", "run", "x.yaml")
    assert (done.returncode, done.stderr) == (2, f"backtest: {said.removeprefix('ImportError: ')}\n")


def test_both_ways_in_are_the_program(tmp_path: Path) -> None:
    for module in ("engine", "satellite_backtest"):
        done = python(tmp_path, "-m", module, "--version")
        assert (done.returncode, done.stderr) == (0, "")
        assert re.search(r"\d+\.\d+", done.stdout)


def test_the_engine_asks_for_its_own_strategies_alone() -> None:
    """A plain import would find a user's."""
    named = re.compile(r"^\s*(from|import) strategies\b", re.MULTILINE)
    found = [path.name for path in ROOT.glob("engine/**/*.py") if named.search(path.read_text("utf-8"))]
    assert found == ["builtin.py"]
