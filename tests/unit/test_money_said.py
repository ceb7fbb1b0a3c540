"""How a study's statements say what comes and what is taken out: every kind, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from engine.locale import Locale
from engine.messages import Message
from engine.studies.grid.money import incomes_said, withdrawals_said

KINDS: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "inflation_linked", "amount": 150_000}, "¥150,000 a month, rising with inflation", "15万円"),
    ({"type": "fixed", "amount": 600_000, "every": "yearly", "from": "2030-04-01"},
     "¥600,000 a year from 2030-04-01", "60万円"),
    ({"type": "percent", "rate": 0.04}, "4% of the value a year", "4%"),
    ({"type": "percent_with_limits", "rate": 0.04},
     "4% of the value a year, at most 5% above and 2.5% below last year's with inflation", "2.5%"),
    ({"type": "guardrails", "rate": 0.05, "band": 0.1},
     "5% of the value at first, then with inflation between guardrails of 10%", "10%"),
    ({"type": "over_years", "years": 30}, "everything over 30 years", "30年"),
    ({"type": "over_years", "until": "2050-01-01"}, "everything bit by bit until 2050-01-01", "2050"),
    ({"type": "annuity", "years": 25, "rate": 0.03}, "an annuity over 25 years at 3%", "25年"),
    ({"type": "annuity", "until": "2050-01-01", "rate": 0.03}, "an annuity at 3% until 2050-01-01", "3%"),
    ({"type": "fixed", "amount": 50_000, "name": "rent", "from": "2030-04-01", "until": "2040-03-31"},
     "rent (¥50,000 a month from 2030-04-01 to 2040-03-31)", "2040"),
]  # fmt: skip


def said(found: Any, lang: str) -> str:
    return str(found.translate(Locale(lang)))


@pytest.mark.parametrize(("item", "english", "japanese"), KINDS)
def test_each_kind_of_withdrawal(item: dict[str, Any], english: str, japanese: str) -> None:
    found = withdrawals_said([item], "JPY")
    assert english in said(found, "en")
    assert japanese in said(found, "ja")


def test_several_and_goals_of_each_kind_of_money() -> None:
    goals = [
        {"name": "roof", "date": "2030-01-01", "amount": 3_000_000},
        {"name": "car", "date": "2032-01-01", "amount": 2_000_000, "in": "real"},
    ]
    text = said(withdrawals_said([KINDS[0][0], KINDS[2][0]], "JPY", goals), "en")
    for part in (
        KINDS[0][1],
        KINDS[2][1],
        "roof (¥3,000,000 on 2030-01-01)",
        "car (¥2,000,000 in prices of the start on",
    ):
        assert part in text


def test_incomes() -> None:
    found = incomes_said(
        [
            {"name": "pension", "amount": 300_000, "every": "even_months", "from": "2040-01-01"},
            {"name": "gift", "amount": 100_000, "every": "yearly"},
        ],
        "JPY",
    )
    assert isinstance(found, Message)
    assert "pension (¥300,000 every two months from 2040-01-01)" in said(found, "en")
    assert "gift (¥100,000 a year)" in said(found, "en")
