"""The command serve as a person uses it: an address, answers, Ctrl-C, one line for what cannot be."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from engine.config import config_hash, load_config, parse_config
from engine.web.link import config_of
from engine.web.plan import PLAN
from tests.child import environment
from tests.person import type_in

ARGUMENTS = ("serve", "--data", "sample", "--port", "0")
COMMAND = [sys.executable, "-m", "engine", *ARGUMENTS]


def started(*more: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [*COMMAND, "--json", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    text = ""
    while not text.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line, process.stderr.read()  # type: ignore[union-attr]
        text += line
    return process, json.loads(text)["address"]


def test_it_answers_until_ctrl_c(tmp_path):
    plans = ["configs/satellite10.yaml", "configs/core100.yaml"]
    process, address = started(*plans, "--out", str(tmp_path), "--lang", "ja")
    try:
        place = urlsplit(address)
        assert place.hostname == "127.0.0.1"
        held = parse_qs(place.fragment)
        for path, link in zip(plans, (*held["plan"], *held["pin"]), strict=True):
            assert config_hash(config_of(link)) == config_hash(load_config(path))
        answer = httpx.post(
            f"http://{place.netloc}/api/run", json={"link": held["plan"][0]}, timeout=60, trust_env=False
        )
        assert answer.json()["name"] == "satellite10"
        page = httpx.get(f"http://{place.netloc}/", timeout=60, trust_env=False)
        assert '<html lang="ja">' in page.text
        with socket.create_connection((place.hostname, place.port)):  # nobody who waits holds it up
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
            assert time.monotonic() - begun < 10
        assert (process.returncode, said.strip()) == (130, "backtest: 中断しました")
        assert list(tmp_path.iterdir()) == []
    finally:
        process.kill()


def refused(*more: str) -> str:
    done = subprocess.run([*COMMAND, *more], capture_output=True, text=True, env=environment(), timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_port_in_use_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"--port {port}: the port is in use" in refused("--port", str(port))
        assert f"--port {port}：このポートは使われています" in refused("--port", str(port), "--lang", "ja")


@pytest.mark.parametrize("host", ["0.0.0.0", "203.0.113.7"])
def test_where_others_reach_it_it_needs_a_name(host):
    assert "--allow-host NAME" in refused("--host", host)


def test_an_address_of_another_machine():
    assert "this machine has no such address" in refused("--host", "203.0.113.7", "--allow-host", "x.example")


def test_five_plans_at_most():
    plans = ["satellite05", "satellite10", "satellite15", "core100", "nisa_january", "nisa_monthly"]
    assert "came 6 plans" in refused(*(f"configs/{name}.yaml" for name in plans))


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The command in this process, which ends as soon as the page is ready; what was opened in a browser."""
    opened: list[object] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(
        "engine.web.server.serve", lambda app, listening, work, on_ready: (on_ready(), work.close())
    )
    return opened


def test_it_says_where_the_page_is(capsys, unserved):
    done = type_in(capsys, *ARGUMENTS, "--lang", "ja")
    (address,) = re.findall(r"http://\S+", done.out)
    assert done.out == f"ページを開いています（Ctrl-Cで終了）：{address}\n"
    (link,) = parse_qs(urlsplit(address).fragment)["plan"]  # a plan to begin with, where none is named
    assert config_hash(config_of(link)) == config_hash(parse_config(PLAN))
    assert unserved == []


def test_it_opens_the_page_in_a_browser(capsys, unserved):
    done = type_in(capsys, *ARGUMENTS, "configs/core100.yaml", "--open", "--quiet")
    assert (done.code, done.out) == (0, "")
    (address,) = unserved
    assert urlsplit(str(address)).hostname == "127.0.0.1"


def test_a_plan_twice(capsys):
    done = type_in(capsys, *ARGUMENTS, "configs/core100.yaml", "configs/core100.yaml")
    assert done.code == 2
    assert done.line.startswith("two configurations are named 'core100'")
