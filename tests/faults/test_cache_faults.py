"""The cache under kill signals, flipped bits, a full disk and many processes at once."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import Offline, Stale, StoreError
from engine.market.cache import Cache, Policy, Response
from engine.market.cache_entry import CacheEntry
from engine.messages import Message
from tests.cache_worker import VERSIONS
from tests.made_up_source import DAY, Clock, Source, history, reprice

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")


def worker(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "cache_worker.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def content(cache: Cache) -> list[str]:
    return sorted(path.name for path in (cache.root / "yahoo" / "VOO").iterdir())


@posix
@pytest.mark.parametrize("kills", [20, pytest.param(300, marks=pytest.mark.long)])
def test_kills_at_random_moments_leave_a_readable_cache(tmp_path: Path, kills: int) -> None:
    cache = Cache(tmp_path)
    known = {version.sha256 for version in VERSIONS}
    moments = random.Random(kills)
    orphans = 0
    for _ in range(kills):
        process = worker("churn", tmp_path)
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0.0, 0.06))
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert [type(found.content) for found in cache.find()] in ([], [Response])
        stored = cache.read("VOO", "yahoo")
        assert stored is None or stored.series.sha256 in known
        if (tmp_path / "yahoo" / "VOO").exists():
            orphans += len(content(cache)) > 3
    if kills >= 200:
        assert orphans, "no kill fell into the writing: the test has lost its aim"
    final = cache.get("VOO", "yahoo", Source(VERSIONS[0]).fetch, Policy(refresh=True))
    assert final.series.sha256 == VERSIONS[0].sha256
    assert content(cache) == sorted([f"{final.manifest.file}.parquet", "lock", "pointer"])


def test_every_one_of_200_flipped_bits_is_found_set_aside_and_fetched_again(tmp_path: Path) -> None:
    source = Source(history(days=250))
    Cache(tmp_path / "good").get("VOO", "yahoo", source.fetch)
    pick = random.Random(2)
    for i in range(200):
        root = tmp_path / str(i)
        shutil.copytree(tmp_path / "good", root)
        cache = Cache(root)
        victim = pick.choice([path for path in (root / "yahoo" / "VOO").iterdir() if path.name != "lock"])
        data = bytearray(victim.read_bytes())
        data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
        victim.write_bytes(data)
        assert [type(found.content) for found in cache.find()] == [Message]
        with pytest.raises(Offline, match="damaged"):
            cache.get("VOO", "yahoo", source.fetch, Policy(offline=True))
        assert len(list((root / "quarantine").iterdir())) == 1
        answer = cache.get("VOO", "yahoo", source.fetch)
        assert answer.series.sha256 == source.truth.sha256
        assert [type(found.content) for found in cache.find()] == [Response]
        shutil.rmtree(root)


def test_damage_found_while_online_is_mended_and_told(tmp_path: Path) -> None:
    cache, source = Cache(tmp_path), Source(history())
    manifest = cache.get("VOO", "yahoo", source.fetch).manifest
    (tmp_path / "yahoo" / "VOO" / f"{manifest.file}.parquet").write_bytes(b"")
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert "damaged" in str(answer.notes[0])
    assert [str(event.what) for event in answer.manifest.history] == [
        "first fetch",
        "fetched again after damage",
    ]
    (tmp_path / "yahoo" / "VOO" / f"{manifest.file}.parquet").unlink()
    assert "it is gone" in str(cache.find()[0].content)
    assert "it is gone" in str(cache.get("VOO", "yahoo", source.fetch).notes[0])


def test_after_damage_lock_accepts_the_same_values_only(tmp_path: Path) -> None:
    cache, source = Cache(tmp_path), Source(history())
    manifest = cache.get("VOO", "yahoo", source.fetch).manifest
    path = tmp_path / "yahoo" / "VOO" / f"{manifest.file}.parquet"
    path.write_bytes(b"junk")
    source.truth = reprice(history(), "2030-05-15", 1.0)
    with pytest.raises(Stale, match="other values"):
        cache.get("VOO", "yahoo", source.fetch, Policy(lock=True))
    source.truth = history("2030-07-05", 85)
    assert cache.get("VOO", "yahoo", source.fetch, Policy(lock=True)).series.sha256 == source.truth.sha256


def test_a_file_of_another_symbol_does_not_pass(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for symbol in ("VOO", "SPY"):
        cache.get(symbol, "yahoo", Source(history(symbol=symbol)).fetch)
    shutil.copy(tmp_path / "yahoo" / "SPY" / "pointer", tmp_path / "yahoo" / "VOO" / "pointer")
    assert "it is of yahoo:SPY" in str(cache.find()[1].content)


def test_a_pointer_with_other_values_than_its_file_does_not_pass(tmp_path: Path) -> None:
    Cache(tmp_path).get("VOO", "yahoo", Source(history()).fetch)
    entry = CacheEntry(tmp_path, "yahoo", "VOO")
    manifest = entry.manifest()
    assert manifest is not None
    entry.manifest_path.write_bytes(replace(manifest, sha256="0" * 64).encode())
    assert "not those that were stored" in str(Cache(tmp_path).find()[0].content)


def test_eight_processes_at_once_fetch_once_and_agree(tmp_path: Path) -> None:
    log = tmp_path / "log"
    processes = [worker("get", tmp_path / "cache", log) for _ in range(8)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    (tmp_path / "go").touch()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert answers == [VERSIONS[0].sha256] * 8
    assert log.read_text() == "fetched\n"
    cache = Cache(tmp_path / "cache")
    assert [type(found.content) for found in cache.find()] == [Response]
    assert len(content(cache)) == 3


@posix
def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    process = worker("churn", tmp_path)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGSTOP)  # holds the lock (nearly always) and does not go on
        process.send_signal(signal.SIGKILL)
        process.wait()
    began = time.monotonic()
    with CacheEntry(tmp_path, "yahoo", "VOO").lock(seconds=5):
        assert time.monotonic() - began < 1


def test_a_lock_that_is_not_given_back_names_its_holder(tmp_path: Path) -> None:
    entry = CacheEntry(tmp_path, "yahoo", "VOO")
    with (
        entry.lock(),
        pytest.raises(StoreError, match=f"held for over 0.1 s by process {os.getpid()}"),
        entry.lock(seconds=0.1),
    ):
        pass
    with entry.lock(seconds=0.1):
        pass


@posix
def test_a_file_system_without_locks_holds_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    cache = Cache(tmp_path)
    assert cache.get("VOO", "yahoo", Source(history()).fetch).manifest.rows == 80
    assert content(cache) == sorted(
        ["lock", "pointer", *(n for n in content(cache) if n.endswith("parquet"))]
    )


@pytest.mark.parametrize("at", ["file", "pointer"])
def test_a_full_disk_is_told_and_the_old_history_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    clock = Clock()
    cache, source = Cache(tmp_path, clock=clock), Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 5 * DAY
    source.truth = history("2030-07-05", 85)
    calls = []
    real = os.fsync

    def full(file: int) -> None:
        calls.append(file)
        if len(calls) == (1 if at == "file" else 3):  # file, its folder, pointer
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        cache.get("VOO", "yahoo", source.fetch)
    monkeypatch.undo()
    stored = cache.read("VOO", "yahoo")
    assert stored is not None
    assert stored.series.sha256 == history().sha256
    assert not list(tmp_path.rglob("*.new-*"))
    assert cache.get("VOO", "yahoo", source.fetch).series.sha256 == source.truth.sha256
    assert len(content(cache)) == 3


def test_orphans_of_other_symbols_are_removed_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.get("VOO", "yahoo", Source(history()).fetch)
    (tmp_path / "yahoo" / "VOO" / ".pointer.new-0123abcd").write_bytes(b"half")
    (tmp_path / "yahoo" / "VOO" / ("0" * 64 + ".parquet")).write_bytes(b"half")
    cache.get("SPY", "yahoo", Source(history(symbol="SPY")).fetch)
    assert len(content(cache)) == 3
    with CacheEntry(tmp_path, "yahoo", "VOO").lock():
        (tmp_path / "yahoo" / "VOO" / ".pointer.new-0123abcd").write_bytes(b"another process is writing this")
        cache.get("SPY", "yahoo", Source(history(symbol="SPY")).fetch, Policy(refresh=True))
        assert len(content(cache)) == 4
