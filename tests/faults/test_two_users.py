"""Two users of one machine, one shared cache and one shared folder of results.

Nothing of one runs in the other's program or changes the other's files. Needs root, to become two others.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine import code_cache, store
from engine.config import load_config
from engine.errors import BacktestError, StoreError
from engine.ledger.compile import native
from engine.market.cache import Cache, Policy
from engine.result import Result
from engine.run import run
from engine.studies.grid import chunk_store
from engine.studies.grid.chunk import Chunk
from engine.studies.grid.chunk_store import ChunkStore
from tests.child import ROOT
from tests.made_up_source import Source, history

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to become two other users"
)
ALICE, BOB = 61001, 61002
SHARED = 61000  # a group that both are in


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Do it all once as root: another user may not be able to read where Python and the project lie."""
    folder = tmp_path_factory.mktemp("warm")
    for name in ("grp", "pwd", "encodings.ascii", "filelock"):
        importlib.import_module(name)
    for policy in (Policy(), Policy(refresh=True)):
        Cache(folder).get("VOO", "yahoo", Source(history()).fetch, policy)
    Cache(folder).get("VOO", "yahoo", Source(history()).fetch, Policy(offline=True))
    store.load(store.save(result(), folder))
    with pytest.raises(StoreError):
        store.save(result(), folder / result().name / "config.yaml")
    native.made_of()


@cache
def result() -> Result:
    return run(load_config(ROOT / "configs" / "windfall_lump.yaml"), source="sample")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder in which both may write, as a team's is."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="backtest-two-users-") as name:
        folder = Path(name)
        os.chown(folder, 0, SHARED)
        folder.chmod(0o2775)
        yield folder


def as_user(user: int, act: Callable[[], object]) -> str:
    """What ``act`` returns or raises, as text, done by another user in a process of his own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # what is imported stays imported: the project's own folder need not be readable
        said = "nothing"
        try:
            os.setgroups([SHARED])
            os.setgid(user)
            os.setuid(user)
            os.umask(0o002)
            said = str(act())
        except BacktestError as error:
            said = f"{error.exit_code}: {error}"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Owner and content of every file."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_uid, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if stat.S_ISREG(path.lstat().st_mode)
    }


def test_code_of_one_is_not_run_by_the_other(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTEST_CODE_CACHE", str(shared / "code"))
    name = "kernel-state.bin"

    def stored() -> bytes | None:
        return code_cache.stored(name, shared)

    def keep(code: bytes) -> bool:
        return code_cache.store(name, code, shared)

    assert as_user(ALICE, lambda: (keep(b"alice"), stored())) == "(False, None)", (
        "the group may write above it"
    )
    shared.chmod(0o1777)
    assert as_user(ALICE, lambda: (keep(b"alice"), stored())) == "(True, b'alice')"
    before = state(shared)
    assert as_user(BOB, lambda: (stored(), keep(b"bob"))) == "(None, False)"
    assert state(shared) == before
    assert stored() is None, "not even root runs what a user has left there"


def test_a_shared_cache(shared: Path) -> None:
    """Bob reads Alice's prices; where he may not write, he is told, and hers stay."""
    root = shared / "cache"
    fetch = Source(history()).fetch

    def get(policy: Policy) -> Callable[[], object]:
        return lambda: Cache(root).get("VOO", "yahoo", fetch, policy).series.sha256

    assert as_user(ALICE, get(Policy())) == history().sha256
    assert as_user(BOB, get(Policy(offline=True))) == history().sha256
    (root / "yahoo" / "VOO").chmod(0o755)
    before = state(root / "yahoo")
    said = as_user(BOB, get(Policy(refresh=True)))
    assert said.startswith("4: ")
    assert "\n" not in said
    assert {name: kept for name, kept in state(root / "yahoo").items() if "lock" not in name} == {
        name: kept for name, kept in before.items() if "lock" not in name
    }


@pytest.mark.parametrize("name", ["lock", "lock-soft", "pointer"])
def test_a_link_in_a_shared_cache_leads_nowhere(shared: Path, name: str) -> None:
    """Alice leads Bob's writing to a file of his: it stays as it is."""
    root, private = shared / "cache", shared / "bob.txt"
    private.write_text("precious")
    os.chown(private, BOB, BOB)
    slot = root / "yahoo" / "VOO"
    as_user(ALICE, lambda: Cache(root).get("VOO", "yahoo", Source(history()).fetch))
    (slot / name).unlink(missing_ok=True)
    (slot / name).symlink_to(private)
    os.lchown(slot / name, ALICE, ALICE)
    as_user(BOB, lambda: Cache(root).get("VOO", "yahoo", Source(history()).fetch, Policy(refresh=True)))
    assert private.read_text() == "precious"


def parts_of(rows: bytes) -> tuple[bytes, bytes]:
    told = {chunk_store.MADE_OF: hashlib.sha256(rows).hexdigest()}
    return rows, chunk_store.to_bytes({"share": np.zeros(1)}, (), told)


def test_parts_of_a_study_belong_to_who_lives_it(shared: Path) -> None:
    """Parts that Alice has laid into a folder are not taken for Bob's own."""
    folder = shared / "small" / "parts" / "0123456789abcdef"
    names = ("00000-0123456789abcdef.parquet", "00001-0123456789abcdef.parquet")
    chunks = ChunkStore(folder, (Chunk(0, 0, 1, 0, 1),) * 2, names)
    hers, his = (parts_of(rows) for rows in (b"alice", b"bob"))
    as_user(ALICE, lambda: (chunks.missing(), chunks.write(0, hers)))
    as_user(BOB, lambda: chunks.write(1, his))
    assert as_user(BOB, chunks.missing) == "[0]"
    assert not (folder / names[0]).exists()


def test_a_result_of_one_is_not_changed_by_the_other(shared: Path) -> None:
    folder = shared / result().name
    assert as_user(ALICE, lambda: store.save(result(), shared)) == str(folder)
    shared.chmod(0o3775)  # with the sticky bit nobody takes away what is another's
    before = state(folder)
    assert as_user(BOB, lambda: store.load(folder).name) == result().name
    assert as_user(BOB, lambda: store.save(result(), shared)).startswith("4: ")
    assert state(folder) == before
