"""A language made from the catalogues alone: every text marked, so that what is not in them shows.

The texts are the English ones between ``⟦`` and ``⟧``; what fills a place stands outside the marks. The program
is copied, with the code that it has made and kept, and the language is one more file in it.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import engine
from engine.ledger.compile import native
from engine.locale import FOLDER

PACKAGE = Path(engine.__file__).parent
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
# What is no prose: places and files, keys and symbols, numbers with their units, dates, hashes.
NAMES = re.compile(
    r"{\w+}|https?://\S+|'[^'\n]*'|\"[^\"\n]*[\"…]|\[[\w|]+\]|[\w.~-]*/[\w./~+-]*|\w+\.(?:yaml|csv|json|html|parquet|md)\b|--?[a-z][\w-]*|\b\w*_\w*\b"
    r"|\b[A-Z0-9^][A-Z0-9_.^=-]*\b|\b[0-9a-f]{8,64}\b|\b\d[\w.,:-]*"
)
SHOWN = ("text", "title", "name", "words", "hovertemplate", "ticktext", "label")  # keys of charts
PROSE = re.compile(r"[^\W\d_]{3,}")

SPEAKER = """
import contextlib, io, json, sys
from engine.cli import main

for line in sys.stdin:
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
        main(json.loads(line))
    print(json.dumps(said.buffer.getvalue().decode()), flush=True)
"""


def marked(text: str) -> str:
    """A text between marks, its places outside of them."""
    parts = re.split(r"({\w+})", text)
    return "".join(part if i % 2 or not part.strip() else f"⟦{part}⟧" for i, part in enumerate(parts))


def make(folder: Path) -> Path:
    """The program in ``folder``, with the language ``xx``."""
    native.kernel()  # made and kept beside its sources: the copy compiles none
    for name in (PACKAGE, PACKAGE.parent / "strategies"):
        shutil.copytree(name, folder / name.name, ignore=shutil.ignore_patterns("*.pyc"))
    texts = Catalog(locale="en")
    for lang in ("en", "ja"):
        with (FOLDER / f"{lang}.po").open("rb") as file:
            for entry in read_po(file, locale=lang):
                if entry.id and (lang == "en" or entry.context not in ("word", "form")):
                    texts.add(entry.id, _string(entry, lang), context=entry.context)
    made = io.BytesIO()
    write_mo(made, texts)
    (folder / "engine" / "locale" / "xx.mo").write_bytes(made.getvalue())
    return folder


def _string(entry: object, lang: str) -> object:
    if entry.context == "form":  # names of months are cut, a billion is a number, and none is no text
        return (
            entry.string
            if entry.id in ("months", "myriads", "billion") or entry.string == "none"
            else marked(entry.string)
        )
    if not isinstance(entry.id, str):
        return tuple(marked(text) for text in entry.id)
    return marked(entry.string if lang == "en" else entry.id)


class Speaker:
    """The program of a folder in a process of its own, which does one command after the other in the language."""

    def __init__(self, program: Path) -> None:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.folder = program
        self.process = subprocess.Popen(
            [sys.executable, "-c", SPEAKER],
            env={**environ, "PYTHONPATH": str(program), "PYTHONUTF8": "1", "COLUMNS": "200"},
            cwd=program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip

    def say(self, *arguments: object) -> str:
        """What a command prints on both streams."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([*map(str, arguments), "--lang", "xx"]) + "\n")
        self.process.stdin.flush()
        said: str = json.loads(self.process.stdout.readline())
        assert "Traceback" not in said, said
        return said


def left(text: str, known: set[str]) -> list[str]:
    """The words of a text that stand in no catalogue and are no names."""
    while MARKED.search(text):
        text = MARKED.sub(" ", text)
    text = NAMES.sub(" ", text)
    return [word for word in PROSE.findall(text) if word.lower() not in known]


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.data = ""
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.texts += [named[key] for key in ("title", "alt", "aria-label", "placeholder") if named.get(key)]
        if tag in ("script", "style", "code"):
            self._silent = "data" if named.get("id") == "page-data" else tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "code"):
            self._silent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)
        elif self._silent == "data":
            self.data += data


def page_texts(html: str) -> str:
    """Everything a page shows: its text, what is read aloud, and the titles and names of its charts."""
    found = _Texts()
    found.feed(html)
    texts = [*found.texts, *_shown(json.loads(found.data) if found.data else {})]
    return "\n".join(texts)


def _shown(value: object, key: str = "") -> Iterator[str]:
    """Texts of chart specifications that a reader sees."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _shown(item, "words" if key == "words" else name)
    elif isinstance(value, list):
        for item in value:
            yield from _shown(item, key)
    elif isinstance(value, str) and key in (
        "text",
        "title",
        "name",
        "words",
        "hovertemplate",
        "ticktext",
        "label",
    ):
        yield re.sub(r"<[^>]*>|%{[^}]*}", " ", value)
