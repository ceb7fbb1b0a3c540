"""Templates: what they show is clean and escaped, what they name must be there, and they are compiled once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import code_cache
from engine.report import html
from engine.report.html import component, nobr, script_json
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale
from tests.child import ROOT

texts = st.text(st.sampled_from("<>\"'&=+-@|`\t ＝") | st.characters(), max_size=40)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where compiled templates are kept, empty; no template is loaded yet."""
    monkeypatch.setenv("BACKTEST_CODE_CACHE", str(tmp_path))
    for kept in ("_environment", "_module"):
        monkeypatch.setattr(html, kept, getattr(html, kept).__wrapped__)
    return tmp_path


def shown(text: str, caption: str) -> str:
    return component("table", PageLocale("en"), Table((Column("a", text),), ((Cell(text),),)), caption)


@given(texts, texts)
def test_html_holds_no_markup_but_its_own(text, caption):
    made, harmless = shown(text, caption), shown("a", "b")
    assert [made.count(char) for char in '<>"'] == [harmless.count(char) for char in '<>"']


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\ufeff"])
def test_what_is_not_seen_is_not_shown(char):
    made = component("bullets", PageLocale("en"), [f"a{char}b", f"{char}c "])
    assert char not in made
    assert "<li>a" in made
    assert "b</li>" in made


def test_spaces_that_separate_stay():
    assert nobr("from ¥1,000 to x") == 'from <span class="kept">¥1,000</span> to x'
    assert nobr("<b> &12%") == '&lt;b&gt; &amp;<span class="kept">12%</span>'


def test_a_name_that_nobody_gave_is_an_error():
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError, match="columns"):
        component("grid", PageLocale("en"), object())


@settings(max_examples=40)
@given(
    st.recursive(
        texts | st.floats(-1e9, 1e9) | st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
    )
)
def test_json_in_a_script_cannot_end_it(value):
    made = script_json(value)
    assert not set("<>&\u2028\u2029") & set(made)
    assert json.loads(made) == value


def test_templates_are_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = component("bullets", PageLocale("en"), ["x"])
    (kept,) = folder.iterdir()
    assert kept.name.startswith("template-")
    monkeypatch.setattr("jinja2.Environment.compile", lambda *_: pytest.fail("compiled again"))
    assert component("bullets", PageLocale("en"), ["x"]) == first


def test_another_compiler_compiles_anew(folder: Path, monkeypatch: pytest.MonkeyPatch):
    component("bullets", PageLocale("en"), ["x"])
    monkeypatch.setattr(html, "_compiler", lambda: "another")
    component("bullets", PageLocale("en"), ["x"])
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", ["emptied", "cut", "flipped", "foreign"])
def test_damaged_code_is_made_again(folder: Path, damage: str):
    first = component("bullets", PageLocale("en"), ["x"])
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    flipped = bytearray(whole)
    flipped[500] ^= 1
    kept.write_bytes(
        {"emptied": b"", "cut": whole[:700], "flipped": bytes(flipped), "foreign": b"x" * 999}[damage]
    )
    assert component("bullets", PageLocale("en"), ["x"]) == first
    assert kept.read_bytes() == whole


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions of POSIX")
def test_code_that_others_could_have_written_is_not_loaded(folder: Path):
    code_cache.store("kind-state.bin", b"code", folder)
    assert code_cache.stored("kind-state.bin", folder) == b"code"
    (folder / "kind-state.bin").chmod(0o666)
    assert code_cache.stored("kind-state.bin", folder) is None
    (folder / "kind-state.bin").chmod(0o600)
    folder.chmod(0o777)
    assert code_cache.stored("kind-state.bin", folder) is None
    assert not code_cache.store("kind-state.bin", b"code", folder)


def test_beside_the_sources_one_state_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("BACKTEST_CODE_CACHE", "NUMBA_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("kind-1.bin", "other-1.bin", "kind-2.bin"):
        assert code_cache.store(name, b"code", tmp_path)
    assert {path.name for path in (tmp_path / "__pycache__").iterdir()} == {"other-1.bin", "kind-2.bin"}


def test_jinja_waits_for_a_page():
    code = "import sys, engine.cli.runs, engine.report.run_page, engine.notebook; " \
        "bad = {'jinja2', 'markupsafe', 'plotly'} & set(sys.modules); assert not bad, bad"  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
