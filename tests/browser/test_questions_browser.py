"""The answer to a question is on the first screen, of a telephone and of a desk, in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts import list_answers
from tests.browser.conftest import Browser
from tests.shipped import ROOT

SCREENS = {390: 844, 1280: 900}
BOTTOM = "document.querySelector('.headline').getBoundingClientRect().bottom + window.scrollY"
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
FITTED = "[...document.querySelectorAll('.main-svg')].every((svg) => svg.clientWidth <= window.innerWidth)"
QUESTIONS = [
    words for words, *_ in list_answers.asked() if "/questions/" in words[-1] and "growth" not in words[-1]
]


@pytest.mark.parametrize("words", QUESTIONS, ids=[Path(words[-1]).stem for words in QUESTIONS])
def test_the_answer_is_on_the_first_screen(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(ROOT)
    result, _ = list_answers.found(words, "sample", tmp_path)
    for lang in ("en", "ja"):
        page = tmp_path / f"{lang}.html"
        page.write_text(list_answers.page_of(words[0], result, lang), encoding="utf-8")
        browser.open(page)
        for width, height in SCREENS.items():
            browser.show(width, dark=False)
            browser.wait(f"window.innerWidth === {width} && {FITTED}")
            if folder := os.environ.get("BACKTEST_SCREENS"):  # to be looked at
                browser.driver.save_screenshot(f"{folder}/{Path(words[-1]).stem}-{lang}-{width}.png")
            assert browser.run(BOTTOM) <= height, (lang, width)
            assert browser.run(WIDER) <= 0, (lang, width)
