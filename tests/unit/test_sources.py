from dataclasses import dataclass

import numpy as np
import pytest

from engine.errors import BadData, ConfigError, NotFound, Offline, RateLimited, Stale
from engine.market import sources
from engine.market.panel_builder import build_panel
from engine.market.providers import ecb
from engine.messages import Message
from tests.market_helpers import walk, yen

HEADER = "symbol,kind,currency,expense_percent,first_date,frames,name_en\n"


def test_a_folder_with_its_own_rate_and_assets(tmp_path):
    (tmp_path / "MYFUND.csv").write_text("date,close,dividend\n2024-01-04,10000,0\n2024-01-05,10100,0\n")
    (tmp_path / "USDJPY.csv").write_text("date,close\n2024-01-04,200\n2024-01-05,210\n")
    (tmp_path / "assets.csv").write_text(HEADER + "MYFUND,jp_fund,JPY,0.1,,T G,My fund\n")
    panel = build_panel(["MYFUND"], source=f"csv:{tmp_path}", currency="USD")
    assert panel.kind == ("jp_fund",)
    np.testing.assert_array_equal(panel.usdjpy, [200, 210])
    assert [entry.source for entry in panel.provenance] == ["csv:MYFUND.csv", "csv:USDJPY.csv"]


def test_a_folder_without_a_rate_takes_the_ecbs_and_names_it(tmp_path):
    (tmp_path / "AAA.csv").write_text("date,close,dividend\n2024-01-04,10,0\n2024-01-05,11,0\n")
    panel = build_panel(["AAA"], source=f"csv:{tmp_path}")
    assert [entry.source for entry in panel.provenance] == ["csv:AAA.csv", "ecb"]
    assert panel.provenance[1].sha256 == ecb.load().sha256


@pytest.mark.parametrize("spec", ["", "csv", "csv:", "Yahoo", "http://x"])
def test_unknown_sources(spec):
    with pytest.raises(
        ConfigError, match="auto, yahoo, stooq, sample, century, french, french:ZIP, shiller:FILE, csv:DIR"
    ):
        sources.open_source(spec)


@dataclass(frozen=True)
class Policy:
    offline: bool = False
    refresh: bool = False
    max_age: float | None = None
    lock: bool = False
    allow_stale: bool = False


class World:
    """What ``auto`` meets: a cache that may hold things, a network that may be there."""

    def __init__(self, monkeypatch, *, cached=None, online=False, yahoo=None, sample=("VOO", "IJR")):
        self.asked = []
        self.cached, self.online, self.yahoo, self.sample = cached, online, yahoo, sample
        monkeypatch.setattr(sources, "_yahoo", self.fake_yahoo)
        monkeypatch.setattr(sources, "_reachable", self.reachable)
        monkeypatch.setattr(sources, "_sample", self.fake_sample)

    def fake_yahoo(self, symbols, policy, end, reason=None):
        self.asked.append("cache" if policy.offline else "yahoo")
        answer = self.cached if policy.offline else self.yahoo
        if isinstance(answer, Exception):
            raise answer
        series = walk("VOO")
        return sources.Source(
            "yahoo", lambda symbol: series, lambda end: series, reason=reason, is_recent=answer != "old"
        )

    def fake_sample(self, reason=None):
        def load(symbol):
            if symbol not in self.sample:
                raise NotFound(Message("it has VOO, IJR"))
            return walk(symbol, is_sample=True)

        return sources.Source("sample", load, lambda end: yen(FX_DAYS), reason=reason)

    def reachable(self):
        self.asked.append("probe")
        return self.online


FX_DAYS = walk().dates
EMPTY = Offline(Message("not in the cache"))


@pytest.mark.parametrize(
    ("world", "policy", "name", "asked", "reason"),
    [
        ({"cached": "fresh"}, {}, "yahoo", ["cache"], "in the local cache"),
        ({"cached": "old"}, {"offline": True}, "yahoo", ["cache"], "in the local cache"),
        ({"cached": "old"}, {}, "yahoo", ["cache", "probe"], "in the local cache"),
        ({"cached": "old", "online": True}, {}, "yahoo", ["cache", "probe", "yahoo"], ""),
        ({"cached": EMPTY}, {}, "sample", ["cache", "probe"], "Yahoo cannot be reached"),
        ({"cached": EMPTY}, {"offline": True}, "sample", ["cache"], "the network is not allowed"),
        ({"cached": Stale(Message("too old"))}, {"offline": True}, "sample", ["cache"], "too old"),
        ({"cached": EMPTY, "online": True}, {}, "yahoo", ["cache", "probe", "yahoo"], ""),
        (
            {"cached": EMPTY, "online": True, "yahoo": RateLimited(Message("429"))},
            {},
            "sample",
            ["cache", "probe", "yahoo"],
            "Yahoo gives no prices now (429)",
        ),
        (
            {"cached": "old", "online": True, "yahoo": Offline(Message("503"))},
            {},
            "yahoo",
            ["cache", "probe", "yahoo"],
            "in the local cache",
        ),
        ({"cached": "fresh", "online": True}, {"refresh": True}, "yahoo", ["probe", "yahoo"], ""),
    ],
)
def test_auto_takes_the_cache_then_yahoo_then_the_sample(monkeypatch, world, policy, name, asked, reason):
    world = World(monkeypatch, **world)
    source = sources._auto(["VOO", "IJR"], Policy(**policy), None)
    assert source.name == name
    assert world.asked == asked
    assert reason in str(source.reason or "")


@pytest.mark.parametrize("error", [NotFound(Message("delisted")), BadData(Message("wrong currency"))])
def test_auto_never_hides_what_is_wrong_with_a_symbol(monkeypatch, error):
    World(monkeypatch, cached=EMPTY, online=True, yahoo=error)
    with pytest.raises(type(error)):
        sources._auto(["VOO"], Policy(), None)


def test_auto_says_so_if_the_sample_has_not_the_symbol(monkeypatch):
    World(monkeypatch, cached=EMPTY)
    with pytest.raises(Offline, match=r"QQQ: Yahoo cannot be reached, .* the sample has no QQQ either"):
        sources._auto(["VOO", "QQQ"], Policy(), None)


def test_the_reason_is_in_the_panels_provenance(monkeypatch):
    World(monkeypatch, cached=EMPTY)
    source = sources._auto(["VOO"], Policy(), None)
    panel = build_panel(["VOO"], source=source)
    assert panel.is_sample
    assert "source chosen: Yahoo cannot be reached" in str(panel.provenance[0].notes[0])
