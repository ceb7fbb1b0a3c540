"""Every shipped configuration still comes to what was committed; a change shows as a readable difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.make_golden import HERE, golden_of
from tests.shipped import CONFIGS


def differences(was: Any, now: Any, where: str = "") -> Iterator[str]:
    """``metrics.final_value: was 1, is 2`` for every figure that changed."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            yield from differences(was.get(key), now.get(key), f"{where}.{key}" if where else key)
    elif was != now:
        yield f"{where}: was {was}, is {now}"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_configuration_comes_to_the_same(path: Path) -> None:
    file = HERE / f"{path.stem}.json"
    assert file.is_file(), f"{path.stem} has no golden result; make one with: make golden"
    now = json.loads(json.dumps(golden_of(path)))
    changed = list(differences(json.loads(file.read_text(encoding="utf-8")), now))
    if changed:
        more = f"\n  … and {len(changed) - 20} more" if len(changed) > 20 else ""
        shown = "\n  ".join(changed[:20]) + more
        pytest.fail(f"{path.stem} changed; if that was meant: make golden\n  {shown}", pytrace=False)


def test_no_golden_result_is_left_over() -> None:
    assert {file.stem for file in HERE.glob("*.json")} == {path.stem for path in CONFIGS}


def test_a_difference_is_readable() -> None:
    assert list(differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}, "d": 4})) == [
        "a.b: was 1, is 3",
        "d: was None, is 4",
    ]
