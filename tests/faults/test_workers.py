"""Workers of a study: killed, strange, missing, and out of reach of the machine's other users."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BacktestError, ConfigError, StoreError
from engine.messages import Message, message
from engine.studies import handshake
from engine.studies.executor import Executor
from engine.studies.grid.sweep import sweep
from engine.studies.pools import cluster as clusters
from engine.studies.pools.pool import Pool
from tests.child import ROOT, environment
from tests.study_helpers import PART, PARTED, digests, written

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sweep that threads have lived."""
    folder = tmp_path_factory.mktemp("whole")
    return sweep(written(folder, PARTED), source="sample", out=folder / "out", chunk_size=PART).study.folder


def live(folder: Path, executor: Executor, **options: Any) -> Path:
    out = folder / "out"
    return sweep(
        written(folder, PARTED), source="sample", out=out, chunk_size=PART, executor=executor, **options
    ).study.folder


# --- processes of this machine ------------------------------------------------------------------------------


@posix
def test_the_same_bytes_even_if_a_worker_is_killed_and_nobody_can_call_them(
    tmp_path: Path, whole: Path
) -> None:
    psutil = pytest.importorskip("psutil")
    killed: list[int] = []
    listening: list[Any] = []

    def links() -> list[Any]:
        mine = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return [link for one in mine for link in one.net_connections("inet")]

    # What tests before this one left open, such as a browser's driver, is not the workers'.
    before = {link.laddr for link in links()}

    def kill_one(done: int, _total: int) -> None:
        if done and not killed:
            listening.extend(x for x in links() if x.status == "LISTEN" and x.laddr not in before)
            killed.extend(int(child.pid or 0) for child in active_children()[:1])
            os.kill(killed[0], signal.SIGKILL)

    folder = live(tmp_path, Executor(workers=2), progress=kill_one)
    assert killed
    assert not listening
    assert digests(folder) == digests(whole)


def kills_itself(unit: int) -> bytes:
    os._exit(unit)


