"""What the server's process does not do itself, and when futures are drawn."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.config import parse_config
from engine.web import pages
from engine.web.answers import Answers
from engine.web.asked import LiveAsked, asked
from engine.web.link import link_of
from engine.web.plan import PLAN
from engine.web.site import Site
from engine.web.warm import Warm
from engine.web.work import CalledOff, Ticket, Work

ROOT = Path(__file__).resolve().parents[2]
CONFIG = parse_config(PLAN)


def test_futures_load_no_package_of_statistics() -> None:
    """arch, and pandas with it, would be 240 MB of a server, and a second and a half of the first futures."""
    asked = f"""
import sys
from engine.config import parse_config
from engine.web.warm import Warm
print(Warm("sample").past(parse_config({PLAN!r})).block)
assert not {{"arch", "pandas"}} & set(sys.modules)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True
    )
    assert float(told.stdout) > 1.0


def test_no_future_is_drawn_while_the_slider_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who moves on asks anew as soon as the first answer is there, which calls the older question off."""
    drawn: list[int] = []
    monkeypatch.setattr(Answers, "futures", lambda *a, **options: drawn.append(1))
    site = Site(Answers(Warm("sample"), Work()))
    item = asked(LiveAsked, {"link": link_of(CONFIG)})
    ticket, told = Ticket(60), []

    def tell(part: tuple[str, object]) -> None:
        told.append(part[0])
        if part[0] == "law":  # all of the first answer is out
            ticket.call_off()

    with pytest.raises(CalledOff):
        pages.tell_all(site, item, CONFIG, ticket, tell)
    assert told[:4] == ["plan", "run", "starts", "law"]
    assert not drawn
    pages.tell_all(site, item, CONFIG, Ticket(60), lambda part: None)
    assert drawn == [1]


def test_a_rest_ends_when_it_is_called_off() -> None:
    ticket = Ticket(60)
    ticket.call_off()
    begun = time.monotonic()
    with pytest.raises(CalledOff):
        ticket.rest(30)
    assert time.monotonic() - begun < 5
