"""Momentum rotation: the few assets that rose most, in equal parts. See rotation.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import History


def weights(history: History, params: Mapping[str, Any]) -> dict[str, float]:
    """The ``hold`` assets with the highest return over ``sessions``, each with the same weight."""
    prices = history.values
    sessions = min(params["sessions"], len(prices) - 1)
    change = prices[-1] / prices[-1 - sessions] - 1.0
    best = change.argsort(kind="stable")[::-1][: params["hold"]]
    return {history.symbols[number]: 1.0 / len(best) for number in best}
