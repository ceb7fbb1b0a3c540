"""What a control of the page is, as plain values, and how single controls are made of a plan's keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.config import Config
from engine.report.page_locale import PageLocale


@dataclass(frozen=True)
class Choice:
    """An entry of a list: its label, and the keys that it sets, as JSON."""

    label: str
    sets: str
    chosen: bool


@dataclass(frozen=True)
class Control:
    """One control. ``kind`` is how its text becomes a value; see ``live.js``.

    ``again``  other controls depend on it: all are drawn anew
    ``also``   keys that it sets beside its own, as JSON
    ``empty``  keys that it sets instead where it is emptied, as JSON
    """

    key: str
    kind: str
    label: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    step: str = ""
    again: bool = False
    also: str = ""
    empty: str = ""
    words: str = ""  # what a slider says of its value

    @property
    def id(self) -> str:
        """Its name in the page."""
        return id_of(self.key)


@dataclass(frozen=True)
class Button:
    """Something that is added or taken away: its words, and the keys that it sets."""

    id: str
    label: str
    sets: Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One of several of a group, such as a contribution: its controls, what takes it away, what adds one."""

    title: str
    controls: tuple[Control, ...]
    remove: Button
    add: str


@dataclass(frozen=True)
class Group:
    """Controls under a heading; ``items``: what there may be several of, ``adds`` more of them."""

    id: str
    title: str
    controls: tuple[Control, ...]
    items: tuple[Item, ...] = ()
    adds: tuple[Button, ...] = ()


class Fields:
    """Makes single controls of a plan in a language."""

    def __init__(self, config: Config, locale: PageLocale, own: Iterable[str] = ()) -> None:
        self.config, self.locale, self.own = config, locale, tuple(own)
        self.plain = config.resolved()

    def text(self, key: str, kind: str, word: str = "", **more: Any) -> Control:
        """A key whose value is typed; ``word``: its label, where that is not the key's own."""
        value = at(self.plain, key)
        shown = percent(value) if kind == "percent" else plain_number(value)
        return Control(key, kind, self.label(word or key.rpartition(".")[2]), shown, **more)

    def of_words(self, key: str, values: Iterable[str]) -> Control:
        """A key that is one of some words."""
        now, name = at(self.plain, key), key.rpartition(".")[2]
        return self.one_of(key, name, [({key: value}, f"{name}_{value}", value == now) for value in values])

    def one_of(
        self,
        key: str,
        word: str,
        choices: Iterable[tuple[Mapping[str, Any], str, bool]],
        *,
        again: bool = False,
    ) -> Control:
        """A list of (keys that are set, label, whether it is so now)."""
        made = tuple(Choice(self.said(label), json.dumps(sets), chosen) for sets, label, chosen in choices)
        if not any(item.chosen for item in made):  # what the list does not have stays as it is
            made = (Choice(self.label("as_it_is"), "{}", True), *made)
        return Control(key, "list", self.label(word), choices=made, again=again)

    def button(self, name: str, label: str, sets: Mapping[str, Any]) -> Button:
        """What adds or takes away."""
        return Button(id_of(name), label, sets)

    def said(self, label: str) -> str:
        """What a choice is called; one without words by its name in the file."""
        known = next((word for word in (f"live_{label}", label) if self.locale.has(word)), None)
        return label.removeprefix("source_") if known is None else self.locale(known)

    def label(self, name: str, /, **values: object) -> str:
        """A word of the page."""
        return self.locale(f"live_{name}", **values)


def kinds(
    key: str, word: str, now: Mapping[str, Any], kinds: Iterable[str], made: Callable[..., Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], str, bool]]:
    """The types that a group may have; the one it has, as it is."""
    return [
        (
            {key: now if kind == now["type"] else {"type": kind, **made(kind, now)}},
            f"{word}_{kind}",
            kind == now["type"],
        )
        for kind in kinds
    ]


def id_of(key: str) -> str:
    """The name in the page of what belongs to a key."""
    return key.replace(".", "-").replace("_", "-")


def at(plain: Any, key: str) -> Any:
    """The value of a key; None where there is none, as of keys that are written only where they say something."""
    found = plain
    for part in key.split("."):
        found = found[int(part)] if isinstance(found, list) else (found or {}).get(part)
    return found


def percent(share: float | str | None) -> str:
    """A share as a person types it in percent; a word as it is."""
    return plain_number(share) if not isinstance(share, float) else f"{round(share * 100, 10):.10g}"


def plain_number(value: Any) -> str:
    """A number or text as a person types it; '' for none."""
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
