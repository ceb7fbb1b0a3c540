"""YAML text into a tree that remembers the line of every key.

Only plain data comes out: no tags, one document, text keys, bounded size and depth. Scalars follow the
YAML 1.2 core schema (``ON`` and ``NO`` are text), plus dates and integers with underscores (``100_000``).
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Number
from pathlib import Path
from typing import Any

from engine.config.wording import refused, show
from engine.config.yaml_errors import not_parsed, not_yaml
from engine.errors import ConfigError, reason_of
from engine.files import find
from engine.messages import Message, message
from engine.places import plans_folder
from engine.spellings import Pointed, decimal_text, is_pointed, number_of
from engine.words import nearest

MAX_BYTES = 1_000_000
MAX_LINE = 10_000
MAX_DEPTH = 50
MAX_NODES = 50_000

Scalar = None | bool | int | float | str | dt.date
Key = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(_[0-9]+)*(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMMAS = re.compile(r"[0-9.]+(,[0-9.]+)+")
_JOINED = re.compile(r"([A-Za-z_]\w*)(?::\s*|\s*：\s*|\s+)(\S.*)")
_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class Placed(str):
    """A text that knows where it was written, so that what is refused of it later is told with its line."""

    where: str

    @classmethod
    def at(cls, text: str, where: str) -> Placed:
        """``text``, written at ``where``."""
        placed = cls(text)
        placed.where = where
        return placed


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

    def plain(self, *, placed: bool = False) -> Any:
        """The tree as dicts, lists and scalars; ``placed``: its texts know where they were written."""
        text: Callable[[str], str] = (lambda known: known) if placed else str
        if isinstance(self.value, Mapping):
            return {text(key): node.plain(placed=placed) for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain(placed=placed) for node in self.value]
        return text(self.value) if isinstance(self.value, str) else self.value

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
        return (Pointed if is_pointed(text) else float)(text.replace("_", ""))
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
    """A small UTF-8 text file (a byte order mark is dropped). Raises ConfigError."""
    name = show_path(path)
    try:
        with find(Path(path)).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise refused(message("no such file"), place=name, hint=similar_file(Path(path))) from None
    except IsADirectoryError:
        raise refused(message("this is a folder, allowed: a file"), place=name) from None
    except (OSError, ValueError) as error:
        why = reason_of(error) if isinstance(error, OSError) else message("no file has such a name")
        raise refused(message("cannot be read: {why}", why=why), place=name) from None
    if len(data) > MAX_BYTES:
        raise refused(message("longer than 1 MB, allowed: up to 1 MB"), place=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{name}:{data[: error.start].count(10) + 1}"
        encoding = _encoding_of(data)
        told = (
            message("the file is in {encoding}, not in UTF-8", encoding=encoding)
            if encoding
            else message("byte 0x{byte} is not UTF-8", byte=f"{data[error.start]:02x}")
        )
        raise refused(told, place=place, hint=message("save the file as UTF-8")) from None


def _encoding_of(data: bytes) -> str:
    """The encoding that a text which is not UTF-8 has, as editors call it; '' where it cannot be told."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    for codec, name in (("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP")):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if re.search("[ぁ-んァ-ヶ一-龠]", text) and not re.search("[｡-ﾟ]", text):
            return name
    return ""


def show_path(path: str | Path) -> str:
    """A path on one line, whatever characters it holds."""
    text = str(path)
    return text if text.isprintable() else show(text)


def similar_file(path: Path) -> Message | None:
    """The file that was meant: one beside it with nearly this name, in ``configs``, or of the program's own."""
    near = _near(path)
    if near is not None:
        return message("did you mean {word}?", word=show_path(path.with_name(near)))
    known = {place.relative_to(plans_folder()).with_suffix("") for place in plans_folder().rglob("*.yaml")}
    named = sorted(place.as_posix() for place in known if place.name == path.with_suffix("").name)
    # `new` and `examples` write into configs/, which is easily left out afterwards.
    copies = [path.parent / "configs" / name for name in (path.name, *(f"{name}.yaml" for name in named))]
    copy = next((place for place in copies if os.path.isfile(place)), None)  # noqa: PTH113 - of any name
    if copy is not None:
        return message("did you mean {word}?", word=show_path(copy))
    if not named:
        return None
    # One of several of a name is the one whose folder was typed too.
    name = next((name for name in named if path.with_suffix("").as_posix().endswith(f"/{name}")), named[0])
    return message("it comes with the program: backtest examples {name}", name=name)


