"""``backtest export``: the workbook has the numbers of the files, in sheets a person can read."""

from __future__ import annotations

import builtins
import csv
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from engine.cli import main
from engine.config import load_config
from engine.locale import Locale
from engine.metrics import METRICS
from tests.study_helpers import CONFIGS


def ran(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main([*words])
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from engine import store
    from engine.run import run

    config = load_config(CONFIGS / "satellite10.yaml", ("name=mine", "period.end=2004-12-31"))
    return store.save(run(config, source="sample"), tmp_path_factory.mktemp("results"))


def exported(result: Path, to: Path, lang: str = "en", *, values: bool = True) -> Any:
    assert ran("export", str(result), str(to), "--lang", lang, "--quiet") == 0
    return openpyxl.load_workbook(to, data_only=values)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_metrics_are_those_of_the_file(result: Path, tmp_path: Path, lang: str) -> None:
    book, locale = exported(result, tmp_path / "a.xlsx", lang), Locale(lang)
    sheet = book[locale("sheet_metrics")]
    rows = {row[0]: row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)}
    for column, file in enumerate(("metrics.json", "benchmark_metrics.json")):
        for name, value in json.loads((result / file).read_text("utf-8")).items():
            if name in METRICS and value is not None:
                shown = rows[locale(name)][column]
                assert str(shown.date()) == value if isinstance(value, str) else shown == value
    profit = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == locale("profit"))
    formats = openpyxl.load_workbook(tmp_path / "a.xlsx")[locale("sheet_metrics")]
    assert str(formats[profit[1].coordinate].value).startswith("=")


def test_tables_are_those_of_the_files(result: Path, tmp_path: Path) -> None:
    book = exported(result, tmp_path / "a.xlsx")
    for title, file in (
        ("Years", "years.csv"),
        ("Movements", "transactions.csv"),
        ("NISA quota", "quota.csv"),
    ):
        with (result / file).open(encoding="utf-8-sig", newline="") as lines:
            wanted = list(csv.reader(lines))
        found = list(book[title].iter_rows(values_only=True))
        assert list(found[0]) == wanted[0]
        assert len(found) == len(wanted)
        for row, texts in zip(found[1:], wanted[1:]):
            for cell, text in zip(row, texts):
                if isinstance(cell, int | float):
                    assert math.isclose(cell, float(text), rel_tol=1e-14)
                else:
                    assert (str(cell.date()) if hasattr(cell, "date") else cell or "") == text


def test_a_study_has_its_tables(tmp_path: Path) -> None:
    words = ["windows", str(CONFIGS / "questions" / "q6_iwm_or_ijr.yaml"), "--data", "sample", "--quiet"]
    assert ran(*words, "--out", str(tmp_path), "--set", "windows.horizons=[10]", "--lang", "ja") == 0
    book = exported(tmp_path / "q6_iwm_or_ijr", tmp_path / "a.xlsx", "ja")
    assert book.sheetnames == ["前提", "paired", "windows"]
    assert book["前提"]["A2"].value == "小型株ETFを選ぶなら、IWMとIJRのどちら？"
    assert book["windows"].max_row == 1 + 2 * 181


def test_a_name_is_text_and_a_file_is_kept(result: Path, tmp_path: Path, capsys: Any) -> None:
    assert exported(result, tmp_path / "a.xlsx", values=False)["Figures"]["B1"].value == "mine"
    before = (tmp_path / "a.xlsx").read_bytes()
    assert ran("export", str(result), str(tmp_path / "a.xlsx")) == 4
    assert capsys.readouterr().err.endswith("a.xlsx is there already (name another file)\n")
    assert (tmp_path / "a.xlsx").read_bytes() == before
    assert ran("export", str(tmp_path / "nothing"), str(tmp_path / "b.xlsx")) == 4
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "b.xlsx").exists()


def test_a_result_is_the_working_folder(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    shutil.copytree(result, tmp_path / "results" / "mine")
    monkeypatch.chdir(tmp_path / "results" / "mine")
    before = sorted(path.name for path in Path().iterdir())
    assert [ran("export", ".", "--quiet"), ran("report", ".", "--quiet")] == [0, 0]
    assert sorted(path.name for path in Path().iterdir()) == sorted({*before, "report.html"})
    assert sorted(path.name for path in Path("..").iterdir()) == ["mine", "mine.xlsx"]
    for command in ("report", "export", "audit", "compare"):
        for place in ("..", "/"):
            assert ran(command, place) == 4
            assert "holds no result" in capsys.readouterr().err


def test_without_the_package_it_says_which(
    result: Path, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    true_import = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "xlsxwriter":
            raise ImportError(name)
        return true_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert ran("export", str(result), str(tmp_path / "a.xlsx"), "--lang", "en") == 2
    assert "pip install 'satellite-backtest[excel]'" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_adds_up_the_same(result: Path, tmp_path: Path) -> None:
    exported(result, tmp_path / "a.xlsx")
    words = [
        "soffice",
        "--headless",
        "--convert-to",
        "csv",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "a.xlsx"),
    ]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "a.csv").read_text("utf-8")
    assert "Err:" not in text
    assert "#" not in text
