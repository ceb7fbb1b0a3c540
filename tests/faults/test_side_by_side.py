"""Whatever else is in a folder of results, or works on it at the same moment: nothing is lost or mixed."""

from __future__ import annotations

import collections
import os
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from engine import files, store
from engine.cli import main
from engine.config import load_config
from engine.errors import StoreError
from engine.folders import kind_of, refuse_foreign, replace_folder
from engine.report.deliverables import comparison_name
from engine.result import Result
from engine.run import run
from tests.child import BACKTEST, ROOT, call, environment, names_in, start
from tests.study_helpers import SMALL, written

CONFIG = ROOT / "configs" / "windfall_lump.yaml"
NAME = "windfall_lump"
SHORT = ("--data", "sample", "--set", "period.start=2024-01-01")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX links, locks and permissions")
strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes system calls fail or wait")


@cache
def result() -> Result:
    return run(load_config(CONFIG, ["period.start=2024-01-01"]), source="sample")


class Typed:
    """``backtest`` in this process, its results in one folder."""

    def __init__(self, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.out, self.capsys = out, capsys

    def __call__(self, *arguments: object, code: int = 0) -> str:
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--quiet", "--lang", "en"])
        said = self.capsys.readouterr().err
        assert stop.value.code == code, said
        assert said.count("\n") == (code != 0)
        return said

    def run(self, name: str, code: int = 0) -> str:
        return self("run", CONFIG, *SHORT, "--set", f"name={name}", "--out", self.out, code=code)


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(tmp_path / "out", capsys)


# --- files of a person --------------------------------------------------------------------------------------


def small_sweep(folder: Path) -> list[object]:
    path = written(folder, SMALL.replace("[0, 0.1, 0.2]", "[0, 0.1]"))
    return ["sweep", path, "--data", "sample", "--out", folder / "out"]


@pytest.mark.parametrize(
    "place",
    ["parts/notes.txt", "parts/mine/notes.txt", "parts/{study}/notes.txt", "report.html/notes.txt"],
)
def test_notes_in_the_folder_of_a_sweep_stay(place: str, typed: Typed, tmp_path: Path) -> None:
    typed(*small_sweep(tmp_path))
    folder = tmp_path / "out" / "small"
    (study,) = names_in(folder / "parts")
    notes = folder / place.format(study=study)
    if place.startswith("report"):
        (folder / "report.html").unlink()
    notes.parent.mkdir(exist_ok=True)
    notes.write_text("precious")
    said = typed(*small_sweep(tmp_path), code=4)
    held = notes.parent if place.startswith(("report", "parts/mine")) else notes
    assert f"holds '{held.relative_to(folder)}', which this program did not write and would delete" in said
    assert notes.read_text() == "precious"


def test_notes_are_seen_before_anything_is_lived(typed: Typed, tmp_path: Path) -> None:
    notes = tmp_path / "out" / "small" / "parts" / "notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_text("precious")
    typed(*small_sweep(tmp_path), code=4)
    assert names_in(notes.parent) == ["notes.txt"]


def test_a_folder_without_a_manifest_is_a_person_s(typed: Typed) -> None:
    """Even where its files are named as ours are."""
    folder = typed.out / "x"
    folder.mkdir(parents=True)
    (folder / "years.csv").write_text("mine")
    assert "holds 'years.csv', which this program did not write" in typed.run("x", code=4)
    assert (folder / "years.csv").read_text() == "mine"
    (folder / "years.csv").unlink()
    typed.run("x")


def test_a_manifest_that_is_damaged_proves_nothing(typed: Typed) -> None:
    typed.run("x")
    (typed.out / "x" / "manifest.json").write_text("{")
    said = typed.run("x", code=4)
    assert "its manifest.json cannot be read, so that nothing says whose its files are" in said
    assert len(names_in(typed.out / "x")) > 5


# --- results of another kind --------------------------------------------------------------------------------


def test_no_kind_of_result_replaces_another(typed: Typed, tmp_path: Path) -> None:
    claims = ROOT / "configs" / "claims" / "small_cap_article.yaml"
    for name in ("x-bootstrap", "small_cap_article", "small", comparison_name(["x"])[:80]):
        if "+" not in name:
            typed.run(name)
    before = {path: path.stat().st_mtime_ns for path in typed.out.rglob("*")}
    bootstrap = ("bootstrap", CONFIG, "--data", "sample", "--paths", "20", "--years", "2", "--set", "name=x")
    others = {
        "x-bootstrap": (*bootstrap, "--out", typed.out),
        "small_cap_article": ("check", claims, "--data", "sample", "--out", typed.out),
        "small": small_sweep(tmp_path),
        "compare-x": ("compare", CONFIG, *SHORT, "--set", "name=x", "--out", typed.out),
    }
    for name, command in others.items():
        said = typed(*command, code=4)
        assert f"{typed.out / name}: holds another kind of result (run, not " in said
    assert {path: path.stat().st_mtime_ns for path in typed.out.rglob("*")} == before
    for name, command in others.items():
        shutil.rmtree(typed.out / name)
        typed(*command)
        assert "holds another kind of result (" in typed.run(name, code=4)
        with pytest.raises(StoreError, match="holds another kind of result"):
            store.load(typed.out / name)


def test_results_of_before_manifests_said_their_kind(tmp_path: Path) -> None:
    folder = store.save(result(), tmp_path)
    manifest = store.read_json(folder / "manifest.json")
    assert manifest.pop("kind") == "run"
    (folder / "manifest.json").write_bytes(store.to_json(manifest))
    assert kind_of(manifest) == "run"
    assert store.load(folder).metrics == result().metrics
    store.save(result(), tmp_path)
    assert store.load(folder).manifest == result().manifest


def test_other_comparisons_have_other_folders(typed: Typed, tmp_path: Path) -> None:
    assert comparison_name(["a-b", "c"]) != comparison_name(["a", "b-c"])
    assert comparison_name(["a", "b"]) != comparison_name(["b", "a"])
    many = [f"plan_{number:03d}_小型株" for number in range(40)]
    command = ("compare", CONFIG, *SHORT, "--set", "name=x", "--out", typed.out)
    typed(*command)
    typed(*command)  # its own kind is replaced
    names = {comparison_name(many), comparison_name(many[:-1]), comparison_name([*many[:-1], "x"])}
    assert len(names) == 3
    assert all(len(name.encode()) <= 200 for name in names)


# --- links --------------------------------------------------------------------------------------------------


@posix
def test_a_result_that_is_a_link_is_followed(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    typed.out.mkdir()
    (typed.out / "x").symlink_to("../far")
    for _ in range(2):
        typed.run("x")
        assert (typed.out / "x").is_symlink()
        assert names_in(typed.out) == ["x"]
        assert "manifest.json" in names_in(tmp_path / "far")
    typed("report", typed.out / "x")
    assert names_in(tmp_path) == ["far", "out"]
    shutil.rmtree(tmp_path / "far")
    assert f"{typed.out / 'x'}: is a link to {tmp_path / 'far'}, where no folder is" in typed.run("x", code=4)


def test_the_working_folder_may_be_the_result(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    typed.run("x")
    monkeypatch.chdir(typed.out / "x")
    typed("report", ".")
    assert names_in(typed.out) == ["x"]


@posix
def test_a_pipe_for_a_manifest_is_not_waited_for(typed: Typed) -> None:
    (typed.out / "x").mkdir(parents=True)
    os.mkfifo(typed.out / "x" / "manifest.json")
    assert "its manifest.json cannot be read" in typed.run("x", code=4)
    os.mkfifo(typed.out / ".x.lock-soft")
    assert files.holder_of(typed.out / ".x.lock-soft").lines == ()


@posix
def test_a_link_in_a_result_is_a_person_s(tmp_path: Path) -> None:
    folder = store.save(result(), tmp_path)
    (folder / "years.csv").unlink()
    (folder / "years.csv").symlink_to(tmp_path / "mine.csv")
    with pytest.raises(StoreError, match=r"holds .years\.csv., which this program did not write"):
        refuse_foreign(folder, "run")


# --- names --------------------------------------------------------------------------------------------------


def test_names_written_by_macos_are_found(typed: Typed, tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", "が設定")
    folder = tmp_path / apart
    folder.mkdir()
    (folder / f"{apart}.yaml").write_bytes(CONFIG.read_bytes())
    typed("run", tmp_path / "が設定" / "が設定.yaml", *SHORT, "--set", f"name={apart}", "--out", typed.out)
    assert names_in(typed.out) == ["が設定"]
    typed("report", typed.out / apart)
    assert files.find(tmp_path / "none" / "が") == tmp_path / "none" / "が"


# --- two writers, and readers -------------------------------------------------------------------------------


@posix
def test_a_second_writer_says_for_whom_it_waits(tmp_path: Path) -> None:
    code = "import sys, time; from pathlib import Path; from engine.files import lock\n"
    code += "with lock(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / NAME)],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    waiting = start("run", CONFIG, *SHORT, "--quiet", "--lang", "en", "--out", tmp_path)
    assert waiting.stderr is not None
    said = waiting.stderr.readline()
    assert said.startswith(
        f"backtest: waiting for another writer of {tmp_path / NAME} (process {holder.pid}, "
    )
    assert said.endswith("); Ctrl-C ends the wait\n")
    assert waiting.poll() is None
    holder.communicate("")
    assert waiting.communicate()[1] == ""
    assert waiting.returncode == 0
    assert names_in(tmp_path) == [NAME]


def test_the_page_is_that_of_the_result(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """``report`` draws while a run ends: the run waits for it, and the page of the old result goes with it."""
    from engine.report import run_page as page

    typed.run("x")
    draw, drawing = page.run_page, threading.Event()

    def slow(*args: object, **more: object) -> str:
        drawing.set()
        time.sleep(0.3)
        return str(draw(*args, **more)).replace("<title>", "<title>OLD ")

    monkeypatch.setattr(page, "run_page", slow)
    other = replace(result(), name="x", metrics={**result().metrics, "contributed": 1.0})
    new = threading.Thread(
        target=lambda: drawing.wait() and store.save(other, typed.out, {"report.html": b"NEW"})
    )
    new.start()
    typed("report", typed.out / "x")
    new.join()
    assert store.load(typed.out / "x").metrics["contributed"] == 1.0
    assert (typed.out / "x" / "report.html").read_bytes() == b"NEW"


@pytest.mark.parametrize("in_one_step", [True, False])
def test_readers_beside_a_writer_see_one_result_or_the_other(
    in_one_step: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_one_step:
        monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    one = result()
    other = replace(one, metrics={**one.metrics, "contributed": 1.0})
    store.save(one, tmp_path)
    stop = threading.Event()

    def write() -> None:
        for number in range(12):
            store.save(other if number % 2 else one, tmp_path)
        stop.set()

    seen: collections.Counter[object] = collections.Counter()
    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        seen[store.load(tmp_path / NAME).metrics["contributed"]] += 1
    writer.join()
    assert set(seen) <= {1.0, one.metrics["contributed"]}
    assert sum(seen.values()) > 2


def test_what_has_changed_is_still_said(tmp_path: Path) -> None:
    folder = store.save(result(), tmp_path)
    (folder / "years.csv").write_bytes(b"x")
    with pytest.raises(StoreError, match="has changed since it was written"):
        store.load(folder)


def test_the_work_on_another_name_is_left_alone(tmp_path: Path) -> None:
    """``a`` while ``a.new-x`` is being written."""
    with files.renewed_folder(tmp_path / "a.new-x") as fresh:
        files.write_new(fresh / "x", b"half")
        replace_folder(tmp_path / "a", store.with_manifest({}, {"kind": "run"}))
        assert names_in(fresh) == ["x"]
    assert names_in(tmp_path) == ["a", "a.new-x"]


# --- systems that have less ---------------------------------------------------------------------------------


@posix
def test_the_umask_is_respected(tmp_path: Path) -> None:
    mask: Callable[[], object] = lambda: os.umask(0o077)  # noqa: E731
    for command in (
        ("run", CONFIG, *SHORT, "--out", tmp_path / "out"),
        ("report", tmp_path / "out" / NAME),
        ("new", "m", "--yes", "--to", tmp_path / "out" / "m.yaml"),
    ):
        assert call(*command, "--quiet", before=mask).returncode == 0
    assert [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077] == []


@strace
@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS"])
def test_a_file_system_without_flock_holds_results(error: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", f"inject=flock:error={error}",
         *BACKTEST, *map(str, ("run", CONFIG, *SHORT, "--quiet", "--out", tmp_path))],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert (done.returncode, done.stderr) == (0, "")
    assert names_in(tmp_path) == [NAME]
    store.load(tmp_path / NAME)
