"""Laws that hold for any figures: nothing is lost between the ledger's columns and what a person sees."""

from __future__ import annotations

import base64
import csv
import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.formats import BOM
from engine.report import chart_data
from engine.report.chart_specs import packed
from engine.report.models import Column
from engine.report.page_locale import PageLocale
from engine.report.tables import table_text

levels = st.lists(st.floats(0.2, 5.0), min_size=1, max_size=60).map(np.array)
texts = st.text(st.sampled_from("<>\"'&=+-@|`\t ＝") | st.characters(), max_size=40)


def some_days(count: int) -> np.ndarray:
    return np.datetime64("2019-11-27") + np.arange(count) * 11


@given(levels)
def test_drawdowns_are_what_a_slow_search_finds(twr):
    highest, deepest = 1.0, 0.0
    for level in twr:
        highest = max(highest, level)
        deepest = min(deepest, level / highest - 1)
    drawdowns = chart_data.worst_drawdowns(some_days(len(twr)), twr)
    assert (drawdowns[0].depth if drawdowns else 0.0) == deepest
    assert all(drawdown.recovery is None or drawdown.recovery > drawdown.trough for drawdown in drawdowns)
    assert [drawdown.depth for drawdown in drawdowns] == sorted(drawdown.depth for drawdown in drawdowns)
    assert sum(drawdown.recovery is None for drawdown in drawdowns) <= 1


@given(levels)
def test_periods_chain_to_the_whole(twr):
    dates = some_days(len(twr))
    for unit in "MY":
        _, returns = chart_data.period_returns(dates, twr, unit)
        assert np.isclose(np.prod(1 + returns), twr[-1], rtol=1e-9)
    _, grid = chart_data.month_grid(dates, twr)
    assert np.isclose(np.prod(1 + grid[np.isfinite(grid)]), twr[-1], rtol=1e-9)


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_text_in_a_csv_is_a_formula(cells):
    columns = [Column(f"c{i}", f"C{i}") for i in range(len(cells))]
    text = table_text(columns, [tuple(cells)], "csv")
    rows = list(csv.reader(io.StringIO(text.removeprefix(BOM))))
    assert len(rows) == 2
    assert len(rows[1]) == len(cells)
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) for cell in rows[1]
    )


@given(st.integers(-(10**15), 10**15))
def test_yen_in_words_keep_their_size(yen):
    """Read back, a Japanese amount is within half of its last place of the yen it says."""
    text = PageLocale("ja").money(yen)
    number = text.removeprefix("-").removesuffix("円").replace(",", "")
    total, step = 0.0, 1.0
    for unit, size in (("兆", 1e12), ("億", 1e8), ("万", 1e4)):
        if unit in number:
            head, number = number.split(unit)
            total += float(head) * size
            step = 1e4 if abs(yen) >= 999_500 else 1e3
    total += float(number or 0)
    assert abs(abs(yen) - total) <= step / 2 + 1e-6
    assert text.startswith("-") == (yen < 0)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=12), st.floats(-1e10, 1e10)), min_size=1, max_size=5),
    st.integers(40, 120),
)
def test_tables_fit_and_align(rows, width):
    columns = (Column("n", "Name"), Column("v", "Value", "money"), Column("w", "Other", "money"))
    text = table_text(columns, [(name, value, -value) for name, value in rows], "table", width=width)
    assert all(cell_len(line) <= width for line in text.splitlines())


@given(st.lists(st.integers(-(2**31) + 1, 2**31 - 1), max_size=20))
def test_whole_numbers_survive_packing(values):
    entry = packed({"x": np.array(values, dtype=np.int64)})["x"]
    assert entry["type"] == "i4"
    assert np.frombuffer(base64.b64decode(entry["data"]), "<i4").tolist() == values
