"""What a model refuses, as one line: file, line, key, what came, what is allowed, a suggestion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from engine.config.base import Model, fields_of, keys_of, types_of
from engine.config.document import Key, Node
from engine.config.leaves import Problem
from engine.config.wording import came, dotted, refused, show
from engine.errors import ConfigError
from engine.messages import Message, listed, message
from engine.words import did_you_mean

M = TypeVar("M", bound=Model)


def build(model: type[M], root: Node) -> M:
    """The model of a document. Raises ConfigError for the first thing that is wrong."""
    if root.value is None:
        raise refused(message("empty, allowed: {keys}", keys=keys_of(model)), place=root.where)
    try:
        return model.model_validate(root.plain())
    except ValidationError as error:
        raise explain(model, error, root) from None


def explain(model: type[Model], error: ValidationError, root: Node) -> ConfigError:
    """The first of pydantic's findings in our words."""
    first = error.errors(include_url=False)[0]
    problem = first.get("ctx", {}).get("error")
    if not isinstance(problem, Problem):
        problem = _known(first["type"], first.get("ctx", {}), first["input"])
    key = (*_key(first["loc"], root), *problem.at)
    node, found = root.find(key)
    told, hint = problem.what, problem.hint
    if not problem.whole:
        value = node.plain() if found == key else first["input"]
        told, hint = came(value, told), hint or did_you_mean(value, problem.words)
    elif problem.words:
        hint = _meant(str(key[-1]), problem.words, key[:-1], model)
    name = dotted(key)
    said = node.where == f"--set {name}"
    return refused(told, place=node.where, key="" if said else name, hint=hint)


def _key(loc: tuple[str | int, ...], root: Node) -> Key:
    """Pydantic's location without the names of union members it passed through."""
    node, key = root, ()  # type: Node, Key
    for part in loc:
        below = node.child(part)
        if below is not None:
            node, key = below, (*key, part)
    return key


def _known(kind: str, context: Mapping[str, Any], value: Any) -> Problem:
    """What pydantic itself finds, as a problem of ours."""
    match kind:
        case "literal_error":
            words = tuple(re.findall(r"'([^']*)'", context["expected"]))
            return Problem(listed(words, "or"), words=words)
        case "too_short":
            return Problem(message("at least {n}", n=context["min_length"]))
        case "too_long":
            return Problem(message("at most {n}", n=context["max_length"]))
        case "tuple_type":
            alone = isinstance(value, str | int | float)
            hint = message("write {text}", text=f"[{show(value, bare=True)}]") if alone else None
            return Problem(message("a list, such as [a, b]"), hint=hint)
        case "dict_type":
            return Problem(message("keys and values"))
    return Problem(message("another kind of value"))


def _meant(key: str, siblings: tuple[str, ...], parent: Key, model: type[Model]) -> Message | None:
    """Where an unknown key may belong: a sibling spelt alike, or the same word elsewhere."""
    near = did_you_mean(key, siblings)
    if near is not None:
        return near
    for at, names, kind in _groups(model, ()):
        if key in names:
            if at == parent and kind:
                return message("it belongs to type: {kind}", kind=kind)
            return message("did you mean {word}?", word=dotted((*at, key)))
    return None


def _groups(annotation: Any, at: Key) -> Iterator[tuple[Key, set[str], str | None]]:
    """Every group of keys in a type: where it is, its keys, and its ``type`` word."""
    if not hasattr(annotation, "model_fields"):
        for member in get_args(annotation):
            yield from _groups(member, at)
        return
    fields, kinds = fields_of(annotation), types_of(annotation | None)
    yield at, set(fields), kinds[0] if kinds else None
    for name, field in fields.items():
        yield from _groups(field.annotation, (*at, name))
