"""The kernel's machine code on disk never gets in the way of a run, and is never another program's."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from engine import code_cache
from engine.ledger.compile import native
from tests.child import ROOT, call, environment

posix = pytest.mark.skipif(os.name != "posix", reason="owners and permissions of POSIX")
TWICE = """
from engine.ledger.compile.jit import compiled

@compiled
def twice(x):
    return 2.0 * x
"""


class Evil:
    """What runs a command when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


CODE = bytes(range(256)) * 4
NAME = "kernel-state.bin"
BESIDE = Path("/nonexistent")


def stored() -> bytes | None:
    return code_cache.stored(NAME, BESIDE)


def store(code: bytes) -> bool:
    return code_cache.store(NAME, code, BESIDE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKTEST_CODE_CACHE", str(tmp_path))
    return tmp_path


def test_what_is_stored_is_found(folder: Path) -> None:
    assert stored() is None
    store(CODE)
    assert stored() == CODE
    assert [path.suffix for path in folder.iterdir()] == [".bin"]


@pytest.mark.parametrize("damage", ["emptied", "cut", "flipped", "foreign"])
def test_damaged_code_is_not_loaded(folder: Path, damage: str) -> None:
    store(CODE)
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[500] ^= 1
    path.write_bytes({"emptied": b"", "cut": whole[:700], "flipped": bytes(flipped), "foreign": CODE}[damage])
    assert stored() is None
    store(CODE)
    assert stored() == CODE


def test_a_place_that_cannot_be_written_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("no folder")
    places = [tmp_path / "a file" / NAME, tmp_path / "second" / NAME]
    monkeypatch.setattr(code_cache, "places", lambda *_: places)
    store(CODE)
    assert stored() == CODE
    assert places[1].is_file()
    monkeypatch.setattr(code_cache, "places", lambda *_: places[:1])
    store(CODE)
    assert stored() is None


def test_of_several_that_need_it_at_once_one_makes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads stand for the workers of a study: the lock holds both."""
    made: list[bytes] = []

    def slowly() -> bytes:
        time.sleep(0.3)
        made.append(CODE)
        return CODE

    monkeypatch.setattr(native, "compiled", slowly)
    monkeypatch.setattr(native, "load", lambda code: code)
    with ThreadPoolExecutor(4) as pool:
        kernels = [pool.submit(native.kernel.__wrapped__) for _ in range(4)]
        assert [each.result() for each in kernels] == [CODE] * 4
    assert len(made) == 1
    assert [path.name for path in folder.iterdir()] == [native.kept_as()]
    (folder / native.kept_as()).unlink()
    monkeypatch.setattr(code_cache, "places", lambda *_: [folder / native.kept_as() / "no folder"])
    (folder / native.kept_as()).write_text("a file in the way")
    assert native.kernel.__wrapped__() == CODE
    assert len(made) == 2


def test_other_sources_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edited kernel, or another compiler or processor, never meets the old machine code."""
    before = native.made_of()
    copied = tmp_path / "ledger"
    shutil.copytree(native.LEDGER, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(native, "LEDGER", copied)
    assert native.made_of.__wrapped__() == before
    (copied / "compile" / "jit.py").write_text("another")
    after = native.made_of.__wrapped__()
    assert after != before
    (copied / "kernel.py").write_text("another")
    assert native.made_of.__wrapped__() not in (before, after)


def test_the_numbers_of_other_rooms_are_compiled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    before = native.made_of()
    monkeypatch.setattr(native, "Policy", IntEnum("Policy", "BAND CALENDAR NO_SELL NONE", start=0))
    assert native.made_of.__wrapped__() != before


def test_arrays_of_another_type_are_refused() -> None:
    """Machine code would read them as something else."""
    wrong = [np.zeros(1, np.float32)] * 15
    with pytest.raises(TypeError, match="contiguous arrays of f8; came float32"):
        native.simulate_lanes(*wrong, 0, 1, 0)
    slices = [np.zeros((4, 4))[:, :2]] * 15
    with pytest.raises(TypeError, match="contiguous"):
        native.simulate_lanes(*slices, 0, 1, 0)


@posix
@pytest.mark.parametrize("what", ["folder", "above", "file", "link", "pipe"])
def test_code_that_others_could_have_written_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    folder = tmp_path / "above" / "code"
    monkeypatch.setenv("BACKTEST_CODE_CACHE", str(folder))
    assert store(CODE)
    assert folder.stat().st_mode & 0o777 == 0o700
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert stored() == CODE
    if what in ("link", "pipe"):
        whole = path.read_bytes()
        path.unlink()
        if what == "pipe":
            os.mkfifo(path)
        else:
            (tmp_path / "elsewhere").write_bytes(whole)
            path.symlink_to(tmp_path / "elsewhere")
    else:
        {"folder": folder, "above": folder.parent, "file": path}[what].chmod(0o777)
    assert stored() is None
    if what in ("folder", "above"):
        assert not store(CODE)
    else:
        assert store(CODE)
        assert stored() == CODE


@posix
def test_a_folder_where_everybody_may_write_is_above_everybodys_own(tmp_path: Path) -> None:
    """As /tmp: there others can neither rename nor replace what is not theirs."""
    from engine.places import make_own_folder, own_folder

    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    assert own_folder(tmp_path / "tmp") is None
    assert make_own_folder(tmp_path / "tmp" / "a" / "b") == tmp_path / "tmp" / "a" / "b"
    (tmp_path / "link").symlink_to(tmp_path / "tmp" / "a")
    assert own_folder(tmp_path / "link" / "b") == tmp_path / "tmp" / "a" / "b"
    (tmp_path / "tmp").chmod(0o777)
    assert own_folder(tmp_path / "tmp" / "a" / "b") is None
    assert own_folder(tmp_path / "nothing") is None


@posix
def test_code_that_is_kept_nowhere_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.cli import main

    monkeypatch.setenv("BACKTEST_CODE_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "compiled", lambda: CODE)
    monkeypatch.setattr(native, "load", lambda code: len)
    tmp_path.chmod(0o777)
    told = []
    for more in (["--lang", "en"], ["--lang", "ja"], ["--quiet"]):
        native.kernel.cache_clear()
        monkeypatch.setattr("click.Command.main", lambda *args, **options: native.kernel() and None)
        with pytest.raises(SystemExit):
            main(more)
        told.append(capsys.readouterr().err)
    native.kernel.cache_clear()
    assert told[0] == (
        f"backtest: compiled code is made anew in each run, since others can write to {tmp_path}, or nobody can "
        "(BACKTEST_CODE_CACHE names a folder of your own)\n"
    )
    assert "自分だけのフォルダー" in told[1]
    assert told[2] == ""
    assert not list(tmp_path.iterdir())


@posix
def test_numbas_own_cache_is_not_read_where_others_can_write(tmp_path: Path) -> None:
    """It is unpickled, which runs what it says."""
    cache, script = tmp_path / "cache", tmp_path / "twice.py"
    script.write_text(TWICE)
    env = environment(NUMBA_CACHE_DIR=str(cache), PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}")
    command = [sys.executable, "-c", "from twice import twice; print(twice(21.0))"]
    run = partial(subprocess.run, command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run().stdout == "42.0\n"
    (index,) = cache.rglob("*.nbi")
    index.parent.chmod(0o777)
    index.write_bytes(pickle.dumps(Evil(str(tmp_path / "ran"))))
    done = run()
    assert (done.stdout, done.stderr) == ("42.0\n", "")
    assert not (tmp_path / "ran").exists()


LIFE = """
import numpy as np
from engine.ledger.inputs import make_market_data
from engine.ledger.simulation import simulate_one
from engine.plan import Policy
from tests.lives import tiny_panel, tiny_plan, tiny_terms
rng = np.random.default_rng(7)
days = np.arange("2023-11-01", "2024-05-01", dtype="datetime64[D]")
days = days[np.is_busday(days)]
panel = tiny_panel(
    days,
    {name: 80.0 * np.cumprod(1 + rng.normal(0.001, 0.02, len(days))) for name in ("SPY", "IJR")},
    dividends={"SPY": np.where(np.arange(len(days)) % 30 == 9, 0.5, 0.0)},
    fx=150.0 + rng.normal(0, 2, len(days)),
)
for accounts in (("plain",), ("taxable",), ("nisa", "taxable")):
    plan = tiny_plan(
        panel, deposit={str(days[0]): 500_000, str(days[60]): 300_000}, withdrawal={str(days[90]): 50_000},
        targets=(0.8, 0.2), rebalance=[str(days[70])], policy=Policy.CALENDAR, idle_yield=0.01,
    )
    ledger = simulate_one(make_market_data(panel, tiny_terms(panel, *accounts)), plan)
    print({name: value.hex() for name, value in ledger.stats.items()}, ledger.value.tobytes().hex())
"""


def test_machine_code_is_the_python_source() -> None:
    """To the last bit: the same life by the compiled kernel and by its source without a compiler."""
    told = {
        switch: subprocess.run(
            [sys.executable, "-c", LIFE], env={**os.environ, **environment(NUMBA_DISABLE_JIT=switch)}, cwd=ROOT,
            capture_output=True, text=True, check=True,
        ).stdout
        for switch in ("0", "1")
    }  # fmt: skip
    assert told["0"] == told["1"] != ""


def test_without_a_compiler_futures_are_drawn_too() -> None:
    draw = "from engine.studies.bootstrap.futures import draw; print(draw(1, 0, 400, 20.0, 300).tolist())"
    told = [
        subprocess.run(
            [sys.executable, "-c", draw], env=environment(NUMBA_DISABLE_JIT=switch), cwd=ROOT, capture_output=True,
            text=True, check=True,
        ).stdout
        for switch in ("0", "1")
    ]  # fmt: skip
    assert told[0] == told[1] != ""


ORDERS = """
import numpy as np
from engine.ledger import kernel
from engine.ledger.amounts import Fee, whole_units
from engine.ledger.compile import native

rng = np.random.default_rng(5)
orders = np.exp(rng.uniform(np.log((1e3, 1.0, 0.5)), np.log((1e8, 1e5, 200.0)), (2000, 3)))
fees = (Fee(0.0, 0.0, np.inf), Fee(0.00495, 0.0, 22.0), Fee(0.0045, 5.0, np.inf))
units = [whole_units(*order, fees[n % 3], n % 2 == 0) for n, order in enumerate(orders)]
kernel.simulate_lanes = kernel.copy_rows  # small, where the kernel takes a minute
rows = np.zeros((7, orders.shape[1] * 1000))
native.by_numba()(orders[:7].repeat(1000, 1), rows)
print(np.array(units).tobytes().hex(), rows.tobytes().hex())
"""


def test_numba_alone_compiles_the_python_source_and_is_asked_once(tmp_path: Path) -> None:
    """A part of the kernel to the last bit; what was kept is found in the folder of compiled code."""
    told, kept = [], []
    for switch in ("NUMBA_DISABLE_JIT", "BACKTEST_PLAIN_NUMBA", "BACKTEST_PLAIN_NUMBA"):
        done = subprocess.run(
            [sys.executable, "-c", ORDERS], env=environment(BACKTEST_CODE_CACHE=str(tmp_path), **{switch: "1"}),
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        told.append(done.stdout)
        kept.append([(path, path.stat().st_mtime_ns) for path in sorted(tmp_path.glob("numba-*/*/*.nb[ic]"))])
    assert told[0] == told[1] == told[2] != ""
    assert kept[0] == []
    assert len(kept[1]) == 2
    assert kept[2] == kept[1]


@pytest.mark.long
def test_numba_alone_gives_the_same_bytes(tmp_path: Path) -> None:
    """And is asked to compile once: what it kept is found in the folder of compiled code."""
    bytes_of, kept = [], []
    for number, switch in enumerate(("0", "1", "1")):
        out = tmp_path / str(number)
        cache = tmp_path / "code" if switch == "1" else None
        env = environment(
            BACKTEST_PLAIN_NUMBA=switch, **({"BACKTEST_CODE_CACHE": str(cache)} if cache else {})
        )
        done = call(
            "run", ROOT / "configs" / "satellite10.yaml", "--data", "sample", "--quiet", "--out", out, env=env,
            timeout=600,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        bytes_of.append((out / "satellite10" / "transactions.csv").read_bytes())
        kept.append(
            [(path, path.stat().st_mtime_ns) for path in sorted(tmp_path.glob("code/numba-*/*/*.nb[ic]"))]
        )
    assert bytes_of[0] == bytes_of[1] == bytes_of[2]
    assert kept[0] == []
    assert len(kept[1]) == 2
    assert kept[2] == kept[1]
