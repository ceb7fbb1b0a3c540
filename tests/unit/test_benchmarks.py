"""What the benchmarks print is worth nothing if their own sums are wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import document
import engines
import scale
from plot import Line, chart, page

from engine.market.exchanges import nyse_sessions


def prices(sessions: int = 600):
    dates = nyse_sessions(np.datetime64("2001-01-01"), np.datetime64("2010-12-31"))[:sessions]
    steps = np.random.default_rng(4).normal(0.0003, 0.012, (sessions, 2))
    return dates, np.exp(steps.cumsum(axis=0)) * [100.0, 40.0]


def test_the_task_in_plain_words():
    sessions, price = prices()
    weights = np.array([0.0, 0.1, 0.35, 1.0])
    found = engines.ours(1)(sessions, price, weights)
    years = sessions.astype("datetime64[Y]")
    for weight, figures in zip(weights, found, strict=True):
        values, units = [], np.zeros(2)
        for t in range(len(sessions)):
            value = engines.MONEY if t == 0 else float(units @ price[t])
            if t == 0 or years[t] != years[t - 1]:
                units = value * np.array([1.0 - weight, weight]) / price[t]
            values.append(value)
        value = np.array(values)
        returns = np.append(0.0, value[1:] / value[:-1] - 1.0)
        expected = (
            value[-1],
            (1.0 - value / np.maximum.accumulate(value)).max(),
            returns.std(ddof=1) * np.sqrt(252),
        )
        assert figures == pytest.approx(expected, rel=1e-12)


def test_divisions_touch_every_weight_and_session():
    assert engines.divisions(2)(*prices(20), np.zeros(100)).shape == (0, 3)


def test_what_a_measurement_holds():
    sessions, price = prices(300)
    found = engines.measure(["ours"], sessions, price, [3, 40], 2, 1)
    assert found["ours 40 seconds"].shape == (2,)
    assert found["ours 3 figures"].shape == (3, 3)
    assert (found["ours 40 memory"] >= 0).all()


def test_a_chart_is_well_formed_and_holds_its_points():
    lines = [Line("one & only", [200, 2_000, 1_000_000], [0.001, 0.5, 90.0]), Line("two", [200], [3.0])]
    drawn = page([chart("Time", "weights", "seconds", lines), chart("Again", "x", "y", lines, left=420)])
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    circles = root.findall(f".//{space}circle")
    assert len(circles) == 8
    for circle in circles:
        assert 58 <= float(circle.get("cx")) <= 406
        assert 34 <= float(circle.get("cy")) <= 256
    assert len(drawn) < 20_000


def test_a_block_of_the_page_is_replaced(tmp_path):
    target = tmp_path / "page.md"
    target.write_text("above\n<!-- it: begin -->\nold\n<!-- it: end -->\nbelow\n")
    for _ in range(2):
        document.write_block("it", "new", target)
        assert target.read_text() == (
            "above\n<!-- it: begin -->\n\n```\nnew\n```\n\n<!-- it: end -->\nbelow\n"
        )
    with pytest.raises(ValueError, match="no marks for 'other'"):
        document.write_block("other", "new", target)


def test_the_pages_have_their_marks():
    for name, page_ in (
        ("make bench", "benchmarks"),
        ("make bench-start", "benchmarks"),
        ("make bench", "scale"),
        ("withdraw", "benchmarks"),
    ):
        text = (document.DOCS / f"{page_}.md").read_text(encoding="utf-8")
        assert f"<!-- {name}: begin -->\n" in text
        assert f"<!-- {name}: end -->\n" in text


def test_the_arithmetic_of_scale():
    told = scale.text(scale.LifeCost(lives=600_000, seconds=12.0, cores=2, size=60_000_000))
    assert "12.0 s x 2 / 600,000 = 40.0 us of a core, 100 bytes" in told
    rows = {line.split()[0]: line.split() for line in told.splitlines()[4:8]}
    assert rows["2"][1] == "50,000"
    assert rows["100"][1:4] == ["2,000,000", "50.0", "s"]  # 0.8 of what a hundred cores could do
    assert rows["1,000"][4] == "2,000.0"  # MB a second
    assert "1,000,000 / 86,400 s = 11.6 a second" in told
    assert "= 1,000 core-seconds a day = 0.01 cores" in told
