"""The pages in a real browser: drawn without an error or a request, wide and narrow, by day and by night."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.formats import columns_csv
from engine.locale import Locale
from engine.report.bootstrap_page import bootstrap_page
from engine.report.chart_specs import round_amounts, yen_tick
from engine.report.claims_page import claims_page
from engine.report.compare_page import compare_page
from engine.report.flows_page import flows_page
from engine.report.page_locale import PageLocale
from engine.report.run_page import run_page
from engine.report.sweep_page import sweep_page
from engine.report.windows_page import windows_page
from engine.studies.grid.statistics import MEASURES
from tests.fake_result import fake_result, watching_flows
from tests.fake_studies import fake_bootstrap, fake_claims, fake_flows, fake_sweep, fake_windows
from tests.unit.test_report_pages import HOSTILE

pytestmark = pytest.mark.browser

PAGES: dict[str, Callable[[str], str]] = {
    "run": lambda lang: run_page(watching_flows(fake_result()), lang),
    "compare": lambda lang: compare_page(
        [fake_result(f"satellite{w:02}", weight=w / 100) for w in (0, 5, 10, 15)], lang
    ),
    "sweep": lambda lang: sweep_page(fake_sweep(), lang),
    "windows": lambda lang: windows_page(fake_windows(), lang),
    "bootstrap": lambda lang: bootstrap_page(fake_bootstrap(), lang),
    "claims": lambda lang: claims_page(fake_claims(), lang),
    "flow_study": lambda lang: flows_page(fake_flows(), lang),
}

OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"
NARROW = "[...document.querySelectorAll('.main-svg')].every(svg => svg.clientWidth <= 390)"
DRAWN = (
    "[...document.querySelectorAll('.plot')].every(p => p.querySelector('.main-svg') && p.clientWidth > 200)"
)
# axe looks at the page; plotly's drawings are pictures with a name and a text beside them
AXE = """
const done = arguments[arguments.length - 1];
const said = (node) => `${node.html.slice(0, 200)} ${node.failureSummary}`;
const text = (v) => `${v.id}: ${v.nodes.slice(0, 3).map(said).join(' | ')}`;
axe.run({exclude: [['.plot']]}, {resultTypes: ['violations']}).then((r) => done(r.violations.map(text)));
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The pages as files, each made once."""
    folder = tmp_path_factory.mktemp("pages")

    def file(kind: str, lang: str = "en") -> Path:
        path = folder / f"{kind}-{lang}.html"
        if not path.exists():
            path.write_text(PAGES[kind](lang), "utf-8")
        return path

    return file


def violations(browser, axe: str) -> list[str]:
    """What axe-core finds wrong with the page as it stands; nothing where axe-core is not installed."""
    if not axe:
        return []
    browser.driver.execute_script(axe)
    return browser.driver.execute_async_script(AXE)


def check(browser, dark: bool) -> None:
    """What must hold for every page in every shape."""
    assert browser.run(OVERFLOW) <= 0
    assert browser.run(DRAWN)
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(21, 23, 26)" if dark else "rgb(253, 253, 251)")
    ink = browser.run("[...document.querySelectorAll('.xtick text')].map(t => t.style.fill)[0] ?? null")
    assert ink in (None, "rgb(169, 173, 179)" if dark else "rgb(86, 90, 96)")
    assert browser.requests() == []
    assert browser.logs() == []


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_in_every_shape(browser, axe, files, kind, lang):
    """Wide and light, then narrow and dark; axe looks at the first in English, at the second in Japanese."""
    browser.open(files(kind, lang))
    check(browser, dark=False)
    assert lang == "ja" or violations(browser, axe) == []
    browser.show(390, dark=True)
    browser.wait(f"{OVERFLOW} <= 0 && {NARROW}")
    check(browser, dark=True)
    assert lang == "en" or violations(browser, axe) == []


def test_axe_looked_at_the_pages(axe):
    if not axe:
        pytest.skip("axe-core-python is not installed (extra: test): contrast and labels were not looked at")


def test_a_phone_opens_a_report(browser, files):
    browser.open(files("run", "ja"), width=390, dark=True)
    check(browser, dark=True)
    assert browser.run("document.documentElement.lang") == "ja"


def test_a_report_of_25_daily_years_opens_in_two_seconds(browser, files):
    """From the click to text on the screen; the first of two, as a person's browser is warm."""
    path, shown, drawn = files("run"), [], []
    for _ in range(2):
        start = time.monotonic()
        browser.open(path)
        drawn.append(time.monotonic() - start)
        shown.append(browser.run("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert path.stat().st_size < 2_500_000
    assert min(shown) < 2_000
    assert min(drawn) < 8  # every one of its pictures, those out of sight too, on a busy machine


def test_the_theme_can_be_switched_by_key(browser, files):
    browser.open(files("claims"))
    browser.driver.find_element("id", "theme").send_keys("\n")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
    assert browser.run("document.getElementById('theme').textContent") == "Light"
    browser.driver.find_element("id", "theme").send_keys("\n")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(253, 253, 251)"


ONE_LINE = "[...document.querySelectorAll('.banner summary')].map(s => s.clientHeight < 45)"
ALL_SEEN = "[...document.querySelectorAll('.banner summary')].map(s => s.scrollWidth <= s.clientWidth)"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_warnings_are_a_line_each_that_opens_by_key_and_prints_whole(browser, files, lang):
    from selenium.webdriver.common.keys import Keys

    browser.open(files("run", lang), 390)
    assert browser.run(ONE_LINE) == [True, True]
    bottom = browser.run("document.querySelector('.headline').getBoundingClientRect().bottom")
    assert bottom < 844, "the answer is on a phone's first screen"
    summary = browser.driver.find_element("css selector", ".banner summary")
    summary.send_keys(Keys.ENTER)
    assert browser.run("document.querySelector('.banner details').open")
    assert browser.run(ALL_SEEN)[0]
    summary.send_keys(Keys.ENTER)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.run(ALL_SEEN) == [True, True]
        assert browser.run("document.querySelector('.banner details').clientHeight") > 60
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_months_stand_whole_on_a_phone(browser, files):
    browser.open(files("run"), 390)
    assert browser.run(
        "(m => m.scrollWidth <= m.parentElement.clientWidth)(document.querySelector('.months'))"
    )
    cells = "[...document.querySelectorAll('.months td')].every(c => c.scrollWidth <= c.clientWidth + 1)"
    assert browser.run(cells)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_downturns_stand_whole_on_a_phone_each_figure_with_its_label(browser, files, lang):
    browser.open(files("run", lang), 390)
    table = "document.querySelector('.stacked')"
    assert browser.run(f"(t => t.parentElement.scrollWidth <= t.parentElement.clientWidth)({table})")
    heads = browser.run(f"[...{table}.querySelectorAll('thead th')].slice(1).map(h => h.textContent)")
    rows = f"[...{table}.querySelectorAll('tbody tr')]"
    label = "getComputedStyle(c, '::before').content.slice(1, -1)"
    shown = browser.run(f"{rows}.map(r => [...r.querySelectorAll('td')].map(c => {label}))")
    assert shown
    assert all(row == heads for row in shown)
    browser.show(1280, dark=False)
    assert browser.run(f"getComputedStyle({table}.querySelector('td'), '::before').content") == "none"


@pytest.mark.parametrize("name", ["windows", "bootstrap"])
def test_a_table_of_many_columns_stands_whole_on_a_phone(browser, files, name):
    browser.open(files(name, "ja"), 390)
    tables = "[...document.querySelectorAll('.stacked.named')].filter(t => t.offsetParent)"
    assert browser.run(f"{tables}.length")
    assert browser.run(f"{tables}.every(t => t.parentElement.scrollWidth <= t.parentElement.clientWidth)")
    assert browser.run(f"{tables}.every(t => [...t.querySelectorAll('td')].every(c => c.dataset.label))")
    assert browser.run(
        f"{tables}.every(t => [...t.querySelectorAll('td')].every(c => c.scrollWidth <= c.clientWidth))"
    )


def test_switching_the_theme_recolours_the_pictures(browser, files):
    browser.open(files("bootstrap"))
    line = "document.querySelector('[data-figure=fan0] .js-line').style.stroke"
    before = browser.run(line)
    browser.driver.find_element("id", "theme").click()
    browser.wait(f"{line} !== '{before}'", 5)
    assert browser.run(line) == "rgb(116, 174, 232)"


def test_the_slider_redraws_at_once(browser, files):
    from selenium.webdriver.common.keys import Keys

    browser.open(files("sweep"))
    marker = "document.querySelector('[data-figure=fan] .points path').getAttribute('transform')"
    frame = "document.querySelector('[data-figure=heat] .shapelayer path').getAttribute('d')"
    state = f"[document.getElementById('slider-value').textContent, {marker}, {frame}]"
    before = browser.run(state)
    slider = browser.driver.find_element("id", "slider")
    slider.send_keys(Keys.ARROW_LEFT)
    after = browser.run(state)
    assert all(old != new for old, new in zip(before, after))
    slider.send_keys(Keys.HOME)
    assert browser.run("document.getElementById('slider').getAttribute('aria-valuetext')") == "0%"
    row = browser.run("[...document.querySelectorAll('#readout tbody tr')].map(r => r.textContent)[0]")
    assert row.strip().startswith("Annual return on the money (XIRR)")
    took = browser.run("""(() => {
        const slider = document.getElementById('slider');
        const start = performance.now();
        for (let i = 1; i <= 10; i++) { slider.value = i; slider.dispatchEvent(new Event('input')); }
        return (performance.now() - start) / 10;
    })()""")
    assert browser.run("document.getElementById('slider-value').textContent") == "10%"
    assert took < 400  # milliseconds for all three pictures, on a busy machine
    assert browser.logs() == []


def test_what_the_slider_shows_is_the_study(browser, files):
    """The script's reading of the packed cube, against the study's own array."""
    summary = fake_sweep().summary
    browser.open(files("sweep"))
    browser.driver.execute_script("""
        document.getElementById('axis1').value = '0';
        document.getElementById('axis2').value = '3';
        const slider = document.getElementById('slider');
        slider.value = 12;
        slider.dispatchEvent(new Event('input'));
    """)
    cells = "[...row.cells].map(cell => cell.textContent)"
    rows = browser.run(f"[...document.querySelectorAll('#readout tbody tr')].map(row => {cells})")
    at = {name: (rows[m][1:], summary.values[m, :, 12, 0, 3]) for m, name in enumerate(MEASURES)}
    for name in ("xirr", "max_drawdown"):
        texts, expected = at[name]
        assert texts == [f"{x * 100:.2f}%".replace("-", "−") for x in expected]
    texts, expected = at["final_value"]
    shown = [float(text.lstrip("¥").replace(",", "")) for text in texts]
    assert shown == pytest.approx(expected.tolist(), rel=1e-6)
    note = browser.run("document.getElementById('readout-note').textContent")
    assert f"{summary.windows[12, 0, 3]:.0f}" in note
    assert f"{summary.columns['beat_core'][12, 0, 3]:.2%}" in note


def test_the_lists_change_the_pictures_of_windows(browser, files):
    browser.open(files("windows"))
    line = "document.querySelector('[data-figure-of^=timeline] .js-line').getAttribute('d')"
    before = browser.run(line)
    browser.driver.execute_script("""
        const list = document.querySelector('select[data-choice=horizon]');
        list.value = '1';
        list.dispatchEvent(new Event('input'));
    """)
    browser.wait(f"{line} !== {before!r}", 5)
    visible = "[...document.querySelectorAll('[data-when]')].filter(p => !p.hidden).map(p => p.dataset.when)"
    assert all("horizon=0" not in when for when in browser.run(visible))
    assert browser.logs() == []


@pytest.mark.parametrize("kind", ["run", "sweep", "windows"])
def test_hostile_names_stay_text(browser, tmp_path, kind):
    path = tmp_path / "hostile.html"
    path.write_text(HOSTILE[kind](), "utf-8")
    browser.open(path)
    assert browser.run("document.images.length") == 0
    assert browser.run("document.querySelectorAll('.plot a').length") == 0
    assert browser.requests() == []
    assert browser.logs() == []


def test_a_download_is_the_csv(browser, files, tmp_path):
    browser.open(files("run"))
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    browser.driver.execute_script("document.querySelector('a[download$=\"years.csv\"]').click()")
    target = tmp_path / "satellite10-years.csv"
    for _ in range(100):
        if target.exists():
            break
        time.sleep(0.05)
    assert target.read_bytes().decode() == columns_csv(fake_result().years)


def test_a_report_prints_in_light(browser, files):
    browser.open(files("run"), dark=True)
    pdf = base64.b64decode(
        browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"]
    )
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 30_000
    browser.wait("document.getElementById('dark').media.includes('prefers')")
    assert browser.logs() == []


def test_what_hovers_over_money_is_said_as_people_say_it(browser, files):
    browser.open(files("run", "ja"))
    plot = "document.querySelector('[data-figure=value]')"
    browser.run(f"{plot}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    x, y, width, height = browser.run(
        f"(({{x, y, width, height}}) => [x, y, width, height])({plot}.getBoundingClientRect())"
    )
    for step in range(3):
        move = {"type": "mouseMoved", "x": x + width * 0.7 + step, "y": y + height * 0.4}
        browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", move)
    texts = "[...document.querySelectorAll('[data-figure=value] .hoverlayer .legendtext')].map(t => t.textContent)"
    browser.wait(f"{texts}.length > 1")
    said = browser.run(texts)
    assert all(re.search(r": (\d+億)?[\d,.]+万?円$", line) for line in said), said


def test_the_script_says_yen_as_the_program_does(browser, files):
    amounts = [0, 9_999, 10_000, 999_499, 999_500, 12_345_678, 100_000_000, 226_504_239, -6_817_216, 1.5e12]
    browser.open(files("run", "ja"))
    said = browser.run(f"{amounts}.map(window.backtest.yen)")
    assert said == [PageLocale("ja", "JPY", "−").money(amount) for amount in amounts]
    marks = browser.run("window.backtest.yenMarks(0, 226504239)")
    spots = round_amounts(0, 226_504_239)
    assert marks["tickvals"] == spots
    assert marks["ticktext"] == [yen_tick(spot, Locale("ja")) for spot in spots]


def test_without_scripts_a_sweep_is_tables(browser, files):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(files("sweep", "ja").as_uri())
        heat = browser.driver.find_element("css selector", "#heat table")
        assert heat.is_displayed()
        assert len(heat.find_elements("css selector", "tbody tr")) == 31
        assert not browser.driver.find_element("css selector", ".controls").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
