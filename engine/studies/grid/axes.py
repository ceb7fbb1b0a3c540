"""The axes of a sweep: keys of the configuration and their values, in files and as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.locale import ENGLISH, OwnText
from engine.messages import Arg, Message, Percent, Text, as_arg, message, quantity, word
from engine.studies.grid.documents import text_of
from engine.studies.grid.money import contributions_said

# Axes of numbers that are no plain ones.
KINDS = {"amount": "money", "spread_months": "count", "horizon": "count"}


@dataclass(frozen=True)
class Axis:
    """One dimension of a study: a key of the configuration and the values it takes; ``currency`` of amounts.

    ``labels``  what a person calls the values, maybe in several languages; () where they say it themselves
    """

    key: str
    values: tuple[Any, ...]
    currency: str = "JPY"
    labels: tuple[OwnText, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the key, by which people know it."""
        return self.key.split(".")[-1]

    @property
    def label(self) -> Arg:
        """Its name for people."""
        own = f"axis_{'_'.join(self.key.split('.')[-2:])}"  # strategy.withdrawals.amount is no contribution
        key = own if ENGLISH.has(own) else f"axis_{self.name}"
        return word(key) if ENGLISH.has(key) else Text(self.name)

    @property
    def kind(self) -> str:
        """How its values are shown: ``weight`` marks shares of the portfolio, ``text`` what are no numbers."""
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values):
            return "text"
        if self.name in KINDS:
            return KINDS[self.name]
        if self.name.endswith("weight"):
            return "weight"
        return "count" if all(float(value).is_integer() for value in self.values) else "number"

    @property
    def plain(self) -> tuple[Any, ...]:
        """The values as programs take them: numbers, or texts as :func:`text_of` writes them."""
        return tuple(map(text_of, self.values)) if self.kind == "text" else self.values

    def text(self, place: int) -> Arg:
        """A value for people; what has no words of its own as the file has it."""
        value = self.values[place]
        if self.labels:
            return as_arg(self.labels[place])
        if self.name == "horizon":
            return years_said(value)
        if self.kind != "text":
            return quantity(value, self.kind, self.currency)
        match self.name, value:
            case "contributions", {"type": _} | [{"type": _}, *_]:
                return contributions_said(value, self.currency)
            case "rebalancing", {"type": _}:
                return rebalancing_said(value)
            case "rebalancing", str():
                return rebalancing_said({"type": value})
            case "accounts", [*names] if all(ENGLISH.has(f"study_account_{name}") for name in names):
                return _joined([word(f"study_account_{name}") for name in names])
        return Text(text_of(value))


def years_said(years: int) -> Message:
    """A length of whole years."""
    return message("{n} year", plural="{n} years", n=years)


def rebalancing_said(rebalancing: Mapping[str, Any]) -> Arg:
    """How weights are kept, in words where a few do."""
    match dict(rebalancing):
        case {"type": "none" | "no_sell" as kind, **rest} if not rest:
            return word(f"study_rebalance_{kind}")
        case {"type": "calendar", "every": "monthly" | "quarterly" | "yearly" as every, **rest} if not rest:
            return word(f"study_rebalance_calendar_{every}")
        case {"type": "band", "width": float(width), "check": "monthly", **rest} if not rest:
            return word("study_rebalance_band", width=Percent(round(width, 4)))
    return Text(text_of(dict(rebalancing)))


def _joined(names: list[Arg]) -> Arg:
    """Accounts that belong together."""
    first, *rest = names
    return message("{one} + {other}", one=first, other=_joined(rest)) if rest else first
