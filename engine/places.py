"""Where this program keeps what it can make again, and which of it nobody else can have changed."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from engine.errors import RefusedFile, StoreError
from engine.messages import message
from engine.reading import read_bounded

IS_POSIX = os.name == "posix"
PACKAGE = Path(__file__).parent


def plans_folder() -> Path:
    """Where the plans, studies and statements are that come with the program: see ``engine.shipped``."""
    inside = PACKAGE / "configs"
    return inside if inside.is_dir() else PACKAGE.parent / "configs"


def user_folder(variable: str) -> Path:
    """The platform's cache folder for this program. StoreError, naming ``variable``, where there is no home."""
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            named = os.environ.get("XDG_CACHE_HOME", "")
            base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:
        told = message("no folder for the cache: there is no home")
        raise StoreError(told, hint=message("set {name}", name=variable)) from error
    return base / "satellite-backtest"


def own_folder(folder: Path) -> Path | None:
    """Where ``folder`` really is, if this user and root alone can change it, or what lies above it; else None.

    Each folder from the root of the disk down belongs to this user or to root, and nobody else may write to it
    (but above it to one where everybody may touch only his own, as /tmp). With that no name on the way can
    be exchanged by another. On Windows, where a user's folders are his alone, any folder will do.
    """
    real = Path(os.path.realpath(folder))
    if not IS_POSIX:  # pragma: no cover - Windows
        return real if real.is_dir() else None
    for place in (real, *real.parents):
        try:
            about = place.lstat()
        except OSError:
            return None
        is_shared = place != real and about.st_mode & stat.S_ISVTX
        if not stat.S_ISDIR(about.st_mode) or not _is_own(about, is_shared=bool(is_shared)):
            return None
    return real


def make_own_folder(folder: Path) -> Path | None:
    """As ``own_folder``, made for this user alone where it is not there. Raises OSError."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
    return own_folder(folder)


def read_own(folder: Path, name: str, limit: int) -> bytes:
    """A file of an ``own_folder``. Raises OSError, also where another could have written it."""
    path = folder / name
    if IS_POSIX and not _is_own(path.lstat()):
        raise RefusedFile(errno.EACCES, message("can be written by others"), path)
    return read_bounded(path, limit)


def _is_own(about: os.stat_result, *, is_shared: bool = False) -> bool:
    """Whether this user and root alone can write, or, in a shared folder, take away what is not theirs."""
    if about.st_uid not in (0, os.geteuid()):
        return False
    if is_shared or not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return True
    return not about.st_mode & stat.S_IWOTH and _is_private(about.st_gid)


def _is_private(gid: int) -> bool:
    """Whether a group is one user's own, as many systems give each: of his name, with nobody else in it."""
    import grp
    import pwd

    try:
        me, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return gid == me.pw_gid and group.gr_name == me.pw_name and set(group.gr_mem) <= {me.pw_name}
