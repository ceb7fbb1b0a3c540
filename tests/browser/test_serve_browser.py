"""The live page in a real browser: on a phone and a desk, by day and by night, by mouse, keyboard and reader."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.config import config_hash, override, parse_config
from engine.locale import languages
from engine.report.answer import texts
from engine.report.html import page_locale
from engine.report.run_answer import run_answer
from engine.run import run
from engine.web.amounts import Amounts
from engine.web.link import config_of, fragment, link_of
from engine.web.plan import PLAN
from engine.web.starts import WEIGHT
from tests.browser.test_report_browser import OVERFLOW, violations
from tests.web.conftest import TOKEN, serving

pytestmark = pytest.mark.browser

CONFIG = parse_config(PLAN)
ANSWERS = "+(document.documentElement.dataset.answers || 0)"
STILL = "document.documentElement.dataset.state === 'still'"
HEADLINE = "document.querySelector('#answer .headline')?.textContent.trim() ?? ''"
SLIDER = "strategy-allocation-satellite-weight"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def address(out: Path) -> Iterator[str]:
    from engine.web import pages

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "FUTURES", (50, 100))
        with serving(out) as found:
            yield found


@pytest.fixture
def page(browser, address):
    """Opens the page, and waits until everything has been filled in."""

    def opened(
        width: int = 1280, *, dark: bool = False, lang: str = "en", plans=(CONFIG,), token: str = ""
    ) -> str:
        browser.show(width, dark)
        browser.driver.get("about:blank")
        browser.events()
        browser.logs()
        url = f"{address}/?lang={lang}{f'&token={token}' if token else ''}#{fragment(plans)}"
        browser.driver.get(url)
        settled(browser, 0)
        return url

    return opened


def settled(browser, before: int) -> None:
    browser.wait(f"{ANSWERS} > {before} && {STILL}", 120)


def headline(config, lang: str) -> str:
    locale = page_locale(lang, config.currency)
    return texts(run_answer(run(config, source="sample")), locale)["answer"]


def at(browser, name: str, value: object) -> None:
    """Set a control as a person does."""
    before = browser.run(ANSWERS)
    browser.driver.execute_script(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event('input', {bubbles: true}));",
        name,
        str(value),
    )
    settled(browser, before)


def held(browser) -> dict[str, list[str]]:
    return parse_qs(urlsplit(browser.run("location.href")).fragment)


def several(lang: str):
    """A plan with several of everything that there may be several of."""
    locale = page_locale(lang, "JPY")
    config = override(CONFIG, {"strategy.withdrawals": {"type": "fixed", "amount": 1_000}})
    for add in ("strategy-contributions", "strategy-withdrawals", "strategy-goals", "holdings-positions"):
        config = Amounts(config, locale).pressed(f"add-{add}")
    return override(config, {"strategy.goals.0.date": "2020-01-06"})


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_in_every_shape(browser, axe, address, page, width, lang):
    dark = (width == 390) == (lang == "en")
    config = several(lang) if dark else CONFIG
    page(width, dark=dark, lang=lang, plans=(config,))
    browser.driver.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.run(HEADLINE) == headline(config, lang)
    assert browser.run(OVERFLOW) <= 0
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(21, 23, 26)" if dark else "rgb(253, 253, 251)")
    assert violations(browser, axe) == []
    assert browser.logs() == []
    sent = [url for url in browser.requests() if not url.startswith(f"{address}/")]
    assert sent == []  # offline: nothing but this machine is asked
    browser.driver.execute_script("document.getElementById('h-futures').scrollIntoView()")
    browser.wait("!!document.querySelector('[data-live=fan] .main-svg')")
    assert browser.run(OVERFLOW) <= 0
    assert browser.logs() == []


def test_the_slider_moves_the_answer_the_curve_and_the_address(browser, page):
    from selenium.webdriver.common.keys import Keys

    page()
    marker = "document.querySelector('[data-live=curve] .shapelayer path')?.getAttribute('d') ?? ''"
    browser.driver.execute_script("document.getElementById('h-starts').scrollIntoView()")
    browser.wait(f"{marker} !== ''")
    before, drawn = browser.run(marker), browser.run(ANSWERS)
    slider = browser.driver.find_element("id", SLIDER)
    slider.send_keys(Keys.ARROW_RIGHT)
    settled(browser, drawn)
    expected = override(CONFIG, {WEIGHT: 0.11})
    assert browser.run(HEADLINE) == headline(expected, "en")
    browser.wait(f"{marker} !== {before!r}")
    assert browser.run(f"document.getElementById('{SLIDER}').getAttribute('aria-valuetext')") == "11%"
    assert browser.run("document.getElementById('spoken').textContent").strip() == headline(expected, "en")
    assert config_hash(config_of(held(browser)["plan"][0])) == config_hash(expected)
    assert browser.run(f"document.activeElement.id === '{SLIDER}'")
    slider.send_keys(Keys.HOME)
    settled(browser, drawn + 1)
    assert browser.run(HEADLINE) == headline(override(CONFIG, {WEIGHT: 0.0}), "en")
    assert browser.logs() == []


def test_while_it_moves_the_last_place_wins(browser, page):
    page()
    browser.driver.execute_script(
        """
        const slider = document.getElementById(arguments[0]);
        let place = 0;
        const timer = setInterval(() => {
          slider.value = ++place;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          if (place === 30) { clearInterval(timer); window.moved = true; }
        }, 20);
        """,
        SLIDER,
    )
    browser.wait("window.moved === true")
    browser.wait(STILL, 120)
    assert browser.run(HEADLINE) == headline(override(CONFIG, {WEIGHT: 0.30}), "en")
    assert browser.logs() == []


def test_every_control_of_the_plan(browser, page):
    """By what a person types: numbers with commas and full width, lists that draw others anew, an empty bonus."""
    page(lang="ja")
    at(browser, "strategy-contributions-amount", "５０,０００円")
    at(browser, "strategy-contributions-bonus", "200000")
    at(browser, "costs-broker", '{"costs.broker": "sbi"}')
    at(browser, "idle-cash-yield", "0.1")
    at(
        browser,
        "strategy-rebalancing",
        browser.run("document.querySelector('#strategy-rebalancing option:nth-child(4)').value"),
    )
    at(browser, "strategy-rebalancing-width", "3")
    config = config_of(held(browser)["plan"][0])
    money = config.strategy.contributions
    assert (money.amount, money.bonus.amount, money.bonus.months) == (50_000, 200_000, (6, 12))
    assert (config.costs.broker, config.idle_cash.yield_) == ("sbi", 0.001)
    assert (config.strategy.rebalancing.type, config.strategy.rebalancing.width) == ("band", 0.03)
    assert browser.run(HEADLINE) == headline(config, "ja")
    at(browser, "strategy-contributions-bonus", "")
    at(
        browser,
        "strategy-allocation",
        browser.run("document.querySelector('#strategy-allocation option:nth-child(2)').value"),
    )
    assert browser.run(f"document.getElementById('{SLIDER}')") is None
    at(browser, "strategy-allocation-weights", "VOO 70、IWM 30%")
    config = config_of(held(browser)["plan"][0])
    assert config.strategy.contributions.bonus is None
    assert config.strategy.allocation.weights == {"VOO": 0.7, "IWM": 0.3}
    at(browser, "currency", browser.run("document.querySelector('#currency option:nth-child(2)').value"))
    config = config_of(held(browser)["plan"][0])
    assert (config.currency, config.accounts, config.strategy.contributions.amount) == (
        "USD",
        ("plain",),
        500,
    )
    assert browser.run(HEADLINE) == headline(config, "ja")
    assert browser.logs() == []


def test_contributions_come_and_go_by_keyboard(browser, page):
    page()
    focused = "document.activeElement.id"
    for n in (1, 2):
        before = browser.run(ANSWERS)
        browser.driver.find_element("id", "add-strategy-contributions").send_keys("\n")
        settled(browser, before)
        assert browser.run(focused) == f"strategy-contributions-{n}-name"
    at(browser, "strategy-contributions-1-amount", "30,000")
    at(browser, "strategy-contributions-1-from", "2010-04-01")
    before = browser.run(ANSWERS)
    browser.driver.execute_script(  # what was typed last is taken before the button that follows it
        "const e = document.getElementById('strategy-contributions-1-until'); e.value = '2015-03-31';"
        "e.dispatchEvent(new Event('input', {bubbles: true}));"
        "document.getElementById('remove-strategy-contributions-2').click();"
    )
    settled(browser, before)
    assert browser.run(focused) == "add-strategy-contributions"
    config = config_of(held(browser)["plan"][0])
    first, second = config.strategy.contributions
    assert (first.amount, second.amount, second.name) == (100_000, 30_000, "Contribution 2")
    assert (str(second.from_), str(second.until)) == ("2010-04-01", "2015-03-31")
    legends = "[...document.querySelectorAll('fieldset legend')].map((e) => e.textContent).join()"
    assert browser.run(legends) == "Contribution 1,Contribution 2"
    assert browser.run(HEADLINE) == headline(config, "en")
    before = browser.run(ANSWERS)
    browser.driver.find_element("id", "remove-strategy-contributions-0").send_keys("\n")
    settled(browser, before)
    config = config_of(held(browser)["plan"][0])
    assert config.strategy.contributions.amount == 30_000
    assert browser.run("document.getElementById('strategy-contributions-from').value") == "2010-04-01"
    assert browser.logs() == []


def test_holdings_at_the_start(browser, page):
    page(lang="ja")
    at(browser, "holdings-cash", "500000")
    before = browser.run(ANSWERS)
    browser.driver.execute_script("document.getElementById('add-holdings-positions').click()")
    settled(browser, before)
    at(browser, "holdings-positions-0-units", "20")
    at(browser, "holdings-positions-0-account", '{"holdings.positions.0.account": "taxable"}')
    config = config_of(held(browser)["plan"][0])
    (place,) = config.holdings.positions
    assert config.holdings.cash == 500_000
    assert (place.asset, place.account, place.units, place.value) == ("VOO", "taxable", 20.0, None)
    assert browser.run(HEADLINE) == headline(config, "ja")
    schedule = "document.querySelector('#strategy-contributions option:nth-child(5)').value"
    at(browser, "strategy-contributions", browser.run(schedule))
    at(browser, "strategy-contributions-entries", "2005-01-04 1,000,000\n2006-01-04：２００００００")
    entries = config_of(held(browser)["plan"][0]).strategy.contributions.entries
    assert [(str(item.date), item.amount) for item in entries] == [("2005-01-04", 1e6), ("2006-01-04", 2e6)]
    before = browser.run(ANSWERS)
    browser.driver.execute_script("document.getElementById('remove-holdings-positions-0').click()")
    settled(browser, before)
    at(browser, "holdings-cash", "")
    assert config_of(held(browser)["plan"][0]).holdings is None
    assert browser.logs() == []


def test_what_is_refused_is_a_sentence_and_can_be_undone(browser, page):
    page()
    before = browser.run(HEADLINE)
    browser.driver.execute_script(
        "const e = document.getElementById('period-end'); e.value = '1999-01-01';"
        "e.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    browser.wait("!document.getElementById('problem').hidden")
    text = browser.run("document.getElementById('problem').textContent")
    assert text.startswith('set: period.end: came "1999-01-01"')
    assert browser.run("document.getElementById('problem').getAttribute('role')") == "alert"
    assert browser.run(HEADLINE) == before
    drawn = browser.run(ANSWERS)
    browser.driver.execute_script("document.getElementById('undo').click()")
    settled(browser, drawn)
    assert browser.run("document.getElementById('problem').hidden")
    assert browser.run("document.getElementById('period-end').value") == "2025-12-31"
    assert all("422" in line for line in browser.logs())  # the browser's own note of the answer


def test_an_answer_that_breaks_off_leaves_no_figures_of_the_plan_before(browser, page, monkeypatch):
    from engine.web import pages
    from engine.web.work import Busy

    def busy(*_: object) -> None:
        raise Busy

    page()
    assert browser.run("document.getElementById('law').textContent.trim().length")
    monkeypatch.setattr(pages.live, "law_part", busy)
    browser.driver.execute_script(
        "const e = document.getElementById('strategy-contributions-amount'); e.value = '50000';"
        "e.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    browser.wait("!document.getElementById('problem').hidden")
    assert browser.run(HEADLINE) == headline(
        override(CONFIG, {"strategy.contributions.amount": 50_000}), "en"
    )  # this was told before
    assert browser.run("document.getElementById('law').textContent.trim()") == ""
    assert browser.run("document.getElementById('futures-answer').textContent.trim()") == ""
    for figure in ("quota", "fan"):
        assert browser.run(f"document.getElementById('figure-{figure}').hidden")
    assert not browser.run("document.getElementById('figure-value').hidden")


def test_a_link_opens_to_its_plan_and_its_pins(browser, page):
    other = override(CONFIG, {"name": "other", WEIGHT: 0.3})
    page(plans=(other, CONFIG))
    assert browser.run("document.title") == "other"
    assert browser.run(HEADLINE) == headline(other, "en")
    browser.wait("document.querySelectorAll('#compared thead th').length === 3", 60)
    drawn = browser.run(ANSWERS)
    browser.driver.execute_script("location.hash = arguments[0]", "#" + fragment((CONFIG,)))
    settled(browser, drawn)
    assert browser.run("document.title") == "plan"
    browser.wait("document.querySelectorAll('#compared thead th').length === 0", 60)
    browser.driver.execute_script("location.hash = '#plan=1.damaged'")
    browser.wait("!document.getElementById('problem').hidden", 60)
    assert browser.run("document.getElementById('problem').textContent").startswith(
        "link: the link is damaged"
    )


def test_up_to_five_plans_are_pinned(browser, page):
    page()
    for n in range(1, 5):
        browser.driver.execute_script("document.getElementById('pin').click()")
        browser.wait(f"document.querySelectorAll('#pins button').length === {n}")
        at(browser, SLIDER, 5 * n + 10)
    browser.wait("document.querySelectorAll('#compared thead th').length === 6", 60)
    assert browser.run("document.getElementById('pin').disabled")
    assert len(held(browser)["pin"]) == 4
    browser.driver.execute_script("document.querySelector('#pins button').click()")
    browser.wait("document.querySelectorAll('#compared thead th').length === 5", 60)
    assert len(held(browser)["pin"]) == 3


def test_an_older_comparison_takes_no_newer_ones_place(browser, page):
    page()
    browser.driver.execute_script(
        "const ask = window.fetch; window.late = 0; window.fetch = async (url, options) => {"
        "  const found = await ask(url, options);"
        "  if (url === '/live/compare') { await new Promise((go) => setTimeout(go, 1500)); late += 1; }"
        "  return found; };"
        "document.getElementById('pin').click(); document.querySelector('#pins button').click()"
    )
    browser.wait("window.late === 1", 60)
    time.sleep(0.3)
    assert browser.run("document.getElementById('compared').textContent") == ""


def test_a_plan_is_downloaded_copied_and_written(browser, page, out, tmp_path):
    page(token=TOKEN)
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    browser.driver.execute_script("document.querySelector('form[action=\"/yaml\"] button').click()")
    target = tmp_path / "plan.yaml"
    for _ in range(200):
        if target.exists():
            break
        time.sleep(0.05)
    assert config_hash(parse_config(target.read_text("utf-8"))) == config_hash(CONFIG)
    assert (
        browser.run("document.getElementById('command').textContent")
        == "backtest run plan.yaml --data sample"
    )
    browser.driver.execute_script("document.getElementById('save').click()")
    browser.wait("document.getElementById('kept').textContent.includes('Written to plan')", 60)
    assert (out / "plan" / "report.html").exists()
    windows = len(browser.driver.window_handles)
    browser.driver.execute_script("document.querySelector('form[action=\"/report\"] button').click()")
    browser.wait("true")
    for _ in range(200):
        if len(browser.driver.window_handles) > windows:
            break
        time.sleep(0.05)
    first, *others = browser.driver.window_handles
    browser.driver.switch_to.window(others[-1])
    try:
        browser.wait("document.documentElement.dataset.drawn === 'all'", 60)
        assert browser.run("document.querySelector('.headline').textContent.trim()") == headline(CONFIG, "en")
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(first)


def test_without_the_token_nothing_can_be_written(browser, page):
    page()
    assert browser.run("document.getElementById('save').hidden")


def test_a_plan_as_yaml(browser, page):
    page()
    drawn = browser.run(ANSWERS)
    browser.driver.execute_script(
        "const y = document.getElementById('yaml'); y.value = y.value.replace('amount: 100000', 'amount: 30000');"
        "document.getElementById('apply').click();"
    )
    settled(browser, drawn)
    config = config_of(held(browser)["plan"][0])
    assert config.strategy.contributions.amount == 30_000
    assert browser.run("document.getElementById('strategy-contributions-amount').value") == "30000"
    assert browser.run(HEADLINE) == headline(config, "en")


def test_the_other_language_keeps_the_plan(browser, page):
    page(plans=(override(CONFIG, {WEIGHT: 0.2}),))
    browser.driver.execute_script("document.querySelector('[data-lang=ja]').click()")
    browser.wait("document.documentElement.lang === 'ja'")
    settled(browser, 0)
    assert browser.run(HEADLINE) == headline(override(CONFIG, {WEIGHT: 0.2}), "ja")
    assert link_of(override(CONFIG, {WEIGHT: 0.2})) in held(browser)["plan"]


def test_the_theme_is_switched_by_key(browser, page):
    page()
    browser.driver.find_element("id", "theme").send_keys("\n")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"


def test_a_server_that_has_ended_is_said_so(browser, tmp_path, page):
    with serving(tmp_path) as gone:
        browser.show(1280, False)
        browser.driver.get(f"{gone}/?lang=en#{fragment((CONFIG,))}")
        browser.wait(f"{HEADLINE} !== ''", 60)
    browser.driver.execute_script(
        "const e = document.getElementById(arguments[0]); e.value = 3;"
        "e.dispatchEvent(new Event('input', {bubbles: true}));",
        SLIDER,
    )
    browser.wait("!document.getElementById('problem').hidden", 30)
    assert "does not answer" in browser.run("document.getElementById('problem').textContent")
    browser.logs()


def test_the_page_in_a_notebook(browser, tmp_path):
    """The widget's own front end and frame; a stand-in for Jupyter carries messages to Python and back."""
    import queue

    pytest.importorskip("anywidget")
    from engine import explore

    widget, told = explore(CONFIG, source="sample", lang="ja"), queue.Queue()
    widget.send = lambda content, buffers=None: told.put(content)
    script = widget._esm.replace("export default", "const front =")
    page = tmp_path / "notebook.html"
    page.write_text(
        "<!doctype html><title>notebook</title><div id=cell></div><script>window.said = [];"
        "const model = {get: (name) => ({title: 'mine', height: 900})[name], send: (m) => said.push(m),"
        "on: (_, hear) => (window.hear = hear), off() {}};"
        f"{script} front.render({{model, el: document.getElementById('cell')}});</script>",
        "utf-8",
    )
    browser.show(1280, False)
    browser.driver.get(page.as_uri())

    def until(condition: str) -> None:
        """Carry messages until a condition holds inside the frame."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            browser.driver.switch_to.default_content()
            for message in browser.run("said.splice(0)"):
                widget._handle_custom_msg(message, [])
            while not told.empty():
                browser.driver.execute_script("window.hear(arguments[0])", told.get())
            browser.driver.switch_to.frame(0)
            if browser.run(condition):
                return
            time.sleep(0.02)
        raise AssertionError(condition)

    try:
        until(f"{HEADLINE} !== ''")
        assert browser.run(HEADLINE) == headline(CONFIG, "ja")
        browser.driver.execute_script("document.getElementById('h-starts').scrollIntoView()")
        until("!!document.querySelector('[data-live=curve] .main-svg')")
        moved = override(CONFIG, {WEIGHT: 0.21})
        browser.driver.execute_script(
            "const e = document.getElementById(arguments[0]); e.value = 21;"
            "e.dispatchEvent(new Event('input', {bubbles: true}));",
            SLIDER,
        )
        until(f"{HEADLINE} === {headline(moved, 'ja')!r}")
        assert config_hash(widget.config) == config_hash(moved)
        assert [line for line in browser.logs() if "favicon" not in line] == []
    finally:
        browser.driver.switch_to.default_content()
        browser.driver.get("about:blank")
