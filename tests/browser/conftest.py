"""One headless chromium for all browser tests; where it is missing they are skipped, visibly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


class Browser:
    """A page in chromium: opened, resized, darkened, asked."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path, width: int = 1280, dark: bool = False) -> None:
        """Open a file and wait until all of its figures are drawn."""
        self.events()
        self.logs()
        self.show(width, dark)
        self.driver.get(path.as_uri())
        self.wait("document.documentElement.dataset.drawn === 'all'")

    def show(self, width: int, dark: bool, height: int = 900) -> None:
        """Change the window's size and the preferred colours."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})

    def run(self, script: str, *values: Any) -> Any:
        """The value of a JavaScript expression."""
        return self.driver.execute_script(f"return ({script})", *values)

    def wait(self, condition: str, seconds: float = 30) -> None:
        """Wait until a JavaScript expression is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, seconds, 0.05).until(lambda _: self.run(condition))

    def logs(self) -> list[str]:
        """What the console said since the last question."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def events(self) -> list[dict[str, Any]]:
        """What the browser did since the last question."""
        return [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]

    def requests(self) -> list[str]:
        """Every address that was asked for, but the file, what it carries inside, and the browser's own."""
        sent = [
            e["params"]["request"]["url"] for e in self.events() if e["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in sent if not url.startswith(("file:", "data:", "chrome:"))]


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Chromium, closed at the end. ``profile``: a folder of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with a profile of its own."""
    if not (shutil.which("chromium") or shutil.which("google-chrome")) or not shutil.which("chromedriver"):
        pytest.skip("no chromium or chromedriver here (Debian: apt-get install chromium chromium-driver)")
    if find_spec("selenium") is None:
        pytest.skip("selenium is not installed (extra: test)")
    with chromium(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture(autouse=True)
def own_logs(request: pytest.FixtureRequest) -> None:
    """What the browser said and did in another test, in any order of them, is not this one's."""
    if "browser" in request.fixturenames:
        found = request.getfixturevalue("browser")
        found.logs()
        found.events()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, as a package of the test extra carries it; '' where none is installed."""
    for package in ("axe_core_python", "axe_playwright_python"):
        spec = find_spec(package)
        if spec and spec.origin and (script := Path(spec.origin).with_name("axe.min.js")).exists():
            return script.read_text("utf-8")
    return ""
