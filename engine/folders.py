"""Result folders: made in one step, replaced only where every file in them is known to be ours.

A folder of this program holds ``manifest.json``, which says what kind of result it is and lists its files, those
in folders below among them. A folder of another kind, or with anything that its manifest does not list, is a
person's: it is not replaced.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from engine import files
from engine.errors import RefusedFile, StoreError
from engine.files import OnWait
from engine.messages import Quoted, message
from engine.reading import MB, read_bounded

MANIFEST = "manifest.json"
PAGES = frozenset({"report.html"})  # written again by ``backtest report``, so that no manifest lists them
PARTS = "parts"  # a folder in that of a study: what is simulated of it so far, in a folder a study
DIGITS = 16  # of a hash, in a name
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # what systems leave in any folder
TRIES = 200  # to read a result that is replaced again and again
HINT = message("choose another folder with --out; an earlier result is untouched")
_LONGEST = 64 * MB  # of a manifest
T = TypeVar("T")
_WORK = re.compile(r"\.(.+)\.(new|old)-[0-9a-f]{8}")


def replace_folder(target: Path, content: Mapping[str, bytes], *, on_wait: OnWait | None = None) -> Path:
    """Make ``target`` a folder with just these files, in one step; returns the folder, links followed.

    A name with slashes is that of a file in a folder below. The content has a manifest with a ``kind``; only a
    folder of that kind is replaced. Another writer of the folder is waited for. Raises StoreError; what was there
    is then untouched.
    """
    folder = real_folder(target)
    with files.lock(folder, on_wait=on_wait):
        renew_folder(folder, content)
    return target


def renew_folder(
    target: Path, content: Mapping[str, bytes], *, kept: Path | None = None, also: Collection[str] = ()
) -> None:
    """As ``replace_folder``, for who holds the lock: the files of the folder ``kept``, below it, stay.

    ``also`` names folders in it that are ours, as ``refuse_foreign`` has it.
    """
    kind = str(json.loads(content[MANIFEST])["kind"])
    files.sweep(target)
    refuse_foreign(target, kind, also=also)
    with files.renewed_folder(target, HINT) as fresh:
        below = [fresh / name for name in sorted({name.rpartition("/")[0] for name in content} - {""})]
        for folder in below:
            folder.mkdir(parents=True)
        for name, data in content.items():
            files.write_new(fresh / name, data)
        for folder in below:
            files.sync_folder(folder)
        if kept is not None:
            inside = fresh / kept.relative_to(target)
            inside.mkdir(parents=True)
            for path in kept.iterdir():
                _link(path, inside / path.name)
            files.sync_folder(inside)


def _link(old: Path, new: Path) -> None:
    """A second name for a file; a copy, where the disk has no such thing."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def real_folder(target: Path) -> Path:
    """Where ``target`` leads: itself, or the folder that it is a link to. Raises StoreError: it leads nowhere."""
    if target.name in ("", ".."):  # the working folder, or one above it
        target = target.resolve()
    if not target.is_symlink():
        return target
    led = Path(os.path.realpath(target))
    if not led.is_dir():
        raise StoreError(message("{place}: is a link to {far}, where no folder is", place=target, far=led))
    return led


def kind_of(manifest: Mapping[str, Any]) -> str:
    """What a manifest is of: the command that made it (``run``, ``sweep``, ``flows``, …); '' if none.

    Manifests written before they had a kind are recognised by the files that they list.
    """
    kind = manifest.get("kind")
    if isinstance(kind, str):
        return kind
    listed = manifest.get("files")
    names = set(listed) if isinstance(listed, dict) else set()
    return "run" if "equity.parquet" in names else "bootstrap" if "futures.parquet" in names else ""


