"""Amounts as people in Japan write them: one meaning, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.spellings import amount_of

AMOUNTS = {
    "1億2,000万": 120_000_000,
    "十万五千": 105_000,
    "二〇万": 200_000,
    "千二百三十四": 1_234,
    "1.5万": 15_000,
    "1兆2億3万4千5": 1_000_200_034_005,
}


@pytest.mark.parametrize(("text", "amount"), AMOUNTS.items())
def test_an_amount(text: str, amount: int) -> None:
    assert amount_of(text) == (Decimal(amount), "")
    assert amount_of(f"¥{text}") == amount_of(f"{text}円") == (Decimal(amount), "JPY")


UNCLEAR = (
    "1.2.3万",
    ".万",
    "万",
    "0万",
    "万万",
    "1万億",
    "1万2億",
    "百千",
    "十百",
    "¥5ドル",
    "1.000",
    "¥120.500",
)


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_could_be_two_amounts_or_none_is_none(text: str) -> None:
    assert amount_of(text)[0] is None
