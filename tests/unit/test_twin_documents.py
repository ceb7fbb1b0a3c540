"""A document in Japanese says what its English twin says: they cannot drift apart unseen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.make_docs import ROOT, command_lines

TWINS = {
    japanese.name: (japanese.with_name(japanese.name.replace(".ja.md", ".md")), japanese)
    for japanese in sorted(ROOT.glob("docs/*.ja.md"))
}


def bare(text: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def levels(text: str) -> list[int]:
    """The level of each heading, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", bare(text), re.MULTILINE)]


def fenced(text: str) -> list[str]:
    """The language of each fenced block, in order."""
    return re.findall(r"^```(\w*)\n", text, re.MULTILINE)


def keys(text: str) -> set[str]:
    """What is code in the sentences and is no file: keys, values, options, figures' names."""
    words = {
        word for code in re.findall(r"`([^`\n]+)`", bare(text)) for word in re.findall(r"[a-z_]{3,}", code)
    }
    return words - {"md", "docs"}


def rows(text: str) -> list[int]:
    """The number of rows of each table."""
    return [len(table.splitlines()) for table in re.findall(r"(?:^\|.*\n)+", bare(text) + "\n", re.MULTILINE)]


def figures(text: str) -> list[str]:
    """The numbers of the tables, as they are written in both languages."""
    lines = "\n".join(re.findall(r"^\|.*$", bare(text), re.MULTILINE))
    return sorted(re.findall(r"\d{4}-\d\d-\d\d|-?\d+\.\d+%", lines.replace(" %", "%")))


@pytest.fixture(params=TWINS)
def twins(request: pytest.FixtureRequest) -> tuple[str, str]:
    english, japanese = TWINS[request.param]
    return english.read_text("utf-8"), japanese.read_text("utf-8")


def test_they_have_the_same_headings(twins):
    english, japanese = map(levels, twins)
    assert english == japanese


def test_they_have_the_same_tables_and_their_figures(twins):
    assert rows(twins[0]) == rows(twins[1])
    assert figures(twins[0]) == figures(twins[1])


def test_they_show_the_same_blocks(twins):
    assert fenced(twins[0]) == fenced(twins[1])


def test_they_give_the_same_commands(twins):
    assert command_lines(twins[0]) == command_lines(twins[1])


def test_they_name_the_same_keys(twins):
    english, japanese = map(keys, twins)
    assert english ^ japanese == set()


@pytest.mark.parametrize("name", TWINS)
def test_each_links_to_the_other(name):
    english, japanese = TWINS[name]
    for here, there, label in ((english, japanese, "日本語"), (japanese, english, "English")):
        head = here.read_text("utf-8").splitlines()[2]
        assert head == f"*[{label}]({there.name})*", here.name
    for index in (ROOT / "docs" / "README.md",):
        assert f"[日本語]({japanese.name})" in index.read_text("utf-8")


def test_a_japanese_document_leads_to_japanese_ones():
    """Where a Japanese twin exists, the Japanese documents link to it, not to the English."""
    for path in [ROOT / "README.ja.md", *(japanese for _, japanese in TWINS.values())]:
        for link in re.findall(r"\]\(([^)#:]+\.md)", path.read_text("utf-8")):
            target = Path(link)
            is_top = path.read_text("utf-8").splitlines()[2] == f"*[English]({link})*"
            if not link.endswith(".ja.md") and not is_top:
                assert not (path.parent / target.with_suffix(".ja.md")).exists(), f"{path.name}: {link}"
