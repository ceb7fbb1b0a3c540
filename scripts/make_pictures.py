"""Pictures for the documents: the program's pages, on the embedded sample, in both languages (make pictures).

A picture of a study is the top of its page with one of its sections; those of the live page are a window of it.
What a page answers becomes the text that stands for its picture in the documents, for who does not see it.
``python scripts/make_pictures.py report serve`` makes those alone. Needs chromium and chromedriver.
"""

from __future__ import annotations

import base64
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs.make_docs import arguments_of, documents, run_here  # noqa: E402
from tests.browser.conftest import Browser, chromium  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
LANGUAGES = ("en", "ja")
WIDTH = 1080  # of a page, in pixels
QUALITY = 80  # of WebP: text stays sharp, and no picture comes near LARGEST
LARGEST = 150_000  # bytes
SERVE = "backtest serve configs/satellite10.yaml"
WINDOWS = {"serve": (1280, 1680), "serve-phone": (390, 844)}  # of the live page
HEADLINE = re.compile(r'<p class="headline">(.*?)</p>', re.DOTALL)
DRAWN = (  # of what is to be seen
    "[...document.querySelectorAll('.plot')].every(item => item.querySelector('.main-svg')"
    " || !item.offsetParent || item.getBoundingClientRect().top > innerHeight)"
)
IN_MARKDOWN = re.compile(r"!\[(?P<said>[^\]]+)\]\(\S*pictures/(?P<file>[^)/]+)\)")
IN_HTML = re.compile(r'src="\S*pictures/(?P<file>[^"/]+)" alt="(?P<said>[^"]+)"')
SETTLED = "PLACE.answers > 0 && PLACE.state === 'still'".replace("PLACE", "document.documentElement.dataset")


@dataclass(frozen=True)
class Picture:
    """``section`` of the ``page`` that ``command`` leaves in the folder of results, below the page's answer."""

    command: str
    page: str
    section: str


PLANS = "core100", "satellite05", "satellite10", "satellite15"
PICTURES = {
    "report": Picture("backtest run configs/satellite10.yaml", "satellite10/report.html", "value"),
    "compare": Picture(
        f"backtest compare {' '.join(f'configs/{name}.yaml' for name in PLANS)}",
        f"compare-{'+'.join(PLANS)}/compare.html",
        "relative",
    ),
    "sweep": Picture("backtest sweep configs/sweeps/allocation.yaml", "allocation/report.html", "weights"),
    "windows": Picture("backtest windows configs/windows/windfall.yaml", "windfall/report.html", "starts"),
    "bootstrap": Picture(
        "backtest bootstrap configs/satellite10.yaml", "satellite10-bootstrap/bootstrap.html", "fans"
    ),
    "withdraw": Picture(
        "backtest withdraw configs/retirement_withdrawals.yaml --years 20,30",
        "retirement_withdrawals-withdraw/withdraw.html",
        "curve",
    ),
}


def made(picture: Picture, lang: str, out: Path) -> Path:
    """The page of a picture, made by its command below ``out``."""
    code, _, error = run_here([*arguments_of(picture.command, out), "--lang", lang, "--quiet"], lang)
    if code:
        raise SystemExit(f"{picture.command}: exit code {code}: {error.strip()}")
    return out / picture.page


def answer(page: str) -> str:
    """What the HTML of a page answers, without its marks."""
    (found,) = HEADLINE.findall(page)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found)).split())


def named(name: str, lang: str) -> str:
    """A picture's file."""
    return f"{name}.{lang}.webp"


def with_answers(text: str, answers: Mapping[str, str]) -> str:
    """A document whose pictures say what they show."""

    def again(match: re.Match[str]) -> str:
        said = answers.get(match["file"], match["said"])
        before, after = (
            match[0][: match.start("said") - match.start()],
            match[0][match.end("said") - match.start() :],
        )
        return f"{before}{said if before.startswith('!') else escape(said)}{after}"

    return IN_HTML.sub(again, IN_MARKDOWN.sub(again, text))


# ------------------------------------------------------------------------------------------------ in chromium
def taken(browser: Browser, width: int, height: int) -> bytes:
    """The upper part of what the browser shows, as WebP."""
    shot = browser.driver.execute_cdp_cmd(
        "Page.captureScreenshot",
        {
            "format": "webp",
            "quality": QUALITY,
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
        },
    )
    return base64.b64decode(shot["data"])


def of_page(browser: Browser, page: Path, section: str) -> bytes:
    """The top of a page and that one section."""
    browser.open(page, WIDTH)
    browser.driver.execute_script(
        "for (const item of document.querySelectorAll('main section'))"
        " if (item.id !== arguments[0]) item.style.display = 'none';",
        section,
    )
    bottom = browser.run("document.getElementById(arguments[0]).getBoundingClientRect().bottom", section)
    return taken(browser, WIDTH, round(bottom))


@contextmanager
def serving(lang: str) -> Iterator[str]:
    """The address of a live page."""
    words = [sys.executable, "-m", "engine", *shlex.split(SERVE)[1:], "--data", "sample", "--port", "0"]
    with subprocess.Popen([*words, "--lang", lang], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            lines = iter(server.stdout.readline, "")
            yield next(found[0] for line in lines if (found := re.search(r"http://\S+", line)))
        finally:
            server.terminate()


def of_live_page(browser: Browser, lang: str) -> Iterator[tuple[str, bytes, str]]:
    """Each window of the live page: its name, its picture and what it answers."""
    with serving(lang) as address:
        for name, (width, height) in WINDOWS.items():
            browser.show(width, False, height)
            browser.driver.get("about:blank")
            browser.driver.get(address)
            browser.wait(SETTLED, 300)
            browser.wait(DRAWN)
            said = browser.run("document.querySelector('#answer .headline').textContent")
            yield name, taken(browser, width, height), " ".join(said.split())


def pictures(names: Collection[str], lang: str, folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """Each picture that was asked for in a language: its file, what is in it, and what its page answers."""
    with chromium(folder / "profile") as browser:
        for name, picture in PICTURES.items():
            if name in names:
                page = made(picture, lang, folder)
                said = answer(page.read_text("utf-8"))
                yield named(name, lang), of_page(browser, page, picture.section), said
        if WINDOWS.keys() & names:
            for name, shot, said in of_live_page(browser, lang):
                yield named(name, lang), shot, said


def main(names: Collection[str]) -> None:
    """Make them, and write what they answer into the documents."""
    answers: dict[str, str] = {}
    FOLDER.mkdir(exist_ok=True)
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            for file, shot, said in pictures(names, lang, Path(folder)):
                if len(shot) >= LARGEST:
                    raise SystemExit(f"{file}: {len(shot)} bytes, allowed fewer than {LARGEST}")
                (FOLDER / file).write_bytes(shot)
                answers[file] = said
    for path in documents():
        text = path.read_text("utf-8")
        if (again := with_answers(text, answers)) != text:
            path.write_text(again, "utf-8")


if __name__ == "__main__":
    main(set(sys.argv[1:]) or {*PICTURES, *WINDOWS})
