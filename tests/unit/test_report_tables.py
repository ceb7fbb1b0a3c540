"""Tables as text: what a spreadsheet, a page, a program and a reader get."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from engine.formats import BOM, columns_csv, csv_cell
from engine.report.models import Cell, Column
from engine.report.summary import compare_table
from engine.report.tables import table_text
from tests.fake_result import fake_result

COLUMNS = (
    Column("name", "Strategy"),
    Column("final", "Final value", "money", "max"),
    Column("xirr", "XIRR", "percent"),
)
ROWS = (
    ("core", 1_000_000.0, 0.0512),
    (Cell("=cmd|' /C calc'!A0"), Cell(1_200_000.5, 200_000.5, True), Cell(None, None)),
)


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(BOM))))


def test_csv_opens_in_japanese_excel():
    text = table_text(COLUMNS, ROWS, "csv", lang="ja")
    assert text.startswith(BOM)
    assert text.encode()[:3] == b"\xef\xbb\xbf"
    assert "\r\n" in text
    assert read_csv(text)[0] == ["Strategy", "Final value", "Final value（差）", "XIRR"]


def test_csv_keeps_numbers_and_defuses_formulas():
    rows = read_csv(table_text(COLUMNS, ROWS, "csv"))
    assert rows[1] == ["core", "1000000", "", "0.0512"]
    assert rows[2] == ["'=cmd|' /C calc'!A0", "1200000.5", "200000.5", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r\n=", "＝", "＋", "－", "＠", " \x00="])
def test_csv_text_never_begins_a_formula(start):
    text = table_text((Column("a", "A"),), [(f"{start}1+1",)], "csv")
    cell = read_csv(text)[1][0]
    assert cell.startswith("'")
    negative = table_text((Column("a", "A", "money"),), [(-5.5,)], "csv")
    assert read_csv(negative)[1] == ["-5.5"]


def test_a_heading_cannot_be_a_formula_either():
    assert read_csv(table_text((Column("a", "=1+1"),), [("x",)], "csv"))[0] == ["'=1+1"]


def test_markdown_is_escaped():
    text = table_text((Column("a", "A|B"),), [("x|y `z` *w* <script> [l](u) \\ _ #\n=",)], "markdown")
    lines = text.splitlines()
    assert lines[0] == "| A\\|B |"
    assert lines[2] == r"| x\|y \`z\` \*w\* &lt;script&gt; \[l\](u) \\ \_ \# = |"


def test_markdown_shows_best_and_difference():
    lines = table_text(COLUMNS, ROWS[1:], "markdown").splitlines()
    assert lines[1] == "| --- | ---: | ---: |"
    assert "**¥1,200,000** (+¥200,000) | - |" in lines[2]


def test_json_is_for_programs():
    rows = json.loads(table_text(COLUMNS, [*ROWS, ("nan", float("nan"), np.float64(0.5))], "json"))
    assert rows[0] == {"name": "core", "final": 1000000.0, "xirr": 0.0512, "best": []}
    assert rows[1]["final_difference"] == 200000.5
    assert rows[1]["best"] == ["final"]
    assert rows[2]["final"] is None
    assert rows[2]["xirr"] == 0.5


def test_html_is_escaped():
    text = table_text((Column("a", "<b>"),), [("<script>alert(1)</script>",)], "html")
    assert "<script>" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text


def test_an_unknown_format_says_what_is_allowed():
    with pytest.raises(ValueError, match="table, csv, markdown, json, html"):
        table_text(COLUMNS, ROWS, "xlsx")


def test_columns_csv_is_exact():
    columns = {
        "date": np.array(["2024-01-04", "2024-01-05"], dtype="datetime64[D]"),
        "asset": np.array(["VOO", "-X"]),
        "units": np.array([3.0, 0.123456789]),
        "amount": np.array([np.nan, -1e15]),
        "year": np.array([2024, 2025]),
    }
    assert read_csv(columns_csv(columns)) == [
        ["date", "asset", "units", "amount", "year"],
        ["2024-01-04", "VOO", "3", "", "2024"],
        ["2024-01-05", "'-X", "0.123456789", "-1000000000000000", "2025"],
    ]


def with_metrics(name: str, **metrics: object):
    result = fake_result(name, years=(2001, 2002), benchmark=False)
    return replace(result, metrics={**result.metrics, **metrics})


def test_compare_counts_from_the_first_and_marks_the_best():
    a = with_metrics("a", final_value=100.0, max_drawdown=-0.5, cost_paid=7.0, xirr=0.05)
    b = with_metrics("b", final_value=130.0, max_drawdown=-0.3, cost_paid=9.0, xirr=None)
    table = compare_table([a, b], columns=["final_value", "max_drawdown", "cost_paid", "xirr"])
    assert [cell.value for cell in table.rows[0]] == ["a", 100.0, -0.5, 7.0, 0.05]
    assert [cell.value for cell in table.rows[1]] == ["b", 130.0, -0.3, 9.0, None]
    assert [cell.difference for cell in table.rows[0]] == [None] * 5
    assert [cell.difference for cell in table.rows[1]] == [None, 30.0, pytest.approx(0.2), 2.0, None]
    assert [cell.best for cell in table.rows[0]] == [False, False, False, True, False]
    assert [cell.best for cell in table.rows[1]] == [False, True, True, False, False]


def test_compare_sorts_best_first_and_keeps_its_reference():
    results = [
        with_metrics(n, final_value=v, max_drawdown=d)
        for n, v, d in (("a", 2.0, -0.5), ("b", 3.0, -0.2), ("c", 1.0, None))
    ]
    names = lambda sort: [row[0].value for row in compare_table(results, sort=sort).rows]  # noqa: E731
    assert names("final_value") == ["b", "a", "c"]
    assert names("-final_value") == ["c", "a", "b"]
    assert names("max_drawdown") == ["b", "a", "c"]
    table = compare_table(results, sort="final_value", columns=["final_value"])
    assert [row[1].difference for row in table.rows] == [1.0, None, -1.0]


def test_compare_refuses_what_it_does_not_know():
    results = [with_metrics("a"), with_metrics("b")]
    with pytest.raises(KeyError, match="finalvalue"):
        compare_table(results, columns=["finalvalue"])
    with pytest.raises(KeyError, match="best"):
        compare_table(results, sort="-best")


def test_equal_values_have_no_best():
    table = compare_table(
        [with_metrics("a", tax_paid=0.0), with_metrics("b", tax_paid=0.0)], columns=["tax_paid"]
    )
    assert not any(cell.best for row in table.rows for cell in row)


def test_negative_numbers_stay_numbers_in_a_spreadsheet():
    """Only what a spreadsheet would run as a formula gets an apostrophe: no number, whatever its type or sign."""
    values = [-5, -0.25, np.int64(-7), np.float64(-1.5), "-3%", "+0.20%", "-1,234", "-cmd", "=1+1"]
    assert [str(csv_cell(value)) for value in values] == [
        *("-5", "-0.25", "-7", "-1.5", "-3%", "+0.20%", "-1,234", "'-cmd", "'=1+1"),
    ]
