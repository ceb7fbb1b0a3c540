"""The providers that use the network, by the name a person types."""

from __future__ import annotations

from engine.errors import ConfigError
from engine.market.cache import Fetch
from engine.market.providers import ecb_online, fred, french, yahoo

FETCH: dict[str, Fetch] = {
    "yahoo": yahoo.fetch,
    "ecb": ecb_online.fetch,
    "fred": fred.fetch,
    "french": french.fetch,
}


def fetcher(provider: str) -> Fetch:
    """How ``provider`` is asked. Errors: ConfigError naming those there are."""
    if provider not in FETCH:
        raise ConfigError(f"{provider!r} is no online source", hint=f"one of {', '.join(FETCH)}")
    return FETCH[provider]
