"""A bootstrap that is stopped goes on where it was, whoever works, and ends with the same bytes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.config import load_config
from engine.errors import StoreError
from engine.studies.bootstrap import parts, simulate
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.bootstrap.study import bootstrap_in
from engine.studies.executor import Executor
from engine.studies.stored import load_study
from tests.child import ROOT, environment
from tests.faults.test_workers import cluster
from tests.study_helpers import CONFIGS, digests

NAME = "satellite10-bootstrap"
PATHS = 320  # five chunks
SCRIPT = """
import sys
from engine.studies.bootstrap import parts
from tests.faults.test_bootstrap_resume import drawn
if __name__ == "__main__":
    parts.EVERY = 0.0
    drawn(*sys.argv[1:2], seed=int(sys.argv[2]), paths=int(sys.argv[3]))
"""


def drawn(out: Path | str, *, seed: int = 3, paths: int = PATHS, **options: Any) -> Path:
    """The folder of a bootstrap whose chunks are done by one thread, if nobody else is named."""
    given = {"executor": Executor(threads=1), "source": "sample", "years": 3, "block": 40.0, **options}
    config = load_config(CONFIGS / "satellite10.yaml")
    return bootstrap_in(Path(out), [config], Bootstrap.files, seed=seed, paths=paths, **given)[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of a bootstrap that nothing has happened to."""
    return digests(drawn(tmp_path_factory.mktemp("whole")))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every chunk is put aside when it is done."""
    monkeypatch.setattr(parts, "EVERY", 0.0)


def parts_of(out: Path) -> list[Path]:
    return sorted((out / NAME).glob("parts/*/*.part"))


def stopped(out: Path, after: int, **options: Any) -> None:
    """Interrupt a bootstrap when so many futures are done."""

    def stop(done: int, _total: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drawn(out, progress=stop, **options)


# --- killed -------------------------------------------------------------------------------------------------


def killable(out: Path, seed: int, paths: int) -> list[str]:
    return [sys.executable, "-c", SCRIPT, str(out), str(seed), str(paths)]


def kill_bootstraps(out: Path, kills: int, seed: int) -> None:
    """Kill a bootstrap at random moments of its whole length: the last result is whole, or the new one is.

    Of one seed until it is done, then of the next, so that one may go on from what another has left.
    """
    clock, env, paths = random.Random(seed), environment(), 20 * PATHS
    began = time.monotonic()
    subprocess.run(killable(out, 0, paths), cwd=ROOT, env=env, check=True)
    length = time.monotonic() - began
    drawing = 1
    for _ in range(kills):
        process = subprocess.Popen(killable(out, drawing, paths), cwd=ROOT, env=env)
        time.sleep(clock.uniform(0.2, 1.05) * length)
        process.kill()
        process.wait()
        found = load_study(out / NAME)
        assert isinstance(found, Bootstrap)
        assert found.seed in (drawing, drawing - 1)
        drawing += found.seed == drawing
    subprocess.run(killable(out, drawing, paths), cwd=ROOT, env=env, check=True)
    alone = out.with_name("alone")
    drawn(alone, seed=drawing, paths=paths)
    assert digests(out / NAME) == digests(alone / NAME)
    assert [path.name for path in out.iterdir()] == [NAME]


def test_a_bootstrap_killed_at_any_moment(tmp_path: Path) -> None:
    kill_bootstraps(tmp_path / "out", 6, seed=5)


def test_killed_and_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = 40 * PATHS
    process = subprocess.Popen(killable(tmp_path, 3, paths), cwd=ROOT, env=environment())
    try:
        until = time.monotonic() + 120
        while len(parts_of(tmp_path)) < 5 and time.monotonic() < until and process.poll() is None:
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()
    kept, made, one = len(parts_of(tmp_path)), [], simulate.Chunk.__call__

    def counted(chunk: simulate.Chunk, span: tuple[int, int]) -> bytes:
        made.append(span)
        return one(chunk, span)

    with monkeypatch.context() as patched:
        patched.setattr(simulate.Chunk, "__call__", counted)
        folder = drawn(tmp_path, paths=paths)
    assert kept
    assert len(made) <= paths // simulate.CHUNK - kept
    assert digests(folder) == digests(drawn(tmp_path / "alone", paths=paths))


@pytest.mark.long
def test_a_bootstrap_killed_at_300_moments(tmp_path: Path) -> None:
    kill_bootstraps(tmp_path / "out", 300, seed=6)


# --- stopped, and who goes on -------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("who", [{"threads": 3}, {"workers": 2}])
def test_who_goes_on_makes_no_difference(tmp_path: Path, whole: dict[str, str], who: dict[str, int]) -> None:
    stopped(tmp_path, 128)
    assert parts_of(tmp_path)
    assert digests(drawn(tmp_path, executor=Executor(**who))) == whole
    assert not parts_of(tmp_path)


@pytest.mark.usefixtures("at_once")
@pytest.mark.skipif(os.name != "posix", reason="as the other tests of clusters")
def test_a_cluster_goes_on(tmp_path: Path, whole: dict[str, str]) -> None:
    stopped(tmp_path, 128)
    with cluster(2) as made:
        assert digests(drawn(tmp_path, executor=Executor(scheduler=made.scheduler_address))) == whole


def test_what_waits_is_put_aside_when_it_is_stopped(tmp_path: Path, whole: dict[str, str]) -> None:
    """Also within the first seconds, in which nothing is written else."""
    stopped(tmp_path, 192)
    (one,) = parts_of(tmp_path)
    told: list[int] = []
    folder = drawn(tmp_path, progress=lambda done, _total: told.append(done))
    assert told == [64, 128, 192, 256, 320]
    assert digests(folder) == whole
    assert not one.exists()


def test_a_short_one_writes_no_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_self: parts.Parts) -> None:
        raise AssertionError("a part was written")

    monkeypatch.setattr(parts.Parts, "write", never)
    drawn(tmp_path)


# --- what is never taken for a part -------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "other", [{"seed": 4}, {"paths": 384}, {"years": 4}, {"block": 41.0}, {"fan_paths": 9}]
)
def test_another_study_begins_anew(tmp_path: Path, other: dict[str, Any]) -> None:
    stopped(tmp_path / "one", 128)
    assert parts_of(tmp_path / "one")
    told: list[int] = []
    folder = drawn(tmp_path / "one", progress=lambda done, _total: told.append(done), **other)
    assert told[0] == 64
    assert digests(folder) == digests(drawn(tmp_path / "alone", **other))


@pytest.mark.usefixtures("at_once")
def test_a_damaged_part_is_none(tmp_path: Path, whole: dict[str, str]) -> None:
    stopped(tmp_path, 192)
    first, second, *_ = parts_of(tmp_path)
    first.write_bytes(first.read_bytes()[:-1])
    content = bytearray(second.read_bytes())
    content[-9] ^= 0x10
    second.write_bytes(content)
    (first.parent / f".{first.name}.new-0123abcd").write_bytes(b"half")
    assert digests(drawn(tmp_path)) == whole


@pytest.mark.usefixtures("at_once")
def test_other_peoples_files_stay(tmp_path: Path, whole: dict[str, str]) -> None:
    stopped(tmp_path, 128)
    mine = parts_of(tmp_path)[0].with_name("notes.txt")
    mine.write_text("mine")
    with pytest.raises(StoreError, match=r"notes.txt.*, which this program did not write"):
        drawn(tmp_path)
    assert mine.read_text() == "mine"
    mine.unlink()
    assert digests(drawn(tmp_path)) == whole


def test_the_last_result_stays_until_the_new_one_is_whole(tmp_path: Path, whole: dict[str, str]) -> None:
    folder = drawn(tmp_path)
    stopped(tmp_path, 128, seed=9)
    assert json.loads((folder / "manifest.json").read_bytes())["seed"] == 3
    assert {name: digest for name, digest in digests(folder).items() if "parts" not in name} == whole
    assert json.loads((drawn(tmp_path, seed=9) / "manifest.json").read_bytes())["seed"] == 9
