"""The providers that use the network, by the name a person types."""

from __future__ import annotations

from engine.errors import ConfigError
from engine.market.cache import Fetch
from engine.market.providers import ecb, fred, french, stooq, yahoo
from engine.messages import Quoted, listed, message

FETCH: dict[str, Fetch] = {
    "yahoo": yahoo.fetch,
    "ecb": ecb.fetch,
    "fred": fred.fetch,
    "french": french.fetch,
    "stooq": stooq.fetch,
}


def fetcher(provider: str) -> Fetch:
    """How ``provider`` is asked. Errors: ConfigError naming those there are."""
    if provider not in FETCH:
        what = message("{name} is no online source", name=Quoted(provider))
        raise ConfigError(what, hint=message("one of {names}", names=listed(FETCH)))
    return FETCH[provider]
