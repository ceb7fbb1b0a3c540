"""What a model refuses, as one line: file, line, key, what came, what is allowed, a suggestion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from engine.config.base import Model, fields_of, keys_of, types_of
from engine.config.document import Key, Node, scalar
from engine.config.leaves import Problem
from engine.config.own_code import ALLOWED, TO_COME
from engine.config.wording import came, dotted, refused, show
from engine.errors import ConfigError
from engine.messages import Message, listed, message
from engine.words import did_you_mean, nearest

M = TypeVar("M", bound=Model)


def build(model: type[M], root: Node, *, allow_python: bool = False, to_come: bool = False) -> M:
    """The model of a document. Raises ConfigError for the first thing that is wrong.

    ``allow_python``: it may name functions that will be run. ``to_come``: its dates may lie behind its period.
    """
    if root.value is None:
        raise refused(message("empty, allowed: {keys}", keys=keys_of(model)), place=root.where)
    try:
        return model.model_validate(
            root.plain(placed=True), context={ALLOWED: allow_python, TO_COME: to_come}
        )
    except ValidationError as error:
        raise explain(model, error, root) from None


def explain(model: type[Model], error: ValidationError, root: Node) -> ConfigError:
    """The first of pydantic's findings in our words."""
    first = error.errors(include_url=False)[0]
    problem = first.get("ctx", {}).get("error")
    if not isinstance(problem, Problem):
        problem = _known(first["type"], first.get("ctx", {}))
    key = (*_key(first["loc"], root), *problem.at)
    node, found = root.find(key)
    told, hint = problem.what, problem.hint
    if not problem.whole:
        value = node.plain() if found == key and first["loc"][-1:] != ("[key]",) else first["input"]
        hint = hint or _shape(model, root, key, value, problem) or did_you_mean(value, problem.words)
        told = came(value, told)
    elif problem.words:
        hint = _other_document(model, root, key) or _meant(str(key[-1]), problem.words, key[:-1], model)
    if problem.currency not in ("", currency := _currency(root)):
        hint = message("amounts are in {currency} here, as the key currency says", currency=currency)
    name = dotted(key)
    said = node.where == f"--set {name}"
    return refused(told, place=node.where, key="" if said else name, hint=hint)


def _currency(root: Node) -> str:
    """The currency of a document's amounts."""
    node = root.child("currency")
    return str(node.value) if node is not None and node.value in ("JPY", "USD") else "JPY"


# --- a value of another shape than its key has --------------------------------------------------------------


def _shape(model: type[Model], root: Node, key: Key, value: Any, problem: Problem) -> Message | None:
    """How to write a value of the wrong shape, if the document would then be taken there."""
    if problem.words and key and isinstance(key[-1], int):
        around, place = root.find(key[:-1])[0].plain(), key[-1]
        words = _as_list(value)[0] if isinstance(value, str) else []
        key = key[:-1]
        candidates = [[*around[:place], *words, *around[place + 1 :]]] if len(words) > 1 else []
    elif problem.keys:
        candidates = _as_keys(value, problem.keys)
    elif problem.what == LIST:
        candidates = _as_list(value)
    elif problem.what == MAPPING:
        candidates = _as_mapping(value)
    else:
        return None
    taken = [meant for candidate in candidates if (meant := _taken(model, root, key, candidate)) is not None]
    return message("write {text}", text=show(taken[0])) if len(taken) == 1 else None


def _as_keys(value: Any, keys: tuple[str, ...]) -> list[Any]:
    """``sbi`` as the value of one of the keys; ``type:no_sell`` as a key and its value."""
    joined = re.fullmatch(r"([a-z_]+)\s*[:：]\s*(\S.*)", value) if isinstance(value, str) else None
    if joined is not None and joined[1] in keys:
        return [{joined[1]: scalar(joined[2])}]
    return [] if isinstance(value, list | dict) else [{name: value} for name in keys]


