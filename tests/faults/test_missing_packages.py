"""What only some commands need the others do without: runs and studies without vectorbt, arch and yfinance."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.child import ROOT, environment

HEAVY = ("vectorbt", "arch", "yfinance")
BLOCKED = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
"""
WORK = f"""
from pathlib import Path
import engine
from engine import audit, bootstrap, compare, load_result, load_study, run, sweep, windows

plan = Path({str(ROOT / "configs" / "core100.yaml")!r})
short = dict(source="sample", period=("2015-01-01", "2018-12-31"))
view = run(plan, out=sys.argv[1], **short)
assert view.returns.size and view._repr_html_()
assert load_result(Path(sys.argv[1], "core100")) == view
compare([plan, plan.with_name("satellite10.yaml")], **short)
windows([plan], horizons=[2], every="year", threads=1, **short)
bootstrap(plan, paths=4, years=1, threads=1, **short)
try:
    audit(view)
except Exception as error:
    print(type(error).__name__, error)
"""
COMMAND = "import sys; from engine.cli import main; main(sys.argv[1:])"


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + code, *map(str, arguments)],
        env=environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_a_script_without_them(tmp_path: Path) -> None:
    done = python(WORK, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ModuleNotFoundError No module named 'vectorbt'")


@pytest.mark.parametrize(
    "words", [("--help",), ("assets", "VOO"), ("examples",), ("schema",), ("data", "list")]
)
def test_commands_without_them(words: tuple[str, ...]) -> None:
    done = python(COMMAND, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_command_that_needs_one_names_it(tmp_path: Path) -> None:
    plan = ROOT / "configs" / "core100.yaml"
    assert python(COMMAND, "run", plan, "--data", "sample", "--out", tmp_path, "--quiet").returncode == 0
    done = python(COMMAND, "audit", tmp_path / "core100", "--lang", "en")
    told = "the package vectorbt is missing (it comes with the program: pip install satellite-backtest)"
    assert (done.returncode, done.stderr) == (1, f"backtest: {told}\n")
