"""What a person feels who moves a slider of the live page: from the event to the figures on the screen.

A server in a process of its own, on the embedded sample or with ``--data``; the plan holds two assets, NISA and a
taxable account, whole shares, 25 years of daily prices and all start months of ten years. Three rounds: the JSON
API alone, a real browser (chromium, where it is installed), and memory over many changes. Medians and 95 % points;
the machine's load stands in the first line, and beside the wall clock the CPU time of the server for each answer,
which other work on the machine does not lengthen so much.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "configs/satellite10.yaml"
WEIGHT, AMOUNT = "strategy.allocation.satellite_weight", "strategy.contributions.amount"
SLIDER, TYPED = "strategy-allocation-satellite-weight", "strategy-contributions-amount"

# Moves a control as a hand does: on as soon as the page shows what the last move came to. In the page itself:
# a driver that asks all the time whether it is there takes the processor from those who answer.
MOVE = """
const [place, values, done] = arguments;
(async () => {
  const control = document.getElementById(place), times = (window.took = []);
  for (const [at, value] of values.entries()) {
    control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    while (times.length <= at) await new Promise((go) => setTimeout(go, 1));
  }
  done(times);
})();
"""


@contextmanager
def server(source: str) -> Iterator[tuple[int, str, float]]:
    """Process number, address, and the seconds until it was there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "engine", "serve", CONFIG, "--data", source, "--port", "0", "--json"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            text += process.stdout.readline()
        yield process.pid, json.loads(text)["address"], time.perf_counter() - begun
    finally:
        process.kill()
        process.communicate()


class Client:
    """Asks the API."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self.base, self.link = f"http://{place.netloc}", parse_qs(place.fragment)["plan"][0]

    def ask(self, path: str, until: str = "", **more: Any) -> float:
        """Milliseconds until the answer is there, or the first event that holds ``until``."""
        body = json.dumps({"link": self.link, **more}).encode()
        request = urllib.request.Request(self.base + path, body, {"content-type": "application/json"})
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=120) as answer:
            for line in answer if until else ():
                if until.encode() in line:
                    break
            if not until:
                answer.read()
            return 1000 * (time.perf_counter() - begun)


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return 0.0


def cpu(pid: int) -> float:
    """Seconds of CPU time that a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measured(pid: int, name: str, times: Callable[[], list[float]], limit: float | None = None) -> None:
    """A line of the table."""
    begun = cpu(pid)
    found = times()
    shown(name, found, 1000 * (cpu(pid) - begun) / len(found), limit)


def shown(name: str, times: list[float], used: float, limit: float | None = None) -> None:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    goal = "" if limit is None else f"   goal p95 < {limit:g}: {'yes' if p95 < limit else 'no'}"
    print(
        f"{name:58} {statistics.median(times):8.1f} {p95:8.1f} {used:8.1f} {len(times):5}{goal}", flush=True
    )


def api(client: Client, pid: int, rounds: int) -> None:
    few = max(5, rounds // 5)

    def asked(
        count: int, path: str, key: str, values: Callable[[int], float], until: str = ""
    ) -> Callable[[], list[float]]:
        more = {"futures": False} if path == "/live" else {}
        return lambda: [client.ask(path, until, set={key: values(n)}, **more) for n in range(count)]

    weights, first = (lambda n: n % 31 / 100), "event: starts"
    measured(pid, "one run (another weight each time)", asked(rounds, "/api/run", WEIGHT, weights), 30)
    measured(pid, "one run (another amount)", asked(rounds, "/api/run", AMOUNT, lambda n: 50_000 + n), 30)
    measured(
        pid, "all start months, 31 weights (amount)", asked(few, "/api/starts", AMOUNT, lambda n: 60_000 + n)
    )
    measured(
        pid, "first curve of the page (amount)", asked(few, "/live", AMOUNT, lambda n: 70_000 + n, first), 100
    )
    client.ask("/live", futures=False)
    measured(pid, "first curve of the page (weight)", asked(rounds, "/live", WEIGHT, weights, first), 100)


def browser(address: str, pid: int, rounds: int) -> None:
    chromium, driver_path = (
        shutil.which("chromium") or shutil.which("google-chrome"),
        shutil.which("chromedriver"),
    )
    if not chromium or not driver_path:
        print("no chromium here: the browser was not measured")
        return
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    with tempfile.TemporaryDirectory() as profile:
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(driver_path))
        try:
            driver.set_window_size(1280, 1600)
            driver.set_script_timeout(300)
            driver.get(address)
            wait(driver, "!!document.querySelector('#answer .headline') && !!(window.took ??= [])")
            wait(driver, "document.documentElement.dataset.state === 'still'")
            for name, place, values in (
                (
                    "browser: the weight's slider, to the redrawn curve",
                    SLIDER,
                    [n % 31 for n in range(rounds)],
                ),
                (
                    "browser: the amount, to the first curve",
                    TYPED,
                    [50_000 + 100 * n for n in range(max(5, rounds // 4))],
                ),
            ):
                used = cpu(pid)
                times = driver.execute_async_script(MOVE, place, [str(value) for value in values])
                shown(name, times, 1000 * (cpu(pid) - used) / len(times), 100)
        finally:
            driver.quit()


def wait(driver: Any, condition: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not driver.execute_script(f"return ({condition})"):
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {condition}")
        time.sleep(0.005)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--changes", type=int, default=10_000, help="for the memory; 0 leaves it out")
    given = parser.parse_args()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load} before the start; prices: {given.data}\n")
    with server(given.data) as (pid, address, seconds):
        client = Client(address)
        page = len(urllib.request.urlopen(client.base).read())
        print(f"the address was there after {seconds:.1f} s; the page's HTML has {page / 1000:.1f} kB")
        print(f"first answer {client.ask('/live', 'event: run', futures=False):.0f} ms\n")
        print(f"{'milliseconds':58} {'median':>8} {'p95':>8} {'CPU':>8} {'runs':>5}")
        api(client, pid, given.rounds)
        browser(address, pid, given.rounds)
        if given.changes:
            many_changes(client, pid, given.changes)
    print(f"\nload {' '.join(f'{value:.1f}' for value in os.getloadavg())} at the end")


def many_changes(client: Client, pid: int, count: int) -> None:
    """Memory after a tenth of the changes, and after all; each 50th asks for all start months too."""
    print()
    for n in range(count):
        client.ask("/api/run", set={AMOUNT: 10_000 + n, WEIGHT: n % 31 / 100})
        if n % 50 == 0:
            client.ask("/live", set={AMOUNT: 10_000 + n}, futures=False)
        if n + 1 in (count // 10, count // 2, count):
            print(f"resident after {n + 1:6,} changes {resident(pid):7.0f} MB (goal < 400)", flush=True)


if __name__ == "__main__":
    main()
