"""A result is a value: equal to itself read back, and nobody can write into it."""

from __future__ import annotations

import copy
import operator
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import store
from engine.messages import Percent, message
from engine.metrics import NO_RATE
from engine.report.run_text import run_table
from engine.result import Result
from tests.fake_result import fake_result


@pytest.fixture(scope="module")
def result() -> Result:
    return fake_result(years=(2001, 2003))


def test_a_result_read_back_is_the_same_with_its_benchmark(result: Result, tmp_path: Path) -> None:
    again = store.load(store.save(result, tmp_path))
    assert again == result
    assert again.benchmark is not None
    assert result.benchmark is not None
    assert again.benchmark == result.benchmark
    assert again.benchmark.symbols == result.benchmark.symbols
    assert len(again.benchmark.transactions["date"]) == len(result.benchmark.transactions["date"]) > 0
    assert again.years["year"].dtype == again.quota["year"].dtype == np.int64
    assert again.years["year"].tolist() == [2001, 2002, 2003]


def test_what_it_says_is_kept_as_messages_and_an_old_result_says_texts(
    result: Result, tmp_path: Path
) -> None:
    """The made-up result is an old one: its assumptions and reasons are sentences."""
    assumed = message("Idle cash earns {rate} a year.", rate=Percent(0.001, 2))
    manifest = {**result.manifest, "assumptions": [assumed.plain()]}
    new = replace(result, manifest=manifest, reasons={"xirr": NO_RATE}, benchmark=None)
    read = store.load(store.save(new, tmp_path / "new"))
    assert (read, read.reasons) == (new, {"xirr": NO_RATE})
    shown = run_table([read], "ja")
    assert "待機資金には年0.10%の利息がつきます。" in shown
    assert assumed["rate"] == Percent(0.001, 2)
    old = replace(result, manifest={**manifest, "assumptions": ["Idle cash earns 0.10 % a year."]})
    assert "Idle cash earns 0.10 % a year." in run_table([store.load(store.save(old, tmp_path))], "ja")


def test_results_differ_where_anything_does(result: Result) -> None:
    value = result.equity["value"].copy()
    assert replace(result, equity={**result.equity, "value": value}) == result
    value = value + 1.0
    assert replace(result, equity={**result.equity, "value": value}) != result
    assert replace(result, metrics={**result.metrics, "xirr": None}) != result
    assert replace(result, benchmark=None) != result
    assert result != "result"


def test_no_column_can_be_written_to(result: Result) -> None:
    for table in (result.equity, result.transactions, result.years, result.quota):
        for column in table.values():
            with pytest.raises(ValueError, match="read-only"):
                column[:1] = column[:1]


def test_no_column_can_be_added_or_taken_away(result: Result) -> None:
    for again in (result, pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        columns: Any = again.equity
        for change in (
            lambda columns=columns: columns.update(more=columns["value"]),
            lambda columns=columns: columns.pop("value"),
            lambda columns=columns: operator.setitem(columns, "value", columns["value"]),
            lambda columns=columns: operator.delitem(columns, "value"),
            lambda columns=columns: operator.ior(columns, {"more": columns["value"]}),
        ):
            with pytest.raises(TypeError, match="cannot be changed"):
                change()
        assert again == result
        assert type(dict(columns)) is type(columns | {}) is type(columns.copy()) is dict
