"""Names of files are bytes: those that an old archive brought, in Shift_JIS, are no text in UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.study_helpers import CONFIGS

NAME = "資料".encode("cp932")
PRICES = "date,close,dividend\n2024-01-04,100,\n2024-01-05,101,\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text there")


def call(folder: Path, *arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "engine", *arguments, "--lang", "en"]
    return subprocess.run(words, cwd=folder, capture_output=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plan = (CONFIGS / "core100.yaml").read_bytes().replace(b"end: 2025", b"end: 2003")
    (tmp_path / os.fsdecode(NAME + b".yaml")).write_bytes(plan)
    (tmp_path / os.fsdecode(NAME + b".csv")).write_text(PRICES)
    return tmp_path


def test_a_plan_and_its_results(folder: Path) -> None:
    done = call(folder, "run", NAME + b".yaml", "--data", "sample", "--out", NAME)
    assert (done.returncode, done.stderr) == (0, b"")
    for command in ("report", "export"):
        assert call(folder, command, NAME + b"/core100").returncode == 0


def test_a_file_of_prices(folder: Path) -> None:
    words = ("--as", "XYZ", "--kind", "us_etf", "--into", NAME, "--yes")
    assert call(folder, "data", "import", NAME + b".csv", *words).returncode == 0
    assert "imported from \\udc8e\\udc91" in (folder / os.fsdecode(NAME) / "assets.csv").read_text("utf-8")


def test_a_page_that_names_it(folder: Path) -> None:
    claims = CONFIGS / "claims" / "small_cap_article.yaml"
    done = call(folder, "check", str(claims), "--data", "sample", "--flows", NAME, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_a_study_has_no_such_folder(folder: Path) -> None:
    done = call(folder, "windows", NAME + b".yaml", "--horizons", "1", "--data", "sample", "--out", NAME)
    assert done.returncode == 4
    assert done.stderr.endswith(b"a study needs a folder whose name is UTF-8\n")
