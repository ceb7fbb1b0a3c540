"""What is built of a checkout is whole: the wheel works in an empty folder, and the source archive has its tests.

Nothing is installed: the wheel is unpacked beside the packages that are here. ``BACKTEST_PYTHONS`` names other
interpreters that have the program's requirements (and pytest), separated as in PATH; they take the same steps.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.child import ROOT, environment

BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
pytestmark = pytest.mark.long
NOT_COPIED = (
    ".git",
    ".venv",
    ".*_cache",
    "__pycache__",
    "build",
    "dist",
    "results",
    "*.egg-info",
    ".hypothesis",
)
PYTHONS = [sys.executable, *filter(None, os.environ.get("BACKTEST_PYTHONS", "").split(os.pathsep))]
# What the helps name, on few simulations.
STEPS = (
    "run configs/satellite10.yaml",
    "compare configs/core100.yaml configs/satellite10.yaml",
    "sweep configs/sweeps/allocation.yaml --set windows={every:\\ year,horizons:\\ [10]}",
    "windows configs/windows/windfall.yaml --every year --horizons 10",
    "bootstrap configs/satellite10.yaml --paths 20 --years 2",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive of a copy of the checkout."""
    setuptools = pytest.importorskip("setuptools", "77", reason="setuptools 77 is not installed (extra test)")
    out, source = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("source") / "copy"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_COPIED))
    environ = {**os.environ, "PYTHONPATH": str(Path(setuptools.__file__).parents[1])}
    for kind in ("build_wheel", "build_sdist"):
        done = subprocess.run(
            [sys.executable, "-c", BUILD, kind, str(out)], cwd=source, env=environ,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def archive(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, unpacked."""
    (path,) = built.glob("*.tar.gz")
    folder = tmp_path_factory.mktemp("archive")
    with tarfile.open(path) as file:
        file.extractall(folder, filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def package(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    (path,) = built.glob("*.whl")
    folder = tmp_path_factory.mktemp("package")
    with zipfile.ZipFile(path) as file:
        file.extractall(folder)
    return folder


def python(
    folder: Path, path: Path, *words: str, name: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    environ = environment(PYTHONPATH=str(path), BACKTEST_OFFLINE="1", BACKTEST_CACHE=str(folder / "cache"))
    return subprocess.run(
        [name, *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=600, check=False
    )


def files(folder: Path, *below: str) -> set[str]:
    """The files of a tree that are not made."""
    return {
        path.relative_to(folder).as_posix()
        for name in below
        for path in (folder / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def test_the_wheel_has_everything_that_the_program_reads(package: Path) -> None:
    assert files(package, "engine") >= files(ROOT, "engine")
    assert files(package, "strategies") == files(ROOT, "strategies")
    assert {f"engine/{name}" for name in files(ROOT, "configs")} <= files(package, "engine")
    assert (package / "satellite_backtest.py").is_file()
    assert (package / "engine" / "README.ja.md").is_file()
    assert not (package / "tests").exists()


def test_the_source_archive_has_every_file_of_the_tests(archive: Path) -> None:
    folders = ("engine", "strategies", "configs", "tests", "docs", "examples", "scripts", "benchmarks")
    assert files(ROOT, *folders) - files(archive, *folders) == set()
    for name in (
        "pyproject.toml",
        "setup.py",
        "Makefile",
        "README.md",
        "README.ja.md",
        "CHANGELOG.md",
        "MANIFEST.in",
    ):
        assert (archive / name).is_file(), name


def test_the_source_archive_runs_its_tests(archive: Path) -> None:
    some = ("unit/test_messages.py", "unit/test_config_shipped.py", "unit/test_rules_tables.py")
    words = ("-m", "pytest", "-q", "-p", "no:randomly", *(f"tests/{name}" for name in some))
    done = python(archive, archive, *words)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout or "[100%]" in done.stdout


@pytest.mark.parametrize("name", PYTHONS)
def test_help_and_examples_in_an_empty_folder(name: str, package: Path, tmp_path: Path) -> None:
    """With nothing but what is printed: the help names a file, the error says how to get it, its copy runs."""
    say = ("-m", "satellite_backtest")
    told = python(tmp_path, package, *say, "--help", name=name)
    assert told.returncode == 0, told.stderr
    lines = re.findall(r"^  backtest (examples .*|run .*)$", told.stdout, re.MULTILINE)
    assert lines[0].startswith("examples ")
    missing = python(tmp_path, package, *say, "run", "configs/core100.yaml", "--lang", "en", name=name)
    assert missing.stderr.endswith("(it comes with the program: backtest examples core100)\n")
    assert python(tmp_path, package, *say, "examples", "core100", name=name).returncode == 0
    done = python(tmp_path, package, *say, "run", "configs/core100.yaml", "--lang", "ja", name=name)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "results" / "core100" / "report.html").is_file()
    version = python(tmp_path, package, "-m", "engine", "--version", name=name)
    assert version.stdout.startswith("backtest, version ")


@pytest.mark.parametrize("name", PYTHONS)
def test_every_study_in_an_empty_folder(name: str, package: Path, tmp_path: Path) -> None:
    import shlex

    assert python(tmp_path, package, "-m", "engine", "examples", "all", name=name).returncode == 0
    for step in STEPS:
        words = ("-m", "engine", *shlex.split(step), "--data", "sample")
        done = python(tmp_path, package, *words, name=name)
        assert done.returncode == 0, f"{step}: {done.stderr}"
        assert done.stdout.strip()


@pytest.mark.parametrize("name", PYTHONS)
def test_the_live_page_in_an_empty_folder(name: str, package: Path, tmp_path: Path) -> None:
    from urllib.request import urlopen

    pytest.importorskip("starlette", reason="starlette is not installed (extra web)")
    assert python(tmp_path, package, "-m", "engine", "examples", "satellite10", name=name).returncode == 0
    environ = environment(
        PYTHONPATH=str(package), BACKTEST_OFFLINE="1", BACKTEST_CACHE=str(tmp_path / "cache")
    )
    words = [name, "-m", "engine", "serve", "configs/satellite10.yaml", "--data", "sample", "--lang", "en"]
    with subprocess.Popen(words, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found is not None, line
            with urlopen(found[0].partition("#")[0], timeout=60) as answer:
                assert answer.status == 200
        finally:
            server.terminate()
