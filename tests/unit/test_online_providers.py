"""The online providers share one interface: through the cache, with the network switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ConfigError, Offline
from engine.market.cache import Cache
from engine.market.providers.online import FETCH, fetcher

SYMBOLS = {"yahoo": "VOO", "ecb": "USDJPY", "fred": "USDJPY", "french": "FF_LO30", "stooq": "VOO"}


@pytest.mark.parametrize("provider", sorted(FETCH))
def test_each_says_offline_and_stores_nothing(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTEST_OFFLINE", "1")
    with pytest.raises(Offline, match="BACKTEST_OFFLINE"):
        Cache(tmp_path).get(SYMBOLS[provider], provider, fetcher(provider))
    assert Cache(tmp_path).find() == []


def test_an_unknown_source_names_the_known() -> None:
    with pytest.raises(ConfigError, match="one of yahoo, ecb, fred, french, stooq"):
        fetcher("bloomberg")
