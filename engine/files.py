"""Files that are the old one or the new one, never half; folders exchanged in one step; locks with a name.

Everything that this program writes goes through here. A name that begins with a dot and ends in ``.new-`` and
eight hex digits is work in progress on the name between; ``.old-`` and eight digits is what an exchange in two
steps (where the system has no other) was about to replace; ``.lock`` is held by a writer. Names of results
never begin with a dot, so that no result is ever taken for one of these, nor the work on one for another's.

Every error is a StoreError of one line. What is written has the permissions that the user's umask says, or
those of what it replaces.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import CannotWrite, RefusedFile, StoreError, reason_of
from engine.messages import Listed, Message, listed, message
from engine.reading import read_bounded

if TYPE_CHECKING:
    from filelock import BaseFileLock

IN_THE_WAY = message("a file of that name is in the way")
WAIT = 1.0  # seconds after which a waiting writer says for whom it waits
IS_WINDOWS = sys.platform == "win32"
_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_LONGEST_RECORD = 1024
_TOKEN = "[0-9a-f]{8}"
_SOFT = "-soft"  # ends the name of a lock's file that is itself the lock


def find(path: Path) -> Path:
    """``path``, or the one there is whose names are written with other characters for the same letters.

    macOS writes が as か and a mark, and such names travel in archives and on shared disks.
    """
    if os.path.lexists(path) or path.parent == path:
        return path
    folder, wanted = find(path.parent), unicodedata.normalize("NFC", path.name)
    with contextlib.suppress(OSError, ValueError):
        for name in os.listdir(folder):  # noqa: PTH208
            if unicodedata.normalize("NFC", name) == wanted:
                return folder / name
    return folder / path.name


# --- one file -----------------------------------------------------------------------------------------------


def write_bytes(
    path: Path,
    data: bytes,
    *,
    replace: bool = True,
    hint: Message | None = None,
    mode: int | None = None,
) -> None:
    """Make ``data`` the content of ``path``, safely on disk: after a crash at any moment it is old or new.

    Folders on the way are made. ``replace=False`` refuses a name that is taken, even in this very moment. A
    link is replaced by a file, not followed. ``mode``: its permissions, whatever those of the old file were.
    Raises StoreError, with ``hint``; what was there is untouched.
    """
    with explained(path, hint), _folder_of(path):
        fresh = _working_name(path)
        try:
            write_new(fresh, data, like=path if mode is None else None, mode=0o666 if mode is None else mode)
            if replace:
                _rename(fresh, path)
            else:
                _take_name(fresh, path)
        except FileExistsError as error:
            raise StoreError(message("{place} is there already", place=path), hint=hint) from error
        finally:
            fresh.unlink(missing_ok=True)
        sync_folder(path.parent)


def write_new(path: Path, data: bytes, *, like: Path | None = None, mode: int = 0o666) -> None:
    """Write a file that is not there, safely on disk, with the permissions of ``like`` if that is a file.

    For the files of a folder that nobody sees yet. Raises OSError.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(handle, "wb") as file:
        if like is not None:
            _adopt_permissions(path, like, stat.S_ISREG)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _take_name(fresh: Path, path: Path) -> None:
    """Give ``fresh`` the name ``path`` if nobody has it. Raises FileExistsError."""
    try:
        os.link(fresh, path)
    except OSError as error:
        if os.path.lexists(path):
            raise FileExistsError from error
        fresh.rename(path)  # a disk without hard links


def _rename(fresh: Path, path: Path) -> None:
    """Windows refuses while a reader has the old file open, which is over in a moment (but for Excel)."""
    for _ in range(100 if IS_WINDOWS else 0):
        try:
            fresh.replace(path)
            return
        except PermissionError:
            time.sleep(0.02)
    fresh.replace(path)


# --- one folder ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def renewed_folder(target: Path, hint: Message | None = None) -> Iterator[Path]:
    """A new folder to fill; at the end of the block it takes the place of ``target`` in one step.

    What was in ``target`` is deleted: who calls has proven that it may be, and holds the lock. An error in the
    block leaves ``target`` as it was. Raises StoreError, with ``hint``, where the disk refuses.
    """
    with explained(target, hint):
        fresh = _working_name(target)
        fresh.mkdir()
        try:
            _adopt_permissions(fresh, target, stat.S_ISDIR)
            yield fresh
            sync_folder(fresh)
            swap_folder(fresh, target)
        finally:
            remove_folder(fresh)


