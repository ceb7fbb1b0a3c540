"""The real yfinance code in its child process, against a loopback server that fails in every way.

Each failure ends in its typed error in time, and a good cached history survives it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from engine.errors import BadData, DataError, NotFound, Offline, RateLimited
from engine.market.cache import Cache, Policy, Request, Response
from engine.market.exchanges import nyse_sessions
from engine.market.panel_builder import build_panel
from engine.market.providers import yahoo
from engine.market.series import Series
from tests.fake_yahoo import FakeYahoo, Market, recent
from tests.made_up_source import DAY

SPAN = 300


@pytest.fixture(scope="module")
def server() -> Iterator[FakeYahoo]:
    with FakeYahoo() as fake:
        yield fake


@pytest.fixture
def market() -> Market:
    """Made-up history with two dividends and a split, up to some days ago."""
    days = Market(recent(), days=SPAN).dates()
    return Market(recent(), days=SPAN, dividends={days[60]: 1.5, days[200]: 0.75}, splits={days[120]: 2.0})


@pytest.fixture(scope="module")
def stored(server: FakeYahoo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a good history of VOO in it, fetched once through yfinance."""
    root = tmp_path_factory.mktemp("stored")
    server.list("VOO", Market(recent(), days=SPAN))
    Cache(root).get("VOO", "yahoo", partial(yahoo.fetch, base_url=server.url, attempts=1))
    return root


@pytest.fixture(autouse=True)
def no_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BACKTEST_OFFLINE", "BACKTEST_YAHOO_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(yahoo, "PAUSE", 0.05)


def test_a_normal_history_comes_as_it_is_less_todays_bar(server: FakeYahoo, market: Market) -> None:
    today = datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date().isoformat()
    server.list("SPLT", Market(**{**market.__dict__, "today": today}))
    series = yahoo.fetch("SPLT", base_url=server.url, currency="USD")
    days = market.dates()
    assert series.dates.astype(str).tolist() == days
    assert series.close.tolist() == market.closes()
    assert series.adj_close == pytest.approx(market.adjusted())
    assert {day: paid for day, paid in zip(days, series.dividend) if paid} == market.dividends
    assert series.extra["splits"] == tuple(market.splits.items())
    assert (series.symbol, series.currency, series.source, series.notes) == ("SPLT", "USD", "yahoo", ())


def test_today_is_by_the_clock_of_the_server(market: Market) -> None:
    with FakeYahoo() as own:
        own.list("VOO", market)
        own.clock_ahead = -20 * DAY
        series = yahoo.fetch("VOO", base_url=own.url, attempts=1)
    assert str(series.dates[-1]) < recent(19)
    assert series.dates.astype(str).tolist() == [day for day in market.dates() if day < recent(20)]


def test_the_child_asks_the_given_address_only(market: Market) -> None:
    """Cookies and crumbs included: what it asked for elsewhere would be missing here."""
    with FakeYahoo() as own:
        own.list("VOO", market)
        yahoo.fetch("VOO", base_url=own.url, attempts=1)
        asked = {path.split("?")[0] for path in own.requests}
    assert asked == {"/", "/v1/test/getcrumb", "/v8/finance/chart/VOO"}


