"""The page's own addresses: what is sent once and kept, what answers as events, what is downloaded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import numpy as np
import pytest

from engine.config import config_hash, dump_yaml, override, parse_config
from engine.locale import languages
from engine.report.answer import texts
from engine.report.html import nobr, page_locale
from engine.report.page_locale import PageLocale
from engine.report.run_answer import run_answer
from engine.report.run_page import run_page
from engine.run import run
from engine.web.link import config_of, link_of
from engine.web.live import _verdict, extreme
from engine.web.plan import PLAN

CONFIG = parse_config(PLAN)
ASKED = {"config": CONFIG.resolved(), "futures": False}


def events(client: httpx.Client, **asked: object) -> Iterator[tuple[str, dict]]:
    with client.stream("POST", "/live", json={**ASKED, **asked}) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = "".join(answer.iter_text())
    for part in text.split("\n\n")[:-1]:
        kind, data = part.split("\n")
        yield kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@pytest.mark.parametrize("lang", languages())
def test_the_page_is_light_and_loads_its_own_files_alone(client, lang):
    page = client.get("/", params={"lang": lang})
    assert f'<html lang="{lang}">' in page.text
    files = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    sizes = {name: len(client.get(f"/{name}").content) for name in files if name.startswith("static/")}
    assert all(name.startswith(("static/", "data:,")) for name in files)
    weight = len(page.content) + sum(size for name, size in sizes.items() if "plotly" not in name)
    assert len(sizes) == 6
    assert weight < 300_000
    assert "<script>" not in page.text
    assert " style=" not in page.text
    assert " on" not in re.sub(r">[^<]*<", "><", page.text)


def test_files_are_kept_for_long_and_nothing_else_is(client):
    page = client.get("/").text
    for name in re.findall(r'"(static/[^"]+)"', page):
        answer = client.get(f"/{name}")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        plain = client.get(f"/{name}", headers={"accept-encoding": "identity"})
        assert plain.content == answer.content
    for path in (
        "static/0000000000000000/live.js",
        "static/x/../../app.py",
        "static/%2e%2e/app.py",
        "static/a/b/c",
    ):
        assert client.get(f"/{path}").status_code == 404
    assert client.get("/").headers["cache-control"] == "no-store"


def test_the_page_holds_nobodys_plan(client):
    assert client.get("/").content == client.get("/").content
    assert "satellite_weight" not in client.get("/").text


@pytest.mark.parametrize(("lang", "years"), zip(languages(), (7, 8)))
def test_the_answers_come_in_the_order_in_which_one_looks_for_them(client, lang, years):
    found = list(events(client, lang=lang, years=years, form=True))
    assert [kind for kind, _ in found] == ["plan", "run", "starts", "law", "starts", "done"]
    plan, result, first, _, last, _ = (part for _, part in found)
    assert config_hash(config_of(plan["link"])) == plan["sha256"] == config_hash(CONFIG)
    assert 'data-key="strategy.contributions.amount"' in plan["html"]["controls"]
    expected = run(CONFIG, source="sample")
    locale = page_locale(lang, "JPY")
    assert str(nobr(texts(run_answer(expected), locale)["answer"])) in result["html"]["answer"]
    assert first["isFirst"] is True
    assert "isFirst" not in last
    assert len(first["figures"]["curve"]["data"][2]["x"]) == 7
    assert len(last["figures"]["curve"]["data"][2]["x"]) == 31


def test_another_weight_is_on_the_same_curve(client):
    """The curve of a plan is computed once; moving its slider looks at it from another point."""
    list(events(client, years=6))
    other = [
        part for kind, part in events(client, years=6, set={"strategy.allocation.satellite_weight": 0.23})
    ]
    (starts,) = [part for part in other if "starts-answer" in part.get("html", {})]
    told = client.post(
        "/api/starts",
        json={
            **{k: v for k, v in ASKED.items() if k == "config"},
            "years": 6,
            "set": {"strategy.allocation.satellite_weight": 0.23},
        },
    ).json()
    assert str(nobr(page_locale("en", "JPY").sentences(told["answer"]))) in starts["html"]["starts-answer"]
    assert starts["figures"]["curve"]["data"][2]["y"] == told["curve"]["mean"]


@pytest.mark.parametrize(
    "changes",
    [
        {"strategy.contributions.growth": 0.02},
        {"strategy.allocation": {"type": "fixed_mix", "weights": {"VOO": 0.5, "IWM": 0.5}}},
        {"strategy.allocation": {"type": "glide_path", "from": {"VOO": 1}, "to": {"IWM": 1}}},
        {
            "strategy.allocation": {
                "type": "tilt", "core": "VOO", "satellite": "IJR", "base_weight": 0.1, "max_weight": 0.3,
                "signal": {"type": "momentum"},
            }
        },
        {
            "strategy.withdrawals": {"type": "fixed", "amount": 90_000},
            "strategy.contributions": {"type": "lump_sum", "amount": 10_000_000},
        },
        {"strategy.contributions": {"type": "fill_quota"}},
        {"currency": "USD", "accounts": ["plain"]},
        {"period.end": "2003-12-31"},
        {
            "strategy.contributions": [
                {"type": "monthly", "amount": 50_000, "name": "salary"},
                {"type": "annual", "amount": 300_000, "name": "bonus"},
            ],
            "strategy.withdrawals": [
                {"type": "fixed", "amount": 10_000, "name": "rent"},
                {"type": "percent", "rate": 0.01, "name": "rest"},
            ],
        },
    ],
)  # fmt: skip
def test_every_kind_of_plan_has_a_page(client, changes):
    found = list(events(client, set=changes, form=True, years=10, lang="ja"))
    assert [kind for kind, _ in found][-1] == "done"
    assert {"plan", "run", "starts"} <= {kind for kind, _ in found}
    starts = [part for kind, part in found if kind == "starts"]
    assert starts[0]["isFirst"]


@pytest.mark.parametrize(
    "contributions",
    [
        [{"type": "monthly", "amount": 30_000, "from": "2010-04-01", "until": "2012-03-31"}],
        {"type": "schedule", "entries": [{"date": "2005-01-04", "amount": 1_000_000}]},
    ],
)
def test_windows_in_which_no_money_arrives_are_told_in_a_sentence(client, contributions):
    """The run stands, the start months say why there are none."""
    found = dict(events(client, set={"strategy.contributions": contributions}, years=5, lang="ja"))
    assert "done" in found
    assert 'class="headline"' in found["run"]["html"]["answer"]
    text = found["starts"]["html"]["starts-answer"]
    assert "不具合" not in text
    assert "期間" in text or "入金" in text
    told = client.post(
        "/api/starts", json={"config": CONFIG.resolved(), "set": {"strategy.contributions": contributions}}
    )
    assert told.status_code == 422
    assert "defect" not in told.json()["error"]


def test_futures_fill_in_afterwards(client, monkeypatch):
    from engine.web import pages

    monkeypatch.setattr(pages, "FUTURES", (40, 90))
    found = list(events(client, years=3, futures=True))
    parts = [part for kind, part in found if kind == "futures"]
    assert [kind for kind, _ in found][-3:] == ["futures", "futures", "done"]
    told = client.post("/api/futures", json={"config": CONFIG.resolved(), "years": 3, "paths": 90}).json()
    assert str(nobr(page_locale("en", "JPY").sentences(told["answer"]))) in parts[1]["html"]["futures-answer"]


def test_what_is_refused_is_a_sentence_before_anything_is_sent(client):
    answer = client.post(
        "/live", json={**ASKED, "set": {"strategy.allocation.satellite_weight": 2}, "lang": "ja"}
    )
    assert answer.status_code == 422
    assert "0から1まで" in answer.json()["error"]


def test_hostile_names_stay_text(client):
    text = "<img src=x onerror=alert(1)>"
    plan = {"description": text, "strategy.allocation.core": "VOO"}
    for _, part in events(client, set=plan, form=True):
        assert "<img" not in json.dumps(part.get("html", {}))
    page = client.get("/", params={"lang": '"><script>'}).text
    assert "<script>" not in page


def form(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data=fields, headers={"origin": str(client.base_url).rstrip("/")})


def test_a_plan_is_saved_as_yaml(client):
    config = override(CONFIG, {"name": "私のプラン"})
    answer = form(client, "/yaml", link=link_of(config))
    assert answer.text == dump_yaml(config)
    assert answer.headers["content-disposition"].startswith('attachment; filename="_____.yaml"')
    assert form(client, "/yaml", link="1.x").status_code == 422
    assert form(client, "/yaml").status_code == 422


def test_a_plan_is_opened_in_the_report(client):
    answer = form(client, "/report", link=link_of(CONFIG), lang="ja")
    assert answer.text == run_page(run(CONFIG, source="sample"), "ja")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_what_a_person_writes_as_yaml_is_a_plan(client):
    text = dump_yaml(override(CONFIG, {"risk_free": 0.01}))
    answer = client.post("/live/read", json={"yaml": text, "lang": "ja"}).json()
    assert config_of(answer["link"]).risk_free == 0.01
    wrong = client.post("/live/read", json={"yaml": text + "\nx: 1", "lang": "ja"})
    assert wrong.status_code == 422
    assert wrong.json()["error"].startswith("YAML:")
    assert (
        client.post("/live/read", json={"yaml": text.replace("source: auto", "source: csv:/etc")}).status_code
        == 422
    )


def test_plans_of_one_name_stand_side_by_side(client):
    plans = [
        {"config": CONFIG.resolved(), "set": {"strategy.allocation.satellite_weight": n / 10}}
        for n in range(5)
    ]
    answer = client.post("/live/compare", json={"plans": plans, "lang": "ja"}).json()
    html = answer["html"]["compared"]
    assert all(name in html for name in ("plan</th>", "plan_2</th>", "plan_5</th>"))
    assert client.post("/live/compare", json={"plans": [*plans, plans[0]]}).status_code == 422


@pytest.mark.parametrize(
    ("told", "noise", "together", "words"),
    [
        (False, False, 0.001, ("close", "Too few: 4 of these windows do not overlap")),
        (True, True, 0.001, ("close", "This is noise: +0.5% to +1.5%")),
        (True, False, 0.02, ("close", "for this weight alone: +0.5% to +1.5%; not for the best of 2")),
        (True, False, 0.009, ("holds", "More than chance explains: +0.5% to +1.5%")),
    ],
)
def test_more_than_chance_is_said_where_all_weights_together_allow_it(told, noise, together, words):
    """A difference of 1 point a year, ± 0.5 alone and ± ``together`` as one of all weights that are looked at."""
    curve = {
        "is_told": told,
        "is_noise": noise,
        "mean": 0.01,
        "half_width": 0.005,
        "half_width_together": together,
    }
    found = SimpleNamespace(
        has_core=True,
        chosen=1,
        independent=4,
        weights=(0.0, 0.1, 0.2),
        curve={k: [None, v] for k, v in curve.items()},
    )
    kind, said = _verdict(found, PageLocale("en"))
    assert kind == words[0]
    assert said.endswith(words[1])
    found.chosen = 0  # the core alone is compared with nothing
    assert _verdict(found, PageLocale("en")) == ("", "")


def test_the_best_of_start_months_that_left_nothing_is_the_one_that_paid_the_most() -> None:
    """The multiple beside a month is its own: the first of equals was named with another's."""
    nothing, paid = np.zeros(4), np.array([0.7, np.nan, 1.9, 0.6])
    final = np.where(np.isnan(paid), np.nan, nothing)
    assert extreme(final, paid, best=True) == 2
    assert extreme(final, paid, best=False) == 3
    left = np.array([5.0, np.nan, 3.0, 4.0])
    assert extreme(left, paid, best=True) == 0
    assert extreme(left, paid, best=False) == 2
