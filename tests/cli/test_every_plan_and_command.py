"""Every shipped plan with every command that takes a plan: an answer or one line, and never a defect."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from tests.child import ROOT
from tests.shipped import kind_of, needs

pytestmark = pytest.mark.long
PLANS = [path for path in sorted((ROOT / "configs").rglob("*.yaml")) if kind_of(path) == "config"]
REAL = ("--real", "--set", "inflation=cpi_jp")
COMMANDS = [
    ("run",),
    ("run", *REAL),
    ("run", "--state-at", "2015-06-30"),
    ("windows", "--horizons", "5", "--every", "year"),
    ("windows", "--horizons", "5", "--every", "year", *REAL),
    ("bootstrap", "--paths", "30", "--years", "3"),
    ("bootstrap", "--paths", "30", "--years", "3", *REAL),
    ("withdraw", "--futures", "0", "--years", "5"),
    ("withdraw", "--futures", "30", "--years", "5,10", "--rates", "0.03,0.05"),
    ("withdraw", "--futures", "30", "--years", "10", "--stop"),
    ("withdraw", "--futures", "30", "--years", "10", "--amount", "100000"),
]


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.relative_to(ROOT / "configs").as_posix())
def test_a_plan_with_every_command(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    source = ["--data", "sample"] if "century" not in path.parts else []
    source += [word for change in needs(path) for word in ("--set", change)]
    for n, (command, *options) in enumerate(COMMANDS):
        with pytest.raises(SystemExit) as stop:
            main([command, str(path), *source, *options, "--out", str(tmp_path / str(n)), "--lang", "en"])
        said = capsys.readouterr()
        assert stop.value.code in (None, 0, 2, 3), (command, options, said.err)
        assert "defect in this program" not in said.err
        assert bool(said.out) == (not stop.value.code), (command, options)
