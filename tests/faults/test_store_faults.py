"""Whatever happens while a result is written, the folder holds the old one or the new one, whole."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine import files, store
from engine.cli import main
from engine.config import load_config
from engine.errors import StoreError
from engine.folders import replace_folder
from engine.ledger.compile import native
from engine.result import Result
from engine.run import run
from tests.child import ROOT, call, environment, names_in, start

CONFIG = ROOT / "configs" / "windfall_lump.yaml"
NAME = "windfall_lump"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and limits")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to become another"
)


@cache
def result() -> Result:
    return run(load_config(CONFIG), source="sample")


def run_arguments(out: Path, *more: str) -> tuple[str, ...]:
    return ("run", str(CONFIG), "--data", "sample", "--quiet", "--out", str(out), *more)


def contributed(out: Path) -> float:
    """What the stored result says was paid in; it is whole, or this raises."""
    stored = store.load(out / NAME)
    assert (out / NAME / "report.html").stat().st_size > 100_000
    assert float(stored.equity["contributed"][-1]) == stored.metrics["contributed"]
    return float(stored.equity["contributed"][-1])


# --- no room, no permission ---------------------------------------------------------------------------------


def limited(size: int) -> Callable[[], None]:
    def before() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return before


@posix
@pytest.mark.parametrize("size", [0, 1_000, 100_000, 1_000_000])
def test_no_room_left(size: int, tmp_path: Path) -> None:
    """No file may grow beyond ``size``: each time another file of the result is cut off."""
    native.kernel()  # made and kept: where no file may grow it would be made each time
    store.save(result(), tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / NAME).iterdir()}
    done = call(*run_arguments(tmp_path), before=limited(size))
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert f"{tmp_path / NAME}: cannot be written: File too large" in done.stderr
    assert "an earlier result is untouched" in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / NAME).iterdir()} == before
    assert names_in(tmp_path) == [NAME]


@pytest.fixture
def small_disk(tmp_path: Path) -> object:
    """A disk of one megabyte, where this system lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False, capture_output=True
    )
    if not made or made.returncode != 0:
        pytest.skip("this system lets us mount no disk; test_no_room_left covers the same path")
    yield disk
    subprocess.run(["umount", disk], check=True)


@root
def test_a_full_disk(small_disk: Path) -> None:
    kept = replace_folder(small_disk / NAME, store.with_manifest({"report.html": b"old"}, {"kind": "run"}))
    done = call(*run_arguments(small_disk))
    assert done.returncode == 4
    assert f"{small_disk / NAME}: cannot be written: No space left on device" in done.stderr
    assert names_in(kept) == ["manifest.json", "report.html"]
    assert names_in(small_disk) == [NAME]


@posix
def test_a_full_standard_output(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from engine.cli import main; main()", *run_arguments(tmp_path)[:4], "--json",
             "--out", str(tmp_path)],
            env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 4
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    contributed(tmp_path)


@root
def test_a_folder_that_may_not_be_written() -> None:
    """As another user, since root may write everywhere."""
    readable = Path(tempfile.mkdtemp(prefix="backtest-read-only-", dir="/tmp"))
    readable.chmod(0o755)
    try:
        store.save(result(), readable, {"report.html": b"x" * 200_000})
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:  # what is imported stays imported: the project's own folder need not be readable
            code = 1
            try:
                os.setgid(65534)
                os.setuid(65534)
                store.save(result(), readable)
            except StoreError as error:
                os.write(writer, str(error).encode())
                code = error.exit_code
            finally:
                os._exit(code)
        os.close(writer)
        with os.fdopen(reader) as said:
            message = said.read()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4
        assert f"{readable / NAME}: cannot be written: Permission denied" in message
        assert names_in(readable) == [NAME]
        contributed(readable)
    finally:
        shutil.rmtree(readable)


def fails(*arguments: object, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr().err
    assert stop.value.code == 4
    assert said.count("\n") == 1
    return said


def test_a_file_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / NAME).write_text("mine")
    said = fails(*run_arguments(tmp_path), capsys=capsys)
    assert "a file of that name is in the way" in said
    assert (tmp_path / NAME).read_text() == "mine"
    assert names_in(tmp_path) == [NAME]


