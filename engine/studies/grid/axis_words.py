"""Words of studies in English and Japanese: axes, findings, what was assumed.

Beside ``engine.report.words``, which holds what pages and tables say of any study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.report.voice import Voice, clean
from engine.studies.grid.documents import text_of
from engine.studies.grid.points import Cells, short

# Axes of numbers that are no plain ones.
AXES = {
    "satellite_weight": "weight", "base_weight": "weight", "min_weight": "weight", "max_weight": "weight",
    "amount": "money", "spread_months": "count", "horizon": "count",
}  # fmt: skip


def money_words(contributions: Mapping[str, Any], voice: Voice) -> str:
    """How money arrives, in words where a few do: by what differs from the defaults."""
    key = f"study_money_{contributions.get('type')}"
    if voice.has(key) and set(contributions) <= {"type", "amount", "day"}:
        return voice(key, amount=voice.money(contributions["amount"]))
    return text_of(dict(contributions))


def withdrawal_words(withdrawals: Mapping[str, Any] | None, voice: Voice) -> str:
    """What is taken out, as the end of a sentence on the money; nothing where nothing is."""
    if withdrawals is None:
        return ""
    every = str(withdrawals.get("every", "monthly"))
    key = f"study_taken_{every}"
    if (
        withdrawals.get("type") == "fixed"
        and voice.has(key)
        and set(withdrawals) <= {"type", "amount", "every"}
    ):
        return voice(key, amount=voice.money(withdrawals["amount"]))
    return voice("study_taken_otherwise", words=text_of(dict(withdrawals)))


def rebalancing_words(rebalancing: Mapping[str, Any], voice: Voice) -> str:
    """How weights are kept, in words where a few do."""
    match dict(rebalancing):
        case {"type": "none" | "no_sell" as kind, **rest} if not rest:
            return voice(f"study_rebalance_{kind}")
        case {"type": "calendar", "every": "monthly" | "quarterly" | "yearly" as every, **rest} if not rest:
            return voice(f"study_rebalance_calendar_{every}")
        case {"type": "band", "width": float(width), "check": "monthly", **rest} if not rest:
            return voice("study_rebalance_band", width=voice.weight(width))
    return text_of(dict(rebalancing))


def value_words(key: str, value: Any, voice: Voice) -> str:
    """A value of an axis of texts for people; what has no words of its own as the file has it."""
    match short(key), value:
        case "contributions", {"type": _}:
            return money_words(value, voice)
        case "rebalancing", {"type": _}:
            return rebalancing_words(value, voice)
        case "rebalancing", str():
            return rebalancing_words({"type": value}, voice)
        case "accounts", [*names] if all(voice.has(f"study_account_{name}") for name in names):
            return voice("study_and_accounts").join(voice(f"study_account_{name}") for name in names)
    return clean(text_of(value))


def axis_label(key: str, voice: Voice) -> str:
    """An axis' name for people."""
    key = f"axis_{short(key)}"
    return voice(key) if voice.has(key) else clean(key.removeprefix("axis_"))


def axis_kind(key: str, values: tuple[Any, ...]) -> str:
    """How an axis' values are shown."""
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "text"
    if short(key) in AXES:
        return AXES[short(key)]
    if short(key).endswith("weight"):
        return "weight"
    return "count" if all(float(value).is_integer() for value in values) else "number"


def value_label(key: str, values: tuple[Any, ...], place: int, voice: Voice) -> str:
    """One value of an axis for people."""
    kind = axis_kind(key, values)
    return value_words(key, values[place], voice) if kind == "text" else voice.value(values[place], kind)


def cell_label(cells: Cells, cell: int, voice: Voice, only: tuple[int, ...] | None = None) -> str:
    """A cell for people; ``only`` some of its axes."""
    said = []
    for number, (key, values) in enumerate(cells.axes.items()):
        if len(values) > 1 and (only is None or number in only):
            place = int(cells.places[cell, number])
            said.append(
                voice(
                    "study_choice",
                    label=axis_label(key, voice),
                    value=value_label(key, values, place, voice),
                )
            )
    return voice.listed(said)
