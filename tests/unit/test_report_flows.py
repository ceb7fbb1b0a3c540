"""Fund flows under the price: drawn from what the run watched, with when it could know it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.config import load_config
from engine.report.flows_chart import flow_columns, flows_figure, has_flows
from engine.report.page_locale import PageLocale
from engine.report.run_page import run_page
from engine.run import run
from engine.store import load, save
from tests.fake_result import fake_result, watching_flows
from tests.market_helpers import market_folder
from tests.said import texts
from tests.unit.test_report_pages import Page


def watched(**signal):
    return watching_flows(fake_result(years=(2001, 2003)), **signal)


def test_a_plan_without_flows_has_no_such_part():
    result = fake_result(years=(2001, 2003))
    assert not has_flows(result)
    assert 'id="flows"' not in run_page(result)
    before = np.array(["1999-12-31"], dtype="datetime64[D]")
    assert not has_flows(replace(watched(), flows={"date": before, "flow": np.ones(1)}))


def test_the_price_is_on_top_and_the_bars_are_beneath():
    result = watched()
    figure, columns = flows_figure(result, PageLocale("en")), flow_columns(result)
    price, inward, outward = figure.traces
    assert (price["type"], inward["type"], outward["type"]) == ("scatter", "bar", "bar")
    assert figure.layout["yaxis"]["domain"][0] > figure.layout["yaxis2"]["domain"][1]
    # The fund's price in dollars: what was recorded is in yen.
    np.testing.assert_allclose(
        columns["flow_price"], result.equity["price:IJR"] / result.equity["usdjpy"], rtol=1e-14
    )
    came, left = columns["flow_in"], columns["flow_out"]
    assert np.array_equal(np.isnan(came), ~np.isnan(left))
    np.testing.assert_array_equal(np.fmax(came, left), result.flows["flow"])
    assert np.nanmin(came) >= 0
    assert np.nanmax(left) < 0


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            [
                "Price of IJR, and the net flow of IJR by month",
                "does not know a bar before 5 sessions after the bar's date",
                "the newest 12 months",
                "Above zero IJR gets 15% of the money, below zero 5%; where nothing is known, 10%.",
            ],
        ),
        (
            "ja",
            [
                "IJRの価格と、IJRの月ごとの純流入額",
                "棒の日付から5営業日たつまで",
                "直近12か月",
                "プラスならIJRの比率は15%、マイナスなら5%、何も分からないうちは10%です。",
            ],
        ),
    ],
)
def test_the_page_says_what_is_seen_and_from_when(lang, words):
    page = run_page(watched(), lang)
    page = page.replace("&#x27;", "'").replace("&#39;", "'")
    for text in words:
        assert text in page, text


@pytest.mark.parametrize(
    ("lag", "seen"),
    # The largest flow is that of February 2002, dated Thursday the 28th. Friday 1 March is the first session
    # after it: with no lag of sessions it counts there, one session later only in April.
    [(0, "1 March 2002"), (1, "1 March 2002"), (2, "1 April 2002"), (5, "1 April 2002"), (23, "1 May 2002")],
)
def test_the_example_is_the_first_session_on_which_the_plan_read_it(lag, seen):
    result = watched(lag_sessions=lag)
    flow = np.zeros(len(result.flows["flow"]))
    at = int(np.flatnonzero(result.flows["date"] == np.datetime64("2002-02-28"))[0])
    flow[at] = -3.25e9
    page = run_page(replace(result, flows={**result.flows, "flow": flow}))
    assert f"The bar of 28 February 2002 (−$3.25 billion) first counted on {seen}." in page


def test_the_satellites_price_stands_in_for_a_fund_that_is_not_held():
    assert "Price of IJR, and the net flow of VB by month" in run_page(watched(symbol="VB"))
    page = run_page(watched(symbol=None, file="data/flows of mine.csv"))
    assert "Price of IJR, and the net flow of flows of mine.csv by month" in page


def test_other_rules_are_said_as_they_are():
    result = watched()
    tilt = {**result.config["strategy"]["allocation"], "direction": "against", "strength": "proportional"}
    config = {**result.config, "strategy": {"allocation": tilt}}
    page = run_page(replace(result, config=config))
    assert "The further above zero, the nearer IJR is to 5% of the money, the further below, to 15%" in page


@pytest.mark.market
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_real_tilt_is_stored_with_its_flows_and_drawn_again(tmp_path, lang):
    config = load_config("configs/flow_tilt.yaml", ["period.start=2018-01-01", "period.end=2020-12-31"])
    result = run(config, source=f"csv:{market_folder()}")
    assert result.flows["date"][-1] == np.datetime64("2020-12-31")
    assert result.benchmark is not None
    assert not result.benchmark.flows
    known = "A fund flow is known 5 sessions after its date; the newest 12 months known count"
    assert any(text.startswith(known) for text in texts(result.manifest["assumptions"]))
    again = load(save(result, tmp_path))
    np.testing.assert_array_equal(again.flows["date"], result.flows["date"])
    np.testing.assert_array_equal(again.flows["flow"], result.flows["flow"])
    (figures, columns, words), (first, before, said) = (parts(run_page(x, lang)) for x in (again, result))
    assert figures["flows"] == first["flows"]
    for name in ("flow_price", "flow_in", "flow_out", "flow_date"):
        assert columns[name] == before[name]
    assert words == said
    assert "IWM" in words


def parts(page):
    """The figures, the columns, and the text of the section."""
    data = Page(page).data
    return data["figures"], data["columns"], page.split('<section id="flows">')[1].split("</section>")[0]