def test_the_tail_begins_where_it_was_asked_to(
    server: FakeYahoo, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.list("TAIL", market)
    monkeypatch.setenv("BACKTEST_YAHOO_URL", server.url)
    start = np.datetime64(market.dates()[-8])
    series = yahoo.fetch("tail", start=start)
    assert series.dates.astype(str).tolist() == market.dates()[-8:]
    assert series.close.tolist() == market.closes()[-8:]


@pytest.mark.parametrize(
    ("symbol", "zone", "currency"), [("^GSPC", "America/New_York", "USD"), ("JPY=X", "Europe/London", "JPY")]
)
def test_indices_and_currencies_have_their_own_days(
    server: FakeYahoo, symbol: str, zone: str, currency: str
) -> None:
    market = Market(recent(), days=30, zone=zone, currency=currency)
    server.list(symbol, market)
    series = yahoo.fetch(symbol, base_url=server.url, currency=currency, attempts=1)
    assert series.dates.astype(str).tolist() == market.dates()
    assert (series.symbol, series.currency) == (symbol, currency)


def test_bad_ticks_and_missing_days_pass_for_the_checks_to_find(server: FakeYahoo) -> None:
    days = Market(recent(), days=40).dates()
    ticks = {days[10]: 0.0, days[15]: -3.0, days[20]: 1e9, days[25]: None}
    server.list("BADT", Market(recent(), days=40, ticks=ticks, missing=(days[30], days[31])))
    series = yahoo.fetch("BADT", base_url=server.url, attempts=1)
    assert series.dates.astype(str).tolist() == [day for day in days if day not in days[30:32]]
    assert [series.close[i] for i in (10, 15, 20)] == [0.0, -3.0, 1e9]
    assert np.isnan(series.close[25])


@pytest.mark.parametrize(
    ("mode", "error", "told"),
    [
        ("404", NotFound, "has no prices"),
        ("empty", NotFound, "has no prices"),
        ("no_result", NotFound, "has no prices"),
        ("429", RateLimited, "asks us to wait"),
        ("500", Offline, r"out of order \(HTTP 500\)"),
        ("503", Offline, r"out of order \(HTTP 503\)"),
        ("truncated", BadData, "cannot be understood"),
        ("cut", BadData, "cannot be understood"),
        ("html", BadData, "cannot be understood"),
        ("hang", Offline, "no answer within"),
    ],
)
def test_each_failure_has_its_error_and_the_cache_survives(
    server: FakeYahoo, stored: Path, tmp_path: Path, mode: str, error: type[Exception], told: str
) -> None:
    shutil.copytree(stored, tmp_path / "cache")
    cache = Cache(tmp_path / "cache", clock=lambda: time.time() + 5 * DAY)
    before = cache.read("VOO", "yahoo")
    assert before is not None
    server.behave("VOO", mode)
    deadline = 6.0 if mode == "hang" else 45.0
    fetch = partial(yahoo.fetch, base_url=server.url, attempts=1, deadline=deadline)
    began = time.monotonic()
    try:
        with pytest.raises(error, match=told):
            cache.get("VOO", "yahoo", fetch)
    finally:
        server.behave("VOO", "ok")
    assert time.monotonic() - began < deadline + 3
    after = cache.read("VOO", "yahoo")
    assert after is not None
    assert after.manifest.file == before.manifest.file
    assert [type(found.content) for found in cache.find()] == [Response]


@pytest.mark.parametrize("mode", ["empty", "no_result", "404", "429", "500", "truncated", "html"])
def test_a_bad_answer_is_not_remembered_by_the_next_question(server: FakeYahoo, mode: str) -> None:
    """yfinance keeps bad answers for the life of a process: each question here has a process of its own."""
    server.list("AGAIN", Market(recent(), days=30))
    server.behave("AGAIN", mode)
    with pytest.raises(DataError):
        yahoo.fetch("AGAIN", base_url=server.url, attempts=1)
    server.behave("AGAIN", "ok")
    assert len(yahoo.fetch("AGAIN", base_url=server.url, attempts=1).dates) == 30


def test_a_dead_ticker_of_nothing_but_nulls_is_not_found(server: FakeYahoo) -> None:
    days = Market(recent(), days=30).dates()
    server.list("DEAD", Market(recent(), days=30, ticks=dict.fromkeys(days)))
    with pytest.raises(NotFound, match="DEAD"):
        yahoo.fetch("DEAD", base_url=server.url, attempts=1)


def test_nothing_is_repaired_and_no_split_is_invented(server: FakeYahoo) -> None:
    """Prices that yfinance's repair takes for a split, for cents and for gaps come as Yahoo sent them."""
    days = Market(recent(), days=SPAN).dates()
    halved = dict.fromkeys(days[100:110], 50.0) | {days[200]: 10_000.0, days[250]: 0.0}
    server.list("ODD", Market(recent(), days=SPAN, ticks=dict(halved)))
    series = yahoo.fetch("ODD", base_url=server.url, attempts=1)
    assert series.extra["splits"] == ()
    came = dict(zip(series.dates.astype(str).tolist(), series.close.tolist(), strict=True))
    assert {day: came[day] for day in halved} == halved
    assert all(np.isnan(series.dividend) | (series.dividend == 0))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"ticks": {30: 0.0}}, "rule positive"),
        ({"ticks": {30: -3.0}}, "rule positive"),
        ({"ticks": {30: 1e9}}, "rule jump"),
        ({"ticks": {30: 9_000.0}}, "rule hundredfold"),
        ({"missing": (31, 33, 35, 37, 39, 41)}, "rule gap"),
    ],
)
def test_a_run_refuses_what_came_wrong_and_names_the_rule(
    server: FakeYahoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], rule: str
) -> None:
    sessions = [str(day) for day in nyse_sessions(np.datetime64(recent(200)), np.datetime64(recent()))]
    weekdays = Market(recent(), days=SPAN).dates()
    ticks = {sessions[-at]: tick for at, tick in changes.get("ticks", {}).items()}
    missing = tuple(sessions[-at] for at in changes.get("missing", ()))
    server.list("IJR", Market(recent(), days=len(weekdays), ticks=ticks, missing=missing))
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    monkeypatch.setenv("BACKTEST_YAHOO_URL", server.url)
    with pytest.raises(BadData, match=rule):
        build_panel(["IJR"], source="yahoo", currency="USD", start=sessions[0], end=sessions[-1])


