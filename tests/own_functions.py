"""Functions as users write them, for tests of the keys that name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.own_code import History


def weights(history: History, params: Mapping[str, Any]) -> dict[str, float]:
    share = params.get("share", 0.3)
    first, *_, last = history.symbols
    rises = history.values[-1, 0] > history.values[-21, 0]
    return {first: 1.0 - share, last: share} if rises else {first: share, last: 1.0 - share}


def other_weights(history: History, params: Mapping[str, Any]) -> dict[str, float]:
    return {history.symbols[0]: 1.0}


def signal(history: History, params: Mapping[str, Any]) -> float:
    return float(history.values[-1, 0] / history.values[0, 0] - 1.0 - params.get("least", 0.0))


def other_signal(history: History, params: Mapping[str, Any]) -> None:
    return None


def amount(history: History, params: Mapping[str, Any]) -> float:
    return float(params.get("amount", 200_000)) + len(history) % 7 * 1000


def other_amount(history: History, params: Mapping[str, Any]) -> float:
    return 1000.0
