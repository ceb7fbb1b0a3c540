"""Only a regular file of a bounded size is read, whatever lies in its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.reading import read_bounded

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")


def test_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5) == b"12345"
    with pytest.raises(OSError, match=r"is larger than the 0\.000004 MB"):
        read_bounded(path, 4)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "nothing", 5)


@posix
def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="is no regular file"):
            read_bounded(tmp_path / name, 10)
    with pytest.raises(OSError, match="symbolic"):
        read_bounded(tmp_path / "zero", 10)
    with pytest.raises(OSError, match="is no regular file"):
        read_bounded(tmp_path / "zero", 10, follow=True)


@posix
def test_a_sparse_file_takes_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(20_000_000_000)
    (tmp_path / "link").symlink_to("sparse")
    for name in ("sparse", "link"):
        with pytest.raises(OSError, match="is larger than"):
            read_bounded(tmp_path / name, 1000, follow=True)
