"""YAML text into a tree that remembers the line of every key.

Only plain data comes out: no tags, one document, text keys, bounded size and depth. Scalars follow the
YAML 1.2 core schema (``ON`` and ``NO`` are text), plus dates and integers with underscores (``100_000``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.config.wording import closest, show
from engine.errors import ConfigError
from engine.files import find

MAX_BYTES = 1_000_000
MAX_LINE = 10_000
MAX_DEPTH = 50
MAX_NODES = 50_000

Scalar = None | bool | int | float | str | dt.date
Key = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(_[0-9]+)*(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOKEN = re.compile(r"\('(<[^>']*>)',\)")  # the parser names some tokens as a tuple of one
_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True)
class Node:
    """A value of the tree. ``where`` names its origin: ``configs/x.yaml:12`` or ``--set key``.

    ``value`` is a scalar, a mapping of text to nodes, or a tuple of nodes. ``size`` counts the nodes in it
    with aliases written out, ``height`` its levels; both are bounded before anything walks the tree.
    """

    value: Scalar | Mapping[str, Node] | tuple[Node, ...]
    where: str
    size: int = 1
    height: int = 1

    def plain(self) -> Any:
        """The tree as dicts, lists and scalars."""
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: str | int) -> Node | None:
        """The node under a mapping's key or a list's index, None where there is none."""
        if isinstance(self.value, Mapping) and isinstance(key, str):
            return self.value.get(key)
        if isinstance(self.value, tuple) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]
        return None

    def find(self, key: Key) -> tuple[Node, Key]:
        """The deepest node on the way to ``key`` that exists, and its own key."""
        node, found = self, 0
        for part in key:
            below = node.child(part)
            if below is None:
                break
            node, found = below, found + 1
        return node, key[:found]


def scalar(text: str) -> Scalar:
    """What an unquoted scalar means. Text that looks like a date but is none stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 40:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    if _DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return text
    return text


