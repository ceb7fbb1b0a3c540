"""What a model refuses, as one line: file, line, key, what came, what is allowed, a suggestion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from engine.config.base import MISSING, UNKNOWN, Model, types_of
from engine.config.document import Key, Node
from engine.config.wording import closest, dotted, one_of, show
from engine.errors import ConfigError

M = TypeVar("M", bound=Model)


def build(model: type[M], root: Node) -> M:
    """The model of a document. Raises ConfigError for the first thing that is wrong."""
    if root.value is None:
        raise ConfigError(f"{root.where}: empty, allowed: {_keys(model)}")
    try:
        return model.model_validate(root.plain())
    except ValidationError as error:
        raise explain(model, error, root) from None


def _keys(model: type[Model]) -> str:
    return "keys: " + ", ".join(field.alias or name for name, field in model.model_fields.items())


def explain(model: type[Model], error: ValidationError, root: Node) -> ConfigError:
    """The first of pydantic's findings in our words."""
    first = error.errors(include_url=False)[0]
    context = first.get("ctx", {})
    key = (*_key(first["loc"], root), *context.get("at", ()))
    allowed, words = _allowed(first["type"], context, first["msg"])
    node, found = root.find(key)
    hint = context.get("hint")
    came = context.get("came")
    if came == UNKNOWN:
        hint = _meant(str(key[-1]), allowed.split(", "), key[:-1], model)
        text = f"{UNKNOWN}, allowed: {allowed}"
    elif came is not None:
        text = f"{came}, allowed: {allowed}" if came == MISSING else f"came {came}, allowed {allowed}"
    else:
        value = node.plain() if found == key else first["input"]
        guess = closest(value, words) if isinstance(value, str) else None
        if first["type"] == "tuple_type" and isinstance(value, str | int | float):
            hint = f"write [{show(value, bare=True)}]"
        hint = hint or (f"did you mean {guess}?" if guess else None)
        text = f"came {show(value)}, allowed {allowed}"
    name = dotted(key)
    said = not name or node.where == f"--set {name}"
    place = node.where if said else f"{node.where}: {name}".removeprefix(": ")
    return ConfigError(f"{place}: {text}", hint=hint)


def _key(loc: tuple[str | int, ...], root: Node) -> Key:
    """Pydantic's location without the names of union members it passed through."""
    node, key = root, ()  # type: Node, Key
    for part in loc:
        below = node.child(part)
        if below is not None:
            node, key = below, (*key, part)
    return key


def _allowed(kind: str, context: dict[str, Any], message: str) -> tuple[str, tuple[str, ...]]:
    """What is allowed, and the words that may have been meant."""
    if kind == "problem":
        return context["allowed"], context["words"]
    if kind == "literal_error":
        words = tuple(re.findall(r"'([^']*)'", context["expected"]))
        return one_of(words), words
    if kind in ("too_short", "too_long"):
        bound = context.get("min_length", context.get("max_length"))
        return f"{'at least' if kind == 'too_short' else 'at most'} {bound}", ()
    shapes = {"tuple_type": "a list, such as [a, b]", "dict_type": "keys and values"}
    return shapes.get(kind, message.removeprefix("Input should be ")), ()


def _meant(key: str, siblings: list[str], parent: Key, model: type[Model]) -> str | None:
    """Where an unknown key may belong: a sibling spelt alike, or the same word elsewhere."""
    guess = closest(key, siblings)
    if guess is not None:
        return f"did you mean {guess}?"
    for at, names, kind in _groups(model, ()):
        if key in names:
            if at == parent and kind:
                return f"it belongs to type: {kind}"
            return f"did you mean {dotted((*at, key))}?"
    return None


def _groups(annotation: Any, at: Key) -> Iterator[tuple[Key, set[str], str | None]]:
    """Every group of keys in a type: where it is, its keys, and its ``type`` word."""
    fields = getattr(annotation, "model_fields", None)
    if fields is None:
        for member in get_args(annotation):
            yield from _groups(member, at)
        return
    kinds = types_of(annotation | None)
    yield at, {field.alias or name for name, field in fields.items()}, kinds[0] if kinds else None
    for name, field in fields.items():
        yield from _groups(field.annotation, (*at, field.alias or name))