def test_the_session_that_yahoo_lacks_for_the_index_and_the_fund_is_named_and_left_out(
    server: FakeYahoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on 28 August 2026, when New York was open and neither IWM nor ^GSPC had a bar."""
    sessions = [str(day) for day in nyse_sessions(np.datetime64(recent(200)), np.datetime64(recent()))]
    gone = sessions[-20]
    for symbol in ("IWM", "^GSPC"):
        server.list(symbol, Market(recent(), days=SPAN, missing=(gone,)))
    server.list("VOO", Market(recent(), days=SPAN))
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    monkeypatch.setenv("BACKTEST_YAHOO_URL", server.url)
    panel = build_panel(
        ["VOO", "IWM", "^GSPC"], source="yahoo", currency="USD", start=sessions[0], end=sessions[-1]
    )
    assert np.datetime64(gone) not in panel.sessions
    assert np.datetime64(sessions[-21]) in panel.sessions
    notes = {item.symbol: " ".join(map(str, item.notes)) for item in panel.provenance}
    for symbol in ("IWM", "^GSPC"):
        assert f"{symbol}: 1 session without a price: {gone}" in notes[symbol]
    assert "without a price" not in notes["VOO"]


def test_the_wrong_currency_is_bad_data(server: FakeYahoo) -> None:
    server.list("POUND", Market(recent(), days=30, currency="GBP"))
    with pytest.raises(BadData, match="POUND: Yahoo answers with GBP, asked was USD"):
        yahoo.fetch("POUND", currency="USD", base_url=server.url, attempts=1)


def test_after_rate_limits_a_fresh_process_recovers(server: FakeYahoo) -> None:
    server.list("SLOW", Market(recent(), days=30))
    server.behave("SLOW", "429", fail_first=2)  # yfinance asks twice itself
    assert len(yahoo.fetch("SLOW", base_url=server.url).dates) == 30


def test_a_long_retry_after_is_passed_on_and_not_waited_for(server: FakeYahoo) -> None:
    server.list("WAIT", Market(recent(), days=30))
    server.behave("WAIT", "429")
    server.retry_after = "600"
    began = time.monotonic()
    try:
        with pytest.raises(RateLimited) as caught:
            yahoo.fetch("WAIT", base_url=server.url)
    finally:
        server.retry_after = None
    assert caught.value.retry_after == 600.0
    assert server.charts("WAIT") == 2  # one attempt: yfinance asks twice itself
    assert time.monotonic() - began < 45


def test_a_new_dividend_reaches_the_cache_through_everything(server: FakeYahoo, tmp_path: Path) -> None:
    market = Market(recent(12), days=SPAN)
    server.list("LIVE", market)
    fetch = partial(yahoo.fetch, base_url=server.url, attempts=1)
    now = time.time()
    cache = Cache(tmp_path, clock=lambda: now)
    cache.get("LIVE", "yahoo", fetch)
    newer = Market(recent(), days=SPAN + 7).dates()
    server.list("LIVE", Market(recent(), days=SPAN + 7, dividends={newer[-2]: 0.8}))
    now += DAY
    answer = cache.get("LIVE", "yahoo", fetch)
    assert f"new dividend of 0.8 on {newer[-2]}" in str(answer.notes[0])
    assert answer.series.adj_close == pytest.approx(server.markets["LIVE"].adjusted(), rel=1e-12)
    assert answer.series.dates.astype(str).tolist() == newer


def test_with_no_network_four_tickers_fail_within_15_seconds(tmp_path: Path) -> None:
    fetch = partial(yahoo.fetch, base_url="http://no-such-host.invalid")
    requests = [Request(symbol, "yahoo", fetch) for symbol in ("VOO", "IWM", "IJR", "JPY=X")]
    began = time.monotonic()
    answers = Cache(tmp_path).get_many(requests)
    assert time.monotonic() - began < 15
    for answer in answers.values():
        assert isinstance(answer, Offline)
        assert "--data sample" in str(answer)


def test_the_switch_and_the_offline_policy_ask_nobody(
    server: FakeYahoo, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = len(server.requests)
    monkeypatch.setenv("BACKTEST_OFFLINE", "1")
    fetch = partial(yahoo.fetch, base_url=server.url)
    with pytest.raises(Offline, match="BACKTEST_OFFLINE"):
        fetch("VOO")
    answer = Cache(stored).get("VOO", "yahoo", fetch, Policy(offline=True))
    assert len(answer.series.dates) == SPAN
    assert len(server.requests) == asked


@pytest.mark.parametrize("symbol", ["", "../../x", "VOO IWM", "X" * 30, "US9229083632", "ＶＯＯ", "-h"])
def test_what_is_no_symbol_is_not_asked_for(symbol: str) -> None:
    with pytest.raises(NotFound, match="is not a Yahoo symbol"):
        yahoo.fetch(symbol)


REPLY = {
    "ok": True,
    "dates": ["2030-01-02", "2030-01-03", "2030-01-04"],
    "close": [10.0, 11.0, 12.0],
    "adj_close": [9.0, 10.0, 12.0],
    "dividend": [0.0, 0.5, 0.0],
    "capital_gain": [0.0, 0.0, 0.0],
    "splits": [["2030-01-03", 2.0]],
    "today": "2030-01-05",
    "currency": "USD",
    "symbol": "VOO",
    "granularity": "1d",
}


def test_a_reply_becomes_a_series_with_gains_counted_once() -> None:
    gains = {**REPLY, "dividend": [0.2, 0.5, 0.0], "capital_gain": [0.3, 0.1, 0.0]}
    series = yahoo.to_series(gains, "VOO", "USD")
    assert series.dividend.tolist() == [0.5, 0.5, 0.0]
    assert [("added" in note, "part of" in note) for note in map(str, series.notes)] == [
        (True, False),
        (False, True),
    ]


def test_bars_of_today_and_later_are_dropped() -> None:
    series = yahoo.to_series({**REPLY, "today": "2030-01-03"}, "VOO", None)
    assert series.dates.astype(str).tolist() == ["2030-01-02"]
    assert series.extra["splits"] == ()
    with pytest.raises(NotFound, match="no finished day"):
        yahoo.to_series({**REPLY, "today": "2030-01-02"}, "VOO", None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"symbol": "SPSM"}, "answers with SPSM"),
        ({"granularity": "1mo"}, "answers with 1mo, asked was 1d"),
        ({"currency": None}, "currency: "),
        ({"currency": "JPY"}, "answers with JPY, asked was USD"),
        ({"close": [1.0]}, "cannot be understood"),
        ({"dates": ["yesterday"] * 3}, "cannot be understood"),
        ({"dividend": None}, "dividend: "),
        ({"splits": 7}, "cannot be understood"),
    ],
)
def test_a_reply_that_cannot_be_right_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(BadData, match=told):
        yahoo.to_series({**REPLY, **change}, "VOO", "USD")


def child(code: str, folder: Path) -> Path:
    path = folder / "child.py"
    path.write_text("import json, subprocess, sys, time\n" + code)
    return path


def ends(is_over: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not is_over() and time.monotonic() < until:
        time.sleep(0.02)
    return is_over()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_a_child_that_does_not_end_is_killed_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pid"
    code = (
        f"p = subprocess.Popen(['sleep', '60']); open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    monkeypatch.setattr(yahoo, "_CHILD", child(code, tmp_path))
    began = time.monotonic()
    reply = yahoo._ask({}, 4.0)
    assert time.monotonic() - began < 8
    assert reply == {"failure": "no_answer"}
    assert ends(lambda: not _alive(int(note.read_text())))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().split()[2] == "Z")  # killed, not yet collected


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import no_yfinance_here", r"ended \(ModuleNotFoundError, 1\)"),
        ("print('not json')", r"ended \(\?, 0\)"),
        ("print(7)", r"cannot be understood \(int\)"),
    ],
)
def test_a_child_that_dies_or_babbles_is_bad_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FakeYahoo, code: str, told: str
) -> None:
    monkeypatch.setattr(yahoo, "_CHILD", child(code, tmp_path))
    with pytest.raises(BadData, match=told):
        yahoo.fetch("VOO", base_url=server.url, attempts=2)


def test_the_child_ends_with_its_asker_and_leaves_nothing(server: FakeYahoo) -> None:
    server.list("HANG", Market(recent(), days=30))
    server.behave("HANG", "hang")
    folder = tempfile.mkdtemp(prefix="asker-")
    request = {"symbol": "HANG", "start": None, "base_url": server.url, "folder": folder, "seconds": 30.0}
    process = subprocess.Popen(
        [sys.executable, "-P", str(yahoo._CHILD)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    assert ends(lambda: server.charts("HANG") > 0, 30)
    process.stdin.close()  # what happens when the asker dies
    assert process.wait(timeout=5) == 1
    assert not Path(folder).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent the POSIX way")
def test_an_interrupt_does_not_wait_for_the_fetch(server: FakeYahoo, tmp_path: Path) -> None:
    server.list("CTRL", Market(recent(), days=30))
    server.behave("CTRL", "hang")
    code = (
        "import sys; from functools import partial; from pathlib import Path\n"
        "from engine.market.cache import Cache, Request; from engine.market.providers import yahoo\n"
        "fetch = partial(yahoo.fetch, base_url=sys.argv[1])\n"
        "Cache(Path(sys.argv[2])).get_many([Request('CTRL', 'yahoo', fetch)])\n"
    )
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", code, server.url, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stderr=subprocess.DEVNULL,
    )
    assert ends(lambda: server.charts("CTRL") > 0, 30)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    assert time.monotonic() - began < 5


def test_threads_share_nothing_in_the_fetch(server: FakeYahoo) -> None:
    answers: dict[str, Series] = {}

    def fetch(symbol: str) -> None:
        answers[symbol] = yahoo.fetch(symbol, base_url=server.url, attempts=1)

    symbols = {"ONE": 31.0, "TWO": 52.0, "THREE": 73.0}
    for symbol, close in symbols.items():
        server.list(symbol, Market(recent(), days=25, close=close))
    threads = [threading.Thread(target=fetch, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        assert answers[symbol].close.tolist() == server.markets[symbol].closes()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory as Linux has them")
@pytest.mark.parametrize("mode", ["endless", "bomb"])
def test_an_answer_without_an_end_takes_no_memory(server: FakeYahoo, mode: str) -> None:
    """Bytes for ever, and a few that unpack to gigabytes: one line, within the limits of the child."""
    import resource

    server.list("MUCH", Market(recent(), days=SPAN))
    server.behave("MUCH", mode)
    begun = time.monotonic()
    with pytest.raises(DataError) as caught:
        yahoo.fetch("MUCH", base_url=server.url, attempts=1)
    server.behave("MUCH", "ok")
    assert "\n" not in str(caught.value)
    assert time.monotonic() - begun < yahoo.ATTEMPT + 5
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2_000_000


def test_a_child_that_says_too_much_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    for said in (
        "import sys\nfor _ in range(40): sys.stdout.write(' ' * 1_000_000)",
        "print('[' * 100_000)",
        "import sys\nsys.stderr.write('x' * 20_000_000 + chr(10) + chr(27) + '[31m' + 'the reason')",
        "print('7')",
    ):
        child.write_text(said)
        monkeypatch.setattr(yahoo, "_CHILD", child)
        reply = yahoo._ask({"symbol": "VOO"}, 20)
        assert reply.get("failure") in ("too_much", "ended", None)
        assert len(str(reply)) < 500


@pytest.mark.parametrize(
    "change",
    [{"dates": ["2030-01-02"] * 300_000}, {"currency": "x" * 1000}, {"symbol": {}}, {"close": [[1.0]] * 3},
     {"today": None}, {"granularity": "\x1b[2J"}, {"close": ["1"] * 3}, {"splits": [[1]] * 2000}],
)  # fmt: skip
def test_every_field_of_an_answer_has_a_bound(change: dict[str, Any]) -> None:
    with pytest.raises(BadData, match="cannot be understood") as caught:
        yahoo.to_series({**REPLY, **change}, "VOO", None)
    assert len(str(caught.value)) < 300
