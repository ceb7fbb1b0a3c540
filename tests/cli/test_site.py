"""The site of the documents: complete, strict, and without anything from elsewhere."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from docs.docstrings import as_markdown
from docs.site_links import on_page_markdown
from tests.child import ROOT


def test_links_out_of_the_documents_are_names_on_the_site() -> None:
    text = "See [README.md](../README.md#start) and [trust.md](trust.md)."
    assert on_page_markdown(text, page=None) == "See README.md and [trust.md](trust.md)."


def test_docstrings_are_markdown_on_the_site() -> None:
    """Names instead of references, and a list of what is explained, each with the lines that go on below it."""
    text = """How much; see :func:`engine.run.run`.

    ``amount`` is not explained here.

    ``years``, ``every``  how long
                          it lasts
    ``kind``     ``etf`` or :class:`Fund`

    Raises ConfigError."""
    assert as_markdown(inspect.cleandoc(text)) == (
        "How much; see `engine.run.run`.\n\n``amount`` is not explained here.\n\n"
        "- ``years``, ``every``: how long it lasts\n- ``kind``: ``etf`` or `Fund`\n\nRaises ConfigError."
    )


def test_no_docstring_of_a_public_name_is_left_as_it_stands_for_help() -> None:
    """What the page has of each public name, its members and the options, holds neither roles nor columns."""
    from engine.notebook import options

    values = [engine, options, *(getattr(engine, name) for name in engine.__all__), *vars(options).values()]
    members = [member for value in values if inspect.isclass(value) for member in vars(value).values()]
    texts = [as_markdown(text) for item in [*values, *members] if (text := inspect.getdoc(item))]
    assert [
        text for text in texts if re.search(r":[a-z]+:`|^``\S+``(, ``\S+``)*  ", text, re.MULTILINE)
    ] == []


def test_the_reference_names_every_public_name() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    missing = [name for name in engine.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []


def test_the_site_lists_every_document_once_and_twins_in_the_same_order() -> None:
    listed = re.findall(r"^ +- (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))
    japanese = [name for name in listed if name.endswith(".ja.md")]
    assert japanese == [twin for name in listed if (twin := name.replace(".md", ".ja.md")) in japanese]


@pytest.mark.long
def test_the_site_is_built_without_a_warning_and_without_the_network(tmp_path: Path) -> None:
    for package in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(package, reason=f"{package} is not installed (extra docs)")
    environ = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(tmp_path)],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"} | {"index"}
    assert pages <= {path.stem for path in tmp_path.glob("*.html")}
    reference = (tmp_path / "api.html").read_text("utf-8")
    assert "load_study" in reference
    assert not re.search(r":(class|func|mod):", reference)
    for path in tmp_path.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.findall(r"<(?:script|img|iframe)[^>]+src=\"https?:", text), path
        assert not re.findall(r"<link[^>]+href=\"https?:[^>]+stylesheet", text), path
        assert "fonts.g" not in text, path