def _near(path: Path) -> str | None:
    try:
        names = [
            item.name
            for item in path.parent.iterdir()
            if item.suffix in (".yaml", ".yml", ".csv") and item.exists()  # no link that leads nowhere
        ]
    except (OSError, ValueError):
        return None
    return nearest(path.name, names) or nearest(path.name + ".yaml", names)


def parse_document(text: str, filename: str = "<text>", *, origin: str | None = None) -> Node:
    """The tree of YAML text. ``origin`` replaces ``filename:line`` where the text is no file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    name = show_path(filename)
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            told = message("a line of {n} characters, allowed: {most}", n=len(line), most=MAX_LINE)
            raise refused(told, place=f"{name}:{number}")
    builder = _Builder(name, origin, text, YAML(typ="safe", pure=True).parse(text))
    try:
        return builder.document()
    except ReaderError as error:
        place = origin or f"{name}:{text[: error.position].count(chr(10)) + 1}"
        character = error.character if isinstance(error.character, int) else ord(str(error.character))
        told = message("character U+{code} is not allowed in YAML", code=f"{character:04X}")
        raise refused(told, place=place) from None
    except MarkedYAMLError as error:
        raise not_parsed(text, error, name, origin) from None
    except (ValueError, OverflowError):  # the scanner's own chr() of "\\UFFFFFFFF"
        raise not_yaml("found unknown escape", origin or name) from None
    except YAMLError:
        raise not_yaml("", origin or name) from None


class _Builder:
    """Parser events into nodes, one document, with bounds checked on the way."""

    def __init__(self, name: str, origin: str | None, text: str, events: Iterator[Any]) -> None:
        self.name, self.origin, self.text, self.events = name, origin, text, events
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def where(self, event: Any) -> str:
        return self.origin or f"{self.name}:{event.start_mark.line + 1}"

    def refused(self, event: Any, told: Message, hint: Message | None = None) -> ConfigError:
        return refused(told, place=self.where(event), hint=hint)

    def next(self) -> tuple[Any, str]:
        event = next(self.events)
        return event, type(event).__name__

    def document(self) -> Node:
        self.next()  # the stream's start
        event, kind = self.next()
        if kind == "StreamEndEvent":
            return Node(None, self.origin or self.name)
        if event.version is not None or event.tags:
            raise self.refused(event, message("a % directive, allowed: plain YAML 1.2 without directives"))
        event, kind = self.next()
        node = self.node(event, kind, self.where(event), 1)
        self.next()  # the document's end
        event, kind = self.next()
        if kind != "StreamEndEvent":
            raise self.refused(event, message("a second document (---), allowed: one"))
        return node

    def node(self, event: Any, kind: str, where: str, depth: int) -> Node:
        """The node that ``event`` begins. ``where`` is the line of its key or list item."""
        self.count += 1
        self.check_depth(event, depth)
        if self.count > MAX_NODES:
            raise self.refused(event, message("more than {most} values", most=MAX_NODES))
        if kind == "AliasEvent":
            return self.alias(event, where, depth)
        if event.tag is not None:
            told = message("tag {tag}, allowed: plain values without tags", tag=show(str(event.tag)))
            raise self.refused(event, told)
        if kind == "ScalarEvent":
            value = scalar(event.value) if event.implicit[0] else event.value
            node = Node(Placed.at(value, where) if isinstance(value, str) else value, where)
        elif kind == "SequenceStartEvent":
            node = _branch(tuple(self.items(depth + 1)), where)
        else:
            node = _branch(dict(self.members(depth + 1)), where)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def check_depth(self, event: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.refused(event, message("nested more than {most} levels deep", most=MAX_DEPTH))

    def alias(self, event: Any, where: str, depth: int) -> Node:
        """What an anchor stood for: shared, not copied, and counted as if written out."""
        if event.anchor not in self.anchors:
            told = message("*{name} has no anchor &{name} before it", name=event.anchor)
            raise self.refused(event, told)
        node = self.anchors[event.anchor]
        self.count += node.size
        if self.count > MAX_NODES:
            raise self.refused(event, message("aliases stand for more than {most} values", most=MAX_NODES))
        self.check_depth(event, depth + node.height - 1)
        return replace(node, where=where)

    def items(self, depth: int) -> Iterator[Node]:
        while True:
            event, kind = self.next()
            if kind == "SequenceEndEvent":
                return
            yield self.node(event, kind, self.where(event), depth)

    def members(self, depth: int) -> Iterator[tuple[str, Node]]:
        seen: dict[str, str] = {}
        event: Any = None
        while True:
            before = event
            event, kind = self.next()
            if kind == "MappingEndEvent":
                return
            where = self.where(event)
            if kind != "ScalarEvent" or event.tag is not None:
                raise self.refused(event, message("a key that is no plain text, allowed: key: value"))
            key = str(event.value)
            if key in seen:
                told = message("this key is already given at {place}", place=seen[key])
                raise refused(told, place=where, key=show(key, bare=True))
            if key == "<<" and event.implicit[0]:
                told = message("<<: merge keys are not part of YAML 1.2")
                raise self.refused(event, told, message("write the keys out"))
            seen[key] = where
            event, kind = self.next()
            if kind == "ScalarEvent" and event.implicit[0] and not event.value:
                self.check_alone(key, where, before)
            yield Placed.at(key, where), self.node(event, kind, where, depth)

    def check_alone(self, key: str, where: str, before: Any) -> None:
        """A key without a value: ``{type:no_sell}`` is one, and the ``000`` of ``{amount: 100,000}``.

        ``before``: the event of the value before it. Raises ConfigError.
        """
        number = _COMMAS.match(self.text, before.start_mark.index) if key.isdecimal() and before else None
        if number is not None:
            meant = number_of(number[0])
            hint = None if meant is None else message("write {text}", text=decimal_text(meant))
            raise refused(message("a comma inside a number: {came}", came=number[0]), place=where, hint=hint)
        joined = _JOINED.fullmatch(key)
        if joined is not None:
            hint = message("write {text}", text=f"{joined[1]}: {joined[2]}")
            raise refused(
                message("{key}: no colon and space after a key", key=show(key)), place=where, hint=hint
            )


def _branch(value: Mapping[str, Node] | tuple[Node, ...], where: str) -> Node:
    below = value if isinstance(value, tuple) else tuple(value.values())
    size, height = sum(node.size for node in below), max((node.height for node in below), default=0)
    return Node(value, where, 1 + size, 1 + height)


def to_node(value: Any, where: str) -> Node:
    """Plain values as a tree whose every part comes from ``where``."""
    value = plain_number(value)
    if isinstance(value, Mapping):
        return _branch({str(key): to_node(item, where) for key, item in value.items()}, where)
    if isinstance(value, list | tuple):
        return _branch(tuple(to_node(item, where) for item in value), where)
    return Node(value, where)


def plain_number(value: Any) -> Any:
    """A number of numpy's as Python's own; anything else as it is."""
    return value.item() if isinstance(value, Number) and hasattr(value, "item") else value


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
        index = int(rest[0]) if rest[0].isdecimal() and len(rest[0]) < 6 else _called(node.value, rest[0])
        below = node.child(index)
        if below is None:
            raise refused(_no_place(rest[0], len(node.value)), place=value.where)
        items = list(node.value)
        items[index] = _put(below, rest[1:], value, (*at, index), words)
        return _branch(tuple(items), node.where)
    where, members = node.where, {}
    word_key = words.get(at)
    if isinstance(node.value, Mapping):
        members = dict(node.value)
    elif word_key is not None and isinstance(node.value, str):
        members[word_key] = node
    else:
        where = value.where
    taken = next((n for n in range(len(rest), 1, -1) if ".".join(rest[:n]) in members), 1)
    name = ".".join(rest[:taken])
    below = members.get(name, Node(None, value.where))
    members[name] = _put(below, rest[taken:], value, (*at, name), words)
    return _branch(members, where)


def _called(items: tuple[Node, ...], name: str) -> int:
    """The place of the item with this ``name``, -1 where there is none."""
    names = [item.child("name") for item in items]
    return next((n for n, own in enumerate(names) if own is not None and own.value == name), -1)


def _no_place(part: str, length: int) -> Message:
    return message(
        "{part} is no place in this list, allowed: 0 to {last}"
        if length
        else "{part} is no place in this list, which is empty",
        part=part,
        last=length - 1,
    )
