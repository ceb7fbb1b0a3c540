"""Columns as CSV: floats all at once are written as one by one."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from engine.formats import ROWS, columns_csv, csv_text
from engine.studies.executor import Executor
from engine.studies.pools.pool import mapped


def test_columns_are_written_as_their_rows() -> None:
    exact = 2.0**53
    floats = [
        0.1,
        -0.0,
        3.0,
        -7.0,
        math.nan,
        math.inf,
        -math.inf,
        1e-5,
        1e22,
        exact,
        exact + 2,
        -exact,
        5e-324,
    ]
    columns = {
        "=float": np.array(floats),
        "int": np.arange(len(floats)),
        "flag": np.array([True, False] * 6 + [True]),
        "text": np.array(["=1", "-5", "a,b", 'a"b', "", "東京", *"1234567"]),
        "day": np.arange(len(floats)).astype("datetime64[D]"),
    }
    rows = zip(*(values.tolist() for values in columns.values()))
    assert columns_csv(columns) == csv_text(list(columns), rows)
    lines = columns_csv(columns).split("\r\n")
    assert [line.split(",")[0] for line in lines[1:8]] == ["0.1", "0", "3", "-7", "", "", ""]


def test_floats_of_all_sizes_are_written_as_python_writes_them() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=200_000) * 10.0 ** rng.integers(-8, 18, 200_000)
    values[::7] = np.round(values[::7], 2)
    edges = [1e-4, np.nextafter(1e-4, 0), 1e10, np.nextafter(1e10, 0), np.nextafter(1e10, 1e11), 0.1 + 0.2]
    values[: len(edges)] = edges
    assert columns_csv({"a": values}) == csv_text(["a"], zip(values.tolist()))


def test_who_writes_the_lines_changes_nothing() -> None:
    """A long table is written in parts, by whoever works, in the order of its rows."""
    count = 2 * ROWS + 1
    columns = {"n": np.arange(count), "third": np.arange(count) / 3}
    whole = csv_text(list(columns), zip(*(values.tolist() for values in columns.values())))
    assert columns_csv(columns) == whole
    for executor in (Executor(threads=3), Executor(workers=2)):
        with executor.pool() as pool:
            assert columns_csv(columns, each=partial(mapped, pool)) == whole
    assert columns_csv({name: values[:0] for name, values in columns.items()}) == csv_text(list(columns), [])