def read_document(path: str | Path) -> Node:
    """The tree of a YAML file. Raises ConfigError in one line for anything that is not one."""
    return parse_document(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """A small UTF-8 text file (a byte order mark is dropped)."""
    name = show_path(path)
    try:
        with find(Path(path)).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file", hint=_similar_file(Path(path))) from None
    except IsADirectoryError:
        raise ConfigError(f"{name}: this is a folder, allowed: a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{name}: cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{name}: longer than 1 MB, allowed: up to 1 MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        came = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise ConfigError(f"{name}:{line}: {came}", hint="save the file as UTF-8") from None


def show_path(path: str | Path) -> str:
    """A path on one line, whatever characters it holds."""
    text = str(path)
    return text if text.isprintable() else show(text)


def _similar_file(path: Path) -> str | None:
    try:
        names = [item.name for item in path.parent.iterdir() if item.suffix in (".yaml", ".yml", ".csv")]
    except (OSError, ValueError):
        return None
    guess = closest(path.name, names) or closest(path.name + ".yaml", names)
    return None if guess is None else f"did you mean {show_path(path.with_name(guess))}?"


def parse_document(text: str, filename: str = "<text>", *, origin: str | None = None) -> Node:
    """The tree of YAML text. ``origin`` replaces ``filename:line`` where the text is no file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    name = show_path(filename)
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            raise ConfigError(f"{name}:{number}: a line of {len(line):,} characters, allowed: {MAX_LINE:,}")
    builder = _Builder(name, origin, YAML(typ="safe", pure=True).parse(text))
    try:
        return builder.document()
    except ReaderError as error:
        place = origin or f"{name}:{text[: error.position].count(chr(10)) + 1}"
        character = error.character if isinstance(error.character, int) else ord(str(error.character))
        raise ConfigError(f"{place}: character U+{character:04X} is not allowed in YAML") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name
        problem = _TOKEN.sub(r"\1", error.problem or error.context or "unreadable")
        hint = "indent with spaces, not tabs" if "'\\t'" in problem else None
        raise ConfigError(f"{origin or place}: not YAML: {problem}", hint=hint) from None
    except YAMLError as error:
        raise ConfigError(f"{origin or name}: not YAML: {error}") from None
    except (ValueError, OverflowError):  # the scanner's own chr() of "\\UFFFFFFFF"
        raise ConfigError(f"{origin or name}: not YAML: an escape that stands for no character") from None


class _Builder:
    """Parser events into nodes, one document, with bounds checked on the way."""

    def __init__(self, name: str, origin: str | None, events: Iterator[Any]) -> None:
        self.name, self.origin, self.events = name, origin, events
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def where(self, event: Any) -> str:
        return self.origin or f"{self.name}:{event.start_mark.line + 1}"

    def next(self) -> tuple[Any, str]:
        event = next(self.events)
        return event, type(event).__name__

    def document(self) -> Node:
        self.next()  # the stream's start
        event, kind = self.next()
        if kind == "StreamEndEvent":
            return Node(None, self.origin or self.name)
        if event.version is not None or event.tags:
            raise ConfigError(
                f"{self.where(event)}: a % directive, allowed: plain YAML 1.2 without directives"
            )
        event, kind = self.next()
        node = self.node(event, kind, self.where(event), 1)
        self.next()  # the document's end
        event, kind = self.next()
        if kind != "StreamEndEvent":
            raise ConfigError(f"{self.where(event)}: a second document (---), allowed: one")
        return node

    def node(self, event: Any, kind: str, where: str, depth: int) -> Node:
        """The node that ``event`` begins. ``where`` is the line of its key or list item."""
        place = self.where(event)
        self.count += 1
        if depth > MAX_DEPTH:
            raise ConfigError(f"{place}: nested more than {MAX_DEPTH} levels deep")
        if self.count > MAX_NODES:
            raise ConfigError(f"{place}: more than {MAX_NODES:,} values")
        if kind == "AliasEvent":
            return self.alias(event, where, depth)
        if event.tag is not None:
            raise ConfigError(f"{place}: tag {show(str(event.tag))}, allowed: plain values without tags")
        if kind == "ScalarEvent":
            node = Node(scalar(event.value) if event.implicit[0] else event.value, where)
        elif kind == "SequenceStartEvent":
            items = tuple(self.items(depth + 1))
            node = _branch(items, items, where)
        else:
            members = dict(self.members(depth + 1))
            node = _branch(members, tuple(members.values()), where)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any, where: str, depth: int) -> Node:
        """What an anchor stood for: shared, not copied, and counted as if written out."""
        place = self.where(event)
        if event.anchor not in self.anchors:
            raise ConfigError(f"{place}: *{event.anchor} has no anchor &{event.anchor} before it")
        node = self.anchors[event.anchor]
        self.count += node.size
        if self.count > MAX_NODES:
            raise ConfigError(f"{place}: aliases stand for more than {MAX_NODES:,} values")
        if depth + node.height - 1 > MAX_DEPTH:
            raise ConfigError(f"{place}: nested more than {MAX_DEPTH} levels deep")
        return replace(node, where=where)

    def items(self, depth: int) -> Iterator[Node]:
        while True:
            event, kind = self.next()
            if kind == "SequenceEndEvent":
                return
            yield self.node(event, kind, self.where(event), depth)

    def members(self, depth: int) -> Iterator[tuple[str, Node]]:
        seen: dict[str, str] = {}
        while True:
            event, kind = self.next()
            if kind == "MappingEndEvent":
                return
            where = self.where(event)
            if kind != "ScalarEvent" or event.tag is not None:
                raise ConfigError(f"{where}: a key that is no plain text, allowed: key: value")
            key = str(event.value)
            if key in seen:
                raise ConfigError(
                    f"{where}: {show(key, bare=True)}: this key is already given at {seen[key]}"
                )
            if key == "<<" and event.implicit[0]:
                raise ConfigError(
                    f"{where}: <<: merge keys are not part of YAML 1.2", hint="write the keys out"
                )
            seen[key] = where
            event, kind = self.next()
            yield key, self.node(event, kind, where, depth)


def _branch(value: Mapping[str, Node] | tuple[Node, ...], below: Sequence[Node], where: str) -> Node:
    size = 1 + sum(node.size for node in below)
    return Node(value, where, size, 1 + max((node.height for node in below), default=0))


def to_node(value: Any, where: str) -> Node:
    """Plain values as a tree whose every part comes from ``where``."""
    if isinstance(value, Mapping):
        members = {str(key): to_node(item, where) for key, item in value.items()}
        return _branch(members, tuple(members.values()), where)
    if isinstance(value, list | tuple):
        items = tuple(to_node(item, where) for item in value)
        return _branch(items, items, where)
    return Node(value, where)


def put(root: Node, key: Sequence[str], value: Node, words: Mapping[Key, str | None]) -> Node:
    """A copy of the tree with the value under ``key`` replaced or added.

    A mapping's key may hold dots (``weights.1306.T``): the longest key that is there wins. Where a word
    stands for a mapping (``rebalancing: no_sell``) it is written out first: ``words`` says under which key
    (``type``), or None where the word simply gives way.
    """
    return _put(root, tuple(key), value, (), words)


def _put(node: Node, rest: tuple[str, ...], value: Node, at: Key, words: Mapping[Key, str | None]) -> Node:
    if not rest:
        return value
    if isinstance(node.value, tuple):
        index = int(rest[0]) if rest[0].isdecimal() and len(rest[0]) < 6 else -1
        below = node.child(index)
        if below is None:
            allowed = f"0 to {len(node.value) - 1}" if node.value else "nothing, the list is empty"
            raise ConfigError(f"{value.where}: {rest[0]} is no place in this list, allowed: {allowed}")
        items = list(node.value)
        items[index] = _put(below, rest[1:], value, (*at, index), words)
        return _branch(tuple(items), items, node.where)
    where = node.where
    if isinstance(node.value, Mapping):
        members = dict(node.value)
    else:
        word_key = words.get(at)
        keep = word_key is not None and isinstance(node.value, str)
        members = {str(word_key): node} if keep else {}
        where = node.where if keep else value.where
    taken = next((n for n in range(len(rest), 1, -1) if ".".join(rest[:n]) in members), 1)
    name = ".".join(rest[:taken])
    below = members.get(name, Node(None, value.where))
    members[name] = _put(below, rest[taken:], value, (*at, name), words)
    return _branch(members, tuple(members.values()), where)