def held(unit: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def dies() -> None:
    os._exit(7)


def who(unit: int = 0) -> int:
    time.sleep(0.05)
    return os.getpid()


def raises(unit: int) -> bytes:
    raise StoreError(Message(f"unit {unit} cannot be done"))


def waits(unit: int) -> bytes:
    time.sleep(unit)
    return b""


def asked(pool: Pool, chunks: int) -> set[int]:
    """The processes that did so many chunks."""
    found: dict[int, int] = {}
    pool.map(who, [(number, number) for number in range(chunks)], found.__setitem__)
    assert sorted(found) == [*range(chunks)]
    return {*found.values()}


def test_workers_stay_for_the_next_job_and_more_come_for_a_larger_one() -> None:
    with Executor(workers=2).pool() as pool:
        first = asked(pool, 1)
        assert len(first) == 1
        assert asked(pool, 1) == first
        assert not asked(pool, 2) & first


def test_workers_that_are_to_get_ready_start_at_once_and_end_unused() -> None:
    before = active_children()
    with Executor(workers=2).pool(who) as pool:
        own = [process for process in active_children() if process not in before]
        assert len(own) == 2
        assert asked(pool, 2) <= {process.pid for process in own}
    with Executor(workers=2).pool(who):
        others = [process for process in active_children() if process not in before]
    until = time.monotonic() + 60
    while {*own, *others} & {*active_children()}:
        assert time.monotonic() < until
        time.sleep(0.05)
    with Executor(workers=1).pool(dies) as pool, pytest.raises(BacktestError, match="was ended 3 times"):
        pool.map(who, [(0, 0)], lambda *_: None)


@posix
def test_workers_are_deaf_to_interrupts_from_the_first_moment_and_who_asks_is_not() -> None:
    """One that heard of Ctrl-C while it starts would print a traceback."""
    found: dict[int, bool] = {}
    with Executor(workers=1).pool() as pool:
        pool.map(held, [(0, 0)], found.__setitem__)
    assert found == {0: True}
    assert not held(0)


def test_after_an_error_and_a_death_there_are_workers_again() -> None:
    with Executor(workers=1).pool() as pool:
        first = asked(pool, 1)
        with pytest.raises(StoreError, match="unit 5"):
            pool.map(raises, [(0, 5)], lambda *_: None)
        second = asked(pool, 1)
        with pytest.raises(BacktestError, match="was ended 3 times"):
            pool.map(kills_itself, [(0, 7)], lambda *_: None)
        assert len({*first, *second, *asked(pool, 1)}) == 3


def test_workers_that_always_die_end_the_work() -> None:
    with pytest.raises(BacktestError, match="--workers 1: a worker was ended 3 times"):
        Executor(workers=1).map(kills_itself, [(0, 7)], lambda *_: None)


def test_an_error_in_a_worker_is_the_error() -> None:
    with pytest.raises(StoreError, match="unit 5 cannot be done"):
        Executor(workers=1).map(raises, [(0, 5)], lambda *_: None)


ASKER = """
from engine.studies import executor
from tests.faults.test_workers import waits
if __name__ == "__main__":
    executor.Executor(workers=1).map(waits, [(0, 0), (1, 600)], lambda *_: print("done", flush=True))
"""


@posix
def test_workers_end_with_who_asked(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    script = tmp_path / "asker.py"
    script.write_text(ASKER)
    asker = subprocess.Popen([sys.executable, script], env=environment(), cwd=ROOT, stdout=subprocess.PIPE)
    assert asker.stdout is not None
    with asker.stdout:
        assert asker.stdout.readline() == b"done\n"
        workers = psutil.Process(asker.pid).children(recursive=True)
        asker.kill()
        asker.wait()
    assert workers
    assert psutil.wait_procs(workers, timeout=20)[1] == []


# --- who is who ---------------------------------------------------------------------------------------------


def test_what_differs_is_named() -> None:
    mine = dict(handshake.identity())
    handshake.refuse_stranger(mine, mine, message("it"))
    theirs = {**mine, "numpy": "1.0", "program": "f" * 64}
    with pytest.raises(ConfigError) as refused:
        handshake.refuse_stranger(theirs, mine, message("worker 1"))
    assert str(refused.value) == (
        f"worker 1 has another program: program ffffffffffff there, {mine['program'][:12]} here, "
        f"numpy 1.0 there, {mine['numpy']} here (install the same versions on every worker)"
    )
    del theirs["numba"]
    with pytest.raises(ConfigError, match="numba none there"):
        handshake.refuse_stranger(theirs, mine, message("worker 1"))


def test_any_source_or_table_makes_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import engine
    import strategies

    for package in (engine, strategies):
        copy = tmp_path / package.__name__
        shutil.copytree(
            Path(str(package.__file__)).parent, copy, ignore=shutil.ignore_patterns("__pycache__")
        )
        monkeypatch.setattr(package, "__file__", str(copy / "__init__.py"))
    monkeypatch.setattr("engine.builtin.OWN", tmp_path / "strategies" / "__init__.py")
    before = handshake.program.__wrapped__()
    assert before == handshake.program()
    for name in ("strategies/dates.py", "engine/rules/limits.py", "engine/rules/data/brokers.csv"):
        with (tmp_path / name).open("a") as file:
            file.write("# another\n")
        after = handshake.program.__wrapped__()
        assert after != before
        before = after


def test_a_stranger_that_comes_later_does_no_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    asker = {**handshake.identity(), "numba": "0"}
    with pytest.raises(ConfigError, match="numba"):
        clusters._remote(b"", asker, 1)


def test_a_part_of_another_program_is_not_taken(tmp_path: Path, whole: Path) -> None:
    import pyarrow.parquet as pq

    from engine.studies.grid.chunk_store import MADE_BY

    folder = tmp_path / "out" / "small"
    shutil.copytree(whole, folder)
    parts = sorted(folder.glob("parts/*/*"))
    for part in parts:
        assert pq.read_metadata(part).metadata[MADE_BY].decode() == handshake.program()
    for part in (item for item in parts if "00001-" in item.name):  # its rows, then its share
        part.write_bytes(part.read_bytes().replace(handshake.program().encode(), b"0" * 64))
        assert digests(live(tmp_path, Executor())) == digests(whole)


# --- a Dask cluster -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def cluster(workers: int, **options: Any) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    quiet = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    with distributed.LocalCluster(n_workers=workers, **quiet, **options) as made:
        yield made


@contextlib.contextmanager
def worker(address: str, path: Path) -> Iterator[None]:
    """A worker that imports from ``path`` first."""
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1",
               "--no-dashboard"]  # fmt: skip
    env = environment(PYTHONPATH=str(path))
    process = subprocess.Popen(
        command, env=env, cwd=path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@posix
def test_a_cluster_writes_the_same_bytes_even_if_one_is_killed(tmp_path: Path, whole: Path) -> None:
    with cluster(2) as made:
        killed: list[int] = []

        def kill_one(done: int, _total: int) -> None:
            if done and not killed:
                killed.append(next(iter(made.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        folder = live(tmp_path, Executor(scheduler=made.scheduler_address), progress=kill_one)
        assert killed
    assert digests(folder) == digests(whole)


def test_no_worker_a_stranger_and_one_without_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line each, within 15 seconds."""
    for name in ("engine", "strategies"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / "stranger" / name, ignore=ignored)
    with (tmp_path / "stranger" / "engine" / "metrics.py").open("a") as file:
        file.write("# half the liquidation value\n")
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "engine.py").write_text("raise ModuleNotFoundError('no engine here')")
    with cluster(0) as made:
        workers = Executor(scheduler=made.scheduler_address)
        monkeypatch.setattr(clusters, "PATIENCE", 1.0)
        with pytest.raises(ConfigError, match="has no workers"):
            live(tmp_path, workers)
        monkeypatch.undo()
        for kind, said in (
            (
                "stranger",
                r"worker tcp://\S+ has another program: program \w{12} there, \w{12} here \(install",
            ),
            ("without", r"worker tcp://\S+ cannot say who it is: ModuleNotFoundError"),
        ):
            with worker(made.scheduler_address, tmp_path / kind):
                made.wait_for_workers(1, timeout=30)
                begun = time.monotonic()
                with pytest.raises(ConfigError, match=said) as refused:
                    live(tmp_path, workers)
                assert "\n" not in str(refused.value)
                assert time.monotonic() - begun < 15
            while made.scheduler.workers:
                time.sleep(0.05)


@pytest.mark.parametrize("address", ["", " ", "abc", "8786", "tcp://", "/", "x" * 5000, "a:b", "日本語"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(
        ConfigError, match=r"--scheduler: came .*, allowed an address such as tcp://host:8786$"
    ):
        Executor(scheduler=address)


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    with pytest.raises(ConfigError, match=r"--scheduler tcp://127.0.0.1:9: cannot be reached"):
        Executor(scheduler="tcp://127.0.0.1:9").map(waits, [(0, 0)], lambda *_: None)


def test_without_dask_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"--scheduler needs Dask.*cluster"):
        Executor(scheduler="tcp://127.0.0.1:9").map(waits, [(0, 0)], lambda *_: None)


def test_a_cluster_with_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/scale.md says: Dask's own settings name the certificates; without them nobody is let in."""
    distributed = pytest.importorskip("distributed")
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    import dask

    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    making = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=cluster"]
    subprocess.run([*making, "-keyout", key, "-out", cert], check=True, capture_output=True)
    tls = {"tls_ca_file": str(cert)}
    tls |= {f"tls_{who}_{kind}": str(path) for who in ("scheduler", "worker", "client")
            for kind, path in (("cert", cert), ("key", key))}  # fmt: skip
    security = distributed.Security(require_encryption=True, **tls)
    with cluster(1, security=security, protocol="tls") as made:
        address = made.scheduler_address
        assert address.startswith("tls://")
        workers, got = Executor(scheduler=address), {}
        names = {"ca-file": str(cert), "client.cert": str(cert), "client.key": str(key)}
        with dask.config.set({f"distributed.comm.tls.{name}": path for name, path in names.items()}):
            workers.map(waits, [(0, 0)], got.__setitem__)
        assert got == {0: b""}
        monkeypatch.setattr(clusters, "PATIENCE", 1.0)
        with pytest.raises(ConfigError, match="cannot be reached"):
            workers.map(waits, [(0, 0)], got.__setitem__)
