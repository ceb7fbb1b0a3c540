"""What a user's script says of every public name is typed: by mypy and pyright, and by the package's own count."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

import engine
from tests.person import CONFIGS, ROOT
from tests.user_script import main

SCRIPT = ROOT / "tests" / "user_script.py"
LEAST = 99.0  # percent of the names under ``engine`` whose type is known


def test_the_script_uses_every_public_name() -> None:
    named = {node.id for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert set(engine.__all__) <= named


def test_the_script_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all(number == number for number in main(CONFIGS, tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def checked(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=900
    )


def test_mypy_in_strict_mode(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed (extra dev)")
    needs_stubs()
    cache = ROOT / ".mypy_cache"  # which lint has filled
    done = checked(tmp_path, "mypy", "--strict", "--cache-dir", str(cache), str(SCRIPT))
    assert done.returncode == 0, done.stdout


def test_pyright_in_strict_mode(tmp_path: Path) -> None:
    name = pyright()
    (tmp_path / "script.py").write_text(SCRIPT.read_text("utf-8"))
    (tmp_path / "pyrightconfig.json").write_text('{"include": ["script.py"], "typeCheckingMode": "strict"}')
    done = checked(tmp_path, name, "--pythonpath", sys.executable)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_nearly_every_type_is_known(tmp_path: Path) -> None:
    done = checked(
        tmp_path, pyright(), "--pythonpath", sys.executable, "--verifytypes", "engine", "--ignoreexternal"
    )
    score = re.search(r"Type completeness score: ([\d.]+)%", done.stdout)
    assert score is not None, done.stdout[-2000:]
    assert float(score[1]) >= LEAST, re.findall("error: .*", done.stdout)[:20]


def needs_stubs() -> None:
    """Skip the test without the types of pandas."""
    if not list(distributions(name="pandas-stubs")):
        pytest.skip("pandas-stubs is not installed (extra dev)")


def pyright() -> str:
    """Pyright, or the package that brings its own node; skips the test where neither works."""
    needs_stubs()
    for name in ("pyright", "basedpyright"):
        done = checked(ROOT, name, "--version")
        if done.returncode == 0:
            return name
    pytest.skip("neither pyright nor basedpyright runs here (extra dev; node)")
