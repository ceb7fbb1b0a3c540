"""A lock between processes, and files that are either the old or the new one, never half."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from types import TracebackType

from engine.errors import StoreError

_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_AT = 1 << 30  # the locked byte on Windows lies beyond the text, so that others can read who holds it


class Lock:
    """Excludes other processes and other threads that lock the same ``path``, while entered.

    The operating system gives the lock back when its holder dies, however it dies, so there are no stale
    locks; the file stays, since removing it would let two holders in. A holder that lives and does not
    finish within ``seconds`` is a StoreError that names its process. On a file system without locks the
    work goes on without: replacing files atomically keeps them whole.
    """

    def __init__(self, path: Path, *, seconds: float = 120.0) -> None:
        self.path = path
        self.seconds = seconds
        self._file = -1

    def __enter__(self) -> Lock:
        until = time.monotonic() + self.seconds
        while not self.try_take():
            if time.monotonic() >= until:
                raise StoreError(
                    f"{self.path} has been held for over {self.seconds:g} s by {self._holder()}",
                    hint="end that process or try again",
                )
            time.sleep(0.02)
        return self

    def try_take(self) -> bool:
        """Take the lock if nobody has it; False if somebody has. Whoever takes it calls ``give_back``."""
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _take(self._file)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                os.close(self._file)
                if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                    return False
                raise
        with contextlib.suppress(OSError):
            os.truncate(self._file, 0)
            os.write(self._file, f"process {os.getpid()}\n".encode())
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()

    def give_back(self) -> None:
        """Let others take it."""
        with contextlib.suppress(OSError):
            _give(self._file)
        os.close(self._file)

    def _holder(self) -> str:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self.path.read_text().strip() or "another process"
        return "another process"


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(file: int) -> None:
        os.lseek(file, _AT, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

    def _give(file: int) -> None:
        os.lseek(file, _AT, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        # flock, not lockf: it also excludes the threads of this process, and is not lost when another
        # descriptor of the same file is closed.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


def replace_file(path: Path, data: bytes) -> None:
    """Make ``data`` the content of ``path``: after a crash at any moment it is the old or the new one.

    The temporary file lies beside it, with a name that ends in ``.tmp``; one that a crash left behind is
    for the next holder of the folder's lock to remove.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def _rename(temporary: Path, path: Path) -> None:
    """Windows refuses while a reader has the old file open, which is over in a moment."""
    for _ in range(100 if sys.platform == "win32" else 0):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(0.02)
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` last through a power cut, where the system can."""
    if sys.platform == "win32":  # pragma: no cover
        return
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
