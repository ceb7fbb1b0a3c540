"""A sweep that is stopped goes on where it was, whoever works, and ends with the same bytes."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ConfigError, StoreError
from engine.messages import Message
from engine.studies.executor import Executor
from engine.studies.grid.results import SweepResult
from engine.studies.grid.sweep import sweep
from engine.studies.stored import load_study
from tests.nursery import nursery
from tests.study_helpers import PART, PARTED, digests, written

# The process that is forked makes no sweep itself: it would have threads.
SWEEPS = """
import pyarrow.parquet
from engine.ledger.compile import native
from engine.studies.executor import Executor
from engine.studies.grid.sweep import sweep
native.kernel()
def call(arguments):
    path, out, size = arguments
    sweep(path, source="sample", out=out, executor=Executor(threads=1), chunk_size=int(size))
"""
SCRIPT = """
import sys
from engine.studies.executor import Executor
from engine.studies.grid.sweep import sweep
sweep(sys.argv[1], source="sample", out=sys.argv[2], executor=Executor(threads=1), chunk_size=int(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sweep that nothing has happened to."""
    folder = tmp_path_factory.mktemp("whole")
    return sweep(written(folder, PARTED), source="sample", out=folder / "out", chunk_size=PART).study.folder


def go_on(folder: Path, text: str = PARTED) -> SweepResult:
    return sweep(written(folder, text), source="sample", out=folder / "out", chunk_size=PART)


def parts_of(folder: Path) -> list[Path]:
    return sorted(part for part in folder.glob("parts/*/*") if not part.name.startswith("."))


def whole_and_known(folder: Path) -> str:
    """The description of the sweep in a folder, after a look at every file that its manifest names."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    parts = [path for path in parts_of(folder) if path.name in manifest["parts"]]
    assert len(parts) == len(manifest["parts"])
    assert load_study(folder).manifest["study_sha256"] == manifest["study_sha256"]
    return str(manifest["description"])


def kill_sweeps(folder: Path, kills: int, seed: int) -> None:
    """Kill a sweep at random moments of its whole length: the last result is whole, or the new one is.

    Every other one has other axes, so that its parts have to be lived; the description tells them apart.
    """
    clock = random.Random(seed)
    out = folder / "out"
    with nursery(SWEEPS) as loaded:
        length = max(loaded.run(*killable(folder, out, number)) for number in (0, 1))
        known = whole_and_known(out / "small")
        killed = 0
        for number in range(2, kills + 2):
            took = loaded.kill(clock.uniform(0.0, 1.05) * length, *killable(folder, out, number))
            killed += took is None
            length = took or length  # the machine may have become faster
            now = whole_and_known(out / "small")
            assert now in (known, f"sweep {number}")
            known = now
        loaded.run(*killable(folder, out, 0))
    assert killed > kills // 8
    assert [path.name for path in out.iterdir()] == ["small"]
    assert len(list((out / "small" / "parts").iterdir())) == 1
    assert not [path for path in out.rglob("*") if path.name.startswith(".")]


def killable(folder: Path, out: Path, number: int) -> tuple[object, ...]:
    weights = "[0, 0.1, 0.2]" if number % 2 else f"[0, 0.1, {0.3 + number / 10_000}]"
    text = PARTED.replace("[0, 0.1, 0.2]", weights) + f"description: sweep {number}\n"
    path = written(folder, text, f"small{number}.yaml")
    return path, out, PART


def test_a_sweep_killed_at_any_moment(tmp_path: Path) -> None:
    kill_sweeps(tmp_path, 6, seed=5)


@pytest.mark.long
def test_a_sweep_killed_at_300_moments(tmp_path: Path) -> None:
    kill_sweeps(tmp_path, 300, seed=6)


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    folder = go_on(tmp_path).study.folder
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"holds 'notes.txt', which this program did not write"):
        go_on(tmp_path)
    assert (folder / "notes.txt").read_text() == "mine"
    (folder / "notes.txt").unlink()
    go_on(tmp_path)


def test_without_an_objective_the_old_ranking_goes(tmp_path: Path) -> None:
    folder = go_on(tmp_path).study.folder
    assert (folder / "ranking.csv").is_file()
    go_on(tmp_path, PARTED.replace("objective: xirr\n", ""))
    assert not (folder / "ranking.csv").exists()


@pytest.mark.parametrize("after", [1, 3])
def test_killed_and_taken_up_again(tmp_path: Path, whole: Path, after: int) -> None:
    path, out = written(tmp_path, PARTED), tmp_path / "out"
    command = [sys.executable, "-c", SCRIPT, str(path), str(out), str(PART)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        until = time.monotonic() + 120
        while (
            len(of_kind(out / "small", "summary")) < after
            and time.monotonic() < until
            and process.poll() is None
        ):
            time.sleep(0.001)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = [part for share in of_kind(out / "small", "summary") for part in (share, rows_of(share))]
    assert done
    before = {item: item.stat().st_mtime_ns for item in done}
    go_on(tmp_path)
    assert {item: item.stat().st_mtime_ns for item in done} == before  # not made again
    assert digests(out / "small") == digests(whole)


def test_a_part_that_is_missing_is_made_again(tmp_path: Path, whole: Path) -> None:
    folder = go_on(tmp_path).study.folder
    of_kind(folder, "summary")[1].unlink()
    of_kind(folder, "rows")[2].unlink()
    (parts_of(folder)[0].parent / f".{parts_of(folder)[0].name}.new-0123abcd").write_bytes(b"half")
    go_on(tmp_path)
    assert digests(folder) == digests(whole)


def of_kind(folder: Path, kind: str) -> list[Path]:
    return [part for part in parts_of(folder) if (".summary" in part.name) == (kind == "summary")]


def rows_of(share: Path) -> Path:
    return share.with_name(share.name[1:]).with_suffix(".parquet")


def damage(part: Path) -> None:
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 0x10
    part.write_bytes(bytes(content))


@pytest.mark.parametrize("kind", ["rows", "summary"])
def test_a_damaged_part_is_made_again_and_no_other(tmp_path: Path, whole: Path, kind: str) -> None:
    folder = go_on(tmp_path).study.folder
    before = {item: item.stat().st_mtime_ns for item in parts_of(folder)}
    damage(of_kind(folder, kind)[2])
    go_on(tmp_path)
    after = {item: item.stat().st_mtime_ns for item in parts_of(folder)}
    assert {item.name.strip("_")[:5] for item in before if before[item] != after[item]} == {"00002"}
    assert digests(folder) == digests(whole)


@pytest.mark.parametrize("kind", ["rows", "summary"])
def test_a_damaged_part_of_a_study_that_is_read(tmp_path: Path, kind: str) -> None:
    folder = go_on(tmp_path).study.folder
    for part in of_kind(folder, kind):
        damage(part)
    with pytest.raises(StoreError, match=r"00000-.*: is damaged \(simulate the study again\)"):
        load_study(folder)


def test_a_study_without_shares_is_of_an_older_version(tmp_path: Path) -> None:
    folder = go_on(tmp_path).study.folder
    for part in folder.glob("parts/*/*.summary"):
        part.unlink()
    with pytest.raises(StoreError, match=r"small: an older version of this program wrote it \(simulate"):
        load_study(folder)


def test_another_configuration_never_mixes(tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    go_on(tmp_path, PARTED.replace("satellite_weight: [0, 0.1, 0.2]", "satellite_weight: [0, 0.1, 0.3]"))
    first = parts_of(out / "small")
    go_on(tmp_path)
    assert not set(first) & set(parts_of(out / "small"))
    assert digests(out / "small") == digests(whole)


def test_what_is_best_changes_no_row(tmp_path: Path) -> None:
    folder = go_on(tmp_path).study.folder
    before = {item: item.stat().st_mtime_ns for item in parts_of(folder)}
    result = go_on(
        tmp_path, PARTED.replace("objective: xirr", "objective: {measure: max_drawdown, statistic: worst}")
    )
    assert {item: item.stat().st_mtime_ns for item in parts_of(folder)} == before
    assert result.manifest["objective"]["measure"] == "max_drawdown"


def test_interrupted_between_parts(tmp_path: Path) -> None:
    """The thread may end some more before it hears of it."""

    def live(folder: str, **options: Any) -> Path:
        out = tmp_path / folder
        one = Executor(threads=1)
        sweep(written(tmp_path, PARTED), source="sample", out=out, chunk_size=PART, executor=one, **options)
        return out / "small"

    def stop(done: int, _total: int) -> None:
        if done > 300:
            raise KeyboardInterrupt

    whole = live("whole")
    with pytest.raises(KeyboardInterrupt):
        live("stopped", progress=stop)
    assert 0 < len(parts_of(tmp_path / "stopped" / "small")) < len(parts_of(whole))
    assert digests(live("stopped")) == digests(whole)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file is in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        go_on(tmp_path)


def test_who_works_is_said_once() -> None:
    with pytest.raises(ConfigError, match="allowed one of the two"):
        Executor(workers=2, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(ConfigError, match="allowed 1 to 1024"):
        Executor(threads=0)


def test_an_error_in_a_unit_ends_the_work() -> None:
    done: list[int] = []

    def job(unit: int) -> bytes:
        if unit == 3:
            raise StoreError(Message("unit 3 cannot be done"))
        return bytes([unit])

    units = [(number, number) for number in range(50)]
    with pytest.raises(StoreError, match="unit 3"):
        Executor(threads=1).map(job, units, lambda number, content: done.append(number))
    assert done[:3] == [0, 1, 2]
    assert len(done) < 50
