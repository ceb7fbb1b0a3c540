"""A file that another program holds open, as Windows refuses to replace it: one line, and nothing is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import files
from tests.person import CONFIGS, type_in

CLOSE = "if it is open in another program, such as Excel, close it there"


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Windows as far as files go: folders are swapped in two steps, and what is held open keeps its place."""
    held: list[Path] = []
    rename, replace = Path.rename, Path.replace

    def refused(move: Callable[[Path, Any], Path]) -> Callable[[Path, Any], Path]:
        def moved(self: Path, target: Any) -> Path:
            for path in held:
                if path in (self, Path(target)) or self in path.parents:
                    raise PermissionError(13, "Permission denied", str(self))
            return move(self, target)

        return moved

    monkeypatch.setattr(files, "IS_WINDOWS", True)
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(Path, "rename", refused(rename))
    monkeypatch.setattr(Path, "replace", refused(replace))
    return held.append


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    ("command", "made", "open_"),
    [
        (("run", CONFIGS / "core100.yaml"), "core100", "transactions.csv"),
        (
            ("windows", CONFIGS / "core100.yaml", "--horizons", "10", "--every", "year"),
            "windows-core100",
            "windows.csv",
        ),
    ],
)
def test_a_csv_that_is_open_elsewhere(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    windows: Callable[[Path], None],
    command: tuple[Any, ...],
    made: str,
    open_: str,
) -> None:
    words = (*command, "--data", "sample", "--out", tmp_path)
    assert type_in(capsys, *words).code == 0
    folder = tmp_path / made
    before = content(folder)
    windows(folder / open_)
    said = type_in(capsys, *words, "--set", "risk_free=0.01", "--quiet", "--lang", "en")
    assert said.code == 4
    assert said.line.startswith(f"{folder}: cannot be written: ")
    assert CLOSE in said.line
    after = content(folder)
    # What a study has simulated by then is kept for the next try.
    assert {name: data for name, data in after.items() if name in before or "parts/" not in name} == before
    assert not [path.name for path in tmp_path.iterdir() if path.is_dir() and path.name != made], "litter"


def test_the_next_run_replaces_it_once_it_is_closed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, windows: Callable[[Path], None]
) -> None:
    """In two steps, as Windows has no other."""
    words = ("run", CONFIGS / "core100.yaml", "--data", "sample", "--out", tmp_path, "--quiet")
    assert type_in(capsys, *words).code == 0
    assert type_in(capsys, *words, "--set", "risk_free=0.01").code == 0
    config = (tmp_path / "core100" / "config.yaml").read_text("utf-8")
    assert "risk_free: 0.01" in config
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["core100"]


def test_a_file_that_is_open_elsewhere_keeps_its_content(
    tmp_path: Path, windows: Callable[[Path], None]
) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"old")
    windows(path)
    with pytest.raises(files.CannotWrite) as error:
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert str(error.value.hint) == CLOSE
    assert os.listdir(tmp_path) == ["mine.xlsx"]  # noqa: PTH208


def test_a_second_step_that_fails_undoes_the_first(
    tmp_path: Path, windows: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old folder is aside when the new one cannot take its name: it gets it back."""
    old, new = tmp_path / "result", tmp_path / ".result.new-00000000"
    for folder, text in ((old, "old"), (new, "new")):
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps(text))
    windows(new / "manifest.json")
    with pytest.raises(PermissionError):
        files.swap_folder(new, old)
    assert (old / "manifest.json").read_text() == '"old"'
    assert sorted(path.name for path in tmp_path.iterdir()) == [new.name, old.name]
