"""What a run prints: it fits, it aligns, it warns, and it is calm where it must be."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from engine.report.models import Cell, Column
from engine.report.page_locale import PageLocale
from engine.report.run_text import run_table
from engine.report.summary import list_table, quota_table
from engine.report.tables import table_text
from engine.report.terminal import PLAIN_WIDTH, Screen, screen_of
from tests.fake_result import fake_result

SHORT = {"years": (2001, 2003)}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [44, 60, 80, 100, 160])
def test_every_line_fits(lang, width):
    one = run_table([fake_result(**SHORT)], lang, screen=Screen(width), folders=["results/satellite10"])
    many = [fake_result(f"戦略 {i}", weight=i / 20, **SHORT) for i in range(4)]
    for text in (one, run_table(many, lang, screen=Screen(width))):
        assert max(cell_len(line) for line in text.splitlines()) <= width
        assert "…" not in text


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_columns_align_for_full_width_characters(lang):
    """In every table, the right edges of the figures are the same column."""
    text = run_table([fake_result(**SHORT)], lang)
    rows = [line for line in text.splitlines() if re.search(r"satellite10 +(Core|コア)", line)]
    rows += [
        line
        for line in text.splitlines()
        if re.match(r"(XIRR|Annual|入金時期を考えた年率（|入金の影響を除いた年率（)", line)
    ]
    assert len(rows) == (4 if lang == "en" else 3)
    for end in ("pt", "%"):
        assert len({cell_len(line[: line.rindex(end)]) for line in rows[1:]}) == 1


def test_one_run_says_everything():
    result = fake_result(years=(2001, 2012))
    text = run_table([result], "en", folders=["results/satellite10"])
    m = result.metrics
    for expected in (
        "SAMPLE",
        "COUNTERFACTUAL",
        "Today's NISA",
        "satellite10",
        "Core alone (VOO)",
        f"¥{round(m['final_value']):,}",
        f"¥{round(result.benchmark.metrics['final_value']):,}",
        m["max_drawdown_trough"],
        "Assumptions",
        "ECB fixing",
        "2001-01-02 to 2010-09-08 from SPY",
        "NISA, growth",
        "results/satellite10",
        result.manifest["data"][0]["sha256"][:12],
    ):
        assert str(expected) in " ".join(text.split()), expected  # fmt: skip


def test_no_warning_where_there_is_nothing_to_warn_of():
    text = run_table([fake_result(sample=False, counterfactual=False, **SHORT)], "en")
    assert "SAMPLE" not in text
    assert "sample" not in text
    assert "COUNTERFACTUAL" not in text


@pytest.mark.parametrize("width", [44, 64, 80, 100])
def test_no_figure_is_cut(width):
    """A narrow screen loses the differences, never a digit."""
    result = fake_result(**SHORT)
    text = run_table([result], "en", screen=Screen(width))
    for one in (result, result.benchmark):
        for name in ("contributed", "final_value", "liquidation_value", "profit"):
            assert f"¥{abs(round(one.metrics[name])):,}" in text
    assert ("Difference" in text) == (width > 64)


def test_without_a_core_there_is_one_column():
    text = run_table([fake_result(benchmark=False, accounts=("plain",), **SHORT)], "en")
    assert "Core alone" not in text
    assert "Difference" not in text
    assert "NISA quota" not in text


def test_a_figure_without_meaning_says_why():
    text = run_table([fake_result(last="2001-06-01", **SHORT)], "en")
    assert re.search(r"\(XIRR\) +- +- +-\n", text)
    both = "Annual return on the money (XIRR), Annual return of the strategy (TWR)"
    assert f"{both}: the period is shorter than\n365 days" in text


def test_several_runs_share_what_is_the_same():
    results = [fake_result(**SHORT), fake_result("core100", weight=0.0, **SHORT)]
    text = run_table(results, "en", screen=Screen(160))
    assert text.count("Exchange rate: the last ECB fixing") == 1
    assert text.count("VOO: sample") == 1
    assert re.search(r"^satellite10 .*\n^core100 ", text, re.MULTILINE)


def test_names_cannot_move_the_cursor_or_style_the_text():
    bad = "\x1b[31mred\x1b[0m [bold]x[/bold] :smile: \u202egnp.exe\nnext"
    result = fake_result(bad, description=bad, **SHORT)
    text = run_table([result], "en", screen=Screen(120, color=False))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[31mred [0m [bold]x[/bold] :smile: gnp.exe next" in text


def test_colour_only_where_it_is_wanted():
    result = fake_result(**SHORT)
    assert "\x1b[" not in run_table([result], "en")
    assert "\x1b[" in run_table([result], "en", screen=Screen(100, color=True))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run_table([result], "en", screen=Screen(100, color=True)))
    assert [line.rstrip() for line in plain.splitlines()] == run_table([result], "en").splitlines()


def test_the_screen_behind_a_stream():
    assert screen_of(io.StringIO(), {}) == Screen(PLAIN_WIDTH, False)
    assert screen_of(Terminal(), {}).color
    assert not screen_of(Terminal(), {"NO_COLOR": "1"}).color
    assert screen_of(Terminal(), {"NO_COLOR": ""}).color
    assert not screen_of(Terminal(), {"TERM": "dumb"}).color


def test_quota_years_in_which_nothing_changed_share_a_row():
    table = quota_table(fake_result(), PageLocale("en"))
    assert table.rows[0][0].value == 2001
    assert table.rows[-1][0].value == "2011-2025"
    used = sum(row[3].value for row in table.rows)
    assert used == pytest.approx(fake_result().quota["used"].sum())


def test_quota_rows_of_two_frames_stay_in_order():
    result = fake_result(years=(2001, 2003))
    quota = {name: column.repeat(2) for name, column in result.quota.items()}
    quota["frame"] = quota["frame"].copy()
    quota["frame"][::2] = "nisa.T"
    table = quota_table(replace(result, quota=quota), PageLocale("en"))
    assert [(row[0].value, row[1].value) for row in table.rows[:3]] == [
        (2001, "NISA, tsumitate"),
        (2001, "NISA, growth"),
        (2002, "NISA, tsumitate"),
    ]


def test_a_wide_table_is_cut_into_blocks_with_the_names_repeated():
    columns = [Column("name", "Name"), *(Column(f"c{i}", f"Column {i}", "money") for i in range(8))]
    text = table_text(columns, [("first", *[1_000_000.0] * 8)], "table", width=50)
    assert text.count("first") > 1
    assert sum(text.count(f"Column {i}") for i in range(8)) == 8
    assert max(map(len, text.splitlines())) <= 50


def test_the_best_is_marked_and_the_difference_below():
    columns = (Column("name", "Name"), Column("v", "Value", "money", "max"))
    rows = [("a", Cell(100.0)), ("b", Cell(120.0, 20.0, True))]
    lines = table_text(columns, rows, "table").splitlines()
    assert lines[2:] == ["a        ¥100", "b      * ¥120", "         +¥20", "* best"]


def test_several_in_a_list_have_short_headings():
    table = list_table([fake_result(**SHORT)], PageLocale("en"))
    assert [column.label for column in table.columns][:5] == [
        "Strategy",
        "Paid in",
        "Final value",
        "After tax",
        "XIRR",
    ]
