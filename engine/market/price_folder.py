"""Several files of a folder of prices written as one: after a crash all are the old ones, or all the new.

The new files are written beside the old ones, in a folder whose renaming is the moment that counts. From then
on they are moved to their places, and whoever comes next to the folder moves what a crash left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from engine import files

REGISTRY = "assets.csv"
_READY, _BEGUN = ".import.ready", ".import.new-"


def lock(folder: Path, on_wait: files.OnWait | None = None) -> AbstractContextManager[None]:
    """Excludes other writers of ``folder`` while held; the folder is made if it is not there."""
    return files.lock(folder / REGISTRY, on_wait=on_wait)


def replace_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Make each of ``contents`` that of its name in ``folder``. For who holds the lock.

    :raises StoreError: the disk refuses; nothing has changed then.
    """
    begun = folder / f"{_BEGUN}{os.urandom(4).hex()}"
    with files.explained(folder):
        finish(folder)
        begun.mkdir()
        try:
            for name, data in contents.items():
                files.write_new(begun / name, data, like=folder / name)
            files.sync_folder(begun)
            begun.rename(folder / _READY)
        finally:
            shutil.rmtree(begun, ignore_errors=True)
        finish(folder)


def finish(folder: Path) -> None:
    """Carry out what a crash interrupted, and remove what it left unfinished. For who holds the lock."""
    ready = folder / _READY
    if is_unfinished(folder):
        files.sync_folder(folder)
        for name in sorted(os.listdir(ready), key=lambda name: name != REGISTRY):  # noqa: PTH208
            (ready / name).replace(folder / name)
        files.sync_folder(folder)
        ready.rmdir()
    for left in folder.glob(f"{_BEGUN}*"):
        shutil.rmtree(left, ignore_errors=True)


def settle(folder: Path) -> None:
    """Carry out what a crash interrupted, before ``folder`` is read. :raises StoreError: it cannot be."""
    if is_unfinished(folder):
        with lock(folder), files.explained(folder):
            finish(folder)


def is_unfinished(folder: Path) -> bool:
    """True if a crash interrupted a change that was decided."""
    ready = folder / _READY
    return ready.is_dir() and not ready.is_symlink()
