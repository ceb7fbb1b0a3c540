"""``--real``: a run, a comparison and a stored result in the money of the last month."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.person import CONFIGS, type_in

RETIRED = str(CONFIGS / "retirement_withdrawals.yaml")
PRICES = ("--data", "sample", "--set", "inflation=cpi_jp")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    said = type_in(capsys, *words)
    return said.code, said.out, said.error


def test_a_run_and_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--out", str(tmp_path), "--lang", "en")
    code, real, _ = told(capsys, "run", RETIRED, *PRICES, *out, "--real")
    assert code == 0
    assert "amounts in the money of Dec 2025" in real
    folder = tmp_path / "retirement_withdrawals"
    stored = json.loads((folder / "metrics.json").read_text())["metrics"]
    assert stored["contributed"] == 30_000_000  # files keep the money of the day
    code, text, _ = told(capsys, "run", RETIRED, *PRICES, *out, "--real", "--json")
    figures = json.loads(text)
    assert figures["metrics"]["contributed"] > 34_000_000
    assert figures["manifest"]["real"]["money_of"] == "2025-12"
    first = (folder / "report.html").read_text("utf-8")
    assert '<div data-money="nominal" hidden>' in first
    assert told(capsys, "report", str(folder), "--lang", "en")[0] == 0
    again = (folder / "report.html").read_text("utf-8")
    assert '<div data-money="real" hidden>' in again
    assert told(capsys, "report", str(folder), "--lang", "en", "--real")[0] == 0
    assert '<div data-money="nominal" hidden>' in (folder / "report.html").read_text("utf-8")


def test_a_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = (RETIRED, str(CONFIGS / "core100.yaml"))
    words = (
        "compare",
        *both,
        *PRICES,
        "--out",
        str(tmp_path),
        "--lang",
        "ja",
        "--real",
        "--columns",
        "contributed",
    )
    code, text, _ = told(capsys, *words)
    assert code == 0
    assert "金額は2025年12月のお金です" in text
    assert "3,491万円" in text


def test_without_prices_it_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = told(
        capsys, "run", RETIRED, "--data", "sample", "--out", str(tmp_path), "--real", "--lang", "en"
    )
    assert code == 2
    assert "today's money needs consumer prices (--set inflation=cpi_jp" in error
    assert not list(tmp_path.iterdir())


def test_studies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the study in the money of the day, in JSON too."""
    out = ("--out", str(tmp_path), "--lang", "en", "--json", "--real")
    code, text, _ = told(capsys, "windows", RETIRED, *PRICES, *out, "--horizons", "10", "--every", "year")
    study = json.loads(text)
    assert (code, study["real"]["money_of"]) == (0, "2025-12")
    assert Path(study["folder"]).name == "windows-retirement_withdrawals-real"
    code, text, _ = told(capsys, "bootstrap", RETIRED, *PRICES, *out, "--paths", "3", "--years", "2")
    drawn = json.loads(text)
    assert (code, drawn["manifest"]["real"]["money_of"]) == (0, "2025-12")
    assert Path(drawn["folder"]).name == "retirement_withdrawals-real-bootstrap"
    code, _, error = told(
        capsys, "windows", RETIRED, "--data", "sample", "--real", "--out", str(tmp_path / "x")
    )
    assert code == 2
    assert "today's money needs consumer prices" in error
    assert not (tmp_path / "x").exists()
