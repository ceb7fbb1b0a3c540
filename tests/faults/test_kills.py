"""``run``, ``new``, ``report``, ``compare`` killed at any moment: what they write is the old or the new, whole.

The same for ``sweep`` stands in test_sweep_resume.py, for the cache in test_cache_faults.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine import store
from engine.config import load_config
from engine.files import leftovers
from tests.child import ROOT, names_in
from tests.nursery import Nursery
from tests.nursery import nursery as loaded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX fork and signals")
KILLS = [10, pytest.param(300, marks=pytest.mark.long)]
CONFIGS = ROOT / "configs"
SHORT = ("--data", "sample", "--set", "period.start=2024-01-01")


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with loaded() as found:
        yield found


def kill_often(
    nursery: Nursery, kills: int, command: Callable[[int], Sequence[object]], state: Callable[[], object]
) -> Counter[str]:
    """Kill ``command(0)`` and ``command(1)`` in turn; ``state()`` must be that which one of them makes."""
    moments = random.Random(kills)
    length = nursery.call(*command(0))
    states = [state()]
    length = max(length, nursery.call(*command(1)))
    states.append(state())
    assert states[0] != states[1]
    known, seen = 1, Counter[str]()
    for number in range(kills):
        wanted = number % 2
        took = nursery.kill(moments.uniform(0.0, 1.05) * length, *command(wanted))
        length = took or length  # the machine may have become faster
        now = states.index(state())
        assert now in (known, wanted)
        seen["killed" if took is None else "done"] += 1
        seen["new" if now == wanted and known != wanted else "old"] += 1
        known = now
    print(dict(seen))
    assert seen["killed"] > kills // 4
    return seen


@pytest.mark.parametrize("kills", [20, *KILLS[1:]])
def test_run(kills: int, nursery: Nursery, tmp_path: Path) -> None:
    """The amounts tell the results apart."""

    def command(number: int) -> Sequence[object]:
        amount = f"strategy.contributions.amount={number + 1}_000_000"
        plan = CONFIGS / "windfall_lump.yaml"
        return ("run", plan, "--data", "sample", "--quiet", "--out", tmp_path, "--set", amount)

    def state() -> object:
        stored = store.load(tmp_path / "windfall_lump")
        assert (tmp_path / "windfall_lump" / "report.html").stat().st_size > 100_000
        assert float(stored.equity["contributed"][-1]) == stored.metrics["contributed"]
        return stored.metrics["contributed"]

    kill_often(nursery, kills, command, state)
    nursery.call(*command(0))
    assert names_in(tmp_path) == ["windfall_lump"]


@pytest.mark.parametrize("kills", KILLS)
def test_new(kills: int, nursery: Nursery, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"

    def command(number: int) -> Sequence[object]:
        amount = ("100000", "200000")[number]
        return ("new", "m", "--to", path, "--force", "--yes", "--quiet", "--lang", "en", "--amount", amount)

    def state() -> object:
        assert {*tmp_path.iterdir()} - {*leftovers(path)} == {path}
        return load_config(path).strategy.contributions.amount

    kill_often(nursery, kills, command, state)


@pytest.mark.parametrize("kills", KILLS)
def test_report(kills: int, nursery: Nursery, tmp_path: Path) -> None:
    nursery.here("run", CONFIGS / "core100.yaml", *SHORT, "--quiet", "--out", tmp_path)
    folder = tmp_path / "core100"
    page = folder / "report.html"
    before = {path.name for path in folder.iterdir()}

    def state() -> object:
        store.load(folder)
        assert {path.name for path in {*folder.iterdir()} - {*leftovers(page)}} == before
        return hashlib.sha256(page.read_bytes()).hexdigest()

    kill_often(nursery, kills, lambda n: ("report", folder, "--quiet", "--lang", ("en", "ja")[n]), state)
    nursery.call("report", folder, "--quiet", "--lang", "en")
    assert {*names_in(folder)} == before
    nursery.call("run", CONFIGS / "core100.yaml", *SHORT, "--quiet", "--out", tmp_path)
    assert names_in(tmp_path) == ["core100"]


@pytest.mark.parametrize("kills", KILLS)
def test_compare(kills: int, nursery: Nursery, tmp_path: Path) -> None:
    plans = [CONFIGS / "core100.yaml", CONFIGS / "satellite10.yaml"]
    folder = tmp_path / "compare-core100+satellite10"

    def command(number: int) -> Sequence[object]:
        return ("compare", *plans, *SHORT, "--quiet", "--lang", ("en", "ja")[number], "--out", tmp_path)

    def state() -> object:
        assert names_in(folder) == ["compare.html", "manifest.json", "plans"]
        manifest = json.loads((folder / "manifest.json").read_bytes())
        digest = hashlib.sha256((folder / "compare.html").read_bytes()).hexdigest()
        assert manifest["files"]["compare.html"] == digest
        assert names_in(folder / "plans") == ["core100", "satellite10"]
        return digest

    kill_often(nursery, kills, command, state)
    nursery.call(*command(0))
    assert names_in(tmp_path) == ["compare-core100+satellite10"]
