"""Yen as people in Japan say them."""

from __future__ import annotations


def ten_thousands(yen: int) -> str:
    """Whole yen from 0 up: ``1億2,345万円``, ``45.6万円``, ``9,876円``."""
    if yen < 10_000:
        return f"{yen:,}円"
    if yen < 1_000_000 and round(yen / 10_000, 1) < 100:
        return f"{round(yen / 10_000, 1):g}万円"
    hundred_millions, rest = divmod(round(yen / 10_000), 10_000)
    trillions, hundred_millions = divmod(hundred_millions, 10_000)
    parts = (f"{trillions:,}兆" if trillions else "", f"{hundred_millions:,}億" if hundred_millions else "")
    return "".join(parts) + (f"{rest:,}万円" if rest or not any(parts) else "円")
