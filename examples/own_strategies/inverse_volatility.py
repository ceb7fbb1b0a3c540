"""Inverse volatility: the calmer an asset was, the more of it. See inverse_volatility.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine import History


def weights(history: History, params: Mapping[str, Any]) -> dict[str, float]:
    """Weights in proportion to 1 / volatility of the last ``sessions`` daily returns."""
    prices = history.values[-params["sessions"] - 1 :]
    volatility = np.std(prices[1:] / prices[:-1] - 1.0, axis=0, ddof=1)
    calm = 1.0 / np.maximum(volatility, 1e-12)
    return dict(zip(history.symbols, calm / calm.sum()))
