"""The whole way from ``--data yahoo`` through the cache, with a stand-in for Yahoo."""

import numpy as np
import pytest

from engine.errors import NotFound, Offline
from engine.market.panel_builder import build_panel
from engine.messages import Message
from tests.market_helpers import walk

yahoo = pytest.importorskip("engine.market.providers.yahoo")
pytest.importorskip("engine.market.cache")
pytest.importorskip("engine.market.providers.sample")


@pytest.fixture
def world(tmp_path, monkeypatch):
    """An empty cache, no network, and a Yahoo that knows VOO, IJR and ^SP500TR and counts its calls."""
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    monkeypatch.setenv("BACKTEST_YAHOO_URL", "http://127.0.0.1:9")
    calls = []

    def fetch(symbol, *, start=None, currency=None, **_):
        calls.append((symbol, currency))
        if symbol not in ("VOO", "IJR", "^SP500TR"):
            raise NotFound(Message(f"{symbol}: unknown"))
        return walk(symbol, start="2014-01-02", end="2019-12-31").replace(source="yahoo")

    monkeypatch.setattr(yahoo, "fetch", fetch)
    return calls


PERIOD = {"start": "2015-01-01", "end": "2019-12-31"}


def test_fetched_once_then_from_the_cache(world):
    first = build_panel(["VOO", "IJR"], source="yahoo", **PERIOD)
    assert sorted(world) == [("IJR", "USD"), ("VOO", "USD")]
    again = build_panel(["VOO", "IJR"], source="yahoo", offline=True, **PERIOD)
    assert len(world) == 2
    assert first.provenance == again.provenance
    assert [item.source for item in first.provenance] == ["yahoo", "yahoo", "ecb"]


def test_a_known_fault_of_yahoo_is_corrected_and_named(world):
    panel = build_panel(["VOO"], source="yahoo", **PERIOD)
    assert any(
        "missing dividend 1.026 put in on 2014-12-18" in str(note) for note in panel.provenance[0].notes
    )
    at = int(np.searchsorted(panel.sessions, np.datetime64("2014-12-18")))
    assert panel.dividend[at, 0] == 1.026


def test_an_index_goes_by_its_yahoo_name(world):
    build_panel(["SP500TR"], source="yahoo", currency="USD", **PERIOD)
    assert world == [("^SP500TR", "USD")]


def test_yahoo_never_falls_back(world):
    with pytest.raises(NotFound, match="QQQ"):
        build_panel(["QQQ"], source="yahoo", **PERIOD)
    with pytest.raises(Offline):
        build_panel(["IJR"], source="yahoo", offline=True, **PERIOD)


def test_auto_with_an_empty_cache_and_no_network_is_the_sample(world):
    panel = build_panel(["VOO", "IJR"], source="auto", **PERIOD)
    assert world == []
    assert panel.is_sample
    assert "Yahoo cannot be reached" in str(panel.provenance[0].notes[0])


def test_auto_takes_what_is_stored(world):
    build_panel(["VOO", "IJR"], source="yahoo", **PERIOD)
    panel = build_panel(["VOO", "IJR"], source="auto", **PERIOD)
    assert not panel.is_sample
    assert "every symbol is in the local cache" in str(panel.provenance[0].notes[0])


def test_newer_fixings_are_asked_for_only_beyond_the_bundled_ones(world, monkeypatch):
    from engine.market.providers import ecb
    from engine.market.sources import open_source

    bundled = ecb.load()
    newer = bundled.replace(source="ecb:eurofxref-hist", dates=bundled.dates + np.timedelta64(7, "D"))
    asked = []

    def fetch(symbol, *, start=None, **_):
        asked.append(symbol)
        return newer

    monkeypatch.setattr(ecb, "fetch", fetch)
    source = open_source("yahoo")
    assert source.fx(bundled.dates[-1]).source == "ecb"
    assert asked == []
    assert source.fx(bundled.dates[-1] + np.timedelta64(3, "D")).source == "ecb:eurofxref-hist"
    assert asked == ["USDJPY"]


def test_without_newer_fixings_the_bundled_ones_serve_and_say_so(world, monkeypatch):
    from engine.market.providers import ecb
    from engine.market.sources import open_source

    def fetch(symbol, *, start=None, **_):
        raise Offline(Message("the bank does not answer"))

    monkeypatch.setattr(ecb, "fetch", fetch)
    fx = open_source("yahoo").fx(None)
    assert fx.source == "ecb"
    assert "newer ones cannot be had: the bank does not answer" in str(fx.notes[0])


def test_yahoo_is_reachable_where_its_address_takes_a_connection(world, monkeypatch):
    import socket

    from engine.market.sources import _reachable

    assert not _reachable()
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("BACKTEST_YAHOO_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        assert _reachable()
