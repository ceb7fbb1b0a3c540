"""Code that the program made for itself, kept on disk: what would take long to make in every process.

Who can write such a file runs code as the one who reads it. It is therefore loaded only from a file and a folder
that this user and root alone can change (:mod:`engine.places`). It begins with a checksum: what is damaged is made
again. Its name says what it was made of, so that nothing stale is found.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from engine.errors import StoreError
from engine.files import lock, write_bytes
from engine.places import make_own_folder, own_folder, read_own, user_folder
from engine.reading import MB

LARGEST = 100 * MB
CHECKSUM = hashlib.sha256().digest_size


def stored(name: str, beside: Path) -> bytes | None:
    """Code that is kept under a name, if it is there, whole and nobody else's; ``beside`` as in :func:`places`."""
    for path in places(name, beside):
        with suppress(OSError):
            folder = own_folder(path.parent)
            if folder is None:
                continue
            found = read_own(folder, path.name, LARGEST)
            code = found[CHECKSUM:]
            if hashlib.sha256(code).digest() == found[:CHECKSUM]:
                return code
    return None


def store(name: str, code: bytes, beside: Path) -> bool:
    """Keep code in the first place that is this user's alone, in one step; False if there is none.

    ``name`` is ``kind-state.bin``: beside the sources, what an earlier state made is removed.
    """
    for path in places(name, beside):
        with suppress(OSError, StoreError):
            folder = make_own_folder(path.parent)
            if folder is None:
                continue
            write_bytes(folder / name, hashlib.sha256(code).digest() + code, mode=0o600)
            if path.parent.name == "__pycache__":
                for old in set(folder.glob(f"{name.rpartition('-')[0]}-*.bin")) - {folder / name}:
                    old.unlink(missing_ok=True)
            return True
    return False


@contextmanager
def one_makes(name: str, beside: Path) -> Iterator[None]:
    """Hold a name against this user's other processes, so that workers who start together do not all make it.

    Where there is no folder to hold it in, each makes its own.
    """
    with ExitStack() as held:
        for path in places(name, beside):
            with suppress(OSError, StoreError):
                if make_own_folder(path.parent) is not None:
                    held.enter_context(lock(path, on_wait=lambda *_: None))
                    break
        yield


def places(name: str, beside: Path) -> list[Path]:
    """Files that may hold the code, in the order in which they are tried.

    ``__pycache__`` in the folder ``beside`` of its sources, then the user's cache; where ``BACKTEST_CODE_CACHE``
    names a folder, there alone.
    """
    if named := os.environ.get("BACKTEST_CODE_CACHE") or os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(named).expanduser() / name]
    found = [beside / "__pycache__" / name]
    with suppress(StoreError):  # there is no home
        found.append(user_folder("BACKTEST_CODE_CACHE") / "code" / name)
    return found