def swap_folder(new: Path, old: Path) -> None:
    """Put the folder ``new`` in the place of ``old``, in one atomic step where the system can.

    What was in ``old`` lies under ``new`` afterwards, or is gone. Raises OSError; nothing has changed then.
    """
    if os.path.lexists(old) and not old.is_dir():
        raise RefusedFile(errno.ENOTDIR, IN_THE_WAY, old)
    if not os.path.lexists(old):
        new.rename(old)
    elif not _exchange(new, old):
        aside = old.with_name(f".{old.name}.old-{_token()}")
        _rename(old, aside)
        try:
            _rename(new, old)
        except OSError:
            aside.rename(old)
            raise
        remove_folder(aside)
    sync_folder(old.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one atomic step, where the system offers it (Linux, macOS)."""
    import ctypes

    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform.startswith("linux"):
            at_cwd, exchange = -100, 2
            done = libc.renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), exchange)
        elif sys.platform == "darwin":
            done = libc.renamex_np(os.fsencode(one), os.fsencode(other), 2)
        else:
            return False
    except (AttributeError, OSError, TypeError):
        return False
    return bool(done == 0)


def sweep(path: Path, *, older: float = 0.0) -> None:
    """Finish or undo what killed writers of ``path`` left beside it; for who holds its lock.

    Who holds none passes ``older``: work that was begun less than so many seconds ago may be going on.
    """
    with contextlib.suppress(OSError):
        for left in sorted(leftovers(path)):
            if time.time() - left.lstat().st_mtime < older:
                continue
            if re.search(rf"\.old-{_TOKEN}$", left.name) and not os.path.lexists(path):
                left.rename(path)
            elif left.is_dir() and not left.is_symlink():
                remove_folder(left)
            else:
                left.unlink(missing_ok=True)


def leftovers(path: Path) -> list[Path]:
    """What writers of ``path`` have beside it: work in progress, or left by one that was killed."""
    if not path.parent.is_dir():
        return []
    mine = re.compile(rf"\.{re.escape(path.name)}\.(new|old)-{_TOKEN}")
    return [path.parent / name for name in os.listdir(path.parent) if mine.fullmatch(name)]  # noqa: PTH208


# --- locks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, as far as it is known: ``71``, a host, a time, ``backtest run a.yaml``.

    ``file``: where the file itself is the lock, it, which outlives a holder that was killed elsewhere.
    """

    lines: tuple[str, ...] = ()
    file: str = ""

    @property
    def told(self) -> Listed:
        """As in ``process 71, study, 2024-01-05 09:00:12, backtest run a.yaml``."""
        pid, *more = self.lines or ("?",)
        return listed([message("process {pid}", pid=pid), *more])


OnWait = Callable[[Path, Holder], None]


def log_wait(target: Path, holder: Holder) -> None:
    """Say for whom a writer waits, as a message to the log ``engine``: for who has nobody to tell."""
    import logging

    told = message("waiting for another writer of {place} ({holder})", place=target, holder=holder.told)
    logging.getLogger("engine").warning(told)


def lock_of(target: Path) -> Path:
    """The file that is locked by who writes ``target``."""
    whole = named(target)
    return whole.parent / f".{whole.name}.lock"


def named(path: Path) -> Path:
    """``path``, or the whole of it where its last part is no name (``.``, ``..``), so that it has neighbours."""
    return path if path.name.strip(".") else path.resolve()


@contextlib.contextmanager
def lock(
    target: Path, *, on_wait: OnWait | None = None, seconds: float | None = None, at: Path | None = None
) -> Iterator[None]:
    """Hold ``target`` against other processes and threads that lock it, while the block runs.

    A lock goes with its process, however that ends. ``on_wait`` (None: the log) hears once, after a second, who
    holds it; ``seconds`` is the longest wait (None: for ever). The lock's file lies beside the target and goes
    with the lock; another one, ``at``, stays. On a file system without locks the file itself is the lock, and
    one whose process is gone is taken over if it ran on this machine.
    Raises StoreError: the time is over, or the folder cannot be written.
    """
    path, limit = at or lock_of(target), float("inf") if seconds is None else seconds
    held_by = partial(_until_held, target=target, on_wait=on_wait or log_wait, limit=limit)
    with contextlib.ExitStack() as around:
        with explained(target):
            around.enter_context(_folder_of(path))
            try:
                held = _acquired(path, at is not None, held_by)
            except PermissionError as error:
                if not path.exists() or not os.access(path.parent, os.W_OK):
                    raise
                holder = holder_of(path).told
                told = message("{place}: is held by {holder}, another user's", place=target, holder=holder)
                raise StoreError(told) from error
        try:
            yield
        finally:
            if at is None and not IS_WINDOWS:  # while it is held: who waits on it asks for a new one
                path.unlink(missing_ok=True)
            held.release()


def _until_held(
    wanted: BaseFileLock, path: Path, *, target: Path, on_wait: OnWait, limit: float
) -> BaseFileLock:
    """Acquire ``wanted``, whose file is ``path``. Raises StoreError when the time is over."""
    from filelock import Timeout

    try:
        try:
            wanted.acquire(timeout=min(WAIT, limit))
        except Timeout:
            if limit <= WAIT:
                raise
            on_wait(target, holder_of(path))
            wanted.acquire(timeout=limit - WAIT)
    except Timeout:
        holder = holder_of(path).told
        told = message(
            "{place} has been held for over {seconds} s by {holder}",
            place=target,
            seconds=limit,
            holder=holder,
        )
        raise StoreError(told, hint=message("end that process or try again")) from None
    return wanted


def _acquired(
    path: Path, keep: bool, until_held: Callable[[BaseFileLock, Path], BaseFileLock]
) -> BaseFileLock:
    from filelock import FileLock, SoftFileLock

    native = FileLock(path, fallback_to_soft=False, preserve_lock_file=keep, on_acquired=_sign)
    try:
        return until_held(native, path)
    except OSError as error:
        if error.errno not in _NO_LOCKS_HERE:
            raise
        if not keep:
            path.unlink(missing_ok=True)
    soft = path.with_name(f"{path.name}{_SOFT}")
    return until_held(SoftFileLock(soft), soft)


def _sign(handle: int) -> None:
    """Write into a lock's file who holds it, a line each, as filelock does into a file that is the lock."""
    host = os.environ.get("COMPUTERNAME", "") if IS_WINDOWS else os.uname().nodename
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]) if sys.argv else ""
    lines = (str(os.getpid()), host, time.strftime("%Y-%m-%d %H:%M:%S"), " ".join(command.split())[:200])
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.write(handle, "\n".join(lines).encode(errors="backslashreplace"))  # names of files are bytes


