"""Any bytes in a plan, a study or a price file: a value or one line, and nothing else happens.

A bounded share of what ``make fuzz`` tries.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BacktestError
from tests.fuzz.doors import DOORS, Door, knock, placed, seeds, torn, watched
from tests.variations import examples


@pytest.mark.parametrize("kind", DOORS)
@examples(100)
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_bytes_from_nowhere(kind: str, data: bytes, tmp_path: Path) -> None:
    knock(kind, data, tmp_path)


@pytest.mark.parametrize("kind", DOORS)
@examples(150)
@given(seed=st.integers(0, 2**32 - 1))
def test_good_files_torn_apart(kind: str, seed: int, tmp_path: Path) -> None:
    chance, good = random.Random(seed), seeds(kind)
    knock(kind, torn(chance.choice(good), chance, good), tmp_path)


@pytest.mark.parametrize("kind", DOORS)
def test_good_files_are_good(kind: str, tmp_path: Path) -> None:
    """Each seed is accepted by a door of its kind: else tearing it apart would try little."""
    for data in seeds(kind):
        assert any(accepts(door, placed(data, tmp_path)) for door in DOORS[kind]), data[:80]


def accepts(door: Door, path: Path) -> bool:
    try:
        door(path)
    except BacktestError:
        return False
    return True


def test_the_guard_sees_what_it_guards_against(tmp_path: Path) -> None:
    deeds = (
        lambda: (tmp_path / "x").write_text("x"),
        lambda: (tmp_path / "y").mkdir(),
        lambda: exec("1"),
        lambda: subprocess.run([sys.executable, "-V"], check=True, capture_output=True),
    )
    for deed in deeds:
        with pytest.raises(AssertionError), watched():
            deed()
