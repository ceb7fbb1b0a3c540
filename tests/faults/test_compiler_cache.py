"""The compiler's cache never gets in the way of a run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.child import ROOT, UNWATCHED, environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX limits")

SCRIPT = """
import resource, sys
from engine.ledger.compile.jit import compiled
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))

@compiled
def twice(x):
    return 2.0 * x

print(twice(21.0), twice(1))
"""


@pytest.mark.parametrize("room", [0, 100, 1500])
def test_a_full_disk_under_the_cache(room: int, tmp_path: Path) -> None:
    script = tmp_path / "twice.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, str(room)], cwd=ROOT, capture_output=True, text=True, check=False,
        env=environment(NUMBA_CACHE_DIR=str(tmp_path / "cache"), **UNWATCHED),
    )  # fmt: skip
    assert done.stdout == "42.0 2.0\n", done.stderr


def test_a_damaged_cache(tmp_path: Path) -> None:
    """Half a file, as a full disk leaves it, is no obstacle for the next process."""
    script = tmp_path / "twice.py"
    script.write_text(SCRIPT)
    cache = tmp_path / "cache"
    for damage in (None, b"", b"half a file"):
        for path in cache.rglob("*.nbi"):
            if damage is not None:
                path.write_bytes(damage)
        done = subprocess.run(
            [sys.executable, script, "100000000"], env=environment(NUMBA_CACHE_DIR=str(cache)), cwd=ROOT,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout == "42.0 2.0\n", done.stderr
