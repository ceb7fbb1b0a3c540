"""What ``compare`` leaves: its page and each result, read back, replaced as a whole, and nothing of a person's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import engine
from engine.errors import StoreError
from tests.child import ROOT
from tests.person import type_in

PLANS = [ROOT / "configs" / f"{name}.yaml" for name in ("core100", "satellite10")]
SHORT = ("2015-01-01", "2015-12-31")


@pytest.fixture
def found(tmp_path: Path) -> engine.Comparison:
    return engine.compare(PLANS, source="sample", period=SHORT, out=tmp_path)


@pytest.fixture
def folder(found: engine.Comparison, tmp_path: Path) -> Path:
    return tmp_path / "compare-core100+satellite10"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def again(folder: Path) -> None:
    engine.compare(PLANS, source="sample", period=SHORT, out=folder.parent)


def test_each_result_is_read_back(found: engine.Comparison, folder: Path) -> None:
    for view in found.views:
        assert engine.load_result(folder / "plans" / view.name) == view
    assert sorted(json.loads((folder / "manifest.json").read_bytes())["files"]) == sorted(
        name for name in everything(folder) if name != "manifest.json"
    )


def test_commands_take_what_is_below_it(capsys, folder: Path) -> None:
    plan = folder / "plans" / "satellite10"
    type_in(capsys, "report", plan, "--lang", "en")
    assert (plan / "report.html").is_file()
    assert "satellite10" in type_in(capsys, "audit", plan, "--lang", "en").out


def test_the_next_comparison_replaces_all_of_it(capsys, folder: Path) -> None:
    """Also what ``report`` wrote below it, a lock that stayed, and what systems leave."""
    before = everything(folder)
    plan = folder / "plans" / "core100"
    type_in(capsys, "report", plan, "--lang", "en")
    for litter in (
        plan / ".DS_Store",
        plan / ".report.html.new-0123abcd",
        folder / "plans" / ".core100.lock",
    ):
        litter.write_bytes(b"")
    again(folder)
    assert everything(folder) == before


@pytest.mark.parametrize(
    "place", ["mine.txt", "plans/mine.txt", "plans/core100/mine.txt", "plans/mine/a.txt"]
)
def test_a_file_of_a_person_is_kept(place: str, folder: Path) -> None:
    path = folder / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = everything(folder)
    with pytest.raises(StoreError, match="mine"):
        again(folder)
    assert everything(folder) == before


def test_a_link_to_a_folder_of_a_person_is_kept(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "plans" / "mine").symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(StoreError, match="mine"):
        again(folder)
    assert elsewhere.is_dir()


def test_a_manifest_that_lists_strange_names_opens_nothing(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for name in ("../x", "//x", "./x", "a//b", "/", "", "plans/", "\0/x"):
        manifest["files"][name] = "0" * 64
    path.write_text(json.dumps(manifest))
    mine = folder / "plans" / "mine.txt"
    mine.write_text("mine")
    with pytest.raises(StoreError, match="mine"):
        again(folder)
    mine.unlink()
    again(folder)
    assert "../x" not in json.loads(path.read_bytes())["files"]


def test_a_folder_with_a_page_alone_is_replaced(folder: Path) -> None:
    """As this program wrote it before."""
    import shutil

    shutil.rmtree(folder / "plans")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"] = {"compare.html": manifest["files"]["compare.html"]}
    path.write_text(json.dumps(manifest))
    again(folder)
    assert (folder / "plans" / "core100" / "equity.parquet").is_file()
