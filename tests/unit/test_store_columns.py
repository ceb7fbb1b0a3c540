"""Columns to files and back: text that no spreadsheet runs, numbers to the last digit, nothing lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from engine import files, store
from engine.arrow import from_arrow, to_arrow
from engine.errors import BadData, StoreError
from engine.locale import ENGLISH


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd", "'+cmd"),
        ("-cmd|' /C calc'", "'-cmd|' /C calc'"),
        ("\tx", "'\tx"),
        ("＝1+1", "'＝1+1"),
        ("＋cmd", "'＋cmd"),
        ("－1", "'－1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("-1+1", "'-1+1"),
        ("-1e5x", "'-1e5x"),
        ("-nan", "'-nan"),
        ("-1_000", "'-1_000"),
        ("-1e5", "-1e5"),
        ("-.5", "-.5"),
        ("-1,234.5", '"-1,234.5"'),
        ("-3%", "-3%"),
        ("-5", "-5"),
        ("+0.5", "+0.5"),
        ('a "b", c', '"a ""b"", c"'),
        ("two\nlines", '"two\nlines"'),
        ("plain", "plain"),
    ],
)
def test_a_cell_is_no_formula(text: str, cell: str) -> None:
    assert (
        store.csv_files({"x.csv": {"name": np.array([text])}}, ENGLISH)["x.csv"].decode("utf-8-sig")
        == f"name\r\n{cell}\r\n"
    )


def test_numbers_are_the_shortest_that_are_exact() -> None:
    columns = {"x": np.array([1.0, 0.1, np.nan, -3e15, 1 / 3]), "n": np.array([1, 2, 3, 4, 5])}
    content = store.csv_files({"x.csv": columns}, ENGLISH)["x.csv"]
    assert content.decode("utf-8-sig").split("\r\n") == [
        "x,n", "1,1", "0.1,2", ",3", "-3000000000000000,4", "0.3333333333333333,5", ""
    ]  # fmt: skip
    np.testing.assert_array_equal(store.from_csv(content, "x.csv")["x"], columns["x"])
    assert store.from_csv(b"", "x.csv") == {}


def test_headings_are_no_formulas_and_infinities_are_empty() -> None:
    columns = {"=1": np.array([np.inf, -np.inf]), "a,b": np.array([-0.0, 1e16])}
    assert store.csv_files({"x.csv": columns}, ENGLISH)["x.csv"].decode("utf-8-sig").split("\r\n") == [
        "'=1,\"a,b\"", ",0", ",1e+16", ""
    ]  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan, -0.0]),
        np.array([1, -2, 3]),
        np.array(["2024-02-29", "1969-12-31"], dtype="datetime64[D]"),
        np.array(["", "円", "a\nb"]),
        np.array([], dtype=np.float64),
    ],
    ids=["floats", "integers", "days", "texts", "nothing"],
)
def test_a_column_comes_back_as_it_went(values: np.ndarray) -> None:
    column = to_arrow(values)
    assert column.null_count == 0
    back = from_arrow(pa.chunked_array([column]))
    np.testing.assert_array_equal(back, values)
    assert back.dtype.kind == values.dtype.kind
    np.testing.assert_array_equal(from_arrow(column[1:]), values[1:])


def test_columns_of_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="no column of bool"):
        to_arrow(np.array([True]))
    with pytest.raises(BadData, match="a column is of bool"):
        from_arrow(pa.array([True]))
    with pytest.raises(BadData, match="nulls"):
        from_arrow(pa.array([1.0, None]))


def test_one_file_is_replaced_whole_and_litter_of_a_kill_goes(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_bytes(b"old")
    (tmp_path / ".report.html.new-0123abcd").write_bytes(b"half")
    (tmp_path / ".report.html.new-x.new-0123abcd").write_bytes(b"another's")
    files.sweep(target, older=60.0)
    assert len(list(tmp_path.iterdir())) == 3
    files.sweep(target)
    (tmp_path / ".report.html.new-x.new-0123abcd").unlink()
    files.write_bytes(target, b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"report.html": b"new"}
    with pytest.raises(StoreError, match=r"report\.html.x: cannot be written: ") as told:
        files.write_bytes(target / "x", b"new")
    assert told.value.exit_code == 4
    files.sweep(tmp_path / "none" / "x")
    assert not (tmp_path / "none").exists()