def refuse_foreign(target: Path, kind: str, *, also: Collection[str] = ()) -> None:
    """Raise StoreError if ``target`` holds a result of another kind, or anything that is not ours.

    ``also`` names folders in it that are ours, whose content the caller has looked at.
    """
    with files.explained(target, HINT):
        if os.path.lexists(target) and not target.is_dir():
            raise RefusedFile(errno.ENOTDIR, files.IN_THE_WAY, target)
        if not target.is_dir():
            return
        manifest = _manifest(target)
        if not manifest and os.path.lexists(target / MANIFEST):
            raise StoreError(
                message(
                    "{place}: its manifest.json cannot be read, so that nothing says whose its files are",
                    place=target,
                ),
                hint=message("if it is an old result, delete the folder; else choose another with --out"),
            )
        if manifest and kind_of(manifest) != kind:
            raise StoreError(
                message(
                    "{place}: holds another kind of result ({kind}, not {wanted})",
                    place=target,
                    kind=kind_of(manifest) or message("unknown"),
                    wanted=kind,
                ),
                hint=message("give one of the two another name, or choose another folder with --out"),
            )
        listed = manifest.get("files")
        ours = {MANIFEST, *PAGES, *listed} if isinstance(listed, dict) else {MANIFEST} if manifest else set()
        below = {name.rpartition("/")[0] for name in ours} - {""}  # folders of ours, whole results
        ours |= {f"{place}/{page}" for place in below for page in PAGES} | {_locked(place) for place in below}
        is_ours = _ours(target, ours)
        for path in _found(target, {name.partition("/")[0] for name in below}):
            if not is_ours(path) and not (path.name in also and _is(path, stat.S_ISDIR)):
                raise foreign(target, path)


def _locked(place: str) -> str:
    """What locks a folder below (``files.lock_of``), and stays on some systems."""
    above, slash, name = place.rpartition("/")
    return f"{above}{slash}.{name}.lock"


def _found(target: Path, folders: Collection[str]) -> Iterator[Path]:
    """What a folder holds; of ``folders`` in it, everything below them that is no folder."""
    for path in sorted(target.iterdir()):
        if path.name in folders and _is(path, stat.S_ISDIR):
            yield from (inner for inner in sorted(path.rglob("*")) if not _is(inner, stat.S_ISDIR))
        else:
            yield path


def refuse_foreign_study(target: Path, kind: str, name: str) -> None:
    """``refuse_foreign`` of a study, in whose ``PARTS`` every file is called by the pattern ``name``."""
    refuse_foreign(target, kind, also=(PARTS,))
    ours = rf"{name}|\.({name})\.new-[0-9a-f]{{8}}"  # and one being written
    with files.explained(target, HINT):
        for study in _inside(target / PARTS):
            if not re.fullmatch(rf"[0-9a-f]{{{DIGITS}}}", study.name) or not _is(study, stat.S_ISDIR):
                raise foreign(target, study)
            for part in _inside(study):
                if not re.fullmatch(ours, part.name) or not _is(part, stat.S_ISREG):
                    raise foreign(target, part)


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder, but for what systems leave in any."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.name not in LITTER]


def whole(folder: Path, read: Callable[[Path], T]) -> T:
    """What ``read`` makes of the result in ``folder``, while another process may replace it.

    A StoreError of ``read`` counts only if the folder was the same one before and after. Who replaces it in two
    steps, where a system has no other, leaves none there for a moment.
    """
    for _ in range(TRIES):
        before = _identity(folder)
        try:
            return read(folder)
        except StoreError:
            after = _identity(folder)
            if after == before and not (after is None and files.lock_of(folder).exists()):
                raise
            time.sleep(0.01)
    return read(folder)


def _identity(folder: Path) -> tuple[int, ...] | None:
    """What tells a folder and its manifest from the next ones of the same name; None if they are not there."""
    try:
        told = [path.stat() for path in (folder, folder / MANIFEST)]
    except OSError:
        return None
    return tuple(n for one in told for n in (one.st_dev, one.st_ino, one.st_ctime_ns, one.st_mtime_ns))


def foreign(target: Path, path: Path) -> StoreError:
    """The error of a folder that holds something of a person."""
    return StoreError(
        message(
            "{place}: holds {name}, which this program did not write and would delete",
            place=target,
            name=Quoted(str(path.relative_to(target))),
        ),
        hint=message("move it away, or choose another folder with --out"),
    )


def _ours(target: Path, names: Collection[str]) -> Callable[[Path], bool]:
    def is_ours(path: Path) -> bool:
        work = _WORK.fullmatch(path.name)
        told = path.with_name(work[1]) if work else path
        known = path.name in LITTER or told.relative_to(target).as_posix() in names
        return known and _is(path, stat.S_ISREG)

    return is_ours


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    return kind(path.lstat().st_mode)


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; {} where there is none that can be read."""
    try:
        told = json.loads(read_bounded(folder / MANIFEST, _LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
