"""One file, one folder, one lock: old or new, and never another's."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine import files
from engine.errors import CannotWrite, StoreError
from engine.files import Holder, holder_of, lock, lock_of, renewed_folder, write_bytes
from engine.locale import ENGLISH
from tests.child import ROOT, names_in

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, signals and locks")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def holder(target: Path, *, seconds: float = 60.0) -> subprocess.Popen[str]:
    """A process that holds the lock of ``target`` and has said so."""
    code = "import sys, time; from pathlib import Path; from engine.files import lock\n"
    code += f"with lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep({seconds})"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(target)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


# --- files and folders --------------------------------------------------------------------------------------


def test_a_file_is_made_with_its_folders_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.txt"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert names_in(path.parent) == ["x.txt"]


def test_a_name_that_is_taken_can_be_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    write_bytes(path, b"mine", replace=False)
    with pytest.raises(StoreError, match=r"x\.txt is there already"):
        write_bytes(path, b"yours", replace=False)
    assert path.read_bytes() == b"mine"
    assert names_in(tmp_path) == ["x.txt"]


@posix
def test_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    test_a_name_that_is_taken_can_be_refused(tmp_path)


@posix
def test_permissions_are_the_umask_s_or_those_of_what_was_there(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_bytes(tmp_path / "x", b"1")
        with renewed_folder(tmp_path / "f") as fresh:
            files.write_new(fresh / "y", b"1")
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("x", "f", "f/y")] == [0o600, 0o700, 0o600]
    (tmp_path / "x").chmod(0o640)
    (tmp_path / "f").chmod(0o750)
    write_bytes(tmp_path / "x", b"2")
    with renewed_folder(tmp_path / "f"):
        pass
    assert [mode(tmp_path / name) for name in ("x", "f")] == [0o640, 0o750]


@posix
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "far").write_bytes(b"far")
    (tmp_path / "x").symlink_to("far")
    write_bytes(tmp_path / "x", b"new")
    assert (tmp_path / "far").read_bytes() == b"far"
    assert not (tmp_path / "x").is_symlink()


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_folder_is_replaced_whole_or_not_at_all(
    in_one_step: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_one_step:
        monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    target = tmp_path / "f"
    for name in ("old", "new"):
        with renewed_folder(target) as fresh:
            files.write_new(fresh / name, b"")
        assert names_in(target) == [name]
        assert names_in(tmp_path) == ["f"]
    with pytest.raises(CannotWrite, match="f: cannot be written: No space left"), renewed_folder(target):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names_in(target) == ["new"]
    assert names_in(tmp_path) == ["f"]


def test_the_second_of_two_renames_that_fails_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    (tmp_path / "old").mkdir()
    with pytest.raises(FileNotFoundError):
        files.swap_folder(tmp_path / "none", tmp_path / "old")
    assert names_in(tmp_path) == ["old"]


def test_the_work_on_one_name_is_never_taken_for_that_on_another(tmp_path: Path) -> None:
    """``a`` and ``a.new-x``; ``a`` and ``a.new-01234567``."""
    others = [
        ".a.new-x.new-01234567",
        ".a.new-01234567.new-01234567",
        ".a.new-0123456",
        ".a.old-x",
        ".ab.new-01234567",
    ]
    for name in [*others, ".a.new-89abcdef"]:
        (tmp_path / name).mkdir()
    files.sweep(tmp_path / "a")
    assert names_in(tmp_path) == sorted(others)


# --- locks --------------------------------------------------------------------------------------------------


def test_a_lock_is_signed_and_goes(tmp_path: Path) -> None:
    target = tmp_path / "f"
    began = time.time()
    with lock(target):
        signed = holder_of(lock_of(target))
    pid, host, since, command = signed.lines
    assert int(pid) == os.getpid()
    assert began - 1 <= time.mktime(time.strptime(since, "%Y-%m-%d %H:%M:%S")) <= time.time() + 1
    assert signed.told.translate(ENGLISH) == f"process {pid}, {host}, {since}, {command}"
    assert names_in(tmp_path) == []


def test_threads_exclude_each_other(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with lock(tmp_path / "f"):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert names_in(tmp_path) == []


def test_who_waits_hears_after_a_second_of_whom(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = holder(tmp_path / "f")
    heard: list[Holder] = []
    with (
        pytest.raises(StoreError, match=f"held for over 1.2 s by process {process.pid}, ") as told,
        lock(tmp_path / "f", seconds=1.2, on_wait=lambda target, who: heard.append(who)),
    ):
        pass
    assert str(told.value.hint) == "end that process or try again"
    assert [who.lines[0] for who in heard] == [str(process.pid)]
    with pytest.raises(StoreError, match=r"held for over 1\.1 s"), lock(tmp_path / "f", seconds=1.1):
        pass
    assert f"waiting for another writer of {tmp_path / 'f'} (process {process.pid}, " in caplog.text
    process.kill()
    process.communicate()
    with lock(tmp_path / "f", seconds=1.0):  # gone with its process
        pass


@posix
@pytest.mark.parametrize("error", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(fcntl, "flock", refuse)
    target = tmp_path / "f"
    with lock(target):
        assert names_in(tmp_path) == [".f.lock-soft"]
        with (
            pytest.raises(StoreError, match=f"held for over 0.1 s by process {os.getpid()}"),
            lock(target, seconds=0.1),
        ):
            pass
        assert holder_of(tmp_path / ".f.lock-soft").file == str(tmp_path / ".f.lock-soft")
    assert names_in(tmp_path) == []


@posix
def test_a_lock_of_a_dead_process_is_taken_over_where_files_are_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    import socket

    (tmp_path / ".f.lock-soft").write_text(f"{dead.pid}\n{socket.gethostname()}\n")
    monkeypatch.setattr(fcntl, "flock", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOLCK, "no locks")))
    with lock(tmp_path / "f", seconds=5.0):
        pass
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "process ?"),
        (b"\xff", "process ?"),
        (b"\n" * 900, "process ?"),
        (b"x" * 2000, "process ?"),
        (b"1\na\x1b[2J\rb\n", "process 1, a?[2J?b"),
    ],
)
def test_a_lock_that_says_nonsense(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(content)
    assert holder_of(tmp_path / "lock").told.translate(ENGLISH) == told


def test_a_disk_that_refuses_leaves_no_folder_that_was_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "mine").mkdir()
    monkeypatch.setattr(files, "write_new", full)
    with pytest.raises(StoreError):
        write_bytes(tmp_path / "mine" / "a" / "b" / "plan.yaml", b"x")
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_work_that_fails_under_a_lock_leaves_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError), lock(tmp_path / "results" / "plan"):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_before_it_failed_stays_with_its_folder(tmp_path: Path) -> None:
    def begun_and_ended() -> None:
        with lock(tmp_path / "results" / "plan"):
            (tmp_path / "results" / "begun").write_text("kept")
            raise ValueError

    with pytest.raises(ValueError):
        begun_and_ended()
    assert [path.name for path in tmp_path.rglob("*")] == ["results", "begun"]
