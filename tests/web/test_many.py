"""Many at once, and for long: every answer is that of its own question, and memory does not grow."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from engine.config import override, parse_config
from engine.run import run
from engine.web.plan import PLAN
from engine.web.starts import WEIGHT

CLIENTS = 50
SECONDS = float(os.environ.get("BACKTEST_WEB_SECONDS", "3"))
CHANGES = int(os.environ.get("BACKTEST_WEB_CHANGES", "120"))
CONFIG = parse_config(PLAN)


def test_fifty_clients_get_their_own_answers(client, address):
    weights = [n / 20 for n in range(7)]
    expected = {
        w: run(override(CONFIG, {WEIGHT: w}), source="sample").metrics["final_value"] for w in weights
    }
    end, found, wrong = time.monotonic() + SECONDS, Counter(), []

    def ask(seed: int) -> None:
        choose = random.Random(seed)
        with httpx.Client(base_url=address, timeout=120, trust_env=False) as mine:
            while time.monotonic() < end:
                weight = choose.choice(weights)
                path = choose.choice(["run", "run", "run", "starts"])
                asked = {"config": CONFIG.resolved(), "set": {WEIGHT: weight}}
                answer = mine.post(f"/api/{path}", json=asked)
                found[answer.status_code] += 1
                if answer.status_code != 200:
                    continue
                told = answer.json()
                if path == "run" and told["metrics"]["final_value"] != expected[weight]:
                    wrong.append(weight)
                if path == "starts" and told["weights"][told["chosen"]] != weight:
                    wrong.append(weight)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert set(found) <= {200, 503}
    assert found[200] >= 3
    assert client.post("/api/plan", json={"config": CONFIG.resolved()}).status_code == 200


STATM = Path("/proc/self/statm")


def resident() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_does_not_grow(client):
    """Of this process, in which the server is."""
    if not STATM.exists():
        pytest.skip("this system has no /proc")

    def change(n: int) -> None:
        changes: dict[str, object] = {"strategy.allocation.satellite_weight": n % 31 / 100}
        if n % 4 == 0:  # every start month is simulated anew
            changes["strategy.contributions.amount"] = 10_000 + n
        asked = {"config": CONFIG.resolved(), "set": changes, "futures": False, "years": 15}
        with client.stream("POST", "/live", json=asked) as answer:
            for _ in answer.iter_bytes():
                pass

    for n in range(CHANGES // 4):  # what is kept of plans is full now
        change(n)
    before = resident()
    for n in range(CHANGES // 4, CHANGES):
        change(n)
    assert resident() - before < 40_000_000
