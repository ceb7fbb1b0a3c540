"""An import that is killed leaves the folder's files all old, or all new: also of several files together."""

from __future__ import annotations

import contextlib
import os
import random
import sys

import pytest

from engine.errors import StoreError
from engine.market import price_folder
from engine.market.providers import csv_folder
from tests.nursery import nursery


def written(path, n, price):
    days = [f"20{10 + k // 300:02}/{1 + k // 25 % 12:02}/{1 + k % 25:02}" for k in range(n)]
    path.write_text(
        "基準日,基準価額,分配金\n" + "".join(f"{day},{price},0\n" for day in days), encoding="utf-8"
    )
    return path


def state(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def kills(nursery, tmp_path, times, seed):
    """Replace a fund's prices and its row together, killed at random moments: how often each state was left."""
    old_file, new_file = (
        written(tmp_path / "old.csv", 2000, 10000),
        written(tmp_path / "new.csv", 2100, 10001),
    )
    folder, chance = tmp_path / "p", random.Random(seed)

    def bring(file, fee):
        return (
            "data",
            "import",
            file,
            "--as",
            "SLIM",
            "--into",
            folder,
            "--replace",
            "--quiet",
            "--expense",
            fee,
        )

    nursery.call(*bring(old_file, "0.1"))
    old = state(folder)
    took = nursery.call(*bring(new_file, "0.2"))
    new = state(folder)
    assert old["SLIM.csv"] != new["SLIM.csv"]
    assert old["assets.csv"] != new["assets.csv"]
    seen = {"old": 0, "new": 0, "killed": 0, "unread": 0}
    for _ in range(times):
        for name, data in old.items():
            (folder / name).write_bytes(data)
        ended = nursery.kill(chance.uniform(0.0, 1.1) * took, *bring(new_file, "0.2"))
        seen["killed"] += ended is None
        took = ended or took  # the machine may have become faster
        before = state(folder)
        csv_folder.own_assets(folder)  # as every reader begins
        after = state(folder)
        assert after in (old, new), "half of an import"
        seen["unread"] += before != after  # between two renames: whole for whoever reads it, as above
        seen["old" if after == old else "new"] += 1
    nursery.call(*bring(old_file, "0.1"))
    assert sorted(path.name for path in folder.iterdir()) == ["SLIM.csv", "assets.csv"], (
        "nothing is left over"
    )
    return seen


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_fifteen_kills(tmp_path):
    with nursery() as loaded:
        assert kills(loaded, tmp_path, 15, seed=1)["killed"] > 3


@pytest.mark.long
def test_three_hundred_kills(tmp_path):
    with nursery() as loaded:
        seen = kills(loaded, tmp_path, 300, seed=2)
    print(seen)
    assert seen["killed"] > 100


@pytest.mark.parametrize("moment", range(1, 12))
def test_a_crash_at_every_step(tmp_path, monkeypatch, moment):
    """Every change of the folder, one after the other, is the last thing that happens."""
    folder = tmp_path / "p"
    folder.mkdir()
    old, new = {"A.csv": b"old", "assets.csv": b"old row"}, {"A.csv": b"new", "assets.csv": b"new row"}
    for name, data in old.items():
        (folder / name).write_bytes(data)
    done = []

    class PowerCut(BaseException):
        """No handler sees it, as none sees a power cut."""

    def cut(function):
        def wrapped(*arguments, **more):
            if len(done) >= moment:
                raise PowerCut
            done.append(function.__name__)
            return function(*arguments, **more)

        return wrapped

    with monkeypatch.context() as patched:
        for owner, name in ((os, "mkdir"), (os, "open"), (os, "rename"), (os, "replace"), (os, "rmdir")):
            patched.setattr(owner, name, cut(getattr(owner, name)))
        patched.setattr(price_folder.shutil, "rmtree", lambda *_, **__: None)
        with contextlib.suppress(PowerCut):
            price_folder.replace_all(folder, new)
    price_folder.settle(folder)
    assert state(folder) in (old, new)
    assert state(folder) == (new if "rename" in done else old)


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "A.csv").write_bytes(b"old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(price_folder.files, "write_new", full)
    with pytest.raises(StoreError, match="No space left on device"):
        price_folder.replace_all(tmp_path, {"A.csv": b"new", "assets.csv": b"row"})
    assert [path.name for path in tmp_path.iterdir()] == ["A.csv"]


def test_what_lies_ready_elsewhere_is_not_taken(tmp_path):
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "p"
    elsewhere.mkdir()
    folder.mkdir()
    (elsewhere / "mine.csv").write_text("mine")
    (folder / ".import.ready").symlink_to(elsewhere)
    assert csv_folder.own_assets(folder) == {}
    assert (elsewhere / "mine.csv").exists()
