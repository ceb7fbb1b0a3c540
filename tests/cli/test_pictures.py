"""The pictures of the documents are there, small, shown, and of what the program answers today."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from docs.make_docs import command_lines, documents
from scripts.make_pictures import (
    FOLDER,
    LANGUAGES,
    LARGEST,
    PICTURES,
    ROOT,
    SERVE,
    WINDOWS,
    answer,
    made,
    named,
    with_answers,
)

FILES = [named(name, lang) for name in (*PICTURES, *WINDOWS) for lang in LANGUAGES]
SHOWN = re.compile(
    r"!\[(?P<said>[^\]]+)\]\(\S*pictures/(?P<file>[^)/]+)\)"
    r'|src="\S*pictures/(?P<in_html>[^"/]+)" alt="(?P<said_in_html>[^"]+)"'
)
GALLERY = {"en": ROOT / "docs" / "gallery.md", "ja": ROOT / "docs" / "gallery.ja.md"}


def shown() -> list[tuple[str, str, str]]:
    """Every picture that a document shows: the document, the file, the text that stands for it."""
    return [
        (path.name, match["file"] or match["in_html"], unescape(match["said"] or match["said_in_html"]))
        for path in documents()
        for match in SHOWN.finditer(path.read_text("utf-8"))
    ]


def said(file: str) -> set[str]:
    """What documents say that a picture shows."""
    return {text for _, name, text in shown() if name == file}


def test_the_folder_holds_these_pictures_and_no_others() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("file", FILES)
def test_a_picture_is_small_and_shown_in_its_language(file: str) -> None:
    content = (FOLDER / file).read_bytes()
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WEBP"
    assert len(content) < LARGEST
    places = {document for document, name, _ in shown() if name == file}
    assert places
    assert all(document.endswith(".ja.md") == (".ja." in file) for document in places)
    assert len(said(file)) == 1


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_a_readme_opens_with_a_picture(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert text.index("docs/pictures/report.") < text.index("\n## ")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_gallery_gives_each_command_above_its_picture(lang: str) -> None:
    text = GALLERY[lang].read_text("utf-8")
    commands = [*(picture.command for picture in PICTURES.values()), SERVE]
    assert command_lines(text) == commands
    places = [
        text.index(part) for name, command in zip([*PICTURES, "serve"], commands)
        for part in (f"\n{command}\n", f"({FOLDER.name}/{named(name, lang)})")
    ]  # fmt: skip
    assert places == sorted(places)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_in_the_pictures_is_the_one_of_today(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is the live page, which answers as ``run`` does."""
    monkeypatch.chdir(ROOT)
    page = made(PICTURES["report"], lang, tmp_path).read_text("utf-8")
    for name in ("report", *WINDOWS):
        assert said(named(name, lang)) == {answer(page)}, "make pictures"
    assert f'<section id="{PICTURES["report"].section}">' in page


@pytest.mark.long
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in PICTURES if name != "report"])
def test_a_study_in_the_pictures_is_the_one_of_today(
    name: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    page = made(PICTURES[name], lang, tmp_path).read_text("utf-8")
    assert said(named(name, lang)) == {answer(page)}, "make pictures"
    assert f'<section id="{PICTURES[name].section}">' in page


def test_a_document_gets_the_text_of_its_pictures_and_keeps_the_rest() -> None:
    text = '![a-b](pictures/a-b.en.webp) <img src="docs/pictures/a-b.en.webp" alt="-"> ![x](pictures/c.webp)'
    again = with_answers(text, {"a-b.en.webp": 'it "is" -5%'})
    assert again == (
        '![it "is" -5%](pictures/a-b.en.webp) <img src="docs/pictures/a-b.en.webp" alt="it &quot;is&quot; -5%">'
        " ![x](pictures/c.webp)"
    )
