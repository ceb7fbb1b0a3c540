"""``backtest examples``: every shipped file is listed with its question, and a copy of each is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.places import plans_folder as folder
from engine.shipped import needed, shipped
from tests.shipped import ROOT, kind_of

KNOWN = [*shipped()]


def ran(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["examples", *words])
    return int(stop.value.code or 0)


def test_every_file_is_listed_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert {item.path for item in KNOWN} == {path.relative_to(folder()) for path in folder().rglob("*.yaml")}
    for lang in ("en", "ja"):
        assert ran("--lang", lang) == 0
        text = capsys.readouterr().out
        assert all(item.path.with_suffix("").as_posix() in text for item in KNOWN)
    assert "小型株の比率は5%・10%・15%のどれがよい？" in text
    assert ran("--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == len(KNOWN)


def test_the_command_of_each_is_that_of_its_kind() -> None:
    commands = {"config": "run", "sweep": "sweep", "windows": "windows", "claims": "check"}
    assert all(item.command == commands[kind_of(folder() / item.path)] for item in KNOWN)


def test_a_copy_has_what_it_needs_and_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("q9_share", "--into", str(tmp_path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [path.as_posix() for path in needed(Path("questions/q9_share.yaml"))] == [
        "questions/q9_share.yaml",
        "satellite10.yaml",
        "schema.json",
        "sweeps/schema.json",
    ]
    assert lines[-1] == f"Then: backtest sweep {tmp_path}/questions/q9_share.yaml"
    from engine.studies.grid.sweep import plan_sweep

    plan, _ = plan_sweep(tmp_path / "questions" / "q9_share.yaml", {"source": "sample"})
    assert plan.name == "q9_share"


def test_all_of_them_again_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("all", "--into", str(tmp_path), "--quiet") == 0
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")} == {
        path.relative_to(ROOT / "configs") for path in (ROOT / "configs").rglob("*.*")
    }
    assert ran("all", "--into", str(tmp_path)) == 0
    assert capsys.readouterr().out == ""


def test_a_file_of_ones_own_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "satellite10.yaml").write_text("mine", "utf-8")
    assert ran("q9_share", "--into", str(tmp_path)) == 4
    assert [path.name for path in tmp_path.rglob("*")] == ["satellite10.yaml"]
    told = capsys.readouterr().err
    assert told == (
        f"backtest: {tmp_path}/satellite10.yaml: another file is there already "
        "(choose another folder with --into)\n"
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("satelite10", "there is no example satelite10 (did you mean satellite10?)"),
        ("zzz", "there is no example zzz (backtest examples lists them)"),
        ("allocation", "allocation is the name of several: century/allocation, sweeps/allocation"),
    ],
)
def test_a_name_that_means_none_or_several(name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(name) == 2
    assert capsys.readouterr().err == f"backtest: {told}\n"
