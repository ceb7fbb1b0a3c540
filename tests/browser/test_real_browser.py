"""A page in the money of the day and in today's: one switch, no reload, and both readings whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from engine.config import load_config
from engine.report.compare_page import compare_page
from engine.report.run_page import run_page
from engine.run import run
from tests.browser.conftest import Browser

CONFIGS = Path(engine.__file__).parents[1] / "configs"
WITH_PRICES = ["inflation=cpi_jp"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of a run and a comparison, in each language."""
    folder, found = tmp_path_factory.mktemp("pages"), {}
    retired = run(load_config(CONFIGS / "retirement_withdrawals.yaml", WITH_PRICES), source="sample")
    two = [
        run(load_config(CONFIGS / f"{name}.yaml", WITH_PRICES), source="sample")
        for name in ("core100", "satellite10")
    ]
    for lang in ("en", "ja"):
        for name, text in (("run", run_page(retired, lang)), ("compare", compare_page(two, lang, real=True))):
            found[f"{name}-{lang}"] = folder / f"{name}-{lang}.html"
            found[f"{name}-{lang}"].write_text(text, encoding="utf-8")
    return found


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["run-en", "run-ja", "compare-en", "compare-ja"])
def test_the_switch_turns_the_whole_page(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    browser.open(pages[name], width)
    shown = "[...document.querySelectorAll('[data-money]')].filter((part) => !part.hidden)"
    first = browser.run(f"{shown}[0].dataset.money")
    assert first == ("real" if name.startswith("compare") else "nominal")
    before = browser.run(f"{shown}[0].innerText")
    for turn in range(2):
        browser.run("document.getElementById('money').click()")
        assert browser.run(f"{shown}.length") == 1
        browser.wait("document.documentElement.dataset.drawn === 'all'")
        apart = "Math.abs(plot.querySelector('.main-svg').clientWidth - plot.clientWidth)"
        wide = f"[...{shown}[0].querySelectorAll('.plot')].every((plot) => {apart} < 3)"
        browser.wait(wide)
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        links = browser.run("[...document.querySelectorAll('nav a')].map((a) => a.hash.slice(1))")
        assert all(
            browser.run("!document.getElementById(arguments[0]).closest('[hidden]')", link) for link in links
        )
        if turn == 0:
            assert browser.run(f"{shown}[0].innerText") != before
    assert browser.run(f"{shown}[0].innerText") == before
    ids = browser.run("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    assert browser.logs() == []
    assert browser.requests() == []
