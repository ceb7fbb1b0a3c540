"""The first line of a CSV in the language of the person, read back by the program whichever it is."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from engine import store
from engine.cli import main
from engine.headings import STATISTICS, files, heading, headings, names_of
from engine.locale import ENGLISH, Locale
from engine.metrics import METRICS
from engine.report.column_tables import column_table, file_of, known_files
from engine.report.page_locale import PageLocale
from engine.studies.grid.statistics import COLUMNS
from tests.fake_result import fake_result

JAPANESE = Locale("ja")
RESULT = fake_result(years=(2001, 2005))
STUDY = [*METRICS, *(f"core_{name}" for name in METRICS), *(f"{m}_{s}" for m in METRICS for s in STATISTICS)]


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return int(stop.value.code or 0)


def first_line(content: bytes) -> list[str]:
    return next(csv.reader([content.decode("utf-8-sig").splitlines()[0]]))


@pytest.mark.parametrize("file", files())
def test_every_column_has_a_heading_of_its_own_and_is_found_again(file):
    names = [column.name.id for column in files()[file]]
    told = headings(file, names, JAPANESE)
    assert len(set(told)) == len(told)
    assert not set(told) & set(names)
    assert names_of(file, told) == names
    assert names_of(file, names) == names
    assert headings(file, names, ENGLISH) == names


def test_columns_of_studies_are_found_again():
    told = headings("windows.csv", STUDY, JAPANESE)
    assert len(set(told)) == len(STUDY)
    assert names_of("windows.csv", told) == STUDY
    assert heading("summary.csv", "xirr_median", JAPANESE) == "入金時期を考えた年率（XIRR）・中央値"
    assert heading("windows.csv", "core_xirr", JAPANESE) == "コアのみ・入金時期を考えた年率（XIRR）"
    assert heading("summary.csv", "satellite_weight", JAPANESE) == "サテライト比率"
    assert heading("summary.csv", "a_persons_own", JAPANESE) == "a_persons_own"


def test_two_that_would_read_alike_keep_their_names():
    assert headings("summary.csv", ["horizon", "axis", "horizon"], JAPANESE) == ["horizon", "axis", "horizon"]
    assert headings("years.csv", ["cost", "配当"], JAPANESE) == ["費用", "配当"]


def test_every_column_that_is_written_is_in_the_dictionary():
    for file, columns in (
        ("transactions.csv", RESULT.transactions),
        ("years.csv", RESULT.years),
        ("quota.csv", RESULT.quota),
    ):
        assert set(columns) == {column.name.id for column in files()[file]}, file
    assert set(COLUMNS) <= {column.name.id for column in files()["summary.csv"]}
    own = {name for name in RESULT.equity if ":" not in name}
    assert own <= {column.name.id for column in files()["equity.parquet"]}


def test_a_result_in_japanese_is_read_back(tmp_path):
    english = store.load(store.save(RESULT, tmp_path / "en"))
    japanese = store.load(store.save(RESULT, tmp_path / "ja", locale=JAPANESE))
    for table in store.TABLES:
        before, after = getattr(english, table), getattr(japanese, table)
        assert list(before) == list(after)
        for name in before:
            np.testing.assert_array_equal(before[name], after[name])
    assert english.metrics == japanese.metrics


def test_only_the_first_line_differs():
    english, japanese = store.result_files(RESULT), store.result_files(RESULT, JAPANESE)
    for name, content in english.items():
        if name.endswith(".csv"):
            assert first_line(japanese[name]) == headings(
                name.removeprefix("benchmark_"), first_line(content), JAPANESE
            )
            assert japanese[name].split(b"\r\n")[1:] == content.split(b"\r\n")[1:]
        elif not name.endswith("manifest.json"):
            assert japanese[name] == content


def test_commands_take_results_of_both_languages(tmp_path, capsys, monkeypatch):
    """Run in Japanese, then everything that reads a result."""
    monkeypatch.setenv("LC_ALL", "C")
    plans = ["configs/core100.yaml", "configs/satellite10.yaml"]
    sample = ("--data", "sample", "--out", tmp_path, "--set", "period.start=2020-01-01")
    assert call("run", plans[0], *sample, "--lang", "ja") == 0
    assert call("run", plans[1], *sample, "--lang", "en") == 0
    content = (tmp_path / "core100" / "years.csv").read_bytes()
    assert first_line(content)[:3] == ["年", "入金額", "取り崩した額"]
    assert first_line((tmp_path / "core100" / "transactions.csv").read_bytes())[:2] == ["日付", "受渡日"]
    assert first_line((tmp_path / "satellite10" / "years.csv").read_bytes())[:2] == ["year", "contributed"]
    folders = [tmp_path / "core100", tmp_path / "satellite10"]
    assert call("compare", *folders, "--out", tmp_path, "--quiet") == 0
    assert call("audit", *folders, "--quiet") == 0
    assert call("report", folders[0], "--lang", "en", "--quiet") == 0
    capsys.readouterr()
    assert call("columns", folders[0] / "years.csv", "--json") == 0
    told = json.loads(capsys.readouterr().out)["years.csv"]
    assert [row["name"] for row in told] == [column.name.id for column in files()["years.csv"]]
    assert told[1]["ja"] == "入金額"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_row_of_the_dictionary_says_something(lang):
    locale = PageLocale(lang)
    for file, names in known_files():
        for row in column_table(file, names, locale).rows:
            assert all(cell.value for cell in row), (file, row)
    assert file_of("satellite10-years.csv") == "years.csv"
    assert file_of("benchmark_quota.csv") == "quota.csv"


def test_columns_of_a_study_are_its_axes_and_measures_at_a_statistic(tmp_path, capsys):
    axis = "strategy.allocation.satellite_weight"
    names = [axis, "windows", "xirr_median", "xirr_known", "core_max_drawdown"]
    (tmp_path / "summary.csv").write_text(",".join(names) + "\n")
    assert call("columns", tmp_path / "summary.csv", "--json", "--lang", "en") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["summary.csv"]}
    assert list(rows) == names
    assert rows[axis]["meaning"] == "an axis of the study: its key in the configuration"
    assert rows["xirr_median"]["unit"] == rows["core_max_drawdown"]["unit"] != rows["xirr_known"]["unit"]
    assert rows["xirr_median"]["meaning"].endswith(", Median")
    assert "core" in rows["core_max_drawdown"]["meaning"].lower()


def test_a_file_without_columns_is_refused(tmp_path, capsys):
    empty = tmp_path / "years.csv"
    empty.write_text("")
    assert call("columns", empty) == 4
    assert "is empty" in capsys.readouterr().err
    empty.write_bytes("年,入金額".encode("shift_jis"))
    assert call("columns", empty, "--lang", "ja") == 4
    assert call("columns", tmp_path / "none.csv") == 4
