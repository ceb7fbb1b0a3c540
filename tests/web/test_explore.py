"""The live page in a notebook: its messages are answered as the server answers, and nothing heavy is imported."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine import explore
from engine.config import config_hash, dump_yaml, override, parse_config
from engine.errors import ConfigError
from engine.report.answer import texts
from engine.report.html import nobr, page_locale
from engine.report.run_answer import run_answer
from engine.run import run
from engine.web.link import link_of
from engine.web.plan import PLAN
from engine.web.starts import WEIGHT

pytest.importorskip("anywidget")
CONFIG = override(parse_config(PLAN), {"name": "mine"})


class Frame:
    """The frame of a widget: what it would send, and what it hears."""

    def __init__(self, widget) -> None:
        self.widget, self.heard, self.number = widget, [], 0
        self._more = threading.Event()
        widget.send = self._hear

    def _hear(self, content, buffers=None) -> None:
        self.heard.append(content)
        self._more.set()

    def say(self, **content) -> int:
        self.number += 1
        self.widget._handle_custom_msg({"view": "v", "id": self.number, **content}, [])
        return self.number

    def ask(self, path: str, body: str, kind: str = "application/json") -> tuple[int, str]:
        """Status and text of an answer."""
        number = self.say(path=path, body=body, kind=kind)
        while not any(part.get("id") == number and part.get("done") for part in self.heard):
            assert self._more.wait(120)
            self._more.clear()
        mine = [part for part in self.heard if part.get("id") == number]
        assert all(part["view"] == "v" for part in mine)
        return mine[0]["status"], "".join(part.get("text", "") for part in mine)


@pytest.fixture(scope="module")
def frame() -> Frame:
    return Frame(explore(CONFIG, source="sample", lang="ja"))


def test_the_page_comes_in_one_piece(frame: Frame) -> None:
    frame.say(wantsPage=True)
    page = frame.heard[-1]["page"]
    assert 'lang="ja"' in page
    assert "src=" not in page.partition("<script")[0]
    assert "static/" not in page.partition("plotly.js v")[0].partition("<style")[0]
    assert json.dumps(link_of(frame.widget.config)) in page
    assert page.count("</script>") == 5  # the data, and the page's own four


def test_the_numbers_are_those_of_run(frame: Frame) -> None:
    moved = override(CONFIG, {WEIGHT: 0.22})
    asked = {"link": link_of(CONFIG), "set": {WEIGHT: 0.22}, "lang": "ja", "years": 10, "futures": False}
    status, text = frame.ask("/live", json.dumps(asked))
    assert status == 200
    events = dict(part.split("\n", 1) for part in text.split("\n\n")[:-1])
    locale, expected = page_locale("ja", "JPY"), run(moved, source="sample")
    told = json.loads(events["event: run"].removeprefix("data: "))
    assert str(nobr(texts(run_answer(expected), locale)["answer"])) in told["html"]["answer"]
    assert "event: starts" in events
    assert "event: done" in events
    assert config_hash(frame.widget.config) == config_hash(moved)
    status, text = frame.ask("/api/run", json.dumps({"link": link_of(moved)}))
    assert json.loads(text)["metrics"]["final_value"] == expected.metrics["final_value"]


def test_refusals_files_and_what_is_called_off(frame: Frame) -> None:
    status, text = frame.ask("/live", json.dumps({"link": "1.x", "lang": "ja"}))
    assert status == 422
    assert "error" in json.loads(text)
    link = link_of(CONFIG)
    status, text = frame.ask("/yaml", f"link={link}", "application/x-www-form-urlencoded")
    assert (status, text) == (200, dump_yaml(CONFIG))
    number = frame.say(
        path="/api/futures", kind="application/json", body=json.dumps({"link": link, "paths": 10_000})
    )
    frame.widget._handle_custom_msg({"view": "v", "id": number, "isOff": True}, [])
    assert frame.ask("/live/read", json.dumps({"yaml": dump_yaml(CONFIG)}))[0] == 200  # it is free again
    frame.say(nonsense=1)
    frame.widget._handle_custom_msg("nonsense", [])
    assert frame.ask("/api/save", json.dumps({"link": link, "token": ""}))[0] == 403


def test_what_cannot_be_is_refused_at_the_call(monkeypatch) -> None:
    with pytest.raises(ConfigError):
        explore(CONFIG, source="nowhere")
    from engine.notebook import panel

    monkeypatch.setattr(panel, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="anywidget"):
        explore(CONFIG)


def test_the_name_costs_nothing() -> None:
    heavy = "{'anywidget', 'starlette', 'ipywidgets'}"
    code = f"import sys; from engine import explore; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