def _as_list(value: Any) -> list[Any]:
    """``nisa, taxable`` as a list of its words; a number as a list of one."""
    if not isinstance(value, str):
        return [[value]] if isinstance(value, int | float) else []
    bare = re.sub(r"(^|(?<=\s))-\s*|[\[\](){}（）［］【】「」]", " ", value)
    words = re.split(r"[\s,、，・/＋+]+", bare)
    return [[scalar(word) for word in words if word]]


def _as_mapping(value: Any) -> list[Any]:
    """``[VOO: 0.9, IJR: 0.1]`` as keys and values; a symbol alone has all of the weight."""
    if isinstance(value, str):
        return [{value: 1}]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [{name: one for item in value for name, one in item.items()}]
    return []


def _taken(model: type[Model], root: Node, key: Key, value: Any) -> Any:
    """``value``, its mistyped words mended, if the document has nothing against it under ``key``; else None."""
    for _ in range(1 + (len(value) if isinstance(value, list) else 0)):
        try:
            model.model_validate(_replaced(root.plain(), key, value))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            below = _below(first["loc"], key)
            if below is None:
                return value
            allowed = _known(first["type"], first.get("ctx", {})).words
            if not isinstance(value, list) or len(below) != 1 or not isinstance(below[0], int) or not allowed:
                return None
            near = nearest(str(value[below[0]]), allowed)
            if near is None:
                return None
            value = [near if n == below[0] else item for n, item in enumerate(value)]
        else:
            return value
    return None


def _below(loc: Key, key: Key) -> Key | None:
    """What follows ``key`` in pydantic's location, which also names union members; None where it is elsewhere."""
    left = [part for part in loc if part != "[key]"]
    for part in key:
        if part not in left:
            return None
        left = left[left.index(part) + 1 :]
    return tuple(left)


def _replaced(tree: Any, key: Key, value: Any) -> Any:
    """A tree of plain values with another one under ``key``."""
    if not key:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[key[0]] = _replaced(copy[key[0]], key[1:], value)  # type: ignore[index]
    return copy


def _key(loc: tuple[str | int, ...], root: Node) -> Key:
    """Pydantic's location without the names of union members it passed through."""
    node, key = root, ()  # type: Node, Key
    for part in loc:
        below = node.child(part)
        if below is not None:
            node, key = below, (*key, part)
    return key


LIST = message("a list, such as [a, b]")
MAPPING = message("keys and values")


def _known(kind: str, context: Mapping[str, Any]) -> Problem:
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
            return Problem(LIST)
        case "dict_type":
            return Problem(MAPPING)
    return Problem(message("another kind of value"))


# A key of documents of one kind alone -> the command that they are for.
COMMANDS = {"axes": "sweep", "strategies": "windows", "claims": "check", "strategy": "run"}


def _other_document(model: type[Model], root: Node, key: Key) -> Message | None:
    """The command that a document is for, where an unknown key of it shows it as one of another kind."""
    others = [name for name in COMMANDS if root.child(name) is not None and name not in model.model_fields]
    if len(key) > 1 or not others:
        return None
    return message("a file with {key} is for backtest {command}", key=others[0], command=COMMANDS[others[0]])


def _meant(key: str, siblings: tuple[str, ...], parent: Key, model: type[Model]) -> Message | None:
    """Where an unknown key may belong: the same word elsewhere, or a sibling spelt alike."""
    for at, names, kind in _groups(model, ()):
        if key in names:
            if at == parent and kind:
                return message("it belongs to type: {kind}", kind=kind)
            return message("did you mean {word}?", word=dotted((*at, key)))
    return did_you_mean(key, siblings)


def _groups(annotation: Any, at: Key) -> Iterator[tuple[Key, set[str], str | None]]:
    """Every group of keys in a type: where it is, its keys, and its ``type`` word."""
    if not isinstance(annotation, type) or not hasattr(annotation, "model_fields"):
        for member in get_args(annotation):
            yield from _groups(member, at)
        return
    fields, kinds = fields_of(annotation), types_of(annotation | None)
    yield at, set(fields), kinds[0] if kinds else None
    for name, field in fields.items():
        yield from _groups(field.annotation, (*at, name))
