"""Trend and momentum: an asset is held while it is above its average, else the refuge. See trend.yaml.

``weights`` is an allocation; ``signal`` serves a tilt, and ``amount`` says what is paid in, in the same manner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import History


def weights(history: History, params: Mapping[str, Any]) -> dict[str, float]:
    """Equal parts; that of an asset below its mean of ``sessions`` closes goes to the last one of the list."""
    *risky, refuge = history.symbols
    prices = history.prices
    above = prices.iloc[-1] > prices.tail(params["sessions"]).mean()
    found = {symbol: 1.0 / len(risky) if above[symbol] else 0.0 for symbol in risky}
    return {**found, refuge: 1.0 - sum(found.values())}


def signal(history: History, params: Mapping[str, Any]) -> float | None:
    """The change of the second asset against the first over ``sessions``; none while the past is shorter."""
    if len(history) <= params["sessions"]:
        return None
    ratio = history.values[:, 1] / history.values[:, 0]
    return float(ratio[-1] / ratio[-1 - params["sessions"]] - 1.0)


def amount(history: History, params: Mapping[str, Any]) -> float:
    """``base``, and ``more`` while the first asset is a tenth or more below its highest close."""
    price = history.values[:, 0]
    return params["base"] + (params["more"] if price[-1] <= 0.9 * price.max() else 0.0)