def test_out_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("mine")
    fails(*run_arguments(tmp_path / "out"), capsys=capsys)
    fails(*run_arguments(tmp_path / "out" / "deeper"), capsys=capsys)
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("mine", ["notes.txt", "2024/photo.jpg", ".hidden"])
def test_a_folder_with_other_peoples_files_is_not_replaced(
    mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / NAME / mine
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    said = fails(*run_arguments(tmp_path), capsys=capsys)
    assert f"holds {mine.split('/')[0]!r}, which this program did not write and would delete" in said
    assert path.read_text() == "mine"
    assert names_in(tmp_path) == [NAME]


def test_litter_of_the_system_is_no_obstacle(tmp_path: Path) -> None:
    folder = store.save(result(), tmp_path)
    for name in (".DS_Store", "Thumbs.db"):
        (folder / name).write_bytes(b"")
    store.save(result(), tmp_path)
    assert ".DS_Store" not in names_in(folder)


# --- killed -------------------------------------------------------------------------------------------------

SAVER = """
import os, sys, numpy as np
from dataclasses import replace
from pathlib import Path
from engine import files, store
whole = store.load(Path(sys.argv[1]))
def save():
    print(os.getpid(), flush=True)
    for n in range(10**6):
        equity = {**whole.equity, "contributed": np.full(len(whole.dates), float(n))}
        metrics = {**whole.metrics, "contributed": float(n)}
        made = replace(whole, equity=equity, metrics=metrics)
        store.save(made, Path(sys.argv[2]), {"report.html": b"x" * 200_000})
        print(n, flush=True)
for _ in sys.stdin:
    child = os.fork()
    if not child:
        save()
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


def kill_savers(source: Path, out: Path, kills: int, seed: int) -> None:
    """Kill a process that writes results without pause, each time at another moment."""
    clock = random.Random(seed)
    command = [sys.executable, "-c", SAVER, str(source), str(out)]
    with subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        for _ in range(kills):
            parent.stdin.write("save\n")
            parent.stdin.flush()
            child, last = int(parent.stdout.readline()), int(parent.stdout.readline())
            time.sleep(clock.uniform(0.0, 0.15))
            os.kill(child, signal.SIGKILL)
            last = max([last, *map(int, iter(parent.stdout.readline, "gone\n"))])
            assert contributed(out) in (last, last + 1)
        parent.stdin.close()


@posix
def test_killed_while_writing(tmp_path: Path) -> None:
    source, out = store.save(result(), tmp_path / "source"), tmp_path / "out"
    kill_savers(source, out, 10, seed=1)
    store.save(result(), out, {"report.html": b"x" * 200_000})
    assert names_in(out) == [NAME]


@posix
@pytest.mark.long
def test_killed_while_writing_300_times(tmp_path: Path) -> None:
    source, out = store.save(result(), tmp_path / "source"), tmp_path / "out"
    kill_savers(source, out, 300, seed=2)
    store.save(result(), out, {"report.html": b"x" * 200_000})
    assert names_in(out) == [NAME]


def kill_runs(out: Path, kills: int, seed: int) -> None:
    """Kill ``backtest run`` at random moments of its whole length; the amounts tell the results apart.

    Most of the length is Python's start: test_kills.py kills the work of a run alone.
    """
    clock = random.Random(seed)
    began = time.monotonic()
    assert call(*run_arguments(out)).returncode == 0
    length = time.monotonic() - began
    known = contributed(out)
    for number in range(kills):
        amount = 1_000_000 * (number + 1)
        child = start(*run_arguments(out, "--set", f"strategy.contributions.amount={amount}"))
        time.sleep(clock.uniform(0.3, 1.05) * length)
        child.kill()
        child.communicate()
        now = contributed(out)
        assert now in (known, amount)
        known = now
    assert call(*run_arguments(out)).returncode == 0
    assert names_in(out) == [NAME]


@posix
@pytest.mark.long
def test_a_run_killed_at_300_moments(tmp_path: Path) -> None:
    kill_runs(tmp_path, 300, seed=4)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM] if os.name == "posix" else [])
def test_interrupted(number: int, tmp_path: Path) -> None:
    """Ctrl-C ends a run in one line, with exit code 130 and the earlier result."""
    began = time.monotonic()
    assert call(*run_arguments(tmp_path)).returncode == 0
    length = time.monotonic() - began
    known = contributed(tmp_path)
    clock = random.Random(int(number))
    seen = set()
    for _ in range(4):
        child = start(*run_arguments(tmp_path, "--set", "strategy.contributions.amount=5_000_000"))
        time.sleep(clock.uniform(0.4, 1.0) * length)
        child.send_signal(number)
        _, said = child.communicate()
        assert "Traceback" not in said or "KeyboardInterrupt" not in said
        seen.add(child.returncode)
        if number == signal.SIGINT and child.returncode == 130 and said:
            assert said.strip() == "backtest: interrupted"
        assert contributed(tmp_path) in (known, 5_000_000.0)
    allowed = {0, 130, -signal.SIGINT} if number == signal.SIGINT else {0, -signal.SIGTERM, 143}
    assert seen <= allowed
    assert call(*run_arguments(tmp_path)).returncode == 0
    assert names_in(tmp_path) == [NAME]


def test_what_a_killed_run_left_is_swept_up(tmp_path: Path) -> None:
    store.save(result(), tmp_path)
    (tmp_path / f".{NAME}.new-01234567").mkdir()
    (tmp_path / f".{NAME}.new-01234567" / "equity.parquet").write_bytes(b"half")
    (tmp_path / f".{NAME}.lock").write_bytes(b"")
    (tmp_path / f".{NAME}.old-89abcdef").mkdir()
    store.save(result(), tmp_path)
    assert names_in(tmp_path) == [NAME]


def test_a_swap_in_two_steps_that_was_cut_off_is_undone(tmp_path: Path) -> None:
    """Where the system cannot exchange two folders at once: killed between the two renames."""
    folder = store.save(result(), tmp_path)
    folder.rename(tmp_path / f".{NAME}.old-89abcdef")
    files.sweep(folder)
    assert contributed_of(folder) == result().metrics["contributed"]
    assert names_in(tmp_path) == [NAME]


def contributed_of(folder: Path) -> object:
    return store.load(folder).metrics["contributed"]


def test_a_swap_in_two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    store.save(result(), tmp_path)
    store.save(result(), tmp_path, {"report.html": b"new"})
    assert (tmp_path / NAME / "report.html").read_bytes() == b"new"
    assert names_in(tmp_path) == [NAME]


@posix
def test_several_runs_on_one_folder_at_once(tmp_path: Path) -> None:
    amounts = [1_000_000 * n for n in range(1, 5)]
    children = [
        start(*run_arguments(tmp_path, "--set", f"strategy.contributions.amount={n}")) for n in amounts
    ]
    for child in children:
        assert child.communicate()[1] == ""
        assert child.returncode == 0
    assert contributed(tmp_path) in amounts
    assert names_in(tmp_path) == [NAME]


# --- corrupted or foreign -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store.save(result(), tmp_path_factory.mktemp("stored"))


@pytest.fixture
def folder(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / NAME))


FILES = sorted(store.result_files(result()))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "flipped", "folder"])
def test_a_corrupted_file(name: str, how: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how != "gone":
        content[len(content) // 2] ^= 0x40
        path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "flipped": content}[how])
    with pytest.raises(SystemExit) as stop:
        main(["audit", str(folder), "--quiet"])
    said = capsys.readouterr().err
    if name == "manifest.json" and how == "flipped" and stop.value.code == 0:
        return  # the bit was in a word that nothing depends on
    assert stop.value.code == 4
    assert said.count("\n") == 1
    assert str(folder) in said


def reworked(folder: Path, **changes: Callable[[bytes], bytes]) -> None:
    """Files changed by someone who also made the checksums right."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for key, change in changes.items():
        name = key.replace("__", ".")
        content = change((folder / name).read_bytes())
        (folder / name).write_bytes(content)
        manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def without(column: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        table = store.from_parquet(content)
        del table[column]
        return store.to_parquet(table)

    return change


def unsorted(content: bytes) -> bytes:
    return store.to_parquet({name: values[::-1] for name, values in store.from_parquet(content).items()})


def of_no_rows(content: bytes) -> bytes:
    return store.to_parquet({name: values[:0] for name, values in store.from_parquet(content).items()})


BOMB = b"a: &a [x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (new, new, b",".join([b"*%c" % (new - 1)] * 10)) for new in range(98, 106)
)


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics__json": lambda _: b"[]"},
        {"metrics__json": lambda _: b"{}"},
        {"metrics__json": lambda _: b"[" * 100_000},
        {"metrics__json": lambda _: b"\xff"},
        {"config__yaml": lambda _: b"[]"},
        {"config__yaml": lambda _: b"[" * 3000},
        {"config__yaml": lambda _: BOMB},
        {"config__yaml": lambda _: b"!!python/object/apply:os.system ['touch pwned']"},
        {"equity__parquet": lambda _: b"PAR1"},
        {"equity__parquet": lambda content: content[:-100] + content[-90:]},
        {"equity__parquet": without("value")},
        {"equity__parquet": without("date")},
        {"equity__parquet": unsorted},
        {"equity__parquet": of_no_rows},
        {"transactions__parquet": without("amount")},
        {"transactions__parquet": lambda _: b""},
        {"years__csv": lambda _: b"a,b\r\n1\r\n"},
        {"quota__csv": lambda _: b"\xff\xff"},
    ],
)  # fmt: skip
def test_a_foreign_result(
    changes: dict[str, Callable[[bytes], bytes]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    reworked(folder, **changes)
    with pytest.raises(StoreError) as caught:
        store.load(folder)
    assert "\n" not in str(caught.value)
    assert "is not a result of this program" in str(caught.value)
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"name": "x"}',
        b'{"name": "x", "files": []}',
        b'{"name": "../../x", "files": {}}',
        b'{"name": 5, "files": {}}',
        b'{"name": "x", "files": {"../../etc/passwd": "0"}}',
        b'{"name": "x", "files": {"..": "0"}}',
        b'{"name": "x", "files": {"a\\u0000b": "0"}}',
        b'{"name": "x", "files": {}}',
        b'{"short_name": "a web page", "icons": []}',
    ],
)
def test_a_foreign_manifest(manifest: bytes, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)
    with pytest.raises(StoreError) as caught:
        store.load(tmp_path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 4


def test_what_is_stored_is_what_was_run(stored: Path) -> None:
    again = store.load(stored)
    assert again.config == result().config
    assert dict(again.metrics) == dict(result().metrics)
    for name, column in result().equity.items():
        np.testing.assert_array_equal(again.equity[name], column)
    for name, column in result().transactions.items():
        np.testing.assert_array_equal(again.transactions[name], column)


def test_a_result_of_the_first_form_is_read_with_its_losses_below_zero(tmp_path: Path) -> None:
    """Before there was a version, drawdowns, VaR and CVaR were above zero in the files."""
    folder = store.save(result(), tmp_path)
    old = json.loads((folder / "metrics.json").read_text("utf-8"))
    for name in ("max_drawdown", "var_95", "cvar_95"):
        old["metrics"][name] = -old["metrics"][name]
    content = store.to_json(old)
    (folder / "metrics.json").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest.pop("schema") == store.SCHEMA
    manifest["files"]["metrics.json"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_bytes(store.to_json(manifest))
    loaded = store.load(folder)
    assert loaded.metrics == result().metrics
    assert loaded.metrics["max_drawdown"] < 0
    (folder / "manifest.json").write_bytes(store.to_json({**manifest, "schema": 99}))
    with pytest.raises(StoreError, match="another version"):
        store.load(folder)
