"""Reading a file that somebody else may have put there: regular, of a bounded size, and never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from engine.errors import RefusedFile
from engine.messages import message

MB = 1_000_000
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read_bounded(path: Path, limit: int, *, follow: bool = False) -> bytes:
    """All of a regular file of at most ``limit`` bytes. A pipe, a device, a folder is never read from.

    ``follow``: a symbolic link is followed to such a file; else it is refused.

    Raises OSError: it is not there, is no such file (EINVAL), or is larger (EFBIG); ``reason_of`` says which.
    """
    handle = os.open(path, _OPEN | (0 if follow else getattr(os, "O_NOFOLLOW", 0)))
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise RefusedFile(errno.EINVAL, message("is no regular file"), path)
        if about.st_size <= limit:
            with os.fdopen(handle, "rb", closefd=False) as file:
                content = file.read(limit + 1)
            if len(content) <= limit:
                return content
    finally:
        os.close(handle)
    raise RefusedFile(errno.EFBIG, message("is larger than the {mb} MB it may have", mb=limit / MB), path)


def is_own(path: Path) -> bool:
    """Whether a name is a regular file, no link, of this user's or of the system's (root's)."""
    about = path.lstat()
    return stat.S_ISREG(about.st_mode) and (os.name != "posix" or about.st_uid in (0, os.geteuid()))
