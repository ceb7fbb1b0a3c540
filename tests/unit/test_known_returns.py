"""Returns that are known from outside, through the whole program: configuration, prices, ledger, metrics."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.config import load_config
from engine.run import run

FOLDER = os.environ.get("BACKTEST_MARKET_DATA")
CORE = Path(__file__).parents[2] / "configs" / "core100.yaml"

KNOWN = [  # 2013-12-31 to 2023-12-29, dividends reinvested, percent
    ("IWM", "USD", 98.95),
    ("IJR", "USD", 128.54),
    ("VOO", "USD", 210.58),
    ("IWM", "JPY", 168.22),
    ("IJR", "JPY", 208.12),
    ("VOO", "JPY", 318.72),
]


@pytest.mark.market
@pytest.mark.skipif(not FOLDER, reason="BACKTEST_MARKET_DATA is not set: no real prices")
@pytest.mark.parametrize(("symbol", "currency", "percent"), KNOWN)
def test_a_lump_sum_grows_as_published(symbol: str, currency: str, percent: float) -> None:
    config = load_config(
        CORE,
        [
            f"currency={currency}",
            "period={start: 2013-12-31, end: 2023-12-29}",
            f"strategy.allocation={{type: fixed_mix, weights: {{{symbol}: 1.0}}}}",
            "strategy.contributions={type: lump_sum, amount: 1_000_000}",
            "accounts=[plain]",
            "execution.whole_shares=false",
            "dividends=total_return",
        ],
    )
    result = run(config, source=f"csv:{FOLDER}")
    growth = result.metrics["final_value"]
    assert isinstance(growth, float)
    assert (growth / 1_000_000 - 1) * 100 == pytest.approx(percent, abs=0.02)
    assert result.metrics["value_to_contributed"] == pytest.approx(growth / 1_000_000)