def holder_of(path: Path) -> Holder:
    """Who signed the lock file ``path``; what is not known is left out."""
    text = ""
    with contextlib.suppress(OSError, ValueError):
        text = read_bounded(path, _LONGEST_RECORD).decode()
    lines = ("".join(c if c.isprintable() else "?" for c in line)[:200] for line in text.split("\n")[:4])
    return Holder(tuple(filter(None, lines)), str(path) if path.name.endswith(_SOFT) else "")


# --- all of them --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def explained(path: Path, hint: Message | None = None) -> Iterator[None]:
    """What the system says about ``path``, as a CannotWrite of one line."""
    try:
        yield
    except OSError as error:
        if IS_WINDOWS and isinstance(error, PermissionError):
            hint = message("if it is open in another program, such as Excel, close it there")
        told = message("{place}: cannot be written: {why}", place=path, why=reason_of(error))
        raise CannotWrite(told, hint=hint) from error


@contextlib.contextmanager
def _folder_of(path: Path) -> Iterator[None]:
    """The folder of ``path``, made with those above it. Where the block fails, what was made and is empty goes."""
    made = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # something is in it
            for folder in made:
                folder.rmdir()
        raise


def remove_folder(folder: Path) -> None:
    """Delete a folder and all in it, as far as that can be."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` last through a power cut, where the system can."""
    if IS_WINDOWS:
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _working_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.new-{_token()}")


def _token() -> str:
    return os.urandom(4).hex()


def _adopt_permissions(new: Path, old: Path, is_kind: Callable[[int], bool]) -> None:
    """Give ``new`` the permissions of ``old``, if there is one of that kind."""
    with contextlib.suppress(OSError):
        mode = old.lstat().st_mode
        if is_kind(mode):
            new.chmod(stat.S_IMODE(mode))
