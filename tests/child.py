"""The command line in a process of its own, for tests that kill it, starve it or move it elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
UNWATCHED = {"COVERAGE_PROCESS_CONFIG": None}  # coverage would write as a child starves, and say so
BACKTEST = (sys.executable, "-c", "from engine.cli import main; main()")


def environment(**changes: str | None) -> dict[str, str]:
    """The variables of a child: the project on its path, no locale of this machine, nothing of the network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    for name, value in changes.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
    return kept


def call(
    *arguments: object,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    before: Callable[[], Any] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run ``backtest`` with these arguments to its end. ``before`` is done in the child first (POSIX)."""
    if env is None:
        env = environment(**UNWATCHED if before else {})
    return subprocess.run(
        [*BACKTEST, *map(str, arguments)],
        env=dict(env),
        cwd=cwd,
        preexec_fn=before,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=timeout,
        check=False,
    )


def start(*arguments: object, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start ``backtest`` and go on."""
    return subprocess.Popen(
        [*BACKTEST, *map(str, arguments)],
        env=dict(env or environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
    )


def names_in(folder: Path) -> list[str]:
    """Everything in a folder, hidden things too."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
