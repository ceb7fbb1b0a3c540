"""What a terminal shows, at 40 to 120 columns, in both languages: it fits, wraps by kinsoku, names its rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.report.bootstrap_text import bootstrap_text
from engine.report.claims_text import claims_text
from engine.report.flows_text import flows_text
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale
from engine.report.run_text import compare_text, run_table
from engine.report.summary import compare_table
from engine.report.sweep_tables import sweep_text
from engine.report.terminal import Screen, notices, table_blocks
from engine.report.windows_tables import windows_text
from engine.studies.compare import Comparison
from engine.studies.flows.results import FlowStudy
from engine.wrapping import NOT_FIRST, NOT_LAST, width
from tests.fake_result import fake_result
from tests.fake_studies import fake_bootstrap, fake_claims, fake_flows, fake_sweep, fake_windows

WIDTHS = (40, 60, 80, 120)


def compared(lang: str, screen: Screen) -> str:
    results = [fake_result("小型株10％プラン", weight=0.1), fake_result("コアのみのプラン", weight=0.0)]
    ends = results[0].dates[0], results[0].dates[-1]
    return compare_text(Comparison(tuple(results), *ends), compare_table(results, lang), lang, screen=screen)


def flows() -> FlowStudy:
    found = fake_flows()
    return replace(found, manifest={**found.manifest, "data": []})


SHOWN: dict[str, Callable[[str, Screen], str]] = {
    "run": lambda lang, screen: run_table([fake_result()], lang, screen=screen),
    "runs": lambda lang, screen: run_table(
        [fake_result(f"小型株{n}％プラン", weight=n / 100) for n in (0, 10)], lang, screen=screen
    ),
    "compare": compared,
    "sweep": lambda lang, screen: sweep_text(fake_sweep(), lang, screen),
    "windows": lambda lang, screen: windows_text(fake_windows(("一括", "12か月に分けて投資")), lang, screen),
    "bootstrap": lambda lang, screen: bootstrap_text(fake_bootstrap(), Path("x"), lang, screen),
    "check": lambda lang, screen: claims_text(fake_claims(), lang, screen),
    "flows": lambda lang, screen: flows_text(flows(), Path("x"), lang, screen),
}
EVERY = [
    pytest.param(show, lang, columns, id=f"{name}-{lang}-{columns}")
    for name, show in SHOWN.items()
    for lang in ("en", "ja")
    for columns in WIDTHS
]


def lines_of(show: Callable[[str, Screen], str], lang: str, columns: int) -> list[str]:
    """What is shown, without the paths under the last heading, which are never cut."""
    text, title = show(lang, Screen(columns)), f"\n{PageLocale(lang)('files_title')}\n"
    return text.partition(title)[0].splitlines()


@pytest.mark.parametrize(("show", "lang", "columns"), EVERY)
def test_it_fits_and_wraps_by_kinsoku(show, lang, columns):
    lines = lines_of(show, lang, columns)
    assert [line for line in lines if width(line) > columns] == []
    cells = [cell for line in lines for cell in re.split(r"\s{2,}", line.strip()) if len(cell) > 1]
    japanese = [cell for cell in cells if re.search("[ぁ-んァ-ヶ一-龠]", cell)]
    assert [cell for cell in japanese if cell[0] in NOT_FIRST - {"["}] == []
    assert [cell for cell in japanese if cell[-1] in NOT_LAST] == []
    assert [cell for cell in japanese if re.search(r"(^|[ぁ-ん])[万億]", cell)] == []


@pytest.mark.parametrize(("show", "lang", "columns"), EVERY)
def test_the_banner_has_one_layout(show, lang, columns):
    """Each word once, at the first column; the texts beside it, all beginning in one column."""
    locale = PageLocale(lang)
    head = show(lang, Screen(columns)).split("\n\n")[0].splitlines()
    words = [locale(f"{name}_banner") for name in ("sample", "counterfactual", "data", "note")]
    assert head[0].startswith(words[0])
    named = [line for line in head if line.startswith(tuple(words))]
    assert len(named) == len({word for word in words for line in named if line.startswith(word)})
    column = 1 + max(width(word) for word in words if any(line.startswith(word) for line in named))
    for line in head:
        shown = 0
        for at, char in enumerate(line):  # what stands left of the texts is a word or nothing
            if shown == column:
                assert char != " "
                assert line[:at].strip() in (*words, "")
                break
            shown += width(char)


def test_a_banner_without_warnings_is_nothing():
    assert notices(([], [], []), PageLocale("ja"), Screen()) == ""


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_blocks_repeat_what_names_a_row(lang, columns):
    """Two keys: neither alone says which row it is."""
    heads = (Column("plan", "プラン"), Column("years", "運用期間"))
    figures = tuple(Column(f"f{n}", f"最終評価額の{n}番目", "money") for n in range(8))
    rows = tuple(
        tuple(map(Cell, (f"小型株を{n}%入れたプラン", f"{years}年", *[23_332e4 + n] * 8)))
        for n in (5, 10)
        for years in (10, 15)
    )
    text = table_blocks(Table((*heads, *figures), rows, keys=2), PageLocale(lang), Screen(columns))
    blocks = text.split("\n\n")
    assert len(blocks) > 1
    for block in blocks:
        assert block.count("10年") == block.count("15年") == 2
        assert "運用期間" in block
        assert width(max(block.splitlines(), key=width)) <= columns
    money = "2億3,332万円" if lang == "ja" else "¥233,320,005"
    assert text.count(money) == (32 if lang == "ja" else 16)
    assert sum(text.count(f"{n}番目") for n in range(8)) == 8


def test_keys_that_leave_no_room_stand_once():
    heads = tuple(Column(f"k{n}", f"Key number {n}") for n in range(5))
    table = Table(
        (*heads, Column("v", "Value", "money"), Column("w", "Other", "money")),
        (tuple(map(Cell, ("one", "two", "three", "four", "five", 1e9, 2e9))),),
        keys=5,
    )
    text = table_blocks(table, PageLocale("en"), Screen(40))
    assert text.count("one") == text.count("\n\n") + 1
    assert text.count("five") == 1
    assert max(map(width, text.splitlines())) <= 40


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_unlucky_twentieth_is_said_beside_the_percentiles(lang):
    text = " ".join(bootstrap_text(fake_bootstrap(), Path("x"), lang, Screen(200)).split())
    english = "5% is the unlucky twentieth: one future in twenty ends with less."
    said = {"en": english, "ja": "「5%」は下位5%です。"}
    assert said[lang] in text
