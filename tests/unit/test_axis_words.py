"""Values of a sweep's axes as people say them; in files and JSON they stay as the configuration has them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.locale import Locale
from engine.studies.grid.axes import Axis

MONTHLY = {"type": "monthly", "amount": 100_000, "day": 1}
BAND = {"type": "band", "width": 0.03, "check": "monthly"}


@pytest.mark.parametrize(
    ("key", "value", "english", "japanese"),
    [
        ("strategy.contributions", MONTHLY, "¥100,000 a month", "毎月10万円"),
        (
            "strategy.contributions",
            {"type": "monthly", "amount": 100_000, "bonus": {"amount": 1}},
            "monthly(amount=100000, bonus=(amount=1))",
            "monthly(amount=100000, bonus=(amount=1))",
        ),
        ("strategy.rebalancing", {"type": "no_sell"}, "by new money", "追加の入金で"),
        ("strategy.rebalancing", "none", "none", "なし"),
        ("strategy.rebalancing", {"type": "calendar", "every": "yearly"}, "each year", "毎年"),
        ("strategy.rebalancing", BAND, "beyond ±3%", "±3%を超えたら"),
        (
            "strategy.rebalancing",
            {"type": "band", "width": 0.03, "check": "daily"},
            "band(width=0.03, check=daily)",
            "band(width=0.03, check=daily)",
        ),
        ("accounts", ["nisa", "taxable"], "NISA + taxable", "NISA＋特定口座"),
        ("accounts", ["plain"], "no tax", "税なし"),
        ("accounts", ["elsewhere"], "elsewhere", "elsewhere"),
        ("strategy.allocation.satellite", "IJR", "IJR", "IJR"),
    ],
)  # fmt: skip
def test_words(key: str, value: Any, english: str, japanese: str) -> None:
    said = Axis(key, (value,)).text(0)
    assert said.translate(Locale("en")) == english
    assert said.translate(Locale("ja")) == japanese
